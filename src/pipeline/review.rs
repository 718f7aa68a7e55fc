//! Applies what a maintainer asks for and has accepted to what was seen in files of this machine.
//!
//! Comments that accept stand in the sources, and a reader wants to see the code, so the files that have findings or
//! such comments are read once more and kept. What was seen may come from the cache; texts never do.

use std::collections::BTreeSet;
use std::path::Path;

use super::Bench;
use crate::accept::{Reviewed, Texts, mentions};
use crate::gate::{self, Shipped};
use crate::model::{Claim, DistFile, Finding, MemberPath, Observed};
use crate::scan;
use crate::unpack::{self, Place};

/// Most bytes of texts that are kept of one artifact; what is beyond shows no code.
const MOST: usize = 256 << 20;

/// What became of an artifact's findings, and the texts they stand in.
#[derive(Debug, Clone, Default)]
pub struct Review {
    /// The artifact as the report names it.
    pub artifact: String,
    /// Texts of the files that have findings, claims or comments that accept.
    pub texts: Texts,
    /// What its sources claim.
    pub claims: Vec<Claim>,
    /// What was taken out or marked.
    pub reviewed: Reviewed,
}

impl Bench<'_> {
    /// Reviews what was seen in a folder or a single source file.
    pub(super) fn review_tree(&self, root: &Path, title: &str, seen: &mut Observed) -> Option<Review> {
        let limits = &self.plan.limits;
        self.reviewed(title, seen, |visit| {
            let listed = match unpack::place(root) {
                Ok(Place::Folder(_)) => unpack::tree(root, limits),
                Ok(Place::File) => unpack::one(root),
                Err(error) => Err(error),
            };
            // The folder was walked a moment ago, and trouble with it is told there.
            let Ok((files, _)) = listed else { return };
            for file in files.into_iter().filter(|file| scan::source_wants(&file.path)) {
                if let Ok(bytes) = file.read(limits) {
                    visit(file.path, bytes);
                }
            }
        })
    }

    /// Reviews what was seen in an sdist of this machine.
    pub(super) fn review_sdist(&self, file: &DistFile, seen: &mut Observed) -> Option<Review> {
        let limits = &self.plan.limits;
        self.reviewed(&file.filename, seen, |visit| {
            // Reading it was tried before, and trouble with it is told there.
            let Ok(mut fetched) = self.index.fetch(file, super::artifact::MAX_WHOLE) else { return };
            let wants = scan::source_wants;
            if file.filename.to_ascii_lowercase().ends_with(".zip") {
                unpack::zip_sdist(&mut fetched, limits, &wants, visit);
            } else {
                unpack::sdist(&mut fetched, limits, &wants, visit);
            }
        })
    }

    /// Holds the wheels of a release against what they say, and reviews what is found.
    pub(super) fn gate<'w>(
        &self,
        wheels: impl Iterator<Item = (&'w str, &'w Observed)>,
    ) -> Option<(Vec<Finding>, Review)> {
        let acceptance = self.acceptance?;
        let shipped: Vec<Shipped<'_>> = wheels.map(|(filename, seen)| Shipped { filename, seen }).collect();
        let mut told = gate::findings(&shipped, &acceptance.may_need_gil, self.known, self.rules);
        let reviewed = acceptance.review("", &mut told, &Texts::new());
        Some((told, Review { reviewed, ..Review::default() }))
    }

    fn reviewed(
        &self,
        artifact: &str,
        seen: &mut Observed,
        read: impl FnOnce(&mut dyn FnMut(MemberPath, Vec<u8>)),
    ) -> Option<Review> {
        let acceptance = self.acceptance?;
        let mut review =
            Review { artifact: artifact.to_owned(), claims: seen.claims.clone(), ..Review::default() };
        let (mut texts, mut kept) = (Texts::new(), 0_usize);
        {
            let wanted: BTreeSet<&str> = seen
                .findings
                .iter()
                .flat_map(|one| {
                    let related = one.related.iter().map(|place| place.location.path.as_str());
                    related.chain(std::iter::once(one.location.path.as_str()))
                })
                .chain(seen.claims.iter().map(|claim| claim.path.as_str()))
                .collect();
            read(&mut |path, bytes| {
                let keep = wanted.contains(path.as_str()) || mentions(&bytes);
                if keep && kept.saturating_add(bytes.len()) <= MOST {
                    kept = kept.saturating_add(bytes.len());
                    texts.insert(path.as_str().to_owned(), bytes);
                }
            });
        }
        review.reviewed = acceptance.review(artifact, &mut seen.findings, &texts);
        review.texts = texts;
        Some(review)
    }
}

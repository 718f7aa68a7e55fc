//! All releases of a project as an installer for one target sees them, before anything limits the version.
//!
//! In: the files an index lists. Out: per version what could be installed, and whether it may be without being asked
//! for by name. A resolver weighs these; [`choose`](super::choose()) decides for one project alone. Both go by the same
//! rules.

use std::collections::BTreeMap;

use pep440_rs::Version;

use super::choose::{Candidate, accepts_python, python_version};
use super::{Policy, TagRanks, Wish};
use crate::model::{DistFile, PackageName, Target};

/// One version of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Considered {
    /// Its wheels that the target's Python allows, by file name.
    pub wheels: Vec<DistFile>,
    /// Its sdists that the target's Python allows, `.tar.gz` first.
    pub sdists: Vec<DistFile>,
    /// Which of the wheels would be installed.
    pub pick: Option<usize>,
    /// There is a wheel for the target, or an sdist, that the policy allows.
    pub usable: bool,
    /// Every file was withdrawn (PEP 592).
    pub yanked: bool,
    /// Files whose Python excludes the target's, with what one of them asks for.
    pub refuses_python: Option<String>,
}

impl Considered {
    /// Whether the target's Python may have it at all.
    pub fn allows_python(&self) -> bool {
        !self.wheels.is_empty() || !self.sdists.is_empty()
    }

    /// The files that may be installed or read.
    pub fn files(&self) -> impl Iterator<Item = &DistFile> {
        self.wheels.iter().chain(&self.sdists)
    }

    /// The wheel that would be installed.
    pub fn wheel(&self) -> Option<&DistFile> {
        self.pick.and_then(|at| self.wheels.get(at))
    }
}

/// A project's versions, oldest first.
pub type Releases = BTreeMap<Version, Considered>;

/// Sorts a project's files by version for `target`, whose tags are `ranks`. Of `wish` only the hashes count.
pub fn releases(
    project: &PackageName,
    files: &[DistFile],
    target: &Target,
    ranks: &TagRanks,
    policy: &Policy,
    wish: &Wish<'_>,
) -> Releases {
    let python = python_version(target);
    let mut by_version: BTreeMap<Version, Vec<Candidate<'_>>> = BTreeMap::new();
    for candidate in files.iter().filter_map(|file| Candidate::read(file, project)) {
        by_version.entry(candidate.version.clone()).or_default().push(candidate);
    }
    let mut releases = Releases::new();
    for (version, candidates) in by_version {
        let mut one = Considered::default();
        let (fits, refuses): (Vec<_>, Vec<_>) =
            candidates.iter().partition(|candidate| accepts_python(candidate.file, &python, &mut Vec::new()));
        one.refuses_python = refuses.first().and_then(|candidate| candidate.file.requires_python.clone());
        let fits = super::choose::by_hash(fits, wish);
        one.yanked = !fits.is_empty() && fits.iter().all(|candidate| candidate.file.yanked.is_some());
        let mut best = None;
        for candidate in fits {
            if candidate.file.yanked.is_some() && !one.yanked {
                continue;
            }
            let Some(wheel) = &candidate.wheel else {
                one.usable |= !policy.only_binary.has(project);
                one.sdists.push(candidate.file.clone());
                continue;
            };
            if !policy.no_binary.has(project)
                && let Some(rank) = ranks.rank(wheel)
            {
                let key = (rank, std::cmp::Reverse(wheel.build.clone()), candidate.file.filename.clone());
                if best.as_ref().is_none_or(|(known, _)| key < *known) {
                    best = Some((key, one.wheels.len()));
                }
            }
            one.wheels.push(candidate.file.clone());
        }
        one.pick = best.map(|(_, at)| at);
        one.usable |= one.pick.is_some();
        one.sdists.sort_by_key(|file| (!file.filename.ends_with(".tar.gz"), file.filename.clone()));
        releases.insert(version, one);
    }
    releases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Yanked;

    fn file(filename: &str) -> DistFile {
        DistFile {
            filename: filename.to_owned(),
            url: format!("https://h.example/{filename}"),
            hashes: Default::default(),
            requires_python: None,
            yanked: None,
            size: None,
            upload_time: None,
            core_metadata: None,
        }
    }

    #[test]
    fn each_version_says_what_the_target_could_install() {
        let files = [
            file("a-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl"),
            file("a-1.0-py3-none-any.whl"),
            file("a-2.0-cp314-cp314-win32.whl"),
            DistFile { requires_python: Some("<3.9".to_owned()), ..file("a-3.0.tar.gz") },
            DistFile { yanked: Some(Yanked { reason: String::new() }), ..file("a-4.0.tar.gz") },
        ];
        let target = Target {
            python: "3.14t".parse().expect("python"),
            platform: "linux-x86_64".parse().expect("linux"),
        };
        let name = PackageName::new("a").expect("name");
        let ranks = TagRanks::new(&target);
        let found = releases(&name, &files, &target, &ranks, &Policy::default(), &Wish::default());
        let of = |version: &str| &found[&version.parse::<Version>().expect(version)];
        assert!(of("1.0").wheel().is_some_and(|wheel| wheel.filename.contains("cp314t")));
        assert!(!of("2.0").usable && of("2.0").allows_python());
        assert!(!of("3.0").allows_python() && of("3.0").refuses_python.as_deref() == Some("<3.9"));
        assert!(of("4.0").yanked && of("4.0").usable);
    }
}

//! Who needs whom in what was looked at.
//!
//! A resolution tells, and some locks do. For the rest it is read from the METADATA of what would be installed, whose
//! extras were asked for being unknown: an extra's requirement counts only for a package that nothing else explains.

use std::collections::BTreeSet;

use super::Outcome;
use super::set::NeededBy;
use crate::model::{PackageName, Target};
use crate::report::Requirer;
use crate::resolve::Needs;

/// Writes into each row who needs it.
pub(super) fn tell(outcome: &mut Outcome, mut known: NeededBy, targets: &[Target]) {
    let names: BTreeSet<PackageName> =
        outcome.packages.iter().filter_map(|one| PackageName::new(&one.name).ok()).collect();
    let resolved: BTreeSet<PackageName> = known
        .values()
        .flatten()
        .filter(|(.., text)| !text.is_empty())
        .map(|(from, ..)| from.clone())
        .collect();
    let asked_for: BTreeSet<PackageName> = outcome
        .packages
        .iter()
        .filter(|one| !one.requested_by.is_empty())
        .filter_map(|one| PackageName::new(&one.name).ok())
        .collect();
    let mut by_extra = NeededBy::new();
    for (from, metadata) in &outcome.metadata {
        let Ok(from) = PackageName::new(from) else { continue };
        if resolved.contains(&from) {
            continue;
        }
        let needs = Needs::of(metadata);
        for target in targets {
            let extras = metadata.provides_extra.iter().map(|extra| Some(extra.as_str()));
            for extra in std::iter::once(None).chain(extras) {
                for needed in needs.applying(target, extra) {
                    let Some(to) = needed.request.name.as_ref().filter(|to| names.contains(*to)) else {
                        continue;
                    };
                    let written = (from.clone(), extra.map(str::to_owned), needed.written());
                    let place = if extra.is_none() { &mut known } else { &mut by_extra };
                    place.entry(to.clone()).or_default().insert(written);
                }
            }
        }
    }
    for (to, requirers) in by_extra {
        let explained = asked_for.contains(&to);
        let place = known.entry(to).or_default();
        // A lock that knows the pair does not know the words.
        let pairs: Vec<_> = requirers
            .iter()
            .filter(|(from, ..)| place.iter().any(|(known, _, text)| known == from && text.is_empty()))
            .cloned()
            .collect();
        if !pairs.is_empty() {
            place.extend(pairs);
        } else if place.is_empty() && !explained {
            place.extend(requirers);
        }
    }
    for requirers in known.values_mut() {
        let told: BTreeSet<PackageName> =
            requirers.iter().filter(|(.., text)| !text.is_empty()).map(|(from, ..)| from.clone()).collect();
        requirers.retain(|(from, _, text)| !text.is_empty() || !told.contains(from));
    }
    for package in &mut outcome.packages {
        let Ok(name) = PackageName::new(&package.name) else { continue };
        let requirers = known.get(&name).into_iter().flatten();
        package.required_by = requirers
            .filter(|(from, ..)| *from != name && names.contains(from))
            .map(|(from, extra, text)| Requirer {
                name: from.to_string(),
                extra: extra.clone(),
                requirement: if text.is_empty() { name.to_string() } else { text.clone() },
            })
            .collect();
    }
}

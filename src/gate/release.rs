//! The wheels of a release against each other, and against the classifiers.
//!
//! Wheels are compared within one Python and ABI, by the names of their modules: a module that Windows lacks is common
//! and told with middling confidence, a declaration that it lacks is not. Whether a platform misses a build for
//! free-threaded interpreters is asked of platforms that have one for the same Python with the GIL.

use std::collections::{BTreeMap, BTreeSet};

use super::one::minor;
use super::{Gate, Kind, Told, Wheel};
use crate::model::{Finding, GilSupport};

/// Classifiers of this family claim support.
const FREE_THREADING: &str = "Programming Language :: Python :: Free Threading";
/// The first level of the family, which claims that it may work.
const UNSTABLE: &str = "1 - Unstable";

impl Gate<'_> {
    pub(super) fn release(&self, wheels: &[Wheel<'_>], out: &mut Vec<Finding>) {
        let mut by_abi: BTreeMap<String, Vec<&Wheel<'_>>> = BTreeMap::new();
        for wheel in wheels.iter().filter(|wheel| wheel.name.has_abi()) {
            let tag = format!("{}-{}", wheel.name.python.join("."), wheel.name.abi.join("."));
            by_abi.entry(tag).or_default().push(wheel);
        }
        for group in by_abi.values() {
            self.modules(group, out);
        }
        self.platforms(wheels, out);
        self.classifiers(wheels, out);
    }

    /// Wheels of one Python and ABI for different platforms.
    fn modules(&self, group: &[&Wheel<'_>], out: &mut Vec<Finding>) {
        if group.len() < 2 {
            return;
        }
        let mut names: BTreeMap<&str, Vec<&Wheel<'_>>> = BTreeMap::new();
        let mut declares: BTreeMap<&str, Vec<&Wheel<'_>>> = BTreeMap::new();
        for wheel in group {
            for module in &wheel.seen.modules {
                let have = names.entry(&module.module).or_default();
                if !have.iter().any(|other| other.filename == wheel.filename) {
                    have.push(wheel);
                }
                if module.gil == GilSupport::NotUsed {
                    declares.entry(&module.module).or_default().push(wheel);
                }
            }
        }
        for (name, have) in &names {
            // A module that most lack is that platform's own.
            let common = have.len().saturating_mul(2) > group.len();
            for wheel in group {
                let unread = wheel.seen.gaps.iter().any(|gap| gap.hides == crate::model::Hides::Claims);
                let says = places(have);
                let shows = places(&[wheel]);
                let told = Told { module: name, says: &says, shows: &shows, ..Told::default() };
                let own = wheel.seen.modules.iter().find(|module| module.module == **name);
                match own {
                    None if common && !unread => self.tell("modules", wheel, told, out),
                    Some(module)
                        if matches!(module.gil, GilSupport::Undeclared | GilSupport::Used)
                            && !module.inconclusive =>
                    {
                        if let Some(others) = declares
                            .get(name)
                            .filter(|others| others.iter().all(|other| other.filename != wheel.filename))
                        {
                            let says = places(others);
                            let told = Told { says: &says, member: &module.member, ..told };
                            self.tell("gil", wheel, told, out);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Platforms that have wheels of a Python for the one build and not for the other, where some platform has both.
    fn platforms(&self, wheels: &[Wheel<'_>], out: &mut Vec<Finding>) {
        let since = self.known.pythons().free_threaded_since;
        let mut with_gil: BTreeMap<u8, BTreeMap<Kind, &Wheel<'_>>> = BTreeMap::new();
        let mut free: BTreeMap<u8, BTreeSet<Kind>> = BTreeMap::new();
        let abi3t_since = self.known.pythons().abi3t_since;
        for wheel in wheels {
            for minor in wheel.name.python.iter().filter_map(|tag| minor(tag)) {
                for abi in &wheel.name.abi {
                    if *abi == format!("cp3{minor}") {
                        let row = with_gil.entry(minor).or_default();
                        row.extend(wheel.platforms.iter().map(|kind| (*kind, wheel)));
                    } else if *abi == format!("cp3{minor}t") {
                        free.entry(minor).or_default().extend(&wheel.platforms);
                    } else if abi == "abi3t" {
                        // It serves this and every later version.
                        for later in minor.max(abi3t_since)..=minor.max(abi3t_since).saturating_add(8) {
                            free.entry(later).or_default().extend(&wheel.platforms);
                        }
                    }
                }
            }
        }
        for (minor, has) in with_gil.iter().filter(|(minor, _)| **minor >= since) {
            let Some(served) = free.get(minor) else { continue };
            for (kind, wheel) in has.iter().filter(|(kind, _)| !served.contains(kind)) {
                let (says, shows) = (format!("cp3{minor}"), format!("cp3{minor}t"));
                let place = kind.to_string();
                let told = Told { says: &says, shows: &shows, place: &place, ..Told::default() };
                self.tell("platform", wheel, told, out);
            }
        }
    }

    fn classifiers(&self, wheels: &[Wheel<'_>], out: &mut Vec<Finding>) {
        let Some(first) = wheels.iter().find(|wheel| wheel.seen.metadata.is_some()) else { return };
        let claimed: Vec<&str> = wheels
            .iter()
            .filter_map(|wheel| wheel.seen.metadata.as_ref())
            .flat_map(|metadata| metadata.classifiers.iter().map(String::as_str))
            .collect();
        let compiled = wheels.iter().any(|wheel| !wheel.seen.modules.is_empty());
        let pure = wheels.iter().any(|wheel| wheel.name.abi.iter().any(|abi| abi == "none"));
        if compiled && !pure {
            self.free_threading(wheels, first, &claimed, out);
        }
        self.versions(wheels, first, &claimed, out);
    }

    fn free_threading(
        &self,
        wheels: &[Wheel<'_>],
        first: &Wheel<'_>,
        claimed: &[&str],
        out: &mut Vec<Finding>,
    ) {
        let level = claimed.iter().find(|one| one.starts_with(FREE_THREADING));
        let free: Vec<&Wheel<'_>> = wheels.iter().filter(|wheel| wheel.name.is_for_free_threaded()).collect();
        let offender = free.iter().find_map(|wheel| {
            let silent = wheel.seen.modules.iter().find(|module| {
                matches!(module.gil, GilSupport::Undeclared | GilSupport::Used) && !module.inconclusive
            });
            silent.map(|module| module.module.as_str())
        });
        // Short enough for a sentence.
        let level = level.map(|level| level.trim_start_matches("Programming Language :: Python :: "));
        match level {
            Some(level) if !level.ends_with(UNSTABLE) => {
                // One wheel alone may be one of many.
                if free.is_empty() && wheels.len() > 1 {
                    let shows = "no wheel is for a free-threaded interpreter";
                    self.tell("claims-more", first, Told { says: level, shows, ..Told::default() }, out);
                } else if let Some(module) = offender.filter(|name| !self.may_need_gil.contains(*name)) {
                    let shows = format!("{module} turns the GIL back on");
                    let told = Told { says: level, shows: &shows, ..Told::default() };
                    self.tell("claims-more", first, told, out);
                }
            }
            None => {
                let all_declare = free.iter().all(|wheel| {
                    let modules = &wheel.seen.modules;
                    !modules.is_empty() && modules.iter().all(|module| module.gil == GilSupport::NotUsed)
                });
                if let Some(wheel) = free.first().filter(|_| all_declare) {
                    let mut abis: Vec<&str> =
                        free.iter().flat_map(|wheel| wheel.name.abi.iter().map(String::as_str)).collect();
                    abis.sort_unstable();
                    abis.dedup();
                    let shows = abis.join(", ");
                    self.tell("claims-less", wheel, Told { shows: &shows, ..Told::default() }, out);
                }
            }
            Some(_) => {}
        }
    }

    /// Versions that classifiers name and wheels are for.
    fn versions(&self, wheels: &[Wheel<'_>], first: &Wheel<'_>, claimed: &[&str], out: &mut Vec<Finding>) {
        let named: BTreeSet<u8> = claimed
            .iter()
            .filter_map(|one| one.strip_prefix("Programming Language :: Python :: 3."))
            .filter_map(|minor| minor.trim().parse().ok())
            .collect();
        let bound: BTreeSet<u8> = wheels
            .iter()
            .filter(|wheel| wheel.name.abi.iter().any(|abi| abi.starts_with("cp3")))
            .flat_map(|wheel| wheel.name.python.iter().filter_map(|tag| minor(tag)))
            .collect();
        // Stable-ABI and pure wheels serve later versions too.
        let floor = wheels
            .iter()
            .filter(|wheel| wheel.name.abi.iter().any(|abi| abi.starts_with("abi3") || abi == "none"))
            .flat_map(|wheel| wheel.name.python.iter().map(|tag| minor(tag).unwrap_or_default()))
            .min();
        let list =
            |minors: &[u8]| minors.iter().map(|minor| format!("3.{minor}")).collect::<Vec<_>>().join(", ");
        if named.is_empty() {
            return;
        }
        let served = |minor: &u8| bound.contains(minor) || floor.is_some_and(|floor| floor <= *minor);
        let unserved: Vec<u8> = named.iter().copied().filter(|minor| !served(minor)).collect();
        if !unserved.is_empty() && bound.len() > 1 {
            let says = list(&unserved);
            self.tell("python-more", first, Told { says: &says, ..Told::default() }, out);
        }
        let unnamed: Vec<u8> = bound.iter().copied().filter(|minor| !named.contains(minor)).collect();
        if !unnamed.is_empty() {
            let shows = list(&unnamed);
            self.tell("python-less", first, Told { shows: &shows, ..Told::default() }, out);
        }
    }
}

/// The platforms of some wheels.
fn places(wheels: &[&Wheel<'_>]) -> String {
    let mut all: Vec<String> =
        wheels.iter().flat_map(|wheel| wheel.platforms.iter().map(Kind::to_string)).collect();
    all.sort();
    all.dedup();
    all.join(", ")
}

//! Follows hazards of the C API through the functions and types that wrap it.
//!
//! In: the sites and calls of a crate. Out: what is to be told, and where. A function that does to its argument what is
//! only safe under a lock is safe where its caller holds one, and is told there; an iterator that walks a dict of its
//! own is told where it is made. Calls are linked by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Facts, Site, Wraps};
use crate::model::Location;
use crate::source::found::Place;

/// Longest chain of calls that is followed.
const CHAIN: usize = 50;

/// Functions that are only ever called with a lock held.
pub(super) fn locked<'a>(files: &[&'a Facts]) -> BTreeSet<&'a str> {
    let calls = || files.iter().flat_map(|file| &file.calls);
    let mut locked: BTreeSet<&str> = calls().map(|call| call.callee.as_str()).collect();
    for _ in 0..CHAIN {
        let before = locked.len();
        for call in calls().filter(|call| !call.locked) {
            // Set-up needs no lock, and has no say in what others hold.
            if call.caller.as_ref().is_some_and(|caller| !locked.contains(caller.as_str())) {
                locked.remove(call.callee.as_str());
            }
        }
        if locked.len() == before {
            break;
        }
    }
    // What only set-up calls is none of these.
    let used: BTreeSet<&str> =
        calls().filter(|call| call.caller.is_some()).map(|call| call.callee.as_str()).collect();
    locked.intersection(&used).copied().collect()
}

/// What is to be told of a crate's sites: each where somebody could take the lock.
pub(super) fn told(files: &[&Facts]) -> Vec<Site> {
    let locked = locked(files);
    let mut functions: BTreeMap<&str, Vec<(&str, &Call)>> = BTreeMap::new();
    let mut types: BTreeMap<&str, Vec<(&str, &Call)>> = BTreeMap::new();
    for file in files {
        for call in &file.calls {
            if !call.method {
                functions.entry(call.callee.as_str()).or_default().push((file.path.as_str(), call));
            }
            if !call.of.is_empty() {
                types.entry(call.of.as_str()).or_default().push((file.path.as_str(), call));
            }
        }
    }
    let mut out: Vec<Site> = Vec::new();
    let mut seen: BTreeSet<(String, Location)> = BTreeSet::new();
    // Of namesakes one is enough: their callers are the same.
    let mut followed: BTreeSet<(&str, bool, &str)> = BTreeSet::new();
    for site in files.iter().flat_map(|file| &file.sites) {
        if site.lockable && locked.contains(site.place.function.as_str()) {
            continue;
        }
        let (name, callers) = match &site.wraps {
            Wraps::Nothing => ("", None),
            Wraps::Argument(_) => (site.place.function.as_str(), functions.get(site.place.function.as_str())),
            Wraps::Own(kind) => (kind.as_str(), types.get(kind.as_str())),
        };
        // Where no caller takes a lock, the walk itself is the place to mend.
        let left_to_callers =
            |callers: &Vec<(&str, &Call)>| !site.walks || callers.iter().any(|(_, call)| call.locked);
        let Some(callers) = callers.filter(|callers| site.lockable && left_to_callers(callers)) else {
            out.push(site.clone());
            continue;
        };
        let own = |call: &Call| match site.wraps {
            Wraps::Argument(at) => at < 32 && call.fresh >> at & 1 == 1,
            _ => false,
        };
        if !followed.insert((site.case, matches!(site.wraps, Wraps::Own(_)), name)) {
            continue;
        }
        for (path, call) in callers {
            let Some(caller) = call.caller.as_deref().filter(|_| !call.locked && !own(call)) else {
                continue;
            };
            let (line, column, end_line, end_column) = call.at;
            let location = Location { path: (*path).to_owned(), line, column, end_line, end_column };
            // An object that its own type makes is told where others make it.
            if locked.contains(caller) || !seen.insert((site.case.to_owned(), location.clone())) {
                continue;
            }
            let place = Place {
                location,
                function: caller.to_owned(),
                owner: String::new(),
                text: format!("{name} {}", call.callee),
            };
            let name = if call.of.is_empty() {
                call.callee.clone()
            } else {
                format!("{}::{}", call.of, call.callee)
            };
            let wraps = Wraps::Nothing;
            out.push(Site { case: site.case, name, place, lockable: true, walks: false, wraps });
        }
    }
    out
}

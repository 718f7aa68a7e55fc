//! Settings of a C library that belong to the process: `lib_set_threads(n)`, which `lib_get_threads()` tells.
//!
//! What a function sets without being told of which object, and another tells without being asked of which, is kept in
//! a variable of the library. That is shared by all threads, whatever the module around it does.

use std::collections::{BTreeMap, HashSet};

use super::facts::Facts;
use crate::knowledge::Tables;

/// Whether a function tells or changes a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It tells.
    Get,
    /// It changes.
    Set,
}

/// A function of a C library that by its name and parameters tells or changes a setting of the process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// What it does.
    pub side: Side,
    /// Its name without the word for that.
    pub of: String,
    /// Its name.
    pub function: String,
}

/// Most parameters of a function that changes one setting.
const VALUES: usize = 1;

/// What a name with `get` or `set` in its middle is about: the word's side, and the rest of the name. A name that begins
/// with the word names no library.
pub(super) fn named(function: &str) -> Option<(Side, String)> {
    let lower = function.to_ascii_lowercase();
    // What went wrong last is kept for each thread, by all who do so on purpose.
    if lower.contains("err") || lower.starts_with("py") || Tables::builtin().sets_for_thread(&lower) {
        return None;
    }
    let words = [("_get_", Side::Get), ("_set_", Side::Set), ("Get", Side::Get), ("Set", Side::Set)];
    for (word, side) in words {
        let Some((library, rest)) = function.split_once(word) else { continue };
        let camel = !word.starts_with('_');
        let whole = rest.starts_with(|c: char| c.is_ascii_uppercase() || !camel && c.is_ascii_alphanumeric());
        if library.len() > 1 && whole {
            return Some((side, format!("{library} {rest}")));
        }
    }
    None
}

/// Whether a function says that it sets something, without the name of a library: one of a module's own, it may be, that
/// sets what a library keeps.
pub(super) fn says_set(function: &str) -> bool {
    let rest = function.trim_start_matches('_').strip_prefix("set");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase()))
}

/// Functions of the modules, no methods, that change one of these settings where no lock is held, and say so.
pub(super) fn setters<'a>(files: &[&'a Facts], settings: &HashSet<&'a str>) -> HashSet<&'a str> {
    let sites = files.iter().flat_map(|file| file.sites.iter().map(move |site| (file, site)));
    let sets = sites.filter(|(_, site)| site.case == "setting" && settings.contains(site.callee.as_str()));
    let functions =
        sets.filter(|(_, site)| !site.locked).filter_map(|(file, site)| file.functions.get(site.function?));
    functions.filter(|one| one.class.is_empty() && says_set(&one.name)).map(|one| one.name.as_str()).collect()
}

/// A function with these parameters, if it is one of a pair: how many there are, and whether any may be an object.
pub(super) fn setting(function: &str, parameters: usize, handle: bool) -> Option<Setting> {
    let (side, of) = named(function)?;
    let fits = match side {
        Side::Get => parameters == 0,
        Side::Set => parameters == VALUES && !handle,
    };
    fits.then(|| Setting { side, of, function: function.to_owned() })
}

/// Functions that change what another of the same library tells.
pub(super) fn pairs<'a>(all: impl Iterator<Item = &'a Setting>) -> HashSet<&'a str> {
    let mut by_name: BTreeMap<&str, (bool, Vec<&str>)> = BTreeMap::new();
    for one in all {
        let (told, changed) = by_name.entry(&one.of).or_default();
        match one.side {
            Side::Get => *told = true,
            Side::Set => changed.push(&one.function),
        }
    }
    by_name.into_values().filter(|(told, _)| *told).flat_map(|(_, changed)| changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_of_one_library_and_takes_no_object() {
        let one = |name: &str, parameters| setting(name, parameters, false);
        let all = [
            one("blosc_set_nthreads", 1),
            one("blosc_get_nthreads", 0),
            one("TA_SetCompatibility", 1),
            one("TA_GetCompatibility", 0),
            one("lib_set_depth", 1),
            one("lib_get_depth", 1),
            one("lib_set_last", 1),
            one("omp_set_num_threads", 1),
            one("omp_get_num_threads", 0),
            one("lib_SetLastError", 1),
            one("lib_GetLastError", 0),
            one("lib_offset", 1),
            one("set_level", 1),
            one("get_level", 0),
            setting("doc_set_root", 1, true),
            one("doc_get_root", 0),
        ];
        let mut found: Vec<&str> = pairs(all.iter().flatten()).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["TA_SetCompatibility", "blosc_set_nthreads"]);
    }
}

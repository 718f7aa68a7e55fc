//! Calls of functions that share state of a library which does not lock it.
//!
//! In: the facts of all Cython files, and which functions threads may run at once. Out: places. A name counts where some
//! file declares it in an `extern` block, and some file takes its declarations from a header of the library: a `.pxd` has
//! both, and others call what it declares.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::facts::{Facts, Site};
use super::judge::At;
use crate::knowledge::{Knowledge, Library};
use crate::source::detectors::{LISTED, WRAPS};

/// A place to tell.
pub(super) struct Called<'a> {
    /// The file.
    pub file: usize,
    /// The call.
    pub site: &'a Site,
    /// The case of the detector.
    pub case: &'static str,
    /// Other calls in the file, where it is told once.
    pub others: Vec<&'a Site>,
    /// How many other functions have such calls then.
    pub count: usize,
}

/// The detector, as rules know it.
pub(super) const DETECTOR: &str = "cython-library";

/// Finds them.
pub(super) fn calls<'a>(files: &[&'a Facts], beside: &HashSet<At>) -> Vec<Called<'a>> {
    let sites = |file: &'a Facts| file.sites.iter().filter(|site| site.detector == DETECTOR);
    if files.iter().all(|file| sites(file).next().is_none()) {
        return Vec::new();
    }
    let declared: HashSet<&str> = files
        .iter()
        .flat_map(|file| &file.foreign)
        .filter(|one| one.class.is_empty())
        .map(|one| one.known_as.as_str())
        .collect();
    let mut included: HashMap<usize, bool> = HashMap::new();
    let mut grouped: BTreeMap<(usize, usize), Vec<&'a Site>> = BTreeMap::new();
    let libraries = Knowledge::builtin().libraries();
    for (file, facts) in files.iter().enumerate() {
        for site in sites(facts) {
            let Some((at, library)) = libraries.of(&site.callee) else { continue };
            let runs = site.function.is_some_and(|nth| beside.contains(&(file, nth)));
            if runs
                && !site.locked
                && declared.contains(site.callee.as_str())
                && *included.entry(at).or_insert_with(|| is_shared(files, library))
            {
                grouped.entry((file, at)).or_default().push(site);
            }
        }
    }
    let mut out = Vec::new();
    for ((file, _), sites) in grouped {
        let callers: BTreeSet<_> = sites.iter().map(|site| site.function).collect();
        let wraps = callers.len() > WRAPS;
        let mut told = BTreeSet::new();
        for (nth, site) in sites.iter().enumerate() {
            // A function that calls it in ten places has one lock to take.
            if !told.insert((site.function, &site.callee)) || wraps && nth > 0 {
                continue;
            }
            let built = libraries.of(&site.callee).is_some_and(|(_, library)| library.built.is_some());
            let others = sites.iter().skip(1).take(if wraps { LISTED } else { 0 }).copied().collect();
            let case = match (built, wraps) {
                (true, _) => "built",
                (false, true) => "wrapper",
                (false, false) => "call",
            };
            out.push(Called { file, site, case, others, count: callers.len() - 1 });
        }
    }
    out
}

/// Whether some file takes declarations from the library, and none makes it take a lock.
fn is_shared(files: &[&Facts], library: &Library) -> bool {
    let headers = files.iter().flat_map(|file| &file.included);
    let calls = || files.iter().flat_map(|file| &file.functions).flat_map(|function| &function.calls);
    let calls = || calls().map(|call| &call.callee).chain(files.iter().flat_map(|file| &file.setup));
    headers.into_iter().any(|header| library.has_header(header))
        && (library.unless.is_empty() || !calls().any(|callee| library.unless.contains(callee)))
}

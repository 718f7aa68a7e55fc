//! Uses of state of a library that all threads share and the library does not lock: FFTW's planner, the list of sessions
//! of Net-SNMP.
//!
//! In: a [`Project`]. Out: findings of `library`. A name counts where the file includes a header of the library, itself or
//! by other headers, and the project has no function of that name but in a copy of the library, which lies in a folder of
//! its own with one of its headers; a variable of the library, besides, where the project changes it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Bits, Id, Link, Place, Project, Site, report_with};
use crate::knowledge::{Knowledge, Library};
use crate::model::{Finding, Related};
use crate::rules::RuleSet;
use crate::source::c::summary::CSeen;
use crate::source::includes::includers;

/// Where more functions of a file than this call one library, the file is a wrapper of it: it is told once.
pub const WRAPS: usize = 40;

/// How many other calls such a finding lists.
pub const LISTED: usize = 12;

/// Where a library is used: a call of it, or a variable.
#[derive(Clone, Copy)]
struct Use<'p> {
    /// The file.
    file: usize,
    /// The function.
    id: Id,
    /// Where.
    place: Place,
    /// What it is in there.
    bits: Bits,
    /// The function that is called, or the variable.
    name: &'p str,
    /// The variable is changed, for variables.
    changes: Option<bool>,
}

/// Runs it.
pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    let mut found: BTreeMap<usize, (&Library, Vec<Use<'_>>)> = BTreeMap::new();
    let mut keep = |(at, library), one| found.entry(at).or_insert((library, Vec::new())).1.push(one);
    calls(project, &mut keep);
    variables(project, &mut keep);
    if found.is_empty() {
        return;
    }
    let safe = Bits::LOCK.with(Bits::INIT);
    let entered = project.entered(safe);
    for (library, mut uses) in found.into_values() {
        if locks_itself(project, library) {
            continue;
        }
        let files = including(project, library);
        uses.retain(|one| files.contains(&one.file) && !project.covered(one.id, one.bits, safe));
        let changed: BTreeSet<&str> =
            uses.iter().filter(|one| one.changes == Some(true)).map(|one| one.name).collect();
        let mut of_file: BTreeMap<usize, Vec<Use<'_>>> = BTreeMap::new();
        for one in uses.iter().filter(|one| one.changes.is_none() || changed.contains(one.name)) {
            of_file.entry(one.file).or_default().push(*one);
        }
        for uses in of_file.values() {
            tell(project, rules, library, uses, &entered, out);
        }
    }
}

/// Finds calls of libraries' functions.
fn calls<'p>(project: &Project<'p>, keep: &mut dyn FnMut((usize, &'static Library), Use<'p>)) {
    let libraries = Knowledge::builtin().libraries();
    let mut copies: HashMap<usize, HashSet<&str>> = HashMap::new();
    for link in &project.links {
        let Some(file) = project.function(link.caller).map(|caller| caller.file) else { continue };
        let Some((_, seen)) = project.files.get(file) else { continue };
        let name = seen.text(link.call.callee);
        if let Some(library) = libraries.of(name)
            && !is_member(project, file, link)
            && (is_elsewhere(project, file, link) || is_of_a_copy(project, library, file, link, &mut copies))
        {
            let (id, place, bits) = (link.caller, link.call.place, link.call.bits);
            keep(library, Use { file, id, place, bits, name, changes: None });
        }
    }
}

/// Finds uses of libraries' variables that no file of the project declares as its own.
fn variables<'p>(project: &Project<'p>, keep: &mut dyn FnMut((usize, &'static Library), Use<'p>)) {
    let libraries = Knowledge::builtin().libraries();
    let mut declared: HashMap<&str, bool> = HashMap::new();
    for (file, (_, seen)) in project.files.iter().enumerate() {
        for one in seen.uses.iter().filter(|one| !one.inner) {
            let name = seen.text(one.name);
            let Some(library) = libraries.of_variable(name) else { continue };
            let own = |(_, other): &(&str, &'p CSeen)| {
                other.globals.iter().any(|global| other.text(global.name) == name)
            };
            if !*declared.entry(name).or_insert_with(|| project.files.iter().any(own)) {
                let changes = Some(one.act.changes() && !one.deep);
                let (id, place, bits) = (project.id(file, one.function), one.place, one.bits);
                keep(library, Use { file, id, place, bits, name, changes });
            }
        }
    }
}

/// Whether a call is of no function of the project.
fn is_elsewhere(project: &Project<'_>, file: usize, link: &Link<'_>) -> bool {
    link.targets.is_empty() && !project.defines(project.word(file, link.call.callee))
}

/// Whether a call is of a copy of the library that lies beside the caller: in another folder, with a header of the library.
/// The folders of each library are kept in `copies`.
fn is_of_a_copy<'p>(
    project: &Project<'p>,
    (nth, library): (usize, &Library),
    file: usize,
    link: &Link<'_>,
    copies: &mut HashMap<usize, HashSet<&'p str>>,
) -> bool {
    if link.targets.is_empty() {
        return false;
    }
    let with_header = copies.entry(nth).or_insert_with(|| {
        let paths = project.files.iter().map(|(path, _)| *path);
        paths.filter(|path| library.has_header(path)).map(folder).collect()
    });
    let of_file = |at: usize| project.files.get(at).map_or("", |(path, _)| folder(path));
    let caller = of_file(file);
    link.targets.iter().all(|id| {
        let of = project.function(*id).map_or("", |one| of_file(one.file));
        of != caller && with_header.contains(of)
    })
}

/// The folder of a path.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a call is of a member of some object; a function's own object is only guessed where none is written.
fn is_member(project: &Project<'_>, file: usize, link: &Link<'_>) -> bool {
    let text = |name: &u32| project.text(project.word(file, *name));
    link.call.receiver.is_some() && link.call.objects.last().map(text) != Some("this")
}

/// Whether the project calls what makes the library take a lock.
fn locks_itself(project: &Project<'_>, library: &Library) -> bool {
    let says = |link: &Link<'_>| {
        let file = project.function(link.caller).map_or(0, |caller| caller.file);
        let callee = project.text(project.word(file, link.call.callee));
        library.unless.iter().any(|one| one == callee)
    };
    !library.unless.is_empty() && project.links.iter().any(says)
}

/// The files that include a header of the library, themselves or by other headers.
fn including(project: &Project<'_>, library: &Library) -> BTreeSet<usize> {
    let files: Vec<_> =
        project.files.iter().map(|(path, seen)| (*path, seen.includes.iter().map(AsRef::as_ref))).collect();
    let of_it = |(_, includes): &(&str, _)| {
        Iterator::any(&mut Clone::clone(includes), |one: &str| library.has_header(one))
    };
    let first: Vec<usize> = (0..files.len()).filter(|at| files.get(*at).is_some_and(of_it)).collect();
    let by_others = includers(&files, &first).into_iter().flat_map(|(_, all)| all);
    first.iter().copied().chain(by_others).collect()
}

/// Tells the uses of one library in a file.
fn tell(
    project: &Project<'_>,
    rules: &RuleSet,
    library: &Library,
    uses: &[Use<'_>],
    entered: &[bool],
    out: &mut Vec<Finding>,
) {
    let callers: BTreeSet<Id> = uses.iter().map(|one| one.id).collect();
    let wraps = callers.len() > WRAPS;
    let enters = |id: Id| entered.get(id.0 as usize) == Some(&true);
    let mut uses = uses.to_vec();
    uses.sort_by_key(|one| (wraps && !enters(one.id), one.place));
    let count = callers.len().saturating_sub(1).to_string();
    let mut told = BTreeSet::new();
    for (nth, one) in uses.iter().enumerate() {
        // A function that calls it in ten places has one lock to take.
        if !told.insert((one.id, one.name)) || wraps && nth > 0 {
            continue;
        }
        let case = match one.changes {
            _ if library.built.is_some() => "built",
            _ if !enters(one.id) => "unseen",
            _ if wraps => "wrapper",
            Some(_) => "variable",
            None => "call",
        };
        let path = project.files.get(one.file).map_or("", |(path, _)| path);
        let related: Vec<Related> = uses
            .iter()
            .skip(1)
            .take(if wraps { LISTED } else { 0 })
            .map(|one| Related { location: one.place.location(path), message: format!("`{}`", one.name) })
            .collect();
        let site =
            Site { file: one.file, function: Some(one.id), place: one.place, text: one.name.to_owned() };
        let filling = [("callee", one.name), ("count", count.as_str())];
        report_with(project, rules, ("library", case), &site, &filling, &related, out);
    }
}

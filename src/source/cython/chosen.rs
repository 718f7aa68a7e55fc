//! Functions of the C API that are called by another name: one that a project's own declarations give them, or by way of
//! a pointer that a function of the project has chosen.
//!
//! In: statements, while a file is walked; and the facts of all files. Out: sites, and which function each leads to. Only
//! walks by position are looked for, which show by how they are called: `next(table, &position, …)`.

use super::facts::{Facts, Site};
use super::read::Walk;
use crate::knowledge::{Knowledge, Trait};

/// The case of its detector that sites are kept under until all files are read.
pub(super) const CASE: &str = "chosen";

impl Walk<'_> {
    /// A value that is the name of a function which comes from elsewhere: `= &f`, `return f`.
    pub(super) fn picks(&mut self, from: usize, to: usize) {
        let text = self.text;
        let first = from + usize::from(text.is(from, "return"));
        let name = first + usize::from(text.is(first, "&"));
        if self.python || first == from && !text.is(from.wrapping_sub(1), "=") || name + 1 != to {
            return;
        }
        let picked = text.name(name);
        if !(self.declaring.contains(picked) || self.imported.contains_key(picked)) {
            return;
        }
        let original = self.imported.get(picked).map_or(picked, String::as_str).to_owned();
        let Some(inside) = self.inside.last() else { return };
        if let Some(function) = self.facts.functions.get_mut(inside.at) {
            function.picks.insert(original);
        }
    }

    /// Notes that a local holds what a call gave for an object that somebody else may have.
    pub(super) fn chosen_by(&mut self, local: &str, (from, to): (usize, usize)) {
        let text = self.text;
        let called = text.is_name(from) && text.is(from + 1, "(") && text.after(from + 1) == to;
        let Some(inside) = self.inside.last_mut() else { return };
        if called && text.is_name(from + 2) && !inside.fresh.contains(text.name(from + 2)) {
            inside.chosen.insert(local.to_owned(), text.name(from).to_owned());
        } else {
            inside.chosen.remove(local);
        }
    }

    /// A call that hands over an object and the address of a position: by a name that other files declare, or by a pointer.
    pub(super) fn by_position(&mut self, name: usize, open: usize, (_, to): (usize, usize)) {
        let text = self.text;
        let walks = text.is(open + 2, ",") && text.is(open + 3, "&");
        if self.python || !walks || text.is(name.wrapping_sub(1), ".") {
            return;
        }
        let Some(inside) = self.inside.last() else { return };
        let callee = text.name(name);
        let by = inside.chosen.get(callee).map(String::as_str);
        let by = by.or_else(|| {
            (self.declaring.contains(callee) && !self.imported.contains_key(callee)).then_some(callee)
        });
        let Some(by) = by.filter(|_| !inside.fresh.contains(text.name(open + 1))).map(str::to_owned) else {
            return;
        };
        self.site("cython-dict-iteration", CASE, &by, (name, text.after(open).min(to)));
    }
}

/// The function of the C API that such a site leads to, by its name there.
pub(super) fn leads_to<'a>(files: &[&'a Facts], site: &'a Site) -> Option<&'a str> {
    let walks = |name: &'a str| {
        let foreign =
            files.iter().flat_map(|file| &file.foreign).find(|one| one.name == name && one.class.is_empty());
        let known = foreign.map_or(name, |one| one.known_as.as_str());
        let fact = Knowledge::builtin().c_api(known)?;
        fact.traits.has(Trait::IteratesDict).then_some(known)
    };
    let functions = files.iter().flat_map(|file| &file.functions).filter(|one| one.name == site.callee);
    let mut picked = functions.flat_map(|one| &one.picks);
    walks(site.callee.as_str()).or_else(|| picked.find_map(|name| walks(name)))
}

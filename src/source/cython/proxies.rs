//! Pointers in C structures that lead back to an object without owning it.
//!
//! `c_node.proxy = <void*>self` keeps no reference, or the object could not die; its `__dealloc__` clears the pointer.
//! Whoever takes the object from there in between, `<Proxy>c_node.proxy`, gets one whose last reference is gone.

use std::collections::{BTreeSet, HashSet};

use super::facts::{Back, Facts};
use super::judge::{At, Project};
use super::reach::Reach;
use super::read::Walk;

impl Walk<'_> {
    /// `<Type>p.field`: an object is taken from where a C structure keeps its address.
    pub(super) fn taken_back(&mut self, at: usize, to: usize) {
        let text = self.text;
        let close = at + 2 + usize::from(text.is(at + 2, "?"));
        if self.python || !text.is(at, "<") || !text.is_name(at + 1) || !text.is(close, ">") {
            return;
        }
        if let Some((field, end)) = self.part(close + 1, to) {
            let class = text.name(at + 1).to_owned();
            self.back(field, class, (at, end));
        }
    }

    /// `p.field = NULL`: a C structure forgets an address.
    pub(super) fn forgotten(&mut self, from: usize, to: usize) {
        if self.python || to < from + 5 || !self.text.is(to - 1, "NULL") || !self.text.is(to - 2, "=") {
            return;
        }
        if let Some((field, end)) = self.part(from, to).filter(|(_, end)| *end + 2 == to) {
            self.back(field, String::new(), (from, end));
        }
    }

    /// The last name of `p.a.b`, where `p` is no object, and the token after it.
    fn part(&self, from: usize, to: usize) -> Option<(String, usize)> {
        let text = self.text;
        let mut last = from;
        while text.is(last + 1, ".") && text.is_name(last + 2) && last + 2 < to {
            last += 2;
        }
        let whole = last > from && !text.is(last + 1, "(") && !text.is(last + 1, "[");
        (whole && text.is_name(from) && self.met(from).is_none())
            .then(|| (text.name(last).to_owned(), last + 1))
    }

    fn back(&mut self, field: String, class: String, (from, to): (usize, usize)) {
        let Some(inside) = self.inside.last() else { return };
        let one =
            Back { field, class, function: inside.at, locked: self.locked(), span: self.span(from, to) };
        self.facts.backs.push(one);
    }
}

/// Types of which `__dealloc__` clears a pointer that leads to the object, with the names of these.
fn dying<'a>(project: &Project<'a>, reach: &Reach<'a>) -> HashSet<(&'a str, &'a str)> {
    let mut clears: Vec<(At, &'a str)> = Vec::new();
    for (at, file) in project.files.iter().enumerate() {
        let cleared = file.backs.iter().filter(|one| one.class.is_empty());
        clears.extend(cleared.map(|one| ((at, one.function), one.field.as_str())));
    }
    let mut out = HashSet::new();
    if clears.is_empty() {
        return out;
    }
    let classes: BTreeSet<&'a str> = project.files.iter().flat_map(|file| taken(file)).collect();
    for class in classes {
        let run = reach.dealloc(project, class);
        out.extend(clears.iter().filter(|(at, _)| run.contains(at)).map(|(_, field)| (class, *field)));
    }
    out
}

/// Types of which a file takes objects from C structures.
fn taken(file: &Facts) -> impl Iterator<Item = &str> {
    file.backs.iter().map(|one| one.class.as_str()).filter(|class| !class.is_empty())
}

/// Places at which objects are taken that may be about to die: the file, and which of its [`Facts::backs`].
pub(super) fn found<'a>(project: &Project<'a>, reach: &Reach<'a>) -> Vec<(usize, &'a Back)> {
    let dying = dying(project, reach);
    let mut out = Vec::new();
    for (at, file) in project.files.iter().enumerate() {
        for one in file.backs.iter().filter(|one| dying.contains(&(one.class.as_str(), one.field.as_str()))) {
            let function = project.function((at, one.function));
            // A library that calls back was called by somebody who has the object.
            let called_back = function.is_none_or(|function| function.called_back);
            if !one.locked && !called_back && reach.exposed.contains(&(at, one.function)) {
                out.push((at, one));
            }
        }
    }
    out
}

//! Methods of PyO3 classes that take their object for themselves.
//!
//! PyO3 counts borrows while the program runs: `&mut self` fails while anybody else uses the object. With the GIL a
//! method ran to its end, unless it let go of it or called Python; without it two threads need only meet. That is an
//! error and no race of memory. It is said at each such method; of a class with many of them, once, at the first. Where the
//! class keeps a lock, or a method of it runs detached, its author counts on threads, and it is more than something to know.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::Facts;
use super::read::{LONGEST, Walk, head, text};
use crate::source::found::Place;

/// What only the maker of an object calls, or Python while nobody has it: iterators and contexts are one thread's.
const ALONE: [&str; 14] = [
    "__new__",
    "__init__",
    "__iter__",
    "__next__",
    "__aiter__",
    "__anext__",
    "__enter__",
    "__exit__",
    "__aenter__",
    "__aexit__",
    "__setstate__",
    "__traverse__",
    "__clear__",
    "__del__",
];

/// How many methods of a class are told one by one.
const EACH: usize = 8;

/// A class that Python sees.
#[derive(Debug, Clone)]
pub(super) struct Class {
    name: String,
    /// PyO3 lends its objects to be changed, to any thread.
    open: bool,
    /// It keeps a lock or an atomic.
    guarded: bool,
}

/// A method that Python may call.
#[derive(Debug, Clone)]
pub(super) struct Method {
    class: String,
    /// Where it takes its object for itself.
    exclusive: Option<Place>,
    /// It runs a while without the GIL.
    detaches: bool,
}

impl Walk<'_> {
    /// A structure, if it is a class.
    pub(super) fn class_of(&mut self, name: &str, attributes: &str, guarded: bool) {
        if attributes.contains("pyclass") {
            let open = !attributes.contains("frozen") && !attributes.contains("unsendable");
            self.facts.classes.push(Class { name: name.to_owned(), open, guarded });
        }
    }

    /// A function, if it is a method that Python may call.
    pub(super) fn method(&mut self, node: Node<'_>) {
        let Some(block) = self.blocks.last().filter(|block| block.python) else { return };
        let class = block.kind.chars().take(LONGEST).collect();
        if self.functions.len() != 1 {
            return;
        }
        let first = node.child_by_field_name("parameters").and_then(|list| list.named_child(0));
        let first = first.filter(|one| {
            let written = head(text(self.code, *one));
            match one.kind() {
                "self_parameter" => written.starts_with('&') && written.contains("mut "),
                "parameter" => one.child_by_field_name("type").is_some_and(|kind| {
                    let kind = head(text(self.code, kind));
                    kind.contains("PyRefMut<") && kind.contains("Self")
                }),
                _ => false,
            }
        });
        let alone = self.functions.last().is_some_and(|one| ALONE.contains(&one.name.as_str()));
        let exclusive = first.filter(|_| !alone).map(|one| self.place(one));
        self.facts.methods.push(Method { class, exclusive, detaches: false });
    }

    /// What runs detached here is part of a method.
    pub(super) fn method_detaches(&mut self) {
        let inside = self.blocks.last().is_some_and(|block| block.python) && !self.functions.is_empty();
        if let Some(method) = self.facts.methods.last_mut().filter(|_| inside) {
            method.detaches = true;
        }
    }
}

/// What is to be told of a crate's classes: the case, the class, the place, and further places of the same.
pub(super) fn told<'a>(files: &[&'a Facts]) -> Vec<(&'static str, &'a str, &'a Place, Vec<&'a Place>)> {
    let mut all: BTreeMap<&str, Vec<&Class>> = BTreeMap::new();
    for class in files.iter().flat_map(|file| &file.classes) {
        all.entry(class.name.as_str()).or_default().push(class);
    }
    let mut out = Vec::new();
    for file in files {
        let mut methods: BTreeMap<&str, Vec<&Method>> = BTreeMap::new();
        for method in &file.methods {
            methods.entry(method.class.as_str()).or_default().push(method);
        }
        for (name, methods) in methods {
            // Of namesakes it is the one beside its methods.
            let beside: Vec<&Class> = file.classes.iter().filter(|class| class.name == name).collect();
            let known = if beside.is_empty() { all.get(name).cloned().unwrap_or_default() } else { beside };
            let [class] = known.as_slice() else { continue };
            let mut places: Vec<&Place> =
                methods.iter().filter_map(|method| method.exclusive.as_ref()).collect();
            if !class.open || places.is_empty() {
                continue;
            }
            places.sort();
            let shared = class.guarded || methods.iter().any(|method| method.detaches);
            let case = if shared { "exclusive-shared" } else { "exclusive" };
            let rest = if places.len() > EACH { places.split_off(1) } else { Vec::new() };
            out.extend(places.into_iter().map(|place| (case, name, place, rest.clone())));
        }
    }
    out
}

//! Follows what an `UnsafeCell` and a module's state hold to the code that changes it.
//!
//! In: the structures of a crate, with what carries them past the compiler's proof. Out: changes behind a shared
//! reference that no lock orders. A cell makes its owner unfit for sharing, which the compiler enforces; what is shared
//! all the same went through a raw pointer, an asserted `Sync`, or the state of a module.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::Facts;
use super::read::{Walk, text};
use crate::source::found::Place;

/// Most type names of one structure that are kept, and most of its cells.
const MOST: usize = 200;

/// Longest expression around a cell that is followed outwards.
const AROUND: usize = 8;

/// What one file shows of cells and of state that a module keeps.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Owner and name of fields that are an `UnsafeCell`, where no lock or atomic stands beside them.
    fields: Vec<(String, String)>,
    /// Structures with the types that their fields name.
    parts: Vec<(String, Vec<String>)>,
    /// Types that raw pointers lead to.
    pointed: BTreeSet<String>,
    /// Types that the state of a module or of a type's module is cast to.
    states: BTreeSet<String>,
    /// Changes of what a cell holds.
    changes: Vec<Change>,
    /// Changes of a value lent to be changed: its type.
    lent: Vec<(String, Place)>,
}

/// A change of what a cell holds.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The type whose field it is, where that is written.
    owner: String,
    field: String,
    /// It was looked at before, in the same function.
    tested: bool,
    place: Place,
}

/// A cell that is used: its owner where that is written, the field, and the call that gives its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Met {
    owner: String,
    field: String,
}

/// The names in a type or in a structure's body.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn is_type(name: &&str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

impl Walk<'_> {
    /// A structure: its cells, its parts, and what its pointers lead to.
    pub(super) fn cells_of(&mut self, name: &str, node: Node<'_>, guarded: bool) {
        let Some(body) = node.child_by_field_name("body") else { return };
        let mut cursor = body.walk();
        let mut parts = Vec::new();
        // `struct Cell<T>(UnsafeCell<T>)`: its fields are numbered.
        let numbered = body.kind() == "ordered_field_declaration_list";
        let mut number = 0_usize;
        for field in body.named_children(&mut cursor).take(MOST) {
            if matches!(field.kind(), "visibility_modifier" | "attribute_item" | "line_comment") {
                continue;
            }
            let named = match field.child_by_field_name("name") {
                Some(name) => Some(text(self.code, name).to_owned()),
                None => numbered.then(|| number.to_string()),
            };
            number += 1;
            // A generic type has a `type` of its own.
            let written = field.child_by_field_name("type").filter(|_| !numbered);
            let kind = written.map(|kind| text(self.code, kind));
            let kind = kind.unwrap_or_else(|| text(self.code, field));
            let kind = kind.get(..kind.len().min(500)).unwrap_or_default();
            parts.extend(names(kind).filter(is_type).take(8).map(str::to_owned));
            let raw = kind.contains("NonNull<") || kind.contains("*mut ") || kind.contains("*const ");
            if raw {
                self.facts.cells.pointed.extend(names(kind).filter(is_type).map(str::to_owned));
            }
            // A cell for one thread, in what holds Python's objects: the compiler lets no second thread near it, unless it was told
            // to, or PyO3 is of a version that asks no such proof of a class.
            let objects = ["Py<", "PyObject", "Bound<"].iter().any(|one| kind.contains(one));
            if objects && names(kind).any(|word| word == "OnceCell") {
                self.site("once-cell", named.as_deref().unwrap_or(name), field);
            }
            if let Some(field) = named.filter(|_| !guarded && kind.contains("UnsafeCell<")) {
                self.facts.cells.fields.push((name.to_owned(), field));
            }
        }
        parts.truncate(MOST);
        self.facts.cells.parts.push((name.to_owned(), parts));
    }

    /// `PyModule_GetState(m).cast::<State>()`, `PyModule_GetState(m) as *mut State`: what the state is.
    pub(super) fn state_of(&mut self, call: Node<'_>) {
        let mut node = call;
        for _ in 0..AROUND {
            let Some(parent) = self.parent(node) else { return };
            let kind = match parent.kind() {
                "generic_function" => parent.child_by_field_name("type_arguments"),
                "type_cast_expression" => parent.child_by_field_name("type"),
                "field_expression" | "call_expression" | "parenthesized_expression" => None,
                _ => return,
            };
            if let Some(kind) = kind {
                let named = names(text(self.code, kind)).filter(is_type).map(str::to_owned);
                self.facts.cells.states.extend(named.take(8));
                return;
            }
            node = parent;
        }
    }

    /// The cell whose address an expression is: `x.field.get()`, or a local that was given it.
    pub(super) fn cell(&self, node: Node<'_>) -> Option<Met> {
        let mut node = node;
        while node.kind() == "parenthesized_expression" {
            node = node.named_child(0)?;
        }
        if node.kind() == "identifier" {
            let name = text(self.code, node);
            let aliases = &self.functions.last()?.aliases;
            return aliases.iter().rev().find(|(local, _)| local == name).map(|(_, met)| met.clone());
        }
        let function =
            Some(node).filter(|node| node.kind() == "call_expression")?.child_by_field_name("function")?;
        let of =
            Some(function).filter(|one| one.kind() == "field_expression")?.child_by_field_name("value")?;
        let plain = text(self.code, function.child_by_field_name("field")?) == "get"
            && node.child_by_field_name("arguments").is_some_and(|list| list.named_child_count() == 0);
        if !plain || of.kind() != "field_expression" {
            return None;
        }
        let field = text(self.code, of.child_by_field_name("field")?).to_owned();
        let own = of.child_by_field_name("value").is_some_and(|value| value.kind() == "self");
        let owner = self.blocks.last().filter(|_| own).map(|block| block.kind.clone());
        Some(Met { owner: owner.unwrap_or_default(), field })
    }

    /// `let p = x.field.get()` gives the address a name; `let v = *x.field.get()` looks at what is there.
    pub(super) fn cell_local(&mut self, node: Node<'_>, value: Node<'_>) {
        let Some(name) = node.child_by_field_name("pattern").map(|name| text(self.code, name).to_owned())
        else {
            return;
        };
        if let Some(met) = self.cell(value)
            && let Some(function) = self.functions.last_mut().filter(|one| one.aliases.len() < MOST)
        {
            function.aliases.push((name, met));
        }
    }

    /// `*cell`, where it is not written: what the cell holds is looked at.
    pub(super) fn cell_read(&mut self, node: Node<'_>) {
        let Some(met) = dereferenced(node).and_then(|inner| self.cell(inner)) else { return };
        let written = self.parent(node).is_some_and(|parent| match parent.kind() {
            "assignment_expression" | "compound_assignment_expr" => {
                parent.child_by_field_name("left") == Some(node)
            }
            "reference_expression" => text(self.code, parent).contains("mut "),
            _ => false,
        });
        if written {
            return;
        }
        let place = self.place(node);
        if let Some(function) = self.functions.last_mut().filter(|one| one.looked.len() < MOST) {
            function.looked.push((met, place));
        }
    }

    /// `address.as_mut()`, `address.write(v)`.
    pub(super) fn cell_method(&mut self, function: Node<'_>, whole: Node<'_>) {
        let method = function.child_by_field_name("field").map(|field| text(self.code, field));
        let changes = matches!(method, Some("as_mut" | "write" | "replace" | "swap" | "as_mut_unchecked"));
        if changes && let Some(met) = function.child_by_field_name("value").and_then(|of| self.cell(of)) {
            self.cell_changed(met, whole, method == Some("write"));
        }
    }

    /// What a cell holds is changed, or lent to be changed.
    pub(super) fn cell_changed(&mut self, met: Met, whole: Node<'_>, set: bool) {
        if self.once() || self.is_locked() {
            return;
        }
        let Some(function) = self.functions.last().filter(|function| !function.alone) else { return };
        // `if p.is_null() { p = make() }`: the gap begins where it was looked at.
        let looked = function.looked.iter().find(|(one, _)| set && *one == met && self.in_branch(whole));
        let tested = looked.is_some();
        let place = looked.map_or_else(|| self.place(whole), |(_, place)| place.clone());
        self.facts.cells.changes.push(Change { owner: met.owner, field: met.field, tested, place });
    }

    fn in_branch(&self, node: Node<'_>) -> bool {
        let mut node = node;
        for _ in 0..AROUND {
            match self.parent(node) {
                Some(parent) if matches!(parent.kind(), "if_expression" | "match_arm" | "else_clause") => {
                    return true;
                }
                Some(parent) if parent.kind() != "function_item" => node = parent,
                _ => return false,
            }
        }
        false
    }

    /// Something of a parameter `&mut T` is changed: that is the type's business, if all threads share the one.
    pub(super) fn lent_changed(&mut self, name: &str, whole: Node<'_>) {
        if self.once() || self.is_locked() {
            return;
        }
        let lent = self.functions.last().map(|function| &function.lent);
        let kind =
            lent.and_then(|lent| lent.iter().find(|(one, _)| one == name)).map(|(_, kind)| kind.clone());
        if let Some(kind) = kind {
            let place = self.place(whole);
            self.facts.cells.lent.push((kind, place));
        }
    }
}

/// What `*x` takes the star from.
pub(super) fn dereferenced(node: Node<'_>) -> Option<Node<'_>> {
    let star = node.kind() == "unary_expression" && node.child(0).is_some_and(|one| one.kind() == "*");
    node.named_child(0).filter(|_| star)
}

/// What is to be told of a crate's cells: the case, the name to fill in, the place.
pub(super) fn told<'a>(
    files: &[&'a Facts],
    once: &BTreeSet<&str>,
) -> Vec<(&'static str, &'a str, &'a Place)> {
    let cells = || files.iter().map(|file| &file.cells);
    let states: BTreeSet<&str> =
        cells().flat_map(|one| &one.states).map(String::as_str).filter(|name| !is_wrapper(name)).collect();
    let parts: BTreeMap<&str, &Vec<String>> =
        cells().flat_map(|one| &one.parts).map(|(name, parts)| (name.as_str(), parts)).collect();
    // What the compiler did not prove fit for sharing, with all that it holds.
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let pointed = cells().flat_map(|one| &one.pointed).map(String::as_str);
    let asserted = files.iter().flat_map(|file| &file.asserted).map(|(name, _)| name.as_str());
    let mut next: Vec<&str> = pointed.chain(asserted).chain(states.iter().copied()).collect();
    while let Some(name) = next.pop() {
        if let Some(parts) = parts.get(name).filter(|_| open.insert(name)) {
            next.extend(parts.iter().map(String::as_str));
        }
    }
    let fields: BTreeSet<(&str, &str)> =
        cells().flat_map(|one| &one.fields).map(|(of, field)| (of.as_str(), field.as_str())).collect();
    let mut named: BTreeMap<&str, bool> = BTreeMap::new();
    for (of, field) in &fields {
        *named.entry(field).or_default() |= open.contains(of);
    }
    let mut out = Vec::new();
    let mut seen: BTreeSet<(&Place, bool)> = BTreeSet::new();
    for one in cells().flat_map(|one| &one.changes) {
        let (owner, field) = (one.owner.as_str(), one.field.as_str());
        let shared = match owner {
            "" => named.get(field).copied().unwrap_or_default(),
            _ => open.contains(owner) && fields.contains(&(owner, field)),
        };
        if shared && !once.contains(one.place.function.as_str()) && seen.insert((&one.place, one.tested)) {
            out.push((if one.tested { "cell-filled" } else { "cell" }, field, &one.place));
        }
    }
    for (kind, place) in cells().flat_map(|one| &one.lent) {
        if states.contains(kind.as_str()) && !once.contains(place.function.as_str()) {
            out.push(("module-state", kind.as_str(), place));
        }
    }
    out
}

/// Names in a cast that are no structure of the crate's own.
fn is_wrapper(name: &str) -> bool {
    matches!(name, "Option" | "MaybeUninit" | "Box" | "ManuallyDrop" | "NonNull" | "UnsafeCell")
}

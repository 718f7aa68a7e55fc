//! Raw pointers of types that are said to be `Sync`.
//!
//! A raw pointer makes its owner unfit for sharing, until the author says otherwise. Where methods that take the owner
//! as `&self` hand the pointer to foreign functions, or lend what it points to to be changed, then two threads do so at
//! the same time. Python's own objects are another matter: their functions look after themselves.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::Facts;
use super::cells::dereferenced;
use super::read::{LONGEST, Walk, head, text};
use crate::source::found::Place;

/// Most fields of one structure that are looked at.
const MOST: usize = 200;

/// What one file shows of raw pointers.
#[derive(Debug, Clone, Default)]
pub(super) struct Pointers {
    /// Owner and name of fields that are a raw pointer to what may be changed, with no lock beside them.
    fields: Vec<(String, String)>,
    /// Owner and field where a method that shares the owner lets what it points to be changed.
    changed: Vec<(String, String, Place)>,
}

impl Walk<'_> {
    /// A structure: which of its fields are raw pointers.
    pub(super) fn pointers_of(&mut self, name: &str, node: Node<'_>, guarded: bool) {
        let Some(body) = node.child_by_field_name("body").filter(|_| !guarded) else { return };
        let mut cursor = body.walk();
        let plain = body.kind() == "ordered_field_declaration_list";
        let mut at = 0;
        for field in body.named_children(&mut cursor).take(MOST) {
            let (named, kind) = if plain {
                if matches!(field.kind(), "visibility_modifier" | "attribute_item" | "line_comment") {
                    continue;
                }
                at += 1;
                ((at - 1_usize).to_string(), Some(field))
            } else {
                let named = field.child_by_field_name("name").map(|name| text(self.code, name).to_owned());
                (named.unwrap_or_default(), field.child_by_field_name("type"))
            };
            let kind = kind.map(|kind| head(text(self.code, kind))).unwrap_or_default();
            let Some(of) = kind.strip_prefix("*mut ") else { continue };
            let of = of.rsplit("::").next().unwrap_or_default();
            if !of.starts_with("Py") && of != "c_void" {
                self.facts.pointers.fields.push((name.to_owned(), named));
            }
        }
    }

    /// A field of a method's own object, where the object is shared and no lock is held.
    fn own_field(&self, node: Node<'_>) -> Option<(String, String)> {
        let field = Some(node).filter(|node| node.kind() == "field_expression")?;
        field.child_by_field_name("value").filter(|of| of.kind() == "self")?;
        let name = text(self.code, field.child_by_field_name("field")?);
        let shared = self.functions.last().is_some_and(|function| !function.alone);
        let owner = self.blocks.last().filter(|_| shared && !self.is_locked() && !self.once())?;
        Some((owner.kind.chars().take(LONGEST).collect(), name.to_owned()))
    }

    /// `library::step(self.handle)`: what the library does with it, it may change.
    pub(super) fn pointer_handed(&mut self, callee: &str, call: Node<'_>) {
        let function = call.child_by_field_name("function").map(|function| function.kind());
        let name = callee.rsplit("::").next().unwrap_or_default();
        let own =
            ["ptr::", "slice::", "mem::", "Box::", "Rc::", "Arc::", "Vec::", "NonNull::", "Self::", "Py"];
        let foreign = matches!(function, Some("identifier" | "scoped_identifier"))
            && !name.starts_with(|c: char| c.is_ascii_uppercase() && !name.contains('_'))
            && !own.iter().any(|one| callee.contains(one))
            && !matches!(name, "from_raw_parts" | "from_raw_parts_mut" | "drop" | "transmute" | "forget");
        let Some(list) = call.child_by_field_name("arguments").filter(|_| foreign) else { return };
        let mut cursor = list.walk();
        let met = list.named_children(&mut cursor).take(8).find_map(|one| self.own_field(one));
        if let Some((owner, field)) = met {
            let place = self.place(call);
            self.facts.pointers.changed.push((owner, field, place));
        }
    }

    /// `&mut *self.handle`.
    pub(super) fn pointer_lent(&mut self, value: Node<'_>, whole: Node<'_>) {
        if let Some((owner, field)) = dereferenced(value).and_then(|inner| self.own_field(inner)) {
            let place = self.place(whole);
            self.facts.pointers.changed.push((owner, field, place));
        }
    }
}

/// The types whose pointers are shared by an assertion, with the places where what they point to is changed.
pub(super) fn shared<'a>(files: &[&'a Facts]) -> BTreeMap<&'a str, Vec<&'a Place>> {
    let all = || files.iter().map(|file| &file.pointers);
    let fields: BTreeSet<(&str, &str)> =
        all().flat_map(|one| &one.fields).map(|(of, field)| (of.as_str(), field.as_str())).collect();
    let mut out: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for (owner, field, place) in all().flat_map(|one| &one.changed) {
        if fields.contains(&(owner.as_str(), field.as_str())) {
            out.entry(owner.as_str()).or_default().push(place);
        }
    }
    out
}

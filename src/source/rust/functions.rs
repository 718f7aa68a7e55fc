//! What a function's head tells: what it is called with, what it gives, and whom it has its object from.

use tree_sitter::Node;

use super::cells::Met;
use super::read::{LONGEST, Walk, head, last_name, text};
use crate::source::found::Place;

/// Most parameters of a function that are told apart.
const MOST_PARAMS: usize = 32;

#[derive(Debug)]
pub(super) struct Function {
    pub name: String,
    pub end: usize,
    /// It runs once, while the module is made.
    pub once: bool,
    /// Locals that hold a container made here.
    pub fresh: Vec<String>,
    /// Its parameters.
    pub params: Vec<String>,
    /// Those lent to be changed, with their type.
    pub lent: Vec<(String, String)>,
    /// It has its object to itself, or that object is going.
    pub alone: bool,
    /// Locals that hold a cell's address.
    pub aliases: Vec<(String, Met)>,
    /// Cells whose content was looked at.
    pub looked: Vec<(Met, Place)>,
    /// It gives a slice or a text that something else keeps.
    pub gives_slice: bool,
    /// Locals that are gone when it ends, and what they lend: the name, and the first of those that it comes from.
    pub views: Vec<(String, String)>,
}

impl Walk<'_> {
    pub(super) fn function(&mut self, node: Node<'_>, attributes: &str) {
        let name = node.child_by_field_name("name").map(|name| text(self.code, name)).unwrap_or_default();
        // Functions called so run while the module is made, by the habit of everybody.
        let once = attributes.contains("pymodule") || attributes.contains("ctor") || {
            let lower = name.to_ascii_lowercase();
            lower.contains("init") || lower.contains("setup")
        };
        self.functions.push(Function {
            name: name.to_owned(),
            end: node.end_byte(),
            once,
            fresh: Vec::new(),
            params: self.params(node),
            lent: self.lent(node),
            alone: self.blocks.last().is_some_and(|block| block.drops) || self.is_exclusive(node),
            aliases: Vec::new(),
            looked: Vec::new(),
            gives_slice: self.gives_slice(node),
            views: Vec::new(),
        });
        self.method(node);
    }

    /// Whether a method takes its object as one that nobody else has.
    fn is_exclusive(&self, node: Node<'_>) -> bool {
        let Some(list) = node.child_by_field_name("parameters") else { return false };
        let first = list.named_child(0).filter(|one| one.kind() == "self_parameter");
        first.is_some_and(|one| text(self.code, one).contains("mut "))
    }

    /// Whether what a function gives back is a slice or a text that something else keeps.
    fn gives_slice(&self, node: Node<'_>) -> bool {
        let Some(kind) = node.child_by_field_name("return_type") else { return false };
        let mut borrowed = head(text(self.code, kind)).split('&').skip(1);
        borrowed.any(|rest| {
            let rest = rest.trim_start();
            let lifetime = rest.strip_prefix('\'').and_then(|rest| rest.split_once(char::is_whitespace));
            let rest = lifetime.map_or(rest, |(_, rest)| rest.trim_start());
            let rest = rest.strip_prefix("mut ").unwrap_or(rest).trim_start();
            rest.starts_with('[') || rest.starts_with("str")
        })
    }

    /// Parameters `name: &mut T`, with the type.
    fn lent(&self, node: Node<'_>) -> Vec<(String, String)> {
        let Some(list) = node.child_by_field_name("parameters") else { return Vec::new() };
        let mut cursor = list.walk();
        let pair = |one: Node<'_>| {
            let name = text(self.code, one.child_by_field_name("pattern")?);
            let kind = one.child_by_field_name("type").filter(|kind| kind.kind() == "reference_type")?;
            let mut inner = kind.walk();
            let mutable = kind.children(&mut inner).any(|child| child.kind() == "mutable_specifier");
            let of = kind.child_by_field_name("type").filter(|_| mutable)?;
            Some((name.to_owned(), last_name(text(self.code, of)).chars().take(LONGEST).collect()))
        };
        list.named_children(&mut cursor).take(MOST_PARAMS).filter_map(pair).collect()
    }

    fn params(&self, node: Node<'_>) -> Vec<String> {
        let Some(list) = node.child_by_field_name("parameters") else { return Vec::new() };
        let mut cursor = list.walk();
        let names = list.named_children(&mut cursor).filter_map(|one| one.child_by_field_name("pattern"));
        names.take(MOST_PARAMS).map(|name| text(self.code, name).to_owned()).collect()
    }
}

//! Slices that outlive what lent their memory.
//!
//! A view of a buffer, a borrow of a class and the guard of a lock each keep others from moving the memory, for as long
//! as they live. `from_raw_parts` makes a slice that knows nothing of them: given back by a function whose local they
//! are, it points to memory that any thread may move again. With the GIL that took until the caller let go of it.

use tree_sitter::Node;

use super::read::{Walk, head, text};

/// Most locals of one function that are followed.
const MOST: usize = 60;

/// Longest expression around a slice that is followed outwards.
const AROUND: usize = 12;

/// What a call gives that lends memory until it is dropped.
fn lends(value: &str) -> bool {
    let value = value.trim_end_matches(['?', ' ', '\n']);
    let value = value.strip_suffix(".unwrap()").unwrap_or(value).trim_end();
    let guard = [".borrow()", ".borrow_mut()", ".try_borrow()", ".try_borrow_mut()", ".lock()"];
    guard.iter().any(|end| value.ends_with(end))
        || (value.starts_with("PyBuffer") || value.starts_with("PyUntypedBuffer")) && value.contains("::get(")
}

/// The words of a text that could be names of locals.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

impl Walk<'_> {
    /// `let view = PyBuffer::get(data)?` lends until the function ends, and so does `let bytes = view.as_slice(py)`.
    pub(super) fn view_local(&mut self, node: Node<'_>, value: Node<'_>) {
        if !self.functions.last().is_some_and(|one| one.gives_slice && one.views.len() < MOST) {
            return;
        }
        let Some(pattern) = node.child_by_field_name("pattern").map(|one| head(text(self.code, one))) else {
            return;
        };
        let value = head(text(self.code, value));
        let Some(function) = self.functions.last_mut() else { return };
        let names =
            words(pattern).filter(|word| word.starts_with(|c: char| c.is_lowercase()) && *word != "mut");
        let from = if lends(value) {
            None
        } else {
            let known = function.views.iter().rev();
            let Some((_, from)) = known.into_iter().find(|(name, _)| words(value).any(|one| one == name))
            else {
                return;
            };
            Some(from.clone())
        };
        let new: Vec<_> = names
            .take(8)
            .map(|name| (name.to_owned(), from.clone().unwrap_or_else(|| name.to_owned())))
            .collect();
        function.views.extend(new);
    }

    /// `slice::from_raw_parts(view.buf_ptr(), n)`, where that is what the function gives back.
    pub(super) fn slice_of_view(&mut self, name: &str, call: Node<'_>) {
        if !matches!(name, "from_raw_parts" | "from_raw_parts_mut") || self.once() {
            return;
        }
        let Some(arguments) = call.child_by_field_name("arguments") else { return };
        // A vector's function of that name takes the capacity too, and owns what it is given.
        let plain = arguments.named_child_count() == 2;
        let Some(function) = self.functions.last().filter(|one| plain && one.gives_slice) else { return };
        let written = head(text(self.code, arguments));
        let view = words(written).find_map(|word| function.views.iter().rev().find(|(name, _)| name == word));
        if let Some((_, from)) = view.cloned()
            && self.is_given(call)
        {
            self.site("slice-of-view", &from, call);
        }
    }

    /// Whether an expression is what its function gives back, as it is or wrapped.
    fn is_given(&self, node: Node<'_>) -> bool {
        let mut node = node;
        for _ in 0..AROUND {
            let Some(parent) = self.parent(node) else { return false };
            match parent.kind() {
                "function_item" | "return_expression" => return true,
                "let_declaration" | "let_condition" | "field_expression" | "closure_expression" => {
                    return false;
                }
                // A branch that ends a block is a statement of the grammar's, and a value all the same.
                "expression_statement" if text(self.code, parent).ends_with(';') => return false,
                "call_expression" => {
                    let called = parent.child_by_field_name("function").map(|one| head(text(self.code, one)));
                    let called = called.unwrap_or_default().rsplit("::").next().unwrap_or_default();
                    if !matches!(called, "Ok" | "Some" | "from_utf8_unchecked" | "from_utf8") {
                        return false;
                    }
                }
                _ => {}
            }
            node = parent;
        }
        false
    }
}

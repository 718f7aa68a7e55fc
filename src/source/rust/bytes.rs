//! Bytes of a `bytearray` that PyO3 lends as a slice.
//!
//! `PyByteArray::as_bytes` is unsafe since other code may resize the object; holding the GIL was proof enough that none
//! runs. `bytes` and `str` have a safe method of that name, so it is the `unsafe` around the call alone that tells.

use tree_sitter::Node;

use super::read::{Walk, text};

/// The type in PyO3.
const TYPE: &str = "PyByteArray";

impl Walk<'_> {
    /// A call of a method: `function` is what is called.
    pub(super) fn lent_bytes(&mut self, function: Node<'_>, call: Node<'_>) {
        let Some(method) = function.child_by_field_name("field").map(|field| text(self.code, field)) else {
            return;
        };
        if !matches!(method, "as_bytes" | "as_bytes_mut") || self.is_locked() || self.once() {
            return;
        }
        let Some(block) = self.unsafe_around(call) else { return };
        // Within a longer block something else may be what is unsafe.
        let first = block.named_child(0).filter(|_| block.named_child_count() == 1);
        if first.is_some_and(|one| one.start_byte() == call.start_byte()) && self.speaks_of_bytearrays() {
            let object = function.child_by_field_name("value").map(|value| text(self.code, value));
            self.lockable("buffer", &format!("{TYPE}::{method}"), call, object.unwrap_or_default());
        }
    }

    fn speaks_of_bytearrays(&mut self) -> bool {
        let code = self.code;
        *self.bytearrays.get_or_insert_with(|| code.contains(TYPE))
    }

    /// The block of the `unsafe` that stands directly around a call and what is done with its result.
    fn unsafe_around<'n>(&self, call: Node<'n>) -> Option<Node<'n>>
    where
        Self: 'n,
    {
        let mut at = call;
        loop {
            let parent = self.parent(at)?;
            match parent.kind() {
                "unsafe_block" => return Some(at),
                "block" | "field_expression" | "call_expression" | "expression_statement" => at = parent,
                _ => return None,
            }
        }
    }
}

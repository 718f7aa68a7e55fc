//! Hazards that a name hides: a list's items by way of a variable of its own type, a macro that decides by a reference
//! count, and the stack that a thread is moved to.
//!
//! In: a [`Scan`](super::Scan). Out: findings of `list-items`, `refcount-macro` and `stack-switch`.

use super::super::body::Body;
use super::super::lex::op;
use super::super::names::asserts;
use super::super::summary::Bits;
use super::Found;
use crate::knowledge::Trait;

/// How many uses of such macros are told in one function.
const COUNTED: usize = 100;

/// What a list's own structure is called.
const LIST: &str = "PyListObject";

/// What the structure of a thread's state is called.
const THREAD: &str = "PyThreadState";

impl Found<'_, '_> {
    /// `list->ob_item` of a variable that was declared as a list.
    pub(super) fn list_items(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let (from, to) = body.function.body;
        for i in from..to {
            let base = i.wrapping_sub(2);
            if !body.names.at(i).traits.has(Trait::ExposesItems)
                || !source.is(i.wrapping_sub(1), op(b"->"))
                || body.path_start(i) != base
            {
                continue;
            }
            let list = body.locals.get(source.word(base)).is_some_and(|local| local.declared.base == LIST);
            let origin = body.origin(base, base + 1, i);
            if !list || origin.is_own() || self.scan.bits(read, i).any(Bits::SAFE) {
                continue;
            }
            let fill = [("field", source.word(i)), ("object", source.word(base))];
            self.report_shared(("list-items", "field"), (base, i + 1), &fill, Bits::SAFE, Some(origin));
        }
    }

    /// Macros of the file that compare a count, where something is decided by them.
    pub(super) fn counting_macros(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let mut told = 0;
        for call in &body.calls {
            let word = source.word(call.name);
            let counts = body.names.at(call.name).own
                && body.names.macro_traits(word).has(Trait::ReadsRefcount)
                && body.names.compares(word);
            let asserted = counts
                && told < COUNTED
                && body
                    .calls
                    .iter()
                    .any(|one| one.open < call.name && call.name < one.end && asserts(source.word(one.name)));
            told += usize::from(counts);
            if counts && !asserted && told < COUNTED {
                let fill = [("callee", word)];
                self.report(("refcount-macro", "compares"), call.name, call.name + 1, &fill);
            }
        }
    }

    /// Functions that exchange a thread's frames and data stack for others, in a file that knows nothing of its open
    /// critical sections: their records lie on the stack that is left.
    pub(super) fn stack_switch(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let (from, to) = body.function.body;
        let mut found = (None, false, false);
        for i in from..to {
            let traits = body.names.at(i).traits;
            let base = i.wrapping_sub(2);
            let member = source.is(i.wrapping_sub(1), op(b"->"));
            if !member || body.locals.get(source.word(base)).is_none_or(|local| local.declared.base != THREAD)
            {
                continue;
            }
            found.0 = found.0.or(Some(base));
            if is_copied(body, i) {
                found.1 |= traits.has(Trait::FrameOfThread);
                found.2 |= traits.has(Trait::StackOfThread);
            }
        }
        let (Some(first), true, true) = found else { return };
        let fill = [("function", body.function.name.as_str())];
        self.report(("stack-switch", "exchange"), first, first + 3, &fill);
    }
}

/// Whether the member at token `i` is copied to or from the member of something else.
fn is_copied(body: &Body<'_>, i: usize) -> bool {
    let source = body.source;
    let start = body.path_start(i);
    if source.is(i + 1, op(b"=")) {
        let end = body.expression_end(i + 2, body.function.body.1);
        let last = end.wrapping_sub(1);
        return source.is_ident(last) && body.path_start(last) == i + 2;
    }
    source.is(i + 1, op(b";"))
        && source.is(start.wrapping_sub(1), op(b"="))
        && source.is_ident(start.wrapping_sub(2))
}

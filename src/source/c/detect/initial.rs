//! Statics of functions of C++ whose initialiser imports a module.
//!
//! In: a [`Scan`](super::Scan). Out: findings of `lazy-init`. The language makes such a static once, and has whoever comes
//! meanwhile wait for its guard. That wait does not detach the thread, and an import does: it waits for locks, and may ask
//! all threads to stop, which the one at the guard never does.

use super::super::body::Body;
use super::super::declare::Variable;
use super::super::lex::op;
use super::super::summary::Bits;
use super::Found;
use crate::knowledge::{Knowledge, Trait};

/// How many tokens of an initialiser are looked at.
const LONGEST: usize = 240;

impl Found<'_, '_> {
    /// `static auto type = module_::import("m").attr("T");`
    pub(super) fn imported_by_statics(&mut self) {
        let read = self.read;
        let body = &read.body;
        let mut statics: Vec<(&Variable, usize)> = body
            .locals
            .values()
            .map(|local| &local.declared)
            .filter(|one| one.is_static && !one.thread_local && one.token > body.function.body.0)
            .filter(|one| !self.scan.is_elsewhere(self.index, one.token))
            .filter_map(|one| Some((one, imports(body, one.init)?)))
            .collect();
        statics.sort_by_key(|(one, _)| one.token);
        for (one, end) in statics {
            // A lock around it is waited for before the guard is.
            let alone = Bits::LOCK.with(Bits::INIT);
            if !self.scan.bits(read, one.token).any(alone) {
                let fill = [("variable", one.name.as_str())];
                self.report_unless(("lazy-init", "guard"), (one.token, end), &fill, alone);
            }
        }
    }
}

/// Where a call that imports ends, if the initialiser has one. What stands in a lambda runs where that is called at once.
fn imports(body: &Body<'_>, (from, to): (usize, usize)) -> Option<usize> {
    let source = body.source;
    let mut i = from;
    let last = to.min(from.saturating_add(LONGEST));
    while i < last {
        if source.is(i, op(b"{"))
            && (source.is(i.wrapping_sub(1), op(b")")) || source.is(i.wrapping_sub(1), op(b"]")))
        {
            let after = source.after_group(i);
            if !source.is(after, op(b"(")) {
                i = after.max(i + 1);
                continue;
            }
        }
        if source.is(i + 1, op(b"(")) && is_import(body, i) {
            return Some(source.after_group(i + 1));
        }
        i += 1;
    }
    None
}

/// Whether the function named at token `i` imports, by the facts of the C API or of a binding generator.
fn is_import(body: &Body<'_>, i: usize) -> bool {
    let source = body.source;
    if body.names.at(i).traits.has(Trait::Imports) {
        return true;
    }
    let Some(scope) = i.checked_sub(2).filter(|_| source.is(i.wrapping_sub(1), op(b"::"))) else {
        return false;
    };
    Knowledge::builtin().tables().imports_bound(source.word(scope), source.word(i))
}

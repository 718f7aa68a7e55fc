//! Members of CPython's structures that no version with a free-threaded build has: what names one is not compiled for it.
//!
//! In: a [`Scan`](super::Scan). Out: findings of `removed-member`. What stands under a condition is left alone: that may ask for
//! the version in words of the project's own.

use super::super::lex::op;
use super::super::summary::Bits;
use super::Found;
use crate::knowledge::Tables;

impl Found<'_, '_> {
    /// `tstate->frame`, and `PyThreadState_Get()->frame`: the first of a structure in a function, for one change mends all.
    pub(super) fn removed_members(&mut self) {
        let tables = Tables::builtin();
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let (from, to) = body.function.body;
        let mut told: Vec<&str> = Vec::new();
        for i in (from + 1..to).filter(|&i| source.is(i, op(b"->")) && source.is_ident(i + 1)) {
            let last = i - 1;
            let local = || body.locals.get(source.word(last)).map(|local| &local.declared);
            let (first, kind) = if source.is(last, op(b")")) {
                let name = source.mate(last).unwrap_or(last).wrapping_sub(1);
                let whole = name < last && body.path_start(name) == name;
                (name, tables.gives_structure(source.word(name)).filter(|_| whole))
            } else {
                let whole = source.is_ident(last) && body.path_start(last) == last;
                let kind = local().filter(|one| whole && one.pointers == 1).map(|one| one.base.as_str());
                (last, kind)
            };
            let member = source.word(i + 1);
            let Some((kind, version)) =
                kind.and_then(|kind| Some((kind, tables.removed_member(kind, member)?)))
            else {
                continue;
            };
            if told.contains(&kind) || self.scan.file.guards_at(source.start(first)).next().is_some() {
                continue;
            }
            let fill = [("field", member), ("type", kind), ("version", version)];
            self.report_unless(("removed-member", "field"), (first, i + 2), &fill, Bits::default());
            told.push(kind);
        }
    }
}

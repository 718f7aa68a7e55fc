//! Finds the attributes that a binding generator makes of members: `cls.def_readwrite("name", &Class::member)`.
//!
//! In: the functions of a file that binds. Out: class and member of each. Whether the member is one that threads race for
//! is known when its class was read.

use super::lambda::Guarded;
use super::lex::op;
use super::scan::Scan;
use super::summary::{AttributeSeen, Namer};
use super::text::Source;
use crate::knowledge::Tables;

/// The attributes, without those that a lock is held for.
pub(super) fn seen(scan: &Scan<'_>, namer: &mut Namer) -> Vec<AttributeSeen> {
    let mut out = Vec::new();
    if !scan.file.binds {
        return out;
    }
    let tables = Tables::builtin();
    let source = &scan.file.source();
    for (index, function) in scan.file.items.functions.iter().enumerate() {
        let mut guarded = Guarded::of(function);
        let mut depth = 0_usize;
        for i in function.body.0 + 1..function.body.1 {
            guarded.see(source, i, depth == 0);
            if source.is(i, op(b"(")) {
                depth += 1;
            } else if source.is(i, op(b")")) {
                depth = depth.saturating_sub(1);
            }
            let binds = source.is(i + 1, op(b"(")) && tables.binds_attribute(source.word(i));
            if !binds || guarded.now {
                continue;
            }
            let arguments = source.arguments(i + 1);
            let locked =
                |&(from, to): &(usize, usize)| (from..to).any(|t| tables.locks_bound(source.word(t)));
            if let Some(&(from, to)) = arguments.get(1)
                && let Some((class, field)) = member(source, from, to)
                && !arguments.iter().skip(2).any(locked)
            {
                let place = scan.place(i, to);
                let (class, field) = (namer.number(class), namer.number(field));
                out.push(AttributeSeen { function: index as u32, class, field, place });
            }
        }
    }
    out
}

/// Class and member in `&ns::Class::member`.
fn member<'a>(source: &Source<'a>, from: usize, to: usize) -> Option<(&'a str, &'a str)> {
    let (field, scope) = (to.checked_sub(1)?, to.checked_sub(3)?);
    let path = source.is(from, op(b"&")) && scope > from && source.is(to - 2, op(b"::"));
    (path && source.is_ident(field) && source.is_ident(scope))
        .then(|| (source.word(scope), source.word(field)))
}

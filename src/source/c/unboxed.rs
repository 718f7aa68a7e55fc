//! Finds what is handed the pointer that a capsule holds: the capsule is the object then, and the pointer its handle.
//!
//! In: the functions of a file. Out: calls of which one argument is what `PyCapsule_GetPointer` gave, or a local that
//! never is anything else.

use super::alias::{self, USES};
use super::body::{Body, Call, Value};
use super::lex::op;
use super::names::Names;
use super::scan::Scan;
use super::summary::{Bits, Namer, UnboxedSeen};
use crate::knowledge::Trait;

/// The uses of all functions of a file.
pub(super) fn seen(scan: &Scan<'_>, namer: &mut Namer) -> Vec<UnboxedSeen> {
    let mut out = Vec::new();
    for (index, read) in scan.functions.iter().enumerate().take(scan.plain()) {
        let body = &read.body;
        let source = &body.source;
        if read.always.any(Bits::SAFE) || gives_away(body, scan.names) {
            continue;
        }
        let unboxes = body.calls.iter().filter(|call| is_unboxing(body, scan.names, call));
        for call in unboxes.take(USES) {
            let Some(&(from, to)) = source.arguments(call.open).first() else { continue };
            let origin = body.origin(from, to, call.name);
            if origin.is_own() {
                continue;
            }
            let (kind, uses) = uses(body, call);
            for (at, (name, argument)) in uses {
                let object = if at == call.name { (from, to) } else { (at, at + 1) };
                out.push(UnboxedSeen {
                    function: index as u32,
                    kind: namer.number(kind),
                    object: namer.number(&super::regions::text(body, object.0, object.1)),
                    origin,
                    callee: namer.number(source.word(name)),
                    argument: argument.min(255) as u8,
                    bits: scan.bits(read, name),
                    place: scan.place(name, name + 1),
                });
            }
        }
    }
    out
}

fn is_unboxing(body: &Body<'_>, names: &Names<'_>, call: &Call) -> bool {
    let macros = names.macro_traits(body.source.word(call.name));
    names.at(call.name).traits.with(macros).has(Trait::CapsulePointer)
}

/// Whether a function gives a capsule another name or end, so that nobody else takes what it holds.
fn gives_away(body: &Body<'_>, names: &Names<'_>) -> bool {
    body.calls.iter().any(|call| names.at(call.name).traits.has(Trait::ClaimsCapsule))
}

/// A token that stands for the pointer, and the call that it is handed to with the argument's position.
type Used = (usize, (usize, usize));

/// What the pointer is, and which calls it is an argument of, by the token that stands for it.
fn uses<'b>(body: &'b Body<'_>, call: &Call) -> (&'b str, Vec<Used>) {
    let source = &body.source;
    if let Some(at) = alias::handed(body, call.name, call.end) {
        return ("", vec![(call.name, at)]);
    }
    // `T *h = (T *)unbox(o);` and `h = static_cast<T *>(unbox(o));`
    let given = body.locals.values().find(|local| {
        let mut values = local.values.iter();
        let one = |value: &Value| match value {
            Value::Expression(from, to) => (*from..*to).contains(&call.name) && call.end + 1 >= *to,
            Value::Out => false,
        };
        local.param.is_none()
            && local.declared.pointers == 1
            && !local.declared.is_static
            && local.values.len() <= 2
            && values.any(|(_, value)| one(value))
            && local.values.iter().all(|(_, value)| one(value) || alias::is_empty(body, value))
    });
    let Some(local) = given else { return ("", Vec::new()) };
    let word = source.word(local.declared.token);
    let name = |i: usize| {
        source.word(i) == word
            && ![b".".as_slice(), b"->", b"::"].iter().any(|one| source.is(i.wrapping_sub(1), op(one)))
    };
    let uses = (call.end..body.function.body.1).filter(|&i| name(i));
    let uses = uses.filter_map(|i| Some((i, alias::handed(body, i, i + 1)?))).take(USES);
    (&local.declared.base, uses.collect())
}

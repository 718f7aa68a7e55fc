//! The calls of a function, with what each hands over.

use super::super::body::Body;
use super::super::declare::Variable;
use super::super::lex::op;
use super::super::names::{is_keyword, says_change};
use super::super::origin::Origin;
use super::super::regions;
use super::super::summary::{Bits, CSeen, CallSeen, Namer};
use super::super::text::Source;
use super::{Read, Scan};
use crate::knowledge::{Knowledge, Trait, Traits};

impl<'a> Scan<'a> {
    /// Keeps the calls of functions that may be the project's.
    pub(super) fn calls(&self, out: &mut CSeen, namer: &mut Namer, index: usize, read: &Read<'a>) {
        let body = &read.body;
        let source = &body.source;
        for call in body.calls.iter().filter(|call| !self.is_elsewhere(index, call.name)) {
            let word = source.word(call.name);
            let known = self.names.at(call.name);
            if known.traits != Traits::default()
                || self.names.is_macro(word)
                || (word.starts_with("Py") && Knowledge::builtin().c_api(word).is_some())
                || word.starts_with("_Py_")
            {
                continue;
            }
            let before = call.name.wrapping_sub(1);
            let member = source.is(before, op(b"->")) || source.is(before, op(b"."));
            // No project adds functions of its own to `std`.
            if source.is(before, op(b"::")) && source.word(call.name.wrapping_sub(2)) == "std" {
                continue;
            }
            // `Type name(…)` declares a variable.
            if !member && source.is_ident(before) && !is_keyword(source.word(before)) {
                continue;
            }
            let list = source.arguments(call.open);
            let arguments: Box<[Origin]> = list
                .iter()
                .take(Origin::PARAMS as usize)
                .map(|&(from, to)| body.found(from, to, call.name))
                .collect();
            let receiver = if member {
                let start = body.path_start(call.name);
                let value = start + 1 == before && source.is(before, op(b".")) && is_own_value(body, start);
                Some(if value { Origin::OWN } else { body.origin(start, before, call.name) })
            } else if body.function.class.is_some() && !known.own
                || self.names.function(word).is_some_and(|f| f.class.is_some())
            {
                // A member function may call others of its object without saying so.
                body.function.class.as_ref().map(|_| Origin::THIS)
            } else {
                None
            };
            let class = if member {
                self.receiver_class(body, call.name)
            } else {
                body.function.class.as_deref().filter(|_| receiver.is_some())
            };
            let class = class.map_or(0, |class| namer.number(class));
            let place = self.place(call.name, call.name + 1);
            let count = u8::try_from(list.len()).unwrap_or(u8::MAX);
            let (caller, callee, bits) = (index as u32, namer.number(word), self.bits(read, call.name));
            let own = arguments.iter().all(|one| one.is_own()) && receiver.is_none_or(Origin::is_own);
            let (arguments, receiver, objects) = if own {
                (Box::default(), None, Box::default())
            } else {
                // What is our own is named in no report.
                let text = |&(from, to): &(usize, usize), origin: &Origin| {
                    if origin.is_own() { String::new() } else { regions::text(body, from, to) }
                };
                let mut objects: Vec<String> =
                    list.iter().zip(arguments.iter()).map(|(one, origin)| text(one, origin)).collect();
                if member {
                    objects.push(regions::text(body, body.path_start(call.name), before));
                } else if receiver.is_some() {
                    objects.push("this".to_owned());
                }
                (arguments, receiver, objects.iter().map(|text| namer.number(text)).collect())
            };
            let foreign = if bits.any(Bits::LOCK) { self.foreign(read, call) } else { Origin::OWN };
            out.calls.push(CallSeen {
                caller,
                callee,
                bits,
                count,
                arguments,
                receiver,
                class,
                objects,
                foreign,
                changes: changes_result(source, call.end),
                place,
            });
        }
    }

    /// The class of the object whose member function is called by the name at token `name`, where it is `this` or a local
    /// with a type.
    fn receiver_class<'b>(&self, body: &'b Body<'a>, name: usize) -> Option<&'b str> {
        let start = body.path_start(name);
        let word = body.source.word(start);
        if start + 2 != name {
            return None;
        }
        if word == "this" {
            return body.function.class.as_deref();
        }
        let declared = &body.locals.get(word)?.declared;
        (!matches!(declared.base.as_str(), "" | "auto")).then_some(declared.base.as_str())
    }
}

/// Whether a token names a local that is an object of its own, no reference or pointer to another's: whatever it was
/// made of, its fields are this call's.
fn is_own_value(body: &Body<'_>, token: usize) -> bool {
    body.locals.get(body.source.word(token)).is_some_and(|local| {
        let one = &local.declared;
        one.pointers == 0 && !one.reference && !one.array && !one.is_static
    })
}

/// Whether what a call gives is changed at once, which ends before token `end`: `f() = x`, `f().clear()`.
fn changes_result(source: &Source<'_>, end: usize) -> bool {
    let member = source.is(end, op(b".")) && source.is(end + 2, op(b"("));
    source.is(end, op(b"=")) || member && says_change(source.word(end + 1))
}

/// Parameters that point to what is `const`, so that all they are handed to takes it as that as well. A cast could take the
/// promise back; who writes one in such a function is not looked for.
pub(super) fn promised_params(body: &Body<'_>) -> Origin {
    let source = body.source;
    let promised = |one: &Variable| {
        let (from, _) = one.whole;
        let sign = (from..one.token).find(|&t| source.is(t, op(b"*")) || source.is(t, op(b"&")));
        one.pointers == 1 && sign.is_some_and(|sign| (from..sign).any(|t| source.word(t) == "const"))
    };
    let all = body.function.params.iter().enumerate().filter(|(_, one)| promised(one));
    all.fold(Origin::OWN, |sum, (at, _)| sum.or(Origin::param(at as u32)))
}

/// Parameters through which a function stores: `*p = …`, `p[i] = …`, `memset(p, …)`.
pub(super) fn written_params(body: &Body<'_>) -> Origin {
    let source = &body.source;
    let (from, to) = body.function.body;
    let mut out = Origin::OWN;
    for i in from..to {
        let Some(local) = body.locals.get(source.word(i)) else { continue };
        let declared = &local.declared;
        let reaches = declared.pointers > 0 || declared.reference && !declared.constant;
        let Some(param) = local.param.filter(|_| reaches) else { continue };
        let mut next = i + 1;
        // What is given to a reference is given to what it refers to.
        let mut stored = source.is(i.wrapping_sub(1), op(b"*")) || declared.reference;
        while source.is(next, op(b"[")) {
            next = source.after_group(next);
            stored = true;
        }
        let assigns = [op(b"="), op(b"+="), op(b"-="), op(b"|="), op(b"&="), op(b"++"), op(b"--")];
        if stored && assigns.iter().any(|one| source.is(next, *one)) {
            out = out.or(Origin::param(param));
        }
    }
    for call in body.calls.iter().filter(|call| body.names.at(call.name).traits.has(Trait::FillsArgument)) {
        let first = source.arguments(call.open).first().copied();
        let local = first.and_then(|(from, to)| body.locals.get(body.only_name(from, to)?));
        let param = local.filter(|one| one.declared.pointers > 0).and_then(|one| one.param);
        out = out.or(param.map_or(Origin::OWN, Origin::param));
    }
    out
}

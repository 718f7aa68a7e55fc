//! What a file knows of a place, in the form in which rules ask.

use std::ops::Range;

use super::super::body::Local;
use super::super::lex::op;
use super::super::names::asserts;
use super::super::origin::Origin;
use super::super::summary::Bits;
use super::{Read, Scan, lending};
use crate::knowledge::{Trait, Traits};
use crate::rules::{Context, Region, Storage};

/// A condition of more tokens is not looked at.
const CONDITION: usize = 64;

/// What the file knows, in the form in which rules ask.
pub(super) struct FileContext<'s, 'a> {
    pub scan: &'s Scan<'a>,
}

impl FileContext<'_, '_> {
    pub fn origin(&self, range: Range<usize>) -> Origin {
        let Some((_, read)) = self.scan.at(range.start as u32) else { return Origin::SHARED };
        let source = &read.body.source;
        let from = source.token_at(range.start as u32);
        let to = source.token_at(range.end as u32);
        read.body.origin(from, to, from)
    }

    /// Whether the tokens are a whole argument of a call that is neither an assertion nor a hint to the compiler.
    fn argument(&self, read: &Read<'_>, from: usize, to: usize) -> bool {
        let source = &read.body.source;
        let edge = |i: usize| source.is(i, op(b"(")) || source.is(i, op(b","));
        if !edge(from.wrapping_sub(1)) || !(source.is(to, op(b",")) || source.is(to, op(b")"))) {
            return false;
        }
        read.body.call_around(from).is_some_and(|call| {
            let name = source.word(call.name);
            let hint = ["likely", "expect", "LIKELY"].iter().any(|word| name.contains(word));
            !asserts(name) && !hint
        })
    }

    /// Whether tokens are a variable that the block around them was only entered with if it is a tuple.
    fn known_tuple(&self, range: &Range<usize>) -> bool {
        let Some((_, read)) = self.scan.at(range.start as u32) else { return false };
        let body = &read.body;
        let source = &body.source;
        let token = source.token_at(range.start as u32);
        if source.token_at(range.end as u32) != token + 1 || !source.is_ident(token) {
            return false;
        }
        let word = source.word(token);
        let mut around = body.block_at(token);
        while let Some(block) = around {
            let close = block.open.wrapping_sub(1);
            let head =
                source.mate(close).filter(|&head| head < close && source.word(head.wrapping_sub(1)) == "if");
            if head.is_some_and(|head| {
                let is = |t: usize, text: &[u8]| source.is(t, op(text));
                let other = |t: usize| is(t, b"||") || is(t, b"!") || is(t, b"?");
                let checks = |t: usize| {
                    body.names.at(t).traits.has(Trait::ChecksTuple)
                        && source.word(t + 2) == word
                        && is(t + 3, b")")
                };
                let given = |local: &Local| local.values.iter().any(|(at, _)| head < *at && *at < token);
                close - head <= CONDITION
                    && (head..close).any(checks)
                    && !(head..close).any(other)
                    && !body.locals.get(word).is_some_and(given)
            }) {
                return true;
            }
            around = block.parent.and_then(|at| body.blocks.get(at));
        }
        false
    }

    fn tested(&self, read: &Read<'_>, from: usize, to: usize) -> bool {
        let source = &read.body.source;
        let (mut before, mut after) = (from.wrapping_sub(1), to);
        // Brackets around the call alone.
        while source.is(before, op(b"(")) && source.mate(before) == Some(after) {
            if matches!(source.word(before.wrapping_sub(1)), "if" | "while") {
                return true;
            }
            before = before.wrapping_sub(1);
            after += 1;
        }
        let either = |code: u16| source.is(after, code) || source.is(before, code);
        if either(op(b"==")) || either(op(b"!=")) || source.is(before, op(b"!")) {
            return true;
        }
        either(op(b"&&")) || either(op(b"||")) || source.is(after, op(b"?"))
    }
}

impl Context for FileContext<'_, '_> {
    fn within(&self, place: Range<usize>, region: Region) -> bool {
        let start = place.start as u32;
        if region == Region::Windows {
            let guard =
                |text: &str| text.contains("WIN32") || text.contains("MS_WIN") || text.contains("_MSC_VER");
            let only = |text: &&str| guard(text) && !text.contains('!');
            return self.scan.windows || self.scan.file.guards_at(start).any(|text| only(&text));
        }
        let Some((_, read)) = self.scan.at(start) else { return false };
        let source = &read.body.source;
        let token = source.token_at(start);
        let bits = self.scan.bits(read, token);
        match region {
            Region::CriticalSection | Region::Lock => {
                let held = if region == Region::Lock { Bits::LOCK } else { Bits::SECTION };
                bits.any(held) && !self.scan.locks_another(read, token)
            }
            Region::Detached => bits.any(Bits::DETACHED),
            Region::Init => bits.any(Bits::INIT),
            Region::Dealloc => bits.any(Bits::DEALLOC),
            Region::Assertion => read
                .body
                .calls
                .iter()
                .any(|call| call.open < token && token < call.end && asserts(source.word(call.name))),
            Region::Argument => self.argument(read, token, source.token_at(place.end as u32)),
            Region::Tested => self.tested(read, token, source.token_at(place.end as u32)),
            Region::Windows => false,
        }
    }

    fn shared(&self, expression: Range<usize>) -> bool {
        !self.origin(expression.clone()).is_own() && !self.known_tuple(&expression)
    }

    fn stored(&self, name: Range<usize>, storage: Storage) -> bool {
        let Some((_, read)) = self.scan.at(name.start as u32) else { return false };
        let source = &read.body.source;
        let token = source.token_at(name.start as u32);
        let word = source.word(token);
        let after =
            |i: usize| source.is(i.wrapping_sub(1), op(b"->")) || source.is(i.wrapping_sub(1), op(b"."));
        // `self->items` as a whole is what its last word says.
        let last = source.token_at(name.end as u32).wrapping_sub(1);
        let field = after(token) || (last > token && source.is_ident(last) && after(last));
        let local = read.body.locals.get(word).filter(|_| !field);
        let global = self.scan.names.global(word).filter(|_| !field && local.is_none());
        let declared = local.map(|local| &local.declared).or(global);
        match storage {
            Storage::Field => field,
            Storage::ThreadLocal => declared.is_some_and(|one| one.thread_local),
            Storage::Static => {
                declared.is_some_and(|one| (one.is_static || global.is_some()) && !one.thread_local)
            }
            Storage::Parameter => local.is_some_and(|local| local.param.is_some()),
            Storage::Local => local.is_some_and(|local| local.param.is_none() && !local.declared.is_static),
        }
    }

    fn helper(&self, name: &str, place: Range<usize>) -> Traits {
        let Some(container) = self.scan.lenders.get(name) else { return Traits::default() };
        if let (Some(which), Some((_, read))) = (container, self.scan.at(place.start as u32)) {
            let source = &read.body.source;
            let token = source.token_at(place.start as u32);
            let own = source
                .arguments(token + 1)
                .get(*which as usize)
                .is_some_and(|&(from, to)| read.body.origin(from, to, token).is_own());
            if own {
                return Traits::default();
            }
        }
        lending()
    }
}

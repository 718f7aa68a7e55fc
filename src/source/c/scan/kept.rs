//! Which functions return what outlives calls, such as a registry of the process or what hangs on the state of a module.

use super::super::access::outlives;
use super::super::body::{Body, Local, Value};
use super::super::lex::op;
use super::super::names::is_keyword;
use super::{Read, Scan};
use crate::knowledge::Trait;

/// How many steps a returned value is followed.
const DEPTH: u32 = 5;

/// How many returns and values of one function are looked at.
const LOOKS: usize = 200;

/// Most functions that are kept of those whose result a function returns.
const SOURCES: usize = 8;

/// Where what a function returns comes from.
#[derive(Debug, Default)]
pub(super) struct Returned<'a> {
    /// A variable that outlives calls, or the state of a module.
    pub state: bool,
    /// The functions whose result it returns, or what that points to.
    pub from: Vec<&'a str>,
    looks: usize,
}

impl<'a> Scan<'a> {
    /// Where the pointers or references come from that a function returns.
    pub(super) fn returned(&self, read: &Read<'a>) -> Returned<'a> {
        let function = read.body.function;
        let mut out = Returned::default();
        // Python's own objects have locks of their own.
        if function.returns.1 == 0 && !function.returns_reference || function.returns.0.starts_with("Py_") {
            return out;
        }
        let (from, to) = function.body;
        let source = &read.body.source;
        for i in (from..to).filter(|&i| source.word(i) == "return") {
            self.follow(&read.body, i + 1, read.body.expression_end(i + 1, to), DEPTH, &mut out);
        }
        out
    }

    fn follow(&self, body: &Body<'a>, from: usize, to: usize, depth: u32, out: &mut Returned<'a>) {
        out.looks += 1;
        if depth == 0 || out.looks > LOOKS {
            return;
        }
        let source = &body.source;
        if let Some((yes, no)) = body.choice(from, to) {
            self.follow(body, yes, no, depth - 1, out);
            self.follow(body, no + 1, to, depth - 1, out);
            return;
        }
        let (mut from, mut to) = body.strip(from, to);
        while from < to && (source.is(from, op(b"*")) || source.is(from, op(b"&"))) {
            (from, to) = body.strip(from + 1, to);
        }
        if matches!(source.word(from), "static_cast" | "reinterpret_cast" | "const_cast") {
            if let Some(open) = (from..to).find(|&t| source.is(t, op(b"("))) {
                self.follow(body, open + 1, source.mate(open).unwrap_or(to), depth - 1, out);
            }
            return;
        }
        if let Some((name, _)) = called(body, from, to) {
            let word = source.word(name);
            let state = self.names.at(name).traits.with(self.names.macro_traits(word));
            if state.has(Trait::ModuleState) {
                out.state = true;
            } else if out.from.len() < SOURCES && !out.from.contains(&word) {
                out.from.push(word);
            }
            return;
        }
        let word = source.word(from);
        match body.locals.get(word) {
            Some(local) if local.declared.is_static => {
                out.state |= !local.declared.thread_local && !local.declared.constant;
            }
            Some(local) if local.param.is_none() => {
                for (_, value) in local.values.iter().take(SOURCES) {
                    if let Value::Expression(a, b) = value {
                        self.follow(body, *a, *b, depth - 1, out);
                    }
                }
            }
            Some(_) => {}
            None => out.state |= self.names.global(word).is_some_and(outlives),
        }
    }
}

/// The name and the end of the call that tokens `from..to` begin with: `ns::f<T>(x)`, also if more follows it.
fn called(body: &Body<'_>, from: usize, to: usize) -> Option<(usize, usize)> {
    let source = &body.source;
    let mut name = from;
    while source.is_ident(name) && source.is(name + 1, op(b"::")) && name + 2 < to {
        name += 2;
    }
    if !source.is_ident(name) || is_keyword(source.word(name)) {
        return None;
    }
    let mut open = name + 1;
    if source.is(open, op(b"<")) {
        let close = (open..to.min(open + 24)).find(|&t| source.is(t, op(b">")))?;
        open = close + 1;
    }
    (open < to && source.is(open, op(b"("))).then(|| (name, source.after_group(open)))
}

/// Whether the call at `i` may be of a function of the project that returns an object.
pub(in super::super) fn returns_one(body: &Body<'_>, i: usize) -> bool {
    let word = body.source.word(i);
    body.names.at(i).traits == Default::default() && !is_keyword(word) && !body.locals.contains_key(word)
}

/// The function whose result a local is by its only value, if its type is left to the compiler.
pub(in super::super) fn made_by(body: &Body<'_>, local: &Local) -> Option<String> {
    let [(_, Value::Expression(from, to))] = local.values.as_slice() else { return None };
    if local.declared.base != "auto" {
        return None;
    }
    let from = (*from..*to).find(|&t| !body.source.is(t, op(b"*")) && !body.source.is(t, op(b"&")))?;
    let (name, end) = called(body, from, *to)?;
    (end == *to && returns_one(body, name)).then(|| body.source.word(name).to_owned())
}

/// Whether a local is an object of a class that a bound lambda is handed by reference.
pub(in super::super) fn is_handed(body: &Body<'_>, local: &Local) -> bool {
    let one = &local.declared;
    body.function.bound
        && local.param.is_some()
        && (one.reference || one.pointers == 1)
        && one.base.starts_with(|c: char| c.is_ascii_uppercase())
        && !one.base.starts_with("Py")
}

/// The type whose constructor `T one(x)` calls, where token `name` is the name it declares; of any other call its name.
pub(in super::super) fn constructor(body: &Body<'_>, name: usize) -> usize {
    let kind = name.saturating_sub(1);
    let declares =
        || body.locals.get(body.source.word(name)).is_some_and(|local| local.declared.token == name);
    let word = body.source.word(kind);
    // A macro that stands as a statement is no type.
    let is_type =
        || !word.is_empty() && !body.names.is_macro(word) && body.names.known(word).effect.is_none();
    if body.names.is_cpp() && is_type() && declares() { kind } else { name }
}

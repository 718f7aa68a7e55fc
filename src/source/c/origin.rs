//! Where the object that an expression denotes comes from: made here, handed in, or known to all.
//!
//! In: a [`Body`] and tokens. Out: an [`Origin`], which says "shared", "not shared", or by which parameters it
//! depends on the callers. What hangs on a shared object is shared. Following values is bounded in depth; what
//! is not understood came from outside of the function and counts as shared.

use super::body::{Body, Local, Value};
use super::lex::{Kind, op};
use super::names::{is_keyword, says_new, words};
use crate::knowledge::Trait;

/// Where an object comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(pub u32);

impl Origin {
    /// Nobody else knows it, or it never changes.
    pub const OWN: Self = Self(0);
    /// Other threads may reach it.
    pub const SHARED: Self = Self(1 << 31);
    /// The object of a C++ member function.
    pub const THIS: Self = Self(1 << 30);
    /// How many parameters are told apart. They are named twice: as what it comes from, and as what it was found by, by a
    /// function that was given them and may have found it elsewhere as well.
    pub const PARAMS: u32 = 14;
    const COMES_FROM: u32 = (1 << Self::PARAMS) - 1;
    const FOUND_BY: u32 = Self::COMES_FROM << Self::PARAMS;

    /// It is the n-th parameter's.
    pub fn param(n: u32) -> Self {
        if n < Self::PARAMS { Self(1 << n) } else { Self::SHARED }
    }

    /// It may be either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is known without a look at the function that found it: nothing.
    pub fn plain(self) -> Self {
        Self(self.0 & !Self::FOUND_BY)
    }

    /// The parameters that it hangs on, if what found it was given some and it comes from no parameter besides.
    pub fn found_by(self) -> Option<Self> {
        let all = Self((self.0 & Self::FOUND_BY) >> Self::PARAMS);
        (self.plain() == Self::SHARED && !all.is_own()).then_some(all)
    }

    /// Shared whatever callers do.
    pub fn is_shared(self) -> bool {
        self.0 & Self::SHARED.0 != 0
    }

    /// Not shared whatever callers do.
    pub fn is_own(self) -> bool {
        self.0 == 0
    }

    /// Whether it is shared when these are.
    pub fn within(self, shared: Self) -> bool {
        self.is_shared() || self.0 & shared.0 != 0
    }
}

/// How many steps values are followed.
const DEPTH: u32 = 6;

/// How many values are looked at for one question: locals may be assigned from each other any number of times.
const STEPS: u32 = 200;

/// How many arguments of a call are looked at for what its result hangs on.
const GIVEN: usize = 4;

/// A local assigned more often than this is not followed.
const MAX_VALUES: usize = 64;

/// How many labels between a value and its use are looked at.
const MOST_LABELS: usize = 64;

impl Body<'_> {
    /// Where the object that tokens `from..to` denote comes from, as seen at token `at`.
    pub fn origin(&self, from: usize, to: usize, at: usize) -> Origin {
        self.found(from, to, at).plain()
    }

    /// The same, with what was given to the function that found it, if one did: see [`Origin::found_by`].
    pub fn found(&self, from: usize, to: usize, at: usize) -> Origin {
        self.steps.set(STEPS);
        self.follow(from, to, at, DEPTH)
    }

    fn follow(&self, from: usize, to: usize, at: usize, depth: u32) -> Origin {
        let steps = self.steps.get();
        if depth == 0 || steps == 0 {
            return Origin::SHARED;
        }
        self.steps.set(steps - 1);
        let source = &self.source;
        let (mut from, to) = self.strip(from, to);
        while from < to && (source.is(from, op(b"&")) || source.is(from, op(b"*"))) {
            from += 1;
        }
        let (from, to) = self.strip(from, to);
        if from >= to {
            return Origin::OWN;
        }
        if let Some((yes, no)) = self.choice(from, to) {
            return self.follow(yes, no, at, depth - 1).or(self.follow(no + 1, to, at, depth - 1));
        }
        // `(cast)(x)->y`: what is in the brackets decides.
        if source.is(from, op(b"(")) {
            let Some(close) = source.mate(from).filter(|&close| close < to) else { return Origin::SHARED };
            return self.follow(from + 1, close, at, depth - 1);
        }
        if !source.is_ident(from) {
            // `T x = {a, b}` fills what is ours; what it was filled with is asked for by its fields.
            let constant = source.is(from, op(b"{"))
                || matches!(source.kind(from), Some(Kind::Number | Kind::Str | Kind::Char));
            return if constant { Origin::OWN } else { Origin::SHARED };
        }
        let word = source.word(from);
        if word == "this" {
            return Origin::THIS;
        }
        // `ns::T<X>{a, b}` is a value made here.
        if source.is(to - 1, op(b"}"))
            && source.mate(to - 1).is_some_and(|open| open > from)
            && !is_keyword(word)
        {
            return Origin::OWN;
        }
        if matches!(word, "static_cast" | "reinterpret_cast" | "const_cast" | "dynamic_cast") {
            let open = (from..to).find(|&t| source.is(t, op(b"(")));
            let close = open.and_then(|open| source.mate(open));
            return match (open, close) {
                (Some(open), Some(close)) => self.follow(open + 1, close, at, depth - 1),
                _ => Origin::SHARED,
            };
        }
        if word == "new" {
            return Origin::OWN;
        }
        if source.is(from + 1, op(b"(")) && !is_keyword(word) {
            return self.result(from, to, at, depth);
        }
        // `make_unique<T>(x)` makes one.
        if source.is(from + 1, op(b"<")) && self.made_by_template(from, to) {
            return Origin::OWN;
        }
        if source.is(from + 1, op(b"::")) {
            // `ns::f(x)`: judged by its last name.
            return self.follow(from + 2, to, at, depth - 1);
        }
        self.named(word, from, to, at, depth)
    }

    /// Whether tokens `from..to` are no more than a call of a template whose name says that it makes something new.
    fn made_by_template(&self, from: usize, to: usize) -> bool {
        let close = to.wrapping_sub(1);
        let open = self.source.mate(close).filter(|&open| open > from && self.source.is(close, op(b")")));
        open.and_then(|open| self.template(open.wrapping_sub(1))) == Some(from)
            && !self.names.at(from).own
            && says_new(self.source.word(from))
    }

    /// `c ? a : b` at the top of an expression: where `a` begins and where its `:` is.
    pub(super) fn choice(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let source = &self.source;
        let (mut i, mut question) = (from, None);
        while i < to {
            if source.is(i, op(b"(")) || source.is(i, op(b"[")) || source.is(i, op(b"{")) {
                i = source.after_group(i);
                continue;
            }
            if source.is(i, op(b"?")) && question.is_none() {
                question = Some(i + 1);
            } else if source.is(i, op(b":"))
                && let Some(yes) = question
            {
                return Some((yes, i));
            }
            i += 1;
        }
        None
    }

    /// What a call gives.
    fn result(&self, name: usize, to: usize, at: usize, depth: u32) -> Origin {
        let source = &self.source;
        let word = source.word(name);
        let known = self.names.known(word);
        let argument = |n: usize| source.arguments(name + 1).get(n).copied();
        let after = source.after_group(name + 1);
        let deeper = after < to;
        let first = |n: usize| match argument(n) {
            Some((from, to)) => self.follow(from, to, at, depth - 1),
            None => Origin::SHARED,
        };
        if known.traits.has(Trait::FreshContainer) || known.traits.has(Trait::FreshObject) {
            return if deeper { Origin::SHARED } else { Origin::OWN };
        }
        // What a capsule holds is as shared as the capsule.
        let same = [Trait::SameSequence, Trait::TakesReference, Trait::CapsulePointer];
        if same.iter().any(|one| known.traits.has(*one)) {
            return first(0);
        }
        // So is what a thread keeps in the dict that only it has.
        let inside = || argument(0).is_some_and(|(at, _)| self.names.at(at).traits.has(Trait::PerThread));
        if known.traits.has(Trait::PerThread) || known.traits.has(Trait::BorrowsFromContainer) && inside() {
            return Origin::OWN;
        }
        if self.names.cast(word).is_some() {
            return first(0);
        }
        // Allocators, also those called through a type's slot.
        if matches!(word, "malloc" | "calloc" | "realloc")
            || known.traits.has(Trait::AllocMem)
            || known.traits.has(Trait::AllocRaw)
            || known.traits.has(Trait::AllocObj)
        {
            return Origin::OWN;
        }
        if known.own && !self.names.is_macro(word) {
            let made = self.names.is_maker(word) && !deeper;
            return if made { Origin::OWN } else { self.given(name, at, depth) };
        }
        if !known.own && !deeper && known.traits == Default::default() && says_new(word) {
            return Origin::OWN;
        }
        // `PyObject_CallNoArgs(&Some_Type)`: what calling a type gives is most often made for the caller.
        if known.traits.has(Trait::CallsPython)
            && !deeper
            && argument(0).is_some_and(|(from, to)| self.names_type(from, to))
        {
            return Origin::OWN;
        }
        let shout = word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let one = source.arguments(name + 1).len() == 1;
        // A macro that another file defines, around what was made a moment ago: if it did not hand that on, it would be lost.
        if one
            && shout
            && !deeper
            && !known.own
            && known.traits == Default::default()
            && argument(0).is_some_and(|(from, to)| self.makes(from, to, at, depth))
        {
            return Origin::OWN;
        }
        if one
            && !known.own
            && known.traits == Default::default()
            && (shout && word.contains("CAST") || self.wraps(word, deeper))
        {
            return first(0);
        }
        if known.traits == Default::default() { self.given(name, at, depth) } else { Origin::SHARED }
    }

    /// Whether tokens `from..to` are no more than a call that makes something.
    fn makes(&self, from: usize, to: usize, at: usize, depth: u32) -> bool {
        let (from, to) = self.strip(from, to);
        let source = &self.source;
        source.is_ident(from)
            && source.is(from + 1, op(b"("))
            && source.after_group(from + 1) == to
            && self.follow(from, to, at, depth - 1).is_own()
    }

    /// What a function may have found its result by, if its name does not say that it makes one.
    fn given(&self, name: usize, at: usize, depth: u32) -> Origin {
        if says_new(self.source.word(name)) {
            return Origin::SHARED;
        }
        let arguments = self.source.arguments(name + 1);
        let all = arguments.iter().take(GIVEN).map(|&(from, to)| self.follow(from, to, at, depth - 1));
        let all = all.fold(Origin::OWN, Origin::or);
        let given = (all.0 | all.0 >> Origin::PARAMS) & Origin::COMES_FROM;
        Origin(given << Origin::PARAMS).or(Origin::SHARED)
    }

    /// Whether the last name of an expression says that it is a type.
    fn names_type(&self, from: usize, to: usize) -> bool {
        let last = (from..to).rev().map(|t| self.source.word(t)).find(|word| !word.is_empty());
        last.is_some_and(|word| {
            words(word).last().is_some_and(|one| matches!(one.as_str(), "type" | "cls" | "class"))
        })
    }

    /// `Wrapper(self)->run()`: a C++ object made for the moment around the one it is given.
    fn wraps(&self, word: &str, deeper: bool) -> bool {
        deeper && word.starts_with(|c: char| c.is_ascii_uppercase()) && !word.starts_with("Py")
    }

    fn named(&self, word: &str, from: usize, to: usize, at: usize, depth: u32) -> Origin {
        let source = &self.source;
        if matches!(word, "NULL" | "nullptr" | "true" | "false" | "sizeof") {
            return Origin::OWN;
        }
        let end = from + 1;
        // `type->tp_alloc(type, 0)` makes an object.
        if self.names.allocates(source, from, to)
            && !source.is(to.wrapping_sub(1), op(b"]"))
            && source.after_group(self.first_group(from, to)) >= to
        {
            return Origin::OWN;
        }
        // The result of a member function came from outside, unless the object is our own.
        let Some(local) = self.locals.get(word) else {
            if let Some(global) = self.names.global(word) {
                return if global.thread_local || global.constant { Origin::OWN } else { Origin::SHARED };
            }
            // Singletons, error classes, constants and types of the C API never go away.
            let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            let constant = end >= to && (word.starts_with("Py") || word.bytes().all(upper));
            return if constant { Origin::OWN } else { Origin::SHARED };
        };
        let declared = &local.declared;
        // Each thread state has a dict of its own, which its thread alone uses.
        let of_thread =
            declared.base == "PyThreadState" && source.is(end, op(b"->")) && source.word(end + 1) == "dict";
        if declared.thread_local || of_thread {
            return Origin::OWN;
        }
        if declared.is_static {
            return Origin::SHARED;
        }
        if let Some(param) = local.param {
            // An element of an array of objects is an object of somebody.
            if declared.pointers >= 2 && end < to {
                return Origin::SHARED;
            }
            if local.values.len() > MAX_VALUES {
                return Origin::SHARED;
            }
            // `d = copy;` on every way that leads here: what the caller gave is no longer meant.
            let settled = self.settled(local, at);
            let mut origin = if settled.is_some() { Origin::OWN } else { Origin::param(param) };
            for (token, value) in &local.values {
                if *token < at && settled.is_none_or(|from| *token >= from) {
                    // Who came to know the copy since then, knows it by this name too.
                    let seen = if settled == Some(*token) { at } else { *token };
                    origin = origin.or(self.value(*value, seen, depth));
                }
            }
            return origin;
        }
        let path = source.is(end, op(b"->")) || source.is(end, op(b"["));
        let by_value = declared.pointers == 0 && !declared.reference;
        if by_value && path && declared.array {
            // An array of ours holds what was put into it; that is not followed.
            return Origin::SHARED;
        }
        if local.values.len() > MAX_VALUES {
            return Origin::SHARED;
        }
        // `t = a; a = b; b = t;` in a loop: what it was before is asked for already.
        if self.asked.borrow().contains(&declared.token) {
            return Origin::OWN;
        }
        self.asked.borrow_mut().push(declared.token);
        let origin = self.given_before(local, (from, to), by_value, at, depth);
        self.asked.borrow_mut().pop();
        origin
    }

    /// Where what a local was given before token `at` comes from.
    fn given_before(
        &self,
        local: &Local,
        (from, to): (usize, usize),
        by_value: bool,
        at: usize,
        depth: u32,
    ) -> Origin {
        let source = &self.source;
        let end = from + 1;
        // In a function that makes one, what was taken from a pool of free ones is as new as what was allocated.
        let pooled = says_new(&self.function.name)
            && local.values.iter().any(|(_, value)| match value {
                Value::Expression(from, to) => self.names.allocates(source, *from, *to),
                Value::Out => false,
            });
        let mut origin = Origin::OWN;
        let settled = self.settled(local, at).unwrap_or(0);
        for (token, value) in local.values.iter().filter(|(token, _)| !pooled && *token >= settled) {
            // Whatever a call stores in a struct of ours, the struct stays ours.
            if by_value && end >= to && (matches!(value, Value::Out) || self.is_constructed(*token)) {
                continue;
            }
            // In a loop a later value may be the one; straight code has seen only earlier ones.
            if *token < at || self.same_loop(*token, at) {
                origin = origin.or(self.value(*value, *token, depth));
            }
        }
        if origin.is_own() {
            // Whoever has what it was put into, has it.
            let escapes = local.escapes.iter().take_while(|(token, _)| *token < at);
            for (token, container) in escapes.take(MAX_VALUES) {
                origin = origin.or(self.keeper(*container, *token, depth));
            }
        }
        // A field of a struct of our own that was set to something shared.
        if by_value && source.is(end, op(b".")) && to > from + 2 {
            return origin.or(self.field_of_own(from, to, at, depth));
        }
        origin
    }

    /// Whether the variable that token `name` declares is made of several things: `T t(a, b)`. Of one it may be a copy.
    fn is_constructed(&self, name: usize) -> bool {
        let source = &self.source;
        self.names.is_cpp()
            && source.is_ident(name)
            && source.is(name + 1, op(b"("))
            && source.arguments(name + 1).len() > 1
    }

    /// The last assignment of a local that every way to `at` passes, unless it jumps: a statement by itself, in a
    /// block that is around `at` too, and no label between the two.
    fn settled(&self, local: &Local, at: usize) -> Option<usize> {
        let source = &self.source;
        let around = |token: usize| self.block_at(token).is_some_and(|block| at < block.close);
        let statement = |t: usize| source.is(t, op(b";")) || source.is(t, op(b"{")) || source.is(t, op(b"}"));
        let alone = |token: usize| statement(token.wrapping_sub(2)) && around(token);
        let (token, _) = local.values.iter().rev().find(|(token, value)| {
            *token < at
                && matches!(value, Value::Expression(..))
                && source.is(*token, op(b"="))
                && alone(*token)
        })?;
        let first = self.labels.partition_point(|&t| t < *token);
        let after = self.labels.partition_point(|&t| t < at).max(first);
        let labels = self.labels.get(first..after).unwrap_or_default();
        // Among more of them than that one will be.
        let jumped = labels.len() > MOST_LABELS || labels.iter().any(|&t| around(t));
        (!jumped).then_some(*token)
    }

    fn first_group(&self, from: usize, to: usize) -> usize {
        (from..to).find(|&t| self.source.is(t, op(b"("))).unwrap_or(to)
    }

    /// What was assigned to the path of a local struct before `at`.
    fn field_of_own(&self, from: usize, to: usize, at: usize, depth: u32) -> Origin {
        let source = &self.source;
        let len = to - from;
        let mut i = self.function.body.0;
        let mut origin = Origin::OWN;
        while i + len < at {
            if source.word(i) == source.word(from)
                && source.is(i + len, op(b"="))
                && (0..len).all(|k| source.text(i + k) == source.text(from + k))
            {
                let end = self.expression_end(i + len + 1, self.function.body.1);
                origin = origin.or(self.follow(i + len + 1, end, i, depth - 1));
            }
            i += 1;
        }
        origin
    }

    fn value(&self, value: Value, token: usize, depth: u32) -> Origin {
        match value {
            Value::Expression(from, to) => self.follow(from, to, token, depth - 1),
            Value::Out => Origin::SHARED,
        }
    }

    /// Where that comes from into which something is put.
    fn keeper(&self, container: Option<(usize, usize)>, token: usize, depth: u32) -> Origin {
        match container {
            Some((from, to)) => self.follow(from, to, token, depth - 1),
            None => Origin::SHARED,
        }
    }

    /// Whether two tokens lie in the body of one loop.
    fn same_loop(&self, a: usize, b: usize) -> bool {
        let (low, high) = (a.min(b), a.max(b));
        let mut around = self.block_at(low);
        while let Some(block) = around {
            if block.is_loop && high < block.close {
                return true;
            }
            around = block.parent.and_then(|at| self.blocks.get(at));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::CFile;
    use crate::source::c::names::Names;

    fn origin_of_last(text: &str, mark: &str) -> Origin {
        let file = CFile::read("a.cpp", text.as_bytes());
        let names = Names::new(&file);
        let function = file.items.functions.last().expect("one");
        let body = Body::read(file.source(), function, &names);
        let call = body.calls.iter().find(|call| body.source.word(call.name) == mark).expect("the mark");
        let (from, to) = body.source.arguments(call.open)[0];
        body.origin(from, to, call.name)
    }

    #[test]
    fn what_is_made_here_is_our_own_until_it_escapes() {
        let fresh = "void f(T *self, PyObject *args) { PyObject *a = PyDict_New(); look(a); }";
        assert_eq!(origin_of_last(fresh, "look"), Origin::OWN);
        let escaped = "void f(T *self, PyObject *args) { PyObject *a = PyDict_New(); self->d = a; look(a); }";
        assert_eq!(origin_of_last(escaped, "look"), Origin::param(0));
        let known = "void f(T *self, PyObject *args) { PyObject *a = PyDict_New(); cache = a; look(a); }";
        assert!(origin_of_last(known, "look").is_shared());
        let later = "void f(T *self, PyObject *args) { PyObject *a = PyDict_New(); look(a); self->d = a; }";
        assert_eq!(origin_of_last(later, "look"), Origin::OWN);
        let pooled =
            "T *T_new(S *s) { T *a = pool_pop(s); if (!a) { a = PyObject_GC_New(T, s->type); } look(a); }";
        assert_eq!(origin_of_last(pooled, "look"), Origin::OWN);
        let taken =
            "T *T_take(S *s) { T *a = pool_pop(s); if (!a) { a = PyObject_GC_New(T, s->type); } look(a); }";
        assert!(!origin_of_last(taken, "look").is_own());
        let nested = "void f() { PyObject *l = PyList_New(0); PyObject *a = PyDict_New(); PyList_Append(l, a); look(a); }";
        assert_eq!(origin_of_last(nested, "look"), Origin::OWN);
        let either = "void f(T *self) { PyObject *a; if (x) a = PyDict_New(); else a = self->d; look(a); }";
        assert_eq!(origin_of_last(either, "look"), Origin::param(0));
    }

    #[test]
    fn values_are_followed_through_casts_copies_and_same_sequences() {
        let cast = "void f(PyObject *self) { T *s = (T *)self; look(s->memo); }";
        assert_eq!(origin_of_last(cast, "look"), Origin::param(0));
        let fast = "void f(PyObject *m, PyObject *x) { PyObject *s = PySequence_Fast(x, \"\"); look(s); }";
        assert_eq!(origin_of_last(fast, "look"), Origin::param(1));
        let out = "void f(PyObject *m, PyObject *args) { PyObject *x; PyArg_ParseTuple(args, \"O\", &x); look(x); }";
        assert!(origin_of_last(out, "look").is_shared());
        let filled = "void f() { struct args a; fill(&a); look(&a); }";
        assert_eq!(origin_of_last(filled, "look"), Origin::OWN);
        let item = "void f(PyObject *const *args) { look(args[0]); }";
        assert!(origin_of_last(item, "look").is_shared());
        let made = "static T *make(void) { T *t = PyObject_New(T, &Type); if (!t) return NULL; return t; }\
                    void f() { T *t = make(); look(t); }";
        assert_eq!(origin_of_last(made, "look"), Origin::OWN);
        assert_eq!(origin_of_last("void C::f() { look(this->x); }", "look"), Origin::THIS);
        let dict = "void f() { PyThreadState *t = PyThreadState_Get(); look(t->dict); }";
        assert_eq!(origin_of_last(dict, "look"), Origin::OWN);
        let mine = "void f() { PyObject *d = PyThreadState_GetDict(); look(d); }";
        assert_eq!(origin_of_last(mine, "look"), Origin::OWN);
    }

    #[test]
    fn what_a_name_was_given_last_on_every_way_is_what_it_means() {
        let copied = |between: &str| {
            let text = format!(
                "void f(PyObject *self, PyObject *d) {{ PyObject *own = NULL; if (!d) goto done;\n\
                 own = PyDict_Copy(d); {between} while (x) {{ look(d); }} done: Py_XDECREF(own); }}"
            );
            origin_of_last(&text, "look")
        };
        assert_eq!(copied("d = own;"), Origin::OWN);
        assert_eq!(copied("if (y) d = own;"), Origin::param(1));
        assert_eq!(copied("if (y) { d = own; }"), Origin::param(1));
        assert_eq!(copied("d = own; again:"), Origin::param(1));
        assert_eq!(copied("d = own; self->d = own;"), Origin::param(0));
        assert_eq!(copied("self->d = own; d = own;"), Origin::param(0));
        let chosen =
            "void f(PyObject *d) { switch (n) { case 1: d = PyDict_New(); break; case 2: look(d); } }";
        assert_eq!(origin_of_last(chosen, "look"), Origin::param(0));
        let local = "void f(T *self) { PyObject *d = self->d; n(d); d = PyDict_New(); look(d); }";
        assert_eq!(origin_of_last(local, "look"), Origin::OWN);
    }

    #[test]
    fn what_a_function_found_hangs_on_what_it_was_given() {
        let found_by = |text: &str| {
            let file = CFile::read("a.c", text.as_bytes());
            let names = Names::new(&file);
            let function = file.items.functions.last().expect("one");
            let body = Body::read(file.source(), function, &names);
            let call =
                body.calls.iter().find(|call| body.source.word(call.name) == "look").expect("the mark");
            let (from, to) = body.source.arguments(call.open)[0];
            let found = body.found(from, to, call.name);
            assert!(found.plain().is_shared() || found.plain() == found);
            found.found_by()
        };
        let text = "void f(T *self, int key) { N *n = find(self->tree, key); look(n); }";
        assert_eq!(found_by(text), Some(Origin::param(0).or(Origin::param(1))));
        let nested = "void f(T *self) { N *n = next(find(self->tree)); look(n->a); }";
        assert_eq!(found_by(nested), Some(Origin::param(0)));
        // It may come from elsewhere, or is new.
        assert_eq!(found_by("void f(T *self, N *n) { if (!n) n = find(self); look(n); }"), None);
        assert_eq!(
            found_by(
                "static N *create(T *t) { return pool(t); } void f(T *self) { N *n = create(self); look(n); }"
            ),
            None
        );
        assert_eq!(found_by("void f(T *self) { N *n = self->n; look(n); }"), None);
    }

    #[test]
    fn values_that_go_in_circles_end() {
        let turns = |b: &str| {
            let text = format!(
                "void f(T *self) {{ PyObject *a = PyDict_New(); PyObject *b = {b}; \
                 while (x) {{ PyObject *t = a; a = b; b = t; }} look(a); }}"
            );
            origin_of_last(&text, "look")
        };
        assert_eq!(turns("PyDict_New()"), Origin::OWN);
        assert_eq!(turns("self->last"), Origin::param(0));
        assert!(turns("found()").is_shared());
    }
}

//! Finds what a function does to fields of objects and to variables that outlive it.
//!
//! In: a [`Body`]. Out: [`Access`]es, which `scan` makes rows of. One walk over the
//! tokens with a stack of open brackets; an access is a path such as `self->items[i].len` together with what
//! stands around it. Objects that the function made itself are left out.

mod path;

use super::alias;
use super::body::{Body, Local};
pub use super::declare::{is_lock, is_made_lock, outlives};
use super::empty::{asks, hints, is_null, tests, when_empty};
use super::expansion::{Effects, Head, Touch};
use super::lex::{Kind, op};
use super::names::{is_keyword, says_change};
use super::origin::Origin;
use super::scan::kept::constructor;
use super::summary::Act;
use crate::knowledge::Trait;
use path::{follows_arrow, is_plain, path};

/// A path with what is done to it.
#[derive(Debug, Clone)]
pub struct Access<'a> {
    /// What the path begins with.
    pub base: Base<'a>,
    /// The field, inner fields of embedded structs after dots; empty for the variable itself. Of a variable only the
    /// first member.
    pub field: String,
    /// The memory behind the field is meant.
    pub deep: bool,
    /// First token of the path.
    pub from: usize,
    /// Token after the path.
    pub to: usize,
    /// What is done.
    pub act: Act,
    /// For a test: the tokens that are reached only, or also, if nothing was there.
    pub empty: (usize, usize),
    /// A member function is asked whether anything is there: a test, of what has a value of its own.
    pub asks: bool,
    /// The call that it is an argument of: its name's token, and which argument.
    pub call: Option<(usize, usize)>,
}

/// What a path begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base<'a> {
    /// An object: its type, where it comes from, and how it is written.
    Object {
        /// The last word of its type, or the name of the function that returned it.
        kind: String,
        /// It is the function.
        by_call: bool,
        /// Where it comes from.
        origin: Origin,
        /// The variable.
        text: &'a str,
    },
    /// A static of the function.
    Static(&'a str),
    /// A variable of the file (`true`), or a name that only another file explains.
    Global(&'a str, bool),
}

/// Walks a body and tells each access.
pub fn accesses<'a>(body: &Body<'a>, sink: &mut dyn FnMut(Access<'a>)) {
    let source = body.source;
    let (from, to) = body.function.body;
    let changed = alias::changed(body);
    let mut open: Vec<usize> = Vec::new();
    let mut i = from + 1;
    while i < to {
        match source.kind(i) {
            Some(Kind::Op(code)) if code == op(b"(") => open.push(i),
            Some(Kind::Op(code)) if code == op(b")") => {
                open.pop();
            }
            Some(Kind::Ident) => {
                let before = i.wrapping_sub(1);
                let qualified = source.is(before, op(b"::"));
                let inner = source.is(before, op(b"->"))
                    || source.is(before, op(b"."))
                    // `ns::f(x).y` is met at the name that is called.
                    || qualified && !(source.is(i + 1, op(b"(")) && follows_arrow(body, source.after_group(i + 1)));
                if !inner
                    && body.names.at(i).own
                    && let Some(effects) = body.names.expansion(source.word(i))
                {
                    expand(body, i, effects, sink);
                }
                if !inner
                    && !is_keyword(source.word(i))
                    && let Some(mut access) = path(body, i)
                {
                    classify(body, &mut access, &open);
                    if access.act == Act::Read && alias::is_bound(body, access.from, &changed) {
                        (access.act, access.deep) = (Act::Count, true);
                    }
                    alias::tell(body, access, sink);
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// Tells what the body of the macro used at token `i` does, at the place where it is used.
fn expand<'a>(body: &Body<'a>, i: usize, effects: &Effects<'a>, sink: &mut dyn FnMut(Access<'a>)) {
    let source = body.source;
    let to = if source.is(i + 1, op(b"(")) { source.after_group(i + 1) } else { i + 1 };
    let arguments = source.arguments(i + 1);
    for touch in &effects.touches {
        let (name, at) = match touch.head {
            Head::Name(name) => (name, None),
            Head::Param(n) => {
                let Some(&(from, to)) = arguments.get(n as usize) else { continue };
                let Some(name) = body.only_name(from, to) else { continue };
                (name, (from..to).rev().find(|&t| source.is_ident(t)))
            }
        };
        let base = match body.locals.get(name) {
            Some(local) if local.declared.is_static => {
                if !outlives(&local.declared) {
                    continue;
                }
                Base::Static(name)
            }
            Some(local) if !touch.field.is_empty() && !is_plain(touched_as(touch, local)) => {
                // The name stands in the macro's body where it is no argument: what it holds is asked for by itself.
                let origin = match (at, local.param) {
                    (Some(at), _) => body.found(at, at + 1, i),
                    (None, Some(param)) => Origin::param(param),
                    (None, None) => continue,
                };
                if origin.is_own() {
                    continue;
                }
                Base::Object { kind: touched_as(touch, local).to_owned(), by_call: false, origin, text: name }
            }
            Some(_) => continue,
            None => match body.names.global(name) {
                Some(global) if outlives(global) => Base::Global(name, !global.is_extern),
                _ => continue,
            },
        };
        let object = matches!(base, Base::Object { .. });
        let field = touch.field.to_owned();
        let deep = touch.deep || !object && !touch.field.is_empty();
        sink(Access {
            base,
            field,
            deep,
            from: i,
            to,
            act: touch.act,
            empty: (0, 0),
            asks: false,
            call: None,
        });
    }
}

/// The type that a macro's body takes a local for.
fn touched_as<'b>(touch: &Touch<'b>, local: &'b Local) -> &'b str {
    if touch.kind.is_empty() { &local.declared.base } else { touch.kind }
}

/// How many brackets around a path are looked through.
const WRAPPED: usize = 4;

/// The path with the brackets that hold nothing else: `&(a->b)`.
fn unwrapped(body: &Body<'_>, mut from: usize, mut to: usize) -> (usize, usize) {
    let source = &body.source;
    for _ in 0..WRAPPED {
        let open = from.wrapping_sub(1);
        let alone = source.is(open, op(b"(")) && source.mate(open) == Some(to);
        if !alone || source.is_ident(open.wrapping_sub(1)) {
            break;
        }
        (from, to) = (open, to + 1);
    }
    (from, to)
}

/// Whether a number is asked of the generator that a token names: `engine()`.
fn is_drawn_from(body: &Body<'_>, i: usize) -> bool {
    let word = body.source.word(i);
    let local = body.locals.get(word).map(|local| &local.declared);
    body.source.is(i + 2, op(b")"))
        && local.or_else(|| body.names.global(word)).is_some_and(|one| body.names.is_engine(one))
}

/// Says what is done, from the tokens around the path.
fn classify(body: &Body<'_>, access: &mut Access<'_>, open: &[usize]) {
    let source = &body.source;
    let (from, to) = unwrapped(body, access.from, access.to);
    // Each step of a loop over a container looks into it.
    if body.is_range(from, to) {
        access.deep = true;
        return;
    }
    let next = match source.kind(to) {
        Some(Kind::Op(code)) => code,
        _ => 0,
    };
    // `field.push_back(x)`: what a member function does is told by its name.
    let dotted = next == op(b".") || next == op(b"->");
    if dotted && source.is(to + 2, op(b"(")) {
        access.deep = true;
        access.call = Some((to + 1, 0));
        access.act = if says_change(source.word(to + 1)) { Act::Container } else { Act::Read };
        if let Some(missing) = asks(body, from, to) {
            access.asks = true;
            access.empty = when_empty(body, open, to, missing);
        }
        return;
    }
    let mut before = from.wrapping_sub(1);
    if body.function.returns_reference && source.word(before) == "return" && next == op(b";") {
        access.act = Act::Address;
        return;
    }
    // Casts before it belong to the expression.
    for _ in 0..3 {
        if source.is(before, op(b")"))
            && let Some(open) = source.mate(before).filter(|&open| open < before)
            && body.is_type(open + 1, before)
            && !source.is_ident(open.wrapping_sub(1))
        {
            before = open.wrapping_sub(1);
        }
    }
    let previous = match source.kind(before) {
        Some(Kind::Op(code)) => code,
        _ => 0,
    };
    let assigns = [op(b"+="), op(b"-="), op(b"*="), op(b"/="), op(b"%="), op(b"&="), op(b"|="), op(b"^=")];
    let steps = [op(b"++"), op(b"--")];
    if assigns.contains(&next) || steps.contains(&next) || steps.contains(&previous) {
        access.act = Act::Count;
        return;
    }
    let shifts = (next == op(b"<<") || next == op(b">>")) && source.is(to + 1, op(b"="));
    if next == op(b"=") || shifts {
        access.act = if shifts { Act::Count } else { Act::Write };
        if access.act == Act::Write && drops_old(body, access) {
            access.act = Act::Swap;
        }
        return;
    }
    let address = previous == op(b"&") && !operand_before(body, before.wrapping_sub(1));
    // `if (unlikely(x))` asks what `if (x)` does.
    let mut call = enclosing_call(body, open, from).filter(|(name, _)| !hints(source.word(*name)));
    // Only whole arguments are passed.
    let start = if address { before } else { before + 1 };
    if let Some((name, _)) = call.as_mut().filter(|_| !matches!(access.base, Base::Object { .. })) {
        *name = constructor(body, *name);
    }
    if let Some((name, _)) = call {
        let edge = |i: usize| source.is(i, op(b"(")) || source.is(i, op(b","));
        let whole = edge(start.wrapping_sub(1)) && (source.is(to, op(b",")) || source.is(to, op(b")")));
        if !whole {
            call = None;
        } else if body.names.known(source.word(name)).traits.has(Trait::Atomic)
            || source.word(name).to_ascii_lowercase().contains("atomic")
        {
            // Its owner knows what he does.
            access.act = Act::Test;
            access.deep = true;
            access.call = Some((name, usize::MAX));
            return;
        }
    }
    access.call = call;
    if let Some((name, argument)) = call {
        let traits = body.names.known(source.word(name)).traits;
        if traits.has(Trait::ReplacesField) && argument == 0 {
            access.act = Act::Swap;
            return;
        }
        if traits.has(Trait::TakesReference) {
            access.act = Act::Borrow;
            return;
        }
        if traits.has(Trait::MutatesContainer) && argument == 0 && !address {
            access.act = Act::Container;
            return;
        }
        // The C library's functions that fill a buffer are known, and so is which argument it is.
        let fills = (traits.has(Trait::FillsArgument) || traits.has(Trait::FillsArray))
            && argument == 0
            && !access.deep
            && !matches!(access.base, Base::Object { .. });
        if !address && (fills || traits == Default::default()) && !body.names.is_macro(source.word(name)) {
            access.act = Act::Pass;
            return;
        }
    }
    if address {
        access.act = Act::Address;
        return;
    }
    let compared = next == op(b"==") || next == op(b"!=");
    let truth = previous == op(b"!")
        || (next == op(b")") && previous == op(b"(") && tests(body, open))
        || ((next == op(b"&&") || next == op(b"||") || next == op(b"?")) && !operand_before(body, before));
    if (compared && is_null(body, to + 1)) || truth {
        access.act = Act::Test;
        let missing = previous == op(b"!") || next == op(b"==");
        access.empty = when_empty(body, open, to, missing);
    } else if borrowed_later(body, access) {
        access.act = Act::Borrow;
    }
}

/// Whether an operand ends at token `i`, so that `&` after it is no address.
fn operand_before(body: &Body<'_>, i: usize) -> bool {
    match body.source.kind(i) {
        Some(Kind::Ident) => !is_keyword(body.source.word(i)),
        Some(Kind::Number | Kind::Str | Kind::Char) => true,
        Some(Kind::Op(code)) => code == op(b")") || code == op(b"]"),
        None => false,
    }
}

/// The call that token `i` is directly an argument of, and which argument.
fn enclosing_call(body: &Body<'_>, open: &[usize], i: usize) -> Option<(usize, usize)> {
    let source = &body.source;
    for &bracket in open.iter().rev().take(4) {
        if bracket >= i {
            continue;
        }
        let name = bracket.checked_sub(1)?;
        if source.is_ident(name) && !is_keyword(source.word(name)) {
            let arguments = source.arguments(bracket);
            let index = arguments.iter().position(|&(from, to)| from <= i && i < to)?;
            return Some((name, index));
        }
        // Brackets of an `if` or an operator end the search; those of a cast do not.
        if source.is_ident(name) {
            return None;
        }
    }
    None
}

/// Whether the old value of a field that is assigned is dropped nearby: a swap by hand.
fn drops_old(body: &Body<'_>, access: &Access<'_>) -> bool {
    if !matches!(access.base, Base::Object { .. }) {
        return false;
    }
    let source = &body.source;
    let len = access.to - access.from;
    let same = |i: usize| len <= 8 && (0..len).all(|k| source.text(i + k) == source.text(access.from + k));
    let nearby = body.calls_between(access.from.saturating_sub(79), access.from + 80);
    for call in nearby {
        if !body.names.known(source.word(call.name)).traits.has(Trait::DropsReference) {
            continue;
        }
        let Some(&(from, to)) = source.arguments(call.open).first() else { continue };
        let (from, to) = body.strip(from, to);
        if to - from == len && same(from) && call.name < access.from {
            return true;
        }
        // Through a local that was loaded from the field before.
        if let Some(name) = body.only_name(from, to)
            && let Some(local) = body.locals.get(name)
        {
            let loaded = local.values_before(access.from).any(|value| match value {
                super::body::Value::Expression(a, b) => {
                    let (a, b) = body.strip(a, b);
                    b - a == len && same(a)
                }
                super::body::Value::Out => false,
            });
            if loaded {
                return true;
            }
        }
    }
    false
}

/// Whether a field read into a local is INCREF'd soon after.
fn borrowed_later(body: &Body<'_>, access: &Access<'_>) -> bool {
    let source = &body.source;
    let start = body.path_start(access.to.saturating_sub(1)).min(access.from);
    let mut equals = start.wrapping_sub(1);
    if source.is(equals, op(b")")) {
        equals = source.mate(equals).map_or(equals, |open| open.wrapping_sub(1));
    }
    if !source.is(equals, op(b"=")) || !source.is_ident(equals.wrapping_sub(1)) || access.deep {
        return false;
    }
    let name = source.word(equals - 1);
    body.calls_between(access.to + 1, access.to + 60).any(|call| {
        body.names.known(source.word(call.name)).traits.has(Trait::TakesReference)
            && source
                .arguments(call.open)
                .first()
                .is_some_and(|&(from, to)| body.only_name(from, to) == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::CFile;
    use crate::source::c::names::Names;

    fn seen(path: &str, text: &str) -> Vec<(String, Act, bool)> {
        let file = CFile::read(path, text.as_bytes());
        let names = Names::new(&file);
        let function = file.items.functions.last().expect("one");
        let body = Body::read(file.source(), function, &names);
        let mut out = Vec::new();
        accesses(&body, &mut |access| {
            let name = match &access.base {
                Base::Object { kind, .. } => format!("{kind}.{}", access.field),
                Base::Static(name) | Base::Global(name, _) => (*name).to_owned(),
            };
            out.push((name, access.act, access.deep));
        });
        out
    }

    #[test]
    fn what_is_done_to_a_field_is_told_by_what_stands_around_it() {
        let text = "void f(T *self, PyObject *v) { self->n++; self->len = 3; Py_XSETREF(self->o, v); use(self->buf[2]);\n\
                    PyObject *t = self->p; self->p = v; Py_DECREF(t); if (self->q) { } x = self->q; Py_INCREF(x);\n\
                    lib_update(self->h, 1); lib_init(&self->s); PyDict_Clear(self->d); ((U *)v)->w = 1; self->s.pos = 1; }";
        let rows = seen("a.c", text);
        let expect = [
            ("T.n", Act::Count, false),
            ("T.len", Act::Write, false),
            ("T.o", Act::Swap, false),
            ("T.buf", Act::Pass, true),
            ("T.p", Act::Read, false),
            ("T.p", Act::Swap, false),
            ("T.q", Act::Test, false),
            ("T.q", Act::Borrow, false),
            ("T.h", Act::Pass, false),
            ("T.s", Act::Address, false),
            ("T.d", Act::Container, false),
            ("U.w", Act::Write, false),
            ("T.s.pos", Act::Write, false),
        ];
        let expect: Vec<_> = expect.iter().map(|(n, a, d)| ((*n).to_owned(), *a, *d)).collect();
        assert_eq!(rows, expect);
    }

    #[test]
    fn statics_and_names_of_other_files_are_told_apart_from_constants() {
        let text = "static int count; static const int k = 1; static PyMutex m; static PyTypeObject T_Type;\n\
                    void f(void) { static char buf[9]; buf[0] = 1; count += k; elsewhere = 2; g(&T_Type, SOME, other.x); }";
        let rows = seen("a.c", text);
        let names: Vec<_> = rows.iter().map(|row| (row.0.as_str(), row.1)).collect();
        assert_eq!(
            names,
            [("buf", Act::Write), ("count", Act::Count), ("elsewhere", Act::Write), ("other", Act::Pass)]
        );
    }

    #[test]
    fn objects_made_here_are_left_out() {
        let text = "void f(PyTypeObject *type) { T *self = (T *)type->tp_alloc(type, 0); self->n = 1; }";
        assert_eq!(seen("a.c", text), []);
    }
}

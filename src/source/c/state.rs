//! Finds the structs that a file gets as a module's state, or out of capsules.
//!
//! In: the functions of a file. Out: types, by name. CPython hands both out as `void *`, so the type is what the result is
//! cast to, what it is assigned to, or what a function that asks for it returns.

use std::collections::BTreeSet;

use super::CFile;
use super::body::{Body, Call};
use super::lex::op;
use super::names::Names;
use super::scan::Read;
use super::summary::{Name, Namer};
use super::text::Source;
use crate::knowledge::Trait;

/// How many tokens of a cast stand before the last word of its type at most: `const`, namespaces.
const NAMED: usize = 8;

/// The structs that calls of functions with the trait give, in the order of their names.
pub fn structs(
    file: &CFile<'_>,
    names: &Names<'_>,
    functions: &[Read<'_>],
    given: Trait,
    namer: &mut Namer,
) -> Vec<Name> {
    let source = file.source();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for read in functions {
        let body = &read.body;
        for call in &body.calls {
            let word = source.word(call.name);
            let macros = names.macro_traits(word).has(given);
            if !macros && !names.at(call.name).traits.has(given) {
                continue;
            }
            if let Some(kind) = names.cast(word).filter(|_| macros) {
                found.insert(kind);
                continue;
            }
            let before = call.name.wrapping_sub(1);
            let cast = source.mate(before).filter(|open| source.is(before, op(b")")) && *open < before);
            let star = |i: usize| source.is(i, op(b"*"));
            let target = cast.map_or(before, |open| open.wrapping_sub(1));
            if let Some(open) = cast
                && star(before.wrapping_sub(1))
                && before.wrapping_sub(2) > open
            {
                found.insert(source.word(before.wrapping_sub(2)));
            } else if let Some(kind) = named_cast(&source, before) {
                found.insert(kind);
            } else if source.is(target, op(b"="))
                && let Some(local) = body.locals.get(source.word(target.wrapping_sub(1)))
                && local.declared.pointers == 1
            {
                found.insert(local.declared.base.as_str());
            }
            let (returned, pointers) = &body.function.returns;
            if *pointers == 1 {
                found.insert(returned);
            }
        }
    }
    let state = |kind: &&str| !kind.is_empty() && *kind != "void" && !kind.starts_with("Py");
    found.into_iter().filter(state).map(|kind| namer.number(kind)).collect()
}

/// `T` where the bracket at `open` is that of `static_cast<T *>(`.
fn named_cast<'a>(source: &Source<'a>, open: usize) -> Option<&'a str> {
    let end = open.checked_sub(1).filter(|_| source.is(open, op(b"(")))?;
    let star = end.checked_sub(1).filter(|_| source.is(end, op(b">")))?;
    let kind = star.checked_sub(1).filter(|&at| source.is(star, op(b"*")) && source.is_ident(at))?;
    let begin = (kind.saturating_sub(NAMED)..kind).rev().find(|&at| source.is(at, op(b"<")))?;
    let word = source.word(begin.checked_sub(1)?);
    matches!(word, "static_cast" | "reinterpret_cast").then(|| source.word(kind))
}

/// Whether a function is a capsule's destructor: nobody has the capsule any more.
pub fn ends_capsule(body: &Body<'_>, names: &Names<'_>) -> bool {
    let function = body.function;
    let unboxes = |call: &Call| {
        let macros = names.macro_traits(body.source.word(call.name));
        names.at(call.name).traits.with(macros).has(Trait::CapsulePointer)
    };
    let ends = |word: &String| matches!(word.as_str(), "destroy" | "destructor" | "dtor" | "capsule");
    matches!(&function.returns, (kind, 0) if kind == "void")
        && matches!(function.params.as_slice(), [one] if one.base == "PyObject")
        && (body.calls.iter().any(unboxes) || super::names::words(&function.name).iter().any(ends))
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;
    use crate::rules::RuleSet;

    fn states(text: &str) -> Vec<String> {
        let seen = scan::seen(&CFile::read("m.c", text.as_bytes()), RuleSet::builtin());
        seen.states.iter().map(|name| seen.text(*name).to_owned()).collect()
    }

    #[test]
    fn the_type_of_a_state_is_what_it_is_used_as() {
        let used = "static PyObject *f(PyObject *m) { counts *c = PyModule_GetState(m); struct other *o = \
                    (struct other *)PyType_GetModuleState(Py_TYPE(m)); return c->n + o->n; }";
        assert_eq!(states(used), ["counts", "other"]);
        let returned = "static inline state_t *get(PyObject *m) { void *s = PyModule_GetState(m); assert(s); return s; }";
        assert_eq!(states(returned), ["state_t"]);
        let through = "#define STATE(m) ((st *)PyModule_GetState(m))\nstatic PyObject *f(PyObject *m) { return STATE(m)->x; }";
        assert_eq!(states(through), ["st"]);
    }

    #[test]
    fn what_is_no_state_is_none() {
        let other = "static PyObject *f(PyObject *m) { void *s = PyModule_GetState(m); PyObject *d = PyModule_GetDict(m); \
                     T *t = get(m); return d; }";
        assert_eq!(states(other), [""; 0]);
    }

    #[test]
    fn what_a_capsule_holds_is_what_its_pointer_is_taken_for() {
        let text = "#define INSIDE(o) PyCapsule_GetPointer(o, NULL)\nstatic void *f(PyObject *o) { session *s = \
                    PyCapsule_GetPointer(o, \"s\"); other *t; t = (other *)INSIDE(o); \
                    third *u = static_cast<ns::third *>(PyCapsule_GetPointer(o, NULL)); return s->x; }";
        let seen = scan::seen(&CFile::read("m.c", text.as_bytes()), RuleSet::builtin());
        let held: Vec<_> = seen.capsules.iter().map(|name| seen.text(*name)).collect();
        assert_eq!(held, ["other", "session", "third"]);
        assert_eq!(states(text), [""; 0]);
    }
}

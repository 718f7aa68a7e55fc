//! Finds the structs that a file gets as a module's state.
//!
//! In: the functions of a file. Out: types, by name. CPython hands the state out as `void *`, so its type is what the
//! result is cast to, what it is assigned to, or what a function that asks for it returns.

use std::collections::BTreeSet;

use super::CFile;
use super::lex::op;
use super::names::Names;
use super::scan::Read;
use super::summary::{Name, Namer};
use crate::knowledge::Trait;

/// The structs, in the order of their names.
pub fn structs(file: &CFile<'_>, names: &Names<'_>, functions: &[Read<'_>], namer: &mut Namer) -> Vec<Name> {
    let source = file.source();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for read in functions {
        let body = &read.body;
        for call in &body.calls {
            let word = source.word(call.name);
            let macros = names.macro_traits(word).has(Trait::ModuleState);
            if !macros && !names.at(call.name).traits.has(Trait::ModuleState) {
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
}

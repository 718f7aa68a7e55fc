//! Functions that the operating system runs on a thread of its own, where Python has no thread state.
//!
//! In: the functions of a file. Out: the same, of which those that are handed to what starts threads, or that ends what
//! belongs to one, run detached from their first line on. One that sees to its thread state by itself, or that this file
//! calls by name as well, is left as it is.

use std::collections::BTreeSet;

use super::Read;
use crate::knowledge::Trait;
use crate::source::c::lex::op;
use crate::source::c::names::{Names, words};
use crate::source::c::roles::Roles;
use crate::source::c::text::Source;

/// How many functions of one name are looked at.
const OWN: usize = 4;

/// Detaches the functions that run on such threads.
pub(super) fn detach(source: &Source<'_>, names: &Names<'_>, roles: &Roles<'_>, functions: &mut [Read<'_>]) {
    let mut run: BTreeSet<usize> = BTreeSet::new();
    for call in functions.iter().flat_map(|read| &read.body.calls) {
        if names.at(call.name).traits.has(Trait::RunsDetached) {
            let arguments = source.arguments(call.open);
            run.extend(arguments.into_iter().filter_map(|(from, to)| handed(source, names, from, to)));
        }
    }
    run.retain(|at| {
        functions.get(*at).is_some_and(|read| {
            let name = read.body.function.name.as_str();
            !roles.named.contains_key(name) && !sees_to_it(source, names, functions, read)
        })
    });
    if run.is_empty() {
        return;
    }
    for call in functions.iter().flat_map(|read| &read.body.calls) {
        for at in names.functions(source.word(call.name)) {
            run.remove(at);
        }
    }
    for at in run {
        if let Some(read) = functions.get_mut(at) {
            read.stretches.detach_all(read.body.function.body);
        }
    }
}

/// The function that an argument names, with or without a cast or `&` before it.
fn handed(source: &Source<'_>, names: &Names<'_>, from: usize, to: usize) -> Option<usize> {
    let last = to.checked_sub(1).filter(|last| *last >= from)?;
    let before = last.wrapping_sub(1);
    let alone = last == from || source.is(before, op(b"&")) || source.is(before, op(b")"));
    match names.functions(source.word(last)) {
        [only] if alone => Some(*only),
        _ => None,
    }
}

/// Whether a function asks for a thread state, or calls what does: a function of this file, or one that says so by its name.
fn sees_to_it(source: &Source<'_>, names: &Names<'_>, functions: &[Read<'_>], read: &Read<'_>) -> bool {
    let own = |name: usize| {
        let own = names.functions(source.word(name)).iter();
        own.filter_map(|at| functions.get(*at)).take(OWN).any(|one| attaches(source, names, one))
    };
    attaches(source, names, read) || read.body.calls.iter().any(|call| own(call.name))
}

/// Whether anything in a function has to do with thread states.
fn attaches(source: &Source<'_>, names: &Names<'_>, read: &Read<'_>) -> bool {
    const ATTACHING: [&str; 6] = ["gil", "gilstate", "attach", "thread", "threads", "interp"];
    let (from, to) = read.body.function.body;
    (from..to).any(|i| {
        let traits = names.at(i).traits;
        let says = || words(source.word(i)).iter().any(|word| ATTACHING.contains(&word.as_str()));
        [Trait::GilEnsure, Trait::Attaches, Trait::GilQuery].iter().any(|one| traits.has(*one))
            || source.is_ident(i) && source.is(i + 1, op(b"(")) && says()
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::RuleSet;
    use crate::source::c::CFile;
    use crate::source::c::scan::seen;

    /// Lines on which a file is told to use the C API while the thread is detached.
    fn told(text: &str) -> Vec<u32> {
        let seen = seen(&CFile::read("a.c", text.as_bytes()), RuleSet::builtin());
        let found = seen.pending.iter().map(|one| &one.finding);
        found.filter(|one| one.rule == "api-while-detached").map(|one| one.location.line).collect()
    }

    #[test]
    fn what_ends_with_a_thread_has_no_thread_state() {
        let with = |ends: &str, more: &str| {
            format!("static void ends(void *p)\n{{ {ends}\n Py_XDECREF((PyObject *)p); }}\n{more}\n")
        };
        let key = "void f(void) { pthread_key_create(&key, ends); }";
        assert_eq!(told(&with("", key)), [3]);
        assert_eq!(
            told(&with("", "void f(void) { pthread_key_create(&key, (void (*)(void *))ends); }")),
            [3]
        );
        assert_eq!(told(&with("", "void f(void) { other_key_create(&key, ends); }")), [0_u32; 0]);
        assert_eq!(told(&with("PyGILState_STATE s = PyGILState_Ensure();", key)), [0_u32; 0]);
        assert_eq!(told(&with("take_the_gil();", key)), [0_u32; 0]);
        let own = format!("{key} static void enter(void) {{ PyGILState_Ensure(); }}");
        assert_eq!(told(&with("enter();", &own)), [0_u32; 0]);
        assert_eq!(told(&with("", &format!("{key} void g(PyObject *o) {{ ends(o); }}"))), [0_u32; 0]);
    }
}

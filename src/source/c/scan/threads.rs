//! Functions that run where Python has no thread state: the operating system runs them on a thread of its own, or a
//! library detaches before it calls them.
//!
//! In: the functions of a file. Out: the same, of which those that are handed to what starts threads, or that ends what
//! belongs to one, or that stand in a table of such functions, run detached from their first line on, and with them what
//! only they call. One that sees to its thread state by itself, or that this file calls by name as well, is left as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Read;
use crate::knowledge::{Knowledge, Trait};
use crate::source::c::CFile;
use crate::source::c::declare::Variable;
use crate::source::c::lex::op;
use crate::source::c::names::{Names, words};
use crate::source::c::roles::Roles;
use crate::source::c::text::Source;

/// How many functions of one name are looked at.
const OWN: usize = 4;

/// How deep calls of what only they call are followed.
const HELPERS: usize = 4;

/// How many tokens of a table are looked at.
const TABLE: usize = 512;

/// Detaches the functions that run on such threads.
pub(super) fn detach(file: &CFile<'_>, names: &Names<'_>, roles: &Roles<'_>, functions: &mut [Read<'_>]) {
    let source = &file.source();
    released(source, names, roles, functions);
    let mut run: BTreeSet<usize> = BTreeSet::new();
    for call in functions.iter().flat_map(|read| &read.body.calls) {
        if names.at(call.name).traits.has(Trait::RunsDetached) {
            let arguments = source.arguments(call.open);
            run.extend(arguments.into_iter().filter_map(|(from, to)| handed(source, names, from, to)));
        }
    }
    run.extend(listed(file, names, functions));
    let leaves_it = |at: usize| {
        functions.get(at).is_some_and(|read| {
            let name = read.body.function.name.as_str();
            !roles.named.contains_key(name) && !sees_to_it(source, names, functions, read)
        })
    };
    run.retain(|at| leaves_it(*at));
    if run.is_empty() {
        return;
    }
    let mut callers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (at, read) in functions.iter().enumerate() {
        for call in &read.body.calls {
            for callee in names.functions(source.word(call.name)) {
                callers.entry(*callee).or_default().insert(at);
            }
        }
    }
    run.retain(|at| !callers.contains_key(at));
    // What nobody but them can call runs there too.
    let hidden = |at: usize| {
        let function = functions.get(at).map(|read| read.body.function);
        function.is_some_and(|one| one.is_static && !roles.taken.contains(one.name.as_str())) && leaves_it(at)
    };
    for _ in 0..HELPERS {
        let only = |by: &BTreeSet<usize>| by.iter().all(|one| run.contains(one));
        let more = callers.iter().filter(|(at, by)| !run.contains(at) && only(by) && hidden(**at));
        let more: Vec<usize> = more.map(|(at, _)| *at).collect();
        if more.is_empty() {
            break;
        }
        run.extend(more);
    }
    for at in run {
        if let Some(read) = functions.get_mut(at) {
            read.stretches.detach_all(read.body.function.body);
        }
    }
}

/// Detaches what stands after a function has given back the thread state that it asked for: that it asks says that its
/// callers may have none. One that runs attached anyway, as Python or a function that Python calls in this file has it
/// run, is left as it is.
fn released(source: &Source<'_>, names: &Names<'_>, roles: &Roles<'_>, functions: &mut [Read<'_>]) {
    let ends: Vec<(usize, usize)> = functions
        .iter()
        .enumerate()
        .filter(|(_, read)| !roles.named.contains_key(read.body.function.name.as_str()))
        .filter_map(|(at, read)| Some((at, read.stretches.released(&read.body)?)))
        .collect();
    if ends.is_empty() {
        return;
    }
    let attached: BTreeSet<usize> = functions
        .iter()
        .filter(|read| roles.named.contains_key(read.body.function.name.as_str()))
        .flat_map(|read| read.body.calls.iter().flat_map(|call| names.functions(source.word(call.name))))
        .copied()
        .collect();
    for (at, token) in ends {
        if let Some(read) = functions.get_mut(at).filter(|_| !attached.contains(&at)) {
            read.stretches.detach_after(token, read.body.function.body.1);
        }
    }
}

/// The functions in tables of what a library calls detached. Those that have to do with objects it calls attached.
fn listed(file: &CFile<'_>, names: &Names<'_>, functions: &[Read<'_>]) -> BTreeSet<usize> {
    let source = &file.source();
    let table = |one: &&Variable| Knowledge::builtin().has(&one.base, Trait::RunsDetached);
    let locals = functions.iter().flat_map(|read| read.body.locals.values().map(|local| &local.declared));
    let mut out = BTreeSet::new();
    for one in file.items.globals.iter().chain(locals).filter(table) {
        for t in one.init.0..one.init.1.min(one.init.0 + TABLE) {
            if let [only] = names.functions(source.word(t)) {
                out.insert(*only);
            }
        }
    }
    // Which types a loop is for stands in another table, and those for objects run attached.
    if !out.is_empty() && names.mentions(Trait::OfObjects) {
        return BTreeSet::new();
    }
    let of_objects = |read: &Read<'_>| {
        let (from, to) = read.body.function.body;
        words(&read.body.function.name).iter().any(|word| word == "object")
            || (from..to).any(|t| source.word(t).starts_with("PyObject"))
    };
    out.retain(|at| functions.get(*at).is_some_and(|read| !of_objects(read)));
    out
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
        let found = found.filter(|one| one.rule == "api-while-detached");
        let mut lines: Vec<u32> = found.map(|one| one.location.line).collect();
        lines.sort_unstable();
        lines
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

    #[test]
    fn loops_over_numbers_run_detached_with_what_only_they_call() {
        let with = |ends: &str, more: &str| {
            format!(
                "static void check(double x)\n{{ PyErr_Clear(); }}\nstatic void loop(char **args, npy_intp *n)\n\
                 {{ {ends} check(0);\n PyErr_SetString(e, \"\"); }}\nstatic PyUFuncGenericFunction all[] = {{loop}};\n{more}"
            )
        };
        assert_eq!(told(&with("", "")), [2, 5]);
        assert_eq!(told(&with("", "void other(void) { check(1); }")), [4, 5]);
        assert_eq!(told(&with("*(PyObject **)args[0] = 0;", "")), [0_u32; 0]);
        assert_eq!(told(&with("PyGILState_STATE s = PyGILState_Ensure();", "")), [0_u32; 0]);
        assert_eq!(told(&with("loop(args, n);", "")), [0_u32; 0]);
    }
}

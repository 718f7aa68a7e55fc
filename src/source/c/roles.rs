//! Finds which functions of a file are known to CPython or to others, and in which role.
//!
//! In: a [`CFile`]. Out: names with roles, from initialised tables (`PyMethodDef`, type objects and specs, slot
//! arrays), from members assigned later (`Type.tp_new = f`), and the names of functions whose address goes
//! elsewhere. A function that is only ever called by name is in neither list.

use std::collections::{BTreeMap, BTreeSet};

use super::CFile;
use super::declare::Variable;
use super::items::Function;
use super::lex::op;
use super::names::{Names, words};
use super::text::Source;
use crate::knowledge::{Knowledge, Role, Tables, Trait};

/// What is known of a file's functions besides their bodies.
#[derive(Debug, Default)]
pub struct Roles<'a> {
    /// Functions named in tables.
    pub named: BTreeMap<&'a str, Role>,
    /// Functions whose address is taken elsewhere.
    pub taken: BTreeSet<&'a str>,
}

/// Finds the roles of a file's functions, and of functions of other files that its tables name.
pub fn roles<'a>(file: &'a CFile<'a>, names: &Names<'a>) -> Roles<'a> {
    let tables = Knowledge::builtin().tables();
    let source = file.source();
    let mut out = Roles::default();
    // Tables at file level and inside functions look the same: `Type name[…] = {…}`.
    let count = source.tokens.list.len();
    // In order; a table in another is a part of it.
    let mut in_table: Vec<(usize, usize)> = Vec::new();
    let is_inside = |in_table: &[(usize, usize)], i: usize| {
        let after = in_table.partition_point(|&(open, _)| open < i);
        after.checked_sub(1).and_then(|at| in_table.get(at)).is_some_and(|&(_, close)| i < close)
    };
    for i in 0..count {
        let word = source.word(i);
        if word.is_empty() {
            continue;
        }
        if let Some(table) = tables.get(word)
            && let Some(open) = initialiser(&source, i)
        {
            let close = source.mate(open).unwrap_or(open);
            read_table(&source, tables, names, table, open, close, &mut out);
            if in_table.last().is_none_or(|&(_, before)| before < open) {
                in_table.push((open, close));
            }
        }
        // `x.tp_new = f` and `x->tp_new = f`.
        if let Some(role) = tables.slot(word)
            && source.is(i + 1, op(b"="))
            && (source.is(i.wrapping_sub(1), op(b".")) || source.is(i.wrapping_sub(1), op(b"->")))
            && !is_inside(&in_table, i)
        {
            let end = source.declarator_end(i + 2, (i + 12).min(count));
            if let Some(name) = (i + 2..end).rev().find(|&t| source.is_ident(t)) {
                note(&mut out, source.word(name), role);
            }
        }
    }
    // `pthread_once(&flag, f)`: once in the life of the process, while everybody else waits.
    for i in (0..count).filter(|&i| names.at(i).traits.has(Trait::RunsOnce) && source.is(i + 1, op(b"("))) {
        for (from, to) in source.arguments(i + 1) {
            let from = if source.is(from, op(b"&")) { from + 1 } else { from };
            if from + 1 == to && !names.functions(source.word(from)).is_empty() {
                note(&mut out, source.word(from), Role::Exec);
            }
        }
    }
    for i in 0..count {
        let word = source.word(i);
        if word.is_empty() || source.is(i + 1, op(b"(")) || is_inside(&in_table, i) {
            continue;
        }
        // `&Class::member` hands out a member function, whichever file defines it.
        if source.is(i.wrapping_sub(1), op(b"::")) && is_address(&source, i) {
            out.taken.insert(word);
            continue;
        }
        // A member function is handed out with its class, above; a bare name is a variable that is called the same.
        let plain = |at: &usize| file.items.functions.get(*at).is_some_and(|one| one.class.is_none());
        if !names.functions(word).iter().any(plain) {
            continue;
        }
        let member = source.is(i.wrapping_sub(1), op(b"->")) || source.is(i.wrapping_sub(1), op(b"."));
        // `pthread_once(&done, f)`: whoever comes first runs it, and all others wait.
        if source.is(i + 1, op(b")"))
            && runs_once(source.word(source.mate(i + 1).unwrap_or_default().wrapping_sub(1)))
        {
            note(&mut out, word, Role::Exec);
            continue;
        }
        // Its own declaration, a local of that name, or a call through brackets are no address taken.
        let declared = source.is_ident(i.wrapping_sub(1)) && source.word(i.wrapping_sub(1)) != "return";
        let called = source.is(i + 1, op(b")")) && source.is(i + 2, op(b"("));
        if !member && !declared && !called {
            out.taken.insert(word);
        }
    }
    let shaped: Vec<(&Function, Role)> =
        file.items.functions.iter().filter_map(|one| Some((one, by_shape(one)?))).collect();
    if shaped.is_empty() {
        return out;
    }
    let pasted = file.macros.iter().any(|one| {
        let body = one.body.0 as usize..one.body.1 as usize;
        file.code.get(body).is_some_and(|text| text.contains("##"))
    });
    let called: BTreeSet<&str> = (0..if pasted { 0 } else { count })
        .filter(|&i| source.is(i + 1, op(b"(")))
        .filter(|&i| !source.is_ident(i.wrapping_sub(1)) || source.word(i - 1) == "return")
        .map(|i| source.word(i))
        .collect();
    for (function, role) in shaped {
        let name = function.name.as_str();
        // What is called, and named nowhere else, is a step of whoever makes the object.
        let step = function.is_static && called.contains(name) && !out.taken.contains(name);
        // No method looks like that, whatever place a list without names of members seems to give it.
        if out.named.contains_key(name) || !step {
            out.named.insert(name, role);
        }
    }
    out
}

/// How many namespaces and classes before a name are looked through.
const QUALIFIED: usize = 6;

/// Whether `&` stands before all the namespaces and classes that are said before the name at token `i`:
/// `&one::two::Class::member`.
fn is_address(source: &Source<'_>, i: usize) -> bool {
    let mut at = i;
    for _ in 0..QUALIFIED {
        if !source.is(at.wrapping_sub(1), op(b"::")) {
            break;
        }
        at = at.wrapping_sub(if source.is_ident(at.wrapping_sub(2)) { 2 } else { 1 });
    }
    at != i && source.is(at.wrapping_sub(1), op(b"&"))
}

/// Whether a call by its name runs what it is given once, whoever asks.
fn runs_once(name: &str) -> bool {
    words(name).iter().any(|word| word == "once")
}

/// The role that a function's name and parameters give it together, where a project fills its type objects by macros of
/// its own.
fn by_shape(function: &Function) -> Option<Role> {
    let [first, args, kwargs] = function.params.as_slice() else { return None };
    let object = |one: &Variable| one.base == "PyObject" && one.pointers == 1;
    if first.pointers != 1 || !object(args) || !object(kwargs) {
        return None;
    }
    let words = words(&function.name);
    let last = words.last().map(String::as_str);
    match (last, function.returns.0.as_str(), function.returns.1) {
        (Some("init"), "int", 0) => Some(Role::Init),
        (Some("new"), "PyObject", 1) if first.base == "PyTypeObject" => Some(Role::New),
        _ => None,
    }
}

/// The `{` of the initialiser of a variable declared with the type named at `i`.
fn initialiser(source: &super::text::Source<'_>, i: usize) -> Option<usize> {
    let mut at = i + 1;
    if !source.is_ident(at) {
        return None;
    }
    at += 1;
    while source.is(at, op(b"[")) {
        at = source.after_group(at);
    }
    if source.is(at, op(b"=")) {
        at += 1;
    }
    source.is(at, op(b"{")).then_some(at)
}

fn read_table<'a>(
    source: &super::text::Source<'a>,
    tables: &Tables,
    names: &Names<'a>,
    table: &crate::knowledge::tables::Table,
    open: usize,
    close: usize,
    out: &mut Roles<'a>,
) {
    // Entries of a table are groups, or the members themselves.
    let mut entries: Vec<(usize, usize)> = Vec::new();
    let mut from = open + 1;
    while from < close {
        let to = source.declarator_end(from, close);
        if source.is(from, op(b"{")) {
            entries.push((from + 1, source.mate(from).unwrap_or(to)));
        }
        from = to + 1;
    }
    if entries.is_empty() {
        entries.push((open + 1, close));
    }
    for (first, last) in entries {
        let mut position = 0;
        let mut from = first;
        let mut slot = None;
        while from < last {
            let to = source.declarator_end(from, last);
            let mut at = from;
            let mut role = None;
            if source.is(at, op(b".")) {
                role = tables.slot(source.word(at + 1));
                at += 3;
            } else {
                // `PyVarObject_HEAD_INIT(NULL, 0)` ends without a comma of its own.
                if source.is_ident(at)
                    && source.word(at).ends_with("HEAD_INIT")
                    && source.is(at + 1, op(b"("))
                {
                    let after = source.after_group(at + 1);
                    if after < to {
                        position += 1;
                        at = after;
                    }
                }
                if let Some(field) = table.fields.get(position) {
                    role = tables.slot(field);
                }
                if position == 0 {
                    // `{Py_tp_new, f}`: the id decides.
                    slot = tables.slot(source.word(at));
                }
                position += 1;
            }
            // `SLOT(Py_tp_new, f)`: an entry that a macro makes.
            if source.is(at + 1, op(b"(")) && source.is(at + 3, op(b",")) {
                role = role.or(tables.slot(source.word(at + 2)));
            }
            // The last name of the member's value, casts before it aside.
            let role = role.or(slot).unwrap_or(table.role);
            let mut t = at;
            while t < to {
                let word = source.word(t);
                if !word.is_empty() && !source.is(t + 1, op(b"(")) {
                    let ours = !names.functions(word).is_empty();
                    let foreign = table.role != Role::None || slot.is_some();
                    let value = t + 1 == to || source.is(t + 1, op(b")")) && t + 2 >= to;
                    if ours || (foreign && value && word.bytes().any(|b| b.is_ascii_lowercase())) {
                        let keywords = table.role == Role::Method
                            && (at..last).any(|k| source.word(k) == "METH_KEYWORDS")
                            && !(at..last).any(|k| source.word(k) == "METH_FASTCALL");
                        note(out, word, if keywords && role == Role::Method { Role::Keywords } else { role });
                    }
                }
                t += 1;
            }
            from = to + 1;
        }
    }
}

/// A function in two roles keeps the one in which more can go wrong.
fn note<'a>(out: &mut Roles<'a>, name: &'a str, role: Role) {
    if role == Role::None {
        return;
    }
    out.named.entry(name).and_modify(|old| *old = (*old).min(role)).or_insert(role);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, look: impl FnOnce(&Roles<'_>)) {
        let file = CFile::read("a.c", text.as_bytes());
        let names = Names::new(&file);
        look(&roles(&file, &names));
    }

    #[test]
    fn tables_name_functions_with_and_without_designators() {
        let text = "static void choose(void) { best = 1; } void f(void) { pthread_once(&done, choose); }";
        with(text, |roles| assert_eq!(roles.named.get("choose"), Some(&Role::Exec)));
        let text = "static int T_init(T *s, PyObject *a, PyObject *k) { } static void T_dealloc(T *s) { } static PyObject *T_next(T *s) { }\n\
            static PyObject *T_m(T *s, PyObject *a, PyObject *k) { } static int T_set(T *s, PyObject *v, void *c) { } static PyObject *T_get(T *s, void *c) { }\n\
            static int m_exec(PyObject *m) { } static void helper(void) { } static int cb(void) { } static PyObject *T_new(void) { }\n\
            static PyMethodDef methods[] = { {\"m\", (PyCFunction)(void(*)(void))T_m, METH_VARARGS | METH_KEYWORDS, \"\"}, {\"o\", other_file, METH_NOARGS}, {NULL} };\n\
            static PyGetSetDef gs[] = { {\"a\", (getter)T_get, (setter)T_set, NULL, NULL}, {NULL} };\n\
            PyTypeObject T_Type = { PyVarObject_HEAD_INIT(NULL, 0) \"T\", sizeof(T), 0, (destructor)T_dealloc, 0, };\n\
            static PyType_Slot slots[] = { {Py_tp_init, T_init}, {Py_tp_iternext, T_next}, {0, NULL} };\n\
            static PyModuleDef_Slot ms[] = { {Py_mod_exec, m_exec}, {0, NULL} };\n\
            static PySlot more[] = { PySlot_FUNC(Py_mod_state_clear, m_forget), PySlot_FUNC(Py_tp_iternext, (void *)T_look) };\n\
            static int m_forget(PyObject *m) { } static PyObject *T_look(T *s, PyObject *n) { }\n\
            void go(void) { helper(); T_Type.tp_new = T_new; qsort(x, cb); }";
        with(text, |roles| {
            let role = |name: &str| roles.named.get(name).copied();
            assert_eq!(role("T_m"), Some(Role::Keywords));
            assert_eq!(role("other_file"), Some(Role::Method));
            assert_eq!(role("T_get"), Some(Role::Getter));
            assert_eq!(role("T_set"), Some(Role::Setter));
            assert_eq!(role("T_dealloc"), Some(Role::Dealloc));
            assert_eq!(role("T_init"), Some(Role::Init));
            assert_eq!(role("T_next"), Some(Role::Iternext));
            assert_eq!(role("m_exec"), Some(Role::Exec));
            assert_eq!(role("m_forget"), Some(Role::Exec));
            assert_eq!(role("T_look"), Some(Role::Iternext));
            assert_eq!(role("T_new"), Some(Role::New));
            assert_eq!(role("helper"), None);
            assert!(roles.taken.contains("cb") && !roles.taken.contains("helper"));
        });
        let text = "static void choose(void) { best = 1; } void f(void) { pthread_once(&done, choose); }";
        with(text, |roles| assert_eq!(roles.named.get("choose"), Some(&Role::Exec)));
        let text = "static int T_init(T *s, PyObject *a, PyObject *k) { } static int m_init(PyObject *m) { }\n\
            static PyObject *T_new(PyTypeObject *t, PyObject *a, PyObject *k) { } OWN_TYPE(T, T_init, T_new)";
        with(text, |roles| {
            assert_eq!(roles.named.get("T_init"), Some(&Role::Init));
            assert_eq!(roles.named.get("T_new"), Some(&Role::New));
            assert_eq!(roles.named.get("m_init"), None);
        });
    }
}

//! Finds the lambdas that a binding generator is handed: `cls.def("name", [](T &self) { … })`.
//!
//! In: a [`Source`] and the functions of a file. Out: each such lambda as a function of its own. The function around it
//! runs once, while the module is made; the lambda runs whenever Python code calls what it is bound to.

use super::declare::parameters;
use super::items::Function;
use super::lex::op;
use super::names::{Effect, scoped, words};
use super::text::Source;
use crate::knowledge::Tables;

/// How many tokens may stand between the parameters of a lambda and its body.
const TAIL: usize = 40;

/// A lambda that Python code calls.
#[derive(Debug, Clone)]
pub struct Lambda {
    /// It, by the name of the function around it.
    pub function: Function,
    /// The function around it, by its index.
    pub outer: usize,
    /// The generator holds a lock of the object, or of what is handed over, for as long as it runs.
    pub locked: bool,
    /// The generator gives up the thread state for as long as it runs.
    pub detached: bool,
}

/// The lambdas that calls in these functions bind, in order. A lambda inside of one is a part of it.
pub fn bound(source: &Source<'_>, functions: &[Function], tables: &Tables) -> Vec<Lambda> {
    let mut out = Vec::new();
    for (index, outer) in functions.iter().enumerate() {
        let (from, to) = outer.body;
        // Calls around the token, with whether they bind; a block between hides those around it.
        let mut open: Vec<(usize, bool)> = Vec::new();
        let aliases = aliases(source, (from, to));
        let mut guarded = Guarded::of(outer);
        let mut calls = 0_usize;
        let mut i = from + 1;
        while i < to {
            guarded.see(source, i, calls == 0);
            if source.is(i, op(b"(")) {
                calls += 1;
                open.push((i, tables.binds(source.word(i.wrapping_sub(1)))));
            } else if source.is(i, op(b"{")) {
                open.push((i, false));
            } else if source.is(i, op(b")")) || source.is(i, op(b"}")) {
                let call = open.pop().is_some_and(|(at, _)| source.is(at, op(b"(")));
                calls -= usize::from(call);
            } else if source.is(i, op(b"["))
                && let Some(call) = binding(source, &open)
                && let Some(mut function) = lambda(source, outer, i, to)
            {
                for param in &mut function.params {
                    if let Some((_, of)) = aliases.iter().find(|(name, _)| *name == param.base) {
                        (*of).clone_into(&mut param.base);
                    }
                }
                let end = function.body.1;
                let close = source.mate(call).unwrap_or(end);
                let within = open.iter().rev().take_while(|(at, _)| *at != call);
                let excepted =
                    guarded.now && within.into_iter().any(|(at, _)| excepts(source.word(at.wrapping_sub(1))));
                let locked = guarded.now && !excepted || locks(source, tables, end, close);
                let detached = detaches(source, end, close);
                out.push(Lambda { function, outer: index, locked, detached });
                i = end + 1;
                continue;
            }
            i += 1;
        }
    }
    out
}

/// Names that a function gives to types: `using Self = Store;`, each with the last word of what it stands for.
fn aliases<'a>(source: &Source<'a>, (from, to): (usize, usize)) -> Vec<(&'a str, &'a str)> {
    let mut out = Vec::new();
    for i in (from..to).filter(|&i| source.word(i) == "using" && source.is(i + 2, op(b"="))) {
        let plain = |t: usize| source.is_ident(t) || source.is(t, op(b"::"));
        let end = (i + 3..to.min(i + 3 + TAIL)).find(|&t| !plain(t));
        if let Some(end) = end.filter(|&end| source.is(end, op(b";"))) {
            out.push((source.word(i + 1), source.word(end - 1)));
        }
    }
    out
}

/// Classes of a project's own that bind each function with a lock around it, `locked_class_<T>(m, "T").def(…)`, and the
/// variables that are of one.
pub(super) struct Guarded<'a> {
    /// Such variables.
    variables: Vec<&'a str>,
    /// The statement binds to such a class.
    pub now: bool,
}

impl<'a> Guarded<'a> {
    /// What the parameters of a function tell.
    pub fn of(outer: &'a Function) -> Self {
        let params = outer.params.iter().filter(|one| guards(&one.base));
        Self { variables: params.map(|one| one.name.as_str()).collect(), now: false }
    }

    /// Looks at the next token; `plain`: it stands in no brackets of a call.
    pub fn see(&mut self, source: &Source<'a>, i: usize, plain: bool) {
        if plain && [op(b";"), op(b"{"), op(b"}")].iter().any(|end| source.is(i, *end)) {
            self.now = false;
        }
        if !plain || !source.is_ident(i) {
            return;
        }
        let word = source.word(i);
        let after = i + 1;
        if source.is(after, op(b"<")) && guards(word) {
            self.now = true;
            // `locked_class_<T> cls(m, "T");`
            let close = (after..after + TAIL).find(|&t| source.is(t, op(b">")) || source.is(t, op(b";")));
            let name = close.map_or(i, |close| close + 1);
            if source.is_ident(name) && self.variables.len() < TAIL {
                self.variables.push(source.word(name));
            }
        } else if source.is(after, op(b".")) || source.is(after, op(b"=")) {
            self.now |= self.variables.contains(&word);
        }
    }
}

/// Whether a class says by its name that it binds with a lock.
fn guards(class: &str) -> bool {
    let words = words(class);
    let has = |word: &str| words.iter().any(|one| one == word);
    has("class") && (has("locked") || has("locking") || has("synchronized"))
}

/// Whether a function around a lambda says by its name that nothing is locked for it.
fn excepts(name: &str) -> bool {
    words(name).iter().any(|one| one == "unlocked")
}

/// The innermost call around a token that binds what it is handed.
fn binding(source: &Source<'_>, open: &[(usize, bool)]) -> Option<usize> {
    let around = open.iter().rev().take_while(|(at, _)| source.is(*at, op(b"(")));
    around.filter(|(_, binds)| *binds).map(|(at, _)| *at).next()
}

/// The lambda whose `[` is token `at`.
fn lambda(source: &Source<'_>, outer: &Function, at: usize, end: usize) -> Option<Function> {
    let before = at.wrapping_sub(1);
    if !source.is(before, op(b"(")) && !source.is(before, op(b",")) {
        return None;
    }
    let mut next = source.after_group(at);
    let mut params = Vec::new();
    if source.is(next, op(b"(")) {
        let close = source.mate(next).filter(|close| *close < end)?;
        params = parameters(source, next, close);
        next = close + 1;
    }
    let open = (next..end.min(next + TAIL))
        .find(|&t| [op(b"{"), op(b","), op(b";"), op(b")")].iter().any(|one| source.is(t, *one)))?;
    let close = source.mate(open).filter(|close| source.is(open, op(b"{")) && *close < end)?;
    Some(Function {
        name: outer.name.clone(),
        class: outer.class.clone(),
        params,
        bound: true,
        is_static: true,
        returns: (String::new(), 0),
        returns_reference: false,
        constant: false,
        head: at,
        name_token: at,
        body: (open, close),
    })
}

/// Whether what a binding call is told after the lambda has it hold a lock meanwhile.
fn locks(source: &Source<'_>, tables: &Tables, from: usize, to: usize) -> bool {
    let mut i = from + 1;
    while i < to {
        if source.is(i, op(b"{")) {
            i = source.after_group(i);
            continue;
        }
        if source.is(i + 1, op(b"(")) && tables.locks_bound(source.word(i)) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a binding call is told after the lambda to hold a guard meanwhile that gives up the thread state:
/// `call_guard<gil_scoped_release>()`.
fn detaches(source: &Source<'_>, from: usize, to: usize) -> bool {
    let given_up = |t: &usize| scoped(source.word(*t)) == Some(Effect::Detach);
    (from + 1..to)
        .filter(|&t| source.is(t + 1, op(b"<")) && source.word(t).ends_with("guard"))
        .any(|t| (t + 2..to.min(t + 2 + TAIL)).take_while(|&t| !source.is(t, op(b">"))).any(|t| given_up(&t)))
}

#[cfg(test)]
mod tests {
    use super::super::{items, lex::tokenize};
    use super::*;

    fn found(text: &str) -> Vec<(String, usize, bool)> {
        let tokens = tokenize(text.as_bytes());
        let source = Source { code: text, tokens: &tokens };
        let functions = items::read(&source).functions;
        let all = bound(&source, &functions, Tables::builtin());
        all.into_iter().map(|one| (one.function.name, one.function.params.len(), one.locked)).collect()
    }

    #[test]
    fn what_is_bound_is_found_and_what_runs_at_once_is_not() {
        let text = "void bind(M &m) { m.def(\"f\", [](int a, T &b) -> int { run([&](int) { }); return a; }, lock_self());\n\
                    cls.def_property(\"x\", [](const T &t) { return t.x; }, [](T &t, int x) { t.x = x; });\n\
                    std::sort(a, b, [](int x, int y) { return x < y; }); int k[3] = {f([] { }), a[1]};\n\
                    m.def(\"g\", py::vectorize([] { return 1; })); }";
        let bind = |params, locked| ("bind".to_owned(), params, locked);
        assert_eq!(found(text), [bind(2, true), bind(1, false), bind(2, false), bind(0, false)]);
    }

    #[test]
    fn a_class_that_binds_with_a_lock_says_so() {
        let text = "void bind(M &m, locked_class_<U> &u) { locked_class_<T, B>(m, \"T\").def_init([](int a) { return T(a); })\n\
                    .def(\"x\", [](T &t) { return t.x; }).def(\"y\", unlocked([](T &) { return 1; }));\n\
                    locked_class_<V> v(m, \"V\"); v.def(\"x\", [](V &v) { return v.x; }); u.def(\"x\", [](U &u) { return u.x; });\n\
                    py::class_<W>(m, \"W\").def(\"x\", [](W &w) { return w.x; }); }";
        let locked: Vec<bool> = found(text).into_iter().map(|one| one.2).collect();
        assert_eq!(locked, [true, true, false, true, true, false]);
    }

    #[test]
    fn hostile_nesting_is_read_in_one_pass() {
        found(&format!("void f() {{ {} }}", "m.def([](".repeat(50_000)));
        found(&format!("void f() {{ {}", "m.def([]{".repeat(50_000)));
    }
}

//! Finds the lambdas that a binding generator is handed: `cls.def("name", [](T &self) { … })`.
//!
//! In: a [`Source`] and the functions of a file. Out: each such lambda as a function of its own. The function around it
//! runs once, while the module is made; the lambda runs whenever Python code calls what it is bound to.

use super::declare::parameters;
use super::items::Function;
use super::lex::op;
use super::names::{Effect, scoped};
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
        let mut i = from + 1;
        while i < to {
            if source.is(i, op(b"(")) {
                open.push((i, tables.binds(source.word(i.wrapping_sub(1)))));
            } else if source.is(i, op(b"{")) {
                open.push((i, false));
            } else if source.is(i, op(b")")) || source.is(i, op(b"}")) {
                open.pop();
            } else if source.is(i, op(b"["))
                && let Some(call) = binding(source, &open)
                && let Some(function) = lambda(source, outer, i, to)
            {
                let end = function.body.1;
                let close = source.mate(call).unwrap_or(end);
                let (locked, detached) = (locks(source, tables, end, close), detaches(source, end, close));
                out.push(Lambda { function, outer: index, locked, detached });
                i = end + 1;
                continue;
            }
            i += 1;
        }
    }
    out
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
    fn hostile_nesting_is_read_in_one_pass() {
        found(&format!("void f() {{ {} }}", "m.def([](".repeat(50_000)));
        found(&format!("void f() {{ {}", "m.def([]{".repeat(50_000)));
    }
}

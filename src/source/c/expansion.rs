//! What the body of a macro does to what it is given and to variables of the file.
//!
//! In: a macro's tokens and the names of its parameters. Out: [`Effects`], which `access` tells wherever the macro is
//! used, as if its body stood there. Bodies are read by their tokens alone, so a path is one name, perhaps in brackets,
//! with its first field.

use super::lex::{Kind, Tokens, op};
use super::names::is_keyword;
use super::summary::Act;
use super::text::Source;
use crate::knowledge::{Knowledge, Trait};

/// What a path in a macro's body begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head<'a> {
    /// A parameter.
    Param(u32),
    /// Any other name: a local where the macro is used, or a variable.
    Name(&'a str),
}

/// One thing that a macro's body does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch<'a> {
    /// The path's first name.
    pub head: Head<'a>,
    /// The type that it is cast to; empty where it is not.
    pub kind: &'a str,
    /// The field; empty for the name itself.
    pub field: &'a str,
    /// More is behind the field.
    pub deep: bool,
    /// What is done.
    pub act: Act,
}

/// What a macro's body does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects<'a> {
    /// To fields and variables.
    pub touches: Vec<Touch<'a>>,
    /// The parameter whose container it borrows an item from.
    pub lends: Option<u32>,
    /// The parameter whose address it hands on first, and to whom: `#define ASSIGN(v, e) assign(&(v), (e))`.
    pub hands: Option<(u32, &'a str)>,
}

/// How much of what one macro does is kept.
const MOST: usize = 16;

/// Reads a macro's body. `cast` tells to which type a macro of the file casts its argument.
pub fn effects<'a>(
    code: &'a str,
    tokens: &Tokens,
    params: &[String],
    cast: &dyn Fn(&str) -> Option<&'a str>,
) -> Effects<'a> {
    let source = &Source { code, tokens };
    // What is kept outlives the tokens.
    let kept = |i: usize| {
        let token = tokens.list.get(i).filter(|token| token.kind == Kind::Ident);
        token.and_then(|t| code.get(t.start as usize..t.end as usize)).unwrap_or_default()
    };
    let mut out = Effects::default();
    let mut owns = false;
    let param = |word: &str| params.iter().position(|one| one == word).and_then(|at| u32::try_from(at).ok());
    for i in 0..source.tokens.list.len() {
        let word = source.word(i);
        if word.is_empty() || is_keyword(word) {
            continue;
        }
        if source.is(i + 1, op(b"(")) {
            let traits = Knowledge::builtin().traits(word);
            owns |= traits.has(Trait::TakesReference);
            if traits.has(Trait::BorrowsFromContainer) {
                let container =
                    source.arguments(i + 1).first().and_then(|&(from, to)| only(source, from, to));
                out.lends = out.lends.or(container.and_then(param));
            }
            let first = source.arguments(i + 1).first().copied();
            let taken = first.filter(|&(from, _)| source.is(from, op(b"&")));
            let taken = taken.and_then(|(from, to)| param(only(source, from + 1, to)?));
            out.hands = out.hands.or(taken.map(|at| (at, kept(i))));
            continue;
        }
        let before = i.wrapping_sub(1);
        let inner = [op(b"->"), op(b"."), op(b"::")].iter().any(|one| source.is(before, *one));
        if inner || out.touches.len() == MOST {
            continue;
        }
        if let Some(touch) = touch(source, i, param(word), &kept, cast) {
            out.touches.push(touch);
        }
    }
    if owns {
        out.lends = None;
    }
    out
}

/// The name that an expression consists of, brackets aside.
fn only<'a>(source: &Source<'a>, mut from: usize, mut to: usize) -> Option<&'a str> {
    while from + 2 < to && source.is(from, op(b"(")) && source.mate(from) == Some(to - 1) {
        (from, to) = (from + 1, to - 1);
    }
    (from + 1 == to && source.is_ident(from)).then(|| source.word(from))
}

fn touch<'a>(
    source: &Source<'_>,
    i: usize,
    param: Option<u32>,
    kept: &dyn Fn(usize) -> &'a str,
    cast: &dyn Fn(&str) -> Option<&'a str>,
) -> Option<Touch<'a>> {
    let (mut from, mut next) = (i, i + 1);
    let mut kind = "";
    loop {
        // `(T *)(x)`
        if let Some(open) =
            from.checked_sub(1).filter(|&t| source.is(t, op(b")"))).and_then(|t| source.mate(t))
            && from - open < 6
            && source.is(from - 2, op(b"*"))
            && source.is_ident(from.saturating_sub(3))
        {
            (kind, from) = (kept(from - 3), open);
        } else if from > 0 && source.is(from - 1, op(b"(")) && source.mate(from - 1) == Some(next) {
            // `(x)->f`; `f(x)` hands it on.
            if from > 1 && source.is_ident(from - 2) && !is_keyword(source.word(from - 2)) {
                let Some(to) = cast(source.word(from - 2)) else { break };
                (kind, from) = (to, from - 1);
            }
            (from, next) = (from - 1, next + 1);
        } else {
            break;
        }
    }
    let head = param.map_or(Head::Name(kept(i)), Head::Param);
    let (mut field, mut deep) = ("", false);
    if (source.is(next, op(b"->")) || source.is(next, op(b"."))) && source.is_ident(next + 1) {
        if source.is(next + 2, op(b"(")) {
            return None;
        }
        field = kept(next + 1);
        next += 2;
    }
    for _ in 0..8 {
        if source.is(next, op(b"[")) {
            next = source.after_group(next);
        } else if (source.is(next, op(b"->")) || source.is(next, op(b"."))) && source.is_ident(next + 1) {
            next += 2;
        } else {
            break;
        }
        deep = true;
    }
    // A parameter by itself is whatever it is given: that is read where the macro is used.
    if field.is_empty() && param.is_some() {
        return None;
    }
    let act = act(source, from, next);
    (!field.is_empty() || act.changes()).then_some(Touch { head, kind, field, deep, act })
}

/// What the tokens around a path do to it.
fn act(source: &Source<'_>, from: usize, next: usize) -> Act {
    let code = |i: usize| match source.kind(i) {
        Some(Kind::Op(code)) => code,
        _ => 0,
    };
    let before = from.wrapping_sub(1);
    let counts = [op(b"+="), op(b"-="), op(b"|="), op(b"&="), op(b"^="), op(b"*="), op(b"++"), op(b"--")];
    if counts.contains(&code(next)) || [op(b"++"), op(b"--")].contains(&code(before)) {
        return Act::Count;
    }
    if code(next) == op(b"=") {
        let null = source.is_null(next + 1) || source.word(next + 1) == "false";
        return if null { Act::Clear } else { Act::Write };
    }
    // The first argument of a call that replaces it, or takes a reference.
    if source.is(before, op(b"(")) {
        let traits = Knowledge::builtin().traits(source.word(before.wrapping_sub(1)));
        if traits.has(Trait::ReplacesField) {
            return Act::Swap;
        }
        if traits.has(Trait::TakesReference) {
            return Act::Borrow;
        }
    }
    Act::Read
}

#[cfg(test)]
mod tests {
    use super::super::lex::tokenize;
    use super::*;

    fn of(text: &str, params: &[&str]) -> String {
        let tokens = tokenize(text.as_bytes());
        let params: Vec<String> = params.iter().map(|one| (*one).to_owned()).collect();
        let all = effects(text, &tokens, &params, &|name| (name == "AS_T").then_some("T"));
        let one = |touch: &Touch<'_>| {
            let kind = if touch.kind.is_empty() { String::new() } else { format!("as {} ", touch.kind) };
            let deep = if touch.deep { "+" } else { "" };
            format!("{:?} {kind}.{}{deep} {:?}", touch.head, touch.field, touch.act).replace(" .", ".")
        };
        let touches: Vec<String> = all.touches.iter().map(one).collect();
        format!("{} {:?}", touches.join(", "), all.lends)
    }

    #[test]
    fn a_body_tells_what_it_changes_and_lends() {
        assert_eq!(of("(++version)", &[]), "Name(\"version\"). Count None");
        assert_eq!(of("((l)->size)", &["l"]), "Param(0).size Read None");
        assert_eq!(
            of("do { (s)->n -= 1; Py_CLEAR((s)->o); } while (0)", &["s"]),
            "Param(0).n Count, Param(0).o Swap None"
        );
        assert_eq!(of("(self->items[i].x = (v))", &["i", "v"]), "Name(\"self\").items+ Write None");
        assert_eq!(of("PyList_GET_ITEM((x), (i))", &["x", "i"]), " Some(0)");
        assert_eq!(of("Py_NewRef(PyList_GET_ITEM(x, i))", &["x", "i"]), " None");
        assert_eq!(of("f(x)->y", &["x"]), " None");
        assert_eq!(of("(((T *)(x))->y)", &["x"]), "Param(0) as T.y Read None");
        assert_eq!(of("AS_T(x)->y", &["x"]), "Param(0) as T.y Read None");
        assert_eq!(of("((struct S *)x)->y[0]", &["x"]), "Param(0) as S.y+ Read None");
        assert_eq!(of("", &[]), " None");
    }
}

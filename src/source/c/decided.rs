//! Branches that never run: `if (0)` and `0 ? a : b`, which macros leave behind, and `if (M(x))` where the file defines `M`
//! as a number.
//!
//! In: code with its tokens, and the macros of the file. Out: the same code with what never runs blank, so that no reader
//! takes it for something that happens. A macro that is only a default (`#ifndef M`), or that has two values in branches
//! that may both be compiled, decides nothing.

use std::collections::HashMap;

use super::lex::{Kind, Tokens, op};
use super::preprocess::{Guarded, Macro};
use super::text::Source;

/// How deep statements are followed into each other.
const DEPTH: usize = 64;

/// Longest replacement that is taken for a number, in bytes.
const LONGEST: u32 = 24;

/// How many tokens and groups of a statement or choice are passed over for its end. Without a bound, a line of `if (0)`
/// without an end would be read once for each.
const STATEMENT: usize = 512;

/// How many conditions around a macro are looked at for its name, from the innermost one, and the longest that is, in bytes.
const AROUND: (usize, usize) = (8, 512);

/// Blanks what never runs in `code`, and tells whether there was any.
pub(super) fn blank(
    text: &str,
    code: &mut String,
    tokens: &Tokens,
    macros: &[Macro],
    guarded: &[Guarded],
) -> bool {
    let values = values(text, macros, guarded);
    let mut dead: Vec<(u32, u32)> = Vec::new();
    let source = Source { code, tokens };
    let mut i = 0;
    while i < tokens.list.len() {
        if source.is_ident(i)
            && source.word(i) == "if"
            && source.word(i.wrapping_sub(1)) != "else"
            && let Some(holds) = decides(&source, i + 1, &values)
            && let Some(then) = statement(&source, source.after_group(i + 1), 0)
        {
            let other = (source.word(then) == "else").then(|| statement(&source, then + 1, 0)).flatten();
            match other {
                Some(end) if holds => dead.push((source.start(then), source.end(end - 1))),
                None if holds => {}
                Some(_) => dead.push((source.start(i), source.end(then))),
                None if source.word(then) == "else" => {}
                None => dead.push((source.start(i), source.end(then - 1))),
            }
        } else if source.kind(i) == Some(Kind::Number) && source.is(i + 1, op(b"?")) {
            dead.extend(choice(&source, i).into_iter().flatten());
        }
        i += 1;
    }
    if dead.is_empty() {
        return false;
    }
    dead.sort_unstable();
    let mut bytes = std::mem::take(code).into_bytes();
    let mut done = 0;
    for (from, to) in dead {
        // What lies within another stretch is blank already.
        let range = bytes.get_mut(from.max(done) as usize..to as usize).unwrap_or_default();
        range.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        done = done.max(to);
    }
    *code = String::from_utf8(bytes).unwrap_or_else(|error| super::ascii(error.as_bytes()));
    true
}

/// Macros that stand for a number, and whether it is another than zero.
fn values<'m>(text: &str, macros: &'m [Macro], guarded: &[Guarded]) -> HashMap<&'m str, Option<bool>> {
    let mut out: HashMap<&str, Option<bool>> = HashMap::new();
    let mut opening = guarded.iter().peekable();
    let mut around: Vec<&Guarded> = Vec::new();
    for one in macros {
        while let Some(guard) = opening.next_if(|guard| guard.start <= one.at) {
            while around.last().is_some_and(|outer| outer.end <= guard.start) {
                around.pop();
            }
            around.push(guard);
        }
        while around.last().is_some_and(|guard| guard.end <= one.at) {
            around.pop();
        }
        let asks = |guard: &&Guarded| {
            guard.condition.len() > AROUND.1 || guard.condition.contains(one.name.as_str())
        };
        let by_default = || around.iter().rev().take(AROUND.0).any(asks);
        let value = number(text, one).filter(|_| !by_default());
        out.entry(&one.name).and_modify(|old| *old = old.filter(|old| Some(*old) == value)).or_insert(value);
    }
    out
}

/// Whether a macro's replacement is a number other than zero.
fn number(text: &str, one: &Macro) -> Option<bool> {
    let (from, to) = one.body;
    let meant = text.get(from as usize..to as usize).filter(|_| to.saturating_sub(from) <= LONGEST)?;
    match meant.trim().trim_start_matches('(').trim_end_matches(')').trim() {
        "true" => Some(true),
        "false" => Some(false),
        digits => digits.parse::<i64>().ok().map(|number| number != 0),
    }
}

/// Whether the condition in the brackets at `open` always holds, or never.
fn decides(source: &Source<'_>, open: usize, values: &HashMap<&str, Option<bool>>) -> Option<bool> {
    let close = source.mate(open).filter(|_| source.is(open, op(b"(")))?;
    let turned = source.is(open + 1, op(b"!"));
    let first = open + 1 + usize::from(turned);
    let alone = first + 1 == close;
    let holds = match source.kind(first)? {
        Kind::Number if alone => source.text(first).parse::<i64>().ok().map(|number| number != 0),
        Kind::Ident if alone || source.is(first + 1, op(b"(")) && source.after_group(first + 1) == close => {
            values.get(source.word(first)).copied().flatten()
        }
        _ => None,
    };
    holds.map(|holds| holds != turned)
}

/// What a choice by the number at `i` leaves out: what stands before and behind the value that it takes.
fn choice(source: &Source<'_>, i: usize) -> Option<[(u32, u32); 2]> {
    let holds = source.text(i).parse::<i64>().ok()? != 0;
    let before = i.checked_sub(1)?;
    let begins = [b"=".as_slice(), b"(", b","].iter().any(|sign| source.is(before, op(sign)));
    if !begins && source.word(before) != "return" {
        return None;
    }
    let until = |from: usize, ends: &[&[u8]]| {
        let mut at = from;
        for _ in 0..STATEMENT {
            if at >= source.tokens.list.len() || ends.iter().any(|end| source.is(at, op(end))) {
                break;
            }
            // One choice within another is left alone.
            if [b"?".as_slice(), b";", b"{", b"}", b")"].iter().any(|end| source.is(at, op(end))) {
                return None;
            }
            at = source.after_group(at);
        }
        ends.iter().any(|end| source.is(at, op(end))).then_some(at)
    };
    let colon = until(i + 2, &[b":"])?;
    let end = until(colon + 1, &[b";", b",", b")"])?;
    let nothing = (source.start(i), source.start(i));
    Some(if holds {
        [(source.start(i), source.end(i + 1)), (source.start(colon), source.end(end - 1))]
    } else {
        [(source.start(i), source.end(colon)), nothing]
    })
}

/// The token after the statement that begins at `i`.
fn statement(source: &Source<'_>, i: usize, depth: usize) -> Option<usize> {
    if depth > DEPTH {
        return None;
    }
    let inner = |at: usize| statement(source, at, depth + 1);
    match source.word(i) {
        "if" => {
            let then = inner(source.after_group(i + 1))?;
            if source.word(then) == "else" { inner(then + 1) } else { Some(then) }
        }
        "for" | "while" | "switch" => inner(source.after_group(i + 1)),
        // What ends by a condition or stands behind a label is rare in a branch, and left alone.
        "do" | "case" | "default" | "else" => None,
        _ if source.is(i, op(b"{")) => Some(source.after_group(i)),
        _ => {
            let mut at = i;
            for _ in 0..STATEMENT {
                if source.is(at, op(b";")) {
                    return Some(at + 1);
                }
                if at >= source.tokens.list.len() || source.is(at, op(b"}")) {
                    return None;
                }
                at = source.after_group(at);
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CFile;

    fn code(text: &str) -> String {
        let file = CFile::read("a.c", text.as_bytes());
        assert_eq!(file.code.len(), text.len());
        file.code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_number_decides_is_blank() {
        assert_eq!(code("void f(void) { if (0) g(); h(); }"), "void f(void) { h(); }");
        assert_eq!(code("void f(void) { if (0) { g(); } else { h(); } }"), "void f(void) { { h(); } }");
        assert_eq!(
            code("void f(void) { if (1) g(); else if (x) h(); else k(); l(); }"),
            "void f(void) { if (1) g(); l(); }"
        );
        assert_eq!(
            code("#define LOCKS(x) 1\nvoid f(void) { if (LOCKS(a)) { g(); } else { h(); } }"),
            "void f(void) { if (LOCKS(a)) { g(); } }"
        );
    }

    #[test]
    fn what_macros_leave_behind_is_blank() {
        assert_eq!(
            code("void f(void) { x = 0 ? g(a, b) : h(c); k(1 ? d : e, 2); }"),
            "void f(void) { x = h(c); k( d , 2); }"
        );
        assert_eq!(code("void f(void) { if (!0) g(); else h(); }"), "void f(void) { if (!0) g(); }");
        let nested = "void f(void) { x = 0 ? a ? b : c : d; y = n - 0 ? a : b; }";
        assert_eq!(code(nested), nested);
    }

    #[test]
    fn what_may_have_another_value_decides_nothing() {
        let used = "void f(void) { if (LOCKS) { g(); } else { h(); } }";
        for text in [
            "#ifndef LOCKS\n#define LOCKS 0\n#endif\n",
            "#ifdef A\n#define LOCKS 0\n#else\n#define LOCKS 1\n#endif\n",
            "#define LOCKS known()\n",
            "",
        ] {
            assert_eq!(code(&format!("{text}{used}")), used);
        }
        assert_eq!(
            code("void f(void) { do { g(); } while (0); }"),
            "void f(void) { do { g(); } while (0); }"
        );
    }
}

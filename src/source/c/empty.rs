//! Reads the conditions by which code finds that something is not there yet.
//!
//! In: a [`Body`] and where a path stands in a condition. Out: what is reached if nothing was there: code that fills it.

use super::body::Body;
use super::lex::op;

/// Whether the member function called on a path asks if anything is there, and if so whether the condition holds when there
/// is nothing: `x.empty()`, `!x.has_value()`, `x.get() == nullptr`.
pub(super) fn asks(body: &Body<'_>, from: usize, to: usize) -> Option<bool> {
    let source = &body.source;
    let end = source.after_group(to + 2);
    let negated = source.is(from.wrapping_sub(1), op(b"!"));
    let null = is_null(body, end + 1);
    match source.word(to + 1) {
        "empty" => Some(!negated),
        "has_value" => Some(negated),
        "get" if source.is(end, op(b"==")) && null => Some(true),
        "get" if source.is(end, op(b"!=")) && null => Some(false),
        "get" if negated => Some(true),
        _ => None,
    }
}

/// How many brackets around a test are looked at for its `if`.
const NESTED: usize = 16;

/// How many tokens a statement without curly brackets is followed for.
const STATEMENT: usize = 400;

/// Where code is reached with what a test at token `i` found empty. `missing`: the condition holds if it is.
pub(super) fn when_empty(body: &Body<'_>, open: &[usize], i: usize, missing: bool) -> (usize, usize) {
    let source = &body.source;
    let end = body.function.body.1;
    let test = open.iter().rev().take(NESTED).find(|&&at| source.word(at.wrapping_sub(1)) == "if");
    let Some(close) = test.and_then(|&bracket| source.mate(bracket)).filter(|&close| close >= i) else {
        // `a ? a : (a = make())`, `while (…)`: no telling.
        return (i, end);
    };
    let then = close + 1;
    let (after, leaves) = if source.is(then, op(b"{")) {
        (source.after_group(then), super::regions::leaves(body, then))
    } else {
        let word = source.word(then);
        let leaves = matches!(word, "return" | "goto" | "break" | "continue" | "throw");
        (body.expression_end(then, end.min(then + STATEMENT)) + 1, leaves || word.contains("RETURN"))
    };
    match (missing, leaves) {
        (true, true) => (then, after),
        (true, false) => (then, end),
        (false, true) => (after, end),
        (false, false) if source.word(after) == "else" => (after, end),
        (false, false) => (0, 0),
    }
}

/// Whether what stands alone in the innermost of these brackets is a condition.
pub(super) fn tests(body: &Body<'_>, open: &[usize]) -> bool {
    let before = |open: &usize| body.source.word(open.wrapping_sub(1));
    let mut around = open.iter().rev().take(NESTED).map(before);
    around.find(|word| !hints(word)).is_some_and(|word| matches!(word, "if" | "while"))
}

/// Whether a macro only tells the compiler how its argument will turn out.
pub(super) fn hints(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name.ends_with("likely") || name.ends_with("LIKELY")
}

pub(super) fn is_null(body: &Body<'_>, i: usize) -> bool {
    body.source.is_null(i) || body.source.word(i) == "Py_None"
}

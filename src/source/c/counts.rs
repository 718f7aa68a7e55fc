//! Finds counts of owners that a project keeps in plain numbers: what is counted down, asked whether it is zero, and then
//! has its memory freed.
//!
//! In: the functions of a file. Out: where that is done, and to what. `if (--x->refs == 0) free(x);` and
//! `x->refs--; if (x->refs <= 0) destroy(x);`. Two owners on two threads may both see zero, or neither.

use super::body::Body;
use super::empty::when_empty;
use super::lex::op;
use super::names::words;
use super::regions;
use super::scan::{Read, Scan};
use super::summary::{CountSeen, Namer};

/// How many tokens a path may have.
const PATH: usize = 16;

/// How many counts of a function are looked at.
const MOST: usize = 32;

/// The counts that functions of the file count down, and free what they count.
pub(super) fn seen(scan: &Scan<'_>, namer: &mut Namer) -> Vec<CountSeen> {
    let mut out = Vec::new();
    for (index, read) in scan.functions.iter().enumerate() {
        let (from, to) = read.body.function.body;
        let mut open: Vec<usize> = Vec::new();
        let mut left = MOST;
        for i in from + 1..to {
            let source = &read.body.source;
            if source.is(i, op(b"(")) {
                open.push(i);
            } else if source.is(i, op(b")")) {
                open.pop();
            } else if left > 0 && (source.is(i, op(b"--")) || source.is(i, op(b"-="))) {
                left -= 1;
                if !scan.is_elsewhere(index, i)
                    && let Some(path) = path(&read.body, i)
                    && let Some(freed) = freed(&read.body, i, &path, &open)
                    && frees(&read.body, freed, &path)
                {
                    out.extend(tell(scan, (index, read), &path, namer));
                }
            }
        }
    }
    out
}

/// The path to a count.
struct Path {
    /// Its tokens.
    from: usize,
    to: usize,
    /// Where the field begins that counts: at its `->`. The end where a pointer leads to the count itself.
    field: usize,
    /// The operator stands before it.
    prefix: bool,
}

/// The path that an operator counts down.
fn path(body: &Body<'_>, i: usize) -> Option<Path> {
    let source = &body.source;
    let step = source.is(i, op(b"-="));
    if step && !(source.text(i + 1) == "1" && ends(body, i + 2)) {
        return None;
    }
    let before = i.wrapping_sub(1);
    if step || source.is_ident(before) {
        let from = body.path_start(before);
        return parted(body, from, i, false);
    }
    // `--*(size_t *)p`, `--(x->refs)`
    let mut at = i + 1;
    let (mut star, mut end) = (false, None);
    for _ in 0..4 {
        if source.is(at, op(b"*")) {
            star = true;
            at += 1;
        } else if source.is(at, op(b"(")) {
            let close = source.mate(at).filter(|close| *close > at)?;
            if body.is_type(at + 1, close) && source.is_ident(close + 1) {
                at = close + 1;
            } else {
                end = Some(close);
                at += 1;
            }
        } else {
            break;
        }
    }
    let mut to = at;
    while to < at + PATH && source.is_ident(to) {
        let arrow = source.is(to + 1, op(b"->")) || source.is(to + 1, op(b"."));
        to += if arrow { 2 } else { 1 };
        if !arrow {
            break;
        }
    }
    if end.is_some_and(|end| end != to) {
        return None;
    }
    if star {
        return (to == at + 1).then_some(Path { from: at, to, field: to, prefix: true });
    }
    parted(body, at, to, true)
}

/// A path of names and arrows.
fn parted(body: &Body<'_>, from: usize, to: usize, prefix: bool) -> Option<Path> {
    let source = &body.source;
    let arrow = |t: usize| source.is(t, op(b"->")) || source.is(t, op(b"."));
    let plain = to > from && to - from <= PATH && (from..to).all(|t| source.is_ident(t) || arrow(t));
    let last = to.wrapping_sub(2);
    let field = if last > from && arrow(last) { last } else { from };
    let member =
        || to == from + 1 && body.function.class.is_some() && !body.locals.contains_key(source.word(from));
    (plain && (field > from || member())).then_some(Path { from, to, field, prefix })
}

fn ends(body: &Body<'_>, i: usize) -> bool {
    [op(b";"), op(b")"), op(b",")].iter().any(|one| body.source.is(i, *one))
}

/// What is reached with the count at zero.
fn freed(body: &Body<'_>, i: usize, path: &Path, open: &[usize]) -> Option<(usize, usize)> {
    let source = &body.source;
    let (first, mut after) = if path.prefix { (i, path.to) } else { (path.from, i + 1) };
    if source.is(i, op(b"-=")) {
        after += 1;
    }
    let zero = if path.prefix || source.is(i, op(b"-=")) { 0 } else { 1 };
    let mut before = first.wrapping_sub(1);
    while source.is(before, op(b"("))
        && source.is(after, op(b")"))
        && !source.is_ident(before.wrapping_sub(1))
    {
        (before, after) = (before - 1, after + 1);
    }
    if source.is(after, op(b")")) && path.prefix && source.mate(after).is_some_and(|open| open > i) {
        after += 1;
    }
    if let Some(missing) = asked(body, before, after, zero) {
        let range = when_empty(body, open, first, missing);
        return (range.1 > range.0 && conditional(body, open)).then_some(range);
    }
    if !source.is(after, op(b";")) {
        return None;
    }
    // `n = --x->refs; if (n == 0)`, `x->refs--; if (x->refs == 0)`
    let name =
        source.is(before, op(b"=")).then(|| source.word(before.wrapping_sub(1))).filter(|n| !n.is_empty());
    let test = after + 1;
    if source.word(test) != "if" || !source.is(test + 1, op(b"(")) || name.is_some() && zero == 1 {
        return None;
    }
    let close = source.mate(test + 1).filter(|close| *close > test)?;
    let written = match name {
        Some(name) => name.to_owned(),
        None => regions::text(body, path.from, path.to),
    };
    let len = if name.is_some() { 1 } else { path.to - path.from };
    let at = (test + 2..close)
        .find(|&t| regions::text(body, t, t + len) == written && !source.is(t.wrapping_sub(1), op(b"->")))?;
    let missing = asked(body, at - 1, at + len, 0)?;
    let range = when_empty(body, &[test + 1], at, missing);
    (range.1 > range.0).then_some(range)
}

/// Whether what stands alone in brackets is the condition of an `if`.
fn conditional(body: &Body<'_>, open: &[usize]) -> bool {
    open.iter().rev().take(4).any(|at| body.source.word(at.wrapping_sub(1)) == "if")
}

/// Whether a value is asked for zero, `zero` being what it has when the count is there; and whether the condition holds then.
fn asked(body: &Body<'_>, before: usize, after: usize, zero: u8) -> Option<bool> {
    let source = &body.source;
    let bound = source.text(after + 1);
    let (none, one) = if zero == 0 { ("0", "1") } else { ("1", "2") };
    let is = |code: &[u8]| source.is(after, op(code));
    if is(b"==") || is(b"<=") {
        return (bound == none).then_some(true);
    }
    if is(b"!=") || is(b">") {
        return (bound == none).then_some(false);
    }
    if is(b"<") || is(b">=") {
        return (bound == one).then(|| is(b"<"));
    }
    let alone = is(b")") || is(b"&&") || is(b"||");
    if zero != 0 || !alone {
        return None;
    }
    if source.is(before, op(b"!")) {
        return Some(true);
    }
    (source.is(before, op(b"(")) && source.word(before.wrapping_sub(1)) == "if").then_some(false)
}

/// Whether something in these tokens frees what a path's count belongs to.
fn frees(body: &Body<'_>, (from, to): (usize, usize), path: &Path) -> bool {
    let source = &body.source;
    let bare = path.field == path.from;
    let owner = if bare { "this".to_owned() } else { regions::text(body, path.from, path.field) };
    let len = if bare { 1 } else { path.field - path.from };
    // `delete x`, `delete[] x`
    let deleted = (from..to).filter(|&t| source.word(t) == "delete").any(|t| {
        let at = if source.is(t + 1, op(b"[")) { source.after_group(t + 1) } else { t + 1 };
        regions::text(body, at, at + len) == owner && !source.is(at + len, op(b"->"))
    });
    deleted
        || body.calls_between(from, to).any(|call| {
            if !says_end(source.word(call.name)) {
                return false;
            }
            let arguments = source.arguments(call.open);
            let before = call.name.wrapping_sub(1);
            let own = || !source.is(before, op(b".")) && !source.is(before, op(b"->"));
            // `dispose()` in a member function.
            arguments.is_empty() && bare && own()
                || arguments.iter().any(|&(from, to)| regions::text(body, from, to) == owner)
        })
}

/// Whether a function's name says that it frees what it is handed.
fn says_end(name: &str) -> bool {
    let words = words(name);
    let ends = |word: &String| {
        matches!(
            word.as_str(),
            "free" | "delete" | "destroy" | "dispose" | "dealloc" | "deallocate" | "finalize" | "del"
        ) || word.ends_with("free")
            || word.ends_with("dealloc")
    };
    words.iter().any(ends)
}

fn tell(
    scan: &Scan<'_>,
    (index, read): (usize, &Read<'_>),
    path: &Path,
    namer: &mut Namer,
) -> Option<CountSeen> {
    let body = &read.body;
    let source = &body.source;
    let first = source.word(path.from);
    let class = || body.function.class.as_deref();
    // The type of what the path begins with, and from where on its fields are named.
    let (kind, fields) = match body.locals.get(first) {
        Some(local) if path.field < path.to && path.field > path.from => {
            (local.declared.base.as_str(), path.from + 2)
        }
        Some(_) => return None,
        None if first == "this" && path.field < path.to => (class()?, path.from + 2),
        None => (class()?, path.from),
    };
    let names = |from: usize, to: usize| -> String {
        let list: Vec<&str> = (from..to).map(|t| source.word(t)).filter(|word| !word.is_empty()).collect();
        list.join(".")
    };
    // A pointer to the count itself: what it leads to is what is counted.
    let behind = path.field == path.to;
    let (steps, field) = if behind {
        (names(fields, path.to), String::new())
    } else {
        (names(fields, path.field), names(path.to - 1, path.to))
    };
    let field = if field == "ob_refcnt" { return None } else { field };
    Some(CountSeen {
        function: index as u32,
        kind: namer.number(kind),
        steps: namer.number(&steps),
        field: namer.number(&field),
        text: namer.number(&regions::text(body, path.from, path.to)),
        bits: scan.bits(read, path.from),
        place: scan.place(path.from, path.to),
    })
}

//! Locks of objects that are made when they are first wanted, and taken only if they are there: until then nothing keeps
//! threads apart but the GIL, and afterwards those who came before still run.
//!
//! In: the functions and macros of a file. Out: where such a lock is made, where it is taken or not, and macros that take
//! one so. `if (self->lock) { PyThread_acquire_lock(self->lock, 1); … } else { … }`.

use std::collections::BTreeSet;

use super::body::Body;
use super::declare::is_made_lock;
use super::empty::is_null;
use super::lex::{Tokens, lex_range, op, pair};
use super::scan::Scan;
use super::summary::{Bits, CSeen, LateSeen, Namer};
use super::text::Source;
use crate::knowledge::{Knowledge, Trait};

/// Longest body of a macro that is read, in bytes.
const LONGEST: usize = 2000;

/// Among how many tokens the `if` of a macro is looked for: a few may stand before it, such as `do {`.
const HEAD: usize = 4;

/// Tells both of a file.
pub(super) fn tell(scan: &Scan<'_>, out: &mut CSeen, namer: &mut Namer) {
    let macros = macros(scan);
    out.late = seen(scan, &macros, namer);
    out.late_macros = macros.iter().map(|(name, field)| (namer.number(name), namer.number(field))).collect();
}

/// The macros of a file that take a lock which their argument has, if it has one: their names, and the fields'.
fn macros<'a>(scan: &Scan<'a>) -> Vec<(&'a str, &'a str)> {
    let mut out = Vec::new();
    let text = &scan.file.text;
    for one in &scan.file.macros {
        let (from, to) = one.body;
        let body = text.get(from as usize..to as usize).unwrap_or_default();
        if one.params.is_none() || body.len() > LONGEST || !body.contains("->") {
            continue;
        }
        let mut list = Vec::new();
        lex_range(text.as_bytes(), from as usize, to as usize, &mut list);
        let mate = pair(&list);
        let tokens = Tokens { list, mate };
        let source = Source { code: text, tokens: &tokens };
        let head = (0..tokens.list.len().min(HEAD)).find(|&i| source.word(i) == "if");
        if let Some((_, at)) = head.and_then(|head| condition(&source, head))
            && let Some(token) = tokens.list.get(at)
            && let Some(field) = text.get(token.start as usize..token.end as usize)
            && (at..tokens.list.len()).any(|i| takes(&source, i, field))
        {
            out.push((one.name.as_str(), field));
        }
    }
    out
}

/// A place where such a lock is made, or taken if it is there.
struct Found<'a> {
    /// Which function.
    index: usize,
    field: &'a str,
    /// Tokens of the path to the field.
    path: (usize, usize),
    /// Tokens that are told of.
    told: (usize, usize),
    /// It is made there.
    makes: bool,
}

/// Where the file's objects get such locks, and where these are taken if they are there; nothing where all objects have
/// theirs from the beginning.
fn seen(scan: &Scan<'_>, macros: &[(&str, &str)], namer: &mut Namer) -> Vec<LateSeen> {
    let fields = scan.file.items.types.iter().flat_map(|one| &one.fields);
    let locks: BTreeSet<&str> = fields.filter(|one| is_made_lock(one)).map(|one| one.name.as_str()).collect();
    let mut out = Vec::new();
    if locks.is_empty() {
        return out;
    }
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut late: BTreeSet<&str> = BTreeSet::new();
    let mut always: BTreeSet<&str> = BTreeSet::new();
    for (index, read) in scan.functions.iter().take(scan.plain()).enumerate() {
        let body = &read.body;
        let source = body.source;
        let (from, to) = body.function.body;
        for i in (from..to).filter(|&i| locks.contains(source.word(i)) && is_given(&source, i)) {
            let field = source.word(i);
            match tested(body, i) {
                Some(test) if !read.always.any(Bits::SAFE) => {
                    late.insert(field);
                    let path = (body.path_start(i), i + 1);
                    found.push(Found { index, field, path, told: (test, i + 1), makes: true });
                }
                _ => {
                    always.insert(field);
                }
            }
        }
    }
    late.retain(|field| !always.contains(field));
    if late.is_empty() {
        return out;
    }
    for (index, read) in scan.functions.iter().take(scan.plain()).enumerate() {
        let body = &read.body;
        let source = &body.source;
        let (from, to) = body.function.body;
        for i in (from..to).filter(|&i| !read.always.any(Bits::SAFE) && source.is(i + 1, op(b"("))) {
            let close = source.after_group(i + 1);
            if let Some((field, at)) = condition(source, i) {
                let braces = source.is(close, op(b"{"));
                let after =
                    if braces { source.after_group(close) } else { body.expression_end(close, to) + 1 };
                if (close..after).any(|t| takes(source, t, field)) {
                    // What runs without the lock is what is told.
                    let bare = source.word(after) == "else";
                    let told = if bare { (after, after + 3) } else { (i, close) };
                    let path = (body.path_start(at), at + 1);
                    found.push(Found { index, field, path, told, makes: false });
                }
            } else if let Some((_, field)) = macros.iter().find(|(name, _)| *name == source.word(i)) {
                found.push(Found { index, field, path: (i + 2, close - 1), told: (i, close), makes: false });
            }
        }
    }
    for Found { index, field, path: (from, to), told: (first, last), makes } in found {
        let Some(read) = scan.functions.get(index).filter(|_| late.contains(field)) else { continue };
        let path = super::regions::text(&read.body, from, to);
        let variable = if path.ends_with(field) { path } else { format!("{path}->{field}") };
        out.push(LateSeen {
            function: index as u32,
            field: namer.number(field),
            variable: namer.number(&variable),
            makes,
            bits: scan.bits(read, first),
            place: scan.place(first, last),
        });
    }
    out
}

/// The field that the condition of the `if` at a token asks for, and its token: `if (a->f)`, `if (a->f != NULL)`.
fn condition<'a>(source: &Source<'a>, at: usize) -> Option<(&'a str, usize)> {
    let close = source.mate(at + 1).filter(|_| source.word(at) == "if" && source.is(at + 1, op(b"(")))?;
    let field = (at + 2..close).find(|&i| source.is_ident(i) && source.is(i.wrapping_sub(1), op(b"->")))?;
    let rest = field + 1 == close || source.is(field + 1, op(b"!=")) && field + 3 == close;
    let negated = (at + 2..field).any(|i| source.is(i, op(b"!")));
    (rest && !negated).then(|| (source.word(field), field))
}

/// Whether a lock in a field of that name is taken at a token.
fn takes(source: &Source<'_>, i: usize, field: &str) -> bool {
    let last = |&(from, to): &(usize, usize)| {
        to > from + 1 && source.word(to - 1) == field && source.is(to - 2, op(b"->"))
    };
    source.is_ident(i)
        && source.is(i + 1, op(b"("))
        && Knowledge::builtin().traits(source.word(i)).has(Trait::MutexLock)
        && source.arguments(i + 1).first().is_some_and(last)
}

/// Whether a field is given what a function returns.
fn is_given(source: &Source<'_>, i: usize) -> bool {
    source.is(i.wrapping_sub(1), op(b"->"))
        && source.is(i + 1, op(b"="))
        && source.is_ident(i + 2)
        && source.is(i + 3, op(b"("))
}

/// The `if` that finds the field at a token empty, and in whose statement or block it is given something.
fn tested(body: &Body<'_>, i: usize) -> Option<usize> {
    let source = &body.source;
    let start = body.path_start(i);
    let before = start.wrapping_sub(1);
    let close = if source.is(before, op(b")")) { before } else { body.block_at(start)?.open.wrapping_sub(1) };
    let open = source.mate(close).filter(|&open| source.is(close, op(b")")) && open < close)?;
    let head = open.checked_sub(1).filter(|&head| source.word(head) == "if")?;
    let empty = |t: usize| {
        let equal = source.is(t + 1, op(b"==")) && is_null(body, t + 2);
        source.word(t) == source.word(i) && (equal || source.is(body.path_start(t).wrapping_sub(1), op(b"!")))
    };
    (open..close).any(empty).then_some(head)
}

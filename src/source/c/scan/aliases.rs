//! Other names of classes: `using Node = Object<lib::Node const>;` where all files of a project may see it.
//!
//! In: a file's tokens. Out: names at the level of namespaces with the class each stands for, template arguments left out.

use super::super::lex::op;
use super::super::text::Source;

/// Most tokens of one alias.
const LONGEST: usize = 60;

/// Most aliases of a file that are kept.
const MOST: usize = 1_000;

/// The names and what they stand for, as tokens.
pub(super) fn aliases(source: &Source<'_>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    // For each open bracket whether it is a namespace's.
    let mut open: Vec<bool> = Vec::new();
    // What was seen since the last statement.
    let mut namespace = false;
    for i in 0..source.tokens.list.len() {
        if source.is(i, op(b"{")) {
            open.push(namespace);
            namespace = false;
        } else if source.is(i, op(b"}")) {
            open.pop();
            namespace = false;
        } else if source.is(i, op(b";")) || source.is(i, op(b")")) {
            namespace = false;
        } else if source.word(i) == "namespace" {
            namespace = true;
        } else if source.word(i) == "using"
            && source.is(i + 2, op(b"="))
            && source.is_ident(i + 1)
            && open.iter().all(|one| *one)
            && out.len() < MOST
        {
            out.extend(class(source, i + 3).map(|of| (i + 1, of)));
        }
    }
    out
}

/// The last word of a class's name that is all there is up to the `;`, template arguments aside.
fn class(source: &Source<'_>, mut i: usize) -> Option<usize> {
    while source.is_ident(i) && (source.is(i + 1, op(b"::")) || source.word(i) == "typename") {
        i += if source.is(i + 1, op(b"::")) { 2 } else { 1 };
    }
    let end = (i..i + LONGEST).find(|&t| source.is(t, op(b";")))?;
    let closed =
        source.is(i + 1, op(b"<")) && [op(b">"), op(b">>")].iter().any(|one| source.is(end - 1, *one));
    // `Y<T>::iterator` is a class of its own.
    let inner = (i + 1..end).any(|t| source.is(t, op(b"::")) && source.is(t.wrapping_sub(1), op(b">")));
    (source.is_ident(i) && (end == i + 1 || closed && !inner)).then_some(i)
}

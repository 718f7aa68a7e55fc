//! Functions that a library calls back: with an address that somebody registered together with the function.
//!
//! In: a function's parameters and body. Out: the type that such an address stands for.

use super::super::declare::Variable;
use super::super::lex::op;
use super::super::regions::Hold;
use super::Read;

/// The type that all of a function takes a bare address for, if it takes the GIL itself: whoever calls it has none, so it is
/// nothing's helper, and what it is handed is as much others' as what Python hands a method.
pub(super) fn cast<'a>(read: &'a Read<'_>, param: &Variable) -> Option<&'a str> {
    let bare = param.base == "void" && param.pointers == 1 && !param.name.is_empty();
    if !bare || !read.stretches.list.iter().any(|one| one.hold == Hold::Ensured) {
        return None;
    }
    let source = &read.body.source;
    let (from, to) = read.body.function.body;
    let mut found = None;
    for at in (from..to).filter(|at| source.word(*at) == param.name) {
        let before = |n: usize| at.wrapping_sub(n);
        // `(T *)p`, `T *x = p;`
        let cast = source.is(before(1), op(b")"))
            && source.is(before(2), op(b"*"))
            && source.is(before(4), op(b"("));
        let given =
            source.is(before(1), op(b"=")) && source.is(before(3), op(b"*")) && source.is(at + 1, op(b";"));
        let kind = match (cast, given) {
            (true, _) => source.word(before(3)),
            (_, true) => source.word(before(4)),
            _ => continue,
        };
        if kind.is_empty() || found.is_some_and(|known| known != kind) {
            return None;
        }
        found = Some(kind);
    }
    found
}

//! Macros that take a lock only if somebody says that it has to be taken.
//!
//! In: a macro's tokens. Out: whether it is one. Where the answer is no, nothing is locked, so that what such a macro is
//! around is not guarded by it. One that asks the lock itself whether it is there is another matter.

use super::super::lex::op;
use super::super::text::Source;
use super::{Effect, is_keyword};

/// Whether a macro's body is a choice, by the answer of a function that is asked nothing about what is locked, between
/// what works on a lock and what does not.
pub(super) fn is_on_request(
    source: &Source<'_>,
    params: &[String],
    effect: &dyn Fn(&str) -> Option<Effect>,
) -> bool {
    let all = source.tokens.list.len();
    let Some(choice) = (0..all).find(|&i| source.is(i, op(b"?"))) else { return false };
    // Brackets between the two arms stand in one of them.
    let mut or = choice + 1;
    while or < all && !source.is(or, op(b":")) {
        or = if source.is(or, op(b"(")) { source.after_group(or).max(or + 1) } else { or + 1 };
    }
    let locks = |from: usize, to: usize| (from..to).any(|i| effect(source.word(i)).is_some());
    let asks = (0..choice).any(|i| {
        source.is_ident(i)
            && source.is(i + 1, op(b"("))
            && source.is(i + 2, op(b")"))
            && !is_keyword(source.word(i))
    });
    let about = (0..choice).any(|i| params.iter().any(|one| one == source.word(i)));
    asks && !about && !locks(0, choice) && locks(choice, or) != locks(or, all)
}

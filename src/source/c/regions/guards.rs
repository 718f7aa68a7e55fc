//! Variables that hold a lock, or a state of the thread, until their block ends.
//!
//! In: a [`Body`] and a token. Out: what the variable does that is declared there, and what a member of it does early.

use super::super::body::Body;
use super::super::lex::op;
use super::super::names::{Effect, is_called_lock, is_name};

/// How many tokens of what a variable is given are looked at for the name of a lock.
const GIVEN: usize = 64;

/// How many tokens the arguments of a guard's template may have.
const ARGUMENTS: usize = 40;

/// `std::lock_guard<…> name(…)`: what it does, and the token of the name.
pub(super) fn guard_variable(body: &Body<'_>, i: usize) -> Option<(Effect, usize)> {
    let source = &body.source;
    let effect = body.names.at(i).scoped.or_else(|| called_a_guard(body, i))?;
    let mut next = i + 1;
    if source.is(next, op(b"<")) {
        next = source.after_angles(next, next + ARGUMENTS)?;
    }
    let named = is_name(source, next)
        && (source.is(next + 1, op(b"(")) || source.is(next + 1, op(b"{")) || source.is(next + 1, op(b";")));
    if named {
        return Some((effect, next));
    }
    // `auto guard = lock_guard(…)`.
    let begin = body.path_start(i);
    let assigned = source.is(begin.wrapping_sub(1), op(b"="))
        && source.is_ident(begin.wrapping_sub(2))
        && (source.is(next, op(b"(")) || source.is(next, op(b"{")));
    assigned.then(|| (effect, next - 1))
}

/// `MyGuard name(mutex)`: a type that only another file defines, by what it is called and what it is given.
fn called_a_guard(body: &Body<'_>, i: usize) -> Option<Effect> {
    let source = &body.source;
    let kind = source.word(i);
    let says = ["uard", "ocker", "cope", "Lock", "Hold"].iter().any(|part| kind.contains(part));
    if !says || !is_name(source, i) || !is_name(source, i + 1) {
        return None;
    }
    let open = i + 2;
    if !source.is(open, op(b"(")) && !source.is(open, op(b"{")) {
        return None;
    }
    let close = source.after_group(open).saturating_sub(1);
    let given = (open + 1..close.min(open + GIVEN)).any(|t| {
        let word = source.word(t);
        let lower = word.to_ascii_lowercase();
        lower.contains("mutex") || lower.contains("mtx") || is_called_lock(word)
    });
    given.then_some(Effect::Lock)
}

/// Whether a member of a variable that detached the thread says that it attaches it before the block ends:
/// `released.restore();`.
pub(super) fn attaches_early(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["restore", "acquire", "attach", "relock"].iter().any(|part| lower.contains(part)) || lower == "lock"
}

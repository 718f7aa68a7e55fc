//! Locks that a function holds: by a `with`, or taken and given back by calls.

use std::collections::HashSet;

use super::facts::Act;
use super::judge::changes;
use super::lex::Text;
use super::read::{Opened, Walk};
use crate::knowledge::{Knowledge, Trait};

/// A lock that was taken by a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// Indentation of the call.
    pub indent: u32,
    /// The token that names what was called.
    pub at: usize,
    /// Others may hold it as well, to read.
    pub shared: bool,
}

/// Names of functions that take a lock, by those that give it back: `lock_write` and `unlock_write`.
pub(super) fn pairs(text: &Text) -> HashSet<String> {
    let calls = (0..text.tokens.len()).filter(|at| text.is(at + 1, "("));
    calls
        .map(|at| text.name(at))
        .filter(|name| name.contains("unlock"))
        .map(|name| name.replace("unlock", "lock"))
        .collect()
}

impl Walk<'_> {
    /// Whether a lock is held here by this function itself.
    pub(super) fn locked(&self) -> bool {
        self.inside.last().is_some_and(|inside| inside.held.is_some())
            || self.around().any(|kind| matches!(kind, Opened::Lock))
    }

    /// Whether a lock is held when what the token names is called: not if that call takes it.
    pub(super) fn locked_before(&self, name: usize) -> bool {
        let takes = self.inside.last().and_then(|inside| inside.held).is_some_and(|held| held.at == name);
        if takes { self.around().any(|kind| matches!(kind, Opened::Lock)) } else { self.locked() }
    }

    /// Whether a lock is held here that keeps others from doing the same.
    pub(super) fn locked_for(&self, act: Act) -> bool {
        let held = self.inside.last().and_then(|inside| inside.held);
        held.is_some_and(|held| !held.shared || !changes(act))
            || self.around().any(|kind| matches!(kind, Opened::Lock))
    }

    /// A lock taken or given back by a call.
    pub(super) fn locks(&mut self, from: usize, to: usize, indent: u32) {
        let text = self.text;
        for at in from..to {
            if !text.is(at, "(") {
                continue;
            }
            let name = text.name(at.saturating_sub(1));
            let method = text.is(at.saturating_sub(2), ".");
            let traits = Knowledge::builtin().traits(name);
            let of = |one: Trait| traits.has(one);
            let lower = name.to_ascii_lowercase();
            let frees = of(Trait::MutexUnlock)
                || (method && matches!(name, "release" | "unlock"))
                || name.contains("unlock") && self.pairs.contains(&name.replace("unlock", "lock"))
                || lower.ends_with("_unlock")
                || lower.contains("release_lock")
                || lower.contains("unset_lock");
            let takes = !frees
                && (of(Trait::MutexLock)
                    || (method && matches!(name, "acquire" | "lock"))
                    || self.pairs.contains(name)
                    || lower.ends_with("_lock") && lower.contains("mutex")
                    || lower.contains("acquire_lock")
                    || lower.ends_with("set_lock"));
            let branched = matches!(self.around().next(), Some(Opened::Branch { .. }));
            let Some(inside) = self.inside.last_mut() else { return };
            if takes && inside.held.is_none() {
                let shared = ["read", "rdlock", "shared"].iter().any(|word| lower.contains(word))
                    && !lower.contains("thread");
                inside.held = Some(Held { indent, at: at.saturating_sub(1), shared });
            } else if frees && !(branched && inside.held.is_some_and(|held| held.indent < indent)) {
                inside.held = None;
            }
        }
    }
}

//! Cython files that stand in others: `include "part.pxi"`.
//!
//! In: a name that an included file does not declare, while that is walked; and the facts of all files. Out: whether it may
//! be a variable of the file around, and which file that is. What such a file uses is kept before it is known whether the
//! name is a variable at all, so only what would matter is.

use std::collections::HashMap;

use super::facts::Facts;
use super::judge::{FOLLOWED, Project};
use super::read::{Inside, Walk};
use super::uses::KEYWORDS;
use crate::source::includes::Includes;

/// For each file that others include, the first that does: one beside it, if there is.
pub(super) fn includers(files: &[&Facts]) -> HashMap<usize, usize> {
    let mut found = HashMap::new();
    let resolver = Includes::new(files.iter().map(|file| file.path.as_str()));
    for (at, file) in files.iter().enumerate() {
        for include in &file.includes {
            for one in resolver.meant(&file.path, include) {
                found.entry(one).or_insert(at);
            }
        }
    }
    found
}

impl Walk<'_> {
    /// Whether a name may be a variable of the file that includes this one: here it is none of anything.
    pub(super) fn of_including(&self, at: usize) -> bool {
        let text = self.text;
        let name = text.name(at);
        let mine = |inside: &Inside| inside.has(name) && !inside.globals.contains(name);
        self.uses
            && self.facts.path.ends_with(".pxi")
            && !self.inside.is_empty()
            && !text.is(at + 1, "(")
            && !KEYWORDS.contains(&name)
            && !matches!(name, "None" | "NULL" | "True" | "False" | "self")
            && !self.inside.iter().any(mine)
            && !self.of_python.contains(name)
            && !self.imported.contains_key(name)
            && !self.modules.contains(name)
            && !self.declaring.contains(name)
    }
}

impl Project<'_> {
    /// The file whose variable a name is that a file uses: its own, that of the file it is included by, or the `.pxd`.
    pub(super) fn including(&self, at: usize, name: &str) -> Option<usize> {
        let has = |at: usize| self.declared.get(at).is_some_and(|file| file.globals.contains_key(name));
        let mut at = at;
        for _ in 0..FOLLOWED {
            let included = self.files.get(at).is_some_and(|file| file.path.ends_with(".pxi"));
            if has(at) || !included {
                // What is written in Python is declared in the `.pxd` beside it.
                let fellows = || self.fellows(at).find(|at| has(*at));
                let python = self.files.get(at).is_some_and(|file| file.path.ends_with(".py"));
                return fellows().filter(|_| python && !has(at)).or(Some(at));
            }
            at = *self.includers.get(&at)?;
        }
        None
    }
}

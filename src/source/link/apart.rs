//! What stands in one tree and does not belong together: programs beside modules, types of one name, and namespaces, which
//! are written as classes are.

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use super::{MAX_TARGETS, Project, Word};
use crate::source::includes::base;

impl<'p> Project<'p> {
    /// Which files are a program's and no part of a module: tests, tools and demonstrations that a library brings
    /// along. A file that another includes may have its `main` renamed there.
    pub(super) fn programs(&self) -> Vec<bool> {
        let mut included: HashSet<&str> = HashSet::new();
        if self.files.iter().any(|(_, seen)| seen.program) {
            included.extend(self.files.iter().flat_map(|(_, seen)| &seen.includes).map(|one| base(one)));
        }
        self.files.iter().map(|(path, seen)| seen.program && !included.contains(base(path))).collect()
    }

    /// Makes other names of the project's classes names of these, where all files mean the same by one.
    pub(super) fn join_aliases(&mut self) {
        let mut known: HashMap<Word, Option<Word>> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for [name, of] in &seen.aliases {
                let (name, of) = (self.word(at, *name), self.word(at, *of));
                // What is as short as a template's parameter may be meant as one elsewhere.
                if self.text(name).len() < 3 {
                    continue;
                }
                let kind = self.kinds.get(&of).copied();
                let same = known.entry(name).or_insert(kind);
                *same = same.filter(|one| Some(*one) == kind);
            }
        }
        for (name, kind) in known.into_iter().filter_map(|(name, kind)| Some((name, kind?))) {
            self.kinds.entry(name).or_insert(kind);
        }
    }

    /// The namespaces that some file opens: `py::f` is no member of a class.
    pub(super) fn namespaces(&self) -> HashSet<Word> {
        let files = self.files.iter().enumerate();
        files
            .flat_map(|(at, (_, seen))| seen.namespaces.iter().map(move |name| self.word(at, *name)))
            .collect()
    }

    /// Names of structs and classes that a unit defines for itself while other files define theirs, by unit: two
    /// extension modules may both have an `Aligner`.
    pub(super) fn own_types(&self) -> HashSet<(usize, &'p str)> {
        let mut defined: HashMap<&'p str, Vec<usize>> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for kind in seen.types.iter().filter(|kind| !kind.fields.is_empty()) {
                let names = kind.names.iter().chain(&kind.pointer_names);
                let texts =
                    names.filter_map(|name| seen.names.get(*name as usize)).filter(|text| !text.is_empty());
                for text in texts {
                    let files = defined.entry(text).or_default();
                    if files.last() != Some(&at) && files.len() < MAX_TARGETS {
                        files.push(at);
                    }
                }
            }
        }
        defined.retain(|_, files| files.len() > 1);
        let mut included: HashMap<usize, HashSet<&str>> = HashMap::new();
        for at in defined.values().flatten() {
            let Some((_, seen)) = self.files.get(*at) else { continue };
            included.entry(*at).or_insert_with(|| seen.includes.iter().map(|one| base(one)).collect());
        }
        let mut own = HashSet::new();
        for (name, files) in &defined {
            for at in files {
                if self.files.get(*at).is_none_or(|(_, seen)| seen.header) {
                    continue;
                }
                // What it includes may define the type in another branch.
                let includes = |path: &str| included.get(at).is_some_and(|all| all.contains(base(path)));
                let stranger = |other: &usize| {
                    let path = self.files.get(*other).map_or("", |(path, _)| path);
                    self.unit(*other) != self.unit(*at) && !includes(path)
                };
                if files.iter().all(|other| other == at || stranger(other)) {
                    own.insert((self.unit(*at), *name));
                }
            }
        }
        own
    }
}

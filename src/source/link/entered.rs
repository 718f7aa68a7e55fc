//! Which functions code that runs for Python gets to, as opposed to those of which only nobody is seen to call them.

use super::{Bits, Linked, Name, Project, Role};

impl Project<'_> {
    /// For each function, whether something that Python calls leads to it without passing through any of these regions: a
    /// function of a table, one whose address is taken or that a binding generator is handed, one that Cython or SWIG
    /// calls, or one that nobody is seen to call and that is handed an object or gives one, as where a macro names it in
    /// the table.
    pub fn entered(&self, unless: Bits) -> Vec<bool> {
        let is_object = |one: &Linked<'_>, name: &Name| self.text(self.word(one.file, *name)) == "PyObject";
        let object = |one: &Linked<'_>| {
            let handed = one.seen.params.first().is_some_and(|(base, _)| is_object(one, base));
            handed || is_object(one, &one.seen.returns)
        };
        let entry = |at: usize, one: &Linked<'_>| {
            let told = one.taken || one.below || one.role.is_some_and(|role| role != Role::None);
            told || self.roots.get(at) == Some(&true) && object(one)
        };
        self.reach(unless, |at| self.functions.get(at).is_some_and(|one| entry(at, one)))
    }
}

//! Whether a file is a program's, which no module has a part in.

use std::collections::BTreeSet;

use super::super::items::Function;
use super::Scan;
use crate::knowledge::Knowledge;

impl Scan<'_> {
    /// Whether the operating system, a fuzzer or a library for tests begins here. What a condition may leave out is
    /// compiled into a module.
    pub(super) fn is_program(&self) -> bool {
        const ENTRIES: [&str; 5] = ["main", "wmain", "WinMain", "wWinMain", "LLVMFuzzerTestOneInput"];
        let functions = &self.file.items.functions;
        let entry =
            |one: &Function| ENTRIES.contains(&one.name.as_str()) && one.class.is_none() && !one.is_static;
        let always =
            |one: &Function| self.file.guards_at(self.file.source().start(one.head)).next().is_none();
        // One for each system: whatever the condition says, either is compiled.
        let branch = |one: &Function| {
            let at = self.file.source().start(one.head);
            let mut around = self.file.guarded.iter().filter(|guard| guard.start <= at && at < guard.end);
            let only = around.next()?;
            around.next().is_none().then_some((only.group, only.condition == "else"))
        };
        let each = || {
            let branches: BTreeSet<(u32, bool)> =
                functions.iter().filter(|one| entry(one)).filter_map(branch).collect();
            branches.iter().any(|(group, last)| *last && branches.contains(&(*group, false)))
        };
        let tests = |name: &String| Knowledge::builtin().tables().tests(name);
        self.file.includes.iter().any(tests)
            || (functions.iter().any(|one| entry(one) && always(one)) || each())
                && memchr::memmem::find(self.file.code.as_bytes(), b"define main").is_none()
    }
}

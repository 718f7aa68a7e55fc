//! Finds conditions on names that no release of CPython defines: what stands under them is compiled nowhere, and the locks
//! that it takes are not there.
//!
//! In: a file. Out: findings, which nothing else settles. A condition that also tests the right name is left alone.

use super::scan::Scan;
use super::summary::{Bits, Pending, Place};
use super::{DEFINITIONS, found_at};
use crate::rules::RuleSet;
use crate::source::found;

/// How many places of a name are looked at in one file.
const PLACES: usize = 256;

/// Tells each line of a directive that tests such a name.
pub fn conditions(scan: &Scan<'_>, rules: &RuleSet, out: &mut Vec<Pending>) {
    let text = scan.file.text.as_bytes();
    for (name, meant) in DEFINITIONS.mistaken() {
        if scan.file.macros.iter().any(|one| one.name == name) {
            continue;
        }
        for at in found_at(text, name).take(PLACES) {
            let start = memchr::memrchr(b'\n', text.get(..at).unwrap_or_default()).map_or(0, |i| i + 1);
            let end =
                memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map_or(text.len(), |i| at + i);
            let line = text.get(start..end).unwrap_or_default();
            let directive = line.trim_ascii_start().strip_prefix(b"#").map(<[u8]>::trim_ascii_start);
            let tests = directive.is_some_and(|one| one.starts_with(b"if") || one.starts_with(b"elif"));
            if !tests || found_at(line, meant).next().is_some() {
                continue;
            }
            let position = |byte: usize| scan.file.lines.position(u32::try_from(byte).unwrap_or(u32::MAX));
            let ((line, column), (end_line, end_column)) = (position(at), position(at + name.len()));
            let place = found::Place {
                location: Place { line, column, end_line, end_column }.location(scan.file.path),
                function: String::new(),
                owner: String::new(),
                text: format!("condition on {name}"),
            };
            let filling = [("name", name), ("meant", meant)];
            for wording in rules.word("condition", "mistaken", scan.language(), &filling) {
                out.push(Pending {
                    finding: found::finding(wording, &place),
                    function: None,
                    unless: Bits::default(),
                    shared: None,
                });
            }
        }
    }
}

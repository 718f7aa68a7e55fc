//! Reads what a Cython file says of the module it becomes: its header comment, and what it includes.
//!
//! Every `.pyx` that no other includes is a module. Directives of the module stand in comments before any code; one
//! further down is ignored by the compiler and so here.

use super::generated::place;
use super::{FileClaims, ModuleSeen, Statement};
use crate::knowledge::Knowledge;
use crate::model::{DeclaredBy, Framework, Minors, Stance};

/// The generator's id.
pub(super) const FRAMEWORK: &str = "cython";

/// Reads a `.pyx`, or a template of one; of `.pxi` and `.pxd` only what they include matters.
pub(super) fn file(path: &str, bytes: &[u8], known: &Knowledge) -> FileClaims {
    let mut out = FileClaims { includes: includes(bytes), ..FileClaims::default() };
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = name.split_once(".pyx") else { return out };
    let says = header(path, bytes, known);
    // `_conv.templ.pyx` is a template; `pkg.mod.pyx` names its module whole.
    let stem = match stem.rsplit_once('.') {
        Some((stem, "templ" | "tmpl" | "template" | "in" | "tp")) => stem,
        _ => stem,
    };
    let module = if stem.contains('.') { stem.to_owned() } else { dotted_name(path, stem) };
    let first_line = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    out.modules.push(ModuleSeen {
        name: module,
        framework: Framework { name: FRAMEWORK.to_owned(), version: None },
        place: place(path, bytes, 0, first_line),
        evidence: "no directive in the header comment".to_owned(),
        says,
        open: Vec::new(),
        calls: Vec::new(),
        defined: true,
        by_macro: None,
    });
    out
}

/// The module's name by its folders; those that only hold sources are not part of it.
pub(super) fn dotted_name(path: &str, stem: &str) -> String {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut parts: Vec<&str> = folders.split('/').filter(|part| !part.is_empty()).collect();
    if parts.first().is_some_and(|part| matches!(*part, "src" | "lib" | "python")) {
        parts.remove(0);
    }
    parts.push(stem);
    parts.join(".")
}

/// Comments before any code, with the byte each begins at.
fn comments(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes
        .split(|b| *b == b'\n')
        .map(move |line| {
            let start = at;
            at += line.len() + 1;
            (start, line.trim_ascii())
        })
        .take_while(|(_, line)| {
            line.is_empty() || line.first() == Some(&b'#') || line.starts_with(b"\xef\xbb\xbf#")
        })
        .filter(|(_, line)| !line.is_empty())
}

/// What the comments before any code say for the module, also for a Python file that is compiled.
pub(super) fn header(path: &str, bytes: &[u8], known: &Knowledge) -> Vec<Statement> {
    let mut out = Vec::new();
    for (start, line) in comments(bytes) {
        let text = String::from_utf8_lossy(line);
        let Some(directives) = text.trim_start_matches(['#', ' ', '\t', '\u{feff}']).strip_prefix("cython:")
        else {
            continue;
        };
        for one in directives.split(',') {
            let Some((word, value)) = one.split_once('=') else { continue };
            let mut rows = known.declarations().directive.iter();
            if !rows.any(|row| row.framework == FRAMEWORK && row.word == word.trim()) {
                continue;
            }
            let on = value.trim().eq_ignore_ascii_case("true");
            out.push(Statement {
                stance: if on { Stance::RunsWithoutGil } else { Stance::NeedsGil },
                by: DeclaredBy::Author,
                place: place(path, bytes, start, line.len()),
                guard: None,
                minors: Minors::ALL,
                evidence: format!("{} in the header comment", one.trim()),
            });
        }
    }
    out
}

/// Where a Python file says that it is written for Cython, so that a build may compile it.
pub(super) fn pure(path: &str, bytes: &[u8]) -> Option<super::Place> {
    memchr::memmem::find(bytes, b"import cython")?;
    let mut at = 0;
    for line in bytes.split(|b| *b == b'\n') {
        if line.trim_ascii_end() == b"import cython" {
            return Some(place(path, bytes, at, line.len()));
        }
        at += line.len() + 1;
    }
    None
}

/// Names in `include "…"` statements.
fn includes(bytes: &[u8]) -> Vec<String> {
    let quoted = |line: &[u8]| -> Option<String> {
        let rest = line.trim_ascii().strip_prefix(b"include")?.trim_ascii();
        let quote = *rest.first().filter(|b| matches!(b, b'"' | b'\''))?;
        let inner = rest.get(1..)?;
        let end = memchr::memchr(quote, inner)?;
        Some(String::from_utf8_lossy(inner.get(..end)?).into_owned())
    };
    bytes.split(|b| *b == b'\n').filter_map(quoted).filter(|name| name.len() <= 300).take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> FileClaims {
        file("src/pkg/_fast.pyx", text.as_bytes(), Knowledge::builtin())
    }

    #[test]
    fn the_header_comment_declares_until_code_begins() {
        let stance = |text: &str| read(text).modules[0].says.first().map(|says| says.stance);
        let on = Some(Stance::RunsWithoutGil);
        assert_eq!(stance("# cython: freethreading_compatible=True\nimport x\n"), on);
        assert_eq!(
            stance("# -*- coding: utf-8 -*-\n\n#cython: language_level=3, freethreading_compatible = True\n"),
            on
        );
        assert_eq!(stance("# cython: freethreading_compatible = False\n"), Some(Stance::NeedsGil));
        assert_eq!(stance("import x\n# cython: freethreading_compatible=True\n"), None);
        assert_eq!(stance("# freethreading_compatible=True\n"), None);
        assert_eq!(stance(""), None);
    }

    #[test]
    fn a_file_is_named_by_its_folders_and_tells_what_it_includes() {
        let seen = read("include \"_packer.pyx\"\n  include 'x.pxi'\nincluded = 1\n");
        assert_eq!(seen.modules[0].name, "pkg._fast");
        assert_eq!(seen.includes, ["_packer.pyx", "x.pxi"]);
        assert!(file("a/b.pxd", b"", Knowledge::builtin()).modules.is_empty());
        assert_eq!(file("a/b.pyx.in", b"", Knowledge::builtin()).modules[0].name, "a.b");
    }
}

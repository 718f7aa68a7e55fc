//! Finds the module of a file that a generator made, and what the generator wrote about the GIL.
//!
//! Such files are long and alike, so nothing is parsed: the texts that a name or a value follows are data in
//! `rules/facts/declarations.toml`. Where a generator writes "uses the GIL" for an author who said nothing
//! (`silent-used` in the facts about generators), that is silence, not a wish.

use memchr::memmem;

use super::{FileClaims, ModuleSeen, Statement};
use crate::knowledge::Knowledge;
use crate::knowledge::declarations::Generated;
use crate::model::{DeclaredBy, Framework, GilSupport, Location, Minors, Origin, Stance};
use crate::source::c::lines::Lines;
use crate::source::found::Place;

/// How far after a text its value may stand, in bytes.
const NEAR: usize = 80;

/// Reads a generated file.
pub(super) fn file(path: &str, bytes: &[u8], origin: &Origin, known: &Knowledge) -> FileClaims {
    let Some(row) = known.declarations().generated(&origin.name) else { return FileClaims::default() };
    let Some((name, at)) = row.name_after.iter().find_map(|mark| word_after(bytes, mark)) else {
        return FileClaims::default();
    };
    let framework = Framework { name: origin.name.clone(), version: origin.version.clone() };
    let says = statement(path, bytes, row, &framework, known);
    let module = ModuleSeen {
        name: name.to_owned(),
        place: place(path, bytes, at, name.len()),
        evidence: format!("made by {} and says nothing about the GIL", framework.name),
        framework,
        says: says.into_iter().collect(),
        open: Vec::new(),
        calls: Vec::new(),
        defined: true,
        by_macro: None,
    };
    FileClaims { modules: vec![module], ..FileClaims::default() }
}

fn statement(
    path: &str,
    bytes: &[u8],
    row: &Generated,
    framework: &Framework,
    known: &Knowledge,
) -> Option<Statement> {
    let facts = known.frameworks().get(&framework.name)?;
    let version = framework.version.as_deref();
    let default = facts.is_default(version, GilSupport::NotUsed);
    if let Some(text) = &row.declares
        && let Some(at) = memmem::find(bytes, text.as_bytes())
    {
        return Some(says(true, DeclaredBy::Author, place(path, bytes, at, text.len()), text.clone()));
    }
    let last = row
        .value_after
        .iter()
        .filter_map(|mark| {
            let at = memmem::rfind(bytes, mark.as_bytes())?;
            let from = at + mark.len();
            let near = bytes.get(from..(from + NEAR).min(bytes.len()))?;
            let value = words(near).find_map(|(_, word)| known.declarations().slots.value(word))?;
            Some((at, value, mark.as_str()))
        })
        .max_by_key(|(at, ..)| *at);
    match last {
        Some((_, false, _)) if facts.silent_used => None,
        Some((at, value, mark)) => {
            let by = if default && value { DeclaredBy::GeneratorDefault } else { DeclaredBy::Author };
            Some(says(
                value,
                by,
                place(path, bytes, at, mark.len()),
                format!("`{}` in generated code", mark.trim()),
            ))
        }
        None if default => {
            let evidence = format!("{} declares by itself", framework.name);
            Some(says(true, DeclaredBy::GeneratorDefault, place(path, bytes, 0, 0), evidence))
        }
        None => None,
    }
}

fn says(declares: bool, by: DeclaredBy, place: Place, evidence: String) -> Statement {
    let stance = if declares { Stance::RunsWithoutGil } else { Stance::NeedsGil };
    Statement { stance, by, place, guard: None, minors: Minors::ALL, evidence }
}

/// Names and numbers of a text with their positions.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.iter().position(is_word)?;
        let length = text.get(start..)?.iter().take_while(|b| is_word(b)).count();
        at = start + length;
        std::str::from_utf8(text.get(start..at)?).ok().map(|word| (start, word))
    })
}

/// The dotted name that follows the first place of a text that one follows.
fn word_after<'a>(bytes: &'a [u8], mark: &str) -> Option<(&'a str, usize)> {
    memmem::find_iter(bytes, mark.as_bytes()).take(64).find_map(|found| {
        let at = found + mark.len();
        let rest = bytes.get(at..)?;
        let length = rest
            .iter()
            .take(200)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
            .count();
        let word = std::str::from_utf8(rest.get(..length)?).ok()?;
        (!word.is_empty()).then_some((word, at))
    })
}

/// The place of a byte range of a file that is read as bytes only.
pub(super) fn place(path: &str, bytes: &[u8], start: usize, length: usize) -> Place {
    let before = bytes.get(..start).unwrap_or(bytes);
    let line = memchr::memchr_iter(b'\n', before).count();
    let column = start - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let text = bytes.get(start..start + length).unwrap_or_default();
    let lines = Lines::new(text);
    let (more, width) = lines.position(u32::try_from(length).unwrap_or(u32::MAX));
    let position = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (line, column) = (position(line + 1), position(column + 1));
    let end_column = if more == 1 { column.saturating_add(width - 1) } else { width };
    Place {
        location: Location { path: path.to_owned(), line, column, end_line: line + more - 1, end_column },
        function: String::new(),
        owner: String::new(),
        text: String::from_utf8_lossy(text.get(..400).unwrap_or(text)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, version: Option<&str>, text: &str) -> (String, Option<(Stance, DeclaredBy, u32)>) {
        let origin = Origin { name: name.to_owned(), version: version.map(str::to_owned) };
        let seen = file("x.c", text.as_bytes(), &origin, Knowledge::builtin());
        let module = &seen.modules[0];
        let says = module.says.first().map(|says| (says.stance, says.by, says.place.location.line));
        (module.name.clone(), says)
    }

    #[test]
    fn cython_says_not_used_only_for_an_author_who_asked() {
        let text = "{\"module_name\": \"pkg._fast\"}\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n";
        let by = (Stance::RunsWithoutGil, DeclaredBy::Author, 2);
        assert_eq!(read("cython", Some("3.1.2"), text), ("pkg._fast".to_owned(), Some(by)));
        let silent = text.replace("NOT_USED", "USED");
        assert_eq!(read("cython", Some("3.1.2"), &silent), ("pkg._fast".to_owned(), None));
        let macro_text = "PyInit_q\n#ifdef X\n#define __Pyx_FREETHREADING_COMPATIBLE Py_MOD_GIL_USED\n#else\n\
            #define __Pyx_FREETHREADING_COMPATIBLE Py_MOD_GIL_NOT_USED\n#endif\n\
            {Py_mod_gil, __Pyx_FREETHREADING_COMPATIBLE},\n";
        assert_eq!(read("cython", None, macro_text).1.map(|says| says.0), Some(Stance::RunsWithoutGil));
    }

    #[test]
    fn swig_needs_an_option_and_cffi_nothing() {
        let swig = "#define SWIG_name    \"_x\"\n";
        assert_eq!(read("swig", Some("4.4.0"), swig), ("_x".to_owned(), None));
        let nogil = format!("#define SWIGPYTHON_NOGIL\n{swig}");
        assert_eq!(
            read("swig", Some("4.4.0"), &nogil).1,
            Some((Stance::RunsWithoutGil, DeclaredBy::Author, 1))
        );
        let cffi = read("cffi", None, "#define _CFFI_\nPyInit__bindings(void)");
        assert_eq!(cffi.0, "_bindings");
        assert_eq!(
            cffi.1.map(|says| (says.0, says.1)),
            Some((Stance::RunsWithoutGil, DeclaredBy::GeneratorDefault))
        );
    }

    #[test]
    fn f2py_is_read_by_its_constant() {
        let with = |value: &str| {
            format!("PyMODINIT_FUNC PyInit_lib(void) {{\nPyUnstable_Module_SetGIL(m , {value});\n}}")
        };
        assert_eq!(
            read("f2py", None, &with("Py_MOD_GIL_USED")).1,
            None,
            "what it writes for a silent author"
        );
        assert!(read("f2py", None, &with("Py_MOD_GIL_NOT_USED")).1.is_some());
    }

    #[test]
    fn places_count_from_one() {
        let at = place("a", b"ab\ncd\nef", 4, 1).location;
        assert_eq!((at.line, at.column, at.end_line, at.end_column), (2, 2, 2, 3));
        let at = place("a", b"", 9, 3).location;
        assert_eq!((at.line, at.end_line), (1, 1));
    }
}

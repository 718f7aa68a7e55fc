//! Which binding generator made a module, by the marks in `rules/facts/frameworks.toml`.
//!
//! The marks are texts that the generator's runtime cannot do without (attribute names, capsule names,
//! panic locations), so they survive stripping. All texts are searched in one pass over the data of the
//! file; code is left out, being most of the bytes and holding no text, unless a linker put both into one
//! segment.

use aho_corasick::Input;

use super::image::Image;
use crate::knowledge::Knowledge;
use crate::knowledge::frameworks::{FrameworkFacts, VersionMark, name_matches};
use crate::model::Framework;

/// Longest version text that is believed.
const LONGEST_VERSION: usize = 24;

/// A generator, recognised.
#[derive(Debug, Clone)]
pub struct Recognised<'k> {
    /// The row whose marks matched.
    pub facts: &'k FrameworkFacts,
    /// Its version, where the file tells.
    pub version: Option<String>,
}

impl Recognised<'_> {
    /// As reports name it.
    pub fn framework(&self) -> Framework {
        Framework { name: self.facts.id.clone(), version: self.version.clone() }
    }
}

/// Recognises the generator of a module; `stem` is its file name before the first dot.
pub fn recognise<'k>(image: &Image<'_>, stem: &str, known: &'k Knowledge) -> Option<Recognised<'k>> {
    let frameworks = known.frameworks();
    let found = texts_in(image, known);
    let has = |text: &String| -> bool {
        let position = frameworks.texts().iter().position(|t| t == text);
        position.and_then(|p| found.get(p)).is_some_and(|f| !f.is_empty())
    };
    let facts = frameworks.rows().iter().find(|row| {
        let imported = |names: &[String]| {
            names.iter().any(|name| image.imports.iter().any(|import| name_matches(name, import.name)))
        };
        if imported(&row.unless_imports) {
            return false;
        }
        let library = |row: &String| {
            image.libraries.iter().any(|l| name_matches(row, l.rsplit('/').next().unwrap_or(l)))
        };
        row.is_unconditional()
            || !row.strings.is_empty() && row.strings.iter().all(has)
            || imported(&row.imports)
            || row.exports.iter().any(|name| image.exports.iter().any(|(e, _)| name_matches(name, e)))
            || row.libraries.iter().any(library)
            || row.stem.as_ref().is_some_and(|end| stem.ends_with(end.as_str()))
    })?;
    let version = facts.version.as_ref().and_then(|mark| {
        let positions = frameworks
            .texts()
            .iter()
            .enumerate()
            .filter(|(_, text)| mark.after.contains(text))
            .map(|(p, _)| p);
        positions.filter_map(|p| found.get(p)).flatten().find_map(|rest| version(mark, rest))
    });
    Some(Recognised { facts, version })
}

/// For each text asked for, what follows it at its first few places.
fn texts_in<'a>(image: &Image<'a>, known: &Knowledge) -> Vec<Vec<&'a [u8]>> {
    /// One place may be another crate's path or a prefix of a longer name.
    const PLACES: usize = 8;
    let finder = known.frameworks().finder();
    let mut found: Vec<Vec<&[u8]>> = vec![Vec::new(); known.frameworks().texts().len()];
    let text_with_data = image.segments.iter().all(|s| s.executable || s.writable || s.sealed);
    for segment in &image.segments {
        if segment.executable && !text_with_data {
            continue;
        }
        for hit in finder.find_iter(Input::new(segment.bytes)) {
            if let Some(places) = found.get_mut(hit.pattern().as_usize())
                && places.len() < PLACES
            {
                places.push(segment.bytes.get(hit.end()..).unwrap_or_default());
            }
        }
    }
    found
}

/// The version that stands at the beginning of `rest`: numbers with dots or underscores between them.
fn version(mark: &VersionMark, rest: &[u8]) -> Option<String> {
    let end =
        rest.iter().take(LONGEST_VERSION).take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_'));
    let text = std::str::from_utf8(rest.get(..end.count())?).ok()?;
    let text = text.trim_end_matches(['.', '_']);
    if mark.means.is_empty() {
        let dotted = text.replace('_', ".");
        return (dotted.contains('.') && dotted.starts_with(|c: char| c.is_ascii_digit())).then_some(dotted);
    }
    mark.means.get(text.split('_').next()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::image::{Import, Segment, SymbolTable};
    use crate::model::{Arch, BinaryFormat};

    fn image(data: &'static [u8], imports: &[&'static str]) -> Image<'static> {
        let size = data.len() as u64;
        Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: vec![
                Segment {
                    start: 0,
                    size,
                    bytes: data,
                    writable: false,
                    sealed: false,
                    executable: false,
                    name: "rodata".into(),
                },
                Segment {
                    start: 0x10000,
                    size: 20,
                    bytes: b"cython_runtime\0",
                    writable: false,
                    sealed: false,
                    executable: true,
                    name: "text".into(),
                },
            ],
            pointers: Vec::new(),
            imports: imports.iter().map(|name| Import { name, weak: false }).collect(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        }
    }

    fn name(data: &'static [u8], imports: &[&'static str], stem: &str) -> String {
        let found =
            recognise(&image(data, imports), stem, Knowledge::builtin()).expect("the last row matches");
        format!("{} {}", found.facts.id, found.version.as_deref().unwrap_or("?"))
    }

    #[test]
    fn a_generator_is_known_by_the_texts_of_its_runtime() {
        assert_eq!(name(b"..cython_runtime\0_cython_3_3_1limited12_x\0", &[], "m"), "cython 3.3.1");
        assert_eq!(name(b"/pyo3-0.30.1/src/x.rs pyo3_runtime /rustc/1", &[], "m"), "pyo3 0.30.1");
        assert_eq!(name(b"/pyo3-ffi-0.26.0/src/x /pyo3-0.26.0/src/x", &[], "m"), "pyo3-ffi 0.26.0");
        assert_eq!(name(b"C:\\pyo3-0.30.1\\src\\x.rs pyo3_runtime", &[], "m"), "pyo3 0.30.1");
        assert_eq!(name(b"__pybind11_internals_v12_system", &[], "m"), "pybind11 3.1");
        assert_eq!(name(b"__pybind11_internals_v4_gcc", &[], "m"), "pybind11 ?");
        assert_eq!(name(b"nothing", &[], "abc__mypyc"), "mypyc ?");
        assert_eq!(name(b"nothing", &["_ZN5boost6python6detail11init_moduleE"], "m"), "boost-python ?");
        assert_eq!(name(b"nothing", &["PyModule_Create2"], "m"), "c ?", "code is not searched for texts");
    }

    /// The backend holds the same texts as the modules it makes, and describes itself.
    #[test]
    fn a_module_that_makes_itself_is_not_cffis() {
        let texts = b"_cffi_backend\0_init_cffi_1_0_external_module\0";
        assert_eq!(name(texts, &["PyImport_ImportModule"], "_ffi"), "cffi ?");
        assert_eq!(name(texts, &["PyModule_Create2"], "_cffi_backend"), "c ?");
    }
}

//! Which C API a binary imports: what its Limited API tag forbids, the lowest Python that has it all, and
//! names of hazard classes.
//!
//! A name that the facts do not know is passed over: this file tells contradictions it can prove, and an
//! import proves little about how it is used, so all of it ends as notes and none of it as a verdict.

use super::image::Image;
use super::names::Tag;
use crate::knowledge::c_api::Kind;
use crate::knowledge::{CApiFact, Knowledge, Trait};
use crate::model::StableAbiUse;

/// Names listed in one note; the rest is counted.
const LISTED: usize = 6;

/// What is worth telling of a module's imports. Hazard classes are told only of modules `by_hand`: in
/// generated code the calls are the generator's.
pub fn notes(image: &Image<'_>, tag: &Tag, by_hand: bool, known: &Knowledge) -> Vec<String> {
    let facts = facts(image, known);
    let mut notes = Vec::new();
    if let Some(used) = stable_abi(image, tag, known) {
        notes.extend(limited(&used, tag));
    }
    if by_hand {
        notes.extend(hazards(&facts));
    }
    notes
}

/// The facts of what is imported, by name.
fn facts<'k>(image: &Image<'_>, known: &'k Knowledge) -> Vec<&'k CApiFact> {
    let mut facts: Vec<&CApiFact> = image
        .imports
        .iter()
        .filter(|import| import.name.starts_with("Py") || import.name.starts_with("_Py"))
        .filter_map(|import| known.c_api(import.name))
        .filter(|fact| matches!(fact.kind, Kind::Function | Kind::Var | Kind::Type))
        .collect();
    facts.sort_by(|a, b| a.name.cmp(&b.name));
    facts.dedup_by(|a, b| a.name == b.name);
    facts
}

/// What a file of the stable ABI imports; `None` for any other.
pub fn stable_abi(image: &Image<'_>, tag: &Tag, known: &Knowledge) -> Option<StableAbiUse> {
    matches!(tag, Tag::Abi3 | Tag::Abi3t).then(|| {
        let facts = facts(image, known);
        let youngest =
            facts.iter().filter_map(|fact| Some((minor(fact.limited.as_deref()?)?, &fact.name))).max();
        StableAbiUse {
            outside: facts.iter().filter(|fact| is_outside(fact)).map(|fact| fact.name.clone()).collect(),
            complete_from: youngest.map(|(minor, _)| format!("3.{minor}")),
            youngest: youngest.map(|(_, name)| name.clone()),
        }
    })
}

/// Whether the headers have the name and no Limited API does.
fn is_outside(fact: &CApiFact) -> bool {
    fact.limited.is_none() && !fact.abi_only && fact.first.is_some()
}

fn limited(used: &StableAbiUse, tag: &Tag) -> Vec<String> {
    let mut notes = Vec::new();
    let text = tag.text().unwrap_or_default();
    if !used.outside.is_empty() {
        let outside: Vec<&str> = used.outside.iter().map(String::as_str).collect();
        notes.push(format!(
            "it is an {text} file, but imports what is not in the Stable ABI: {}",
            list(&outside)
        ));
    }
    if let (Some(version), Some(name)) = (&used.complete_from, &used.youngest) {
        notes.push(format!("the Limited API it imports is complete from Python {version} on ({name})"));
    }
    notes
}

/// The classes of which a mere import is worth a look, in the order they are told.
const HAZARDS: [(Trait, &str); 5] = [
    (Trait::BorrowsFromContainer, "borrows references from containers"),
    (Trait::BorrowsFromWeakref, "borrows references from weak references"),
    (Trait::IteratesDict, "iterates over dicts in place"),
    (Trait::GilLock, "uses the GIL as a lock"),
    (Trait::TypeMutation, "changes types"),
];

fn hazards(facts: &[&CApiFact]) -> Option<String> {
    let parts: Vec<String> = HAZARDS
        .iter()
        .filter_map(|(hazard, words)| {
            let names: Vec<&str> = facts.iter().filter(|f| f.has(*hazard)).map(|f| f.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{words} ({})", list(&names)))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("by its imports it {}", parts.join(", ")))
}

fn list(names: &[&str]) -> String {
    let shown = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn minor(version: &str) -> Option<u8> {
    version.strip_prefix("3.")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::image::{Import, SymbolTable};
    use crate::model::{Arch, BinaryFormat};

    fn image(imports: &[&'static str]) -> Image<'static> {
        Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: Vec::new(),
            pointers: Vec::new(),
            imports: imports.iter().map(|name| Import { name, weak: false }).collect(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        }
    }

    #[test]
    fn an_abi3_file_that_imports_more_than_the_stable_abi_is_told() {
        let used = image(&["PyList_Append", "PyDict_GetItemRef", "PyUnstable_Module_SetGIL", "_Py_Dealloc"]);
        let notes = notes(&used, &Tag::Abi3, false, Knowledge::builtin());
        assert_eq!(
            notes,
            [
                "it is an abi3 file, but imports what is not in the Stable ABI: PyUnstable_Module_SetGIL",
                "the Limited API it imports is complete from Python 3.13 on (PyDict_GetItemRef)",
            ]
        );
    }

    #[test]
    fn hazard_classes_are_told_of_handwritten_modules_alone() {
        let used = image(&["PyDict_GetItem", "PyDict_Next", "PyList_Append"]);
        let tag = Tag::None;
        assert!(notes(&used, &tag, false, Knowledge::builtin()).is_empty());
        assert_eq!(
            notes(&used, &tag, true, Knowledge::builtin()),
            ["by its imports it borrows references from containers (PyDict_GetItem), iterates over dicts \
              in place (PyDict_Next)"]
        );
    }
}

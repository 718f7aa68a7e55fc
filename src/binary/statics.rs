//! Tells which variables of a module hold objects for the whole process, where local symbols name them.
//!
//! Two things are looked for: types that lie in writable data, and pointers that hold an object once the code that
//! sets the module up has run. Both are shared by all threads and all interpreters. What is told is evidence for who
//! reads it; that a variable holds an object is no fault yet, so nothing is concluded from it here.

use std::collections::BTreeSet;

use super::image::{Image, SymbolTable, Word};
use super::machine::value::Value;
use super::machine::{self, End, Precision, Setting};
use crate::knowledge::Knowledge;
use crate::knowledge::slots::Layout;

/// Names listed in a note; the rest is counted.
const LISTED: usize = 6;
/// Instructions that are followed for this: it is worth no more.
const MOST_STEPS: u32 = 5_000;
/// A type object has between so many words, in all versions and builds.
const TYPE_WORDS: std::ops::RangeInclusive<u64> = 48..=72;
/// Largest instance that a static type is believed to describe.
const LARGEST: u64 = 1 << 20;

/// What is worth telling. `entries` are the functions that set the module up: those of its exec slots, or its hook.
pub fn notes(image: &Image<'_>, entries: &[u64], module: &str, known: &Knowledge) -> Vec<String> {
    if matches!(image.symbols, SymbolTable::None) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let types = types(image, known);
    if !types.is_empty() {
        notes.push(format!("types in writable static data: {}", list(&types)));
    }
    let held = held(image, entries, module, known);
    let mut names: Vec<String> = image
        .symbols()
        .filter(|symbol| {
            let end = symbol.address.saturating_add(symbol.size.max(1));
            held.range(symbol.address..end).next().is_some()
        })
        .map(|symbol| symbol.name.to_owned())
        .collect();
    names.sort();
    names.dedup();
    if !names.is_empty() {
        notes.push(format!("static variables that hold objects once it is set up: {}", list(&names)));
    }
    notes
}

/// Names of static types, as `tp_name` has them.
fn types(image: &Image<'_>, known: &Knowledge) -> Vec<String> {
    let word = u64::from(image.word);
    let mut found: Vec<String> = image
        .symbols()
        .filter(|symbol| symbol.size == 0 || TYPE_WORDS.contains(&(symbol.size / word)))
        .filter(|symbol| image.segment(symbol.address).is_some_and(|s| s.writable))
        .filter_map(|symbol| {
            let layouts = known.slots().layout.iter().filter(|l| l.word == image.word);
            layouts.filter_map(|layout| type_name(image, symbol.address, layout)).next()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `tp_name` of a type that lies at an address: behind the head of a variable-size object, and before the sizes of its
/// instances and items. Those are plain numbers, unlike what follows texts in tables of methods or keywords.
fn type_name(image: &Image<'_>, address: u64, layout: &Layout) -> Option<String> {
    let word = u64::from(image.word);
    let field = |n: u64| address.checked_add(layout.ob_type)?.checked_add(n * word);
    let plain = |n: u64| match image.word(field(n)?)? {
        Word::Plain(value) => Some(value),
        Word::Pointer(_) => None,
    };
    let (ob_size, basicsize, itemsize) = (plain(1)?, plain(3)?, plain(4)?);
    let text = image.c_string(image.address_in(field(2)?)?, 256)?;
    let named = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let sized = ob_size == 0 && (layout.ob_type..=LARGEST).contains(&basicsize) && itemsize <= basicsize;
    (named && sized).then(|| text.to_owned())
}

/// Words of this image that hold an object where one of the functions succeeds.
fn held(image: &Image<'_>, entries: &[u64], module: &str, known: &Knowledge) -> BTreeSet<u64> {
    let mut held = BTreeSet::new();
    for entry in entries {
        let mut setting = Setting::new(known.stubs(), None, module, image);
        setting.most_steps = MOST_STEPS;
        // What could not be followed may hold more; nothing is said of what does not.
        let _ = machine::run(image, *entry, &mut setting, Precision::Coarse, |end, state| {
            if matches!(end, End::Returned(_) | End::Defined(Value::Known(_))) {
                held.extend(state.memory.objects_held());
            }
        });
    }
    held
}

fn list(names: &[String]) -> String {
    let shown = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::image::{Import, Pointer, Segment};
    use crate::model::{Arch, BinaryFormat};

    const CODE: u64 = 0x1000;
    const DATA: u64 = 0x3000;
    const CELL: u64 = 0x5000;

    /// `call [rip+CELL]; mov [rip+DATA+0x10], rax; xor eax, eax; ret`
    const PROGRAM: [u8; 16] =
        [0xff, 0x15, 0xfa, 0x3f, 0, 0, 0x48, 0x89, 0x05, 0x03, 0x20, 0, 0, 0x31, 0xc0, 0xc3];

    /// An entry of an ELF symbol table: a variable.
    fn symbol(name: u32, address: u64, size: u64) -> Vec<u8> {
        let mut entry = name.to_le_bytes().to_vec();
        entry.extend([1, 0, 3, 0]);
        entry.extend(address.to_le_bytes());
        entry.extend(size.to_le_bytes());
        entry
    }

    fn told(table: &[u8], strings: &[u8]) -> Vec<String> {
        let mut data = vec![0; 0x400];
        data[0x100 + 32..0x100 + 40].copy_from_slice(&40_u64.to_le_bytes());
        data[0x300..0x308].copy_from_slice(b"mod.Map\0");
        let segment = |start, bytes, writable, executable| Segment {
            start,
            size: 0x400,
            bytes,
            writable,
            sealed: false,
            executable,
            name: "part".into(),
        };
        let image = Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: vec![
                segment(CODE, &PROGRAM[..], false, true),
                segment(DATA, &data, true, false),
                segment(CELL, &[], false, false),
            ],
            pointers: vec![(DATA + 0x100 + 24, Pointer::Here(DATA + 0x300)), (CELL, Pointer::Import(0, 0))],
            imports: vec![Import { name: "PyDict_New", weak: false }],
            exports: Vec::new(),
            symbols: SymbolTable::Elf { table, strings },
            libraries: Vec::new(),
        };
        notes(&image, &[CODE], "mod", Knowledge::builtin())
    }

    #[test]
    fn static_types_and_variables_that_hold_objects_are_named() {
        let table = [
            symbol(1, DATA + 0x10, 8),
            symbol(7, DATA + 0x20, 8),
            symbol(13, DATA + 0x100, 416),
            symbol(21, DATA + 0x180, 0),
        ];
        assert_eq!(
            told(&table.concat(), b"\0cache\0other\0MapType\0keywords\0"),
            [
                "types in writable static data: mod.Map",
                "static variables that hold objects once it is set up: cache",
            ]
        );
        assert!(told(&[], &[]).is_empty(), "without symbols there are no names");
    }
}

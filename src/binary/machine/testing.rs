//! Small images for tests of what reads and follows code.

use super::state::State;
use super::{End, Precision, Setting, run};
use crate::binary::image::{Image, Import, Pointer, Segment, SymbolTable};
use crate::knowledge::stubs::StubFacts;
use crate::model::{Arch, BinaryFormat};

/// Where the code begins.
pub const CODE: u64 = 0x1000;
/// The cell through which it calls its import.
pub const CELL: u64 = 0x3000;

/// Code that may call one function of another library.
pub fn image<'a>(arch: Arch, import: &'a str, code: &'a [u8]) -> Image<'a> {
    let segment = |start, size, bytes, executable| Segment {
        start,
        size,
        bytes,
        writable: false,
        sealed: false,
        executable,
        name: "part".into(),
    };
    Image {
        format: BinaryFormat::Elf,
        arch,
        word: 8,
        big_endian: false,
        segments: vec![segment(CODE, code.len() as u64, code, true), segment(CELL, 8, &[], false)],
        pointers: vec![(CELL, Pointer::Import(0, 0))],
        imports: vec![Import { name: import, weak: false }],
        exports: Vec::new(),
        symbols: SymbolTable::None,
        libraries: Vec::new(),
    }
}

/// A64 instructions as bytes.
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// Follows code that may call `unknown()`, and hands every end of it to `look`.
pub fn follow(arch: Arch, code: &[u8], mut look: impl FnMut(&End, &State<'_, '_>)) {
    let image = image(arch, "unknown", code);
    let mut setting = Setting::new(StubFacts::builtin(), None, "mod", &image);
    let mut ends = 0;
    run(&image, CODE, &mut setting, Precision::Fine, |end, state| {
        ends += 1;
        look(&end, state);
    })
    .expect("no budget is spent");
    assert!(ends > 0, "no way leads to an end");
}

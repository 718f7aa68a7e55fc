//! What is fuzzed: functions that take any bytes, and fail if what is promised of every file does not hold.
//!
//! Both drivers call these: `tests/fuzz.rs`, a fixed number of inputs at every run of the tests, and the targets
//! of `cargo fuzz` in this folder, which are guided by coverage and end when they are told to. A promise is an
//! assertion here; that nothing panics, overflows or runs away is what the drivers see to.

use ungil::binary;
use ungil::binary::container;
use ungil::binary::image::{Image, Import, Pointer, Segment, SymbolTable};
use ungil::binary::init::{self, Context};
use ungil::binary::names::{Hook, HookKind};
use ungil::knowledge::Knowledge;
use ungil::model::{Arch, BinaryFormat, GilSupport, Hides, Member, MemberPath};

/// Reads a file as `ungil check` would.
pub fn file(name: &str, bytes: &[u8]) {
    let path = MemberPath::new(name).expect("targets name their files well");
    let seen = binary::file(&Member::new(&path, bytes), Knowledge::builtin());
    for module in &seen.modules {
        assert!(!module.evidence.is_empty(), "an answer without evidence: {module:?}");
        match module.gil {
            GilSupport::Unknown => assert!(
                seen.gaps.iter().any(|gap| gap.hides == Hides::Claims),
                "an unknown that no gap tells of: {module:?}"
            ),
            GilSupport::NotUsed => assert!(
                module.chain.len() > 1 || module.framework.is_some(),
                "a declaration that nobody can check: {module:?}"
            ),
            GilSupport::Used | GilSupport::Undeclared => {}
        }
    }
}

/// An ELF file, with all that is done to modules.
pub fn elf(bytes: &[u8]) {
    file("mod.cpython-314t-x86_64-linux-gnu.so", bytes);
}

/// A Mach-O file, thin or fat.
pub fn macho(bytes: &[u8]) {
    file("mod.cpython-314t-darwin.so", bytes);
}

/// A PE file.
pub fn pe(bytes: &[u8]) {
    file("mod.cp314t-win_amd64.pyd", bytes);
}

/// Only what the loader does: segments, relocations or fixups, imports, exports, local symbols.
pub fn relocations(bytes: &[u8]) {
    for opened in container::open(bytes).into_iter().flatten().flatten() {
        let Ok(image) = opened.image() else { continue };
        assert!(image.pointers.len() <= bytes.len(), "more relocated places than bytes");
        assert!(
            image.pointers.is_sorted_by(|a, b| a.0 < b.0),
            "places are sorted and there is one row for each"
        );
        for pair in image.segments.windows(2) {
            let [a, b] = pair else { continue };
            assert!(a.end() <= b.start, "segments overlap");
        }
        for (at, to) in &image.pointers {
            assert_eq!(image.pointer(*at), Some(*to));
            assert!(image.is_relocated(*at, 1));
            image.word(*at);
            if let Pointer::Import(index, _) = to {
                assert!(image.import(*index).is_some(), "a place bound to no import");
            }
        }
        if let Some((at, _)) = image.pointers.first() {
            image.symbol_at(*at);
        }
    }
}

/// Where the program of [`x86_64`] and [`aarch64`] stands.
pub const CODE: u64 = 0x1000;
/// Zeros that it may write.
pub const DATA: u64 = 0x10_0000;
/// Cells through which it calls the functions of [`IMPORTS`].
pub const CELLS: u64 = 0x20_0000;

/// What the program may call.
pub const IMPORTS: [&str; 16] = [
    "PyModuleDef_Init",
    "PyModule_Create2",
    "PyUnstable_Module_SetGIL",
    "PyImport_ImportModule",
    "malloc",
    "calloc",
    "memcpy",
    "memset",
    "memcmp",
    "strlen",
    "strcmp",
    "__tls_get_addr",
    "pthread_once",
    "dlsym",
    "abort",
    "nobody_knows_this",
];

/// Interprets the bytes as the code of an init function.
fn code(arch: Arch, format: BinaryFormat, bytes: &[u8]) {
    let segment = |start, size, bytes, writable, executable, name| Segment {
        start,
        size,
        bytes,
        writable,
        sealed: false,
        executable,
        name: std::borrow::Cow::Borrowed(name),
    };
    let text: &[u8] = b"mod\0PyUnstable_Module_SetGIL\0";
    let mut image = Image {
        format,
        arch,
        word: 8,
        big_endian: false,
        segments: vec![
            segment(CODE, bytes.len() as u64, bytes, false, true, "text"),
            segment(DATA, 0x1_0000, text, true, false, "data"),
            segment(CELLS, 0x1000, &[][..], false, false, "got"),
        ],
        pointers: (0..)
            .zip(IMPORTS)
            .map(|(i, _)| (CELLS + 8 * u64::from(i), Pointer::Import(i, 0)))
            .collect(),
        imports: IMPORTS.iter().map(|name| Import { name, weak: false }).collect(),
        exports: vec![("PyInit_mod", CODE)],
        symbols: SymbolTable::None,
        libraries: Vec::new(),
    };
    if image.lay_out().is_err() {
        return;
    }
    let hook = Hook { kind: HookKind::Init, name: "PyInit_mod", address: CODE };
    let told = init::declaration(&image, &hook, &Context::default(), Knowledge::builtin());
    assert!(!told.evidence.is_empty());
    assert!(!told.chain.is_empty());
}

/// x86-64 code on Linux and on Windows, whose functions take their arguments in other registers.
pub fn x86_64(bytes: &[u8]) {
    let (format, bytes) = match bytes.split_first() {
        Some((first, rest)) if first & 1 == 1 => (BinaryFormat::Pe, rest),
        Some((_, rest)) => (BinaryFormat::Elf, rest),
        None => return,
    };
    code(Arch::X86_64, format, bytes);
}

/// A64 code.
pub fn aarch64(bytes: &[u8]) {
    let (format, bytes) = match bytes.split_first() {
        Some((first, rest)) if first & 1 == 1 => (BinaryFormat::Pe, rest),
        Some((_, rest)) => (BinaryFormat::Elf, rest),
        None => return,
    };
    code(Arch::Aarch64, format, bytes);
}

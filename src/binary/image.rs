//! A binary as it would lie in memory, whatever its container format.
//!
//! Format readers (`elf.rs`, `macho.rs`, `pe.rs`) produce an [`Image`]; everything after them asks only
//! the image: which addresses are mapped, what bytes stand there, and where a relocated pointer leads.
//! An image never resolves anything by guessing: an address that is not mapped, or a pointer nobody
//! relocates, is `None`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{Arch, BinaryFormat};

/// A mapped stretch of the address space.
#[derive(Debug, Clone)]
pub struct Segment<'a> {
    /// First virtual address (unslid).
    pub start: u64,
    /// Size in memory; what lies behind `bytes` is zero.
    pub size: u64,
    /// The part that is stored in the file; never longer than `size`.
    pub bytes: &'a [u8],
    /// Whether the program can write here.
    pub writable: bool,
    /// Whether instructions may be fetched here.
    pub executable: bool,
    /// The name of the section or segment, for messages.
    pub name: Cow<'a, str>,
}

/// Where a relocated pointer leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// An address of this image.
    Here(u64),
    /// A symbol of another library: index into [`Image::imports`], plus an addend.
    Import(u32, i64),
}

/// A binary, ready to be asked.
#[derive(Debug, Clone)]
pub struct Image<'a> {
    /// The container.
    pub format: BinaryFormat,
    /// The instruction set.
    pub arch: Arch,
    /// Bytes of a pointer: 4 or 8.
    pub word: u8,
    /// Whether integers are stored big-endian (s390x).
    pub big_endian: bool,
    /// Sorted by `start`, not overlapping.
    pub segments: Vec<Segment<'a>>,
    /// Relocated locations: what stands at this address once the loader is done.
    pub pointers: BTreeMap<u64, Pointer>,
    /// Names of imported symbols without a format's decoration (Mach-O `_`, ELF versions).
    pub imports: Vec<Cow<'a, str>>,
    /// Exported symbols by name, without decoration.
    pub exports: BTreeMap<Cow<'a, str>, u64>,
    /// Local symbols: address and name, sorted by address; empty when stripped.
    pub symbols: Vec<(u64, Cow<'a, str>)>,
    /// Addresses of import stubs (PLT entries, `__stubs`, import thunks) and the import they jump to.
    pub stubs: BTreeMap<u64, u32>,
    /// Libraries this one is linked with (`DT_NEEDED`, `LC_LOAD_DYLIB`, import DLLs).
    pub libraries: Vec<Cow<'a, str>>,
}

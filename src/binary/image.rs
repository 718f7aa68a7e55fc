//! A binary as it would lie in memory, whatever its container format.
//!
//! Format readers (`elf.rs`, `macho.rs`, `pe.rs`) produce an [`Image`]; everything after them asks only
//! the image: which addresses are mapped, what bytes stand there, and where a relocated pointer leads.
//! An image never resolves anything by guessing: an address that is not mapped is `None`, a pointer
//! nobody relocates is a plain number.
//!
//! There is no table of import stubs (PLT entries, `__stubs`, import thunks). A stub is code that loads
//! a relocated pointer and jumps there, so whoever follows code meets [`Pointer::Import`] by itself,
//! whatever the linker's stubs look like and whether or not section headers are left.

use std::borrow::Cow;

use crate::model::{Arch, BinaryFormat};

/// Where the addresses of programs end on all machines that are read here; what lies above is free for those who
/// follow code.
const HIGHEST: u64 = 1 << 56;

/// A mapped stretch of the address space.
#[derive(Debug, Clone)]
pub struct Segment<'a> {
    /// First virtual address (unslid).
    pub start: u64,
    /// Size in memory; what lies behind `bytes` is zero.
    pub size: u64,
    /// The part that is stored in the file; never longer than `size`.
    pub bytes: &'a [u8],
    /// Whether the program can write here: not where the loader makes it read-only after relocating.
    pub writable: bool,
    /// Whether it was writable until the loader had relocated it.
    pub sealed: bool,
    /// Whether instructions may be fetched here.
    pub executable: bool,
    /// The name of the section or segment, for messages.
    pub name: Cow<'a, str>,
}

impl Segment<'_> {
    /// The address behind the last one.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.size)
    }
}

impl Segment<'_> {
    /// What lies between two addresses of it.
    fn part(&self, from: u64, to: u64, writable: bool) -> Self {
        let at =
            |address: u64| usize::try_from(address - self.start).unwrap_or(usize::MAX).min(self.bytes.len());
        Self {
            start: from,
            size: to - from,
            bytes: self.bytes.get(at(from)..at(to)).unwrap_or_default(),
            writable,
            sealed: self.sealed || writable != self.writable,
            executable: self.executable,
            name: self.name.clone(),
        }
    }
}

/// Where a relocated pointer leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// An address of this image (it may still be unmapped in a damaged file).
    Here(u64),
    /// A symbol of another library: index into [`Image::imports`], plus an addend.
    Import(u32, i64),
    /// The loader writes something that cannot be foretold from the file: a thread-local offset, the
    /// result of an indirect function.
    Opaque,
}

/// What a word of memory holds once the loader is done and before any code has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A relocated pointer.
    Pointer(Pointer),
    /// Plain bytes, zero-extended.
    Plain(u64),
}

/// A symbol that another library has to provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'a> {
    /// The name without the format's decoration (Mach-O `_`, ELF version).
    pub name: &'a str,
    /// Whether it is null, rather than an error, when nobody provides it.
    pub weak: bool,
}

/// One entry of a symbol table that debuggers use, where it was not stripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// First address.
    pub address: u64,
    /// Size in bytes; 0 where the format does not tell.
    pub size: u64,
    /// The name without decoration, as the linker knows it (mangled).
    pub name: &'a str,
}

/// Where the local symbols lie: read on demand, as a large module has more of them than anybody asks for.
#[derive(Debug, Clone, Copy, Default)]
pub enum SymbolTable<'a> {
    /// Stripped.
    #[default]
    None,
    /// ELF `.symtab` with its strings.
    Elf {
        /// The table's bytes.
        table: &'a [u8],
        /// The string table's bytes.
        strings: &'a [u8],
    },
    /// Mach-O `LC_SYMTAB`.
    MachO {
        /// The `nlist` entries.
        table: &'a [u8],
        /// The string table's bytes.
        strings: &'a [u8],
    },
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
    /// Sorted by `start`, not overlapping: see [`Image::lay_out`].
    pub segments: Vec<Segment<'a>>,
    /// Relocated locations, sorted by address, one row for each.
    pub pointers: Vec<(u64, Pointer)>,
    /// Imported symbols.
    pub imports: Vec<Import<'a>>,
    /// Exported symbols without decoration, in the table's order.
    pub exports: Vec<(&'a str, u64)>,
    /// Local symbols.
    pub symbols: SymbolTable<'a>,
    /// Libraries this one is linked with (`DT_NEEDED`, `LC_LOAD_DYLIB`, import DLLs).
    pub libraries: Vec<&'a str>,
}

impl<'a> Image<'a> {
    /// Sorts segments and pointers. Of two relocations of one place the
    /// one that came last wins, as with a loader that writes in order.
    ///
    /// # Errors
    /// Tells which segments overlap, or lie where no system maps a program.
    pub fn lay_out(&mut self) -> Result<(), String> {
        self.segments.retain(|s| s.size > 0);
        if let Some(beyond) = self.segments.iter().find(|s| s.end() > HIGHEST) {
            return Err(format!("segment {} lies beyond all addresses of programs", beyond.name));
        }
        self.segments.sort_by_key(|s| s.start);
        for pair in self.segments.windows(2) {
            if let [a, b] = pair
                && a.end() > b.start
            {
                return Err(format!("segments {} and {} overlap", a.name, b.name));
            }
        }
        if !self.pointers.is_sorted_by_key(|(at, _)| *at) {
            self.pointers.sort_by_key(|(at, _)| *at);
        }
        // `dedup_by` drops its first argument, which is the later row: write it over the one that stays.
        self.pointers.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = later.1;
            }
            same
        });
        Ok(())
    }

    /// Makes a stretch read-only, as a loader does once it has relocated what stands there. To be called
    /// after [`Image::lay_out`].
    pub fn seal(&mut self, start: u64, size: u64) {
        let end = start.saturating_add(size);
        let mut parts = Vec::with_capacity(self.segments.len() + 2);
        for segment in self.segments.drain(..) {
            let (from, to) = (segment.start.max(start), segment.end().min(end));
            if !segment.writable || from >= to {
                parts.push(segment);
                continue;
            }
            let limits = [segment.start, from, to, segment.end()];
            for (n, pair) in limits.windows(2).enumerate() {
                let &[from, to] = pair else { continue };
                if from < to {
                    parts.push(segment.part(from, to, segment.writable && n != 1));
                }
            }
        }
        self.segments = parts;
    }

    /// The segment that holds `address`.
    pub fn segment(&self, address: u64) -> Option<&Segment<'a>> {
        let after = self.segments.partition_point(|s| s.start <= address);
        self.segments.get(after.checked_sub(1)?).filter(|s| address - s.start < s.size)
    }

    /// Whether instructions may be fetched from `address`.
    pub fn is_code(&self, address: u64) -> bool {
        self.segment(address).is_some_and(|s| s.executable)
    }

    /// The stored bytes from `address` to the end of what the file holds of its segment: empty within
    /// zero-filled memory, `None` outside of the image.
    pub fn stored(&self, address: u64) -> Option<&'a [u8]> {
        let segment = self.segment(address)?;
        let skip = usize::try_from(address - segment.start).unwrap_or(usize::MAX);
        Some(segment.bytes.get(skip..).unwrap_or_default())
    }

    /// `N` bytes at `address`, zeros where the file stores none; `None` if they are not all in one segment.
    pub fn read<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let segment = self.segment(address)?;
        if segment.end().checked_sub(address)? < N as u64 {
            return None;
        }
        let stored = self.stored(address)?;
        let mut out = [0; N];
        for (to, from) in out.iter_mut().zip(stored) {
            *to = *from;
        }
        Some(out)
    }

    /// An unsigned integer of `size` (1, 2, 4 or 8) bytes, as stored: no relocation is applied.
    pub fn uint(&self, address: u64, size: u8) -> Option<u64> {
        let be = self.big_endian;
        Some(match size {
            1 => u64::from(self.read::<1>(address)?[0]),
            2 if be => u16::from_be_bytes(self.read(address)?).into(),
            2 => u16::from_le_bytes(self.read(address)?).into(),
            4 if be => u32::from_be_bytes(self.read(address)?).into(),
            4 => u32::from_le_bytes(self.read(address)?).into(),
            8 if be => u64::from_be_bytes(self.read(address)?),
            8 => u64::from_le_bytes(self.read(address)?),
            _ => return None,
        })
    }

    /// What the loader makes of exactly this place; `None` if it leaves the stored bytes alone.
    pub fn pointer(&self, address: u64) -> Option<Pointer> {
        let row = self.pointers.binary_search_by_key(&address, |(at, _)| *at).ok()?;
        self.pointers.get(row).map(|(_, to)| *to)
    }

    /// Whether the loader writes into any of the `size` bytes from `address`.
    pub fn is_relocated(&self, address: u64, size: u64) -> bool {
        let from = address.saturating_sub(u64::from(self.word).saturating_sub(1));
        let first = self.pointers.partition_point(|(at, _)| *at < from);
        self.pointers.get(first).is_some_and(|(at, _)| *at < address || *at - address < size)
    }

    /// The pointer-sized word at `address` as the program would load it.
    pub fn word(&self, address: u64) -> Option<Word> {
        if let Some(pointer) = self.pointer(address) {
            return self.segment(address).map(|_| Word::Pointer(pointer));
        }
        self.uint(address, self.word).map(Word::Plain)
    }

    /// The address of this image that the word at `address` leads to; `None` for anything else.
    pub fn address_in(&self, address: u64) -> Option<u64> {
        match self.word(address)? {
            Word::Pointer(Pointer::Here(to)) => Some(to),
            _ => None,
        }
    }

    /// The name of an import.
    pub fn import(&self, index: u32) -> Option<&Import<'a>> {
        self.imports.get(usize::try_from(index).ok()?)
    }

    /// Whether a symbol of this name is imported.
    pub fn imports_name(&self, name: &str) -> bool {
        self.imports.iter().any(|i| i.name == name)
    }

    /// The address of an exported symbol.
    pub fn export(&self, name: &str) -> Option<u64> {
        self.exports.iter().find(|(n, _)| *n == name).map(|(_, at)| *at)
    }

    /// The text up to NUL at `address`, if it is at most `longest` bytes of UTF-8.
    pub fn c_string(&self, address: u64, longest: usize) -> Option<&'a str> {
        let stored = self.stored(address)?;
        let window = stored.get(..longest.saturating_add(1)).unwrap_or(stored);
        let end = memchr::memchr(0, window)?;
        std::str::from_utf8(window.get(..end)?).ok()
    }

    /// All local symbols that name an address. Reads the table anew: ask once, not in a loop.
    pub fn symbols(&self) -> impl Iterator<Item = Symbol<'a>> {
        let (big_endian, word) = (self.big_endian, self.word);
        let (table, strings, size) = match self.symbols {
            SymbolTable::None => (&[][..], &[][..], 1),
            SymbolTable::Elf { table, strings } => (table, strings, if word == 8 { 24 } else { 16 }),
            SymbolTable::MachO { table, strings } => (table, strings, if word == 8 { 16 } else { 12 }),
        };
        let macho = matches!(self.symbols, SymbolTable::MachO { .. });
        table.chunks_exact(size).filter_map(move |entry| {
            if macho { macho_symbol(entry, strings) } else { elf_symbol(entry, strings, big_endian) }
        })
    }

    /// The local symbol whose stretch holds `address`, with the distance into it. Reads the whole table.
    pub fn symbol_at(&self, address: u64) -> Option<(&'a str, u64)> {
        let mut best: Option<Symbol<'a>> = None;
        for symbol in self.symbols() {
            let holds = symbol.address == address
                || (symbol.address < address && address - symbol.address < symbol.size);
            if holds && best.is_none_or(|b| symbol.address > b.address) {
                best = Some(symbol);
            }
        }
        best.map(|s| (s.name, address - s.address))
    }
}

/// The text at an offset of a string table; `None` for the few mangled names over 4 KiB, because many
/// symbols may claim one long string.
pub(super) fn string_at(strings: &[u8], offset: usize) -> Option<&str> {
    let rest = strings.get(offset..)?;
    let rest = rest.get(..4096).unwrap_or(rest);
    let end = memchr::memchr(0, rest)?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

fn field<const N: usize>(entry: &[u8], at: usize) -> Option<[u8; N]> {
    entry.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn elf_symbol<'a>(entry: &[u8], strings: &'a [u8], big_endian: bool) -> Option<Symbol<'a>> {
    let u32_at =
        |at| field(entry, at).map(|b| if big_endian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) });
    let u64_at =
        |at| field(entry, at).map(|b| if big_endian { u64::from_be_bytes(b) } else { u64::from_le_bytes(b) });
    let u16_at =
        |at| field(entry, at).map(|b| if big_endian { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) });
    let (info, section, address, size) = if entry.len() == 24 {
        (*entry.get(4)?, u16_at(6)?, u64_at(8)?, u64_at(16)?)
    } else {
        (*entry.get(12)?, u16_at(14)?, u64::from(u32_at(4)?), u64::from(u32_at(8)?))
    };
    // STT_NOTYPE, STT_OBJECT and STT_FUNC name addresses; SHN_UNDEF and reserved sections do not.
    if (info & 0xf) > 2 || section == 0 || section >= 0xff00 {
        return None;
    }
    let name = string_at(strings, usize::try_from(u32_at(0)?).ok()?)?;
    (!name.is_empty()).then_some(Symbol { address, size, name })
}

fn macho_symbol<'a>(entry: &[u8], strings: &'a [u8]) -> Option<Symbol<'a>> {
    let kind = *entry.get(4)?;
    // N_STAB entries are for debuggers; only N_SECT symbols name an address.
    if kind & 0xe0 != 0 || kind & 0x0e != 0x0e {
        return None;
    }
    let address = match entry.len() {
        16 => u64::from_le_bytes(field(entry, 8)?),
        _ => u32::from_le_bytes(field(entry, 8)?).into(),
    };
    let name = string_at(strings, usize::try_from(u32::from_le_bytes(field(entry, 0)?)).ok()?)?;
    let name = name.strip_prefix('_').unwrap_or(name);
    (!name.is_empty()).then_some(Symbol { address, size: 0, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(start: u64, size: u64, bytes: &'static [u8]) -> Segment<'static> {
        Segment { start, size, bytes, writable: true, sealed: false, executable: false, name: "data".into() }
    }

    fn image(segments: Vec<Segment<'static>>, pointers: Vec<(u64, Pointer)>) -> Image<'static> {
        Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments,
            pointers,
            imports: Vec::new(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        }
    }

    #[test]
    fn memory_behind_the_stored_bytes_is_zero_and_ends_with_the_segment() {
        let mut image = image(vec![segment(0x100, 16, b"\x01\x02hi\0")], vec![]);
        image.lay_out().expect("no overlap");
        assert_eq!(image.uint(0x100, 2), Some(0x0201));
        assert_eq!(image.uint(0x104, 8), Some(0), "partly stored, partly zero");
        assert_eq!(image.uint(0x109, 8), None, "runs over the end");
        assert_eq!(image.uint(0xff, 1), None);
        assert_eq!(image.c_string(0x102, 10), Some("hi"));
        assert_eq!(image.c_string(0x102, 1), None, "longer than asked for");
        assert_eq!(image.c_string(0x108, 10), None, "no NUL is stored");
    }

    #[test]
    fn what_the_loader_seals_is_no_longer_writable() {
        let mut image = image(vec![segment(0x100, 0x30, b"0123456789abcdefghijklmnopqrstuvwxyz")], vec![]);
        image.lay_out().expect("no overlap");
        image.seal(0x110, 0x18);
        let found: Vec<_> = image.segments.iter().map(|s| (s.start, s.size, s.bytes, s.writable)).collect();
        assert_eq!(
            found,
            [
                (0x100, 0x10, &b"0123456789abcdef"[..], true),
                (0x110, 0x18, &b"ghijklmnopqrstuvwxyz"[..], false),
                (0x128, 8, &b""[..], true),
            ]
        );
        image.seal(0, u64::MAX);
        assert!(image.segments.iter().all(|s| !s.writable));
    }

    #[test]
    fn a_place_relocated_twice_holds_what_was_written_last() {
        let rows = vec![(0x108, Pointer::Here(2)), (0x100, Pointer::Here(1)), (0x108, Pointer::Import(0, 0))];
        let mut image = image(vec![segment(0x100, 16, &[])], rows);
        image.lay_out().expect("no overlap");
        assert_eq!(image.pointer(0x108), Some(Pointer::Import(0, 0)));
        assert_eq!(image.address_in(0x100), Some(1));
        assert!(image.is_relocated(0x107, 1), "the pointer at 0x100 is 8 bytes long");
        assert!(!image.is_relocated(0x110, 8));
        assert!(!image.is_relocated(0xf8, 8));
        image.pointers = vec![(u64::MAX, Pointer::Here(1))];
        assert!(image.is_relocated(u64::MAX, 1), "the last address of all");
    }

    #[test]
    fn overlapping_segments_are_refused() {
        let mut image = image(vec![segment(0x100, 16, &[]), segment(0x108, 1 << 40, &[])], vec![]);
        assert!(image.lay_out().is_err_and(|e| e.contains("overlap")));
    }

    #[test]
    fn segments_where_no_program_can_lie_are_refused() {
        for (start, size) in [(1 << 56, 1), ((1 << 56) - 1, 2), (0, u64::MAX), (u64::MAX - 1, 1)] {
            let mut image = image(vec![segment(start, size, &[])], vec![]);
            assert!(image.lay_out().is_err_and(|e| e.contains("beyond")), "{start:#x}");
        }
        assert!(image(vec![segment((1 << 56) - 1, 1, &[])], vec![]).lay_out().is_ok());
    }
}

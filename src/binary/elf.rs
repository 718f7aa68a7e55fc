//! ELF shared objects as an [`Image`]: bytes in, what the dynamic loader would make of them out.
//!
//! Only what a loader reads is trusted: program headers and the dynamic segment. Section headers may be
//! stripped or lie; they serve for local symbols alone. [`Elf::open`] reads headers and counts symbols,
//! which is enough to list exports; the rest is read by [`Elf::image`], because most of the bytes in
//! wheels are libraries that hold no module and should cost nothing.

use goblin::container::{Container, Ctx, Endian};
use goblin::elf::{Header, ProgramHeader, Reloc, dynamic, header, program_header, section_header};
use scroll::Pread;
use scroll::ctx::SizeWith;

use super::image::{Image, Import, Pointer, Segment, SymbolTable, string_at};
use crate::model::{Arch, BinaryFormat};

/// Program headers accepted; real files have about ten.
const MOST_SEGMENTS: usize = 256;
/// Entries of the dynamic segment accepted; real files have about thirty, and one for each library.
const MOST_DYNAMIC: usize = 65_536;

/// An ELF file whose headers were read.
#[derive(Debug)]
pub struct Elf<'a> {
    bytes: &'a [u8],
    header: Header,
    ctx: Ctx,
    segments: Vec<Segment<'a>>,
    /// What the loader makes read-only once it has relocated it: address and size.
    relro: Option<(u64, u64)>,
    dynamic: Dynamic,
    symbols: Symbols<'a>,
}

/// The entries of the dynamic segment that matter here: addresses and sizes in bytes, 0 where absent.
#[derive(Debug, Default)]
struct Dynamic {
    needed: Vec<u64>,
    hash: u64,
    gnu_hash: u64,
    symtab: u64,
    strtab: u64,
    strsz: u64,
    rela: (u64, u64),
    rel: (u64, u64),
    plt: (u64, u64),
    plt_is_rela: bool,
    relr: (u64, u64),
    android: bool,
}

/// The dynamic symbols: the table from its first entry to the end of its segment, and the strings.
#[derive(Debug, Default, Clone, Copy)]
struct Symbols<'a> {
    table: &'a [u8],
    strings: &'a [u8],
    count: usize,
    entry: usize,
    big_endian: bool,
}

/// What is needed of a dynamic symbol.
#[derive(Debug, Clone, Copy)]
struct Symbol<'a> {
    name: &'a str,
    value: u64,
    kind: u8,
    binding: u8,
    section: u16,
}

impl<'a> Symbols<'a> {
    fn get(&self, index: usize) -> Option<Symbol<'a>> {
        let at = index.checked_mul(self.entry)?;
        let entry = self.table.get(at..at.checked_add(self.entry)?)?;
        let endian = if self.big_endian { scroll::BE } else { scroll::LE };
        let name: u32 = entry.pread_with(0, endian).ok()?;
        let wide = self.entry == 24;
        let info: u8 = entry.pread(if wide { 4 } else { 12 }).ok()?;
        let section: u16 = entry.pread_with(if wide { 6 } else { 14 }, endian).ok()?;
        let value = if wide {
            entry.pread_with::<u64>(8, endian).ok()?
        } else {
            entry.pread_with::<u32>(4, endian).ok()?.into()
        };
        let name = string_at(self.strings, usize::try_from(name).ok()?).unwrap_or_default();
        Some(Symbol { name, value, kind: info & 0xf, binding: info >> 4, section })
    }

    fn iter(self) -> impl Iterator<Item = Symbol<'a>> {
        (1..self.count).map_while(move |i| self.get(i))
    }
}

impl Symbol<'_> {
    fn is_export(&self) -> bool {
        self.section != 0 && self.binding != 0 && !self.name.is_empty() && self.kind != STT_TLS
    }
}

const STT_TLS: u8 = 6;
const STT_GNU_IFUNC: u8 = 10;
const STB_WEAK: u8 = 2;
const SHN_ABS: u16 = 0xfff1;

impl<'a> Elf<'a> {
    /// Reads the headers of an ELF file that a dynamic loader could map.
    ///
    /// # Errors
    /// Says what is wrong with a file no loader would take.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let header: Header = bytes.pread(0).map_err(|e| format!("damaged ELF header: {e}"))?;
        if header.e_type != header::ET_DYN {
            return Err("an ELF file, but not a shared object".to_owned());
        }
        let container = header.container().map_err(|e| e.to_string())?;
        let endian = header.endianness().map_err(|e| e.to_string())?;
        let ctx = Ctx::new(container, if endian.is_little() { Endian::Little } else { Endian::Big });
        let count = usize::from(header.e_phnum);
        if count > MOST_SEGMENTS {
            return Err(format!("{count} program headers"));
        }
        let offset =
            usize::try_from(header.e_phoff).map_err(|_| "program headers lie outside of the file")?;
        let rows = ProgramHeader::parse(bytes, offset, count, ctx)
            .map_err(|e| format!("damaged program headers: {e}"))?;
        let headers = offset.saturating_add(count.saturating_mul(ProgramHeader::size(ctx)));
        let segments = load_segments(bytes, &rows, headers)?;
        let big_endian = !endian.is_little();
        let relro = rows.iter().find(|r| r.p_type == program_header::PT_GNU_RELRO);
        let relro = relro.map(|r| (r.p_vaddr, r.p_memsz));
        let mut elf = Self {
            bytes,
            header,
            ctx,
            segments,
            relro,
            dynamic: Dynamic::default(),
            symbols: Symbols::default(),
        };
        let row = rows
            .iter()
            .find(|r| r.p_type == program_header::PT_DYNAMIC)
            .ok_or("an ELF file without a dynamic segment")?;
        elf.dynamic = elf.read_dynamic(row.p_vaddr, row.p_memsz)?;
        elf.symbols = Symbols {
            table: elf.stored(elf.dynamic.symtab).unwrap_or_default(),
            strings: elf.slice(elf.dynamic.strtab, elf.dynamic.strsz).unwrap_or_default(),
            count: 0,
            entry: if container.is_big() { 24 } else { 16 },
            big_endian,
        };
        elf.symbols.count = elf.symbol_count();
        Ok(elf)
    }

    /// The instruction set.
    pub fn arch(&self) -> Arch {
        arch(&self.header)
    }

    /// Names and addresses of exported symbols.
    pub fn exports(&self) -> impl Iterator<Item = (&'a str, u64)> {
        self.symbols.iter().filter(Symbol::is_export).map(|s| (s.name, s.value))
    }

    /// Reads relocations, imports and where the local symbols lie.
    ///
    /// # Errors
    /// Says which table is damaged, or that it is of a kind unknown here: a pointer missed would be read
    /// as a null pointer.
    pub fn image(self) -> Result<Image<'a>, String> {
        let mut image = Image {
            format: BinaryFormat::Elf,
            arch: self.arch(),
            word: if self.is_wide() { 8 } else { 4 },
            big_endian: self.symbols.big_endian,
            segments: self.segments.clone(),
            pointers: Vec::new(),
            imports: Vec::new(),
            exports: self.exports().collect(),
            symbols: self.local_symbols().unwrap_or_default(),
            libraries: Vec::new(),
        };
        image.lay_out()?;
        if self.dynamic.android {
            return Err("packed Android relocations".to_owned());
        }
        for offset in &self.dynamic.needed {
            let offset = usize::try_from(*offset).unwrap_or(usize::MAX);
            image.libraries.extend(string_at(self.symbols.strings, offset));
        }
        let mut relocations = Relocations {
            kinds: Kinds::of(self.header.e_machine),
            symbols: self.symbols,
            import_of: Vec::new(),
            pointers: Vec::new(),
            resolver: None,
        };
        // Imports that no relocation names still tell what the file was compiled against.
        for index in 1..self.symbols.count {
            relocations.import(index, &mut image);
        }
        self.relr(&image, &mut relocations.pointers)?;
        self.table(self.dynamic.rel, false, &mut image, &mut relocations)?;
        self.table(self.dynamic.rela, true, &mut image, &mut relocations)?;
        self.table(self.dynamic.plt, self.dynamic.plt_is_rela, &mut image, &mut relocations)?;
        image.pointers = relocations.pointers;
        image.lay_out()?;
        if let Some((start, size)) = self.relro {
            image.seal(start, size);
        }
        Ok(image)
    }

    fn is_wide(&self) -> bool {
        self.ctx.container == Container::Big
    }

    /// What the file stores from `address` to the end of its segment.
    fn stored(&self, address: u64) -> Option<&'a [u8]> {
        let segment = self.segments.iter().find(|s| s.start <= address && address < s.end())?;
        segment.bytes.get(usize::try_from(address - segment.start).ok()?..)
    }

    fn slice(&self, address: u64, size: u64) -> Option<&'a [u8]> {
        self.stored(address)?.get(..usize::try_from(size).ok()?)
    }

    fn u32(&self, bytes: &[u8], index: u64) -> Option<u32> {
        let at = usize::try_from(index.checked_mul(4)?).ok()?;
        let endian = if self.symbols.big_endian { scroll::BE } else { scroll::LE };
        bytes.pread_with(at, endian).ok()
    }

    fn read_dynamic(&self, address: u64, size: u64) -> Result<Dynamic, String> {
        let table = self.slice(address, size).ok_or("the dynamic segment lies outside of the file")?;
        let mut out = Dynamic::default();
        let step = dynamic::Dyn::size(self.ctx.container);
        for entry in table.chunks_exact(step).take(MOST_DYNAMIC) {
            let row: dynamic::Dyn =
                entry.pread_with(0, self.ctx).map_err(|e: goblin::error::Error| e.to_string())?;
            let value = row.d_val;
            match row.d_tag {
                dynamic::DT_NULL => break,
                dynamic::DT_NEEDED => out.needed.push(value),
                dynamic::DT_HASH => out.hash = value,
                dynamic::DT_GNU_HASH => out.gnu_hash = value,
                dynamic::DT_SYMTAB => out.symtab = value,
                dynamic::DT_STRTAB => out.strtab = value,
                dynamic::DT_STRSZ => out.strsz = value,
                dynamic::DT_RELA => out.rela.0 = value,
                dynamic::DT_RELASZ => out.rela.1 = value,
                dynamic::DT_REL => out.rel.0 = value,
                dynamic::DT_RELSZ => out.rel.1 = value,
                dynamic::DT_JMPREL => out.plt.0 = value,
                dynamic::DT_PLTRELSZ => out.plt.1 = value,
                dynamic::DT_PLTREL => out.plt_is_rela = value == dynamic::DT_RELA,
                DT_RELR => out.relr.0 = value,
                DT_RELRSZ => out.relr.1 = value,
                DT_ANDROID_REL | DT_ANDROID_RELA | DT_ANDROID_RELR => out.android = true,
                _ => {}
            }
        }
        Ok(out)
    }

    /// How many dynamic symbols the hash tables cover. `DT_HASH` counts them all, `DT_GNU_HASH` those up
    /// to the last export; relocations may name imports behind these.
    fn symbol_count(&self) -> usize {
        let mut count = 0;
        // s390x has 64-bit words in DT_HASH; its linkers write DT_GNU_HASH as well.
        if self.dynamic.hash != 0
            && self.header.e_machine != header::EM_S390
            && let Some(table) = self.stored(self.dynamic.hash)
        {
            count = self.u32(table, 1).unwrap_or(0);
        }
        if self.dynamic.gnu_hash != 0 {
            count = count.max(self.gnu_hash_count().unwrap_or(0));
        }
        let fits = self.symbols.table.len() / self.symbols.entry.max(1);
        usize::try_from(count).unwrap_or(usize::MAX).min(fits)
    }

    fn gnu_hash_count(&self) -> Option<u32> {
        let table = self.stored(self.dynamic.gnu_hash)?;
        let (buckets, first, bloom) = (self.u32(table, 0)?, self.u32(table, 1)?, self.u32(table, 2)?);
        let words = u64::from(bloom).checked_mul(if self.is_wide() { 2 } else { 1 })?;
        let bucket_at = words.checked_add(4)?;
        let mut last = 0;
        for i in 0..u64::from(buckets) {
            last = last.max(self.u32(table, bucket_at.checked_add(i)?)?);
        }
        if last < first {
            return Some(first);
        }
        let chain_at = bucket_at.checked_add(buckets.into())?;
        loop {
            let link = self.u32(table, chain_at.checked_add((last - first).into())?)?;
            last = last.checked_add(1)?;
            if link & 1 == 1 {
                return Some(last);
            }
        }
    }

    fn table(
        &self,
        (address, size): (u64, u64),
        is_rela: bool,
        image: &mut Image<'a>,
        out: &mut Relocations<'a>,
    ) -> Result<(), String> {
        if size == 0 {
            return Ok(());
        }
        let table = self.slice(address, size).ok_or("a relocation table lies outside of the file")?;
        let with = (is_rela, self.ctx);
        let step = Reloc::size_with(&with);
        out.pointers.reserve(table.len() / step);
        for entry in table.chunks_exact(step) {
            let row: Reloc = entry.pread_with(0, with).map_err(|e: goblin::error::Error| e.to_string())?;
            out.add(&row, image);
        }
        Ok(())
    }

    /// Packed relative relocations: an even entry is an address, an odd one a bitmap of the words after it.
    fn relr(&self, image: &Image<'a>, out: &mut Vec<(u64, Pointer)>) -> Result<(), String> {
        let (address, size) = self.dynamic.relr;
        if size == 0 {
            return Ok(());
        }
        let table = self.slice(address, size).ok_or("the RELR table lies outside of the file")?;
        let word = u64::from(image.word);
        let mut next = 0u64;
        let mut push = |at: u64| {
            // Where the place is not mapped a loader would crash; there is nothing to say of it.
            if let Some(to) = image.uint(at, image.word) {
                out.push((at, Pointer::Here(to)));
            }
            out.len()
        };
        // A bitmap can name one word again and again: more words than the file has are not believed.
        let most = self.bytes.len() / usize::from(image.word);
        for entry in table.chunks_exact(usize::from(image.word)) {
            let value = match (self.is_wide(), self.ctx.le.is_little()) {
                (true, _) => entry.pread_with::<u64>(0, self.ctx.le).map_err(|e| e.to_string())?,
                (false, _) => entry.pread_with::<u32>(0, self.ctx.le).map_err(|e| e.to_string())?.into(),
            };
            let mut pushed = 0;
            if value & 1 == 0 {
                pushed = push(value);
                next = value.wrapping_add(word);
            } else {
                for bit in 1..word * 8 {
                    if value >> bit & 1 == 1 {
                        pushed = push(next.wrapping_add((bit - 1) * word));
                    }
                }
                next = next.wrapping_add((word * 8 - 1) * word);
            }
            if pushed > most {
                return Err("more relative relocations than words".to_owned());
            }
        }
        Ok(())
    }

    fn local_symbols(&self) -> Option<SymbolTable<'a>> {
        let size = section_header::SectionHeader::size_with(&self.ctx);
        let start = usize::try_from(self.header.e_shoff).ok().filter(|at| *at != 0)?;
        let section = |index: usize| -> Option<section_header::SectionHeader> {
            self.bytes.pread_with(start.checked_add(index.checked_mul(size)?)?, self.ctx).ok()
        };
        let bytes = |s: &section_header::SectionHeader| -> Option<&'a [u8]> {
            let from = usize::try_from(s.sh_offset).ok()?;
            self.bytes.get(from..from.checked_add(usize::try_from(s.sh_size).ok()?)?)
        };
        let symtab = (0..usize::from(self.header.e_shnum))
            .filter_map(section)
            .find(|s| s.sh_type == section_header::SHT_SYMTAB)?;
        let strings = section(usize::try_from(symtab.sh_link).ok()?)?;
        Some(SymbolTable::Elf { table: bytes(&symtab)?, strings: bytes(&strings)? })
    }
}

const DT_RELRSZ: u64 = 35;
const DT_RELR: u64 = 36;
const DT_ANDROID_REL: u64 = 0x6000_000f;
const DT_ANDROID_RELA: u64 = 0x6000_0011;
const DT_ANDROID_RELR: u64 = 0x6fff_e000;

/// The headers themselves, which loaders map with what follows them, are left out: shared objects begin at address 0,
/// and a program that goes astray through a null pointer would find them there.
fn load_segments<'a>(
    bytes: &'a [u8],
    rows: &[ProgramHeader],
    headers: usize,
) -> Result<Vec<Segment<'a>>, String> {
    let mut out = Vec::new();
    for row in rows.iter().filter(|r| r.p_type == program_header::PT_LOAD) {
        let size = row.p_filesz.min(row.p_memsz);
        let stored = usize::try_from(row.p_offset)
            .ok()
            .zip(usize::try_from(size).ok())
            .and_then(|(from, size)| bytes.get(from..from.checked_add(size)?))
            .ok_or("a segment lies outside of the file, which may be cut off")?;
        if row.p_vaddr.checked_add(row.p_memsz).is_none() {
            return Err("a segment reaches beyond the address space".to_owned());
        }
        let (writable, executable) = (row.is_write(), row.is_executable());
        let name = match (writable, executable) {
            (_, true) => "text",
            (true, false) => "data",
            (false, false) => "rodata",
        };
        let skipped = if row.p_offset == 0 { headers.min(stored.len()) } else { 0 };
        let (start, size) = (row.p_vaddr + skipped as u64, row.p_memsz - skipped as u64);
        out.push(Segment {
            start,
            size,
            bytes: stored.get(skipped..).unwrap_or_default(),
            writable,
            sealed: false,
            executable,
            name: name.into(),
        });
    }
    Ok(out)
}

fn arch(header: &Header) -> Arch {
    let little = header.endianness().is_ok_and(|e| e.is_little());
    let wide = header.container().is_ok_and(Container::is_big);
    match (header.e_machine, wide, little) {
        (header::EM_X86_64, true, true) => Arch::X86_64,
        (header::EM_AARCH64, true, true) => Arch::Aarch64,
        (header::EM_386, false, true) => Arch::I686,
        (header::EM_ARM, false, true) => Arch::Armv7,
        (header::EM_PPC64, true, true) => Arch::Ppc64le,
        (header::EM_S390, true, false) => Arch::S390x,
        (header::EM_RISCV, true, true) => Arch::Riscv64,
        (header::EM_LOONGARCH, true, true) => Arch::Loong64,
        _ => Arch::Other,
    }
}

/// The numbers that a machine's ABI gives to the relocations a shared object can hold.
#[derive(Debug, Clone, Copy)]
struct Kinds {
    relative: u32,
    absolute: u32,
    glob_dat: u32,
    jump_slot: u32,
    tls_descriptor: Option<u32>,
}

impl Kinds {
    /// From the processor supplements of the System V ABI; `None` for machines not listed, whose
    /// relocations are all opaque. RISC-V and LoongArch have no GLOB_DAT and use the absolute kind.
    fn of(machine: u16) -> Option<Self> {
        // Descriptors of thread-local variables are read where code is followed.
        let tls_descriptor = match machine {
            header::EM_X86_64 => Some(36),
            header::EM_AARCH64 => Some(1031),
            _ => None,
        };
        let [relative, absolute, glob_dat, jump_slot] = match machine {
            header::EM_X86_64 => [8, 1, 6, 7],
            header::EM_AARCH64 => [1027, 257, 1025, 1026],
            header::EM_386 => [8, 1, 6, 7],
            header::EM_ARM => [23, 2, 21, 22],
            header::EM_PPC64 => [22, 38, 20, 21],
            header::EM_S390 => [12, 22, 10, 11],
            header::EM_RISCV | header::EM_LOONGARCH => [3, 2, 2, 5],
            _ => return None,
        };
        Some(Self { relative, absolute, glob_dat, jump_slot, tls_descriptor })
    }
}

struct Relocations<'a> {
    kinds: Option<Kinds>,
    symbols: Symbols<'a>,
    /// For each dynamic symbol met so far: its row in the imports plus 1, or 0.
    import_of: Vec<u32>,
    pointers: Vec<(u64, Pointer)>,
    /// The row of [`TLS_RESOLVER`].
    resolver: Option<usize>,
}

/// What the GNU C library calls the function behind a thread-local descriptor.
const TLS_RESOLVER: &str = "_dl_tlsdesc";

impl<'a> Relocations<'a> {
    fn add(&mut self, row: &Reloc, image: &mut Image<'a>) {
        if row.r_type == 0 {
            return;
        }
        let in_place = || image.uint(row.r_offset, image.word).unwrap_or(0);
        let mask = if image.word == 8 { u64::MAX } else { u64::from(u32::MAX) };
        let pointer = match self.kinds {
            Some(k) if row.r_type == k.relative => {
                let to = row.r_addend.map_or_else(in_place, i64::cast_unsigned);
                Pointer::Here(to & mask)
            }
            Some(k) if row.r_type == k.absolute => {
                let addend = row.r_addend.unwrap_or_else(|| in_place().cast_signed());
                self.symbol(row.r_sym, addend, mask, image)
            }
            // What stands in place is for lazy binding and not an addend.
            Some(k) if row.r_type == k.glob_dat || row.r_type == k.jump_slot => {
                self.symbol(row.r_sym, row.r_addend.unwrap_or(0), mask, image)
            }
            Some(k) if k.tls_descriptor == Some(row.r_type) => {
                self.pointers.push((row.r_offset.wrapping_add(image.word.into()), Pointer::Opaque));
                self.resolver(image)
            }
            _ => Pointer::Opaque,
        };
        self.pointers.push((row.r_offset, pointer));
    }

    /// The loader's own function that finds a thread-local variable by its descriptor: an import without a
    /// symbol.
    fn resolver(&mut self, image: &mut Image<'a>) -> Pointer {
        let row = *self.resolver.get_or_insert_with(|| {
            image.imports.push(Import { name: TLS_RESOLVER, weak: false });
            image.imports.len() - 1
        });
        u32::try_from(row).map_or(Pointer::Opaque, |row| Pointer::Import(row, 0))
    }

    fn symbol(&mut self, index: usize, addend: i64, mask: u64, image: &mut Image<'a>) -> Pointer {
        if index == 0 {
            return Pointer::Here(addend.cast_unsigned() & mask);
        }
        match self.symbols.get(index) {
            Some(s) if s.kind == STT_TLS || s.kind == STT_GNU_IFUNC || s.section == SHN_ABS => {
                Pointer::Opaque
            }
            Some(s) if s.section != 0 => Pointer::Here(s.value.wrapping_add_signed(addend) & mask),
            Some(_) => self.import(index, image).map_or(Pointer::Opaque, |row| Pointer::Import(row, addend)),
            None => Pointer::Opaque,
        }
    }

    /// The row of an undefined symbol in the imports, made when it is not there yet.
    fn import(&mut self, index: usize, image: &mut Image<'a>) -> Option<u32> {
        if let Some(row) = self.import_of.get(index).and_then(|row| row.checked_sub(1)) {
            return Some(row);
        }
        let symbol = self.symbols.get(index).filter(|s| s.section == 0 && !s.name.is_empty())?;
        let row = u32::try_from(image.imports.len()).ok()?;
        image.imports.push(Import { name: symbol.name, weak: symbol.binding == STB_WEAK });
        if self.import_of.len() <= index {
            self.import_of.resize(index + 1, 0);
        }
        if let Some(slot) = self.import_of.get_mut(index) {
            *slot = row + 1;
        }
        Some(row)
    }
}

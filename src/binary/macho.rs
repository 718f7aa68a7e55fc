//! Mach-O bundles and dynamic libraries as an [`Image`]: bytes in, what dyld would make of them out.
//!
//! Where pointers lead is told by one of two encodings: opcode streams (`LC_DYLD_INFO`), which leave
//! finished addresses in place and list them, or fixups chained through the data itself
//! (`LC_DYLD_CHAINED_FIXUPS`). Extensions are linked with `-undefined dynamic_lookup`, for which linkers
//! prefer the first, so both stay in use. Only little-endian 64-bit images are read: no 32-bit macOS runs a
//! Python that has free-threaded builds.

use std::collections::HashMap;

use object::LittleEndian as LE;
use object::macho::{self, FatArch32, FatArch64, MachHeader64};
use object::read::macho::{
    BindIterator, FatArch, Fixup, LoadCommandVariant, MachHeader, MachOFatFile, Section, Segment as _,
};

use super::image::{Image, Import, Pointer, Segment, SymbolTable, string_at};
use crate::model::{Arch, BinaryFormat};

/// Slices of a fat file accepted; real files have two.
const MOST_SLICES: usize = 16;
/// Load commands accepted; real files have a few dozen, and one for each library.
const MOST_COMMANDS: u32 = 65_536;

/// Whether a file begins like a 64-bit little-endian image.
pub fn is_thin(magic: [u8; 4]) -> bool {
    matches!(magic, [0xcf, 0xfa, 0xed, 0xfe])
}

/// Whether a file begins like a fat one.
pub fn is_fat(magic: [u8; 4]) -> bool {
    matches!(magic, [0xca, 0xfe, 0xba, 0xbe | 0xbf])
}

/// The slices of a fat file that this module reads; others are 32-bit or of processors macOS has left.
///
/// # Errors
/// Says how the table of slices is damaged.
pub fn slices(bytes: &[u8]) -> Result<Vec<Result<&[u8], String>>, String> {
    fn read<F: FatArch>(bytes: &[u8]) -> Result<Vec<Result<&[u8], String>>, String> {
        let fat = MachOFatFile::<F>::parse(bytes).map_err(|e| format!("damaged fat file: {e}"))?;
        if fat.arches().len() > MOST_SLICES {
            return Err(format!("a fat file of {} slices", fat.arches().len()));
        }
        Ok(fat
            .arches()
            .iter()
            .filter(|a| matches!(a.cputype(), macho::CPU_TYPE_X86_64 | macho::CPU_TYPE_ARM64))
            .map(|a| a.data(bytes).map_err(|e| format!("a slice lies outside of the file: {e}")))
            .collect())
    }
    if bytes.get(3) == Some(&0xbf) { read::<FatArch64>(bytes) } else { read::<FatArch32>(bytes) }
}

/// A Mach-O image whose load commands were read.
#[derive(Debug)]
pub struct MachO<'a> {
    bytes: &'a [u8],
    arch: Arch,
    segments: Vec<Raw<'a>>,
    sections: Vec<Segment<'a>>,
    symbols: Symbols<'a>,
    libraries: Vec<&'a str>,
    dyld_info: Option<&'a macho::DyldInfoCommand<LE>>,
    chained: Option<&'a macho::LinkeditDataCommand<LE>>,
}

/// A segment command: fixups count from these.
#[derive(Debug)]
struct Raw<'a> {
    name: &'a [u8],
    start: u64,
    size: u64,
    bytes: &'a [u8],
}

#[derive(Debug, Clone, Copy, Default)]
struct Symbols<'a> {
    table: &'a [u8],
    strings: &'a [u8],
}

const ENTRY: usize = 16;

impl<'a> Symbols<'a> {
    /// Exported symbols: external, not private, defined in a section.
    fn exports(self) -> impl Iterator<Item = (&'a str, u64)> {
        self.table.chunks_exact(ENTRY).filter_map(move |entry| {
            let (name, rest) = entry.split_first_chunk::<4>()?;
            let kind = *rest.first()?;
            // N_STAB, N_PEXT, N_TYPE, N_EXT.
            if kind & 0xe0 != 0 || kind & 0x10 != 0 || kind & 0x0e != 0x0e || kind & 1 == 0 {
                return None;
            }
            let value = u64::from_le_bytes(*rest.last_chunk()?);
            let name = string_at(self.strings, usize::try_from(u32::from_le_bytes(*name)).ok()?)?;
            Some((plain(name), value))
        })
    }
}

/// A name without the underscore that the C compiler puts before it.
fn plain(name: &str) -> &str {
    name.strip_prefix('_').unwrap_or(name)
}

impl<'a> MachO<'a> {
    /// Reads the load commands of one image.
    ///
    /// # Errors
    /// Says what is wrong with an image that dyld would not take.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let damaged = |e: object::read::Error| format!("damaged Mach-O file: {e}");
        let header = MachHeader64::<LE>::parse(bytes, 0).map_err(damaged)?;
        if !matches!(header.filetype(LE), macho::MH_BUNDLE | macho::MH_DYLIB) {
            return Err("a Mach-O file, but neither bundle nor dynamic library".to_owned());
        }
        if header.ncmds(LE) > MOST_COMMANDS {
            return Err(format!("{} load commands", header.ncmds(LE)));
        }
        let arch = match header.cputype(LE) {
            macho::CPU_TYPE_X86_64 => Arch::X86_64,
            macho::CPU_TYPE_ARM64 => Arch::Aarch64,
            _ => Arch::Other,
        };
        let mut out = Self {
            bytes,
            arch,
            segments: Vec::new(),
            sections: Vec::new(),
            symbols: Symbols::default(),
            libraries: Vec::new(),
            dyld_info: None,
            chained: None,
        };
        let mut commands = header.load_commands(LE, bytes, 0).map_err(damaged)?;
        while let Some(command) = commands.next().map_err(damaged)? {
            match command.variant().map_err(damaged)? {
                LoadCommandVariant::Segment64(segment, data) => out.add_segment(segment, data)?,
                LoadCommandVariant::Symtab(symtab) => {
                    let table = (symtab.symoff.get(LE), symtab.nsyms.get(LE).checked_mul(ENTRY as u32));
                    let strings = (symtab.stroff.get(LE), Some(symtab.strsize.get(LE)));
                    out.symbols = Symbols { table: out.part(table)?, strings: out.part(strings)? };
                }
                LoadCommandVariant::Dylib(dylib) | LoadCommandVariant::IdDylib(dylib)
                    if command.cmd() != macho::LC_ID_DYLIB =>
                {
                    let name = command.string(LE, dylib.dylib.name).map_err(damaged)?;
                    out.libraries.extend(std::str::from_utf8(name));
                }
                LoadCommandVariant::DyldInfo(info) => out.dyld_info = Some(info),
                _ if command.cmd() == macho::LC_DYLD_CHAINED_FIXUPS => {
                    out.chained = Some(command.data().map_err(damaged)?);
                }
                _ => {}
            }
        }
        Ok(out)
    }

    /// The instruction set.
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// Names and addresses of exported symbols.
    pub fn exports(&self) -> impl Iterator<Item = (&'a str, u64)> {
        self.symbols.exports()
    }

    /// Reads fixups and imports.
    ///
    /// # Errors
    /// Says which table is damaged or of an unknown kind.
    pub fn image(self) -> Result<Image<'a>, String> {
        let mut image = Image {
            format: BinaryFormat::MachO,
            arch: self.arch,
            word: 8,
            big_endian: false,
            segments: self.sections.clone(),
            pointers: Vec::new(),
            imports: Vec::new(),
            exports: self.exports().collect(),
            symbols: SymbolTable::MachO { table: self.symbols.table, strings: self.symbols.strings },
            libraries: self.libraries.clone(),
        };
        image.lay_out()?;
        let mut fixups = Fixups {
            most: self.bytes.len() / 4,
            rows: Vec::new(),
            own: image.exports.iter().copied().collect(),
            import_of: HashMap::new(),
            imports: Vec::new(),
        };
        self.opcodes(&image, &mut fixups)?;
        self.chains(&mut fixups)?;
        image.pointers = fixups.rows;
        image.imports = fixups.imports;
        image.lay_out()?;
        Ok(image)
    }

    fn part(&self, (offset, size): (u32, Option<u32>)) -> Result<&'a [u8], String> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let size = size.and_then(|s| usize::try_from(s).ok()).unwrap_or(usize::MAX);
        from.checked_add(size)
            .and_then(|end| self.bytes.get(from..end))
            .ok_or_else(|| "the symbol table lies outside of the file".to_owned())
    }

    fn add_segment(
        &mut self,
        segment: &'a macho::SegmentCommand64<LE>,
        data: &'a [u8],
    ) -> Result<(), String> {
        let damaged = |e: object::read::Error| format!("damaged Mach-O segment: {e}");
        let outside = || "a segment lies outside of the file, which may be cut off".to_owned();
        let (start, size) = (segment.vmaddr(LE), segment.vmsize(LE));
        let stored = segment.data(LE, self.bytes).map_err(|()| outside())?;
        if start.checked_add(size).is_none() {
            return Err("a segment reaches beyond the address space".to_owned());
        }
        self.segments.push(Raw { name: segment.name(), start, size, bytes: stored });
        let protection = segment.initprot(LE);
        let runs = protection.0 & macho::VM_PROT_EXECUTE.0 != 0;
        let sealed = segment.flags.get(LE).0 & macho::SG_READ_ONLY.0 != 0;
        let writable = protection.0 & macho::VM_PROT_WRITE.0 != 0 && !sealed;
        for section in segment.sections(LE, data).map_err(damaged)? {
            let (start, size) = (section.addr(LE), section.size(LE));
            if start.checked_add(size).is_none() {
                return Err("a section reaches beyond the address space".to_owned());
            }
            // Zero-filled sections have no data.
            let stored = section.data(LE, self.bytes, section.offset(LE).into()).map_err(|_| outside())?;
            let flags = section.flags(LE).0;
            let code = macho::S_ATTR_PURE_INSTRUCTIONS.0 | macho::S_ATTR_SOME_INSTRUCTIONS.0;
            self.sections.push(Segment {
                start,
                size,
                bytes: stored,
                writable,
                sealed,
                executable: runs && flags & code != 0,
                name: String::from_utf8_lossy(section.name()),
            });
        }
        Ok(())
    }

    /// `LC_DYLD_INFO`: rebased places hold their address already; bound ones are named by streams.
    fn opcodes(&self, image: &Image<'a>, out: &mut Fixups<'a>) -> Result<(), String> {
        let Some(info) = self.dyld_info else { return Ok(()) };
        let damaged = |e: object::read::Error| format!("damaged fixups: {e}");
        let mut rebases = info.rebases(LE, self.bytes, 8).map_err(damaged)?;
        while let Some(rebase) = rebases.next().map_err(damaged)? {
            let at = self.place(rebase.segment_index.into(), rebase.segment_offset)?;
            let pointer = match rebase.kind {
                macho::REBASE_TYPE_POINTER => {
                    Pointer::Here(image.uint(at, 8).ok_or("a fixup outside of all sections")?)
                }
                _ => Pointer::Opaque,
            };
            out.push(at, pointer)?;
        }
        let bind = |mut binds: BindIterator<'a>, out: &mut Fixups<'a>| -> Result<(), String> {
            while let Some(bind) = binds.next().map_err(damaged)? {
                let at = self.place(bind.segment_index.into(), bind.segment_offset)?;
                let weak = bind.flags.0 & macho::BIND_SYMBOL_FLAGS_WEAK_IMPORT.0 != 0;
                let pointer = match bind.kind {
                    macho::BIND_TYPE_POINTER => out.symbol(bind.symbol, weak, bind.addend),
                    _ => Pointer::Opaque,
                };
                out.push(at, pointer)?;
            }
            Ok(())
        };
        bind(info.binds(LE, self.bytes, 8).map_err(damaged)?, out)?;
        bind(info.weak_binds(LE, self.bytes, 8).map_err(damaged)?, out)?;
        bind(info.lazy_binds(LE, self.bytes, 8).map_err(damaged)?, out)
    }

    /// `LC_DYLD_CHAINED_FIXUPS`: the places to fix are linked through the words that stand in them.
    fn chains(&self, out: &mut Fixups<'a>) -> Result<(), String> {
        let Some(command) = self.chained else { return Ok(()) };
        let damaged = |e: object::read::Error| format!("damaged chained fixups: {e}");
        let fixups = command.chained_fixups(LE, self.bytes).map_err(damaged)?;
        let mut symbols = Vec::new();
        let mut imports = fixups.imports(LE).map_err(damaged)?;
        while let Some(import) = imports.next().map_err(damaged)? {
            symbols.push(import);
        }
        let base = self.segments.iter().find(|s| s.name == b"__TEXT").map_or(0, |s| s.start);
        let mut segments = fixups.segments(LE).map_err(damaged)?;
        while let Some(starts) = segments.next().map_err(damaged)? {
            let index = usize::try_from(starts.index()).unwrap_or(usize::MAX);
            let segment = self.segments.get(index).ok_or("fixups of a segment that is not there")?;
            let mut chain = starts.fixups(LE, base, segment.bytes);
            while let Some((offset, fixup)) = chain.next().map_err(damaged)? {
                let pointer = match fixup {
                    Fixup::Rebase(to) => Pointer::Here(base.wrapping_add(to.target_offset)),
                    Fixup::Bind(bind) => {
                        let import = usize::try_from(bind.ordinal).ok().and_then(|i| symbols.get(i));
                        let import = import.ok_or("a fixup that names no import")?;
                        let addend = import.addend.wrapping_add(bind.addend.into());
                        out.symbol(import.name, import.weak_import, addend)
                    }
                    _ => Pointer::Opaque,
                };
                out.push(segment.start.wrapping_add(offset), pointer)?;
            }
        }
        Ok(())
    }

    fn place(&self, segment: usize, offset: u64) -> Result<u64, String> {
        let segment = self.segments.get(segment).ok_or("a fixup in a segment that is not there")?;
        if offset >= segment.size {
            return Err("a fixup outside of its segment".to_owned());
        }
        Ok(segment.start.wrapping_add(offset))
    }
}

/// Collects where pointers lead.
struct Fixups<'a> {
    /// Streams can repeat one place for ever: more fixups than words in the file are not believed.
    most: usize,
    rows: Vec<(u64, Pointer)>,
    own: HashMap<&'a str, u64>,
    import_of: HashMap<&'a [u8], u32>,
    imports: Vec<Import<'a>>,
}

impl<'a> Fixups<'a> {
    fn push(&mut self, at: u64, pointer: Pointer) -> Result<(), String> {
        if self.rows.len() >= self.most {
            return Err("more fixups than words".to_owned());
        }
        self.rows.push((at, pointer));
        Ok(())
    }

    /// A symbol that this image itself exports is taken from here: dyld binds to another image's only where
    /// C++ wants one copy in the process, and then all copies are the same.
    fn symbol(&mut self, name: &'a [u8], weak: bool, addend: i64) -> Pointer {
        let text = plain(std::str::from_utf8(name).unwrap_or_default());
        if let Some(address) = self.own.get(text) {
            return Pointer::Here(address.wrapping_add_signed(addend));
        }
        if let Some(row) = self.import_of.get(name) {
            return Pointer::Import(*row, addend);
        }
        let Ok(row) = u32::try_from(self.imports.len()) else { return Pointer::Opaque };
        self.imports.push(Import { name: text, weak });
        self.import_of.insert(name, row);
        Pointer::Import(row, addend)
    }
}

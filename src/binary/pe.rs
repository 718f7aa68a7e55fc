//! PE dynamic libraries as an [`Image`]: bytes in, what Windows' loader would make of them out.
//!
//! Addresses are those of the preferred image base, as pointers stand in the file; `.reloc` only lists
//! them. A forwarded export belongs to another library and is no hook of this file.

use goblin::pe::header::CoffHeader;
use goblin::pe::optional_header::OptionalHeader;
use scroll::{LE, Pread};

use super::image::{Image, Import, Pointer, Segment, SymbolTable};
use crate::model::{Arch, BinaryFormat};

/// Sections accepted; the loader itself takes 96.
const MOST_SECTIONS: u16 = 1024;
/// Import libraries accepted.
const MOST_LIBRARIES: u64 = 4096;
/// Symbols imported from one library, or exported.
const MOST_SYMBOLS: u32 = 1 << 20;
/// Longest name read.
const LONGEST_NAME: usize = 4096;

/// A PE file whose headers and sections were read.
#[derive(Debug)]
pub struct Pe<'a> {
    image: Image<'a>,
    base: u64,
    /// Relocations and thunks accepted: one for each word of the file.
    most: usize,
    exports: Directory,
    imports: Directory,
    relocations: Directory,
    delayed: Directory,
}

/// Where a table lies: its address in the image and its size; both 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
struct Directory {
    at: u64,
    size: u64,
}

impl<'a> Pe<'a> {
    /// Reads headers and sections.
    ///
    /// # Errors
    /// Says what is wrong with a file that no loader would take.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let cut = |e: scroll::Error| format!("damaged PE header: {e}");
        let damaged = |e: goblin::error::Error| format!("damaged PE header: {e}");
        let start: u32 = bytes.pread_with(0x3c, LE).map_err(cut)?;
        let mut offset = usize::try_from(start).unwrap_or(usize::MAX);
        if bytes.get(offset..).and_then(|rest| rest.first_chunk()) != Some(b"PE\0\0") {
            return Err("an executable for DOS, not for Windows".to_owned());
        }
        offset = offset.saturating_add(4);
        let coff = CoffHeader::parse(bytes, &mut offset).map_err(damaged)?;
        if coff.number_of_sections > MOST_SECTIONS {
            return Err(format!("{} sections", coff.number_of_sections));
        }
        let optional: OptionalHeader = bytes.pread_with(offset, LE).map_err(damaged)?;
        offset = offset.saturating_add(coff.size_of_optional_header.into());
        let rows = coff.sections(bytes, &mut offset).map_err(damaged)?;
        let wide = optional.standard_fields.magic == goblin::pe::optional_header::MAGIC_64;
        let base = optional.windows_fields.image_base;
        let mut image = Image {
            format: BinaryFormat::Pe,
            arch: match coff.machine {
                0x8664 => Arch::X86_64,
                0xaa64 => Arch::Aarch64,
                0x014c => Arch::I686,
                0x01c4 => Arch::Armv7,
                _ => Arch::Other,
            },
            word: if wide { 8 } else { 4 },
            big_endian: false,
            segments: Vec::new(),
            pointers: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        };
        for row in rows {
            let stored = u64::from(row.size_of_raw_data);
            let size = if row.virtual_size == 0 { stored } else { row.virtual_size.into() };
            let from = usize::try_from(row.pointer_to_raw_data).unwrap_or(usize::MAX);
            let length = usize::try_from(stored.min(size)).unwrap_or(usize::MAX);
            let stored = match length {
                0 => Some(&[][..]),
                _ => from.checked_add(length).and_then(|end| bytes.get(from..end)),
            };
            let start = base.checked_add(row.virtual_address.into());
            let (Some(stored), Some(start)) = (stored, start.filter(|s| s.checked_add(size).is_some()))
            else {
                return Err("a section lies outside of the file, which may be cut off".to_owned());
            };
            let name = row.name.split(|b| *b == 0).next().unwrap_or_default();
            image.segments.push(Segment {
                start,
                size,
                bytes: stored,
                writable: row.characteristics & 0x8000_0000 != 0,
                sealed: false,
                executable: row.characteristics & 0x2000_0000 != 0,
                name: String::from_utf8_lossy(name).into_owned().into(),
            });
        }
        image.lay_out()?;
        let tables = &optional.data_directories;
        let directory = |table: &Option<goblin::pe::data_directories::DataDirectory>| {
            table.filter(|t| t.virtual_address != 0 && t.size != 0).map_or(Directory::default(), |t| {
                Directory { at: base.saturating_add(t.virtual_address.into()), size: t.size.into() }
            })
        };
        Ok(Self {
            most: bytes.len() / usize::from(image.word),
            base,
            exports: directory(&tables.get_export_table().copied()),
            imports: directory(&tables.get_import_table().copied()),
            relocations: directory(&tables.get_base_relocation_table().copied()),
            delayed: directory(&tables.get_delay_import_descriptor().copied()),
            image,
        })
    }

    /// The instruction set.
    pub fn arch(&self) -> Arch {
        self.image.arch
    }

    /// Names and addresses of exported symbols that are not forwarded.
    pub fn exports(&self) -> impl Iterator<Item = (&'a str, u64)> {
        let table = self.exports.at;
        let field = move |at: u64| self.u32(table.checked_add(at)?);
        let count = if table == 0 { 0 } else { field(24).unwrap_or(0).min(MOST_SYMBOLS) };
        let functions = field(28).unwrap_or(0);
        let (names, ordinals) = (field(32).unwrap_or(0), field(36).unwrap_or(0));
        (0..u64::from(count)).filter_map(move |i| {
            let name = self.u32(self.rva(names)?.checked_add(i * 4)?)?;
            let ordinal = self.image.uint(self.rva(ordinals)?.checked_add(i * 2)?, 2)?;
            let address = self.rva(self.u32(self.rva(functions)?.checked_add(ordinal * 4)?)?)?;
            let forwarded = address >= table && address - table < self.exports.size;
            (!forwarded).then_some((self.text(name)?, address))
        })
    }

    /// Reads relocations and imports.
    ///
    /// # Errors
    /// Says which table is damaged.
    pub fn image(mut self) -> Result<Image<'a>, String> {
        self.image.exports = self.exports().collect();
        let mut pointers = self.relocated()?;
        for at in 0..MOST_LIBRARIES {
            let Some(row) = self.imports.at.checked_add(at * 20).filter(|_| self.imports.at != 0) else {
                break;
            };
            let field = |i: u64| self.u32(row.checked_add(i * 4)?);
            let (Some(names), Some(library), Some(table)) = (field(0), field(3), field(4)) else {
                return Err("the import table lies outside of the file".to_owned());
            };
            if library == 0 || table == 0 {
                break;
            }
            let names = if names == 0 { table } else { names };
            self.thunks(library, names, table, &mut pointers)?;
        }
        for at in 0..MOST_LIBRARIES {
            let Some(row) = self.delayed.at.checked_add(at * 32).filter(|_| self.delayed.at != 0) else {
                break;
            };
            let field = |i: u64| self.u32(row.checked_add(i * 4)?);
            let (Some(flags), Some(library), Some(table), Some(names)) =
                (field(0), field(1), field(3), field(4))
            else {
                return Err("the delayed imports lie outside of the file".to_owned());
            };
            if library == 0 || table == 0 {
                break;
            }
            if flags & 1 == 0 {
                return Err("delayed imports in the form of Visual C++ 6".to_owned());
            }
            self.thunks(library, names, table, &mut pointers)?;
        }
        let mut image = self.image;
        image.pointers = pointers;
        image.lay_out()?;
        Ok(image)
    }

    fn u32(&self, at: u64) -> Option<u32> {
        u32::try_from(self.image.uint(at, 4)?).ok()
    }

    fn rva(&self, rva: u32) -> Option<u64> {
        self.base.checked_add(rva.into()).filter(|_| rva != 0)
    }

    fn text(&self, rva: u32) -> Option<&'a str> {
        self.image.c_string(self.rva(rva)?, LONGEST_NAME)
    }

    /// One library's list of names, and beside it the table of pointers that code calls through.
    fn thunks(
        &mut self,
        library: u32,
        names: u32,
        table: u32,
        pointers: &mut Vec<(u64, Pointer)>,
    ) -> Result<(), String> {
        let outside = || "an import table lies outside of the file".to_owned();
        self.image.libraries.extend(self.text(library));
        let word = self.image.word;
        let by_ordinal = 1u64 << (u32::from(word) * 8 - 1);
        let (names, table) = (self.rva(names).ok_or_else(outside)?, self.rva(table).ok_or_else(outside)?);
        for i in 0..u64::from(MOST_SYMBOLS) {
            let step = i * u64::from(word);
            let at = names.checked_add(step).ok_or_else(outside)?;
            let entry = self.image.uint(at, word).ok_or_else(outside)?;
            if entry == 0 {
                break;
            }
            // Before the name stands a hint of two bytes.
            let name = match u32::try_from(entry) {
                Ok(rva) if entry & by_ordinal == 0 => rva.checked_add(2).and_then(|rva| self.text(rva)),
                _ => None,
            };
            let pointer = match (name, u32::try_from(self.image.imports.len())) {
                (Some(name), Ok(row)) => {
                    self.image.imports.push(Import { name, weak: false });
                    Pointer::Import(row, 0)
                }
                _ => Pointer::Opaque,
            };
            pointers.push((table.checked_add(step).ok_or_else(outside)?, pointer));
            if pointers.len() > self.most {
                return Err("more imports than words".to_owned());
            }
        }
        Ok(())
    }

    /// The places listed in `.reloc`, which hold addresses of this image.
    fn relocated(&self) -> Result<Vec<(u64, Pointer)>, String> {
        let mut out = Vec::new();
        let Some(table) = self.image.stored(self.relocations.at).filter(|_| self.relocations.at != 0) else {
            return Ok(out);
        };
        let size = usize::try_from(self.relocations.size).unwrap_or(usize::MAX);
        let mut rest = table.get(..size).unwrap_or(table);
        while let (Ok(page), Ok(size)) = (rest.pread_with::<u32>(0, LE), rest.pread_with::<u32>(4, LE)) {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let Some(block) = rest.get(8..size) else { break };
            for entry in block.chunks_exact(2) {
                let entry: u16 = entry.pread_with(0, LE).unwrap_or(0);
                let (kind, offset) = (entry >> 12, entry & 0xfff);
                let at = self.base.saturating_add(page.into()).saturating_add(offset.into());
                // IMAGE_REL_BASED_ABSOLUTE pads; HIGHLOW and DIR64 are whole words.
                let pointer = match (kind, self.image.word) {
                    (0, _) => continue,
                    (3, 4) | (10, 8) => Pointer::Here(
                        self.image.uint(at, self.image.word).ok_or("a relocation outside of all sections")?,
                    ),
                    _ => Pointer::Opaque,
                };
                out.push((at, pointer));
                if out.len() > self.most {
                    return Err("more relocations than words".to_owned());
                }
            }
            rest = rest.get(size..).unwrap_or_default();
        }
        Ok(out)
    }
}

//! Writes ELF shared objects for x86-64, as large and as odd as a test needs them.
//!
//! Parts have fixed addresses, so that code and data can refer to each other before the file is put together. Nothing
//! of the writer checks what it is told to write.

/// Where the read-only data begins.
pub const RODATA: u64 = 0x1000_0000;
/// Where the code begins.
pub const TEXT: u64 = 0x2000_0000;
/// Where the tables of the dynamic linker begin.
const TABLES: u64 = 0x3000_0000;
/// Where what the program may write begins.
pub const DATA: u64 = 0x4000_0000;

/// What goes into the file.
#[derive(Debug, Default, Clone)]
pub struct Elf {
    /// Strings and constants at [`RODATA`].
    pub rodata: Vec<u8>,
    /// Code at [`TEXT`].
    pub text: Vec<u8>,
    /// Variables at [`DATA`].
    pub data: Vec<u8>,
    /// Bytes of zeros behind them.
    pub zeros: u64,
    /// Exported functions.
    pub exports: Vec<(String, u64)>,
    /// Symbols of other libraries.
    pub imports: Vec<String>,
    /// Places that hold an address of this file.
    pub relative: Vec<(u64, u64)>,
    /// Places bound to an import, by its number.
    pub bound: Vec<(u64, u64)>,
    /// Entries of a RELR table.
    pub relr: Vec<u64>,
    /// Further segments: address, size in memory and bytes.
    pub segments: Vec<(u64, u64, Vec<u8>)>,
    /// Replaces entries of the dynamic segment, or adds to them.
    pub dynamic: Vec<(u64, u64)>,
}

impl Elf {
    /// A module whose `PyInit_mod` hands a definition with the given slots to the interpreter.
    pub fn module(slots: &[(u64, u64)]) -> Self {
        let mut elf = Self { rodata: b"mod\0".to_vec(), ..Self::default() };
        elf.exports.push(("PyInit_mod".to_owned(), TEXT));
        elf.imports.push("PyModuleDef_Init".to_owned());
        // lea rdi, [rip + definition]; jmp [rip + cell]
        elf.text.extend([0x48, 0x8d, 0x3d]);
        elf.distance(DATA + DEFINITION);
        elf.text.extend([0xff, 0x25]);
        elf.distance(DATA);
        elf.bound.push((DATA, 0));
        elf.data.resize(0x400, 0);
        // What PyModuleDef_HEAD_INIT leaves in free-threaded builds of 3.14.
        elf.put(DATA + DEFINITION + 8, 4);
        elf.put(DATA + DEFINITION + 12, 0xffff_ffff_u64);
        elf.point(DATA + DEFINITION + 56, RODATA);
        elf.point(DATA + DEFINITION + 88, DATA + SLOTS);
        for (at, (id, value)) in (0..).zip(slots) {
            elf.put(DATA + SLOTS + 16 * at, *id);
            if *value >= RODATA {
                elf.point(DATA + SLOTS + 16 * at + 8, *value);
            } else {
                elf.put(DATA + SLOTS + 16 * at + 8, *value);
            }
        }
        elf
    }

    /// Writes the distance from the end of the instruction that it ends.
    pub fn distance(&mut self, to: u64) {
        let end = TEXT + self.text.len() as u64 + 4;
        let distance = to.wrapping_sub(end).to_le_bytes();
        self.text.extend(distance.iter().take(4));
    }

    /// Writes a number of eight bytes into the data.
    pub fn put(&mut self, at: u64, value: u64) {
        let at = usize::try_from(at - DATA).expect("within the data");
        if self.data.len() < at + 8 {
            self.data.resize(at + 8, 0);
        }
        self.data[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// Lets a place of the data hold an address of this file.
    pub fn point(&mut self, at: u64, to: u64) {
        self.relative.push((at, to));
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let mut strings = vec![0];
        let mut symbols = vec![0; 24];
        let mut symbol = |name: &str, section: u16, value: u64| {
            symbols.extend(u32::try_from(strings.len()).expect("fewer than 4 GB of names").to_le_bytes());
            symbols.extend([0x12, 0]);
            symbols.extend(section.to_le_bytes());
            symbols.extend(value.to_le_bytes());
            symbols.extend(0_u64.to_le_bytes());
            strings.extend(name.as_bytes());
            strings.push(0);
        };
        self.imports.iter().for_each(|name| symbol(name, 0, 0));
        self.exports.iter().for_each(|(name, at)| symbol(name, 1, *at));
        let mut rela = Vec::new();
        for (at, to) in &self.relative {
            rela.extend([*at, 8, *to].iter().flat_map(|v| v.to_le_bytes()));
        }
        for (at, import) in &self.bound {
            rela.extend([*at, (import + 1) << 32 | 6, 0].iter().flat_map(|v| v.to_le_bytes()));
        }
        let relr: Vec<u8> = self.relr.iter().flat_map(|v| v.to_le_bytes()).collect();
        let count = u32::try_from(symbols.len() / 24).expect("fewer symbols than 2^32");
        let hash: Vec<u8> = [1, count, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut tables = Vec::new();
        let mut place = |bytes: &[u8]| {
            let at = TABLES + tables.len() as u64;
            tables.extend_from_slice(bytes);
            tables.resize(tables.len().next_multiple_of(8), 0);
            (at, bytes.len() as u64)
        };
        let (symtab, strtab, hash) = (place(&symbols), place(&strings), place(&hash));
        let (rela, relr) = (place(&rela), place(&relr));
        let mut dynamic = vec![(5, strtab.0), (10, strtab.1), (6, symtab.0), (11, 24), (4, hash.0)];
        dynamic.extend([(7, rela.0), (8, rela.1), (9, 24), (36, relr.0), (35, relr.1), (37, 8)]);
        for (tag, value) in &self.dynamic {
            dynamic.retain(|(t, _)| t != tag);
            dynamic.push((*tag, *value));
        }
        dynamic.push((0, 0));
        let dynamic: Vec<u8> =
            dynamic.iter().flat_map(|(t, v)| [*t, *v]).flat_map(u64::to_le_bytes).collect();
        let dynamic = place(&dynamic);

        let mut parts: Vec<(u32, u32, u64, u64, &[u8])> = vec![
            (1, 4, RODATA, self.rodata.len() as u64, &self.rodata),
            (1, 5, TEXT, self.text.len() as u64, &self.text),
            (1, 4, TABLES, tables.len() as u64, &tables),
            (1, 6, DATA, self.data.len() as u64 + self.zeros, &self.data),
        ];
        parts.extend(self.segments.iter().map(|(at, size, bytes)| (1, 6, *at, *size, bytes.as_slice())));
        let headers = 64 + 56 * (parts.len() + 1);
        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
        file.resize(16, 0);
        file.extend([3, 0, 62, 0, 1, 0, 0, 0]);
        file.extend([0, 64, 0].iter().flat_map(|v: &u64| v.to_le_bytes()));
        file.extend([0; 4]);
        let phnum = u16::try_from(parts.len() + 1).expect("few segments");
        file.extend([64, 56, phnum, 64, 0, 0].iter().flat_map(|v: &u16| v.to_le_bytes()));
        let mut offset = headers as u64;
        let mut dynamic_offset = 0;
        for (kind, flags, address, size, bytes) in &parts {
            if *address == TABLES {
                dynamic_offset = offset + dynamic.0 - TABLES;
            }
            file.extend([*kind, *flags].iter().flat_map(|v| v.to_le_bytes()));
            let stored = bytes.len() as u64;
            file.extend([offset, *address, *address, stored, *size, 8].iter().flat_map(|v| v.to_le_bytes()));
            offset += stored;
        }
        file.extend([2_u32, 4].iter().flat_map(|v| v.to_le_bytes()));
        let row = [dynamic_offset, dynamic.0, dynamic.0, dynamic.1, dynamic.1, 8];
        file.extend(row.iter().flat_map(|v| v.to_le_bytes()));
        for (.., bytes) in &parts {
            file.extend_from_slice(bytes);
        }
        file
    }
}

/// Where the definition of [`Elf::module`] lies within the data.
pub const DEFINITION: u64 = 0x40;
/// Where its slots lie.
pub const SLOTS: u64 = 0x100;

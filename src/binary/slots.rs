//! Reads module definitions and slot arrays out of memory.
//!
//! An address and a [`Memory`] go in, what is declared there comes out, or the reason why it cannot be
//! read. Layouts, ids and values are [`SlotFacts`]; nothing here knows a number of CPython's.
//!
//! It never guesses. The small integers of a slot array stand anywhere in a binary, so an array counts only
//! when every entry up to its end is one that CPython would accept: a known id, a function where a function
//! belongs, a flag within its range. Otherwise an arbitrary 4 and 1 would become a promise about threads.

use crate::knowledge::slots::{Head, Layout, LayoutKind, Means, SlotFacts};
use crate::model::GilSupport;

use super::image::{Image, Pointer};

/// Addresses that stand for imported symbols, so that a pointer is a number whatever it leads to. Beyond
/// every address a file may map (user space ends at 2^56 at the most on all machines we read).
pub(super) const IMPORTS: u64 = 0x7100_0000_0000_0000;
/// Distance of two of them; addends below it stay with their symbol.
pub(super) const IMPORT_STRIDE: u64 = 1 << 24;

/// The address that stands for an imported symbol.
pub(super) fn import_address(index: u32, addend: i64) -> u64 {
    IMPORTS.wrapping_add(u64::from(index) * IMPORT_STRIDE).wrapping_add_signed(addend)
}

/// The import that an address stands for, with the distance from its start.
pub(super) fn import_of(address: u64) -> Option<(u32, u64)> {
    let distance = address.checked_sub(IMPORTS)?;
    Some((u32::try_from(distance / IMPORT_STRIDE).ok()?, distance % IMPORT_STRIDE))
}

/// Memory at some moment: of a file just loaded, or of a program that has run for a while.
pub trait Memory {
    /// Bytes of a pointer.
    fn word(&self) -> u8;
    /// An unsigned integer of 1, 2, 4 or 8 bytes as the program would load it; `None` where nothing is
    /// mapped or the value is not known. Pointers to imported symbols are addresses that `import_address` makes.
    fn load(&mut self, address: u64, size: u8) -> Option<u64>;
    /// Whether code may stand at this address: here, or in another library.
    fn is_code(&self, address: u64) -> bool;
    /// Whether the program may write here and has not: what stands here is what it started with.
    fn is_unwritten(&self, address: u64) -> bool;
    /// As [`Memory::load`], if no doubt were cast on what stands there.
    fn peek(&mut self, address: u64, size: u8) -> Option<u64> {
        self.load(address, size)
    }
    /// The text up to NUL, if it is at most `longest` bytes of UTF-8.
    fn text(&mut self, address: u64, longest: usize) -> Option<String> {
        let mut bytes = Vec::new();
        for at in 0..=longest as u64 {
            match u8::try_from(self.load(address.checked_add(at)?, 1)?).ok()? {
                0 => return String::from_utf8(bytes).ok(),
                byte => bytes.push(byte),
            }
        }
        None
    }
}

/// The memory of a file that was loaded and has not run.
#[derive(Debug, Clone, Copy)]
pub struct Loaded<'i, 'a>(pub &'i Image<'a>);

impl Memory for Loaded<'_, '_> {
    fn word(&self) -> u8 {
        self.0.word
    }

    fn load(&mut self, address: u64, size: u8) -> Option<u64> {
        if size == self.0.word
            && let Some(pointer) = self.0.pointer(address)
        {
            self.0.segment(address)?;
            return match pointer {
                Pointer::Here(to) => Some(to),
                Pointer::Import(index, addend) => Some(import_address(index, addend)),
                Pointer::Opaque => None,
            };
        }
        if self.0.is_relocated(address, size.into()) {
            return None;
        }
        self.0.uint(address, size)
    }

    fn is_code(&self, address: u64) -> bool {
        self.0.is_code(address) || import_of(address).is_some()
    }

    fn is_unwritten(&self, address: u64) -> bool {
        self.0.segment(address).is_some_and(|s| s.writable)
    }

    fn text(&mut self, address: u64, longest: usize) -> Option<String> {
        self.0.c_string(address, longest).map(str::to_owned)
    }
}

/// One entry of a slot array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address.
    pub address: u64,
    /// Its id.
    pub id: u64,
    /// The id's name.
    pub name: String,
    /// Its value.
    pub value: u64,
    /// How deep it is nested; 0 for the array the module hands over.
    pub depth: u8,
}

/// What a slot array says, nested arrays included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// Address of the outer array; 0 if there is none.
    pub address: u64,
    /// All entries but terminators, in order.
    pub entries: Vec<Entry>,
    /// The declaration; unknown only where the array was not seen to be filled.
    pub gil: GilSupport,
    /// The array is empty, the program may write there, and it was not seen to.
    pub unfilled: bool,
    /// Something may have been written there all the same, by a store that may have hit anything around.
    pub doubted: bool,
    /// The entry that declares.
    pub declared_at: Option<usize>,
    /// The address of the `PyABIInfo`, if there is a slot for it.
    pub abi: Option<AbiInfo>,
}

/// `PyABIInfo` as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbiInfo {
    /// Its address.
    pub address: u64,
    /// For the limited API.
    pub stable: bool,
    /// Loads on builds with the GIL.
    pub gil: bool,
    /// Loads on free-threaded builds.
    pub free_threaded: bool,
    /// `PY_VERSION_HEX` of the headers.
    pub build_version: u32,
    /// Version of the limited API, or `PY_VERSION_HEX`.
    pub abi_version: u32,
}

/// A `PyModuleDef`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its address.
    pub address: u64,
    /// Which builds lay a definition out like this.
    pub layout: LayoutKind,
    /// The versions whose headers leave this object header, where it is one we know.
    pub python: Option<String>,
    /// `m_name`.
    pub name: String,
    /// `m_slots` read to the end.
    pub slots: Slots,
}

/// Longest module name that is believed.
const LONGEST_NAME: usize = 512;

/// Reads the definition at an address.
///
/// # Errors
/// Says what could not be read or makes no sense.
pub fn definition(memory: &mut impl Memory, address: u64, facts: &SlotFacts) -> Result<Definition, String> {
    let (layout, name) = layout(memory, address, facts)?;
    let python = head(memory, address, layout, facts).map(|h| h.python.clone());
    let place = address.wrapping_add(layout.m_slots);
    let Some(array) = memory.load(place, memory.word()) else {
        return Err(format!("m_slots of the PyModuleDef at {address:#x} holds a value that is not known"));
    };
    let slots = def_slots(memory, array, facts)?;
    Ok(Definition { address, layout: layout.name, python, name, slots })
}

/// The name in the definition at an address, if one stands there.
pub fn name(memory: &mut impl Memory, address: u64, facts: &SlotFacts) -> Option<String> {
    layout(memory, address, facts).ok().map(|(_, name)| name)
}

/// Which layout the definition has: the one that finds a name, and nothing absurd beside it.
fn layout<'f>(
    memory: &mut impl Memory,
    address: u64,
    facts: &'f SlotFacts,
) -> Result<(&'f Layout, String), String> {
    let word = memory.word();
    // The GIL layout stands first in the facts: read by it, a free-threaded definition has m_index, always
    // zero, for a name; while the other way round m_size may happen to be the address of some text.
    for layout in facts.layout.iter().filter(|l| l.word == word) {
        let mut field = |at: u64| memory.load(address.wrapping_add(at), word);
        if field(layout.ob_type).is_some_and(|t| t != 0) {
            continue;
        }
        let Some(name) = field(layout.m_name).filter(|n| *n != 0) else { continue };
        let Some(text) = memory.text(name, LONGEST_NAME).filter(|t| is_module_name(t)) else { continue };
        return Ok((layout, text));
    }
    Err(format!("no module name stands where the PyModuleDef at {address:#x} should have it"))
}

/// Text that could be a name, in any script.
fn is_module_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

/// The row whose `PyModuleDef_HEAD_INIT` stands at an address.
pub fn head<'f>(
    memory: &mut impl Memory,
    address: u64,
    layout: &Layout,
    facts: &'f SlotFacts,
) -> Option<&'f Head> {
    facts.head.iter().filter(|h| h.layout == layout.name && h.word == layout.word).find(|head| {
        let fields =
            head.fields.iter().all(|f| memory.load(address.wrapping_add(f.at), f.size) == Some(f.value));
        fields
            && (0..layout.m_init).all(|at| {
                head.fields.iter().any(|f| (f.at..f.at + u64::from(f.size)).contains(&at))
                    || memory.load(address.wrapping_add(at), 1) == Some(0)
            })
    })
}

/// Reads a `PyModuleDef_Slot` array; address 0 is a definition without slots.
///
/// # Errors
/// Says which entry could not be read or makes no sense.
pub fn def_slots(memory: &mut impl Memory, address: u64, facts: &SlotFacts) -> Result<Slots, String> {
    read(memory, address, false, facts)
}

/// Reads a `PySlot` array, as `PyModExport_*` returns it.
///
/// # Errors
/// Says which entry could not be read or makes no sense.
pub fn py_slots(memory: &mut impl Memory, address: u64, facts: &SlotFacts) -> Result<Slots, String> {
    if address == 0 {
        return Err("the slot array is null".into());
    }
    read(memory, address, true, facts)
}

fn read(memory: &mut impl Memory, address: u64, py_slots: bool, facts: &SlotFacts) -> Result<Slots, String> {
    let mut slots = Slots {
        address,
        entries: Vec::new(),
        gil: GilSupport::Undeclared,
        unfilled: false,
        doubted: false,
        declared_at: None,
        abi: None,
    };
    if address == 0 {
        return Ok(slots);
    }
    let id_size = if py_slots { facts.py_slot.id_size } else { facts.def_slot.id_size };
    if memory.load(address, id_size).is_none() && memory.peek(address, id_size) == Some(0) {
        (slots.unfilled, slots.doubted) = (true, true);
        slots.gil = GilSupport::Unknown;
        return Ok(slots);
    }
    array(memory, address, py_slots, 0, facts, &mut slots)?;
    if slots.entries.is_empty() && memory.is_unwritten(address) {
        slots.unfilled = true;
        slots.gil = GilSupport::Unknown;
        return Ok(slots);
    }
    let mut declarations = slots
        .entries
        .iter()
        .enumerate()
        .filter(|(_, e)| facts.slot(e.id).is_some_and(|s| s.means == Means::Gil));
    let first = declarations.next().map(|(at, e)| (at, e.value));
    if declarations.next().is_some() {
        return Err("there are two slots about the GIL, which CPython refuses".into());
    }
    if let Some((at, value)) = first {
        slots.declared_at = Some(at);
        slots.gil = if value == facts.gil.not_used { GilSupport::NotUsed } else { GilSupport::Used };
    }
    Ok(slots)
}

fn array(
    memory: &mut impl Memory,
    address: u64,
    py_slots: bool,
    depth: u8,
    facts: &SlotFacts,
    into: &mut Slots,
) -> Result<(), String> {
    if depth > facts.nesting.depth {
        return Err(format!("slot arrays are nested deeper than {} levels", facts.nesting.depth));
    }
    let word = memory.word();
    let shape = facts.def_shape(word).ok_or_else(|| format!("no slot layout for {word} byte pointers"))?;
    for count in 0..facts.nesting.entries {
        let (size, id_size, value_at) = if py_slots {
            (facts.py_slot.size, facts.py_slot.id_size, facts.py_slot.value)
        } else {
            (shape.size, facts.def_slot.id_size, shape.value)
        };
        let at = address.checked_add(count * size).ok_or("a slot array runs out of the address space")?;
        let Some(id) = memory.load(at, id_size) else {
            return Err(format!("the id of the slot at {at:#x} is not known"));
        };
        let flags = if py_slots { memory.load(at.wrapping_add(facts.py_slot.flags), 2) } else { Some(0) };
        let Some(flags) = flags else {
            return Err(format!("the flags of the slot at {at:#x} are not known"));
        };
        let Some(slot) = facts.slot(id) else {
            if py_slots && flags & facts.py_slot.optional != 0 {
                continue;
            }
            return Err(format!("slot id {id} at {at:#x} is none that is known here"));
        };
        if slot.means == Means::End {
            return Ok(());
        }
        // A PySlot's value is a union of eight bytes; only what is marked as an integer of pointer size, and
        // pointers, are narrower on 32 bits.
        let narrow = !py_slots
            || flags & facts.py_slot.intptr != 0
            || !matches!(slot.means, Means::Gil | Means::Choice | Means::Data);
        let load = if narrow { word } else { 8 };
        let Some(value) = memory.load(at.wrapping_add(value_at), load) else {
            return Err(format!("the value of slot {id} ({}) at {at:#x} is not known", slot.name));
        };
        let bad =
            || format!("slot {id} ({}) at {at:#x} has the value {value:#x}, which cannot be", slot.name);
        into.entries.push(Entry { address: at, id, name: slot.name.clone(), value, depth });
        if into.entries.len() as u64 > facts.nesting.entries {
            return Err(format!("more than {} slots", facts.nesting.entries));
        }
        match slot.means {
            Means::End | Means::Data => {}
            Means::Function if memory.is_code(value) => {}
            Means::Gil if value == facts.gil.used || value == facts.gil.not_used => {}
            Means::Choice if value <= slot.most => {}
            Means::Name if memory.text(value, LONGEST_NAME).is_some() => {}
            Means::Slots if value != 0 => array(memory, value, false, depth + 1, facts, into)?,
            Means::Subslots if value != 0 => array(memory, value, true, depth + 1, facts, into)?,
            Means::Abi => into.abi = Some(abi_info(memory, value, facts).ok_or_else(bad)?),
            _ => return Err(bad()),
        }
    }
    Err(format!("the slot array at {address:#x} has no end within {} entries", facts.nesting.entries))
}

fn abi_info(memory: &mut impl Memory, address: u64, facts: &SlotFacts) -> Option<AbiInfo> {
    let abi = &facts.abi_info;
    let mut field = |at: u64, size| memory.load(address.checked_add(at)?, size);
    field(abi.major, 1)?;
    field(abi.minor, 1)?;
    let flags = field(abi.flags, 2)?;
    Some(AbiInfo {
        address,
        stable: flags & abi.stable != 0,
        gil: flags & abi.gil != 0,
        free_threaded: flags & abi.free_threaded != 0,
        build_version: u32::try_from(field(abi.build_version, 4)?).ok()?,
        abi_version: u32::try_from(field(abi.abi_version, 4)?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::binary::image::{Segment, SymbolTable};
    use crate::model::{Arch, BinaryFormat};

    const DATA: u64 = 0x2000;
    const CODE: u64 = 0x1000;
    const NAME: u64 = 0x2800;

    /// A module with a page of code and a page of data in which the test writes words and pointers.
    struct File {
        data: Vec<u8>,
        pointers: Vec<(u64, Pointer)>,
        word: u8,
        big_endian: bool,
    }

    impl File {
        fn new(word: u8, big_endian: bool) -> Self {
            let mut data = vec![0; 0x1000];
            data[0x800..0x805].copy_from_slice(b"fast\0");
            Self { data, pointers: Vec::new(), word, big_endian }
        }

        fn put(&mut self, at: u64, size: usize, value: u64) {
            let at = usize::try_from(at - DATA).expect("within the test's page");
            let bytes = if self.big_endian {
                value.to_be_bytes()[8 - size..].to_vec()
            } else {
                value.to_le_bytes()[..size].to_vec()
            };
            self.data[at..at + size].copy_from_slice(&bytes);
        }

        fn point(&mut self, at: u64, to: u64) {
            self.pointers.push((at, Pointer::Here(to)));
        }

        fn definition(&mut self, kind: LayoutKind, slots: u64) {
            let facts = SlotFacts::builtin();
            let layout =
                facts.layout.iter().find(|l| l.name == kind && l.word == self.word).expect("a layout");
            let head = facts.head.iter().rfind(|h| h.layout == kind && h.word == self.word).expect("a head");
            for f in &head.fields {
                self.put(DATA + f.at, f.size.into(), f.value);
            }
            self.point(DATA + layout.m_name, NAME);
            self.point(DATA + layout.m_slots, slots);
        }

        fn with<T>(&self, ask: impl FnOnce(&mut Loaded<'_, '_>) -> T) -> T {
            let code = [0xc3; 0x100];
            let mut image = Image {
                format: BinaryFormat::Elf,
                arch: Arch::Other,
                word: self.word,
                big_endian: self.big_endian,
                segments: vec![
                    Segment {
                        start: CODE,
                        size: 0x1000,
                        bytes: &code,
                        writable: false,
                        sealed: false,
                        executable: true,
                        name: Cow::Borrowed("text"),
                    },
                    Segment {
                        start: DATA,
                        size: 0x2000,
                        bytes: &self.data,
                        writable: true,
                        sealed: false,
                        executable: false,
                        name: Cow::Borrowed("data"),
                    },
                ],
                pointers: self.pointers.clone(),
                imports: Vec::new(),
                exports: Vec::new(),
                symbols: SymbolTable::None,
                libraries: Vec::new(),
            };
            image.lay_out().expect("segments do not overlap");
            ask(&mut Loaded(&image))
        }

        fn read(&self) -> Result<Definition, String> {
            self.with(|m| definition(m, DATA, SlotFacts::builtin()))
        }

        fn slot(&mut self, at: u64, id: u64, value: u64) {
            let value_at = at + if self.word == 8 { 8 } else { 4 };
            self.put(at, 4, id);
            if value >= CODE {
                self.point(value_at, value)
            } else {
                self.put(value_at, self.word.into(), value)
            }
        }
    }

    const SLOTS: u64 = 0x2400;

    #[test]
    fn a_declaration_is_read_in_every_layout_and_byte_order() {
        for word in [4, 8] {
            for big_endian in [false, true] {
                for kind in [LayoutKind::Gil, LayoutKind::FreeThreaded] {
                    let mut file = File::new(word, big_endian);
                    let step = if word == 8 { 16 } else { 8 };
                    file.definition(kind, SLOTS);
                    file.slot(SLOTS, 2, CODE + 8);
                    file.slot(SLOTS + step, 4, 1);
                    let read = file.read().expect("a definition");
                    assert_eq!((read.layout, read.slots.gil), (kind, GilSupport::NotUsed));
                    assert_eq!(read.name, "fast");
                    assert!(read.python.is_some_and(|p| p.contains("3.14")));
                }
            }
        }
    }

    #[test]
    fn only_the_value_one_declares_and_other_values_are_refused() {
        for (value, want) in [(0, Some(GilSupport::Used)), (1, Some(GilSupport::NotUsed)), (2, None)] {
            let mut file = File::new(8, false);
            file.definition(LayoutKind::FreeThreaded, SLOTS);
            file.slot(SLOTS, 87, value);
            assert_eq!(file.read().ok().map(|d| d.slots.gil), want);
        }
    }

    #[test]
    fn an_array_without_the_slot_is_undeclared_only_when_read_to_its_end() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::Gil, SLOTS);
        file.slot(SLOTS, 2, CODE);
        assert_eq!(file.read().map(|d| d.slots.gil), Ok(GilSupport::Undeclared));
        file.slot(SLOTS + 16, 55, 0);
        assert!(file.read().is_err_and(|e| e.contains("slot id 55")));
    }

    #[test]
    fn a_function_slot_that_leads_to_data_is_refused() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::Gil, SLOTS);
        file.slot(SLOTS, 2, NAME);
        assert!(file.read().is_err_and(|e| e.contains("cannot be")));
    }

    #[test]
    fn two_declarations_are_no_declaration() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::Gil, SLOTS);
        file.slot(SLOTS, 4, 1);
        file.slot(SLOTS + 16, 87, 1);
        assert!(file.read().is_err_and(|e| e.contains("two slots")));
    }

    #[test]
    fn nested_arrays_count_and_cycles_end() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::FreeThreaded, SLOTS);
        file.slot(SLOTS, 92, SLOTS + 0x100);
        // A PySlot: id 87, flags INTPTR, value 1.
        file.put(SLOTS + 0x100, 2, 87);
        file.put(SLOTS + 0x102, 2, 4);
        file.put(SLOTS + 0x108, 8, 1);
        let read = file.read().expect("nested slots");
        assert_eq!(read.slots.gil, GilSupport::NotUsed);
        assert_eq!(read.slots.entries.iter().map(|e| e.depth).collect::<Vec<_>>(), [0, 1]);

        file.pointers.retain(|(at, _)| *at != SLOTS + 8);
        file.slot(SLOTS, 94, SLOTS);
        assert!(file.read().is_err_and(|e| e.contains("nested deeper")));
    }

    #[test]
    fn an_empty_array_that_the_file_does_not_store_is_unknown() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::FreeThreaded, DATA + 0x1800);
        let read = file.read().expect("a definition");
        assert!(read.slots.unfilled);
        assert_eq!(read.slots.gil, GilSupport::Unknown);
    }

    #[test]
    fn an_array_without_end_is_refused() {
        let mut file = File::new(8, false);
        file.definition(LayoutKind::Gil, SLOTS);
        for at in 0..64 {
            file.slot(SLOTS + 16 * at, 3, 1);
        }
        assert!(file.read().is_err_and(|e| e.contains("no end")));
    }

    #[test]
    fn an_export_array_names_its_abi() {
        let mut file = File::new(8, false);
        file.put(SLOTS, 2, 109);
        file.point(SLOTS + 8, DATA);
        file.put(SLOTS + 16, 2, 87);
        file.put(SLOTS + 24, 8, 1);
        file.put(DATA, 4, 0x0007_0001);
        file.put(DATA + 4, 4, 0x030f_02f0);
        let slots = file.with(|m| py_slots(m, SLOTS, SlotFacts::builtin())).expect("slots");
        assert_eq!(slots.gil, GilSupport::NotUsed);
        assert!(
            slots.abi.is_some_and(|a| a.stable && a.gil && a.free_threaded && a.build_version == 0x030f_02f0)
        );
    }
}

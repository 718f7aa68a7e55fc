//! The machine's memory: the loaded image, a stack, and what the program asks for, copied on write.
//!
//! One flat address space. The image lies at the addresses its file names; imported symbols, the stack, the
//! heap and objects of the interpreter have ranges of their own far above. Every byte is known or not. Pages
//! are made when first touched and shared between the paths of one run until one of them writes.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::Value;
use crate::binary::image::{Image, Pointer};
use crate::binary::slots::{IMPORTS, Memory as Readable, import_address, import_of};

/// Objects of the interpreter: not null, contents not known.
pub const OBJECTS: u64 = 0x7200_0000_0000_0000;
/// Distance of two of them.
pub const OBJECT_STRIDE: u64 = 1 << 16;
/// Memory from `malloc`: contents not known.
pub const HEAP: u64 = 0x7300_0000_0000_0000;
/// Memory from `calloc`: zero.
pub const ZEROED: u64 = 0x7400_0000_0000_0000;
/// Thread-local storage: contents not known, but the same each time it is asked for.
pub const THREAD: u64 = 0x7500_0000_0000_0000;
/// The top of the stack.
pub const STACK_TOP: u64 = 0x7600_0000_0000_0000;
/// How far it may grow.
pub const STACK_SIZE: u64 = 8 << 20;
/// First address above all of this.
const END: u64 = STACK_TOP + (1 << 16);

/// Bytes of a page: small, as most of what an init function touches is a few words here and there.
const PAGE: u64 = 256;
/// Pages of one path; with their bookkeeping about 6 MB.
const MOST_PAGES: usize = 16_384;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Page {
    bytes: [u8; PAGE as usize],
    known: [u64; 4],
    /// Bytes that a store at an address not fully known may have hit.
    doubted: [u64; 4],
    /// Bytes written since the start; the others were only read.
    written: [u64; 4],
}

impl Page {
    fn filled(known: bool) -> Self {
        Self {
            bytes: [0; PAGE as usize],
            known: [if known { u64::MAX } else { 0 }; 4],
            doubted: [0; 4],
            written: [0; 4],
        }
    }

    fn get(&self, at: u64) -> Option<u8> {
        let at = usize::try_from(at % PAGE).ok()?;
        (self.known.get(at / 64)? >> (at % 64) & 1 == 1).then(|| self.bytes.get(at).copied()).flatten()
    }

    fn set(&mut self, at: u64, byte: Option<u8>) {
        let Ok(at) = usize::try_from(at % PAGE) else { return };
        if let Some(to) = self.bytes.get_mut(at) {
            *to = byte.unwrap_or(0);
        }
        if let Some(word) = self.known.get_mut(at / 64) {
            let bit = 1 << (at % 64);
            *word = if byte.is_some() { *word | bit } else { *word & !bit };
        }
        if let Some(word) = self.doubted.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    fn doubt(&mut self, at: u64) {
        let bit = usize::try_from(at % PAGE).unwrap_or(0);
        if let Some(word) = self.doubted.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
        self.note_write(at);
    }

    fn note_write(&mut self, at: u64) {
        let at = usize::try_from(at % PAGE).unwrap_or(0);
        if let Some(word) = self.written.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn is_written(&self, at: u64) -> bool {
        let at = usize::try_from(at % PAGE).unwrap_or(0);
        self.written.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Whether a range of bytes within the page is free of doubt.
    fn is_sure(&self, at: u64, size: u8) -> bool {
        (0..u64::from(size)).all(|i| {
            let at = usize::try_from((at + i) % PAGE).unwrap_or(0);
            self.doubted.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 0)
        })
    }
}

/// Memory at one moment of one path.
#[derive(Debug, Clone)]
pub struct Memory<'i, 'a> {
    image: &'i Image<'a>,
    pages: BTreeMap<u64, Rc<Page>>,
    next_heap: u64,
    next_zeroed: u64,
    /// The budget of pages was spent: nothing read since is to be believed.
    pub exhausted: bool,
    /// The program wrote over its own instructions.
    pub wrote_code: bool,
}

impl<'i, 'a> Memory<'i, 'a> {
    /// The memory of a freshly loaded image.
    pub fn new(image: &'i Image<'a>) -> Self {
        Self {
            image,
            pages: BTreeMap::new(),
            next_heap: HEAP + 0x1000,
            next_zeroed: ZEROED + 0x1000,
            exhausted: false,
            wrote_code: false,
        }
    }

    /// The image below.
    pub fn image(&self) -> &'i Image<'a> {
        self.image
    }

    /// The address of an object of the interpreter, told from others by `seed`.
    pub fn object(seed: u64) -> u64 {
        const OBJECTS_IN_ALL: u64 = (HEAP - OBJECTS) / OBJECT_STRIDE - 1;
        OBJECTS + (1 + seed % OBJECTS_IN_ALL) * OBJECT_STRIDE
    }

    /// Begins an object anew: nothing is known of its contents.
    pub fn renew(&mut self, object: u64) {
        let touched: Vec<u64> = self.pages.range(object..object + OBJECT_STRIDE).map(|(at, _)| *at).collect();
        for page in touched {
            self.pages.remove(&page);
        }
    }

    /// Fresh memory, 16-byte aligned with a gap behind it.
    pub fn allocate(&mut self, size: u64, zeroed: bool) -> u64 {
        let (next, base) = if zeroed { (&mut self.next_zeroed, ZEROED) } else { (&mut self.next_heap, HEAP) };
        let at = *next;
        *next = at.saturating_add(size.min(1 << 40)).saturating_add(0x1f) & !0xf;
        *next = (*next).min(base + (1 << 55));
        at
    }

    /// Whether anything is mapped at an address.
    pub fn is_mapped(&self, address: u64) -> bool {
        self.image.segment(address).is_some() || (IMPORTS..END).contains(&address)
    }

    /// Whether the program may write there.
    pub fn is_writable(&self, address: u64) -> bool {
        self.image.segment(address).map_or_else(|| (OBJECTS..END).contains(&address), |s| s.writable)
    }

    fn fresh(&self, start: u64) -> Page {
        if (ZEROED..THREAD).contains(&start) {
            return Page::filled(true);
        }
        let mut page = Page::filled(false);
        if start >= IMPORTS {
            return page;
        }
        let mut at = start;
        while at < start + PAGE {
            let Some(segment) = self.image.segment(at) else {
                // Nothing here: on to where a segment of this page may begin.
                at += 1;
                continue;
            };
            let stored = self.image.stored(at).unwrap_or_default();
            let until = segment.end().min(start + PAGE);
            for (i, here) in (at..until).enumerate() {
                page.set(here, Some(stored.get(i).copied().unwrap_or(0)));
            }
            at = until.max(at + 1);
        }
        let word = u64::from(self.image.word);
        let from = start.saturating_sub(word - 1);
        let first = self.image.pointers.partition_point(|(at, _)| *at < from);
        for (at, pointer) in self.image.pointers.iter().skip(first) {
            if *at >= start + PAGE {
                break;
            }
            let value = match pointer {
                Pointer::Here(to) => Some(*to),
                Pointer::Import(index, addend) => Some(import_address(*index, *addend)),
                Pointer::Opaque => None,
            };
            for i in 0..word {
                let here = at.wrapping_add(i);
                if (start..start + PAGE).contains(&here) {
                    page.set(here, value.map(|v| (v >> (8 * i)).to_le_bytes()[0]));
                }
            }
        }
        page
    }

    fn page(&mut self, address: u64) -> Option<&mut Rc<Page>> {
        let start = address & !(PAGE - 1);
        if !self.pages.contains_key(&start) {
            if self.pages.len() >= MOST_PAGES {
                self.exhausted = true;
                return None;
            }
            let page = Rc::new(self.fresh(start));
            self.pages.insert(start, page);
        }
        self.pages.get_mut(&start)
    }

    /// A byte as the program would load it.
    pub fn byte(&mut self, address: u64) -> Option<u8> {
        self.page(address)?.get(address)
    }

    /// An integer of up to 8 bytes, little-endian.
    pub fn read(&mut self, address: u64, size: u8) -> Value {
        if !self.is_mapped(address) {
            return Value::UNKNOWN;
        }
        let mut value = 0;
        if address % PAGE <= PAGE - 8 {
            let Some(page) = self.page(address) else { return Value::UNKNOWN };
            for i in 0..u64::from(size.min(8)) {
                match page.get(address + i) {
                    Some(byte) => value |= u64::from(byte) << (8 * i),
                    None => return Value::UNKNOWN,
                }
            }
            return Value::Known(value);
        }
        for i in 0..u64::from(size.min(8)) {
            match self.byte(address.wrapping_add(i)) {
                Some(byte) => value |= u64::from(byte) << (8 * i),
                None => return Value::UNKNOWN,
            }
        }
        Value::Known(value)
    }

    /// Stores one byte.
    pub fn set_byte(&mut self, address: u64, byte: Option<u8>) {
        if !self.is_mapped(address) {
            return;
        }
        if self.image.is_code(address) {
            self.wrote_code = true;
            return;
        }
        if let Some(page) = self.page(address) {
            let page = Rc::make_mut(page);
            page.set(address, byte);
            page.note_write(address);
        }
    }

    /// Stores an integer of up to 8 bytes, little-endian.
    pub fn write(&mut self, address: u64, size: u8, value: Value) {
        for i in 0..u64::from(size.min(8)) {
            let byte = value.known().map(|v| (v >> (8 * i)).to_le_bytes()[0]);
            self.set_byte(address.wrapping_add(i), byte);
        }
    }

    /// Forgets what stands in a stretch that somebody else may have written.
    pub fn forget(&mut self, address: u64, size: u64) {
        for i in 0..size.min(1 << 16) {
            let at = address.wrapping_add(i);
            if self.is_writable(at) && !self.image.is_code(at) {
                self.set_byte(at, None);
            }
        }
    }

    /// Notes that a store may have hit this stretch. The program is taken to find there what it would
    /// without; but whoever reads it for an answer will not.
    pub fn doubt(&mut self, address: u64, size: u64) {
        for i in 0..size {
            let at = address.wrapping_add(i);
            if self.is_writable(at)
                && !self.image.is_code(at)
                && let Some(page) = self.page(at)
            {
                let page = Rc::make_mut(page);
                page.doubt(at);
            }
        }
    }

    /// Whether everything known here is also true there.
    pub fn covers(&self, other: &mut Self) -> bool {
        for (start, mine) in &self.pages {
            let Some(theirs) = other.page(*start) else { return false };
            if Rc::ptr_eq(mine, theirs) || mine == theirs {
                continue;
            }
            if mine.doubted.iter().zip(&theirs.doubted).any(|(mine, theirs)| theirs & !mine != 0)
                || (*start..*start + PAGE).any(|at| mine.get(at).is_some() && mine.get(at) != theirs.get(at))
            {
                return false;
            }
        }
        other.pages.iter().all(|(start, theirs)| {
            if theirs.written == [0; 4] || self.pages.contains_key(start) {
                return true;
            }
            let mine = self.fresh(*start);
            theirs.doubted == [0; 4]
                && (*start..*start + PAGE).all(|at| mine.get(at).is_none() || mine.get(at) == theirs.get(at))
        })
    }

    /// Keeps only what both paths agree on; says whether anything known here was lost.
    pub fn join(&mut self, other: &mut Self) -> bool {
        let mut lost = false;
        let starts: Vec<u64> = self.pages.keys().chain(other.pages.keys()).copied().collect();
        for start in starts {
            if let (Some(a), Some(b)) = (self.pages.get(&start), other.pages.get(&start))
                && (Rc::ptr_eq(a, b) || a == b)
            {
                continue;
            }
            let Some(theirs) = other.page(start).map(|p| Rc::clone(p)) else { continue };
            let Some(mine) = self.page(start) else { continue };
            if **mine == *theirs {
                continue;
            }
            for at in start..start + PAGE {
                let (a, b) = (mine.get(at), theirs.get(at));
                if a.is_some() && a != b {
                    Rc::make_mut(mine).set(at, None);
                    lost = true;
                }
            }
            for (i, theirs) in theirs.doubted.iter().enumerate() {
                let page = Rc::make_mut(mine);
                if let Some(mine) = page.doubted.get_mut(i) {
                    lost |= theirs & !*mine != 0;
                    *mine |= theirs;
                }
            }
            if theirs.written.iter().zip(&mine.written).any(|(theirs, mine)| theirs & !mine != 0) {
                for (mine, theirs) in Rc::make_mut(mine).written.iter_mut().zip(&theirs.written) {
                    *mine |= theirs;
                }
            }
        }
        self.next_heap = self.next_heap.max(other.next_heap);
        self.next_zeroed = self.next_zeroed.max(other.next_zeroed);
        self.exhausted |= other.exhausted;
        self.wrote_code |= other.wrote_code;
        lost
    }
}

impl Readable for Memory<'_, '_> {
    fn word(&self) -> u8 {
        self.image.word
    }

    fn load(&mut self, address: u64, size: u8) -> Option<u64> {
        for i in 0..u64::from(size) {
            let at = address.checked_add(i)?;
            if !self.page(at)?.is_sure(at, 1) {
                return None;
            }
        }
        self.read(address, size).known()
    }

    fn is_code(&self, address: u64) -> bool {
        self.image.is_code(address) || import_of(address).is_some()
    }

    fn is_unwritten(&self, address: u64) -> bool {
        self.image.segment(address).is_some_and(|s| s.writable)
            && !self.pages.get(&(address & !(PAGE - 1))).is_some_and(|p| p.is_written(address))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::binary::image::{Import, Segment, SymbolTable};
    use crate::model::{Arch, BinaryFormat};

    fn image(bytes: &[u8]) -> Image<'_> {
        Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: vec![Segment {
                start: 0x10f0,
                size: 0x200,
                bytes,
                writable: true,
                sealed: false,
                executable: false,
                name: Cow::Borrowed("data"),
            }],
            pointers: vec![
                (0x10fc, Pointer::Here(0x1234_5678_9abc)),
                (0x1110, Pointer::Import(0, 8)),
                (0x1118, Pointer::Opaque),
            ],
            imports: vec![Import { name: "f", weak: false }],
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        }
    }

    #[test]
    fn a_word_is_what_the_loader_makes_of_it_even_across_pages() {
        let image = image(&[7; 4]);
        let mut memory = Memory::new(&image);
        assert_eq!(memory.read(0x10f0, 4), Value::Known(0x0707_0707));
        assert_eq!(memory.read(0x10f4, 8), Value::Known(0));
        assert_eq!(memory.read(0x10fc, 8), Value::Known(0x1234_5678_9abc));
        assert_eq!(memory.read(0x1110, 8), Value::Known(import_address(0, 8)));
        assert_eq!(memory.read(0x1118, 8), Value::UNKNOWN);
        assert_eq!(memory.read(0x10e0, 8), Value::UNKNOWN);
    }

    #[test]
    fn paths_share_pages_until_one_writes() {
        let image = image(&[]);
        let mut first = Memory::new(&image);
        first.write(0x1200, 8, Value::Known(1));
        let mut second = first.clone();
        second.write(0x1200, 8, Value::Known(2));
        assert_eq!(first.read(0x1200, 8), Value::Known(1));
        assert!(first.join(&mut second));
        assert_eq!(first.read(0x1200, 1), Value::UNKNOWN);
        assert_eq!(first.read(0x1201, 4), Value::Known(0));
        assert!(!first.join(&mut second));
    }

    /// A slot array filled with an index that is not known may hold a declaration, or not.
    #[test]
    fn what_a_stray_store_may_have_hit_is_no_answer_until_it_is_written_again() {
        let image = image(&[]);
        let mut memory = Memory::new(&image);
        memory.doubt(0x1200, 16);
        assert_eq!(memory.read(0x1204, 4), Value::Known(0));
        assert_eq!(memory.load(0x1204, 4), None);
        memory.write(0x1204, 4, Value::Known(4));
        assert_eq!(memory.load(0x1204, 4), Some(4));
        assert!(!Memory::new(&image).covers(&mut memory));
    }

    #[test]
    fn fresh_memory_is_zero_only_when_it_was_asked_for() {
        let image = image(&[]);
        let mut memory = Memory::new(&image);
        let (a, b) = (memory.allocate(64, false), memory.allocate(u64::MAX, true));
        assert_eq!(memory.read(a, 8), Value::UNKNOWN);
        assert_eq!(memory.read(b, 8), Value::Known(0));
        assert!(memory.allocate(1, true) > b);
    }

    #[test]
    fn the_budget_of_pages_ends_a_path_that_touches_everything() {
        let image = image(&[]);
        let mut memory = Memory::new(&image);
        for i in 0..20_000 {
            memory.write(HEAP + i * PAGE, 1, Value::Known(1));
        }
        assert!(memory.exhausted);
        assert!(memory.pages.len() <= MOST_PAGES);
    }
}

//! The machine's memory: the loaded image, a stack, and what the program asks for, copied on write.
//!
//! One flat address space. The image lies at the addresses its file names; imported symbols, the stack, the
//! heap and objects of the interpreter have ranges of their own far above. Every byte is known or not. Pages
//! are made when first touched and shared between the paths of one run until one of them writes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::page::{PAGE, Page};
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

/// What lies below is never mapped by a system.
const FIRST: u64 = 4096;

/// Pages of one path; with their bookkeeping about 6 MB.
const MOST_PAGES: usize = 16_384;

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
    /// A function was passed over that may have written anywhere: see [`Memory::pass_over`].
    passed_over: bool,
    /// Bytes read and written since somebody last asked: one instruction may touch many.
    touched: u64,
    /// How many pages all paths of the run hold together.
    all: Rc<Cell<u64>>,
    /// Pages of the image as the loader left them, read by any path.
    clean: Rc<RefCell<HashMap<u64, Rc<Page>>>>,
    /// A page of which nothing is known.
    blank: Rc<Page>,
    /// A page of zeros.
    zero: Rc<Page>,
}

impl<'i, 'a> Memory<'i, 'a> {
    /// The memory of a freshly loaded image.
    pub fn new(image: &'i Image<'a>) -> Self {
        let all = Rc::default();
        Self {
            image,
            pages: BTreeMap::new(),
            next_heap: HEAP + 0x1000,
            next_zeroed: ZEROED + 0x1000,
            exhausted: false,
            wrote_code: false,
            passed_over: false,
            touched: 0,
            clean: Rc::default(),
            blank: Rc::new(Page::filled(false, &all)),
            zero: Rc::new(Page::filled(true, &all)),
            all,
        }
    }

    /// Bytes read and written since this was last asked.
    pub fn take_touched(&mut self) -> u64 {
        std::mem::take(&mut self.touched)
    }

    /// How many pages all paths of the run hold together.
    pub fn all_pages(&self) -> u64 {
        self.all.get()
    }

    /// How many pages it holds: what it costs to copy it or to compare it with another.
    pub fn pages(&self) -> u64 {
        self.pages.len() as u64
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

    /// Words of the image that were written and hold an object of the interpreter.
    pub fn objects_held(&self) -> Vec<u64> {
        let mut held = Vec::new();
        for (start, page) in self.pages.range(..IMPORTS) {
            for at in (*start..*start + PAGE).step_by(8) {
                let byte = |i: u64| page.get(at + i).map(|b| u64::from(b) << (8 * i));
                let value = (0..8).try_fold(0, |value, i| Some(value | byte(i)?));
                if page.is_written(at) && value.is_some_and(|v| (OBJECTS..HEAP).contains(&v)) {
                    held.push(at);
                }
            }
        }
        held
    }

    /// Forgets all that a function may have written that is not followed: everything but the stack, which is its
    /// callers', what no program may write, and the addresses of imported functions, which are the loader's.
    pub fn pass_over(&mut self) {
        self.pages.retain(|start, _| is_stack(*start));
        self.passed_over = true;
    }

    /// Whether anything is mapped at an address.
    pub fn is_mapped(&self, address: u64) -> bool {
        self.image.segment(address).is_some() || (IMPORTS..END).contains(&address)
    }

    /// Whether the program may write there.
    pub fn is_writable(&self, address: u64) -> bool {
        self.image.segment(address).map_or_else(|| (OBJECTS..END).contains(&address), |s| s.writable)
    }

    /// Whether an address is a null pointer with a small distance, in an image that begins at 0. No system maps
    /// anything there; a store comes of a pointer that would have been set had something else gone as it does.
    fn is_null(&self, address: u64) -> bool {
        address < FIRST && !self.is_writable(address)
    }

    fn fresh(&self, start: u64) -> Page {
        let mut page = Page::filled(false, &self.all);
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

    /// A page as the loader left it, without what the program may have written since.
    fn doubtful(&self, start: u64) -> Page {
        let mut page = self.fresh(start);
        for at in (start..start + PAGE).filter(|at| self.is_writable(*at)) {
            page.set(at, None);
        }
        let word = u64::from(self.image.word);
        let first = self.image.pointers.partition_point(|(at, _)| *at < start);
        let here = self.image.pointers.iter().skip(first).take_while(|(at, _)| at + word <= start + PAGE);
        for (at, pointer) in here {
            if let Pointer::Import(index, addend) = pointer {
                let value = import_address(*index, *addend);
                for i in 0..word {
                    page.set(at + i, Some((value >> (8 * i)).to_le_bytes()[0]));
                }
            }
        }
        page
    }

    /// A page as the loader left it.
    fn clean(&self, start: u64) -> Option<Rc<Page>> {
        if self.passed_over && !is_stack(start) {
            return Some(match start >= IMPORTS {
                true => Rc::clone(&self.blank),
                false => Rc::new(self.doubtful(start)),
            });
        }
        if start >= IMPORTS {
            let page = if (ZEROED..THREAD).contains(&start) { &self.zero } else { &self.blank };
            return Some(Rc::clone(page));
        }
        let known = self.clean.borrow().get(&start).map(Rc::clone);
        known.or_else(|| {
            let page = Rc::new(self.fresh(start));
            let mut clean = self.clean.borrow_mut();
            (clean.len() < MOST_PAGES).then(|| Rc::clone(clean.entry(start).or_insert(page)))
        })
    }

    fn page(&mut self, address: u64) -> Option<Rc<Page>> {
        let start = address & !(PAGE - 1);
        let page = self.pages.get(&start).map(Rc::clone).or_else(|| self.clean(start));
        self.exhausted |= page.is_none();
        page
    }

    /// A page about to be written, copied if anybody shares it.
    fn page_to_write(&mut self, address: u64) -> Option<&mut Page> {
        let start = address & !(PAGE - 1);
        if !self.pages.contains_key(&start) {
            if self.pages.len() >= MOST_PAGES {
                self.exhausted = true;
                return None;
            }
            let page = self.page(start)?;
            self.pages.insert(start, page);
        }
        self.pages.get_mut(&start).map(Rc::make_mut)
    }

    /// Whether nothing is known of some bytes of a page anyway, so that to forget them changes nothing. Most of what
    /// is written to objects of the interpreter is their unknown count of references.
    fn is_blank(&mut self, address: u64, size: u64) -> bool {
        address >= IMPORTS
            && self.page(address).is_some_and(|page| {
                (address..address.saturating_add(size))
                    .all(|at| page.get(at).is_none() && page.is_sure(at, 1))
            })
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
        self.touched += u64::from(size);
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
        if !self.is_mapped(address) || self.is_null(address) {
            return;
        }
        if self.image.is_code(address) {
            self.wrote_code = true;
            return;
        }
        self.touched += 1;
        if byte.is_none() && self.is_blank(address, 1) {
            return;
        }
        if let Some(page) = self.page_to_write(address) {
            page.set(address, byte);
            page.note_write(address);
        }
    }

    /// Stores an integer of up to 8 bytes, little-endian.
    pub fn write(&mut self, address: u64, size: u8, value: Value) {
        // Within one page and one stretch of memory all bytes are alike.
        let last = u64::from(size.clamp(1, 8)) - 1;
        let alike = address % PAGE + last < PAGE
            && address >= FIRST
            && self.is_mapped(address)
            && self.image.segment(address).is_none_or(|s| !s.executable && address + last < s.end())
            && self.is_mapped(address + last);
        if alike {
            self.touched += last + 1;
            if value.known().is_none() && self.is_blank(address, last + 1) {
                return;
            }
            if let Some(page) = self.page_to_write(address) {
                for i in 0..=last {
                    page.set(address + i, value.known().map(|v| (v >> (8 * i)).to_le_bytes()[0]));
                    page.note_write(address + i);
                }
            }
            return;
        }
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
        self.touched += size;
        for i in 0..size {
            let at = address.wrapping_add(i);
            if self.is_writable(at)
                && !self.image.is_code(at)
                && let Some(page) = self.page_to_write(at)
            {
                page.doubt(at);
            }
        }
    }

    /// Whether everything known here is also true there.
    pub fn covers(&self, other: &mut Self) -> bool {
        if other.passed_over && !self.passed_over {
            return false;
        }
        for (start, mine) in &self.pages {
            let Some(theirs) = other.page(*start) else { return false };
            if !mine.covers(&theirs) {
                return false;
            }
        }
        other.pages.iter().all(|(start, theirs)| {
            self.pages.contains_key(start) || self.clean(*start).is_some_and(|mine| mine.covers(theirs))
        })
    }

    /// Keeps only what both paths agree on; says whether anything known here was lost.
    pub fn join(&mut self, other: &mut Self) -> bool {
        let mut lost = other.passed_over && !self.passed_over;
        match (self.passed_over, other.passed_over) {
            (true, false) => other.pass_over(),
            (false, true) => self.pass_over(),
            _ => {}
        }
        let starts: Vec<u64> = self.pages.keys().chain(other.pages.keys()).copied().collect();
        for start in starts {
            let (Some(mine), Some(theirs)) = (self.page(start), other.page(start)) else { continue };
            if Rc::ptr_eq(&mine, &theirs) || mine == theirs {
                continue;
            }
            drop(mine);
            if let Some(mine) = self.page_to_write(start) {
                lost |= mine.join(&theirs);
            }
        }
        self.next_heap = self.next_heap.max(other.next_heap);
        self.next_zeroed = self.next_zeroed.max(other.next_zeroed);
        self.exhausted |= other.exhausted;
        self.wrote_code |= other.wrote_code;
        lost
    }
}

/// Whether an address is one of the stack.
fn is_stack(address: u64) -> bool {
    (STACK_TOP - STACK_SIZE..END).contains(&address)
}

impl Readable for Memory<'_, '_> {
    fn word(&self) -> u8 {
        self.image.word
    }

    fn load(&mut self, address: u64, size: u8) -> Option<u64> {
        for i in 0..u64::from(size) {
            let at = address.checked_add(i)?;
            if !self.is_mapped(at) || !self.page(at)?.is_sure(at, 1) {
                return None;
            }
        }
        self.read(address, size).known()
    }

    fn peek(&mut self, address: u64, size: u8) -> Option<u64> {
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

    /// A shared object begins at 0, and a null pointer with a distance leads into it.
    #[test]
    fn a_store_through_a_null_pointer_changes_nothing() {
        let mut image = image(&[]);
        for segment in &mut image.segments {
            (segment.start, segment.size) = (0, 0x200);
            (segment.writable, segment.executable) = (false, true);
        }
        let mut memory = Memory::new(&image);
        memory.write(0x10, 8, Value::Known(1));
        memory.set_byte(0x20, Some(1));
        assert!(!memory.wrote_code);
        assert_eq!(memory.read(0x10, 8), Value::Known(0));
    }

    #[test]
    fn pages_are_counted_as_long_as_any_path_holds_them() {
        let image = image(&[]);
        let mut first = Memory::new(&image);
        let before = first.all_pages();
        first.write(0x1200, 8, Value::Known(1));
        let mut second = first.clone();
        second.write(0x1200, 8, Value::Known(2));
        assert!(first.all_pages() > before + 1);
        drop(second);
        let one = first.all_pages();
        first.write(0x1208, 8, Value::Known(1));
        assert_eq!(first.all_pages(), one, "nobody else holds the page");
    }

    #[test]
    fn what_is_forgotten_of_an_object_of_which_nothing_is_known_takes_no_page() {
        let image = image(&[]);
        let mut memory = Memory::new(&image);
        memory.write(OBJECTS + 0x40, 4, Value::UNKNOWN);
        assert_eq!(memory.pages(), 0);
        memory.write(OBJECTS + 0x40, 4, Value::Known(3));
        memory.write(OBJECTS + 0x40, 4, Value::UNKNOWN);
        assert_eq!((memory.pages(), memory.read(OBJECTS + 0x40, 4)), (1, Value::UNKNOWN));
    }
}

//! One path through the program at one moment: registers, flags, memory, and what was seen on the way.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::memory::{Memory, STACK_TOP, THREAD};
use super::value::{Flags, Value, Vector};
use crate::binary::image::Image;
use crate::model::{Arch, BinaryFormat};

/// Where the thread pointer leads: the middle of its range, as variables lie on both sides of it.
pub const THREAD_POINTER: u64 = THREAD + 0x8000;

/// The address of a thread-local variable, told from others by where its description lies.
pub fn thread_local(description: u64) -> Option<u64> {
    (description < 1 << 40).then(|| THREAD + 0x10_0000 + (description << 8))
}

/// How functions hand things to each other on one machine and system. Numbers are those of registers.
#[derive(Debug)]
pub struct Convention {
    /// Integer arguments in order.
    pub arguments: &'static [usize],
    /// The result.
    pub result: usize,
    /// The stack pointer.
    pub stack: usize,
    /// What a called function may change.
    pub clobbered: &'static [usize],
    /// Vector registers a called function may change.
    pub clobbered_vectors: std::ops::Range<usize>,
    /// What a called function must leave as it was, the stack pointer apart.
    pub preserved: &'static [usize],
    /// Where a call leaves the address to return to; on the stack if none.
    pub link: Option<usize>,
}

/// The most registers that any convention preserves.
const PRESERVED: usize = 11;

static SYSTEM_V: Convention = Convention {
    arguments: &[7, 6, 2, 1, 8, 9],
    result: 0,
    stack: 4,
    clobbered: &[0, 1, 2, 6, 7, 8, 9, 10, 11],
    clobbered_vectors: 0..32,
    preserved: &[3, 5, 12, 13, 14, 15],
    link: None,
};

static WINDOWS: Convention = Convention {
    arguments: &[1, 2, 8, 9],
    result: 0,
    stack: 4,
    clobbered: &[0, 1, 2, 8, 9, 10, 11],
    clobbered_vectors: 0..6,
    preserved: &[3, 5, 6, 7, 12, 13, 14, 15],
    link: None,
};

static AAPCS64: Convention = Convention {
    arguments: &[0, 1, 2, 3, 4, 5, 6, 7],
    result: 0,
    stack: 31,
    clobbered: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
    clobbered_vectors: 0..8,
    preserved: &[19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
    link: Some(30),
};

impl Convention {
    /// The convention of an image's machine and system; `None` for machines that are not interpreted.
    pub fn of(image: &Image<'_>) -> Option<&'static Self> {
        match (image.arch, image.format) {
            (Arch::X86_64, BinaryFormat::Pe) => Some(&WINDOWS),
            (Arch::X86_64, _) => Some(&SYSTEM_V),
            (Arch::Aarch64, _) => Some(&AAPCS64),
            _ => None,
        }
    }
}

/// A function that was called and has not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Where it returns to.
    pub back: u64,
    /// The stack pointer after it has returned.
    pub stack: Option<u64>,
}

/// A call of `PyUnstable_Module_SetGIL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GilCall {
    /// The module it is about.
    pub module: Value,
    /// What it says.
    pub said: Value,
    /// The address behind the call.
    pub at: u64,
}

/// A module object that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The object.
    pub object: u64,
    /// The definition it was made from.
    pub definition: Value,
    /// The address behind the call.
    pub at: u64,
}

/// What the path did so far that bears on the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Modules it made.
    pub made: Vec<Made>,
    /// What it declared about modules.
    pub declared: Vec<GilCall>,
    /// Paths met here that had declared different things.
    pub differs: bool,
    /// Python modules it imported, by name where that is known.
    pub imported: Vec<String>,
    /// The last thing it called that could not be followed and of which nothing is known.
    pub foreign: Option<String>,
}

impl Record {
    /// Whether both made and declared the same.
    pub fn agrees(&self, other: &Self) -> bool {
        self.differs == other.differs && self.declared == other.declared && self.made == other.made
    }

    /// Whether nothing is said that the other does not say: see [`State::covers`].
    fn covers(&self, other: &Self) -> bool {
        self.differs || (!other.differs && self.declared == other.declared && self.made == other.made)
    }

    /// Longest list of calls that is kept; one that is longer does not come from a module's init function.
    const MOST: usize = 256;

    /// Notes a module that was made.
    pub fn make(&mut self, made: Made) {
        if self.made.len() < Self::MOST {
            self.made.push(made);
        }
    }

    /// Notes a declaration.
    pub fn declare(&mut self, call: GilCall) {
        if self.declared.len() < Self::MOST {
            self.declared.push(call);
        } else {
            self.differs = true;
        }
    }

    /// Notes the import of a Python module.
    pub fn import(&mut self, name: String) {
        if self.imported.len() < Self::MOST && !self.imported.contains(&name) {
            self.imported.push(name);
        }
    }
}

/// One path.
#[derive(Debug, Clone)]
pub struct State<'i, 'a> {
    /// The next instruction.
    pub pc: u64,
    /// General registers: rax to r15, or x0 to x30 and the stack pointer.
    pub general: [Value; 32],
    /// Vector registers.
    pub vectors: [Vector; 32],
    /// Flags.
    pub flags: Flags,
    /// A register that was just compared with a number, and so is that number where they are equal.
    pub compared: Option<(usize, u64)>,
    /// Memory.
    pub memory: Memory<'i, 'a>,
    /// Functions that have not returned, the entry's own not among them.
    pub frames: Vec<Frame>,
    /// For each of these, what preserved registers held when it was called.
    saved: Vec<[Value; PRESERVED]>,
    /// What it did.
    pub record: Record,
    /// The module about which nothing that follows is likely to say anything else.
    pub settled: Option<u64>,
    /// Instructions so far.
    pub steps: u32,
    /// Arguments, results and the stack.
    pub convention: &'static Convention,
}

impl<'i, 'a> State<'i, 'a> {
    /// A thread about to enter a function of a loaded image; `None` for machines that are not interpreted.
    pub fn new(image: &'i Image<'a>, entry: u64) -> Option<Self> {
        let convention = Convention::of(image)?;
        let mut memory = Memory::new(image);
        // fs:0 is the thread pointer itself; fs:0x28 the stack guard, which need only be the same each time.
        memory.write(THREAD_POINTER, 8, Value::Known(THREAD_POINTER));
        memory.write(THREAD_POINTER + 0x28, 8, Value::Known(0x5a17_c0de_0bad_ca00));
        let mut general = [Value::UNKNOWN; 32];
        // As after a call: a word below a 16-byte boundary on x86-64, on one elsewhere.
        let stack = if convention.link.is_some() { STACK_TOP - 0x1000 } else { STACK_TOP - 0x1008 };
        if let Some(sp) = general.get_mut(convention.stack) {
            *sp = Value::Known(stack);
        }
        // Windows keeps the thread pointer in x18, macOS and Linux in a system register.
        if image.arch == Arch::Aarch64
            && image.format == BinaryFormat::Pe
            && let Some(x18) = general.get_mut(18)
        {
            *x18 = Value::Known(THREAD_POINTER);
        }
        Some(Self {
            pc: entry,
            general,
            vectors: [Vector::UNKNOWN; 32],
            flags: Flags::default(),
            compared: None,
            memory,
            frames: Vec::new(),
            saved: Vec::new(),
            record: Record::default(),
            settled: None,
            steps: 0,
            convention,
        })
    }

    /// A general register.
    pub fn get(&self, register: usize) -> Value {
        self.general.get(register).copied().unwrap_or(Value::UNKNOWN)
    }

    /// Writes a general register.
    pub fn set(&mut self, register: usize, value: Value) {
        if self.compared.is_some_and(|(r, _)| r == register) {
            self.compared = None;
        }
        if let Some(r) = self.general.get_mut(register) {
            *r = value;
        }
    }

    /// About how many bytes a copy of it takes, the contents of pages apart.
    pub fn weight(&self) -> u64 {
        let frame = size_of::<Frame>() + size_of::<[Value; PRESERVED]>();
        (size_of::<Self>() + self.frames.len() * frame) as u64 + self.memory.pages() * 32
    }

    /// Notes that a function of the image is called.
    pub fn push_frame(&mut self, frame: Frame) {
        let mut saved = [Value::UNKNOWN; PRESERVED];
        for (to, register) in saved.iter_mut().zip(self.convention.preserved) {
            *to = self.get(*register);
        }
        self.frames.push(frame);
        self.saved.push(saved);
    }

    /// Notes that it returned. What it had to preserve and of which nothing is known any more, as something may have
    /// been written over the place where it was kept, is what it was.
    pub fn pop_frame(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        for (before, register) in self.saved.pop().iter().flatten().zip(self.convention.preserved) {
            if self.get(*register).known().is_none() {
                self.set(*register, *before);
            }
        }
        Some(frame)
    }

    /// A vector register.
    pub fn vector(&self, register: usize) -> Vector {
        self.vectors.get(register).copied().unwrap_or(Vector::UNKNOWN)
    }

    /// Writes a vector register.
    pub fn set_vector(&mut self, register: usize, value: Vector) {
        if let Some(r) = self.vectors.get_mut(register) {
            *r = value;
        }
    }

    /// Writes the flags.
    pub fn set_flags(&mut self, flags: Flags) {
        self.flags = flags;
        self.compared = None;
    }

    /// An integer argument of the function about to be called.
    pub fn argument(&self, index: usize) -> Value {
        self.convention.arguments.get(index).map_or(Value::UNKNOWN, |r| self.get(*r))
    }

    /// A fresh object of the interpreter. What is called at one place in one chain of calls gives one
    /// address, so that paths that meet agree on it; a module that was made keeps its own.
    pub fn object(&mut self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.pc.hash(&mut hasher);
        for frame in &self.frames {
            frame.back.hash(&mut hasher);
        }
        let mut seed = hasher.finish();
        loop {
            let object = Memory::object(seed);
            if !self.record.made.iter().any(|m| m.object == object) {
                self.memory.renew(object);
                return object;
            }
            seed = seed.wrapping_add(1);
        }
    }

    /// Loads an integer of up to 8 bytes.
    pub fn load(&mut self, address: Value, size: u8) -> Value {
        match address {
            Value::Known(at) => self.memory.read(at, size),
            Value::Unknown { .. } => Value::UNKNOWN,
        }
    }

    /// Stores an integer of up to 8 bytes. A store that may hit anything around an address casts doubt on
    /// what stands there; one of which nothing is known is taken to hit nothing that matters here.
    pub fn store(&mut self, address: Value, size: u8, value: Value) {
        match address {
            Value::Known(at) => self.memory.write(at, size, value),
            Value::Unknown { near } if !self.memory.is_writable(near) => {}
            Value::Unknown { near } => self.memory.doubt(near.saturating_sub(64), 1024),
        }
    }

    /// Loads a vector of up to 32 bytes.
    pub fn load_vector(&mut self, address: Value, size: u8) -> Vector {
        let mut out = Vector::ZERO;
        for at in (0..usize::from(size)).step_by(8) {
            for i in at..(at + 8).min(usize::from(size)) {
                let byte = match address {
                    Value::Known(base) => self.memory.read(base.wrapping_add(i as u64), 1),
                    Value::Unknown { .. } => Value::UNKNOWN,
                };
                out.set(i, 1, byte);
            }
        }
        out
    }

    /// Stores the first bytes of a vector.
    pub fn store_vector(&mut self, address: Value, size: u8, value: &Vector) {
        match address {
            Value::Known(base) => {
                for i in 0..usize::from(size) {
                    self.memory.write(base.wrapping_add(i as u64), 1, value.get(i, 1));
                }
            }
            Value::Unknown { .. } => self.store(address, 1, Value::UNKNOWN),
        }
    }

    /// Forgets what a function that was not followed may have changed in registers.
    pub fn clobber(&mut self) {
        for register in self.convention.clobbered {
            self.set(*register, Value::UNKNOWN);
        }
        for register in self.convention.clobbered_vectors.clone() {
            self.set_vector(register, Vector::UNKNOWN);
        }
        self.set_flags(Flags::default());
    }

    /// Goes on behind a call of a function of the image that is not followed: it may have done anything but write to
    /// the stack of its callers where it was not told to, as the convention has it.
    pub fn pass_over(&mut self) {
        self.memory.pass_over();
        self.clobber();
        self.set(self.convention.result, Value::UNKNOWN);
    }

    /// Keeps only what both paths agree on; says whether anything known here was lost.
    pub fn join(&mut self, other: &mut Self) -> bool {
        let mut lost = false;
        for (mine, theirs) in self.general.iter_mut().zip(&other.general) {
            let joined = mine.join(*theirs);
            lost |= joined != *mine;
            *mine = joined;
        }
        for (mine, theirs) in self.saved.iter_mut().flatten().zip(other.saved.iter().flatten()) {
            let joined = mine.join(*theirs);
            lost |= joined != *mine;
            *mine = joined;
        }
        for (mine, theirs) in self.vectors.iter_mut().zip(&other.vectors) {
            let joined = mine.join(theirs);
            lost |= joined != *mine;
            *mine = joined;
        }
        let flags = self.flags.join(&other.flags);
        lost |= flags != self.flags;
        self.flags = flags;
        self.compared = None;
        let (a, b) = (&mut self.record, &other.record);
        if !a.covers(b) {
            a.differs |= a.declared != b.declared || b.differs;
            a.made.retain(|m| b.made.contains(m));
            a.imported
                .extend(b.imported.iter().filter(|i| !a.imported.contains(i)).cloned().collect::<Vec<_>>());
            lost = true;
        }
        if a.foreign.is_none() {
            a.foreign.clone_from(&b.foreign);
        }
        if self.settled.is_some() && self.settled != other.settled {
            self.settled = None;
            lost = true;
        }
        self.memory.join(&mut other.memory) || lost
    }

    /// Whether everything known here is also true there, so that following the other path can show nothing
    /// that following this one does not.
    pub fn covers(&self, other: &mut Self) -> bool {
        let same = |(mine, theirs): (&Value, &Value)| mine.join(*theirs) == *mine;
        self.record.covers(&other.record)
            && (self.settled.is_none() || self.settled == other.settled)
            && self.general.iter().zip(&other.general).all(same)
            && self.saved.iter().flatten().zip(other.saved.iter().flatten()).all(same)
            && self.flags.join(&other.flags) == self.flags
            && self.vectors.iter().zip(&other.vectors).all(|(a, b)| a == b || a.join(b) == *a)
            && self.memory.covers(&mut other.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::image::SymbolTable;

    fn image() -> Image<'static> {
        Image {
            format: BinaryFormat::Elf,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: Vec::new(),
            pointers: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: Vec::new(),
        }
    }

    /// A function keeps them on its stack, where a call of something unknown may have written over them.
    #[test]
    fn a_function_that_returns_has_preserved_what_it_must() {
        let image = image();
        let mut s = State::new(&image, 0).expect("a machine that is interpreted");
        let (rbx, rcx) = (3, 1);
        s.set(rbx, Value::Known(7));
        s.set(rcx, Value::Known(7));
        s.push_frame(Frame { back: 1, stack: None });
        s.set(rbx, Value::UNKNOWN);
        s.set(rcx, Value::UNKNOWN);
        s.pop_frame();
        assert_eq!((s.get(rbx), s.get(rcx)), (Value::Known(7), Value::UNKNOWN));
        s.push_frame(Frame { back: 1, stack: None });
        s.set(rbx, Value::Known(8));
        s.pop_frame();
        assert_eq!(s.get(rbx), Value::Known(8), "what is known stays");
    }

    #[test]
    fn paths_that_meet_are_settled_only_where_both_are() {
        let image = image();
        let mut s = State::new(&image, 0).expect("a machine that is interpreted");
        let mut other = s.clone();
        s.settled = Some(1);
        assert!(!s.covers(&mut other));
        assert!(s.join(&mut other));
        assert_eq!(s.settled, None);
    }
}

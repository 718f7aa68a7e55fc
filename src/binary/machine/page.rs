//! A page of the machine's memory: bytes that are known or not, doubted or not, written or only read.

use std::cell::Cell;
use std::rc::Rc;

/// Bytes of a page: small, as most of what an init function touches is a few words here and there.
pub(super) const PAGE: u64 = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    bytes: [u8; PAGE as usize],
    known: [u64; 4],
    /// Bytes that a store at an address not fully known may have hit.
    doubted: [u64; 4],
    /// Bytes written since the start; the others were only read.
    written: [u64; 4],
    /// Counts it among the pages that there are.
    _counted: Counted,
}

/// One of the pages of a run, on whatever path: they are copied when written and gone when no path holds them.
#[derive(Debug)]
struct Counted(Rc<Cell<u64>>);

impl Counted {
    fn new(all: &Rc<Cell<u64>>) -> Self {
        all.set(all.get() + 1);
        Self(Rc::clone(all))
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// Two pages are equal by what stands there.
impl PartialEq for Counted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Counted {}

impl Page {
    /// A page of zeros, or one of which nothing is known.
    pub fn filled(known: bool, all: &Rc<Cell<u64>>) -> Self {
        Self {
            bytes: [0; PAGE as usize],
            known: [if known { u64::MAX } else { 0 }; 4],
            doubted: [0; 4],
            written: [0; 4],
            _counted: Counted::new(all),
        }
    }

    /// A byte, if it is known.
    pub fn get(&self, at: u64) -> Option<u8> {
        let at = usize::try_from(at % PAGE).ok()?;
        (self.known.get(at / 64)? >> (at % 64) & 1 == 1).then(|| self.bytes.get(at).copied()).flatten()
    }

    /// Puts a byte there, or nothing that is known; doubts about it end.
    pub fn set(&mut self, at: u64, byte: Option<u8>) {
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

    /// Notes that a store may have hit a byte.
    pub fn doubt(&mut self, at: u64) {
        let bit = usize::try_from(at % PAGE).unwrap_or(0);
        if let Some(word) = self.doubted.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
        self.note_write(at);
    }

    /// Notes that the program wrote a byte.
    pub fn note_write(&mut self, at: u64) {
        let at = usize::try_from(at % PAGE).unwrap_or(0);
        if let Some(word) = self.written.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Whether the program wrote a byte.
    pub fn is_written(&self, at: u64) -> bool {
        let at = usize::try_from(at % PAGE).unwrap_or(0);
        self.written.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Whether everything known here is also true there, and nothing is doubted there alone.
    pub fn covers(&self, other: &Self) -> bool {
        if std::ptr::eq(self, other) || self == other {
            return true;
        }
        self.doubted.iter().zip(&other.doubted).all(|(mine, theirs)| theirs & !mine == 0)
            && (0..PAGE).all(|at| self.get(at).is_none() || self.get(at) == other.get(at))
    }

    /// Keeps only what both agree on; says whether anything known here was lost.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut lost = false;
        for at in 0..PAGE {
            if self.get(at).is_some() && self.get(at) != other.get(at) {
                let doubted = self.doubted;
                self.set(at, None);
                self.doubted = doubted;
                lost = true;
            }
        }
        for (mine, theirs) in self.doubted.iter_mut().zip(&other.doubted) {
            lost |= theirs & !*mine != 0;
            *mine |= theirs;
        }
        for (mine, theirs) in self.written.iter_mut().zip(&other.written) {
            *mine |= theirs;
        }
        lost
    }

    /// Whether a range of bytes within the page is free of doubt.
    pub fn is_sure(&self, at: u64, size: u8) -> bool {
        (0..u64::from(size)).all(|i| {
            let at = usize::try_from((at + i) % PAGE).unwrap_or(0);
            self.doubted.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 0)
        })
    }
}

//! Tells functions that never return: those that throw, panic or abort on every way through them.
//!
//! A function's address goes in, whether it may return comes out. Only the shape of the code is read:
//! branches go both ways, and a call goes on behind it unless what is called never returns. The machinery
//! behind a thrown exception is large and, as far as a module's declaration goes, ends like an abort; so it
//! is not worth a step of the interpreter. Where anything is in doubt, a function may return.

use std::collections::{HashMap, HashSet};

use iced_x86::{Decoder, DecoderOptions, FlowControl, OpKind};

use crate::binary::image::{Image, Pointer};
use crate::knowledge::stubs::{Effect, StubFacts};
use crate::model::Arch;

/// Instructions of one function that are looked at.
const MOST_INSTRUCTIONS: usize = 2_000;
/// Instructions of all functions that are asked about in one run.
const MOST_IN_ALL: usize = 1 << 20;
/// Functions within functions.
const DEEPEST: usize = 12;

/// Where the flow goes behind an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// To the next one.
    Next,
    /// There, or to the next one.
    Branch(u64),
    /// There.
    Jump(Target),
    /// There, and back.
    Call(Target),
    /// Back to the caller, or to where this cannot tell.
    Return,
    /// Nowhere.
    Dead,
}

/// What is jumped to or called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Code(u64),
    /// Whatever the pointer stored there leads to.
    Cell(u64),
    Unknown,
}

/// Answers so far.
#[derive(Debug, Default)]
pub(super) struct Returns {
    known: HashMap<u64, bool>,
    looked_at: usize,
}

impl Returns {
    /// Whether the function at an address may return.
    pub fn may(&mut self, image: &Image<'_>, stubs: &StubFacts, entry: u64) -> bool {
        self.within(image, stubs, entry, 0)
    }

    fn within(&mut self, image: &Image<'_>, stubs: &StubFacts, entry: u64, depth: usize) -> bool {
        if let Some(known) = self.known.get(&entry) {
            return *known;
        }
        if depth >= DEEPEST {
            return true;
        }
        // One that calls itself may return as long as nothing else is known.
        self.known.insert(entry, true);
        let may = self.walk(image, stubs, entry, depth);
        self.known.insert(entry, may);
        may
    }

    fn walk(&mut self, image: &Image<'_>, stubs: &StubFacts, entry: u64, depth: usize) -> bool {
        let mut seen = HashSet::new();
        let mut waiting = vec![entry];
        while let Some(mut at) = waiting.pop() {
            let mut pages = Pages::default();
            while seen.insert(at) {
                self.looked_at += 1;
                if seen.len() > MOST_INSTRUCTIONS || self.looked_at > MOST_IN_ALL {
                    return true;
                }
                let Some((next, shape)) = shape(image, at, &mut pages) else { return true };
                match shape {
                    Shape::Next => {}
                    Shape::Branch(to) => waiting.push(to),
                    Shape::Jump(Target::Code(to)) => {
                        at = to;
                        continue;
                    }
                    Shape::Jump(target) => {
                        if self.comes_back(image, stubs, target, depth) {
                            return true;
                        }
                        break;
                    }
                    Shape::Call(target) => {
                        if !self.comes_back(image, stubs, target, depth) {
                            break;
                        }
                    }
                    Shape::Return => return true,
                    Shape::Dead => break,
                }
                at = next;
            }
        }
        false
    }

    fn comes_back(&mut self, image: &Image<'_>, stubs: &StubFacts, target: Target, depth: usize) -> bool {
        match target {
            Target::Code(to) => self.within(image, stubs, to, depth + 1),
            Target::Cell(cell) => match image.pointer(cell) {
                Some(Pointer::Import(index, _)) => {
                    image.import(index).is_none_or(|import| stubs.of(import.name) != Effect::Never)
                }
                Some(Pointer::Here(to)) if image.is_code(to) => self.within(image, stubs, to, depth + 1),
                _ => true,
            },
            Target::Unknown => true,
        }
    }
}

/// The instruction at an address: where the next one stands, and where the flow goes.
fn shape(image: &Image<'_>, at: u64, pages: &mut Pages) -> Option<(u64, Shape)> {
    let segment = image.segment(at).filter(|s| s.executable)?;
    let code = segment.bytes.get(usize::try_from(at - segment.start).ok()?..)?;
    match image.arch {
        Arch::X86_64 => x86_64(code, at),
        Arch::Aarch64 => {
            let word = u32::from_le_bytes(*code.first_chunk()?);
            Some((at.wrapping_add(4), aarch64(word, at, pages)))
        }
        _ => None,
    }
}

fn x86_64(code: &[u8], at: u64) -> Option<(u64, Shape)> {
    let i = Decoder::with_ip(64, code.get(..15).unwrap_or(code), at, DecoderOptions::NONE).decode();
    if i.is_invalid() {
        return None;
    }
    let indirect = || {
        if i.op0_kind() == OpKind::Memory && i.is_ip_rel_memory_operand() {
            Target::Cell(i.ip_rel_memory_address())
        } else {
            Target::Unknown
        }
    };
    let shape = match i.flow_control() {
        FlowControl::Next | FlowControl::XbeginXabortXend => Shape::Next,
        FlowControl::ConditionalBranch => Shape::Branch(i.near_branch_target()),
        FlowControl::UnconditionalBranch => Shape::Jump(Target::Code(i.near_branch_target())),
        FlowControl::IndirectBranch => Shape::Jump(indirect()),
        FlowControl::Call => Shape::Call(Target::Code(i.near_branch_target())),
        FlowControl::IndirectCall => Shape::Call(indirect()),
        FlowControl::Return => Shape::Return,
        FlowControl::Interrupt | FlowControl::Exception => Shape::Dead,
    };
    Some((i.next_ip(), shape))
}

/// What registers hold as long as only addresses of pages and what is loaded from there are followed.
#[derive(Debug, Default)]
struct Pages {
    /// The register and the address of a page in it.
    page: Option<(u32, u64)>,
    /// The register and the cell it was loaded from.
    cell: Option<(u32, u64)>,
}

fn aarch64(word: u32, at: u64, pages: &mut Pages) -> Shape {
    let register = word & 31;
    let signed = |from: u32, count: u32| {
        let value = i64::from(word >> from & ((1 << count) - 1));
        let value = if value >> (count - 1) & 1 == 1 { value - (1 << count) } else { value };
        at.wrapping_add_signed(value * 4)
    };
    // ADRP, and a load of 8 bytes with an offset from what it made.
    if word & 0x9f00_0000 == 0x9000_0000 {
        let distance = i64::from(word >> 29 & 3) | i64::from(word >> 5 & 0x7_ffff) << 2;
        pages.page = Some((register, (at & !0xfff).wrapping_add_signed((distance << 43 >> 43) << 12)));
        return Shape::Next;
    }
    if word & 0xffc0_0000 == 0xf940_0000 {
        let cell = pages.page.filter(|(r, _)| *r == word >> 5 & 31);
        pages.cell = cell.map(|(_, page)| (register, page.wrapping_add(u64::from(word >> 10 & 0xfff) * 8)));
        return Shape::Next;
    }
    let through = |pages: &Pages| {
        let cell = pages.cell.filter(|(r, _)| *r == word >> 5 & 31);
        cell.map_or(Target::Unknown, |(_, cell)| Target::Cell(cell))
    };
    match word {
        w if w >> 16 == 0 => Shape::Dead,
        w if w & 0xfc00_0000 == 0x1400_0000 => Shape::Jump(Target::Code(signed(0, 26))),
        w if w & 0xfc00_0000 == 0x9400_0000 => Shape::Call(Target::Code(signed(0, 26))),
        // CBZ and CBNZ, TBZ and TBNZ, B.cond.
        w if w & 0x7e00_0000 == 0x3400_0000 => Shape::Branch(signed(5, 19)),
        w if w & 0x7e00_0000 == 0x3600_0000 => Shape::Branch(signed(5, 14)),
        w if w & 0xff00_0000 == 0x5400_0000 => Shape::Branch(signed(5, 19)),
        w if w & 0xfe00_0000 == 0xd600_0000 => match w >> 21 & 7 {
            0 => Shape::Jump(through(pages)),
            1 => Shape::Call(through(pages)),
            _ => Shape::Return,
        },
        // BRK and HLT; a system call may do anything.
        w if w & 0xff00_0000 == 0xd400_0000 => match w >> 21 & 7 {
            0 => Shape::Return,
            _ => Shape::Dead,
        },
        _ => {
            // Whatever else it writes, what was followed is taken to be kept only by instructions of other
            // registers; a wrong guess here is a call of an import that was loaded and then not called.
            if pages.cell.is_some_and(|(r, _)| r == register) {
                pages.cell = None;
            }
            Shape::Next
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::machine::testing::{CELL, CODE, image, words};

    fn may(arch: Arch, import: &str, code: &[u8]) -> bool {
        Returns::default().may(&image(arch, import, code), StubFacts::builtin(), CODE)
    }

    /// test eax,eax; jz +6; call [rip+CELL]; then `rest`
    fn guarded(rest: &[u8]) -> Vec<u8> {
        let mut code = vec![0x85, 0xc0, 0x74, 0x06, 0xff, 0x15];
        code.extend((CELL - CODE - 10).to_le_bytes().get(..4).expect("four of eight"));
        code.extend(rest);
        code
    }

    #[test]
    fn a_function_that_aborts_on_every_way_never_returns() {
        assert!(!may(Arch::X86_64, "abort", &guarded(&[0x0f, 0x0b])));
        assert!(!may(Arch::X86_64, "abort", &guarded(&[0xeb, 0xf8])), "back to the call");
        assert!(may(Arch::X86_64, "abort", &guarded(&[0xc3])), "one way skips the call");
        assert!(may(Arch::X86_64, "puts", &guarded(&[0xc3])));
        assert!(may(Arch::X86_64, "abort", &guarded(&[0xff, 0xe0])), "a jump that cannot be told");
    }

    #[test]
    fn stubs_are_followed_on_aarch64() {
        // bl stub; ret; stub: adrp x16, +2 pages; ldr x17, [x16]; br x17
        let code = words(&[0x9400_0002, 0xd65f_03c0, 0xd000_0010, 0xf940_0211, 0xd61f_0220]);
        assert!(!may(Arch::Aarch64, "__cxa_throw", &code));
        assert!(may(Arch::Aarch64, "puts", &code));
    }

    #[test]
    fn what_cannot_be_read_may_return() {
        assert!(may(Arch::X86_64, "abort", &[0x90, 0x06]), "no instruction");
        assert!(may(Arch::S390x, "abort", &[0; 8]));
    }
}

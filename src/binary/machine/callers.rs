//! Counts the places in a file's code that may call an imported function.
//!
//! An image and an import go in, a number comes out: at least as many as there are, as any bytes that look
//! like an instruction that refers to it count as one. It is asked where an init function has declared and
//! goes on for long: if the call that was seen is the only one in the file, nothing that follows can take it
//! back.

use crate::binary::image::{Image, Pointer, Segment};
use crate::model::Arch;

/// How far apart the instructions of one import stub stand, in words of A64 code.
const STUB_WORDS: usize = 4;

/// Places that call the import of this index, or take its address. `None` for machines that are not read.
pub(super) fn count(image: &Image<'_>, import: u32) -> Option<usize> {
    let cells: Vec<u64> = image
        .pointers
        .iter()
        .filter(|(_, to)| matches!(to, Pointer::Import(index, _) if *index == import))
        .map(|(at, _)| *at)
        .collect();
    let code = || image.segments.iter().filter(|s| s.executable);
    match image.arch {
        Arch::X86_64 => {
            let (mut stubs, mut found) = (Vec::new(), 0);
            for segment in code() {
                relative(segment, &cells, |at, before| match before {
                    [0xff, 0x25] => stubs.push(at.wrapping_sub(2)),
                    [_, operand] if is_operand(*operand) => found += 1,
                    _ => {}
                });
            }
            // A stub may begin with a prefix, or with the landing mark that CET asks for.
            let starts: Vec<u64> =
                stubs.iter().flat_map(|at| [0, 1, 4, 5].map(|n| at.wrapping_sub(n))).collect();
            let mut through = vec![0_usize; stubs.len()];
            for segment in code() {
                relative(segment, &starts, |at, before| {
                    // CALL, JMP, a conditional jump, or an address that is taken.
                    match before {
                        [_, 0xe8 | 0xe9] | [0x0f, 0x80..=0x8f] => {}
                        [_, operand] if is_operand(*operand) => {}
                        _ => return,
                    }
                    let target = target(segment, at);
                    let stub = starts.iter().position(|s| Some(*s) == target).map(|n| n / 4);
                    if let Some(count) = stub.and_then(|stub| through.get_mut(stub)) {
                        *count += 1;
                    }
                });
            }
            // A jump that nobody calls as a stub is a call in the place of a return.
            Some(found + through.iter().map(|n| (*n).max(1)).sum::<usize>())
        }
        Arch::Aarch64 => {
            let (mut stubs, mut found) = (Vec::new(), 0);
            for segment in code() {
                page_loads(
                    segment,
                    &cells,
                    |start, is_jump| {
                        if is_jump { stubs.push(start) } else { found += 1 }
                    },
                );
            }
            let mut through = vec![0_usize; stubs.len()];
            for segment in code() {
                for (n, word) in words(segment).enumerate() {
                    if word & 0x7c00_0000 != 0x1400_0000 {
                        continue;
                    }
                    let offset = i64::from((word << 6).cast_signed() >> 6) * 4;
                    let to = segment.start.wrapping_add(n as u64 * 4).wrapping_add_signed(offset);
                    // The landing mark of BTI may stand before the stub.
                    let stub = stubs.iter().position(|s| *s == to || s.wrapping_sub(4) == to);
                    if let Some(count) = stub.and_then(|stub| through.get_mut(stub)) {
                        *count += 1;
                    }
                }
            }
            Some(found + through.iter().map(|n| (*n).max(1)).sum::<usize>())
        }
        _ => None,
    }
}

/// Whether all places that call the import of this index hand over one and the same constant as the second argument.
/// Told of A64 code alone, where instructions can be read backwards.
pub(super) fn says_one_thing(image: &Image<'_>, import: u32) -> bool {
    if image.arch != Arch::Aarch64 {
        return false;
    }
    let cells: Vec<u64> = image
        .pointers
        .iter()
        .filter(|(_, to)| matches!(to, Pointer::Import(index, _) if *index == import))
        .map(|(at, _)| *at)
        .collect();
    let mut said = Vec::new();
    for segment in image.segments.iter().filter(|s| s.executable) {
        let code: Vec<u32> = words(segment).collect();
        page_loads(segment, &cells, |start, is_jump| {
            let at = usize::try_from((start - segment.start) / 4).unwrap_or(usize::MAX);
            // BLR ends what a load for a call begins; stubs are jumped to from anywhere.
            let call = code.iter().skip(at).take(STUB_WORDS * 2).position(|w| w & 0xffff_fc1f == 0xd63f_0000);
            said.push(call.filter(|_| !is_jump).and_then(|call| second_argument(&code, at + call)));
        });
    }
    said.first().is_some_and(|first| first.is_some() && said.iter().all(|one| one == first))
}

/// The constant in x1 at a call, if the instruction that wrote it stands shortly before and nothing joins between.
fn second_argument(code: &[u32], call: usize) -> Option<u64> {
    const REACH: usize = 12;
    for word in code.get(call.saturating_sub(REACH)..call)?.iter().rev() {
        // MOVZ of w1 or x1 without a shift.
        if word & 0x7fe0_001f == 0x5280_0001 {
            return Some(u64::from(word >> 5 & 0xffff));
        }
        let branches = word & 0x1c00_0000 == 0x1400_0000;
        let pair = word & 0x3a00_0000 == 0x2800_0000 && word >> 10 & 31 == 1;
        if branches || pair || word & 31 == 1 {
            return None;
        }
    }
    None
}

/// Whether a ModRM byte stands before a distance from the instruction pointer.
fn is_operand(byte: u8) -> bool {
    byte & 0xc7 == 0x05
}

/// Where the distance stored at an address leads.
fn target(segment: &Segment<'_>, at: u64) -> Option<u64> {
    let offset = usize::try_from(at.checked_sub(segment.start)?).ok()?;
    let distance = i32::from_le_bytes(*segment.bytes.get(offset..)?.first_chunk()?);
    Some(at.wrapping_add(4).wrapping_add_signed(distance.into()))
}

/// Calls `found` with the address of every four bytes that, read as a distance from their end, lead to one of
/// the targets, and with the two bytes before them.
fn relative(segment: &Segment<'_>, targets: &[u64], mut found: impl FnMut(u64, &[u8])) {
    /// Bytes that are looked at together; hits are rare.
    const BLOCK: usize = 1024;
    let (Some(low), Some(high)) = (targets.iter().min(), targets.iter().max()) else { return };
    let span = u32::try_from(high - low).unwrap_or(u32::MAX);
    // The low halves decide first: an address less the lowest target is small where it is one.
    let base = segment.start.wrapping_add(4).wrapping_sub(*low);
    for start in (0..segment.bytes.len()).step_by(BLOCK) {
        let end = segment.bytes.len().min(start + BLOCK + 3);
        let block = segment.bytes.get(start..end).unwrap_or_default();
        if !may_lead(block, low_half(base.wrapping_add(start as u64)), span) {
            continue;
        }
        for (offset, window) in block.windows(4).enumerate() {
            let Some(bytes) = window.first_chunk() else { continue };
            let at = segment.start.wrapping_add((start + offset) as u64);
            let to = at.wrapping_add(4).wrapping_add_signed(i32::from_le_bytes(*bytes).into());
            if to >= *low && to <= *high && targets.contains(&to) {
                let at_byte = start + offset;
                found(at, segment.bytes.get(at_byte.saturating_sub(2)..at_byte).unwrap_or_default());
            }
        }
    }
}

fn low_half(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Whether any four bytes of a block, added to where they stand, come to no more than `span`. Written so that the
/// compiler makes vector code of it: all of a module's code goes through here.
fn may_lead(block: &[u8], base: u32, span: u32) -> bool {
    let mut hit = false;
    for (skipped, first) in (0..4).zip([0, 1, 2, 3].map(|n| base.wrapping_add(n))) {
        let mut at = first;
        for bytes in block.get(skipped..).unwrap_or_default().chunks_exact(4) {
            let value = bytes.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
            hit |= value.wrapping_add(at) <= span;
            at = at.wrapping_add(4);
        }
    }
    hit
}

fn words<'s>(segment: &'s Segment<'_>) -> impl Iterator<Item = u32> + 's {
    segment.bytes.chunks_exact(4).map(|b| b.first_chunk().map_or(0, |b| u32::from_le_bytes(*b)))
}

/// Calls `found` for every load of one of the cells through the address of its page: with where that begins
/// and whether a jump there follows.
fn page_loads(segment: &Segment<'_>, cells: &[u64], mut found: impl FnMut(u64, bool)) {
    let mut recent = [(0_u32, 0_u64); STUB_WORDS];
    let mut pending: Option<(u64, u32, usize)> = None;
    for (n, word) in words(segment).enumerate() {
        let here = segment.start.wrapping_add(n as u64 * 4);
        if let Some((start, register, left)) = pending {
            if word & 0xffff_fc1f == 0xd61f_0000 && word >> 5 & 31 == register {
                found(start, true);
                pending = None;
            } else if left == 0 {
                found(start, false);
                pending = None;
            } else {
                pending = Some((start, register, left - 1));
            }
        }
        // LDR of 8 bytes with an offset, from a page whose address stands in that register.
        if word & 0xffc0_0000 == 0xf940_0000 {
            let offset = u64::from(word >> 10 & 0xfff) * 8;
            let page = recent.iter().find(|(adrp, _)| *adrp != 0 && adrp & 31 == word >> 5 & 31);
            if let Some((adrp, at)) = page {
                let distance = i64::from(adrp >> 29 & 3) | i64::from(adrp >> 5 & 0x7_ffff) << 2;
                let distance = (distance << 43 >> 43) << 12;
                if cells.contains(&(at & !0xfff).wrapping_add_signed(distance).wrapping_add(offset))
                    && let Some((start, ..)) = pending.replace((*at, word & 31, 2))
                {
                    found(start, false);
                }
            }
        }
        recent.rotate_right(1);
        if let Some(first) = recent.first_mut() {
            *first = (if word & 0x9f00_0000 == 0x9000_0000 { word } else { 0 }, here);
        }
    }
    if let Some((start, ..)) = pending {
        found(start, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::machine::testing::{CELL, CODE, image, words as bytes_of};

    fn calls(arch: Arch, code: &[u8]) -> Option<usize> {
        count(&image(arch, "f", code), 0)
    }

    /// `call rel32` or `jmp [rip+rel32]` that stands at `at`.
    fn to(code: &mut Vec<u8>, opcode: &[u8], target: u64) {
        code.extend(opcode);
        let end = CODE + code.len() as u64 + 4;
        let distance = i32::try_from(target.cast_signed() - end.cast_signed()).expect("near");
        code.extend(distance.to_le_bytes());
    }

    #[test]
    fn calls_through_a_stub_and_through_the_table_both_count() {
        let mut code = Vec::new();
        to(&mut code, &[0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25], CELL);
        assert_eq!(calls(Arch::X86_64, &code), Some(1), "a jump that nobody calls is a call itself");
        to(&mut code, &[0xe8], CODE);
        assert_eq!(calls(Arch::X86_64, &code), Some(1));
        to(&mut code, &[0xe9], CODE);
        assert_eq!(calls(Arch::X86_64, &code), Some(2));
        to(&mut code, &[0xff, 0x15], CELL);
        assert_eq!(calls(Arch::X86_64, &code), Some(3));
    }

    #[test]
    fn branches_to_a_stub_count_on_aarch64() {
        // adrp x16, +2 pages; ldr x17, [x16]; add x16, x16, 0; br x17; bl stub; bl elsewhere; b stub
        let stub = [0xd000_0010_u32, 0xf940_0211, 0x9100_0210, 0xd61f_0220];
        assert_eq!(calls(Arch::Aarch64, &bytes_of(&stub)), Some(1));
        let called = [&stub[..], &[0x97ff_fffc, 0x9400_0010]].concat();
        assert_eq!(calls(Arch::Aarch64, &bytes_of(&called)), Some(1));
        let twice = [&called[..], &[0x17ff_fffa]].concat();
        assert_eq!(calls(Arch::Aarch64, &bytes_of(&twice)), Some(2));
        // adrp x8; ldr x8, [x8]; mov x1, #1; blr x8: a call without a stub
        let direct = [0xd000_0008, 0xf940_0108, 0xd280_0021, 0xd63f_0100];
        assert_eq!(calls(Arch::Aarch64, &bytes_of(&direct)), Some(1));
    }

    #[test]
    fn calls_that_all_hand_over_one_constant_are_told_on_aarch64() {
        let says = |words: &[u32]| says_one_thing(&image(Arch::Aarch64, "f", &bytes_of(words)), 0);
        // adrp x8; ldr x8, [x8]; mov x1, #n; blr x8
        let call = |n: u32| [0xd000_0008, 0xf940_0108, 0xd280_0001 | n << 5, 0xd63f_0100];
        assert!(says(&[call(1), call(1)].concat()));
        assert!(!says(&[call(1), call(0)].concat()));
        // mov x1, x19 instead
        assert!(!says(&[call(1), [0xd000_0008, 0xf940_0108, 0xaa13_03e1, 0xd63f_0100]].concat()));
        // cbz over the constant: what is handed over depends on it
        assert!(!says(&[0xd280_0021, 0xb400_0040, 0xd000_0008, 0xf940_0108, 0xd63f_0100]));
        assert!(!says(&[]));
    }

    #[test]
    fn other_machines_are_not_counted() {
        assert_eq!(calls(Arch::S390x, &[0; 16]), None);
    }
}

//! Damages a binary where it hurts: values of its headers and tables, at their own size and place.
//!
//! The same seed makes the same bytes. Values are those that break readers: sizes near the end of the address space
//! or of the file, addresses of other parts, so that these overlap, and what stands elsewhere in the same table.

use super::shape::{Region, regions};

/// Random numbers (SplitMix64), the same for the same seed.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below a limit; 0 where that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// One of several.
    pub fn pick<'t, T>(&mut self, among: &'t [T]) -> Option<&'t T> {
        among.get(self.below(among.len()))
    }
}

/// Damages a few values. `wanted` names the regions to damage; empty means all of the file.
pub fn mutate(bytes: &mut Vec<u8>, wanted: &[&str], random: &mut Random) {
    let found: Vec<Region> =
        regions(bytes).into_iter().filter(|r| wanted.is_empty() || wanted.contains(&r.name)).collect();
    for _ in 0..=random.below(6) {
        match random.pick(&found) {
            Some(region) => within(bytes, region, &found, random),
            None => anywhere(bytes, random),
        }
    }
    if wanted.is_empty() {
        match random.below(24) {
            0 => bytes.truncate(random.below(bytes.len())),
            1 => anywhere(bytes, random),
            2 => bytes.resize(bytes.len() + random.below(4096), 0),
            _ => {}
        }
    }
}

fn anywhere(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte = random.next().to_le_bytes()[0];
    }
}

/// One value of a region.
fn within(bytes: &mut [u8], region: &Region, all: &[Region], random: &mut Random) {
    // Fields are not all of one size: also twice that, and half.
    let size = match random.below(4) {
        0 => (region.step * 2).min(8),
        1 => (region.step / 2).max(1),
        _ => region.step,
    };
    let count = region.range.len() / size;
    if count == 0 {
        return;
    }
    let at = region.range.start + random.below(count) * size;
    let old = read(bytes, at, size);
    let value = match random.below(12) {
        0 => 0,
        1 => 1,
        2 => u64::MAX - random.next() % 16,
        3 => (1 << (size as u32 * 8 - 1)) - 1 + random.next() % 3,
        4 => old.wrapping_add(random.next() % 33).wrapping_sub(16),
        5 => old ^ 1 << random.below(size * 8),
        6 => (bytes.len() as u64).wrapping_add(random.next() % 17).wrapping_sub(8),
        7 => read(bytes, region.range.start + random.below(count) * size, size),
        8 => {
            let Some(other) = random.pick(all) else { return };
            other.range.start as u64 + random.next() % other.range.len().max(1) as u64
        }
        9 => old.wrapping_mul(2),
        10 => old.wrapping_neg(),
        _ => random.next(),
    };
    for (to, byte) in bytes.iter_mut().skip(at).zip(value.to_le_bytes().into_iter().take(size)) {
        *to = byte;
    }
}

fn read(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes.iter().skip(at).take(size).rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// A program of about `length` bytes, made of instructions and fragments that init functions consist of, with
/// arguments and distances drawn at random.
pub fn program(fragments: &[&[u8]], length: usize, random: &mut Random) -> Vec<u8> {
    let mut code = Vec::with_capacity(length + 16);
    while code.len() < length {
        let Some(fragment) = random.pick(fragments) else { break };
        let start = code.len();
        code.extend_from_slice(fragment);
        // Change an operand, or the instruction itself.
        if random.below(2) == 0 {
            let at = start + random.below(fragment.len());
            if let Some(byte) = code.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
    code
}

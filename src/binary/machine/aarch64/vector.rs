//! Moves of vectors, and the few operations on them that build constants.

use super::{Word, set, zero_or};
use crate::binary::machine::state::State;
use crate::binary::machine::value::{Flags, Value, Vector};

/// The 8 bytes that a vector immediate repeats.
fn vector_immediate(w: Word) -> Option<u64> {
    let byte = u64::from(w.bits(16, 3) << 5 | w.bits(5, 5));
    let cmode = w.bits(12, 4);
    let invert = w.bit(29);
    let twice = |v: u64| v | v << 32;
    let value = match cmode {
        0 | 2 | 4 | 6 => twice(byte << (4 * cmode)),
        8 | 10 => {
            let half = byte << (4 * (cmode - 8));
            twice(half | half << 16)
        }
        12 => twice(byte << 8 | 0xff),
        13 => twice(byte << 16 | 0xffff),
        14 if invert => {
            return Some((0..8).filter(|i| byte >> i & 1 == 1).fold(0, |v, i| v | 0xff << (8 * i)));
        }
        14 => byte * 0x0101_0101_0101_0101,
        // Odd ones change what is there; 15 is a floating-point number.
        _ => return None,
    };
    Some(if invert { !value } else { value })
}

/// Runs one of them.
pub(super) fn run(s: &mut State<'_, '_>, w: Word) {
    let (d, n) = (w.register(0), w.register(5));
    let wide = w.bit(30);
    let mut out = Vector::ZERO;
    let source = s.vector(n);
    // The lowest set bit of imm5 tells the size of a lane, the bits above it which one.
    let lane = |field: u32| {
        let power = field.trailing_zeros();
        (power < 4).then(|| (1_u8 << power, (field >> (power + 1)) as usize * (1 << power)))
    };
    let repeat = |out: &mut Vector, size: u8, value: Value| {
        for at in (0..if wide { 16 } else { 8 }).step_by(usize::from(size)) {
            out.set(at, size, value);
        }
    };
    if w.is(0x9ff8_0c00, 0x0f00_0400) {
        match vector_immediate(w) {
            Some(value) => repeat(&mut out, 8, Value::Known(value)),
            None => out = Vector::UNKNOWN,
        }
    } else if w.is(0xbfe0_fc00, 0x0e00_0c00) || w.is(0xbfe0_fc00, 0x0e00_0400) {
        // DUP of a general register, or of a lane.
        match lane(w.bits(16, 5)) {
            Some((size, _)) if w.bit(11) => repeat(&mut out, size, zero_or(s, n, size)),
            Some((size, at)) => repeat(&mut out, size, source.get(at, size)),
            None => out = Vector::UNKNOWN,
        }
    } else if w.is(0xffe0_fc00, 0x4e00_1c00) {
        out = s.vector(d);
        match lane(w.bits(16, 5)) {
            Some((size, at)) => out.set(at, size, zero_or(s, n, size)),
            None => out = Vector::UNKNOWN,
        }
    } else if w.is(0xffe0_8400, 0x6e00_0400) {
        out = s.vector(d);
        match lane(w.bits(16, 5)) {
            Some((size, at)) => {
                let from = (w.bits(11, 4) as usize) & !(usize::from(size) - 1);
                out.set(at, size, source.get(from, size));
            }
            None => out = Vector::UNKNOWN,
        }
    } else if w.is(0xbfe0_fc00, 0x0e00_3c00) {
        // UMOV writes a general register.
        let value = lane(w.bits(16, 5)).map_or(Value::UNKNOWN, |(size, at)| source.get(at, size));
        return set(s, d, value, 8);
    } else if let Some((size, at, to_general)) = float_move(w) {
        if to_general {
            return set(s, d, source.get(at, size), 8);
        }
        if at > 0 {
            out = s.vector(d);
        }
        out.set(at, size, zero_or(s, n, size));
    } else if w.is(0xffff_fc00, 0x1e60_4000) || w.is(0xffff_fc00, 0x1e20_4000) {
        let size = if w.bit(22) { 8 } else { 4 };
        out.set(0, size, source.get(0, size));
    } else if w.is(0x9f20_fc00, 0x0e20_1c00) {
        let other = s.vector(w.register(16));
        let both = match (w.bit(29), w.bits(22, 2)) {
            (false, 0) => source.bytewise(&other, |a, b| a & b),
            (false, 2) if n == w.register(16) => source,
            (false, 2) => source.bytewise(&other, |a, b| a | b),
            (true, 0) if n == w.register(16) => Vector::ZERO,
            (true, 0) => source.bytewise(&other, |a, b| a ^ b),
            _ => Vector::UNKNOWN,
        };
        for at in 0..if wide { 16 } else { 8 } {
            out.set(at, 1, both.get(at, 1));
        }
    } else if w.is(0xffe0_8c00, 0x4ec0_0800) && matches!(w.bits(12, 3), 1..=3) {
        // UZP1, TRN1 and ZIP1 of two lanes are one and the same.
        out.set(0, 8, source.get(0, 8));
        out.set(8, 8, s.vector(w.register(16)).get(0, 8));
    } else {
        // Comparisons write flags, conversions general registers, all else vectors.
        set(s, d, Value::UNKNOWN, 8);
        s.set_flags(Flags::default());
        out = Vector::UNKNOWN;
    }
    s.set_vector(d, out);
}

/// `fmov` between a general and a vector register: size, offset in the vector, direction.
fn float_move(w: Word) -> Option<(u8, usize, bool)> {
    Some(match w.0 & 0xffff_fc00 {
        0x9e67_0000 => (8, 0, false),
        0x9e66_0000 => (8, 0, true),
        0x1e27_0000 => (4, 0, false),
        0x1e26_0000 => (4, 0, true),
        0x9eaf_0000 => (8, 8, false),
        0x9eae_0000 => (8, 8, true),
        _ => return None,
    })
}

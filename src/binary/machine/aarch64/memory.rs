//! Loads and stores.

use super::{Word, extended, set, zero_or};
use crate::binary::machine::state::State;
use crate::binary::machine::value::{Value, Vector, extend, mask};

/// What a load or store moves.
#[derive(Clone, Copy)]
enum Moved {
    /// A general register of which `size` bytes go; loads extend it by sign from there to `signed` bytes.
    General { size: u8, signed: Option<u8> },
    /// The first bytes of a vector register.
    Vector(u8),
}

fn transfer(s: &mut State<'_, '_>, register: usize, at: Value, moved: Moved, load: bool) {
    match (moved, load) {
        (Moved::General { size, signed }, true) => {
            let value = s.load(at, size);
            let value = match signed {
                Some(to) => value.known().map(|v| extend(v, size) & mask(to)).into(),
                None => value,
            };
            set(s, register, value, 8);
        }
        (Moved::General { size, .. }, false) => {
            let value = zero_or(s, register, size);
            s.store(at, size, value);
        }
        (Moved::Vector(size), true) => {
            let value = s.load_vector(at, size);
            s.set_vector(register, value);
        }
        (Moved::Vector(size), false) => {
            let value = s.vector(register);
            s.store_vector(at, size, &value);
        }
    }
}

/// Runs one of them.
pub(super) fn run(s: &mut State<'_, '_>, w: Word, here: u64) {
    let (t, n) = (w.register(0), w.register(5));
    let is_vector = w.bit(26);
    let offset = |v: i64| Value::Known(v.cast_unsigned());
    match w.bits(27, 3) {
        0b101 => {
            let opc = w.bits(30, 2);
            let moved = if is_vector {
                Moved::Vector(4 << opc.min(2))
            } else {
                Moved::General { size: if opc == 2 { 8 } else { 4 }, signed: (opc == 1).then_some(8) }
            };
            let size = match moved {
                Moved::General { size, .. } | Moved::Vector(size) => size,
            };
            let by = offset(w.signed(15, 7) * i64::from(size));
            let base = s.get(n);
            let moved_base = base.offset(by, false);
            let at = if w.bits(23, 2) == 1 { base } else { moved_base };
            if w.bit(23) {
                s.set(n, moved_base);
            }
            transfer(s, t, at, moved, w.bit(22));
            transfer(s, w.register(10), at.offset(Value::Known(size.into()), false), moved, w.bit(22));
        }
        0b011 if !w.bit(24) => {
            let at = Value::Known(here.wrapping_add_signed(w.signed(5, 19) * 4));
            match (is_vector, w.bits(30, 2)) {
                (true, opc) => transfer(s, t, at, Moved::Vector(4 << opc.min(2)), true),
                (false, 0) => transfer(s, t, at, Moved::General { size: 4, signed: None }, true),
                (false, 1) => transfer(s, t, at, Moved::General { size: 8, signed: None }, true),
                (false, 2) => transfer(s, t, at, Moved::General { size: 4, signed: Some(8) }, true),
                _ => {}
            }
        }
        // Ordered loads and stores with an offset.
        0b011 if w.bit(24) && !w.bit(21) && !is_vector => {
            let at = s.get(n).offset(offset(w.signed(12, 9)), false);
            single(s, w, at);
        }
        0b111 => {
            let scale = if is_vector && w.bit(23) { 4 } else { w.bits(30, 2) };
            let base = s.get(n);
            if w.bit(24) {
                let at = base.offset(Value::Known(u64::from(w.bits(10, 12)) << scale), false);
                return single(s, w, at);
            }
            if !w.bit(21) {
                let moved = base.offset(offset(w.signed(12, 9)), false);
                let at = if w.bits(10, 2) == 1 { base } else { moved };
                if w.bit(10) {
                    s.set(n, moved);
                }
                return single(s, w, at);
            }
            match w.bits(10, 2) {
                2 => {
                    let by = if w.bit(12) { scale } else { 0 };
                    let index = extended(zero_or(s, w.register(16), 8), w.bits(13, 3), by);
                    single(s, w, base.offset(index, false));
                }
                // Atomic read-modify-write: what was there is read; of the result only a swap's is known.
                0 if !is_vector => {
                    let size = 1 << w.bits(30, 2);
                    let old = s.load(base, size);
                    let source = zero_or(s, w.register(16), size);
                    let swap = w.bit(15);
                    if swap && w.bits(12, 3) == 4 {
                        // LDAPR is among them, and only loads.
                        return set(s, t, old, 8);
                    }
                    let new = match (swap, w.bits(12, 3), old, source) {
                        (true, ..) => source,
                        (false, 0, Value::Known(a), Value::Known(b)) => Value::Known(a.wrapping_add(b)),
                        _ => Value::UNKNOWN,
                    };
                    s.store(base, size, new.cut(size));
                    set(s, t, old, 8);
                }
                _ => {
                    set(s, t, Value::UNKNOWN, 8);
                    s.set_vector(t, Vector::UNKNOWN);
                }
            }
        }
        0b001 if !is_vector && !w.bit(24) => exclusive(s, w),
        _ => {
            // Structures of several vectors, tags and the rest.
            let base = s.get(n);
            if let Value::Known(at) = base {
                s.memory.forget(at, 64);
            }
            for register in 0..4 {
                s.set_vector((t + register) % 32, Vector::UNKNOWN);
            }
            set(s, t, Value::UNKNOWN, 8);
            if w.bit(23) {
                s.set(n, Value::UNKNOWN);
            }
        }
    }
}

/// One register to or from an address, by the size and opcode fields that most forms share.
fn single(s: &mut State<'_, '_>, w: Word, at: Value) {
    let size = w.bits(30, 2);
    let t = w.register(0);
    if w.bit(26) && w.bits(27, 3) == 0b111 {
        let bytes = if w.bit(23) { 16 } else { 1 << size };
        return transfer(s, t, at, Moved::Vector(bytes), w.bit(22));
    }
    let bytes = 1 << size;
    match w.bits(22, 2) {
        0 => transfer(s, t, at, Moved::General { size: bytes, signed: None }, false),
        1 => transfer(s, t, at, Moved::General { size: bytes, signed: None }, true),
        // Of eight bytes this is a prefetch.
        2 if size == 3 => {}
        2 => transfer(s, t, at, Moved::General { size: bytes, signed: Some(8) }, true),
        _ => transfer(s, t, at, Moved::General { size: bytes, signed: Some(4) }, true),
    }
}

/// Exclusive and ordered loads and stores, compare-and-swap.
fn exclusive(s: &mut State<'_, '_>, w: Word) {
    let size = 1 << w.bits(30, 2);
    let (t, at) = (w.register(0), s.get(w.register(5)));
    let (ordered, load, pair) = (w.bit(23), w.bit(22), w.bit(21));
    match (ordered, pair) {
        (true, true) => {
            // CAS: Rs holds what is expected and receives what was there.
            let status = w.register(16);
            let (old, expected, new) = (s.load(at, size), zero_or(s, status, size), zero_or(s, t, size));
            match (old, expected) {
                (Value::Known(a), Value::Known(b)) if a == b => s.store(at, size, new),
                (Value::Known(_), Value::Known(_)) => {}
                _ => s.store(at, size, Value::UNKNOWN),
            }
            set(s, status, old, 8);
        }
        (_, false) => {
            transfer(s, t, at, Moved::General { size, signed: None }, load);
            if !ordered && !load {
                // An exclusive store succeeds: nobody else is there.
                set(s, w.register(16), Value::Known(0), 8);
            }
        }
        (false, true) => {
            if load {
                set(s, t, Value::UNKNOWN, 8);
                set(s, w.register(10), Value::UNKNOWN, 8);
            } else {
                if let Value::Known(at) = at {
                    s.memory.forget(at, 16);
                }
                set(s, w.register(16), Value::Known(0), 8);
            }
        }
    }
}

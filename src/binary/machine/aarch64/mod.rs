//! Interprets A64 instructions on a [`State`].
//!
//! Instructions are taken apart by the bit fields of the architecture manual (Arm DDI 0487, chapter C4), as
//! their operands are nothing but these: what init functions use is computed, and of everything else the
//! registers that its class may write become unknown. An instruction is never skipped as if it did nothing.
//!
//! Register 31 of [`State::general`] is the stack pointer; the zero register exists only in here.

mod memory;
mod vector;

use super::Flow;
use super::state::{State, THREAD_POINTER};
use super::value::{Flags, Value, add, extend, mask, sub};

/// The registers of one instruction, and its bits.
#[derive(Clone, Copy)]
struct Word(u32);

impl Word {
    /// `count` bits from bit `from`.
    fn bits(self, from: u32, count: u32) -> u32 {
        self.0 >> from & ((1 << count) - 1)
    }

    fn bit(self, at: u32) -> bool {
        self.0 >> at & 1 == 1
    }

    /// A register number.
    fn register(self, from: u32) -> usize {
        self.bits(from, 5) as usize
    }

    /// A signed field.
    fn signed(self, from: u32, count: u32) -> i64 {
        let value = i64::from(self.bits(from, count));
        if value >> (count - 1) & 1 == 1 { value - (1 << count) } else { value }
    }

    /// Bytes of the general registers it works on.
    fn size(self) -> u8 {
        if self.bit(31) { 8 } else { 4 }
    }

    fn is(self, mask: u32, value: u32) -> bool {
        self.0 & mask == value
    }
}

/// Runs the instruction at the program counter.
pub fn step(s: &mut State<'_, '_>) -> Flow {
    let image = s.memory.image();
    let here = s.pc;
    let bytes =
        if image.is_code(here) { image.stored(here).and_then(<[u8]>::first_chunk::<4>) } else { None };
    let Some(bytes) = bytes else {
        return Flow::Stop(format!("no instruction could be read at {here:#x}"));
    };
    let w = Word(u32::from_le_bytes(*bytes));
    s.pc = here.wrapping_add(4);
    if w.bits(16, 16) == 0 {
        return Flow::Crash;
    }
    match w.bits(25, 4) {
        0b1000 | 0b1001 => immediate(s, w, here),
        0b1010 | 0b1011 => return branch(s, w, here),
        0b0100 | 0b0110 | 0b1100 | 0b1110 => memory::run(s, w, here),
        0b0101 | 0b1101 => registers(s, w),
        0b0111 | 0b1111 => vector::run(s, w),
        _ => return Flow::Stop(format!("no instruction of a known kind stands at {here:#x}")),
    }
    Flow::Next
}

fn zero_or(s: &State<'_, '_>, register: usize, size: u8) -> Value {
    if register == 31 { Value::Known(0) } else { s.get(register).cut(size) }
}

fn set(s: &mut State<'_, '_>, register: usize, value: Value, size: u8) {
    if register != 31 {
        s.set(register, value.cut(size));
    }
}

/// The flags of a sum or difference; carry is set where a difference does not borrow.
fn sum(a: u64, b: u64, minus: bool, size: u8) -> (u64, Flags) {
    if minus {
        let (v, borrow, overflow) = sub(a, b, false, size);
        (v, Flags::of(v, size, !borrow, overflow))
    } else {
        let (v, carry, overflow) = add(a, b, false, size);
        (v, Flags::of(v, size, carry, overflow))
    }
}

fn holds(f: &Flags, condition: u32) -> Option<bool> {
    let both = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    let at_least = || Some(f.sign? == f.overflow?);
    let positive = match condition >> 1 {
        0 => f.zero,
        1 => f.carry,
        2 => f.sign,
        3 => f.overflow,
        4 => both(f.carry, f.zero.map(|z| !z)),
        5 => at_least(),
        6 => both(at_least(), f.zero.map(|z| !z)),
        _ => return Some(true),
    };
    positive.map(|p| p != (condition & 1 == 1))
}

fn branch(s: &mut State<'_, '_>, w: Word, here: u64) -> Flow {
    let to = |offset: i64| here.wrapping_add_signed(offset * 4);
    if w.is(0x7c00_0000, 0x1400_0000) {
        let target = Value::Known(to(w.signed(0, 26)));
        return if w.bit(31) { Flow::Call(target) } else { Flow::Jump(target) };
    }
    if w.is(0x7e00_0000, 0x3400_0000) {
        let register = w.register(0);
        let value = zero_or(s, register, w.size());
        s.compared = value.known().is_none().then_some((register, 0));
        let taken = value.known().map(|v| (v == 0) != w.bit(24));
        return Flow::Branch { taken, to: to(w.signed(5, 19)), equal: Some(!w.bit(24)) };
    }
    if w.is(0x7e00_0000, 0x3600_0000) {
        let bit = w.bits(31, 1) << 5 | w.bits(19, 5);
        let taken = zero_or(s, w.register(0), 8).known().map(|v| (v >> bit & 1 == 1) == w.bit(24));
        return Flow::Branch { taken, to: to(w.signed(5, 14)), equal: None };
    }
    if w.is(0xff00_0000, 0x5400_0000) {
        let condition = w.bits(0, 4);
        let equal = match condition {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        };
        return Flow::Branch { taken: holds(&s.flags, condition), to: to(w.signed(5, 19)), equal };
    }
    if w.is(0xfe00_0000, 0xd600_0000) {
        // The forms that check a signature first are told by bit 24 or by operands that do not matter.
        let target = zero_or(s, w.register(5), 8);
        return match w.bits(21, 3) {
            0 => Flow::Jump(target),
            1 => Flow::Call(target),
            2 => Flow::Return,
            _ => Flow::Crash,
        };
    }
    if w.is(0xff00_0000, 0xd400_0000) {
        if w.bits(21, 3) == 0 {
            return Flow::Stop(format!("a system call is made at {here:#x}"));
        }
        return Flow::Crash;
    }
    // Hints and barriers write nothing; reading a system register writes Rt.
    if w.is(0xffe0_0000, 0xd520_0000) {
        // TPIDR_EL0 and TPIDRRO_EL0: op0 3, op1 3, CRn 13, CRm 0, op2 2 or 3.
        let value = if matches!(w.bits(5, 15), 0x5e82 | 0x5e83) {
            Value::Known(THREAD_POINTER)
        } else {
            Value::UNKNOWN
        };
        set(s, w.register(0), value, 8);
    }
    Flow::Next
}

/// The value of a logical immediate: a run of ones, rotated, repeated.
fn logical_immediate(w: Word) -> Option<u64> {
    let (n, rotate, ones) = (w.bits(22, 1), w.bits(16, 6), w.bits(10, 6));
    let length = 31_u32.checked_sub((n << 6 | (!ones & 0x3f)).leading_zeros())?;
    if length == 0 {
        return None;
    }
    let size = 1_u32 << length;
    let (ones, rotate) = (ones & (size - 1), rotate & (size - 1));
    if ones == size - 1 {
        return None;
    }
    let run = (1_u64 << (ones + 1)) - 1;
    let element = if size == 64 { u64::MAX } else { (1 << size) - 1 };
    let turned = if rotate == 0 { run } else { (run >> rotate | run << (size - rotate)) & element };
    let mut value = 0;
    for at in (0..64).step_by(size as usize) {
        value |= turned << at;
    }
    Some(value)
}

fn immediate(s: &mut State<'_, '_>, w: Word, here: u64) {
    let size = w.size();
    let (d, n) = (w.register(0), w.register(5));
    match w.bits(23, 3) {
        0 | 1 => {
            let offset = w.signed(5, 19) << 2 | i64::from(w.bits(29, 2));
            let address = if w.bit(31) {
                (here & !0xfff).wrapping_add_signed(offset << 12)
            } else {
                here.wrapping_add_signed(offset)
            };
            set(s, d, Value::Known(address), 8);
        }
        2 => {
            let value = u64::from(w.bits(10, 12)) << if w.bit(22) { 12 } else { 0 };
            arithmetic(s, w, s.get(n).cut(size), Value::Known(value), Some(n), true);
        }
        4 => {
            let Some(value) = logical_immediate(w) else {
                return set(s, d, Value::UNKNOWN, 8);
            };
            logical(s, w, zero_or(s, n, size), Value::Known(value & mask(size)), w.bits(29, 2) != 3);
        }
        5 => {
            let shift = w.bits(21, 2) * 16;
            let part = u64::from(w.bits(5, 16)) << shift;
            let value = match w.bits(29, 2) {
                0 => Value::Known(!part),
                2 => Value::Known(part),
                _ => zero_or(s, d, 8).known().map(|old| old & !(0xffff << shift) | part).into(),
            };
            set(s, d, value.cut(size), size);
        }
        6 => bitfield(s, w),
        7 => {
            // EXTR; with one register twice it is a rotation.
            let shift = w.bits(10, 6);
            let bits = u32::from(size) * 8;
            let (high, low) = (zero_or(s, n, size), zero_or(s, w.register(16), size));
            let value = match (high, low) {
                (_, low) if shift == 0 => low,
                (Value::Known(high), Value::Known(low)) if shift < bits => {
                    Value::Known(low >> shift | high << (bits - shift))
                }
                _ => Value::UNKNOWN,
            };
            set(s, d, value, size);
        }
        _ => {
            s.set(d, Value::UNKNOWN);
            s.set_flags(Flags::default());
        }
    }
}

fn bitfield(s: &mut State<'_, '_>, w: Word) {
    let size = w.size();
    let (rotate, top) = (w.bits(16, 6), w.bits(10, 6));
    let bits = u32::from(size) * 8;
    let source = zero_or(s, w.register(5), size).known();
    let value = source.filter(|_| rotate < bits && top < bits).and_then(|source| {
        // Either a field is taken from the middle, or the low bits are put into it.
        let (width, from, to) =
            if top >= rotate { (top - rotate + 1, rotate, 0) } else { (top + 1, 0, bits - rotate) };
        let field_mask = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
        let field = source >> from & field_mask;
        Some(match w.bits(29, 2) {
            0 => {
                let signed =
                    if width < 64 && field >> (width - 1) & 1 == 1 { field | !field_mask } else { field };
                signed << to
            }
            1 => {
                let old = zero_or(s, w.register(0), size).known()?;
                old & !(field_mask << to) | field << to
            }
            _ => field << to,
        })
    });
    set(s, w.register(0), value.into(), size);
}

/// Adds or subtracts; `stack` says that register 31 is the stack pointer where a result may go.
fn arithmetic(s: &mut State<'_, '_>, w: Word, a: Value, b: Value, register: Option<usize>, stack: bool) {
    let size = w.size();
    let (minus, flags) = (w.bit(30), w.bit(29));
    let d = w.register(0);
    let value = match (a, b) {
        (Value::Known(a), Value::Known(b)) => {
            let (value, result) = sum(a, b, minus, size);
            if flags {
                let meant = !minus || d != 31 || super::comparable(a, b);
                s.set_flags(if meant { result } else { Flags::default() });
            }
            Value::Known(value)
        }
        _ => {
            if flags {
                s.set_flags(Flags::default());
                if let (Some(register), Value::Unknown { .. }, Value::Known(b), true, true) =
                    (register, a, b, minus, d == 31)
                {
                    s.compared = Some((register, b));
                }
            }
            a.offset(b, minus)
        }
    };
    if d == 31 && stack && !flags {
        s.set(31, value.cut(size));
    } else {
        set(s, d, value, size);
    }
}

fn logical(s: &mut State<'_, '_>, w: Word, a: Value, b: Value, stack: bool) {
    let size = w.size();
    let kind = w.bits(29, 2);
    let value = match (kind, a, b) {
        (0 | 3, Value::Known(0), _) | (0 | 3, _, Value::Known(0)) => Value::Known(0),
        // Moves are ORs with the zero register, and masks keep an address near where it was.
        (1, Value::Known(0), v) | (1, v, Value::Known(0)) => v,
        (0 | 3, Value::Known(a), Value::Known(b)) => Value::Known(a & b),
        (1, Value::Known(a), Value::Known(b)) => Value::Known(a | b),
        (2, Value::Known(a), Value::Known(b)) => Value::Known(a ^ b),
        (0, unknown @ Value::Unknown { .. }, Value::Known(_)) => unknown,
        _ => Value::UNKNOWN,
    };
    if kind == 3 {
        let flags = value.known().map(|v| Flags::of(v, size, false, false));
        s.set_flags(flags.unwrap_or(Flags { carry: Some(false), overflow: Some(false), ..Flags::default() }));
    }
    let d = w.register(0);
    if d == 31 && stack { s.set(31, value.cut(size)) } else { set(s, d, value, size) }
}

fn shifted(value: Value, kind: u32, by: u32, size: u8) -> Value {
    let bits = u32::from(size) * 8;
    let by = by % bits;
    value.known().map_or(if by == 0 { value } else { Value::UNKNOWN }, |v| {
        let v = v & mask(size);
        Value::Known(
            mask(size)
                & match kind {
                    0 => v << by,
                    1 => v >> by,
                    2 => (extend(v, size).cast_signed() >> by).cast_unsigned(),
                    _ if by == 0 => v,
                    _ => v >> by | v << (bits - by),
                },
        )
    })
}

/// The second operand of an addition or of an address: extended from a part, then shifted.
fn extended(value: Value, option: u32, by: u32) -> Value {
    let part = 1_u8 << (option & 3);
    match value {
        Value::Known(v) => {
            let wide = if option & 4 == 0 { v & mask(part) } else { extend(v, part) };
            Value::Known(wide << by)
        }
        unknown if part == 8 && by == 0 => unknown,
        Value::Unknown { .. } => Value::UNKNOWN,
    }
}

fn registers(s: &mut State<'_, '_>, w: Word) {
    let size = w.size();
    let (d, n, m) = (w.register(0), w.register(5), w.register(16));
    if !w.bit(28) {
        if !w.bit(24) {
            let b = shifted(zero_or(s, m, size), w.bits(22, 2), w.bits(10, 6), size);
            let b = if w.bit(21) { b.known().map(|v| !v & mask(size)).into() } else { b };
            return logical(s, w, zero_or(s, n, size), b, false);
        }
        if w.bit(21) {
            let b = extended(zero_or(s, m, 8), w.bits(13, 3), w.bits(10, 3)).cut(size);
            return arithmetic(s, w, s.get(n).cut(size), b, Some(n), true);
        }
        let b = shifted(zero_or(s, m, size), w.bits(22, 2), w.bits(10, 6), size);
        return arithmetic(s, w, zero_or(s, n, size), b, Some(n).filter(|n| *n != 31), false);
    }
    let (a, b) = (zero_or(s, n, size), zero_or(s, m, size));
    let known = a.known().zip(b.known());
    match w.bits(21, 4) {
        2 => {
            let given = Flags {
                sign: Some(w.bit(3)),
                zero: Some(w.bit(2)),
                carry: Some(w.bit(1)),
                overflow: Some(w.bit(0)),
                parity: None,
            };
            let b = if w.bit(11) { Value::Known(u64::from(w.bits(16, 5))) } else { b };
            let compared = match (a, b) {
                (Value::Known(a), Value::Known(b)) if super::comparable(a, b) => sum(a, b, w.bit(30), size).1,
                _ => Flags::default(),
            };
            let flags = match holds(&s.flags, w.bits(12, 4)) {
                Some(true) => compared,
                Some(false) => given,
                None => compared.join(&given),
            };
            s.set_flags(flags);
        }
        4 => {
            let b = match (w.bit(30), w.bit(10)) {
                (false, false) => b,
                (false, true) => b.known().map(|v| v.wrapping_add(1)).into(),
                (true, false) => b.known().map(|v| !v).into(),
                (true, true) => b.known().map(u64::wrapping_neg).into(),
            }
            .cut(size);
            let value = match holds(&s.flags, w.bits(12, 4)) {
                Some(true) => a,
                Some(false) => b,
                None => a.join(b),
            };
            set(s, d, value, size);
        }
        6 if !w.bit(30) => {
            let bits = u32::from(size) * 8;
            let by = b.known().and_then(|v| u32::try_from(v % u64::from(bits)).ok());
            let value = match w.bits(10, 6) {
                2 => known.map(|(a, b)| a.checked_div(b).unwrap_or(0)).into(),
                kind @ 8..=11 => by.map_or(Value::UNKNOWN, |by| shifted(a, kind - 8, by, size)),
                _ => Value::UNKNOWN,
            };
            set(s, d, value, size);
        }
        8..=15 => {
            let c = zero_or(s, w.register(10), size).known();
            let product = match w.bits(21, 3) {
                0 => known.map(|(a, b)| a.wrapping_mul(b)),
                1 => known.map(|(a, b)| extend(a, 4).wrapping_mul(extend(b, 4))),
                5 => known.map(|(a, b)| (a & mask(4)).wrapping_mul(b & mask(4))),
                _ => None,
            };
            let value =
                c.zip(product).map(|(c, p)| if w.bit(15) { c.wrapping_sub(p) } else { c.wrapping_add(p) });
            set(s, d, value.into(), size);
        }
        0 => {
            // Sums with carry.
            set(s, d, Value::UNKNOWN, 8);
            s.set_flags(Flags::default());
        }
        _ => set(s, d, Value::UNKNOWN, 8),
    }
}

#[cfg(test)]
mod tests {
    use crate::binary::machine::End;
    use crate::binary::machine::memory::STACK_TOP;
    use crate::binary::machine::testing::{follow, words};
    use crate::binary::machine::value::Value;
    use crate::model::Arch;

    /// Microsoft's compiler calls a helper that makes room for a cookie on its caller's stack, and another that takes
    /// it away.
    #[test]
    fn a_function_may_leave_its_caller_more_stack() {
        let code = words(&[
            0xf81f_0ffe, // str x30, [sp, #-16]!
            0x9400_0008, // bl push
            0xd280_00e1, // mov x1, #7
            0xf900_03e1, // str x1, [sp]
            0xf940_03e0, // ldr x0, [sp]
            0x9400_0006, // bl pop
            0xf841_07fe, // ldr x30, [sp], #16
            0xd65f_03c0, // ret
            0xd503_201f, // nop
            0xd100_43ff, // push: sub sp, sp, #16
            0xd65f_03c0, // ret
            0x9100_43ff, // pop: add sp, sp, #16
            0xd65f_03c0, // ret
        ]);
        follow(Arch::Aarch64, &code, |end, state| {
            assert_eq!(*end, End::Returned(Value::Known(7)));
            assert_eq!(state.get(31), Value::Known(STACK_TOP - 0x1000), "as it was at the entry");
        });
    }

    #[test]
    fn an_and_with_zero_is_zero_and_one_with_unknown_is_not_known() {
        // and x0, x9, x10 with x9 not known and x10 zero, or 15
        for (x10, known) in [(0xd280_000a, true), (0xd280_01ea, false)] {
            let code = words(&[x10, 0x8a0a_0120, 0xd65f_03c0]);
            follow(Arch::Aarch64, &code, |end, _| match end {
                End::Returned(value) => assert_eq!(value.known(), known.then_some(0)),
                other => panic!("{other:?}"),
            });
        }
    }
}

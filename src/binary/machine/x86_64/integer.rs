//! Instructions of general registers, flags and the stack.

use iced_x86::{Code, ConditionCode, Instruction, Mnemonic, OpKind, Register};

use super::{
    address_of, holds, is_memory, kind, operand_size, pop, push, read, read_register, register,
    same_register, small, write, write_register,
};
use crate::binary::machine::comparable;
use crate::binary::machine::state::State;
use crate::binary::machine::value::{Flags, Value, add, extend, mask, sign, sub};

/// Longest memory a repeated string instruction fills or copies.
const MOST_REPEATED: u64 = 1 << 16;

/// General-purpose instructions; false if it is none that is computed here.
#[allow(clippy::too_many_lines)] // One arm for each instruction; splitting the table would hide it.
pub(super) fn run(s: &mut State<'_, '_>, i: &Instruction) -> bool {
    let size = operand_size(i, 0);
    match i.mnemonic() {
        Mnemonic::Nop | Mnemonic::Endbr64 | Mnemonic::Pause | Mnemonic::Lfence | Mnemonic::Mfence => {}
        Mnemonic::Sfence | Mnemonic::Prefetcht0 | Mnemonic::Prefetchw | Mnemonic::Emms => {}
        Mnemonic::Mov => {
            let plain = |op| !is_other(register(i, op));
            if !(plain(0) && plain(1)) {
                return false;
            }
            let value = read(s, i, 1).cut(size);
            write(s, i, 0, value);
        }
        Mnemonic::Movzx => {
            let value = read(s, i, 1);
            write(s, i, 0, value);
        }
        Mnemonic::Movsx | Mnemonic::Movsxd => {
            let from = operand_size(i, 1);
            let value = read(s, i, 1).known().map(|v| extend(v, from) & mask(size));
            write(s, i, 0, value.into());
        }
        Mnemonic::Lea => {
            let value = address_of(s, i);
            write(s, i, 0, value.cut(size));
        }
        Mnemonic::Add | Mnemonic::Sub | Mnemonic::Adc | Mnemonic::Sbb => {
            let minus = matches!(i.mnemonic(), Mnemonic::Sub | Mnemonic::Sbb);
            let carry = if matches!(i.mnemonic(), Mnemonic::Add | Mnemonic::Sub) {
                Some(false)
            } else {
                s.flags.carry
            };
            let (a, b) = (read(s, i, 0), read(s, i, 1));
            if minus && same_register(i, 0, 1) && carry == Some(false) {
                s.set_flags(Flags::of(0, size, false, false));
                write(s, i, 0, Value::Known(0));
                return true;
            }
            let (value, flags) = match (a, b, carry) {
                (Value::Known(a), Value::Known(b), Some(c)) => {
                    let (v, c, o) = if minus { sub(a, b, c, size) } else { add(a, b, c, size) };
                    (Value::Known(v), Flags::of(v, size, c, o))
                }
                _ => (a.offset(b, minus).cut(size), Flags::default()),
            };
            s.set_flags(flags);
            write(s, i, 0, unsure(value, carry));
        }
        Mnemonic::Cmp => compare(s, i, size),
        Mnemonic::Test => {
            let (a, b) = (read(s, i, 0), read(s, i, 1).cut(size));
            let flags = match (a, b) {
                (Value::Known(a), Value::Known(b)) => Flags::of(a & b, size, false, false),
                _ => Flags { carry: Some(false), overflow: Some(false), ..Flags::default() },
            };
            s.set_flags(flags);
            if same_register(i, 0, 1) && a.known().is_none() && size >= 4 {
                s.compared = Some((register(i, 0).full_register().number(), 0));
            }
        }
        Mnemonic::And | Mnemonic::Or | Mnemonic::Xor => logic(s, i, size),
        Mnemonic::Not => {
            let value = read(s, i, 0).known().map(|v| !v & mask(size));
            write(s, i, 0, value.into());
        }
        Mnemonic::Neg => {
            let value = read(s, i, 0).known();
            let flags = value.map(|v| sub(0, v, false, size)).map(|(v, c, o)| Flags::of(v, size, c, o));
            s.set_flags(flags.unwrap_or_default());
            write(s, i, 0, value.map(|v| v.wrapping_neg() & mask(size)).into());
        }
        Mnemonic::Inc | Mnemonic::Dec => {
            let carry = s.flags.carry;
            let value = read(s, i, 0).known().map(|v| {
                if i.mnemonic() == Mnemonic::Inc { add(v, 1, false, size) } else { sub(v, 1, false, size) }
            });
            let flags = value.map(|(v, c, o)| Flags::of(v, size, c, o)).unwrap_or_default();
            s.set_flags(Flags { carry, ..flags });
            write(s, i, 0, value.map(|(v, _, _)| v).into());
        }
        Mnemonic::Shl | Mnemonic::Shr | Mnemonic::Sar => shift(s, i, size),
        Mnemonic::Imul if i.op_count() >= 2 => {
            let (a, b) = if i.op_count() == 3 {
                (read(s, i, 1), read(s, i, 2))
            } else {
                (read(s, i, 0), read(s, i, 1))
            };
            let value = a.known().zip(b.known()).map(|(a, b)| a.wrapping_mul(b) & mask(size));
            s.set_flags(Flags::default());
            write(s, i, 0, value.into());
        }
        Mnemonic::Bt => {
            let (a, b) = (read(s, i, 0), read(s, i, 1));
            // With a register for the bit number, memory operands reach beyond their word.
            let wide = is_memory(i, 0) && kind(i, 1) == Some(OpKind::Register);
            let bits = u64::from(size) * 8;
            let carry = a.known().zip(b.known()).map(|(a, b)| a >> (b % bits) & 1 == 1);
            let kept = s.flags;
            s.set_flags(Flags { carry: if wide { None } else { carry }, ..kept });
        }
        Mnemonic::Push => {
            let value = read(s, i, 0);
            push(s, value);
        }
        Mnemonic::Pop => {
            let value = pop(s);
            write(s, i, 0, value);
        }
        Mnemonic::Leave => {
            let frame = s.get(5);
            s.set(4, frame);
            let value = pop(s);
            s.set(5, value);
        }
        Mnemonic::Cwde => widen(s, Register::AX, Register::EAX),
        Mnemonic::Cdqe => widen(s, Register::EAX, Register::RAX),
        Mnemonic::Cbw => widen(s, Register::AL, Register::AX),
        Mnemonic::Cdq => spread(s, Register::EAX, Register::EDX),
        Mnemonic::Cqo => spread(s, Register::RAX, Register::RDX),
        Mnemonic::Xchg => {
            let (a, b) = (read(s, i, 0), read(s, i, 1));
            write(s, i, 0, b);
            write(s, i, 1, a);
        }
        Mnemonic::Xadd => {
            let (a, b) = (read(s, i, 0), read(s, i, 1));
            let sum = a.known().zip(b.known()).map(|(a, b)| add(a, b, false, size));
            s.set_flags(sum.map(|(v, c, o)| Flags::of(v, size, c, o)).unwrap_or_default());
            write(s, i, 1, a);
            write(s, i, 0, sum.map(|(v, _, _)| v).into());
        }
        Mnemonic::Cmpxchg => {
            let (old, new) = (read(s, i, 0), read(s, i, 1));
            let expected = s.get(0).cut(size);
            let accumulator = Register::RAX;
            match (old, expected) {
                (Value::Known(a), Value::Known(b)) => {
                    let (v, c, o) = sub(b, a, false, size);
                    s.set_flags(Flags::of(v, size, c, o));
                    if a == b {
                        write(s, i, 0, new);
                    } else {
                        s.set(accumulator.number(), Value::Known(a));
                    }
                }
                _ => {
                    // Without contention the exchange succeeds or not as the data say, which is not known.
                    s.set_flags(Flags::default());
                    s.set(accumulator.number(), Value::UNKNOWN);
                    write(s, i, 0, Value::UNKNOWN);
                }
            }
        }
        Mnemonic::Movsb
        | Mnemonic::Movsw
        | Mnemonic::Movsq
        | Mnemonic::Stosb
        | Mnemonic::Stosw
        | Mnemonic::Stosd
        | Mnemonic::Stosq => string(s, i),
        Mnemonic::Movsd if i.code() == Code::Movsd_m32_m32 => string(s, i),
        _ if i.is_setcc_opcode() => {
            let value = holds(&s.flags, i.condition_code()).map(u64::from);
            write(s, i, 0, value.into());
        }
        _ if i.is_cmovcc_opcode() => {
            let (a, b) = (read(s, i, 0), read(s, i, 1));
            let value = match holds(&s.flags, i.condition_code()) {
                Some(true) => b,
                Some(false) => a,
                None => a.join(b),
            };
            write(s, i, 0, value.cut(size));
        }
        _ => return false,
    }
    true
}

/// `setcc` and `cmovcc` in all sixteen forms.
trait Conditional {
    fn is_setcc_opcode(&self) -> bool;
    fn is_cmovcc_opcode(&self) -> bool;
}

impl Conditional for Instruction {
    fn is_setcc_opcode(&self) -> bool {
        self.condition_code() != ConditionCode::None && self.op_count() == 1 && operand_size(self, 0) == 1
    }
    fn is_cmovcc_opcode(&self) -> bool {
        self.condition_code() != ConditionCode::None && self.op_count() == 2 && register(self, 0).is_gpr()
    }
}

/// Registers `mov` knows that are neither general nor absent.
fn is_other(r: Register) -> bool {
    r != Register::None && !r.is_gpr()
}

fn unsure(value: Value, carry: Option<bool>) -> Value {
    if carry.is_none() { Value::UNKNOWN } else { value }
}

fn compare(s: &mut State<'_, '_>, i: &Instruction, size: u8) {
    if same_register(i, 0, 1) {
        s.set_flags(Flags::of(0, size, false, false));
        return;
    }
    let (a, b) = (read(s, i, 0), read(s, i, 1).cut(size));
    let flags = match (a, b) {
        (Value::Known(a), Value::Known(b)) if comparable(a, b) => {
            let (v, c, o) = sub(a, b, false, size);
            Flags::of(v, size, c, o)
        }
        _ => Flags::default(),
    };
    s.set_flags(flags);
    if let (Value::Unknown { .. }, Value::Known(b)) = (a, b)
        && kind(i, 0) == Some(OpKind::Register)
        && size >= 4
    {
        s.compared = Some((register(i, 0).full_register().number(), b));
    }
}

fn logic(s: &mut State<'_, '_>, i: &Instruction, size: u8) {
    let (a, b) = (read(s, i, 0).cut(size), read(s, i, 1).cut(size));
    let value = match (i.mnemonic(), a, b) {
        (Mnemonic::Xor, _, _) if same_register(i, 0, 1) => Some(0),
        (Mnemonic::And, Value::Known(0), _) | (Mnemonic::And, _, Value::Known(0)) => Some(0),
        (Mnemonic::And, Value::Known(a), Value::Known(b)) => Some(a & b),
        (Mnemonic::Or, Value::Known(a), Value::Known(b)) => Some(a | b),
        (Mnemonic::Or, Value::Known(m), _) | (Mnemonic::Or, _, Value::Known(m)) if m == mask(size) => Some(m),
        (Mnemonic::Xor, Value::Known(a), Value::Known(b)) => Some(a ^ b),
        _ => None,
    };
    let flags = value.map(|v| Flags::of(v, size, false, false)).unwrap_or(Flags {
        carry: Some(false),
        overflow: Some(false),
        ..Flags::default()
    });
    s.set_flags(flags);
    // Masking keeps an address near where it was.
    let kept = match (i.mnemonic(), a, b) {
        (Mnemonic::And, unknown @ Value::Unknown { .. }, _) => unknown,
        (Mnemonic::And, _, unknown) => unknown,
        _ => Value::UNKNOWN,
    };
    write(s, i, 0, value.map_or(kept, Value::Known));
}

fn shift(s: &mut State<'_, '_>, i: &Instruction, size: u8) {
    let count = if i.op_count() > 1 { read(s, i, 1) } else { Value::Known(1) };
    let value = read(s, i, 0);
    let limit = if size == 8 { 63 } else { 31 };
    let (Value::Known(v), Value::Known(count)) = (value, count) else {
        s.set_flags(Flags::default());
        write(s, i, 0, Value::UNKNOWN);
        return;
    };
    let count = u32::try_from(count & limit).unwrap_or(0);
    if count == 0 {
        write(s, i, 0, value);
        return;
    }
    let bits = u32::from(size) * 8;
    let v = v & mask(size);
    let (result, carry) = match i.mnemonic() {
        Mnemonic::Shl => (v.checked_shl(count).unwrap_or(0), bits >= count && v >> (bits - count) & 1 == 1),
        Mnemonic::Shr => (v.checked_shr(count).unwrap_or(0), v >> (count - 1) & 1 == 1),
        _ => {
            let wide = extend(v, size).cast_signed();
            ((wide >> count).cast_unsigned(), wide >> (count - 1) & 1 == 1)
        }
    };
    let flags = Flags { overflow: None, ..Flags::of(result, size, carry, false) };
    s.set_flags(flags);
    write(s, i, 0, Value::Known(result & mask(size)));
}

fn widen(s: &mut State<'_, '_>, from: Register, to: Register) {
    let value = read_register(s, from).known().map(|v| extend(v, small(from.size())));
    write_register(s, to, Value::from(value).cut(small(to.size())));
}

fn spread(s: &mut State<'_, '_>, from: Register, to: Register) {
    let size = small(from.size());
    let value = read_register(s, from).known().map(|v| if v & sign(size) != 0 { mask(size) } else { 0 });
    write_register(s, to, value.into());
}

/// `movs` and `stos`, forwards, with or without a count.
fn string(s: &mut State<'_, '_>, i: &Instruction) {
    let size = u64::try_from(i.memory_size().size()).unwrap_or(1);
    let moves = matches!(i.mnemonic(), Mnemonic::Movsb | Mnemonic::Movsw | Mnemonic::Movsd | Mnemonic::Movsq);
    let repeated = i.has_rep_prefix() || i.has_repne_prefix();
    let count = if repeated { s.get(1) } else { Value::Known(1) };
    let to = s.get(7);
    let Some(count) = count.known().filter(|c| c.saturating_mul(size) <= MOST_REPEATED) else {
        s.store(Value::Unknown { near: to.known().unwrap_or(0) }, 1, Value::UNKNOWN);
        for r in [1, 7, 6] {
            s.set(r, Value::UNKNOWN);
        }
        return;
    };
    let bytes = Value::Known(count * size);
    for n in 0..count {
        let step = Value::Known(n * size);
        let width = small(i.memory_size().size());
        let value = if moves {
            let from = s.get(6).offset(step, false);
            s.load(from, width)
        } else {
            s.get(0).cut(width)
        };
        s.store(to.offset(step, false), width, value);
    }
    s.set(7, to.offset(bytes, false));
    if moves {
        let from = s.get(6);
        s.set(6, from.offset(bytes, false));
    }
    if repeated {
        s.set(1, Value::Known(0));
    }
}

#[cfg(test)]
mod tests {
    use crate::binary::machine::End;
    use crate::binary::machine::testing::{CELL, CODE, follow};
    use crate::binary::machine::value::Value;
    use crate::model::Arch;

    /// What `call unknown()` followed by these instructions returns.
    fn after_unknown(rest: &[u8]) -> Vec<Value> {
        let mut code = vec![0xff, 0x15];
        code.extend((CELL - CODE - 6).to_le_bytes().iter().take(4));
        code.extend(rest);
        let mut found = Vec::new();
        follow(Arch::X86_64, &code, |end, _| match end {
            End::Returned(value) => found.push(*value),
            other => panic!("{other:?}"),
        });
        found
    }

    #[test]
    fn an_and_with_zero_is_zero_whatever_the_other_side_is() {
        // and eax, 0; ret
        assert_eq!(after_unknown(&[0x83, 0xe0, 0x00, 0xc3]), [Value::Known(0)]);
        // xor ebx, ebx; and ebx, eax; mov eax, ebx; ret
        assert_eq!(after_unknown(&[0x31, 0xdb, 0x21, 0xc3, 0x89, 0xd8, 0xc3]), [Value::Known(0)]);
        // and eax, 0; je +5; mov eax, 7; ret: the flags are those of zero
        assert_eq!(after_unknown(&[0x83, 0xe0, 0, 0x74, 5, 0xb8, 7, 0, 0, 0, 0xc3]), [Value::Known(0)]);
    }

    #[test]
    fn an_and_of_known_and_unknown_is_not_known() {
        for rest in [
            // and eax, 0xf; ret
            &[0x83, 0xe0, 0x0f, 0xc3][..],
            // mov ebx, 0xf; and ebx, eax; mov eax, ebx; ret
            &[0xbb, 0x0f, 0, 0, 0, 0x21, 0xc3, 0x89, 0xd8, 0xc3],
            // mov ebx, 0xf; and eax, ebx; ret
            &[0xbb, 0x0f, 0, 0, 0, 0x21, 0xd8, 0xc3],
        ] {
            assert!(after_unknown(rest).iter().all(|v| v.known().is_none()), "{rest:x?}");
        }
        // and eax, 0xf; jne +5; mov eax, 7; ret: both ways
        let both = after_unknown(&[0x83, 0xe0, 0x0f, 0x75, 5, 0xb8, 7, 0, 0, 0, 0xc3]);
        assert_eq!(both.len(), 2);
        assert!(both.contains(&Value::Known(7)));
    }

    #[test]
    fn an_or_with_ones_is_ones_and_a_masked_address_stays_an_address() {
        // or eax, -1; ret
        assert_eq!(after_unknown(&[0x83, 0xc8, 0xff, 0xc3]), [Value::Known(0xffff_ffff)]);
        // mov eax, 0x1238; and eax, -16; ret
        assert_eq!(after_unknown(&[0xb8, 0x38, 0x12, 0, 0, 0x83, 0xe0, 0xf0, 0xc3]), [Value::Known(0x1230)]);
    }
}

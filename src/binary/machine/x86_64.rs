//! Interprets x86-64 instructions on a [`State`].
//!
//! What init functions use is computed; every other instruction makes what it writes unknown, by the
//! decoder's own account of it. An instruction is never skipped as if it did nothing.

use iced_x86::{
    Code, ConditionCode, Decoder, DecoderOptions, EncodingKind, FlowControl, Instruction,
    InstructionInfoFactory, MemorySize, Mnemonic, OpAccess, OpKind, Register,
};

use super::Flow;
use super::state::{State, THREAD_POINTER};
use super::value::{Flags, Value, Vector, add, extend, mask, sign, sub};

/// Longest memory a repeated string instruction fills or copies.
const MOST_REPEATED: u64 = 1 << 16;

/// Runs the instruction at the program counter.
pub fn step(s: &mut State<'_, '_>) -> Flow {
    let image = s.memory.image();
    let code = if image.is_code(s.pc) { image.stored(s.pc).unwrap_or_default() } else { &[] };
    let code = code.get(..15).unwrap_or(code);
    let i = Decoder::with_ip(64, code, s.pc, DecoderOptions::NONE).decode();
    if i.is_invalid() {
        return Flow::Stop(format!("no instruction could be read at {:#x}", s.pc));
    }
    s.pc = i.next_ip();
    match i.flow_control() {
        FlowControl::ConditionalBranch => return branch(s, &i),
        FlowControl::UnconditionalBranch => return Flow::Jump(Value::Known(i.near_branch_target())),
        FlowControl::IndirectBranch => return Flow::Jump(read(s, &i, 0)),
        FlowControl::Call => return Flow::Call(Value::Known(i.near_branch_target())),
        FlowControl::IndirectCall => return Flow::Call(read(s, &i, 0)),
        FlowControl::Return => return Flow::Return,
        FlowControl::Interrupt | FlowControl::Exception => return Flow::Crash,
        FlowControl::Next | FlowControl::XbeginXabortXend => {}
    }
    if !integer(s, &i) && !vector(s, &i) {
        clobber(s, &i);
    }
    Flow::Next
}

fn branch(s: &mut State<'_, '_>, i: &Instruction) -> Flow {
    let to = i.near_branch_target();
    match i.mnemonic() {
        Mnemonic::Jrcxz => {
            return Flow::Branch { taken: s.get(1).known().map(|v| v == 0), to, equal: None };
        }
        Mnemonic::Loop => {
            let left = s.get(1).offset(Value::Known(1), true);
            s.set(1, left);
            return Flow::Branch { taken: left.known().map(|v| v != 0), to, equal: None };
        }
        _ => {}
    }
    let equal = match i.condition_code() {
        ConditionCode::e => Some(true),
        ConditionCode::ne => Some(false),
        _ => None,
    };
    Flow::Branch { taken: holds(&s.flags, i.condition_code()), to, equal }
}

fn holds(f: &Flags, condition: ConditionCode) -> Option<bool> {
    let less = || Some(f.sign? != f.overflow?);
    let not = |v: Option<bool>| v.map(|v| !v);
    // A disjunction is known as soon as one side is true.
    let or = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    match condition {
        ConditionCode::o => f.overflow,
        ConditionCode::no => not(f.overflow),
        ConditionCode::b => f.carry,
        ConditionCode::ae => not(f.carry),
        ConditionCode::e => f.zero,
        ConditionCode::ne => not(f.zero),
        ConditionCode::be => or(f.carry, f.zero),
        ConditionCode::a => not(or(f.carry, f.zero)),
        ConditionCode::s => f.sign,
        ConditionCode::ns => not(f.sign),
        ConditionCode::p => f.parity,
        ConditionCode::np => not(f.parity),
        ConditionCode::l => less(),
        ConditionCode::ge => not(less()),
        ConditionCode::le => or(less(), f.zero),
        ConditionCode::g => not(or(less(), f.zero)),
        ConditionCode::None => None,
    }
}

fn small(size: usize) -> u8 {
    u8::try_from(size).unwrap_or(u8::MAX)
}

fn kind(i: &Instruction, op: u32) -> Option<OpKind> {
    i.try_op_kind(op).ok()
}

fn is_memory(i: &Instruction, op: u32) -> bool {
    kind(i, op) == Some(OpKind::Memory)
}

fn register(i: &Instruction, op: u32) -> Register {
    i.try_op_register(op).unwrap_or(Register::None)
}

fn operand_size(i: &Instruction, op: u32) -> u8 {
    match kind(i, op) {
        Some(OpKind::Register) => small(register(i, op).size()),
        Some(OpKind::Memory) => small(i.memory_size().size()),
        _ => 8,
    }
}

fn read_register(s: &State<'_, '_>, r: Register) -> Value {
    if !r.is_gpr() {
        return Value::UNKNOWN;
    }
    let value = s.get(r.full_register().number());
    match r {
        Register::AH | Register::CH | Register::DH | Register::BH => {
            value.known().map(|v| v >> 8 & 0xff).into()
        }
        _ => value.cut(small(r.size())),
    }
}

fn write_register(s: &mut State<'_, '_>, r: Register, value: Value) {
    if !r.is_gpr() {
        return;
    }
    let number = r.full_register().number();
    let old = s.get(number).known();
    let merged = match (r, r.size()) {
        (_, 8) => value,
        (_, 4) => value.cut(4),
        (Register::AH | Register::CH | Register::DH | Register::BH, _) => {
            old.zip(value.known()).map(|(o, v)| o & !0xff00 | (v & 0xff) << 8).into()
        }
        (_, size) => {
            let m = mask(small(size));
            old.zip(value.known()).map(|(o, v)| o & !m | v & m).into()
        }
    };
    s.set(number, merged);
}

fn address_of(s: &State<'_, '_>, i: &Instruction) -> Value {
    if i.is_ip_rel_memory_operand() {
        return Value::Known(i.ip_rel_memory_address());
    }
    let mut at = Value::Known(i.memory_displacement64());
    if matches!(i.segment_prefix(), Register::FS | Register::GS) {
        at = at.offset(Value::Known(THREAD_POINTER), false);
    }
    if i.memory_base() != Register::None {
        at = at.offset(read_register(s, i.memory_base()), false);
    }
    if i.memory_index() != Register::None {
        let index = read_register(s, i.memory_index()).known();
        let scaled = index.map(|v| v.wrapping_mul(u64::from(i.memory_index_scale())));
        at = at.offset(scaled.into(), false);
    }
    at
}

fn read(s: &mut State<'_, '_>, i: &Instruction, op: u32) -> Value {
    match kind(i, op) {
        Some(OpKind::Register) => read_register(s, register(i, op)),
        Some(OpKind::Memory) => {
            let at = address_of(s, i);
            let size = small(i.memory_size().size());
            if size == 0 || size > 8 { Value::UNKNOWN } else { s.load(at, size) }
        }
        Some(_) => i.try_immediate(op).ok().into(),
        None => Value::UNKNOWN,
    }
}

fn write(s: &mut State<'_, '_>, i: &Instruction, op: u32, value: Value) {
    match kind(i, op) {
        Some(OpKind::Register) => write_register(s, register(i, op), value),
        Some(OpKind::Memory) => {
            let at = address_of(s, i);
            s.store(at, small(i.memory_size().size()).min(8), value);
        }
        _ => {}
    }
}

fn push(s: &mut State<'_, '_>, value: Value) {
    let sp = s.get(4).offset(Value::Known(8), true);
    s.set(4, sp);
    s.store(sp, 8, value);
}

fn pop(s: &mut State<'_, '_>) -> Value {
    let sp = s.get(4);
    let value = s.load(sp, 8);
    s.set(4, sp.offset(Value::Known(8), false));
    value
}

fn same_register(i: &Instruction, a: u32, b: u32) -> bool {
    kind(i, a) == Some(OpKind::Register)
        && kind(i, b) == Some(OpKind::Register)
        && register(i, a) == register(i, b)
}

/// General-purpose instructions; false if it is none that is computed here.
#[allow(clippy::too_many_lines)] // One arm for each instruction; splitting the table would hide it.
fn integer(s: &mut State<'_, '_>, i: &Instruction) -> bool {
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
        (Value::Known(a), Value::Known(b)) if super::comparable(a, b) => {
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

fn is_vector(r: Register) -> bool {
    r.is_xmm() || r.is_ymm()
}

fn vector_operand(s: &mut State<'_, '_>, i: &Instruction, op: u32, size: u8) -> Vector {
    match kind(i, op) {
        Some(OpKind::Register) if is_vector(register(i, op)) => s.vector(register(i, op).number()),
        Some(OpKind::Register) => {
            let mut out = Vector::ZERO;
            out.set(0, 8, read_register(s, register(i, op)));
            out
        }
        Some(OpKind::Memory) => {
            let at = address_of(s, i);
            s.load_vector(at, size)
        }
        _ => Vector::UNKNOWN,
    }
}

/// Writes the first `size` bytes of a register; the rest of 16 is `rest`, and above that zero for VEX forms.
fn write_vector(s: &mut State<'_, '_>, i: &Instruction, value: &Vector, size: usize, zero_rest: bool) {
    let number = register(i, 0).number();
    let mut out = s.vector(number);
    for at in 0..size.min(32) {
        out.set(at, 1, value.get(at, 1));
    }
    let wide = i.code().encoding() != EncodingKind::Legacy;
    let from = if zero_rest { size } else { 16.max(size) };
    let until = if wide { 32 } else { 16 };
    if zero_rest || wide {
        for at in from..until {
            out.set(at, 1, Value::Known(0));
        }
    }
    s.set_vector(number, out);
}

/// Moves of vectors and the few operations that build constants; false if it is none of them.
#[allow(clippy::too_many_lines)] // As above.
fn vector(s: &mut State<'_, '_>, i: &Instruction) -> bool {
    if i.op_count() > 0 && (register(i, 0).is_zmm() || register(i, 0).is_mm() || register(i, 0).is_k()) {
        return false;
    }
    let to_memory = is_memory(i, 0);
    let to_vector = is_vector(register(i, 0));
    let full = small(register(i, 0).size());
    // Operand numbers of the two sources: VEX forms name the destination apart.
    let (first, second) = if i.op_count() >= 3 && is_vector(register(i, 1)) { (1, 2) } else { (0, 1) };
    match i.mnemonic() {
        Mnemonic::Movaps
        | Mnemonic::Movups
        | Mnemonic::Movapd
        | Mnemonic::Movupd
        | Mnemonic::Movdqa
        | Mnemonic::Movdqu
        | Mnemonic::Lddqu
        | Mnemonic::Movntdq
        | Mnemonic::Movntps
        | Mnemonic::Vmovaps
        | Mnemonic::Vmovups
        | Mnemonic::Vmovapd
        | Mnemonic::Vmovupd
        | Mnemonic::Vmovdqa
        | Mnemonic::Vmovdqu
        | Mnemonic::Vmovntdq
        | Mnemonic::Vmovntps => {
            if to_memory {
                let value = vector_operand(s, i, 1, 32);
                let at = address_of(s, i);
                s.store_vector(at, small(i.memory_size().size()).min(32), &value);
            } else {
                let value = vector_operand(s, i, 1, full);
                write_vector(s, i, &value, usize::from(full), false);
            }
        }
        Mnemonic::Movq
        | Mnemonic::Vmovq
        | Mnemonic::Movd
        | Mnemonic::Vmovd
        | Mnemonic::Movlps
        | Mnemonic::Movlpd
        | Mnemonic::Vmovlps
        | Mnemonic::Vmovlpd
            if i.op_count() == 2 =>
        {
            let size = if matches!(i.mnemonic(), Mnemonic::Movd | Mnemonic::Vmovd) { 4 } else { 8 };
            let value = vector_operand(s, i, 1, size);
            if to_vector {
                let keeps = matches!(i.mnemonic(), Mnemonic::Movlps | Mnemonic::Movlpd);
                write_vector(s, i, &value, usize::from(size), !keeps);
            } else {
                let low = value.get(0, size);
                write(s, i, 0, low);
            }
        }
        Mnemonic::Movss | Mnemonic::Movsd | Mnemonic::Vmovss | Mnemonic::Vmovsd if i.op_count() == 2 => {
            let size = if matches!(i.mnemonic(), Mnemonic::Movss | Mnemonic::Vmovss) { 4 } else { 8 };
            let from_memory = is_memory(i, 1);
            let value = vector_operand(s, i, 1, size);
            if to_vector {
                write_vector(s, i, &value, usize::from(size), from_memory);
            } else {
                let low = value.get(0, size);
                write(s, i, 0, low);
            }
        }
        Mnemonic::Movhps | Mnemonic::Movhpd | Mnemonic::Vmovhps | Mnemonic::Vmovhpd => {
            if to_memory {
                let high = vector_operand(s, i, 1, 16).get(8, 8);
                write(s, i, 0, high);
            } else {
                let mut out = vector_operand(s, i, first, 16);
                let high = vector_operand(s, i, second, 8).get(0, 8);
                out.set(8, 8, high);
                write_vector(s, i, &out, 16, false);
            }
        }
        Mnemonic::Pxor
        | Mnemonic::Xorps
        | Mnemonic::Xorpd
        | Mnemonic::Vpxor
        | Mnemonic::Vxorps
        | Mnemonic::Vxorpd
            if to_vector =>
        {
            if same_register(i, first, second) {
                write_vector(s, i, &Vector::ZERO, usize::from(full), false);
            } else {
                let (a, b) = (vector_operand(s, i, first, full), vector_operand(s, i, second, full));
                write_vector(s, i, &a.bytewise(&b, |a, b| a ^ b), usize::from(full), false);
            }
        }
        Mnemonic::Por | Mnemonic::Orps | Mnemonic::Orpd | Mnemonic::Vpor if to_vector => {
            let (a, b) = (vector_operand(s, i, first, full), vector_operand(s, i, second, full));
            write_vector(s, i, &a.bytewise(&b, |a, b| a | b), usize::from(full), false);
        }
        Mnemonic::Pand | Mnemonic::Andps | Mnemonic::Andpd | Mnemonic::Vpand if to_vector => {
            let (a, b) = (vector_operand(s, i, first, full), vector_operand(s, i, second, full));
            write_vector(s, i, &a.bytewise(&b, |a, b| a & b), usize::from(full), false);
        }
        Mnemonic::Pcmpeqd
        | Mnemonic::Pcmpeqb
        | Mnemonic::Pcmpeqw
        | Mnemonic::Pcmpeqq
        | Mnemonic::Vpcmpeqd
            if to_vector && same_register(i, first, second) =>
        {
            let ones = Vector { bytes: [0xff; 32], known: u32::MAX };
            write_vector(s, i, &ones, usize::from(full), false);
        }
        Mnemonic::Punpcklqdq
        | Mnemonic::Unpcklpd
        | Mnemonic::Movlhps
        | Mnemonic::Vpunpcklqdq
        | Mnemonic::Vunpcklpd
        | Mnemonic::Vmovlhps
            if full == 16 =>
        {
            pick(s, i, first, second, &[(0, 0, 8), (1, 0, 8)]);
        }
        Mnemonic::Punpckhqdq | Mnemonic::Unpckhpd | Mnemonic::Vpunpckhqdq | Mnemonic::Vunpckhpd
            if full == 16 =>
        {
            pick(s, i, first, second, &[(0, 8, 8), (1, 8, 8)]);
        }
        Mnemonic::Movhlps | Mnemonic::Vmovhlps => pick(s, i, first, second, &[(1, 8, 8), (0, 8, 8)]),
        Mnemonic::Punpckldq | Mnemonic::Unpcklps | Mnemonic::Vpunpckldq | Mnemonic::Vunpcklps
            if full == 16 =>
        {
            pick(s, i, first, second, &[(0, 0, 4), (1, 0, 4), (0, 4, 4), (1, 4, 4)]);
        }
        Mnemonic::Pshufd | Mnemonic::Vpshufd if full == 16 => {
            let order = i.immediate8();
            let lane = |n: u8| (1, usize::from(order >> (2 * n) & 3) * 4, 4);
            pick(s, i, 0, 1, &[lane(0), lane(1), lane(2), lane(3)]);
        }
        Mnemonic::Shufps | Mnemonic::Vshufps if full == 16 => {
            let order = i.immediate8();
            let lane = |n: u8| (usize::from(n > 1), usize::from(order >> (2 * n) & 3) * 4, 4);
            pick(s, i, first, second, &[lane(0), lane(1), lane(2), lane(3)]);
        }
        Mnemonic::Pinsrq | Mnemonic::Pinsrd | Mnemonic::Vpinsrq | Mnemonic::Vpinsrd => {
            let size: u8 = if matches!(i.mnemonic(), Mnemonic::Pinsrq | Mnemonic::Vpinsrq) { 8 } else { 4 };
            let mut out = vector_operand(s, i, first, 16);
            let value = read(s, i, second).cut(size);
            let lane = usize::from(i.immediate8()) * usize::from(size) % 16;
            out.set(lane, size, value);
            write_vector(s, i, &out, 16, false);
        }
        Mnemonic::Vzeroupper => {
            for number in 0..16 {
                let mut v = s.vector(number);
                for at in 16..32 {
                    v.set(at, 1, Value::Known(0));
                }
                s.set_vector(number, v);
            }
        }
        _ => return false,
    }
    true
}

/// Builds a 16-byte vector of pieces `(0 or 1 for the source, offset, size)`.
fn pick(s: &mut State<'_, '_>, i: &Instruction, first: u32, second: u32, pieces: &[(usize, usize, u8)]) {
    let size =
        if i.memory_size() == MemorySize::Unknown { 16 } else { small(i.memory_size().size()).min(16) };
    let (a, b) = (vector_operand(s, i, first, size), vector_operand(s, i, second, size));
    let mut out = Vector::UNKNOWN;
    let mut at = 0;
    for (source, from, size) in pieces {
        let value = if *source == 0 { a.get(*from, *size) } else { b.get(*from, *size) };
        out.set(at, *size, value);
        at += usize::from(*size);
    }
    write_vector(s, i, &out, 16, false);
}

/// Makes unknown whatever an instruction writes.
fn clobber(s: &mut State<'_, '_>, i: &Instruction) {
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(i);
    let writes = |access| {
        matches!(
            access,
            OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
        )
    };
    for used in info.used_registers() {
        let r = used.register();
        if !writes(used.access()) {
            continue;
        }
        if r.is_gpr() {
            s.set(r.full_register().number(), Value::UNKNOWN);
        } else if r.is_vector_register() {
            s.set_vector(r.number(), Vector::UNKNOWN);
        }
    }
    if i.rflags_modified() != 0 {
        s.set_flags(Flags::default());
    }
    for used in info.used_memory() {
        if !writes(used.access()) {
            continue;
        }
        let size = used.memory_size().size().max(1);
        let at = if is_memory(i, 0) && i.op_count() > 0 {
            address_of(s, i)
        } else {
            read_register(s, used.base())
        };
        match at {
            Value::Known(at) => s.memory.forget(at, size as u64),
            unknown @ Value::Unknown { .. } => s.store(unknown, 1, Value::UNKNOWN),
        }
    }
}

//! Interprets x86-64 instructions on a [`State`].
//!
//! What init functions use is computed; every other instruction makes what it writes unknown, by the
//! decoder's own account of it. An instruction is never skipped as if it did nothing.

mod integer;
mod vector;

use iced_x86::{
    ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic,
    OpAccess, OpKind, Register,
};

use super::Flow;
use super::state::{State, THREAD_POINTER};
use super::value::{Flags, Value, Vector, mask};

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
    if !integer::run(s, &i) && !vector::run(s, &i) {
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

//! Moves of vectors, and the few operations on them that build constants.

use iced_x86::{EncodingKind, Instruction, MemorySize, Mnemonic, OpKind, Register};

use super::{address_of, is_memory, kind, read, read_register, register, same_register, small, write};
use crate::binary::machine::state::State;
use crate::binary::machine::value::{Value, Vector};

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

/// False if it is none that is computed here.
#[allow(clippy::too_many_lines)] // As above.
pub(super) fn run(s: &mut State<'_, '_>, i: &Instruction) -> bool {
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

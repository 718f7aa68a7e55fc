//! What a register may hold: a number, or nothing that is known.
//!
//! Addresses are numbers too: everything a program can point at has its own range of one flat address
//! space (see `memory.rs`), so that alignment, differences and comparisons need no rules of their own.

/// A general register's content, zero-extended to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// This number.
    Known(u64),
    /// Not known. `near` is an address it was computed from, 0 if none: a store through it may hit
    /// anything around there.
    Unknown {
        /// See above.
        near: u64,
    },
}

impl Value {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self::Unknown { near: 0 };

    /// The number, if it is known.
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(v) => Some(v),
            Self::Unknown { .. } => None,
        }
    }

    /// Cut to `size` bytes.
    pub fn cut(self, size: u8) -> Self {
        match self {
            Self::Known(v) => Self::Known(v & mask(size)),
            Self::Unknown { .. } if size < 8 => Self::UNKNOWN,
            unknown @ Self::Unknown { .. } => unknown,
        }
    }

    /// Sum or difference: what is known of one side stays a hint where the other is unknown.
    pub fn offset(self, other: Self, minus: bool) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) if minus => Self::Known(a.wrapping_sub(b)),
            (Self::Known(a), Self::Known(b)) => Self::Known(a.wrapping_add(b)),
            (Self::Known(a), Self::Unknown { near }) | (Self::Unknown { near }, Self::Known(a)) => {
                Self::Unknown { near: if near == 0 { a } else { near } }
            }
            (Self::Unknown { near: a }, Self::Unknown { near: b }) => {
                Self::Unknown { near: if a == 0 { b } else { a } }
            }
        }
    }

    /// The value of both, if both agree.
    pub fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::UNKNOWN }
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        value.map_or(Self::UNKNOWN, Self::Known)
    }
}

/// All bits of `size` bytes.
pub fn mask(size: u8) -> u64 {
    match size {
        0 => 0,
        1..=7 => (1 << (u32::from(size) * 8)) - 1,
        _ => u64::MAX,
    }
}

/// The top bit of `size` bytes.
pub fn sign(size: u8) -> u64 {
    1 << (u32::from(size.clamp(1, 8)) * 8 - 1)
}

/// Sign-extends from `size` bytes to 64 bits.
pub fn extend(value: u64, size: u8) -> u64 {
    let value = value & mask(size);
    if value & sign(size) != 0 { value | !mask(size) } else { value }
}

/// A vector register of 32 bytes, known byte by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vector {
    /// Its bytes; those that are not known are 0.
    pub bytes: [u8; 32],
    /// One bit for each known byte.
    pub known: u32,
}

impl Vector {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { bytes: [0; 32], known: 0 };
    /// All zero.
    pub const ZERO: Self = Self { bytes: [0; 32], known: u32::MAX };

    /// An integer of up to 8 bytes at an offset.
    pub fn get(&self, at: usize, size: u8) -> Value {
        let mut value = 0;
        for i in 0..usize::from(size) {
            let at = at + i;
            if at >= 32 || self.known >> at & 1 == 0 {
                return Value::UNKNOWN;
            }
            value |= u64::from(self.bytes.get(at).copied().unwrap_or(0)) << (8 * i);
        }
        Value::Known(value)
    }

    /// Replaces an integer of up to 8 bytes at an offset.
    pub fn set(&mut self, at: usize, size: u8, value: Value) {
        for i in 0..usize::from(size) {
            let Some(byte) = self.bytes.get_mut(at + i) else { return };
            match value {
                Value::Known(v) => {
                    *byte = (v >> (8 * i)).to_le_bytes()[0];
                    self.known |= 1 << (at + i);
                }
                Value::Unknown { .. } => {
                    *byte = 0;
                    self.known &= !(1 << (at + i));
                }
            }
        }
    }

    /// Applies a function to each pair of bytes that are both known.
    pub fn bytewise(&self, other: &Self, apply: impl Fn(u8, u8) -> u8) -> Self {
        let mut out = Self { bytes: [0; 32], known: self.known & other.known };
        for (i, (to, (a, b))) in out.bytes.iter_mut().zip(self.bytes.iter().zip(&other.bytes)).enumerate() {
            if out.known >> i & 1 == 1 {
                *to = apply(*a, *b);
            }
        }
        out
    }

    /// The bytes both agree on.
    pub fn join(&self, other: &Self) -> Self {
        let mut out = *self;
        for i in 0..32 {
            if out.get(i, 1) != other.get(i, 1) {
                out.set(i, 1, Value::UNKNOWN);
            }
        }
        out
    }
}

/// Condition flags, each known or not. On aarch64 `carry` is the architecture's C: set when a subtraction
/// does *not* borrow; `parity` is unused there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Flags {
    pub zero: Option<bool>,
    pub sign: Option<bool>,
    pub carry: Option<bool>,
    pub overflow: Option<bool>,
    pub parity: Option<bool>,
}

impl Flags {
    /// Flags of a result, with carry and overflow given.
    pub fn of(result: u64, size: u8, carry: bool, overflow: bool) -> Self {
        let result = result & mask(size);
        Self {
            zero: Some(result == 0),
            sign: Some(result & sign(size) != 0),
            carry: Some(carry),
            overflow: Some(overflow),
            parity: Some(result.to_le_bytes()[0].count_ones().is_multiple_of(2)),
        }
    }

    /// The flags both agree on.
    pub fn join(&self, other: &Self) -> Self {
        let both = |a: Option<bool>, b| if a == b { a } else { None };
        Self {
            zero: both(self.zero, other.zero),
            sign: both(self.sign, other.sign),
            carry: both(self.carry, other.carry),
            overflow: both(self.overflow, other.overflow),
            parity: both(self.parity, other.parity),
        }
    }
}

/// `a + b + carry` in `size` bytes, with carry and overflow.
pub fn add(a: u64, b: u64, carry: bool, size: u8) -> (u64, bool, bool) {
    let (a, b) = (a & mask(size), b & mask(size));
    let wide = u128::from(a) + u128::from(b) + u128::from(carry);
    let result = a.wrapping_add(b).wrapping_add(carry.into()) & mask(size);
    let overflow = (a ^ result) & (b ^ result) & sign(size) != 0;
    (result, wide > u128::from(mask(size)), overflow)
}

/// `a - b - borrow` in `size` bytes, with borrow and overflow.
pub fn sub(a: u64, b: u64, borrow: bool, size: u8) -> (u64, bool, bool) {
    let (a, b) = (a & mask(size), b & mask(size));
    let result = a.wrapping_sub(b).wrapping_sub(borrow.into()) & mask(size);
    let overflow = (a ^ b) & (a ^ result) & sign(size) != 0;
    (result, u128::from(a) < u128::from(b) + u128::from(borrow), overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_and_overflows_are_those_of_the_size() {
        assert_eq!(add(0xff, 1, false, 1), (0, true, false));
        assert_eq!(add(0x7f, 1, false, 1), (0x80, false, true));
        assert_eq!(sub(0, 1, false, 4), (0xffff_ffff, true, false));
        assert_eq!(sub(0x80, 1, false, 1), (0x7f, false, true));
        assert_eq!(sub(5, u64::MAX, true, 8), (5, true, false));
    }

    #[test]
    fn a_sum_with_something_unknown_remembers_where_it_may_lead() {
        let sum = Value::Known(0x4000).offset(Value::UNKNOWN, false);
        assert_eq!(sum, Value::Unknown { near: 0x4000 });
        assert_eq!(sum.cut(4), Value::UNKNOWN);
    }

    #[test]
    fn a_vector_is_known_byte_by_byte() {
        let mut v = Vector::UNKNOWN;
        v.set(8, 4, Value::Known(0x0102_0304));
        assert_eq!(v.get(8, 4), Value::Known(0x0102_0304));
        assert_eq!(v.get(8, 8), Value::UNKNOWN);
        assert_eq!(v.get(30, 4), Value::UNKNOWN);
        v.set(9, 1, Value::UNKNOWN);
        assert_eq!(v.get(8, 1), Value::Known(4));
        assert_eq!(v.get(8, 2), Value::UNKNOWN);
    }

    #[test]
    fn sign_extension_keeps_the_value() {
        assert_eq!(extend(0xff, 1), u64::MAX);
        assert_eq!(extend(0x7fff_ffff, 4), 0x7fff_ffff);
        assert_eq!(extend(5, 8), 5);
    }
}

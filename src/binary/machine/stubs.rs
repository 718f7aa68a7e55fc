//! Calls of functions of other libraries: what they do to the path that calls them.
//!
//! The table says what each function does when nothing goes wrong (`rules/facts/stubs.toml`); this file does
//! it. A function that is not in the table gives a result nothing is known of and may have written through
//! every pointer it was given.

use super::memory::{HEAP, OBJECTS};
use super::state::{GilCall, Made, State, THREAD_POINTER, thread_local};
use super::value::Value;
use super::{End, Setting};
use crate::binary::slots::{Memory as _, import_of};
use crate::knowledge::stubs::{Call, Does, Effect};

/// Longest text or block that is compared, copied or filled.
const MOST_BYTES: u64 = 1 << 16;
/// Longest name of a Python module that is noted.
const LONGEST_NAME: usize = 256;
/// How many arguments of an unknown function are looked at: registers hold leftovers beyond.
const ARGUMENTS: usize = 4;
/// How much an unknown function is taken to write behind a pointer it is given.
const WRITTEN: u64 = 64;

/// How things go on after a call.
#[derive(Debug)]
pub enum After {
    /// It returned.
    Returned,
    /// It never will.
    Never,
    /// It calls this function first.
    Follow(u64),
    /// There is no more to see.
    End(End),
}

/// Where the text of `sys.version` lies.
pub const VERSION_TEXT: u64 = HEAP + 0x10;

/// Puts the text of `sys.version` in place, so that modules that compare it with their own headers go on.
pub fn prepare(s: &mut State<'_, '_>, setting: &Setting<'_>) {
    if let Some((major, minor)) = setting.python {
        for (i, byte) in format!("{major}.{minor}.0 (main)\0").bytes().enumerate() {
            s.memory.set_byte(VERSION_TEXT + i as u64, Some(byte));
        }
    }
}

/// Calls what stands at an address outside of the image, or at one that is not known.
pub fn call(s: &mut State<'_, '_>, target: Value, setting: &mut Setting<'_>) -> After {
    let name = match target {
        Value::Known(at) => import_of(at).and_then(|(index, _)| setting.name(s.memory.image(), index)),
        Value::Unknown { .. } => None,
    };
    let Some(name) = name else {
        s.record.foreign = Some(format!("a function at an address not known at {:#x}", s.pc));
        forget_arguments(s);
        return done(s, Value::UNKNOWN);
    };
    let effect = setting.stubs.of(&name);
    if !matches!(effect, Effect::Unknown | Effect::Never | Effect::Call(_)) {
        for write in setting.stubs.writes_of(&name) {
            if let Value::Known(at) = s.argument(write.argument) {
                s.memory.forget(at, write.size);
            }
        }
    }
    match effect {
        Effect::Object => {
            let object = s.object();
            done(s, Value::Known(object))
        }
        Effect::Number(n) => done(s, Value::Known(n)),
        Effect::Nothing => done(s, Value::UNKNOWN),
        Effect::Never => After::Never,
        Effect::Call(call) => perform(s, &call, setting),
        Effect::Unknown => {
            s.record.foreign = Some(name.into_owned());
            forget_arguments(s);
            done(s, Value::UNKNOWN)
        }
    }
}

fn done(s: &mut State<'_, '_>, result: Value) -> After {
    s.clobber();
    s.set(s.convention.result, result);
    After::Returned
}

pub fn forget_arguments(s: &mut State<'_, '_>) {
    for index in 0..ARGUMENTS {
        match s.argument(index) {
            Value::Known(at) if !(OBJECTS..HEAP).contains(&at) && s.memory.is_writable(at) => {
                s.memory.forget(at, WRITTEN);
            }
            _ => {}
        }
    }
}

fn perform(s: &mut State<'_, '_>, call: &Call, setting: &mut Setting<'_>) -> After {
    let at = |s: &State<'_, '_>| call.at.map_or(Value::UNKNOWN, |at| s.argument(at));
    match call.does {
        Does::Define => {
            let definition = at(s);
            After::End(End::Defined(definition))
        }
        Does::Create | Does::ModuleInit => {
            let object = s.object();
            let definition = s.argument(0);
            s.record.make(Made { object, definition, at: s.pc });
            if call.does == Does::Create && !setting.can_declare && setting.is_own(s, definition) {
                // All that could follow is that the import fails.
                return After::End(End::Returned(Value::Known(object)));
            }
            if call.does == Does::ModuleInit && call.at.is_some() {
                // A C++ bool: one byte.
                let said = at(s).cut(1);
                s.record.declare(GilCall { module: Value::Known(object), said, at: s.pc });
            }
            done(s, Value::Known(object))
        }
        Does::Declare => {
            // The argument is a pointer that carries a small number; both sizes have the same low half.
            let said = at(s);
            let module = s.argument(0);
            s.record.declare(GilCall { module, said, at: s.pc });
            if said.known().is_some()
                && let Some(made) = s.record.made.iter().find(|m| module == Value::Known(m.object)).copied()
                && setting.is_own(s, made.definition)
            {
                s.settled = Some(made.object);
            }
            done(s, Value::Known(0))
        }
        Does::Import => {
            if let Value::Known(text) = at(s)
                && let Some(name) = s.memory.text(text, LONGEST_NAME)
            {
                s.record.import(name);
            }
            let object = s.object();
            done(s, Value::Known(object))
        }
        Does::Version => done(s, Value::Known(VERSION_TEXT)),
        Does::Allocate => {
            let size = call
                .sizes
                .iter()
                .try_fold(1_u64, |size, at| s.argument(*at).known().and_then(|n| n.checked_mul(size)));
            // An unknown size is served all the same; what is written there stays apart from all else.
            let block = s.memory.allocate(size.unwrap_or(1 << 20), call.zeroed);
            done(s, Value::Known(block))
        }
        Does::Length => {
            let length = s.argument(0).known().and_then(|text| length(s, text));
            done(s, length.into())
        }
        Does::Compare | Does::CompareTexts => {
            let (a, b) = (s.argument(0), s.argument(1));
            let limit = if call.at.is_some() { at(s).known() } else { Some(MOST_BYTES) };
            let result = match (a, b, limit) {
                (Value::Known(a), Value::Known(b), Some(limit)) => {
                    compare(s, a, b, limit.min(MOST_BYTES), call.does == Does::CompareTexts)
                }
                _ => None,
            };
            done(s, result.into())
        }
        Does::Copy => {
            let (to, from, size) = (s.argument(0), s.argument(1), s.argument(2));
            match (to, from, size) {
                (Value::Known(to), Value::Known(from), Value::Known(size)) if size <= MOST_BYTES => {
                    let bytes: Vec<_> = (0..size).map(|i| s.memory.read(from.wrapping_add(i), 1)).collect();
                    for (i, byte) in bytes.into_iter().enumerate() {
                        s.memory.write(to.wrapping_add(i as u64), 1, byte);
                    }
                }
                (Value::Known(to), _, size) => s.memory.forget(to, size.known().unwrap_or(WRITTEN)),
                _ => {}
            }
            done(s, to)
        }
        Does::Fill => {
            let (to, byte, size) = (s.argument(0), s.argument(1).cut(1), s.argument(2));
            match (to, size) {
                (Value::Known(to), Value::Known(size)) if size <= MOST_BYTES => {
                    for i in 0..size {
                        s.memory.write(to.wrapping_add(i), 1, byte);
                    }
                }
                (Value::Known(to), size) => s.memory.forget(to, size.known().unwrap_or(WRITTEN)),
                _ => {}
            }
            done(s, to)
        }
        Does::Once => {
            let function = at(s);
            done(s, Value::Known(0));
            match function {
                Value::Known(f) if s.memory.image().is_code(f) => After::Follow(f),
                _ => After::Returned,
            }
        }
        Does::Argument => {
            let value = at(s);
            done(s, value)
        }
        Does::Symbol => {
            let name = at(s).known().and_then(|text| s.memory.text(text, LONGEST_NAME));
            let found = name
                .filter(|n| setting.stubs.of(n) != Effect::Unknown)
                .and_then(|n| setting.symbol(s.memory.image(), n));
            done(s, found.into())
        }
        Does::ThreadLocal => {
            let variable = s.argument(0).known().and_then(thread_local);
            done(s, variable.into())
        }
        Does::ThreadAddress => {
            let variable = s.argument(0).known().and_then(thread_local);
            s.set(s.convention.result, variable.into());
            After::Returned
        }
        Does::ThreadOffset => {
            let variable = s.get(s.convention.result).known().and_then(thread_local);
            s.set(s.convention.result, variable.map(|at| at.wrapping_sub(THREAD_POINTER)).into());
            After::Returned
        }
        Does::Guard => {
            let guard = at(s);
            s.store(guard, 4, Value::Known(u64::from(u32::MAX)));
            done(s, Value::UNKNOWN)
        }
    }
}

fn length(s: &mut State<'_, '_>, text: u64) -> Option<u64> {
    for i in 0..MOST_BYTES {
        if s.memory.read(text.checked_add(i)?, 1).known()? == 0 {
            return Some(i);
        }
    }
    None
}

/// The sign of the first difference; texts end at NUL.
fn compare(s: &mut State<'_, '_>, a: u64, b: u64, limit: u64, texts: bool) -> Option<u64> {
    for i in 0..limit {
        let x = s.memory.read(a.checked_add(i)?, 1).known()?;
        let y = s.memory.read(b.checked_add(i)?, 1).known()?;
        if x != y {
            // An int: 1 or -1.
            return Some(if x > y { 1 } else { u64::from(u32::MAX) });
        }
        if x == 0 && texts {
            return Some(0);
        }
    }
    Some(0)
}

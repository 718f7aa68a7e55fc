//! What one entry of a module declares: from the exported function to the slots, with the evidence.
//!
//! An image and an entry go in, a [`Declaration`] comes out; `Unknown` always with the reason. On machines
//! that are interpreted the init function is followed instruction by instruction (`machine/`), and whatever
//! it hands to the interpreter on every way to success is read where it does so. On others, only a
//! definition that lies complete in the file, alone under the module's name, is believed.
//!
//! Ways that end in an error (a null result) are no answers: a module that failed to be imported declares
//! nothing. Ways that succeed and differ make the answer unknown.

use super::declaration::Declaration;
use super::image::Image;
use super::machine::memory::Memory;
use super::machine::state::State;
use super::machine::value::Value;
use super::machine::{self, End, Precision, Setting};
use super::names::{Hook, HookKind, Tag};
use super::slots::{self, Loaded, Memory as _, Slots};
use crate::knowledge::Knowledge;
use crate::knowledge::slots::LayoutKind;
use crate::model::{Arch, Build, GilSupport, Init};

/// What is known of the file from outside of its code.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context {
    /// The Python version it is built for, where its suffix or the library it is linked with tells.
    pub python: Option<(u8, u8)>,
    /// Whether that is a free-threaded build, if it is told.
    pub free_threaded: Option<bool>,
}

impl Context {
    /// What a file's suffix and its libraries tell.
    pub fn of(image: &Image<'_>, tag: &Tag, known: &Knowledge) -> Self {
        if let Tag::CPython { minor, free_threaded, .. } = tag {
            return Self { python: Some((3, *minor)), free_threaded: Some(*free_threaded) };
        }
        let linked = image.libraries.iter().find_map(|library| known.pythons().library(library));
        match linked {
            Some((build, minor)) => {
                Self { python: Some((3, minor)), free_threaded: Some(build == Build::FreeThreaded) }
            }
            None => Self::default(),
        }
    }
}

/// What one way through the init function comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    declaration: Declaration,
    /// The slot array that was read.
    array: Option<u64>,
    /// The slot array that nothing was seen to fill.
    unfilled: Option<u64>,
    /// Something may have filled it unseen.
    doubted: bool,
}

impl Found {
    fn unknown(init: Init, reason: impl Into<String>) -> Self {
        Self { declaration: Declaration::unknown(init, reason), array: None, unfilled: None, doubted: false }
    }

    fn told(init: Init, gil: GilSupport, evidence: String) -> Self {
        let mut found = Self::unknown(init, evidence);
        found.declaration.gil = gil;
        found
    }

    fn is_unknown(&self) -> bool {
        self.declaration.gil == GilSupport::Unknown
    }

    fn step(&mut self, text: String) {
        self.declaration.chain.push(text);
    }
}

/// Ends that are kept; more than these are counted as one.
const MOST_ANSWERS: usize = 32;

/// Finds what a hook declares.
pub fn declaration(image: &Image<'_>, hook: &Hook<'_>, context: &Context, known: &Knowledge) -> Declaration {
    let start = format!("{} is exported at {:#x}", hook.name, hook.address);
    let interpreted =
        matches!(image.arch, Arch::X86_64 | Arch::Aarch64) && image.word == 8 && !image.big_endian;
    let found =
        if interpreted { interpret(image, hook, context, known) } else { lying_there(image, hook, known) };
    let mut declaration = found.declaration;
    declaration.chain.insert(0, start);
    declaration
}

/// Instructions after which a hook is one that sets its module up itself.
const GLANCE: u32 = 4_096;

fn interpret(image: &Image<'_>, hook: &Hook<'_>, context: &Context, known: &Knowledge) -> Found {
    let mut setting = Setting::new(known.stubs(), context.python, hook.module(), image);
    // Most hooks hand over a definition and are done.
    let most = std::mem::replace(&mut setting.most_steps, GLANCE);
    let glance = follow(image, hook, context, known, &mut setting, Precision::Fine);
    setting.most_steps = most;
    if let Ok(found) = glance {
        return found;
    }
    // What declares is called in one place. If the hook itself does so on every way to the end, nothing that it calls
    // besides can declare anything else, and need not be followed.
    if setting.declares_by_one_call(image)
        && let Ok(skimmed) = follow(image, hook, context, known, &mut setting, Precision::Skim)
        && matches!(skimmed.declaration.gil, GilSupport::NotUsed | GilSupport::Used)
    {
        return skimmed;
    }
    let stopped = match follow(image, hook, context, known, &mut setting, Precision::Fine) {
        Ok(found) => return found,
        Err(stopped) => stopped,
    };
    let lost = Found::unknown(stopped.init, stopped.reason);
    if stopped.ways == 0 {
        return lost;
    }
    // More than could be followed. With less kept apart there is less of it, and what is told then is true as well.
    match follow(image, hook, context, known, &mut setting, Precision::Coarse) {
        Ok(coarse) if !coarse.is_unknown() => coarse,
        _ => lost,
    }
}

/// What is known where not all ways through a hook could be followed.
struct Stopped {
    /// How the module is entered, as far as that is known.
    init: Init,
    /// What stood in the way.
    reason: String,
    /// How many were followed to their end.
    ways: usize,
}

/// What the ways through the hook come to.
fn follow(
    image: &Image<'_>,
    hook: &Hook<'_>,
    context: &Context,
    known: &Knowledge,
    setting: &mut Setting<'_>,
    precision: Precision,
) -> Result<Found, Stopped> {
    let mut told: Vec<Found> = Vec::new();
    let mut errors = 0_u32;
    let run = machine::run(image, hook.address, setting, precision, |end, state| {
        match judge(end, state, hook, context, known) {
            None => errors += 1,
            Some(_) if told.len() > MOST_ANSWERS => {}
            Some(_) if told.len() == MOST_ANSWERS => told.push(Found::unknown(
                Init::Unknown,
                format!("{} ends in more than {MOST_ANSWERS} different ways", hook.name),
            )),
            Some(answer) => {
                if !told.contains(&answer) {
                    told.push(answer);
                }
            }
        }
    });
    match run {
        Err(reason) => {
            let init = told.first().map_or(Init::Unknown, |f| f.declaration.init);
            let ways = told.len() + usize::try_from(errors).unwrap_or(usize::MAX);
            Err(Stopped { init, reason, ways })
        }
        Ok(spent) if told.is_empty() && spent.paths == 1 && errors == 1 && spent.steps <= LONGEST_NULL => {
            Ok(never(hook))
        }
        Ok(_) => Ok(agree(image, told, errors, hook)),
    }
}

/// Instructions of a hook that does nothing but return null.
const LONGEST_NULL: u32 = 16;

fn never(hook: &Hook<'_>) -> Found {
    let reason = format!("{} only ever returns null, so that no import of it succeeds", hook.name);
    let mut found = Found::unknown(Init::Unknown, reason);
    found.declaration.never = true;
    found
}

/// One answer of those of all ways.
fn agree(image: &Image<'_>, mut told: Vec<Found>, errors: u32, hook: &Hook<'_>) -> Found {
    // A static array that one way fills and another finds as the loader left it was filled before on that
    // other way: function-local statics are made once, and no run starts in the middle.
    let filled: Vec<u64> = told.iter().filter(|f| !f.is_unknown()).filter_map(|f| f.array).collect();
    if !filled.is_empty() {
        told.retain(|f| f.unfilled.is_none_or(|at| !filled.contains(&at)));
    }
    let Some(first) = told.first().cloned() else {
        return Found::unknown(
            Init::Unknown,
            if errors > 0 {
                format!("every way through {} that could be followed ends in an error", hook.name)
            } else {
                format!("{} never returns as far as it could be followed", hook.name)
            },
        );
    };
    if let Some(lost) = told.iter().find(|f| f.is_unknown() && f.unfilled.is_none()) {
        return lost.clone();
    }
    if let Some(empty) = told.iter().find(|f| f.unfilled.is_some()) {
        // Before the hook only constructors run, and those that fill data are C++'s. In C such an array was
        // written down empty.
        if told.len() > 1
            || empty.doubted
            || image.imports.iter().any(|i| CPP_NAMES.iter().any(|p| i.name.starts_with(p)))
        {
            return empty.clone();
        }
        let evidence = format!("the slot array at {:#x} is empty", empty.unfilled.unwrap_or_default());
        let mut found = empty.clone();
        found.declaration.gil = GilSupport::Undeclared;
        found.declaration.evidence = evidence;
        return found;
    }
    let (one, declares) = (&first.declaration, |f: &Found| f.declaration.gil);
    match told.iter().find(|f| declares(f) != declares(&first)).map(|f| &f.declaration) {
        None => first,
        Some(other) => Found::unknown(
            if other.init == one.init { one.init } else { Init::Unknown },
            format!("the declaration is chosen at run time: {}, or {}", one.evidence, other.evidence),
        ),
    }
}

/// How names begin that only C++ imports.
const CPP_NAMES: [&str; 3] = ["_Z", "__gxx_personality", "?"];

/// What one way through the init function comes to: none if it fails.
fn judge(
    end: End,
    state: &mut State<'_, '_>,
    hook: &Hook<'_>,
    context: &Context,
    known: &Knowledge,
) -> Option<Found> {
    let returned = match end {
        End::Lost(reason) => return Some(Found::unknown(Init::Unknown, reason)),
        End::Defined(Value::Known(0)) => return None,
        End::Defined(Value::Known(address)) => {
            return Some(defined(&mut state.memory, address, hook, known));
        }
        End::Defined(Value::Unknown { .. }) => {
            let reason = "PyModuleDef_Init is called with an address that is not known";
            return Some(Found::unknown(Init::MultiPhase, reason));
        }
        End::Returned(returned) => returned,
    };
    match (hook.kind, returned) {
        (_, Value::Known(0)) => None,
        (HookKind::Export, Value::Known(at)) => Some(exported(&mut state.memory, at, hook, known)),
        (HookKind::Export, Value::Unknown { .. }) => {
            let reason = format!("{} returns an address that is not known", hook.name);
            Some(Found::unknown(Init::Export, reason))
        }
        (HookKind::Init, returned) => Some(made(state, returned, hook, context, known)),
    }
}

fn defined(memory: &mut Memory<'_, '_>, address: u64, hook: &Hook<'_>, known: &Knowledge) -> Found {
    match slots::definition(memory, address, known.slots()) {
        Err(reason) => Found::unknown(Init::MultiPhase, reason),
        Ok(definition) => {
            let place = format!("in the PyModuleDef at {address:#x}, returned by {}", hook.name);
            let mut found = of_slots(Init::MultiPhase, &definition.slots, &place, known);
            let build = match definition.layout {
                LayoutKind::Gil => "builds with the GIL",
                LayoutKind::FreeThreaded => "free-threaded builds",
            };
            let headers =
                definition.python.as_ref().map_or(String::new(), |p| format!(", headers of Python {p}"));
            let steps = [
                format!("{} calls PyModuleDef_Init with the PyModuleDef at {address:#x}", hook.name),
                format!("it is named {:?} and laid out as on {build}{headers}", definition.name),
            ];
            found.declaration.chain.splice(0..0, steps);
            found.declaration.layout = Some(definition.layout);
            found
        }
    }
}

fn exported(memory: &mut Memory<'_, '_>, address: u64, hook: &Hook<'_>, known: &Knowledge) -> Found {
    match slots::py_slots(memory, address, known.slots()) {
        Err(reason) => Found::unknown(Init::Export, reason),
        Ok(slots) => {
            let place = format!("in the array at {address:#x}, returned by {}", hook.name);
            of_slots(Init::Export, &slots, &place, known)
        }
    }
}

fn of_slots(init: Init, slots: &Slots, place: &str, known: &Knowledge) -> Found {
    if slots.unfilled {
        let reason = format!(
            "the slot array at {:#x} is empty in the file and nothing was seen to fill it",
            slots.address
        );
        let mut found = Found::unknown(init, reason);
        found.unfilled = Some(slots.address);
        found.doubted = slots.doubted;
        return found;
    }
    let evidence = match slots.declared_at.and_then(|at| slots.entries.get(at)) {
        Some(e) => format!("slot {} ({}) = {} {place}", e.id, e.name, e.value),
        None if slots.address == 0 => format!("no slots {place}"),
        None => format!("no Py_mod_gil among {} {place}", count(slots.entries.len(), "slot")),
    };
    let mut found = Found::told(init, slots.gil, evidence);
    found.declaration.abi = slots.abi;
    found.declaration.exec =
        slots.entries.iter().filter(|e| e.name == "Py_mod_exec").map(|e| e.value).collect();
    found.array = Some(slots.address);
    if slots.address == 0 {
        found.step("its m_slots is null".into());
    } else {
        found.step(format!("the slot array begins at {:#x}", slots.address));
    }
    for e in &slots.entries {
        let value = if e.value == known.slots().gil.used || e.value == known.slots().gil.not_used {
            e.value.to_string()
        } else if slots::import_of(e.value).is_some() {
            "an imported symbol".to_owned()
        } else {
            format!("{:#x}", e.value)
        };
        found.step(format!("at {:#x}: slot {} ({}) = {value}", e.address, e.id, e.name));
    }
    found
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// A finished module, or something else that is no definition.
fn made(
    state: &mut State<'_, '_>,
    returned: Value,
    hook: &Hook<'_>,
    context: &Context,
    known: &Knowledge,
) -> Found {
    let record = &state.record;
    let module = match returned {
        Value::Known(object) => record.made.iter().find(|m| m.object == object).copied(),
        Value::Unknown { .. } => None,
    };
    // What is returned may be the module on one way and null on another that met it.
    let unsure = returned.known().is_none() && !record.made.is_empty();
    if module.is_none() && !unsure {
        return elsewhere(state, hook, context, known);
    }
    let about = |m: Value| match (m, module) {
        (Value::Known(object), Some(module)) => object == module.object,
        _ => true,
    };
    let calls: Vec<_> = record.declared.iter().filter(|c| about(c.module)).copied().collect();
    let mut found = match calls.last() {
        _ if record.differs => Found::unknown(
            Init::SinglePhase,
            "PyUnstable_Module_SetGIL is called on some ways through the init function and not on others",
        ),
        None => Found::told(
            Init::SinglePhase,
            GilSupport::Undeclared,
            format!("{} returns a finished module and declares nothing about it", hook.name),
        ),
        Some(call) => match call.said {
            Value::Known(v) if v == known.slots().gil.not_used || v == known.slots().gil.used => Found::told(
                Init::SinglePhase,
                if v == known.slots().gil.not_used { GilSupport::NotUsed } else { GilSupport::Used },
                format!("{} calls PyUnstable_Module_SetGIL with {v} before {:#x}", hook.name, call.at),
            ),
            Value::Known(v) => Found::unknown(
                Init::SinglePhase,
                format!(
                    "PyUnstable_Module_SetGIL is called with {v:#x} before {:#x}, which means nothing",
                    call.at
                ),
            ),
            Value::Unknown { .. } => Found::unknown(
                Init::SinglePhase,
                format!("what PyUnstable_Module_SetGIL is told before {:#x} is chosen at run time", call.at),
            ),
        },
    };
    let definition = module.and_then(|m| Some((m.definition.known()?, m.at)));
    if let Some((address, at)) = definition {
        found.step(format!("a module is made of the PyModuleDef at {address:#x} before {at:#x}"));
        if let Ok(definition) = slots::definition(&mut state.memory, address, known.slots()) {
            found.declaration.layout = Some(definition.layout);
        }
    }
    for call in &calls {
        found.step(match call.said {
            Value::Known(v) => format!("before {:#x}: PyUnstable_Module_SetGIL(module, {v})", call.at),
            Value::Unknown { .. } => format!("before {:#x}: PyUnstable_Module_SetGIL(module, ?)", call.at),
        });
    }
    found
}

/// The init function returns what another library made.
fn elsewhere(state: &State<'_, '_>, hook: &Hook<'_>, context: &Context, known: &Knowledge) -> Found {
    let record = &state.record;
    let delegate = known.stubs().delegate(&record.imported);
    let answer = delegate.and_then(|d| match context.free_threaded? {
        true => Some((d, d.free_threaded?)),
        false => Some((d, d.gil?)),
    });
    let from = match (&record.foreign, record.imported.last()) {
        (_, Some(module)) => format!("it comes by way of the Python module {module}"),
        (Some(function), None) => format!("it comes from {function}"),
        (None, None) => "where it comes from is not known".to_owned(),
    };
    let mut found = match answer {
        Some((delegate, gil)) => Found::told(Init::SinglePhase, gil, delegate.why.clone()),
        None => Found::unknown(
            Init::Unknown,
            format!("{} returns something that was not made there: {from}", hook.name),
        ),
    };
    if !record.imported.is_empty() {
        found.step(format!("{} imports {}", hook.name, record.imported.join(", ")));
    }
    found.declaration.made_by = record.imported.last().cloned();
    found
}

/// On machines that are not interpreted: the one definition that lies complete in the file under the
/// module's name.
fn lying_there(image: &Image<'_>, hook: &Hook<'_>, known: &Knowledge) -> Found {
    let machine = format!("{:?}", image.arch).to_lowercase();
    if hook.kind == HookKind::Export {
        return Found::unknown(
            Init::Export,
            format!(
                "{} would have to be followed, and instructions of {machine} are not interpreted",
                hook.name
            ),
        );
    }
    let module = hook.module();
    // The one function that can be told on a machine without following it: xor eax, eax; ret.
    let code = image.stored(hook.address).unwrap_or_default();
    if image.arch == Arch::I686 && matches!(code, [0x31 | 0x33, 0xc0, 0xc3, ..]) {
        return never(hook);
    }
    let memory = &mut Loaded(image);
    let mut found = Vec::new();
    for (place, pointer) in &image.pointers {
        let super::image::Pointer::Here(text) = *pointer else { continue };
        for layout in known.slots().layout.iter().filter(|l| l.word == image.word) {
            let Some(address) = place.checked_sub(layout.m_name) else { continue };
            let named = || image.c_string(text, 512).is_some_and(|n| n.rsplit('.').next() == Some(module));
            if memory.load(address.wrapping_add(layout.ob_type), image.word) == Some(0)
                && slots::head(memory, address, layout, known.slots()).is_some()
                && named()
            {
                found.push(address);
            }
        }
    }
    let &[address] = found.as_slice() else {
        return Found::unknown(
            Init::Unknown,
            format!(
                "{} definitions of {machine} code lie in the file under the module's name, and its instructions are not interpreted",
                if found.is_empty() { "no".to_owned() } else { found.len().to_string() }
            ),
        );
    };
    let definition = match slots::definition(memory, address, known.slots()) {
        Ok(definition) => definition,
        Err(reason) => return Found::unknown(Init::Unknown, reason),
    };
    let place = format!("in the PyModuleDef at {address:#x}, the only one named {:?}", definition.name);
    let mut answer = if definition.slots.address == 0 {
        // Without slots the module is made at once, if nothing fills m_slots first and nothing declares later.
        if image.imports_name("PyModuleDef_Init") || image.imports_name("PyUnstable_Module_SetGIL") {
            Found::unknown(
                Init::Unknown,
                format!(
                    "what is declared at run time cannot be told: instructions of {machine} are not interpreted"
                ),
            )
        } else {
            Found::told(Init::SinglePhase, GilSupport::Undeclared, format!("no slots {place}"))
        }
    } else {
        of_slots(Init::MultiPhase, &definition.slots, &place, known)
    };
    answer.declaration.layout = Some(definition.layout);
    answer
}

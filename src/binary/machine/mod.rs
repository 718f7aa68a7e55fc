//! A small machine that interprets the init functions of extension modules.
//!
//! A loaded image and an entry go in; every way the function can end comes out, handed to whoever asked with
//! the registers and memory of that moment. Nothing is executed: each instruction is decoded and its effect
//! computed on values that are known or not. Where a branch depends on something unknown both sides are
//! followed. Paths that meet again at such a branch are joined, keeping what they agree on, so that the work
//! is bounded by the program's size and not by its number of paths.
//!
//! Functions of other libraries are replaced by what they do when nothing goes wrong: see `stubs.rs`.
//! Budgets are fixed; a run that spends one says so, and nobody may conclude anything from what it did not
//! get to.

pub mod memory;
pub mod state;
pub mod value;

mod aarch64;
mod callers;
mod page;
mod returns;
mod stubs;
#[cfg(test)]
mod testing;
mod x86_64;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::image::Image;
use super::slots::{self, Memory as _, import_address, import_of};
use crate::knowledge::slots::SlotFacts;
use crate::knowledge::stubs::{Does, Effect, StubFacts};
use crate::model::Arch;
use memory::{HEAP, OBJECTS};
use returns::Returns;
use state::{Frame, State};
use stubs::After;
use value::Value;

/// Instructions of all paths together.
const MOST_STEPS: u32 = 1_000_000;
/// Instructions of one path.
const MOST_STEPS_OF_A_PATH: u32 = 400_000;
/// Instructions of all paths together after one of them has settled what the module declares, before it is asked
/// whether that is for good: see [`Setting::settled_for_good`], which reads all code. One instruction takes about as
/// long as reading this many bytes of it.
const BYTES_FOR_A_STEP: usize = 256;
/// Functions within functions.
const DEEPEST: usize = 200;
/// Paths waiting to be followed.
const MOST_WAITING: usize = 4_096;
/// Paths waiting from which on the oldest are followed first.
const CROWDED: usize = 512;
/// States remembered at one branch before they are joined.
const MOST_VARIANTS: usize = 6;
/// States remembered at one branch, whatever they did, before any of them are joined.
const MOST_VARIANTS_IN_ALL: usize = 32;
/// States remembered in all.
const MOST_REMEMBERED: usize = 20_000;
/// Bytes that instructions and imported functions of all paths together read and write.
const MOST_BYTES: u64 = 1 << 23;
/// Pages that all paths hold together; with their bookkeeping about 100 MB.
const MOST_PAGES: u64 = 1 << 18;
/// What comparing the registers of two states costs, in pages.
const REGISTERS: u64 = 32;
/// Bytes of the states that are remembered or wait.
const MOST_KEPT: u64 = 128 << 20;
/// Pages listed by the states that are remembered or wait, and looked at where paths meet.
const MOST_MET: u64 = 1 << 24;

/// What one instruction does to the flow of control.
#[derive(Debug)]
enum Flow {
    /// On to the next.
    Next,
    /// To `to` if `taken`; `equal` tells which side is the one where what was compared is equal.
    Branch { taken: Option<bool>, to: u64, equal: Option<bool> },
    /// Elsewhere.
    Jump(Value),
    /// Elsewhere, and back.
    Call(Value),
    /// Back.
    Return,
    /// The process dies here.
    Crash,
    /// The machine cannot go on.
    Stop(String),
}

/// How a path ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It handed this definition to `PyModuleDef_Init`.
    Defined(Value),
    /// The entry returned this.
    Returned(Value),
    /// It could not be followed to its end, and why.
    Lost(String),
}

/// What the machine has to know besides the image.
#[derive(Debug)]
pub struct Setting<'f> {
    /// What imported functions do.
    pub stubs: &'f StubFacts,
    /// The Python version the file is built for, where it tells.
    pub python: Option<(u8, u8)>,
    /// The last component of the module's name: the definition that bears it is the one that counts.
    pub module: String,
    /// Instructions of all paths together that are followed.
    pub most_steps: u32,
    symbols: Vec<String>,
    /// Instructions after a declaration from which on it is worth asking whether anything can take it back.
    patience: u32,
    /// Whether the file can say anything about a finished module.
    can_declare: bool,
    /// Whether it does so in one place alone: asked seldom, and costly.
    declares_once: Option<bool>,
    returns: Returns,
}

impl<'f> Setting<'f> {
    /// A setting with nothing looked up yet.
    pub fn new(stubs: &'f StubFacts, python: Option<(u8, u8)>, module: &str, image: &Image<'_>) -> Self {
        let does =
            |name: &str, what: fn(Does) -> bool| matches!(stubs.of(name), Effect::Call(c) if what(c.does));
        let declares = |d| matches!(d, Does::Declare | Does::ModuleInit);
        let can_declare = image.imports.iter().any(|i| does(i.name, declares))
            // What is looked up by name at run time has to stand in the file as a text.
            || image.imports.iter().any(|i| does(i.name, |d| d == Does::Symbol))
                && stubs.names_of(Does::Declare).any(|name| {
                    image.segments.iter().any(|s| memchr::memmem::find(s.bytes, name.as_bytes()).is_some())
                });
        let code = image.segments.iter().filter(|s| s.executable).map(|s| s.bytes.len()).sum::<usize>();
        Self {
            stubs,
            python,
            patience: u32::try_from(code / BYTES_FOR_A_STEP).unwrap_or(u32::MAX),
            module: module.to_owned(),
            most_steps: MOST_STEPS,
            symbols: Vec::new(),
            can_declare,
            declares_once: None,
            returns: Returns::default(),
        }
    }

    /// Whether a definition bears the name of the module at hand.
    fn is_own(&self, s: &mut State<'_, '_>, definition: Value) -> bool {
        let (Value::Known(definition), slots) = (definition, SlotFacts::builtin()) else { return false };
        slots::name(&mut s.memory, definition, slots)
            .is_some_and(|name| name.rsplit('.').next() == Some(self.module.as_str()))
    }

    /// Whether what a path has settled cannot be taken back: what is called to declare is called in one
    /// place of the file, and the path has been there, or says the same wherever it is called.
    /// Whether the file declares by a call in one place of it.
    pub fn declares_by_one_call(&mut self, image: &Image<'_>) -> bool {
        let calls = |name| matches!(self.stubs.of(name), Effect::Call(c) if c.does == Does::Declare);
        image.imports.iter().any(|import| calls(import.name)) && self.settled_for_good(image)
    }

    fn settled_for_good(&mut self, image: &Image<'_>) -> bool {
        *self.declares_once.get_or_insert_with(|| {
            let mut declaring = (0_u32..).zip(&image.imports).filter(|(_, import)| {
                matches!(self.stubs.of(import.name), Effect::Call(c) if matches!(c.does, Does::Declare | Does::ModuleInit))
            });
            match (declaring.next(), declaring.next()) {
                (Some((index, _)), None) => {
                    callers::count(image, index) == Some(1) || callers::says_one_thing(image, index)
                }
                _ => false,
            }
        })
    }

    /// The name of an import or of a symbol that was looked up at run time.
    fn name<'a>(&self, image: &Image<'a>, index: u32) -> Option<Cow<'a, str>> {
        if let Some(import) = image.import(index) {
            return Some(Cow::Borrowed(import.name));
        }
        let beyond = usize::try_from(index).ok()?.checked_sub(image.imports.len())?;
        self.symbols.get(beyond).cloned().map(Cow::Owned)
    }

    /// The address that stands for a symbol that is looked up at run time.
    fn symbol(&mut self, image: &Image<'_>, name: String) -> Option<u64> {
        let at = self.symbols.iter().position(|s| *s == name).unwrap_or_else(|| {
            self.symbols.push(name);
            self.symbols.len() - 1
        });
        Some(import_address(u32::try_from(image.imports.len().checked_add(at)?).ok()?, 0))
    }
}

/// Whether the difference of two known values means anything: two objects of the interpreter may be one.
fn comparable(a: u64, b: u64) -> bool {
    let object = |v| (OBJECTS..HEAP).contains(&v);
    a == b || !(object(a) && b > 0xffff || object(b) && a > 0xffff)
}

/// How much work a run was.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Instructions interpreted.
    pub steps: u32,
    /// Paths that ended.
    pub paths: u32,
    /// Bytes read and written.
    touched: u64,
    /// Pages compared, joined or copied where paths meet.
    met: u64,
}

impl Spent {
    /// Notes what the last instruction did.
    ///
    /// # Errors
    /// Says that it was too much.
    fn add(&mut self, s: &mut State<'_, '_>) -> Result<(), String> {
        self.touched += s.memory.take_touched();
        if self.touched > MOST_BYTES || s.memory.all_pages() > MOST_PAGES {
            return Err("the init function touches more memory than is followed".into());
        }
        Ok(())
    }
}

/// How much is kept apart where paths meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// A few paths that did the same: what most init functions need.
    Fine,
    /// None of them. Less is known in the end, and much larger functions come to one.
    Coarse,
    /// None of them, and functions of the image that are called are passed over: whatever they return, and whatever
    /// they wrote. Worth something only where nothing that is passed over can declare.
    Skim,
}

impl Precision {
    fn variants(self) -> usize {
        match self {
            Self::Fine => MOST_VARIANTS,
            Self::Coarse | Self::Skim => 1,
        }
    }
}

/// Interprets a function and hands every end of it to `judge`, with the state there. Ends in which the
/// process dies are left out.
///
/// # Errors
/// Says which budget was spent, or that the machine is none that is interpreted. Ends seen until then were
/// handed out, but there may be others.
pub fn run<'i, 'a>(
    image: &'i Image<'a>,
    entry: u64,
    setting: &mut Setting<'_>,
    precision: Precision,
    mut judge: impl FnMut(End, &mut State<'i, 'a>),
) -> Result<Spent, String> {
    let step = match image.arch {
        Arch::X86_64 => x86_64::step,
        Arch::Aarch64 => aarch64::step,
        _ => return Err("instructions of this machine are not interpreted".into()),
    };
    let Some(mut first) = State::new(image, entry) else {
        return Err("instructions of this machine are not interpreted".into());
    };
    stubs::prepare(&mut first, setting);
    let mut run = Run {
        image,
        step,
        entry_stack: first.get(first.convention.stack),
        precision,
        spent: Spent::default(),
        crossroads: Crossroads::default(),
        waiting: VecDeque::from([first]),
        settled_at: None,
    };
    while let Some(mut s) = run.next() {
        let end = match run.follow(&mut s, setting) {
            Ok(end) => end,
            Err(reason) => {
                // Where all paths that are left have declared already, no more is to be seen.
                run.waiting.push_back(s);
                if !run.waiting.iter().all(|s| s.settled.is_some()) || !setting.settled_for_good(image) {
                    return Err(reason);
                }
                for mut s in run.waiting.drain(..) {
                    judge(End::Returned(s.settled.into()), &mut s);
                }
                break;
            }
        };
        run.spent.paths += 1;
        match (end, s.settled) {
            (Some(End::Lost(_)), Some(module)) if setting.settled_for_good(image) => {
                judge(End::Returned(Value::Known(module)), &mut s);
            }
            (Some(end), _) => judge(end, &mut s),
            (None, _) => {}
        }
    }
    Ok(run.spent)
}

/// One run: the paths that are left to follow, and what all of them together have cost.
struct Run<'i, 'a> {
    image: &'i Image<'a>,
    step: fn(&mut State<'i, 'a>) -> Flow,
    /// The stack pointer at the entry.
    entry_stack: Value,
    precision: Precision,
    spent: Spent,
    crossroads: Crossroads<'i, 'a>,
    waiting: VecDeque<State<'i, 'a>>,
    /// Steps of all paths when the first of them had declared.
    settled_at: Option<u32>,
}

impl<'i, 'a> Run<'i, 'a> {
    /// The path to follow next: the latest, whose memory is the freshest; where many wait, the oldest. In a long
    /// function without loops each check of an error leaves one that ends after a few steps.
    ///
    /// Where functions are passed over, the one that is least far in the program: so paths that will meet have met
    /// before either goes on, and the ways out at the end of a function are gone once.
    fn next(&mut self) -> Option<State<'i, 'a>> {
        match self.precision {
            Precision::Skim => {
                let places = self.waiting.iter().enumerate();
                let (first, _) = places.min_by(|(_, a), (_, b)| place(a).cmp(place(b)))?;
                self.waiting.swap_remove_back(first)
            }
            _ if self.waiting.len() > CROWDED => self.waiting.pop_front(),
            _ => self.waiting.pop_back(),
        }
    }

    /// Puts a path by. Where functions are passed over, paths that wait at one place and made and declared the same are
    /// one.
    fn wait(&mut self, mut s: State<'i, 'a>) {
        let like =
            |w: &&mut State<'i, 'a>| w.pc == s.pc && w.frames == s.frames && w.record.agrees(&s.record);
        match self.waiting.iter_mut().find(like).filter(|_| self.precision == Precision::Skim) {
            Some(waiting) => {
                self.spent.met += 2 * s.memory.pages();
                waiting.join(&mut s);
            }
            None => self.waiting.push_back(s),
        }
    }

    /// Whether a function does nothing but go on to an imported one.
    fn is_stub(&self, s: &State<'i, 'a>, to: u64) -> bool {
        const LONGEST: usize = 6;
        let mut probe = s.clone();
        probe.pc = to;
        for _ in 0..LONGEST {
            match (self.step)(&mut probe) {
                Flow::Next => {}
                Flow::Jump(target) => return target.known().and_then(import_of).is_some(),
                _ => return false,
            }
        }
        false
    }

    /// Follows one path to its end; none if it is of no interest, because the process dies there or because another
    /// path shows the same.
    fn follow(&mut self, s: &mut State<'i, 'a>, setting: &mut Setting<'_>) -> Result<Option<End>, String> {
        loop {
            if self.spent.steps >= setting.most_steps {
                return Err(format!(
                    "the init function was followed for {} instructions without seeing all of it",
                    setting.most_steps
                ));
            }
            self.spent.steps += 1;
            s.steps += 1;
            if s.steps > MOST_STEPS_OF_A_PATH {
                return Ok(Some(End::Lost(format!(
                    "the init function does not end within {MOST_STEPS_OF_A_PATH} instructions"
                ))));
            }
            if let Some(module) = s.settled {
                let since = self.spent.steps - *self.settled_at.get_or_insert(self.spent.steps);
                if since > setting.patience && setting.settled_for_good(self.image) {
                    return Ok(Some(End::Returned(Value::Known(module))));
                }
            }
            let here = s.pc;
            let flow = (self.step)(s);
            self.spent.add(s)?;
            if s.memory.exhausted {
                return Ok(Some(End::Lost("the init function touches more memory than is followed".into())));
            }
            if s.memory.wrote_code {
                return Ok(Some(End::Lost(format!(
                    "the init function writes over instructions at {here:#x}"
                ))));
            }
            if let Some(end) = self.flow(s, setting, flow, here)? {
                return Ok(end);
            }
        }
    }

    /// Goes where an instruction leads. `Some` if the path ends there, with its end if that is of interest.
    fn flow(
        &mut self,
        s: &mut State<'i, 'a>,
        setting: &mut Setting<'_>,
        flow: Flow,
        here: u64,
    ) -> Result<Option<Option<End>>, String> {
        match flow {
            Flow::Next => {}
            Flow::Branch { taken: Some(true), to, .. } => s.pc = to,
            Flow::Branch { taken: Some(false), .. } => {}
            Flow::Branch { taken: None, to, equal } => {
                let compared = s.compared.take();
                if !self.crossroads.meet(here, s, self.precision, &mut self.spent) {
                    return Ok(Some(None));
                }
                if self.waiting.len() >= MOST_WAITING
                    || self.crossroads.remembered > MOST_REMEMBERED
                    || self.spent.met > MOST_MET
                    || self.crossroads.kept + self.waiting.len() as u64 * s.weight() > MOST_KEPT
                {
                    return Err("the init function has more paths than are followed".into());
                }
                let mut other = s.clone();
                other.pc = to;
                if let (Some((register, value)), Some(equal)) = (compared, equal) {
                    let side = if equal { &mut other } else { &mut *s };
                    side.set(register, Value::Known(value));
                }
                self.wait(other);
                if self.waiting.len() > CROWDED || self.precision == Precision::Skim {
                    // Among so many there are short ones: this one waits until they are done.
                    self.wait(s.clone());
                    return Ok(Some(None));
                }
            }
            Flow::Call(target) => match target {
                Value::Known(to) if self.image.is_code(to) => {
                    if s.frames.len() >= DEEPEST {
                        let reason = format!("functions call each other more than {DEEPEST} deep");
                        return Ok(Some(Some(End::Lost(reason))));
                    }
                    if !setting.returns.may(self.image, setting.stubs, to) {
                        return Ok(Some(None));
                    }
                    if self.precision == Precision::Skim && !self.is_stub(s, to) {
                        stubs::forget_arguments(s);
                        s.pass_over();
                    } else {
                        enter(s, to);
                    }
                }
                _ => match stubs::call(s, target, setting) {
                    After::Returned => {}
                    After::Never => return Ok(Some(None)),
                    After::Follow(to) => enter(s, to),
                    After::End(end) => return Ok(Some(Some(end))),
                },
            },
            Flow::Jump(Value::Known(to)) if self.image.is_code(to) => s.pc = to,
            Flow::Jump(target) => {
                let import = target.known().and_then(import_of).is_some();
                if !import && !at_entry(s, self.entry_stack) {
                    let reason = format!("the jump at {here:#x} leads to an address that is not known");
                    return Ok(Some(Some(End::Lost(reason))));
                }
                match stubs::call(s, target, setting) {
                    After::Returned => return Ok(leave(s).map(Some)),
                    After::Never => return Ok(Some(None)),
                    After::Follow(to) => s.pc = to,
                    After::End(end) => return Ok(Some(Some(end))),
                }
            }
            Flow::Return => return Ok(leave(s).map(Some)),
            Flow::Crash => return Ok(Some(None)),
            Flow::Stop(reason) => return Ok(Some(Some(End::Lost(reason)))),
        }
        Ok(None)
    }
}

/// How far a path is: where each function that it is in goes on, the outermost first, and where it is itself. Compilers
/// put what comes later behind, but for loops, which are gone through before what follows them.
fn place<'s>(s: &'s State<'_, '_>) -> impl Iterator<Item = u64> + 's {
    s.frames.iter().map(|frame| frame.back).chain([s.pc])
}

/// Calls a function of the image.
fn enter(s: &mut State<'_, '_>, to: u64) {
    let stack = s.get(s.convention.stack);
    s.push_frame(Frame { back: s.pc, stack: stack.known() });
    if let Some(link) = s.convention.link {
        s.set(link, Value::Known(s.pc));
    } else {
        let below = stack.offset(Value::Known(8), true);
        s.set(s.convention.stack, below);
        s.store(below, 8, Value::Known(s.pc));
    }
    s.pc = to;
}

/// Returns from a function; the end of the path if it is the entry itself.
fn leave(s: &mut State<'_, '_>) -> Option<End> {
    let Some(frame) = s.pop_frame() else {
        return Some(End::Returned(s.get(s.convention.result)));
    };
    s.pc = frame.back;
    let stack = s.convention.stack;
    if s.convention.link.is_none() {
        // Thunks against speculation put another address in the place of the one they return to.
        let sp = s.get(stack);
        if let Value::Known(back) = s.load(sp, 8)
            && back != frame.back
            && s.memory.is_code(back)
            && frame.stack.is_some_and(|f| sp == Value::Known(f.wrapping_sub(8)))
        {
            s.set(stack, sp.offset(Value::Known(8), false));
            s.pc = back;
            return None;
        }
    }
    // With a link register a function may leave the stack as it likes: Microsoft's helpers that push a
    // cookie for their caller do.
    if let Some(sp) = frame.stack
        && (s.convention.link.is_none() || s.get(stack).known().is_none())
    {
        s.set(stack, Value::Known(sp));
    }
    None
}

/// Whether the stack is as it was when the current function was entered, so that a jump is a call whose
/// result is handed on.
fn at_entry(s: &State<'_, '_>, entry_stack: Value) -> bool {
    let pushed = if s.convention.link.is_some() { 0 } else { 8 };
    let entered = match s.frames.last() {
        Some(frame) => frame.stack.map(|f| f.wrapping_sub(pushed)),
        None => entry_stack.known(),
    };
    entered.is_some() && s.get(s.convention.stack).known() == entered
}

/// States at branches that depended on something unknown.
#[derive(Default)]
struct Crossroads<'i, 'a> {
    seen: HashMap<(u64, u64), Vec<State<'i, 'a>>>,
    remembered: usize,
    /// Bytes of all that are remembered.
    kept: u64,
}

impl<'i, 'a> Crossroads<'i, 'a> {
    /// Whether a path that comes to a branch has anything new to show. Where too many different ones came by,
    /// it is joined with the last.
    fn meet(&mut self, here: u64, s: &mut State<'i, 'a>, precision: Precision, spent: &mut Spent) -> bool {
        let mut hasher = DefaultHasher::new();
        s.frames.hash(&mut hasher);
        let variants = self.seen.entry((here, hasher.finish())).or_default();
        // One copy is kept here and one waits for the other side.
        spent.met += 2 * s.memory.pages();
        for seen in variants.iter() {
            spent.met += REGISTERS + seen.memory.pages();
            if seen.covers(s) {
                return false;
            }
        }
        // A path that made or declared something else is another answer: it is joined with its like alone, unless
        // there is no end of them.
        let like = variants.iter().filter(|v| v.record.agrees(&s.record)).count();
        let all = variants.len() >= MOST_VARIANTS_IN_ALL;
        if (like >= precision.variants() || all)
            && let Some(last) = variants.iter_mut().rev().find(|v| all || v.record.agrees(&s.record))
        {
            last.join(s);
            let (pc, steps) = (s.pc, s.steps);
            *s = last.clone();
            s.pc = pc;
            s.steps = steps;
            return true;
        }
        variants.push(s.clone());
        self.remembered += 1;
        self.kept += s.weight();
        true
    }
}

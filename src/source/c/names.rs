//! What the names used in a file do about locks and thread states: facts, the file's macros and functions, and,
//! for names that only a header elsewhere explains, what they say of themselves.
//!
//! In: a [`CFile`]. Out: [`Names`], asked by every pass over a function body. A guess by name alone is used
//! only where a function both opens and closes, see `regions`.

mod spelling;

use std::cell::RefCell;
use std::collections::HashSet;

use foldhash::{HashMap, HashMapExt as _};

use super::expansion::{self, Effects, Head, Touch};
use super::lex::{Kind, Token, Tokens, lex_range, op};
use super::preprocess::Macro;
use super::text::Source;
use super::{CFile, items::Function};
use crate::knowledge::{Knowledge, Trait, Traits};
use crate::source::c::declare::Variable;
use spelling::says_begin;
use spelling::says_given_back;
pub use spelling::{
    asserts, begins_change, guess, is_called_lock, is_change, is_keyword, says_asked, says_change,
    says_locked, says_look, says_new, says_told, scoped, words,
};

/// What a name does to locks or to the thread state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Opens a critical section of CPython; its first arguments are the objects.
    SectionBegin,
    /// Opens one on two objects.
    Section2Begin,
    /// Closes a critical section.
    SectionEnd,
    /// Takes a lock.
    Lock,
    /// Gives it back.
    Unlock,
    /// Detaches the thread state.
    Detach,
    /// Attaches it again.
    Attach,
    /// Attaches a thread state on any thread.
    Ensure,
    /// Undoes that.
    Release,
}

impl Effect {
    /// Whether it opens a stretch in which a lock is held.
    pub fn locks(self) -> bool {
        matches!(self, Self::SectionBegin | Self::Section2Begin | Self::Lock)
    }

    /// Whether it closes one.
    pub fn unlocks(self) -> bool {
        matches!(self, Self::SectionEnd | Self::Unlock)
    }

    fn of(traits: Traits) -> Option<Self> {
        let pairs = [
            (Trait::CriticalSection2Begin, Self::Section2Begin),
            (Trait::CriticalSectionBegin, Self::SectionBegin),
            (Trait::CriticalSectionMutex, Self::SectionBegin),
            (Trait::CriticalSectionEnd, Self::SectionEnd),
            (Trait::CriticalSection2End, Self::SectionEnd),
            (Trait::MutexLock, Self::Lock),
            (Trait::MutexUnlock, Self::Unlock),
            (Trait::Detaches, Self::Detach),
            (Trait::Attaches, Self::Attach),
            (Trait::GilEnsure, Self::Ensure),
            (Trait::GilRelease, Self::Release),
        ];
        pairs.iter().find(|(one, _)| traits.has(*one)).map(|(_, effect)| *effect)
    }
}

/// What is known of a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// Traits by facts.
    pub traits: Traits,
    /// What it does to locks, certainly.
    pub effect: Option<Effect>,
    /// What it does to locks, by how it is called.
    pub guess: Option<Effect>,
    /// What a variable of that type does until its block ends, see [`scoped`].
    pub scoped: Option<Effect>,
    /// It is a macro or function of this file.
    pub own: bool,
}

/// A macro's body as tokens.
#[derive(Debug)]
struct Body {
    tokens: Tokens,
}

/// The names of a file.
pub struct Names<'a> {
    file: &'a CFile<'a>,
    functions: HashMap<&'a str, Vec<usize>>,
    globals: HashMap<&'a str, &'a Variable>,
    /// Fields that each object of a class has, with the class.
    fields: HashSet<(&'a str, &'a str)>,
    effects: HashMap<&'a str, Effect>,
    /// What macros do that rest on a name that only another file explains.
    guessed: HashMap<&'a str, Effect>,
    /// Macros that are a cast of their argument, with the type.
    casts: HashMap<&'a str, &'a str>,
    macros: HashMap<&'a str, Traits>,
    /// What the bodies of macros do, of those that do something.
    expansions: HashMap<&'a str, Effects<'a>>,
    /// Macros that return from the function that uses them, and give no lock back before.
    returning: HashSet<&'a str>,
    /// Macros that compare something.
    comparing: HashSet<&'a str>,
    /// Macros that head a module's init function: `#define MOD_INIT(name) PyMODINIT_FUNC PyInit_##name(void)`.
    inits: HashSet<&'a str>,
    /// Functions that return what they made, or what only the calling thread has.
    makers: HashSet<&'a str>,
    /// Classes whose objects hold a lock as long as they live.
    guards: HashMap<&'a str, Effect>,
    /// `using X = a::Y<…>` and `typedef a::Y<…> X`: the last word of what a name stands for.
    aliases: HashMap<&'a str, &'a str>,
    seen: RefCell<HashMap<&'a str, Known>>,
    /// What is known of each name of the file, and for each token which one it is; that of no name comes first.
    list: Vec<Known>,
    tokens: Vec<u32>,
}

/// Most tokens of a `typedef` that are looked at for its name.
const LONGEST_ALIAS: usize = 60;

/// Longest macro body looked at, in bytes.
const MAX_MACRO: u32 = 16_384;

impl<'a> Names<'a> {
    /// Reads macros and functions of a file.
    pub fn new(file: &'a CFile<'a>) -> Self {
        let mut functions: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, function) in file.items.functions.iter().enumerate() {
            functions.entry(function.name.as_str()).or_default().push(at);
        }
        let globals = file.items.globals.iter().map(|one| (one.name.as_str(), one)).collect();
        let own = file.items.types.iter().flat_map(|kind| {
            let fields = kind.fields.iter().filter(|field| !field.is_static);
            fields.flat_map(|field| kind.names.iter().map(|class| (class.as_str(), field.name.as_str())))
        });
        let mut names = Self {
            file,
            functions,
            globals,
            fields: own.collect(),
            effects: HashMap::new(),
            guessed: HashMap::new(),
            casts: HashMap::new(),
            macros: HashMap::new(),
            expansions: HashMap::new(),
            returning: HashSet::new(),
            comparing: HashSet::new(),
            inits: HashSet::new(),
            makers: HashSet::new(),
            guards: HashMap::new(),
            aliases: HashMap::new(),
            seen: RefCell::default(),
            list: Vec::new(),
            tokens: Vec::new(),
        };
        names.read_macros();
        if names.read_functions() {
            // A macro may call a function that locks.
            names.read_macros();
        }
        names.find_makers();
        names.find_guards();
        names.find_aliases();
        names.seen.borrow_mut().clear();
        names.number();
        names
    }

    /// Whether the file is C++.
    pub fn is_cpp(&self) -> bool {
        self.file.cpp
    }

    /// The functions of that name in this file, by index.
    pub fn functions(&self, name: &str) -> &[usize] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first function of that name.
    pub fn function(&self, name: &str) -> Option<&'a Function> {
        self.file.items.functions.get(*self.functions(name).first()?)
    }

    /// The variable of that name at file level.
    pub fn global(&self, name: &str) -> Option<&'a Variable> {
        self.globals.get(name).copied()
    }

    /// Whether objects of a class of this file each have a field of that name.
    pub fn is_field(&self, class: &str, name: &str) -> bool {
        self.fields.contains(&(class, name))
    }

    /// The last word of the type that a name of this file stands for, template arguments left out.
    pub fn alias(&self, name: &str) -> Option<&'a str> {
        self.aliases.get(name).copied()
    }

    /// Whether a variable generates random numbers, and changes with each.
    pub fn is_engine(&self, one: &Variable) -> bool {
        let kind = self.alias(&one.base).unwrap_or(&one.base);
        one.pointers == 0 && Knowledge::builtin().tables().is_random_engine(kind)
    }

    /// The type that a macro of this file casts its argument to.
    pub fn cast(&self, name: &str) -> Option<&'a str> {
        self.casts.get(name).copied()
    }

    /// Traits of the C API that a macro of this file calls.
    pub fn macro_traits(&self, name: &str) -> Traits {
        self.macros.get(name).copied().unwrap_or_default()
    }

    /// Whether a macro of this file returns from the function that uses it, and gives no lock back before.
    pub fn returns(&self, name: &str) -> bool {
        self.returning.contains(name)
    }

    /// Whether a macro of this file compares something.
    pub fn compares(&self, name: &str) -> bool {
        self.comparing.contains(name)
    }

    /// Whether a function of this file returns an object that it made, or one that only the calling thread has.
    pub fn is_maker(&self, name: &str) -> bool {
        self.makers.contains(name)
    }

    /// Whether an expression is a call that makes something new.
    pub fn allocates(&self, source: &Source<'_>, from: usize, to: usize) -> bool {
        let open = (from..to.min(from + 8)).find(|&t| {
            source.is(t, op(b"(")) && source.is_ident(t.wrapping_sub(1)) && !is_keyword(source.word(t - 1))
        });
        let Some(name) = open.and_then(|open| open.checked_sub(1)).filter(|&name| name >= from) else {
            return false;
        };
        let word = source.word(name);
        let traits = Knowledge::builtin().traits(word);
        matches!(word, "tp_alloc" | "malloc" | "calloc")
            || self.makers.contains(word)
            || (!self.functions.contains_key(word)
                && !self.macros.contains_key(word)
                && traits == Traits::default()
                && says_new(word))
            || [Trait::FreshContainer, Trait::FreshObject, Trait::AllocMem, Trait::AllocObj, Trait::AllocRaw]
                .iter()
                .any(|one| traits.has(*one))
    }

    /// Functions all of whose returns are NULL or something made in them, also by each other. What a thread has for
    /// itself is as little anybody else's as what was made.
    fn find_makers(&mut self) {
        let source = self.file.source();
        for _ in 0..4 {
            let before = self.makers.len();
            for function in &self.file.items.functions {
                let name = function.name.as_str();
                if function.returns.1 > 0 && !self.makers.contains(name) && self.makes(&source, function) {
                    self.makers.insert(name);
                }
            }
            if self.makers.len() == before {
                return;
            }
        }
    }

    fn makes(&self, source: &Source<'_>, function: &Function) -> bool {
        let (from, to) = function.body;
        let is_null =
            |i: usize| source.is_null(i) || Knowledge::builtin().traits(source.word(i)).has(Trait::GivesNull);
        let thread = |i: usize, end: usize| {
            let own = Knowledge::builtin().traits(source.word(i)).has(Trait::PerThread);
            own && source.is(i + 1, op(b"(")) && source.after_group(i + 1) == end
        };
        let skip_cast = |mut i: usize| {
            while source.is(i, op(b"("))
                && source.mate(i).is_some_and(|c| c > i && source.is(c - 1, op(b"*")))
            {
                i = source.after_group(i);
            }
            i
        };
        // `new_x` takes one from a pool or allocates it; either way it is nobody else's yet.
        let pooled = says_new(&function.name);
        let mut allocated = false;
        let mut fresh: HashMap<&str, bool> = HashMap::new();
        let mut returned: Vec<usize> = Vec::new();
        for i in from..to {
            if source.is(i, op(b"=")) && source.is_ident(i.wrapping_sub(1)) {
                let member =
                    source.is(i.wrapping_sub(2), op(b"->")) || source.is(i.wrapping_sub(2), op(b"."));
                if member {
                    continue;
                }
                let value = skip_cast(i + 1);
                let end = source.declarator_end(value, to.min(value + 60));
                let one = fresh.entry(source.word(i - 1)).or_insert(true);
                let made = self.allocates(source, value, end) || thread(value, end);
                allocated |= made;
                *one &= pooled || made || is_null(value);
            } else if source.word(i) == "return" {
                returned.push(skip_cast(i + 1));
            }
        }
        let mut any = false;
        for value in returned {
            let end = source.declarator_end(value, to);
            let made = self.allocates(source, value, end) || thread(value, end);
            allocated |= made;
            let ours = made || (value + 1 == end && fresh.get(source.word(value)) == Some(&true));
            if !ours && !is_null(value) {
                return false;
            }
            any |= ours;
        }
        any && (allocated || !pooled)
    }

    /// What the body of a macro of this file does to fields and variables.
    pub fn expansion(&self, name: &str) -> Option<&Effects<'a>> {
        self.expansions.get(name)
    }

    /// Whether a macro of this file begins a module's init function.
    pub fn heads_init(&self, name: &str) -> bool {
        self.inits.contains(name)
    }

    /// Macros with the type that they take an argument for, which argument, and the field of it that they use.
    pub fn accessors(&self) -> impl Iterator<Item = (&'a str, u32, &Touch<'a>)> {
        self.expansions.iter().filter_map(|(name, effects)| {
            let [touch] = effects.touches.as_slice() else { return None };
            let Head::Param(param) = touch.head else { return None };
            (!touch.kind.is_empty() && !touch.field.is_empty()).then_some((*name, param, touch))
        })
    }

    /// Macros that hand on a borrowed item, and of which argument's container.
    pub fn lending_macros(&self) -> impl Iterator<Item = (&'a str, u32)> {
        self.expansions.iter().filter_map(|(name, effects)| Some((*name, effects.lends?)))
    }

    /// Whether a macro of this file gives each thread a variable of its own.
    pub fn is_thread_local(&self, name: &str) -> bool {
        self.file.thread_locals.iter().any(|one| one == name)
    }

    /// Whether the file defines a macro of that name.
    pub fn is_macro(&self, name: &str) -> bool {
        self.macros.contains_key(name)
    }

    /// Looks each name of the file up once: every pass asks for every token.
    fn number(&mut self) {
        let source = self.file.source();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let (mut list, mut tokens) = (vec![Known::default()], Vec::with_capacity(source.tokens.list.len()));
        for i in 0..source.tokens.list.len() {
            let word = source.word(i);
            let number = if word.is_empty() {
                0
            } else {
                *numbers.entry(word).or_insert_with(|| {
                    list.push(self.known(word));
                    list.len() as u32 - 1
                })
            };
            tokens.push(number);
        }
        (self.list, self.tokens) = (list, tokens);
    }

    /// Whether any name of the file has a trait.
    pub fn mentions(&self, one: Trait) -> bool {
        self.list.iter().any(|known| known.traits.has(one))
    }

    /// What is known of the name at a token of the file.
    pub fn at(&self, token: usize) -> Known {
        let number = self.tokens.get(token).copied().unwrap_or_default();
        self.list.get(number as usize).copied().unwrap_or_default()
    }

    /// What is known of a name.
    pub fn known(&self, name: &'a str) -> Known {
        if let Some(known) = self.seen.borrow().get(name) {
            return *known;
        }
        let traits = Knowledge::builtin().traits(name);
        let own = self.functions.contains_key(name) || self.macros.contains_key(name);
        let effect = Effect::of(traits).or_else(|| self.effects.get(name).copied());
        let guess = if effect.is_some() {
            None
        } else if own {
            self.guessed.get(name).copied()
        } else {
            guess(name)
        };
        let scoped = scoped(name).or_else(|| self.guards.get(name).copied());
        let known = Known { traits, effect, guess, scoped, own };
        self.seen.borrow_mut().insert(name, known);
        known
    }

    fn read_macros(&mut self) {
        let mut bodies: Vec<(&'a str, Body)> = Vec::new();
        for one in self.file.macros.iter().filter(|one| fits(one)) {
            let (from, to) = one.body;
            let mut list: Vec<Token> = Vec::new();
            lex_range(self.file.text.as_bytes(), from as usize, to as usize, &mut list);
            let mate = super::lex::pair(&list);
            bodies.push((one.name.as_str(), Body { tokens: Tokens { list, mate } }));
            self.macros.entry(one.name.as_str()).or_default();
        }
        for (name, body) in &bodies {
            let kind = cast_of(&Source { code: &self.file.text, tokens: &body.tokens });
            let token = kind.and_then(|at| body.tokens.list.get(at));
            if let Some(kind) = token.and_then(|one| self.file.text.get(one.start as usize..one.end as usize))
            {
                self.casts.insert(name, kind);
            }
        }
        for (one, (name, body)) in self.file.macros.iter().filter(|one| fits(one)).zip(&bodies) {
            let params = one.params.as_deref().unwrap_or_default();
            let cast = |name: &str| self.casts.get(name).copied();
            let effects = expansion::effects(&self.file.text, &body.tokens, params, &cast);
            if effects != Effects::default() {
                self.expansions.insert(name, effects);
            }
        }
        for (name, body) in &bodies {
            let source = Source { code: &self.file.text, tokens: &body.tokens };
            let all = 0..body.tokens.list.len();
            if all.clone().any(|i| source.word(i) == "return")
                && !all.clone().any(|i| says_given_back(source.word(i)))
            {
                self.returning.insert(name);
            }
            let signs = [op(b"=="), op(b"!="), op(b"<"), op(b">"), op(b"<="), op(b">=")];
            if all.clone().any(|i| signs.iter().any(|sign| source.is(i, *sign))) {
                self.comparing.insert(name);
            }
            if all
                .clone()
                .any(|i| source.word(i) == "PyMODINIT_FUNC" || source.word(i).starts_with("PyInit_"))
            {
                self.inits.insert(name);
            }
        }
        // Twice: a macro may use one that is defined after it.
        for _ in 0..2 {
            for (name, body) in &bodies {
                let source = Source { code: &self.file.text, tokens: &body.tokens };
                let mut traits = Traits::default();
                // Locks and thread states are counted apart: a macro that waits for a lock detaches while it waits.
                let (mut locks, mut threads) = ((0, None), (0, None));
                let own_guess = guess(name);
                for i in 0..body.tokens.list.len() {
                    let word = source.word(i);
                    if word.is_empty() || word == *name {
                        continue;
                    }
                    let facts = Knowledge::builtin().traits(word);
                    traits = traits.with(facts).with(self.macro_traits(word));
                    let effect = Effect::of(facts).or_else(|| self.effects.get(word).copied());
                    if let (None, Some(says)) = (effect, own_guess)
                        && guess(word) == Some(says)
                    {
                        self.guessed.insert(name, says);
                    }
                    let Some(effect) = effect else { continue };
                    let (count, first): &mut (i32, Option<Effect>) =
                        if effect.locks() || effect.unlocks() { &mut locks } else { &mut threads };
                    let opens = effect.locks() || matches!(effect, Effect::Detach | Effect::Ensure);
                    *count += if opens { 1 } else { -1 };
                    *first = first.or(Some(effect));
                }
                // `BEGIN_…` that gives the lock back where it fails leaves it taken where it goes on.
                let begins = locks.1.filter(|first| first.locks() && says_begin(name));
                let effect = if locks.0 != 0 {
                    locks.1
                } else {
                    begins.or_else(|| threads.1.filter(|_| threads.0 != 0))
                };
                if let Some(effect) = effect {
                    self.effects.insert(name, effect);
                }
                self.macros.insert(name, traits);
            }
        }
    }

    /// Functions that only lock or only unlock act like what they call. Says whether there are any.
    fn read_functions(&mut self) -> bool {
        let before = self.effects.len();
        for function in &self.file.items.functions {
            if let Some(effect) = self.effect_of(function) {
                self.effects.insert(function.name.as_str(), effect);
            }
        }
        self.effects.len() > before
    }

    /// What a short function does if it only locks or only unlocks.
    fn effect_of(&self, function: &Function) -> Option<Effect> {
        let source = self.file.source();
        let (from, to) = function.body;
        // A wrapper is short; a long function that locks without unlocking is a finding, not a wrapper.
        if to.saturating_sub(from) > 120 {
            return None;
        }
        let (mut begin, mut end, mut what) = (0, 0, None);
        for i in from..to {
            if !source.is_ident(i) || !source.is(i + 1, op(b"(")) {
                continue;
            }
            let word = source.word(i);
            let effect = Effect::of(Knowledge::builtin().traits(word))
                .or_else(|| self.effects.get(word).copied())
                .or_else(|| if self.functions.contains_key(word) { None } else { guess(word) });
            match effect {
                Some(effect) if effect.locks() => {
                    begin += 1;
                    what = what.or(Some(effect));
                }
                Some(effect) if effect.unlocks() => {
                    end += 1;
                    what = what.or(Some(effect));
                }
                _ => {}
            }
        }
        what.filter(|_| (begin == 0) != (end == 0))
    }

    fn find_aliases(&mut self) {
        if !self.file.cpp {
            return;
        }
        let source = self.file.source();
        // The last word before `<`, `;` or what else ends a qualified name.
        let last = |mut i: usize| {
            while source.is_ident(i)
                && (source.is(i + 1, op(b"::")) || matches!(source.word(i), "typename" | "const"))
            {
                i += if source.is(i + 1, op(b"::")) { 2 } else { 1 };
            }
            source.is_ident(i).then_some(i)
        };
        for i in 0..source.tokens.list.len() {
            match source.word(i) {
                "using" if source.is(i + 2, op(b"=")) => {
                    if let Some(of) = last(i + 3) {
                        self.aliases.insert(source.word(i + 1), source.word(of));
                    }
                }
                "typedef" => {
                    let Some(of) = last(i + 1).filter(|of| source.is(of + 1, op(b"<"))) else { continue };
                    let end = (of..of + LONGEST_ALIAS).find(|&t| source.is(t, op(b";")));
                    let name = end.and_then(|end| end.checked_sub(1)).filter(|&name| source.is_ident(name));
                    if let Some(name) = name {
                        self.aliases.insert(source.word(name), source.word(of));
                    }
                }
                _ => {}
            }
        }
    }

    /// Classes whose constructor locks and whose destructor unlocks, and those that have such an object as a member.
    fn find_guards(&mut self) {
        if !self.file.cpp {
            return;
        }
        let source = self.file.source();
        let mut halves: HashMap<&'a str, (Option<Effect>, bool)> = HashMap::new();
        for function in self.file.items.functions.iter().filter(|one| one.class.as_ref() == Some(&one.name)) {
            let Some(effect) = self.effect_of(function) else { continue };
            let half = halves.entry(function.name.as_str()).or_default();
            if source.is(function.name_token.wrapping_sub(1), op(b"~")) {
                half.1 |= effect.unlocks();
            } else if effect.locks() {
                half.0 = Some(effect);
            }
        }
        for (name, half) in halves {
            if let (Some(effect), true) = half {
                self.guards.insert(name, effect);
            }
        }
        // A class that is a guard by its member; what lives on as an object of Python guards nothing.
        for one in self.file.items.types.iter().filter(|one| !one.instance) {
            let held = one.fields.iter().filter(|field| field.pointers == 0 && !field.reference);
            let effect = held.filter_map(|field| scoped(&field.base)).find(|effect| effect.locks());
            if let Some(effect) = effect {
                for name in &one.names {
                    self.guards.insert(name.as_str(), effect);
                }
            }
        }
    }
}

/// Whether a macro's body is short enough to be read.
fn fits(one: &Macro) -> bool {
    one.body.1.saturating_sub(one.body.0) <= MAX_MACRO
}

/// `((T *)(x))` and its like: the token of the type.
fn cast_of(source: &Source<'_>) -> Option<usize> {
    let count = source.tokens.list.len();
    if count > 24 {
        return None;
    }
    let mut i = 0;
    while source.is(i, op(b"(")) && source.is(i + 1, op(b"(")) {
        i += 1;
    }
    if source.is(i, op(b"(")) && source.word(i + 1) == "assert" {
        i = source.after_group(i) + 1;
    }
    let close = source.mate(i).filter(|_| source.is(i, op(b"(")))?;
    let star = close.checked_sub(1)?;
    (source.is(star, op(b"*")) && star > i + 1 && star < i + 6 && source.is_ident(star - 1))
        .then_some(star - 1)
}

/// Whether the token is an identifier that is no keyword.
pub fn is_name(source: &Source<'_>, i: usize) -> bool {
    source.kind(i) == Some(Kind::Ident) && !is_keyword(source.word(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_return_what_they_made_or_took_from_a_pool() {
        let text = "static T *t_alloc(S *s) { T *a = pool_pop(s); if (!a) { return s->tp->tp_alloc(s->tp, 0); } return a; }\n\
                    static T *t_take(S *s) { T *a = pool_pop(s); if (!a) { return s->tp->tp_alloc(s->tp, 0); } return a; }\n\
                    static T *t_copy(T *s) { Py_INCREF(s); return s; } static T *t_new_view(S *s) { T *a = find(s); return a; }";
        let file = CFile::read("a.c", text.as_bytes());
        let names = Names::new(&file);
        let makers = ["t_alloc", "t_take", "t_copy", "t_new_view"].map(|name| names.is_maker(name));
        assert_eq!(makers, [true, false, false, false]);
    }

    #[test]
    fn macros_and_wrappers_do_what_they_call() {
        let text = "#ifdef Py_GIL_DISABLED\n#define ENTER(o) PyMutex_Lock(&(o)->m)\n#define LEAVE(o) PyMutex_Unlock(&(o)->m)\n\
                    #else\n#define ENTER(o)\n#define LEAVE(o)\n#endif\n\
                    #define BOTH(o) ENTER(o); LEAVE(o)\n#define AS_T(x) ((Thing *)(x))\n\
                    static void setup(void) { ENTER(g); }\nstatic void teardown(void) { endutent(); LEAVE(g); }\n";
        let file = CFile::read("a.c", text.as_bytes());
        let names = Names::new(&file);
        let effect = |name: &'static str| names.known(name).effect;
        assert_eq!(effect("ENTER"), Some(Effect::Lock));
        assert_eq!(effect("LEAVE"), Some(Effect::Unlock));
        assert_eq!(effect("BOTH"), None);
        assert_eq!(effect("setup"), Some(Effect::Lock));
        assert_eq!(effect("teardown"), Some(Effect::Unlock));
        assert_eq!(names.cast("AS_T"), Some("Thing"));
        let text = "#define API_LOCK(s) OTHER_MUTEX_LOCK(&(s)->m)\n#define BLOCK(s) OTHER_MUTEX_LOCK(s)\n";
        let file = CFile::read("a.c", text.as_bytes());
        let names = Names::new(&file);
        assert_eq!(names.known("API_LOCK").guess, Some(Effect::Lock));
        let begin = "static int T_Lock(T *c) { PyMutex_Lock(&c->m); return 0; } static void T_Unlock(T *c) { PyMutex_Unlock(&c->m); }\n\
                     #define BEGIN_OP(c, bad) do { if (T_Lock(c) < 0) return NULL; if (!(c)->open) { T_Unlock(c); bad; } } while (0)\n";
        let begin = CFile::read("a.c", begin.as_bytes());
        assert_eq!(Names::new(&begin).known("BEGIN_OP").effect, Some(Effect::Lock));
        assert_eq!(names.known("BLOCK").guess, None);
    }
}

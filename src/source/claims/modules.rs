//! Finds the modules of a C or C++ file, and what each says about the GIL.
//!
//! CPython enters a module by one exported function. Here it is found by its name, or by the macro that makes the
//! name; from its body, over calls within the file, one gets to the definition, to the slot array, and to the calls
//! that create the module or declare. Macros of binding libraries that make a whole module are entries as well. What a
//! file leaves open (a macro or function it does not define) is written down for the project to settle.

mod makers;
mod reach;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::parts::{Array, Definition, MacroEntry, MacrosByName, Parts, body, join_guards, text};
use super::{Does, FileClaims, Loose, ModuleSeen, Named, Statement, Word};
use crate::knowledge::{Knowledge, Trait};
use crate::model::{C_COMPILED, Framework};
use crate::source::c::CFile;
use crate::source::c::items::Function;
use crate::source::c::lex::{Kind, Token, op};
use crate::source::c::preprocess::Macro;
use crate::source::needles::AnyOf;

/// How many modules are read of one file: the largest known has four.
const MODULES: usize = 64;

/// Whether a function can be what an interpreter calls to get a module: it takes nothing and returns an object. Helpers
/// of init functions are often named like them.
fn is_init_function(function: &Function) -> bool {
    let returns_nothing = function.returns.0 == "void" && function.returns.1 == 0;
    function.params.is_empty() && function.class.is_none() && !returns_nothing
}

/// How many tokens are looked at on the ways from entries to definitions.
const BUDGET: usize = 4_000_000;

/// How many unknown words of one module are remembered.
const OPEN: usize = 128;

/// Whether a file's text gives any reason to read it: a few words, of which at least one stands wherever a module is
/// entered, defined or declared.
pub(super) fn interesting(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<AnyOf> = LazyLock::new(|| {
        let facts = Knowledge::builtin().declarations();
        let slots = &facts.slots;
        let words = facts.entry.prefixes.iter().chain(&facts.definition.heads).chain(&slots.types);
        let words = words.chain(&slots.used).chain(&slots.not_used).chain(&slots.entry_words);
        AnyOf::new(words.chain(facts.maker.iter().map(|one| &one.name)))
    });
    WORDS.within(bytes)
}

/// Reads the claims of a C or C++ file.
pub(super) fn c_file(file: &CFile<'_>, known: &Knowledge) -> FileClaims {
    let facts = known.declarations();
    let mut macros = MacrosByName::new();
    for one in &file.macros {
        macros.entry(one.name.as_str()).or_default().push(one);
    }
    let parts = Parts { file, source: file.source(), facts, macros: &macros };
    let mut functions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, function) in file.items.functions.iter().enumerate() {
        functions.entry(function.name.as_str()).or_default().push(at);
    }
    let (arrays, definitions) = (parts.arrays(), parts.definitions());
    let mut variables: HashMap<String, Vec<Variable>> = HashMap::new();
    for (at, one) in definitions.iter().enumerate() {
        variables.entry(one.variable.clone()).or_default().push(Variable::Definition(at));
    }
    for (at, one) in arrays.iter().enumerate() {
        variables.entry(one.name.clone()).or_default().push(Variable::Array(at));
    }
    let mut reader = Reader {
        parts,
        known,
        arrays,
        definitions,
        variables,
        functions,
        used: BTreeSet::new(),
        budget: BUDGET,
    };
    reader.read()
}

struct Reader<'a> {
    parts: Parts<'a>,
    known: &'a Knowledge,
    arrays: Vec<Array>,
    definitions: Vec<Definition>,
    variables: HashMap<String, Vec<Variable>>,
    functions: HashMap<&'a str, Vec<usize>>,
    /// Definitions that an entry leads to.
    used: BTreeSet<usize>,
    budget: usize,
}

/// A variable that makes a module, by its position among those of its kind.
#[derive(Debug, Clone, Copy)]
enum Variable {
    Definition(usize),
    Array(usize),
}

/// What lies on the ways from one function.
#[derive(Default)]
struct Reached {
    definitions: BTreeSet<usize>,
    arrays: BTreeSet<usize>,
    says: Vec<Statement>,
    /// First and last token of the first call that creates a module.
    creates: Option<(usize, usize)>,
    open: Vec<String>,
    calls: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> FileClaims {
        let mut out = FileClaims::default();
        self.entries(&mut out);
        self.makers(&mut out);
        self.rest(&mut out);
        self.words(&mut out);
        out
    }

    /// Modules entered by a function of the file.
    fn entries(&mut self, out: &mut FileClaims) {
        let file = self.parts.file;
        let mut entries: Vec<(String, Option<String>, &'a Function)> = Vec::new();
        for function in &file.items.functions {
            if entries.len() == MODULES {
                break;
            }
            if let Some(name) = self.parts.facts.entered(&function.name) {
                if is_init_function(function) {
                    entries.push((name.to_owned(), None, function));
                }
            } else if let Some(entry) = self.by_macro(function) {
                entries.push((entry.0, entry.1, function));
            }
        }
        let alone = entries.len() == 1;
        let many_modules = entries.iter().map(|(name, ..)| name).collect::<BTreeSet<_>>().len() > 1;
        for (name, by_macro, function) in entries {
            let mut reached = self.reach(function.body);
            self.settle(&name, alone, &mut reached);
            if !many_modules {
                self.add_all_calls(&mut reached);
            }
            let nothing = reached.definitions.is_empty() && reached.creates.is_none();
            if (by_macro.is_some() && nothing) || self.parts.facts.is_entry_prefix(&name) {
                continue;
            }
            self.used.extend(&reached.definitions);
            let module = self.module(name, by_macro, Some(function), reached);
            match out.modules.iter_mut().find(|one| one.name == module.name) {
                // The same module by both kinds of entry: together they say what each says.
                Some(same) if same.defined || !module.defined => {
                    same.says.extend(module.says);
                    same.open.extend(module.open);
                }
                Some(same) => *same = module,
                None => out.modules.push(module),
            }
        }
    }

    /// The module that a function enters whose name a macro makes, and the macro if another file has to define it.
    fn by_macro(&self, function: &Function) -> Option<(String, Option<String>)> {
        let name = function.name.as_str();
        let mut defined = false;
        for one in self.parts.macros(name) {
            defined = true;
            match self.enters(one) {
                Some(Named::Fixed(module)) => return Some((module, None)),
                Some(Named::Argument(position)) => {
                    return self.argument(function, position).map(|name| (name, None));
                }
                None => {}
            }
        }
        let shouts = name.len() > 3
            && name.bytes().any(|b| b.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if defined || !shouts || self.parts.facts.maker(name).is_some() || self.definitions.is_empty() {
            return None;
        }
        Some((self.argument(function, 0)?, Some(name.to_owned())))
    }

    fn argument(&self, function: &Function, position: usize) -> Option<String> {
        let source = self.parts.source;
        let open = (function.head..=function.body.0)
            .find(|&i| source.word(i) == function.name && source.is(i + 1, op(b"(")))?
            + 1;
        let (from, to) = source.arguments(open).get(position).copied()?;
        let word = self.parts.last_word(from, to)?;
        Some(self.parts.name_of_macro(word).unwrap_or_else(|| word.to_owned()))
    }

    /// How a macro names the module that it enters, if that is what it does.
    fn enters(&self, one: &Macro) -> Option<Named> {
        let facts = self.parts.facts;
        let tokens = body(self.parts.file, one);
        let at = |i: usize| tokens.get(i).map(|token| text(self.parts.file, token)).unwrap_or_default();
        for i in 0..tokens.len().min(256) {
            if let Some(module) = facts.entered(at(i)) {
                return Some(Named::Fixed(module.to_owned()));
            }
            if facts.is_entry_prefix(at(i)) {
                let next = (i + 1..tokens.len().min(i + 4))
                    .find(|&k| tokens.get(k).is_some_and(|token| token.kind == Kind::Ident))?;
                let position = one.params.as_ref()?.iter().position(|param| param == at(next));
                return position.map(Named::Argument);
            }
        }
        None
    }

    fn module(
        &self,
        name: String,
        by_macro: Option<String>,
        function: Option<&Function>,
        reached: Reached,
    ) -> ModuleSeen {
        let parts = self.parts;
        let mut says = reached.says;
        let mut open = reached.open;
        for array in reached.arrays.iter().filter_map(|&k| self.arrays.get(k)) {
            says.extend(array.says.iter().cloned());
            open.extend(array.open.iter().cloned());
        }
        let array = reached.arrays.first().and_then(|&k| self.arrays.get(k));
        let definition = reached.definitions.first().and_then(|&k| self.definitions.get(k));
        // Slots that are named but stand in another file are as unknown as a macro.
        for one in reached.definitions.iter().filter_map(|&k| self.definitions.get(k)) {
            if let Some(slots) = &one.slots
                && !self.arrays.iter().any(|array| array.name == *slots)
            {
                open.push(slots.clone());
            }
        }
        let (place, evidence) = match (array, reached.creates, definition, function) {
            (Some(array), ..) => (
                parts.place(array.tokens.0, array.tokens.1),
                format!("the slot array `{}` has no entry about the GIL", array.name),
            ),
            (None, Some((first, last)), ..) => {
                (parts.place(first, last), format!("{} and no call that declares", parts.source.text(first)))
            }
            (None, None, Some(one), _) => (
                parts.place(one.tokens.0, one.tokens.1),
                format!("the definition `{}` has no slots, and no call declares", one.variable),
            ),
            (None, None, None, Some(function)) => (
                parts.place(function.name_token, function.name_token),
                format!("{} leads to no definition", function.name),
            ),
            (None, None, None, None) => (parts.place(0, 0), String::new()),
        };
        says.sort_by(|a, b| a.place.cmp(&b.place));
        says.dedup_by(|a, b| a.place == b.place && a.stance == b.stance);
        let defined = array.is_some() || definition.is_some() || reached.creates.is_some();
        open.sort();
        open.dedup();
        open.truncate(OPEN);
        ModuleSeen {
            name,
            framework: Framework { name: "c".to_owned(), version: None },
            place,
            evidence,
            says,
            open,
            calls: reached.calls.into_iter().collect(),
            defined,
            by_macro,
        }
    }

    /// Definitions that no entry of the file leads to: another file's entry may.
    fn rest(&mut self, out: &mut FileClaims) {
        let left: Vec<usize> = (0..self.definitions.len()).filter(|at| !self.used.contains(at)).collect();
        for at in left.into_iter().take(MODULES) {
            let mut reached = Reached::default();
            reached.definitions.insert(at);
            let Some(definition) = self.definitions.get(at) else { continue };
            for (k, array) in self.arrays.iter().enumerate() {
                if definition.slots.as_deref() == Some(array.name.as_str()) {
                    reached.arrays.insert(k);
                }
            }
            let users: Vec<&Function> = self
                .parts
                .file
                .items
                .functions
                .iter()
                .filter(|one| {
                    (one.body.0..one.body.1).any(|i| self.parts.source.word(i) == definition.variable)
                })
                .take(8)
                .collect();
            if !users.is_empty() && users.iter().all(|one| self.is_part(one, &definition.variable)) {
                continue;
            }
            let name = definition.name.clone().unwrap_or_else(|| definition.variable.clone());
            let used_by = users.iter().filter(|one| !one.is_static).map(|one| one.name.clone()).collect();
            let ranges: Vec<(usize, usize)> = users.iter().map(|one| one.body).collect();
            for range in ranges {
                let more = self.reach(range);
                reached.says.extend(more.says);
                reached.open.extend(more.open);
                reached.creates = reached.creates.or(more.creates);
            }
            let module = self.module(name, None, None, reached);
            out.loose.push(Loose { module, used_by });
        }
    }

    /// Whether a function makes a module of a definition to put it into another: only what the interpreter gets from an
    /// entry has a say on the GIL.
    fn is_part(&self, function: &Function, definition: &str) -> bool {
        let source = self.parts.source;
        let (from, to) = function.body;
        let steals = |i: usize| self.known.has(source.word(i), Trait::AddsToModule);
        let mut made = (from..to).filter(|&i| {
            let of = || source.arguments(i + 1).first().copied();
            self.known.has(source.word(i), Trait::SinglePhase)
                && self.creates(source.word(i))
                && of().is_some_and(|(from, to)| self.parts.last_word(from, to) == Some(definition))
        });
        let (Some(create), None) = (made.next(), made.next()) else { return false };
        let name = source.word(create.wrapping_sub(2));
        let local = (from..create).any(|t| {
            source.word(t) == name && source.is(t - 1, op(b"*")) && source.is_ident(t.wrapping_sub(2))
        });
        let assigned = source.is(create.wrapping_sub(1), op(b"=")) && local && !name.is_empty();
        let added = |i: usize| {
            let list = source.arguments(i + 1);
            let last = list.get(2).and_then(|&(from, to)| self.parts.last_word(from, to));
            steals(i) && last == Some(name)
        };
        function.returns.1 == 0 && assigned && (create..to).any(added)
    }

    /// Macros and functions that speak where another file uses them.
    fn words(&self, out: &mut FileClaims) {
        let parts = self.parts;
        let header = is_header(parts.file.path);
        for one in parts.file.macros.iter().filter(|_| header) {
            if out.words.len() >= 512 {
                return;
            }
            let tokens = body(parts.file, one);
            let words = || tokens.iter().filter(|t| t.kind == Kind::Ident).map(|t| text(parts.file, t));
            let says = |declares: bool| {
                let place = parts.place_of(one.at, one.body.1);
                Does::Says(parts.statement(declares, place, one.at, format!("the macro {}", one.name)))
            };
            let does = if let Some(named) = self.enters(one) {
                Some(Does::Enters(named))
            } else if let MacroEntry::Says(declares) = parts.macro_entry(one) {
                Some(says(declares))
            } else if words().any(|word| self.known.has(word, Trait::SetsGil)) {
                self.macro_value(one, &tokens).map(says)
            } else if let [value] = tokens.as_slice() {
                parts
                    .facts
                    .slots
                    .value(text(parts.file, value))
                    .filter(|_| value.kind == Kind::Ident)
                    .map(says)
            } else if tokens.is_empty()
                || words().any(|word| {
                    parts.facts.slots.entry_words.iter().any(|begin| word.starts_with(begin.as_str()))
                })
            {
                Some(Does::Nothing)
            } else {
                None
            };
            out.words.extend(does.map(|does| Word { name: one.name.clone(), does }));
        }
        for function in parts.file.items.functions.iter().filter(|one| !one.is_static) {
            let mut reached = Reached::default();
            for i in function.body.0..function.body.1 {
                if self.known.has(parts.source.word(i), Trait::SetsGil) {
                    self.sets_gil(i, parts.source.word(i), &mut reached);
                }
            }
            if parts.facts.entered(&function.name).is_none() {
                let of = |says| Word { name: function.name.clone(), does: Does::Says(says) };
                out.words.extend(reached.says.into_iter().map(of));
            }
        }
        for array in &self.arrays {
            let of = |does| Word { name: array.name.clone(), does };
            if array.open.is_empty() && array.says.is_empty() {
                out.words.push(of(Does::Nothing));
            }
            out.words.extend(array.says.iter().map(|says| of(Does::Says(says.clone()))));
        }
    }
}

/// Whether others are likely to include a file.
fn is_header(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    !C_COMPILED.contains(&extension.as_str())
}

#[cfg(test)]
mod tests;

//! Finds the modules of a C or C++ file, and what each says about the GIL.
//!
//! CPython enters a module by one exported function. Here it is found by its name, or by the macro that makes the
//! name; from its body, over calls within the file, one gets to the definition, to the slot array, and to the calls
//! that create the module or declare. Macros of binding libraries that make a whole module are entries as well. What a
//! file leaves open (a macro or function it does not define) is written down for the project to settle.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::parts::{Array, Definition, MacroEntry, MacrosByName, Parts, body, join_guards, text};
use super::{Does, FileClaims, Loose, ModuleSeen, Named, Statement, Word};
use crate::knowledge::{Knowledge, Trait};
use crate::model::Framework;
use crate::source::c::CFile;
use crate::source::c::items::Function;
use crate::source::c::lex::{Kind, Token, op};
use crate::source::c::preprocess::Macro;
use crate::source::needles::AnyOf;

/// How many modules are read of one file: the largest known has four.
const MODULES: usize = 64;

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
                entries.push((name.to_owned(), None, function));
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

    /// Modules made whole by a binding library's macro.
    fn makers(&mut self, out: &mut FileClaims) {
        let parts = self.parts;
        let source = parts.source;
        for i in 0..source.tokens.list.len() {
            if out.modules.len() >= MODULES {
                break;
            }
            if !source.is(i + 1, op(b"(")) {
                continue;
            }
            let Some((maker, named, says)) = self.maker(i) else { continue };
            let arguments = source.arguments(i + 1);
            let name = match named {
                Named::Fixed(name) => Some(name),
                Named::Argument(position) => arguments.get(position).and_then(|&(from, to)| {
                    let word = parts.last_word(from, to)?;
                    Some(parts.name_of_macro(word).unwrap_or_else(|| word.to_owned()))
                }),
            };
            let Some(name) = name else { continue };
            let after = source.after_group(i + 1);
            let mut reached = Reached { says, ..Reached::default() };
            self.arguments(maker, i, arguments.get(1..).unwrap_or_default(), &mut reached);
            if source.is(after, op(b"{")) {
                let inside = self.reach((after, source.mate(after).unwrap_or(after)));
                reached.says.extend(inside.says);
                reached.calls = inside.calls;
            }
            out.modules.push(ModuleSeen {
                name,
                framework: Framework { name: maker.framework.clone(), version: None },
                place: parts.place(i, after - 1),
                evidence: format!("{} without an argument that declares", source.word(i)),
                says: reached.says,
                open: reached.open,
                calls: reached.calls.into_iter().take(OPEN).collect(),
                defined: true,
                by_macro: None,
            });
        }
    }

    /// The maker that a use at token `i` comes down to, how it names the module, and what a macro in between says.
    fn maker(&self, i: usize) -> Option<(&'a crate::knowledge::declarations::Maker, Named, Vec<Statement>)> {
        let parts = self.parts;
        let word = parts.source.word(i);
        if let Some(maker) = parts.facts.maker(word) {
            return Some((maker, Named::Argument(0), Vec::new()));
        }
        for one in parts.macros(word) {
            let tokens = body(parts.file, one);
            let at = |k: usize| tokens.get(k).map(|token| text(parts.file, token)).unwrap_or_default();
            let Some((k, maker)) = (0..tokens.len()).find_map(|k| Some((k, parts.facts.maker(at(k))?)))
            else {
                continue;
            };
            let first = at(k + 2);
            let param = one.params.as_ref().and_then(|params| params.iter().position(|param| param == first));
            let named = param.map_or_else(|| Named::Fixed(first.to_owned()), Named::Argument);
            let says = (k..tokens.len())
                .filter_map(|k| {
                    let declares = maker.declares.iter().any(|word| word == at(k));
                    let refuses = maker.refuses.iter().any(|word| word == at(k));
                    (declares || refuses).then(|| {
                        let place = parts.place(i, i);
                        parts.statement(declares, place, one.at, format!("{} in {}", at(k), one.name))
                    })
                })
                .collect();
            return Some((maker, named, says));
        }
        None
    }

    /// Reads the arguments of a maker that are not the name.
    fn arguments(
        &self,
        maker: &crate::knowledge::declarations::Maker,
        use_at: usize,
        arguments: &[(usize, usize)],
        reached: &mut Reached,
    ) {
        let source = self.parts.source;
        for &(from, to) in arguments {
            for i in from..to {
                let word = source.word(i);
                let declares = maker.declares.iter().any(|one| one == word);
                let refuses = maker.refuses.iter().any(|one| one == word);
                if declares || refuses {
                    // The old form takes a flag.
                    let off = source.is(i + 1, op(b"(")) && matches!(source.word(i + 2), "false");
                    let evidence = format!("{word} in {}", source.word(use_at));
                    let place = self.parts.place(i, i);
                    reached.says.push(self.parts.statement(
                        declares != off,
                        place,
                        source.start(i),
                        evidence,
                    ));
                } else if !word.is_empty() && !maker.declares.is_empty() {
                    self.argument_macro(maker, word, i, reached);
                }
            }
        }
    }

    /// Follows an argument that is a macro of the file.
    fn argument_macro(
        &self,
        maker: &crate::knowledge::declarations::Maker,
        word: &str,
        i: usize,
        reached: &mut Reached,
    ) {
        for one in self.parts.macros(word) {
            for token in body(self.parts.file, one) {
                let inner = text(self.parts.file, &token);
                let declares = maker.declares.iter().any(|one| one == inner);
                if declares || maker.refuses.iter().any(|one| one == inner) {
                    let evidence = format!("{inner} by the macro {word}");
                    reached.says.push(self.parts.statement(
                        declares,
                        self.parts.place(i, i),
                        one.at,
                        evidence,
                    ));
                }
            }
        }
    }

    /// Everything that a body leads to within the file.
    fn reach(&mut self, body: (usize, usize)) -> Reached {
        let mut reached = Reached::default();
        let mut seen = HashSet::new();
        let mut ranges = vec![body];
        while let Some((from, to)) = ranges.pop() {
            if to.saturating_sub(from) > self.budget {
                break;
            }
            self.budget -= to.saturating_sub(from);
            for i in from..to {
                let word = self.parts.source.word(i);
                if word.is_empty() {
                    continue;
                }
                self.look(i, word, &mut reached);
                if !seen.insert(word) {
                    continue;
                }
                for &at in self.functions.get(word).map(Vec::as_slice).unwrap_or_default() {
                    ranges.extend(self.parts.file.items.functions.get(at).map(|one| one.body));
                }
                for &variable in self.variables.get(word).map(Vec::as_slice).unwrap_or_default() {
                    self.add(variable, &mut reached, &mut ranges);
                }
            }
        }
        reached
    }

    /// Adds a definition or array, and the array of a definition.
    fn add(&self, variable: Variable, reached: &mut Reached, ranges: &mut Vec<(usize, usize)>) {
        match variable {
            Variable::Array(at) => {
                if reached.arrays.insert(at)
                    && let Some(array) = self.arrays.get(at)
                {
                    ranges.push((array.tokens.1, array.tokens.2));
                }
            }
            Variable::Definition(at) => {
                if reached.definitions.insert(at)
                    && let Some(slots) = self.definitions.get(at).and_then(|one| one.slots.as_deref())
                {
                    for &array in self.variables.get(slots).map(Vec::as_slice).unwrap_or_default() {
                        if let Variable::Array(_) = array {
                            self.add(array, reached, ranges);
                        }
                    }
                }
            }
        }
    }

    /// What one word of a body does.
    fn look(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let call = source.is(i + 1, op(b"("));
        if self.known.has(word, Trait::SetsGil) {
            if call {
                self.sets_gil(i, word, reached);
            }
        } else if self.creates(word) {
            if call {
                reached.creates.get_or_insert((i, source.after_group(i + 1).saturating_sub(1)));
            }
        } else if self.parts.macros.contains_key(word) {
            self.use_of_macro(i, word, reached);
        } else if call
            && self.known.c_api(word).is_none()
            && !self.functions.contains_key(word)
            && reached.calls.len() < OPEN
        {
            reached.calls.insert(word.to_owned());
        }
    }

    /// Whether a function makes a module object, or hands its definition to the interpreter to make one.
    fn creates(&self, word: &str) -> bool {
        self.known.has(word, Trait::MultiPhase)
            || (self.known.has(word, Trait::SinglePhase) && self.known.has(word, Trait::FreshObject))
    }

    /// Reads a call that declares: `f(module, value)`.
    fn sets_gil(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let Some(&(from, to)) = source.arguments(i + 1).get(1) else { return };
        let value = self.parts.last_word(from, to).unwrap_or_default();
        let at = source.start(i);
        let values = self.parts.values(value, at);
        if values.is_empty() {
            reached.open.push(value.to_owned());
        }
        for (declares, decided) in values {
            let place = self.parts.place(i, source.after_group(i + 1).saturating_sub(1));
            let mut says = self.parts.statement(declares, place, at, format!("{word}({value})"));
            if decided != at {
                says.guard = join_guards(says.guard, self.parts.guard(decided));
            }
            reached.says.push(says);
        }
    }

    /// Looks into a macro of the file for what creates or declares.
    fn use_of_macro(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let last = if source.is(i + 1, op(b"(")) { source.after_group(i + 1).saturating_sub(1) } else { i };
        for one in self.parts.macros(word) {
            let tokens = body(self.parts.file, one);
            for token in tokens.iter().filter(|token| token.kind == Kind::Ident) {
                let inner = text(self.parts.file, token);
                if self.creates(inner) {
                    reached.creates.get_or_insert((i, last));
                } else if self.known.has(inner, Trait::SetsGil) {
                    match self.macro_value(one, &tokens) {
                        Some(declares) => {
                            let evidence = format!("{inner} by the macro {word}");
                            let place = self.parts.place(i, last);
                            reached.says.push(self.parts.statement(
                                declares,
                                place,
                                source.start(i),
                                evidence,
                            ));
                        }
                        None => reached.open.push(word.to_owned()),
                    }
                }
            }
        }
    }

    fn macro_value(&self, one: &Macro, tokens: &[Token]) -> Option<bool> {
        tokens
            .iter()
            .filter(|token| token.kind == Kind::Ident)
            .find_map(|token| self.parts.values(text(self.parts.file, token), one.at).first().copied())
            .map(|(value, _)| value)
    }

    /// Ties an entry to a definition that its body does not mention by name.
    fn settle(&self, name: &str, alone: bool, reached: &mut Reached) {
        if !reached.definitions.is_empty() || !reached.arrays.is_empty() {
            return;
        }
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let by_name =
            self.definitions.iter().position(|one| one.name.as_deref().map(last).as_deref() == Some(name));
        let only = (alone && self.definitions.len() == 1).then_some(0);
        let Some(at) = by_name.or(only) else { return };
        reached.definitions.insert(at);
        let slots = self.definitions.get(at).and_then(|one| one.slots.as_deref());
        for (k, array) in self.arrays.iter().enumerate() {
            if slots == Some(array.name.as_str()) {
                reached.arrays.insert(k);
            }
        }
    }

    /// In a file with one module every call that declares speaks for it, wherever it stands.
    fn add_all_calls(&self, reached: &mut Reached) {
        let source = self.parts.source;
        for i in 0..source.tokens.list.len() {
            if source.is(i + 1, op(b"(")) && self.known.has(source.word(i), Trait::SetsGil) {
                let place = self.parts.place(i, source.after_group(i + 1).saturating_sub(1));
                if !reached.says.iter().any(|says| says.place.location == place.location) {
                    self.sets_gil(i, source.word(i), reached);
                }
            }
        }
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
    !matches!(extension.as_str(), "c" | "cc" | "cpp" | "cxx" | "c++" | "m" | "mm" | "cu")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stance;

    fn read(text: &str) -> FileClaims {
        c_file(&CFile::read("a.cpp", text.as_bytes()), Knowledge::builtin())
    }

    fn said(one: &ModuleSeen) -> Vec<Stance> {
        one.says.iter().map(|says| says.stance).collect()
    }

    /// Name, stances, line that a declaration would stand at, open words.
    fn modules(text: &str) -> Vec<(String, Vec<Stance>, u32, Vec<String>)> {
        let seen = read(text);
        seen.modules
            .iter()
            .map(|m| (m.name.clone(), said(m), m.place.location.line, m.open.clone()))
            .collect()
    }

    fn one(name: &str, says: &[Stance], line: u32) -> Vec<(String, Vec<Stance>, u32, Vec<String>)> {
        vec![(name.to_owned(), says.to_vec(), line, Vec::new())]
    }

    const SLOTS: &str = "static int fast_exec(PyObject *m) { return 0; }\n\
        static PyModuleDef_Slot slots[] = {\n {Py_mod_exec, fast_exec},\nMORE {0, NULL}\n};\n\
        static struct PyModuleDef def = {\n PyModuleDef_HEAD_INIT, .m_name = \"pkg.fast\", .m_slots = slots,\n};\n\
        PyMODINIT_FUNC PyInit_fast(void) { return PyModuleDef_Init(&def); }\n";

    #[test]
    fn a_slot_declares_whatever_condition_it_stands_under() {
        let with = |more: &str| modules(&SLOTS.replace("MORE", more));
        assert_eq!(with(""), one("fast", &[], 2));
        let declares = one("fast", &[Stance::RunsWithoutGil], 2);
        assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_NOT_USED},"), declares);
        assert_eq!(with("\n#ifdef Py_GIL_DISABLED\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"), declares);
        assert_eq!(with("\n#if PY_VERSION_HEX >= 0x030d0000\n{Py_mod_gil, (void *)1},\n#endif\n"), declares);
        assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_USED},"), one("fast", &[Stance::NeedsGil], 2));
        assert_eq!(
            with("\n#if PY_VERSION_HEX < 0x030d0000\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"),
            one("fast", &[], 2),
            "no free-threaded build compiles it"
        );
        assert_eq!(with("/* {Py_mod_gil, Py_MOD_GIL_NOT_USED}, */"), one("fast", &[], 2));
    }

    #[test]
    fn the_condition_is_kept_as_it_was_written() {
        let seen =
            read(&SLOTS.replace("MORE", "\n#ifdef Py_mod_gil\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"));
        let says = &seen.modules[0].says[0];
        assert_eq!(says.guard.as_deref(), Some("defined(Py_mod_gil)"));
        assert_eq!(says.evidence, "{Py_mod_gil, Py_MOD_GIL_NOT_USED} in the slot array `slots`");
    }

    #[test]
    fn a_macro_among_the_slots_is_followed_or_left_open() {
        let macros = "#define GIL_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#define OTHER {Py_mod_exec, f},\n";
        let with = |more: &str| modules(&format!("{macros}{}", SLOTS.replace("MORE", more)));
        assert_eq!(with("GIL_SLOT"), one("fast", &[Stance::RunsWithoutGil], 4));
        assert_eq!(with("OTHER"), one("fast", &[], 4));
        assert_eq!(with("_Py_INTERNAL_ABI_SLOT,"), one("fast", &[], 4));
        let open = with("COMMON_SLOTS");
        assert_eq!(open[0].3, ["COMMON_SLOTS"]);
        assert_eq!(with("{Py_mod_gil, MY_GIL},")[0].3, ["MY_GIL"]);
    }

    #[test]
    fn a_call_declares_for_a_single_phase_module() {
        let text = "static struct PyModuleDef def = { PyModuleDef_HEAD_INIT, \"_x\", 0, -1, methods };\n\
            PyMODINIT_FUNC PyInit__x(void)\n{\n  PyObject *m = PyModule_Create(&def);\nDECLARE\n  return m;\n}\n";
        assert_eq!(modules(&text.replace("DECLARE", "")), one("_x", &[], 4));
        let call = "#ifdef Py_GIL_DISABLED\n PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);\n#endif";
        assert_eq!(modules(&text.replace("DECLARE", call)), one("_x", &[Stance::RunsWithoutGil], 4));
        let used = "PyUnstable_Module_SetGIL(m, Py_MOD_GIL_USED);";
        assert_eq!(modules(&text.replace("DECLARE", used)), one("_x", &[Stance::NeedsGil], 4));
    }

    #[test]
    fn what_the_entry_calls_is_followed_and_macros_may_name_it() {
        let text = "#define MOD_INIT(name) PyMODINIT_FUNC PyInit_##name(void)\n\
            static struct PyModuleDef a = { PyModuleDef_HEAD_INIT, \"p.a\", 0, -1, 0 };\n\
            static struct PyModuleDef b = { PyModuleDef_HEAD_INIT, \"p.b\", 0, -1, 0 };\n\
            static PyObject *make(PyModuleDef *d) { return PyModule_Create(d); }\n\
            static PyObject *make_a(void) { PyObject *m = make(&a); PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED); return m; }\n\
            MOD_INIT(a) { return make_a(); }\n\
            MOD_INIT(b) { return make(&b); }\n";
        let seen = modules(text);
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].0.as_str(), seen[0].1.as_slice()), ("a", &[Stance::RunsWithoutGil][..]));
        assert_eq!((seen[1].0.as_str(), seen[1].1.as_slice()), ("b", &[][..]));
    }

    #[test]
    fn an_exported_slot_array_is_a_module() {
        let text = "PySlot slots[] = {\n PySlot_DATA(Py_mod_name, \"x\"),\n\
            PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),\n PySlot_END\n};\n\
            PyMODEXPORT_FUNC PyModExport_x(void) { return slots; }\n";
        assert_eq!(modules(text), one("x", &[Stance::RunsWithoutGil], 1));
    }

    #[test]
    fn macros_of_binding_libraries_make_modules() {
        assert_eq!(modules("PYBIND11_MODULE(_fast, m) {\n m.def(\"f\", f);\n}\n"), one("_fast", &[], 1));
        let declares =
            |text: &str, name| assert_eq!(modules(text), one(name, &[Stance::RunsWithoutGil], 1), "{text}");
        declares("PYBIND11_MODULE(f, m, py::mod_gil_not_used()) {}", "f");
        declares(
            "PYBIND11_MODULE(f, m, py::multiple_interpreters::not_supported(), pybind11::mod_gil_not_used()) {}",
            "f",
        );
        declares("PYBIND11_MODULE(f, m) { PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_NOT_USED); }", "f");
        declares("BOOST_PYTHON_MODULE(b, boost::python::mod_gil_not_used()) {}", "b");
        let off = modules("PYBIND11_MODULE(f, m, py::mod_gil_used()) {}");
        assert_eq!(off[0].1, [Stance::NeedsGil]);
        assert_eq!(modules("#define NAME _core\nNB_MODULE(NAME, m) {}\n"), one("_core", &[], 2));
        assert_eq!(
            modules("#define MODULE(n) PYBIND11_MODULE(n, m, py::mod_gil_not_used())\nMODULE(q) {}\n"),
            one("q", &[Stance::RunsWithoutGil], 2)
        );
    }

    #[test]
    fn what_only_another_file_can_tell_is_left_open() {
        let seen = read("PyObject *make(void);\nPyMODINIT_FUNC PyInit_x(void) { return make(); }\n");
        assert!(!seen.modules[0].defined);
        assert_eq!(seen.modules[0].calls, ["make"]);
        let seen = read(
            "static PyModuleDef d = {PyModuleDef_HEAD_INIT, \"x\"};\nPyObject *make(void) { return PyModule_Create(&d); }\n",
        );
        assert!(seen.modules.is_empty());
        assert_eq!(seen.loose[0].used_by, ["make"]);
        assert_eq!(seen.loose[0].module.name, "x");
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        let many = |text: &str, n: usize| text.repeat(n);
        for text in [
            many("PyMODINIT_FUNC PyInit_a(void) { PyInit_a(); }\n", 20_000),
            many("PyModuleDef d = {PyModuleDef_HEAD_INIT,", 20_000),
            many("PyModuleDef_Slot s[] = {{Py_mod_gil, A},", 20_000),
            many("#define A B\n#define B A\nPyModuleDef_Slot s[] = {{Py_mod_gil, A}};\n", 5_000),
            many("PYBIND11_MODULE(", 20_000),
        ] {
            let seen = read(&text);
            assert!(seen.modules.len() <= 2 * MODULES);
        }
    }
}

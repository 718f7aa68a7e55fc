//! Reads the parts a module is made of in a C file: slot arrays, definitions, and what a value means.
//!
//! In: a [`CFile`]. Out: arrays with what they say about the GIL, and definitions with the names they give. A macro is
//! followed through the file's own definitions; one that is not among them is left open for the project to settle.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Statement;
use crate::knowledge::Declarations;
use crate::knowledge::declarations::FieldPlace;
use crate::model::{DeclaredBy, Stance};
use crate::source::c::CFile;
use crate::source::c::lex::{Kind, Token, lex_range, op};
use crate::source::c::preprocess::Macro;
use crate::source::c::text::Source;
use crate::source::found::Place;

/// How often a macro is followed into another.
const FOLLOW: usize = 6;

/// How many definitions of one macro are looked at.
const VARIANTS: usize = 16;

/// How many parts of a kind are read of one file.
const MOST: usize = 256;

/// A slot array.
#[derive(Debug)]
pub(super) struct Array {
    pub name: String,
    /// The type's token and the `{` and `}` of the initialiser.
    pub tokens: (usize, usize, usize),
    pub says: Vec<Statement>,
    pub open: Vec<String>,
}

/// A module's definition.
#[derive(Debug)]
pub(super) struct Definition {
    /// The variable.
    pub variable: String,
    /// What it calls the module.
    pub name: Option<String>,
    /// The slot array's name.
    pub slots: Option<String>,
    /// The variable's token and the `{` and `}` of the initialiser.
    pub tokens: (usize, usize, usize),
}

/// A C file with the facts it is read by.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub file: &'a CFile<'a>,
    pub source: Source<'a>,
    pub facts: &'a Declarations,
    /// The file's live macros by name.
    pub macros: &'a MacrosByName<'a>,
}

/// Macros by name, in order.
pub(super) type MacrosByName<'a> = HashMap<&'a str, Vec<&'a Macro>>;

/// A macro's replacement as tokens over the file's bytes.
pub(super) fn body(file: &CFile<'_>, one: &Macro) -> Vec<Token> {
    let mut tokens = Vec::new();
    lex_range(file.text.as_bytes(), one.body.0 as usize, one.body.1 as usize, &mut tokens);
    tokens
}

/// The text of a token over the file's bytes.
pub(super) fn text<'a>(file: &'a CFile<'_>, token: &Token) -> &'a str {
    file.text.get(token.start as usize..token.end as usize).unwrap_or_default()
}

impl<'a> Parts<'a> {
    /// The file's own live macros of a name.
    pub fn macros(self, name: &str) -> impl Iterator<Item = &'a Macro> + use<'a> {
        self.macros.get(name).map(Vec::as_slice).unwrap_or_default().iter().copied().take(VARIANTS)
    }

    /// The place of a token range, both ends included.
    pub fn place(self, first: usize, last: usize) -> Place {
        self.place_of(self.source.start(first), self.source.end(last))
    }

    /// The place of a byte range.
    pub fn place_of(self, start: u32, end: u32) -> Place {
        let bytes = self.file.text.as_bytes();
        let text = bytes.get(start as usize..end.max(start) as usize).unwrap_or_default();
        Place {
            location: self.file.location(start, end),
            function: self.file.function_name_at(start).to_owned(),
            owner: String::new(),
            text: String::from_utf8_lossy(text.get(..400).unwrap_or(text)).into_owned(),
        }
    }

    /// The conditions around a byte, as one. A header's own guard is none.
    pub fn guard(self, byte: u32) -> Option<String> {
        let all: Vec<&str> = self.file.guards_at(byte).filter(|one| !is_include_guard(one)).collect();
        (!all.is_empty()).then(|| all.join(" && "))
    }

    /// A statement at a place.
    pub fn statement(self, declares: bool, place: Place, byte: u32, evidence: String) -> Statement {
        Statement {
            stance: if declares { Stance::RunsWithoutGil } else { Stance::NeedsGil },
            by: DeclaredBy::Author,
            place,
            guard: self.guard(byte),
            minors: self.file.minors_at(byte),
            evidence,
        }
    }

    /// What a word means as the value of a slot or an argument: itself, or what the file's macros make of it, with
    /// the byte at which that was decided. Empty when nothing is known of it.
    pub fn values(self, word: &str, at: u32) -> Vec<(bool, u32)> {
        let mut found = Vec::new();
        let mut queue = VecDeque::from([(word.to_owned(), at)]);
        let mut seen = HashSet::new();
        while let Some((word, at)) = queue.pop_front() {
            if let Some(value) = self.facts.slots.value(&word) {
                found.push((value, at));
                continue;
            }
            if seen.len() == FOLLOW || !seen.insert(word.clone()) {
                continue;
            }
            for one in self.macros(&word) {
                let tokens = body(self.file, one);
                let last = tokens.iter().rev().find(|t| matches!(t.kind, Kind::Ident | Kind::Number));
                if let Some(last) = last.map(|token| text(self.file, token)).filter(|last| *last != word) {
                    queue.push_back((last.to_owned(), one.at));
                }
            }
        }
        found.sort_by_key(|(_, at)| *at);
        found.dedup();
        found
    }

    /// The last name or number among tokens.
    pub fn last_word(self, from: usize, to: usize) -> Option<&'a str> {
        let wanted = |&i: &usize| matches!(self.source.kind(i), Some(Kind::Ident | Kind::Number));
        (from..to).rev().find(wanted).map(|i| self.source.text(i))
    }

    fn is_gil(self, word: &str) -> bool {
        self.facts.slots.ids.iter().any(|id| id == word)
    }

    /// All slot arrays of the file.
    pub fn arrays(self) -> Vec<Array> {
        let mut out = Vec::new();
        let source = self.source;
        for i in 0..source.tokens.list.len() {
            if out.len() == MOST {
                break;
            }
            if !self.facts.slots.types.iter().any(|name| name == source.word(i)) {
                continue;
            }
            // `PyModuleDef_Slot name[…] = {`; a parameter or a pointer has no brackets.
            let name = i + 1;
            let mut open = source.after_group(name + 1);
            if source.is(open, op(b"=")) {
                open += 1;
            }
            let declared =
                source.is_ident(name) && source.is(name + 1, op(b"[")) && source.is(open, op(b"{"));
            let (name, open) = match self.compound(i) {
                Some((name, open)) => (name, open),
                None if declared => (source.word(name).to_owned(), open),
                None => continue,
            };
            let Some(close) = source.mate(open) else { continue };
            let mut array = Array { name, tokens: (i, open, close), says: Vec::new(), open: Vec::new() };
            self.elements(&mut array);
            out.push(array);
        }
        out
    }

    /// The name to tell an array by that has none, for it is written where it is used, and its bracket:
    /// `(PyModuleDef_Slot []) {`, with the type at `i`.
    fn compound(self, i: usize) -> Option<(String, usize)> {
        let source = self.source;
        let after = source.after_group(i + 1);
        let is = source.is(i.checked_sub(1)?, op(b"("))
            && source.is(i + 1, op(b"["))
            && source.is(after, op(b")"))
            && source.is(after + 1, op(b"{"));
        let line = self.place(i, i).location.line;
        is.then(|| (format!("{} [] of line {line}", source.word(i)), after + 1))
    }

    fn elements(self, array: &mut Array) {
        let source = self.source;
        let (_, open, close) = array.tokens;
        let mut i = open + 1;
        while i < close {
            match source.kind(i) {
                Some(Kind::Op(code)) if code == op(b"{") => {
                    self.entry(array, i);
                    i = source.after_group(i);
                }
                Some(Kind::Ident) => {
                    let word = source.word(i);
                    let call = source.is(i + 1, op(b"("));
                    let slots = &self.facts.slots;
                    if call && slots.makers.iter().any(|name| name == word) {
                        self.entry(array, i + 1);
                    } else if !slots.silent.iter().any(|name| name == word) {
                        self.element_macro(array, i);
                    }
                    i = if call { source.after_group(i + 1) } else { i + 1 };
                }
                _ => i += 1,
            }
        }
    }

    /// Reads one entry, whose bracket is at `open`.
    fn entry(self, array: &mut Array, open: usize) {
        let arguments = self.source.arguments(open);
        let (Some(&(from, to)), Some(&(value_from, value_to))) = (arguments.first(), arguments.get(1)) else {
            return;
        };
        if !self.last_word(from, to).is_some_and(|id| self.is_gil(id)) {
            return;
        }
        let word = self.last_word(value_from, value_to).unwrap_or_default();
        let at = self.source.start(open);
        let id = self.last_word(from, to).unwrap_or_default();
        let values = self.values(word, at);
        if values.is_empty() {
            array.open.push(word.to_owned());
        }
        for (value, decided) in values {
            let evidence = format!("{{{id}, {word}}} in the slot array `{}`", array.name);
            let mut says =
                self.statement(value, self.place(open, self.source.after_group(open) - 1), at, evidence);
            if decided != at {
                says.guard = join_guards(says.guard, self.guard(decided));
                says.minors = says.minors.and(self.file.minors_at(decided));
            }
            array.says.push(says);
        }
    }

    /// Reads an element that is a macro.
    fn element_macro(self, array: &mut Array, i: usize) {
        let word = self.source.word(i);
        let mut known = false;
        for one in self.macros(word) {
            known = true;
            match self.macro_entry(one) {
                MacroEntry::Says(value) => {
                    let at = self.source.start(i);
                    let evidence = format!("{word} in the slot array `{}`", array.name);
                    let mut says = self.statement(value, self.place(i, i), at, evidence);
                    says.guard = join_guards(says.guard, self.guard(one.at));
                    says.minors = says.minors.and(self.file.minors_at(one.at));
                    array.says.push(says);
                }
                MacroEntry::Open(name) => array.open.push(name),
                MacroEntry::Nothing => {}
            }
        }
        if !known {
            array.open.push(word.to_owned());
        }
    }

    /// What a macro says where it stands for entries of a slot array.
    pub fn macro_entry(self, one: &Macro) -> MacroEntry {
        let tokens = body(self.file, one);
        let Some(id) = tokens.iter().position(|t| t.kind == Kind::Ident && self.is_gil(text(self.file, t)))
        else {
            return MacroEntry::Nothing;
        };
        let after = tokens.iter().skip(id + 1).filter(|t| matches!(t.kind, Kind::Ident | Kind::Number));
        let mut last = None;
        for token in after {
            let word = text(self.file, token);
            if let Some((value, _)) = self.values(word, one.at).first() {
                return MacroEntry::Says(*value);
            }
            last = Some(word);
        }
        MacroEntry::Open(last.unwrap_or(one.name.as_str()).to_owned())
    }

    /// All definitions of modules in the file.
    pub fn definitions(self) -> Vec<Definition> {
        let source = self.source;
        let assignments = self.assignments();
        let end = source.tokens.list.len();
        let mut out = Vec::new();
        for i in 0..end {
            if out.len() == MOST {
                break;
            }
            if !self.facts.definition.heads.iter().any(|name| name == source.word(i)) {
                continue;
            }
            let Some(open) = self.enclosing(i) else { continue };
            let Some(close) = source.mate(open) else { continue };
            let mut variable = open.wrapping_sub(1);
            if source.is(variable, op(b"=")) {
                variable = variable.wrapping_sub(1);
            }
            while source.is(variable, op(b"]")) {
                variable = source.mate(variable).map_or(usize::MAX, |mate| mate.wrapping_sub(1));
            }
            if !source.is_ident(variable) {
                continue;
            }
            let arguments = source.arguments(open);
            let facts = &self.facts.definition;
            let variable_name = source.word(variable);
            let field = |place: &FieldPlace| -> Option<(usize, usize)> {
                let designated = |(from, _): &&(usize, usize)| {
                    source.is(*from, op(b".")) && source.word(from + 1) == place.field
                };
                let plain = arguments.get(place.position).filter(|(from, _)| !source.is(*from, op(b".")));
                // Past `.m_name =`.
                let value = |(from, to): &(usize, usize)| ((from + 3).min(*to), *to);
                arguments.iter().find(designated).map(value).or(plain.copied())
            };
            let assigned = |place: &FieldPlace| {
                let fits = |(v, f, _): &&(&str, &str, usize)| *v == variable_name && *f == place.field;
                assignments.iter().find(fits).map(|(_, _, from)| (*from, source.declarator_end(*from, end)))
            };
            let read = |place: &FieldPlace| field(place).or_else(|| assigned(place));
            let slots = read(&facts.slots).and_then(|(from, to)| {
                let written = (from..to).find_map(|i| self.compound(i)).map(|(name, _)| name);
                written.or_else(|| self.last_word(from, to).map(str::to_owned))
            });
            let module = read(&facts.name).and_then(|(from, to)| self.name(from, to));
            out.push(Definition {
                variable: variable_name.to_owned(),
                name: module,
                slots: slots.filter(|slots| !matches!(slots.as_str(), "NULL" | "0" | "nullptr")),
                tokens: (variable, open, close),
            });
        }
        out
    }

    /// The `{` that most closely holds token `i`.
    fn enclosing(self, i: usize) -> Option<usize> {
        let mut at = i.checked_sub(1)?;
        loop {
            match self.source.kind(at)? {
                Kind::Op(code) if code == op(b"{") => return Some(at),
                Kind::Op(code) if code == op(b";") || code == op(b"(") => return None,
                Kind::Op(code) if code == op(b"}") || code == op(b")") || code == op(b"]") => {
                    at = self.source.mate(at)?.checked_sub(1)?;
                }
                _ => at = at.checked_sub(1)?,
            }
        }
    }

    /// Assignments to the fields that matter: the variable, the field, and the token after `=`.
    fn assignments(self) -> Vec<(&'a str, &'a str, usize)> {
        let source = self.source;
        let facts = &self.facts.definition;
        (2..source.tokens.list.len())
            .filter(|&i| source.is(i + 1, op(b"=")))
            .filter(|&i| source.word(i) == facts.name.field || source.word(i) == facts.slots.field)
            .filter(|&i| source.is(i - 1, op(b".")) || source.is(i - 1, op(b"->")))
            .map(|i| (source.word(i - 2), source.word(i), i + 2))
            .take(MOST)
            .collect()
    }

    /// A module's name out of string literals and macros.
    pub fn name(self, from: usize, to: usize) -> Option<String> {
        let mut out = String::new();
        for i in from..to {
            match self.source.kind(i) {
                Some(Kind::Str) => out.push_str(unquoted(self.source.text(i))),
                Some(Kind::Ident) => out.push_str(&self.name_of_macro(self.source.word(i))?),
                _ => {}
            }
        }
        (!out.is_empty() && out.len() <= 200).then_some(out)
    }

    /// The text or word that a macro of the file stands for.
    pub fn name_of_macro(self, word: &str) -> Option<String> {
        let mut word = word.to_owned();
        for _ in 0..FOLLOW {
            let one = self.macros(&word).find(|one| one.params.is_none())?;
            let tokens = body(self.file, one);
            let last = tokens.iter().rev().find(|t| matches!(t.kind, Kind::Ident | Kind::Str))?;
            match last.kind {
                Kind::Str => return Some(unquoted(text(self.file, last)).to_owned()),
                _ if self.macros(text(self.file, last)).next().is_none() => {
                    return Some(text(self.file, last).to_owned());
                }
                _ => text(self.file, last).clone_into(&mut word),
            }
        }
        None
    }
}

/// What a macro says where it stands for entries of a slot array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum MacroEntry {
    Says(bool),
    Open(String),
    Nothing,
}

fn unquoted(literal: &str) -> &str {
    let inner = literal.find('"').and_then(|at| literal.get(at + 1..)).unwrap_or(literal);
    inner.strip_suffix('"').unwrap_or(inner)
}

fn is_include_guard(condition: &str) -> bool {
    let name = condition.strip_prefix("!defined(").and_then(|rest| rest.strip_suffix(')'));
    name.is_some_and(|name| name.to_ascii_uppercase().trim_end_matches('_').ends_with("_H"))
}

pub(super) fn join_guards(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(a), Some(b)) if a != b => Some(format!("{a} && {b}")),
        (a, b) => a.or(b),
    }
}

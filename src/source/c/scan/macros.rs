//! What a file asks of the package's macros and says of them: the conditions it cannot answer by itself, the macros it
//! defines, and the calls that may be of a macro that drops what it is given.

use std::collections::HashMap;

use super::super::condition::{Range, evaluate};
use super::super::lex::{Kind, op, tokenize};
use super::super::preprocess::{Guarded, LONGEST_CONDITION, Macro, blank_comments};
use super::super::summary::{AccessorSeen, CSeen, ConditionSeen, INCLUDES, MacroSeen, Means, digest};
use super::super::{CFile, DEFINITIONS};
use super::Scan;
use crate::knowledge::Traits;

/// Longest replacement of a macro that is read, in bytes.
const LONGEST: u32 = 400;

/// Stands in [`MacroSeen::under`] for a condition that no other file helps to answer.
pub const UNANSWERED: u32 = u32::MAX;

impl Scan<'_> {
    /// Keeps what other files of the package may answer, and what this one answers to them.
    pub(super) fn macros(&self, out: &mut CSeen) {
        let file = self.file;
        let numbers = conditions(file, out);
        let mut open: Vec<usize> = Vec::new();
        let mut next = 0;
        for one in &file.macros {
            while file.guarded.get(next).is_some_and(|guard| guard.start <= one.at) {
                open.push(next);
                next += 1;
            }
            open.retain(|at| file.guarded.get(*at).is_some_and(|guard| guard.end > one.at));
            let around = || open.iter().filter_map(|at| Some((file.guarded.get(*at)?, numbers.get(*at)?)));
            let is_default = around().any(|(guard, _)| guards_against(&guard.condition) == Some(&one.name));
            let under = around().filter_map(|(_, number)| number.map_or(Some(UNANSWERED), Answer::number));
            out.macros.push(MacroSeen {
                name: digest(&one.name),
                means: means(file, one),
                is_default,
                under: under.collect(),
            });
        }
        out.undefined = file.undefined.iter().map(|name| digest(name)).collect();
        out.includes = file.includes.iter().take(INCLUDES).map(|name| name.as_str().into()).collect();
        out.includes_more = file.includes.len() > INCLUDES;
        for read in &self.functions {
            let source = &read.body.source;
            for call in &read.body.calls {
                let word = source.word(call.name);
                let shout = word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
                let empty = source.is(call.open + 1, op(b")"));
                let known = self.names.at(call.name);
                if (shout || self.names.is_macro(word)) && !empty && known.traits == Traits::default() {
                    out.wraps.push((digest(word), self.place(call.open, call.end)));
                }
            }
        }
    }

    /// Keeps the macros through which other files use fields. Most are never used by name elsewhere: a few are enough.
    pub(super) fn accessors(&self, out: &mut CSeen) {
        if !out.header {
            return;
        }
        let all = self.names.accessors().filter_map(|(name, param, touch)| {
            Some(AccessorSeen {
                name: name.into(),
                param: u8::try_from(param).ok()?,
                kind: touch.kind.into(),
                field: touch.field.into(),
                act: touch.act,
                deep: touch.deep,
            })
        });
        out.accessors.extend(all);
        // The same ones each time.
        out.accessors.sort_by(|a, b| a.name.cmp(&b.name));
        out.accessors.truncate(ACCESSORS);
    }
}

/// Most macros of a header that are kept for the fields they use.
const ACCESSORS: usize = 500;

/// What becomes of a condition.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// It keeps the file, or a default, from being read twice.
    Once,
    /// The package is asked, by this number.
    Asked(u32),
}

impl Answer {
    fn number(self) -> Option<u32> {
        match self {
            Self::Once => None,
            Self::Asked(number) => Some(number),
        }
    }
}

/// Keeps the conditions that ask for nothing of this file's own. For each of the file's stretches, what becomes of it:
/// `None` where nobody can tell.
fn conditions(file: &CFile<'_>, out: &mut CSeen) -> Vec<Option<Answer>> {
    let defined: HashMap<&str, Vec<u32>> = file.macros.iter().fold(HashMap::new(), |mut all, one| {
        all.entry(one.name.as_str()).or_insert_with(Vec::new).push(one.at);
        all
    });
    let once = |guard: &Guarded| {
        let places = guards_against(&guard.condition).and_then(|name| defined.get(name));
        places.is_some_and(|all| all.iter().any(|at| guard.start <= *at && *at < guard.end))
    };
    let mut groups: HashMap<u32, Option<Vec<u32>>> = HashMap::new();
    let mut answers = Vec::with_capacity(file.guarded.len());
    for guard in &file.guarded {
        let before = groups.entry(guard.group).or_insert_with(|| Some(Vec::new()));
        if once(guard) {
            *before = None;
            answers.push(Some(Answer::Once));
            continue;
        }
        let readable = !guard.own && guard.condition.len() < LONGEST_CONDITION;
        let Some(earlier) = before.as_mut().filter(|_| readable) else {
            *before = None;
            answers.push(None);
            continue;
        };
        let number = out.conditions.len() as u32;
        let line = |byte: u32| file.lines.position(byte).0;
        out.conditions.push(ConditionSeen {
            before: earlier.as_slice().into(),
            text: guard.condition.as_str().into(),
            lines: (line(guard.start), line(guard.end)),
        });
        if earlier.len() < BRANCHES {
            earlier.push(number);
        } else {
            *before = None;
        }
        answers.push(Some(Answer::Asked(number)));
    }
    answers
}

/// Most branches of one group that are told apart.
const BRANCHES: usize = 32;

/// The name in `!defined(NAME)`.
fn guards_against(condition: &str) -> Option<&str> {
    let name = condition.strip_prefix('!')?.trim_start().strip_prefix("defined")?.trim();
    let name = name.strip_prefix('(').map_or(Some(name), |inner| inner.strip_suffix(')'))?.trim();
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then_some(name)
}

/// What a macro stands for, as far as conditions and arguments go.
fn means(file: &CFile<'_>, one: &Macro) -> Means {
    let (from, to) = one.body;
    let body = file.text.as_bytes().get(from as usize..to as usize).unwrap_or_default();
    if to.saturating_sub(from) > LONGEST {
        return Means::Other;
    }
    let mut body = body.to_vec();
    blank_comments(&mut body);
    let tokens = tokenize(&body);
    let word = |start: u32, end: u32| body.get(start as usize..end as usize).unwrap_or_default();
    match &one.params {
        Some(params) => {
            let uses = tokens.list.iter().filter(|token| token.kind == Kind::Ident).any(|token| {
                let word = word(token.start, token.end);
                word.starts_with(b"__VA_") || params.iter().any(|param| param.as_bytes() == word)
            });
            if uses { Means::Other } else { Means::Drops }
        }
        None if tokens.list.is_empty() => Means::Other,
        None => match evaluate(&body, &tokens.list, &DEFINITIONS) {
            Range { lo, hi } if lo == hi => Means::Number(lo),
            _ => Means::Other,
        },
    }
}

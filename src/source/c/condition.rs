//! Evaluates preprocessor conditions with three answers: yes, no, and "depends on the build".
//!
//! A name stands for a range of values, since the audit reads sources for every free-threaded CPython at
//! once: `PY_VERSION_HEX` is anything from 3.13 on. A name nobody told us about may come from a header or
//! the command line, so it is unknown and never taken as 0. Nesting is bounded; beyond the bound the
//! answer is unknown.

use std::cell::Cell;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::HashMap;

use serde::Deserialize;

use super::lex::{Kind, Token, op, tokenize};
use crate::knowledge::read;

/// Inclusive range of values a number may have in the builds we read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Least value.
    pub lo: i64,
    /// Greatest value.
    pub hi: i64,
}

impl Range {
    /// Nothing is known.
    pub const ANY: Self = Self { lo: i64::MIN, hi: i64::MAX };

    /// One value.
    pub const fn exactly(value: i64) -> Self {
        Self { lo: value, hi: value }
    }

    /// Whether it is true (not zero), if that is certain.
    pub fn truth(self) -> Option<bool> {
        match self {
            Self { lo: 0, hi: 0 } => Some(false),
            Self { lo, hi } if lo > 0 || hi < 0 => Some(true),
            _ => None,
        }
    }

    fn of(truth: Option<bool>) -> Self {
        match truth {
            Some(value) => Self::exactly(i64::from(value)),
            None => Self { lo: 0, hi: 1 },
        }
    }

    fn single(self) -> Option<i64> {
        (self.lo == self.hi).then_some(self.lo)
    }
}

/// What is known about a macro name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// Defined, with a value in the range (ANY when it is no number).
    As(Range),
    /// Certainly not defined.
    Not,
    /// Defined in some builds or on some paths.
    Maybe,
}

/// A macro with parameters that may stand in a condition, such as `VERSION_AT_LEAST(3, 13)`.
#[derive(Debug)]
struct Function {
    params: Vec<Vec<u8>>,
    body: Vec<u8>,
    /// Of the body.
    tokens: Vec<Token>,
}

/// Names with their definitions, starting from `rules/facts/preprocessor.toml`.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    names: HashMap<Vec<u8>, Definition>,
    /// Macros with parameters; nothing for one that was defined in several ways.
    functions: HashMap<Vec<u8>, Option<Arc<Function>>>,
    /// Names that are mistaken for one of CPython's, with that one.
    mistaken: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    undefined: bool,
    min: Option<i64>,
    max: Option<i64>,
    instead: Option<String>,
    params: Option<Vec<String>>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct Table {
    define: Vec<Row>,
}

impl Definitions {
    /// Reads the table of names that are the same in every free-threaded build.
    ///
    /// # Errors
    /// If the text is no such table.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = read(text)?;
        let mistaken =
            table.define.iter().filter_map(|row| Some((row.name.clone(), row.instead.clone()?))).collect();
        let mut functions = HashMap::default();
        for row in &table.define {
            let (Some(params), Some(body)) = (&row.params, &row.body) else { continue };
            let params = params.iter().map(|name| name.clone().into_bytes()).collect();
            let (body, tokens) = (body.clone().into_bytes(), tokenize(body.as_bytes()).list);
            functions
                .insert(row.name.clone().into_bytes(), Some(Arc::new(Function { params, body, tokens })));
        }
        let names = table.define.into_iter().map(|row| {
            let definition = if row.undefined {
                Definition::Not
            } else {
                Definition::As(Range { lo: row.min.unwrap_or(i64::MIN), hi: row.max.unwrap_or(i64::MAX) })
            };
            (row.name.into_bytes(), definition)
        });
        Ok(Self { names: names.collect(), functions, mistaken })
    }

    /// What is known of a name, `None` when nothing is.
    pub fn get(&self, name: &[u8]) -> Option<Definition> {
        self.names.get(name).copied()
    }

    /// Names that code takes for one of CPython's, each with the one that is meant.
    pub fn mistaken(&self) -> impl Iterator<Item = (&str, &str)> {
        self.mistaken.iter().map(|(name, meant)| (name.as_str(), meant.as_str()))
    }

    /// Notes a definition.
    pub fn set(&mut self, name: &[u8], definition: Definition) {
        self.names.insert(name.to_vec(), definition);
        if !matches!(definition, Definition::As(_)) {
            self.functions.remove(name);
        }
    }

    /// Notes a macro with parameters, if its body may be a condition: no more than some tokens, with a comparison.
    pub fn set_function(&mut self, name: &[u8], params: &[String], text: &[u8], tokens: &[Token]) {
        let compares = |token: &Token| matches!(token.kind, Kind::Op(code) if precedence(code).is_some_and(|level| level < 9));
        if tokens.len() > MAX_BODY || !tokens.iter().any(compares) {
            return;
        }
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let Some(body) = text.get(first.start as usize..last.end as usize) else { return };
        let moved = |token: &Token| Token {
            start: token.start - first.start,
            end: token.end - first.start,
            ..*token
        };
        let made = || Function {
            params: params.iter().map(|name| name.clone().into_bytes()).collect(),
            body: body.to_vec(),
            tokens: tokens.iter().map(moved).collect(),
        };
        match self.functions.entry(name.to_vec()) {
            Entry::Occupied(mut known) => drop(known.insert(None)),
            Entry::Vacant(free) => drop(free.insert(Some(Arc::new(made())))),
        }
    }
}

const MAX_DEPTH: u32 = 48;

/// Most tokens in the body of a macro that stands in a condition.
const MAX_BODY: usize = 64;

/// Most macros with parameters that one condition is followed into.
const MAX_CALLS: u32 = 64;

/// The value of a condition, given its tokens and the text they point into.
pub fn evaluate(text: &[u8], tokens: &[Token], known: &Definitions) -> Range {
    let calls = Cell::new(MAX_CALLS);
    Parser { text, tokens, at: 0, known, given: &[], calls: &calls }.whole(0)
}

struct Parser<'a> {
    text: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    known: &'a Definitions,
    /// Parameters of the macro whose body this is, with what they are handed.
    given: &'a [(&'a [u8], Range)],
    /// How many more macros are followed.
    calls: &'a Cell<u32>,
}

impl<'a> Parser<'a> {
    /// The value of all tokens.
    fn whole(&mut self, depth: u32) -> Range {
        let value = self.ternary(depth);
        if self.at == self.tokens.len() { value } else { Range::ANY }
    }

    /// The value of a macro with parameters, whose `(` comes next. `__has_include` and what is not known have any.
    fn call(&mut self, name: &[u8], depth: u32) -> Range {
        let begin = self.at;
        let left = self.calls.get();
        let known = self.known.functions.get(name).cloned().flatten();
        if let Some(function) = known.filter(|_| left > 0 && depth < MAX_DEPTH) {
            self.calls.set(left - 1);
            self.at += 1;
            let mut given = Vec::with_capacity(function.params.len());
            for (n, param) in function.params.iter().enumerate() {
                if n > 0 && !self.eat(op(b",")) {
                    break;
                }
                given.push((param.as_slice(), self.ternary(depth + 1)));
            }
            if given.len() == function.params.len() && self.eat(op(b")")) {
                let mut body = Parser {
                    text: &function.body,
                    tokens: &function.tokens,
                    at: 0,
                    known: self.known,
                    given: &given,
                    calls: self.calls,
                };
                return body.whole(depth + 1);
            }
            self.at = begin;
        }
        let mut open = 0u32;
        while let Some(kind) = self.peek() {
            self.at += 1;
            if kind == Kind::Op(op(b"(")) {
                open += 1;
            } else if kind == Kind::Op(op(b")")) {
                open = open.saturating_sub(1);
                if open == 0 {
                    break;
                }
            }
        }
        Range::ANY
    }

    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|t| t.kind)
    }

    fn eat(&mut self, code: u16) -> bool {
        let found = self.peek() == Some(Kind::Op(code));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> &'a [u8] {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token.and_then(|t| self.text.get(t.start as usize..t.end as usize)).unwrap_or_default()
    }

    fn ternary(&mut self, depth: u32) -> Range {
        let condition = self.binary(0, depth);
        if !self.eat(op(b"?")) || depth > MAX_DEPTH {
            return condition;
        }
        let yes = self.ternary(depth + 1);
        if !self.eat(op(b":")) {
            return Range::ANY;
        }
        let no = self.ternary(depth + 1);
        match condition.truth() {
            Some(true) => yes,
            Some(false) => no,
            None => Range { lo: yes.lo.min(no.lo), hi: yes.hi.max(no.hi) },
        }
    }

    /// Precedence climbing over left-associative operators.
    fn binary(&mut self, least: u8, depth: u32) -> Range {
        let mut left = self.unary(depth);
        while let Some(Kind::Op(code)) = self.peek() {
            let Some(level) = precedence(code) else { break };
            if level < least || depth > MAX_DEPTH {
                break;
            }
            self.at += 1;
            let right = self.binary(level + 1, depth + 1);
            left = apply(code, left, right);
        }
        left
    }

    fn unary(&mut self, depth: u32) -> Range {
        if depth > MAX_DEPTH {
            self.at = self.tokens.len() + 1;
            return Range::ANY;
        }
        let Some(kind) = self.peek() else {
            self.at += 1;
            return Range::ANY;
        };
        match kind {
            Kind::Op(code) if code == op(b"!") => {
                self.at += 1;
                Range::of(self.unary(depth + 1).truth().map(|truth| !truth))
            }
            Kind::Op(code) if code == op(b"-") || code == op(b"+") || code == op(b"~") => {
                self.at += 1;
                let value = self.unary(depth + 1).single();
                match value {
                    Some(v) if code == op(b"-") => Range::exactly(v.wrapping_neg()),
                    Some(v) if code == op(b"~") => Range::exactly(!v),
                    Some(v) => Range::exactly(v),
                    None => Range::ANY,
                }
            }
            Kind::Op(code) if code == op(b"(") => {
                self.at += 1;
                let value = self.ternary(depth + 1);
                if self.eat(op(b")")) { value } else { Range::ANY }
            }
            Kind::Number => number(self.word()).map_or(Range::ANY, Range::exactly),
            Kind::Ident => self.identifier(depth),
            _ => {
                self.at += 1;
                Range::ANY
            }
        }
    }

    fn identifier(&mut self, depth: u32) -> Range {
        let name = self.word();
        if name == b"defined" {
            let round = self.eat(op(b"("));
            let name = self.word();
            if round && !self.eat(op(b")")) {
                return Range::ANY;
            }
            return Range::of(match self.known.get(name) {
                Some(Definition::As(_)) => Some(true),
                Some(Definition::Not) => Some(false),
                _ => None,
            });
        }
        if self.peek() == Some(Kind::Op(op(b"("))) {
            return self.call(name, depth);
        }
        if let Some((_, value)) = self.given.iter().find(|(param, _)| *param == name) {
            return *value;
        }
        match name {
            b"true" => return Range::exactly(1),
            b"false" => return Range::exactly(0),
            _ => {}
        }
        match self.known.get(name) {
            Some(Definition::As(range)) => range,
            Some(Definition::Not) => Range::exactly(0),
            _ => Range::ANY,
        }
    }
}

fn precedence(code: u16) -> Option<u8> {
    const TABLE: [(&[u8], u8); 18] = [
        (b"||", 1),
        (b"&&", 2),
        (b"|", 3),
        (b"^", 4),
        (b"&", 5),
        (b"==", 6),
        (b"!=", 6),
        (b"<", 7),
        (b">", 7),
        (b"<=", 7),
        (b">=", 7),
        (b"<<", 8),
        (b">>", 8),
        (b"+", 9),
        (b"-", 9),
        (b"*", 10),
        (b"/", 10),
        (b"%", 10),
    ];
    TABLE.iter().find(|(text, _)| op(text) == code).map(|(_, level)| *level)
}

fn apply(code: u16, a: Range, b: Range) -> Range {
    let less = |a: Range, b: Range| {
        if a.hi < b.lo {
            Some(true)
        } else if a.lo >= b.hi {
            Some(false)
        } else {
            None
        }
    };
    let not = |truth: Option<bool>| truth.map(|t| !t);
    let equal = if a.hi < b.lo || b.hi < a.lo {
        Some(false)
    } else {
        match (a.single(), b.single()) {
            (Some(x), Some(y)) => Some(x == y),
            _ => None,
        }
    };
    match code {
        c if c == op(b"||") => Range::of(match (a.truth(), b.truth()) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        c if c == op(b"&&") => Range::of(match (a.truth(), b.truth()) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        c if c == op(b"==") => Range::of(equal),
        c if c == op(b"!=") => Range::of(not(equal)),
        c if c == op(b"<") => Range::of(less(a, b)),
        c if c == op(b">") => Range::of(less(b, a)),
        c if c == op(b"<=") => Range::of(not(less(b, a))),
        c if c == op(b">=") => Range::of(not(less(a, b))),
        _ => match (a.single(), b.single()) {
            (Some(x), Some(y)) => arithmetic(code, x, y).map_or(Range::ANY, Range::exactly),
            _ => Range::ANY,
        },
    }
}

fn arithmetic(code: u16, x: i64, y: i64) -> Option<i64> {
    match code {
        c if c == op(b"|") => Some(x | y),
        c if c == op(b"^") => Some(x ^ y),
        c if c == op(b"&") => Some(x & y),
        c if c == op(b"<<") => x.checked_shl(u32::try_from(y).ok()?),
        c if c == op(b">>") => x.checked_shr(u32::try_from(y).ok()?),
        c if c == op(b"+") => x.checked_add(y),
        c if c == op(b"-") => x.checked_sub(y),
        c if c == op(b"*") => x.checked_mul(y),
        c if c == op(b"/") => x.checked_div(y),
        c if c == op(b"%") => x.checked_rem(y),
        _ => None,
    }
}

/// Reads a C integer literal with its suffixes.
pub fn number(word: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(word).ok()?.replace('\'', "");
    let text = text.trim_end_matches(['u', 'U', 'l', 'L']);
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return i64::from_str_radix(text, 8).ok();
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(text: &str) -> Option<bool> {
        let mut known = Definitions::default();
        known.set(b"PY_VERSION_HEX", Definition::As(Range { lo: 0x030d_0000, hi: 0x03ff_ffff }));
        known.set(b"Py_GIL_DISABLED", Definition::As(Range::exactly(1)));
        known.set(b"PYPY_VERSION", Definition::Not);
        let body = b"(PY_VERSION_HEX >= ((x) << 24 | (y) << 16))";
        let names = ["x".to_owned(), "y".to_owned()];
        known.set_function(b"AT_LEAST", &names, body, &tokenize(body).list);
        for n in 0..30 {
            let (name, body) = (format!("M{}", n + 1), format!("(M{n}() || M{n}())"));
            known.set_function(name.as_bytes(), &[], body.as_bytes(), &tokenize(body.as_bytes()).list);
        }
        let tokens = tokenize(text.as_bytes());
        evaluate(text.as_bytes(), &tokens.list, &known).truth()
    }

    #[test]
    fn conditions_have_three_answers() {
        assert_eq!(truth("PY_VERSION_HEX >= 0x030D0000"), Some(true));
        assert_eq!(truth("PY_VERSION_HEX < 0x03080000 || defined(PYPY_VERSION)"), Some(false));
        assert_eq!(truth("PY_VERSION_HEX >= 0x030E0000"), None, "3.13 and 3.14 differ here");
        assert_eq!(truth("defined Py_GIL_DISABLED && !defined(_WIN32)"), None);
        assert_eq!(truth("!defined(Py_GIL_DISABLED) && FOO(1, 2)"), Some(false));
        assert_eq!(truth("(PY_VERSION_HEX >> 16) == 0x30d"), None);
        assert_eq!(truth("0"), Some(false));
    }

    #[test]
    fn macros_with_parameters_are_followed() {
        assert_eq!(truth("AT_LEAST(3, 13)"), Some(true));
        assert_eq!(truth("!AT_LEAST(3, (1 + 11))"), Some(false));
        assert_eq!(truth("AT_LEAST(3, 14)"), None, "3.13 and 3.14 differ here");
        assert_eq!(truth("AT_LEAST(4, 0) && OTHER(1)"), Some(false));
        assert_eq!(truth("AT_LEAST(3)"), None);
        assert_eq!(truth("M30()"), None, "and it takes no time that doubles with each");
    }

    #[test]
    fn nesting_without_end_is_unknown_and_not_a_crash() {
        assert_eq!(truth(&"(".repeat(100_000)), None);
        assert_eq!(truth(&"!".repeat(100_000)), None);
        assert_eq!(truth(&format!("1{}", " ? 1 : 1".repeat(10_000))), None);
    }
}

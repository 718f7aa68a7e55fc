//! Reads one declaration: which names it declares, of which type, and with which initialiser.
//!
//! Works on tokens, not on a grammar's tree, because real headers hide half of a declaration in macros.
//! Anything that does not look like a declaration gives no variables.

use super::lex::{Kind, op};
use super::text::Source;
use crate::knowledge::{Knowledge, Trait};

/// A variable: global, static, local, parameter or field.
#[derive(Debug, Clone, Default)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Index of the token that names it.
    pub token: usize,
    /// The last word of its type: `PyObject`, `int`, `FooObject`; template arguments left out.
    pub base: String,
    /// How many `*` (and, in C++, `&`) stand before the name.
    pub pointers: u32,
    /// Declared as an array.
    pub array: bool,
    /// `static`.
    pub is_static: bool,
    /// `extern`: declared, not defined.
    pub is_extern: bool,
    /// The object itself cannot be assigned.
    pub constant: bool,
    /// Each thread has its own.
    pub thread_local: bool,
    /// `volatile`, `_Atomic` or a type whose every access is atomic.
    pub atomic: bool,
    /// A reference (C++).
    pub reference: bool,
    /// Tokens of the initialiser, from after `=` or the opening bracket; empty without one.
    pub init: (usize, usize),
    /// First and last token of the whole declaration.
    pub whole: (usize, usize),
}

const QUALIFIERS: [&str; 24] = [
    "static",
    "extern",
    "const",
    "volatile",
    "register",
    "inline",
    "constexpr",
    "mutable",
    "struct",
    "union",
    "enum",
    "class",
    "typename",
    "auto",
    "restrict",
    "__restrict",
    "__restrict__",
    "unsigned",
    "signed",
    "constinit",
    "typedef",
    "__inline",
    "__inline__",
    "friend",
];

const NOT_A_TYPE: [&str; 32] = [
    "return",
    "goto",
    "case",
    "default",
    "if",
    "else",
    "while",
    "for",
    "do",
    "switch",
    "break",
    "continue",
    "delete",
    "new",
    "throw",
    "using",
    "template",
    "public",
    "private",
    "protected",
    "namespace",
    "sizeof",
    "operator",
    "try",
    "catch",
    "this",
    "co_return",
    "static_assert",
    "_Static_assert",
    "typedef",
    "asm",
    "__asm__",
];

/// Whether a specifier gives each thread a variable of its own: the language's words, and what projects call theirs.
pub(super) fn is_thread_local(word: &str) -> bool {
    word == "__thread"
        || word.to_ascii_lowercase().ends_with("thread_local")
        || (word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
            && (word.contains("THREAD_LOCAL") || word.contains("TLS")))
}

fn is_atomic(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.starts_with("atomic")
        || lower == "_atomic"
        || lower.starts_with("_py_atomic")
        || lower.ends_with("_atomic")
}

/// Whether a variable is state that calls of a function can leave to others.
pub fn outlives(variable: &Variable) -> bool {
    !variable.constant
        && !variable.thread_local
        && !variable.atomic
        && !variable.reference
        && !is_lock(&variable.base)
        && (variable.pointers > 0 || Knowledge::builtin().tables().get(&variable.base).is_none())
        && !variable.name.is_empty()
}

/// Whether a variable holds a lock that somebody has to make first.
pub fn is_made_lock(variable: &Variable) -> bool {
    let by_pointer = variable.pointers > 0 || variable.base == "PyThread_type_lock";
    by_pointer
        && is_lock(&variable.base)
        && !variable.array
        && !variable.constant
        && !variable.thread_local
        && !variable.atomic
        && !variable.reference
}

/// Whether a type is a lock's.
pub fn is_lock(kind: &str) -> bool {
    if Knowledge::builtin().has(kind, Trait::MutexType) {
        return true;
    }
    let lower = kind.to_ascii_lowercase();
    ["mutex", "spinlock", "once_flag", "rwlock", "critical_section", "atomic"]
        .iter()
        .any(|one| lower.contains(one))
}

/// Reads the declaration in the tokens `from..to` (without its `;`).
pub fn variables(source: &Source<'_>, from: usize, to: usize) -> Vec<Variable> {
    let mut shared = Variable::default();
    let mut words: Vec<usize> = Vec::new();
    let mut i = from;
    let first = source.word(from);
    if NOT_A_TYPE.contains(&first) || first.is_empty() {
        return Vec::new();
    }
    let mut pointers = 0;
    let mut const_after_pointer = false;
    let mut any_const = false;
    let (mut tagged, mut bodied) = (false, false);
    // The type and the first name.
    while i < to {
        match source.kind(i) {
            Some(Kind::Ident) => {
                let word = source.word(i);
                match word {
                    "static" => shared.is_static = true,
                    "extern" => shared.is_extern = true,
                    "const" | "constexpr" if pointers > 0 => const_after_pointer = true,
                    "const" | "constexpr" => any_const = true,
                    "__attribute__" | "__declspec" | "alignas" | "_Alignas" => {
                        let group = i + 1;
                        i = source.after_group(group);
                        shared.thread_local |= (group..i).any(|t| source.word(t) == "thread");
                        continue;
                    }
                    _ if is_thread_local(word) => shared.thread_local = true,
                    _ if NOT_A_TYPE.contains(&word) => return Vec::new(),
                    _ => {
                        tagged |= matches!(word, "struct" | "union");
                        shared.atomic |= is_atomic(word);
                        if !QUALIFIERS.contains(&word) || matches!(word, "unsigned" | "signed" | "auto") {
                            words.push(i);
                        }
                    }
                }
                i += 1;
            }
            Some(Kind::Op(code)) if code == op(b"*") && !words.is_empty() => {
                pointers += 1;
                const_after_pointer = false;
                i += 1;
            }
            Some(Kind::Op(code)) if (code == op(b"&") || code == op(b"&&")) && !words.is_empty() => {
                shared.reference = true;
                i += 1;
            }
            Some(Kind::Op(code)) if code == op(b"::") => i += 1,
            Some(Kind::Op(code)) if code == op(b"<") && !words.is_empty() => {
                let end = source.after_angles(i, to);
                shared.atomic |= end.is_some() && source.word(i - 1) == "atomic";
                i = end.unwrap_or(to);
            }
            Some(Kind::Op(code)) if code == op(b"[") && i + 1 < to && source.is(i + 1, op(b"[")) => {
                i = source.after_group(i);
            }
            // `struct { … } name` and `struct tag { … } name`.
            Some(Kind::Op(code)) if code == op(b"{") && !bodied && (words.is_empty() || tagged) => {
                bodied = true;
                i = source.after_group(i);
            }
            _ => break,
        }
    }
    let mut out = Vec::new();
    // A pointer to a function: `T (*name)(…)`.
    if source.is(i, op(b"(")) && source.is(i + 1, op(b"*")) {
        let close = source.mate(i).unwrap_or(to);
        let name = (i + 1..close).find(|&t| source.kind(t) == Some(Kind::Ident) && source.word(t) != "const");
        if let (Some(name), Some(&base)) = (name, words.last())
            && source.is(close + 1, op(b"("))
        {
            let after = source.after_group(close + 1);
            let init = if source.is(after, op(b"=")) { (after + 1, to) } else { (to, to) };
            out.push(Variable {
                name: source.word(name).to_owned(),
                token: name,
                base: source.word(base).to_owned(),
                pointers: 1,
                array: source.is(name + 1, op(b"[")),
                init,
                whole: (from, to),
                constant: any_const && (i..close).any(|t| source.word(t) == "const"),
                ..shared
            });
        }
        return out;
    }
    if words.len() < 2 && !(bodied && tagged) {
        return out;
    }
    // `ns::f(x)` and `T::count = 1` say only what a name belongs to: no type stands before it.
    if words.iter().rev().skip(1).all(|&word| source.is(word + 1, op(b"::"))) && !bodied {
        return out;
    }
    let Some(name) = words.pop() else { return out };
    // A type without a name is called by its keyword.
    let base = words.last().map_or("struct", |base| source.word(*base));
    // The name has to be the last thing read, or this is an expression.
    if name + 1 != i && !source.is(i - 1, op(b"*")) {
        return out;
    }
    shared.base = base.to_owned();
    let mut name = name;
    loop {
        let mut variable = shared.clone();
        variable.name = source.word(name).to_owned();
        variable.token = name;
        variable.pointers = pointers;
        variable.constant = if pointers > 0 { const_after_pointer } else { any_const };
        variable.whole = (from, to);
        variable.init = (to, to);
        i = name + 1;
        while i < to && source.is(i, op(b"[")) {
            variable.array = true;
            variable.constant |= any_const && pointers == 0;
            i = source.after_group(i);
        }
        if source.word(i) == "__attribute__" {
            i = source.after_group(i + 1);
        }
        let begin = i + 1;
        if source.is(i, op(b"=")) {
            i = source.declarator_end(begin, to);
            variable.init = (begin, i);
        } else if source.is(i, op(b"(")) || source.is(i, op(b"{")) {
            let after = source.after_group(i);
            variable.init = (begin, after.saturating_sub(1).max(begin));
            i = after;
        } else if source.is(i, op(b":")) {
            i = source.declarator_end(begin, to);
        } else if i < to && !source.is(i, op(b",")) {
            return out;
        }
        out.push(variable);
        if i >= to || !source.is(i, op(b",")) {
            return out;
        }
        // The next declarator of the list.
        i += 1;
        pointers = 0;
        const_after_pointer = false;
        while i < to {
            if source.is(i, op(b"*")) {
                pointers += 1;
            } else if source.word(i) == "const" {
                const_after_pointer = true;
            } else {
                break;
            }
            i += 1;
        }
        if source.kind(i) != Some(Kind::Ident) || i >= to {
            return out;
        }
        name = i;
    }
}

/// Reads a parameter list between the tokens of its brackets.
pub fn parameters(source: &Source<'_>, open: usize, close: usize) -> Vec<Variable> {
    let mut out = Vec::new();
    let mut from = open + 1;
    while from < close {
        let to = source.declarator_end(from, close);
        let end = (from..to).find(|&t| source.is(t, op(b"="))).unwrap_or(to);
        if let Some(variable) = variables(source, from, end).into_iter().next() {
            out.push(variable);
        } else {
            // Unnamed, or hidden in a macro such as `UNUSED(name)`: the position still counts.
            let words = (from..end).filter(|&t| source.kind(t) == Some(Kind::Ident));
            let mut words = words.map(|t| source.word(t)).filter(|w| !QUALIFIERS.contains(w));
            let base = words.next().unwrap_or_default().to_owned();
            let name = words.next_back().unwrap_or_default().to_owned();
            if base != "void" || (from..end).any(|t| source.is(t, op(b"*"))) {
                let pointers = (from..end).filter(|&t| source.is(t, op(b"*"))).count() as u32;
                out.push(Variable {
                    base,
                    name,
                    pointers,
                    token: from,
                    whole: (from, end),
                    ..Variable::default()
                });
            }
        }
        from = to + 1;
    }
    out
}

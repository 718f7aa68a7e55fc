//! Python: module state that was safe by accident.
//!
//! Python code keeps its guarantees without the GIL: no object breaks, each operation of a container stays whole. What
//! is lost is that a thread was rarely interrupted between two of them. These findings are notes, outside of scores and
//! thresholds: they help whoever looks for the cause of a lost update, and are no verdict on a package.

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use crate::model::Finding;
use crate::rules::{Language, RuleSet};
use crate::source::cython;
use crate::source::cython::facts::{Act, Facts, Target, Use};
use crate::source::cython::types::{self, Type};
use crate::source::found;

/// Files beyond this are not read: they are data.
const MAX_BYTES: usize = 2 << 20;

/// Whether a file can hold one of the findings: it rebinds a variable of the module, sets an attribute of a class, or looks
/// before it writes into a dict that the body of the module or of a class made.
fn is_worth_reading(bytes: &[u8]) -> bool {
    let has = |sign: &[u8]| memmem::find(bytes, sign).is_some();
    let begins = |sign: &[u8]| {
        memmem::find_iter(bytes, sign).any(|at| {
            let before = bytes.get(..at).unwrap_or_default();
            let line = memchr::memrchr(b'\n', before)
                .map_or(before, |end| before.get(end + 1..).unwrap_or_default());
            !line.is_empty() && line.iter().all(|byte| matches!(byte, b' ' | b'\t'))
        })
    };
    let of_module = |sign: &[u8]| {
        memmem::find_iter(bytes, sign).any(|at| {
            let before = bytes.get(..at).unwrap_or_default();
            let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            before.get(line).is_some_and(|byte| !byte.is_ascii_whitespace())
        })
    };
    let steps =
        || [&b"not in "[..], b"except KeyError", b"] += ", b"] -= ", b".get("].iter().any(|sign| has(sign));
    begins(b"global ")
        || begins(b"cls.")
        || begins(b"type(self).")
        || begins(b"self.__class__.")
        || (steps() && (of_module(b" = {}") || of_module(b"ict(") || of_module(b" = {\"")))
        || of_classes(bytes)
}

/// How many names of dicts in the bodies of classes are looked for.
const TABLES: usize = 32;

/// Whether a line begins with an attribute of something with a capital, which is assigned, `Name.count += 1`, or an object
/// has an item of a dict that the body of a class may have made: `self.NAME[`.
fn of_classes(bytes: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let sets = |start: usize| {
        let text = bytes.get(start..).unwrap_or_default();
        let end = text.iter().position(|byte| !is_word(byte) && !matches!(byte, b'.' | b'[' | b']'));
        let (path, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or_default();
        path.contains(&b'.') && [&b" = "[..], b" += ", b" -= "].iter().any(|sign| rest.starts_with(sign))
    };
    let begins = memchr::memchr_iter(b'\n', bytes).map(|end| end + 1);
    let capitals = begins.filter_map(|at| {
        let line = bytes.get(at..)?;
        let blank = line.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        line.get(blank)?.is_ascii_uppercase().then_some(at + blank)
    });
    if { capitals }.any(sets) {
        return true;
    }
    let made = memmem::find_iter(bytes, b" = {}").chain(memmem::find_iter(bytes, b" = dict("));
    let named = made.filter_map(|end| {
        let before = bytes.get(..end)?;
        let start = before.iter().rposition(|byte| !is_word(byte))?;
        // In an indented line of its own.
        matches!(before.get(start), Some(b' ' | b'\t')).then(|| before.get(start + 1..)).flatten()
    });
    named.take(TABLES).any(|name| memmem::find(bytes, &[b"self.", name, b"["].concat()).is_some())
}

/// Findings of one file.
pub fn file(path: &str, bytes: &[u8], rules: &RuleSet) -> Vec<Finding> {
    if bytes.len() > MAX_BYTES || !is_worth_reading(bytes) {
        return Vec::new();
    }
    let facts = cython::python(path, bytes);
    let kinds = Kinds::of(&facts);
    let mut out = Vec::new();
    let mut last = None;
    for one in facts.uses.iter().filter(|one| !one.locked) {
        let Some(function) = one.function.and_then(|nth| facts.functions.get(nth)) else { continue };
        // Called by the module's body, so most often for nothing else.
        let set_up = facts.setup.contains(&function.name);
        let (Some((case, name)), false) = (hazard(&kinds, one), set_up) else { continue };
        if types::is_thread_thing(&name) || last.replace(one.span.line) == Some(one.span.line) {
            continue;
        }
        let place = one.span.place(path, function.named());
        let filling = [("variable", name.as_str())];
        let words = rules.word("python-module-state", case, Language::Python, &filling);
        out.extend(words.map(|words| found::finding(words, &place)));
    }
    out
}

/// What variables and attributes of a file hold, by their names.
struct Kinds<'f> {
    globals: HashMap<&'f str, &'f Type>,
    /// By class and attribute: what the body of the class gives it.
    classes: HashMap<(&'f str, &'f str), &'f Type>,
    /// Attributes of which a method gives its object one of its own.
    own: HashSet<(&'f str, &'f str)>,
}

impl<'f> Kinds<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut globals = HashMap::new();
        for one in &facts.globals {
            globals.entry(one.name.as_str()).or_insert(&one.kind);
        }
        let mut classes = HashMap::new();
        for class in &facts.classes {
            for field in &class.fields {
                classes.entry((class.name.as_str(), field.name.as_str())).or_insert(&field.kind);
            }
        }
        let own = facts.uses.iter().filter_map(|one| match &one.target {
            Target::Field { class, object, field } if object == "self" && one.act == Act::Assign => {
                Some((class.as_str(), field.as_str()))
            }
            _ => None,
        });
        Self { globals, classes, own: own.collect() }
    }

    fn of_class(&self, class: &str, field: &str, object: &str) -> Option<&'f Type> {
        let found = self.classes.get(&(class, field)).copied();
        found.filter(|_| object != "self" || !self.own.contains(&(class, field)))
    }
}

/// What two threads may do to each other here: the case, and what to call the variable.
fn hazard(kinds: &Kinds<'_>, one: &Use) -> Option<(&'static str, String)> {
    match &one.target {
        Target::Field { class, object, field } => {
            let case = match (one.act, kinds.of_class(class, field, object)) {
                (Act::Assign, _) if one.tested && object != "self" => "lazy-attribute",
                (Act::Step | Act::Augment, Some(Type::Number)) if object != "self" => "counter",
                (Act::PartAugment, Some(Type::Container)) => "counter",
                (Act::Item, Some(Type::Container)) if one.tested => "check-then-act",
                _ => return None,
            };
            Some((case, format!("{object}.{field}")))
        }
        Target::Held { .. } => None,
        Target::Global(name) => {
            let kind = kinds.globals.get(name.as_str()).copied();
            let case = match (one.act, kind?) {
                (Act::Step | Act::Augment, Type::Number) | (Act::PartAugment, Type::Container) => "counter",
                (Act::Assign, _) if one.tested => "lazy-global",
                (Act::Item, Type::Container) if one.tested => "check-then-act",
                _ => return None,
            };
            Some((case, name.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Severity};

    #[test]
    fn findings_in_python_weigh_nothing() {
        let text = "n = 0\ndef f():\n    global n\n    n += 1\n";
        let found = file("a.py", text.as_bytes(), RuleSet::builtin());
        let seen: Vec<_> =
            found.iter().map(|one| (one.location.line, one.severity, one.confidence)).collect();
        assert_eq!(seen, [(4, Severity::Note, Confidence::Low)]);
    }

    #[test]
    fn what_nobody_shares_is_left_alone() {
        for text in [
            "n = 0\ndef f():\n    n = 1\n    n += 1\n",
            "n = 0\nn += 1\ndef f(cls):\n    return 'x not in n'\n",
            "table = {}\ndef f(table, k):\n    if k not in table:\n        table[k] = 1\n",
            "x = None\ndef _set():\n    global x\n    if x is None:\n        x = 1\n_set()\n",
        ] {
            assert_eq!(file("a.py", text.as_bytes(), RuleSet::builtin()), [], "{text}");
        }
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        for text in ["global ".repeat(50_000), "if x not in y: ".repeat(20_000), "x = [".repeat(50_000)] {
            file("a.py", text.as_bytes(), RuleSet::builtin());
        }
    }
}

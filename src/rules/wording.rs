//! Sentences with placeholders: `{callee}`, `{callee.strong-twin}`.
//!
//! A template is checked against what will be filled in when the rule is loaded, so that a report never shows
//! a hole. What is filled in comes from foreign sources: it is cut to one short line.

use std::borrow::Cow;

use crate::knowledge::Knowledge;

/// Longest text filled into a placeholder, in characters.
const LONGEST: usize = 60;

/// A checked sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Hole(String, Option<Aspect>),
}

/// What the facts know about a name that was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aspect {
    StrongTwin,
    Since,
    Twin,
    Removed,
    Generator,
    Title,
    Option,
    Then,
    Guard,
    Library,
    Shares,
    Built,
    Instead,
}

impl Template {
    /// Reads a sentence; `known` says which placeholders will be there.
    pub(super) fn parse(text: &str, known: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((hole, after)) = after.split_once('}') else {
                return Err(format!("`{{` without `}}` in {text:?}"));
            };
            let (name, aspect) = match hole.split_once('.') {
                None => (hole, None),
                Some((name, "strong-twin")) => (name, Some(Aspect::StrongTwin)),
                Some((name, "since")) => (name, Some(Aspect::Since)),
                Some((name, "twin")) => (name, Some(Aspect::Twin)),
                Some((name, "generator")) => (name, Some(Aspect::Generator)),
                Some((name, "title")) => (name, Some(Aspect::Title)),
                Some((name, "option")) => (name, Some(Aspect::Option)),
                Some((name, "then")) => (name, Some(Aspect::Then)),
                Some((name, "guard")) => (name, Some(Aspect::Guard)),
                Some((name, "library")) => (name, Some(Aspect::Library)),
                Some((name, "shares")) => (name, Some(Aspect::Shares)),
                Some((name, "built")) => (name, Some(Aspect::Built)),
                Some((name, "instead")) => (name, Some(Aspect::Instead)),
                Some((name, "removed")) => (name, Some(Aspect::Removed)),
                Some(_) => return Err(format!("placeholder {{{hole}}} asks for what no fact has")),
            };
            if !known(name) {
                return Err(format!("placeholder {{{hole}}} is filled by nothing here"));
            }
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Hole(name.to_owned(), aspect));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// Whether a sentence could be this one filled in.
    pub(super) fn fits(&self, sentence: &str) -> bool {
        let mut rest = sentence;
        for (at, part) in self.0.iter().enumerate() {
            let Part::Text(text) = part else { continue };
            let Some(found) = rest.find(text.as_str()) else { return false };
            if at == 0 && found > 0 {
                return false;
            }
            rest = rest.get(found + text.len()..).unwrap_or_default();
        }
        rest.is_empty() || matches!(self.0.last(), Some(Part::Hole(..)))
    }

    /// The names that are looked up in the facts, and what for.
    pub(super) fn asks(&self) -> impl Iterator<Item = (&str, Aspect)> {
        self.0.iter().filter_map(|part| match part {
            Part::Hole(name, Some(aspect)) => Some((name.as_str(), *aspect)),
            _ => None,
        })
    }

    /// The sentence with everything filled in.
    pub(super) fn fill(&self, filling: &dyn Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Hole(name, aspect) => {
                    let value = filling(name).unwrap_or_default();
                    match aspect {
                        None => out.push_str(&one_line(&value)),
                        Some(aspect) => out.push_str(&aspect.of(&value).unwrap_or_default()),
                    }
                }
            }
        }
        out
    }
}

impl Aspect {
    /// What the facts say of a name.
    pub(super) fn of(self, name: &str) -> Option<String> {
        let known = Knowledge::builtin();
        let strong = known.c_api(name).and_then(|fact| fact.strong.as_ref());
        let libraries = known.libraries();
        let library = || libraries.of(name).or_else(|| libraries.of_variable(name)).map(|(_, row)| row);
        match self {
            Self::StrongTwin => strong.map(|strong| strong.name.clone()),
            Self::Since => strong.and_then(|strong| {
                let since = strong.since.as_deref()?;
                let older = if strong.backport { ", earlier with pythoncapi_compat.h" } else { "" };
                Some(if since == "3.8" {
                    "every version".to_owned()
                } else {
                    format!("Python {since}{older}")
                })
            }),
            Self::Generator => known.generators().get(name).map(|row| row.first()),
            Self::Title => known.generators().get(name).map(|row| row.title.clone()),
            Self::Option => known.generators().get(name).map(|row| row.then.clone()),
            Self::Then => known.generators().get(name).map(|row| match row.then.as_str() {
                "" => String::new(),
                then => format!(", then {then}"),
            }),
            // Only a Python object has a critical section.
            Self::Guard if name.is_empty() => Some("under a `PyMutex` that belongs to it".to_owned()),
            Self::Guard => Some(match name.split_once('\n') {
                Some((one, two)) => {
                    format!("inside `Py_BEGIN_CRITICAL_SECTION2({}, {})`", one_line(one), one_line(two))
                }
                None => format!("inside `Py_BEGIN_CRITICAL_SECTION({})`", one_line(name)),
            }),
            Self::Removed => known.c_api(name).and_then(|fact| fact.removed.clone()),
            Self::Library => library().map(|row| row.name.clone()),
            Self::Shares => library().map(|row| row.shares.clone()),
            Self::Built => library().and_then(|row| row.built.clone()),
            Self::Instead => library().map(|row| match &row.instead {
                Some(instead) => format!(", or {instead}"),
                None => String::new(),
            }),
            Self::Twin => known.libc(name).and_then(|fact| fact.twin.clone()),
        }
    }
}

/// Foreign text as one short line without control characters or back quotes.
fn one_line(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() && c != '`';
    if text.chars().count() <= LONGEST && text.chars().all(plain) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().filter(|c| plain(*c)).take(LONGEST).collect();
    if words.chars().count() > LONGEST {
        short.push('…');
    }
    Cow::Owned(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, name: &str) -> String {
        let template = Template::parse(template, &|hole| hole == "callee").expect("it parses");
        template.fill(&|_| Some(name.to_owned()))
    }

    #[test]
    fn facts_fill_in_the_replacement_and_its_version() {
        assert_eq!(
            filled("Call `{callee.strong-twin}` ({callee.since}) for `{callee}`.", "PyDict_GetItem"),
            "Call `PyDict_GetItemRef` (Python 3.13, earlier with pythoncapi_compat.h) for `PyDict_GetItem`."
        );
        assert_eq!(filled("{callee.twin}", "localtime"), "localtime_r");
    }

    /// A struct that is no Python object has no critical section to offer.
    #[test]
    fn only_an_object_is_locked_by_its_section() {
        assert_eq!(filled("Read {callee.guard}.", "self"), "Read inside `Py_BEGIN_CRITICAL_SECTION(self)`.");
        assert_eq!(
            filled("Call it {callee.guard}.", "v\nw"),
            "Call it inside `Py_BEGIN_CRITICAL_SECTION2(v, w)`."
        );
        assert_eq!(filled("Read {callee.guard}.", ""), "Read under a `PyMutex` that belongs to it.");
    }

    #[test]
    fn holes_that_nothing_fills_are_refused() {
        for wrong in ["{caller}", "{callee.twins}", "{callee", "{callee.}"] {
            assert!(Template::parse(wrong, &|hole| hole == "callee").is_err(), "{wrong}");
        }
    }

    /// A file under audit must not write into the reader's terminal.
    #[test]
    fn foreign_text_stays_one_short_line() {
        assert_eq!(filled("{callee}", "a\n   b\u{1b}[2J`"), "a b[2J");
        assert!(filled("{callee}", &"x".repeat(1000)).chars().count() <= LONGEST + 1);
    }
}

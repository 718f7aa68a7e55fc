//! Changes of text that take findings away: what `check --fix` writes and reports offer.
//!
//! Findings and texts go in, [`Correction`]s come out; nothing is read or written here. Which rule may be answered by
//! which change stands in the rule's folder, the texts in `rules/facts/edits.toml`. Whether a change fits is proved by
//! the shape of the code around the finding; where the shape does not prove it there is no change. What was made is then
//! parsed and scanned again: no new syntax error, the finding gone, no other in its place ([`proof`]).

mod declare;
mod edit;
pub mod proof;
mod section;
mod shape;
mod strong;

use std::collections::BTreeMap;

pub use edit::{Edit, apply, edits_of};

use crate::accept::Texts;
use crate::knowledge::edits::EditFacts;
use crate::model::{Correction, Finding, MemberPath, PackageName};
use crate::rules::{self, Language, RuleSet};
use crate::source;
use edit::Lines;
use shape::Code;

/// Larger files are not changed.
const MAX_BYTES: usize = 8 << 20;

/// A file whose tree is deeper is made by a program, or to cost time.
const DEEPEST: u32 = 2_000;

/// Most findings of one file that changes are looked for.
const MOST_OF_A_FILE: usize = 1000;

/// Most changes of one file that are tried one by one.
const MOST_TRIED: usize = 64;

/// How many bytes are read for that: of a large file fewer changes are tried.
const MOST_READ: usize = 16 << 20;

/// What is known of the project that a change is for.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// What it is called, where that is known.
    pub name: Option<PackageName>,
    /// The lowest minor version of Python 3 that it supports, where it says so.
    pub least_minor: Option<u8>,
    /// One of its files has the header that brings younger names to older versions.
    pub backport: bool,
}

impl Project {
    /// Whether a name since some version is there for all that the project supports; if not, what to say.
    fn has(&self, since: &str, backport: bool, code: Code<'_>) -> (bool, String) {
        let minor = since.strip_prefix("3.").and_then(|minor| minor.parse::<u8>().ok());
        let young = minor.is_some_and(|minor| {
            // Names that every supported version has are told as of 3.8.
            minor <= 8 || self.least_minor.is_some_and(|least| least >= minor)
        });
        if young || (backport && (self.backport || code.mentions(&code.facts.backport.header))) {
            return (true, String::new());
        }
        (false, format!("; {}", code.facts.words.needs.replace("{since}", since)))
    }
}

/// A change of one file.
struct Change {
    safe: bool,
    what: String,
    edits: Vec<Edit>,
}

/// The findings of one file that changes are looked for.
pub struct Work<'a> {
    path: &'a str,
    text: &'a [u8],
    project: Project,
    /// Each with its place among those that were given.
    findings: Vec<(usize, &'a Finding)>,
}

/// Sorts findings by file, those that a change may take away. `texts` are those of the artifact that the findings are
/// of; the numbers come back with the corrections.
pub fn work<'a>(
    findings: impl Iterator<Item = (usize, &'a Finding)>,
    texts: &'a Texts,
    project: &Project,
    rules: &RuleSet,
) -> Vec<Work<'a>> {
    let header = EditFacts::builtin().backport.header.as_bytes();
    let backport =
        project.backport || texts.values().any(|text| memchr::memmem::find(text, header).is_some());
    let project = Project { backport, ..project.clone() };
    let mut by_file: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (at, finding) in findings.filter(|(_, finding)| finding.counts()) {
        if rules.get(&finding.rule).is_some_and(|rule| !rule.edits.is_empty()) {
            by_file.entry(&finding.location.path).or_default().push((at, finding));
        }
    }
    let text = |path| texts.get(path).filter(|text| text.len() <= MAX_BYTES);
    by_file
        .into_iter()
        .filter_map(|(path, findings)| {
            Some(Work { path, text: text(path)?, project: project.clone(), findings })
        })
        .collect()
}

impl Work<'_> {
    /// The corrections that stand, each with the number of its finding.
    pub fn corrections(&self, rules: &RuleSet) -> Vec<(usize, Correction)> {
        self.proved(rules).unwrap_or_default()
    }

    fn proved(&self, rules: &RuleSet) -> Option<Vec<(usize, Correction)>> {
        let Self { path, text, ref project, ref findings } = *self;
        let facts = EditFacts::builtin();
        let language = MemberPath::new(path).ok().and_then(|path| source::language(&path))?;
        let tree = rules.parse(language, text);
        if tree.as_ref().is_some_and(|tree| shape::is_deep(tree.root_node(), DEEPEST)) {
            return None;
        }
        let root = tree.as_ref().map(|tree| tree.root_node());
        let macros = root.map(|root| shape::macros(root, text)).unwrap_or_default();
        let code = Code { text, facts, macros: &macros };
        let lines = Lines::new(text);
        let mut changes: Vec<(usize, &Finding, Change)> = Vec::new();
        for (at, finding) in findings.iter().take(MOST_OF_A_FILE) {
            let edits = rules.get(&finding.rule).map(|rule| rule.edits.as_slice()).unwrap_or_default();
            let Some(place) = lines.bytes(&finding.location) else { continue };
            let change = edits.iter().find_map(|edit| match (edit, language) {
                (rules::Edit::Declare, Language::C | Language::Cpp) => declare::in_c(code, root?, place),
                (rules::Edit::Declare, Language::Rust) => declare::in_rust(code, root?, place),
                (rules::Edit::Declare, Language::Cython) => declare::in_cython(text, facts),
                (rules::Edit::StrongReference, Language::C) => {
                    strong::change(code, call_at(root?, place)?, project)
                }
                (rules::Edit::CriticalSection, Language::C) => {
                    section::change(code, call_at(root?, place)?, project)
                }
                _ => None,
            });
            changes.extend(change.map(|change| (*at, *finding, change)));
        }
        if changes.is_empty() {
            return None;
        }
        let before = proof::Alone::of(path, text, project.name.as_ref(), rules);
        // Most files stand all of their changes at once, which is one scan and not one for each.
        let all: Vec<Edit> = changes.iter().flat_map(|(_, _, change)| change.edits.iter().cloned()).collect();
        let every: Vec<&Finding> = changes.iter().map(|(_, finding, _)| *finding).collect();
        let together = before.holds(&all, &every, rules);
        let tried = (MOST_READ / text.len().max(1)).clamp(1, MOST_TRIED);
        let most = if together { usize::MAX } else { tried };
        let stand = |change: &Change, finding| together || before.holds(&change.edits, &[finding], rules);
        Some(
            changes
                .into_iter()
                .take(most)
                .filter(|(_, finding, change)| stand(change, finding))
                .map(|(at, _, change)| {
                    let edits = change.edits.iter().map(|edit| lines.replacement(path, edit)).collect();
                    (at, Correction { safe: change.safe, what: change.what, edits })
                })
                .collect(),
        )
    }
}

/// The call that a finding marks.
fn call_at(root: tree_sitter::Node<'_>, (start, end): (usize, usize)) -> Option<tree_sitter::Node<'_>> {
    let mut at = root.descendant_for_byte_range(start, end)?;
    loop {
        if at.kind() == "call_expression" && at.start_byte() == start {
            return Some(at);
        }
        at = at.parent().filter(|parent| parent.start_byte() == start || at.kind() != "call_expression")?;
    }
}

#[cfg(test)]
mod tests;

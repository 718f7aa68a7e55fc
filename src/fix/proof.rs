//! Holds a change against what the tool itself makes of the changed text.
//!
//! A file alone is asked when a change is offered: it must parse as well as before, and show no finding that it did not.
//! Before anything is written the whole project is asked, since its files explain each other ([`Whole`]).

use std::collections::BTreeMap;

use super::edit::{Edit, apply};
use crate::knowledge::Knowledge;
use crate::model::{Finding, Member, MemberPath, PackageName};
use crate::rules::{Language, RuleSet};
use crate::scan::{self, Seen};
use crate::source;
use crate::source::beside::Beside;
use crate::source::c::CFile;

/// What a finding is, wherever it stands: rule, path, function and message.
type Kind = (String, String, String, String);

fn kind(one: &Finding) -> Kind {
    (one.rule.clone(), one.location.path.clone(), one.function.clone(), one.message.clone())
}

/// How many places of each kind there are: a finding that stands for several counts as many, or a new place beside an
/// old one would pass unseen.
fn kinds(findings: &[Finding]) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for one in findings {
        let count: &mut usize = counts.entry(kind(one)).or_default();
        *count = count.saturating_add(1).saturating_add(one.related.len());
    }
    counts
}

/// Whether findings went, and none came.
fn only_fewer(before: &BTreeMap<Kind, usize>, after: &BTreeMap<Kind, usize>) -> bool {
    after.iter().all(|(kind, count)| before.get(kind).is_some_and(|before| count <= before))
}

/// Errors that a grammar sees. C and C++ are parsed as a free-threaded build compiles them: the grammars do not know
/// conditions in the middle of a list.
fn syntax_errors(path: &str, text: &[u8], rules: &RuleSet) -> usize {
    let language = language(path);
    let compiled = matches!(language, Some(Language::C | Language::Cpp))
        .then(|| CFile::read(path, text).code.into_bytes());
    let text = compiled.as_deref().unwrap_or(text);
    let tree = language.and_then(|language| rules.parse(language, text));
    tree.map_or(0, |tree| {
        super::shape::below(tree.root_node()).filter(|node| node.is_error() || node.is_missing()).count()
    })
}

/// A file by itself, before it is changed.
pub(super) struct Alone<'a> {
    path: &'a str,
    text: &'a [u8],
    project: Option<&'a PackageName>,
    seen: (BTreeMap<Kind, usize>, usize),
}

impl<'a> Alone<'a> {
    pub fn of(path: &'a str, text: &'a [u8], project: Option<&'a PackageName>, rules: &RuleSet) -> Self {
        Self { path, text, project, seen: alone(path, text, project, rules) }
    }

    /// Whether edits keep the file sound and take findings away, as far as the file itself shows.
    pub fn holds(&self, edits: &[Edit], findings: &[&Finding], rules: &RuleSet) -> bool {
        let Some(changed) = apply(self.text, edits) else { return false };
        // Seldom are there any, and then only those of before are asked for.
        let errors = syntax_errors(self.path, &changed, rules);
        if errors > 0 && errors > syntax_errors(self.path, self.text, rules) {
            return false;
        }
        let (after, gaps) = alone(self.path, &changed, self.project, rules);
        let count = |kinds: &BTreeMap<Kind, usize>, kind: &Kind| kinds.get(kind).copied().unwrap_or_default();
        let mut to_go: BTreeMap<Kind, usize> = BTreeMap::new();
        for finding in findings {
            let gone = to_go.entry(kind(finding)).or_default();
            *gone = gone.saturating_add(1);
        }
        // What only shows with other files at hand is asked of them before anything is written.
        let gone = to_go.iter().all(|(kind, n)| {
            let before = count(&self.seen.0, kind);
            count(&after, kind) <= before.saturating_sub(*n)
        });
        gone && gaps <= self.seen.1 && only_fewer(&self.seen.0, &after)
    }
}

fn language(path: &str) -> Option<Language> {
    MemberPath::new(path).ok().and_then(|path| source::language(&path))
}

/// Findings and gaps of a file that has no others beside it.
fn alone(
    path: &str,
    text: &[u8],
    project: Option<&PackageName>,
    rules: &RuleSet,
) -> (BTreeMap<Kind, usize>, usize) {
    let known = Knowledge::builtin();
    let Ok(member) = MemberPath::new(path) else { return Default::default() };
    let seen = scan::member(&Member { project, ..Member::new(&member, text) }, known, rules);
    let all = scan::join(vec![seen], Vec::new(), "", known, rules);
    (kinds(&all.findings), all.gaps.len())
}

/// A project whose files were read once, so that changes of some can be tried.
pub struct Whole<'a> {
    seen: Vec<(MemberPath, Seen)>,
    project: Option<&'a PackageName>,
    beside: Beside,
    before: BTreeMap<Kind, usize>,
    gaps: usize,
    rules: &'a RuleSet,
}

impl<'a> Whole<'a> {
    /// Reads every file of a project.
    pub fn of(files: &[(MemberPath, Vec<u8>)], project: Option<&'a PackageName>, rules: &'a RuleSet) -> Self {
        let known = Knowledge::builtin();
        let mut beside = Beside::default();
        for (path, bytes) in files {
            beside.meet(path, bytes);
        }
        let read = |path, bytes| {
            let declared = beside.of(path);
            let member = Member { project, beside: declared.as_deref(), ..Member::new(path, bytes) };
            scan::member(&member, known, rules)
        };
        let seen: Vec<(MemberPath, Seen)> =
            files.iter().map(|(path, bytes)| (path.clone(), read(path, bytes.as_slice()))).collect();
        let all = seen.iter().map(|(_, seen)| seen.clone()).collect();
        let joined = scan::join(all, Vec::new(), "", known, rules);
        Self { seen, project, beside, before: kinds(&joined.findings), gaps: joined.gaps.len(), rules }
    }

    /// Whether the project with some files changed has lost findings, as many at least as were to be lost, and gained
    /// none.
    pub fn holds(&self, changed: &BTreeMap<String, Vec<u8>>, lost: usize) -> bool {
        let known = Knowledge::builtin();
        let all = self
            .seen
            .iter()
            .map(|(path, seen)| match changed.get(path.as_str()) {
                Some(bytes) => {
                    let beside = self.beside.of(path);
                    let (project, beside) = (self.project, beside.as_deref());
                    let member = Member { project, beside, ..Member::new(path, bytes) };
                    scan::member(&member, known, self.rules)
                }
                None => seen.clone(),
            })
            .collect();
        let joined = scan::join(all, Vec::new(), "", known, self.rules);
        let after = kinds(&joined.findings);
        let sum = |kinds: &BTreeMap<Kind, usize>| kinds.values().copied().fold(0, usize::saturating_add);
        only_fewer(&self.before, &after)
            && joined.gaps.len() <= self.gaps
            && sum(&after).saturating_add(lost) <= sum(&self.before)
    }
}

//! One rule folder's `rule.toml`, read strictly into a [`Rule`].
//!
//! In: the text. Out: the rule with its sentences checked, or one sentence saying what is wrong. Queries are
//! only looked over here (predicates and captures); the grammar checks them when they are compiled.

use serde::Deserialize;

use super::query::{self, Shape};
use super::vocabulary::{Detector, Edit, Language, Predicate, detector};
use super::wording::{Aspect, Template};
use crate::knowledge::{CApi, Libc, read};
use crate::model::{Class, Confidence, Severity};

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// What the author says, or fails to say.
    Claim,
    /// What the code does.
    Evidence,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// The folder's name; permanent once released.
    pub id: String,
    /// A title.
    pub name: String,
    /// Claim or evidence.
    pub kind: RuleKind,
    /// What it counts as.
    pub class: Class,
    /// How bad if real, unless a match says otherwise.
    pub severity: Severity,
    /// How often real, unless a match says otherwise.
    pub confidence: Confidence,
    /// The languages it reads.
    pub languages: Vec<Language>,
    /// The first Python version it holds for.
    pub since_python: String,
    /// Why the code is unsafe.
    pub rationale: String,
    /// What to do, as written.
    pub fix: String,
    /// Changes of text that may take a finding away.
    pub edits: Vec<Edit>,
    /// Where to read more.
    pub references: Vec<String>,
    /// The shapes it fires on.
    pub matches: Vec<Match>,
}

/// One shape a rule fires on.
#[derive(Debug)]
pub struct Match {
    pub(super) trigger: Trigger,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) languages: Vec<Language>,
    pub(super) message: Template,
    pub(super) fix: Template,
}

impl Match {
    /// Whether a message could be this match's: the fixed parts of its sentence stand in it in order.
    pub fn could_say(&self, message: &str) -> bool {
        self.message.fits(message)
    }
}

#[derive(Debug)]
pub(super) enum Trigger {
    Query(Shape),
    Detector { detector: &'static Detector, case: Option<&'static str> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    id: String,
    name: String,
    kind: RuleKind,
    class: Class,
    severity: Severity,
    confidence: Confidence,
    languages: Vec<Language>,
    since_python: String,
    rationale: String,
    fix: String,
    #[serde(default)]
    edits: Vec<Edit>,
    references: Vec<String>,
    #[serde(rename = "match")]
    matches: Vec<MatchFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MatchFile {
    message: String,
    fix: Option<String>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    languages: Option<Vec<Language>>,
    query: Option<String>,
    detector: Option<String>,
    case: Option<String>,
}

/// Reads a rule; `folder` is the path of its folder.
pub(super) fn rule(folder: &str, text: &str) -> Result<Rule, String> {
    let file: File = read(text)?;
    let last = folder.rsplit('/').next().unwrap_or(folder);
    if file.id != last {
        return Err(format!("id {:?} is not the folder's name {last:?}", file.id));
    }
    if file.id.is_empty()
        || !file.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(format!("id {:?} is not lower case with dashes", file.id));
    }
    for (what, text) in [("name", &file.name), ("rationale", &file.rationale), ("fix", &file.fix)] {
        if text.trim().is_empty() {
            return Err(format!("{what} is empty"));
        }
    }
    if file.languages.is_empty() || file.matches.is_empty() || file.references.is_empty() {
        return Err("languages, references and [[match]] each need at least one entry".to_owned());
    }
    if !file.since_python.split('.').all(|part| part.parse::<u16>().is_ok()) {
        return Err(format!("since-python {:?} is no version", file.since_python));
    }
    let mut matches = Vec::new();
    for (at, raw) in file.matches.iter().enumerate() {
        let one = a_match(&file, raw).map_err(|error| format!("match {}: {error}", at + 1))?;
        matches.push(one);
    }
    Ok(Rule {
        matches,
        id: file.id,
        name: file.name,
        kind: file.kind,
        class: file.class,
        severity: file.severity,
        confidence: file.confidence,
        languages: file.languages,
        since_python: file.since_python,
        rationale: file.rationale.trim().to_owned(),
        fix: file.fix.trim().to_owned(),
        edits: file.edits,
        references: file.references,
    })
}

fn a_match(file: &File, raw: &MatchFile) -> Result<Match, String> {
    let trigger = match (&raw.query, &raw.detector) {
        (Some(text), None) if raw.case.is_none() => Trigger::Query(query::shape(text)?),
        (None, Some(name)) => {
            let found = detector(name).ok_or_else(|| format!("no detector is called {name:?}"))?;
            let case = raw.case.as_ref().map(|case| {
                let known = found.cases.iter().copied().find(|one| one == case);
                known.ok_or_else(|| format!("detector {name:?} has no case {case:?}"))
            });
            Trigger::Detector { detector: found, case: case.transpose()? }
        }
        _ => return Err("give either `query`, or `detector` and perhaps `case`".to_owned()),
    };
    let known = |hole: &str| match &trigger {
        Trigger::Query(shape) => shape.captures.iter().any(|capture| capture == hole),
        Trigger::Detector { detector, .. } => detector.gives.contains(&hole),
    };
    let message = Template::parse(&raw.message, &known)?;
    let fix = Template::parse(raw.fix.as_ref().unwrap_or(&file.fix), &known)?;
    if let Trigger::Query(shape) = &trigger {
        for (hole, aspect) in message.asks().chain(fix.asks()) {
            facts_can_answer(shape, hole, aspect)?;
        }
    }
    let languages = raw.languages.clone().unwrap_or_else(|| file.languages.clone());
    if let Some(alien) = languages.iter().find(|one| !file.languages.contains(one)) {
        return Err(format!("language {:?} is not among the rule's", alien.text()));
    }
    Ok(Match {
        trigger,
        message,
        fix,
        languages,
        severity: raw.severity.unwrap_or(file.severity),
        confidence: raw.confidence.unwrap_or(file.confidence),
    })
}

/// A placeholder like `{callee.strong-twin}` must have an answer for every name that can be captured there.
fn facts_can_answer(shape: &Shape, hole: &str, aspect: Aspect) -> Result<(), String> {
    let tests: Vec<_> = shape.tests.iter().filter(|test| test.capture == hole).collect();
    if !tests.iter().any(|test| matches!(test.predicate, Predicate::Fact | Predicate::Text)) {
        return Err(format!("{{{hole}}} asks the facts, but neither #fact? nor #text? limits it"));
    }
    let c_api = CApi::builtin().iter().map(|fact| (fact.name.as_str(), fact.traits));
    let libc = Libc::builtin().iter().map(|fact| (fact.name.as_str(), fact.traits));
    for (name, traits) in c_api.chain(libc) {
        let possible = tests.iter().all(|test| match test.predicate {
            Predicate::Fact => traits.any(test.traits),
            Predicate::NotFact => !traits.any(test.traits),
            Predicate::Text => test.words.iter().any(|word| word == name),
            Predicate::NotText => !test.words.iter().any(|word| word == name),
            _ => true,
        });
        if possible && aspect.of(name).is_none() {
            return Err(format!("the facts have no {aspect:?} of {name}, which {{{hole}}} may be"));
        }
    }
    Ok(())
}

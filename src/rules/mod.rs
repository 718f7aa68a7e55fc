//! Loads, checks and compiles the rule folders under `rules/`.
//!
//! # A rule folder
//! `rules/<subject>/<id>/rule.toml`, beside it the witnesses `bad/*` and `good/*`:
//!
//! ```toml
//! id           = "borrowed-container-item"     # the folder's name
//! name         = "Borrowed reference taken from a shared container"
//! kind         = "evidence"                    # or "claim"
//! class        = "borrowed-ref"                # see `model::Class`
//! severity     = "high"                        # high | medium | low | note
//! confidence   = "medium"                      # high | medium | low
//! languages    = ["c", "cpp"]                  # c, cpp, cython, rust, python, build
//! since-python = "3.13"
//! rationale    = """Why it is unsafe."""
//! fix          = "Call `{callee.strong-twin}` ({callee.since})."
//! edits        = ["strong-reference"]          # changes that `check --fix` may make, see vocabulary.rs; optional
//! references   = ["https://…"]
//!
//! [[match]]                                    # one or more; each may override
//! message  = "`{callee}` borrows an item"      # severity, confidence, languages, fix
//! query    = """((call_expression …) @site (#fact? @callee "borrows-from-container"))"""
//!
//! [[match]]
//! message  = "`{field}` is replaced"
//! detector = "instance-field"                  # code in src/source, listed in vocabulary.rs
//! case     = "swap"                            # one of its cases; all without it
//! ```
//!
//! Predicates, regions, cases and placeholders are those of [`vocabulary`]; anything else is refused with the
//! file and the reason. A detector (or a scanner of another language) never words a finding: it calls
//! [`RuleSet::word`] with its name, the case and what fills the placeholders, and gets one [`Wording`] per rule
//! that listens; none if no rule does.
//!
//! Nothing is parsed before it is asked for, and queries of a language are compiled when its first file comes.

mod explain;
mod load;
mod query;
mod run;
pub mod vocabulary;
pub mod witness;
mod wording;

use std::sync::{Arc, LazyLock, OnceLock};

pub use load::{Match, Rule, RuleKind};
pub use run::{Context, Hit, MAX_HITS, Named};
pub use vocabulary::{Edit, Language, Region, Storage};

use crate::model::{Class, Confidence, Severity};
use load::Trigger;
use run::Compiled;

/// The folders in the binary: path below `rules/` and the text of `rule.toml`.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// What a finding says: everything of it that a rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Id of the rule.
    pub rule: String,
    /// Its class.
    pub class: Class,
    /// How bad if real.
    pub severity: Severity,
    /// How often real.
    pub confidence: Confidence,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl Wording {
    fn of(rule: &Rule, one: &Match, filling: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            rule: rule.id.clone(),
            class: rule.class,
            severity: one.severity,
            confidence: one.confidence,
            message: one.message.fill(filling),
            fix: one.fix.fill(filling),
        }
    }
}

/// A rule that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct RuleError {
    /// The file, as it was named by whoever read it.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One predicate of one query of one rule, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PredicateAt {
    rule: usize,
    which: usize,
    test: usize,
}

/// All rules, checked.
#[derive(Debug)]
pub struct RuleSet {
    rules: Arc<Vec<Rule>>,
    /// Left out to see whether it matters.
    without: Option<PredicateAt>,
    version: String,
    asks: [OnceLock<run::Asks>; Language::ALL.len()],
    compiled: [OnceLock<Option<Compiled>>; Language::ALL.len()],
}

impl RuleSet {
    /// The rules in the binary.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<RuleSet> = LazyLock::new(|| {
            let texts = EMBEDDED.iter().map(|(folder, text)| (*folder, *text));
            let rules = load_all(texts).expect("the rules in the binary are loaded by this module's tests");
            RuleSet::new(rules, RuleSet::builtin_version())
        });
        &BUILTIN
    }

    /// The version of the rules in the binary, known without loading them: a date and a hash of their text.
    pub fn builtin_version() -> String {
        format!("{}+{}", edition(), env!("UNGIL_RULES_HASH"))
    }

    /// Rules from elsewhere: pairs of a folder's path and the text of its `rule.toml`.
    ///
    /// # Errors
    /// Every rule that cannot be used, with the reason.
    pub fn from_sources<'a>(
        sources: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<RuleError>> {
        let rules = load_all(sources)?;
        let set = Self::new(rules, "own".to_owned());
        let mut errors = Vec::new();
        for rule in set.rules() {
            for language in Language::ALL {
                if let Err(reason) = run::compile(std::slice::from_ref(rule), *language, None) {
                    errors.push(RuleError { file: format!("{}/rule.toml", rule.id), reason });
                }
            }
        }
        if errors.is_empty() { Ok(set) } else { Err(errors) }
    }

    fn new(rules: Vec<Rule>, version: String) -> Self {
        Self {
            rules: Arc::new(rules),
            without: None,
            version,
            asks: Default::default(),
            compiled: Default::default(),
        }
    }

    /// The rules, by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().and_then(|at| self.rules.get(at))
    }

    /// Stable text that changes whenever a rule or fact does.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Words what a detector found, once per rule that listens to it.
    ///
    /// `filling` gives the placeholders that the detector is listed with.
    pub fn word<'a>(
        &'a self,
        detector: &'a str,
        case: &'a str,
        language: Language,
        filling: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = Wording> + 'a {
        let given =
            |hole: &str| filling.iter().find(|(name, _)| *name == hole).map(|(_, text)| (*text).to_owned());
        self.rules.iter().flat_map(move |rule| {
            let listens = move |one: &&Match| match &one.trigger {
                Trigger::Detector { detector: wanted, case: only } => {
                    wanted.name == detector
                        && only.is_none_or(|only| only == case)
                        && one.languages.contains(&language)
                }
                Trigger::Query(_) => false,
            };
            rule.matches.iter().filter(listens).map(move |one| Wording::of(rule, one, &given))
        })
    }

    /// Whether any rule listens to a case of a detector in a language: what nobody asks for need not be looked for.
    pub fn wants(&self, detector: &str, case: &str, language: Language) -> bool {
        self.word(detector, case, language, &[]).next().is_some()
    }

    /// Every predicate of a rule's queries: where it stands, and how it reads.
    pub fn predicates(&self, id: &str) -> Vec<(PredicateAt, String)> {
        let mut out = Vec::new();
        for (at, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.id == id) {
            for (which, one) in rule.matches.iter().enumerate() {
                if let Trigger::Query(shape) = &one.trigger {
                    for (index, test) in shape.tests.iter().enumerate() {
                        let place = PredicateAt { rule: at, which, test: index };
                        let words = test.words.join(" ");
                        let text = format!(
                            "match {}: #{} @{} {words}",
                            which + 1,
                            test.predicate.text(),
                            test.capture
                        );
                        out.push((place, text.trim_end().to_owned()));
                    }
                }
            }
        }
        out
    }

    /// The same rules with one predicate left out: if nothing changes by that, the predicate is not needed.
    #[must_use]
    pub fn without(&self, predicate: PredicateAt) -> Self {
        Self {
            rules: Arc::clone(&self.rules),
            without: Some(predicate),
            version: self.version.clone(),
            asks: Default::default(),
            compiled: Default::default(),
        }
    }

    fn asks(&self, language: Language) -> Option<&run::Asks> {
        let slot = self.asks.get(language as usize)?;
        Some(slot.get_or_init(|| run::asks(&self.rules, language, self.without)))
    }

    fn compiled(&self, language: Language) -> Option<&Compiled> {
        let slot = self.compiled.get(language as usize)?;
        // A set whose queries do not compile is refused when it is made, the builtin one by the tests.
        slot.get_or_init(|| run::compile(&self.rules, language, self.without).ok().flatten()).as_ref()
    }
}

fn edition() -> &'static str {
    let text = include_str!("../../rules/edition.toml");
    text.split('"').nth(1).unwrap_or_default()
}

fn load_all<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Rule>, Vec<RuleError>> {
    let (mut rules, mut errors) = (Vec::<Rule>::new(), Vec::new());
    for (folder, text) in sources {
        match load::rule(folder, text) {
            Ok(rule) => rules.push(rule),
            Err(reason) => errors.push(RuleError { file: format!("{folder}/rule.toml"), reason }),
        }
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    for pair in rules.windows(2) {
        if let [a, b] = pair
            && a.id == b.id
        {
            let reason = "another folder has the same id".to_owned();
            errors.push(RuleError { file: format!("{}/rule.toml", a.id), reason });
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl Fn(String) -> String) -> String {
        let text = r#"
            id = "x-rule"
            name = "X"
            kind = "evidence"
            class = "borrowed-ref"
            severity = "high"
            confidence = "medium"
            languages = ["c"]
            since-python = "3.13"
            rationale = "Because."
            fix = "Call `{callee.strong-twin}`."
            references = ["https://example.org"]
            [[match]]
            message = "`{callee}`"
            query = '((call_expression function: (identifier) @callee) @site (#fact? @callee "borrows-from-container"))'
        "#;
        match RuleSet::from_sources([("c/x-rule", change(text.to_owned()).as_str())]) {
            Ok(_) => String::new(),
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    #[test]
    fn every_rule_in_the_binary_loads_and_compiles() {
        let sources = EMBEDDED.iter().map(|(folder, text)| (*folder, *text));
        if let Err(errors) = RuleSet::from_sources(sources) {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
        let set = RuleSet::builtin();
        for language in Language::ALL {
            run::compile(set.rules(), *language, None).expect("all together compile as well");
        }
        assert!(set.version().starts_with("20"));
    }

    #[test]
    fn misspelt_rules_are_refused_with_the_reason() {
        assert_eq!(refused(|text| text), "");
        let wrong: [(&str, &str, &str); 12] = [
            ("x-rule\"", "y-rule\"", "folder"),
            ("severity = \"high\"", "severity = \"grave\"", "grave"),
            ("severity", "severty", "severty"),
            ("\"c\"]", "\"d\"]", "unknown variant"),
            ("call_expression", "call_expresion", "call_expresion"),
            ("function:", "fonction:", "fonction"),
            ("borrows-from-container", "borrows", "borrows"),
            ("#fact?", "#facts?", "facts?"),
            ("(#fact? @callee", "(#fact? @calee", "calee"),
            ("`{callee}`", "`{caller}`", "caller"),
            ("strong-twin", "weak-twin", "weak-twin"),
            ("borrows-from-container", "mutex-lock", "StrongTwin"),
        ];
        for (from, to, says) in wrong {
            let error = refused(|text| text.replace(from, to));
            assert!(error.contains("x-rule/rule.toml") && error.contains(says), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn a_detectors_findings_are_worded_by_the_rules_that_listen() {
        let text = r#"
            id = "x"
            name = "X"
            kind = "evidence"
            class = "instance-field-race"
            severity = "high"
            confidence = "medium"
            languages = ["c", "cpp"]
            since-python = "3.13"
            rationale = "Because."
            fix = "Lock `{object}`."
            references = ["https://example.org"]
            [[match]]
            message = "`{field}` is swapped"
            detector = "instance-field"
            case = "swap"
            confidence = "high"
            languages = ["c"]
        "#;
        let set = RuleSet::from_sources([("c/x", text)]).expect("it is sound");
        let fill = [("field", "self->dict"), ("object", "self")];
        let worded: Vec<_> = set.word("instance-field", "swap", Language::C, &fill).collect();
        assert_eq!(worded.len(), 1);
        assert_eq!(
            (worded[0].message.as_str(), worded[0].fix.as_str()),
            ("`self->dict` is swapped", "Lock `self`.")
        );
        assert_eq!(worded[0].confidence, Confidence::High);
        assert!(set.wants("instance-field", "swap", Language::C));
        assert!(!set.wants("instance-field", "swap", Language::Cpp));
        assert!(!set.wants("instance-field", "read", Language::C));
        for wrong in [("\"swap\"", "\"swop\""), ("\"instance-field\"", "\"field\""), ("{object}", "{callee}")]
        {
            assert!(
                RuleSet::from_sources([("c/x", text.replace(wrong.0, wrong.1).as_str())]).is_err(),
                "{wrong:?}"
            );
        }
    }
}

//! What is asked for: rules by id or class, the least confidence, and what holds for some paths only.

use globset::{GlobBuilder, GlobMatcher};

use crate::model::{Confidence, Finding};

/// The rules there are, by id and class as reports spell them, sorted by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    rules: Vec<(String, String)>,
}

/// A word that names no rule and no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSelector {
    /// With the nearest word there is.
    #[error("there is no rule `{0}`; did you mean `{1}`?")]
    Near(String, String),
    /// Nothing is near.
    #[error("there is no rule `{0}`; `ungil rules` lists them")]
    Far(String),
}

impl Known {
    /// Pairs of a rule's id and its class.
    pub fn new(rules: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort();
        Self { rules }
    }

    /// Whether a rule of that id exists.
    ///
    /// # Errors
    /// If not, with the nearest id.
    pub fn rule(&self, id: &str) -> Result<(), UnknownSelector> {
        if self.rules.iter().any(|(rule, _)| rule == id) {
            return Ok(());
        }
        Err(unknown(id, self.rules.iter().map(|(rule, _)| rule.as_str())))
    }

    /// Reads `all`, the id of a rule or the name of a class.
    ///
    /// # Errors
    /// If it is none of them, with the nearest word.
    pub fn selector(&self, text: &str) -> Result<Selector, UnknownSelector> {
        let text = text.trim();
        if text == "all" {
            return Ok(Selector::All);
        }
        let words = || self.rules.iter().flat_map(|(rule, class)| [rule.as_str(), class.as_str()]);
        if words().any(|word| word == text) {
            Ok(Selector::Named(text.to_owned()))
        } else {
            Err(unknown(text, words()))
        }
    }

    fn class_of(&self, rule: &str) -> Option<&str> {
        self.rules.iter().find(|(id, _)| id == rule).map(|(_, class)| class.as_str())
    }
}

fn unknown<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> UnknownSelector {
    /// Below this likeness a suggestion is a guess.
    const NEAR: f64 = 0.75;
    let likeness = |word: &str| strsim::jaro_winkler(text, word);
    let best = words.map(|word| (likeness(word), word)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, word)) if score >= NEAR => UnknownSelector::Near(text.to_owned(), word.to_owned()),
        _ => UnknownSelector::Far(text.to_owned()),
    }
}

/// A word that names rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// Every rule.
    All,
    /// One rule, or all of a class; a rule may be named like its class, and then both mean the same here.
    Named(String),
}

impl Selector {
    fn names(&self, rule: &str, class: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(word) => word == rule || word == class,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What to report; empty for all.
    pub select: Vec<Selector>,
    /// What of it not to report.
    pub ignore: Vec<Selector>,
    /// The least confidence.
    pub min_confidence: Confidence,
    /// What not to report in some files.
    pub per_file: Vec<(GlobMatcher, Selector)>,
    /// Files that nothing is reported of.
    pub exclude: Vec<GlobMatcher>,
    /// The rules there are.
    pub known: Known,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            min_confidence: Confidence::Low,
            per_file: Vec::new(),
            exclude: Vec::new(),
            known: Known::default(),
        }
    }
}

impl Selection {
    /// Whether a finding was asked for.
    pub fn asks_for(&self, finding: &Finding) -> bool {
        finding.confidence >= self.min_confidence && self.asks_for_rule(&finding.rule, &finding.location.path)
    }

    /// Whether what a rule finds in a file was asked for.
    pub fn asks_for_rule(&self, rule: &str, path: &str) -> bool {
        let class = self.known.class_of(rule).unwrap_or_default();
        let names = |selector: &Selector| selector.names(rule, class);
        (self.select.is_empty() || self.select.iter().any(names))
            && !self.ignore.iter().any(names)
            && !self.exclude.iter().any(|glob| glob.is_match(path))
            && !self.per_file.iter().any(|(glob, selector)| names(selector) && glob.is_match(path))
    }
}

/// A pattern for paths as `.gitignore` reads it: `*` stays within a folder, a pattern without `/` fits at any depth, and
/// one that names a folder fits all below it.
///
/// # Errors
/// A sentence on what is wrong with it.
pub fn path_glob(pattern: &str) -> Result<GlobMatcher, String> {
    let trimmed = pattern.trim().trim_start_matches("./").trim_end_matches('/');
    if trimmed.is_empty() {
        return Err("an empty pattern fits nothing".to_owned());
    }
    let anywhere = if trimmed.trim_start_matches('/').contains('/') { "" } else { "**/" };
    let full = format!("{anywhere}{{{0},{0}/**}}", trimmed.trim_start_matches('/'));
    GlobBuilder::new(&full)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{pattern}` is no pattern for paths: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known::new([
            ("borrowed-container-item".to_owned(), "borrowed-ref".to_owned()),
            ("static-cache".to_owned(), "static-cache".to_owned()),
        ])
    }

    #[test]
    fn rules_are_chosen_by_id_or_class_and_ignoring_wins() {
        let known = known();
        let one = |text: &str| known.selector(text).expect(text);
        let mut selection =
            Selection { select: vec![one("borrowed-ref")], known: known.clone(), ..Selection::default() };
        assert!(selection.asks_for_rule("borrowed-container-item", "a.c"));
        assert!(!selection.asks_for_rule("static-cache", "a.c"));
        selection.select = vec![one("all")];
        selection.ignore = vec![one("static-cache")];
        assert!(!selection.asks_for_rule("static-cache", "a.c"));
        selection.per_file.push((path_glob("tests/").expect("a pattern"), Selector::All));
        assert!(!selection.asks_for_rule("borrowed-container-item", "src/tests/a.c"));
        selection.exclude.push(path_glob("src/*.c").expect("a pattern"));
        assert!(!selection.asks_for_rule("borrowed-container-item", "src/a.c"));
        assert!(selection.asks_for_rule("borrowed-container-item", "src/x/a.c"));
    }

    #[test]
    fn a_misspelt_rule_is_answered_with_the_nearest() {
        let text = known().selector("borowed-container-item").expect_err("misspelt").to_string();
        assert_eq!(
            text,
            "there is no rule `borowed-container-item`; did you mean `borrowed-container-item`?"
        );
        assert!(matches!(known().selector("zzz"), Err(UnknownSelector::Far(_))));
    }

    #[test]
    fn patterns_read_like_those_of_git() {
        for (pattern, path, fits) in [
            ("*.pyx", "a/b/c.pyx", true),
            ("a/*.c", "a/b/c.c", false),
            ("a/**/*.c", "a/b/c.c", true),
            ("vendor", "x/vendor/y/z.c", true),
            ("/a/b/", "a/b/c.c", true),
            ("./a", "a", true),
        ] {
            assert_eq!(path_glob(pattern).expect(pattern).is_match(path), fits, "{pattern} {path}");
        }
        assert!(path_glob("a[").is_err() && path_glob("/").is_err());
    }
}

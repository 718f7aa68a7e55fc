//! What stands in a rule's query besides the shape of the tree: its captures and its predicates.
//!
//! tree-sitter knows some predicates of its own and drops what it does not know to whoever asks. Rules use
//! none of tree-sitter's: all of ours are evaluated in one place, and the test harness can take each away.

use super::vocabulary::{Predicate, Region, Storage};
use crate::knowledge::{Trait, Traits};

/// A query's text, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// The pattern without its predicates.
    pub pattern: String,
    /// Names of captures.
    pub captures: Vec<String>,
    /// The predicates, in order.
    pub tests: Vec<Test>,
}

/// One predicate.
#[derive(Debug, Clone)]
pub(super) struct Test {
    /// Which.
    pub predicate: Predicate,
    /// The capture it is about.
    pub capture: String,
    /// Its words as written.
    pub words: Vec<String>,
    /// Its words as traits, for `fact?` and its like.
    pub traits: Traits,
    /// Its words as regions.
    pub regions: Vec<Region>,
    /// Its words as storage.
    pub storage: Vec<Storage>,
}

impl Shape {
    /// The pattern with its captures numbered and its blanks evened out: shapes that differ in names only are alike.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for (at, piece) in self.pattern.split('@').enumerate() {
            let name =
                self.captures.iter().enumerate().filter(|(_, name)| at > 0 && piece.starts_with(*name));
            match name.max_by_key(|(_, name)| name.len()) {
                Some((nth, name)) => {
                    out.push('@');
                    out.push_str(&Self::plain_name(nth));
                    out.push_str(piece.get(name.len()..).unwrap_or_default());
                }
                None => out.push_str(piece),
            }
        }
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What [`Shape::plain`] calls a capture.
    pub fn plain_name(nth: usize) -> String {
        format!("c{nth}")
    }
}

/// Takes a query apart.
pub(super) fn shape(text: &str) -> Result<Shape, String> {
    let mut pattern = String::new();
    let mut tests = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("(#") {
        let (before, from) = rest.split_at(at);
        pattern.push_str(before);
        let end = closing(from).ok_or("a predicate is not closed")?;
        let (inside, after) = from.split_at(end);
        tests.push(test(inside.trim_start_matches("(#"))?);
        rest = after.strip_prefix(')').unwrap_or(after);
    }
    pattern.push_str(rest);
    if pattern.contains('#') {
        return Err("`#` outside of a predicate".to_owned());
    }
    let captures = captures(&pattern);
    if !captures.iter().any(|capture| capture == "site") {
        return Err("no @site capture says which place is reported".to_owned());
    }
    for test in &tests {
        if !captures.contains(&test.capture) {
            return Err(format!(
                "#{} is about @{}, which is not captured",
                test.predicate.text(),
                test.capture
            ));
        }
    }
    Ok(Shape { pattern, captures, tests })
}

/// Position of the parenthesis that closes the one at the start; strings may hold parentheses.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ')' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn captures(pattern: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pattern.split('@').skip(1) {
        let name: String =
            piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn test(inside: &str) -> Result<Test, String> {
    let (head, arguments) = inside.split_once(char::is_whitespace).ok_or("a predicate without arguments")?;
    let predicate = Predicate::parse(head).ok_or_else(|| format!("no predicate is called #{head}"))?;
    let arguments = arguments.trim();
    let (capture, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let capture = capture.strip_prefix('@').ok_or_else(|| format!("#{head} needs a capture first"))?;
    let words: Vec<String> = rest.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    if rest.split('"').step_by(2).any(|between| !between.trim().is_empty()) {
        return Err(format!("#{head} takes words in quotes after its capture"));
    }
    let mut made = Test {
        predicate,
        capture: capture.to_owned(),
        traits: Traits::default(),
        regions: Vec::new(),
        storage: Vec::new(),
        words,
    };
    let unknown = |word: &String| format!("#{head} does not know {word:?}");
    match predicate {
        Predicate::Fact | Predicate::NotFact | Predicate::Helper => {
            let each = made.words.iter().map(|word| Trait::parse(word).ok_or_else(|| unknown(word)));
            made.traits = each.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
        }
        Predicate::Within | Predicate::NotWithin => {
            let each = made.words.iter().map(|word| Region::parse(word).ok_or_else(|| unknown(word)));
            made.regions = each.collect::<Result<_, _>>()?;
        }
        Predicate::Stored | Predicate::NotStored => {
            let each = made.words.iter().map(|word| Storage::parse(word).ok_or_else(|| unknown(word)));
            made.storage = each.collect::<Result<_, _>>()?;
        }
        Predicate::Text | Predicate::NotText | Predicate::Shared | Predicate::NotShared => {}
    }
    let wordless = matches!(predicate, Predicate::Shared | Predicate::NotShared);
    if wordless != made.words.is_empty() {
        return Err(format!("#{head} takes {} words", if wordless { "no" } else { "one or more" }));
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart() {
        let shape = shape("((call function: (identifier) @callee) @site\n (#fact? @callee \"racy\" \"safe\")\n (#not-within? @site \"lock\"))").expect("it is sound");
        assert_eq!(shape.captures, ["callee", "site"]);
        assert_eq!(shape.tests.len(), 2);
        assert!(shape.tests[0].traits.has(Trait::Racy));
        assert_eq!(shape.tests[1].regions, [Region::Lock]);
        assert!(!shape.pattern.contains('#'));
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for wrong in [
            "((x) @place)",
            "((x) @site (#fact? @callee \"racy\"))",
            "((x) @site (#facts? @site \"racy\"))",
            "((x) @site (#fact? @site \"racey\"))",
            "((x) @site (#fact? @site))",
            "((x) @site (#shared? @site \"a\"))",
            "((x) @site (#within? @site lock))",
            "((x) @site (#within? @site \"locks\"))",
            "((x) @site (#eq? @site \"a\"))",
            "((x) @site (#within? @site \"lock\"",
        ] {
            assert!(shape(wrong).is_err(), "{wrong}");
        }
    }
}

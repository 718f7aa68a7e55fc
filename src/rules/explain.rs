//! The page of a rule, made from its folder: what `ungil explain` prints and the rule pages are.

use std::fmt::Write as _;

use super::{Rule, RuleSet};

impl RuleSet {
    /// The page of a rule as Markdown, or `None` if there is no such rule.
    pub fn explain(&self, id: &str) -> Option<String> {
        self.get(id).map(Rule::page)
    }

    /// One line per rule, by id: id, class, severity, confidence, title, separated by tabs.
    pub fn list(&self) -> String {
        let mut out = String::new();
        for rule in self.rules() {
            let row = [
                rule.id.clone(),
                word(rule.class),
                word(rule.severity),
                word(rule.confidence),
                rule.name.clone(),
            ];
            out.push_str(&row.join("\t"));
            out.push('\n');
        }
        out
    }
}

impl Rule {
    fn page(&self) -> String {
        let mut out = format!("# {}\n\n`{}`: {}\n\n", self.id, word(self.class), self.name);
        let languages: Vec<_> = self.languages.iter().map(|one| one.text()).collect();
        let facts = [
            ("Severity", word(self.severity)),
            ("Confidence", word(self.confidence)),
            ("Languages", languages.join(", ")),
            ("Since Python", self.since_python.clone()),
        ];
        for (name, value) in facts {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "- {name}: {value}");
        }
        let _ = write!(
            out,
            "\n## Why\n\n{}\n\n## What to do\n\n{}\n\n## References\n\n",
            self.rationale, self.fix
        );
        for link in &self.references {
            let _ = writeln!(out, "- <{link}>");
        }
        let _ = write!(
            out,
            "\n## Accepting it\n\nWhere the place is safe for a reason the tool cannot see, say so beside it:\n\
             `ungil: ignore[{}]: <reason>` in a comment on that line.\n",
            self.id
        );
        out
    }
}

/// The word by which the report spells a value.
fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_page_with_reason_and_remedy() {
        let set = RuleSet::builtin();
        for rule in set.rules() {
            let page = set.explain(&rule.id).expect("it was just listed");
            assert!(page.contains(&rule.rationale) && page.contains(&rule.fix), "{}", rule.id);
            assert!(set.list().contains(&format!("{}\t", rule.id)));
        }
        assert_eq!(set.explain("no-such-rule"), None);
    }
}

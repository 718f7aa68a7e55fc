//! The page of a rule, made from its folder: what `ungil explain` prints and the rule pages are.

use std::fmt::Write as _;

use super::{Edit, Rule, RuleSet};

impl RuleSet {
    /// The page of a rule as Markdown, or `None` if there is no such rule.
    pub fn explain(&self, id: &str) -> Option<String> {
        self.get(id).map(Rule::page)
    }

    /// The page of a rule with an example: a witness of it, whose marks show where it fires.
    pub fn page(&self, id: &str, example: Option<&str>) -> Option<String> {
        let rule = self.get(id)?;
        let mut page = rule.page();
        if let Some(example) = example {
            let language = rule.languages.first().map_or("text", |one| match one.text() {
                "cython" => "cython",
                "build" | "wheel" => "text",
                other => other,
            });
            let shown: Vec<&str> = example.lines().map(str::trim_end).collect();
            let _ = write!(
                page,
                "\n## Example\n\nThe rule fires on the lines marked `FIRES`.\n\n```{language}\n{}\n```\n",
                shown.join("\n")
            );
        }
        Some(page)
    }

    /// A page that lists all rules by class, with links to theirs.
    pub fn index(&self) -> String {
        let mut out = String::from(
            "# Rules\n\nWhat ungil finds in sources and wheels. Severity says how bad a finding is if it is real, \
             confidence how often findings of its kind are real.\n\n\
             | rule | class | severity | confidence | what it finds |\n|---|---|---|---|---|\n",
        );
        for rule in self.rules() {
            let (class, severity) = (word(rule.class), word(rule.severity));
            let _ = writeln!(
                out,
                "| [{id}]({id}.md) | {class} | {severity} | {} | {} |",
                word(rule.confidence),
                rule.name,
                id = rule.id
            );
        }
        let _ = write!(out, "\n```{{toctree}}\n:hidden:\n\n");
        for rule in self.rules() {
            let _ = writeln!(out, "{}", rule.id);
        }
        out.push_str("```\n");
        out
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
        let _ = write!(out, "\n## Why\n\n{}\n\n## What to do\n\n{}\n", self.rationale, self.fix);
        for edit in &self.edits {
            out.push_str(match edit {
                Edit::Declare => {
                    "\n`ungil check --fix --unsafe-fixes` writes the declaration: a promise, so never unasked.\n"
                }
                Edit::StrongReference | Edit::CriticalSection => {
                    "\n`ungil check --fix` does so where the shape of the code proves that it is right.\n"
                }
            });
        }
        out.push_str("\n## References\n\n");
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
            assert!(!rule.fix.contains('{'), "{}: a page has no place to fill in", rule.id);
            assert!(set.list().contains(&format!("{}\t", rule.id)));
        }
        assert_eq!(set.explain("no-such-rule"), None);
        assert!(
            set.page("lazy-init", Some("x;  // FIRES\n")).is_some_and(|page| page.contains("FIRES\n```"))
        );
        assert!(set.rules().iter().all(|rule| set.index().contains(&format!("({}.md)", rule.id))));
    }
}

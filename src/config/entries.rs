//! `[[tool.ungil.accept]]`: findings that the project accepts, each with a reason.

use toml::Value;

/// One entry, as written and complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptRow {
    /// Id of the rule.
    pub rule: String,
    /// A pattern of paths.
    pub path: Option<String>,
    /// The name of a function.
    pub function: Option<String>,
    /// A finding's fingerprint.
    pub fingerprint: Option<String>,
    /// Why it is right as it is.
    pub reason: String,
    /// The last day it holds, as written.
    pub until: Option<String>,
    /// Where it stands: `tool.ungil.accept[1]`, counted from 1.
    pub place: String,
}

const KEYS: [&str; 6] = ["rule", "path", "function", "fingerprint", "reason", "until"];

/// Reads the list. Here an unknown key is an error: misspelt, it would make an entry accept more than was meant.
pub(super) fn rows(name: &str, value: &Value) -> Result<Vec<AcceptRow>, String> {
    let Value::Array(list) = value else {
        return Err(format!("{name} is a list of tables: write [[{name}]]"));
    };
    let mut rows = Vec::new();
    for (at, entry) in list.iter().enumerate() {
        let place = format!("{name}[{}]", at.saturating_add(1));
        let Value::Table(table) = entry else { return Err(format!("{place} is no table")) };
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let hint = match super::nearest(key, KEYS.into_iter()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", KEYS.join(", ")),
            };
            return Err(format!("{place} has no key `{key}`; {hint}"));
        }
        let text = |key: &str| -> Result<Option<String>, String> {
            match table.get(key) {
                None => Ok(None),
                Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
                Some(Value::Datetime(when)) if key == "until" => Ok(Some(when.to_string())),
                Some(_) => Err(format!("{place}.{key} should be text that is not empty")),
            }
        };
        let needed = |key: &str| text(key)?.ok_or_else(|| format!("{place} needs a `{key}`"));
        rows.push(AcceptRow {
            rule: needed("rule")?,
            path: text("path")?,
            function: text("function")?,
            fingerprint: text("fingerprint")?,
            reason: needed("reason")?,
            until: text("until")?,
            place,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<AcceptRow>, String> {
        let table: toml::Table = text.parse().expect("TOML");
        rows("accept", &table["accept"])
    }

    #[test]
    fn an_entry_needs_a_rule_and_a_reason_and_may_have_a_date() {
        let rows = read("[[accept]]\nrule = \"a\"\nreason = \"r\"\nuntil = 2027-01-31\n").expect("sound");
        assert_eq!(rows[0].until.as_deref(), Some("2027-01-31"));
        for (text, says) in [
            ("[[accept]]\nrule = \"a\"", "needs a `reason`"),
            ("[[accept]]\nreason = \"a\"", "needs a `rule`"),
            ("[[accept]]\nrule = \"a\"\nreason = \" \"", "not empty"),
            ("[[accept]]\nrule = \"a\"\nreason = \"r\"\npaths = \"x\"", "did you mean `path`"),
            ("accept = \"a\"", "list of tables"),
            ("accept = [1]", "no table"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}

//! Findings as SARIF 2.1.0, for code-scanning services and editors.
//!
//! A result is a finding; suppressed ones stay in, marked, so that a service can close what was accepted. Findings in
//! generated or vendored code are left out: they are not the author's to change. What could not be looked at is a
//! notification of the run, and makes it unsuccessful. SARIF cannot count columns in bytes as the report does, so on
//! lines that are not ASCII a column may be a little to the right; lines are exact.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Document;
use super::place::{Placed, placed, shown_path};
use crate::model::{Correction, Hides, Location, Severity};

/// What SARIF shows beside a rule's id; the caller takes it from the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHelp {
    /// The rule's id.
    pub id: String,
    /// Its name, one line.
    pub name: String,
    /// Why it matters.
    pub rationale: String,
    /// What to do.
    pub fix: String,
    /// The first Python version it holds for.
    pub since_python: String,
    /// The first reference, if any.
    pub url: Option<String>,
}

/// The findings as SARIF. Rules that found nothing are left out of `rules`.
pub fn sarif(document: &Document, rules: &[RuleHelp]) -> String {
    let findings = placed(document, true);
    let ids: BTreeSet<&str> = findings.iter().map(|one| one.finding.rule.as_str()).collect();
    let described: Vec<Value> = ids.iter().map(|id| rule(id, rules)).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|one| result(one, ids.iter().position(|id| *id == one.finding.rule).unwrap_or_default()))
        .collect();
    let notes = notifications(document);
    let mut report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": document.tool.name,
                "version": document.tool.version,
                "properties": {"rulesVersion": document.tool.rules},
                "rules": described,
            }},
            "invocations": [{
                "executionSuccessful": document.failures.is_empty(),
                "toolExecutionNotifications": notes,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    report.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&report).expect("a JSON value is always serialisable");
    text.push('\n');
    text
}

/// What could not be looked at, and acceptances that do nothing.
fn notifications(document: &Document) -> Vec<Value> {
    let mut notes: Vec<Value> = document
        .failures
        .iter()
        .map(|failure| {
            let text = format!("{}: {}", failure.request, failure.reason);
            json!({"level": "error", "message": {"text": text}})
        })
        .collect();
    for package in &document.packages {
        for gap in package.gaps.iter().filter(|gap| gap.hides != Hides::Nothing) {
            let place = if gap.path.is_empty() {
                gap.artifact.clone()
            } else {
                shown_path(package, &gap.artifact, &gap.path)
            };
            notes.push(json!({
                "level": "warning",
                "message": {"text": format!("not looked at: {}", gap.reason)},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&place)}}}],
            }));
        }
    }
    for unused in document.review.iter().flat_map(|review| &review.unused_suppressions) {
        notes.push(json!({
            "level": "note",
            "message": {"text": format!("{} [{}]: {}", unused.path, unused.rule, unused.reason)},
        }));
    }
    notes
}

fn rule(id: &str, rules: &[RuleHelp]) -> Value {
    let mut described = json!({"id": id});
    if let Some(help) = rules.iter().find(|rule| rule.id == id)
        && let Some(fields) = described.as_object_mut()
    {
        fields.insert("shortDescription".into(), json!({"text": help.name}));
        fields.insert("name".into(), json!(pascal(id)));
        fields.insert("fullDescription".into(), json!({"text": help.rationale}));
        let text =
            format!("{}\n\nWhat to do: {}\n\nSince Python {}.", help.rationale, help.fix, help.since_python);
        let markdown = format!(
            "{}\n\n**What to do:** {}\n\nSince Python {}. `ungil explain {id}` tells more.",
            help.rationale, help.fix, help.since_python
        );
        fields.insert("help".into(), json!({"text": text, "markdown": markdown}));
        if let Some(url) = &help.url {
            fields.insert("helpUri".into(), json!(url));
        }
    }
    described
}

/// `borrowed-container-item` as services that show names expect it: `BorrowedContainerItem`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect()
}

fn place(path: &str, at: &Location) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(path)},
        "region": region(at),
    }})
}

fn region(at: &Location) -> Value {
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    })
}

fn result(one: &Placed<'_>, rule_index: usize) -> Value {
    let finding = one.finding;
    let level = match finding.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    };
    let mut located = place(&one.path, &finding.location);
    if !finding.function.is_empty()
        && let Some(fields) = located.as_object_mut()
    {
        fields.insert("logicalLocations".into(), json!([{"name": finding.function, "kind": "function"}]));
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": level,
        "message": {"text": format!("{}. {}", finding.message, finding.fix)},
        "locations": [located],
        "partialFingerprints": {"ungil/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence, "class": finding.class},
    });
    if let Some(live) = finding.live
        && let Some(fields) = result.get_mut("properties").and_then(Value::as_object_mut)
    {
        fields.insert("live".into(), json!(live));
    }
    if !finding.related.is_empty()
        && let Some(fields) = result.as_object_mut()
    {
        let related = finding.related.iter().enumerate().map(|(at, related)| {
            let path = shown_path(one.package, &finding.artifact, &related.location.path);
            let mut located = place(&path, &related.location);
            if let Some(fields) = located.as_object_mut() {
                fields.insert("id".into(), json!(at));
                fields.insert("message".into(), json!({"text": related.message}));
            }
            located
        });
        fields.insert("relatedLocations".into(), related.collect());
    }
    if let Some(correction) = &finding.correction
        && let Some(fields) = result.as_object_mut()
    {
        fields.insert("fixes".into(), json!([fix(correction, &one.path)]));
    }
    if let Some(accepted) = &finding.suppressed
        && let Some(fields) = result.as_object_mut()
    {
        let kind = if accepted.by == "comment" { "inSource" } else { "external" };
        fields.insert("suppressions".into(), json!([{"kind": kind, "justification": accepted.reason}]));
    }
    result
}

/// A change that takes the finding away. All of its edits are in the finding's own file.
fn fix(correction: &Correction, path: &str) -> Value {
    let replacements: Vec<Value> = correction
        .edits
        .iter()
        .map(|edit| json!({"deletedRegion": region(&edit.location), "insertedContent": {"text": edit.text}}))
        .collect();
    json!({
        "description": {"text": correction.what},
        "artifactChanges": [{"artifactLocation": {"uri": uri(path)}, "replacements": replacements}],
        "properties": {"safe": correction.safe},
    })
}

/// A path as a URI reference; an absolute one as a URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Related, Replacement, Suppression};
    use crate::report::sample;

    #[test]
    fn a_code_scanning_service_gets_rules_places_and_fingerprints() {
        let help = RuleHelp {
            id: "borrowed-container-item".into(),
            name: "Borrowed reference taken from a shared container".into(),
            rationale: "Another thread may drop it.".into(),
            fix: "Own one.".into(),
            since_python: "3.13".into(),
            url: None,
        };
        let mut document = sample::document();
        document.packages[2].findings[0].suppressed =
            Some(Suppression { by: "comment".into(), reason: "private dict".into() });
        let finding = &mut document.packages[2].findings[0];
        let location = Location { line: 3, end_line: 3, ..finding.location.clone() };
        let edits = vec![Replacement { location: location.clone(), text: "PyDict_GetItemRef".into() }];
        finding.correction = Some(Correction { safe: true, what: "takes a reference".into(), edits });
        finding.related.push(Related { location, message: "it is shared here".into() });
        insta::assert_snapshot!(sarif(&document, &[help]));
    }

    /// Held against the schema that OASIS publishes, which code-scanning services check uploads with.
    #[test]
    fn what_is_written_is_valid_by_the_official_schema() {
        // As published, one pattern (of languages, which ungil does not write) is no regular expression.
        let text = include_str!("../../tests/sarif/sarif-schema-2.1.0.json")
            .replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
        let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let mut document = sample::document();
        let mut accepted = document.packages[2].findings[0].clone();
        accepted.suppressed = Some(Suppression { by: "config".into(), reason: "ours".into() });
        let location = accepted.location.clone();
        accepted.related.push(Related { location: location.clone(), message: "here".into() });
        let edits = vec![Replacement { location, text: "PyDict_GetItemRef".into() }];
        accepted.correction = Some(Correction { safe: true, what: "takes a reference".into(), edits });
        document.packages[2].findings.push(accepted);
        let mut report: Value = serde_json::from_str(&sarif(&document, &[])).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        // A schema that accepts anything would prove nothing.
        report["runs"][0]["results"][0]["level"] = json!("grave");
        assert!(!validator.is_valid(&report));
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/c%.c"), "a%20b/c%25.c");
        assert_eq!(uri("/a/c.c"), "file:///a/c.c");
    }
}

//! Findings as SARIF 2.1.0, for code-scanning services and editors.
//!
//! A result is a finding; suppressed ones stay in, marked, so that a service can close what was accepted. Findings in
//! generated or vendored code are left out: they are not the author's to change. What could not be looked at is a
//! notification of the run, and makes it unsuccessful. SARIF cannot count columns in bytes as the report does, so on
//! lines that are not ASCII a column may be a little to the right; lines are exact.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Document;
use crate::model::{Finding, Severity};

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
    let findings: Vec<&Finding> = document
        .packages
        .iter()
        .flat_map(|package| &package.findings)
        .filter(|f| f.origin.is_none())
        .collect();
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let described: Vec<Value> = ids.iter().map(|id| rule(id, rules)).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result(finding, ids.iter().position(|id| *id == finding.rule).unwrap_or_default()))
        .collect();
    let notes: Vec<Value> = document
        .failures
        .iter()
        .map(|failure| json!({"level": "error", "message": {"text": format!("{}: {}", failure.request, failure.reason)}}))
        .collect();
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

fn rule(id: &str, rules: &[RuleHelp]) -> Value {
    let mut described = json!({"id": id});
    if let Some(help) = rules.iter().find(|rule| rule.id == id)
        && let Some(fields) = described.as_object_mut()
    {
        fields.insert("shortDescription".into(), json!({"text": help.name}));
        fields.insert("help".into(), json!({"text": help.rationale}));
        if let Some(url) = &help.url {
            fields.insert("helpUri".into(), json!(url));
        }
    }
    described
}

fn result(finding: &Finding, rule_index: usize) -> Value {
    let level = match finding.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    };
    let at = &finding.location;
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": level,
        "message": {"text": format!("{}. {}", finding.message, finding.fix)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&at.path)},
            "region": {
                "startLine": at.line,
                "startColumn": at.column,
                "endLine": at.end_line,
                "endColumn": at.end_column,
            },
        }}],
        "partialFingerprints": {"ungil/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence, "class": finding.class},
    });
    if let Some(accepted) = &finding.suppressed
        && let Some(fields) = result.as_object_mut()
    {
        let kind = if accepted.by == "comment" { "inSource" } else { "external" };
        fields.insert("suppressions".into(), json!([{"kind": kind, "justification": accepted.reason}]));
    }
    result
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
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
    use crate::model::Suppression;
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
        insta::assert_snapshot!(sarif(&document, &[help]));
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/c%.c"), "a%20b/c%25.c");
    }
}

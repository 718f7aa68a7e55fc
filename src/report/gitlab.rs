//! Findings as a GitLab code quality report: a JSON array that a merge request shows beside the changed lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Document;
use super::place::placed;
use crate::model::Severity;

/// The findings that count. GitLab takes a fingerprint for one place, so the copies of one finding get a number each.
pub fn gitlab(document: &Document) -> String {
    let mut copies: BTreeMap<&str, u32> = BTreeMap::new();
    let all = placed(document, false);
    let rows: Vec<Value> = all
        .iter()
        .map(|one| {
            let finding = one.finding;
            let copy = copies.entry(&finding.fingerprint).or_default();
            *copy = copy.saturating_add(1);
            let print = match *copy {
                1 => finding.fingerprint.clone(),
                n => format!("{}-{n}", finding.fingerprint),
            };
            let severity = match finding.severity {
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Note => "info",
            };
            json!({
                "description": format!("{}. {}", finding.message, finding.fix),
                "check_name": finding.rule,
                "fingerprint": print,
                "severity": severity,
                "location": {
                    "path": one.path,
                    "positions": {
                        "begin": {"line": finding.location.line, "column": finding.location.column},
                        "end": {"line": finding.location.end_line, "column": finding.location.end_column},
                    },
                    "lines": {"begin": finding.location.line},
                },
            })
        })
        .collect();
    let mut report = Value::Array(rows);
    report.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&report).expect("a JSON value is always serialisable");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_place_has_a_fingerprint_of_its_own() {
        let mut document = sample::document();
        let numpy = document.packages.iter_mut().find(|p| p.name == "numpy").expect("numpy");
        let mut copy = numpy.findings[0].clone();
        copy.location.line = 20;
        copy.location.end_line = 20;
        numpy.findings.push(copy);
        insta::assert_snapshot!(gitlab(&document));
    }
}

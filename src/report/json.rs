//! The report for programs: one JSON document, or JSON lines, and the schema that describes them.

use serde::Serialize;

use super::{Document, Failure, Package, Summary, TargetRow, Tool};

/// The document, indented, with sorted keys and a newline at its end.
pub fn json(document: &Document) -> String {
    let mut text = serde_json::to_string_pretty(&sorted(document)).expect(SERIALISABLE);
    text.push('\n');
    text
}

/// The contract promises sorted keys, and whether `serde_json` keeps them so hangs on a feature that any dependency
/// may turn on.
fn sorted(value: impl Serialize) -> serde_json::Value {
    let mut value = serde_json::to_value(value).expect(SERIALISABLE);
    value.sort_all_objects();
    value
}

/// Why serialising cannot fail.
const SERIALISABLE: &str = "the report holds only strings, numbers and maps with text keys";

/// One line of JSON lines.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Line<'a> {
    Report { schema: u32, tool: &'a Tool, targets: &'a [TargetRow] },
    Package(&'a Package),
    Failure(&'a Failure),
    Change(&'a super::Change),
    Summary(&'a Summary),
}

/// One JSON object a line, told apart by `kind`: first `report` (schema, tool, targets), then a `package`, `failure` or `change`
/// each, last the `summary`. A stream without a last line is a report that was cut off.
pub fn jsonl(document: &Document) -> String {
    let first = Line::Report { schema: document.schema, tool: &document.tool, targets: &document.targets };
    let lines = std::iter::once(first)
        .chain(document.packages.iter().map(Line::Package))
        .chain(document.failures.iter().map(Line::Failure))
        .chain(document.changes.iter().map(Line::Change))
        .chain(std::iter::once(Line::Summary(&document.summary)));
    lines.map(|line| sorted(line).to_string() + "\n").collect()
}

/// The JSON schema of [`json`]'s document.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Document);
    let mut text = serde_json::to_string_pretty(&schema).expect(SERIALISABLE);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_document_is_spelled_as_the_contract_spells_it() {
        insta::assert_snapshot!(json(&sample::document()));
    }

    /// What other programs may rely on: a change here is a change of the contract.
    #[test]
    fn the_schema_changes_only_on_purpose() {
        insta::assert_snapshot!(schema());
    }

    #[test]
    fn keys_are_sorted() {
        let line = jsonl(&sample::document()).lines().nth(1).expect("a package").to_owned();
        let at = |key: &str| line.find(&format!("\"{key}\":")).expect("a key of every package");
        assert!(at("findings") < at("gaps") && at("gaps") < at("requested_by"));
    }

    #[test]
    fn a_report_that_is_read_back_is_the_same_report() {
        let document = sample::document();
        assert_eq!(serde_json::from_str::<Document>(&json(&document)).expect("our own JSON"), document);
    }

    #[test]
    fn json_lines_begin_with_the_report_and_end_with_the_summary() {
        let text = jsonl(&sample::document());
        let kinds: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a JSON line"))
            .map(|line| line["kind"].as_str().expect("a kind").to_owned())
            .collect();
        assert_eq!(
            kinds,
            ["report", "package", "package", "package", "package", "package", "failure", "summary"]
        );
    }
}

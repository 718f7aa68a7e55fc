//! Findings and verdicts as GitHub workflow commands, which a runner turns into annotations.

use std::fmt::Write as _;

use super::Document;
use super::document::verdict_name;
use super::place::placed;
use crate::model::{Severity, Verdict};

/// One workflow command per finding that counts, per package that stands in the way, and per failure.
pub fn github(document: &Document) -> String {
    let mut out = String::new();
    write(&mut out, document).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, document: &Document) -> std::fmt::Result {
    for package in document.worst_first() {
        let level = match package.verdict {
            Verdict::NeedsGil | Verdict::Unavailable => Some("error"),
            Verdict::Unknown | Verdict::BuildRequired => Some("warning"),
            Verdict::Ready | Verdict::PurePython => None,
        };
        if let Some(level) = level {
            let title = format!("{}: {}", package.name, verdict_name(package.verdict));
            writeln!(out, "::{level} title={}::{}", property(&title), data(&package.because.join("; ")))?;
        }
    }
    for one in placed(document, false) {
        let finding = one.finding;
        let level = match finding.severity {
            Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Note => "notice",
        };
        let at = &finding.location;
        writeln!(
            out,
            "::{level} file={},line={},endLine={},col={},title={}::{}",
            property(&one.path),
            at.line,
            at.end_line,
            at.column,
            property(&finding.rule),
            data(&format!("{}. {}", finding.message, finding.fix))
        )?;
    }
    for failure in &document.failures {
        let title = format!("{}: could not be looked at", failure.request);
        writeln!(
            out,
            "::error title={}::{}",
            property(&title),
            data(&format!("{}. {}", failure.reason, failure.hint))
        )?;
    }
    Ok(())
}

/// The part after `::`, where only line ends and the escape itself are special.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, where `:` and `,` are special too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn annotations_point_at_lines() {
        insta::assert_snapshot!(github(&sample::document()));
    }

    /// A name from outside must not begin a workflow command of its own.
    #[test]
    fn text_from_outside_cannot_start_a_command() {
        assert_eq!(data("a\n::set-output name=x::y%"), "a%0A::set-output name=x::y%25");
        assert_eq!(property("a,file=b::c"), "a%2Cfile=b%3A%3Ac");
    }
}

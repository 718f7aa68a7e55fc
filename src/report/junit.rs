//! The report as JUnit XML, for CI systems that show test results: one test case per package.

use std::fmt::Write as _;

use super::Document;
use super::document::verdict_name;
use crate::model::Verdict;

/// One case per package: a failure where it stands in the way of dropping the GIL, an error where the answer is
/// unknown or the request could not be looked at.
pub fn junit(document: &Document) -> String {
    let mut out = String::new();
    write(&mut out, document).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, document: &Document) -> std::fmt::Result {
    let outcome = |verdict| match verdict {
        Verdict::NeedsGil | Verdict::Unavailable => Some("failure"),
        Verdict::Unknown => Some("error"),
        Verdict::BuildRequired | Verdict::Ready | Verdict::PurePython => None,
    };
    let count = |kind: &str| document.packages.iter().filter(|p| outcome(p.verdict) == Some(kind)).count();
    let failed = document.failures.len();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites><testsuite name="ungil" tests="{}" failures="{}" errors="{}">"#,
        document.packages.len().saturating_add(failed),
        count("failure"),
        count("error").saturating_add(failed)
    )?;
    for package in &document.packages {
        let version = package.version.as_deref().unwrap_or("");
        write!(
            out,
            r#"<testcase classname="ungil" name="{}">"#,
            escape(format!("{} {version}", package.name).trim())
        )?;
        let because = escape(&package.because.join("; "));
        match outcome(package.verdict) {
            Some(kind) => {
                let verdict = verdict_name(package.verdict);
                write!(out, r#"<{kind} type="{verdict}" message="{because}"/>"#)?;
            }
            None => write!(out, "<system-out>{because}</system-out>")?,
        }
        writeln!(out, "</testcase>")?;
    }
    for failure in &document.failures {
        writeln!(
            out,
            r#"<testcase classname="ungil" name="{}"><error type="failed" message="{}"/></testcase>"#,
            escape(&failure.request),
            escape(&format!("{}. {}", failure.reason, failure.hint))
        )?;
    }
    writeln!(out, "</testsuite></testsuites>")
}

/// Text as XML; characters that XML 1.0 cannot hold are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_package_is_a_test_case() {
        insta::assert_snapshot!(junit(&sample::document()));
    }

    #[test]
    fn text_from_outside_stays_text() {
        assert_eq!(escape("<a b=\"&\">\u{0}\u{1b}\n"), "&lt;a b=&quot;&amp;&quot;&gt; ");
    }
}

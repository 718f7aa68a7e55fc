//! The report for a job summary or an issue, in GitHub's Markdown.

use std::fmt::Write as _;

use super::Document;
use super::document::{summary_lines, verdict_name};
use super::text::{hazards, installs};

/// The report as Markdown: targets, summary, table, failures.
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    write(&mut out, document).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, document: &Document) -> std::fmt::Result {
    let targets: Vec<String> =
        document.targets.iter().map(|t| format!("{} on {}", t.python, t.platform)).collect();
    writeln!(out, "## Free-threading audit: Python {}\n", escape(&targets.join(", ")))?;
    for line in summary_lines(document) {
        writeln!(out, "- {}", escape(&line))?;
    }
    if !document.packages.is_empty() {
        writeln!(out, "\n| package | verdict | score | installs | hazards | because |")?;
        writeln!(out, "|---|---|---:|---|---|---|")?;
    }
    for package in document.worst_first() {
        writeln!(
            out,
            "| {} {} | {} | {} | {} | {} | {} |",
            escape(&package.name),
            escape(package.version.as_deref().unwrap_or("")),
            verdict_name(package.verdict),
            package.score.map_or_else(|| "–".to_owned(), |score| score.to_string()),
            escape(&installs(package)),
            hazards(package),
            escape(package.because.first().map_or("", String::as_str)),
        )?;
    }
    // A maintainer reads all reasons; an audit of many packages has the first of each in its table.
    for package in document.worst_first().into_iter().filter(|_| document.review.is_some()) {
        writeln!(out)?;
        for reason in &package.because {
            writeln!(out, "- {}", escape(reason))?;
        }
        for line in super::attributed::lines(package) {
            writeln!(out, "- {}", escape(&line))?;
        }
    }
    if !document.failures.is_empty() {
        writeln!(out, "\n### Could not be looked at\n")?;
    }
    for failure in &document.failures {
        writeln!(
            out,
            "- {}: {}. {}",
            escape(&failure.request),
            escape(&failure.reason),
            escape(&failure.hint)
        )?;
    }
    Ok(())
}

/// Text from outside must not become markup: a package can name itself anything.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {}
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
    fn a_job_summary_says_the_main_thing_first() {
        insta::assert_snapshot!(markdown(&sample::document()));
    }

    #[test]
    fn text_from_outside_stays_text() {
        assert_eq!(escape("<img>|[x](y)\n\u{1b}[31m"), "&lt;img&gt;\\|\\[x\\](y) \\[31m");
    }
}

//! The report for people: one row per package, worst first, and a summary below.
//!
//! Width and colours are the caller's to decide, for only `commands` knows the terminal. Without colours nothing is
//! lost: every colour repeats a word. Control characters of names from outside are taken out, so that no package can
//! write to the terminal on its own.

use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};

use super::document::{summary_lines, verdict_name};
use super::{Document, Package};
use crate::model::{Confidence, GilSupport, Severity, Verdict};

/// How to write text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns to fit into; `None` for as many as it takes, as in a file or a pipe.
    pub width: Option<u16>,
    /// Whether to colour, with ANSI escapes.
    pub color: bool,
    /// Less than 0: the summary only. 0: the table and the summary. 1: with modules, findings and gaps. 2: with the
    /// steps that led to each declaration, and the parts of the scores.
    pub verbosity: i8,
    /// Whether the paths to what stands in the way are drawn.
    pub tree: bool,
}

/// The report as text.
pub fn text(document: &Document, options: &TextOptions) -> String {
    let mut out = String::new();
    write(&mut out, document, options).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, document: &Document, options: &TextOptions) -> std::fmt::Result {
    if options.verbosity >= 0 && !document.packages.is_empty() {
        writeln!(out, "{}\n", table(document, options))?;
    }
    if options.verbosity >= 1 {
        for package in document.worst_first() {
            evidence(out, package, options.verbosity)?;
        }
    }
    if options.verbosity >= 0 && document.targets.len() > 1 && !document.packages.is_empty() {
        super::matrix::write(out, document, options.color)?;
    }
    if options.tree {
        super::tree::write(out, document)?;
    }
    super::way_out::write(out, document)?;
    for line in summary_lines(document) {
        writeln!(out, "{}", plain(&line))?;
    }
    for failure in &document.failures {
        writeln!(out, "\n{}: {}", plain(&failure.request), plain(&failure.reason))?;
        if !failure.requested_by.is_empty() {
            writeln!(out, "  asked by: {}", plain(&failure.requested_by.join(", ")))?;
        }
        if !failure.hint.is_empty() {
            writeln!(out, "  help: {}", plain(&failure.hint))?;
        }
    }
    Ok(())
}

fn table(document: &Document, options: &TextOptions) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.force_no_tty();
    if options.color {
        table.enforce_styling();
    }
    if let Some(width) = options.width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.max(40));
    }
    let heads = ["package", "verdict", "score", "installs", "hazards", "because"];
    table.set_header(heads.map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    for package in document.worst_first() {
        let score = package.score.map_or_else(|| "-".to_owned(), |score| score.to_string());
        table.add_row(vec![
            Cell::new(plain(&title(package))),
            Cell::new(verdict_name(package.verdict)).fg(verdict_color(package.verdict)),
            Cell::new(score).set_alignment(CellAlignment::Right),
            Cell::new(plain(&installs(package))),
            Cell::new(hazards(package)),
            Cell::new(plain(package.because.first().map_or("", String::as_str))),
        ]);
    }
    table.trim_fmt()
}

pub(super) fn verdict_color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::NeedsGil | Verdict::Unavailable => Color::Red,
        Verdict::Unknown | Verdict::BuildRequired => Color::Yellow,
        Verdict::Ready => Color::Green,
        Verdict::PurePython => Color::Reset,
    }
}

fn title(package: &Package) -> String {
    match &package.version {
        Some(version) => format!("{} {version}", package.name),
        None => package.name.clone(),
    }
}

/// What the targets would install: the tags that decide for a wheel (`cp314-cp314t`), else `sdist` or nothing.
pub(super) fn installs(package: &Package) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for row in &package.by_target {
        let kind = installed_kind(row.installs.as_deref());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(", ")
}

/// The tags that decide for a wheel (`cp314-cp314t`), else `sdist` or `nothing`.
pub(super) fn installed_kind(installs: Option<&str>) -> String {
    let Some(name) = installs else { return "nothing".to_owned() };
    let Some(stem) = name.strip_suffix(".whl") else { return "sdist".to_owned() };
    let mut tags = stem.rsplitn(4, '-').skip(1);
    match (tags.next(), tags.next()) {
        (Some(abi), Some(python)) => format!("{python}-{abi}"),
        _ => name.to_owned(),
    }
}

/// Findings at medium confidence or above by severity: `2 high, 5 medium`.
pub(super) fn hazards(package: &Package) -> String {
    let names = [(Severity::High, "high"), (Severity::Medium, "medium"), (Severity::Low, "low")];
    let counts: Vec<String> = names
        .iter()
        .map(|(severity, name)| (package.hazards.at(*severity, Confidence::Medium), name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{n} {name}"))
        .collect();
    if !counts.is_empty() {
        return counts.join(", ");
    }
    match package.safety {
        crate::model::Safety::Unseen => "unseen".to_owned(),
        crate::model::Safety::None => String::new(),
        _ => "none seen".to_owned(),
    }
}

fn evidence(out: &mut String, package: &Package, verbosity: i8) -> std::fmt::Result {
    writeln!(out, "{}: {}", plain(&title(package)), verdict_name(package.verdict))?;
    for reason in &package.because {
        writeln!(out, "  - {}", plain(reason))?;
    }
    if verbosity >= 2 {
        for part in &package.score_parts {
            writeln!(out, "  {:>3} of {:>3}  {}: {}", part.points, part.of, part.part, plain(&part.why))?;
        }
    }
    for artifact in &package.artifacts {
        writeln!(out, "  {}", plain(&artifact.filename))?;
        for module in &artifact.modules {
            let by = module.framework.as_ref().map_or(String::new(), |framework| {
                format!(
                    " ({}{})",
                    framework.name,
                    framework.version.as_ref().map_or(String::new(), |v| format!(" {v}"))
                )
            });
            let gil = gil_name(module.gil);
            writeln!(
                out,
                "    {gil:<10}  {}{}: {}",
                plain(&module.module),
                plain(&by),
                plain(&module.evidence)
            )?;
            for note in &module.notes {
                writeln!(out, "                note: {}", plain(note))?;
            }
            for step in &module.chain {
                writeln!(out, "                {}", plain(step))?;
            }
        }
        for row in &artifact.attributed {
            let advice = row.advice.as_ref().map_or(String::new(), |advice| format!(": {advice}"));
            let noun = if row.files == 1 { "file" } else { "files" };
            let title = super::attributed::title(row);
            writeln!(
                out,
                "    not the authors': {} ({} {noun}, {}){}",
                plain(&title),
                row.files,
                plain(&row.path),
                plain(&advice)
            )?;
        }
    }
    for finding in package.findings.iter().filter(|finding| finding.counts()) {
        let at = &finding.location;
        writeln!(
            out,
            "  {}:{}:{}: {} ({}, {} confidence)",
            plain(&at.path),
            at.line,
            at.column,
            plain(&finding.message),
            plain(&finding.rule),
            confidence_name(finding.confidence)
        )?;
    }
    for gap in &package.gaps {
        let place = if gap.path.is_empty() { &gap.artifact } else { &gap.path };
        writeln!(out, "  not looked at: {}: {}", plain(place), plain(&gap.reason))?;
    }
    writeln!(out)
}

fn gil_name(gil: GilSupport) -> &'static str {
    match gil {
        GilSupport::NotUsed => "not-used",
        GilSupport::Used => "used",
        GilSupport::Undeclared => "undeclared",
        GilSupport::Unknown => "unknown",
    }
}

fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// Text from outside without control characters, line breaks as spaces.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn shown(width: Option<u16>, verbosity: i8) -> String {
        text(&sample::document(), &TextOptions { width, color: false, verbosity, tree: false })
    }

    #[test]
    fn a_person_sees_the_worst_first_and_a_summary_below() {
        insta::assert_snapshot!(shown(Some(110), 0));
    }

    #[test]
    fn eighty_columns_are_enough() {
        let text = shown(Some(80), 0);
        let table = text.split("\n\n").next().expect("a first paragraph");
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn verbose_text_shows_the_evidence_per_module_and_finding() {
        insta::assert_snapshot!(shown(None, 2));
    }

    #[test]
    fn quiet_text_is_the_summary_only() {
        assert!(!shown(None, -1).contains("because"));
    }

    #[test]
    fn colours_only_repeat_what_words_say() {
        let colored = text(
            &sample::document(),
            &TextOptions { width: Some(110), color: true, verbosity: 0, tree: false },
        );
        assert!(colored.contains("\u{1b}["));
        assert!(!shown(Some(110), 0).contains('\u{1b}'));
    }

    #[test]
    fn a_package_cannot_write_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb\u{7}"), "a[31m b");
    }
}

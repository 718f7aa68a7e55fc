//! The findings of a check for people: code frames as compilers show them, one line each, or grouped by file.
//!
//! The texts of the files come from the caller and may be missing; a finding is shown without its code then. They are
//! foreign: bytes that are no text become `?`, so that columns still hold, and control characters are the renderer's to
//! replace. Why a rule exists is told once, at its first finding.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Message, Origin, Renderer, Snippet};

use super::place::{Placed, placed, shown_path};
use super::text::plain;
use super::{Document, RuleHelp};
use crate::model::{Class, Confidence, Finding, Location, Severity};

/// The text of a file: artifact and path go in.
pub type TextOf<'a> = &'a dyn Fn(&str, &str) -> Option<&'a [u8]>;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingStyle {
    /// With the code, the reason and the fix.
    Full,
    /// One line each, as compilers print them and editors read them.
    Concise,
    /// By file, then by rule.
    Grouped,
}

/// How to show findings.
#[derive(Clone, Copy)]
pub struct FindingOptions<'a> {
    /// The form.
    pub style: FindingStyle,
    /// Columns to fit into.
    pub width: Option<u16>,
    /// Whether to colour.
    pub color: bool,
    /// The least confidence shown; what is below is counted.
    pub at_least: Confidence,
    /// Texts of the files.
    pub text: TextOf<'a>,
    /// What the rules say of themselves.
    pub rules: &'a [RuleHelp],
}

/// Longest line that is shown; longer ones are made by programs.
const LONGEST_LINE: usize = 500;
/// How many lines lie between two whose beginnings are kept.
const STEP: usize = 128;
/// Most lines of one place.
const MOST_LINES: usize = 30;

/// The findings, the suppressions that do nothing, and the counts.
pub fn findings(document: &Document, options: &FindingOptions<'_>) -> String {
    let mut out = String::new();
    write(&mut out, document, options).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, document: &Document, options: &FindingOptions<'_>) -> std::fmt::Result {
    let all = placed(document, false);
    let shown: Vec<&Placed<'_>> =
        all.iter().filter(|one| one.finding.confidence >= options.at_least).collect();
    match options.style {
        FindingStyle::Full => {
            let mut explained = BTreeSet::new();
            let mut lines = LinesOf::new();
            for one in &shown {
                let first = explained.insert(one.finding.rule.as_str());
                writeln!(out, "{}\n", frame(one, first, options, &mut lines))?;
            }
        }
        FindingStyle::Concise => {
            for one in &shown {
                let (at, finding) = (&one.finding.location, one.finding);
                writeln!(
                    out,
                    "{}:{}:{}: {}: {} [{}]",
                    plain(&one.path),
                    at.line,
                    at.column,
                    level_name(finding.severity),
                    plain(&finding.message),
                    plain(&finding.rule)
                )?;
            }
        }
        FindingStyle::Grouped => grouped(out, &shown)?,
    }
    unused(out, document, options)?;
    for line in counts(document, &all, shown.len(), options.at_least) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn grouped(out: &mut String, shown: &[&Placed<'_>]) -> std::fmt::Result {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for one in shown {
        by_file.entry(&one.path).or_default().push(one.finding);
    }
    for (path, findings) in by_file {
        let n = findings.len();
        writeln!(out, "{} ({n} finding{})", plain(path), if n == 1 { "" } else { "s" })?;
        let place = |at: &Location| format!("{}:{}", at.line, at.column);
        let wide = findings.iter().map(|one| place(&one.location).len()).max().unwrap_or_default();
        for finding in findings {
            writeln!(
                out,
                "  {:<wide$}  {:<7}  {}  [{}]",
                place(&finding.location),
                level_name(finding.severity),
                plain(&finding.message),
                plain(&finding.rule)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The word compilers would use.
fn level_name(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    }
}

fn frame<'a>(one: &Placed<'a>, first: bool, options: &FindingOptions<'_>, lines: &mut LinesOf<'a>) -> String {
    let finding = one.finding;
    let level = match finding.severity {
        Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Note => Level::NOTE,
    };
    let label = if finding.function.is_empty() {
        String::new()
    } else {
        format!("in `{}`", plain(&finding.function))
    };
    let mut group = Group::with_title(level.primary_title(plain(&finding.message)).id(plain(&finding.rule)));
    let mut excerpt = |at: &'a Location| {
        let text = (options.text)(&finding.artifact, &at.path)?;
        let lines = lines.entry((&finding.artifact, &at.path)).or_insert_with(|| Lines::of(text));
        Excerpt::of(text, lines, at)
    };
    let of_finding = excerpt(&finding.location);
    group = match &of_finding {
        Some(excerpt) => {
            let marked = AnnotationKind::Primary.span(excerpt.span.clone());
            let marked = if label.is_empty() { marked } else { marked.label(label) };
            group.element(
                Snippet::source(excerpt.lines.clone())
                    .line_start(excerpt.first)
                    .path(plain(&one.path))
                    .annotation(marked),
            )
        }
        None => group.element(origin(&one.path, &finding.location)),
    };
    for related in &finding.related {
        let path = shown_path(one.package, &finding.artifact, &related.location.path);
        group = match excerpt(&related.location) {
            Some(excerpt) => group.element(
                Snippet::source(excerpt.lines)
                    .line_start(excerpt.first)
                    .path(plain(&path))
                    .annotation(AnnotationKind::Context.span(excerpt.span).label(plain(&related.message))),
            ),
            None => {
                let at = format!("{} ({}:{})", plain(&related.message), plain(&path), related.location.line);
                group.element(note(at))
            }
        };
    }
    if !finding.fix.is_empty() {
        group = group.element(Level::HELP.message(plain(&finding.fix)));
    }
    if let Some(correction) = &finding.correction {
        let option = if correction.safe { "--fix" } else { "--fix --unsafe-fixes" };
        group = group.element(note(format!("`{option}` does this: it {}", plain(&correction.what))));
    }
    let mut facts = format!("{} confidence", confidence_name(finding.confidence));
    match finding.live {
        Some(true) => {
            facts.push_str("; the module declares that it runs without the GIL, so this can happen today");
        }
        // A missing declaration says so itself.
        Some(false) if finding.class != Class::MissingModGil => {
            facts.push_str("; the module does not declare yet, so this stands before declaring");
        }
        _ => {}
    }
    group = group.element(note(facts));
    if let Some(help) = options.rules.iter().find(|help| help.id == finding.rule).filter(|_| first) {
        group = group.element(note(format!("why: {}", one_line(&help.rationale))));
        if let Some(url) = &help.url {
            group = group.element(note(format!("`ungil explain {}` tells more, and {url}", help.id)));
        }
    }
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let width = options.width.map_or(120, |width| usize::from(width.max(60)));
    renderer.decor_style(DecorStyle::Ascii).term_width(width).render(&[group])
}

fn note(text: String) -> Message<'static> {
    Level::NOTE.message(text)
}

fn origin(path: &str, at: &Location) -> Origin<'static> {
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    Origin::path(plain(path)).line(number(at.line)).char_column(number(at.column))
}

/// Lines of a file with a place in them.
struct Excerpt {
    lines: String,
    first: usize,
    span: std::ops::Range<usize>,
}

/// Where lines of the texts begin, by artifact and path.
type LinesOf<'a> = HashMap<(&'a str, &'a str), Lines>;

/// Where every [`STEP`]th line of a text begins: a file may have as many findings as lines.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        let begins = memchr::memchr_iter(b'\n', text).map(|at| at.saturating_add(1));
        Self(std::iter::once(0).chain(begins).step_by(STEP).collect())
    }

    /// Where a line begins, counted from 0.
    fn start(&self, text: &[u8], line: usize) -> Option<usize> {
        let near = *self.0.get(line / STEP)?;
        match (line % STEP).checked_sub(1) {
            None => Some(near),
            Some(before) => {
                let at = memchr::memchr_iter(b'\n', text.get(near..)?).nth(before)?;
                Some(near.saturating_add(at).saturating_add(1))
            }
        }
    }
}

impl Excerpt {
    fn of(text: &[u8], lines_of: &Lines, at: &Location) -> Option<Self> {
        let number = |n: u32| usize::try_from(n).ok();
        let (first, last) = (number(at.line)?.checked_sub(1)?, number(at.end_line)?.checked_sub(1)?);
        let (start, end) = (number(at.column)?.checked_sub(1)?, number(at.end_column)?.checked_sub(1)?);
        let count = last.checked_sub(first)?.saturating_add(1).min(MOST_LINES);
        let mut lines = String::new();
        let mut span = 0..0;
        let mut found = 0_usize;
        let start_of_first = lines_of.start(text, first)?;
        for (at, line) in (first..).zip(text.get(start_of_first..)?.split(|byte| *byte == b'\n').take(count))
        {
            if line.len() > LONGEST_LINE {
                return None;
            }
            let line = shown_line(line.strip_suffix(b"\r").unwrap_or(line));
            let offset = lines.len();
            if at == first {
                span.start = offset.saturating_add(boundary(&line, start));
            }
            let to = if at == last { boundary(&line, end) } else { line.len() };
            span.end = offset.saturating_add(to);
            lines.push_str(&line);
            lines.push('\n');
            found = found.saturating_add(1);
        }
        span.end = span.end.max(span.start);
        (found > 0).then_some(Self { lines, first: first.saturating_add(1), span })
    }
}

/// A line as text of the same length in bytes.
fn shown_line(line: &[u8]) -> String {
    let mut out = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '?'));
    }
    out
}

/// The nearest place at or before `at` where a character begins.
fn boundary(line: &str, at: usize) -> usize {
    let mut at = at.min(line.len());
    while !line.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

fn unused(out: &mut String, document: &Document, options: &FindingOptions<'_>) -> std::fmt::Result {
    let Some(review) = &document.review else { return Ok(()) };
    for one in &review.unused_suppressions {
        let package =
            document.packages.iter().find(|p| p.artifacts.iter().any(|a| a.filename == one.artifact));
        let path =
            package.map_or_else(|| one.path.clone(), |package| shown_path(package, &one.artifact, &one.path));
        let place = one.line.map_or_else(|| plain(&path), |line| format!("{}:{line}:1", plain(&path)));
        writeln!(out, "{place}: warning: {}: {} [unused-suppression]", plain(&one.rule), plain(&one.reason))?;
    }
    if !review.unused_suppressions.is_empty() && options.style != FindingStyle::Concise {
        writeln!(out)?;
    }
    Ok(())
}

/// The sentences at the end.
fn counts(document: &Document, all: &[Placed<'_>], shown: usize, at_least: Confidence) -> Vec<String> {
    let mut lines = Vec::new();
    let files: BTreeSet<&str> = all.iter().map(|one| one.path.as_str()).collect();
    let by = |severity| all.iter().filter(|one| one.finding.severity == severity).count();
    let parts: Vec<String> = [
        (by(Severity::High), "high"),
        (by(Severity::Medium), "medium"),
        (by(Severity::Low), "low"),
        (by(Severity::Note), "for your information"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    let looked_at_sources =
        document.packages.iter().any(|package| package.safety != crate::model::Safety::Unseen);
    if all.is_empty() {
        if looked_at_sources {
            let all = document.packages.iter().map(|package| package.findings.len()).sum::<usize>();
            lines.push(if all == 0 { "No findings." } else { "No findings that count." }.to_owned());
        }
    } else {
        lines.push(format!(
            "{} in {}: {}.",
            counted(all.len(), "finding"),
            counted(files.len(), "file"),
            parts.join(", ")
        ));
    }
    let fixable = |safe: bool| {
        all.iter().filter(|one| one.finding.correction.as_ref().is_some_and(|fix| fix.safe == safe)).count()
    };
    match (fixable(true), fixable(false)) {
        (0, 0) => {}
        (safe, 0) => lines.push(format!("{safe} can be fixed by --fix; --diff shows how.")),
        (0, more) => lines.push(format!("{more} can be fixed by --fix --unsafe-fixes; --diff --unsafe-fixes shows how.")),
        (safe, more) => lines.push(format!(
            "{safe} can be fixed by --fix, {more} more by --fix --unsafe-fixes; --diff shows how, with the same."
        )),
    }
    let hidden = all.len().saturating_sub(shown);
    if hidden > 0 {
        lines.push(format!(
            "{hidden} of them, below {} confidence, not shown; `--min-confidence low` shows them.",
            confidence_name(at_least)
        ));
    }
    let generated = document.packages.iter().flat_map(|p| &p.findings).filter(|f| f.origin.is_some()).count();
    if generated > 0 {
        lines.push(format!("{generated} more in generated or vendored code, which do not count."));
    }
    lines.extend(document.packages.iter().flat_map(super::attributed::lines));
    let Some(review) = &document.review else { return lines };
    let accepted: u32 = review.accepted.values().sum();
    if accepted > 0 {
        let ways: Vec<String> = review
            .accepted
            .iter()
            .map(|(by, n)| match by.as_str() {
                "comment" => format!("{n} by comments"),
                "config" => format!("{n} by the configuration"),
                "baseline" => format!("{n} by the baseline"),
                other => format!("{n} by {other}"),
            })
            .collect();
        lines.push(format!("{accepted} accepted: {}.", ways.join(", ")));
    }
    if review.left_out > 0 {
        lines.push(format!("{} not asked for by --select, --ignore and their like.", review.left_out));
    }
    let fixed: u32 = review.fixed.iter().map(|row| row.count).sum();
    if fixed > 0 {
        lines.push(format!("{fixed} of the baseline fixed since; `ungil baseline` writes it without them."));
    }
    lines
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Correction, Related, Suppression};
    use crate::report::{ReviewRow, sample};

    const CODE: &str = "static PyObject *\nlookup(PyObject *self, PyObject *table)\n{\n    PyObject *hit = PyDict_GetItem(table, self);\n    return Py_XNewRef(hit);\n}\n";

    fn document() -> Document {
        let mut document = sample::document();
        let numpy = document.packages.iter_mut().find(|p| p.name == "numpy").expect("numpy");
        let finding = &mut numpy.findings[0];
        finding.location =
            Location { path: "numpy/_core/src/x.c".into(), line: 4, column: 21, end_line: 4, end_column: 48 };
        finding.related.push(Related {
            location: Location {
                path: "numpy/_core/src/x.c".into(),
                line: 2,
                column: 1,
                end_line: 2,
                end_column: 7,
            },
            message: "`table` comes from any caller".into(),
        });
        let mut other = finding.clone();
        other.location.line = 40;
        other.location.end_line = 40;
        other.confidence = Confidence::Low;
        let edits = Vec::new();
        finding.correction = Some(Correction { safe: true, what: "takes a reference".into(), edits });
        other.related.clear();
        let mut accepted = finding.clone();
        accepted.suppressed = Some(Suppression { by: "comment".into(), reason: "r".into() });
        numpy.findings.extend([other, accepted]);
        document.review = Some(ReviewRow {
            accepted: [("comment".to_owned(), 1)].into(),
            left_out: 2,
            unused_suppressions: vec![crate::accept::Unused {
                artifact: "numpy-2.5.5.tar.gz".into(),
                path: "a.c".into(),
                line: Some(7),
                rule: "lazy-init".into(),
                reason: "nothing is found here any more, so the comment can go".into(),
            }],
            fixed: Vec::new(),
        });
        document
    }

    fn shown(style: FindingStyle) -> String {
        let rules = [RuleHelp {
            id: "borrowed-container-item".into(),
            name: "Borrowed".into(),
            rationale: "The reference belongs\nto the container.".into(),
            fix: "Change it.".into(),
            since_python: "3.13".into(),
            url: Some("https://docs.example/borrowed".into()),
        }];
        let text = |_: &str, path: &str| path.ends_with("x.c").then_some(CODE.as_bytes());
        let options = FindingOptions {
            style,
            width: Some(100),
            color: false,
            at_least: Confidence::Medium,
            text: &text,
            rules: &rules,
        };
        findings(&document(), &options)
    }

    #[test]
    fn a_finding_is_shown_with_its_code_reason_and_fix() {
        insta::assert_snapshot!(shown(FindingStyle::Full));
    }

    #[test]
    fn concise_and_grouped_forms_say_the_same_in_fewer_lines() {
        insta::assert_snapshot!(shown(FindingStyle::Concise) + "\n---\n" + &shown(FindingStyle::Grouped));
    }

    #[test]
    fn a_line_is_found_from_the_nearest_one_whose_beginning_is_kept() {
        let text: String = (0..1000).map(|n| format!("{n}\n")).collect();
        let lines = Lines::of(text.as_bytes());
        for n in [0, 1, STEP - 1, STEP, STEP + 1, 999] {
            let start = lines.start(text.as_bytes(), n).expect("a line");
            assert!(text[start..].starts_with(&format!("{n}\n")), "{n}");
        }
        assert_eq!(lines.start(text.as_bytes(), 1000), Some(text.len()), "what follows the last newline");
        assert_eq!(lines.start(text.as_bytes(), 1001), None);
    }

    #[test]
    fn code_that_is_no_text_keeps_its_columns_and_never_steers_a_terminal() {
        let at = Location { path: String::new(), line: 1, column: 3, end_line: 9, end_column: 9 };
        let of = |text: &[u8], at: &Location| Excerpt::of(text, &Lines::of(text), at);
        let excerpt = of(b"a\xffb\x1b[31m\nc", &at).expect("lines");
        assert!(excerpt.lines.starts_with("a?b"));
        assert_eq!(excerpt.span.start, 2);
        assert!(of(b"", &Location { line: 0, ..at.clone() }).is_none());
        assert!(of(&[b'x'; 1000], &at).is_none());
        let text = |_: &str, _: &str| Some(&b"\x1b[31mPyDict\xff\n\x1b\n\x07\n\x1b[2J x\n"[..]);
        let options = FindingOptions {
            style: FindingStyle::Full,
            width: None,
            color: false,
            at_least: Confidence::Low,
            text: &text,
            rules: &[],
        };
        assert!(!findings(&document(), &options).contains(['\u{1b}', '\u{7}']));
    }
}

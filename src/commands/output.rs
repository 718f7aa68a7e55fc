//! Where text goes: the report to standard output or a file, all else to standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Stop;
use super::cli::{Color, CommonArgs};
use super::format::Format;
use crate::model::Confidence;
use crate::pipeline::Review;
use crate::report::{self, Document, FindingOptions, FindingStyle, RuleHelp, TextOptions};
use crate::rules::RuleSet;

/// What a check knows beside its report.
pub(super) struct Shown<'a> {
    /// Texts of the files, an artifact each.
    pub reviews: &'a [Review],
    /// The least confidence that was asked for, if any.
    pub min_confidence: Option<Confidence>,
}

/// Two reports cannot go to one place.
pub(super) fn refuse_bad_sinks(args: &CommonArgs) -> Result<(), Stop> {
    let without_file = args.formats.iter().filter(|sink| sink.file.is_none()).count();
    if without_file > 1 {
        return Err(Stop::usage(
            "only one format can go to standard output; write the others as FORMAT=FILE",
        ));
    }
    if args.output.is_some() && without_file == 0 {
        return Err(Stop::usage("--output is for a format without a file of its own, and every one has one"));
    }
    Ok(())
}

/// Writes the report as the options ask, every format to its place.
pub(super) fn report(
    document: &Document,
    args: &CommonArgs,
    shown: Option<&Shown<'_>>,
) -> anyhow::Result<()> {
    for sink in &args.formats {
        let file = sink.file.as_ref().or(args.output.as_ref());
        let text = written(document, args, sink.format, file.is_none(), shown);
        match file {
            None => print(&text)?,
            Some(path) => write_file(path, &text)?,
        }
        if sink.format == Format::Github {
            append_job_summary(document)?;
        }
    }
    Ok(())
}

fn written(
    document: &Document,
    args: &CommonArgs,
    format: Format,
    to_stdout: bool,
    shown: Option<&Shown<'_>>,
) -> String {
    let options = text_options(args, to_stdout);
    match format {
        Format::Text if shown.is_some() && options.verbosity >= 0 => {
            let findings = findings(document, FindingStyle::Full, &options, shown);
            format!("{findings}\n{}", report::text(document, &options))
        }
        Format::Text => report::text(document, &options),
        Format::Concise => findings(document, FindingStyle::Concise, &options, shown),
        Format::Grouped => findings(document, FindingStyle::Grouped, &options, shown),
        Format::Json => report::json(document),
        Format::Jsonl => report::jsonl(document),
        Format::Sarif => report::sarif(document, &rule_help()),
        Format::Github => report::github(document),
        Format::Gitlab => report::gitlab(document),
        Format::Markdown => report::markdown(document),
        Format::Junit => report::junit(document),
    }
}

fn findings(
    document: &Document,
    style: FindingStyle,
    options: &TextOptions,
    shown: Option<&Shown<'_>>,
) -> String {
    let reviews = shown.map_or(&[][..], |shown| shown.reviews);
    let text = |artifact: &str, path: &str| {
        let review = reviews.iter().find(|review| review.artifact == artifact)?;
        review.texts.get(path).map(Vec::as_slice)
    };
    let least = shown.and_then(|shown| shown.min_confidence);
    let everything = if options.verbosity > 0 { Confidence::Low } else { Confidence::Medium };
    let options = FindingOptions {
        style,
        width: options.width,
        color: options.color,
        at_least: least.unwrap_or(everything),
        text: &text,
        rules: &rule_help(),
    };
    report::findings(document, &options)
}

/// GitHub Actions names a file whose Markdown it shows on the run's page; steps add to it.
fn append_job_summary(document: &Document) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let shown = PathBuf::from(&path).display().to_string();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot add to the job summary {shown}"))?;
    file.write_all(report::markdown(document).as_bytes())
        .with_context(|| format!("cannot add to the job summary {shown}"))
}

/// Writes a file: beside it and then renamed, so that a reader never sees half of it.
pub(super) fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let shown = path.display();
    let mut file = made.with_context(|| format!("cannot write {shown}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    readable_by_all(file.as_file());
    file.persist(path).with_context(|| format!("cannot write {shown}"))?;
    Ok(())
}

/// Temporary files are private; a report is like any file the user makes.
pub(super) fn readable_by_all(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Failing that, the report is there all the same.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

fn text_options(args: &CommonArgs, to_stdout: bool) -> TextOptions {
    let to_terminal = to_stdout && io::stdout().is_terminal();
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            to_stdout && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    };
    let width = to_terminal.then(|| terminal_size::terminal_size().map(|(width, _)| width.0)).flatten();
    TextOptions { width, color, verbosity: args.verbosity(), tree: args.tree }
}

/// What the rules say of themselves, for formats that carry it.
pub(super) fn rule_help() -> Vec<RuleHelp> {
    let help = |rule: &crate::rules::Rule| RuleHelp {
        id: rule.id.clone(),
        name: rule.name.clone(),
        rationale: rule.rationale.clone(),
        fix: rule.fix.clone(),
        since_python: rule.since_python.clone(),
        url: rule.references.first().cloned(),
    };
    RuleSet::builtin().rules().iter().map(help).collect()
}

/// Prints to standard output. A reader that went away (`| head`) is no error.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// Says that something went wrong.
pub(super) fn error(text: &str) {
    say("error", text);
}

/// Says what was done.
pub(super) fn note(text: &str) {
    say("note", text);
}

/// Says what a user should know.
pub(super) fn warning(text: &str) {
    say("warning", text);
}

fn say(kind: &str, text: &str) {
    // Text from outside must not steer the terminal.
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let mut to = anstream::stderr().lock();
    // There is nowhere left to complain to.
    let _ = writeln!(to, "\u{1b}[1m{kind}:\u{1b}[0m {text}");
}

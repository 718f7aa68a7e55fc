//! Where text goes: the report to standard output or a file, all else to standard error.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;

use super::cli::{Color, CommonArgs, Format};
use crate::report::{self, Document, RuleHelp, TextOptions};
use crate::rules::RuleSet;

/// Writes the report as the options ask.
pub(super) fn report(document: &Document, args: &CommonArgs) -> anyhow::Result<()> {
    let text = match args.format {
        Format::Text => report::text(document, &text_options(args)),
        Format::Json => report::json(document),
        Format::Jsonl => report::jsonl(document),
        Format::Sarif => report::sarif(document, &rule_help()),
        Format::Github => report::github(document),
        Format::Markdown => report::markdown(document),
        Format::Junit => report::junit(document),
    };
    match &args.output {
        None => print(&text),
        Some(path) => {
            // Beside the file and then renamed: a reader never sees half a report.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let made = match folder {
                Some(folder) => tempfile::NamedTempFile::new_in(folder),
                None => tempfile::NamedTempFile::new_in("."),
            };
            let shown = path.display();
            let mut file = made.with_context(|| format!("cannot write the report to {shown}"))?;
            file.write_all(text.as_bytes()).with_context(|| format!("cannot write the report to {shown}"))?;
            readable_by_all(file.as_file());
            file.persist(path).with_context(|| format!("cannot write the report to {shown}"))?;
            Ok(())
        }
    }
}

/// Temporary files are private; a report is like any file the user makes.
fn readable_by_all(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Failing that, the report is there all the same.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

fn text_options(args: &CommonArgs) -> TextOptions {
    let to_terminal = args.output.is_none() && io::stdout().is_terminal();
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            args.output.is_none()
                && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
        }
    };
    let width = to_terminal.then(|| terminal_size::terminal_size().map(|(width, _)| width.0)).flatten();
    TextOptions { width, color, verbosity: args.verbosity() }
}

/// What the rules say of themselves, for formats that carry it.
fn rule_help() -> Vec<RuleHelp> {
    let help = |rule: &crate::rules::Rule| RuleHelp {
        id: rule.id.clone(),
        name: rule.name.clone(),
        rationale: rule.rationale.clone(),
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

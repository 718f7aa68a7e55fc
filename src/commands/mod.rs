//! Arguments, wiring and exit codes.
//!
//! Everything that meets the terminal, the clock or the environment is here. The report goes to standard output, all
//! else to standard error. A command ends with the codes of the contract: 0 looked at and nothing reaches the
//! threshold, 1 something does, 2 the question was not understood, 3 something could not be looked at.

mod audit;
mod check;
mod cli;
mod configured;
mod fix;
mod format;
mod maintainer;
mod merge;
mod options;
mod output;
mod place;
mod progress;
mod rules;
mod shell;
mod site;
mod stopping;
mod survey;
mod tables;
mod uv;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::input::Problem;

/// The code for a command line, configuration or requirements file that is not understood.
const USAGE: u8 = 2;

/// Runs the command that this process was called with.
pub fn run() -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    let done = configured::effective(&argv).and_then(|effective| dispatch(&effective));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            for line in &stop.lines {
                output::error(line);
            }
            ExitCode::from(stop.code)
        }
    }
}

fn dispatch(effective: &configured::Effective) -> Result<u8, Stop> {
    match &effective.cli.command {
        cli::Command::Audit(args) => audit::run(args),
        cli::Command::Check(args) => check::run(args, effective),
        cli::Command::Baseline(args) => check::baseline(args, effective),
        cli::Command::Plan(args) => check::plan(args, effective),
        cli::Command::Verify(args) => verify::run(args, effective),
        cli::Command::Survey(args) => survey::run(args),
        cli::Command::Worker(args) => survey::worker(args),
        cli::Command::Merge(args) => merge::run(args),
        cli::Command::Completions(args) => shell::completions(args),
        cli::Command::Man(args) => shell::man(args),
        cli::Command::Config(args) => config(args),
        cli::Command::Explain(args) => rules::explain(args),
        cli::Command::Rules(args) => rules::run(args),
        cli::Command::Schema(args) => schema(args.of),
    }
}

/// Prints a schema.
fn schema(of: cli::SchemaOf) -> Result<u8, Stop> {
    let text = match of {
        cli::SchemaOf::Report => crate::report::schema(),
        cli::SchemaOf::Row => crate::survey::schema(),
        cli::SchemaOf::Tables => crate::tables::schema(),
    };
    output::print(&text)?;
    Ok(0)
}

/// Prints what another command line would be run with.
fn config(args: &maintainer::ConfigArgs) -> Result<u8, Stop> {
    let mut asked: Vec<OsString> = args.command.iter().map(OsString::from).collect();
    if args.command.first().is_none_or(|first| first.starts_with('-')) {
        asked.insert(0, OsString::from("check"));
    }
    asked.insert(0, OsString::from("ungil"));
    let effective = configured::effective(&asked)?;
    output::print(&configured::listing(&effective))?;
    Ok(0)
}

/// Why a command ended before it had an answer.
#[derive(Debug)]
struct Stop {
    code: u8,
    lines: Vec<String>,
}

impl Stop {
    fn usage(line: impl Into<String>) -> Self {
        Self { code: USAGE, lines: vec![line.into()] }
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        // What was asked was understood, and the answer could not be given: incomplete.
        Self { code: 3, lines: vec![format!("{error:#}")] }
    }
}

impl From<Vec<Problem>> for Stop {
    fn from(problems: Vec<Problem>) -> Self {
        Self { code: USAGE, lines: problems.iter().map(ToString::to_string).collect() }
    }
}

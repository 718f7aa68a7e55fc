//! Arguments, wiring and exit codes.
//!
//! Everything that meets the terminal, the clock or the environment is here. The report goes to standard output, all
//! else to standard error. A command ends with the codes of the contract: 0 looked at and nothing reaches the
//! threshold, 1 something does, 2 the question was not understood, 3 something could not be looked at.

mod audit;
mod check;
mod cli;
mod options;
mod output;
mod progress;
mod rules;

use std::process::ExitCode;

use clap::Parser as _;

use crate::input::Problem;

/// The code for a command line, configuration or requirements file that is not understood.
const USAGE: u8 = 2;

/// Runs the command that this process was called with.
pub fn run() -> ExitCode {
    let cli = cli::Cli::parse();
    let done = match &cli.command {
        cli::Command::Audit(args) => audit::run(args),
        cli::Command::Check(args) => check::run(args),
        cli::Command::Explain(args) => rules::explain(args),
        cli::Command::Rules(args) => rules::run(args),
        cli::Command::Schema => output::print(&crate::report::schema()).map(|()| 0).map_err(Stop::from),
    };
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

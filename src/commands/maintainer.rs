//! Options of the commands for maintainers: `check`, `baseline`, `plan`, `verify` and `config`.

use std::path::PathBuf;

use clap::Args;

use super::cli::CommonArgs;
use crate::model::Confidence;

/// Where `baseline` writes unless told otherwise.
pub(super) const BASELINE_FILE: &str = "ungil-baseline.json";

/// What is asked for, and what was accepted.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Findings")]
pub(super) struct ReviewArgs {
    /// Report only these rules, by id or class; `all` for all.
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "UNGIL_SELECT")]
    pub select: Vec<String>,
    /// Do not report these rules, by id or class.
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "UNGIL_IGNORE")]
    pub ignore: Vec<String>,
    /// Report nothing below this confidence. [default: low; text shows findings from medium on and counts the others]
    #[arg(long, value_name = "LEVEL", value_parser = confidence, env = "UNGIL_MIN_CONFIDENCE")]
    pub min_confidence: Option<Confidence>,
    /// Do not report a rule in files that fit a pattern: `tests/**:all`.
    #[arg(long, value_name = "PATTERN:RULE", value_delimiter = ',', env = "UNGIL_PER_FILE_IGNORES")]
    pub per_file_ignores: Vec<String>,
    /// Report nothing in files that fit a pattern.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "UNGIL_EXCLUDE")]
    pub exclude: Vec<String>,
    /// Accept the findings in this file, which `ungil baseline` writes.
    #[arg(long, value_name = "FILE", env = "UNGIL_BASELINE")]
    pub baseline: Option<PathBuf>,
    /// Modules that may need the GIL, by their dotted names: they do not count against the threshold.
    #[arg(long, value_name = "MODULE", value_delimiter = ',', env = "UNGIL_MAY_NEED_GIL")]
    pub may_need_gil: Vec<String>,
}

/// What `check` changes in source trees.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fixes")]
pub(super) struct FixArgs {
    /// Change the sources where that is mechanical and proved to be safe, then check what is left.
    #[arg(long, env = "UNGIL_FIX")]
    pub fix: bool,
    /// Also make changes that only you can answer for: declarations, and names that an older Python lacks. Without
    /// --fix or --diff, only show them.
    #[arg(long, env = "UNGIL_UNSAFE_FIXES")]
    pub unsafe_fixes: bool,
    /// Print the changes as a diff and change nothing; exit code 1 if there are any.
    #[arg(long, env = "UNGIL_DIFF")]
    pub diff: bool,
}

/// The options of `ungil baseline`.
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    /// Source trees and sdists. [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Only tell what would change; exit code 1 if something would.
    #[arg(long, env = "UNGIL_DRY_RUN")]
    pub dry_run: bool,
    #[command(flatten)]
    pub review: ReviewArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The options of `ungil plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Source trees and sdists. [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub review: ReviewArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The options of `ungil verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Distributions that are installed for the interpreter, wheels, or folders with built modules; for --tsan the
    /// source tree. [default: the current folder]
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// A free-threaded interpreter: its modules are imported by it, which runs them.
    #[arg(long, value_name = "PATH", env = "UNGIL_VERIFY_PYTHON")]
    pub python: Option<PathBuf>,
    /// Import only this module; may be given several times.
    #[arg(long = "module", value_name = "NAME", value_delimiter = ',')]
    pub modules: Vec<String>,
    /// Give an import so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, env = "UNGIL_TIMEOUT")]
    pub timeout: u64,
    /// A report of ThreadSanitizer to match to findings and source lines; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub tsan: Vec<PathBuf>,
    /// Write JSON instead of text.
    #[arg(long, env = "UNGIL_JSON")]
    pub json: bool,
    /// Write to this file instead of standard output.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The options of `ungil completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// The options of `ungil man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// A folder for the pages of all commands.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// The options of `ungil config`.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// A command with its options, as one would run it. [default: check]
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

fn confidence(text: &str) -> Result<Confidence, String> {
    match text.trim() {
        "low" => Ok(Confidence::Low),
        "medium" => Ok(Confidence::Medium),
        "high" => Ok(Confidence::High),
        _ => Err("write low, medium or high".to_owned()),
    }
}

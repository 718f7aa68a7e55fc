//! The command line as clap reads it.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::format::{Sink, SinkParser};
use super::maintainer::{
    BaselineArgs, CompletionsArgs, ConfigArgs, FixArgs, ManArgs, PlanArgs, ReviewArgs, VerifyArgs,
};
use super::merge::MergeArgs;
use super::survey::{SurveyArgs, WorkerArgs};
use crate::report::FAIL_ON_HELP;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "Exit codes:
  0  everything was looked at and nothing reaches the threshold
  1  something reaches it (see --fail-on)
  2  the command line, configuration or a requirements file is not understood
  3  incomplete: something could not be looked at, or there was nothing to look at";

const RUN_CODES: &str = "Exit codes:
  0         every project was looked at
  2         the command line or the list is not understood, or there are rows and no --resume
  3         incomplete: some rows say what could not be looked at
  130, 143  ended by SIGINT or SIGTERM after the projects under way; --resume goes on";

/// Tells which Python packages turn the GIL back on, which are unsafe without it, and what to change.
///
/// Nothing that is audited is ever run, built, imported or unpacked to disk; only `verify` runs what it is pointed at.
#[derive(Debug, Parser)]
#[command(name = "ungil", version, styles = STYLES, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// May my application drop the GIL, and who stands in the way?
    #[command(after_help = EXIT_CODES)]
    Audit(Box<AuditArgs>),
    /// Is what I maintain ready, and what do I change? Reads files and folders, offline.
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// What does a finding mean? Also `score`: how the score is made.
    Explain(ExplainArgs),
    /// Lists the rules, or tests rules of your own.
    Rules(RulesArgs),
    /// Writes the findings there are to a baseline, and tells what is fixed since it was last written.
    #[command(after_help = EXIT_CODES)]
    Baseline(BaselineArgs),
    /// What to change, in order, as a list to tick off; and what ships the wheels.
    #[command(after_help = EXIT_CODES)]
    Plan(PlanArgs),
    /// Imports extension modules in an interpreter you name, and matches ThreadSanitizer's reports. Runs what it looks at.
    #[command(after_help = EXIT_CODES)]
    Verify(VerifyArgs),
    /// How ready is the ecosystem? Looks at the latest releases of a list of projects, a row each.
    #[command(after_help = RUN_CODES)]
    Survey(Box<SurveyArgs>),
    /// A survey's worker for other engines: JSON lines with a `name` in, a row per line out, as they get done.
    Worker(Box<WorkerArgs>),
    /// Makes one table of rows of shards, workers and earlier merges, each project once, sorted by name.
    Merge(MergeArgs),
    /// Prints a completion script for a shell.
    Completions(CompletionsArgs),
    /// Prints the manual page, or writes one per command into a folder.
    Man(ManArgs),
    /// Prints the effective configuration of a command, with where each value comes from.
    Config(ConfigArgs),
    /// Prints the schema of the report, of a survey's rows, or of its tables.
    Schema(SchemaArgs),
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Of what.
    #[arg(value_enum, default_value_t)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// The JSON report of `audit` and `check`, as a JSON schema.
    #[default]
    Report,
    /// A line of a survey's `rows.jsonl`, as a JSON schema.
    Row,
    /// The tables of a survey: columns, types and meanings.
    Tables,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Requirements (`numpy`, "lxml>=5", ./pkg-1.0.tar.gz), or files of them: requirements.txt, pylock.toml, uv.lock,
    /// poetry.lock, pdm.lock, Pipfile.lock, pyproject.toml; `-` reads one from standard input.
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// A requirements or lock file or a pyproject.toml, whatever its name; may be given several times.
    #[arg(short = 'r', long = "requirement", value_name = "FILE")]
    pub requirements: Vec<String>,
    /// A file of constraints: limits versions, asks for nothing.
    #[arg(
        short = 'c',
        long = "constraint",
        value_name = "FILE",
        env = "UNGIL_CONSTRAINT",
        value_delimiter = ' '
    )]
    pub constraints: Vec<String>,
    /// Judge what is installed in this environment (a virtual environment's folder, or a site-packages) from the files
    /// that lie there, without an index; may be given several times.
    #[arg(long = "environment", value_name = "DIR", env = "UNGIL_ENVIRONMENT")]
    pub environments: Vec<String>,
    /// Draw the path from each direct requirement to each package that stands in the way.
    #[arg(long, env = "UNGIL_TREE")]
    pub tree: bool,
    /// Do not look for releases that would be ready where the chosen ones are not.
    #[arg(long, env = "UNGIL_NO_WAY_OUT", conflicts_with = "write_constraints")]
    pub no_way_out: bool,
    /// Write what to ask for, so that the set is ready, to this file of constraints.
    #[arg(long, value_name = "FILE", env = "UNGIL_WRITE_CONSTRAINTS")]
    pub write_constraints: Option<PathBuf>,
    /// Look at what is named only, not at what it needs.
    #[arg(long, env = "UNGIL_NO_DEPS")]
    pub no_deps: bool,
    /// Who resolves: ungil itself, or an installed `uv` (`uv pip compile --no-build`).
    #[arg(long, value_enum, default_value_t, env = "UNGIL_RESOLVER", conflicts_with = "no_deps")]
    pub resolver: ResolverChoice,
    /// Take this extra of the projects and lock files in as well; may be given several times.
    #[arg(long = "extra", value_name = "NAME", env = "UNGIL_EXTRA", value_delimiter = ',')]
    pub extras: Vec<String>,
    /// Take all their extras in.
    #[arg(long, env = "UNGIL_ALL_EXTRAS")]
    pub all_extras: bool,
    /// Take this dependency group of the projects and lock files in as well; may be given several times.
    #[arg(long = "group", value_name = "NAME", env = "UNGIL_GROUP", value_delimiter = ',')]
    pub groups: Vec<String>,
    /// Take all their dependency groups in.
    #[arg(long, env = "UNGIL_ALL_GROUPS")]
    pub all_groups: bool,
    /// Let pre-releases count as releases.
    #[arg(long, env = "UNGIL_PRE")]
    pub pre: bool,
    /// Take no wheels of these projects (names with commas, or :all:).
    #[arg(long, value_name = "NAMES", env = "UNGIL_NO_BINARY")]
    pub no_binary: Vec<String>,
    /// Take no sdists of these projects (names with commas, or :all:).
    #[arg(long, value_name = "NAMES", env = "UNGIL_ONLY_BINARY")]
    pub only_binary: Vec<String>,
    /// Every requirement needs a pinned version and a hash.
    #[arg(long, env = "UNGIL_REQUIRE_HASHES")]
    pub require_hashes: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Who resolves what is not locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ResolverChoice {
    /// ungil itself.
    #[default]
    Ungil,
    /// An installed uv.
    Uv,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Source trees, sdists, wheels, extension files, or folders of them. [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub fix: FixArgs,
    #[command(flatten)]
    pub review: ReviewArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The id of a rule as findings name it, or `score`.
    pub rule: String,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Judges rule folders by their witnesses: `bad/` must fire on the marked lines, `good/` must stay silent.
    Test {
        /// A folder of rule folders, or one rule folder.
        dir: PathBuf,
    },
    /// Writes a page per rule, and one that lists them, into a folder.
    Pages {
        /// The folder; made if it is not there.
        dir: PathBuf,
        /// A folder of rule folders: the first witness of each is shown as an example.
        #[arg(long, value_name = "DIR")]
        examples: Option<PathBuf>,
    },
}

/// Which indexes are asked, and how. Everything that pip and uv are configured with counts as well.
#[derive(Debug, Args)]
#[command(next_help_heading = "Index")]
pub(super) struct IndexArgs {
    /// The package index (Simple API) instead of the default.
    #[arg(
        short = 'i',
        long,
        value_name = "URL",
        alias = "default-index",
        env = "UNGIL_INDEX_URL",
        hide_env_values = true
    )]
    pub index_url: Option<String>,
    /// A further index; of equal files the first index's counts.
    #[arg(
        long,
        value_name = "URL",
        alias = "index",
        env = "UNGIL_EXTRA_INDEX_URL",
        hide_env_values = true,
        value_delimiter = ' '
    )]
    pub extra_index_url: Vec<String>,
    /// A folder, or a page with links to files.
    #[arg(
        short = 'f',
        long,
        value_name = "PATH|URL",
        env = "UNGIL_FIND_LINKS",
        hide_env_values = true,
        value_delimiter = ' '
    )]
    pub find_links: Vec<String>,
    /// Ask no index; --find-links is all there is.
    #[arg(long, env = "UNGIL_NO_INDEX")]
    pub no_index: bool,
    /// Do not check the certificate of this host.
    #[arg(long, value_name = "HOST", env = "UNGIL_TRUSTED_HOST", value_delimiter = ' ')]
    pub trusted_host: Vec<String>,
    /// Leave out what was uploaded later: a date (that day included) or an RFC 3339 time.
    #[arg(long, value_name = "WHEN", env = "UNGIL_EXCLUDE_NEWER")]
    pub exclude_newer: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(super) struct CommonArgs {
    /// An audit's `--tree`.
    #[arg(skip)]
    pub tree: bool,
    /// The Python to judge for; may be given several times. [default: 3.14t]
    #[arg(long = "python", value_name = "VERSION", env = "UNGIL_PYTHON", value_delimiter = ',')]
    pub pythons: Vec<String>,
    /// The platform to judge for, as wheels name it (manylinux_2_28_x86_64, macosx_14_0_arm64, win_amd64) or short
    /// (linux-aarch64, musl, macos, windows); may be given several times. [default: this machine's]
    #[arg(long = "platform", value_name = "PLATFORM", env = "UNGIL_PLATFORM", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Judge wheels only; do not read sources.
    #[arg(long, env = "UNGIL_NO_SOURCES")]
    pub no_sources: bool,
    /// How to write the report; FORMAT=FILE writes it to a file, and may be given several times.
    #[arg(
        long = "format",
        value_name = "FORMAT[=FILE]",
        default_value = "text",
        value_parser = SinkParser,
        value_delimiter = ',',
        env = "UNGIL_FORMAT"
    )]
    pub formats: Vec<Sink>,
    /// Write the report of the format without a file to this file instead of standard output.
    #[arg(short = 'o', long, value_name = "FILE", env = "UNGIL_OUTPUT")]
    pub output: Option<PathBuf>,
    #[arg(long, value_name = "WHAT", help = FAIL_ON_HELP, env = "UNGIL_FAIL_ON")]
    pub fail_on: Option<String>,
    /// Use only the cache and local files.
    #[arg(long, env = "UNGIL_OFFLINE")]
    pub offline: bool,
    /// Where to keep what was fetched and seen. [default: ungil in the platform's cache folder]
    #[arg(long, value_name = "DIR", env = "UNGIL_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Keep nothing and use nothing that was kept, whatever folder is named for it.
    #[arg(long, env = "UNGIL_NO_CACHE")]
    pub no_cache: bool,
    /// The configuration file. [default: ungil.toml or pyproject.toml of the current folder or the nearest above]
    #[arg(long, value_name = "FILE", env = "UNGIL_CONFIG", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Read no configuration file.
    #[arg(long, env = "UNGIL_ISOLATED")]
    pub isolated: bool,
    /// When to colour.
    #[arg(long, value_enum, default_value_t = Color::Auto, env = "UNGIL_COLOR")]
    pub color: Color,
    /// Say less: no progress; twice, no table.
    #[arg(short, long, action = ArgAction::Count, env = "UNGIL_QUIET")]
    pub quiet: u8,
    /// Say more: the evidence per module and finding; twice, the steps that led to it.
    #[arg(short, long, action = ArgAction::Count, env = "UNGIL_VERBOSE")]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal that wants it; NO_COLOR and CLICOLOR_FORCE hold.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}

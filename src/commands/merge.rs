//! `ungil merge`: one table of the rows of many shards, workers and earlier merges.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::place::Copies;
use super::site::{self, SiteArgs};
use super::{Stop, audit, output, tables};
use crate::survey::merge::{MergeError, Merged};

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Folders of a run, files of rows, or addresses of either (s3://BUCKET/PREFIX/run=ID): shards, what workers
    /// wrote, earlier merges.
    #[arg(value_name = "INPUT", required_unless_present = "store")]
    pub inputs: Vec<PathBuf>,
    /// The place that surveys were kept in with --store, all of it; INPUT names parts.
    #[arg(long, value_name = "ADDRESS", env = "UNGIL_STORE", conflicts_with = "inputs")]
    pub store: Option<PathBuf>,
    /// A folder of runs whose earlier ones are the past that the site tells; the run is named with --run.
    #[arg(long, value_name = "DIR", requires = "site")]
    pub history: Option<PathBuf>,
    /// The name of the run, for the site.
    #[arg(long, value_name = "ID", default_value = "merged", requires = "site")]
    pub run: String,
    #[command(flatten)]
    pub site: SiteArgs,
    /// Write the tables into this folder, as Parquet: `ungil schema tables` says what they have.
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Write the table to this file instead of standard output; with --site or --tables none is written unless asked for.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Runs the command; gives the exit code.
pub(super) fn run(args: &MergeArgs) -> Result<u8, Stop> {
    let mut copies = Copies::default();
    let mut inputs = Vec::new();
    for input in args.inputs.iter().chain(&args.store) {
        inputs.push(copies.input(input)?);
    }
    let merged = Merged::of(&inputs).map_err(stop)?;
    match &args.output {
        None if args.site.site.is_some() || args.tables.is_some() => {}
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            merged.write(&mut out).map_err(stop)?;
            out.flush().map_err(|error| Stop::from(anyhow::Error::from(error)))?;
        }
        Some(path) => copies.output(path, |path| write(&merged, path))?,
    }
    output::note(&format!("{} projects; {} rows were there twice", merged.len(), merged.duplicates));
    if copies.torn > 0 {
        output::warning(&format!("{} objects of rows were cut short and were left out", copies.torn));
    }
    if merged.refused > 0 {
        output::warning(&format!(
            "{} lines are no rows (torn, perhaps) and were left out; --resume does them again",
            merged.refused
        ));
    }
    if let Some(to) = &args.tables {
        let own = audit::tool(&crate::judge::Weights::builtin());
        copies.folder(to, |to| tables::write(&merged, merged.tool().unwrap_or(&own), to))?;
    }
    let history = args.history.as_deref().filter(|_| args.site.site.is_some());
    let history = history.map(|history| copies.input(history)).transpose()?;
    site::build(&args.site, &inputs, history.as_deref(), &args.run)?;
    Ok(if merged.refused > 0 || copies.torn > 0 || merged.is_empty() { 3 } else { 0 })
}

/// Beside it and then renamed: the output may be one of the inputs, and no reader sees half of it.
fn write(merged: &Merged, path: &Path) -> Result<(), Stop> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let shown = path.display();
    let made = tempfile::NamedTempFile::new_in(folder).with_context(|| format!("cannot write {shown}"))?;
    let mut out = BufWriter::new(made);
    merged.write(&mut out).map_err(stop)?;
    let file = out.into_inner().map_err(|error| anyhow::anyhow!("cannot write {shown}: {error}"))?;
    output::readable_by_all(file.as_file());
    file.persist(path).with_context(|| format!("cannot write {shown}"))?;
    Ok(())
}

/// What ended a merge.
pub(super) fn stop(error: MergeError) -> Stop {
    match error {
        MergeError::Mixed(_) => Stop::usage(error.to_string()),
        other => Stop::from(anyhow::Error::from(other)),
    }
}

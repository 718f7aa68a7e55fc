//! The site of a survey: reads its rows and what earlier runs said, writes files.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::merge::stop;
use super::{Stop, output};
use crate::site::{self, About, Past, SiteError};
use crate::survey::Row;
use crate::survey::folder::{each_line, read_run, rows_files};
use crate::survey::merge::{MergeError, Merged};

/// What was written last time, so that pages of what is gone go too, and nothing else in the folder does.
const LISTED: &str = "data/files.txt";

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Site")]
pub(super) struct SiteArgs {
    /// Build the static site in this folder, from all rows of the run.
    #[arg(long, value_name = "DIR", env = "UNGIL_SITE")]
    pub site: Option<PathBuf>,
    /// The heading of the site.
    #[arg(long, value_name = "TEXT", default_value = "Free-threaded Python packages", env = "UNGIL_TITLE")]
    pub title: String,
    /// The address at which the site will lie, for its feed.
    #[arg(long, value_name = "URL", env = "UNGIL_BASE_URL")]
    pub base_url: Option<String>,
}

/// Builds the site of `inputs`. `runs` is a folder of runs, of which those before `run` are the past.
pub(super) fn build(args: &SiteArgs, inputs: &[PathBuf], runs: Option<&Path>, run: &str) -> Result<(), Stop> {
    let Some(to) = &args.site else { return Ok(()) };
    if let Some(url) = &args.base_url
        && !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    {
        return Err(Stop::usage("--base-url: an address with http or https is wanted"));
    }
    let merged = Merged::of(inputs).map_err(stop)?;
    let past = runs.map(|runs| past(runs, run, &merged)).transpose()?.unwrap_or_default();
    let about = About {
        title: args.title.clone(),
        run: run.to_owned(),
        base_url: args.base_url.clone().unwrap_or_default(),
        rules: output::rule_help(),
    };
    let written = RefCell::new(BTreeSet::new());
    let mut folders = BTreeSet::new();
    let mut write = |name: &str, bytes: &[u8]| {
        let path = to.join(name);
        let failed = |error: std::io::Error| SiteError::Outside(format!("{}: {error}", path.display()));
        if let Some(folder) = path.parent()
            && folders.insert(folder.to_owned())
        {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&path, bytes).map_err(failed)?;
        written.borrow_mut().insert(name.to_owned());
        Ok(())
    };
    let mut rows = |take: &mut dyn FnMut(Row) -> Result<(), SiteError>| {
        let mut trouble = None;
        let read = merged.each(&mut |line| {
            let row = serde_json::from_slice::<Row>(line);
            let done = row.map_err(|error| SiteError::Outside(error.to_string())).and_then(&mut *take);
            done.map_err(|error| {
                trouble = Some(error);
                MergeError::Stopped
            })
        });
        match (trouble, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(SiteError::Outside(error.to_string())),
            (None, Ok(())) => Ok(()),
        }
    };
    site::build(&about, &past, &mut rows, &mut write)
        .map_err(|error| Stop::from(anyhow::Error::from(error)))?;
    let earlier = listed(to);
    let mut list: String = written.borrow().iter().map(|name| format!("{name}\n")).collect();
    list.push_str(LISTED);
    list.push('\n');
    write(LISTED, list.as_bytes()).map_err(|error| Stop::from(anyhow::Error::from(error)))?;
    let written = written.into_inner();
    for gone in earlier.iter().filter(|name| !written.contains(*name)) {
        // What somebody removed already is gone as well.
        let _ = std::fs::remove_file(to.join(gone));
    }
    output::note(&format!(
        "{} files of a site of {} projects are in {}",
        written.len(),
        merged.len(),
        to.display()
    ));
    Ok(())
}

/// What the last build wrote; names that would lead out of the folder are not believed.
fn listed(to: &Path) -> Vec<String> {
    let mut text = String::new();
    if let Ok(file) = std::fs::File::open(to.join(LISTED)) {
        let _ = file.take(256 << 20).read_to_string(&mut text);
    }
    let inside = |name: &&str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    text.lines().filter(|name| !name.is_empty()).filter(inside).map(str::to_owned).collect()
}

/// Runs in this folder whose names come before this one's and that are for the same targets.
fn past(runs: &Path, run: &str, merged: &Merged) -> Result<Past, Stop> {
    let mut past = Past::default();
    let Ok(folders) = std::fs::read_dir(runs) else { return Ok(past) };
    let mut earlier: Vec<(String, PathBuf)> = folders
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?.strip_prefix("run=")?.to_owned();
            (name.as_str() < run).then(|| (name, entry.path()))
        })
        .collect();
    earlier.sort();
    for (name, folder) in earlier {
        let other = |error| stop(MergeError::from(error));
        let of = read_run(&folder).map_err(other)?;
        if of.is_none_or(|of| merged.targets().is_some_and(|targets| targets != of.targets.as_slice())) {
            continue;
        }
        past.push(name);
        for path in rows_files(&folder).map_err(other)? {
            each_line(&path, &mut |_, line| {
                past.line(line);
                true
            })
            .map_err(other)?;
        }
    }
    Ok(past)
}

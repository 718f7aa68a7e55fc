//! The package index, through the library and through the command line, against a server that misbehaves.
//!
//! Nothing here needs a network: [`server`] listens on the loopback and serves what [`made`] makes.

mod asked;
mod command;
mod environment;
mod files;
mod kept;
mod made;
mod pages;
mod reach;
mod server;
mod sets;

use std::sync::Arc;
use std::time::Duration;

use ungil::index::{Index, Project, Settings};
use ungil::model::{DistFile, PackageName};
use ungil::store::Cache;

/// Settings that ask `index` and lose no time.
fn settings(index: &str) -> Settings {
    let mut settings = Settings {
        retries: 2,
        first_pause: Duration::from_millis(1),
        timeout: Duration::from_secs(5),
        ..Settings::default()
    };
    settings.push_index(index).expect("a URL");
    settings
}

fn open(settings: Settings) -> Index {
    open_with(settings, Cache::disabled())
}

fn open_with(settings: Settings, cache: Cache) -> Index {
    Index::new(settings, Arc::new(cache), Arc::new(())).expect("opens")
}

fn name(text: &str) -> PackageName {
    PackageName::new(text).expect(text)
}

fn filenames(project: &Project) -> Vec<&str> {
    project.files.iter().map(|file| file.filename.as_str()).collect()
}

/// The only file of a project.
fn only_file(index: &Index, project: &str) -> DistFile {
    let mut files = index.project(&name(project)).expect("a page").files;
    assert_eq!(files.len(), 1);
    (*files.remove(0)).clone()
}

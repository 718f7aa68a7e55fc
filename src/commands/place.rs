//! Where results and caches lie: a folder, or a bucket by its address.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::{Stop, merge, tables};
use crate::report::Tool;
use crate::store::{Bucket, BucketError};
use crate::survey::folder::{FolderError, Open, Run};
use crate::survey::merge::Merged;
use crate::survey::remote::{self, Remote, RemoteError};
use crate::survey::{Done, Shard};

/// A folder or a bucket.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Folder(PathBuf),
    Bucket(Arc<Bucket>),
}

impl Place {
    /// The place that a path or an address names.
    pub fn of(text: &str) -> Result<Self, Stop> {
        if !text.contains("://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        if text.starts_with("file://") {
            let path = url::Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
            return path.map(Self::Folder).ok_or_else(|| Stop::usage(format!("{text} names no folder")));
        }
        let bucket = Bucket::open(text).map_err(|error| Stop::usage(error.to_string()))?;
        Ok(Self::Bucket(Arc::new(bucket)))
    }
}

/// The rows of a shard that is being written.
pub(super) enum Rows<'p> {
    Folder(Mutex<Open>),
    Bucket(Box<Remote<'p>>, &'p Bucket),
}

/// Where a finished run lies for whoever reads it next.
pub(super) struct Finished<'p> {
    /// Holds the copy of a bucket.
    _rows: Option<Box<Remote<'p>>>,
    /// The folder of the run.
    pub run: PathBuf,
    /// The folder of all runs.
    pub runs: PathBuf,
    /// How many objects were cut short on their way, and so their rows are missing.
    pub torn: usize,
}

impl<'p> Rows<'p> {
    /// Opens a shard of a run in this place.
    pub fn open(place: &'p Place, run: &Run, shard: Shard, resume: bool) -> Result<Self, Stop> {
        match place {
            Place::Folder(dir) => {
                Ok(Self::Folder(Mutex::new(Open::new(dir, run, shard, resume).map_err(folder)?)))
            }
            Place::Bucket(bucket) => {
                let remote = Remote::new(bucket, run, shard, resume).map_err(of_remote)?;
                Ok(Self::Bucket(Box::new(remote), bucket))
            }
        }
    }

    /// Names that have rows already, once; and how many lines could not be read.
    pub fn done(&mut self) -> (Done, usize) {
        match self {
            Self::Folder(open) => {
                let open = open.get_mut().unwrap_or_else(PoisonError::into_inner);
                (std::mem::take(&mut open.done), open.redone)
            }
            Self::Bucket(remote, _) => (std::mem::take(&mut remote.done), remote.redone),
        }
    }

    /// Keeps a row's line.
    pub fn append(&self, line: &str) -> Result<(), Stop> {
        match self {
            Self::Folder(open) => {
                open.lock().unwrap_or_else(PoisonError::into_inner).append(line).map_err(folder)
            }
            Self::Bucket(remote, _) => remote.append(line).map_err(of_remote),
        }
    }

    /// Writes the tables of the shard, which is done. With `all`, earlier runs are at hand as well.
    pub fn finish(self, dir: &Path, run: &Run, all: bool) -> Result<Finished<'p>, Stop> {
        let named = format!("run={}", run.run);
        match self {
            Self::Folder(open) => {
                let open = open.into_inner().unwrap_or_else(PoisonError::into_inner);
                let own = open.folder().to_owned();
                drop(open);
                write_tables(&own, &run.tool)?;
                Ok(Finished { _rows: None, run: dir.join(named), runs: dir.to_owned(), torn: 0 })
            }
            Self::Bucket(remote, bucket) => {
                let (own, mut torn) = remote.finish().map_err(of_remote)?;
                write_tables(&own, &run.tool)?;
                remote.put_tables().map_err(of_remote)?;
                let runs = remote.folder().to_owned();
                if all {
                    torn += remote::copy(bucket, "", &runs).map_err(of_remote)?;
                }
                Ok(Finished { _rows: Some(remote), run: runs.join(named), runs, torn })
            }
        }
    }
}

fn write_tables(own: &Path, tool: &Tool) -> Result<(), Stop> {
    if !tables::CAN {
        return Ok(());
    }
    let merged = Merged::of(&[own.to_owned()]).map_err(merge::stop)?;
    tables::write(&merged, tool, own)
}

fn folder(error: FolderError) -> Stop {
    match error {
        FolderError::Io { .. } => Stop::from(anyhow::Error::from(error)),
        other => Stop::usage(other.to_string()),
    }
}

/// What ended the writing or reading of a bucket.
pub(super) fn of_remote(error: RemoteError) -> Stop {
    match error {
        RemoteError::Folder(error) => folder(error),
        RemoteError::Merge(error) => merge::stop(error),
        other => Stop::from(anyhow::Error::from(other)),
    }
}

fn of_bucket(error: BucketError) -> Stop {
    Stop::from(anyhow::Error::from(error))
}

/// What commands read from and write to, where some of it is in buckets: those are copied, and what is written for them
/// is put there in the end.
#[derive(Debug, Default)]
pub(super) struct Copies {
    held: Vec<tempfile::TempDir>,
    /// Objects that were cut short, and so the rows in them are missing.
    pub torn: usize,
}

impl Copies {
    fn new_folder(&mut self) -> Result<PathBuf, Stop> {
        let made = tempfile::tempdir().context("cannot make a folder for what a bucket holds")?;
        let path = made.path().to_owned();
        self.held.push(made);
        Ok(path)
    }

    /// The folder or file to read for an input.
    pub fn input(&mut self, text: &Path) -> Result<PathBuf, Stop> {
        let Some(address) = text.to_str().filter(|text| text.contains("://")) else {
            return Ok(text.to_owned());
        };
        match Place::of(address)? {
            Place::Folder(path) => Ok(path),
            Place::Bucket(bucket) => {
                let to = self.new_folder()?;
                self.torn += remote::copy(&bucket, "", &to).map_err(of_remote)?;
                Ok(to)
            }
        }
    }

    /// Has `write` make a file, at the end of a path or of an address.
    pub fn output(&mut self, text: &Path, write: impl FnOnce(&Path) -> Result<(), Stop>) -> Result<(), Stop> {
        let Some(address) = text.to_str().filter(|text| text.contains("://")) else {
            return write(text);
        };
        let (folder, name) = address.rsplit_once('/').unwrap_or((address, ""));
        match Place::of(folder)? {
            Place::Folder(path) => write(&path.join(name)),
            Place::Bucket(_) if name.is_empty() => Err(Stop::usage(format!("{address} names no object"))),
            Place::Bucket(bucket) => {
                let path = self.new_folder()?.join("output");
                write(&path)?;
                bucket.upload(name, &path).map_err(of_bucket)
            }
        }
    }

    /// Has `write` make files in a folder, at a path or an address.
    pub fn folder(&mut self, text: &Path, write: impl FnOnce(&Path) -> Result<(), Stop>) -> Result<(), Stop> {
        let Some(address) = text.to_str().filter(|text| text.contains("://")) else {
            return write(text);
        };
        match Place::of(address)? {
            Place::Folder(path) => write(&path),
            Place::Bucket(bucket) => {
                let made = self.new_folder()?;
                write(&made)?;
                let entries = std::fs::read_dir(&made).context("cannot read what was just written")?;
                let mut names: Vec<std::ffi::OsString> =
                    entries.flatten().map(|entry| entry.file_name()).collect();
                names.sort();
                for name in names {
                    bucket.upload(&name.to_string_lossy(), &made.join(&name)).map_err(of_bucket)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_an_address_of_it_are_the_same_folder() {
        let folder = |text: &str| match Place::of(text) {
            Ok(Place::Folder(path)) => Some(path),
            _ => None,
        };
        assert_eq!(folder("a/b"), Some(PathBuf::from("a/b")));
        assert_eq!(folder("file:///a/b%20c"), Some(PathBuf::from("/a/b c")));
        for bad in ["gs://bucket/x", "file://host/x", "http://user:secret@host"] {
            let stop = Place::of(bad).expect_err(bad);
            assert!(stop.code == 2 && !stop.lines.concat().contains("secret"), "{stop:?}");
        }
    }
}

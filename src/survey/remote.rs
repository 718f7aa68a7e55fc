//! A run whose rows are objects of a bucket: `run=<id>/shard=<n>-of-<m>/part-<hash>.jsonl`, and in the end one table.
//!
//! Objects cannot be appended to, so rows are put in parts: whoever has a row and finds nobody putting puts what has
//! come up to then, one part after the other. A killed process loses what it was putting and nothing else. Parts are
//! named by their content: one that is put twice is there once, and one whose name does not fit its content was cut
//! short on its way, counts for nothing, and its rows are made again. When a shard is done its parts become one
//! object, `rows-<hash>.jsonl`, before they are taken away; readers may meet both, and merging takes each row once.
//! Nobody locks: two processes of one shard write the same rows, and none of them takes away what it has not kept.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::folder::{self, FolderError, RUN, Run};
use super::merge::{MergeError, Merged};
use super::{Done, Shard};
use crate::store::{Bucket, BucketError, Listed, Put, hex};

/// How often a listing is read again because others took objects away meanwhile.
const LISTINGS: usize = 5;
/// The largest file that says what a run is for.
const MAX_RUN: u64 = 1 << 20;

/// Why rows cannot be kept in a bucket or read from it.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// As for a folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The rows that are there.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Others take objects away faster than they are read.
    #[error("{0} changes while it is read; another process seems to finish the same shard")]
    Restless(String),
}

/// A shard of a run in a bucket, that is being written.
#[derive(Debug)]
pub struct Remote<'b> {
    bucket: &'b Bucket,
    /// A copy of what the run has, in the same folders.
    copy: tempfile::TempDir,
    own: String,
    waiting: Mutex<Waiting>,
    /// Names that have rows, in this shard or in any other of the run.
    pub done: Done,
    /// Lines that were torn or not readable, and so their projects are looked at again.
    pub redone: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    putting: bool,
}

impl<'b> Remote<'b> {
    /// Opens a shard of a run to be written; with `resume` also one that has rows.
    ///
    /// # Errors
    /// If it has rows and `resume` is not asked for, is for something else, or the bucket or the disk fails.
    pub fn new(bucket: &'b Bucket, run: &Run, shard: Shard, resume: bool) -> Result<Self, RemoteError> {
        run.check_name()?;
        let of_run = format!("run={}", run.run);
        let own = format!("{of_run}/shard={}", shard.label());
        agree(bucket, &of_run, run)?;
        let copy =
            tempfile::tempdir().map_err(|error| FolderError::Io { path: std::env::temp_dir(), error })?;
        let listed = bucket.list(&of_run)?;
        if !resume && listed.iter().any(|one| one.key.starts_with(&format!("{own}/")) && is_rows(&one.key)) {
            return Err(FolderError::Exists(PathBuf::from(format!("{}/{own}", bucket.address()))).into());
        }
        let mut all = Self { bucket, copy, own, waiting: Mutex::default(), done: Done::default(), redone: 0 };
        let rows: Vec<Listed> = listed.into_iter().filter(|one| is_rows(&one.key)).collect();
        let mut redone = 0;
        for torn in fetch(bucket, &rows, all.copy.path())? {
            // Else its rows, made again, would find their place taken.
            bucket.delete(&torn)?;
            redone += 1;
        }
        for path in folder::rows_files(all.copy.path())? {
            redone += folder::each_line(&path, &mut |_, line| match folder::head(line) {
                Some(head) => {
                    all.done.insert(&head.name);
                    true
                }
                None => false,
            })?;
        }
        all.redone = redone;
        Ok(all)
    }

    /// Keeps a row's line, which ends with its line feed: at once, or as soon as what is being put now is there.
    ///
    /// # Errors
    /// If the bucket fails.
    pub fn append(&self, line: &str) -> Result<(), RemoteError> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.lines.extend_from_slice(line.as_bytes());
        if waiting.putting {
            return Ok(());
        }
        waiting.putting = true;
        loop {
            let lines = std::mem::take(&mut waiting.lines);
            if lines.is_empty() {
                waiting.putting = false;
                return Ok(());
            }
            drop(waiting);
            let put = self.put(lines);
            waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = put {
                waiting.putting = false;
                return Err(error.into());
            }
        }
    }

    fn put(&self, lines: Vec<u8>) -> Result<(), BucketError> {
        let key = format!("{}/part-{}.jsonl", self.own, name_of(&lines));
        self.bucket.put(&key, lines, Put::New).map(drop)
    }

    /// Makes one object of the shard's parts, and takes these away. Gives the folder of the copy, where it lies as
    /// well, with all rows that the bucket has of this shard, and how many parts were cut short on their way.
    ///
    /// # Errors
    /// If the bucket or the disk fails; all rows are still there then.
    pub fn finish(&self) -> Result<(PathBuf, usize), RemoteError> {
        let folder = self.copy.path().join(&self.own);
        fs::create_dir_all(&folder).map_err(|error| FolderError::Io { path: folder.clone(), error })?;
        let copied = |one: &Listed| self.copy.path().join(&one.key).is_file();
        let (mut listed, mut torn) = (Vec::new(), HashSet::new());
        for left in (0..LISTINGS).rev() {
            listed = self.bucket.list(&self.own)?;
            listed.retain(|one| is_rows(&one.key) && !torn.contains(&one.key));
            let missing: Vec<Listed> = listed.iter().filter(|one| !copied(one)).cloned().collect();
            for key in fetch(self.bucket, &missing, self.copy.path())? {
                self.bucket.delete(&key)?;
                torn.insert(key);
            }
            listed.retain(|one| !torn.contains(&one.key));
            if listed.iter().all(copied) {
                break;
            }
            if left == 0 {
                return Err(RemoteError::Restless(format!("{}/{}", self.bucket.address(), self.own)));
            }
        }
        let merged = Merged::of(std::slice::from_ref(&folder))?;
        let mut made = tempfile::NamedTempFile::new_in(self.copy.path())
            .map_err(|error| FolderError::Io { path: self.copy.path().to_owned(), error })?;
        let mut hash = Sha256::new();
        merged.each(&mut |line| {
            hash.update(line);
            std::io::Write::write_all(&mut made, line).map_err(MergeError::Write)
        })?;
        let name = hex(&hash.finalize()).chars().take(HASH).collect::<String>();
        let whole = format!("{}/rows-{name}.jsonl", self.own);
        if !merged.is_empty() && !listed.iter().any(|one| one.key == whole) {
            self.bucket.upload(&whole, made.path())?;
        }
        for gone in listed.iter().filter(|one| one.key != whole) {
            self.bucket.delete(&gone.key)?;
            let _ = fs::remove_file(self.copy.path().join(&gone.key));
        }
        let path = self.copy.path().join(&whole);
        if !merged.is_empty() {
            made.persist(&path).map_err(|error| FolderError::Io { path, error: error.error })?;
        }
        Ok((folder, torn.len()))
    }

    /// Puts the other files that were made in the folder of the copy: the tables.
    ///
    /// # Errors
    /// If the bucket or the disk fails.
    pub fn put_tables(&self) -> Result<(), RemoteError> {
        let folder = self.copy.path().join(&self.own);
        let at = |error| FolderError::Io { path: folder.clone(), error };
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(at)? {
            names.push(entry.map_err(at)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        for name in names.iter().filter(|name| name.ends_with(".parquet")) {
            self.bucket.upload(&format!("{}/{name}", self.own), &folder.join(name))?;
        }
        Ok(())
    }

    /// The folder of the copy, with what the run has had when it was opened, and what this shard has now.
    pub fn folder(&self) -> &Path {
        self.copy.path()
    }
}

/// Digits of a hash in a name: as many as no two parts of a run will share.
const HASH: usize = 32;

fn name_of(lines: &[u8]) -> String {
    hex(&Sha256::digest(lines)).chars().take(HASH).collect()
}

fn is_rows(key: &str) -> bool {
    key.ends_with(".jsonl")
}

fn hash_of(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = std::io::Read::read(&mut file, &mut block)?;
        match block.get(..read) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            _ => return Ok(hex(&hash.finalize())),
        }
    }
}

/// Copies objects of rows; gives the keys of those that are not what their name says, which count for nothing.
fn fetch(bucket: &Bucket, listed: &[Listed], to: &Path) -> Result<Vec<String>, RemoteError> {
    let mut torn = Vec::new();
    for (key, path) in bucket.fetch(listed, to)? {
        let at = |error| FolderError::Io { path: path.clone(), error };
        let named = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.split_once('-'));
        let Some((_, named)) = named else { continue };
        if hash_of(&path).map_err(at)?.get(..HASH) != Some(named) {
            fs::remove_file(&path).map_err(at)?;
            torn.push(key);
        }
    }
    Ok(torn)
}

/// Copies the rows and descriptions of all runs below a folder of keys into the same folders below `to`; gives how many
/// objects were cut short.
///
/// # Errors
/// If the bucket or the disk fails.
pub fn copy(bucket: &Bucket, of: &str, to: &Path) -> Result<usize, RemoteError> {
    let mut listed = bucket.list(of)?;
    listed.retain(|one| {
        !one.key.starts_with("cache/") && (is_rows(&one.key) || one.key.ends_with(&format!("/{RUN}")))
    });
    Ok(fetch(bucket, &listed, to)?.len())
}

/// Puts the run's own object, or holds it against what is there.
fn agree(bucket: &Bucket, of_run: &str, run: &Run) -> Result<(), RemoteError> {
    let key = format!("{of_run}/{RUN}");
    let text = run.text();
    if bucket.put(&key, text.into_bytes(), Put::New)? {
        return Ok(());
    }
    let known = bucket.get(&key, MAX_RUN)?.and_then(|bytes| serde_json::from_slice::<Run>(&bytes).ok());
    match known {
        Some(known) if known == *run => Ok(()),
        _ => Err(FolderError::Other(PathBuf::from(format!("{}/{key}", bucket.address()))).into()),
    }
}

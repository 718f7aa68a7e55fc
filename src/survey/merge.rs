//! Makes one table of many: every project once, sorted by name.
//!
//! Which of two rows of one project stays is decided by the rows alone (one without failures before one with, else
//! the smaller bytes), so that merging is associative, commutative and idempotent: any cut of a run, done in any
//! order, partly twice, comes to the same bytes. Only where rows lie is held in memory, not what they say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::folder::{self, FolderError};
use crate::report::{TargetRow, Tool};

/// Why there is no one table.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What is written.
    #[error("cannot write: {0}")]
    Write(io::Error),
    /// Rows that do not belong together.
    #[error("{} has rows of another version, other rules or other targets than the rest", .0.display())]
    Mixed(PathBuf),
    /// More files than anybody has.
    #[error("there are too many files of rows")]
    TooMany,
    /// Whoever was handed the rows wants no more.
    #[error("stopped")]
    Stopped,
    /// A file that is not what it was a moment ago.
    #[error("{} was changed while it was read", .0.display())]
    Changed(PathBuf),
}

/// Where a row lies, and how it stands against another of its name.
#[derive(Debug, Clone)]
struct Place {
    start: u64,
    file: u32,
    length: u32,
    failed: bool,
}

/// Rows of many files by name.
#[derive(Debug, Default)]
pub struct Merged {
    files: Vec<PathBuf>,
    places: BTreeMap<Box<str>, Place>,
    of: Option<(Tool, Vec<TargetRow>)>,
    /// Rows that another of their name stood back for.
    pub duplicates: usize,
    /// Lines that are no rows, as torn ones.
    pub refused: usize,
}

impl Merged {
    /// Reads where the rows of these files and folders lie.
    ///
    /// # Errors
    /// If a file cannot be read, or rows do not belong together.
    pub fn of(inputs: &[PathBuf]) -> Result<Self, MergeError> {
        let mut merged = Self::default();
        for input in inputs {
            for path in folder::rows_files(input)? {
                merged.add(path)?;
            }
        }
        Ok(merged)
    }

    fn add(&mut self, path: PathBuf) -> Result<(), MergeError> {
        let Ok(file) = u32::try_from(self.files.len()) else { return Err(MergeError::TooMany) };
        self.files.push(path.clone());
        let mut trouble = None;
        let refused = folder::each_line(&path, &mut |start, line| {
            let Some(head) = folder::head(line) else { return false };
            let of = (head.tool, head.targets);
            if *self.of.get_or_insert_with(|| of.clone()) != of {
                trouble.get_or_insert_with(|| MergeError::Mixed(path.clone()));
                return false;
            }
            let Ok(length) = u32::try_from(line.len()) else { return false };
            let found = Place { start, file, length, failed: !head.failures.is_empty() };
            let stays = match self.places.get(head.name.as_str()) {
                None => true,
                Some(known) => {
                    self.duplicates += 1;
                    match known.failed.cmp(&found.failed) {
                        std::cmp::Ordering::Less => false,
                        std::cmp::Ordering::Greater => true,
                        std::cmp::Ordering::Equal => match self.read(known) {
                            Ok(bytes) => *line < *bytes,
                            Err(error) => {
                                trouble.get_or_insert(error);
                                false
                            }
                        },
                    }
                }
            };
            if stays {
                self.places.insert(head.name.into(), found);
            }
            true
        })?;
        self.refused += refused;
        trouble.map_or(Ok(()), Err)
    }

    fn read(&self, place: &Place) -> Result<Vec<u8>, MergeError> {
        let empty = PathBuf::new();
        let path = self.files.get(place.file as usize).unwrap_or(&empty);
        let failed = |error| MergeError::Folder(FolderError::Io { path: path.clone(), error });
        let mut file = File::open(path).map_err(failed)?;
        read_at(&mut file, path, place)
    }

    /// What the rows were judged for, if there are any.
    pub fn targets(&self) -> Option<&[TargetRow]> {
        self.of.as_ref().map(|(_, targets)| targets.as_slice())
    }

    /// What made the rows, if there are any.
    pub fn tool(&self) -> Option<&Tool> {
        self.of.as_ref().map(|(tool, _)| tool)
    }

    /// How many projects there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Calls `take` with every row's line in the order of names.
    ///
    /// # Errors
    /// If a file cannot be read any more, or `take` fails.
    pub fn each(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), MergeError>) -> Result<(), MergeError> {
        // Shards of a cluster may be many more than a process may have open.
        let mut open: BTreeMap<u32, File> = BTreeMap::new();
        for place in self.places.values() {
            let Some(path) = self.files.get(place.file as usize) else { continue };
            if open.len() >= 64 && !open.contains_key(&place.file) {
                open.pop_first();
            }
            let file = match open.entry(place.file) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => {
                    let opened =
                        File::open(path).map_err(|error| FolderError::Io { path: path.clone(), error })?;
                    free.insert(opened)
                }
            };
            let line = read_at(file, path, place)?;
            take(&line)?;
        }
        Ok(())
    }

    /// Writes the table.
    ///
    /// # Errors
    /// If a file cannot be read any more, or `to` cannot be written.
    pub fn write(&self, to: &mut dyn Write) -> Result<(), MergeError> {
        self.each(&mut |line| to.write_all(line).map_err(MergeError::Write))
    }
}

fn read_at(file: &mut File, path: &Path, place: &Place) -> Result<Vec<u8>, MergeError> {
    let mut line = vec![0; place.length as usize];
    let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut line));
    match read {
        Ok(()) if line.last() == Some(&b'\n') => Ok(line),
        Ok(()) => Err(MergeError::Changed(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(MergeError::Changed(path.to_owned()))
        }
        Err(error) => Err(FolderError::Io { path: path.to_owned(), error }.into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::survey::{Entry, Row};

    fn line(name: u8, kind: u8) -> String {
        let tool = Tool { name: "ungil".into(), version: "0".into(), rules: "r".into() };
        let entry = Entry { name: Err(format!("p{name}")), downloads: None };
        let mut row = Row::failed(&entry, &format!("because {kind}"), "", &tool, &[]);
        if kind.is_multiple_of(2) {
            row.failures.clear();
            row.warnings.push(format!("w{kind}"));
        }
        row.line()
    }

    fn merged(inputs: &[PathBuf]) -> Vec<u8> {
        let mut out = Vec::new();
        Merged::of(inputs).expect("merges").write(&mut out).expect("written");
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// (a + b) + c = a + (b + c) = c + b + a = a + a + b + c, to the byte.
        #[test]
        fn merging_is_associative_commutative_and_idempotent(
            parts in prop::collection::vec(prop::collection::vec((0_u8..6, 0_u8..5), 0..8), 3)
        ) {
            let dir = tempfile::tempdir().expect("a folder");
            let write = |name: &str, bytes: &[u8]| {
                let path = dir.path().join(name);
                std::fs::write(&path, bytes).expect("written");
                path
            };
            let files: Vec<PathBuf> = parts.iter().enumerate().map(|(at, rows)| {
                let text: String = rows.iter().map(|(name, kind)| line(*name, *kind)).collect();
                write(&format!("{at}.jsonl"), text.as_bytes())
            }).collect();
            let [a, b, c] = [files[0].clone(), files[1].clone(), files[2].clone()];
            let all = merged(&[a.clone(), b.clone(), c.clone()]);
            let left = write("left.jsonl", &merged(&[a.clone(), b.clone()]));
            let right = write("right.jsonl", &merged(&[b.clone(), c.clone()]));
            prop_assert_eq!(&merged(&[left, c.clone()]), &all);
            prop_assert_eq!(&merged(&[a.clone(), right]), &all);
            prop_assert_eq!(&merged(&[c, b, a.clone()]), &all);
            let whole = write("whole.jsonl", &all);
            prop_assert_eq!(&merged(&[whole.clone(), whole, a]), &all);
        }
    }

    #[test]
    fn rows_of_other_rules_are_not_mixed_in_and_torn_lines_are_left_out() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.jsonl");
        let other = line(2, 0).replace("\"rules\":\"r\"", "\"rules\":\"s\"");
        std::fs::write(&path, line(1, 0) + &other).expect("written");
        assert!(matches!(Merged::of(std::slice::from_ref(&path)), Err(MergeError::Mixed(_))));
        std::fs::write(&path, line(1, 0) + "{\"half\": ").expect("written");
        let merged = Merged::of(&[path]).expect("merges");
        assert_eq!((merged.len(), merged.refused), (1, 1));
    }
}

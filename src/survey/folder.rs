//! Where the rows of a run lie: `DIR/run=<id>/shard=<n>-of-<m>/rows.jsonl`, a line per finished project.
//!
//! A line is appended by one write when its project is done, so that a process that is killed loses what it was
//! looking at and nothing else. A last line without its end was torn by that: it is cut off when the shard is opened
//! again, and its project looked at anew. `run.json` says what the run is for, and a run is never continued for
//! something else. The folders are named as Hive partitions, which every reader of tables understands.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, MAX_ROW, RowHead, Shard};
use crate::report::{TargetRow, Tool};

/// The file of a shard's rows.
pub const ROWS: &str = "rows.jsonl";
/// The file that says what a run is for.
pub const RUN: &str = "run.json";

/// What a run is for: rows of runs that differ in this do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this format: 1.
    pub schema: u32,
    /// The run's name.
    pub run: String,
    /// What makes the rows.
    pub tool: Tool,
    /// What they are judged for.
    pub targets: Vec<TargetRow>,
    /// Whether sources are read.
    pub sources: bool,
    /// Whether pre-releases count.
    pub pre: bool,
    /// Whether old wheels are looked at for the past.
    #[serde(default)]
    pub past: bool,
    /// What was uploaded later does not exist.
    pub exclude_newer: Option<String>,
}

impl Run {
    /// Refuses what cannot be the name of a folder.
    pub(super) fn check_name(&self) -> Result<(), FolderError> {
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = &self.run;
        if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(sound) {
            return Err(FolderError::Name(name.chars().take(100).collect()));
        }
        Ok(())
    }

    /// The file that says what the run is for.
    pub(super) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a run holds only texts, lists and flags");
        text.push('\n');
        text
    }
}

/// Why rows cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The disk.
    #[error("{}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// There are rows, and nobody said that the run goes on.
    #[error("{} has rows already; --resume goes on with them, another --run keeps them", .0.display())]
    Exists(PathBuf),
    /// Another process.
    #[error("another process is writing {}", .0.display())]
    Busy(PathBuf),
    /// The run is for something else.
    #[error("{} is of a run with other targets, options or rules; name another --run", .0.display())]
    Other(PathBuf),
    /// Not a name for a folder.
    #[error("`{0}` is no name for a run; letters, digits, `-`, `_` and `.` are")]
    Name(String),
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |error| FolderError::Io { path, error }
}

/// A shard that is being written.
#[derive(Debug)]
pub struct Open {
    file: File,
    path: PathBuf,
    /// Names that have rows, in this shard or in any other of the run.
    pub done: Done,
    /// Lines that were torn or not readable, and so their projects are looked at again.
    pub redone: usize,
}

impl Open {
    /// Opens a shard of a run to be written; with `resume` also one that has rows.
    ///
    /// # Errors
    /// If it has rows and `resume` is not asked for, is another's, is for something else, or the disk fails.
    pub fn new(dir: &Path, run: &Run, shard: Shard, resume: bool) -> Result<Self, FolderError> {
        run.check_name()?;
        let of_run = dir.join(format!("run={}", run.run));
        let own = of_run.join(format!("shard={}", shard.label()));
        fs::create_dir_all(&own).map_err(at(&own))?;
        agree(&of_run, run)?;
        let path = own.join(ROWS);
        let mut options = OpenOptions::new();
        let mut file = options.create(true).read(true).append(true).open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(FolderError::Busy(path)),
            // Some network file systems have no locks; two writers there would still only write rows twice.
            Err(fs::TryLockError::Error(_)) => {}
        }
        if !resume && file.metadata().map_err(at(&path))?.len() > 0 {
            return Err(FolderError::Exists(path));
        }
        let torn = mend(&mut file).map_err(at(&path))?;
        let (mut done, mut redone) = (Done::default(), usize::from(torn));
        for path in rows_files(&of_run)? {
            redone += each_line(&path, &mut |_, line| match head(line) {
                Some(head) => {
                    done.insert(&head.name);
                    true
                }
                None => false,
            })?;
        }
        Ok(Self { file, path, done, redone })
    }

    /// The shard's own folder.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Appends a row's line, which ends with its line feed.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn append(&mut self, line: &str) -> Result<(), FolderError> {
        self.file.write_all(line.as_bytes()).map_err(at(&self.path))
    }
}

/// Makes the run's own file, or holds it against what is there.
fn agree(of_run: &Path, run: &Run) -> Result<(), FolderError> {
    let path = of_run.join(RUN);
    let text = run.text();
    let mut file = tempfile::NamedTempFile::new_in(of_run).map_err(at(&path))?;
    file.write_all(text.as_bytes()).map_err(at(&path))?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => match read_run(of_run)? {
            Some(known) if known == *run => Ok(()),
            _ => Err(FolderError::Other(path)),
        },
        Err(error) => Err(at(&path)(error.error)),
    }
}

/// What the run in this folder is for; nothing if it does not tell.
///
/// # Errors
/// If the disk fails.
pub fn read_run(of_run: &Path) -> Result<Option<Run>, FolderError> {
    let path = of_run.join(RUN);
    let mut bytes = Vec::new();
    match File::open(&path) {
        Ok(file) => file.take(1 << 20).read_to_end(&mut bytes).map_err(at(&path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(&path)(error)),
    };
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Cuts off a last line without an end; whether there was one.
fn mend(file: &mut File) -> io::Result<bool> {
    let size = file.metadata()?.len();
    let mut end = size;
    let mut block = vec![0_u8; 1 << 16];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let length = usize::try_from(end - start).unwrap_or(block.len());
        let part = block.get_mut(..length).unwrap_or_default();
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(last) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + last as u64 + 1;
            break;
        }
        end = start;
    }
    if end < size {
        file.set_len(end)?;
    }
    Ok(end < size)
}

/// Which row a line is; nothing for what is no row.
pub fn head(line: &[u8]) -> Option<RowHead> {
    serde_json::from_slice::<RowHead>(line).ok().filter(|head| head.schema == 1)
}

/// All files of rows below a folder, sorted; a file is itself.
///
/// # Errors
/// If the disk fails.
pub fn rows_files(place: &Path) -> Result<Vec<PathBuf>, FolderError> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let (mut found, mut todo) = (Vec::new(), vec![(place.to_owned(), 0)]);
    while let Some((folder, depth)) = todo.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            let kind = fs::symlink_metadata(&path).map_err(at(&path))?;
            if kind.is_dir() && depth < 4 {
                todo.push((path, depth + 1));
            } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Calls `take` with each line of a file and where it begins; counts the lines that it does not take, those that are
/// longer than any row, and a last one without an end.
///
/// # Errors
/// If the disk fails.
pub fn each_line(path: &Path, take: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<usize, FolderError> {
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path).map_err(at(path))?);
    let (mut position, mut refused) = (0_u64, 0_usize);
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = MAX_ROW as u64 + 2;
        let read = reader.by_ref().take(most).read_until(b'\n', &mut line).map_err(at(path))?;
        if read == 0 {
            return Ok(refused);
        }
        let whole = line.last() == Some(&b'\n');
        if !whole && read as u64 >= most {
            // Longer than any row: passed over to its end without being kept.
            position += read as u64 + skip_line(&mut reader).map_err(at(path))?;
            refused += 1;
            continue;
        }
        if !whole || !take(position, &line) {
            refused += 1;
        }
        position += read as u64;
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0_u64;
    loop {
        let part = reader.fill_buf()?;
        if part.is_empty() {
            return Ok(skipped);
        }
        let end = part.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(part.len(), |at| at + 1);
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::{Entry, Row};

    fn run(name: &str) -> Run {
        Run {
            schema: 1,
            run: name.into(),
            tool: Tool { name: "ungil".into(), version: "0".into(), rules: "r".into() },
            targets: Vec::new(),
            sources: true,
            pre: false,
            past: true,
            exclude_newer: None,
        }
    }

    fn line(name: &str) -> String {
        let entry = Entry { name: Err(name.into()), downloads: None };
        Row::failed(&entry, "no", "", &run("r").tool, &[]).line()
    }

    /// Wherever a killed process stopped writing, the whole lines stay and the torn one goes.
    #[test]
    fn a_line_torn_anywhere_is_cut_off_and_done_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut open = Open::new(dir.path(), &run("r"), Shard::default(), false).expect("opens");
        open.append(&line("a")).expect("written");
        open.append(&line("b")).expect("written");
        let path = open.path.clone();
        drop(open);
        let (whole, first) = (fs::read(&path).expect("readable"), line("a").len());
        for cut in first + 1..whole.len() {
            fs::write(&path, &whole[..cut]).expect("writable");
            let open = Open::new(dir.path(), &run("r"), Shard::default(), true).expect("opens");
            assert_eq!((open.done.len(), open.redone), (1, 1), "cut at {cut}");
            assert_eq!(fs::read(&path).expect("readable").len(), first);
        }
        fs::write(&path, [&whole[..first], b"{\"not\": \"a row\"}\n", &whole[first..]].concat())
            .expect("written");
        let open = Open::new(dir.path(), &run("r"), Shard::default(), true).expect("opens");
        assert_eq!((open.done.len(), open.redone), (2, 1));
    }

    #[test]
    fn rows_are_never_added_to_by_mistake() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut open = Open::new(dir.path(), &run("r"), Shard::default(), false).expect("opens");
        open.append(&line("a")).expect("written");
        let again = Open::new(dir.path(), &run("r"), Shard::default(), true);
        assert!(matches!(again, Err(FolderError::Busy(_))), "{again:?}");
        drop(open);
        let again = Open::new(dir.path(), &run("r"), Shard::default(), false);
        assert!(matches!(again, Err(FolderError::Exists(_))), "{again:?}");
        let other = Run { pre: true, ..run("r") };
        let again = Open::new(dir.path(), &other, Shard::default(), true);
        assert!(matches!(again, Err(FolderError::Other(_))), "{again:?}");
        for name in ["", "..", "a/b", ".x", "a b"] {
            let refused = Open::new(dir.path(), &run(name), Shard::default(), true);
            assert!(matches!(refused, Err(FolderError::Name(_))), "{name}");
        }
    }

    #[test]
    fn rows_of_another_cut_of_the_same_run_count_as_done() {
        let dir = tempfile::tempdir().expect("a folder");
        for (shard, name) in [("1/2", "a"), ("2/2", "b")] {
            let shard = shard.parse().expect("a shard");
            Open::new(dir.path(), &run("r"), shard, false)
                .expect("opens")
                .append(&line(name))
                .expect("written");
        }
        let open = Open::new(dir.path(), &run("r"), Shard::default(), true).expect("opens");
        assert_eq!(open.done.len(), 2);
    }
}

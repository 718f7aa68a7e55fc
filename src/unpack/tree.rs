//! Walks a folder: the files a project's own tree consists of.
//!
//! The one file of `unpack` that touches the disk. What `.gitignore` leaves out is left out, because build
//! results would be judged twice; links are not followed, so the walk stays inside the folder.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::{Limits, checked_path, hides, size_text};
use crate::model::{Gap, Hides, MemberPath};

/// A file found in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeFile {
    /// Its path within the folder.
    pub path: MemberPath,
    /// Where to open it.
    pub on_disk: PathBuf,
    /// Its size in bytes when it was listed.
    pub size: u64,
}

impl TreeFile {
    /// Its bytes.
    ///
    /// # Errors
    /// A gap that says why it could not be read, or that it is larger than `limits` allow.
    pub fn read(&self, limits: &Limits) -> Result<Vec<u8>, Gap> {
        let path = self.path.as_str();
        let most = limits.for_path(path);
        let failed = |why: String| Gap::new(path, hides(path), why);
        let file =
            File::open(&self.on_disk).map_err(|error| failed(format!("it cannot be read: {error}")))?;
        let mut bytes = Vec::new();
        // The size is asked of the bytes: a file may grow after it was listed.
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| failed(format!("it cannot be read: {error}")))?;
        if bytes.len() as u64 > most {
            return Err(failed(format!("it is larger than the {} allowed", size_text(most))));
        }
        Ok(bytes)
    }
}

/// What a path given by a user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File,
    /// A folder with these files directly in it, sorted by name.
    Folder(Vec<PathBuf>),
}

/// Looks at what lies at a path, not below it.
///
/// # Errors
/// If nothing readable lies there.
pub fn place(path: &Path) -> Result<Place, TreeError> {
    let failed = |source| TreeError::Unreadable { path: path.to_path_buf(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(Place::File);
    }
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut files: Vec<PathBuf> =
        entries.flatten().filter(|entry| entry.path().is_file()).map(|entry| entry.path()).collect();
    files.sort();
    Ok(Place::Folder(files))
}

/// A folder that cannot be walked at all.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// It does not exist or may not be entered.
    #[error("cannot read {path}: {source}; check that it exists and that you may read it", path = path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing is installed in it.
    #[error("{path} has no site-packages", path = path.display())]
    NoSite {
        /// The folder.
        path: PathBuf,
    },
    /// It is no folder.
    #[error("{path} is not a folder", path = path.display())]
    NotAFolder {
        /// What was given.
        path: PathBuf,
    },
}

/// Lists the files under `root`, sorted by path, with the gaps met on the way.
///
/// # Errors
/// If `root` is no folder that can be read. Trouble with anything below it is a gap.
pub fn tree(root: &Path, limits: &Limits) -> Result<(Vec<TreeFile>, Vec<Gap>), TreeError> {
    let about = std::fs::metadata(root)
        .map_err(|source| TreeError::Unreadable { path: root.to_path_buf(), source })?;
    if !about.is_dir() {
        return Err(TreeError::NotAFolder { path: root.to_path_buf() });
    }
    let mut files = Vec::new();
    let mut gaps = Vec::new();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .filter_entry(is_project)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                gaps.push(Gap::new(
                    "",
                    Hides::Claims,
                    format!("part of the folder cannot be listed: {error}"),
                ));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(relative) = entry.path().strip_prefix(root) else { continue };
        let text = relative.to_string_lossy();
        if files.len() >= limits.max_members {
            let reason = format!("the folder has more than {} files", limits.max_members);
            gaps.push(Gap::new("", Hides::Claims, reason));
            break;
        }
        // A name that is not text cannot be opened by what we would print of it, but still by its own path.
        match (checked_path(&text, limits), entry.metadata()) {
            (Ok(path), Ok(about)) => {
                files.push(TreeFile { path, on_disk: entry.path().to_path_buf(), size: about.len() });
            }
            (Err(gap), _) => gaps.push(gap),
            (_, Err(error)) => {
                gaps.push(Gap::new(text.clone(), hides(&text), format!("it cannot be looked at: {error}")));
            }
        }
    }
    files.sort();
    gaps.sort();
    Ok((files, gaps))
}

/// Lists a single file as a folder of one would be.
///
/// # Errors
/// If it cannot be read, or its name cannot be a member's.
pub fn one(path: &Path) -> Result<(Vec<TreeFile>, Vec<Gap>), TreeError> {
    let failed = |source| TreeError::Unreadable { path: path.to_path_buf(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let member = MemberPath::new(&name).map_err(|error| failed(std::io::Error::other(error)))?;
    Ok((vec![TreeFile { path: member, on_disk: path.to_path_buf(), size }], Vec::new()))
}

/// Folders of version control hold no sources of the project, whatever `.gitignore` says.
fn is_project(entry: &ignore::DirEntry) -> bool {
    !matches!(entry.file_name().to_str(), Some(".git" | ".hg" | ".svn"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_sorted_keeps_to_gitignore_and_stays_inside() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let outside = tempfile::tempdir().expect("temporary folder");
        std::fs::write(outside.path().join("secret.c"), "x").expect("writes");
        for (path, text) in [
            (".gitignore", "build/\n"),
            ("b.c", ""),
            ("a/z.pyx", "abc"),
            ("build/x.c", ""),
            (".git/config", ""),
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("has a parent")).expect("creates");
            std::fs::write(path, text).expect("writes");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.path(), dir.path().join("link")).expect("links");
            std::os::unix::fs::symlink(outside.path().join("secret.c"), dir.path().join("l.c"))
                .expect("links");
        }
        let (files, gaps) = tree(dir.path(), &Limits::default()).expect("walks");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".gitignore", "a/z.pyx", "b.c"]);
        assert_eq!(files[1].size, 3);
        assert!(gaps.is_empty());
    }

    #[test]
    fn too_many_files_are_a_gap_and_no_folder_is_an_error() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for name in ["a.c", "b.c", "c.c"] {
            std::fs::write(dir.path().join(name), "").expect("writes");
        }
        let limits = Limits { max_members: 2, ..Limits::default() };
        let (files, gaps) = tree(dir.path(), &limits).expect("walks");
        assert_eq!((files.len(), gaps.len()), (2, 1));
        assert!(tree(&dir.path().join("a.c"), &limits).is_err());
        assert!(tree(&dir.path().join("none"), &limits).is_err());
    }
}

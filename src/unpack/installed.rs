//! Lists what is installed in an environment: the files below its `site-packages`.
//!
//! In: the folder of a virtual environment or interpreter, or a `site-packages` itself. Out: each `site-packages` with
//! the files that are asked for. The second file of `unpack` that touches the disk. `.gitignore` means nothing here,
//! since environments say of themselves that they are to be ignored; installers that save space link to files of a
//! cache, so a link to a file is that file, while a link to a folder is not followed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::{Limits, TreeError, TreeFile, checked_path, hides};
use crate::model::{Gap, Hides, MemberPath};

/// Folders that interpreters and distributions install into.
const SITES: [&str; 2] = ["site-packages", "dist-packages"];

/// A folder that packages are installed into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Where it is.
    pub path: PathBuf,
    /// The name of the interpreter's own folder that it lies in (`python3.14t`), if it lies in one.
    pub python: Option<String>,
    /// The `version` of the environment's `pyvenv.cfg`, if it has one.
    pub version: Option<String>,
}

/// Finds the folders that packages of an environment are installed into.
///
/// # Errors
/// If `root` cannot be read, or there is none in it.
pub fn sites(root: &Path) -> Result<Vec<Site>, TreeError> {
    let failed = |source| TreeError::Unreadable { path: root.to_path_buf(), source };
    let names = entries(root).map_err(failed)?;
    let version = std::fs::read_to_string(root.join("pyvenv.cfg")).ok().and_then(|text| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(key, _)| matches!(key.trim(), "version" | "version_info"));
        found.map(|(_, value)| value.trim().to_owned())
    });
    let itself = names.iter().any(|name| {
        name.ends_with(".dist-info")
            || name.ends_with(".egg-info")
            || SITES.iter().any(|site| root.ends_with(site))
    });
    if itself && !root.join("pyvenv.cfg").is_file() {
        let above = root.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let python = above.filter(|name| name.starts_with("python3."));
        return Ok(vec![Site { path: root.to_path_buf(), python, version }]);
    }
    let mut found = Vec::new();
    for lib in ["lib", "lib64", "Lib", "local/lib"].map(|lib| root.join(lib)) {
        let interpreters = entries(&lib).unwrap_or_default();
        let interpreters = interpreters.into_iter().filter(|name| name.starts_with("python3"));
        for python in std::iter::once(None).chain(interpreters.map(Some)) {
            let folder = python.as_ref().map_or_else(|| lib.clone(), |python| lib.join(python));
            for site in SITES.map(|site| folder.join(site)).into_iter().filter(|site| site.is_dir()) {
                found.push(Site { path: site, python: python.clone(), version: version.clone() });
            }
        }
    }
    // `lib64` is often a link to `lib`, and on some systems `Lib` is `lib`.
    let mut seen = BTreeSet::new();
    found.retain(|site| seen.insert(site.path.canonicalize().unwrap_or_else(|_| site.path.clone())));
    if found.is_empty() {
        return Err(TreeError::NoSite { path: root.to_path_buf() });
    }
    Ok(found)
}

fn entries(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Lists the files below a `site-packages` that `wants` names, sorted by path, with the gaps met on the way.
///
/// # Errors
/// If it is no folder that can be read. Trouble with anything below it is a gap.
pub fn installed(
    site: &Path,
    limits: &Limits,
    wants: &dyn Fn(&MemberPath) -> bool,
) -> Result<(Vec<TreeFile>, Vec<Gap>), TreeError> {
    let failed = |source| TreeError::Unreadable { path: site.to_path_buf(), source };
    if !std::fs::metadata(site).map_err(failed)?.is_dir() {
        return Err(TreeError::NotAFolder { path: site.to_path_buf() });
    }
    let (mut files, mut gaps) = (Vec::new(), Vec::new());
    let walk = WalkBuilder::new(site).standard_filters(false).follow_links(false).build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let reason = format!("part of the folder cannot be listed: {error}");
                gaps.push(Gap::new("", Hides::Claims, reason));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink()) {
            continue;
        }
        let Ok(relative) = entry.path().strip_prefix(site) else { continue };
        let text = relative.to_string_lossy().replace('\\', "/");
        let path = match checked_path(&text, limits) {
            Ok(path) if wants(&path) => path,
            Ok(_) => continue,
            Err(gap) => {
                gaps.push(gap);
                continue;
            }
        };
        if files.len() >= limits.max_members {
            let reason = format!("more than {} of its files would have to be looked at", limits.max_members);
            gaps.push(Gap::new("", Hides::Claims, reason));
            break;
        }
        match std::fs::metadata(entry.path()) {
            Ok(about) if about.is_file() => {
                files.push(TreeFile { path, on_disk: entry.into_path(), size: about.len() });
            }
            Ok(_) => {}
            Err(error) => {
                gaps.push(Gap::new(text.clone(), hides(&text), format!("it cannot be looked at: {error}")));
            }
        }
    }
    files.sort();
    gaps.sort();
    Ok((files, gaps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, "version = 3.14.2\n").expect("writes");
        }
    }

    #[test]
    fn the_folder_of_an_environment_leads_to_its_site_packages() {
        let dir = tempfile::tempdir().expect("temporary folder");
        made(
            dir.path(),
            &["pyvenv.cfg", "lib/python3.14t/site-packages/a-1.dist-info/METADATA", ".gitignore"],
        );
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("lib"), dir.path().join("lib64")).expect("links");
        let found = sites(dir.path()).expect("an environment");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].python.as_deref(), found[0].version.as_deref()),
            (Some("python3.14t"), Some("3.14.2"))
        );
        let site = sites(&found[0].path).expect("itself");
        assert_eq!((site[0].python.as_deref(), site[0].version.as_deref()), (Some("python3.14t"), None));
        let windows = tempfile::tempdir().expect("temporary folder");
        made(windows.path(), &["pyvenv.cfg", "Lib/site-packages/a.pyd"]);
        assert_eq!(sites(windows.path()).expect("an environment")[0].python, None);
        assert!(sites(&dir.path().join("lib/python3.14t")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_is_the_file_and_a_link_to_a_folder_is_left_alone() {
        let (dir, cache) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        made(cache.path(), &["m.so", "deep/n.so"]);
        made(dir.path(), &[".gitignore", "p/own.so"]);
        std::fs::write(dir.path().join(".gitignore"), "*").expect("writes");
        std::os::unix::fs::symlink(cache.path().join("m.so"), dir.path().join("p/m.so")).expect("links");
        std::os::unix::fs::symlink(cache.path().join("deep"), dir.path().join("p/deep")).expect("links");
        std::os::unix::fs::symlink(cache.path().join("gone.so"), dir.path().join("p/gone.so"))
            .expect("links");
        let wants = |path: &MemberPath| path.as_str().ends_with(".so");
        let (files, gaps) = installed(dir.path(), &Limits::default(), &wants).expect("walks");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["p/m.so", "p/own.so"]);
        assert_eq!(gaps.len(), 1, "a link to nothing may hide a module: {gaps:?}");
        let few = Limits { max_members: 1, ..Limits::default() };
        assert_eq!(installed(dir.path(), &few, &wants).expect("walks").0.len(), 1);
    }
}

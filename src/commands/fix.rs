//! `check --fix` and `--diff`: offers changes of the sources that were looked at, proves them and writes them.
//!
//! Only folders and source files of this machine are changed; what an sdist would need is shown, never written. A file
//! that changed since it was read is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use similar::TextDiff;

use super::check::Looked;
use super::{Stop, output};
use crate::fix::{self, Edit, Project, apply, edits_of, proof};
use crate::model::{ArtifactKind, MemberPath};
use crate::packaging;
use crate::pipeline;
use crate::rules::RuleSet;
use crate::select;
use crate::unpack::{self, Limits, Place, TreeFile};

/// Most changes that are tried one by one where they do not stand together.
const MOST_TRIED: usize = 200;
/// A larger file says nothing about the Python versions of a project.
const MAX_BUILD_FILE: u64 = 4 << 20;

/// Gives the findings that can be corrected their corrections. An archive is not changed, so its findings get some only
/// where they are to be shown.
pub(super) fn offer(looked: &mut Looked, archives: bool) {
    let rules = RuleSet::builtin();
    let mut work = Vec::new();
    for (at, package) in looked.document.packages.iter().enumerate() {
        for review in &looked.reviews {
            let mine = |filename: &str| filename == review.artifact;
            let Some(artifact) = package.artifacts.iter().find(|one| mine(&one.filename)) else { continue };
            let root = (artifact.kind == ArtifactKind::Tree).then(|| PathBuf::from(&artifact.filename));
            if root.is_none() && !archives {
                continue;
            }
            let project = project(root.as_deref(), &artifact.filename);
            let findings = package.findings.iter().enumerate().filter(|(_, finding)| mine(&finding.artifact));
            work.extend(fix::work(findings, &review.texts, &project, rules).into_iter().map(|one| (at, one)));
        }
    }
    let found = pipeline::each_in_pool(&work, &|(at, one)| (*at, one.corrections(rules)));
    for (at, corrections) in found {
        let Some(package) = looked.document.packages.get_mut(at) else { continue };
        for (at, correction) in corrections {
            if let Some(finding) = package.findings.get_mut(at) {
                finding.correction = Some(correction);
            }
        }
    }
}

/// What an artifact says of its project: a folder in its files, an archive in its name.
fn project(root: Option<&Path>, filename: &str) -> Project {
    let Some(root) = root else {
        let name = select::guess(filename).map(|(name, _)| name);
        return Project { name, ..Project::default() };
    };
    let read = |name: &str| {
        let path = root.join(name);
        let small = fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() <= MAX_BUILD_FILE);
        small.then(|| fs::read_to_string(path).ok()).flatten()
    };
    let pyproject = read("pyproject.toml").and_then(|text| text.parse::<toml::Table>().ok());
    let requires = pyproject
        .as_ref()
        .and_then(|table| table.get("project")?.get("requires-python")?.as_str().map(str::to_owned))
        .or_else(|| read("setup.cfg").and_then(|text| after(&text, "python_requires")))
        .or_else(|| read("setup.py").and_then(|text| after(&text, "python_requires")))
        .or_else(|| read("PKG-INFO").and_then(|text| after(&text, "Requires-Python")));
    let name = packaging::project_name(|name| read(name).map(String::into_bytes));
    Project { name, least_minor: requires.as_deref().and_then(least_minor), backport: false }
}

/// What follows a word and `=` or `:` on its line.
fn after(text: &str, word: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with(word))?;
    let (_, value) = line.split_once(['=', ':'])?;
    Some(value.trim().trim_end_matches(',').trim_matches(['"', '\'']).to_owned())
}

/// The lowest minor version of Python 3 that a specifier allows, where a part of it says so.
fn least_minor(specifier: &str) -> Option<u8> {
    let part = |part: &str| {
        let part = part.trim();
        let version = part
            .strip_prefix(">=")
            .or_else(|| part.strip_prefix("~="))
            .or_else(|| part.strip_prefix("=="))?;
        let digits: String =
            version.trim().strip_prefix("3.")?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    specifier.split(',').filter_map(part).max()
}

/// A file with its old and new bytes.
struct ChangedFile {
    /// As the tree calls it.
    path: String,
    /// Where to write it; nowhere for a member of an archive.
    on_disk: Option<PathBuf>,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// The changes of one tree's files.
struct Changed {
    files: Vec<ChangedFile>,
    /// How many findings they take away.
    lost: usize,
    /// How many changes did not stand the proof.
    dropped: usize,
}

/// One correction: its file and its edits.
struct Wanted {
    path: String,
    edits: Vec<Edit>,
}

/// The proved changes of each artifact that has some, by the artifact's name.
fn changes(looked: &Looked, promises: bool) -> Vec<(String, Changed)> {
    let mut all = Vec::new();
    for package in &looked.document.packages {
        for review in &looked.reviews {
            let mut wanted = Vec::new();
            for finding in package.findings.iter().filter(|one| one.artifact == review.artifact) {
                let Some(correction) = finding.correction.as_ref().filter(|one| one.safe || promises) else {
                    continue;
                };
                let path = finding.location.path.clone();
                let text = review.texts.get(&path).map(Vec::as_slice).unwrap_or_default();
                if let Some(edits) = edits_of(text, &correction.edits) {
                    wanted.push(Wanted { path, edits });
                }
            }
            let kind =
                package.artifacts.iter().find(|one| one.filename == review.artifact).map(|one| one.kind);
            if let (false, Some(kind)) = (wanted.is_empty(), kind) {
                let root = (kind == ArtifactKind::Tree).then(|| PathBuf::from(&review.artifact));
                all.push((review.artifact.clone(), proved(root.as_deref(), review, &wanted)));
            }
        }
    }
    all
}

/// The wanted changes that stand together, tried on the whole project.
fn proved(root: Option<&Path>, review: &pipeline::Review, wanted: &[Wanted]) -> Changed {
    let texts = &review.texts;
    let listed = root.map(files_of).unwrap_or_default();
    let on_disk: BTreeMap<&str, &TreeFile> = listed.iter().map(|one| (one.path.as_str(), one)).collect();
    let limits = Limits::default();
    let files: Vec<(MemberPath, Vec<u8>)> = if root.is_some() {
        let wants = |one: &&TreeFile| crate::scan::source_wants(&one.path);
        listed
            .iter()
            .filter(wants)
            .filter_map(|one| Some((one.path.clone(), one.read(&limits).ok()?)))
            .collect()
    } else {
        texts.iter().filter_map(|(path, text)| Some((MemberPath::new(path).ok()?, text.clone()))).collect()
    };
    let now: BTreeMap<&str, &[u8]> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_slice())).collect();
    // A file that was changed meanwhile is not the one that was looked at.
    let current = |one: &&Wanted| {
        now.get(one.path.as_str()).is_some_and(|text| texts.get(&one.path).is_some_and(|old| old == text))
    };
    let wanted: Vec<&Wanted> = wanted.iter().filter(current).collect();
    let project = project(root, &review.artifact);
    let whole = proof::Whole::of(&files, project.name.as_ref(), RuleSet::builtin());
    let made = |chosen: &[&Wanted]| -> Option<BTreeMap<String, Vec<u8>>> {
        let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
        for one in chosen {
            edits.entry(&one.path).or_default().extend(one.edits.iter().cloned());
        }
        edits
            .into_iter()
            .map(|(path, edits)| Some((path.to_owned(), apply(now.get(path)?, &edits)?)))
            .collect()
    };
    let stands = |chosen: &[&Wanted]| made(chosen).is_some_and(|new| whole.holds(&new, chosen.len()));
    let mut chosen: Vec<&Wanted> = wanted.clone();
    if !stands(&chosen) {
        chosen.clear();
        for one in wanted.iter().take(MOST_TRIED) {
            chosen.push(one);
            if !stands(&chosen) {
                chosen.pop();
            }
        }
    }
    let new = if chosen.is_empty() { BTreeMap::new() } else { made(&chosen).unwrap_or_default() };
    let files = new
        .into_iter()
        .filter_map(|(path, new)| {
            let old = now.get(path.as_str())?.to_vec();
            let on_disk = on_disk.get(path.as_str()).map(|one| one.on_disk.clone());
            Some(ChangedFile { path, on_disk, old, new })
        })
        .collect();
    Changed { files, lost: chosen.len(), dropped: wanted.len().saturating_sub(chosen.len()) }
}

fn files_of(root: &Path) -> Vec<TreeFile> {
    let listed = match unpack::place(root) {
        Ok(Place::Folder(_)) => unpack::tree(root, &Limits::default()),
        Ok(Place::File) => unpack::one(root),
        Err(_) => return Vec::new(),
    };
    listed.map(|(files, _)| files).unwrap_or_default()
}

/// Writes what is proved; gives the number of findings that it took away.
pub(super) fn write(looked: &Looked, promises: bool) -> Result<usize, Stop> {
    let mut lost = 0_usize;
    for (artifact, changed) in changes(looked, promises) {
        let mut written = 0_usize;
        for ChangedFile { path, on_disk, new, .. } in &changed.files {
            match on_disk {
                Some(file) => {
                    replace(file, new)?;
                    written = written.saturating_add(1);
                }
                None => {
                    let note = "it is an archive, which is not changed; `--diff` shows the change";
                    output::warning(&format!("{artifact}: {path}: {note}"));
                }
            }
        }
        if written > 0 {
            let n = changed.lost;
            lost = lost.saturating_add(n);
            let (noun, files) = (if n == 1 { "finding" } else { "findings" }, written);
            let many = if files == 1 { "file" } else { "files" };
            output::note(&format!("fixed {n} {noun} in {files} {many} of {artifact}"));
        }
        dropped(&changed, &artifact);
    }
    Ok(lost)
}

fn dropped(changed: &Changed, artifact: &str) {
    if changed.dropped > 0 {
        let n = changed.dropped;
        let noun = if n == 1 { "change" } else { "changes" };
        output::warning(&format!(
            "{artifact}: {n} {noun} left out: with all files of the project looked at, the finding stays, another \
             comes, or it stands in the way of another change"
        ));
    }
}

/// Prints what would be written; gives the exit code.
pub(super) fn diff(looked: &Looked, promises: bool) -> Result<u8, Stop> {
    let mut text = String::new();
    for (artifact, changed) in changes(looked, promises) {
        for ChangedFile { path, on_disk, old, new } in &changed.files {
            let shown = on_disk.as_ref().map_or_else(|| path.clone(), |file| file.display().to_string());
            let shown = shown.replace('\\', "/");
            let shown = shown.trim_start_matches("./").trim_start_matches('/');
            let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
            let diff = TextDiff::from_lines(old.as_ref(), new.as_ref());
            let (a, b) = (format!("a/{shown}"), format!("b/{shown}"));
            text.push_str(&diff.unified_diff().context_radius(3).header(&a, &b).to_string());
        }
        dropped(&changed, &artifact);
    }
    output::print(&text)?;
    let incomplete = !looked.document.failures.is_empty() || looked.document.packages.is_empty();
    for failure in &looked.document.failures {
        output::error(&format!("{}: {}", failure.request, failure.reason));
    }
    Ok(if incomplete { 3 } else { u8::from(!text.is_empty()) })
}

/// Replaces a file's content: beside it and then renamed, so that nobody sees half of it.
fn replace(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let shown = path.display();
    let failed = || format!("cannot write {shown}");
    let about = fs::metadata(path).with_context(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(text).with_context(failed)?;
    file.as_file().set_permissions(about.permissions()).with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_says_which_pythons_it_supports() {
        assert_eq!(least_minor(">=3.9"), Some(9));
        assert_eq!(least_minor(">= 3.13, <4"), Some(13));
        assert_eq!(least_minor("~=3.12.1"), Some(12));
        assert_eq!(least_minor("<4"), None);
        assert_eq!(after("x\n    python_requires='>=3.8',\n", "python_requires").as_deref(), Some(">=3.8"));
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("setup.cfg"), "[options]\npython_requires = >=3.11\n").expect("writes");
        assert_eq!(project(Some(dir.path()), "").least_minor, Some(11));
        let text = "[project]\nrequires-python = \">=3.14\"\n";
        fs::write(dir.path().join("pyproject.toml"), text).expect("writes");
        assert_eq!(project(Some(dir.path()), "").least_minor, Some(14));
    }
}

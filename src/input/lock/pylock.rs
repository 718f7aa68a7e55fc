//! `pylock.toml` (PEP 751), as pip, uv and pdm write it.

use std::sync::Arc;

use toml::Table;

use super::super::{Hash, Problem, Source};
use super::table::{self, File};
use super::{Lock, LockKind, Locked, Need, Read, When};
use crate::model::{DistFile, PackageName};

/// The one major version there is.
const VERSION: &str = "1.";

pub(super) fn read(file: &File<'_>) -> Result<Read, String> {
    let document = file.toml()?;
    let version = table::text(&document, "lock-version").unwrap_or_default();
    if !version.starts_with(VERSION) {
        return Err(format!("{}: lock-version `{version}` is not known; 1.0 is", file.name));
    }
    let (mut packages, mut problems) = (Vec::new(), Vec::new());
    for (place, entry) in file.entries(&document, "packages") {
        match package(file, &place, entry) {
            Ok(package) => packages.push(package),
            Err(problem) => problems.push(problem),
        }
    }
    let lock = Lock {
        kind: LockKind::Pylock,
        name: file.name.to_owned(),
        requires_python: table::owned(&document, "requires-python"),
        default_groups: table::texts(&document, "default-groups"),
        extras: Vec::new(),
        packages,
    };
    Ok(Read { lock, problems })
}

fn package(file: &File<'_>, place: &str, entry: &Table) -> Result<Locked, Problem> {
    let name = table::name(entry, place)?;
    let sub = |key: &str| entry.get(key).and_then(toml::Value::as_table);
    let (source, hashes) = if let Some(vcs) = sub("vcs") {
        let kind = table::text(vcs, "type").unwrap_or("git");
        let address = table::text(vcs, "url").or(table::text(vcs, "path")).unwrap_or_default();
        let commit = table::text(vcs, "commit-id").unwrap_or_default();
        (Source::Vcs(format!("{kind}+{address}@{commit}")), Vec::new())
    } else if let Some(folder) = sub("directory") {
        (Source::Path(file.path(table::text(folder, "path").unwrap_or("."))), Vec::new())
    } else if let Some(archive) = sub("archive") {
        let hashes = hashes(archive);
        match (table::text(archive, "url"), table::text(archive, "path")) {
            (Some(url), _) => (Source::Url(url.to_owned()), hashes),
            (None, Some(path)) => (Source::Path(file.path(path)), hashes),
            (None, None) => {
                return Err(Problem::new(place, format!("{name}: an archive without an address")));
            }
        }
    } else {
        let files: Vec<Arc<DistFile>> = sub("sdist")
            .into_iter()
            .chain(table::tables(entry, "wheels"))
            .filter_map(|one| dist(file, one))
            .map(Arc::new)
            .collect();
        if files.is_empty() {
            return Err(Problem::new(place, format!("{name}: no file is locked for it")));
        }
        (Source::Files(files), Vec::new())
    };
    Ok(Locked {
        version: table::owned(entry, "version"),
        extras: Vec::new(),
        marker: table::owned(entry, "marker"),
        groups: Vec::new(),
        optional: false,
        root: false,
        source,
        hashes,
        needs: table::tables(entry, "dependencies").filter_map(need).collect(),
        origin: place.to_owned(),
        name,
    })
}

fn need(entry: &Table) -> Option<Need> {
    Some(Need {
        name: PackageName::new(table::text(entry, "name")?).ok()?,
        version: table::owned(entry, "version"),
        extras: Vec::new(),
        marker: table::owned(entry, "marker"),
        when: When::Always,
    })
}

/// `hashes = { sha256 = "…" }`.
fn hashes(entry: &Table) -> Vec<Hash> {
    let Some(all) = entry.get("hashes").and_then(toml::Value::as_table) else { return Vec::new() };
    all.iter()
        .filter_map(|(algorithm, value)| Hash::parse(&format!("{algorithm}:{}", value.as_str()?)).ok())
        .collect()
}

fn dist(file: &File<'_>, entry: &Table) -> Option<DistFile> {
    let url = match (table::text(entry, "url"), table::text(entry, "path")) {
        (Some(url), _) => url.to_owned(),
        (None, Some(path)) => file.path_url(path)?,
        (None, None) => return None,
    };
    let filename = table::owned(entry, "name").or_else(|| table::file_name(&url))?;
    let (size, time) = (table::number(entry, "size"), table::time(entry, "upload-time"));
    Some(table::dist_file(filename, url, &hashes(entry), size, time))
}

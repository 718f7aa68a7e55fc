//! `uv.lock`: one entry per version, forks by markers, and the project's own entry with its requirements.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::{Table, Value};

use super::super::{Problem, Source};
use super::table::{self, File};
use super::{Lock, LockKind, Locked, Need, Read, When};
use crate::model::{DistFile, PackageName};

/// The one version there is; revisions of it can be read by who knows it.
const VERSION: i64 = 1;

pub(super) fn read(file: &File<'_>) -> Result<Read, String> {
    let document = file.toml()?;
    match table::number(&document, "version") {
        Some(VERSION) => {}
        other => {
            let shown = other.map_or_else(|| "none".to_owned(), |version| version.to_string());
            return Err(format!("{}: version {shown} of uv's lock is not known; {VERSION} is", file.name));
        }
    }
    let members: BTreeSet<String> = document
        .get("manifest")
        .and_then(Value::as_table)
        .map(|manifest| table::texts(manifest, "members"))
        .unwrap_or_default()
        .into_iter()
        .collect();
    let (mut packages, mut problems) = (Vec::new(), Vec::new());
    for (place, entry) in file.entries(&document, "package") {
        match package(file, &place, entry, &members) {
            Ok(package) => packages.push(package),
            Err(problem) => problems.push(problem),
        }
    }
    let lock = Lock {
        kind: LockKind::Uv,
        name: file.name.to_owned(),
        requires_python: table::owned(&document, "requires-python"),
        default_groups: Vec::new(),
        extras: Vec::new(),
        packages,
    };
    Ok(Read { lock, problems })
}

fn package(
    file: &File<'_>,
    place: &str,
    entry: &Table,
    members: &BTreeSet<String>,
) -> Result<Locked, Problem> {
    let name = table::name(entry, place)?;
    let Some(from) = entry.get("source").and_then(Value::as_table) else {
        return Err(Problem::new(place, format!("{name}: it does not say where it comes from")));
    };
    let folder = ["editable", "virtual", "directory"].iter().find_map(|key| table::text(from, key));
    let root = members.contains(name.as_str()) || (members.is_empty() && folder == Some("."));
    let mut hashes = Vec::new();
    let source = if let Some(folder) = folder {
        Source::Path(file.path(folder))
    } else if let Some(git) = table::text(from, "git") {
        Source::Vcs(format!("git+{git}"))
    } else if let Some(url) = table::text(from, "url") {
        hashes = dist_hashes(entry);
        Source::Url(url.to_owned())
    } else if let Some(path) = table::text(from, "path") {
        hashes = dist_hashes(entry);
        Source::Path(file.path(path))
    } else {
        let registry = table::text(from, "registry").unwrap_or_default();
        let files: Vec<Arc<DistFile>> =
            dists(entry).filter_map(|one| dist(file, registry, one)).map(Arc::new).collect();
        if files.is_empty() {
            return Err(Problem::new(place, format!("{name}: no file is locked for it")));
        }
        Source::Files(files)
    };
    Ok(Locked {
        version: table::owned(entry, "version"),
        extras: Vec::new(),
        marker: fork(entry),
        groups: Vec::new(),
        optional: false,
        root,
        source,
        hashes,
        needs: needs(entry),
        origin: place.to_owned(),
        name,
    })
}

/// The environments a fork of the entry is for: one of these markers holds.
fn fork(entry: &Table) -> Option<String> {
    let markers = table::texts(entry, "resolution-markers");
    (!markers.is_empty())
        .then(|| markers.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" or "))
}

fn needs(entry: &Table) -> Vec<Need> {
    let mut needs: Vec<Need> =
        table::tables(entry, "dependencies").filter_map(|one| need(one, When::Always)).collect();
    for (key, when) in
        [("optional-dependencies", When::Extra as fn(String) -> When), ("dev-dependencies", When::Group)]
    {
        let Some(sets) = entry.get(key).and_then(Value::as_table) else { continue };
        for set in sets.keys() {
            needs.extend(table::tables(sets, set).filter_map(|one| need(one, when(set.clone()))));
        }
    }
    needs
}

fn need(entry: &Table, when: When) -> Option<Need> {
    Some(Need {
        name: PackageName::new(table::text(entry, "name")?).ok()?,
        version: table::owned(entry, "version"),
        extras: table::texts(entry, "extra"),
        marker: table::owned(entry, "marker"),
        when,
    })
}

fn dists(entry: &Table) -> impl Iterator<Item = &Table> {
    entry.get("sdist").and_then(Value::as_table).into_iter().chain(table::tables(entry, "wheels"))
}

fn dist_hashes(entry: &Table) -> Vec<super::super::Hash> {
    table::hashes(dists(entry).filter_map(|one| table::text(one, "hash")))
}

fn dist(file: &File<'_>, registry: &str, entry: &Table) -> Option<DistFile> {
    let url = match (table::text(entry, "url"), table::text(entry, "path")) {
        (Some(url), _) => url.to_owned(),
        // Of a folder that serves as an index; the path starts there.
        (None, Some(path)) => file.path_url(&format!("{registry}/{path}"))?,
        (None, None) => return None,
    };
    let filename = table::owned(entry, "filename").or_else(|| table::file_name(&url))?;
    let hashes = table::hashes(table::text(entry, "hash").into_iter());
    Some(table::dist_file(
        filename,
        url,
        &hashes,
        table::number(entry, "size"),
        table::time(entry, "upload-time"),
    ))
}

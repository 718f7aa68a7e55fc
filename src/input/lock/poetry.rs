//! `poetry.lock`, versions 1.0 to 2.1. File names and hashes, no addresses: the index is asked for those.

use toml::{Table, Value};

use super::super::{Problem, Source, Specifiers};
use super::table::{self, File};
use super::{Lock, LockKind, Locked, Need, Read, When};
use crate::model::PackageName;

pub(super) fn read(file: &File<'_>) -> Result<Read, String> {
    let document = file.toml()?;
    let empty = Table::new();
    let metadata = document.get("metadata").and_then(Value::as_table).unwrap_or(&empty);
    let (mut packages, mut problems) = (Vec::new(), Vec::new());
    for (place, entry) in file.entries(&document, "package") {
        match package(file, &place, entry, metadata) {
            Ok(package) => packages.push(package),
            Err(problem) => problems.push(problem),
        }
    }
    let extras = document.get("extras").and_then(Value::as_table).map(|extras| {
        let names =
            |extra: &String| table::texts(extras, extra).iter().filter_map(|one| first_name(one)).collect();
        extras.keys().map(|extra| (extra.clone(), names(extra))).collect()
    });
    let lock = Lock {
        kind: LockKind::Poetry,
        name: file.name.to_owned(),
        requires_python: table::owned(metadata, "python-versions")
            .filter(|text| Specifiers::parse(text).is_ok()),
        default_groups: Vec::new(),
        extras: extras.unwrap_or_default(),
        packages,
    };
    Ok(Read { lock, problems })
}

/// Extras list names, and in old locks requirements: `lxml (>=5)`.
fn first_name(text: &str) -> Option<PackageName> {
    PackageName::new(text.split([' ', '[', '(', ';']).next()?).ok()
}

fn package(file: &File<'_>, place: &str, entry: &Table, metadata: &Table) -> Result<Locked, Problem> {
    let name = table::name(entry, place)?;
    let empty = Table::new();
    let from = entry.get("source").and_then(Value::as_table).unwrap_or(&empty);
    let address = table::text(from, "url").unwrap_or_default();
    let source = match table::text(from, "type") {
        Some("git") => {
            let commit = table::text(from, "resolved_reference").unwrap_or_default();
            Source::Vcs(format!("git+{address}@{commit}"))
        }
        Some("url") => Source::Url(address.to_owned()),
        Some("file" | "directory") => Source::Path(file.path(address)),
        _ => Source::Index,
    };
    // Before 2.0 the files of all packages stood in one table by name.
    let old = metadata.get("files").and_then(Value::as_table);
    let files: Vec<&Table> = match (entry.contains_key("files"), old) {
        (false, Some(old)) => table::tables(old, table::text(entry, "name").unwrap_or_default()).collect(),
        _ => table::tables(entry, "files").collect(),
    };
    let mut groups = table::texts(entry, "groups");
    groups.extend(table::text(entry, "category").map(str::to_owned));
    Ok(Locked {
        version: table::owned(entry, "version"),
        extras: Vec::new(),
        marker: marker(entry),
        groups,
        optional: entry.get("optional").and_then(Value::as_bool).unwrap_or(false),
        root: false,
        source,
        hashes: table::hashes(files.into_iter().filter_map(|one| table::text(one, "hash"))),
        needs: needs(entry),
        origin: place.to_owned(),
        name,
    })
}

/// One marker, or one per group; whether a group counts is decided by `groups`, so any of them may hold.
fn marker(entry: &Table) -> Option<String> {
    match entry.get("markers")? {
        Value::String(marker) => Some(marker.clone()),
        Value::Table(by_group) => {
            let groups = table::texts(entry, "groups");
            let all: Option<Vec<&str>> = groups.iter().map(|group| by_group.get(group)?.as_str()).collect();
            // A group without a marker needs it everywhere.
            Some(all?.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" or "))
        }
        _ => None,
    }
}

fn needs(entry: &Table) -> Vec<Need> {
    let Some(dependencies) = entry.get("dependencies").and_then(Value::as_table) else { return Vec::new() };
    let mut needs = Vec::new();
    for (name, value) in dependencies {
        let Ok(name) = PackageName::new(name) else { continue };
        let one = |table: Option<&Table>| Need {
            name: name.clone(),
            version: None,
            extras: table.map(|table| table::texts(table, "extras")).unwrap_or_default(),
            marker: table.and_then(|table| table::owned(table, "markers")),
            when: When::Always,
        };
        match value {
            Value::Array(several) => needs.extend(several.iter().map(|each| one(each.as_table()))),
            other => needs.push(one(other.as_table())),
        }
    }
    needs
}

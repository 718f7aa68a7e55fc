//! `pdm.lock`, version 4. An entry with extras stands beside the one without.

use std::sync::Arc;

use toml::{Table, Value};

use super::super::{Problem, Source, request};
use super::table::{self, File};
use super::{Lock, LockKind, Locked, Need, Read, When};
use crate::model::DistFile;

pub(super) fn read(file: &File<'_>) -> Result<Read, String> {
    let document = file.toml()?;
    let empty = Table::new();
    let metadata = document.get("metadata").and_then(Value::as_table).unwrap_or(&empty);
    let (mut packages, mut problems) = (Vec::<Locked>::new(), Vec::new());
    for (place, entry) in file.entries(&document, "package") {
        match package(file, &place, entry) {
            Ok(extra) if !extra.extras.is_empty() => {
                // The entry with extras repeats the files of the plain one and adds what the extras need.
                let plain = packages
                    .iter_mut()
                    .find(|known| known.name == extra.name && known.version == extra.version);
                match plain {
                    Some(plain) => {
                        plain.extras.extend(extra.extras);
                        plain.needs.extend(extra.needs.into_iter().filter(|need| need.name != extra.name));
                    }
                    None => packages.push(extra),
                }
            }
            Ok(package) => packages.push(package),
            Err(problem) => problems.push(problem),
        }
    }
    let requires_python =
        table::tables(metadata, "targets").find_map(|target| table::owned(target, "requires_python"));
    let lock = Lock {
        kind: LockKind::Pdm,
        name: file.name.to_owned(),
        requires_python: requires_python.or_else(|| table::owned(metadata, "requires_python")),
        default_groups: vec!["default".to_owned()],
        extras: Vec::new(),
        packages,
    };
    Ok(Read { lock, problems })
}

fn package(file: &File<'_>, place: &str, entry: &Table) -> Result<Locked, Problem> {
    let name = table::name(entry, place)?;
    let files: Vec<&Table> = table::tables(entry, "files").collect();
    let hashes = table::hashes(files.iter().filter_map(|one| table::text(one, "hash")));
    let source = if let Some(git) = table::text(entry, "git") {
        Source::Vcs(format!("git+{git}@{}", table::text(entry, "revision").unwrap_or_default()))
    } else if let Some(url) = table::text(entry, "url") {
        Source::Url(url.to_owned())
    } else if let Some(path) = table::text(entry, "path") {
        Source::Path(file.path(path))
    } else {
        // With the strategy `static_urls` every file has its address.
        let known: Option<Vec<Arc<DistFile>>> = files.iter().map(|one| dist(one).map(Arc::new)).collect();
        match known.filter(|known| !known.is_empty()) {
            Some(known) => Source::Files(known),
            None => Source::Index,
        }
    };
    let needs = table::texts(entry, "dependencies").iter().filter_map(|text| need(text, place)).collect();
    Ok(Locked {
        version: table::owned(entry, "version"),
        extras: table::texts(entry, "extras"),
        marker: table::owned(entry, "marker"),
        groups: table::texts(entry, "groups"),
        optional: false,
        root: false,
        hashes: if matches!(source, Source::Files(_)) { Vec::new() } else { hashes },
        source,
        needs,
        origin: place.to_owned(),
        name,
    })
}

fn need(text: &str, place: &str) -> Option<Need> {
    let request = request::parse(text, place).ok()?;
    Some(Need {
        name: request.name?,
        version: None,
        extras: request.extras,
        marker: request.marker,
        when: When::Always,
    })
}

fn dist(entry: &Table) -> Option<DistFile> {
    let url = table::text(entry, "url")?;
    let hashes = table::hashes(table::text(entry, "hash").into_iter());
    Some(table::dist_file(table::file_name(url)?, url.to_owned(), &hashes, None, None))
}

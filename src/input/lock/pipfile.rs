//! `Pipfile.lock`: JSON, hashes only. Its sections are groups; `default` is what gets installed.

use serde_json::{Map, Value};

use super::super::{Hash, Problem, Source};
use super::table::{self, File};
use super::{Lock, LockKind, Locked, Read};
use crate::model::PackageName;

pub(super) fn read(file: &File<'_>) -> Result<Read, String> {
    let document: Map<String, Value> = serde_json::from_str(file.text)
        .map_err(|error| format!("{}:{}: it is no valid JSON: {error}", file.name, error.line()))?;
    let (mut packages, mut problems) = (Vec::<Locked>::new(), Vec::new());
    for (section, entries) in document.iter().filter(|(section, _)| *section != "_meta") {
        let Some(entries) = entries.as_object() else { continue };
        for (name, entry) in entries {
            match package(file, section, name, entry) {
                // In two sections with the same version: one entry of two groups.
                Ok(package) => match packages
                    .iter_mut()
                    .find(|known| known.name == package.name && known.version == package.version)
                {
                    Some(known) => known.groups.extend(package.groups),
                    None => packages.push(package),
                },
                Err(problem) => problems.push(problem),
            }
        }
    }
    let lock = Lock {
        kind: LockKind::Pipfile,
        name: file.name.to_owned(),
        requires_python: None,
        default_groups: vec!["default".to_owned()],
        extras: Vec::new(),
        packages,
    };
    Ok(Read { lock, problems })
}

fn package(file: &File<'_>, section: &str, name: &str, entry: &Value) -> Result<Locked, Problem> {
    let needle = format!("\"{name}\": {{");
    let line = file.text.lines().position(|line| line.trim() == needle);
    let place =
        line.map_or_else(|| file.name.to_owned(), |at| format!("{}:{}", file.name, at.saturating_add(1)));
    let name = PackageName::new(name).map_err(|error| Problem::new(place.clone(), error.to_string()))?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let list = |key: &str| -> Vec<&str> {
        let values = entry.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(Value::as_str).collect()
    };
    let source = if let Some(git) = text("git") {
        Source::Vcs(format!("git+{git}@{}", text("ref").unwrap_or_default()))
    } else if let Some(place) = text("path").or(text("file")) {
        if place.contains("://") { Source::Url(place.to_owned()) } else { Source::Path(file.path(place)) }
    } else {
        Source::Index
    };
    let version = text("version").map(str::trim).and_then(|version| version.strip_prefix("=="));
    let version = version.map(|version| version.trim_start_matches('=').trim().to_owned());
    let hashes: Vec<Hash> = table::hashes(list("hashes").into_iter());
    Ok(Locked {
        version,
        extras: list("extras").into_iter().map(str::to_owned).collect(),
        marker: text("markers").map(str::to_owned),
        groups: vec![section.to_owned()],
        optional: false,
        root: false,
        source,
        hashes,
        needs: Vec::new(),
        origin: place,
        name,
    })
}

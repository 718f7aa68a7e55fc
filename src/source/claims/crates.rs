//! Settles which of the modules in Rust can be imported, and what their generator declares by itself.

use super::join::{Module, below, by_default, folder, short};
use super::rust::allows;
use super::{CrateSeen, FileClaims};
use crate::knowledge::Knowledge;
use crate::model::GilSupport;

/// Keeps the modules that carry a library's name, if any does: the others are parts of it.
pub(super) fn choose(files: &[(&str, &FileClaims)], modules: &mut Vec<Module>) {
    let names: Vec<&str> =
        files.iter().flat_map(|(_, file)| &file.rust.modules).map(|name| short(name)).collect();
    let targets = files.iter().flat_map(|(_, file)| &file.targets).map(|target| short(&target.name));
    let names: Vec<&str> = names.into_iter().chain(targets).collect();
    let rust = |module: &Module| module.path.ends_with(".rs");
    // Crates are judged one by one: a workspace may make several modules.
    let crates: Vec<&str> = files
        .iter()
        .filter(|(path, _)| path.rsplit('/').next() == Some("Cargo.toml"))
        .map(|(path, _)| folder(path))
        .collect();
    let home = |path: &str| crates.iter().filter(|one| below(path, one)).max_by_key(|one| one.len()).copied();
    let chosen: Vec<Option<&str>> = modules
        .iter()
        .filter(|module| rust(module) && names.contains(&module.short()))
        .map(|module| home(&module.path))
        .collect();
    modules.retain(|module| {
        !rust(module) || names.contains(&module.short()) || !chosen.contains(&home(&module.path))
    });
}

/// Adds what a generator declares where the author wrote nothing, by the version that is locked or asked for.
pub(super) fn defaults(files: &[(&str, &FileClaims)], modules: &mut [Module], known: &Knowledge) {
    for module in modules.iter_mut().filter(|module| module.path.ends_with(".rs")) {
        let framework = module.seen.framework.name.clone();
        let Some(facts) = known.frameworks().get(&framework) else { continue };
        let version = locked(files, &module.path, &framework);
        module.seen.framework.version.clone_from(&version);
        if !module.seen.says.is_empty() {
            continue;
        }
        let Some(default) = &facts.default else { continue };
        let declares = match &version {
            Some(version) => Some(facts.is_default(Some(version), GilSupport::NotUsed)),
            None => required(files, &module.path, &framework)
                .and_then(|required| allows(&required, &default.since)),
        };
        match declares {
            Some(true) => {
                let evidence = format!("{framework} declares by itself since {}", default.since);
                module.seen.says.push(by_default(&module.seen.place, evidence));
            }
            Some(false) => {}
            None => {
                let reason = format!(
                    "{framework} declares by itself since {}, and its version is not locked",
                    default.since
                );
                module.unknown.get_or_insert(reason);
            }
        }
    }
}

/// What the nearest folder above a path says.
fn nearest<'a, R>(
    files: &'a [(&str, &FileClaims)],
    path: &str,
    read: impl Fn(&'a CrateSeen) -> Option<R>,
) -> Option<R> {
    let above = files.iter().filter(|(one, _)| below(path, folder(one)));
    let found = above.filter_map(|(one, file)| Some((folder(one).len(), read(&file.rust)?)));
    found.max_by_key(|(depth, _)| *depth).map(|(_, value)| value)
}

fn of<'a>(list: &'a [(String, String)], name: &str) -> Option<&'a String> {
    list.iter().find(|(one, _)| one == name).map(|(_, version)| version)
}

fn locked(files: &[(&str, &FileClaims)], path: &str, name: &str) -> Option<String> {
    let near = nearest(files, path, |one| of(&one.locked, name).cloned());
    // A lock that lies elsewhere speaks for the crate if there is only one.
    near.or_else(|| {
        let mut all = files.iter().filter_map(|(_, file)| of(&file.rust.locked, name));
        let one = all.next()?;
        all.next().is_none().then(|| one.clone())
    })
}

fn required(files: &[(&str, &FileClaims)], path: &str, name: &str) -> Option<String> {
    nearest(files, path, |one| of(&one.required, name).cloned())
}

//! Ties the modules that build files make to those found in sources.
//!
//! A build file knows a module's name and its sources; a source file often knows only half the name, or a macro that
//! the build defines. A module that a build file makes and no source defines is a gap: it may lack a declaration.

use super::join::{Module, folder, is_test, short};
use super::{FileClaims, ModuleSeen, Target};
use crate::model::{Framework, Gap, Hides};

/// Endings of sources that Cython reads.
const CYTHON: [&str; 4] = [".pyx", ".pyx.in", ".pyx.tp", ".py"];

/// Adds names and sources to modules, and modules that only a build file knows.
pub(super) fn add(files: &[(&str, &FileClaims)], modules: &mut Vec<Module>, gaps: &mut Vec<Gap>) {
    // Modules that a target has named: another target of the same last name is another module.
    let mut named: Vec<String> = Vec::new();
    for (path, file) in files {
        for target in &file.targets {
            let sources: Vec<String> =
                target.sources.iter().filter_map(|source| find(files, path, source)).collect();
            let matched = matching(target, &sources, modules, &named);
            if !target.installed {
                if let Some(at) = matched {
                    modules.remove(at);
                }
                continue;
            }
            if let Some(module) = matched.and_then(|at| modules.get_mut(at)) {
                // The name it is imported by is the build's to give.
                if target.name.contains('.') || module.short() != target.name {
                    module.seen.name.clone_from(&target.name);
                }
                module.sources.extend(sources);
                if target.name.contains('.') {
                    named.push(target.name.clone());
                }
                continue;
            }
            if is_test(path) {
                continue;
            }
            match unknown(files, path, target, &sources, !modules.is_empty()) {
                Found::Module(module) => {
                    named.push(module.seen.name.clone());
                    modules.push(*module);
                }
                Found::Gap(reason) => gaps.push(Gap::new(*path, Hides::Claims, reason)),
                Found::Note(reason) => gaps.push(Gap::new(*path, Hides::Nothing, reason)),
                Found::Nothing => {}
            }
        }
    }
}

/// Tells of calls that make modules whose names are not known, where nothing else shows any.
pub(super) fn computed(files: &[(&str, &FileClaims)], gaps: &mut Vec<Gap>) {
    for (path, file) in files.iter().filter(|(path, _)| !is_test(path)) {
        if let Some(place) = file.computed.first() {
            let line = place.location.line;
            let reason = format!("which modules line {line} makes is computed, and no source defines one");
            gaps.push(Gap::new(*path, Hides::Claims, reason));
        }
    }
}

/// Adds Python files that are written for Cython, if any build file has it compile something.
pub(super) fn add_pure(files: &[(&str, &FileClaims)], modules: &mut Vec<Module>) {
    if !files.iter().any(|(path, file)| file.cythonizes && !is_test(path)) {
        return;
    }
    for (path, file) in files {
        let Some(place) = &file.pure_cython else { continue };
        let Some(stem) = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")) else { continue };
        // A file that was generated of it speaks for it, or a target that names it.
        if modules.iter().any(|one| one.short() == stem || one.path == **path) {
            continue;
        }
        modules.push(module_of(stem, place.clone(), path, file.header.clone(), &[]));
    }
}

pub(super) fn module_of(
    name: &str,
    place: super::Place,
    path: &str,
    says: Vec<super::Statement>,
    sources: &[String],
) -> Module {
    Module {
        seen: ModuleSeen {
            name: name.to_owned(),
            framework: Framework { name: super::cython::FRAMEWORK.to_owned(), version: None },
            place,
            evidence: "no directive in the source or the build".to_owned(),
            says,
            open: Vec::new(),
            calls: Vec::new(),
            defined: true,
            by_macro: None,
        },
        path: path.to_owned(),
        sources: sources.to_vec(),
        unknown: None,
        asked: None,
    }
}

/// The path in the project of a source that a build file names.
fn find(files: &[(&str, &FileClaims)], build: &str, source: &str) -> Option<String> {
    let source = source.trim_start_matches("./").replace('\\', "/");
    let here = folder(build);
    let beside = if here.is_empty() { source.clone() } else { format!("{here}/{source}") };
    let exact = |wanted: &str| files.binary_search_by(|(path, _)| (*path).cmp(wanted)).is_ok();
    if exact(&beside) {
        return Some(beside);
    }
    if exact(&source) {
        return Some(source);
    }
    // Paths made of a variable and a tail, `${DIR}/x.c`, are found by the tail if that is unique.
    let tail = source.rsplit_once('}').map_or(source.as_str(), |(_, tail)| tail).trim_start_matches('/');
    let mut ends = files.iter().filter(|(path, _)| {
        path.strip_suffix(tail).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    });
    let one = ends.next()?;
    ends.next().is_none().then(|| one.0.to_owned())
}

/// The module that a target makes: by a source it was found in, else by name.
fn matching(target: &Target, sources: &[String], modules: &[Module], taken: &[String]) -> Option<usize> {
    let fits =
        |module: &Module| target.framework.as_ref().is_none_or(|one| *one == module.seen.framework.name);
    let in_source: Vec<usize> = (0..modules.len())
        .filter(|at| modules.get(*at).is_some_and(|module| fits(module) && sources.contains(&module.path)))
        .collect();
    let named = |at: &&usize| modules.get(**at).is_some_and(|module| module.short() == short(&target.name));
    if let Some(at) = in_source.iter().find(named) {
        return Some(*at);
    }
    if let [one] = in_source.as_slice() {
        return Some(*one);
    }
    let dotted = modules.iter().position(|module| fits(module) && module.seen.name == target.name);
    let free = |module: &Module| !target.name.contains('.') || !taken.contains(&module.seen.name);
    dotted.or_else(|| {
        let same = |module: &Module| module.short() == short(&target.name);
        modules.iter().position(|module| fits(module) && same(module) && free(module))
    })
}

enum Found {
    Module(Box<Module>),
    Gap(String),
    Note(String),
    Nothing,
}

/// Whether a module only makes setuptools run a command of the project's own, which then builds the real ones: it is
/// named after its only source beside the build file, neither that nor anything of its name is there, and others are.
fn is_placeholder(files: &[(&str, &FileClaims)], path: &str, target: &Target, sources: &[String]) -> bool {
    let [source] = target.sources.as_slice() else { return false };
    let Some((stem, _)) = source.rsplit_once('.') else { return false };
    let begins = |one: &str| {
        let name = one.rsplit('/').next().unwrap_or(one);
        name.split('.').next() == Some(stem)
    };
    sources.is_empty()
        && stem == short(&target.name)
        && !source.contains('/')
        && folder(path).is_empty()
        && !files.iter().any(|(one, _)| begins(one))
}

/// What to make of a target that no source file accounts for.
fn unknown(
    files: &[(&str, &FileClaims)],
    path: &str,
    target: &Target,
    sources: &[String],
    others: bool,
) -> Found {
    let cython = target.framework.as_deref() == Some(super::cython::FRAMEWORK)
        || target.sources.iter().any(|source| CYTHON.iter().any(|end| source.ends_with(end)));
    if cython {
        let header = sources
            .iter()
            .filter_map(|source| files.iter().find(|(path, _)| path == source))
            .flat_map(|(_, file)| file.header.iter().cloned());
        let path = sources.first().map_or(path, String::as_str);
        let module = module_of(&target.name, target.place.clone(), path, header.collect(), sources);
        return Found::Module(Box::new(module));
    }
    // All of its sources were read and none defines a module: a plain library, loaded without being imported. Whether
    // one that is not there would define it, nobody knows.
    let compiled = |source: &&String| {
        let end = source.rsplit_once('.').map_or("", |(_, end)| end);
        matches!(end, "c" | "cc" | "cpp" | "cxx" | "cu" | "m" | "mm" | "i" | "f" | "f90" | "pyf")
    };
    if sources.len() >= target.sources.iter().filter(compiled).count() {
        return Found::Nothing;
    }
    if others && is_placeholder(files, path, target, sources) {
        return Found::Note(format!(
            "the build names `{}` of {}, which is not there and of which nothing can be made: taken for a placeholder",
            target.name,
            target.sources.join(", ")
        ));
    }
    Found::Gap(format!("the build makes `{}`, and no source defines it", target.name))
}

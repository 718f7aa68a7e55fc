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
    for (path, file) in files {
        for target in &file.targets {
            let sources: Vec<String> =
                target.sources.iter().filter_map(|source| find(files, path, source)).collect();
            let matched = matching(target, &sources, modules);
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
                continue;
            }
            if is_test(path) {
                continue;
            }
            match unknown(files, path, target, &sources) {
                Found::Module(module) => modules.push(*module),
                Found::Gap(reason) => gaps.push(Gap::new(*path, Hides::Claims, reason)),
                Found::Nothing => {}
            }
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

fn module_of(
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
fn matching(target: &Target, sources: &[String], modules: &[Module]) -> Option<usize> {
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
    dotted.or_else(|| modules.iter().position(|module| fits(module) && module.short() == short(&target.name)))
}

enum Found {
    Module(Box<Module>),
    Gap(String),
    Nothing,
}

/// What to make of a target that no source file accounts for.
fn unknown(files: &[(&str, &FileClaims)], path: &str, target: &Target, sources: &[String]) -> Found {
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
    Found::Gap(format!("the build makes `{}`, and no source defines it", target.name))
}

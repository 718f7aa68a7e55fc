//! Applies what build files say to modules: directives, and which versions of a generator they ask for.

use super::join::{Module, below, folder, is_test, short};
use super::{Directive, FileClaims, requires};
use crate::knowledge::Knowledge;
use crate::model::{Claim, ClaimScope, DeclaredBy};

/// Looks which modules a build makes with a generator that is too old to declare. What such a one declares by itself it
/// does not; what the author wrote stays, for then the build is broken and not the promise.
pub(super) fn cap(files: &[(&str, &FileClaims)], modules: &mut [Module], known: &Knowledge) {
    let asked = requires::Asked::of(files);
    for module in modules {
        let framework = &module.seen.framework;
        let Some(facts) = known.generators().get(&framework.name) else { continue };
        if !facts.runtime && framework.version.is_some() {
            continue;
        }
        let Some(versions) = asked.too_old(&module.path, &framework.name, &facts.since) else {
            continue;
        };
        module.seen.says.retain(|says| says.by == DeclaredBy::Author);
        module.asked = Some(versions.to_owned());
        module.seen.evidence =
            format!("the project asks for {}{versions}, which cannot declare", framework.name);
        module.unknown = None;
    }
}

/// Applies what build files say. A statement that no module takes becomes a claim of its own.
pub(super) fn direct(files: &[(&str, &FileClaims)], modules: &mut [Module], claims: &mut Vec<Claim>) {
    for (path, file) in files {
        for directive in &file.directives {
            let covered = covered(path, directive, modules);
            for at in &covered {
                let Some(module) = modules.get_mut(*at) else { continue };
                // A build file is asked only where the module's own file says nothing; several together may
                // contradict each other.
                let own = module.seen.says.iter().any(|one| one.place.location.path == module.path);
                match &directive.says {
                    _ if own => {}
                    Some(says) => module.seen.says.push(says.clone()),
                    None => {
                        let reason = "whether the build has it declare is computed".to_owned();
                        module.unknown.get_or_insert(reason);
                    }
                }
            }
            if covered.is_empty()
                && let Some(says) = &directive.says
                && !is_test(path)
            {
                claims.push(Claim {
                    scope: ClaimScope::Framework(directive.framework.clone()),
                    stance: says.stance,
                    declared_by: Some(says.by),
                    framework: crate::model::Framework { name: directive.framework.clone(), version: None },
                    path: says.place.location.path.clone(),
                    line: says.place.location.line,
                    guard: says.guard.clone(),
                    minors: says.minors,
                    evidence: says.evidence.clone(),
                });
            }
        }
    }
}

/// The modules that a directive speaks for.
fn covered(path: &str, directive: &Directive, modules: &[Module]) -> Vec<usize> {
    let folder = folder(path);
    let of_generator =
        |at: &usize| modules.get(*at).is_some_and(|m| m.seen.framework.name == directive.framework);
    let all: Vec<usize> = (0..modules.len()).filter(of_generator).collect();
    let fits = |test: &dyn Fn(&Module) -> bool| -> Vec<usize> {
        all.iter().copied().filter(|at| modules.get(*at).is_some_and(test)).collect()
    };
    if let Some(target) = &directive.target {
        let named = fits(&|module| module.short() == short(target));
        if !named.is_empty() {
            return named;
        }
    }
    let near = fits(&|module| below(&module.path, folder));
    if !near.is_empty() || is_test(path) { near } else { all }
}

//! Sums up which source files are not the authors', and what another version of their generator would change.
//!
//! In: paths with their [`Origin`], and the claims of the artifact. Out: one row per generator or library and version.
//! Only some files of a library tell its version (a copied binding library has it in one header), so those that tell
//! none are counted with the only version that others of the same name tell.

use std::collections::BTreeMap;

use crate::knowledge::Knowledge;
use crate::model::{Attributed, Claim, Origin, Stance};

/// How many rows are kept; trees of copied libraries have some dozens.
const ROWS: usize = 256;

/// The rows of an artifact.
pub(super) fn rows(origins: &[(String, Origin)], claims: &[Claim], known: &Knowledge) -> Vec<Attributed> {
    let mut by_name: BTreeMap<&str, BTreeMap<Option<&str>, (u64, &str)>> = BTreeMap::new();
    for (path, origin) in origins {
        let versions = by_name.entry(&origin.name).or_default();
        let row = versions.entry(origin.version.as_deref()).or_insert((0, path));
        row.0 += 1;
        row.1 = row.1.min(path);
    }
    let mut out = Vec::new();
    for (name, mut versions) in by_name {
        if versions.len() == 2
            && let Some((files, path)) = versions.remove(&None)
            && let Some(row) = versions.values_mut().next()
        {
            row.0 += files;
            row.1 = row.1.min(path);
        }
        out.extend(versions.into_iter().map(|(version, (files, path))| Attributed {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            files,
            path: path.to_owned(),
            advice: advice(name, version, claims, known),
        }));
    }
    out.truncate(ROWS);
    out
}

/// What to do about a generator: take a version that can declare, or have it declare, if some module of it does not.
fn advice(name: &str, version: Option<&str>, claims: &[Claim], known: &Knowledge) -> Option<String> {
    let generators = known.generators();
    let of_it = |claim: &&Claim| claim.framework.name == name;
    let mut all = claims.iter().filter(of_it).peekable();
    all.peek()?;
    let silent = all.any(|claim| claim.stance == Stance::Silent);
    if !silent {
        return None;
    }
    generators.too_old(name, version).or_else(|| generators.silent(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimScope, Framework, Minors};

    fn origin(path: &str, name: &str, version: Option<&str>) -> (String, Origin) {
        (path.to_owned(), Origin { name: name.to_owned(), version: version.map(str::to_owned) })
    }

    fn claim(framework: &str, stance: Stance) -> Claim {
        Claim {
            scope: ClaimScope::Module("_x".to_owned()),
            stance,
            declared_by: None,
            framework: Framework { name: framework.to_owned(), version: None },
            path: "x.c".to_owned(),
            line: 1,
            guard: None,
            minors: Minors::ALL,
            evidence: String::new(),
        }
    }

    fn told(origins: &[(String, Origin)], claims: &[Claim]) -> Vec<(String, u64, Option<String>)> {
        let rows = rows(origins, claims, Knowledge::builtin());
        rows.into_iter()
            .map(|row| (format!("{} {}", row.name, row.version.unwrap_or_default()), row.files, row.advice))
            .collect()
    }

    #[test]
    fn files_of_one_library_are_one_row_with_the_version_that_one_of_them_tells() {
        let files = [
            origin("ext/pybind11/cast.h", "pybind11", None),
            origin("ext/pybind11/detail/common.h", "pybind11", Some("2.9.1")),
            origin("x.c", "cython", Some("3.0.11")),
            origin("y.c", "cython", Some("3.1.2")),
        ];
        let told = told(&files, &[claim("cython", Stance::RunsWithoutGil)]);
        let names: Vec<_> = told.iter().map(|(name, files, _)| (name.as_str(), *files)).collect();
        assert_eq!(names, [("cython 3.0.11", 1), ("cython 3.1.2", 1), ("pybind11 2.9.1", 2)]);
        assert!(told.iter().all(|(.., advice)| advice.is_none()), "all declare");
    }

    #[test]
    fn a_generator_that_is_too_old_is_to_be_replaced_and_one_that_is_not_to_be_told() {
        let silent = [claim("swig", Stance::Silent)];
        let old = told(&[origin("x_wrap.c", "swig", Some("4.2.1"))], &silent);
        assert!(old[0].2.as_deref().is_some_and(|text| text.contains("SWIG 4.4")), "{old:?}");
        let new = told(&[origin("x_wrap.c", "swig", Some("4.4.0"))], &silent);
        assert!(new[0].2.as_deref().is_some_and(|text| text.contains("-nogil")), "{new:?}");
        assert_eq!(told(&[origin("s.c", "sqlite", Some("3.1"))], &silent)[0].2, None);
    }
}

//! Reads interface files of generators that tell no more than the module's name: SWIG's `.i` and f2py's `.pyf`.

use super::generated::{place, words};
use super::{FileClaims, ModuleSeen};
use crate::model::Framework;

/// Reads SWIG's `%module name`, whose extension module is `_name`.
pub(super) fn swig(path: &str, bytes: &[u8]) -> FileClaims {
    let mut at = 0;
    for line in bytes.split(|b| *b == b'\n') {
        if let Some(rest) = line.trim_ascii_start().strip_prefix(b"%module".as_slice()) {
            let rest = match rest.iter().position(|b| *b == b'(') {
                Some(0) => rest
                    .iter()
                    .position(|b| *b == b')')
                    .and_then(|end| rest.get(end + 1..))
                    .unwrap_or_default(),
                _ => rest,
            };
            if let Some((_, name)) = words(rest).next() {
                return module(format!("_{name}"), "swig", path, bytes, at, line.len());
            }
        }
        at += line.len() + 1;
    }
    FileClaims::default()
}

/// Reads f2py's `python module name`; helpers for call-backs are none.
pub(super) fn f2py(path: &str, bytes: &[u8]) -> FileClaims {
    let mut at = 0;
    for line in bytes.split(|b| *b == b'\n') {
        let found: Vec<&str> = words(line).take(3).map(|(_, word)| word).collect();
        if let [python, word, name] = found.as_slice()
            && python.eq_ignore_ascii_case("python")
            && word.eq_ignore_ascii_case("module")
            && !name.contains("__user__")
            && !line.trim_ascii_start().starts_with(b"!")
        {
            return module((*name).to_owned(), "f2py", path, bytes, at, line.len());
        }
        at += line.len() + 1;
    }
    FileClaims::default()
}

fn module(name: String, framework: &str, path: &str, bytes: &[u8], at: usize, length: usize) -> FileClaims {
    let module = ModuleSeen {
        name,
        framework: Framework { name: framework.to_owned(), version: None },
        place: place(path, bytes, at, length),
        evidence: format!("an interface for {framework}, which declares only on request"),
        says: Vec::new(),
        open: Vec::new(),
        calls: Vec::new(),
        defined: true,
        by_macro: None,
    };
    FileClaims { modules: vec![module], ..FileClaims::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_name_is_what_the_generator_will_export() {
        let name = |claims: FileClaims| claims.modules.first().map(|one| one.name.clone());
        assert_eq!(name(swig("x.i", b"// c\n%module example\n")), Some("_example".to_owned()));
        assert_eq!(
            name(swig("x.i", b"%module(package=\"a\", directors=\"1\") ex\n")),
            Some("_ex".to_owned())
        );
        assert_eq!(name(swig("x.i", b"int x;")), None);
        let pyf = b"!%f90\npython module cb__user__routines\nend\npython module _lib ! in\ninterface\n";
        assert_eq!(name(f2py("x.pyf", pyf)), Some("_lib".to_owned()));
        assert_eq!(f2py("x.pyf", pyf).modules[0].place.location.line, 4);
    }
}

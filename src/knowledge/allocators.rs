//! The domains that memory comes from: what one gives only the same takes back.

use super::traits::{Trait, Traits};

/// Whose memory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// `PyMem_Raw…`.
    Raw,
    /// `PyMem_…`.
    Mem,
    /// `PyObject_…`, and objects that the collector does not look after.
    Obj,
    /// Objects that it looks after, which begin before the pointer.
    Gc,
    /// The C library's.
    C,
}

impl Domain {
    /// The domain that a function of that name allocates in; `None` for none, or where it may be either of two.
    pub fn allocates(traits: Traits, name: &str) -> Option<Self> {
        const PAIRS: [(Trait, Domain); 5] = [
            (Trait::AllocRaw, Domain::Raw),
            (Trait::AllocMem, Domain::Mem),
            (Trait::AllocObj, Domain::Obj),
            (Trait::AllocPlain, Domain::Obj),
            (Trait::AllocGc, Domain::Gc),
        ];
        let libc = matches!(name, "malloc" | "calloc" | "realloc" | "strdup" | "strndup");
        only(&PAIRS, traits, libc)
    }

    /// The domain that a function of that name gives its first argument back to.
    pub fn frees(traits: Traits, name: &str) -> Option<Self> {
        const PAIRS: [(Trait, Domain); 4] = [
            (Trait::FreeRaw, Domain::Raw),
            (Trait::FreeMem, Domain::Mem),
            (Trait::FreeObj, Domain::Obj),
            (Trait::FreeGc, Domain::Gc),
        ];
        only(&PAIRS, traits, matches!(name, "free" | "realloc"))
    }
}

fn only(pairs: &[(Trait, Domain)], traits: Traits, libc: bool) -> Option<Domain> {
    let mut found = pairs.iter().filter(|(one, _)| traits.has(*one)).map(|(_, domain)| *domain);
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        (None, _) => libc.then_some(Domain::C),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Knowledge;

    #[test]
    fn each_function_belongs_to_the_domain_that_its_documentation_names() {
        let of = |name: &str| {
            let traits = Knowledge::builtin().traits(name);
            (Domain::allocates(traits, name), Domain::frees(traits, name))
        };
        assert_eq!(of("PyMem_Malloc"), (Some(Domain::Mem), None));
        assert_eq!(of("PyMem_Realloc"), (Some(Domain::Mem), Some(Domain::Mem)));
        assert_eq!(of("PyMem_RawFree"), (None, Some(Domain::Raw)));
        assert_eq!(of("PyObject_New"), (Some(Domain::Obj), None));
        assert_eq!(of("PyObject_GC_New"), (Some(Domain::Gc), None));
        assert_eq!(of("PyObject_GC_Del"), (None, Some(Domain::Gc)));
        assert_eq!(of("PyUnicode_AsWideCharString"), (Some(Domain::Mem), None));
        assert_eq!(of("realloc"), (Some(Domain::C), Some(Domain::C)));
        assert_eq!(of("PyList_New"), (None, None));
    }

    #[test]
    fn what_may_be_either_is_neither() {
        let both = [Trait::FreeMem, Trait::FreeObj].into_iter().collect();
        assert_eq!(Domain::frees(both, "OUR_FREE"), None);
    }
}

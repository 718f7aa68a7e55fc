//! What a library is asked to do with a handle that an attribute holds: a pointer or struct that is handed to its functions,
//! or an object of a C++ class whose members are called.
//!
//! Whether a function changes what it is handed is told by `const`, in declarations that write it. Many that are made by
//! hand for Cython leave it out or have it here and there, and then the name has to say it: `lib_next`, `add_items`. What
//! is not said is taken for a look.

use std::collections::{HashMap, HashSet};

use super::facts::{Act, Facts, Handle, Use, Variable};
use super::judge::{At, Project};
use super::types::Type;
use crate::source::c::names::{begins_change, says_asked};

/// In how many functions what is done with one handle is told; beyond, the first stands for all, for it is the handle that
/// has to be mended, or what frees it.
pub(super) const EACH: usize = 16;

/// Parameters of C functions through which a library changes what a handle stands for: by its own `const`, where it
/// writes that for the type as often as not, or by the functions' names.
pub(super) fn handled<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> HashSet<(&'a str, usize)> {
    let all = || files.iter().flat_map(|file| &file.handles);
    let mut written: HashMap<&str, (usize, usize)> = HashMap::new();
    for one in all() {
        let (constant, plain) = written.entry(&one.of).or_default();
        *if one.constant { constant } else { plain } += 1;
    }
    let asks = |one: &Handle| {
        let promised = written.get(one.of.as_str()).is_some_and(|(constant, plain)| constant >= plain);
        let python = one.of.starts_with("Py") || one.of.starts_with("_Py");
        !python && (promised && !one.gives || says_asked(&one.function, one.position))
    };
    // What a name was given to may turn out to be a number, or an address itself.
    let thing = |of: &str| matches!(aliases.get(of), None | Some(Type::Struct | Type::Cpp | Type::Named(_)));
    let changed = all().filter(|one| !one.constant && thing(&one.of) && asks(one));
    changed.map(|one| (one.function.as_str(), one.position)).collect()
}

impl<'a> Project<'a> {
    /// Whether a library changes what an attribute stands for by what is asked of it here.
    pub(super) fn is_asked(&self, variable: &Variable, kind: &Type, one: &Use) -> bool {
        let Some((callee, at)) = &one.argument else { return false };
        match (one.act, kind) {
            (Act::Passed, Type::Pointer) | (Act::Address, Type::Struct | Type::Unknown) => {
                self.handled.contains(&(callee.as_str(), *at))
            }
            // A template is a container or leads to one, for all that is known.
            (Act::Call, Type::Cpp) => begins_change(callee) && self.is_class(&variable.one_of),
            (Act::Call, Type::Pointer) => {
                begins_change(callee) && !variable.of_cpp && self.is_class(&variable.one_of)
            }
            _ => false,
        }
    }

    /// Whether that is a C++ class that an `extern` block declares.
    fn is_class(&self, name: &str) -> bool {
        self.alias(name) == Some(&Type::Cpp)
    }

    /// Whether more functions than are told one by one have a library change what an attribute stands for.
    pub(super) fn is_asked_often(
        &self,
        (variable, kind): (&Variable, &Type),
        open: &[&(usize, &'a Use)],
    ) -> bool {
        let asked = open.iter().filter(|(_, one)| self.is_asked(variable, kind, one));
        let functions: HashSet<At> = asked.filter_map(|(file, one)| Some((*file, one.function?))).collect();
        functions.len() > EACH
    }
}

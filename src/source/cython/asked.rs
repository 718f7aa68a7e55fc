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
use crate::source::c::names::{is_change, says_look, words};

/// In how many functions what a library does with one handle is told; beyond, the first stands for all.
const EACH: usize = 8;

/// Words for what leaves a handle in another state, besides those for what changes any object.
const CHANGES: [&str; 49] = [
    "accept",
    "acquire",
    "advance",
    "attach",
    "begin",
    "bind",
    "close",
    "commit",
    "configure",
    "connect",
    "consume",
    "deflate",
    "delete",
    "destroy",
    "disconnect",
    "dispatch",
    "drop",
    "exec",
    "execute",
    "feed",
    "fetch",
    "finalize",
    "finish",
    "fit",
    "flush",
    "inflate",
    "init",
    "load",
    "loop",
    "next",
    "open",
    "prepare",
    "read",
    "recv",
    "reinit",
    "replace",
    "rollback",
    "run",
    "seek",
    "select",
    "send",
    "setfilter",
    "skip",
    "start",
    "step",
    "stop",
    "train",
    "truncate",
    "uninit",
];

/// Words of functions that work with a handle, and of members that only work on what they are handed.
const WORKS: [&str; 13] = [
    "align",
    "apply",
    "build",
    "compile",
    "compress",
    "decode",
    "decompress",
    "draw",
    "encode",
    "generate",
    "parse",
    "process",
    "render",
];

fn changes(word: &str) -> bool {
    is_change(word) || CHANGES.contains(&word)
}

/// Whether a function says by its name that what it is handed is in another state afterwards.
pub(super) fn says_asked(name: &str, argument: usize) -> bool {
    let asks = |word: &String| changes(word) || WORKS.contains(&word.as_str());
    words(name).iter().any(asks) && !says_look(name, argument)
}

/// Whether a member function says so: its name begins with what it does.
pub(super) fn begins_change(name: &str) -> bool {
    words(name).first().is_some_and(|first| changes(first))
}

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
        !python && (promised || says_asked(&one.function, one.position))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_functions_do() {
        for name in ["jq_next", "lib_set_depth", "SSL_write", "ma_decoder_read_pcm_frames", "deflateReset"] {
            assert!(says_asked(name, 0), "{name}");
        }
        for name in ["lib_get_next", "lib_snapshot", "lib_read_count", "lib_fileno", "strerror"] {
            assert!(!says_asked(name, 0), "{name}");
        }
        assert!(begins_change("addItems") && begins_change("set") && !begins_change("is_set"));
        assert!(!begins_change("items_added"));
    }
}

//! What a library is asked to do with a handle that an attribute holds: a pointer or struct that is handed to its functions,
//! or an object of a C++ class whose members are called.
//!
//! Whether a function changes what it is handed is told by `const`, in declarations that write it. Many that are made by
//! hand for Cython leave it out or have it here and there, and then the name has to say it: `lib_next`, `add_items`. What
//! is not said is taken for a look.

use std::collections::{HashMap, HashSet};

use super::facts::{Act, Facts, Use, Variable};
use super::judge::{At, Project};
use super::types::Type;
use crate::source::c::names::words;

/// In how many functions what a library does with one handle is told; beyond, the first stands for all.
const EACH: usize = 8;

/// Words of names of functions that leave what they are handed in another state.
const CHANGES: [&str; 82] = [
    "accept",
    "acquire",
    "add",
    "advance",
    "align",
    "append",
    "apply",
    "assign",
    "attach",
    "begin",
    "bind",
    "build",
    "clear",
    "close",
    "commit",
    "compile",
    "compress",
    "configure",
    "connect",
    "consume",
    "decode",
    "decompress",
    "deflate",
    "delete",
    "destroy",
    "disconnect",
    "dispatch",
    "draw",
    "drop",
    "encode",
    "erase",
    "exec",
    "execute",
    "feed",
    "fetch",
    "finalize",
    "finish",
    "fit",
    "flush",
    "generate",
    "inflate",
    "init",
    "insert",
    "load",
    "merge",
    "move",
    "next",
    "open",
    "parse",
    "pop",
    "prepare",
    "process",
    "push",
    "put",
    "read",
    "recv",
    "reinit",
    "release",
    "remove",
    "render",
    "replace",
    "reserve",
    "reset",
    "resize",
    "rollback",
    "run",
    "seek",
    "select",
    "send",
    "set",
    "setfilter",
    "skip",
    "start",
    "step",
    "stop",
    "swap",
    "train",
    "truncate",
    "uninit",
    "update",
    "write",
    "loop",
];

/// Of these, words that begin the names of members which only work on what they are handed.
const COMPUTES: [&str; 13] = [
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

/// Words of names of functions that only tell something.
const LOOKS: [&str; 20] = [
    "get", "is", "has", "can", "count", "size", "length", "len", "num", "version", "error", "err", "errmsg",
    "strerror", "status", "name", "tell", "info", "estimate", "bound",
];

/// Whether a function says by its name that what it is handed is in another state afterwards.
pub(super) fn says_change(name: &str) -> bool {
    let words = words(name);
    let any = |all: &[&str]| words.iter().any(|word| all.contains(&word.as_str()));
    any(&CHANGES) && !any(&LOOKS)
}

/// Whether a member function says so: its name begins with what it does.
pub(super) fn begins_change(name: &str) -> bool {
    let first = words(name).into_iter().next().unwrap_or_default();
    CHANGES.contains(&first.as_str()) && !COMPUTES.contains(&first.as_str())
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
    let changes = |function: &str, of: &str| {
        let promised = written.get(of).is_some_and(|(constant, plain)| constant >= plain);
        !of.starts_with("Py") && !of.starts_with("_Py") && (promised || says_change(function))
    };
    // What a name was given to may turn out to be a number, or an address itself.
    let thing = |of: &str| matches!(aliases.get(of), None | Some(Type::Struct | Type::Cpp | Type::Named(_)));
    let changed = all().filter(|one| !one.constant && thing(&one.of) && changes(&one.function, &one.of));
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
            assert!(says_change(name), "{name}");
        }
        for name in ["lib_get_next", "lib_snapshot", "lib_read_count", "lib_fileno", "strerror"] {
            assert!(!says_change(name), "{name}");
        }
        assert!(begins_change("addItems") && begins_change("set") && !begins_change("is_set"));
        assert!(!begins_change("items_added"));
    }
}

//! What a library is asked to do with a handle that an attribute holds: a pointer or struct that is handed to its functions,
//! or an object of a C++ class whose members are called.
//!
//! Whether a function changes what it is handed is told by `const`, in declarations that write it. Many that are made by
//! hand for Cython leave it out or have it here and there, and then the name has to say it, `lib_next`, `add_items`, or that
//! it gives nothing. What is not said is taken for a look.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::facts::{Act, Facts, Handle, Target, Use, Variable};
use super::hazards::Hazard;
use super::judge::{At, Key, Project};
use super::types::Type;
use crate::knowledge::Knowledge;
use crate::source::c::names::{begins_change, says_asked, says_look, words};

/// In how many functions what is done with one handle is told; beyond, the first stands for all, for it is the handle that
/// has to be mended, or what frees it.
pub(super) const EACH: usize = 64;

/// Parameters of C functions that are addresses of one thing.
fn handles<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> impl Iterator<Item = &'a Handle> {
    let all = files.iter().flat_map(|file| &file.handles);
    let address = |of: &str| match aliases.get(of) {
        Some(Type::One) => true,
        Some(Type::Pointer) => is_generator(of),
        _ => false,
    };
    all.filter(move |one| !one.by_name || address(&one.of))
}

/// Parameters of C functions that are arrays of one, and which they promise not to change.
pub(super) fn promised<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> HashSet<(&'a str, usize)> {
    let all = handles(files, aliases).filter(|one| one.by_name && one.constant);
    all.map(|one| (one.function.as_str(), one.position)).collect()
}

/// Whether a type is called one for the state of a generator of random numbers, which every number drawn changes.
fn is_generator(of: &str) -> bool {
    words(of).iter().any(|word| matches!(word.as_str(), "rand" | "randstate" | "rng" | "prng" | "bitgen"))
}

/// Parameters of C functions through which a library changes what a handle stands for: by its own `const`, where it
/// writes that for the type as often as not, or by the functions' names.
pub(super) fn handled<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> HashSet<(&'a str, usize)> {
    let all = || handles(files, aliases);
    let mut written: HashMap<&str, (usize, usize)> = HashMap::new();
    for one in all() {
        let (constant, plain) = written.entry(&one.of).or_default();
        *if one.constant { constant } else { plain } += 1;
    }
    // What a name was given to may turn out to be a number, or an address itself.
    let thing = |of: &str| {
        matches!(aliases.get(of), None | Some(Type::Struct | Type::One | Type::Cpp | Type::Named(_)))
    };
    let shape = |of: &str| matches!(aliases.get(of), Some(Type::Struct | Type::One | Type::Cpp));
    let promises = all().filter(|one| one.constant && shape(&one.of));
    let careful: HashSet<&str> = promises.map(|one| one.function.as_str()).collect();
    let asks = |one: &Handle| {
        let draws = is_generator(&one.of) && !says_look(&one.function, one.position);
        // Who writes `const` for the type, or beside it for another, leaves it out where it does not hold.
        let promised = written.get(one.of.as_str()).is_some_and(|(constant, plain)| constant >= plain)
            || careful.contains(one.function.as_str()) && !says_look(&one.function, one.position);
        // A macro that tells one number of a thing is declared like a function, without what it would promise.
        // What follows what a function fills is only read, however it is declared.
        let tells = one.by_name && (one.tells || one.later);
        // `heap_init(context)` gives what it makes.
        let makes = one.by_name && one.tells && words(&one.function).iter().any(|word| word == "init");
        let python = one.of.starts_with("Py") || one.of.starts_with("_Py");
        !python
            && !makes
            && (promised && !one.gives && !tells
                || !one.later && says_asked(&one.function, one.position)
                || draws
                || one.acts && !says_look(&one.function, one.position))
    };
    let safe = |one: &Handle| Knowledge::builtin().libraries().is_for_any_thread(&one.function);
    let shaped = |one: &Handle| thing(&one.of) || one.by_name && is_generator(&one.of);
    let constant: HashSet<(&str, usize)> = promised(files, aliases);
    let broken = |one: &Handle| one.by_name && constant.contains(&(one.function.as_str(), one.position));
    let changed = all().filter(|one| !one.constant && !broken(one) && shaped(one) && asks(one) && !safe(one));
    changed.map(|one| (one.function.as_str(), one.position)).collect()
}

/// Parameters of C functions that are handles, by which more is asked for than one value.
pub(super) fn searching<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> HashSet<(&'a str, usize)> {
    let all = handles(files, aliases).filter(|one| !one.only);
    all.map(|one| (one.function.as_str(), one.position)).collect()
}

/// Parameters of C functions that give an address within what a handle stands for, it may be.
pub(super) fn giving<'a>(
    files: &'a [&'a Facts],
    aliases: &HashMap<&'a str, &'a Type>,
) -> HashSet<(&'a str, usize)> {
    let all = handles(files, aliases).filter(|one| one.gives);
    all.map(|one| (one.function.as_str(), one.position)).collect()
}

/// Members of C++ classes that are called for what they do to their object, by the name of the class used here.
pub(super) fn acting<'a>(files: &'a [&'a Facts]) -> HashSet<(&'a str, &'a str)> {
    let mut found = HashSet::new();
    for file in files {
        for ((class, member), _) in file.acts.iter().filter(|(_, acts)| **acts) {
            let named = file.cpp.iter().filter(|(_, known_as)| *known_as == class);
            found.extend(named.map(|(name, _)| (name.as_str(), member.as_str())));
        }
    }
    found
}

impl<'a> Project<'a> {
    /// Whether a library changes what an attribute stands for by what is asked of it here.
    pub(super) fn is_asked(&self, variable: &Variable, kind: &Type, one: &Use) -> bool {
        let Some((callee, at)) = &one.argument else { return false };
        // What a call is about is its first argument; of what an object's own object has it may only read.
        if matches!(one.target, Target::Held { .. }) && *at > 0 {
            return false;
        }
        match (one.act, kind) {
            // A structure that is handed on as it is, is an array of one.
            (Act::Passed, Type::Pointer | Type::Struct) | (Act::Address, Type::Struct | Type::Unknown) => {
                self.handled.contains(&(callee.as_str(), *at)) || self.asked_within(one).is_some()
            }
            // A template is a container or leads to one, for all that is known.
            (Act::Call, Type::Cpp) => self.acts(callee, &variable.one_of),
            (Act::Call | Act::Change, Type::Pointer) => {
                !variable.of_cpp && self.acts(callee, &variable.one_of)
            }
            _ => false,
        }
    }

    /// Whether a function that says by its name that it frees what it is handed has promised to leave that alone.
    pub(super) fn is_spared(&self, one: &Use) -> bool {
        let to = one.argument.as_ref().filter(|_| one.act == Act::Free);
        to.is_some_and(|(callee, at)| self.promised.contains(&(callee.as_str(), *at)))
    }

    /// A use of which a function gives the address of a part, as that of the function which is handed the part to change:
    /// `set(entry(self.rows, i), value)`.
    pub(super) fn asked_within(&self, one: &Use) -> Option<Use> {
        let (callee, at) = one.argument.as_ref()?;
        let result = one.result.as_ref().filter(|_| matches!(one.act, Act::Passed | Act::Address))?;
        let changed = self.giving.contains(&(callee.as_str(), *at))
            && !self.handled.contains(&(callee.as_str(), *at))
            && self.handled.contains(&(result.0.as_str(), result.1));
        changed.then(|| Use { argument: Some(result.clone()), result: None, ..one.clone() })
    }

    /// The same of a variable of the module: of a structure, and of the state of a generator of random numbers, which may
    /// be declared as no more than an address.
    pub(super) fn is_asked_of_module(&self, variable: &Variable, kind: &Type, one: &Use) -> bool {
        let known = *kind == Type::Struct || *kind == Type::Pointer && is_generator(&variable.one_of);
        let to = one.argument.as_ref().map_or("", |(callee, _)| callee);
        // What is made for the module is made once, wherever that is written.
        known && self.is_asked(variable, kind, one) && !words(to).iter().any(|word| word == "init")
    }

    /// Whether a member of a C++ class that an `extern` block declares changes its object: its name says so, or it gives
    /// nothing else.
    fn acts(&self, member: &str, class: &str) -> bool {
        self.is_class(class) && (begins_change(member) || self.acting.contains(&(class, member)))
    }

    /// Whether that is a C++ class that an `extern` block declares.
    fn is_class(&self, name: &str) -> bool {
        self.alias(name) == Some(&Type::Cpp)
    }

    /// Whether a library's function is what a use hands something to.
    pub(super) fn is_foreign(&self, one: &Use) -> bool {
        one.argument.as_ref().is_some_and(|(callee, _)| self.foreign.contains(callee.as_str()))
    }

    /// Functions that have a library change what an attribute stands for, and those that have what it leads to changed by
    /// its address.
    pub(super) fn askers(
        &self,
        key: &Key<'a>,
        variable: &Variable,
        kind: &Type,
        open: &[&(usize, &'a Use)],
    ) -> [BTreeSet<At>; 2] {
        let all = |fits: &dyn Fn(&Use) -> bool| -> BTreeSet<At> {
            let all = open.iter().filter(|(_, one)| !key.class.is_empty() && fits(one));
            all.filter_map(|(file, one)| Some((*file, one.function?))).collect()
        };
        [all(&|one| self.is_asked(variable, kind, one)), all(&|one| self.grows(kind, one))]
    }

    /// A pointer handed to a function that reads what it points to, while another method has that changed; or what a member
    /// of a C++ class gives to go over, which lies within an object that another method has changed.
    pub(super) fn looked_at(
        &self,
        key: &Key<'a>,
        kind: &Type,
        one: &Use,
        (file, changers, [askers, growers]): (usize, &BTreeSet<At>, &[BTreeSet<At>; 2]),
    ) -> Option<Hazard> {
        let here = (file, one.function?);
        let elsewhere = |all: &BTreeSet<At>| !all.is_empty() && !all.contains(&here);
        if *kind == Type::Cpp && one.act == Act::Walk && !key.class.is_empty() {
            let walked = Hazard { detector: "cython-field", case: "walked", proof: false };
            return elsewhere(askers).then_some(walked);
        }
        let (callee, at) = one.argument.as_ref()?;
        let handed = matches!(one.act, Act::Passed | Act::Address)
            && matches!(kind, Type::Pointer | Type::Array | Type::Struct);
        // Most of what libraries hand by arrays of one is made once, and only looked at from then on.
        let array = one.act == Act::Passed && *kind == Type::Struct;
        let read = !key.class.is_empty() && handed && !array;
        let own = self.named.contains(callee.as_str());
        // What a function of C reads is another once one of C has put it there by the pointer's address.
        let of_c =
            !own && one.act == Act::Passed && self.foreign.contains(callee.as_str()) && elsewhere(growers);
        // What a library gives may lie within what its handle stands for, and it looks for that, unless it is only asked how
        // things are.
        let gives = self.giving.contains(&(callee.as_str(), *at));
        let searches = self.searching.contains(&(callee.as_str(), *at)) && !says_look(callee, *at);
        let given = (gives || searches) && elsewhere(askers);
        (read && (own && elsewhere(changers) || of_c || given)).then_some(Hazard {
            detector: "cython-field",
            case: "looked-at",
            proof: false,
        })
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

/// Whether a method says that it changes what it is called on, or makes text of it: that has to be there still.
pub(super) fn says_so(method: &str) -> bool {
    begins_change(method) || method == "decode"
}

/// Whether a function gives back the one thing that it is handed: `lib_destroy_thing(handle)`.
pub(super) fn gives_up_one(callee: &str) -> bool {
    let words = words(callee);
    let verb = words.len().checked_sub(2).and_then(|at| words.get(at));
    verb.is_some_and(|verb| matches!(verb.as_str(), "destroy" | "free" | "close" | "delete"))
        && !words.iter().any(|word| matches!(word.as_str(), "get" | "is" | "on" | "set"))
}

/// Whether a function gives back or moves the memory it is handed, by what all such functions are called.
pub(super) fn gives_up(callee: &str) -> bool {
    let lower = callee.to_ascii_lowercase();
    // `factor_squarefree`
    if ["squarefree", "lockfree"].iter().any(|end| lower.ends_with(end)) {
        return false;
    }
    let ends = [
        "free",
        "realloc",
        "fclose",
        "pclose",
        "closedir",
        "_destroy",
        "_delete",
        "_close",
        "_finalize",
        "_cleanup",
        "_dealloc",
        "_unref",
        "_uninit",
        "_deinit",
        "_teardown",
    ];
    ends.iter().any(|end| lower.ends_with(end))
}

//! Objects that private functions are handed, and locals that hold what an attribute points to.
//!
//! In: statements, while a file is walked; and the facts of all files. Out: uses of the attributes of such an object, which
//! count where some caller hands an object that others may have; and uses of an attribute by way of a local copy of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::asked::EACH;
use super::facts::{Act, Argument, Facts, Sort, Target, Use};
use super::hazards::Hazard;
use super::judge::{At, Project, changes};
use super::reach::is_offered;
use super::read::{Inside, Walk};
use super::types::Type;
use super::uses::Met;

/// Most locals of a function of which it is known that they are copies.
const COPIES: usize = 32;

/// Words by which a function says that it adds something to what it is handed, or takes something out.
const GROWS: [&str; 11] =
    ["add", "append", "delete", "erase", "insert", "pop", "prepend", "push", "remove", "replace", "put"];

/// An attribute that a local is a copy of.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    target: Target,
    path: String,
}

/// An object that a function hands on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// What it is an argument of.
    pub to: Argument,
    /// It is the function's own object, which nobody else has yet where that is made.
    pub own: bool,
    /// For what the function was handed itself, the position among its parameters.
    pub given: Option<usize>,
}

impl Inside {
    /// The position of the parameter by which a private function was handed that object.
    pub(super) fn given(&self, object: &str) -> Option<usize> {
        self.handed.contains_key(object).then(|| self.parameters.iter().position(|one| one == object))?
    }
}

impl Walk<'_> {
    /// Notes that an object which others may have is handed on as a whole.
    pub(super) fn shared(&mut self, at: usize, to: &Argument) {
        let Some(inside) = self.inside.last() else { return };
        // What takes a lock does so after it was called.
        let takes = inside.held.is_some_and(|held| self.text.name(held.at) == to.0);
        if self.python || self.locked() && !takes {
            return;
        }
        let name = self.text.name(at);
        let given = inside.given(name);
        let known = inside.objects.contains_key(name) && !inside.made.contains(name);
        if given.is_none() && !known {
            return;
        }
        let own = inside.parameters.first().is_some_and(|first| first == name);
        if let Some(function) = self.facts.functions.get_mut(inside.at) {
            function.shares.insert(Share { to: to.clone(), own, given });
        }
    }

    /// A typed local that is given what Python handed over, of whatever type: somebody else's object.
    pub(super) fn handed_over(&mut self, local: &str, (from, to): (usize, usize)) {
        let value = self.text.name(from);
        let Some(inside) = self.inside.last_mut().filter(|_| from + 1 == to && !self.python) else { return };
        let python = self.facts.functions.get(inside.at).is_some_and(|one| one.sort == Sort::Python);
        let given = inside.parameters.iter().any(|one| one == value)
            && !inside.replaced.contains(value)
            && !inside.types.contains_key(value)
            && !inside.pointers.contains(value);
        if let Some(class) = inside.types.get(local).filter(|_| python && given).cloned() {
            self.facts.kept.insert(class.clone());
            inside.objects.insert(local.to_owned(), class);
        }
    }

    /// Notes that a local holds what an attribute does: `p = self.p`, perhaps cast.
    pub(super) fn copied(&mut self, local: &str, (from, to): (usize, usize)) {
        if self.python {
            return;
        }
        let start = if self.text.is(from, "<") {
            self.text.find(from, to, |at| self.text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        let met = self.met(start).filter(|met| met.after == to && matches!(met.target, Target::Field { .. }));
        let Some(inside) = self.inside.last_mut() else { return };
        match met {
            Some(Met { target, path, .. }) if inside.copies.len() < COPIES => {
                inside.copies.insert(local.to_owned(), Copied { target, path });
            }
            _ => {
                inside.copies.remove(local);
            }
        }
    }

    /// What an attribute held is no longer what its copies hold: they may be all that is left of it.
    pub(super) fn replaced(&mut self, path: &str) {
        if let Some(inside) = self.inside.last_mut() {
            inside.copies.retain(|_, copy| copy.path != path);
        }
    }

    /// The attribute that a local at `at` is a copy of.
    pub(super) fn copy(&self, at: usize) -> Option<Met> {
        let copy = self.inside.last()?.copies.get(self.text.name(at))?;
        Some(Met { target: copy.target.clone(), path: copy.path.clone(), after: at + 1 })
    }

    /// The token after `.a.b` that follows `after`.
    pub(super) fn parts(&self, after: usize) -> usize {
        let mut end = after;
        while self.text.is(end, ".") && self.text.is_name(end + 1) && !self.text.is(end + 2, "(") {
            end += 2;
        }
        end
    }
}

/// Parameters of private functions that are handed an object which others may have, by name and position.
pub(super) fn given<'a>(files: &'a [&'a Facts], beside: &HashSet<At>) -> HashSet<(&'a str, usize)> {
    let mut further: HashMap<(&str, usize), Vec<&'a Argument>> = HashMap::new();
    let mut next: Vec<(&'a str, usize)> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let open = |nth: usize| beside.contains(&(at, nth));
        for (_, function) in file.functions.iter().enumerate().filter(|(nth, _)| open(*nth)) {
            for share in &function.shares {
                match share.given {
                    Some(n) => further.entry((function.name.as_str(), n)).or_default().push(&share.to),
                    None if share.own && function.sort == Sort::Alone => {}
                    None => next.push((share.to.0.as_str(), share.to.1)),
                }
            }
        }
        // What an attribute holds is handed on as well.
        let passed = file.uses.iter().filter(|one| one.act == Act::Passed && !one.locked);
        let passed = passed.filter(|one| one.function.is_some_and(open) && one.given.is_none());
        next.extend(
            passed.filter_map(|one| one.argument.as_ref()).map(|(callee, at)| (callee.as_str(), *at)),
        );
    }
    let mut found = HashSet::new();
    while let Some(one) = next.pop() {
        if found.insert(one) {
            let more = further.get(&one).into_iter().flatten();
            next.extend(more.map(|(callee, at)| (callee.as_str(), *at)));
        }
    }
    found
}

/// Functions declared `nogil` which are only called by those that have the GIL: it protected what they do.
pub(super) fn attached<'a>(files: &'a [&'a Facts]) -> HashSet<&'a str> {
    let functions = || files.iter().flat_map(|file| &file.functions);
    let nogil: BTreeSet<&str> = functions().filter(|one| one.nogil).map(|one| one.name.as_str()).collect();
    let mut called: HashSet<&str> = HashSet::new();
    let mut without: HashSet<&str> = HashSet::new();
    let mut further: HashMap<&str, Vec<&'a str>> = HashMap::new();
    let mut next: Vec<&'a str> = Vec::new();
    for function in functions() {
        for call in function.calls.iter().filter(|call| nogil.contains(call.callee.as_str())) {
            called.insert(&call.callee);
            if call.detached {
                next.push(&call.callee);
            } else if function.nogil {
                further.entry(&function.name).or_default().push(&call.callee);
            }
        }
    }
    // Who calls what nobody here calls is not known: C, with or without.
    next.extend(nogil.iter().filter(|name| !called.contains(*name)));
    while let Some(one) = next.pop() {
        if without.insert(one) {
            next.extend(further.get(one).into_iter().flatten());
        }
    }
    nogil.into_iter().filter(|name| !without.contains(name)).collect()
}

/// Extension types with methods for Python by which their objects change.
pub(super) fn changed<'a>(files: &'a [&'a Facts]) -> HashSet<&'a str> {
    let uses = files.iter().flat_map(|file| file.uses.iter().map(move |one| (file, one)));
    let methods = uses.filter(|(_, one)| changes(one.act)).filter_map(|(file, one)| {
        let function = file.functions.get(one.function?)?;
        let own = matches!(&one.target, Target::Field { class, .. } if *class == function.class);
        (own && is_offered(function)).then_some(function.class.as_str())
    });
    methods.collect()
}

/// Parameters through whose address functions write, directly or by handing them on.
pub(super) fn writing<'a>(files: &'a [&'a Facts]) -> HashSet<(&'a str, usize)> {
    let all = || files.iter().flat_map(|file| &file.functions);
    let mut handed: HashMap<(&str, usize), Vec<(&str, usize)>> = HashMap::new();
    let mut found = HashSet::new();
    let mut next = Vec::new();
    for function in all() {
        for (position, (callee, at)) in &function.passes {
            handed.entry((callee.as_str(), *at)).or_default().push((function.name.as_str(), *position));
        }
        next.extend(function.writes.iter().map(|position| (function.name.as_str(), *position)));
    }
    while let Some(one) = next.pop() {
        if found.insert(one) {
            next.extend(handed.get(&one).into_iter().flatten());
        }
    }
    found
}

/// Whether the address of a structure is handed out, so that its parts are read as a whole; and if so, whether too many
/// functions set parts of it to tell each.
pub(super) fn shaped(kind: &Type, open: &[&(usize, &Use)]) -> Option<bool> {
    if *kind != Type::Struct || !open.iter().any(|(_, one)| one.act == Act::Address) {
        return None;
    }
    let set = open.iter().filter(|(_, one)| one.act == Act::Part);
    Some(set.map(|(file, one)| (*file, one.function)).collect::<HashSet<_>>().len() > EACH)
}

/// A part of a structure that a function is handed as a whole.
pub(super) fn in_parts(hazard: Hazard, shaped: Option<bool>) -> Hazard {
    let part = hazard.detector == "cython-field" && hazard.case == "memory" && shaped.is_some();
    if part { Hazard { case: "parts", ..hazard } } else { hazard }
}

impl<'a> Project<'a> {
    /// A pointer whose address is handed to a C function that sets it is assigned.
    pub(super) fn filled(&self, kind: &Type, one: &Use) -> Option<Use> {
        let (callee, at) = one.argument.as_ref().filter(|_| one.act == Act::Address)?;
        (*kind == Type::Pointer && self.outs.contains(&(callee.as_str(), *at)))
            .then(|| Use { act: Act::Assign, ..one.clone() })
    }

    /// Whether a function of C is handed a pointer's address to change what that leads to, by what it is called: to insert
    /// or to remove something. One that opens or makes it does so once, as a rule.
    pub(super) fn grows(&self, kind: &Type, one: &Use) -> bool {
        let says = |callee: &str| callee.split('_').any(|word| GROWS.contains(&word));
        self.filled(kind, one).is_some() && one.argument.as_ref().is_some_and(|(callee, _)| says(callee))
    }

    /// Whether a use of an object that a private function is handed counts: some caller hands one that others may have.
    pub(super) fn is_given(
        &self,
        (file, one): (usize, &Use),
        kind: &Type,
        given: &HashSet<(&'a str, usize)>,
    ) -> bool {
        let Some(position) = one.given else { return true };
        let function = one.function.and_then(|nth| self.function((file, nth)));
        let handed = function.is_some_and(|function| given.contains(&(function.name.as_str(), position)));
        // A counter of an object that others hold is theirs by whatever way it came.
        let Target::Field { class, .. } = &one.target else { return handed };
        handed
            || matches!(one.act, Act::Step | Act::Augment)
                && *kind == Type::Number
                && self.holds.contains(class.as_str())
    }
}

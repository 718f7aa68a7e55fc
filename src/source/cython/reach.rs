//! Which functions threads may run at once: what Python can call, and what chains of calls lead to from there.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::asked::EACH;
use super::facts::{Act, Call, Facts, Function, Sort, Target, Use};
use super::judge::{At, FOLLOWED, Key, Project};
use super::targets::DELETES;
use super::types::Type;

/// The functions of one name.
#[derive(Default)]
struct Named<'a> {
    all: Vec<At>,
    by_class: HashMap<&'a str, Vec<At>>,
    /// Of a class that others extend: its own or its base's, and those of the classes that extend it.
    or_below: HashMap<String, Vec<At>>,
}

/// What may run in a second thread while an object or the module is used.
pub(super) struct Reach<'a> {
    by_name: HashMap<&'a str, Named<'a>>,
    /// Functions that two threads may run at once without a lock around them.
    pub exposed: HashSet<At>,
    /// Functions that Python can call, and methods that these call of their own object, with a lock or without.
    pub reached: HashSet<At>,
    /// Functions that two threads may run at once, each with an object of its own: what they do to an object that those
    /// share is not alone, not even where objects are made and freed.
    pub beside: HashSet<At>,
}

impl<'a> Reach<'a> {
    /// Follows the calls of all functions.
    pub fn of(project: &Project<'a>) -> Self {
        let mut by_name: HashMap<&str, Named<'a>> = HashMap::new();
        for (at, function) in project.functions().filter(|(_, function)| function.sort != Sort::Alone) {
            let named = by_name.entry(&function.name).or_default();
            named.all.push(at);
            named.by_class.entry(&function.class).or_default().push(at);
        }
        for named in by_name.values_mut() {
            let mut below: HashMap<String, Vec<At>> = HashMap::new();
            for (class, all) in &named.by_class {
                for base in project.bases(class).skip(1) {
                    below.entry(base.to_owned()).or_default().extend(all);
                }
            }
            for (class, mut all) in below {
                let own = project.bases(&class).find_map(|class| named.by_class.get(class));
                all.extend(own.into_iter().flatten());
                all.sort_unstable();
                named.or_below.insert(class, all);
            }
        }
        let mut out =
            Self { by_name, exposed: HashSet::new(), reached: HashSet::new(), beside: HashSet::new() };
        out.exposed = out.exposed(project);
        out.reached = out.reached(project);
        out.beside = out.beside(project);
        out
    }

    fn exposed(&self, project: &Project<'a>) -> HashSet<At> {
        let calls = project.functions().flat_map(|(_, function)| &function.calls);
        let called: HashSet<&str> = calls.map(|call| call.callee.as_str()).collect();
        let entry = |at: At, function: &Function| {
            let name = function.name.as_str();
            let inside = called.contains(name);
            let setup = project.files.get(at.0).is_some_and(|file| file.setup.contains(name)) && !inside;
            let private = function.sort == Sort::Private || is_hidden(function);
            function.sort != Sort::Alone && !(private && (inside || setup)) && !project.confined(function)
        };
        let entries = project.functions().filter(|(at, one)| entry(*at, one) && !project.locked(one));
        // Where an object is made or freed, another that it has to do with is not.
        let alone = project.functions().filter(|(_, one)| one.sort == Sort::Alone && !project.locked(one));
        let others = alone
            .flat_map(|(_, one)| one.calls.iter().filter(|call| call.other && !call.locked && !call.alone));
        let others: Vec<At> =
            others.flat_map(|call| self.of_type(project, call).unwrap_or_default()).copied().collect();
        let open =
            |at: &At| project.function(*at).is_some_and(|one| !project.locked(one) && !project.confined(one));
        let entries = entries.map(|(at, _)| at).chain(others.into_iter().filter(open));
        self.follow(project, entries.collect(), |function, call| {
            let all = if call.locked || call.alone { &[] } else { self.meant(project, call) };
            all.iter().copied().filter(|to| {
                // What Python can call of such a type is handed the object by Python.
                let own = |one: &Function| one.class == function.class || !project.confined(one);
                project.function(*to).is_some_and(|one| !project.locked(one) && own(one))
            })
        })
    }

    fn reached(&self, project: &Project<'a>) -> HashSet<At> {
        let entries = project.functions().filter(|(_, one)| is_offered(one));
        self.follow(project, entries.map(|(at, _)| at).collect(), |function, call| {
            let own = call.class == function.class && !call.alone;
            self.of_type(project, call).filter(|_| own).unwrap_or_default().iter().copied()
        })
    }

    fn beside(&self, project: &Project<'a>) -> HashSet<At> {
        let entries = project
            .functions()
            .filter(|(at, one)| one.sort == Sort::Alone && !project.locked(one) || self.exposed.contains(at));
        self.follow(project, entries.map(|(at, _)| at).collect(), |_, call| {
            let all = if call.locked { &[] } else { self.meant(project, call) };
            all.iter().copied().filter(|to| project.function(*to).is_some_and(|one| !project.locked(one)))
        })
    }

    /// What the deallocation of a type and of its bases runs.
    pub fn dealloc(&self, project: &Project<'a>, class: &'a str) -> HashSet<At> {
        let own = project.functions().filter(|(_, one)| one.name == "__dealloc__");
        let own = own.filter(|(_, one)| project.bases(class).any(|base| base == one.class));
        self.follow(project, own.map(|(at, _)| at).collect(), |_, call| {
            self.meant(project, call).iter().copied()
        })
    }

    /// Whatever chains of calls lead to.
    fn follow<'b, I: Iterator<Item = At>>(
        &self,
        project: &Project<'a>,
        entries: Vec<At>,
        to: impl Fn(&'a Function, &'a Call) -> I,
    ) -> HashSet<At> {
        let mut next = entries;
        let mut found: HashSet<At> = next.iter().copied().collect();
        let mut asked: HashSet<(&str, &str, (bool, bool), &str)> = HashSet::new();
        while let Some(at) = next.pop() {
            let Some(function) = project.function(at) else { continue };
            for call in &function.calls {
                // What calls the same for an object of the same type reaches the same.
                let how = (call.locked, call.alone);
                if asked.insert((&call.callee, &call.class, how, &function.class)) {
                    next.extend(to(function, call).filter(|to| found.insert(*to)));
                }
            }
        }
        found
    }

    /// The functions of one name that a call means: those of the object's type and of types that extend it, or all where
    /// the type is not known.
    fn meant(&self, project: &Project<'a>, call: &Call) -> &[At] {
        let all = || self.by_name.get(call.callee.as_str()).map_or(&[][..], |named| named.all.as_slice());
        self.of_type(project, call).unwrap_or_else(all)
    }

    /// The method of the object's type, or of its next base that has one, and those that override it: the object may be
    /// of any type that extends its own.
    fn of_type(&self, project: &Project<'a>, call: &Call) -> Option<&[At]> {
        let named = self.by_name.get(call.callee.as_str())?;
        if let Some(all) = named.or_below.get(call.class.as_str()) {
            return Some(all);
        }
        let mut bases = project.bases(&call.class);
        bases.find_map(|class| named.by_class.get(class)).map(Vec::as_slice)
    }
}

/// Whether Python can call a function, but by its habit only the module itself does: it begins with one underscore.
fn is_hidden(function: &Function) -> bool {
    function.name.starts_with('_') && !function.name.starts_with("__")
}

/// Whether whoever has the object may call a function from Python.
pub(super) fn is_offered(function: &Function) -> bool {
    function.sort == Sort::Python && !is_hidden(function)
}

impl<'a> Project<'a> {
    /// All functions, with their places.
    fn functions(&self) -> impl Iterator<Item = (At, &'a Function)> {
        let files = self.files.iter().enumerate();
        files.flat_map(|(at, file)| file.functions.iter().enumerate().map(move |(nth, one)| ((at, nth), one)))
    }

    /// A class and its bases; nothing of a class without a name.
    pub(super) fn bases<'b>(&'b self, class: &'b str) -> impl Iterator<Item = &'b str> {
        let first = Some(class).filter(|class| !class.is_empty());
        std::iter::successors(first, |class| self.everywhere.bases.get(class).copied().flatten())
            .take(FOLLOWED)
    }

    /// Whether the object of one class may be one of the other.
    fn akin(&self, one: &str, other: &str) -> bool {
        self.bases(one).any(|base| base == other) || self.bases(other).any(|base| base == one)
    }

    /// Methods that free what a pointer of their own object leads to while others may have the object, with a lock or
    /// without: the lock of one is of no use to those that do not take it.
    pub(super) fn closers(
        &self,
        key: &Key<'a>,
        kind: &Type,
        uses: &[(usize, &'a Use)],
        reached: &HashSet<At>,
    ) -> BTreeSet<At> {
        let pointer = !key.class.is_empty() && *kind == Type::Pointer;
        // What is freed as a part of something is not the handle, and a buffer that grows is judged where it does.
        let whole = |one: &Use| {
            let deletes = |callee: &str| one.act == Act::Assign && callee == DELETES;
            let callee = one.argument.as_ref().filter(|(callee, _)| one.act == Act::Free || deletes(callee));
            callee.is_some_and(|(callee, _)| !callee.to_ascii_lowercase().ends_with("realloc"))
        };
        let frees = uses.iter().filter(|(_, one)| pointer && whole(one));
        let all = frees.filter_map(|(file, one)| Some(((*file, one.function?), one)));
        let own = |at: At, one: &Use| match &one.target {
            Target::Field { class, .. } => self.function(at).is_some_and(|of| of.class == *class),
            _ => false,
        };
        all.filter(|(at, one)| reached.contains(at) && own(*at, one)).map(|(at, _)| at).collect()
    }

    /// Whether so many methods use what another may have freed that the freeing is the one place to mend.
    pub(super) fn are_many(&self, closers: &BTreeSet<At>, open: &[&(usize, &'a Use)]) -> bool {
        let users = open.iter().filter_map(|(file, one)| Some(((*file, one.function?), one)));
        let users = users.filter(|(at, one)| self.is_closed(closers, *at, one));
        users.map(|(at, _)| at).collect::<HashSet<At>>().len() > EACH
    }

    /// Whether a method that Python can call uses what another may have freed of the same object by then. Of private
    /// ones, whole families of objects may belong to one thread, as those of an event loop do.
    pub(super) fn is_closed(&self, closers: &BTreeSet<At>, here: At, one: &Use) -> bool {
        let Target::Field { class, .. } = &one.target else { return false };
        let open = matches!(one.act, Act::Passed | Act::Call | Act::Through | Act::Walk)
            && (one.given.is_some() || self.function(here).is_some_and(is_offered));
        let frees = |at: &At| self.function(*at).is_some_and(|of| self.akin(class, &of.class));
        open && closers.iter().any(|at| *at != here && frees(at))
    }
}

/// The functions of a file by which Python may ask more of their object than what it holds: those that change something
/// of it.
fn changing(file: &Facts) -> HashSet<usize> {
    let fields = file.classes.iter().flat_map(|class| class.fields.iter().map(move |field| (class, field)));
    let numbers: HashSet<(&str, &str)> = fields
        .filter(|(_, field)| field.kind == Type::Number)
        .map(|(class, field)| (class.name.as_str(), field.name.as_str()))
        .collect();
    let changes = |one: &Use| {
        let Target::Field { class, field, .. } = &one.target else { return None };
        let at = one.function?;
        let function = file.functions.get(at).filter(|function| function.class == *class)?;
        let only = match one.act {
            Act::Read | Act::Walk | Act::Guard | Act::Call | Act::Through => true,
            Act::Passed => numbers.contains(&(class.as_str(), field.as_str())),
            Act::Address => matches!(function.name.as_str(), "__getbuffer__" | "__releasebuffer__"),
            _ => false,
        };
        (!only).then_some(at)
    };
    file.uses.iter().filter_map(changes).collect()
}

/// Extension types whose objects Python cannot change, for all methods that do are private, and that no attribute,
/// variable or container keeps: each object is made, used and let go within one call of somebody else's function.
pub(super) fn confined<'a>(files: &'a [&'a Facts]) -> HashSet<&'a str> {
    let classes = || files.iter().flat_map(|file| &file.classes);
    let mut out: HashSet<&str> =
        classes().filter(|class| class.bases.is_empty()).map(|class| class.name.as_str()).collect();
    for base in classes().flat_map(|class| &class.bases) {
        out.remove(base.as_str());
    }
    for class in classes().filter(|class| !class.bases.is_empty()) {
        out.remove(class.name.as_str());
    }
    let declared = |kind: &'a Type| match kind {
        Type::Named(name) => Some(name.as_str()),
        _ => None,
    };
    let functions = || files.iter().flat_map(|file| &file.functions);
    let own: HashSet<(&str, &str)> = functions().map(|one| (one.class.as_str(), one.name.as_str())).collect();
    for file in files {
        let fields = file.classes.iter().flat_map(|class| &class.fields);
        for name in fields.chain(&file.globals).filter_map(|one| declared(&one.kind)) {
            out.remove(name);
        }
        for name in &file.kept {
            out.remove(name.as_str());
        }
        let changing = changing(file);
        for (at, function) in file.functions.iter().enumerate().filter(|(_, one)| one.sort == Sort::Python) {
            let calls = |one: &Call| own.contains(&(function.class.as_str(), one.callee.as_str()));
            if changing.contains(&at) || function.calls.iter().any(calls) {
                out.remove(function.class.as_str());
            }
        }
    }
    // A type whose methods are all for Python is Python's; one without any is what a callback is handed.
    let of = |sort: Sort| -> HashSet<&str> {
        functions().filter(|one| one.sort == sort).map(|one| one.class.as_str()).collect()
    };
    let (private, offered) = (of(Sort::Private), of(Sort::Python));
    out.retain(|class| private.contains(class) || !offered.contains(class));
    out
}

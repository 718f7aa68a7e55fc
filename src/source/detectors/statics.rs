//! Variables that outlive calls: statics and globals that functions change without a lock.
//!
//! In: variables and their uses in all files. Out: findings of `static-state`, `static-cache` and `lazy-init`. A
//! variable only written while the module is made is a constant in effect. One that is only ever filled when it is
//! found empty is a cache: its declaration and its filling are reported, reading it is not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use super::{Site, behind, report, state};
use crate::knowledge::{Knowledge, Role, Trait};
use crate::model::Finding;
use crate::rules::RuleSet;
use crate::source::c::names::says_told;
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Act, Bits, CSeen, FieldSeen, FillSeen, GlobalSeen, GlobalUse, Place};
use crate::source::includes::includers;
use crate::source::link::{Id, Linked, Project, Word};

/// How many lines a static's declaration may stand above the test of it to be told with it.
const ABOVE: u32 = 4;

/// What more functions read than so many is told where it is declared and written: nobody mends it reader by reader.
const READERS: usize = 12;

/// A use with where it is.
pub(super) struct Use<'p> {
    /// Index of the file.
    pub file: usize,
    /// The function.
    pub function: Id,
    /// What is done.
    pub seen: Cow<'p, GlobalUse>,
}

/// A variable that is judged.
pub(super) struct Variable {
    /// As it is told.
    pub name: String,
    /// Where it is declared, if that is told.
    pub here: Option<(usize, Place)>,
    /// The function it is a static of.
    pub within: Option<Id>,
    /// It points to a Python object.
    pub object: bool,
    /// It is an array.
    pub array: bool,
    /// An array of plain values that is declared without any.
    pub blank: bool,
    /// It is a number.
    pub scalar: bool,
    /// It is a container of C++'s, or a pointer to one.
    pub container: bool,
    /// It generates random numbers.
    pub engine: bool,
    /// It holds a lock that is made at run time.
    pub lock: bool,
}

pub(super) fn run(project: &Project<'_>, rules: &RuleSet, out: &mut Vec<Finding>) {
    let careful = careful(project);
    let live = Known { live: live(project), changing: changing(project, &careful) };
    let mut uses: HashMap<Key, Vec<Use<'_>>> = HashMap::new();
    let mut open: HashMap<Word, Option<usize>> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for global in seen.globals.iter().filter(|one| one.function.is_none() && !one.is_static) {
            let word = project.word(at, global.name);
            // Two definitions of one name are two programs; neither is followed.
            open.entry(word).and_modify(|file| *file = None).or_insert(Some(at));
        }
    }
    // What is static is known to the files of its unit.
    let mut within: HashMap<(usize, Word), Option<usize>> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for global in seen.globals.iter().filter(|one| one.function.is_none() && one.is_static) {
            let key = (project.unit(at), project.word(at, global.name));
            within.entry(key).and_modify(|file| *file = None).or_insert(Some(at));
        }
    }
    // And what a header declares so, to those who include it: each has one of its own, of which all the same is true.
    for (header, files) in including(project) {
        let globals = project.files.get(header).map_or(&[][..], |(_, seen)| &seen.globals);
        for global in globals.iter().filter(|one| one.function.is_none() && one.is_static) {
            let word = project.word(header, global.name);
            for unit in files.iter().map(|at| project.unit(*at)).collect::<BTreeSet<_>>() {
                if unit != project.unit(header) {
                    within.entry((unit, word)).and_modify(|file| *file = None).or_insert(Some(header));
                }
            }
        }
    }
    let mut declared: Vec<BTreeSet<Word>> = Vec::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        let names = seen.globals.iter().filter(|one| one.function.is_none());
        declared.push(names.map(|one| project.word(at, one.name)).collect());
    }
    let of_another = |at: usize, word: Word| {
        let unit = within.get(&(project.unit(at), word)).copied().flatten();
        unit.or_else(|| open.get(&word).copied().flatten())
    };
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.uses {
            let word = project.word(at, one.name);
            let key = if one.inner {
                (at, Some(one.owner), word)
            } else if declared.get(at).is_some_and(|names| names.contains(&word)) {
                (at, None, word)
            } else {
                let Some(file) = of_another(at, word) else { continue };
                (file, None, word)
            };
            uses.entry(key).or_default().push(Use {
                file: at,
                function: project.id(at, one.function),
                seen: Cow::Borrowed(one),
            });
        }
    }
    for (word, one) in bare_in_members(project) {
        if let Some(file) = of_another(one.file, word) {
            uses.entry((file, None, word)).or_default().push(one);
        }
    }
    for (key, one) in given(project) {
        uses.entry(key).or_default().push(one);
    }
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for global in &seen.globals {
            let word = project.word(at, global.name);
            if let Some(list) = uses.get(&(at, global.function, word)) {
                let variable = Variable {
                    name: project.text(word).to_owned(),
                    here: Some((at, global.place)),
                    within: global.function.map(|function| project.id(at, function)),
                    object: global.object,
                    array: global.array,
                    blank: global.blank,
                    scalar: global.scalar,
                    container: global.container,
                    engine: global.engine,
                    lock: global.lock,
                };
                judge(project, rules, &live, &variable, list, out);
            }
        }
    }
    let states = state::variables(project);
    for (variable, uses) in &states {
        judge(project, rules, &live, variable, uses, out);
    }
    let alone = Bits::LOCK.with(Bits::INIT);
    let pointers = project.files.iter().enumerate().flat_map(|(at, (_, seen))| {
        let pointers =
            seen.globals.iter().filter(|one| one.pointer && !one.object && !one.array && !one.lock);
        pointers.map(move |one| (at, one.function, project.word(at, one.name)))
    });
    let handed = pointers.filter_map(|key| uses.get(&key)).flatten();
    let handed =
        handed.filter(|one| live.runs(one.function) && !project.covered(one.function, one.seen.bits, alone));
    behind::run(project, rules, handed, &careful, out);
    let states = states.iter().flat_map(|(_, uses)| uses);
    filled(project, rules, &live, uses.values().flatten().chain(states), out);
}

/// What a use is of: the file, the function if it is a static of one, and the name.
type Key = (usize, Option<u32>, Word);

/// Uses of a function's own static by those who get a reference to it: what is done to the result of the call is done to
/// the one variable that it may be.
fn given<'p>(project: &Project<'p>) -> Vec<(Key, Use<'p>)> {
    let mut inner: HashMap<Id, (u32, Option<&GlobalSeen>)> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.globals {
            let Some(function) = one.function else { continue };
            let id = project.id(at, function);
            let hands = |f: &Linked<'_>| f.seen.state && f.seen.returns_reference;
            if project.function(id).is_some_and(hands) {
                // Of two it is not told which one is given.
                inner.entry(id).and_modify(|old| old.1 = None).or_insert((function, Some(one)));
            }
        }
    }
    let mut out = Vec::new();
    for link in project.links.iter().filter(|link| !inner.is_empty() && !link.one_of) {
        let [only] = link.targets.as_slice() else { continue };
        let Some((owner, Some(global))) = inner.get(only).copied() else { continue };
        let (Some(target), Some(caller)) = (project.function(*only), project.function(link.caller)) else {
            continue;
        };
        let act = match () {
            () if global.engine => Act::Pass,
            () if global.container && link.call.changes => Act::Container,
            () => continue,
        };
        let seen = GlobalUse {
            function: link.call.caller,
            owner,
            name: 0,
            member: 0,
            inner: true,
            act,
            deep: false,
            lazy: None,
            callee: 0,
            argument: 0,
            bits: link.call.bits,
            place: link.call.place,
        };
        let key = (target.file, Some(owner), project.word(target.file, global.name));
        out.push((key, Use { file: caller.file, function: link.caller, seen: Cow::Owned(seen) }));
    }
    out
}

/// Bare names in member functions that are fields of no class: perhaps variables of another file.
fn bare_in_members<'p>(project: &Project<'p>) -> Vec<(Word, Use<'p>)> {
    let fields: HashSet<Word> = project.fields().map(|(_, field)| field).collect();
    let mut out = Vec::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        let bare = |one: &&FieldSeen| {
            one.origin == Origin::THIS
                && !one.by_call
                && one.field != 0
                && project.text(project.word(at, one.object)) == "this"
        };
        for one in seen.fields.iter().filter(bare) {
            let text = project.text(project.word(at, one.field));
            let first = text.split('.').next().unwrap_or(text);
            let Some(word) = project.find_word(first).filter(|word| !fields.contains(word)) else { continue };
            let mut seen = one.as_variable();
            seen.deep |= first != text;
            let function = project.id(at, one.function);
            out.push((word, Use { file: at, function, seen: Cow::Owned(seen) }));
        }
    }
    out
}

/// Functions that fill what their callers keep in statics or a module's state, told where they test it, or that replace it.
fn filled<'p: 'u, 'u>(
    project: &Project<'p>,
    rules: &RuleSet,
    live: &Known,
    uses: impl Iterator<Item = &'u Use<'p>>,
    out: &mut Vec<Finding>,
) {
    let mut fills: HashMap<(Id, u8), (usize, &FillSeen)> = HashMap::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        for one in &seen.fills {
            fills.entry((project.id(at, one.function), one.param)).or_insert((at, one));
        }
    }
    if fills.is_empty() {
        return;
    }
    let alone = Bits::LOCK.with(Bits::INIT);
    let mut told: BTreeSet<(usize, Place)> = BTreeSet::new();
    for one in uses.filter(|one| one.seen.act == Act::Address && one.seen.callee != 0) {
        let runs = live.runs(one.function);
        if !runs || project.covered(one.function, one.seen.bits, alone) {
            continue;
        }
        for id in project.resolve(one.file, project.word(one.file, one.seen.callee)) {
            let Some((file, fill)) = fills.get(&(id, one.seen.argument)) else { continue };
            if !project.covered(id, fill.bits, alone) && told.insert((*file, fill.place)) {
                let name = format!("*{}", project.text(project.word(*file, fill.name)));
                let site = Site {
                    file: *file,
                    function: Some(id),
                    place: fill.place,
                    text: format!("{name} {}", if fill.swaps { "replaced" } else { "filled" }),
                };
                let case = if fill.swaps { ("static-state", "write") } else { ("lazy-init", "static") };
                report(project, rules, case, &site, &[("variable", &name)], out);
            }
        }
    }
}

/// Headers that declare static variables, with who includes them.
fn including(project: &Project<'_>) -> Vec<(usize, Vec<usize>)> {
    let state = |seen: &CSeen| seen.globals.iter().any(|one| one.function.is_none() && one.is_static);
    let headers: Vec<usize> = (0..project.files.len())
        .filter(|at| project.files.get(*at).is_some_and(|(_, seen)| seen.header && state(seen)))
        .collect();
    let files: Vec<_> =
        project.files.iter().map(|(path, seen)| (*path, seen.includes.iter().map(AsRef::as_ref))).collect();
    includers(&files, &headers)
}

/// What is known of functions.
struct Known {
    /// Python code can get at them.
    live: Vec<bool>,
    /// Member functions that assign fields of their object without a lock.
    changing: HashSet<Id>,
}

impl Known {
    /// Whether Python code can get at a function.
    fn runs(&self, id: Id) -> bool {
        self.live.get(id.0 as usize) == Some(&true)
    }
}

/// Structs and classes that have a lock, or a field that is atomic: they were made for several threads.
fn careful(project: &Project<'_>) -> HashSet<Word> {
    let careful = |(kind, field): &(Word, Word)| {
        let base = project.shape(*kind, *field).map_or("", |shape| project.text(shape.base));
        let name = project.text(*field);
        project.is_lock(*kind, *field)
            || [base, name].iter().any(|one| {
                let lower = one.to_ascii_lowercase();
                lower.contains("mutex") || lower.contains("atomic")
            })
    };
    project.fields().filter(careful).map(|(kind, _)| kind).collect()
}

/// Member functions that assign fields of their object without a lock.
fn changing(project: &Project<'_>, careful: &HashSet<Word>) -> HashSet<Id> {
    let mut out = HashSet::new();
    for (at, (_, seen)) in project.files.iter().enumerate() {
        let bare = |row: &&FieldSeen| {
            row.origin == Origin::THIS && row.act.changes() && !row.deep && !row.bits.any(Bits::SAFE)
        };
        for row in seen.fields.iter().filter(bare) {
            let id = project.id(at, row.function);
            let kind = project.kind(project.word(at, row.kind));
            let Some(one) = project.function(id).filter(|one| !one.seen.is_static) else { continue };
            let making = one.seen.class.is_none_or(|class| class == one.seen.name);
            let known = project.shape(kind, project.word(at, row.field)).is_some();
            if !making && known && !careful.contains(&kind) {
                out.insert(id);
            }
        }
    }
    out
}

/// Functions that Python code can get at, by any way.
fn live(project: &Project<'_>) -> Vec<bool> {
    let mut live = vec![false; project.functions.len()];
    let mut waiting: Vec<Id> = Vec::new();
    for (at, function) in project.functions.iter().enumerate() {
        let entry = function.role.is_some_and(|role| role != Role::None);
        // What binds a class calls its constructors by a template, `init<double>()`, and by no name.
        let made = || {
            let class = function.seen.class.filter(|class| *class == function.seen.name);
            class.is_some_and(|class| project.is_held(project.kind(project.word(function.file, class))))
        };
        if entry
            || made()
            || function.taken
            || function.below
            || (project.is_root(Id(at as u32)) && is_python(project, function.file))
        {
            waiting.push(Id(at as u32));
        }
    }
    while let Some(id) = waiting.pop() {
        match live.get_mut(id.0 as usize) {
            Some(slot) if !*slot => *slot = true,
            _ => continue,
        }
        waiting.extend(project.outgoing(id).iter().flat_map(|link| link.targets.iter().copied()));
    }
    live
}

/// Whether a file has to do with Python at all.
fn is_python(project: &Project<'_>, file: usize) -> bool {
    project.files.get(file).is_some_and(|(_, seen)| seen.python)
}

/// Whether a use changes the variable, or memory that it owns.
fn changes(project: &Project<'_>, known: &Known, global: &Variable, one: &Use<'_>) -> bool {
    match one.seen.act {
        act if act.changes() => true,
        Act::Pass | Act::Read | Act::Address if global.engine => true,
        Act::Container if global.container => true,
        Act::Container | Act::Read if one.seen.deep && one.seen.callee != 0 => {
            // What a member function of an object changes is the object's.
            let targets = project.resolve(one.file, project.word(one.file, one.seen.callee));
            !global.lock && !targets.is_empty() && targets.iter().all(|id| known.changing.contains(id))
        }
        Act::Address | Act::Pass if one.seen.callee != 0 => {
            // An array or a part of a struct decays to its address, and a number may be handed over by reference; a
            // pointer's own value is only read.
            let by_reference = one.seen.act == Act::Pass && global.scalar && !global.array;
            let callee = project.word(one.file, one.seen.callee);
            let traits = Knowledge::builtin().traits(project.text(callee));
            if traits.has(Trait::FillsArray) && one.seen.argument == 0 {
                return true;
            }
            if one.seen.act == Act::Pass && !global.array && !by_reference {
                return false;
            }
            if traits.has(Trait::ParsesArguments) && !by_reference
                || (traits.has(Trait::FillsArgument) && one.seen.argument == 0)
            {
                return true;
            }
            let targets = project.resolve(one.file, callee);
            if targets.is_empty() && by_reference {
                return false;
            }
            if targets.is_empty() {
                // Nobody passes the address of a number to a library but to have it filled, nor a buffer that nothing else
                // fills.
                let filled = if one.seen.act == Act::Address { global.scalar } else { global.blank };
                return filled && traits == Default::default();
            }
            let written = Origin::param(u32::from(one.seen.argument));
            targets.iter().any(|id| project.writes(*id).0 & written.0 != 0)
        }
        _ => false,
    }
}

/// Whether the variable as a whole is a lock that is taken or given back here.
fn is_locked(project: &Project<'_>, one: &Use<'_>) -> bool {
    let whole =
        one.seen.act == Act::Address && !one.seen.deep && one.seen.member == 0 && one.seen.argument == 0;
    let traits = || Knowledge::builtin().traits(project.text(project.word(one.file, one.seen.callee)));
    whole
        && one.seen.callee != 0
        && [Trait::MutexLock, Trait::MutexUnlock].iter().any(|each| traits().has(*each))
}

fn judge(
    project: &Project<'_>,
    rules: &RuleSet,
    live: &Known,
    global: &Variable,
    uses: &[Use<'_>],
    out: &mut Vec<Finding>,
) {
    // In one build it is a number, in another the lock that this one spins for.
    if uses.iter().any(|one| is_locked(project, one)) {
        return;
    }
    // Objects end on any thread: only the module's own end is nobody else's business.
    let set_up = Bits::INIT;
    let runs =
        |one: &Use<'_>| live.runs(one.function) && !project.covered(one.function, one.seen.bits, set_up);
    let alone = Bits::LOCK.with(set_up);
    let open = |one: &Use<'_>| !project.covered(one.function, one.seen.bits, alone);
    let writes: Vec<&Use<'_>> =
        uses.iter().filter(|one| runs(one) && changes(project, live, global, one)).collect();
    let bare: Vec<&&Use<'_>> = writes.iter().filter(|one| open(one)).collect();
    if global.object {
        in_steps(project, rules, global, &|one| runs(one) && open(one), uses, out);
    } else if bare.is_empty() && !writes.is_empty() && !global.scalar && !global.lock {
        unlocked(project, (rules, live), global, &|one| runs(one) && open(one), uses, out);
    }
    // A lock that is made and thrown away in pairs of calls has an order of its own; made on first use it has none.
    if bare.is_empty() || global.lock && bare.iter().any(|one| one.seen.lazy.is_none()) {
        return;
    }
    let name = global.name.as_str();
    let fill = [("variable", name)];
    let site = |one: &Use<'_>, place: Place, what: &str| site(one, place, name, what);
    let here = global.here.map(|(file, place)| Site {
        file,
        function: global.within,
        place,
        text: format!("{name} declaration"),
    });
    let lazy = bare.iter().any(|one| one.seen.lazy.is_some())
        && bare
            .iter()
            .all(|one| one.seen.lazy.is_some() || one.seen.act == Act::Swap || is_clearing(one, &bare));
    if lazy {
        let case = if global.scalar && says_told(name) { "told" } else { "static" };
        let mut told = false;
        for one in bare.iter().filter(|one| one.seen.lazy.is_some()) {
            let test = one.seen.lazy.unwrap_or(one.seen.place);
            // The test and the filling are one step that is not one; far apart, the filling alone is shown.
            let near = one.seen.place.line.saturating_sub(test.line) <= 12;
            // Declared just above the test, as statics of a function are: one thing, told once.
            let above = global.here.map(|(_, place)| place).filter(|place| {
                global.within == Some(one.function) && test.line.saturating_sub(place.line) <= ABOVE
            });
            told |= near && above.is_some();
            let place = if let Some(above) = above.filter(|_| near) {
                Place { line: above.line, column: above.column, ..one.seen.place }
            } else if near {
                Place { line: test.line, column: test.column, ..one.seen.place }
            } else {
                one.seen.place
            };
            report(project, rules, ("lazy-init", case), &site(one, place, "filled"), &fill, out);
        }
        if let Some(here) = here.filter(|_| global.object && !told) {
            report(project, rules, ("static-cache", "declaration"), &here, &fill, out);
        } else if let Some(here) = global.here.filter(|_| global.scalar && global.within.is_none()) {
            // A flag that is tested and set is mended where it is declared.
            let here =
                Site { file: here.0, function: None, place: here.1, text: format!("{name} declaration") };
            report(project, rules, ("static-state", "declaration"), &here, &fill, out);
        }
        return;
    }
    if let Some(flag) =
        bare.iter().find(|one| one.seen.lazy.is_some() && global.scalar && is_undone(one, uses))
    {
        report(
            project,
            rules,
            ("gil-as-lock", "busy-flag"),
            &site(flag, flag.seen.place, "flag"),
            &fill,
            out,
        );
        return;
    }
    if let Some(here) = here {
        report(project, rules, ("static-state", "declaration"), &here, &fill, out);
    }
    let mut lines: BTreeMap<(usize, u32), ()> = BTreeMap::new();
    for one in &bare {
        if lines.insert((one.file, one.seen.place.line), ()).is_none() {
            let kind = if one.seen.bits.any(Bits::ENSURED) {
                ("gil-as-lock", "ensure-around-state")
            } else if global.container {
                // It may move what it holds while others look.
                ("static-state", "container")
            } else {
                ("static-state", "write")
            };
            report(project, rules, kind, &site(one, one.seen.place, "write"), &fill, out);
        }
    }
    let mut read: Vec<&Use<'_>> = Vec::new();
    let mut readers: BTreeSet<Id> = BTreeSet::new();
    for one in uses.iter().filter(|one| !changes(project, live, global, one) && runs(one) && open(one)) {
        let near =
            bare.iter().any(|w| w.file == one.file && w.seen.place.line.abs_diff(one.seen.place.line) <= 2);
        // A struct of many variables: what matters is whether this one changes.
        let member = |one: &Use<'_>| project.word(one.file, one.seen.member);
        let whole = |one: &Use<'_>| one.seen.member == 0;
        let changed = whole(one) || bare.iter().any(|w| whole(w) || member(w) == member(one));
        if changed && !near && readers.insert(one.function) {
            read.push(one);
        }
    }
    if read.len() <= READERS {
        // What is pointed to may be gone; a number is only old.
        let case = if global.scalar { "read-number" } else { "read" };
        for one in read {
            report(project, rules, ("static-state", case), &site(one, one.seen.place, "read"), &fill, out);
        }
    }
}

/// A place that a finding about a variable is told at.
fn site(one: &Use<'_>, place: Place, name: &str, what: &str) -> Site {
    Site { file: one.file, function: Some(one.function), place, text: format!("{name} {what}") }
}

/// Tells where a container is asked for a key and changed afterwards: between the two another thread may do the same.
fn in_steps(
    project: &Project<'_>,
    rules: &RuleSet,
    global: &Variable,
    open: &dyn Fn(&Use<'_>) -> bool,
    uses: &[Use<'_>],
    out: &mut Vec<Finding>,
) {
    let asks = |one: &Use<'_>| {
        let callee = project.text(project.word(one.file, one.seen.callee));
        one.seen.argument == 0 && matches!(callee, "PyDict_Contains" | "PySet_Contains")
    };
    for first in uses.iter().filter(|one| asks(one) && open(one)) {
        let changed = |one: &&Use<'_>| {
            let later = one.function == first.function && one.seen.place > first.seen.place;
            later && one.seen.act == Act::Container && open(one)
        };
        if uses.iter().any(|one| changed(&one)) {
            let fill = [("variable", global.name.as_str())];
            let site = site(first, first.seen.place, &global.name, "steps");
            report(project, rules, ("static-state", "steps"), &site, &fill, out);
        }
    }
}

/// Tells where a variable that several functions change, all of them under a lock, is used without one. What a single
/// function changes it most often fills once; a function that takes the lock afterwards only looks whether it has to; and a
/// number is only old.
fn unlocked(
    project: &Project<'_>,
    (rules, known): (&RuleSet, &Known),
    global: &Variable,
    open: &dyn Fn(&Use<'_>) -> bool,
    uses: &[Use<'_>],
    out: &mut Vec<Finding>,
) {
    let locks: BTreeSet<Id> = uses.iter().filter(|one| !open(one)).map(|one| one.function).collect();
    let writers: BTreeSet<Id> =
        uses.iter().filter(|one| changes(project, known, global, one)).map(|one| one.function).collect();
    if writers.len() < 2 {
        return;
    }
    let looks =
        |one: &Use<'_>| matches!(one.seen.act, Act::Test | Act::Address) || !is_python(project, one.file);
    let mut told: BTreeSet<Id> = BTreeSet::new();
    let bare = uses.iter().filter(|one| open(one) && !looks(one) && !locks.contains(&one.function));
    for one in bare {
        if told.insert(one.function) {
            let fill = [("variable", global.name.as_str())];
            let site = site(one, one.seen.place, &global.name, "unlocked");
            report(project, rules, ("static-state", "unlocked"), &site, &fill, out);
        }
    }
}

/// Whether the same function clears the variable again after a write: it says "busy".
fn is_undone(one: &Use<'_>, uses: &[Use<'_>]) -> bool {
    uses.iter().any(|other| {
        other.function == one.function && other.seen.act == Act::Clear && other.seen.place > one.seen.place
    })
}

/// Whether a write only undoes a filling of the same function.
fn is_clearing(one: &Use<'_>, all: &[&&Use<'_>]) -> bool {
    all.iter().any(|other| other.function == one.function && other.seen.lazy.is_some())
}

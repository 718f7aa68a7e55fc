//! Joins the C and C++ files of a project: who calls whom, with which locks, and which objects others can reach.
//!
//! In: what each file kept. Out: a [`Project`], which the detectors ask. A call is linked by name: to functions of
//! its own file if there are any, otherwise to those that other files may call. What CPython calls, whose address
//! is taken, or whom nobody is seen to call, is a root: called by any thread, with no lock held.

mod apart;
mod below;
mod entered;
mod kept;
mod lent;
mod overload;
mod structs;

pub use below::{Called, Lender};

use std::cell::RefCell;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::rc::Rc;

use super::c::origin::Origin;
use super::c::summary::{Act, Bits, CSeen, CallSeen, FieldSeen, FunctionSeen, Name};
use super::units::units;
use crate::knowledge::{Knowledge, Role, Tables, Trait};

/// A function of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u32);

/// A name of the project.
pub type Word = u32;

/// Most functions of one name that a call is linked to.
const MAX_TARGETS: usize = 32;

/// A function with what is known of it.
#[derive(Debug)]
pub struct Linked<'p> {
    /// Index of its file.
    pub file: usize,
    /// What its file kept.
    pub seen: &'p FunctionSeen,
    /// Its name.
    pub name: Word,
    /// The role a table gives it.
    pub role: Option<Role>,
    /// Its address is taken.
    pub taken: bool,
    /// Code of another language calls it, see [`Called`].
    pub below: bool,
    /// It calls it as a member of an object that Python objects hold.
    pub held: bool,
    /// Parameters at which it hands over what Python objects hold, see [`Called::lent`].
    pub lent: Origin,
}

/// How a field is declared.
#[derive(Debug, Default, Clone, Copy)]
pub struct Shape {
    /// The last word of its type.
    pub base: Word,
    /// How many `*` it has; the highest bit says that it is an array.
    pub pointers: u8,
}

/// A call and whom it may reach.
#[derive(Debug)]
pub struct Link<'p> {
    /// The caller.
    pub caller: Id,
    /// Functions of the project that it may reach.
    pub targets: Vec<Id>,
    /// Only one of these is meant, and which is not told: overloads, or member functions of unrelated classes.
    pub one_of: bool,
    /// The call.
    pub call: &'p CallSeen,
}

/// Files, functions and calls of a project.
pub struct Project<'p> {
    /// Path and contents of each file.
    pub files: Vec<(&'p str, &'p CSeen)>,
    /// For each file, the word of each of its names.
    words: Vec<Vec<Word>>,
    /// For each file, its translation unit.
    units: Vec<usize>,
    texts: Vec<&'p str>,
    numbers: HashMap<&'p str, Word>,
    /// All functions.
    pub functions: Vec<Linked<'p>>,
    first: Vec<u32>,
    by_name: HashMap<Word, Vec<Id>>,
    /// Of these the ones that all files may call; of more than [`MAX_TARGETS`] only so many as show it.
    open: HashMap<Word, Vec<Id>>,
    /// The others, as the files of their unit may call them; likewise.
    of_units: HashMap<(usize, Word), Vec<Id>>,
    /// All calls, by caller.
    pub links: Vec<Link<'p>>,
    outgoing: Vec<(u32, u32)>,
    roots: Vec<bool>,
    called: Vec<bool>,
    shared: Vec<Origin>,
    writes: Vec<Origin>,
    kinds: HashMap<Word, Word>,
    bases: HashMap<Word, Vec<Word>>,
    instances: HashSet<Word>,
    boxed: HashSet<Word>,
    lent: HashMap<Word, bool>,
    lenders: HashMap<Id, Lender>,
    held: HashSet<Word>,
    below: HashSet<Word>,
    lazy: HashSet<(Word, Word)>,
    parts: HashSet<Word>,
    pointers: HashSet<Word>,
    hung: HashSet<Word>,
    structs: HashSet<Word>,
    shapes: HashMap<(Word, Word), Shape>,
    kept: HashSet<Word>,
    reached: RefCell<BTreeMap<u16, Rc<Vec<bool>>>>,
    exposed: RefCell<Exposed>,
}

/// What callers hand to parameters, by region and side.
type Exposed = BTreeMap<(u16, bool), Rc<Vec<Origin>>>;

impl<'p> Project<'p> {
    /// Joins files.
    pub fn new(files: Vec<(&'p str, &'p CSeen)>, called: &Called) -> Self {
        let mut made = Self {
            units: units(&files),
            files,
            words: Vec::new(),
            texts: Vec::new(),
            numbers: HashMap::new(),
            functions: Vec::new(),
            first: Vec::new(),
            by_name: HashMap::new(),
            open: HashMap::new(),
            of_units: HashMap::new(),
            links: Vec::new(),
            outgoing: Vec::new(),
            roots: Vec::new(),
            called: Vec::new(),
            shared: Vec::new(),
            writes: Vec::new(),
            kinds: HashMap::new(),
            bases: HashMap::new(),
            instances: HashSet::new(),
            boxed: HashSet::new(),
            lent: HashMap::new(),
            lenders: HashMap::new(),
            held: HashSet::new(),
            below: HashSet::new(),
            lazy: HashSet::new(),
            parts: HashSet::new(),
            pointers: HashSet::new(),
            hung: HashSet::new(),
            structs: HashSet::new(),
            shapes: HashMap::new(),
            kept: HashSet::new(),
            reached: RefCell::default(),
            exposed: RefCell::default(),
        };
        made.number();
        made.name_functions();
        made.join_types(called);
        made.find_kept();
        made.find_below(called);
        made.link();
        made.find_roots();
        made.share();
        made.find_writes();
        made
    }

    fn number(&mut self) {
        let own = self.own_types();
        let mut apart: HashMap<(usize, &'p str), Word> = HashMap::new();
        let mut numbers: HashMap<&'p str, Word> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            let unit = self.unit(at);
            let mut words = Vec::with_capacity(seen.names.len());
            for name in seen.names.iter() {
                let next = self.texts.len() as Word;
                let alone = !own.is_empty() && own.contains(&(unit, name));
                let word = if alone {
                    *apart.entry((unit, name)).or_insert(next)
                } else {
                    *numbers.entry(name).or_insert(next)
                };
                if word == next {
                    self.texts.push(name);
                }
                words.push(word);
            }
            self.words.push(words);
        }
        self.numbers = numbers;
    }

    fn name_functions(&mut self) {
        self.functions.reserve_exact(self.files.iter().map(|(_, seen)| seen.functions.len()).sum());
        for (at, (_, seen)) in self.files.iter().enumerate() {
            self.first.push(self.functions.len() as u32);
            for function in &seen.functions {
                let name = self.words.get(at).and_then(|words| words.get(function.name as usize)).copied();
                let name = name.unwrap_or_default();
                let id = Id(self.functions.len() as u32);
                let taken = function.bound;
                self.functions.push(Linked {
                    file: at,
                    seen: function,
                    name,
                    role: function.iterates.then_some(Role::Iternext),
                    taken,
                    below: false,
                    held: false,
                    lent: Origin::OWN,
                });
                if !function.bound {
                    self.by_name.entry(name).or_default().push(id);
                    let callers = if function.is_static && !seen.header {
                        self.of_units.entry((self.units.get(at).copied().unwrap_or(at), name)).or_default()
                    } else {
                        self.open.entry(name).or_default()
                    };
                    if callers.len() <= MAX_TARGETS {
                        callers.push(id);
                    }
                }
            }
        }
        for at in 0..self.files.len() {
            let Some((_, seen)) = self.files.get(at).copied() else { continue };
            for (name, role) in &seen.roles {
                for id in self.resolve(at, self.word(at, *name)) {
                    if let Some(function) = self.functions.get_mut(id.0 as usize) {
                        function.role = Some(function.role.map_or(*role, |old| old.min(*role)));
                    }
                }
            }
            for name in &seen.taken {
                for id in self.resolve(at, self.word(at, *name)) {
                    if let Some(function) = self.functions.get_mut(id.0 as usize) {
                        function.taken = true;
                    }
                }
            }
        }
    }

    /// Functions that a name means in a file.
    pub fn resolve(&self, file: usize, name: Word) -> Vec<Id> {
        let Some(all) = self.by_name.get(&name) else { return Vec::new() };
        // They are in the order of their files, and nobody wants more of them than that.
        let of = |id: &Id| self.functions.get(id.0 as usize).map_or(0, |one| one.file);
        let own = all.get(all.partition_point(|id| of(id) < file)..).unwrap_or_default();
        let mut own: Vec<Id> =
            own.iter().take_while(|id| of(id) == file).take(MAX_TARGETS + 1).copied().collect();
        if own.is_empty() {
            let open = self.open.get(&name).into_iter().flatten();
            own.extend(open.chain(self.of_units.get(&(self.unit(file), name)).into_iter().flatten()));
            own.sort_unstable();
        }
        if own.len() > MAX_TARGETS { Vec::new() } else { own }
    }

    fn join_types(&mut self, called: &Called) {
        let mut bases: HashMap<Word, Vec<Word>> = HashMap::new();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for kind in &seen.types {
                let all = || kind.names.iter().chain(&kind.pointer_names).map(|name| self.word(at, *name));
                let Some(first) = all().find(|word| !self.text(*word).is_empty()) else { continue };
                let first = all().find_map(|word| self.kinds.get(&word).copied()).unwrap_or(first);
                for word in all().collect::<Vec<_>>() {
                    self.kinds.entry(word).or_insert(first);
                }
                if kind.instance {
                    self.instances.insert(first);
                }
                let list = kind.bases.iter().map(|base| self.word(at, *base));
                bases.entry(first).or_default().extend(list.collect::<Vec<_>>());
            }
        }
        self.join_aliases();
        // A struct that begins with an object is one; chains are short.
        for _ in 0..6 {
            for (kind, list) in &bases {
                if list.iter().any(|base| self.instances.contains(&self.kind(*base))) {
                    self.instances.insert(*kind);
                }
            }
        }
        for (at, (_, seen)) in self.files.iter().enumerate() {
            for kind in &seen.types {
                let Some(first) = kind.names.iter().chain(&kind.pointer_names).next() else { continue };
                let owner = self.kind(self.word(at, *first));
                for (name, base, pointers) in &kind.fields {
                    let shape = Shape { base: self.word(at, *base), pointers: *pointers };
                    self.shapes.insert((owner, self.word(at, *name)), shape);
                }
            }
        }
        self.find_boxed();
        self.find_parts();
        self.find_hung();
        self.find_held(&bases, called);
        self.find_lent(called);
        self.bases = bases;
    }

    fn link(&mut self) {
        // There are many, and growing would hold them twice.
        let mut links = Vec::with_capacity(self.files.iter().map(|(_, seen)| seen.calls.len()).sum());
        let mut outgoing = vec![(0, 0); self.functions.len()];
        for (at, (_, seen)) in self.files.iter().enumerate() {
            let first = self.first.get(at).copied().unwrap_or_default();
            let mut known: HashMap<Name, Vec<Id>> = HashMap::new();
            for call in &seen.calls {
                let targets =
                    known.entry(call.callee).or_insert_with(|| self.resolve(at, self.word(at, call.callee)));
                let caller = Id(first + call.caller);
                let fits =
                    |id: &&Id| self.function(**id).is_none_or(|function| self.takes(at, function, call));
                let targets: Vec<Id> = targets.iter().filter(fits).copied().collect();
                let (targets, one_of) = self.meant(at, call, targets);
                let here = links.len() as u32;
                links.push(Link { caller, targets, one_of, call });
                if let Some((from, to)) = outgoing.get_mut(caller.0 as usize) {
                    if *from == *to {
                        *from = here;
                    }
                    *to = here + 1;
                }
            }
        }
        self.links = links;
        self.outgoing = outgoing;
    }

    fn find_roots(&mut self) {
        self.called = vec![false; self.functions.len()];
        for link in &self.links {
            for target in &link.targets {
                if *target != link.caller
                    && let Some(called) = self.called.get_mut(target.0 as usize)
                {
                    *called = true;
                }
            }
        }
        let entry = |role: Option<Role>| role.is_some_and(|role| role != Role::None);
        let programs = self.programs();
        let spaces = self.namespaces();
        self.roots = self
            .functions
            .iter()
            .zip(&self.called)
            .map(|(function, called)| {
                // A member that nobody calls and nobody binds is not reached; a plain function may be called by what
                // we do not see, a constructor by a declaration or a template, and an operator next to Python's API by its sign.
                let class =
                    function.seen.class.filter(|class| !spaces.contains(&self.word(function.file, *class)));
                let operator = self.text(function.name).starts_with("operator")
                    && self.files.get(function.file).is_some_and(|(_, seen)| seen.python);
                let member = class.is_some_and(|class| class != function.seen.name) && !operator;
                let open = function.taken || (!called && !member);
                let program = programs.get(function.file) == Some(&true);
                entry(function.role) || function.below || (open && !program)
            })
            .collect();
    }

    /// Whether a function can be reached from a root without passing through any of these regions.
    pub fn reached(&self, id: Id, unless: Bits) -> bool {
        let known = self.reached.borrow().get(&unless.0).cloned();
        let reached = known.unwrap_or_else(|| {
            let roots = |at: usize| self.roots.get(at) == Some(&true);
            let reached = Rc::new(self.reach(unless, roots));
            self.reached.borrow_mut().insert(unless.0, Rc::clone(&reached));
            reached
        });
        reached.get(id.0 as usize).copied().unwrap_or(false)
    }

    fn reach(&self, unless: Bits, starts: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.functions.len()];
        let mut waiting: Vec<Id> = Vec::new();
        for (at, function) in self.functions.iter().enumerate() {
            if starts(at) && !self.always(function).any(unless) {
                waiting.push(Id(at as u32));
            }
        }
        while let Some(id) = waiting.pop() {
            match reached.get_mut(id.0 as usize) {
                Some(slot) if !*slot => *slot = true,
                _ => continue,
            }
            for link in self.outgoing(id) {
                if link.call.bits.any(unless) {
                    continue;
                }
                for target in &link.targets {
                    let free = self.function(*target).is_some_and(|f| !self.always(f).any(unless));
                    if free && reached.get(target.0 as usize) == Some(&false) {
                        waiting.push(*target);
                    }
                }
            }
        }
        reached
    }

    /// Regions that a function lies in whoever calls it. A role given in another file counts as well.
    fn always(&self, function: &Linked<'_>) -> Bits {
        match function.role {
            Some(Role::Exec) => function.seen.always.with(Bits::INIT),
            Some(Role::Dealloc) => function.seen.always.with(Bits::DEALLOC),
            _ => function.seen.always,
        }
    }

    /// Whether something at a place with these bits, in this function, is in one of the regions on every path.
    pub fn covered(&self, id: Id, bits: Bits, unless: Bits) -> bool {
        let always = self.function(id).map(|function| self.always(function)).unwrap_or_default();
        bits.any(unless) || always.any(unless) || !self.reached(id, unless)
    }

    fn share(&mut self) {
        let mut shared: Vec<Origin> = Vec::with_capacity(self.functions.len());
        for (at, function) in self.functions.iter().enumerate() {
            let root = self.roots.get(at) == Some(&true);
            shared.push(if root { self.given(function) } else { Origin::OWN });
        }
        self.shared = self.spread(shared, |_| true, |_| true);
    }

    /// Hands origins on along calls until nothing changes: of calls that count, the arguments that `passes` allows.
    pub fn spread(
        &self,
        mut shared: Vec<Origin>,
        counts: impl Fn(&Link<'_>) -> bool,
        passes: impl Fn(Origin) -> bool,
    ) -> Vec<Origin> {
        let mut waiting: Vec<Id> = (0..self.functions.len() as u32).map(Id).collect();
        while let Some(id) = waiting.pop() {
            let from = shared.get(id.0 as usize).copied().unwrap_or_default();
            for link in self.outgoing(id) {
                // An object that is being freed is not handed to others by that.
                if link.call.bits.any(Bits::DEALLOC) || !counts(link) {
                    continue;
                }
                let mut gained = Origin::OWN;
                for (n, origin) in link.call.arguments.iter().enumerate() {
                    if origin.plain().within(from) && passes(origin.plain()) {
                        gained = gained.or(Origin::param(n as u32));
                    }
                }
                if link.call.receiver.is_some_and(|receiver| receiver.within(from) && passes(receiver)) {
                    gained = gained.or(Origin::THIS);
                }
                for target in &link.targets {
                    if let Some(old) = shared.get_mut(target.0 as usize)
                        && old.or(gained) != *old
                    {
                        *old = old.or(gained);
                        waiting.push(*target);
                    }
                }
            }
        }
        shared
    }

    /// What callers that we do not see hand to a function.
    fn given(&self, function: &Linked<'_>) -> Origin {
        let count = function.seen.params.len() as u32;
        let all = (0..count).fold(Origin::OWN, |sum, n| sum.or(Origin::param(n)));
        let but = |n: u32| Origin(all.0 & !Origin::param(n).0);
        match function.role {
            Some(Role::Keywords) => but(2),
            Some(Role::Init) => Origin(but(0).0 & but(2).0),
            Some(Role::New) => but(2),
            Some(Role::Dealloc) => Origin::OWN,
            Some(Role::Exec) => but(0),
            Some(Role::Method | Role::Getter | Role::Setter | Role::Iternext) => all,
            Some(Role::None) | None => {
                // A member function whose address is taken is bound to a Python class, with few exceptions.
                // So is one of a class of which another language's objects hold one, if that calls it.
                let bound = function.seen.class.is_some() && (function.taken || function.held);
                let mut out = if bound { Origin::THIS } else { Origin::OWN };
                for (n, (kind, pointers)) in function.seen.params.iter().enumerate() {
                    let kind = self.word(function.file, *kind);
                    let known = self.kind(kind);
                    let object = self.text(kind).starts_with("Py")
                        || self.is_instance(known) && !self.is_boxed(known)
                        || function.seen.bound && self.is_held(known);
                    if object && (*pointers > 0 || self.is_instance(known)) {
                        out = out.or(Origin::param(n as u32));
                    }
                }
                out
            }
        }
    }

    fn find_writes(&mut self) {
        let mut writes: Vec<Origin> = self.functions.iter().map(|function| function.seen.writes).collect();
        for (at, (_, seen)) in self.files.iter().enumerate() {
            let first = self.first.get(at).copied().unwrap_or_default();
            // `memcpy(p->field, …)` writes as well as `p->field[0] = …` does.
            let fills = |row: &FieldSeen| {
                let given = matches!(row.act, Act::Read | Act::Pass | Act::Address)
                    && row.argument == 0
                    && row.callee != 0;
                let callee = || self.text(self.word(at, row.callee));
                given && Knowledge::builtin().has(callee(), Trait::FillsArgument)
            };
            let changes = |row: &&FieldSeen| row.act.changes() || fills(row);
            for row in seen.fields.iter().filter(changes).filter(|row| !row.origin.plain().is_shared()) {
                if let Some(one) = writes.get_mut((first + row.function) as usize) {
                    *one = one.or(row.origin);
                }
            }
        }
        let mut incoming: HashMap<Id, Vec<usize>> = HashMap::new();
        for (at, link) in self.links.iter().enumerate() {
            for target in &link.targets {
                incoming.entry(*target).or_default().push(at);
            }
        }
        let mut waiting: Vec<Id> = (0..self.functions.len() as u32).map(Id).collect();
        while let Some(id) = waiting.pop() {
            let written = writes.get(id.0 as usize).copied().unwrap_or_default();
            if written.is_own() {
                continue;
            }
            for at in incoming.get(&id).into_iter().flatten() {
                let Some(link) = self.links.get(*at) else { continue };
                let mut gained = Origin::OWN;
                for (n, origin) in link.call.arguments.iter().map(|one| one.plain()).enumerate() {
                    if !origin.is_shared() && written.0 & Origin::param(n as u32).0 != 0 {
                        gained = gained.or(origin);
                    }
                }
                if let (Some(receiver), true) = (link.call.receiver, written.0 & Origin::THIS.0 != 0)
                    && !receiver.is_shared()
                {
                    gained = gained.or(receiver);
                }
                if let Some(old) = writes.get_mut(link.caller.0 as usize)
                    && old.or(gained) != *old
                {
                    *old = old.or(gained);
                    waiting.push(link.caller);
                }
            }
        }
        self.writes = writes;
    }

    /// The function, if there is one of that number.
    pub fn function(&self, id: Id) -> Option<&Linked<'p>> {
        self.functions.get(id.0 as usize)
    }

    /// The function with an index in a file.
    pub fn id(&self, file: usize, function: u32) -> Id {
        Id(self.first.get(file).copied().unwrap_or_default() + function)
    }

    /// Calls that a function makes.
    pub fn outgoing(&self, id: Id) -> &[Link<'p>] {
        let (from, to) = self.outgoing.get(id.0 as usize).copied().unwrap_or_default();
        self.links.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Which parameters of a function may hold what other threads reach.
    pub fn shared(&self, id: Id) -> Origin {
        self.shared.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Whether an object of that origin may be one that others reach, on a path to this place that passes through
    /// none of these regions. `loose` takes whatever callbacks and unseen callers hand in for somebody's.
    pub fn exposed(&self, id: Id, bits: Bits, origin: Origin, unless: Bits, loose: bool) -> bool {
        if self.covered(id, bits, unless) {
            return false;
        }
        let key = (unless.0, loose);
        let known = self.exposed.borrow().get(&key).cloned();
        let exposed = known.unwrap_or_else(|| {
            let exposed = Rc::new(self.expose(unless, loose));
            self.exposed.borrow_mut().insert(key, Rc::clone(&exposed));
            exposed
        });
        origin.within(exposed.get(id.0 as usize).copied().unwrap_or_default())
    }

    fn expose(&self, unless: Bits, loose: bool) -> Vec<Origin> {
        let given = |(at, function): (usize, &Linked<'_>)| {
            if self.roots.get(at) != Some(&true) {
                return Origin::OWN;
            }
            let given = self.given(function);
            if loose && function.role.is_none() {
                let count = function.seen.params.len() as u32;
                return (0..count).fold(given, |sum, n| sum.or(Origin::param(n)));
            }
            given
        };
        let start: Vec<Origin> = self.functions.iter().enumerate().map(given).collect();
        self.spread(start, |link| !self.covered(link.caller, link.call.bits, unless), |_| true)
    }

    /// Through which parameters a function writes, also by what it calls.
    pub fn writes(&self, id: Id) -> Origin {
        self.writes.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Whether CPython, a callback or nobody we see calls it.
    pub fn is_root(&self, id: Id) -> bool {
        self.roots.get(id.0 as usize).copied().unwrap_or(false)
    }

    /// Whether a file of the project has a function of that name.
    pub fn defines(&self, name: Word) -> bool {
        self.by_name.contains_key(&name)
    }

    /// Which translation unit a file belongs to.
    pub fn unit(&self, file: usize) -> usize {
        self.units.get(file).copied().unwrap_or(file)
    }

    /// The word for a name of a file.
    pub fn word(&self, file: usize, name: Name) -> Word {
        self.words.get(file).and_then(|words| words.get(name as usize)).copied().unwrap_or_default()
    }

    /// A word's text.
    pub fn text(&self, word: Word) -> &'p str {
        self.texts.get(word as usize).copied().unwrap_or_default()
    }

    /// The one word for all names of a type.
    pub fn kind(&self, word: Word) -> Word {
        self.kinds.get(&word).copied().unwrap_or(word)
    }

    /// Whether a type's values are Python objects, or stand in one for each capsule.
    pub fn is_instance(&self, kind: Word) -> bool {
        self.instances.contains(&kind)
    }

    /// Whether a type is a struct whose declaration was seen, and no object.
    pub fn is_struct(&self, kind: Word) -> bool {
        self.structs.contains(&kind) && !self.is_instance(kind)
    }

    /// How a field is declared, if its type's declaration was seen.
    pub fn shape(&self, kind: Word, field: Word) -> Option<Shape> {
        self.shapes.get(&(kind, field)).copied()
    }

    /// All fields of all types.
    pub fn fields(&self) -> impl Iterator<Item = (Word, Word)> {
        self.shapes.keys().copied()
    }

    /// The word of a text, if any file has it as a name.
    pub fn find_word(&self, text: &str) -> Option<Word> {
        self.numbers.get(text).copied()
    }

    /// Whether a function's name says that it makes a module.
    pub fn makes_module(&self, id: Id) -> bool {
        self.function(id).is_some_and(|function| Tables::builtin().makes_module(self.text(function.name)))
    }
}

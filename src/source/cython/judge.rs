//! Joins the facts of a project's Cython files, and decides what is a finding.
//!
//! An attribute that only making and freeing an object touches is no state that threads share; one that methods
//! replace is. A method counts if Python can call it, or if a chain of unlocked calls leads to it from one that
//! Python can call: a private helper whose callers all hold the lock is as safe as they are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::facts::{Act, Facts, Function, Sort, Span, Target, Use, Variable};
use super::fills::{Fill, Fills};
use super::handed::{self, in_parts, shaped};
use super::hazards::{Hazard, of_field, of_global};
use super::included;
use super::libraries;
use super::others::{Others, sets_of_library};
use super::proxies;
use super::reach::{Reach, confined};
use super::settings;
use super::sized;
use super::types::{self, Type};
use super::{asked, below, chosen};
use crate::model::{Finding, Related};
use crate::rules::{Language, RuleSet};
use crate::source::found;
use crate::source::link::Called;

/// How many bases and aliases are followed.
pub(super) const FOLLOWED: usize = 20;

/// A function, by file and place.
pub(super) type At = (usize, usize);

/// A method that replaces more attributes than this sets its object up anew.
const MANY: usize = 6;

/// Of methods that replace many attributes, the first place of each kind.
struct Wholesale {
    methods: HashSet<At>,
    first: BTreeMap<(At, &'static str), (u32, Vec<Finding>)>,
}

impl Wholesale {
    fn keep(&mut self, key: (At, &'static str), line: u32, found: Vec<Finding>) {
        let kept = self.first.entry(key).or_insert((u32::MAX, Vec::new()));
        if line < kept.0 {
            *kept = (line, found);
        }
    }
}

/// What is known and kept while variables are judged one by one.
struct Told<'a> {
    wholesale: Wholesale,
    fills: Fills<'a>,
}

/// What the Cython files of a project show together.
#[derive(Debug)]
pub struct Joined {
    /// All findings.
    pub findings: Vec<Finding>,
    /// What they call of C and C++.
    pub called: Called,
}

/// Joins the facts of a project's Cython files.
pub fn project(files: &[&Facts], rules: &RuleSet) -> Joined {
    let project = Project::new(files);
    let reach = Reach::of(&project);
    let mut findings = Vec::new();
    project.variables(&reach, rules, &mut findings);
    project.sites(&reach, rules, &mut findings);
    project.libraries(&reach, rules, &mut findings);
    project.proxies(&reach, rules, &mut findings);
    let called = Called { lent: project.lent(&reach), ..below::called(files, &reach.beside) };
    Joined { findings, called }
}

pub(super) struct Project<'a> {
    pub(super) files: &'a [&'a Facts],
    /// What each file declares.
    pub(super) declared: Vec<Declared<'a>>,
    /// What all of them declare; of several the first.
    pub(super) everywhere: Declared<'a>,
    /// Files by their path without the extension.
    stems: HashMap<&'a str, Vec<usize>>,
    aliases: HashMap<&'a str, &'a Type>,
    locking: HashSet<&'a str>,
    /// Extension types whose objects no second thread gets hold of.
    pub(super) confined: HashSet<&'a str>,
    /// Types of which attributes hold objects.
    pub(super) holds: HashSet<&'a str>,
    /// Functions declared `nogil` whose callers have the GIL.
    attached: HashSet<&'a str>,
    /// Parameters of C functions that are the address of a pointer, which they set.
    pub(super) outs: HashSet<(&'a str, usize)>,
    /// Functions of C libraries that change a setting of the process.
    settings: HashSet<&'a str>,
    /// Extension types with methods for Python by which their objects change.
    changed: HashSet<&'a str>,
    /// Names of all functions.
    pub(super) named: HashSet<&'a str>,
    /// Names of functions that `extern` blocks declare.
    pub(super) foreign: HashSet<&'a str>,
    /// Parameters through whose address functions write, directly or by handing them on.
    writing: HashSet<(&'a str, usize)>,
    /// Parameters of C functions that give an address within what a handle stands for, it may be.
    pub(super) giving: HashSet<(&'a str, usize)>,
    /// Parameters of C functions that are arrays of one, and which they promise not to change.
    pub(super) promised: HashSet<(&'a str, usize)>,
    /// Parameters of C functions that are handles, by which more is asked for than one value.
    pub(super) searching: HashSet<(&'a str, usize)>,
    /// For each file that others include, the first that does.
    pub(super) includers: HashMap<usize, usize>,
    /// Members of C++ classes that are called for what they do to their object.
    pub(super) acting: HashSet<(&'a str, &'a str)>,
    /// Parameters of C functions by which a library changes what a handle stands for.
    pub(super) handled: HashSet<(&'a str, usize)>,
}

/// A variable, wherever it is declared: the file, and its class or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    file: usize,
    pub(super) class: &'a str,
    name: &'a str,
}

/// Classes and variables by name, each with the file that declares it.
#[derive(Default)]
pub(super) struct Declared<'a> {
    /// The first base of each class, if it has one.
    pub(super) bases: HashMap<&'a str, Option<&'a str>>,
    /// Attributes, by class and name.
    fields: HashMap<(&'a str, &'a str), (usize, &'a Variable)>,
    /// Classes with attributes.
    shaped: HashSet<&'a str>,
    /// Variables of the module.
    pub(super) globals: HashMap<&'a str, &'a Variable>,
}

impl<'a> Declared<'a> {
    /// Adds what a file declares; what was declared before stays. A class may be declared twice: in the `.pxd` with,
    /// and in the `.pyx` without attributes.
    fn add(&mut self, at: usize, file: &'a Facts) {
        for class in &file.classes {
            let base = self.bases.entry(&class.name).or_default();
            *base = base.or(class.bases.first().map(String::as_str));
            if !class.fields.is_empty() {
                self.shaped.insert(&class.name);
            }
            for field in &class.fields {
                self.fields.entry((&class.name, &field.name)).or_insert((at, field));
            }
        }
        for global in &file.globals {
            self.globals.entry(&global.name).or_insert(global);
        }
    }
}

/// The path without its extension: of a `.pyx` and its `.pxd` the same.
fn stem(file: &Facts) -> &str {
    file.path.rsplit_once('.').map_or("", |(stem, _)| stem)
}

/// A variable and its uses, with the files these stand in.
type Used<'a> = (&'a Variable, Vec<(usize, &'a Use)>);

impl<'a> Project<'a> {
    fn new(files: &'a [&'a Facts]) -> Self {
        let (mut declared, mut everywhere) = (Vec::with_capacity(files.len()), Declared::default());
        let mut stems: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut aliases = HashMap::new();
        let mut locking = HashSet::new();
        for (at, file) in files.iter().enumerate() {
            let mut own = Declared::default();
            own.add(at, file);
            declared.push(own);
            everywhere.add(at, file);
            stems.entry(stem(file)).or_default().push(at);
            aliases.extend(file.aliases.iter().map(|(name, kind)| (name.as_str(), kind)));
            locking.extend(file.functions.iter().filter(|f| f.makes_locked).map(|f| f.name.as_str()));
        }
        let confined = confined(files);
        let named = files.iter().flat_map(|file| &file.functions).map(|one| one.name.as_str()).collect();
        let foreign = files.iter().flat_map(|file| &file.foreign).map(|one| one.name.as_str()).collect();
        let (writing, handled) = (handed::writing(files), asked::handled(files, &aliases));
        let fields = files.iter().flat_map(|file| &file.classes).flat_map(|class| &class.fields);
        let held = fields.filter_map(|field| match &field.kind {
            Type::Named(name) => Some(name.as_str()),
            _ => None,
        });
        let holds = held.collect();
        let promised = asked::promised(files, &aliases);
        let (giving, searching) = (asked::giving(files, &aliases), asked::searching(files, &aliases));
        let settings = settings::pairs(files.iter().flat_map(|file| &file.settings));
        Self {
            files,
            declared,
            everywhere,
            stems,
            aliases,
            locking,
            confined,
            holds,
            settings,
            changed: handed::changed(files),
            attached: handed::attached(files),
            outs: files.iter().flat_map(|file| &file.outs).map(|(name, at)| (name.as_str(), *at)).collect(),
            named,
            foreign,
            writing,
            handled,
            acting: asked::acting(files),
            giving,
            promised,
            searching,
            includers: included::includers(files),
        }
    }

    /// Whether a function is a private method of a type whose objects stay in one call of somebody else's.
    pub(super) fn confined(&self, function: &Function) -> bool {
        function.sort == Sort::Private && self.confined.contains(function.class.as_str())
    }

    pub(super) fn function(&self, at: At) -> Option<&'a Function> {
        self.files.get(at.0)?.functions.get(at.1)
    }

    pub(super) fn locked(&self, function: &Function) -> bool {
        function.locked || function.decorators.iter().any(|name| self.locking.contains(name.as_str()))
    }

    /// The files that belong to one by their names.
    pub(super) fn fellows(&self, file: usize) -> impl Iterator<Item = usize> {
        let own = self.files.get(file).map_or("", |file| stem(file));
        self.stems.get(own).into_iter().flatten().copied().filter(move |at| *at != file)
    }

    /// The attribute's declaration, looked for in the class and its bases: first in this file, then in those that
    /// belong to it, and where none of them knows the class in all.
    pub(super) fn field(
        &self,
        file: usize,
        class: &'a str,
        name: &'a str,
    ) -> Option<(Key<'a>, &'a Variable)> {
        let included = self.files.get(file).is_some_and(|file| file.path.ends_with(".pxi"));
        let near: Vec<&Declared<'a>> =
            std::iter::once(file).chain(self.fellows(file)).filter_map(|at| self.declared.get(at)).collect();
        let mut class = class;
        for _ in 0..FOLLOWED {
            let knows = |one: &&Declared<'a>| one.bases.contains_key(class);
            let mut base = None;
            let asked = || near.iter().copied().filter(knows);
            // A file that others include may leave the attributes to the `.pxd` of one of those.
            let bare = included && !asked().any(|one| one.shaped.contains(class));
            let far = (bare || asked().next().is_none()).then_some(&self.everywhere);
            let asked = asked();
            for one in asked.chain(far) {
                if let Some((&(class, name), &(file, variable))) = one.fields.get_key_value(&(class, name)) {
                    return Some((Key { file, class, name }, variable));
                }
                base = base.or(one.bases.get(class).copied().flatten());
            }
            class = base?;
        }
        None
    }

    /// The attribute of an object that another holds. What a private function is handed counts only if objects keep
    /// such: all others may be new.
    fn held(
        &self,
        file: usize,
        class: &'a str,
        via: Option<&'a str>,
        (name, act): (&'a str, Act),
    ) -> Option<(Key<'a>, &'a Variable)> {
        let class = match via {
            None => Some(class).filter(|class| self.holds.contains(class))?,
            Some(via) => match &self.field(file, class, via)?.1.kind {
                Type::Named(class) => class,
                _ => return None,
            },
        };
        let wanted = if act == Act::Passed { Type::Pointer } else { Type::Number };
        self.field(file, class, name).filter(|(_, variable)| *self.resolved(&variable.kind) == wanted)
    }

    /// The file of which others take a variable: rather the one that defines it than the one that says there is one.
    fn declares(&self, name: &str) -> Option<usize> {
        let declares =
            |at: &usize| self.declared.get(*at).is_some_and(|file| file.globals.contains_key(name));
        let defines = |at: &usize| self.files.get(*at).is_some_and(|file| file.path.ends_with(".pyx"));
        (0..self.files.len()).filter(declares).max_by_key(|at| (defines(at), std::cmp::Reverse(*at)))
    }

    /// What a name was given to.
    pub(super) fn alias(&self, name: &str) -> Option<&'a Type> {
        self.aliases.get(name).copied()
    }

    fn resolved(&self, kind: &'a Type) -> &'a Type {
        let mut kind = kind;
        for _ in 0..FOLLOWED {
            let Type::Named(name) = kind else {
                return if *kind == Type::One { &Type::Struct } else { kind };
            };
            if self.everywhere.bases.contains_key(name.as_str()) {
                return &Type::Object;
            }
            match self.aliases.get(name.as_str()) {
                Some(next) => kind = next,
                None => return &Type::Unknown,
            }
        }
        &Type::Unknown
    }

    fn variables(&self, reach: &Reach<'a>, rules: &RuleSet, out: &mut Vec<Finding>) {
        let mut uses: BTreeMap<Key<'a>, Used<'a>> = BTreeMap::new();
        let given = handed::given(self.files, &reach.beside);
        for (at, file) in self.files.iter().enumerate() {
            for one in &file.uses {
                let found = match &one.target {
                    Target::Field { class, field, .. } => self.field(at, class, field),
                    Target::Held { class, via, field, .. } => {
                        self.held(at, class, via.as_deref(), (field, one.act))
                    }
                    Target::Global(name) => {
                        let file = match file.cimported.contains(name) {
                            true => self.declares(name),
                            false => self.including(at, name),
                        };
                        file.and_then(|file| {
                            let variable = *self.declared.get(file)?.globals.get(name.as_str())?;
                            Some((Key { file, class: "", name: &variable.name }, variable))
                        })
                    }
                };
                let counts = |(_, variable): &(Key<'a>, &'a Variable)| {
                    self.is_given((at, one), self.resolved(&variable.kind), &given)
                };
                if let Some((key, variable)) = found.filter(counts) {
                    uses.entry(key).or_insert_with(|| (variable, Vec::new())).1.push((at, one));
                }
            }
        }
        let mut told = Told {
            wholesale: Wholesale { methods: self.wholesale(), first: BTreeMap::new() },
            fills: Fills::of(self.files, &reach.exposed),
        };
        for (key, (variable, uses)) in &uses {
            if types::is_thread_thing(key.name) {
                continue;
            }
            self.variable(key, variable, uses, reach, (rules, &mut told), out);
        }
        out.extend(told.wholesale.first.into_values().flat_map(|(_, findings)| findings));
    }

    /// Methods that replace so many attributes that they are one place to mend.
    fn wholesale(&self) -> HashSet<At> {
        let mut replaced: HashMap<At, HashSet<&str>> = HashMap::new();
        for (at, file) in self.files.iter().enumerate() {
            for one in file.uses.iter().filter(|one| one.act == Act::Assign) {
                if let (Target::Field { field, .. }, Some(function)) = (&one.target, one.function) {
                    replaced.entry((at, function)).or_default().insert(field);
                }
            }
        }
        replaced.into_iter().filter(|(_, fields)| fields.len() > MANY).map(|(at, _)| at).collect()
    }

    fn variable(
        &self,
        key: &Key<'a>,
        variable: &Variable,
        uses: &[(usize, &'a Use)],
        reach: &Reach<'a>,
        (rules, told): (&RuleSet, &mut Told<'a>),
        out: &mut Vec<Finding>,
    ) {
        let kind = self.resolved_of(key, variable);
        let bare = |file: usize, one: &Use| {
            // Objects that are being made share what the module has, and what others hold.
            let shared = !matches!(one.target, Target::Field { .. }) || one.given.is_some();
            let open = if shared { &reach.beside } else { &reach.exposed };
            let free = |function| one.again || open.contains(&(file, function));
            !one.locked && one.function.is_some_and(free)
        };
        // Whoever uses the attributes of such an object made it.
        let stranger = |file: usize, one: &Use| {
            let function = one.function.and_then(|nth| self.function((file, nth)));
            self.confined.contains(key.class) && function.is_none_or(|function| function.class != key.class)
        };
        let open: Vec<&(usize, &'a Use)> = uses
            .iter()
            .filter(|(file, one)| bare(*file, one) && !stranger(*file, one) && !self.is_spared(one))
            .collect();
        let functions: BTreeSet<At> =
            open.iter().filter_map(|(file, one)| Some((*file, one.function?))).collect();
        // Memory that the module's body fills is a table; only what nobody fills is scratch space.
        let table = key.class.is_empty() && uses.iter().any(|(_, one)| one.function.is_none());
        let changed = |one: &Use| {
            let to = one.argument.as_ref();
            to.is_some_and(|(callee, at)| self.writing.contains(&(callee.as_str(), *at)))
        };
        let changers: BTreeSet<At> = open
            .iter()
            .filter(|(_, one)| changed(one))
            .filter_map(|(file, one)| Some((*file, one.function?)))
            .collect();
        let askers = self.askers(key, variable, kind, &open);
        let closers = self.closers(key, kind, uses, &reach.reached);
        let many = self.are_many(&closers, &open);
        let often = self.is_asked_often((variable, kind), &open);
        let mut proven = false;
        let first = out.len();
        let mut last = None;
        let locked = self.is_locked(kind, uses, &open);
        let shaped = shaped(kind, &open);
        let others = Others::of(kind, (&open, locked), self.is_flag(kind, uses));
        let mut mentioned = HashSet::new();
        let mut tested: HashMap<(At, &str, (u32, u32)), usize> = HashMap::new();
        for (file, one) in open {
            let Some(function) = one.function.and_then(|nth| self.function((*file, nth))) else { continue };
            let here = (*file, one.function.unwrap_or_default());
            let first_of_many = many && !mentioned.contains(&(At::default(), "closed"));
            let closed = (!many || first_of_many) && self.is_closed(&closers, here, one);
            let of_library = !closed && !key.class.is_empty() && self.is_asked(variable, kind, one);
            let of_module = key.class.is_empty()
                && (*kind == Type::Pointer && sets_of_library(one)
                    || self.is_asked_of_module(variable, kind, one));
            let changed = changed(one) || of_library || of_module;
            let filled = self.filled(kind, one).or_else(|| self.asked_within(one));
            let one = filled.as_ref().unwrap_or(one);
            let fill = told.fills.fill(here, function, key.name, one);
            let hazard = if key.class.is_empty() {
                of_global(kind, one, table, changed)
            } else if fill == Some(Fill::Flag)
                && !matches!(kind, Type::Sync | Type::Constant | Type::Named(_))
            {
                Some(Hazard { detector: "cython-lazy", case: "flag", proof: false })
            } else {
                let tested = one.tested || fill.is_some();
                of_field(kind, one, &function.name, (changed, tested), variable.of_cpp)
            };
            let closed = closed.then_some(Hazard { detector: "cython-field", case: "closed", proof: false });
            let hazard = if key.class.is_empty() {
                hazard.or_else(|| others.of_module(here, one, |name| self.foreign.contains(name)))
            } else {
                closed.or_else(|| others.hazard(here, function.sort, one)).or(hazard)
            };
            // No GIL ever protected what is done there, but for a flag that others go by nobody thinks of that.
            let flag = hazard.as_ref().is_some_and(|hazard| matches!(hazard.case, "guard" | "guarded"));
            // But a library works on a handle there for long, which is when a second thread is let in.
            let nogil = function.nogil && !self.attached.contains(function.name.as_str());
            let closed = hazard.as_ref().is_some_and(|hazard| hazard.case == "closed");
            let looked = match hazard {
                None => self.looked_at(key, kind, one, (*file, &changers, &askers)),
                Some(_) => None,
            };
            let asked = of_library || looked.is_some() && self.is_foreign(one);
            if (one.detached && !asked && !closed || nogil) && !flag {
                continue;
            }
            let hazard = hazard.or(looked);
            let hazard = hazard.map(|hazard| self.made_twice(hazard, one));
            let hazard = hazard.map(|hazard| in_parts(hazard, shaped));
            // What the module's dictionary holds is counted well; which of two objects is there is another matter.
            let of_two = |hazard: &Hazard| {
                hazard.detector == "cython-lazy" && one.stores.is_some()
                    || matches!(hazard.case, "made-twice" | "numbered")
            };
            let hazard = hazard.filter(|hazard| !variable.plain || of_two(hazard));
            let Some(hazard) = hazard else { continue };
            // Once in each method; of all that a flag guards, the first stands for the others, as it does of all that
            // a library is asked to do with one handle.
            let stands = hazard.case == "guard"
                || hazard.case == "parts" && shaped == Some(true)
                || (of_library && often)
                || one.again
                || (many && hazard.case == "closed");
            let of = if stands { At::default() } else { here };
            if (stands
                || of_library
                || matches!(hazard.case, "used" | "lent" | "closed" | "looked-at" | "parts"))
                && !mentioned.insert((of, hazard.case))
            {
                continue;
            }
            // Making one anew disturbs nobody where there are no others to use it.
            if one.again && functions.len() < 2 {
                continue;
            }
            let of = one.function.map(|nth| (*file, nth)).filter(|_| one.act == Act::Assign);
            let of = of.filter(|at| hazard.case == "flag" || told.wholesale.methods.contains(at));
            proven |= hazard.proof && of.is_none() && !variable.plain;
            // `free(self.p)` and `self.p = NULL` below it are one place to mend.
            let at = (*file, one.function, hazard.case);
            let reach = if hazard.case == "buffer" { 2 } else { 0 };
            let near = last.is_some_and(|(was, line)| was == at && one.span.line.abs_diff(line) <= reach);
            last = Some((at, one.span.line));
            if !near {
                let written = match &one.target {
                    Target::Field { object, field, .. } | Target::Held { object, field, .. } => {
                        format!("{object}.{field}")
                    }
                    Target::Global(name) => name.clone(),
                };
                let filling = [
                    ("field", written.as_str()),
                    ("variable", &written),
                    ("class", key.class),
                    ("function", &function.name),
                    ("callee", one.argument.as_ref().map_or("", |(callee, _)| callee)),
                ];
                let mut found = Vec::new();
                let words = (hazard.detector, hazard.case);
                let test = one.test.filter(|_| {
                    hazard.detector == "cython-lazy" || matches!(hazard.case, "taken" | "numbered")
                });
                let span = one.span.since(test);
                // What one test finds missing, two branches may fill.
                let told_before = test.and_then(|test| tested.get(&(here, hazard.case, test)));
                if let Some(first) = told_before.and_then(|nth| out.get_mut(*nth)) {
                    let path = self.files.get(*file).map_or("", |file| file.path.as_str());
                    let location = one.span.place(path, ("", "")).location;
                    let message = format!("`{written}` is filled here as well");
                    first.related.push(Related { location, message });
                    continue;
                }
                self.report(*file, &span, function.named(), words, &filling, rules, &mut found);
                if let (Some(test), None, false) = (test, of, found.is_empty()) {
                    tested.insert((here, hazard.case, test), out.len());
                }
                match of {
                    None => out.append(&mut found),
                    Some(at) => told.wholesale.keep((at, hazard.case), one.span.line, found),
                }
            }
        }
        if proven && (functions.len() > 1 || key.class.is_empty()) {
            // A `.pxd` says what there is; what is to be mended stands where it is used.
            let path = self.files.get(key.file).map_or("", |file| file.path.as_str());
            let told = out.get_mut(first..).unwrap_or_default();
            if path.ends_with(".pxd") && !told.is_empty() {
                let location = variable.span.place(path, ("", "")).location;
                for one in told {
                    let message = format!("`{}` is declared here", key.name);
                    one.related.push(Related { location: location.clone(), message });
                }
                return;
            }
            let detector = if key.class.is_empty() { "cython-module-state" } else { "cython-field" };
            let filling = [("field", key.name), ("variable", key.name), ("class", key.class)];
            self.report(
                key.file,
                &variable.span,
                ("", key.class),
                (detector, "declaration"),
                &filling,
                rules,
                out,
            );
        }
    }

    /// What is made and stored on first use is not only computed twice where it is a container or an object that
    /// methods change: whoever got the one that is dropped changes it in vain.
    fn made_twice(&self, hazard: Hazard, one: &Use) -> Hazard {
        let own =
            |class: &String| class.is_empty() || self.bases(class).any(|base| self.changed.contains(base));
        let made = hazard.case == "check-then-act" && one.stores.as_ref().is_some_and(own);
        if made { Hazard { case: "made-twice", ..hazard } } else { hazard }
    }

    pub(super) fn resolved_of(&self, key: &Key<'a>, variable: &Variable) -> &'a Type {
        let declared = self.declared.get(key.file).and_then(|file| {
            let field = file.fields.get(&(key.class, variable.name.as_str())).map(|(_, field)| *field);
            let global = || file.globals.get(variable.name.as_str()).filter(|_| key.class.is_empty());
            field.or_else(|| global().copied())
        });
        declared.map_or(&Type::Unknown, |one| {
            let foreign = self.alias(&one.one_of).filter(|kind| matches!(kind, Type::Cpp | Type::Struct));
            let foreign = foreign.filter(|_| one.dotted && matches!(one.kind, Type::Named(_)));
            foreign.unwrap_or_else(|| self.resolved(&one.kind))
        })
    }

    fn sites(&self, reach: &Reach<'a>, rules: &RuleSet, out: &mut Vec<Finding>) {
        let of_python = sized::of_python(self.files);
        let setters = settings::setters(self.files, &self.settings);
        for (at, file) in self.files.iter().enumerate() {
            for site in &file.sites {
                let Some(nth) = site.function else { continue };
                let Some(function) = self.function((at, nth)) else { continue };
                // What a private function is handed may be new.
                if let Some(given) = site.given.filter(|_| function.sort == Sort::Private)
                    && !of_python.contains(&(function.name.as_str(), given))
                {
                    continue;
                }
                let setting = site.case == "setting";
                let set = |callee: &str| self.settings.contains(callee) || setters.contains(callee);
                if setting && !set(&site.callee) {
                    continue;
                }
                if site.detector == libraries::DETECTOR {
                    continue;
                }
                // A lock does not attach a thread, nor does it change where memory came from.
                let always = matches!(site.detector, "cython-nogil" | "cython-allocator");
                // What an object is made of is somebody else's, and what a library keeps for the process is everybody's.
                let open =
                    if site.detector == sized::DETECTOR || setting { &reach.beside } else { &reach.exposed };
                if always || (!site.locked && open.contains(&(at, nth))) {
                    let known = if site.case == chosen::CASE {
                        let Some(known) = chosen::leads_to(self.files, site) else { continue };
                        known
                    } else {
                        site.callee.as_str()
                    };
                    let filling = [("callee", known), ("variable", known)];
                    self.report(
                        at,
                        &site.span,
                        function.named(),
                        (site.detector, site.case),
                        &filling,
                        rules,
                        out,
                    );
                }
            }
        }
    }

    /// Calls into libraries whose state all threads share.
    fn libraries(&self, reach: &Reach<'a>, rules: &RuleSet, out: &mut Vec<Finding>) {
        for one in libraries::calls(self.files, &reach.beside) {
            let Some(facts) = self.files.get(one.file) else { continue };
            let function = one.site.function.and_then(|nth| self.function((one.file, nth)));
            let function = function.map_or(("", ""), Function::named);
            let count = one.count.to_string();
            let filling = [("callee", one.site.callee.as_str()), ("count", count.as_str())];
            let from = out.len();
            let what = (libraries::DETECTOR, one.case);
            self.report(one.file, &one.site.span, function, what, &filling, rules, out);
            for other in one.others {
                let location = other.span.place(&facts.path, ("", "")).location;
                for finding in out.iter_mut().skip(from) {
                    let message = format!("`{}`", other.callee);
                    finding.related.push(Related { location: location.clone(), message });
                }
            }
        }
    }

    fn proxies(&self, reach: &Reach<'a>, rules: &RuleSet, out: &mut Vec<Finding>) {
        for (at, one) in proxies::found(self, reach) {
            let function = self.function((at, one.function)).map_or(("", ""), Function::named);
            let filling = [("callee", one.field.as_str())];
            self.report(at, &one.span, function, ("cython-borrowed", "dying"), &filling, rules, out);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place, a case and where it goes")]
    fn report(
        &self,
        file: usize,
        span: &Span,
        function: (&str, &str),
        (detector, case): (&str, &str),
        filling: &[(&str, &str)],
        rules: &RuleSet,
        out: &mut Vec<Finding>,
    ) {
        let Some(facts) = self.files.get(file) else { return };
        let place = span.place(&facts.path, function);
        out.extend(
            rules.word(detector, case, Language::Cython, filling).map(|words| found::finding(words, &place)),
        );
    }
}

/// Whether something else is there afterwards.
pub(super) fn changes(act: Act) -> bool {
    use Act::{Assign, Augment, Change, Item, ItemAugment, Numbered, Part, PartAugment, Step, Take};
    matches!(
        act,
        Assign | Augment | Change | Item | ItemAugment | Numbered | Part | PartAugment | Step | Take
    )
}

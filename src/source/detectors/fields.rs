//! Fields of objects that several threads hold: which of them methods change, and who uses them without a lock.
//!
//! In: accesses to fields in all files. Out: findings of `instance-field`, `instance-call`, `iterator`,
//! `foreign-handle` and `lazy-init`. A field that only constructors and deallocation write is constant; reading it
//! is none of our business.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::again;
use super::capsule;
use super::gather;
use super::handle;
use super::hung::{self, Hung, Owners};
use super::lent::{self, Lent};
use super::method::{self, Spot, Writers};
use super::mutable;
use super::settled;
use super::touched::{Touched, calls, spread};
use super::unlocked;
use crate::knowledge::{Knowledge, Role};
use crate::model::Finding;
use crate::rules::RuleSet;
use crate::source::c::names::{says_asked, words};
use crate::source::c::origin::Origin;
use crate::source::c::scan::is_number;
use crate::source::c::summary::{Act, Bits, FieldSeen, Place};
use crate::source::link::{Id, Project, Word};

/// What is known of a field.
#[derive(Debug, Default, Clone, Copy)]
struct Fate {
    /// Some method assigns it.
    replaced: bool,
    /// Some method writes the memory behind it.
    written: bool,
    /// Some method hands it to a library that may change what is behind it.
    handed: bool,
    /// Some method may leave it empty.
    emptied: bool,
    /// Some method hands it to a library's function that ends it.
    ended: bool,
    /// It is a number, and some method closes what it stands for: a file descriptor.
    closed: bool,
    /// Some method calls a member of it that changes it, and it is no pointer: whoever copies it, copies what changes.
    inner: bool,
}

impl Fate {
    /// Both together.
    fn or(self, other: Self) -> Self {
        Self {
            replaced: self.replaced | other.replaced,
            written: self.written | other.written,
            handed: self.handed | other.handed,
            emptied: self.emptied | other.emptied,
            ended: self.ended | other.ended,
            closed: self.closed | other.closed,
            inner: self.inner | other.inner,
        }
    }
}

/// One access with where it is.
pub(super) struct Row<'p> {
    /// Index of the file.
    pub file: usize,
    /// The function.
    pub id: Id,
    /// The struct.
    pub kind: Word,
    /// The field of it.
    pub field: Word,
    /// What is done.
    pub seen: &'p FieldSeen,
    /// Where the object comes from, see [`remembered`].
    pub origin: Origin,
    /// The object is a struct that pointers in Python objects lead to.
    pub hung: bool,
    /// The object is a struct that Python objects hold by value. A function that is handed one cannot lock the object
    /// around it, so what it does is told where somebody has that object.
    part: bool,
    /// The object is a Python object, not what one holds.
    pub python: bool,
    /// It is state of the process.
    pub kept: bool,
    /// It is a struct that objects of another language hold, of which a second thread may have the object.
    pub lent: bool,
}

/// `told` has the lines of statics that were told before.
pub(super) fn run(
    project: &Project<'_>,
    rules: &RuleSet,
    told: &BTreeSet<(String, u32)>,
    out: &mut Vec<Finding>,
) {
    let mut fields = Fields::read(project);
    let mut spots: BTreeMap<Id, Vec<Spot>> = BTreeMap::new();
    let mut touched = Touched::none(project.functions.len());
    let mut lent = Lent::default();
    for row in &fields.rows {
        let Some(spot) = fields.spot(project, row) else { continue };
        if row.lent {
            lent.add(project, (row, spot), fields.beside(row));
            continue;
        }
        // A helper may touch what it is handed; whether that is open depends on who calls. An accessor that only
        // tells what a field holds does no step of anything, unless it hands out the field itself; nor does a helper that
        // reads a number of a struct which hangs on an object, whose settings are mostly that.
        let handle = spot.detector == "foreign-handle";
        let side = if handle { &mut touched.handles } else { &mut touched.fields };
        if let Some(one) = side.get_mut(row.id.0 as usize)
            && !row.kept
            && !row.seen.bits.any(Bits::SAFE)
            && !tells_only(project, row, &spot)
            && !(row.hung && spot.plain && spot.case == "read")
        {
            *one = one.or(Origin(row.seen.origin.plain().0 & !Origin::SHARED.0));
        }
        if !row.part && fields.is_open(project, row) {
            spots.entry(row.id).or_default().push(spot);
        }
    }
    for (id, spot) in capsule::spots(project).into_iter().chain(lent.told(project)) {
        spots.entry(id).or_default().push(spot);
    }
    spread(project, &mut touched.fields);
    spread(project, &mut touched.handles);
    for (at, function) in project.functions.iter().enumerate() {
        let id = Id(at as u32);
        let entry = function.role.is_some_and(|role| {
            !matches!(role, Role::None | Role::New | Role::Init | Role::Dealloc | Role::Exec)
        });
        let building = matches!(function.role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
        if !building {
            calls(project, &fields.hung, id, &touched, entry, &mut spots);
        }
    }
    spots.retain(|id, list| {
        let file = project.function(*id).and_then(|one| project.files.get(one.file));
        let path = file.map_or("", |(path, _)| path);
        let again = |spot: &Spot| {
            spot.detector == "instance-call" && told.contains(&(path.to_owned(), spot.place.line))
        };
        list.retain(|spot| !again(spot));
        !list.is_empty() && !project.is_inner(*id)
    });
    mended_by_callee(project, &mut spots);
    let closed = |key: &(Word, Word)| fields.fates.get(key).is_some_and(|fate| fate.replaced || fate.ended);
    gather::handles(project, &closed, &mut spots);
    gather::calls(&mut spots);
    for (id, spot, (writer, place)) in unlocked::spots(project) {
        let list = spots.entry(id).or_default();
        let told = |one: &Spot| one.place.line <= spot.place.line && spot.place.line <= one.place.end_line;
        if !list.iter().any(told) {
            fields.writers.extend(spot.key.map(|key| (key, (writer, place, false))));
            list.push(spot);
        }
    }
    for (id, spot) in mutable::spots(project) {
        let list = spots.entry(id).or_default();
        if !list.iter().any(|one| one.field == spot.field) {
            list.push(spot);
        }
    }
    for (id, spot) in again::spots(project, &fields.rows) {
        spots.entry(id).or_default().push(spot);
    }
    for (id, list) in spots {
        method::report(project, rules, id, list, &fields.writers, out);
    }
}

/// Takes away spots in functions whose only step with an object is to call what CPython calls as well: that one has to
/// take the lock itself, and then nobody else need.
fn mended_by_callee(project: &Project<'_>, spots: &mut BTreeMap<Id, Vec<Spot>>) {
    let entry =
        |id: Id| project.function(id).is_some_and(|one| one.role.is_some_and(|role| role != Role::None));
    let told: HashSet<Id> = spots.keys().copied().filter(|id| entry(*id)).collect();
    spots.retain(|id, list| {
        let [spot] = list.as_slice() else { return true };
        if spot.detector != "instance-call" && spot.case != "helper" {
            return true;
        }
        let link = project.outgoing(*id).iter().find(|link| link.call.place == spot.place);
        let mended = |target: &Id| target != id && told.contains(target);
        !link.is_some_and(|link| !link.targets.is_empty() && link.targets.iter().all(mended))
    });
}

/// Whether a value is of a library's own type, handed to a function of the same library that says to change it: what is
/// changed by its value stands for something else.
fn is_of_library(base: &str, callee: &str, row: &Row<'_>) -> bool {
    let (kind, name) = (words(base), words(callee));
    // The system's own locks what a thread is known by.
    row.seen.argument == 0
        && kind.len() > 2
        && kind.first() == name.first()
        && kind.first().is_some_and(|one| one != "pthread")
        && says_asked(callee, 0)
}

/// How many lines before a change of a container what is looked up in it belongs to the same step.
const LOOKED_UP: u32 = 24;

/// How many accesses to one field in one function are held against each of them.
const BESIDE: usize = 1_000;

struct Fields<'p> {
    rows: Vec<Row<'p>>,
    fates: HashMap<(Word, Word), Fate>,
    hung_fates: hung::Fates<Fate>,
    hung: Hung,
    by_field: HashMap<(Id, Word), Vec<usize>>,
    writers: Writers,
    /// Parameters that functions hand on to a library.
    handed: Vec<Origin>,
    /// Parameters behind which functions replace an object.
    swapped: HashMap<Id, Origin>,
}

impl<'p> Fields<'p> {
    fn read(project: &Project<'p>) -> Self {
        let names: HashSet<(Word, &str)> =
            project.fields().map(|(kind, field)| (kind, project.text(field))).collect();
        let mut made = Self {
            rows: Vec::new(),
            fates: HashMap::new(),
            hung_fates: HashMap::new(),
            hung: Hung::new(project, &[], Bits::SAFE),
            by_field: HashMap::new(),
            writers: Writers::new(),
            handed: handle::handed_on(project),
            swapped: HashMap::new(),
        };
        for (at, (_, seen)) in project.files.iter().enumerate() {
            for one in seen.fills.iter().filter(|one| one.swaps) {
                let known = made.swapped.entry(project.id(at, one.function)).or_default();
                *known = known.or(Origin::param(u32::from(one.param)));
            }
        }
        let is_open = lent::open(project);
        for (at, (_, seen)) in project.files.iter().enumerate() {
            for one in &seen.fields {
                let kind = if one.by_call {
                    let Some(kind) = project.returned(at, one.kind) else { continue };
                    kind
                } else {
                    project.kind(project.word(at, one.kind))
                };
                let kept = project.is_kept(kind);
                if one.by_call && !kept {
                    continue;
                }
                let id = project.id(at, one.function);
                // The object of a member function, or one that a bound lambda is handed.
                let bound = project.function(id).is_some_and(|function| function.seen.bound);
                let class = one.origin == Origin::THIS || bound && !one.origin.plain().is_shared();
                let whole = one.field == 0;
                let held = || project.is_held(kind) || project.is_lazy(kind, project.word(at, one.field));
                let object = whole || project.is_instance(kind) || class && held();
                let hung = !object && !kept && !class && project.is_hung(kind);
                let lent = !(object || kept || hung) && is_open(id, kind, one);
                if !(object || kept || hung || lent || project.is_part(kind)) {
                    continue;
                }
                let (owner, field) = innermost(project, kind, project.word(at, one.field));
                let row = Row {
                    file: at,
                    id,
                    kind: owner,
                    field,
                    seen: one,
                    origin: if hung { one.origin } else { remembered(project, at, one, kind) },
                    hung,
                    part: !object && !kept && !lent,
                    kept: kept && !object,
                    lent,
                    python: project.is_instance(kind) && !project.is_boxed(kind),
                };
                // A bare name in a member function is a field only if the class has it.
                let first = project.text(row.field).split('.').next().unwrap_or_default().to_owned();
                // Of a container that a lambda is handed, no field is used.
                let whole = bound && project.text(row.field).is_empty() && !project.is_struct(row.kind);
                let known = !class || whole || names.contains(&(row.kind, first.as_str()));
                if known && !made.is_lock(project, &row) {
                    made.by_field.entry((row.id, row.field)).or_default().push(made.rows.len());
                    made.rows.push(row);
                }
            }
        }
        made.hung = Hung::new(project, &made.rows, Bits::SAFE);
        for row in made.rows.iter_mut().filter(|row| row.hung) {
            row.part = !made.hung.has_object(row.id, row.origin);
        }
        made.find_fates(project);
        made
    }

    /// The types of objects that lead to the struct of an access that no lock covers.
    fn owners(&self, project: &Project<'_>, row: &Row<'_>) -> Owners {
        self.hung.owners(project, row.id, row.origin, row.seen.bits)
    }

    /// Whether others may use what an access uses at the same time.
    fn is_open(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        if row.hung {
            return !self.owners(project, row).is_empty();
        }
        project.exposed(row.id, row.seen.bits, row.origin, Bits::SAFE, false)
    }

    /// What is known of the field that an access uses.
    fn fate(&self, project: &Project<'_>, row: &Row<'_>) -> Fate {
        let key = (row.kind, row.field);
        if !row.hung {
            return self.fates.get(&key).copied().unwrap_or_default();
        }
        let Some(fates) = self.hung_fates.get(&key) else { return Fate::default() };
        let owners = self.owners(project, row);
        owners.iter().filter_map(|owner| fates.get(owner)).fold(Fate::default(), |all, one| all.or(*one))
    }

    /// Accesses to the same field in the same function, as far as it has no more than anybody writes.
    fn beside(&self, row: &Row<'_>) -> impl Iterator<Item = &Row<'p>> {
        self.by_field
            .get(&(row.id, row.field))
            .into_iter()
            .flatten()
            .take(BESIDE)
            .filter_map(|at| self.rows.get(*at))
    }

    fn is_lock(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let first = project.text(row.field).split('.').next();
        matches!(first, Some("ob_base" | "ob_type" | "ob_refcnt")) || project.is_lock(row.kind, row.field)
    }

    fn find_fates(&mut self, project: &Project<'_>) {
        let set_up = Bits::INIT.with(Bits::DEALLOC);
        let mut fates: HashMap<(Word, Word), Fate> = HashMap::new();
        let mut hung_fates: hung::Fates<Fate> = HashMap::new();
        let hung = Hung::new(project, &self.rows, set_up);
        for row in &self.rows {
            let role = project.function(row.id).and_then(|function| function.role);
            let building = matches!(role, Some(Role::New | Role::Init | Role::Dealloc | Role::Exec));
            if building {
                continue;
            }
            let owners = if row.hung {
                hung.owners(project, row.id, row.origin, row.seen.bits)
            } else {
                Owners::new()
            };
            let open = if row.hung {
                !owners.is_empty()
            } else {
                row.lent || project.exposed(row.id, row.seen.bits, row.origin, set_up, false)
            };
            if !open {
                continue;
            }
            let mut fate = Fate::default();
            if row.seen.act.changes() && !row.seen.bits.any(Bits::SAFE) {
                // Who replaces the field itself is a better witness than who writes behind it.
                let new = (row.id, row.seen.place, row.seen.deep);
                let known = self.writers.entry((row.kind, row.field)).or_insert(new);
                if known.2 && !new.2 {
                    *known = new;
                }
            }
            fate.emptied |= matches!(row.seen.act, Act::Clear | Act::Swap) && !row.seen.deep;
            fate.closed |= row.seen.act == Act::Pass
                && !row.seen.deep
                && handle::is_end(project, row)
                && self.is_number(project, row);
            match row.seen.act {
                act if act.changes() && !row.seen.deep => fate.replaced = true,
                act if act.changes() => fate.written = true,
                Act::Container if !is_locking(project, row) => {
                    fate.written = true;
                    fate.inner |= handle::is_value(project, (row.kind, row.field));
                }
                Act::Pass if handle::is_handed(project, row, &self.handed) => fate.written = true,
                Act::Pass | Act::Address if self.is_foreign(project, row) => {
                    fate.handed |= !handle::is_look(project, row);
                    fate.ended |= handle::is_end(project, row);
                }
                Act::Address if self.is_swapped(project, row) => {
                    (fate.replaced, fate.emptied) = (true, true);
                    if !row.seen.bits.any(Bits::SAFE) {
                        self.writers.entry((row.kind, row.field)).or_insert((row.id, row.seen.place, false));
                    }
                }
                Act::Address if self.is_set(project, row) => {
                    fate.replaced = true;
                    if !row.seen.bits.any(Bits::SAFE) {
                        self.writers.entry((row.kind, row.field)).or_insert((row.id, row.seen.place, false));
                    }
                }
                Act::Address => fate.written |= self.is_written(project, row),
                _ => {}
            }
            let key = (row.kind, row.field);
            if row.hung {
                let all = hung_fates.entry(key).or_default();
                for owner in owners {
                    let known = all.entry(owner).or_default();
                    *known = known.or(fate);
                }
            } else {
                let known = fates.entry(key).or_default();
                *known = known.or(fate);
            }
        }
        self.find_given(project, &mut fates);
        for key in settled::fields(project, &self.rows) {
            if let Some(fate) = fates.get_mut(&key) {
                fate.replaced = false;
            }
        }
        self.hung_fates = hung_fates;
        self.fates = fates;
    }

    /// Finds fields that callers change through the reference that a member function gives them: `x.items() = y`.
    fn find_given(&mut self, project: &Project<'_>, fates: &mut HashMap<(Word, Word), Fate>) {
        let set_up = Bits::INIT.with(Bits::DEALLOC);
        let mut changed: HashMap<Id, (Id, Place, bool)> = HashMap::new();
        for link in project.links.iter().filter(|link| link.call.changes && !link.one_of) {
            let given = link.call.receiver.unwrap_or_default();
            if project.exposed(link.caller, link.call.bits, given, set_up, false) {
                let by = (link.caller, link.call.place, false);
                changed.extend(link.targets.iter().map(|id| (*id, by)));
            }
        }
        for row in &self.rows {
            if let Some(by) = changed.get(&row.id).filter(|_| is_given(project, row) && !row.seen.deep) {
                fates.entry((row.kind, row.field)).or_default().replaced = true;
                self.writers.entry((row.kind, row.field)).or_insert(*by);
            }
        }
    }

    /// Whether the field is a library's handle and the callee the library's, so that the call may change its state.
    fn is_foreign(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        if row.seen.callee == 0 || row.seen.deep {
            return false;
        }
        let Some(shape) = project.shape(row.kind, row.field) else { return false };
        let base = project.text(shape.base);
        let callee = project.word(row.file, row.seen.callee);
        let value =
            row.seen.act == Act::Pass && shape.pointers & 0x7f == 0 && !project.is_pointer(shape.base);
        let plain = handle::is_plain(base)
            || base.starts_with("Py")
            || value && base.ends_with("_t") && !is_of_library(base, project.text(callee), row)
            || project.is_instance(project.kind(shape.base));
        if plain || value && !base.ends_with("Ptr") && !base.contains('_') {
            return false;
        }
        handle::is_foreign(project.text(callee)) && project.resolve(row.file, callee).is_empty()
    }

    /// What, if anything, is wrong with an access when no lock is held.
    fn spot(&self, project: &Project<'_>, row: &Row<'_>) -> Option<Spot> {
        let seen = row.seen;
        let role = project.function(row.id).and_then(|function| function.role);
        // Who makes an object may be handed others.
        let made = role == Some(Role::New) && !row.seen.origin.plain().is_shared();
        if made || matches!(role, Some(Role::Dealloc | Role::Exec)) {
            return None;
        }
        let fate = self.fate(project, row);
        let foreign = matches!(seen.act, Act::Pass | Act::Address) && self.is_foreign(project, row);
        let handed = handle::is_handed(project, row, &self.handed);
        let (rank, detector, case) = match seen.act {
            Act::Write if seen.lazy.is_some() && self.is_flag(project, row) => {
                (9, "gil-as-lock", "busy-flag")
            }
            // A number that is tested and set is a state, nothing that is made.
            Act::Write | Act::Swap if seen.lazy.is_some() && !seen.deep && !self.is_number(project, row) => {
                (9, "lazy-init", "field")
            }
            Act::Swap => (8, "instance-field", "swap"),
            Act::Address if !row.kept && self.is_swapped(project, row) => (8, "instance-field", "swap"),
            Act::Count if !seen.deep => (5, "instance-field", "counter"),
            Act::Address if !row.kept && self.is_set(project, row) => (4, "instance-field", "write"),
            Act::Write | Act::Clear if !seen.deep => (4, "instance-field", "write"),
            Act::Write | Act::Clear | Act::Count => (6, "instance-field", "buffer"),
            Act::Borrow if fate.replaced && !seen.deep => (7, "instance-field", "borrowed"),
            _ if foreign && !fate.ended && handle::is_promised(project, row) => return None,
            _ if foreign && handle::is_look(project, row) && !fate.ended => (2, "foreign-handle", "look"),
            _ if foreign && handle::is_look(project, row) => (7, "foreign-handle", "ended"),
            _ if (foreign || handed) && seen.bits.any(Bits::DETACHED) => (8, "foreign-handle", "detached"),
            _ if foreign || handed => (7, "foreign-handle", "call"),
            Act::Container if !is_locking(project, row) || self.is_steps(project, row) => {
                (7, "instance-field", "container")
            }
            // A struct within what nobody else's lock is around.
            Act::Address if row.kept && self.is_written(project, row) => (6, "instance-field", "buffer"),
            Act::Address if row.kept && fate.written && !is_given(project, row) => {
                (2, "instance-field", "read")
            }
            _ if seen.deep && fate.replaced => (6, "instance-field", "buffer"),
            _ if seen.deep && (fate.written || fate.handed) => (2, "instance-field", "read"),
            Act::Container => return None,
            _ if !seen.deep && fate.replaced && self.is_harmless(project, row) => return None,
            _ if !seen.deep && fate.replaced => (3, "instance-field", "read"),
            Act::Read | Act::Pass | Act::Address
                if !seen.deep && fate.inner && (seen.act != Act::Address || is_given(project, row)) =>
            {
                (3, "instance-field", "read")
            }
            _ => return None,
        };
        let (detector, case) = match (role, detector) {
            (Some(Role::Iternext), "instance-field") => {
                ("iterator", if seen.act.changes() { "advance" } else { "look" })
            }
            (_, "instance-field") if row.kept => {
                ("static-state", if matches!(case, "read" | "borrowed") { "read" } else { "write" })
            }
            _ => (detector, case),
        };
        let object = project.text(project.word(row.file, seen.object));
        let mut place = seen.place;
        if let Some(test) = seen.lazy.filter(|test| {
            matches!(case, "field" | "busy-flag") && place.line.saturating_sub(test.line) <= 12
        }) {
            place.line = test.line;
            place.column = test.column;
        }
        if seen.act == Act::Container {
            // What was looked up before belongs to the same step.
            let looks = self.beside(row).map(|other| (other.seen.act, other.seen.bits, other.seen.place));
            let near = |one: &Place| *one < place && place.line.saturating_sub(one.line) <= LOOKED_UP;
            let looks = looks.filter(|(act, bits, _)| *act == Act::Read && !bits.any(Bits::SAFE));
            if let Some(look) = looks.map(|(.., one)| one).filter(near).min() {
                (place.line, place.column) = (look.line, look.column);
            }
        }
        let callee = project.text(project.word(row.file, seen.callee));
        Some(Spot {
            rank,
            detector,
            case,
            place,
            field: match project.text(project.word(row.file, seen.field)) {
                "" => object.to_owned(),
                field => format!("{object}->{field}"),
            },
            object: object.to_owned(),
            locked: if row.python { object.to_owned() } else { String::new() },
            callee: callee.to_owned(),
            key: Some((row.kind, row.field)),
            plain: !(seen.deep || fate.closed && seen.act == Act::Pass && handle::is_foreign(callee))
                && matches!(case, "read" | "write")
                && self.is_number(project, row),
            also: Vec::new(),
        })
    }

    /// Whether the function that is handed the field's address replaces the object there.
    fn is_swapped(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        if self.swapped.is_empty() || row.seen.deep || row.seen.callee == 0 {
            return false;
        }
        let swapped = Origin::param(u32::from(row.seen.argument));
        let targets = project.resolve(row.file, project.word(row.file, row.seen.callee));
        let of = |id: &Id| self.swapped.get(id).copied().unwrap_or_default();
        !targets.is_empty() && targets.iter().all(|id| of(id).0 & swapped.0 != 0)
    }

    /// Whether the function that is handed the field's address writes through it.
    fn is_written(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let written = Origin::param(u32::from(row.seen.argument));
        let targets = project.resolve(row.file, project.word(row.file, row.seen.callee));
        targets.iter().any(|id| project.writes(*id).0 & written.0 != 0)
    }

    /// Whether the function that is handed the address of a number, or of a hash, stores one there.
    fn is_set(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let hash = || {
            let shape = project.shape(row.kind, row.field).filter(|shape| shape.pointers == 0);
            shape.is_some_and(|shape| project.text(shape.base).ends_with("hash_t"))
        };
        !row.seen.deep && (self.is_number(project, row) || hash()) && self.is_written(project, row)
    }

    /// Whether a field holds a plain number, which no thread sees half written.
    fn is_number(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        project
            .shape(row.kind, row.field)
            .is_some_and(|shape| shape.pointers == 0 && is_number(project.text(shape.base)))
    }

    /// Whether a look at a field's own value cannot hurt: a pointer that is only compared with NULL is not followed, and
    /// a callee that takes the lock itself wants the field's address and no more.
    fn is_harmless(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let emptied = self.fate(project, row).emptied;
        // What is fetched or replaced under the lock is there whatever the test saw, if it never goes away again.
        let held =
            |other: &Row<'_>| other.seen.bits.any(Bits::LOCK) && (other.seen.act.changes() || !emptied);
        let used = |other: &Row<'_>| {
            !matches!(other.seen.act, Act::Test | Act::Clear | Act::Address) && !held(other)
        };
        match row.seen.act {
            Act::Test => !self.is_number(project, row) && !self.beside(row).any(used),
            Act::Address => {
                let taken = Origin::param(u32::from(row.seen.argument));
                let targets = project.resolve(row.file, project.word(row.file, row.seen.callee));
                let guards =
                    |id: &Id| project.function(*id).is_some_and(|one| one.seen.guarded.0 & taken.0 != 0);
                !targets.is_empty() && targets.iter().all(guards)
            }
            _ => false,
        }
    }

    /// Whether a field that is tested and set is cleared again in the same function: it says "busy".
    fn is_flag(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let pointer = project.shape(row.kind, row.field).is_none_or(|shape| shape.pointers > 0);
        !pointer
            && self.beside(row).any(|other| other.seen.act == Act::Clear && other.seen.place > row.seen.place)
    }

    /// Whether a change of a container is one of several steps: it empties it, or follows a look at it.
    fn is_steps(&self, project: &Project<'_>, row: &Row<'_>) -> bool {
        let name = project.text(project.word(row.file, row.seen.callee));
        if name.ends_with("Clear") {
            return true;
        }
        self.beside(row).any(|other| {
            other.seen.place < row.seen.place && !matches!(other.seen.act, Act::Container | Act::Test)
        })
    }
}

/// Where an object comes from. One that is found in a struct of the caller's own, which is no object itself, is
/// somebody else's: the struct only remembers it for as long as the call takes.
fn remembered(project: &Project<'_>, file: usize, seen: &FieldSeen, kind: Word) -> Origin {
    let found = seen.origin.plain();
    if !project.is_instance(kind) || found.is_own() || found.is_shared() || found.0 & Origin::THIS.0 != 0 {
        return found;
    }
    let Some(function) = project.function(project.id(file, seen.function)) else { return found };
    let remembers = |(n, (base, pointers)): (usize, &(u32, u8))| {
        let base = project.kind(project.word(file, *base));
        found.0 & Origin::param(n as u32).0 == 0 || *pointers > 0 && project.is_struct(base)
    };
    if function.seen.params.iter().enumerate().all(remembers) { Origin::SHARED } else { found }
}

/// The innermost struct that a path of fields leads to by value, with what is left of the path: `self->list.size` and
/// `list->size` in a helper are one field.
fn innermost(project: &Project<'_>, kind: Word, field: Word) -> (Word, Word) {
    let (mut kind, mut field) = (kind, field);
    for _ in 0..6 {
        let Some((first, rest)) = project.text(field).split_once('.') else { break };
        let inner = project.find_word(first).and_then(|first| project.shape(kind, first));
        let inner = inner.map(|shape| project.kind(shape.base)).filter(|inner| project.is_part(*inner));
        let (Some(inner), Some(rest)) = (inner, project.find_word(rest)) else { break };
        (kind, field) = (inner, rest);
    }
    (kind, field)
}

/// Whether a function returns a reference to the field.
fn is_given(project: &Project<'_>, row: &Row<'_>) -> bool {
    let reference = || project.function(row.id).is_some_and(|function| function.seen.returns_reference);
    row.seen.act == Act::Address && row.seen.callee == 0 && reference()
}

/// Whether a use stands in a header, where accessors are.
fn in_header(project: &Project<'_>, row: &Row<'_>) -> bool {
    project.files.get(row.file).is_some_and(|(_, seen)| seen.header)
}

/// Whether a use is that of an accessor in a header that tells what a field holds, and not where it is.
fn tells_only(project: &Project<'_>, row: &Row<'_>, spot: &Spot) -> bool {
    let reference = project.function(row.id).is_some_and(|function| function.seen.returns_reference);
    spot.case == "read" && !row.seen.deep && in_header(project, row) && !reference
}

/// Whether the call that changes a container takes the container's own lock: those of the C API do.
fn is_locking(project: &Project<'_>, row: &Row<'_>) -> bool {
    let name = project.text(project.word(row.file, row.seen.callee));
    Knowledge::builtin().has(name, crate::knowledge::Trait::MutatesContainer)
}

//! Memory taken from one allocator and given to another, and data taken from the objects' allocator.
//!
//! In: a [`Scan`]. Out: findings of `allocator-mix`. Memory is followed where nothing else can have given it: a local all
//! of whose values are allocations, a static variable, a field of a struct that this file defines and all of whose
//! assignments it therefore shows. What also gets a value that is not understood belongs to no domain.

use std::collections::{BTreeMap, HashMap};

use super::super::body::{Body, Value};
use super::super::lex::op;
use super::super::scan::{Read, Scan};
use super::Found;
use crate::knowledge::{Domain, Trait};

/// Where memory that is given back comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Out of one domain.
    From(Domain),
    /// It is an object, in either of the domains of objects.
    Object,
}

impl Taken {
    fn fits(self, freed: Domain) -> bool {
        match self {
            Self::From(domain) => domain == freed,
            Self::Object => matches!(freed, Domain::Obj | Domain::Gc),
        }
    }
}

/// What a variable or field of the file was given.
#[derive(Debug, Default)]
struct Given {
    domain: Option<Domain>,
    /// From two domains, or from anywhere else.
    unknown: bool,
}

impl Given {
    fn add(&mut self, domain: Option<Domain>) {
        self.unknown |= domain.is_none() || self.domain.is_some_and(|one| Some(one) != domain);
        self.domain = domain;
    }
}

/// A field by the struct's name and its own, or a static by the latter.
type Key<'a> = (&'a str, &'a str);

/// A local assigned more often than this is not followed.
const VALUES: usize = 64;

/// What the file's own fields and statics are given.
pub(super) struct Domains<'a> {
    /// The types that the file defines, by all their names: the first.
    types: HashMap<&'a str, &'a str>,
    given: BTreeMap<Key<'a>, Given>,
    /// The file turns memory into objects by itself, which may then be anybody's.
    makes_objects: bool,
    /// The path says that its allocator is put into other files' structs.
    header: bool,
}

impl<'a> Domains<'a> {
    /// Reads all assignments of a file.
    pub fn of(scan: &Scan<'a>) -> Self {
        let extension = scan.file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let header = extension.starts_with(['h', 'H']);
        let mut out = Self { types: HashMap::new(), given: BTreeMap::new(), makes_objects: false, header };
        let frees = |read: &Read<'_>| {
            read.body.calls.iter().any(|call| domain_of(&read.body, call.name, false).is_some())
        };
        if !scan.functions.iter().any(frees) {
            return out;
        }
        for one in &scan.file.items.types {
            if let Some(first) = one.names.first() {
                let names = one.names.iter().chain(&one.pointer_names);
                out.types.extend(names.map(|name| (name.as_str(), first.as_str())));
            }
        }
        for read in &scan.functions {
            let body = &read.body;
            let initialises = |name: usize| body.names.at(name).traits.has(Trait::InitsObject);
            out.makes_objects |= body.calls.iter().any(|call| initialises(call.name));
            let (from, to) = body.function.body;
            for i in from..to {
                if body.source.is(i, op(b"="))
                    && let Some(key) = out.key(body, body.path_start(i.wrapping_sub(1)), i)
                {
                    let end = body.expression_end(i + 1, to);
                    if !is_null(body, i + 1, end) {
                        let domain = value(body, i + 1, end, usize::MAX);
                        out.given.entry(key).or_default().add(domain);
                    }
                } else if body.source.is(i, op(b"&"))
                    && let Some(key) = out.key(body, i + 1, (i + 4).min(to)).or_else(|| {
                        // A static's address.
                        out.key(body, i + 1, i + 2)
                    })
                {
                    out.given.entry(key).or_default().add(None);
                }
            }
        }
        out
    }

    /// The field or static that tokens `from..to` are all of.
    fn key(&self, body: &Body<'a>, from: usize, to: usize) -> Option<Key<'a>> {
        let source = body.source;
        let word = source.word(from);
        if to == from + 1 {
            let global = body.names.global(word).filter(|_| !body.locals.contains_key(word))?;
            return global.is_static.then_some(("", word));
        }
        let member = source.is(from + 1, op(b"->")) || source.is(from + 1, op(b"."));
        if self.header || to != from + 3 || !member || !source.is_ident(from + 2) {
            return None;
        }
        let kind = body.locals.get(word)?.declared.base.as_str();
        Some((*self.types.get(kind)?, source.word(from + 2)))
    }
}

/// The domain of a call's callee: by facts, or a macro of the file that calls one of them.
fn domain_of(body: &Body<'_>, name: usize, allocates: bool) -> Option<Domain> {
    let word = body.source.word(name);
    // `freefunc free = …` hides the library's.
    if body.locals.contains_key(word) {
        return None;
    }
    let own = body.names.at(name).traits.with(body.names.macro_traits(word));
    if allocates { Domain::allocates(own, word) } else { Domain::frees(own, word) }
}

fn is_null(body: &Body<'_>, from: usize, to: usize) -> bool {
    let (from, to) = body.strip(from, to);
    from + 1 == to && body.source.is_null(from)
}

/// The domain of an expression: of an allocation, or of a local that has nothing but such, besides what the call at token
/// `except` gives it.
fn value(body: &Body<'_>, from: usize, to: usize, except: usize) -> Option<Domain> {
    let (from, to) = body.strip(from, to);
    if let Some(name) = body.only_name(from, to) {
        let local = body.locals.get(name)?;
        let mut given = Given { unknown: local.values.len() > VALUES, ..Given::default() };
        for (_, one) in local.values.iter().take(VALUES) {
            match *one {
                Value::Expression(a, b) if is_null(body, a, b) || (a..b).contains(&except) => {}
                Value::Expression(a, b) => given.add(allocation(body, a, b)),
                Value::Out => given.add(None),
            }
        }
        return given.domain.filter(|_| !given.unknown && local.param.is_none());
    }
    allocation(body, from, to)
}

/// The domain of a call that is all of an expression.
fn allocation(body: &Body<'_>, from: usize, to: usize) -> Option<Domain> {
    let source = body.source;
    let (mut from, to) = body.strip(from, to);
    // `static_cast<T *>(…)` and its like.
    if source.word(from).ends_with("_cast") && source.is(from + 1, op(b"<")) {
        let open = (from + 2..to.min(from + 14)).find(|&t| source.is(t, op(b"(")))?;
        from = open + 1;
    }
    (source.is(from + 1, op(b"(")) && source.after_group(from + 1) <= to)
        .then(|| domain_of(body, from, true))
        .flatten()
}

impl<'a> Found<'_, 'a> {
    /// Memory taken from one domain and given to another, and data taken from the objects' domain.
    pub(super) fn domains(&mut self, domains: &Domains<'a>) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        let makes_object = body.calls.iter().any(|call| {
            let traits = body.names.at(call.name).traits;
            traits.has(Trait::FreshObject) && !traits.has(Trait::AllocObj)
        });
        for call in &body.calls {
            let word = source.word(call.name);
            let freed = domain_of(body, call.name, false);
            let given = source.arguments(call.open).first().copied();
            if let (Some(freed), Some((from, to))) = (freed, given)
                && let Some(taken) = self.taken(domains, (from, to), call.name)
                && !taken.fits(freed)
            {
                let (from, to) = body.strip(from, to);
                let text: String = (from..to).map(|t| source.text(t)).collect();
                let fill = [("variable", text.as_str()), ("callee", word)];
                self.report(("allocator-mix", "variable"), call.name, call.name + 1, &fill);
                continue;
            }
            let takes = domain_of(body, call.name, true) == Some(Domain::Obj)
                && [body.names.at(call.name).traits, body.names.macro_traits(word)]
                    .iter()
                    .any(|traits| traits.has(Trait::AllocObj));
            if takes && !makes_object && !self.is_object(call.name, call.end) {
                let fill = [("variable", ""), ("callee", word)];
                self.report(("allocator-mix", "non-object"), call.name, call.name + 1, &fill);
            }
        }
    }

    /// The domain that what is freed comes from.
    fn taken(&self, domains: &Domains<'a>, (from, to): (usize, usize), by: usize) -> Option<Taken> {
        let body = &self.read.body;
        let (from, to) = body.strip(from, to);
        if let Some(key) = domains.key(body, from, to) {
            let given = domains.given.get(&key)?;
            return given.domain.filter(|_| !given.unknown).map(Taken::From);
        }
        let local = body.locals.get(body.only_name(from, to)?)?;
        value(body, from, to, by).map(Taken::From).or_else(|| {
            // An object that was handed in is in the objects' domain, unless this file says where it puts its own.
            let handed = local.param.is_some() && local.values.is_empty() || self.is_cast_param(local);
            let object = local.declared.pointers == 1 && self.is_instance(&local.declared.base);
            (handed && object && !domains.makes_objects).then_some(Taken::Object)
        })
    }

    /// Whether a local is a parameter under another type.
    fn is_cast_param(&self, local: &super::super::body::Local) -> bool {
        let body = &self.read.body;
        let [(_, Value::Expression(from, to))] = local.values.as_slice() else { return false };
        let param = body.only_name(*from, *to).and_then(|name| body.locals.get(name));
        param.is_some_and(|one| one.param.is_some() && one.declared.base == "PyObject")
    }

    fn is_instance(&self, kind: &str) -> bool {
        let types = &self.scan.file.items.types;
        kind == "PyObject"
            || types.iter().any(|one| one.instance && one.names.iter().any(|name| name == kind))
    }

    /// Whether an allocation is for an object: what it is cast or assigned to begins like one.
    fn is_object(&self, name: usize, end: usize) -> bool {
        let body = &self.read.body;
        let source = body.source;
        let start = body.statement_start(name);
        let types = &self.scan.file.items.types;
        let object = |word: &str| {
            let named = |one: &&super::super::items::Type| one.names.iter().any(|n| n == word);
            word.starts_with("PyObject") && !word.contains('_')
                || word.ends_with("Object") && types.iter().filter(named).all(|one| one.instance)
                || types.iter().filter(named).any(|one| one.instance)
        };
        let named = (start..end).any(|t| {
            let word = source.word(t);
            object(word)
                || body
                    .locals
                    .get(word)
                    .is_some_and(|local| object(&local.declared.base) && local.declared.pointers == 1)
        });
        // A slot that allocates objects for others.
        named
            || body.function.name.ends_with("alloc")
                && body.function.params.iter().any(|p| p.base == "PyTypeObject")
    }
}

/// The objects' allocator handed to others as a function: in a table, an argument, an assignment.
pub(super) fn handed_out(scan: &Scan<'_>) -> Vec<usize> {
    let source = scan.file.source();
    let alone = |i: usize| !source.is(i + 1, op(b"(")) && source.is_ident(i);
    (0..source.tokens.list.len())
        .filter(|&i| alone(i) && scan.names.at(i).traits.has(Trait::AllocObj))
        // `PyObject_Malloc)(…)` calls it.
        .filter(|&i| {
            [op(b","), op(b"}"), op(b";"), op(b")")].iter().any(|end| source.is(i + 1, *end))
                && !source.is(i + 2, op(b"("))
        })
        .collect()
}

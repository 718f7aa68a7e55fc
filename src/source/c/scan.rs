//! Reads one C or C++ file for a project: what it shows by itself, and what other files must help to decide.
//!
//! In: a path, bytes and rules. Out: a [`CSeen`]. Functions are read from tokens; only those in which a rule's
//! query could match are given to tree-sitter, everything else around them is blank. So the tree has no
//! declarations, which no query asks for, and costs what its functions cost.

mod aliases;
mod called;
mod calls;
mod context;
pub(super) mod kept;
mod lenders;
mod macros;
mod made;
mod objects;
mod program;
mod threads;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use context::FileContext;
pub use macros::UNANSWERED;

use super::access::{self, Access, Base};
use super::body::{Body, Call};
use super::items::Function;
use super::lex::op;
use super::names::{Names, asserts, says_locked};
use super::origin::Origin;
use super::regions::Stretches;
use super::roles::{Roles, roles};
use super::summary::{
    Act, Bits, CSeen, FieldSeen, FunctionSeen, GlobalSeen, GlobalUse, Namer, Pending, Place, TypeSeen, digest,
};
use super::{CFile, detect};
use crate::knowledge::{Knowledge, Role, Trait, Traits};
use crate::model::C_INCLUDED;
use crate::rules::{Language, Named, RuleSet};
use crate::source::found;

/// Functions nested deeper are not given to the parser, whose time grows with the square of what nothing closes.
const DEEPEST: u32 = 1_000;

/// Where a path is tested, and the tokens that are reached if it was found empty.
type Tested = (usize, (usize, usize));

/// How many tests of one path in a function are kept.
const TESTS: usize = 8;

/// A function with what was read of its body.
pub struct Read<'a> {
    /// Locals and calls.
    pub body: Body<'a>,
    /// Locks and detached stretches.
    pub stretches: Stretches,
    /// Regions that all of it lies in.
    pub always: Bits,
}

/// A file with all its functions read.
pub struct Scan<'a> {
    /// The file.
    pub file: &'a CFile<'a>,
    /// Its names.
    pub names: &'a Names<'a>,
    /// Roles of functions.
    pub roles: &'a Roles<'a>,
    /// Functions in order.
    pub functions: Vec<Read<'a>>,
    /// Functions of this file that hand on a borrowed item, and of which parameter's container.
    pub lenders: BTreeMap<&'a str, Option<u32>>,
    /// The path says that only Windows compiles it.
    windows: bool,
}

/// Tells what a file shows.
pub fn seen(file: &CFile<'_>, rules: &RuleSet) -> CSeen {
    let names = Names::new(file);
    let roles = roles(file, &names);
    let scan = Scan::new(file, &names, &roles);
    scan.summary(rules)
}

impl<'a> Scan<'a> {
    fn new(file: &'a CFile<'a>, names: &'a Names<'a>, roles: &'a Roles<'a>) -> Self {
        let source = file.source();
        let mut functions: Vec<Read<'a>> = file
            .items
            .functions
            .iter()
            .map(|function| {
                let body = Body::read(source, function, names);
                let stretches = Stretches::of(&body);
                let mut always = always(function, roles.named.get(function.name.as_str()));
                // Whatever a project's macro calls it, what makes a module runs once.
                let makes = |call: &super::body::Call| {
                    let traits = names.at(call.name).traits;
                    traits.has(Trait::SinglePhase) || traits.has(Trait::MultiPhase)
                };
                if body.calls.iter().any(makes) || names.heads_init(&function.name) {
                    always = always.with(Bits::INIT);
                }
                if super::state::ends_capsule(&body, names) {
                    always = always.with(Bits::DEALLOC);
                }
                Read { body, stretches, always }
            })
            .collect();
        threads::detach(file, names, roles, &mut functions);
        for one in &file.lambdas {
            let mut body = Body::read(source, &one.function, names);
            if let Some(outer) = functions.get(one.outer) {
                body.capture(&outer.body);
            }
            let mut stretches = Stretches::of(&body);
            if one.detached {
                stretches.detach_all(one.function.body);
            }
            let always = if one.locked { Bits::LOCK.with(Bits::SECTION) } else { Bits::default() };
            functions.push(Read { body, stretches, always });
        }
        let windows = file
            .path
            .to_ascii_lowercase()
            .split(['/', '_', '.'])
            .any(|part| matches!(part, "windows" | "win32" | "win" | "msvc" | "winapi" | "mingw"));
        let mut scan = Self { file, names, roles, functions, lenders: BTreeMap::new(), windows };
        scan.find_lenders();
        scan
    }

    /// The language its rules are asked for.
    pub fn language(&self) -> Language {
        if self.file.cpp { Language::Cpp } else { Language::C }
    }

    /// The function around a byte, with its index: of a bound lambda and what is around it the lambda.
    pub fn at(&self, byte: u32) -> Option<(usize, &Read<'a>)> {
        let source = self.file.source();
        let (plain, lambdas) = self.functions.split_at(self.plain());
        let within = |list: &'_ [Read<'a>]| {
            let after = list.partition_point(|one| source.start(one.body.function.head) <= byte);
            let index = after.checked_sub(1)?;
            (byte < source.end(list.get(index)?.body.function.body.1)).then_some(index)
        };
        let index = within(lambdas).map(|at| at + plain.len()).or_else(|| within(plain))?;
        Some((index, self.functions.get(index)?))
    }

    /// How many functions are no bound lambdas: those come first.
    pub fn plain(&self) -> usize {
        self.file.items.functions.len().min(self.functions.len())
    }

    /// Whether a token of a function stands in a bound lambda, which is a function of its own.
    pub fn is_elsewhere(&self, index: usize, token: usize) -> bool {
        if index >= self.plain() {
            return false;
        }
        let lambdas = &self.file.lambdas;
        let after = lambdas.partition_point(|one| one.function.head <= token);
        after.checked_sub(1).and_then(|at| lambdas.get(at)).is_some_and(|one| token <= one.function.body.1)
    }

    /// Regions of a token of a function, as far as the file itself tells.
    pub fn bits(&self, read: &Read<'_>, token: usize) -> Bits {
        let stretches = &read.stretches;
        [
            (Bits::LOCK, stretches.locked(token)),
            (Bits::SECTION, stretches.in_section(token)),
            (Bits::DETACHED, stretches.detached(token)),
            (Bits::ENSURED, stretches.ensured(token)),
            (Bits::ATTACHED, stretches.attached(token)),
        ]
        .iter()
        .fold(read.always, |sum, (bit, holds)| if *holds { sum.with(*bit) } else { sum })
    }

    /// Where tokens `from..to` stand.
    pub fn place(&self, from: usize, to: usize) -> Place {
        let source = self.file.source();
        let (line, column) = self.file.lines.position(source.start(from));
        let (end_line, end_column) = self.file.lines.position(source.end(to.saturating_sub(1).max(from)));
        Place { line, column, end_line, end_column }
    }

    /// Text of tokens `from..to` in the file, for fingerprints.
    pub fn text(&self, from: usize, to: usize) -> String {
        let source = self.file.source();
        let range = source.start(from) as usize..source.end(to.saturating_sub(1).max(from)) as usize;
        self.file.code.get(range).unwrap_or_default().to_owned()
    }

    fn summary(&self, rules: &RuleSet) -> CSeen {
        let mut out = CSeen { language: Some(self.language()), ..CSeen::default() };
        let extension = self.file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        out.header = C_INCLUDED.contains(&extension.to_ascii_lowercase().as_str());
        let mut namer = Namer::default();
        out.python = self.uses_python();
        out.program = self.is_program();
        if self.file.cpp && (out.python || self.file.binds) {
            out.mentions = self.mentions();
        }
        for (index, read) in self.functions.iter().enumerate() {
            let function = read.body.function;
            let bound = index >= self.plain();
            // What a bound function gets by reference is as much somebody else's as what it gets by pointer.
            let stars = |p: &super::declare::Variable| p.pointers.max(u32::from(bound && p.reference)).min(9);
            let kind = |p| called::cast(read, p).unwrap_or(&p.base);
            let params = function.params.iter().map(|p| (namer.number(kind(p)), stars(p) as u8)).collect();
            let returned = self.returned(read);
            out.functions.push(FunctionSeen {
                name: namer.number(&function.name),
                class: function.class.as_deref().map(|class| namer.number(class)),
                bound,
                is_static: function.is_static,
                always: read.always,
                returns: namer.number(&function.returns.0),
                state: returned.state,
                from: returned.from.iter().map(|name| namer.number(name)).collect(),
                returns_reference: function.returns_reference,
                constant: function.constant,
                params,
                writes: calls::written_params(&read.body),
                promises: calls::promised_params(&read.body),
                guarded: guarded_params(read),
                values: made::values(read),
                needs_state: detect::needs_thread_state(read),
                ends: made::ends(read),
                iterates: made::iterates(read),
            });
        }
        out.roles = self.roles.named.iter().map(|(name, role)| (namer.number(name), *role)).collect();
        out.taken = self.roles.taken.iter().map(|name| namer.number(name)).collect();
        self.types(&mut out, &mut namer);
        if self.file.cpp {
            let source = self.file.source();
            let all = aliases::aliases(&source).into_iter();
            out.aliases = all.map(|(name, of)| [name, of].map(|t| namer.number(source.word(t)))).collect();
        }
        let mut given =
            |by: Trait| super::state::structs(self.file, self.names, &self.functions, by, &mut namer);
        out.states = given(Trait::ModuleState);
        out.capsules = given(Trait::CapsulePointer);
        out.namespaces = self.namespaces(&mut namer);
        self.globals(&mut out, &mut namer);
        for (index, read) in self.functions.iter().enumerate() {
            self.calls(&mut out, &mut namer, index, read);
            self.made(&mut out, &mut namer, index, read);
            self.accesses(&mut out, &mut namer, index, read);
        }
        out.fills = super::filled::seen(self, &mut namer);
        out.unboxed = super::unboxed::seen(self, &mut namer);
        out.attributes = super::attributes::seen(self, &mut namer);
        out.counts = super::counts::seen(self, &mut namer);
        super::late::tell(self, &mut out, &mut namer);
        self.macros(&mut out);
        self.accessors(&mut out);
        self.queries(&mut out, rules);
        detect::file(self, rules, &mut out.pending);
        super::mistaken::conditions(self, rules, &mut out.pending);
        out.names = namer.into_names();
        out.shrink();
        out
    }

    fn uses_python(&self) -> bool {
        self.file.includes.iter().any(|name| name.ends_with("Python.h"))
            || [b"PyObject".as_slice(), b"PyThread_"]
                .iter()
                .any(|word| memchr::memmem::find(self.file.code.as_bytes(), word).is_some())
    }

    fn namespaces(&self, namer: &mut Namer) -> Vec<super::summary::Name> {
        let source = self.file.source();
        let mut all = BTreeSet::new();
        for i in 0..if self.file.cpp { source.tokens.list.len() } else { 0 } {
            if source.word(i) != "namespace" {
                continue;
            }
            let mut at = i + 1;
            while source.is_ident(at) {
                all.insert(source.word(at));
                at += if source.is(at + 1, op(b"::")) { 2 } else { 1 };
            }
        }
        all.into_iter().map(|name| namer.number(name)).collect()
    }

    fn mentions(&self) -> Vec<u64> {
        let source = self.file.source();
        let mut all: Vec<u64> = Vec::new();
        for i in 0..source.tokens.list.len() {
            let word = source.word(i);
            // What a template holds: `class_<T, …>`, `shared_ptr<T>`, `vector<T>`; and what `new` makes.
            let (from, to) = if source.is(i + 1, op(b"<")) && !word.is_empty() {
                let end = (i + 2..i + 42).find(|&t| {
                    [op(b">"), op(b">>"), op(b";"), op(b"{")].iter().any(|end| source.is(t, *end))
                });
                (i + 2, end.unwrap_or(i + 2))
            } else if word == "new" {
                let end = (i + 1..i + 12).find(|&t| !source.is_ident(t) && !source.is(t, op(b"::")));
                (i + 1, end.unwrap_or(i + 1))
            } else {
                continue;
            };
            all.extend((from..to).map(|t| source.word(t)).filter(|word| !word.is_empty()).map(digest));
        }
        let fields = self.file.items.types.iter().flat_map(|one| &one.fields);
        all.extend(fields.chain(&self.file.items.globals).map(|one| digest(&one.base)));
        all.sort_unstable();
        all.dedup();
        all
    }

    fn types(&self, out: &mut CSeen, namer: &mut Namer) {
        for one in &self.file.items.types {
            let mut all = |list: &[String]| list.iter().map(|name| namer.number(name)).collect::<Vec<_>>();
            let (names, pointer_names, bases) = (all(&one.names), all(&one.pointer_names), all(&one.bases));
            let fields = one
                .fields
                .iter()
                .map(|f| {
                    let lock = access::is_lock(&f.base) || f.atomic;
                    let base = if lock { namer.number("PyMutex") } else { namer.number(&f.base) };
                    (namer.number(&f.name), base, (f.pointers.min(9) as u8) | (u8::from(f.array) << 7))
                })
                .collect();
            let mut inside = |shared: bool| {
                let all = one.fields.iter().flat_map(|field| self.inside(field, shared));
                all.map(|name| namer.number(name)).collect()
            };
            let (leads, owned) = (inside(true), inside(false));
            let mutable = |f: &super::declare::Variable| {
                let word = |t: usize| self.file.source().word(t);
                !access::is_lock(&f.base) && !f.atomic && (f.whole.0..f.token).any(|t| word(t) == "mutable")
            };
            let mutable = one.fields.iter().filter(|f| mutable(f)).map(|f| namer.number(&f.name)).collect();
            out.types.push(TypeSeen {
                names,
                pointer_names,
                instance: one.instance,
                bases,
                fields,
                leads,
                owned,
                mutable,
            });
        }
    }

    /// What a smart pointer leads to, or a container holds: `Node` of `std::shared_ptr<const Node> next`. `shared`: others may
    /// have it as well; a `unique_ptr` and a container say that nobody has.
    fn inside(&self, one: &super::declare::Variable, shared: bool) -> Vec<&'a str> {
        let base = one.base.as_str();
        let fits = || match base {
            "shared_ptr" | "intrusive_ptr" => shared,
            _ => !shared && (base == "unique_ptr" || Knowledge::builtin().tables().is_container(base)),
        };
        if !self.file.cpp || !fits() {
            return Vec::new();
        }
        let source = self.file.source();
        let inside = (one.whole.0..one.token).skip_while(|&t| source.word(t) != base).skip(1);
        let words = inside.map(|t| source.word(t)).filter(|word| !matches!(*word, "" | "const" | "std"));
        words.collect()
    }

    /// Whether a variable is a container, or a pointer to one, by its type or by what it is given.
    fn is_container(&self, one: &super::declare::Variable) -> bool {
        let tables = Knowledge::builtin().tables();
        let is = |kind: &str| tables.is_container(self.names.alias(kind).unwrap_or(kind));
        if one.base != "auto" {
            return is(&one.base);
        }
        // `auto x = std::map<K, V>{}` and `auto *x = new std::map<K, V>()`.
        let source = self.file.source();
        let mut i = one.init.0;
        while i < one.init.1 && (source.word(i) == "new" || source.is(i + 1, op(b"::"))) {
            i += if source.word(i) == "new" { 1 } else { 2 };
        }
        i < one.init.1 && is(source.word(i))
    }

    fn globals(&self, out: &mut CSeen, namer: &mut Namer) {
        let mut add = |out: &mut CSeen, one: &super::declare::Variable, function: Option<u32>| {
            let object = one.pointers > 0 && (one.base.starts_with("Py") || one.base.ends_with("Object"));
            out.globals.push(GlobalSeen {
                name: namer.number(&one.name),
                function,
                is_static: one.is_static,
                object,
                pointer: one.pointers > 0,
                array: one.array,
                scalar: one.pointers == 0 && !one.array && is_number(&one.base),
                container: self.is_container(one),
                engine: self.names.is_engine(one),
                lock: access::is_made_lock(one),
                blank: one.array && one.pointers == 0 && one.init.0 == one.init.1,
                place: self.place(one.token, one.token + 1),
            });
        };
        let kept = |one: &super::declare::Variable| access::outlives(one) || access::is_made_lock(one);
        for one in self.file.items.globals.iter().filter(|one| !one.is_extern && kept(one)) {
            add(out, one, None);
        }
        for (index, read) in self.functions.iter().enumerate() {
            let mut inner: Vec<_> = read
                .body
                .locals
                .values()
                .map(|local| &local.declared)
                .filter(|one| one.is_static && access::outlives(one))
                .filter(|one| one.token > read.body.function.head && !self.is_elsewhere(index, one.token))
                .collect();
            inner.sort_by_key(|one| one.token);
            for one in inner {
                add(out, one, Some(index as u32));
            }
        }
    }

    fn accesses(&self, out: &mut CSeen, namer: &mut Namer, index: usize, read: &Read<'a>) {
        let body = &read.body;
        let source = &body.source;
        let mut tests: HashMap<String, Vec<Tested>> = HashMap::new();
        // Plain reads of names that another file may explain are kept once per function.
        let mut read_once: std::collections::HashSet<(&str, String)> = std::collections::HashSet::new();
        // `assert` itself is compiled out of every build that is released: CPython's own flags define `NDEBUG`.
        let assertions: Vec<&Call> =
            body.calls.iter().filter(|call| asserts(source.word(call.name))).collect();
        access::accesses(body, &mut |mut access: Access<'a>| {
            let stands = |call: &&&Call| call.open < access.from && access.from < call.end;
            let assertion = assertions.iter().find(stands).map(|call| source.word(call.name));
            if assertion == Some("assert") || self.is_elsewhere(index, access.from) {
                return;
            }
            let place = self.place(access.from, access.to);
            let mut bits = self.bits(read, access.from);
            if let Base::Object { text, .. } = &access.base
                && self.locks_its_like(read, access.from, text)
            {
                bits = bits.without(Bits::LOCK.with(Bits::SECTION));
            }
            let (callee, argument) = match access.call {
                Some((name, argument)) => (namer.number(source.word(name)), argument.min(255) as u8),
                None => (0, 0),
            };
            // A write after a test that found the same path empty fills it on first use, unless it clears it.
            let mut lazy = None;
            // Whoever hands an object on that was found empty has it filled.
            let filled = access.act == Act::Pass && is_value(body, &access.base) && access.field.is_empty();
            if access.asks || filled || matches!(access.act, Act::Test | Act::Write | Act::Swap) {
                let key = super::regions::text(body, access.from, access.to);
                if access.asks || access.act == Act::Test {
                    let list = tests.entry(key).or_default();
                    if assertion.is_none() && list.len() < TESTS {
                        list.push((access.from, access.empty));
                    }
                } else if !is_cleared(body, access.to + 1) {
                    let inside = |(from, to): (usize, usize)| from <= access.from && access.from < to;
                    let test = tests.get(&key).and_then(|list| list.iter().find(|(_, one)| inside(*one)));
                    lazy = test.map(|(at, _)| self.place(*at, *at + 1));
                    if filled && lazy.is_some() {
                        access.act = Act::Write;
                    }
                } else if access.act == Act::Write {
                    access.act = Act::Clear;
                }
            }
            match &access.base {
                Base::Object { kind, by_call, origin, text } => {
                    if access.call.is_some_and(|(_, argument)| argument == usize::MAX) {
                        return;
                    }
                    out.fields.push(FieldSeen {
                        function: index as u32,
                        kind: namer.number(kind),
                        by_call: *by_call,
                        field: namer.number(&access.field),
                        object: namer.number(text),
                        origin: *origin,
                        act: access.act,
                        deep: access.deep,
                        lazy,
                        callee,
                        argument,
                        bits,
                        place,
                    });
                }
                Base::Static(name) | Base::Global(name, _) => {
                    let inner = matches!(access.base, Base::Static(_));
                    let ours = !matches!(access.base, Base::Global(_, false));
                    let plain = matches!(access.act, Act::Read | Act::Test | Act::Pass | Act::Borrow);
                    if !ours && plain && !read_once.insert((name, access.field.clone())) {
                        return;
                    }
                    let lambda = index.checked_sub(self.plain()).and_then(|at| self.file.lambdas.get(at));
                    let captured = lambda.filter(|one| {
                        let declared = body.locals.get(*name).map_or(0, |local| local.declared.token);
                        inner && !(one.function.head..=one.function.body.1).contains(&declared)
                    });
                    out.uses.push(GlobalUse {
                        function: index as u32,
                        owner: captured.map_or(index, |one| one.outer) as u32,
                        name: namer.number(name),
                        member: namer.number(&access.field),
                        inner,
                        act: access.act,
                        deep: access.deep,
                        lazy,
                        callee,
                        argument,
                        bits,
                        place,
                    });
                }
            }
        });
    }

    /// How deep brackets are nested between two tokens; one that nothing closes counts.
    fn depth(&self, from: usize, to: usize) -> u32 {
        let source = self.file.source();
        let (mut depth, mut most) = (0_u32, 0);
        for i in from..to {
            if [op(b"("), op(b"["), op(b"{")].iter().any(|one| source.is(i, *one)) {
                depth = depth.saturating_add(1);
                most = depth.max(most);
            } else if [op(b")"), op(b"]"), op(b"}")].iter().any(|one| source.is(i, *one)) {
                depth = depth.saturating_sub(1);
            }
        }
        most
    }

    /// Runs the rules that are queries over the functions in which one could match.
    fn queries(&self, out: &mut CSeen, rules: &RuleSet) {
        let language = self.language();
        let source = self.file.source();
        let mut text: Vec<u8> = Vec::new();
        let texts = rules.asks_for_texts(language);
        for read in self.functions.iter().take(self.plain()) {
            let function = read.body.function;
            let (from, to) = function.body;
            let relevant = (from..to).any(|i| {
                let known = self.names.at(i);
                let lent = known.own && self.lenders.contains_key(source.word(i));
                let traits = if lent { known.traits.with(lending()) } else { known.traits };
                let name = || Named { traits, detached: read.stretches.detached(i) };
                (texts || traits != Traits::default()) && rules.may_match(language, name(), source.word(i))
            });
            if !relevant {
                continue;
            }
            if self.depth(from, to) > DEEPEST {
                out.unread = true;
                continue;
            }
            if text.is_empty() {
                text.resize(self.file.code.len(), b' ');
            }
            let range = source.start(function.head) as usize..source.end(to) as usize;
            let code = self.file.code.as_bytes();
            if let (Some(target), Some(origin)) = (text.get_mut(range.clone()), code.get(range)) {
                target.copy_from_slice(origin);
            }
            // Macros that stand where a statement would, without brackets or `;`, are no expressions.
            for i in from..to {
                if source.is_ident(i)
                    && !source.is(i + 1, op(b"("))
                    && !source.is(i + 1, op(b";"))
                    && self.names.at(i).effect.is_some()
                    && let Some(word) = text.get_mut(source.start(i) as usize..source.end(i) as usize)
                {
                    word.fill(b' ');
                }
            }
        }
        if text.is_empty() {
            return;
        }
        let Some(tree) = rules.parse(language, &text) else {
            out.unread = true;
            return;
        };
        let context = FileContext { scan: self };
        rules.run(language, tree.root_node(), &text, &context, &mut |hit| {
            let (start, end) = (hit.bytes.start as u32, hit.bytes.end as u32);
            let found = self.at(start);
            let location = self.file.location(start, end);
            let function = found.map_or("", |(_, read)| read.body.function.name.as_str());
            let site = String::from_utf8_lossy(text.get(hit.bytes.clone()).unwrap_or_default()).into_owned();
            let owner = found.and_then(|(_, read)| read.body.function.class.clone()).unwrap_or_default();
            let place = found::Place { location, function: function.to_owned(), owner, text: site };
            out.pending.push(Pending {
                finding: found::finding(hit.wording, &place),
                function: found.map(|(index, _)| index as u32),
                unless: Bits::of_regions(&hit.unless),
                shared: hit.shared.map(|range| context.origin(range)),
            });
        });
    }
}

/// Whether a type is a plain number's, also one that a library gives its own prefix.
pub fn is_number(base: &str) -> bool {
    let plain = base.rsplit_once('_').map_or(base, |(before, last)| if last == "t" { before } else { last });
    let plain = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let own = base.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if own
        && matches!(plain, "int" | "uint" | "intp" | "uintp" | "bool" | "byte" | "ubyte" | "float" | "double")
    {
        return true;
    }
    matches!(
        base,
        "int" | "long" | "short" | "char" | "unsigned" | "signed" | "float" | "double" | "bool" | "_Bool"
    ) || matches!(base, "size_t" | "ssize_t" | "Py_ssize_t" | "DWORD" | "ULONG" | "BOOL")
        || (base.ends_with("_t") && (base.starts_with("int") || base.starts_with("uint")))
}

fn lending() -> Traits {
    [Trait::BorrowsFromContainer].into_iter().collect()
}

/// Regions that a function lies in by its role and name.
fn always(function: &Function, role: Option<&Role>) -> Bits {
    let name = function.name.as_str();
    let tables = Knowledge::builtin().tables();
    let mut bits = Bits::default();
    if role == Some(&Role::Exec) || tables.makes_module(name) || is_module_init(name) {
        bits = bits.with(Bits::INIT);
    }
    let lower = name.to_ascii_lowercase();
    // Constructors and destructors: nobody else has the object yet, or any more.
    if function.class.as_deref() == Some(name) || role == Some(&Role::Dealloc) || lower.ends_with("dealloc") {
        bits = bits.with(Bits::DEALLOC);
    }
    // The collector visits objects while all other threads stand still.
    if lower.ends_with("_traverse") {
        bits = bits.with(Bits::DEALLOC).with(Bits::INIT);
    }
    if says_locked(name) {
        bits = bits.with(Bits::LOCK).with(Bits::SECTION);
    }
    bits
}

/// Names that only a module's own set-up has.
fn is_module_init(name: &str) -> bool {
    let words = super::names::words(name);
    let has = |word: &str| words.iter().any(|one| one == word);
    // `import_x()` fills a table of another module's functions, once, before anything else.
    words.first().is_some_and(|first| first == "import")
        || has("module") && (has("exec") || has("init"))
        || matches!(name, "moduleinit" | "module_exec" | "init_module")
}

/// Whether a path begins with a static of the function that is an object of a class.
fn is_value(body: &Body<'_>, base: &Base<'_>) -> bool {
    let Base::Static(name) = base else { return false };
    body.locals.get(name).is_some_and(|local| {
        let one = &local.declared;
        one.pointers == 0 && !one.array && !is_number(&one.base)
    })
}

/// Whether what is assigned from token `i` on only clears the variable.
fn is_cleared(body: &Body<'_>, i: usize) -> bool {
    let source = &body.source;
    // `a = b->c = NULL` clears both.
    let end = body.expression_end(i, body.function.body.1);
    let equals = (i..end.min(i + 24)).rev().find(|&t| source.is(t, op(b"=")));
    let i = equals.map_or(i, |at| at + 1);
    let null = source.is_null(i) || source.word(i) == "false";
    let after = i + 1;
    null && [op(b";"), op(b","), op(b")")].iter().any(|one| source.is(after, *one))
}

/// Parameters that a function uses, and only while it holds a lock: whoever hands one over need not hold it.
fn guarded_params(read: &Read<'_>) -> Origin {
    if read.stretches.list.is_empty() {
        return Origin::OWN;
    }
    let body = &read.body;
    let (from, to) = body.function.body;
    let (mut inside, mut outside) = (Origin::OWN, Origin::OWN);
    for i in from..to {
        let Some(param) = body.locals.get(body.source.word(i)).and_then(|local| local.param) else {
            continue;
        };
        let side = if read.stretches.locked(i) { &mut inside } else { &mut outside };
        *side = side.or(Origin::param(param));
    }
    Origin(inside.0 & !outside.0 & !Origin::SHARED.0)
}

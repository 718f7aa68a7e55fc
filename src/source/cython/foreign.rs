//! What a Cython file takes from C: under which names, and what the facts say of calling it.

use std::borrow::Cow;

use super::facts::{Site, Sort};
use super::lex::Kind;
use super::read::{Inside, Opened, Walk};
use crate::knowledge::{Domain, Knowledge, Trait, Traits};

impl Inside {
    /// Whether a name is a variable of the function.
    pub(super) fn has(&self, name: &str) -> bool {
        self.locals.contains(name)
            || self.objects.contains_key(name)
            || self.types.contains_key(name)
            || self.parameters.iter().any(|one| one == name)
    }
}

/// Packages of `.pxd` files that declare the functions of C libraries.
const PACKAGES: [&str; 3] = ["cpython", "libc", "posix"];

impl Walk<'_> {
    /// `from module cimport name as other`, `cimport package.module as other`.
    pub(super) fn import(&mut self, from: usize, to: usize) {
        let text = self.text;
        self.cython_named(from, to);
        // `from cython.cimports.libc.stdlib import malloc`
        let pure = text.is(from, "from") && text.is(from + 1, "cython") && text.is(from + 3, "cimports");
        let word = if pure { "import" } else { "cimport" };
        let Some(cimport) = text.find(from, to, |at| text.is(at, word)) else {
            let names = (from..to).map(|at| text.name(at)).filter(|name| !name.is_empty());
            self.of_python.extend(names.map(str::to_owned));
            return;
        };
        let (mut start, mut end) = (cimport + 1, to);
        if text.is(start, "(") {
            end = text.after(start).saturating_sub(1);
            start += 1;
        }
        let module = if cimport == from { "" } else { text.name(from + if pure { 5 } else { 1 }) };
        for (one, stop) in text.split(start, end) {
            let name = text.name(one).to_owned();
            let alias = (one..stop).find(|at| text.is(*at, "as")).map(|at| text.name(at + 1).to_owned());
            let operator = module == "cython" && text.is(from + 2, ".") && text.is(from + 3, "operator");
            if operator && (name.ends_with("increment") || name.ends_with("decrement")) {
                self.steps.insert(alias.clone().unwrap_or_else(|| name.clone()));
            }
            let of_c = PACKAGES.contains(&if module.is_empty() { name.as_str() } else { module });
            let local = alias.clone().unwrap_or_else(|| name.clone());
            // `from package cimport module`, too.
            if !(of_c || module.is_empty() && text.is(one + 1, ".")) {
                self.declaring.insert(local.clone());
            } else if !of_c {
                // Of `cimport package.module` the last word stands before what is called.
                let last = (one..stop).take_while(|at| !text.is(*at, "as")).last();
                let last = last.map_or("", |at| text.name(at));
                self.dotted.insert(alias.clone().unwrap_or_else(|| last.to_owned()));
            }
            if of_c && (module.is_empty() && alias.is_some() || !module.is_empty()) {
                // `from cpython cimport dict as d` gives a module a name, or a function.
                self.modules.insert(local.clone());
            }
            let constant = local.len() > 2 && !local.bytes().any(|byte| byte.is_ascii_lowercase());
            let variable = alias.is_none() && self.arguments.contains(local.as_str());
            if (constant || variable) && !module.is_empty() && !of_c {
                self.known.insert(local.clone());
                self.facts.cimported.insert(local.clone());
            }
            // What another file declares under a name of the C API is that.
            let known = Knowledge::builtin();
            let of_library = || known.libraries().of(&name).is_some();
            if !module.is_empty() && (of_c || known.c_api(&name).is_some() || of_library()) {
                self.imported.insert(local, name);
            }
        }
    }

    /// The string at a token.
    pub(super) fn literal(&self, at: usize) -> Option<String> {
        let token = self.text.tokens.get(at).filter(|token| token.kind == Kind::Text)?;
        let bytes = self.bytes.get(token.start as usize..token.end as usize)?;
        let text = std::str::from_utf8(bytes).ok()?;
        Some(text.trim_matches(['"', '\'']).to_owned())
    }

    /// What the facts know of a function by the name used here: one that was imported, or, since nothing else is called
    /// so, one of the C API.
    pub(super) fn imported_traits(&self, name: &str) -> Traits {
        let known = Knowledge::builtin();
        match self.imported.get(name) {
            Some(original) => known.traits(original),
            None if self.is_own(name) => Traits::default(),
            None => known.c_api(name).map(|fact| fact.traits).unwrap_or_default(),
        }
    }

    /// Whether a name that was not taken from C is Python's.
    fn is_own(&self, name: &str) -> bool {
        self.python || self.of_python.contains(name)
    }

    /// What the facts know of the function that the token names.
    pub(super) fn traits(&self, name: &str, at: usize) -> Traits {
        if at > 1 && self.text.is(at - 1, ".") {
            if self.is_of_c(at) {
                return Knowledge::builtin().traits(name);
            }
            // Nothing else is called so, whoever declares it.
            return if self.is_of_includer(at) || self.is_of_cimported(at) {
                Knowledge::builtin().c_api(name).map(|fact| fact.traits).unwrap_or_default()
            } else {
                Traits::default()
            };
        }
        self.imported_traits(name)
    }

    /// Whether the token is part of a module that only the including file can have imported: an included one does not
    /// say by which name that has the C API.
    fn is_of_includer(&self, at: usize) -> bool {
        let prefix = self.text.name(at.saturating_sub(2));
        let module = at < 3 || !self.text.is(at - 3, ".");
        self.facts.path.ends_with(".pxi")
            && module
            && !prefix.is_empty()
            && !self.is_own(prefix)
            && !self.inside.iter().any(|inside| inside.has(prefix))
    }

    /// Whether the token is part of a Cython module that was taken whole: a project's own declarations of the C API.
    fn is_of_cimported(&self, at: usize) -> bool {
        (at < 3 || !self.text.is(at - 3, "."))
            && self.declaring.contains(self.text.name(at.saturating_sub(2)))
    }

    /// Whether what the token names is part of a module of C functions.
    fn is_of_c(&self, at: usize) -> bool {
        let text = self.text;
        let mut first = at;
        while first > 1 && text.is(first - 1, ".") {
            first -= 2;
        }
        let module = text.name(first);
        PACKAGES.contains(&module) || self.modules.contains(module)
    }

    /// A call of a function that the facts know.
    pub(super) fn known_call(
        &mut self,
        callee: &str,
        traits: Traits,
        (name, open): (usize, usize),
        whole: (usize, usize),
    ) {
        let text = self.text;
        let original =
            self.imported.get(callee).map_or(Cow::Borrowed(callee), |name| Cow::Owned(name.clone()));
        let any = |wanted: &[Trait]| traits.any(wanted.iter().copied().collect());
        let close = text.after(open);
        let container =
            text.find(open + 1, close.saturating_sub(1), |at| text.is(at, ",")).unwrap_or(close - 1);
        let own = container == open + 2
            && self.inside.last().is_some_and(|inside| inside.fresh.contains(text.name(open + 1)));
        let tested = ["==", "!=", "is"].iter().any(|op| text.is(close, op)) && text.is(close + 1, "NULL");
        let borrows = any(&[Trait::BorrowsFromContainer, Trait::ReadsListSlot, Trait::BorrowsFromWeakref]);
        let found: &[(&str, &str, bool)] = &[
            ("cython-borrowed", "call", borrows && !own && !tested),
            ("cython-borrowed", "items", any(&[Trait::ExposesItems]) && !own),
            (
                "cython-borrowed",
                "bytes",
                any(&[Trait::ExposesMutableBuffer]) && self.is_others(open, container),
            ),
            ("cython-dict-iteration", "call", any(&[Trait::IteratesDict, Trait::IteratesSet]) && !own),
            ("cython-refcount", "read", any(&[Trait::ReadsRefcount])),
            ("cython-libc", "lock-only", any(&[Trait::Racy]) && any(&[Trait::LockOnly])),
            ("cython-libc", "twin", any(&[Trait::Racy]) && !any(&[Trait::LockOnly])),
            ("cython-nogil", "call", any(&[Trait::NeedsThreadState]) && self.without_state()),
        ];
        let end = close.min(whole.1).max(name + 1);
        for (detector, case, holds) in found {
            if *holds {
                self.site(detector, case, &original, (name, end));
            }
        }
    }

    /// Whether the first argument is what Python handed over, which others may have. What an attribute holds may be of a
    /// size that nobody changes.
    fn is_others(&self, open: usize, end: usize) -> bool {
        let Some(inside) = self.inside.last() else { return false };
        let name = self.text.name(open + 1);
        let private = self.facts.functions.get(inside.at).is_none_or(|one| one.sort == Sort::Private);
        !private
            && end == open + 2
            && inside.parameters.iter().any(|one| one == name)
            && !inside.fresh.contains(name)
            && !inside.replaced.contains(name)
    }

    /// A call of a function that shares state of a library: by the name that it was taken under, or as a part of a module.
    /// Whether some file declares it, and takes it from that library, is known when all are read.
    pub(super) fn library_call(&mut self, name: usize, open: usize, whole: (usize, usize)) {
        let text = self.text;
        let callee = text.name(name);
        let dotted = text.is(name.saturating_sub(1), ".");
        let first = if dotted { text.name(name.saturating_sub(2)) } else { callee };
        let original = self.imported.get(callee).filter(|_| !dotted).map_or(callee, String::as_str);
        if self.is_own(first)
            || self.inside.iter().any(|inside| inside.has(first))
            || Knowledge::builtin().libraries().of(original).is_none()
        {
            return;
        }
        let original = original.to_owned();
        let end = text.after(open).min(whole.1).max(name + 1);
        self.site("cython-library", "call", &original, (name, end));
    }

    /// Whether the thread state is given up here, or the function is declared for callers that have.
    fn without_state(&self) -> bool {
        let gil = self.around().any(|kind| matches!(kind, Opened::Gil(_)));
        let function = self.inside.last().and_then(|inside| self.facts.functions.get(inside.at));
        if gil { self.detached() } else { function.is_some_and(|function| function.nogil) }
    }

    pub(super) fn site(
        &mut self,
        detector: &'static str,
        case: &'static str,
        callee: &str,
        (from, to): (usize, usize),
    ) {
        let Some(inside) = self.inside.last() else { return };
        let site = Site {
            detector,
            case,
            callee: callee.to_owned(),
            given: None,
            function: Some(inside.at),
            locked: self.locked(),
            span: self.span(from, to),
        };
        self.facts.sites.push(site);
    }

    /// Whether a call replaces what its first argument, which ends before `end`, names.
    pub(super) fn is_replaced_by(&self, callee: &str, position: usize, end: usize) -> bool {
        let text = self.text;
        !self.python
            && position == 0
            && (text.is(end, ",") || text.is(end, ")"))
            && self.imported_traits(callee).has(Trait::ReplacesField)
    }

    /// `p.use_count() > 1`: a decision by how many pointers of C++ share an object.
    pub(super) fn shared_count(&mut self, at: usize, (from, to): (usize, usize)) {
        let text = self.text;
        if self.python || !text.is(at, "use_count") || at <= from {
            return;
        }
        let decides = matches!(text.name(from.wrapping_sub(1)), "if" | "elif" | "while");
        let called = decides && text.is(at - 1, ".") && text.is(at + 1, "(") && text.is(at + 2, ")");
        let end = at + 3;
        let compares = ["==", "!=", ">", ">=", "<", "<="].iter().any(|op| text.is(end, op));
        let number = text.tokens.get(end + 1).is_some_and(|token| token.kind == Kind::Number);
        if called && compares && number {
            let callee = text.name(at).to_owned();
            self.site("cython-refcount", "shared", &callee, (at, end.min(to)));
        }
    }

    /// A field of the object's head that counts references: `(<PyObject *>o).ob_refcnt`.
    pub(super) fn count(&mut self, at: usize, whole: (usize, usize)) {
        let text = self.text;
        let name = text.name(at);
        if at > 0
            && text.is(at - 1, ".")
            && Knowledge::builtin().c_api(name).is_some_and(|fact| fact.traits.has(Trait::RefcountField))
        {
            let name = name.to_owned();
            self.site("cython-refcount", "read", &name, (at, (at + 1).min(whole.1)));
        }
    }

    /// The name in C of what a token names, if it comes from there.
    fn original(&self, at: usize) -> Option<&str> {
        let name = self.text.name(at);
        if at > 1 && self.text.is(at - 1, ".") {
            return self.is_of_c(at).then_some(name);
        }
        match self.imported.get(name) {
            Some(original) => Some(original.as_str()),
            None => (!self.is_own(name) && Knowledge::builtin().c_api(name).is_some()).then_some(name),
        }
    }

    /// Remembers in which domain the memory is that a local is given.
    pub(super) fn took(&mut self, local: &str, (from, to): (usize, usize)) {
        let text = self.text;
        let start = if text.is(from, "<") {
            text.find(from, to, |at| text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        if start + 1 == to && text.is(start, "NULL") {
            return;
        }
        let open = text.find(start, to, |at| text.is(at, "(")).filter(|open| text.after(*open) == to);
        let made = open.and_then(|open| {
            let name = self.original(open.saturating_sub(1))?;
            Domain::allocates(Knowledge::builtin().traits(name), name)
        });
        let Some(inside) = self.inside.last_mut() else { return };
        match inside.memory.get_mut(local) {
            Some(known) if *known != made => *known = None,
            Some(_) => {}
            None => {
                inside.memory.insert(local.to_owned(), made);
            }
        }
    }

    /// A call that takes memory from the objects' domain, or gives it back to another than it came from.
    pub(super) fn memory(&mut self, name: usize, open: usize, whole: (usize, usize)) {
        let text = self.text;
        let Some(callee) = self.original(name).map(str::to_owned) else { return };
        let traits = Knowledge::builtin().traits(&callee);
        let close = text.after(open);
        let end = close.min(whole.1).max(name + 1);
        if let Some(freed) = Domain::frees(traits, &callee) {
            let first = open + 1;
            let stop = text.find(first, close.saturating_sub(1), |at| text.is(at, ",")).unwrap_or(close - 1);
            let start = if text.is(first, "<") {
                text.find(first, stop, |at| text.is(at, ">")).map_or(first, |at| at + 1)
            } else {
                first
            };
            let given = self.inside.last().and_then(|inside| inside.memory.get(text.name(start)).copied());
            if start + 1 == stop && given.flatten().is_some_and(|taken| taken != freed) {
                return self.site("cython-allocator", "variable", &callee, (name, end));
            }
        }
        // `<PyObject *>PyObject_Malloc(…)` makes an object.
        let cast = (name.saturating_sub(6)..name).any(|at| text.name(at).ends_with("Object"));
        if traits.has(Trait::AllocObj) && !cast {
            self.site("cython-allocator", "non-object", &callee, (name, end));
        }
    }
}

//! Declarations of C things: types, attributes, variables and functions of `extern` blocks.

use super::below::{Foreign, last_word};
use super::facts::{Class, Handle, Sort, Variable};
use super::lex::Kind;
use super::read::{Opened, Walk};
use super::settings;
use super::types::{self, Type};
use crate::source::c::names::{says_look, words};

/// How many parameters of a declared function are looked at, each beside all others.
const PARAMETERS: usize = 64;

impl Walk<'_> {
    /// A statement in an `extern` block: names of C functions.
    pub(super) fn foreign(&mut self, from: usize, to: usize, indent: u32) {
        let shape = ["struct", "union", "enum", "class", "cppclass"];
        let head = (from..to.min(from + 4)).any(|at| shape.contains(&self.text.name(at)));
        if head {
            if self.text.is(from, "ctypedef") || (from..to).any(|at| self.text.is(at, ":")) {
                let word = if self.text.is(from, "ctypedef") { from + 1 } else { from };
                self.shape_name(word, to);
            }
            if self.text.is(to - 1, ":") {
                let class = self.text.find(from, to, |at| self.text.is(at, "cppclass"));
                let kind = class.and_then(|at| self.foreign_class(at + 1)).map(Opened::Foreign);
                self.open(indent, kind.unwrap_or(Opened::Shape));
            }
        } else if self.text.is(from, "ctypedef") {
            self.alias(from + 1, to, indent);
        } else if let Some(open) = self.text.find(from, to, |at| self.text.is(at, "(")) {
            // `name "its_name_in_C"(…)`.
            let token = open.saturating_sub(1);
            let renamed = self.literal(token);
            let name = self.text.name(token - usize::from(renamed.is_some() && token > 0)).to_owned();
            self.handles(&name, (from, token - usize::from(renamed.is_some() && token > 0)), open);
            self.setting(&name, open);
            self.facts.foreign.extend(Foreign::new(&name, renamed.as_deref(), ""));
            self.imported.insert(name.clone(), renamed.unwrap_or(name));
        } else {
            self.foreign_variables(from, to);
        }
    }

    /// Variables of C that an `extern` block declares: there is one of each for all threads, as of those that the module
    /// has itself. Who sets or tells one is what matters; a macro that is declared so is never set.
    fn foreign_variables(&mut self, from: usize, to: usize) {
        for one in types::declared(self.text, from, to) {
            // What went wrong last is kept for each thread.
            if one.name.ends_with("errno") {
                continue;
            }
            let span = self.span(from, to);
            let (of_cpp, one_of, dotted) = (one.of_cpp, one.one_of, one.dotted);
            let (name, kind) = (one.name, one.kind);
            self.facts.globals.push(Variable { name, kind, of_cpp, one_of, dotted, plain: false, span });
        }
    }

    /// The name in C++ of the class that is declared as `name`, `name[T]` or `name "its::name"`.
    fn foreign_class(&mut self, name: usize) -> Option<String> {
        let written = self.literal(name + 1);
        let class = last_word(written.as_deref().unwrap_or_else(|| self.text.name(name)))?.to_owned();
        self.facts.cpp.insert(self.text.name(name).to_owned(), class.clone());
        Some(class)
    }

    /// A statement in the declaration of a C++ class: its member functions.
    pub(super) fn member(&mut self, class: &str, from: usize, to: usize, indent: u32) {
        if self.text.is(to - 1, ":") {
            // A class within the class.
            self.open(indent, Opened::Shape);
        } else if let Some(open) = self.text.find(from, to, |at| self.text.is(at, "(")) {
            let token = open.saturating_sub(1);
            let renamed = self.literal(token);
            let at = token - usize::from(renamed.is_some() && token > 0);
            let name = self.text.name(at);
            self.facts.foreign.extend(Foreign::new(name, renamed.as_deref(), class));
            let acts = self.acts(class, (from, at), open, None) && !says_look(name, 0) && !shows(name);
            *self.facts.acts.entry((class.to_owned(), name.to_owned())).or_insert(true) &= acts;
        }
    }

    /// Whether a function that is declared gives nothing, so that it is called for what it does, and is handed no address
    /// of what it could do that to, but the one at `handle`. A member of `class` may give its object once more.
    fn acts(&self, class: &str, (from, name): (usize, usize), open: usize, handle: Option<usize>) -> bool {
        let text = self.text;
        let again = name > from + 1 && text.is(name - 1, "&") && text.name(name - 2) == class;
        let nothing = again || name > from && text.is(name - 1, "void");
        let close = text.after(open).saturating_sub(1);
        let constant = |(from, to): (usize, usize)| {
            let address = (from..to).any(|at| ["*", "**", "&", "(", "["].iter().any(|one| text.is(at, one)));
            !address || text.is(from, "const")
        };
        let parameters = text.split(open + 1, close).into_iter().enumerate();
        let mut others = parameters.filter(|(nth, _)| Some(*nth) != handle);
        nothing && others.all(|(_, one)| constant(one))
    }

    /// Keeps which parameters of a C function are addresses of one thing of a named type.
    fn handles(&mut self, function: &str, head: (usize, usize), open: usize) {
        let text = self.text;
        let close = text.after(open).saturating_sub(1);
        let gives = (open.saturating_sub(3)..open).any(|at| text.is(at, "*") || text.is(at, "**"));
        let mut parameters = text.split(open + 1, close);
        parameters.truncate(PARAMETERS);
        let (mut later, only) = (false, parameters.len() == 1);
        let numbers = |skipped: usize| {
            let others = parameters.iter().enumerate().filter(move |(nth, _)| *nth != skipped);
            others
                .map(|(_, (from, _))| *from)
                .all(|at| text.is(at, "const") || types::is_plain(text.name(at)))
        };
        let (from, name) = head;
        let value = name > from && !text.is(name - 1, "void");
        let bare = |skipped: usize| {
            let others = parameters.iter().enumerate().filter(move |(nth, _)| *nth != skipped);
            others.map(|(_, one)| *one).all(|(from, to)| {
                !(from..to).any(|at| ["*", "**", "&", "const", "[", "("].iter().any(|one| text.is(at, one)))
            })
        };
        let mut named_before = false;
        for (position, &(from, to)) in parameters.iter().enumerate() {
            let stars = (from..to).filter(|at| text.is(*at, "*")).count();
            let double = stars == 2 || text.find(from, to, |at| text.is(at, "**")).is_some();
            if double && !text.is(from, "const") {
                self.facts.outs.insert((function.to_owned(), position));
            }
            let constant = text.is(from, "const");
            let name = from + usize::from(constant);
            let star = name + 1;
            let ends = star + 1 >= to || (text.is_name(star + 1) && star + 2 >= to);
            let of = text.name(name);
            let thing = text.is(star, "*") && ends && (!types::is_plain(of) || of == "FILE");
            if !of.is_empty() && thing && of != "FILE" {
                let acts = self.acts("", head, open, Some(position)) && !shows(function);
                let (function, of) = (function.to_owned(), of.to_owned());
                self.facts.handles.insert(Handle {
                    function,
                    position,
                    of,
                    constant,
                    gives,
                    acts,
                    later,
                    only,
                    by_name: false,
                    tells: false,
                });
            }
            // `mat_t rows`: an address all the same where that names an array of one.
            let named = !of.is_empty()
                && !types::is_plain(of)
                && (star >= to || text.is_name(star) && star + 1 >= to);
            if named {
                let nothing = self.acts("", head, open, Some(position)) && numbers(position);
                self.facts.handles.insert(Handle {
                    function: function.to_owned(),
                    position,
                    of: of.to_owned(),
                    constant,
                    gives,
                    acts: nothing && !shows(function),
                    later: later || named_before,
                    only,
                    by_name: true,
                    tells: value && bare(position),
                });
            }
            named_before |= named && !constant;
            later |= thing && !constant;
        }
    }

    /// Keeps a C function that tells or changes a setting of the process: what is one plain value is no object.
    fn setting(&mut self, function: &str, open: usize) {
        let text = self.text;
        let close = text.after(open).saturating_sub(1);
        let parameters = text.split(open + 1, close);
        let nothing = parameters.len() == 1 && close == open + 2 && text.is(open + 1, "void");
        let count = if nothing || close <= open + 1 { 0 } else { parameters.len() };
        let handle =
            (open + 1..close).any(|at| ["*", "**", "[", "(", "..."].iter().any(|one| text.is(at, one)));
        self.facts.settings.extend(settings::setting(function, count, handle));
    }

    /// Keeps the name of a struct, enumeration or C++ class.
    fn shape_name(&mut self, from: usize, to: usize) {
        let mut at = from;
        while matches!(self.text.name(at), "cdef" | "cpdef" | "public" | "packed" | "api") {
            at += 1;
        }
        let kind = match self.text.name(at) {
            "enum" => Type::Number,
            "cppclass" => Type::Cpp,
            "class" => Type::Object,
            _ => Type::Struct,
        };
        at += 1 + usize::from(self.text.is(at + 1, "class"));
        if self.text.is_name(at) && at < to {
            self.facts.aliases.insert(self.text.name(at).to_owned(), kind);
        }
    }

    pub(super) fn alias(&mut self, from: usize, to: usize, indent: u32) {
        if matches!(
            self.text.name(from),
            "struct" | "union" | "enum" | "packed" | "class" | "public" | "fused"
        ) {
            self.shape_name(from, to);
            if self.text.is(to - 1, ":") {
                self.open(indent, Opened::Shape);
            }
            return;
        }
        for one in types::declared(self.text, from, to) {
            self.facts.aliases.insert(one.name, one.kind);
        }
    }

    /// What follows `cdef` or `cpdef`, or stands in a block of declarations.
    pub(super) fn declaration(&mut self, from: usize, to: usize, indent: u32) -> Option<usize> {
        let text = self.text;
        let private = !text.is(from.saturating_sub(1), "cpdef");
        let mut at = from + usize::from(text.is(from, "cdef"));
        while matches!(text.name(at), "public" | "api" | "readonly" | "inline" | "packed" | "static") {
            at += 1;
        }
        match text.name(at) {
            "class" => {
                self.class(at + 1, to, indent);
                return None;
            }
            "struct" | "union" | "enum" | "cppclass" if text.is(to - 1, ":") => {
                self.shape_name(at, to);
                self.open(indent, Opened::Shape);
                return None;
            }
            "extern" if text.is(at + 1, "from") => {
                self.facts.included.extend(self.literal(at + 2));
                self.open(indent, Opened::Extern);
                return None;
            }
            "" if text.is(at, ":") => {
                self.open(indent, Opened::Declarations);
                return None;
            }
            _ => {}
        }
        let stop = text.find(at, to, |at| text.is(at, "=")).unwrap_or(to);
        let open = text.find(at, stop, |at| text.is(at, "(")).filter(|open| *open > at);
        if let Some(open) = open.filter(|open| !text.is(open + 1, "*") && text.is_name(open - 1)) {
            if text.find(open, to, |at| text.is(at, ":")).is_some() {
                let sort = if private { Sort::Private } else { Sort::Python };
                return self.function(open - 1, to, indent, sort);
            }
            return None;
        }
        self.variables(at, to);
        None
    }

    pub(super) fn variables(&mut self, from: usize, to: usize) {
        let owner = self.stack.last().map(|block| &block.kind);
        let owner = match owner {
            // The block's owner is around it.
            Some(Opened::Declarations) => self.stack.iter().rev().nth(1).map(|block| &block.kind),
            other => other,
        };
        let class = match owner {
            Some(Opened::Class(at)) => Some(*at),
            _ => None,
        };
        // Python reads and sets what is public of any object that it is given.
        let public =
            (from.saturating_sub(2)..to).any(|at| matches!(self.text.name(at), "public" | "readonly"));
        if let Some(class) = class.filter(|_| public).and_then(|at| self.facts.classes.get(at)) {
            self.facts.kept.insert(class.name.clone());
        }
        for one in types::declared(self.text, from, to) {
            let span = self.span(from, to);
            let (name, kind) = (one.name.clone(), one.kind.clone());
            let (of_cpp, one_of, dotted) = (one.of_cpp, one.one_of.clone(), one.dotted);
            let variable = Variable { name, kind, of_cpp, one_of, dotted, plain: false, span };
            if !self.inside.is_empty() {
                self.local(&one);
            } else if let Some(class) = class.and_then(|at| self.facts.classes.get_mut(at)) {
                class.fields.push(variable);
            } else {
                self.facts.globals.push(variable);
            }
            if let Some((start, end)) = one.value
                && self.uses
            {
                self.expressions(start, end);
            }
        }
    }

    /// `class NAME(…):` of Python's.
    pub(super) fn plain_class(&mut self, name: usize, to: usize, indent: u32) {
        self.decorators.clear();
        let mut at = None;
        if self.python && self.inside.is_empty() && name < to {
            let class = Class { name: self.text.name(name).to_owned(), ..Class::default() };
            self.facts.classes.push(class);
            at = Some(self.facts.classes.len() - 1);
        }
        self.open(indent, Opened::Plain(at));
    }

    /// `NAME = value` in the body of a Python module, or of a class in it.
    pub(super) fn module_variable(&mut self, from: usize, to: usize) {
        let text = self.text;
        let equal = text.find(from, to, |at| text.is(at, "=")).unwrap_or(to);
        if !text.is_name(from) || equal >= to || !(equal == from + 1 || text.is(from + 1, ":")) {
            return;
        }
        let number = text.tokens.get(equal + 1).is_some_and(|token| token.kind == Kind::Number);
        let kind = match text.name(equal + 1) {
            _ if self.is_fresh(equal + 1, to) => Type::Container,
            "defaultdict" | "OrderedDict" | "Counter" | "WeakValueDictionary" | "WeakKeyDictionary" => {
                Type::Container
            }
            _ if number && equal + 2 == to => Type::Number,
            _ => Type::Object,
        };
        let (name, span) = (text.name(from).to_owned(), self.span(from, to));
        let plain = !self.python;
        // `NAME: type = …` and `NAME = cython.declare(…)` make a C variable.
        if plain && (equal != from + 1 || text.is(self.of_cython(equal + 1), "declare")) {
            return;
        }
        let made = text.name(equal + 1);
        let table = kind == Type::Container
            && (text.is(equal + 1, "{") || made.ends_with("dict") || made.ends_with("Dict"));
        // A table need not be put under its name anew for functions to fill it.
        if plain
            && (!(self.rebound.contains(name.as_str()) || table)
                || self.is_global_beside(&name)
                || self.facts.globals.iter().any(|one| one.name == name))
        {
            return;
        }
        let variable =
            Variable { name, kind, of_cpp: false, one_of: String::new(), dotted: false, plain, span };
        match self.stack.last().map(|block| &block.kind) {
            None => self.facts.globals.push(variable),
            Some(Opened::Plain(Some(at))) => {
                if let Some(class) = self.facts.classes.get_mut(*at) {
                    class.fields.push(variable);
                }
            }
            _ => {}
        }
    }

    fn local(&mut self, one: &types::Declared) {
        let objects = match &one.kind {
            Type::Named(name) => Some(name.clone()),
            _ => None,
        };
        let fresh = one.value.is_some_and(|(from, to)| self.is_fresh(from, to));
        // What a call gave may be new or anybody's; a name that was cast or handed in is somebody's.
        let called = one.value.is_some_and(|(from, to)| (from..to).any(|at| self.text.is(at, "(")));
        let made = one.value.is_some_and(|(from, to)| self.is_made(from, to));
        if let (Some(class), Some((from, to))) = (&objects, one.value)
            && self.is_stored(from, to)
        {
            self.facts.kept.insert(class.clone());
        }
        let Some(inside) = self.inside.last_mut() else { return };
        inside.locals.insert(one.name.clone());
        if let Some(value) = one.value {
            self.took(&one.name, value);
            self.copied(&one.name, value);
            self.sized_by(&one.name, value);
        }
        let Some(inside) = self.inside.last_mut() else { return };
        if let Some(class) = &objects {
            inside.types.insert(one.name.clone(), class.clone());
        }
        if let Some(class) = objects.filter(|_| !called) {
            inside.objects.insert(one.name.clone(), class);
        }
        if made {
            inside.made.insert(one.name.clone());
        }
        if fresh {
            inside.fresh.insert(one.name.clone());
        }
    }

    pub(super) fn class(&mut self, from: usize, to: usize, indent: u32) {
        self.decorators.clear();
        let mut name = from;
        while self.text.is(name + 1, ".") {
            name += 2;
        }
        let mut bases = Vec::new();
        if self.text.is(name + 1, "(") {
            let close = self.text.after(name + 1).saturating_sub(1);
            for (_, end) in self.text.split(name + 2, close) {
                bases.push(self.text.name(end - 1).to_owned());
            }
        }
        let class = Class { name: self.text.name(name).to_owned(), bases, fields: Vec::new() };
        self.facts.classes.push(class);
        if self.text.is(to - 1, ":") {
            let at = self.facts.classes.len() - 1;
            self.open(indent, Opened::Class(at));
        }
    }
}

/// Whether a function that gives nothing says by its name that it shows or stores what it is handed.
fn shows(function: &str) -> bool {
    const SHOWS: [&str; 16] = [
        "print", "dump", "show", "display", "describe", "report", "log", "debug", "trace", "assert", "check",
        "verify", "validate", "save", "export", "visit",
    ];
    words(function).iter().any(|word| SHOWS.contains(&word.as_str()))
}

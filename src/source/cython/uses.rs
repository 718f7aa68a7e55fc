//! Finds out what a statement does with attributes of extension types and with the module's C variables.

use super::asked::{gives_up, gives_up_one, says_so};
use super::facts::{Act, Argument, Call, Target};
use super::read::{Opened, Walk};
use super::settings::{self, Side};
use crate::knowledge::{Trait, Traits};
use crate::source::c::names::says_look;

/// Assignments that change a variable by what it was.
const AUGMENTED: [&str; 13] =
    ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=", "@="];

/// Methods that change the container they are called on, of Python's and of C++'s.
const CHANGES: [&str; 31] = [
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "popleft",
    "appendleft",
    "extendleft",
    "popitem",
    "clear",
    "update",
    "setdefault",
    "add",
    "discard",
    "push_back",
    "pop_back",
    "push_front",
    "pop_front",
    "emplace",
    "emplace_back",
    "push",
    "erase",
    "resize",
    "reserve",
    "assign",
    "swap",
    "sort",
    "reverse",
    "reset",
    "insert_or_assign",
    "try_emplace",
];

/// Whether a method gives what a container holds.
fn takes_out(method: &str) -> bool {
    matches!(method, "pop" | "popleft" | "popitem" | "get" | "setdefault" | "values" | "items" | "keys")
}

/// Words before a parenthesis that call nothing.
pub(super) const KEYWORDS: [&str; 16] = [
    "if", "elif", "while", "for", "in", "and", "or", "not", "return", "yield", "is", "with", "print",
    "assert", "raise", "sizeof",
];

/// A bracket that encloses the current token.
struct Enclosing {
    end: usize,
    /// The name of what is called, if it is a call.
    callee: Option<usize>,
    /// Which of its arguments is being read.
    position: usize,
    /// It gives back what it is handed.
    frees: bool,
}

/// A variable met in an expression.
pub(super) struct Met {
    pub target: Target,
    /// As written: `self.x`, `x`.
    pub path: String,
    /// Token after it.
    pub after: usize,
}

impl Walk<'_> {
    /// A statement that opens no block.
    pub(super) fn simple(&mut self, from: usize, to: usize, indent: u32) {
        let text = self.text;
        match text.name(from) {
            "global" | "nonlocal" => {
                let names: Vec<String> = (from + 1..to).map(|at| text.name(at).to_owned()).collect();
                if let Some(inside) = self.inside.last_mut() {
                    inside.globals.extend(names.into_iter().filter(|name| !name.is_empty()));
                }
                return;
            }
            word @ ("return" | "raise" | "continue" | "break") => {
                self.left_early();
                match word {
                    "return" => {
                        self.tries(None);
                        self.asks(from + 1, to);
                    }
                    "raise" => self.guards(),
                    _ => {}
                }
            }
            _ => {}
        }
        if !self.uses {
            return;
        }
        if text.is(from, "del") {
            for (start, end) in text.split(from + 1, to) {
                self.target(start, end, None, (from, to));
            }
            return self.expressions(from + 1, to);
        }
        self.locks(from, to, indent);
        self.forgotten(from, to);
        let is_assignment = |at: usize| text.is(at, "=") || AUGMENTED.iter().any(|op| text.is(at, op));
        let mut start = from;
        while let Some(op) = text.find(start, to, is_assignment) {
            self.assigned(start, op, (from, to));
            start = op + 1;
        }
        self.picks(start, to);
        if start > from {
            self.new_locals(from, start - 1, (start, to));
            self.handed_out(start, to);
        }
        self.expressions(start, to);
    }

    /// Remembers locals that hold a container nobody else knows.
    fn new_locals(&mut self, from: usize, to: usize, value: (usize, usize)) {
        if to != from + 1 || !self.text.is_name(from) {
            return self.several_made((from, to), value);
        }
        let name = self.text.name(from).to_owned();
        let fresh = self.is_fresh(value.0, value.1);
        let called = (value.0..value.1).any(|at| self.text.is(at, "("));
        let made = self.is_made(value.0, value.1);
        self.handed_over(&name, value);
        self.kept_by(from, value);
        self.took(&name, value);
        self.got_by(&name, value.0);
        self.sized_by(&name, value);
        self.copied(&name, value);
        self.lock_made(from, value);
        self.chosen_by(&name, value);
        let Some(inside) = self.inside.last_mut() else { return };
        if inside.parameters.contains(&name) {
            inside.replaced.insert(name.clone());
        }
        if fresh {
            inside.fresh.insert(name.clone());
        } else {
            inside.fresh.remove(&name);
        }
        if made {
            inside.made.insert(name.clone());
        } else {
            inside.made.remove(&name);
        }
        if called {
            // The object was made or looked up here; whose it is cannot be told.
            inside.objects.remove(&name);
        }
        inside.handed.remove(&name);
        if !inside.globals.contains(&name) {
            inside.locals.insert(name);
        }
    }

    /// `a, b = f()`: whose objects these are cannot be told any more than that of one.
    fn several_made(&mut self, (from, to): (usize, usize), value: (usize, usize)) {
        let text = self.text;
        let called = (value.0..value.1).any(|at| text.is(at, "("));
        let Some(inside) = self.inside.last_mut().filter(|_| called) else { return };
        for (first, last) in text.split(from, to) {
            if first + 1 == last {
                inside.objects.remove(text.name(first));
            }
        }
    }

    /// A lock that is made, and whether a variable of the module is given it on first use.
    fn lock_made(&mut self, name: usize, (from, to): (usize, usize)) {
        let text = self.text;
        let called = text.find(from, to, |at| text.is(at, "("));
        let callee = called.map_or("", |open| text.name(open.saturating_sub(1)));
        let ends = called.is_some_and(|open| text.after(open) == to);
        let makes = ends && matches!(callee, "Lock" | "RLock" | "allocate_lock" | "PyThread_allocate_lock");
        let Some(inside) = self.inside.last_mut() else { return };
        let given = from + 1 == to && inside.locks.contains(text.name(from));
        let local = text.name(name).to_owned();
        let shared = inside.globals.contains(&local);
        if (makes || given) && !shared {
            inside.locks.insert(local);
            return;
        }
        let globals = &self.inside.last().map(|inside| inside.globals.clone()).unwrap_or_default();
        let asks = |(from, to): (usize, usize)| (from..to).any(|at| globals.contains(text.name(at)));
        let first = self.around().find_map(|kind| match kind {
            Opened::Branch { head, .. } if asks(*head) => Some(*head),
            _ => None,
        });
        let plain = self.facts.globals.iter().any(|one| one.plain && one.name == local);
        let of_c = self.known.contains(&local) && !plain;
        if let Some(head) = first.filter(|_| (makes || given) && !of_c) {
            self.site("cython-lazy", "lock", &local, (name, to));
            let test = self.header(head);
            if let Some(site) = self.facts.sites.last_mut() {
                site.span = site.span.since(test);
            }
        }
    }

    /// Notes that a local holds what `table.get(key)` gave.
    fn got_by(&mut self, local: &str, value: usize) {
        let text = self.text;
        let met = self.met(value).filter(|met| {
            text.is(met.after, ".") && text.is(met.after + 1, "get") && text.is(met.after + 2, "(")
        });
        let Some(inside) = self.inside.last_mut() else { return };
        match met {
            Some(met) => inside.got.insert(local.to_owned(), met.path),
            None => inside.got.remove(local),
        };
    }

    /// Notes the type of a name that is given an object which something keeps.
    pub(super) fn kept_by(&mut self, name: usize, (from, to): (usize, usize)) {
        if self.is_stored(from, to)
            && let Some(of) = self.inside.last().and_then(|inside| inside.types.get(self.text.name(name)))
        {
            self.facts.kept.insert(of.clone());
        }
    }

    /// Whether an expression is an attribute, an item, or what a `for` goes over, and no call.
    pub(super) fn is_stored(&self, from: usize, to: usize) -> bool {
        let text = self.text;
        let start = if text.is(from, "<") {
            text.find(from, to, |at| text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        let part = |at: usize| text.is(at, ".") || text.is(at, "[") || text.is(at, "in");
        let first = (start..to).find(|at| part(*at) || text.is(*at, "("));
        // `self.items.pop()` gives an item, `Type.new()` makes one.
        first.is_some_and(part) && !(start..to).any(|at| text.is(at, "(") && !takes_out(text.name(at - 1)))
    }

    /// Notes the type in a cast of what something keeps: `<Type>self.items[i]`.
    fn cast(&mut self, at: usize, to: usize) {
        let text = self.text;
        let close = at + 2 + usize::from(text.is(at + 2, "?"));
        if !text.is(at, "<") || !text.is_name(at + 1) || !text.is(close, ">") || close >= to {
            return;
        }
        let mut end = close + 1;
        while end < to && (text.is_name(end) || text.is(end, ".") || text.is(end, "[") || text.is(end, "(")) {
            end = if text.is(end, "[") || text.is(end, "(") { text.after(end) } else { end + 1 };
        }
        let lends = self.traits(text.name(close + 1), close + 1).has(Trait::BorrowsFromContainer);
        if lends || self.is_stored(close + 1, end.min(to)) {
            self.facts.kept.insert(text.name(at + 1).to_owned());
        }
    }

    /// Whether an expression makes an object: `Type(…)`, `Type.__new__(…)`, perhaps cast.
    pub(super) fn is_made(&self, from: usize, to: usize) -> bool {
        let text = self.text;
        let start = if text.is(from, "<") {
            text.find(from, to, |at| text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        let Some(open) = text.find(start, to, |at| text.is(at, "(")) else { return false };
        let callee = text.name(open.saturating_sub(1));
        // `type(self)()`
        let of_type = callee == "type" && text.is(text.after(open), "(");
        matches!(callee, "__new__" | "__class__")
            || of_type
            || callee.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// Whether an expression makes a container that nobody else knows.
    pub(super) fn is_fresh(&self, from: usize, to: usize) -> bool {
        let text = self.text;
        if text.is(from, "[") || text.is(from, "{") {
            return text.after(from) == to;
        }
        let name = text.name(from);
        let makes = matches!(name, "dict" | "list" | "set" | "bytearray" | "sorted")
            || self.traits(name, from).has(Trait::FreshContainer);
        makes && text.is(from + 1, "(") && text.after(from + 1) == to
    }

    /// An array's name as the whole value, or cast: its memory is handed to whoever gets the pointer.
    fn handed_out(&mut self, from: usize, to: usize) {
        let text = self.text;
        let start = if text.is(from, "<") {
            text.find(from, to, |at| text.is(at, ">")).map_or(from, |at| at + 1)
        } else {
            from
        };
        if start + 1 == to
            && let Some(met) = self.met(start)
            && matches!(met.target, Target::Global(_))
        {
            self.keep(met, Act::Address, (from, to));
        }
    }

    /// `p.x = …`, `p[i] = …` where `p` is an address that the caller gave.
    pub(super) fn written_through(&mut self, at: usize) {
        let text = self.text;
        let Some(inside) = self.inside.last() else { return };
        let name = text.name(at);
        if !inside.pointers.contains(name) || !(text.is(at + 1, ".") || text.is(at + 1, "[")) {
            return;
        }
        let position = inside.parameters.iter().position(|one| one == name);
        if let (Some(position), Some(function)) = (position, self.facts.functions.get_mut(inside.at)) {
            function.writes.insert(position);
        }
    }

    /// What is read, called, handed out or freed in an expression.
    pub(super) fn expressions(&mut self, from: usize, to: usize) {
        let text = self.text;
        let mut calls: Vec<Enclosing> = Vec::new();
        for at in from..to {
            self.cast(at, to);
            self.taken_back(at, to);
            if text.is(at, "(") || text.is(at, "[") || text.is(at, "{") {
                let callee = text.name(at.saturating_sub(1));
                let is_call =
                    text.is(at, "(") && at > from && !callee.is_empty() && !KEYWORDS.contains(&callee);
                let one = || {
                    let close = text.after(at).saturating_sub(1);
                    text.find(at + 1, close, |at| text.is(at, ",")).is_none()
                };
                let frees = is_call && (gives_up(callee) || gives_up_one(callee) && one());
                if is_call {
                    self.call(at - 1, at, (from, to));
                }
                // A method has its object for first parameter; what a module has is no method.
                let of = text.name(at.saturating_sub(3));
                let method = is_call && at > 1 && text.is(at - 2, ".");
                let module =
                    [&self.declaring, &self.modules, &self.dotted].iter().any(|all| all.contains(of));
                let position = usize::from(method && !module);
                calls.push(Enclosing {
                    end: text.mate(at).unwrap_or(to),
                    callee: is_call.then(|| at - 1),
                    position,
                    frees,
                });
                continue;
            }
            while calls.last().is_some_and(|call| call.end <= at) {
                calls.pop();
            }
            if let (Some(call), true) = (calls.last_mut(), text.is(at, ",")) {
                call.position += 1;
            }
            self.count(at, (from, to));
            self.shared_count(at, (from, to));
            if !text.is_name(at) || (at > 0 && text.is(at - 1, ".")) || text.is(at + 1, "=") {
                continue;
            }
            let unary = at > 0
                && text.is(at - 1, "&")
                && (at < 2
                    || !(text.is_name(at - 2) || text.is(at - 2, ")") || text.is(at - 2, "]"))
                    || KEYWORDS.contains(&text.name(at - 2)));
            let begins =
                at > 0 && (text.is(at - 1, "(") || text.is(at - 1, ",") || unary || text.is(at - 1, ">"));
            let argument_at = |after: usize| -> Option<Argument> {
                let call = calls.last().filter(|_| begins && (text.is(after, ",") || text.is(after, ")")))?;
                Some((text.name(call.callee?).to_owned(), call.position))
            };
            let Some(met) = self.met(at) else {
                let copy = self.copy(at);
                if let Some(argument) = argument_at(at + 1) {
                    self.shared(at, &argument);
                    self.handed_on(at, argument.clone());
                    if let Some(met) = copy.filter(|_| !calls.last().is_some_and(|call| call.frees)) {
                        self.keep_as(met, Act::Passed, (from, to), Some(argument));
                    }
                } else if let Some(met) = copy.filter(|met| text.is(met.after, ".")) {
                    let method = self.asked(met.after, &calls).filter(|at| !says_look(text.name(*at), 0));
                    let named = method.map(|at| (text.name(at).to_owned(), 0));
                    let act = match method {
                        _ if self.change(met.after, &calls).is_some() => Act::Change,
                        Some(_) => Act::Call,
                        None => Act::Through,
                    };
                    self.keep_as(met, act, (from, to), named);
                }
                continue;
            };
            if text.is(met.after, "[") {
                self.tries(Some(&met.path));
            }
            if !self.python
                && let Some(target) = self.of_held(&met)
                && let Some(argument) = argument_at(met.after + 2)
            {
                let path = format!("{}.{}", met.path, text.name(met.after + 1));
                let handle = Met { target, path, after: met.after + 2 };
                self.keep_as(handle, Act::Passed, (from, to), Some(argument));
            }
            let mut argument = argument_at(met.after);
            let filled = argument.as_ref().is_some_and(|(callee, position)| {
                *position == 0 && self.imported_traits(callee).has(Trait::FillsArgument)
            });
            // `table_delete(self.table, key)` deletes something of the table.
            let deletes = |(callee, _): &Argument| callee.to_ascii_lowercase().ends_with("_delete");
            let of_it = argument.as_ref().is_some_and(deletes) && text.is(met.after, ",");
            let end = self.parts(met.after);
            let replaced = begins
                && calls.last().is_some_and(|call| {
                    let callee = call.callee.map_or("", |at| text.name(at));
                    self.is_replaced_by(callee, call.position, end)
                });
            // `inc(self.at)`
            let steps = argument.as_ref().is_some_and(|(callee, _)| self.steps.contains(callee));
            let act = if steps {
                Act::Step
            } else if replaced {
                if end > met.after { Act::PartAugment } else { Act::Assign }
            } else if !of_it && calls.last().is_some_and(|call| call.frees) {
                Act::Free
            } else if unary {
                Act::Address
            } else if filled {
                Act::Item
            } else if let Some(name) = self.change(met.after, &calls) {
                let takes = self.takes(name) && self.shown_to_hold(&met.path).is_some();
                let numbers = || text.is(name, "append") && self.is_numbered(&met.path);
                if takes {
                    Act::Take
                } else if numbers() {
                    Act::Numbered
                } else {
                    argument = Some((text.name(name).to_owned(), 0));
                    Act::Change
                }
            } else if let Some(method) = self.asked(met.after, &calls).filter(|at| says_so(text.name(*at))) {
                argument = Some((text.name(method).to_owned(), 0));
                Act::Call
            } else if self.is_walked(at, met.after, to) {
                Act::Walk
            } else if argument.as_ref().is_some_and(|(callee, position)| {
                *position == 0 && self.imported_traits(callee).has(Trait::LendsMemory)
            }) {
                Act::Lent
            } else if argument.is_some() {
                Act::Passed
            } else if self.is_walked_by_member(at, met.after, to) {
                argument = Some((text.name(met.after + 1).to_owned(), 0));
                Act::Walk
            } else if let Some(method) =
                self.asked(met.after, &calls).filter(|at| !says_look(text.name(*at), 0))
            {
                argument = Some((text.name(method).to_owned(), 0));
                Act::Call
            } else if self.is_through(&met, |at| argument_at(at).is_some()) {
                Act::Through
            } else {
                Act::Read
            };
            self.keep_as(met, act, (from, to), argument);
            if matches!(act, Act::Passed | Act::Address) {
                self.result_goes_to(&calls);
            }
        }
    }

    /// Notes for the use that was kept last, an argument of the innermost call, what the result of that call is handed to
    /// as it is: `set(entry(self.rows, i), value)`.
    fn result_goes_to(&mut self, calls: &[Enclosing]) {
        let text = self.text;
        let [.., outer, inner] = calls else { return };
        let (Some(callee), Some(name)) = (outer.callee, inner.callee) else { return };
        let whole = (text.is(name.saturating_sub(1), "(") || text.is(name.saturating_sub(1), ","))
            && (text.is(inner.end + 1, ",") || text.is(inner.end + 1, ")"));
        if let Some(last) = self.facts.uses.last_mut().filter(|_| whole) {
            last.result = Some((text.name(callee).to_owned(), outer.position));
        }
    }

    /// The name of a method by which the container changes that `after` follows: `x.append(…)`, `deref(x).clear()`.
    fn change(&self, after: usize, calls: &[Enclosing]) -> Option<usize> {
        let text = self.text;
        let callee = calls.last().and_then(|call| call.callee).map_or("", |at| text.name(at));
        let followed = text.is(after, ")") && matches!(callee, "deref" | "dereference");
        let dot = after + usize::from(followed);
        let is = text.is(dot, ".") && CHANGES.contains(&text.name(dot + 1)) && text.is(dot + 2, "(");
        is.then_some(dot + 1)
    }

    /// The name of a method that may change what it is called on, which `after` follows.
    fn asked(&self, after: usize, calls: &[Enclosing]) -> Option<usize> {
        let text = self.text;
        let callee = calls.last().and_then(|call| call.callee).map_or("", |at| text.name(at));
        let followed = text.is(after, ")") && matches!(callee, "deref" | "dereference");
        let dot = after + usize::from(followed);
        let is = !self.python && text.is(dot, ".") && text.is(dot + 2, "(");
        is.then_some(dot + 1)
    }

    /// Whether what a variable points to is asked for something, or a part of it handed on, which `argument` tells of a
    /// token.
    fn is_through(&self, met: &Met, argument: impl Fn(usize) -> bool) -> bool {
        if self.python || !self.text.is(met.after, ".") {
            return false;
        }
        let end = self.parts(met.after);
        let method = self.text.is(end, ".") && self.text.is(end + 2, "(");
        method || end > met.after && argument(end)
    }

    /// A parameter that is handed on as a whole.
    fn handed_on(&mut self, at: usize, argument: Argument) {
        let Some(inside) = self.inside.last() else { return };
        let name = self.text.name(at);
        let position = inside.parameters.iter().position(|one| one == name);
        let list = inside.lists.contains(name) && !inside.replaced.contains(name);
        if let (Some(position), true) = (position, list || inside.pointers.contains(name))
            && let Some(function) = self.facts.functions.get_mut(inside.at)
        {
            function.passes.insert((position, argument));
        }
    }

    /// A call: for the locks of callers, and for what the facts know of it.
    fn call(&mut self, name: usize, open: usize, whole: (usize, usize)) {
        let text = self.text;
        let callee = text.name(name).to_owned();
        let locked = self.locked_before(name);
        let dotted = text.is(name.saturating_sub(1), ".");
        let object = if dotted { text.name(name.saturating_sub(2)) } else { "" };
        let traits = self.traits(&callee, name);
        if traits != Traits::default() {
            self.known_call(&callee, traits, (name, open), whole);
        }
        self.memory(name, open, whole);
        self.library_call(name, open, whole);
        self.by_position(name, open, whole);
        let sets = || matches!(settings::named(&callee), Some((Side::Set, _)));
        if !self.python && (sets() || !dotted && settings::says_set(&callee)) {
            let end = text.after(open).min(whole.1).max(name + 1);
            self.site("cython-module-state", "setting", &callee, (name, end));
        }
        let Some(inside) = self.inside.last() else {
            self.facts.setup.insert(callee);
            return;
        };
        // A method of an object that nobody else has yet runs alone.
        let alone = inside.made.contains(object);
        let class = inside.objects.get(object).or_else(|| inside.types.get(object)).cloned();
        let under = self.missing_of(object);
        let other = class.is_some() && inside.parameters.first().is_none_or(|first| first != object);
        let (class, detached) = (class.unwrap_or_default(), self.detached());
        let call = Call { callee, class, locked, alone, other, detached, under };
        let Some(inside) = self.inside.last() else { return };
        let Some(function) = self.facts.functions.get_mut(inside.at) else { return };
        function.calls.push(call);
        if self.locked() && self.inside.len() > 1 {
            let outer = self.inside.iter().rev().nth(1);
            let called = text.name(name);
            if let Some(outer) = outer.filter(|outer| outer.parameters.iter().any(|one| one == called))
                && let Some(outer) = self.facts.functions.get_mut(outer.at)
            {
                outer.makes_locked = true;
            }
        }
    }
}

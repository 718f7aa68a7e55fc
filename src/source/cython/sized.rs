//! Memory made for as many items as a container had a moment ago, and filled in a loop that runs as long as it has some.
//!
//! `n = len(items)`, an array of `n`, and `for i, one in enumerate(items): array[i] = …`: a list that another thread
//! appends to meanwhile gives more items than were counted, and nothing checks where they are written. Only what is
//! said in one function is told: what was counted and what the loop goes over are one parameter that anybody may have,
//! the memory is made from that count, and nothing in the loop compares the position with it.

use std::collections::{HashMap, HashSet};

use super::facts::{Facts, Sort, Variable};
use super::lex::Statement;
use super::read::{Opened, Walk};
use super::types::Type;
use crate::knowledge::Trait;

/// The detector that words what is found here.
pub(super) const DETECTOR: &str = "cython-size";

/// Most statements before and in a loop that are looked at.
const STATEMENTS: usize = 200;

/// Most tokens of a loop's body, and of a statement before it.
const TOKENS: (usize, usize) = (2000, 256);

/// Most places in a loop, and most calls in a statement, that are looked at.
const PLACES: usize = 16;

/// Most loops of one file that are looked at.
const LOOPS: usize = 300;

/// What compares.
const COMPARES: [&str; 6] = ["<", ">", "<=", ">=", "==", "!="];

/// A loop over all items of a parameter.
struct Loop<'a> {
    /// The position that the loop counts, where its header says.
    position: Option<&'a str>,
    /// Tokens of its body.
    body: (usize, usize),
}

/// A place that a loop writes to without a check of the position.
struct Store<'a> {
    /// What is written to, as written: `made`, `self.made`, `made.items`.
    path: &'a str,
    /// The name that begins it.
    local: &'a str,
    /// The function that writes does not check, whatever it is handed.
    unchecked: bool,
    /// Tokens of the place.
    place: (usize, usize),
}

/// What the statements before a loop show, by paths as they are written.
#[derive(Default)]
struct Before<'a> {
    /// What says how many items there were.
    counts: HashSet<&'a str>,
    /// What was made for that many, and the name of what made it.
    made: HashMap<&'a str, &'a str>,
    /// Locals that are C memory, of which nothing checks the bounds.
    memory: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    /// A `for` header, whose tokens are `from..colon`: is memory filled in the loop that was counted before?
    pub(super) fn filled_in_loop(&mut self, from: usize, colon: usize, to: usize, indent: u32) {
        if self.python || !self.uses || self.loops >= LOOPS {
            return;
        }
        self.loops += usize::from(self.over_list(from, colon));
        let Some(found) = self.fills(from, colon, to, indent) else { return };
        let over = found.1;
        self.site(DETECTOR, "filled", over, found.0);
        let parameters = self.inside.last().map(|inside| &inside.parameters);
        let given = parameters.and_then(|all| all.iter().position(|one| one == over));
        if let Some(site) = self.facts.sites.last_mut() {
            site.given = given;
        }
    }

    /// Whether a loop goes over a parameter that may be a list.
    fn over_list(&self, from: usize, colon: usize) -> bool {
        let over = self.goes_over(from, colon).map_or("", |(over, _)| over);
        self.inside.last().is_some_and(|inside| inside.lists.contains(over))
    }

    /// Whether a parameter, whose type is `start..name`, may be a list: nothing is said of it, or that it is one.
    pub(super) fn may_be_list(&self, (start, name): (usize, usize), stop: usize, end: usize) -> bool {
        let text = self.text;
        let says = if start < name {
            start
        } else if text.is(stop, ":") && stop < end {
            stop + 1
        } else {
            return text.is_name(start);
        };
        matches!(text.name(says), "list" | "object" | "List" | "Sequence" | "Iterable" | "Collection")
            && !text.is(start, "*")
    }

    /// The place where that is done, and the container.
    fn fills(&self, from: usize, colon: usize, to: usize, indent: u32) -> Option<((usize, usize), &'a str)> {
        let text = self.text;
        let (over, position) = self.goes_over(from, colon)?;
        if !self.over_list(from, colon) {
            return None;
        }
        let nth = text.statements.partition_point(|one| (one.from as usize) <= from);
        let body = self.body(nth, (colon + 1, to), indent);
        let one = Loop { position, body };
        // Cheap to ask, and seldom so.
        let stores = self.stores_at(&one);
        if stores.is_empty() {
            return None;
        }
        let before = self.before(nth.checked_sub(1)?, over)?;
        let one = stores.into_iter().find(|one| {
            let whole = before.made.contains_key(one.path);
            let memory = one.unchecked || before.memory.contains(one.path) || self.own_memory(one.path);
            whole && memory || self.memory_of(one, &before)
        })?;
        Some((one.place, over))
    }

    /// `for i, one in enumerate(items)`, `for one in items` and `for i in range(len(items))`: the container, and the position.
    fn goes_over(&self, from: usize, colon: usize) -> Option<(&'a str, Option<&'a str>)> {
        let text = self.text;
        let within = text.find(from, colon, |at| text.is(at, "in"))?;
        if within + 2 == colon {
            return Some(text.name(within + 1)).filter(|name| !name.is_empty()).map(|name| (name, None));
        }
        let counted = text.is(within + 1, "enumerate")
            && text.is(within + 2, "(")
            && text.is(within + 4, ")")
            && within + 5 == colon
            && text.is(from + 2, ",");
        if counted {
            return Some((text.name(within + 3), Some(text.name(from + 1))));
        }
        // How many there are is asked anew.
        let over = text.name(within + 5);
        let asked = text.is(within + 1, "range")
            && text.is(within + 2, "(")
            && !over.is_empty()
            && self.counts_items(within + 3, over)
            && within + 8 == colon
            && text.is(from + 2, "in");
        asked.then(|| (over, Some(text.name(from + 1))))
    }

    /// The tokens of a block's body: what follows its header in the same statement, or the statements further in.
    fn body(&self, nth: usize, rest: (usize, usize), indent: u32) -> (usize, usize) {
        let all = self.text.statements.get(nth..).unwrap_or_default();
        let inner = all.iter().take(STATEMENTS).take_while(|one| one.indent > indent);
        let end = inner.last().map_or(rest.1, |one| one.to as usize);
        (rest.0, end.min(rest.0.saturating_add(TOKENS.0)))
    }

    /// Where the loop writes at its position, and nothing compares that with anything.
    fn stores_at(&self, one: &Loop<'a>) -> Vec<Store<'a>> {
        let text = self.text;
        let (from, to) = one.body;
        let (mut out, mut looked) = (Vec::new(), 0);
        for open in from + 1..to {
            let last = open - 1;
            let unchecked = text.is(open, "(");
            if !text.is_name(last) || !(unchecked || text.is(open, "[")) {
                continue;
            }
            let close = text.after(open).min(to);
            let (path, index, start) = if unchecked {
                // `SET_ITEM(made, i, value)`
                let first = open + 1;
                let sets =
                    text.is(first + 1, ",") && self.traits(text.name(last), last).has(Trait::WritesNewSlot);
                let end = text.find(first + 2, close, |at| text.is(at, ",")).filter(|_| sets);
                let Some(end) = end else { continue };
                ((first, first + 1), (first + 2, end), last)
            } else {
                let first = self.path_start(last);
                if first < from || !self.is_stored_to(first, close, (from, to)) {
                    continue;
                }
                ((first, open), (open + 1, close.saturating_sub(1)), first)
            };
            looked += 1;
            if looked > PLACES {
                break;
            }
            let Some(position) = self.position(one, index) else { continue };
            if !self.is_compared(position, (from, to)) {
                let (local, path) = (text.name(path.0), self.written(path.0, path.1));
                out.push(Store { path, local, unchecked, place: (start, close) });
            }
        }
        out
    }

    /// The token at which the path begins of which `last` is the last name.
    fn path_start(&self, last: usize) -> usize {
        let text = self.text;
        let mut first = last;
        for _ in 0..PLACES {
            if first < 2 || !text.is(first - 1, ".") || !text.is_name(first - 2) {
                break;
            }
            first -= 2;
        }
        first
    }

    /// The text of the tokens `from..to`.
    fn written(&self, from: usize, to: usize) -> &'a str {
        let byte = |at: usize| self.text.tokens.get(at);
        match (byte(from), byte(to.saturating_sub(1))) {
            (Some(first), Some(last)) => self.text.slice(first.start, last.end),
            _ => "",
        }
    }

    /// Whether what begins at `first` and ends before `end` is assigned to, or its address is handed on.
    fn is_stored_to(&self, first: usize, end: usize, (from, to): (usize, usize)) -> bool {
        let text = self.text;
        if first > from && text.is(first - 1, "&") {
            let operand = first >= 2 && (text.is_name(first - 2) || text.is(first - 2, ")"));
            return !operand;
        }
        let mut end = end;
        while end < to && (text.is(end, "[") || text.is(end, ".") || text.is(end - 1, ".")) {
            end = text.after(end);
        }
        let begins = first == from || self.begins_statement(first);
        begins && text.is(end, "=")
    }

    /// Whether a token is the first of a statement, or follows the colon of a header.
    fn begins_statement(&self, at: usize) -> bool {
        let all = &self.text.statements;
        let nth = all.partition_point(|one| (one.from as usize) <= at);
        let first =
            nth.checked_sub(1).and_then(|nth| all.get(nth)).is_some_and(|one| one.from as usize == at);
        first || self.text.is(at.wrapping_sub(1), ":")
    }

    /// The name that says where an index is: the loop's position, or a local that its body counts up.
    fn position(&self, one: &Loop<'a>, (from, to): (usize, usize)) -> Option<&'a str> {
        let text = self.text;
        if (from..to).any(|at| text.is(at, "%") || text.is(at, "&") || text.is(at, "(")) {
            return None;
        }
        let counts = |name: &str| {
            let (start, end) = one.body;
            (start..end).any(|at| text.is(at, name) && text.is(at + 1, "+=") && self.begins_statement(at))
        };
        let names = (from..to).map(|at| text.name(at)).filter(|name| !name.is_empty());
        names.take(PLACES).find(|name| one.position == Some(*name) || one.position.is_none() && counts(name))
    }

    /// Whether a position is compared with anything but a number.
    fn is_compared(&self, position: &str, (from, to): (usize, usize)) -> bool {
        let text = self.text;
        let number = |at: usize| text.word(at).starts_with(|c: char| c.is_ascii_digit());
        (from..to).filter(|at| text.is(*at, position)).any(|at| {
            let (left, right) = (at.wrapping_sub(1), at + 1);
            // `<size_t>i` is a cast.
            let cast = text.is(left, ">") && (2..5).any(|back| text.is(at.wrapping_sub(back), "<"));
            let before = COMPARES.iter().any(|op| text.is(left, op)) && !cast && !number(at.wrapping_sub(2));
            let after = COMPARES.iter().any(|op| text.is(right, op)) && !number(at + 2);
            before || after || text.is(right, "in") || text.is(left, "min") || text.is(right, "is")
        })
    }

    /// What the function's statements up to the one at `nth` show; nothing where the container may be another by then.
    fn before(&self, nth: usize, over: &str) -> Option<Before<'a>> {
        let text = self.text;
        let function = self.stack.iter().rev().find(|block| matches!(block.kind, Opened::Function))?;
        let all = text.statements.get(..nth)?;
        let within = |one: &&Statement| one.indent > function.indent;
        let count = all.iter().rev().take(STATEMENTS).take_while(within).count();
        let inside = self.inside.last()?;
        // What a private function is told to make room for was counted by its caller.
        let counts = inside.sizes.iter().map(|at| text.name(*at)).collect();
        let mut out = Before { counts, ..Before::default() };
        for one in all.get(nth - count..)? {
            let (from, to) = (one.from as usize, (one.to as usize).min(one.from as usize + TOKENS.1));
            if self.is_replaced(over, (from, to)) {
                return None;
            }
            self.shows(over, (from, to), &mut out);
        }
        Some(out)
    }

    /// Whether a statement gives the container's name to something else.
    fn is_replaced(&self, over: &str, (from, to): (usize, usize)) -> bool {
        let text = self.text;
        let named = |at: usize| text.is(at, over) && !text.is(at.wrapping_sub(1), ".");
        let assigned = (from..to)
            .any(|at| named(at) && text.is(at + 1, "=") && text.find(from, at + 1, |i| i == at).is_some());
        assigned
            || text.is(from, "for")
                && text.find(from, to, |at| text.is(at, "in")).is_some_and(|end| (from..end).any(named))
    }

    /// Adds what one statement says of counts and of memory.
    fn shows(&self, over: &str, (from, to): (usize, usize), out: &mut Before<'a>) {
        let text = self.text;
        let equal = text.find(from, to, |at| text.is(at, "="));
        let left = equal.unwrap_or(to);
        let value = equal.map_or(to, |equal| equal + 1);
        self.declares_memory((from, left), (value, to), out);
        let counted = |start: usize, end: usize, out: &Before<'a>| {
            (start..end).any(|at| {
                let path = if text.is_name(at) { self.written(self.path_start(at), at + 1) } else { "" };
                out.counts.contains(path) || self.counts_items(at, over)
            })
        };
        let target = left.checked_sub(1).filter(|last| equal.is_some() && text.is_name(*last));
        let target = target.map(|last| self.written(self.path_start(last), left));
        if let Some(target) = target.filter(|_| counted(value, to, out)) {
            // `n = len(x)`: a count; `p = malloc(n)`: memory for so many.
            let call =
                (value..to).find(|at| text.is(*at, "(") && !self.counts_items(at.wrapping_sub(1), over));
            let maker = call.map_or("", |open| text.name(open.wrapping_sub(1)));
            let within = call.is_some_and(|open| counted(open, text.after(open).min(to), out));
            if within && !matches!(maker, "" | "int" | "min" | "max" | "abs" | "range") {
                out.made.insert(target, maker);
            } else {
                out.counts.insert(target);
            }
        }
        let calls = (from..to).filter(|at| text.is(*at, "("));
        for at in calls.take(PLACES) {
            let end = text.after(at).min(to);
            if !text.is_name(at.wrapping_sub(1)) || !counted(at, end, out) {
                continue;
            }
            // `v.resize(n)`, `set_up(&p, n)`
            let resized = matches!(text.name(at - 1), "resize" | "assign") && at > 2 && text.is(at - 2, ".");
            if resized {
                let (first, last) = (self.path_start(at - 3), at - 2);
                out.made.insert(self.written(first, last), "");
            }
            if text.is(at + 1, "&") && text.is(at + 3, ",") {
                out.made.insert(text.name(at + 2), "");
            }
        }
    }

    /// Adds the locals that a statement declares as pointers or arrays of C++, or casts to one.
    fn declares_memory(
        &self,
        (from, left): (usize, usize),
        (value, to): (usize, usize),
        out: &mut Before<'a>,
    ) {
        let text = self.text;
        let ends = |at: usize| at == left || text.is(at, ",");
        // `T *p`, `vector[T] v`: `cdef` need not stand in front within a block of declarations.
        for at in from + 1..left {
            let pointer = text.is(at - 1, "*") || text.is(at - 1, "**");
            let vector = text.is(at - 1, "]") && (from..at).any(|at| text.is(at, "vector"));
            if text.is_name(at) && ends(at + 1) && (pointer || vector) {
                out.memory.insert(text.name(at));
            }
        }
        let close = text.find(value, to, |at| text.is(at, ">"));
        let cast = text.is(value, "<") && close.is_some_and(|close| text.is(close.wrapping_sub(1), "*"));
        if cast && from + 1 == left {
            out.memory.insert(text.name(from));
        }
    }

    /// Whether the token names a call that says how many items the container has: `len(x)`.
    fn counts_items(&self, at: usize, over: &str) -> bool {
        let text = self.text;
        let asks = text.is(at + 1, "(") && text.is(at + 2, over) && text.is(at + 3, ")");
        asks && (text.is(at, "len") || self.traits(text.name(at), at).has(Trait::CountsItems))
    }

    /// Whether a path is an attribute of the method's own object that is C memory.
    fn own_memory(&self, path: &str) -> bool {
        let Some((object, field)) = path.split_once('.') else { return false };
        let class = self.inside.last().and_then(|inside| inside.objects.get(object));
        class.is_some_and(|class| self.has_memory(class, field))
    }

    /// Whether what is written to is an attribute, which is C memory, of an object that was made for so many items.
    fn memory_of(&self, one: &Store<'a>, before: &Before<'a>) -> bool {
        let Some((_, field)) = one.path.split_once('.') else { return false };
        before.made.get(one.local).is_some_and(|class| self.has_memory(class, field))
    }

    /// Whether an extension type of this file declares an attribute as C memory.
    fn has_memory(&self, class: &str, field: &str) -> bool {
        let memory = |one: &Variable| one.name == field && matches!(one.kind, Type::Pointer | Type::Cpp);
        self.facts.classes.iter().any(|one| one.name == class && one.fields.iter().any(memory))
    }
}

/// Parameters by which functions are handed what Python handed to one that it can call, by name and position.
pub(super) fn of_python<'a>(files: &[&'a Facts]) -> HashSet<(&'a str, usize)> {
    let mut further: HashMap<(&str, usize), Vec<(&'a str, usize)>> = HashMap::new();
    let mut next: Vec<(&'a str, usize)> = Vec::new();
    for function in files.iter().flat_map(|file| &file.functions) {
        for (position, (callee, at)) in &function.passes {
            let to = (callee.as_str(), *at);
            if function.sort == Sort::Private {
                further.entry((function.name.as_str(), *position)).or_default().push(to);
            } else {
                next.push(to);
            }
        }
    }
    let mut found = HashSet::new();
    while let Some(one) = next.pop() {
        if found.insert(one) {
            next.extend(further.get(&one).into_iter().flatten());
        }
    }
    found
}

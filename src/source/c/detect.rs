//! Detectors that need one function alone, about paths and stretches that no query can describe.
//!
//! In: a [`Scan`]. Out: findings of `critical-section`, `detached-exit` and `allocator-mix`. A lock that is known only by what its
//! name says gives none of them: what is reported here is certain about what the calls do.

mod domains;
mod hidden;
mod initial;
mod members;
mod parted;
mod returned;
mod sections;
mod types;
mod ways;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use self::domains::Domains;
use self::ways::Ways;
use super::body::Body;
use super::lex::op;
use super::origin::Origin;
use super::regions::{Hold, Stretch};
use super::scan::{Read, Scan};
use super::summary::{Bits, Pending};
use crate::knowledge::Trait;
use crate::rules::RuleSet;
use crate::source::found;

/// How many tokens before a call the `if` that asks for its answer may stand.
const ASKED: usize = 12;

/// Runs them over every function of a file.
pub fn file(scan: &Scan<'_>, rules: &RuleSet, out: &mut Vec<Pending>) {
    let domains = Domains::of(scan);
    let shared = Shared::of(scan);
    for (index, read) in scan.functions.iter().take(scan.plain()).enumerate() {
        let mut found = Found { scan, rules, index, read, out };
        if !read.stretches.list.is_empty() {
            found.called_detached(&mut shared.needs_thread.borrow_mut());
            found.left_open();
            found.nested();
            found.wrong_pairs();
            found.again_by_call(&shared);
            found.outlived(&shared);
            found.parted(&shared);
        }
        found.domains(&domains);
        found.ready_on_demand();
        found.type_dicts();
        if shared.has_items {
            found.list_items();
        }
        found.counting_macros();
        found.given_back();
        found.removed_members();
        if shared.switches && !shared.knows_sections {
            found.stack_switch();
        }
    }
    for (index, read) in scan.functions.iter().enumerate().filter(|_| scan.file.cpp) {
        Found { scan, rules, index, read, out }.imported_by_statics();
    }
    for i in domains::handed_out(scan) {
        let within = scan.at(scan.file.source().start(i)).map(|(_, read)| &read.body.function);
        let place = found::Place {
            location: scan.place(i, i + 1).location(scan.file.path),
            function: within.map_or("", |function| &function.name).to_owned(),
            owner: within.and_then(|function| function.class.clone()).unwrap_or_default(),
            text: scan.text(i, i + 1),
        };
        let filling = [("variable", ""), ("callee", scan.file.source().word(i))];
        for wording in rules.word("allocator-mix", "non-object", scan.language(), &filling) {
            let finding = found::finding(wording, &place);
            out.push(Pending { finding, function: None, unless: Bits::default(), shared: None });
        }
    }
}

/// What all functions of a file are asked about.
struct Shared<'a> {
    /// Fields that functions assign while others may have the object: the function, or none for several.
    replaced: HashMap<&'a str, Option<usize>>,
    /// The file speaks of the open critical sections of a thread's state.
    knows_sections: bool,
    /// It speaks of the frames and the stack of a thread's state.
    switches: bool,
    /// It speaks of addresses of items.
    has_items: bool,
    /// Which functions need a thread state and do not see to it, of those that were asked for.
    needs_thread: RefCell<HashMap<usize, bool>>,
    /// The locks that functions wait for, of those that were asked for.
    taken: RefCell<HashMap<usize, Box<[String]>>>,
    /// Which functions, by parameter, give the thread state up while they rely on a section on what they are handed.
    parted: RefCell<HashMap<(usize, usize), bool>>,
    /// How many steps are left for that.
    steps: Cell<usize>,
    /// How many fields the file declares.
    fields: usize,
}

impl<'a> Shared<'a> {
    fn of(scan: &Scan<'a>) -> Self {
        let mut replaced: HashMap<&'a str, Option<usize>> = HashMap::new();
        let section = |read: &Read<'_>| read.stretches.list.iter().any(|one| one.hold == Hold::Section);
        let any = scan.functions.iter().any(section);
        for (index, read) in scan.functions.iter().enumerate().filter(|_| any) {
            let source = read.body.source;
            let (from, to) = read.body.function.body;
            for t in (from..to).filter(|_| !read.always.any(Bits::SAFE)) {
                let assigned = source.is(t + 1, op(b"=")) && source.is(t.wrapping_sub(1), op(b"->"));
                if assigned && !read.body.origin(t.saturating_sub(2), t.saturating_sub(1), t).is_own() {
                    let by = replaced.entry(source.word(t)).or_insert(Some(index));
                    *by = by.filter(|one| *one == index);
                }
            }
        }
        let mentions = |one: Trait| scan.names.mentions(one);
        Self {
            replaced,
            knows_sections: mentions(Trait::SectionOfThread),
            switches: mentions(Trait::FrameOfThread) && mentions(Trait::StackOfThread),
            has_items: mentions(Trait::ExposesItems),
            needs_thread: RefCell::default(),
            taken: RefCell::default(),
            parted: RefCell::default(),
            steps: Cell::new(parted::STEPS),
            fields: scan.file.items.types.iter().map(|one| one.fields.len()).sum(),
        }
    }

    /// Whether a function other than `index` assigns a field.
    fn is_replaced(&self, field: &str, index: usize) -> bool {
        self.replaced.get(field).is_some_and(|by| *by != Some(index))
    }
}

struct Found<'s, 'a> {
    scan: &'s Scan<'a>,
    rules: &'s RuleSet,
    index: usize,
    read: &'s Read<'a>,
    out: &'s mut Vec<Pending>,
}

impl<'s, 'a> Found<'s, 'a> {
    fn report(&mut self, what: (&str, &str), from: usize, to: usize, filling: &[(&str, &str)]) {
        self.report_unless(what, (from, to), filling, Bits::default());
    }

    /// The same, of what is no hazard where all callers are in one of these regions.
    fn report_unless(
        &mut self,
        (detector, case): (&str, &str),
        range: (usize, usize),
        filling: &[(&str, &str)],
        unless: Bits,
    ) {
        self.report_shared((detector, case), range, filling, unless, None);
    }

    /// The same, of what is a hazard only where an object of that origin is shared.
    fn report_shared(
        &mut self,
        (detector, case): (&str, &str),
        (from, to): (usize, usize),
        filling: &[(&str, &str)],
        unless: Bits,
        shared: Option<Origin>,
    ) {
        let place = found::Place {
            location: self.scan.place(from, to).location(self.scan.file.path),
            function: self.read.body.function.name.clone(),
            owner: self.read.body.function.class.clone().unwrap_or_default(),
            text: self.scan.text(from, to),
        };
        for wording in self.rules.word(detector, case, self.scan.language(), filling) {
            self.out.push(Pending {
                finding: found::finding(wording, &place),
                function: Some(self.index as u32),
                unless,
                shared,
            });
        }
    }

    fn body(&self) -> &'s Body<'a> {
        &self.read.body
    }

    /// Sections and locks that a way out of the function leaves behind.
    fn left_open(&mut self) {
        let read = self.read;
        let mut ways = Ways::of(self);
        for one in &read.stretches.list {
            if !one.by_call || !self.certain(one) {
                continue;
            }
            if one.hold == Hold::Detached {
                self.left_detached(one, &mut ways);
                continue;
            }
            let object = one.objects.first().cloned().unwrap_or_default();
            let fill = [("object", object.as_str())];
            if one.hold == Hold::Section && one.macro_block && !one.closed {
                self.report(("critical-section", "unbalanced"), one.from, one.from + 1, &fill);
                continue;
            }
            if !one.closed || !matches!(one.hold, Hold::Section | Hold::Lock) {
                continue;
            }
            for (i, case) in self.exits(one, &mut ways) {
                let case = match one.hold {
                    Hold::Section => case,
                    // Out of a loop one gets to where the lock is given back, or not: that is not followed.
                    _ if case != "loop" => "one-path",
                    _ => continue,
                };
                self.report(("critical-section", case), i, i + 1, &fill);
            }
        }
    }

    /// Returns from a stretch in which the thread is detached: the caller goes on as if it were attached.
    fn left_detached(&mut self, one: &Stretch, ways: &mut Ways) {
        if !one.closed {
            return;
        }
        let word = self.body().source.word(one.from).to_owned();
        for (i, case) in self.exits(one, ways) {
            // Inside of a stretch that attaches again nothing is wrong with returning but for what is left open there.
            if case == "return" && self.read.stretches.detached(i) {
                self.report(("detached-exit", case), i, i + 1, &[("callee", word.as_str())]);
            }
        }
    }

    /// Calls, while the thread is detached, of functions of this file that need a thread state and do not see to it.
    fn called_detached(&mut self, known: &mut HashMap<usize, bool>) {
        let (body, stretches) = (self.body(), &self.read.stretches);
        for call in body.calls.iter().filter(|call| stretches.detached(call.name)) {
            let word = body.source.word(call.name);
            let [only] = body.names.functions(word) else { continue };
            let needs = || self.scan.functions.get(*only).is_some_and(needs_thread_state);
            if *known.entry(*only).or_insert_with(needs) {
                self.report(("detached-exit", "helper"), call.name, call.name + 1, &[("callee", word)]);
            }
        }
    }

    /// Whether facts, or macros and functions of this file made of them, say what opens the stretch.
    fn certain(&self, one: &Stretch) -> bool {
        let source = self.body().source;
        // A stretch that goes on after a block that left has no opening token of its own.
        let word = source.word(one.from);
        let again = source.is(one.from, op(b"}"));
        again || self.body().names.known(word).effect.is_some()
    }

    /// The end of the branch taken on the answer of a call that opens a stretch, where an `if` asks whether it could.
    fn asked(&self, one: &Stretch) -> Option<usize> {
        let body = self.body();
        let source = body.source;
        let first = one.from.saturating_sub(ASKED).max(body.function.body.0);
        let open = (first..one.from).rev().find(|&t| {
            source.is(t, op(b"("))
                && source.word(t.wrapping_sub(1)) == "if"
                && source.mate(t).is_some_and(|close| close > one.from)
        })?;
        let then = source.after_group(open);
        let end = if source.is(then, op(b"{")) {
            source.after_group(then)
        } else {
            body.expression_end(then, one.to)
        };
        Some(end.max(one.from))
    }

    /// A section opened inside another, or a lock that is taken while it is held.
    fn nested(&mut self) {
        // Those that may be open yet, by what they hold, outer ones first.
        let mut open: [VecDeque<&Stretch>; 2] = Default::default();
        for inner in &self.read.stretches.list {
            if !self.certain(inner) {
                continue;
            }
            let [sections, locks] = &mut open;
            let around = match inner.hold {
                Hold::Section => sections,
                Hold::Lock => locks,
                _ => continue,
            };
            while around.pop_front_if(|outer| outer.to <= inner.from).is_some() {}
            let outer = around.front().copied().filter(|outer| outer.from < inner.from);
            around.push_back(inner);
            let source = self.body().source;
            if source.is(inner.from, op(b"}")) {
                continue;
            }
            let Some(outer) = outer else { continue };
            let object = inner.objects.first().cloned().unwrap_or_default();
            let fill = [("object", object.as_str())];
            let same = inner.objects == outer.objects && !object.is_empty();
            let (word, outer_word) = (source.word(inner.from), source.word(outer.from));
            match inner.hold {
                Hold::Section if !same && !self.read.stretches.detached(inner.from) => {
                    self.report(("critical-section", "nested"), inner.from, inner.from + 1, &fill);
                }
                // Only what waits for ever if taken twice: one argument, the same call, no recursive kind.
                Hold::Lock
                    if same
                        && word == outer_word
                        && source.arguments(inner.from + 1).len() == 1
                        && self.body().names.known(word).traits.has(Trait::MutexLock)
                        && !word.to_ascii_lowercase().contains("try")
                        && !word.contains("Critical") =>
                {
                    self.report(("critical-section", "twice"), inner.from, inner.from + 1, &fill);
                }
                _ => {}
            }
        }
    }
}

/// Whether a function calls what needs a thread state, where that is not told already, and nowhere attaches or asks for one.
pub(super) fn needs_thread_state(read: &Read<'_>) -> bool {
    let body = &read.body;
    let of = |name: usize| body.names.at(name).traits;
    let asks = |one: &Trait| body.calls.iter().any(|call| of(call.name).has(*one));
    let needs = |name: usize| of(name).has(Trait::NeedsThreadState) && !read.stretches.detached(name);
    body.calls.iter().any(|call| needs(call.name))
        && ![Trait::GilEnsure, Trait::Attaches, Trait::Detaches, Trait::GilQuery].iter().any(asks)
        && !read.stretches.list.iter().any(|one| matches!(one.hold, Hold::Attached | Hold::Ensured))
}

#[cfg(test)]
mod tests {
    use super::super::{CFile, scan};
    use crate::rules::RuleSet;

    /// Many sections, ways out, macros, locks and allocations in one function, and many functions that call each other.
    #[test]
    fn hostile_functions_are_looked_at_in_bounded_time() {
        let each = "Py_BEGIN_CRITICAL_SECTION(s); char *p = s->b; if (x) break; R(x); PyMutex_Lock(&m); g(s);\n\
                    item = PyList_GET_ITEM(s, 0); use(item, p); PyObject_CallNoArgs(s); q = PyMem_Malloc(3); free(q);\n\
                    t->tp_dict == NULL; PyType_Ready(t); if (C(s)) { PyMutex_Unlock(&m); Py_END_CRITICAL_SECTION(); }\n";
        let head = "#define R(x) do { if (x) return 1; } while (0)\n#define C(x) (Py_REFCNT(x) == 1)\n\
                    typedef struct { PyObject_HEAD char *b; } T; void g(T *s) { PyMutex_Lock(&m); PyMutex_Unlock(&m); }\n";
        let inputs = [
            format!("{head}int f(T *s) {{ for (;;) {{\n{} }} }}", each.repeat(300)),
            format!("{head}{}", format!("int f(T *s) {{ for (;;) {{\n{each} }} }}\n").repeat(300)),
            format!("{head}int f(T *s) {{ {} }}", "Py_BEGIN_CRITICAL_SECTION(s); for (;;) {\n".repeat(1_000)),
            format!("{head}int f(T *s) {{ {} }}", "s->b = PyMem_Malloc(1); free(s->b);\n".repeat(20_000)),
            format!("{}int f(T *s) {{ R(s); }}", "#define R(x) return x\n".repeat(20_000)),
        ];
        for input in inputs {
            let file = CFile::read("a.c", input.as_bytes());
            let seen = scan::seen(&file, RuleSet::builtin());
            assert_eq!(seen.functions.len(), file.items.functions.len());
        }
    }
}

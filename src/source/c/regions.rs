//! Finds the stretches of a function in which a lock is held or the thread state is detached.
//!
//! In: a [`Body`]. Out: [`Stretches`] of tokens. One pass with a stack; what holds where is worked out once, so that
//! asking for each token costs steps that hardly grow with the number of stretches. A lock given back inside a block that then
//! leaves the function is still held after that block. A lock known only by its name counts where the same
//! function also gives it back by name: a guess must not hide a hazard in the rest of a function.

mod guards;

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::body::Body;
use super::lex::op;
use super::names::Effect;
use crate::knowledge::{Knowledge, Trait};
use guards::{attaches_early, guard_variable};

/// What holds in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A critical section of CPython.
    Section,
    /// Some other lock.
    Lock,
    /// The thread state is detached.
    Detached,
    /// It is attached again, inside a detached stretch.
    Attached,
    /// It is attached from whatever state the thread was in.
    Ensured,
}

/// A stretch of tokens.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// What holds.
    pub hold: Hold,
    /// The token that opens it.
    pub from: usize,
    /// The token that closes it.
    pub to: usize,
    /// Where what a call that closes it is given ends: that is worked out before the lock is given back.
    pub until: usize,
    /// What is locked, as written; two objects for a section on two.
    pub objects: Vec<String>,
    /// It was opened by a call, not by a variable that lives as long as its block.
    pub by_call: bool,
    /// It is a critical section opened by a macro, which also opens a block.
    pub macro_block: bool,
    /// Somebody closes it.
    pub closed: bool,
}

impl Stretch {
    /// One that nothing in the function opens or closes.
    fn whole(hold: Hold, (from, to): (usize, usize)) -> Self {
        Self {
            hold,
            from,
            to,
            until: to,
            objects: Vec::new(),
            by_call: false,
            macro_block: false,
            closed: true,
        }
    }
}

/// Most stretches that are open at once: a function with more is no person's, and each end looks through all of them.
const MOST_OPEN: usize = 128;

/// Of how many stretches a place knows that it lies in them.
const AROUND: usize = 16;

/// All stretches of a function, in order of their beginning.
#[derive(Debug, Default)]
pub struct Stretches {
    /// The stretches.
    pub list: Vec<Stretch>,
    /// What holds from a token on, up to where the next one begins.
    places: Vec<Place>,
}

/// What holds between two tokens at which a stretch begins or ends.
#[derive(Debug)]
struct Place {
    from: usize,
    lock: bool,
    section: bool,
    detached: bool,
    ensured: bool,
    /// The innermost stretches around it, inner ones last.
    around: Box<[u32]>,
}

struct Open {
    hold: Hold,
    from: usize,
    begin: usize,
    depth: usize,
    objects: Vec<String>,
    by_variable: bool,
    macro_block: bool,
    /// The token that names the variable; 0 if none opened it.
    variable: usize,
}

impl Stretches {
    /// Finds the stretches of a body.
    pub fn of(body: &Body<'_>) -> Self {
        let source = &body.source;
        let (begin, end) = body.function.body;
        let mut out = Self::default();
        if !mentions(body) {
            return out;
        }
        let guessing = guesses_pair(body);
        let mut open: Vec<Open> = Vec::new();
        let mut waiting: Vec<(Open, usize)> = Vec::new();
        let mut left = Leaving::default();
        let mut blocks: Vec<usize> = Vec::new();
        let mut i = begin;
        while i <= end {
            if source.is(i, op(b"{")) {
                blocks.push(i);
            } else if source.is(i, op(b"}")) {
                blocks.pop();
                let depth = blocks.len();
                while let Some(at) = open.iter().rposition(|one| one.by_variable && one.depth > depth) {
                    out.close(open.remove(at), (i, i), true);
                }
                // Those of inner blocks come last.
                while let Some((mut one, _)) = waiting.pop_if(|(_, block)| *block > depth) {
                    one.from = i;
                    open.push(one);
                }
            } else if source.is_ident(i) {
                let word = source.word(i);
                if let Some((effect, name)) = guard_variable(body, i) {
                    let mut objects = arguments(body, name + 1);
                    objects.truncate(2);
                    if open.len() < MOST_OPEN {
                        open.push(Open {
                            hold: hold_of(effect),
                            from: i,
                            begin: i,
                            depth: blocks.len(),
                            objects,
                            by_variable: true,
                            macro_block: false,
                            variable: name,
                        });
                    }
                    i = source.after_group(name + 1).max(name + 1);
                    continue;
                }
                let known = body.names.at(i);
                let method = is_method(body, i);
                let of_guard = |one: &Open| {
                    one.hold == Hold::Detached
                        && one.variable != 0
                        && source.word(one.variable) == source.word(i.wrapping_sub(2))
                };
                let effect = if method && attaches_early(word) && open.iter().any(of_guard) {
                    Some(Effect::Attach)
                } else if method {
                    method_effect(word)
                } else {
                    known.effect.or(if guessing { known.guess } else { None })
                };
                let calls = source.is(i + 1, op(b"("));
                let bare = matches!(effect, Some(Effect::Detach | Effect::Attach | Effect::SectionEnd))
                    || (body.names.is_macro(word) && source.is(i + 1, op(b";")))
                    || is_statement(body, i);
                // A lambda that is run once, while others wait.
                if calls && known.traits.has(Trait::RunsOnce) {
                    let to = source.after_group(i + 1).saturating_sub(1);
                    out.list.push(Stretch::whole(Hold::Lock, (i + 1, to)));
                }
                if let Some(effect) = effect.filter(|_| calls || bare) {
                    let receiver = method.then(|| text(body, body.path_start(i), i.saturating_sub(1)));
                    out.event(body, effect, i, receiver, &mut open, &mut waiting, &mut left, &blocks);
                }
            }
            i += 1;
        }
        for one in open {
            let closed = one.by_variable;
            out.close(one, (end, end), closed);
        }
        out.list.sort_by_key(|one| (one.from, one.to));
        out.find_places();
        out
    }

    /// Says that all of a body runs with the thread state detached.
    pub fn detach_all(&mut self, body: (usize, usize)) {
        self.list.insert(0, Stretch::whole(Hold::Detached, body));
        self.find_places();
    }

    /// The token that gives the last of the thread states back that were asked for in the function's own block, where nothing
    /// says what holds after that.
    pub fn released(&self, body: &Body<'_>) -> Option<usize> {
        let outer = |i: usize| body.block_at(i).is_some_and(|block| block.open == body.function.body.0);
        let states = [Hold::Detached, Hold::Attached, Hold::Ensured];
        let last = self.list.iter().filter(|one| states.contains(&one.hold)).max_by_key(|one| one.to)?;
        let known = last.hold == Hold::Ensured && last.by_call && last.closed;
        (known && outer(last.from) && outer(last.to)).then_some(last.to)
    }

    /// Says that what stands after a token runs with the thread state detached.
    pub fn detach_after(&mut self, token: usize, end: usize) {
        let at = self.list.partition_point(|one| one.from <= token);
        self.list.insert(at, Stretch::whole(Hold::Detached, (token, end)));
        self.find_places();
    }

    /// Goes over the beginnings and ends of all stretches once, in order.
    fn find_places(&mut self) {
        let list = &self.list;
        let inside = |one: &Stretch| one.from + 1 < one.to;
        let mut edges: Vec<usize> = list.iter().flat_map(|one| [one.from + 1, one.to, one.until]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut ends: Vec<usize> = (0..list.len()).collect();
        ends.sort_by_key(|&at| list.get(at).map(|one| one.to));
        let (mut starting, mut ending) = (0..list.len(), ends.into_iter().peekable());
        let mut next = starting.next();
        let mut open: BTreeSet<usize> = BTreeSet::new();
        // States of the thread, the last one opened on top; those that ended are taken off when they get there.
        let mut states: Vec<&Stretch> = Vec::new();
        let (mut sections, mut ensured, mut locked) = (0_usize, 0_usize, 0_usize);
        self.places.clear();
        for edge in edges {
            while let Some(at) = ending.next_if(|&at| list.get(at).is_some_and(|one| one.to <= edge)) {
                let Some(hold) = list.get(at).map(|one| one.hold).filter(|_| open.remove(&at)) else {
                    continue;
                };
                sections -= usize::from(hold == Hold::Section);
                ensured -= usize::from(hold == Hold::Ensured);
            }
            while let Some((at, one)) =
                next.and_then(|at| Some((at, list.get(at)?))).filter(|(_, one)| one.from < edge)
            {
                next = starting.next();
                if one.hold == Hold::Lock {
                    locked = locked.max(one.until);
                }
                if !inside(one) {
                    continue;
                }
                open.insert(at);
                match one.hold {
                    Hold::Section => sections += 1,
                    Hold::Lock => {}
                    Hold::Ensured => {
                        ensured += 1;
                        states.push(one);
                    }
                    Hold::Detached | Hold::Attached => states.push(one),
                }
            }
            while states.pop_if(|one| one.to <= edge).is_some() {}
            let mut around: Box<[u32]> = open.iter().rev().take(AROUND).map(|&at| at as u32).collect();
            around.reverse();
            self.places.push(Place {
                from: edge,
                lock: edge < locked,
                section: sections > 0,
                detached: states.last().is_some_and(|one| one.hold == Hold::Detached),
                ensured: ensured > 0,
                around,
            });
        }
    }

    /// What holds at a token; `None` before the first stretch.
    fn place(&self, i: usize) -> Option<&Place> {
        let after = self.places.partition_point(|one| one.from <= i);
        self.places.get(after.checked_sub(1)?)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one pass")]
    fn event(
        &mut self,
        body: &Body<'_>,
        effect: Effect,
        at: usize,
        receiver: Option<String>,
        open: &mut Vec<Open>,
        waiting: &mut Vec<(Open, usize)>,
        left: &mut Leaving,
        blocks: &[usize],
    ) {
        let objects = match receiver {
            Some(receiver) => vec![receiver],
            None => {
                let mut all = arguments(body, at + 1);
                all.truncate(if effect == Effect::Section2Begin { 2 } else { 1 });
                all
            }
        };
        match effect {
            Effect::Lock | Effect::SectionBegin | Effect::Section2Begin | Effect::Detach | Effect::Ensure => {
                let name = body.source.word(at);
                if open.len() >= MOST_OPEN {
                    return;
                }
                open.push(Open {
                    hold: hold_of(effect),
                    from: at,
                    begin: at,
                    depth: blocks.len(),
                    objects,
                    by_variable: false,
                    variable: 0,
                    macro_block: effect.locks() && effect != Effect::Lock && name.contains("BEGIN"),
                });
            }
            Effect::Unlock | Effect::SectionEnd | Effect::Attach | Effect::Release => {
                let fits = |one: &Open| match effect {
                    Effect::Unlock => one.hold == Hold::Lock,
                    Effect::SectionEnd => one.hold == Hold::Section,
                    Effect::Attach => one.hold == Hold::Detached,
                    _ => one.hold == Hold::Ensured,
                };
                let same = |one: &Open| fits(one) && !objects.is_empty() && one.objects == objects;
                let found = open
                    .iter()
                    .rposition(|one| same(one) && effect == Effect::Unlock)
                    .or_else(|| open.iter().rposition(fits));
                let Some(found) = found else {
                    // A name that only sounds like it may be a macro that lets other threads run.
                    let known = Knowledge::builtin().traits(body.source.word(at)).has(Trait::MutexUnlock);
                    if known && self.is_inherited(&objects) {
                        // What gives back a lock that it did not take, was called with it.
                        let whole = (body.function.body.0, at);
                        self.list.push(Stretch { objects, ..Stretch::whole(Hold::Lock, whole) });
                    }
                    return;
                };
                let one = open.remove(found);
                let block = blocks.len();
                if block > one.depth && left.leaves(body, blocks.last().copied().unwrap_or(at)) {
                    let again = Open {
                        hold: one.hold,
                        from: one.from,
                        begin: one.begin,
                        depth: one.depth,
                        objects: one.objects.clone(),
                        by_variable: one.by_variable,
                        macro_block: one.macro_block,
                        variable: one.variable,
                    };
                    waiting.push((again, block));
                }
                let given = if effect == Effect::Unlock { body.source.after_group(at + 1) } else { at };
                self.close(one, (at, given.max(at)), true);
            }
        }
    }

    /// Whether nothing was locked yet, or given back, in the function: these are its first words on locks.
    fn is_inherited(&self, objects: &[String]) -> bool {
        !objects.is_empty() && self.list.iter().all(|one| one.hold != Hold::Lock)
    }

    fn close(&mut self, one: Open, (to, until): (usize, usize), closed: bool) {
        self.list.push(Stretch {
            hold: one.hold,
            from: one.from,
            to,
            until,
            objects: one.objects,
            by_call: !one.by_variable,
            macro_block: one.macro_block && one.from == one.begin,
            closed,
        });
    }

    /// Whether a critical section is open at a token.
    pub fn in_section(&self, i: usize) -> bool {
        self.place(i).is_some_and(|one| one.section && !one.detached)
    }

    /// Whether any lock is held at a token. A critical section does not survive detaching; other locks do.
    pub fn locked(&self, i: usize) -> bool {
        self.place(i).is_some_and(|one| one.lock || one.section && !one.detached)
    }

    /// Whether the thread is detached at a token.
    pub fn detached(&self, i: usize) -> bool {
        self.place(i).is_some_and(|one| one.detached)
    }

    /// Whether the thread was attached last by what is still open at a token, whatever state it came in.
    pub fn attached(&self, i: usize) -> bool {
        let states =
            self.around(i).map(|one| one.hold).filter(|hold| !matches!(hold, Hold::Section | Hold::Lock));
        states.last().is_some_and(|hold| hold != Hold::Detached)
    }

    /// Whether a token stands between taking "the GIL" and giving it back.
    pub fn ensured(&self, i: usize) -> bool {
        self.place(i).is_some_and(|one| one.ensured)
    }

    /// The stretches that a token lies in, of many the innermost; the tokens that open and close them are outside.
    pub fn around(&self, i: usize) -> impl Iterator<Item = &Stretch> {
        let around = self.place(i).map_or(&[][..], |one| &one.around);
        around.iter().filter_map(|&at| self.list.get(at as usize))
    }
}

/// Which blocks end by leaving: asked for each lock that is given back in one.
#[derive(Debug, Default)]
struct Leaving(HashMap<usize, bool>);

impl Leaving {
    fn leaves(&mut self, body: &Body<'_>, open: usize) -> bool {
        *self.0.entry(open).or_insert_with(|| leaves(body, open))
    }
}

fn hold_of(effect: Effect) -> Hold {
    match effect {
        Effect::SectionBegin | Effect::Section2Begin | Effect::SectionEnd => Hold::Section,
        Effect::Lock | Effect::Unlock => Hold::Lock,
        Effect::Detach => Hold::Detached,
        Effect::Attach => Hold::Attached,
        Effect::Ensure | Effect::Release => Hold::Ensured,
    }
}

/// Whether any name in the body has to do with locks or thread states.
fn mentions(body: &Body<'_>) -> bool {
    let (from, to) = body.function.body;
    (from..to).any(|i| {
        let known = body.names.at(i);
        known.effect.is_some()
            || known.guess.is_some()
            || known.scoped.is_some()
            || known.traits.has(Trait::RunsOnce)
            || method_effect(body.source.word(i)).is_some()
    })
}

fn guesses_pair(body: &Body<'_>) -> bool {
    let (mut opens, mut closes) = (false, false);
    for call in &body.calls {
        let known = body.names.at(call.name);
        if let Some(effect) = known.effect.or(known.guess) {
            opens |= effect.locks() || effect == Effect::Detach;
            closes |= effect.unlocks() || effect == Effect::Attach;
        }
    }
    if opens && closes {
        return true;
    }
    // Macros without brackets.
    let (from, to) = body.function.body;
    let guesses = |wanted: Effect| (from..to).any(|i| body.names.at(i).guess == Some(wanted));
    let stands =
        |wanted: Effect| (from..to).any(|i| body.names.at(i).guess == Some(wanted) && is_statement(body, i));
    guesses(Effect::Detach) && guesses(Effect::Attach) || stands(Effect::Lock) && stands(Effect::Unlock)
}

/// Whether a word in capitals is a statement of its own: `API_LOCK;`, or one on a line of its own whose macro brings the
/// semicolon along.
fn is_statement(body: &Body<'_>, i: usize) -> bool {
    let source = &body.source;
    let capitals = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let before = i.wrapping_sub(1);
    let known = body.names.at(i);
    (known.guess.is_some() || known.effect.is_some())
        && source.word(i).bytes().all(capitals)
        && [op(b";"), op(b"{"), op(b"}"), op(b")")].iter().any(|one| source.is(before, *one))
        && (source.is(i + 1, op(b";")) || ends_line(body, i))
}

/// Whether the next statement, or the end of the block, stands on a later line than token `i`.
fn ends_line(body: &Body<'_>, i: usize) -> bool {
    let source = &body.source;
    let between = source.end(i) as usize..source.start(i + 1) as usize;
    (source.is_ident(i + 1) || source.is(i + 1, op(b"}")) || source.is(i + 1, op(b"*")))
        && source.code.get(between).is_some_and(|text| text.contains('\n'))
}

fn is_method(body: &Body<'_>, i: usize) -> bool {
    body.source.is(i.wrapping_sub(1), op(b".")) || body.source.is(i.wrapping_sub(1), op(b"->"))
}

/// What a lock's own methods do.
fn method_effect(word: &str) -> Option<Effect> {
    match word {
        "lock" | "Lock" | "lock_shared" | "acquire" | "Acquire" => Some(Effect::Lock),
        "unlock" | "Unlock" | "unlock_shared" | "release_lock" | "Release" => Some(Effect::Unlock),
        _ => None,
    }
}

/// Whether the block that opens at `open` ends by leaving: `return`, `goto`, `break`, `continue`, `throw`.
pub fn leaves(body: &Body<'_>, open: usize) -> bool {
    let source = &body.source;
    let Some(close) = source.mate(open).filter(|&close| close > open) else { return false };
    let mut last = close - 1;
    while last > open && source.is(last, op(b";")) {
        last -= 1;
    }
    let start = body.statement_start(last);
    let word = source.word(start);
    matches!(word, "return" | "goto" | "break" | "continue" | "throw")
        || word.contains("RETURN")
        || matches!(word, "exit" | "abort" | "longjmp")
}

fn arguments(body: &Body<'_>, open: usize) -> Vec<String> {
    let arguments = body.source.arguments(open);
    arguments.iter().take(2).map(|&(from, to)| text(body, from, to)).collect()
}

/// Tokens as text without blanks, casts aside.
pub fn text(body: &Body<'_>, from: usize, to: usize) -> String {
    let (from, to) = body.strip(from, to);
    (from..to.min(from + 24)).map(|t| body.source.text(t)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::CFile;
    use crate::source::c::names::Names;

    fn look(path: &str, text: &str, asks: &[(&str, bool, bool)]) {
        let file = CFile::read(path, text.as_bytes());
        let names = Names::new(&file);
        let body = Body::read(file.source(), &file.items.functions[0], &names);
        let stretches = Stretches::of(&body);
        for (mark, locked, detached) in asks {
            let at = body.source.token_at(text.find(mark).expect("the mark is there") as u32);
            assert_eq!((stretches.locked(at), stretches.detached(at)), (*locked, *detached), "{mark}");
        }
    }

    #[test]
    fn sections_and_locks_end_where_they_are_closed() {
        look(
            "a.c",
            "void f(T *self) { a0(); Py_BEGIN_CRITICAL_SECTION(self); a1(); Py_END_CRITICAL_SECTION(); a2();\n\
             PyMutex_Lock(&m); if (x) { PyMutex_Unlock(&m); a3(); return; } a4(); PyMutex_Unlock(&m); a5(); }",
            &[
                ("a0", false, false),
                ("a1", true, false),
                ("a2", false, false),
                ("a3", false, false),
                ("a4", true, false),
                ("a5", false, false),
            ],
        );
    }

    #[test]
    fn what_a_call_that_unlocks_is_given_is_read_under_the_lock() {
        look(
            "a.c",
            "void f(T *self) { DBMUTEX_ENSURE(self->db); a1(); db_mutex_leave(a2->db->mutex); a3(); }",
            &[("a1", true, false), ("a2", true, false), ("a3", false, false)],
        );
    }

    #[test]
    fn detaching_ends_a_critical_section_and_spares_other_locks() {
        look(
            "a.c",
            "void f(T *self) { Py_BEGIN_CRITICAL_SECTION(self); Py_BEGIN_ALLOW_THREADS a1(); Py_BLOCK_THREADS a2();\n\
             Py_UNBLOCK_THREADS a3(); Py_END_ALLOW_THREADS a4(); Py_END_CRITICAL_SECTION();\n\
             PyThread_acquire_lock(l, 1); Py_BEGIN_ALLOW_THREADS a5(); Py_END_ALLOW_THREADS }",
            &[
                ("a1", false, true),
                ("a2", true, false),
                ("a3", false, true),
                ("a4", true, false),
                ("a5", true, true),
            ],
        );
    }

    #[test]
    fn guards_of_cpp_hold_until_their_block_ends() {
        look(
            "a.cpp",
            "void f() { a0(); { std::lock_guard<std::mutex> guard(m); a1(); } a2(); { py::gil_scoped_release r; a3();\n\
             { py::gil_scoped_acquire g; a4(); } a5(); } const ScopedCriticalSection cs(self); a6(); }",
            &[
                ("a0", false, false),
                ("a1", true, false),
                ("a2", false, false),
                ("a3", false, true),
                ("a4", false, false),
                ("a5", false, true),
                ("a6", true, false),
            ],
        );
    }

    #[test]
    fn a_projects_own_guards_hold_as_the_standard_librarys_do() {
        let text = "class Keeper { public: explicit Keeper(std::mutex &m) : m_(m) { m_.lock(); } ~Keeper() { m_.unlock(); }\n\
                    private: std::mutex &m_; };\n\
                    struct Holder { std::lock_guard<std::mutex> held; };\n\
                    void f() { { Keeper k(m); a1(); } a2(); { Holder h{m}; a3(); } { FarGuard g(the_mutex); a4(); }\n\
                    FarGuard other(name); a5(); }";
        let file = CFile::read("a.cpp", text.as_bytes());
        let names = Names::new(&file);
        let function = file.items.functions.iter().find(|one| one.name == "f").expect("it is there");
        let body = Body::read(file.source(), function, &names);
        let stretches = Stretches::of(&body);
        for (mark, locked) in [("a1", true), ("a2", false), ("a3", true), ("a4", true), ("a5", false)] {
            let at = body.source.token_at(text.find(mark).expect("the mark is there") as u32);
            assert_eq!(stretches.locked(at), locked, "{mark}");
        }
    }

    #[test]
    fn what_is_run_once_is_run_alone() {
        look(
            "a.cpp",
            "void f() { std::call_once(flag, [] { a1(); }); a2(); }",
            &[("a1", true, false), ("a2", false, false)],
        );
    }

    #[test]
    fn what_detaching_returns_is_no_guard() {
        look(
            "a.c",
            "void f() { { PyThreadState *s = PyEval_SaveThread(); a1(); } a2(); PyEval_RestoreThread(s); a3(); }",
            &[("a1", false, true), ("a2", false, true), ("a3", false, false)],
        );
    }

    #[test]
    fn a_lock_known_by_name_alone_counts_only_with_its_other_half() {
        look(
            "a.c",
            "void f() { MUTEX_LOCK(&m); a1(); MUTEX_UNLOCK(&m); a2(); }",
            &[("a1", true, false), ("a2", false, false)],
        );
        look("a.c", "void f() { file_lock(fd); a1(); }", &[("a1", false, false)]);
    }
}

//! Walks the statements of a Cython file and keeps [`Facts`].
//!
//! Blocks are told by their indentation, with a stack of our own. A statement knows which function it stands in,
//! whether a lock is held there, and what the conditions around it have just tested. The walk is made twice: which
//! names are the module's C variables is known only at the end of the file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::facts::{Act, Facts, Function, Sort, Span};
use super::handed::Copied;
use super::lex::Text;
use super::locks::{self, Held};
use super::paired::Partner;
use super::types::{self, Type};
use crate::knowledge::Domain;
use crate::source::c::lines::Lines;

/// Most blocks that may be open.
const DEEPEST: usize = 100;

/// Most tested names kept for one block.
const TESTED: usize = 8;

/// What Cython calls CPython's critical section, as a function and as a decorator.
const SECTION: &str = "critical_section";

/// Longest statement text kept, in bytes.
const LONGEST: u32 = 200;

/// A block that is open.
#[derive(Debug)]
pub(super) struct Block {
    pub indent: u32,
    pub kind: Opened,
}

/// What a condition shows where it holds, by the paths of what it asks.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// What is not there.
    pub missing: Vec<String>,
    /// What is there.
    pub present: Vec<String>,
    /// Containers that hold something, or the key that was asked for.
    pub holds: Vec<String>,
    /// Containers that do not, so that they do wherever the condition does not hold.
    pub lacks: Vec<String>,
}

impl Shown {
    /// What is shown where the condition does not hold as well.
    fn or_else(&mut self, before: Self) {
        self.missing.extend(before.present);
        self.present.extend(before.missing);
        self.holds.extend(before.lacks);
        self.lacks.extend(before.holds);
    }

    fn truncate(mut self) -> Self {
        for all in [&mut self.missing, &mut self.present, &mut self.holds, &mut self.lacks] {
            all.truncate(TESTED);
        }
        self
    }
}

/// What kind of block.
#[derive(Debug)]
pub(super) enum Opened {
    /// An extension type, by its place in the facts.
    Class(usize),
    /// A class of Python's; in a Python file by its place in the facts.
    Plain(Option<usize>),
    /// `try`: what was looked up in it, and whether it returns.
    Try { looked: Vec<String>, returns: bool },
    /// A function; the innermost is the last of [`Walk::inside`].
    Function,
    /// `cdef extern from`.
    Extern,
    /// `cdef:`, whose statements are declarations.
    Declarations,
    /// A C structure, union or enumeration.
    Shape,
    /// A C++ class of an `extern` block, by its name there.
    Foreign(String),
    /// `with lock:` or a critical section.
    Lock,
    /// `with nogil:`, or with `gil`.
    Gil(bool),
    /// `if`, `elif`, `else`, `while`: what is known to be missing inside, and what to be there; its header's tokens.
    Branch { shown: Shown, head: (usize, usize) },
    /// What no build without the GIL compiles.
    Uncompiled,
    /// Any other.
    Other,
}

/// A function that is being walked.
#[derive(Debug, Default)]
pub(super) struct Inside {
    /// Its place in the facts.
    pub at: usize,
    /// Objects of extension types it knows by name.
    pub objects: HashMap<String, String>,
    /// Objects of extension types that a private function was handed, by name, until it puts another there.
    pub handed: HashMap<String, String>,
    /// Locals that hold what an attribute does.
    pub copies: HashMap<String, Copied>,
    /// Types of names, also of those whose object may be anybody's.
    pub types: HashMap<String, String>,
    /// Its own names, which hide the module's.
    pub locals: HashSet<String>,
    /// Locals that hold a container nobody else knows.
    pub fresh: HashSet<String>,
    /// Locals that hold an object of an extension type that was made here.
    pub made: HashSet<String>,
    /// Names it declared `global`.
    pub globals: HashSet<String>,
    /// Locals that hold what a container gave for a key, or nothing, and which container.
    pub got: HashMap<String, String>,
    /// Locals that hold a lock which was made here.
    pub locks: HashSet<String>,
    /// A lock that was taken by a call.
    pub held: Option<Held>,
    /// What an early return has shown to be missing, with the header that asked.
    pub missing: Vec<(String, (usize, usize))>,
    /// Containers that an early return has shown to hold something, with the header that asked.
    pub holds: Vec<(String, (usize, usize))>,
    /// Locals that hold how many items a container has, and which; and the token where that was asked.
    pub sized: HashMap<String, (String, usize)>,
    /// Names of its parameters, by position.
    pub parameters: Vec<String>,
    /// Those that are addresses.
    pub pointers: HashSet<String>,
    /// Parameters that were given something else.
    pub replaced: HashSet<String>,
    /// Locals that hold a function which another function chose for an object, and which one.
    pub chosen: HashMap<String, String>,
    /// Parameters that may be a list which somebody else has as well.
    pub lists: HashSet<String>,
    /// Of a private function, the tokens of parameters that are numbers.
    pub sizes: Vec<usize>,
    /// Locals that were given memory, and of which domain: none where that is not known.
    pub memory: HashMap<String, Option<Domain>>,
}

/// The walk over one file.
pub(super) struct Walk<'a> {
    pub text: &'a Text,
    pub lines: &'a Lines,
    pub facts: Facts,
    pub stack: Vec<Block>,
    pub inside: Vec<Inside>,
    /// Decorators of the next definition, by their last names.
    pub decorators: Vec<String>,
    /// Names of the module's C variables; empty in the first walk.
    pub known: BTreeSet<String>,
    /// C functions by the name used here.
    pub imported: BTreeMap<String, String>,
    /// Names used here for modules that declare the functions of C libraries.
    pub modules: BTreeSet<String>,
    /// What was taken from other Cython modules, or such modules themselves, by the names used here.
    pub declaring: BTreeSet<String>,
    /// Cython modules taken whole by a name of several parts, by the last or the one given here.
    pub dotted: BTreeSet<String>,
    /// Names of functions that take a lock, for there are others that give it back.
    pub pairs: HashSet<String>,
    /// Names of the module that functions put something else under.
    pub rebound: HashSet<&'a str>,
    /// Names of several words that are handed to functions as they are: variables, it may be.
    pub arguments: HashSet<&'a str>,
    /// Names used here for the operators `++` and `--` of C++.
    pub steps: HashSet<String>,
    /// What else the module `cython` is called here.
    pub cython_as: Option<String>,
    /// Names imported from Python modules.
    pub of_python: HashSet<String>,
    /// The file, in which strings are still what they were.
    pub bytes: &'a [u8],
    /// The last branch closed: its indentation and what it tested.
    last: Option<(u32, Shown)>,
    /// The last `try` closed: its indentation, what it looked up, and whether it returned what it found.
    tried: Option<(u32, Vec<String>, bool)>,
    /// Of a Python file, the attributes that the bodies of its classes give them; empty in the first walk.
    pub attributes: BTreeMap<String, BTreeSet<String>>,
    /// The last `IF` closed: its indentation, and whether it was compiled.
    chosen: Option<(u32, bool)>,
    /// Reads seen, so that each is kept once.
    pub seen: HashSet<(super::facts::Target, Option<usize>, (bool, Act))>,
    /// How many loops over what may be a list were met.
    pub loops: usize,
    /// Which of the text's statements is walked.
    pub nth: usize,
    /// Whether uses are wanted.
    pub uses: bool,
    /// The file is Python: what its body assigns is the module's state.
    pub python: bool,
    /// What the `.pxd` beside a Python file says of it.
    pub partner: Option<&'a Partner>,
}

/// Reads one file.
pub(super) fn read(path: &str, bytes: &[u8], python: bool, partner: Option<&Partner>) -> Facts {
    let text = Text::read(bytes);
    let lines = Lines::new(bytes);
    let first = walk(path, (bytes, &text), &lines, None, Pass { uses: false, python, partner });
    walk(path, (bytes, &text), &lines, Some(&first), Pass { uses: true, python, partner })
}

/// Which walk this is.
#[derive(Debug, Clone, Copy)]
struct Pass<'a> {
    uses: bool,
    python: bool,
    partner: Option<&'a Partner>,
}

fn walk<'a>(
    path: &str,
    (bytes, text): (&'a [u8], &'a Text),
    lines: &'a Lines,
    first: Option<&Facts>,
    pass: Pass<'a>,
) -> Facts {
    let own = first.into_iter().flat_map(|first| &first.globals).map(|global| &global.name);
    let known = own.chain(pass.partner.into_iter().flat_map(|one| &one.globals)).cloned().collect();
    let mut walk = Walk {
        text,
        lines,
        facts: Facts { path: path.to_owned(), ..Facts::default() },
        stack: Vec::new(),
        inside: Vec::new(),
        decorators: Vec::new(),
        known,
        imported: BTreeMap::new(),
        modules: BTreeSet::new(),
        declaring: BTreeSet::new(),
        dotted: BTreeSet::new(),
        pairs: locks::pairs(text),
        rebound: rebound(text),
        arguments: if pass.python { HashSet::new() } else { arguments(text) },
        steps: HashSet::new(),
        cython_as: None,
        of_python: HashSet::new(),
        bytes,
        last: None,
        tried: None,
        attributes: attributes(first),
        chosen: None,
        seen: HashSet::new(),
        loops: 0,
        nth: 0,
        uses: pass.uses,
        python: pass.python,
        partner: pass.partner,
    };
    for (nth, one) in text.statements.iter().enumerate() {
        walk.nth = nth;
        let (mut from, mut indent) = (one.from as usize, one.indent);
        // What follows the colon of `if x: y` is a statement one step further in.
        loop {
            walk.close(indent);
            match walk.statement(from, one.to as usize, indent) {
                Some(rest) if rest < one.to as usize => from = rest,
                _ => break,
            }
            indent += 1;
        }
    }
    walk.facts
}

/// Names that stand behind `global`.
fn rebound(text: &Text) -> HashSet<&str> {
    let begins = text.statements.iter().filter(|one| text.is(one.from as usize, "global"));
    begins.flat_map(|one| one.from as usize + 1..one.to as usize).map(|at| text.name(at)).collect()
}

/// Names with an underscore that stand as an argument, whole or by their address, and are never called.
fn arguments(text: &Text) -> HashSet<&str> {
    let named = |at: &usize| text.name(*at).contains('_');
    let mut called = HashSet::new();
    let mut handed = HashSet::new();
    for at in (1..text.tokens.len()).filter(named) {
        let begins = ["(", ",", "&"].iter().any(|one| text.is(at - 1, one));
        if text.is(at + 1, "(") || text.is(at + 1, "[") || text.is(at + 1, ".") {
            called.insert(text.name(at));
        } else if begins && (text.is(at + 1, ",") || text.is(at + 1, ")")) {
            handed.insert(text.name(at));
        }
    }
    handed.difference(&called).copied().collect()
}

/// What the bodies of a Python file's classes give them.
fn attributes(first: Option<&Facts>) -> BTreeMap<String, BTreeSet<String>> {
    let classes = first.into_iter().flat_map(|first| &first.classes);
    let named = |class: &super::facts::Class| class.fields.iter().map(|field| field.name.clone()).collect();
    classes.map(|class| (class.name.clone(), named(class))).collect()
}

impl Walk<'_> {
    /// Closes the blocks that a statement of this indentation is not part of.
    fn close(&mut self, indent: u32) {
        while self.stack.last().is_some_and(|block| block.indent >= indent) {
            let Some(block) = self.stack.pop() else { return };
            match block.kind {
                Opened::Function => {
                    self.inside.pop();
                }
                Opened::Branch { shown, .. } => self.last = Some((block.indent, shown)),
                Opened::Try { looked, returns } => self.tried = Some((block.indent, looked, returns)),
                _ => {}
            }
        }
        if let Some(inside) = self.inside.last_mut()
            && inside.held.is_some_and(|held| indent < held.indent)
        {
            inside.held = None;
        }
    }

    /// Opens a block; one that is deeper than anybody writes counts as part of the one around it.
    pub(super) fn open(&mut self, indent: u32, kind: Opened) {
        if self.stack.len() < DEEPEST {
            self.stack.push(Block { indent, kind });
        }
    }

    /// Blocks of the innermost function, innermost first.
    pub(super) fn around(&self) -> impl Iterator<Item = &Opened> {
        self.stack.iter().rev().map(|block| &block.kind).take_while(|kind| !matches!(kind, Opened::Function))
    }

    /// Whether the thread state is detached here.
    pub(super) fn detached(&self) -> bool {
        self.around().find_map(|kind| match kind {
            Opened::Gil(held) => Some(!held),
            _ => None,
        }) == Some(true)
    }

    /// Where a stretch of tokens lies; the text is that of `from..to`.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        let start = self.text.tokens.get(from).map_or(0, |token| token.start);
        let end = self.text.tokens.get(to.saturating_sub(1)).map_or(start, |token| token.end);
        let (line, column) = self.lines.position(start);
        let (end_line, end_column) = self.lines.position(end);
        let mut stop = end.min(start.saturating_add(LONGEST));
        while stop > start && self.text.slice(start, stop).is_empty() {
            stop -= 1;
        }
        Span { line, column, end_line, end_column, text: self.text.slice(start, stop).into() }
    }

    /// Reads one statement or header; the token where a statement behind the header begins, if one does.
    fn statement(&mut self, from: usize, to: usize, indent: u32) -> Option<usize> {
        match self.stack.last().map(|block| &block.kind) {
            Some(Opened::Extern) => {
                self.foreign(from, to, indent);
                return None;
            }
            Some(Opened::Foreign(class)) => {
                let class = class.clone();
                self.member(&class, from, to, indent);
                return None;
            }
            Some(Opened::Shape | Opened::Uncompiled) => return None,
            Some(Opened::Declarations) => return self.declaration(from, to, indent),
            _ => {}
        }
        match self.text.name(from) {
            "cdef" | "cpdef" => return self.declaration(from + 1, to, indent),
            "def" => {
                return self.function(from + 1, to, indent, self.sort(from + 1));
            }
            "async" if self.text.is(from + 1, "def") => {
                return self.function(from + 2, to, indent, Sort::Python);
            }
            "ctypedef" => self.alias(from + 1, to, indent),
            "class" if self.is_extension_type(from + 1) => self.class(from + 1, to, indent),
            "class" => self.plain_class(from + 1, to, indent),
            "property" if self.text.is(from + 2, ":") => self.open(indent, Opened::Other),
            "from" | "cimport" | "import" => self.import(from, to),
            "include" => self.facts.includes.extend(self.literal(from + 1)),
            "" if self.text.is(from, "@") => {
                let end = self.text.find(from, to, |at| self.text.is(at, "(")).unwrap_or(to);
                self.decorators.push(self.text.name(end.saturating_sub(1)).to_owned());
            }
            word => {
                self.decorators.clear();
                let word = word.to_owned();
                return self.plain(&word, from, to, indent);
            }
        }
        None
    }

    /// A statement that defines nothing.
    fn plain(&mut self, word: &str, from: usize, to: usize, indent: u32) -> Option<usize> {
        let compound = [
            "if", "elif", "else", "while", "for", "with", "try", "except", "finally", "async", "match",
            "case", "IF", "ELIF", "ELSE",
        ];
        if !compound.contains(&word) {
            if (self.python || self.stack.is_empty()) && self.inside.is_empty() {
                self.module_variable(from, to);
            }
            self.annotated(from, to);
            self.simple(from, to, indent);
            return None;
        }
        let from = from + usize::from(word == "async");
        let word = self.text.name(from).to_owned();
        let colon = self.header_end(from, to);
        let kind = match word.as_str() {
            "if" | "elif" | "while" | "else" => {
                if word == "while" {
                    self.goes_by((from, colon));
                }
                self.branch(&word, from + 1, colon, indent)
            }
            "with" => self.with(from + 1, colon),
            "try" => Opened::Try { looked: Vec::new(), returns: false },
            "except" => self.except(from + 1, colon, indent),
            "IF" | "ELIF" | "ELSE" => self.chosen(&word, from + 1, colon, indent),
            "for" => {
                self.kept_by(from + 1, (from + 2, colon));
                Opened::Other
            }
            _ => Opened::Other,
        };
        if self.uses && !matches!(word.as_str(), "else" | "IF" | "ELIF" | "ELSE") {
            self.expressions(from + 1, colon);
        }
        if word == "for" {
            self.filled_in_loop(from, colon, to, indent);
        }
        self.open(indent, kind);
        Some(colon + 1)
    }

    /// The colon that ends a header: the first outside of brackets that no `lambda` owns.
    fn header_end(&self, from: usize, to: usize) -> usize {
        let mut lambdas = 0;
        let mut at = from;
        while at < to {
            if self.text.is(at, "lambda") {
                lambdas += 1;
            } else if self.text.is(at, ":") {
                if lambdas == 0 {
                    return at;
                }
                lambdas -= 1;
            }
            at = self.text.after(at);
        }
        to
    }

    fn branch(&mut self, word: &str, from: usize, to: usize, indent: u32) -> Opened {
        let before = self.last.take().filter(|last| last.0 == indent && (word == "elif" || word == "else"));
        let (missing, present) = self.tests(from, to);
        let (holds, lacks) = self.holding(from, to);
        let mut shown = Shown { missing, present, holds, lacks };
        if let Some((_, before)) = before {
            // Where the first test failed, what it asked for is the other way round.
            shown.or_else(before);
        }
        Opened::Branch { shown: shown.truncate(), head: (from.saturating_sub(1), to) }
    }

    /// `IF NAME:`, decided when Cython compiles: whether what follows is compiled for a build without the GIL.
    fn chosen(&mut self, word: &str, from: usize, to: usize, indent: u32) -> Opened {
        let before = self.chosen.take().filter(|before| before.0 == indent && word != "IF");
        let not = usize::from(self.text.is(from, "not"));
        let name = self.text.name(from + not).to_ascii_uppercase();
        let says =
            ["FREE_THREAD", "FREETHREAD", "GIL_DISABLED", "NOGIL"].iter().any(|one| name.contains(one));
        let holds = (says && from + not + 1 == to).then_some(not == 0);
        let taken = before.is_some_and(|before| before.1);
        self.chosen = Some((indent, taken || holds == Some(true)));
        if taken || holds == Some(false) { Opened::Uncompiled } else { Opened::Other }
    }

    /// `except KeyError`: what the `try` looked up is missing.
    fn except(&mut self, from: usize, to: usize, indent: u32) -> Opened {
        let misses = (from..to).any(|at| matches!(self.text.name(at), "KeyError" | "LookupError"));
        let tried = self.tried.take().filter(|tried| tried.0 == indent && misses);
        let Some((_, missing, returns)) = tried else { return Opened::Other };
        // Whoever found it has returned; behind the block it is missing as well.
        if returns && let Some(inside) = self.inside.last_mut() {
            inside.missing.extend(missing.iter().take(TESTED).map(|path| (path.clone(), (0, 0))));
        }
        Opened::Branch { shown: Shown { missing, ..Shown::default() }, head: (0, 0) }
    }

    /// Notes what is looked up by key in a `try`, and that it returns.
    pub(super) fn tries(&mut self, path: Option<&str>) {
        let block = self.stack.iter_mut().rev().find(|block| !matches!(block.kind, Opened::Branch { .. }));
        if let Some(Opened::Try { looked, returns }) = block.map(|block| &mut block.kind) {
            match path {
                Some(path) if looked.len() < TESTED => looked.push(path.to_owned()),
                Some(_) => {}
                None => *returns = true,
            }
        }
    }

    fn with(&mut self, from: usize, to: usize) -> Opened {
        let mut kind = Opened::Other;
        for (start, end) in self.text.split(from, to) {
            let end = self.text.find(start, end, |at| self.text.is(at, "as")).unwrap_or(end);
            match self.text.name(self.of_cython(start)) {
                "nogil" if !matches!(kind, Opened::Lock) => kind = Opened::Gil(false),
                "gil" if !matches!(kind, Opened::Lock) => kind = Opened::Gil(true),
                "nogil" | "gil" => {}
                _ if self.is_lock(start, end) => kind = Opened::Lock,
                _ => {}
            }
        }
        kind
    }

    /// Whether what a `with` enters is a lock: a critical section, something called so, or a bare name, for what
    /// is entered again and again is nearly always one.
    fn is_lock(&self, from: usize, to: usize) -> bool {
        let call = self.text.find(from, to, |at| self.text.is(at, "("));
        let last = self.text.name(call.unwrap_or(to).saturating_sub(1));
        let bare = call.is_none()
            && (from..to).all(|at| self.text.is_name(at) || self.text.is(at, "."))
            && to > from;
        bare || last == SECTION || types::is_thread_thing(last) || {
            let lower = last.to_ascii_lowercase();
            ["guard", "acquire", "synchron", "exclusive", "lease"].iter().any(|word| lower.contains(word))
        }
    }

    pub(super) fn function(&mut self, name: usize, to: usize, indent: u32, sort: Sort) -> Option<usize> {
        let text = self.text;
        let open = name + 1;
        let close = text.after(open);
        let colon = text.find(close, to, |at| text.is(at, ":"))?;
        let decorators = std::mem::take(&mut self.decorators);
        if self.stack.len() >= DEEPEST {
            return None;
        }
        let class = self.owner();
        let written = text.name(name).to_owned();
        let said = self.declared_beside(name);
        let nogil = (close..colon).any(|at| text.is(at, "nogil"))
            || decorators.iter().any(|name| name == "nogil")
            || said.is_some_and(|said| said.nogil);
        let made = is_alone(&written) || (sort == Sort::Private && !class.is_empty() && is_set_up(&written));
        let sort = if made { Sort::Alone } else { sort };
        let outer = self.inside.last();
        // A closure knows the objects around it.
        let objects = outer.map(|outer| outer.objects.clone()).unwrap_or_default();
        let of = outer.and_then(|outer| self.facts.functions.get(outer.at)).map(|f| f.class.clone());
        let mut inside = Inside { at: self.facts.functions.len(), objects, ..Inside::default() };
        let parameters = text.split(open + 1, close.saturating_sub(1));
        for (nth, (start, end)) in parameters.iter().enumerate() {
            let stop = text.find(*start, *end, |at| text.is(at, "=") || text.is(at, ":")).unwrap_or(*end);
            let words: Vec<usize> = (*start..stop).filter(|at| text.is_name(*at)).collect();
            let mut last = words.last().copied();
            if last.is_some_and(|at| matches!(text.name(at), "None" | "not" | "or")) {
                // `Type name not None`
                last = words.iter().copied().find(|at| text.is(at + 1, "not") || text.is(at + 1, "or"));
            }
            let Some(last) = last else {
                inside.parameters.push(String::new());
                continue;
            };
            let parameter = text.name(last).to_owned();
            if (*start..last).any(|at| text.is(at, "*") || text.is(at, "&")) {
                inside.pointers.insert(parameter.clone());
            }
            let plain = self.plain_owner().filter(|_| nth == 0);
            if nth == 0 && self.python && parameter == "cls" {
                // What a class method sets is the state of the class, which all threads share.
                let of = plain.unwrap_or(&parameter).to_owned();
                inside.objects.insert(parameter.clone(), of);
            } else if let (Some(of), "self") = (plain, parameter.as_str()) {
                inside.objects.insert(parameter.clone(), of.to_owned());
            } else if nth == 0 && !class.is_empty() && (words.len() == 1 || text.is(*start, &class)) {
                // `Type self` in the type's own method.
                inside.objects.insert(parameter.clone(), class.clone());
            } else if last > *start
                && let Some((Type::Sync, _)) = types::base(text, *start, last)
                && text.is_name(last - 1)
            {
                // A lock of the project's own is an object like others to what it is made of.
                if sort == Sort::Private && !self.python {
                    inside.handed.insert(parameter.clone(), text.name(last - 1).to_owned());
                }
            } else if last > *start
                && let Some((Type::Named(of), _)) = types::base(text, *start, last)
                && !text.is(last - 1, "*")
            {
                // What a private function is handed may be new; what Python hands over is not.
                if sort == Sort::Python {
                    self.facts.kept.insert(of.clone());
                    inside.objects.insert(parameter.clone(), of.clone());
                } else if sort == Sort::Private && !self.python {
                    inside.handed.insert(parameter.clone(), of.clone());
                }
                inside.types.insert(parameter.clone(), of);
            }
            if text.is(*start, "*") || text.is(*start, "**") {
                inside.fresh.insert(parameter.clone());
            }
            if self.may_be_list((*start, last), stop, *end) && (nth > 0 || class.is_empty()) {
                inside.lists.insert(parameter.clone());
            }
            let number = last > *start && matches!(types::base(text, *start, last), Some((Type::Number, _)));
            if sort == Sort::Private && number {
                inside.sizes.push(last);
            }
            inside.locals.insert(parameter.clone());
            inside.parameters.push(parameter);
        }
        self.given_beside(said, &parameters, sort, &mut inside);
        let locks =
            |name: &String| types::is_thread_thing(name) || name == SECTION || name.contains("synchron");
        self.facts.functions.push(Function {
            name: written,
            class: of.unwrap_or(class),
            sort,
            locked: decorators.iter().any(locks),
            decorators,
            nogil,
            called_back: (close..colon).any(|at| text.is(at, "with") && text.is(at + 1, "gil")),
            makes_locked: false,
            calls: Vec::new(),
            writes: BTreeSet::new(),
            asks: Vec::new(),
            passes: BTreeSet::new(),
            picks: BTreeSet::new(),
            shares: BTreeSet::new(),
        });
        self.inside.push(inside);
        self.open(indent, Opened::Function);
        Some(colon + 1)
    }

    /// The class of a Python file that a function defined here is a method of.
    fn plain_owner(&self) -> Option<&str> {
        match self
            .stack
            .iter()
            .rev()
            .map(|block| &block.kind)
            .find(|kind| !matches!(kind, Opened::Branch { .. }))?
        {
            Opened::Plain(Some(at)) => self.facts.classes.get(*at).map(|class| class.name.as_str()),
            _ => None,
        }
    }

    /// The extension type that a function defined here is a method of.
    pub(super) fn owner(&self) -> String {
        for block in self.stack.iter().rev() {
            match &block.kind {
                Opened::Class(at) => {
                    return self.facts.classes.get(*at).map(|class| class.name.clone()).unwrap_or_default();
                }
                Opened::Function | Opened::Plain(_) => break,
                _ => {}
            }
        }
        String::new()
    }
}

/// Methods that run while nobody else can have the object.
fn is_alone(name: &str) -> bool {
    matches!(
        name,
        "__cinit__"
            | "__init__"
            | "__dealloc__"
            | "__del__"
            | "__new__"
            | "__setstate__"
            | "__setstate_cython__"
    )
}

/// Private methods that finish what `__cinit__` cannot, for it takes no C values: called so by all who need one.
fn is_set_up(name: &str) -> bool {
    name.trim_start_matches('_').starts_with("init")
}

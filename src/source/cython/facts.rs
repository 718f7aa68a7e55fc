//! What one Cython file tells: declarations, and what its functions do with them.
//!
//! A `.pyx` is judged together with the `.pxd` that declares its attributes and the files that call its private
//! functions, so a file is first turned into these facts, which hold no text but the places that may be reported.

use std::collections::{BTreeMap, BTreeSet};

use super::below::Foreign;
use super::handed::Share;
use super::settings::Setting;
use super::types::Type;
use crate::model::Location;
use crate::source::found::Place;

/// Everything kept of one file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// As the project's tree calls it.
    pub path: String,
    /// Extension types, with attributes declared here.
    pub classes: Vec<Class>,
    /// Names given to types: `ctypedef`, structs, enumerations.
    pub aliases: BTreeMap<String, Type>,
    /// Variables of the module that are C variables.
    pub globals: Vec<Variable>,
    /// Functions and methods with a body.
    pub functions: Vec<Function>,
    /// Extension types of which something here outlives a call: Python hands one over, or it is got out of an attribute
    /// or container of objects. Attributes and variables that are declared as of the type speak for themselves.
    pub kept: BTreeSet<String>,
    /// Parameters of C functions that are the address of one thing of a named type.
    pub handles: BTreeSet<Handle>,
    /// Parameters of C functions that are the address of a pointer, which they set.
    pub outs: BTreeSet<Argument>,
    /// Files that `extern` blocks name: what Cython makes of this file includes them.
    pub included: BTreeSet<String>,
    /// Functions that `extern` blocks declare.
    pub foreign: BTreeSet<Foreign>,
    /// Members of C++ classes, by the name of the class in C++ and their own, and whether all of that name give nothing and
    /// are handed nothing that they could change but their object.
    pub acts: BTreeMap<(String, String), bool>,
    /// Classes of C++ that `extern` blocks declare: the name used here, and the one in C++.
    pub cpp: BTreeMap<String, String>,
    /// Functions of C libraries that tell or change a setting of the process.
    pub settings: BTreeSet<Setting>,
    /// Cython files that are included, as written: their text stands in this file.
    pub includes: BTreeSet<String>,
    /// Names of functions that the module's body calls, while it is imported.
    pub setup: BTreeSet<String>,
    /// Names in capitals that it takes from other Cython files: what these declare as variables may be among them.
    pub cimported: BTreeSet<String>,
    /// What functions do with attributes and variables.
    pub uses: Vec<Use>,
    /// Places that are a hazard by themselves unless a lock is held.
    pub sites: Vec<Site>,
    /// Where pointers of C structures are taken for objects, and where they are cleared.
    pub backs: Vec<Back>,
}

impl Facts {
    /// Puts what was met in order, each once, and gives back the room that lists took while they grew.
    pub(super) fn shrink(&mut self) {
        self.classes.shrink_to_fit();
        self.globals.shrink_to_fit();
        self.functions.shrink_to_fit();
        for function in &mut self.functions {
            function.calls.sort_unstable();
            function.calls.dedup();
            function.calls.shrink_to_fit();
        }
        self.uses.shrink_to_fit();
        self.sites.shrink_to_fit();
        self.backs.shrink_to_fit();
    }
}

/// An extension type.
#[derive(Debug, Clone, Default)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Names of its bases.
    pub bases: Vec<String>,
    /// Its attributes.
    pub fields: Vec<Variable>,
}

/// An attribute or a module's variable, as declared.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// It is the address of a C++ container.
    pub of_cpp: bool,
    /// Name of the type of the one thing that it is, or is a pointer to; or empty.
    pub one_of: String,
    /// A module is named as the one that has the type: a class of this module may have the same name.
    pub dotted: bool,
    /// It is no C variable: the module's dictionary holds it.
    pub plain: bool,
    /// Where it is declared.
    pub span: Span,
}

/// How a function can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// From Python.
    Python,
    /// From C only.
    Private,
    /// While nobody else can reach the object: making and freeing it.
    Alone,
}

/// A function with a body.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The extension type it is a method of, or empty.
    pub class: String,
    /// How it can be called.
    pub sort: Sort,
    /// A decorator locks the object for all of it.
    pub locked: bool,
    /// Last names of its other decorators.
    pub decorators: Vec<String>,
    /// Declared `nogil`.
    pub nogil: bool,
    /// Declared `with gil`, for C to call.
    pub called_back: bool,
    /// It makes functions that call its argument with a lock held.
    pub makes_locked: bool,
    /// What it calls.
    pub calls: Vec<Call>,
    /// Parameters, by position, through whose address it writes.
    pub writes: BTreeSet<usize>,
    /// For each `return`, the attribute of its object whose presence that asks for, or nothing.
    pub asks: Vec<String>,
    /// Parameters, by position, that it hands on as a whole: addresses, and what may be a list of somebody's.
    pub passes: BTreeSet<(usize, Argument)>,
    /// Names of functions of C that it returns, or gives to a variable.
    pub picks: BTreeSet<String>,
    /// Objects of extension types that it hands on, where it holds no lock.
    pub shares: BTreeSet<Share>,
}

impl Function {
    /// The class that it is a method of, and its name.
    pub fn named(&self) -> (&str, &str) {
        (&self.class, &self.name)
    }
}

/// An argument: the last name of what is called, and the position among its parameters.
pub type Argument = (String, usize);

/// A parameter of a C function: the address of one thing of a named type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle {
    /// The function, by the name used here.
    pub function: String,
    /// Its place among the parameters.
    pub position: usize,
    /// Name of the type.
    pub of: String,
    /// The function promises not to change it.
    pub constant: bool,
    /// The function gives an address: one within the thing, it may be, and then it cannot promise.
    pub gives: bool,
    /// The function gives nothing, and is handed nothing else that it could change.
    pub acts: bool,
    /// The function is handed another address before, which is what its name is about.
    pub later: bool,
    /// The function is handed nothing else.
    pub only: bool,
    /// No address is written there: that is one only if the type is an array.
    pub by_name: bool,
    /// The function gives a value, and no other address is written.
    pub tells: bool,
}

/// A call, as far as locks go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Last name of what is called.
    pub callee: String,
    /// Type of the object whose method it is, where that is known.
    pub class: String,
    /// A lock is held.
    pub locked: bool,
    /// Nobody else has the object yet.
    pub alone: bool,
    /// The object is another than that of the method which calls, and of a known type.
    pub other: bool,
    /// The thread state is given up here.
    pub detached: bool,
    /// Attributes of its object that were just seen to be missing.
    pub under: Vec<String>,
}

/// A variable that is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An attribute.
    Field {
        /// Type of the object.
        class: String,
        /// The object as written.
        object: String,
        /// The attribute.
        field: String,
    },
    /// A variable of the module.
    Global(String),
    /// A counter or handle of an object that something else holds: an attribute, `self.owner.used`, or who called.
    Held {
        /// Type of the object that has the attribute; without one, type of the object that is handed.
        class: String,
        /// The attribute that holds the object, if one does.
        via: Option<String>,
        /// The object as written.
        object: String,
        /// The attribute of that object.
        field: String,
    },
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// It is read, whole or in part.
    Read,
    /// Its value is replaced.
    Assign,
    /// It is made to point into another attribute, which owns the memory.
    Aim,
    /// It is changed by what it was: `+=`.
    Augment,
    /// The same by a constant number: `+= 1`.
    Step,
    /// An item is replaced, added or removed: `x[i] = …`.
    Item,
    /// An item is changed by what it was: `x[i] += …`.
    ItemAugment,
    /// An item is given the number of those that were there: `x[i] = len(x)`.
    Numbered,
    /// An item is taken out under a test that there is one: `if x: x.pop()`.
    Take,
    /// A loop goes over its items.
    Walk,
    /// A part is replaced: `x.a = …`.
    Part,
    /// A part is changed by what it was: `x.a += 1`.
    PartAugment,
    /// A method is called that changes a container.
    Change,
    /// What it points to is freed or moved.
    Free,
    /// Its memory is handed out.
    Address,
    /// It is handed to a function, as a whole.
    Passed,
    /// The address of the memory of the object that it holds is taken.
    Lent,
    /// A method is called on it that may change it: by its name it does not only look.
    Call,
    /// By what it says, the method goes on or raises.
    Guard,
    /// What it points to is asked for something, or handed on: `x.size()`, `f(x.items)`.
    Through,
}

/// A use of a variable.
#[derive(Debug, Clone)]
pub struct Use {
    /// Which variable.
    pub target: Target,
    /// What is done.
    pub act: Act,
    /// The function, by its place in [`Facts::functions`]; none in the module's body, which runs once.
    pub function: Option<usize>,
    /// A lock is held.
    pub locked: bool,
    /// The thread state is given up here: no GIL ever protected this.
    pub detached: bool,
    /// It was just seen to be missing.
    pub tested: bool,
    /// Line and column of the test that showed it, or another attribute of its object, to be missing.
    pub test: Option<(u32, u32)>,
    /// For [`Act::Assign`]: attributes of the same object that were just seen to be missing.
    pub under: Vec<String>,
    /// For [`Act::Free`]: `__init__` itself asked whether there is anything to free, for it may run again.
    pub again: bool,
    /// For [`Act::Assign`]: the value, where that is a plain truth value.
    pub says: Option<bool>,
    /// For [`Act::Item`]: class of the object that is made there and stored, or nothing for a new container.
    pub stores: Option<String>,
    /// For [`Act::Passed`] and [`Act::Address`]: what it is an argument of; for [`Act::Call`] and, where an attribute is
    /// met itself, for [`Act::Change`], the method; for [`Act::Walk`],
    /// the member that gives what is gone over, if one does.
    pub argument: Option<Argument>,
    /// For [`Act::Passed`] and [`Act::Address`]: what the result of that call is an argument of in its turn.
    pub result: Option<Argument>,
    /// For an attribute of an object that a private function was handed: the position among its parameters.
    pub given: Option<usize>,
    /// Where; reads are kept once for each function, without a place.
    pub span: Span,
}

/// A place that is judged by itself.
#[derive(Debug, Clone)]
pub struct Site {
    /// Detector that words it.
    pub detector: &'static str,
    /// Its case.
    pub case: &'static str,
    /// The name to fill in.
    pub callee: String,
    /// Of what a function was handed, the position among its parameters.
    pub given: Option<usize>,
    /// The function, if any.
    pub function: Option<usize>,
    /// A lock is held.
    pub locked: bool,
    /// Where.
    pub span: Span,
}

/// A pointer in a C structure that an object is taken from, or that is cleared.
#[derive(Debug, Clone)]
pub struct Back {
    /// The pointer's name in the structure.
    pub field: String,
    /// Type of the object that is taken; of a pointer that is cleared, empty.
    pub class: String,
    /// The function.
    pub function: usize,
    /// A lock is held.
    pub locked: bool,
    /// Where.
    pub span: Span,
}

/// Where something lies in its file, with the text there.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last.
    pub end_column: u32,
    /// The statement's text, for the fingerprint.
    pub text: Box<str>,
}

/// How many lines a test may stand above what is filled to be told with it. Further apart, the filling alone is shown.
const APART: u32 = 12;

impl Span {
    /// The same place from the test above it on, for the two are one step; the text stays that of the place.
    pub fn since(&self, test: Option<(u32, u32)>) -> Self {
        let near = test.filter(|(line, _)| *line <= self.line && self.line - line <= APART);
        let (line, column) = near.unwrap_or((self.line, self.column));
        Self { line, column, ..self.clone() }
    }

    /// The span as a place in a file.
    pub fn place(&self, path: &str, (owner, function): (&str, &str)) -> Place {
        let location = Location {
            path: path.to_owned(),
            line: self.line,
            column: self.column,
            end_line: self.end_line,
            end_column: self.end_column,
        };
        Place {
            location,
            function: function.to_owned(),
            owner: owner.to_owned(),
            text: self.text.to_string(),
        }
    }
}

//! What a C or C++ file keeps for the others of its project, once its bytes are gone.
//!
//! Small on purpose: names are numbers into one list per file, places are four numbers, and only what another
//! file may decide (who holds a lock, who shares an object, which struct is a Python object) is kept.

use foldhash::{HashMap, HashMapExt as _};

use super::origin::Origin;
use crate::knowledge::Role;
use crate::model::{Finding, Location};
use crate::rules::{Language, Region};

/// A name, by its place in [`CSeen::names`].
pub type Name = u32;

/// Properties of a place, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits(pub u16);

impl Bits {
    /// A critical section or another lock is held.
    pub const LOCK: Self = Self(1);
    /// A critical section is open.
    pub const SECTION: Self = Self(2);
    /// The thread is detached.
    pub const DETACHED: Self = Self(4);
    /// Runs while the module is made.
    pub const INIT: Self = Self(8);
    /// Runs when nobody else can reach the object.
    pub const DEALLOC: Self = Self(16);
    /// Between taking "the GIL" and giving it back.
    pub const ENSURED: Self = Self(32);
    /// The thread was attached here, whatever state it came in.
    pub const ATTACHED: Self = Self(64);
    /// What every hazard of data is silent in.
    pub const SAFE: Self = Self(1 | 8 | 16);

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The first without the second.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether they have a bit in common.
    pub fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The regions that callers can lend to the functions they call.
    pub fn of_regions(regions: &[Region]) -> Self {
        regions.iter().fold(Self::default(), |bits, region| {
            bits.with(match region {
                Region::Lock => Self::LOCK,
                Region::CriticalSection => Self::SECTION,
                Region::Init => Self::INIT,
                Region::Dealloc => Self::DEALLOC,
                _ => Self::default(),
            })
        })
    }
}

/// Where something stands: first line and column, last line and column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last.
    pub end_column: u32,
}

impl Place {
    /// The same in a file.
    pub fn location(self, path: &str) -> Location {
        Location {
            path: path.to_owned(),
            line: self.line,
            column: self.column,
            end_line: self.end_line,
            end_column: self.end_column,
        }
    }
}

/// A function of the file.
#[derive(Debug, Clone, Default)]
pub struct FunctionSeen {
    /// Its name.
    pub name: Name,
    /// Its class.
    pub class: Option<Name>,
    /// It is a lambda that a binding generator is handed: Python code calls it, and nobody by name.
    pub bound: bool,
    /// Only this file can call it by name.
    pub is_static: bool,
    /// Which regions all of it lies in, by its own role and name.
    pub always: Bits,
    /// The last word of the type it returns.
    pub returns: Name,
    /// It returns a pointer or reference to what outlives calls: a variable, or the state of a module.
    pub state: bool,
    /// Functions whose result it returns, or what that points to.
    pub from: Box<[Name]>,
    /// It returns a reference, through which its caller uses what it refers to.
    pub returns_reference: bool,
    /// It is a member that promises not to change its object.
    pub constant: bool,
    /// Types of its parameters and how many `*` they have.
    pub params: Vec<(Name, u8)>,
    /// Parameters through which it writes memory.
    pub writes: Origin,
    /// Parameters that point to what it promises not to change: `const T *p`.
    pub promises: Origin,
    /// Parameters that it uses only while it holds a lock.
    pub guarded: Origin,
    /// Parameters that are objects of classes, by value: each call makes and ends them.
    pub values: Origin,
    /// It calls what needs a thread state, and sees to none.
    pub needs_state: bool,
    /// It is a destructor.
    pub ends: bool,
    /// It is bound as what gives an iterator's next item.
    pub iterates: bool,
}

/// A variable of a function that is an object of a class by value.
#[derive(Debug, Clone)]
pub struct MadeSeen {
    /// Index of the function.
    pub function: u32,
    /// The class.
    pub class: Name,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// A call of a function that may be the project's.
#[derive(Debug, Clone)]
pub struct CallSeen {
    /// Index of the calling function.
    pub caller: u32,
    /// Whom it calls.
    pub callee: Name,
    /// Where the call stands.
    pub bits: Bits,
    /// How many arguments it has.
    pub count: u8,
    /// Where the arguments come from, as in [`FieldSeen::origin`]; empty if nothing handed over is anybody else's.
    pub arguments: Box<[Origin]>,
    /// Where the object comes from whose member is called.
    pub receiver: Option<Origin>,
    /// The class of that object as written; 0 where it is not.
    pub class: Name,
    /// Text of each argument, and last of the receiver if there is one; empty as the above.
    pub objects: Box<[Name]>,
    /// Arguments that Python handed to the caller, where locks are held and none is on them.
    pub foreign: Origin,
    /// Something is assigned to what it gives, or a member of that changes it.
    pub changes: bool,
    /// Where it stands.
    pub place: Place,
}

/// What is done to a field or a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Its value is read.
    Read,
    /// It is read and a reference is taken to what it holds.
    Borrow,
    /// Its value is only tested.
    Test,
    /// It is assigned.
    Write,
    /// It is set to NULL, 0 or false.
    Clear,
    /// It is replaced and the old value dropped.
    Swap,
    /// It is counted up or down.
    Count,
    /// A container it holds is changed.
    Container,
    /// Its address is passed to a call.
    Address,
    /// Its value is passed to a call.
    Pass,
}

impl Act {
    /// Whether it changes the field itself.
    pub fn changes(self) -> bool {
        matches!(self, Self::Write | Self::Clear | Self::Swap | Self::Count)
    }
}

/// An access to a field of an object that this function did not make.
#[derive(Debug, Clone)]
pub struct FieldSeen {
    /// Index of the function.
    pub function: u32,
    /// The object's type, or the function that returned it.
    pub kind: Name,
    /// It is the function.
    pub by_call: bool,
    /// The field; inner fields of embedded structs after dots.
    pub field: Name,
    /// The object as written.
    pub object: Name,
    /// Where the object comes from, with what it was found by: [`Origin::plain`] is without.
    pub origin: Origin,
    /// What is done.
    pub act: Act,
    /// It is done to the memory that the field points to.
    pub deep: bool,
    /// For a write: where the test stands that found it not yet filled.
    pub lazy: Option<Place>,
    /// Which call it is passed to and as which argument; 0 for none.
    pub callee: Name,
    /// Which argument it is.
    pub argument: u8,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// A variable that outlives calls.
#[derive(Debug, Clone)]
pub struct GlobalSeen {
    /// Its name.
    pub name: Name,
    /// The function it is declared in, if any.
    pub function: Option<u32>,
    /// Only this file can use it by name.
    pub is_static: bool,
    /// It points to a Python object.
    pub object: bool,
    /// It is a pointer.
    pub pointer: bool,
    /// It is an array.
    pub array: bool,
    /// It is a number.
    pub scalar: bool,
    /// It is a container of C++'s, or a pointer to one: what its members change, nothing else guards.
    pub container: bool,
    /// It generates random numbers: whoever asks for one, or hands it on, changes it.
    pub engine: bool,
    /// It holds a lock that is made at run time.
    pub lock: bool,
    /// An array of plain values that is declared without any.
    pub blank: bool,
    /// Where it is declared.
    pub place: Place,
}

impl FieldSeen {
    /// The same, where the field turns out to be a variable that outlives calls.
    pub fn as_variable(&self) -> GlobalUse {
        GlobalUse {
            function: self.function,
            owner: self.function,
            name: self.field,
            member: 0,
            inner: false,
            act: self.act,
            deep: self.deep,
            lazy: self.lazy,
            callee: self.callee,
            argument: self.argument,
            bits: self.bits,
            place: self.place,
        }
    }
}

/// A use of a variable that outlives calls.
#[derive(Debug, Clone)]
pub struct GlobalUse {
    /// Index of the function.
    pub function: u32,
    /// Index of the function that declares it, if it is a static of one: this one, or that around a lambda.
    pub owner: u32,
    /// The variable.
    pub name: Name,
    /// The member of a struct; 0 for all of it.
    pub member: Name,
    /// It is a static of a function.
    pub inner: bool,
    /// What is done.
    pub act: Act,
    /// Something behind it or a part of it is meant.
    pub deep: bool,
    /// For a write: where the test stands that found it not yet filled.
    pub lazy: Option<Place>,
    /// Which call it is passed to; 0 for none.
    pub callee: Name,
    /// Which argument it is.
    pub argument: u8,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// A parameter's memory that a function fills where it finds it empty, or replaces.
#[derive(Debug, Clone)]
pub struct FillSeen {
    /// Index of the function.
    pub function: u32,
    /// Which parameter.
    pub param: u8,
    /// As written.
    pub name: Name,
    /// It is replaced and the old value dropped, whatever it was.
    pub swaps: bool,
    /// Where the test of it stands, or the swap.
    pub bits: Bits,
    /// Where the test of it stands, or the swap.
    pub place: Place,
}

/// A call that is handed the pointer which a capsule holds.
#[derive(Debug, Clone)]
pub struct UnboxedSeen {
    /// Index of the function.
    pub function: u32,
    /// What the pointer is kept as; 0 where it is handed on at once.
    pub kind: Name,
    /// What is handed over: the pointer, or the capsule it is taken out of, as written.
    pub object: Name,
    /// Where the capsule comes from.
    pub origin: Origin,
    /// Whom it is handed to.
    pub callee: Name,
    /// As which argument.
    pub argument: u8,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// A lock of an object that is made when it is first wanted: where it is made, or where it is taken if it is there.
#[derive(Debug, Clone)]
pub struct LateSeen {
    /// Index of the function.
    pub function: u32,
    /// The field that holds the lock.
    pub field: Name,
    /// The path to it as written.
    pub variable: Name,
    /// It is made here.
    pub makes: bool,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// An attribute that a binding generator makes of a member: `cls.def_readwrite("name", &Class::member)`.
#[derive(Debug, Clone)]
pub struct AttributeSeen {
    /// Index of the function that binds it.
    pub function: u32,
    /// The class.
    pub class: Name,
    /// The member.
    pub field: Name,
    /// Where it stands.
    pub place: Place,
}

/// A count of owners that is counted down, and what it counts freed where that gives zero: `if (--x->refs == 0) free(x);`.
#[derive(Debug, Clone)]
pub struct CountSeen {
    /// Index of the function.
    pub function: u32,
    /// The type of what the path begins with.
    pub kind: Name,
    /// What is counted, in fields of that after dots; 0 where the path begins with it.
    pub steps: Name,
    /// The field that counts; 0 where what the pointer leads to begins with the count.
    pub field: Name,
    /// The count as written.
    pub text: Name,
    /// Where it stands.
    pub bits: Bits,
    /// Where it stands.
    pub place: Place,
}

/// A struct or class.
#[derive(Debug, Clone, Default)]
pub struct TypeSeen {
    /// Its names.
    pub names: Vec<Name>,
    /// Names of pointers to it.
    pub pointer_names: Vec<Name>,
    /// It begins with a Python object's head.
    pub instance: bool,
    /// Base classes, or the type of its first field.
    pub bases: Vec<Name>,
    /// Fields: name, last word of the type, number of `*`.
    pub fields: Vec<(Name, Name, u8)>,
    /// Types that shared pointers among its fields lead to.
    pub leads: Vec<Name>,
    /// Types that pointers among its fields lead to which own what they point to.
    pub owned: Vec<Name>,
    /// Fields that are `mutable`, and no locks: member functions that promise to change nothing may change them.
    pub mutable: Vec<Name>,
}

/// A finding that others may settle.
#[derive(Debug, Clone)]
pub struct Pending {
    /// What to report.
    pub finding: Finding,
    /// Index of the function; none at file level.
    pub function: Option<u32>,
    /// Regions in which it is none.
    pub unless: Bits,
    /// Where the object comes from that must be shared; `None` if that does not matter.
    pub shared: Option<Origin>,
}

/// What a macro stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A number.
    Number(i64),
    /// With parameters, none of which its replacement has.
    Drops,
    /// Anything else.
    Other,
}

/// A macro that some build may define.
#[derive(Debug, Clone)]
pub struct MacroSeen {
    /// Digest of its name.
    pub name: u64,
    /// What it stands for.
    pub means: Means,
    /// It is defined if nobody did before.
    pub is_default: bool,
    /// The conditions around it, by their place in [`CSeen::conditions`].
    pub under: Box<[u32]>,
}

/// A header's macro that uses a field of what it is given: `#define GET(o) (((T *)(o))->f)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessorSeen {
    /// Its name.
    pub name: Box<str>,
    /// Which argument it takes for an object.
    pub param: u8,
    /// The object's type.
    pub kind: Box<str>,
    /// The field.
    pub field: Box<str>,
    /// What is done.
    pub act: Act,
    /// It is done to what the field points to.
    pub deep: bool,
}

/// A stretch of text under a condition that asks for names of other files.
#[derive(Debug, Clone)]
pub struct ConditionSeen {
    /// Conditions of the branches before it, which must be false, by their place in [`CSeen::conditions`].
    pub before: Box<[u32]>,
    /// The condition, or `else`.
    pub text: Box<str>,
    /// Lines of the directives that begin and end it.
    pub lines: (u32, u32),
}

/// Most includes of a file that are kept.
pub const INCLUDES: usize = 1_000;

/// What a file shows.
#[derive(Debug, Clone, Default)]
pub struct CSeen {
    /// C or C++.
    pub language: Option<Language>,
    /// It can be included by others.
    pub header: bool,
    /// It uses the C API.
    pub python: bool,
    /// It is a program's: it defines `main`, whatever the build asks for.
    pub program: bool,
    /// Some of it was not given to the parser, or the parser gave up.
    pub unread: bool,
    /// Of a C++ file that uses the C API or a binding generator: the digests of the types that something of it keeps:
    /// a field, a variable of the file, a template's argument, `new`. A class that no such file keeps is held by no
    /// Python object; one of which functions only have values is theirs alone.
    pub mentions: Vec<u64>,
    /// Text of names; the first is empty.
    pub names: Texts,
    /// Functions in order.
    pub functions: Vec<FunctionSeen>,
    /// Functions named in tables, with their roles.
    pub roles: Vec<(Name, Role)>,
    /// Functions whose address is taken elsewhere.
    pub taken: Vec<Name>,
    /// Calls.
    pub calls: Vec<CallSeen>,
    /// Objects that functions make and end.
    pub made: Vec<MadeSeen>,
    /// Accesses to fields.
    pub fields: Vec<FieldSeen>,
    /// Variables.
    pub globals: Vec<GlobalSeen>,
    /// Uses of variables.
    pub uses: Vec<GlobalUse>,
    /// Caches of callers that functions fill.
    pub fills: Vec<FillSeen>,
    /// Calls that are handed what a capsule holds.
    pub unboxed: Vec<UnboxedSeen>,
    /// Locks of objects that are made when they are first wanted.
    pub late: Vec<LateSeen>,
    /// Macros that take a lock which their argument has, if it has one, with the field.
    pub late_macros: Vec<(Name, Name)>,
    /// Attributes that it binds.
    pub attributes: Vec<AttributeSeen>,
    /// Counts of owners that it counts down.
    pub counts: Vec<CountSeen>,
    /// Structs and classes.
    pub types: Vec<TypeSeen>,
    /// Other names of classes, with the class.
    pub aliases: Vec<[Name; 2]>,
    /// Structs that something here gets as a module's state.
    pub states: Vec<Name>,
    /// Structs that something here gets out of a capsule.
    pub capsules: Vec<Name>,
    /// Namespaces that it opens: `py` in `py::f` is then no class.
    pub namespaces: Vec<Name>,
    /// Findings to settle.
    pub pending: Vec<Pending>,
    /// Macros it defines.
    pub macros: Vec<MacroSeen>,
    /// Those of a header that use fields.
    pub accessors: Vec<AccessorSeen>,
    /// Digests of names it undefines.
    pub undefined: Vec<u64>,
    /// Files it includes, as written: no more than [`INCLUDES`].
    pub includes: Vec<Box<str>>,
    /// There are more of them.
    pub includes_more: bool,
    /// Conditions that other files may answer.
    pub conditions: Vec<ConditionSeen>,
    /// Digests of names in capitals that are called with arguments, and where these stand.
    pub wraps: Vec<(u64, Place)>,
}

/// What stands for a word in [`CSeen::mentions`]. Two words that share one cost a finding too many, nothing else.
pub fn digest(word: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// Texts by number, end to end in one piece: a file has hundreds, and all files of a project are held at once.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number.
    pub fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start =
            number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.all.get(start..end)
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number).unwrap_or_default())
    }

    /// Adds one; its number is how many there were. A file is far smaller than what ends can tell.
    pub fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
    }

    fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Numbers the names of a file.
#[derive(Debug)]
pub struct Namer {
    numbers: HashMap<Box<str>, Name>,
    names: Texts,
}

impl Default for Namer {
    fn default() -> Self {
        let mut namer = Self { numbers: HashMap::new(), names: Texts::default() };
        namer.number("");
        namer
    }
}

impl Namer {
    /// The number of a name.
    pub fn number(&mut self, name: &str) -> Name {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as Name;
        let text = name.get(..name.len().min(200)).unwrap_or("");
        self.numbers.insert(text.into(), number);
        self.names.push(text);
        number
    }

    /// All names, by number.
    pub fn into_names(self) -> Texts {
        self.names
    }
}

impl CSeen {
    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name as usize).unwrap_or_default()
    }

    /// Gives back what growing took too much of: what a file shows is kept until all of a package are read.
    pub fn shrink(&mut self) {
        self.mentions.shrink_to_fit();
        self.names.shrink();
        self.functions.shrink_to_fit();
        self.roles.shrink_to_fit();
        self.taken.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.made.shrink_to_fit();
        self.fields.shrink_to_fit();
        self.globals.shrink_to_fit();
        self.uses.shrink_to_fit();
        self.fills.shrink_to_fit();
        self.unboxed.shrink_to_fit();
        self.late.shrink_to_fit();
        self.late_macros.shrink_to_fit();
        self.attributes.shrink_to_fit();
        self.counts.shrink_to_fit();
        self.types.shrink_to_fit();
        self.aliases.shrink_to_fit();
        self.states.shrink_to_fit();
        self.capsules.shrink_to_fit();
        self.pending.shrink_to_fit();
        self.macros.shrink_to_fit();
        self.accessors.shrink_to_fit();
        self.undefined.shrink_to_fit();
        self.includes.shrink_to_fit();
        self.conditions.shrink_to_fit();
        self.wraps.shrink_to_fit();
    }
}

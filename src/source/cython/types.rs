//! Reads what Cython declares: `cdef unsigned char *buf, tail[16]`, `cdef dict table = {}`.
//!
//! Only what matters for threads is kept of a type: whether a variable holds a number, a reference, memory of its
//! own, or a thing that other code may lock or use atomically. A name that this file cannot place is left open,
//! for a class or struct may be declared in another file.

use super::lex::Text;
use crate::knowledge::{Knowledge, Trait};

/// What a variable or attribute holds, as far as threads are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Type {
    /// A C number, truth value or enumeration.
    Number,
    /// A C floating-point number: a measure, never a position or a count.
    Real,
    /// A counted reference to a Python object.
    Object,
    /// A counted reference to one of the containers that lock themselves, one operation at a time.
    Container,
    /// An address.
    Pointer,
    /// An array that is part of the variable.
    Array,
    /// A structure by value that is declared as an array of one, so that its name is its address.
    One,
    /// A C++ container, which no two threads may touch while one changes it.
    Cpp,
    /// A memory view.
    View,
    /// A C structure by value.
    Struct,
    /// A lock, or something that is used atomically.
    Sync,
    /// Constant, or of a kind that is no state.
    Constant,
    /// Of a type that is declared elsewhere.
    Named(String),
    /// Not understood.
    #[default]
    Unknown,
}

/// One declared name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The name.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// The name of its type, if that is one plain name.
    pub of: String,
    /// It is the address of a C++ container.
    pub of_cpp: bool,
    /// Name of the type of the one thing that it is, or is a pointer to, also one that counts or owns; or empty.
    pub one_of: String,
    /// A module is named as the one that has the type.
    pub dotted: bool,
    /// The token of the name.
    pub at: usize,
    /// Tokens of its initial value, if any.
    pub value: Option<(usize, usize)>,
}

const MODIFIERS: [&str; 9] =
    ["public", "readonly", "api", "extern", "inline", "volatile", "static", "const", "packed"];

const NUMBERS: [&str; 14] = [
    "int",
    "long",
    "short",
    "char",
    "float",
    "double",
    "bint",
    "unsigned",
    "signed",
    "complex",
    "Py_UCS4",
    "Py_UNICODE",
    "enum",
    "uint",
];

const CONTAINERS: [&str; 4] = ["dict", "list", "set", "bytearray"];

const OBJECTS: [&str; 17] = [
    "object",
    "str",
    "bytes",
    "unicode",
    "basestring",
    "tuple",
    "frozenset",
    "type",
    "bool",
    "memoryview",
    "slice",
    "BaseException",
    "Exception",
    "array",
    "ndarray",
    "date",
    "datetime",
];

/// Containers and strings of the C++ library that Cython declares in `libcpp`.
const CPP: [&str; 17] = [
    "vector",
    "map",
    "set",
    "deque",
    "string",
    "queue",
    "priority_queue",
    "stack",
    "multimap",
    "multiset",
    "unordered_map",
    "unordered_set",
    "unordered_multimap",
    "unordered_multiset",
    "forward_list",
    "shared_ptr",
    "unique_ptr",
];

/// Reads the names declared by the tokens of `from..to`, which begin with the type.
pub fn declared(text: &Text, from: usize, to: usize) -> Vec<Declared> {
    let mut at = from;
    let mut constant = false;
    while MODIFIERS.contains(&text.name(at)) {
        constant |= text.is(at, "const");
        at += 1;
    }
    let Some((base, next)) = base(text, at, to) else { return Vec::new() };
    let (of, dotted) = (base_name(text, at, next), text.is(at + 1, "."));
    let mut out = Vec::new();
    for (start, end) in text.split(next, to) {
        let equal = text.find(start, end, |at| text.is(at, "="));
        let stop = equal.unwrap_or(end);
        let stars = (start..stop).take_while(|at| text.is(*at, "*") || text.is(*at, "**")).count();
        let mut name = start + stars;
        while text.is(name, "const") {
            name += 1;
        }
        let kind = if text.is(name, "(") {
            // `int (*callback)(int)`: an address that is called, not memory.
            let inner = (name..stop).find(|at| text.is_name(*at));
            let Some(inner) = inner else { continue };
            name = inner;
            Type::Pointer
        } else if stars > 0 {
            Type::Pointer
        } else if text.is(name + 1, "[") && name + 1 < stop {
            let one = text.is(name + 2, "1") && text.is(name + 3, "]") && name + 4 >= stop;
            let shape = matches!(base, Type::Named(_) | Type::Struct);
            if one && shape { Type::One } else { Type::Array }
        } else if text.is(name + 1, "(") && name + 1 < stop {
            continue;
        } else {
            base.clone()
        };
        if !text.is_name(name) || name >= stop {
            continue;
        }
        // The address of constant data may itself be replaced; constant data may not.
        let kind = if constant && kind != Type::Pointer { Type::Constant } else { kind };
        let kind = if is_thread_thing(&of) { Type::Sync } else { kind };
        let value = equal.map(|equal| (equal + 1, end));
        let of_cpp = stars == 1 && text.is(start, "*") && base == Type::Cpp;
        let single =
            stars == 0 && !matches!(kind, Type::Array | Type::One) || stars == 1 && text.is(start, "*");
        let one_of =
            if single { pointed(text, at, next).unwrap_or_else(|| of.clone()) } else { String::new() };
        let (name, at) = (text.name(name).to_owned(), name);
        out.push(Declared { name, kind, of: of.clone(), of_cpp, one_of, dotted, at, value });
    }
    out
}

/// Whether a name is that of a number, of a character or of nothing in particular: what its address leads to is a buffer.
pub fn is_plain(name: &str) -> bool {
    NUMBERS.contains(&name)
        || matches!(name, "void" | "const" | "FILE" | "wchar_t" | "char8_t" | "char16_t" | "char32_t")
        || is_sized(name)
}

/// The type that tokens begin with, and the token after it.
pub fn base(text: &Text, from: usize, to: usize) -> Option<(Type, usize)> {
    if text.is(from, "(") {
        // A tuple of C values.
        return Some((Type::Struct, text.after(from)));
    }
    if !text.is_name(from) || from >= to {
        return None;
    }
    let mut at = from;
    if text.is(at, "struct") || text.is(at, "union") {
        return Some((Type::Struct, at + 2));
    }
    if matches!(text.name(at), "float" | "double") || text.is(at, "long") && text.is(at + 1, "double") {
        let at = at + 1 + usize::from(text.is(at, "long"));
        return Some(suffix(text, at, to, Type::Real));
    }
    let mut number = false;
    while NUMBERS.contains(&text.name(at)) && at < to {
        // `cdef int long`? No: a number's word followed by something else ends the type.
        number = true;
        at += 1;
    }
    if number {
        // `unsigned npy_intp x`, `enum color x`: one more name belongs to the type if another follows.
        let more = text.is_name(at) && text.is_name(at + 1) && at + 1 < to;
        at += usize::from(more);
        return Some(suffix(text, at, to, Type::Number));
    }
    let mut last = at;
    while text.is(last + 1, ".") && text.is_name(last + 2) {
        last += 2;
    }
    let name = text.name(last);
    let (mut kind, mut at) = suffix(text, last + 1, to, by_name(name));
    // `map[int, int].iterator`
    while text.is(at, ".") && text.is_name(at + 1) && at + 2 < to {
        kind = Type::Named(text.name(at + 1).to_owned());
        at += 2;
    }
    Some((kind, at))
}

/// What follows the name of a type: brackets that make it a view, an array or a template.
fn suffix(text: &Text, mut at: usize, to: usize, kind: Type) -> (Type, usize) {
    let mut kind = kind;
    while text.is(at, "[") && at < to {
        let close = text.after(at);
        let inside = || at + 1..close.saturating_sub(1);
        let view = text.find(at + 1, close.saturating_sub(1), |i| text.is(i, ":") || text.is(i, "::"));
        kind = match kind {
            _ if view.is_some() => Type::View,
            Type::Sync | Type::Cpp | Type::Container | Type::Object => kind,
            Type::Number | Type::Real if inside().len() == 1 => Type::Array,
            Type::Named(_) => Type::Cpp,
            other => other,
        };
        at = close;
    }
    if text.is(at, "&") {
        at += 1;
    }
    (kind, at)
}

fn by_name(name: &str) -> Type {
    if CONTAINERS.contains(&name) {
        Type::Container
    } else if OBJECTS.contains(&name) {
        Type::Object
    } else if is_thread_thing(name) {
        Type::Sync
    } else if CPP.contains(&name) {
        Type::Cpp
    } else if name.starts_with("float") && is_sized(name) {
        Type::Real
    } else if name.starts_with("Py_s") || name.starts_with("Py_h") || is_sized(name) {
        Type::Number
    } else {
        Type::Named(name.to_owned())
    }
}

/// `int64_t`, `uint8`, `float64_t`, `size_t`, `intp`: numbers by the habit of every project.
fn is_sized(name: &str) -> bool {
    let plain = name.strip_prefix("npy_").unwrap_or(name);
    let plain = plain.strip_suffix("_t").unwrap_or(plain).trim_end_matches(|c: char| c.is_ascii_digit());
    let numbers = ["int", "uint", "float", "size", "ssize", "time", "intp", "uintp", "bool", "double", "off"];
    numbers.contains(&plain)
        || ["uintptr", "intptr", "ptrdiff", "uchar", "ushort", "ulong", "longlong", "ulonglong"]
            .contains(&plain)
}

/// Locks, atomics and thread-local storage.
pub fn is_thread_thing(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    Knowledge::builtin().has(name, Trait::MutexType)
        || ["mutex", "lock", "semaphore", "atomic", "once_flag", "tss_t"]
            .iter()
            .any(|word| lower.contains(word))
            && !lower.contains("block")
            && !lower.contains("clock")
}

/// `X` of `shared_ptr[X]` and `unique_ptr[x.X]`, which the tokens of `from..to` are.
fn pointed(text: &Text, from: usize, to: usize) -> Option<String> {
    let open = text.find(from, to, |at| text.is(at, "["))?;
    let pointer = open > from && matches!(text.name(open - 1), "shared_ptr" | "unique_ptr");
    let close = text.after(open);
    let inside = pointer.then(|| base_name(text, open + 1, close))?;
    // `unique_ptr[X[int]]` holds an `X` as well.
    Some(inside)
}

fn base_name(text: &Text, from: usize, to: usize) -> String {
    let mut last = from;
    while text.is(last + 1, ".") && last + 2 < to {
        last += 2;
    }
    text.name(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<(String, Type)> {
        let text = Text::read(line.as_bytes());
        declared(&text, 0, text.tokens.len()).into_iter().map(|d| (d.name, d.kind)).collect()
    }

    #[test]
    fn declarations_tell_what_is_shared() {
        let one = |line: &str| of(line).into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
        assert_eq!(
            of("public unsigned char *buf, tail[16], last"),
            [("buf".into(), Type::Pointer), ("tail".into(), Type::Array), ("last".into(), Type::Number)]
        );
        assert_eq!(one("size_t exports"), [Type::Number]);
        assert_eq!(one("dict a, b = {}"), [Type::Container, Type::Container]);
        assert_eq!(one("double[:, ::1] view"), [Type::View]);
        assert_eq!(one("vector[pair[int, int]] pairs"), [Type::Cpp]);
        assert_eq!(one("vector[int].iterator at"), [Type::Named("iterator".into())]);
        assert_eq!(one("atomic[bint] frozen"), [Type::Sync]);
        assert_eq!(one("cython.pymutex guard"), [Type::Sync]);
        assert_eq!(one("msgpack_packer pk"), [Type::Named("msgpack_packer".into())]);
        assert_eq!(one("int (*callback)(int)"), [Type::Pointer]);
        assert_eq!(one("char[16] name"), [Type::Array]);
        assert_eq!(one("mat_struct mat_t[1]"), [Type::One]);
        assert_eq!(one("mat_struct rows[2]"), [Type::Array]);
        assert_eq!(one("long limb[1]"), [Type::Array]);
        assert_eq!(one("const char *text"), [Type::Pointer]);
        assert_eq!(one("const int limit = 3"), [Type::Constant]);
        assert_eq!(one("unsigned long long n = 1"), [Type::Number]);
        assert_eq!(one("np.ndarray values"), [Type::Object]);
        assert_eq!(one("object _lock"), [Type::Object]);
        assert_eq!(one("BlockHeader blocks"), [Type::Named("BlockHeader".into())]);
    }

    #[test]
    fn what_is_no_declaration_gives_nothing() {
        for line in ["", "int", "= 3", "int f(int a)", "(", "int (", "* * *", "int *"] {
            assert_eq!(of(line), [], "{line}");
        }
    }
}

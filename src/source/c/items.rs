//! Finds the top-level items of a file: functions, variables and types, also inside namespaces and classes.
//!
//! In: a [`Source`]. Out: [`Items`], with token ranges into it. Works by brackets and a few keywords, so an
//! unknown macro costs at most the declaration it stands in. No recursion: scopes are a counter.

use super::declare::{Variable, parameters, variables};
use super::lex::{Kind, op};
use super::text::Source;

/// A function with a body.
#[derive(Debug, Clone)]
pub struct Function {
    /// The name without qualifiers.
    pub name: String,
    /// The class it is a member of, by qualifier or by where it stands.
    pub class: Option<String>,
    /// Parameters, in order.
    pub params: Vec<Variable>,
    /// It is a lambda that a binding generator is handed.
    pub bound: bool,
    /// Visible in this file only.
    pub is_static: bool,
    /// Last word of the type it returns, and how many `*` follow it.
    pub returns: (String, u32),
    /// It returns a reference.
    pub returns_reference: bool,
    /// It is a member that promises not to change its object.
    pub constant: bool,
    /// First token of the declaration.
    pub head: usize,
    /// The token that names it.
    pub name_token: usize,
    /// The tokens `{` and `}`.
    pub body: (usize, usize),
}

/// A struct, class or union with its fields.
#[derive(Debug, Clone, Default)]
pub struct Type {
    /// Tag and typedef names.
    pub names: Vec<String>,
    /// Names of pointer typedefs.
    pub pointer_names: Vec<String>,
    /// The fields.
    pub fields: Vec<Variable>,
    /// It begins with the head of a Python object.
    pub instance: bool,
    /// Base classes, or the type of the first field when that is a struct by value.
    pub bases: Vec<String>,
}

/// A body behind a single word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headless {
    /// The word.
    pub word: usize,
    /// The tokens `{` and `}`.
    pub body: (usize, usize),
}

/// What a file declares.
#[derive(Debug, Default)]
pub struct Items {
    /// Functions in order.
    pub functions: Vec<Function>,
    /// Variables at file or namespace level, and static class members.
    pub globals: Vec<Variable>,
    /// Types with bodies.
    pub types: Vec<Type>,
    /// Names of functions declared here without a body.
    pub prototypes: Vec<String>,
    /// Bodies behind a single word: a macro may stand for the whole head of a function.
    pub headless: Vec<Headless>,
}

/// Reads the items of a file.
pub fn read(source: &Source<'_>) -> Items {
    let mut items = Items::default();
    let mut scopes: Vec<Option<String>> = Vec::new();
    let mut start = 0;
    let mut i = 0;
    let count = source.tokens.list.len();
    while i < count {
        let Some(Kind::Op(code)) = source.kind(i) else {
            i += 1;
            continue;
        };
        match code {
            c if c == op(b";") => {
                if let Some(function) = old_style(source, start, i) {
                    i = function.body.1 + 1;
                    start = i;
                    items.functions.push(function);
                    continue;
                }
                declaration(source, &mut items, start, i, scopes.last().and_then(Option::as_deref));
                i += 1;
                start = i;
            }
            c if c == op(b"(") || c == op(b"[") => i = source.after_group(i),
            c if c == op(b"}") => {
                scopes.pop();
                i += 1;
                start = i;
            }
            c if c == op(b":") => {
                if matches!(source.word(i.wrapping_sub(1)), "public" | "private" | "protected") {
                    start = i + 1;
                }
                i += 1;
            }
            c if c == op(b"{") => {
                let close = source.mate(i).unwrap_or(count);
                match classify(source, start, i) {
                    Opened::Transparent => {
                        scopes.push(None);
                        i += 1;
                        start = i;
                    }
                    Opened::Function(function) => {
                        let mut function = *function;
                        function.body = (i, close);
                        if function.class.is_none() {
                            function.class = scopes.last().cloned().flatten();
                        }
                        items.functions.push(function);
                        i = close + 1;
                        start = i;
                    }
                    Opened::Type(name, bases) => {
                        let mut kind = body_of_type(source, i, close);
                        kind.bases.extend(bases);
                        if !name.is_empty() {
                            kind.names.push(name.clone());
                        }
                        // The names of a typedef follow the body.
                        let mut t = close + 1;
                        if source.word(start) == "typedef" {
                            while t < count && !source.is(t, op(b";")) && t < close + 40 {
                                if source.is_ident(t) {
                                    let list = if source.is(t - 1, op(b"*")) {
                                        &mut kind.pointer_names
                                    } else {
                                        &mut kind.names
                                    };
                                    list.push(source.word(t).to_owned());
                                }
                                t += 1;
                            }
                        }
                        items.types.push(kind);
                        if has_more(source, i, close) {
                            scopes.push(Some(name));
                            i += 1;
                            start = i;
                        } else {
                            i = close + 1;
                        }
                    }
                    Opened::Value => i = close + 1,
                    Opened::Unknown => {
                        if start + 1 == i && source.is_ident(start) {
                            items.headless.push(Headless { word: start, body: (i, close) });
                        }
                        i = close + 1;
                        start = i;
                    }
                }
            }
            _ => i += 1,
        }
    }
    items
}

enum Opened {
    Transparent,
    Function(Box<Function>),
    Type(String, Vec<String>),
    Value,
    Unknown,
}

/// Says what the `{` at `open` begins, from the tokens since `start`.
fn classify(source: &Source<'_>, start: usize, open: usize) -> Opened {
    let mut groups: Vec<usize> = Vec::new();
    let mut keyword = None;
    let mut colon = None;
    let mut i = start;
    while i < open {
        match source.kind(i) {
            Some(Kind::Ident) => match source.word(i) {
                "namespace" => return Opened::Transparent,
                "struct" | "class" | "union" | "enum" if keyword.is_none() => keyword = Some(i),
                "template" if source.is(i + 1, op(b"<")) => {
                    i = source.after_angles(i + 1, open).unwrap_or(open);
                    continue;
                }
                "__attribute__" | "__declspec" | "noexcept" | "throw" | "alignas" | "requires"
                | "decltype"
                    if source.is(i + 1, op(b"(")) =>
                {
                    i = source.after_group(i + 1);
                    continue;
                }
                _ => {}
            },
            Some(Kind::Op(code)) if code == op(b"=") && source.word(i.wrapping_sub(1)) != "operator" => {
                return Opened::Value;
            }
            Some(Kind::Op(code)) if code == op(b"(") => {
                if colon.is_none()
                    && (source.is_ident(i.wrapping_sub(1)) || is_operator_name(source, i))
                    && i > start
                {
                    groups.push(i);
                }
                i = source.after_group(i);
                continue;
            }
            Some(Kind::Op(code)) if code == op(b":") && colon.is_none() => colon = Some(i),
            Some(Kind::Str) if source.word(i.wrapping_sub(1)) == "extern" && i + 1 == open => {
                return Opened::Transparent;
            }
            _ => {}
        }
        i += 1;
    }
    // `BEGIN_NAMESPACE(x) class C {`: the macro ends before the class begins. A result may be written behind, though.
    if let Some(keyword) = keyword
        && groups.iter().all(|group| *group < keyword)
        && !source.is(keyword.wrapping_sub(1), op(b"->"))
    {
        groups.clear();
    }
    if let Some(group) = choose(source, &groups) {
        if colon.is_some() && source.is_ident(open - 1) && colon.is_some_and(|c| c > group) {
            // `: member{value}` of a constructor.
            return Opened::Value;
        }
        return Opened::Function(Box::new(function(source, start, group)));
    }
    if let Some(keyword) = keyword {
        let end = colon.unwrap_or(open);
        let name = (keyword + 1..end).rev().find(|&t| source.is_ident(t) && source.word(t) != "final");
        let name = name.map(|t| source.word(t).to_owned()).unwrap_or_default();
        let skip = ["public", "private", "protected", "virtual"];
        let bases = (end..open).filter(|&t| source.is_ident(t) && !skip.contains(&source.word(t)));
        let bases = bases.map(|t| source.word(t).to_owned()).collect();
        if source.word(keyword) == "enum" {
            return Opened::Value;
        }
        return Opened::Type(name, bases);
    }
    // `static T name{…};`
    let named = source.is_ident(open.wrapping_sub(1)) || source.is(open.wrapping_sub(1), op(b"]"));
    let after = source.after_group(open);
    if named && start + 1 < open && (source.is(after, op(b";")) || source.is(after, op(b","))) {
        return Opened::Value;
    }
    Opened::Unknown
}

fn is_operator_name(source: &Source<'_>, open: usize) -> bool {
    (1..=3).any(|back| open >= back && source.word(open - back) == "operator")
}

/// Which bracket group is the parameter list: the last whose name does not look like a trailing macro.
fn choose(source: &Source<'_>, groups: &[usize]) -> Option<usize> {
    let shouting = |&&group: &&usize| {
        let name = source.word(group - 1);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    groups.iter().rev().find(|group| !shouting(group)).or(groups.last()).copied()
}

fn function(source: &Source<'_>, start: usize, group: usize) -> Function {
    let name_token = if source.is_ident(group - 1) { group - 1 } else { group.saturating_sub(2).max(start) };
    let mut name = source.word(name_token).to_owned();
    if name.is_empty() || is_operator_name(source, group) {
        let from = (1..=3).map(|b| group.saturating_sub(b)).find(|&t| source.word(t) == "operator");
        name = (from.unwrap_or(name_token)..group).map(|t| source.text(t)).collect();
    }
    let class = (name_token >= 2 && source.is(name_token - 1, op(b"::")))
        .then(|| source.word(before_angles(source, start, name_token - 2)).to_owned())
        .filter(|class| !class.is_empty());
    let close = source.mate(group).unwrap_or(group);
    let stars = (start..name_token).filter(|&t| source.is(t, op(b"*"))).count() as u32;
    let skip = ["static", "inline", "const", "extern", "virtual", "constexpr", "struct", "NPY_NO_EXPORT"];
    let returns = (start..name_token)
        .filter(|&t| source.is_ident(t) && !skip.contains(&source.word(t)))
        .map(|t| source.word(t))
        .next_back()
        .unwrap_or_default();
    Function {
        name,
        class,
        params: parameters(source, group, close),
        bound: false,
        is_static: (start..name_token).any(|t| source.word(t) == "static"),
        returns: (returns.to_owned(), stars),
        returns_reference: (start..name_token).any(|t| source.is(t, op(b"&"))),
        constant: source.word(close + 1) == "const",
        head: start,
        name_token,
        body: (group, group),
    }
}

/// Most parameters of a function in the old style.
const OLD_PARAMS: usize = 64;

/// A function whose parameters are declared between its head and its body, as C had it before C23: `int f(a, b) int a;
/// char *b; { … }`. `end` is the first `;` behind `start`. What is declared there has to be named in the list, so that no
/// macro with arguments is taken for a head.
fn old_style(source: &Source<'_>, start: usize, end: usize) -> Option<Function> {
    let mut group = (start + 1..end).find(|&i| source.is(i, op(b"(")))?;
    let mut start = start;
    // Where the build chooses between both styles, the head in the other one stands before.
    let first = source.after_group(group);
    if let Some(second) = (first..end).find(|&i| source.is(i, op(b"(")))
        && source.word(second - 1) == source.word(group - 1)
    {
        (start, group) = (first, second);
    }
    let close = source.mate(group).filter(|close| *close < end && source.is_ident(close + 1))?;
    let list: Vec<usize> = (group + 1..close).step_by(2).collect();
    let named = list.iter().all(|&i| source.is_ident(i))
        && list.iter().skip(1).all(|&i| source.is(i - 1, op(b",")))
        && source.is_ident(close - 1);
    if !source.is_ident(group - 1) || !named || list.len() > OLD_PARAMS {
        return None;
    }
    let mut declared: Vec<Variable> = Vec::new();
    let (mut from, mut to) = (close + 1, end);
    for _ in 0..OLD_PARAMS {
        let more = variables(source, from, to);
        if more.is_empty() || !more.iter().all(|one| list.iter().any(|&i| source.word(i) == one.name)) {
            return None;
        }
        declared.extend(more);
        from = to + 1;
        if source.is(from, op(b"{")) {
            let mut function = function(source, start, group);
            function.params = list.iter().map(|&i| old_param(source, i, &declared)).collect();
            function.body = (from, source.mate(from)?);
            return Some(function);
        }
        if !source.is_ident(from) {
            return None;
        }
        to = (from..source.tokens.list.len()).take(OLD_PARAMS * 4).find(|&i| source.is(i, op(b";")))?;
    }
    None
}

/// The parameter that the list names at a token; one that is not declared is an `int`.
fn old_param(source: &Source<'_>, at: usize, declared: &[Variable]) -> Variable {
    let name = source.word(at);
    let found = declared.iter().find(|one| one.name == name).cloned();
    found.unwrap_or_else(|| Variable {
        name: name.to_owned(),
        token: at,
        base: "int".to_owned(),
        whole: (at, at),
        ..Variable::default()
    })
}

/// The token before `<…>` that ends at token `i`, or `i` itself: `Base<Derived>::f` is a member of `Base`.
fn before_angles(source: &Source<'_>, start: usize, i: usize) -> usize {
    let mut depth = 0_i32;
    let mut at = i;
    while at > start {
        if source.is(at, op(b">")) {
            depth += 1;
        } else if source.is(at, op(b">>")) {
            depth += 2;
        } else if source.is(at, op(b"<")) {
            depth -= 1;
        }
        if depth <= 0 {
            break;
        }
        at -= 1;
    }
    if at < i { at.saturating_sub(1) } else { i }
}

/// Whether a class is worth reading inside: it has bodies of functions, or declares a type of its own that holds nothing but
/// values, `struct T { … };`.
fn has_more(source: &Source<'_>, open: usize, close: usize) -> bool {
    let mut i = open + 1;
    let mut start = i;
    while i < close {
        if source.is(i, op(b"{")) {
            let before = i - 1;
            if source.is(before, op(b")")) || matches!(source.word(before), "const" | "noexcept" | "override")
            {
                return true;
            }
            let typed = (start..before).any(|t| matches!(source.word(t), "struct" | "class"));
            let end = source.after_group(i);
            let plain = || !(i..end).any(|t| source.is(t, op(b"(")));
            if typed && source.is_ident(before) && source.is(end, op(b";")) && plain() {
                return true;
            }
            i = end;
        } else {
            i += 1;
            if source.is(i - 1, op(b";")) {
                start = i;
            }
        }
    }
    false
}

fn is_head(word: &str) -> bool {
    word.ends_with("_HEAD") || word.ends_with("_VAR_HEAD")
}

fn body_of_type(source: &Source<'_>, open: usize, close: usize) -> Type {
    let mut kind = Type::default();
    let mut start = open + 1;
    let mut i = start;
    let mut first = true;
    while i < close {
        if source.is(i, op(b"{")) {
            let method =
                source.is(i - 1, op(b")")) || matches!(source.word(i - 1), "const" | "noexcept" | "override");
            i = source.after_group(i);
            if method {
                start = i;
            }
            continue;
        }
        if source.is(i, op(b":")) && matches!(source.word(i - 1), "public" | "private" | "protected") {
            start = i + 1;
        }
        if source.is(i, op(b";")) {
            while start < i && is_head(source.word(start)) {
                kind.instance = true;
                start += 1;
            }
            for variable in variables(source, start, i) {
                let by_value = variable.pointers == 0 && !variable.array;
                if first && by_value && is_object_struct(&variable.base) {
                    kind.instance = true;
                } else if first && by_value {
                    kind.bases.push(variable.base.clone());
                }
                first = false;
                if !(source.is(variable.token + 1, op(b"("))) {
                    kind.fields.push(variable);
                }
            }
            start = i + 1;
        }
        if source.is(i, op(b"(")) || source.is(i, op(b"[")) {
            i = source.after_group(i);
        } else {
            i += 1;
        }
    }
    kind
}

/// Whether a struct by that name is a Python object's: what the C API, and those who extend it, call `Py…Object`.
fn is_object_struct(name: &str) -> bool {
    name.starts_with("Py") && name.ends_with("Object")
}

fn declaration(source: &Source<'_>, items: &mut Items, start: usize, end: usize, class: Option<&str>) {
    if start >= end {
        return;
    }
    if source.word(start) == "typedef" {
        // `typedef struct tag name;` and `typedef struct tag *name;`
        let last = end - 1;
        if matches!(source.word(start + 1), "struct" | "class") && source.is_ident(last) && end - start <= 6 {
            let tag = source.word(start + 2).to_owned();
            let name = source.word(last).to_owned();
            let mut kind = Type { names: vec![tag], ..Type::default() };
            if source.is(last - 1, op(b"*")) {
                kind.pointer_names.push(name);
            } else {
                kind.names.push(name);
            }
            items.types.push(kind);
        }
        return;
    }
    let found = variables(source, start, end);
    for variable in found {
        let prototype = source.is(variable.token + 1, op(b"("))
            && (class.is_some() || !looks_like_construction(source, variable.token + 1));
        if prototype {
            items.prototypes.push(variable.name);
        } else if class.is_none() || variable.is_static {
            items.globals.push(variable);
        }
    }
}

/// Whether `name(…)` at file level constructs an object: its arguments hold what no parameter does, a literal, a cast, a
/// member or a call without arguments.
fn looks_like_construction(source: &Source<'_>, open: usize) -> bool {
    const VALUES: [&str; 7] =
        ["static_cast", "reinterpret_cast", "const_cast", "dynamic_cast", "nullptr", "this", "new"];
    let close = source.mate(open).unwrap_or(open);
    (open + 1..close).any(|t| match source.kind(t) {
        Some(Kind::Number | Kind::Str) => true,
        Some(Kind::Ident) => {
            VALUES.contains(&source.word(t)) && !source.is(t - 1, op(b"="))
                || source.is(t + 1, op(b"("))
                    && source.is(t + 2, op(b")"))
                    && (source.is(t - 1, op(b"("))
                        || source.is(t - 1, op(b","))
                        || source.is(t - 1, op(b"::")))
        }
        Some(Kind::Op(code)) => code == op(b".") || code == op(b"->") && !source.is(t - 1, op(b")")),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::lex::tokenize;

    fn with<R>(text: &str, look: impl FnOnce(&Items) -> R) -> R {
        let tokens = tokenize(text.as_bytes());
        look(&read(&Source { code: text, tokens: &tokens }))
    }

    #[test]
    fn functions_are_found_whatever_macros_surround_them() {
        let text = "static PyObject *\nfoo(Foo *self, PyObject *args) { return 0; }\n\
                    Py_LOCAL_INLINE(PyObject *) bar(int x) { if (x) { } }\n\
                    PyMODINIT_FUNC PyInit_m(void) { }\n\
                    NPY_NO_EXPORT int baz(PyObject *NPY_UNUSED(self), void *p) __attribute__((cold)) { }";
        with(text, |items| {
            let names: Vec<_> = items.functions.iter().map(|f| f.name.as_str()).collect();
            assert_eq!(names, ["foo", "bar", "PyInit_m", "baz"]);
            assert!(items.functions[0].is_static && !items.functions[3].is_static);
            let foo = &items.functions[0].params;
            assert_eq!((foo[0].base.as_str(), foo[0].name.as_str(), foo[0].pointers), ("Foo", "self", 1));
            assert_eq!(items.functions[3].params[1].name, "p");
        });
    }

    #[test]
    fn parameters_may_be_declared_behind_the_head() {
        let text = "static int\ngo(n, text, rest) int n; const char *text; { return n; }\n\
                    void other(a, b, c) struct pair *a, *b; int c[]; { }\n\
                    int both(int a)\nint both(a) int a; { }\nMACRO(a, b) int x; struct s { int y; };\nint plain(a) int z; { }\nint v; void last(void) { }\n";
        with(text, |items| {
            let names: Vec<_> = items.functions.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, ["go", "other", "both", "last"]);
            let params = |at: usize| {
                let all = items.functions[at].params.iter();
                all.map(|one| (one.name.as_str(), one.base.as_str(), one.pointers)).collect::<Vec<_>>()
            };
            assert_eq!(params(0), [("n", "int", 0), ("text", "char", 1), ("rest", "int", 0)]);
            assert_eq!(params(1), [("a", "pair", 1), ("b", "pair", 1), ("c", "int", 0)]);
            assert!(items.functions[0].is_static && items.functions[0].body.0 < items.functions[0].body.1);
            assert!(items.globals.iter().any(|one| one.name == "v"));
        });
    }

    #[test]
    fn classes_and_namespaces_are_entered() {
        let text = "namespace a { class B : public C { public: B(int x) : y(x), z{1} { } int get() const { return y; }\
                    private: int y; std::vector<int> z; };\n void B::late(int k) noexcept { } }";
        with(text, |items| {
            let names: Vec<_> = items
                .functions
                .iter()
                .map(|f| (f.class.clone().unwrap_or_default(), f.name.as_str()))
                .collect();
            let b = || "B".to_owned();
            assert_eq!(names, [(b(), "B"), (b(), "get"), (b(), "late")]);
            assert!(items.types[0].fields.iter().any(|f| f.name == "z"));
        });
    }

    #[test]
    fn a_type_in_a_class_without_bodies_is_read() {
        with("class A { public: A(); struct B { std::string text; }; B find(int x); int n; };", |items| {
            let names: Vec<_> = items.types.iter().map(|one| one.names.clone()).collect();
            assert_eq!(names, [["A"], ["B"]]);
            assert_eq!(items.types[1].fields.len(), 1);
        });
        with("struct a { struct { int x; } y; struct b { int z; } w; int n; };", |items| {
            assert_eq!(items.types.len(), 1, "in C these are fields");
        });
    }

    #[test]
    fn a_macro_before_a_class_makes_no_function_of_it() {
        let text = "BEGIN_NAMESPACE(a)\n class B { public: void f() { } void g() { } };\n struct B *h(int x) { }\n\
                    auto i(int x) -> struct B { }";
        with(text, |items| {
            let names: Vec<_> =
                items.functions.iter().map(|f| (f.class.as_deref(), f.name.as_str())).collect();
            assert_eq!(names, [(Some("B"), "f"), (Some("B"), "g"), (None, "h"), (None, "i")]);
        });
    }

    #[test]
    fn variables_know_what_can_be_assigned() {
        let text = "static const char *a = \"x\"; static char *const b = 0; const int c[] = {1, 2}; int d, *e = 0;\
                    extern int f; static __thread int g; int proto(int); static PyObject *(*h)(int) = 0;";
        with(text, |items| {
            let named = |n: &str| items.globals.iter().find(|v| v.name == n).unwrap_or_else(|| panic!("{n}"));
            assert!(!named("a").constant && named("b").constant && named("c").constant);
            assert!(!named("d").constant && named("e").pointers == 1);
            assert!(named("f").is_extern && named("g").thread_local && named("h").is_static);
            assert_eq!(items.prototypes, ["proto"]);
        });
    }

    #[test]
    fn variables_may_be_made_by_braces_and_by_calls() {
        let text = "static std::vector<int> kept{};\nint count{0}, other = 2;\nnamespace s { T engine(static_cast<int>(seed())); }\n\
                    std::string name(given());\nint declared(int (*f)(int), std::function<int()> g);\nstruct S s{1};\nint f() { return 1; }";
        with(text, |items| {
            let names: Vec<_> = items.globals.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, ["kept", "count", "other", "engine", "name"]);
            assert_eq!(items.prototypes, ["declared"]);
            assert_eq!(items.functions.len(), 1);
        });
    }

    #[test]
    fn structs_know_their_names_and_whether_they_are_objects() {
        let text = "typedef struct _foo { PyObject_HEAD int n; PyObject *dict; char buf[3]; } Foo, *FooP;\
                    typedef struct { Foo base; int m; } Bar; struct plain { int x; };";
        with(text, |items| {
            assert!(items.types[0].instance);
            assert_eq!(items.types[0].names, ["_foo", "Foo"]);
            assert_eq!(items.types[0].pointer_names, ["FooP"]);
            assert_eq!(items.types[0].fields.len(), 3);
            assert_eq!(items.types[1].bases, ["Foo"]);
            assert!(!items.types[2].instance);
        });
    }

    #[test]
    fn hostile_nesting_is_read_in_one_pass() {
        with(&"namespace a {".repeat(100_000), |items| assert!(items.functions.is_empty()));
        with(&"f(){".repeat(100_000), |items| assert_eq!(items.functions.len(), 1));
        with(&"struct a {".repeat(3_000), |items| assert!(!items.types.is_empty()));
    }
}

//! The C and C++ front end: from a file's bytes to a [`CFile`] that rules can ask questions.
//!
//! Two readings lie on top of each other, with the same byte positions. Tokens and items (functions, types,
//! variables, contexts) come from our own linear pass over preprocessed text and never fail; they carry every
//! fact about locks, entry points and data. The tree-sitter tree serves the rules that are queries; function
//! bodies without a name that any rule asks for are blanked before parsing, which is what makes it cheap.

pub mod access;
pub mod accessors;
mod alias;
mod attributes;
pub mod body;
pub mod condition;
mod counts;
mod decided;
pub mod declare;
pub mod detect;
mod empty;
pub mod expansion;
pub mod filled;
pub mod items;
pub mod lambda;
mod late;
pub mod lex;
pub mod lines;
pub mod mistaken;
pub mod names;
pub mod origin;
pub mod packaged;
pub mod preprocess;
pub mod regions;
pub mod roles;
pub mod scan;
pub mod state;
pub mod summary;
pub mod text;
mod unboxed;
mod unfold;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use condition::Definitions;
use items::{Function, Items};
use lambda::Lambda;
use lex::Tokens;
use lines::Lines;
use preprocess::{Guarded, Macro, Preprocessed};
use text::Source;

use crate::knowledge::{Knowledge, table};
use crate::model::{Location, Minors};

/// The names that mean the same in every free-threaded build.
pub static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| {
    Definitions::parse(table!("preprocessor"))
        .expect("rules/facts/preprocessor.toml is compiled in, and a test reads it")
});

/// Files beyond this are not read: the largest hand-written C file known in an sdist has 2 MB.
pub const MAX_BYTES: usize = 64 << 20;

/// One C or C++ file, read.
#[derive(Debug)]
pub struct CFile<'a> {
    /// As the project's tree calls it.
    pub path: &'a str,
    /// Its text, byte for byte; where it is no UTF-8, all that is beyond ASCII reads `?`.
    pub text: Cow<'a, str>,
    /// Same length: comments, directives and branches that no free-threaded build compiles are blank.
    pub code: String,
    /// Whether it is C++.
    pub cpp: bool,
    /// Tokens of `code`.
    pub tokens: Tokens,
    /// Lines of `bytes`.
    pub lines: Lines,
    /// Live macros in order.
    pub macros: Vec<Macro>,
    /// Conditional stretches.
    pub guarded: Vec<Guarded>,
    /// Names undefined on live lines.
    pub undefined: Vec<String>,
    /// Headers included.
    pub includes: Vec<String>,
    /// Macros that give each thread a variable of its own.
    pub thread_locals: Vec<String>,
    /// Functions, variables and types.
    pub items: Items,
    /// Lambdas that a binding generator is handed, in order.
    pub lambdas: Vec<Lambda>,
    /// It uses a generator that hands C++ classes to Python.
    pub binds: bool,
}

/// Where a word stands in a text by itself.
fn found_at(text: &[u8], word: &str) -> impl Iterator<Item = usize> {
    let inner = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    memchr::memmem::find_iter(text, word.as_bytes()).filter(move |at| {
        let before = at.checked_sub(1).and_then(|i| text.get(i));
        !inner(before) && !inner(text.get(at + word.len()))
    })
}

/// Longest replacement, in bytes, that is taken for the head of a function, and how many definitions of it are tried.
const LONGEST_HEAD: usize = 200;
const HEADS: usize = 8;

/// Longest replacement, in bytes, that is taken for a specifier.
const LONGEST_SPECIFIER: usize = 120;

/// Names of macros whose replacement is a specifier of thread-local storage.
fn thread_locals(text: &str, macros: &[Macro]) -> Vec<String> {
    let specifies = |one: &&Macro| {
        let (from, to) = one.body;
        let body = text.get(from as usize..to as usize).unwrap_or_default();
        body.len() <= LONGEST_SPECIFIER
            && body
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .any(|word| declare::is_thread_local(word) || word == "thread" && body.contains("__declspec"))
    };
    macros.iter().filter(|one| one.params.is_none()).filter(specifies).map(|one| one.name.clone()).collect()
}

/// Makes functions of bodies behind a macro that stands for the head of an init function: `#define MODULE_INIT PyObject
/// *PyInit_x(void)`. Of several definitions, one that is of use to the interpreters we know counts.
fn entered_by_macro(source: &Source<'_>, text: &str, macros: &[Macro], items: &mut Items) {
    for one in std::mem::take(&mut items.headless) {
        let heads = macros.iter().filter(|with| with.params.is_none() && with.name == source.word(one.word));
        let named = heads.take(HEADS).find_map(|head| {
            let meant = text.get(head.body.0 as usize..head.body.1 as usize)?.trim();
            let words = meant.strip_suffix(')').filter(|meant| meant.len() <= LONGEST_HEAD)?;
            let mut words = words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            words.find(|word| Knowledge::builtin().declarations().entered(word).is_some())
        });
        let Some(name) = named else { continue };
        let function = Function {
            name: name.to_owned(),
            class: None,
            params: Vec::new(),
            bound: false,
            is_static: false,
            returns: ("PyObject".to_owned(), 1),
            returns_reference: false,
            constant: false,
            head: one.word,
            name_token: one.word,
            body: one.body,
        };
        let at = items.functions.partition_point(|before| before.head < one.word);
        items.functions.insert(at, function);
    }
}

impl<'a> CFile<'a> {
    /// Reads a file of at most [`MAX_BYTES`].
    pub fn read(path: &'a str, bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(ascii(bytes)), Cow::Borrowed);
        let bytes = text.as_bytes();
        let Preprocessed { code, macros, guarded, undefined, includes, .. } =
            preprocess::preprocess(bytes, &DEFINITIONS);
        // What is cut at brackets and quotes is cut between characters.
        let mut code = String::from_utf8(code).unwrap_or_else(|error| ascii(error.as_bytes()));
        unfold::unfold(&text, &mut code, &macros);
        let mut tokens = lex::tokenize(code.as_bytes());
        if decided::blank(&text, &mut code, &tokens, &macros, &guarded) {
            tokens = lex::tokenize(code.as_bytes());
        }
        let source = Source { code: &code, tokens: &tokens };
        let mut items = items::read(&source);
        let thread_locals = thread_locals(&text, &macros);
        for global in items.globals.iter_mut().filter(|_| !thread_locals.is_empty()) {
            let words = (global.whole.0..global.token).map(|t| source.word(t));
            global.thread_local |= words.into_iter().any(|word| thread_locals.iter().any(|one| one == word));
        }
        let cpp = is_cpp(path, code.as_bytes());
        let lines = Lines::new(bytes);
        let tables = Knowledge::builtin().tables();
        // `PyMODINIT_FUNC INIT(void)`, where INIT stands for the name that CPython asks for.
        let stands = |one: &Macro| {
            let meant = text.get(one.body.0 as usize..one.body.1 as usize)?.trim();
            let whole = meant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            (one.params.is_none() && whole && tables.makes_module(meant))
                .then(|| (one.name.clone(), meant.to_owned()))
        };
        entered_by_macro(&source, &text, &macros, &mut items);
        let named: HashMap<String, String> = macros.iter().filter_map(stands).collect();
        for function in items.functions.iter_mut().filter(|_| !named.is_empty()) {
            if let Some(meant) = named.get(&function.name) {
                function.name.clone_from(meant);
            }
        }
        let binds = cpp
            && (includes.iter().any(|name: &String| tables.binds_classes(name))
                || tables.speaks_of_binding(code.as_bytes()));
        let lambdas = if binds { lambda::bound(&source, &items.functions, tables) } else { Vec::new() };
        Self {
            path,
            text,
            code,
            cpp,
            tokens,
            lines,
            macros,
            guarded,
            undefined,
            includes,
            thread_locals,
            items,
            lambdas,
            binds,
        }
    }

    /// Text and tokens together.
    pub fn source(&self) -> Source<'_> {
        Source { code: &self.code, tokens: &self.tokens }
    }

    /// The function whose declaration or body holds a byte.
    pub fn function_at(&self, byte: u32) -> Option<&Function> {
        let source = self.source();
        let after = self.items.functions.partition_point(|f| source.start(f.head) <= byte);
        let function = self.items.functions.get(after.checked_sub(1)?)?;
        (byte < source.end(function.body.1)).then_some(function)
    }

    /// A function's name as reports give it: without the class.
    pub fn function_name_at(&self, byte: u32) -> &str {
        self.function_at(byte).map_or("", |function| function.name.as_str())
    }

    /// The conditions, outermost first, that a byte stands under.
    pub fn guards_at(&self, byte: u32) -> impl Iterator<Item = &str> {
        let around = move |guard: &&Guarded| guard.start <= byte && byte < guard.end;
        self.guarded.iter().filter(around).map(|guard| guard.condition.as_str())
    }

    /// The Pythons whose free-threaded builds may compile what stands at a byte.
    pub fn minors_at(&self, byte: u32) -> Minors {
        let around = |guard: &&Guarded| guard.start <= byte && byte < guard.end;
        self.guarded.iter().filter(around).fold(Minors::ALL, |all, guard| all.and(guard.minors))
    }

    /// Where a byte range lies.
    pub fn location(&self, start: u32, end: u32) -> Location {
        let (line, column) = self.lines.position(start);
        let (end_line, end_column) = self.lines.position(end);
        Location { path: self.path.to_owned(), line, column, end_line, end_column }
    }
}

/// Bytes as text of the same length.
pub fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}

/// Whether a file is C++: by its extension, and for headers by what stands in it.
pub fn is_cpp(path: &str, code: &[u8]) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "c" | "m" if extension != "C" => false,
        "h" | "inc" | "src" | "in" | "i" => {
            let signs: [&[u8]; 6] =
                [b"namespace ", b"template<", b"template <", b"std::", b"public:", b"private:"];
            signs.iter().any(|sign| memchr::memmem::find(code, sign).is_some())
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_knows_its_function_line_and_conditions() {
        let text = "#ifdef _WIN32\nint f(void)\n{\n  return 1;\n}\n#endif\nint g;\n";
        let file = CFile::read("a.c", text.as_bytes());
        let at = text.find("return").expect("there") as u32;
        assert_eq!(file.function_name_at(at), "f");
        assert_eq!(file.guards_at(at).collect::<Vec<_>>(), ["defined(_WIN32)"]);
        let place = file.location(at, at + 6);
        assert_eq!((place.line, place.column, place.end_column), (4, 3, 9));
        assert_eq!(file.function_name_at(text.len() as u32 - 3), "");
    }

    #[test]
    fn headers_are_judged_by_content() {
        assert!(is_cpp("a.h", b"namespace x {}") && !is_cpp("a.h", b"struct x {};"));
        assert!(is_cpp("a.cpp", b"") && !is_cpp("a.c", b"std::"));
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        let inputs: [Vec<u8>; 6] = [
            b"{".repeat(500_000),
            b"a(".repeat(300_000),
            b"#if A\n".repeat(100_000),
            vec![0xff; 1_000_000],
            b"static int x = ".repeat(100_000),
            b"struct { union {".repeat(50_000),
        ];
        for input in inputs {
            let file = CFile::read("x.cpp", &input);
            assert_eq!(file.code.len(), input.len());
        }
    }
}

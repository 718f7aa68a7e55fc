//! What SWIG makes callable from Python: by its interface files, and by the wrappers that it wrote.
//!
//! In: the bytes of a `.i` file, or of a file that SWIG made. Out: names of functions and of members. An interface file
//! is C and C++ with directives between; what stands in `%{ … %}` goes into the wrapper and is not wrapped itself. A file
//! that it includes with `%include` is wrapped as a whole, as far as a header does. The C in an interface file is its author's
//! and judged as any other ([`code`]); what SWIG wrote is not.

use std::collections::{BTreeMap, BTreeSet};

use super::c::ascii;
use super::c::lex::{op, tokenize};
use super::c::text::Source;
use super::includes::base;

/// Most names kept of one file.
const NAMES: usize = 20_000;

/// What Python can call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapped {
    /// Functions.
    pub functions: BTreeSet<String>,
    /// Members: class and name.
    pub members: BTreeSet<(String, String)>,
    /// Headers of which all is wrapped, without folders.
    pub headers: BTreeSet<String>,
}

impl Wrapped {
    fn is_full(&self) -> bool {
        self.functions.len() + self.members.len() > NAMES
    }
}

/// What a line of an interface file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// C or C++ that SWIG wraps, or what a directive's brackets hold.
    Declared,
    /// A directive, or an end of a block.
    Directive,
    /// C or C++ of a block that goes into the wrapper as it is.
    Code,
    /// The same, and wrapped as well.
    Inline,
}

/// The lines of an interface file, each with where it begins.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (Part, usize, &[u8])> {
    // What a typemap or a feature holds is a piece of a wrapper and no code by itself.
    const BLOCKS: [&[u8]; 6] = [b"%{", b"%header", b"%wrapper", b"%runtime", b"%init", b"%insert"];
    let mut block = None;
    let mut next = 0;
    bytes.split(|byte| *byte == b'\n').map(move |line| {
        let text = line.trim_ascii();
        let opens = text.ends_with(b"%{") || text.starts_with(b"%{") && !text.ends_with(b"%}");
        let part = match block {
            Some(_) if text.starts_with(b"%}") => {
                block = None;
                Part::Directive
            }
            Some(part) => part,
            None if opens && text.starts_with(b"%inline") => {
                block = Some(Part::Inline);
                Part::Directive
            }
            None if opens && BLOCKS.iter().any(|word| text.starts_with(word)) => {
                block = Some(Part::Code);
                Part::Directive
            }
            None if text.starts_with(b"%") || text.starts_with(b"#") => Part::Directive,
            None => Part::Declared,
        };
        let at = next;
        next += line.len() + 1;
        (part, at, line)
    })
}

/// The lines of these parts where they stand, with blanks for all else, and whether they say anything.
fn only(bytes: &[u8], wanted: [Part; 2]) -> (Vec<u8>, bool) {
    let mut out: Vec<u8> = bytes.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect();
    let mut any = false;
    for (part, at, line) in lines(bytes) {
        if wanted.contains(&part)
            && let Some(place) = out.get_mut(at..at + line.len())
        {
            place.copy_from_slice(line);
            any |= !line.trim_ascii().is_empty();
        }
    }
    (out, any)
}

/// The C and C++ of an interface file: what stands in `%{ … %}` or `%inline %{ … %}`, so that places stay. `None` for a
/// file without any.
pub fn code(bytes: &[u8]) -> Option<Vec<u8>> {
    let (code, any) = only(bytes, [Part::Code, Part::Inline]);
    any.then_some(code)
}

/// Reads an interface file.
pub fn interface(bytes: &[u8]) -> Wrapped {
    let mut out = Wrapped::default();
    for (part, _, line) in lines(bytes) {
        let name = line.trim_ascii().strip_prefix(b"%include".as_slice()).filter(|_| part == Part::Directive);
        let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok()) else { continue };
        let name = name.trim().trim_matches(['"', '<', '>']);
        if name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "h" | "hh" | "hpp" | "hxx")) {
            out.headers.insert(base(name).to_owned());
        }
    }
    let code = ascii(&only(bytes, [Part::Declared, Part::Inline]).0);
    let tokens = tokenize(code.as_bytes());
    let source = Source { code: &code, tokens: &tokens };
    let mut classes: Vec<(usize, &str)> = Vec::new();
    for i in 0..tokens.list.len() {
        while classes.pop_if(|(end, _)| *end <= i).is_some() {}
        let word = source.word(i);
        if matches!(word, "class" | "struct") && source.is_ident(i + 1) {
            let open = (i + 2..i + 32).find(|&t| source.is(t, op(b"{")) || source.is(t, op(b";")));
            let end = open.filter(|&t| source.is(t, op(b"{"))).and_then(|t| source.mate(t));
            classes.extend(end.map(|end| (end, source.word(i + 1))));
        } else if !word.is_empty() && source.is(i + 1, op(b"(")) && !out.is_full() {
            match classes.last() {
                Some((_, class)) => out.members.insert(((*class).to_owned(), word.to_owned())),
                None => out.functions.insert(word.to_owned()),
            };
        }
    }
    out
}

/// Reads a file that SWIG made.
pub fn wrapper(bytes: &[u8]) -> Wrapped {
    let mut out = Wrapped::default();
    let code = ascii(bytes);
    let tokens = tokenize(code.as_bytes());
    let source = Source { code: &code, tokens: &tokens };
    // What each of a wrapper's arguments points to; the names are the same in all of them.
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    for i in 0..tokens.list.len() {
        let word = source.word(i);
        if word.is_empty() {
            continue;
        }
        let before = i.wrapping_sub(1);
        if source.is(before, op(b"*")) && source.is(i + 1, op(b"=")) {
            classes.insert(word, source.word(i.wrapping_sub(2)));
        }
        if !source.is(i + 1, op(b"(")) || out.is_full() {
            continue;
        }
        if source.is(before, op(b"->")) {
            // `(arg1)->f(…)`.
            let object = i.wrapping_sub(2);
            let object = if source.is(object, op(b")")) { object.wrapping_sub(1) } else { object };
            if let Some(class) = classes.get(source.word(object)).filter(|class| !class.is_empty()) {
                out.members.insert(((*class).to_owned(), word.to_owned()));
            }
        } else if source.is(before, op(b"::")) && source.is_ident(i.wrapping_sub(2)) {
            out.members.insert((source.word(i.wrapping_sub(2)).to_owned(), word.to_owned()));
            // The qualifier may be a namespace.
            out.functions.insert(word.to_owned());
        } else if source.word(before) == "new" {
            out.members.insert((word.to_owned(), word.to_owned()));
        } else if !source.is(before, op(b".")) {
            out.functions.insert(word.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &BTreeSet<String>) -> Vec<&str> {
        of.iter().map(String::as_str).collect()
    }

    fn members(of: &Wrapped) -> Vec<String> {
        of.members.iter().map(|(class, name)| format!("{class}.{name}")).collect()
    }

    #[test]
    fn an_interface_wraps_what_it_declares() {
        let text = "%module walk\n%{\n#include \"walk.h\"\nint helper(int);\n%}\n%include <stl.i>\n%include \"lib/all.h\"\n\
                    %rename(go) walk;\nint walk(int n);\nclass Session {\npublic:\n  Session();\n  int get(int n);\n};\n\
                    void end(void);\n";
        let seen = interface(text.as_bytes());
        assert_eq!(names(&seen.functions), ["end", "walk"]);
        assert_eq!(members(&seen), ["Session.Session", "Session.get"]);
        assert_eq!(names(&seen.headers), ["all.h"]);
    }

    #[test]
    fn the_code_of_an_interface_stays_where_it_stands() {
        let text =
            "%module m\n%{\nint a;\n%}\nint f(int);\n%typemap(in) T {\n x();\n}\n%inline %{\nint b;\n%}\n";
        let code = code(text.as_bytes()).expect("there is some");
        let lines: Vec<&str> = std::str::from_utf8(&code).expect("text").split('\n').map(str::trim).collect();
        assert_eq!(lines, ["", "", "int a;", "", "", "", "", "", "", "int b;", "", ""]);
        assert_eq!(super::code(b"%module m\nint f(int);\n"), None);
    }

    #[test]
    fn a_wrapper_tells_what_it_calls() {
        let text = "static PyObject *_wrap_get(PyObject *self, PyObject *args) {\n  Session *arg1 = (Session *) 0;\n  \
                    result = (int)(arg1)->get(arg2);\n  other = walk(arg2);\n  n = ns::look(1);\n  \
                    made = (Session *)new Session(1);\n}\n";
        let seen = wrapper(text.as_bytes());
        assert!(["walk", "look"].iter().all(|one| seen.functions.contains(*one)));
        assert_eq!(members(&seen), ["Session.Session", "Session.get", "ns.look"]);
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        for text in ["%{\n".repeat(100_000), "class A {".repeat(50_000), "f(".repeat(200_000)] {
            interface(text.as_bytes());
            wrapper(text.as_bytes());
        }
    }
}

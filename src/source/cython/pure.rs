//! Cython in pure Python mode: `.py` files that a build may compile, and what they write for `cdef`.
//!
//! `@cython.cclass` makes a class an extension type, `@cython.cfunc` a function one of C. What C variables and attributes
//! hold is an annotation, `x: cython.int`, or the first argument of `cython.declare(…)`. Without that, annotations mean
//! what they do in Python, but for what Cython stores in a C type of its own.

use memchr::memmem;

use super::facts::Variable;
use super::lex::{Kind, Text};
use super::read::{Opened, Walk};
use super::types::{self, Type};

/// Whether a Python file is written so that Cython may compile it to something else than Python does.
pub fn is_pure(bytes: &[u8]) -> bool {
    let has = |sign: &[u8]| memmem::find(bytes, sign).is_some();
    (has(b"import cython") || has(b"from cython"))
        && [&b"cclass"[..], b"cfunc", b"ccall", b"declare(", b"nogil"].iter().any(|sign| has(sign))
}

impl Walk<'_> {
    /// Whether a token is the name of the module `cython` and a dot follows.
    fn is_cython(&self, at: usize) -> bool {
        let name = self.text.name(at);
        (name == "cython" || self.cython_as.as_deref() == Some(name)) && self.text.is(at + 1, ".")
    }

    /// The word behind `cython.`, or the word itself.
    pub(super) fn of_cython(&self, at: usize) -> usize {
        if self.is_cython(at) { at + 2 } else { at }
    }

    /// `import cython as C`.
    pub(super) fn cython_named(&mut self, from: usize, to: usize) {
        let text = self.text;
        if text.is(from, "import") && text.is(from + 1, "cython") && text.is(from + 2, "as") && from + 3 < to
        {
            self.cython_as = Some(text.name(from + 3).to_owned());
        }
    }

    /// `NAME: type = value` and `NAME = cython.declare(type, value)` in the body of an extension type or of the module, and
    /// the first of these in a function.
    pub(super) fn annotated(&mut self, from: usize, to: usize) {
        let text = self.text;
        if self.python || !text.is_name(from) {
            return;
        }
        let (start, end, declares) = if text.is(from + 1, ":") {
            (from + 2, text.find(from + 2, to, |at| text.is(at, "=")).unwrap_or(to), false)
        } else if text.is(from + 1, "=") {
            let word = self.of_cython(from + 2);
            let open = word + 1;
            if !text.is(word, "declare") || !text.is(open, "(") {
                return;
            }
            let close = text.after(open).saturating_sub(1);
            (open + 1, text.find(open + 1, close, |at| text.is(at, ",")).unwrap_or(close), true)
        } else {
            return;
        };
        let of_c = declares || self.is_cython(start);
        let kind = self.annotation(start, end);
        let (name, span) = (text.name(from).to_owned(), self.span(from, to));
        if let Some(inside) = self.inside.last_mut() {
            if let Type::Named(of) = &kind {
                inside.types.insert(name.clone(), of.clone());
            }
            inside.locals.insert(name);
            return;
        }
        let variable =
            Variable { name, kind, of_cpp: false, one_of: String::new(), dotted: false, plain: false, span };
        match self.stack.last().map(|block| &block.kind) {
            None if of_c => self.facts.globals.push(variable),
            Some(Opened::Class(at)) => {
                let at = *at;
                let public = (end..to).any(|at| text.is(at, "visibility"));
                let Some(class) = self.facts.classes.get_mut(at) else { return };
                class.fields.push(variable);
                if public {
                    self.facts.kept.insert(class.name.clone());
                }
            }
            _ => {}
        }
    }

    /// What a variable of an annotated type holds.
    pub(super) fn annotation(&self, from: usize, to: usize) -> Type {
        let text = self.text;
        let at = self.of_cython(from);
        let word = text.name(at);
        if at > from {
            if word == "pointer" || word.starts_with("p_") || word.starts_with("pp_") {
                return Type::Pointer;
            }
            return types::base(text, at, to).map_or(Type::Unknown, |(kind, _)| kind);
        }
        // `Optional[dict]`, `Dict[str, int]`, `Foo | None`
        let inner = matches!(word, "Optional" | "Final" | "ClassVar") && text.is(at + 1, "[");
        match word {
            _ if inner => self.annotation(at + 2, text.after(at + 1).saturating_sub(1)),
            "Dict" | "List" | "Set" | "dict" | "list" | "set" | "bytearray" => Type::Container,
            "float" => Type::Real,
            "int" | "bool" | "str" | "bytes" | "object" | "" => Type::Object,
            _ if types::is_thread_thing(word) => Type::Sync,
            _ if is_plain_name(text, at, to) => match types::base(text, at, to) {
                Some((kind, _)) => kind,
                None => Type::Unknown,
            },
            _ => Type::Object,
        }
    }
}

/// Whether a type is one name, or parts of modules.
fn is_plain_name(text: &Text, from: usize, to: usize) -> bool {
    (from..to).all(|at| text.is(at, ".") || text.tokens.get(at).is_some_and(|one| one.kind == Kind::Name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::source::cython::{file, project};

    fn told(text: &str) -> Vec<(u32, String)> {
        let facts = file("a.py", text.as_bytes());
        let found = project(&[&facts], RuleSet::builtin()).findings;
        found.into_iter().map(|one| (one.location.line, one.function)).collect()
    }

    #[test]
    fn what_makes_a_file_one_for_cython() {
        assert!(is_pure(b"import cython\n@cython.cclass\nclass A:\n    pass\n"));
        assert!(is_pure(b"try:\n    from cython import cfunc\nexcept ImportError: pass\n"));
        assert!(!is_pure(b"import cython\nprint(cython.compiled)\n"));
        assert!(!is_pure(b"def cfunc(): pass\n"));
    }

    #[test]
    fn annotated_attributes_of_extension_types_are_fields() {
        let text = "import cython as C\n@C.cclass\nclass A:\n    n: C.Py_ssize_t\n    p: C.p_char\n    \
                    other: Optional[dict]\n    k = C.declare(C.int, visibility='public')\n    \
                    def f(self):\n        self.n += 1\n        self.k -= 2\n        self.other = {}\n";
        let lines: Vec<u32> = told(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [10, 9, 11]);
        assert_eq!(told(&text.replace("    def f", "    @C.critical_section\n    def f")), []);
        assert_eq!(told(&text.replace("@C.cclass\n", "")), [], "a class of Python's");
    }

    #[test]
    fn functions_of_c_are_as_safe_as_their_callers() {
        let text = |lock: &str| {
            format!(
                "import cython\nn: cython.int = 0\n@cython.cfunc\ndef bump():\n    global n\n    n += 1\n\
                 {lock}def go():\n    bump()\n"
            )
        };
        assert_eq!(told(&text("")).len(), 2);
        assert_eq!(told(&text("@cython.critical_section\n")), []);
    }
}

//! Python files that Cython compiles with the `.pxd` beside them.
//!
//! In: a `.pxd`. Out: a [`Partner`], what it says of the Python file of its name: which classes are extension types, which
//! functions only C can call, and what parameters and locals hold. The file itself says none of that, so the walk asks here
//! where a `.pyx` would have it written. Attributes are found as those of a `.pyx` are.

use std::collections::{HashMap, HashSet};

use super::facts::Sort;
use super::lex::Text;
use super::read::{Inside, Walk};
use super::types::{self, Type};

/// How many names in `@cython.locals` are kept for one function.
const LOCALS: usize = 256;

/// What a `.pxd` says of the Python file beside it.
#[derive(Debug, Default)]
pub(super) struct Partner {
    /// Extension types.
    classes: HashSet<String>,
    /// By class, or nothing, and name.
    functions: HashMap<(String, String), Signature>,
    /// C variables of the module.
    pub globals: HashSet<String>,
}

/// How a function is declared.
#[derive(Debug, Default)]
pub(super) struct Signature {
    /// Only C can call it.
    pub private: bool,
    /// Declared `nogil`.
    pub nogil: bool,
    /// For each parameter what it holds, where that is said.
    parameters: Vec<Option<Type>>,
    /// Locals and what they hold.
    locals: Vec<(String, Type)>,
}

impl Partner {
    /// Reads a `.pxd`.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let text = &Text::read(bytes);
        let mut out = Self::default();
        let mut class: Option<(u32, String)> = None;
        let (mut skipped, mut block) = (None, None);
        let mut locals = Vec::new();
        for one in &text.statements {
            let (from, to, indent) = (one.from as usize, one.to as usize, one.indent);
            let within = |at: &u32| indent > *at;
            if skipped.as_ref().is_some_and(within) {
                continue;
            }
            (skipped, block) = (None, block.filter(within));
            class = class.filter(|(at, _)| within(at));
            if text.is(from, "@") {
                read_locals(text, from, to, &mut locals);
                continue;
            }
            let locals = std::mem::take(&mut locals);
            let opens = text.is(to - 1, ":");
            let private = !text.is(from, "cpdef");
            let mut at = from + usize::from(matches!(text.name(from), "cdef" | "cpdef"));
            let declares = at > from || block.is_some();
            while matches!(text.name(at), "public" | "api" | "inline" | "readonly") {
                at += 1;
            }
            match text.name(at) {
                "class" if declares => {
                    let name = text.name(at + 1).to_owned();
                    out.classes.insert(name.clone());
                    class = Some((indent, name)).filter(|_| opens);
                    continue;
                }
                "" if declares && opens && at + 1 == to => {
                    block = Some(indent);
                    continue;
                }
                _ => {}
            }
            if opens {
                skipped = Some(indent);
            }
            if !declares || matches!(text.name(at), "extern" | "struct" | "union" | "enum" | "packed") {
                continue;
            }
            let owner = class.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
            if let Some(open) = parameters(text, at, to) {
                let close = text.after(open);
                let typed =
                    |(from, to)| types::declared(text, from, to).into_iter().next().map(|one| one.kind);
                let given = text.split(open + 1, close.saturating_sub(1));
                let signature = Signature {
                    private,
                    nogil: (close..to).any(|at| text.is(at, "nogil")),
                    parameters: given.into_iter().map(typed).collect(),
                    locals,
                };
                out.functions.insert((owner, text.name(open - 1).to_owned()), signature);
            } else if class.is_none() {
                out.globals.extend(types::declared(text, at, to).into_iter().map(|one| one.name));
            }
        }
        out
    }
}

/// The bracket of a function's parameters: the first behind a name, for what it gives may be a pair.
fn parameters(text: &Text, from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while let Some(open) = text.find(at, to, |at| text.is(at, "(")) {
        if open > from && text.is_name(open - 1) {
            return Some(open);
        }
        at = text.after(open);
    }
    None
}

/// `@cython.locals(name=type, …)`
fn read_locals(text: &Text, from: usize, to: usize, out: &mut Vec<(String, Type)>) {
    let Some(open) = text.find(from, to, |at| text.is(at, "(")) else { return };
    if !text.is(open - 1, "locals") {
        return;
    }
    for (start, end) in text.split(open + 1, text.after(open).saturating_sub(1)) {
        if text.is(start + 1, "=")
            && out.len() < LOCALS
            && let Some((kind, _)) = types::base(text, start + 2, end)
        {
            out.push((text.name(start).to_owned(), kind));
        }
    }
}

impl<'a> Walk<'a> {
    /// What the `.pxd` beside the file says of the function whose name is here.
    pub(super) fn declared_beside(&self, name: usize) -> Option<&'a Signature> {
        let partner = self.partner.filter(|_| self.inside.is_empty())?;
        partner.functions.get(&(self.owner(), self.text.name(name).to_owned()))
    }

    /// How a function can be called whose name follows `def`: a decorator makes it one of C, or the `.pxd` beside the file.
    pub(super) fn sort(&self, name: usize) -> Sort {
        let decorated = !self.python && self.decorators.iter().any(|name| name == "cfunc");
        let of_c = decorated || self.declared_beside(name).is_some_and(|said| said.private);
        if of_c { Sort::Private } else { Sort::Python }
    }

    /// Whether the class whose name follows `class` is an extension type, for the same reasons.
    pub(super) fn is_extension_type(&self, name: usize) -> bool {
        let beside = |partner: &Partner| partner.classes.contains(self.text.name(name));
        !self.python && self.decorators.iter().any(|name| name == "cclass")
            || self.stack.is_empty() && self.partner.is_some_and(beside)
    }

    /// Whether the `.pxd` beside the file makes a C variable of a name.
    pub(super) fn is_global_beside(&self, name: &str) -> bool {
        self.partner.is_some_and(|one| one.globals.contains(name))
    }

    /// What the annotation of a parameter says that it holds.
    fn annotated_as(&self, (from, to): (usize, usize)) -> Option<Type> {
        let text = self.text;
        let colon = text.find(from, to, |at| text.is(at, ":"))?;
        let end = text.find(colon, to, |at| text.is(at, "=")).unwrap_or(to);
        Some(self.annotation(colon + 1, end))
    }

    /// Takes in what the parameters of a function hold, by the `.pxd` beside the file, or else by their annotations, which
    /// count where they name an extension type.
    pub(super) fn given_beside(
        &mut self,
        said: Option<&Signature>,
        written: &[(usize, usize)],
        sort: Sort,
        inside: &mut Inside,
    ) {
        if self.partner.is_none() {
            return;
        }
        let names = inside.parameters.clone();
        for (nth, name) in names.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let kind = match said {
                Some(said) => said.parameters.get(nth).cloned().flatten(),
                None => written.get(nth).and_then(|one| self.annotated_as(*one)),
            };
            if kind == Some(Type::Pointer) {
                inside.pointers.insert(name.clone());
            }
            let Some(Type::Named(of)) = kind else { continue };
            // As in a `.pyx`: what a private function is handed may be new; what Python hands over is not.
            if sort == Sort::Python {
                self.facts.kept.insert(of.clone());
                inside.objects.insert(name.clone(), of.clone());
            } else if sort == Sort::Private {
                inside.handed.insert(name.clone(), of.clone());
            }
            inside.types.insert(name, of);
        }
        for (name, kind) in said.into_iter().flat_map(|said| &said.locals) {
            if inside.parameters.contains(name) {
                continue;
            }
            if let Type::Named(of) = kind {
                inside.types.insert(name.clone(), of.clone());
                inside.objects.insert(name.clone(), of.clone());
            }
            inside.locals.insert(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::source::cython::{file, paired, project};

    fn told(pxd: &str, py: &str) -> Vec<(String, u32)> {
        let declared = file("a/x.pxd", pxd.as_bytes());
        let written = paired("a/x.py", py.as_bytes(), pxd.as_bytes());
        let found = project(&[&declared, &written], RuleSet::builtin()).findings;
        let mut told: Vec<_> = found.into_iter().map(|one| (one.location.path, one.location.line)).collect();
        told.sort();
        told
    }

    fn lines(pxd: &str, py: &str) -> Vec<u32> {
        told(pxd, py).into_iter().filter(|(path, _)| path == "a/x.py").map(|(_, line)| line).collect()
    }

    const PXD: &str = "import cython\ncdef class A:\n    cdef public list rows\n    cdef unsigned int n\n\n    \
                       @cython.locals(other=A)\n    cdef void bump(self, A given)\n    cpdef step(self)\n";

    #[test]
    fn attributes_that_a_pxd_declares_are_those_of_the_class() {
        let py = "class A:\n    def __init__(self):\n        self.n = 0\n    def step(self):\n        self.n += 1\n\
                  class B:\n    def step(self):\n        self.n += 1\n";
        assert_eq!(lines(PXD, py), [5], "the other class is one of Python's");
        assert_eq!(lines("cdef struct s:\n    int n\n", py), [0; 0]);
        let inner = "def f():\n    class A:\n        def step(self):\n            self.n += 1\n";
        assert_eq!(lines(PXD, inner), [0; 0], "a class of a function is another");
    }

    #[test]
    fn what_a_pxd_makes_private_is_as_safe_as_its_callers() {
        let text = |lock: &str| {
            format!(
                "import cython\nclass A:\n    def bump(self, given):\n        self.n += 1\n{lock}    def step(self):\n        self.bump(self)\n"
            )
        };
        assert_eq!(lines(PXD, &text("")), [4]);
        assert_eq!(lines(PXD, &text("    @cython.critical_section\n")), [0; 0]);
        let open = PXD.replace("cdef void bump", "cpdef void bump");
        assert_eq!(lines(&open, &text("    @cython.critical_section\n")), [4], "Python calls it as well");
    }

    #[test]
    fn parameters_and_locals_are_of_the_types_that_a_pxd_gives_them() {
        let py =
            "class A:\n    def step(self, other=None):\n        pass\ndef use(given):\n    given.n += 1\n";
        let with = |more: &str| lines(&format!("{PXD}{more}"), py);
        assert_eq!(with("cpdef use(A given)\n"), [5]);
        assert_eq!(with("cpdef use(object given)\n"), [0; 0]);
        assert_eq!(with(""), [0; 0]);
        let annotated = py.replace("def use(given)", "def use(given: A)");
        assert_eq!(lines(PXD, &annotated), [5], "an annotation is a type where it names one of Cython's");
        let local = "def use(all):\n    one = all[0]\n    one.n += 1\n";
        assert_eq!(lines(&format!("{PXD}@cython.locals(one=A)\ncpdef use(list all)\n"), local), [3]);
        assert_eq!(lines(&format!("{PXD}cpdef use(list all)\n"), local), [0; 0]);
    }

    #[test]
    fn variables_of_the_module_may_stand_in_the_pxd() {
        let py =
            "seen = None\ndef keep(one):\n    global seen\n    seen = one\ndef tell():\n    return seen\n";
        assert_eq!(lines("cdef object seen\n", py), [4]);
        assert_eq!(lines("cdef object other\n", py), [0; 0], "the module's dictionary holds it");
    }

    #[test]
    fn odd_declarations_are_read_to_their_end() {
        let pxd = "cdef extern from 'x.h':\n    cdef class Foreign:\n        pass\ncdef (int, int) pair(A one) nogil\n\
                   cdef class A:\n    cdef:\n        int n\n        void step(self)\n    cpdef int last(self)\ncdef inline int f(int n):\n    \
                   cdef class Inner: pass\ncdef int g(";
        let partner = Partner::read(pxd.as_bytes());
        assert_eq!(partner.classes.iter().map(String::as_str).collect::<Vec<_>>(), ["A"]);
        let mut named: Vec<_> =
            partner.functions.iter().map(|((class, name), _)| (&**class, &**name)).collect();
        named.sort_unstable();
        assert_eq!(named, [("", "f"), ("", "g"), ("", "pair"), ("A", "last"), ("A", "step")]);
        let of = |class: &str, name: &str| partner.functions.get(&(class.to_owned(), name.to_owned()));
        assert!(of("", "pair").is_some_and(|one| one.nogil && one.private));
        assert!(of("A", "step").is_some_and(|one| one.private));
        assert!(of("A", "last").is_some_and(|one| !one.private));
        for end in 0..pxd.len() {
            paired("x.py", b"class A:\n    def step(self): self.n += 1\n", &pxd.as_bytes()[..end]);
        }
    }
}

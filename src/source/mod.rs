//! Reads sources: claims, and evidence by the rules.
//!
//! Two steps, because a project's files explain each other: a struct is defined in a header and raced for in a
//! method, a lock is held by the caller in another file, a build file speaks for all modules. [`file()`] sees one
//! member alone, keeps what others may have to say about it, and lets its bytes go; [`project`] joins what the
//! files of one artifact showed and settles what was left open. Both are pure; files may be read on many threads
//! and come in any order.

mod attribute;
pub mod beside;
pub mod c;
pub mod claims;
pub mod cython;
pub mod detectors;
mod fold;
pub mod found;
pub mod includes;
pub mod link;
mod needles;
pub mod origin;
pub mod python;
pub mod rust;
pub mod swig;
pub mod units;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::knowledge::Knowledge;
use crate::model::{
    C_COMPILED, C_INCLUDED, Finding, Gap, Hides, Looked, Member, MemberPath, Observed, Origin,
};
use crate::rules::{Language, RuleSet};

/// What one source or build file shows on its own.
#[derive(Debug, Clone, Default)]
pub struct FileSeen {
    /// As the project's tree calls it.
    pub path: String,
    /// Counts for this file.
    pub looked: Looked,
    /// Whom a source file belongs to, if not to the authors.
    pub origin: Option<Origin>,
    /// What of it could not be understood.
    pub gaps: Vec<Gap>,
    /// Statements about the GIL, and what is needed to make some of others' files; see [`FileSeen::claims`]. Most files
    /// have none, and all files of a project are held at once.
    claims: Option<Box<claims::FileClaims>>,
    /// Findings that need no other file.
    pub findings: Vec<Finding>,
    /// What a Cython file tells, to be joined with others.
    pub cython: Option<Box<cython::Facts>>,
    /// The same of a Python file with a `.pxd` beside it, to be joined if a build has Cython compile it.
    pub paired: Option<Box<cython::Facts>>,
    /// For C and C++: what is settled when all files are read.
    pub c: Option<Box<c::summary::CSeen>>,
    /// Of a build file: the names in it that may be macros.
    pub build_names: c::packaged::BuildNames,
    /// What a Rust file or its manifest tells.
    pub rust: Option<Box<rust::Facts>>,
    /// What an interface or a wrapper of SWIG's makes callable.
    pub swig: Option<Box<swig::Wrapped>>,
}

impl FileSeen {
    /// Statements about the GIL, and what is needed to make some of others' files.
    pub fn claims(&self) -> &claims::FileClaims {
        self.claims.as_deref().unwrap_or_else(|| claims::FileClaims::none())
    }

    /// The file with what it includes, as written.
    pub fn included(&self) -> (&str, Vec<&str>) {
        let c = self.c.iter().flat_map(|c| &c.includes).map(AsRef::as_ref);
        (&self.path, c.chain(self.claims().includes.iter().map(String::as_str)).collect())
    }
}

/// Whether a member is one that [`file()`] can make something of: a source, a build file or a test.
pub fn wants(path: &MemberPath) -> bool {
    language(path).is_some() || claims::wants(path) || c::packaged::defines_macros(path)
}

/// Whether a path lies among tests, examples, benchmarks or documentation, which are not installed.
pub fn among_tests(path: &MemberPath) -> bool {
    const FOLDERS: [&str; 9] =
        ["test", "tests", "testing", "example", "examples", "benchmark", "benchmarks", "doc", "docs"];
    path.as_str().split('/').rev().skip(1).any(|part| FOLDERS.contains(&part))
}

/// The language a member is read as, by its name.
pub fn language(path: &MemberPath) -> Option<Language> {
    let name = path.file_name().to_ascii_lowercase();
    match path.extension().as_str() {
        "c" | "m" => Some(Language::C),
        // Of any language.
        "inc" => None,
        one if C_COMPILED.contains(&one) || C_INCLUDED.contains(&one) => Some(Language::Cpp),
        "pyx" | "pxd" | "pxi" => Some(Language::Cython),
        "rs" => Some(Language::Rust),
        "py" if name == "setup.py" => Some(Language::Build),
        "py" => Some(Language::Python),
        _ => match name.as_str() {
            "setup.cfg" | "pyproject.toml" | "meson.build" | "cmakelists.txt" | "cargo.toml"
            | "cargo.lock" => Some(Language::Build),
            _ => None,
        },
    }
}

/// Reads one member.
pub fn file(member: &Member<'_>, known: &Knowledge, rules: &RuleSet) -> FileSeen {
    let origin = origin::within(member.path.as_str(), member.bytes, member.project);
    // Claims and evidence read the same.
    let c_file = OnceCell::new();
    let read = || c_file.get_or_init(|| c::CFile::read(member.path.as_str(), member.bytes));
    let claims = claims::file(member, known, origin.as_ref(), read);
    let claims = (!claims.is_empty()).then(|| Box::new(claims));
    let mut seen = FileSeen { path: member.path.to_string(), claims, ..FileSeen::default() };
    let ours = origin.is_none();
    match language(member.path) {
        Some(Language::C | Language::Cpp) if can_read(member, ours, c::MAX_BYTES, &mut seen) => {
            seen.c = Some(Box::new(read_c(read(), &mut seen.gaps, rules)));
        }
        Some(Language::Cython) if can_read(member, ours, cython::MAX_BYTES, &mut seen) => {
            seen.cython = Some(Box::new(cython::file(&seen.path, member.bytes)));
        }
        Some(Language::Rust) if can_read(member, ours, rust::MAX_BYTES, &mut seen) => {
            let facts = rust::file(&seen.path, member.bytes, rules);
            if facts.unread {
                seen.gaps.push(Gap::new(
                    member.path.as_str(),
                    Hides::Hazards,
                    "the file could not be parsed",
                ));
            }
            seen.rust = Some(Box::new(facts));
        }
        Some(Language::Python) if !among_tests(member.path) => {
            seen.findings.extend(python::file(&seen.path, member.bytes, rules));
            let pure = cython::pure::is_pure(member.bytes);
            match member.beside.map(|declared| cython::paired(&seen.path, member.bytes, declared)) {
                Some(facts) if pure => seen.cython = Some(Box::new(facts)),
                Some(facts) => seen.paired = Some(Box::new(facts)),
                None if pure => seen.cython = Some(Box::new(cython::file(&seen.path, member.bytes))),
                None => {}
            }
        }
        None if member.path.extension() == "i" && member.bytes.len() <= c::MAX_BYTES => {
            seen.swig = Some(Box::new(swig::interface(member.bytes)));
            let code = swig::code(member.bytes);
            if let Some(code) = code.filter(|_| can_read(member, ours, c::MAX_BYTES, &mut seen)) {
                let file = c::CFile::read(member.path.as_str(), &code);
                seen.c = Some(Box::new(read_c(&file, &mut seen.gaps, rules)));
            }
        }
        Some(Language::C | Language::Cpp)
            if member.bytes.len() <= c::MAX_BYTES
                && origin.as_ref().is_some_and(|one| one.name == "swig") =>
        {
            seen.swig = Some(Box::new(swig::wrapper(member.bytes)));
        }
        Some(Language::Build) if member.path.file_name() == "Cargo.toml" => {
            seen.rust = Some(Box::new(rust::manifest(&seen.path, member.bytes)));
        }
        _ => {}
    }
    let python = language(member.path) == Some(Language::Python);
    let build = language(member.path) == Some(Language::Build) || c::packaged::defines_macros(member.path);
    if (python || build) && !among_tests(member.path) {
        seen.build_names = c::packaged::BuildNames::read(member.bytes, python);
    }
    seen.looked.threaded_tests = u64::from(seen.claims().threaded_test);
    let source = matches!(
        language(member.path),
        Some(Language::C | Language::Cpp | Language::Cython | Language::Rust)
    );
    seen.origin = origin.filter(|_| source && !among_tests(member.path));
    seen
}

/// What a C or C++ file shows; what of it could not be parsed is a gap.
fn read_c(file: &c::CFile<'_>, gaps: &mut Vec<Gap>, rules: &RuleSet) -> c::summary::CSeen {
    let shown = c::scan::seen(file, rules);
    if shown.unread {
        gaps.push(Gap::new(file.path, Hides::Hazards, "part of the file could not be parsed"));
    }
    shown
}

/// Counts a source file, and says whether to read it. One that a generator or another project wrote is judged at its
/// source: whoever reads this project can change neither.
fn can_read(member: &Member<'_>, ours: bool, most: usize, seen: &mut FileSeen) -> bool {
    seen.looked = Looked { parsed_files: 0, ..looked_at(member.bytes) };
    if member.bytes.len() > most {
        seen.gaps.push(Gap::new(member.path.as_str(), Hides::Hazards, "the file is too large"));
        return false;
    }
    if among_tests(member.path) || !ours {
        return false;
    }
    seen.looked.parsed_files = 1;
    true
}

/// Counts for one source file that was read.
fn looked_at(bytes: &[u8]) -> Looked {
    let source_lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
    Looked { source_files: 1, parsed_files: 1, source_lines, ..Looked::default() }
}

/// Joins what the files of one artifact showed; what one change mends is one finding.
pub fn project(files: Vec<FileSeen>, known: &Knowledge, rules: &RuleSet) -> Observed {
    let binding = binding(&files);
    let mut seen = evidence(files, known, rules);
    seen.findings = fold::fold(seen.findings, &binding);
    seen
}

/// Functions that bind lambdas or attributes, by path and name: each of these is a function of its own, by the name of all.
fn binding(files: &[FileSeen]) -> BTreeSet<(String, String)> {
    let bound = |file: &FileSeen, c: &c::summary::CSeen| {
        let names = c.functions.iter().filter(|one| one.bound).map(|one| c.text(one.name).to_owned());
        let attributes = c.attributes.iter().filter_map(|one| c.functions.get(one.function as usize));
        let names = names.chain(attributes.map(|one| c.text(one.name).to_owned()));
        names.map(|name| (file.path.clone(), name)).collect::<BTreeSet<_>>()
    };
    files.iter().filter_map(|file| Some(bound(file, file.c.as_deref()?))).flatten().collect()
}

/// Takes away what stands in code that the package's own headers switch off.
fn uncompiled(files: &mut [FileSeen]) {
    let names = files.iter_mut().map(|file| std::mem::take(&mut file.build_names));
    let built = c::packaged::BuildNames::of_all(names);
    let c: Vec<(&str, &c::summary::CSeen)> =
        files.iter().filter_map(|file| Some((file.path.as_str(), file.c.as_deref()?))).collect();
    let dead = c::packaged::dead(&c, &built);
    for (seen, dead) in files.iter_mut().filter_map(|file| file.c.as_deref_mut()).zip(dead) {
        c::packaged::forget(seen, dead);
    }
}

/// Joins the Python files that a build has Cython compile with the `.pxd` beside them, and tells of those with extension
/// types that no build names, or that came before their `.pxd`: they count as Python.
fn augmented(files: &mut [FileSeen], compiled: &BTreeSet<String>) -> Vec<Gap> {
    let made = |path: &str| compiled.contains(path);
    for file in files.iter_mut() {
        if let Some(facts) = file.paired.take().filter(|_| made(&file.path)) {
            file.cython = Some(facts);
        }
    }
    let split = |file: &FileSeen| {
        let (stem, kind) = file.path.rsplit_once('.')?;
        Some((stem.to_owned(), kind.to_owned()))
    };
    let of = |wanted: &str| -> BTreeSet<String> {
        let classes = |file: &&FileSeen| file.cython.as_deref().is_some_and(|one| !one.classes.is_empty());
        let named = files.iter().filter(|file| wanted != "pxd" || classes(file)).filter_map(split);
        named.filter(|(_, kind)| kind == wanted).map(|(stem, _)| stem).collect()
    };
    let (declared, written) = (of("pxd"), of("pyx"));
    let unread = files.iter().filter(|file| file.cython.is_none()).filter(|file| {
        split(file).is_some_and(|(stem, kind)| {
            kind == "py"
                && declared.contains(&stem)
                && !written.contains(&stem)
                && (made(&file.path) || !stem.ends_with("__init__"))
        })
    });
    let why = |path: &str| match made(path) {
        true => {
            "Cython compiles the file with the `.pxd` beside it, which came too late: it was read as Python"
        }
        false => {
            "Cython may compile the file with the `.pxd` beside it, and no build tells: it was read as Python"
        }
    };
    unread.map(|file| Gap::new(&file.path, Hides::Hazards, why(&file.path))).collect()
}

/// The same with every place at which a rule fires: what its witnesses are held to.
pub fn evidence(mut files: Vec<FileSeen>, known: &Knowledge, rules: &RuleSet) -> Observed {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen = Observed::default();
    uncompiled(&mut files);
    c::accessors::spread(files.iter_mut().filter_map(|file| file.c.as_deref_mut()));
    let said: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.claims())).collect();
    let mut joined = claims::project(&said, known, rules);
    joined.include(&files.iter().map(FileSeen::included).collect::<Vec<_>>());
    seen.gaps.extend(augmented(&mut files, &joined.compiled));
    let cython: Vec<&cython::Facts> = files.iter().filter_map(|file| file.cython.as_deref()).collect();
    let cython = cython::project(&cython, rules);
    seen.findings.extend(cython.findings);
    let mut called = cython.called;
    for wrapped in files.iter().filter_map(|file| file.swig.as_deref()) {
        called.functions.extend(wrapped.functions.iter().cloned());
        // Threads that have the proxy have the object that it stands for.
        called.held.extend(wrapped.members.iter().map(|(class, _)| class.clone()));
        called.members.extend(wrapped.members.iter().cloned());
        called.headers.extend(wrapped.headers.iter().cloned());
    }
    let rust: Vec<&rust::Facts> = files.iter().filter_map(|file| file.rust.as_deref()).collect();
    seen.findings.extend(rust::project(&rust, rules));
    // What other languages told is not needed for C, which needs the most room of all.
    for file in &mut files {
        (file.cython, file.rust, file.swig) = (None, None, None);
    }
    let c = files.iter().filter_map(|file| Some((file.path.as_str(), file.c.as_deref()?))).collect();
    seen.findings.extend(detectors::run(&link::Project::new(c, &called), rules));
    let origins: Vec<(String, Origin)> =
        files.iter_mut().filter_map(|file| Some((file.path.clone(), file.origin.take()?))).collect();
    for file in files {
        seen.absorb(Observed {
            findings: file.findings,
            gaps: file.gaps,
            looked: file.looked,
            ..Observed::default()
        });
    }
    seen.attributed = attribute::rows(&origins, &joined.claims, known);
    for finding in &mut seen.findings {
        finding.live = finding.live.or_else(|| joined.live(&finding.location.path));
    }
    seen.claims.extend(joined.claims);
    seen.gaps.extend(joined.gaps);
    seen.findings.extend(joined.findings);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, u32)> {
        let c = all_found(files).into_iter().filter(|one| !one.location.path.ends_with(".pyx"));
        let mut found: Vec<_> = c.map(|one| (one.location.path, one.location.line)).collect();
        found.sort();
        found
    }

    fn all_found(files: &[(&str, &str)]) -> Vec<Finding> {
        let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
        let seen = files.iter().map(|(path, text)| {
            let path = MemberPath::new(path).expect("a safe path");
            file(&Member::new(&path, text.as_bytes()), known, rules)
        });
        project(seen.collect(), known, rules).findings
    }

    #[test]
    fn no_critical_section_orders_what_a_capsule_holds() {
        let text = "#include <Python.h>\ntypedef struct { char *answer; } session;\n\
                    static void step(session *s) { free(s->answer); s->answer = NULL; }\n\
                    static PyObject *go(PyObject *m, PyObject *o) {\n  \
                      session *s = PyCapsule_GetPointer(o, \"s\");\n  step(s);\n  return o;\n}\n\
                    static PyMethodDef d[] = {{\"go\", go, METH_O, 0}, {0}};\n";
        let told = all_found(&[("a.c", text)]);
        assert!(told.iter().any(|one| one.location.line == 6), "{told:?}");
        assert!(
            told.iter().all(|one| one.fix.contains("PyMutex") && !one.fix.contains("SECTION(s)")),
            "{told:?}"
        );
    }

    /// A library that never heard of Python is run by Python's threads if Cython calls it.
    #[test]
    fn statics_below_cython_are_shared_by_the_threads_that_call_it() {
        let library = "static int last;\nstatic int bump(int n) { last += n; return last; }\n\
                       int sum(int n) { return bump(n); }\n";
        let cython = |name: &str, from: &str| {
            format!(
                "cdef extern from \"{from}\":\n    int sum(int n)\n    int bump(int n)\n    int none(int n)\n\
                 def f(int n):\n    return {name}(n)\n"
            )
        };
        let told = |name: &str, from: &str| found(&[("a/sum.c", library), ("a/f.pyx", &cython(name, from))]);
        let both = [("a/sum.c".to_owned(), 1), ("a/sum.c".to_owned(), 2)];
        assert_eq!(told("sum", "sum.h"), both);
        assert_eq!(told("bump", "lib/sum.c"), both, "it is a part of the module");
        assert_eq!(told("bump", "sum.h"), [], "nobody else can call it");
        assert_eq!(told("none", "sum.h"), []);
    }

    #[test]
    fn members_below_cython_are_found_in_the_classes_that_theirs_derives_from() {
        let library = "class Base { public: void step(); void other(); };\nclass Derived : public Base {};\n\
                       static int steps;\nstatic int others;\nvoid Base::step() { steps += 2; }\n\
                       void Base::other() { others += 2; }\n";
        let cython = "cdef extern from \"a.hpp\":\n    cdef cppclass Derived:\n        void step()\n\
                      cdef class A:\n    cdef Derived *own\n    def f(self):\n        self.own.step()\n";
        let told = found(&[("a.cpp", library), ("a.pyx", cython)]);
        assert_eq!(told, [("a.cpp".to_owned(), 3), ("a.cpp".to_owned(), 5)]);
    }

    /// An attribute that is an object of a class of C++, or points to one, makes that as shared as the Python object.
    #[test]
    fn what_objects_below_cython_keep_is_shared_by_the_threads_that_have_the_python_object() {
        let library = "#include <vector>\nclass Tree {\npublic:\n  void grow(int n);\n  int size();\n\
                       private:\n  void inner(int n);\n  std::vector<int> nodes;\n};\n\
                       void Tree::grow(int n) { nodes.push_back(n); }\nint Tree::size() { return nodes.size(); }\n\
                       void Tree::inner(int n) { nodes.push_back(n); }\n";
        let cython = |attribute: &str, local: &str| {
            format!(
                "cdef extern from \"a.hpp\":\n    cdef cppclass Tree:\n        void grow(int n)\n        \
                 int size()\ncdef class A:\n    cdef {attribute} own\n    def f(self):\n{local}        \
                 self.own.grow(1)\n    def g(self):\n{local}        return self.own.size()\n"
            )
        };
        let told = |attribute: &str, local: &str| {
            let found = found(&[("a.cpp", library), ("a.pyx", &cython(attribute, local))]);
            found.into_iter().filter(|(path, _)| path == "a.cpp").map(|(_, line)| line).collect::<Vec<_>>()
        };
        for attribute in ["Tree", "Tree *", "unique_ptr[Tree]", "shared_ptr[Tree]"] {
            assert_eq!(told(attribute, ""), [10, 11], "{attribute}");
        }
        assert_eq!(told("Other *", "        cdef Tree own\n"), [0; 0], "each call has its own");
    }

    /// What a Cython object points to is changed by C functions that know nothing of objects.
    #[test]
    fn structs_that_cython_objects_hold_are_shared_where_these_hand_them_over() {
        let library = "#include \"bits.h\"\n\
                       static void grow(bits *b, int n) { b->words = realloc(b->words, n); b->count = n; }\n\
                       void bits_add(bits *b, int n) { if (n >= b->count) grow(b, n); b->words[n] = 1; }\n\
                       int bits_has(const bits *b, int n) { return n < b->count && b->words[n]; }\n\
                       int bits_count(const bits *b) { return b->count; }\n\
                       void bits_clear(bits *b) { free(b->words); b->words = NULL; }\n\
                       static int sum(bits *b) { return b->words[0] + b->words[1]; }\n\
                       int bits_sum(bits *b) { return sum(b); }\n";
        let header = "typedef struct { int *words; int count; } bits;\n";
        let cython = |attribute: &str, lock: &str| {
            format!(
                "cdef extern from \"bits.h\":\n    ctypedef struct bits:\n        pass\n    \
                 void bits_add(bits *b, int n)\n    bint bits_has(bits *b, int n)\n    int bits_count(bits *b)\n    \
                 void bits_clear(bits *b)\n    int bits_sum(bits *b)\n\
                 cdef class A:\n    cdef {attribute}\n    def __dealloc__(self):\n        bits_clear({{own}})\n\
                 {lock}    def add(self, int n):\n        bits_add({{own}}, n)\n\
                 {lock}    def has(self, int n):\n        return bits_has({{own}}, n)\n\
                 {lock}    def __len__(self):\n        return bits_count({{own}}) + bits_sum({{own}})\n"
            )
        };
        let told_with = |header: &str, text: String| {
            let found = found(&[("bits.c", library), ("bits.h", header), ("a.pyx", &text)]);
            found.into_iter().map(|(_, line)| line).collect::<Vec<_>>()
        };
        let told = |text: String| told_with(header, text);
        assert_eq!(told(cython("bits *own", "").replace("{own}", "self.own")), [2, 3, 4]);
        assert_eq!(told(cython("bits own", "").replace("{own}", "&self.own")), [2, 3, 4]);
        let locked = cython("bits *own", "    @cython.critical_section\n").replace("{own}", "self.own");
        assert_eq!(told(locked), [0; 0], "the lock is around the calls");
        let made = cython("int n", "").replace("{own}", "make()");
        assert_eq!(told(made), [0; 0], "each call has its own");
        let locking = header.replace("int count;", "int count; void *mutex;");
        let text = cython("bits *own", "").replace("{own}", "self.own");
        assert_eq!(told_with(&locking, text), [0; 0], "the library may lock it");
        let library = "#include \"bits.h\"\nvoid bits_init(bits *b) { b->words = 0; b->count = 0; }\n";
        let made = "cdef extern from \"bits.h\":\n    ctypedef struct bits:\n        pass\n    \
                    void bits_init(bits *b)\ncdef class A:\n    cdef bits own\n    cdef start(self):\n        \
                    bits_init(&self.own)\n    def copy(self):\n        cdef A one\n        one = self.__class__()\n        \
                    one.start()\n        return one\n";
        let found_in = |text: &str| found(&[("bits.c", library), ("bits.h", header), ("a.pyx", text)]);
        assert_eq!(found_in(made), [], "nobody else has the copy yet");
        assert_ne!(found_in(&made.replace("one.start", "self.start")), [], "but they have the original");
    }

    #[test]
    fn statics_below_swig_are_shared_by_the_threads_that_call_it() {
        let library = "static int last;\nint bump(int n) { last += n; return last; }\n";
        let told = |path: &str, text: &str| found(&[("a/walk.c", library), (path, text)]);
        let both = [("a/walk.c".to_owned(), 1), ("a/walk.c".to_owned(), 2)];
        let told_of = |found: Vec<(String, u32)>| {
            found.into_iter().filter(|(path, _)| path == "a/walk.c").collect::<Vec<_>>()
        };
        assert_eq!(told_of(told("a/m.i", "%module m\nint bump(int n);\n")), both);
        assert_eq!(told_of(told("a/m.i", "%module m\n%include \"walk.h\"\n")), both);
        assert_eq!(told_of(told("a/m.i", "%module m\n%{\nint bump(int n);\n%}\n")), []);
        let made = "/* This file was automatically generated by SWIG (https://www.swig.org).\n * Version 4.3.1 */\n\
                    static PyObject *_wrap_bump(PyObject *self, PyObject *args) { result = (int)bump(arg1); }\n";
        assert_eq!(told_of(told("a/m_wrap.c", made)), both);
    }

    #[test]
    fn what_objects_below_swig_keep_is_shared_by_the_threads_that_have_the_proxy() {
        let library = "#include <vector>\nclass Tree {\npublic:\n  void grow(int n);\n  int size();\n\
                       private:\n  std::vector<int> nodes;\n};\n\
                       void Tree::grow(int n) { nodes.push_back(n); }\nint Tree::size() { return nodes.size(); }\n";
        let told = |path: &str, text: &str| {
            let found = found(&[("a.cpp", library), (path, text)]);
            found.into_iter().filter(|(path, _)| path == "a.cpp").map(|(_, line)| line).collect::<Vec<_>>()
        };
        let declared = "%module m\nclass Tree {\npublic:\n  void grow(int n);\n  int size();\n};\n";
        assert_eq!(told("m.i", declared), [9, 10]);
        assert_eq!(told("m.i", "%module m\n%include \"a.hpp\"\n"), [0; 0], "no header by that name");
        let made = "/* This file was automatically generated by SWIG (https://www.swig.org).\n * Version 4.3.1 */\n\
                    static PyObject *_wrap_grow(PyObject *self, PyObject *args) { Tree *arg1 = 0; (arg1)->grow(1); }\n\
                    static PyObject *_wrap_size(PyObject *self, PyObject *args) { Tree *arg1 = 0; (arg1)->size(); }\n";
        assert_eq!(told("m_wrap.cpp", made), [9, 10]);
    }

    #[test]
    fn the_c_of_an_interface_is_judged_where_it_stands() {
        let text = "%module m\nint bump(int n);\n%{\n#include <Python.h>\nstatic int last;\n\
                    int bump(int n) { last += n; return last; }\n%}\n";
        let told: Vec<_> = found(&[("a/m.i", text)]).into_iter().filter(|(_, line)| *line > 1).collect();
        assert_eq!(told, [("a/m.i".to_owned(), 5), ("a/m.i".to_owned(), 6)]);
    }

    /// What only `main` calls is run by nobody's threads; what a condition or an including file makes of it is open.
    #[test]
    fn programs_beside_a_module_are_no_part_of_it() {
        let tool = "#include <Python.h>\n#include \"tool.h\"\nstatic int last;\n\
                    int run(int n) { last += n; return last + once(n); }\n";
        let header = "static int seen;\nstatic int once(int n) { seen += n; return seen; }\n";
        let module = "#include <Python.h>\n";
        let told = |main: &str, module: &str| {
            let tool = format!("{tool}{main}");
            found(&[("a/tool.c", &tool), ("a/tool.h", header), ("a/module.c", module)])
        };
        let main = "int main(int argc, char **argv) { return run(argc); }\n";
        let all = [("a/tool.c", 3), ("a/tool.c", 4), ("a/tool.h", 1), ("a/tool.h", 2)];
        let all = all.map(|(path, line)| (path.to_owned(), line));
        assert_eq!(told("int go(int n) { return run(n); }\n", module), all);
        assert_eq!(told(main, module), []);
        assert_eq!(told(&format!("#ifdef ALONE\n{main}#endif\n"), module), all);
        let includes = format!("{module}#define main tool_main\n#include \"tool.c\"\n");
        assert_eq!(told(main, &includes), all);
        let tests = "#include <gtest/gtest.h>\nTEST(Tool, runs) { run(1); }\n";
        assert_eq!(told(tests, module), [], "the library for tests brings `main`");
    }

    #[test]
    fn a_flag_of_another_file_is_asked_before_it_is_left() {
        let source = "#include <Python.h>\n#include \"set_up.h\"\nstatic PyObject *pin(PyObject *m, PyObject *o) {\n  \
                      if (mapped)\n    return o;\n  set_up();\n  mapped = 1;\n  return o;\n}\n\
                      static PyMethodDef d[] = {{\"pin\", pin, METH_O, 0}, {0}};\n";
        let told = found(&[("a.c", source), ("set_up.c", "int mapped = 0;\n")]);
        assert_eq!(told, [("a.c".to_owned(), 4), ("set_up.c".to_owned(), 1)]);
    }

    /// A bare name in a member function is a field, unless no class has it and another file has the variable.
    #[test]
    fn member_functions_fill_variables_of_other_files() {
        let variable = "namespace n { PyObject *thrift_module = nullptr; }\n";
        let member = "#include <Python.h>\n#include \"types.h\"\nPyObject *Reader::read(PyObject *o) {\n  \
                      if (!thrift_module) {\n    thrift_module = PyImport_ImportModule(\"m\");\n  }\n  return o;\n}\n\
                      PyObject *go(PyObject *m, PyObject *o) { Reader r; return r.read(o); }\n\
                      static PyMethodDef d[] = {{\"go\", go, METH_O, 0}, {0}};\n";
        let told = |class: &str| {
            let files = [("reader.cpp", member), ("types.cpp", variable), ("types.h", class)];
            found(&files).into_iter().filter(|(path, line)| path == "reader.cpp" && *line == 4).count()
        };
        assert_eq!(told("class Reader { PyObject *read(PyObject *o); };\n"), 1);
        let has = "class Base { PyObject *thrift_module; };\nclass Reader : Base { PyObject *read(PyObject *o); };\n";
        assert_eq!(told(has), 0);
    }

    /// What a project of these files shows, of which each lies beside those before it.
    fn in_order(files: &[(&str, &str)]) -> Observed {
        let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
        let mut all = beside::Beside::default();
        let seen = files.iter().map(|(path, text)| {
            let path = MemberPath::new(path).expect("a safe path");
            all.meet(&path, text.as_bytes());
            let declared = all.of(&path);
            file(&Member { beside: declared.as_deref(), ..Member::new(&path, text.as_bytes()) }, known, rules)
        });
        project(seen.collect(), known, rules)
    }

    const PXD: (&str, &str) = (
        "src/a/x.pxd",
        "cdef class A:\n    cdef public list rows\n    cdef unsigned int n\n    cdef _add(self, object row)\n",
    );
    const PY: (&str, &str) = (
        "src/a/x.py",
        "class A:\n    def __init__(self):\n        self.rows = []\n    def _add(self, row):\n        self.n += 1\n    \
         def add(self, row):\n        self._add(row)\n",
    );
    const BUILD: (&str, &str) =
        ("build.py", "from Cython.Build import cythonize\ncythonize(['src/a/x.py'], language_level=3)\n");

    #[test]
    fn python_that_a_build_compiles_with_its_pxd_is_read_as_cython() {
        let seen = in_order(&[BUILD, PXD, PY]);
        let lines: Vec<_> = seen.findings.iter().filter(|one| one.location.path == PY.0).collect();
        assert_eq!(lines.iter().map(|one| one.location.line).collect::<Vec<_>>(), [5], "{:?}", seen.findings);
        assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
        assert_eq!(seen.claims.iter().map(|one| one.framework.name.as_str()).collect::<Vec<_>>(), ["cython"]);
        let held = PY.1.replace("    def add", "    @cython.critical_section\n    def add");
        let seen = in_order(&[BUILD, PXD, (PY.0, &held)]);
        assert!(seen.findings.iter().all(|one| one.location.path != PY.0), "only C calls the other");
    }

    #[test]
    fn python_beside_a_pxd_that_no_build_compiles_is_a_gap() {
        let gaps = |files: &[(&str, &str)]| -> Vec<String> {
            in_order(files).gaps.into_iter().map(|gap| gap.path).collect()
        };
        assert_eq!(gaps(&[PXD, PY, ("src/a/y.py", "class B:\n    pass\n")]), [PY.0]);
        assert_eq!(gaps(&[BUILD, PY, PXD]), [PY.0], "it came too late");
        let other = ("build.py", "from Cython.Build import cythonize\ncythonize(['src/a/z.pyx'])\n");
        assert_eq!(gaps(&[other, PXD, PY]), [PY.0], "another is compiled");
        assert!(
            gaps(&[PXD, PY, ("src/a/x.pyx", "cdef class A:\n    pass\n")]).is_empty(),
            "that is compiled"
        );
        let shape = (PXD.0, "cdef struct s:\n    int n\n");
        assert!(gaps(&[shape, PY]).is_empty(), "no class of Python's");
    }

    #[test]
    fn a_bound_class_is_made_by_calls_that_nobody_sees() {
        let class = "#include <map>\nCurve::Curve(double step) {\n  if (!known.count(step)) {\n    known[step] = step;\n  }\n}\n\
                     std::map<double, double> Curve::known;\n";
        let bind = "#include <pybind11/pybind11.h>\nnamespace py = pybind11;\nPYBIND11_MODULE(m, m) {\n  \
                    py::class_<Curve>(m, \"Curve\").def(py::init<double>());\n}\n";
        let declared =
            "class Curve {\npublic:\n  Curve(double step);\n  static std::map<double, double> known;\n};\n";
        let lines = |bind: &str| -> Vec<u32> {
            let files = [("curve.cpp", class), ("curve.h", declared), ("bind.cpp", bind)];
            found(&files).into_iter().filter(|one| one.0 == "curve.cpp").map(|one| one.1).collect()
        };
        assert_eq!(lines(bind), [4, 7]);
        assert!(lines(&bind.replace("Curve>", "Line>")).is_empty(), "nobody makes one");
    }

    #[test]
    fn a_program_may_begin_once_for_each_system() {
        let tool = "static int last;\nint run(int n) { last += n; return last; }\n\
                    #ifdef _WIN32\nint wmain(int n, wchar_t **v) { return run(n); }\n\
                    #else\nint main(int n, char **v) { return run(n); }\n#endif\n";
        assert_eq!(found(&[("a/tool.c", &format!("#include <Python.h>\n{tool}"))]), []);
        let may = tool.replace("#else", "#endif\n#ifdef TEST");
        assert_ne!(found(&[("a/tool.c", &format!("#include <Python.h>\n{may}"))]), [], "or none of them");
    }

    #[test]
    fn a_headers_macro_uses_the_field_wherever_it_stands() {
        let header = "#include <Python.h>\ntypedef struct { PyObject_HEAD PyObject *held; } Box;\n\
                      #define HELD(o) (((Box *)(o))->held)\n";
        let source = "#include \"box.h\"\nstatic PyObject *show(PyObject *self) {\n  return PyObject_Repr(HELD(self));\n}\n\
                      static int set(Box *self, PyObject *v, void *c) {\n  Py_XSETREF(self->held, Py_NewRef(v)); return 0;\n}\n\
                      static PyGetSetDef g[] = {{\"held\", NULL, (setter)set, NULL, NULL}, {NULL}};\n\
                      static PyTypeObject T = { .tp_repr = show, .tp_getset = g };\n";
        let told = |more: &[(&str, &str)]| {
            let mut files = vec![("box.c", source), ("box.h", header)];
            files.extend(more);
            found(&files).iter().filter(|(path, line)| path == "box.c" && *line == 3).count()
        };
        assert_eq!(told(&[]), 1);
        let other = "#define HELD(o) (((Crate *)(o))->held)\n";
        assert_eq!(told(&[("crate.h", other)]), 0, "which one is meant is not known");
        assert_eq!(told(&[("held.c", "PyObject *HELD(PyObject *o) { return o; }\n")]), 0);
    }

    #[test]
    fn two_modules_may_each_have_a_type_of_one_name() {
        let get = "static PyObject *get(A *self, void *c) { return PyLong_FromLong(*self->count); }\n\
                   static PyGetSetDef g[] = {{\"n\", (getter)get, NULL, NULL, NULL}, {NULL}};\n";
        let set = "static int set(A *self, PyObject *v, void *c) { free(self->count); self->count = make(v); return 0; }\n\
                   static PyGetSetDef g[] = {{\"n\", NULL, (setter)set, NULL, NULL}, {NULL}};\n";
        let kind = "#include <Python.h>\ntypedef struct { PyObject_HEAD int *count; } A;\n";
        let file = |text: &str| format!("{kind}{text}");
        let read = |found: &[(String, u32)]| found.iter().any(|(path, _)| path == "a.c");
        assert!(!read(&found(&[("a.c", &file(get)), ("b.c", &file(set))])), "each has its own");
        let includes = |text: &str| format!("#include \"a.h\"\n{text}");
        assert!(
            read(&found(&[("a.h", kind), ("a.c", &includes(get)), ("b.c", &includes(set))])),
            "they share it"
        );
    }

    #[test]
    fn a_static_of_a_header_is_state_of_who_includes_it() {
        let header = "typedef struct { PyObject *function; } run_t;\nstatic run_t running;\n";
        let source = "#include \"all.h\"\nstatic PyObject *run(PyObject *m, PyObject *f) {\n  running.function = f;\n  \
                      return NULL;\n}\nstatic PyMethodDef d[] = {{\"run\", run, METH_O, 0}, {0}};\n";
        let files = [
            ("src/run.h", header),
            ("src/all.h", "#include <Python.h>\n#include \"run.h\"\n"),
            ("src/run.c", source),
            // It has a variable of that name, which is another.
            (
                "other/run.c",
                "#include <Python.h>\nstatic int running = 1;\nint get(void) { return running; }\n",
            ),
        ];
        let told = found(&files);
        assert_eq!(told, [("src/run.c".to_owned(), 3), ("src/run.h".to_owned(), 2)]);
    }
}

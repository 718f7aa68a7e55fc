//! Cython: `.pyx`, `.pxd` and `.pxi`, and `.py` files in its pure mode or with a `.pxd` beside them.
//!
//! No grammar of Cython is kept up, and what matters here is mostly indentation and names: statements are cut into
//! tokens by [`lex`], declarations understood by [`types`], and a walk over blocks keeps [`facts::Facts`] of each
//! file. [`project`] joins them, since attributes are declared in a `.pxd` and a private function is judged with the
//! locks that its callers hold, and only then decides what is a finding.

mod asked;
mod below;
mod chosen;
mod conditions;
mod declare;
pub mod facts;
mod fills;
mod foreign;
mod handed;
mod hazards;
mod holds;
mod included;
mod judge;
mod kept;
pub mod lex;
mod libraries;
mod locks;
mod others;
mod paired;
mod proxies;
pub mod pure;
mod reach;
mod read;
mod settings;
mod sized;
mod targets;
pub mod types;
mod uses;

pub use facts::Facts;
pub use judge::{Joined, project};

/// Files beyond this are not read; the largest known, of a binding to a whole toolkit, has 2 MB.
pub const MAX_BYTES: usize = 16 << 20;

/// Reads one file of at most [`MAX_BYTES`]; of a longer one nothing is kept.
pub fn file(path: &str, bytes: &[u8]) -> Facts {
    if bytes.len() > MAX_BYTES {
        return Facts { path: path.to_owned(), ..Facts::default() };
    }
    let mut facts = read::read(path, bytes, false, None);
    // All files of a project are held at once.
    facts.shrink();
    facts
}

/// Reads a Python file that Cython compiles with the `.pxd` beside it.
pub fn paired(path: &str, bytes: &[u8], declared: &[u8]) -> Facts {
    if bytes.len().max(declared.len()) > MAX_BYTES {
        return Facts { path: path.to_owned(), ..Facts::default() };
    }
    let partner = paired::Partner::read(declared);
    let mut facts = read::read(path, bytes, false, Some(&partner));
    facts.shrink();
    facts
}

/// Reads a Python file with the same walk; what its body assigns counts as the module's variables.
pub fn python(path: &str, bytes: &[u8]) -> Facts {
    read::read(path, bytes, true, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn found(files: &[(&str, &str)]) -> Vec<(String, u32, String)> {
        let facts: Vec<Facts> = files.iter().map(|(path, text)| file(path, text.as_bytes())).collect();
        let all: Vec<&Facts> = facts.iter().collect();
        let mut found: Vec<_> = project(&all, RuleSet::builtin())
            .findings
            .into_iter()
            .map(|one| (one.location.path, one.location.line, one.function))
            .collect();
        found.sort();
        found
    }

    /// Most projects with a C interface of their own declare attributes in one file and use them in another.
    #[test]
    fn attributes_of_a_pxd_are_known_in_the_pyx_and_in_subclasses() {
        let declared = ("a/pool.pxd", "cdef class Pool:\n    cdef size_t used\n");
        let used = ("a/pool.pyx", "cdef class Pool:\n    def use(self):\n        self.used += 1\n");
        let derived = ("a/more.pyx", "cdef class More(Pool):\n    def more(self):\n        self.used -= 1\n");
        let other = ("b/pool.pyx", "cdef class Other:\n    def use(self):\n        self.used += 1\n");
        assert_eq!(
            found(&[declared, used, derived, other]),
            [("a/more.pyx".into(), 3, "more".into()), ("a/pool.pyx".into(), 3, "use".into())]
        );
        assert_eq!(found(&[used]), []);
    }

    /// What others include is often split the same way, and called so that the two do not belong together by their names.
    #[test]
    fn attributes_are_known_in_files_that_others_include() {
        let declared = ("a/pool.pxd.pxi", "cdef class Pool:\n    cdef size_t used\n");
        let text = "cdef class Pool:\n    def use(self):\n        self.used += 1\n";
        assert_eq!(
            found(&[declared, ("a/pool.pyx.pxi", text)]),
            [("a/pool.pyx.pxi".into(), 3, "use".into())]
        );
        let other = ("b/other.pyx", text);
        assert_eq!(found(&[declared, other]), [], "a class of its own");
    }

    /// A large module is split so: what is included has no declarations of its own.
    #[test]
    fn variables_of_the_including_file_are_known() {
        let around = (
            "a/all.pyx",
            "cdef extern from 'c.h':\n    ctypedef struct link_t:\n        pass\n    void link_send(link_t* link)\n    void link_close(link_t* link)\ncdef link_t* link = NULL\ncdef int count = 0\ninclude 'part.pxi'\n",
        );
        let part = "def send(link_id):\n    cdef int mine = 0\n    mine += 1\n    link_send(link)\ndef close():\n    global link\n    link_close(link)\n    link = NULL\ndef also(link):\n    link_send(link)\n";
        let lines = |files: &[(&str, &str)]| -> Vec<u32> {
            found(files).into_iter().filter(|one| one.0.ends_with("part.pxi")).map(|one| one.1).collect()
        };
        assert_eq!(lines(&[around, ("a/part.pxi", part)]), [4, 7]);
        let alone = around.1.replace("include", "# include");
        assert!(lines(&[("a/all.pyx", &alone), ("a/part.pxi", part)]).is_empty(), "nobody includes that one");
    }

    /// What is called through the name of a module is no method, which would have its object for first argument.
    #[test]
    fn modules_are_known_by_whatever_name() {
        let library = (
            "p/lib.pxd",
            "cdef extern from 'c.h':\n    ctypedef struct log_t:\n        pass\n    int log_write(log_t* log, int n)\n",
        );
        let with = |import: &str, name: &str| {
            let text = format!(
                "{import}\ncdef class A:\n    cdef {name}.log_t log\n    def go(self):\n        {name}.log_write(&self.log, 1)\n"
            );
            found(&[library, ("p/a.pyx", &text)]).len()
        };
        assert_eq!(with("cimport p.lib as c", "c"), 1);
        assert_eq!(with("cimport p.lib", "p.lib"), 1);
        assert_eq!(with("from p cimport lib", "lib"), 1);
    }

    #[test]
    fn a_private_method_is_as_safe_as_its_callers() {
        let with = |decorator: &str| {
            let text = format!(
                "cdef class A:\n    cdef int n\n    cdef bump(self):\n        self.n += 1\n{decorator}    def go(self):\n        self.bump()\n"
            );
            found(&[("a.pyx", &text)]).len()
        };
        assert_eq!(with(""), 1);
        assert_eq!(with("    @cython.critical_section\n"), 0);
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time_and_without_recursion() {
        let deep: String = (0..1500).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        let functions: String =
            (0..1000).map(|depth| format!("{}def f(self):\n", " ".repeat(depth))).collect();
        let inputs = [
            deep,
            functions,
            "if a: ".repeat(20_000),
            "def f(): ".repeat(30_000),
            "x = ".repeat(60_000),
            "cdef class A(".repeat(30_000),
            format!(
                "cdef class A:\n    cdef int n\n    def f(self):\n        {}",
                "self.n += self.n[".repeat(30_000)
            ),
            format!("cdef int x\ndef f():\n    global x\n    {}", "x; ".repeat(30_000)),
            "cdef a, *b[(".repeat(30_000),
            "ctypedef a b\nctypedef b a\ncdef b x\ndef f():\n    global x\n    x = 1\n".to_owned(),
            "elif not x:\n  pass\n".repeat(20_000),
            "\u{0}\u{feff}é\t\r".repeat(30_000),
        ];
        for input in inputs {
            let facts = file("x.pyx", input.as_bytes());
            project(&[&facts], RuleSet::builtin());
        }
        let cut = "cdef class A:\n    cdef public int n\n    def f(self, x=[1, {2: 3}]):\n        if self.n is None: self.n += 1\n";
        for end in 0..cut.len() {
            file("x.pyx", &cut.as_bytes()[..end]);
        }
    }

    #[test]
    fn classes_that_inherit_in_a_circle_end_the_search() {
        let text = "cdef class A(B):\n    def f(self):\n        self.n += 1\n        self.g()\ncdef class B(A):\n    pass\n";
        assert_eq!(found(&[("a.pyx", text)]), []);
    }
}

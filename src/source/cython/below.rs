//! Which functions of C and C++ the Cython files of a project call, so that their sources are known to be reached.
//!
//! In: the facts of all Cython files, and which functions any thread may run. Out: a [`Called`]. A `.pxd` declares what
//! a `.pyx` calls, so names are joined over all files: a name that is declared `extern` and called without a lock is
//! called, by whatever file.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::facts::{Act, Facts, Target};
use super::judge::{At, Project};
use super::reach::Reach;
use super::types::Type;
use crate::source::includes::base;
use crate::source::link::{Called, Lender};

/// How many functions of C may go by one name in Cython; most files give each its own.
const NAMES: usize = 16;

/// A function that an `extern` block declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    /// The name used in Cython.
    pub name: String,
    /// Its name in C or C++, without the namespace.
    pub known_as: String,
    /// The C++ class that it is a member of, by its name there; or empty.
    pub class: String,
}

impl Foreign {
    /// A declared function; `written` is its name in C where that is given. `None` for what is no function's name.
    pub fn new(name: &str, written: Option<&str>, class: &str) -> Option<Self> {
        let known_as = last_word(written.unwrap_or(name))?;
        Some(Self { name: name.to_owned(), known_as: known_as.to_owned(), class: class.to_owned() })
    }
}

/// `f` of `ns::f<T>`; `None` where that is no name.
pub(super) fn last_word(written: &str) -> Option<&str> {
    let plain = written.split('<').next().unwrap_or_default().trim();
    let last = plain.rsplit("::").next().unwrap_or_default().trim();
    let whole = last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (whole && !last.is_empty()).then_some(last)
}

/// What functions that any thread may run call of C and C++, outside of locks.
pub(super) fn called(files: &[&Facts], beside: &HashSet<At>) -> Called {
    let mut names: HashSet<&str> = HashSet::new();
    for (at, file) in files.iter().enumerate() {
        for (nth, function) in file.functions.iter().enumerate() {
            if beside.contains(&(at, nth)) {
                names.extend(function.calls.iter().filter(|call| !call.locked).map(|call| &*call.callee));
            }
        }
    }
    let included = files.iter().flat_map(|file| &file.included).map(|one| base(one).to_owned()).collect();
    let mut called = Called { included, ..Called::default() };
    for one in files.iter().flat_map(|file| &file.foreign) {
        if one.class.is_empty() {
            if names.contains(one.name.as_str()) {
                called.functions.insert(one.known_as.clone());
            }
        // A variable of the class is made without a call.
        } else if one.known_as == one.class || names.contains(one.name.as_str()) {
            called.members.insert((one.class.clone(), one.known_as.clone()));
        }
    }
    called.held.extend(held(files).into_iter().map(str::to_owned));
    called
}

/// The classes of C++ whose objects attributes of extension types are, or point to: who has the Python object has these.
fn held<'a>(files: &[&'a Facts]) -> Vec<&'a str> {
    let known: HashMap<&str, &str> = files
        .iter()
        .flat_map(|file| &file.cpp)
        .map(|(name, class)| (name.as_str(), class.as_str()))
        .collect();
    let fields = files.iter().flat_map(|file| &file.classes).flat_map(|class| &class.fields);
    fields.filter_map(|field| known.get(field.one_of.as_str()).copied()).collect()
}

impl<'a> Project<'a> {
    /// Functions of C that are handed what an attribute points to, or is, where no lock is held and a second thread may have
    /// the object.
    pub(super) fn lent(&self, reach: &Reach<'a>) -> BTreeMap<(String, usize), Lender> {
        let mut known_as: HashMap<&str, Vec<&str>> = HashMap::new();
        let plain = self.files.iter().flat_map(|file| &file.foreign).filter(|one| one.class.is_empty());
        for one in plain {
            let names = known_as.entry(&one.name).or_default();
            if names.len() < NAMES && !names.contains(&one.known_as.as_str()) {
                names.push(&one.known_as);
            }
        }
        let mut lent: BTreeMap<(String, usize), Lender> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            for one in file.uses.iter().filter(|one| !one.locked && one.given.is_none()) {
                let (Target::Field { class, field, .. }, Some((callee, position)), Some(nth)) =
                    (&one.target, &one.argument, one.function)
                else {
                    continue;
                };
                let handed = matches!(one.act, Act::Passed | Act::Address | Act::Free);
                let (Some(names), true) = (known_as.get(callee.as_str()), handed) else { continue };
                let Some(function) = self.function((at, nth)).filter(|_| reach.exposed.contains(&(at, nth)))
                else {
                    continue;
                };
                let Some((key, variable)) = self.field(at, class, field) else { continue };
                let kind = self.resolved_of(&key, variable);
                let thing = matches!(kind, Type::Pointer | Type::Struct | Type::Unknown);
                if !thing || self.confined.contains(key.class) {
                    continue;
                }
                for name in names {
                    lent.entry(((*name).to_owned(), *position)).or_insert_with(|| Lender {
                        name: function.name.clone(),
                        location: one.span.place(&file.path, function.named()).location,
                    });
                }
            }
        }
        lent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::source::cython::{file, project};

    fn told(files: &[(&str, &str)]) -> (Vec<String>, Vec<(String, String)>) {
        let facts: Vec<Facts> = files.iter().map(|(path, text)| file(path, text.as_bytes())).collect();
        let all: Vec<&Facts> = facts.iter().collect();
        let called = project(&all, RuleSet::builtin()).called;
        let mut functions: Vec<String> = called.functions.into_iter().collect();
        let mut members: Vec<_> = called.members.into_iter().collect();
        functions.sort();
        members.sort();
        (functions, members)
    }

    #[test]
    fn what_one_file_declares_another_calls() {
        let declared = "cdef extern from \"a.h\" nogil:\n    int go(int n)\n    int other(int n)\n    \
                        int run \"a::b::run_it<int>\" (int n)\n";
        let calls = "from a cimport go, run\ndef f(n):\n    with nogil:\n        go(n)\n    return run(n)\n";
        assert_eq!(
            told(&[("a.pxd", declared), ("b.pyx", calls)]),
            (vec!["go".to_owned(), "run_it".to_owned()], vec![])
        );
        let alone = "cdef class A:\n    def __cinit__(self):\n        self._fill()\n    cdef _fill(self):\n        other(1)\n";
        assert_eq!(told(&[("a.pxd", declared), ("b.pyx", alone)]).0, ["other"]);
    }

    #[test]
    fn what_is_called_under_a_lock_or_at_import_is_not() {
        let declared = "cdef extern from \"a.h\":\n    int go(int n)\n    int start()\n";
        let calls = "start()\ndef f(n):\n    with lock:\n        return go(n)\n";
        assert_eq!(told(&[("a.pxd", declared), ("b.pyx", calls)]).0, [""; 0]);
    }

    #[test]
    fn members_of_classes_are_called_by_their_names() {
        let text = "cdef extern from \"a.hpp\" namespace \"x\":\n    cdef cppclass Tree \"x::Tree_\"[T]:\n        \
                    Tree() except +\n        void grow(int n)\n        int size() const\n        \
                    cppclass iterator:\n            int step()\n\
                    cdef class A:\n    cdef Tree[int] *tree\n    def f(self):\n        self.tree.grow(1)\n        step()\n";
        let of = |name: &str| ("Tree_".to_owned(), name.to_owned());
        assert_eq!(told(&[("a.pyx", text)]).1, [of("grow")]);
        let plain = text.replace(" \"x::Tree_\"", "");
        assert_eq!(told(&[("a.pyx", &plain)]).1.len(), 2, "the constructor and what is called");
    }
}

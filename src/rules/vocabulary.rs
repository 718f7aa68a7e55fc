//! The words that rules may use: languages, predicates, regions, storage, and the detectors with their cases.
//!
//! Whatever is not in here is refused when a rule is loaded. A detector is code in `src/source/`; it is listed
//! here with the cases it tells apart and the placeholders it fills, so that a rule's wording can be checked
//! without it.

use serde::Deserialize;

macro_rules! words {
    ($(#[doc = $about:literal])+ $enum:ident { $($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub enum $enum {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl $enum {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word used in rules.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The value of that word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.text() == text)
            }
        }
    };
}

words! {
    /// A language that rules read.
    Language {
        /// C.
        C = "c",
        /// C++.
        Cpp = "cpp",
        /// Cython's `.pyx`, `.pxd` and `.pxi`.
        Cython = "cython",
        /// Rust.
        Rust = "rust",
        /// Python.
        Python = "python",
        /// Build files: `Cargo.toml`, `pyproject.toml`, `meson.build`, `CMakeLists.txt`, `setup.py`.
        Build = "build",
        /// Built wheels: what a release ships beside what it says.
        Wheel = "wheel",
    }
}

words! {
    /// A stretch of code with a property that the front end knows.
    Region {
        /// Inside a critical section of CPython.
        CriticalSection = "critical-section",
        /// Holding any lock, critical sections included, also a caller's.
        Lock = "lock",
        /// With the thread state detached.
        Detached = "detached",
        /// In code that runs once, while the module is made.
        Init = "init",
        /// In a function that CPython calls when nobody else can reach the object.
        Dealloc = "dealloc",
        /// Directly inside an assertion.
        Assertion = "assertion",
        /// As a whole argument of a call, which is shown or handed on rather than decided by.
        Argument = "argument",
        /// Where a result is only compared with NULL or tested for truth.
        Tested = "tested",
        /// In code compiled for Windows only.
        Windows = "windows",
    }
}

words! {
    /// A change of text that may take a finding away; `src/fix` knows where it fits.
    Edit {
        /// A module declares that it runs without the GIL. A promise: never made unasked.
        Declare = "declare",
        /// A lookup is replaced by its twin that returns a strong reference, which is given back.
        StrongReference = "strong-reference",
        /// A walk is put into the critical section of what it walks.
        CriticalSection = "critical-section",
    }
}

words! {
    /// Where a variable lives.
    Storage {
        /// A static or global.
        Static = "static",
        /// A parameter of the function.
        Parameter = "parameter",
        /// A local of the function.
        Local = "local",
        /// A field of an instance.
        Field = "field",
        /// One per thread.
        ThreadLocal = "thread-local",
    }
}

words! {
    /// A condition that a query's match must meet. The first argument is a capture.
    Predicate {
        /// `(#fact? @name "trait" …)`: the facts give the name any of these traits.
        Fact = "fact?",
        /// `(#not-fact? @name "trait" …)`: none of them.
        NotFact = "not-fact?",
        /// `(#helper? @name "trait" …)`: a function of this project whose body gives it the trait.
        Helper = "helper?",
        /// `(#text? @name "word" …)`: the text is one of these.
        Text = "text?",
        /// `(#not-text? @name "word" …)`: it is none of them.
        NotText = "not-text?",
        /// `(#within? @site "region" …)`: the place lies in any of these regions.
        Within = "within?",
        /// `(#not-within? @site "region" …)`: it lies in none of them.
        NotWithin = "not-within?",
        /// `(#shared? @object)`: another thread may reach what the expression denotes.
        Shared = "shared?",
        /// `(#not-shared? @object)`: no other thread can.
        NotShared = "not-shared?",
        /// `(#stored? @name "storage" …)`: the variable lives in any of these ways.
        Stored = "stored?",
        /// `(#not-stored? @name "storage" …)`: it lives in none of them.
        NotStored = "not-stored?",
    }
}

/// A detector: what it is called, which cases it tells apart, and what it fills into wordings.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    /// Its name, as rules give it.
    pub name: &'static str,
    /// The cases it tells apart; a rule's match takes one, or all when it names none.
    pub cases: &'static [&'static str],
    /// The placeholders it fills in every case.
    pub gives: &'static [&'static str],
}

/// Every detector, by name.
pub const DETECTORS: &[Detector] = &[
    Detector {
        name: "instance-field",
        cases: &[
            "swap",
            "borrowed",
            "counter",
            "write",
            "read",
            "container",
            "buffer",
            "alone",
            "unlocked",
            "again",
            "attribute",
            "shared-count",
            "mutable",
        ],
        gives: &["field", "object", "locked"],
    },
    Detector {
        name: "instance-call",
        cases: &["call", "type"],
        gives: &["callee", "object", "locked", "count"],
    },
    Detector {
        name: "foreign-handle",
        cases: &["call", "type", "detached", "helper", "look", "ended", "capsule"],
        gives: &["field", "object", "callee", "count"],
    },
    Detector {
        name: "static-state",
        cases: &["declaration", "write", "container", "read", "read-number", "steps", "unlocked"],
        gives: &["variable"],
    },
    Detector { name: "static-cache", cases: &["declaration"], gives: &["variable"] },
    Detector {
        name: "lazy-init",
        cases: &["static", "told", "field", "type", "guard"],
        gives: &["variable"],
    },
    Detector {
        name: "library",
        cases: &["call", "wrapper", "unseen", "built", "variable"],
        gives: &["callee", "count"],
    },
    Detector { name: "type-dict", cases: &["change"], gives: &["callee"] },
    Detector { name: "iterator", cases: &["advance", "look"], gives: &["field", "function"] },
    Detector { name: "borrowed-helper", cases: &["call"], gives: &["callee", "container"] },
    Detector {
        name: "critical-section",
        cases: &[
            "return",
            "goto",
            "loop",
            "throw",
            "nested",
            "unbalanced",
            "mismatch",
            "not-object",
            "twice",
            "twice-by-call",
            "one-path",
        ],
        gives: &["object"],
    },
    Detector { name: "stack-switch", cases: &["exchange"], gives: &["function"] },
    Detector { name: "list-items", cases: &["field"], gives: &["field", "object"] },
    Detector { name: "removed-member", cases: &["field"], gives: &["field", "type", "version"] },
    Detector { name: "refcount-macro", cases: &["compares"], gives: &["callee"] },
    Detector {
        name: "section-outlived",
        cases: &["borrowed", "suspended", "parted", "parted-by-call"],
        gives: &["variable", "object"],
    },
    Detector { name: "given-back", cases: &["used"], gives: &["variable", "callee", "container"] },
    Detector { name: "condition", cases: &["mistaken"], gives: &["name", "meant"] },
    Detector { name: "detached-exit", cases: &["return", "helper", "object"], gives: &["callee"] },
    Detector {
        name: "gil-as-lock",
        cases: &["busy-flag", "ensure-around-state", "late"],
        gives: &["variable"],
    },
    Detector { name: "allocator-mix", cases: &["variable", "non-object"], gives: &["variable", "callee"] },
    Detector {
        name: "declaration",
        cases: &[
            "missing",
            "single-phase",
            "generator",
            "other-generator",
            "old-generator",
            "used",
            "used-on",
            "contradictory",
        ],
        gives: &["module", "framework", "pythons", "version"],
    },
    Detector { name: "cython-allocator", cases: &["non-object", "variable"], gives: &["callee"] },
    Detector {
        name: "cython-field",
        cases: &[
            "declaration",
            "counter",
            "swap",
            "replace",
            "buffer",
            "container",
            "object",
            "lent",
            "check-then-act",
            "made-twice",
            "numbered",
            "taken",
            "walked",
            "content",
            "closed",
            "unlocked",
            "looked-at",
            "used",
            "parts",
            "guarded",
            "guard",
            "memory",
            "write",
        ],
        gives: &["field", "class", "callee"],
    },
    Detector { name: "cython-lazy", cases: &["field", "global", "flag", "lock"], gives: &["variable"] },
    Detector { name: "cython-iterator", cases: &["advance"], gives: &["field", "class"] },
    Detector {
        name: "cython-module-state",
        cases: &[
            "declaration",
            "counter",
            "swap",
            "buffer",
            "container",
            "scratch",
            "check-then-act",
            "made-twice",
            "numbered",
            "taken",
            "walked",
            "looked-at",
            "closed",
            "content",
            "setting",
            "memory",
            "write",
        ],
        gives: &["variable"],
    },
    Detector { name: "cython-borrowed", cases: &["call", "items", "bytes", "dying"], gives: &["callee"] },
    Detector { name: "cython-dict-iteration", cases: &["call", "chosen"], gives: &["callee"] },
    Detector { name: "cython-size", cases: &["filled"], gives: &["callee"] },
    Detector { name: "cython-refcount", cases: &["read", "shared"], gives: &["callee"] },
    Detector { name: "cython-libc", cases: &["twin", "lock-only"], gives: &["callee"] },
    Detector { name: "cython-library", cases: &["call", "wrapper", "built"], gives: &["callee", "count"] },
    Detector { name: "cython-nogil", cases: &["call"], gives: &["callee"] },
    Detector {
        name: "rust",
        cases: &[
            "static-mut",
            "static-write",
            "static-object",
            "buffer",
            "unsafe-sync",
            "unsafe-sync-cell",
            "unsafe-sync-pointer",
            "unsafe-sync-static",
            "exclusive",
            "exclusive-shared",
            "slice-of-view",
            "cell",
            "cell-filled",
            "once-cell",
            "module-state",
            "gil-once-cell",
            "gil-protected",
            "unsendable",
            "borrowed",
            "dict-iteration",
            "refcount",
            "detached-call",
            "environment",
        ],
        gives: &["name"],
    },
    Detector {
        name: "wheel",
        cases: &[
            "undeclared",
            "used",
            "tag",
            "suffix",
            "build",
            "machine",
            "slice",
            "pure",
            "empty",
            "outside",
            "newer",
            "floor",
            "modules",
            "gil",
            "platform",
            "metadata",
            "claims-more",
            "claims-less",
            "python-more",
            "python-less",
        ],
        gives: &["module", "says", "shows", "where"],
    },
    Detector {
        name: "python-module-state",
        cases: &["counter", "lazy-global", "lazy-attribute", "check-then-act"],
        gives: &["variable"],
    },
];

/// The detector of that name.
pub fn detector(name: &str) -> Option<&'static Detector> {
    DETECTORS.iter().find(|one| one.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things() {
        for (at, one) in DETECTORS.iter().enumerate() {
            assert!(DETECTORS.iter().skip(at + 1).all(|other| other.name != one.name), "{}", one.name);
            assert!(!one.cases.is_empty() && !one.gives.is_empty(), "{}", one.name);
        }
        for one in Predicate::ALL {
            assert_eq!(Predicate::parse(one.text()), Some(*one));
        }
    }
}

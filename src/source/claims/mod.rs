//! Finds which extension modules sources make, and what they say about the GIL.
//!
//! Two steps, as everywhere below `source`: each file gives a [`FileClaims`] (modules it enters or defines, words
//! that declare where another file uses them, directives of build files), and [`project`] joins them into claims,
//! one module at a time. What stands where a declaration would be and cannot be understood is a gap: a module is
//! [`Stance::Silent`](crate::model::Stance) only when everything that could speak for it was read.

mod build;
mod care;
mod compiled;
mod computed;
mod crates;
mod cython;
mod direct;
mod generated;
mod interface;
mod join;
mod modules;
mod parts;
mod requires;
mod rust;
mod script;
mod targets;
mod told;
mod versions;

use super::c::{self, CFile};
use super::found::Place;
use std::sync::LazyLock;

use crate::knowledge::Knowledge;
use crate::model::{
    C_COMPILED, C_INCLUDED, DeclaredBy, Framework, Member, MemberPath, Minors, Origin, Stance,
};

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct FileClaims {
    /// Modules that CPython would enter through this file.
    pub modules: Vec<ModuleSeen>,
    /// Definitions of modules that nothing in this file enters.
    pub loose: Vec<Loose>,
    /// Macros and functions that others may use to make a module or to declare.
    pub words: Vec<Word>,
    /// Statements of a build file about modules of other files.
    pub directives: Vec<Directive>,
    /// Modules that a build file makes.
    pub targets: Vec<Target>,
    /// Calls of a build file that make modules whose names it computes in ways that are not followed.
    pub computed: Vec<Place>,
    /// What a Python file's header comment says in case Cython compiles it.
    pub header: Vec<Statement>,
    /// It has Cython compile what it names.
    pub cythonizes: bool,
    /// Python files and modules that a build file which has Cython compile something names.
    pub names: Vec<compiled::Name>,
    /// A Python file written for Cython to compile, if the build wants it.
    pub pure_cython: Option<Place>,
    /// Files that a Cython file includes as text.
    pub includes: Vec<String>,
    /// Generators that a build file asks for.
    pub requires: Vec<requires::Required>,
    /// What a crate's files say about it.
    pub rust: CrateSeen,
    /// It is a test that starts threads or has them started.
    pub threaded_test: bool,
}

impl FileClaims {
    /// What a file says that says nothing.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<FileClaims> = LazyLock::new(FileClaims::default);
        &NONE
    }

    /// Whether it says nothing, as most files do.
    pub fn is_empty(&self) -> bool {
        let Self {
            modules,
            loose,
            words,
            directives,
            targets,
            computed,
            header,
            cythonizes,
            names,
            pure_cython,
            includes,
            requires,
            rust,
            threaded_test,
        } = self;
        let of_c = modules.is_empty() && loose.is_empty() && words.is_empty();
        let of_build =
            directives.is_empty() && targets.is_empty() && computed.is_empty() && requires.is_empty();
        let of_cython = header.is_empty()
            && !cythonizes
            && names.is_empty()
            && pure_cython.is_none()
            && includes.is_empty();
        of_c && of_build && of_cython && *rust == CrateSeen::default() && !threaded_test
    }
}

/// A statement about all modules of a generator, or one target.
#[derive(Debug, Clone)]
pub struct Directive {
    /// The generator.
    pub framework: String,
    /// The module it is restricted to.
    pub target: Option<String>,
    /// What it says; `None` where the value is computed.
    pub says: Option<Statement>,
}

/// A module that a build file makes.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name, dotted where the build file says so.
    pub name: String,
    /// The generator, where the call or its sources tell it.
    pub framework: Option<String>,
    /// Its sources as written.
    pub sources: Vec<String>,
    /// The build file does not say that it stays behind.
    pub installed: bool,
    /// The call.
    pub place: Place,
}

/// What `Cargo.toml`, `Cargo.lock` and `pyproject.toml` say about crates that make modules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CrateSeen {
    /// Names that the module has to have: of the library, or of maturin's configuration.
    pub modules: Vec<String>,
    /// Locked versions of crates that matter.
    pub locked: Vec<(String, String)>,
    /// Versions of them as asked for.
    pub required: Vec<(String, String)>,
}

/// One module, as one file shows it.
#[derive(Debug, Clone)]
pub struct ModuleSeen {
    /// Its name: dotted where the source tells it so, at least the last component.
    pub name: String,
    /// Its generator.
    pub framework: Framework,
    /// What a declaration would stand at.
    pub place: Place,
    /// What stands there instead of a declaration, in a few words.
    pub evidence: String,
    /// What is said about the GIL.
    pub says: Vec<Statement>,
    /// Words used where a declaration may hide, defined in no place this file knows.
    pub open: Vec<String>,
    /// Functions of other files that making the module calls.
    pub calls: Vec<String>,
    /// The definition was found; without it, another file must have it.
    pub defined: bool,
    /// The name is the use of a macro that another file must define as one that enters a module.
    pub by_macro: Option<String>,
}

/// A definition of a module that nothing in its file enters.
#[derive(Debug, Clone)]
pub struct Loose {
    /// What it is, as if it were entered.
    pub module: ModuleSeen,
    /// Functions of this file that use it, visible to others.
    pub used_by: Vec<String>,
}

/// One statement about the GIL.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it says.
    pub stance: Stance,
    /// Who says it.
    pub by: DeclaredBy,
    /// Where.
    pub place: Place,
    /// The condition it stands under, as written.
    pub guard: Option<String>,
    /// The Pythons it holds for, as far as that condition decides.
    pub minors: Minors,
    /// In a few words.
    pub evidence: String,
}

/// A macro or function that speaks where it is used.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its name.
    pub name: String,
    /// What using it does.
    pub does: Does,
}

/// What using a word does.
#[derive(Debug, Clone)]
pub enum Does {
    /// It declares so.
    Says(Statement),
    /// It is an entry in a slot array, or nothing at all, and says nothing about the GIL.
    Nothing,
    /// It begins the function that enters a module, named by the argument at this position or by itself.
    Enters(Named),
}

/// How a macro names a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its argument at a position.
    Argument(usize),
    /// Always the same.
    Fixed(String),
}

use join::is_test;
pub use join::{Joined, project};

/// How the claims of a member are read, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    C,
    Cython,
    Rust,
    Python,
    Build,
    Project,
    CargoToml,
    CargoLock,
    Swig,
    F2py,
}

fn reader(path: &MemberPath) -> Option<Reader> {
    let name = path.file_name().to_ascii_lowercase();
    let named = match name.as_str() {
        "meson.build" | "cmakelists.txt" | "setup.cfg" => Some(Reader::Build),
        "pyproject.toml" => Some(Reader::Project),
        "cargo.toml" => Some(Reader::CargoToml),
        "cargo.lock" => Some(Reader::CargoLock),
        _ => None,
    };
    if named.is_some() {
        return named;
    }
    // Templates are named after what they become.
    let stem = [".src", ".in", ".tp"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    match stem.rsplit_once('.')?.1 {
        one if C_COMPILED.contains(&one) || C_INCLUDED.contains(&one) => Some(Reader::C),
        "pyx" | "pxd" | "pxi" => Some(Reader::Cython),
        "rs" => Some(Reader::Rust),
        "py" => Some(Reader::Python),
        "cmake" => Some(Reader::Build),
        "i" => Some(Reader::Swig),
        "pyf" => Some(Reader::F2py),
        _ => None,
    }
}

/// Whether a member may say something that no scanner of a language reads it for: a template, an interface file.
pub fn wants(path: &MemberPath) -> bool {
    reader(path).is_some()
}

/// Reads what one member says, given whom it belongs to and how to read it as C. What is copied from other projects
/// is not built into modules of this one.
pub fn file<'a>(
    member: &Member<'a>,
    known: &Knowledge,
    origin: Option<&Origin>,
    c_file: impl FnOnce() -> &'a CFile<'a>,
) -> FileClaims {
    let (path, bytes) = (member.path.as_str(), member.bytes);
    let Some(reader) = reader(member.path) else { return FileClaims::default() };
    if bytes.len() > c::MAX_BYTES {
        return FileClaims::default();
    }
    if let Some(origin) = origin {
        return generated::file(path, bytes, origin, known);
    }
    match reader {
        Reader::C => {
            if !modules::interesting(bytes) {
                return FileClaims::default();
            }
            modules::c_file(c_file(), known)
        }
        Reader::Cython => cython::file(path, bytes, known),
        Reader::Rust => rust::file(path, bytes, known),
        Reader::Python => {
            let mut out = build::file(path, bytes, known);
            out.header = cython::header(path, bytes, known);
            out.pure_cython = cython::pure(path, bytes);
            out.requires = requires::file(path, bytes, known);
            out.threaded_test = care::threaded_test(path, bytes);
            out
        }
        Reader::Build => {
            let mut out = build::file(path, bytes, known);
            out.requires = requires::file(path, bytes, known);
            out
        }
        Reader::Project => {
            let mut out = build::file(path, bytes, known);
            out.requires = requires::file(path, bytes, known);
            out.rust = rust::maturin(bytes);
            out
        }
        Reader::CargoToml => {
            FileClaims { rust: rust::cargo_toml(bytes, known.declarations()), ..FileClaims::default() }
        }
        Reader::CargoLock => {
            FileClaims { rust: rust::cargo_lock(bytes, known.declarations()), ..FileClaims::default() }
        }
        Reader::Swig => interface::swig(path, bytes),
        Reader::F2py => interface::f2py(path, bytes),
    }
}

//! What CPython and the binding generators do, read from `rules/facts/`.
//!
//! Each file of facts is embedded and parsed when first asked for, and never again. A fact that does not
//! hold together stops the tests, not the user: the embedded files are parsed by them.

pub mod allocators;
pub mod c_api;
pub mod declarations;
pub mod edits;
pub mod frameworks;
pub mod generators;
pub mod libc;
pub mod libraries;
pub mod plan;
pub mod pythons;
pub mod slots;
pub mod stubs;
pub mod tables;
mod traits;

use serde::de::DeserializeOwned;

pub use allocators::Domain;
pub use c_api::{CApi, CApiFact};
pub use declarations::Declarations;
pub use frameworks::Frameworks;
pub use generators::Generators;
pub use libc::{Libc, LibcFact};
pub use libraries::{Libraries, Library};
pub use pythons::Pythons;
pub use slots::SlotFacts;
pub use stubs::StubFacts;
pub use tables::{Role, Tables};
pub use traits::{Trait, Traits};

/// The text of a table of `rules/facts/`, by its file's name, as it stands in the program: the build makes JSON of it.
macro_rules! table {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/facts/", $name, ".json"))
    };
}
pub(crate) use table;

/// Reads a table: TOML, as people write it, or JSON, as the build puts it into the program, for that is read several
/// times faster and by every process. A TOML text cannot begin with a brace.
///
/// # Errors
/// In words, if the text is no such table.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if text.starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

/// The facts this program carries. Handed to the scanners, so that what they rest on is plain to see.
#[derive(Debug, Default)]
pub struct Knowledge {}

impl Knowledge {
    /// What is built into the program.
    pub fn builtin() -> &'static Self {
        static BUILTIN: Knowledge = Knowledge {};
        &BUILTIN
    }

    /// Binding generators.
    pub fn frameworks(&self) -> &Frameworks {
        Frameworks::builtin()
    }

    /// Since which version generators can declare.
    pub fn generators(&self) -> &Generators {
        Generators::builtin()
    }

    /// How sources define modules and declare.
    pub fn declarations(&self) -> &Declarations {
        Declarations::builtin()
    }

    /// CPython's versions and builds.
    pub fn pythons(&self) -> &Pythons {
        Pythons::builtin()
    }

    /// Layouts of module definitions and meanings of slots.
    pub fn slots(&self) -> &SlotFacts {
        SlotFacts::builtin()
    }

    /// What imported functions do while an init function is interpreted.
    pub fn stubs(&self) -> &StubFacts {
        StubFacts::builtin()
    }

    /// Structures through which CPython is told of functions.
    pub fn tables(&self) -> &Tables {
        Tables::builtin()
    }

    /// What is known of a name of the C API. `None` means unknown, not safe.
    pub fn c_api(&self, name: &str) -> Option<&CApiFact> {
        CApi::builtin().get(name)
    }

    /// What is known of a function of the C library.
    pub fn libc(&self, name: &str) -> Option<&LibcFact> {
        Libc::builtin().get(name)
    }

    /// Libraries that do not lock what all threads share.
    pub fn libraries(&self) -> &Libraries {
        Libraries::builtin()
    }

    /// The traits of a function, macro or field, of whichever library it is.
    pub fn traits(&self, name: &str) -> Traits {
        match self.c_api(name) {
            Some(fact) => fact.traits,
            None => self.libc(name).map(|fact| fact.traits).unwrap_or_default(),
        }
    }

    /// Whether a name is known to have a trait.
    pub fn has(&self, name: &str, one: Trait) -> bool {
        self.traits(name).has(one)
    }
}

//! What CPython and the binding generators do, read from `rules/facts/`.
//!
//! Each file of facts is embedded and parsed when first asked for, and never again. A fact that does not
//! hold together stops the tests, not the user: the embedded files are parsed by them.

pub mod frameworks;
pub mod pythons;
pub mod slots;

pub use frameworks::Frameworks;
pub use pythons::Pythons;
pub use slots::SlotFacts;

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

    /// CPython's versions and builds.
    pub fn pythons(&self) -> &Pythons {
        Pythons::builtin()
    }

    /// Layouts of module definitions and meanings of slots.
    pub fn slots(&self) -> &SlotFacts {
        SlotFacts::builtin()
    }
}

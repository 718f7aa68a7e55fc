//! How findings are taken away by a change of text, from `rules/facts/edits.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{read, table};

/// All of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditFacts {
    #[serde(rename = "version")]
    _version: u32,
    /// Lookups that lend.
    #[serde(rename = "lookup")]
    pub lookups: Vec<Lookup>,
    /// Names that change counts of references.
    pub counts: Counts,
    /// Critical sections.
    pub section: Section,
    /// Who brings younger names to older versions.
    pub backport: Backport,
    /// Declarations.
    pub declare: Declare,
    /// What is said of a change.
    pub words: Words,
}

/// How a lookup's strong twin hands out its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// It returns it.
    Returns,
    /// It stores it through one more argument.
    Out,
}

/// What a lookup does with errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errors {
    /// It leaves them set.
    #[default]
    Kept,
    /// It drops them.
    Cleared,
}

/// A lookup that lends a reference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Its name.
    pub name: String,
    /// The form of its twin.
    pub form: Form,
    /// What it does with errors.
    #[serde(default)]
    pub errors: Errors,
    /// Whether code around it has to expect NULL.
    #[serde(default = "yes")]
    pub checked: bool,
}

fn yes() -> bool {
    true
}

/// Names that change counts of references, and what leaves a function.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Counts {
    /// Takes a reference of what is there.
    pub take: String,
    /// Takes a reference of what may be NULL.
    pub take_any: String,
    /// Take a reference of what is there and return it.
    pub new: Vec<String>,
    /// Take a reference of what may be NULL and return it.
    pub new_any: Vec<String>,
    /// Gives a reference back.
    pub give: String,
    /// Gives back what may be NULL.
    pub give_any: String,
    /// Give back or replace what they are given by name.
    pub gives_back: Vec<String>,
    /// Drops an error.
    pub clear_error: String,
    /// Macros that return.
    pub returns: Vec<String>,
    /// Macros that may return.
    pub may_return: Vec<String>,
}

/// Macros around a critical section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Opens it; takes the object.
    pub begin: String,
    /// Closes it.
    pub end: String,
    /// The first Python that has them.
    pub since: String,
}

/// A header that brings younger names to older versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backport {
    /// Its file name.
    pub header: String,
}

/// How a module declares.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declare {
    /// The macro that older versions lack.
    pub guard: String,
    /// An entry of a slot array.
    pub slot: String,
    /// A call; `{module}` is the module.
    pub call: String,
    /// Calls that make a module in one phase.
    pub create: Vec<String>,
    /// A Cython file's directive.
    pub cython: String,
    /// An argument of the attribute.
    pub rust: String,
    /// Macros that make modules.
    pub maker: Vec<Maker>,
}

/// A macro that makes a module and takes an argument that declares.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maker {
    /// The macro.
    pub r#macro: String,
    /// The argument, without its namespace.
    pub argument: String,
    /// The namespace.
    pub namespace: String,
}

/// Sentences.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Words {
    /// Of a strong twin; `{twin}`.
    pub strong_reference: String,
    /// Of a critical section; `{container}`.
    pub critical_section: String,
    /// Of a declaration.
    pub declare: String,
    /// What a project has to have; `{since}`.
    pub needs: String,
}

impl EditFacts {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<EditFacts> = LazyLock::new(|| {
            read(table!("edits")).expect("the facts this program carries are parsed by a test")
        });
        &BUILTIN
    }

    /// A lookup by name.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|one| one.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{CApi, Trait};

    /// A change rests on what the C API's facts say; a lookup that they do not know would be changed into nothing.
    #[test]
    fn every_lookup_lends_and_has_a_strong_twin() {
        let facts = EditFacts::builtin();
        for lookup in &facts.lookups {
            let fact = CApi::builtin().get(&lookup.name).expect(&lookup.name);
            assert!(fact.strong.as_ref().is_some_and(|twin| twin.since.is_some()), "{}", lookup.name);
        }
        for name in [&facts.counts.take, &facts.counts.take_any] {
            assert!(CApi::builtin().get(name).is_some_and(|fact| fact.has(Trait::TakesReference)), "{name}");
        }
        for name in &facts.declare.create {
            assert!(CApi::builtin().get(name).is_some_and(|fact| fact.has(Trait::SinglePhase)), "{name}");
        }
        assert_eq!(facts.lookup("PyDict_GetItem").map(|one| one.errors), Some(Errors::Cleared));
    }
}

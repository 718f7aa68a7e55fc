//! What is known of the C API's functions, macros and fields, from `rules/facts/c_api.toml`.
//!
//! The table is read on first use and once per process. A name that is not in it is unknown, which a
//! caller must not take for "safe".

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};
use serde::Deserialize;

use super::traits::{Trait, Traits};
use super::{read, table};

/// What kind of thing a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A function with a symbol.
    Function,
    /// A macro or static inline function: not seen among a binary's imports.
    Macro,
    /// A slot id or the value of a slot.
    Slot,
    /// A field of a structure.
    Field,
    /// A type.
    Type,
    /// A variable.
    Var,
}

/// What a call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Returns {
    /// A new (strong) reference.
    New,
    /// A borrowed reference.
    Borrowed,
}

/// What to call instead.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strong {
    /// Its name.
    pub name: String,
    /// The first Python version that has it; 3.8 stands for "3.8 or older".
    pub since: Option<String>,
    /// Whether `pythoncapi_compat.h` brings it to older versions.
    #[serde(default)]
    pub backport: bool,
}

/// One name of the C API.
#[derive(Debug, Clone)]
pub struct CApiFact {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What calling it means.
    pub traits: Traits,
    /// What it returns, where that is known and matters.
    pub returns: Option<Returns>,
    /// What to call instead.
    pub strong: Option<Strong>,
    /// First Python version whose public headers have it; "3.8" stands for "3.8 or older".
    pub first: Option<String>,
    /// First Python version whose public headers no longer have it.
    pub removed: Option<String>,
    /// First Limited API that has it; `None` if none does.
    pub limited: Option<String>,
    /// Exported for old binaries of the stable ABI, but not usable in new source.
    pub abi_only: bool,
    /// A symbol of that name is exported by the free-threaded interpreter (3.13).
    pub exported_ft: bool,
    /// The level of thread safety that CPython's documentation prints (3.15).
    pub safety: Option<String>,
    /// Python version that deprecated it.
    pub deprecated: Option<String>,
    /// Where this was read.
    pub source: String,
}

impl CApiFact {
    /// Whether the trait is among the name's traits.
    pub fn has(&self, one: Trait) -> bool {
        self.traits.has(one)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    date: String,
    sources: Vec<String>,
    api: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    kind: Kind,
    #[serde(default)]
    traits: Vec<Trait>,
    returns: Option<Returns>,
    strong: Option<Strong>,
    first: Option<String>,
    removed: Option<String>,
    limited: Option<String>,
    #[serde(default)]
    abi_only: bool,
    #[serde(default)]
    exported_ft: bool,
    safety: Option<String>,
    deprecated: Option<String>,
    source: usize,
}

/// All facts by name.
#[derive(Debug)]
pub struct CApi {
    /// When the table was last checked against its sources, as a date.
    pub date: String,
    rows: HashMap<String, CApiFact>,
}

impl CApi {
    /// The table that ships with the tool.
    pub fn builtin() -> &'static Self {
        static TABLE: LazyLock<CApi> = LazyLock::new(|| {
            CApi::parse(table!("c_api")).expect("the table in the binary is parsed by this module's tests")
        });
        &TABLE
    }

    /// Reads a table.
    ///
    /// # Errors
    /// One sentence naming the row that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = read(text)?;
        let mut rows = HashMap::with_capacity(file.api.len());
        for row in file.api {
            let Some(source) = file.sources.get(row.source) else {
                return Err(format!("{}: source {} is not in the list of sources", row.name, row.source));
            };
            let fact = CApiFact {
                name: row.name.clone(),
                kind: row.kind,
                traits: row
                    .traits
                    .into_iter()
                    .chain(row.removed.is_some().then_some(Trait::Removed))
                    .collect(),
                returns: row.returns,
                strong: row.strong,
                first: row.first,
                removed: row.removed,
                limited: row.limited,
                abi_only: row.abi_only,
                exported_ft: row.exported_ft,
                safety: row.safety,
                deprecated: row.deprecated,
                source: source.clone(),
            };
            if rows.insert(row.name.clone(), fact).is_some() {
                return Err(format!("{}: listed twice", row.name));
            }
        }
        Ok(Self { date: file.date, rows })
    }

    /// What is known of a name.
    pub fn get(&self, name: &str) -> Option<&CApiFact> {
        self.rows.get(name)
    }

    /// Every row, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &CApiFact> {
        self.rows.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_table_is_sound() {
        let table = CApi::parse(include_str!("../../rules/facts/c_api.toml")).expect("it parses");
        assert!(table.rows.len() > 500);
        for fact in table.iter() {
            if let Some(strong) = &fact.strong {
                assert_ne!(strong.name, fact.name);
                assert!(strong.since.is_some(), "{} names a replacement without a version", fact.name);
            }
        }
    }

    #[test]
    fn a_borrowing_lookup_names_its_strong_twin() {
        let fact = CApi::builtin().get("PyDict_GetItem").expect("it is listed");
        assert!(fact.has(Trait::BorrowsFromContainer) && !fact.has(Trait::StrongLookup));
        let strong = fact.strong.as_ref().expect("it has a twin");
        assert_eq!((strong.name.as_str(), strong.since.as_deref()), ("PyDict_GetItemRef", Some("3.13")));
        assert_eq!(fact.limited.as_deref(), Some("3.2"));
    }

    #[test]
    fn unknown_words_are_refused() {
        let row = |extra: &str| {
            format!(
                "date = '2026-01-01'\nsources = ['x']\napi = [{{ name = 'A', kind = 'function', {extra} }}]"
            )
        };
        assert!(CApi::parse(&row("source = 0")).is_ok());
        for wrong in ["source = 1", "source = 0, traits = ['borrows']", "source = 0, strnog = 'B'"] {
            assert!(CApi::parse(&row(wrong)).is_err(), "{wrong}");
        }
    }
}

//! Which functions of the C library several threads may not call at once, from `rules/facts/libc.toml`.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};
use serde::Deserialize;

use super::traits::{Trait, Traits};
use super::{read, table};

/// One function of the C library or the operating system.
#[derive(Debug, Clone)]
pub struct LibcFact {
    /// The name.
    pub name: String,
    /// What calling it touches; [`Trait::Racy`] where that alone is a hazard.
    pub traits: Traits,
    /// What to call instead.
    pub twin: Option<String>,
    /// The Windows run-time keeps the state per thread.
    pub safe_on_windows: bool,
    /// Where this was read.
    pub source: String,
}

impl LibcFact {
    /// Whether the trait is among the function's traits.
    pub fn has(&self, one: Trait) -> bool {
        self.traits.has(one)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    date: String,
    function: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    traits: Vec<Trait>,
    twin: Option<String>,
    #[serde(default)]
    safe_on_windows: bool,
    source: String,
}

/// All facts by name.
#[derive(Debug)]
pub struct Libc {
    /// When the table was last checked against its sources, as a date.
    pub date: String,
    rows: HashMap<String, LibcFact>,
}

impl Libc {
    /// The table that ships with the tool.
    pub fn builtin() -> &'static Self {
        static TABLE: LazyLock<Libc> = LazyLock::new(|| {
            Libc::parse(table!("libc")).expect("the table in the binary is parsed by this module's tests")
        });
        &TABLE
    }

    /// Reads a table.
    ///
    /// # Errors
    /// One sentence naming what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = read(text)?;
        let mut rows = HashMap::with_capacity(file.function.len());
        for Row { name, traits, twin, safe_on_windows, source } in file.function {
            let traits = traits.into_iter().collect();
            let fact = LibcFact { name: name.clone(), traits, twin, safe_on_windows, source };
            if rows.insert(name.clone(), fact).is_some() {
                return Err(format!("{name}: listed twice"));
            }
        }
        Ok(Self { date: file.date, rows })
    }

    /// What is known of a function.
    pub fn get(&self, name: &str) -> Option<&LibcFact> {
        self.rows.get(name)
    }

    /// Every row, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &LibcFact> {
        self.rows.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_table_is_sound() {
        let table = Libc::parse(include_str!("../../rules/facts/libc.toml")).expect("it parses");
        let time = table.get("localtime").expect("it is listed");
        assert!(time.has(Trait::Racy) && time.safe_on_windows);
        assert_eq!(time.twin.as_deref(), Some("localtime_r"));
        assert!(!table.get("getenv").expect("it is listed").has(Trait::Racy));
        assert!(table.get("malloc").is_none());
    }
}

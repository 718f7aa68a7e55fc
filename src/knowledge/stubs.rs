//! What imported functions do while an init function is interpreted, from `rules/facts/stubs.toml`.
//!
//! Text in, a table by name out. What is not listed is unknown, which is a row of its own kind: see
//! [`StubFacts::of`].

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};
use serde::Deserialize;

use super::{read, table};
use crate::model::GilSupport;

/// What an imported function does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Returns an object that is not null.
    Object,
    /// Returns this number.
    Number(u64),
    /// Does not return.
    Never,
    /// Returns nothing of interest.
    Nothing,
    /// Something the interpreter does itself.
    Call(Call),
    /// Nothing is known.
    Unknown,
}

/// A function the interpreter does itself; see the comments in `stubs.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What it does.
    pub does: Does,
    /// The argument that matters.
    pub at: Option<usize>,
    /// For [`Does::Allocate`]: the arguments whose product is the size.
    pub sizes: Vec<usize>,
    /// For [`Does::Allocate`]: whether the memory is zero.
    pub zeroed: bool,
}

/// See the comments in `stubs.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Does {
    Define,
    Create,
    Declare,
    Import,
    Version,
    Allocate,
    Length,
    Compare,
    CompareTexts,
    Copy,
    Fill,
    Once,
    Argument,
    Symbol,
    Guard,
    ThreadLocal,
    ThreadAddress,
    ThreadOffset,
    ModuleInit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallRow {
    names: Vec<String>,
    does: Does,
    at: Option<usize>,
    #[serde(default)]
    sizes: Vec<usize>,
    #[serde(default)]
    zeroed: bool,
}

/// A write through an argument of a listed function.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The function.
    pub name: String,
    /// Number of the argument.
    pub argument: usize,
    /// Bytes.
    pub size: u64,
}

/// A generator whose modules are made by another library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// The Python module it imports to that end.
    pub imports: Option<String>,
    /// Likewise, by the end of its name.
    pub imports_suffix: Option<String>,
    /// What modules built for free-threaded interpreters declare, if that is always the same.
    pub free_threaded: Option<GilSupport>,
    /// What modules built for interpreters with the GIL declare, if that is always the same.
    pub gil: Option<GilSupport>,
    /// The generator.
    pub by: String,
    /// The reason, for the report.
    pub why: String,
    /// Where this was read.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    version: u32,
    object: Vec<String>,
    zero: Vec<String>,
    one: Vec<String>,
    never: Vec<String>,
    never_prefixes: Vec<String>,
    nothing: Vec<String>,
    call: Vec<CallRow>,
    writes: Vec<Write>,
    delegate: Vec<Delegate>,
}

/// All tables of `stubs.toml`.
#[derive(Debug, Clone)]
pub struct StubFacts {
    /// Raised when rows change, so that cached results are dropped.
    pub version: u32,
    effects: HashMap<String, Effect>,
    never_prefixes: Vec<String>,
    writes: Vec<Write>,
    delegates: Vec<Delegate>,
}

static BUILTIN: LazyLock<StubFacts> = LazyLock::new(|| {
    StubFacts::parse(table!("stubs")).expect("the tables this program carries are parsed by a test")
});

impl StubFacts {
    /// The tables this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads tables. A later section wins over an earlier one, `call` over all.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rows: Rows = read(text)?;
        let mut effects = HashMap::new();
        let lists = [
            (rows.object, Effect::Object),
            (rows.zero, Effect::Number(0)),
            (rows.one, Effect::Number(1)),
            (rows.never, Effect::Never),
            (rows.nothing, Effect::Nothing),
        ];
        for (names, effect) in lists {
            effects.extend(names.into_iter().map(|n| (n, effect.clone())));
        }
        for row in rows.call {
            let call = Call { does: row.does, at: row.at, sizes: row.sizes, zeroed: row.zeroed };
            effects.extend(row.names.into_iter().map(|n| (n, Effect::Call(call.clone()))));
        }
        if let Some(w) = rows.writes.iter().find(|w| !effects.contains_key(&w.name)) {
            return Err(format!("{} writes, but is not listed", w.name));
        }
        Ok(Self {
            version: rows.version,
            effects,
            never_prefixes: rows.never_prefixes,
            writes: rows.writes,
            delegates: rows.delegate,
        })
    }

    /// What the function of this name does.
    pub fn of(&self, name: &str) -> Effect {
        if let Some(effect) = self.effects.get(name) {
            return effect.clone();
        }
        if self.never_prefixes.iter().any(|p| name.starts_with(p.as_str())) {
            return Effect::Never;
        }
        Effect::Unknown
    }

    /// The functions that do this, sorted.
    pub fn names_of(&self, does: Does) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self
            .effects
            .iter()
            .filter(|(_, effect)| matches!(effect, Effect::Call(call) if call.does == does))
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// What a listed function writes through its arguments.
    pub fn writes_of(&self, name: &str) -> impl Iterator<Item = &Write> {
        self.writes.iter().filter(move |w| w.name == name)
    }

    /// The generator that a module importing these Python modules in its init function leaves all to.
    pub fn delegate<'s>(&'s self, imported: &[String]) -> Option<&'s Delegate> {
        self.delegates.iter().find(|d| {
            imported.iter().any(|name| {
                d.imports.as_ref().is_some_and(|i| i == name)
                    || d.imports_suffix.as_ref().is_some_and(|s| name.ends_with(s.as_str()))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_this_program_carries_are_sound() {
        let stubs = StubFacts::builtin();
        assert!(matches!(stubs.of("PyModuleDef_Init"), Effect::Call(Call { does: Does::Define, .. })));
        assert_eq!(stubs.of("PyErr_Occurred"), Effect::Number(0));
        assert_eq!(stubs.of("_ZSt20__throw_length_errorPKc"), Effect::Never);
        assert_eq!(stubs.of("no_such_function"), Effect::Unknown);
    }

    #[test]
    fn a_generator_is_known_by_the_module_it_imports() {
        let stubs = StubFacts::builtin();
        let by = |name: &str| stubs.delegate(&[name.to_owned()]).map(|d| d.by.as_str());
        assert_eq!(by("81d243bd2c585b0f4821__mypyc"), Some("mypyc"));
        assert_eq!(by("numpy"), None);
    }
}

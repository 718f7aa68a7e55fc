//! How sources define modules and declare, from `rules/facts/declarations.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::frameworks::name_matches;
use super::{read, table};

/// The facts of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declarations {
    #[serde(rename = "version")]
    _version: u32,
    /// Functions that CPython enters a module by.
    pub entry: Entry,
    /// The definition of a module in C.
    pub definition: Definition,
    /// Arrays of slots in C.
    pub slots: Slots,
    /// Macros that make a module.
    pub maker: Vec<Maker>,
    /// Words of build files that declare.
    pub directive: Vec<Directive>,
    /// Calls of build files that make a module.
    pub target: Vec<BuildTarget>,
    /// Files that a generator made.
    pub generated: Vec<Generated>,
    /// Words of Rust.
    pub rust: Rust,
    /// Calls in Python files that make modules by a generator.
    #[serde(rename = "python-maker")]
    pub python_maker: Vec<PythonMaker>,
}

/// How Rust makes modules and declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rust {
    /// The attribute that makes a module.
    pub attribute: String,
    /// The attribute's word for the module's name.
    pub rename: String,
    /// The attribute's argument, and the method, that says whether the module uses the GIL.
    pub option: String,
    /// The generator.
    pub framework: String,
    /// The crate that modules written by hand use.
    pub by_hand: String,
    /// Where this was read.
    pub source: String,
}

/// How files of a generator tell their module and what it declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generated {
    /// The origin's name.
    pub origin: String,
    /// Texts that the module's name follows.
    pub name_after: Vec<String>,
    /// Texts that a slot's value follows.
    #[serde(default)]
    pub value_after: Vec<String>,
    /// A text whose presence declares.
    #[serde(default)]
    pub declares: Option<String>,
    /// Where this was read.
    pub source: String,
}

/// A call in a Python file that makes modules by a generator.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PythonMaker {
    /// The function or method.
    pub call: String,
    /// The generator.
    pub framework: String,
    /// The position of the module's name.
    #[serde(default)]
    pub name: Option<usize>,
    /// The position of an argument that must not be `None`.
    #[serde(default)]
    pub source_at: Option<usize>,
    /// A text that has to stand in the same file, in whatever case.
    #[serde(default)]
    pub near: Option<String>,
    /// Every string that names a Python file is a module.
    #[serde(default)]
    pub files: bool,
    /// Where this was read.
    pub source: String,
}

/// Functions that CPython enters a module by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What stands before the module's name.
    pub prefixes: Vec<String>,
    /// Where this was read.
    pub source: String,
}

/// The definition of a module in C.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Macros that begin its initialiser.
    pub heads: Vec<String>,
    /// Where the name stands.
    pub name: FieldPlace,
    /// Where the slots stand.
    pub slots: FieldPlace,
    /// Where this was read.
    pub source: String,
}

/// A field of a definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldPlace {
    /// Its name.
    pub field: String,
    /// Its position among the values, from 0.
    pub position: usize,
}

/// Arrays of slots in C.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slots {
    /// Types of their elements.
    pub types: Vec<String>,
    /// Macros that make one entry.
    pub makers: Vec<String>,
    /// Macros that say nothing about the GIL.
    pub silent: Vec<String>,
    /// Ids of the slot about the GIL.
    pub ids: Vec<String>,
    /// Begins of names that make a macro's body a slot entry.
    pub entry_words: Vec<String>,
    /// Values that declare.
    pub not_used: Vec<String>,
    /// Values that ask for the GIL.
    pub used: Vec<String>,
    /// The number that declares.
    pub not_used_number: i64,
    /// The number that asks for the GIL.
    pub used_number: i64,
    /// Where this was read.
    pub source: String,
}

/// A macro that makes a module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maker {
    /// Its name.
    #[serde(rename = "macro")]
    pub name: String,
    /// The generator.
    pub framework: String,
    /// Words among its arguments that declare.
    #[serde(default)]
    pub declares: Vec<String>,
    /// Words among its arguments that ask for the GIL.
    #[serde(default)]
    pub refuses: Vec<String>,
    /// Where this was read.
    pub source: String,
}

/// A word of a build file that declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directive {
    /// The word.
    pub word: String,
    /// The generator whose modules it speaks for.
    pub framework: String,
    /// What follows it says whether it declares.
    #[serde(default)]
    pub value: bool,
    /// It asks for the GIL.
    #[serde(default)]
    pub refuses: bool,
    /// The calls it has to stand in, whose first argument names the module.
    #[serde(default)]
    pub within: Vec<String>,
    /// A text that has to stand in the same file, in whatever case.
    #[serde(default)]
    pub near: Option<String>,
    /// Where this was read.
    pub source: String,
}

/// A call of a build file that makes a module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildTarget {
    /// The call's name.
    pub call: String,
    /// The generator, where the call tells it.
    #[serde(default)]
    pub framework: Option<String>,
    /// Where this was read.
    pub source: String,
}

static BUILTIN: LazyLock<Declarations> = LazyLock::new(|| {
    Declarations::parse(table!("declarations")).expect("the facts this program carries are parsed by a test")
});

impl Declarations {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads facts.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let facts: Self = read(text)?;
        if facts.entry.prefixes.iter().any(|prefix| !prefix.ends_with('_')) {
            return Err("an entry's prefix has to end where the module's name begins".to_owned());
        }
        if let Some(twice) =
            facts.maker.iter().find(|m| facts.maker(&m.name).map(|f| &f.source) != Some(&m.source))
        {
            return Err(format!("{} is listed twice", twice.name));
        }
        Ok(facts)
    }

    /// The module that an exported function enters.
    pub fn entered<'a>(&self, function: &'a str) -> Option<&'a str> {
        let rest = self.entry.prefixes.iter().find_map(|prefix| function.strip_prefix(prefix.as_str()))?;
        (!rest.is_empty()).then_some(rest)
    }

    /// Whether a name is the beginning that every entry's name has.
    pub fn is_entry_prefix(&self, name: &str) -> bool {
        self.entry.prefixes.iter().any(|prefix| prefix == name)
    }

    /// The macro of that name that makes modules.
    pub fn maker(&self, name: &str) -> Option<&Maker> {
        self.maker.iter().find(|one| one.name == name)
    }

    /// The call of that name that makes a module; CMake's commands have no case.
    pub fn target(&self, call: &str, any_case: bool) -> Option<&BuildTarget> {
        self.target.iter().find(|one| one.call == call || (any_case && one.call.eq_ignore_ascii_case(call)))
    }

    /// How files of an origin are read, if it is a generator's.
    pub fn generated(&self, origin: &str) -> Option<&Generated> {
        self.generated.iter().find(|one| one.origin == origin)
    }
}

impl Slots {
    /// Whether a value declares (`Some(true)`), asks for the GIL (`Some(false)`), or is neither.
    pub fn value(&self, word: &str) -> Option<bool> {
        if self.not_used.iter().any(|name| name_matches(name, word)) {
            return Some(true);
        }
        if self.used.iter().any(|name| name_matches(name, word)) {
            return Some(false);
        }
        match word.parse::<i64>() {
            Ok(number) if number == self.not_used_number => Some(true),
            Ok(number) if number == self.used_number => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_this_program_carries_hold_together() {
        let facts = Declarations::builtin();
        assert_eq!(facts.entered("PyInit__speedups"), Some("_speedups"));
        assert_eq!(facts.entered("PyInit_"), None);
        assert!(facts.maker("NB_MODULE").is_some() && facts.target("extension_module", false).is_some());
        let frameworks = crate::knowledge::Frameworks::builtin();
        let named = facts.maker.iter().map(|one| &one.framework);
        let named = named.chain(facts.directive.iter().map(|one| &one.framework));
        let named = named.chain(facts.generated.iter().map(|one| &one.origin));
        let named = named.chain(facts.python_maker.iter().map(|one| &one.framework));
        for id in named.chain(facts.target.iter().filter_map(|one| one.framework.as_ref())) {
            assert!(frameworks.get(id).is_some(), "{id} is no framework");
        }
    }

    #[test]
    fn values_are_known_by_name_and_by_number() {
        let slots = &Declarations::builtin().slots;
        assert_eq!(slots.value("Py_MOD_GIL_NOT_USED"), Some(true));
        assert_eq!(slots.value("Py_MOD_GIL_USED"), Some(false));
        assert_eq!(
            (slots.value("1"), slots.value("0"), slots.value("MY_GIL")),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn a_maker_listed_twice_is_refused() {
        let text = include_str!("../../rules/facts/declarations.toml");
        let twice =
            format!("{text}\n[[maker]]\nmacro = \"NB_MODULE\"\nframework = \"nanobind\"\nsource = \"x\"\n");
        assert!(Declarations::parse(&twice).is_err());
    }
}

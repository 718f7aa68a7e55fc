//! Since which version a generator's modules can declare, and what to do about older ones, from
//! `rules/facts/generators.toml`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use serde::Deserialize;

use super::frameworks::compare_versions;
use super::{read, table};

/// What is known of one generator or binding library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// Its name in the facts about origins and frameworks.
    pub name: String,
    /// Its name as people write it.
    pub title: String,
    /// First version whose modules can declare.
    pub since: String,
    /// The day that version came out.
    pub released: String,
    /// What to do with it, empty where it declares by itself.
    pub then: String,
    /// Names under which build requirements ask for it.
    #[serde(default)]
    pub projects: Vec<String>,
    /// Headers, not a program.
    #[serde(default)]
    pub headers: bool,
    /// The version that is installed decides, not the one that made the module.
    #[serde(default)]
    pub runtime: bool,
    /// Where this was read.
    pub source: String,
}

/// All generators with what to say of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generators {
    #[serde(rename = "version")]
    _version: u32,
    words: Words,
    generator: Vec<Generator>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Words {
    too_old: String,
    header: String,
    silent: String,
}

static BUILTIN: LazyLock<Generators> = LazyLock::new(|| {
    Generators::parse(table!("generators")).expect("the facts this program carries are parsed by a test")
});

impl Generators {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads facts.
    ///
    /// # Errors
    /// Says which row is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let facts: Self = read(text)?;
        for (at, row) in facts.generator.iter().enumerate() {
            if row.source.is_empty() || row.since.is_empty() {
                return Err(format!("{}: a row needs a version and a source", row.name));
            }
            if facts.generator.iter().skip(at + 1).any(|other| other.name == row.name) {
                return Err(format!("{} is listed twice", row.name));
            }
        }
        Ok(facts)
    }

    /// The generator of that name.
    pub fn get(&self, name: &str) -> Option<&Generator> {
        self.generator.iter().find(|row| row.name == name)
    }

    /// The generator that a project's requirement asks for, by the normalised name.
    pub fn of_project(&self, project: &str) -> Option<&Generator> {
        self.generator.iter().find(|row| row.projects.iter().any(|one| one == project))
    }

    /// What to do about a module that does not declare, or a copy of the library; nothing if it can declare.
    pub fn too_old(&self, name: &str, version: Option<&str>) -> Option<String> {
        let row = self.get(name)?;
        let version = version.filter(|version| row.is_older(version))?;
        let text = if row.headers { &self.words.header } else { &self.words.too_old };
        Some(row.fill(text, version))
    }

    /// What to do about modules that do not declare, made by a version that can or by one that is not known.
    pub fn silent(&self, name: &str) -> Option<String> {
        let row = self.get(name).filter(|row| !row.then.is_empty())?;
        let text = self.words.silent.replace("{title}", &row.title).replace("{since}", &row.since);
        Some(text.replace("{then}", &row.then))
    }
}

impl Generator {
    /// Whether a version is one whose modules cannot declare. A pre-release counts as what it leads to.
    pub fn is_older(&self, version: &str) -> bool {
        let numbers: Vec<&str> = version
            .split('.')
            .map(|part| part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default())
            .collect();
        compare_versions(&numbers.join("."), &self.since) == Ordering::Less
    }

    /// The first version that can declare, with the day it came out: `Cython 3.1 (2025-05-08)`.
    pub fn first(&self) -> String {
        format!("{} {} ({})", self.title, self.since, self.released)
    }

    fn fill(&self, text: &str, version: &str) -> String {
        let then = if self.then.is_empty() { String::new() } else { format!(", then {}", self.then) };
        text.replace("{title}", &self.title)
            .replace("{version}", version)
            .replace("{since}", &self.since)
            .replace("{released}", &self.released)
            .replace("{then}", &then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_to_declare_is_told_what_to_do() {
        let facts = Generators::builtin();
        let old = facts.too_old("cython", Some("3.0.11")).expect("it is old");
        assert!(old.contains("Cython 3.1 (2025-05-08)") && old.contains("freethreading_compatible"), "{old}");
        for (name, version) in [("cython", Some("3.1.0b1")), ("cython", None), ("sqlite", Some("3.1"))] {
            assert_eq!(facts.too_old(name, version), None, "{name}");
        }
        assert!(facts.too_old("swig", Some("4.3.1")).is_some_and(|text| text.contains("-nogil")));
        assert!(facts.silent("pybind11").is_some() && facts.silent("mypyc").is_none());
    }

    #[test]
    fn generators_are_known_by_the_names_that_the_other_facts_use() {
        for row in &Generators::builtin().generator {
            assert!(crate::knowledge::Frameworks::builtin().get(&row.name).is_some(), "{}", row.name);
        }
    }

    #[test]
    fn a_row_without_a_source_or_twice_is_refused() {
        let words = "version = 1\n[words]\ntoo-old = ''\nheader = ''\nsilent = ''\n";
        let row =
            "[[generator]]\nname = 'x'\ntitle = 'X'\nsince = '1'\nreleased = ''\nthen = ''\nsource = 'y'\n";
        assert!(Generators::parse(&format!("{words}{row}")).is_ok());
        assert!(Generators::parse(&format!("{words}{row}{row}")).is_err());
        assert!(Generators::parse(&format!("{words}{}", row.replace("'y'", "''"))).is_err());
    }
}

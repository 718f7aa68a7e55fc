//! The order in which an extension is ported, from `rules/facts/plan.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{read, table};
use crate::model::{Class, Severity};

/// All of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFacts {
    #[serde(rename = "version")]
    _version: u32,
    /// The kinds of what blocks.
    pub blocks: Blocks,
    #[serde(rename = "step")]
    /// Steps, in order; the last takes what no other does.
    pub steps: Vec<Step>,
    #[serde(rename = "build")]
    /// Build back ends.
    pub builds: Vec<Build>,
    /// What builds the wheels.
    pub cibuildwheel: Wheels,
}

/// The kinds of what blocks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Blocks {
    /// Modules made in one phase.
    pub single_phase: Block,
    /// What asks for the stable ABI.
    pub limited: Block,
}

/// One kind of what blocks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Its title.
    pub title: String,
    /// What to do.
    pub text: String,
    /// The section of a guide.
    pub guide: String,
    /// Where this was read.
    pub source: String,
    /// Words that show it in a file.
    #[serde(default)]
    pub words: Vec<String>,
    /// Words that take it back.
    #[serde(default)]
    pub unless: Vec<String>,
}

impl Block {
    /// The lines, from 1, that ask for it in a file's text. Comments are none, and neither is a value that says no.
    pub fn lines(&self, text: &str) -> Vec<u32> {
        if self.unless.iter().any(|word| text.contains(word.as_str())) {
            return Vec::new();
        }
        let asks = |line: &str| {
            let line = line.split(" #").next().unwrap_or(line).trim();
            let code = !(line.starts_with("//") || line.starts_with('*') || line.starts_with("/*"))
                && (!line.starts_with('#') || line.starts_with("#define"));
            let lower = line.to_ascii_lowercase().replace(' ', "");
            let no = ["=false", ":false", "=none", "=off"].iter().any(|no| lower.contains(no));
            code && !no && self.words.iter().any(|word| line.contains(word.as_str()))
        };
        let number = |at: usize| u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX);
        text.lines().enumerate().filter(|(_, line)| asks(line)).map(|(at, _)| number(at)).collect()
    }
}

/// One step of a port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// Why it comes here.
    pub why: String,
    /// The section of a guide.
    pub guide: String,
    /// The classes of findings it takes.
    pub classes: Vec<Class>,
    /// The least severity it takes; all if absent.
    pub severity: Option<Severity>,
}

/// A build back end, known by a word in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The file.
    pub file: String,
    /// The word in it.
    pub word: String,
    /// What it is called.
    pub name: String,
    /// What to do.
    pub text: String,
    /// Where this was read.
    pub source: String,
}

/// Settings of the tool that builds wheels for all platforms.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheels {
    /// What to do.
    pub text: String,
    /// Its settings, as TOML.
    pub settings: String,
    /// Where this was read.
    pub source: String,
}

impl PlanFacts {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<PlanFacts> = LazyLock::new(|| {
            read(table!("plan")).expect("the facts this program carries are parsed by a test")
        });
        &BUILTIN
    }

    /// The step that takes findings of a class and severity, by its place.
    pub fn step_of(&self, class: Class, severity: Severity) -> usize {
        let takes = |step: &Step| {
            step.classes.contains(&class) && step.severity.is_none_or(|least| severity >= least)
        };
        self.steps.iter().position(takes).unwrap_or(self.steps.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blocks_comes_first_and_what_nobody_takes_last() {
        let facts = PlanFacts::builtin();
        assert_eq!(facts.step_of(Class::MissingModGil, Severity::Low), 0);
        assert_eq!(facts.step_of(Class::BorrowedRef, Severity::High), 1);
        assert!(facts.step_of(Class::BorrowedRef, Severity::Medium) > 1);
        assert_eq!(facts.step_of(Class::BorrowedRef, Severity::Note), facts.steps.len() - 1);
        assert_eq!(facts.step_of(Class::Other, Severity::High), facts.steps.len() - 1);
        let limited = &facts.blocks.limited;
        assert_eq!(limited.lines("x\n  py_limited_api=True,\n"), [2]);
        assert_eq!(limited.lines("#define Py_LIMITED_API 0x03090000\n#ifdef Py_LIMITED_API\n"), [1]);
        assert_eq!(limited.lines("features = [\"abi3-py39\"]\n# py_limited_api\n"), [1]);
        for none in
            ["py_limited_api = False", "py_limited_api=not sysconfig.get_config_var('Py_GIL_DISABLED')"]
        {
            assert!(limited.lines(none).is_empty(), "{none}");
        }
        assert!(facts.cibuildwheel.settings.parse::<toml::Table>().is_ok());
    }
}

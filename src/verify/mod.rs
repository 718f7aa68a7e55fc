//! What an interpreter showed when it was asked, beside what ungil said without running anything.
//!
//! The one part of ungil that speaks of code that ran, and only of what a user asked to run. Here are the values and what
//! they mean; processes are started by `commands`. Two witnesses: imports, one fresh process each ([`Imported`]), and
//! reports of ThreadSanitizer ([`tsan`]). Neither proves safety. An import shows what becomes of the GIL; a report shows
//! a race that happened.

pub mod races;
pub mod tsan;

use serde::{Deserialize, Serialize};

use crate::model::GilSupport;

/// Imports one module.
pub const IMPORT: &str = include_str!("import.py");
/// Tells the files of installed distributions.
pub const FILES: &str = include_str!("files.py");

/// What the importing process wrote down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The interpreter's version.
    pub python: String,
    /// Whether it is a free-threaded build.
    pub free_threaded: bool,
    /// Whether the GIL was on before the import.
    pub before: bool,
    /// Whether it is on after.
    pub after: bool,
    /// The exception that ended the import.
    pub error: Option<String>,
    /// The module that was not there, if that was why.
    #[serde(default)]
    pub missing: Option<String>,
    /// Warnings during the import.
    pub warnings: Vec<String>,
}

/// How the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With an answer.
    Answered(Answer),
    /// Without one: a crash, with what the system says of it.
    Died(String),
    /// It took too long.
    Late(u64),
}

/// What came of it, beside what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The import stayed without the GIL, as was said.
    KeepsOff,
    /// The module turned the GIL on, as was said.
    TurnsOn,
    /// The opposite of what was said happened.
    Contradicts,
    /// It happened, and nothing was said.
    Tells,
    /// Another module that it imports turned the GIL on; of this one nothing is known.
    ByAnother,
    /// The process crashed.
    Crashes,
    /// It could not be imported, so nothing is known.
    Unknown,
}

/// One module: what was said and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Its dotted name.
    pub module: String,
    /// Its file.
    pub file: String,
    /// What its file says about the GIL.
    pub said: GilSupport,
    /// Where that was read.
    pub evidence: String,
    /// What happened.
    pub outcome: Outcome,
    /// In a few words.
    pub what: String,
    /// Warnings during the import.
    pub warnings: Vec<String>,
}

/// The module that a warning of the interpreter names as the one that turned the GIL on.
fn culprit(warnings: &[String]) -> Option<&str> {
    const BEFORE: &str = "has been enabled to load module '";
    warnings.iter().find_map(|text| text.split_once(BEFORE)?.1.split('\'').next())
}

/// Puts what happened beside what was said.
pub fn judged(module: &str, file: &str, said: GilSupport, evidence: &str, ended: &Ended) -> Imported {
    let (outcome, what, warnings) = match ended {
        Ended::Died(how) => (Outcome::Crashes, format!("the interpreter died: {how}"), Vec::new()),
        Ended::Late(seconds) => {
            (Outcome::Unknown, format!("the import took longer than {seconds} s"), Vec::new())
        }
        Ended::Answered(answer) => {
            let (outcome, what) = of_answer(module, said, answer);
            (outcome, what, answer.warnings.clone())
        }
    };
    let (module, file, evidence) = (module.to_owned(), file.to_owned(), evidence.to_owned());
    Imported { module, file, said, evidence, outcome, what, warnings }
}

fn of_answer(module: &str, said: GilSupport, answer: &Answer) -> (Outcome, String) {
    if let (Some(error), false) = (&answer.error, answer.after && !answer.before) {
        return (Outcome::Unknown, format!("the import failed: {error}"));
    }
    if answer.before {
        return (Outcome::Unknown, "the GIL was on before the import".to_owned());
    }
    let expected = match said {
        GilSupport::NotUsed => Some(false),
        GilSupport::Used | GilSupport::Undeclared => Some(true),
        GilSupport::Unknown => None,
    };
    if !answer.after {
        return match expected {
            Some(false) => (Outcome::KeepsOff, "the GIL stayed off, as its declaration says".to_owned()),
            Some(true) => (Outcome::Contradicts, "the GIL stayed off, though it does not declare".to_owned()),
            None => (Outcome::Tells, "the GIL stayed off".to_owned()),
        };
    }
    let culprit = culprit(&answer.warnings);
    if let Some(other) = culprit.filter(|other| *other != module) {
        return (Outcome::ByAnother, format!("the import of `{other}` turned the GIL on"));
    }
    match expected {
        Some(true) => (Outcome::TurnsOn, "the GIL was turned on, as its silence says".to_owned()),
        Some(false) => (Outcome::Contradicts, "the GIL was turned on, though it declares".to_owned()),
        None => (Outcome::Tells, "the GIL was turned on".to_owned()),
    }
}

/// The exit code of a run: 3 if something could not be imported or there was nothing to import, 1 if the GIL came on, a
/// process crashed or something contradicts what was said.
pub fn exit_code(all: &[Imported]) -> u8 {
    let any = |outcomes: &[Outcome]| all.iter().any(|one| outcomes.contains(&one.outcome));
    let on = all.iter().any(|one| one.outcome == Outcome::Tells && one.what.ends_with("on"));
    if all.is_empty() || any(&[Outcome::Unknown]) {
        3
    } else {
        u8::from(on || any(&[Outcome::TurnsOn, Outcome::Contradicts, Outcome::ByAnother, Outcome::Crashes]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(said: GilSupport, after: bool, warnings: &[&str], error: Option<&str>) -> Outcome {
        let answer = Answer {
            after,
            error: error.map(str::to_owned),
            warnings: warnings.iter().map(|text| (*text).to_owned()).collect(),
            ..Answer::default()
        };
        judged("pkg.fast", "pkg/fast.so", said, "", &Ended::Answered(answer)).outcome
    }

    #[test]
    fn what_happened_agrees_contradicts_or_is_somebody_elses() {
        use GilSupport::{NotUsed, Undeclared, Unknown};
        let own = "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'pkg.fast', which";
        let other = own.replace("pkg.fast", "dep._x");
        assert_eq!(outcome(NotUsed, false, &[], None), Outcome::KeepsOff);
        assert_eq!(outcome(Undeclared, true, &[own], None), Outcome::TurnsOn);
        assert_eq!(outcome(NotUsed, true, &[own], None), Outcome::Contradicts);
        assert_eq!(outcome(Undeclared, false, &[], None), Outcome::Contradicts);
        assert_eq!(outcome(NotUsed, true, &[&other], None), Outcome::ByAnother);
        assert_eq!(outcome(Unknown, false, &[], None), Outcome::Tells);
        assert_eq!(outcome(NotUsed, false, &[], Some("ImportError: no")), Outcome::Unknown);
        assert_eq!(outcome(Undeclared, true, &[own], Some("ImportError: no")), Outcome::TurnsOn);
    }

    /// A module that was never imported must not pass.
    #[test]
    fn what_could_not_be_imported_is_incomplete_and_nothing_is_nothing() {
        let with = |ended: &Ended| judged("a", "a.so", GilSupport::NotUsed, "", ended);
        let fine = with(&Ended::Answered(Answer::default()));
        assert_eq!(exit_code(std::slice::from_ref(&fine)), 0);
        assert_eq!(exit_code(&[]), 3);
        assert_eq!(exit_code(&[fine.clone(), with(&Ended::Late(1))]), 3);
        assert_eq!(exit_code(&[fine, with(&Ended::Died("signal 11".into()))]), 1);
    }
}

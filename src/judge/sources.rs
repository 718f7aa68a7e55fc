//! The verdict without a wheel: do the sources declare for every module they would build.
//!
//! A claim of module scope speaks for one module, one of generator scope (a build file's directive) for all modules of
//! that generator. Variants of one definition under `#if` and `#else` are taken together: a module declares if some
//! variant does. An explicit `NeedsGil` beside a declaration is a contradiction that only the preprocessor can settle,
//! so it stays undecided, unless the conditions are about versions of Python: then the target's version settles it. Modules that live among tests and examples are not installed and do not count beside others.

use std::collections::BTreeMap;

use super::{Evidence, Opened, Ruling, Sources, Tally, counted, listing, wheel};
use crate::model::{Claim, ClaimScope, DeclaredBy, Hides, Observed, Stance, Target, Verdict};

/// The verdict where the target finds no wheel.
pub(super) fn rule(evidence: &Evidence<'_>, target: &Target) -> Ruling {
    let mut ruling = match evidence.sources {
        Sources::Absent => Ruling::new(Verdict::Unavailable, "there is no sdist to build it from".into()),
        Sources::Unread { why, .. } => {
            Ruling::new(Verdict::Unknown, format!("the sources were not looked at: {why}"))
        }
        Sources::Sdist(opened) | Sources::Tree(opened) => read(opened, evidence, target),
    };
    if !matches!(evidence.sources, Sources::Tree(_)) {
        let place = if ruling.verdict == Verdict::PurePython { 1 } else { 0 };
        ruling.because.insert(place, format!("no wheel for {target}"));
    }
    ruling
}

/// What the sources say of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Declares(Option<DeclaredBy>),
    Refuses,
    Silent,
    Contradicts,
}

fn read(opened: Opened<'_>, evidence: &Evidence<'_>, target: &Target) -> Ruling {
    let seen = opened.seen;
    let gap = seen.gaps.iter().find(|gap| gap.hides == Hides::Claims);
    let modules = modules(seen, target);
    let mut ruling =
        if modules.is_empty() { without_modules(seen, evidence) } else { with_modules(&modules) };
    // One silent module is enough for `unavailable`; no unread file can change that.
    if let Some(gap) = gap
        && ruling.verdict != Verdict::Unavailable
    {
        ruling.cloud(gap);
    }
    ruling
}

fn without_modules(seen: &Observed, evidence: &Evidence<'_>) -> Ruling {
    let compiled_elsewhere = evidence.wheels.iter().any(|name| !name.ends_with("-none-any.whl"));
    if !seen.modules.is_empty() {
        return Ruling::new(
            Verdict::Unknown,
            format!(
                "the sources bring {} and no definition of them",
                counted(seen.modules.len(), "built module")
            ),
        );
    }
    if seen.looked.source_files > 0 || compiled_elsewhere || !seen.claims.is_empty() {
        return Ruling::new(
            Verdict::Unknown,
            "no definition of an extension module was found in the sources, though something is compiled"
                .into(),
        );
    }
    Ruling::new(Verdict::PurePython, "the sources have no extension module".into())
}

fn with_modules(modules: &BTreeMap<&str, Word>) -> Ruling {
    let named = |wanted: fn(&Word) -> bool| -> Vec<&str> {
        modules.iter().filter(|(_, word)| wanted(word)).map(|(name, _)| *name).collect()
    };
    let silent = named(|word| *word == Word::Silent);
    let refusing = named(|word| *word == Word::Refuses);
    let undecided = named(|word| *word == Word::Contradicts);
    let by_generator = named(|word| *word == Word::Declares(Some(DeclaredBy::GeneratorDefault))).len();
    let declare = named(|word| matches!(word, Word::Declares(_))).len();
    let tally = Tally { all: modules.len(), by_author: declare.saturating_sub(by_generator), by_generator };
    let mut because = Vec::new();
    if !silent.is_empty() {
        because.push(format!("the sources of {} do not declare support", listing(&silent)));
    }
    if !refusing.is_empty() {
        because.push(format!("the sources of {} ask for the GIL", listing(&refusing)));
    }
    if !undecided.is_empty() {
        because.push(format!(
            "the sources of {} both declare support and ask for the GIL, under different conditions",
            listing(&undecided)
        ));
    }
    if declare > 0 {
        because.push(format!(
            "the sources declare support for {declare} of {}{}",
            counted(modules.len(), "module"),
            wheel::on_whose_word(tally)
        ));
    }
    let verdict = if !silent.is_empty() || !refusing.is_empty() {
        Verdict::Unavailable
    } else if undecided.is_empty() {
        Verdict::BuildRequired
    } else {
        Verdict::Unknown
    };
    Ruling { verdict, because, turns_gil_on: Vec::new(), tally }
}

fn modules<'a>(seen: &'a Observed, target: &Target) -> BTreeMap<&'a str, Word> {
    let installed = |claim: &&Claim| !among_tests(&claim.path);
    let module_claims = || seen.claims.iter().filter(|c| matches!(c.scope, ClaimScope::Module(_)));
    let some_installed = module_claims().any(|claim| installed(&claim));
    let mut grouped: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
    for claim in module_claims().filter(|claim| !some_installed || installed(claim)) {
        if let ClaimScope::Module(name) = &claim.scope {
            grouped.entry(name).or_default().push(claim);
        }
    }
    grouped.into_iter().map(|(name, claims)| (name, word(&claims, &seen.claims, target))).collect()
}

fn word(own: &[&Claim], all: &[Claim], target: &Target) -> Word {
    let holds = |claim: &Claim, stance| claim.stance == stance && claim.minors.has(target.python.minor);
    let says = |claims: &[&Claim], stance| claims.iter().any(|claim| holds(claim, stance));
    let by = |claims: &[&Claim]| {
        claims.iter().filter(|c| holds(c, Stance::RunsWithoutGil)).filter_map(|c| c.declared_by).min()
    };
    match (says(own, Stance::RunsWithoutGil), says(own, Stance::NeedsGil)) {
        (true, true) => return Word::Contradicts,
        (true, false) => return Word::Declares(by(own)),
        (false, true) => return Word::Refuses,
        (false, false) => {}
    }
    let shared: Vec<&Claim> = all
        .iter()
        .filter(|claim| {
            matches!(&claim.scope, ClaimScope::Framework(name)
                if own.iter().any(|mine| mine.framework.name == *name))
        })
        .collect();
    match (says(&shared, Stance::RunsWithoutGil), says(&shared, Stance::NeedsGil)) {
        (true, true) => Word::Contradicts,
        (true, false) => Word::Declares(by(&shared)),
        (false, true) => Word::Refuses,
        (false, false) => Word::Silent,
    }
}

fn among_tests(path: &str) -> bool {
    const NOT_INSTALLED: [&str; 9] =
        ["test", "tests", "testing", "example", "examples", "benchmark", "benchmarks", "doc", "docs"];
    path.split('/').any(|part| NOT_INSTALLED.contains(&part))
}

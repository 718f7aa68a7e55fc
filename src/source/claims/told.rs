//! Words one module: the claims it makes, the gap where something that may declare is not understood, the findings of rules.

use super::ModuleSeen;
use super::join::{Joined, Module, folder};
use crate::knowledge::{Knowledge, Trait};
use crate::model::{Claim, ClaimScope, Finding, Gap, Hides, MemberPath, Minors, Origin, Stance};
use crate::rules::{Language, RuleSet};
use crate::source::found::{self, Place};
use crate::source::language;

/// The detector whose cases rules word.
const DETECTOR: &str = "declaration";

/// A name that no other module of the artifact has: dotted if the sources say so, by its folder otherwise.
pub(super) fn full_name(module: &Module) -> String {
    if module.seen.name.contains('.') {
        return module.seen.name.clone();
    }
    let folder = folder(&module.path);
    if folder.is_empty() {
        module.seen.name.clone()
    } else {
        format!("{}.{}", folder.replace('/', "."), module.seen.name)
    }
}

pub(super) fn claims_of(module: &Module, name: &str, out: &mut Joined) {
    let mut any = false;
    for stance in [Stance::RunsWithoutGil, Stance::NeedsGil] {
        if let Some(says) = module.says(stance) {
            any = true;
            out.claims.push(Claim {
                scope: ClaimScope::Module(name.to_owned()),
                stance,
                declared_by: Some(says.by),
                framework: module.seen.framework.clone(),
                path: says.place.location.path.clone(),
                line: says.place.location.line,
                guard: says.guard.clone(),
                minors: module.minors(stance),
                evidence: says.evidence.clone(),
            });
        }
    }
    if any {
        return;
    }
    match &module.unknown {
        Some(reason) => {
            let reason = format!("whether `{name}` declares is not known: {reason}");
            out.gaps.push(Gap::new(&module.path, Hides::Claims, reason));
        }
        None => out.claims.push(Claim {
            scope: ClaimScope::Module(name.to_owned()),
            stance: Stance::Silent,
            declared_by: None,
            framework: module.seen.framework.clone(),
            path: module.seen.place.location.path.clone(),
            line: module.seen.place.location.line,
            guard: None,
            minors: Minors::ALL,
            evidence: module.seen.evidence.clone(),
        }),
    }
}

/// What a module that says nothing would have to say it with.
fn silent(seen: &ModuleSeen, known: &Knowledge) -> &'static str {
    let name = seen.framework.name.as_str();
    let word = seen.place.text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    if known.frameworks().get(name).is_some_and(|row| row.by_hand) {
        if known.has(word, Trait::SinglePhase) { "single-phase" } else { "missing" }
    } else if known.generators().get(name).is_some_and(|row| !row.then.is_empty()) {
        "generator"
    } else {
        "other-generator"
    }
}

/// What rules make of a module that does not declare, or says two things.
pub(super) fn findings(module: &Module, known: &Knowledge, rules: &RuleSet) -> Vec<Finding> {
    let (declares, needs) = (module.says(Stance::RunsWithoutGil), module.says(Stance::NeedsGil));
    let generator = &module.seen.framework;
    let version = generator.version.as_deref().or(module.asked.as_deref());
    let old = module.asked.is_some() || known.generators().too_old(&generator.name, version).is_some();
    let (case, place): (&str, &Place) = match (declares, needs) {
        (Some(_), Some(says)) if module.contradicts().is_empty() => ("used-on", &says.place),
        (Some(_), Some(says)) => ("contradictory", &says.place),
        (None, Some(says)) => ("used", &says.place),
        (None, None) if module.unknown.is_some() => return Vec::new(),
        (None, None) if old => ("old-generator", &module.seen.place),
        (None, None) => (silent(&module.seen, known), &module.seen.place),
        (Some(_), None) => return Vec::new(),
    };
    let path = MemberPath::new(&place.location.path);
    let language = path.ok().and_then(|path| language(&path)).unwrap_or(Language::Build);
    let framework = &module.seen.framework;
    // A generator's file names the generator; it is made anew from the author's by whoever builds.
    let generated = known.declarations().generated(&framework.name).is_some()
        && matches!(language, Language::C | Language::Cpp);
    let pythons = module.minors(Stance::NeedsGil).to_string();
    let fill = [
        ("module", module.seen.name.as_str()),
        ("framework", framework.name.as_str()),
        ("pythons", pythons.as_str()),
        ("version", version.unwrap_or_default()),
    ];
    rules
        .word(DETECTOR, case, language, &fill)
        .map(|wording| {
            let mut finding = found::finding(wording, place);
            finding.live = Some(false).filter(|_| declares.is_none());
            finding.origin = generated
                .then(|| Origin { name: framework.name.clone(), version: framework.version.clone() });
            finding
        })
        .collect()
}

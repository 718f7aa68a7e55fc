//! The findings of a project as the list of what to change, in the order in which one would.
//!
//! Which step a finding belongs to, and what is said around it, are data (`rules/facts/plan.toml`); places of one rule
//! with one remedy are one item. The result is Markdown with boxes to tick, made to be pasted into an issue.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Document;
use super::place::{Placed, placed};
use crate::knowledge::plan::PlanFacts;

/// The plan; `build_files` are the texts of the project's build files, by name.
pub fn plan(document: &Document, build_files: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    write(&mut out, document, build_files, PlanFacts::builtin()).expect("writing to a String does not fail");
    out
}

fn write(
    out: &mut String,
    document: &Document,
    build_files: &BTreeMap<String, String>,
    facts: &PlanFacts,
) -> std::fmt::Result {
    let all = placed(document, false);
    writeln!(out, "# Plan for running without the GIL\n")?;
    for package in &document.packages {
        for reason in package.because.iter().take(2) {
            writeln!(out, "- {}: {}", package.name, reason)?;
        }
    }
    let mut number = 0_u32;
    for (at, step) in facts.steps.iter().enumerate() {
        let mut items: BTreeMap<(&str, &str), Vec<&Placed<'_>>> = BTreeMap::new();
        for one in all.iter().filter(|one| facts.step_of(one.finding.class, one.finding.severity) == at) {
            items.entry((&one.finding.rule, &one.finding.fix)).or_default().push(one);
        }
        if items.is_empty() {
            continue;
        }
        number = number.saturating_add(1);
        writeln!(out, "\n## {number}. {}\n\n{} See <{}>.\n", step.title, step.why, step.guide)?;
        for ((rule, fix), places) in items {
            writeln!(out, "- [ ] `{rule}`, {}: {fix}", times(places.len()))?;
            for one in places {
                writeln!(out, "  - {}:{}: {}", one.path, one.finding.location.line, one.finding.message)?;
            }
        }
    }
    if number == 0 {
        writeln!(out, "\nNothing was found that has to change.")?;
    }
    let gaps = document.packages.iter().map(|package| package.gaps.len()).sum::<usize>();
    if gaps > 0 {
        writeln!(out, "\n{gaps} files or parts could not be looked at; `ungil check -v` names them.")?;
    }
    writeln!(out, "\n## Ship the wheels\n")?;
    for build in &facts.builds {
        if build_files.get(&build.file).is_some_and(|text| text.contains(&build.word)) {
            writeln!(out, "- {}: {} See <{}>.", build.name, build.text, build.source)?;
        }
    }
    let wheels = &facts.cibuildwheel;
    writeln!(out, "- {} See <{}>.\n\n```toml\n{}\n```", wheels.text, wheels.source, wheels.settings.trim())
}

fn times(n: usize) -> String {
    if n == 1 { "1 place".to_owned() } else { format!("{n} places") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_plan_has_places_remedies_and_the_settings_that_ship_the_wheels() {
        let files = [("pyproject.toml".to_owned(), "build-backend = \"mesonpy\"".to_owned())].into();
        let text = plan(&sample::document(), &files);
        assert!(text.contains("## 1. What corrupts memory"), "{text}");
        assert!(
            text.contains("- [ ] `borrowed-container-item`, 1 place: Call `PyDict_GetItemRef`."),
            "{text}"
        );
        assert!(text.contains("  - numpy/_core/src/x.c:12: "), "{text}");
        assert!(text.contains("meson-python") && !text.contains("maturin"), "{text}");
        assert!(text.contains("cp314t-*"), "{text}");
    }
}

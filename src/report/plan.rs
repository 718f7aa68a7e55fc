//! The findings of a project as the list of what to change, in the order in which one would.
//!
//! Which step a finding belongs to, and what is said around it, are data (`rules/facts/plan.toml`); places of one rule
//! with one remedy are one item. The result is Markdown with boxes to tick, made to be pasted into an issue.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Document;
use super::place::{Placed, placed};
use crate::knowledge::plan::PlanFacts;

/// What is known of a project beside its report.
#[derive(Debug, Clone, Default)]
pub struct PlanExtras {
    /// Texts of the project's build files, by name.
    pub build_files: BTreeMap<String, String>,
    /// Places of modules that are made in one phase: file as the report shows it, and line.
    pub single_phase: BTreeSet<(String, u32)>,
    /// Places that ask for the stable ABI.
    pub limited: Vec<(String, u32)>,
}

/// The plan.
pub fn plan(document: &Document, extras: &PlanExtras) -> String {
    let mut out = String::new();
    write(&mut out, document, extras, PlanFacts::builtin()).expect("writing to a String does not fail");
    out
}

/// The first step: what blocks, by kind.
fn blocks(
    out: &mut String,
    facts: &PlanFacts,
    items: &BTreeMap<(&str, &str), Vec<&Placed<'_>>>,
    extras: &PlanExtras,
) -> std::fmt::Result {
    let single =
        |one: &&&Placed<'_>| extras.single_phase.contains(&(one.path.clone(), one.finding.location.line));
    let in_one: Vec<_> = items.values().flatten().filter(single).collect();
    if !in_one.is_empty() {
        let block = &facts.blocks.single_phase;
        writeln!(
            out,
            "- [ ] {}, {}: {} See <{}>.",
            block.title,
            times(in_one.len()),
            block.text,
            block.guide
        )?;
        for one in in_one {
            writeln!(out, "{}", place(one))?;
        }
    }
    for ((rule, fix), places) in items {
        let rest: Vec<_> = places.iter().filter(|one| !single(one)).collect();
        if !rest.is_empty() {
            writeln!(out, "- [ ] `{rule}`, {}: {fix}", times(rest.len()))?;
            for one in rest {
                writeln!(out, "{}", place(one))?;
            }
        }
    }
    if !extras.limited.is_empty() {
        let block = &facts.blocks.limited;
        writeln!(
            out,
            "- [ ] {}, {}: {} See <{}>.",
            block.title,
            times(extras.limited.len()),
            block.text,
            block.guide
        )?;
        for (path, line) in &extras.limited {
            writeln!(out, "  - {path}:{line}")?;
        }
    }
    Ok(())
}

fn place(one: &Placed<'_>) -> String {
    let by_itself = match &one.finding.correction {
        None => "",
        Some(one) if one.safe => " (`--fix` does it)",
        Some(_) => " (`--fix --unsafe-fixes` does it)",
    };
    format!("  - {}:{}: {}{by_itself}", one.path, one.finding.location.line, one.finding.message)
}

fn write(out: &mut String, document: &Document, extras: &PlanExtras, facts: &PlanFacts) -> std::fmt::Result {
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
        let first = at == 0;
        if items.is_empty() && (!first || extras.limited.is_empty()) {
            continue;
        }
        number = number.saturating_add(1);
        writeln!(out, "\n## {number}. {}\n\n{} See <{}>.\n", step.title, step.why, step.guide)?;
        if first {
            blocks(out, facts, &items, extras)?;
            continue;
        }
        for ((rule, fix), places) in items {
            writeln!(out, "- [ ] `{rule}`, {}: {fix}", times(places.len()))?;
            for one in places {
                writeln!(out, "{}", place(one))?;
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
        if extras.build_files.get(&build.file).is_some_and(|text| text.contains(&build.word)) {
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

    /// They have different remedies, and the last is no finding of any module.
    #[test]
    fn what_blocks_is_told_apart_by_kind() {
        let mut document = sample::document();
        let numpy = document.packages.iter_mut().find(|p| p.name == "numpy").expect("numpy");
        let mut one = numpy.findings[0].clone();
        (one.rule, one.class) = ("missing-mod-gil".into(), crate::model::Class::MissingModGil);
        let mut other = one.clone();
        other.location.line = 40;
        let path = one.location.path.clone();
        numpy.findings = vec![one, other];
        let extras = PlanExtras {
            single_phase: [(path, 40)].into(),
            limited: vec![("setup.py".into(), 3)],
            ..PlanExtras::default()
        };
        let text = plan(&document, &extras);
        let blocks = text.split("## ").nth(1).expect("a step");
        assert!(blocks.contains("- [ ] Modules made in one phase that do not declare, 1 place: "), "{text}");
        assert!(blocks.contains("- [ ] `missing-mod-gil`, 1 place: "), "{text}");
        assert!(
            blocks.contains("- [ ] Limited API, 1 place: ") && blocks.contains("  - setup.py:3\n"),
            "{text}"
        );
    }

    #[test]
    fn a_plan_has_places_remedies_and_the_settings_that_ship_the_wheels() {
        let build_files = [("pyproject.toml".to_owned(), "build-backend = \"mesonpy\"".to_owned())].into();
        let text = plan(&sample::document(), &PlanExtras { build_files, ..PlanExtras::default() });
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

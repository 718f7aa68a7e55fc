//! What the page of one project shows.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;
use serde::Serialize;

use super::blockers::Blockers;
use super::changes::said;
use super::templates::values;
use super::{Past, Summary};
use crate::model::{Class, Finding, Module};
use crate::report::Package;
use crate::select::WheelName;
use crate::survey::Row;

/// Most of a kind that a page shows; the data beside it has all.
const MODULES: usize = 400;
const FINDINGS: usize = 300;

/// One judged release.
#[derive(Debug, Serialize)]
struct Release<'a> {
    package: &'a Package,
    modules: Vec<&'a Module>,
    modules_beyond: usize,
    classes: Vec<Classed<'a>>,
    findings_beyond: usize,
    matrix: Matrix,
}

/// Findings of one class.
#[derive(Debug, Serialize)]
struct Classed<'a> {
    class: Class,
    findings: Vec<&'a Finding>,
}

/// Which wheels there are: platforms down, interpreters across.
#[derive(Debug, Default, Serialize)]
struct Matrix {
    abis: Vec<String>,
    rows: Vec<MatrixRow>,
}

#[derive(Debug, Serialize)]
struct MatrixRow {
    platform: String,
    has: Vec<bool>,
}

/// The context of the page.
pub(super) fn context(
    row: &Row,
    summary: &Summary,
    blockers: &Blockers,
    all: &[Summary],
    past: &Past,
) -> Value {
    let releases: Vec<Release<'_>> = row.packages.iter().map(|package| release(row, package)).collect();
    let history: Vec<Value> = past
        .of(&row.name)
        .into_iter()
        .map(|(run, said_then)| values! { run => run, version => said_then.version, verdict => said(said_then.verdict), score => said_then.score })
        .collect();
    values! {
        row => values! {
            failures => row.failures, warnings => row.warnings, status => row.status,
            releases => row.releases, tool => row.tool, targets => row.targets,
        },
        package => summary,
        verdict => said(summary.verdict),
        releases => releases,
        history => history,
        requirers => blockers.requirers(&row.name, all),
        needed => blockers.needed(row, all),
        needed_beyond => row.needs.iter().filter(|name| !blockers.lists(name)).collect::<Vec<_>>(),
        dependents => blockers.dependents(&row.name),
    }
}

fn release<'a>(row: &Row, package: &'a Package) -> Release<'a> {
    let modules: Vec<&Module> = package.artifacts.iter().flat_map(|one| &one.modules).collect();
    let findings: Vec<&Finding> = package.findings.iter().filter(|finding| finding.counts()).collect();
    let (modules_beyond, findings_beyond) =
        (modules.len().saturating_sub(MODULES), findings.len().saturating_sub(FINDINGS));
    let mut worst_first = findings;
    worst_first
        .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.confidence)));
    let mut classes: BTreeMap<Class, Vec<&Finding>> = BTreeMap::new();
    for finding in worst_first.into_iter().take(FINDINGS) {
        classes.entry(finding.class).or_default().push(finding);
    }
    let wheels = row.releases.judged.iter().find(|one| Some(&one.version) == package.version.as_ref());
    Release {
        package,
        modules: modules.into_iter().take(MODULES).collect(),
        modules_beyond,
        classes: classes.into_iter().map(|(class, findings)| Classed { class, findings }).collect(),
        findings_beyond,
        matrix: wheels.map(|shipped| matrix(&shipped.wheels)).unwrap_or_default(),
    }
}

/// Most columns of a matrix: the newest interpreters are what one looks for.
const ABIS: usize = 12;

fn matrix(wheels: &[String]) -> Matrix {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut abis = BTreeSet::new();
    for wheel in wheels.iter().filter_map(|name| name.parse::<WheelName>().ok()) {
        for tag in wheel.tags().take(200) {
            let abi = match tag.abi.as_str() {
                "none" => tag.python.clone(),
                "abi3" | "abi3t" => format!("{} {}", tag.python, tag.abi),
                abi => abi.to_owned(),
            };
            abis.insert(abi.clone());
            found.entry(family(&tag.platform)).or_default().insert(abi);
        }
    }
    let mut abis: Vec<String> = abis.into_iter().collect();
    // Free-threaded first, then the newest: lengths before letters, or cp39 would be newer than cp314.
    abis.sort_by_key(|abi| {
        (!abi.ends_with('t'), std::cmp::Reverse(abi.len()), std::cmp::Reverse(abi.clone()))
    });
    abis.truncate(ABIS);
    let mut found: Vec<(String, BTreeSet<String>)> = found.into_iter().collect();
    found.sort_by_key(|(platform, _)| rank(platform));
    let rows = found
        .into_iter()
        .map(|(platform, has)| MatrixRow {
            platform,
            has: abis.iter().map(|abi| has.contains(abi)).collect(),
        })
        .collect();
    Matrix { abis, rows }
}

/// Desktops and servers before phones, as those who look things up here use them.
pub(super) fn rank(platform: &str) -> usize {
    let known = ["Linux x86_64", "Linux aarch64", "Linux ", "Linux (musl)", "macOS", "Windows", "any"];
    let at = known.iter().position(|prefix| platform.starts_with(prefix));
    // A plain `Linux` would take the others of its name.
    let musl = platform.starts_with("Linux (musl)");
    if musl { 3 } else { at.unwrap_or(known.len()) }
}

/// Platforms that these wheels serve a free-threaded interpreter on.
pub(super) fn free_threaded_on(wheels: &[String]) -> BTreeSet<String> {
    let wheels = wheels.iter().filter_map(|name| name.parse::<WheelName>().ok());
    let tags = wheels
        .filter(WheelName::is_for_free_threaded)
        .flat_map(|wheel| wheel.tags().take(200).collect::<Vec<_>>());
    let mut on: BTreeSet<String> = tags.map(|tag| family(&tag.platform)).collect();
    // One file for both kinds of Mac.
    if on.remove("macOS universal2") {
        on.extend(["macOS arm64".to_owned(), "macOS x86_64".to_owned()]);
    }
    on
}

/// A platform tag without its version: what people call the platform.
fn family(tag: &str) -> String {
    let rest = |prefix: &str| {
        let rest = tag.strip_prefix(prefix)?;
        let parts = rest.split('_').skip_while(|part| part.is_empty() || part.parse::<u32>().is_ok());
        Some(parts.collect::<Vec<_>>().join("_"))
    };
    match tag {
        "any" => "any".to_owned(),
        "win_amd64" => "Windows x86_64".to_owned(),
        "win32" => "Windows x86".to_owned(),
        "win_arm64" => "Windows arm64".to_owned(),
        _ => {
            let named = [
                ("manylinux", "Linux"),
                ("musllinux", "Linux (musl)"),
                ("macosx", "macOS"),
                ("linux", "Linux"),
                ("android", "Android"),
                ("ios", "iOS"),
            ];
            named
                .iter()
                .find_map(|(prefix, name)| Some(format!("{name} {}", rest(prefix)?)))
                .unwrap_or_else(|| tag.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_called_by_its_family() {
        for (tag, name) in [
            ("manylinux_2_28_x86_64", "Linux x86_64"),
            ("manylinux2014_aarch64", "Linux aarch64"),
            ("musllinux_1_2_x86_64", "Linux (musl) x86_64"),
            ("macosx_11_0_arm64", "macOS arm64"),
            ("macosx_10_13_universal2", "macOS universal2"),
            ("linux_armv7l", "Linux armv7l"),
            ("any", "any"),
            ("odd", "odd"),
        ] {
            assert_eq!(family(tag), name);
        }
    }

    #[test]
    fn a_wheel_for_both_kinds_of_mac_is_one_for_each_and_others_are_for_none() {
        let names = ["a-1-cp314-cp314t-macosx_11_0_universal2.whl", "a-1-cp314-cp314-win32.whl", "nonsense"];
        let on = free_threaded_on(&names.map(str::to_owned));
        assert_eq!(on.into_iter().collect::<Vec<_>>(), ["macOS arm64", "macOS x86_64"]);
        let mut platforms =
            ["iOS arm64", "Windows x86", "Linux (musl) x86_64", "macOS arm64", "Linux s390x", "Linux x86_64"];
        platforms.sort_by_key(|name| rank(name));
        assert_eq!(
            platforms,
            ["Linux x86_64", "Linux s390x", "Linux (musl) x86_64", "macOS arm64", "Windows x86", "iOS arm64"]
        );
    }

    #[test]
    fn free_threaded_interpreters_come_first_in_the_matrix() {
        let names = [
            "a-1-cp39-cp39-win32.whl",
            "a-1-cp314-cp314-win32.whl",
            "a-1-cp314-cp314t-win32.whl",
            "a-1-cp310-cp310-any.whl",
            "nonsense",
        ];
        let matrix = matrix(&names.map(str::to_owned));
        assert_eq!(matrix.abis, ["cp314t", "cp314", "cp310", "cp39"]);
        assert_eq!(matrix.rows.len(), 2);
        assert_eq!(matrix.rows[0].has, [true, true, false, true]);
    }
}

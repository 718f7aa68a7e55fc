//! What is installed in an environment, judged from the files that lie there, without an index.
//!
//! Each `*.dist-info` is a package, whose files its RECORD lists; extension modules that no RECORD lists are told too,
//! since the interpreter imports them all the same. What was installed in other ways (an editable project, an egg) is
//! a gap that says where to look instead.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::release::artifact;
use super::{Bench, Outcome};
use crate::binary;
use crate::judge::{self, Evidence, Sources};
use crate::model::{ArtifactKind, Gap, Hides, MemberPath, Observed, PackageName, PythonVersion, Target};
use crate::packaging::{self, Checked, Record};
use crate::report::{Failure, Package, PackageParts};
use crate::unpack::{self, Opened, Site, TreeFile};

/// What pip and uv leave in the folder of a package besides METADATA and WHEEL, as far as it matters here.
const RECORD: &str = "RECORD";
const DIRECT_URL: &str = "direct_url.json";
const REQUESTED: &str = "REQUESTED";

/// Where a package came from, if not from an index (PEP 610).
#[derive(Debug, Deserialize)]
struct DirectUrl {
    url: String,
    #[serde(default)]
    dir_info: DirInfo,
}

#[derive(Debug, Default, Deserialize)]
struct DirInfo {
    #[serde(default)]
    editable: bool,
}

/// One package of an environment, or modules that belong to none.
#[derive(Debug, Default)]
struct Group {
    /// Its `*.dist-info`, if it has one.
    folder: Option<String>,
    /// What is read: METADATA, WHEEL and extension modules.
    files: Vec<TreeFile>,
    record: Option<Record>,
    origin: Option<DirectUrl>,
    requested: bool,
    gaps: Vec<Gap>,
}

/// Looks at an environment. `fixed` keeps to the targets of the plan, else the environment tells for which Python it is.
pub(super) fn look(bench: &Bench<'_>, text: &str, fixed: bool) -> Outcome {
    let mut outcome = Outcome::default();
    let failed = |error: &dyn std::fmt::Display| Failure {
        request: format!("--environment {text}"),
        requested_by: vec!["command line".to_owned()],
        reason: error.to_string(),
        hint: "name the folder of a virtual environment, or its site-packages".to_owned(),
    };
    let sites = match unpack::sites(Path::new(text)) {
        Ok(sites) => sites,
        Err(error) => {
            outcome.failures.push(failed(&error));
            return outcome;
        }
    };
    for site in &sites {
        match unpack::installed(&site.path, &bench.plan.limits, &wants) {
            Ok((files, gaps)) => {
                let groups = groups(bench, files, gaps);
                let seen: Vec<(Group, Observed)> =
                    groups.into_iter().map(|group| read(bench, group)).collect();
                let targets = targets(bench, site, &seen, fixed, &mut outcome.warnings);
                for (group, seen) in &seen {
                    outcome.absorb(row(bench, (text, site), group, seen, &targets));
                }
            }
            Err(error) => outcome.failures.push(failed(&error)),
        }
    }
    outcome
}

fn wants(path: &MemberPath) -> bool {
    let of_package = packaging::installed_info(path).is_some_and(|(_, file)| {
        matches!(file, "METADATA" | "WHEEL" | RECORD | DIRECT_URL | REQUESTED | "PKG-INFO")
    });
    // An egg of old is a file where its package would be.
    of_package || binary::importable_from_wheel(path) || path.as_str().ends_with(".egg-info")
}

/// Sorts the files by the package that they belong to; what belongs to none by the folder at the top.
fn groups(bench: &Bench<'_>, files: Vec<TreeFile>, gaps: Vec<Gap>) -> Vec<Group> {
    let mut packages: BTreeMap<String, Group> = BTreeMap::new();
    let mut modules = Vec::new();
    for file in files {
        let Some((folder, name)) = packaging::installed_info(&file.path) else {
            match file.path.as_str().ends_with(".egg-info") {
                true => drop(packages.entry(file.path.as_str().to_owned()).or_default()),
                false => modules.push(file),
            }
            continue;
        };
        let name = name.to_owned();
        let group = packages.entry(folder.to_owned()).or_default();
        let mut text = |file: &TreeFile| match file.read(&bench.plan.limits) {
            Ok(bytes) => Some(bytes),
            Err(gap) => {
                group.gaps.push(gap);
                None
            }
        };
        match name.as_str() {
            RECORD => group.record = text(&file).map(|bytes| Record::parse(&bytes)),
            DIRECT_URL => {
                group.origin = text(&file).and_then(|bytes| serde_json::from_slice(&bytes).ok());
            }
            REQUESTED => group.requested = true,
            _ => group.files.push(file),
        }
    }
    let mut groups: Vec<Group> =
        packages.into_iter().map(|(folder, group)| Group { folder: Some(folder), ..group }).collect();
    let mut loose: BTreeMap<String, Group> = BTreeMap::new();
    for file in modules {
        let owner = groups
            .iter_mut()
            .find(|group| group.record.as_ref().is_some_and(|record| record.lists(&file.path)));
        match owner {
            Some(group) => group.files.push(file),
            None => {
                let top = file.path.as_str().split('/').next().unwrap_or_default().to_owned();
                loose.entry(top).or_default().files.push(file);
            }
        }
    }
    for group in &mut groups {
        group.gaps.extend(unrecorded(group));
    }
    groups.extend(loose.into_values());
    if !gaps.is_empty() {
        groups.push(Group { gaps, ..Group::default() });
    }
    groups
}

/// Why the files of a package are not known, if they are not.
fn unrecorded(group: &Group) -> Option<Gap> {
    let folder = group.folder.clone().unwrap_or_default();
    match (&group.origin, &group.record) {
        (Some(DirectUrl { url, dir_info: DirInfo { editable: true } }), _) => Some(Gap::new(
            folder,
            Hides::Claims,
            format!(
                "it is installed as an editable project, whose files lie elsewhere; run `ungil check` on {}",
                crate::index::shown(url)
            ),
        )),
        (_, None) => Some(Gap::new(
            folder,
            Hides::Claims,
            "it has no RECORD, so which files are its own is not known; modules that no package lists have rows \
             of their own",
        )),
        _ => None,
    }
}

/// Reads the files of a group, and holds its modules against its RECORD.
fn read(bench: &Bench<'_>, mut group: Group) -> (Group, Observed) {
    let title = group.folder.clone().unwrap_or_default();
    let (files, gaps) = (std::mem::take(&mut group.files), std::mem::take(&mut group.gaps));
    let record = group.record.take();
    let mut seen = bench.scanned_as(&title, |entry| {
        let mut opened = Opened { gaps, complete: true, ..Opened::default() };
        for file in files {
            match file.read(&bench.plan.limits) {
                Ok(bytes) => {
                    let changed =
                        record.as_ref().is_some_and(|one| one.check(&file.path, &bytes) == Checked::Different);
                    if changed {
                        let reason = "its bytes are not those that RECORD promises: it was changed after it was installed";
                        opened.gaps.push(Gap::new(file.path.as_str(), Hides::Nothing, reason));
                    }
                    entry.take(renamed(file.path), bytes);
                }
                Err(gap) => opened.gaps.push(gap),
            }
        }
        opened
    });
    if seen.metadata.is_none()
        && let Some(folder) = &group.folder
    {
        seen.gaps.push(Gap::new(folder.as_str(), Hides::Nothing, "it has no METADATA that can be read"));
        seen.sort();
    }
    (group, seen)
}

/// PKG-INFO of an egg is read as METADATA is.
fn renamed(path: MemberPath) -> MemberPath {
    match path.as_str().strip_suffix(".egg-info/PKG-INFO") {
        Some(_) => MemberPath::new("PKG-INFO").unwrap_or(path),
        None => path,
    }
}

/// For whom the environment is: its Python as its folders say, on the platform that its modules are made for.
fn targets(
    bench: &Bench<'_>,
    site: &Site,
    seen: &[(Group, Observed)],
    fixed: bool,
    warnings: &mut Vec<String>,
) -> Vec<Target> {
    if fixed {
        return bench.plan.targets.clone();
    }
    let modules: Vec<_> = seen.iter().flat_map(|(_, seen)| seen.modules.iter().cloned()).collect();
    let of_modules = super::local::targets_of(&modules, &bench.plan.targets);
    let Some(python) = python(site) else { return of_modules };
    if !python.is_free_threaded() {
        warnings.push(format!(
            "{} is of Python {python}, which has the GIL: its modules are not those that a free-threaded Python would \
             install; to ask about those, audit the list that `pip freeze` prints",
            site.path.display()
        ));
        return bench.plan.targets.clone();
    }
    let platforms = of_modules.into_iter().filter(|target| target.python == python);
    let mut targets: Vec<Target> = platforms.collect();
    if targets.is_empty() {
        targets = bench.plan.targets.iter().map(|target| Target { python, ..target.clone() }).collect();
        targets.sort();
        targets.dedup();
    }
    targets
}

/// The Python of a site: by the name of its folder, which alone tells whether it has the GIL; else there is no telling
/// where the folders do not say so, as on Windows.
fn python(site: &Site) -> Option<PythonVersion> {
    let folder = site.python.as_deref()?.strip_prefix("python")?;
    folder.parse().ok()
}

fn row(
    bench: &Bench<'_>,
    (text, site): (&str, &Site),
    group: &Group,
    seen: &Observed,
    targets: &[Target],
) -> Outcome {
    let metadata = seen.metadata.as_ref();
    // Modules of nobody are called by their place: a name would be taken for a package's.
    let first = seen.modules.first().map(|module| {
        let top = module.member.split('/').next().unwrap_or_default();
        site.path.join(top).display().to_string()
    });
    let name = metadata
        .and_then(|metadata| PackageName::new(&metadata.name).ok())
        .map(|name| name.to_string())
        .or_else(|| group.folder.clone())
        .or(first)
        .unwrap_or_else(|| format!("--environment {text}"));
    let filename = wheel_name(group, seen).or_else(|| group.folder.clone()).unwrap_or_else(|| name.clone());
    let evidence = Evidence {
        wheel: Some(judge::Opened { filename: &filename, seen }),
        sources: Sources::Absent,
        wheels: &[],
        problems: &[],
    };
    let judgements = targets
        .iter()
        .map(|target| {
            (target.clone(), Some(filename.clone()), judge::package(&evidence, target, &bench.plan.weights))
        })
        .collect();
    let asked_by = if group.requested || group.folder.is_none() {
        vec![format!("--environment {text}")]
    } else {
        Vec::new()
    };
    let parts = PackageParts {
        name: name.clone(),
        version: metadata.map(|metadata| metadata.version.clone()),
        requested_by: asked_by,
        judgements,
        artifacts: vec![artifact(&filename, ArtifactKind::Tree, None, seen, targets)],
        findings: seen.findings.clone(),
        gaps: seen.gaps.clone(),
    };
    Outcome {
        packages: Package::new(parts).into_iter().collect(),
        targets: targets.to_vec(),
        metadata: metadata.map(|metadata| (name, metadata.clone())).into_iter().collect(),
        ..Outcome::default()
    }
}

/// The name of the wheel that was installed, as far as its METADATA and WHEEL tell.
fn wheel_name(group: &Group, seen: &Observed) -> Option<String> {
    let folder = group.folder.as_deref()?.strip_suffix(".dist-info")?;
    let mut sets: [Vec<&str>; 3] = Default::default();
    for tag in &seen.wheel_tags {
        for (set, part) in sets.iter_mut().zip(tag.splitn(3, '-')) {
            if !set.contains(&part) {
                set.push(part);
            }
        }
    }
    let [python, abi, platform] = sets.map(|set| set.join("."));
    (!platform.is_empty()).then(|| format!("{folder}-{python}-{abi}-{platform}.whl"))
}

//! Files and folders of this machine: what a maintainer has before anything is published.
//!
//! Wheels and sdists of one release are judged together, as an index would offer them. Where no target is asked for,
//! the files say what they are for: a `cp314t` wheel for macOS is judged for 3.14t on macOS, wherever this runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::release::{Found, artifact, dist_file, judged, local_url};
use super::{Bench, Outcome};
use crate::binary;
use crate::judge::{self, Evidence, Opened, Sources};
use crate::model::{
    Arch, ArtifactKind, BinaryFormat, DistFile, MemberPath, Module, Observed, Platform, PythonVersion, Target,
};
use crate::report::{Failure, Package, PackageParts};
use crate::scan;
use crate::select::{self, Policy, WheelName, Wish, choose};
use crate::unpack::{self, Place};

/// The first Python whose free-threaded build has a stable ABI.
const FIRST_ABI3T: u8 = 15;

/// One thing to look at.
#[derive(Debug, Clone)]
pub(super) enum Job {
    /// Wheels and an sdist of one release.
    Release { title: String, files: Vec<PathBuf> },
    /// One extension file.
    Module(PathBuf),
    /// A folder, or a single source file.
    Tree(PathBuf),
}

impl Job {
    /// What people call it.
    pub fn title(&self) -> String {
        match self {
            Self::Release { title, .. } => title.clone(),
            Self::Module(path) | Self::Tree(path) => path.display().to_string(),
        }
    }
}

/// Sorts paths into jobs; what cannot be looked at is a failure.
pub(super) fn jobs(paths: &[String]) -> (Vec<Job>, Outcome) {
    let mut outcome = Outcome::default();
    let mut releases: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut others = Vec::new();
    for text in paths {
        let path = PathBuf::from(text);
        match unpack::place(&path) {
            Ok(Place::File) => match distribution(&path) {
                Some(title) => releases.entry(title).or_default().push(path),
                None if is_module(&path) => others.push(Job::Module(path)),
                None if is_source(&path) => others.push(Job::Tree(path)),
                None => outcome.failures.push(Failure {
                    request: text.clone(),
                    requested_by: vec!["command line".to_owned()],
                    reason: format!("{text} is no source, sdist, wheel or extension file by its name"),
                    hint: "name a folder, an sdist, a wheel or an extension file".to_owned(),
                }),
            },
            Ok(Place::Folder(files)) => {
                let dists: Vec<PathBuf> =
                    files.iter().filter(|file| distribution(file).is_some()).cloned().collect();
                // A project's own folder may hold a downloaded wheel; a folder of wheels has no build file.
                let project = files.iter().any(|file| is_build_file(file));
                if dists.is_empty() || project {
                    others.push(Job::Tree(path));
                } else {
                    for file in dists {
                        releases.entry(distribution(&file).unwrap_or_default()).or_default().push(file);
                    }
                }
            }
            Err(error) => outcome.failures.push(Failure {
                request: text.clone(),
                requested_by: vec!["command line".to_owned()],
                reason: error.to_string(),
                hint: "name a folder, an sdist, a wheel or an extension file".to_owned(),
            }),
        }
    }
    let mut jobs: Vec<Job> = releases
        .into_iter()
        .map(|(title, mut files)| {
            files.sort();
            files.dedup();
            Job::Release { title, files }
        })
        .collect();
    jobs.extend(others);
    (jobs, outcome)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `name==version` of a wheel or sdist, by its file name; the file name where that does not tell.
fn distribution(path: &Path) -> Option<String> {
    let filename = file_name(path);
    select::is_distribution(&filename).then(|| match select::guess(&filename) {
        Some((name, version)) => format!("{name}=={version}"),
        None => filename,
    })
}

fn is_module(path: &Path) -> bool {
    MemberPath::new(&file_name(path)).is_ok_and(|path| binary::wants(&path))
}

fn is_source(path: &Path) -> bool {
    MemberPath::new(&file_name(path)).is_ok_and(|path| scan::source_wants(&path))
}

fn is_build_file(path: &Path) -> bool {
    matches!(
        file_name(path).as_str(),
        "pyproject.toml" | "setup.py" | "setup.cfg" | "meson.build" | "CMakeLists.txt" | "Cargo.toml"
    )
}

/// Looks at one job.
pub(super) fn look(bench: &Bench<'_>, job: &Job, fixed: bool) -> Outcome {
    let asked_by = || vec!["command line".to_owned()];
    match job {
        Job::Release { files, .. } => release(bench, files, fixed),
        Job::Module(path) => module(bench, path, fixed),
        Job::Tree(path) => {
            let title = path.display().to_string();
            match bench.tree(path, &title) {
                Ok(mut seen) => {
                    let review = bench.review_tree(path, &title, &mut seen);
                    let targets = match only_binaries(&seen) && !fixed {
                        true => targets_of(&seen.modules, &bench.plan.targets),
                        false => bench.plan.targets.clone(),
                    };
                    let mut outcome = tree_outcome(bench, &title, &seen, &targets, asked_by());
                    outcome.reviews.extend(review);
                    outcome
                }
                Err(error) => Outcome {
                    failures: vec![Failure {
                        request: title,
                        requested_by: asked_by(),
                        reason: error.to_string(),
                        hint: "name a folder, an sdist, a wheel or an extension file".to_owned(),
                    }],
                    ..Outcome::default()
                },
            }
        }
    }
}

fn release(bench: &Bench<'_>, files: &[PathBuf], fixed: bool) -> Outcome {
    let listed: Vec<Arc<DistFile>> = files
        .iter()
        .filter_map(|path| Some(Arc::new(dist_file(file_name(path), local_url(path)?))))
        .collect();
    let (wheels, sdists): (Vec<Arc<DistFile>>, Vec<Arc<DistFile>>) =
        listed.into_iter().partition(|file| file.filename.ends_with(".whl"));
    let Some(first) = wheels.first().or(sdists.first()) else { return Outcome::default() };
    let (name, version) = match select::guess(&first.filename) {
        Some((name, version)) => (name.to_string(), Some(version.to_string())),
        None => (first.filename.clone(), None),
    };
    let targets = if fixed { bench.plan.targets.clone() } else { targets_for(&wheels, &bench.plan.targets) };
    let per_target = targets.into_iter().map(|target| {
        let pick = select::guess(&first.filename).and_then(|(name, _)| {
            choose(&name, &wheels, &Wish::default(), &target, &Policy { pre: true, ..Policy::default() })
                .ok()
                .and_then(|choice| choice.wheel)
        });
        (target, pick, Vec::new())
    });
    let found = Found {
        name,
        version,
        requested_by: vec!["command line".to_owned()],
        hashes: Vec::new(),
        per_target: per_target.collect(),
        alone: wheels.is_empty(),
        sdist: sdists.into_iter().next(),
        wheels,
    };
    judged(bench, found, true)
}

/// The free-threaded targets that some wheels are made for; `otherwise` where none is.
fn targets_for(wheels: &[Arc<DistFile>], otherwise: &[Target]) -> Vec<Target> {
    let mut targets = Vec::new();
    for name in wheels.iter().filter_map(|file| file.filename.parse::<WheelName>().ok()) {
        let pythons =
            name.python.iter().filter_map(|tag| tag.strip_prefix("cp")?.parse::<PythonVersion>().ok());
        let pythons: Vec<PythonVersion> = if name.abi.iter().any(|abi| abi == "abi3t") {
            pythons.filter_map(|python| free_threaded(python.minor.max(FIRST_ABI3T))).collect()
        } else {
            let fits = |python: &PythonVersion| name.abi.contains(&python.abi_tag());
            pythons.filter_map(|python| free_threaded(python.minor)).filter(fits).collect()
        };
        for python in pythons {
            let platforms = name.platform.iter().flat_map(|tag| platforms_of(tag));
            // Of the sets that repair tools write (`manylinux2014_x86_64.manylinux_2_17_x86_64`) one will do.
            targets.extend(
                platforms
                    .take(if name.platform.len() > 1 { 1 } else { 2 })
                    .map(|platform| Target { python, platform }),
            );
        }
    }
    targets.sort();
    targets.dedup();
    if targets.is_empty() { otherwise.to_vec() } else { targets }
}

fn free_threaded(minor: u8) -> Option<PythonVersion> {
    format!("3.{minor}t").parse().ok()
}

/// The platforms that a wheel's platform tag names: two for a universal one.
fn platforms_of(tag: &str) -> Vec<Platform> {
    match tag.strip_suffix("_universal2") {
        Some(system) => {
            ["arm64", "x86_64"].iter().filter_map(|arch| format!("{system}_{arch}").parse().ok()).collect()
        }
        None => tag.parse().into_iter().collect(),
    }
}

fn module(bench: &Bench<'_>, path: &Path, fixed: bool) -> Outcome {
    let filename = file_name(path);
    let Some(url) = local_url(path) else { return Outcome::default() };
    let reading = bench.module(&dist_file(filename.clone(), url));
    let seen = &reading.seen;
    let targets =
        if fixed { bench.plan.targets.clone() } else { targets_of(&seen.modules, &bench.plan.targets) };
    let judgements = judgements(bench, &filename, seen, &targets, true);
    let parts = PackageParts {
        name: path.display().to_string(),
        version: None,
        requested_by: vec!["command line".to_owned()],
        judgements,
        artifacts: vec![artifact(&filename, ArtifactKind::Module, reading.sha256.clone(), seen, &targets)],
        findings: Vec::new(),
        gaps: seen.gaps.clone(),
    };
    Outcome { packages: Package::new(parts).into_iter().collect(), targets, ..Outcome::default() }
}

/// The targets that would load some modules, by suffix, format and machine; `otherwise` where that tells nothing.
pub(super) fn targets_of(modules: &[Module], otherwise: &[Target]) -> Vec<Target> {
    let mut targets: Vec<Target> = modules
        .iter()
        .filter_map(|module| {
            let abi = module.abi.as_deref()?;
            let python = match abi {
                "abi3t" => free_threaded(FIRST_ABI3T)?,
                _ => abi.parse::<PythonVersion>().ok().filter(|python| python.is_free_threaded())?,
            };
            Some(Target { python, platform: platform_of(module)? })
        })
        .collect();
    targets.sort();
    targets.dedup();
    if targets.is_empty() { otherwise.to_vec() } else { targets }
}

/// A typical platform on which a module's format and machine are at home.
fn platform_of(module: &Module) -> Option<Platform> {
    let musl = module.member.contains("-linux-musl");
    let text = match (module.format, module.arch) {
        (BinaryFormat::MachO, Arch::Aarch64) => "macosx_14_0_arm64".to_owned(),
        (BinaryFormat::MachO, _) => "macosx_14_0_x86_64".to_owned(),
        (BinaryFormat::Pe, Arch::Aarch64) => "win_arm64".to_owned(),
        (BinaryFormat::Pe, Arch::I686) => "win32".to_owned(),
        (BinaryFormat::Pe, _) => "win_amd64".to_owned(),
        (BinaryFormat::Elf, arch) => {
            let machine = match arch {
                Arch::X86_64 => "x86_64",
                Arch::Aarch64 => "aarch64",
                Arch::I686 => "i686",
                Arch::Armv7 => "armv7l",
                Arch::Ppc64le => "ppc64le",
                Arch::S390x => "s390x",
                Arch::Riscv64 => "riscv64",
                Arch::Loong64 => "loongarch64",
                Arch::Other => return None,
            };
            format!("{}_{machine}", if musl { "musllinux_1_2" } else { "manylinux_2_28" })
        }
    };
    text.parse().ok()
}

/// Whether there is nothing but extension modules: an installed or unpacked package, and no sources.
fn only_binaries(seen: &Observed) -> bool {
    !seen.modules.is_empty() && seen.claims.is_empty() && seen.looked.source_files == 0
}

/// The row of a folder.
pub(super) fn tree_outcome(
    bench: &Bench<'_>,
    title: &str,
    seen: &Observed,
    targets: &[Target],
    requested_by: Vec<String>,
) -> Outcome {
    let judgements = judgements(bench, title, seen, targets, only_binaries(seen));
    let metadata = seen.metadata.as_ref();
    let parts = PackageParts {
        name: metadata
            .and_then(|metadata| crate::model::PackageName::new(&metadata.name).ok())
            .map_or_else(|| title.to_owned(), |name| name.to_string()),
        version: metadata.map(|metadata| metadata.version.clone()),
        requested_by,
        judgements,
        artifacts: vec![artifact(title, ArtifactKind::Tree, None, seen, targets)],
        findings: seen.findings.clone(),
        gaps: seen.gaps.clone(),
    };
    Outcome {
        packages: Package::new(parts).into_iter().collect(),
        targets: targets.to_vec(),
        ..Outcome::default()
    }
}

fn judgements(
    bench: &Bench<'_>,
    filename: &str,
    seen: &Observed,
    targets: &[Target],
    as_installed: bool,
) -> Vec<(Target, Option<String>, crate::model::Judgement)> {
    let opened = Opened { filename, seen };
    let evidence = Evidence {
        wheel: as_installed.then_some(opened),
        sources: if as_installed { Sources::Absent } else { Sources::Tree(opened) },
        wheels: &[],
        problems: &[],
    };
    let judge = |target: &Target| {
        (target.clone(), Some(filename.to_owned()), judge::package(&evidence, target, &bench.plan.weights))
    };
    targets.iter().map(judge).collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // makes the files it looks at
mod tests {
    use super::*;

    fn wheels(names: &[&str]) -> Vec<Arc<DistFile>> {
        names.iter().map(|name| Arc::new(dist_file((*name).to_owned(), String::new()))).collect()
    }

    fn targets(names: &[&str]) -> Vec<String> {
        let here =
            Target { python: "3.14t".parse().expect("python"), platform: "win32".parse().expect("platform") };
        targets_for(&wheels(names), &[here]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn wheels_say_themselves_what_they_are_for() {
        assert_eq!(
            targets(&["a-1-cp313-cp313t-musllinux_1_2_aarch64.whl"]),
            ["3.13t on musllinux_1_2_aarch64"]
        );
        assert_eq!(
            targets(&["a-1-cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"]),
            ["3.14t on manylinux_2_17_x86_64"]
        );
        assert_eq!(
            targets(&["a-1-cp315-abi3.abi3t-macosx_11_0_universal2.whl"]),
            ["3.15t on macosx_11_0_arm64", "3.15t on macosx_11_0_x86_64"]
        );
        let default = ["3.14t on win32"];
        assert_eq!(targets(&["a-1-cp314-cp314-win_amd64.whl", "a-1-py3-none-any.whl"]), default);
    }

    #[test]
    fn files_of_one_release_are_one_job_and_a_folder_of_wheels_is_its_wheels() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for name in ["a-1-py3-none-any.whl", "a-1.tar.gz", "b-2.zip", "notes.txt"] {
            std::fs::write(dir.path().join(name), "").expect("writes");
        }
        let module = dir.path().join("m.cpython-314t-x86_64-linux-gnu.so");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (found, outcome) =
            jobs(&[text(dir.path()), text(&module.with_extension("pyd")), "/no/such".into()]);
        let titles: Vec<String> = found.iter().map(Job::title).collect();
        assert_eq!(titles, ["a==1", "b==2"]);
        assert_eq!(outcome.failures.len(), 2);
        std::fs::write(dir.path().join("setup.py"), "").expect("writes");
        assert!(matches!(jobs(&[text(dir.path())]).0.as_slice(), [Job::Tree(_)]));
        std::fs::write(&module, "").expect("writes");
        assert!(matches!(jobs(&[text(&module)]).0.as_slice(), [Job::Module(_)]));
    }
}

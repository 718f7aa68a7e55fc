//! All releases of a project as an installer for one target sees them, before anything limits the version.
//!
//! In: the files an index lists. Out: per version what could be installed, and whether it may be without being asked
//! for by name. A resolver weighs these; [`choose`](super::choose()) decides for one project alone. Both go by the same
//! rules. Pages of old projects list hundreds of releases, of which a resolver looks at the newest few: so files are
//! sorted by version at once, and what a version comes to is found when somebody asks.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use pep440_rs::Version;

use super::choose::{Candidate, accepts_python, python_version};
use super::{Policy, SdistName, TagRanks, WheelName};
use crate::model::{DistFile, PackageName, Target};

/// One version of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Considered {
    /// Its wheels that the target's Python allows, by file name.
    pub wheels: Vec<Arc<DistFile>>,
    /// Its sdists that the target's Python allows, `.tar.gz` first.
    pub sdists: Vec<Arc<DistFile>>,
    /// Which of the wheels would be installed.
    pub pick: Option<usize>,
    /// There is a wheel for the target, or an sdist, that the policy allows.
    pub usable: bool,
    /// Every file was withdrawn (PEP 592).
    pub yanked: bool,
    /// Files whose Python excludes the target's, with what one of them asks for.
    pub refuses_python: Option<String>,
}

impl Considered {
    /// Whether the target's Python may have it at all.
    pub fn allows_python(&self) -> bool {
        !self.wheels.is_empty() || !self.sdists.is_empty()
    }

    /// The files that may be installed or read.
    pub fn files(&self) -> impl Iterator<Item = &Arc<DistFile>> {
        self.wheels.iter().chain(&self.sdists)
    }

    /// The wheel that would be installed.
    pub fn wheel(&self) -> Option<&Arc<DistFile>> {
        self.pick.and_then(|at| self.wheels.get(at))
    }
}

/// A project's versions, oldest first.
#[derive(Debug)]
pub struct Releases {
    sight: Sight,
    versions: BTreeMap<Version, Lazy>,
}

/// Who looks.
#[derive(Debug)]
struct Sight {
    project: PackageName,
    python: Version,
    ranks: Arc<TagRanks>,
    no_binary: bool,
    only_binary: bool,
}

#[derive(Debug, Default)]
struct Lazy {
    files: Vec<Arc<DistFile>>,
    considered: OnceLock<Considered>,
}

impl Releases {
    /// Sorts a project's files by version for `target`, whose tags are `ranks`.
    pub fn new(
        project: &PackageName,
        files: &[Arc<DistFile>],
        target: &Target,
        ranks: &Arc<TagRanks>,
        policy: &Policy,
    ) -> Self {
        let mut versions: BTreeMap<Version, Lazy> = BTreeMap::new();
        let mut reader = VersionReader { project, known: None };
        for file in files {
            if let Some(version) = reader.read(&file.filename) {
                versions.entry(version).or_default().files.push(Arc::clone(file));
            }
        }
        let sight = Sight {
            project: project.clone(),
            python: python_version(target),
            ranks: Arc::clone(ranks),
            no_binary: policy.no_binary.has(project),
            only_binary: policy.only_binary.has(project),
        };
        Self { sight, versions }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// All versions, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &Version> {
        self.versions.keys()
    }

    /// What a version comes to.
    pub fn get(&self, version: &Version) -> Option<&Considered> {
        self.versions.get(version).map(|lazy| self.considered(lazy))
    }

    /// All versions with what they come to, each found when it is its turn.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Version, &Considered)> {
        self.versions.iter().map(|(version, lazy)| (version, self.considered(lazy)))
    }

    fn considered<'a>(&self, lazy: &'a Lazy) -> &'a Considered {
        lazy.considered.get_or_init(|| self.sight.consider(&lazy.files))
    }
}

impl Sight {
    fn consider(&self, files: &[Arc<DistFile>]) -> Considered {
        let mut one = Considered::default();
        let candidates = files.iter().filter_map(|file| Candidate::read(file, &self.project));
        let (fits, refuses): (Vec<_>, Vec<_>) =
            candidates.partition(|candidate| accepts_python(candidate.file, &self.python, &mut Vec::new()));
        one.refuses_python = refuses.first().and_then(|candidate| candidate.file.requires_python.clone());
        one.yanked = !fits.is_empty() && fits.iter().all(|candidate| candidate.file.yanked.is_some());
        let mut best = None;
        for candidate in fits {
            if candidate.file.yanked.is_some() && !one.yanked {
                continue;
            }
            let Some(wheel) = &candidate.wheel else {
                one.usable |= !self.only_binary;
                one.sdists.push(Arc::clone(candidate.file));
                continue;
            };
            if !self.no_binary
                && let Some(rank) = self.ranks.rank(wheel)
            {
                let key = (rank, std::cmp::Reverse(wheel.build.clone()), candidate.file.filename.clone());
                if best.as_ref().is_none_or(|(known, _)| key < *known) {
                    best = Some((key, one.wheels.len()));
                }
            }
            one.wheels.push(Arc::clone(candidate.file));
        }
        one.pick = best.map(|(_, at)| at);
        one.usable |= one.pick.is_some();
        one.sdists.sort_by_key(|file| (!file.filename.ends_with(".tar.gz"), file.filename.clone()));
        one
    }
}

/// Reads the version of one file name after the other. Files of a release stand together on a page and spell project
/// and version the same way, so mostly the answer is the last one.
struct VersionReader<'a> {
    project: &'a PackageName,
    /// What a name began with, up to and with the `-` after its version, and the version.
    known: Option<(String, Version)>,
}

impl VersionReader<'_> {
    fn read(&mut self, filename: &str) -> Option<Version> {
        if !filename.ends_with(".whl") {
            return Some(SdistName::parse(filename, self.project).ok()?.version);
        }
        if let Some((start, version)) = &self.known
            && filename.starts_with(start.as_str())
        {
            return Some(version.clone());
        }
        let wheel = WheelName::from_str(filename).ok().filter(|wheel| wheel.name == *self.project)?;
        let (name, rest) = filename.split_once('-')?;
        let (version, _) = rest.split_once('-')?;
        self.known = Some((format!("{name}-{version}-"), wheel.version.clone()));
        Some(wheel.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Yanked;

    fn made(filename: &str) -> DistFile {
        DistFile {
            filename: filename.to_owned(),
            url: format!("https://h.example/{filename}"),
            hashes: Default::default(),
            requires_python: None,
            yanked: None,
            size: None,
            upload_time: None,
            core_metadata: None,
        }
    }

    #[test]
    fn each_version_says_what_the_target_could_install() {
        let files = [
            made("a-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl"),
            made("a-1.0-py3-none-any.whl"),
            made("a-2.0-cp314-cp314-win32.whl"),
            DistFile { requires_python: Some("<3.9".to_owned()), ..made("a-3.0.tar.gz") },
            DistFile { yanked: Some(Yanked { reason: String::new() }), ..made("a-4.0.tar.gz") },
        ]
        .map(Arc::new);
        let target = Target {
            python: "3.14t".parse().expect("python"),
            platform: "linux-x86_64".parse().expect("linux"),
        };
        let name = PackageName::new("a").expect("name");
        let ranks = Arc::new(TagRanks::new(&target));
        let found = Releases::new(&name, &files, &target, &ranks, &Policy::default());
        let of = |version: &str| found.get(&version.parse::<Version>().expect(version)).expect("a release");
        assert!(of("1.0").wheel().is_some_and(|wheel| wheel.filename.contains("cp314t")));
        assert!(!of("2.0").usable && of("2.0").allows_python());
        assert!(!of("3.0").allows_python() && of("3.0").refuses_python.as_deref() == Some("<3.9"));
        assert!(of("4.0").yanked && of("4.0").usable);
    }

    /// A name of another project, or one that no installer reads, is in no release, also between good ones.
    #[test]
    fn files_are_sorted_by_version_however_they_stand_on_the_page() {
        let files = [
            "a-1.0-py3-none-any.whl",
            "a-1.0-cp314-cp314t-win_amd64.whl",
            "b-1.0-py3-none-any.whl",
            "a-1.0.post1-py3-none-any.whl",
            "a-1.0-py3-none-a+b.whl",
            "A-1.0-py2-none-any.whl",
            "a-1.tar.gz",
            "a-x-py3-none-any.whl",
        ]
        .map(|name| Arc::new(made(name)));
        let target = Target {
            python: "3.14t".parse().expect("python"),
            platform: "linux-x86_64".parse().expect("linux"),
        };
        let name = PackageName::new("a").expect("name");
        let found =
            Releases::new(&name, &files, &target, &Arc::new(TagRanks::new(&target)), &Policy::default());
        let told: Vec<(String, usize, usize)> = found
            .iter()
            .map(|(version, one)| (version.to_string(), one.wheels.len(), one.sdists.len()))
            .collect();
        assert_eq!(told, [("1.0".to_owned(), 3, 1), ("1.0.post1".to_owned(), 1, 0)]);
    }
}

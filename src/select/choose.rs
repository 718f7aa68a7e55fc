//! Chooses a release and its files as pip would.
//!
//! pip takes the newest version that has any file it can use: a wheel that fits, or an sdist. Yanked files
//! are left out unless the version is pinned and nothing else satisfies the pin (PEP 592); pre-releases
//! unless asked for, or unless nothing else is left (PEP 440). Of one version the best wheel by tag order
//! wins over the sdist, and build numbers break ties. Files that carry no readable version do not exist for
//! an installer, and so not for us.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::Version;

use super::{SdistName, TagRanks, WheelName};
use crate::input::{Names, Specifiers};
use crate::model::{DistFile, PackageName, Target};

/// What a release must satisfy.
#[derive(Debug, Clone, Default)]
pub struct Wish<'a> {
    /// Of the requirements and constraints that name the project; all must hold.
    pub specifiers: Vec<&'a Specifiers>,
    /// Hashes given with `--hash`, as (algorithm, lower-case hex); empty when none were.
    pub hashes: Vec<(&'a str, &'a str)>,
}

/// What the user allows beyond the requirement.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Pre-releases count as releases.
    pub pre: bool,
    /// Never build: files of these projects must be wheels.
    pub only_binary: Names,
    /// Never take a wheel of these projects.
    pub no_binary: Names,
}

/// A wheel and how well it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelPick {
    /// The file.
    pub file: Arc<DistFile>,
    /// Its name, taken apart.
    pub name: WheelName,
    /// Its rank by tag order, 0 best.
    pub rank: usize,
}

/// The files of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// All its wheels, for whatever target, by file name.
    pub wheels: Vec<Arc<DistFile>>,
    /// Its sdist, `.tar.gz` before others.
    pub sdist: Option<Arc<DistFile>>,
}

/// What an installer on the target would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The release, with all its files.
    pub release: Release,
    /// The wheel that would be installed. Without one, the release's sdist would be built.
    pub wheel: Option<WheelPick>,
    /// What a reader should know: newer versions passed over, a yanked file, a pre-release.
    pub notes: Vec<String>,
}

/// Why nothing would be installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMatch {
    /// The index lists no file that an installer would look at.
    #[error("the index has no wheel or sdist of it; check the name and the index")]
    NoFiles,
    /// No release satisfies the specifiers.
    #[error("no release satisfies `{asked}`; the newest is {newest}")]
    NoVersion {
        /// The specifiers, joined.
        asked: String,
        /// The newest release there is.
        newest: Version,
    },
    /// All releases that satisfy the specifiers refuse the target's Python.
    #[error(
        "no release that satisfies `{asked}` allows Python {python}; {newest} asks for `{requires_python}`"
    )]
    RequiresPython {
        /// The specifiers, joined.
        asked: String,
        /// The target's Python.
        python: String,
        /// The newest release that satisfies the specifiers.
        newest: Version,
        /// What it asks for.
        requires_python: String,
    },
    /// All releases that satisfy the specifiers were withdrawn.
    #[error(
        "every release that satisfies `{asked}` was withdrawn (yanked); pin {newest} with `==` to look at it"
    )]
    Yanked {
        /// The specifiers, joined.
        asked: String,
        /// The newest of them.
        newest: Version,
    },
    /// Releases exist, but none has a file for the target.
    #[error("{} has no wheel for {target} and no sdist; its wheels are for {}", release.version, kinds(release))]
    NoFile {
        /// The newest release that is allowed otherwise, with what it has.
        release: Box<Release>,
        /// The target.
        target: String,
    },
}

/// The distinct tags of a release's wheels, shortened for a message.
fn kinds(release: &Release) -> String {
    let tags: BTreeSet<String> = release
        .wheels
        .iter()
        .filter_map(|file| WheelName::from_str(&file.filename).ok())
        .map(|name| format!("{}-{}", name.python.join("."), name.abi.join(".")))
        .collect();
    if tags.is_empty() {
        return "nothing that is allowed".to_owned();
    }
    let more = tags.len().saturating_sub(6);
    let mut text = tags.into_iter().take(6).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// A file whose name says what it is.
pub(super) struct Candidate<'a> {
    pub file: &'a Arc<DistFile>,
    pub wheel: Option<WheelName>,
    pub version: Version,
}

impl Candidate<'_> {
    pub fn read<'a>(file: &'a Arc<DistFile>, project: &PackageName) -> Option<Candidate<'a>> {
        if let Ok(wheel) = WheelName::from_str(&file.filename) {
            let version = wheel.version.clone();
            return (wheel.name == *project).then_some(Candidate { file, wheel: Some(wheel), version });
        }
        let version = SdistName::parse(&file.filename, project).ok()?.version;
        Some(Candidate { file, wheel: None, version })
    }
}

/// Chooses among a project's files for one target.
///
/// # Errors
/// [`NoMatch`] says what there is instead.
pub fn choose(
    project: &PackageName,
    files: &[Arc<DistFile>],
    wish: &Wish<'_>,
    target: &Target,
    policy: &Policy,
) -> Result<Choice, NoMatch> {
    let all: Vec<Candidate<'_>> = files.iter().filter_map(|file| Candidate::read(file, project)).collect();
    let newest = all.iter().map(|candidate| &candidate.version).max().ok_or(NoMatch::NoFiles)?.clone();
    let asked = asked(wish);
    let allowed: Vec<&Candidate<'_>> = all
        .iter()
        .filter(|candidate| wish.specifiers.iter().all(|s| s.contains(&candidate.version)))
        .collect();
    let Some(newest_allowed) = allowed.iter().map(|candidate| &candidate.version).max() else {
        return Err(NoMatch::NoVersion { asked, newest });
    };

    let mut notes = Vec::new();
    let python = python_version(target);
    let (fits, refuses): (Vec<_>, Vec<_>) =
        allowed.iter().copied().partition(|candidate| accepts_python(candidate.file, &python, &mut notes));
    if fits.is_empty() {
        let requires_python = refuses
            .iter()
            .find(|candidate| candidate.version == *newest_allowed)
            .and_then(|candidate| candidate.file.requires_python.clone())
            .unwrap_or_default();
        let python = format!("{}.{}", target.python.major, target.python.minor);
        return Err(NoMatch::RequiresPython {
            asked,
            python,
            newest: newest_allowed.clone(),
            requires_python,
        });
    }

    let fits = by_hash(fits, wish);
    let fits = match not_yanked(&fits, wish, &mut notes) {
        Some(fits) => fits,
        None => return Err(NoMatch::Yanked { asked, newest: newest_allowed.clone() }),
    };
    let ranks = TagRanks::new(target);
    let usable: Vec<(&Candidate<'_>, Option<usize>)> = fits
        .iter()
        .filter_map(|candidate| match &candidate.wheel {
            Some(_) if policy.no_binary.has(project) => None,
            Some(wheel) => ranks.rank(wheel).map(|rank| (*candidate, Some(rank))),
            None if policy.only_binary.has(project) => None,
            None => Some((*candidate, None)),
        })
        .collect();
    let pre = policy.pre || wish.specifiers.iter().any(|specifiers| specifiers.names_pre_release());
    let version = newest_of(usable.iter().map(|(candidate, _)| &candidate.version), pre);
    let Some(version) = version.cloned() else {
        let version =
            newest_of(fits.iter().map(|candidate| &candidate.version), pre).cloned().unwrap_or(newest);
        let release = Box::new(release(&all, version));
        return Err(NoMatch::NoFile { release, target: target.to_string() });
    };
    if let Some(better) =
        newest_of(fits.iter().map(|candidate| &candidate.version), pre).filter(|v| **v > version)
    {
        notes.push(format!("{better} is newer, but has no file that {target} can use"));
    }
    if version.any_prerelease() && !pre {
        notes.push(format!("{version} is a pre-release, taken because nothing else fits"));
    }
    let wheel = usable
        .iter()
        .filter(|(candidate, _)| candidate.version == version)
        .filter_map(|(candidate, rank)| Some((candidate, (*rank)?, candidate.wheel.as_ref()?)))
        .min_by(|(a, rank_a, name_a), (b, rank_b, name_b)| {
            let tie = (&b.file.filename, &a.file.filename);
            rank_a.cmp(rank_b).then_with(|| name_b.build.cmp(&name_a.build)).then_with(|| tie.1.cmp(tie.0))
        })
        .map(|(candidate, rank, name)| WheelPick { file: candidate.file.clone(), name: name.clone(), rank });
    notes.sort();
    notes.dedup();
    Ok(Choice { release: release(&all, version), wheel, notes })
}

fn asked(wish: &Wish<'_>) -> String {
    let parts: Vec<String> =
        wish.specifiers.iter().map(ToString::to_string).filter(|text| !text.is_empty()).collect();
    if parts.is_empty() { "any version".to_owned() } else { parts.join(",") }
}

/// The version that `requires-python` is compared with. Its patch number is not part of a target; a high one
/// stands for it, since people install the newest patch release.
pub(super) fn python_version(target: &Target) -> Version {
    Version::new([u64::from(target.python.major), u64::from(target.python.minor), 99])
}

pub(super) fn accepts_python(file: &DistFile, python: &Version, notes: &mut Vec<String>) -> bool {
    let Some(text) = file.requires_python.as_deref().filter(|text| !text.trim().is_empty()) else {
        return true;
    };
    match Specifiers::parse(text) {
        Ok(specifiers) => specifiers.contains(python),
        Err(_) => {
            let shown: String = text.chars().take(80).collect();
            notes.push(format!("requires-python `{shown}` is not valid and was ignored, as pip does"));
            true
        }
    }
}

/// Files whose promised hash is among the asked ones. As in pip, files without a promise stay, and when
/// no file matches all stay, so that the download fails with both hashes in its message.
pub(super) fn by_hash<'a, 'b>(files: Vec<&'a Candidate<'b>>, wish: &Wish<'_>) -> Vec<&'a Candidate<'b>> {
    let matches = |candidate: &Candidate<'_>| {
        let hashes = &candidate.file.hashes;
        wish.hashes.iter().any(|(name, value)| hashes.get(name) == Some(*value))
    };
    if wish.hashes.is_empty() || !files.iter().any(|candidate| matches(candidate)) {
        return files;
    }
    files.into_iter().filter(|candidate| candidate.file.hashes.is_empty() || matches(candidate)).collect()
}

/// The files that may be used in spite of yanking; `None` when yanking leaves nothing.
fn not_yanked<'a, 'b>(
    files: &[&'a Candidate<'b>],
    wish: &Wish<'_>,
    notes: &mut Vec<String>,
) -> Option<Vec<&'a Candidate<'b>>> {
    let kept: Vec<_> = files.iter().copied().filter(|candidate| candidate.file.yanked.is_none()).collect();
    if !kept.is_empty() {
        return Some(kept);
    }
    if !wish.specifiers.iter().any(|specifiers| specifiers.is_pin()) {
        return None;
    }
    for candidate in files {
        if let Some(yanked) = &candidate.file.yanked {
            let why = if yanked.reason.trim().is_empty() {
                String::new()
            } else {
                format!(": {}", yanked.reason.trim())
            };
            notes.push(format!("{} was withdrawn (yanked){why}", candidate.version));
        }
    }
    Some(files.to_vec())
}

/// The newest version; a pre-release only if asked for or if there is no other.
fn newest_of<'a>(versions: impl Iterator<Item = &'a Version> + Clone, pre: bool) -> Option<&'a Version> {
    let finals = versions.clone().filter(|version| pre || !version.any_prerelease()).max();
    finals.or_else(|| versions.max())
}

/// All files of one version.
fn release(all: &[Candidate<'_>], version: Version) -> Release {
    let mut wheels = BTreeMap::new();
    let mut sdists = Vec::new();
    for candidate in all.iter().filter(|candidate| candidate.version == version) {
        if candidate.wheel.is_some() {
            wheels.insert(&candidate.file.filename, candidate.file);
        } else {
            sdists.push(candidate.file);
        }
    }
    sdists.sort_by_key(|file| (!file.filename.ends_with(".tar.gz"), &file.filename));
    Release {
        version,
        wheels: wheels.into_values().cloned().collect(),
        sdist: sdists.first().map(|file| (*file).clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hashes, Yanked};

    fn file(filename: &str) -> DistFile {
        DistFile {
            filename: filename.to_owned(),
            url: format!("https://files.example/{filename}"),
            hashes: Hashes::new(),
            requires_python: None,
            yanked: None,
            size: None,
            upload_time: None,
            core_metadata: None,
        }
    }

    fn yanked(filename: &str) -> DistFile {
        DistFile { yanked: Some(Yanked { reason: "broken".to_owned() }), ..file(filename) }
    }

    fn python(filename: &str, requires: &str) -> DistFile {
        DistFile { requires_python: Some(requires.to_owned()), ..file(filename) }
    }

    fn pick_with(files: &[DistFile], specifiers: &str, policy: &Policy) -> Result<Choice, NoMatch> {
        let files: Vec<Arc<DistFile>> = files.iter().cloned().map(Arc::new).collect();
        let target = Target {
            python: "3.14t".parse().expect("python"),
            platform: "manylinux_2_28_x86_64".parse().expect("platform"),
        };
        let specifiers = Specifiers::parse(specifiers).expect("specifiers");
        let wish = Wish { specifiers: vec![&specifiers], hashes: Vec::new() };
        choose(&PackageName::new("a").expect("name"), &files, &wish, &target, policy)
    }

    /// The chosen wheel's or sdist's file name.
    fn pick(files: &[DistFile], specifiers: &str) -> Result<String, NoMatch> {
        let choice = pick_with(files, specifiers, &Policy::default())?;
        let file = choice.wheel.map(|wheel| wheel.file).or(choice.release.sdist).expect("a file");
        Ok(file.filename.clone())
    }

    #[test]
    fn the_best_wheel_of_the_newest_version_wins() {
        let files = [
            file("a-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl"),
            file("a-2.0-py3-none-any.whl"),
            file("a-2.0-cp314-cp314t-manylinux_2_17_x86_64.whl"),
            file("a-2.0-1-cp314-cp314t-manylinux_2_17_x86_64.whl"),
            file("a-2.0-cp314-cp314-manylinux_2_17_x86_64.whl"),
            file("a-2.0-cp39-abi3-manylinux_2_17_x86_64.whl"),
            file("a-2.0.tar.gz"),
            file("b-9.0-py3-none-any.whl"),
            file("a-3.0.exe"),
        ];
        assert_eq!(pick(&files, "").as_deref(), Ok("a-2.0-1-cp314-cp314t-manylinux_2_17_x86_64.whl"));
        assert_eq!(pick(&files, "<2").as_deref(), Ok("a-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl"));
        let choice = pick_with(&files, "", &Policy::default()).expect("found");
        assert_eq!(choice.release.wheels.len(), 5);
        assert_eq!(choice.release.sdist.map(|file| file.filename.clone()).as_deref(), Some("a-2.0.tar.gz"));
    }

    #[test]
    fn without_a_wheel_that_fits_the_sdist_is_taken() {
        let files =
            [file("a-2.0-cp314-cp314-manylinux_2_17_x86_64.whl"), file("a-2.0.zip"), file("a-2.0.tar.gz")];
        assert_eq!(pick(&files, "").as_deref(), Ok("a-2.0.tar.gz"));
        let binary = Policy { only_binary: Names { all: true, ..Names::default() }, ..Policy::default() };
        let error = pick_with(&files, "", &binary).expect_err("nothing fits");
        assert!(matches!(&error, NoMatch::NoFile { release, .. } if release.wheels.len() == 1), "{error}");
        let files = [file("a-2.0-py3-none-any.whl"), file("a-2.0.tar.gz")];
        let source = Policy {
            no_binary: Names { names: [PackageName::new("a").expect("name")].into(), all: false },
            ..Policy::default()
        };
        assert!(pick_with(&files, "", &source).expect("sdist").wheel.is_none());
    }

    #[test]
    fn an_older_version_with_a_file_beats_a_newer_one_without() {
        let files = [file("a-2.0-cp314-cp314-win32.whl"), file("a-1.0.tar.gz")];
        let choice = pick_with(&files, "", &Policy::default()).expect("found");
        assert_eq!(choice.release.version.to_string(), "1.0");
        assert!(choice.notes[0].contains("2.0 is newer"), "{:?}", choice.notes);
    }

    #[test]
    fn pre_releases_need_to_be_asked_for_or_to_be_all_there_is() {
        let files = [file("a-1.0.tar.gz"), file("a-2.0rc1.tar.gz"), file("a-2.0.dev3.tar.gz")];
        assert_eq!(pick(&files, "").as_deref(), Ok("a-1.0.tar.gz"));
        assert_eq!(pick(&files, ">=2.0.dev1").as_deref(), Ok("a-2.0rc1.tar.gz"));
        assert_eq!(pick(&files, ">1.0").as_deref(), Ok("a-2.0rc1.tar.gz"));
        let pre = Policy { pre: true, ..Policy::default() };
        assert_eq!(pick_with(&files, "", &pre).expect("found").release.version.to_string(), "2.0rc1");
    }

    #[test]
    fn yanked_files_need_a_pin() {
        let files = [file("a-1.0.tar.gz"), yanked("a-2.0.tar.gz")];
        assert_eq!(pick(&files, "").as_deref(), Ok("a-1.0.tar.gz"));
        assert_eq!(pick(&files, "==2.0").as_deref(), Ok("a-2.0.tar.gz"));
        assert!(matches!(pick(&files, ">=2.0"), Err(NoMatch::Yanked { .. })));
        assert!(matches!(pick(&files, "==2.*"), Err(NoMatch::Yanked { .. })));
    }

    #[test]
    fn requires_python_is_held_and_ignored_where_invalid() {
        let files = [python("a-2.0.tar.gz", "<3.14"), python("a-1.0.tar.gz", ">=3.8, !=3.9.*")];
        assert_eq!(pick(&files, "").as_deref(), Ok("a-1.0.tar.gz"));
        let error = pick(&files, ">1").expect_err("refused");
        assert!(error.to_string().contains("2.0 asks for `<3.14`"), "{error}");
        let choice = pick_with(&[python("a-1.0.tar.gz", "about 3")], "", &Policy::default()).expect("found");
        assert!(choice.notes[0].contains("not valid"), "{:?}", choice.notes);
        assert_eq!(pick(&[python("a-1.0.tar.gz", ">=3.14.1")], "").as_deref(), Ok("a-1.0.tar.gz"));
    }

    #[test]
    fn what_there_is_instead_is_said() {
        assert_eq!(pick(&[], ""), Err(NoMatch::NoFiles));
        let error = pick(&[file("a-1.0.tar.gz")], ">=2").expect_err("none");
        assert_eq!(error.to_string(), "no release satisfies `>=2`; the newest is 1.0");
        let error = pick(&[file("a-1.0-cp314-cp314-win32.whl")], "").expect_err("none");
        assert!(error.to_string().contains("cp314-cp314"), "{error}");
    }

    #[test]
    fn an_asked_hash_narrows_the_files() {
        let hashed =
            |name: &str, hash: &str| DistFile { hashes: Hashes::from_iter([("sha256", hash)]), ..file(name) };
        let files = [hashed("a-1.0-py3-none-any.whl", "aa"), hashed("a-1.0.tar.gz", "bb")].map(Arc::new);
        let target =
            Target { python: "3.14t".parse().expect("python"), platform: "linux".parse().expect("linux") };
        let wish = Wish { specifiers: Vec::new(), hashes: vec![("sha256", "bb")] };
        let name = PackageName::new("a").expect("name");
        let choice = choose(&name, &files, &wish, &target, &Policy::default()).expect("found");
        assert!(choice.wheel.is_none());
    }
}

//! Reads the file names of wheels and sdists.
//!
//! A wheel's name holds everything an installer decides by: `name-version[-build]-python-abi-platform.whl`,
//! where each of the three tags may be a dotted set. It is split from the right, as installers do. An
//! sdist's name is ambiguous by itself (`foo-bar-1.0.tar.gz`), so it is read with the project's name known.

use std::str::FromStr;

use pep440_rs::Version;

use super::tags::Tag;
use crate::model::PackageName;

/// A wheel's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName {
    /// The project.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// The build number, which breaks ties between wheels of equal tags.
    pub build: Option<BuildTag>,
    /// Python tags, such as `cp314` or `py2`, `py3`.
    pub python: Vec<String>,
    /// ABI tags, such as `cp314t`, `abi3` or `none`.
    pub abi: Vec<String>,
    /// Platform tags, such as `manylinux_2_28_x86_64` or `any`.
    pub platform: Vec<String>,
}

/// A wheel's build number: digits, then anything. Larger is preferred.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildTag {
    /// The leading digits.
    pub number: u64,
    /// What follows them.
    pub rest: String,
}

/// An sdist's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdistName {
    /// The version.
    pub version: Version,
}

/// A file name that does not follow the rules of its kind, so no installer would take the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{filename}` is no file name of a {kind}: {reason}")]
pub struct BadFileName {
    /// The name, cut to a length that can be shown.
    pub filename: String,
    /// `wheel` or `source distribution`.
    pub kind: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Endings of sdists, longest first. pip takes all of these; PEP 625 only the first.
const SDIST_ENDINGS: [&str; 8] =
    [".tar.gz", ".tar.bz2", ".tar.xz", ".tar.lzma", ".tgz", ".tbz", ".zip", ".tar"];

/// A longer name cannot be a file's, and its tag sets would multiply.
const MAX_LEN: usize = 1024;
const MAX_SET: usize = 64;

impl FromStr for WheelName {
    type Err = BadFileName;

    fn from_str(filename: &str) -> Result<Self, BadFileName> {
        let bad =
            |reason| BadFileName { filename: filename.chars().take(200).collect(), kind: "wheel", reason };
        if filename.len() > MAX_LEN {
            return Err(bad("it is too long"));
        }
        let stem = filename.strip_suffix(".whl").ok_or_else(|| bad("it does not end in .whl"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, [python, abi, platform]) = match parts.as_slice() {
            [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
            [name, version, build, python, abi, platform] => {
                (name, version, Some(build), [python, abi, platform])
            }
            _ => return Err(bad("it needs five or six parts with `-` between them")),
        };
        let name = PackageName::new(name).map_err(|_| bad("the project's name in it is not valid"))?;
        // Old tools wrote `-` of a local or post version as `_`.
        let version = Version::from_str(version)
            .or_else(|_| Version::from_str(&version.replace('_', "-")))
            .map_err(|_| bad("the version in it is not valid"))?;
        let build = build
            .map(|build| {
                BuildTag::parse(build).ok_or_else(|| bad("the build number in it has no digits first"))
            })
            .transpose()?;
        let set = |text: &str| -> Result<Vec<String>, BadFileName> {
            let tags: Vec<String> = text.split('.').map(str::to_ascii_lowercase).collect();
            let sound = |tag: &String| {
                !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            if tags.len() > MAX_SET || !tags.iter().all(sound) {
                return Err(bad("a tag in it is not valid"));
            }
            Ok(tags)
        };
        Ok(Self { name, version, build, python: set(python)?, abi: set(abi)?, platform: set(platform)? })
    }
}

impl WheelName {
    /// Every combination of the three tag sets.
    pub fn tags(&self) -> impl Iterator<Item = Tag> + '_ {
        self.python.iter().flat_map(move |python| {
            self.abi.iter().flat_map(move |abi| {
                self.platform.iter().map(move |platform| Tag {
                    python: python.clone(),
                    abi: abi.clone(),
                    platform: platform.clone(),
                })
            })
        })
    }

    /// The tags as written, sets kept together: `cp315-abi3.abi3t-win_amd64`.
    pub fn tag_text(&self) -> String {
        [self.python.join("."), self.abi.join("."), self.platform.join(".")].join("-")
    }

    /// Whether an ABI tag of it is one that only free-threaded interpreters ask for: `cp3NNt` or `abi3t`.
    pub fn is_for_free_threaded(&self) -> bool {
        self.abi.iter().any(|abi| is_free_threaded_abi(abi))
    }

    /// Whether it may hold extension modules bound to an ABI; `none` wheels hold none that bind to one.
    pub fn has_abi(&self) -> bool {
        self.abi.iter().any(|abi| abi != "none")
    }
}

/// Whether an ABI tag is a free-threaded interpreter's.
fn is_free_threaded_abi(abi: &str) -> bool {
    abi == "abi3t"
        || abi
            .strip_prefix("cp3")
            .and_then(|rest| rest.strip_suffix('t'))
            .is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

impl BuildTag {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at_checked(digits)?;
        Some(Self { number: number.parse().ok()?, rest: rest.to_owned() })
    }
}

impl SdistName {
    /// Reads an sdist's file name, given whose it is. Old unnormalised names are understood
    /// (`Foo.Bar-1.0.tar.gz` of `foo-bar`).
    ///
    /// # Errors
    /// If the name does not end as sdists do, is not the project's, or holds no version.
    pub fn parse(filename: &str, project: &PackageName) -> Result<Self, BadFileName> {
        let bad = |reason| BadFileName {
            filename: filename.chars().take(200).collect(),
            kind: "source distribution",
            reason,
        };
        if filename.len() > MAX_LEN {
            return Err(bad("it is too long"));
        }
        let stem = sdist_stem(filename).ok_or_else(|| bad("it does not end as one"))?;
        let mut reason = "it is not named after the project";
        for (at, _) in stem.match_indices('-') {
            let (name, version) = (stem.get(..at), stem.get(at + 1..));
            let (Some(name), Some(version)) = (name, version) else { continue };
            if PackageName::new(name).as_ref() != Ok(project) {
                continue;
            }
            match Version::from_str(version).or_else(|_| Version::from_str(&version.replace('_', "-"))) {
                Ok(version) => return Ok(Self { version }),
                Err(_) => reason = "the version in it is not valid",
            }
        }
        Err(bad(reason))
    }
}

/// The name without the ending of an sdist.
fn sdist_stem(filename: &str) -> Option<&str> {
    SDIST_ENDINGS.iter().find_map(|ending| {
        let at = filename.len().checked_sub(ending.len())?;
        let (stem, tail) = filename.split_at_checked(at)?;
        tail.eq_ignore_ascii_case(ending).then_some(stem)
    })
}

/// Whether a file name ends as wheels or sdists do.
pub fn is_distribution(filename: &str) -> bool {
    filename.ends_with(".whl") || sdist_stem(filename).is_some()
}

/// What a distribution's file name says of project and version when the project is not known beforehand:
/// for files named by path or URL. For an sdist the last `-` that a version follows is taken.
pub fn guess(filename: &str) -> Option<(PackageName, Version)> {
    if let Ok(wheel) = WheelName::from_str(filename) {
        return Some((wheel.name, wheel.version));
    }
    if filename.len() > MAX_LEN {
        return None;
    }
    let stem = sdist_stem(filename)?;
    stem.rmatch_indices('-').find_map(|(at, _)| {
        let name = PackageName::new(stem.get(..at)?).ok()?;
        Some((name, Version::from_str(stem.get(at + 1..)?).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel(name: &str) -> WheelName {
        name.parse().expect(name)
    }

    #[test]
    fn a_wheel_name_is_taken_apart() {
        let name = wheel(
            "markupsafe-3.0.4-2b-cp315-cp315t-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
        );
        assert_eq!(name.name.as_str(), "markupsafe");
        assert_eq!(name.version.to_string(), "3.0.4");
        assert_eq!(name.build, Some(BuildTag { number: 2, rest: "b".to_owned() }));
        assert_eq!(name.platform.len(), 3);
        assert_eq!(name.tags().count(), 3);
        assert!(name.is_for_free_threaded() && name.has_abi());
    }

    #[test]
    fn only_abi_tags_of_free_threaded_interpreters_count_as_such() {
        for (abi, expected) in [
            ("cp314t", true),
            ("abi3t", true),
            ("abi3.abi3t", true),
            ("cp314", false),
            ("abi3", false),
            ("none", false),
            ("cp3t", false),
            ("cp27mut", false),
        ] {
            assert_eq!(
                wheel(&format!("a-1-cp315-{abi}-win32.whl")).is_for_free_threaded(),
                expected,
                "{abi}"
            );
        }
    }

    #[test]
    fn names_that_installers_refuse_are_refused() {
        for bad in [
            "",
            ".whl",
            "a.whl",
            "a-1-py3-none.whl",
            "a-1-2-3-py3-none-any.whl",
            "a-x-py3-none-any.whl",
            "a-1-b1-py3-none-any.whl",
            "a-1-py3..py2-none-any.whl",
            "a-1-py3-none-.whl",
            "-1-py3-none-any.whl",
            "a-1-py3-none-any.zip",
            "a-1-py3-no ne-any.whl",
            "a-1-99999999999999999999999-py3-none-any.whl",
        ] {
            assert!(WheelName::from_str(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_sdist_name_is_read_with_the_project_known() {
        for (filename, project, version) in [
            ("foo_bar-1.0.tar.gz", "foo-bar", "1.0"),
            ("Foo.Bar-1.0.tar.gz", "foo-bar", "1.0"),
            ("foo-bar-1.0.zip", "foo-bar", "1.0"),
            ("foo-1-2.0.tgz", "foo-1", "2.0"),
            ("foo-1.0-1.tar.gz", "foo", "1.0.post1"),
            ("foo-1.0rc1.TAR.GZ", "foo", "1.0rc1"),
            ("foo-1.0_1.tar.bz2", "foo", "1.0.post1"),
        ] {
            let project = PackageName::new(project).expect("valid");
            let name = SdistName::parse(filename, &project).expect(filename);
            assert_eq!(name.version, Version::from_str(version).expect("valid"), "{filename}");
        }
        let foo = PackageName::new("foo").expect("valid");
        for bad in
            ["foo.tar.gz", "bar-1.0.tar.gz", "foo-1.0.rpm", "foo-bar-1.0.tar.gz", "foo-.zip", ".zip", "é.zip"]
        {
            assert!(SdistName::parse(bad, &foo).is_err(), "{bad}");
        }
    }

    #[test]
    fn project_and_version_are_guessed_from_a_file_given_by_path() {
        let guessed = |name: &str| guess(name).map(|(name, version)| format!("{name} {version}"));
        assert_eq!(guessed("foo_bar-1.0-py3-none-any.whl").as_deref(), Some("foo-bar 1.0"));
        assert_eq!(guessed("foo-bar-1.0.tar.gz").as_deref(), Some("foo-bar 1.0"));
        assert_eq!(guessed("main.zip"), None);
    }

    proptest::proptest! {
        #[test]
        fn file_names_never_panic(text in "\\PC{0,60}") {
            let foo = PackageName::new("foo").expect("valid");
            let _ = WheelName::from_str(&text);
            let _ = WheelName::from_str(&format!("{text}.whl"));
            let _ = SdistName::parse(&format!("foo-{text}.tar.gz"), &foo);
            let _ = SdistName::parse(&text, &foo);
            let _ = guess(&text);
        }
    }
}

//! The wheel tags an interpreter accepts, best first.
//!
//! The order is that of Python's `packaging.tags`, which pip installs by; the fixture in `tests/tags/` was
//! made by that library and a test holds the two together. One difference is on purpose: `packaging` offers
//! `abi3t` for every older python tag, but the ABI exists only from 3.15 (PEP 803), so lower floors are left
//! out here. No tag of a GIL build (`cp314`, `abi3`) is ever accepted by a free-threaded one.

use std::collections::HashMap;
use std::fmt;

use super::WheelName;
use crate::model::{Platform, Target};

/// One wheel tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// `cp314`, `py3`.
    pub python: String,
    /// `cp314t`, `abi3`, `none`.
    pub abi: String,
    /// `manylinux_2_28_x86_64`, `any`.
    pub platform: String,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// The first Python with an `abi3t` (PEP 803).
const FIRST_ABI3T: u8 = 15;
/// The first Python with an `abi3` (PEP 384).
const FIRST_ABI3: u8 = 2;

/// All tags a target accepts, best first.
pub fn supported(target: &Target) -> Vec<Tag> {
    let platforms = platforms(&target.platform);
    let python = target.python;
    let (own, abi) = (python.python_tag(), python.abi_tag());
    let mut tags = Vec::new();
    let mut add = |python: &str, abi: &str, platforms: &[String]| {
        tags.extend(platforms.iter().map(|platform| Tag {
            python: python.to_owned(),
            abi: abi.to_owned(),
            platform: platform.clone(),
        }));
    };
    let (stable, floor) =
        if python.is_free_threaded() { ("abi3t", FIRST_ABI3T) } else { ("abi3", FIRST_ABI3) };
    add(&own, &abi, &platforms);
    if python.minor >= floor {
        add(&own, stable, &platforms);
    }
    add(&own, "none", &platforms);
    for minor in (floor..python.minor).rev() {
        add(&format!("cp{}{minor}", python.major), stable, &platforms);
    }
    let mut generic = vec![format!("py{}{}", python.major, python.minor), format!("py{}", python.major)];
    generic.extend((0..python.minor).rev().map(|minor| format!("py{}{minor}", python.major)));
    for python in &generic {
        add(python, "none", &platforms);
    }
    let any = ["any".to_owned()];
    add(&own, "none", &any);
    for python in &generic {
        add(python, "none", &any);
    }
    tags
}

/// Platform tags of wheels that run on a platform, best first; without `any`.
fn platforms(platform: &Platform) -> Vec<String> {
    let mut tags = Vec::new();
    match platform {
        Platform::ManyLinux { glibc_minor, arch } => {
            // PEP 600 begins with 2.17, where x86 had manylinux1 for 2.5 before.
            let oldest = if matches!(arch.as_str(), "x86_64" | "i686") { 5 } else { 17 };
            for minor in (oldest..=*glibc_minor).rev() {
                tags.push(format!("manylinux_2_{minor}_{arch}"));
                let legacy = match minor {
                    17 => "manylinux2014",
                    12 => "manylinux2010",
                    5 => "manylinux1",
                    _ => continue,
                };
                tags.push(format!("{legacy}_{arch}"));
            }
            tags.push(format!("linux_{arch}"));
        }
        Platform::MuslLinux { musl_minor, arch } => {
            tags.extend((0..=*musl_minor).rev().map(|minor| format!("musllinux_1_{minor}_{arch}")));
            tags.push(format!("linux_{arch}"));
        }
        Platform::MacOs { major, minor, arch } => mac_platforms(*major, *minor, arch, &mut tags),
        Platform::Windows { arch } if arch == "32" => tags.push("win32".to_owned()),
        Platform::Windows { arch } => tags.push(format!("win_{arch}")),
    }
    tags
}

/// macOS counted 10.0 to 10.16, then one major version a year, whose wheels carry minor version 0.
fn mac_platforms(major: u16, minor: u16, arch: &str, tags: &mut Vec<String>) {
    let formats: &[&str] = match arch {
        "x86_64" => &["x86_64", "intel", "fat64", "fat3", "universal2", "universal"],
        "arm64" => &["arm64", "universal2"],
        other => &[other],
    };
    let mut add = |major: u16, minor: u16, formats: &[&str]| {
        tags.extend(formats.iter().map(|format| format!("macosx_{major}_{minor}_{format}")));
    };
    for major in (11..=major).rev() {
        add(major, 0, formats);
    }
    let newest = if major >= 11 { 16 } else { minor.min(16) };
    for minor in (4..=newest).rev() {
        match arch {
            "x86_64" => add(10, minor, formats),
            // The x86_64 half of a universal wheel may say it runs on an older system.
            _ => add(10, minor, &["universal2"]),
        }
    }
}

/// The tags of a target, ready to rank wheels with.
#[derive(Debug, Clone)]
pub struct TagRanks {
    /// By Python tag, ABI tag and platform tag.
    ranks: HashMap<String, HashMap<String, HashMap<String, usize>>>,
}

impl TagRanks {
    /// The tags of `target`.
    pub fn new(target: &Target) -> Self {
        let mut ranks: HashMap<String, HashMap<String, HashMap<String, usize>>> = HashMap::new();
        for (rank, tag) in supported(target).into_iter().enumerate() {
            let of_abi = ranks.entry(tag.python).or_default().entry(tag.abi).or_default();
            of_abi.entry(tag.platform).or_insert(rank);
        }
        Self { ranks }
    }

    /// How well a wheel fits: 0 is best, `None` means that the target cannot use it.
    pub fn rank(&self, wheel: &WheelName) -> Option<usize> {
        let of_python = wheel.python.iter().filter_map(|python| self.ranks.get(python));
        let of_abi = of_python.flat_map(|by_abi| wheel.abi.iter().filter_map(|abi| by_abi.get(abi)));
        let ranks = of_abi.flat_map(|by_platform| {
            wheel.platform.iter().filter_map(|platform| by_platform.get(platform).copied())
        });
        ranks.min()
    }
}

/// The Pythons among `targets` that can use the file of this name, as the report writes them (`3.14t`),
/// without repeats. A file that is no wheel serves none by its name.
pub fn usable_on(filename: &str, targets: &[Target]) -> Vec<String> {
    let Ok(wheel) = filename.parse::<WheelName>() else { return Vec::new() };
    let mut pythons: Vec<_> = targets
        .iter()
        .filter(|target| TagRanks::new(target).rank(&wheel).is_some())
        .map(|target| target.python)
        .collect();
    pythons.sort();
    pythons.dedup();
    pythons.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(python: &str, platform: &str) -> Target {
        Target { python: python.parse().expect(python), platform: platform.parse().expect(platform) }
    }

    fn usable(abi: &str, python: &str) -> bool {
        let name = format!("a-1-{abi}-manylinux_2_17_x86_64.whl");
        !usable_on(&name, &[target(python, "manylinux_2_28_x86_64")]).is_empty()
    }

    #[test]
    fn tags_are_those_of_the_packaging_library_but_for_abi3t_before_3_15() {
        let oracle = include_str!("../../tests/tags/packaging-26.3.txt");
        let mut cases = 0;
        for block in oracle.split("\n== ").skip(1) {
            let (head, body) = block.split_once('\n').expect("a head line");
            let (python, platform) = head.split_once(' ').expect("python and platform");
            let expected: Vec<&str> = body
                .lines()
                .filter(|tag| !tag.is_empty())
                .filter(|tag| {
                    let minor = tag.strip_prefix("cp3").and_then(|rest| rest.split('-').next());
                    let minor = minor.and_then(|minor| minor.parse::<u8>().ok());
                    !(tag.contains("-abi3t-") && minor.is_some_and(|minor| minor < FIRST_ABI3T))
                })
                .collect();
            let ours: Vec<String> = supported(&target(python, platform)).iter().map(Tag::to_string).collect();
            assert_eq!(ours, expected, "{head}");
            cases += 1;
        }
        assert!(cases >= 10, "the fixture holds {cases} cases");
    }

    #[test]
    fn a_free_threaded_interpreter_takes_no_wheel_of_a_gil_build() {
        assert!(usable("cp314-cp314t", "3.14t"));
        assert!(usable("py3-none", "3.14t"));
        assert!(usable("cp314-none", "3.14t"));
        for abi in ["cp314-cp314", "cp314-abi3", "cp38-abi3", "cp313-cp313t", "cp314-abi3t", "cp38-abi3t"] {
            assert!(!usable(abi, "3.14t"), "{abi}");
        }
        assert!(usable("cp38-abi3", "3.14"));
        assert!(!usable("cp314-cp314t", "3.14"));
    }

    #[test]
    fn the_stable_abi_without_the_gil_begins_with_its_floor() {
        assert!(usable("cp315-abi3t", "3.15t"));
        assert!(usable("cp315-abi3.abi3t", "3.15t"));
        assert!(usable("cp315-abi3.abi3t", "3.16t"));
        assert!(usable("cp315-abi3.abi3t", "3.15"));
        assert!(!usable("cp314-abi3t", "3.15t"));
        assert!(!usable("cp316-abi3t", "3.15t"));
        assert!(!usable("cp315-abi3", "3.15t"));
    }

    #[test]
    fn usable_on_names_each_python_once() {
        let targets = [
            target("3.14t", "win_amd64"),
            target("3.14t", "manylinux_2_28_x86_64"),
            target("3.13", "win32"),
            target("3.9", "musl"),
        ];
        assert_eq!(usable_on("a-1-py3-none-any.whl", &targets), ["3.9", "3.13", "3.14t"]);
        assert!(usable_on("a-1.tar.gz", &targets).is_empty());
        assert!(usable_on("a-1-cp314-cp314t-manylinux_2_31_x86_64.whl", &targets).is_empty());
    }
}

//! What the release's other wheels tell: where else this Python finds one, and where compiled code exists at all.
//!
//! Only file names are read. Platforms are compared by kind and machine (`Linux x86_64`), not by the versions that a
//! tag promises: the question is whether the author builds for that platform, not whether one machine is new enough.

use std::collections::BTreeSet;

use super::{Evidence, listing};
use crate::model::{PythonVersion, Target, Verdict};

/// Platforms of a release's compiled wheels, as `Linux x86_64`.
#[derive(Debug, Default)]
pub(super) struct Platforms {
    /// Where some CPython finds compiled code.
    pub compiled: BTreeSet<String>,
    /// Of these, where the asked Python does.
    pub usable: BTreeSet<String>,
}

/// Reads the platforms off the file names of all wheels of a release.
pub(super) fn platforms(wheels: &[String], python: PythonVersion) -> Platforms {
    let mut found = Platforms::default();
    for name in wheels {
        let Some((pythons, abis, platforms)) = tags(name) else { continue };
        let cpython = pythons.split('.').any(|tag| tag.starts_with("cp") || tag.starts_with("py"));
        if !cpython {
            continue;
        }
        for kind in platforms.split('.').flat_map(kinds) {
            if loadable(pythons, abis, python) {
                found.usable.insert(kind.clone());
            }
            found.compiled.insert(kind);
        }
    }
    found
}

/// Python, ABI and platform tags of a wheel's file name, compressed sets as written.
fn tags(filename: &str) -> Option<(&str, &str, &str)> {
    let mut parts = filename.strip_suffix(".whl")?.rsplitn(4, '-');
    let (platforms, abis, pythons) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().map(|_| (pythons, abis, platforms))
}

fn loadable(pythons: &str, abis: &str, python: PythonVersion) -> bool {
    let floor =
        |tag: &str| -> Option<u8> { tag.strip_prefix("cp3").or(tag.strip_prefix("py3"))?.parse().ok() };
    let any_python = |fits: &dyn Fn(&str) -> bool| pythons.split('.').any(fits);
    abis.split('.').any(|abi| match abi {
        "none" => any_python(&|tag| tag == "py3" || floor(tag).is_some_and(|n| n <= python.minor)),
        // Exists from 3.15 on, whatever older tools accept.
        "abi3t" => python.minor >= 15 && any_python(&|tag| floor(tag).is_some_and(|n| n <= python.minor)),
        abi => abi == python.abi_tag() && any_python(&|tag| tag == python.python_tag()),
    })
}

fn kinds(platform: &str) -> Vec<String> {
    let machine = |text: &str| -> String {
        ["x86_64", "aarch64", "arm64", "i686", "armv7l", "ppc64le", "s390x", "riscv64", "loongarch64"]
            .iter()
            .find(|arch| text.ends_with(*arch))
            .map_or_else(|| "other".to_owned(), |arch| (*arch).to_owned())
    };
    if platform.starts_with("musllinux") {
        vec![format!("musl {}", machine(platform))]
    } else if platform.starts_with("manylinux") || platform.starts_with("linux") {
        vec![format!("Linux {}", machine(platform))]
    } else if platform.starts_with("macosx") {
        if platform.ends_with("universal2") {
            vec!["macOS arm64".to_owned(), "macOS x86_64".to_owned()]
        } else {
            vec![format!("macOS {}", machine(platform))]
        }
    } else if let Some(rest) = platform.strip_prefix("win") {
        vec![format!("Windows {}", rest.trim_start_matches('_'))]
    } else {
        Vec::new()
    }
}

/// Whether this target gets a wheel for any platform while others get a compiled one. A wheel made for this platform
/// is no fall-back, even if what is compiled in it is no extension module.
pub(super) fn falls_back(evidence: &Evidence<'_>, target: &Target) -> bool {
    evidence.wheel.is_none_or(|wheel| super::wheel::is_for_any(wheel.filename))
        && !platforms(evidence.wheels, target.python).compiled.is_empty()
}

/// What the other wheels add to the reasons for a verdict.
pub(super) fn reasons(evidence: &Evidence<'_>, verdict: Verdict, target: &Target) -> Vec<String> {
    let Platforms { compiled, usable } = platforms(evidence.wheels, target.python);
    let python = target.python;
    let places = |set: &BTreeSet<String>| listing(&set.iter().collect::<Vec<_>>());
    let missing: BTreeSet<String> = compiled.difference(&usable).cloned().collect();
    match verdict {
        Verdict::PurePython if falls_back(evidence, target) => {
            vec!["other targets get compiled modules; this one silently falls back to pure Python".to_owned()]
        }
        Verdict::Ready | Verdict::NeedsGil if !missing.is_empty() && !usable.is_empty() => {
            vec![format!("compiled for other Pythons only, and not for {python}, on {}", places(&missing))]
        }
        Verdict::BuildRequired | Verdict::Unavailable | Verdict::Unknown
            if evidence.wheel.is_none() && !usable.is_empty() =>
        {
            vec![format!("wheels for {python} exist on other platforms: {}", places(&usable))]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str], python: &str) -> Platforms {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        platforms(&names, python.parse().expect("a Python"))
    }

    #[test]
    fn a_stable_abi_wheel_serves_no_free_threaded_python_before_3_15() {
        let names = ["x-1-cp311-abi3-win_amd64.whl", "x-1-cp315-abi3.abi3t-macosx_11_0_universal2.whl"];
        assert!(of(&names, "3.14t").usable.is_empty());
        let usable: Vec<String> = of(&names, "3.15t").usable.into_iter().collect();
        assert_eq!(usable, ["macOS arm64", "macOS x86_64"]);
    }

    #[test]
    fn tags_count_by_kind_and_machine() {
        let names = [
            "x-1-2-cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "x-1-cp314-cp314-musllinux_1_2_aarch64.whl",
            "x-1-pp311-pypy311_pp73-win_amd64.whl",
            "x-1-py3-none-any.whl",
            "no wheel at all",
        ];
        let found = of(&names, "3.14t");
        assert_eq!(found.usable.into_iter().collect::<Vec<_>>(), ["Linux x86_64"]);
        assert_eq!(found.compiled.into_iter().collect::<Vec<_>>(), ["Linux x86_64", "musl aarch64"]);
    }
}

//! What one release needs, from its metadata.
//!
//! In: METADATA, or what an sdist fixes beforehand. Out: requirements, ready to be asked which of them apply to a
//! target with some extras. What only a build could tell is not guessed.

use crate::input::{self, Request, pyproject};
use crate::model::{PackageMetadata, Target};
use crate::packaging;
use crate::select::marker::{self, Marker};

/// Most requirements of one release that are read.
const MAX_NEEDS: usize = 5000;

/// What a release needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Its requirements, in their order.
    pub all: Vec<Needed>,
    /// The Pythons it is for, as written.
    pub requires_python: Option<String>,
    /// Lines that are no requirements; installers refuse such releases or skip the lines.
    pub unread: Vec<String>,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What it asks for.
    pub request: Request,
    /// Its marker, read once.
    marker: Marker,
    /// No extra is named in the marker.
    plain: bool,
    /// As written.
    pub text: String,
}

impl Needs {
    /// From metadata that is known to be the built one's.
    pub fn of(metadata: &PackageMetadata) -> Self {
        let mut needs = Self { requires_python: metadata.requires_python.clone(), ..Self::default() };
        for text in metadata.requires_dist.iter().take(MAX_NEEDS) {
            match input::requirement(text, "") {
                Ok(request) => {
                    let written = request.marker.as_deref().unwrap_or("");
                    let plain = !written.contains("extra");
                    let marker = marker::parse(written);
                    needs.all.push(Needed { marker, plain, text: text.clone(), request });
                }
                Err(_) => needs.unread.push(text.clone()),
            }
        }
        needs
    }

    /// The requirements that apply to a target: those of the release alone, or those that `extra` adds.
    pub fn applying<'a>(
        &'a self,
        target: &'a Target,
        extra: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Needed> {
        let extras: Vec<String> = extra.map(str::to_owned).into_iter().collect();
        self.all.iter().filter(move |needed| match (extra, needed.plain) {
            (None, true) => needed.holds(target, &[]),
            (None, false) => needed.holds(target, &[]),
            (Some(_), true) => false,
            (Some(_), false) => needed.holds(target, &extras) && !needed.holds(target, &[]),
        })
    }
}

impl Needed {
    /// The requirement as people write it, without its marker.
    pub fn written(&self) -> String {
        super::explain::written(&self.request)
    }

    fn holds(&self, target: &Target, extras: &[String]) -> bool {
        self.marker.holds(target, extras).unwrap_or(true)
    }
}

/// What an sdist's PKG-INFO, or else its `pyproject.toml`, fixes whatever a build does.
///
/// # Errors
/// Why its needs are only known by a build, as a phrase.
pub fn of_sdist(pkg_info: Option<&[u8]>, project: Option<&str>) -> Result<Needs, String> {
    let metadata = pkg_info.map(packaging::metadata);
    let fixed = |metadata: &PackageMetadata| {
        let version: Vec<u32> =
            metadata.metadata_version.split('.').filter_map(|part| part.parse().ok()).collect();
        let dynamic = ["requires-dist", "provides-extra"];
        version.as_slice() >= [2, 2].as_slice()
            && !metadata.dynamic.iter().any(|field| dynamic.contains(&field.as_str()))
    };
    if let Some(Ok(metadata)) = &metadata
        && fixed(metadata)
    {
        return Ok(Needs::of(metadata));
    }
    if let Some((requires_dist, requires_python)) = project.and_then(pyproject::static_metadata) {
        return Ok(Needs::of(&PackageMetadata {
            requires_dist,
            requires_python,
            ..PackageMetadata::default()
        }));
    }
    Err(match metadata {
        None => "its sdist has no PKG-INFO".to_owned(),
        Some(Err(error)) => format!("the PKG-INFO of its sdist is {error}"),
        Some(Ok(_)) => "only a build of its sdist tells what it needs".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target { python: "3.14t".parse().expect("python"), platform: "linux".parse().expect("linux") }
    }

    fn texts(needs: &Needs, extra: Option<&str>) -> Vec<String> {
        needs.applying(&target(), extra).map(|one| one.text.clone()).collect()
    }

    #[test]
    fn requirements_apply_by_target_and_extra() {
        let requires_dist =
            ["a (>=1.0)", "b; python_version < '3'", "c; extra == 'X_y'", "d>=", "e; extra != 'z'"];
        let metadata = PackageMetadata {
            requires_dist: requires_dist.map(str::to_owned).to_vec(),
            ..PackageMetadata::default()
        };
        let needs = Needs::of(&metadata);
        assert_eq!(texts(&needs, None), ["a (>=1.0)", "e; extra != 'z'"]);
        assert_eq!(texts(&needs, Some("x-y")), ["c; extra == 'X_y'"]);
        assert_eq!(needs.unread, ["d>="]);
    }

    #[test]
    fn an_sdist_tells_its_needs_only_where_no_build_may_change_them() {
        let info = |version: &str, more: &str| {
            format!("Metadata-Version: {version}\nName: a\nVersion: 1\nRequires-Dist: b\n{more}\n")
                .into_bytes()
        };
        assert_eq!(of_sdist(Some(&info("2.2", "")), None).expect("fixed").all.len(), 1);
        assert!(of_sdist(Some(&info("2.1", "")), None).is_err());
        assert!(of_sdist(Some(&info("2.4", "Dynamic: Requires-Dist")), None).is_err());
        let project = "[project]\nname='a'\nversion='1'\ndependencies=['c','d']\n";
        assert_eq!(of_sdist(Some(&info("2.1", "")), Some(project)).expect("fixed").all.len(), 2);
        assert!(of_sdist(None, None).is_err_and(|why| why.contains("no PKG-INFO")));
    }
}

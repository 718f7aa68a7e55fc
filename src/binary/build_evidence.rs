//! Which interpreters can load a file, by its contents, and whether its name says the same.
//!
//! Each piece of evidence is of its own kind: what the file says of itself (`PyABIInfo`), the interpreter's
//! library on Windows, functions that only one build exports, the layout of the module definition. Where
//! two disagree the file is broken or mislabelled; that is told, and the piece that decides whether a loader
//! takes the file wins.

use super::declaration::Declaration;
use super::image::Image;
use super::names::Tag;
use crate::knowledge::Knowledge;
use crate::knowledge::slots::LayoutKind;
use crate::model::Build;

/// What was found out about the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which interpreters can load the file.
    pub build: Build,
    /// Contradictions, one sentence each.
    pub notes: Vec<String>,
}

/// Weighs the evidence.
pub fn weigh(image: &Image<'_>, tag: &Tag, declarations: &[Declaration], known: &Knowledge) -> Found {
    let mut evidence: Vec<(Build, String)> = Vec::new();
    for abi in declarations.iter().filter_map(|d| d.abi) {
        let build = match (abi.gil, abi.free_threaded) {
            (true, true) => Build::Both,
            (true, false) => Build::Gil,
            (false, true) => Build::FreeThreaded,
            (false, false) => continue,
        };
        evidence.push((build, format!("its PyABIInfo at {:#x}", abi.address)));
    }
    for library in &image.libraries {
        let of_a_version = known.pythons().library(library).map(|(build, _)| build);
        if let Some(build) = of_a_version.or_else(|| known.pythons().stable_library(library)) {
            let name = library.rsplit('/').next().unwrap_or(library);
            evidence.push((build, format!("its link with {name}")));
        }
    }
    for name in &known.pythons().free_threaded_imports {
        if image.imports_name(name) {
            evidence.push((Build::FreeThreaded, format!("its import of {name}")));
            break;
        }
    }
    for layout in declarations.iter().filter_map(|d| d.layout) {
        let build = match layout {
            LayoutKind::Gil => Build::Gil,
            LayoutKind::FreeThreaded => Build::FreeThreaded,
        };
        evidence.push((build, "the layout of its module definition".to_owned()));
    }
    let mut notes = Vec::new();
    if let Tag::CPython { minor, text, .. } = tag {
        for library in &image.libraries {
            if known.pythons().library(library).is_some_and(|(_, linked)| linked != *minor) {
                notes.push(format!("the file name says {text}, but it is linked with {library}"));
            }
        }
    }
    let named = match tag {
        Tag::CPython { free_threaded: true, .. } => Some(Build::FreeThreaded),
        Tag::CPython { .. } | Tag::Abi3 => Some(Build::Gil),
        Tag::Abi3t => Some(Build::Both),
        Tag::None | Tag::Foreign(_) => None,
    };
    let Some((build, why)) = evidence.first() else {
        return Found { build: named.unwrap_or(Build::Unknown), notes };
    };
    for (other, other_why) in &evidence {
        if !agree(*build, *other) {
            notes.push(format!("{why} is of {}, but {other_why} of {}", words(*build), words(*other)));
        }
    }
    if let Some(named) = named
        && !agree(named, *build)
    {
        let tag = tag.text().unwrap_or_default();
        notes.push(format!("the file name says {tag}, but {why} is of {}", words(*build)));
    }
    Found { build: *build, notes }
}

/// Contradictions between a module and the tags of the wheel it came in: `cp314-cp314t-…`.
pub fn against_tags(build: Build, abi: Option<&str>, tags: &[String]) -> Option<String> {
    let abis: Vec<&str> =
        tags.iter().filter_map(|tag| tag.split('-').nth(1)).flat_map(|abis| abis.split('.')).collect();
    let compressed = || abis.join(", ");
    if abis.is_empty() {
        return None;
    }
    if abis == ["none"] {
        return Some("the wheel's tags say that it holds no extension modules".to_owned());
    }
    let free_threaded = |abi: &&str| abi.ends_with('t') && (abi.starts_with("cp") || **abi == *"abi3t");
    let wanted = (abis.iter().any(|a| !free_threaded(a)), abis.iter().any(free_threaded));
    let loads = match build {
        Build::Gil => (true, false),
        Build::FreeThreaded => (false, true),
        Build::Both => (true, true),
        Build::Unknown => return None,
    };
    if wanted.0 && !loads.0 && !wanted.1 || wanted.1 && !loads.1 && !wanted.0 {
        return Some(format!("the wheel is tagged {}, but the file is of {}", compressed(), words(build)));
    }
    let abi = abi.filter(|abi| abi.starts_with("cp"))?;
    let fits = abis.contains(&abi) || abis.iter().any(|a| a.starts_with("abi3") || *a == "none");
    (!fits).then(|| format!("the wheel is tagged {}, but the file name says {abi}", compressed()))
}

fn agree(a: Build, b: Build) -> bool {
    a == b || a == Build::Unknown || b == Build::Unknown || a == Build::Both || b == Build::Both
}

fn words(build: Build) -> &'static str {
    match build {
        Build::Gil => "a build with the GIL",
        Build::FreeThreaded => "a free-threaded build",
        Build::Both => "both builds",
        Build::Unknown => "no build known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::image::{Import, SymbolTable};
    use crate::model::{Arch, BinaryFormat, GilSupport, Init};

    fn image(libraries: &[&'static str], imports: &[&'static str]) -> Image<'static> {
        Image {
            format: BinaryFormat::Pe,
            arch: Arch::X86_64,
            word: 8,
            big_endian: false,
            segments: Vec::new(),
            pointers: Vec::new(),
            imports: imports.iter().map(|name| Import { name, weak: false }).collect(),
            exports: Vec::new(),
            symbols: SymbolTable::None,
            libraries: libraries.to_vec(),
        }
    }

    fn laid_out(layout: LayoutKind) -> Declaration {
        let mut declaration = Declaration::unknown(Init::MultiPhase, "not of interest here");
        declaration.gil = GilSupport::Undeclared;
        declaration.layout = Some(layout);
        declaration
    }

    fn cp314(free_threaded: bool) -> Tag {
        let text = if free_threaded { "cp314t" } else { "cp314" };
        Tag::CPython { minor: 14, free_threaded, text: text.to_owned() }
    }

    #[test]
    fn contents_that_agree_with_the_name_make_no_notes() {
        let known = Knowledge::builtin();
        let found = weigh(
            &image(&["python314t.dll"], &["_Py_DecRefShared"]),
            &cp314(true),
            &[laid_out(LayoutKind::FreeThreaded)],
            known,
        );
        assert_eq!(found, Found { build: Build::FreeThreaded, notes: vec![] });
        let found = weigh(&image(&[], &[]), &Tag::None, &[], known);
        assert_eq!(found, Found { build: Build::Unknown, notes: vec![] });
        assert_eq!(weigh(&image(&["python3t.dll"], &[]), &Tag::Abi3t, &[], known).build, Build::Both);
    }

    /// Such a file was renamed or packed into the wrong wheel; an interpreter would crash on it.
    #[test]
    fn a_file_that_is_not_what_its_name_says_is_told() {
        let found = weigh(&image(&[], &[]), &cp314(true), &[laid_out(LayoutKind::Gil)], Knowledge::builtin());
        assert_eq!(found.build, Build::Gil);
        assert_eq!(
            found.notes,
            ["the file name says cp314t, but the layout of its module definition is of a build with the GIL"]
        );
    }

    #[test]
    fn a_wheels_tag_has_to_fit_its_files() {
        let tags = |tag: &str| vec![tag.to_owned()];
        assert_eq!(against_tags(Build::FreeThreaded, Some("cp314t"), &tags("cp314-cp314t-win_amd64")), None);
        assert_eq!(against_tags(Build::Both, Some("abi3t"), &tags("cp315-abi3.abi3t-win_amd64")), None);
        assert_eq!(against_tags(Build::Gil, Some("abi3"), &tags("cp39-abi3-win_amd64")), None);
        assert!(against_tags(Build::Gil, Some("cp314"), &tags("cp314-cp314t-win_amd64")).is_some());
        assert!(against_tags(Build::Gil, None, &tags("py3-none-any")).is_some());
        assert!(against_tags(Build::Gil, Some("cp313"), &tags("cp314-cp314-win_amd64")).is_some());
        assert_eq!(against_tags(Build::Unknown, None, &tags("cp314-cp314t-win_amd64")), None);
    }
}

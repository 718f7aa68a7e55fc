//! Reads which versions of a generator a build asks for, and whether all of them are too old to declare.
//!
//! In: `pyproject.toml`, and the strings of `setup.py` and `setup.cfg`. Only projects that the facts about generators
//! name are looked at. A requirement under a marker counts only where the marker is known to hold on a free-threaded
//! CPython; one that is not understood forbids nothing.

use std::collections::HashMap;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use super::{FileClaims, is_test, join};
use crate::knowledge::Knowledge;

/// Longest requirement that is read, in bytes.
const LONGEST: usize = 300;

/// How many requirements of one file are kept.
const MOST: usize = 64;

/// A generator that a build, or the project itself, asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// The generator's name in the facts.
    pub generator: String,
    /// The versions asked for, as written: `>=1.17,<2`.
    pub versions: String,
}

/// Reads the requirements of a build file.
pub(super) fn file(path: &str, bytes: &[u8], known: &Knowledge) -> Vec<Required> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let texts: Vec<String> = match name.as_str() {
        "pyproject.toml" => pyproject(bytes),
        "setup.py" | "setup.cfg" => strings(bytes),
        _ => return Vec::new(),
    };
    let mut out: Vec<Required> = Vec::new();
    for text in texts {
        if let Some(required) = required(&text, known)
            && !out.contains(&required)
            && out.len() < MOST
        {
            out.push(required);
        }
    }
    out
}

/// What the build asks for, and what the project needs at run time.
fn pyproject(bytes: &[u8]) -> Vec<String> {
    let Some(table) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<toml::Table>().ok())
    else {
        return Vec::new();
    };
    let list = |section: &str, key: &str| {
        table.get(section).and_then(|one| one.get(key)).and_then(toml::Value::as_array)
    };
    let lists = [list("build-system", "requires"), list("project", "dependencies")];
    let all = lists.into_iter().flatten().flatten();
    all.filter_map(toml::Value::as_str).map(str::to_owned).take(4 * MOST).collect()
}

/// Quoted strings and lines that may be requirements: both begin with a name and go on with a comparison.
fn strings(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let pieces = text.split(['\n', '"', '\'']).map(str::trim);
    let compared =
        |one: &&str| one.len() <= LONGEST && one.contains(['<', '>', '=', '~']) && !one.contains('(');
    pieces.filter(compared).map(str::to_owned).take(16 * MOST).collect()
}

fn required(text: &str, known: &Knowledge) -> Option<Required> {
    if text.len() > LONGEST {
        return None;
    }
    let (text, marker) = text.split_once(';').map_or((text, ""), |(text, marker)| (text, marker));
    if !holds(marker.trim()) {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))?;
    let (name, rest) = text.split_at(end);
    let rest = match rest.trim_start().strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1,
        None => rest,
    };
    let versions = rest.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let generator = known.generators().of_project(&name.to_ascii_lowercase().replace(['_', '.'], "-"))?;
    VersionSpecifiers::from_str(versions).ok()?;
    Some(Required { generator: generator.name.clone(), versions: versions.split_whitespace().collect() })
}

/// Whether a marker holds on CPython 3.13 and later: none, or one of a few that only leave others out.
fn holds(marker: &str) -> bool {
    let plain: String =
        marker.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect();
    let since = plain.strip_prefix("python_version>='3.").and_then(|rest| rest.strip_suffix('\''));
    since.is_some_and(|minor| minor.parse::<u8>().is_ok_and(|minor| minor <= 13))
        || matches!(
            plain.as_str(),
            "" | "platform_python_implementation=='CPython'"
                | "platform_python_implementation!='PyPy'"
                | "implementation_name=='cpython'"
                | "implementation_name!='pypy'"
        )
}

/// Whether a requirement leaves out a version and all later ones.
pub(super) fn leaves_out(versions: &str, since: &str) -> bool {
    let (Ok(specifiers), Ok(since)) = (VersionSpecifiers::from_str(versions), Version::from_str(since))
    else {
        return false;
    };
    // Versions a requirement could allow: the first, later ones of its series and its major version, a far one, and
    // those that it names itself.
    let release = |parts: &[u64]| Version::new(parts.iter().copied());
    let (major, minor) =
        (since.release().first().copied().unwrap_or(0), since.release().get(1).copied().unwrap_or(0));
    let mut candidates = vec![
        since.clone(),
        release(&[major, minor, 99]),
        release(&[major, minor + 1]),
        release(&[major, 99]),
        release(&[9999]),
    ];
    for one in specifiers.iter() {
        let named = one.version();
        if *named >= since && !matches!(one.operator(), Operator::NotEqual | Operator::NotEqualStar) {
            candidates.push(named.clone());
            candidates.push(Version::new(named.release().iter().copied().chain([1])));
        }
    }
    !candidates.iter().any(|version| specifiers.contains(version))
}

/// What the build files of a project ask of generators: versions by folder and generator, in the files' order.
pub(super) struct Asked<'a>(HashMap<(&'a str, &'a str), Vec<&'a str>>);

impl<'a> Asked<'a> {
    /// Goes over all files once; what lies among tests says nothing of what is built.
    pub(super) fn of(files: &[(&'a str, &'a FileClaims)]) -> Self {
        let mut out: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
        for (path, file) in files.iter().filter(|(path, file)| !file.requires.is_empty() && !is_test(path)) {
            for one in &file.requires {
                out.entry((join::folder(path), one.generator.as_str())).or_default().push(&one.versions);
            }
        }
        Self(out)
    }

    /// What the build nearest to a path asks of a generator, if that leaves out all versions that can declare.
    pub(super) fn too_old(&self, path: &str, generator: &str, since: &str) -> Option<&'a str> {
        let mut folder = join::folder(path);
        loop {
            if let Some(versions) = self.0.get(&(folder, generator)) {
                return versions.iter().copied().find(|versions| leaves_out(versions, since));
            }
            if folder.is_empty() {
                return None;
            }
            folder = join::folder(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_too_old_only_if_it_allows_no_version_that_can_declare() {
        for (versions, too_old) in [
            ("<2", true),
            (">=1.17,<2", true),
            ("~=1.17", true),
            ("==1.15.1", true),
            ("==1.*", true),
            (">=1.12", false),
            (">=1.12,!=2.0.0", false),
            ("==2.1.1", false),
            ("~=2.0", false),
            (">=2.0,<3", false),
            (">1,<2.0.0b1", true),
            ("", false),
            ("not a version", false),
        ] {
            assert_eq!(leaves_out(versions, "2.0"), too_old, "{versions}");
        }
        assert!(leaves_out(">=3.0.10,<3.1", "3.1") && !leaves_out(">=3.0,<4", "3.1"));
        assert!(!leaves_out(">=3.1.2,<3.2", "3.1") && !leaves_out("==3.1.4", "3.1"));
    }

    fn read(path: &str, text: &str) -> Vec<(String, String)> {
        let all = file(path, text.as_bytes(), Knowledge::builtin());
        all.into_iter().map(|one| (one.generator, one.versions)).collect()
    }

    #[test]
    fn requirements_are_read_where_the_build_and_the_project_write_them() {
        let toml = "[build-system]\nrequires = [\"setuptools\", \"Cython >=3.0, <3.1\", \"cffi<2; python_version < '3.14'\"]\n\
                    [project]\ndependencies = [\"cffi[x]>=1.17 ; platform_python_implementation != 'PyPy'\"]\n";
        assert_eq!(
            read("pyproject.toml", toml),
            [("cython".to_owned(), ">=3.0,<3.1".to_owned()), ("cffi".to_owned(), ">=1.17".to_owned())]
        );
        let setup = "setup(setup_requires=['cffi>=1.0.0,<2'], install_requires=[\n'numpy', \"cffi (<2)\"])";
        assert_eq!(read("setup.py", setup), [("cffi".to_owned(), ">=1.0.0,<2".to_owned())]);
        assert_eq!(
            read("setup.cfg", "install_requires =\n    cffi<2\n"),
            [("cffi".to_owned(), "<2".to_owned())]
        );
        assert_eq!(read("other.toml", toml), []);
        assert_eq!(read("pyproject.toml", "\u{0}["), []);
    }
}

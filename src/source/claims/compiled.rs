//! Python files that a build has Cython compile.
//!
//! In: the build files' texts that may name such files, and the paths of an artifact. Out: modules. A file that the call of
//! Cython names is compiled. One that stands elsewhere in the build, as `src/pkg/x.py` or as `pkg.x`, is if a `.pxd` lies
//! beside it: the names are mostly in a list that is gone through. A `.pxd` alone shows nothing, for it may only lend its
//! declarations to others.

use std::collections::{BTreeSet, HashMap};

use globset::{GlobBuilder, GlobMatcher};

use super::generated::place;
use super::join::{Module, folder, is_test};
use super::script::{Kind, Script};
use super::{FileClaims, Place, targets};

/// How many names of one build file are kept.
const NAMES: usize = 1024;

/// Longest name kept.
const LONGEST: usize = 300;

/// How many patterns of one artifact are tried.
const PATTERNS: usize = 16;

/// A file name that more files have than this says nothing about which of them is meant.
const NAMESAKES: usize = 64;

/// A name in a build file.
#[derive(Debug, Clone)]
pub struct Name {
    /// As written: a path, a pattern or the dotted name of a module.
    text: String,
    /// Cython is handed it.
    direct: bool,
    place: Place,
}

/// The names of Python files and modules in a script that makes extension modules.
pub(super) fn names(path: &str, script: &Script<'_>) -> Vec<Name> {
    let mut makes = false;
    let mut handed: Vec<(usize, &str)> = Vec::new();
    for (i, name) in script.calls() {
        makes |= matches!(name, "cythonize" | "Extension");
        if name != "cythonize" || handed.len() > NAMES {
            continue;
        }
        for argument in script.arguments(i) {
            let value = match script.keyword(&argument) {
                Some(("module_list", value)) => value,
                Some(_) => continue,
                None => argument,
            };
            handed.extend(script.strings(&value).into_iter().map(|text| (i, text)));
        }
    }
    if !makes {
        return Vec::new();
    }
    let at = |i: usize| {
        let range = script.pieces.get(i).map(|piece| piece.range()).unwrap_or_default();
        place(path, script.bytes, range.start, range.len())
    };
    let mut out: Vec<Name> = Vec::new();
    let mut seen = BTreeSet::new();
    let spared = spared(script);
    for i in (0..script.pieces.len()).filter(|i| script.kind(*i) == Some(Kind::Text)) {
        let text = script.text(i);
        let after = spared.partition_point(|(from, _)| *from <= i);
        let spares = after.checked_sub(1).and_then(|at| spared.get(at)).is_some_and(|(_, to)| i < *to);
        if out.len() < NAMES && !spares && says_module(text) && seen.insert(text) {
            out.push(Name { text: text.to_owned(), direct: false, place: at(i) });
        }
    }
    let direct: BTreeSet<&str> = handed.iter().map(|(_, text)| *text).collect();
    for one in &mut out {
        one.direct = direct.contains(one.text.as_str());
    }
    out
}

/// Whether a text may be the path of a Python file, a pattern of such, or a dotted name.
fn says_module(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    let plain = !text.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '<' | '>' | ':'));
    text.len() <= LONGEST
        && plain
        && (text.ends_with(".py") || text.contains('.') && text.split('.').all(word))
}

/// What is written for `packages`, `py_modules` and `exclude`, which names what is not compiled, in order.
fn spared(script: &Script<'_>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for i in 0..script.pieces.len() {
        let named = matches!(script.text(i), "packages" | "py_modules" | "exclude");
        let given = script.is(i + 1, b'=') || script.is(i + 1, b':');
        if named && given && out.last().is_none_or(|(_, to)| *to <= i) {
            out.push((i, script.mate(i + 2).unwrap_or(i + 2) + 1));
        }
    }
    out
}

/// Python files of an artifact with a `.pxd` beside them that is not that of a `.pyx`. An `__init__.pxd` only says that others
/// may take declarations from the package.
struct Pairs<'a> {
    all: BTreeSet<&'a str>,
    /// By the last component.
    by_name: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Pairs<'a> {
    fn of(files: &[(&'a str, &FileClaims)]) -> Self {
        let has = |path: &str| files.binary_search_by(|(one, _)| (*one).cmp(path)).is_ok();
        let paired = |path: &&str| {
            path.strip_suffix(".py").is_some_and(|stem| {
                let package = stem == "__init__" || stem.ends_with("/__init__");
                !package && !is_test(path) && has(&format!("{stem}.pxd")) && !has(&format!("{stem}.pyx"))
            })
        };
        let all: BTreeSet<&str> = files.iter().map(|(path, _)| *path).filter(paired).collect();
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for path in &all {
            by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
        }
        Self { all, by_name }
    }

    /// The only one whose path ends so.
    fn ending(&self, tail: &str) -> Option<&'a str> {
        let named = self.by_name.get(tail.rsplit('/').next().unwrap_or(tail))?;
        let ends =
            |path: &&&str| path.strip_suffix(tail).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let mut found = named.iter().take(NAMESAKES).filter(ends);
        let one = found.next().filter(|_| named.len() <= NAMESAKES)?;
        found.next().is_none().then_some(one)
    }
}

/// Adds the Python files that build files have Cython compile.
pub(super) fn add(files: &[(&str, &FileClaims)], modules: &mut Vec<Module>) {
    if files.iter().all(|(_, file)| file.names.is_empty()) {
        return;
    }
    let pairs = Pairs::of(files);
    let mut made = paths(modules);
    let mut patterns = 0;
    for (build, file) in files.iter().filter(|(path, _)| !is_test(path)) {
        for name in &file.names {
            let text = name.text.trim_start_matches("./");
            let found = if text.contains('*') {
                patterns += 1;
                let pattern = pattern(build, text).filter(|_| patterns <= PATTERNS);
                let fits = |path: &&str| pattern.as_ref().is_some_and(|one| one.is_match(path));
                pairs.all.iter().copied().filter(fits).collect()
            } else {
                meant(files, &pairs, build, (text, name.direct)).into_iter().collect::<Vec<_>>()
            };
            for path in found {
                if !made.insert(path.to_owned()) {
                    continue;
                }
                let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py"));
                let dotted = super::cython::dotted_name(path, stem.unwrap_or_default());
                // A package is called by its folder.
                let dotted = dotted.strip_suffix(".__init__").unwrap_or(&dotted);
                let header = files.binary_search_by(|(one, _)| (*one).cmp(path)).ok();
                let header = header.and_then(|at| files.get(at)).map(|(_, file)| file.header.clone());
                let place = name.place.clone();
                modules.push(targets::module_of(dotted, place, path, header.unwrap_or_default(), &[]));
            }
        }
    }
}

/// The file that a name in a build file means.
fn meant<'a>(
    files: &[(&'a str, &FileClaims)],
    pairs: &Pairs<'a>,
    build: &str,
    (text, direct): (&str, bool),
) -> Option<&'a str> {
    let Some(path) = text.ends_with(".py").then(|| text.replace('\\', "/")) else {
        return pairs.ending(&format!("{}.py", text.replace('.', "/")));
    };
    let beside = match folder(build) {
        "" => path.clone(),
        folder => format!("{folder}/{path}"),
    };
    let exact = |wanted: &str| {
        let at = files.binary_search_by(|(one, _)| (*one).cmp(wanted)).ok()?;
        let (path, _) = files.get(at)?;
        (*path != build && !is_test(path) && (direct || pairs.all.contains(path))).then_some(*path)
    };
    exact(&beside).or_else(|| exact(&path)).or_else(|| pairs.ending(&path))
}

/// What a pattern of a build file matches.
fn pattern(build: &str, text: &str) -> Option<GlobMatcher> {
    let whole = match folder(build) {
        "" => text.to_owned(),
        folder => format!("{}/{text}", globset::escape(folder)),
    };
    Some(GlobBuilder::new(&whole).literal_separator(true).build().ok()?.compile_matcher())
}

/// Python files that Cython makes modules of, and those beside what it once made of them.
pub(super) fn paths(modules: &[Module]) -> BTreeSet<String> {
    let of_cython = modules.iter().filter(|one| one.seen.framework.name == super::cython::FRAMEWORK);
    let all = of_cython.flat_map(|one| one.sources.iter().chain([&one.path]));
    all.filter_map(|path| {
        let (stem, end) = path.rsplit_once('.')?;
        matches!(end, "py" | "c" | "cpp" | "cxx" | "cc").then(|| format!("{stem}.py"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::script::Dialect;
    use super::*;

    fn compiled(build: &str, paths: &[&str]) -> Vec<String> {
        let script = Script::new(build.as_bytes(), Dialect::Commas);
        let claims = FileClaims { names: names("setup.py", &script), ..FileClaims::default() };
        let mut files: Vec<(&str, &FileClaims)> =
            paths.iter().map(|path| (*path, FileClaims::none())).collect();
        files.push(("setup.py", &claims));
        files.sort_by_key(|(path, _)| *path);
        let mut modules = Vec::new();
        add(&files, &mut modules);
        modules.into_iter().map(|one| one.path).collect()
    }

    const TREE: [&str; 6] =
        ["src/p/a.py", "src/p/a.pxd", "src/p/b.py", "src/p/c.pxd", "src/p/c.py", "src/p/c.pyx"];

    #[test]
    fn what_cython_is_handed_is_compiled() {
        assert_eq!(
            compiled("cythonize(['src/p/b.py', './src/p/a.py'])", &TREE),
            ["src/p/b.py", "src/p/a.py"]
        );
        assert_eq!(
            compiled("M = ['src/p/b.py']\ncythonize(M, exclude=['src/p/a.py'])", &TREE),
            ["src/p/b.py"]
        );
        assert!(compiled("run(['src/p/b.py', 'src/p/a.py'])", &TREE).is_empty(), "that is no build");
    }

    #[test]
    fn a_package_that_lends_declarations_is_not_compiled_for_being_named() {
        let tree = ["p/__init__.py", "p/__init__.pxd"];
        assert!(compiled("open('p/__init__.py')\nExtension('p.x', ['p/x.pyx'])", &tree).is_empty());
        assert_eq!(compiled("cythonize(['p/__init__.py'])", &tree), ["p/__init__.py"]);
    }

    #[test]
    fn a_pxd_beside_it_and_its_name_in_the_build_show_that_a_file_is_compiled() {
        for list in ["src/p/a.py", "p/a.py", "p.a", "a.py", "src/*/*.py", "src/**/*.py"] {
            let build = format!("M = ['{list}']\nfor m in M: Extension(name(m), [m])");
            assert_eq!(compiled(&build, &TREE), ["src/p/a.py"], "{list}");
        }
        for list in ["src/p/b.py", "p.b", "src/p/c.py", "p.c", "q.a", "other/a.py"] {
            let build = format!("M = ['{list}']\nfor m in M: Extension(name(m), [m])");
            assert!(compiled(&build, &TREE).is_empty(), "{list}");
        }
        assert!(compiled("setup(py_modules=['p.a'], ext_modules=[Extension(x, [y])])", &TREE).is_empty());
        let two = ["p/a.py", "p/a.pxd", "q/p/a.py", "q/p/a.pxd"];
        assert_eq!(compiled("Extension(x, ['q/p/a.py'])", &two), ["q/p/a.py"]);
        assert!(compiled("Extension(x, ['p.a'])", &two).is_empty(), "either may be meant");
    }
}

//! Joins what files say into claims, one module at a time.
//!
//! In: the [`FileClaims`] of one artifact. Out: [`Claim`]s, gaps where something that may declare could not be
//! understood, findings for modules that do not declare, and for any path whether its code runs without the GIL.
//!
//! The order of belief: what stands at the module itself, then a directive of a build file that covers it, then the
//! generator's default. A build file covers what lies below its folder; if nothing of its generator does, all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::direct::{cap, direct};
use super::told::{claims_of, findings, full_name};
use super::{Does, FileClaims, ModuleSeen, Statement};
use super::{compiled, crates, targets};
use crate::knowledge::Knowledge;
use crate::model::{Claim, DeclaredBy, Finding, Gap, MemberPath, Minors, Stance};
use crate::rules::{Language, RuleSet};
use crate::source::found::Place;
use crate::source::includes::{Includes, base};
use crate::source::{among_tests, language, origin};

/// What the files of an artifact say together.
#[derive(Debug, Default)]
pub struct Joined {
    /// One per module and stance, and those of build files whose modules were not found.
    pub claims: Vec<Claim>,
    /// What could not be understood.
    pub gaps: Vec<Gap>,
    /// Modules that do not declare.
    pub findings: Vec<Finding>,
    /// Python files that Cython makes modules of.
    pub compiled: BTreeSet<String>,
    live: Live,
}

impl Joined {
    /// Whether the code of a file runs in a module that declares itself free of the GIL, if that is known.
    pub fn live(&self, path: &str) -> Option<bool> {
        let family = family(path);
        let of_family =
            self.live.families.iter().find(|(one, _)| *one == family).map(|(_, declares)| *declares);
        self.live.files.get(path).copied().or(of_family).unwrap_or(self.live.project)
    }

    /// Takes in which files include which: what a module says holds for the files that its own include, unless another
    /// module includes them as well and says something else.
    pub fn include(&mut self, files: &[(&str, Vec<&str>)]) {
        let includes = Includes::new(files.iter().map(|(path, _)| *path));
        let mut edges: Vec<(&str, &str)> = Vec::new();
        for (path, all) in files {
            for include in all {
                // One of several files of that name is not known to be the one.
                let [target] = includes.meant(path, include)[..] else { continue };
                edges.extend(files.get(target).map(|(target, _)| (*path, *target)));
            }
        }
        let own: BTreeSet<String> = self.live.files.keys().cloned().collect();
        edges.retain(|(_, to)| !own.contains(*to));
        for _ in 0..CHAIN {
            let mut gained: BTreeMap<&str, Option<bool>> = BTreeMap::new();
            for (from, to) in &edges {
                let Some(declares) = self.live.files.get(*from).copied() else { continue };
                let entry = gained.entry(to).or_insert(declares);
                if *entry != declares {
                    *entry = None;
                }
            }
            let mut changed = false;
            for (path, declares) in gained {
                changed |= self.live.files.insert(path.to_owned(), declares) != Some(declares);
            }
            if !changed {
                return;
            }
        }
    }
}

/// How long chains of files that include each other are followed.
const CHAIN: usize = 8;

#[derive(Debug, Default)]
struct Live {
    files: BTreeMap<String, Option<bool>>,
    /// What all modules of a language say, where there are any.
    families: Vec<(Family, Option<bool>)>,
    project: Option<bool>,
}

/// Languages whose files end up in the same modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    C,
    Cython,
    Rust,
    Other,
}

fn family(path: &str) -> Family {
    match MemberPath::new(path).ok().and_then(|path| language(&path)) {
        Some(Language::C | Language::Cpp) => Family::C,
        Some(Language::Cython) => Family::Cython,
        Some(Language::Rust) => Family::Rust,
        _ => Family::Other,
    }
}

/// A module, with everything that speaks for it.
#[derive(Debug)]
pub(super) struct Module {
    pub seen: ModuleSeen,
    /// The file it was found in.
    pub path: String,
    /// Files that are compiled into it, as far as a build file tells.
    pub sources: Vec<String>,
    /// Something that may declare was not understood.
    pub unknown: Option<String>,
    /// The versions of its generator that the build asks for, where none of them can declare.
    pub asked: Option<String>,
}

impl Module {
    /// The last component of its name.
    pub fn short(&self) -> &str {
        short(&self.seen.name)
    }

    pub(super) fn says(&self, stance: Stance) -> Option<&Statement> {
        let all = self.seen.says.iter().filter(|one| one.stance == stance);
        all.min_by_key(|one| (one.by, &one.place))
    }

    /// The Pythons for which it says so.
    pub(super) fn minors(&self, stance: Stance) -> Minors {
        let all = self.seen.says.iter().filter(|one| one.stance == stance);
        all.fold(Minors::ALL.without(Minors::ALL), |all, one| all.or(one.minors))
    }

    /// The Pythons on which it declares and asks for the GIL, by what could be told from the conditions.
    pub(super) fn contradicts(&self) -> Minors {
        self.minors(Stance::RunsWithoutGil).and(self.minors(Stance::NeedsGil))
    }

    /// Whether it declares, on the newest Python if that differs: unknown where it is not known or contradicts itself.
    fn declares(&self) -> Option<bool> {
        match (self.says(Stance::RunsWithoutGil), self.says(Stance::NeedsGil)) {
            (Some(_), Some(_)) if self.contradicts().is_empty() => {
                Some(self.minors(Stance::RunsWithoutGil).has(Minors::LAST))
            }
            (Some(_), Some(_)) => None,
            (Some(_), None) => Some(true),
            (None, None) if self.unknown.is_some() => None,
            (None, _) => Some(false),
        }
    }
}

/// The last component of a dotted name.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The folder of a path, empty for the top.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a path lies in a folder or below.
pub(super) fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a path is not installed: it lies among tests, or among what else is only shown or measured.
pub(super) fn is_test(path: &str) -> bool {
    const FOLDERS: [&str; 16] = [
        "test-data",
        "testdata",
        "test_data",
        "test cases",
        "demo",
        "demos",
        "sample",
        "samples",
        "fuzz",
        "fuzzing",
        "fixtures",
        "tutorial",
        "tutorials",
        "bench",
        "benches",
        "_examples",
    ];
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    name.starts_with("test_")
        || folders.split('/').any(|one| FOLDERS.contains(&one.to_ascii_lowercase().as_str()))
        || MemberPath::new(path).is_ok_and(|path| among_tests(&path))
}

/// Whether a path lies in a copy of another project that has a build of its own: it is brought along to be run or
/// built apart, and nothing of it becomes a module of this project.
fn is_apart(path: &str, files: &[(&str, &FileClaims)]) -> bool {
    let mut at = 0;
    let mut copied = false;
    while let Some(length) = path.get(at..).and_then(|rest| rest.find('/')) {
        let folder = path.get(..at + length).unwrap_or_default();
        copied = copied || origin::holds_copies(folder.get(at..).unwrap_or_default());
        let has = |name: &str| {
            let wanted = format!("{folder}/{name}");
            files.binary_search_by(|(one, _)| (*one).cmp(wanted.as_str())).is_ok()
        };
        if copied && (has("pyproject.toml") || has("setup.py")) {
            return true;
        }
        at += length + 1;
    }
    false
}

/// Joins the files of one artifact.
pub fn project(files: &[(&str, &FileClaims)], known: &Knowledge, rules: &RuleSet) -> Joined {
    let files: Vec<(&str, &FileClaims)> =
        files.iter().filter(|(path, _)| !is_apart(path, files)).copied().collect();
    let files = files.as_slice();
    let mut modules = collect(files);
    pair_generated(&mut modules);
    let mut out = Joined::default();
    compiled::add(files, &mut modules);
    targets::add(files, &mut modules, &mut out.gaps);
    targets::add_pure(files, &mut modules);
    out.compiled = compiled::paths(&modules);
    if modules.is_empty() {
        targets::computed(files, &mut out.gaps);
    }
    crates::choose(files, &mut modules);
    direct(files, &mut modules, &mut out.claims);
    crates::defaults(files, &mut modules, known);
    cap(files, &mut modules, known);
    report(&modules, known, rules, &mut out);
    out
}

/// All modules of all files, with words settled that one file leaves to another.
fn collect(files: &[(&str, &FileClaims)]) -> Vec<Module> {
    let mut words: HashMap<&str, Vec<&Does>> = HashMap::new();
    for (_, file) in files {
        for word in &file.words {
            words.entry(word.name.as_str()).or_default().push(&word.does);
        }
    }
    let included = included(files);
    let made = |mut seen: ModuleSeen, path: &str| {
        let unknown = settle(&mut seen, &words);
        Module { seen, path: path.to_owned(), sources: Vec::new(), unknown, asked: None }
    };
    let mut modules = Vec::new();
    let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (at, (path, file)) in files.iter().enumerate() {
        if included.contains(&at) {
            continue;
        }
        for seen in &file.modules {
            let mut seen = seen.clone();
            if seen.by_macro.as_deref().is_some_and(|word| !enters(word, &words)) {
                continue;
            }
            if !seen.defined {
                borrow_definition(&mut seen, files, &mut taken);
            }
            modules.push(made(seen, path));
        }
    }
    if modules.is_empty() {
        // Whatever enters them is hidden well, but there they are.
        for (path, file) in files {
            modules.extend(file.loose.iter().map(|loose| made(loose.module.clone(), path)));
        }
    }
    modules
}

/// Indices of the files that others include. `MPI.pyx` may include a `parts/MPI.pyx`; where no path fits, any file of the
/// name may be meant.
fn included(files: &[(&str, &FileClaims)]) -> BTreeSet<usize> {
    let includes = Includes::new(files.iter().map(|(path, _)| *path));
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (path, _)) in files.iter().enumerate() {
        by_name.entry(base(path)).or_default().push(at);
    }
    let mut out = BTreeSet::new();
    for (at, (path, file)) in files.iter().enumerate() {
        for name in &file.includes {
            let meant = includes.meant(path, name);
            let named = by_name.get(base(name)).filter(|_| meant.is_empty()).into_iter().flatten();
            out.extend(meant.iter().chain(named).filter(|one| **one != at));
        }
    }
    // What was made of a file by itself shows that it is a module, whoever includes it besides.
    let stem = |at: usize| files.get(at).and_then(|(path, _)| path.rsplit_once('.'));
    let generated = |file: &FileClaims| file.modules.iter().any(|one| one.framework.version.is_some());
    let made: BTreeSet<&str> = (0..files.len())
        .filter(|at| files.get(*at).is_some_and(|(_, file)| generated(file)))
        .filter_map(|at| Some(stem(at)?.0))
        .collect();
    out.retain(|at| stem(*at).is_none_or(|(stem, end)| end != "pyx" || !made.contains(stem)));
    out
}

/// Finds the definition of a module whose entry only calls a function of another file, or none that is known.
fn borrow_definition(
    seen: &mut ModuleSeen,
    files: &[(&str, &FileClaims)],
    taken: &mut BTreeSet<(usize, usize)>,
) {
    let all = files
        .iter()
        .enumerate()
        .flat_map(|(at, (_, file))| file.loose.iter().enumerate().map(move |(k, loose)| ((at, k), loose)));
    let called = |loose: &super::Loose| loose.used_by.iter().any(|name| seen.calls.contains(name));
    let found = all.clone().find(|(_, loose)| called(loose)).or_else(|| {
        all.clone().find(|(at, loose)| short(&loose.module.name) == seen.name && !taken.contains(at))
    });
    if let Some((at, loose)) = found {
        taken.insert(at);
        seen.says.extend(loose.module.says.iter().cloned());
        seen.open.extend(loose.module.open.iter().cloned());
        seen.calls.extend(loose.module.calls.iter().cloned());
        seen.place = loose.module.place.clone();
        seen.evidence.clone_from(&loose.module.evidence);
        seen.defined = true;
    }
}

/// Looks up words that a file left open. What remains unknown comes back as a reason.
fn settle(seen: &mut ModuleSeen, words: &HashMap<&str, Vec<&Does>>) -> Option<String> {
    let mut unknown = None;
    for word in std::mem::take(&mut seen.open) {
        match words.get(word.as_str()) {
            Some(does) => seen.says.extend(says(does)),
            None => {
                unknown =
                    Some(format!("what `{word}` stands for is not in these sources, and it may declare"))
            }
        }
    }
    for call in &seen.calls {
        let does = words.get(call.as_str()).map(Vec::as_slice).unwrap_or_default();
        seen.says.extend(says(does));
    }
    if let Some(word) = &seen.by_macro {
        let enters = words.get(word.as_str()).into_iter().flatten().find_map(|does| match does {
            Does::Enters(super::Named::Fixed(name)) => Some(name),
            _ => None,
        });
        if let Some(name) = enters {
            seen.name.clone_from(name);
        }
    }
    if !seen.defined && seen.says.is_empty() && unknown.is_none() {
        unknown = Some("the definition of the module is not in these sources".to_owned());
    }
    unknown
}

/// Whether a macro that begins a function is one that enters a module: by its definition, or, where the project does
/// not have that, by its name.
fn enters(word: &str, words: &HashMap<&str, Vec<&Does>>) -> bool {
    match words.get(word) {
        Some(does) => does.iter().any(|one| matches!(one, Does::Enters(_))),
        None => word.contains("INIT"),
    }
}

fn says<'a>(does: &'a [&'a Does]) -> impl Iterator<Item = Statement> + 'a {
    does.iter().filter_map(|one| match one {
        Does::Says(statement) => Some(statement.clone()),
        _ => None,
    })
}

/// A generated file beside its source is the same module: it tells the generator's version, and what it was once
/// told if the source and the build are silent.
fn pair_generated(modules: &mut Vec<Module>) {
    let mut by_name: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (at, one) in modules.iter().enumerate() {
        by_name.entry((one.seen.framework.name.clone(), one.short().to_owned())).or_default().push(at);
    }
    let mut gone = BTreeSet::new();
    for (_, same) in by_name {
        let generated = |at: &usize| modules.get(*at).is_some_and(|one| one.seen.framework.version.is_some());
        let (made, sources): (Vec<usize>, Vec<usize>) = same.iter().copied().partition(generated);
        for made in made {
            let Some(made_path) = modules.get(made).map(|one| folder(&one.path).to_owned()) else { continue };
            let beside = sources
                .iter()
                .find(|at| modules.get(**at).is_some_and(|one| folder(&one.path) == made_path))
                .or(if sources.len() == 1 { sources.first() } else { None });
            let Some(&source) = beside else { continue };
            let Some((version, says)) =
                modules.get(made).map(|one| (one.seen.framework.version.clone(), one.seen.says.clone()))
            else {
                continue;
            };
            if let Some(module) = modules.get_mut(source) {
                module.seen.framework.version = version;
                if module.seen.says.is_empty() {
                    module.seen.says = says;
                }
            }
            gone.insert(made);
        }
    }
    let mut at = 0;
    modules.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

fn report(modules: &[Module], known: &Knowledge, rules: &RuleSet, out: &mut Joined) {
    let mut names: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for module in modules {
        names.entry(module.short()).or_default().insert(module.path.as_str());
    }
    let mut installed: Vec<(Family, Option<bool>)> = Vec::new();
    for module in modules {
        let alone = names.get(module.short()).is_none_or(|paths| paths.len() == 1);
        let name = if alone { module.short().to_owned() } else { full_name(module) };
        let declares = module.declares();
        if !is_test(&module.path) {
            claims_of(module, &name, out);
            installed.push((family(&module.path), declares));
            out.findings.extend(findings(module, known, rules));
        }
        for path in module.sources.iter().chain([&module.path, &module.seen.place.location.path]) {
            let entry = out.live.files.entry(path.clone()).or_insert(declares);
            if *entry != declares {
                *entry = None;
            }
        }
    }
    let agreed = |all: &[Option<bool>]| {
        let first = *all.first()?;
        all.iter().all(|one| *one == first).then_some(first).flatten()
    };
    let all: Vec<Option<bool>> = installed.iter().map(|(_, declares)| *declares).collect();
    out.live.project = agreed(&all);
    for family in [Family::C, Family::Cython, Family::Rust] {
        let of: Vec<Option<bool>> =
            installed.iter().filter(|(one, _)| *one == family).map(|(_, declares)| *declares).collect();
        if !of.is_empty() {
            out.live.families.push((family, agreed(&of)));
        }
    }
}

/// Whoever declared first counts: the author before the generator.
pub(super) fn by_default(place: &Place, evidence: String) -> Statement {
    Statement {
        stance: Stance::RunsWithoutGil,
        by: DeclaredBy::GeneratorDefault,
        place: place.clone(),
        guard: None,
        minors: Minors::ALL,
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimScope, Hides, Member};
    use crate::rules::RuleSet;
    use crate::source::FileSeen;

    fn joined(files: &[(&str, &str)]) -> Joined {
        let known = Knowledge::builtin();
        let mut seen: Vec<FileSeen> = files
            .iter()
            .map(|(path, text)| {
                let path = MemberPath::new(path).expect("a plain path");
                crate::source::file(&Member::new(&path, text.as_bytes()), known, RuleSet::builtin())
            })
            .collect();
        seen.sort_by(|a, b| a.path.cmp(&b.path));
        let files: Vec<_> = seen.iter().map(|file| (file.path.as_str(), file.claims())).collect();
        let mut joined = project(&files, known, RuleSet::builtin());
        joined.include(&seen.iter().map(FileSeen::included).collect::<Vec<_>>());
        joined
    }

    fn said(joined: &Joined) -> Vec<(String, Stance)> {
        let name = |claim: &Claim| match &claim.scope {
            ClaimScope::Module(name) => name.clone(),
            ClaimScope::Framework(name) => format!("all of {name}"),
        };
        joined.claims.iter().map(|claim| (name(claim), claim.stance)).collect()
    }

    fn module(name: &str, stance: Stance) -> (String, Stance) {
        (name.to_owned(), stance)
    }

    const DEFINITION: &str = "static PyModuleDef_Slot slots[] = { COMMON {0, NULL} };\n\
        static PyModuleDef def = {PyModuleDef_HEAD_INIT, \"x\", 0, 0, 0, slots};\n\
        PyMODINIT_FUNC PyInit_x(void) { return PyModuleDef_Init(&def); }\n";

    /// A macro from another file of the project may be the declaration; one from nowhere leaves it open.
    #[test]
    fn a_word_that_one_file_leaves_open_is_settled_by_another_or_becomes_a_gap() {
        let header = "#define COMMON {Py_mod_gil, Py_MOD_GIL_NOT_USED},\n";
        assert_eq!(
            said(&joined(&[("x.c", DEFINITION), ("x.h", header)])),
            [module("x", Stance::RunsWithoutGil)]
        );
        let other = "#define COMMON {Py_mod_exec, f},\n";
        assert_eq!(said(&joined(&[("x.c", DEFINITION), ("x.h", other)])), [module("x", Stance::Silent)]);
        let unknown = joined(&[("x.c", DEFINITION)]);
        assert!(unknown.claims.is_empty() && unknown.findings.is_empty());
        assert_eq!(unknown.gaps[0].hides, Hides::Claims);
    }

    /// The entry stands in one file and the definition, which names itself by a designator, in one that it includes.
    #[test]
    fn a_definition_in_an_included_file_is_found_by_its_name() {
        let entry = "#include \"module.cpp\"\nPyMODINIT_FUNC PyInit__x(void) { return make_it(); }\n";
        let part = "static struct PyModuleDef some_def = { .m_base=PyModuleDef_HEAD_INIT, .m_name=\"x._x\", .m_size=-1 };\n";
        let all = joined(&[("x.cpp", entry), ("module.cpp", part), ("y.c", "")]);
        assert_eq!(said(&all), [module("_x", Stance::Silent)]);
        assert!(all.gaps.is_empty(), "{:?}", all.gaps);
        let other = "#include \"shared.h\"\n#include \"part.c\"\nPyMODINIT_FUNC PyInit_y(void) { return PyModule_Create(&def); }\n\
                     static struct PyModuleDef def = { PyModuleDef_HEAD_INIT, \"y\" };\n";
        let slots = "#include \"shared.h\"\nstatic PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0}};\n\
                     static struct PyModuleDef d = { PyModuleDef_HEAD_INIT, .m_slots = slots };\n\
                     PyMODINIT_FUNC PyInit_z(void) { return PyModuleDef_Init(&d); }\n";
        let all = joined(&[("y.c", other), ("z.c", slots), ("part.c", "int a;"), ("shared.h", "int b;")]);
        assert_eq!(["part.c", "shared.h", "none.c"].map(|path| all.live(path)), [Some(false), None, None]);
    }

    #[test]
    fn a_build_file_speaks_for_what_lies_below_it() {
        let on = "cython_args += ['-Xfreethreading_compatible=True']";
        let files = [("a/meson.build", on), ("a/_x.pyx", ""), ("b/_y.pyx", "")];
        let all = joined(&files);
        assert_eq!(said(&all), [module("_x", Stance::RunsWithoutGil), module("_y", Stance::Silent)]);
        assert_eq!(
            (all.live("a/_x.pyx"), all.live("b/_y.pyx"), all.live("c.pxd")),
            (Some(true), Some(false), None)
        );
        let elsewhere = joined(&[("build/meson.build", on), ("b/_y.pyx", "")]);
        assert_eq!(said(&elsewhere), [module("_y", Stance::RunsWithoutGil)]);
        let nothing = joined(&[("meson.build", on)]);
        assert_eq!(said(&nothing), [module("all of cython", Stance::RunsWithoutGil)]);
    }

    #[test]
    fn generated_code_beside_its_source_is_no_second_module() {
        let made = "/* Generated by Cython 3.1.2 */\n{\"module_name\": \"pkg._x\"}\n{Py_mod_gil, Py_MOD_GIL_USED},\n";
        let all = joined(&[("pkg/_x.pyx", ""), ("pkg/_x.c", made)]);
        assert_eq!(said(&all), [module("_x", Stance::Silent)]);
        assert_eq!(all.claims[0].framework.version.as_deref(), Some("3.1.2"));
        let alone = joined(&[("pkg/_x.c", made)]);
        assert_eq!(said(&alone), [module("_x", Stance::Silent)]);
        assert!(alone.findings.iter().all(|one| !one.counts()), "the generator wrote the file");
        let included = joined(&[("pkg/_x.pyx", "include \"_part.pyx\"\n"), ("pkg/_part.pyx", "")]);
        assert_eq!(said(&included), [module("_x", Stance::Silent)]);
        let both = [("pkg/_y.pyx", "include \"_x.pyx\"\n"), ("pkg/_x.pyx", ""), ("pkg/_x.c", made)];
        let told: Vec<_> = joined(&both).findings.iter().map(|one| one.location.path.clone()).collect();
        assert_eq!(told, ["pkg/_x.pyx", "pkg/_y.pyx"], "a module, though another includes it");
        let alike = joined(&[("pkg/_x.pyx", "include \"_x.src/_x.pyx\"\n"), ("pkg/_x.src/_x.pyx", "")]);
        assert_eq!(said(&alike), [module("_x", Stance::Silent)]);
    }

    #[test]
    fn pyo3_declares_by_its_locked_version() {
        let lib = "#[pymodule]\nfn _x(m: M) {}\n#[pymodule]\nfn part(m: M) {}";
        let toml = "[package]\nname = \"x\"\n[lib]\nname = \"_x\"\n[dependencies]\npyo3 = \">=0.26\"\n";
        let lock = |version: &str| format!("[[package]]\nname = \"pyo3\"\nversion = \"{version}\"\n");
        let with = |lock: &str| joined(&[("src/lib.rs", lib), ("Cargo.toml", toml), ("Cargo.lock", lock)]);
        let new = with(&lock("0.28.0"));
        assert_eq!(said(&new), [module("_x", Stance::RunsWithoutGil)]);
        assert_eq!(new.claims[0].declared_by, Some(DeclaredBy::GeneratorDefault));
        assert_eq!(said(&with(&lock("0.27.2"))), [module("_x", Stance::Silent)]);
        let open = joined(&[("src/lib.rs", lib), ("Cargo.toml", toml)]);
        assert!(open.claims.is_empty() && open.gaps.len() == 1, "both versions are allowed");
    }

    /// The free-threaded build of 3.13 was an experiment, and some left it out.
    #[test]
    fn what_is_said_for_some_versions_contradicts_nothing_said_for_others() {
        let text = "static PyModuleDef_Slot slots[] = {\n#if PY_VERSION_HEX >= 0x030E0000\n\
            {Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#else\n{Py_mod_gil, Py_MOD_GIL_USED},\n#endif\n{0, NULL} };\n\
            static PyModuleDef def = {PyModuleDef_HEAD_INIT, \"x\", 0, 0, 0, slots};\n\
            PyMODINIT_FUNC PyInit_x(void) { return PyModuleDef_Init(&def); }\n";
        let all = joined(&[("x.c", text)]);
        let said: Vec<_> = all.claims.iter().map(|one| (one.stance, one.minors.to_string())).collect();
        assert_eq!(
            said,
            [(Stance::RunsWithoutGil, "3.14 and later".to_owned()), (Stance::NeedsGil, "3.13".to_owned())]
        );
        assert_eq!((all.findings.len(), all.live("x.c")), (1, Some(true)));
        assert_eq!(all.findings[0].rule, "gil-requested");
        // Said twice, for old and for new Pythons, it is said for all.
        let both = joined(&[("x.c", &text.replace("Py_MOD_GIL_USED", "Py_MOD_GIL_NOT_USED"))]);
        assert_eq!(both.claims.iter().map(|one| one.minors.is_all()).collect::<Vec<_>>(), [true]);
        let other = joined(&[("x.c", &text.replace("PY_VERSION_HEX >= 0x030E0000", "defined(X)"))]);
        assert_eq!(other.findings[0].rule, "gil-contradiction");
    }

    #[test]
    fn a_build_that_asks_for_an_old_generator_does_not_declare() {
        let build = "ffi.set_source('p._x', '#include <x.h>')\n";
        let with = |requires: &str| {
            let toml = format!("[build-system]\nrequires = [\"{requires}\"]\n");
            let all = joined(&[("build_ffi.py", build), ("pyproject.toml", &toml)]);
            (said(&all), all.findings.iter().map(|one| one.fix.clone()).collect::<Vec<_>>())
        };
        let (old, fix) = with("cffi>=1.17,<2");
        assert_eq!(old, [module("_x", Stance::Silent)]);
        assert!(fix[0].contains("cffi 2.0"), "{fix:?}");
        assert_eq!(with("cffi>=1.17").0, [module("_x", Stance::RunsWithoutGil)]);
        let cython = [("_y.pyx", ""), ("pyproject.toml", "[build-system]\nrequires = [\"Cython<3.1\"]\n")];
        assert!(joined(&cython).findings[0].fix.contains("Cython 3.1"));
    }

    #[test]
    fn what_is_not_installed_says_nothing() {
        let silent = "PYBIND11_MODULE(t, m) {}";
        let files = [
            ("tests/t.cpp", silent),
            ("demo/d.cpp", silent),
            ("_x.pyx", "# cython: freethreading_compatible=True"),
        ];
        assert_eq!(said(&joined(&files)), [module("_x", Stance::RunsWithoutGil)]);
        let copy = [
            ("vendored-tool/setup.py", "import x"),
            ("vendored-tool/a.c", "#include <Python.h>\nPYBIND11_MODULE(t, m) {}"),
        ];
        assert_eq!(said(&joined(&copy)), []);
        let meson = [
            ("meson.build", "py.extension_module('_d', 'd.cpp', install: false)"),
            ("d.cpp", "PYBIND11_MODULE(_d, m) {}"),
        ];
        assert_eq!(said(&joined(&meson)), []);
    }

    #[test]
    fn two_modules_of_one_name_are_told_apart_and_both_have_to_declare() {
        let all = joined(&[("a/_x.pyx", "# cython: freethreading_compatible=True"), ("b/_x.pyx", "")]);
        assert_eq!(said(&all), [module("a._x", Stance::RunsWithoutGil), module("b._x", Stance::Silent)]);
    }

    #[test]
    fn a_module_that_only_a_build_file_knows_is_a_gap() {
        let build = "setup(ext_modules=[Extension('p._x', ['a.c', 'made.c'])])";
        let all = joined(&[("setup.py", build), ("a.c", "int x;")]);
        assert_eq!(all.gaps.len(), 1);
        let plain =
            joined(&[("setup.py", "setup(ext_modules=[Extension('p._x', ['a.c'])])"), ("a.c", "int x;")]);
        // A module that exists only to have a command run is told, and hides nothing.
        let trick = "setup(ext_modules=[Extension('p.x', ['x.c'])], cmdclass={'build_ext': own})";
        let placeholder = joined(&[("setup.py", trick), ("p/_y.pyx", "")]);
        assert_eq!(placeholder.gaps.iter().map(|gap| gap.hides).collect::<Vec<_>>(), [Hides::Nothing]);
        assert_eq!(joined(&[("setup.py", trick)]).gaps[0].hides, Hides::Claims, "it is all there is");
        let computed = joined(&[("setup.py", "Extension(name(), [])")]);
        assert!(computed.gaps[0].reason.contains("line 1"), "{:?}", computed.gaps);
        assert!(plain.gaps.is_empty(), "all was read, and it is a library that nobody imports");
    }
}

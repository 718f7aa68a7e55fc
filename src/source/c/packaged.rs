//! Answers what one file asks of macros by what the package's other files define.
//!
//! In: the conditions that files could not answer, the calls that may be of macros, and all macros of the package. Out:
//! the places that a released build does not compile: branches whose condition is false by the package's own headers, and
//! arguments of macros that drop them. A macro counts if a header that the file includes defines it, and if all its
//! definitions that are compiled agree. A default (`#ifndef X`, `#define X 0`) may be overridden from outside: it counts
//! if no build file names it and no header is included that the build might make. Nothing here is tried twice, and how
//! deep answers lead to further questions is bounded.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::includes::{Includes, base};
use super::DEFINITIONS;
use super::condition::{Definition, Definitions, Range, evaluate};
use super::lex::{Kind, tokenize};
use super::scan::UNANSWERED;
use super::summary::{CSeen, ConditionSeen, MacroSeen, Means, Place, digest};
use crate::model::MemberPath;

/// How many questions an answer may lead to, one inside the other.
const DEPTH: u32 = 8;

/// Most definitions of one name.
const DEFINED: usize = 64;

/// Most files that one includes, directly or not.
const INCLUDED: usize = 1_000;

/// Most steps from a file to one that it includes, for all files of a package together.
const STEPS: usize = 20_000_000;

/// Most names that are kept of one build file.
const NAMES: usize = 10_000;

/// Largest build file whose names are read, in bytes.
const BUILD_BYTES: usize = 1 << 20;

/// Whether a file by that name may define macros for the compiler, besides those that are read as build files or Python:
/// what make, CMake, autotools and their like read.
pub fn defines_macros(path: &MemberPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let extension = path.extension();
    let known =
        matches!(extension.as_str(), "cmake" | "mk" | "mak" | "ac" | "am" | "gyp" | "gypi" | "bzl" | "pro");
    known
        || name.starts_with("makefile")
        || name.starts_with("gnumakefile")
        || name.starts_with("configure")
        || matches!(
            name.as_str(),
            "build"
                | "sconstruct"
                | "sconscript"
                | "jamfile"
                | "wscript"
                | "meson.options"
                | "meson_options.txt"
        )
}

/// What the build may say of macros: the digests of names in one build file, or in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildNames {
    /// Sorted, each once.
    names: Vec<u64>,
    /// Some of a build file was not read: any name may be in it.
    any: bool,
}

impl BuildNames {
    /// Reads a build file. A Python file counts if it speaks of macros.
    pub fn read(bytes: &[u8], python: bool) -> Self {
        const SPEAKS: [&[u8]; 3] = [b"define_macros", b"-D", b"compile_args"];
        let whole = bytes.len() <= BUILD_BYTES;
        let text = bytes.get(..BUILD_BYTES).unwrap_or(bytes);
        if python && !SPEAKS.iter().any(|word| memchr::memmem::find(bytes, word).is_some()) {
            return Self::default();
        }
        let words = text.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_'));
        let mut words = words.filter(|word| word.iter().any(u8::is_ascii_uppercase));
        // `-DNAME` sticks to its flag.
        let both =
            words.by_ref().take(NAMES).flat_map(|word| [Some(word), word.strip_prefix(b"D")]).flatten();
        let names = both.filter_map(|word| Some(digest(std::str::from_utf8(word).ok()?))).collect();
        Self { names, any: !whole || words.next().is_some() }.sorted()
    }

    /// What several files say together.
    pub fn of_all(files: impl Iterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for one in files {
            all.names.extend(one.names);
            all.any |= one.any;
        }
        all.sorted()
    }

    fn sorted(mut self) -> Self {
        self.names.sort_unstable();
        self.names.dedup();
        self.names.shrink_to_fit();
        self
    }

    fn may_define(&self, name: u64) -> bool {
        self.any || self.names.binary_search(&name).is_ok()
    }
}

/// Places of each file that released builds do not compile. `built` is what all build files say.
pub fn dead(files: &[(&str, &CSeen)], built: &BuildNames) -> Vec<Vec<Place>> {
    let package = Package::new(files, built);
    (0..files.len()).map(|at| package.dead(at)).collect()
}

/// Takes away what stands at places that are not compiled.
pub fn forget(seen: &mut CSeen, dead: Vec<Place>) {
    if dead.is_empty() {
        return;
    }
    let dead = apart(dead);
    let kept = |line: u32, column: u32| {
        let before = dead.partition_point(|one| (one.line, one.column) < (line, column));
        let last = before.checked_sub(1).and_then(|at| dead.get(at));
        last.is_none_or(|one| (one.end_line, one.end_column) <= (line, column))
    };
    let place = |one: &Place| kept(one.line, one.column);
    seen.fields.retain(|one| place(&one.place));
    seen.uses.retain(|one| place(&one.place));
    seen.calls.retain(|one| place(&one.place));
    seen.globals.retain(|one| place(&one.place));
    seen.pending.retain(|one| kept(one.finding.location.line, one.finding.location.column));
}

/// The same places in order, without those inside others.
fn apart(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|one| (one.line, one.column));
    let mut out: Vec<Place> = Vec::new();
    for one in places {
        match out.last_mut() {
            Some(last) if (one.line, one.column) < (last.end_line, last.end_column) => {
                let end = (last.end_line, last.end_column).max((one.end_line, one.end_column));
                (last.end_line, last.end_column) = end;
            }
            _ => out.push(one),
        }
    }
    out
}

struct Package<'p> {
    files: &'p [(&'p str, &'p CSeen)],
    built: &'p BuildNames,
    macros: HashMap<u64, Vec<(usize, &'p MacroSeen)>>,
    undefined: HashSet<u64>,
    includes: Includes<'p>,
    edges: RefCell<HashMap<usize, Rc<Edges>>>,
    /// How many more steps from file to file are taken for all views together.
    steps: Cell<usize>,
}

/// What a file includes itself.
#[derive(Debug, Default)]
struct Edges {
    to: Vec<usize>,
    /// One that the build may make is among it.
    made: bool,
}

/// A file with those it includes, and what was found out about names there.
struct View {
    files: HashSet<usize>,
    /// A header that the build may make is among what it includes.
    made: bool,
    known: RefCell<HashMap<u64, Option<Means>>>,
}

impl<'p> Package<'p> {
    fn new(files: &'p [(&'p str, &'p CSeen)], built: &'p BuildNames) -> Self {
        let mut macros: HashMap<u64, Vec<(usize, &MacroSeen)>> = HashMap::new();
        let mut undefined = HashSet::new();
        for (at, (_, seen)) in files.iter().enumerate() {
            undefined.extend(seen.undefined.iter().copied());
            for one in &seen.macros {
                macros.entry(one.name).or_default().push((at, one));
            }
        }
        let includes = Includes::new(files.iter().map(|(path, _)| *path));
        let edges = RefCell::default();
        Self { files, built, macros, undefined, includes, edges, steps: Cell::new(STEPS) }
    }

    fn dead(&self, at: usize) -> Vec<Place> {
        let Some((_, seen)) = self.files.get(at) else { return Vec::new() };
        let drops = |name: &u64| {
            let all = self.macros.get(name).into_iter().flatten();
            all.clone().any(|(_, one)| one.means == Means::Drops) && all.count() <= DEFINED
        };
        let wraps: Vec<_> = seen.wraps.iter().filter(|(name, _)| drops(name)).collect();
        let asks = |one: &ConditionSeen| names(&one.text).any(|name| self.macros.contains_key(&name));
        if wraps.is_empty() && !seen.conditions.iter().any(asks) {
            return Vec::new();
        }
        let Some(view) = self.view(at) else { return Vec::new() };
        let mut out = Vec::new();
        for number in 0..seen.conditions.len() as u32 {
            if self.compiled(at, number, &view, DEPTH) == Some(false)
                && let Some(one) = seen.conditions.get(number as usize)
            {
                let (line, end_line) = one.lines;
                out.push(Place { line, column: u32::MAX, end_line, end_column: 0 });
            }
        }
        for (name, place) in wraps {
            if self.means(*name, &view, DEPTH) == Some(Means::Drops) {
                out.push(*place);
            }
        }
        out
    }

    /// What a file includes, as far as the package has it; nothing once too much was asked for.
    fn view(&self, at: usize) -> Option<View> {
        let mut view = View { files: HashSet::from([at]), made: false, known: RefCell::default() };
        let mut waiting = vec![at];
        while let Some(at) = waiting.pop() {
            let edges = self.edges(at);
            view.made |= edges.made;
            let left = self.steps.get().checked_sub(edges.to.len() + 1)?;
            self.steps.set(left);
            for one in &edges.to {
                if view.files.len() < INCLUDED && view.files.insert(*one) {
                    waiting.push(*one);
                }
            }
        }
        Some(view)
    }

    /// What a file itself includes; looked up once.
    fn edges(&self, at: usize) -> Rc<Edges> {
        if let Some(known) = self.edges.borrow().get(&at) {
            return Rc::clone(known);
        }
        let mut edges = Edges::default();
        if let Some((path, seen)) = self.files.get(at) {
            edges.made = seen.includes_more;
            for include in &seen.includes {
                let found = self.includes.meant(path, include);
                let name = base(include).to_ascii_lowercase();
                edges.made |= found.is_empty() && name.contains("config") && name != "pyconfig.h";
                edges.to.extend(found);
            }
            edges.to.sort_unstable();
            edges.to.dedup();
        }
        let edges = Rc::new(edges);
        self.edges.borrow_mut().insert(at, Rc::clone(&edges));
        edges
    }

    /// Whether a stretch of a file is compiled, if that is certain.
    fn compiled(&self, file: usize, number: u32, view: &View, depth: u32) -> Option<bool> {
        let (_, seen) = self.files.get(file)?;
        let one = seen.conditions.get(number as usize)?;
        let mut certain = true;
        for before in &one.before {
            let text = &seen.conditions.get(*before as usize)?.text;
            match self.truth(text, view, depth) {
                Some(true) => return Some(false),
                Some(false) => {}
                None => certain = false,
            }
        }
        match self.truth(&one.text, view, depth) {
            Some(false) => Some(false),
            Some(true) if certain => Some(true),
            _ => None,
        }
    }

    fn truth(&self, text: &str, view: &View, depth: u32) -> Option<bool> {
        if text == "else" {
            return Some(true);
        }
        let tokens = tokenize(text.as_bytes());
        let mut known: Option<Definitions> = None;
        for token in tokens.list.iter().filter(|token| token.kind == Kind::Ident) {
            let Some(name) = text.get(token.start as usize..token.end as usize) else { continue };
            if DEFINITIONS.get(name.as_bytes()).is_some() {
                continue;
            }
            let range = match self.means(digest(name), view, depth) {
                Some(Means::Number(value)) => Range::exactly(value),
                Some(_) => Range::ANY,
                None => continue,
            };
            known.get_or_insert_with(|| DEFINITIONS.clone()).set(name.as_bytes(), Definition::As(range));
        }
        evaluate(text.as_bytes(), &tokens.list, known.as_ref().unwrap_or(&DEFINITIONS)).truth()
    }

    /// What a name means in a file, if the package says so with one voice.
    fn means(&self, name: u64, view: &View, depth: u32) -> Option<Means> {
        let all = self.macros.get(&name).filter(|all| all.len() <= DEFINED)?;
        if depth == 0 || self.undefined.contains(&name) {
            return None;
        }
        if let Some(known) = view.known.borrow().get(&name) {
            return *known;
        }
        // Whoever asks for it on the way asks in a circle.
        view.known.borrow_mut().insert(name, None);
        let mut agreed: Option<Means> = None;
        let mut included = false;
        for (file, one) in all {
            match self.defined(*file, one, view, depth - 1) {
                Some(true) => {}
                Some(false) => continue,
                None => return None,
            }
            if one.is_default && (view.made || self.built.may_define(name)) {
                return None;
            }
            included |= view.files.contains(file);
            if agreed.is_some_and(|means| means != one.means) {
                return None;
            }
            agreed = Some(one.means);
        }
        let means = agreed.filter(|_| included);
        view.known.borrow_mut().insert(name, means);
        means
    }

    fn defined(&self, file: usize, one: &MacroSeen, view: &View, depth: u32) -> Option<bool> {
        let mut certain = true;
        for number in &one.under {
            let compiled =
                if *number == UNANSWERED { None } else { self.compiled(file, *number, view, depth) };
            match compiled {
                Some(true) => {}
                Some(false) => return Some(false),
                None => certain = false,
            }
        }
        certain.then_some(true)
    }
}

/// Digests of the names in a condition.
fn names(text: &str) -> impl Iterator<Item = u64> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')).map(digest)
}

#[cfg(test)]
mod tests {
    use super::super::{CFile, scan};
    use super::*;
    use crate::rules::RuleSet;

    /// Lines of the last file that are taken for not compiled.
    fn lines(files: &[(&str, &str)], build: &str) -> Vec<(u32, u32)> {
        let rules = RuleSet::builtin();
        let seen: Vec<CSeen> =
            files.iter().map(|(path, text)| scan::seen(&CFile::read(path, text.as_bytes()), rules)).collect();
        let all: Vec<(&str, &CSeen)> = files.iter().map(|(path, _)| *path).zip(&seen).collect();
        let built = BuildNames::read(build.as_bytes(), false);
        let last = dead(&all, &built).pop().unwrap_or_default();
        last.iter().map(|place| (place.line, place.end_line)).collect()
    }

    const FILE: &str = "#include \"util.h\"\nint f(T *self)\n{\n#if LOG\n  self->n++;\n#else\n  g();\n#endif\n  \
                        STATS(self->m++);\n}\n";

    #[test]
    fn what_a_header_of_the_package_says_decides_a_branch() {
        let with = |text: &str| lines(&[("a/util.h", text), ("a/f.c", FILE)], "");
        assert_eq!(with("#define LOG 0\n"), [(4, 6)]);
        assert_eq!(with("#define LOG 1\n"), [(6, 8)]);
        assert_eq!(with("#ifndef UTIL_H\n#define UTIL_H\n#define LOG 0 /* or 1 */\n#endif\n"), [(4, 6)]);
        assert_eq!(with("#define LOG f()\n"), [], "no number");
        assert_eq!(with("#define LOG 0\n#undef LOG\n"), []);
        assert_eq!(with("#ifdef NDEBUG\n#define LOG 0\n#endif\n"), [], "the build decides");
        assert_eq!(with("#ifdef NDEBUG\n#define LOG 0\n#else\n#define LOG 1\n#endif\n"), []);
        assert_eq!(with("#ifdef PYPY_VERSION\n#define LOG 1\n#else\n#define LOG 0\n#endif\n"), [(4, 6)]);
    }

    #[test]
    fn a_default_holds_until_the_build_may_override_it() {
        let header = ("a/util.h", "#ifndef LOG\n#define LOG 0\n#endif\n");
        assert_eq!(lines(&[header, ("a/f.c", FILE)], "Extension('f', ['f.c'])"), [(4, 6)]);
        assert_eq!(lines(&[header, ("a/f.c", FILE)], "define_macros=[('LOG', '1')]"), []);
        assert_eq!(lines(&[header, ("a/f.c", FILE)], "args = ['-DLOG=1']"), []);
        let long = format!("{}LOG", "x ".repeat(BUILD_BYTES));
        assert_eq!(
            lines(&[header, ("a/f.c", FILE)], &long),
            [],
            "what was not read of the build may name it"
        );
        let many: String = (0..=NAMES).map(|n| format!("A{n} ")).collect();
        assert_eq!(lines(&[header, ("a/f.c", FILE)], &many), []);
        let made = format!("#include \"config.h\"\n{FILE}");
        assert_eq!(lines(&[header, ("a/f.c", &made)], ""), [], "what the build makes may define it");
    }

    #[test]
    fn only_what_is_included_counts_and_it_must_agree() {
        let other = ("b/other.h", "#define LOG 0\n");
        assert_eq!(lines(&[other, ("a/f.c", FILE)], ""), []);
        assert_eq!(
            lines(&[("a/util.h", "#include \"../b/other.h\"\n"), other, ("a/f.c", FILE)], ""),
            [(4, 6)]
        );
        assert_eq!(lines(&[("a/util.h", "#define LOG 1\n"), other, ("a/f.c", FILE)], ""), []);
        let own = format!("#ifdef X\n#define LOG 1\n#endif\n{FILE}");
        assert_eq!(lines(&[("a/util.h", "#define LOG 0\n"), ("a/f.c", &own)], ""), [], "it may be its own");
    }

    #[test]
    fn arguments_that_a_macro_drops_are_not_compiled() {
        let with = |text: &str| lines(&[("a/util.h", text), ("a/f.c", FILE)], "");
        assert_eq!(with("#define STATS(x)\n"), [(9, 9)]);
        assert_eq!(with("#define STATS(x) ((void)0)\n"), [(9, 9)]);
        assert_eq!(with("#define STATS(x) x\n"), []);
        assert_eq!(with("#define STATS(...) f(__VA_ARGS__)\n"), []);
        let switch = "#ifndef COLLECT\n#define COLLECT 0\n#endif\n#if COLLECT\n#define STATS(x) x\n#else\n\
                      #define STATS(x)\n#endif\n";
        assert_eq!(with(switch), [(9, 9)]);
        assert_eq!(with(&switch.replace("COLLECT 0", "COLLECT 1")), []);
    }

    #[test]
    fn places_inside_others_and_side_by_side_are_told_apart() {
        let place = |line, end_line| Place { line, column: u32::MAX, end_line, end_column: 0 };
        let mut seen = scan::seen(
            &CFile::read("a.c", b"int f(T *t) { g(t);\n\n\n g(t);\n\n g(t);\n g(t); }"),
            RuleSet::builtin(),
        );
        let lines = |seen: &CSeen| seen.calls.iter().map(|call| call.place.line).collect::<Vec<_>>();
        assert_eq!(lines(&seen), [1, 4, 6, 7]);
        forget(&mut seen, vec![place(5, 7), place(2, 5), place(3, 4)]);
        assert_eq!(lines(&seen), [1, 7]);
    }

    /// Many branches of a large file, many files that include each other: time grows with their size.
    #[test]
    fn hostile_packages_are_answered_in_bounded_time() {
        let mut text = "#include \"util.h\"\nint f(T *t) {\n".to_owned();
        text.push_str(&"#if LOG\ng(t);\n#endif\nh(t);\n".repeat(50_000));
        text.push('}');
        let mut seen = scan::seen(&CFile::read("f.c", text.as_bytes()), RuleSet::builtin());
        let header = scan::seen(&CFile::read("util.h", b"#define LOG 0\n"), RuleSet::builtin());
        let mut all = dead(&[("f.c", &seen), ("util.h", &header)], &BuildNames::default());
        let places = all.swap_remove(0);
        assert_eq!(places.len(), 50_000);
        let calls = seen.calls.len();
        forget(&mut seen, places);
        assert_eq!(seen.calls.len() * 2, calls);

        let paths: Vec<String> = (0..4_000).map(|n| format!("{n}/util.h")).collect();
        let each = "#include \"util.h\"\n#include \"../0/util.h\"\n#if LOG\nint x;\n#endif\n".repeat(20);
        let one = scan::seen(&CFile::read("util.h", each.as_bytes()), RuleSet::builtin());
        let files: Vec<(&str, &CSeen)> = paths.iter().map(|path| (path.as_str(), &one)).collect();
        assert!(dead(&files, &BuildNames::default()).iter().all(Vec::is_empty));
    }

    #[test]
    fn questions_that_lead_to_questions_without_end_are_not_answered() {
        let mut header = String::new();
        for n in 0..5_000 {
            header.push_str(&format!("#if M{}\n#define M{n} 0\n#endif\n", n + 1));
        }
        let file = "#include \"util.h\"\n#if M0\nint x;\n#endif\n";
        assert_eq!(lines(&[("util.h", &header), ("f.c", file)], ""), []);
        let circle = "#if A\n#define B 0\n#endif\n#if B\n#define A 0\n#endif\n";
        assert_eq!(lines(&[("util.h", circle), ("f.c", &file.replace("M0", "A"))], ""), []);
    }
}

//! Answers what one file asks of macros by what the package's other files define.
//!
//! In: the conditions that files could not answer, the calls that may be of macros, and all macros of the package. Out:
//! the places that a released build does not compile: branches whose condition is false by the package's own headers, and
//! arguments of macros that drop them. A macro counts if a header that the file includes defines it, and if all its
//! definitions that are compiled agree. A default (`#ifndef X`, `#define X 0`) may be overridden from outside: it counts
//! if no build file names it and no header is included that the build might make. Nothing here is tried twice, and how
//! deep answers lead to further questions is bounded.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::DEFINITIONS;
use super::condition::{Definition, Definitions, Range, evaluate};
use super::lex::{Kind, tokenize};
use super::scan::UNANSWERED;
use super::summary::{CSeen, ConditionSeen, MacroSeen, Means, Place, digest};

/// How many questions an answer may lead to, one inside the other.
const DEPTH: u32 = 8;

/// Most definitions of one name.
const DEFINED: usize = 64;

/// Most files that one includes, directly or not.
const INCLUDED: usize = 1_000;

/// Most names that are kept of one build file.
const NAMES: usize = 10_000;

/// Largest build file whose names are read, in bytes.
const BUILD_BYTES: usize = 1 << 20;

/// The names in a build file that may be macros it defines, as digests. Python files count if they speak of macros.
pub fn build_names(bytes: &[u8], python: bool) -> Vec<u64> {
    const SPEAKS: [&[u8]; 3] = [b"define_macros", b"-D", b"compile_args"];
    let speaks = || SPEAKS.iter().any(|word| memchr::memmem::find(bytes, word).is_some());
    if bytes.len() > BUILD_BYTES || python && !speaks() {
        return Vec::new();
    }
    let words = bytes.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_'));
    let words = words.filter(|word| word.iter().any(u8::is_ascii_uppercase)).take(NAMES);
    // `-DNAME` sticks to its flag.
    let both = words.flat_map(|word| [Some(word), word.strip_prefix(b"D")]).flatten();
    let mut out: Vec<u64> = both.filter_map(|word| Some(digest(std::str::from_utf8(word).ok()?))).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Places of each file that released builds do not compile. `built` holds the names in build files.
pub fn dead(files: &[(&str, &CSeen)], built: &HashSet<u64>) -> Vec<Vec<Place>> {
    let package = Package::new(files, built);
    (0..files.len()).map(|at| package.dead(at)).collect()
}

/// Takes away what stands at places that are not compiled.
pub fn forget(seen: &mut CSeen, dead: &[Place]) {
    if dead.is_empty() {
        return;
    }
    let kept = |line: u32, column: u32| {
        !dead.iter().any(|one| {
            (one.line, one.column) < (line, column) && (line, column) < (one.end_line, one.end_column)
        })
    };
    let place = |one: &Place| kept(one.line, one.column);
    seen.fields.retain(|one| place(&one.place));
    seen.uses.retain(|one| place(&one.place));
    seen.calls.retain(|one| place(&one.place));
    seen.globals.retain(|one| place(&one.place));
    seen.pending.retain(|one| kept(one.finding.location.line, one.finding.location.column));
}

struct Package<'p> {
    files: &'p [(&'p str, &'p CSeen)],
    built: &'p HashSet<u64>,
    macros: HashMap<u64, Vec<(usize, &'p MacroSeen)>>,
    undefined: HashSet<u64>,
    by_name: HashMap<&'p str, Vec<usize>>,
}

/// A file with those it includes, and what was found out about names there.
struct View {
    files: HashSet<usize>,
    /// A header that the build may make is among what it includes.
    made: bool,
    known: RefCell<HashMap<u64, Option<Means>>>,
}

impl<'p> Package<'p> {
    fn new(files: &'p [(&'p str, &'p CSeen)], built: &'p HashSet<u64>) -> Self {
        let mut macros: HashMap<u64, Vec<(usize, &MacroSeen)>> = HashMap::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut undefined = HashSet::new();
        for (at, (path, seen)) in files.iter().enumerate() {
            by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(at);
            undefined.extend(seen.undefined.iter().copied());
            for one in &seen.macros {
                macros.entry(one.name).or_default().push((at, one));
            }
        }
        Self { files, built, macros, undefined, by_name }
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
        let view = self.view(at);
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

    /// What a file includes, as far as the package has it.
    fn view(&self, at: usize) -> View {
        let mut view = View { files: HashSet::from([at]), made: false, known: RefCell::default() };
        let mut waiting = vec![at];
        while let Some((path, seen)) = waiting.pop().and_then(|one| self.files.get(one)) {
            for include in &seen.includes {
                let found = self.included(path, include);
                let name = include.rsplit('/').next().unwrap_or(include).to_ascii_lowercase();
                view.made |= found.is_empty() && name.contains("config") && name != "pyconfig.h";
                for one in found {
                    if view.files.len() < INCLUDED && view.files.insert(one) {
                        waiting.push(one);
                    }
                }
            }
        }
        view
    }

    /// The files that an `#include` may mean: the one beside it, or all of that name.
    fn included(&self, path: &str, include: &str) -> Vec<usize> {
        let plain = include.trim_start_matches("./");
        let suffix = plain.rsplit_once("../").map_or(plain, |(_, rest)| rest);
        let named = self.by_name.get(suffix.rsplit('/').next().unwrap_or(suffix)).map(Vec::as_slice);
        let path_of = |at: &usize| self.files.get(*at).map_or("", |(path, _)| *path);
        let fits = |at: &&usize| {
            let path = path_of(at).strip_suffix(suffix);
            path.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let all: Vec<usize> = named.into_iter().flatten().filter(fits).copied().collect();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = all.iter().find(|at| {
            let before = path_of(at).strip_suffix(suffix).map(|before| before.trim_end_matches('/'));
            suffix == plain && before == Some(folder)
        });
        beside.map_or(all.clone(), |one| vec![*one])
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
            if one.is_default && (view.made || self.built.contains(&name)) {
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
        let built = build_names(build.as_bytes(), false).into_iter().collect();
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

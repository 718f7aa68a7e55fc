//! Reads build files and the Python files that take their part: which modules they make, and what they say for them.
//!
//! A directive is a word with a meaning of its own (`freethreading_compatible`), wherever in the file it stands
//! outside comments; what follows it says whether it is on. A value that is computed is taken for on where it speaks
//! of free threading, for build files ask there whether they build for such an interpreter; any other is open.

use std::collections::HashMap;
use std::sync::LazyLock;

use memchr::memmem;

use super::generated::{place, words};
use super::script::{Dialect, Piece, Script};
use super::{Directive, FileClaims, ModuleSeen, Statement, Target};
use super::{compiled, computed, versions};
use crate::knowledge::declarations::PythonMaker;
use crate::knowledge::{Declarations, Knowledge};
use crate::model::{DeclaredBy, Framework, GilSupport, Minors, Stance};
use crate::source::needles::AnyOf;

/// How far after a directive its value may stand, in bytes.
const NEAR: usize = 120;

/// How many calls of one file are read.
const CALLS: usize = 1024;

/// Reads a build file, or a Python file that may be part of a build.
pub(super) fn file(path: &str, bytes: &[u8], known: &Knowledge) -> FileClaims {
    static WORDS: LazyLock<AnyOf> = LazyLock::new(|| {
        let facts = Knowledge::builtin().declarations();
        let words = facts.directive.iter().map(|one| &one.word);
        let calls = facts.target.iter().map(|one| &one.call);
        AnyOf::new(words.chain(calls).chain(facts.python_maker.iter().map(|one| &one.call)))
    });
    let facts = known.declarations();
    let mentions = |word: &str| memmem::find(bytes, word.as_bytes()).is_some();
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let cmake = name == "cmakelists.txt" || name.ends_with(".cmake");
    let interesting = cmake || WORDS.within(bytes) || (mentions("cythonize") && !name.starts_with("test"));
    if !interesting {
        return FileClaims::default();
    }
    let script = Script::new(bytes, if cmake { Dialect::Blanks } else { Dialect::Commas });
    let mut out = FileClaims::default();
    directives(path, &script, facts, &mut out);
    out.cythonizes = mentions("cythonize") || mentions("Cython.");
    calls(path, &script, known, cmake, &mut out);
    if !cmake && path.ends_with(".py") {
        out.names = compiled::names(path, &script);
    }
    out
}

fn directives(path: &str, script: &Script<'_>, facts: &Declarations, out: &mut FileClaims) {
    let bytes = script.bytes;
    for row in facts.directive.iter().filter(|row| row.within.is_empty()) {
        if let Some(near) = &row.near
            && !contains_any_case(bytes, near)
        {
            continue;
        }
        for at in memmem::find_iter(bytes, row.word.as_bytes()).take(64) {
            let end = at + row.word.len();
            let whole = !is_word(bytes, end)
                && (!is_word(bytes, at.wrapping_sub(1)) || row.value || defines(bytes, at));
            // `--no-x` and `-x` are other words than `x`.
            let flag = row.word.starts_with('-');
            let dashes = flag && bytes.get(at.wrapping_sub(1)) == Some(&b'-');
            if !whole || dashes || !script.is_live(at) || (flag && !script.is_given(at, row.word.len())) {
                continue;
            }
            let value = if row.value { value(bytes, end, defines(bytes, at)) } else { Value::On };
            let minors = if path.ends_with(".py") { versions::around(bytes, at) } else { Minors::ALL };
            let says = |on: bool, guard: Option<String>| Statement {
                stance: if on { Stance::RunsWithoutGil } else { Stance::NeedsGil },
                by: DeclaredBy::Author,
                place: place(path, bytes, at, row.word.len()),
                guard,
                minors,
                evidence: format!("{} in the build", row.word),
            };
            let says = match value {
                Value::None => continue,
                Value::On => Some(says(!row.refuses, None)),
                Value::Off => Some(says(row.refuses, None)),
                Value::If(condition) => Some(says(!row.refuses, Some(condition))),
                Value::For(condition, minors) => {
                    let says = says(!row.refuses, Some(condition));
                    Some(Statement { minors: says.minors.and(minors), ..says })
                }
                Value::Open => None,
            };
            out.directives.push(Directive { framework: row.framework.clone(), target: None, says });
        }
    }
}

enum Value {
    On,
    Off,
    If(String),
    /// On for some Pythons.
    For(String, Minors),
    Open,
    /// Nothing is assigned here; the word is only mentioned.
    None,
}

/// What a directive that ends at `end` is set to.
fn value(bytes: &[u8], end: usize, defined: bool) -> Value {
    let near = bytes.get(end..(end + NEAR).min(bytes.len())).unwrap_or_default();
    let mut assigned = false;
    let mut i = 0;
    while let Some(&byte) = near.get(i) {
        match byte {
            b'=' | b':' | b',' if !assigned => {
                // A comparison is no assignment.
                if byte == b'=' && near.get(i + 1) == Some(&b'=') {
                    return Value::None;
                }
                assigned = true;
            }
            b'"' | b'\'' | b']' | b')' if !assigned => {}
            b'"' | b'\'' | b'(' if assigned => {}
            b' ' | b'\t' => {}
            b'\r' | b'\n' if assigned => {}
            _ => break,
        }
        i += 1;
    }
    if !assigned {
        return if defined { Value::On } else { Value::None };
    }
    let rest = near.get(i..).unwrap_or_default();
    let Some((0, word)) = words(rest).next() else { return if defined { Value::On } else { Value::Open } };
    match word.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Value::On,
        "false" | "0" | "off" | "no" | "none" => Value::Off,
        _ => {
            let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
            let line =
                String::from_utf8_lossy(line).trim().trim_end_matches([',', '}', ')', '"', '\'']).to_owned();
            let lower = line.to_ascii_lowercase();
            // How build files spell "this interpreter has no GIL".
            let asks = ["gil", "free", "nogil", "314t", "313t"].iter().any(|hint| lower.contains(hint));
            match versions::compared(&line) {
                Some((minors, _)) if !minors.is_all() => Value::For(line, minors),
                _ if asks => Value::If(line),
                _ => Value::Open,
            }
        }
    }
}

/// Whether a word is the name of a macro defined on a compiler's command line.
fn defines(bytes: &[u8], at: usize) -> bool {
    at >= 2 && bytes.get(at - 2..at) == Some(b"-D".as_slice())
}

fn is_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn contains_any_case(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len().max(1)).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

fn calls(path: &str, script: &Script<'_>, known: &Knowledge, cmake: bool, out: &mut FileClaims) {
    let facts = known.declarations();
    let aliases = if cmake { HashMap::new() } else { script.aliases() };
    for (i, name) in script.calls().take(CALLS * 64) {
        // `from … import Extension as _Extension`
        let name = aliases.get(name).copied().unwrap_or(name);
        if out.targets.len() + out.modules.len() > CALLS {
            return;
        }
        if let Some(row) = facts.target(name, cmake) {
            let turns = if cmake { None } else { computed::turns(script, i) };
            let mut found = 0;
            for turn in turns.unwrap_or_else(|| vec![Vec::new()]) {
                if let Some(target) = target(path, script, i, row.framework.as_deref(), cmake, &turn) {
                    within(path, script, i, name, Some(target.name.clone()), facts, out);
                    out.targets.push(target);
                    found += 1;
                }
            }
            if found == 0 {
                within(path, script, i, name, None, facts, out);
                if !cmake && out.computed.len() < CALLS && !script.arguments(i).is_empty() {
                    out.computed.push(call_place(path, script, i));
                }
            }
        }
        let near =
            |row: &PythonMaker| row.near.as_deref().is_none_or(|near| contains_any_case(script.bytes, near));
        if let Some(row) = facts.python_maker.iter().find(|row| row.call == name && near(row)) {
            python_maker(path, script, i, row, known, out);
        }
    }
}

fn call_place(path: &str, script: &Script<'_>, i: usize) -> super::Place {
    let range = script.pieces.get(i).map(|piece| piece.range()).unwrap_or_default();
    place(path, script.bytes, range.start, range.len())
}

fn target(
    path: &str,
    script: &Script<'_>,
    i: usize,
    framework: Option<&str>,
    cmake: bool,
    turn: &computed::Turn<'_>,
) -> Option<Target> {
    let arguments = script.arguments(i);
    let mut name: Option<String> = None;
    let mut sources: Vec<String> = Vec::new();
    // The name is one string however it is put together; sources are all strings of theirs.
    let one = |range: &std::ops::Range<usize>| match cmake || range.len() == 1 {
        true => computed::string(script, range.clone(), turn)
            .or_else(|| only(&script.strings(range)).map(str::to_owned)),
        false => computed::string(script, range.clone(), turn),
    };
    let many = |range: &std::ops::Range<usize>| -> Vec<String> {
        let list = script.is(range.start, b'[') && script.mate(range.start) == range.end.checked_sub(1);
        let items = if list { script.arguments(range.start.saturating_sub(1)) } else { vec![range.clone()] };
        let whole: Option<Vec<String>> =
            items.iter().map(|item| computed::string(script, item.clone(), turn)).collect();
        whole
            .filter(|_| !cmake && items.len() < CALLS)
            .unwrap_or_else(|| script.strings(range).into_iter().map(str::to_owned).collect())
    };
    let mut installed = true;
    for (at, argument) in arguments.iter().enumerate() {
        match script.keyword(argument) {
            Some(("name" | "target", value)) => name = one(&value),
            Some(("install", value)) => installed = script.text(value.start) != "false",
            Some(("sources", value)) => sources.extend(many(&value)),
            Some(_) => {}
            None if at == 0 => name = one(argument),
            None => sources.extend(many(argument)),
        }
    }
    let name = name?;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    if !plain || name.is_empty() || name.len() > 200 || name.ends_with('.') {
        return None;
    }
    // Libraries without a source that is Python's are none of ours.
    if cmake
        && sources
            .iter()
            .any(|word| matches!(word.as_str(), "STATIC" | "INTERFACE" | "OBJECT" | "IMPORTED" | "ALIAS"))
    {
        return None;
    }
    // A source that is generated goes by the name of its generator's rule.
    let close = script.pieces.get(i + 1).map_or(i, Piece::mate);
    let mut words = (i + 2..close.min(i + CALLS)).map(|k| script.text(k).to_ascii_lowercase());
    let by_cython =
        framework.is_none() && !cmake && words.any(|word| word.contains("cython") || word.contains("pyx"));
    let framework = framework.or(by_cython.then_some(super::cython::FRAMEWORK));
    sources.retain(|text| text.contains('.'));
    Some(Target {
        name,
        framework: framework.map(str::to_owned),
        sources,
        installed,
        place: call_place(path, script, i),
    })
}

fn only<'a>(strings: &[&'a str]) -> Option<&'a str> {
    match strings {
        [one] => Some(one),
        _ => None,
    }
}

/// Directives that stand among the arguments of a call and speak for its module; where its name is computed, for all
/// modules of the generator.
fn within(
    path: &str,
    script: &Script<'_>,
    i: usize,
    call: &str,
    target: Option<String>,
    facts: &Declarations,
    out: &mut FileClaims,
) {
    let close = script.pieces.get(i + 1).map_or(i, Piece::mate);
    for row in &facts.directive {
        if !row.within.iter().any(|one| one.eq_ignore_ascii_case(call)) {
            continue;
        }
        let Some(at) = (i + 2..close.min(i + CALLS)).find(|&k| script.text(k) == row.word) else { continue };
        let says = Statement {
            stance: if row.refuses { Stance::NeedsGil } else { Stance::RunsWithoutGil },
            by: DeclaredBy::Author,
            place: call_place(path, script, at),
            guard: None,
            minors: Minors::ALL,
            evidence: format!("{} in {call}", row.word),
        };
        out.directives.push(Directive {
            framework: row.framework.clone(),
            target: target.clone(),
            says: Some(says),
        });
    }
}

fn python_maker(
    path: &str,
    script: &Script<'_>,
    i: usize,
    row: &PythonMaker,
    known: &Knowledge,
    out: &mut FileClaims,
) {
    let arguments = script.arguments(i);
    let none = |range: &std::ops::Range<usize>| range.len() == 1 && script.text(range.start) == "None";
    if row.source_at.and_then(|at| arguments.get(at)).is_some_and(none) {
        return;
    }
    let place = call_place(path, script, i);
    let default = known
        .frameworks()
        .get(&row.framework)
        .is_some_and(|facts| facts.is_default(None, GilSupport::NotUsed));
    let says: Vec<Statement> = default
        .then(|| Statement {
            stance: Stance::RunsWithoutGil,
            by: DeclaredBy::GeneratorDefault,
            place: place.clone(),
            guard: None,
            minors: Minors::ALL,
            evidence: format!("{} declares by itself", row.framework),
        })
        .into_iter()
        .collect();
    let mut names: Vec<String> = Vec::new();
    if let Some(at) = row.name
        && let Some(argument) = arguments.get(at)
    {
        names.extend(only(&script.strings(argument)).map(str::to_owned));
    }
    if row.files {
        let strings = arguments.iter().flat_map(|argument| script.strings(argument));
        let stems = strings.filter_map(|text| text.strip_suffix(".py"));
        names.extend(stems.filter(|stem| !stem.contains('*')).map(|stem| stem.replace(['/', '\\'], ".")));
    }
    if names.is_empty() {
        let says = says.into_iter().next();
        out.directives.push(Directive { framework: row.framework.clone(), target: None, says });
        return;
    }
    for name in names {
        out.modules.push(ModuleSeen {
            name,
            framework: Framework { name: row.framework.clone(), version: None },
            place: place.clone(),
            evidence: format!("made by {}", row.framework),
            says: says.clone(),
            open: Vec::new(),
            calls: Vec::new(),
            defined: true,
            by_macro: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> FileClaims {
        file(path, text.as_bytes(), Knowledge::builtin())
    }

    /// Framework, target, stance (none if open), guard.
    type Row = (String, Option<String>, Option<Stance>, Option<String>);

    fn directives_of(path: &str, text: &str) -> Vec<Row> {
        let all = read(path, text).directives;
        all.into_iter()
            .map(|one| {
                let stance = one.says.as_ref().map(|says| says.stance);
                (one.framework, one.target, stance, one.says.and_then(|says| says.guard))
            })
            .collect()
    }

    #[test]
    fn cythons_directive_is_read_in_every_build_language() {
        let on = [("cython".to_owned(), None, Some(Stance::RunsWithoutGil), None)];
        for (path, text) in [
            ("setup.py", "cythonize(e, compiler_directives={'freethreading_compatible': True})"),
            ("setup.py", "directives[\"freethreading_compatible\"] = True"),
            (
                "setup.py",
                "Extension('x', ['x.pyx'], extra_compile_args=['-DCYTHON_FREETHREADING_COMPATIBLE=1'])",
            ),
            ("setup.py", "define_macros=[('CYTHON_FREETHREADING_COMPATIBLE', '1')]"),
            ("a/meson.build", "cython_args += ['-Xfreethreading_compatible=True']"),
            ("a/meson.build", "cython_args: ['-X', 'freethreading_compatible=True']"),
            ("pyproject.toml", "[tool.cython.directives]\nfreethreading_compatible = true"),
            ("CMakeLists.txt", "cython_transpile(a.pyx CYTHON_ARGS -X freethreading_compatible=True)"),
        ] {
            assert_eq!(directives_of(path, text), on, "{text}");
        }
        let off = directives_of("setup.py", "d = {'freethreading_compatible': False}");
        assert_eq!(off[0].2, Some(Stance::NeedsGil));
        for text in ["# freethreading_compatible = True", "if 'freethreading_compatible' in d: pass"] {
            assert_eq!(directives_of("setup.py", text), [], "{text}");
        }
    }

    #[test]
    fn a_computed_value_is_on_if_it_asks_for_free_threading_and_open_otherwise() {
        let says = directives_of("setup.py", "d = {'freethreading_compatible': Py_GIL_DISABLED}");
        assert_eq!(
            (says[0].2, says[0].3.as_deref()),
            (Some(Stance::RunsWithoutGil), Some("Py_GIL_DISABLED"))
        );
        assert_eq!(directives_of("setup.py", "d = {'freethreading_compatible': options.x}")[0].2, None);
    }

    #[test]
    fn a_directive_holds_for_the_versions_it_stands_under() {
        let minors = |text: &str| {
            read("setup.py", text).directives[0].says.as_ref().map(|says| says.minors.to_string())
        };
        let under = "if sys.version_info >= (3, 14):\n    d['freethreading_compatible'] = True\n";
        assert_eq!(minors(under).as_deref(), Some("3.14 and later"));
        let value = "d = {'freethreading_compatible': sys.version_info >= (3, 14)}";
        assert_eq!(minors(value).as_deref(), Some("3.14 and later"));
        assert_eq!(minors("d = {'freethreading_compatible': True}").as_deref(), Some("all versions"));
    }

    #[test]
    fn nanobinds_option_speaks_for_its_target() {
        let text =
            "nanobind_add_module(_core STABLE_ABI FREE_THREADED a.cpp)\nnanobind_add_module(_other b.cpp)";
        let seen = read("CMakeLists.txt", text);
        assert_eq!(seen.targets.len(), 2);
        let says = directives_of("CMakeLists.txt", text);
        assert_eq!(
            says,
            [("nanobind".to_owned(), Some("_core".to_owned()), Some(Stance::RunsWithoutGil), None)]
        );
        let computed = directives_of("CMakeLists.txt", "nanobind_add_module(${T} FREE_THREADED a.cpp)");
        assert_eq!(computed[0].1, None);
    }

    #[test]
    fn modules_are_read_off_build_files() {
        let text = "setup(ext_modules=[Extension(name='pkg._a', sources=['a.c', 'b.c']), Extension('pkg.b', ['b.pyx'])])";
        let seen = read("setup.py", text);
        let names: Vec<_> = seen.targets.iter().map(|one| (one.name.as_str(), one.sources.len())).collect();
        assert_eq!(names, [("pkg._a", 2), ("pkg.b", 1)]);
        let alias = read("setup.py", "from x import Extension as _E\n_E('p._c', ['c.c'])");
        assert_eq!(alias.targets.len(), 1);
        let computed = read("setup.py", "Extension(name, sources)");
        assert_eq!((computed.targets.len(), computed.computed.len()), (0, 1));
        let list = "N = ['a', 'b']\n[Extension(f'p.{n}', [f'p/{n}.pyx', 'c.c']) for n in N]";
        let seen = read("setup.py", list);
        let made: Vec<_> =
            seen.targets.iter().map(|one| (one.name.as_str(), one.sources.join(" "))).collect();
        assert_eq!(made, [("p.a", "p/a.pyx c.c".to_owned()), ("p.b", "p/b.pyx c.c".to_owned())]);
    }

    #[test]
    fn what_meson_does_not_install_is_told() {
        let seen = read(
            "meson.build",
            "py.extension_module('_a', 'a.c', install: false)\npy.extension_module('_b', 'b.c', install: true)",
        );
        let installed: Vec<_> = seen.targets.iter().map(|one| one.installed).collect();
        assert_eq!(installed, [false, true]);
    }

    #[test]
    fn cffi_makes_a_module_only_from_source() {
        let seen = read(
            "build_x.py",
            "ffi = FFI()\nffi.set_source('pkg._bindings', '''#include <x.h>''', libraries=['x'])",
        );
        assert_eq!(seen.modules[0].name, "pkg._bindings");
        assert_eq!(seen.modules[0].says[0].by, DeclaredBy::GeneratorDefault);
        assert!(read("build_x.py", "ffi.set_source('pkg._abi', None)").modules.is_empty());
    }

    #[test]
    fn mypyc_compiles_the_files_it_is_given() {
        let seen = read("setup.py", "setup(ext_modules=mypycify(['pkg/a.py', '--strict', 'pkg/b.py']))");
        let names: Vec<_> = seen.modules.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["pkg.a", "pkg.b"]);
        let computed = read("setup.py", "setup(ext_modules=mypycify(files))");
        assert_eq!(computed.directives[0].framework, "mypyc");
    }

    #[test]
    fn swigs_option_is_believed_only_beside_swig() {
        assert_eq!(
            directives_of("setup.py", "Extension('_x', ['x.i'], swig_opts=['-c++', '-nogil'])").len(),
            1
        );
        assert_eq!(directives_of("setup.py", "run('tool', '-nogil')").len(), 0);
        assert_eq!(
            directives_of("meson.build", "f2py = [py, '--no-freethreading-compatible']")[0].2,
            Some(Stance::NeedsGil)
        );
    }
}

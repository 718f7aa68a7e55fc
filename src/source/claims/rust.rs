//! Finds the modules that Rust makes, and what decides their declaration: attributes, and the generator's version.
//!
//! With PyO3 the attribute may say so, and where it does not the version decides, which `Cargo.lock` knows for certain
//! and `Cargo.toml` if it allows only one answer. An attribute makes a module of each function it stands at, but only
//! one carries the library's name and can be imported; the crate's and maturin's configuration tell which.

use memchr::memmem;

use super::generated::{place, words};
use super::{CrateSeen, FileClaims, ModuleSeen, Statement};
use crate::knowledge::{Declarations, Knowledge, Trait};
use crate::model::{DeclaredBy, Framework, Minors, Stance};
use crate::source::rust::condition;

/// How many modules are read of one file.
const MODULES: usize = 64;

/// How far after an attribute the item it stands at may be, in bytes.
const NEAR: usize = 1500;

/// Reads a `.rs` file.
pub(super) fn file(path: &str, bytes: &[u8], known: &Knowledge) -> FileClaims {
    let facts = known.declarations();
    let mut out = FileClaims::default();
    attributes(path, bytes, facts, &mut out);
    by_hand(path, bytes, known, &mut out);
    out
}

/// Whether a byte stands in a line comment, as examples in documentation do.
fn commented(bytes: &[u8], at: usize) -> bool {
    let line = bytes.get(..at).unwrap_or_default().rsplit(|b| *b == b'\n').next().unwrap_or_default();
    memmem::find(line, b"//").is_some() || line.trim_ascii_start().starts_with(b"*")
}

fn attributes(path: &str, bytes: &[u8], facts: &Declarations, out: &mut FileClaims) {
    let rust = &facts.rust;
    for at in memmem::find_iter(bytes, rust.attribute.as_bytes()) {
        if out.modules.len() == MODULES {
            return;
        }
        let end = at + rust.attribute.len();
        let before = bytes.get(..at).unwrap_or_default();
        let opens = before.ends_with(b"#[") || before.ends_with(b"::") || before.ends_with(b", ");
        let closes = matches!(bytes.get(end), Some(b']' | b'(' | b')'));
        let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        if !opens || !closes || memmem::find(line, b"#[").is_none() || commented(bytes, at) {
            continue;
        }
        let near = bytes.get(end..(end + NEAR).min(bytes.len())).unwrap_or_default();
        let Some((head, name, from)) = item(near) else { continue };
        let arguments = near.get(..head).unwrap_or_default();
        let mut says = Vec::new();
        let named = renamed(arguments, &rust.rename).unwrap_or(name);
        if let Some((offset, used)) = option(arguments, &rust.option) {
            says.push(statement(path, bytes, end + offset, &rust.option, !used, "the attribute"));
        }
        // The same by a call in the body.
        let body = body(bytes, end + from);
        let call = format!(".{}", rust.option);
        let inside = bytes.get(body.clone()).unwrap_or_default();
        if let Some((offset, used)) = option(inside, &call) {
            says.push(statement(path, bytes, body.start + offset, &rust.option, !used, "the body"));
        }
        out.modules.push(ModuleSeen {
            name: named.to_owned(),
            framework: Framework { name: rust.framework.clone(), version: None },
            place: place(path, bytes, at, rust.attribute.len()),
            evidence: format!("#[{}] without {}", rust.attribute, rust.option),
            says,
            open: Vec::new(),
            calls: Vec::new(),
            defined: true,
            by_macro: None,
        });
    }
}

fn statement(path: &str, bytes: &[u8], at: usize, word: &str, declares: bool, whence: &str) -> Statement {
    Statement {
        stance: if declares { Stance::RunsWithoutGil } else { Stance::NeedsGil },
        by: DeclaredBy::Author,
        place: place(path, bytes, at, word.len()),
        guard: None,
        minors: Minors::ALL,
        evidence: format!("{word} = {} in {whence}", !declares),
    }
}

/// The function or module that an attribute stands at: where its head ends, its name, and where that ends.
fn item(near: &[u8]) -> Option<(usize, &str, usize)> {
    let mut words = words(near);
    while let Some((at, word)) = words.next() {
        let starts_line = |at: usize| {
            let line = near.get(..at).unwrap_or_default().rsplit(|b| *b == b'\n').next().unwrap_or_default();
            memmem::find(line, b"//").is_none()
        };
        if matches!(word, "fn" | "mod") && starts_line(at) {
            let (name_at, name) = words.next()?;
            return Some((at, name, name_at + name.len()));
        }
        if matches!(word, "struct" | "enum" | "impl" | "use" | "let") && starts_line(at) {
            return None;
        }
    }
    None
}

/// `name = "x"` among an attribute's arguments or those of another beside it.
fn renamed<'a>(text: &'a [u8], word: &str) -> Option<&'a str> {
    memmem::find_iter(text, word.as_bytes()).find_map(|at| {
        let rest = text.get(at + word.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?;
        std::str::from_utf8(rest.get(..memchr::memchr(b'"', rest)?)?).ok()
    })
}

/// `word = bool` or `word(bool)`: where it stands and what it says.
fn option(text: &[u8], word: &str) -> Option<(usize, bool)> {
    memmem::find_iter(text, word.as_bytes()).filter(|at| !commented(text, *at)).find_map(|at| {
        let rest = text.get(at + word.len()..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b"("))?.trim_ascii_start();
        if rest.starts_with(b"true") {
            Some((at, true))
        } else if rest.starts_with(b"false") {
            Some((at, false))
        } else {
            None
        }
    })
}

/// The body of the item whose name ends at `from`: to the brace that pairs with the first.
fn body(bytes: &[u8], from: usize) -> std::ops::Range<usize> {
    let mut depth = 0_usize;
    let mut start = from;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return start..at;
                }
            }
            _ => {}
        }
    }
    start..bytes.len()
}

/// Modules that are entered by an exported function of the C API.
fn by_hand(path: &str, bytes: &[u8], known: &Knowledge, out: &mut FileClaims) {
    let facts = known.declarations();
    let mut entries: Vec<(usize, &str)> = Vec::new();
    for prefix in &facts.entry.prefixes {
        for at in memmem::find_iter(bytes, prefix.as_bytes()).take(MODULES) {
            let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
            let word = words(bytes.get(at..(at + 200).min(bytes.len())).unwrap_or_default()).next();
            if let Some((_, word)) = word
                && before.ends_with(b"fn")
                && !commented(bytes, at)
                && has_body(bytes, at)
                && let Some(name) = facts.entered(word)
                && !entries.iter().any(|(_, one)| *one == name)
            {
                entries.push((at, name));
            }
        }
    }
    if entries.is_empty() {
        return;
    }
    let says = slots(path, bytes, known);
    for (at, name) in entries {
        out.modules.push(ModuleSeen {
            name: name.to_owned(),
            framework: Framework { name: facts.rust.by_hand.clone(), version: None },
            place: place(path, bytes, at, name.len()),
            evidence: "no slot about the GIL".to_owned(),
            says: says.clone(),
            open: Vec::new(),
            calls: Vec::new(),
            defined: true,
            by_macro: None,
        });
    }
}

/// Whether the function whose name begins at a byte is defined here, not only declared.
fn has_body(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().find(|b| matches!(b, b'{' | b';')) == Some(&b'{')
}

/// What follows the id of the slot about the GIL, or the call that sets it, within a few words.
fn slots(path: &str, bytes: &[u8], known: &Knowledge) -> Vec<Statement> {
    let facts = &known.declarations().slots;
    let mut out = Vec::new();
    let mut marks: Vec<(usize, &str)> = words(bytes)
        .filter(|(_, word)| facts.ids.iter().any(|id| id == word) || known.has(word, Trait::SetsGil))
        .take(MODULES)
        .collect();
    marks.retain(|(at, _)| !commented(bytes, *at) && !imported(bytes, *at));
    for (at, mark) in marks {
        let (guard, minors) = match condition_at(bytes, at) {
            Some(condition) => (Some(condition.clone()), condition::minors(&condition)),
            None => (None, Minors::ALL),
        };
        if minors.is_empty() {
            continue;
        }
        let near = bytes.get(at..(at + 200).min(bytes.len())).unwrap_or_default();
        let named = |(offset, word): (usize, &str)| {
            (word.parse::<i64>().is_err()).then(|| facts.value(word)).flatten().map(|value| (offset, value))
        };
        if let Some((offset, declares)) = words(near).find_map(named) {
            out.push(Statement {
                stance: if declares { Stance::RunsWithoutGil } else { Stance::NeedsGil },
                by: DeclaredBy::Author,
                place: place(path, bytes, at + offset, 1),
                guard,
                minors,
                evidence: format!("the value of {mark}"),
            });
        }
    }
    out
}

/// The condition that what stands at a byte is compiled under, by the attribute before the item it is part of.
fn condition_at(bytes: &[u8], at: usize) -> Option<String> {
    let before = bytes.get(at.saturating_sub(300)..at).unwrap_or_default();
    let start = memmem::rfind(before, b"#[cfg(")?;
    let after = before.get(start + 6..).unwrap_or_default();
    let ends = memmem::find(after, b")]").unwrap_or(after.len());
    // An item that ended in between took the attribute with it.
    let over = after.get(ends..).is_some_and(|rest| rest.contains(&b'}'));
    (!over).then(|| String::from_utf8_lossy(after.get(..ends).unwrap_or_default()).into_owned())
}

/// Whether a name stands in a `use` declaration.
fn imported(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let statement = before.rsplit(|b| matches!(b, b';' | b'}')).next().unwrap_or_default();
    words(statement).take(4).any(|(_, word)| word == "use")
}

/// Reads `Cargo.toml`.
pub(super) fn cargo_toml(bytes: &[u8], facts: &Declarations) -> CrateSeen {
    let mut out = CrateSeen::default();
    let Some(table) = parse(bytes) else { return out };
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let lib = table.get("lib");
    let name = lib.and_then(|lib| lib.get("name")).and_then(text);
    let package = table.get("package").and_then(|one| one.get("name")).and_then(text);
    let dynamic = lib.and_then(|lib| lib.get("crate-type").or_else(|| lib.get("crate_type"))).is_some();
    out.modules.extend(name.or_else(|| package.filter(|_| dynamic).map(|name| name.replace('-', "_"))));
    let workspace = table.get("workspace").and_then(|one| one.get("dependencies"));
    for dependencies in [table.get("dependencies"), workspace].into_iter().flatten() {
        for crate_name in [&facts.rust.framework, &facts.rust.by_hand] {
            let Some(wanted) = dependencies.get(crate_name.as_str()) else { continue };
            let version = text(wanted).or_else(|| wanted.get("version").and_then(text));
            out.required.extend(version.map(|version| (crate_name.clone(), version)));
        }
    }
    out
}

/// Reads `Cargo.lock`.
pub(super) fn cargo_lock(bytes: &[u8], facts: &Declarations) -> CrateSeen {
    let mut out = CrateSeen::default();
    let Some(table) = parse(bytes) else { return out };
    let packages =
        table.get("package").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for package in packages {
        let get = |key: &str| package.get(key).and_then(toml::Value::as_str);
        if let (Some(name), Some(version)) = (get("name"), get("version"))
            && [&facts.rust.framework, &facts.rust.by_hand].into_iter().any(|one| one == name)
        {
            out.locked.push((name.to_owned(), version.to_owned()));
        }
    }
    out
}

/// The module's name that maturin is configured with in `pyproject.toml`.
pub(super) fn maturin(bytes: &[u8]) -> CrateSeen {
    let mut out = CrateSeen::default();
    let name = parse(bytes)
        .and_then(|table| table.get("tool")?.get("maturin")?.get("module-name")?.as_str().map(str::to_owned));
    out.modules.extend(name);
    out
}

fn parse(bytes: &[u8]) -> Option<toml::Table> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// The version that a requirement of Cargo comes down to as far as `since` is concerned: whether what it allows is
/// `since` or later. `None` where both are allowed.
pub(super) fn allows(required: &str, since: &str) -> Option<bool> {
    use std::cmp::Ordering;

    use crate::knowledge::frameworks::compare_versions;
    let (mut low, mut high): (Option<String>, Option<String>) = (None, None);
    for part in required.split(',') {
        let part = part.trim();
        let number = part.trim_start_matches(['^', '~', '=', '>', '<', ' ']).to_owned();
        if number.is_empty() || !number.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if part.starts_with('<') {
            high = Some(number);
        } else if part.starts_with('>') {
            low = Some(number);
        } else {
            // `0.27.1`, `^0.27`, `~0.27.1`, `=0.27.1`: the leftmost number that is not zero stays.
            let mut parts: Vec<u64> = number.split('.').map_while(|one| one.parse().ok()).collect();
            let fixed = parts.iter().position(|one| *one != 0).unwrap_or(parts.len().saturating_sub(1));
            if let Some(one) = parts.get_mut(fixed) {
                *one += 1;
            }
            parts.truncate(fixed + 1);
            high = Some(parts.iter().map(ToString::to_string).collect::<Vec<_>>().join("."));
            low = Some(number);
        }
    }
    if low.as_deref().is_some_and(|low| compare_versions(low, since) != Ordering::Less) {
        return Some(true);
    }
    if high.as_deref().is_some_and(|high| compare_versions(high, since) != Ordering::Greater) {
        return Some(false);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(text: &str) -> Vec<(String, Vec<Stance>)> {
        let seen = file("src/lib.rs", text.as_bytes(), Knowledge::builtin());
        let says = |one: &ModuleSeen| one.says.iter().map(|says| says.stance).collect();
        seen.modules.iter().map(|one| (one.name.clone(), says(one))).collect()
    }

    fn one(name: &str, says: &[Stance]) -> Vec<(String, Vec<Stance>)> {
        vec![(name.to_owned(), says.to_vec())]
    }

    #[test]
    fn the_attribute_makes_a_module_and_may_declare() {
        let on = [Stance::RunsWithoutGil];
        assert_eq!(
            modules("#[pymodule]\nfn _x(m: &Bound<PyModule>) -> PyResult<()> { Ok(()) }"),
            one("_x", &[])
        );
        assert_eq!(modules("#[pymodule(gil_used = false)]\nmod _rust {\n}"), one("_rust", &on));
        assert_eq!(modules("#[pyo3::pymodule(gil_used=true)]\npub fn x() {}"), one("x", &[Stance::NeedsGil]));
        assert_eq!(
            modules(
                "#[pymodule]\n#[pyo3(name = \"_lib\")]\n/// The fn of all.\nfn py_lib(m: M) {\n  m.gil_used(false)?;\n}"
            ),
            one("_lib", &on)
        );
        assert_eq!(modules("#[pymodule(name = \"_y\", gil_used = false)]\nfn y() {}"), one("_y", &on));
    }

    #[test]
    fn examples_in_comments_and_imports_make_none() {
        assert_eq!(modules("/// #[pymodule]\n/// fn example() {}\nuse pyo3::pymodule;\n"), []);
        assert_eq!(modules("// #[pymodule]\nfn f() {}"), []);
    }

    #[test]
    fn modules_written_by_hand_say_it_in_a_slot() {
        let text = "use pyo3_ffi::{Py_mod_gil, Py_MOD_GIL_USED};\nconst N: u8 = 0;\n\
            pub unsafe extern \"C\" fn PyInit_orjson() -> *mut PyModuleDef {\n  let s = [PyModuleDef_Slot {\n\
            slot: crate::ffi::Py_mod_gil,\n value: crate::ffi::Py_MOD_GIL_USED,\n}];\n}";
        assert_eq!(modules(text), one("orjson", &[Stance::NeedsGil]));
        assert_eq!(
            modules(&text.replace("MOD_GIL_USED", "MOD_GIL_NOT_USED")),
            one("orjson", &[Stance::RunsWithoutGil])
        );
        assert_eq!(modules("extern \"C\" fn PyInit_x() {}"), one("x", &[]));
        assert_eq!(modules("unsafe { PyInit_x() }"), []);
    }

    #[test]
    fn a_slot_that_no_free_threaded_build_compiles_says_nothing() {
        for (condition, value) in [
            ("all(Py_3_13, not(Py_3_14))", Some(false)),
            ("all(not(Py_GIL_DISABLED), Py_3_14)", Some(false)),
            ("all(Py_GIL_DISABLED, Py_3_14)", Some(true)),
            ("any(Py_3_15, Py_GIL_DISABLED)", Some(true)),
            ("feature = \"x\"", None),
            ("Py_3_15", None),
            ("not(Py_3_15)", None),
            (")))", None),
        ] {
            assert_eq!(condition::holds(condition), value, "{condition}");
        }
        let text = "extern \"C\" fn PyInit_x() {\n#[cfg(not(Py_GIL_DISABLED))]\nS { slot: Py_mod_gil, value: Py_MOD_GIL_USED },\n\
            #[cfg(Py_GIL_DISABLED)]\nS { slot: Py_mod_gil, value: Py_MOD_GIL_NOT_USED },\n}";
        assert_eq!(modules(text), one("x", &[Stance::RunsWithoutGil]));
        assert_eq!(modules("extern \"C\" { fn PyInit_x() -> *mut PyObject; }"), []);
    }

    #[test]
    fn manifests_tell_the_version_and_the_modules_name() {
        let facts = Declarations::builtin();
        let toml = "[package]\nname = \"my-lib\"\n[lib]\nname = \"_lib\"\ncrate-type = [\"cdylib\"]\n[dependencies]\npyo3 = { version = \"0.27\", features = [] }\n";
        let seen = cargo_toml(toml.as_bytes(), facts);
        assert_eq!(seen.modules, ["_lib"]);
        assert_eq!(seen.required, [("pyo3".to_owned(), "0.27".to_owned())]);
        let lock = "[[package]]\nname = \"pyo3\"\nversion = \"0.28.2\"\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n";
        assert_eq!(cargo_lock(lock.as_bytes(), facts).locked, [("pyo3".to_owned(), "0.28.2".to_owned())]);
        assert_eq!(maturin(b"[tool.maturin]\nmodule-name = \"pkg._lib\"\n").modules, ["pkg._lib"]);
        assert!(cargo_lock(b"\xff", facts).locked.is_empty() && maturin(b"[").modules.is_empty());
    }

    #[test]
    fn a_requirement_decides_only_if_it_allows_one_answer() {
        for (required, answer) in [
            ("0.27", Some(false)),
            ("0.27.1", Some(false)),
            ("=0.26.0", Some(false)),
            ("^0.28", Some(true)),
            ("0.30.1", Some(true)),
            (">=0.28", Some(true)),
            (">=0.23, <0.28", Some(false)),
            (">=0.23, <0.30", None),
            (">=0.23", None),
            ("*", None),
            ("1", Some(true)),
        ] {
            assert_eq!(allows(required, "0.28"), answer, "{required}");
        }
    }
}

//! A maintainer's life with a real sdist: checked, accepted by a baseline, changed and checked again. Needs the index:
//! `cargo test --features network --test sdist`.
#![cfg(feature = "network")]

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use ungil::index::{Given, Index, Settings};
use ungil::model::PackageName;
use ungil::store::Cache;

/// Written by hand in C, with caches, lookups that borrow, and a module that does not declare.
const NAME: &str = "simplejson";
const FILE: &str = "simplejson-3.20.2.tar.gz";
const SHA256: &str = "5fe7a6ce14d1c300d80d08695b7f7e633de6cd72c80644021874d985b3393649";
const SOURCE: &str = "simplejson/_speedups.c";

fn fetched() -> Vec<u8> {
    let settings = Settings::from_environment(&Given::default()).expect("settings");
    let index = Index::new(settings, Arc::new(Cache::disabled()), Arc::new(())).expect("an index");
    let project = index.project(&PackageName::new(NAME).expect("a name")).expect("it is there");
    let file = project.files.iter().find(|file| file.filename == FILE).expect(FILE);
    let mut fetched = index.fetch(file, 64 << 20).expect("it can be fetched");
    assert_eq!(fetched.sha256(), SHA256);
    let mut bytes = Vec::new();
    fetched.read_to_end(&mut bytes).expect("readable");
    bytes
}

fn ungil(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ungil"));
    command.env("UNGIL_NO_CACHE", "true").env("UNGIL_ISOLATED", "true").current_dir(folder).args(args);
    command.output().expect("it runs")
}

fn report(folder: &Path, args: &[&str]) -> Value {
    let output = ungil(folder, &[&["check", "--format", "json"], args].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// Rule and line of every finding that nothing accepts.
fn open(report: &Value) -> Vec<(String, u64)> {
    let packages = report["packages"].as_array().expect("packages");
    let findings = packages.iter().flat_map(|package| package["findings"].as_array().expect("findings"));
    let left = findings.filter(|one| one["suppressed"].is_null() && one["origin"].is_null());
    left.map(|one| (one["rule"].as_str().expect("a rule").to_owned(), one["line"].as_u64().expect("a line")))
        .collect()
}

#[test]
fn a_real_sdist_is_checked_accepted_changed_and_checked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::write(folder.join(FILE), fetched()).expect("writes");
    let packed = open(&report(folder, &[FILE]));
    assert!(packed.len() > 20, "{packed:?}");

    let unpacked = Command::new("tar").args(["xf", FILE]).current_dir(folder).status().expect("tar");
    assert!(unpacked.success());
    let tree = folder.join(FILE.trim_end_matches(".tar.gz"));
    let found = open(&report(&tree, &["."]));
    assert_eq!(found, packed, "an sdist and its tree show the same");

    assert!(ungil(&tree, &["baseline"]).status.success());
    let with = ["--baseline", "ungil-baseline.json"];
    assert_eq!(open(&report(&tree, &with)), []);
    assert_eq!(ungil(&tree, &[&["check"], &with[..]].concat()).status.code(), Some(0));

    // Ten lines further down, one hazard mended and one made.
    let source = tree.join(SOURCE);
    let old = std::fs::read_to_string(&source).expect("readable");
    let new = old.replacen(
        "#include \"Python.h\"",
        &format!("#include \"Python.h\"\n{}", "/* moved */\n".repeat(10)),
        1,
    ) + "\nPyObject *\nungil_made(PyObject *self, PyObject *table)\n{\n    return PyDict_GetItem(table, self);\n}\n";
    assert_ne!(new, old);
    std::fs::write(&source, new).expect("writes");
    let after = open(&report(&tree, &with));
    assert_eq!(after.len(), 1, "only the new one: {after:?}");
    assert_eq!(after[0].0, "borrowed-container-item");
    assert_eq!(ungil(&tree, &[&["check"], &with[..]].concat()).status.code(), Some(1));

    // A promise that its maintainer may make, and what it does to the baseline.
    ungil(&tree, &["check", "--fix", "--unsafe-fixes", "--select", "missing-mod-gil"]);
    let declared = std::fs::read_to_string(&source).expect("readable");
    assert!(declared.contains("PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED)"));
    let fixed = report(&tree, &with)["review"]["fixed"].clone();
    let rules: Vec<_> = fixed.as_array().expect("rows").iter().map(|one| one["rule"].clone()).collect();
    assert_eq!(rules, ["missing-mod-gil"]);
}

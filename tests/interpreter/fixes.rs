//! Fixed sources compile, do what they did, and keep every count of references.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{compile, headers, python, run, text, ungil};

const PYPROJECT: &str = "[project]\nname = \"shapes\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What the functions of the module give, and what they lose.
fn counted(folder: &Path, name: &str) -> (String, bool) {
    let built = folder.join(name);
    std::fs::create_dir_all(&built).expect("a folder");
    compile(&folder.join("shapes.c"), &built.join("shapes.so"), &[]);
    let mut command = Command::new(python());
    command.arg("-W").arg("ignore").arg(here("tests/interpreter/count.py")).env("PYTHONPATH", &built);
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    (String::from_utf8(output.stdout).expect("text"), told.contains("gil True"))
}

/// The proof is of the code's shape; this is the proof of the proof.
#[test]
fn every_shape_does_what_it_did_and_loses_no_reference() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("shapes.c");
    std::fs::copy(here("tests/interpreter/shapes.c"), &source).expect("copies");
    std::fs::write(folder.path().join("pyproject.toml"), PYPROJECT).expect("writes");
    let (before, gil) = counted(folder.path(), "before");
    assert!(gil, "an undeclared module turns the GIL on");
    assert!(!before.contains('['), "the original is sound: {before}");
    let ran = ungil(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
    let told = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "nothing is left: {told}");
    let fixed = std::fs::read_to_string(&source).expect("reads");
    for lookup in ["PyList_GetItem(", "PyDict_GetItem(", "PyDict_GetItemString(", "PyDict_GetItemWithError("]
    {
        assert!(!fixed.contains(lookup), "{lookup} in {fixed}");
    }
    let (after, gil) = counted(folder.path(), "after");
    assert!(!gil, "the declaration is one");
    assert_eq!(after, before);
}

/// Witnesses of rules are the smallest real cases there are.
#[test]
fn fixed_witnesses_compile_where_they_did_before() {
    let include = headers();
    let compiles = |path: &Path| {
        let mut command = Command::new("gcc");
        command.args(["-fsyntax-only", "-Wall", "-Wno-unused", "-Wno-comment", "-Werror", "-I", &include]);
        let output = run(command.arg(path));
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (mut fixed, mut compiled) = (0, 0);
    for subject in ["rules/c", "rules/claims"] {
        for rule in std::fs::read_dir(here(subject)).expect("rules") {
            let bad = rule.expect("a rule").path().join("bad");
            for witness in std::fs::read_dir(bad).expect("witnesses") {
                let witness = witness.expect("a witness").path();
                if witness.extension().is_none_or(|extension| extension != "c") {
                    continue;
                }
                let folder = tempfile::tempdir().expect("a folder");
                std::fs::write(folder.path().join("pyproject.toml"), PYPROJECT).expect("writes");
                let source = folder.path().join("witness.c");
                let old = std::fs::read_to_string(&witness).expect("reads");
                std::fs::write(&source, &old).expect("writes");
                let (before, _) = compiles(&source);
                ungil(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
                if std::fs::read_to_string(&source).expect("reads") == old {
                    continue;
                }
                fixed += 1;
                let (after, told) = compiles(&source);
                compiled += usize::from(after);
                assert!(after || !before, "{}: {told}", witness.display());
            }
        }
    }
    println!("{fixed} witnesses fixed, {compiled} of them compile");
    assert!(fixed >= 3 && compiled >= 3, "{fixed} witnesses were changed, {compiled} compile");
}

/// A diff is made to be applied.
#[test]
fn a_diff_applies_to_what_the_fix_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("shapes.c");
    std::fs::copy(here("tests/interpreter/shapes.c"), &source).expect("copies");
    std::fs::write(folder.path().join("pyproject.toml"), PYPROJECT).expect("writes");
    let diff = ungil(folder.path(), &["check", "--diff", "--unsafe-fixes"]);
    let patch = folder.path().join("fix.patch");
    std::fs::write(&patch, &diff.stdout).expect("writes");
    text(Command::new("git").current_dir(folder.path()).args(["apply", "-p1", "fix.patch"]));
    let applied = std::fs::read_to_string(&source).expect("reads");
    std::fs::copy(here("tests/interpreter/shapes.c"), &source).expect("copies");
    ungil(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(applied, std::fs::read_to_string(&source).expect("reads"));
}

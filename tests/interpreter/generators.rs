//! The whole way for each generator: a module that does not declare turns the GIL on; fixed and built anew it does not.
//! `UNGIL_TEST_TOOLS` names the programs of an environment that has Cython and pybind11.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{headers, python, text, ungil};

fn tool(name: &str) -> Command {
    let folder = std::env::var_os("UNGIL_TEST_TOOLS").map(PathBuf::from);
    Command::new(folder.expect("UNGIL_TEST_TOOLS names a folder of programs").join(name))
}

/// What an import of the folder's one module shows.
fn outcome(folder: &Path) -> (String, String) {
    let python = python();
    let output = ungil(folder, &["verify", "--json", "--python", python.to_str().expect("text"), "built"]);
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let module = &document["modules"][0];
    let word = |key: &str| module[key].as_str().unwrap_or_default().to_owned();
    (word("said"), word("outcome"))
}

/// Builds before and after the fix of a source, and lays both beside what ungil says of them. `silent` is what the
/// generator writes where the author says nothing.
fn declares_after_the_fix(file: &str, code: &str, silent: &str, build: &dyn Fn(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("built")).expect("a folder");
    std::fs::write(folder.path().join(file), code).expect("writes");
    build(folder.path());
    assert_eq!(outcome(folder.path()), (silent.into(), "turns-on".into()), "{file}");
    ungil(folder.path(), &["check", "--fix", "--unsafe-fixes", file]);
    assert_ne!(
        std::fs::read_to_string(folder.path().join(file)).expect("readable"),
        code,
        "nothing was changed"
    );
    build(folder.path());
    assert_eq!(outcome(folder.path()), ("not-used".into(), "keeps-off".into()), "{file}");
}

#[test]
fn a_cython_module_declares_after_the_fix() {
    declares_after_the_fix(
        "box.pyx",
        "# cython: language_level=3\ndef one():\n    return 1\n",
        "used",
        &|folder| {
            text(tool("cython").current_dir(folder).args(["-3", "box.pyx", "-o", "built/box.c"]));
            let mut gcc = Command::new("gcc");
            gcc.args([
                "-shared",
                "-fPIC",
                "-O1",
                "-w",
                "-I",
                &headers(),
                "built/box.c",
                "-o",
                "built/box.so",
            ]);
            text(gcc.current_dir(folder));
        },
    );
}

#[test]
fn a_pybind11_module_declares_after_the_fix() {
    let code = "#include <pybind11/pybind11.h>\n\nnamespace py = pybind11;\n\nPYBIND11_MODULE(box, m) {\n    m.def(\"one\", [] { return 1; });\n}\n";
    let include = "import pybind11; print(pybind11.get_include())";
    let include = text(tool("python").args(["-I", "-c", include])).trim().to_owned();
    declares_after_the_fix("box.cpp", code, "undeclared", &|folder| {
        let mut gcc = Command::new("g++");
        gcc.args([
            "-shared",
            "-fPIC",
            "-std=c++17",
            "-O1",
            "-fvisibility=hidden",
            "-I",
            &headers(),
            "-I",
            &include,
        ]);
        text(gcc.args(["box.cpp", "-o", "built/box.so"]).current_dir(folder));
    });
}

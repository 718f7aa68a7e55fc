//! `ungil verify` with a real free-threaded interpreter, and with real reports of ThreadSanitizer.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::{compile, python, run, text, ungil};

/// A module of one C file: what its definition's slots say, and what its set-up does.
fn module(folder: &Path, name: &str, slot: &str, exec: &str) {
    let source = folder.join(format!("{name}.c"));
    let code = format!(
        "#include <Python.h>\n#include <stdlib.h>\n#include <unistd.h>\n\
         static int run(PyObject *module)\n{{\n    {exec}\n    return 0;\n}}\n\
         static PyModuleDef_Slot slots[] = {{{{Py_mod_exec, run}}, {slot} {{0, NULL}}}};\n\
         static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, .m_name = \"{name}\", .m_slots = slots}};\n\
         PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModuleDef_Init(&definition); }}\n"
    );
    std::fs::write(&source, code).expect("writes");
    compile(&source, &folder.join(format!("{name}.so")), &[]);
}

const DECLARES: &str = "{Py_mod_gil, Py_MOD_GIL_NOT_USED},";

/// A package with one module of each kind.
fn package() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let pkg = folder.path().join("pkg");
    std::fs::create_dir(&pkg).expect("a folder");
    std::fs::write(pkg.join("__init__.py"), "").expect("writes");
    module(&pkg, "good", DECLARES, "");
    module(&pkg, "silent", "", "");
    module(
        &pkg,
        "borrower",
        DECLARES,
        "PyObject *other = PyImport_ImportModule(\"pkg.silent\"); if (other == NULL) return -1; Py_DECREF(other);",
    );
    module(&pkg, "fails", DECLARES, "PyErr_SetString(PyExc_ImportError, \"no such luck\"); return -1;");
    module(&pkg, "crashes", DECLARES, "abort();");
    module(&pkg, "hangs", DECLARES, "sleep(300);");
    folder
}

fn verify(folder: &Path, args: &[&str]) -> Output {
    let python = python();
    ungil(folder, &[&["verify", "--python", python.to_str().expect("text")], args].concat())
}

fn rows(output: &Output) -> Vec<(String, String, String)> {
    let told = String::from_utf8_lossy(&output.stderr);
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    let row = |one: &Value| {
        let text = |key: &str| one[key].as_str().expect(key).to_owned();
        (text("module"), text("said"), text("outcome"))
    };
    document["modules"].as_array().expect("rows").iter().map(row).collect()
}

fn row(module: &str, said: &str, outcome: &str) -> (String, String, String) {
    (module.into(), said.into(), outcome.into())
}

#[test]
fn every_module_is_imported_by_itself_and_laid_beside_what_was_said() {
    let folder = package();
    let output = verify(folder.path(), &["--json", "--timeout", "20", "."]);
    let expected = [
        row("pkg.borrower", "not-used", "by-another"),
        row("pkg.crashes", "not-used", "crashes"),
        row("pkg.fails", "not-used", "unknown"),
        row("pkg.good", "not-used", "keeps-off"),
        row("pkg.hangs", "not-used", "unknown"),
        row("pkg.silent", "undeclared", "turns-on"),
    ];
    assert_eq!(rows(&output), expected);
    assert_eq!(output.status.code(), Some(3), "some could not be imported");
    let only = |name: &str| verify(folder.path(), &["--module", name]);
    let good = only("pkg.good");
    assert_eq!(good.status.code(), Some(0));
    let told = String::from_utf8(good.stdout).expect("text");
    assert!(told.contains("seen: the GIL stayed off, as its declaration says"), "{told}");
    assert!(told.contains("1 module: 1 as ungil says."), "{told}");
    assert_eq!(only("pkg.silent").status.code(), Some(1));
    let crash = only("pkg.crashes");
    let told = String::from_utf8(crash.stdout).expect("text");
    assert!(crash.status.code() == Some(1) && told.contains("Fatal Python error: Aborted"), "{told}");
    assert_eq!(only("pkg.none").status.code(), Some(2));
}

#[test]
fn wheels_and_installed_distributions_are_imported_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let venv = folder.path().join("venv");
    text(Command::new(python()).args(["-m", "venv", "--without-pip"]).arg(&venv));
    let inner = venv.join("bin/python");
    let code = "import sysconfig; print(sysconfig.get_path('platlib'))";
    let site = PathBuf::from(text(Command::new(&inner).args(["-I", "-c", code])).trim());
    module(&site, "alone", DECLARES, "");
    std::fs::create_dir(site.join("alone-1.dist-info")).expect("a folder");
    std::fs::write(
        site.join("alone-1.dist-info/METADATA"),
        "Metadata-Version: 2.1\nName: alone\nVersion: 1\n",
    )
    .expect("writes");
    std::fs::write(site.join("alone-1.dist-info/RECORD"), "alone.so,,\nalone-1.dist-info/METADATA,,\n")
        .expect("writes");
    let named = |what: &str| {
        ungil(folder.path(), &["verify", "--json", "--python", inner.to_str().expect("text"), what])
    };
    let output = named("alone");
    assert_eq!(rows(&output), [row("alone", "not-used", "keeps-off")]);
    assert_eq!(named("absent").status.code(), Some(2));
    let wheel = folder.path().join("alone-1-cp313-cp313t-linux_x86_64.whl");
    text(Command::new(&inner).args(["-m", "zipfile", "-c"]).arg(&wheel).arg(site.join("alone.so")));
    assert_eq!(rows(&named(wheel.to_str().expect("text"))), [row("alone", "not-used", "keeps-off")]);
}

/// An answer of the wrong interpreter would be worth nothing.
#[test]
fn what_is_no_free_threaded_interpreter_is_refused() {
    let folder = package();
    for (path, says) in [("/bin/true", "does not answer"), ("/no/such/python", "cannot run")] {
        let output = ungil(folder.path(), &["verify", "--python", path]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(says), "{path}: {told}");
    }
    assert_eq!(ungil(folder.path(), &["verify"]).status.code(), Some(2));
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(verify(empty.path(), &[]).status.code(), Some(3));
}

const RACY: &str = "#include <Python.h>

static long count;

PyObject *
add(PyObject *self, PyObject *unused)
{
    count += 1;
    return NULL;
}

static PyMethodDef methods[] = {{\"add\", add, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, \"box\", NULL, -1, methods};
PyMODINIT_FUNC PyInit_box(void) { return PyModule_Create(&definition); }
";

const DRIVER: &str = "#include <pthread.h>
void *add(void *self, void *unused);
/* Named by the module's code and never called. */
void *PyModule_Create2(void *definition, int version) { return 0; }
static void *work(void *unused) { for (int i = 0; i < 1000; i++) add(0, 0); return 0; }
int main(void)
{
    pthread_t one, two;
    pthread_create(&one, 0, work, 0);
    pthread_create(&two, 0, work, 0);
    pthread_join(one, 0);
    pthread_join(two, 0);
    return 0;
}
";

/// The code of an extension, run on two threads under the real ThreadSanitizer.
#[test]
fn a_race_that_happened_is_matched_to_the_finding_that_foretold_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tree, run_at) = (folder.path().join("tree"), folder.path().join("run"));
    std::fs::create_dir_all(tree.join("src")).expect("a folder");
    std::fs::create_dir(&run_at).expect("a folder");
    std::fs::write(tree.join("src/box.c"), RACY).expect("writes");
    std::fs::write(run_at.join("driver.c"), DRIVER).expect("writes");
    let mut gcc = Command::new("gcc");
    gcc.args(["-g", "-O1", "-fsanitize=thread", "-pthread", "-I"]);
    gcc.arg(super::headers()).arg(tree.join("src/box.c")).arg("driver.c").args(["-o", "race"]);
    text(gcc.current_dir(&run_at));
    // Without fixed addresses old run-time libraries do not start on new kernels.
    let raced = run(Command::new("setarch").args(["-R", "./race"]).current_dir(&run_at));
    let report = folder.path().join("tsan.txt");
    std::fs::write(&report, &raced.stderr).expect("writes");
    let told = String::from_utf8_lossy(&raced.stderr).into_owned();
    assert!(told.contains("WARNING: ThreadSanitizer: data race"), "{told}");
    let output = ungil(&tree, &["verify", "--tsan", report.to_str().expect("text")]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("1. data race"), "{text}");
    assert!(text.contains("src/box.c:8 in add\n"), "{text}");
    assert!(text.contains("found: src/box.c:8: ") && text.contains("[static-mutable-state]"), "{text}");
    assert!(!text.contains("0x"), "addresses differ from run to run: {text}");
}

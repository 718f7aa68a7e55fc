//! `check --fix`, `--unsafe-fixes` and `--diff` on a project's files.

use super::project::{Project, open};

/// One lookup that can be fixed, and a module that does not declare.
const MODULE: &str = "\
#include <Python.h>

static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GetItem(list, 0);
    if (item == NULL) {
        return NULL;
    }
    Py_INCREF(item);
    return item;
}

static PyMethodDef methods[] = {
    {\"first\", first, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, \"box\", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_box(void)
{
    return PyModule_Create(&definition);
}
";

fn project() -> Project {
    let pyproject = "[project]\nname = \"box\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n";
    Project::new(&[("src/box.c", MODULE), ("pyproject.toml", pyproject)])
}

#[test]
fn safe_fixes_are_written_and_the_report_is_of_what_is_left() {
    let project = project();
    let ran = project.run(&["check", "--fix", "--format", "json"]);
    let text = project.read("src/box.c");
    assert!(text.contains("PyList_GetItemRef(list, 0)") && !text.contains("Py_INCREF"), "{text}");
    assert!(!text.contains("Py_MOD_GIL_NOT_USED"), "a promise nobody made: {text}");
    assert!(ran.err.contains("note: fixed 1 finding in 1 file of ."), "{}", ran.err);
    let report = serde_json::from_str(&ran.out).expect("JSON");
    let left: Vec<_> = open(&report).iter().map(|one| one["rule"].as_str().unwrap_or_default()).collect();
    assert_eq!(left, ["missing-mod-gil"]);
}

#[test]
fn promises_are_made_only_when_asked_for() {
    let project = project();
    let before = project.report(&[]);
    let offered: Vec<_> =
        open(&before).iter().map(|one| (one["rule"].clone(), one["correction"]["safe"].clone())).collect();
    assert_eq!(offered.len(), 2, "{offered:?}");
    assert_eq!(offered.iter().filter(|(_, safe)| *safe == true).count(), 1, "{offered:?}");
    let ran = project.run(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(project.read("src/box.c").contains("PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);"));
    assert_eq!(open(&project.report(&[])).len(), 0);
}

/// A diff that another tool applies must be the change that would have been made.
#[test]
fn a_diff_shows_what_would_be_written_and_writes_nothing() {
    let project = project();
    let ran = project.run(&["check", "--diff"]);
    assert_eq!((ran.code, project.read("src/box.c").as_str()), (1, MODULE));
    let expected = "\
--- a/src/box.c
+++ b/src/box.c
@@ -3,11 +3,10 @@
 static PyObject *
 first(PyObject *self, PyObject *list)
 {
-    PyObject *item = PyList_GetItem(list, 0);
+    PyObject *item = PyList_GetItemRef(list, 0);
     if (item == NULL) {
         return NULL;
     }
-    Py_INCREF(item);
     return item;
 }
 
";
    assert_eq!(ran.out, expected);
    project.run(&["check", "--fix"]);
    let ran = project.run(&["check", "--diff"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
}

/// Nobody can write into an archive, so an sdist's findings promise no `--fix`; what it would take can still be seen.
#[test]
fn an_sdist_is_shown_its_changes_and_promised_none() {
    let project = project();
    let mut made = tar::Builder::new(Vec::new());
    for name in ["src/box.c", "pyproject.toml"] {
        let text = project.read(name);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        made.append_data(&mut header, format!("box-1/{name}"), text.as_bytes())
            .expect("it is written to memory");
    }
    // Uncompressed, which is told by the first bytes and not by the name.
    std::fs::write(project.path().join("box-1.tar.gz"), made.into_inner().expect("its end")).expect("writes");
    let ran = project.run(&["check", "box-1.tar.gz", "--format", "json"]);
    let report = serde_json::from_str(&ran.out).expect("JSON");
    let found = open(&report);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.iter().all(|one| one.get("correction").is_none_or(serde_json::Value::is_null)),
        "{found:?}"
    );
    let ran = project.run(&["check", "box-1.tar.gz", "--diff", "--unsafe-fixes"]);
    assert!(ran.out.contains("+    PyObject *item = PyList_GetItemRef(list, 0);"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_was_accepted_or_is_not_asked_for_is_not_fixed() {
    let project = project();
    let comment = "PyList_GetItem(list, 0);  /* ungil: ignore[borrowed-container-item]: private */";
    project.write("src/box.c", &MODULE.replace("PyList_GetItem(list, 0);", comment));
    assert_eq!(project.run(&["check", "--diff"]).out, "");
    project.write("src/box.c", MODULE);
    assert_eq!(project.run(&["check", "--diff", "--ignore", "borrowed-ref"]).out, "");
    assert_eq!(project.run(&["check", "--diff", "--exclude", "src/**"]).out, "");
}

#[test]
fn an_older_python_makes_a_fix_unsafe_unless_the_compatibility_header_is_there() {
    let project = project();
    project
        .write("pyproject.toml", "[project]\nname = \"box\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n");
    assert_eq!(project.run(&["check", "--diff"]).out, "");
    let text = project.run(&["check"]).out;
    assert!(text.contains("2 can be fixed by --fix --unsafe-fixes"), "{text}");
    assert!(text.contains("needs Python 3.13"), "{text}");
    let with = MODULE.replace("<Python.h>", "<Python.h>\n#include \"pythoncapi_compat.h\"");
    project.write("src/box.c", &with);
    assert!(project.run(&["check", "--diff"]).out.contains("PyList_GetItemRef"));
}

#[test]
fn code_scanning_services_get_the_fix_with_the_result() {
    let project = project();
    let sarif: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "sarif"]).out).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let fix = &results[0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(fix["artifactLocation"]["uri"], "src/box.c");
    assert_eq!(fix["replacements"][0]["insertedContent"]["text"], "PyList_GetItemRef(list, 0)");
}

#[cfg(unix)]
#[test]
fn a_fixed_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project();
    let file = project.path().join("src/box.c");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("sets");
    project.run(&["check", "--fix"]);
    assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o755);
}

#[test]
fn corrections_of_a_librarys_own_headers_are_proved_on_them() {
    let header = "/*\n    pybind11/detail/held.h: what is held\n*/\n#include <Python.h>\n\
                  PyObject *held(PyObject *list) {\n    PyObject *item = PyList_GetItem(list, 0);\n    \
                  Py_XINCREF(item);\n    return item;\n}\n";
    let path = "include/pybind11/detail/held.c";
    let about = "[project]\nname = \"pybind11\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n";
    let project = Project::new(&[(path, header), ("pyproject.toml", about)]);
    let ran = project.run(&["check", "--fix"]);
    assert!(project.read(path).contains("PyList_GetItemRef(list, 0)"), "{}{}", ran.out, ran.err);
    assert!(!project.read(path).contains("Py_XINCREF"));
}

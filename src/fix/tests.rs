//! What is changed, and what is left to its author. Each case is a whole file, scanned as the tool scans it.

use super::*;
use crate::accept::Texts;
use crate::knowledge::Knowledge;
use crate::model::Member;
use crate::scan;

const NEW: Project = Project { name: None, least_minor: Some(13), backport: false };

fn found(path: &str, text: &str) -> Vec<Finding> {
    let member = MemberPath::new(path).expect("a path");
    let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
    let seen = scan::member(&Member::new(&member, text.as_bytes()), known, rules);
    scan::join(vec![seen], Vec::new(), "", known, rules).findings
}

/// Gives findings their corrections, as `check` does.
fn correct(findings: &mut [Finding], texts: &Texts, project: &Project, rules: &RuleSet) {
    let found: Vec<(usize, Correction)> = work(findings.iter().enumerate(), texts, project, rules)
        .iter()
        .flat_map(|one| one.corrections(rules))
        .collect();
    for (at, correction) in found {
        findings[at].correction = Some(correction);
    }
}

/// The corrections of a file's findings.
fn corrections(path: &str, text: &str, project: &Project) -> Vec<Correction> {
    let mut findings = found(path, text);
    assert!(!findings.is_empty(), "nothing is found in {text}");
    let texts = Texts::from([(path.to_owned(), text.as_bytes().to_vec())]);
    correct(&mut findings, &texts, project, RuleSet::builtin());
    findings.into_iter().filter_map(|finding| finding.correction).collect()
}

/// The file with all corrections made.
fn fixed(path: &str, text: &str) -> String {
    let all: Vec<_> = corrections(path, text, &NEW).into_iter().flat_map(|one| one.edits).collect();
    let edits = edits_of(text.as_bytes(), &all).expect("they lie in the text");
    String::from_utf8(apply(text.as_bytes(), &edits).expect("they do not overlap")).expect("text")
}

/// A function of one argument more with this body.
fn body(body: &str) -> String {
    format!("#include <Python.h>\n\nPyObject *\nlookup(PyObject *self, PyObject *table)\n{{\n{body}}}\n")
}

fn fixed_body(text: &str) -> String {
    let all = fixed("a.c", &body(text));
    let start = all.find("{\n").expect("the body") + 2;
    all[start..all.len() - 2].to_owned()
}

#[test]
fn a_reference_taken_at_once_is_the_one_that_the_twin_gives() {
    assert_eq!(
        fixed_body(
            "    PyObject *hit = PyList_GetItem(table, 0);\n    if (hit == NULL) {\n        return NULL;\n    }\n    Py_INCREF(hit);\n    return hit;\n"
        ),
        "    PyObject *hit = PyList_GetItemRef(table, 0);\n    if (hit == NULL) {\n        return NULL;\n    }\n    return hit;\n"
    );
    assert_eq!(
        fixed_body(
            "    PyObject *hit = PyDict_GetItemWithError(table, self);\n    return Py_XNewRef(hit);\n"
        ),
        "    PyObject *hit;\n    (void)PyDict_GetItemRef(table, self, &hit);\n    return hit;\n"
    );
    assert_eq!(
        fixed_body(
            "    PyObject *hit;\n    hit = PyDict_GetItem(table, self);\n    Py_XINCREF(hit);\n    return hit;\n"
        ),
        "    PyObject *hit;\n    if (PyDict_GetItemRef(table, self, &hit) < 0) {\n        PyErr_Clear();\n    }\n    return hit;\n"
    );
    assert_eq!(
        fixed_body("    return Py_XNewRef(PyList_GetItem(table, 0));\n"),
        "    return PyList_GetItemRef(table, 0);\n"
    );
    assert_eq!(
        fixed_body("    return Py_NewRef(PyList_GET_ITEM(table, 0));\n"),
        "    return PyList_GetItemRef(table, 0);\n"
    );
}

/// The commonest shape of caches: what is there is taken, what is not is made.
#[test]
fn a_reference_taken_in_the_branch_where_there_is_one_is_the_twins() {
    assert_eq!(
        fixed_body(
            "    PyObject *hit;\n    hit = PyDict_GetItemWithError(table, self);\n    done(self);\n    if (hit != NULL) {\n        Py_INCREF(hit);\n        return hit;\n    }\n    return make(self);\n"
        ),
        "    PyObject *hit;\n    (void)PyDict_GetItemRef(table, self, &hit);\n    done(self);\n    if (hit != NULL) {\n        return hit;\n    }\n    return make(self);\n"
    );
    assert_eq!(
        fixed_body(
            "    PyObject *hit = PyDict_GetItemWithError(table, self);\n    if (hit) {\n        Py_INCREF(hit);\n        done(self);\n    } else {\n        hit = make(self);\n    }\n    return hit;\n"
        ),
        "    PyObject *hit;\n    (void)PyDict_GetItemRef(table, self, &hit);\n    if (hit) {\n        done(self);\n    } else {\n        hit = make(self);\n    }\n    return hit;\n"
    );
    for text in [
        // Lost on the way, or taken on one way only.
        "    PyObject *hit = PyDict_GetItemWithError(table, self);\n    if (done(self)) {\n        return NULL;\n    }\n    if (hit) {\n        Py_INCREF(hit);\n    }\n    return hit;\n",
        "    PyObject *hit = PyDict_GetItemWithError(table, self);\n    if (hit) {\n        done(hit);\n        Py_INCREF(hit);\n    }\n    return hit;\n",
        "    PyObject *hit = PyDict_GetItemWithError(table, self);\n    if (hit)\n        Py_INCREF(hit);\n    else\n        hit = make(self);\n    return hit;\n",
    ] {
        assert_eq!(corrections("a.c", &body(text), &NEW), [], "{text}");
    }
}

#[test]
fn a_local_gives_its_reference_back_on_every_way_out() {
    assert_eq!(
        fixed_body(
            "    long n;\n    PyObject *hit = PyList_GetItem(table, 0);\n    if (!hit)\n        return NULL;\n    n = PyLong_AsLong(hit);\n    if (n < 0)\n        return NULL;\n    while (n > 9) {\n        if (n == 11) break;\n        n--;\n    }\n    if (n == 7) {\n        goto out;\n    }\n    return PyLong_FromLong(0);\n"
        ),
        // The last return computes a value, so nothing is proved: see the next case.
        "    long n;\n    PyObject *hit = PyList_GetItem(table, 0);\n    if (!hit)\n        return NULL;\n    n = PyLong_AsLong(hit);\n    if (n < 0)\n        return NULL;\n    while (n > 9) {\n        if (n == 11) break;\n        n--;\n    }\n    if (n == 7) {\n        goto out;\n    }\n    return PyLong_FromLong(0);\n"
    );
    assert_eq!(
        fixed_body(
            "    long n = 0;\n    PyObject *result = NULL;\n    for (;;) {\n        PyObject *hit = PyList_GetItem(table, n);\n        if (!hit)\n            return NULL;\n        if (hit == Py_None)\n            continue;\n        while (n > 9) {\n            if (n == 11) break;\n            n--;\n        }\n        if (n == 7) {\n            goto out;\n        }\n        n += PyLong_AsLong(hit);\n    }\nout:\n    return result;\n"
        ),
        "    long n = 0;\n    PyObject *result = NULL;\n    for (;;) {\n        PyObject *hit = PyList_GetItemRef(table, n);\n        if (!hit)\n            return NULL;\n        if (hit == Py_None)\n            { Py_DECREF(hit); continue; }\n        while (n > 9) {\n            if (n == 11) break;\n            n--;\n        }\n        if (n == 7) {\n            Py_DECREF(hit);\n            goto out;\n        }\n        n += PyLong_AsLong(hit);\n        Py_DECREF(hit);\n    }\nout:\n    return result;\n"
    );
}

#[test]
fn a_lookup_in_a_test_for_null_is_one_too() {
    assert_eq!(
        fixed_body(
            "    PyObject *hit;\n    if ((hit = PyList_GetItem(table, 0)) == NULL) {\n        return NULL;\n    }\n    Py_INCREF(hit);\n    return hit;\n"
        ),
        "    PyObject *hit;\n    if ((hit = PyList_GetItemRef(table, 0)) == NULL) {\n        return NULL;\n    }\n    return hit;\n"
    );
    assert_eq!(
        fixed_body(
            "    PyObject *hit;\n    if (!(hit = PyDict_GetItemWithError(table, self)))\n        return NULL;\n    use(hit);\n    return NULL;\n"
        ),
        "    PyObject *hit;\n    (void)PyDict_GetItemRef(table, self, &hit);\n    if (!hit)\n        return NULL;\n    use(hit);\n    Py_DECREF(hit);\n    return NULL;\n"
    );
    assert_eq!(
        fixed_body(
            "    PyObject *hit;\n    if ((hit = PyDict_GetItem(table, self)) != NULL) {\n        if (use(hit) < 0) {\n            return NULL;\n        }\n    }\n    return NULL;\n"
        ),
        "    PyObject *hit;\n    if (PyDict_GetItemRef(table, self, &hit) < 0) {\n        PyErr_Clear();\n    }\n    if (hit != NULL) {\n        if (use(hit) < 0) {\n            Py_XDECREF(hit);\n            return NULL;\n        }\n    }\n    Py_XDECREF(hit);\n    return NULL;\n"
    );
    for text in [
        "    PyObject *hit;\n    if (self && (hit = PyList_GetItem(table, 0)) != NULL) {\n        use(hit);\n    }\n    return NULL;\n",
        "    PyObject *hit;\n    if (self) {\n        use(self);\n    } else if ((hit = PyList_GetItem(table, 0)) != NULL) {\n        use(hit);\n    }\n    return NULL;\n",
        "    PyObject *hit;\n    while ((hit = PyList_GetItem(table, 0)) != NULL) {\n        use(hit);\n    }\n    return NULL;\n",
        "    PyObject *hit;\n    if ((hit = PyList_GetItem(table, 0)) != NULL) {\n        return hit;\n    }\n    return NULL;\n",
    ] {
        assert_eq!(corrections("a.c", &body(text), &NEW), [], "{text}");
    }
}

/// Each of these would leak, drop a reference too many, or only hide the hazard.
#[test]
fn what_the_shape_does_not_prove_is_left_to_its_author() {
    let hit = "PyObject *hit = PyList_GetItem(table, 0);";
    for text in [
        // Returned, aliased, stored, its address taken.
        format!("    {hit}\n    return hit;\n"),
        format!("    {hit}\n    PyObject *other = hit;\n    use(other);\n    return NULL;\n"),
        format!("    {hit}\n    ((Box *)self)->item = hit;\n    return NULL;\n"),
        format!("    {hit}\n    change(&hit);\n    return NULL;\n"),
        // What was made of it is handed out.
        format!("    {hit}\n    char *s = text_of(hit);\n    return (PyObject *)s;\n"),
        format!("    {hit}\n    char *s = text_of(hit);\n    return make(s);\n"),
        format!("    {hit}\n    ((Box *)self)->text = text_of(hit);\n    return NULL;\n"),
        // Macros that may jump, labels that may be jumped to, an own release.
        format!("    {hit}\n    CHECK(hit);\n    return NULL;\n"),
        format!("    {hit}\nagain:\n    if (use(hit)) goto again;\n    return NULL;\n"),
        format!("    {hit}\n    Py_DECREF(hit);\n    return NULL;\n"),
        // Set twice.
        format!("    {hit}\n    use(hit);\n    hit = NULL;\n    return NULL;\n"),
        // Used after its block.
        "    PyObject *hit = NULL;\n    if (self) {\n        hit = PyList_GetItem(table, 0);\n    }\n    use(hit);\n    return NULL;\n".to_owned(),
        // Never NULL before, perhaps NULL now.
        "    PyObject *hit = PyList_GET_ITEM(table, 0);\n    Py_INCREF(hit);\n    use(hit);\n    return hit;\n".to_owned(),
        "    PyObject *hit = PyDict_GetItem(table, self);\n    Py_INCREF(hit);\n    return hit;\n".to_owned(),
        // One branch of the preprocessor.
        format!("    {hit}\n#ifdef FAST\n    return NULL;\n#endif\n    return NULL;\n"),
    ] {
        assert_eq!(corrections("a.c", &body(&text), &NEW), [], "{text}");
    }
    let cpp = body(&format!("    {hit}\n    use(hit);\n    return NULL;\n"));
    assert_eq!(corrections("a.cpp", &cpp, &NEW), []);
}

/// A name that the oldest supported Python lacks would break that build.
#[test]
fn a_change_is_safe_only_where_the_project_has_what_it_needs() {
    let text =
        body("    PyObject *hit = PyDict_GetItemWithError(table, self);\n    return Py_XNewRef(hit);\n");
    let safe = |text: &str, project: &Project| corrections("a.c", text, project)[0].safe;
    assert!(!safe(&text, &Project::default()));
    assert!(!safe(&text, &Project { name: None, least_minor: Some(10), backport: false }));
    assert!(safe(&text, &Project { name: None, least_minor: Some(13), backport: false }));
    assert!(safe(&text, &Project { name: None, least_minor: Some(8), backport: true }));
    assert!(safe(&format!("#include \"pythoncapi_compat.h\"\n{text}"), &Project::default()));
    assert!(corrections("a.c", &text, &Project::default())[0].what.contains("needs Python 3.13"));
}

#[test]
fn a_walk_is_put_into_its_critical_section_unless_something_jumps_out_of_it() {
    let walk = |inner: &str| {
        format!(
            "    PyObject *key, *value;\n    Py_ssize_t pos = 0;\n    while (PyDict_Next(table, &pos, &key, &value)) {{\n        {inner}\n    }}\n    return NULL;\n"
        )
    };
    assert_eq!(
        fixed_body(&walk("if (key == Py_None) break;")),
        "    PyObject *key, *value;\n    Py_ssize_t pos = 0;\n    Py_BEGIN_CRITICAL_SECTION(table);\n    while (PyDict_Next(table, &pos, &key, &value)) {\n        if (key == Py_None) break;\n    }\n    Py_END_CRITICAL_SECTION();\n    return NULL;\n"
    );
    for inner in ["if (key == Py_None) return key;", "goto out;", "table = value;", "CHECK(key);"] {
        assert_eq!(corrections("a.c", &body(&walk(inner)), &NEW), [], "{inner}");
    }
}

const DEFINITION: &str = "#include <Python.h>\nstatic struct PyModuleDef def = {PyModuleDef_HEAD_INIT, \"x\", NULL, -1, NULL};\nPyMODINIT_FUNC\nPyInit_x(void)\n{\n";

#[test]
fn a_module_made_in_one_phase_declares_by_a_call() {
    let with = |text: &str| {
        let all = fixed("a.c", &format!("{DEFINITION}{text}}}\n"));
        all[DEFINITION.len()..all.len() - 2].to_owned()
    };
    let call = "#ifdef Py_GIL_DISABLED\n    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);\n#endif\n";
    assert_eq!(
        with(
            "    PyObject *m = PyModule_Create(&def);\n    int n;\n    if (m == NULL) {\n        return NULL;\n    }\n    return m;\n"
        ),
        format!(
            "    PyObject *m = PyModule_Create(&def);\n    int n;\n    if (m == NULL) {{\n        return NULL;\n    }}\n{call}    return m;\n"
        )
    );
    assert_eq!(
        with(
            "    PyObject *m;\n    if ((m = PyModule_Create(&def)) == NULL)\n        return NULL;\n    return m;\n"
        ),
        format!(
            "    PyObject *m;\n    if ((m = PyModule_Create(&def)) == NULL)\n        return NULL;\n{call}    return m;\n"
        )
    );
    assert_eq!(
        with(
            "    PyObject *m;\n#if PY_MAJOR_VERSION >= 3\n    m = PyModule_Create(&def);\n#else\n    m = Py_InitModule(\"x\", NULL);\n#endif\n    return m;\n"
        ),
        "    PyObject *m;\n#if PY_MAJOR_VERSION >= 3\n    m = PyModule_Create(&def);\n#ifdef Py_GIL_DISABLED\n    if (m != NULL) {\n        PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);\n    }\n#endif\n#else\n    m = Py_InitModule(\"x\", NULL);\n#endif\n    return m;\n"
    );
    assert_eq!(
        with("    return PyModule_Create(&def);\n"),
        "    PyObject *module = PyModule_Create(&def);\n#ifdef Py_GIL_DISABLED\n    if (module != NULL) {\n        PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);\n    }\n#endif\n    return module;\n"
    );
}

#[test]
fn declarations_are_promises_and_go_where_each_generator_looks_for_them() {
    let slots = |entries: &str| {
        format!(
            "#include <Python.h>\nstatic PyModuleDef_Slot slots[] = {{\n{entries}}};\nstatic struct PyModuleDef def = {{PyModuleDef_HEAD_INIT, .m_name = \"x\", .m_slots = slots}};\nPyMODINIT_FUNC\nPyInit_x(void)\n{{\n    return PyModuleDef_Init(&def);\n}}\n"
        )
    };
    let text = slots("    {Py_mod_exec, run},\n    {0, NULL}\n");
    assert_eq!(
        fixed("a.c", &text),
        slots(
            "    {Py_mod_exec, run},\n#ifdef Py_GIL_DISABLED\n    {Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n    {0, NULL}\n"
        )
    );
    assert!(corrections("a.c", &text, &NEW).iter().all(|one| !one.safe));
    let bound = "#include <pybind11/pybind11.h>\nnamespace py = pybind11;\nPYBIND11_MODULE(x, m) {\n}\n";
    assert_eq!(fixed("a.cpp", bound), bound.replace("(x, m)", "(x, m, py::mod_gil_not_used())"));
    let full = bound.replace("namespace py = pybind11;\n", "");
    assert_eq!(fixed("a.cpp", &full), full.replace("(x, m)", "(x, m, pybind11::mod_gil_not_used())"));
    let cython = "# -*- coding: utf-8 -*-\n# cython: language_level=3\ndef f():\n    return 1\n";
    assert_eq!(
        fixed("a.pyx", cython),
        cython.replace("# cython: l", "# cython: freethreading_compatible = True\n# cython: l")
    );
    let rust = "use pyo3::prelude::*;\n\n/// Words.\n#[pymodule]\nfn x(m: &Bound<'_, PyModule>) -> PyResult<()> {\n    Ok(())\n}\n";
    let with_toml = |text: &str| {
        let (known, rules) = (Knowledge::builtin(), RuleSet::builtin());
        let files = [
            ("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\npyo3 = \"0.24\"\n"),
            ("src/lib.rs", text),
        ];
        let seen = files.map(|(path, text)| {
            let path = MemberPath::new(path).expect("a path");
            scan::member(&Member::new(&path, text.as_bytes()), known, rules)
        });
        let mut findings = scan::join(seen.into(), Vec::new(), "", known, rules).findings;
        let texts = Texts::from([("src/lib.rs".to_owned(), text.as_bytes().to_vec())]);
        correct(&mut findings, &texts, &NEW, rules);
        let all: Vec<_> =
            findings.iter().filter_map(|one| one.correction.clone()).flat_map(|one| one.edits).collect();
        let edits = edits_of(text.as_bytes(), &all).expect("they lie in the text");
        String::from_utf8(apply(text.as_bytes(), &edits).expect("no overlap")).expect("text")
    };
    assert_eq!(with_toml(rust), rust.replace("#[pymodule]", "#[pymodule(gil_used = false)]"));
    let named = rust.replace("#[pymodule]", "#[pymodule(name = \"y\")]");
    assert_eq!(with_toml(&named), named.replace("\"y\")", "\"y\", gil_used = false)"));
}

/// Files may be made to cost time: without the bounds this test takes minutes.
#[test]
fn hostile_files_are_judged_in_bounded_time() {
    let nested = format!(
        "    PyObject *hit = PyList_GetItem(table, 0);\n    use(hit);\n    {}0;\n",
        "a = ".repeat(5_000)
    );
    let many = "    { PyObject *hit = PyList_GetItem(table, 0); use(hit); }\n".repeat(1_500);
    let deep = format!("    PyObject *hit = PyList_GetItem(table, 0);\n{}\n", "if (hit) {\n".repeat(5_000));
    let made: String = (0..1_000).map(|n| format!("    long *v{n} = of(hit);\n")).collect();
    let made = format!("    PyObject *hit = PyList_GetItem(table, 0);\n{made}");
    for text in [nested, many, deep, made] {
        let text = body(&text);
        let mut findings = found("a.c", &text);
        let texts = Texts::from([("a.c".to_owned(), text.into_bytes())]);
        correct(&mut findings, &texts, &NEW, RuleSet::builtin());
    }
}

#[test]
fn line_breaks_stay_what_they_are_and_accepted_findings_are_left() {
    let text =
        body("    PyObject *hit = PyDict_GetItemWithError(table, self);\n    return Py_XNewRef(hit);\n")
            .replace('\n', "\r\n");
    let new = fixed("a.c", &text);
    assert!(
        new.contains("    PyObject *hit;\r\n    (void)PyDict_GetItemRef(table, self, &hit);\r\n"),
        "{new:?}"
    );
    let mut findings = found("a.c", &text);
    for finding in &mut findings {
        finding.suppressed = Some(crate::model::Suppression { by: "comment".into(), reason: "ours".into() });
    }
    let texts = Texts::from([("a.c".to_owned(), text.as_bytes().to_vec())]);
    correct(&mut findings, &texts, &NEW, RuleSet::builtin());
    assert!(findings.iter().all(|finding| finding.correction.is_none()));
}

/// Before anything is written all files are asked, for one may tell what another means.
#[test]
fn a_change_is_held_against_the_whole_project() {
    let text =
        body("    PyObject *hit = PyDict_GetItemWithError(table, self);\n    return Py_XNewRef(hit);\n");
    let path = MemberPath::new("a.c").expect("a path");
    let whole = proof::Whole::of(&[(path, text.clone().into_bytes())], None, RuleSet::builtin());
    let good = fixed("a.c", &text);
    assert!(whole.holds(&[("a.c".to_owned(), good.into_bytes())].into(), 1));
    assert!(!whole.holds(&[("a.c".to_owned(), text.clone().into_bytes())].into(), 1), "nothing went");
    let worse = text.replace("return Py", "PyList_GetItem(table, 0);\n    return Py");
    assert!(!whole.holds(&[("a.c".to_owned(), worse.into_bytes())].into(), 0), "one came");
}

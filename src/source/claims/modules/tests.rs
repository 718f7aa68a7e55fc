use super::*;
use crate::model::Stance;

fn read(text: &str) -> FileClaims {
    c_file(&CFile::read("a.cpp", text.as_bytes()), Knowledge::builtin())
}

fn said(one: &ModuleSeen) -> Vec<Stance> {
    one.says.iter().map(|says| says.stance).collect()
}

/// Name, stances, line that a declaration would stand at, open words.
fn modules(text: &str) -> Vec<(String, Vec<Stance>, u32, Vec<String>)> {
    let seen = read(text);
    seen.modules.iter().map(|m| (m.name.clone(), said(m), m.place.location.line, m.open.clone())).collect()
}

fn one(name: &str, says: &[Stance], line: u32) -> Vec<(String, Vec<Stance>, u32, Vec<String>)> {
    vec![(name.to_owned(), says.to_vec(), line, Vec::new())]
}

const SLOTS: &str = "static int fast_exec(PyObject *m) { return 0; }\n\
    static PyModuleDef_Slot slots[] = {\n {Py_mod_exec, fast_exec},\nMORE {0, NULL}\n};\n\
    static struct PyModuleDef def = {\n PyModuleDef_HEAD_INIT, .m_name = \"pkg.fast\", .m_slots = slots,\n};\n\
    PyMODINIT_FUNC PyInit_fast(void) { return PyModuleDef_Init(&def); }\n";

#[test]
fn a_slot_declares_whatever_condition_it_stands_under() {
    let with = |more: &str| modules(&SLOTS.replace("MORE", more));
    assert_eq!(with(""), one("fast", &[], 2));
    let declares = one("fast", &[Stance::RunsWithoutGil], 2);
    assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_NOT_USED},"), declares);
    assert_eq!(with("\n#ifdef Py_GIL_DISABLED\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"), declares);
    assert_eq!(with("\n#if PY_VERSION_HEX >= 0x030d0000\n{Py_mod_gil, (void *)1},\n#endif\n"), declares);
    assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_USED},"), one("fast", &[Stance::NeedsGil], 2));
    assert_eq!(
        with("\n#if PY_VERSION_HEX < 0x030d0000\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"),
        one("fast", &[], 2),
        "no free-threaded build compiles it"
    );
    assert_eq!(with("/* {Py_mod_gil, Py_MOD_GIL_NOT_USED}, */"), one("fast", &[], 2));
}

#[test]
fn the_condition_is_kept_as_it_was_written() {
    let seen =
        read(&SLOTS.replace("MORE", "\n#ifdef Py_mod_gil\n{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#endif\n"));
    let says = &seen.modules[0].says[0];
    assert_eq!(says.guard.as_deref(), Some("defined(Py_mod_gil)"));
    assert_eq!(says.evidence, "{Py_mod_gil, Py_MOD_GIL_NOT_USED} in the slot array `slots`");
}

#[test]
fn a_macro_among_the_slots_is_followed_or_left_open() {
    let macros = "#define GIL_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED},\n#define OTHER {Py_mod_exec, f},\n";
    let with = |more: &str| modules(&format!("{macros}{}", SLOTS.replace("MORE", more)));
    assert_eq!(with("GIL_SLOT"), one("fast", &[Stance::RunsWithoutGil], 4));
    assert_eq!(with("OTHER"), one("fast", &[], 4));
    assert_eq!(with("_Py_INTERNAL_ABI_SLOT,"), one("fast", &[], 4));
    let open = with("COMMON_SLOTS");
    assert_eq!(open[0].3, ["COMMON_SLOTS"]);
    assert_eq!(with("{Py_mod_gil, MY_GIL},")[0].3, ["MY_GIL"]);
}

#[test]
fn what_is_only_named_like_an_init_function_enters_no_module() {
    let seen = read(
        "static PyObject *PyInit_x_(PyObject *m) { return m; }\nvoid PyInit_all() { load(PyInit_x_(0)); }\n\
         struct PyModuleDef def = {PyModuleDef_HEAD_INIT, \"_x\"};\n\
         PyMODINIT_FUNC PyInit__x(void) { return PyInit_x_(PyModule_Create(&def)); }\n",
    );
    let names: Vec<_> = seen.modules.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["_x"]);
}

#[test]
fn a_call_declares_for_a_single_phase_module() {
    let text = "static struct PyModuleDef def = { PyModuleDef_HEAD_INIT, \"_x\", 0, -1, methods };\n\
        PyMODINIT_FUNC PyInit__x(void)\n{\n  PyObject *m = PyModule_Create(&def);\nDECLARE\n  return m;\n}\n";
    assert_eq!(modules(&text.replace("DECLARE", "")), one("_x", &[], 4));
    let call = "#ifdef Py_GIL_DISABLED\n PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);\n#endif";
    assert_eq!(modules(&text.replace("DECLARE", call)), one("_x", &[Stance::RunsWithoutGil], 4));
    let used = "PyUnstable_Module_SetGIL(m, Py_MOD_GIL_USED);";
    assert_eq!(modules(&text.replace("DECLARE", used)), one("_x", &[Stance::NeedsGil], 4));
}

#[test]
fn what_the_entry_calls_is_followed_and_macros_may_name_it() {
    let text = "#define MOD_INIT(name) PyMODINIT_FUNC PyInit_##name(void)\n\
        static struct PyModuleDef a = { PyModuleDef_HEAD_INIT, \"p.a\", 0, -1, 0 };\n\
        static struct PyModuleDef b = { PyModuleDef_HEAD_INIT, \"p.b\", 0, -1, 0 };\n\
        static PyObject *make(PyModuleDef *d) { return PyModule_Create(d); }\n\
        static PyObject *make_a(void) { PyObject *m = make(&a); PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED); return m; }\n\
        MOD_INIT(a) { return make_a(); }\n\
        MOD_INIT(b) { return make(&b); }\n";
    let seen = modules(text);
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].0.as_str(), seen[0].1.as_slice()), ("a", &[Stance::RunsWithoutGil][..]));
    assert_eq!((seen[1].0.as_str(), seen[1].1.as_slice()), ("b", &[][..]));
}

#[test]
fn a_macro_may_stand_for_the_head_of_the_entry_and_another_for_the_maker() {
    let text = "#if PY_MAJOR_VERSION >= 3\n\
        static struct PyModuleDef moduledef = { PyModuleDef_HEAD_INIT, \"fast\", 0, -1, methods };\n\
        #define ENTRY PyObject *PyInit_fast(void)\n#define MAKE() PyModule_Create(&moduledef)\n#else\n\
        #define ENTRY PyMODINIT_FUNC initfast(void)\n#define MAKE() Py_InitModule(\"fast\", methods)\n#endif\n\
        ENTRY\n{\n  PyObject *module = MAKE();\nDECLARE\n  return module;\n}\n";
    assert_eq!(modules(&text.replace("DECLARE", "")), one("fast", &[], 11));
    let call = "#ifdef Py_GIL_DISABLED\n PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);\n#endif";
    assert_eq!(modules(&text.replace("DECLARE", call)), one("fast", &[Stance::RunsWithoutGil], 11));
    // A word before a body that names no init function makes no module.
    let other = text.replace("PyInit_fast(void)", "load_fast(void)").replace("initfast", "load_fast");
    assert_eq!(modules(&other), []);
}

#[test]
fn an_exported_slot_array_is_a_module() {
    let text = "PySlot slots[] = {\n PySlot_DATA(Py_mod_name, \"x\"),\n\
        PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),\n PySlot_END\n};\n\
        PyMODEXPORT_FUNC PyModExport_x(void) { return slots; }\n";
    assert_eq!(modules(text), one("x", &[Stance::RunsWithoutGil], 1));
}

#[test]
fn slots_may_be_written_where_they_are_used() {
    let with = |slot: &str| {
        modules(&format!(
            "static int m_exec(PyObject *m) {{ return 0; }}\n\
             static struct PyModuleDef d = {{ PyModuleDef_HEAD_INIT, \"x\", NULL, 0, NULL,\n \
             (PyModuleDef_Slot []) {{ {{Py_mod_exec, m_exec}}, {slot} {{/* the end */}} }}, NULL }};\n\
             PyMODINIT_FUNC PyInit_x(void) {{ return PyModuleDef_Init(&d); }}\n"
        ))
    };
    assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_NOT_USED},"), one("x", &[Stance::RunsWithoutGil], 3));
    assert_eq!(with("{Py_mod_gil, Py_MOD_GIL_USED},"), one("x", &[Stance::NeedsGil], 3));
    assert_eq!(with(""), one("x", &[], 3));
}

#[test]
fn macros_of_binding_libraries_make_modules() {
    assert_eq!(modules("PYBIND11_MODULE(_fast, m) {\n m.def(\"f\", f);\n}\n"), one("_fast", &[], 1));
    let declares =
        |text: &str, name| assert_eq!(modules(text), one(name, &[Stance::RunsWithoutGil], 1), "{text}");
    declares("PYBIND11_MODULE(f, m, py::mod_gil_not_used()) {}", "f");
    declares(
        "PYBIND11_MODULE(f, m, py::multiple_interpreters::not_supported(), pybind11::mod_gil_not_used()) {}",
        "f",
    );
    declares("PYBIND11_MODULE(f, m) { PyUnstable_Module_SetGIL(m.ptr(), Py_MOD_GIL_NOT_USED); }", "f");
    declares("BOOST_PYTHON_MODULE(b, boost::python::mod_gil_not_used()) {}", "b");
    let off = modules("PYBIND11_MODULE(f, m, py::mod_gil_used()) {}");
    assert_eq!(off[0].1, [Stance::NeedsGil]);
    assert_eq!(modules("#define NAME _core\nNB_MODULE(NAME, m) {}\n"), one("_core", &[], 2));
    assert_eq!(
        modules("#define MODULE(n) PYBIND11_MODULE(n, m, py::mod_gil_not_used())\nMODULE(q) {}\n"),
        one("q", &[Stance::RunsWithoutGil], 2)
    );
}

#[test]
fn what_only_another_file_can_tell_is_left_open() {
    let seen = read("PyObject *make(void);\nPyMODINIT_FUNC PyInit_x(void) { return make(); }\n");
    assert!(!seen.modules[0].defined);
    assert_eq!(seen.modules[0].calls, ["make"]);
    let seen = read(
        "static PyModuleDef d = {PyModuleDef_HEAD_INIT, \"x\"};\nPyObject *make(void) { return PyModule_Create(&d); }\n",
    );
    assert!(seen.modules.is_empty());
    assert_eq!(seen.loose[0].used_by, ["make"]);
    assert_eq!(seen.loose[0].module.name, "x");
}

#[test]
fn hostile_files_are_read_in_bounded_time() {
    let many = |text: &str, n: usize| text.repeat(n);
    for text in [
        many("PyMODINIT_FUNC PyInit_a(void) { PyInit_a(); }\n", 20_000),
        many("PyModuleDef d = {PyModuleDef_HEAD_INIT,", 20_000),
        many("PyModuleDef_Slot s[] = {{Py_mod_gil, A},", 20_000),
        many("#define A B\n#define B A\nPyModuleDef_Slot s[] = {{Py_mod_gil, A}};\n", 5_000),
        many("PYBIND11_MODULE(", 20_000),
    ] {
        let seen = read(&text);
        assert!(seen.modules.len() <= 2 * MODULES);
    }
}

//! Reads sources that nobody would write, through the same door as those that somebody did.
//!
//! What such a file costs has to stay in proportion to its size, and nothing may panic or overflow a stack. A file that
//! is cut or left unread says so in a gap.

#[path = "made/cpu.rs"]
mod cpu;

use std::time::Duration;

use ungil::knowledge::Knowledge;
use ungil::model::{Member, MemberPath, Observed};
use ungil::rules::RuleSet;
use ungil::source;

/// CPU time far above what any of these takes, unoptimised; what is not linear takes hours.
const MOST: Duration = Duration::from_secs(120);

fn read(name: &str, bytes: &[u8]) -> Observed {
    let path = MemberPath::new(name).expect("a plain name");
    let began = cpu::spent();
    let seen = source::file(&Member::new(&path, bytes), Knowledge::builtin(), RuleSet::builtin());
    let seen = source::project(vec![seen], Knowledge::builtin(), RuleSet::builtin());
    let took = cpu::spent().saturating_sub(began);
    assert!(took < MOST, "{name}: {} bytes took {took:?}", bytes.len());
    seen
}

/// In every language: a stack of the machine is some thousand frames deep, nesting in a file is not.
fn in_all(text: &str) {
    for name in ["a.c", "a.cpp", "a.h", "a.pyx", "a.rs", "a.py"] {
        read(name, text.as_bytes());
    }
}

#[test]
fn brackets_nested_a_hundred_thousand_deep_end_neither_stack_nor_patience() {
    for bracket in ["(", "{", "[", "({["] {
        in_all(&format!("#include <Python.h>\nint f(void) {{ PyDict_GetItem{}", bracket.repeat(100_000)));
    }
    let closed =
        format!("int f(void) {{ x = PyDict_GetItem{}{}; }}", "(".repeat(100_000), ")".repeat(100_000));
    in_all(&closed);
    in_all(&format!(
        "PyObject *f(PyObject *x) {{ {} PyList_GetItem(x, 0); {} }}",
        "if (x) {".repeat(100_000),
        "}".repeat(100_000)
    ));
    let deep = format!("int f(void) {{ PyDict_GetItem{}", "(".repeat(100_000));
    assert!(!read("a.c", deep.as_bytes()).gaps.is_empty(), "what was not parsed is a gap");
    in_all(&"#if X\n".repeat(100_000));
}

#[test]
fn lines_of_a_megabyte_are_read() {
    let long = "PyDict_GetItem(self->d, k); self->n++; ".repeat(30_000);
    let text = format!(
        "#include <Python.h>\ntypedef struct {{ PyObject_HEAD int n; PyObject *d; }} T;\nstatic PyObject *f(T *self, PyObject *k) {{ {long} }}\n"
    );
    assert!(!read("a.c", text.as_bytes()).findings.is_empty());
    in_all(&format!("x = \"{}\"", "a".repeat(1 << 20)));
    in_all(&format!("// {}", "a".repeat(1 << 20)));
    in_all(&format!("#define X {}\n", "a + ".repeat(1 << 18)));
}

#[test]
fn what_is_no_text_is_read_as_far_as_it_goes() {
    let hazard = b"#include <Python.h>\nstatic int f(PyObject *d, PyObject *k) { return use(PyDict_GetItem(d, k)); }\n";
    for between in
        [&b"\xff\xfe\x00"[..], b"\x00\x00\x00\x00", b"\xc3\x28\xa0\xa1", b"\xef\xbb\xbf", b"\r\r\r"]
    {
        let mut text = b"/* ".to_vec();
        text.extend(between.repeat(20_000));
        text.extend(b" */\n");
        text.extend(hazard);
        for name in ["a.c", "a.cpp"] {
            let found = read(name, &text).findings;
            assert!(found.iter().any(|one| one.rule == "borrowed-container-item"), "{name} {between:?}");
        }
        for name in ["a.pyx", "a.rs", "a.py", "a.h"] {
            read(name, &text);
        }
    }
}

#[test]
fn a_macro_that_expands_to_itself_and_to_others_without_end_is_no_endless_loop() {
    let mut text =
        String::from("#include <Python.h>\n#define A A A\n#define B(x) C(x) B(x)\n#define C(x) B(x) C(x)\n");
    for n in 0..5_000 {
        text += &format!("#define M{n}(x) M{}(x) M{}(x) PyMutex_Lock(x)\n", (n + 1) % 5_000, (n * 7) % 5_000);
    }
    text += "static PyObject *f(PyObject *self, PyObject *x) { A; B(x); C(x); M0(x); M17(self); return PyDict_GetItem(x, self); }\n";
    read("a.c", text.as_bytes());
    read("a.cpp", text.as_bytes());
}

#[test]
fn a_hundred_thousand_tiny_functions_take_a_hundred_thousand_times_as_long_as_one() {
    let mut text = String::from("#include <Python.h>\n");
    for n in 0..100_000 {
        text += &format!("f{n}(){{}}\n");
    }
    read("a.c", text.as_bytes());
    let calls: String =
        (0..20_000).map(|n| format!("int f{n}(T *x) {{ return f{}(x); }}\n", n + 1)).collect();
    read("a.c", calls.as_bytes());
    let same: String = (0..20_000).map(|_| "int f(T *x) { return f(x); }\n".to_owned()).collect();
    read("a.cpp", same.as_bytes());
}

#[test]
fn functions_that_all_have_one_name_are_looked_up_as_fast_as_others() {
    let head = "#include <Python.h>\nstatic PyObject *x;\nstatic int k;\ntypedef struct { PyObject_HEAD T *w; } S;\n";
    let one =
        "PyObject *f(S *a, PyObject **c) { if (!*c) { *c = f(a, &x); } g(a->w); k = f(a, c); return x; }\n";
    let seen = read("a.c", format!("{head}{}", one.repeat(100_000)).as_bytes());
    assert!(!seen.findings.is_empty());
}

#[test]
fn a_file_too_large_to_read_leaves_a_gap() {
    let text = "int x;\n".repeat(10 << 20);
    let seen = read("a.c", text.as_bytes());
    assert_eq!(seen.gaps.len(), 1, "{:?}", seen.gaps);
    let text = "x = 1\n".repeat(3 << 20);
    assert_eq!(read("a.pyx", text.as_bytes()).gaps.len(), 1);
}

/// One function, or one class, that holds everything: what is asked of each place must not grow with the others.
#[test]
fn thousands_of_anything_in_one_place_are_read_in_proportion() {
    const HEAD: &str = "#include <Python.h>\nstatic PyMutex m;\n\
        typedef struct { PyObject_HEAD PyObject *d; PyObject *e; int n; } T;\n\
        static PyObject *f(T *self, PyObject *x) { PyObject *o; int i = 0;\n";
    let used =
        "self->n++; o = self->d; Py_INCREF(o); Py_XSETREF(self->e, x); if (i) return o; if (x) goto end;\n";
    let fields =
        "if (self->d == NULL) { self->d = PyDict_New(); } o = self->e; Py_INCREF(o); Py_CLEAR(self->e);\n";
    let locks = [
        ("PyMutex_Lock(&m);", "PyMutex_Unlock(&m);"),
        ("PyMutex_Lock(&m); if (x) { PyMutex_Unlock(&m); return o; }", "PyMutex_Unlock(&m);"),
        ("Py_BEGIN_CRITICAL_SECTION(self);", "Py_END_CRITICAL_SECTION();"),
        ("Py_BEGIN_ALLOW_THREADS", "Py_END_ALLOW_THREADS"),
        ("PyGILState_STATE s = PyGILState_Ensure();", "PyGILState_Release(s);"),
    ];
    for (begin, end) in locks {
        let flat = format!("{begin} {used} {end}\n").repeat(4_000);
        read("a.c", format!("{HEAD}{flat} end: return o; }}").as_bytes());
        let open = format!("{begin} {used}").repeat(4_000);
        read("a.cpp", format!("{HEAD}{open} end: return o; }}").as_bytes());
        let nested = format!("{open} {}", format!("{end}\n").repeat(4_000));
        read("a.c", format!("{HEAD}{nested} end: return o; }}").as_bytes());
    }
    read("a.c", format!("{HEAD}{} end: return o; }}", fields.repeat(8_000)).as_bytes());
    let given_up =
        "Py_BEGIN_ALLOW_THREADS g(self->d); Py_END_ALLOW_THREADS h(self); self->d = x;\n".repeat(8_000);
    let hands = "static void h(T *self) { Py_BEGIN_ALLOW_THREADS g(self->d); Py_END_ALLOW_THREADS }\n";
    let (head, body) = HEAD.split_at(HEAD.find("static PyObject *f").expect("it is there"));
    let section =
        format!("Py_BEGIN_CRITICAL_SECTION(self); {given_up} Py_END_CRITICAL_SECTION(); return x; }}");
    read("a.c", format!("{head}{hands}{body}{section}").as_bytes());
    let tables: String = (0..20_000)
        .map(|n| {
            format!("static PyMethodDef t{n}[] = {{{{\"f\", (PyCFunction)f{n}, METH_O, \"\"}}, {{0}}}};\n")
        })
        .collect();
    read("a.c", format!("#include <Python.h>\n{tables}").as_bytes());
    let bound =
        "c.def(\"f\", [](T &self, py::object x) { self.n++; table[1] = 2; return x; });\n".repeat(8_000);
    read(
        "a.cpp",
        format!("#include <pybind11/pybind11.h>\nstatic std::map<int, int> table;\nPYBIND11_MODULE(m, m) {{ {bound} }}")
            .as_bytes(),
    );
    let mut class = String::from("cdef class C:\n    cdef object a\n");
    for n in 0..20_000 {
        class += &format!(
            "    cdef object a{n}\n    def f{n}(self, x):\n        self.a{n} = x\n        return self.a{n}\n"
        );
    }
    read("a.pyx", class.as_bytes());
    read(
        "a.pyx",
        "cdef class C:\n    cdef int n\n    def f(self, x):\n        self.n += 1\n".repeat(20_000).as_bytes(),
    );
}

/// A node of a tree knows its parent only by a walk from the root, and the text of an outer call holds all inner ones.
#[test]
fn rust_that_nests_deep_is_read_in_proportion() {
    for begin in ["ffi::Py_DECREF(", "g(|| ", "unsafe { *a.x.get() = "] {
        let end = if begin.contains('{') { "}" } else { ")" };
        let nested = format!("{}1{}", begin.repeat(20_000), end.repeat(20_000));
        let head = "use pyo3::ffi; struct A { x: UnsafeCell<u8> }";
        read("a.rs", format!("{head} fn f(a: &A) {{ {nested} }}").as_bytes());
    }
}

/// Many places that are each held against all others of their kind: so many that holding each against all takes longer than
/// [`MOST`].
#[test]
fn what_is_asked_of_each_place_about_all_others_is_asked_in_proportion() {
    fn made(many: usize, one: impl Fn(usize) -> String) -> String {
        (0..many).map(one).collect()
    }
    // Branches that numbers decide and expressions, without an end.
    for begin in ["x = 0 ? ", "if (0) x +", "x = ", "x = y + ", "self->x = y ? z : ", "x = &"] {
        let head =
            "#include <Python.h>\ntypedef struct { PyObject_HEAD int x; } T;\nvoid f(T *self, int x) { ";
        read("a.c", format!("{head}{}", begin.repeat(80_000)).as_bytes());
    }
    // Macros that are numbers, under conditions side by side.
    let conditions = made(150_000, |n| format!("#ifdef A{n}\n#define M{n} 0\n#endif\n"));
    read("a.c", format!("#include <Python.h>\n{conditions}\nvoid f(void) {{ if (M1) g(); }}").as_bytes());
    // Fields with the names of variables, and a function that uses them.
    let variables = made(150_000, |n| format!("static int v{n};\n"));
    let fields = made(150_000, |n| format!("int v{n};\n"));
    let used = made(150_000, |n| format!("v{n} += 1;\n"));
    let class = format!("struct A {{ {fields} void f(); }};\n{variables}\nvoid A::f() {{ {used} }}\n");
    read("a.cpp", format!("#include <Python.h>\n{class}").as_bytes());
    // Attributes of values in values.
    let values = made(10_000, |n| format!("V{n} a{n}, b{n};\n"));
    let structs = made(10_000, |n| format!("struct V{n} {{ V{m} a, b; int c; }};\n", m = n + 1));
    let bound = made(10_000, |n| format!(".def_readwrite(\"a{n}\", &A::a{n})\n"));
    let module = format!("PYBIND11_MODULE(m, m) {{ py::class_<A>(m, \"A\"){bound}; }}");
    let text = format!("#include <pybind11/pybind11.h>\n{structs}\nstruct A {{ {values} }};\n{module}");
    read("a.cpp", text.as_bytes());
    // Counts of owners that a method counts down and up.
    let counting = made(30_000, |n| {
        format!(
            "static void drop{n}(N *p) {{ if (--p->refs == 0) free(p); }}\nstatic void keep{n}(N *p) {{ p->refs++; }}\n"
        )
    });
    let calls = made(30_000, |n| format!("drop{n}(self->n); keep{n}(self->n);\n"));
    let head = "#include <Python.h>\ntypedef struct N { int refs; } N;\n\
        typedef struct { PyObject_HEAD N *n; } T;\n";
    let methods = "static PyMethodDef methods[] = {{\"m\", (PyCFunction)m, METH_O, \"\"}, {0}};\n\
        static PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};\n";
    let method = format!("static PyObject *m(T *self, PyObject *x) {{ {calls} return x; }}\n{methods}");
    read("a.c", format!("{head}{counting}{method}").as_bytes());
    // Members that a `const` function of a shared object changes.
    let changes = "if (by == 0) kept = made(kept); by = kept ? 1 : 2;\n".repeat(8_000);
    let leaf = format!(
        "class Leaf {{ public: int f() const {{ {changes} return 1; }}\n\
         private: mutable std::shared_ptr<int> kept; mutable double by = 0; }};\n"
    );
    let solid = "class Solid { public: int count() const { return leaf->f(); }\n\
        private: std::shared_ptr<Leaf> leaf; };\n\
        PYBIND11_MODULE(m, m) { py::class_<Solid>(m, \"Solid\").def(\"count\", &Solid::count); }\n";
    read("a.cpp", format!("#include <pybind11/pybind11.h>\n{leaf}{solid}").as_bytes());
    // Cython: parameters of one function, methods of one handle, and types that nobody keeps.
    let parameters = made(60_000, |n| format!("t{n} *a{n}, "));
    read("a.pyx", format!("cdef extern from \"a.h\":\n    int f({parameters} int b)\n").as_bytes());
    let methods = made(30_000, |n| {
        format!(
            "    def f{n}(self):\n        self.v.push_back(1)\n        for x in self.v.items():\n            pass\n"
        )
    });
    let head =
        "cdef extern from \"a.h\":\n    cdef cppclass V:\n        void push_back(int)\n        int items()\n";
    read("a.pyx", format!("{head}cdef class C:\n    cdef V v\n{methods}").as_bytes());
    let methods = made(30_000, |n| {
        format!("    cdef f{n}(self):\n        return self.n\n    def g{n}(self):\n        return self.n\n")
    });
    read("a.pyx", format!("cdef class C:\n    cdef int n\n{methods}").as_bytes());
}

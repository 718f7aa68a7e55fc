"""How modules of binding generators are made for recipe.py: one function for each generator.

Needs in the Python that runs it: Cython 3.3.1, pybind11 3.1.0, nanobind 3.1.0, mypy 2.4.1, cffi 2.1.1, numpy 2.4.6
(f2py) and swig 4.5.1; cargo for PyO3. `PYTHON_HEADERS` names a folder with the headers of CPython 3.13: with
Py_GIL_DISABLED they lay everything out as free-threaded builds do.
"""
import os, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).parent / "src" / "generators"
FLAGS = ["-shared", "-fPIC", "-Os", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections",
         "-Wl,--build-id=none", "-fno-ident", "-s", "-w", "-Wl,-z,max-page-size=4096", "-Wl,-z,noseparate-code"]


def run(*args, cwd=None, **env):
    subprocess.run([str(a) for a in args], check=True, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.DEVNULL)


def compile(compiler, sources, out, flags, includes=()):
    include = [f"-I{i}" for i in (os.environ.get("PYTHON_HEADERS", "."), *includes)]
    run(compiler, *FLAGS, *include, *flags, *sources, "-o", out)


def cython(out, flags, work):
    options = [f for f in flags if f.startswith("cython:")]
    run(sys.executable, "-m", "cython", "-3", *(x for f in options for x in ("-X", f.removeprefix("cython:"))),
        HERE / "cython.pyx", "-o", work / "mod.c", "--module-name", "mod")
    compile("gcc", [work / "mod.c"], out, [f for f in flags if f not in options])


def pybind11(out, flags, work):
    import pybind11
    compile("g++", [HERE / "pybind11.cpp"], out, ["-std=c++17", "-fvisibility-inlines-hidden", *flags], [pybind11.get_include()])


def nanobind(out, flags, work):
    import nanobind
    include, source = pathlib.Path(nanobind.include_dir()), pathlib.Path(nanobind.source_dir())
    compile("g++", [HERE / "nanobind.cpp", source / "nb_combined.cpp"], out,
            ["-std=c++17", "-fno-strict-aliasing", "-DNDEBUG", "-DNB_COMPACT_ASSERTIONS", *flags],
            [include, source.parent / "ext" / "robin_map" / "include"])


def boost(out, flags, work):
    run("g++", *FLAGS, "-nostdlib", *flags, HERE / "boost.cpp", "-o", out)


def swig(out, flags, work):
    run(pathlib.Path(sys.executable).parent / "swig", "-python", "-o", work / "mod.c", HERE / "swig.i")
    compile("gcc", [work / "mod.c"], out, flags)


def cffi(out, flags, work):
    import cffi
    ffi = cffi.FFI()
    ffi.cdef("int answer(void);")
    ffi.set_source("mod", "static int answer(void) { return 42; }")
    ffi.emit_c_code(str(work / "mod.c"))
    compile("gcc", [work / "mod.c"], out, ["-D_CFFI_NO_LIMITED_API", *flags])


def f2py(out, flags, work):
    import numpy, numpy.f2py
    options = [f.removeprefix("f2py:") for f in flags if f.startswith("f2py:")]
    runtime = pathlib.Path(numpy.f2py.__file__).parent / "src"
    run(sys.executable, "-m", "numpy.f2py", *options, HERE / "f2py.pyf", cwd=work)
    compile("gcc", [work / "modmodule.c", runtime / "fortranobject.c", HERE / "f2py.c"], out,
            [f for f in flags if not f.startswith("f2py:")], [runtime, numpy.get_include()])


def mypyc(out, flags, work):
    """The group library, or with `mypyc:shim` the module that gets itself from it."""
    import mypyc as package
    from mypyc.build import mypycify
    runtime = pathlib.Path(package.__file__).parent / "lib-rt"
    shutil.copy(HERE / "mypyc.py", work / "mod.py")
    shutil.copy(HERE / "mypyc.py", work / "other.py")
    before = os.getcwd()
    os.chdir(work)
    mypycify(["mod.py", "other.py"], group_name="group")
    os.chdir(before)
    source = work / "build" / "__native_group.c"
    if "mypyc:shim" in flags:
        template = "module_shim_no_gil_multiphase.tmpl" if "-DPy_GIL_DISABLED=1" in flags else "module_shim.tmpl"
        source = work / "shim.c"
        source.write_text((runtime / template).read_text().format(modname="mod", libname="group__mypyc", full_modname="mod"))
    compile("gcc", [source], out, [f for f in flags if f != "mypyc:shim"], [runtime, work / "build"])


def rust(name):
    def make(out, flags, work):
        settings = work / "interpreter.cfg"
        settings.write_text("implementation=CPython\nversion=3.14\nshared=true\nabi3=false\npointer_width=64\n"
                            "build_flags=Py_GIL_DISABLED\nsuppress_build_script_link_lines=true\n")
        run("cargo", "build", "--release", "--quiet", "--manifest-path", HERE / name / "Cargo.toml",
            PYO3_CONFIG_FILE=str(settings), CARGO_TARGET_DIR=str(work / "target"))
        shutil.copy(work / "target" / "release" / "libmod_of_corpus.so", out)
        out.chmod(0o644)
    return make


GENERATORS = {"cython": cython, "pybind11": pybind11, "nanobind": nanobind, "boost": boost, "swig": swig, "cffi": cffi,
              "f2py": f2py, "mypyc": mypyc, "pyo3": rust("pyo3"), "pyo3-ffi": rust("pyo3-ffi")}


def make(generator, out, flags):
    with tempfile.TemporaryDirectory() as work:
        GENERATORS[generator](out, flags, pathlib.Path(work))

// Near miss: branches that only versions before the free-threaded build, or other interpreters, compile.
use pyo3::ffi;

#[cfg(not(Py_3_12))]
unsafe fn drop_one(object: *mut ffi::PyObject) {
    (*object).ob_refcnt -= 1;
}

#[cfg(not(CPython))]
unsafe fn sole(object: *mut ffi::PyObject) -> bool {
    ffi::Py_REFCNT(object) == 1
}

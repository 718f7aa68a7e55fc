// Near miss: a mere assertion, and a branch that only builds with the GIL.
use pyo3::ffi;

unsafe fn close(object: *mut ffi::PyObject) {
    debug_assert!(ffi::Py_REFCNT(object) >= 2);
    #[cfg(not(Py_GIL_DISABLED))]
    {
        (*object).ob_refcnt -= 1;
    }
    #[cfg(Py_GIL_DISABLED)]
    ffi::Py_DECREF(object);
}

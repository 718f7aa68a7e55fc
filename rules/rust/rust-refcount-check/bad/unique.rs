// Changed in place if "nobody else has it"; and the field by hand.
use pyo3::ffi;

unsafe fn append(list: *mut ffi::PyObject) -> bool {
    ffi::Py_REFCNT(list) == 1 // FIRES
}

unsafe fn drop_one(object: *mut ffi::PyObject) {
    (*object).ob_refcnt -= 1; // FIRES
}

// By path, by imported name, and in a macro of the project's.
use pyo3::ffi;
use pyo3::ffi::PyList_GET_ITEM;

macro_rules! raw {
    ($e:expr) => { unsafe { $e } };
}

unsafe fn lookup(table: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    ffi::PyDict_GetItem(table, key) // FIRES
}

unsafe fn first(list: *mut ffi::PyObject) -> *mut ffi::PyObject {
    PyList_GET_ITEM(list, 0) // FIRES
}

fn other(table: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    raw!(ffi::PyDict_GetItemWithError(table, key)) // FIRES
}

// Near miss: the strong lookup, a tuple, a dict made here, a held section, and a module that is being made.
use pyo3::ffi;

unsafe fn lookup(table: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let mut found = std::ptr::null_mut();
    ffi::PyDict_GetItemRef(table, key, &mut found);
    found
}

unsafe fn first(tuple: *mut ffi::PyObject) -> *mut ffi::PyObject {
    ffi::PyTuple_GET_ITEM(tuple, 0)
}

unsafe fn own(key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    let table = ffi::PyDict_New();
    fill(table);
    ffi::PyDict_GetItem(table, key)
}

fn held(table: &Bound<'_, PyDict>, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    with_critical_section(table, || unsafe { ffi::PyDict_GetItem(table.as_ptr(), key) })
}

#[pymodule]
fn module(m: &Bound<'_, PyModule>) -> PyResult<()> {
    unsafe { ffi::PyDict_GetItem(m.dict().as_ptr(), KEY) };
    Ok(())
}

// Near miss: the wrapper is handed a copy that its caller made, and that nobody else has yet.
use pyo3::ffi;

unsafe fn item(list: *mut ffi::PyObject, at: isize) -> *mut ffi::PyObject {
    ffi::PyList_GET_ITEM(list, at)
}

fn write(list: *mut ffi::PyObject, out: &mut Writer) {
    unsafe {
        let copy = ffi::PyList_GetSlice(list, 0, isize::MAX);
        for at in 0..ffi::PyList_Size(copy) {
            out.put(item(copy, at));
        }
        ffi::Py_DECREF(copy);
    }
}

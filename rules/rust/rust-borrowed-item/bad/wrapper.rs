// Wrappers of the raw calls are told where somebody has the object, and could take its lock.
use pyo3::ffi;

unsafe fn as_bytes(array: *mut ffi::PyObject) -> &'static [u8] {
    let start = ffi::PyByteArray_AsString(array).cast::<u8>();
    std::slice::from_raw_parts(start, ffi::PyByteArray_Size(array) as usize)
}

unsafe fn item(list: *mut ffi::PyObject, at: isize) -> *mut ffi::PyObject {
    ffi::PyList_GET_ITEM(list, at)
}

fn write(array: *mut ffi::PyObject, list: *mut ffi::PyObject, out: &mut Writer) {
    out.put(unsafe { as_bytes(array) }); // FIRES
    out.put(unsafe { item(list, 0) }); // FIRES
    out.put(unsafe { ffi::PyByteArray_AsString(array) }); // FIRES
}

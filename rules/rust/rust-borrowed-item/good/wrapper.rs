// Near miss: whoever calls the wrappers holds the object's lock, in a variable until the block ends.
use pyo3::ffi;

unsafe fn as_bytes(array: *mut ffi::PyObject) -> &'static [u8] {
    let start = ffi::PyByteArray_AsString(array).cast::<u8>();
    std::slice::from_raw_parts(start, ffi::PyByteArray_Size(array) as usize)
}

unsafe fn item(list: *mut ffi::PyObject, at: isize) -> *mut ffi::PyObject {
    ffi::PyList_GET_ITEM(list, at)
}

fn write(array: *mut ffi::PyObject, out: &mut Writer) {
    let _held = CriticalSection::of(array);
    out.put(unsafe { as_bytes(array) });
}

fn write_list(list: *mut ffi::PyObject, out: &mut Writer) {
    with_critical_section(list, || {
        out.put(unsafe { item(list, 0) });
    });
}

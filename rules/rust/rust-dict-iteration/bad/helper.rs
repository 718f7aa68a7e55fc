// A helper that walks what it is handed, and that nobody calls with a lock held: the walk is the place to mend.
use pyo3::ffi;

unsafe fn copy_pairs(table: *mut ffi::PyObject, out: *mut ffi::PyObject) {
    let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    loop {
        if ffi::PyDict_Next(table, &mut at, &mut key, &mut value) == 0 { // FIRES
            break;
        }
        ffi::PyDict_SetItem(out, key, value);
    }
}

fn merge(table: *mut ffi::PyObject, other: *mut ffi::PyObject, out: *mut ffi::PyObject) {
    unsafe {
        copy_pairs(table, out);
        copy_pairs(other, out);
    }
}

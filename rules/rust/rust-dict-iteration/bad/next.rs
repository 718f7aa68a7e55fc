// The plain loop.
use pyo3::ffi;

unsafe fn total(dict: *mut ffi::PyObject) -> usize {
    let (mut at, mut key, mut value, mut n) = (0, std::ptr::null_mut(), std::ptr::null_mut(), 0);
    while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 { // FIRES
        n += 1;
    }
    n
}

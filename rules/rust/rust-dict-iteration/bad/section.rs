// The critical section ends before the loop does.
use pyo3::ffi;

unsafe fn total(dict: *mut ffi::PyObject) -> usize {
    let (mut at, mut key, mut value, mut n) = (0, std::ptr::null_mut(), std::ptr::null_mut(), 0);
    let mut section = std::mem::zeroed::<ffi::PyCriticalSection>();
    ffi::PyCriticalSection_Begin(&mut section, dict);
    let size = ffi::PyDict_Size(dict);
    ffi::PyCriticalSection_End(&mut section);
    while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 && n < size { // FIRES
        n += 1;
    }
    n
}

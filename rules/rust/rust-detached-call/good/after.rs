// Near miss: the call behind the closure.
use pyo3::ffi;

fn work(py: Python<'_>) {
    let many = py.detach(|| compute() > 3);
    if many {
        unsafe { ffi::PyErr_SetString(TYPE, c"too many".as_ptr()) };
    }
}

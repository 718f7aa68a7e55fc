// A raw call in the closure that runs detached.
use pyo3::ffi;

fn work(py: Python<'_>) {
    py.detach(|| {
        if compute() > 3 {
            unsafe { ffi::PyErr_SetString(TYPE, c"too many".as_ptr()) }; // FIRES
        }
    });
}

// A counter and a cache, guarded by nothing but the GIL that `with_gil` used to take.
use pyo3::prelude::*;

static mut CALLS: u64 = 0; // FIRES
static mut CACHE: Option<Py<PyAny>> = None; // FIRES

#[pyfunction]
fn count() -> u64 {
    unsafe {
        CALLS += 1; // FIRES
        CALLS
    }
}

fn remember(value: Py<PyAny>) {
    Python::with_gil(|_py| unsafe { CACHE = Some(value) }); // FIRES
}

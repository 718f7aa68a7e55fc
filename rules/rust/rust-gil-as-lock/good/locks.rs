// Near miss: the types that lock, and the imports alone.
use pyo3::prelude::*;
use pyo3::sync::{GILOnceCell, GILProtected, PyOnceLock};
use std::sync::Mutex;

static TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static SEEN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

#[pyclass]
struct Window {
    handle: u32,
}

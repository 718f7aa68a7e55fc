// Near miss: cells that threads may share, and one for one thread that holds no object.
use pyo3::prelude::*;
use pyo3::sync::{GILOnceCell, PyOnceLock};
use std::cell::OnceCell;
use std::sync::OnceLock;

#[pyclass]
pub struct Instruction {
    name: OnceLock<Py<PyAny>>,
    cached: PyOnceLock<Py<PyAny>>,
    older: GILOnceCell<Py<PyAny>>,
}

pub struct Lines {
    first: OnceCell<usize>,
}

use pyo3::prelude::*;
use std::cell::OnceCell;

#[pyclass]
pub struct Instruction {
    name: String,
    cached: OnceCell<Py<PyAny>>, // FIRES
}

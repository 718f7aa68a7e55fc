// Near miss: a frozen class with its lock, an object of one thread, an iterator, and functions that Python never calls.
use std::sync::Mutex;
use pyo3::prelude::*;

#[pyclass(frozen)]
struct Digest {
    state: Mutex<State>,
}

#[pymethods]
impl Digest {
    fn reset(&self) {
        self.state.lock().unwrap().reset();
    }
}

#[pyclass]
struct Words {
    at: usize,
}

#[pymethods]
impl Words {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(mut slf: PyRefMut<'_, Self>) -> Option<usize> {
        slf.at += 1;
        Some(slf.at)
    }
}

impl Words {
    fn skip(&mut self) {
        self.at += 1;
    }
}

// A lock inside says that threads share the objects, and `&mut self` lets one in at a time: the others get an error.
use std::sync::Mutex;
use pyo3::prelude::*;

#[pyclass]
struct Digest {
    state: Mutex<State>,
}

#[pymethods]
impl Digest {
    fn update(
        mut slf: PyRefMut<'_, Self>, // FIRES
        data: &[u8],
    ) {
        slf.state.lock().unwrap().update(data);
    }

    fn reset(&mut self) { // FIRES
        self.state.lock().unwrap().reset();
    }

    fn value(&self) -> u64 {
        self.state.lock().unwrap().value()
    }
}

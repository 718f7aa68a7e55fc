// Nothing says that threads share it, so it is a remark only.
use pyo3::prelude::*;

#[pyclass]
struct Tally {
    sum: u64,
}

#[pymethods]
impl Tally {
    fn add(&mut self, n: u64) { // FIRES
        self.sum += n;
    }

    fn clear(&mut self) { // FIRES
        self.sum = 0;
    }
}

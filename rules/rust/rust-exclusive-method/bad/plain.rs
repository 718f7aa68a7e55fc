// Nothing says that threads share it: one remark for the class is enough, at the first method.
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

    fn clear(&mut self) {
        self.sum = 0;
    }
}

// A method lets go of the interpreter so that others may run; meanwhile none of them may set anything.
use pyo3::prelude::*;

#[pyclass(module = "words")]
struct Reader {
    width: usize,
}

#[pymethods]
impl Reader {
    fn read(&self, py: Python<'_>, text: &str) -> usize {
        py.detach(|| count(text, self.width))
    }

    #[setter]
    fn set_width(&mut self, width: usize) { // FIRES
        self.width = width;
    }
}

//! Definition and slots are statics; PyO3 declares unless the author says otherwise.
use pyo3::prelude::*;

#[pymodule(name = "mod")]
fn entry(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("answer", 42)
}

// By PyO3's own method.
use pyo3::prelude::*;

fn only(object: &Bound<'_, PyAny>) -> bool {
    object.get_refcnt() == 1 // FIRES
}

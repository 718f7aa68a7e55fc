// All three.
use pyo3::prelude::*;
use pyo3::sync::{GILOnceCell, GILProtected};

static TYPE: GILOnceCell<Py<PyType>> = GILOnceCell::new(); // FIRES
static SEEN: GILProtected<RefCell<Vec<u32>>> = GILProtected::new(RefCell::new(Vec::new())); // FIRES

#[pyclass(unsendable)]
struct Window { // FIRES
    handle: u32,
}

// A cache of the process in a cell, on the word that the GIL is held.
use pyo3::prelude::*;
use std::cell::RefCell;

struct Cache(RefCell<Vec<String>>);

unsafe impl Sync for Cache {} // FIRES

static NAMES: Cache = Cache(RefCell::new(Vec::new()));

#[pyfunction]
fn remember(name: String) {
    NAMES.0.borrow_mut().push(name);
}

// A class with a cell in it, and a handle whose library says nothing of threads.
use pyo3::prelude::*;
use std::cell::RefCell;

#[pyclass]
struct Graph {
    nodes: RefCell<Vec<u32>>,
}

unsafe impl Sync for Graph {} // FIRES

struct Handle(*mut u8);

unsafe impl Sync for Handle {} // FIRES

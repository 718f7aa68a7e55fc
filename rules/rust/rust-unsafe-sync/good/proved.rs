// Near miss: a mutex, which the compiler knows to be `Sync`; `Send` alone; and a cell that no thread shares.
use pyo3::prelude::*;
use std::cell::RefCell;
use std::sync::Mutex;

#[pyclass]
struct Graph {
    nodes: Mutex<Vec<u32>>,
}

struct Walk {
    stack: RefCell<Vec<u32>>,
}

unsafe impl Send for Walk {}

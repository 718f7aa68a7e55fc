// Near miss: read only, locked, changed while the module is made, or an object of the caller's own.
use pyo3::prelude::*;

static mut KEYS: Vec<u64> = Vec::new();
static mut SEEN: Seen = Seen { all: Vec::new() };
static NAMES: Mutex<Vec<u64>> = Mutex::new(Vec::new());

struct Seen {
    all: Vec<u64>,
}

impl Seen {
    fn put(&mut self, key: u64) {
        self.all[0] = key;
    }
}

#[pymodule]
fn module(m: &Bound<'_, PyModule>) -> PyResult<()> {
    unsafe { KEYS.push(1) };
    Ok(())
}

#[pyfunction]
fn look(key: u64) -> bool {
    let mut own = Seen { all: vec![0] };
    own.put(key);
    NAMES.lock().unwrap().push(key);
    unsafe { KEYS.get(0) == Some(&key) }
}

// A static is changed by a method of its own, and by whom it is handed to.
use pyo3::prelude::*;

static mut KEYS: OnceCell<Keys> = OnceCell::new(); // FIRES
static mut SEEN: Vec<u64> = Vec::new(); // FIRES
static mut RAW: [u8; 16] = [0; 16]; // FIRES

struct Keys {
    entries: Vec<Option<u64>>,
}

struct Other {
    entries: Vec<Option<u64>>,
}

impl Keys {
    fn put(&mut self, at: usize, key: u64) {
        self.entries[at] = Some(key); // FIRES
    }
}

impl Other {
    fn put(&mut self, at: usize, key: u64) {
        self.entries[at] = Some(key);
    }
}

#[pyfunction]
fn remember(key: u64) {
    unsafe {
        KEYS.get_mut().unwrap().put(0, key); // FIRES
        SEEN.push(key); // FIRES
        fill(&raw mut RAW); // FIRES
    }
}

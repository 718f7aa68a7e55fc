// Near miss: whoever has it to himself may hand the pointer on, and so may whoever holds a lock.
use pyo3::prelude::*;
use std::sync::Mutex;

struct Context {
    raw: *mut library::Context,
}

unsafe impl Send for Context {}

impl Context {
    fn reset(&mut self) {
        unsafe { library::context_reset(self.raw) };
    }
}

struct Guarded {
    raw: *mut library::Context,
    lock: Mutex<()>,
}

impl Guarded {
    fn reset(&self) {
        let _held = self.lock.lock().unwrap();
        unsafe { library::context_reset(self.raw) };
    }
}

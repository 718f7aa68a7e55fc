// A context of a foreign library behind `&self`: two threads run it at the same time.
use pyo3::prelude::*;

struct Context(*mut library::Context);

unsafe impl Send for Context {}
unsafe impl Sync for Context {} // FIRES

impl Context {
    fn reset(&self) {
        unsafe { library::context_reset(self.0) };
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

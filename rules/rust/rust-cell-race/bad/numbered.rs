// A cell of the crate's own that takes a token of the GIL for proof that nobody else is in it.
use pyo3::Python;
use std::cell::UnsafeCell;

pub struct Slot<T>(UnsafeCell<Option<T>>);

unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    pub fn with<O>(&self, _py: Python<'_>, op: impl FnOnce(&mut T) -> O) -> O {
        let inner = unsafe { &mut *self.0.get() }; // FIRES
        op(inner.as_mut().expect("it is filled"))
    }
}

// Near miss: a lock beside the cell orders its users, and a cell that nobody says is `Sync` is one thread's.
use pyo3::Python;
use std::cell::UnsafeCell;
use std::sync::Mutex;

pub struct Slot<T>(Mutex<()>, UnsafeCell<Option<T>>);

unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    pub fn with<O>(&self, _py: Python<'_>, op: impl FnOnce(&mut T) -> O) -> O {
        let _guard = self.0.lock();
        let inner = unsafe { &mut *self.1.get() };
        op(inner.as_mut().expect("it is filled"))
    }
}

pub struct Scratch(UnsafeCell<Vec<u8>>);

impl Scratch {
    fn clear(&self) {
        unsafe { (*self.0.get()).clear() }
    }
}

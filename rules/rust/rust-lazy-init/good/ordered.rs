// Near miss: filled under a lock, by a cell that orders its callers, while the module is made, or looked at only.
use pyo3_ffi::*;
use std::cell::UnsafeCell;
use std::sync::OnceLock;

pub struct Late {
    made: UnsafeCell<*mut PyObject>,
}

pub struct Once {
    made: OnceLock<usize>,
}

pub struct Everything {
    late: Late,
    once: Once,
}

impl Late {
    pub fn object(&self, turn: &mut PyMutex) -> *mut PyObject {
        unsafe {
            PyMutex_Lock(turn);
            if (*self.made.get()).is_null() {
                *self.made.get() = PyDict_New();
            }
            let made = *self.made.get();
            PyMutex_Unlock(turn);
            made
        }
    }

    pub fn init(&self) {
        unsafe {
            if (*self.made.get()).is_null() {
                *self.made.get() = PyDict_New();
            }
        }
    }

    pub fn is_made(&self) -> bool {
        unsafe { !(*self.made.get()).is_null() }
    }
}

impl Once {
    pub fn value(&self) -> usize {
        *self.made.get_or_init(|| 1)
    }
}

unsafe fn everything(module: *mut PyObject) -> *mut Everything {
    unsafe { PyModule_GetState(module) as *mut Everything }
}

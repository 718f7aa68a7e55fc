// An object that is looked up on first use and kept in a cell of the module's state.
use pyo3_ffi::*;
use std::cell::UnsafeCell;

pub struct Late {
    made: UnsafeCell<*mut PyObject>,
}

pub struct Everything {
    decimal: Late,
}

impl Late {
    pub fn object(&self) -> *mut PyObject {
        unsafe {
            let made = *self.made.get(); // FIRES
            match made.is_null() {
                true => {
                    let fresh = PyDict_New();
                    self.made.get().write(fresh);
                    fresh
                }
                false => made,
            }
        }
    }

    pub fn or_make(&self) -> *mut PyObject {
        unsafe {
            if (*self.made.get()).is_null() { // FIRES
                *self.made.get() = PyDict_New();
            }
            *self.made.get()
        }
    }
}

unsafe fn everything(module: *mut PyObject) -> *mut Everything {
    unsafe { PyModule_GetState(module) as *mut Everything }
}

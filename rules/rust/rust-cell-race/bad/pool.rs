// Nodes that Python objects point to, and a table that hangs on the module's state: both change in cells.
use pyo3_ffi::*;
use std::cell::UnsafeCell;
use std::ptr::NonNull;

struct Node {
    users: UnsafeCell<u32>,
}

#[derive(Clone, Copy)]
pub struct Handle {
    node: NonNull<Node>,
}

impl Handle {
    pub fn acquire(&self) {
        unsafe {
            let users = self.node.as_ref().users.get();
            *users += 1; // FIRES
        }
    }

    pub fn release(&self) -> bool {
        unsafe {
            *self.node.as_ref().users.get() -= 1; // FIRES
            *self.node.as_ref().users.get() == 0
        }
    }
}

struct Names {
    known: UnsafeCell<Vec<String>>,
}

impl Names {
    fn add(&self, name: &str) {
        let known = unsafe { &mut *self.known.get() }; // FIRES
        known.push(name.to_owned());
    }

    fn forget(&self) {
        unsafe { self.known.get().as_mut() }.unwrap().clear(); // FIRES
    }
}

struct ModuleData {
    names: Names,
}

unsafe fn data(module: *mut PyObject) -> &'static ModuleData {
    unsafe { &*PyModule_GetState(module).cast::<ModuleData>() }
}

// Near miss: a cell that never leaves what the compiler proves, one beside the lock that guards it, one whose owner is
// had alone, and one in code that only builds with a GIL have.
use pyo3_ffi::*;
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::Mutex;

// Nothing carries this to a second thread.
struct Scratch {
    lines: UnsafeCell<Vec<String>>,
}

impl Scratch {
    fn keep(&self, line: String) {
        unsafe { &mut *self.lines.get() }.push(line);
    }
}

struct Slot {
    turn: Mutex<()>,
    value: UnsafeCell<u64>,
}

unsafe impl Sync for Slot {}

impl Slot {
    fn set(&self, value: u64) {
        let turn = self.turn.lock();
        unsafe { *self.value.get() = value };
    }
}

struct Node {
    next: UnsafeCell<usize>,
    marks: UnsafeCell<usize>,
}

struct List {
    head: NonNull<Node>,
}

impl Node {
    fn link(&mut self, next: usize) {
        unsafe { *self.next.get() = next };
    }

    fn next(&self) -> usize {
        unsafe { *self.next.get() }
    }

    fn mark(&self, guard: &mut PyMutex) {
        unsafe {
            PyMutex_Lock(guard);
            *self.marks.get() += 1;
            PyMutex_Unlock(guard);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        unsafe { *self.next.get() = 0 };
    }
}

#[cfg(not(Py_GIL_DISABLED))]
mod plain {
    pub struct Count(pub std::cell::UnsafeCell<u64>);

    unsafe impl Sync for Count {}

    impl Count {
        pub fn up(&self) {
            unsafe { *self.0.get() += 1 };
        }
    }
}

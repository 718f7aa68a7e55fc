// Near miss: written while the module is made, under a lock, in tests only, or where there is a GIL; and one that is only read.
use pyo3::prelude::*;
use std::sync::Mutex;

static mut TYPE: *mut u8 = std::ptr::null_mut();
static mut GUARDED: u64 = 0;
static mut TABLE: [u8; 4] = [0; 4];
static mut WITH_GIL: u64 = 0;
static LOCK: Mutex<()> = Mutex::new(());

#[pymodule]
fn module(m: &Bound<'_, PyModule>) -> PyResult<()> {
    unsafe { TYPE = make_type() };
    Ok(())
}

#[pyfunction]
fn bump() -> u64 {
    let guard = LOCK.lock();
    unsafe {
        GUARDED += 1;
        GUARDED + TABLE[0] as u64
    }
}

#[cfg(not(Py_GIL_DISABLED))]
fn with_gil() {
    unsafe { WITH_GIL += 1 }
}

#[cfg(test)]
mod tests {
    fn reset() {
        unsafe { super::WITH_GIL = 0 }
    }
}

// Near miss: filled while the module is made, kept in a lock, read only; and state that belongs to one call.
use pyo3_ffi::*;
use std::sync::Mutex;

pub struct ModState {
    folders: Mutex<Vec<String>>,
    version: u64,
}

pub struct ParseState {
    at: usize,
    seen: Vec<u8>,
}

unsafe fn of<'a>(module: *mut PyObject) -> &'a ModState {
    unsafe { &*PyModule_GetState(module).cast::<ModState>() }
}

fn module_init(state: &mut ModState) {
    state.version = 3;
}

fn set_folders(state: &ModState, folders: Vec<String>) {
    *state.folders.lock().unwrap() = folders;
}

fn version(state: &mut ModState) -> u64 {
    state.version
}

fn step(state: &mut ParseState, byte: u8) {
    state.at += 1;
    state.seen.push(byte);
}

#[cfg(not(Py_GIL_DISABLED))]
fn bump(state: &mut ModState) {
    state.version += 1;
}

// Functions of the module are lent its state to change it, each by every thread that calls.
use pyo3_ffi::*;

pub struct ModState {
    folders: Vec<String>,
    calls: u64,
}

unsafe fn of<'a>(module: *mut PyObject) -> &'a mut ModState {
    unsafe { (PyModule_GetState(module) as *mut ModState).as_mut().unwrap() }
}

fn set_folders(state: &mut ModState, folders: Vec<String>) {
    state.folders = folders; // FIRES
}

fn count(state: &mut ModState) -> u64 {
    state.calls += 1; // FIRES
    state.calls
}

fn add_folder(state: &mut ModState, folder: String) {
    state.folders.push(folder); // FIRES
}

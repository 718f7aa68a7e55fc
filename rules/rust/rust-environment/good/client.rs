// Near miss: read, changed for another process, changed while the module is made, and a function of the same name.
use pyo3::prelude::*;
use std::env;
use std::process::Command;

#[pyfunction]
fn run(settings: &Settings) -> bool {
    let home = env::var("HOME").unwrap_or_default();
    settings.set_var("HOME", &home);
    Command::new("true").env("HOME", home).status().is_ok()
}

#[pymodule]
fn client(m: &Bound<'_, PyModule>) -> PyResult<()> {
    unsafe { env::set_var("CLIENT_LOADED", "1") };
    m.add_function(wrap_pyfunction!(run, m)?)
}

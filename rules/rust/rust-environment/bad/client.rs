// A setting is handed to a library by way of the environment.
use pyo3::prelude::*;
use std::env;

#[pyclass]
struct Client {
    name: String,
}

#[pymethods]
impl Client {
    #[new]
    fn new(bundle: Option<String>) -> Self {
        if let Some(bundle) = bundle {
            unsafe { std::env::set_var("CA_BUNDLE", bundle) }; // FIRES
        }
        Client { name: String::new() }
    }

    fn forget(&self) {
        unsafe { env::remove_var("CA_BUNDLE") }; // FIRES
    }
}

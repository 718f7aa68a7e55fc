// The address of a static, taken in the way that the compiler does not warn about.
use pyo3::prelude::*;
use std::ptr::addr_of_mut;

static mut POOL: Vec<u8> = Vec::new(); // FIRES

#[pyfunction]
fn give_back(byte: u8) {
    unsafe {
        let pool = &mut *addr_of_mut!(POOL); // FIRES
        pool.push(byte);
    }
}

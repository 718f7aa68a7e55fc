// The bytes of a bytearray as a slice, on the word that nothing else runs.
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

fn digest(value: &Bound<'_, PyByteArray>) -> u64 {
    // SAFETY: the GIL is held and no Python code runs.
    let bytes = unsafe { value.as_bytes() }; // FIRES
    hash(bytes)
}

fn zero(value: &Bound<'_, PyByteArray>) {
    unsafe { value.as_bytes_mut() }.fill(0); // FIRES
}

fn copied(value: &Bound<'_, PyByteArray>) -> Vec<u8> {
    unsafe { value.as_bytes().to_vec() } // FIRES
}

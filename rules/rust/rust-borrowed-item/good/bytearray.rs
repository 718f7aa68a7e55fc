// Near miss: slices of bytes and text, which nobody resizes, a copy, and a bytearray whose critical section is held.
use pyo3::prelude::*;
use pyo3::sync::with_critical_section;
use pyo3::types::{PyByteArray, PyBytes};

fn of_bytes(value: &Bound<'_, PyBytes>) -> u64 {
    hash(value.as_bytes())
}

fn of_text(value: &str) -> u64 {
    unsafe {
        prepare(value.as_ptr());
        hash_raw(value.as_bytes().as_ptr())
    }
}

fn copied(value: &Bound<'_, PyByteArray>) -> u64 {
    hash(&value.to_vec())
}

fn held(value: &Bound<'_, PyByteArray>) -> u64 {
    with_critical_section(value, || hash(unsafe { value.as_bytes() }))
}

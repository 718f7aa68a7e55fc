//! What CPython and the binding generators do, read from `rules/facts/`.

pub mod slots;

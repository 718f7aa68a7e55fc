//! What the targets of `cargo fuzz` share with `tests/fuzz.rs`.

pub mod mutate;
pub mod shape;
pub mod targets;

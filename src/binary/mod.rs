//! Reads binaries: which extension modules they hold and what these declare.

pub mod declaration;
pub mod elf;
pub mod image;
pub mod names;
pub mod slots;

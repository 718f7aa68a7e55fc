//! Reads Rust: hazards that the compiler was told to trust.

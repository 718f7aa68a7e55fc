//! Finds what sources and build files say about the GIL.

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct FileClaims {}

//! Reads sources: claims, and evidence by the rules.

pub mod c;

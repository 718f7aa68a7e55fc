//! Reads packaging metadata: METADATA, WHEEL, RECORD, pyproject.toml, Cargo.toml.

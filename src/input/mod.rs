//! Reads what people ask about: requirement specs, requirements files, lock files.

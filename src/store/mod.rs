//! The cache folder: bodies and facts, shared by processes, never torn.

//! The package index: pages, metadata, files by ranges or whole.

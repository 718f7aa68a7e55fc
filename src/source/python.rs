//! Reads Python: shared state changed without a lock, and tests that run threads.

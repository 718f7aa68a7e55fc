//! Loads, checks and compiles the rule folders under `rules/`.

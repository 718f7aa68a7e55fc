//! Writes judgements for people and programs.

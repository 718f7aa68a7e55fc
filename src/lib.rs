//! ungil answers from the evidence itself whether Python packages run on a free-threaded interpreter
//! without turning the GIL back on, and what their sources show.
//!
//! The library is the whole tool; the binary only hands its arguments to [`commands`]. How the parts
//! hang together, and which part may use which, is told in `ARCHITECTURE.md` and held by `tests/layers.rs`.

#![warn(missing_docs)]
#![warn(clippy::disallowed_methods, clippy::disallowed_macros)] // allowed again below, where I/O belongs

pub mod accept;
pub mod binary;
#[allow(clippy::disallowed_methods, clippy::disallowed_macros)]
pub mod commands;
pub mod config;
pub mod fix;
pub mod gate;
#[allow(clippy::disallowed_methods, clippy::disallowed_macros)]
pub mod index;
pub mod input;
pub mod judge;
pub mod knowledge;
pub mod model;
pub mod packaging;
pub mod pipeline;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod scan;
pub mod select;
pub mod site;
pub mod source;
#[allow(clippy::disallowed_methods, clippy::disallowed_macros)]
pub mod store;
pub mod survey;
pub mod tables;
pub mod unpack;
pub mod verify;

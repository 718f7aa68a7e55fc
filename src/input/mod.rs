//! Reads what people ask about: requirement specs and requirements files.
//!
//! Everything is read from text by pure functions; only [`files`] touches the disk and standard input.
//! Problems are collected, each with its file and line, so that one bad line never hides the others.
//! Markers are kept as text, because whether they hold depends on a target and `select` decides it.

#[allow(clippy::disallowed_methods)] // the one part of the input that meets the disk
pub mod files;
mod hash;
mod load;
pub mod lock;
mod merge;
mod options;
pub mod pyproject;
mod request;
pub mod requirements;
mod specifier;

pub use hash::Hash;
pub use load::{Loaded, Loader, load};
pub use merge::{Wanted, merge};
pub use options::{Names, Options};
pub use pyproject::Parts;
pub use request::{Request, Source};
pub use specifier::{InvalidSpecifier, Specifiers};

/// Something asked that is not understood, with the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Problem {
    /// `requirements.txt:3`, or `command line`.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// Reads one requirement as METADATA lists it. `origin` is the place it stands at.
///
/// # Errors
/// What is wrong, as a sentence without a full stop.
pub fn requirement(text: &str, origin: &str) -> Result<Request, String> {
    request::parse(text, origin)
}

/// Reads requirement specs given as arguments: `numpy`, `"lxml>=5"`, `./pkg-1.0-py3-none-any.whl`.
pub fn specs(specs: &[String]) -> (Vec<Request>, Vec<Problem>) {
    let mut requests = Vec::new();
    let mut problems = Vec::new();
    for spec in specs {
        match request::parse(spec, "command line") {
            Ok(request) => requests.push(request),
            Err(message) => problems.push(Problem::new("command line", message)),
        }
    }
    (requests, problems)
}

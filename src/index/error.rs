//! What can go wrong between us and an index, in words for the user.
//!
//! Every variant names what was wanted and where, with credentials removed before the text gets here (see
//! [`Shown`](super::location::Shown)), and says what to do where something can be done.

use std::path::PathBuf;

/// Why an index could not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexError {
    /// No index has the project, or the file is gone.
    #[error("{what} was not found at {place}; check the spelling and the index")]
    NotFound {
        /// The project or file.
        what: String,
        /// The URLs asked.
        place: String,
    },
    /// 401, 403 or 407.
    #[error(
        "{url} refuses to give {what} (HTTP {status}); put credentials into the index URL, netrc or UV_INDEX_<NAME>_USERNAME and _PASSWORD"
    )]
    Refused {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// Another status that is no success, after all tries that made sense.
    #[error(
        "{url} answered HTTP {status} for {what} after {tries} tries; try again later or use another index"
    )]
    Status {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// Requests made.
        tries: u32,
    },
    /// The server asks to wait for longer than we would.
    #[error("{url} answered HTTP {status} for {what} and asks to come back in {seconds} s; run again then")]
    Busy {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// `Retry-After`.
        seconds: u64,
    },
    /// No connection, no answer, or an answer that ended too early, on every try.
    #[error(
        "could not get {what} from {url} in {tries} tries: {why}; check network, proxy and certificates, or use --offline"
    )]
    Unreachable {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
        /// Requests made.
        tries: u32,
        /// The last trouble.
        why: String,
    },
    /// `--offline`, and the cache does not have it.
    #[error("{what} at {url} is not in the cache; run once without --offline")]
    Offline {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
    },
    /// The answer is no page of a package index, or not one we can read.
    #[error(
        "{url} did not answer with a page of a package index for {what}: {why}; check that the URL is that of a Simple API"
    )]
    NotAPage {
        /// The project.
        what: String,
        /// Where.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// More bytes than allowed.
    #[error("{what} at {url} is larger than the limit of {limit} bytes and was not read")]
    TooLarge {
        /// What was wanted.
        what: String,
        /// Where.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// The bytes are not those that were promised.
    #[error(
        "{what} from {url} has the {algorithm} {actual} and not the promised {expected}; do not use this file, and tell the index's keeper"
    )]
    WrongHash {
        /// The file.
        what: String,
        /// Where.
        url: String,
        /// `sha256`, …
        algorithm: String,
        /// What the index or lock file says.
        expected: String,
        /// What was received.
        actual: String,
    },
    /// The file is shorter or longer than the index says.
    #[error(
        "{what} from {url} has {actual} bytes and not the promised {expected}; try again, or tell the index's keeper"
    )]
    WrongSize {
        /// The file.
        what: String,
        /// Where.
        url: String,
        /// What the index says.
        expected: u64,
        /// What the server has.
        actual: u64,
    },
    /// The file changed between two requests for parts of it, or its server contradicts itself.
    #[error("{what} at {url} changed while it was being read; run again")]
    Changed {
        /// The file.
        what: String,
        /// Where.
        url: String,
    },
    /// No METADATA can be had for the file.
    #[error("{what} at {url} has no readable METADATA: {why}")]
    NoMetadata {
        /// The file.
        what: String,
        /// Where.
        url: String,
        /// Why.
        why: String,
    },
    /// A URL that cannot be used.
    #[error("`{url}` cannot be used as the address of {what}: {why}")]
    BadUrl {
        /// The index, file or proxy.
        what: String,
        /// The text, credentials removed.
        url: String,
        /// Why.
        why: String,
    },
    /// A certificate file that cannot be used.
    #[error("the certificates in {} cannot be used: {why}; correct {setting}", path.display())]
    Certificates {
        /// The setting that names the file.
        setting: String,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A local file or folder that cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The HTTP client could not be made.
    #[error("no HTTP client could be made: {0}")]
    Client(String),
}

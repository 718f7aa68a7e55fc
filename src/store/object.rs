//! What is said of the objects of a bucket, whether or not this program can reach one.

/// Why an object could not be had or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct BucketError {
    /// The address and key. Holds no credentials.
    pub place: String,
    /// What stood in the way, as a sentence without a full stop. Holds no credentials.
    pub why: String,
}

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its key below the prefix.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What happens where there is an object already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It stays: whoever names an object by its content, or came second, writes the same.
    New,
    /// It is replaced.
    Over,
}

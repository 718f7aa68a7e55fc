//! What stands for a bucket in a program that was built without the feature `s3`: it cannot be opened.

use std::path::{Path, PathBuf};

/// A bucket, of which there is none.
#[derive(Debug)]
pub enum Bucket {}

/// Why an object could not be had or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct BucketError {
    /// The address.
    pub place: String,
    /// What stood in the way, as a sentence without a full stop.
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
    /// It stays.
    New,
    /// It is replaced.
    Over,
}

#[allow(missing_docs, clippy::missing_errors_doc)]
impl Bucket {
    pub fn open(address: &str) -> Result<Self, BucketError> {
        let place = address.split("://").next().unwrap_or_default().to_owned();
        Err(BucketError { place, why: "this ungil was built without the feature `s3`".to_owned() })
    }

    pub fn address(&self) -> &str {
        match *self {}
    }

    pub fn get(&self, _: &str, _: u64) -> Result<Option<Vec<u8>>, BucketError> {
        match *self {}
    }

    pub fn put(&self, _: &str, _: Vec<u8>, _: Put) -> Result<bool, BucketError> {
        match *self {}
    }

    pub fn delete(&self, _: &str) -> Result<(), BucketError> {
        match *self {}
    }

    pub fn list(&self, _: &str) -> Result<Vec<Listed>, BucketError> {
        match *self {}
    }

    pub fn fetch(&self, _: &[Listed], _: &Path) -> Result<Vec<(String, PathBuf)>, BucketError> {
        match *self {}
    }

    pub fn upload(&self, _: &str, _: &Path) -> Result<(), BucketError> {
        match *self {}
    }
}

//! What stands for a bucket in a program that was built without the feature `s3`: it cannot be opened.

use std::path::{Path, PathBuf};

use super::object::{BucketError, Listed, Put};

/// A bucket, of which there is none.
#[derive(Debug)]
pub enum Bucket {}

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

//! Files fetched whole: bounded, hashed while they stream, kept in memory or an unlinked temporary file.
//!
//! In: a file as an index lists it. Out: a [`Fetched`] to read and seek in, which exists only if every promised
//! hash that still means something (the sha2 family) is right. md5 and sha1 are no proof of anything today, so a
//! file with only those counts as not verified rather than as verified.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256, Sha384, Sha512};
use tempfile::SpooledTempFile;
use url::Url;

use crate::model::{DistFile, Hashes};
use crate::store::hex;

use super::error::IndexError;
use super::http::{Answer, Ask, Http, Kind, Trouble};
use super::location::Shown;
use super::settings::io_error;

/// Files up to this size stay in memory.
const IN_MEMORY: usize = 4 << 20;

/// A whole file.
#[derive(Debug)]
pub struct Fetched {
    place: Place,
    size: u64,
    sha256: String,
    verified: bool,
}

#[derive(Debug)]
enum Place {
    Spooled(SpooledTempFile),
    Local(File),
}

impl Fetched {
    /// The sha256 of the bytes, as lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether the index promised a hash that means something, and the bytes have it.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for Fetched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Spooled(file) => file.read(buffer),
            Place::Local(file) => file.read(buffer),
        }
    }
}

impl Seek for Fetched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.place {
            Place::Spooled(file) => file.seek(to),
            Place::Local(file) => file.seek(to),
        }
    }
}

/// Fetches `file` from its URL over HTTP.
pub(super) fn over_http(http: &Http, file: &DistFile, url: &Url, limit: u64) -> Result<Fetched, IndexError> {
    let ask = Ask { what: &file.filename, url, kind: Kind::File, headers: Default::default() };
    http.get(&ask, &mut |mut answer| receive(&mut answer, file, limit))
}

/// Takes a response that holds the whole file.
pub(super) fn receive(answer: &mut Answer<'_>, file: &DistFile, limit: u64) -> Result<Fetched, Trouble> {
    if answer.status != 200 {
        return Err(Trouble::Again(format!("an unexpected HTTP {}", answer.status)));
    }
    let place = Shown(&answer.url).to_string();
    let announced = answer.body.announced();
    let too_large =
        || Trouble::Final(IndexError::TooLarge { what: file.filename.clone(), url: place.clone(), limit });
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut check = Check::new(&file.hashes);
    let mut spool = SpooledTempFile::new(IN_MEMORY);
    let size = copy(&mut answer.body, &mut spool, &mut check, limit)?.ok_or_else(too_large)?;
    let short = announced.or(file.size).is_some_and(|length| size < length);
    if short {
        return Err(Trouble::Again(format!("the file ended after {size} bytes")));
    }
    check_size(file, &place, size).map_err(Trouble::Final)?;
    let (sha256, verified) = check.finish(&file.filename, &place).map_err(Trouble::Final)?;
    spool.rewind()?;
    Ok(Fetched { place: Place::Spooled(spool), size, sha256, verified })
}

/// Takes a local file, which is read once for its hash and stays where it is.
pub(super) fn local(path: &Path, file: &DistFile, limit: u64) -> Result<Fetched, IndexError> {
    let place = path.display().to_string();
    let mut opened = open_local(path)?;
    let mut check = Check::new(&file.hashes);
    let copied =
        copy(&mut opened, &mut io::sink(), &mut check, limit).map_err(|error| io_error(path, &error))?;
    let Some(size) = copied else {
        return Err(IndexError::TooLarge { what: file.filename.clone(), url: place, limit });
    };
    check_size(file, &place, size)?;
    let (sha256, verified) = check.finish(&file.filename, &place)?;
    opened.rewind().map_err(|error| io_error(path, &error))?;
    Ok(Fetched { place: Place::Local(opened), size, sha256, verified })
}

/// Opens a plain file: a named pipe or device would hang or never end.
pub(super) fn open_local(path: &Path) -> Result<File, IndexError> {
    let meta = std::fs::metadata(path).map_err(|error| io_error(path, &error))?;
    if !meta.is_file() {
        return Err(io_error(path, &"it is no plain file"));
    }
    File::open(path).map_err(|error| io_error(path, &error))
}

pub(super) fn check_size(file: &DistFile, place: &str, actual: u64) -> Result<(), IndexError> {
    match file.size {
        Some(expected) if expected != actual => Err(IndexError::WrongSize {
            what: file.filename.clone(),
            url: place.to_owned(),
            expected,
            actual,
        }),
        _ => Ok(()),
    }
}

/// Copies and hashes; `None` when there is more than `limit`.
fn copy(
    from: &mut dyn Read,
    to: &mut dyn Write,
    check: &mut Check<'_>,
    limit: u64,
) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0_u64;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(Some(size)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        size = size.saturating_add(count as u64);
        if size > limit {
            return Ok(None);
        }
        check.update(bytes);
        to.write_all(bytes)?;
    }
}

/// Hashes of a stream against those promised.
pub(super) struct Check<'a> {
    promised: &'a Hashes,
    sha256: Sha256,
    sha384: Option<Sha384>,
    sha512: Option<Sha512>,
}

impl<'a> Check<'a> {
    pub fn new(promised: &'a Hashes) -> Self {
        Self {
            promised,
            sha256: Sha256::new(),
            sha384: promised.get("sha384").map(|_| Sha384::new()),
            sha512: promised.get("sha512").map(|_| Sha512::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(hash) = &mut self.sha384 {
            hash.update(bytes);
        }
        if let Some(hash) = &mut self.sha512 {
            hash.update(bytes);
        }
    }

    /// The sha256, and whether any promise was kept; an error if one was broken.
    pub fn finish(self, what: &str, place: &str) -> Result<(String, bool), IndexError> {
        let sha256 = hex(&self.sha256.finalize());
        let found = [
            ("sha256", Some(sha256.clone())),
            ("sha384", self.sha384.map(|hash| hex(&hash.finalize()))),
            ("sha512", self.sha512.map(|hash| hex(&hash.finalize()))),
        ];
        let mut verified = false;
        for (algorithm, actual) in found {
            let (Some(expected), Some(actual)) = (self.promised.get(algorithm), actual) else { continue };
            if !expected.eq_ignore_ascii_case(&actual) {
                return Err(IndexError::WrongHash {
                    what: what.to_owned(),
                    url: place.to_owned(),
                    algorithm: algorithm.to_owned(),
                    expected: expected.to_owned(),
                    actual,
                });
            }
            verified = true;
        }
        Ok((sha256, verified))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(promised: &[(&str, &str)]) -> Result<(String, bool), IndexError> {
        let promised = promised.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect();
        let mut check = Check::new(&promised);
        check.update(b"a");
        check.update(b"bc");
        check.finish("p-1.whl", "https://x.example/p-1.whl")
    }

    // FIPS 180-2, appendices: the digests of "abc".
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const SHA512: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    #[test]
    fn every_promise_that_means_something_must_be_kept() {
        assert_eq!(finish(&[("sha256", SHA256)]).expect("kept"), (SHA256.to_owned(), true));
        assert_eq!(finish(&[("sha512", SHA512)]).expect("kept"), (SHA256.to_owned(), true));
        assert_eq!(finish(&[]).expect("none"), (SHA256.to_owned(), false));
        let error = finish(&[("sha256", SHA256), ("sha512", &"0".repeat(128))]).expect_err("broken");
        assert!(error.to_string().contains("sha512"), "{error}");
    }

    #[test]
    fn a_broken_hash_function_verifies_nothing() {
        assert!(!finish(&[("md5", &"0".repeat(32)), ("sha1", &"0".repeat(40))]).expect("unchecked").1);
    }
}

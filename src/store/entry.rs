//! How one entry lies on disk: a fixed header, then the content.
//!
//! In: a key and content. Out: the header, and from a whole file the content if everything about it is right.
//! Header: magic (8 bytes), length of the content (8, little-endian), sha256 of the key (32), sha256 of the content
//! (32). sha256 and not a quick checksum, because who can write to a shared cache folder by accident can also do so
//! with well-formed old entries, and the hash costs less than reading the content does.

use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"ungilc\x00\x01";
const HEADER: usize = 8 + 8 + 32 + 32;

/// The header for an entry whose content is `parts`, one after the other.
pub(super) fn header(key: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut content = Sha256::new();
    let mut length = 0_u64;
    for part in parts {
        content.update(part);
        length = length.saturating_add(part.len() as u64);
    }
    let mut out = Vec::with_capacity(HEADER);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&Sha256::digest(key.as_bytes()));
    out.extend_from_slice(&content.finalize());
    out
}

/// The content of `file` if it is a whole, unharmed entry for `key`.
pub(super) fn open(mut file: Vec<u8>, key: &str) -> Option<Vec<u8>> {
    let content = file.get(HEADER..)?;
    let expected = header(key, &[content]);
    if file.get(..HEADER)? != expected {
        return None;
    }
    file.drain(..HEADER);
    Some(file)
}

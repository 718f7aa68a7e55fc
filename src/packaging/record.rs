//! Reads RECORD: the hash that a wheel promises for each of its members.
//!
//! Only sha256 and stronger count (PEP 427 forbids weaker ones). A member that RECORD does not list, or
//! lists without a hash, is no contradiction: installers write such lines too.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::model::MemberPath;

/// Most lines that are kept; an archive with more members is refused before.
const MAX_LINES: usize = 400_000;

/// The promises of a RECORD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    promises: BTreeMap<String, String>,
    listed: BTreeSet<String>,
}

/// What became of checking a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The bytes are what RECORD promises.
    Same,
    /// They are not.
    Different,
    /// RECORD promises nothing that can be checked.
    NotPromised,
}

impl Record {
    /// Reads a RECORD. Lines that are not understood promise nothing.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut record = Self::default();
        for (path, rest) in text.lines().take(MAX_LINES).filter_map(first_field) {
            // Scripts and headers lie outside of the folder that packages are installed into.
            let Ok(path) = MemberPath::new(&path) else { continue };
            let hash = rest.split(',').next().unwrap_or_default().trim();
            if !hash.is_empty() {
                record.promises.insert(path.as_str().to_owned(), hash.to_owned());
            }
            record.listed.insert(path.as_str().to_owned());
        }
        record
    }

    /// Whether a file is one of the package's.
    pub fn lists(&self, path: &MemberPath) -> bool {
        self.listed.contains(path.as_str())
    }

    /// Compares a member with its promise.
    pub fn check(&self, path: &MemberPath, bytes: &[u8]) -> Checked {
        let Some((algorithm, promised)) =
            self.promises.get(path.as_str()).and_then(|hash| hash.split_once('='))
        else {
            return Checked::NotPromised;
        };
        let actual = match algorithm {
            "sha256" => base64url(&Sha256::digest(bytes)),
            "sha384" => base64url(&Sha384::digest(bytes)),
            "sha512" => base64url(&Sha512::digest(bytes)),
            _ => return Checked::NotPromised,
        };
        if promised.trim_end_matches('=') == actual { Checked::Same } else { Checked::Different }
    }
}

/// The first field of a CSV line, which is in quotes if it holds a comma or quote, and what follows it.
fn first_field(line: &str) -> Option<(String, &str)> {
    let Some(mut rest) = line.strip_prefix('"') else {
        return line.split_once(',').map(|(path, rest)| (path.to_owned(), rest));
    };
    let mut path = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        path.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                path.push('"');
                rest = more;
            }
            None => return after.strip_prefix(',').map(|rest| (path, rest)),
        }
    }
}

/// Base64 with the URL alphabet and no padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for shift in [18, 12, 6, 0].into_iter().take(chunk.len() + 1) {
            let digit = ALPHABET.get((word >> shift & 63) as usize).copied();
            out.extend(digit.map(char::from));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_compared_with_its_promise() {
        // printf hello | openssl dgst -sha256 -binary | basenc --base64url
        let record = Record::parse(
            b"pkg/a.so,sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=,5\r\n\"pkg/b,\"\"c.so\",sha256=AAAA,5\n\
              pkg/d.so,,\npkg/e.so,md5=x,1\n../f.so,sha256=AAAA,1\nnonsense\n\"open",
        );
        let check = |path: &str| record.check(&MemberPath::new(path).expect("safe"), b"hello");
        assert_eq!(check("pkg/a.so"), Checked::Same);
        assert_eq!(check("pkg/b,\"c.so"), Checked::Different);
        let lists = |path: &str| record.lists(&MemberPath::new(path).expect("safe"));
        assert!(lists("pkg/d.so") && lists("pkg/a.so") && !lists("f.so") && !lists("pkg/z.so"));
        for none in ["pkg/d.so", "pkg/e.so", "f.so", "pkg/z.so"] {
            assert_eq!(check(none), Checked::NotPromised, "{none}");
        }
    }

    #[test]
    fn base64_has_no_padding_whatever_the_length() {
        assert_eq!(base64url(b""), "");
        assert_eq!(base64url(b"f"), "Zg");
        assert_eq!(base64url(b"fo"), "Zm8");
        assert_eq!(base64url(b"foo\xff\xfe"), "Zm9v__4");
    }
}

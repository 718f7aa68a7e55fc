//! Reads METADATA of wheels and PKG-INFO of sdists.
//!
//! The format is that of mail headers. `mailparse` splits them; fields are taken as written, because what
//! they mean (markers, specifiers) is for others to decide and may well be invalid. Only the headers are
//! read: descriptions are long and of no concern.

use crate::model::PackageMetadata;

/// Headers beyond this size are not read; real ones stay below 200 KiB, though descriptions may be longer.
const MAX_HEADERS: usize = 4 << 20;
/// Most values of one repeated field.
const MAX_VALUES: usize = 10_000;

/// Bytes that hold no metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The headers cannot be split.
    #[error("not readable as package metadata: {0}")]
    Malformed(String),
    /// `Name` or `Version` is missing, so it is not a package's.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// Larger than any real one.
    #[error("its headers are larger than {} MiB", MAX_HEADERS >> 20)]
    TooLarge,
}

/// Reads the fields we need.
///
/// # Errors
/// If the bytes are no headers at all, or lack a name or version.
pub fn metadata(bytes: &[u8]) -> Result<PackageMetadata, MetadataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let headers = headers(bytes);
    if headers.len() > MAX_HEADERS {
        return Err(MetadataError::TooLarge);
    }
    let (headers, _) =
        mailparse::parse_headers(headers).map_err(|error| MetadataError::Malformed(error.to_string()))?;
    let mut out = PackageMetadata::default();
    for header in headers {
        // Fields are UTF-8 and not encoded words, whatever mail would say.
        let value = String::from_utf8_lossy(header.get_value_raw());
        let value = value
            .split(['\r', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        if value.is_empty() || value == "UNKNOWN" {
            continue;
        }
        let push = |list: &mut Vec<String>, value: String| {
            if list.len() < MAX_VALUES {
                list.push(value);
            }
        };
        match header.get_key_ref().to_ascii_lowercase().as_str() {
            "name" if out.name.is_empty() => out.name = value,
            "version" if out.version.is_empty() => out.version = value,
            "metadata-version" if out.metadata_version.is_empty() => out.metadata_version = value,
            "requires-python" if out.requires_python.is_none() => out.requires_python = Some(value),
            "requires-dist" => push(&mut out.requires_dist, value),
            "provides-extra" => push(&mut out.provides_extra, value),
            "classifier" => push(&mut out.classifiers, value),
            "dynamic" => push(&mut out.dynamic, value.to_ascii_lowercase()),
            _ => {}
        }
    }
    match (out.name.as_str(), out.version.as_str()) {
        ("", _) => Err(MetadataError::Missing("Name")),
        (_, "") => Err(MetadataError::Missing("Version")),
        _ => Ok(out),
    }
}

/// The bytes before the first empty line, where the description begins.
fn headers(bytes: &[u8]) -> &[u8] {
    let ends = [&b"\n\n"[..], b"\n\r\n"];
    let end = ends.iter().filter_map(|end| memchr::memmem::find(bytes, end)).min();
    end.and_then(|end| bytes.get(..=end)).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_as_written_and_the_description_is_not_read() {
        let read = metadata(
            b"Metadata-Version: 2.4\r\nName: Foo.Bar\r\nVersion: 1.0\r\nRequires-Python: >=3.9\r\n\
              Requires-Dist: numpy>=2; extra ==\r\n  'fast'\r\nRequires-Dist: lxml\r\nProvides-Extra: fast\r\n\
              Classifier: Programming Language :: Python :: Free Threading :: 2 - Beta\r\nDynamic: Requires-Dist\r\n\
              Author: J\xc3\xb6rg\r\nLicense: UNKNOWN\r\n\r\nName: not this\r\n",
        )
        .expect("read");
        assert_eq!((read.name.as_str(), read.version.as_str()), ("Foo.Bar", "1.0"));
        assert_eq!(read.requires_python.as_deref(), Some(">=3.9"));
        assert_eq!(read.requires_dist, ["numpy>=2; extra == 'fast'", "lxml"]);
        assert_eq!(
            (read.provides_extra, read.dynamic),
            (vec!["fast".to_owned()], vec!["requires-dist".to_owned()])
        );
        assert_eq!(read.classifiers.len(), 1);
        assert_eq!(read.metadata_version, "2.4");
    }

    #[test]
    fn a_nameless_file_is_an_error_and_a_byte_order_mark_is_not() {
        assert_eq!(metadata(b""), Err(MetadataError::Missing("Name")));
        assert_eq!(metadata(b"Name: a\n"), Err(MetadataError::Missing("Version")));
        let broken =
            metadata(b"Name: a\na line that is no field\nVersion: 1\nRequires-Dist: b\n").expect("read");
        assert_eq!((broken.version.as_str(), broken.requires_dist.len()), ("1", 1));
        assert!(metadata(b"\xef\xbb\xbfName: a\nVersion: 1\n").is_ok());
        let long = [b"Name: a\nVersion: 1\nX: ".to_vec(), vec![b'x'; MAX_HEADERS]].concat();
        assert_eq!(metadata(&long), Err(MetadataError::TooLarge));
    }

    proptest::proptest! {
        #[test]
        fn metadata_never_panics(bytes: Vec<u8>, text in "(Name|Version|X)?:? ?\\PC{0,20}\n? ?\\PC{0,20}") {
            let _ = metadata(&bytes);
            let _ = metadata(text.as_bytes());
        }
    }
}

//! Reads the WHEEL file: the tags the wheel was built for, whatever its file name says.

/// What a WHEEL file says, as far as we need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WheelFile {
    /// `Tag:` lines as written, each one tag, or with sets as some tools write: `cp314-cp314t-win_amd64`.
    pub tags: Vec<String>,
    /// `Root-Is-Purelib`, where it is `true` or `false`.
    pub root_is_purelib: Option<bool>,
    /// `Generator`: the build tool and its version.
    pub generator: Option<String>,
}

/// Most tags that are kept.
const MAX_TAGS: usize = 1000;
/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 1000;

/// Reads a WHEEL file. What is not understood is left out; there is no text it fails on.
pub fn wheel_file(bytes: &[u8]) -> WheelFile {
    let mut out = WheelFile::default();
    for line in String::from_utf8_lossy(bytes).lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if value.is_empty() || value.len() > MAX_VALUE {
            continue;
        }
        match key.trim().to_ascii_lowercase().as_str() {
            "tag" if out.tags.len() < MAX_TAGS => out.tags.push(value.to_owned()),
            "generator" => out.generator = Some(value.to_owned()),
            "root-is-purelib" => {
                out.root_is_purelib = match value.to_ascii_lowercase().as_str() {
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_written() {
        let read = wheel_file(
            b"Wheel-Version: 1.0\nGenerator: maturin (1.9)\nRoot-Is-Purelib: false\nTag: cp314-cp314t-win_amd64\n\
              Tag: py3-none-any\r\nnonsense\nTag:\n\xff",
        );
        assert_eq!(read.tags, ["cp314-cp314t-win_amd64", "py3-none-any"]);
        assert_eq!(read.root_is_purelib, Some(false));
        assert_eq!(read.generator.as_deref(), Some("maturin (1.9)"));
    }
}

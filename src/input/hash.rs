//! Hashes as `--hash` and URL fragments give them.

/// A hash of a file: algorithm and lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    /// `sha256`, `sha384` or `sha512`, the ones pip trusts.
    pub algorithm: String,
    /// Lower-case hex digits, as many as the algorithm gives.
    pub value: String,
}

impl Hash {
    /// Reads `sha256:<hex>`.
    ///
    /// # Errors
    /// What is wrong, as a sentence without a full stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(100).collect();
        let (algorithm, value) = text
            .split_once(':')
            .ok_or_else(|| format!("hash `{shown}` is not written as algorithm:digits"))?;
        let digits = match algorithm {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => return Err(format!("hash `{shown}`: use sha256, sha384 or sha512")),
        };
        if value.len() != digits || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("hash `{shown}` needs {digits} hex digits"));
        }
        Ok(Self { algorithm: algorithm.to_owned(), value: value.to_ascii_lowercase() })
    }

    /// Reads the fragment of a URL, `sha256=<hex>` among other `&`-separated parts.
    pub fn of_fragment(fragment: &str) -> Option<Self> {
        fragment.split('&').find_map(|part| Self::parse(&part.replacen('=', ":", 1)).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_hashes_of_strong_algorithms_are_taken() {
        let hex = "A".repeat(64);
        assert_eq!(Hash::parse(&format!("sha256:{hex}")).expect("whole").value, "a".repeat(64));
        assert!(Hash::of_fragment(&format!("egg=x&sha256={hex}")).is_some());
        for bad in ["", "sha256", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:é"]
        {
            assert!(Hash::parse(bad).is_err(), "{bad}");
        }
    }
}

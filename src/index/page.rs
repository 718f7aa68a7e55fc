//! A project's page of the Simple API, in either of its languages.
//!
//! In: a body with its type and address. Out: files and what else the page says. A key that is missing or strange
//! costs only itself, a file entry that makes no sense costs only that entry and a warning; only a body that is no
//! page at all, or one of an API version we do not know, is an error.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use crate::model::{CoreMetadata, DistFile, Hashes};

use super::cached::Text;
use super::{html, json};

/// What one page says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// In the order of the page.
    pub files: Vec<Arc<DistFile>>,
    /// PEP 792: `active`, `archived`, `quarantined`, `deprecated`.
    pub status: Option<String>,
    /// What was skipped, in words.
    pub warnings: Vec<String>,
}

/// What is asked for: JSON rather than HTML.
pub(super) const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// Reads the page; an error says what is wrong with it.
pub(super) fn read(text: &Text) -> Result<Page, String> {
    let kind = text.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/vnd.pypi.simple.v1+json"
        | "application/vnd.pypi.simple.latest+json"
        | "application/json" => json::read(&text.body, &text.url),
        "text/html"
        | "application/xhtml+xml"
        | "application/vnd.pypi.simple.v1+html"
        | "application/vnd.pypi.simple.latest+html" => html::read(&text.body, &text.url),
        "" => Err("it has no Content-Type".to_owned()),
        other => Err(format!("its Content-Type is {}", printable(other))),
    }
}

/// Checks `1.0` and the like: an unknown major version may mean anything, a newer minor one only adds.
pub(super) fn check_version(version: &str) -> Result<Option<String>, String> {
    let mut parts = version.trim().splitn(2, '.');
    let number = |part: Option<&str>| part.and_then(|text| text.parse::<u32>().ok());
    match (number(parts.next()), number(parts.next())) {
        (Some(1), Some(0..=4)) => Ok(None),
        (Some(1), _) => Ok(Some(format!(
            "the page has version {} of the Simple API, newer than known",
            printable(version)
        ))),
        _ => Err(format!("version {} of the Simple API is not known to this program", printable(version))),
    }
}

/// The file's absolute URL, if `href` is one we could fetch.
pub(super) fn resolve(base: &Url, href: &str) -> Option<Url> {
    let url = base.join(href.trim()).ok()?;
    let allowed = match url.scheme() {
        "https" | "http" => true,
        // A page from the network must not make us read local files.
        "file" => base.scheme() == "file",
        _ => false,
    };
    allowed.then_some(url)
}

/// Takes `#sha256=…` off.
pub(super) fn split_fragment_hash(url: &mut Url) -> Hashes {
    let mut hashes = Hashes::new();
    if let Some(fragment) = url.fragment() {
        for part in fragment.split('&') {
            if let Some((name, digest)) = part.split_once('=') {
                add_hash(&mut hashes, name, digest);
            }
        }
    }
    url.set_fragment(None);
    hashes
}

/// Adds a hash if it looks like one: hex of a plausible length. Others are as good as none.
pub(super) fn add_hash(hashes: &mut Hashes, name: &str, digest: &str) {
    let name = lower_case(name.trim());
    let digest = lower_case(digest.trim());
    let length = match &*name {
        "sha256" | "sha3_256" | "blake2s" => 64,
        "sha384" | "sha3_384" => 96,
        "sha512" | "sha3_512" | "blake2b" => 128,
        "sha224" | "sha3_224" => 56,
        "sha1" => 40,
        "md5" => 32,
        _ => return,
    };
    if digest.len() == length && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        hashes.insert(&name, &digest);
    }
}

fn lower_case(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// HTML's `true` or `sha256=…`; JSON's other forms are read there.
pub(super) fn core_metadata(text: &str) -> Option<CoreMetadata> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("false") {
        return None;
    }
    let mut hashes = Hashes::new();
    if let Some((name, digest)) = text.split_once('=') {
        add_hash(&mut hashes, name, digest);
    }
    Some(CoreMetadata { hashes })
}

/// Text of a page that goes into a message: short, and without what drives terminals.
pub(super) fn printable(text: &str) -> String {
    let mut out: String = text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    format!("`{out}`")
}

/// Collects warnings without letting a hostile page fill the memory or the screen.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    said: Vec<String>,
    unsaid: usize,
}

impl Warnings {
    const MOST: usize = 5;

    pub fn add(&mut self, text: String) {
        if self.said.len() < Self::MOST {
            self.said.push(text);
        } else {
            self.unsaid += 1;
        }
    }

    pub fn finish(mut self) -> Vec<String> {
        if self.unsaid > 0 {
            self.said.push(format!("and {} more entries of the page have such troubles", self.unsaid));
        }
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content_type: &str, body: &str) -> Text {
        let url = Url::parse("https://x.example/simple/p/").expect("a URL");
        Text { body: body.as_bytes().to_vec(), content_type: content_type.to_owned(), url }
    }

    #[test]
    fn the_type_decides_the_language_and_not_the_body() {
        let html = "<!DOCTYPE html><a href='p-1.tar.gz'>p-1.tar.gz</a>";
        assert_eq!(read(&text("text/html; charset=utf-8", html)).expect("a page").files.len(), 1);
        assert!(read(&text("application/vnd.pypi.simple.v1+json", html)).is_err());
        assert!(read(&text("application/octet-stream", html)).expect_err("no page").contains("octet-stream"));
        assert!(read(&text("application/vnd.pypi.simple.v2+json", "{}")).is_err());
        assert!(read(&text("", html)).is_err());
    }

    #[test]
    fn an_unknown_major_version_is_refused_and_an_unknown_minor_one_noted() {
        assert_eq!(check_version("1.0"), Ok(None));
        assert_eq!(check_version("1.4"), Ok(None));
        assert!(check_version("1.9").expect("readable").is_some());
        for bad in ["2.0", "0.9", "", "one"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_from_the_network_cannot_name_local_files() {
        let base = Url::parse("https://x.example/simple/p/").expect("a URL");
        assert_eq!(resolve(&base, "file:///etc/passwd"), None);
        assert_eq!(resolve(&base, "javascript:alert(1)"), None);
        assert_eq!(
            resolve(&base, "../../f/p-1.whl").expect("relative").as_str(),
            "https://x.example/f/p-1.whl"
        );
    }

    #[test]
    fn what_is_no_hash_is_no_promise() {
        let mut hashes = Hashes::new();
        add_hash(&mut hashes, "SHA256", &"AB".repeat(32));
        add_hash(&mut hashes, "sha512", "zz");
        add_hash(&mut hashes, "crc", "00");
        assert_eq!(hashes.iter().count(), 1);
        assert_eq!(hashes.get("sha256"), Some("ab".repeat(32).as_str()));
    }
}

//! The Simple API in JSON (PEP 691, 700, 714, 592, 792).
//!
//! In: a body and its address. Out: a [`Page`]. Every key of a file but its URL and name is optional, whatever the
//! version says, because mirrors leave out what they do not know; so every key is read on its own and forgiven on
//! its own. Pages of old projects list ten thousand files, of which an audit uses two: so values go straight from
//! the text to what is kept of them, and addresses that are plainly in order are not taken apart.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use url::Url;

use crate::model::{CoreMetadata, DistFile, Hashes, Yanked};

use super::location::{file_name, shown};
use super::page::{Page, Warnings, add_hash, check_version, printable, resolve, split_fragment_hash};

/// Reads a project page.
pub(super) fn read(body: &[u8], url: &Url) -> Result<Page, String> {
    let mut from = serde_json::Deserializer::from_slice(body);
    let mut skipped = Warnings::default();
    let raw = RawPageOf { base: url, skipped: &mut skipped }.deserialize(&mut from);
    let raw = raw.and_then(|raw| from.end().map(|()| raw));
    let raw = raw.map_err(|error| format!("it is no JSON page: {error}"))?;
    let mut warnings = Vec::new();
    match raw.meta.as_ref().and_then(|meta| meta.get("api-version")).and_then(Value::as_str) {
        Some(version) => warnings.extend(check_version(version)?),
        None => {
            warnings.push("the page does not tell its version of the Simple API; 1.0 is assumed".to_owned())
        }
    }
    let Some(files) = raw.files else { return Err("it has no list of files".to_owned()) };
    warnings.extend(skipped.finish());
    let status = raw.status.as_ref().and_then(|status| match status {
        Value::Object(map) => map.get("status").and_then(Value::as_str),
        other => other.as_str(),
    });
    Ok(Page { files, status: status.map(str::to_owned), warnings })
}

#[derive(Default)]
struct RawPage {
    meta: Option<Value>,
    files: Option<Vec<Arc<DistFile>>>,
    status: Option<Value>,
}

/// An entry of `files`: values as they came. What was no object has none.
#[derive(Default)]
struct RawFile<'de> {
    filename: Loose<'de>,
    url: Loose<'de>,
    hashes: Loose<'de>,
    requires_python: Loose<'de>,
    core_metadata: Loose<'de>,
    dist_info_metadata: Loose<'de>,
    yanked: Loose<'de>,
    size: Loose<'de>,
    upload_time: Loose<'de>,
}

/// A value of any kind, as far as a page may mean something by it.
#[derive(Default)]
enum Loose<'de> {
    #[default]
    Nothing,
    Bool(bool),
    Number(u64),
    Text(Cow<'de, str>),
    /// What in an object looks like hashes.
    Hashes(Hashes),
}

impl<'de> Loose<'de> {
    fn text(self) -> Option<Cow<'de, str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl RawFile<'_> {
    fn file(self, base: &Url) -> Result<DistFile, String> {
        let Some(href) = self.url.text() else {
            return Err("a file without a URL was left out".to_owned());
        };
        let mut hashes = Hashes::new();
        let mut name = self.filename.text().filter(|name| !name.is_empty()).map(Cow::into_owned);
        let url = if is_plain(&href) && name.is_some() {
            href.into_owned()
        } else {
            let Some(mut url) = resolve(base, &href) else {
                let shown = printable(&shown(&href));
                return Err(format!("a file whose URL cannot be used was left out: {shown}"));
            };
            hashes = split_fragment_hash(&mut url);
            name = name.or_else(|| file_name(&url));
            url.into()
        };
        let filename = name.ok_or("a file without a name was left out")?;
        if filename.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()) {
            return Err(format!("a file with an impossible name was left out: {}", printable(&filename)));
        }
        if let Loose::Hashes(listed) = self.hashes {
            listed.iter().for_each(|(name, digest)| hashes.insert(name, digest));
        }
        Ok(DistFile {
            filename,
            url,
            hashes,
            requires_python: self
                .requires_python
                .text()
                .filter(|text| !text.trim().is_empty())
                .map(Cow::into_owned),
            yanked: match self.yanked {
                Loose::Bool(true) => Some(Yanked { reason: String::new() }),
                Loose::Text(reason) if !reason.is_empty() => Some(Yanked { reason: reason.into_owned() }),
                _ => None,
            },
            size: match self.size {
                Loose::Number(size) => Some(size),
                _ => None,
            },
            upload_time: self.upload_time.text().map(Cow::into_owned),
            core_metadata: read_core_metadata(self.core_metadata)
                .unwrap_or_else(|| read_core_metadata(self.dist_info_metadata).flatten()),
        })
    }
}

/// Whether a URL is absolute and already spelled as a parser would spell it: nothing in it needs a decision.
fn is_plain(href: &str) -> bool {
    let Some((host, path)) = href.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    host.starts_with(|c: char| c.is_ascii_lowercase())
        && host.ends_with(|c: char| c.is_ascii_lowercase())
        && host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
        && !host.contains("xn--")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'+'))
        && !path.split('/').any(|part| part == "." || part == "..")
}

/// `None` when the key says nothing, so that the older name may.
fn read_core_metadata(value: Loose<'_>) -> Option<Option<CoreMetadata>> {
    match value {
        Loose::Bool(false) => Some(None),
        Loose::Bool(true) => Some(Some(CoreMetadata { hashes: Hashes::new() })),
        Loose::Hashes(hashes) => Some(Some(CoreMetadata { hashes })),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Loose<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Loose::Nothing)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
                Ok(Loose::Bool(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
                Ok(Loose::Number(value))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Loose<'de>, E> {
                Ok(Loose::Nothing)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Loose<'de>, E> {
                Ok(Loose::Nothing)
            }
            fn visit_str<E>(self, value: &str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(value.to_owned())))
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Borrowed(value)))
            }
            fn visit_string<E>(self, value: String) -> Result<Loose<'de>, E> {
                Ok(Loose::Text(Cow::Owned(value)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose::Nothing)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
                let mut hashes = Hashes::new();
                while let Some((name, value)) = map.next_entry::<Loose<'de>, Loose<'de>>()? {
                    if let (Loose::Text(name), Loose::Text(digest)) = (name, value) {
                        add_hash(&mut hashes, &name, &digest);
                    }
                }
                Ok(Loose::Hashes(hashes))
            }
        }
        from.deserialize_any(Any)
    }
}

/// A key of a file's entry.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Key {
    Filename,
    Url,
    Hashes,
    RequiresPython,
    CoreMetadata,
    DistInfoMetadata,
    Yanked,
    Size,
    UploadTime,
    #[serde(other)]
    Other,
}

/// Reads a page, turning each file's entry into what is kept of it at once.
struct RawPageOf<'a> {
    base: &'a Url,
    skipped: &'a mut Warnings,
}

impl<'de> DeserializeSeed<'de> for RawPageOf<'_> {
    type Value = RawPage;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<RawPage, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RawPageOf<'_> {
    type Value = RawPage;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawPage, A::Error> {
        let Self { base, skipped } = self;
        let mut page = RawPage::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "meta" => page.meta = Some(map.next_value()?),
                "files" => page.files = map.next_value_seed(FilesOf { base, skipped: &mut *skipped })?,
                "project-status" => page.status = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(page)
    }
}

/// The list of files; `null` is none.
struct FilesOf<'a> {
    base: &'a Url,
    skipped: &'a mut Warnings,
}

impl<'de> DeserializeSeed<'de> for FilesOf<'_> {
    type Value = Option<Vec<Arc<DistFile>>>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FilesOf<'_> {
    type Value = Option<Vec<Arc<DistFile>>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut files = Vec::new();
        while let Some(entry) = list.next_element::<RawFile<'de>>()? {
            match entry.file(self.base) {
                Ok(file) => files.push(Arc::new(file)),
                Err(why) => self.skipped.add(why),
            }
        }
        Ok(Some(files))
    }
}

impl<'de> Deserialize<'de> for RawFile<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct File;
        impl<'de> Visitor<'de> for File {
            type Value = RawFile<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawFile<'de>, A::Error> {
                let mut file = RawFile::default();
                while let Some(key) = map.next_key::<Key>()? {
                    let place = match key {
                        Key::Filename => &mut file.filename,
                        Key::Url => &mut file.url,
                        Key::Hashes => &mut file.hashes,
                        Key::RequiresPython => &mut file.requires_python,
                        Key::CoreMetadata => &mut file.core_metadata,
                        Key::DistInfoMetadata => &mut file.dist_info_metadata,
                        Key::Yanked => &mut file.yanked,
                        Key::Size => &mut file.size,
                        Key::UploadTime => &mut file.upload_time,
                        Key::Other => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *place = map.next_value()?;
                }
                Ok(file)
            }
            // An entry that is no object at all is one bad entry, not a bad page.
            fn visit_unit<E>(self) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_i64<E>(self, _: i64) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_u64<E>(self, _: u64) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_str<E>(self, _: &str) -> Result<RawFile<'de>, E> {
                Ok(RawFile::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawFile<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(RawFile::default())
            }
        }
        from.deserialize_any(File)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<Page, String> {
        read(body.as_bytes(), &Url::parse("https://x.example/simple/p/").expect("a URL"))
    }

    #[test]
    fn a_full_entry_is_read_key_by_key() {
        let sha = "0a".repeat(32);
        let body = format!(
            r#"{{"meta": {{"api-version": "1.4"}}, "name": "p", "project-status": {{"status": "archived"}},
                "versions": ["1"], "files": [{{"filename": "p-1-py3-none-any.whl", "url": "../../f/p-1-py3-none-any.whl",
                "hashes": {{"sha256": "{sha}"}}, "requires-python": ">=3.8", "size": 12, "yanked": "broken",
                "upload-time": "2025-01-02T03:04:05.6Z", "core-metadata": {{"sha256": "{sha}"}}, "gpg-sig": null}}]}}"#
        );
        let page = page(&body).expect("a page");
        assert_eq!(page.status.as_deref(), Some("archived"));
        assert!(page.warnings.is_empty(), "{:?}", page.warnings);
        let file = &page.files[0];
        assert_eq!(file.url, "https://x.example/f/p-1-py3-none-any.whl");
        assert_eq!(file.sha256(), Some(sha.as_str()));
        assert_eq!(file.requires_python.as_deref(), Some(">=3.8"));
        assert_eq!(file.yanked.as_ref().map(|yanked| yanked.reason.as_str()), Some("broken"));
        assert_eq!((file.size, file.upload_time.as_deref()), (Some(12), Some("2025-01-02T03:04:05.6Z")));
        assert_eq!(file.core_metadata.as_ref().expect("advertised").hashes.get("sha256"), Some(sha.as_str()));
    }

    #[test]
    fn an_address_left_alone_is_spelled_as_a_parser_would_spell_it() {
        let plain = "https://files.example.com/packages/ab/p_q-1.0+x-py3-none-any.whl";
        assert!(is_plain(plain));
        assert_eq!(Url::parse(plain).expect("a URL").as_str(), plain);
        for other in [
            "http://x.example/p.whl",
            "https://x.example",
            "https://x.example/../p.whl",
            "https://x.example/a/./p.whl",
            "https://x.example/p.whl#sha256=0",
            "https://x.example/p.whl?x=1",
            "https://x.example/p%2f.whl",
            "https://u:p@x.example/p.whl",
            "https://x.example:443/p.whl",
            "https://X.example/p.whl",
            "https://1.2.3.4/p.whl",
            "https://xn--a/p.whl",
            "../p.whl",
            "https://x.example/\\p.whl",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }

    /// Mirrors leave keys out or fill them with nonsense; each costs only itself.
    #[test]
    fn strange_values_cost_only_themselves_and_strange_entries_only_themselves() {
        let page = page(
            r#"{"meta": {"api-version": "1.0"}, "files": [
                {"filename": "p-1.tar.gz", "url": "p-1.tar.gz", "hashes": [], "size": "big", "yanked": 7,
                 "requires-python": 3, "core-metadata": "yes", "dist-info-metadata": true, "upload-time": {}},
                null, 7, -7, 1.5, "p-2.tar.gz", [["x"]], true, {}, {"url": 3}, {"url": "ftp://x/y", "filename": "y"},
                {"filename": "../p-3.tar.gz", "url": "p-3.tar.gz"},
                {"url": "p-4.tar.gz"}]}"#,
        )
        .expect("a page");
        let names: Vec<_> = page.files.iter().map(|file| file.filename.as_str()).collect();
        assert_eq!(names, ["p-1.tar.gz", "p-4.tar.gz"]);
        let file = &page.files[0];
        assert!(file.hashes.is_empty() && file.size.is_none() && file.yanked.is_none());
        assert!(file.core_metadata.is_some(), "the older key is asked when the newer says nothing");
        assert_eq!(page.warnings.len(), 6, "{:?}", page.warnings);
        assert!(page.warnings[5].contains("6 more"), "{:?}", page.warnings);
    }

    #[test]
    fn the_newer_metadata_key_wins_also_when_it_says_no() {
        let page = page(
            r#"{"meta": {"api-version": "1.0"}, "files": [
                {"url": "p-1.whl", "core-metadata": false, "dist-info-metadata": true}]}"#,
        );
        assert_eq!(page.expect("a page").files[0].core_metadata, None);
    }

    #[test]
    fn what_is_no_page_is_an_error_in_words() {
        for body in ["", "null", "[]", "{", r#"{"meta": {"api-version": "1.0"}}"#, "<html>"] {
            assert!(page(body).is_err(), "{body}");
        }
        let newer = page(r#"{"meta": {"api-version": "2.0"}, "files": []}"#).expect_err("another API");
        assert!(newer.contains("2.0"), "{newer}");
        let deep = format!(r#"{{"meta": {}"#, "[".repeat(100_000));
        assert!(page(&deep).is_err(), "depth is bounded");
        assert!(page(r#"{"files": []}"#).expect("forgiven").warnings[0].contains("version"));
    }
}

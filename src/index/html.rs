//! The Simple API in HTML (PEP 503), and any page that links to files.
//!
//! In: a body and its address. Out: a [`Page`]: one file per link, with what its `data-` attributes say. Attribute
//! values are unescaped here (`&gt;=3.8`), which the parser does not do.

use std::sync::Arc;

use tl::{HTMLTag, ParserOptions};
use url::Url;

use crate::model::{DistFile, Yanked};

use super::location::file_name;
use super::page::{Page, Warnings, check_version, core_metadata, printable, resolve, split_fragment_hash};

/// File name endings of wheels and sdists; other links of a page are navigation.
const ENDINGS: [&str; 7] = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar"];

/// Whether a file of this name may be a wheel or an sdist.
pub(super) fn is_dist_file(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// Reads a project page or a page of links.
pub(super) fn read(body: &[u8], url: &Url) -> Result<Page, String> {
    let text = String::from_utf8_lossy(body);
    let dom =
        tl::parse(&text, ParserOptions::default()).map_err(|error| format!("it is no HTML: {error}"))?;
    let mut base = url.clone();
    let mut warnings = Warnings::default();
    let mut files = Vec::new();
    let mut tags = 0_usize;
    let mut status = None;
    for tag in dom.nodes().iter().filter_map(|node| node.as_tag()) {
        tags += 1;
        match tag.name().as_bytes().to_ascii_lowercase().as_slice() {
            b"base" => {
                if let Some(joined) = attribute(tag, "href").and_then(|href| resolve(&base, &href)) {
                    base = joined;
                }
            }
            b"meta" => match attribute(tag, "name").as_deref() {
                Some("pypi:repository-version") => {
                    let version = attribute(tag, "content").unwrap_or_default();
                    check_version(&version)?.into_iter().for_each(|note| warnings.add(note));
                }
                Some("pypi:project-status") => status = attribute(tag, "content"),
                _ => {}
            },
            b"a" => {
                if let Some(href) = attribute(tag, "href") {
                    match file(tag, &href, &base) {
                        Ok(Some(file)) => files.push(Arc::new(file)),
                        Ok(None) => {}
                        Err(why) => warnings.add(why),
                    }
                }
            }
            _ => {}
        }
    }
    if tags == 0 {
        return Err("it has no HTML elements".to_owned());
    }
    Ok(Page { files, status, warnings: warnings.finish() })
}

fn file(tag: &HTMLTag<'_>, href: &str, base: &Url) -> Result<Option<DistFile>, String> {
    let Some(mut url) = resolve(base, href) else {
        return Ok(None);
    };
    let hashes = split_fragment_hash(&mut url);
    let Some(filename) = file_name(&url).filter(|name| is_dist_file(name)) else { return Ok(None) };
    if filename.contains(['/', '\\', '\0']) || filename.chars().any(char::is_control) {
        return Err(format!("a file with an impossible name was left out: {}", printable(&filename)));
    }
    let metadata = attribute(tag, "data-core-metadata").or_else(|| attribute(tag, "data-dist-info-metadata"));
    Ok(Some(DistFile {
        filename,
        url: url.into(),
        hashes,
        requires_python: attribute(tag, "data-requires-python").filter(|text| !text.trim().is_empty()),
        yanked: attribute(tag, "data-yanked").map(|reason| Yanked { reason }),
        size: None,
        upload_time: None,
        core_metadata: metadata.and_then(|text| core_metadata(&text)),
    }))
}

/// The unescaped value; an attribute without one is empty.
fn attribute(tag: &HTMLTag<'_>, name: &str) -> Option<String> {
    let value = tag.attributes().get(name)?;
    Some(value.map(|bytes| unescape(&bytes.as_utf8_str())).unwrap_or_default())
}

/// Resolves character references: the five named ones that attributes need, and numbers.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match after.split_once(';').and_then(|(name, after)| Some((reference(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<Page, String> {
        read(body.as_bytes(), &Url::parse("https://x.example/simple/p/").expect("a URL"))
    }

    #[test]
    fn links_are_files_with_what_their_attributes_say() {
        let sha = "0b".repeat(32);
        let page = page(&format!(
            r#"<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1"></head><body>
            <a href="../../f/p-1.0%2Bx-py3-none-any.whl#sha256={sha}" data-requires-python="&gt;=3.8,&#60;4"
               data-core-metadata="sha256={sha}">p</a>
            <A HREF='p-1.0.tar.gz' data-yanked>p</A> <a href="p-0.9.tar.gz" data-yanked="a &amp; b"
               data-dist-info-metadata="true">p</a>
            <a href="..">up</a> <a>none</a> <a href="file:///etc/p-1.tar.gz">no</a></body></html>"#
        ))
        .expect("a page");
        let names: Vec<_> = page.files.iter().map(|file| file.filename.as_str()).collect();
        assert_eq!(names, ["p-1.0+x-py3-none-any.whl", "p-1.0.tar.gz", "p-0.9.tar.gz"]);
        let [wheel, sdist, old] = &page.files[..] else { panic!("three files") };
        assert_eq!(wheel.url, "https://x.example/f/p-1.0%2Bx-py3-none-any.whl");
        assert_eq!(wheel.sha256(), Some(sha.as_str()));
        assert_eq!(wheel.requires_python.as_deref(), Some(">=3.8,<4"));
        assert_eq!(
            wheel.core_metadata.as_ref().expect("advertised").hashes.get("sha256"),
            Some(sha.as_str())
        );
        assert_eq!(sdist.yanked, Some(Yanked { reason: String::new() }));
        assert_eq!(old.yanked, Some(Yanked { reason: "a & b".to_owned() }));
        assert!(old.core_metadata.is_some() && sdist.core_metadata.is_none());
    }

    #[test]
    fn a_base_moves_relative_links() {
        let page = page(r#"<base href="https://files.example/d/"><a href="p-1.zip">p</a>"#).expect("a page");
        assert_eq!(page.files[0].url, "https://files.example/d/p-1.zip");
    }

    #[test]
    fn garbage_and_unknown_versions_are_refused() {
        assert!(page("\u{1}\u{2} nothing here").is_err());
        assert!(
            page(r#"<meta name="pypi:repository-version" content="2.0"><a href="p-1.zip">p</a>"#).is_err()
        );
    }

    #[test]
    fn nesting_without_end_is_survived() {
        let deep = format!("{}<a href=p-1.zip>p</a>", "<div>".repeat(200_000));
        assert_eq!(page(&deep).expect("a page").files.len(), 1);
    }

    #[test]
    fn unescaping_leaves_what_is_no_reference() {
        assert_eq!(unescape("a & b &unknown; &#x41;&#0; &gt"), "a & b &unknown; A\0 &gt");
        assert_eq!(unescape("&#xD800;"), "&#xD800;");
    }
}

//! One thing asked for: a project with specifiers, or a file by URL or path.
//!
//! The grammar is PEP 508's, with what pip takes besides: bare URLs and paths of archives, and VCS
//! addresses, which are recognised as what they are and never fetched. It is read here rather than by
//! `pep508_rs`, which expands environment variables of the process inside URLs.

use std::fmt;
use std::sync::Arc;

use super::{Hash, Specifiers};
use crate::model::{DistFile, PackageName};

/// Longest requirement that is read, in bytes. Hashes are options and do not count.
const MAX_LEN: usize = 16 << 10;

/// Where the thing asked for comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// The package index.
    Index,
    /// An archive at a URL. It may hold credentials: never print it as it is.
    Url(String),
    /// An archive or a project's folder, as written; relative to the working folder, as in pip.
    Path(String),
    /// A version-controlled source (`git+https://…`). It may hold credentials.
    Vcs(String),
    /// `-e` with a path or VCS address. It may hold credentials.
    Editable(String),
    /// These files of one release, known already: from a lock, or because a resolver chose them.
    Files(Vec<Arc<DistFile>>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("Index"),
            Self::Url(_) => f.write_str("Url(…)"),
            Self::Path(path) => write!(f, "Path({path:?})"),
            Self::Vcs(_) => f.write_str("Vcs(…)"),
            Self::Editable(_) => f.write_str("Editable(…)"),
            Self::Files(files) => write!(f, "Files({})", files.len()),
        }
    }
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The project; none for a URL or path that is given without a name.
    pub name: Option<PackageName>,
    /// Extras, normalised, sorted.
    pub extras: Vec<String>,
    /// Versions; empty for URLs and paths.
    pub specifiers: Specifiers,
    /// The text after `;`.
    pub marker: Option<String>,
    /// Hashes that one of which the file must have; empty if none were given.
    pub hashes: Vec<Hash>,
    /// Where it comes from.
    pub source: Source,
    /// `requirements.txt:3`, or `command line`: what the report calls `requested_by`.
    pub origin: String,
}

/// Reads one requirement.
///
/// # Errors
/// What is wrong and what to do, as a sentence without a full stop.
pub(super) fn parse(text: &str, origin: &str) -> Result<Request, String> {
    let text = text.trim();
    if text.len() > MAX_LEN {
        return Err(format!("a requirement longer than {MAX_LEN} bytes"));
    }
    if text.is_empty() {
        return Err("an empty requirement; write a project's name, as in numpy>=2".to_owned());
    }
    let request = |name, extras, specifiers, marker: Option<&str>, hashes, source| Request {
        name,
        extras,
        specifiers,
        marker: marker.map(str::trim).filter(|marker| !marker.is_empty()).map(str::to_owned),
        hashes,
        source,
        origin: origin.to_owned(),
    };
    if is_address(text) {
        // In an address a `;` belongs to it unless white space stands before.
        let (address, marker) = split_marker(text);
        let (address, extras) = address_extras(address)?;
        let (name, hashes, source) = address_source(address)?;
        return Ok(request(name, extras, Specifiers::default(), marker, hashes, source));
    }
    let (name, rest) = split_name(text);
    let name = PackageName::new(name)
        .map_err(|_| format!("`{}` is not understood; write a requirement as numpy>=2", short(text)))?;
    let (extras, rest) = bracketed(rest.trim_start())?;
    let rest = rest.trim_start();
    if let Some(address) = rest.strip_prefix('@') {
        let (address, marker) = split_marker(address.trim_start());
        if address.is_empty() || address.contains(char::is_whitespace) {
            return Err(format!("`{}` needs one address after `@`", short(text)));
        }
        let (_, hashes, source) = address_source(address)?;
        return Ok(request(Some(name), extras, Specifiers::default(), marker, hashes, source));
    }
    let (specifiers, marker) = rest.split_once(';').map_or((rest, None), |(s, marker)| (s, Some(marker)));
    let specifiers = Specifiers::parse(specifiers)
        .map_err(|_| format!("`{}` is not understood; write a requirement as numpy>=2,<3", short(text)))?;
    Ok(request(Some(name), extras, specifiers, marker, Vec::new(), Source::Index))
}

/// Reads what follows `-e`.
pub(super) fn parse_editable(text: &str, origin: &str) -> Result<Request, String> {
    let (address, marker) = split_marker(text.trim());
    if address.is_empty() {
        return Err("-e needs a path or an address".to_owned());
    }
    let (address, extras) = address_extras(address)?;
    Ok(Request {
        name: fragment_value(address, "egg").and_then(|egg| PackageName::new(&egg).ok()),
        extras,
        specifiers: Specifiers::default(),
        marker: marker.map(|marker| marker.trim().to_owned()),
        hashes: Vec::new(),
        source: Source::Editable(address.to_owned()),
        origin: origin.to_owned(),
    })
}

/// What a message shows of a requirement: no more than a line of it, and no credentials.
fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(100).collect();
    if let (Some(scheme), Some(at)) = (shown.find("://"), shown.rfind('@'))
        && scheme < at
    {
        shown.replace_range(scheme + 3..at, "****");
    }
    shown
}

const VCS: [&str; 4] = ["git+", "hg+", "svn+", "bzr+"];

fn is_vcs(text: &str) -> bool {
    VCS.iter().any(|prefix| text.starts_with(prefix))
}

/// Whether the text is an address rather than a name: a URL, a path, or an archive's file name.
fn is_address(text: &str) -> bool {
    let first = text.split([' ', '\t', ';']).next().unwrap_or(text);
    let archive = [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"];
    is_vcs(first)
        || text.starts_with(['.', '/', '\\', '~'])
        || first.starts_with("file:")
        || (!first.contains('@') && first.contains(['/', '\\']))
        || first
            .find("://")
            .is_some_and(|at| !first.get(..at).unwrap_or("").contains(['@', '=', '>', '<', '[']))
        || archive
            .iter()
            .any(|ending| first.to_ascii_lowercase().ends_with(ending) && !first.contains(['=', '@']))
}

/// Splits an address from the marker behind it.
fn split_marker(text: &str) -> (&str, Option<&str>) {
    for (at, _) in text.match_indices(';') {
        let before = text.get(..at).unwrap_or(text);
        if before.ends_with(char::is_whitespace) {
            return (before.trim_end(), text.get(at + 1..));
        }
    }
    (text, None)
}

/// Takes `[a,b]` off the end of an address.
fn address_extras(address: &str) -> Result<(&str, Vec<String>), String> {
    let Some((base, extras)) = address.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else {
        return Ok((address, Vec::new()));
    };
    Ok((base, extra_names(extras)?))
}

fn address_source(address: &str) -> Result<(Option<PackageName>, Vec<Hash>, Source), String> {
    let egg = fragment_value(address, "egg");
    let name = egg.and_then(|egg| PackageName::new(egg.split('[').next().unwrap_or("")).ok());
    if is_vcs(address) {
        return Ok((name, Vec::new(), Source::Vcs(address.to_owned())));
    }
    let (base, fragment) = address.split_once('#').unwrap_or((address, ""));
    let hashes: Vec<Hash> = Hash::of_fragment(fragment).into_iter().collect();
    let Some((scheme, _)) = base.split_once("://").or(base.strip_prefix("file:").map(|rest| ("file", rest)))
    else {
        return Ok((name, hashes, Source::Path(base.to_owned())));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => {
            let path = url::Url::parse(base).ok().and_then(|url| url.to_file_path().ok());
            let path = path.ok_or_else(|| format!("`{}` names no local file", short(address)))?;
            Ok((name, hashes, Source::Path(path.to_string_lossy().into_owned())))
        }
        "http" | "https" => match url::Url::parse(base) {
            Ok(_) => Ok((name, hashes, Source::Url(base.to_owned()))),
            Err(error) => Err(format!("`{}` is no URL: {error}", short(address))),
        },
        _ => Err(format!("`{}`: only https, http and file addresses are read", short(address))),
    }
}

/// A part of a URL's fragment: `egg` of `#egg=name&subdirectory=x`.
fn fragment_value(address: &str, key: &str) -> Option<String> {
    let (_, fragment) = address.split_once('#')?;
    fragment
        .split('&')
        .find_map(|part| part.split_once('=').filter(|(k, _)| *k == key))
        .map(|(_, v)| v.to_owned())
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn bracketed(text: &str) -> Result<(Vec<String>, &str), String> {
    let Some(inner) = text.strip_prefix('[') else { return Ok((Vec::new(), text)) };
    let (inner, rest) = inner.split_once(']').ok_or_else(|| "an extra without `]` after it".to_owned())?;
    Ok((extra_names(inner)?, rest))
}

fn extra_names(text: &str) -> Result<Vec<String>, String> {
    let mut names = text
        .split(',')
        .map(str::trim)
        .filter(|extra| !extra.is_empty())
        .map(|extra| {
            PackageName::new(extra)
                .map(|name| name.as_str().to_owned())
                .map_err(|_| format!("`{}` is not the name of an extra", short(extra)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> Request {
        parse(text, "here").unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn requirements_are_taken_apart() {
        let request = ok("Foo.Bar [Fast,slow_x] (>=1.0, <2) ; python_version < '3.9'");
        assert_eq!(request.name.map(String::from).as_deref(), Some("foo-bar"));
        assert_eq!(request.extras, ["fast", "slow-x"]);
        assert_eq!(request.specifiers.to_string(), ">=1.0,<2");
        assert_eq!(request.marker.as_deref(), Some("python_version < '3.9'"));
        assert_eq!((request.source, request.origin.as_str()), (Source::Index, "here"));
        assert_eq!(ok("foo===1.0-weird").specifiers.to_string(), "===1.0-weird");
        assert_eq!(ok("foo;sys_platform=='win32'").marker.as_deref(), Some("sys_platform=='win32'"));
    }

    #[test]
    fn addresses_are_told_from_names() {
        let hex = "0".repeat(64);
        let request =
            ok(&format!("foo[x] @ https://u:p@h.example/a;b-1.0.tar.gz#sha256={hex} ; os_name == 'nt'"));
        assert_eq!(request.source, Source::Url("https://u:p@h.example/a;b-1.0.tar.gz".to_owned()));
        assert_eq!((request.hashes.len(), request.marker.as_deref()), (1, Some("os_name == 'nt'")));
        assert_eq!(ok("https://h.example/a.whl").source, Source::Url("https://h.example/a.whl".to_owned()));
        assert_eq!(ok("./dist/a-1.whl").source, Source::Path("./dist/a-1.whl".to_owned()));
        assert_eq!(ok("a-1.0-py3-none-any.whl").source, Source::Path("a-1.0-py3-none-any.whl".to_owned()));
        assert_eq!(ok("./pkg[fast]").extras, ["fast"]);
        let vcs = ok("git+https://h.example/r.git@v1#egg=foo&subdirectory=s");
        assert!(matches!(vcs.source, Source::Vcs(_)));
        assert_eq!(vcs.name.map(String::from).as_deref(), Some("foo"));
        assert!(matches!(ok("foo @ git+ssh://git@h.example/r").source, Source::Vcs(_)));
        #[cfg(unix)]
        assert_eq!(ok("file:///tmp/a%20b-1.whl").source, Source::Path("/tmp/a b-1.whl".to_owned()));
        let editable = parse_editable("git+https://h.example/r#egg=foo", "here").expect("editable");
        assert!(matches!(editable.source, Source::Editable(_)));
    }

    #[test]
    fn what_is_not_understood_is_said_without_credentials() {
        for bad in [
            "",
            "=1",
            "foo bar",
            "foo>=",
            "foo[x",
            "foo[-]",
            "foo @ ",
            "foo==1.0 extra",
            "ftp://h/a.zip",
            "é",
        ] {
            assert!(parse(bad, "here").is_err(), "{bad}");
        }
        let error = parse("ftp://user:secret@h.example/a.zip", "here").expect_err("not read");
        assert!(!error.contains("secret"), "{error}");
        let shown = format!("{:?}", ok("foo @ https://user:secret@h.example/a.zip"));
        assert!(!shown.contains("secret"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn requirements_never_panic(text in "\\PC{0,60}", ascii in "[a-z@:/;#=<>\\[\\]. ]{0,40}") {
            let _ = parse(&text, "");
            let _ = parse(&ascii, "");
            let _ = parse_editable(&ascii, "");
        }
    }
}

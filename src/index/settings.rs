//! Which indexes are asked, as whom, and how patiently.
//!
//! Built by [`Settings::discover`](super::discover) from what pip and uv users have configured, or by hand. URLs
//! given to [`Settings::push_index`] and [`Settings::push_find_links`] are parted from their credentials at once, so
//! that a `Settings` may be printed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::error::IndexError;
use super::location::{Credentials, Login, shown, split_login};

/// The index that is asked when nothing else is configured.
pub const DEFAULT_INDEX: &str = "https://pypi.org/simple";

/// A certificate file or folder, and which setting named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSource {
    /// `PIP_CERT`, `SSL_CERT_DIR`, …
    pub setting: String,
    /// A PEM file, or a folder of such.
    pub path: PathBuf,
}

/// A proxy for all requests; its URL may hold a password, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(pub String);

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({})", shown(&self.0))
    }
}

/// Everything an [`Index`](super::Index) needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The indexes, first asked first. Their files are merged as pip does; of equal file names the first stays.
    pub indexes: Vec<Url>,
    /// Asks no index at all; `find_links` is all there is.
    pub no_index: bool,
    /// Folders (`file:`) and pages with links to files, for all projects.
    pub find_links: Vec<Url>,
    /// Whom to be where.
    pub credentials: Credentials,
    /// Hosts (`host` or `host:port`) whose certificates are not checked.
    pub trusted_hosts: Vec<String>,
    /// A proxy for everything; without it the usual `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` hold.
    pub proxy: Option<ProxyUrl>,
    /// The only certificates to trust; empty means those of the platform.
    pub certificates: Vec<CertificateSource>,
    /// The longest wait for a connection, for the head of a response, and for the next bytes of its body.
    pub timeout: Duration,
    /// How often a request is repeated after a trouble that may pass.
    pub retries: u32,
    /// The pause before the first repeat; it doubles from then on.
    pub first_pause: Duration,
    /// The longest pause a server may ask for.
    pub longest_pause: Duration,
    /// Only the cache and local files are used.
    pub offline: bool,
    /// Files uploaded later than this, or at a time the index does not tell, do not exist.
    pub exclude_newer: Option<jiff::Timestamp>,
    /// The most requests under way at once.
    pub requests_at_once: usize,
    /// The `User-Agent`.
    pub user_agent: String,
    /// The largest page that is read, in bytes.
    pub max_page: u64,
    /// The largest file that [`Index::open`](super::Index::open) reads whole when its server knows no ranges.
    pub max_file: u64,
    /// What was configured and could not be honoured, in words for the user.
    pub warnings: Vec<String>,
}

impl Default for Settings {
    /// No index, the defaults otherwise.
    fn default() -> Self {
        let contact = match env!("CARGO_PKG_REPOSITORY") {
            "" => String::new(),
            url => format!(" (+{url})"),
        };
        Self {
            indexes: Vec::new(),
            no_index: false,
            find_links: Vec::new(),
            credentials: Credentials::default(),
            trusted_hosts: Vec::new(),
            proxy: None,
            certificates: Vec::new(),
            timeout: Duration::from_secs(30),
            retries: 4,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_mins(1),
            offline: false,
            exclude_newer: None,
            requests_at_once: 16,
            user_agent: format!("ungil/{}{contact}", env!("CARGO_PKG_VERSION")),
            max_page: 64 << 20,
            max_file: 2 << 30,
            warnings: Vec::new(),
        }
    }
}

impl Settings {
    /// Adds an index behind those there are. `name=url` is understood as uv does.
    ///
    /// # Errors
    /// If `text` is no `https:`, `http:` or `file:` URL.
    pub fn push_index(&mut self, text: &str) -> Result<(), IndexError> {
        let url = self.take_url("the index", split_index_name(text).1)?;
        if !self.indexes.contains(&url) {
            self.indexes.push(url);
        }
        Ok(())
    }

    /// Adds a folder, a local HTML file, or a page that links to files.
    ///
    /// # Errors
    /// If `text` is neither a usable URL nor a path.
    pub fn push_find_links(&mut self, text: &str) -> Result<(), IndexError> {
        let url = if text.contains("://") {
            self.take_url("the page of links", text)?
        } else {
            let path = std::path::absolute(text.strip_prefix("file:").unwrap_or(text));
            let url = path.ok().and_then(|path| Url::from_file_path(path).ok());
            url.ok_or_else(|| bad_url("the folder of links", text, "it is no path"))?
        };
        if !self.find_links.contains(&url) {
            self.find_links.push(url);
        }
        Ok(())
    }

    /// Remembers a login for the origin of the index at `text`.
    pub(super) fn add_login(&mut self, text: &str, login: Login) {
        if let Ok(url) = Url::parse(split_index_name(text).1) {
            self.credentials.add_origin(&url, login);
        }
    }

    fn take_url(&mut self, what: &str, text: &str) -> Result<Url, IndexError> {
        let mut url = Url::parse(text.trim()).map_err(|error| bad_url(what, text, &error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http" | "file") {
            return Err(bad_url(what, text, "only https:, http: and file: are known"));
        }
        if let Some(login) = split_login(&mut url) {
            self.credentials.add_origin(&url, login);
        }
        Ok(url)
    }

    /// Parts URLs that were put in by hand from their credentials.
    pub(super) fn hide_credentials(&mut self) {
        let Self { indexes, find_links, credentials, .. } = self;
        for url in indexes.iter_mut().chain(find_links) {
            if let Some(login) = split_login(url) {
                credentials.add_origin(url, login);
            }
        }
    }

    /// Whether certificates of the URL's host are not to be checked.
    pub(super) fn trusts(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        self.trusted_hosts.iter().any(|trusted| match trusted.rsplit_once(':') {
            Some((name, port)) if port.parse() == Ok(url.port_or_known_default().unwrap_or(0)) => {
                name.eq_ignore_ascii_case(host)
            }
            _ => trusted.eq_ignore_ascii_case(host),
        })
    }
}

/// Parts uv's `name=url`. A name has no `:` or `/`, which every URL has before any `=`.
pub(super) fn split_index_name(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        Some((name, url)) if !name.is_empty() && !name.contains([':', '/']) => (Some(name), url),
        _ => (None, text),
    }
}

pub(super) fn bad_url(what: &str, text: &str, why: &str) -> IndexError {
    IndexError::BadUrl { what: what.to_owned(), url: shown(text), why: why.to_owned() }
}

/// The local path of a `file:` URL.
pub(super) fn local_path(url: &Url) -> Option<PathBuf> {
    (url.scheme() == "file").then(|| url.to_file_path().ok()).flatten()
}

/// An I/O trouble with a local file, as an error of the index.
pub(super) fn io_error(path: &Path, why: &dyn fmt::Display) -> IndexError {
    IndexError::Io { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_settings_hold_no_secret() {
        let mut settings = Settings::default();
        settings.push_index("corp=https://alice:s3cret@x.example/simple").expect("a URL");
        settings.push_find_links("https://bob:s3cret@y.example/links").expect("a URL");
        settings.proxy = Some(ProxyUrl("http://carol:s3cret@proxy.example:3128".to_owned()));
        assert!(!format!("{settings:?}").contains("s3cret"));
        assert_eq!(settings.indexes[0].as_str(), "https://x.example/simple");
        let error = settings.push_index("ftp://alice:s3cret@x.example/").expect_err("no HTTP");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        let error = settings.push_index("//alice:s3cret@x.example/").expect_err("no URL");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn a_trusted_host_may_name_its_port() {
        let settings = Settings {
            trusted_hosts: vec!["a.example".to_owned(), "b.example:8443".to_owned()],
            ..Settings::default()
        };
        let trusts = |text: &str| settings.trusts(&Url::parse(text).expect(text));
        assert!(trusts("https://A.example:1/") && trusts("https://b.example:8443/"));
        assert!(!trusts("https://b.example/") && !trusts("https://x.a.example/"));
    }
}

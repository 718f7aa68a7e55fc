//! The package index: pages, metadata, files by ranges or whole.
//!
//! In: a project's name, or a file as a page lists it. Out: the project's files, a file's METADATA, or the file
//! itself to read and seek in. Everything here blocks; an [`Index`] is asked from many threads at once, and bounds
//! the requests under way itself, so its callers need not.
//!
//! Several indexes are merged as pip does and uv does not: see [`Project`]. Credentials live in [`Settings`], go to
//! the origin they were given for and nowhere else, and are in no error and no `Debug` text.

mod cached;
mod discover;
mod error;
mod fetch;
mod gate;
mod html;
mod http;
mod json;
mod location;
mod metadata;
mod netrc;
mod page;
mod pipconf;
mod progress;
mod project;
mod remote;
mod retry;
mod settings;
mod tls;

use std::sync::Arc;

use reqwest::header::HeaderMap;
use url::Url;

use crate::model::{DistFile, PackageName};
use crate::store::{Cache, Layer};

pub use discover::Given;
pub use error::IndexError;
pub use fetch::Fetched;
pub use location::{Credentials, Login, Shown, shown};
pub use progress::{Progress, Traffic};
pub use project::Project;
pub use remote::RemoteFile;
pub use settings::{CertificateSource, DEFAULT_INDEX, ProxyUrl, Settings};

/// The indexes of some [`Settings`], seen through a [`Cache`].
#[derive(Clone)]
pub struct Index {
    shared: Arc<Shared>,
}

/// What files that are still being read need of their index.
struct Shared {
    settings: Arc<Settings>,
    http: http::Http,
    cache: Arc<Cache>,
    /// Places to read pages in: the largest list ten thousand files, and take many times their size while read.
    pages: gate::Gate,
}

/// Pages read at once.
const PAGES_AT_ONCE: usize = 3;

impl Index {
    /// Opens the indexes; nothing is asked yet.
    ///
    /// # Errors
    /// If certificates or the proxy cannot be used.
    pub fn new(
        mut settings: Settings,
        cache: Arc<Cache>,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, IndexError> {
        settings.hide_credentials();
        let settings = Arc::new(settings);
        let http = http::Http::new(Arc::clone(&settings), progress)?;
        Ok(Self { shared: Arc::new(Shared { settings, http, cache, pages: gate::Gate::new(PAGES_AT_ONCE) }) })
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The cache in use.
    pub fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    /// What was asked and received so far.
    pub fn traffic(&self) -> Traffic {
        self.shared.http.counters.read()
    }

    /// All files of a project.
    ///
    /// # Errors
    /// [`IndexError::NotFound`] if no index has it; else what stood in the way of any of them.
    pub fn project(&self, name: &PackageName) -> Result<Project, IndexError> {
        project::get(&self.shared, name)
    }

    /// METADATA of a wheel: beside it where the index serves it there, else out of the wheel by ranges.
    ///
    /// # Errors
    /// If neither can be had, or the index's promise about it is broken.
    pub fn metadata(&self, file: &DistFile) -> Result<Vec<u8>, IndexError> {
        let url = file_url(file)?;
        let mut unasked = None;
        if let Some(core) = &file.core_metadata
            && settings::local_path(&url).is_none()
        {
            match self.metadata_beside(file, &url, &core.hashes) {
                // Mirrors copy the promise and not always the file, and object stores call that forbidden.
                Err(IndexError::NotFound { .. } | IndexError::Refused { status: 403, .. }) => {}
                Err(error @ IndexError::Offline { .. }) => unasked = Some(error),
                other => return other,
            }
        }
        if !file.filename.ends_with(".whl") {
            if let Some(error) = unasked {
                return Err(error);
            }
            let why = "the index serves none beside it, and only wheels hold one that can be trusted";
            return Err(no_metadata(file, &url, why.to_owned()));
        }
        // Not the bare hash: bytes read by ranges are the server's word for it, and another's word is another's.
        let key = file.sha256().map(|sha256| format!("{sha256} {}", Shown(&url)));
        if let Some(found) = key.as_ref().and_then(|key| self.shared.cache.get(Layer::Metadata, key)) {
            return Ok(found);
        }
        let mut remote = remote::open(&self.shared, file, url.clone(), remote::Purpose::Metadata)?;
        let bytes = metadata::from_wheel(&mut remote, &file.filename)
            .map_err(|why| remote.trouble().cloned().unwrap_or_else(|| no_metadata(file, &url, why)))?;
        if let Some(key) = key {
            self.shared.cache.put(Layer::Metadata, &key, &[&bytes]);
        }
        Ok(bytes)
    }

    fn metadata_beside(
        &self,
        file: &DistFile,
        url: &Url,
        hashes: &crate::model::Hashes,
    ) -> Result<Vec<u8>, IndexError> {
        let mut beside = url.clone();
        beside.set_path(&format!("{}.metadata", url.path()));
        let what = format!("the metadata of {}", file.filename);
        let Shared { settings, http, cache, .. } = &*self.shared;
        let limit = metadata::MAX_METADATA;
        let text = cached::get(http, cache, settings.offline, &what, &beside, HeaderMap::new(), limit)?;
        let mut check = fetch::Check::new(hashes);
        check.update(&text.body);
        check.finish(&what, &Shown(&beside).to_string())?;
        Ok(text.body)
    }

    /// A text at an address, such as a requirements file that lies on a server; kept as HTTP's rules allow.
    ///
    /// # Errors
    /// If it cannot be had, or is larger than `limit` bytes.
    pub fn text(&self, what: &str, url: &Url, limit: u64) -> Result<Vec<u8>, IndexError> {
        let Shared { settings, http, cache, .. } = &*self.shared;
        cached::get(http, cache, settings.offline, what, url, HeaderMap::new(), limit).map(|text| text.body)
    }

    /// Opens a file to be read in pieces where it lies.
    ///
    /// # Errors
    /// If it cannot be reached, or its size is not the one promised.
    pub fn open(&self, file: &DistFile) -> Result<RemoteFile, IndexError> {
        remote::open(&self.shared, file, file_url(file)?, remote::Purpose::Members)
    }

    /// Fetches a file whole, up to `limit` bytes, and checks its hashes.
    ///
    /// # Errors
    /// If it cannot be had, is larger, or is not what was promised.
    pub fn fetch(&self, file: &DistFile, limit: u64) -> Result<Fetched, IndexError> {
        let url = file_url(file)?;
        if file.size.is_some_and(|size| size > limit) {
            let (what, url) = (file.filename.clone(), Shown(&url).to_string());
            return Err(IndexError::TooLarge { what, url, limit });
        }
        match settings::local_path(&url) {
            Some(path) => fetch::local(&path, file, limit),
            None => fetch::over_http(&self.shared.http, file, &url, limit),
        }
    }
}

fn file_url(file: &DistFile) -> Result<Url, IndexError> {
    let bad = |why: &str| settings::bad_url(&file.filename, &file.url, why);
    let url = Url::parse(&file.url).map_err(|error| bad(&error.to_string()))?;
    match url.scheme() {
        "https" | "http" | "file" => Ok(url),
        _ => Err(bad("only https:, http: and file: are known")),
    }
}

fn no_metadata(file: &DistFile, url: &Url, why: String) -> IndexError {
    IndexError::NoMetadata { what: file.filename.clone(), url: Shown(url).to_string(), why }
}

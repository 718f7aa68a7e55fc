//! All files of a project, over all indexes and folders that are configured.
//!
//! In: a name. Out: a [`Project`]. Files of several indexes are merged without priority as pip does, and of equal
//! file names the one seen first stays. An index that says it has no such project is passed over; one that fails is
//! an error, because the file that it would have listed might be the right one. Only a 403 from one of several is
//! also passed over, with a warning: object stores say that for what they do not have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use url::Url;

use crate::model::{DistFile, PackageName};

use super::cached::{self, Text};
use super::error::IndexError;
use super::location::Shown;
use super::page::{self, Page};
use super::settings::{bad_url, io_error, local_path};
use super::{Shared, html};

/// What indexes say about one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The name asked for.
    pub name: PackageName,
    /// Its files, in the order of the indexes and then of their pages.
    pub files: Vec<Arc<DistFile>>,
    /// PEP 792, where an index tells: `active`, `archived`, `quarantined`, `deprecated`.
    pub status: Option<String>,
    /// What was left out or strange, in words for the user.
    pub warnings: Vec<String>,
    /// The places that have the project, without credentials, each with how many of `files` it gave. The files of
    /// the first come first.
    pub sources: Vec<(String, usize)>,
}

impl Project {
    /// Where `files[at]` is listed: an index or a place of links, without credentials.
    pub fn source_of(&self, at: usize) -> Option<&str> {
        let mut end = 0;
        self.sources.iter().find_map(|(place, count)| {
            end += count;
            (at < end).then_some(place.as_str())
        })
    }
}

/// Asks everywhere.
pub(super) fn get(shared: &Shared, name: &PackageName) -> Result<Project, IndexError> {
    let settings = &shared.settings;
    let what = format!("the project `{name}`");
    let mut project = Project {
        name: name.clone(),
        files: Vec::new(),
        status: None,
        warnings: Vec::new(),
        sources: Vec::new(),
    };
    let mut asked = Vec::new();
    let mut forbidden = None;
    for index in settings.indexes.iter().filter(|_| !settings.no_index) {
        let place = Shown(index).to_string();
        let url =
            project_url(index, name).ok_or_else(|| bad_url("the index", index.as_str(), "it has no path"))?;
        let read = match local_path(&url) {
            Some(folder) => local_page(&folder, &url, &what),
            None => page(shared, &what, &url),
        };
        match read {
            Ok(page) => project.add(page, &place, true),
            Err(IndexError::NotFound { .. }) => {}
            Err(error @ IndexError::Refused { status: 403, .. }) if settings.indexes.len() > 1 => {
                project.warnings.push(format!("{place} answered HTTP 403 for {what} and was passed over"));
                forbidden = Some(error);
            }
            Err(error) => return Err(error),
        }
        asked.push(place);
    }
    for links in &settings.find_links {
        let mut page = match local_path(links) {
            Some(path) => local_page(&path, links, &what)?,
            None => page(shared, &what, links)?,
        };
        page.files.retain(|file| may_belong_to(&file.filename, name));
        let place = Shown(links).to_string();
        if !page.files.is_empty() {
            project.add(page, &place, false);
        }
        asked.push(place);
    }
    if project.sources.is_empty() {
        return Err(match forbidden {
            Some(error) => error,
            None if asked.is_empty() => {
                IndexError::NotFound { what, place: "no index, since none is configured".to_owned() }
            }
            None => IndexError::NotFound { what, place: asked.join(", ") },
        });
    }
    if let Some(newest) = settings.exclude_newer {
        project.exclude_newer(newest);
    }
    Ok(project)
}

impl Project {
    fn add(&mut self, page: Page, place: &str, own_page: bool) {
        let mut seen: HashMap<&str, Option<&str>> =
            self.files.iter().map(|file| (file.filename.as_str(), file.sha256())).collect();
        let mut others = Vec::new();
        let mut is_new = Vec::with_capacity(page.files.len());
        for file in &page.files {
            match seen.entry(&file.filename) {
                Entry::Vacant(free) => {
                    free.insert(file.sha256());
                    is_new.push(true);
                }
                Entry::Occupied(earlier) => {
                    let (ours, theirs) = (earlier.get(), file.sha256());
                    if ours.is_some() && theirs.is_some() && *ours != theirs {
                        others.push(format!(
                            "{} is another file at {place} than at the index before it; the earlier one counts",
                            file.filename
                        ));
                    }
                    is_new.push(false);
                }
            }
        }
        drop(seen);
        self.warnings.append(&mut others);
        let before = self.files.len();
        self.files.extend(page.files.into_iter().zip(is_new).filter_map(|(file, new)| new.then_some(file)));
        let count = self.files.len().saturating_sub(before);
        self.sources.push((place.to_owned(), count));
        if own_page {
            self.status = self.status.take().or(page.status);
        }
        self.warnings.extend(page.warnings.into_iter().map(|warning| format!("{place}: {warning}")));
    }

    /// Leaves out what was uploaded later; a file whose time is unknown may have been.
    fn exclude_newer(&mut self, newest: jiff::Timestamp) {
        let mut unknown = 0;
        let mut kept = Vec::with_capacity(self.files.len());
        let files = std::mem::take(&mut self.files).into_iter();
        let mut files = files.enumerate().peekable();
        let mut end = 0;
        for (_, count) in &mut self.sources {
            end += *count;
            *count = 0;
            while let Some((_, file)) = files.next_if(|(at, _)| *at < end) {
                match file.upload_time.as_deref().map(str::parse::<jiff::Timestamp>) {
                    Some(Ok(time)) if time <= newest => {
                        kept.push(file);
                        *count += 1;
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => unknown += 1,
                }
            }
        }
        self.files = kept;
        if unknown > 0 {
            self.warnings.push(format!(
                "{unknown} files of {} have no upload time and were left out, since only files up to {newest} were asked for",
                self.name
            ));
        }
    }
}

/// `<index>/<name>/`, whatever the index ends in.
fn project_url(index: &Url, name: &PackageName) -> Option<Url> {
    let mut url = index.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push(name.as_str()).push("");
    Some(url)
}

fn page(shared: &Shared, what: &str, url: &Url) -> Result<Page, IndexError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(page::ACCEPT));
    let settings = &shared.settings;
    let text =
        cached::get(&shared.http, &shared.cache, settings.offline, what, url, headers, settings.max_page)?;
    let _place = shared.pages.enter();
    page::read(&text).map_err(|why| not_a_page(what, &text.url, why))
}

fn not_a_page(what: &str, url: &Url, why: String) -> IndexError {
    IndexError::NotAPage { what: what.to_owned(), url: Shown(url).to_string(), why }
}

/// A folder with an `index.html`, a folder of files, or an HTML file.
fn local_page(path: &Path, url: &Url, what: &str) -> Result<Page, IndexError> {
    let (path, url) = match path.join("index.html") {
        page if page.is_file() => (page, url.join("index.html").unwrap_or_else(|_| url.clone())),
        _ if path.is_dir() => return folder(path),
        _ => (path.to_owned(), url.clone()),
    };
    match fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(IndexError::NotFound { what: what.to_owned(), place: path.display().to_string() })
        }
        Err(error) => Err(io_error(&path, &error)),
        Ok(meta) if meta.len() > MAX_LOCAL_PAGE => Err(IndexError::TooLarge {
            what: what.to_owned(),
            url: path.display().to_string(),
            limit: MAX_LOCAL_PAGE,
        }),
        Ok(_) => {
            let body = fs::read(&path).map_err(|error| io_error(&path, &error))?;
            let text = Text { body, content_type: "text/html".to_owned(), url: url.clone() };
            page::read(&text).map_err(|why| not_a_page(what, &url, why))
        }
    }
}

const MAX_LOCAL_PAGE: u64 = 64 << 20;

/// Lists the wheels and sdists of a folder, by name so that two runs agree.
fn folder(path: &Path) -> Result<Page, IndexError> {
    let path = std::path::absolute(path).map_err(|error| io_error(path, &error))?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&path).map_err(|error| io_error(&path, &error))?.flatten() {
        let Ok(filename) = entry.file_name().into_string() else { continue };
        let (Ok(url), true) = (Url::from_file_path(entry.path()), html::is_dist_file(&filename)) else {
            continue;
        };
        files.push(Arc::new(DistFile {
            filename,
            url: url.into(),
            hashes: Default::default(),
            requires_python: None,
            yanked: None,
            size: None,
            upload_time: None,
            core_metadata: None,
        }));
    }
    files.sort_by(|a, b| a.filename.cmp(&b.filename));
    Ok(Page { files, ..Page::default() })
}

/// Whether a file in a place of many projects may be one of `name`: the part before some `-` is the name, and what
/// follows begins a version. Whoever selects files looks closer.
fn may_belong_to(filename: &str, name: &PackageName) -> bool {
    let is_name = |text: &str| PackageName::new(text).is_ok_and(|found| found == *name);
    if filename.ends_with(".whl") {
        return filename.split_once('-').is_some_and(|(first, _)| is_name(first));
    }
    filename.match_indices('-').any(|(at, _)| {
        let (before, after) = (filename.get(..at), filename.get(at + 1..));
        before.is_some_and(is_name)
            && after
                .is_some_and(|rest| rest.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PackageName {
        PackageName::new(text).expect(text)
    }

    #[test]
    fn an_index_may_or_may_not_end_in_a_slash() {
        for index in ["https://x.example/simple", "https://x.example/simple/"] {
            let url = project_url(&Url::parse(index).expect(index), &name("Zope.Interface")).expect("a URL");
            assert_eq!(url.as_str(), "https://x.example/simple/zope-interface/");
        }
    }

    #[test]
    fn files_of_other_projects_in_a_shared_folder_are_not_taken() {
        let ours = name("foo-bar");
        for file in [
            "foo_bar-1.0-py3-none-any.whl",
            "Foo.Bar-1.0-py3-none-any.whl",
            "foo-bar-1.0.tar.gz",
            "foo_bar-v2.zip",
        ] {
            assert!(may_belong_to(file, &ours), "{file}");
        }
        for file in
            ["foo-1.0-py3-none-any.whl", "foo_bar_baz-1.0.tar.gz", "foo-bar-baz-1.0.tar.gz", "foo_bar.tar.gz"]
        {
            assert!(!may_belong_to(file, &ours), "{file}");
        }
    }
}

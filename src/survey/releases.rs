//! What the index's own list of files tells of a project's past: what was shipped when.
//!
//! In: the files of a page. Out: dates of firsts, from which curves over years are drawn without opening a single old
//! file. A name and a date prove no more than that a wheel of this name was there: what is in it is another question.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::DistFile;
use crate::pipeline::Proven;
use crate::select::{self, WheelName};

/// Most wheels of a release that are named; the largest releases of today have some two hundred.
const MAX_WHEELS: usize = 1000;

/// The past of a project as its index tells it. Times are those of the uploads, in UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Releases {
    /// How many files the project has.
    pub files: u64,
    /// Day of the first upload.
    pub first: Option<String>,
    /// Day of the first wheel that was compiled for some interpreter.
    pub compiled_since: Option<String>,
    /// The first wheel for each free-threaded ABI: `cp313t`, `cp314t`, `abi3t`.
    pub free_threaded: BTreeMap<String, FirstWheel>,
    /// Since when its wheels keep the GIL off, by a look into few old ones; null where it has no free-threaded wheel,
    /// or that was not asked for.
    #[serde(default)]
    pub proven: Option<Proven>,
    /// The releases that were judged, in the order of their versions' text.
    pub judged: Vec<Shipped>,
}

/// The first wheel of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FirstWheel {
    /// Day of its upload.
    pub day: String,
    /// The release's version.
    pub version: String,
    /// Its name.
    pub filename: String,
}

/// What a release consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipped {
    /// Its version.
    pub version: String,
    /// Day of its first upload.
    pub day: Option<String>,
    /// Names of its wheels, sorted.
    pub wheels: Vec<String>,
    /// Name of its sdist.
    pub sdist: Option<String>,
}

impl Releases {
    /// Reads a project's files. `judged` are the versions that were looked at.
    pub fn of(files: &[Arc<DistFile>], judged: &[&str]) -> Self {
        let mut all = Self { files: files.len() as u64, ..Self::default() };
        let mut releases: BTreeMap<&str, Shipped> = BTreeMap::new();
        for file in files {
            let day = day(file);
            earlier(&mut all.first, day.as_ref());
            let Some((_, version)) = select::guess(&file.filename) else { continue };
            let version = version.to_string();
            let wheel: Option<WheelName> = file.filename.parse().ok();
            if let Some(wheel) = &wheel {
                if wheel.has_abi() {
                    earlier(&mut all.compiled_since, day.as_ref());
                }
                if let Some(day) = &day {
                    all.first_wheels(wheel, file, day, &version);
                }
            }
            if let Some(name) = judged.iter().find(|name| **name == version) {
                let shipped = releases.entry(name).or_insert_with(|| Shipped {
                    version: version.clone(),
                    day: None,
                    wheels: Vec::new(),
                    sdist: None,
                });
                earlier(&mut shipped.day, day.as_ref());
                match wheel {
                    Some(_) if shipped.wheels.len() < MAX_WHEELS => {
                        shipped.wheels.push(file.filename.clone());
                    }
                    Some(_) => {}
                    None => shipped.sdist = Some(file.filename.clone()),
                }
            }
        }
        all.judged = releases.into_values().collect();
        for shipped in &mut all.judged {
            shipped.wheels.sort();
            shipped.wheels.dedup();
        }
        all
    }

    fn first_wheels(&mut self, wheel: &WheelName, file: &DistFile, day: &str, version: &str) {
        if !wheel.is_for_free_threaded() {
            return;
        }
        let found =
            FirstWheel { day: day.to_owned(), version: version.to_owned(), filename: file.filename.clone() };
        for abi in free_threaded_abis(wheel) {
            match self.free_threaded.get_mut(&abi) {
                Some(first) if *first <= found => {}
                Some(first) => *first = found.clone(),
                None => drop(self.free_threaded.insert(abi, found.clone())),
            }
        }
    }

    /// Day of the first wheel that is known to keep the GIL off.
    pub fn proven_since(&self) -> Option<&str> {
        Some(self.proven.as_ref()?.first.as_ref()?.day.as_str())
    }

    /// Day of the first wheel for any free-threaded interpreter.
    pub fn free_threaded_since(&self) -> Option<&str> {
        self.free_threaded.values().map(|first| first.day.as_str()).min()
    }
}

/// The free-threaded ABIs that a wheel's name has: those that end with `t`.
fn free_threaded_abis(wheel: &WheelName) -> Vec<String> {
    let mut abis: Vec<String> =
        wheel.tags().map(|tag| tag.abi).filter(|abi| abi.ends_with('t') && abi.len() <= 10).collect();
    abis.sort();
    abis.dedup();
    abis
}

fn earlier(known: &mut Option<String>, found: Option<&String>) {
    if let Some(found) = found
        && known.as_ref().is_none_or(|known| found < known)
    {
        *known = Some(found.clone());
    }
}

/// The day of an upload, if the index tells one that is a time.
fn day(file: &DistFile) -> Option<String> {
    let time: jiff::Timestamp = file.upload_time.as_ref()?.parse().ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(filename: &str, time: &str) -> Arc<DistFile> {
        Arc::new(DistFile {
            filename: filename.into(),
            url: String::new(),
            hashes: crate::model::Hashes::new(),
            requires_python: None,
            yanked: None,
            size: None,
            upload_time: Some(time.into()),
            core_metadata: None,
        })
    }

    #[test]
    fn firsts_are_told_by_the_times_of_upload_and_not_by_versions() {
        let files = [
            file("a-2.0-cp314-cp314t-win_amd64.whl", "2025-11-03T00:00:00Z"),
            file("a-1.9-cp314-cp314t-win_amd64.whl", "2025-11-04T00:00:00Z"),
            file("a-2.0-cp313-cp313t-win_amd64.whl", "2025-02-01T23:30:00-02:00"),
            file("a-1.0-cp27-cp27m-win_amd64.whl", "2012-01-01T00:00:00Z"),
            file("a-0.1.tar.gz", "2010-01-01T00:00:00Z"),
            file("a-2.0.tar.gz", "soon"),
            file("a-2.0-cp315-abi3.abi3t-win_amd64.whl", "2026-10-10T00:00:00Z"),
        ];
        let all = Releases::of(&files, &["2.0"]);
        assert_eq!((all.files, all.first.as_deref()), (7, Some("2010-01-01")));
        assert_eq!(all.compiled_since.as_deref(), Some("2012-01-01"));
        let first = &all.free_threaded["cp314t"];
        assert_eq!((first.day.as_str(), first.version.as_str()), ("2025-11-03", "2.0"));
        assert_eq!(all.free_threaded["cp313t"].day, "2025-02-02", "in UTC");
        assert_eq!(all.free_threaded["abi3t"].day, "2026-10-10");
        assert!(!all.free_threaded.contains_key("abi3"));
        assert_eq!(all.free_threaded_since(), Some("2025-02-02"));
        assert_eq!(all.judged.len(), 1);
        assert_eq!((all.judged[0].wheels.len(), all.judged[0].sdist.as_deref()), (3, Some("a-2.0.tar.gz")));
    }

    #[test]
    fn the_order_of_the_page_changes_nothing() {
        let mut files = vec![
            file("a-1.0-cp314-cp314t-win_amd64.whl", "2025-11-03T00:00:00Z"),
            file("a-1.0-cp314-cp314t-win_arm64.whl", "2025-11-03T00:00:01Z"),
        ];
        let one = Releases::of(&files, &["1.0"]);
        files.reverse();
        assert_eq!(one, Releases::of(&files, &["1.0"]));
    }
}

//! The cache: HTTP bodies and facts by key, in a folder or a bucket, shared by processes, never torn.
//!
//! In: a layer, a key (any text) and bytes. Out: the same bytes, or nothing. In a folder an entry is written to a
//! temporary file and renamed into place, so readers see all of it or none; and it carries its own length,
//! the digest of its key and the digest of its content, so that one torn by a crash of the machine, cut short by a
//! full disk, moved or edited by hand is a miss and never a wrong answer. There are no locks: two processes that
//! write one key write the same thing twice, and the last rename wins. In a [`Bucket`] what is named by its content is
//! written once and never over, and a damaged object is taken away, so that the next who has it puts it there again.
//!
//! Nothing here fails: a cache that cannot be read or written only makes the next run slower. Troubles are counted
//! and the first is kept for the user to be told ([`Cache::trouble`]).

#[cfg(feature = "s3")]
mod bucket;
#[cfg(not(feature = "s3"))]
#[path = "no_bucket.rs"]
mod bucket;
mod entry;
mod object;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

pub use bucket::Bucket;
pub use object::{BucketError, Listed, Put};

/// The version of the layout. Part of the path, so that an older and a newer program share the folder in peace.
const FORMAT: &str = "v1";

/// Temporary files older than this were left by a killed process.
const ABANDONED: Duration = Duration::from_hours(24);

/// No entry above this is read back: a folder of somebody else's making must not exhaust memory.
const MAX_ENTRY: u64 = 256 << 20;

/// The kinds of entries, each in its own folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Responses of an index with what RFC 9111 needs to use them again.
    Http,
    /// METADATA read out of wheels of known sha256.
    Metadata,
    /// What was observed in artifacts of known sha256 by a known version of the rules.
    Facts,
    /// Sdists of known sha256 as they were fetched, for when other rules have to read them again.
    Sdists,
}

impl Layer {
    fn folder(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Metadata => "metadata",
            Self::Facts => "facts",
            Self::Sdists => "sdists",
        }
    }
}

/// Where entries lie.
#[derive(Debug)]
enum Kept {
    Nowhere,
    /// The folder of this format's version.
    Folder(PathBuf),
    Bucket(Arc<Bucket>),
}

/// A cache. Cheap to ask from many threads at once.
#[derive(Debug)]
pub struct Cache {
    kept: Kept,
    hits: AtomicU64,
    misses: AtomicU64,
    troubles: AtomicU64,
    first_trouble: Mutex<Option<String>>,
}

impl Cache {
    /// A cache in `dir`, which is made when the first entry is written. Files that killed processes left behind
    /// are removed.
    pub fn open(dir: &Path) -> Self {
        let root = dir.join(FORMAT);
        let cache = Self::kept(Kept::Folder(root.clone()));
        remove_abandoned(&root.join("tmp"), SystemTime::now());
        cache
    }

    /// A cache that keeps nothing.
    pub fn disabled() -> Self {
        Self::kept(Kept::Nowhere)
    }

    /// A cache in a bucket, below `cache/`.
    pub fn in_bucket(bucket: Arc<Bucket>) -> Self {
        Self::kept(Kept::Bucket(bucket))
    }

    /// Where the cache lies unless told otherwise: `ungil` in the platform's cache folder, by the XDG rules
    /// (`$XDG_CACHE_HOME`, else `~/.cache`) on Linux and macOS. `None` without a home.
    pub fn default_dir() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("ungil"))
    }

    fn kept(kept: Kept) -> Self {
        Self {
            kept,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            troubles: AtomicU64::new(0),
            first_trouble: Mutex::new(None),
        }
    }

    /// What was kept under `key` in the facts layer. The key names the artifact's sha256 and the version of tool
    /// and rules.
    pub fn get_facts(&self, key: &str) -> Option<Vec<u8>> {
        self.get(Layer::Facts, key)
    }

    /// Keeps `value` under `key` in the facts layer.
    pub fn put_facts(&self, key: &str, value: &[u8]) {
        self.put(Layer::Facts, key, &[value]);
    }

    /// What was kept under `key`, whole and as it was written, or nothing.
    pub fn get(&self, layer: Layer, key: &str) -> Option<Vec<u8>> {
        let name = name(layer, key);
        let found = match &self.kept {
            Kept::Nowhere => return None,
            Kept::Folder(root) => {
                let path = root.join(&name);
                match read_bounded(&path) {
                    Ok(bytes) => Some(self.opened(bytes, key, &path.display().to_string())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    Err(error) => {
                        self.report(&format!("{} cannot be read: {error}", path.display()));
                        None
                    }
                }
            }
            Kept::Bucket(bucket) => match bucket.get(&object(&name), MAX_ENTRY) {
                Ok(found) => found.map(|bytes| {
                    let content = self.opened(bytes, key, &format!("{}/{}", bucket.address(), object(&name)));
                    if content.is_none() {
                        // Else the next who has it could not put it there. Should it have been mended in between, that
                        // is a miss and no more.
                        let _ = bucket.delete(&object(&name));
                    }
                    content
                }),
                Err(error) => {
                    self.report(&error.to_string());
                    None
                }
            },
        };
        let found = found.flatten();
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn opened(&self, bytes: Vec<u8>, key: &str, place: &str) -> Option<Vec<u8>> {
        let content = entry::open(bytes, key);
        if content.is_none() {
            self.report(&format!("{place} is damaged and is not used"));
        }
        content
    }

    /// Keeps the concatenation of `parts` under `key`.
    pub fn put(&self, layer: Layer, key: &str, parts: &[&[u8]]) {
        let name = name(layer, key);
        match &self.kept {
            Kept::Nowhere => {}
            Kept::Folder(root) => {
                let path = root.join(name);
                if let Err(error) = write(root, &path, key, parts) {
                    self.report(&format!("{} cannot be written: {error}", path.display()));
                }
            }
            Kept::Bucket(bucket) => {
                let bytes = [&[entry::header(key, parts).as_slice()], parts].concat().concat();
                // What was seen in a file is so for ever; pages change.
                let put = if layer == Layer::Http { Put::Over } else { Put::New };
                if let Err(error) = bucket.put(&object(&name), bytes, put) {
                    self.report(&error.to_string());
                }
            }
        }
    }

    fn report(&self, what: &str) {
        self.troubles.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut first) = self.first_trouble.lock() {
            first.get_or_insert_with(|| format!("cache entry {what}"));
        }
    }

    /// How often something was found, and how often not.
    pub fn hits_and_misses(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }

    /// How many entries could not be read or written, and the first of these troubles in words.
    pub fn trouble(&self) -> Option<(u64, String)> {
        let first = self.first_trouble.lock().ok()?.clone()?;
        Some((self.troubles.load(Ordering::Relaxed), first))
    }
}

/// Two levels, so that no folder holds very many entries.
fn name(layer: Layer, key: &str) -> String {
    let name = hex(&Sha256::digest(key.as_bytes()));
    let (first, rest) = name.split_at(2);
    format!("{}/{first}/{rest}", layer.folder())
}

/// The same in a bucket, beside what else is in it.
fn object(name: &str) -> String {
    format!("cache/{FORMAT}/{name}")
}

fn write(root: &Path, path: &Path, key: &str, parts: &[&[u8]]) -> io::Result<()> {
    let tmp = root.join("tmp");
    if !tmp.is_dir() {
        make_private_dir(&tmp)?;
        mark_as_cache(root);
    }
    if let Some(folder) = path.parent() {
        make_private_dir(folder)?;
    }
    let mut file = tempfile::Builder::new().prefix("entry-").tempfile_in(&tmp)?;
    file.write_all(&entry::header(key, parts))?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let size = fs::metadata(path)?.len();
    if size > MAX_ENTRY {
        return Err(io::Error::other("larger than any entry of ours"));
    }
    fs::read(path)
}

/// Pages of private indexes are nobody else's business, so folders are for their owner alone.
fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Tells backup programs that nothing here is worth keeping (bford.info/cachedir). Only a courtesy, so trouble
/// with it is no trouble.
fn mark_as_cache(root: &Path) {
    let tag = root.join("CACHEDIR.TAG");
    if !tag.exists() {
        let _ = fs::write(
            tag,
            "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of ungil; safe to delete.\n",
        );
    }
}

fn remove_abandoned(tmp: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(tmp) else { return };
    for entry in entries.flatten() {
        let age =
            entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|t| now.duration_since(t).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry_files(dir: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut todo = vec![dir.to_path_buf()];
        while let Some(dir) = todo.pop() {
            for entry in fs::read_dir(dir).expect("readable").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    todo.push(path);
                } else if path.file_name().is_some_and(|name| name != "CACHEDIR.TAG") {
                    found.push(path);
                }
            }
        }
        found
    }

    #[test]
    fn what_was_put_comes_back_also_to_another_process() {
        let dir = tempfile::tempdir().expect("a folder");
        let one = Cache::open(dir.path());
        assert_eq!(one.get_facts("k"), None);
        one.put_facts("k", b"value");
        one.put(Layer::Http, "k", &[b"a", b"", b"bc"]);
        let other = Cache::open(dir.path());
        assert_eq!(other.get_facts("k").as_deref(), Some(&b"value"[..]));
        assert_eq!(other.get(Layer::Http, "k").as_deref(), Some(&b"abc"[..]), "layers do not mix");
        assert_eq!(other.trouble(), None);
    }

    /// Every single byte matters: a flipped or missing one must never come out as an answer.
    #[test]
    fn a_damaged_entry_is_a_miss_wherever_the_damage_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(dir.path());
        cache.put_facts("k", b"some facts");
        let path = entry_files(dir.path()).pop().expect("one entry");
        let whole = fs::read(&path).expect("readable");
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).expect("writable");
            assert_eq!(cache.get_facts("k"), None, "byte {at} flipped");
            fs::write(&path, &whole[..at]).expect("writable");
            assert_eq!(cache.get_facts("k"), None, "cut at {at}");
        }
        fs::write(&path, [&whole[..], b"x"].concat()).expect("writable");
        assert_eq!(cache.get_facts("k"), None, "a byte too many");
        assert!(cache.trouble().is_some());
        cache.put_facts("k", b"again");
        assert_eq!(cache.get_facts("k").as_deref(), Some(&b"again"[..]), "and it heals");
    }

    #[test]
    fn an_entry_moved_to_another_keys_place_is_a_miss() {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(dir.path());
        cache.put_facts("one", b"1");
        let one = entry_files(dir.path()).pop().expect("one entry");
        cache.put_facts("two", b"2");
        let two = entry_files(dir.path()).into_iter().find(|path| *path != one).expect("the other");
        fs::copy(&one, &two).expect("copied");
        assert_eq!(cache.get_facts("two"), None);
        assert_eq!(cache.get_facts("one").as_deref(), Some(&b"1"[..]));
    }

    /// A process killed while writing leaves a temporary file: no reader sees it, and it goes away in time.
    #[test]
    fn what_a_killed_writer_left_is_never_read_and_is_removed_a_day_later() {
        let dir = tempfile::tempdir().expect("a folder");
        Cache::open(dir.path()).put_facts("k", b"v");
        let tmp = dir.path().join(FORMAT).join("tmp");
        fs::write(tmp.join("entry-dead"), b"half an ent").expect("writable");
        let cache = Cache::open(dir.path());
        assert_eq!(cache.get_facts("k").as_deref(), Some(&b"v"[..]));
        assert!(tmp.join("entry-dead").exists(), "young: its writer may still be alive");
        remove_abandoned(&tmp, SystemTime::now() + Duration::from_hours(25));
        assert!(!tmp.join("entry-dead").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_used_costs_only_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("not-a-folder");
        fs::write(&file, b"").expect("writable");
        let cache = Cache::open(&file);
        cache.put_facts("k", b"v");
        assert_eq!(cache.get_facts("k"), None);
        assert!(cache.trouble().is_some());
        let none = Cache::disabled();
        none.put_facts("k", b"v");
        assert_eq!(none.get_facts("k"), None);
        assert_eq!(none.trouble(), None);
    }

    #[test]
    fn many_threads_writing_and_reading_one_key_see_only_whole_values() {
        let dir = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for n in 0..8_u8 {
                let dir = dir.path();
                scope.spawn(move || {
                    let cache = Cache::open(dir);
                    for _ in 0..50 {
                        cache.put_facts("k", &vec![n; 5000]);
                        let got = cache.get_facts("k").expect("always there");
                        assert!(got.len() == 5000 && got.iter().all(|b| *b == got[0]));
                    }
                    assert_eq!(cache.trouble(), None);
                });
            }
        });
    }
}

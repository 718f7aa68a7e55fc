//! Reads one artifact: a wheel by ranges or whole, an sdist in one stream, a folder, a single extension file.
//!
//! A file goes in; what was seen in it comes out, always: trouble on the way is a gap that names it. What was seen
//! knows no target, so it is kept by the file's sha256 and the version of what looks (of rules as well, for sources), and
//! another target or other weights judge again without reading. What was read by ranges is only the server's word for those
//! bytes, so it is kept under the server's name as well. Where a run is to be repeated under other rules, sdists are kept as
//! they came.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use super::Bench;
use crate::index::{Fetched, IndexError, RemoteFile, shown};
use crate::input::Hash;
use crate::model::{DistFile, Gap, Hides, Member, MemberPath, Observed};
use crate::packaging;
use crate::scan::{self, Seen};
use crate::select;
use crate::source::beside::Beside;
use crate::store::Layer;
use crate::unpack::{self, Opened, Place, Wheel};

/// The largest file that is fetched whole.
pub(super) const MAX_WHOLE: u64 = 2 << 30;

/// Larger sdists are not kept: they would be read back whole.
const MAX_KEPT: u64 = 32 << 20;

/// Where more than this share of a wheel is wanted, all of it is fetched: one request, and its hash can be checked.
const MOST_BY_RANGES: f64 = 0.8;

/// Wheels of which no more than this is wanted are fetched before a place to inflate them is waited for.
const FETCHED_AHEAD: u64 = 4 << 20;

/// What one request fetches ahead of reading.
const CHUNK: u64 = 6 << 20;

/// What was read.
#[derive(Debug)]
pub(super) struct Reading {
    /// What was seen.
    pub seen: Observed,
    /// The sha256 of the file, by its bytes or by the index's word.
    pub sha256: Option<String>,
    /// Why the file could not be had at all, if so; `seen` has a gap that says so too.
    pub trouble: Option<IndexError>,
}

impl Reading {
    fn failed(file: &DistFile, error: &IndexError) -> Self {
        let mut seen = Observed::default();
        seen.gaps.push(Gap::new("", Hides::Claims, error.to_string()));
        seen.name_artifact(&file.filename);
        Self { seen, sha256: None, trouble: Some(error.clone()) }
    }
}

/// Which kind of artifact, and so which members matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Wheel,
    Sdist,
    Module,
}

impl Kind {
    fn wants(self) -> fn(&MemberPath) -> bool {
        match self {
            Self::Wheel => scan::wheel_wants,
            Self::Sdist => scan::source_wants,
            Self::Module => |_| true,
        }
    }
}

impl Bench<'_> {
    /// Reads a wheel. `hashes` are those one of which the file must have; empty if none were asked for.
    pub fn wheel(&self, file: &DistFile, hashes: &[Hash]) -> Reading {
        match self.try_wheel(file, hashes) {
            Ok(reading) => reading,
            Err(error) => Reading::failed(file, &error),
        }
    }

    fn try_wheel(&self, file: &DistFile, hashes: &[Hash]) -> Result<Reading, IndexError> {
        let promised = promised_among(file, hashes);
        if promised == Some(false) {
            return Err(wrong_hash(file, hashes, file.sha256().unwrap_or("none that was asked for")));
        }
        // A local file is hashed in less time than it takes to think about ranges.
        if promised == Some(true) || hashes.is_empty() && !file.url.starts_with("file:") {
            if let Some(seen) = self.kept(Kind::Wheel, file, Some(&file.url)) {
                return Ok(Reading { seen, sha256: file.sha256().map(str::to_owned), trouble: None });
            }
            if let Some(seen) = self.kept(Kind::Wheel, file, None) {
                return Ok(Reading { seen, sha256: file.sha256().map(str::to_owned), trouble: None });
            }
            if let Some(reading) = self.by_ranges(file)? {
                return Ok(reading);
            }
        }
        if let Some(reading) = self.known_by_hash(Kind::Wheel, file, hashes) {
            return Ok(reading);
        }
        self.whole(Kind::Wheel, file, hashes)
    }

    /// What was seen earlier in bytes that had a hash asked for. A local file may have become another since.
    fn known_by_hash(&self, kind: Kind, file: &DistFile, hashes: &[Hash]) -> Option<Reading> {
        if file.url.starts_with("file:") {
            return None;
        }
        hashes_of(hashes, "sha256").find_map(|hash| {
            let seen = self.recall(kind, &file.filename, &hash.value, None)?;
            Some(Reading { seen, sha256: Some(hash.value.clone()), trouble: None })
        })
    }

    /// Reads a wheel by ranges, or nothing if it is better fetched whole.
    fn by_ranges(&self, file: &DistFile) -> Result<Option<Reading>, IndexError> {
        let mut remote = self.index.open(file)?;
        let wheel = match Wheel::open(&mut remote, &self.plan.limits) {
            Ok(wheel) => wheel,
            Err(gap) => return self.unreadable(file, &remote, gap).map(Some),
        };
        let wants = Kind::Wheel.wants();
        let spans = wheel.spans(&wants);
        let wanted: u64 = spans.iter().map(|span| span.end.saturating_sub(span.start)).sum();
        if remote.sha256().is_none() && share(wanted, remote.size()) > MOST_BY_RANGES {
            return Ok(None);
        }
        if wanted <= FETCHED_AHEAD {
            for span in &spans {
                remote.prefetch(span.clone())?;
            }
        }
        let place = self.room.archive();
        let mut planned = Planned { remote, spans, position: 0, ahead: 0..0 };
        let seen = self.scanned(file, |entry| self.members(wheel, &mut planned, entry));
        drop(place);
        let remote = planned.remote;
        if let Some(error) = remote.trouble() {
            // Some members may have been read before; what they say is still true.
            let mut seen = seen;
            seen.gaps.push(Gap::new("", Hides::Claims, error.to_string()));
            seen.name_artifact(&file.filename);
            seen.sort();
            return Ok(Some(Reading {
                seen,
                sha256: file.sha256().map(str::to_owned),
                trouble: Some(error.clone()),
            }));
        }
        let whole = remote.sha256().map(str::to_owned);
        match &whole {
            Some(sha256) => self.keep(Kind::Wheel, &file.filename, sha256, None, &seen),
            None => {
                if let Some(sha256) = file.sha256() {
                    self.keep(Kind::Wheel, &file.filename, sha256, Some(&file.url), &seen);
                }
            }
        }
        Ok(Some(Reading { seen, sha256: whole.or(file.sha256().map(str::to_owned)), trouble: None }))
    }

    /// An archive without a readable directory: broken, or its server failed while it was read.
    fn unreadable(&self, file: &DistFile, remote: &RemoteFile, gap: Gap) -> Result<Reading, IndexError> {
        if let Some(error) = remote.trouble() {
            return Err(error.clone());
        }
        let mut seen = Observed { gaps: vec![gap], ..Observed::default() };
        seen.name_artifact(&file.filename);
        let sha256 = remote.sha256().or(file.sha256()).map(str::to_owned);
        Ok(Reading { seen, sha256, trouble: None })
    }

    /// Reads an sdist, in one stream. `hashes` as for [`Bench::wheel`].
    pub fn sdist(&self, file: &DistFile, hashes: &[Hash]) -> Reading {
        self.fetched(Kind::Sdist, file, hashes)
    }

    /// Reads a file that is one extension module and no archive.
    pub fn module(&self, file: &DistFile) -> Reading {
        self.fetched(Kind::Module, file, &[])
    }

    fn fetched(&self, kind: Kind, file: &DistFile, hashes: &[Hash]) -> Reading {
        if hashes.is_empty()
            && let Some(seen) = self.kept(kind, file, None)
        {
            return Reading { seen, sha256: file.sha256().map(str::to_owned), trouble: None };
        }
        if let Some(reading) = self.known_by_hash(kind, file, hashes) {
            return reading;
        }
        match self.whole(kind, file, hashes) {
            Ok(reading) => reading,
            Err(error) => Reading::failed(file, &error),
        }
    }

    /// Fetches a file whole, checks what was promised of it, and reads it.
    fn whole(&self, kind: Kind, file: &DistFile, hashes: &[Hash]) -> Result<Reading, IndexError> {
        let mut asked = file.clone();
        for hash in hashes.iter().filter(|hash| hashes_of(hashes, &hash.algorithm).count() == 1) {
            if asked.hashes.get(&hash.algorithm).is_none() {
                asked.hashes.insert(&hash.algorithm, &hash.value);
            }
        }
        let mut fetched = match self.kept_sdist(kind, file, hashes) {
            Some(bytes) => Source::Kept(Cursor::new(bytes)),
            None => Source::Fetched(self.index.fetch(&asked, MAX_WHOLE)?),
        };
        let sha256 = match &fetched {
            Source::Fetched(fetched) => fetched.sha256().to_owned(),
            Source::Kept(_) => file.sha256().unwrap_or_default().to_ascii_lowercase(),
        };
        if hashes_of(hashes, "sha256").next().is_some()
            && hashes_of(hashes, "sha256").all(|hash| hash.value != sha256)
        {
            return Err(wrong_hash(file, hashes, &sha256));
        }
        if let Some(seen) = self.recall(kind, &file.filename, &sha256, None) {
            return Ok(Reading { seen, sha256: Some(sha256), trouble: None });
        }
        let place = self.room.archive();
        let wants = kind.wants();
        let limits = &self.plan.limits;
        let seen = match kind {
            Kind::Wheel => self.scanned(file, |entry| match Wheel::open(&mut fetched, limits) {
                Ok(wheel) => self.members(wheel, &mut fetched, entry),
                Err(gap) => Opened { gaps: vec![gap], ..Opened::default() },
            }),
            Kind::Sdist if file.filename.to_ascii_lowercase().ends_with(".zip") => {
                self.scanned(file, |entry| {
                    unpack::zip_sdist(&mut fetched, limits, &wants, &mut |path, bytes| {
                        entry.take(path, bytes)
                    })
                })
            }
            Kind::Sdist => self.scanned(file, |entry| {
                unpack::sdist(&mut fetched, limits, &wants, &mut |path, bytes| entry.take(path, bytes))
            }),
            Kind::Module => self.scanned(file, |entry| {
                single(&mut fetched, &file.filename, limits, &mut |path, bytes| entry.take(path, bytes))
            }),
        };
        if kind == Kind::Sdist {
            self.keep_sdist(&mut fetched, &sha256);
        }
        drop(place);
        self.keep(kind, &file.filename, &sha256, None, &seen);
        Ok(Reading { seen, sha256: Some(sha256), trouble: None })
    }

    /// An sdist that was kept, if the index promises the same bytes. What a user demands of it besides is checked when
    /// it is fetched.
    fn kept_sdist(&self, kind: Kind, file: &DistFile, hashes: &[Hash]) -> Option<Vec<u8>> {
        if kind != Kind::Sdist || !self.plan.keep_sdists || !hashes.is_empty() {
            return None;
        }
        self.index.cache().get(Layer::Sdists, &file.sha256()?.to_ascii_lowercase())
    }

    /// Keeps an sdist as it came. Where that fails, the next who needs it asks the index.
    fn keep_sdist(&self, source: &mut Source, sha256: &str) {
        let Source::Fetched(fetched) = source else { return };
        let size = fetched.size();
        if !self.plan.keep_sdists || size > MAX_KEPT || fetched.seek(SeekFrom::Start(0)).is_err() {
            return;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        if fetched.take(size).read_to_end(&mut bytes).is_ok_and(|read| read as u64 == size) {
            self.index.cache().put(Layer::Sdists, sha256, &[&bytes]);
        }
    }

    /// Reads a folder: sources and extension files below it. A single file is read like a folder of one.
    ///
    /// # Errors
    /// If it is no folder that can be read.
    pub fn tree(&self, root: &Path, title: &str) -> Result<Observed, unpack::TreeError> {
        let limits = &self.plan.limits;
        let (files, gaps) = match unpack::place(root)? {
            Place::Folder(_) => unpack::tree(root, limits)?,
            Place::File => unpack::one(root)?,
        };
        let wanted: Vec<_> = files.into_iter().filter(|file| scan::source_wants(&file.path)).collect();
        let project = packaging::project_name(|name| {
            wanted.iter().find(|file| file.path.as_str() == name)?.read(limits).ok()
        });
        Ok(Bench { project: project.as_ref(), ..*self }.scanned_as(title, |entry| {
            let mut opened = Opened { gaps, complete: true, ..Opened::default() };
            for file in wanted {
                match file.read(limits) {
                    Ok(bytes) => entry.take(file.path, bytes),
                    Err(gap) => opened.gaps.push(gap),
                }
            }
            opened
        }))
    }

    /// Reads the wanted members of a wheel. Its directory tells their sizes, so room is taken before they are inflated.
    fn members<R: Read + Seek>(&self, wheel: Wheel, reader: &mut R, entry: &Entry<'_, '_>) -> Opened {
        let sizes: BTreeMap<MemberPath, u64> =
            wheel.members().map(|member| (member.path, member.size)).collect();
        let want = |path: &MemberPath| {
            let wanted = scan::wheel_wants(path);
            if wanted {
                entry.reserve(sizes.get(path).copied().unwrap_or(0));
            }
            wanted
        };
        wheel.read(reader, &want, &mut |path, bytes| entry.take(path, bytes))
    }

    fn scanned(&self, file: &DistFile, read: impl FnOnce(&Entry<'_, '_>) -> Opened) -> Observed {
        let project = select::guess(&file.filename).map(|(name, _)| name);
        Bench { project: project.as_ref(), ..*self }.scanned_as(&file.filename, read)
    }

    /// Hands every member that `read` takes in to the pool, and joins what the scanners saw.
    pub(super) fn scanned_as(&self, title: &str, read: impl FnOnce(&Entry<'_, '_>) -> Opened) -> Observed {
        let seen = Mutex::new(Vec::new());
        let opened = rayon::in_place_scope(|scope| {
            let entry = Entry {
                bench: *self,
                scope,
                seen: &seen,
                reserved: Cell::new(0),
                beside: RefCell::new(Beside::default()),
            };
            let opened = read(&entry);
            entry.reserve(0);
            opened
        });
        let mut seen = seen.into_inner().unwrap_or_default();
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        let seen = seen.into_iter().map(|(_, one)| one).collect();
        scan::join(seen, opened.gaps, title, self.known, self.rules)
    }

    /// One member; a fault of ours in it is a gap, and the other members still count.
    fn member(&self, path: &MemberPath, bytes: &[u8], beside: Option<&[u8]>) -> Seen {
        let member = Member { project: self.project, beside, ..Member::new(path, bytes) };
        std::panic::catch_unwind(|| scan::member(&member, self.known, self.rules)).unwrap_or_else(|_| {
            let reason = "a fault in ungil itself ended the look at it; please report it";
            let gaps = vec![Gap::new(path.as_str(), unpack::hides(path.as_str()), reason)];
            Seen::Whole(Box::new(Observed { gaps, ..Observed::default() }))
        })
    }

    fn kept(&self, kind: Kind, file: &DistFile, place: Option<&str>) -> Option<Observed> {
        self.recall(kind, &file.filename, file.sha256()?, place)
    }

    fn recall(&self, kind: Kind, filename: &str, sha256: &str, place: Option<&str>) -> Option<Observed> {
        let bytes = self.index.cache().get_facts(&self.key(kind, filename, sha256, place))?;
        serde_json::from_slice(&bytes).ok()
    }

    fn keep(&self, kind: Kind, filename: &str, sha256: &str, place: Option<&str>, seen: &Observed) {
        if let Ok(bytes) = serde_json::to_vec(seen) {
            self.index.cache().put_facts(&self.key(kind, filename, sha256, place), &bytes);
        }
    }

    /// What is in wheels no rule for sources has a say in, so other rules let what was seen in them stand.
    fn key(&self, kind: Kind, filename: &str, sha256: &str, place: Option<&str>) -> String {
        let seen_by = match kind {
            Kind::Wheel | Kind::Module => env!("UNGIL_WHEELS_HASH").to_owned(),
            Kind::Sdist => format!("{} rules {}", env!("UNGIL_SOURCES_HASH"), self.rules.version()),
        };
        format!(
            "{kind:?} {filename} {} {} code {seen_by} limits {:?}",
            sha256.to_ascii_lowercase(),
            place.map(shown).unwrap_or_default(),
            self.plan.limits,
        )
    }
}

/// A whole file, from the index or from the cache.
enum Source {
    Fetched(Fetched),
    Kept(Cursor<Vec<u8>>),
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Fetched(file) => file.read(into),
            Self::Kept(bytes) => bytes.read(into),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Fetched(file) => file.seek(to),
            Self::Kept(bytes) => bytes.seek(to),
        }
    }
}

/// Where members of one artifact come in: each is handed to the pool as soon as there is room for it.
pub(super) struct Entry<'a, 'scope> {
    bench: Bench<'scope>,
    scope: &'a rayon::Scope<'scope>,
    seen: &'scope Mutex<Vec<(MemberPath, Seen)>>,
    /// Room taken for a member that has not come yet.
    reserved: Cell<u64>,
    /// Declarations that a member which comes later may lie beside.
    beside: RefCell<Beside>,
}

impl Entry<'_, '_> {
    /// Takes room for the next member, whose size is known before it is there; gives back what was taken for one that
    /// never came.
    fn reserve(&self, bytes: u64) {
        match self.reserved.replace(bytes) {
            0 => {}
            left => self.bench.room.leave(left),
        }
        if bytes > 0 {
            self.bench.room.enter(bytes);
        }
    }

    /// Hands a member to the pool.
    pub fn take(&self, path: MemberPath, bytes: Vec<u8>) {
        let size = bytes.len() as u64;
        match self.reserved.replace(0) {
            reserved if reserved == size => {}
            other => {
                if other > 0 {
                    self.bench.room.leave(other);
                }
                self.bench.room.enter(size);
            }
        }
        let (seen, bench) = (self.seen, self.bench);
        let beside = self.beside.borrow().of(&path);
        self.beside.borrow_mut().meet(&path, &bytes);
        self.scope.spawn(move |_| {
            let one = bench.member(&path, &bytes, beside.as_deref());
            drop(bytes);
            bench.room.leave(size);
            if let Ok(mut seen) = seen.lock() {
                seen.push((path, one));
            }
        });
    }
}

/// The one member of a file that is no archive.
fn single(
    reader: &mut impl Read,
    filename: &str,
    limits: &unpack::Limits,
    visit: &mut dyn FnMut(MemberPath, Vec<u8>),
) -> Opened {
    let mut opened = Opened { complete: true, ..Opened::default() };
    let mut bytes = Vec::new();
    match (
        MemberPath::new(filename),
        reader.take(limits.max_member.saturating_add(1)).read_to_end(&mut bytes),
    ) {
        (Ok(_), Ok(_)) if bytes.len() as u64 > limits.max_member => {
            opened.gaps.push(Gap::new(filename, Hides::Claims, "larger than any extension module"));
        }
        (Ok(path), Ok(_)) => visit(path, bytes),
        (Err(error), _) => opened.gaps.push(Gap::new(filename, Hides::Claims, error.to_string())),
        (_, Err(error)) => {
            opened.gaps.push(Gap::new(filename, Hides::Claims, format!("it cannot be read: {error}")));
        }
    }
    opened
}

fn hashes_of<'a>(hashes: &'a [Hash], algorithm: &'a str) -> impl Iterator<Item = &'a Hash> {
    hashes.iter().filter(move |hash| hash.algorithm == algorithm)
}

/// Whether what the index promises of the file is among the asked hashes; `None` where the two cannot be compared.
fn promised_among(file: &DistFile, hashes: &[Hash]) -> Option<bool> {
    let comparable: Vec<(&Hash, &str)> =
        hashes.iter().filter_map(|hash| Some((hash, file.hashes.get(&hash.algorithm)?))).collect();
    (!comparable.is_empty())
        .then(|| comparable.iter().any(|(hash, known)| hash.value.eq_ignore_ascii_case(known)))
}

fn wrong_hash(file: &DistFile, hashes: &[Hash], actual: &str) -> IndexError {
    let expected: Vec<String> =
        hashes.iter().map(|hash| format!("{}:{}", hash.algorithm, hash.value)).collect();
    IndexError::WrongHash {
        what: file.filename.clone(),
        url: shown(&file.url),
        algorithm: "sha256".to_owned(),
        expected: expected.join(" or "),
        actual: actual.to_owned(),
    }
}

/// Sizes are far below 2^52, where `f64` stays exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// A remote wheel with the spans that will be read, so that each is asked for at once.
struct Planned {
    remote: RemoteFile,
    spans: Vec<Range<u64>>,
    position: u64,
    /// What was asked for last; within it nothing needs to be asked.
    ahead: Range<u64>,
}

impl Read for Planned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.position;
        if !self.ahead.contains(&at)
            && let Some(span) = self.spans.iter().find(|span| span.contains(&at))
        {
            self.ahead = at..span.end.min(at.saturating_add(CHUNK));
            self.remote.prefetch(self.ahead.clone()).map_err(io::Error::other)?;
        }
        let count = self.remote.read(buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for Planned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.remote.seek(to)?;
        Ok(self.position)
    }
}

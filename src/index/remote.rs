//! A file read in pieces where it lies.
//!
//! In: a file as an index lists it. Out: a [`RemoteFile`], which reads and seeks like any file and asks the server
//! only for the ranges that are touched. It starts with the tail, because zip archives are read from there, and that
//! one request also tells the size. Servers without ranges send the file whole; then it is kept and its hash is
//! checked. Pieces are never checked against the hash, which is over the whole; TLS and the index's word stand for
//! them, and what was read by pieces must not be remembered under the bare hash.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE};
use url::Url;

use crate::model::DistFile;

use super::Shared;
use super::error::IndexError;
use super::fetch::{self, Fetched, check_size};
use super::http::{Answer, Ask, Kind, Trouble};
use super::location::Shown;
use super::settings::local_path;

/// What a file is opened for, which decides how much of it comes along unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// One small member and what tells where it is. A resolution does this for every project, and hardly ever comes
    /// back for the file.
    Metadata,
    /// Members of any size.
    Members,
}

impl Purpose {
    /// What the first request asks for: what lies before the end of a file of this size.
    ///
    /// For members, the central directory of nearly all wheels. For METADATA, which stands before the directory of
    /// nearly all wheels, it grows with the file, as directories do: of what was tried on the wheels of an
    /// application's 190 projects, these numbers moved the fewest bytes for twice as many requests as wheels.
    fn tail(self, size: Option<u64>) -> u64 {
        match (self, size) {
            (Self::Metadata, Some(size)) => (size / 24).clamp(6 << 10, 16 << 10),
            (Self::Metadata, None) => 16 << 10,
            (Self::Members, _) => MOST_TAIL,
        }
    }

    /// What a read that hits nothing loads; doubles while reads go on without a jump.
    fn window(self) -> u64 {
        match self {
            Self::Metadata => 6 << 10,
            Self::Members => 32 << 10,
        }
    }
}

const MOST_TAIL: u64 = 64 << 10;
const LARGEST_WINDOW: u64 = 4 << 20;
/// The most that one prefetch loads, and the most that is kept of one file. Dozens of files are read at once, so
/// these bound the memory of a run; a larger prefetch saved no time that could be measured.
const LARGEST_PREFETCH: u64 = 6 << 20;
const KEPT: u64 = 10 << 20;

/// A file of an index, read by ranges.
#[derive(Debug)]
pub struct RemoteFile {
    source: Source,
    position: u64,
    size: u64,
    trouble: Option<IndexError>,
}

#[derive(Debug)]
enum Source {
    Ranges(Box<Ranges>),
    Whole(Fetched),
    Local(File),
}

struct Ranges {
    shared: Arc<Shared>,
    file: DistFile,
    url: Url,
    validators: Validators,
    pieces: Vec<Piece>,
    clock: u64,
    moved: u64,
    purpose: Purpose,
    window: u64,
    last_end: u64,
}

impl std::fmt::Debug for Ranges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ranges")
            .field("file", &self.file.filename)
            .field("moved", &self.moved)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Piece {
    start: u64,
    bytes: Vec<u8>,
    used: u64,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

/// What tells one version of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Validators {
    size: u64,
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Validators {
    fn of(size: u64, headers: &HeaderMap) -> Self {
        Self { size, etag: headers.get(ETAG).cloned(), modified: headers.get(LAST_MODIFIED).cloned() }
    }

    /// Whether `later` may be the same version: nothing that both tell differs.
    fn allows(&self, later: &Self) -> bool {
        let agree = |a: &Option<HeaderValue>, b: &Option<HeaderValue>| a.is_none() || b.is_none() || a == b;
        self.size == later.size && agree(&self.etag, &later.etag) && agree(&self.modified, &later.modified)
    }
}

enum First {
    Tail(Validators, Piece),
    Whole(Fetched),
    NoRanges,
}

/// Opens `file`.
pub(super) fn open(
    shared: &Arc<Shared>,
    file: &DistFile,
    url: Url,
    purpose: Purpose,
) -> Result<RemoteFile, IndexError> {
    if let Some(path) = local_path(&url) {
        let opened = fetch::open_local(&path)?;
        let size = opened.metadata().map_err(|error| super::settings::io_error(&path, &error))?.len();
        check_size(file, &path.display().to_string(), size)?;
        return Ok(RemoteFile { source: Source::Local(opened), position: 0, size, trouble: None });
    }
    let limit = shared.settings.max_file;
    let tail = purpose.tail(file.size);
    let range = match file.size {
        Some(0) => None,
        // Known sizes avoid `bytes=-N`, which some object stores do not know.
        Some(size) => Some(format!("bytes={}-{}", size.saturating_sub(tail), size - 1)),
        None => Some(format!("bytes=-{tail}")),
    };
    let first = match range {
        Some(range) => first(shared, file, &url, &range, tail)?,
        None => First::NoRanges,
    };
    Ok(match first {
        First::Tail(validators, tail) => {
            let size = validators.size;
            let (moved, last_end) = (tail.bytes.len() as u64, size);
            let pieces = vec![tail];
            let (shared, file) = (Arc::clone(shared), file.clone());
            let ranges = Ranges {
                shared,
                file,
                url,
                validators,
                pieces,
                clock: 0,
                moved,
                purpose,
                window: purpose.window(),
                last_end,
            };
            RemoteFile { source: Source::Ranges(Box::new(ranges)), position: 0, size, trouble: None }
        }
        First::Whole(fetched) => RemoteFile::whole(fetched),
        First::NoRanges => RemoteFile::whole(fetch::over_http(&shared.http, file, &url, limit)?),
    })
}

fn first(shared: &Shared, file: &DistFile, url: &Url, range: &str, tail: u64) -> Result<First, IndexError> {
    let ask = Ask { what: &file.filename, url, kind: Kind::File, headers: range_headers(range, None) };
    let limit = shared.settings.max_file;
    let got = shared.http.get(&ask, &mut |mut answer| match answer.status {
        206 => {
            let Some((start, end, size)) = content_range(&answer.headers) else { return Ok(First::NoRanges) };
            check_size(file, &Shown(&answer.url).to_string(), size).map_err(Trouble::Final)?;
            if end != size || end - start > tail {
                return Ok(First::NoRanges);
            }
            let bytes = read_exactly(&mut answer, end - start)?;
            Ok(First::Tail(Validators::of(size, &answer.headers), Piece { start, bytes, used: 0 }))
        }
        416 => Ok(First::NoRanges),
        _ => fetch::receive(&mut answer, file, limit).map(First::Whole),
    });
    match got {
        // Answers of servers that stumble over `Range` itself.
        Err(IndexError::Status { status: 400 | 405 | 501, .. }) => Ok(First::NoRanges),
        other => other,
    }
}

fn range_headers(range: &str, if_range: Option<&HeaderValue>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // Digits, `=` and `-` make a header value.
    if let Ok(value) = HeaderValue::from_str(range) {
        headers.insert(RANGE, value);
    }
    if let Some(etag) = if_range.filter(|etag| !etag.as_bytes().starts_with(b"W/")) {
        headers.insert(IF_RANGE, etag.clone());
    }
    headers
}

/// `bytes 10-19/100` as start, exclusive end and size.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64, u64)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes")?.trim();
    let (range, size) = text.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let (start, last, size): (u64, u64, u64) =
        (start.trim().parse().ok()?, last.trim().parse().ok()?, size.trim().parse().ok()?);
    (start <= last && last < size).then(|| (start, last + 1, size))
}

fn read_exactly(answer: &mut Answer<'_>, length: u64) -> Result<Vec<u8>, Trouble> {
    let found = answer.body.read_all(length)?;
    match found {
        Some(bytes) if bytes.len() as u64 == length => Ok(bytes),
        Some(bytes) => Err(Trouble::Again(format!("{} bytes came instead of {length}", bytes.len()))),
        None => Err(Trouble::Again(format!("more than the {length} bytes asked for came"))),
    }
}

impl RemoteFile {
    fn whole(fetched: Fetched) -> Self {
        let size = fetched.size();
        Self { source: Source::Whole(fetched), position: 0, size, trouble: None }
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes received for this file so far; 0 for a local one.
    pub fn moved(&self) -> u64 {
        match &self.source {
            Source::Ranges(ranges) => ranges.moved,
            Source::Whole(fetched) => fetched.size(),
            Source::Local(_) => 0,
        }
    }

    /// The sha256 of the bytes, if the whole file had to be fetched; its promised hashes were checked then.
    pub fn sha256(&self) -> Option<&str> {
        match &self.source {
            Source::Whole(fetched) => Some(fetched.sha256()),
            Source::Ranges(_) | Source::Local(_) => None,
        }
    }

    /// The last trouble with the index, which [`Read`] and [`Seek`] can only tell as an `io::Error`.
    pub fn trouble(&self) -> Option<&IndexError> {
        self.trouble.as_ref()
    }

    /// Loads what is not there yet of `range` with one request, up to 6 MiB, so that reading it costs no more.
    ///
    /// # Errors
    /// As for reading.
    pub fn prefetch(&mut self, range: Range<u64>) -> Result<(), IndexError> {
        let Source::Ranges(ranges) = &mut self.source else { return Ok(()) };
        let mut start = range.start.min(self.size);
        let mut end = range.end.min(self.size);
        while let Some(piece) = ranges.pieces.iter().find(|piece| piece.start <= start && start < piece.end())
        {
            start = piece.end();
        }
        while let Some(piece) = ranges.pieces.iter().find(|piece| piece.start < end && end <= piece.end()) {
            end = piece.start;
        }
        if start >= end {
            return Ok(());
        }
        let end = end.min(start.saturating_add(LARGEST_PREFETCH));
        match ranges.load(start, end) {
            Ok(Loaded::Piece) => Ok(()),
            Ok(Loaded::Whole(fetched)) => {
                self.source = Source::Whole(fetched);
                Ok(())
            }
            Err(error) => {
                self.trouble = Some(error.clone());
                Err(error)
            }
        }
    }

    fn load_at(&mut self, position: u64) -> io::Result<()> {
        let Source::Ranges(ranges) = &mut self.source else { return Ok(()) };
        ranges.window = match position == ranges.last_end {
            true => ranges.window.saturating_mul(2).min(LARGEST_WINDOW),
            false => ranges.purpose.window(),
        };
        let mut end = position.saturating_add(ranges.window).min(self.size);
        if let Some(next) =
            ranges.pieces.iter().map(|piece| piece.start).filter(|start| *start > position).min()
        {
            end = end.min(next);
        }
        match ranges.load(position, end) {
            Ok(Loaded::Piece) => Ok(()),
            Ok(Loaded::Whole(fetched)) => {
                self.source = Source::Whole(fetched);
                Ok(())
            }
            Err(error) => {
                self.trouble = Some(error.clone());
                Err(io::Error::other(error))
            }
        }
    }
}

enum Loaded {
    Piece,
    Whole(Fetched),
}

impl Ranges {
    /// Asks for `start..end` and keeps it.
    fn load(&mut self, start: u64, end: u64) -> Result<Loaded, IndexError> {
        let length = end.saturating_sub(start);
        let limit = self.shared.settings.max_file;
        let what = self.file.filename.as_str();
        if self.moved.saturating_add(length) > limit {
            return Err(IndexError::TooLarge {
                what: what.to_owned(),
                url: Shown(&self.url).to_string(),
                limit,
            });
        }
        let range = format!("bytes={start}-{}", end.saturating_sub(1));
        let headers = range_headers(&range, self.validators.etag.as_ref());
        let ask = Ask { what, url: &self.url, kind: Kind::File, headers };
        let changed = || {
            Trouble::Final(IndexError::Changed { what: what.to_owned(), url: Shown(&self.url).to_string() })
        };
        enum Got {
            Bytes(Vec<u8>),
            Whole(Fetched),
        }
        let got = self.shared.http.get(&ask, &mut |mut answer| match answer.status {
            206 => {
                let Some((from, to, size)) = content_range(&answer.headers) else { return Err(changed()) };
                if !self.validators.allows(&Validators::of(size, &answer.headers))
                    || (from, to) != (start, end)
                {
                    return Err(changed());
                }
                read_exactly(&mut answer, length).map(Got::Bytes)
            }
            // The whole file although a part was asked for: a server that cannot make up its mind, or another
            // version. Only a validator can tell which.
            200 => {
                let later =
                    Validators::of(answer.body.announced().unwrap_or(self.validators.size), &answer.headers);
                let named = later.etag.is_some() && later.etag == self.validators.etag;
                match named && self.validators.allows(&later) {
                    true => fetch::receive(&mut answer, &self.file, limit).map(Got::Whole),
                    false => Err(changed()),
                }
            }
            _ => Err(changed()),
        })?;
        match got {
            Got::Whole(fetched) => Ok(Loaded::Whole(fetched)),
            Got::Bytes(bytes) => {
                self.moved = self.moved.saturating_add(length);
                self.last_end = end;
                self.keep(Piece { start, bytes, used: 0 });
                Ok(Loaded::Piece)
            }
        }
    }

    fn keep(&mut self, mut piece: Piece) {
        self.clock += 1;
        piece.used = self.clock;
        self.pieces.push(piece);
        let mut kept: u64 = self.pieces.iter().map(|piece| piece.bytes.len() as u64).sum();
        while kept > KEPT && self.pieces.len() > 1 {
            let oldest = self.pieces.iter().enumerate().min_by_key(|(_, piece)| piece.used).map(|(at, _)| at);
            let Some(oldest) = oldest else { break };
            kept -= self.pieces.swap_remove(oldest).bytes.len() as u64;
        }
    }

    /// What is loaded from `position` on.
    fn loaded(&mut self, position: u64) -> Option<&[u8]> {
        self.clock += 1;
        let clock = self.clock;
        let piece = self.pieces.iter_mut().find(|piece| piece.start <= position && position < piece.end())?;
        piece.used = clock;
        piece.bytes.get(usize::try_from(position - piece.start).ok()?..)
    }
}

impl Read for RemoteFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        for _ in 0..2 {
            let position = self.position;
            let count = match &mut self.source {
                Source::Whole(fetched) => {
                    fetched.seek(SeekFrom::Start(position))?;
                    Some(fetched.read(buffer)?)
                }
                Source::Local(file) => {
                    file.seek(SeekFrom::Start(position))?;
                    Some(file.read(buffer)?)
                }
                Source::Ranges(ranges) => {
                    ranges.loaded(position).map(|mut bytes| bytes.read(buffer)).transpose()?
                }
            };
            if let Some(count) = count {
                self.position += count as u64;
                return Ok(count);
            }
            self.load_at(position)?;
        }
        Err(io::Error::other("a range was loaded and is not there"))
    }
}

impl Seek for RemoteFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a seek to before the start of the file")
        })?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_that_contradicts_itself_is_none() {
        let parse = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, text.parse().expect("a header"));
            content_range(&headers)
        };
        assert_eq!(parse("bytes 10-19/100"), Some((10, 20, 100)));
        assert_eq!(parse("bytes 0-0/1"), Some((0, 1, 1)));
        for bad in [
            "bytes 19-10/100",
            "bytes 90-100/100",
            "bytes */100",
            "bytes 0-9/*",
            "lines 0-9/10",
            "bytes 0-18446744073709551615/18446744073709551615",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

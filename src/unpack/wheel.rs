//! Reads wheels: a zip archive's directory first, then only the wanted members.
//!
//! The directory is kept apart from the reader, so that a caller who reads a remote wheel can ask for the
//! byte [spans](Wheel::spans) of what it wants, fetch these in as few requests as possible, and only then
//! [read](Wheel::read). A member's span is taken to reach up to the next member, because where its data
//! begins is told only by its local header, and one request is cheaper than two.
//!
//! Two members of one name, or members that share bytes, are read differently by different installers.
//! Neither is handed out: which of them would be installed cannot be known.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use zip::read::{Config, ZipFileEntry, ZipReadOptions};
use zip::unstable::read::ZipIterable;

use super::{Limits, MemberInfo, Opened, checked_path, hides, size_text};
use crate::model::{Gap, Hides, MemberPath};

/// Spans closer than this are fetched together: a round trip costs more than these bytes.
const NEAR: u64 = 16 << 10;

/// A wheel's directory.
#[derive(Debug)]
pub struct Wheel {
    entries: Vec<Entry>,
    gaps: Vec<Gap>,
    limits: Limits,
}

#[derive(Debug)]
struct Entry {
    zip: ZipFileEntry<'static>,
    path: MemberPath,
    /// Where the next member, or the directory, begins.
    end: u64,
}

/// Opens a wheel and hands every wanted member to `visit`, in the archive's order.
///
/// Never fails: an archive that cannot be opened is one gap that hides claims.
pub fn wheel<R: Read + Seek>(
    mut reader: R,
    limits: &Limits,
    want: &dyn Fn(&MemberPath) -> bool,
    visit: &mut dyn FnMut(MemberPath, Vec<u8>),
) -> Opened {
    match Wheel::open(&mut reader, limits) {
        Ok(wheel) => wheel.read(&mut reader, want, visit),
        Err(gap) => Opened { gaps: vec![gap], ..Opened::default() },
    }
}

impl Wheel {
    /// Reads the directory at the archive's end, and nothing else.
    ///
    /// # Errors
    /// The one gap that stands for the whole archive when it has no readable directory or too many members.
    pub fn open<R: Read + Seek>(reader: &mut R, limits: &Limits) -> Result<Self, Gap> {
        let broken = |why: String| Gap::new("", Hides::Claims, why);
        let mut zip = ZipIterable::try_new(reader, Config::default())
            .map_err(|e| broken(format!("not a readable zip archive: {e}")))?;
        let count = zip.len();
        if count > limits.max_members {
            return Err(broken(format!(
                "it lists {count} members, more than the {} allowed",
                limits.max_members
            )));
        }
        let mut raw = Vec::with_capacity(count);
        for entry in zip.files().map_err(|e| broken(format!("its directory cannot be read: {e}")))? {
            raw.push(entry.map_err(|e| broken(format!("its directory is damaged: {e}")))?);
        }
        Ok(Self::from_entries(raw, limits))
    }

    fn from_entries(raw: Vec<ZipFileEntry<'static>>, limits: &Limits) -> Self {
        let mut starts: Vec<u64> = raw.iter().map(ZipFileEntry::header_start).collect();
        starts.extend(raw.first().map(ZipFileEntry::central_header_start));
        starts.sort_unstable();
        let mut gaps = Vec::new();
        let mut entries = Vec::with_capacity(raw.len());
        for zip in raw {
            let Ok(name) = zip.name().map(|name| name.into_owned()) else {
                let lossy = String::from_utf8_lossy(zip.name_raw()).into_owned();
                gaps.push(Gap::new(lossy.clone(), hides(&lossy), "its name is not valid text"));
                continue;
            };
            if name.ends_with('/') {
                continue;
            }
            let next = starts.partition_point(|start| *start <= zip.header_start());
            let end = starts.get(next).copied().unwrap_or(u64::MAX);
            match checked_path(&name, limits) {
                Ok(path) => entries.push(Entry { zip, path, end }),
                Err(gap) => gaps.push(gap),
            }
        }
        let mut seen: BTreeMap<&MemberPath, usize> = BTreeMap::new();
        for entry in &entries {
            *seen.entry(&entry.path).or_default() += 1;
        }
        let twice: Vec<MemberPath> =
            seen.into_iter().filter(|(_, n)| *n > 1).map(|(path, _)| path.clone()).collect();
        for path in &twice {
            let reason = "several members have this name, and installers differ in which one they take";
            gaps.push(Gap::new(path.as_str(), hides(path.as_str()), reason));
        }
        entries.retain(|entry| twice.binary_search(&entry.path).is_err());
        Self { entries, gaps, limits: *limits }
    }

    /// All regular members, in the archive's order.
    pub fn members(&self) -> impl Iterator<Item = MemberInfo> + '_ {
        self.entries.iter().map(|entry| MemberInfo {
            path: entry.path.clone(),
            size: entry.zip.size(),
            stored: entry.zip.compressed_size(),
        })
    }

    /// The byte ranges of the archive that hold the wanted members, ascending, with near ones made one.
    ///
    /// Members that [`Wheel::read`] would refuse unread are left out.
    pub fn spans(&self, want: &dyn Fn(&MemberPath) -> bool) -> Vec<Range<u64>> {
        let mut spans: Vec<Range<u64>> = self
            .entries
            .iter()
            .filter(|entry| {
                want(&entry.path) && refusal(&entry.zip, &entry.path, entry.end, &self.limits).is_none()
            })
            .map(|entry| entry.zip.header_start()..entry.end)
            .filter(|span| span.start < span.end)
            .collect();
        spans.sort_unstable_by_key(|span| span.start);
        let mut merged: Vec<Range<u64>> = Vec::new();
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start <= last.end.saturating_add(NEAR) => {
                    last.end = last.end.max(span.end)
                }
                _ => merged.push(span),
            }
        }
        merged
    }

    /// Reads the wanted members and hands each to `visit`; checks the CRC of each.
    ///
    /// `reader` must give the bytes of the archive that was opened.
    pub fn read<R: Read + Seek>(
        self,
        reader: &mut R,
        want: &dyn Fn(&MemberPath) -> bool,
        visit: &mut dyn FnMut(MemberPath, Vec<u8>),
    ) -> Opened {
        let members = self.members().collect();
        let Self { entries, mut gaps, limits } = self;
        let mut total = 0_u64;
        for Entry { zip, path, end } in entries.into_iter().filter(|entry| want(&entry.path)) {
            let result = match refusal(&zip, &path, end, &limits) {
                Some(reason) => Err(reason),
                None if total.saturating_add(zip.size()) > limits.max_total => {
                    Err(format!("the archive inflates to more than {}", size_text(limits.max_total)))
                }
                None => inflate(reader, zip, end),
            };
            match result {
                Ok(bytes) => {
                    total = total.saturating_add(bytes.len() as u64);
                    visit(path, bytes);
                }
                Err(reason) => gaps.push(Gap::new(path.as_str(), hides(path.as_str()), reason)),
            }
        }
        Opened { members, gaps, complete: true }
    }
}

/// Why a member is not even tried, by what the directory says of it.
fn refusal(zip: &ZipFileEntry<'_>, path: &MemberPath, end: u64, limits: &Limits) -> Option<String> {
    let (size, stored) = (zip.size(), zip.compressed_size());
    let most = limits.for_path(path.as_str());
    if zip.encrypted() {
        return Some("it is encrypted".to_owned());
    }
    if size > most {
        return Some(format!("it is {} large, more than the {} allowed", size_text(size), size_text(most)));
    }
    if !limits.ratio_is_honest(size, stored) {
        return Some(format!("it claims to inflate from {} to {}", size_text(stored), size_text(size)));
    }
    let room = end.saturating_sub(zip.header_start());
    (stored > room).then(|| "its bytes overlap those of another member".to_owned())
}

fn inflate<R: Read + Seek>(reader: &mut R, zip: ZipFileEntry<'static>, next: u64) -> Result<Vec<u8>, String> {
    let local = local_name(reader, &zip)?;
    if local != zip.name_raw() {
        return Err("its local header names another file than the directory does".to_owned());
    }
    let (size, stored) = (zip.size(), zip.compressed_size());
    let mut file =
        zip.with_reader(reader, ZipReadOptions::new()).map_err(|e| format!("it cannot be inflated: {e}"))?;
    let end = file.data_start().and_then(|start| start.checked_add(stored));
    if end.is_none_or(|end| end > next) {
        return Err("its bytes overlap those of another member".to_owned());
    }
    // A declared size is not taken from the allocator before bytes come; 1 MiB saves most regrowth.
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or(0));
    file.by_ref()
        .take(size.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| format!("it cannot be inflated: {e}"))?;
    if bytes.len() as u64 != size {
        return Err("it inflates to another size than the directory says".to_owned());
    }
    Ok(bytes)
}

/// The name in a member's local header. Other readers refuse a member whose two names differ.
fn local_name<R: Read + Seek>(reader: &mut R, zip: &ZipFileEntry<'_>) -> Result<Vec<u8>, String> {
    const FIXED: usize = 30;
    let failed = |e: std::io::Error| format!("its local header cannot be read: {e}");
    reader.seek(SeekFrom::Start(zip.header_start())).map_err(failed)?;
    let mut header = [0_u8; FIXED];
    reader.read_exact(&mut header).map_err(failed)?;
    let length = u16::from_le_bytes([header[26], header[27]]);
    let mut name = vec![0_u8; usize::from(length)];
    reader.read_exact(&mut name).map_err(failed)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn build(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).expect("starts");
            zip.write_all(bytes).expect("writes");
        }
        zip.finish().expect("finishes").into_inner()
    }

    fn open(bytes: &[u8], limits: &Limits) -> (Opened, Vec<(String, Vec<u8>)>) {
        let mut seen = Vec::new();
        let opened = wheel(Cursor::new(bytes), limits, &|_| true, &mut |path, bytes| {
            seen.push((path.to_string(), bytes));
        });
        (opened, seen)
    }

    /// Replaces every occurrence of `from`, in local headers and in the directory alike.
    fn patch(bytes: &mut [u8], from: &[u8], to: &[u8]) -> usize {
        assert_eq!(from.len(), to.len());
        let places: Vec<usize> = memchr::memmem::find_iter(bytes, from).collect();
        for &at in &places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        places.len()
    }

    #[test]
    fn only_wanted_members_are_read_and_all_are_listed() {
        let bytes = build(&[("pkg/a.so", b"module"), ("pkg/b.py", b"text"), ("pkg/", b"")]);
        let mut seen = Vec::new();
        let opened = wheel(
            Cursor::new(bytes),
            &Limits::default(),
            &|path| path.extension() == "so",
            &mut |path, bytes| {
                seen.push((path.to_string(), bytes));
            },
        );
        assert_eq!(seen, [("pkg/a.so".to_owned(), b"module".to_vec())]);
        assert_eq!(opened.members.len(), 2);
        assert!(opened.gaps.is_empty() && opened.complete);
    }

    #[test]
    fn a_broken_archive_is_one_gap_that_hides_claims() {
        for bytes in [&b""[..], b"PK", b"not a zip at all", &build(&[("a.so", b"x")])[..40]] {
            let (opened, seen) = open(bytes, &Limits::default());
            assert!(seen.is_empty() && !opened.complete);
            assert_eq!(opened.gaps.len(), 1);
            assert_eq!((opened.gaps[0].path.as_str(), opened.gaps[0].hides), ("", Hides::Claims));
        }
    }

    #[test]
    fn a_wrong_checksum_is_a_gap_of_that_member_alone() {
        let noise: Vec<u8> = (0..200_u8).collect();
        let mut bytes = build(&[("a.so", &noise), ("b.so", b"fine")]);
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [("a.so", &noise[..]), ("b.so", b"fine")] {
            zip.start_file(name, options).expect("starts");
            zip.write_all(content).expect("writes");
        }
        bytes.clone_from(&zip.finish().expect("finishes").into_inner());
        patch(&mut bytes, &[100, 101, 102, 103], &[100, 101, 102, 104]);
        let (opened, seen) = open(&bytes, &Limits::default());
        assert_eq!(seen.len(), 1);
        assert_eq!(opened.gaps.len(), 1);
        assert_eq!((opened.gaps[0].path.as_str(), opened.gaps[0].hides), ("a.so", Hides::Claims));
    }

    #[test]
    fn two_members_of_one_name_are_a_gap_and_neither_is_read() {
        let mut bytes = build(&[("pkg/a.so", b"first"), ("pkg/b.so", b"second"), ("pkg/c.py", b"")]);
        assert_eq!(patch(&mut bytes, b"pkg/b.so", b"pkg/a.so"), 2);
        let (opened, seen) = open(&bytes, &Limits::default());
        assert_eq!(seen.len(), 1);
        assert_eq!(opened.gaps.len(), 1);
        assert!(opened.gaps[0].reason.contains("several members"));
        assert_eq!(opened.gaps[0].hides, Hides::Claims);
    }

    #[test]
    fn paths_out_of_the_archive_are_gaps() {
        let mut bytes = build(&[("xx/evil.so", b"x"), ("xetc/passwd", b"x")]);
        patch(&mut bytes, b"xx/evil.so", b"../evil.so");
        patch(&mut bytes, b"xetc/passwd", b"/etc/passwd");
        let (opened, seen) = open(&bytes, &Limits::default());
        assert!(seen.is_empty());
        let hidden: Vec<Hides> = opened.gaps.iter().map(|gap| gap.hides).collect();
        assert_eq!(hidden, [Hides::Claims, Hides::Nothing]);
    }

    #[test]
    fn a_member_whose_two_names_differ_is_a_gap() {
        let mut bytes = build(&[("pkg/a.so", b"first")]);
        let at = memchr::memmem::find(&bytes, b"pkg/a.so").expect("local header");
        bytes[at + 4] = b'z';
        let (opened, seen) = open(&bytes, &Limits::default());
        assert!(seen.is_empty());
        assert!(opened.gaps[0].reason.contains("local header"));
    }

    #[test]
    fn members_that_share_bytes_are_gaps() {
        let mut bytes = build(&[("a.so", &[7; 3000]), ("b.so", b"second")]);
        // The first member's stored size, in the directory only, is stretched over the second's bytes.
        let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("directory");
        bytes[directory + 20..directory + 24].copy_from_slice(&3000_u32.to_le_bytes());
        let (opened, seen) = open(&bytes, &Limits::default());
        assert_eq!(seen.len(), 1);
        assert!(opened.gaps[0].reason.contains("overlap"), "{:?}", opened.gaps);
    }

    #[test]
    fn a_bomb_is_refused_by_its_size_its_ratio_and_the_sum() {
        let bytes = build(&[("a.so", &vec![0; 3 << 20]), ("b.so", &vec![0; 3 << 20])]);
        for (limits, refused) in [
            (Limits { max_member: 1 << 20, ..Limits::default() }, 2),
            (Limits { ratio_from: 1 << 20, max_ratio: 100, ..Limits::default() }, 2),
            (Limits { max_total: 4 << 20, ..Limits::default() }, 1),
        ] {
            let (opened, _) = open(&bytes, &limits);
            assert_eq!(opened.gaps.len(), refused, "{limits:?}");
        }
        let few = Limits { max_members: 1, ..Limits::default() };
        assert!(!open(&bytes, &few).0.complete);
    }

    #[test]
    fn a_size_that_the_directory_understates_is_a_gap() {
        let mut bytes = build(&[("a.so", &[7; 3000])]);
        let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("directory");
        bytes[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
        let (opened, seen) = open(&bytes, &Limits::default());
        assert!(seen.is_empty());
        assert_eq!(opened.gaps.len(), 1);
    }

    #[test]
    fn encrypted_and_unknown_methods_are_gaps() {
        for (offset, value) in [(8, 1_u16), (10, 97)] {
            let mut bytes = build(&[("a.so", b"x")]);
            let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("directory");
            bytes[directory + offset..directory + offset + 2].copy_from_slice(&value.to_le_bytes());
            let (opened, seen) = open(&bytes, &Limits::default());
            assert!(seen.is_empty());
            assert_eq!((opened.gaps.len(), opened.gaps[0].hides), (1, Hides::Claims));
        }
    }

    #[test]
    fn neighbours_are_one_span_and_spans_suffice_to_read() {
        // Bytes that do not compress keep the two ends apart.
        let mut state = 1_u32;
        let noise: Vec<u8> = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let bytes = build(&[("a.so", b"one"), ("b.so", b"two"), ("noise.bin", &noise), ("c.so", b"three")]);
        let wheel = Wheel::open(&mut Cursor::new(&bytes), &Limits::default()).expect("opens");
        let want = |path: &MemberPath| path.extension() == "so";
        let spans = wheel.spans(&want);
        assert_eq!(spans.len(), 2);
        let mut part = vec![0_u8; bytes.len()];
        for span in &spans {
            let span = usize::try_from(span.start).expect("small")..usize::try_from(span.end).expect("small");
            part[span.clone()].copy_from_slice(&bytes[span]);
        }
        let mut seen = Vec::new();
        let opened = wheel.read(&mut Cursor::new(&part), &want, &mut |_, bytes| seen.push(bytes));
        assert!(opened.gaps.is_empty(), "{:?}", opened.gaps);
        assert_eq!(seen, [&b"one"[..], b"two", b"three"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_archives_never_panic(at in 0_usize..400, value: u8, cut in 0_usize..400) {
            let mut bytes = build(&[("pkg/a.so", b"first"), ("pkg/b.pyx", &[1; 100])]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            let _ = open(&bytes, &Limits::default());
            bytes.truncate(cut);
            let _ = open(&bytes, &Limits::default());
        }
    }
}

//! Streams source distributions: a (compressed) tar once from front to back, or a zip.
//!
//! What the file is called decides nothing; how it is compressed is seen from its first bytes. The top
//! folder that every sdist has (PEP 625) is taken off, so that paths are what the project's own tree calls
//! its files. Links and devices are never followed or made: what a link inside the archive names is read
//! at its own place.
//!
//! The tar reader holds the long names and extended headers of a member in memory whatever size they
//! claim, so bytes are [metered](Meter) between members: more than a generous header is refused.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::rc::Rc;

use tar::EntryType;

use super::{Limits, MemberInfo, Opened, Wheel, checked_path, hides, size_text};
use crate::model::{Gap, Hides, MemberPath};

/// Bytes that headers, long names and padding between two members may take.
const HEADER_ALLOWANCE: u64 = 1 << 20;

/// A zip has its directory at the end, so one that comes as a stream is held whole; no more than this.
const MAX_STREAMED_ZIP: u64 = 256 << 20;

/// Streams the sdist in `reader` and hands every wanted member to `visit`, in the archive's order.
///
/// Never fails: a stream that ends early or is no archive leaves one gap with an empty path, which hides
/// claims, since any source may have stood in the rest. What was read before it has been visited.
pub fn sdist<R: Read>(
    reader: R,
    limits: &Limits,
    want: &dyn Fn(&MemberPath) -> bool,
    visit: &mut dyn FnMut(MemberPath, Vec<u8>),
) -> Opened {
    let stored = Rc::new(Cell::new(0));
    let mut reader = BufReader::with_capacity(64 << 10, Counted { inner: reader, count: Rc::clone(&stored) });
    let mut start = Vec::with_capacity(6);
    if let Err(error) = reader.by_ref().take(6).read_to_end(&mut start) {
        return broken(Opened::default(), format!("it cannot be read: {error}"));
    }
    let reader = Cursor::new(start.clone()).chain(reader);
    match start.as_slice() {
        [0x1f, 0x8b, ..] => stream(flate2::read::MultiGzDecoder::new(reader), &stored, limits, want, visit),
        [b'B', b'Z', b'h', ..] => {
            stream(bzip2::read::MultiBzDecoder::new(reader), &stored, limits, want, visit)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0] => match xz(reader) {
            Ok(reader) => stream(reader, &stored, limits, want, visit),
            Err(error) => broken(Opened::default(), format!("its compression cannot be undone: {error}")),
        },
        [b'P', b'K', ..] => {
            let mut bytes = Vec::new();
            match reader.take(MAX_STREAMED_ZIP + 1).read_to_end(&mut bytes) {
                Err(error) => broken(Opened::default(), format!("it cannot be read: {error}")),
                Ok(_) if bytes.len() as u64 > MAX_STREAMED_ZIP => {
                    broken(Opened::default(), format!("a zip of more than {}", size_text(MAX_STREAMED_ZIP)))
                }
                Ok(_) => zip_sdist(Cursor::new(bytes), limits, want, visit),
            }
        }
        [] => broken(Opened::default(), "it is empty".to_owned()),
        _ => stream(reader, &stored, limits, want, visit),
    }
}

/// Reads a zipped sdist from a file that can be sought in; see [`sdist`].
pub fn zip_sdist<R: Read + Seek>(
    mut reader: R,
    limits: &Limits,
    want: &dyn Fn(&MemberPath) -> bool,
    visit: &mut dyn FnMut(MemberPath, Vec<u8>),
) -> Opened {
    let zip = match Wheel::open(&mut reader, limits) {
        Ok(zip) => zip,
        Err(gap) => return Opened { gaps: vec![gap], ..Opened::default() },
    };
    let mut top = Top::default();
    for member in zip.members() {
        top.meet(&member.path);
    }
    let mut opened = zip.read(&mut reader, &|path| want(&top.off(path)), &mut |path, bytes| {
        visit(top.off(&path), bytes);
    });
    for member in &mut opened.members {
        member.path = top.off(&member.path);
    }
    for gap in &mut opened.gaps {
        if let Ok(path) = MemberPath::new(&gap.path) {
            gap.path = top.off(&path).to_string();
        }
    }
    opened
}

/// Decodes xz with a bound on the memory its header may ask for.
fn xz<R: Read>(reader: R) -> Result<impl Read, liblzma::stream::Error> {
    const MEMORY: u64 = 128 << 20;
    let stream = liblzma::stream::Stream::new_stream_decoder(MEMORY, liblzma::stream::CONCATENATED)?;
    Ok(liblzma::read::XzDecoder::new_stream(reader, stream))
}

fn broken(mut opened: Opened, reason: String) -> Opened {
    opened.complete = false;
    opened.gaps.push(Gap::new("", Hides::Claims, reason));
    opened
}

/// The folder that all members share, by the first of them.
#[derive(Default)]
struct Top(Option<String>);

impl Top {
    fn meet(&mut self, path: &MemberPath) {
        if self.0.is_none() && path.without_top().is_some() {
            self.0 = path.as_str().split('/').next().map(str::to_owned);
        }
    }

    /// The path without the top folder. What lies beside that folder keeps its path.
    fn off(&self, path: &MemberPath) -> MemberPath {
        match (path.without_top(), &self.0) {
            (Some(rest), Some(top)) if path.as_str().split('/').next() == Some(top) => rest,
            _ => path.clone(),
        }
    }
}

/// Counts the stored bytes that were read.
struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.set(self.count.get().saturating_add(n as u64));
        Ok(n)
    }
}

/// Lets no more inflated bytes through than allowed at the moment.
struct Meter<R> {
    inner: R,
    gauge: Rc<Gauge>,
}

struct Gauge {
    /// What may still be read before somebody raises it.
    left: Cell<u64>,
    /// All that was read.
    total: Cell<u64>,
    /// Stored bytes read by now.
    stored: Rc<Cell<u64>>,
    limits: Limits,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let gauge = &self.gauge;
        let most = usize::try_from(gauge.left.get()).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 && !buf.is_empty() {
            return Err(io::Error::other("headers larger than any sdist has"));
        }
        let n = self.inner.read(buf.get_mut(..most).unwrap_or_default())?;
        gauge.left.set(gauge.left.get().saturating_sub(n as u64));
        gauge.total.set(gauge.total.get().saturating_add(n as u64));
        if gauge.total.get() > gauge.limits.max_total {
            let most = size_text(gauge.limits.max_total);
            return Err(io::Error::other(format!("it inflates to more than {most}")));
        }
        if !gauge.limits.ratio_is_honest(gauge.total.get(), gauge.stored.get()) {
            return Err(io::Error::other(format!(
                "it inflates to more than {} times its size",
                gauge.limits.max_ratio
            )));
        }
        Ok(n)
    }
}

fn stream<R: Read>(
    reader: R,
    stored: &Rc<Cell<u64>>,
    limits: &Limits,
    want: &dyn Fn(&MemberPath) -> bool,
    visit: &mut dyn FnMut(MemberPath, Vec<u8>),
) -> Opened {
    let gauge = Rc::new(Gauge {
        left: Cell::new(HEADER_ALLOWANCE),
        total: Cell::new(0),
        stored: Rc::clone(stored),
        limits: *limits,
    });
    let mut archive = tar::Archive::new(Meter { inner: reader, gauge: Rc::clone(&gauge) });
    let mut opened = Opened { complete: true, ..Opened::default() };
    let mut state = Members { top: Top::default(), seen: BTreeSet::new(), limits, want, visit };
    let mut count = 0_usize;
    {
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return broken(opened, format!("not a readable tar archive: {error}")),
        };
        for entry in entries {
            count = count.saturating_add(1);
            if count > limits.max_members {
                return broken(
                    opened,
                    format!("it has more than the {} members allowed", limits.max_members),
                );
            }
            gauge.left.set(u64::MAX);
            let result = entry.and_then(|mut entry| {
                if entry.header().entry_type().is_gnu_sparse() {
                    return Err(io::Error::other("it has sparse members, which no sdist needs"));
                }
                state.member(&mut entry, &mut opened)?;
                // What was not wanted is read over here, so that between members only headers remain.
                io::copy(&mut entry, &mut io::sink()).map(|_| ())
            });
            gauge.left.set(HEADER_ALLOWANCE);
            if let Err(error) = result {
                return broken(opened, format!("it ends or breaks before its end: {error}"));
            }
        }
    }
    if count == 0 {
        return broken(opened, "it holds no member".to_owned());
    }
    // The compression's checksum stands at the very end, and counts for every member read before it.
    gauge.left.set(u64::MAX);
    let mut rest = archive.into_inner();
    if let Err(error) = io::copy(&mut rest, &mut io::sink()) {
        return broken(opened, format!("its end is damaged: {error}"));
    }
    opened
}

struct Members<'a> {
    top: Top,
    /// Paths met, so that a second member of one name is noticed.
    seen: BTreeSet<MemberPath>,
    limits: &'a Limits,
    want: &'a dyn Fn(&MemberPath) -> bool,
    visit: &'a mut dyn FnMut(MemberPath, Vec<u8>),
}

impl Members<'_> {
    /// Looks at one member. Only a broken stream is an error; trouble with the member is a gap.
    fn member<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>, opened: &mut Opened) -> io::Result<()> {
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        let regular = matches!(kind, EntryType::Regular | EntryType::Continuous);
        if kind.is_dir() || kind.is_pax_global_extensions() || (regular && raw.ends_with('/')) {
            return Ok(());
        }
        let path = match checked_path(&raw, self.limits) {
            Ok(path) => path,
            Err(gap) => {
                opened.gaps.push(gap);
                return Ok(());
            }
        };
        self.top.meet(&path);
        let full = path;
        let path = self.top.off(&full);
        if !regular {
            if let Some(reason) = link_or_device(entry, kind, &full) {
                opened.gaps.push(Gap::new(path.as_str(), hides(path.as_str()), reason));
            }
            return Ok(());
        }
        let size = entry.size();
        opened.members.push(MemberInfo { path: path.clone(), size, stored: size });
        if !(self.want)(&path) {
            return Ok(());
        }
        let mut refuse =
            |reason: String| opened.gaps.push(Gap::new(path.as_str(), hides(path.as_str()), reason));
        if !self.seen.insert(full) {
            refuse("an earlier member has the same name, and only that one was read".to_owned());
            return Ok(());
        }
        let most = self.limits.for_path(path.as_str());
        if size > most {
            refuse(format!("it is {} large, more than the {} allowed", size_text(size), size_text(most)));
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or(0));
        entry.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the last member is cut off"));
        }
        (self.visit)(path, bytes);
        Ok(())
    }
}

/// What is wrong with a member that is no file. A link to a place inside the archive is not wrong.
fn link_or_device<R: Read>(entry: &tar::Entry<'_, R>, kind: EntryType, full: &MemberPath) -> Option<String> {
    if !kind.is_symlink() && !kind.is_hard_link() {
        return Some("it is neither a file nor a folder".to_owned());
    }
    let target = entry.link_name_bytes().map(|name| String::from_utf8_lossy(&name).into_owned());
    let target = target.unwrap_or_default();
    // A hard link counts from the archive's root, a symbolic one from the link's own folder.
    let mut depth: usize = if kind.is_symlink() { full.as_str().matches('/').count() } else { 0 };
    let mut inside = !target.is_empty() && !target.starts_with(['/', '\\']);
    for part in target.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => inside = false,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    (!inside).then(|| "it is a link out of the archive, which no installer would follow".to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn header(kind: EntryType, name: &str, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        // Written as bytes, since the writer refuses the hostile names we need.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    fn build(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            tar.append(&header(EntryType::Regular, name, bytes.len() as u64), *bytes).expect("appends");
        }
        tar.into_inner().expect("finishes")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        to.write_all(bytes).expect("writes");
        to.finish().expect("finishes")
    }

    fn open(bytes: &[u8], limits: &Limits) -> (Opened, Vec<String>) {
        let mut seen = Vec::new();
        let opened = sdist(bytes, limits, &|path| path.extension() == "c", &mut |path, bytes| {
            seen.push(format!("{path}:{}", bytes.len()));
        });
        (opened, seen)
    }

    #[test]
    fn every_compression_is_known_by_its_bytes_and_the_top_folder_goes() {
        let tar = build(&[("pkg-1.0/src/a.c", b"int x;"), ("pkg-1.0/README", b"hi"), ("pkg-1.0/b.c", b"")]);
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(&tar).expect("writes");
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&tar).expect("writes");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [("pkg-1.0/src/a.c", "int x;"), ("pkg-1.0/README", "hi"), ("pkg-1.0/b.c", "")] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("starts");
            zip.write_all(text.as_bytes()).expect("writes");
        }
        for bytes in [
            tar.clone(),
            gzip(&tar),
            bz.finish().expect("finishes"),
            xz.finish().expect("finishes"),
            zip.finish().expect("finishes").into_inner(),
        ] {
            let (opened, seen) = open(&bytes, &Limits::default());
            assert_eq!(seen, ["src/a.c:6", "b.c:0"]);
            let members: Vec<&str> = opened.members.iter().map(|member| member.path.as_str()).collect();
            assert_eq!(members, ["src/a.c", "README", "b.c"]);
            assert!(opened.gaps.is_empty() && opened.complete, "{:?}", opened.gaps);
        }
    }

    #[test]
    fn a_stream_cut_anywhere_is_a_gap_that_hides_claims() {
        let noise: Vec<u8> =
            (0..5_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let whole = gzip(&build(&[("p/a.c", &noise), ("p/b.c", b"int y;")]));
        for cut in [0, 1, 5, 12, 100, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            let (opened, _) = open(&whole[..cut], &Limits::default());
            assert!(!opened.complete, "cut at {cut}");
            assert_eq!(opened.gaps.last().map(|gap| gap.hides), Some(Hides::Claims), "cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_checksum_is_a_gap() {
        let mut bytes = gzip(&build(&[("p/a.c", b"int x;")]));
        let at = bytes.len() - 6;
        bytes[at] ^= 0xff;
        assert!(!open(&bytes, &Limits::default()).0.complete);
    }

    #[test]
    fn links_devices_and_paths_out_of_the_archive_are_refused() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut append = |kind: EntryType, name: &str, target: &str| {
            let mut header = header(kind, name, 0);
            header.set_link_name_literal(target).expect("fits");
            header.set_cksum();
            tar.append(&header, io::empty()).expect("appends");
        };
        append(EntryType::Symlink, "p/inside.c", "../p/src/a.c");
        append(EntryType::Symlink, "p/out.c", "../../etc/passwd");
        append(EntryType::Link, "p/hard.c", "/etc/passwd");
        append(EntryType::Char, "p/dev.c", "");
        append(EntryType::Regular, "../up.c", "");
        append(EntryType::Regular, "/abs.c", "");
        let (opened, seen) = open(&tar.into_inner().expect("finishes"), &Limits::default());
        assert!(seen.is_empty() && opened.complete);
        let paths: Vec<&str> = opened.gaps.iter().map(|gap| gap.path.as_str()).collect();
        assert_eq!(paths, ["out.c", "hard.c", "dev.c", "../up.c", "/abs.c"]);
        assert!(opened.gaps.iter().all(|gap| gap.hides == Hides::Hazards));
    }

    #[test]
    fn bombs_are_refused_by_size_ratio_count_and_sum() {
        let bytes = gzip(&build(&[("p/a.c", &vec![0; 3 << 20]), ("p/b.c", &vec![0; 3 << 20])]));
        let size = Limits { max_source: 1 << 20, ..Limits::default() };
        let (opened, seen) = open(&bytes, &size);
        assert_eq!((opened.gaps.len(), seen.len(), opened.complete), (2, 0, true));
        for limits in [
            Limits { ratio_from: 1 << 20, ..Limits::default() },
            Limits { max_members: 1, ..Limits::default() },
            Limits { max_total: 1 << 20, ..Limits::default() },
        ] {
            assert!(!open(&bytes, &limits).0.complete, "{limits:?}");
        }
    }

    #[test]
    fn a_long_name_of_many_megabytes_is_not_held_in_memory() {
        let mut tar = tar::Builder::new(Vec::new());
        let size = 32 << 20;
        tar.append(&header(EntryType::GNULongName, "././@LongLink", size), io::repeat(b'a').take(size))
            .expect("appends");
        tar.append(&header(EntryType::Regular, "p/a.c", 0), io::empty()).expect("appends");
        let (opened, _) = open(&tar.into_inner().expect("finishes"), &Limits::default());
        assert!(!opened.complete);
        assert!(opened.gaps[0].reason.contains("headers larger"), "{:?}", opened.gaps);
    }

    #[test]
    fn a_second_member_of_one_name_is_a_gap() {
        let (opened, seen) = open(&build(&[("p/a.c", b"1"), ("p/a.c", b"22")]), &Limits::default());
        assert_eq!(seen, ["a.c:1"]);
        assert_eq!(opened.gaps.len(), 1);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_streams_never_panic(at in 0_usize..3000, value: u8) {
            let mut bytes = build(&[("p/a.c", b"first"), ("p/b.c", &[1; 100])]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            let _ = open(&bytes, &Limits::default());
        }
    }
}

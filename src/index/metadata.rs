//! METADATA out of a wheel that lies elsewhere.
//!
//! In: a wheel to read and seek in. Out: the bytes of its one `*.dist-info/METADATA`. Used when the index does not
//! serve the file beside the wheel; reads the central directory and that member, nothing else.

use std::borrow::Cow;
use std::io::{Read, Seek};

use zip::ZipArchive;

/// METADATA holds a project's README; the largest real ones have some hundred KiB.
pub(super) const MAX_METADATA: u64 = 16 << 20;

/// Reads METADATA of the wheel called `filename`; an error says what is wrong with the archive.
pub(super) fn from_wheel<R: Read + Seek>(wheel: R, filename: &str) -> Result<Vec<u8>, String> {
    let mut archive = ZipArchive::new(wheel).map_err(|error| format!("it is no zip archive: {error}"))?;
    let names = archive.file_names().filter_map(Result::ok).filter(|name| is_metadata(name));
    let names: Vec<String> = names.map(Cow::into_owned).collect();
    let name = match names.as_slice() {
        [] => return Err("there is no dist-info/METADATA in it".to_owned()),
        [only] => only,
        several => {
            let own = several.iter().find(|name| belongs_to(name, filename));
            own.ok_or("it has several dist-info folders, none of them its own")?
        }
    };
    let member = archive.by_name(name).map_err(|error| error.to_string())?;
    if member.size() > MAX_METADATA {
        return Err(format!("METADATA is larger than {MAX_METADATA} bytes"));
    }
    let mut bytes = Vec::new();
    member.take(MAX_METADATA + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_METADATA {
        return Err(format!("METADATA is larger than {MAX_METADATA} bytes"));
    }
    Ok(bytes)
}

fn is_metadata(name: &str) -> bool {
    name.split_once('/').is_some_and(|(folder, file)| folder.ends_with(".dist-info") && file == "METADATA")
}

/// Whether the folder's `name-version` is that of the wheel, however the two spell it.
fn belongs_to(member: &str, filename: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '.'], "_");
    let folder = member.split_once(".dist-info/").map(|(folder, _)| plain(folder));
    let mut parts = filename.splitn(3, '-');
    match (folder, parts.next(), parts.next()) {
        (Some(folder), Some(name), Some(version)) => folder == format!("{}_{}", plain(name), plain(version)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::SimpleFileOptions;

    use super::*;

    fn wheel(members: &[(&str, &str)]) -> Cursor<Vec<u8>> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            writer.start_file(*name, SimpleFileOptions::default()).expect("started");
            writer.write_all(content.as_bytes()).expect("written");
        }
        writer.finish().expect("finished")
    }

    #[test]
    fn the_wheels_own_metadata_is_found_among_vendored_ones() {
        let one = wheel(&[("p/__init__.py", ""), ("P_q-1.0.dist-info/METADATA", "Name: p-q")]);
        assert_eq!(from_wheel(one, "p_q-1.0-py3-none-any.whl").expect("there"), b"Name: p-q");
        let two = wheel(&[
            ("other-2.dist-info/METADATA", "Name: other"),
            ("P.q-1.0.dist-info/METADATA", "Name: p-q"),
            ("p/_vendor/x-1.dist-info/METADATA", "Name: x"),
        ]);
        assert_eq!(from_wheel(two, "p_q-1.0-py3-none-any.whl").expect("there"), b"Name: p-q");
    }

    #[test]
    fn a_broken_or_empty_wheel_is_an_error_in_words() {
        assert!(from_wheel(Cursor::new(b"PK\x03\x04 not".to_vec()), "p-1-py3-none-any.whl").is_err());
        let none = from_wheel(wheel(&[("p.py", "")]), "p-1-py3-none-any.whl").expect_err("none");
        assert!(none.contains("METADATA"), "{none}");
        let foreign = wheel(&[("a-1.dist-info/METADATA", ""), ("b-1.dist-info/METADATA", "")]);
        assert!(from_wheel(foreign, "p-1-py3-none-any.whl").is_err());
    }
}

//! Small wheels, sdists and index pages, made as the tests need them.

use std::fmt::Write as _;
use std::io::{Cursor, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::server::{Answer, Ranges, Server, etag, tagged};

/// Bytes that do not compress.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// An extension module of `corpus/extensions/built/<case>`.
pub fn extension(case: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/extensions/built").join(case);
    let file = std::fs::read_dir(&folder).expect(case).flatten().next().expect("one file");
    std::fs::read(file.path()).expect("readable")
}

/// A module that says it needs no GIL, and one that says nothing, both for 3.14t on x86-64 Linux.
pub const DECLARES: &str = "elf-gcc";
pub const SILENT: &str = "elf-silent";
pub const MODULE: &str = "mod.cpython-314t-x86_64-linux-gnu.so";

/// A file of a project, and what its page says of it.
#[derive(Clone)]
pub struct Made {
    pub filename: String,
    pub bytes: Vec<u8>,
    /// What the page promises as sha256; `None` promises nothing.
    pub sha256: Option<String>,
    pub size: Option<u64>,
    pub requires_python: Option<String>,
    pub yanked: Option<String>,
    pub upload_time: Option<String>,
    /// Whether METADATA is served beside the file.
    pub metadata: Option<Vec<u8>>,
}

impl Made {
    pub fn new(filename: &str, bytes: Vec<u8>) -> Self {
        Self {
            filename: filename.to_owned(),
            sha256: Some(sha256(&bytes)),
            size: Some(bytes.len() as u64),
            bytes,
            requires_python: None,
            yanked: None,
            upload_time: Some("2026-01-02T03:04:05Z".to_owned()),
            metadata: None,
        }
    }

    pub fn path(&self) -> String {
        format!("/files/{}", self.filename)
    }
}

pub fn metadata(name: &str, version: &str) -> String {
    format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText.\n")
}

/// A wheel whose members are those given and its dist-info.
pub fn wheel(name: &str, version: &str, tag: &str, members: &[(&str, Vec<u8>)]) -> Made {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let info = format!("{name}-{version}.dist-info");
    let pure = tag.ends_with("none-any");
    let about = format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n");
    let mut members: Vec<(String, Vec<u8>)> =
        members.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect();
    members.push((format!("{info}/METADATA"), metadata(name, version).into_bytes()));
    members.push((format!("{info}/WHEEL"), about.into_bytes()));
    members.push((format!("{info}/RECORD"), Vec::new()));
    for (path, bytes) in &members {
        zip.start_file(path.as_str(), zip::write::SimpleFileOptions::default()).expect("starts");
        zip.write_all(bytes).expect("writes");
    }
    Made::new(&format!("{name}-{version}-{tag}.whl"), zip.finish().expect("finishes").into_inner())
}

pub const TAG: &str = "cp314-cp314t-manylinux_2_17_x86_64";

/// A wheel for 3.14t with one extension module of the corpus.
pub fn binary_wheel(name: &str, version: &str, case: &str) -> Made {
    let module = format!("{name}/{MODULE}");
    let init = format!("{name}/__init__.py");
    wheel(name, version, TAG, &[(&init, b"".to_vec()), (&module, extension(case))])
}

pub fn pure_wheel(name: &str, version: &str) -> Made {
    let init = format!("{name}/__init__.py");
    wheel(name, version, "py3-none-any", &[(&init, b"x = 1\n".to_vec())])
}

/// An sdist with a `PKG-INFO`, a `pyproject.toml` and the files given.
pub fn sdist(name: &str, version: &str, files: &[(&str, &str)]) -> Made {
    let top = format!("{name}-{version}");
    let pkg_info = metadata(name, version);
    let build = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n";
    let mut tar = tar::Builder::new(Vec::new());
    let own = files.iter().any(|(path, _)| *path == "pyproject.toml");
    let usual = [("PKG-INFO", pkg_info.as_str()), ("pyproject.toml", build)];
    for (path, text) in usual.iter().filter(|(path, _)| !own || *path != "pyproject.toml").chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{top}/{path}"), text.as_bytes()).expect("appends");
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar.into_inner().expect("finishes")).expect("writes");
    Made::new(&format!("{top}.tar.gz"), gzip.finish().expect("finishes"))
}

pub const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// A project's page in JSON.
pub fn json_page(name: &str, files: &[Made]) -> String {
    let files: Vec<serde_json::Value> = files
        .iter()
        .map(|file| {
            let mut entry = serde_json::json!({
                "filename": file.filename,
                "url": format!("../..{}", file.path()),
                "hashes": file.sha256.as_ref().map_or(serde_json::json!({}), |sha256| serde_json::json!({"sha256": sha256})),
            });
            let map = entry.as_object_mut().expect("an object");
            let mut put = |key: &str, value: Option<serde_json::Value>| {
                value.map(|value| map.insert(key.to_owned(), value));
            };
            put("size", file.size.map(Into::into));
            put("requires-python", file.requires_python.clone().map(Into::into));
            put("yanked", file.yanked.clone().map(Into::into));
            put("upload-time", file.upload_time.clone().map(Into::into));
            put("core-metadata", file.metadata.as_ref().map(|text| serde_json::json!({"sha256": sha256(text)})));
            entry
        })
        .collect();
    serde_json::json!({"meta": {"api-version": "1.1"}, "name": name, "files": files}).to_string()
}

/// The same in HTML, which has no sizes and times.
pub fn html_page(files: &[Made]) -> String {
    let mut page =
        "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.0\"></head><body>\n"
            .to_owned();
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for file in files {
        let hash = file.sha256.as_ref().map_or(String::new(), |sha256| format!("#sha256={sha256}"));
        let mut attributes = String::new();
        if let Some(text) = &file.requires_python {
            attributes.push_str(&format!(" data-requires-python=\"{}\"", escape(text)));
        }
        if let Some(text) = &file.yanked {
            attributes.push_str(&format!(" data-yanked=\"{}\"", escape(text)));
        }
        if let Some(text) = &file.metadata {
            attributes.push_str(&format!(" data-core-metadata=\"sha256={}\"", sha256(text)));
        }
        page.push_str(&format!(
            "<a href=\"../..{}{hash}\"{attributes}>{}</a><br/>\n",
            file.path(),
            file.filename
        ));
    }
    page.push_str("</body></html>\n");
    page
}

/// A well-behaved index: pages in JSON, ranges, METADATA beside what has it.
pub struct Site {
    pub server: Server,
}

impl Site {
    pub fn start() -> Self {
        Self { server: Server::start() }
    }

    pub fn index(&self) -> String {
        format!("{}/simple/", self.server.url())
    }

    pub fn page_path(name: &str) -> String {
        format!("/simple/{name}/")
    }

    /// Publishes a project; a test that wants trouble replaces a handler afterwards.
    pub fn publish(&self, name: &str, files: &[Made]) {
        let page = json_page(name, files);
        self.server.on(&Self::page_path(name), move |_| {
            Answer::new(200, page.as_str()).with("Content-Type", JSON).with("Cache-Control", "max-age=600")
        });
        for made in files {
            self.serve(made, Ranges::Served);
            if let Some(text) = made.metadata.clone() {
                let path = format!("{}.metadata", made.path());
                self.server
                    .on(&path, move |_| Answer::new(200, text.clone()).with("Cache-Control", "max-age=600"));
            }
        }
    }

    /// Serves a file with such ranges.
    pub fn serve(&self, made: &Made, ranges: Ranges) {
        let bytes = made.bytes.clone();
        let tag = etag(&bytes);
        self.server.on(&made.path(), move |asked| tagged(asked, &bytes, &tag, ranges));
    }
}

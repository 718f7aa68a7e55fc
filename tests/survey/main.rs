//! `ungil survey`, `worker` and `merge` as whole programs, against an index on the loopback.
//!
//! What matters is what survives: kills, other cuts into shards, other engines, hostile names. Rows must come to the
//! same bytes whichever way they were made, and nothing that was finished is fetched again.

#[expect(dead_code, reason = "the tests of the index use all of it")]
#[path = "../index/made.rs"]
mod made;
#[expect(dead_code, reason = "the tests of the index use all of it")]
#[path = "../index/server.rs"]
mod server;

#[cfg(feature = "s3")]
mod bucket;
mod runs;
mod site;
#[cfg(feature = "store")]
mod tables;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use made::{DECLARES, Made, SILENT, Site, binary_wheel, pure_wheel, sdist};
use tempfile::TempDir;

/// A folder of its own to run in, which is also the home.
struct Place {
    dir: TempDir,
    index: String,
}

impl Place {
    fn new(index: &Site) -> Self {
        Self { dir: tempfile::tempdir().expect("a folder"), index: index.index() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    fn read(&self, name: &str) -> String {
        let path = self.path().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The program with nothing of this machine's environment.
    fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ungil"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_INDEX_URL", &self.index)
            .env("PIP_RETRIES", "1")
            .env("PIP_DEFAULT_TIMEOUT", "5")
            .env("NO_PROXY", "*")
            .current_dir(self.path());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.bare().args(args).output().expect("it starts")
    }

    /// A survey of `list.txt` for one target.
    fn survey(&self, more: &[&str]) -> Output {
        let target = ["--python", "3.14t", "--platform", "manylinux_2_28_x86_64"];
        self.run(&[&["survey", "list.txt"], &target[..], more].concat())
    }

    fn worker(&self, lines: &str) -> Output {
        let mut child = self
            .bare()
            .args(["worker", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("written");
        child.wait_with_output().expect("it ends")
    }

    fn merged(&self, inputs: &[&str]) -> String {
        let output = self.run(&[&["merge"], inputs].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// An index with a package of each kind and a list that has more than the index.
fn index() -> Site {
    let site = Site::start();
    let needs = |mut made: Made, name: &str, needs: &[&str]| {
        let text = needs.iter().fold(made::metadata(name, "1.0"), |text, need| {
            text.replacen("\n\n", &format!("\nRequires-Dist: {need}\n\n"), 1)
        });
        made = with_metadata(&made, name, &text);
        made
    };
    site.publish(
        "ready",
        &[binary_wheel("ready", "1.0", DECLARES), sdist("ready", "1.0", &[("a.c", BORROWS)])],
    );
    site.publish("silent", &[binary_wheel("silent", "1.0", SILENT)]);
    site.publish("pure", &[needs(pure_wheel("pure", "1.0"), "pure", &["silent", "other; extra == 'x'"])]);
    site.publish("top", &[needs(pure_wheel("top", "1.0"), "top", &["pure>=1", "ready"])]);
    site
}

/// The same wheel with another METADATA.
fn with_metadata(wheel: &Made, name: &str, text: &str) -> Made {
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(&wheel.bytes)).expect("a wheel");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut member = old.by_index(at).expect("a member");
        let path = member.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut bytes).expect("readable");
        if path == format!("{name}-1.0.dist-info/METADATA") {
            bytes = text.as_bytes().to_vec();
        }
        zip.start_file(path, zip::write::SimpleFileOptions::default()).expect("starts");
        zip.write_all(&bytes).expect("writes");
    }
    Made::new(&wheel.filename, zip.finish().expect("finishes").into_inner())
}

/// Sources that a rule finds something in.
const BORROWS: &str = "#include <Python.h>\n\
    static PyObject *lookup(PyObject *self, PyObject *table) {\n\
        PyObject *hit = PyDict_GetItem(table, self);\n\
        Py_XINCREF(hit);\n\
        return hit;\n\
    }\n";

const LIST: &str = "ready,900\nsilent,800\npure,700\ntop\nmissing,5\nno name,1\n";

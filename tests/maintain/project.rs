//! A project in a temporary folder, and the binary run in it.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A Cython file with one hazard: two threads lose updates of `count`.
pub const COUNTER: &str = "\
# cython: language_level=3, freethreading_compatible=True
cdef class Counter:
    cdef public long count

    def add(self):
        self.count += 1
";

/// The rule that fires in [`COUNTER`].
pub const RULE: &str = "cython-field-race";

/// A folder with files in it.
pub struct Project {
    dir: TempDir,
}

/// What a run gave.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project with [`COUNTER`].
    pub fn counter() -> Self {
        Self::new(&[("pkg/counter.pyx", COUNTER), ("setup.py", "from setuptools import setup\nsetup()\n")])
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("creates");
        std::fs::write(path, text).expect("writes");
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs ungil in the folder, with nothing of this machine's environment that it would heed.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[])
    }

    pub fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::cargo_bin("ungil").expect("the binary");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("UNGIL_")) {
            command.env_remove(name);
        }
        command.env_remove("GITHUB_STEP_SUMMARY").env("UNGIL_NO_CACHE", "true").env("NO_COLOR", "1");
        command.envs(environment.iter().copied());
        let Output { status, stdout, stderr } =
            command.current_dir(self.path()).args(args).output().expect("it runs");
        Ran {
            code: status.code().expect("it ends by itself"),
            out: String::from_utf8(stdout).expect("text"),
            err: String::from_utf8(stderr).expect("text"),
        }
    }

    /// The JSON report of a check of the folder.
    pub fn report(&self, args: &[&str]) -> serde_json::Value {
        let ran = self.run(&[&["check", "--format", "json"], args].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.out, ran.err))
    }
}

/// The findings of a report that nothing accepts.
pub fn open(report: &serde_json::Value) -> Vec<&serde_json::Value> {
    report["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .flat_map(|package| package["findings"].as_array().expect("findings"))
        .filter(|finding| finding["suppressed"].is_null())
        .collect()
}

//! The pinned packages of `corpus/packages.toml` against the real index: `cargo test --features network --test network`.
//!
//! Expected verdicts were established without ungil; the file says how. An `unknown` passes only if a gap names its
//! reason, since a gap is an honest answer and silence is not.
#![cfg(feature = "network")]

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Corpus {
    python: String,
    platform: String,
    how: BTreeMap<String, String>,
    package: Vec<Pinned>,
}

#[derive(Deserialize)]
struct Pinned {
    name: String,
    version: String,
    /// What is installed; none for a release without such a file.
    file: Option<String>,
    sha256: Option<String>,
    generator: String,
    verdict: String,
    how: String,
    why: String,
}

fn corpus() -> Corpus {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/packages.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("it is there")).expect("it is well formed")
}

/// Audits `specs` with an empty cache.
fn audit(corpus: &Corpus, specs: &[String]) -> Value {
    let cache = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_ungil"))
        .args(["audit", "--no-deps", "--format", "json", "--python", &corpus.python])
        .args(["--platform", &corpus.platform])
        .arg("--cache-dir")
        .arg(cache.path())
        .args(specs)
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// What is wrong with what was said of a package, if anything.
fn complaint(pinned: &Pinned, row: &Value) -> Option<String> {
    if row["version"] != pinned.version.as_str() {
        return Some(format!("version {} came, not {}", row["version"], pinned.version));
    }
    let artifacts = row["artifacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(file) = &pinned.file {
        let Some(read) = artifacts.iter().find(|artifact| text(artifact, "filename") == file) else {
            return Some(format!("{file} was not what was chosen"));
        };
        if pinned.sha256.as_deref() != read["sha256"].as_str() {
            return Some(format!("the sha256 of {file} is {}", read["sha256"]));
        }
    }
    let gaps = row["gaps"].as_array().map(Vec::as_slice).unwrap_or_default();
    match text(row, "verdict") {
        verdict if verdict == pinned.verdict => None,
        "unknown" if gaps.iter().any(|gap| !text(gap, "reason").is_empty()) => {
            println!("{}: honestly unknown, {}: {}", pinned.name, pinned.generator, gaps[0]["reason"]);
            None
        }
        verdict => Some(format!(
            "{verdict}, expected {}: {} (by {}); said because {}",
            pinned.verdict, pinned.why, pinned.how, row["because"]
        )),
    }
}

#[test]
fn every_pinned_package_has_its_verdict_or_an_honest_unknown() {
    let corpus = corpus();
    let mut wrong = Vec::new();
    let (wheels, others): (Vec<&Pinned>, Vec<&Pinned>) = corpus
        .package
        .iter()
        .partition(|pinned| pinned.file.as_deref().is_some_and(|file| file.ends_with(".whl")));
    // Where there is a wheel, its modules decide the verdict and sources only the safety.
    for (pinned, more) in [(wheels, Some("--no-sources".to_owned())), (others, None)] {
        let specs: Vec<String> =
            pinned.iter().map(|pinned| format!("{}=={}", pinned.name, pinned.version)).chain(more).collect();
        let document = audit(&corpus, &specs);
        for pinned in pinned {
            let rows = document["packages"].as_array().expect("rows");
            match rows.iter().find(|row| text(row, "name") == pinned.name) {
                Some(row) => {
                    wrong.extend(complaint(pinned, row).map(|why| format!("{}: {why}", pinned.name)))
                }
                None => wrong.push(format!("{}: {}", pinned.name, document["failures"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_corpus_covers_every_generator_and_says_how_it_knows() {
    let corpus = corpus();
    let generators: Vec<&str> = corpus.package.iter().map(|pinned| pinned.generator.as_str()).collect();
    for generator in [
        "c",
        "c++",
        "cython",
        "pybind11",
        "nanobind",
        "boost-python",
        "pyo3",
        "pyo3-ffi",
        "cffi",
        "swig",
        "mypyc",
        "f2py",
        "none",
    ] {
        assert!(generators.contains(&generator), "{generator}");
    }
    for pinned in &corpus.package {
        assert!(corpus.how.contains_key(&pinned.how), "{}: {}", pinned.name, pinned.how);
        assert_eq!(pinned.file.is_some(), pinned.sha256.is_some(), "{}", pinned.name);
    }
}

#[test]
fn the_example_file_is_audited_whole() {
    let corpus = corpus();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/requirements.txt");
    let document = audit(&corpus, &["--no-sources".to_owned(), "-r".to_owned(), path.to_owned()]);
    assert_eq!(document["failures"], serde_json::json!([]));
    let schema: Value = serde_json::from_str(&ungil::report::schema()).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&document));
}

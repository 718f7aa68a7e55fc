//! Puts the rules and facts into the binary, and a hash over everything that decides what is found.
//!
//! People write TOML; what goes into the binary is the same tables as JSON, which every start of the program reads
//! several times faster. Witnesses stay out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let (mut hash, mut of_facts) = (SEED, SEED);
    let mut list = String::from("&[\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let facts = out.join("facts");
    fs::create_dir_all(&facts).expect("cargo made the folder above");
    for file in &files {
        let name = file.strip_prefix(&root).expect("it was found below").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).expect("it was just listed, and TOML is text");
        for byte in name.bytes().chain(text.bytes()) {
            add(&mut hash, byte);
        }
        if name.starts_with("facts/") {
            name.bytes().chain(text.bytes()).for_each(|byte| add(&mut of_facts, byte));
        }
        if let Some(folder) = name.strip_suffix("/rule.toml") {
            writeln!(list, "    ({folder:?}, {:?}),", json(&name, &text)).expect("strings take all");
        } else if let Some(table) = name.strip_prefix("facts/").and_then(|name| name.strip_suffix(".toml")) {
            fs::write(facts.join(table).with_extension("json"), json(&name, &text))
                .expect("cargo made the folder");
        }
    }
    list.push(']');
    fs::write(out.join("rules.rs"), list).expect("cargo made the folder");
    println!("cargo::rustc-env=UNGIL_RULES_HASH={:08x}", hash >> 32);
    println!(
        "cargo::rustc-env=UNGIL_SOURCES_HASH={:016x}",
        code_hash(hash, &[&OF_WHEELS[..], &OF_SOURCES].concat())
    );
    println!("cargo::rustc-env=UNGIL_WHEELS_HASH={:016x}", code_hash(of_facts, &OF_WHEELS));
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// What decides what is seen in a wheel; `tests/layers.rs` holds that these use nothing else.
const OF_WHEELS: [&str; 7] =
    ["binary", "knowledge", "model", "packaging", "unpack", "scan.rs", "pipeline/artifact.rs"];
/// What decides, besides, what is seen in sources.
const OF_SOURCES: [&str; 2] = ["rules", "source"];

/// FNV-1a.
fn add(hash: &mut u64, byte: u8) {
    *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
}

/// The same table as JSON.
fn json(name: &str, text: &str) -> String {
    let table: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("rules/{name}: {error}"));
    serde_json::to_string(&table).expect("tables have names for keys")
}

/// Changes with every line of these parts and with every locked dependency: what was seen by other code is not reused.
/// What is done with what was seen, and the program's own version, do not change it: else each release would have every
/// survey fetch everything again.
fn code_hash(rules: u64, parts: &[&str]) -> u64 {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.join("src").display());
    let mut files = Vec::new();
    for part in parts {
        let path = root.join("src").join(part);
        assert!(path.exists(), "src/{part} decides what is seen, and is gone");
        if path.is_dir() { rust_files(&path, &mut files) } else { files.push(path) }
    }
    files.sort();
    let mut hash = rules;
    for byte in files.iter().flat_map(|file| fs::read(file).expect("it was just listed")) {
        add(&mut hash, byte);
    }
    locked(&root).bytes().for_each(|byte| add(&mut hash, byte));
    hash
}

/// The locked dependencies and what is asked of them, without the program's own version.
fn locked(root: &Path) -> String {
    let lock = root.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let others = lock.split("[[package]]").filter(|one| !one.contains("name = \"ungil\""));
    let mut text = others.collect::<String>();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("cargo read it");
    let manifest: toml::Table = toml::from_str(&manifest).expect("cargo read it");
    text.push_str(&manifest.get("dependencies").map(ToString::to_string).unwrap_or_default());
    text
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every TOML file below a folder that is no witness.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "bad" && name != "good" {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}

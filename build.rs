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
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut list = String::from("&[\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let facts = out.join("facts");
    fs::create_dir_all(&facts).expect("cargo made the folder above");
    for file in &files {
        let name = file.strip_prefix(&root).expect("it was found below").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).expect("it was just listed, and TOML is text");
        for byte in name.bytes().chain(text.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
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
    println!("cargo::rustc-env=UNGIL_CODE_HASH={:016x}", code_hash(hash));
}

/// The same table as JSON.
fn json(name: &str, text: &str) -> String {
    let table: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("rules/{name}: {error}"));
    serde_json::to_string(&table).expect("tables have names for keys")
}

/// Changes with every line of the program or of its locked dependencies: what was seen by other code is not reused.
fn code_hash(rules: u64) -> u64 {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.join("src").display());
    let mut files = vec![root.join("Cargo.lock"), root.join("Cargo.toml")];
    files.retain(|file| file.exists());
    rust_files(&root.join("src"), &mut files);
    files.sort();
    let mut hash = rules;
    for byte in files.iter().flat_map(|file| fs::read(file).expect("it was just listed")) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
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

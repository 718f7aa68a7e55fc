//! Lists the rule folders for the binary: each `rule.toml`, and a hash over everything that decides what is found.
//!
//! Witnesses stay out of the binary; facts are embedded by the modules that read them and only hashed here.

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
    for file in &files {
        let name = file.strip_prefix(&root).expect("it was found below").to_string_lossy().replace('\\', "/");
        for byte in name.bytes().chain(fs::read(file).expect("it was just listed")) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(folder) = name.strip_suffix("/rule.toml") {
            writeln!(list, "    ({folder:?}, include_str!({file:?})),").expect("strings take all");
        }
    }
    list.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("rules.rs"), list).expect("cargo made the folder");
    println!("cargo::rustc-env=UNGIL_RULES_HASH={:08x}", hash >> 32);
    println!("cargo::rustc-env=UNGIL_CODE_HASH={:016x}", code_hash(hash));
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

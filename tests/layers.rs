//! Holds the table of `ARCHITECTURE.md` against the code: which part may use which.
//!
//! The table itself is read, so that the document and the law are one. A use is any path that begins with `crate::`
//! outside comments; tests beside the code obey the same law.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// For each part, the parts it may use; `None` for one that may use everything.
type Law = BTreeMap<String, Option<BTreeSet<String>>>;

/// The part a path under `src` belongs to: its first folder, or the name of a file at the top.
fn part_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn law(document: &str) -> Law {
    let all: BTreeSet<String> = rows(document).flat_map(|(parts, _)| parts).collect();
    let mut law = Law::new();
    for (parts, may) in rows(document) {
        let allowed = if may.starts_with("everything") {
            None
        } else if may == "nothing" {
            Some(BTreeSet::new())
        } else if let Some(but) = may.strip_prefix("all but ") {
            Some(all.iter().filter(|part| *part != but).cloned().collect())
        } else {
            Some(may.split(',').map(|part| part.trim().to_owned()).collect())
        };
        for part in &parts {
            law.insert(part.clone(), allowed.clone());
        }
    }
    law
}

/// Rows of the table whose first cell names places under `src`, with the last cell.
fn rows(document: &str) -> impl Iterator<Item = (Vec<String>, &str)> {
    document.lines().filter_map(|line| {
        let mut cells = line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
        let place = cells.next()?;
        let parts: Vec<String> = place
            .split('`')
            .filter_map(|text| text.strip_prefix("src/"))
            .map(|path| part_of(path).to_owned())
            .collect();
        (!parts.is_empty()).then_some((parts, cells.next_back()?))
    })
}

/// The code without line comments; strings are left, for a path in a string would be odd enough to look at.
fn without_comments(code: &str) -> String {
    code.lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The parts that `code` uses.
fn uses(code: &str) -> BTreeSet<String> {
    let code = without_comments(code);
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, text)| (at, &code[at + text.len()..])) {
        match rest.strip_prefix('{') {
            None => {
                found.insert(identifier(rest));
            }
            Some(group) => {
                let mut depth = 0_u32;
                let mut fresh = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => fresh = true,
                        c if fresh && !c.is_whitespace() => {
                            found.insert(identifier(&group[at..]));
                            fresh = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What a file does that the law forbids, one sentence each.
fn violations(law: &Law, path: &str, code: &str) -> Vec<String> {
    let part = part_of(path);
    if part == "lib" {
        return Vec::new();
    }
    let Some(allowed) = law.get(part) else {
        return vec![format!("src/{path}: `{part}` has no row in ARCHITECTURE.md's table")];
    };
    let Some(allowed) = allowed else { return Vec::new() };
    uses(code)
        .into_iter()
        .filter(|used| law.contains_key(used) && used != part && !allowed.contains(used))
        .map(|used| format!("src/{path} uses `{used}`, which `{part}` may not"))
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

fn architecture() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    std::fs::read_to_string(path).expect("ARCHITECTURE.md")
}

#[test]
fn no_part_uses_another_that_the_architecture_keeps_from_it() {
    let law = law(&architecture());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "the sources were found");
    let mut broken = Vec::new();
    for file in files {
        let code = std::fs::read_to_string(&file).expect("a readable source file");
        let path = file.strip_prefix(&root).expect("under src").to_string_lossy().replace('\\', "/");
        broken.extend(violations(&law, &path, &code));
    }
    broken.sort();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A law that is read wrongly would let everything pass.
#[test]
fn a_made_up_violation_is_found() {
    let law = law(&architecture());
    let found = |path, code| violations(&law, path, code).len();
    assert_eq!(found("model/gap.rs", "use crate::judge::package;"), 1);
    assert_eq!(
        found("binary/elf.rs", "use crate::{model::Gap, source::{file, x}, rules};"),
        1,
        "source only"
    );
    assert_eq!(found("report/text.rs", "fn f() { crate::commands::run() }"), 1);
    assert_eq!(found("pipeline/mod.rs", "use crate::commands::cli;"), 1);
    assert_eq!(found("newcomer/mod.rs", ""), 1, "a part without a row");
    assert_eq!(found("model/gap.rs", "// crate::judge in a comment\nuse super::Module;"), 0);
    assert_eq!(found("commands/mod.rs", "use crate::{judge, report, index};"), 0);
    assert_eq!(found("select/mod.rs", "use crate::input::Requirement;"), 0);
}

/// Facts are kept by a hash of the code that sees them. A part that it used and the hash left out would let what old
/// code saw pass for what new code sees.
#[test]
fn the_hash_of_what_looks_at_files_leaves_nothing_out_that_looks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let build = std::fs::read_to_string(root.join("build.rs")).expect("build.rs");
    let parts = |name: &str| -> BTreeSet<String> {
        let (_, rest) = build.split_once(&format!("const {name}: ")).expect(name);
        let (list, _) = rest.split_once(';').and_then(|(_, rest)| rest.split_once(';')).expect("an array");
        list.split('"').skip(1).step_by(2).map(part_of).map(str::to_owned).collect()
    };
    let law = law(&architecture());
    let used = |part: &str| -> BTreeSet<String> {
        let mut files = Vec::new();
        let folder = root.join("src").join(part);
        if folder.is_dir() {
            rust_files(&folder, &mut files);
        } else {
            files.push(folder.with_extension("rs"));
        }
        let code = |file: &PathBuf| uses(&std::fs::read_to_string(file).expect("a readable source file"));
        files.iter().flat_map(code).filter(|used| law.contains_key(used)).collect()
    };
    let wheels = parts("OF_WHEELS");
    let all: BTreeSet<String> = wheels.union(&parts("OF_SOURCES")).cloned().collect();
    assert!(wheels.contains("binary") && all.contains("source"));
    // The pipeline's one file only hands bytes on; `scan` calls the scanners of sources for sources alone.
    for part in all.iter().filter(|part| *part != "pipeline") {
        assert!(used(part).is_subset(&all), "{part} uses {:?}", used(part).difference(&all));
        if wheels.contains(part) && part != "scan" {
            assert!(used(part).is_subset(&wheels), "{part} uses {:?}", used(part).difference(&wheels));
        }
    }
}

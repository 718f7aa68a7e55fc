//! Every rule for Cython, Rust, Python and declarations, on every witness of its own: what is marked fires, and nothing else does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ungil::knowledge::Knowledge;
use ungil::model::{Finding, Member, MemberPath};
use ungil::rules::RuleSet;
use ungil::source;

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

fn scanned(name: &str, bytes: &[u8]) -> Vec<Finding> {
    let path = MemberPath::new(name).expect("a witness has a plain name");
    let member = Member::new(&path, bytes);
    let seen = source::file(&member, Knowledge::builtin(), RuleSet::builtin());
    source::evidence(vec![seen], Knowledge::builtin(), RuleSet::builtin()).findings
}

/// A case that no witness shows is a case nobody has seen work.
#[test]
fn every_case_that_a_rule_words_is_shown_by_a_witness() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut missing = Vec::new();
    for folder in ["claims", "cython", "rust", "python"].iter().flat_map(|subject| below(&root.join(subject)))
    {
        let id = folder.file_name().expect("it was listed").to_string_lossy().into_owned();
        let rule = RuleSet::builtin().get(&id).unwrap_or_else(|| panic!("{id} is no rule"));
        let mut said = BTreeSet::new();
        for file in below(&folder.join("bad")) {
            let name = file.file_name().expect("it was listed").to_string_lossy().into_owned();
            let found = scanned(&name, &fs::read(&file).expect("it was listed"));
            said.extend(found.into_iter().filter(|one| one.rule == id).map(|one| shape(&one.message)));
        }
        if said.len() < rule.matches.len() {
            missing.push(format!("{id}: {} cases, but witnesses show {said:#?}", rule.matches.len()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A message without what was filled in.
fn shape(message: &str) -> String {
    message.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

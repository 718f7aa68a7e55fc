//! Holds every rule to its witnesses, and shows what each witness sets off.
//!
//! A witness is read as a project of one file, by the same code that audits packages. Three laws: a bad witness
//! fires on its marked lines and nowhere else, a good one is silent; every predicate of every query changes the
//! outcome of some witness when it is left out; and the table of which rules fire where is one that somebody read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ungil::knowledge::Knowledge;
use ungil::model::{Finding, Member, MemberPath};
use ungil::rules::RuleSet;
use ungil::rules::witness::{self, Side};
use ungil::source;

struct Witness {
    rule: String,
    side: Side,
    name: String,
    bytes: Vec<u8>,
}

fn witnesses() -> Vec<Witness> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut out = Vec::new();
    for folder in folders(&root).iter().flat_map(|subject| folders(subject)) {
        if !folder.join("rule.toml").exists() {
            continue;
        }
        let rule = folder.file_name().expect("it has one").to_string_lossy().into_owned();
        for (side, name) in [(Side::Bad, "bad"), (Side::Good, "good")] {
            let mut files: Vec<PathBuf> = entries(&folder.join(name));
            files.sort();
            for file in files {
                let name = format!("{name}/{}", file.file_name().expect("it has one").to_string_lossy());
                let bytes = std::fs::read(&file).expect("it was just listed");
                out.push(Witness { rule: rule.clone(), side, name, bytes });
            }
        }
    }
    out
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = entries(folder).into_iter().filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

/// What is found in a witness. Its folder is left out of the path: `bad/` and `good/` must mean nothing.
fn findings(witness: &Witness, rules: &RuleSet) -> Vec<Finding> {
    let name = witness.name.rsplit('/').next().expect("it has one");
    let path = MemberPath::new(&format!("src/{name}")).expect("a plain name");
    let member = Member::new(&path, &witness.bytes);
    let known = Knowledge::builtin();
    let seen = source::file(&member, known, rules);
    let mut all = source::evidence(vec![seen], known, rules);
    all.sort();
    all.findings
}

fn complaints(witness: &Witness, rules: &RuleSet) -> Vec<String> {
    let rule = rules.get(&witness.rule).expect("its folder was just listed");
    let name = format!("{}/{}", witness.rule, witness.name);
    witness::complaints(rule, witness.side, &name, &witness.bytes, &findings(witness, rules))
}

#[test]
fn bad_witnesses_fire_where_they_say_and_good_ones_are_silent() {
    let rules = RuleSet::builtin();
    let all: Vec<String> = witnesses().iter().flat_map(|one| complaints(one, rules)).collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn every_rule_has_witnesses_on_both_sides() {
    let mut sides: BTreeMap<String, BTreeSet<Side>> = BTreeMap::new();
    for one in witnesses() {
        sides.entry(one.rule).or_default().insert(one.side);
    }
    let lacking: Vec<&str> = RuleSet::builtin()
        .rules()
        .iter()
        .map(|rule| rule.id.as_str())
        // Wheels have no text to fire on: the tests of the wheel gate hold the rules about them.
        .filter(|id| !id.starts_with("wheel-"))
        .filter(|id| sides.get(*id).is_none_or(|sides| sides.len() < 2))
        .collect();
    assert!(lacking.is_empty(), "without a bad or a good witness: {lacking:?}");
}

/// A predicate that no witness needs may be wrong without anybody noticing.
#[test]
fn every_predicate_matters_to_some_witness() {
    let rules = RuleSet::builtin();
    let witnesses = witnesses();
    let mut idle = Vec::new();
    // Not only lines: a predicate may decide which of two sentences is said, or how grave it is.
    let said = |one: &Witness, rules: &RuleSet| -> Vec<_> {
        let own = findings(one, rules).into_iter().filter(|finding| finding.rule == one.rule);
        own.map(|finding| (finding.location.line, finding.message, finding.severity)).collect()
    };
    for rule in rules.rules() {
        let own: Vec<&Witness> = witnesses.iter().filter(|one| one.rule == rule.id).collect();
        for (predicate, text) in rules.predicates(&rule.id) {
            let without = rules.without(predicate);
            if own.iter().all(|one| said(one, rules) == said(one, &without)) {
                idle.push(format!("{}: {text}", rule.id));
            }
        }
    }
    assert!(idle.is_empty(), "\n{}", idle.join("\n"));
}

/// A shape or case that no witness shows may never have fired at all.
#[test]
fn every_match_of_a_rule_fires_in_some_witness() {
    let rules = RuleSet::builtin();
    let mut shown: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for one in witnesses() {
        for finding in findings(&one, rules).iter().filter(|finding| finding.rule == one.rule) {
            let rule = rules.get(&one.rule).expect("its folder was just listed");
            let fits = |at: &usize| rule.matches.get(*at).is_some_and(|one| one.could_say(&finding.message));
            shown.entry(one.rule.clone()).or_default().extend((0..rule.matches.len()).filter(fits));
        }
    }
    let mut silent = Vec::new();
    for rule in rules.rules().iter().filter(|rule| !rule.id.starts_with("wheel-")) {
        let of = shown.get(&rule.id);
        silent.extend(
            (0..rule.matches.len())
                .filter(|at| of.is_none_or(|of| !of.contains(at)))
                .map(|at| format!("{}: match {}", rule.id, at + 1)),
        );
    }
    assert!(silent.is_empty(), "\n{}", silent.join("\n"));
}

/// Rules other than the witness's own that fire in it are either right, or a bug in one of the two.
#[test]
fn the_table_of_what_fires_where_was_read_by_somebody() {
    let rules = RuleSet::builtin();
    let mut table = String::new();
    for one in witnesses() {
        let mut fired: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for finding in findings(&one, rules) {
            fired.entry(finding.rule).or_default().push(finding.location.line);
        }
        for (rule, lines) in fired {
            table.push_str(&format!("{}/{}: {rule} {lines:?}\n", one.rule, one.name));
        }
    }
    insta::assert_snapshot!("table", table);
}

#[test]
fn a_rule_says_the_same_whatever_order_files_are_read_in() {
    let rules = RuleSet::builtin();
    let known = Knowledge::builtin();
    let read = |names: &[usize]| {
        let all = witnesses();
        let seen = names.iter().filter_map(|at| all.get(*at)).map(|one| {
            let path = MemberPath::new(&format!("src/{}/{}", one.rule, one.name)).expect("a plain name");
            source::file(&Member::new(&path, &one.bytes), known, rules)
        });
        let mut all = source::evidence(seen.collect(), known, rules);
        all.sort();
        all.findings
    };
    let forward: Vec<usize> = (0..witnesses().len()).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    assert_eq!(read(&forward), read(&backward));
}

use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::input::{Specifiers, requirement};
use crate::model::{DistFile, PackageMetadata, Yanked};
use crate::select::{Policy, Releases, TagRanks};

/// An index of a few lines: `a 1.0 py3-none-any: b>=1, c; extra == 'x'`.
struct Small {
    releases: HashMap<PackageName, Arc<Releases>>,
    needs: HashMap<(PackageName, Version), Result<Arc<Needs>, String>>,
}

fn target() -> Target {
    Target { python: "3.14t".parse().expect("python"), platform: "linux-x86_64".parse().expect("linux") }
}

fn name(text: &str) -> PackageName {
    PackageName::new(text).expect(text)
}

impl Small {
    fn new(lines: &[&str]) -> Self {
        let mut files: HashMap<PackageName, Vec<Arc<DistFile>>> = HashMap::new();
        let mut needs = HashMap::new();
        for line in lines {
            let (head, requires) = line.split_once(':').expect(line);
            let mut words = head.split_whitespace();
            let (project, version) = (name(words.next().expect(line)), words.next().expect(line));
            let kind = words.next().unwrap_or("py3-none-any");
            let yanked = words.next() == Some("yanked");
            let filename = match kind {
                "sdist" => format!("{project}-{version}.tar.gz"),
                tags => format!("{project}-{version}-{tags}.whl"),
            };
            files.entry(project.clone()).or_default().push(Arc::new(DistFile {
                url: format!("https://h.example/{filename}"),
                filename,
                hashes: Default::default(),
                requires_python: None,
                yanked: yanked.then(|| Yanked { reason: String::new() }),
                size: None,
                upload_time: None,
                core_metadata: None,
            }));
            let metadata = PackageMetadata {
                requires_dist: requires
                    .split('&')
                    .map(|one| one.trim().to_owned())
                    .filter(|one| !one.is_empty() && one != "?")
                    .collect(),
                ..PackageMetadata::default()
            };
            let told = match requires.trim() {
                "?" => Err("only a build tells".to_owned()),
                _ => Ok(Arc::new(Needs::of(&metadata))),
            };
            needs.insert((project, version.parse().expect(version)), told);
        }
        let ranks = Arc::new(TagRanks::new(&target()));
        let releases = files
            .into_iter()
            .map(|(project, files)| {
                let sorted = Releases::new(&project, &files, &target(), &ranks, &Policy::default());
                (project, Arc::new(sorted))
            })
            .collect();
        Self { releases, needs }
    }
}

impl Catalog for Small {
    fn expect(&self, _: &PackageName, _: &Specifiers, _: &[String]) {}
    fn releases(&self, name: &PackageName) -> Result<Arc<Releases>, String> {
        self.releases.get(name).cloned().ok_or_else(|| format!("no project {name}"))
    }
    fn needs(&self, name: &PackageName, version: &Version) -> Result<Arc<Needs>, String> {
        self.needs.get(&(name.clone(), version.clone())).cloned().expect("asked for what is there")
    }
}

fn solve(index: &[&str], asked: &[&str], limits: &[&str]) -> Result<Resolution, Conflict> {
    let read = |lines: &[&str]| -> Vec<Request> {
        lines
            .iter()
            .enumerate()
            .map(|(at, line)| requirement(line, &format!("r.txt:{}", at + 1)).expect(line))
            .collect()
    };
    let (requests, constraints) = (read(asked), read(limits));
    let question = Question {
        target: &target(),
        requests: &requests.iter().collect::<Vec<_>>(),
        constraints: &constraints.iter().collect::<Vec<_>>(),
        pre: false,
    };
    resolve(&question, &Small::new(index))
}

fn versions(resolution: &Resolution) -> String {
    let all = resolution.packages.iter().map(|(name, one)| format!("{name}={}", one.version));
    all.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_newest_releases_that_fit_together_are_found() {
    let index = ["a 1.0: b", "a 2.0: b<2", "b 1.0:", "b 2.0: c", "c 1.0:"];
    assert_eq!(versions(&solve(&index, &["a"], &[]).expect("solved")), "a=2.0 b=1.0");
    assert_eq!(versions(&solve(&index, &["a", "b>=2"], &[]).expect("solved")), "a=1.0 b=2.0 c=1.0");
    assert_eq!(versions(&solve(&index, &["a"], &["a<2"]).expect("solved")), "a=1.0 b=2.0 c=1.0");
}

#[test]
fn extras_bring_their_needs_and_stay_with_their_project() {
    let index = ["a 1.0: c; extra == 'x'", "a 2.0: d; extra == 'x'", "c 1.0:", "d 1.0:", "b 1.0: a[x]<2"];
    assert_eq!(versions(&solve(&index, &["a[x]"], &[]).expect("solved")), "a=2.0 d=1.0");
    let both = solve(&index, &["a", "b"], &[]).expect("solved");
    assert_eq!(versions(&both), "a=1.0 b=1.0 c=1.0");
    assert!(both.packages[&name("a")].extras.contains("x"));
    let through = both.edges.iter().find(|edge| edge.to == name("c")).expect("an edge to c");
    assert_eq!((through.from.as_ref(), through.extra.as_deref()), (Some(&name("a")), Some("x")));
}

#[test]
fn a_conflict_names_the_requirements_in_it_and_their_places() {
    let index = ["a 1.0: c<2", "b 1.0: c>=2", "b 2.0: c>=2", "c 1.0:", "c 2.0:", "z 1.0:"];
    let conflict = solve(&index, &["a", "z", "b"], &[]).expect_err("no set");
    let text = conflict.to_string();
    for part in ["r.txt:1 asks for a", "r.txt:3 asks for b", "a 1.0 needs c<2", "b 1.0 to 2.0 needs c>=2"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("asks for z") && !conflict.names.contains(&name("z")), "{text}");
    let text = solve(&index, &["c>=2"], &["c<2"]).expect_err("no set").to_string();
    assert!(text.contains("limits it to c<2"), "{text}");
    let text = solve(&index, &["c>=3"], &[]).expect_err("no set").to_string();
    assert!(text.contains("no release of c satisfies that; the newest is 2.0"), "{text}");
}

#[test]
fn what_cannot_be_had_is_named_and_the_rest_is_solved() {
    let index = ["a 1.0: gone & b", "b 1.0 sdist: ?"];
    let found = solve(&index, &["a"], &[]).expect("solved");
    assert_eq!(versions(&found), "a=1.0 b=1.0");
    assert_eq!(found.lost[&name("gone")], "no project gone");
    assert_eq!(found.packages[&name("b")].unknown_needs.as_deref(), Some("only a build tells"));
}

/// pip and uv would step back to an older release that can be installed; where there is none, the newest is reported.
#[test]
fn releases_without_a_file_for_the_target_are_passed_over_unless_there_is_no_other() {
    let index =
        ["a 1.0:", "a 2.0 cp314-cp314-win32:", "b 1.0 cp314-cp314-win32:", "b 2.0 cp314-cp314-win32:"];
    assert_eq!(versions(&solve(&index, &["a"], &[]).expect("solved")), "a=1.0");
    let found = solve(&index, &["a", "b<2"], &[]).expect("solved");
    assert_eq!(versions(&found), "a=1.0 b=1.0");
    assert!(!found.packages[&name("b")].release.usable);
}

#[test]
fn pre_releases_and_withdrawn_ones_need_to_be_asked_for() {
    let index =
        ["a 1.0:", "a 2.0rc1:", "b 1.0b1:", "c 1.0:", "c 2.0 py3-none-any yanked:", "d 1.0: a==2.0rc1"];
    assert_eq!(versions(&solve(&index, &["a", "b", "c"], &[]).expect("solved")), "a=1.0 b=1.0b1 c=1.0");
    assert_eq!(versions(&solve(&index, &["a>=2.0rc1", "c==2.0"], &[]).expect("solved")), "a=2.0rc1 c=2.0");
    assert_eq!(versions(&solve(&index, &["d"], &[]).expect("solved")), "a=2.0rc1 d=1.0");
    assert!(solve(&index, &["c>=2"], &[]).is_err());
}

#[test]
fn local_versions_satisfy_a_pin_of_their_public_one() {
    let index = ["a 1.0:", "a 1.0+cpu:", "a 1.1:"];
    assert_eq!(versions(&solve(&index, &["a==1.0"], &[]).expect("solved")), "a=1.0+cpu");
}

#[test]
fn the_same_question_has_the_same_answer() {
    let index = ["a 1.0: c & d & e", "b 1.0: e & d", "c 1.0: e<2", "d 1.0:", "e 1.0:", "e 2.0: c<1"];
    let first = solve(&index, &["b", "a"], &[]).expect("solved");
    for _ in 0..5 {
        assert_eq!(solve(&index, &["b", "a"], &[]).expect("solved"), first);
    }
}

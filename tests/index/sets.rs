//! Whole sets: what is resolved, who needs whom, what stands in the way and the way out.

use std::time::{Duration, Instant};

use serde_json::{Value, json as value};
use ungil::index::Settings;
use ungil::model::Target;
use ungil::pipeline::{self, Asked};
use ungil::select::Policy;

use super::command::{Place, json, package, run, stderr, verdict};
use super::made::{DECLARES, JSON, Made, SILENT, Site, binary_wheel, json_page, metadata, pure_wheel, sdist};
use super::server::Answer;
use super::{open, settings};

/// A file whose METADATA lies beside it and has these requirements.
fn needing(made: Made, requires: &[&str]) -> Made {
    let mut parts = made.filename.splitn(3, '-');
    let (name, version) = (parts.next().expect("a name"), parts.next().expect("a version"));
    let lines: String = requires.iter().map(|one| format!("Requires-Dist: {one}\n")).collect();
    let text = metadata(name, version).replace("\n\n", &format!("\n{lines}\n"));
    Made { metadata: Some(text.into_bytes()), ..made }
}

fn versions(document: &Value) -> Vec<String> {
    let rows = document["packages"].as_array().expect("rows");
    rows.iter()
        .map(|row| {
            format!("{} {}", row["name"].as_str().expect("name"), row["version"].as_str().unwrap_or("-"))
        })
        .collect()
}

/// `app` needs `middle`, which needs `deep`; `deep` is ready from 2.0 on, `middle` allows it from 2.0 on.
fn tree_site() -> Site {
    let site = Site::start();
    site.publish("app", &[needing(pure_wheel("app", "1.0"), &["middle>=1", "extra-thing; extra == 'x'"])]);
    site.publish(
        "middle",
        &[
            needing(pure_wheel("middle", "1.0"), &["deep<2"]),
            needing(pure_wheel("middle", "2.0"), &["deep>=1"]),
        ],
    );
    let deep = |version: &str, case: &str| needing(binary_wheel("deep", version, case), &[]);
    let all: Vec<Made> = ["1.0", "1.1", "1.2"]
        .iter()
        .map(|version| deep(version, SILENT))
        .chain(["2.0", "2.1", "2.2", "3.0"].iter().map(|version| deep(version, DECLARES)))
        .collect();
    site.publish("deep", &all);
    site
}

#[test]
fn what_is_needed_is_looked_at_with_who_needs_it() {
    let (site, place) = (tree_site(), Place::new());
    let (document, code) = json(&mut place.audit(&site.index()), &["app", "--no-sources"]);
    assert_eq!(versions(&document), ["app 1.0", "deep 3.0", "middle 2.0"]);
    let by = &package(&document, "deep")["required_by"];
    assert_eq!(*by, value!([{"name": "middle", "extra": null, "requirement": "deep>=1"}]));
    assert_eq!(package(&document, "app")["requested_by"], value!(["command line"]));
    assert_eq!(package(&document, "deep")["requested_by"], value!([]));
    assert_eq!(code, 0);
    let (document, _) = json(&mut place.audit(&site.index()), &["app", "--no-sources", "--no-deps"]);
    assert_eq!(versions(&document), ["app 1.0"]);
}

#[test]
fn the_tree_shows_the_path_to_what_stands_in_the_way() {
    let (site, place) = (tree_site(), Place::new());
    let args = ["app", "deep<1.2", "--no-sources", "--tree", "--no-way-out"];
    let output = run(&mut place.audit(&site.index()), &args);
    let text = String::from_utf8_lossy(&output.stdout);
    let tree =
        "app 1.0  (command line)\n└── middle 2.0  [middle>=1]\n    └── deep 1.1  needs-gil  [deep>=1]\n";
    assert!(text.contains(tree), "{text}{}", stderr(&output));
}

/// Five releases could be ready by their names; the first that is, is found without reading them all.
#[test]
fn the_way_out_names_the_first_ready_release_and_who_forbids_it() {
    let (site, place) = (tree_site(), Place::new());
    place.write("r.txt", "app\nmiddle==1.0\n");
    let args = ["-r", "r.txt", "--no-sources", "--write-constraints", "c.txt"];
    let (document, code) = json(&mut place.audit(&site.index()), &args);
    assert_eq!((verdict(&document, "deep").as_str(), code), ("needs-gil", 1));
    let way = &package(&document, "deep")["way_out"];
    assert_eq!(way["first_ready"], "2.0");
    assert_eq!(way["forbidden_by"], value!(["middle needs deep<2"]));
    let asked: Vec<&str> = document["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| change["requirement"].as_str().expect("text"))
        .collect();
    assert_eq!(asked, ["middle==2.0"], "with it the newest of the other comes by itself");
    assert_eq!(document["changes"][0]["replaces"], value!(["r.txt:2: middle==1.0"]));
    let constraints = std::fs::read_to_string(place.path().join("c.txt")).expect("written");
    assert!(constraints.contains("\nmiddle==2.0\n"), "{constraints}");
    let read = ["2.0", "2.1", "2.2", "3.0"]
        .iter()
        .filter(|version| site.server.count(&binary_wheel("deep", version, DECLARES).path()) > 0)
        .count();
    assert!(read <= 3, "{read} of the releases after 2.0 were read");
    let schema: Value = serde_json::from_slice(&run(&mut place.bare(), &["schema"]).stdout).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&document));
}

#[test]
fn where_nothing_helps_that_is_said() {
    let (site, place) = (Site::start(), Place::new());
    site.publish("silent", &[binary_wheel("silent", "1.0", SILENT), binary_wheel("silent", "2.0", SILENT)]);
    site.publish("source", &[sdist("source", "1.0", &[("a.c", "int x;\n")])]);
    let (document, _) = json(&mut place.audit(&site.index()), &["silent<2", "source", "--no-sources"]);
    let note = |name: &str| package(&document, name)["way_out"]["note"].as_str().expect("a note").to_owned();
    assert!(note("silent").contains("the newest is not ready either"), "{}", note("silent"));
    assert!(note("source").contains("no release has a free-threaded wheel"), "{}", note("source"));
    assert_eq!(document["changes"], Value::Null);
}

#[test]
fn a_conflict_is_told_and_the_rest_is_resolved_all_the_same() {
    let (site, place) = (tree_site(), Place::new());
    site.publish("other", &[needing(pure_wheel("other", "1.0"), &["deep"])]);
    let args = ["other", "middle<2", "deep>=2", "--no-sources", "--no-way-out"];
    let (document, code) = json(&mut place.audit(&site.index()), &args);
    assert_eq!(code, 3);
    let failures = document["failures"].as_array().expect("rows");
    assert_eq!(failures.len(), 1, "{failures:?}");
    let reason = failures[0]["reason"].as_str().expect("text");
    for part in ["command line asks for middle<2", "command line asks for deep>=2", "middle 1.0 needs deep<2"]
    {
        assert!(reason.contains(part), "{reason}");
    }
    assert!(versions(&document).contains(&"other 1.0".to_owned()), "{:?}", versions(&document));
}

#[test]
fn what_only_a_build_would_tell_is_named_and_the_rest_is_audited() {
    let (site, place) = (Site::start(), Place::new());
    site.publish("app", &[needing(pure_wheel("app", "1.0"), &["old-sdist", "gone"])]);
    site.publish("old-sdist", &[sdist("old_sdist", "1.0", &[("a.c", "int x;\n")])]);
    let (document, code) = json(&mut place.audit(&site.index()), &["app", "--no-sources", "--no-way-out"]);
    assert_eq!((versions(&document), code), (vec!["app 1.0".to_owned(), "old-sdist 1.0".to_owned()], 3));
    let told: Vec<&str> = document["failures"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["request"].as_str().expect("text"))
        .collect();
    assert_eq!(told, ["gone", "the dependencies of old-sdist==1.0"]);
    assert_eq!(document["failures"][0]["requested_by"], value!(["app"]));
}

/// The first run fetches; the second, for another target, fetches nothing new of what was read.
#[test]
fn facts_know_no_target() {
    let (site, place) = (tree_site(), Place::new());
    let cached = |args: &[&str]| {
        let mut command = place.audit(&site.index());
        command.args(["--cache-dir", "cache"]);
        json(&mut command, args).0
    };
    cached(&["app", "--no-sources"]);
    let path = binary_wheel("deep", "3.0", DECLARES).path();
    let before = site.server.count(&path);
    assert!(before > 0);
    cached(&["app", "--no-sources", "--python", "3.13t,3.14t"]);
    assert_eq!(site.server.count(&path), before);
}

#[test]
fn an_sdist_that_fixes_its_needs_is_followed() {
    let (site, place) = (tree_site(), Place::new());
    let project = "[project]\nname = \"fixed\"\nversion = \"1.0\"\ndependencies = [\"middle<2\"]\n";
    let made = sdist("fixed", "1.0", &[("pyproject.toml", project)]);
    site.publish("fixed", &[made]);
    let (document, _) = json(&mut place.audit(&site.index()), &["fixed", "--no-sources", "--no-way-out"]);
    assert_eq!(versions(&document), ["deep 1.2", "fixed 1.0", "middle 1.0"]);
}

/// Twenty projects at each of five depths, each of which needs three of the next: 100 pages and 100 METADATA files from
/// an index that takes 50 ms for each. One after the other they take 10 s, the longest chain alone 0.5 s.
#[test]
fn requests_overlap_so_that_the_longest_chain_decides_how_long_a_resolution_takes() {
    const DEPTH: usize = 5;
    const WIDTH: usize = 20;
    const PAUSE: Duration = Duration::from_millis(50);
    let site = Site::start();
    for depth in 0..DEPTH {
        for at in 0..WIDTH {
            let (name, below) = (format!("p{depth}x{at}"), depth + 1);
            let needs: Vec<String> =
                (0..3).map(|next| format!("p{below}x{}", (at * 3 + next) % WIDTH)).collect();
            let needs: Vec<&str> = needs.iter().filter(|_| below < DEPTH).map(String::as_str).collect();
            let made = needing(pure_wheel(&name, "1.0"), &needs);
            let (page, text) = (json_page(&name, std::slice::from_ref(&made)), made.metadata.clone());
            let slow = move |answer: Answer| Answer { pauses: (PAUSE, Duration::ZERO), ..answer };
            site.server.on(&Site::page_path(&name), move |_| {
                slow(Answer::new(200, page.as_str()).with("Content-Type", JSON))
            });
            site.server.on(&format!("{}.metadata", made.path()), move |_| {
                slow(Answer::new(200, text.clone().expect("it has one")))
            });
        }
    }
    let lines: Vec<String> = (0..WIDTH).map(|at| format!("p0x{at}")).collect();
    let (requests, problems) = ungil::input::specs(&lines);
    assert!(problems.is_empty());
    let asked = Asked { requests, deps: true, ..Asked::default() };
    let target =
        Target { python: "3.14t".parse().expect("a Python"), platform: "linux".parse().expect("linux") };
    let index = open(Settings { requests_at_once: 32, ..settings(&site.index()) });
    let start = Instant::now();
    let resolved = pipeline::resolve(&index, &asked, &[target], &Policy::default()).expect("clear");
    let took = start.elapsed();
    assert_eq!(resolved.sets[0].1.len(), DEPTH * WIDTH);
    let chain = PAUSE * 2 * u32::try_from(DEPTH).expect("small");
    println!("{took:?} for a longest chain of {chain:?}: {:.1}", took.as_secs_f64() / chain.as_secs_f64());
    assert!(took < chain * 5, "{took:?} for a longest chain of {chain:?}");
}

/// A program of that name that keeps what it was asked and prints pins.
#[cfg(unix)]
#[test]
fn an_installed_uv_may_resolve_instead() {
    use std::os::unix::fs::PermissionsExt as _;
    let (site, place) = (tree_site(), Place::new());
    let script = "#!/bin/sh\necho \"$@\" > asked; cat >> asked; echo \"$UV_DEFAULT_INDEX\" >> asked\n\
                  printf '# pins\\napp==1.0\\nmiddle==1.0\\ndeep==1.1\\n'\n";
    let uv = place.write("uv", script);
    std::fs::set_permissions(&uv, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!("{}:/usr/bin:/bin", place.path().display());
    let mut command = place.audit(&site.index());
    command.env("PATH", &path);
    let (document, code) =
        json(&mut command, &["app>=1", "--resolver", "uv", "--no-sources", "--no-way-out"]);
    assert_eq!(versions(&document), ["app 1.0", "deep 1.1", "middle 1.0"]);
    assert_eq!(package(&document, "app")["requested_by"], value!(["command line"]));
    assert_eq!(package(&document, "deep")["requested_by"], value!([]));
    assert_eq!(code, 1);
    let asked = std::fs::read_to_string(place.path().join("asked")).expect("it ran");
    for part in
        ["pip compile", "--no-build", "--python-version 3.14", "x86_64-manylinux_2_28", "app>=1", "/simple/"]
    {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
    std::fs::write(&uv, "#!/bin/sh\necho no such set >&2; exit 1\n").expect("written");
    let output = run(place.audit(&site.index()).env("PATH", &path), &["app", "--resolver", "uv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no such set"), "{}", stderr(&output));
}

/// What a project in a folder asks for counts in the way out like any other line, and its file is named.
#[test]
fn the_way_out_knows_the_lines_of_a_project_in_a_folder() {
    let (site, place) = (tree_site(), Place::new());
    std::fs::create_dir(place.path().join("mine")).expect("a folder");
    let project =
        "[project]\nname = \"mine\"\nversion = \"1\"\ndependencies = [\"middle>=2\", \"deep<1.2\"]\n";
    place.write("mine/pyproject.toml", project);
    let requirements = place.write("requirements.txt", "-e ./mine\n");
    let args = ["-r", requirements.to_str().expect("text"), "--no-sources"];
    let (document, _) = json(&mut place.audit(&site.index()), &args);
    assert_eq!(verdict(&document, "deep"), "needs-gil");
    let change = &document["changes"][0];
    assert_eq!(change["requirement"], "deep>=2.0", "{document:#}");
    let replaced = change["replaces"][0].as_str().unwrap_or_default();
    assert!(replaced.contains("pyproject.toml") && replaced.contains("deep<1.2"), "{replaced}");
    assert_eq!(document["changes"].as_array().map(Vec::len), Some(1));
}

/// Names are often taken with an empty release of pure Python, which is ready and no way back.
#[test]
fn an_older_release_helps_only_if_it_is_compiled_and_ready() {
    let (site, place) = (Site::start(), Place::new());
    site.publish("taken", &[pure_wheel("taken", "0.0"), binary_wheel("taken", "2.0", SILENT)]);
    site.publish("back", &[binary_wheel("back", "1.0", DECLARES), binary_wheel("back", "2.0", SILENT)]);
    let (document, _) = json(&mut place.audit(&site.index()), &["taken", "back", "--no-sources"]);
    assert_eq!(package(&document, "taken")["way_out"]["first_ready"], Value::Null);
    assert_eq!(package(&document, "back")["way_out"]["first_ready"], "1.0");
    assert_eq!(document["changes"].as_array().map(Vec::len), Some(1), "{document:#}");
}

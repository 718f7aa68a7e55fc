//! The main job against an index on the loopback: `cargo bench --bench audit`.
//!
//! Three figures belong together: an audit whose pages are cached and whose files are not, the same once more with
//! everything cached, and, as the floor of the first, a plain client that fetches the very bytes which the audit asked
//! for. `UNGIL_BENCH_FILES=DIR` serves the wheels and sdists of a folder, a project per name; without it thirty small
//! projects are made. `README.md` beside this file has the ratios that were measured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use ungil::index::{Index, Settings};
use ungil::input::specs;
use ungil::judge::Weights;
use ungil::model::Target;
use ungil::pipeline::{self, Asked, Outcome, Plan};
use ungil::select::{Policy, WheelName, guess};
use ungil::store::Cache;
use ungil::unpack::Limits;

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/index/made.rs"]
mod made;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/index/server.rs"]
mod server;

use made::{DECLARES, Made, SILENT, Site, binary_wheel, pure_wheel, sdist};

fn main() {
    divan::main();
}

struct Fixture {
    site: Site,
    asked: Asked,
    plan: Plan,
    /// A cache that holds the pages and nothing else.
    pages: tempfile::TempDir,
    /// A cache that holds everything.
    full: tempfile::TempDir,
    /// The parts of files that an audit asks for: path and `Range`.
    parts: Vec<(String, Option<String>)>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let site = Site::start();
    let projects = match std::env::var_os("UNGIL_BENCH_FILES") {
        Some(folder) => given(Path::new(&folder)),
        None => small(),
    };
    for (name, files) in &projects {
        site.publish(name, files);
    }
    let (requests, problems) = specs(&projects.keys().cloned().collect::<Vec<_>>());
    assert!(problems.is_empty(), "{problems:?}");
    let target = Target {
        python: "3.14t".parse().expect("a Python"),
        platform: "linux-x86_64".parse().expect("a platform"),
    };
    let plan = Plan {
        targets: vec![target],
        policy: Policy::default(),
        sources: true,
        keep_sdists: false,
        limits: Limits::default(),
        weights: Weights::builtin().clone(),
    };
    let asked = Asked { requests, ..Asked::default() };
    let full = tempfile::tempdir().expect("a folder");
    audit(&site, &asked, &plan, full.path());
    let pages = tempfile::tempdir().expect("a folder");
    copy(&full.path().join("v1/http"), &pages.path().join("v1/http"));
    let log = site.server.asked();
    let parts: Vec<(String, Option<String>)> = log
        .iter()
        .filter(|asked| asked.path().starts_with("/files/"))
        .map(|asked| (asked.path().to_owned(), asked.header("range").map(str::to_owned)))
        .collect();
    eprintln!("{} projects, {} requests for files", projects.len(), parts.len());
    Fixture { site, asked, plan, pages, full, parts }
});

/// Projects of a folder's files, by the names in the file names.
fn given(folder: &Path) -> BTreeMap<String, Vec<Made>> {
    let mut projects: BTreeMap<String, Vec<Made>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let filename = entry.file_name().to_string_lossy().into_owned();
        if let Some((name, _)) = guess(&filename) {
            let bytes = std::fs::read(entry.path()).expect("readable");
            projects.entry(name.to_string()).or_default().push(Made::new(&filename, bytes));
        }
    }
    projects
}

/// Thirty projects, a third of them pure Python, with a page of four hundred files each.
fn small() -> BTreeMap<String, Vec<Made>> {
    let source = include_str!("../rules/c/instance-field-unguarded/bad/held_by_an_object.cpp");
    (0..30)
        .map(|at| {
            let name = format!("project{at}");
            let mut files: Vec<Made> = (0..400).map(|old| old_wheel(&name, old)).collect();
            match at % 3 {
                0 => files.push(pure_wheel(&name, "2.0")),
                kind => {
                    files.push(binary_wheel(&name, "2.0", if kind == 1 { DECLARES } else { SILENT }));
                    files.push(sdist(&name, "2.0", &[("src/module.c", source)]));
                }
            }
            (name, files)
        })
        .collect()
}

/// A wheel of an old release, which nobody fetches.
fn old_wheel(name: &str, old: usize) -> Made {
    Made::new(&format!("{name}-1.{old}-cp312-cp312-manylinux_2_17_x86_64.whl"), Vec::new())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target: PathBuf = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn audit(site: &Site, asked: &Asked, plan: &Plan, cache: &Path) -> Outcome {
    let mut settings = Settings::default();
    settings.push_index(&site.index()).expect("a URL");
    let index = Index::new(settings, Arc::new(Cache::open(cache)), Arc::new(())).expect("an index");
    let outcome = pipeline::audit(&index, asked, plan, &()).expect("no contradiction");
    assert_eq!(outcome.failures.len(), 0, "{:?}", outcome.failures.first());
    outcome
}

/// Pages from the cache, files from the index.
#[divan::bench(sample_count = 8, sample_size = 1)]
fn files_cold(bencher: divan::Bencher<'_, '_>) {
    let all = &*FIXTURE;
    bencher
        .with_inputs(|| {
            let cache = tempfile::tempdir().expect("a folder");
            copy(&all.pages.path().join("v1"), &cache.path().join("v1"));
            cache
        })
        .bench_values(|cache| audit(&all.site, &all.asked, &all.plan, cache.path()).packages.len());
}

/// Everything from the cache.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn again(bencher: divan::Bencher<'_, '_>) {
    let all = &*FIXTURE;
    bencher.bench(|| audit(&all.site, &all.asked, &all.plan, all.full.path()).packages.len());
}

/// The floor of `files_cold`: the same requests for files, by a client that throws away what comes.
#[divan::bench(sample_count = 8, sample_size = 1)]
fn same_bytes(bencher: divan::Bencher<'_, '_>) {
    let all = &*FIXTURE;
    let at_once = Settings::default().requests_at_once;
    bencher.bench(|| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
        let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    while let Some((path, range)) = all.parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut request = client.get(format!("{}{path}", all.site.server.url()));
                        if let Some(range) = range {
                            request = request.header("range", range);
                        }
                        let body = request.send().and_then(reqwest::blocking::Response::bytes);
                        bytes.fetch_add(body.expect("an answer").len(), Ordering::Relaxed);
                    }
                });
            }
        });
        bytes.into_inner()
    });
}

/// Sorting the files of a page by version, which a resolution does for every project it meets.
#[divan::bench]
fn releases_of_a_page(bencher: divan::Bencher<'_, '_>) {
    let project = ungil::model::PackageName::new("p").expect("a name");
    let files: Vec<Arc<ungil::model::DistFile>> = (0..4000)
        .map(|at| format!("p-1.{}-cp3{}-cp3{}-manylinux_2_17_x86_64.whl", at / 20, at % 20, at % 20))
        .inspect(|name| assert!(name.parse::<WheelName>().is_ok()))
        .map(|filename| {
            Arc::new(ungil::model::DistFile {
                url: format!("https://files.example/{filename}"),
                filename,
                hashes: Default::default(),
                requires_python: None,
                yanked: None,
                size: None,
                upload_time: None,
                core_metadata: None,
            })
        })
        .collect();
    let target = Target {
        python: "3.14t".parse().expect("a Python"),
        platform: "linux-x86_64".parse().expect("a platform"),
    };
    let ranks = Arc::new(ungil::select::TagRanks::new(&target));
    bencher.bench(|| {
        let releases = ungil::select::Releases::new(&project, &files, &target, &ranks, &Policy::default());
        releases.versions().count()
    });
}

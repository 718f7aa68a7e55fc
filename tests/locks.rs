//! Lock files that the real tools wrote, from inputs kept beside them (`tests/locks/README.md` has the commands).

use std::path::Path;

use ungil::input::lock::{Lock, read, recognise};
use ungil::input::{Parts, Source, files, load};
use ungil::model::Target;
use ungil::resolve::pick;

fn lock(file: &str) -> Lock {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks").join(file);
    let text = std::fs::read_to_string(path).expect(file);
    let read = read(recognise(&text).expect("a lock file"), &text, file, "").expect("readable");
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    read.lock
}

fn target(python: &str, platform: &str) -> Target {
    Target { python: python.parse().expect(python), platform: platform.parse().expect(platform) }
}

fn names(file: &str, target: &Target, parts: &Parts) -> Vec<String> {
    let picked = pick(&lock(file), target, parts);
    assert!(picked.notes.is_empty(), "{:?}", picked.notes);
    let mut names: Vec<String> = picked
        .requests
        .iter()
        .map(|one| format!("{}{}", one.name.as_ref().expect("a name"), one.specifiers))
        .collect();
    names.sort();
    names
}

/// What the project's own dependencies come to for Python 3.14 on Linux.
const MAIN: [&str; 13] = [
    "anyio==4.16.0",
    "certifi==2026.10.19.post1",
    "click==8.5.1",
    "h11==0.16.0",
    "h2==4.4.1",
    "hpack==4.2.0",
    "httpcore==1.0.9",
    "httpx==0.28.1",
    "hyperframe==6.1.0",
    "idna==3.20",
    "jinja2==3.1.6",
    "markupsafe==3.0.4",
    "typing-extensions==4.16.0",
];

#[test]
fn one_project_locked_by_several_tools_is_the_same_set() {
    let linux = target("3.14t", "linux-x86_64");
    assert_eq!(names("uv.lock", &linux, &Parts::default()), MAIN);
    assert_eq!(names("poetry.lock", &linux, &Parts::default()), MAIN);
    let without_click: Vec<&str> = MAIN.into_iter().filter(|name| !name.starts_with("click")).collect();
    assert_eq!(names("Pipfile.lock", &linux, &Parts::default()), without_click);
}

/// uv wrote the same set as a requirements file; whatever the target, the two must agree.
#[test]
fn a_lock_of_uv_is_what_uv_exports_from_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks/requirements.uv.txt");
    let path = path.to_string_lossy().into_owned();
    let loaded = load(&[path], &[], &files::Disk, &|_| None, &Parts::default());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    for (python, platform) in
        [("3.14t", "linux"), ("3.11", "linux"), ("3.14t", "windows"), ("3.15t", "macos")]
    {
        let target = target(python, platform);
        let mut exported: Vec<String> = loaded
            .requests
            .iter()
            .filter(|one| ungil::select::marker::applies(one.marker.as_deref(), &target, &[]).0)
            .map(|one| format!("{}{}", one.name.as_ref().expect("a name"), one.specifiers))
            .collect();
        exported.sort();
        assert_eq!(names("uv.lock", &target, &Parts::default()), exported, "{target}");
    }
}

#[test]
fn extras_and_groups_are_taken_in_when_asked_for() {
    let linux = target("3.14t", "linux");
    let all = Parts { all_extras: true, all_groups: true, ..Parts::default() };
    let everything = names("uv.lock", &linux, &all);
    assert_eq!(names("pylock.uv.toml", &linux, &Parts::default()), everything, "uv's export of all groups");
    assert_eq!(names("poetry.lock", &linux, &all), everything);
    for file in ["uv.lock", "poetry.lock", "pdm.lock"] {
        let has = |parts: &Parts, name: &str| {
            names(file, &linux, parts).iter().any(|one| one.starts_with(&format!("{name}==")))
        };
        let fast = Parts { extras: vec!["fast".to_owned()], ..Parts::default() };
        let lint = Parts { groups: vec!["lint".to_owned()], ..Parts::default() };
        assert!(has(&fast, "sortedcontainers") && !has(&lint, "sortedcontainers"), "{file}");
        assert!(has(&lint, "pyflakes") && !has(&lint, "pytest") && !has(&fast, "pyflakes"), "{file}");
    }
}

#[test]
fn what_was_left_out_is_known_by_name() {
    let linux = target("3.14t", "linux");
    for file in ["uv.lock", "poetry.lock", "pdm.lock"] {
        let picked = pick(&lock(file), &linux, &Parts::default());
        let left: Vec<&str> = picked.left_out.iter().map(|name| name.as_str()).collect();
        for name in ["pytest", "pyflakes", "sortedcontainers"] {
            assert!(left.contains(&name), "{file}: {left:?}");
        }
    }
}

#[test]
fn files_keep_their_addresses_sizes_and_hashes_and_entries_their_lines() {
    let uv = lock("uv.lock");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks/uv.lock"));
    let text = text.expect("uv.lock");
    for package in &uv.packages {
        let line: usize = package.origin.strip_prefix("uv.lock:").expect("a line").parse().expect("a number");
        let name = format!("name = \"{}\"", package.name);
        assert_eq!(text.lines().nth(line), Some(name.as_str()), "the line after the header");
    }
    let markupsafe = uv.packages.iter().find(|one| one.name.as_str() == "markupsafe").expect("markupsafe");
    let Source::Files(files) = &markupsafe.source else { panic!("{:?}", markupsafe.source) };
    assert!(files.len() > 40 && files.iter().all(|file| file.sha256().is_some() && file.size.is_some()));
    assert!(files.iter().any(|file| file.filename.contains("cp314t")));
    for file in ["poetry.lock", "pdm.lock", "Pipfile.lock"] {
        let lock = lock(file);
        let markupsafe = lock.packages.iter().find(|one| one.name.as_str() == "markupsafe").expect(file);
        assert!(markupsafe.source == Source::Index && markupsafe.hashes.len() > 40, "{file}");
    }
    let pip = lock("pylock.toml");
    assert!(pip.packages.iter().all(|one| matches!(&one.source, Source::Files(files) if files.len() == 1)));
}

#[test]
fn a_lock_of_pdm_joins_what_an_extra_needs_with_the_project() {
    let linux = target("3.14t", "linux");
    let names = names("pdm.lock", &linux, &Parts::default());
    assert_eq!(names.iter().filter(|name| name.starts_with("httpx")).count(), 1, "{names:?}");
}

#[test]
fn projects_locks_and_requirements_are_told_apart_by_content_and_read_together() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks");
    let files = ["pyproject.toml", "uv.lock", "Pipfile.lock", "requirements.uv.txt"]
        .map(|file| folder.join(file).to_string_lossy().into_owned());
    let loaded = load(&files, &[], &files::Disk, &|_| None, &Parts::default());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    assert_eq!(loaded.locks.len(), 2);
    assert!(loaded.requests.iter().any(|one| one.origin.ends_with("pyproject.toml:6")));
    assert!(loaded.requests.iter().any(|one| one.origin.contains("requirements.uv.txt:")));
}

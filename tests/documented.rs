//! Every command of README.md and `docs/` is run: the lines of console blocks that begin with `$`, and what stands in the
//! text as a command of ungil.
//!
//! A page's commands run one after the other in a copy of `docs/example`, with a wheel in `dist` and built modules in
//! `build`. A command that asks the real index runs only with the feature `network`, one that imports modules only where
//! `UNGIL_TEST_PYTHON` names an interpreter. What is not ungil's is listed here by name, or the test fails.
#![cfg(unix)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Commands that CI runs as steps of their own.
const STEPS_OF_CI: [&str; 2] = ["cargo test", "cargo install --path ."];
/// Commands of a developer, which need features that are not here.
const FOR_DEVELOPERS: [&str; 2] = ["cargo test --features network --test network", "cargo test --test"];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(here("docs"))
        .expect("docs")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.push(here("README.md"));
    pages.sort();
    pages
}

/// The commands of a page, in order.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<&str> = None;
    for line in page.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(kind) };
        } else if block == Some("console") {
            if let Some(command) = line.strip_prefix("$ ") {
                found.push(command.split("  # ").next().unwrap_or(command).trim().to_owned());
            }
        } else if block.is_none() {
            let spans = line.split('`').skip(1).step_by(2);
            let command = |span: &&str| {
                ["ungil ", "uvx ", "pipx ", "cargo ", "pre-commit "]
                    .iter()
                    .any(|begin| span.starts_with(begin))
            };
            // A command that is only named has to be there.
            let named = |span: &str| match span.split_whitespace().count() {
                2 => format!("{span} --help"),
                _ => span.to_owned(),
            };
            found.extend(spans.filter(command).map(named));
        }
    }
    found
}

/// The project that a page's commands are run in.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&here("docs/example"), folder.path());
    let corpus = folder.path().join("corpus");
    std::fs::create_dir(&corpus).expect("a folder");
    std::fs::write(corpus.join("requirements.txt"), "markupsafe==3.0.3\nclick==8.3.1\n").expect("writes");
    std::fs::write(folder.path().join("list.txt"), "markupsafe,900\nclick,800\n").expect("writes");
    let tag = "cp314-cp314t-manylinux_2_28_x86_64";
    std::fs::create_dir(folder.path().join("dist")).expect("a folder");
    let site = folder.path().join(".venv/lib/python3.14t/site-packages");
    let file = std::fs::File::create(folder.path().join(format!("dist/mod-1.0-{tag}.whl"))).expect("creates");
    let mut zip = zip::ZipWriter::new(file);
    let module = "mod.cpython-314t-x86_64-linux-gnu.so";
    let about = format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n");
    for (path, bytes) in [
        (module, std::fs::read(here("corpus/extensions/built/elf-gcc").join(module)).expect("readable")),
        ("mod-1.0.dist-info/METADATA", b"Metadata-Version: 2.4\nName: mod\nVersion: 1.0\n".to_vec()),
        ("mod-1.0.dist-info/WHEEL", about.into_bytes()),
        (
            "mod-1.0.dist-info/RECORD",
            format!("{module},,\nmod-1.0.dist-info/METADATA,,\nmod-1.0.dist-info/WHEEL,,\n").into_bytes(),
        ),
    ] {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).expect("starts");
        zip.write_all(&bytes).expect("writes");
        // The same, installed.
        let installed = site.join(path);
        std::fs::create_dir_all(installed.parent().expect("a folder")).expect("a folder");
        std::fs::write(installed, &bytes).expect("writes");
    }
    zip.finish().expect("finishes");
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("readable") {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copies");
        }
    }
}

/// A folder with the programs that pages name: ungil, its launchers, and an interpreter if there is one.
fn programs(python: Option<&Path>) -> tempfile::TempDir {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    symlink(env!("CARGO_BIN_EXE_ungil"), folder.path().join("ungil")).expect("links");
    for (name, script) in [("uvx", "#!/bin/sh\nexec \"$@\"\n"), ("pipx", "#!/bin/sh\nshift\nexec \"$@\"\n")] {
        let path = folder.path().join(name);
        std::fs::write(&path, script).expect("writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("sets");
    }
    if let Some(python) = python {
        symlink(python, folder.path().join("python3.13t")).expect("links");
    }
    folder
}

/// Builds the project's module with the headers of the interpreter.
fn build(project: &Path, python: &Path) {
    let code = "import sysconfig; print(sysconfig.get_path('include'))";
    let told = Command::new(python).args(["-I", "-c", code]).output().expect("it runs");
    let include = String::from_utf8(told.stdout).expect("text");
    std::fs::create_dir(project.join("build")).expect("a folder");
    let mut gcc = Command::new("gcc");
    gcc.args(["-shared", "-fPIC", "-I", include.trim(), "src/counter.c", "-o", "build/counter.so"]);
    assert!(gcc.current_dir(project).status().expect("gcc").success());
}

enum Ask {
    /// With the codes that are answers.
    Run(String, &'static [i32]),
    /// Not here.
    Leave,
}

fn ask(command: &str, python: bool) -> Ask {
    if STEPS_OF_CI.contains(&command) || FOR_DEVELOPERS.iter().any(|known| command.starts_with(known)) {
        return Ask::Leave;
    }
    let ours = command.strip_prefix("cargo run --release -- ").map(|rest| format!("ungil {rest}"));
    let command = ours.unwrap_or_else(|| command.to_owned());
    let bare = command.trim_start_matches("uvx ").trim_start_matches("pipx run ");
    assert!(bare.starts_with("ungil "), "`{command}` is no command of ungil, and nobody says who runs it");
    let asks_index = !bare.contains("--help") && !bare.contains("--environment");
    let of_index = ["ungil audit", "ungil survey", "ungil merge"].iter().any(|one| bare.starts_with(one));
    if of_index && asks_index {
        // Code 3 is an honest answer about the packages of the day.
        return if cfg!(feature = "network") { Ask::Run(command, &[0, 1, 3]) } else { Ask::Leave };
    }
    if bare.contains("verify --python") && !python {
        return Ask::Leave;
    }
    Ask::Run(command, &[0, 1])
}

#[test]
fn every_command_of_the_pages_does_what_it_is_there_for() {
    let python = std::env::var_os("UNGIL_TEST_PYTHON").map(PathBuf::from);
    let programs = programs(python.as_deref());
    let cache = tempfile::tempdir().expect("a folder");
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap_or_default());
    let (mut ran, mut left) = (0, 0);
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("readable");
        let project = project();
        if let Some(python) = &python {
            build(project.path(), python);
        }
        for command in commands(&text) {
            let Ask::Run(line, codes) = ask(&command, python.is_some()) else {
                left += 1;
                continue;
            };
            let mut shell = Command::new("sh");
            for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("UNGIL_")) {
                shell.env_remove(name);
            }
            shell.env("PATH", &path).env("UNGIL_CACHE_DIR", cache.path()).env_remove("GITHUB_STEP_SUMMARY");
            let output = shell.args(["-c", &line]).current_dir(project.path()).output().expect("it runs");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let code = output.status.code().expect("it ends by itself");
            assert!(codes.contains(&code), "{}: `{line}` gives {code}: {told}", page.display());
            assert!(!told.contains("warning: unknown"), "{}: `{line}`: {told}", page.display());
            ran += 1;
        }
    }
    println!("{ran} commands ran, {left} were left to other tests");
    assert!(ran >= 25, "only {ran} commands ran: are the pages still read?");
}

/// A page that shows no command would pass unseen.
#[test]
fn commands_are_found_in_blocks_and_in_the_text() {
    let page = "Run `ungil rules` and\n```console\n$ ungil check  # words\nout\n```\n```toml\n$ no\n```\n`ungil: ignore[x]`\n";
    assert_eq!(commands(page), ["ungil rules --help", "ungil check"]);
}

/// What a page says of the fixes holds of the example.
#[test]
fn the_example_shows_what_the_maintainers_page_says_of_it() {
    let project = project();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ungil"));
        let output = command.args(args).env("UNGIL_NO_CACHE", "true").current_dir(project.path()).output();
        String::from_utf8(output.expect("it runs").stdout).expect("text")
    };
    let plan = run(&["plan"]);
    assert!(plan.contains("Modules made in one phase") && plan.contains("What corrupts memory"), "{plan}");
    let races = run(&["verify", "--tsan", "tsan.txt", "."]);
    assert!(races.contains("found: src/counter.c:10: ") && races.contains("2 of the interpreter"), "{races}");
    let diff = run(&["check", "--diff"]);
    assert!(diff.contains("+    Py_BEGIN_CRITICAL_SECTION(table);"), "{diff}");
    assert!(!diff.contains("Py_MOD_GIL_NOT_USED"), "{diff}");
}

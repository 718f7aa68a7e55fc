//! `ungil audit` as a whole: what a person who calls it sees, whatever the index does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::made::{self, DECLARES, Made, SILENT, Site, binary_wheel, pure_wheel, sdist, wheel};
use super::server::{Answer, Ranges, file};

/// A folder of its own to run in, which is also the home.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// `ungil audit` for one target, asking `index` alone, with patience for tests.
    pub fn audit(&self, index: &str) -> Command {
        let mut command = self.bare();
        command.args(["audit", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]);
        command.env("PIP_INDEX_URL", index);
        command
    }

    /// The program with nothing of this machine's environment.
    pub fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ungil"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_RETRIES", "1")
            .env("PIP_DEFAULT_TIMEOUT", "2")
            .env("NO_PROXY", "*")
            .current_dir(self.path());
        command
    }
}

pub fn run(command: &mut Command, args: &[&str]) -> Output {
    command.args(args).output().expect("it starts")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON document and the exit code.
pub fn json(command: &mut Command, args: &[&str]) -> (Value, i32) {
    let output = run(command.args(["--format", "json"]), args);
    let code = output.status.code().expect("it ends by itself");
    match serde_json::from_slice(&output.stdout) {
        Ok(value) => (value, code),
        Err(error) => panic!("{error}; exit {code}; {}", stderr(&output)),
    }
}

pub fn package<'a>(document: &'a Value, name: &str) -> &'a Value {
    let all = document["packages"].as_array().expect("rows");
    all.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

pub fn verdict(document: &Value, name: &str) -> String {
    package(document, name)["verdict"].as_str().expect("a verdict").to_owned()
}

/// The failure or the gaps of a package, in words.
fn trouble(document: &Value, name: &str) -> String {
    let failures = document["failures"].as_array().expect("rows");
    if let Some(failure) = failures.iter().find(|row| row["request"] == name) {
        return format!("{} {}", failure["reason"], failure["hint"]);
    }
    let row = package(document, name);
    assert_eq!(row["verdict"], "unknown", "{row:#}");
    assert_eq!(row["score"], Value::Null, "no number for what was not seen");
    row["gaps"].to_string()
}

/// A site with a package of each plain kind.
pub fn plain_site() -> Site {
    let site = Site::start();
    site.publish(
        "ready",
        &[binary_wheel("ready", "1.0", DECLARES), sdist("ready", "1.0", &[("a.c", "int x;\n")])],
    );
    site.publish("silent", &[binary_wheel("silent", "1.0", SILENT)]);
    site.publish("pure", &[pure_wheel("pure", "1.0")]);
    site
}

#[test]
fn plain_packages_get_their_verdicts_and_the_exit_code_says_the_worst() {
    let (site, place) = (plain_site(), Place::new());
    let (document, code) = json(&mut place.audit(&site.index()), &["ready", "silent", "pure"]);
    assert_eq!(verdict(&document, "ready"), "ready");
    assert_eq!(verdict(&document, "silent"), "needs-gil");
    assert_eq!(verdict(&document, "pure"), "pure-python");
    assert_eq!((&document["failures"], code), (&serde_json::json!([]), 1));
    assert_eq!(package(&document, "ready")["artifacts"][0]["usable_on"], serde_json::json!(["3.14t"]));
    assert_eq!(package(&document, "pure")["safety"], "none");
    let (_, code) = json(&mut place.audit(&site.index()), &["ready", "pure"]);
    assert_eq!(code, 0);
    let schema = run(&mut place.bare(), &["schema"]).stdout;
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&document));
    let output = run(&mut place.audit(&site.index()), &["ready", "silent", "pure"]);
    assert_eq!(stderr(&output), "", "no progress where nobody watches");
    let text = String::from_utf8_lossy(&output.stdout);
    let place_of = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name} in {text}"));
    assert!(place_of("silent") < place_of("ready") && text.contains("1 of 2"), "{text}");
}

/// Each trouble a server can make, with what must be said of it. All are asked for in one run with sound packages.
#[test]
fn each_trouble_is_told_for_its_package_and_all_others_are_still_audited() {
    let (site, place) = (plain_site(), Place::new());
    let say = |name: &str, answer: Answer| site.server.on(&Site::page_path(name), move |_| answer.clone());
    let page = |text: &str| Answer::new(200, text).with("Content-Type", made::JSON);
    say("busy", Answer::new(429, "").with("Retry-After", "3600"));
    say("broken-server", Answer::new(500, ""));
    say("gateway", Answer::new(502, ""));
    say("mute", Answer::nothing());
    say("garbage", Answer { body: made::noise(500), ..page("") });
    say("login-page", Answer::new(200, "<html>sign in").with("Content-Type", "text/html"));
    say("guarded", Answer::new(401, ""));
    say("torn-page", Answer { cut: Some(20), ..page(&made::json_page("torn-page", &[])) });
    say("circle", Answer::new(302, "").with("Location", "/simple/circle/"));
    say("sleepy", Answer { pauses: (std::time::Duration::from_secs(30), Default::default()), ..page("{}") });
    site.publish("empty", &[]);
    site.publish("old", &[binary_wheel("old", "1.0", DECLARES)]);
    site.publish("future", &[Made { requires_python: Some(">=3.99".into()), ..pure_wheel("future", "1.0") }]);
    site.publish("no-zip", &[Made::new(&format!("no_zip-1.0-{}.whl", made::TAG), made::noise(3000))]);
    let mut torn = binary_wheel("torn_module", "1.0", DECLARES);
    let at = memchr::memmem::find(&torn.bytes, b"PK\x01\x02").expect("a directory");
    torn.bytes[at - 40] ^= 0xff;
    torn.bytes[200] ^= 0xff;
    site.publish("torn-module", &[Made::new(&torn.filename, torn.bytes)]);
    let swapped = Made { sha256: Some("0".repeat(64)), ..binary_wheel("swapped", "1.0", DECLARES) };
    site.publish("swapped", std::slice::from_ref(&swapped));
    site.serve(&swapped, Ranges::Ignored);
    let cut = binary_wheel("cut", "1.0", DECLARES);
    site.publish("cut", std::slice::from_ref(&cut));
    let bytes = cut.bytes.clone();
    site.server.on(&cut.path(), move |asked| Answer { cut: Some(50), ..file(asked, &bytes, Ranges::Served) });
    let gone = binary_wheel("gone", "1.0", DECLARES);
    site.publish("gone", std::slice::from_ref(&gone));
    site.server.on(&gone.path(), |_| Answer::new(404, ""));
    let sized = Made { size: Some(77), ..binary_wheel("sized", "1.0", DECLARES) };
    site.publish("sized", &[sized]);
    let expected = [
        ("missing", "check the spelling"),
        ("busy", "asks to come back in 3600 s"),
        ("broken-server", "HTTP 500"),
        ("gateway", "HTTP 502"),
        ("mute", "in 2 tries"),
        ("garbage", "no JSON page"),
        ("guarded", "credentials"),
        ("torn-page", "in 2 tries"),
        ("circle", "in circles"),
        ("sleepy", "in 2 tries"),
        ("empty", "no"),
        ("old>=2", "the newest is 1.0"),
        ("future", ">=3.99"),
        ("no-zip", "zip"),
        ("torn-module", "mod.cpython-314t"),
        ("swapped", "do not use this file"),
        ("cut", "in 2 tries"),
        ("gone", "not found"),
        ("sized", "77"),
    ];
    let mut args: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    args.extend(["login-page", "ready", "silent", "pure"]);
    let (document, code) = json(&mut place.audit(&site.index()), &args);
    assert_eq!(code, 3, "incomplete wins");
    for (name, text) in expected {
        let told = trouble(&document, name);
        assert!(told.contains(text), "{name}: `{text}` is not in {told}");
    }
    assert!(document["failures"].as_array().expect("rows").iter().all(|row| row["reason"] != ""));
    for (name, right) in [("ready", "ready"), ("silent", "needs-gil"), ("pure", "pure-python")] {
        assert_eq!(verdict(&document, name), right);
    }
    let text = run(&mut place.audit(&site.index()), &args);
    let shown = format!("{}{}", String::from_utf8_lossy(&text.stdout), stderr(&text));
    for (name, _) in expected {
        assert!(shown.contains(name), "{name} is not in {shown}");
    }
}

/// An sdist that cannot be had leaves the verdict of the wheel standing, and is a gap that may hide hazards.
#[test]
fn a_broken_sdist_costs_the_look_at_the_sources_and_not_the_verdict() {
    let (site, place) = (Site::start(), Place::new());
    let source = sdist("a", "1.0", &[("a.c", "int x;\n")]);
    let broken = Made { bytes: source.bytes[..source.bytes.len() / 2].to_vec(), ..source.clone() };
    for (project, source) in [
        ("wrong-hash", Made { sha256: Some("1".repeat(64)), ..source.clone() }),
        ("half", Made { sha256: None, size: None, ..broken }),
    ] {
        let name = project.replace('-', "_");
        let source = Made { filename: format!("{name}-1.0.tar.gz"), ..source };
        site.publish(project, &[binary_wheel(&name, "1.0", DECLARES), source]);
        let (document, code) = json(&mut place.audit(&site.index()), &[project]);
        let row = package(&document, project);
        assert_eq!(row["verdict"], "ready", "{project}: {row:#}");
        assert_ne!(row["safety"], "clean", "{project}: a gap is never a pass");
        assert!(!row["gaps"].as_array().expect("gaps").is_empty());
        assert_eq!(code, 3, "{project}");
        let (document, code) = json(&mut place.audit(&site.index()), &["--no-sources", project]);
        assert_eq!((verdict(&document, project).as_str(), code), ("ready", 0));
    }
}

/// What the server did on the way is nobody's concern once the answer is there.
#[test]
fn the_same_files_give_the_same_bytes_whatever_the_server_does_on_the_way() {
    let (site, place) = (plain_site(), Place::new());
    let args = ["--format", "json", "ready", "silent", "pure"];
    let good = run(place.audit(&site.index()).arg("--no-cache"), &args).stdout;
    assert!(!good.is_empty());
    let kept = place.path().join("kept");
    for way in ["cold", "warm"] {
        assert_eq!(
            run(place.audit(&site.index()).arg("--cache-dir").arg(&kept), &args).stdout,
            good,
            "{way}"
        );
    }
    for made in [binary_wheel("ready", "1.0", DECLARES), binary_wheel("silent", "1.0", SILENT)] {
        let bytes = made.bytes.clone();
        site.server.on(&made.path(), move |asked| match asked.before % 3 {
            0 => Answer::new(503, "").with("Retry-After", "0"),
            _ => file(asked, &bytes, Ranges::Ignored),
        });
    }
    let files = [pure_wheel("pure", "1.0")];
    let html = made::html_page(&files);
    site.server.on("/simple/pure/", move |asked| match asked.before % 2 {
        0 => Answer::nothing(),
        _ => Answer::new(200, html.as_str()).with("Content-Type", "text/html; charset=utf-8"),
    });
    for round in 0..2 {
        let output = run(place.audit(&site.index()).arg("--no-cache"), &args);
        assert_eq!(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&good), "round {round}");
    }
}

#[test]
fn an_index_in_html_without_any_optional_key_is_enough() {
    let (site, place) = (Site::start(), Place::new());
    let bare = |made: Made| Made { sha256: None, size: None, upload_time: None, ..made };
    for (name, files) in [
        ("ready", vec![bare(binary_wheel("ready", "1.0", DECLARES)), bare(sdist("ready", "1.0", &[]))]),
        ("silent", vec![bare(binary_wheel("silent", "1.0", SILENT))]),
        ("pure", vec![bare(pure_wheel("pure", "1.0"))]),
    ] {
        site.publish(name, &files);
        let html = made::html_page(&files);
        site.server.on(&Site::page_path(name), move |_| {
            Answer::new(200, html.as_str()).with("Content-Type", "text/html")
        });
    }
    let (document, code) = json(&mut place.audit(&site.index()), &["ready", "silent", "pure"]);
    assert_eq!(code, 1);
    for (name, right) in [("ready", "ready"), ("silent", "needs-gil"), ("pure", "pure-python")] {
        assert_eq!(verdict(&document, name), right);
    }
}

#[test]
fn a_wheel_or_sdist_by_path_or_url_is_read_as_itself() {
    let (site, place) = (plain_site(), Place::new());
    let made = binary_wheel("local", "3.0", SILENT);
    std::fs::write(place.path().join(&made.filename), &made.bytes).expect("written");
    let far = binary_wheel("far", "4.0", DECLARES);
    site.serve(&far, Ranges::Served);
    let url = format!("{}{}", site.server.url(), far.path());
    let named = format!("far @ {url}#sha256={}", made::sha256(&far.bytes));
    let (document, _) = json(&mut place.audit(&site.index()), &[&format!("./{}", made.filename), &named]);
    assert_eq!(verdict(&document, "local"), "needs-gil");
    assert_eq!(
        (verdict(&document, "far").as_str(), &package(&document, "far")["version"]),
        ("ready", &"4.0".into())
    );
    let wrong = format!("far @ {url}#sha256={}", "0".repeat(64));
    let (document, code) = json(place.audit(&site.index()).arg("--no-cache"), &[&wrong]);
    assert_eq!(code, 3);
    assert!(document.to_string().contains("do not use this file"), "{document:#}");
}

#[test]
fn the_release_is_the_one_that_an_installer_for_the_target_would_take() {
    let (site, place) = (Site::start(), Place::new());
    let named = |name: &str, version: &str, tag: &str| {
        wheel(name, version, tag, &[(&format!("{name}/{}", made::MODULE), made::extension(DECLARES))])
    };
    site.publish(
        "a",
        &[
            named("a", "1.0", made::TAG),
            pure_wheel("a", "1.0"),
            Made { yanked: Some("bad".into()), ..named("a", "1.1", made::TAG) },
            Made { requires_python: Some("<3.14".into()), ..named("a", "1.2", made::TAG) },
            named("a", "2.0rc1", made::TAG),
            named("a", "1.3", "cp314-cp314-manylinux_2_17_x86_64"),
            named("a", "1.3", "cp38-abi3-manylinux_2_17_x86_64"),
        ],
    );
    let asked = |spec: &str, more: &[&str]| {
        let mut args = vec!["--no-sources", spec];
        args.extend(more);
        let (document, _) = json(&mut place.audit(&site.index()), &args);
        package(&document, "a")["version"].as_str().expect("a version").to_owned()
    };
    assert_eq!(asked("a", &[]), "1.0");
    assert_eq!(asked("a==1.1", &[]), "1.1", "a yanked release needs a pin");
    assert_eq!(asked("a", &["--pre"]), "2.0rc1");
    assert_eq!(asked("a>=2.0rc1", &[]), "2.0rc1");
    let (document, code) = json(&mut place.audit(&site.index()), &["a==1.3"]);
    assert_eq!((verdict(&document, "a").as_str(), code), ("unavailable", 1));
    site.publish("b", &[named("b", "1.0", "cp315-abi3.abi3t-manylinux_2_17_x86_64"), pure_wheel("b", "0.9")]);
    let mut both = place.audit(&site.index());
    let (document, _) = json(both.args(["--python", "3.15t"]), &["b"]);
    let rows: Vec<(&Value, &Value)> = document["packages"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (&row["version"], &row["artifacts"][0]["usable_on"]))
        .collect();
    let usable = |pythons: &[&str]| serde_json::json!(pythons);
    assert_eq!(rows.len(), 2, "{document:#}");
    assert!(rows.contains(&(&"1.0".into(), &usable(&["3.15t"]))), "{rows:?}");
    assert!(rows.contains(&(&"0.9".into(), &usable(&["3.14t"]))), "{rows:?}");
}

#[test]
fn what_was_uploaded_after_a_day_does_not_exist_when_that_is_asked() {
    let (site, place) = (Site::start(), Place::new());
    let at = |version: &str, time: &str| Made { upload_time: Some(time.into()), ..pure_wheel("a", version) };
    site.publish("a", &[at("1.0", "2026-01-02T23:59:59Z"), at("2.0", "2026-01-03T00:00:00Z")]);
    let (document, _) = json(&mut place.audit(&site.index()), &["--exclude-newer", "2026-01-02", "a"]);
    assert_eq!(package(&document, "a")["version"], "1.0");
    let output = run(&mut place.audit(&site.index()), &["--exclude-newer", "soon", "a"]);
    assert_eq!(output.status.code(), Some(2));
}

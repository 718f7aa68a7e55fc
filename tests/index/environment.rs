//! `--environment`: what is installed, judged from the files that lie there and from nothing else.

use std::path::Path;

use super::command::{Place, json, package, run, stderr, verdict};
use super::made::{DECLARES, MODULE, SILENT, extension, metadata};

/// Writes a package as an installer leaves it; `requires` goes into its METADATA. RECORD lists what `recorded` names.
fn install(site: &Path, name: &str, requires: &str, files: &[(&str, Vec<u8>)], recorded: bool) {
    let info = format!("{name}-1.0.dist-info");
    let about = metadata(name, "1.0").replace("\n\n", &format!("\n{requires}\n"));
    let wheel = "Wheel-Version: 1.0\nTag: cp314-cp314t-manylinux_2_17_x86_64\nTag: cp314-cp314t-manylinux2014_x86_64\n";
    let own = [
        (format!("{info}/METADATA"), about.into_bytes()),
        (format!("{info}/WHEEL"), wheel.as_bytes().to_vec()),
        (format!("{info}/INSTALLER"), b"pip\n".to_vec()),
    ];
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone()));
    let mut record = String::new();
    for (path, bytes) in files.chain(own) {
        record.push_str(&format!("{path},,{}\n", bytes.len()));
        put(site, &path, &bytes);
    }
    if recorded {
        put(site, &format!("{info}/RECORD"), record.as_bytes());
    }
}

fn put(site: &Path, path: &str, bytes: &[u8]) {
    let path = site.join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, bytes).expect("written");
}

/// Nobody answers there: an environment needs no index.
const NO_INDEX: &str = "http://127.0.0.1:9/simple/";

#[test]
fn what_is_installed_is_judged_for_the_python_of_the_environment_without_an_index() {
    let place = Place::new();
    let site = place.path().join("venv/lib/python3.14t/site-packages");
    let module = |package: &str| format!("{package}/{MODULE}");
    install(&site, "app", "Requires-Dist: silent>=1\n", &[("app.py", Vec::new())], true);
    put(&site, "app-1.0.dist-info/REQUESTED", b"");
    install(&site, "silent", "", &[(&module("silent"), extension(SILENT))], true);
    install(&site, "ready", "", &[(&module("ready"), extension(DECLARES))], true);
    install(&site, "unrecorded", "", &[(&module("unrecorded"), extension(DECLARES))], false);
    put(&site, &module("loose"), &extension(SILENT));
    let mut command = place.bare();
    command.args(["audit", "--offline", "--environment", "venv"]).env("PIP_INDEX_URL", NO_INDEX);
    let (document, code) = json(&mut command, &[]);
    assert_eq!(code, 3, "one of them is unknown");
    assert_eq!(document["targets"][0]["python"], "3.14t");
    assert_eq!(verdict(&document, "ready"), "ready");
    assert_eq!(verdict(&document, "silent"), "needs-gil");
    assert_eq!(verdict(&document, "app"), "pure-python");
    assert_eq!(package(&document, "app")["requested_by"][0], "--environment venv");
    assert_eq!(package(&document, "silent")["required_by"][0]["name"], "app");
    let tags = "silent-1.0-cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
    assert_eq!(package(&document, "silent")["by_target"][0]["installs"], tags);
    // Its modules may be anybody's: that is a gap, and they have a row of their own.
    assert_eq!(verdict(&document, "unrecorded"), "unknown");
    for (folder, expected) in [("loose", "needs-gil"), ("unrecorded", "ready")] {
        let path = format!("venv/lib/python3.14t/site-packages/{folder}");
        assert_eq!(verdict(&document, &path), expected);
    }
}

#[test]
fn editable_projects_and_changed_files_are_said_to_be_so() {
    let place = Place::new();
    let site = place.path().join("site-packages");
    install(&site, "mine", "", &[], true);
    let url = br#"{"url": "file:///home/me/mine", "dir_info": {"editable": true}}"#;
    put(&site, "mine-1.0.dist-info/direct_url.json", url);
    let path = format!("changed/{MODULE}");
    install(&site, "changed", "", &[(&path, extension(DECLARES))], true);
    let promise = format!("{path},sha256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ,5\n");
    put(&site, "changed-1.0.dist-info/RECORD", promise.as_bytes());
    put(&site, "old.egg-info", b"Metadata-Version: 1.0\n");
    let (document, code) = json(place.bare().args(["audit", "--environment", "site-packages"]), &[]);
    assert_eq!(verdict(&document, "mine"), "unknown");
    let told = package(&document, "mine")["gaps"].to_string();
    assert!(told.contains("editable") && told.contains("/home/me/mine"), "{told}");
    assert_eq!(verdict(&document, "changed"), "ready");
    assert!(package(&document, "changed")["gaps"].to_string().contains("changed after"), "{document:#}");
    assert_eq!(verdict(&document, "old.egg-info"), "unknown");
    assert_eq!(code, 3);
}

#[test]
fn a_folder_without_packages_is_an_error_and_an_interpreter_with_the_gil_a_warning() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("empty")).expect("a folder");
    let (document, code) = json(place.bare().args(["audit", "--environment", "empty"]), &[]);
    assert_eq!((code, document["failures"][0]["reason"].as_str()), (3, Some("empty has no site-packages")));
    let site = place.path().join("old/lib/python3.12/site-packages");
    install(&site, "pure", "", &[("pure.py", Vec::new())], true);
    let output = run(place.bare().args(["audit", "--environment", "old"]), &[]);
    assert!(stderr(&output).contains("which has the GIL"), "{}", stderr(&output));
}

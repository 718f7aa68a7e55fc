//! Runs: on disk at once, gone on with, cut into shards, done by workers, merged.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{DECLARES, LIST, Place, SILENT, binary_wheel, index, stderr};

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn row<'a>(rows: &'a [Value], name: &str) -> &'a Value {
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_entry_of_the_list_becomes_a_row_and_errors_are_rows_too() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let output = place.survey(&["--out", "out", "--run", "one"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let text = place.read("out/run=one/shard=00001-of-00001/rows.jsonl");
    let rows = rows(&text);
    assert_eq!(rows.len(), 6);
    let verdict = |name: &str| row(&rows, name)["packages"][0]["verdict"].clone();
    assert_eq!(["ready", "silent", "pure"].map(verdict), ["ready", "needs-gil", "pure-python"]);
    assert_eq!(row(&rows, "ready")["downloads"], 900);
    assert_eq!(row(&rows, "pure")["needs"], serde_json::json!(["silent"]), "extras are not asked for");
    assert_eq!(row(&rows, "ready")["releases"]["free_threaded"]["cp314t"]["day"], "2026-01-02");
    assert!(row(&rows, "missing")["failures"][0]["reason"].to_string().contains("missing"));
    assert!(row(&rows, "no name")["failures"][0]["reason"].to_string().contains("no project's name"));
    assert!(!text.contains(&place.path().display().to_string()), "nothing of this machine");
    let schema = jsonschema::validator_for(&serde_json::from_str(&ungil::survey::schema()).expect("JSON"));
    let schema = schema.expect("a schema");
    for row in &rows {
        assert!(schema.is_valid(row), "{row:#}");
    }
}

/// What a kill leaves is a torn line at most; the run goes on and comes to the same bytes.
#[test]
fn a_run_that_was_killed_goes_on_and_fetches_nothing_that_was_finished() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "out", "--run", "one", "--no-cache"]);
    let path = place.path().join("out/run=one/shard=00001-of-00001/rows.jsonl");
    let whole = place.merged(&["out"]);
    let text = std::fs::read_to_string(&path).expect("rows");
    let torn = text.lines().last().expect("a last row").to_owned();
    let name =
        serde_json::from_str::<Value>(&torn).expect("a row")["name"].as_str().expect("a name").to_owned();
    std::fs::write(&path, &text[..text.len() - torn.len() / 2]).expect("written");
    let before = site.server.asked().len();
    let refused = place.survey(&["--out", "out", "--run", "one", "--no-cache"]);
    assert_eq!(refused.status.code(), Some(2), "rows are not added to by mistake");
    let output = place.survey(&["--out", "out", "--run", "one", "--no-cache", "--resume"]);
    assert!(stderr(&output).contains("1 rows written, 5 were there"), "{}", stderr(&output));
    let asked = &site.server.asked()[before..];
    assert!(asked.iter().all(|one| one.target.contains(&name)), "{asked:?}");
    assert_eq!(place.merged(&["out"]), whole);
}

#[test]
fn any_number_of_shards_and_workers_come_to_the_same_bytes() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "one", "--run", "r"]);
    let whole = place.merged(&["one"]);
    for shard in ["1/3", "2/3", "3/3"] {
        place.survey(&["--out", "three", "--run", "r", "--shard", shard]);
    }
    assert_eq!(place.merged(&["three"]), whole);
    // Twice the same and in another order changes nothing.
    assert_eq!(place.merged(&["three/run=r/shard=00002-of-00003", "one", "three"]), whole);
    let lines = "{\"name\": \"top\"}\n\"pure\"\n{\"project\": \"Silent\", \"downloads\": 800}\n\n{\"name\": \"no name\", \"downloads\": 1}\n";
    let first = place.worker(lines);
    let second = place.worker("{\"name\":\"ready\",\"downloads\":900}\n{\"name\":\"missing\",\"downloads\":5}\n{\"name\":\"pure\",\"downloads\":700}");
    assert_eq!(String::from_utf8_lossy(&first.stdout).lines().count(), 4, "{}", stderr(&first));
    let first: String = String::from_utf8_lossy(&first.stdout)
        .lines()
        .filter(|line| !line.contains("\"name\":\"pure\",\"needs\""))
        .map(|line| format!("{line}\n"))
        .collect();
    place.write("first.jsonl", &first);
    place.write("second.jsonl", &String::from_utf8_lossy(&second.stdout));
    assert_eq!(place.merged(&["first.jsonl", "second.jsonl"]), whole);
}

#[test]
fn a_worker_answers_every_line_whatever_it_is() {
    let site = index();
    let place = Place::new(&site);
    let output =
        place.worker("not json\n{\"name\": 5}\n[]\n{\"name\": \"../../etc\"}\n\u{1b}[31m\n\"pure\"\n");
    assert!(output.status.success());
    let rows = rows(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(rows.len(), 6);
    assert_eq!(rows.iter().filter(|row| !row["failures"].as_array().expect("a list").is_empty()).count(), 5);
}

/// Pages that are still fresh and files whose facts are known are not asked for again.
#[test]
fn a_second_run_fetches_nothing_where_nothing_changed() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "ready\nsilent\npure\ntop\n");
    place.survey(&["--out", "out", "--run", "one"]);
    let before = site.server.asked().len();
    let output = place.survey(&["--out", "out", "--run", "two"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(site.server.asked().len(), before, "{:?}", &site.server.asked()[before..]);
    assert_eq!(place.merged(&["out/run=one"]), place.merged(&["out/run=two"]));
    // Another target judges again from what was seen, with one page each at most.
    let other = place.run(&[
        "survey",
        "list.txt",
        "--out",
        "out",
        "--run",
        "three",
        "--python",
        "3.14t",
        "--platform",
        "manylinux_2_17_x86_64",
    ]);
    assert!(other.status.success(), "{}", stderr(&other));
    assert_eq!(site.server.asked().len(), before);
}

/// Other rules for sources have to read sdists again, and read them where they were kept.
#[test]
fn what_has_to_be_read_anew_is_read_from_what_was_kept() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "ready\n");
    place.survey(&["--out", "out", "--run", "one", "--cache-dir", "cache"]);
    let facts = place.path().join("cache/v1/facts");
    fs::remove_dir_all(&facts).expect("the facts of old rules are of no use");
    let before = site.server.asked().len();
    let output = place.survey(&["--out", "out", "--run", "two", "--cache-dir", "cache"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let asked = &site.server.asked()[before..];
    assert!(!asked.is_empty(), "the wheel is read again by ranges");
    assert!(!asked.iter().any(|one| one.target.contains(".tar.gz")), "{asked:?}");
    assert_eq!(place.merged(&["out/run=one"]), place.merged(&["out/run=two"]));
    // Bytes that are not the promised ones are not used.
    for entry in walk(&place.path().join("cache/v1/sdists")) {
        fs::write(entry, b"something else").expect("writable");
    }
    fs::remove_dir_all(&facts).expect("they are there again");
    let before = site.server.asked().len();
    place.survey(&["--out", "out", "--run", "three", "--cache-dir", "cache"]);
    assert!(site.server.asked()[before..].iter().any(|one| one.target.contains(".tar.gz")));
    assert_eq!(place.merged(&["out/run=one"]), place.merged(&["out/run=three"]));
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { out.extend(walk(&entry.path())) } else { out.push(entry.path()) }
    }
    assert!(!out.is_empty(), "nothing is kept in {}", folder.display());
    out
}

/// Who declares from some release on is found by few looks, and who never did by few as well.
#[test]
fn since_when_a_project_keeps_the_gil_off_is_read_from_its_old_wheels() {
    let site = index();
    let versions = |name: &str, silent: usize, all: usize| {
        let made = |n| binary_wheel(name, &format!("0.{n}"), if n < silent { SILENT } else { DECLARES });
        site.publish(name, &(0..all).map(made).collect::<Vec<_>>());
    };
    versions("grew", 5, 9);
    versions("always", 0, 9);
    versions("never", 9, 9);
    let place = Place::new(&site);
    place.write("list.txt", "grew\nalways\nnever\npure\n");
    place.survey(&["--out", "out", "--run", "one"]);
    let rows = rows(&place.merged(&["out"]));
    let proven = |name: &str| row(&rows, name)["releases"]["proven"].clone();
    let first = |name: &str| proven(name)["first"].clone();
    assert_eq!((&first("grew")["version"], &first("always")["version"]), (&"0.5".into(), &"0.0".into()));
    assert_eq!(first("grew")["day"], "2026-01-02");
    assert_eq!(first("grew")["unseen_before"], 3, "of five, the first and those that halving met were seen");
    assert_eq!((proven("grew")["releases"].clone(), first("never")), (9.into(), Value::Null));
    let looks = |name: &str| proven(name)["looks"].as_array().expect("looks").len();
    assert_eq!((looks("always"), looks("never")), (2, 2), "the first and the last");
    assert_eq!(looks("grew"), 5, "{:#}", proven("grew"));
    assert_eq!(proven("pure"), Value::Null);
    let before = site.server.asked().len();
    place.survey(&["--out", "out", "--run", "two"]);
    assert_eq!(site.server.asked().len(), before, "old wheels are read once");
    place.survey(&["--out", "none", "--run", "one", "--no-past", "--no-cache"]);
    let asked = &site.server.asked()[before..];
    assert!(!asked.iter().any(|one| one.target.contains("grew-0.0")), "{asked:?}");
}

#[test]
fn the_index_is_told_whom_to_ask_and_is_not_crowded() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "out", "--contact", "https://example.org/me", "--requests", "2"]);
    let asked = site.server.asked();
    assert!(
        asked.iter().all(|one| one.header("user-agent").is_some_and(|text| text.contains("example.org/me")))
    );
    assert!(site.server.most_under_way() <= 2);
}

#[test]
fn rows_of_other_targets_are_not_merged_into_one_table() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "pure\n");
    place.survey(&["--out", "out", "--run", "one"]);
    place.run(&["survey", "list.txt", "--out", "out", "--run", "two", "--platform", "windows"]);
    let output = place.run(&["merge", "out"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[cfg(unix)]
fn terminate(child: &std::process::Child) {
    let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
}

/// What a cluster does to a job that it wants off a machine.
#[cfg(unix)]
#[test]
fn a_survey_told_to_stop_keeps_what_is_done_and_goes_on_later() {
    const COUNT: usize = 3000;
    let site = index();
    let place = Place::new(&site);
    let list: String = (0..COUNT).map(|n| format!("missing-{n}\n")).collect();
    place.write("list.txt", &list);
    let args = ["survey", "list.txt", "--out", "out", "--run", "one", "--requests", "1", "--no-cache"];
    let mut child = place.bare().args(args).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let rows = place.path().join("out/run=one/shard=00001-of-00001/rows.jsonl");
    while std::fs::read(&rows).is_ok_and(|text| text.is_empty()) || !rows.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    terminate(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(143), "128 and SIGTERM's number");
    let text = std::fs::read_to_string(&rows).expect("rows");
    let done = text.lines().count();
    assert!(text.ends_with('\n') && (1..COUNT).contains(&done), "{done} whole rows");
    assert!(!rows.with_file_name("projects.parquet").exists(), "the shard is not done");
    let output = place.run(&[&args[..], &["--resume"]].concat());
    assert!(stderr(&output).contains(&format!("{done} were there")), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&rows).expect("rows").lines().count(), COUNT);
}

#[cfg(unix)]
#[test]
fn a_worker_that_waits_for_input_ends_when_it_is_told_to() {
    use std::io::{BufRead as _, Write as _};
    use std::process::Stdio;
    let site = index();
    let place = Place::new(&site);
    let mut command = place.bare();
    command.args(["worker", "--python", "3.14t"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(b"\"pure\"\n").expect("written");
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a row");
    assert!(line.contains("\"pure\""));
    terminate(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
    drop(input);
}

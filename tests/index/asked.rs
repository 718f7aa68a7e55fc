//! What is asked: requirements files, constraints, markers, hashes, and lines that are not understood.

use std::io::Write;
use std::process::Stdio;

use super::command::{Place, json, package, plain_site, run, stderr, verdict};
use super::made::{self, DECLARES, Site, binary_wheel, pure_wheel, sha256};
use super::server::Answer;

#[test]
fn every_line_that_is_not_understood_is_told_with_its_place_and_nothing_is_asked() {
    let (site, place) = (plain_site(), Place::new());
    place.write("more.txt", "fine\n???\n--no-such-option x\n");
    place.write(
        "requirements.txt",
        "ready\nnumpy=>2  # wrong\n-r more.txt\n-r missing.txt\nfoo==1 \\\n  --hash=md5:00\n${NO_SUCH_VARIABLE}\nftp://h/a.whl\n",
    );
    let output = run(&mut place.audit(&site.index()), &["-r", "requirements.txt", "[bad"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    for told in [
        "requirements.txt:2: ",
        "more.txt:2: ",
        "more.txt:3: `--no-such-option` is not an option",
        "requirements.txt:4: cannot read missing.txt",
        "requirements.txt:5: hash `md5:00`",
        "requirements.txt:7: environment variable NO_SUCH_VARIABLE is not set",
        "requirements.txt:8: ",
        "command line: ",
    ] {
        assert!(text.contains(told), "`{told}` is not in\n{text}");
    }
    assert!(output.stdout.is_empty());
    assert!(site.server.asked().is_empty());
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_2() {
    let (site, place) = (plain_site(), Place::new());
    for args in [
        &["--platform", "amiga", "ready"][..],
        &["--python", "two", "ready"],
        &["--python", "3.14", "ready"],
        &["--fail-on", "rain", "ready"],
        &["--no-such", "ready"],
        &[],
        &["--index-url", "not a url", "ready"],
    ] {
        let output = run(place.bare().arg("audit"), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && output.stdout.is_empty(), "{args:?}");
    }
    assert!(site.server.asked().is_empty());
}

#[test]
fn several_files_standard_input_and_arguments_are_one_question() {
    let (site, place) = (plain_site(), Place::new());
    place.write("one.txt", "ready>=0.5 # why\nsilent; sys_platform == 'win32'\n");
    place.write("two.txt", "-c limits.txt\nReady<3\n");
    place.write("limits.txt", "pure<9\nunasked==1\n");
    let mut command = place.audit(&site.index());
    command.args(["--format", "json", "-r", "one.txt", "-r", "two.txt", "-r", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(b"pure\n").expect("written");
    let output = child.wait_with_output().expect("ends");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = document["packages"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names, ["pure", "ready"]);
    assert_eq!(package(&document, "ready")["requested_by"], serde_json::json!(["one.txt:1", "two.txt:2"]));
    assert_eq!(package(&document, "pure")["requested_by"], serde_json::json!(["standard input:1"]));
    // The same line on Windows applies.
    let (document, _) =
        json(place.audit(&site.index()).args(["--platform", "win_amd64"]), &["-r", "one.txt"]);
    assert_eq!(document["packages"].as_array().map(Vec::len), Some(2), "{document:#}");
}

#[test]
fn what_applies_to_nobody_is_nothing_looked_at_and_no_pass() {
    let (site, place) = (plain_site(), Place::new());
    place.write("none.txt", "ready; sys_platform == 'win32'\n");
    let output = run(&mut place.audit(&site.index()), &["-r", "none.txt"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("nothing to look at"), "{}", stderr(&output));
}

#[test]
fn an_asked_hash_is_checked_whatever_the_index_promises() {
    let (site, place) = (Site::start(), Place::new());
    let made = binary_wheel("a", "1.0", DECLARES);
    let right = sha256(&made.bytes);
    let silent = made::Made { sha256: None, ..made.clone() };
    for (index_says, files) in [("the hash", vec![made.clone()]), ("nothing", vec![silent])] {
        site.publish("a", &files);
        place.write("right.txt", &format!("a==1.0 --hash=sha256:{} --hash=sha256:{right}\n", "1".repeat(64)));
        let (document, code) = json(place.audit(&site.index()).arg("--no-cache"), &["-r", "right.txt"]);
        assert_eq!((verdict(&document, "a").as_str(), code), ("ready", 0), "the index says {index_says}");
        place.write("wrong.txt", &format!("a==1.0 --hash=sha256:{}\n", "1".repeat(64)));
        let (document, code) = json(place.audit(&site.index()).arg("--no-cache"), &["-r", "wrong.txt"]);
        assert_eq!(code, 3, "the index says {index_says}: {document:#}");
        let text = document.to_string();
        assert!(
            text.contains(&"1".repeat(64)) && text.contains(&right),
            "both hashes are told: {document:#}"
        );
    }
    place.write("unhashed.txt", &format!("a==1.0 --hash=sha256:{right}\nb==1\nc\n"));
    let output = run(&mut place.audit(&site.index()), &["-r", "unhashed.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("unhashed.txt:2: ") && stderr(&output).contains("unhashed.txt:3: "));
}

#[test]
fn options_in_a_requirements_file_count() {
    let (site, other, place) = (Site::start(), Site::start(), Place::new());
    site.publish("a", &[pure_wheel("a", "1.0"), pure_wheel("a", "2.0b1")]);
    other.publish("b", &[pure_wheel("b", "1.0")]);
    place.write(
        "requirements.txt",
        &format!("--index-url {}\n--extra-index-url {}\n--pre\na\nb\n", site.index(), other.index()),
    );
    let (document, code) = json(&mut place.audit("http://127.0.0.1:9/simple"), &["-r", "requirements.txt"]);
    assert_eq!(code, 0, "{document:#}");
    assert_eq!(package(&document, "a")["version"], "2.0b1");
    assert_eq!(package(&document, "b")["version"], "1.0");
    place.write("local.txt", "--no-index\n--find-links wheels\na\n");
    std::fs::create_dir(place.path().join("wheels")).expect("made");
    let made = pure_wheel("a", "0.5");
    std::fs::write(place.path().join("wheels").join(&made.filename), &made.bytes).expect("written");
    let (document, _) = json(&mut place.audit("http://127.0.0.1:9/simple"), &["-r", "local.txt"]);
    assert_eq!(package(&document, "a")["version"], "0.5");
}

/// Wherever a password was given, it is in no output, whatever goes wrong.
#[test]
fn passwords_are_never_printed() {
    let (site, place) = (plain_site(), Place::new());
    let with_login = |url: &str| url.replacen("://", "://alice:s3cret@", 1);
    let index = with_login(&site.index());
    site.server.on("/simple/guarded/", |_| super::server::Answer::new(401, ""));
    site.server.on("/simple/broken/", |_| super::server::Answer::new(500, ""));
    let file = with_login(&format!("{}/files/none-1.0-py3-none-any.whl?token=s3cret", site.server.url()));
    place.write("token.txt", "--extra-index-url http://bob:${TOKEN}@127.0.0.1:9/simple\nready\n");
    place.write("bad.txt", "--index-url ftp://bob:s3cret@127.0.0.1/simple\nready\n");
    place.write("worse.txt", "ready @ ftp://bob:s3cret@127.0.0.1/ready.whl\nhttps://bob:s3cret@[/x.whl\n");
    place.write(
        "vcs.txt",
        "git+https://bob:s3cret@h.example/r#egg=a\n-e git+https://bob:s3cret@h.example/q\n",
    );
    let proxy = with_login("http://127.0.0.1:9");
    let named = format!("a @ {file}");
    for (args, proxy) in [
        (&["ready", "silent", "missing", "guarded", "broken"][..], None),
        (&[file.as_str()], None),
        (&[named.as_str()], None),
        (&["-r", "token.txt"], None),
        (&["-r", "bad.txt"], None),
        (&["-r", "worse.txt"], None),
        (&["-r", "vcs.txt"], None),
        (&["--index-url", "alice:s3cret@127.0.0.1/simple", "ready"], None),
        (&["--index-url", "http://alice:s3cret@[/simple", "ready"], None),
        (&["ready"], Some(proxy.as_str())),
        (&["--offline", "ready", "other"], None),
        (&["--help"], None),
    ] {
        for format in [&["-vv"][..], &["--format", "json"], &["--format", "sarif"], &["--format", "markdown"]]
        {
            let mut command = place.audit(&index);
            command.env("TOKEN", "s3cret").env("UNGIL_EXTRA_INDEX_URL", with_login("http://127.0.0.1:9/x"));
            if args.first() != Some(&"--help") {
                command.env_remove("UNGIL_EXTRA_INDEX_URL");
            }
            if let Some(proxy) = proxy {
                command.env("PIP_PROXY", proxy);
            }
            let output = run(command.args(format), args);
            let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
            assert!(!all.contains("s3cret"), "{args:?}: {all}");
            assert!(!all.is_empty());
        }
    }
}

#[test]
fn requirements_files_may_lie_on_servers_and_name_files_beside_them() {
    let (site, place) = (plain_site(), Place::new());
    site.server.on("/lists/all.txt", |_| Answer::new(200, "ready\n-r more.txt\n"));
    site.server.on("/lists/more.txt", |_| Answer::new(200, "pure\n"));
    let url = format!("{}/lists/all.txt", site.server.url());
    let args = ["-r", url.as_str(), "--no-sources", "--no-way-out"];
    let (document, code) = json(&mut place.audit(&site.index()), &args);
    assert_eq!(
        (verdict(&document, "ready").as_str(), verdict(&document, "pure").as_str()),
        ("ready", "pure-python")
    );
    assert_eq!(code, 0);
    let from = package(&document, "pure")["requested_by"][0].as_str().unwrap_or_default();
    assert!(from.ends_with("/lists/more.txt:1"), "{from}");
    let missing = format!("{}/lists/none.txt", site.server.url());
    let output = run(&mut place.audit(&site.index()), &["-r", &missing]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("none.txt"), "{}", stderr(&output));
}

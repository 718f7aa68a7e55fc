//! The site: complete, escaped, linked, the same for the same rows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{LIST, Place, index, stderr};
use crate::made::{self, Made, SILENT, binary_wheel, pure_wheel, wheel};

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut todo) = (BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                todo.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    found
}

/// Values of an attribute.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!("{attribute}=\"");
    text.match_indices(&start).filter_map(|(at, _)| text[at + start.len()..].split('"').next()).collect()
}

#[test]
fn a_site_is_whole_and_every_link_in_it_leads_somewhere() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let output = place.survey(&["--out", "out", "--run", "2026-11-25", "--site", "site"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let root = place.path().join("site");
    let all = files(&root);
    for name in [
        "index.html",
        "packages.html",
        "blockers.html",
        "changes.html",
        "about.html",
        "feed.xml",
        "p/ready.html",
        "p/ready.json",
        "badge/ready.svg",
        "badge/ready.json",
        "badge/3.14t-manylinux_2_28_x86_64/ready.svg",
        "generators/index.html",
        "rules/index.html",
        "rules/borrowed-container-item.html",
        "data/packages.json",
        "data/summary.json",
        "data/row.schema.json",
    ] {
        assert!(all.contains(&root.join(name)), "no {name} in {all:?}");
    }
    for page in all.iter().filter(|path| path.extension().is_some_and(|ending| ending == "html")) {
        let text = std::fs::read_to_string(page).expect("readable").replace("&#x2f;", "/");
        for link in values(&text, "href").into_iter().chain(values(&text, "src")) {
            if link.starts_with("https://") || link.starts_with("data:") || link.starts_with('#') {
                continue;
            }
            let target = page.parent().expect("a folder").join(link);
            assert!(target.is_file(), "{}: {link}", page.display());
        }
        // What a page loads lies in the site.
        assert!(values(&text, "src").iter().all(|one| !one.contains("//")), "{}", page.display());
    }
    let endpoint: Value = serde_json::from_str(&place.read("site/badge/silent.json")).expect("JSON");
    assert_eq!((&endpoint["schemaVersion"], &endpoint["message"]), (&1.into(), &"needs-gil".into()));
    let page = place.read("site/p/ready.html");
    for said in ["declare", "elf-gcc", "Py_mod_gil", "borrowed-container-item", "cp314t", "top"] {
        assert!(said == "elf-gcc" || page.contains(said), "{said} is not in the page");
    }
    let blockers: Value = serde_json::from_str(&place.read("site/data/blockers.json")).expect("JSON");
    assert_eq!(blockers["blockers"][0]["package"]["name"], "silent");
    assert_eq!(
        (&blockers["blockers"][0]["dependents"], &blockers["blockers"][0]["direct"]),
        (&2.into(), &1.into())
    );
    let rows: Value = serde_json::from_str(&place.read("site/data/packages.json")).expect("JSON");
    let schema = serde_json::from_str(&place.read("site/data/packages.schema.json")).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&rows));
    let overview = place.read("site/index.html");
    assert!(overview.contains("Of 6 packages 4 could be looked at"), "{overview}");
    assert!(overview.contains("1 <span class=\"of\">of 2</span>"), "pure Python is in no ratio");
}

#[test]
fn equal_rows_are_equal_sites() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    place.survey(&["--out", "a", "--run", "r", "--site", "one"]);
    place.survey(&["--out", "b", "--run", "r", "--site", "two", "--requests", "1"]);
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let relative = |root: &Path| {
        files(root)
            .into_iter()
            .map(|path| path.strip_prefix(root).expect("below").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(relative(&one), relative(&two));
    for name in relative(&one) {
        assert_eq!(
            std::fs::read(one.join(&name)).expect("one"),
            std::fs::read(two.join(&name)).expect("two"),
            "{}",
            name.display()
        );
    }
}

/// Names of members, requirements and entries of lists are written by strangers.
#[test]
fn nothing_hostile_comes_out_as_markup() {
    let site = index();
    let evil = "<script>alert(1)</script>";
    let member = format!(
        "evil/{}\"><img src=x onerror=alert(1)>.cpython-314t-x86_64-linux-gnu.so",
        evil.replace('/', "_")
    );
    site.publish("evil", &[wheel("evil", "1.0", made::TAG, &[(&member, made::extension(SILENT))])]);
    let place = Place::new(&site);
    place.write(
        "list.txt",
        &format!("evil\n{evil}\n../../../etc/passwd\n\"><svg onload=alert(1)>\n]]>\u{202e}\n</title>\n"),
    );
    place.survey(&["--out", "out", "--run", "r", "--site", "site"]);
    let root = place.path().join("site");
    for path in files(&root) {
        assert!(path.starts_with(&root));
        let text = std::fs::read_to_string(&path).expect("text");
        if path.extension().is_some_and(|ending| ending == "html" || ending == "xml" || ending == "svg") {
            for bad in ["<script>alert", "<img src=x", "<svg onload", "\u{202e}", "]]>\u{fffd}<"] {
                assert!(!text.contains(bad), "{}: {bad}", path.display());
            }
        }
        if path.ends_with("data/table.js") {
            assert!(!text.contains('<'));
        }
    }
    let shown =
        |path: &PathBuf| std::fs::read_to_string(path).expect("text").contains("&lt;svg onload=alert(1)&gt;");
    assert!(files(&root.join("p")).iter().any(shown), "it is shown as what it is");
    assert!(!place.path().join("etc").exists());
}

#[test]
fn a_later_run_tells_what_changed_and_keeps_the_history() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "ready\nsilent\ntop\n");
    place.survey(&["--out", "out", "--run", "2026-11-01", "--site", "site", "--no-cache"]);
    assert!(place.read("site/changes.html").contains("no earlier run"));
    let newer = |made: Made| Made { upload_time: Some("2026-11-03T00:00:00Z".into()), ..made };
    site.publish(
        "silent",
        &[binary_wheel("silent", "1.0", SILENT), newer(binary_wheel("silent", "1.1", made::DECLARES))],
    );
    site.publish("new", &[pure_wheel("new", "1.0")]);
    place.write("list.txt", "ready\nsilent\nnew\n");
    place.survey(&[
        "--out",
        "out",
        "--run",
        "2026-11-08",
        "--site",
        "site",
        "--no-cache",
        "--base-url",
        "https://example.org/x/",
    ]);
    let changes: Value = serde_json::from_str(&place.read("site/data/changes.json")).expect("JSON");
    let kinds: Vec<(&str, &str)> = changes["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["kind"].as_str().expect("a kind"), one["name"].as_str().expect("a name")))
        .collect();
    assert_eq!(kinds, [("better", "silent"), ("new", "new"), ("gone", "top")]);
    let page = place.read("site/p/silent.html");
    assert!(page.contains("2026-11-01") && page.contains("2026-11-08") && page.contains("needs-gil"));
    let feed = place.read("site/feed.xml").replace("&#x2f;", "/");
    assert!(feed.contains("<updated>2026-11-08T00:00:00Z</updated>"), "{feed}");
    assert!(
        feed.contains("href=\"https://example.org/x/p/silent.html\"")
            && feed.contains("needs-gil is now ready")
    );
}

//! What a maintainer accepts: comments, entries, a baseline; and what the tool says of acceptances that do nothing.

use super::project::{COUNTER, Project, RULE, open};

fn accepted(report: &serde_json::Value) -> &serde_json::Value {
    &report["review"]["accepted"]
}

#[test]
fn a_comment_with_a_reason_accepts_and_stays_counted() {
    let project = Project::counter();
    let before = open(&project.report(&[])).len();
    let comment = format!("self.count += 1  # ungil: ignore[{RULE}]: one thread counts");
    project.write("pkg/counter.pyx", &COUNTER.replace("self.count += 1", &comment));
    let report = project.report(&[]);
    assert_eq!(open(&report).len(), before - 1);
    assert_eq!(accepted(&report)["comment"], 1);
    let all = report["packages"][0]["findings"].as_array().expect("findings");
    let one = all.iter().find(|one| !one["suppressed"].is_null()).expect("it is still there");
    assert_eq!(one["suppressed"]["reason"], "one thread counts");
    let text = project.run(&["check"]).out;
    assert!(text.contains("1 accepted: 1 by comments."), "{text}");
}

#[test]
fn a_comment_that_does_nothing_is_reported_where_it_stands() {
    let project = Project::counter();
    project.write(
        "pkg/clean.pyx",
        "# ungil: ignore[cython-field-race]: long gone\ndef f():\n    return 1  # ungil: ignore[cython-field-race]\n",
    );
    let ran = project.run(&["check"]);
    assert!(
        ran.out.contains("pkg/clean.pyx:1:1: warning: cython-field-race: nothing is found here"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("pkg/clean.pyx:3:1: warning: cython-field-race: it gives no reason"),
        "{}",
        ran.out
    );
}

#[test]
fn an_entry_of_the_configuration_accepts_until_its_day() {
    let project = Project::counter();
    let entry = |until: &str| {
        format!(
            "[[tool.ungil.accept]]\nrule = \"{RULE}\"\npath = \"pkg/*\"\nreason = \"ours\"\nuntil = {until}\n"
        )
    };
    project.write("pyproject.toml", &entry("2999-01-01"));
    let report = project.report(&[]);
    assert!(open(&report).iter().all(|one| one["rule"] != RULE));
    assert!(accepted(&report)["config"].as_u64().is_some_and(|n| n > 0));
    project.write("pyproject.toml", &entry("\"2001-01-01\""));
    let ran = project.run(&["check"]);
    assert!(ran.out.contains("pkg/counter.pyx:6:9"), "{}", ran.out);
    assert!(ran.out.contains("it held until 2001-01-01"), "{}", ran.out);
}

/// What a baseline is for: old findings are quiet wherever they move, new ones are not, fixed ones are told.
#[test]
fn a_baseline_outlives_moved_lines_shows_what_is_new_and_tells_what_is_fixed() {
    let project = Project::counter();
    let written = project.run(&["baseline"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.out.contains("ungil-baseline.json accepts"), "{}", written.out);
    let with = ["--baseline", "ungil-baseline.json"];
    assert!(open(&project.report(&with)).is_empty());

    let moved = COUNTER.replace("cdef class", "# words\n\n# more words\ncdef class");
    let new = format!("{moved}\n    def sub(self):\n        self.count -= 1\n");
    project.write("pkg/counter.pyx", &new);
    let report = project.report(&with);
    let lines: Vec<_> = open(&report).iter().map(|one| one["line"].as_u64().expect("a line")).collect();
    assert!(lines.contains(&12) && !lines.contains(&9), "the new one and not the one that moved: {lines:?}");

    let again = project.run(&["baseline", "--dry-run"]);
    assert_eq!(again.code, 1);
    assert!(again.out.contains("added: pkg/counter.pyx: "), "{}", again.out);

    project.write("pkg/counter.pyx", &COUNTER.replace("    def add(self):\n        self.count += 1\n", ""));
    let report = project.report(&with);
    assert!(report["review"]["fixed"].as_array().is_some_and(|fixed| !fixed.is_empty()));
    let text = project.run(&["check", "--baseline", "ungil-baseline.json"]).out;
    assert!(text.contains("of the baseline fixed since"), "{text}");
    let again = project.run(&["baseline"]);
    assert!(
        again.out.contains("fixed: pkg/counter.pyx: ") && again.out.contains("accepts 0 findings"),
        "{}",
        again.out
    );
    assert_eq!(project.run(&["baseline", "--dry-run"]).code, 0);
}

/// Who is in the middle of a port has accepted, for now, that the module does not declare.
#[test]
fn silence_that_was_accepted_does_not_fail_the_check() {
    let project = Project::counter();
    project.write("pkg/counter.pyx", &COUNTER.replace(", freethreading_compatible=True", ""));
    assert_eq!(project.run(&["check"]).code, 1);
    project.run(&["baseline"]);
    let ran = project.run(&["check", "--baseline", "ungil-baseline.json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(
        project.run(&["check", "--ignore", "missing-mod-gil"]).code,
        1,
        "not looked at is not accepted"
    );
}

#[test]
fn a_baseline_that_is_none_is_a_usage_error_and_a_failed_look_writes_none() {
    let project = Project::counter();
    assert_eq!(project.run(&["check", "--baseline", "none.json"]).code, 2);
    project.write("bad.json", "{\"baseline\": 9}");
    let ran = project.run(&["check", "--baseline", "bad.json"]);
    assert!(ran.code == 2 && ran.err.contains("format 9"), "{}", ran.err);
    let ran = project.run(&["baseline", "no/such/folder"]);
    assert_eq!(ran.code, 3);
    assert!(!project.path().join("ungil-baseline.json").exists());
}

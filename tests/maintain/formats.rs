//! Formats, several at once, and the exit code with SARIF alone.

use super::project::{Project, open};

#[test]
fn several_formats_go_to_files_in_one_run() {
    let project = Project::counter();
    let ran = project.run(&[
        "check",
        "--format",
        "concise",
        "--format",
        "json=r.json",
        "--format",
        "sarif=r.sarif",
        "--format",
        "gitlab=q.json",
        "--format",
        "junit=r.xml",
        "--format",
        "markdown=r.md",
        "--format",
        "jsonl=r.jsonl",
    ]);
    assert!(ran.out.contains("pkg/counter.pyx:6:9: "), "{}", ran.out);
    let report: serde_json::Value = serde_json::from_str(&project.read("r.json")).expect("JSON");
    let quality: serde_json::Value = serde_json::from_str(&project.read("q.json")).expect("JSON");
    assert_eq!(quality.as_array().expect("a list").len(), open(&report).len());
    assert_eq!(quality[0]["location"]["path"], "pkg/counter.pyx");
    assert!(project.read("r.xml").contains("<testsuites>"));
    assert!(project.read("r.md").contains("| package |"));
    assert_eq!(project.read("r.jsonl").lines().count(), 3);
    assert!(project.read("r.sarif").contains("\"version\": \"2.1.0\""));
}

#[test]
fn two_formats_for_one_place_are_a_usage_error() {
    let project = Project::counter();
    assert_eq!(project.run(&["check", "--format", "text", "--format", "json"]).code, 2);
    assert_eq!(project.run(&["check", "--format", "json=a", "--output", "b"]).code, 2);
    let unknown = project.run(&["check", "--format", "xml"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("xml") && unknown.err.contains("junit"),
        "{}",
        unknown.err
    );
}

/// Whoever uploads SARIF decides by it; a failed step would keep it from being uploaded.
#[test]
fn with_sarif_alone_the_exit_code_is_0_unless_a_threshold_is_given() {
    let project = Project::counter();
    let code = |args: &[&str]| project.run(&[&["check"], args].concat()).code;
    let with_text = code(&["--fail-on", "medium"]);
    assert_ne!(with_text, 0);
    assert_eq!(code(&["--format", "sarif"]), 0);
    assert_eq!(code(&["--format", "sarif=x.sarif"]), 0);
    assert_eq!(code(&["--format", "sarif", "--fail-on", "medium"]), with_text);
    assert_eq!(code(&["--format", "sarif", "no/such/folder"]), 3, "nothing was looked at");
}

#[test]
fn github_annotations_come_with_a_job_summary_where_the_runner_wants_one() {
    let project = Project::counter();
    let summary = project.path().join("summary.md").display().to_string();
    let ran = project.run_with(&["check", "--format", "github"], &[("GITHUB_STEP_SUMMARY", &summary)]);
    assert!(ran.out.contains("file=pkg/counter.pyx,line=6"), "{}", ran.out);
    assert!(project.read("summary.md").contains("Free-threading"));
}

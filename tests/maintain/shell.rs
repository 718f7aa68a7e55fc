//! Plans, completion scripts, manual pages, and the files that bring ungil to where people are.

use super::project::Project;

#[test]
fn a_plan_lists_what_to_change_in_order_with_places_and_settings() {
    let project = Project::counter();
    project.write("pkg/silent.pyx", "def f():\n    return 1\n");
    project.write("pyproject.toml", "[build-system]\nbuild-backend = \"setuptools.build_meta\"\n");
    let ran = project.run(&["plan"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let at = |text: &str| ran.out.find(text).unwrap_or_else(|| panic!("{text}: {}", ran.out));
    assert!(at("What blocks") < at("Objects that threads share"));
    assert!(at("pkg/counter.pyx:6: ") < at("## Ship the wheels"));
    at("py_limited_api");
    at("cp314t-*");
    assert_eq!(project.run(&["plan", "no/such/folder"]).code, 3);
}

#[test]
fn shells_and_manuals_get_what_the_command_line_says_of_itself() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = project.run(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("ungil") && ran.out.contains("min-confidence"), "{shell}");
    }
    assert!(project.run(&["man"]).out.contains(".TH ungil 1"));
    assert_eq!(project.run(&["man", "pages"]).code, 0);
    assert!(project.read("pages/ungil-check.1").contains("baseline"));
}

/// What pre-commit runs must be a command line that ungil understands.
#[test]
fn the_hook_runs_and_fails_on_what_is_new() {
    let hooks = include_str!("../../.pre-commit-hooks.yaml");
    let entry = hooks.lines().find_map(|line| line.trim().strip_prefix("entry: ")).expect("an entry");
    let args: Vec<&str> = entry.split_whitespace().skip(1).collect();
    let project = Project::counter();
    let fail = [&args[..], &["--fail-on", "medium"]].concat();
    assert_ne!(project.run(&fail).code, 0);
    project.run(&["baseline"]);
    let accepted = [&fail[..], &["--baseline", "ungil-baseline.json"]].concat();
    let ran = project.run(&accepted);
    assert!(!ran.out.contains("pkg/counter.pyx:6:9"), "{}", ran.out);
}

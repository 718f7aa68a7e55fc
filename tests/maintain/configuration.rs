//! Where options come from, and what they choose.

use super::project::{COUNTER, Project, RULE, open};

#[test]
fn a_first_run_needs_no_configuration_and_shows_the_code() {
    let ran = Project::counter().run(&["check"]);
    assert!(
        ran.out.contains("  --> pkg/counter.pyx:6:9") || ran.out.contains(" --> pkg/counter.pyx:6:9"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("6 |         self.count += 1\n  |         ^^^^^^^^^^^^^^^ in `add`"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("= help: "), "{}", ran.out);
    assert!(ran.out.contains("ungil explain cython-field-race"), "{}", ran.out);
}

#[test]
fn without_a_cache_the_folder_for_it_stays_empty() {
    let project = Project::counter();
    let folder = project.path().join("kept").to_string_lossy().into_owned();
    let named = [("UNGIL_CACHE_DIR", folder.as_str())];
    let ran = project.run_with(&["check", "--no-cache"], &named);
    assert!(ran.out.contains("cython-field-race"), "{}{}", ran.out, ran.err);
    assert!(!project.path().join("kept").exists());
}

#[test]
fn a_file_counts_below_the_environment_and_that_below_the_command_line() {
    let project = Project::counter();
    project.write("pyproject.toml", "[tool.ungil]\nmin-confidence = \"high\"\n");
    let origin = |args: &[&str], environment: &[(&str, &str)]| {
        let ran = project.run_with(args, environment);
        let line = ran.out.lines().find(|line| line.starts_with("min-confidence")).unwrap_or_default();
        line.to_owned()
    };
    let from_file = origin(&["config"], &[]);
    assert_eq!(from_file, "min-confidence = \"high\"  # pyproject.toml");
    let variable = [("UNGIL_MIN_CONFIDENCE", "medium")];
    assert_eq!(origin(&["config"], &variable), "min-confidence = \"medium\"  # UNGIL_MIN_CONFIDENCE");
    let given = origin(&["config", "check", "--min-confidence", "low"], &variable);
    assert_eq!(given, "min-confidence = \"low\"  # command line");
    assert_eq!(origin(&["config", "--isolated"], &[]), "");
    assert!(open(&project.report(&[])).is_empty(), "nothing is of high confidence");
    assert!(!open(&project.report(&["--isolated"])).is_empty());
}

#[test]
fn what_config_prints_is_itself_a_configuration() {
    let project = Project::counter();
    project.write("ungil.toml", "select = [\"cython-field-race\"]\n\"per-file-ignores\" = {\"x.c\" = [\"all\"]}\n\
                                 [[accept]]\nrule = \"cython-field-race\"\nreason = \"a \\\"quoted\\\" one\"\n");
    let printed = project.run(&["config"]).out;
    assert!(printed.parse::<toml::Table>().is_ok(), "{printed}");
    assert!(printed.contains("ungil.toml: accept[1]"), "{printed}");
}

#[test]
fn unknown_keys_and_variables_warn_with_the_nearest_known_one() {
    let project = Project::counter();
    project.write(
        "pyproject.toml",
        "[tool.ungil]\nmin-confidance = \"high\"\n[tool.ungil.check]\nfial-on = \"high\"\n",
    );
    let ran = project.run_with(&["check"], &[("UNGIL_SELCT", "x")]);
    for says in ["did you mean `min-confidence`?", "did you mean `fail-on`?", "did you mean UNGIL_SELECT?"] {
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
}

#[test]
fn a_value_that_cannot_be_meant_is_a_usage_error_that_names_file_and_key() {
    for (text, says) in [
        ("min-confidence = \"certain\"", "min-confidence"),
        ("format = [\"text\", \"xml\"]", "format"),
        ("no-sources = \"yes\"", "true or false"),
        ("select = [\"cython-feild-race\"]", "did you mean `cython-field-race`"),
        ("[[accept]]\nrule = \"cython-field-race\"", "needs a `reason`"),
        ("[[accept]]\nrule = \"nonesuch\"\nreason = \"r\"", "no rule `nonesuch`"),
        ("x = ", "ungil.toml"),
    ] {
        let project = Project::counter();
        project.write("ungil.toml", text);
        let ran = project.run(&["check"]);
        assert_eq!(ran.code, 2, "{text}: {}", ran.err);
        assert!(ran.err.contains(says), "{text}: {}", ran.err);
    }
}

#[test]
fn rules_are_chosen_by_id_class_path_and_confidence() {
    let project = Project::counter();
    project.write("extra/t.pyx", &COUNTER.replace("Counter", "Other"));
    let paths = |args: &[&str]| -> Vec<String> {
        let report = project.report(args);
        let mut paths: Vec<String> =
            open(&report).iter().map(|one| one["path"].as_str().expect("a path").to_owned()).collect();
        paths.dedup();
        paths
    };
    assert_eq!(paths(&["--select", RULE]), ["extra/t.pyx", "pkg/counter.pyx"]);
    assert_eq!(paths(&["--select", "instance-field-race", "--exclude", "extra"]), ["pkg/counter.pyx"]);
    assert_eq!(paths(&["--per-file-ignores", "extra/**:cython-field-race"]), ["pkg/counter.pyx"]);
    assert!(paths(&["--ignore", "instance-field-race"]).is_empty());
    assert!(paths(&["--min-confidence", "high"]).is_empty());
    let left = project.report(&["--ignore", RULE])["review"]["left_out"].as_u64();
    assert!(left.is_some_and(|n| n > 0));
}

/// A package must not be able to quiet a look at it by bringing a configuration along.
#[test]
fn a_configuration_of_what_is_looked_at_is_not_read_from_elsewhere() {
    let project = Project::new(&[
        ("other/pkg/counter.pyx", COUNTER),
        ("other/pyproject.toml", "[tool.ungil]\nignore = [\"all\"]\n"),
    ]);
    let ran = project.run(&["check", "other"]);
    assert!(ran.out.contains("other/pkg/counter.pyx:6:9"), "{}", ran.out);
    assert!(ran.err.contains("is not read from here; name it with --config"), "{}", ran.err);
    let named = project.run(&["check", "other", "--config", "other/pyproject.toml"]);
    assert!(!named.out.contains("counter.pyx:6:9"), "{}", named.out);
}

#[test]
fn headers_that_others_copy_are_judged_in_the_tree_of_their_authors() {
    let header = "/*\n    pybind11/detail/held.h: what is held\n*/\n#pragma once\n#include <Python.h>\n\
                  inline PyObject *held(PyObject *list) {\n    PyObject *item = PyList_GetItem(list, 0);\n    \
                  Py_XINCREF(item);\n    return item;\n}\n";
    let path = "include/pybind11/detail/held.h";
    let of = |name: &str| {
        let text = format!("[project]\nname = \"{name}\"\nversion = \"1\"\n");
        Project::new(&[(path, header), ("pyproject.toml", &text)]).report(&[])
    };
    let (own, others) = (of("PyBind11"), of("contourpy"));
    assert_eq!(open(&own).iter().map(|one| &one["path"]).collect::<Vec<_>>(), [path]);
    assert!(open(&others).is_empty(), "{others}");
}

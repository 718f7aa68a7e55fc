use super::*;
use crate::model::{Class, Confidence, Location, Severity};

fn finding(rule: &str, path: &str, line: u32, print: &str) -> Finding {
    Finding {
        rule: rule.into(),
        class: Class::BorrowedRef,
        severity: Severity::High,
        confidence: Confidence::Medium,
        artifact: "tree".into(),
        location: Location { path: path.into(), line, column: 1, end_line: line, end_column: 5 },
        function: "f".into(),
        owner: String::new(),
        message: "it is so".into(),
        fix: "Change it.".into(),
        fingerprint: print.into(),
        origin: None,
        live: None,
        related: Vec::new(),
        correction: None,
        suppressed: None,
    }
}

fn acceptance() -> Acceptance {
    let known = Known::new([("a".to_owned(), "borrowed-ref".to_owned()), ("b".into(), "lazy-init".into())]);
    Acceptance {
        selection: Selection { known: known.clone(), ..Selection::default() },
        entries: Vec::new(),
        baseline: None,
        may_need_gil: BTreeSet::new(),
        today: "2026-11-25".parse().expect("a date"),
        known,
    }
}

fn texts(text: &str) -> Texts {
    [("x.c".to_owned(), text.as_bytes().to_vec())].into()
}

fn by(findings: &[Finding]) -> Vec<Option<&str>> {
    findings.iter().map(|one| one.suppressed.as_ref().map(|one| one.by.as_str())).collect()
}

#[test]
fn a_comment_with_a_reason_accepts_its_line_and_is_told_when_it_does_nothing() {
    let text = "f(); // ungil: ignore[a]: private\n\
                // ungil: ignore[a]\n\
                f();\n\
                // ungil: ignore[b]: gone\n\
                g();\n\
                f(); // ungil: ignore[a] until 2026-11-24: soon\n\
                f(); // ungil: ignore[aa]: misspelt\n\
                f(); // ungil: ignore[a] until 2026-11-25: today it holds\n\
                f(); // ungil: ignore[a] until soon: later\n";
    let mut findings: Vec<Finding> =
        [1, 3, 6, 7, 8, 9].iter().map(|line| finding("a", "x.c", *line, "p")).collect();
    let reviewed = acceptance().review("tree", &mut findings, &texts(text));
    assert_eq!(by(&findings), [Some("comment"), None, None, None, Some("comment"), None]);
    let told: Vec<(Option<u32>, &str)> =
        reviewed.unused.iter().map(|one| (one.line, one.reason.as_str())).collect();
    assert_eq!(told.len(), 5, "{told:?}");
    for (line, says) in [(2, "no reason"), (4, "any more"), (6, "2026-11-24"), (7, "no rule"), (9, "no date")]
    {
        assert!(told.iter().any(|(at, why)| *at == Some(line) && why.contains(says)), "{line}: {told:?}");
    }
}

#[test]
fn a_comment_for_a_rule_that_was_not_asked_for_is_not_called_unused() {
    let mut acceptance = acceptance();
    acceptance.selection.ignore = vec![Selector::Named("a".into())];
    let mut findings = vec![finding("a", "x.c", 1, "p")];
    let reviewed = acceptance.review("tree", &mut findings, &texts("f(); // ungil: ignore[a]: private\n"));
    assert!(findings.is_empty() && reviewed.unused.is_empty());
    assert_eq!(reviewed.left_out, 1);
}

#[test]
fn an_entry_of_the_configuration_accepts_until_its_day_and_is_told_when_idle() {
    let entry = |path: &str, until: Option<&str>| Entry {
        rule: "a".into(),
        path: Some((path.into(), path_glob(path).expect(path))),
        function: Some("f".into()),
        fingerprint: None,
        reason: "known".into(),
        until: until.map(|date| date.parse().expect("a date")),
        place: "ungil.toml: accept[1]".into(),
    };
    let mut acceptance = acceptance();
    acceptance.entries = vec![entry("x.c", Some("2020-01-01")), entry("y.c", None), entry("*.h", None)];
    let mut findings =
        vec![finding("a", "x.c", 1, "p"), finding("a", "y.c", 1, "q"), finding("b", "y.c", 1, "r")];
    let reviewed = acceptance.review("tree", &mut findings, &Texts::new());
    assert_eq!(by(&findings), [None, Some("config"), None]);
    let idle = acceptance.unused_entries(&[reviewed]);
    assert_eq!(idle.len(), 2);
    assert!(idle[0].reason.contains("2020-01-01"));
}

/// The point of a baseline: old findings are quiet wherever they move, and a new copy of one is new.
#[test]
fn a_baseline_accepts_as_many_as_there_were_wherever_they_moved() {
    let old = [finding("a", "x.c", 1, "p"), finding("a", "x.c", 2, "p"), finding("b", "x.c", 3, "q")];
    let baseline = Baseline::of(&old);
    assert_eq!(Baseline::parse(baseline.text().as_bytes()).as_ref(), Ok(&baseline));
    assert_eq!(baseline.len(), 3);
    let mut acceptance = acceptance();
    acceptance.baseline = Some(baseline);
    let mut findings: Vec<Finding> =
        [11, 12, 13].iter().map(|line| finding("a", "x.c", *line, "p")).collect();
    let reviewed = acceptance.review("tree", &mut findings, &Texts::new());
    assert_eq!(by(&findings), [Some("baseline"), Some("baseline"), None]);
    let fixed = acceptance.fixed(&[reviewed]);
    assert_eq!(fixed.iter().map(|(entry, n)| (entry.rule.as_str(), *n)).collect::<Vec<_>>(), [("b", 1)]);
}

#[test]
fn what_a_comment_accepts_needs_no_baseline() {
    let mut one = finding("a", "x.c", 1, "p");
    one.suppressed = Some(Suppression { by: "comment".into(), reason: "r".into() });
    assert!(Baseline::of([&one]).is_empty());
}

//! Judging as a whole: made-up releases in, verdicts out, and the laws that hold for all of them.

use proptest::prelude::*;

use super::{Evidence, Opened, Sources, Weights, package};
use crate::model::{
    Arch, BinaryFormat, Build, Claim, ClaimScope, Class, Confidence, DeclaredBy, Finding, Framework, Gap,
    GilSupport, Hides, Init, Judgement, Location, Minors, Module, Observed, Origin, Safety, Severity, Stance,
    Target, Verdict,
};

const WHEEL: &str = "pkg-1-cp314-cp314t-manylinux_2_28_x86_64.whl";
const SDIST: &str = "pkg-1.tar.gz";

fn target(python: &str) -> Target {
    Target {
        python: python.parse().expect("a Python"),
        platform: "manylinux_2_28_x86_64".parse().expect("a platform"),
    }
}

fn module(name: &str, gil: GilSupport) -> Module {
    Module {
        member: format!("pkg/{name}.so"),
        module: format!("pkg.{name}"),
        format: BinaryFormat::Elf,
        arch: Arch::X86_64,
        abi: Some("cp314t".into()),
        build: Build::FreeThreaded,
        init: Init::MultiPhase,
        gil,
        declared_by: (gil == GilSupport::NotUsed).then_some(DeclaredBy::Author),
        framework: None,
        evidence: "seen".into(),
        chain: Vec::new(),
        inconclusive: false,
        stable_abi: None,
        notes: Vec::new(),
    }
}

fn binaries(gil: &[GilSupport]) -> Observed {
    let modules = gil.iter().enumerate().map(|(n, gil)| module(&format!("m{n}"), *gil)).collect();
    Observed { modules, ..Observed::default() }
}

fn claim(scope: ClaimScope, stance: Stance, path: &str) -> Claim {
    Claim {
        scope,
        stance,
        declared_by: (stance != Stance::Silent).then_some(DeclaredBy::Author),
        framework: Framework { name: "cython".into(), version: None },
        path: path.into(),
        line: 1,
        guard: None,
        minors: Minors::ALL,
        evidence: "seen".into(),
    }
}

fn of_module(name: &str, stance: Stance) -> Claim {
    claim(ClaimScope::Module(name.into()), stance, "src/m.pyx")
}

fn sources(claims: Vec<Claim>) -> Observed {
    let mut seen = Observed { claims, ..Observed::default() };
    seen.looked.source_files = 10;
    seen.looked.parsed_files = 10;
    seen.looked.source_lines = 5000;
    seen
}

fn finding(severity: Severity, confidence: Confidence) -> Finding {
    Finding {
        rule: "r".into(),
        class: Class::Other,
        severity,
        confidence,
        artifact: SDIST.into(),
        location: Location { path: "a.c".into(), line: 1, column: 1, end_line: 1, end_column: 2 },
        function: String::new(),
        owner: String::new(),
        message: "m".into(),
        fix: "f".into(),
        fingerprint: "0".into(),
        origin: None,
        live: None,
        related: Vec::new(),
        correction: None,
        suppressed: None,
    }
}

fn judge_with(
    wheel: Option<&Observed>,
    sdist: Option<&Observed>,
    wheels: &[&str],
    problems: &[Gap],
) -> Judgement {
    let wheels: Vec<String> = wheels.iter().map(|name| (*name).to_owned()).collect();
    let evidence = Evidence {
        wheel: wheel.map(|seen| Opened { filename: WHEEL, seen }),
        sources: sdist.map_or(Sources::Absent, |seen| Sources::Sdist(Opened { filename: SDIST, seen })),
        wheels: &wheels,
        problems,
    };
    package(&evidence, &target("3.14t"), &Weights::builtin())
}

fn judge(wheel: Option<&Observed>, sdist: Option<&Observed>) -> Judgement {
    judge_with(wheel, sdist, if wheel.is_some() { &[WHEEL] } else { &[] }, &[])
}

use GilSupport::{NotUsed, Undeclared, Unknown, Used};

#[test]
fn a_release_is_ready_only_when_every_module_declares() {
    assert_eq!(judge(Some(&binaries(&[NotUsed, NotUsed])), None).verdict, Verdict::Ready);
    assert_eq!(judge(Some(&binaries(&[NotUsed, Unknown])), None).verdict, Verdict::Unknown);
    for bad in [Used, Undeclared] {
        let judged = judge(Some(&binaries(&[NotUsed, bad])), None);
        assert_eq!(judged.verdict, Verdict::NeedsGil);
        assert_eq!(judged.turns_gil_on, ["pkg.m1"]);
    }
}

/// What is certain does not become uncertain because something else was not read.
#[test]
fn a_module_that_turns_the_gil_on_outranks_one_that_could_not_be_read() {
    let mut seen = binaries(&[Unknown, Undeclared]);
    seen.gaps.push(Gap::new("pkg/m0.so", Hides::Claims, "stripped"));
    assert_eq!(judge(Some(&seen), None).verdict, Verdict::NeedsGil);
}

/// A promise we could not check must not count as kept.
#[test]
fn an_unread_extension_keeps_a_release_from_being_ready() {
    let mut seen = binaries(&[NotUsed]);
    seen.gaps.push(Gap::new("pkg/slow.so", Hides::Claims, "not a binary that is known"));
    let judged = judge(Some(&seen), None);
    assert_eq!((judged.verdict, judged.score), (Verdict::Unknown, None));
    assert_eq!(judged.because[0], "pkg/slow.so: not a binary that is known");
}

#[test]
fn only_what_the_target_would_load_counts() {
    let mut seen = binaries(&[NotUsed, Undeclared, Undeclared]);
    seen.modules[1].abi = Some("cp313".into());
    seen.modules[2].arch = Arch::Aarch64;
    seen.modules[2].module = "pkg.m0".into();
    assert_eq!(judge(Some(&seen), None).verdict, Verdict::Ready, "another Python's, and another slice of m0");
    seen.modules.remove(0);
    assert_eq!(judge(Some(&seen), None).verdict, Verdict::Unavailable, "nothing is left that it loads");
}

/// Generators compile the slot into free-threaded builds only, so its absence here says nothing.
#[test]
fn a_gil_build_draws_no_conclusion() {
    let mut seen = binaries(&[NotUsed, Undeclared]);
    seen.modules[1].build = Build::Gil;
    assert_eq!(judge(Some(&seen), None).verdict, Verdict::Unknown);
    seen.modules[1].build = Build::FreeThreaded;
    seen.modules[1].inconclusive = true;
    assert_eq!(judge(Some(&seen), None).verdict, Verdict::Unknown);
}

#[test]
fn without_a_wheel_the_sources_decide() {
    let verdict = |claims| judge(None, Some(&sources(claims))).verdict;
    let yes = || of_module("a", Stance::RunsWithoutGil);
    assert_eq!(verdict(vec![yes()]), Verdict::BuildRequired);
    assert_eq!(verdict(vec![yes(), of_module("b", Stance::Silent)]), Verdict::Unavailable);
    assert_eq!(verdict(vec![yes(), of_module("b", Stance::NeedsGil)]), Verdict::Unavailable);
    assert_eq!(verdict(vec![yes(), of_module("a", Stance::Silent)]), Verdict::BuildRequired, "#if and #else");
    assert_eq!(verdict(vec![yes(), of_module("a", Stance::NeedsGil)]), Verdict::Unknown, "a contradiction");
    assert_eq!(verdict(vec![]), Verdict::Unknown, "compiled code without a module");
    assert_eq!(judge(None, None).verdict, Verdict::Unavailable);
    assert_eq!(judge(None, Some(&Observed::default())).verdict, Verdict::PurePython);
}

#[test]
fn a_build_files_directive_speaks_for_the_generators_modules() {
    let cython = |stance| claim(ClaimScope::Framework("cython".into()), stance, "setup.py");
    let silent = || of_module("a", Stance::Silent);
    let seen = sources(vec![silent(), cython(Stance::RunsWithoutGil)]);
    assert_eq!(judge(None, Some(&seen)).verdict, Verdict::BuildRequired);
    let seen = sources(vec![of_module("a", Stance::NeedsGil), cython(Stance::RunsWithoutGil)]);
    assert_eq!(judge(None, Some(&seen)).verdict, Verdict::Unavailable, "the module's own word is nearer");
}

#[test]
fn modules_among_tests_do_not_count_beside_installed_ones() {
    let test = claim(ClaimScope::Module("t".into()), Stance::Silent, "tests/t.pyx");
    let seen = sources(vec![of_module("a", Stance::RunsWithoutGil), test.clone()]);
    assert_eq!(judge(None, Some(&seen)).verdict, Verdict::BuildRequired);
    assert_eq!(judge(None, Some(&sources(vec![test]))).verdict, Verdict::Unavailable, "alone they do");
}

#[test]
fn sources_that_were_not_looked_at_leave_the_answer_open() {
    let evidence = Evidence {
        wheel: None,
        sources: Sources::Unread { filename: SDIST, why: "not asked for" },
        wheels: &[],
        problems: &[],
    };
    let judged = package(&evidence, &target("3.14t"), &Weights::builtin());
    assert_eq!(judged.verdict, Verdict::Unknown);
    assert_eq!(judged.because[1], "the sources were not looked at: not asked for");
}

/// The sdist is no part of what is installed when there is a wheel.
#[test]
fn an_sdist_that_could_not_be_had_matters_only_without_a_wheel() {
    let problem = Gap { artifact: SDIST.into(), ..Gap::new("", Hides::Claims, "404") };
    let unread = Sources::Unread { filename: SDIST, why: "404" };
    let seen = binaries(&[NotUsed]);
    let evidence = Evidence {
        wheel: Some(Opened { filename: WHEEL, seen: &seen }),
        sources: unread,
        wheels: &[],
        problems: std::slice::from_ref(&problem),
    };
    let judged = package(&evidence, &target("3.14t"), &Weights::builtin());
    assert_eq!((judged.verdict, judged.safety), (Verdict::Ready, Safety::Unseen));
}

#[test]
fn a_silent_fall_back_to_pure_python_is_pointed_out() {
    let wheels = ["pkg-1-cp314-cp314-win_amd64.whl", "pkg-1-py3-none-any.whl"];
    let wheels: Vec<String> = wheels.iter().map(|name| (*name).to_owned()).collect();
    let judge = |filename: &str, seen: &Observed| {
        let wheel = Some(Opened { filename, seen });
        let evidence = Evidence { wheel, sources: Sources::Absent, wheels: &wheels, problems: &[] };
        package(&evidence, &target("3.14t"), &Weights::builtin())
    };
    let judged = judge("pkg-1-py3-none-any.whl", &Observed::default());
    assert_eq!((judged.verdict, judged.safety), (Verdict::PurePython, Safety::None));
    assert!(judged.because.iter().any(|reason| reason.contains("falls back")), "{:?}", judged.because);
    assert!(judged.score.expect("a score").points < 100);
    let own = judge(WHEEL, &Observed::default());
    assert!(
        !own.because.iter().any(|reason| reason.contains("falls back")),
        "its libraries are for this target"
    );
    assert_eq!(own.score.expect("a score").points, 100);
}

/// Debuggers bring `.pyd` files for old Pythons along; elsewhere their Python code does the work.
#[test]
fn a_wheel_for_any_system_runs_without_the_modules_made_for_others() {
    let windows = Module {
        format: BinaryFormat::Pe,
        abi: Some("cp310".into()),
        build: Build::Gil,
        ..module("m", GilSupport::Undeclared)
    };
    let seen = Observed { modules: vec![windows], ..Observed::default() };
    let judge = |filename: &str| {
        let wheel = Some(Opened { filename, seen: &seen });
        let evidence = Evidence { wheel, sources: Sources::Absent, wheels: &[], problems: &[] };
        package(&evidence, &target("3.14t"), &Weights::builtin()).verdict
    };
    assert_eq!(judge("pkg-1-py3-none-any.whl"), Verdict::PurePython);
    assert_eq!(judge(WHEEL), Verdict::Unavailable, "a wheel made for this target that brings nothing for it");
}

#[test]
fn ready_with_hazards_says_that_a_promise_is_no_proof() {
    let mut seen = sources(Vec::new());
    seen.findings.push(finding(Severity::High, Confidence::Medium));
    let judged = judge(Some(&binaries(&[NotUsed])), Some(&seen));
    assert_eq!((judged.verdict, judged.safety), (Verdict::Ready, Safety::Hazards));
    assert!(judged.because.iter().any(|reason| reason.contains("no proof")), "{:?}", judged.because);
}

#[test]
fn notes_and_low_confidence_and_generated_code_are_no_hazards() {
    let mut seen = sources(Vec::new());
    seen.findings.push(finding(Severity::Note, Confidence::High));
    seen.findings.push(finding(Severity::High, Confidence::Low));
    let mut generated = finding(Severity::High, Confidence::High);
    generated.origin = Some(Origin { name: "cython".into(), version: None });
    seen.findings.push(generated);
    assert_eq!(judge(Some(&binaries(&[NotUsed])), Some(&seen)).safety, Safety::Clean);
}

#[test]
fn a_generators_default_earns_less_than_an_authors_word() {
    let author = binaries(&[NotUsed]);
    let mut default = author.clone();
    default.modules[0].declared_by = Some(DeclaredBy::GeneratorDefault);
    let (author, default) = (judge(Some(&author), None), judge(Some(&default), None));
    assert!(default.because[0].contains("generator's default"), "{:?}", default.because);
    assert!(author.score.expect("a score").points > default.score.expect("a score").points);
}

#[test]
fn a_target_with_the_gil_gets_no_verdict() {
    let seen = binaries(&[NotUsed]);
    let evidence = Evidence {
        wheel: Some(Opened { filename: WHEEL, seen: &seen }),
        sources: Sources::Absent,
        wheels: &[],
        problems: &[],
    };
    let judged = package(&evidence, &target("3.14"), &Weights::builtin());
    assert_eq!(judged.verdict, Verdict::Unknown);
    assert!(judged.because[0].contains("3.14t"));
}

fn any_gil() -> impl Strategy<Value = GilSupport> {
    prop_oneof![Just(NotUsed), Just(Used), Just(Undeclared), Just(Unknown)]
}

fn any_stance() -> impl Strategy<Value = Stance> {
    prop_oneof![Just(Stance::RunsWithoutGil), Just(Stance::NeedsGil), Just(Stance::Silent)]
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let severity =
        prop_oneof![Just(Severity::High), Just(Severity::Medium), Just(Severity::Low), Just(Severity::Note)];
    let confidence = prop_oneof![Just(Confidence::High), Just(Confidence::Medium), Just(Confidence::Low)];
    (severity, confidence, any::<Option<bool>>())
        .prop_map(|(severity, confidence, live)| Finding { live, ..finding(severity, confidence) })
}

fn any_gap() -> impl Strategy<Value = Gap> {
    let hides = prop_oneof![Just(Hides::Claims), Just(Hides::Hazards), Just(Hides::Nothing)];
    (hides, prop_oneof![Just(""), Just("a.c"), Just("b.c")])
        .prop_map(|(hides, path)| Gap::new(path, hides, "why"))
}

prop_compose! {
    fn any_wheel()(gil in prop::collection::vec(any_gil(), 0..4), gaps in prop::collection::vec(any_gap(), 0..2))
        -> Observed { Observed { gaps, ..binaries(&gil) } }
}

prop_compose! {
    fn any_sdist()(
        stances in prop::collection::vec((0..3u8, any_stance()), 0..4),
        findings in prop::collection::vec(any_finding(), 0..6),
        gaps in prop::collection::vec(any_gap(), 0..2),
        files in 0..4u64,
        partly in 0..4u64,
    ) -> Observed {
        let claims = stances.into_iter().map(|(n, stance)| of_module(&format!("m{n}"), stance)).collect();
        let mut seen = Observed { findings, gaps, ..sources(claims) };
        seen.looked.source_files = files;
        seen.looked.partly_parsed_files = partly;
        seen
    }
}

proptest! {
    #[test]
    fn the_parts_of_a_score_add_up_and_an_unknown_has_none(
        wheel in prop::option::of(any_wheel()), sdist in prop::option::of(any_sdist())
    ) {
        let judged = judge(wheel.as_ref(), sdist.as_ref());
        prop_assert_eq!(judged.score.is_none(), judged.verdict == Verdict::Unknown);
        prop_assert_eq!(!judged.turns_gil_on.is_empty(), judged.verdict == Verdict::NeedsGil);
        prop_assert!(!judged.because.is_empty());
        if let Some(score) = judged.score {
            prop_assert_eq!(score.points, score.parts.iter().map(|part| part.points).sum::<u32>());
            prop_assert_eq!(score.parts.iter().map(|part| part.of).sum::<u32>(), 100);
            prop_assert!(score.parts.iter().all(|part| part.points <= part.of));
        }
    }

    #[test]
    fn one_more_finding_never_raises_a_score_nor_changes_a_verdict(
        wheel in prop::option::of(any_wheel()), sdist in any_sdist(), more in any_finding()
    ) {
        let before = judge(wheel.as_ref(), Some(&sdist));
        let mut sdist = sdist;
        sdist.findings.push(more);
        let after = judge(wheel.as_ref(), Some(&sdist));
        prop_assert_eq!(before.verdict, after.verdict);
        prop_assert!(after.score.map(|s| s.points) <= before.score.map(|s| s.points));
    }

    #[test]
    fn one_more_gap_never_improves_anything(
        wheel in prop::option::of(any_wheel()), sdist in prop::option::of(any_sdist()), more in any_gap(), place in 0..3
    ) {
        let before = judge(wheel.as_ref(), sdist.as_ref());
        let (mut wheel, mut sdist, mut problems) = (wheel, sdist, Vec::new());
        match (place, wheel.as_mut(), sdist.as_mut()) {
            (0, Some(seen), _) | (1, _, Some(seen)) => seen.gaps.push(more),
            _ => problems.push(more),
        }
        let wheels: &[&str] = if wheel.is_some() { &[WHEEL] } else { &[] };
        let after = judge_with(wheel.as_ref(), sdist.as_ref(), wheels, &problems);
        prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Unknown);
        prop_assert!(after.score.map(|s| s.points) <= before.score.map(|s| s.points));
        prop_assert!(!(before.safety == Safety::Unseen && after.safety == Safety::Clean));
    }
}

/// The free-threaded build of 3.13 was an experiment that some left out on purpose.
#[test]
fn what_sources_say_for_some_pythons_is_judged_for_the_one_asked_for() {
    let early = Minors::those(|minor| minor == 13);
    let say = |stance, minors| Claim { minors, ..of_module("m", stance) };
    let seen =
        sources(vec![say(Stance::RunsWithoutGil, Minors::ALL.without(early)), say(Stance::NeedsGil, early)]);
    let verdict = |python: &str| {
        let opened = Opened { filename: SDIST, seen: &seen };
        let evidence = Evidence { wheel: None, sources: Sources::Sdist(opened), wheels: &[], problems: &[] };
        package(&evidence, &target(python), &Weights::builtin()).verdict
    };
    assert_eq!(verdict("3.13t"), Verdict::Unavailable);
    assert_eq!(verdict("3.14t"), Verdict::BuildRequired);
    assert_eq!(verdict("3.15t"), Verdict::BuildRequired);
}

/// A reader has to know which hazards can happen today.
#[test]
fn hazards_are_told_apart_by_whether_their_module_declares() {
    let said = |lives: &[Option<bool>]| {
        let mut seen = sources(vec![of_module("m", Stance::RunsWithoutGil)]);
        seen.findings = lives
            .iter()
            .map(|live| Finding { live: *live, ..finding(Severity::High, Confidence::Medium) })
            .collect();
        let opened = Opened { filename: SDIST, seen: &seen };
        let evidence = Evidence { wheel: None, sources: Sources::Sdist(opened), wheels: &[], problems: &[] };
        package(&evidence, &target("3.14t"), &Weights::builtin()).because.join("; ")
    };
    assert!(said(&[Some(true)]).contains("live today in modules that declare"));
    assert!(said(&[Some(false)]).contains("in modules that do not declare yet"));
    let mixed = said(&[Some(true), Some(false), Some(false)]);
    assert!(mixed.contains("1 of them live today") && mixed.contains("2 in modules that do not"), "{mixed}");
    assert!(!said(&[None]).contains("declare yet"));
}

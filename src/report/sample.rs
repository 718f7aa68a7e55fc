//! A small report with every verdict a person meets first, for the writers' tests.

use super::{Document, Failure, Package, PackageParts};
use crate::model::{
    Arch, Artifact, ArtifactKind, BinaryFormat, Build, Class, Confidence, DeclaredBy, Finding, Framework,
    Gap, GilSupport, HazardCounts, Hides, Init, Judgement, Location, Module, Safety, Score, ScorePart,
    Severity, Target, Verdict,
};

fn target() -> Target {
    Target {
        python: "3.14t".parse().expect("a Python"),
        platform: "manylinux_2_28_x86_64".parse().expect("a platform"),
    }
}

fn judgement(verdict: Verdict, safety: Safety, points: Option<u32>, because: &str) -> Judgement {
    let part = |points| ScorePart { part: "declaration".into(), points, of: 100, why: "as seen".into() };
    Judgement {
        verdict,
        safety,
        hazards: HazardCounts::default(),
        score: points.map(|points| Score { points, parts: vec![part(points)] }),
        because: vec![because.into()],
        turns_gil_on: Vec::new(),
    }
}

fn module(name: &str, gil: GilSupport) -> Module {
    Module {
        member: format!("{}.cpython-314t-x86_64-linux-gnu.so", name.replace('.', "/")),
        module: name.into(),
        format: BinaryFormat::Elf,
        arch: Arch::X86_64,
        abi: Some("cp314t".into()),
        build: Build::FreeThreaded,
        init: Init::MultiPhase,
        gil,
        declared_by: (gil == GilSupport::NotUsed).then_some(DeclaredBy::Author),
        framework: Some(Framework { name: "cython".into(), version: Some("3.1.2".into()) }),
        evidence: "slot 4 (Py_mod_gil) in the PyModuleDef at 0x4020".into(),
        chain: vec!["PyInit at 0x1000 returns 0x4020".into()],
        inconclusive: false,
        stable_abi: None,
        notes: Vec::new(),
    }
}

fn package(name: &str, installs: Option<&str>, judged: Judgement, modules: Vec<Module>) -> PackageParts {
    PackageParts {
        name: name.into(),
        version: Some("2.5.5".into()),
        requested_by: vec!["requirements.txt:3".into()],
        judgements: vec![(target(), installs.map(str::to_owned), judged)],
        artifacts: installs
            .map(|filename| Artifact {
                filename: filename.into(),
                kind: ArtifactKind::Wheel,
                sha256: None,
                tags: Vec::new(),
                usable_on: vec!["3.14t".into()],
                modules,
                attributed: Vec::new(),
            })
            .into_iter()
            .collect(),
        findings: Vec::new(),
        gaps: Vec::new(),
    }
}

/// The report.
pub(crate) fn document() -> Document {
    let mut ready = judgement(
        Verdict::Ready,
        Safety::Hazards,
        Some(97),
        "1 of 1 extension module declares Py_MOD_GIL_NOT_USED",
    );
    ready.hazards.add(Severity::High, Confidence::Medium);
    let mut numpy = package(
        "numpy",
        Some("numpy-2.5.5-cp314-cp314t-manylinux_2_28_x86_64.whl"),
        ready,
        vec![module("numpy._core._multiarray_umath", GilSupport::NotUsed)],
    );
    numpy.findings.push(Finding {
        rule: "borrowed-container-item".into(),
        class: Class::BorrowedRef,
        severity: Severity::High,
        confidence: Confidence::Medium,
        artifact: "numpy-2.5.5.tar.gz".into(),
        location: Location {
            path: "numpy/_core/src/x.c".into(),
            line: 12,
            column: 5,
            end_line: 12,
            end_column: 30,
        },
        function: "lookup".into(),
        owner: String::new(),
        message: "`PyDict_GetItem` borrows an item of `table`".into(),
        fix: "Call `PyDict_GetItemRef`.".into(),
        fingerprint: "0123456789abcdef".into(),
        origin: None,
        live: Some(true),
        related: Vec::new(),
        correction: None,
        suppressed: None,
    });
    let mut slow = judgement(
        Verdict::NeedsGil,
        Safety::Unseen,
        Some(24),
        "1 of 2 extension modules turns the GIL on: slow.core does not declare support",
    );
    slow.turns_gil_on.push("slow.core".into());
    let slow = package(
        "slow",
        Some("slow-2.5.5-cp314-cp314t-manylinux_2_28_x86_64.whl"),
        slow,
        vec![module("slow.core", GilSupport::Undeclared), module("slow.fast", GilSupport::NotUsed)],
    );
    let mut dark = package(
        "a-package-with-quite-a-long-name",
        Some("a_package_with_quite_a_long_name-2.5.5-cp314-cp314t-manylinux_2_28_x86_64.whl"),
        judgement(Verdict::Unknown, Safety::Unseen, None, "dark.so: the definition is computed at run time"),
        vec![module("dark", GilSupport::Unknown)],
    );
    dark.gaps.push(Gap::new("dark.so", Hides::Claims, "the definition is computed at run time"));
    let gone = package(
        "gone",
        None,
        judgement(
            Verdict::Unavailable,
            Safety::Unseen,
            Some(0),
            "no wheel for 3.14t on manylinux_2_28_x86_64",
        ),
        Vec::new(),
    );
    let pure = package(
        "six",
        Some("six-2.5.5-py3-none-any.whl"),
        judgement(
            Verdict::PurePython,
            Safety::None,
            Some(100),
            "the file to be installed has no extension module",
        ),
        Vec::new(),
    );
    let packages = [pure, gone, dark, slow, numpy].into_iter().filter_map(Package::new).collect();
    let failure = Failure {
        request: "nonesuch==1".into(),
        requested_by: vec!["requirements.txt:9".into()],
        reason: "the index has no project of that name".into(),
        hint: "check the spelling".into(),
    };
    Document::new("2026.11.1", &[target()], packages, vec![failure])
}

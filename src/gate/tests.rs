use super::*;
use crate::model::{
    Arch, BinaryFormat, Build, DeclaredBy, GilSupport, Init, Module, PackageMetadata, StableAbiUse,
};

fn module(abi: Option<&str>, build: Build, gil: GilSupport) -> Module {
    Module {
        member: "pkg/fast.so".into(),
        module: "pkg.fast".into(),
        format: BinaryFormat::Elf,
        arch: Arch::X86_64,
        abi: abi.map(str::to_owned),
        build,
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

fn good() -> Module {
    module(Some("cp314t"), Build::FreeThreaded, GilSupport::NotUsed)
}

fn seen(modules: Vec<Module>, classifiers: &[&str]) -> Observed {
    let metadata = PackageMetadata {
        name: "pkg".into(),
        version: "1.0".into(),
        classifiers: classifiers.iter().map(|one| (*one).to_owned()).collect(),
        ..PackageMetadata::default()
    };
    Observed { modules, metadata: Some(metadata), ..Observed::default() }
}

const LEVEL: &str = "Programming Language :: Python :: Free Threading :: 3 - Stable";

fn told(wheels: &[(&str, &Observed)], may: &[&str]) -> Vec<String> {
    let shipped: Vec<Shipped<'_>> =
        wheels.iter().map(|(filename, seen)| Shipped { filename, seen }).collect();
    let may = may.iter().map(|name| (*name).to_owned()).collect();
    findings(&shipped, &may, Knowledge::builtin(), RuleSet::builtin())
        .into_iter()
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}

fn one(filename: &str, module: Module) -> Vec<String> {
    told(&[(filename, &seen(vec![module], &[LEVEL]))], &[])
}

const NAME: &str = "pkg-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl";

#[test]
fn a_wheel_that_keeps_its_promises_passes() {
    assert_eq!(one(NAME, good()), Vec::<String>::new());
    let plain = module(None, Build::FreeThreaded, GilSupport::NotUsed);
    assert_eq!(one(NAME, plain), Vec::<String>::new());
}

#[test]
fn a_module_that_does_not_declare_stops_a_free_threaded_wheel_unless_listed() {
    let silent = module(Some("cp314t"), Build::FreeThreaded, GilSupport::Undeclared);
    let found = one(NAME, silent.clone());
    assert!(
        found.iter().any(|one| one.starts_with("wheel-module-undeclared: `pkg.fast` does not declare")),
        "{found:?}"
    );
    assert!(found.iter().any(|one| one.contains("and pkg.fast turns the GIL back on")), "{found:?}");
    let seen = seen(vec![silent.clone()], &[]);
    assert_eq!(told(&[(NAME, &seen)], &["pkg.fast"]), Vec::<String>::new());
    let with_gil = module(Some("cp314"), Build::Gil, GilSupport::Undeclared);
    assert_eq!(one("pkg-1.0-cp314-cp314-manylinux_2_28_x86_64.whl", with_gil), Vec::<String>::new());
}

#[test]
fn suffix_build_and_machine_are_held_against_the_tag() {
    let wrong = |change: fn(&mut Module)| {
        let mut module = good();
        change(&mut module);
        one(NAME, module)
    };
    let suffix = wrong(|m| m.abi = Some("cp314".into()));
    assert!(suffix[0].contains("named for cp314, which interpreters of cp314-cp314t"), "{suffix:?}");
    let build = wrong(|m| m.build = Build::Gil);
    assert!(build[0].contains("compiled for builds with the GIL"), "{build:?}");
    let machine = wrong(|m| m.arch = Arch::Aarch64);
    assert!(machine[0].contains("compiled for Linux aarch64"), "{machine:?}");
    let system = wrong(|m| m.format = BinaryFormat::Pe);
    assert!(system[0].contains("compiled for Windows x86_64"), "{system:?}");
    let pure = one("pkg-1.0-py3-none-any.whl", good());
    assert!(pure[0].contains("holds the compiled module `pkg.fast`"), "{pure:?}");
}

#[test]
fn a_file_for_another_python_beside_the_right_one_is_no_mismatch() {
    let mut other = good();
    other.abi = Some("cp313t".into());
    other.member = "pkg/fast.cpython-313t.so".into();
    let both = seen(vec![good(), other], &[LEVEL]);
    assert_eq!(told(&[(NAME, &both)], &[]), Vec::<String>::new());
}

#[test]
fn a_universal_wheel_needs_code_for_both_machines() {
    let mut arm = good();
    arm.format = BinaryFormat::MachO;
    arm.arch = Arch::Aarch64;
    let name = "pkg-1.0-cp314-cp314t-macosx_11_0_universal2.whl";
    let found = one(name, arm.clone());
    assert!(found[0].contains("no code for x86_64"), "{found:?}");
    let mut intel = arm.clone();
    intel.arch = Arch::X86_64;
    assert_eq!(told(&[(name, &seen(vec![arm.clone(), intel.clone()], &[LEVEL]))], &[]), Vec::<String>::new());
    let thin = "pkg-1.0-cp314-cp314t-macosx_11_0_arm64.whl";
    assert_eq!(told(&[(thin, &seen(vec![arm, intel], &[LEVEL]))], &[]), Vec::<String>::new());
}

#[test]
fn the_stable_abi_is_held_against_what_is_imported() {
    let mut stable = module(Some("abi3"), Build::Gil, GilSupport::Undeclared);
    stable.stable_abi = Some(StableAbiUse {
        outside: vec!["PyUnstable_Module_SetGIL".into()],
        complete_from: Some("3.13".into()),
        youngest: Some("PyDict_GetItemRef".into()),
    });
    let found = one("pkg-1.0-cp39-abi3-manylinux_2_28_x86_64.whl", stable.clone());
    assert!(found.iter().any(|one| one.contains("imports PyUnstable_Module_SetGIL")), "{found:?}");
    assert!(
        found.iter().any(|one| one.contains("PyDict_GetItemRef (Python 3.13), which is younger")),
        "{found:?}"
    );
    let found = one("pkg-1.0-cp314-abi3t-manylinux_2_28_x86_64.whl", {
        let mut module = good();
        module.abi = Some("abi3t".into());
        module.build = Build::Both;
        module
    });
    assert!(found[0].contains("begins with Python 3.15"), "{found:?}");
}

#[test]
fn the_wheel_file_and_metadata_are_held_against_the_file_name() {
    let mut seen = seen(vec![good()], &[LEVEL]);
    seen.wheel_tags = vec!["cp314-cp314t-manylinux_2_28_x86_64".into()];
    assert_eq!(told(&[(NAME, &seen)], &[]), Vec::<String>::new());
    seen.wheel_tags = vec!["cp314-cp314-linux_x86_64".into()];
    seen.metadata = Some(PackageMetadata {
        name: "pkg".into(),
        version: "1.1".into(),
        classifiers: vec![LEVEL.into()],
        ..PackageMetadata::default()
    });
    let found = told(&[(NAME, &seen)], &[]);
    assert!(
        found.iter().any(|one| one.contains("The WHEEL file says cp314-cp314-linux_x86_64")),
        "{found:?}"
    );
    assert!(found.iter().any(|one| one.contains("METADATA says pkg 1.1")), "{found:?}");
}

#[test]
fn platforms_of_a_release_agree_on_modules_declarations_and_builds() {
    let wheel = |tag: &str| format!("pkg-1.0-cp314-{tag}.whl");
    let linux = seen(vec![good()], &[LEVEL]);
    let arm = {
        let mut module = good();
        module.arch = Arch::Aarch64;
        module
    };
    let complete = seen(vec![arm.clone()], &[LEVEL]);
    let silent = seen(vec![Module { gil: GilSupport::Undeclared, ..arm.clone() }], &[LEVEL]);
    let names = [wheel("cp314t-manylinux_2_28_x86_64"), wheel("cp314t-manylinux_2_28_aarch64")];
    let found = told(&[(&names[0], &linux), (&names[1], &complete)], &[]);
    assert_eq!(found, Vec::<String>::new());
    let found = told(&[(&names[0], &linux), (&names[1], &silent)], &[]);
    assert!(found.iter().any(|one| one.contains("declares that it runs without the GIL in the wheels for Linux x86_64, and not in the one for Linux aarch64")), "{found:?}");

    let gil = seen(vec![Module { abi: Some("cp314".into()), build: Build::Gil, ..good() }], &[LEVEL]);
    let gil_arm =
        seen(vec![Module { abi: Some("cp314".into()), build: Build::Gil, ..arm.clone() }], &[LEVEL]);
    let (gil_name, gil_arm_name) =
        (wheel("cp314-manylinux_2_28_x86_64"), wheel("cp314-manylinux_2_28_aarch64"));
    let found = told(&[(&names[0], &linux), (&gil_name, &gil), (&gil_arm_name, &gil_arm)], &[]);
    assert_eq!(
        found,
        ["wheel-release-disagrees: There are wheels for cp314 on Linux aarch64, and none for cp314t"]
    );

    let more = seen(
        vec![good(), Module { module: "pkg.more".into(), member: "pkg/more.so".into(), ..good() }],
        &[LEVEL],
    );
    let more_arm = seen(
        vec![arm.clone(), Module { module: "pkg.more".into(), member: "pkg/more.so".into(), ..arm }],
        &[LEVEL],
    );
    let musl = wheel("cp314t-musllinux_1_2_x86_64");
    let found = told(&[(&names[0], &more), (&names[1], &more_arm), (&musl, &linux)], &[]);
    assert!(found.iter().any(|one| one.contains("`pkg.more` is in the wheels for Linux aarch64, Linux x86_64, and not in the one for musl Linux x86_64")), "{found:?}");
}

#[test]
fn classifiers_claim_neither_more_nor_less_than_is_shipped() {
    let with_gil = Module { abi: Some("cp314".into()), build: Build::Gil, ..good() };
    let gil = seen(vec![with_gil.clone()], &[LEVEL, "Programming Language :: Python :: 3.14"]);
    let old = seen(vec![Module { abi: Some("cp313".into()), ..with_gil }], &[]);
    let (a, b) =
        ("pkg-1.0-cp314-cp314-manylinux_2_28_x86_64.whl", "pkg-1.0-cp313-cp313-manylinux_2_28_x86_64.whl");
    let found = told(&[(a, &gil), (b, &old)], &[]);
    assert!(
        found.iter().any(|one| one.contains("3 - Stable` claims support for free threading, and no wheel")),
        "{found:?}"
    );
    assert!(found.iter().any(|one| one.contains("There are wheels for Python 3.13")), "{found:?}");
    assert_eq!(told(&[(a, &gil)], &[]), Vec::<String>::new(), "one wheel may be one of many");
    let found = told(&[(NAME, &seen(vec![good()], &[]))], &[]);
    assert!(
        found[0].contains("The wheels for cp314t declare that they run without the GIL, and no classifier"),
        "{found:?}"
    );
}

#[test]
fn what_was_accepted_of_one_release_stays_accepted_in_the_next() {
    let print = |name: &str| {
        let seen = seen(vec![Module { arch: Arch::Aarch64, ..good() }], &[]);
        let shipped = [Shipped { filename: name, seen: &seen }];
        let found = findings(&shipped, &BTreeSet::new(), Knowledge::builtin(), RuleSet::builtin());
        found.iter().find(|one| one.rule == "wheel-tag-mismatch").expect("told").fingerprint.clone()
    };
    assert_eq!(print(NAME), print("pkg-2.0-cp314-cp314t-manylinux_2_28_x86_64.whl"));
}

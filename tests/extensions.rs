//! What must be seen in the small extension modules of `corpus/extensions/`.
//!
//! Each case is one way of describing a module in one format, for one machine, by one style of linker. The
//! files are checked in with their sources and the recipe that built them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use ungil::binary;
use ungil::knowledge::Knowledge;
use ungil::model::{Arch, Build, DeclaredBy, GilSupport, Hides, Init, Member, MemberPath, Module, Observed};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    why: String,
    #[serde(default)]
    gap: bool,
    #[serde(default)]
    module: Vec<Row>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
struct Row {
    arch: Arch,
    build: Build,
    init: Init,
    gil: GilSupport,
    /// Name and version of the generator, where it is one; the version where the file tells it.
    framework: Option<String>,
    declared_by: Option<DeclaredBy>,
}

impl Row {
    /// What was seen, of that what `wanted` speaks of.
    fn seen(module: &Module, wanted: Option<&Self>) -> Self {
        let named = wanted.is_some_and(|w| w.framework.is_some());
        let judged = wanted.is_some_and(|w| w.declared_by.is_some());
        let framework = module.framework.as_ref().map(|f| match &f.version {
            Some(version) => format!("{} {version}", f.name),
            None => f.name.clone(),
        });
        Self {
            arch: module.arch,
            build: module.build,
            init: module.init,
            gil: module.gil,
            framework: framework.filter(|_| named),
            declared_by: module.declared_by.filter(|_| judged),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/extensions")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.toml")).expect("the list of cases is there");
    toml::from_str::<Cases>(&text).expect("the list of cases is well formed").case
}

fn bytes(case: &Case) -> Vec<u8> {
    std::fs::read(folder().join("built").join(&case.file)).unwrap_or_else(|e| panic!("{}: {e}", case.file))
}

fn look(file: &str, bytes: &[u8]) -> Observed {
    let name = file.rsplit('/').next().expect("a file name");
    let path = MemberPath::new(name).expect("a safe path");
    binary::file(&Member::new(&path, bytes), Knowledge::builtin())
}

#[test]
fn every_case_is_read_as_its_source_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let seen = look(&case.file, &bytes(&case));
        let rows: Vec<Row> =
            seen.modules.iter().enumerate().map(|(n, m)| Row::seen(m, case.module.get(n))).collect();
        let told = seen.gaps.iter().any(|gap| gap.hides == Hides::Claims);
        if rows != case.module || told != case.gap {
            let evidence: Vec<&str> = seen.modules.iter().map(|m| m.evidence.as_str()).collect();
            wrong.push(format!(
                "{} ({}):\n  {rows:?}\n  instead of {:?}\n  {evidence:?}\n  gaps {:?}",
                case.file, case.why, case.module, seen.gaps
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Somebody who checks our word with a disassembler needs the addresses.
#[test]
fn the_chain_leads_from_the_export_to_the_answer() {
    for case in cases() {
        for module in look(&case.file, &bytes(&case)).modules {
            let first = module.chain.first().unwrap_or_else(|| panic!("{}: no chain", case.file));
            assert!(first.contains("0x"), "{}: {first}", case.file);
            assert!(!module.evidence.is_empty(), "{}", case.file);
        }
    }
}

#[test]
fn a_file_that_contradicts_its_name_is_told() {
    for (file, part) in [("elf-mislabelled/", "cp314t"), ("pe-mislinked/", "python314.dll")] {
        let case = cases().into_iter().find(|c| c.file.starts_with(file)).expect(file);
        let notes = look(&case.file, &bytes(&case)).modules.remove(0).notes.join("; ");
        assert!(notes.contains(part), "{file}: {notes}");
    }
}

/// What is cut off may be the declaration: no shorter file may say more than the whole.
#[test]
fn a_file_that_is_cut_off_never_declares_what_the_whole_does_not() {
    for case in cases() {
        let whole = bytes(&case);
        let answers: Vec<GilSupport> = look(&case.file, &whole).modules.iter().map(|m| m.gil).collect();
        for end in (0..whole.len()).step_by(whole.len() / 64 + 1) {
            for module in look(&case.file, &whole[..end]).modules {
                let same = answers.contains(&module.gil) || module.gil == GilSupport::Unknown;
                assert!(same, "{} cut at {end}: {:?}", case.file, module.gil);
            }
        }
    }
}

/// Bytes changed at random, the same ones at every run: readers end, without a panic and within bounds.
#[test]
fn damaged_files_are_read_to_an_end() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut pick = move |below: usize| usize::try_from(next() % below.max(1) as u64).expect("below a usize");
    for case in cases() {
        let whole = bytes(&case);
        for _ in 0..12 {
            let mut damaged = whole.clone();
            for _ in 0..=pick(6) {
                // Headers and tables lie at the front; there a byte changes most.
                let reach = if pick(2) == 0 { damaged.len() } else { damaged.len().min(1024) };
                let at = pick(reach);
                damaged[at] = match pick(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => damaged[at] ^ (1 << pick(8)),
                    _ => u8::try_from(pick(256)).expect("a byte"),
                };
            }
            look(&case.file, &damaged);
        }
    }
}

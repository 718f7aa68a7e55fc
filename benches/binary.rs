//! How long it takes to judge extension modules once they are read, and how that compares with inflating them.
//!
//! `cargo bench --bench binary` judges modules of 10 MB that it makes itself. `UNGIL_BENCH_WHEELS` names folders or
//! wheels, separated by colons: their modules are inflated and judged, and at the end stands what part of the time of
//! inflating the judging takes. Baselines are in README.md beside this file.

#[path = "../tests/made/elf.rs"]
mod made;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use divan::Bencher;
use made::{DATA, Elf, RODATA, TEXT};
use ungil::binary;
use ungil::knowledge::Knowledge;
use ungil::model::{GilSupport, Member, MemberPath, Observed};
use ungil::unpack::{self, Limits};

fn main() {
    // Facts are read once in a process, whatever is judged.
    Knowledge::builtin();
    divan::main();
    ratios();
}

fn look(path: &MemberPath, bytes: &[u8]) -> Observed {
    binary::file(&Member::new(path, bytes), Knowledge::builtin())
}

/// How the module of 10 MB describes itself.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// Static slots.
    Static,
    /// A finished module, about which a call declares; code that is followed for long comes after it.
    Call,
    /// A loop that fills a table before the definition is handed over.
    Filled,
}

/// 6 MB of code, 3 MB of texts, 1 MB of data of which half is pointers, 4000 symbols.
fn ten_megabytes(style: Style) -> Vec<u8> {
    let mut elf = Elf::module(&[(2, TEXT), (4, 1), (0, 0)]);
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    elf.imports.extend(
        ["PyModule_Create2", "PyUnstable_Module_SetGIL", "PyModule_AddIntConstant"].map(String::from),
    );
    elf.bound.extend([(DATA + 8, 1), (DATA + 16, 2), (DATA + 24, 3)]);
    if !matches!(style, Style::Static) {
        elf.text.clear();
    }
    match style {
        Style::Static => {}
        Style::Call => {
            // lea rdi, definition; mov esi, 1013; call Create2; mov rbx, rax
            elf.text.extend([0x48, 0x8d, 0x3d]);
            elf.distance(DATA + made::DEFINITION);
            elf.put(DATA + made::DEFINITION + 88, 0);
            elf.relative.retain(|(at, _)| *at != DATA + made::DEFINITION + 88);
            elf.text.extend([0xbe, 0xf5, 0x03, 0, 0, 0xff, 0x15]);
            elf.distance(DATA + 8);
            // mov rdi, rbx; mov esi, 1; call SetGIL
            elf.text.extend([0x48, 0x89, 0xc3, 0x48, 0x89, 0xdf, 0xbe, 1, 0, 0, 0, 0xff, 0x15]);
            elf.distance(DATA + 16);
            for i in 0..5000_u64 {
                // mov rdi, rbx; lea rsi, name; mov edx, i; call AddIntConstant
                elf.text.extend([0x48, 0x89, 0xdf, 0x48, 0x8d, 0x35]);
                elf.distance(RODATA);
                elf.text.push(0xba);
                elf.text.extend(i.to_le_bytes().iter().take(4));
                elf.text.extend([0xff, 0x15]);
                elf.distance(DATA + 24);
            }
            // mov rax, rbx; ret
            elf.text.extend([0x48, 0x89, 0xd8, 0xc3]);
        }
        Style::Filled => {
            // lea rax, table; mov ecx, 10000
            elf.text.extend([0x48, 0x8d, 0x05]);
            elf.distance(DATA + 0x8_0000);
            elf.text.extend([0xb9, 0x10, 0x27, 0, 0]);
            // mov [rax+rcx*8], rcx; dec rcx; jne -9
            elf.text.extend([0x48, 0x89, 0x0c, 0xc8, 0x48, 0xff, 0xc9, 0x75, 0xf7]);
            elf.text.extend([0x48, 0x8d, 0x3d]);
            elf.distance(DATA + made::DEFINITION);
            elf.text.extend([0xff, 0x25]);
            elf.distance(DATA);
        }
    }
    while elf.text.len() < 6 << 20 {
        // What compiled code is made of: moves, addresses, calls near and far.
        elf.text.extend([0x48, 0x8b, 0x44, 0x24, 0x18, 0x48, 0x8d, 0x35]);
        elf.distance(RODATA + random() % (3 << 20));
        elf.text.push(0xe8);
        let to = TEXT + random() % elf.text.len() as u64;
        elf.distance(to);
        elf.text.extend([0x85, 0xc0, 0x0f, 0x84]);
        elf.text.extend((random() % 4096).to_le_bytes().iter().take(4));
        elf.text.extend([0x48, 0x83, 0xc4, 0x28, 0x5b, 0xc3]);
    }
    while elf.rodata.len() < 3 << 20 {
        let text = format!("{}/module_{}.pyx: argument {} of type\0", random() % 977, random(), random() % 7);
        elf.rodata.extend(text.as_bytes());
    }
    elf.data.resize(1 << 20, 0);
    for at in (0x1000..1 << 19).step_by(8) {
        elf.point(DATA + at, RODATA + random() % (3 << 20));
    }
    elf.imports.extend((0..3000).map(|i| format!("PyNothing_{}_{i}", random())));
    elf.exports.extend((0..1000).map(|i| (format!("_ZN6symbol{}E{i}", random()), TEXT)));
    elf.build()
}

#[divan::bench(args = [Style::Static, Style::Call, Style::Filled])]
fn judge_ten_megabytes(bencher: Bencher<'_, '_>, style: Style) {
    let bytes = ten_megabytes(style);
    let path = MemberPath::new("mod.cpython-314t-x86_64-linux-gnu.so").expect("a safe path");
    let seen = look(&path, &bytes);
    assert_eq!(seen.modules.first().map(|m| m.gil), Some(GilSupport::NotUsed), "{seen:?}");
    bencher.bench_local(|| look(&path, &bytes));
}

/// A wheel in memory.
struct Read {
    name: String,
    bytes: Vec<u8>,
}

impl Read {
    /// All that an interpreter could import, inflated one after another.
    fn inflate(&self, mut each: impl FnMut(&MemberPath, &[u8])) {
        let reader = std::io::Cursor::new(&self.bytes);
        let opened =
            unpack::wheel(reader, &Limits::default(), &binary::importable_from_wheel, &mut |path, bytes| {
                each(&path, &bytes)
            });
        for gap in opened.gaps {
            println!("{}: {} {}", self.name, gap.path, gap.reason);
        }
    }
}

fn wheels() -> Vec<Read> {
    let named = std::env::var("UNGIL_BENCH_WHEELS").unwrap_or_default();
    let mut paths: Vec<PathBuf> = Vec::new();
    for one in named.split(':').filter(|one| !one.is_empty()).map(PathBuf::from) {
        match std::fs::read_dir(&one) {
            Ok(rows) => paths.extend(rows.flatten().map(|row| row.path())),
            Err(_) => paths.push(one),
        }
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "whl"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &std::path::Path) -> Read {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Read { name, bytes }
}

/// Rounds of which the quickest counts: other work on the machine only ever adds.
const ROUNDS: usize = 5;

/// For each wheel: its modules, how long they take to inflate and to judge, and the one that takes longest.
fn ratios() {
    let (mut all_judging, mut all_inflating) = (Duration::ZERO, Duration::ZERO);
    for wheel in wheels() {
        let rounds: Vec<(Duration, Duration, String)> = (0..ROUNDS).map(|_| round(&wheel)).collect();
        let judging = rounds.iter().map(|r| r.0).min().unwrap_or_default();
        let inflating = rounds.iter().map(|r| r.1).min().unwrap_or_default();
        let told = rounds.iter().min_by_key(|r| r.0).map_or("", |r| r.2.as_str());
        println!(
            "{}: judging takes {:.0} % of inflating ({judging:.1?}, {inflating:.1?}); {told}",
            wheel.name,
            100.0 * judging.as_secs_f64() / inflating.as_secs_f64().max(1e-9),
        );
        all_judging += judging;
        all_inflating += inflating;
    }
    if !all_inflating.is_zero() {
        let part = 100.0 * all_judging.as_secs_f64() / all_inflating.as_secs_f64();
        println!("all of them: judging takes {part:.0} % of inflating");
    }
}

/// Inflates and judges a wheel's modules once: the time of each, and what there was.
fn round(wheel: &Read) -> (Duration, Duration, String) {
    let (mut modules, mut size, mut judging) = (0, 0, Duration::ZERO);
    let mut longest = (Duration::ZERO, String::new(), 0);
    let began = Instant::now();
    wheel.inflate(|path, bytes| {
        let began = Instant::now();
        let seen = divan::black_box(look(path, bytes));
        let took = began.elapsed();
        judging += took;
        size += bytes.len();
        modules += seen.modules.len();
        if took > longest.0 {
            longest = (took, path.as_str().to_owned(), bytes.len());
        }
    });
    let inflating = began.elapsed().saturating_sub(judging);
    let (took, path, bytes) = longest;
    let told = format!(
        "{modules} modules in {:.1} MB, longest {took:.1?} for {path} of {:.1} MB",
        size as f64 / 1e6,
        bytes as f64 / 1e6,
    );
    (judging, inflating, told)
}

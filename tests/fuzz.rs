//! Runs the fuzz targets of `fuzz/` on damaged modules: a fixed number of inputs, the same at every run.
//!
//! An input that panics, overflows, takes more memory or more time than a hostile file may is named by its target and
//! number, and `UNGIL_FUZZ_ONLY=target:number` runs it alone. `UNGIL_FUZZ_INPUTS` says how many inputs each target
//! gets, `UNGIL_FUZZ_FROM` with which to begin.

#[path = "made/cpu.rs"]
mod cpu;
#[path = "../fuzz/src/fragments.rs"]
mod fragments;
#[path = "../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../fuzz/src/shape.rs"]
mod shape;
#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use mutate::Random;

/// Inputs of each target where nobody asks for more: a few seconds in all.
const INPUTS: u64 = 300;
/// What reading one file may take at once. The files here have a few KB.
const MOST_MEMORY: usize = 256 << 20;
/// However loaded the machine is and however slow the build.
const LONGEST: Duration = Duration::from_secs(60);

/// Counts what each thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

fn count(change: impl FnOnce(usize) -> usize) {
    // While a thread ends there is nothing left to count in.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        let now = change(now);
        held.set((now, most.max(now)));
    });
}

// SAFETY: all calls are handed on to the system's allocator as they are.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|now| now.saturating_add(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(|now| now.saturating_sub(layout.size()));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The modules of the corpus whose folder begins so.
fn seeds(kinds: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/extensions/built");
    let mut found = Vec::new();
    for case in std::fs::read_dir(folder).expect("the corpus is there").flatten() {
        if kinds.iter().any(|kind| case.file_name().to_string_lossy().starts_with(kind)) {
            for file in std::fs::read_dir(case.path()).expect("a folder for each case").flatten() {
                found.push((file.path(), std::fs::read(file.path()).expect("a module")));
            }
        }
    }
    // Folders are listed in any order.
    found.sort();
    found.into_iter().map(|(_, bytes)| bytes).collect()
}

/// Runs a target on its inputs, each made by its number alone.
fn run(name: &str, make: impl Fn(&mut Random) -> Vec<u8>, target: impl Fn(&[u8])) {
    let only = std::env::var("UNGIL_FUZZ_ONLY").ok();
    let from = setting("UNGIL_FUZZ_FROM").unwrap_or(0);
    let numbers = match only.as_deref().map(|only| only.split_once(':')) {
        None => from..from + setting("UNGIL_FUZZ_INPUTS").unwrap_or(INPUTS),
        Some(Some((wanted, number))) if wanted == name => {
            let number = number.parse().expect("the number of an input");
            number..number + 1
        }
        Some(_) => return,
    };
    let (mut longest, mut largest) = (Duration::ZERO, 0);
    for number in numbers.clone() {
        let mut random = Random(number);
        random.next();
        let input = make(&mut random);
        HELD.set((0, 0));
        let began = cpu::spent();
        let ended = catch_unwind(AssertUnwindSafe(|| target(&input)));
        let (time, (_, memory)) = (cpu::spent().saturating_sub(began), HELD.get());
        let fault = match ended {
            Err(_) => "panics".to_owned(),
            Ok(()) if memory > MOST_MEMORY => format!("takes {memory} bytes"),
            Ok(()) if time > LONGEST => format!("takes {time:?}"),
            Ok(()) => String::new(),
        };
        assert!(fault.is_empty(), "{name}:{number} {fault}");
        (longest, largest) = (longest.max(time), largest.max(memory));
    }
    println!("{name}: {} inputs, at most {longest:?} and {largest} bytes each", numbers.end - numbers.start);
}

/// Runs a target on seeds of some kinds, damaged in some regions.
fn damaged(name: &str, kinds: &[&str], regions: &[&str], target: fn(&[u8])) {
    let seeds = seeds(kinds);
    let fitting: Vec<&Vec<u8>> = seeds
        .iter()
        .filter(|seed| regions.is_empty() || shape::regions(seed).iter().any(|r| regions.contains(&r.name)))
        .collect();
    assert!(!fitting.is_empty(), "{name}: no seed has {regions:?}");
    let make = |random: &mut Random| {
        let mut bytes = random.pick(&fitting).map(|seed| seed.to_vec()).unwrap_or_default();
        mutate::mutate(&mut bytes, regions, random);
        bytes
    };
    run(name, make, target);
}

#[test]
fn elf_files() {
    damaged("elf", &["elf-"], &[], targets::elf);
}

#[test]
fn mach_o_files() {
    damaged("macho", &["macho-"], &[], targets::macho);
}

#[test]
fn fat_files() {
    damaged("fat", &["macho-"], &["fat", "header", "commands"], targets::macho);
}

#[test]
fn pe_files() {
    damaged("pe", &["pe-"], &[], targets::pe);
}

#[test]
fn relocations_with_addends() {
    damaged("rela", &["elf-"], &["rela", "plt", "dynamic"], targets::relocations);
}

#[test]
fn relocations_without_addends() {
    damaged("rel", &["elf-"], &["rel"], targets::relocations);
}

#[test]
fn packed_relocations() {
    damaged("relr", &["elf-"], &["relr"], targets::relocations);
}

#[test]
fn symbols_and_hash_tables() {
    damaged("symbols", &["elf-", "macho-"], &["symbols", "strings", "hash"], targets::relocations);
}

#[test]
fn rebase_and_bind_opcodes() {
    damaged("opcodes", &["macho-"], &["opcodes"], targets::relocations);
}

#[test]
fn chained_fixups() {
    damaged("chains", &["macho-"], &["chains", "data"], targets::relocations);
}

#[test]
fn base_relocations() {
    damaged("reloc", &["pe-"], &["reloc", "optional", "sections"], targets::relocations);
}

#[test]
fn imports_and_exports_of_pe_files() {
    damaged("imports", &["pe-"], &["imports", "exports"], targets::pe);
}

#[test]
fn data_that_the_init_function_hands_over() {
    damaged("data", &["elf-", "macho-", "pe-"], &["data"], targets::elf);
}

#[test]
fn init_functions_of_the_corpus() {
    damaged("code", &["elf-", "macho-", "pe-"], &["code"], targets::elf);
}

fn programs(name: &str, fragments: &[&[u8]], target: fn(&[u8])) {
    let make = |random: &mut Random| {
        let length = 1 << random.below(11);
        let mut code = vec![random.next().to_le_bytes()[0]];
        code.extend(mutate::program(fragments, length, random));
        code
    };
    run(name, make, target);
}

#[test]
fn x86_64_programs() {
    programs("x86_64", fragments::X86_64, targets::x86_64);
}

#[test]
fn aarch64_programs() {
    let fragments: Vec<[u8; 4]> = fragments::AARCH64.iter().map(|word| word.to_le_bytes()).collect();
    let fragments: Vec<&[u8]> = fragments.iter().map(<[u8; 4]>::as_slice).collect();
    programs("aarch64", &fragments, targets::aarch64);
}

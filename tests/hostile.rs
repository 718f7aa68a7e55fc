//! Binaries made to break whoever reads them: each is read to its end, within bounds, and what could not be told is
//! a gap.
//!
//! CPU time is bounded so generously that only work without bounds exceeds it in a build without optimisation.

#[path = "made/cpu.rs"]
mod cpu;
#[path = "made/elf.rs"]
mod made;

use std::time::Duration;

use made::{DATA, DEFINITION, Elf, SLOTS, TEXT};
use ungil::binary;
use ungil::knowledge::Knowledge;
use ungil::model::{GilSupport, Hides, Member, MemberPath, Observed};

const LONGEST: Duration = Duration::from_secs(60);

fn look(bytes: &[u8]) -> Observed {
    let path = MemberPath::new("mod.cpython-314t-x86_64-linux-gnu.so").expect("a safe path");
    let began = cpu::spent();
    let seen = binary::file(&Member::new(&path, bytes), Knowledge::builtin());
    let took = cpu::spent().saturating_sub(began);
    assert!(took < LONGEST, "took {took:?}");
    seen
}

fn gil(bytes: &[u8]) -> Option<GilSupport> {
    look(bytes).modules.first().map(|m| m.gil)
}

/// Nothing is declared, and a gap that hides claims has a reason with these words in it.
fn is_gap(bytes: &[u8], words: &str) {
    let seen = look(bytes);
    assert!(seen.modules.iter().all(|m| m.gil == GilSupport::Unknown), "{:?}", seen.modules);
    let told = seen.gaps.iter().any(|gap| gap.hides == Hides::Claims && gap.reason.contains(words));
    assert!(told, "{words:?} is not among {:?}", seen.gaps);
}

/// The plain module from which the others differ.
fn plain() -> Elf {
    Elf::module(&[(4, 1), (0, 0)])
}

/// A module whose `PyInit_mod` consists of these bytes.
fn running(code: &[u8]) -> Elf {
    Elf { text: code.to_vec(), ..plain() }
}

#[test]
fn the_plain_module_declares() {
    assert_eq!(gil(&plain().build()), Some(GilSupport::NotUsed));
}

#[test]
fn slots_that_nest_themselves_end() {
    let mut elf = Elf::module(&[(94, DATA + SLOTS), (4, 1), (0, 0)]);
    is_gap(&elf.build(), "nested deeper");
    // Each level holds itself many times: without a limit on entries there are 60^5.
    elf = Elf::module(&[(94, DATA + SLOTS); 60]);
    is_gap(&elf.build(), "nested deeper");
    let two = [(94, DATA + SLOTS + 64), (4, 1), (0, 0), (0, 0), (94, DATA + SLOTS), (0, 0)];
    is_gap(&Elf::module(&two).build(), "nested deeper");
}

#[test]
fn slots_without_an_end_are_no_answer() {
    is_gap(&Elf::module(&[(3, 2); 1000]).build(), "no end within");
    let mut elf = plain();
    // To the last byte of the data.
    elf.data.truncate(usize::try_from(SLOTS + 16).expect("small"));
    is_gap(&elf.build(), "not known");
}

#[test]
fn segments_that_overlap_are_refused() {
    for (at, size) in [(DATA, 16), (DATA + 0x3ff, 1), (TEXT - 8, 16), (0, 1 << 40)] {
        let mut elf = plain();
        elf.segments.push((at, size, vec![0; 8]));
        is_gap(&elf.build(), "overlap");
    }
}

#[test]
fn sizes_near_the_end_of_the_address_space_are_refused() {
    for (at, size) in [
        (u64::MAX, 1),
        (u64::MAX - 15, 16),
        (1, u64::MAX),
        (1 << 63, 1 << 63),
        (1 << 63, (1 << 63) - 1),
        (u64::MAX - 0x100, 0x80),
        // Where the interpreter keeps its own things.
        (0x7200_0000_0001_0000, 64),
        (0x7600_0000_0000_0000 - 0x1008, 64),
    ] {
        let mut elf = plain();
        elf.segments.push((at, size, vec![1; 8]));
        let seen = look(&elf.build());
        assert!(seen.modules.iter().all(|m| m.gil == GilSupport::Unknown), "{at:#x} {size:#x}");
        assert!(seen.gaps.iter().any(|gap| gap.hides == Hides::Claims), "{at:#x} {size:#x}");
    }
}

/// Every field of eight bytes of headers, tables and dynamic segment in turn, at the values that overflow.
#[test]
fn no_field_of_a_header_overflows() {
    let whole = plain().build();
    let tables = whole.windows(4).position(|w| w == b"mod\0").expect("the data begins behind the headers");
    for at in (16..tables).step_by(2).chain((tables..whole.len() - 8).step_by(8)) {
        for value in [0, 1, u64::MAX, u64::MAX - 7, 1 << 63, (1 << 63) - 1, 1 << 56, whole.len() as u64] {
            for size in [2, 4, 8] {
                let mut damaged = whole.clone();
                damaged[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
                look(&damaged);
            }
        }
    }
}

#[test]
fn dynamic_tables_that_lead_anywhere_are_refused() {
    for (tag, value) in [(7, u64::MAX), (8, u64::MAX), (7, DATA + 0x3ff), (36, u64::MAX), (35, u64::MAX)] {
        let mut elf = plain();
        elf.relr.push(DATA + 0x300);
        elf.dynamic.push((tag, value));
        is_gap(&elf.build(), "outside of the file");
    }
}

#[test]
fn a_million_symbols_are_read_in_time() {
    let mut elf = plain();
    elf.imports.extend((0..500_000).map(|i| format!("_ZN6nobody{i}Ev")));
    let hook = elf.exports.remove(0);
    elf.exports.extend((0..500_000).map(|i| (format!("_ZN4mine{i}Ev"), TEXT)));
    elf.exports.push(hook);
    assert_eq!(gil(&elf.build()), Some(GilSupport::NotUsed));
}

/// Many symbols may claim one long name.
#[test]
fn a_million_symbols_of_one_endless_name_are_read_in_time() {
    let mut elf = plain();
    elf.exports.push(("x".repeat(1 << 20), TEXT));
    let mut bytes = elf.build();
    // All symbols that follow in the table point to the same text.
    elf.exports.extend((0..300_000).map(|_| (String::new(), TEXT)));
    let long = bytes.windows(8).position(|w| w == b"xxxxxxxx").expect("the name is stored");
    bytes = elf.build();
    assert!(long < bytes.len());
    let names = bytes.windows(8).position(|w| w == b"xxxxxxxx").expect("the name is stored");
    let strings = bytes.windows(18).position(|w| w == b"\0PyModuleDef_Init\0").expect("names are stored");
    let name = u32::try_from(names - strings).expect("near").to_le_bytes();
    // Symbols of 24 bytes: those with an empty name begin with the offset of the text's end.
    let mut at = strings - strings % 24;
    let empty = u32::try_from(names - strings + (1 << 20) + 1).expect("near");
    let table = bytes.windows(4).position(|w| w == empty.to_le_bytes()).unwrap_or(at);
    at = table;
    for i in 0..300_000 {
        if let Some(field) = bytes.get_mut(at + 24 * i..at + 24 * i + 4) {
            field.copy_from_slice(&name);
        }
    }
    look(&bytes);
}

#[test]
fn relocations_of_one_place_without_end_are_refused() {
    let mut elf = plain();
    // An address, and then bitmaps that go on until the table ends.
    elf.relr.push(DATA + 0x300);
    elf.relr.extend(std::iter::repeat_n(u64::MAX, 200_000));
    look(&elf.build());
    let mut elf = plain();
    elf.relr.extend(std::iter::repeat_n([DATA + 0x300, u64::MAX], 100_000).flatten());
    is_gap(&elf.build(), "more relative relocations than words");
}

#[test]
fn endless_loops_end_with_a_gap() {
    // jmp self
    is_gap(&running(&[0xeb, 0xfe]).build(), "does not end within");
    // inc rax; jmp -5
    is_gap(&running(&[0x48, 0xff, 0xc0, 0xeb, 0xfb]).build(), "does not end within");
    // call self
    is_gap(&running(&[0xe8, 0xfb, 0xff, 0xff, 0xff]).build(), "");
    // push rax; jmp -3: until the stack has no end
    is_gap(&running(&[0x50, 0xeb, 0xfd]).build(), "");
}

#[test]
fn blocks_filled_without_end_end_with_a_gap() {
    // lea rdi, [rip+data]; mov ecx, 0x10000; rep stosb; jmp -16
    let mut elf = running(&[0x48, 0x8d, 0x3d]);
    elf.distance(DATA);
    elf.text.extend([0xb9, 0, 0, 1, 0, 0xf3, 0xaa, 0xeb, 0xf0]);
    elf.zeros = 1 << 20;
    is_gap(&elf.build(), "more memory than is followed");

    // lea rdi, [rip+data]; mov esi, 0; mov edx, 0x10000; call [rip+memset]; jmp
    let mut elf = running(&[0x48, 0x8d, 0x3d]);
    elf.distance(DATA + 0x400);
    elf.text.extend([0xbe, 0, 0, 0, 0, 0xba, 0, 0, 1, 0, 0xff, 0x15]);
    elf.distance(DATA + 8);
    elf.text.extend([0xeb, 0xe7]);
    elf.imports.push("memset".to_owned());
    elf.bound.push((DATA + 8, 1));
    elf.zeros = 1 << 20;
    is_gap(&elf.build(), "more memory than is followed");
}

/// Each round asks something unknown and goes both ways, with other memory on each.
#[test]
fn branches_without_number_end_with_a_gap() {
    // loop: call [rip+unknown]; test eax, eax; je +4; push rax; push rax; push rax; push rax; inc rbx; jmp loop
    let mut elf = running(&[0xff, 0x15]);
    elf.distance(DATA + 8);
    elf.text.extend([0x85, 0xc0, 0x74, 0x04, 0x50, 0x50, 0x50, 0x50, 0x48, 0xff, 0xc3, 0xeb, 0xed]);
    elf.imports.push("nobody_knows".to_owned());
    elf.bound.push((DATA + 8, 1));
    is_gap(&elf.build(), "");

    // mov dword [rdi + rbx], 1 over a growing stretch between the branches
    let mut elf = running(&[0x31, 0xdb, 0xff, 0x15]);
    elf.distance(DATA + 8);
    elf.text.extend([0x48, 0x8d, 0x3d]);
    elf.distance(DATA + 0x400);
    elf.text.extend([0xc7, 0x04, 0x1f, 1, 0, 0, 0, 0x48, 0x81, 0xc3, 0, 1, 0, 0, 0x85, 0xc0, 0x74, 0xdf]);
    elf.text.extend([0xeb, 0xdd]);
    elf.imports.push("nobody_knows".to_owned());
    elf.bound.push((DATA + 8, 1));
    elf.zeros = 1 << 30;
    is_gap(&elf.build(), "");
}

/// Functions that call each other, each only once: whether they return is asked of all of them.
#[test]
fn a_megabyte_of_calls_is_walked_in_time() {
    let mut elf = running(&[]);
    for _ in 0..200_000 {
        // call +0: the next instruction
        elf.text.extend([0xe8, 0, 0, 0, 0]);
    }
    elf.text.push(0xc3);
    is_gap(&elf.build(), "");
    let mut elf = running(&[]);
    for i in 0..200_000_u32 {
        // call somewhere else
        let to = i.wrapping_mul(2_654_435_761) % 200_000 * 5;
        elf.text.push(0xe8);
        elf.distance(TEXT + u64::from(to));
    }
    elf.text.push(0xc3);
    look(&elf.build());
}

#[test]
fn a_definition_at_the_end_of_the_address_space_is_no_answer() {
    for address in [u64::MAX, u64::MAX - 87, 0x7100_0000_0000_0000, 1 << 56, 8] {
        // movabs rdi, address; jmp [rip + PyModuleDef_Init]
        let mut elf = running(&[0x48, 0xbf]);
        elf.text.extend(address.to_le_bytes());
        elf.text.extend([0xff, 0x25]);
        elf.distance(DATA);
        is_gap(&elf.build(), "");
    }
}

#[test]
fn code_that_rewrites_itself_is_not_followed() {
    // mov byte [rip+0], 0x90; nop
    let elf = running(&[0xc6, 0x05, 0, 0, 0, 0, 0x90, 0x90, 0xc3]);
    is_gap(&elf.build(), "writes over instructions");
}

/// A store through an address that is not known may have changed the slots.
#[test]
fn a_declaration_that_a_stray_store_may_have_hit_is_no_answer() {
    // call [rip+unknown]; lea rdi, [rip+slots]; mov dword [rdi+rax], 0; lea rdi, [rip+definition]; jmp [rip+cell]
    let mut elf = running(&[0xff, 0x15]);
    elf.distance(DATA + 8);
    elf.text.extend([0x48, 0x8d, 0x3d]);
    elf.distance(DATA + SLOTS);
    elf.text.extend([0xc7, 0x04, 0x07, 0, 0, 0, 0, 0x48, 0x8d, 0x3d]);
    elf.distance(DATA + DEFINITION);
    elf.text.extend([0xff, 0x25]);
    elf.distance(DATA);
    elf.imports.push("nobody_knows".to_owned());
    elf.bound.push((DATA + 8, 1));
    is_gap(&elf.build(), "not known");
}

/// A fat file: the table of slices, then the slices.
fn fat(slices: &[(u32, u32, u32)], rest: &[u8]) -> Vec<u8> {
    let mut file = vec![0xca, 0xfe, 0xba, 0xbe];
    file.extend(u32::try_from(slices.len()).expect("few").to_be_bytes());
    for (machine, offset, size) in slices {
        file.extend([*machine, 0, *offset, *size, 0].iter().flat_map(|v| v.to_be_bytes()));
    }
    file.extend_from_slice(rest);
    file
}

const X86_64: u32 = 0x0100_0007;

#[test]
fn fat_files_within_fat_files_are_not_opened() {
    let mut file = b"end".to_vec();
    for _ in 0..2000 {
        let size = u32::try_from(file.len()).expect("small");
        file = fat(&[(X86_64, 28, size)], &file);
    }
    is_gap(&file, "damaged Mach-O file");
    // One that holds itself.
    let itself = fat(&[(X86_64, 0, 28)], &[]);
    is_gap(&itself, "damaged Mach-O file");
}

#[test]
fn fat_files_of_thousands_of_slices_are_refused() {
    let slices: Vec<_> = (0..5000).map(|_| (X86_64, 0, 100_000)).collect();
    is_gap(&fat(&slices, &[]), "a fat file of 5000 slices");
    let mut claims = vec![0xca, 0xfe, 0xba, 0xbe, 0xff, 0xff, 0xff, 0xff];
    claims.resize(100, 0);
    is_gap(&claims, "damaged fat file");
}

#[test]
fn slices_outside_of_a_fat_file_are_gaps() {
    for (offset, size) in [(u32::MAX, u32::MAX), (0, u32::MAX), (u32::MAX, 0), (27, 2)] {
        is_gap(&fat(&[(X86_64, offset, size)], &[]), "");
    }
}

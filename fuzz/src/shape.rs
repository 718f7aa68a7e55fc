//! Where the parts of a binary lie that are worth damaging: headers, tables of relocations, code.
//!
//! Bytes in, named regions out. This reads seeds, which are well formed, and what earlier mutations made of them;
//! so every access is checked, but nothing is refused: a region that cannot be found is simply not there.

use std::ops::Range;

/// A stretch of the file in which values of `step` bytes stand one after another.
#[derive(Debug, Clone)]
pub struct Region {
    /// What it is: `header`, `rela`, `opcodes`, `code` and their like.
    pub name: &'static str,
    /// Where it lies.
    pub range: Range<usize>,
    /// Size of one value.
    pub step: usize,
}

/// All regions of a file, by its magic number.
pub fn regions(bytes: &[u8]) -> Vec<Region> {
    let found = match bytes {
        [0x7f, b'E', b'L', b'F', ..] => elf(bytes),
        [0xcf, 0xfa, 0xed, 0xfe, ..] => macho(bytes, 0),
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => fat(bytes),
        [b'M', b'Z', ..] => pe(bytes),
        _ => None,
    };
    let mut found = found.unwrap_or_default();
    found.retain(|r| r.range.start < r.range.end && r.range.end <= bytes.len());
    found
}

/// An unsigned integer of 1 to 8 bytes.
fn number(bytes: &[u8], at: usize, size: usize, big: bool) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(size)?)?;
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Some(if big { field.iter().fold(0, fold) } else { field.iter().rev().fold(0, fold) })
}

fn region(name: &'static str, start: u64, size: u64, step: usize) -> Region {
    let clip = |v: u64| usize::try_from(v).unwrap_or(usize::MAX);
    Region { name, range: clip(start)..clip(start.saturating_add(size)), step }
}

fn elf(bytes: &[u8]) -> Option<Vec<Region>> {
    let (wide, big) = (bytes.get(4)? == &2, bytes.get(5)? == &2);
    let word = if wide { 8 } else { 4 };
    let n = |at: u64, size: usize| number(bytes, usize::try_from(at).ok()?, size, big);
    let (phoff, phentsize, phnum) =
        if wide { (n(32, 8)?, n(54, 2)?, n(56, 2)?) } else { (n(28, 4)?, n(42, 2)?, n(44, 2)?) };
    let mut out = vec![region("header", 0, if wide { 64 } else { 52 }, 2)];
    out.push(region("segments", phoff, phentsize * phnum.min(64), word));
    let mut loads = Vec::new();
    let mut dynamic = None;
    for i in 0..phnum.min(64) {
        let row = phoff.checked_add(i * phentsize)?;
        let (flags, fields) =
            if wide { (n(row + 4, 4)?, [8, 16, 32, 40]) } else { (n(row + 24, 4)?, [4, 8, 16, 20]) };
        let [offset, address, stored, _] = fields.map(|at| n(row + at, word).unwrap_or(0));
        match n(row, 4)? {
            1 => {
                loads.push((address, offset, stored));
                out.push(region(if flags & 1 == 1 { "code" } else { "data" }, offset, stored, 4));
            }
            2 => dynamic = Some((offset, stored)),
            _ => {}
        }
    }
    let place = |address: u64| {
        let within = |(start, _, size): &&(u64, u64, u64)| address >= *start && address - *start < *size;
        loads.iter().find(within).map(|(start, offset, _)| address - start + offset)
    };
    let (at, size) = dynamic?;
    out.push(region("dynamic", at, size, word));
    let mut tags = std::collections::HashMap::new();
    for i in 0..(size / (2 * word as u64)).min(256) {
        let row = at.checked_add(i * 2 * word as u64)?;
        let (Some(tag), Some(value)) = (n(row, word), n(row + word as u64, word)) else { break };
        tags.entry(tag).or_insert(value);
    }
    let step = word;
    for (name, table, length) in
        [("rela", 7, 8), ("rel", 17, 18), ("relr", 36, 35), ("plt", 23, 2), ("strings", 5, 10)]
    {
        if let (Some(table), Some(size)) = (tags.get(&table).and_then(|at| place(*at)), tags.get(&length)) {
            out.push(region(name, table, *size, if name == "strings" { 1 } else { step }));
        }
    }
    for (name, tag, size) in [("symbols", 6, 24 * 8), ("hash", 0x6fff_fef5, 64), ("hash", 4, 64)] {
        if let Some(at) = tags.get(&tag).and_then(|at| place(*at)) {
            out.push(region(name, at, size, 4));
        }
    }
    Some(out)
}

fn fat(bytes: &[u8]) -> Option<Vec<Region>> {
    let count = number(bytes, 4, 4, true)?.min(8);
    let mut out = vec![region("fat", 0, 8 + 20 * count, 4)];
    for i in 0..count {
        let offset = number(bytes, usize::try_from(8 + 20 * i + 8).ok()?, 4, true)?;
        out.extend(macho(bytes, usize::try_from(offset).ok()?).unwrap_or_default());
    }
    Some(out)
}

fn macho(bytes: &[u8], base: usize) -> Option<Vec<Region>> {
    let start = base as u64;
    let n = |at: u64, size: usize| number(bytes, usize::try_from(start.checked_add(at)?).ok()?, size, false);
    let (count, size) = (n(16, 4)?, n(20, 4)?);
    let mut out = vec![region("header", start, 32, 4), region("commands", start + 32, size, 4)];
    let part = |name, at: Option<u64>, size: Option<u64>, step| {
        Some(region(name, start.saturating_add(at?), size?, step))
    };
    let mut at = 32;
    for _ in 0..count.min(64) {
        let (Some(kind), Some(length)) = (n(at, 4), n(at + 4, 4)) else { break };
        match kind {
            0x19 => {
                let runs = n(at + 60, 4).is_some_and(|protection| protection & 4 != 0);
                let name = if runs { "code" } else { "data" };
                out.extend(part(name, n(at + 40, 8), n(at + 48, 8), 4));
            }
            2 => {
                out.extend(part("symbols", n(at + 8, 4), n(at + 12, 4).map(|n| n * 16), 4));
                out.extend(part("strings", n(at + 16, 4), n(at + 20, 4), 1));
            }
            0x22 | 0x8000_0022 => {
                for stream in 0..5 {
                    let field = at + 8 + stream * 8;
                    out.extend(part("opcodes", n(field, 4), n(field + 4, 4), 1));
                }
            }
            0x8000_0034 => out.extend(part("chains", n(at + 8, 4), n(at + 12, 4), 2)),
            _ => {}
        }
        at = at.checked_add(length.max(8))?;
    }
    Some(out)
}

fn pe(bytes: &[u8]) -> Option<Vec<Region>> {
    let n = |at: u64, size: usize| number(bytes, usize::try_from(at).ok()?, size, false);
    let start = n(0x3c, 4)?;
    let coff = start.checked_add(4)?;
    let (sections, optional_size) = (n(coff + 2, 2)?, n(coff + 16, 2)?);
    let optional = coff + 20;
    let wide = n(optional, 2)? == 0x20b;
    let directories = optional + if wide { 112 } else { 96 };
    let table = optional + optional_size;
    let mut out = vec![
        region("header", 0x3c, 4, 4),
        region("header", coff, 20, 2),
        region("optional", optional, optional_size, 4),
        region("sections", table, 40 * sections.min(64), 4),
    ];
    let mut mapped = Vec::new();
    for i in 0..sections.min(64) {
        let row = table + 40 * i;
        let (address, size, offset) = (n(row + 12, 4)?, n(row + 16, 4)?, n(row + 20, 4)?);
        let runs = n(row + 36, 4)? & 0x2000_0000 != 0;
        mapped.push((address, offset, size));
        out.push(region(if runs { "code" } else { "data" }, offset, size, 4));
    }
    for (name, index, step) in [("exports", 0, 4), ("imports", 1, 4), ("reloc", 5, 2)] {
        let (address, size) = (n(directories + 8 * index, 4)?, n(directories + 8 * index + 4, 4)?);
        let section = mapped.iter().find(|(a, _, s)| address >= *a && address - a < *s);
        if let Some((from, offset, _)) = section {
            out.push(region(name, address - from + offset, size, step));
        }
    }
    Some(out)
}

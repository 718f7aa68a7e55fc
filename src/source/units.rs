//! Which files are one translation unit: a source file that another includes is a part of it, and what one of them
//! declares `static` the others use by name.
//!
//! In: what each file kept. Out: for each file the number of its unit, which is the index of one of its files. A part
//! is found by its name without folders, the nearest file of that name first, as compilers do.

use std::collections::HashMap;

use super::c::summary::CSeen;

/// The unit of each file.
pub fn units(files: &[(&str, &CSeen)]) -> Vec<usize> {
    let mut units: Vec<usize> = (0..files.len()).collect();
    if files.iter().all(|(_, seen)| seen.parts.is_empty()) {
        return units;
    }
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (path, _)) in files.iter().enumerate() {
        named.entry(base(path)).or_default().push(at);
    }
    for (at, (path, seen)) in files.iter().enumerate() {
        for part in &seen.parts {
            let of = named.get(seen.text(*part)).map(Vec::as_slice).unwrap_or_default();
            let near = of.iter().copied().filter(|one| *one != at).max_by_key(|one| {
                let other = files.get(*one).map_or("", |(path, _)| path);
                path.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
            });
            if let Some(near) = near {
                join(&mut units, at, near);
            }
        }
    }
    for at in 0..units.len() {
        let first = first(&units, at);
        if let Some(unit) = units.get_mut(at) {
            *unit = first;
        }
    }
    units
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The first file of a unit. Each step goes to a smaller index, so it ends.
fn first(units: &[usize], mut at: usize) -> usize {
    while let Some(up) = units.get(at).copied().filter(|up| *up < at) {
        at = up;
    }
    at
}

fn join(units: &mut [usize], a: usize, b: usize) {
    let (a, b) = (first(units, a), first(units, b));
    if let Some(unit) = units.get_mut(a.max(b)) {
        *unit = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::summary::Namer;

    fn file(parts: &[&str]) -> CSeen {
        let mut namer = Namer::default();
        let parts = parts.iter().map(|part| namer.number(part)).collect();
        CSeen { parts, names: namer.into_names(), ..CSeen::default() }
    }

    /// A name that exists twice in a project is the one beside whoever includes it.
    #[test]
    fn a_part_belongs_to_the_file_that_includes_it() {
        let (none, one, other) = (file(&[]), file(&["cache.c"]), file(&["cache.c", "more.c"]));
        let files = [
            ("a/cache.c", &none),
            ("a/main.c", &one),
            ("b/cache.c", &none),
            ("b/main.c", &other),
            ("b/more.c", &none),
            ("alone.c", &none),
        ];
        assert_eq!(units(&files), [0, 0, 2, 2, 2, 5]);
    }

    #[test]
    fn files_that_include_each_other_are_one_unit() {
        let (one, other) = (file(&["b.c"]), file(&["a.c"]));
        assert_eq!(units(&[("a.c", &one), ("b.c", &other)]), [0, 0]);
    }
}

//! Which files are one translation unit: a source file that another includes is a part of it, and what one of them
//! declares `static` the others use by name.
//!
//! In: what each file kept. Out: for each file the number of its unit, which is the index of one of its files. Where a
//! name may mean several files, the nearest is taken.

use super::c::summary::CSeen;
use super::includes::Includes;

/// The unit of each file.
pub fn units(files: &[(&str, &CSeen)]) -> Vec<usize> {
    let mut units: Vec<usize> = (0..files.len()).collect();
    let parts = |seen: &CSeen| seen.includes.iter().any(|one| is_source(one));
    if !files.iter().any(|(_, seen)| parts(seen)) {
        return units;
    }
    let includes = Includes::new(files.iter().map(|(path, _)| *path));
    for (at, (path, seen)) in files.iter().enumerate() {
        for part in seen.includes.iter().filter(|one| is_source(one)) {
            let of = includes.meant(path, part).into_iter().filter(|one| *one != at);
            let near = of.max_by_key(|one| {
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

/// Whether a file by that name is compiled by itself, as a rule, or is what Argument Clinic makes for one that is:
/// `clinic/m.c.h` holds the wrappers of the functions of `m.c`, which take the critical sections.
fn is_source(name: &str) -> bool {
    let name = name.strip_suffix(".h").unwrap_or(name);
    matches!(name.rsplit_once('.'), Some((_, "c" | "cc" | "cpp" | "cxx" | "m" | "mm")))
}

/// The first file of a unit. Each step goes to a smaller index, so it ends.
fn first(units: &[usize], mut at: usize) -> usize {
    while let Some(up) = units.get(at).copied().filter(|up| *up < at) {
        at = up;
    }
    at
}

fn join(units: &mut [usize], a: usize, b: usize) {
    let unit = first(units, a).min(first(units, b));
    // All on the way, so that no chain grows long.
    for mut at in [a, b] {
        while let Some(up) = units.get_mut(at).map(|up| std::mem::replace(up, unit)).filter(|up| *up < at) {
            at = up;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(parts: &[&str]) -> CSeen {
        CSeen { includes: parts.iter().map(|part| (*part).into()).collect(), ..CSeen::default() }
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
    fn wrappers_that_are_generated_belong_to_the_file_that_they_are_made_for() {
        let (none, made) = (file(&[]), file(&["m.h", "clinic/m.c.h"]));
        let files = [("a/m.c", &made), ("a/clinic/m.c.h", &none), ("a/m.h", &none)];
        assert_eq!(units(&files), [0, 0, 2]);
    }

    #[test]
    fn files_that_include_each_other_are_one_unit() {
        let (one, other) = (file(&["b.c"]), file(&["a.c"]));
        assert_eq!(units(&[("a.c", &one), ("b.c", &other)]), [0, 0]);
        // Whichever is met first, all files of a chain are one unit.
        let to = |name: &str| file(&[name]);
        let (a, b, c, d) = (to("d.c"), file(&["a.h"]), to("b.c"), to("c.c"));
        assert_eq!(units(&[("a.c", &a), ("b.c", &b), ("c.c", &c), ("d.c", &d)]), [0, 0, 0, 0]);
    }
}

//! Finds functions that fill what a parameter points to where they find it empty, a cache that their callers keep, or that
//! replace it: `Py_XSETREF(*target, value)`.
//!
//! In: the functions of a file. Out: parameters, each with where the test of it stands. Whether the memory outlives the call
//! is known by those who call, so it is settled when all files are read.

use std::collections::BTreeMap;

use super::items::Function;
use super::lex::op;
use super::scan::{Read, Scan};
use super::summary::{FillSeen, Namer};
use super::text::Source;
use crate::knowledge::{Knowledge, Trait};

/// Of all functions of a file.
pub fn seen(scan: &Scan<'_>, namer: &mut Namer) -> Vec<FillSeen> {
    let mut out = Vec::new();
    for (index, read) in scan.functions.iter().enumerate() {
        // The parameter, the star before its name, and where what is told of it begins.
        let filled = fills(read).into_iter().map(|(param, test)| (false, param, test, test));
        let swapped = swaps(read).into_iter().map(|(param, call, star)| (true, param, star, call));
        for (swaps, param, star, from) in filled.chain(swapped) {
            out.push(FillSeen {
                function: index as u32,
                param: param.min(255) as u8,
                name: namer.number(scan.file.source().word(star + 1)),
                swaps,
                bits: scan.bits(read, from),
                place: scan.place(from, star + 2),
            });
        }
    }
    out
}

/// Pointers to pointers that are tested and then stored to, without a lock around the store.
fn fills(read: &Read<'_>) -> Vec<(u32, usize)> {
    let body = &read.body;
    let source = &body.source;
    let (from, to) = body.function.body;
    let mut tested: BTreeMap<u32, usize> = BTreeMap::new();
    let mut out: BTreeMap<u32, usize> = BTreeMap::new();
    let empty = |i: usize| source.is_null(i);
    let is_one_of = |i: usize, all: &[&[u8]]| all.iter().any(|one| source.is(i, op(one)));
    for star in from..to {
        if !source.is(star, op(b"*")) || !source.is_ident(star + 1) {
            continue;
        }
        let Some(local) = body.locals.get(source.word(star + 1)) else { continue };
        let Some(param) = local.param.filter(|_| local.declared.pointers > 1) else { continue };
        let before = star.wrapping_sub(1);
        if source.is(before, op(b"!"))
            || source.is(star + 2, op(b"==")) && empty(star + 3)
            || source.is(before, op(b"==")) && empty(before.wrapping_sub(1))
        {
            tested.entry(param).or_insert(star);
        } else if is_one_of(before, &[b";", b"{", b"}", b")"])
            && source.is(star + 2, op(b"="))
            && !read.stretches.locked(star)
            && !empty(star + 3)
            && let Some(test) = tested.get(&param)
        {
            out.entry(param).or_insert(*test);
        }
    }
    out.into_iter().collect()
}

/// Pointers to pointers behind which a macro of the C API replaces the object, once for each: the parameter, the call and the
/// star before the name.
fn swaps(read: &Read<'_>) -> Vec<(u32, usize, usize)> {
    let body = &read.body;
    let source = &body.source;
    let mut out: BTreeMap<u32, (usize, usize, bool)> = BTreeMap::new();
    for call in &body.calls {
        if !body.names.at(call.name).traits.has(Trait::ReplacesField) || read.stretches.locked(call.name) {
            continue;
        }
        let Some(&(from, to)) = source.arguments(call.open).first() else { continue };
        let (from, to) = body.strip(from, to);
        if to - from != 2 || !source.is(from, op(b"*")) {
            continue;
        }
        let Some(local) = body.locals.get(source.word(from + 1)) else { continue };
        if let Some(param) = local.param.filter(|_| local.declared.pointers > 1) {
            // Where one branch clears and another stores, the store is the better witness.
            let stores = source.arguments(call.open).len() > 1;
            let known = out.entry(param).or_insert((call.name, from, stores));
            if stores && !known.2 {
                *known = (call.name, from, stores);
            }
        }
    }
    for (param, call, star) in dropped(source, body.function) {
        if !read.stretches.locked(call) {
            out.entry(param).or_insert((call, star, true));
        }
    }
    out.into_iter().map(|(param, (call, star, _))| (param, call, star)).collect()
}

/// Pointers to pointers behind which a function drops the object and then stores another: `Py_XDECREF(*v); *v = e;`. The
/// parameter, the call and the star before the name.
fn dropped(source: &Source<'_>, function: &Function) -> Vec<(u32, usize, usize)> {
    let (from, to) = function.body;
    let mut out = Vec::new();
    for (at, param) in function.params.iter().enumerate().filter(|(_, param)| param.pointers > 1) {
        let led = |star: usize| source.is(star, op(b"*")) && source.word(star + 1) == param.name;
        let drops = |i: usize| {
            source.is(i + 1, op(b"("))
                && led(i + 2)
                && source.is(i + 4, op(b")"))
                && Knowledge::builtin().has(source.word(i), Trait::DropsReference)
        };
        let Some(call) = (from..to).find(|&i| drops(i)) else { continue };
        if (call..to).any(|i| led(i) && source.is(i + 2, op(b"=")) && !source.is_null(i + 3)) {
            out.push((at as u32, call, call + 2));
        }
    }
    out
}

/// Whether a function drops what its first parameter leads to, and stores something else there.
pub(super) fn stores_over(source: &Source<'_>, function: &Function) -> bool {
    dropped(source, function).iter().any(|(param, ..)| *param == 0)
}

#[cfg(test)]
mod tests {
    use super::super::CFile;
    use super::super::scan;
    use crate::rules::RuleSet;

    fn filled(body: &str) -> Vec<u8> {
        let text = format!("static void get(const char *name, PyObject **cache, PyObject *one) {{ {body} }}");
        let seen = scan::seen(&CFile::read("m.c", text.as_bytes()), RuleSet::builtin());
        seen.fills.iter().map(|one| one.param).collect()
    }

    #[test]
    fn an_object_that_a_macro_replaces_is_swapped() {
        let swapped = |body: &str| {
            let text = format!("static int set(T *self, PyObject **target, PyObject *one) {{ {body} }}");
            let seen = scan::seen(&CFile::read("m.c", text.as_bytes()), RuleSet::builtin());
            seen.fills.iter().map(|one| (one.param, one.swaps)).collect::<Vec<_>>()
        };
        assert_eq!(
            swapped("if (one) { Py_XSETREF(*target, Py_NewRef(one)); } else { Py_CLEAR(*target); }"),
            [(1, true)]
        );
        assert_eq!(swapped("Py_CLEAR(self->x); Py_CLEAR(one);"), []);
        assert_eq!(swapped("PyMutex_Lock(&m); Py_CLEAR(*target); PyMutex_Unlock(&m);"), []);
    }

    #[test]
    fn a_store_after_a_test_for_nothing_fills() {
        assert_eq!(filled("if (*cache == NULL) { *cache = make(name); }"), [1]);
        assert_eq!(filled("if (unlikely(!*cache)) { PyObject *made = make(name); *cache = made; }"), [1]);
        assert_eq!(filled("if (NULL == *cache) *cache = make(name);"), [1]);
    }

    #[test]
    fn results_and_locked_stores_do_not() {
        let none = [0_u8; 0];
        assert_eq!(
            filled("*cache = make(name); if (!*cache) { return; }"),
            none,
            "a result that is looked at"
        );
        assert_eq!(filled("if (!*cache) { *cache = NULL; }"), none);
        assert_eq!(
            filled("PyMutex_Lock(&m); if (!*cache) { *cache = make(name); } PyMutex_Unlock(&m);"),
            none
        );
        assert_eq!(filled("if (!*one) { *one = make(name); }"), none, "no pointer to a pointer");
    }
}

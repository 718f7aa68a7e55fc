//! The path that begins at a name: what it begins with, the field, and where it ends.
//!
//! In: a [`Body`] and a token. Out: an [`Access`] that is read, until what stands around it is looked at.

use super::super::body::Body;
use super::super::declare::{is_made_lock, outlives};
use super::super::lex::op;
use super::super::names::is_keyword;
use super::super::origin::Origin;
use super::super::scan::kept::{is_handed, made_by, returns_one};
use super::super::summary::Act;
use super::{Access, Base, is_drawn_from};

/// The accesses that begin at the name `i`.
pub(super) fn path<'a>(body: &Body<'a>, i: usize) -> Option<Access<'a>> {
    let source = body.source;
    let word = source.word(i);
    let (mut from, mut next) = (i, i + 1);
    let mut kind = None;
    let mut origin = None;
    let mut by_call = false;
    // `((T *)x)->f`
    if source.is(next, op(b")")) && follows_arrow(body, next + 1) {
        let open = source.mate(next)?;
        if open < i && source.is(open + 1, op(b"(")) {
            let close = source.mate(open + 1)?;
            if close + 1 == i && source.is(close - 1, op(b"*")) {
                kind = Some(source.word(close.checked_sub(2)?).to_owned());
                from = open;
                next += 1;
            }
        }
    } else if source.is(next, op(b"(")) && follows_arrow(body, source.after_group(next)) {
        // `CAST(x)->f`
        if let Some(cast) = body.names.cast(word) {
            let (first, last) = source.arguments(next).first().copied()?;
            kind = Some(cast.to_owned());
            origin = Some(body.found(first, last, i));
        } else if returns_one(body, i) {
            kind = Some(word.to_owned());
            origin = Some(Origin::SHARED);
            by_call = true;
        } else {
            return None;
        }
        next = source.after_group(next);
    } else if source.is(next, op(b"(")) && !is_drawn_from(body, i) {
        return None;
    }
    let local = body.locals.get(word);
    let arrow = follows_arrow(body, next);
    let base = if word == "this" {
        if !arrow {
            return None;
        }
        let kind = body.function.class.clone()?;
        Base::Object { kind, by_call, origin: Origin::THIS, text: word }
    } else if let Some(local) = local {
        if local.declared.is_static && kind.is_none() {
            if outlives(&local.declared) && local.declared.token != i {
                Base::Static(word)
            } else {
                return None;
            }
        } else {
            let whole = || source.is(next, op(b"[")) || body.is_range(i, next);
            if !arrow && kind.is_none() && !(is_handed(body, local) && whole()) {
                return None;
            }
            // `auto &x = f()`: of whatever type `f` returns.
            let maker = if kind.is_none() { made_by(body, local) } else { None };
            by_call |= maker.is_some();
            let kind = kind.or(maker).unwrap_or_else(|| local.declared.base.clone());
            if is_plain(&kind) {
                return None;
            }
            let origin = origin.unwrap_or_else(|| body.found(i, i + 1, i));
            if origin.is_own() {
                return None;
            }
            Base::Object { kind, by_call, origin, text: word }
        }
    } else if let Some(kind) = kind {
        let origin = origin.unwrap_or_else(|| body.found(i, i + 1, i));
        if origin.is_own() {
            return None;
        }
        Base::Object { kind, by_call, origin, text: word }
    } else if let Some(class) = body.function.class.as_ref().filter(|class| is_member(body, i, class)) {
        // In a member function a name that nothing else explains is a field of its object, perhaps; whether the
        // class has one is known when its header is read.
        let (field, deep, end) = member(body, i);
        let base = Base::Object { kind: class.clone(), by_call, origin: Origin::THIS, text: "this" };
        return Some(Access {
            base,
            field,
            deep,
            from: i,
            to: end,
            act: Act::Read,
            empty: (0, 0),
            asks: false,
            call: None,
        });
    } else {
        match body.names.global(word) {
            Some(global) if outlives(global) || is_made_lock(global) => Base::Global(word, !global.is_extern),
            Some(_) => return None,
            None if unexplained(body, i) => Base::Global(word, false),
            None => return None,
        }
    };
    let (field, deep, end) = fields(body, next, matches!(base, Base::Object { .. }));
    if matches!(base, Base::Object { .. })
        && field.is_empty()
        && !local.is_some_and(|local| is_handed(body, local))
    {
        return None;
    }
    Some(Access { base, field, deep, from, to: end, act: Act::Read, empty: (0, 0), asks: false, call: None })
}

/// Whether a bare name in a member function may be one of the object's fields. Another class may have a static one of that
/// name.
fn is_member(body: &Body<'_>, i: usize, class: &str) -> bool {
    let word = body.source.word(i);
    match body.names.global(word) {
        Some(_) => is_use(body, i) && body.names.is_field(class, word),
        None => unexplained(body, i),
    }
}

/// The field named at `i` itself, with what follows it.
fn member(body: &Body<'_>, i: usize) -> (String, bool, usize) {
    let source = &body.source;
    let mut field = source.word(i).to_owned();
    let (mut deep, mut at) = (false, i + 1);
    for _ in 0..24 {
        let arrow = source.is(at, op(b"->"));
        if arrow || source.is(at, op(b".")) {
            if !source.is_ident(at + 1) || source.is(at + 2, op(b"(")) {
                break;
            }
            deep |= arrow;
            if !deep {
                field.push('.');
                field.push_str(source.word(at + 1));
            }
            at += 2;
        } else if source.is(at, op(b"[")) {
            deep = true;
            at = source.after_group(at);
        } else {
            break;
        }
    }
    (field, deep, at)
}

pub(super) fn follows_arrow(body: &Body<'_>, i: usize) -> bool {
    (body.source.is(i, op(b"->")) || body.source.is(i, op(b"."))) && body.source.is_ident(i + 1)
}

/// Reads `->a.b[c]->d` from `i` on: the field, whether more is behind it, and where it ends.
fn fields(body: &Body<'_>, mut i: usize, object: bool) -> (String, bool, usize) {
    let source = &body.source;
    let mut field = String::new();
    let mut deep = false;
    for _ in 0..24 {
        if source.is(i, op(b"->")) || source.is(i, op(b".")) {
            if !source.is_ident(i + 1) {
                break;
            }
            // A member function: what is called is no field.
            if source.is(i + 2, op(b"(")) {
                if object && field.is_empty() {
                    return (String::new(), false, i);
                }
                deep = true;
                break;
            }
            let arrow = source.is(i, op(b"->"));
            if !field.is_empty() && arrow || !object {
                deep = true;
            }
            let member = !object && !arrow && field.is_empty();
            if !deep || member {
                if !field.is_empty() {
                    field.push('.');
                }
                field.push_str(source.word(i + 1));
            }
            i += 2;
        } else if source.is(i, op(b"[")) {
            deep = true;
            i = source.after_group(i);
        } else {
            break;
        }
    }
    (field, deep, i)
}

/// Types whose values have no state to race for.
pub(super) fn is_plain(kind: &str) -> bool {
    matches!(
        kind,
        "PyObject"
            | "PyVarObject"
            | "PyTypeObject"
            | "char"
            | "int"
            | "void"
            | "Py_buffer"
            | "PyThreadState"
            | "std"
    )
}

/// A name of another file, perhaps: no macro, constant, type or function that we know.
fn unexplained(body: &Body<'_>, i: usize) -> bool {
    let source = &body.source;
    let word = source.word(i);
    if !word.bytes().any(|b| b.is_ascii_lowercase())
        || word.starts_with("Py")
        || word.starts_with("_Py")
        || word.len() < 3
    {
        return false;
    }
    is_use(body, i) && !body.names.known(word).own
}

/// Whether a name stands where a value is used: `T x`, `T *x`, `name:` and casts are no uses.
fn is_use(body: &Body<'_>, i: usize) -> bool {
    let source = &body.source;
    let typed = source.is_ident(i + 1) || source.is(i + 1, op(b"::")) || source.is(i + 1, op(b":"));
    let pointer = source.is(i + 1, op(b"*"))
        && (source.is(i + 2, op(b"*")) || source.is(i + 2, op(b")")) || source.is_ident(i + 2));
    // `if (x) return` is none.
    let cast = source.is(i + 1, op(b")"))
        && source.is(i.wrapping_sub(1), op(b"("))
        && source.is_ident(i + 2)
        && !is_keyword(source.word(i.wrapping_sub(2)));
    let label = source.word(i.wrapping_sub(1)) == "goto"
        || matches!(source.word(i.wrapping_sub(1)), "struct" | "enum" | "case" | "union");
    !(typed || pointer || cast || label)
}

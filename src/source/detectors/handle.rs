//! Handles: fields whose memory is the business of a library, or of the project's own code below its Python layer.
//!
//! In: accesses that pass a field to a call. Out: whether that call looks, changes or ends what the field points to.

use super::fields::Row;
use crate::knowledge::Knowledge;
use crate::source::c::names::{says_look, words};
use crate::source::c::origin::Origin;
use crate::source::c::summary::{Act, Name};
use crate::source::link::{Id, Linked, Project, Word};

/// How many helpers a handle is followed through.
const HELPERS: usize = 4;

/// Whether a field's pointer is handed to a function of the project that writes the memory behind it: a library that
/// comes with its sources, as a rule. What is a Python object is judged by its own fields.
pub(super) fn is_handed(project: &Project<'_>, row: &Row<'_>, handed: &[Origin]) -> bool {
    if row.seen.act != Act::Pass || row.seen.deep || row.seen.callee == 0 {
        return false;
    }
    let Some(shape) = project.shape(row.kind, row.field) else { return false };
    let base = project.text(shape.base);
    let pointer = shape.pointers & 0x7f > 0 || project.is_pointer(shape.base);
    if !pointer || base.starts_with("Py") || project.is_instance(project.kind(shape.base)) {
        return false;
    }
    let written = Origin::param(u32::from(row.seen.argument));
    let targets = project.resolve(row.file, project.word(row.file, row.seen.callee));
    let on = |id: &Id| handed.get(id.0 as usize).copied().unwrap_or_default();
    !targets.is_empty()
        && (targets.iter().all(|id| project.writes(*id).0 & written.0 != 0)
            || targets.iter().all(|id| on(id).0 & written.0 != 0))
}

/// The parameters that functions hand on as they are to a library that may change what these point to, by function.
pub(super) fn handed_on(project: &Project<'_>) -> Vec<Origin> {
    let mut handed = vec![Origin::OWN; project.functions.len()];
    for _ in 0..HELPERS {
        let mut grown = false;
        for (at, function) in project.functions.iter().enumerate() {
            for link in project.outgoing(Id(at as u32)) {
                let whole = |name: Name| {
                    let text = project.text(project.word(function.file, name));
                    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                };
                let goes_on = |n: usize| match link.targets.as_slice() {
                    [] => {
                        let name = project.text(project.word(function.file, link.call.callee));
                        is_foreign(name) && !says_look(name, n) && !is_for_any_thread(name)
                    }
                    targets => targets.iter().all(|id| {
                        let one = handed.get(id.0 as usize).copied().unwrap_or_default();
                        one.0 & Origin::param(n as u32).0 != 0
                    }),
                };
                // What costs least is asked first.
                let gained = link.call.arguments.iter().zip(&link.call.objects).enumerate();
                let gained = gained.filter(|(n, (origin, name))| {
                    opaque(project, function, origin.plain()) && whole(**name) && goes_on(*n)
                });
                let gained = gained.fold(Origin::OWN, |all, (_, (origin, _))| all.or(*origin));
                if let Some(old) = handed.get_mut(at)
                    && old.or(gained) != *old
                {
                    *old = old.or(gained);
                    grown = true;
                }
            }
        }
        if !grown {
            break;
        }
    }
    handed
}

/// Whether a function that is none of the project's is a library's: no fact knows it, and it is not CPython's.
pub(super) fn is_foreign(name: &str) -> bool {
    Knowledge::builtin().traits(name) == Default::default()
        && !name.starts_with("Py")
        && !name.starts_with("_Py")
}

/// Whether that is one parameter, a pointer to what only a library knows, and may change.
fn opaque(project: &Project<'_>, function: &Linked<'_>, origin: Origin) -> bool {
    let one = (0..function.seen.params.len() as u32).find(|n| Origin::param(*n) == origin);
    let Some((kind, pointers)) = one.and_then(|n| function.seen.params.get(n as usize)) else { return false };
    let word = project.word(function.file, *kind);
    let base = project.text(word);
    *pointers == 1
        && function.seen.promises.0 & origin.0 == 0
        // The parameter of a template says nothing.
        && base.len() > 1
        && !base.starts_with("Py")
        && !is_plain(base)
        && !project.is_instance(project.kind(word))
        && !project.is_struct(project.kind(word))
}

/// Whether a type is one of C's own or of its library, which holds no state of any other.
pub(super) fn is_plain(base: &str) -> bool {
    const PLAIN: [&str; 12] = [
        "char", "int", "long", "short", "float", "double", "void", "size_t", "unsigned", "bool", "string",
        "FILE",
    ];
    PLAIN.contains(&base) || base.starts_with("uint") || base.starts_with("int")
}

/// Whether a field points to an object of a class of C++ that only its library knows: a wrapper's, whose methods call those
/// of the class.
pub(super) fn is_class(project: &Project<'_>, (kind, field): (Word, Word)) -> bool {
    let Some(shape) = project.shape(kind, field) else { return false };
    let base = project.text(shape.base);
    let known = project.is_struct(project.kind(shape.base)) || project.is_instance(project.kind(shape.base));
    shape.pointers == 1
        && base.starts_with(|c: char| c.is_ascii_uppercase())
        && !base.starts_with("Py")
        && !known
        && !Knowledge::builtin().tables().is_container(base)
}

/// Whether a field is an object of a class of C++ itself, and no pointer to one.
pub(super) fn is_value(project: &Project<'_>, (kind, field): (Word, Word)) -> bool {
    let shape = project.shape(kind, field);
    shape.is_some_and(|shape| shape.pointers == 0 && !is_plain(project.text(shape.base)))
}

/// Whether a library's function says by its name that it only looks at what it is handed.
pub(super) fn is_look(project: &Project<'_>, row: &Row<'_>) -> bool {
    let callee = project.text(project.word(row.file, row.seen.callee));
    says_look(callee, usize::from(row.seen.argument)) || is_for_any_thread(callee)
}

/// Whether a library's documentation promises that several threads may do that to one handle at once.
pub(super) fn is_promised(project: &Project<'_>, row: &Row<'_>) -> bool {
    is_for_any_thread(project.text(project.word(row.file, row.seen.callee)))
}

/// Whether a library's documentation promises that several threads may call that at once.
fn is_for_any_thread(function: &str) -> bool {
    Knowledge::builtin().libraries().is_for_any_thread(function)
}

/// Whether a library's function says by its name that what it is handed is of no use afterwards.
pub(super) fn is_end(project: &Project<'_>, row: &Row<'_>) -> bool {
    const ENDS: [&str; 9] =
        ["close", "closesocket", "free", "destroy", "delete", "cleanup", "finalize", "finalise", "dispose"];
    let words = words(project.text(project.word(row.file, row.seen.callee)));
    words.last().is_some_and(|word| ENDS.contains(&word.as_str()))
}

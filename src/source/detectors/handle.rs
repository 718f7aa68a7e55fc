//! Handles: fields whose memory is the business of a library, or of the project's own code below its Python layer.
//!
//! In: accesses that pass a field to a call. Out: whether that call looks, changes or ends what the field points to.

use super::fields::Row;
use crate::knowledge::Knowledge;
use crate::source::c::names::words;
use crate::source::c::origin::Origin;
use crate::source::c::summary::Act;
use crate::source::link::{Project, Word};

/// Whether a field's pointer is handed to a function of the project that writes the memory behind it: a library that
/// comes with its sources, as a rule. What is a Python object is judged by its own fields.
pub(super) fn is_handed(project: &Project<'_>, row: &Row<'_>) -> bool {
    if row.seen.act != Act::Pass || row.seen.deep || row.seen.callee == 0 {
        return false;
    }
    let Some(shape) = project.shape(row.kind, row.field) else { return false };
    let base = project.text(shape.base);
    if shape.pointers & 0x7f == 0 || base.starts_with("Py") || project.is_instance(project.kind(shape.base)) {
        return false;
    }
    let written = Origin::param(u32::from(row.seen.argument));
    let targets = project.resolve(row.file, project.word(row.file, row.seen.callee));
    !targets.is_empty() && targets.iter().all(|id| project.writes(*id).0 & written.0 != 0)
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

/// Whether a library's function says by its name that it only looks at what it is handed.
pub(super) fn is_look(project: &Project<'_>, row: &Row<'_>) -> bool {
    const LOOKS: [&str; 19] = [
        "get",
        "is",
        "has",
        "status",
        "equal",
        "equals",
        "err",
        "errno",
        "error",
        "errmsg",
        "errcode",
        "errorcode",
        "strerror",
        "count",
        "length",
        "version",
        "sizeof",
        "estimate",
        "isinstance",
    ];
    let words = words(project.text(project.word(row.file, row.seen.callee)));
    let changes = ["set", "clear", "reset", "free"].iter().any(|one| words.iter().any(|word| word == one));
    !changes && words.iter().any(|word| LOOKS.contains(&word.as_str()))
}

/// Whether a library's function says by its name that what it is handed is of no use afterwards.
pub(super) fn is_end(project: &Project<'_>, row: &Row<'_>) -> bool {
    const ENDS: [&str; 8] =
        ["close", "free", "destroy", "delete", "cleanup", "finalize", "finalise", "dispose"];
    let words = words(project.text(project.word(row.file, row.seen.callee)));
    words.last().is_some_and(|word| ENDS.contains(&word.as_str()))
}

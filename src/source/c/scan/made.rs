//! Objects of classes that a function makes and ends: its variables, and the parameters it takes by value.

use super::super::declare::Variable;
use super::super::lex::op;
use super::super::origin::Origin;
use super::super::summary::{CSeen, MadeSeen, Namer};
use super::{Read, Scan, is_number};
use crate::knowledge::Knowledge;

/// Parameters that are objects of classes, and no references or pointers to such.
pub(super) fn values(read: &Read<'_>) -> Origin {
    if !read.body.names.is_cpp() {
        return Origin::OWN;
    }
    let params = read.body.function.params.iter().enumerate().filter(|(_, one)| is_value(one));
    params.fold(Origin::OWN, |sum, (at, _)| sum.or(Origin::param(at as u32)))
}

/// Whether a function is a destructor.
pub(super) fn ends(read: &Read<'_>) -> bool {
    read.body.source.is(read.body.function.name_token.wrapping_sub(1), op(b"~"))
}

/// Whether a function is a lambda that is bound as what an iterator does for its next item: `cls.def("__next__", […`.
pub(super) fn iterates(read: &Read<'_>) -> bool {
    let (source, head) = (&read.body.source, read.body.function.head);
    read.body.function.bound && source.text(head.wrapping_sub(2)) == "\"__next__\""
}

/// Whether a variable is an object of what may be a class of the project.
fn is_value(one: &Variable) -> bool {
    one.pointers == 0
        && !one.reference
        && !one.is_static
        && !matches!(one.base.as_str(), "" | "auto")
        && !one.base.starts_with("Py")
        && !is_number(&one.base)
        && !Knowledge::builtin().tables().is_container(&one.base)
}

impl<'a> Scan<'a> {
    /// Keeps the variables of a function that are objects.
    pub(super) fn made(&self, out: &mut CSeen, namer: &mut Namer, index: usize, read: &Read<'a>) {
        if !self.file.cpp {
            return;
        }
        let own = |token: usize| token > read.body.function.head && !self.is_elsewhere(index, token);
        let locals = read.body.locals.values().filter(|local| local.param.is_none()).map(|one| &one.declared);
        let named = locals.filter(|one| is_value(one) && own(one.token));
        let mut all: Vec<(usize, &str)> = named.map(|one| (one.token, one.base.as_str())).collect();
        // `T(x)` makes one as well, where the file says that T is a class.
        let source = &read.body.source;
        all.extend(read.body.calls.iter().filter_map(|call| {
            let (word, before) = (source.word(call.name), call.name.wrapping_sub(1));
            let class = self.names.function(word).and_then(|one| one.class.as_deref());
            let alone = [op(b"("), op(b","), op(b"="), op(b";"), op(b"{"), op(b"}")];
            let value = source.word(before) == "return" || alone.iter().any(|one| source.is(before, *one));
            (class == Some(word) && value && own(call.name)).then_some((call.name, word))
        }));
        all.sort_unstable();
        out.made.extend(all.into_iter().map(|(token, class)| MadeSeen {
            function: index as u32,
            class: namer.number(class),
            bits: self.bits(read, token),
            place: self.place(token, token + 1),
        }));
    }
}

//! Types that are made ready or changed while others use them, where one expression does not show it.
//!
//! In: a [`Scan`](super::Scan). Out: findings of `lazy-init` and `type-dict`, to be settled by what callers do.

use super::super::body::{Body, Value};
use super::super::lex::op;
use super::super::summary::Bits;
use super::Found;
use crate::knowledge::Trait;

/// A local assigned more often than this is not followed.
const VALUES: usize = 64;

/// How many tokens before the call that makes a type ready the test may stand.
const BEFORE: usize = 60;

impl Found<'_, '_> {
    /// `if (T.tp_dict == NULL) PyType_Ready(&T)`: the dict is there before the type is ready, so the test passes others
    /// on to a type that is half made. The type's own flag is set last, and making it ready again does nothing.
    pub(super) fn ready_on_demand(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        for call in body.calls.iter().filter(|call| body.names.at(call.name).traits.has(Trait::TypeReady)) {
            let (from, _) = body.function.body;
            let first = call.name.saturating_sub(BEFORE).max(from);
            let test = (first..call.name).rev().find(|&t| is_type_slot(body, t) && is_tested(body, t));
            let Some(test) = test else { continue };
            let start = body.path_start(test);
            let alone = Bits::LOCK.with(Bits::INIT);
            if self.scan.bits(read, test).any(alone) || body.origin(start, test - 1, test).is_own() {
                continue;
            }
            let text: String = (start..=test).map(|t| source.text(t)).collect();
            let fill = [("variable", text.as_str())];
            self.report_unless(("lazy-init", "type"), (start, test + 1), &fill, alone);
        }
    }

    /// Changes of a type's dict through a local.
    pub(super) fn type_dicts(&mut self) {
        let read = self.read;
        let body = &read.body;
        let source = body.source;
        for call in &body.calls {
            let traits = body.names.at(call.name).traits;
            let Some(&(from, to)) = source.arguments(call.open).first() else { continue };
            if !traits.has(Trait::MutatesContainer) || self.scan.bits(read, call.name).any(Bits::INIT) {
                continue;
            }
            let local = body.only_name(from, to).and_then(|name| body.locals.get(name));
            let Some(local) =
                local.filter(|one| one.param.is_none() && (1..=VALUES).contains(&one.values.len()))
            else {
                continue;
            };
            let of_type = local.values.iter().all(|(_, value)| match *value {
                Value::Expression(a, b) => of_shared_type(body, a, b),
                Value::Out => false,
            });
            if of_type {
                let fill = [("callee", source.word(call.name))];
                self.report_unless(("type-dict", "change"), (call.name, call.end), &fill, Bits::INIT);
            }
        }
    }
}

/// Whether token `t` names a member of a type object that tells whether it is ready.
fn is_type_slot(body: &Body<'_>, t: usize) -> bool {
    let source = body.source;
    let before = t.wrapping_sub(1);
    body.names.at(t).traits.has(Trait::TypeSlot)
        && (source.is(before, op(b".")) || source.is(before, op(b"->")))
}

/// Whether the path that ends at token `t` is compared with NULL or negated.
fn is_tested(body: &Body<'_>, t: usize) -> bool {
    let source = body.source;
    let compared = (source.is(t + 1, op(b"==")) || source.is(t + 1, op(b"!="))) && source.is_null(t + 2);
    compared || source.is(body.path_start(t).wrapping_sub(1), op(b"!"))
}

/// Whether an expression is the dict of a type that others may have.
fn of_shared_type(body: &Body<'_>, from: usize, to: usize) -> bool {
    let source = body.source;
    let (from, to) = body.strip(from, to);
    let last = to.wrapping_sub(1);
    if is_type_slot(body, last) && last > from + 1 {
        return !body.origin(from, last - 1, from).is_own();
    }
    body.names.at(from).traits.has(Trait::GivesTypeDict)
        && source.after_group(from + 1) == to
        && source.arguments(from + 1).first().is_some_and(|&(a, b)| !body.origin(a, b, from).is_own())
}

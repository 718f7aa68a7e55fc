//! What other functions do with a variable, by which a use that is harmless alone becomes a hazard.

use std::collections::HashSet;

use super::facts::{Act, Sort, Use};
use super::hazards::Hazard;
use super::judge::{At, Project, changes};
use super::settings;
use super::types::Type;

/// What other methods do with an attribute, by which a use that is harmless alone becomes a hazard.
pub(super) struct Others {
    /// Methods that replace the container.
    swap: HashSet<At>,
    /// Methods that replace the object.
    replaced: HashSet<At>,
    /// Methods by which the container gets more items, or fewer.
    resized: HashSet<At>,
    /// Methods after which a container of C++ may have its items elsewhere.
    moved: HashSet<At>,
    /// Methods that set the flag.
    set: HashSet<At>,
    /// Methods that raise by what the flag says.
    guard: HashSet<At>,
    /// Functions that have a library change a setting of the handle.
    asked: HashSet<At>,
    /// Functions that free what the module's variable points to.
    freed: HashSet<At>,
    /// It is most often changed with a lock held.
    locked: bool,
}

impl Others {
    /// What all methods do with one variable that `open` are the unlocked uses of.
    pub fn of(kind: &Type, (open, locked): (&[&(usize, &Use)], bool), flag: bool) -> Self {
        let methods = |fits: &dyn Fn(&Use) -> bool| -> HashSet<At> {
            let all = open.iter().filter(|(_, one)| fits(one));
            all.filter_map(|(file, one)| Some((*file, one.function?))).collect()
        };
        let container = *kind == Type::Container;
        Self {
            swap: methods(&|one| container && one.act == Act::Assign && !one.tested),
            replaced: methods(&|one| {
                matches!(kind, Type::Object | Type::Container) && one.act == Act::Assign && !one.tested
            }),
            resized: methods(&|one| container && resizes(one.act)),
            moved: methods(&|one| matches!(kind, Type::Cpp | Type::Pointer) && one.act == Act::Change),
            set: methods(&|one| flag && one.act == Act::Assign && one.says.is_some()),
            guard: methods(&|one| flag && one.act == Act::Guard),
            freed: methods(&|one| *kind == Type::Pointer && one.act == Act::Free),
            asked: methods(&|one| *kind == Type::Pointer && sets_of_library(one)),
            locked,
        }
    }

    /// What other methods make of a use.
    pub fn hazard(&self, here: At, sort: Sort, one: &Use) -> Option<Hazard> {
        // Whether all that call a private method by that name hold the lock is not always known.
        let locked = self.locked && sort == Sort::Python;
        let elsewhere = |methods: &HashSet<At>| methods.iter().any(|at| *at != here);
        let case = match one.act {
            Act::Change | Act::Item if elsewhere(&self.swap) && !self.swap.contains(&here) => "used",
            Act::Lent if elsewhere(&self.replaced) => "lent",
            Act::Walk if one.argument.is_none() && elsewhere(&self.resized) => "walked",
            Act::Call if elsewhere(&self.moved) && lends(one) => "lent",
            Act::Assign if one.says.is_some() && !one.tested && elsewhere(&self.guard) => "guarded",
            Act::Guard if elsewhere(&self.set) => "guard",
            act if locked && changes(act) => "unlocked",
            _ => return None,
        };
        Some(Hazard { detector: "cython-field", case, proof: false })
    }

    /// What another function makes of a use of a module's variable; `of_c` tells which functions are a library's.
    pub fn of_module(&self, here: At, one: &Use, of_c: impl Fn(&str) -> bool) -> Option<Hazard> {
        let elsewhere = |methods: &HashSet<At>| methods.iter().any(|at| *at != here);
        let handed = one.argument.as_ref().filter(|_| one.act == Act::Passed);
        let case = match handed {
            _ if one.act == Act::Walk && one.argument.is_none() && elsewhere(&self.resized) => "walked",
            Some((callee, _)) if elsewhere(&self.freed) && !self.freed.contains(&here) && of_c(callee) => {
                "closed"
            }
            Some((callee, 0)) if elsewhere(&self.asked) && !self.asked.contains(&here) && of_c(callee) => {
                "looked-at"
            }
            _ => return None,
        };
        Some(Hazard { detector: "cython-module-state", case, proof: false })
    }
}

impl Project<'_> {
    /// Whether more places change an attribute with a lock held than without: who wrote them knows that it is needed.
    pub(super) fn is_locked(&self, kind: &Type, uses: &[(usize, &Use)], open: &[&(usize, &Use)]) -> bool {
        let alone = |file: usize, one: &Use| {
            let function = one.function.and_then(|nth| self.function((file, nth)));
            function.is_none_or(|function| function.sort == Sort::Alone)
        };
        let held = uses.iter().filter(|(file, one)| one.locked && changes(one.act) && !alone(*file, one));
        let without = open.iter().filter(|(_, one)| changes(one.act)).count();
        !matches!(kind, Type::Sync | Type::Constant | Type::Named(_)) && without > 0 && held.count() > without
    }

    /// Whether a number is only ever set to a plain truth value, but where its object is made.
    pub(super) fn is_flag(&self, kind: &Type, uses: &[(usize, &Use)]) -> bool {
        let made = |file: usize, one: &Use| {
            let function = one.function.and_then(|nth| self.function((file, nth)));
            function.is_some_and(|function| function.sort == Sort::Alone)
        };
        let plain = |one: &Use| match one.act {
            Act::Read | Act::Walk | Act::Guard | Act::Passed | Act::Call | Act::Through => true,
            Act::Assign => one.says.is_some(),
            _ => false,
        };
        *kind == Type::Number && uses.iter().all(|(file, one)| plain(one) || made(*file, one))
    }
}

/// Whether a member of a container of C++ gives the address of its items, by the names that Cython's declarations give it.
fn lends(one: &Use) -> bool {
    one.argument.as_ref().is_some_and(|(member, _)| {
        matches!(member.as_str(), "data" | "const_data" | "c_str" | "begin" | "const_begin" | "cbegin")
    })
}

/// Whether a container may have more items afterwards, or fewer.
fn resizes(act: Act) -> bool {
    matches!(act, Act::Change | Act::Item | Act::ItemAugment | Act::Numbered | Act::Take)
}

/// Whether a library is told to change a setting of what a handle stands for.
pub(super) fn sets_of_library(one: &Use) -> bool {
    let to = one.argument.as_ref().filter(|(_, at)| one.act == Act::Passed && *at == 0);
    to.is_some_and(|(callee, _)| matches!(settings::named(callee), Some((settings::Side::Set, _))))
}

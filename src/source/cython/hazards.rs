//! What is racy about one use of an attribute or of a module's variable, by what it holds and what is done.

use super::facts::{Act, Use};
use super::types::Type;

/// What is racy about a use: the detector's case, and whether it counts as proof against the variable.
pub(super) struct Hazard {
    pub detector: &'static str,
    pub case: &'static str,
    pub proof: bool,
}

/// What is racy about a use of an attribute in a method that threads may run at once.
pub(super) fn of_field(
    kind: &Type,
    one: &Use,
    function: &str,
    (changed, tested): (bool, bool),
    of_cpp: bool,
) -> Option<Hazard> {
    let hazard = |case, proof| Some(Hazard { detector: "cython-field", case, proof });
    let lazy = || Some(Hazard { detector: "cython-lazy", case: "field", proof: false });
    // An object that a `with` enters is most often made for it.
    let entered = matches!(function, "__enter__" | "__exit__");
    let steps = function == "__next__" && matches!(kind, Type::Number | Type::Pointer | Type::Unknown);
    let advance = Some(Hazard { detector: "cython-iterator", case: "advance", proof: true });
    let handed = matches!(one.act, Act::Passed | Act::Address);
    match kind {
        Type::Sync | Type::Constant | Type::Named(_) => None,
        _ if one.act == Act::Through => None,
        _ if one.act == Act::Call => {
            changed.then_some(Hazard { detector: "cython-field", case: "object", proof: false })
        }
        Type::Pointer | Type::Array | Type::Struct | Type::One | Type::Unknown if handed => {
            if changed {
                hazard("content", false)
            } else {
                None
            }
        }
        Type::Number | Type::Unknown | Type::Struct | Type::One => match one.act {
            Act::Augment | Act::Step if steps => advance,
            Act::Augment | Act::Step | Act::PartAugment => hazard("counter", true),
            Act::Assign => hazard("write", false),
            Act::Item | Act::ItemAugment | Act::Part if *kind != Type::Number => hazard("memory", false),
            Act::Free => hazard("buffer", false),
            _ => None,
        },
        Type::Real => match one.act {
            Act::Augment | Act::Step | Act::Assign => hazard("write", false),
            _ => None,
        },
        Type::Object => match one.act {
            Act::Assign if tested => lazy(),
            Act::Step => hazard("counter", true),
            Act::Assign | Act::Augment => hazard("replace", false),
            Act::Item if tested => hazard("check-then-act", false),
            Act::Numbered => hazard("numbered", false),
            Act::Take => hazard("taken", false),
            _ => None,
        },
        Type::Container | Type::View => match one.act {
            Act::Assign if tested => lazy(),
            Act::Assign if entered => hazard("replace", false),
            Act::Assign => hazard("swap", true),
            Act::Item if tested => hazard("check-then-act", false),
            Act::ItemAugment if *kind == Type::Container => hazard("counter", false),
            Act::Numbered => hazard("numbered", false),
            Act::Take => hazard("taken", false),
            _ => None,
        },
        Type::Pointer => match one.act {
            Act::Augment | Act::Step if steps => advance,
            Act::Assign if tested => lazy(),
            Act::Aim => hazard("write", false),
            Act::Assign if steps => advance,
            Act::Assign if entered => hazard("write", false),
            Act::Assign | Act::Free => hazard("buffer", false),
            Act::Augment | Act::Step | Act::PartAugment => hazard("counter", true),
            Act::Item | Act::ItemAugment | Act::Part => hazard("memory", false),
            // What is called by the names of those methods need not be one of a container.
            Act::Change if of_cpp => hazard("container", false),
            Act::Change if changed => hazard("object", false),
            _ => None,
        },
        Type::Array => match one.act {
            Act::Item | Act::ItemAugment | Act::Part | Act::PartAugment => hazard("memory", false),
            _ => None,
        },
        Type::Cpp => match one.act {
            Act::Read | Act::Walk | Act::Part | Act::PartAugment => None,
            Act::Passed if !changed => None,
            Act::Assign if entered => hazard("write", false),
            // A container needs a lock at every use, whatever its declaration says.
            _ => hazard("container", false),
        },
    }
}

/// What is racy about a use of a module's C variable in a function that threads may run at once.
pub(super) fn of_global(kind: &Type, one: &Use, table: bool, changed: bool) -> Option<Hazard> {
    let hazard = |case, proof| Some(Hazard { detector: "cython-module-state", case, proof });
    let lazy = || Some(Hazard { detector: "cython-lazy", case: "global", proof: true });
    match (kind, one.act) {
        (Type::Sync | Type::Constant, _) | (_, Act::Read | Act::Walk | Act::Call | Act::Through) => None,
        (Type::Cpp, Act::Passed) if changed => hazard("container", true),
        (Type::Pointer | Type::Struct | Type::Unknown, Act::Passed | Act::Address) if changed => {
            hazard("content", false)
        }
        (_, Act::Passed) => None,
        (Type::Container | Type::Object, Act::Augment) => None,
        (Type::Real, Act::Augment | Act::Assign) => hazard("write", false),
        (_, Act::Augment | Act::Step) => hazard("counter", true),
        (Type::Struct | Type::Unknown, Act::PartAugment) => hazard("counter", true),
        (Type::Number, Act::Assign) if !one.tested => hazard("write", false),
        (_, Act::Assign) if one.tested => lazy(),
        (Type::Object | Type::Container | Type::View, Act::Assign) => hazard("swap", true),
        (Type::Pointer, Act::Assign | Act::Free) => hazard("buffer", true),
        (Type::Object | Type::Container, Act::Item) if one.tested => hazard("check-then-act", false),
        (Type::Container, Act::ItemAugment) => hazard("counter", false),
        (Type::Object | Type::Container, Act::Numbered) => hazard("numbered", false),
        (Type::Object | Type::Container, Act::Take) => hazard("taken", false),
        (Type::Object | Type::Container | Type::View | Type::Pointer, _) => None,
        (Type::Cpp, Act::Part | Act::PartAugment | Act::Address) => None,
        (Type::Cpp, _) => hazard("container", true),
        (Type::Array, Act::Item | Act::ItemAugment | Act::Address) if !table => hazard("scratch", true),
        (Type::Struct, Act::Part | Act::Assign) => hazard("memory", false),
        _ => None,
    }
}

//! Attributes that are filled on first use, also where what is tested is not what is filled.
//!
//! `if not self._ready: self._value = …; self._ready = True` tests a flag; `if not self.has_table:` asks a property;
//! `if self._rows is None: self._build()` has a helper fill it.

use std::collections::{HashMap, HashSet};

use super::facts::{Act, Facts, Function, Target, Use};
use super::judge::At;

/// How it was found that an attribute is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// It was asked for itself.
    Own,
    /// A flag was, which the same method raises.
    Flag,
}

/// Which assignments fill something on first use.
pub(super) struct Fills<'a> {
    /// Flags that a method tests and then raises.
    raised: HashMap<At, HashSet<&'a str>>,
    /// Methods and properties that tell whether one attribute is there, by class and name.
    asks: HashMap<(&'a str, &'a str), &'a str>,
    /// What was missing where unlocked code called a method, by class and name.
    called: HashMap<(&'a str, &'a str), HashSet<&'a str>>,
}

impl<'a> Fills<'a> {
    /// Looks through all methods; `exposed` are those that two threads may run at once.
    pub fn of(files: &'a [&'a Facts], exposed: &HashSet<At>) -> Self {
        let mut out = Self { raised: HashMap::new(), asks: HashMap::new(), called: HashMap::new() };
        for (at, file) in files.iter().enumerate() {
            for one in file.uses.iter().filter(|one| one.tested && one.says == Some(true)) {
                if let (Target::Field { field, .. }, Some(nth)) = (&one.target, one.function) {
                    out.raised.entry((at, nth)).or_default().insert(field);
                }
            }
            for function in file.functions.iter().filter(|function| !function.class.is_empty()) {
                if let [field] = function.asks.as_slice()
                    && !field.is_empty()
                {
                    out.asks.insert((&function.class, &function.name), field);
                }
            }
        }
        for (at, file) in files.iter().enumerate() {
            let open = file.functions.iter().enumerate().filter(|(nth, _)| exposed.contains(&(at, *nth)));
            for call in open.flat_map(|(_, function)| &function.calls) {
                if call.locked || call.alone || call.under.is_empty() || call.class.is_empty() {
                    continue;
                }
                let missing = call.under.iter().map(|name| out.meant(&call.class, name));
                let missing: Vec<&str> = missing.collect();
                out.called.entry((&call.class, &call.callee)).or_default().extend(missing);
            }
        }
        out
    }

    /// The attribute that a name asks for: its own, or that of the property or method by that name.
    fn meant(&self, class: &'a str, name: &'a str) -> &'a str {
        self.asks.get(&(class, name)).copied().unwrap_or(name)
    }

    /// Whether a use fills the attribute `field` on first use.
    pub fn fill(&self, at: At, function: &'a Function, field: &str, one: &'a Use) -> Option<Fill> {
        let Target::Field { class, .. } = &one.target else { return None };
        if one.act != Act::Assign {
            return None;
        }
        let own = one.under.iter().any(|name| self.meant(class, name) == field);
        let helper = || {
            let missing = self.called.get(&(function.class.as_str(), function.name.as_str()));
            // What is given up in a helper is not made there.
            one.says != Some(false) && missing.is_some_and(|missing| missing.contains(field))
        };
        if own || helper() {
            return Some(Fill::Own);
        }
        let raised = self.raised.get(&at)?;
        let flagged = one.under.iter().any(|name| name != field && raised.contains(name.as_str()));
        flagged.then_some(Fill::Flag)
    }
}

//! Which of several functions of one name a call means.
//!
//! In: a call with the number of its arguments and, where it is written, the class of its object. Out: the functions
//! that fit. Types of arguments are not followed, so that overloads may be left of which only one is called; then no one
//! of them says what the call does.

use std::collections::BTreeSet;

use super::{Id, Linked, Project, Word};
use crate::knowledge::Tables;
use crate::rules::Language;
use crate::source::c::summary::CallSeen;

/// Most functions of a name that are looked at for one of a class.
const NAMED: usize = 64;

/// Most bases of a class that are looked at.
const BASES: usize = 16;

impl Project<'_> {
    /// Whether a function has a parameter for each argument: another one of that name is meant otherwise.
    pub(super) fn takes(&self, caller: usize, function: &Linked<'_>, call: &CallSeen) -> bool {
        // C calls no member functions.
        let c = self.files.get(caller).is_some_and(|(_, seen)| seen.language == Some(Language::C));
        if c && function.seen.class.is_some() {
            return false;
        }
        let params = &function.seen.params;
        // `...` is a parameter without a type.
        let open = params.iter().any(|(kind, _)| self.text(self.word(function.file, *kind)).is_empty());
        open || usize::from(call.count) <= params.len()
    }

    /// Of functions of one name those that a call means, as far as the number of its arguments and the class of its object
    /// tell; and whether they are still different ones, of which it means one.
    pub(super) fn meant(&self, caller: usize, call: &CallSeen, mut targets: Vec<Id>) -> (Vec<Id>, bool) {
        let class = |id: &Id| {
            let function = self.function(*id)?;
            Some(self.kind(self.word(function.file, function.seen.class?)))
        };
        if let Some(object) = self.object(caller, call) {
            let related = |id: &Id| class(id).is_some_and(|class| self.related(class, object));
            if !targets.iter().any(related) {
                // A file's own function of that name may be another class's.
                let all = self.by_name.get(&self.word(caller, call.callee)).filter(|all| all.len() <= NAMED);
                let takes = |id: &&Id| self.function(**id).is_some_and(|one| self.takes(caller, one, call));
                let others: Vec<Id> =
                    all.into_iter().flatten().filter(|id| related(id)).filter(takes).copied().collect();
                if !others.is_empty() {
                    targets = others;
                } else if self.is_foreign(caller, call) {
                    return (Vec::new(), false);
                }
            } else {
                targets.retain(related);
            }
        } else if self.is_foreign(caller, call) {
            return (Vec::new(), false);
        }
        if targets.len() < 2 {
            return (targets, false);
        }
        // Nobody names an object to call what needs none.
        let needs_object =
            |id: &Id| self.function(*id).is_some_and(|one| one.seen.class.is_some() && !one.seen.is_static);
        let names_object = || {
            let object = call.receiver.and(call.objects.last());
            object.is_some_and(|object| self.text(self.word(caller, *object)) != "this")
        };
        if targets.iter().any(needs_object) && names_object() {
            targets.retain(needs_object);
        }
        let exact =
            |id: &Id| self.function(*id).is_some_and(|one| one.seen.params.len() == usize::from(call.count));
        if targets.iter().any(exact) {
            targets.retain(exact);
        }
        let signature = |id: &Id| {
            let function = self.function(*id)?;
            let params = function.seen.params.iter();
            let params = params.map(|(kind, stars)| (self.kind(self.word(function.file, *kind)), *stars));
            Some((class(id), params.collect::<Vec<_>>()))
        };
        // A member function of related classes is one that is overridden: any of them may run.
        let differ = |a: &Id, b: &Id| match (class(a), class(b)) {
            (Some(x), Some(y)) if x != y => !self.related(x, y),
            _ => signature(a) != signature(b),
        };
        let one_of = targets.windows(2).any(|pair| match pair {
            [a, b] => differ(a, b),
            _ => false,
        });
        (targets, one_of)
    }

    /// Whether a call that no class of the project is known to answer names an object, and a member that half the classes
    /// of the standard library have.
    fn is_foreign(&self, caller: usize, call: &CallSeen) -> bool {
        let object =
            call.receiver.and(call.objects.last()).map(|object| self.text(self.word(caller, *object)));
        object.is_some_and(|object| object != "this")
            && Tables::builtin().is_library_member(self.text(self.word(caller, call.callee)))
    }

    /// The class of the object whose member function is called: as written, or as the field is declared that holds it.
    fn object(&self, file: usize, call: &CallSeen) -> Option<Word> {
        if call.class != 0 {
            return Some(self.kind(self.word(file, call.class)));
        }
        call.receiver?;
        let text = self.text(self.word(file, *call.objects.last()?));
        let field = self.find_word(text.strip_prefix("this->").unwrap_or(text))?;
        let first = self.first.get(file).copied().unwrap_or_default();
        let class = self.function(Id(first + call.caller))?.seen.class?;
        let owners = self.ancestry(self.kind(self.word(file, class)));
        let shape = owners.iter().find_map(|owner| self.shape(*owner, field))?;
        Some(self.kind(shape.base))
    }

    /// Whether two classes are one, derive from each other or from a common base.
    fn related(&self, a: Word, b: Word) -> bool {
        a == b || !self.ancestry(a).is_disjoint(&self.ancestry(b))
    }

    /// A class and its bases.
    fn ancestry(&self, class: Word) -> BTreeSet<Word> {
        let mut out = BTreeSet::new();
        let mut waiting = vec![class];
        while let Some(one) = waiting.pop() {
            if out.len() < BASES && out.insert(one) {
                let bases = self.bases.get(&one).into_iter().flatten();
                // The first field of a struct counts as one, but a number is nobody's base.
                let known = bases.filter(|base| self.kinds.contains_key(base));
                waiting.extend(known.map(|base| self.kind(*base)));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::source::c::CFile;
    use crate::source::c::origin::Origin;
    use crate::source::c::scan::seen;
    use crate::source::c::summary::CSeen;

    /// Classes and numbers of parameters of what `caller` may call, and whether only one of them is meant.
    fn called(files: &[(&str, &str)], caller: &str) -> (Vec<(String, usize)>, bool) {
        let rules = RuleSet::builtin();
        let read = |(path, text): &(&str, &str)| seen(&CFile::read(path, text.as_bytes()), rules);
        let all: Vec<CSeen> = files.iter().map(read).collect();
        let project = Project::new(
            files.iter().map(|(path, _)| *path).zip(&all).collect(),
            &super::super::Called::default(),
        );
        let is_caller = |one: &&Linked<'_>| project.text(one.name) == caller;
        let at = project.functions.iter().take_while(|one| !is_caller(one)).count();
        let link = project.outgoing(Id(at as u32)).last().expect("it calls");
        let told = |id: &Id| {
            let one = project.function(*id).expect("it is one");
            let class = one.seen.class.map_or("", |class| project.text(project.word(one.file, class)));
            (class.to_owned(), one.seen.params.len())
        };
        (link.targets.iter().map(told).collect(), link.one_of)
    }

    const STATE: (&str, &str) = (
        "state.cpp",
        "class State {\npublic:\n  int frame() { return n; }\n  int n;\n};\nclass Other {\npublic:\n  \
         int frame() { return 0; }\n  int frame(int x) { return x; }\n};\n",
    );

    #[test]
    fn the_class_of_the_object_and_the_number_of_arguments_say_what_is_called() {
        let with = |text: &str| called(&[STATE, ("f.cpp", text)], "f");
        assert_eq!(with("int f(State *s) { return s->frame(); }\n"), (vec![("State".into(), 0)], false));
        assert_eq!(with("int f(Other *o) { return o->frame(1); }\n"), (vec![("Other".into(), 1)], false));
        let either = vec![("State".into(), 0), ("Other".into(), 0)];
        assert_eq!(with("template <class T> int f(T *s) { return s->frame(); }\n"), (either, true));
    }

    #[test]
    fn a_field_says_what_class_it_holds_also_beside_a_function_of_the_same_name() {
        let text = "class Green {\n  int id;\n  State state;\npublic:\n  int frame() { return this->state.frame(); }\n};\n";
        assert_eq!(called(&[("green.hpp", text), STATE], "frame"), (vec![("State".into(), 0)], false));
    }

    #[test]
    fn a_member_that_the_library_has_too_is_the_projects_where_the_class_is_known() {
        let text = "class A {\npublic:\n  int value() { return n; }\n  int n;\n};\n";
        let with = |call: &str| {
            called(&[("a.cpp", &format!("{text}int f(Other *x, A *a) {{ return {call}; }}\n"))], "f")
        };
        assert_eq!(with("a->value()"), (vec![("A".into(), 0)], false));
        assert_eq!(with("x->value()"), (vec![], false));
        assert_eq!(with("x->found(3).value()"), (vec![], false));
    }

    #[test]
    fn what_std_has_is_nobody_elses_and_a_local_value_is_its_calls_own() {
        let text = "class A {\npublic:\n  void enter(int k) { n = k; }\n  int n;\n};\nint enter(int k) { return k; }\n";
        let receiver = |body: &str| {
            let text = format!("{text}void f(A *given) {{ {body} }}\n");
            let read = seen(&CFile::read("a.cpp", text.as_bytes()), RuleSet::builtin());
            read.calls
                .iter()
                .filter(|call| read.text(call.callee) == "enter")
                .map(|call| call.receiver)
                .next_back()
        };
        let given = Some(Some(Origin::param(0)));
        assert_eq!(receiver("given->enter(1);"), given);
        assert_eq!(receiver("A &same = *given; same.enter(1);"), given);
        assert_eq!(receiver("A own = made(given); own.enter(1);"), Some(None), "of a value nothing is kept");
        assert_eq!(receiver("std::enter(1);"), None, "no call of the project's");
        assert_eq!(receiver("enter(1);"), Some(None));
    }

    #[test]
    fn any_of_those_that_override_each_other_may_run() {
        let text = "class Base {\npublic:\n  int run() { return 0; }\n};\nclass A : public Base {\npublic:\n  \
                    int run() { return 1; }\n};\nclass B : public Base {\npublic:\n  int run() { return 2; }\n};\n\
                    int f(Base *b) { return b->run(); }\n";
        let all = ["Base", "A", "B"].map(|class| (class.to_owned(), 0)).to_vec();
        assert_eq!(called(&[("a.cpp", text)], "f"), (all, false));
    }

    #[test]
    fn nobody_names_an_object_to_call_what_needs_none() {
        let text = "class A {\npublic:\n  static int run(int x) { return x; }\n};\nclass B {\npublic:\n  int run(int x) \
                    { return n; }\n  int n;\n};\n";
        let with =
            |call: &str| called(&[("a.cpp", &format!("{text}int f(void *p) {{ return {call}; }}\n"))], "f");
        assert_eq!(with("wrap(p)->run(1)"), (vec![("B".into(), 1)], false));
        let either = vec![("A".into(), 1), ("B".into(), 1)];
        assert_eq!(with("run(1)"), (either, true));
    }
}

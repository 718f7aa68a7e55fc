//! Replaces a lookup that lends a reference by its twin that gives one, and gives that back.
//!
//! Two shapes are proved. In the first the code takes a reference of its own right after the lookup (at most a test for
//! NULL that leaves stands between): the twin gives that reference, and the taking goes. In the second a local holds the
//! result to the end of its block: the reference is given back there and before every way out of the block in between.
//! Nothing that the old code did can be worse afterwards, since it held the object by the container alone. All else is
//! left to its author: aliases, results that are returned, macros that may jump, C++, where an exception may.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::edit::Edit;
use super::shape::{self, Code, Rest, around, bare, below, named, wrapped};
use super::{Change, Project};
use crate::knowledge::Knowledge;
use crate::knowledge::c_api::Returns;
use crate::knowledge::edits::{Errors, Form, Lookup};

/// More locals than these are made of one object only in code that is made by programs.
const MOST_DERIVED: usize = 32;

/// The change, if the shape allows it.
pub(super) fn change(code: Code<'_>, call: Node<'_>, project: &Project) -> Option<Change> {
    let (name, arguments) = code.call(call)?;
    let lookup = code.facts.lookup(name)?;
    let twin = Knowledge::builtin().c_api(name)?.strong.as_ref()?;
    let function = shape::function(call)?;
    let site = Site { code, lookup, twin: &twin.name, call, arguments, function };
    let edits = site.owned_in_place().or_else(|| site.held_by_a_local())?;
    let (safe, needs) = project.has(twin.since.as_deref()?, twin.backport, code);
    let what = code.facts.words.strong_reference.replace("{twin}", &twin.name);
    Some(Change { safe, what: what + &needs, edits })
}

/// One lookup in its function.
struct Site<'a, 't> {
    code: Code<'a>,
    lookup: &'a Lookup,
    twin: &'a str,
    call: Node<'t>,
    arguments: Vec<Node<'t>>,
    function: Node<'t>,
}

/// A statement that puts the result into a local.
struct Held<'t> {
    statement: Node<'t>,
    /// The local's name where it is set.
    name: Node<'t>,
    /// The expression it is set to: the call, perhaps cast.
    value: Node<'t>,
    declares: bool,
    /// The assignment, where it stands in the condition of an `if` that tests it for NULL and nothing else.
    tested: Option<Node<'t>>,
}

impl Held<'_> {
    /// Where what follows begins.
    fn after(&self) -> usize {
        let condition = self.tested.and_then(|_| self.statement.child_by_field_name("condition"));
        condition.unwrap_or(self.statement).end_byte()
    }
}

impl<'a, 't> Site<'a, 't> {
    /// The call of the twin with the same arguments, and perhaps one more.
    fn twin_call(&self, more: Option<&str>) -> Option<String> {
        let list = self.call.child_by_field_name("arguments")?;
        let inner = self.code.of(list).strip_prefix('(')?.strip_suffix(')')?;
        Some(match more {
            None => format!("{}({inner})", self.twin),
            Some(more) if self.arguments.is_empty() => format!("{}({more})", self.twin),
            Some(more) => format!("{}({}, {more})", self.twin, inner.trim_end()),
        })
    }

    /// `Py_NewRef(LOOKUP(…))`: the twin is the whole of it.
    fn owned_in_place(&self) -> Option<Vec<Edit>> {
        let value = wrapped(self.call);
        let list = value.parent().filter(|list| list.kind() == "argument_list" && named(*list).len() == 1)?;
        let outer = list.parent()?;
        let (name, _) = self.code.call(outer)?;
        let counts = &self.code.facts.counts;
        let takes = counts.new.iter().chain(&counts.new_any).any(|one| one == name);
        if self.lookup.form != Form::Returns || !takes {
            return None;
        }
        // What never was NULL may be now; only a caller is sure to expect that.
        let returned = outer.parent().is_some_and(|parent| parent.kind() == "return_statement");
        if !self.lookup.checked && !returned {
            return None;
        }
        Some(vec![Edit::new(outer.start_byte(), outer.end_byte(), self.twin_call(None)?)])
    }

    fn held(&self) -> Option<Held<'t>> {
        let value = wrapped(self.call);
        let parent = value.parent()?;
        let (statement, name, declares) = match parent.kind() {
            "init_declarator" if parent.child_by_field_name("value") == Some(value) => {
                let pointer = parent.child_by_field_name("declarator")?;
                let name = pointer.child_by_field_name("declarator").unwrap_or(pointer);
                let statement = parent.parent().filter(|one| one.kind() == "declaration")?;
                // One name to a declaration: with several, statements cannot be put between them.
                let declarators =
                    named(statement).iter().filter(|one| one.kind().ends_with("declarator")).count();
                (statement, name, (declarators == 1).then_some(true)?)
            }
            "assignment_expression" if parent.child_by_field_name("right") == Some(value) => {
                let plain = parent.child_by_field_name("operator").is_some_and(|one| one.kind() == "=");
                let name = parent.child_by_field_name("left").filter(|_| plain)?;
                let above = parent.parent()?;
                if above.kind() != "expression_statement" {
                    let branch = around(parent, "if_statement")?;
                    let condition = branch.child_by_field_name("condition")?;
                    let test = self.code.tests_null(condition, self.code.of(name));
                    let block = branch.parent().is_some_and(|block| block.kind() == "compound_statement");
                    let here =
                        name.kind() == "identifier" && test.is_some() && within(parent, condition) && block;
                    let tested = Some(parent);
                    return here.then_some(Held { statement: branch, name, value, declares: false, tested });
                }
                (above, name, false)
            }
            _ => return None,
        };
        (name.kind() == "identifier").then_some(Held { statement, name, value, declares, tested: None })
    }

    /// Where a local of that name is declared in the function, if exactly one is: the pointers before its name, and its
    /// type.
    fn declared(&self, name: &str) -> Option<(usize, &'a str, Node<'t>)> {
        let mut found = None;
        for node in below(self.function) {
            if node.kind() != "identifier" || self.code.of(node) != name {
                continue;
            }
            let (mut at, mut pointers) = (node, 0_usize);
            while let Some(parent) = at.parent() {
                match parent.kind() {
                    "pointer_declarator" => pointers = pointers.saturating_add(1),
                    "init_declarator" if parent.child_by_field_name("declarator") == Some(at) => {}
                    "declaration" => {
                        let kind = parent.child_by_field_name("type")?;
                        let is_static = named(parent).iter().any(|one| {
                            one.kind() == "storage_class_specifier" && self.code.of(*one) == "static"
                        });
                        if found.is_some() || is_static {
                            return None;
                        }
                        found = Some((pointers, self.code.of(kind), node));
                        break;
                    }
                    // A parameter belongs to the caller, and an array or function is no reference.
                    "parameter_declaration" | "array_declarator" | "function_declarator" => return None,
                    _ => break,
                }
                at = parent;
            }
        }
        found
    }

    fn held_by_a_local(&self) -> Option<Vec<Edit>> {
        let held = self.held()?;
        let name = self.code.of(held.name);
        let (pointers, kind, declared) = self.declared(name)?;
        let object = pointers == 1 && kind == "PyObject";
        if pointers != 1 || (self.lookup.form == Form::Out && (!object || held.value != self.call)) {
            return None;
        }
        let rest = self.code.rest(held.statement, held.tested.is_some());
        if let Some(taken) = self.taken_at_once(&held, name) {
            let mut edits = self.set(&held, name)?;
            edits.extend(taken);
            return Some(edits);
        }
        let rest = rest?;
        if !self.lookup.checked || !self.only_used(&held, name, declared, &rest) {
            return None;
        }
        let mut edits = self.set(&held, name)?;
        edits.extend(self.given_back(&held, name, &rest)?);
        Some(edits)
    }

    /// The statement with the twin in place of the lookup.
    fn set(&self, held: &Held<'t>, name: &str) -> Option<Vec<Edit>> {
        if self.lookup.form == Form::Returns {
            return Some(vec![Edit::new(
                self.call.start_byte(),
                self.call.end_byte(),
                self.twin_call(None)?,
            )]);
        }
        let call = self.twin_call(Some(&format!("&{name}")))?;
        let (indent, newline) = (self.code.indent(held.statement), self.code.newline());
        let step = if indent.starts_with('\t') { "\t" } else { "    " };
        let text = match self.lookup.errors {
            Errors::Kept => format!("(void){call};"),
            Errors::Cleared => {
                let clear = &self.code.facts.counts.clear_error;
                format!("if ({call} < 0) {{{newline}{indent}{step}{clear}();{newline}{indent}}}")
            }
        };
        if let Some(assignment) = held.tested {
            // On a line of its own before the `if`, or not at all.
            self.code.whole_line(held.statement)?;
            let (start, inside) = (held.statement.start_byte(), wrapped(assignment));
            return Some(vec![
                Edit::put(start, format!("{text}{newline}{indent}")),
                Edit::new(inside.start_byte(), inside.end_byte(), name),
            ]);
        }
        if held.declares {
            // `PyObject *v = LOOKUP(…);` becomes a declaration and a statement.
            let end = held.statement.end_byte();
            return Some(vec![Edit::new(held.name.end_byte(), end, format!(";{newline}{indent}{text}"))]);
        }
        Some(vec![Edit::new(held.statement.start_byte(), held.statement.end_byte(), text)])
    }

    /// The taking of a reference that follows at once, as edits that drop it.
    fn taken_at_once(&self, held: &Held<'t>, name: &str) -> Option<Vec<Edit>> {
        let counts = &self.code.facts.counts;
        let takes = |statement: Node<'t>| {
            self.takes(statement, name, &counts.take)
                .or_else(|| self.takes(statement, name, &counts.take_any))
        };
        // A test for NULL follows, or the statement is one itself.
        let mut next = match held.tested {
            Some(_) => held.statement,
            None => self.next_that_names(next_statement(held.statement)?, name)?,
        };
        let mut there = false;
        if let Some((branch, is_null)) = self.null_test(next, name) {
            let other = next.child_by_field_name("alternative").is_some();
            if is_null && !other && self.code.always_leaves(branch) && !self.names(branch, name) {
                there = true;
                next = self.next_that_names(next_statement(next)?, name)?;
            } else if !is_null {
                // `if (v) Py_INCREF(v);`, perhaps with more behind it: where it is NULL there is nothing to take.
                let inner = if branch.kind() == "compound_statement" { named(branch) } else { vec![branch] };
                takes(*inner.first()?)?;
                let whole = inner.len() == 1 && !other && held.tested.is_none();
                let gone = if whole { next } else { *inner.first()? };
                if gone == branch {
                    return None;
                }
                let (start, end) = self.code.whole_line(gone)?;
                return Some(vec![Edit::new(start, end, "")]);
            }
        }
        let taken = self.takes(next, name, &counts.take_any).or_else(|| {
            // Taking a reference of NULL would have crashed, so what follows need not expect it.
            self.takes(next, name, &counts.take).filter(|()| there)
        });
        if taken.is_some() {
            let (start, end) = self.code.whole_line(next)?;
            return Some(vec![Edit::new(start, end, "")]);
        }
        // `return Py_XNewRef(v);`
        let value = (next.kind() == "return_statement").then(|| named(next).first().copied()).flatten()?;
        let (callee, arguments) = self.code.call(bare(value))?;
        let [argument] = arguments.as_slice() else { return None };
        let new = counts.new_any.iter().any(|one| one == callee)
            || (there && counts.new.iter().any(|one| one == callee));
        let same = bare(*argument).kind() == "identifier" && self.code.of(bare(*argument)) == name;
        (new && same).then(|| vec![Edit::new(value.start_byte(), value.end_byte(), name)])
    }

    /// The first statement from one on that names a local, if nothing before it can leave: the reference would be lost.
    fn next_that_names(&self, from: Node<'t>, name: &str) -> Option<Node<'t>> {
        let block = from.parent()?;
        let mut next = from;
        while !self.names(next, name) {
            let mut leaves = Vec::new();
            self.code.ways_out(next, block, &mut leaves)?;
            next = next_statement(next).filter(|_| leaves.is_empty())?;
        }
        Some(next)
    }

    /// `if` on whether a local is NULL: the branch, and whether it is the one for NULL.
    fn null_test(&self, statement: Node<'t>, name: &str) -> Option<(Node<'t>, bool)> {
        if statement.kind() != "if_statement" {
            return None;
        }
        let is_null = self.code.tests_null(statement.child_by_field_name("condition")?, name)?;
        Some((statement.child_by_field_name("consequence")?, is_null))
    }

    fn takes(&self, statement: Node<'_>, name: &str, take: &str) -> Option<()> {
        let inner = named(statement);
        let [call] = inner.as_slice() else { return None };
        let (callee, arguments) =
            self.code.call(*call).filter(|_| statement.kind() == "expression_statement")?;
        let [argument] = arguments.as_slice() else { return None };
        let argument = bare(*argument);
        (callee == take && argument.kind() == "identifier" && self.code.of(argument) == name).then_some(())
    }

    fn names(&self, node: Node<'_>, name: &str) -> bool {
        below(node).any(|one| one.kind() == "identifier" && self.code.of(one) == name)
    }

    /// Whether the local is set here alone, read only below in the same block, and its object goes nowhere that
    /// outlives the block.
    fn only_used(&self, held: &Held<'t>, name: &'a str, declared: Node<'t>, rest: &Rest<'t>) -> bool {
        let Some(block) = held.statement.parent() else { return false };
        for node in below(self.function) {
            if node.kind() != "identifier"
                || self.code.of(node) != name
                || node == declared
                || node == held.name
            {
                continue;
            }
            if node.start_byte() < held.after() || node.end_byte() > block.end_byte() {
                return false;
            }
            let value = wrapped(node);
            let Some(parent) = value.parent() else { return false };
            let fine = match parent.kind() {
                "assignment_expression" | "init_declarator" | "return_statement" | "update_expression" => {
                    false
                }
                "pointer_expression" => {
                    parent.child_by_field_name("operator").is_none_or(|one| one.kind() != "&")
                }
                "conditional_expression" | "comma_expression" | "initializer_list" => false,
                "argument_list" => {
                    let callee = parent.parent().and_then(|call| self.code.call(call)).map(|(name, _)| name);
                    !self.code.facts.counts.gives_back.iter().any(|one| Some(one.as_str()) == callee)
                        && !callee.is_some_and(|callee| self.code.macros.contains_key(callee))
                }
                _ => true,
            };
            if !fine {
                return false;
            }
        }
        self.nothing_derived_survives(name, block, rest)
    }

    /// What is made out of the object may be borrowed from it; it must not be stored or used beyond the block.
    fn nothing_derived_survives(&self, name: &'a str, block: Node<'t>, rest: &Rest<'t>) -> bool {
        let mut derived: BTreeSet<&'a str> = [name].into();
        for _ in 0..4 {
            let before = derived.len();
            for node in rest.statements.iter().flat_map(|one| below(*one)) {
                let (target, value) = match node.kind() {
                    "assignment_expression" => ("left", "right"),
                    "init_declarator" => ("declarator", "value"),
                    _ => continue,
                };
                let (Some(target), Some(value)) =
                    (node.child_by_field_name(target), node.child_by_field_name(value))
                else {
                    continue;
                };
                // What is set within what is set would have to be followed in its order.
                if below(value).any(|one| one.kind() == "assignment_expression") {
                    return false;
                }
                let from = derived.iter().any(|one| self.names(value, one));
                let owned = self.code.call(bare(value)).is_some_and(|(callee, _)| {
                    Knowledge::builtin().c_api(callee).is_some_and(|fact| fact.returns == Some(Returns::New))
                });
                if !from || owned {
                    continue;
                }
                if derived.len() > MOST_DERIVED {
                    return false;
                }
                let mut target = target;
                while let Some(inner) = target.child_by_field_name("declarator") {
                    target = inner;
                }
                if target.kind() != "identifier" {
                    return false;
                }
                let local = self.code.of(target);
                match self.declared(local) {
                    // A number is a copy.
                    Some((0, kind, _)) if is_number(kind) => {}
                    Some((_, _, declared)) if within(declared, block) => {
                        derived.insert(local);
                    }
                    _ => return false,
                }
            }
            if derived.len() == before {
                break;
            }
        }
        // A value that is handed out of the block is computed before the reference is given back only if it is plain.
        rest.leaves.iter().all(|leave| {
            leave.kind() != "return_statement"
                || named(*leave).first().is_none_or(|value| self.plain(*value, &derived))
        })
    }

    /// A value whose computing needs nothing of the object.
    fn plain(&self, value: Node<'_>, derived: &BTreeSet<&str>) -> bool {
        let value = bare(value);
        match value.kind() {
            "number_literal" | "null" | "true" | "false" => true,
            "identifier" => !derived.contains(self.code.of(value)),
            "unary_expression" => value
                .child_by_field_name("argument")
                .is_some_and(|inner| bare(inner).kind() == "number_literal"),
            _ => false,
        }
    }

    /// Whether a statement is only reached with the local NULL, by the conditions around it. It is set nowhere else.
    fn is_null_at(&self, statement: Node<'_>, block: Node<'_>, name: &str) -> bool {
        let mut at = statement;
        while let Some(parent) = at.parent().filter(|parent| *parent != block) {
            let branch =
                parent.kind() == "if_statement" && parent.child_by_field_name("consequence") == Some(at);
            let condition = parent.child_by_field_name("condition").filter(|_| branch);
            if condition.is_some_and(|condition| self.code.implies_null(condition, name)) {
                return true;
            }
            at = parent;
        }
        false
    }

    /// Gives the reference back at the end of the block and before every way out.
    fn given_back(&self, held: &Held<'t>, name: &str, rest: &Rest<'t>) -> Option<Vec<Edit>> {
        let counts = &self.code.facts.counts;
        let newline = self.code.newline();
        let block = held.statement.parent()?;
        let next = rest.statements.first();
        let none = next.and_then(|next| self.null_test(*next, name)).filter(|(_, is_null)| *is_null);
        let left = next.is_some_and(|next| next.child_by_field_name("alternative").is_none())
            && none.is_some_and(|(branch, _)| self.code.always_leaves(branch));
        let give = if left { &counts.give } else { &counts.give_any };
        let give = format!("{give}({name});");
        let mut edits = Vec::new();
        for leave in &rest.leaves {
            if self.is_null_at(*leave, block, name) {
                continue;
            }
            // A label in the block would be jumped to with the reference given back; `rest` refuses those.
            let indent = self.code.indent(*leave);
            let parent = leave.parent()?;
            if matches!(parent.kind(), "compound_statement" | "case_statement") {
                edits.push(Edit::put(leave.start_byte(), format!("{give}{newline}{indent}")));
            } else {
                edits.push(Edit::put(leave.start_byte(), format!("{{ {give} ")));
                edits.push(Edit::put(leave.end_byte(), " }"));
            }
        }
        if rest.ends {
            let last = rest.statements.last().copied().unwrap_or(held.statement);
            let end = self.code.line_end(last.end_byte());
            let close = block.end_byte().checked_sub(1)?;
            let indent = self.code.indent(held.statement);
            if end > close {
                edits.push(Edit::put(close, format!("{give} ")));
            } else {
                edits.push(Edit::put(end, format!("{indent}{give}{newline}")));
            }
        }
        Some(edits)
    }
}

fn next_statement(statement: Node<'_>) -> Option<Node<'_>> {
    let mut at = statement.next_named_sibling()?;
    while at.kind() == "comment" {
        at = at.next_named_sibling()?;
    }
    Some(at)
}

fn within(node: Node<'_>, outer: Node<'_>) -> bool {
    outer.start_byte() <= node.start_byte() && node.end_byte() <= outer.end_byte()
}

/// Words of C that are numbers.
fn is_number(kind: &str) -> bool {
    const NUMBERS: [&str; 18] = [
        "int",
        "long",
        "short",
        "char",
        "unsigned",
        "signed",
        "float",
        "double",
        "size_t",
        "ssize_t",
        "bool",
        "_Bool",
        "Py_ssize_t",
        "Py_hash_t",
        "int64_t",
        "uint64_t",
        "int32_t",
        "uint32_t",
    ];
    !kind.is_empty() && kind.split_whitespace().all(|word| NUMBERS.contains(&word))
}

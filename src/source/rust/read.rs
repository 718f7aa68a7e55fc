//! Walks the tree of a Rust file and keeps what may rely on the GIL.
//!
//! The walk is a loop over a cursor, never a recursion. Code under `#[cfg(not(Py_GIL_DISABLED))]` and `#[cfg(test)]`
//! is left out: no free-threaded build has it, or no module.

use tree_sitter::{Node, Tree};

use super::cells;
use super::functions::Function;
use super::{Call, Facts, Shape, Site, Wraps, condition};
use crate::knowledge::{Knowledge, Trait, Traits};
use crate::model::Location;
use crate::source::found::Place;

/// Longest text kept of a place, in bytes.
pub(super) const LONGEST: usize = 200;

/// Texts without which nothing in a file is of interest.
const SIGNS: [&[u8]; 11] = [
    b"pymethods",
    b"static mut",
    b"unsafe",
    b"ffi",
    b"Py_",
    b"PyDict_",
    b"PyList_",
    b"OnceCell",
    b"GILProtected",
    b"unsendable",
    b"get_refcnt",
];

/// Whether a file is worth parsing.
pub(super) fn worth_reading(bytes: &[u8]) -> bool {
    let has = |sign: &[u8]| memchr::memmem::find(bytes, sign).is_some();
    // Safe code too changes the state of a module, where unsafe code elsewhere lends it.
    SIGNS.iter().any(|sign| has(sign)) || (has(b"State") && has(b"&mut "))
}

/// How many characters of a long text are looked at.
const SHORT: usize = 300;

/// How far out the block is looked for that a call stands in.
const NEAR: usize = 16;

/// Whether a method says by its name that it changes its object, or hands it out to be changed.
fn says_mut(name: &str) -> bool {
    const CHANGES: [&str; 11] =
        ["push", "pop", "insert", "remove", "append", "extend", "clear", "replace", "take", "swap", "retain"];
    name.ends_with("_mut") || name == "as_mut_ptr" || CHANGES.contains(&name)
}

/// A stretch of the file in which something holds, by its end.
#[derive(Debug, Default)]
struct Until(Vec<usize>);

impl Until {
    fn leave(&mut self, at: usize) {
        while self.0.last().is_some_and(|end| *end <= at) {
            self.0.pop();
        }
    }
}

/// A block of functions of a type.
#[derive(Debug)]
pub(super) struct Block {
    pub kind: String,
    end: usize,
    /// It makes the type an iterator.
    iterator: bool,
    /// It says what happens when an object goes.
    pub drops: bool,
    /// Python may call its functions.
    pub python: bool,
}

pub(super) struct Walk<'a> {
    pub code: &'a str,
    /// From the root to the node that is visited: a node of the grammar finds its parent only from the root.
    path: Vec<Node<'a>>,
    pub facts: &'a mut Facts,
    pub functions: Vec<Function>,
    pub blocks: Vec<Block>,
    locked: Until,
    /// Ends of the blocks in which a lock was taken by a call that another gives back.
    begun: Vec<usize>,
    loops: Until,
    detached: Until,
    /// Whether the file speaks of bytearrays, once that was asked.
    pub bytearrays: Option<bool>,
}

pub(super) fn read<'a>(tree: &'a Tree, code: &'a str, facts: &'a mut Facts) {
    let mut walk = Walk {
        code,
        path: Vec::new(),
        facts,
        functions: Vec::new(),
        blocks: Vec::new(),
        locked: Until::default(),
        begun: Vec::new(),
        loops: Until::default(),
        detached: Until::default(),
        bytearrays: None,
    };
    let mut cursor = tree.walk();
    let mut attributes = String::new();
    loop {
        let node = cursor.node();
        walk.path.push(node);
        let mut inside = true;
        match node.kind() {
            "attribute_item" => {
                if attributes.len() < 1000 {
                    attributes.push_str(text(code, node));
                }
                inside = false;
            }
            "line_comment" | "block_comment" => inside = false,
            _ if node.is_named() => {
                inside = !left_out(&attributes);
                if inside {
                    walk.node(node, &attributes);
                }
                attributes.clear();
            }
            _ => {}
        }
        if inside && cursor.goto_first_child() {
            continue;
        }
        walk.path.pop();
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            walk.path.pop();
        }
    }
}

/// Whether attributes take an item out of every free-threaded module.
fn left_out(attributes: &str) -> bool {
    let plain: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    let conditions = plain.split("#[cfg(").skip(1).filter_map(|rest| rest.split(")]").next());
    plain.contains("#[test]") || conditions.into_iter().any(|one| condition::holds(one) == Some(false))
}

pub(super) fn text<'a>(code: &'a str, node: Node<'_>) -> &'a str {
    code.get(node.byte_range()).unwrap_or_default()
}

/// The beginning of a text: what nests deep is long, and would be gone over once for each level.
pub(super) fn head(text: &str) -> &str {
    text.char_indices().nth(SHORT).map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

/// The end of a text, for the same reason.
pub(super) fn tail(text: &str) -> &str {
    text.char_indices().rev().nth(SHORT).map_or(text, |(at, _)| text.get(at..).unwrap_or(text))
}

/// The last name of a path, without its type arguments.
pub(super) fn last_name(path: &str) -> &str {
    let plain = path.split('<').next().unwrap_or_default().trim();
    plain.rsplit("::").next().unwrap_or_default().trim()
}

impl<'a> Walk<'a> {
    /// The node around one, which is the node that is visited or one around or below it.
    pub(super) fn parent<'n>(&self, node: Node<'n>) -> Option<Node<'n>>
    where
        'a: 'n,
    {
        if let Some(at) = self.path.iter().rposition(|one| *one == node) {
            return self.path.get(at.checked_sub(1)?).copied();
        }
        let mut around: Node<'n> = *self.path.last()?;
        loop {
            let child = around.child_with_descendant(node)?;
            if child == node {
                return Some(around);
            }
            around = child;
        }
    }

    fn node(&mut self, node: Node<'_>, attributes: &str) {
        let start = node.start_byte();
        self.locked.leave(start);
        self.detached.leave(start);
        self.loops.leave(start);
        while self.begun.last().is_some_and(|end| *end <= start) {
            self.begun.pop();
        }
        while self.functions.last().is_some_and(|function| function.end <= start) {
            self.functions.pop();
        }
        while self.blocks.last().is_some_and(|block| block.end <= start) {
            self.blocks.pop();
        }
        match node.kind() {
            "function_item" => self.function(node, attributes),
            "static_item" => self.variable(node),
            "struct_item" => self.structure(node, attributes),
            "impl_item" => self.implementation(node, attributes),
            "let_declaration" => self.local(node),
            "let_condition" => {
                if let Some(value) = node.child_by_field_name("value") {
                    self.view_local(node, value);
                }
            }
            "closure_expression" => self.closure(node),
            "macro_invocation" => self.address(node),
            "for_expression" | "while_expression" | "loop_expression" => self.loops.0.push(node.end_byte()),
            "assignment_expression" | "compound_assignment_expr" => {
                if let Some(left) = node.child_by_field_name("left") {
                    self.write(left, node);
                }
            }
            "reference_expression" => {
                // `&mut x` and `&raw mut x`.
                let is = |at: u32| node.child(at).is_some_and(|child| child.kind() == "mutable_specifier");
                let mutable = is(1) || is(2);
                if let (true, Some(value)) = (mutable, node.child_by_field_name("value")) {
                    self.pointer_lent(value, node);
                    self.write(value, node);
                }
            }
            "type_identifier" if text(self.code, node) == "GILProtected" => {
                let imported = self.parent(node).is_some_and(|parent| parent.kind().starts_with("use"));
                if !imported {
                    self.site("gil-protected", "GILProtected", node);
                }
            }
            "call_expression" => self.call(node),
            "unary_expression" => self.cell_read(node),
            "identifier" | "field_identifier" => self.name(node),
            _ => {}
        }
    }

    /// Whose object is used by a call whose first argument is `first`.
    fn wraps(&self, first: &str) -> Wraps {
        let plain = first.trim_start_matches(['&', '*']).trim();
        let function = self.functions.last();
        let free = self.blocks.is_empty();
        let position = function.and_then(|function| function.params.iter().position(|one| one == plain));
        if let Some(position) = position.filter(|_| free) {
            return Wraps::Argument(position);
        }
        match self.blocks.last() {
            Some(block) if block.iterator && plain.starts_with("self.") => Wraps::Own(block.kind.clone()),
            _ => Wraps::Nothing,
        }
    }

    pub(super) fn place(&self, node: Node<'_>) -> Place {
        let (from, to) = (node.start_position(), node.end_position());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        let location = Location {
            path: self.facts.path.clone(),
            line: count(from.row),
            column: count(from.column),
            end_line: count(to.row),
            end_column: count(to.column),
        };
        let function = self.functions.last().map(|function| function.name.clone()).unwrap_or_default();
        let whole = text(self.code, node);
        let cut = whole.char_indices().map(|(at, _)| at).take_while(|at| *at < LONGEST).last().unwrap_or(0);
        let cut = if whole.len() <= LONGEST { whole.len() } else { cut };
        let owner = self.blocks.last().map(|block| block.kind.clone()).unwrap_or_default();
        Place { location, function, owner, text: whole.get(..cut).unwrap_or_default().to_owned() }
    }

    pub(super) fn site(&mut self, case: &'static str, name: &str, node: Node<'_>) {
        let place = self.place(node);
        let (lockable, wraps) = (false, Wraps::Nothing);
        self.facts.sites.push(Site { case, name: name.to_owned(), place, lockable, walks: false, wraps });
    }

    /// A site that a lock of whoever calls makes safe.
    pub(super) fn lockable(&mut self, case: &'static str, name: &str, node: Node<'_>, first: &str) {
        let (place, wraps) = (self.place(node), self.wraps(first));
        let end = self.functions.last().map_or(0, |function| function.end);
        let walks = self.loops.0.last().is_some_and(|one| *one <= end);
        self.facts.sites.push(Site { case, name: name.to_owned(), place, lockable: true, walks, wraps });
    }

    pub(super) fn is_locked(&self) -> bool {
        !self.locked.0.is_empty()
    }

    pub(super) fn once(&self) -> bool {
        self.functions.iter().any(|function| function.once)
    }

    fn variable(&mut self, node: Node<'_>) {
        let mut children = node.walk();
        let mutable = node.children(&mut children).any(|child| child.kind() == "mutable_specifier");
        let Some(name) = node.child_by_field_name("name").map(|name| text(self.code, name).to_owned()) else {
            return;
        };
        if mutable {
            let place = self.place(node);
            let kind = node.child_by_field_name("type").map(|kind| text(self.code, kind));
            self.facts.kinds.push(kind.unwrap_or_default().chars().take(LONGEST).collect());
            self.facts.statics.push((name, place));
        } else if let Some(kind) = node.child_by_field_name("type")
            && text(self.code, kind).contains("GILOnceCell")
        {
            self.site("gil-once-cell", &name, node);
        }
        if !mutable && let Some(kind) = node.child_by_field_name("type") {
            let words = head(text(self.code, kind)).split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let types = words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
            self.facts.lasting.extend(types.take(8).map(str::to_owned));
        }
    }

    fn structure(&mut self, node: Node<'_>, attributes: &str) {
        let Some(name) = node.child_by_field_name("name").map(|name| text(self.code, name).to_owned()) else {
            return;
        };
        let body = node.child_by_field_name("body").map(|body| text(self.code, body)).unwrap_or_default();
        let has = |words: &[&str]| words.iter().any(|word| body.contains(word));
        let shape = Shape {
            interior: has(&["Cell<", "Rc<"]) && !has(&["OnceCell<"]),
            guarded: has(&["Mutex", "RwLock", "Atomic", "Lock"]),
            class: attributes.contains("pyclass"),
            unsafe_only: !has(&["RefCell<", " Cell<", "(Cell<", ":Cell<", "Rc<"]),
        };
        self.cells_of(&name, node, shape.guarded || body.contains("Once"));
        self.class_of(&name, attributes, shape.guarded);
        self.pointers_of(&name, node, shape.guarded);
        if attributes.contains("pyclass") && attributes.contains("unsendable") {
            self.site("unsendable", &name, node.child_by_field_name("name").unwrap_or(node));
        }
        self.facts.structs.push((name, shape));
    }

    fn implementation(&mut self, node: Node<'_>, attributes: &str) {
        let head = text(self.code, node);
        if let Some(kind) = node.child_by_field_name("type") {
            let of = node.child_by_field_name("trait").map(|of| last_name(text(self.code, of)));
            self.blocks.push(Block {
                kind: last_name(text(self.code, kind)).to_owned(),
                end: node.end_byte(),
                iterator: of.is_some_and(|of| of.ends_with("Iterator")),
                drops: of == Some("Drop"),
                python: attributes.contains("pymethods"),
            });
        }
        let (Some(of), Some(kind)) = (node.child_by_field_name("trait"), node.child_by_field_name("type"))
        else {
            return;
        };
        if head.starts_with("unsafe") && last_name(text(self.code, of)) == "Sync" {
            let name = last_name(text(self.code, kind)).to_owned();
            let place = self.place(node);
            self.facts.asserted.push((name, place));
        }
    }

    /// `let guard = x.lock()`: held until the block ends. `let d = PyDict_New()`: nobody else's yet.
    fn local(&mut self, node: Node<'_>) {
        let Some(value) = node.child_by_field_name("value") else { return };
        self.cell_local(node, value);
        self.view_local(node, value);
        let short = head(text(self.code, value));
        let locks = [
            "CriticalSection::",
            ".lock(",
            ".write()",
            ".lock_py_attached(",
            "lock_arc(",
            ".borrow_mut_guard(",
        ];
        if locks.iter().any(|lock| short.contains(lock)) {
            let end = self.parent(node).map_or(node.end_byte(), |block| block.end_byte());
            self.locked.0.push(end);
        }
        let makes = short
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word.starts_with("Py") && Knowledge::builtin().has(word, Trait::FreshContainer));
        if makes
            && let Some(name) = node.child_by_field_name("pattern").map(|name| text(self.code, name))
            && let Some(function) = self.functions.last_mut()
        {
            function.fresh.push(name.trim_start_matches("mut ").to_owned());
        }
    }

    /// A closure that runs with a lock held, or detached.
    fn closure(&mut self, node: Node<'_>) {
        let call = self.parent(node).and_then(|arguments| self.parent(arguments));
        let Some(callee) = call.and_then(|call| call.child_by_field_name("function")) else { return };
        let callee = tail(text(self.code, callee));
        let name = callee.rsplit(['.', ':']).next().unwrap_or_default();
        if name.contains("critical_section") {
            self.locked.0.push(node.end_byte());
        } else if name == "allow_threads" || name == "detach" {
            self.detached.0.push(node.end_byte());
        }
    }

    /// Which arguments are containers that the function made, a bit each.
    fn fresh(&self, list: Node<'_>) -> u32 {
        let Some(function) = self.functions.last().filter(|function| !function.fresh.is_empty()) else {
            return 0;
        };
        let mut cursor = list.walk();
        let arguments = list.named_children(&mut cursor).take(32).enumerate();
        arguments
            .filter(|(_, one)| function.fresh.iter().any(|name| name == text(self.code, *one)))
            .fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// A lock that a call takes holds to the call that gives it back in the same block, or to the block's end.
    fn section(&mut self, node: Node<'_>, traits: Traits) {
        let has = |wanted: &[Trait]| traits.any(wanted.iter().copied().collect());
        let begins = has(&[
            Trait::CriticalSectionBegin,
            Trait::CriticalSection2Begin,
            Trait::CriticalSectionMutex,
            Trait::MutexLock,
        ]);
        let ends = has(&[Trait::CriticalSectionEnd, Trait::CriticalSection2End, Trait::MutexUnlock]);
        if !(begins || ends) {
            return;
        }
        let mut block = node;
        for _ in 0..NEAR {
            let Some(parent) = self.parent(block) else { return };
            // What is unsafe to call stands in a block that says so, often of its own.
            let found = block.kind() == "block" && parent.kind() != "unsafe_block";
            if found {
                break;
            }
            block = parent;
        }
        if block.kind() != "block" {
            return;
        }
        let end = block.end_byte();
        if begins {
            self.begun.push(end);
            self.locked.0.push(end);
        } else if self.begun.last() == Some(&end) {
            self.begun.pop();
            if let Some(at) = self.locked.0.iter().rposition(|one| *one == end) {
                self.locked.0.remove(at);
            }
        }
    }

    /// Who calls whom: a function that only set-up calls is set-up as well.
    fn call(&mut self, node: Node<'_>) {
        let Some(callee) = node.child_by_field_name("function") else { return };
        let callee = tail(text(self.code, callee));
        if let Some(name) = callee.rsplit(['.', ':']).next().filter(|name| name.len() < 80)
            && !self.functions.is_empty()
        {
            let once = self.once();
            let caller = self.functions.last().filter(|_| !once).map(|function| function.name.clone());
            let (from, to) = (node.start_position(), node.end_position());
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
            let at = (count(from.row), count(from.column), count(to.row), count(to.column));
            let locked = !self.locked.0.is_empty();
            let method = node
                .child_by_field_name("function")
                .is_some_and(|function| function.kind() == "field_expression");
            // What a method of a type's value is called on is anybody's.
            let of = callee.rsplit_once("::").filter(|_| !method).map_or("", |(of, _)| last_name(of));
            let of: String = of.chars().take(LONGEST).collect();
            // Of `std::env`, by its documentation safe only while there is one thread.
            if of == "env" && matches!(name, "set_var" | "remove_var") && !once && !locked {
                self.site("environment", name, node);
            }
            self.slice_of_view(name, node);
            self.pointer_handed(callee, node);
            if matches!(name, "allow_threads" | "detach") {
                self.method_detaches();
            }
            let fresh = node.child_by_field_name("arguments").map_or(0, |list| self.fresh(list));
            self.facts.calls.push(Call { method, callee: name.to_owned(), of, caller, locked, fresh, at });
        }
        if let Some(function) = node.child_by_field_name("function")
            && function.kind() == "field_expression"
        {
            self.cell_method(function, node);
            self.lent_bytes(function, node);
        }
        // `STATE.get_mut()` and `STATE.push(x)`.
        if let Some(function) = node.child_by_field_name("function")
            && function.kind() == "field_expression"
            && let (Some(of), Some(field)) =
                (function.child_by_field_name("value"), function.child_by_field_name("field"))
            && says_mut(text(self.code, field))
        {
            self.write(of, node);
        }
    }

    /// `addr_of_mut!(STATE)` is `&raw mut STATE`.
    fn address(&mut self, node: Node<'_>) {
        let named = node.child_by_field_name("macro").map(|name| last_name(text(self.code, name)));
        if named == Some("addr_of_mut")
            && let Some(tokens) = node.named_child(1).filter(|one| one.kind() == "token_tree")
            && let Some(first) = tokens.named_child(0).filter(|first| first.kind() == "identifier")
        {
            self.write(first, node);
        }
    }

    /// A name that is written, if it could be a static: those are in capitals.
    fn write(&mut self, target: Node<'_>, whole: Node<'_>) {
        let mut node = target;
        loop {
            let next = match node.kind() {
                "field_expression" => node.child_by_field_name("value"),
                "index_expression" | "parenthesized_expression" => node.named_child(0),
                // A method's own object.
                "self" => {
                    let kind = self.blocks.last().map(|block| block.kind.clone());
                    // Of what is lent to be changed, the change is told where it is made.
                    let assigned =
                        whole.kind() != "reference_expression" && whole.kind() != "call_expression";
                    if let Some(kind) = kind.filter(|_| assigned && self.locked.0.is_empty() && !self.once())
                    {
                        let place = self.place(whole);
                        self.facts.inner.push((kind, place));
                    }
                    return;
                }
                "unary_expression" => {
                    if let Some(met) = cells::dereferenced(node).and_then(|inner| self.cell(inner)) {
                        self.cell_changed(met, whole, whole.kind() == "assignment_expression");
                    }
                    return;
                }
                // What a pointer in a static points to is not the static.
                "identifier" => break,
                "scoped_identifier" => node.child_by_field_name("name"),
                _ => return,
            };
            match next {
                Some(next) => node = next,
                None => return,
            }
        }
        let name = text(self.code, node);
        if node != target {
            self.lent_changed(name, whole);
        }
        let capital = !name.is_empty() && !name.chars().any(|c| c.is_ascii_lowercase());
        if capital && !self.once() && self.locked.0.is_empty() && !self.functions.is_empty() {
            let place = self.place(whole);
            self.facts.writes.push((name.to_owned(), place));
        }
    }

    /// A function or field of the C API, called or read here, also inside a macro's arguments.
    fn name(&mut self, node: Node<'_>) {
        let name = text(self.code, node);
        let c_api = ["Py", "_Py", "ob_"].iter().any(|start| name.starts_with(start));
        if !c_api && !name.ends_with("refcnt") {
            return;
        }
        let traits = Knowledge::builtin().traits(name);
        if traits == Traits::default() || self.once() {
            return;
        }
        self.section(node, traits);
        if traits.has(Trait::ModuleState) && self.arguments(node).is_some() {
            self.state_of(node);
        }
        let has = |wanted: &[Trait]| traits.any(wanted.iter().copied().collect());
        if name.starts_with("ob_") {
            // In an initialiser the field must be named, whatever it means.
            let read = self.parent(node).is_some_and(|parent| parent.kind() == "field_expression");
            if read && has(&[Trait::RefcountField]) {
                self.site("refcount", name, node);
            }
            return;
        }
        let Some(arguments) = self.arguments(node) else { return };
        let first = head(arguments);
        let first = first.trim_start_matches('(').split([',', ')']).next().unwrap_or_default().trim();
        let own = self.functions.last().is_some_and(|function| function.fresh.iter().any(|one| one == first));
        let free = self.locked.0.is_empty() && !own;
        let borrows = [Trait::BorrowsFromContainer, Trait::ReadsListSlot, Trait::BorrowsFromWeakref];
        if free && has(&borrows) {
            self.lockable("borrowed", name, node, first);
        } else if free && has(&[Trait::ExposesMutableBuffer]) {
            self.lockable("buffer", name, node, first);
        } else if free && has(&[Trait::IteratesDict, Trait::IteratesSet]) {
            self.lockable("dict-iteration", name, node, first);
        } else if free && has(&[Trait::ReadsRefcount]) && !self.in_assertion(node) {
            self.site("refcount", name, node);
        }
        if !self.detached.0.is_empty() && has(&[Trait::NeedsThreadState]) {
            self.site("detached-call", name, node);
        }
    }
}

impl<'a> Walk<'a> {
    /// The arguments of the call whose function a name ends: the text from their bracket on.
    fn arguments(&self, node: Node<'_>) -> Option<&'a str> {
        let mut at = node;
        while let Some(parent) = self.parent(at) {
            match parent.kind() {
                // A macro is handed tokens, and a group that follows a name is a call for all one can tell.
                "token_tree" => {
                    let rest = self.code.get(at.end_byte()..)?.trim_start();
                    return rest.starts_with(['(', '[', '{']).then_some(rest);
                }
                "scoped_identifier" => at = parent,
                "field_expression" if parent.child_by_field_name("field") == Some(at) => at = parent,
                "call_expression" if parent.child_by_field_name("function") == Some(at) => {
                    return self.code.get(parent.child_by_field_name("arguments")?.start_byte()..);
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a name stands in the arguments of an assertion.
    fn in_assertion(&self, node: Node<'_>) -> bool {
        let mut at = node;
        for _ in 0..8 {
            let Some(parent) = self.parent(at) else { return false };
            let name = match parent.kind() {
                "macro_invocation" => parent.child_by_field_name("macro").map(|name| text(self.code, name)),
                // Inside another macro, an assertion is a name before the group.
                "token_tree" => {
                    let before = self.code.get(..parent.start_byte()).map(str::trim_end);
                    let name = before.and_then(|before| before.strip_suffix('!')).map(str::trim_end);
                    let word = |c: char| !(c.is_alphanumeric() || c == '_');
                    name.map(|name| tail(name).rsplit(word).next().unwrap_or_default())
                }
                _ => None,
            };
            if name.is_some_and(|name| name.contains("assert")) {
                return true;
            }
            at = parent;
        }
        false
    }
}

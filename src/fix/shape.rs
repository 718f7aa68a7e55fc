//! The shape of C code around a place, as far as an edit has to know it: statements, names, and ways out of a block.
//!
//! Works on tree-sitter's tree of the file as it is. A function whose tree has an error in it is never changed, nor is
//! one that uses a macro which may leave it: what a macro hides cannot be proved.

use std::collections::HashMap;

use tree_sitter::Node;

use crate::knowledge::edits::EditFacts;

/// A function with more nodes is not changed: what is proved of it is asked several times over.
const MOST: usize = 20_000;
/// A function with deeper nesting is not changed either.
const DEEPEST: u32 = 250;

/// A text with the facts it is read by.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    pub text: &'a [u8],
    pub facts: &'a EditFacts,
    pub macros: &'a Macros,
}

/// The file's own macros: whether what they stand for may leave a function or a loop.
pub(super) type Macros = HashMap<String, bool>;

/// Reads the file's macros.
pub(super) fn macros(root: Node<'_>, text: &[u8]) -> Macros {
    const LEAVES: [&str; 6] = ["return", "goto", "break", "continue", "longjmp", "__asm__"];
    let mut found = Macros::new();
    for node in below(root) {
        if !matches!(node.kind(), "preproc_def" | "preproc_function_def") {
            continue;
        }
        let Some(name) = node.child_by_field_name("name") else { continue };
        let body = node.child_by_field_name("value").map(|value| string(text, value)).unwrap_or_default();
        let words = body.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let leaves = words.into_iter().any(|word| LEAVES.contains(&word));
        *found.entry(string(text, name).to_owned()).or_default() |= leaves;
    }
    found
}

/// The function around a place, if its tree is whole and not too large to prove anything of.
pub(super) fn function(place: Node<'_>) -> Option<Node<'_>> {
    around(place, "function_definition").filter(|function| {
        !function.has_error() && function.descendant_count() <= MOST && !is_deep(*function, DEEPEST)
    })
}

/// Whether a tree is deeper than so many nodes. To ask a node for its parent costs its depth.
pub(super) fn is_deep(root: Node<'_>, deepest: u32) -> bool {
    let mut cursor = root.walk();
    loop {
        if cursor.depth() > deepest {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

/// All nodes of a subtree in order, without recursion. All of them: a name that was not seen would make a proof wrong.
pub(super) fn below(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut stack = vec![root];
    std::iter::from_fn(move || {
        let node = stack.pop()?;
        for at in (0..node.child_count()).rev() {
            stack.extend(node.child(at));
        }
        Some(node)
    })
}

pub(super) fn string<'a>(text: &'a [u8], node: Node<'_>) -> &'a str {
    text.get(node.byte_range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The nearest node of a kind around a node.
pub(super) fn around<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut at = node;
    while let Some(parent) = at.parent() {
        if parent.kind() == kind {
            return Some(parent);
        }
        at = parent;
    }
    None
}

/// Children that are no punctuation and no comments.
pub(super) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let count = u32::try_from(node.named_child_count()).unwrap_or(u32::MAX);
    (0..count).filter_map(|at| node.named_child(at)).filter(|child| child.kind() != "comment").collect()
}

/// The expression inside brackets and casts.
pub(super) fn bare(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    loop {
        let inner = match at.kind() {
            "parenthesized_expression" => named(at).first().copied(),
            "cast_expression" => at.child_by_field_name("value"),
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return at,
        }
    }
}

/// The outermost expression that is nothing but this one in brackets and casts.
pub(super) fn wrapped(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    while let Some(parent) = at.parent() {
        let same = parent.kind() == "parenthesized_expression"
            || (parent.kind() == "cast_expression" && parent.child_by_field_name("value") == Some(at));
        // The brackets of `while (…)` belong to the statement.
        let condition =
            parent.parent().is_some_and(|above| above.child_by_field_name("condition") == Some(parent));
        if !same || condition {
            break;
        }
        at = parent;
    }
    at
}

/// A block after one of its statements, and how control leaves it.
pub(super) struct Rest<'t> {
    /// Statements after it.
    pub statements: Vec<Node<'t>>,
    /// Statements that leave the block, in order.
    pub leaves: Vec<Node<'t>>,
    /// Whether its end is reached.
    pub ends: bool,
}

impl<'a> Code<'a> {
    pub fn of(&self, node: Node<'_>) -> &'a str {
        string(self.text, node)
    }

    /// The name and the arguments of a call.
    pub fn call<'t>(&self, node: Node<'t>) -> Option<(&'a str, Vec<Node<'t>>)> {
        if node.kind() != "call_expression" {
            return None;
        }
        let callee = node.child_by_field_name("function").filter(|callee| callee.kind() == "identifier")?;
        Some((self.of(callee), named(node.child_by_field_name("arguments")?)))
    }

    /// The blanks that a node's line begins with.
    pub fn indent(&self, node: Node<'_>) -> String {
        let start = self.line_start(node.start_byte());
        let line = self.text.get(start..node.start_byte()).unwrap_or_default();
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).map(|byte| char::from(*byte)).collect()
    }

    /// First byte of the line of a byte.
    pub fn line_start(&self, byte: usize) -> usize {
        let before = self.text.get(..byte).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(0, |at| at.saturating_add(1))
    }

    /// Byte after the line break that ends the line of a byte.
    pub fn line_end(&self, byte: usize) -> usize {
        let after = self.text.get(byte..).unwrap_or_default();
        memchr::memchr(b'\n', after).map_or(self.text.len(), |at| byte.saturating_add(at).saturating_add(1))
    }

    /// The file's line break.
    pub fn newline(&self) -> &'static str {
        let first = memchr::memchr(b'\n', self.text);
        let before = first.and_then(|at| self.text.get(at.checked_sub(1)?));
        if before == Some(&b'\r') { "\r\n" } else { "\n" }
    }

    /// The range of a statement with its whole lines, if nothing else stands on the first and last.
    pub fn whole_line(&self, node: Node<'_>) -> Option<(usize, usize)> {
        let (start, end) = (self.line_start(node.start_byte()), self.line_end(node.end_byte()));
        let before = self.text.get(start..node.start_byte())?;
        let after = self.text.get(node.end_byte()..end)?;
        let blank = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_whitespace);
        (blank(before) && blank(after)).then_some((start, end))
    }

    /// Whether an expression has the value of a variable: its name, or an assignment to it.
    fn is_value_of(&self, node: Node<'_>, name: &str) -> bool {
        let target = match node.kind() {
            "assignment_expression"
                if node.child_by_field_name("operator").is_some_and(|one| one.kind() == "=") =>
            {
                node.child_by_field_name("left")
            }
            _ => Some(node),
        };
        target.is_some_and(|target| target.kind() == "identifier" && self.of(target) == name)
    }

    /// Whether an expression is true exactly when `name` is NULL (`Some(true)`), when it is not (`Some(false)`).
    pub fn tests_null(&self, condition: Node<'_>, name: &str) -> Option<bool> {
        let condition = bare(condition);
        match condition.kind() {
            "identifier" | "assignment_expression" => self.is_value_of(condition, name).then_some(false),
            "unary_expression" => {
                let inner = bare(condition.child_by_field_name("argument")?);
                let not = condition.child_by_field_name("operator").is_some_and(|one| one.kind() == "!");
                (not && self.is_value_of(inner, name)).then_some(true)
            }
            "binary_expression" => {
                let (left, right) = (
                    bare(condition.child_by_field_name("left")?),
                    bare(condition.child_by_field_name("right")?),
                );
                let null = |node: Node<'_>| matches!(node.kind(), "null") || self.of(node) == "NULL";
                let this = |node: Node<'_>| self.is_value_of(node, name);
                if !((this(left) && null(right)) || (null(left) && this(right))) {
                    return None;
                }
                match condition.child_by_field_name("operator")?.kind() {
                    "==" => Some(true),
                    "!=" => Some(false),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether an expression can only be true when `name` is NULL: it says so, alone or with more.
    pub fn implies_null(&self, condition: Node<'_>, name: &str) -> bool {
        let mut stack = vec![condition];
        while let Some(one) = stack.pop() {
            let one = bare(one);
            if self.tests_null(one, name) == Some(true) {
                return true;
            }
            if one.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "&&") {
                stack.extend(one.child_by_field_name("left"));
                stack.extend(one.child_by_field_name("right"));
            }
        }
        false
    }

    /// Whether a statement always leaves: a jump, a macro that returns, or a block that ends with one.
    pub fn always_leaves(&self, statement: Node<'_>) -> bool {
        let mut at = statement;
        loop {
            match at.kind() {
                "return_statement" | "goto_statement" | "break_statement" | "continue_statement" => {
                    return true;
                }
                "expression_statement" => return self.is_return_macro(at),
                "compound_statement" => match named(at).last() {
                    Some(last) => at = *last,
                    None => return false,
                },
                _ => return false,
            }
        }
    }

    fn is_return_macro(&self, statement: Node<'_>) -> bool {
        let inner = named(statement);
        matches!(inner.as_slice(), [one] if one.kind() == "identifier"
            && self.facts.counts.returns.iter().any(|name| name == self.of(*one)))
    }

    /// Whether a name may hide a way out: a macro of the file that has one, or one that the file does not define.
    fn may_leave(&self, name: &str) -> bool {
        if let Some(leaves) = self.macros.get(name) {
            return *leaves;
        }
        let counts = &self.facts.counts;
        if counts.may_return.iter().any(|one| one == name) || matches!(name, "setjmp" | "longjmp") {
            return true;
        }
        let shouts = name.len() > 1
            && name.bytes().any(|byte| byte.is_ascii_uppercase())
            && !name.bytes().any(|byte| byte.is_ascii_lowercase());
        shouts && name != "NULL"
    }

    /// What follows a statement in its block, with the statement itself if `inclusive`; `None` where ways out cannot be
    /// told for certain.
    pub fn rest<'t>(&self, statement: Node<'t>, inclusive: bool) -> Option<Rest<'t>> {
        let block = statement.parent().filter(|block| block.kind() == "compound_statement")?;
        let from = if inclusive { statement.start_byte() } else { statement.end_byte() };
        let statements: Vec<Node<'t>> =
            named(block).into_iter().filter(|one| one.start_byte() >= from).collect();
        let mut leaves = Vec::new();
        for one in &statements {
            self.ways_out(*one, block, &mut leaves)?;
        }
        let ends = !statements.last().is_some_and(|last| self.always_leaves(*last));
        Some(Rest { statements, leaves, ends })
    }

    /// Adds what in a statement leaves `block`; `None` where that cannot be told.
    pub fn ways_out<'t>(
        &self,
        statement: Node<'t>,
        block: Node<'t>,
        leaves: &mut Vec<Node<'t>>,
    ) -> Option<()> {
        for node in below(statement) {
            match node.kind() {
                "return_statement" | "goto_statement" => leaves.push(node),
                "break_statement" | "continue_statement" if leaves_block(node, block) => leaves.push(node),
                "labeled_statement" | "gnu_asm_expression" | "ERROR" | "seh_try_statement" => return None,
                "case_statement" if !inside(node, "switch_statement", block) => return None,
                // A branch that only some builds compile may hold half of a way out.
                kind if kind.starts_with("preproc_") => return None,
                "expression_statement" if self.is_return_macro(node) => leaves.push(node),
                "call_expression" => {
                    let callee = node.child_by_field_name("function")?;
                    if callee.kind() == "identifier" && self.may_leave(self.of(callee)) {
                        return None;
                    }
                }
                "identifier" => {
                    // A macro without arguments that stands as a statement.
                    let alone = node.parent().is_some_and(|parent| parent.kind() == "expression_statement");
                    let known = self.facts.counts.returns.iter().any(|name| name == self.of(node));
                    if alone && !known && self.may_leave(self.of(node)) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Whether a word stands in the file.
    pub fn mentions(&self, word: &str) -> bool {
        memchr::memmem::find(self.text, word.as_bytes()).is_some()
    }
}

/// Whether the loop or switch that a `break` or `continue` is for lies around the block, not within.
fn leaves_block(jump: Node<'_>, block: Node<'_>) -> bool {
    let loops = ["while_statement", "for_statement", "do_statement"];
    let mut at = jump;
    while let Some(parent) = at.parent() {
        if parent == block {
            return true;
        }
        let kind = parent.kind();
        if loops.contains(&kind) || (kind == "switch_statement" && jump.kind() == "break_statement") {
            return false;
        }
        at = parent;
    }
    true
}

/// Whether a node of a kind lies between a node and a block.
fn inside(node: Node<'_>, kind: &str, block: Node<'_>) -> bool {
    let mut at = node;
    while let Some(parent) = at.parent() {
        if parent == block {
            return false;
        }
        if parent.kind() == kind {
            return true;
        }
        at = parent;
    }
    false
}

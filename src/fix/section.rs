//! Puts a walk over a dict or set into its critical section.
//!
//! The macros open and close a block, so nothing may jump out of the walk but its own `break`; and the object is named
//! twice, so it must be a plain name or field that the walk does not assign.

use tree_sitter::Node;

use super::edit::Edit;
use super::shape::{Code, below, function};
use super::{Change, Project};

/// The change, if the shape allows it.
pub(super) fn change(code: Code<'_>, call: Node<'_>, project: &Project) -> Option<Change> {
    let (_, arguments) = code.call(call)?;
    let container = *arguments.first()?;
    let plain = below(container).all(|node| {
        matches!(node.kind(), "identifier" | "field_expression" | "field_identifier" | "->" | ".")
    });
    if !plain {
        return None;
    }
    let walk = call.parent()?.parent().filter(|walk| walk.kind() == "while_statement")?;
    if super::shape::bare(walk.child_by_field_name("condition")?) != call {
        return None;
    }
    let block = walk.parent().filter(|block| block.kind() == "compound_statement")?;
    function(call)?;
    let mut leaves = Vec::new();
    code.ways_out(walk, block, &mut leaves)?;
    let name = code.of(container);
    let base = name.split(['-', '.']).next().unwrap_or(name);
    let assigned = below(walk).any(|node| {
        let target = match node.kind() {
            "assignment_expression" => node.child_by_field_name("left"),
            "update_expression" => node.child_by_field_name("argument"),
            "pointer_expression" => node
                .child_by_field_name("argument")
                .filter(|_| node.child_by_field_name("operator").is_some_and(|one| one.kind() == "&")),
            _ => None,
        };
        target.is_some_and(|target| [name, base].contains(&code.of(target)))
    });
    let (first, last) = code.whole_line(walk).filter(|_| leaves.is_empty() && !assigned)?;
    let section = &code.facts.section;
    let (indent, newline) = (code.indent(walk), code.newline());
    let edits = vec![
        Edit::put(first, format!("{indent}{}({name});{newline}", section.begin)),
        Edit::put(last, format!("{indent}{}();{newline}", section.end)),
    ];
    let (safe, needs) = project.has(&section.since, true, code);
    let what = code.facts.words.critical_section.replace("{container}", name);
    Some(Change { safe, what: what + &needs, edits })
}

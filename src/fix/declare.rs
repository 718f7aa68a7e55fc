//! Makes a module declare that it runs without the GIL. A promise of its author, so never a safe change.
//!
//! The finding stands where the declaration would: at the slot array, at the call that makes the module, at a binding
//! library's macro, at the attribute of a Rust module, or at the head of a Cython file.

use tree_sitter::Node;

use super::Change;
use super::edit::Edit;
use super::shape::{Code, around, below, named, wrapped};

/// The change of a C or C++ file at a place, if the shape allows it.
pub(super) fn in_c(code: Code<'_>, root: Node<'_>, place: (usize, usize)) -> Option<Change> {
    let edits = in_slots(code, root, place)
        .or_else(|| after_create(code, root, place))
        .or_else(|| in_maker(code, root, place))?;
    Some(Change { safe: false, what: code.facts.words.declare.clone(), edits })
}

/// Before the entry that ends a slot array.
fn in_slots(code: Code<'_>, root: Node<'_>, place: (usize, usize)) -> Option<Vec<Edit>> {
    let list = below(root).find(|node| {
        node.kind() == "initializer_list" && node.start_byte() >= place.0 && node.start_byte() < place.1
    })?;
    if list.has_error() {
        return None;
    }
    let entries: Vec<Node<'_>> =
        below(list).filter(|node| node.parent() == Some(list) && node.is_named()).collect();
    let end = entries.iter().rev().find(|node| node.kind() != "comment")?;
    let first = named(*end).first().copied().filter(|_| end.kind() == "initializer_list")?;
    if code.of(first) != "0" {
        return None;
    }
    let (indent, newline) = (code.indent(*end), code.newline());
    let (guard, slot) = (&code.facts.declare.guard, &code.facts.declare.slot);
    let start = code.line_start(end.start_byte());
    let before = code.text.get(start..end.start_byte())?;
    if before.iter().all(u8::is_ascii_whitespace) {
        let text = format!("#ifdef {guard}{newline}{indent}{slot},{newline}#endif{newline}");
        return Some(vec![Edit::put(start, text)]);
    }
    // The end stands behind other entries on its line.
    let text =
        format!("{newline}#ifdef {guard}{newline}{indent}    {slot},{newline}#endif{newline}{indent}    ");
    Some(vec![Edit::put(end.start_byte(), text)])
}

/// After the call that makes a module in one phase.
fn after_create(code: Code<'_>, root: Node<'_>, place: (usize, usize)) -> Option<Vec<Edit>> {
    let call = below(root).find(|node| {
        node.start_byte() == place.0
            && code
                .call(*node)
                .is_some_and(|(name, _)| code.facts.declare.create.iter().any(|one| one == name))
    })?;
    around(call, "function_definition").filter(|function| !function.has_error())?;
    let value = wrapped(call);
    let parent = value.parent()?;
    let newline = code.newline();
    let guard = &code.facts.declare.guard;
    let said = |module: &str| code.facts.declare.call.replace("{module}", module);
    let guarded = |indent: &str, module: &str| {
        let step = if indent.starts_with('\t') { "\t" } else { "    " };
        format!(
            "#ifdef {guard}{newline}{indent}if ({module} != NULL) {{{newline}{indent}{step}{};{newline}{indent}}}{newline}#endif{newline}",
            said(module)
        )
    };
    if parent.kind() == "return_statement" {
        let (start, end) = code.whole_line(parent)?;
        let indent = code.indent(parent);
        let block = parent.parent().filter(|block| block.kind() == "compound_statement")?;
        let taken = below(block).any(|node| node.kind() == "identifier" && code.of(node) == "module");
        let name = if taken { "declared_module" } else { "module" };
        let text = format!(
            "{indent}PyObject *{name} = {};{newline}{}{indent}return {name};{newline}",
            code.of(call),
            guarded(&indent, name)
        );
        return Some(vec![Edit::new(start, end, text)]);
    }
    let (name, statement) = match parent.kind() {
        "init_declarator" => {
            let mut name = parent.child_by_field_name("declarator")?;
            while let Some(inner) = name.child_by_field_name("declarator") {
                name = inner;
            }
            (name, parent.parent().filter(|one| one.kind() == "declaration")?)
        }
        "assignment_expression" => {
            let statement = parent.parent()?;
            match statement.kind() {
                "expression_statement" => (parent.child_by_field_name("left")?, statement),
                // `if ((m = PyModule_Create(…)) == NULL) return NULL;`
                _ => (parent.child_by_field_name("left")?, around(parent, "if_statement")?),
            }
        }
        _ => return None,
    };
    // A branch of the preprocessor among statements is as good a place as the block around it.
    let holder = statement.parent()?.kind();
    if name.kind() != "identifier" || !(holder == "compound_statement" || holder.starts_with("preproc_")) {
        return None;
    }
    let module = code.of(name);
    let (_, end) = code.whole_line(statement)?;
    let indent = code.indent(statement);
    // In C89 declarations stand first; the test for NULL that follows them is where statements begin.
    let mut next = statement.next_named_sibling();
    let mut at = end;
    while let Some(one) = next.filter(|one| matches!(one.kind(), "comment" | "declaration")) {
        at = code.whole_line(one)?.1;
        next = one.next_named_sibling();
    }
    let tested = next.filter(|one| one.kind() == "if_statement").filter(|one| {
        let null = one.child_by_field_name("condition").and_then(|test| code.tests_null(test, module));
        let leaves = one.child_by_field_name("consequence").is_some_and(|branch| code.always_leaves(branch));
        null == Some(true) && leaves && one.child_by_field_name("alternative").is_none()
    });
    let text = match tested {
        Some(test) => {
            at = code.whole_line(test)?.1;
            format!("#ifdef {guard}{newline}{indent}{};{newline}#endif{newline}", said(module))
        }
        None if statement.kind() == "if_statement" => {
            let branch = statement.child_by_field_name("consequence")?;
            if !code.always_leaves(branch) || statement.child_by_field_name("alternative").is_some() {
                return None;
            }
            format!("#ifdef {guard}{newline}{indent}{};{newline}#endif{newline}", said(module))
        }
        None => guarded(&indent, module),
    };
    Some(vec![Edit::put(at, text)])
}

/// As one more argument of a binding library's macro.
fn in_maker(code: Code<'_>, root: Node<'_>, place: (usize, usize)) -> Option<Vec<Edit>> {
    let text = code.text.get(place.0..place.1).and_then(|bytes| std::str::from_utf8(bytes).ok())?;
    let maker = code.facts.declare.maker.iter().find(|one| {
        text.strip_prefix(one.r#macro.as_str()).is_some_and(|rest| rest.trim_start().starts_with('('))
    })?;
    let close = place.1.checked_sub(1).filter(|at| code.text.get(*at) == Some(&b')'))?;
    // What authors usually call the namespace.
    let alias = below(root).find_map(|node| {
        let name =
            node.child_by_field_name("name").filter(|_| node.kind() == "namespace_alias_definition")?;
        let target = named(node).last().copied()?;
        (code.of(target) == maker.namespace).then(|| code.of(name))
    });
    let text = format!(", {}::{}", alias.unwrap_or(&maker.namespace), maker.argument);
    Some(vec![Edit::put(close, text)])
}

/// The change of a Rust file: an argument of the attribute that makes the module.
pub(super) fn in_rust(code: Code<'_>, root: Node<'_>, place: (usize, usize)) -> Option<Change> {
    let attribute = below(root)
        .filter(|node| {
            node.kind() == "attribute_item" && node.end_byte() > place.0 && node.start_byte() < place.1
        })
        .chain(
            below(root).filter(|node| node.kind() == "attribute_item" && node.end_byte() <= place.0).last(),
        )
        .find(|node| code.of(*node).contains("pymodule"))?;
    let text = code.of(attribute);
    let option = &code.facts.declare.rust;
    if text.contains(option.split_whitespace().next()?) {
        return None;
    }
    let close = attribute.end_byte().checked_sub(1)?;
    let edit = match text.strip_suffix(")]") {
        None => Edit::put(close, format!("({option})")),
        Some(inner) if inner.ends_with('(') => Edit::put(close.checked_sub(1)?, option.clone()),
        Some(_) => Edit::put(close.checked_sub(1)?, format!(", {option}")),
    };
    Some(Change { safe: false, what: code.facts.words.declare.clone(), edits: vec![edit] })
}

/// The change of a Cython file: a directive among the comments at its head.
pub(super) fn in_cython(text: &[u8], facts: &crate::knowledge::edits::EditFacts) -> Option<Change> {
    let newline = if memchr::memmem::find(text, b"\r\n").is_some() { "\r\n" } else { "\n" };
    // An encoding counts on the first two lines only, so the directive goes below what stands there.
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    for _ in 0..2 {
        let line_end =
            memchr::memchr(b'\n', text.get(at..)?).map(|end| at.saturating_add(end).saturating_add(1));
        let Some(end) = line_end else { break };
        let line = text.get(at..end)?;
        if line.starts_with(b"#!")
            || (line.starts_with(b"#") && memchr::memmem::find(line, b"coding").is_some())
        {
            at = end;
        }
    }
    let edit = Edit::put(at, format!("{}{newline}", facts.declare.cython));
    Some(Change { safe: false, what: facts.words.declare.clone(), edits: vec![edit] })
}

//! The paths from what was asked for to what stands in the way, as a tree.
//!
//! Only packages on such a path are drawn. A package that was drawn before under the same requirement is named again
//! and not opened again, so that rings of dependencies end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::document::verdict_name;
use super::text::plain;
use super::{Document, Package};
use crate::model::Verdict;

/// Whether a package keeps the set from running without the GIL as it is.
pub(super) fn blocks(package: &Package) -> bool {
    !matches!(package.verdict, Verdict::Ready | Verdict::PurePython)
}

/// A package that another one needs, with the words it is asked for in.
type Children<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<String>>>;

/// Draws the tree; empty if nothing stands in the way.
pub(super) fn write(out: &mut String, document: &Document) -> std::fmt::Result {
    let mut by_name: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    let mut children = Children::new();
    for package in &document.packages {
        by_name.entry(&package.name).or_default().push(package);
        for by in &package.required_by {
            let through = by.extra.as_ref().map(|extra| format!(" (through {}[{extra}])", by.name));
            let text = format!("{}{}", by.requirement, through.unwrap_or_default());
            children.entry(&by.name).or_default().entry(&package.name).or_default().insert(text);
        }
    }
    let on_path = leading_to_blockers(document);
    if on_path.is_empty() {
        return writeln!(out, "Nothing that was looked at stands in the way.\n");
    }
    let needed: BTreeSet<&str> = document
        .packages
        .iter()
        .filter(|one| !one.required_by.is_empty())
        .map(|one| one.name.as_str())
        .collect();
    for (name, packages) in by_name.iter().filter(|(name, _)| on_path.contains(*name)) {
        let mut asked: Vec<&str> =
            packages.iter().flat_map(|one| one.requested_by.iter().map(String::as_str)).collect();
        // In a lock all have a line; those nobody needs are the direct ones.
        let direct = !needed.contains(name) || asked.iter().any(|place| !place.contains(".lock:"));
        if !direct {
            continue;
        }
        asked.sort_unstable();
        asked.dedup();
        let places = if asked.is_empty() { String::new() } else { format!("  ({})", asked.join(", ")) };
        writeln!(out, "{}{}", label(name, &by_name), plain(&places))?;
        branch(out, name, &by_name, &children, &on_path)?;
    }
    writeln!(out)
}

/// Names of blockers, and of everything that needs one in the end.
fn leading_to_blockers(document: &Document) -> BTreeSet<&str> {
    let mut requirers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &document.packages {
        let by = package.required_by.iter().map(|by| by.name.as_str());
        requirers.entry(&package.name).or_default().extend(by);
    }
    let blockers = document.packages.iter().filter(|one| blocks(one)).map(|one| one.name.as_str());
    let mut found: BTreeSet<&str> = blockers.collect();
    let mut queue: VecDeque<&str> = found.iter().copied().collect();
    while let Some(name) = queue.pop_front() {
        for by in requirers.get(name).into_iter().flatten() {
            if found.insert(by) {
                queue.push_back(by);
            }
        }
    }
    found
}

/// Name, versions, and the verdict where it stands in the way.
fn label(name: &str, by_name: &BTreeMap<&str, Vec<&Package>>) -> String {
    let packages = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
    let versions: Vec<&str> = packages.iter().filter_map(|one| one.version.as_deref()).collect();
    let verdicts: BTreeSet<&str> =
        packages.iter().filter(|one| blocks(one)).map(|one| verdict_name(one.verdict)).collect();
    let mut text = name.to_owned();
    for part in [versions.join(", "), verdicts.into_iter().collect::<Vec<_>>().join(", ")] {
        if !part.is_empty() {
            text.push_str(if text.len() == name.len() { " " } else { "  " });
            text.push_str(&part);
        }
    }
    plain(&text)
}

fn branch(
    out: &mut String,
    root: &str,
    by_name: &BTreeMap<&str, Vec<&Package>>,
    children: &Children<'_>,
    on_path: &BTreeSet<&str>,
) -> std::fmt::Result {
    let below = |name: &str| -> Vec<(&str, String)> {
        let all = children.get(name).into_iter().flatten();
        let drawn = all.filter(|(name, _)| on_path.contains(*name) && by_name.contains_key(*name));
        drawn.map(|(name, texts)| (*name, texts.iter().cloned().collect::<Vec<_>>().join(", "))).collect()
    };
    let mut opened: BTreeSet<String> = [root.to_owned()].into();
    // What is still to be drawn, the next one last: the package, how it is asked for, the lines before it, and
    // whether it is the last of its kind.
    let mut todo: Vec<(&str, String, String, bool)> = Vec::new();
    let push = |todo: &mut Vec<_>, name: &str, indent: &str| {
        let mut first = true;
        for (child, text) in below(name).into_iter().rev() {
            todo.push((child, text, indent.to_owned(), first));
            first = false;
        }
    };
    push(&mut todo, root, "");
    while let Some((name, text, indent, last)) = todo.pop() {
        let new = opened.insert(name.to_owned());
        let again = if new || below(name).is_empty() { "" } else { " …" };
        let corner = if last { "└── " } else { "├── " };
        writeln!(out, "{indent}{corner}{}  [{}]{again}", label(name, by_name), plain(&text))?;
        if new {
            let indent = format!("{indent}{}", if last { "    " } else { "│   " });
            push(&mut todo, name, &indent);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Requirer, sample};
    use super::*;

    fn by(name: &str, requirement: &str) -> Requirer {
        Requirer { name: name.to_owned(), extra: None, requirement: requirement.to_owned() }
    }

    #[test]
    fn paths_lead_from_what_was_asked_for_to_what_stands_in_the_way() {
        let mut document = sample::document();
        for package in &mut document.packages {
            match package.name.as_str() {
                "slow" => {
                    package.requested_by.clear();
                    package.required_by = vec![by("six", "slow>=2"), by("numpy", "slow")];
                }
                // A ring.
                "six" => package.required_by = vec![by("slow", "six")],
                _ => {}
            }
        }
        let mut out = String::new();
        write(&mut out, &document).expect("written");
        insta::assert_snapshot!(out);
    }
}

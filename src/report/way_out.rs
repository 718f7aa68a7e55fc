//! What would make the set ready: per package, and as a list to paste.

use std::fmt::Write as _;

use super::text::plain;
use super::{Change, Document};

/// Writes the section; nothing if nothing was looked for.
pub(super) fn write(out: &mut String, document: &Document) -> std::fmt::Result {
    let looked: Vec<_> =
        document.packages.iter().filter_map(|one| Some((one, one.way_out.as_ref()?))).collect();
    if looked.is_empty() {
        return Ok(());
    }
    writeln!(out, "The way out:")?;
    for (package, way) in looked {
        let title = format!("{} {}", package.name, package.version.as_deref().unwrap_or_default());
        writeln!(out, "  {}: {}", plain(title.trim_end()), plain(&way.note))?;
        for line in &way.forbidden_by {
            writeln!(out, "    but {}", plain(line))?;
        }
    }
    if !document.changes.is_empty() {
        writeln!(out, "\nAsk for:")?;
        for change in &document.changes {
            let replaces = match change.replaces.as_slice() {
                [] => String::new(),
                lines => format!("  # instead of {}", lines.join(", ")),
            };
            writeln!(out, "  {}{}", plain(&change.requirement), plain(&replaces))?;
        }
    }
    writeln!(out)
}

/// The changes as a file of constraints.
pub fn constraints(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes {
        for line in &change.replaces {
            let _ = writeln!(out, "# instead of {}", plain(line));
        }
        let _ = writeln!(out, "# {}\n{}", plain(&change.why), plain(&change.requirement));
    }
    out
}

//! Several targets side by side: which file each would install, and what comes of it.
//!
//! A target that silently gets less than another, a pure-Python wheel or an sdist where others get a compiled wheel,
//! is pointed out: nothing fails there, it is just slower, or is built on the spot.

use comfy_table::{Attribute, Cell, Color, Table};

use super::document::verdict_name;
use super::text::{plain, verdict_color};
use super::{ByTarget, Document, Package};

/// What a file is to who installs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compiled,
    Pure,
    Sdist,
    Nothing,
}

fn kind(installs: Option<&str>) -> Kind {
    match installs {
        None => Kind::Nothing,
        Some(name) => match name.strip_suffix(".whl") {
            Some(stem) if stem.ends_with("-none-any") => Kind::Pure,
            Some(_) => Kind::Compiled,
            None => Kind::Sdist,
        },
    }
}

/// Targets that get less than others, one sentence each.
pub(super) fn fall_backs(package: &Package) -> Vec<String> {
    let kinds: Vec<Kind> = package.by_target.iter().map(|row| kind(row.installs.as_deref())).collect();
    let best = package.by_target.iter().find(|row| kind(row.installs.as_deref()) == Kind::Compiled);
    let Some(best) = best else { return Vec::new() };
    let told = package.by_target.iter().zip(kinds).filter_map(|(row, kind)| {
        let what = match kind {
            Kind::Pure => "falls back to the pure-Python wheel",
            Kind::Sdist => "falls back to building the sdist",
            Kind::Compiled | Kind::Nothing => return None,
        };
        let others = format!("{} gets a compiled wheel", place(best));
        Some(format!("{} on {} {what}, where {others}", package.name, place(row)))
    });
    told.collect()
}

fn place(row: &ByTarget) -> String {
    format!("{} {}", row.python, row.platform)
}

/// The table of packages by targets, and the fall-backs below it. `color` as for the other table.
pub(super) fn write(out: &mut String, document: &Document, color: bool) -> std::fmt::Result {
    use std::fmt::Write as _;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.force_no_tty();
    if color {
        table.enforce_styling();
    }
    let targets = document.targets.iter().map(|target| format!("{} {}", target.python, target.platform));
    let heads = std::iter::once("package".to_owned()).chain(targets);
    table.set_header(heads.map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    for package in document.worst_first() {
        let title = match &package.version {
            Some(version) => format!("{} {version}", package.name),
            None => package.name.clone(),
        };
        let mut cells = vec![Cell::new(plain(&title))];
        for target in &document.targets {
            let row = package
                .by_target
                .iter()
                .find(|row| row.python == target.python && row.platform == target.platform);
            cells.push(match row {
                None => Cell::new("-").fg(Color::Reset),
                Some(row) => {
                    let file = super::text::installed_kind(row.installs.as_deref());
                    Cell::new(plain(&format!("{} ({file})", verdict_name(row.verdict))))
                        .fg(verdict_color(row.verdict))
                }
            });
        }
        table.add_row(cells);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let told: Vec<String> = document.packages.iter().flat_map(fall_backs).collect();
    for line in &told {
        writeln!(out, "{}.", plain(line))?;
    }
    if !told.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{TargetRow, sample};
    use super::*;

    #[test]
    fn targets_stand_side_by_side_and_fall_backs_are_pointed_out() {
        let mut document = sample::document();
        let other = TargetRow { python: "3.15t".to_owned(), platform: "win_amd64".to_owned() };
        document.targets.push(other.clone());
        for package in document.packages.iter_mut().filter(|one| one.name != "gone") {
            let Some(mut row) = package.by_target.first().cloned() else { continue };
            (row.python, row.platform) = (other.python.clone(), other.platform.clone());
            row.installs = match package.name.as_str() {
                "numpy" => Some("numpy-2.5.5.tar.gz".to_owned()),
                "slow" => Some("slow-2.5.5-py3-none-any.whl".to_owned()),
                _ => row.installs,
            };
            package.by_target.push(row);
        }
        let mut out = String::new();
        write(&mut out, &document, false).expect("written");
        insta::assert_snapshot!(out);
    }
}

//! What of a package's sources is not its authors', and what to do about the generators among it.

use super::Package;
use super::text::plain;
use crate::model::Attributed;

/// How many generators and libraries are named.
const NAMED: usize = 8;

/// Sentences about one package: who else wrote files of it, then what to do, a line each.
pub(super) fn lines(package: &Package) -> Vec<String> {
    let rows: Vec<&Attributed> = package.artifacts.iter().flat_map(|one| &one.attributed).collect();
    let files: u64 = rows.iter().map(|row| row.files).fold(0, u64::saturating_add);
    if files == 0 {
        return Vec::new();
    }
    let mut most: Vec<&&Attributed> = rows.iter().collect();
    most.sort_by(|a, b| (b.advice.is_some(), b.files, &a.name).cmp(&(a.advice.is_some(), a.files, &b.name)));
    let mut named: Vec<String> =
        most.iter().take(NAMED).map(|row| format!("{} ({})", title(row), row.files)).collect();
    let more = rows.len().saturating_sub(named.len());
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let noun = if files == 1 { "source file is" } else { "source files are" };
    let mut lines = vec![plain(&format!(
        "{files} {noun} generated or vendored, and not held against the authors: {}.",
        named.join(", ")
    ))];
    lines.extend(rows.iter().filter_map(|row| {
        let advice = row.advice.as_deref()?;
        let more = match row.files {
            0 | 1 => String::new(),
            n => format!(" and {} more", n.saturating_sub(1)),
        };
        Some(plain(&format!("{}{more}: {advice}.", row.path)))
    }));
    lines
}

/// A generator with its version.
pub(super) fn title(row: &Attributed) -> String {
    match &row.version {
        Some(version) => format!("{} {version}", row.name),
        None => row.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn generators_are_named_with_what_to_do_about_them() {
        let mut document = sample::document();
        let package = &mut document.packages[0];
        assert_eq!(lines(package), Vec::<String>::new());
        let row = |name: &str, version: Option<&str>, files, advice: Option<&str>| Attributed {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            files,
            path: format!("src/{name}.c"),
            advice: advice.map(str::to_owned),
        };
        let mut artifact = package.artifacts[0].clone();
        artifact.attributed = vec![
            row("sqlite", Some("3.45"), 2, None),
            row("swig", Some("4.2.1"), 3, Some("take SWIG 4.4")),
            row("zstd", None, 40, None),
        ];
        package.artifacts = vec![artifact];
        assert_eq!(
            lines(package),
            [
                "45 source files are generated or vendored, and not held against the authors: \
                 swig 4.2.1 (3), zstd (40), sqlite 3.45 (2).",
                "src/swig.c and 2 more: take SWIG 4.4.",
            ]
        );
    }
}

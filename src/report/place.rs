//! Where a finding lies as its reader names the file: from where ungil was started, not from the tree's own root.

use super::{Document, Package};
use crate::model::{ArtifactKind, Finding};

/// The path of a file of an artifact: below the folder that was given for a tree, as the project calls it for an sdist.
pub fn shown_path(package: &Package, artifact: &str, path: &str) -> String {
    let of_wheel =
        package.artifacts.iter().any(|one| one.kind == ArtifactKind::Wheel && one.filename == artifact);
    if of_wheel {
        return if path == artifact { path.to_owned() } else { format!("{artifact}/{path}") };
    }
    let tree = package.artifacts.iter().any(|one| one.kind == ArtifactKind::Tree && one.filename == artifact);
    if !tree {
        return path.to_owned();
    }
    let root = artifact.replace('\\', "/");
    let root = root.trim_end_matches('/');
    if root == path || root.ends_with(&format!("/{path}")) {
        return root.trim_start_matches("./").to_owned();
    }
    match root.trim_start_matches("./") {
        "" | "." => path.to_owned(),
        root => format!("{root}/{path}"),
    }
}

/// A finding with what a reader needs to find it.
#[derive(Debug, Clone)]
pub(super) struct Placed<'a> {
    /// Whose it is.
    pub package: &'a Package,
    /// The finding.
    pub finding: &'a Finding,
    /// Its file, as the reader names it.
    pub path: String,
}

/// The findings that count, or all that are the author's own code, by path and place. A place that several artifacts
/// show (a tree and its sdist) is one.
pub(super) fn placed(document: &Document, accepted_too: bool) -> Vec<Placed<'_>> {
    let mut all: Vec<Placed<'_>> = document
        .packages
        .iter()
        .flat_map(|package| {
            let own = move |one: &&Finding| {
                if accepted_too { one.origin.is_none() } else { one.counts() }
            };
            package.findings.iter().filter(own).map(move |finding| Placed {
                package,
                finding,
                path: shown_path(package, &finding.artifact, &finding.location.path),
            })
        })
        .collect();
    all.sort_by(|a, b| {
        let key = |one: &Placed<'_>| (one.finding.location.line, one.finding.location.column);
        (&a.path, key(a), &a.finding.rule).cmp(&(&b.path, key(b), &b.finding.rule))
    });
    all.dedup_by(|a, b| {
        a.path == b.path
            && a.finding.location == b.finding.location
            && a.finding.rule == b.finding.rule
            && a.finding.message == b.finding.message
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Artifact;
    use crate::report::sample;

    #[test]
    fn a_file_of_a_tree_is_named_from_where_ungil_was_started() {
        let mut package = sample::document().packages.remove(0);
        for (root, path, shown) in [
            (".", "a/x.c", "a/x.c"),
            ("./sub/", "a/x.c", "sub/a/x.c"),
            ("sub", "x.c", "sub/x.c"),
            ("sub/x.c", "x.c", "sub/x.c"),
            ("/abs/tree", "x.c", "/abs/tree/x.c"),
        ] {
            package.artifacts = vec![Artifact {
                filename: root.into(),
                kind: ArtifactKind::Tree,
                sha256: None,
                tags: Vec::new(),
                usable_on: Vec::new(),
                modules: Vec::new(),
                attributed: Vec::new(),
            }];
            assert_eq!(shown_path(&package, root, path), shown);
        }
        assert_eq!(shown_path(&package, "a-1.tar.gz", "x.c"), "x.c");
    }
}

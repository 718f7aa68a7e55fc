//! Decides which scanner reads a member, and puts together what they saw of one artifact.
//!
//! Members go in one by one, on any thread and in any order; an [`Observed`] comes out, which knows no target.
//! Nothing here returns a `Result`: what goes wrong while looking is a gap in the value. Of a wheel only the
//! binaries and its own metadata matter, of an sdist or a tree also the sources.

use crate::binary;
use crate::knowledge::Knowledge;
use crate::model::{Gap, Hides, Member, MemberPath, Observed};
use crate::packaging;
use crate::rules::RuleSet;
use crate::source::{self, FileSeen};

/// What one member showed.
#[derive(Debug, Clone)]
pub enum Seen {
    /// All there is to say about it.
    Whole(Box<Observed>),
    /// A file whose meaning may depend on others of the same artifact.
    Source(Box<FileSeen>),
}

/// Whether a member of a wheel is worth reading.
pub fn wheel_wants(path: &MemberPath) -> bool {
    binary::importable_from_wheel(path)
        || matches!(packaging::dist_info_file(path), Some("METADATA" | "WHEEL"))
}

/// Whether a member of an sdist or a file of a tree is worth reading.
///
/// Binaries among tests are data of the tests: they are not installed, and often broken on purpose.
pub fn source_wants(path: &MemberPath) -> bool {
    source::wants(path) || path.as_str() == "PKG-INFO" || (binary::wants(path) && !source::among_tests(path))
}

/// Reads one member.
pub fn member(member: &Member<'_>, known: &Knowledge, rules: &RuleSet) -> Seen {
    if binary::wants(member.path) {
        return Seen::Whole(Box::new(binary::file(member, known)));
    }
    let of_wheel = packaging::dist_info_file(member.path);
    if member.path.as_str() == "PKG-INFO" || of_wheel == Some("METADATA") {
        return Seen::Whole(Box::new(metadata(member)));
    }
    if of_wheel == Some("WHEEL") {
        let wheel_tags = packaging::wheel_file(member.bytes).tags;
        return Seen::Whole(Box::new(Observed { wheel_tags, ..Observed::default() }));
    }
    Seen::Source(Box::new(source::file(member, known, rules)))
}

fn metadata(member: &Member<'_>) -> Observed {
    match packaging::metadata(member.bytes) {
        Ok(metadata) => Observed { metadata: Some(metadata), ..Observed::default() },
        Err(error) => {
            let gap = Gap::new(member.path.as_str(), Hides::Nothing, error.to_string());
            Observed { gaps: vec![gap], ..Observed::default() }
        }
    }
}

/// Joins what the members of one artifact showed, in the order of the report.
pub fn join(seen: Vec<Seen>, gaps: Vec<Gap>, filename: &str, known: &Knowledge, rules: &RuleSet) -> Observed {
    let mut all = Observed { gaps, ..Observed::default() };
    // A value is large, and growing would move them all.
    let mut sources = Vec::with_capacity(seen.iter().filter(|one| matches!(one, Seen::Source(_))).count());
    for one in seen {
        match one {
            Seen::Whole(observed) => all.absorb(*observed),
            Seen::Source(file) => sources.push(*file),
        }
    }
    all.absorb(source::project(sources, known, rules));
    all.name_artifact(filename);
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> MemberPath {
        MemberPath::new(text).expect(text)
    }

    fn scanned(files: &[(&str, &[u8])]) -> Observed {
        let seen = files.iter().map(|(name, bytes)| {
            let path = path(name);
            member(&Member::new(&path, bytes), Knowledge::builtin(), RuleSet::builtin())
        });
        join(seen.collect(), Vec::new(), "a-1.tar.gz", Knowledge::builtin(), RuleSet::builtin())
    }

    #[test]
    fn of_a_wheel_only_binaries_and_its_own_metadata_are_read() {
        let wanted = [
            "a/b.cpython-314t-x86_64-linux-gnu.so",
            "a/c.pyd",
            "a-1.dist-info/METADATA",
            "a-1.data/platlib/d.so",
        ];
        assert!(wanted.iter().all(|name| wheel_wants(&path(name))));
        let left = [
            "a.libs/libb.so",
            "a/.dylibs/libb.so",
            "a/libb.dylib",
            "a/b.py",
            "a/c.pyx",
            "a-1.dist-info/licenses/METADATA",
            "a-1.dist-info/RECORD",
        ];
        assert!(left.iter().all(|name| !wheel_wants(&path(name))));
    }

    #[test]
    fn binaries_among_tests_of_an_sdist_are_data() {
        assert!(source_wants(&path("src/a.so")) && !source_wants(&path("tests/data/a.so")));
        assert!(source_wants(&path("src/a.pyx")) && source_wants(&path("PKG-INFO")));
    }

    #[test]
    fn metadata_that_cannot_be_read_is_a_gap_and_not_the_end() {
        let seen = scanned(&[("PKG-INFO", b"nonsense")]);
        assert!(seen.metadata.is_none());
        assert_eq!((seen.gaps.len(), seen.gaps[0].artifact.as_str()), (1, "a-1.tar.gz"));
        let seen = scanned(&[("PKG-INFO", b"Metadata-Version: 2.4\nName: a\nVersion: 1\n")]);
        assert_eq!(seen.metadata.map(|metadata| metadata.name).as_deref(), Some("a"));
    }
}

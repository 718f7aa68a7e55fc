//! Reads packaging metadata: METADATA and PKG-INFO, WHEEL, RECORD.
//!
//! Bytes in, values out. Every reader is forgiving, as installers are: a field that is not understood is
//! left out, and what is read is bounded.

mod metadata;
mod record;
mod wheel_file;

pub use metadata::{MetadataError, metadata};
pub use record::{Checked, Record};
pub use wheel_file::{WheelFile, wheel_file};

use crate::model::{MemberPath, PackageName};

/// Where a file of an installed package's own folder belongs: the folder and the file's name, if the path is one.
pub fn installed_info(path: &MemberPath) -> Option<(&str, &str)> {
    let (folder, file) = path.as_str().split_once('/')?;
    let known = folder.ends_with(".dist-info") || folder.ends_with(".egg-info");
    (known && !file.contains('/')).then_some((folder, file))
}

/// Where a file of a wheel's `*.dist-info` folder belongs: its name, if the path is one.
pub fn dist_info_file(path: &MemberPath) -> Option<&str> {
    let (folder, file) = path.as_str().split_once('/')?;
    (folder.ends_with(".dist-info") && !file.contains('/')).then_some(file)
}

/// The project that a tree's own files say it is: `pyproject.toml` (PEP 621), or the metadata of an sdist. `read` gives a
/// file at the top of the tree.
pub fn project_name(read: impl Fn(&str) -> Option<Vec<u8>>) -> Option<PackageName> {
    let said = read("pyproject.toml").and_then(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        let document = text.trim_start_matches('\u{feff}').parse::<toml::Table>().ok()?;
        PackageName::new(document.get("project")?.get("name")?.as_str()?).ok()
    });
    said.or_else(|| PackageName::new(&metadata(&read("PKG-INFO")?).ok()?.name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_says_its_name_in_the_first_place_that_has_one() {
        let named = |pyproject: &str, info: &str| {
            let read = |file: &str| {
                let text = if file == "PKG-INFO" { info } else { pyproject };
                (!text.is_empty()).then(|| text.as_bytes().to_vec())
            };
            project_name(read).map(|name| name.to_string())
        };
        let info = "Metadata-Version: 2.1\nName: other\nVersion: 1\n";
        assert_eq!(named("[project]\nname = \"Py_Bind\"\n", info).as_deref(), Some("py-bind"));
        assert_eq!(named("[build-system]\nrequires = []\n", info).as_deref(), Some("other"));
        assert_eq!(named("[project", "nonsense"), None);
        assert_eq!(named("", ""), None);
    }
}

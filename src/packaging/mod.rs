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

use crate::model::MemberPath;

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

//! Which releases get installed: from lock files as they are, or resolved from requirements.

mod locked;

use pep440_rs::Version;

use crate::model::Target;

pub use locked::{Picked, pick};

/// The version that `requires-python` is compared with: a target has no patch number, and people install the newest.
pub(crate) fn python_version(target: &Target) -> Version {
    Version::new([u64::from(target.python.major), u64::from(target.python.minor), 99])
}

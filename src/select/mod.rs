//! Which release and which files an installer for a target would choose.
//!
//! Everything here is a pure function of file names, what the index says of the files, the requirement and
//! the [`Target`](crate::model::Target); the machine that runs ungil never matters.

mod choose;
pub mod marker;
mod releases;
pub mod tags;
mod wheel_name;

pub use choose::{Choice, NoMatch, Policy, Release, WheelPick, Wish, choose};
pub use releases::{Considered, Releases};
pub use tags::{Tag, TagRanks, usable_on};
pub use wheel_name::{BadFileName, BuildTag, SdistName, WheelName, guess, is_distribution};

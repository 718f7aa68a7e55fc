//! How ready a list of projects is: the list, a row per project, and what is kept of it.
//!
//! A survey is cut into shards and its rows are written as they get done, so everything here is made to be done again:
//! a [`Row`] is a function of what the index says, the targets and the rules, and knows no time of day, no shard and
//! no run. Two processes that look at one project write the same bytes, and [`merge`] may see both.

mod done;
#[allow(clippy::disallowed_methods)]
pub mod folder;
mod list;
#[allow(clippy::disallowed_methods)]
pub mod merge;
mod releases;
#[allow(clippy::disallowed_methods)]
pub mod remote;
mod row;
mod shard;

pub use done::Done;
pub use list::{Entry, InvalidList, List, line as list_line};
pub use releases::{FirstWheel, Releases, Shipped};
pub use row::{MAX_ROW, Row, RowHead, schema};
pub use shard::{InvalidShard, Shard};

//! Writes the tables of rows into a folder: beside what is there, and renamed when all of them are whole.

use std::path::Path;

use super::Stop;
use crate::report::Tool;
use crate::survey::merge::Merged;

/// Whether this program can write tables.
pub(super) const CAN: bool = cfg!(feature = "store");

/// Writes all tables of these rows into `to`. `tool` is what made them.
#[cfg(feature = "store")]
pub(super) fn write(merged: &Merged, tool: &Tool, to: &Path) -> Result<(), Stop> {
    use anyhow::Context as _;
    use tempfile::NamedTempFile;

    use super::output;
    use crate::survey::Row;
    use crate::survey::merge::MergeError;
    use crate::tables::{TableError, Writer};

    let shown = to.display();
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {shown}"))?;
    let told = |error: TableError| anyhow::Error::from(error).context(format!("in {shown}"));
    let mut open = |_: &str| NamedTempFile::new_in(to).with_context(|| format!("cannot write in {shown}"));
    let mut writer = Writer::new::<anyhow::Error>(tool, &mut open)?;
    let mut trouble = None;
    let read = merged.each(&mut |line| {
        let done = serde_json::from_slice::<Row>(line)
            .map_err(anyhow::Error::from)
            .and_then(|row| writer.add(&row).map_err(told));
        done.map_err(|error| {
            trouble = Some(error);
            MergeError::Stopped
        })
    });
    if let Some(error) = trouble {
        return Err(Stop::from(error));
    }
    read.map_err(super::merge::stop)?;
    for (table, file) in writer.finish().map_err(told)? {
        output::readable_by_all(file.as_file());
        let path = to.join(format!("{table}.parquet"));
        file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Says that it cannot.
#[cfg(not(feature = "store"))]
pub(super) fn write(_: &Merged, _: &Tool, _: &Path) -> Result<(), Stop> {
    Err(Stop::usage("this ungil was built without the feature `store` and writes no tables"))
}

//! `ungil check`: from files and folders of this machine to a report. Never asks a network.

use std::sync::Arc;

use super::audit::rules_version;
use super::cli::CheckArgs;
use super::{Stop, output, progress};
use crate::index::{Index, Settings};
use crate::pipeline;
use crate::report::{Document, FailOn, exit_code};
use crate::select::Policy;

/// Runs the command; gives the exit code.
pub(super) fn run(args: &CheckArgs) -> Result<u8, Stop> {
    let common = &args.common;
    let fail_on = common.fail_on(FailOn::check())?;
    let plan = common.plan(Policy::default())?;
    let settings = Settings { offline: true, no_index: true, ..Settings::default() };
    let shown = progress::Shown::new(common.quiet > 0);
    let watch: Arc<progress::Shown> = Arc::clone(&shown);
    let index = Index::new(settings, Arc::new(common.cache()), watch)
        .map_err(|error| Stop::usage(error.to_string()))?;
    let outcome = pipeline::check(&index, &args.paths, common.names_targets(), &plan, &*shown);
    shown.clear();
    for warning in &outcome.warnings {
        output::warning(warning);
    }
    let mut targets: Vec<_> = outcome.targets;
    if targets.is_empty() {
        targets.clone_from(&plan.targets);
    }
    let document = Document::new(rules_version(&plan), &targets, outcome.packages, outcome.failures);
    output::report(&document, common)?;
    Ok(exit_code(&document, &fail_on))
}

//! `ungil completions` and `ungil man`: what the command line says of itself, for shells and manuals.

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::cli::Cli;
use super::maintainer::{CompletionsArgs, ManArgs};
use super::{Stop, output};

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ungil", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

/// Prints the manual page, or writes all of them.
pub(super) fn man(args: &ManArgs) -> Result<u8, Stop> {
    match &args.dir {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).context("cannot make the manual page")?;
            output::print(&String::from_utf8_lossy(&page))?;
        }
        Some(dir) => {
            let shown = dir.display();
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {shown}"))?;
            clap_mangen::generate_to(Cli::command(), dir)
                .with_context(|| format!("cannot write manual pages to {shown}"))?;
        }
    }
    Ok(0)
}

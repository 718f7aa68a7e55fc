//! `ungil check` and its neighbours as a maintainer runs them: through the binary, on a project in a folder.

mod accepting;
mod configuration;
mod fixing;
mod formats;
mod project;
mod shell;
mod wheels;

//! Holds what ungil changes and says against a real free-threaded interpreter and its headers:
//! `UNGIL_TEST_PYTHON=/path/to/python3.13t cargo test --features interpreter --test interpreter`.
#![cfg(feature = "interpreter")]

mod fixes;
mod generators;
mod verify;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The interpreter.
pub fn python() -> PathBuf {
    std::env::var_os("UNGIL_TEST_PYTHON").map(PathBuf::from).expect("UNGIL_TEST_PYTHON names an interpreter")
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Its output as text; it must have ended well.
pub fn text(command: &mut Command) -> String {
    let output = run(command);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).expect("text")
}

/// Where its headers are.
pub fn headers() -> String {
    let code = "import sysconfig; print(sysconfig.get_path('include'))";
    text(Command::new(python()).args(["-I", "-c", code])).trim().to_owned()
}

/// ungil in a folder, with nothing of this machine's environment that it would heed.
pub fn ungil(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ungil"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("UNGIL_")) {
        command.env_remove(name);
    }
    run(command.current_dir(folder).env("UNGIL_NO_CACHE", "true").env("NO_COLOR", "1").args(args))
}

/// Compiles an extension module.
pub fn compile(source: &Path, module: &Path, more: &[&str]) {
    let mut command = Command::new("gcc");
    command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wno-unused", "-Werror", "-I", &headers()]);
    text(command.args(more).arg(source).arg("-o").arg(module));
}

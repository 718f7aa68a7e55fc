//! The `ungil` command. All of it lives in the library's `commands`.

fn main() -> std::process::ExitCode {
    ungil::commands::run()
}

//! The `ungil` command. All of it lives in the library's `commands`.

fn main() {}

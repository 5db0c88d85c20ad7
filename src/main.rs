//! The `dunbar` command.
fn main() {}

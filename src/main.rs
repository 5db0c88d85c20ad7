//! The `dunbar` command with the protocols that come with it.

fn main() -> std::process::ExitCode {
    dunbar::main(dunbar::Registry::standard())
}

//! The `dunbar` command with the protocols that come with it.

#[global_allocator]
static ALLOCATOR: dunbar::Allocator = dunbar::Allocator;

fn main() -> std::process::ExitCode {
    dunbar::main(dunbar::Registry::standard())
}

//! The command from outside: what it prints, which files it writes, how it ends.
//!
//! Every test works in a folder of its own, with relative paths, so that what is printed names no place of one machine.
//! Snapshots are renewed with `INSTA_UPDATE=always cargo test --test cli`.

mod again;
mod bad_files;
mod bad_names;
mod bad_values;
mod check;
mod colour;
mod conform;
mod edited;
#[path = "../common/example.rs"]
mod example;
mod exit_codes;
mod failures;
mod faults;
mod golden;
mod help;
mod interrupted;
mod leak;
mod lsp;
mod lsp_client;
mod net;
mod omt;
mod options;
mod own;
mod results;
mod room;
mod scenario;
mod support;
mod sweep;
mod trace;
mod verify;

//! Colour is for terminals, and for people who want it.

use std::path::Path;
use std::process::Command;

use crate::support::{Place, Ran};

const ESCAPE: char = '\u{1b}';

/// What an error looks like on a terminal, which util-linux's `script` is.
fn on_a_terminal(place: &Place, colour: bool) -> Ran {
    let mut script = Command::new("script");
    let dunbar = env!("CARGO_BIN_EXE_dunbar");
    script.args(["-qec", &format!("'{dunbar}' run broken.toml"), "/dev/null"]).current_dir(place.path());
    script.env("TERM", "xterm-256color").env_remove("CI").env_remove("NO_COLOR");
    if !colour {
        script.env("NO_COLOR", "1");
    }
    script.output().expect("util-linux is there").into()
}

#[test]
fn no_color_is_heeded_and_what_is_no_terminal_gets_none() {
    let place = Place::with_attack();
    place.write("broken.toml", place.read("attack.toml").replace("seeds = 2", "seeds = 0"));
    let (coloured, plain) = (on_a_terminal(&place, true).ended(2), on_a_terminal(&place, false).ended(2));
    assert!(coloured.out.contains(ESCAPE), "{}", coloured.out);
    assert!(!plain.out.contains(ESCAPE) && plain.out.contains("broken.toml:4"), "{}", plain.out);
    let mut piped = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
    let piped: Ran = piped.args(["run", "broken.toml"]).env_remove("NO_COLOR").output().unwrap().into();
    assert!(!piped.err.contains(ESCAPE) && piped.code == Some(2), "{}", piped.err);
}

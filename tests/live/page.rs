//! The page at `/`, in a browser.

use crate::browser::Browser;
use crate::command::skipped;
use crate::network::Network;

/// `DUNBAR_PICTURE=page.b64 cargo test --test live page` keeps a picture of the page, in PNG and base64.
#[test]
fn the_page_shows_peers_balances_and_what_happens_as_it_happens() {
    let Some(program) = Browser::program() else {
        return skipped("no Chromium is installed; DUNBAR_BROWSER names one");
    };
    let mut network = Network::honest(&["alice", "bob"]);
    let admin = network.offer_admin(1);
    network.start_all();
    network.wait_for(0, "health", |_| network.ask("status", 0, &[]).code == Some(0));
    let profile = tempfile::tempdir().expect("a folder");
    let mut browser = Browser::start(&program, profile.path());
    browser.open(&format!("http://{admin}/"));
    let (alice, bob) = (&network.ids[0][..8], &network.ids[1][..8]);
    let text = browser.wait_for("a connection", |text| text.contains("yes") && text.contains(alice));
    assert!(text.contains("village") && text.contains(bob) && text.contains("ok"), "{text}");
    assert!(!text.contains("112.5"), "{text}");
    network.pay(0, 1, "12.5 OMC");
    // Told by the stream of events, and shown without a reload.
    browser.wait_for("the payment", |text| text.contains("payment-accepted") && text.contains("112.5"));
    if let Some(path) = std::env::var_os("DUNBAR_PICTURE") {
        std::fs::write(path, browser.picture()).expect("it can be written");
    }
    network.stop(1, "-TERM");
    browser.wait_for("that the node is gone", |text| text.contains("no answer"));
}

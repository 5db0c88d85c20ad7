//! Large programs without errors.

/// Copies of a whole transaction, each under names of its own, until the text is large enough.
pub(crate) fn source(enough: impl Fn(&str) -> bool) -> String {
    let example = include_str!("../../examples/escrow-settle.omt");
    let body = example.split_once("parameters (").map_or(example, |(_, body)| body);
    let names = [
        "WITNESS_THRESHOLD",
        "COLLECT_TIMEOUT",
        "SETTLE_TIMEOUT",
        "HOUR",
        "K_PAYMENT",
        "MILLION",
        "SettlementStatus",
        "Split",
        "SETTLEMENT_COMPUTATION",
        "SETTLEMENT_RESULT",
        "BALANCE_UNLOCK",
        "PAYMENT_RECEIVED",
        "SPLIT",
        "Witness",
        "Consumer",
        "Provider",
    ];
    let mut text = "transaction 02 \"Large\" keyed session_id\n".to_owned();
    for number in 0.. {
        if enough(&text) {
            break;
        }
        let mut copy = format!("\nparameters ({body}");
        for name in names {
            copy = renamed(&copy, name, &format!("{name}_{number}"));
        }
        text.push_str(&copy);
    }
    text
}

/// Replaces whole words.
fn renamed(text: &str, name: &str, with: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
        out.push_str(before);
        let whole = !before.ends_with(inside) && !behind.starts_with(inside);
        out.push_str(if whole { with } else { name });
        rest = behind;
    }
    out + rest
}

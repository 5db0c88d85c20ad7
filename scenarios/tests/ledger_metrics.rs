//! The ledger's metrics against numbers that were worked out by hand.

use scenarios::metric::Values;
use scenarios::{Batch, Source, sweep, systems};

const WORLD: &str = r#"
format = 1
title = "Four nodes on one switch"
protocol = "ledger"
seeds = 1
horizon = "10 s"
network = { profile = "lan" }
parameters = { endowment = "100 OMC" }

[[population]]
name = "honest"
count = 3

[[population]]
name = "thief"
role = "double-spender"
count = 1
parameters = { second = "honest.1" }
"#;

fn metrics(script: &str) -> Values {
    metrics_over("lan\"", script)
}

fn metrics_over(profile: &str, script: &str) -> Values {
    let world = WORLD.replacen("lan\"", profile, 1);
    let source = Source::new("test.toml".to_owned(), format!("{world}\n{script}"));
    let registry = systems::registry();
    let cells = sweep::cells(&source, &registry).unwrap_or_else(|error| panic!("{}", error.message()));
    let batch = Batch::run(&registry, &cells, &[1], None, &|| {}).expect("it runs");
    batch.rows[0].outcome.metrics.clone()
}

/// Both victims accept 10, so the thief gains 20. He spent 10, and five times what he created is burned: of the 90 that
/// are left after the transfer, 50. The honest lost the 10 that no chain of his pays for.
#[test]
fn a_detected_double_spend_does_not_pay() {
    let metrics = metrics(
        r#"
        [[script]]
        at = "1 s"
        node = "thief"
        command = { pay = { to = "honest.0", amount = "10 OMC" } }
        "#,
    );
    assert_eq!(metrics["accepted"], 2.0, "{metrics:?}");
    assert_eq!(metrics["attacker_gain"], 20.0);
    assert_eq!(metrics["attacker_net"], 20.0 - metrics["attacker_cost"]);
    assert_eq!(metrics["attacker_cost"], 60.0);
    assert!((metrics["attacker_roi"] + 40.0 / 60.0).abs() < 1e-12);
    assert_eq!(metrics["honest_loss"], 10.0);
    assert_eq!((metrics["precision"], metrics["recall"]), (1.0, 1.0));
    // The thief's own payment is what an adversary says about himself.
    assert_eq!(metrics["payments_per_s"], 0.0);
    assert!(!metrics.contains_key("payment_p50_s"));
    // Honest balances 110, 110 and 100: pairs differ by 10, 10 and 0; 2·20/9 over 2·320/3.
    assert!((metrics["balance_gini"] - (40.0 / 9.0) / (640.0 / 3.0)).abs() < 1e-12);
    // Both victims hold what he paid once: 20 more than the honest had.
    assert_eq!(metrics["honest_welfare_change"], 20.0);
    assert!((metrics["honest_welfare_sen"] - 320.0 / 3.0 * (1.0 - (40.0 / 9.0) / (640.0 / 3.0))).abs() < 1e-9);
}

/// Nobody gossips, so nobody holds both blocks: he gains 20 for 10, and nothing is burned although an auditor who reads
/// both victims' disks could convict him.
#[test]
fn a_double_spend_that_nobody_can_prove_pays() {
    let alone = "lan\", topology = \"erdos-renyi\", connectivity = 0.0";
    let metrics = metrics_over(
        alone,
        r#"
        [[script]]
        at = "1 s"
        node = "thief"
        command = { pay = { to = "honest.0", amount = "10 OMC" } }
        "#,
    );
    let of = |name: &str| metrics[name];
    assert_eq!((of("attacker_gain"), of("attacker_cost"), of("attacker_net")), (20.0, 10.0, 10.0), "{metrics:?}");
    assert_eq!((of("attacker_roi"), of("honest_loss"), of("recall")), (1.0, 10.0, 0.0));
}

/// Honest payments of 30 and 10 leave 60, 130 and 110; nobody is accused and the thief does nothing.
#[test]
fn honest_payments_flow() {
    let metrics = metrics(
        r#"
        [[script]]
        at = "1 s"
        node = "honest.0"
        command = { pay = { to = "honest.1", amount = "30 OMC" } }

        [[script]]
        at = "2 s"
        node = "honest.0"
        command = { pay = { to = "honest.2", amount = "10 OMC" } }
        "#,
    );
    assert_eq!(metrics["payments_per_s"], 0.2, "{metrics:?}");
    assert!(metrics["payment_p50_s"] > 0.0 && metrics["payment_p50_s"] < 0.1);
    assert_eq!((metrics["attacker_gain"], metrics["attacker_cost"], metrics["attacker_net"]), (0.0, 0.0, 0.0));
    assert_eq!((metrics.get("attacker_roi"), metrics.get("precision")), (None, None));
    assert_eq!(metrics["recall"], 0.0);
    let squares = 60.0_f64.powi(2) + 130.0_f64.powi(2) + 110.0_f64.powi(2);
    assert!((metrics["balance_concentration"] - squares / 300.0_f64.powi(2)).abs() < 1e-12);
    assert!(metrics["upload_bytes_per_s"] > 0.0);
    // A line of the LAN has 1 Gbit/s.
    assert!((metrics["upload_utilisation"] / (metrics["upload_bytes_per_s"] * 8.0 / 1e9) - 1.0).abs() < 1e-12);
    // Little's law, and never both payments at once.
    assert!((metrics["payments_waiting_mean"] - 0.2 * metrics["payment_mean_s"]).abs() < 1e-12);
    assert_eq!((metrics["payments_waiting_max"], metrics["honest_welfare_change"]), (1.0, 0.0));
    // Pairs of 60, 130 and 110 differ by 70, 50 and 20: a mean difference of 280/9, half of it over the mean is the Gini.
    assert!((metrics["honest_welfare_sen"] - 100.0 * (1.0 - 280.0 / 9.0 / 200.0)).abs() < 1e-9);
}

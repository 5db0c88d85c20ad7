//! Honest members while the node that answers them is attacked: what each attack leaves of their throughput.
//!
//! It is measured twice, each time against the same members undisturbed before and after, within a few seconds:
//!
//! - at saturation: members answer at once, as fast as the node can. What is lost is all that the attack costs.
//! - at half of that: members offer a constant rate, in an open loop. This is a node that is dimensioned for its load; the claim
//!   is what comes back, and how late.
//!
//! The node and its honest members have one core, the attacker another one. Throughput is also given for each second of the
//! processor that node and members have used: a process that merely computes on the attacker's core, which is the first
//! row, shows what the machine's other work takes away.

mod honest;
mod hostile;
mod relay;

use std::time::{Duration, Instant};

use real_runtime::network::Bootstrap;

use crate::Claim;
use crate::echo::peer;
use crate::process::{Process, cores_can_be_chosen};
use honest::{Sample, VICTIM};
use hostile::{ATTACKS, Attack};

/// How long an attack goes on before it is measured.
const WARM_UP: Duration = Duration::from_millis(1200);
const ATTACKED: Duration = Duration::from_millis(2500);
const QUIET: Duration = Duration::from_millis(1200);

/// Measures all attacks, or those that are named.
pub(crate) fn measure() -> Vec<Claim> {
    if !cores_can_be_chosen() {
        println!("(no two cores, or no taskset: attackers share the cores of those whom they attack)");
    }
    let named: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Vec<_> = ATTACKS.iter().filter(|attack| named.iter().any(|name| name == attack.name)).collect();
    match &chosen[..] {
        [] => ATTACKS.iter().flat_map(one).collect(),
        some => some.iter().flat_map(|attack| one(attack)).collect(),
    }
}

fn one(attack: &Attack) -> [Claim; 2] {
    let saturated = Run::of(attack, 0);
    let offered = (saturated.quiet.per_second / 2.0) as u64;
    let half = Run::of(attack, offered);
    let kept = saturated.kept(|sample| sample.per_second);
    let at_half = half.kept(|sample| sample.per_second);
    [
        Claim {
            what: attack.what,
            value: format!(
                "saturated: {:.0} % of {:.0} /s, {:.0} % for each second of the processor; {:.0} {} a second; {}",
                100.0 * kept,
                saturated.quiet.per_second,
                100.0 * saturated.kept(|sample| sample.per_cpu_second),
                saturated.tries,
                attack.unit,
                saturated.attacked.noted,
            ),
            target: attack.target,
            holds: kept >= 0.9,
        },
        Claim {
            what: attack.what,
            value: format!(
                "half of it: {:.0} % of {offered} /s; p50 {} µs, p99 {} µs (undisturbed {}, {}); {:+} KiB",
                100.0 * at_half,
                half.attacked.p50_us,
                half.attacked.p99_us,
                half.quiet.p50_us,
                half.quiet.p99_us,
                (half.attacked.resident as i64 - half.quiet.resident as i64) >> 10,
            ),
            target: attack.target,
            holds: at_half >= 0.9,
        },
    ]
}

/// Honest members without an attack and with it.
struct Run {
    quiet: Sample,
    attacked: Sample,
    /// What the attacker tries in a second.
    tries: f64,
}

impl Run {
    /// With members that offer so many letters a second, all together; 0 is as many as the node takes.
    fn of(attack: &Attack, offered: u64) -> Run {
        let mut honest = Process::start_on(0, &["honest-members", &offered.to_string()]);
        let address = honest.line();
        let before = Sample::take(&mut honest, QUIET);
        let mut attacker = Process::start_on(1, &["carry-out", attack.name, &address]);
        assert_eq!(attacker.line(), "on");
        std::thread::sleep(WARM_UP);
        let (tried, began) = (number(&attacker.ask()), Instant::now());
        let attacked = Sample::take(&mut honest, ATTACKED);
        let tries = (number(&attacker.ask()) - tried) / began.elapsed().as_secs_f64();
        drop(attacker);
        std::thread::sleep(QUIET / 3);
        let after = Sample::take(&mut honest, QUIET);
        Run { quiet: before.and(after), attacked, tries }
    }

    fn kept(&self, of: fn(&Sample) -> f64) -> f64 {
        of(&self.attacked) / of(&self.quiet)
    }
}

fn number(line: &str) -> f64 {
    line.parse().expect("it is a number")
}

/// Does the work of a child, if `role` is one's.
pub(crate) fn child(role: &str, rest: &[String]) -> bool {
    match role {
        "honest-members" => crate::runtime().block_on(honest::members(rest[0].parse().expect("a number"))),
        "carry-out" => {
            let attack = ATTACKS.iter().find(|attack| attack.name == rest[0]).expect("a known attack");
            let to = Bootstrap { peer: peer(VICTIM), address: rest[1].parse().expect("an address") };
            hostile::carry_out(attack, to);
        }
        _ => return false,
    }
    true
}

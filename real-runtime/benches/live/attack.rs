//! Honest members at saturation, while the node that answers them is attacked: what each attack leaves of their throughput.
//!
//! The node and its honest members have one core, which they saturate; the attacker has another one. So what is lost is what
//! the attack costs those who are attacked, and not what the attacker spends itself. Before and after each attack the same
//! members are measured undisturbed: the claim is a ratio within a few seconds.

mod hostile;
mod relay;

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use real_runtime::network::Bootstrap;
use real_runtime::node;

use crate::Claim;
use crate::echo::{EchoNode, dialler, peer, setup};
use crate::process::{Process, cores_can_be_chosen};
use crate::throughput::WINDOW;
use hostile::{ATTACKS, Attack};

/// The node that is attacked.
const VICTIM: u32 = 2;
/// The first honest member's number; attackers have smaller ones.
const HONEST: u32 = 1_000;
/// How long an attack goes on before it is measured.
const WARM_UP: Duration = Duration::from_millis(1500);
const ATTACKED: Duration = Duration::from_secs(3);
const QUIET: Duration = Duration::from_millis(1500);

pub(crate) fn measure() -> Vec<Claim> {
    if !cores_can_be_chosen() {
        println!("(no two cores, or no taskset: attackers share the cores of those whom they attack)");
    }
    ATTACKS.iter().map(one).collect()
}

fn one(attack: &Attack) -> Claim {
    let mut honest = Process::start_on(0, &["honest-members", &attack.honest.to_string()]);
    let address = honest.line();
    let before = rate(&mut honest, QUIET);
    let mut attacker = Process::start_on(1, &["carry-out", attack.name, &address]);
    assert_eq!(attacker.line(), "on");
    std::thread::sleep(WARM_UP);
    let (tried, began) = (attacker.ask()[0], Instant::now());
    let attacked = rate(&mut honest, ATTACKED);
    let tries = (attacker.ask()[0] - tried) as f64 / began.elapsed().as_secs_f64();
    drop(attacker);
    std::thread::sleep(QUIET / 3);
    let after = rate(&mut honest, QUIET);
    let share = |of: fn(&Rate) -> f64| of(&attacked) / ((of(&before) + of(&after)) / 2.0);
    let (per_second, per_cpu) = (share(|rate| rate.per_second), share(|rate| rate.per_cpu_second));
    let quiet = (before.per_second + after.per_second) / 2.0;
    Claim {
        what: attack.what,
        value: format!(
            "{:.0} % of {quiet:.0} /s, {:.0} % for each second of the processor; {tries:.0} {} a second",
            100.0 * per_second,
            100.0 * per_cpu,
            attack.unit
        ),
        target: "≥ 90 %",
        holds: per_second >= 0.9,
    }
}

/// Letters that come back.
struct Rate {
    per_second: f64,
    /// For each second of the processor that the members and the node have used: other processes matter less to it.
    per_cpu_second: f64,
}

fn rate(honest: &mut Process, span: Duration) -> Rate {
    let (before, began) = (honest.ask(), Instant::now());
    std::thread::sleep(span);
    let (after, took) = (honest.ask(), began.elapsed());
    let (letters, ticks) = ((after[0] - before[0]) as f64, (after[1] - before[1]) as f64);
    Rate { per_second: letters / took.as_secs_f64(), per_cpu_second: letters / ticks }
}

/// Does the work of a child, if `role` is one's.
pub(crate) fn child(role: &str, rest: &[String]) -> bool {
    match role {
        "honest-members" => crate::runtime().block_on(members(rest[0].parse().expect("a number"))),
        "carry-out" => {
            let attack = ATTACKS.iter().find(|attack| attack.name == rest[0]).expect("a known attack");
            let to = Bootstrap { peer: peer(VICTIM), address: rest[1].parse().expect("an address") };
            let tries = Arc::new(AtomicU64::new(0));
            answer(tries.clone(), "on");
            (attack.run)(to, tries);
        }
        _ => return false,
    }
    true
}

/// A node, and honest members who keep it as busy as they can; ends when its parent does.
async fn members(count: u32) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let actor = Box::new(EchoNode { writes: None, keeps: false, count: Arc::default() });
    let node = node::start(setup(VICTIM, actor, vec![], &home)).await.expect("it starts");
    let to = Bootstrap { peer: peer(VICTIM), address: node.address() };
    let back = Arc::new(AtomicU64::new(0));
    let members: Vec<_> = (0..count).map(|number| dialler(HONEST + number, to, WINDOW, back.clone())).collect();
    while members.iter().any(|member| member.connected().is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let address: SocketAddr = node.address();
    let asked = answer(back, &address.to_string());
    while !asked.is_finished() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Says something, then prints the number and the ticks of the processor that this process has used, for each line that it
/// reads.
fn answer(number: Arc<AtomicU64>, first: &str) -> std::thread::JoinHandle<()> {
    println!("{first}");
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines() {
            println!("{} {}", number.load(Ordering::Relaxed), ticks());
        }
    })
}

/// Ticks of the processor that this process has used.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this is Linux");
    let (_, fields) = stat.rsplit_once(')').expect("it has a name");
    let used = fields.split_whitespace().skip(11).take(2);
    used.map(|ticks| ticks.parse::<u64>().expect("it is a number")).sum()
}

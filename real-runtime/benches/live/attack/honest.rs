//! The node that is attacked, and its honest members, in one process.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use contract::{Kind, envelope};
use real_runtime::network::Bootstrap;
use real_runtime::node;
use real_runtime::transport::{Event, Transport};

use crate::echo::{Echo, EchoNode, LOOPBACK, Letter, dialler, key, membership, peer, quiet, setup};
use crate::process::{Process, answer};
use crate::throughput::WINDOW;

/// The node that is attacked.
pub(crate) const VICTIM: u32 = 2;
/// The first honest member's number; attackers have smaller ones.
const HONEST: u32 = 1_000;
/// How many they are.
const MEMBERS: u32 = 10;
/// How often a member in an open loop writes what is due.
const TICK: Duration = Duration::from_millis(1);

/// What came back in a while.
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// For each second of the processor that the members and the node have used.
    pub(crate) per_cpu_second: f64,
    /// From when a letter was due until it was back; 0 in a closed loop.
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    /// Resident memory of node and members at the end, in bytes.
    pub(crate) resident: u64,
    /// What the node has counted since its start.
    pub(crate) noted: String,
}

impl Sample {
    /// Lets the process go on for so long.
    pub(crate) fn take(honest: &mut Process, span: Duration) -> Sample {
        let (before, began) = (numbers(&honest.ask()), Instant::now());
        std::thread::sleep(span);
        let (line, took) = (honest.ask(), began.elapsed());
        let after = numbers(&line);
        let (letters, ticks) = ((after[0] - before[0]) as f64, (after[1] - before[1]) as f64);
        Sample {
            per_second: letters / took.as_secs_f64(),
            per_cpu_second: letters / ticks,
            p50_us: after[2],
            p99_us: after[3],
            resident: after[4],
            noted: line.split_once('|').map_or_else(String::new, |(_, noted)| noted.to_owned()),
        }
    }

    /// Two samples as one.
    pub(crate) fn and(self, other: Sample) -> Sample {
        Sample {
            per_second: (self.per_second + other.per_second) / 2.0,
            per_cpu_second: (self.per_cpu_second + other.per_cpu_second) / 2.0,
            p50_us: (self.p50_us + other.p50_us) / 2,
            p99_us: (self.p99_us + other.p99_us) / 2,
            ..self
        }
    }
}

fn numbers(line: &str) -> Vec<u64> {
    let (numbers, _) = line.split_once('|').expect("numbers, then words");
    numbers.split_whitespace().map(|number| number.parse().expect("it is a number")).collect()
}

/// A node, and honest members who offer so many letters a second together, or, for 0, as many as it takes; ends when its parent
/// does.
pub(crate) async fn members(offered: u64) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let actor = Box::new(EchoNode { writes: None, keeps: false, count: Arc::default() });
    let node = node::start(setup(VICTIM, actor, vec![], &home)).await.expect("it starts");
    let to = Bootstrap { peer: peer(VICTIM), address: node.address() };
    let (back, late) = (Arc::new(AtomicU64::new(0)), Arc::new(Latencies::default()));
    let member = |number: u32| match offered {
        0 => dialler(HONEST + number, to, WINDOW, back.clone()),
        _ => open_loop(HONEST + number, to, offered as f64 / f64::from(MEMBERS), (back.clone(), late.clone())),
    };
    let members: Vec<_> = (0..MEMBERS).map(member).collect();
    while members.iter().any(|member| member.connected().is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (transport, counted) = (node.transport().clone(), back.clone());
    let asked = answer(&node.address().to_string(), move || {
        let (p50, p99) = late.take();
        let (back, resident) = (counted.load(Ordering::Relaxed), crate::connections::resident());
        format!("{back} {} {p50} {p99} {resident} |{}", ticks(), noted(&transport))
    });
    while !asked.is_finished() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the node has turned away or left unread, by reason.
fn noted(transport: &Transport) -> String {
    let counters = transport.counters();
    let reasons = counters.refused.by_reason().into_iter().map(|(why, count)| ("refused", why, count));
    let unread = counters.unread.by_reason().into_iter().map(|(why, count)| ("unread", why, count));
    let slowed = [("", "slowed", counters.slowed)];
    let counted = reasons.chain(unread).chain(slowed).filter(|(_, _, count)| *count > 0);
    counted.map(|(what, why, count)| format!("{what} {why} {count}").trim().to_owned()).collect::<Vec<_>>().join(", ")
}

/// A member that writes at a constant rate, whether letters come back or not.
fn open_loop(number: u32, to: Bootstrap, per_second: f64, (back, late): (Arc<AtomicU64>, Arc<Latencies>)) -> Transport {
    let bound = Transport::bind(key(number), membership().network, LOOPBACK, quiet());
    let (transport, mut events) = bound.expect("loopback has a free port");
    transport.keep_peer(to.peer, to.address);
    let letter = Bytes::from(envelope::seal::<Echo>(&Letter::new()));
    let sender = transport.clone();
    tokio::spawn(async move {
        let mut ticker = tokio::time::interval(TICK);
        // When the letters that are under way were due. They come back in their order.
        let mut under_way = VecDeque::new();
        let mut began = None;
        let mut sent = 0u64;
        loop {
            tokio::select! {
                event = events.next() => {
                    let mut happened = event;
                    let now = Instant::now();
                    while let Some(event) = happened {
                        match event {
                            Event::Connected { .. } => (began, sent) = (Some(now), 0),
                            Event::Frame { .. } => {
                                back.fetch_add(1, Ordering::Relaxed);
                                // An answer to what was lost with an earlier connection is nobody's.
                                if let Some(due) = under_way.pop_front() {
                                    late.note(now - due);
                                }
                            }
                            // What was under way is lost; the member does not make up for it.
                            Event::Broken { .. } => {
                                began = None;
                                under_way.clear();
                            }
                            Event::DialFailed { .. } => {}
                        }
                        happened = events.try_next();
                    }
                }
                _ = ticker.tick(), if began.is_some() => {
                    let began = began.expect("it is");
                    let due = (began.elapsed().as_secs_f64() * per_second) as u64;
                    let when = |number: u64| began + Duration::from_secs_f64(number as f64 / per_second);
                    under_way.extend((sent..due).map(when));
                    let letters = (sent..due).map(|_| (letter.clone(), Kind::Stream)).collect();
                    sent = due;
                    sender.send_all(to.peer, letters).expect("they are short");
                }
            }
        }
    });
    transport
}

/// How late letters came back, in classes that differ by a tenth.
struct Latencies(Mutex<Vec<u64>>);

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies(Mutex::new(vec![0; 250]))
    }
}

impl Latencies {
    const GROWTH: f64 = 1.1;

    fn note(&self, late: Duration) {
        let class = ((late.as_secs_f64() * 1e6).max(1.0).ln() / Self::GROWTH.ln()) as usize;
        let mut classes = self.0.lock().expect("nobody panicked");
        let last = classes.len() - 1;
        classes[class.min(last)] += 1;
    }

    /// The median and the 99th percentile in microseconds since the last call, as the upper ends of their classes.
    fn take(&self) -> (u64, u64) {
        let mut classes = self.0.lock().expect("nobody panicked");
        let all: u64 = classes.iter().sum();
        let at = |share: f64| {
            let mut left = (all as f64 * share) as u64;
            let beyond = |count: &u64| {
                let found = *count > left;
                left = left.saturating_sub(*count);
                found
            };
            let class = classes.iter().position(beyond).map_or(0, |class| class as i32 + 1);
            if all == 0 { 0 } else { Self::GROWTH.powi(class) as u64 }
        };
        let found = (at(0.5), at(0.99));
        classes.fill(0);
        found
    }
}

/// Ticks of the processor that this process has used.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this is Linux");
    let (_, fields) = stat.rsplit_once(')').expect("it has a name");
    let used = fields.split_whitespace().skip(11).take(2);
    used.map(|ticks| ticks.parse::<u64>().expect("it is a number")).sum()
}

//! Who is heard how much while a node has more to do than it can.
//!
//! A node that does nothing but work slows whoever sends most. From moment to moment, the rate that nobody may exceed falls by a
//! tenth, but not below what each peer would get if all had the same, and a tenth more; once the node has time again, it rises
//! until it holds nobody back. So a peer that asks for little is not slowed at all, one that sends without end has no more than
//! its share beside others who need theirs, and all of the node if nobody else needs it.
//!
//! Who waits for answers pauses now and then: everything that it has sent is taken for a moment. Who has not paused for
//! [`PATIENCE`] sends without end, and has a quarter of the weight until it pauses: beside others who need theirs it gets a
//! quarter of what each of them gets, and a fair part again beside its like.
//!
//! A peer that is slowed is not read from: QUIC's flow control makes it wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::time::Instant;

/// How often the rate changes, at most.
const MOMENT: Duration = Duration::from_millis(20);
/// The part of its time from which on a node is said to do nothing but work.
const BUSY: f64 = 0.95;
/// The rate falls and rises by these factors.
const FALL: f64 = 0.9;
const RISE: f64 = 1.05;
/// What one may have beyond an equal share. The shares of peers vary from moment to moment, and what one does not use is lost.
const BEYOND: f64 = 1.1;
/// What one may have at once, in seconds of the rate.
const AT_ONCE: f64 = 0.02;
/// For how long more is always waiting from a peer that sends without end.
const PATIENCE: Duration = Duration::from_millis(500);
/// The weight of such a peer; all others have 1.
const ENDLESS: f64 = 0.25;
/// The longest pause before it is asked again.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// The rate that nobody may exceed, and what it follows from.
#[derive(Debug)]
pub(crate) struct Fair {
    metrics: RuntimeMetrics,
    moment: Mutex<Moment>,
}

/// What one peer has spent.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    moment: u64,
    /// In this moment.
    used: f64,
    /// Ahead of what it may, in units of cost.
    ahead: f64,
    at: Option<Instant>,
    /// Since when more has been waiting than was taken.
    without_pause: Option<Instant>,
}

/// A short time in which it is counted who sends how much.
#[derive(Debug)]
struct Moment {
    number: u64,
    began: Instant,
    /// What the threads had worked in all when it began.
    worked: Duration,
    peers: u32,
    /// Of these peers together.
    weight: f64,
    all: f64,
    /// Of one, for its weight.
    most: f64,
    rate: Rate,
}

/// Units of cost that a peer of weight 1 may spend each second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate(f64);

impl Rate {
    const ANY: Rate = Rate(f64::INFINITY);

    /// The next rate, if so many peers of so much weight have spent `all` in each second together, and one of them `most` for its
    /// weight.
    fn next(self, busy: bool, (peers, weight): (u32, f64), all: f64, most: f64) -> Rate {
        let equal = BEYOND * all / weight.max(ENDLESS);
        match busy && peers > 1 {
            true => Rate((self.0.min(most) * FALL).max(equal)),
            false if self.0 > 2.0 * most => Rate::ANY,
            false => Rate(self.0 * RISE),
        }
    }
}

impl Fair {
    /// For the peers of a node on this runtime.
    pub(crate) fn new(runtime: &Handle) -> Fair {
        let (metrics, began) = (runtime.metrics(), Instant::now());
        let worked = worked(&metrics);
        let moment = Moment { number: 1, began, worked, peers: 0, weight: 0.0, all: 0.0, most: 0.0, rate: Rate::ANY };
        Fair { metrics, moment: Mutex::new(moment) }
    }

    /// Notes what a peer costs the node, which may be behind with what has arrived. Returns how long the peer has to wait before
    /// it may cost more; it is to ask again then, with nothing.
    pub(crate) fn spend(&self, spent: &mut Spent, cost: usize, behind: bool) -> Duration {
        let (now, cost) = (Instant::now(), cost as f64);
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        if now - moment.began >= MOMENT {
            self.turn(&mut moment, now, behind);
        }
        let weight = spent.weight(now);
        if spent.moment != moment.number && cost > 0.0 {
            (spent.moment, spent.used) = (moment.number, 0.0);
            moment.peers += 1;
            moment.weight += weight;
        }
        if cost > 0.0 {
            spent.used += cost;
            moment.all += cost;
            moment.most = moment.most.max(spent.used / weight);
        }
        spent.pause(now, cost, Rate(moment.rate.0 * weight))
    }

    fn turn(&self, moment: &mut MutexGuard<'_, Moment>, now: Instant, behind: bool) {
        let (worked, took) = (worked(&self.metrics), (now - moment.began).as_secs_f64());
        let work = (worked - moment.worked).as_secs_f64() / self.metrics.num_workers() as f64;
        let busy = behind || work >= BUSY * took;
        let rate = moment.rate.next(busy, (moment.peers, moment.weight), moment.all / took, moment.most / took);
        let number = moment.number + 1;
        **moment = Moment { number, began: now, worked, peers: 0, weight: 0.0, all: 0.0, most: 0.0, rate };
    }
}

impl Spent {
    /// Notes whether everything that the peer had sent was taken since the last call.
    pub(crate) fn pauses(&mut self, paused: bool, now: Instant) {
        match paused {
            true => self.without_pause = None,
            false => drop(self.without_pause.get_or_insert(now)),
        }
    }

    fn weight(&self, now: Instant) -> f64 {
        if self.without_pause.is_some_and(|since| now - since >= PATIENCE) { ENDLESS } else { 1.0 }
    }

    fn pause(&mut self, now: Instant, cost: f64, rate: Rate) -> Duration {
        let since = self.at.replace(now).map_or(0.0, |at| (now - at).as_secs_f64());
        if rate == Rate::ANY {
            self.ahead = 0.0;
            return Duration::ZERO;
        }
        self.ahead = (self.ahead - since * rate.0).max(0.0) + cost;
        let wait = self.ahead / rate.0 - AT_ONCE;
        if wait > 0.0 { Duration::from_secs_f64(wait.min(PAUSE_MAX.as_secs_f64())) } else { Duration::ZERO }
    }
}

/// How long the threads of the runtime have worked in all.
fn worked(metrics: &RuntimeMetrics) -> Duration {
    (0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ten honest peers and a flooder get of a node that serves 1,000 a second, after so many moments. The flooder takes
    /// what it may, and as much of what is left as `greed` says; its weight is known.
    fn after(moments: u32, demand: f64, greed: f64) -> (f64, f64, Rate) {
        let (mut rate, mut flood, mut honest) = (Rate::ANY, 0.0, 0.0);
        for _ in 0..moments {
            // All together more than there is: everybody gets it by how hard he pushes.
            let wanted = f64::min(demand, rate.0);
            let pushed = f64::min(greed, ENDLESS * rate.0);
            let share = f64::min(1.0, 1_000.0 / (10.0 * wanted + pushed));
            (honest, flood) = (wanted * share, pushed * share);
            let all = 10.0 * honest + flood;
            rate = rate.next(all > 950.0, (11, 10.0 + ENDLESS), all, f64::max(flood / ENDLESS, honest));
        }
        (honest, flood, rate)
    }

    #[test]
    fn one_that_sends_without_end_gets_a_quarter_of_a_share_beside_others_that_need_theirs() {
        let (honest, flood, _) = after(200, 100.0, 1_000.0);
        assert!(flood < 0.04 * 1_000.0, "{flood} of 1,000");
        assert!(10.0 * honest > 0.96 * 1_000.0, "{honest} each");
    }

    #[test]
    fn peers_that_ask_for_half_of_the_node_get_it_and_the_flooder_most_of_the_rest() {
        let (honest, flood, _) = after(200, 50.0, 10_000.0);
        assert!(honest > 0.97 * 50.0, "{honest} of 50 each");
        assert!(flood > 300.0, "{flood}");
    }

    #[test]
    fn who_has_paused_lately_has_its_whole_weight_and_the_like_of_a_flooder_lose_nothing_beside_each_other() {
        let (mut spent, began) = (Spent::default(), Instant::now());
        let at = |millis| began + Duration::from_millis(millis);
        spent.pauses(false, at(0));
        spent.pauses(false, at(450));
        assert_eq!([499, 500].map(|millis| spent.weight(at(millis))), [1.0, ENDLESS]);
        spent.pauses(true, at(600));
        spent.pauses(false, at(700));
        assert_eq!([600, 1_199, 1_200].map(|millis| spent.weight(at(millis))), [1.0, 1.0, ENDLESS]);
        let mut rate = Rate(1e9);
        // Ten that send without end share a node of 1,000: each may have a tenth, and a tenth more.
        (0..400).for_each(|_| rate = rate.next(true, (10, 10.0 * ENDLESS), 1_000.0, 100.0 / ENDLESS));
        assert!((rate.0 * ENDLESS - 110.0).abs() < 1e-6, "{rate:?}");
    }

    #[test]
    fn nobody_is_slowed_who_is_alone_or_while_there_is_time() {
        assert_eq!(Rate::ANY.next(true, (1, 1.0), 1_000.0, 1_000.0), Rate::ANY);
        assert_eq!(after(200, 20.0, 300.0).2, Rate::ANY);
        // Once slowed, the rate rises until it holds nobody back.
        let mut rate = Rate(10.0);
        (0..200).for_each(|_| rate = rate.next(false, (2, 2.0), 1_000.0, 900.0));
        assert_eq!(rate, Rate::ANY);
    }

    #[test]
    fn a_peer_that_is_ahead_of_the_rate_waits_until_it_is_not() {
        let (mut spent, now) = (Spent::default(), Instant::now());
        assert_eq!(spent.pause(now, 1e9, Rate::ANY), Duration::ZERO);
        assert_eq!(spent.pause(now, 20.0, Rate(1_000.0)), Duration::ZERO, "so much at once");
        assert_eq!(spent.pause(now, 30.0, Rate(1_000.0)), Duration::from_millis(30));
        let later = now + Duration::from_millis(20);
        assert_eq!(spent.pause(later, 0.0, Rate(1_000.0)), Duration::from_millis(10));
        assert_eq!(spent.pause(later, 1e6, Rate(1_000.0)), PAUSE_MAX);
        assert_eq!(spent.pause(later, 0.0, Rate::ANY), Duration::ZERO);
    }
}

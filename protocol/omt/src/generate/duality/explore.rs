//! The product of two views with their queues: breadth first, so that the first way to anything is a shortest one.

use std::collections::{BTreeSet, VecDeque};

use super::view::{Happening, States, View};
use super::{Bounds, Comparison, Exceeded, Kind, Mismatch};

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting<'p> {
    pub(super) message: &'p str,
    /// Whether its receiver might have taken it since it came, or has to expect that it comes again.
    pub(super) offered: bool,
    /// Whether its receiver took another one that came later.
    pub(super) overtaken: bool,
}

/// Where the two may be, and what waits for each of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Configuration<'p> {
    pub(super) at: [States; 2],
    pub(super) queues: [Vec<Waiting<'p>>; 2],
    /// Who took a message last that another one had overtaken, and answers late.
    late: [bool; 2],
}

/// A configuration, and how it is reached: from which other one, and by which message of which of the two.
pub(super) struct Reached<'p> {
    pub(super) configuration: Configuration<'p>,
    pub(super) by: Option<Arrival<'p>>,
}

/// A message sent or taken.
#[derive(Clone)]
pub(super) struct Arrival<'p> {
    pub(super) parent: usize,
    pub(super) side: usize,
    pub(super) event: Happening<'p>,
    /// The states in which that side may have done it.
    pub(super) from: States,
}

pub(super) struct Explorer<'v, 'p> {
    pub(super) views: &'v [View<'p>; 2],
    pub(super) reached: Vec<Reached<'p>>,
    seen: BTreeSet<Configuration<'p>>,
    open: VecDeque<usize>,
    /// What was sent at all.
    sent: BTreeSet<&'p str>,
    /// What was reported, so that it is reported once.
    reported: BTreeSet<(bool, &'p str, &'p str)>,
    found: Vec<Mismatch>,
    bounds: Bounds,
    /// How many steps were done, and how many states of the two are kept.
    steps: usize,
    kept: usize,
    cut: bool,
    exceeded: Option<Exceeded>,
}

/// How many states of the two are kept, in all configurations.
const KEPT_MAX: usize = 4_000_000;
/// How many mismatches are looked for.
const FOUND_MAX: usize = 100;

impl<'v, 'p> Explorer<'v, 'p> {
    pub(super) fn new(views: &'v [View<'p>; 2], bounds: Bounds) -> Explorer<'v, 'p> {
        let at = [0, 1].map(|side| views[side].closed(views[side].initial.clone()));
        let mut explorer = Explorer {
            views,
            reached: vec![],
            seen: BTreeSet::new(),
            open: VecDeque::new(),
            sent: BTreeSet::new(),
            reported: BTreeSet::new(),
            found: vec![],
            bounds,
            steps: 0,
            kept: 0,
            cut: false,
            exceeded: None,
        };
        if views.iter().any(View::is_too_large) {
            explorer.exceeded = Some(Exceeded::Size);
            return explorer;
        }
        explorer.reach(Configuration { at, queues: [vec![], vec![]], late: [false, false] }, None);
        explorer
    }

    pub(super) fn run(&mut self) {
        while let Some(number) = self.open.pop_front() {
            if !self.may_go_on(number) {
                return;
            }
            self.deadlock(number);
            for side in [0, 1] {
                self.sends(number, side);
                self.takes(number, side);
            }
        }
    }

    /// Counts what it costs to look at a configuration.
    fn may_go_on(&mut self, number: usize) -> bool {
        let Configuration { at, queues, .. } = &self.reached[number].configuration;
        let sides = [0, 1].map(|side| self.views[side].weight(&at[side]));
        self.steps += (sides[0] + sides[1]) * (2 + queues[0].len() + queues[1].len());
        !self.spent() && self.exceeded != Some(Exceeded::Mismatches)
    }

    /// Whether enough was found.
    fn is_full(&mut self) -> bool {
        let full = self.found.len() >= FOUND_MAX;
        if full {
            self.exceeded = Some(Exceeded::Mismatches);
        }
        full
    }

    /// Whether the steps or the memory are used up.
    fn spent(&mut self) -> bool {
        let spent = self.steps > self.bounds.steps || self.kept > KEPT_MAX;
        if spent {
            self.exceeded = Some(Exceeded::Size);
        }
        spent
    }

    pub(super) fn finish(mut self) -> Comparison {
        if self.found.is_empty() && self.exceeded.is_none() {
            for side in [0, 1] {
                self.never_sent(side);
            }
        }
        let Explorer { found: mismatches, cut, exceeded, reached, steps, .. } = self;
        Comparison { mismatches, configurations: reached.len(), steps, cut, exceeded }
    }

    fn reach(&mut self, mut configuration: Configuration<'p>, by: Option<Arrival<'p>>) {
        self.steps += [0, 1].map(|side| self.views[side].weight(&configuration.at[side])).iter().sum::<usize>();
        for side in [0, 1] {
            for place in 0..configuration.queues[side].len() {
                let offered = !self.takers(&configuration, side, place).is_empty();
                configuration.queues[side][place].offered |= offered;
            }
        }
        if self.seen.contains(&configuration) {
            return;
        }
        if self.reached.len() >= self.bounds.configurations {
            self.exceeded = Some(Exceeded::Configurations);
            return;
        }
        self.kept += configuration.at.iter().map(States::len).sum::<usize>();
        self.seen.insert(configuration.clone());
        self.open.push_back(self.reached.len());
        self.reached.push(Reached { configuration, by });
    }

    /// The states in which a side may take this one of its queue: it has a transition on it, and none that it would
    /// certainly take on one before it.
    fn takers(&self, configuration: &Configuration<'p>, side: usize, place: usize) -> States {
        let (view, queue) = (&self.views[side], &configuration.queues[side]);
        let first = |at: &usize| {
            let certain = view.places.get(*at).map(|place| &place.certain);
            !queue[..place].iter().any(|before| certain.is_some_and(|certain| certain.contains(before.message)))
        };
        let at = configuration.at[side].iter().filter(|at| view.takes(**at, queue[place].message) && first(at));
        at.copied().collect()
    }

    fn sends(&mut self, number: usize, side: usize) {
        let other = 1 - side;
        let before = self.reached[number].configuration.clone();
        for ((message, repeated), from) in self.views[side].sends(&before.at[side]) {
            if self.spent() {
                return;
            }
            self.sent.insert(message);
            let arrival = Arrival { parent: number, side, event: (true, message), from };
            let mut next = before.clone();
            next.at[side] = self.views[side].after(&arrival.from, arrival.event);
            // What the sender can no longer take, after what it has decided, was a race.
            self.forget(&mut next, side);
            if !self.views[other].may_take(&before.at[other], message) {
                // Whoever has something to read, or answers late, cannot know what the other one has decided.
                let known = before.queues[side].is_empty() && !before.late[side];
                let again = repeated && self.views[other].may_take(&self.views[other].initial, message);
                if known && !again {
                    self.report((Kind::Unhandled, message), &arrival, &next);
                    continue;
                }
            } else if repeated && before.queues[other].iter().any(|waiting| waiting.message == message) {
                continue; // Another copy changes nothing.
            } else if before.queues[other].len() >= self.bounds.queue {
                self.cut = true;
                continue;
            } else {
                next.queues[other].push(Waiting { message, offered: repeated, overtaken: false });
            }
            self.reach(next, Some(arrival));
        }
    }

    fn takes(&mut self, number: usize, side: usize) {
        let before = self.reached[number].configuration.clone();
        for place in 0..before.queues[side].len() {
            let from = self.takers(&before, side, place);
            if from.is_empty() {
                continue;
            }
            let mut next = before.clone();
            let taken = next.queues[side].remove(place);
            next.queues[side][..place].iter_mut().for_each(|waiting| waiting.overtaken = true);
            next.late[side] = taken.overtaken;
            let arrival = Arrival { parent: number, side, event: (false, taken.message), from };
            next.at[side] = self.views[side].after(&arrival.from, arrival.event);
            let left = |waiting: &&Waiting<'p>| {
                !waiting.offered && !self.views[side].may_take(&next.at[side], waiting.message)
            };
            let left: Vec<&'p str> = next.queues[side].iter().filter(left).map(|waiting| waiting.message).collect();
            if let Some(message) = left.first() {
                self.report((Kind::LeftBehind, message), &arrival, &next);
                continue;
            }
            self.forget(&mut next, side);
            self.reach(next, Some(arrival));
        }
    }

    /// Drops what a side will never take.
    fn forget(&self, configuration: &mut Configuration<'p>, side: usize) {
        let at = &configuration.at[side];
        configuration.queues[side].retain(|waiting| self.views[side].may_take(at, waiting.message));
    }

    /// States in which both may stay for ever, and at least one should not.
    fn deadlock(&mut self, number: usize) {
        let [left, right] = [0, 1].map(|side| self.resting(number, side));
        self.steps = self.steps.saturating_add(left.len().saturating_mul(right.len()));
        if self.spent() {
            return;
        }
        for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
            let idle = [self.views[0].places[a].idle, self.views[1].places[b].idle];
            // Nobody has to begin, but if both wait for the other one to do it, nobody can.
            let nobody = number == 0 && self.views[0].initial.contains(&a) && self.views[1].initial.contains(&b);
            let nobody = nobody && !self.views[0].awaited(a).is_empty() && !self.views[1].awaited(b).is_empty();
            if idle == [true, true] && !nobody {
                continue;
            }
            let mut fresh = false;
            for (side, at) in [a, b].into_iter().enumerate().filter(|(side, _)| nobody || !idle[*side]) {
                let key = (true, self.views[side].name, self.views[side].state(at));
                fresh |= self.reported.insert(key);
            }
            if fresh && !self.is_full() {
                let mismatch = self.waits(number, [a, b], (idle, !nobody));
                self.found.push(mismatch);
            }
        }
    }

    /// The declared states in which a side may stay, although nothing else happens: nothing in its queue can be taken.
    fn resting(&self, number: usize, side: usize) -> Vec<usize> {
        let configuration = &self.reached[number].configuration;
        let view = &self.views[side];
        let stays = |at: &&usize| {
            view.places.get(**at).is_some_and(|place| place.rests)
                && !configuration.queues[side].iter().any(|waiting| view.takes(**at, waiting.message))
        };
        configuration.at[side].iter().filter(stays).copied().collect()
    }

    /// A message that is not taken, once for each receiver.
    fn report(&mut self, (kind, message): (Kind, &'p str), arrival: &Arrival<'p>, next: &Configuration<'p>) {
        let to = if kind == Kind::Unhandled { 1 - arrival.side } else { arrival.side };
        if self.reported.insert((false, self.views[to].name, message)) && !self.is_full() {
            let mismatch = self.unread((kind, message, to), arrival, next);
            self.found.push(mismatch);
        }
    }

    fn never_sent(&mut self, side: usize) {
        for (message, step) in self.views[side].received() {
            let fresh = !self.sent.contains(message) && self.reported.insert((false, self.views[side].name, message));
            if fresh && !self.is_full() {
                let mismatch = self.missing(side, message, step.span);
                self.found.push(mismatch);
            }
        }
    }
}

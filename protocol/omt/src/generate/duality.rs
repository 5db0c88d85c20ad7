//! Whether each message that one of two actors may send has a handler at the other one, then or later. This is less than
//! duality: neither the order in which messages are awaited nor that the two go on at all is looked at.
//!
//! Each actor is seen through the messages between the two; everything else happens inside. Both are followed
//! together, one message at a time, over the sets of states in which they may be (a product of subset constructions).
//! A message that arrives early waits, so a receiver that takes it in a later state is no mismatch either. The product is bounded
//! by [`PAIRS_MAX`] pairs; what lies behind is not looked at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Way, ways};
use crate::ast::ShapeKind;
use crate::model::{Actor, Model, Shape};
use crate::tree::Node;

/// How many pairs of sets of states are looked at.
pub const PAIRS_MAX: usize = 10_000;

/// A message that one actor may send where the other cannot receive it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mismatch {
    /// Who sends.
    pub sender: String,
    /// Who should receive.
    pub receiver: String,
    /// What is sent.
    pub message: String,
    /// The messages between the two before it.
    pub after: Vec<String>,
    /// Where the receiver may be then.
    pub states: Vec<String>,
}

/// A step as both see it: a message sent or received, or nothing that the other one sees.
struct Step<'p> {
    from: usize,
    to: usize,
    event: Option<(bool, &'p str)>,
}

/// An actor, seen by another one. States behind those that are declared stand between the messages of one way.
struct View<'p> {
    steps: Vec<Step<'p>>,
    initial: BTreeSet<usize>,
    states: usize,
}

type States = BTreeSet<usize>;

/// Whether a message may go from one of the two actors to the other one. For an actor and itself: to another of its kind.
pub fn exchange(model: &Model<'_>, a: &Actor<'_>, b: &Actor<'_>) -> bool {
    let goes = |from: &Actor<'_>, to: &Actor<'_>, shape: &Shape<'_>| {
        shape.ast.sender().is_some_and(|sender| sender.text() == from.name) && shape.is_for(to.name)
    };
    let messages = model.shapes.iter().filter(|shape| shape.kind() == ShapeKind::Message);
    messages.into_iter().any(|shape| goes(a, b, shape) || goes(b, a, shape))
}

/// All mismatches between two actors, in both directions. For an actor and itself these are two of its kind.
pub fn mismatches(model: &Model<'_>, a: &Actor<'_>, b: &Actor<'_>) -> Vec<Mismatch> {
    let (left, right) = (View::new(model, a, b), View::new(model, b, a));
    let start = (left.closed(left.initial.clone()), right.closed(right.initial.clone()));
    let mut seen: BTreeSet<(States, States)> = BTreeSet::from([start.clone()]);
    let mut open: VecDeque<((States, States), Vec<String>)> = VecDeque::from([(start, vec![])]);
    let mut found: BTreeMap<(bool, String), Mismatch> = BTreeMap::new();
    while let Some(((at_left, at_right), trace)) = open.pop_front() {
        for (leftwards, message) in sends(&left, &at_left, &right, &at_right) {
            let (sender, receiver) = if leftwards { (&right, &left) } else { (&left, &right) };
            let (from, to) = if leftwards { (&at_right, &at_left) } else { (&at_left, &at_right) };
            let next_sender = sender.after(from, (true, message));
            let next_receiver = receiver.after(to, (false, message));
            if next_receiver.is_empty() {
                let later = receiver.reachable(to);
                if receiver.after(&later, (false, message)).is_empty() {
                    let (from, who) = if leftwards { (b, a) } else { (a, b) };
                    let names = to.iter().filter_map(|at| who.states.get(*at)?.name());
                    let states = names.map(|name| name.text().to_owned()).collect();
                    let (sender, receiver) = (from.name.to_owned(), who.name.to_owned());
                    let mismatch =
                        Mismatch { sender, receiver, message: message.to_owned(), after: trace.clone(), states };
                    found.entry((leftwards, message.to_owned())).or_insert(mismatch);
                }
                continue;
            }
            let next = if leftwards { (next_receiver, next_sender) } else { (next_sender, next_receiver) };
            if seen.len() < PAIRS_MAX && seen.insert(next.clone()) {
                let arrow = if leftwards { "<-" } else { "->" };
                let step = format!("{} {arrow} {}: {message}", a.name, b.name);
                open.push_back((next, [trace.clone(), vec![step]].concat()));
            }
        }
    }
    // Two of a kind: what one cannot receive from the other, the other cannot receive from it.
    found.into_iter().filter(|found| !found.0.0 || a.name != b.name).map(|found| found.1).collect()
}

/// The messages that can be sent next, with `true` for those from right to left.
fn sends<'p>(left: &View<'p>, at_left: &States, right: &View<'p>, at_right: &States) -> BTreeSet<(bool, &'p str)> {
    let of = |view: &View<'p>, at: &States, leftwards: bool| -> Vec<(bool, &'p str)> {
        let out = view.steps.iter().filter(|step| at.contains(&step.from));
        out.filter_map(|step| step.event.filter(|event| event.0)).map(|event| (leftwards, event.1)).collect()
    };
    of(left, at_left, false).into_iter().chain(of(right, at_right, true)).collect()
}

impl<'p> View<'p> {
    fn new(model: &Model<'p>, actor: &Actor<'p>, other: &Actor<'p>) -> View<'p> {
        let message = |name: &str| model.shape(name, ShapeKind::Message).map(|number| &model.shapes[number as usize]);
        // What is for the `Network` reaches everybody, and concerns those who have something to do then.
        let concerned: BTreeSet<&str> = ways(model, other).iter().filter_map(|way| way.received).collect();
        let goes = |name: &str| {
            message(name).is_some_and(|shape| {
                shape.is_for(other.name) && (shape.is_named(other.name) || concerned.contains(name))
            })
        };
        let comes = |name: &str| {
            message(name).and_then(|shape| shape.ast.sender()).is_some_and(|from: Node<'_>| from.text() == other.name)
        };
        let initial = actor.states.iter().enumerate().filter(|(_, state)| state.is_initial()).map(|(at, _)| at);
        let mut view = View { steps: vec![], initial: initial.collect(), states: actor.states.len() };
        for way in ways(model, actor) {
            view.add(&way, &goes, &comes);
        }
        view
    }

    /// A way with several messages goes through states of its own.
    fn add(&mut self, way: &Way<'p>, goes: &dyn Fn(&str) -> bool, comes: &dyn Fn(&str) -> bool) {
        let received = way.received.filter(|name| comes(name)).map(|name| (false, name));
        let sent = way.sent.iter().filter(|name| goes(name)).map(|name| (true, *name));
        let mut events: Vec<_> = received.into_iter().collect();
        for event in sent {
            // The same message again is for another receiver.
            if !events.contains(&event) {
                events.push(event);
            }
        }
        let mut from = way.from;
        for (number, event) in events.iter().enumerate() {
            let to = if number + 1 == events.len() { way.to } else { self.states };
            self.states += usize::from(to == self.states);
            self.steps.push(Step { from, to, event: Some(*event) });
            from = to;
        }
        if events.is_empty() {
            self.steps.push(Step { from, to: way.to, event: None });
        }
    }

    /// The states that are reached without the other one noticing.
    fn closed(&self, states: States) -> States {
        self.spread(states, |step| step.event.is_none())
    }

    /// All states that may be reached some day.
    fn reachable(&self, states: &States) -> States {
        self.spread(states.clone(), |_| true)
    }

    fn spread(&self, mut states: States, follows: impl Fn(&Step<'p>) -> bool) -> States {
        let mut open: Vec<usize> = states.iter().copied().collect();
        while let Some(at) = open.pop() {
            for step in self.steps.iter().filter(|step| step.from == at && follows(step)) {
                if states.insert(step.to) {
                    open.push(step.to);
                }
            }
        }
        states
    }

    fn after(&self, states: &States, event: (bool, &str)) -> States {
        let steps = self.steps.iter().filter(|step| states.contains(&step.from) && step.event == Some(event));
        self.closed(steps.map(|step| step.to).collect())
    }
}

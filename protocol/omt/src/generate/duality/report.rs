//! Mismatches as people read them: a sentence, the places in the source, and the shortest way there.

use std::collections::{BTreeMap, VecDeque};

use super::explore::{Arrival, Configuration, Explorer};
use super::view::{Move, States, View};
use super::{Kind, Mismatch, Step};
use crate::diagnostic::Label;
use crate::span::Span;

impl<'p> Explorer<'_, 'p> {
    /// A message that is not handled, or left behind.
    pub(super) fn unread(
        &self,
        (kind, message, to): (Kind, &'p str, usize),
        arrival: &Arrival<'p>,
        next: &Configuration<'p>,
    ) -> Mismatch {
        let view = &self.views[to];
        let (sender, receiver) = (&self.views[1 - to].shown, &view.shown);
        let states = view.names_of(&next.at[to]);
        let (which, may) = (one_of(&states), if states.len() > 1 { "may be" } else { "is" });
        let text = match kind {
            Kind::Unhandled => format!(
                "{sender} sends {message}, and {receiver} has no transition on it, then or later: it {may} in {which}"
            ),
            _ => format!(
                "{message} is left behind: {receiver} takes {} before it, and has no transition on {message} then or later: \
                 it {may} in {which}",
                arrival.event.1
            ),
        };
        let mut places = vec![];
        let sent = (true, message);
        let steps = self.views[1 - to].moves.iter();
        let sends =
            steps.filter(|step| step.event == Some(sent) && (to == arrival.side || arrival.from.contains(&step.from)));
        places.extend(sends.take(1).map(|step| label(step.span, format!("{sender} sends it here"))));
        if kind == Kind::LeftBehind {
            let taken = |step: &&Move<'p>| step.event == Some(arrival.event) && arrival.from.contains(&step.from);
            let taken = view.moves.iter().filter(taken).take(1);
            places.extend(taken.map(|step| label(step.span, format!("{receiver} goes on with this one"))));
        }
        let declared = next.at[to].iter().find_map(|at| view.span(*at));
        places.extend(declared.map(|span| label(span, format!("{receiver} {may} here"))));
        let ends = [0, 1].map(|side| next.at[side].clone());
        let trace = self.trace(Some(arrival), arrival.parent, ends);
        Mismatch { kind, message: Some(message.to_owned()), text, trace, places }
    }

    /// Two that wait for one another, or one that waits for somebody who will not send.
    pub(super) fn waits(&self, number: usize, at: [usize; 2], (idle, begun): ([bool; 2], bool)) -> Mismatch {
        let part = |side: usize| {
            let (view, state) = (&self.views[side], self.views[side].state(at[side]));
            let awaited = view.awaited(at[side]);
            if idle[side] && begun && view.initial.contains(&at[side]) {
                format!("{} has not begun, in {state}", view.shown)
            } else if idle[side] && begun {
                format!("{} has ended, in {state}", view.shown)
            } else if awaited.is_empty() {
                format!("{} stays in {state}", view.shown)
            } else {
                format!("{} waits in {state} for {}", view.shown, one_of(&awaited))
            }
        };
        let why = if begun { "nothing is under way that helps, and there is no timeout" } else { "neither can begin" };
        // Who waits comes first.
        let order = if begun && idle[0] { [1, 0] } else { [0, 1] };
        let text = format!("{}, and {}: {why}", part(order[0]), part(order[1]));
        let place = |side: usize| {
            let view = &self.views[side];
            let what = if idle[side] && begun { "is here" } else { "waits here" };
            view.span(at[side]).map(|span| label(span, format!("{} {what}", view.shown)))
        };
        let places = order.into_iter().filter_map(place).collect();
        let trace = self.trace(None, number, at.map(|at| States::from([at])));
        Mismatch { kind: Kind::Deadlock, message: None, text, trace, places }
    }

    pub(super) fn missing(&self, side: usize, message: &'p str, span: Span) -> Mismatch {
        let (view, other) = (&self.views[side], &self.views[1 - side]);
        let text = if other.moves.iter().any(|step| step.event == Some((true, message))) {
            format!("{} awaits {message}, and {} never comes to the place where it sends it", view.shown, other.shown)
        } else {
            format!("{} awaits {message}, and {} never sends it", view.shown, other.shown)
        };
        let places = vec![label(span, format!("{} awaits it here", view.shown))];
        Mismatch { kind: Kind::NeverSent, message: Some(message.to_owned()), text, trace: vec![], places }
    }

    /// The messages on the way to a configuration and behind it, with what happened inside of each of the two.
    fn trace(&self, last: Option<&Arrival<'p>>, number: usize, ends: [States; 2]) -> Vec<Step> {
        let mut arrivals: Vec<&Arrival<'p>> = last.into_iter().collect();
        let mut at = number;
        while let Some(by) = &self.reached[at].by {
            arrivals.push(by);
            at = by.parent;
        }
        arrivals.reverse();
        let mut runs = [0, 1].map(|side| {
            let own: Vec<&Arrival<'p>> = arrivals.iter().filter(|arrival| arrival.side == side).copied().collect();
            run(&self.views[side], &own, &ends[side]).into_iter()
        });
        let mut steps = vec![];
        for arrival in &arrivals {
            for step in runs[arrival.side].by_ref() {
                steps.push(described(&self.views[arrival.side], step));
                if step.event.is_some() {
                    break;
                }
            }
        }
        for (side, rest) in runs.into_iter().enumerate() {
            steps.extend(rest.map(|step| described(&self.views[side], step)));
        }
        steps
    }
}

fn label(span: Span, text: String) -> Label {
    Label { span, text }
}

fn described(view: &View<'_>, step: &Move<'_>) -> Step {
    let what = match step.event {
        Some((true, message)) => format!("!{message}"),
        Some((false, message)) => format!("?{message}"),
        None => step.label.clone(),
    };
    Step { actor: view.shown.clone(), what, to: view.state(step.target).to_owned(), span: step.span }
}

/// `A`, `A or B`, `A, B or C`
fn one_of(names: &[&str]) -> String {
    match names {
        [] => "the middle of a transition".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// How many points are looked at to find the way of one actor.
const POINTS_MAX: usize = 500_000;

/// A state, and how many messages were before it.
type Point = (usize, usize);

/// From where, and by which move, each point was reached first.
type Came<'v, 'p> = BTreeMap<Point, Option<(Point, &'v Move<'p>)>>;

/// A shortest run of one actor through its messages, in order, that ends in one of the states.
fn run<'v, 'p>(view: &'v View<'p>, arrivals: &[&Arrival<'p>], ends: &States) -> Vec<&'v Move<'p>> {
    let mut came: Came<'v, 'p> = Came::new();
    let mut open: VecDeque<(usize, usize)> = view.initial.iter().map(|at| (*at, 0)).collect();
    came.extend(open.iter().map(|start| (*start, None)));
    while let Some((at, done)) = open.pop_front() {
        if came.len() > POINTS_MAX {
            return messages(view, arrivals);
        }
        if done == arrivals.len() && ends.contains(&at) {
            return unwound(&came, (at, done));
        }
        for step in view.from(at) {
            let expected = arrivals.get(done).filter(|arrival| arrival.from.contains(&at)).map(|arrival| arrival.event);
            let next = match step.event {
                None => (step.to, done),
                event if event == expected => (step.to, done + 1),
                _ => continue,
            };
            if let std::collections::btree_map::Entry::Vacant(entry) = came.entry(next) {
                entry.insert(Some(((at, done), step)));
                open.push_back(next);
            }
        }
    }
    vec![]
}

/// The messages alone, where it would take too long to say what happened between them.
fn messages<'v, 'p>(view: &'v View<'p>, arrivals: &[&Arrival<'p>]) -> Vec<&'v Move<'p>> {
    let step = |arrival: &&Arrival<'p>| {
        let mut moves = arrival.from.iter().flat_map(|at| view.from(*at));
        moves.find(|step| step.event == Some(arrival.event))
    };
    arrivals.iter().filter_map(step).collect()
}

fn unwound<'v, 'p>(came: &Came<'v, 'p>, end: (usize, usize)) -> Vec<&'v Move<'p>> {
    let mut steps = vec![];
    let mut at = end;
    while let Some(Some((before, step))) = came.get(&at) {
        steps.push(*step);
        at = *before;
    }
    steps.reverse();
    steps
}

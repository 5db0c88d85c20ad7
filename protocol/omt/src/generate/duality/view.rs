//! An actor, seen by another one: an automaton over the messages between the two. All else, timeouts, triggers, automatic
//! transitions and the messages of others, happens inside, and may happen whenever the actor is in the state.

use std::collections::{BTreeMap, BTreeSet};

use super::later::Later;
use crate::ast::{Action, Event, Expression, ShapeKind, Transition};
use crate::check::{Effort, by_itself, certain};
use crate::generate::event_text;
use crate::model::{Actor, Model, Shape};
use crate::span::Span;
use crate::tree::Node;

/// Numbers of states.
pub(super) type States = BTreeSet<usize>;

/// A message between the two: whether it is sent, and its name.
pub(super) type Happening<'p> = (bool, &'p str);

/// One message sent or received, or something that the other one does not see.
#[derive(Debug)]
pub(super) struct Move<'p> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) event: Option<Happening<'p>>,
    /// The event of the transition, for people.
    pub(super) label: String,
    /// The declared state to which the transition leads.
    pub(super) target: usize,
    /// Whether it is done again and again as time passes: a timeout that stays in its state.
    pub(super) repeated: bool,
    pub(super) span: Span,
}

/// What is known of a declared state.
#[derive(Debug, Default)]
pub(super) struct Place<'p> {
    /// Messages of the other one that are certainly taken here: without a guard, or with an `else`.
    pub(super) certain: BTreeSet<&'p str>,
    /// Whether the actor may stay here until a message of the other one comes.
    pub(super) rests: bool,
    /// Whether nothing is missing when it stays here: the state is terminal or initial.
    pub(super) idle: bool,
}

/// An actor, seen by another one. States behind those that are declared stand between the messages of one way.
pub(super) struct View<'p> {
    pub(super) name: &'p str,
    /// The name for people, which tells two of a kind apart.
    pub(super) shown: String,
    pub(super) moves: Vec<Move<'p>>,
    pub(super) places: Vec<Place<'p>>,
    pub(super) initial: States,
    names: Vec<Option<Node<'p>>>,
    states: usize,
    /// The numbers of the moves that leave each state.
    leaving: Vec<Vec<u32>>,
    /// A number for each message that is received.
    messages: BTreeMap<&'p str, u32>,
    /// The messages that are received in each state or behind it; none if the actor is too large to say.
    later: Option<Later>,
}

/// A transition, and whether it changes anything for the two.
type Exit<'p> = (Transition<'p>, bool);

/// Which messages go between an actor and the other one.
struct Between<'m, 'p> {
    model: &'m Model<'p>,
    actor: &'m Actor<'p>,
    other: &'m Actor<'p>,
    /// What is for the `Network` reaches everybody, and concerns those who have something to do then.
    concerned: BTreeSet<&'p str>,
}

impl<'m, 'p> Between<'m, 'p> {
    fn message(&self, name: &str) -> Option<&'m Shape<'p>> {
        self.model.shape(name, ShapeKind::Message).map(|number| &self.model.shapes[number as usize])
    }

    fn comes(&self, name: &str) -> bool {
        let sender = self.message(name).and_then(|shape| shape.ast.sender());
        sender.is_some_and(|sender| sender.text() == self.other.name)
    }

    fn goes(&self, name: &str, to: Expression<'p>, transition: Transition<'p>) -> bool {
        let Some(shape) = self.message(name) else { return false };
        let named = shape.is_named(self.other.name);
        let concerns = named || (shape.is_named("Network") && self.concerned.contains(name));
        let alone = shape.ast.actors().count() == 1;
        concerns && (alone || self.role(to, transition).is_none_or(|role| role == self.other.name))
    }

    /// Whose role a receiver plays, where that is known: variables with the name of a role, or its plural, bind it.
    fn role(&self, to: Expression<'p>, transition: Transition<'p>) -> Option<&'p str> {
        let name = match to.ungrouped() {
            Expression::Name(node) => node.text(),
            Expression::Access(node) if node.text() == "message.sender" => {
                let Some(Event::On(message)) = transition.event() else { return None };
                return self.message(message.text())?.ast.sender().map(Node::text);
            }
            _ => return None,
        };
        let starts = |role: &str| name.get(..role.len()).is_some_and(|start| start.eq_ignore_ascii_case(role));
        let ends = |role: &str, end: &str| starts(role) && name[role.len()..].eq_ignore_ascii_case(end);
        let binds = |role: &str| {
            let y = role.strip_suffix(['y', 'Y']);
            ends(role, "") || ends(role, "s") || y.is_some_and(|y| ends(y, "ies"))
        };
        self.model.actors.iter().map(|actor| actor.name).find(|role| binds(role))
    }

    /// The messages of one way: the one that begins it, and those that are sent to the other one. The same message to
    /// another variable is for another receiver.
    fn events(
        &self,
        transition: Transition<'p>,
        actions: impl Iterator<Item = Action<'p>>,
    ) -> Vec<(Happening<'p>, Span)> {
        let received = match transition.event() {
            Some(Event::On(name)) if self.actor.trigger(name.text()).is_none() && self.comes(name.text()) => Some(name),
            _ => None,
        };
        let mut events: Vec<_> = received.map(|name| ((false, name.text()), name.span())).into_iter().collect();
        let mut sent: Vec<(&str, &str)> = vec![];
        for action in actions {
            let Action::Send { to, message, .. } = action else { continue };
            let receiver = to.ungrouped().node().text();
            let elsewhere = sent.iter().any(|before| before.0 == message.text() && before.1 != receiver);
            if self.goes(message.text(), to, transition) && !elsewhere {
                sent.push((message.text(), receiver));
                events.push(((true, message.text()), message.span()));
            }
        }
        events
    }
}

impl<'p> View<'p> {
    pub(super) fn new(model: &Model<'p>, actor: &Actor<'p>, other: &Actor<'p>) -> View<'p> {
        let events = other.transitions.iter().filter_map(|transition| match transition.event() {
            Some(Event::On(name)) => Some(name.text()),
            _ => None,
        });
        let between = Between { model, actor, other, concerned: events.collect() };
        let initial = actor.states.iter().enumerate().filter(|(_, state)| state.is_initial()).map(|(at, _)| at);
        let mut view = View {
            name: actor.name,
            shown: actor.name.to_owned(),
            moves: vec![],
            places: vec![],
            initial: initial.collect(),
            names: actor.states.iter().map(|state| state.name()).collect(),
            states: actor.states.len(),
            leaving: vec![],
            messages: BTreeMap::new(),
            later: None,
        };
        let mut exits: Vec<Vec<Exit<'p>>> = (0..actor.states.len()).map(|_| vec![]).collect();
        for transition in &actor.transitions {
            let first = view.moves.len();
            view.transition(&between, *transition);
            let Some(at) = transition.from().and_then(|from| actor.state(from.text())) else { continue };
            // Coming back to the state without a message to the other one changes nothing for the two.
            let matters = |step: &Move<'p>| step.target != at || step.event.is_some_and(|event| event.0);
            exits[at].push((*transition, view.moves[first..].iter().any(matters)));
        }
        view.places = exits.iter().enumerate().map(|(at, exits)| view.place(&between, at, exits)).collect();
        view.index();
        view
    }

    /// Tables for what is asked of each state.
    fn index(&mut self) {
        self.leaving = vec![vec![]; self.states];
        let (mut next, mut received) = (vec![vec![]; self.states], vec![vec![]; self.states]);
        for (number, step) in self.moves.iter().enumerate() {
            self.leaving[step.from].push(number as u32);
            next[step.from].push(step.to as u32);
            if let Some((false, message)) = step.event {
                let fresh = self.messages.len() as u32;
                received[step.from].push(*self.messages.entry(message).or_insert(fresh));
            }
        }
        self.later = Later::new(&next, &received, self.messages.len());
    }

    /// Whether it is too large to be followed.
    pub(super) fn is_too_large(&self) -> bool {
        self.later.is_none()
    }

    /// The moves that leave a state.
    pub(super) fn from(&self, at: usize) -> impl Iterator<Item = &Move<'p>> {
        self.leaving[at].iter().map(|number| &self.moves[*number as usize])
    }

    /// How many steps it takes to look at these states.
    pub(super) fn weight(&self, states: &States) -> usize {
        states.iter().map(|at| 1 + self.leaving[*at].len()).sum()
    }

    fn transition(&mut self, between: &Between<'_, 'p>, transition: Transition<'p>) {
        let state = |name: Option<Node<'p>>| name.and_then(|name| between.actor.state(name.text()));
        let Some(from) = state(transition.from()) else { return };
        let event = event_text(transition);
        if let Some(to) = state(transition.to()) {
            let guarded = if transition.guard().is_some() { " when …" } else { "" };
            let events = between.events(transition, transition.actions());
            self.way((from, to), events, (&format!("{event}{guarded}"), transition.event()), transition.node().span());
        }
        if let Some(otherwise) = transition.otherwise()
            && let Some(to) = state(otherwise.to())
        {
            let events = between.events(transition, otherwise.actions());
            self.way((from, to), events, (&format!("{event} otherwise"), transition.event()), otherwise.node().span());
        }
    }

    /// A way with several messages goes through states of its own.
    fn way(
        &mut self,
        (from, to): (usize, usize),
        events: Vec<(Happening<'p>, Span)>,
        (label, event): (&str, Option<Event<'p>>),
        span: Span,
    ) {
        let repeated = from == to && matches!(event, Some(Event::Timeout(_)));
        let mut at = from;
        for (number, (event, span)) in events.iter().enumerate() {
            let next = if number + 1 == events.len() { to } else { self.states };
            self.states += usize::from(next == self.states);
            let label = label.to_owned();
            self.moves.push(Move { from: at, to: next, event: Some(*event), label, target: to, repeated, span: *span });
            at = next;
        }
        if events.is_empty() {
            self.moves.push(Move { from, to, event: None, label: label.to_owned(), target: to, repeated, span });
        }
    }

    fn place(&self, between: &Between<'_, 'p>, at: usize, own: &[Exit<'p>]) -> Place<'p> {
        let (actor, state) = (between.actor, between.actor.states[at]);
        let exits: Vec<Transition<'p>> = own.iter().map(|exit| exit.0).collect();
        let on = |transition: &Transition<'p>| match transition.event() {
            Some(Event::On(name)) => Some(name.text()),
            _ => None,
        };
        let takes = exits.iter().filter(|exit| certain(**exit)).filter_map(on).filter(|name| between.comes(name));
        let ways: Vec<Transition<'p>> = own.iter().filter(|exit| exit.1).map(|exit| exit.0).collect();
        let others = ways.iter().filter_map(on).any(|name| actor.trigger(name).is_some() || !between.comes(name));
        let mut effort = Effort::new();
        effort.next();
        Place {
            certain: takes.collect(),
            rests: !others && !by_itself(between.model, &exits, &ways, &mut effort),
            idle: state.is_terminal() || state.is_initial(),
        }
    }

    /// The name of a declared state.
    pub(super) fn state(&self, at: usize) -> &'p str {
        self.names.get(at).copied().flatten().map_or("_", Node::text)
    }

    /// Where a declared state is declared.
    pub(super) fn span(&self, at: usize) -> Option<Span> {
        self.names.get(at).copied().flatten().map(Node::span)
    }

    /// The declared states among these, by name.
    pub(super) fn names_of(&self, states: &States) -> Vec<&'p str> {
        states.iter().filter(|at| **at < self.names.len()).map(|at| self.state(*at)).collect()
    }

    /// The messages that may be sent next, and whether that is repeated, each with the states in which that is.
    pub(super) fn sends(&self, at: &States) -> BTreeMap<(&'p str, bool), States> {
        let mut sends: BTreeMap<(&'p str, bool), States> = BTreeMap::new();
        for step in at.iter().flat_map(|at| self.from(*at)) {
            if let Some((true, message)) = step.event {
                sends.entry((message, step.repeated)).or_default().insert(step.from);
            }
        }
        sends
    }

    /// Whether a message is received in this state.
    pub(super) fn takes(&self, at: usize, message: &str) -> bool {
        self.from(at).any(|step| step.event == Some((false, message)))
    }

    /// The messages that are received in this state.
    pub(super) fn awaited(&self, at: usize) -> Vec<&'p str> {
        let received = self.from(at).filter_map(|step| step.event);
        let names: BTreeSet<&'p str> = received.filter(|event| !event.0).map(|event| event.1).collect();
        names.into_iter().collect()
    }

    /// Whether a message may be received in one of these states, or behind them.
    pub(super) fn may_take(&self, at: &States, message: &str) -> bool {
        let Some(number) = self.messages.get(message) else { return false };
        at.iter().any(|at| self.later.as_ref().is_none_or(|later| later.contains(*at, *number)))
    }

    /// Everything that is received somewhere, with the first place.
    pub(super) fn received(&self) -> BTreeMap<&'p str, &Move<'p>> {
        let reached = self.spread(self.initial.clone(), |_| true);
        let mut received = BTreeMap::new();
        for step in self.moves.iter().filter(|step| reached.contains(&step.from)) {
            if let Some((false, message)) = step.event {
                received.entry(message).or_insert(step);
            }
        }
        received
    }

    /// The states that are reached without the other one noticing.
    pub(super) fn closed(&self, states: States) -> States {
        self.spread(states, |step| step.event.is_none())
    }

    fn spread(&self, mut states: States, follows: impl Fn(&Move<'p>) -> bool) -> States {
        let mut open: Vec<usize> = states.iter().copied().collect();
        while let Some(at) = open.pop() {
            for step in self.from(at).filter(|step| follows(step)) {
                if states.insert(step.to) {
                    open.push(step.to);
                }
            }
        }
        states
    }

    pub(super) fn after(&self, states: &States, event: Happening<'_>) -> States {
        let steps = states.iter().flat_map(|at| self.from(*at)).filter(|step| step.event == Some(event));
        self.closed(steps.map(|step| step.to).collect())
    }
}

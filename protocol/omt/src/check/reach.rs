//! Which states can be reached, and which can be left.

use std::collections::BTreeSet;

use super::Checker;
use super::guards::{Effort, exhaustive};
use crate::ast::{Event, Expression, ShapeKind, Transition};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Actor, Model};
use crate::tree::Node;

/// The transitions of a state.
type Exits<'p> = Vec<Transition<'p>>;

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn reach(&mut self, actor: &'m Actor<'p>) {
        let mut exits: Vec<Exits<'p>> = vec![vec![]; actor.states.len()];
        for transition in &actor.transitions {
            if let Some(at) = transition.from().and_then(|from| actor.state(from.text())) {
                exits[at].push(*transition);
            }
        }
        self.unreachable(actor, &exits);
        for (at, exits) in exits.iter().enumerate() {
            // A state that is declared twice has its transitions at the first place.
            if actor.states[at].name().and_then(|name| actor.state(name.text())) == Some(at) {
                self.effort.next();
                self.leaving(actor, at, exits);
                self.overlaps(exits);
            }
        }
    }

    fn unreachable(&mut self, actor: &'m Actor<'p>, exits: &[Exits<'p>]) {
        let mut reached: Vec<bool> = actor.states.iter().map(|state| state.is_initial()).collect();
        if !reached.contains(&true) {
            return;
        }
        let mut open: Vec<usize> = (0..reached.len()).filter(|at| reached[*at]).collect();
        while let Some(at) = open.pop() {
            for target in exits[at].iter().flat_map(|transition| targets(actor, *transition)) {
                if !std::mem::replace(&mut reached[target], true) {
                    open.push(target);
                }
            }
        }
        for (state, reached) in actor.states.iter().zip(reached) {
            if let (Some(name), false) = (state.name(), reached) {
                if actor.state(name.text()).is_some_and(|first| actor.states[first].node().id() != state.node().id()) {
                    continue;
                }
                let message = format!("the state `{}` cannot be reached from the initial state", name.text());
                let hint = "add a transition that leads to it, or remove it";
                self.report(Diagnostic::new(Code::UNREACH, name.span(), message).hint(hint));
            }
        }
    }

    fn leaving(&mut self, actor: &'m Actor<'p>, at: usize, exits: &Exits<'p>) {
        let state = actor.states[at];
        let Some(name) = state.name() else { return };
        if state.is_terminal() {
            if let Some(exit) = exits.first() {
                let message = format!("the terminal state `{}` has transitions", name.text());
                let finding = Diagnostic::new(Code::TERMEXIT, name.span(), message);
                let finding = finding.label(exit.node().span(), "such as this one");
                self.report(finding.hint("an instance here lives until its time limit: allow it, if it is meant"));
            }
            return;
        }
        let leaves = |transition: &&Transition<'p>| targets(actor, **transition).any(|target| target != at);
        let ways: Vec<Transition<'p>> = exits.iter().filter(leaves).copied().collect();
        if by_itself(self.model, exits, &ways, &mut self.effort) {
            return;
        }
        let others = |way: &&Transition<'p>| matches!(way.event(), Some(Event::On(_)) | None);
        let why = match ways.iter().find(others) {
            Some(_) => return self.waiting(actor, at, &ways),
            None if ways.is_empty() => "no transition leads out of it",
            None => "it is left only if a guard holds, and nothing says that one does",
        };
        let message = format!("the state `{}` may not be left again: {why}", name.text());
        let hint = "add a `timeout(…)`, an `else`, or mark the state `terminal`";
        self.report(Diagnostic::new(Code::STUCK, name.span(), message).hint(hint));
    }

    /// A state that only messages lead out of waits for somebody who may be gone. Where an instance begins nothing is
    /// waited for yet, and what has a trigger waits for its own node.
    fn waiting(&mut self, actor: &'m Actor<'p>, at: usize, ways: &[Transition<'p>]) {
        let state = actor.states[at];
        let events =
            ways.iter().filter_map(|way| if let Some(Event::On(name)) = way.event() { Some(name) } else { None });
        let events: Vec<_> = events.collect();
        let known = |event: &&Node<'p>| self.model.shape(event.text(), ShapeKind::Message).is_some();
        let (Some(name), Some(first)) = (state.name(), events.first()) else { return };
        // Where an event is unknown, that is what has to be mended first.
        if state.is_initial() || events.iter().any(|event| actor.trigger(event.text()).is_some() || !known(&event)) {
            return;
        }
        let mut messages: Vec<String> = events.iter().map(|event| format!("`{}`", event.text())).collect();
        messages.dedup();
        let message = format!("the state `{}` waits for {} without a timeout", name.text(), listed(&messages, " or "));
        let finding = Diagnostic::new(Code::NOTIMEOUT, name.span(), message).here("it may wait for ever");
        let finding = finding.label(first.span(), "only a message leads out of it");
        let hint = format!("the sender may be gone: add `{} -> … on timeout(…)`", name.text());
        self.report(finding.hint(hint));
    }
}

fn targets<'p>(actor: &Actor<'p>, transition: Transition<'p>) -> impl Iterator<Item = usize> {
    let otherwise = transition.otherwise().and_then(|otherwise| otherwise.to());
    let names = [transition.to(), otherwise].into_iter().flatten();
    names.filter_map(|name| actor.state(name.text())).collect::<Vec<_>>().into_iter()
}

/// Whether one of `ways`, which are among the transitions of one state, is taken some day although nobody else does
/// anything: nothing but time keeps it, or one of the guards with its event always holds.
pub(crate) fn by_itself<'p>(
    model: &Model<'p>,
    exits: &[Transition<'p>],
    ways: &[Transition<'p>],
    effort: &mut Effort,
) -> bool {
    let own = ways.iter().filter_map(|way| timed(*way).map(|event| (event, *way)));
    let mut events = BTreeSet::new();
    for (event, way) in own {
        if certain(way) {
            return true;
        }
        events.insert(event);
    }
    events.into_iter().any(|event| {
        // Guards of the same event, of which one may always hold.
        let together = exits.iter().filter(|exit| timed(**exit) == Some(event) && !certain(**exit));
        let guards: Vec<Expression<'p>> = together.filter_map(|exit| exit.guard()).collect();
        exhaustive(model, &guards, effort)
    })
}

/// The parameter of a timeout, and nothing for what happens at once; `None` for what waits for others.
fn timed<'p>(transition: Transition<'p>) -> Option<&'p str> {
    match transition.event() {
        Some(Event::Auto) => Some(""),
        Some(Event::Timeout(name)) => Some(name.text()),
        _ => None,
    }
}

/// Whether nothing but its event is needed for a transition, or for its `else`.
pub(crate) fn certain(transition: Transition<'_>) -> bool {
    transition.guard().is_none() || transition.otherwise().is_some()
}

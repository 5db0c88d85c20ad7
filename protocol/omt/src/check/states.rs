//! States: one initial one, a terminal one, and what their transitions name.

use std::collections::BTreeMap;

use super::Checker;
use crate::ast::{Event, Transition};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Trigger};
use crate::span::Span;

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn states(&mut self, actor: &'m Actor<'p>) {
        let name = actor.ast.name().map_or(actor.ast.node().span(), |name| name.span());
        let initial: Vec<_> = actor.states.iter().filter(|state| state.is_initial()).collect();
        match initial[..] {
            [] => {
                let message = format!("the actor `{}` has no initial state", actor.name);
                self.report(Diagnostic::new(Code::INIT0, name, message).hint("mark one: `state IDLE initial`"));
            }
            [_] => {}
            [first, ref others @ ..] => {
                for other in others {
                    let message = format!("the actor `{}` has more than one initial state", actor.name);
                    let error = Diagnostic::new(Code::INIT2, other.node().span(), message);
                    let error = error.label(first.node().span(), "the first one");
                    self.report(error.hint("an instance begins in one state: remove the other `initial`"));
                }
            }
        }
        if !actor.states.iter().any(|state| state.is_terminal()) {
            let message = format!("the actor `{}` has no terminal state", actor.name);
            let hint = "mark the states in which its work is done: `state DONE terminal`";
            self.report(Diagnostic::new(Code::TERM, name, message).hint(hint));
        }
        self.two_otherwise(actor);
    }

    /// At most one `else` for a state and event: the first would win silently.
    fn two_otherwise(&mut self, actor: &'m Actor<'p>) {
        let mut first: BTreeMap<(&str, String), Span> = BTreeMap::new();
        for transition in &actor.transitions {
            let (Some(from), Some(otherwise)) = (transition.from(), transition.otherwise()) else { continue };
            let Some(event) = transition.event() else { continue };
            let span = otherwise.node().span();
            match first.get(&(from.text(), event_name(event))) {
                None => drop(first.insert((from.text(), event_name(event)), span)),
                Some(before) => {
                    let message = format!("`{}` has two else branches for {}", from.text(), event_name(event));
                    let error = Diagnostic::new(Code::ELSE2, span, message).here("again here");
                    let error = error.label(*before, "first here");
                    self.report(error.hint("keep the one that is meant: it is taken when no guard holds"));
                }
            }
        }
    }

    pub(super) fn trigger_states(&mut self, actor: &'m Actor<'p>, trigger: &Trigger<'p>) {
        for state in trigger.ast.states() {
            match actor.state(state.text()) {
                Some(at) => self.used(state, state_span(actor, at)),
                None => self.unknown(Code::TRIGSTATE, state, "state", actor.state_names()),
            }
        }
    }

    /// The states that a transition names.
    pub(super) fn ends(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>) {
        let otherwise = transition.otherwise().and_then(|otherwise| otherwise.to());
        let ends = [(Code::FROM, transition.from()), (Code::TO, transition.to()), (Code::ELSE, otherwise)];
        for (code, name) in ends {
            let Some(name) = name else { continue };
            match actor.state(name.text()) {
                Some(at) => self.used(name, state_span(actor, at)),
                None => self.unknown(code, name, "state", actor.state_names()),
            }
        }
    }
}

fn state_span(actor: &Actor<'_>, at: usize) -> Span {
    let state = actor.states[at];
    state.name().map_or(state.node().span(), |name| name.span())
}

/// The event as it is shown.
pub(super) fn event_name(event: Event<'_>) -> String {
    match event {
        Event::Auto => "auto".to_owned(),
        Event::On(name) => format!("`{}`", name.text()),
        Event::Timeout(name) => format!("timeout({})", name.text()),
    }
}

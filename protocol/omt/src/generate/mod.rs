//! What is made from a checked program: its documentation, its pictures, the local types of its actors.

mod document;
mod duality;
mod graph;
mod local;

pub use document::document;
pub use duality::{Bounds, Comparison, Exceeded, Kind, Mismatch, PAIRS_MAX, Step, compare, pairs};
pub use graph::graph;
pub use local::local_type;

use crate::ast::{Action, Event, Transition};
use crate::model::Model;

/// The event of a transition as it is written, without its guard.
fn event_text(transition: Transition<'_>) -> String {
    match transition.event() {
        None | Some(Event::Auto) => "auto".to_owned(),
        Some(Event::On(name)) => name.text().to_owned(),
        Some(Event::Timeout(name)) => format!("timeout({})", name.text()),
    }
}

/// The text of an expression on one line.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or("").trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The messages that actions send, in order.
fn sent<'p>(actions: impl Iterator<Item = Action<'p>>) -> Vec<&'p str> {
    let message = |action| if let Action::Send { message, .. } = action { Some(message.text()) } else { None };
    actions.filter_map(message).collect()
}

/// A way from one state to another: of a transition, or of its `else`.
struct Way<'p> {
    from: usize,
    to: usize,
    /// The message that is received, if it is one.
    received: Option<&'p str>,
    /// The messages that are sent on the way, in order.
    sent: Vec<&'p str>,
    /// The event and its condition, for people.
    label: String,
}

/// All ways of an actor, in order; those of unknown states are left out.
fn ways<'p>(model: &Model<'p>, actor: &crate::model::Actor<'p>) -> Vec<Way<'p>> {
    let mut ways = vec![];
    for transition in &actor.transitions {
        let state = |name: Option<crate::Node<'p>>| name.and_then(|name| actor.state(name.text()));
        let (Some(from), event) = (state(transition.from()), event_text(*transition)) else { continue };
        let received = match transition.event() {
            Some(Event::On(name)) if actor.trigger(name.text()).is_none() => Some(name.text()),
            _ => None,
        };
        let received = received.filter(|name| model.shape(name, crate::ast::ShapeKind::Message).is_some());
        let guard = transition.guard().map(|guard| one_line(guard.node().text()));
        let when = guard.as_ref().map_or(String::new(), |guard| format!(" when {guard}"));
        if let Some(to) = state(transition.to()) {
            let sent = sent(transition.actions());
            ways.push(Way { from, to, received, sent, label: format!("{event}{when}") });
        }
        if let Some(otherwise) = transition.otherwise()
            && let Some(to) = state(otherwise.to())
        {
            let sent = sent(otherwise.actions());
            ways.push(Way { from, to, received, sent, label: format!("{event} otherwise") });
        }
    }
    ways
}

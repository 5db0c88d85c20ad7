//! Whether two actors fit together: duality, for machines that take messages out of a queue.
//!
//! Each actor is seen through the messages between the two ([`view`]); everything else happens inside, whenever it likes:
//! automatic transitions whatever their guards say, timeouts, triggers, messages of others. Both are followed together,
//! with bounded queues each way ([`Bounds`]), over the sets of states in which they may be
//! ([`explore`]).
//!
//! What counts is what the language does: a message without a transition in the state waits until the state changes, and
//! so does one whose guard does not hold; an actor takes the first of its queue that it can take; what is left when an
//! instance ends is dropped. So these are mismatches, each with the shortest way to it:
//!
//! - a message is sent, and whatever the receiver has decided by itself, it has no transition on it then or later;
//! - a message is left behind by a receiver that took another one of the same sender;
//! - both wait for a message of the other one without a timeout, or one waits and the other one has ended;
//! - a message is awaited and never sent.
//!
//! A race is none: who sends before it has read what the other one sent cannot know better, nor who answers a message that
//! another one has overtaken, nor who repeats a message while time passes. One instance of each role is looked at; where there are several, it stands for each of them,
//! and what the others of its role send is not seen.

mod explore;
mod later;
mod report;
mod view;

use std::collections::BTreeSet;

use crate::ast::ShapeKind;
use crate::diagnostic::Label;
use crate::model::{Actor, Model};
use crate::span::Span;
use explore::Explorer;
use view::View;

/// How far two actors are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many messages may be under way in each direction; at least 1.
    pub queue: usize,
    /// How many configurations are looked at; at least 1.
    pub configurations: usize,
    /// How many steps are done: looking at one state of an actor or at one of its transitions, in one configuration, is one.
    pub steps: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { queue: 2, configurations: 20_000, steps: 50_000_000 }
    }
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A message is sent that the receiver handles neither then nor later.
    Unhandled,
    /// A message stays in the queue of a receiver that took another one and went where it is not handled.
    LeftBehind,
    /// Somebody waits for ever.
    Deadlock,
    /// A message is awaited that is never sent.
    NeverSent,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Unhandled => "unhandled",
            Kind::LeftBehind => "left-behind",
            Kind::Deadlock => "deadlock",
            Kind::NeverSent => "never-sent",
        })
    }
}

/// Something that happens on the way to a mismatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// To whom.
    pub actor: String,
    /// `!M` is sent, `?M` received; otherwise the event that happens inside.
    pub what: String,
    /// The state to which it leads.
    pub to: String,
    /// The message or transition in the source.
    pub span: Span,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} -> {}", self.actor, self.what, self.to)
    }
}

/// Where two actors do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What kind of mismatch.
    pub kind: Kind,
    /// The message, unless somebody waits for ever.
    pub message: Option<String>,
    /// One sentence, without a full stop.
    pub text: String,
    /// The shortest way to it, from the initial states.
    pub trace: Vec<Step>,
    /// Where it is in the source.
    pub places: Vec<Label>,
}

/// What is found out about two actors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Where they do not fit.
    pub mismatches: Vec<Mismatch>,
    /// How many configurations were looked at.
    pub configurations: usize,
    /// Whether somebody could have sent more messages than [`Bounds::queue`] before one was taken; that was not followed.
    pub cut: bool,
    /// How many steps were done, as [`Bounds::steps`] counts them.
    pub steps: usize,
    /// Why not everything was looked at.
    pub exceeded: Option<Exceeded>,
}

/// Why a comparison stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exceeded {
    /// There are more than [`Bounds::configurations`].
    Configurations,
    /// It takes more than [`Bounds::steps`], or more memory than there should be for it: the actors have too many states.
    Size,
    /// There are many mismatches already.
    Mismatches,
}

/// How many pairs of one program are compared.
pub const PAIRS_MAX: usize = 10_000;

/// The pairs of actors between which messages may go, by number, in order; those of an actor and itself stand for two of a
/// kind. At most one more than [`PAIRS_MAX`].
pub fn pairs(model: &Model<'_>) -> BTreeSet<(usize, usize)> {
    let number = |name: &str| model.names.actors.get(name).map(|number| *number as usize);
    let mut pairs = BTreeSet::new();
    for shape in model.shapes.iter().filter(|shape| shape.kind() == ShapeKind::Message) {
        let Some(from) = shape.ast.sender().and_then(|sender| number(sender.text())) else { continue };
        let all = if shape.is_named("Network") { model.actors.len() } else { 0 };
        let to = shape.actors.iter().filter_map(|name| number(name)).chain(0..all);
        for to in to {
            pairs.insert((from.min(to), from.max(to)));
            if pairs.len() > PAIRS_MAX {
                return pairs;
            }
        }
    }
    pairs
}

/// Follows two actors together. For an actor and itself these are two of its kind.
pub fn compare<'p>(model: &Model<'p>, (a, b): (&Actor<'p>, &Actor<'p>), bounds: Bounds) -> Comparison {
    let mut views = [View::new(model, a, b), View::new(model, b, a)];
    if a.name == b.name {
        views[1].shown.push_str(" (other)");
    }
    let mut explorer = Explorer::new(&views, bounds);
    explorer.run();
    explorer.finish()
}

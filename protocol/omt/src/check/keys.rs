//! The key of a session: which field says to which instance a message belongs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, is_main};
use crate::ast::{Action, Event, Expression, ShapeKind, Transaction, Transition};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::{Actor, Model, Shape};
use crate::span::Span;
use crate::tree::Node;
use crate::types::{Basic, Type};

impl<'m, 'p> Checker<'m, 'p> {
    /// The key of the main file's transaction: the field behind `keyed`, or the one field of type `hash` that all its
    /// messages have, or, where no message has such a field, the one of type `bytes`. Its messages are those of the main
    /// file, and those that its actors send or handle.
    pub(super) fn key(&mut self) -> Option<&'p str> {
        let model = self.model;
        let transaction = model.transaction?;
        let named = named(model);
        let messages = model.shapes.iter().filter(|shape| shape.kind() == ShapeKind::Message);
        let messages = messages.filter(|shape| is_main(shape.ast.node()) || named.contains(shape.name));
        let messages: Vec<&'m Shape<'p>> = messages.collect();
        let key = self.key_of(transaction, &messages)?;
        // A key has one name in all messages.
        let fields: Vec<_> = messages.iter().filter_map(|shape| shape.field(key)).map(|field| field.span()).collect();
        self.same.extend(fields.windows(2).map(|pair| (pair[0], pair[1])));
        Some(key)
    }

    fn key_of(&mut self, transaction: Transaction<'p>, messages: &[&'m Shape<'p>]) -> Option<&'p str> {
        let (first, others) = messages.split_first()?;
        if let Some(key) = transaction.key() {
            return self.declared_key(key, messages);
        }
        let shared = |basic: Basic| -> Vec<&'p str> {
            let of = Type::Basic(basic);
            let has = |shape: &&Shape<'p>, name: &str| shape.field(name).is_some_and(|field| field.of == of);
            let fields = first.fields.iter().filter(|field| field.of == of).map(|field| field.name);
            fields.filter(|name| others.iter().all(|shape| has(shape, name))).collect()
        };
        let hashed = messages.iter().any(|shape| shape.fields.iter().any(|field| field.of == Type::Basic(Basic::Hash)));
        let candidates = if hashed { shared(Basic::Hash) } else { shared(Basic::Bytes) };
        if let [only] = candidates[..] {
            return Some(only);
        }
        let (message, hint) = if candidates.is_empty() {
            let hint = "give every message a field `session_id hash`, or name the key: `keyed FIELD`";
            ("no field of type hash is in all messages, so none can be the key of a session".to_owned(), hint)
        } else {
            let hint = "name the one that is the key behind the description: `keyed FIELD`";
            (format!("{} are in all messages: which one is the key of a session?", listed(&candidates, " and ")), hint)
        };
        self.report(Diagnostic::new(Code::KEY, transaction.node().span(), message).hint(hint));
        None
    }

    fn declared_key(&mut self, key: Node<'p>, messages: &[&'m Shape<'p>]) -> Option<&'p str> {
        let text = key.text();
        let missing: Vec<_> = messages.iter().filter(|shape| shape.field(text).is_none()).collect();
        let Some(first) = missing.first() else {
            let declared = messages[0].field(text).map(|field| field.span());
            declared.into_iter().for_each(|span| self.used(key, span));
            return Some(text);
        };
        let message = format!("`{text}` is the key, and `{}` has no such field", first.name);
        let error = Diagnostic::new(Code::KEY, key.span(), message).label(first.ast.node().span(), "this message");
        let count = missing.len();
        let hint = if count > 1 { format!(", and to {} more", count - 1) } else { String::new() };
        self.report(error.hint(format!("add the field `{text}` to `{}`{hint}", first.name)));
        None
    }

    /// A trigger that leaves an initial state starts a session, and has to say which before anything is sent.
    pub(super) fn key_is_set(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>, key: &'p str) {
        let from = transition.from().and_then(|name| actor.state(name.text()));
        let Some(from) = from.filter(|at| actor.states[*at].is_initial()) else { return };
        let trigger = match transition.event() {
            Some(Event::On(name)) => actor.trigger(name.text()),
            _ => None,
        };
        let inputs = trigger.iter().flat_map(|trigger| trigger.inputs.iter().map(|input| input.name));
        let comes_back = |other: &Transition<'p>| {
            let otherwise = other.otherwise().and_then(|otherwise| otherwise.to());
            let ends = other.to().into_iter().chain(otherwise);
            ends.filter_map(|name| actor.state(name.text())).any(|to| to == from)
        };
        let again = actor.transitions.iter().any(comes_back);
        let known = Known { actor, key, inputs: inputs.collect(), set: BTreeMap::new(), again };
        let event = transition.event_node().unwrap_or(transition.node()).span();
        let actions: Vec<_> = transition.actions().collect();
        self.key_before(&actions, known.clone(), (event, "this transition starts a session"));
        if let Some(otherwise) = transition.otherwise() {
            let actions: Vec<_> = otherwise.actions().collect();
            let to = otherwise.to().and_then(|name| actor.state(name.text()));
            // Where the trigger is refused, or the instance ends at once, and nobody hears of it, nothing has begun.
            let ends = to.is_none_or(|to| to == from || actor.states[to].is_terminal());
            if !ends || actions.iter().any(|action| matches!(action, Action::Send { .. })) {
                self.key_before(&actions, known, (otherwise.node().span(), "this branch starts a session"));
            }
        }
    }

    fn key_before(&mut self, actions: &[Action<'p>], mut known: Known<'_, 'p>, (at, starts): (Span, &str)) {
        let (key, mut empty) = (known.key, None);
        for action in actions {
            let set = known.set.get(key) == Some(&true);
            match action {
                Action::Send { message, .. } if !set => {
                    let message =
                        format!("`{}` is sent before its key `{key}` {}", message.text(), unset_as(empty.is_some()));
                    return self.report_unset(key, message, (action.node().span(), empty));
                }
                Action::Assign { name, value, node } => {
                    let gives = known.gives_value(*value);
                    known.set.insert(name.text(), gives);
                    if name.text() == key {
                        empty = (!gives).then_some(node.span());
                    }
                }
                other => known.set.extend(other.written().iter().map(|name| (name.text(), true))),
            }
        }
        if known.set.get(key) != Some(&true) {
            let message = format!("{starts}, and its key `{key}` {}", never_set(empty.is_some()));
            self.report_unset(key, message, (at, empty));
        }
    }

    fn report_unset(&mut self, key: &str, message: String, (at, empty): (Span, Option<Span>)) {
        let hint = format!("set it first: `{key} = HASH(peer_id, NOW())`, or `store {key}` from the trigger");
        let error = Diagnostic::new(Code::KEYUNSET, at, message);
        let error = empty.into_iter().fold(error, |error, at| error.label(at, "this gives it no value"));
        self.report(error.hint(hint));
    }
}

fn unset_as(empty: bool) -> &'static str {
    if empty { "has a value" } else { "is set" }
}

fn never_set(empty: bool) -> &'static str {
    if empty { "has no value" } else { "is not set" }
}

/// What is known to have a value where a session starts, when nothing is stored yet.
#[derive(Clone)]
struct Known<'m, 'p> {
    actor: &'m Actor<'p>,
    key: &'p str,
    /// The inputs of the trigger, which hide variables.
    inputs: BTreeSet<&'p str>,
    /// What was written before, and whether that gave it a value.
    set: BTreeMap<&'p str, bool>,
    /// Whether the actor may come back to the state, and have stored something until then.
    again: bool,
}

impl Known<'_, '_> {
    /// Whether a variable has a value.
    fn has_value(&self, name: &str) -> bool {
        let set = self.set.get(name).copied();
        set.unwrap_or(self.actor.variable(name).is_none() || (self.again && name != self.key))
    }

    /// Whether an expression gives a value, and not `null`.
    fn gives_value(&self, value: Expression<'_>) -> bool {
        let value = value.ungrouped();
        match value {
            Expression::Literal(node) => !node.text().eq_ignore_ascii_case("null"),
            Expression::Name(node) => self.inputs.contains(node.text()) || self.has_value(node.text()),
            Expression::If(_) => value.parts().skip(1).all(|branch| self.gives_value(branch)),
            Expression::Call(_) => {
                let name = value.callee().map_or("", |name| name.text());
                let inputs: Vec<Expression<'_>> = value.parts().skip(1).collect();
                match inputs[..] {
                    [name_of] if name.eq_ignore_ascii_case("LOAD") => {
                        self.has_value(crate::ast::unquoted(name_of.node().text()))
                    }
                    [_, _] if name.eq_ignore_ascii_case("GET") => false,
                    [_, _, otherwise] if name.eq_ignore_ascii_case("GET") => self.gives_value(otherwise),
                    _ => true,
                }
            }
            _ => true,
        }
    }
}

/// What the actors of the main file handle and send.
fn named<'p>(model: &Model<'p>) -> BTreeSet<&'p str> {
    let mut named = BTreeSet::new();
    let own = model.actors.iter().filter(|actor| is_main(actor.ast.node()));
    for transition in own.flat_map(|actor| &actor.transitions) {
        if let Some(Event::On(name)) = transition.event() {
            named.insert(name.text());
        }
        let otherwise = transition.otherwise();
        let others = otherwise.iter().flat_map(|otherwise| otherwise.actions());
        for action in transition.actions().chain(others) {
            if let Action::Send { message, .. } = action {
                named.insert(message.text());
            }
        }
    }
    named
}

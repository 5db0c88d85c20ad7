//! The key of a session: which field says to which instance a message belongs.

use std::collections::BTreeSet;

use super::{Checker, is_main};
use crate::ast::{Action, Event, ShapeKind, Transaction, Transition};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Model, Shape};
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
            (format!("{} are in all messages: which one is the key of a session?", candidates.join(" and ")), hint)
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

    /// A trigger that leaves an initial state starts a session, and has to say which.
    pub(super) fn key_is_set(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>, key: &'p str) {
        let state = |name: Option<Node<'p>>| name.and_then(|name| actor.state(name.text())).map(|at| actor.states[at]);
        let (Some(from), Some(to)) = (state(transition.from()), state(transition.to())) else { return };
        let ends = to.is_terminal() && !to.is_initial();
        let sets = transition.actions().flat_map(|action| action.written()).any(|name| name.text() == key);
        if from.is_initial() && !ends && !sets {
            let span = transition.event_node().unwrap_or(transition.node()).span();
            let message = format!("this transition starts a session and does not set its key `{key}`");
            let hint = format!("set it first: `{key} = HASH(peer_id, NOW())`, or `store {key}` from the trigger");
            self.report(Diagnostic::new(Code::KEYUNSET, span, message).hint(hint));
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

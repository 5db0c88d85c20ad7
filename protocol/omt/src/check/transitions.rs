//! Transitions: what makes them possible, and under which condition.

use super::scope::{Bound, Local, Scope};
use super::{Checker, is_main};
use crate::ast::{Event, ShapeKind, Transition};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Field, Trigger, name_span};
use crate::tree::Node;

/// Where `store a, b` takes its fields from.
pub(super) enum Source<'m, 'p> {
    Message(u32),
    Trigger(&'m Trigger<'p>),
    /// Time passes, or nothing happens.
    Nothing,
    /// The event is not declared, and that is said already.
    Unknown,
}

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn transition(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>, key: Option<&'p str>) {
        self.ends(actor, transition);
        let source = self.source(actor, transition);
        let mut scope = scope(actor, &source);
        if let Some(guard) = transition.guard() {
            self.condition(guard, &mut scope, "a guard");
        }
        let locals = scope.locals.len();
        let actions: Vec<_> = transition.actions().collect();
        self.actions(actor, &actions, &source, &mut scope);
        scope.locals.truncate(locals);
        if let Some(otherwise) = transition.otherwise() {
            let actions: Vec<_> = otherwise.actions().collect();
            self.actions(actor, &actions, &source, &mut scope);
        }
        if let (Source::Trigger(_), Some(key)) = (&source, key) {
            self.key_is_set(actor, transition, key);
        }
    }

    pub(super) fn source(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>) -> Source<'m, 'p> {
        match transition.event() {
            None | Some(Event::Auto) => Source::Nothing,
            Some(Event::Timeout(name)) => {
                self.timeout(name);
                Source::Nothing
            }
            Some(Event::On(name)) => self.on(actor, transition, name),
        }
    }

    fn timeout(&mut self, name: Node<'p>) {
        let model = self.model;
        let seconds = model.parameters.iter().filter(|parameter| model.unit(parameter) == Some("seconds"));
        let Some(parameter) = model.parameter(name.text()) else {
            return self.unknown(Code::TIMEOUTPARAM, name, "parameter", seconds.map(|parameter| parameter.name));
        };
        self.usage.parameter(name.text());
        self.used(name, name_span(parameter.ast.node()));
        if model.unit(parameter) != Some("seconds") {
            let unit = model.unit(parameter).unwrap_or("no unit");
            let message = format!("`{}` is a timeout, and its parameter has {unit} instead of seconds", name.text());
            let error = Diagnostic::new(Code::TIMEOUTPARAM, name.span(), message);
            let error = error.label(parameter.ast.node().span(), "declared here");
            self.report(error.hint(format!("write `{} = 30 seconds`", name.text())));
        }
    }

    fn on(&mut self, actor: &'m Actor<'p>, transition: Transition<'p>, name: Node<'p>) -> Source<'m, 'p> {
        let model = self.model;
        if let Some(trigger) = actor.trigger(name.text()) {
            self.used(name, name_span(trigger.ast.node()));
            self.fires_in(actor, trigger, transition);
            return Source::Trigger(trigger);
        }
        let Some(number) = model.shape(name.text(), ShapeKind::Message) else {
            let triggers = actor.triggers.iter().map(|trigger| trigger.name);
            let candidates = triggers.chain(model.shape_names(ShapeKind::Message));
            self.unknown(Code::EVENT, name, "message or trigger", candidates);
            return Source::Unknown;
        };
        let message = &model.shapes[number as usize];
        self.used(name, name_span(message.ast.node()));
        self.usage.handled(name.text());
        if !message.is_for(actor.name) {
            let text = format!("`{}` is not sent to `{}`", message.name, actor.name);
            let error = Diagnostic::new(Code::MSGTO, name.span(), text);
            let receivers = message.ast.node().child(crate::tree::NodeKind::NAMES).unwrap_or(message.ast.node());
            let error = error.label(receivers.span(), "its receivers");
            self.report(error.hint(format!("add `{}` to its receivers, or remove the transition", actor.name)));
        }
        Source::Message(number)
    }

    /// A trigger fires in its states only.
    fn fires_in(&mut self, actor: &'m Actor<'p>, trigger: &'m Trigger<'p>, transition: Transition<'p>) {
        let Some(from) = transition.from() else { return };
        let known = actor.state(from.text()).is_some();
        if known && !trigger.states.contains(from.text()) {
            let span = transition.event_node().unwrap_or(transition.node()).span();
            let message = format!("the trigger `{}` does not fire in `{}`", trigger.name, from.text());
            let error = Diagnostic::new(Code::TRIGIN, span, message);
            let error = error.label(trigger.ast.node().span(), "its states are listed here");
            self.report(error.hint(format!("add `{}` to the list behind `in`", from.text())));
        }
    }

    /// `store a, b` copies what the event has.
    pub(super) fn copied(&mut self, actor: &'m Actor<'p>, name: Node<'p>, source: &Source<'m, 'p>) {
        let model = self.model;
        let text = name.text();
        let (found, what): (Option<&'m Field<'p>>, String) = match source {
            Source::Unknown => return,
            Source::Nothing => (None, "this transition has neither message nor trigger".to_owned()),
            Source::Trigger(trigger) => {
                let found = trigger.inputs.named(text);
                (found, format!("the trigger `{}` has no input `{text}`", trigger.name))
            }
            Source::Message(number) => {
                let message = &model.shapes[*number as usize];
                if text == "signature" && message.ast.is_signed() {
                    return;
                }
                (message.field(text), format!("the message `{}` has no field `{text}`", message.name))
            }
        };
        if let Some(field) = found {
            self.used(name, field.span());
            self.variable_written(actor, name);
            if let Some(variable) = actor.variable(text) {
                self.same.push((field.span(), variable.span()));
                self.field_fits(field, variable, name.span());
            }
            return;
        }
        let fields: Vec<&str> = match source {
            Source::Message(number) => model.shapes[*number as usize].fields.iter().map(|field| field.name).collect(),
            Source::Trigger(trigger) => trigger.inputs.iter().map(|input| input.name).collect(),
            _ => vec![],
        };
        let suggestion = self.suggest(Code::STOREFIELD, name, "field", fields.into_iter());
        let error = Diagnostic::new(Code::STOREFIELD, name.span(), what).here("nothing to store");
        let hint = match source {
            Source::Nothing => format!("write `{text} = …` with a value"),
            _ => suggestion.hint,
        };
        self.report(error.hint(hint).fix(suggestion.fix));
    }

    /// Who is named in messages and blocks.
    pub(super) fn roles(&mut self) {
        let model = self.model;
        if model.actors.is_empty() {
            return; // A file of shared declarations.
        }
        for shape in model.shapes.iter().filter(|shape| is_main(shape.ast.node())) {
            for name in shape.ast.sender().into_iter().chain(shape.ast.actors()) {
                match model.actor(name.text()) {
                    Some(actor) => self.used(name, name_span(actor.ast.node())),
                    None if name.text() == "Network" => {}
                    None => self.unknown(Code::ROLE, name, "actor", model.actors.iter().map(|actor| actor.name)),
                }
            }
        }
    }
}

pub(super) fn scope<'m, 'p>(actor: &'m Actor<'p>, source: &Source<'m, 'p>) -> Scope<'m, 'p> {
    let mut scope = Scope { actor: Some(actor), ..Scope::empty() };
    match source {
        Source::Message(number) => scope.message = Bound::Message(*number),
        Source::Unknown => scope.message = Bound::Unknown,
        Source::Trigger(trigger) => {
            for input in &trigger.inputs {
                scope.locals.push(Local::declared(input.name, input.of.clone(), input.span()));
            }
        }
        Source::Nothing => {}
    }
    scope
}

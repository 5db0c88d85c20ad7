//! What transitions do: storing, sending, appending.

use super::scope::Scope;
use super::transitions::Source;
use super::{Checker, is_reserved, reserved};
use crate::ast::{Action, Expression, ShapeKind};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Field, name_span};
use crate::span::Span;
use crate::tree::{Node, NodeKind};
use crate::types::{Basic, Fit, Type};

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn actions(
        &mut self,
        actor: &'m Actor<'p>,
        actions: &[Action<'p>],
        source: &Source<'m, 'p>,
        scope: &mut Scope<'m, 'p>,
    ) {
        for (at, action) in actions.iter().enumerate() {
            scope.native = (at + 1 == actions.len()).then(|| native_place(*action)).flatten();
            match *action {
                Action::Copy(_) => action.copied().for_each(|name| self.copied(actor, name, source)),
                Action::Assign { name, value, .. } => self.assign(actor, name, value, scope),
                Action::Send { to, message, node } => self.send(actor, (to, message, node), scope),
                Action::Append { to, value, .. } => self.append(actor, to, value, scope),
            }
        }
        scope.native = None;
    }

    fn assign(&mut self, actor: &'m Actor<'p>, name: Node<'p>, value: Expression<'p>, scope: &mut Scope<'m, 'p>) {
        match actor.variable(name.text()) {
            Some(variable) => self.expect(value, variable, scope),
            None => drop(self.infer(value, scope)),
        }
        self.variable_written(actor, name);
    }

    /// A variable that is written should be declared.
    pub(super) fn variable_written(&mut self, actor: &'m Actor<'p>, name: Node<'p>) {
        if let Some(variable) = actor.variable(name.text()) {
            return self.used(name, variable.span());
        }
        let text = name.text();
        if is_reserved(text) {
            return self.report(reserved(name, "variable"));
        }
        let suggestion = self.suggest(Code::UNDECLARED, name, "variable", actor.store.iter().map(|field| field.name));
        let near = suggestion.hint.starts_with("did you mean");
        let hint = if near { suggestion.hint } else { format!("add it to `store ( … )` of `{}`", actor.name) };
        let message = format!("`{text}` is not in the store of `{}`", actor.name);
        self.report(Diagnostic::new(Code::UNDECLARED, name.span(), message).hint(hint).fix(suggestion.fix));
    }

    fn send(
        &mut self,
        actor: &'m Actor<'p>,
        (to, name, node): (Expression<'p>, Node<'p>, Node<'p>),
        scope: &mut Scope<'m, 'p>,
    ) {
        let broadcast = node.kind() == NodeKind::BROADCAST;
        self.receiver(to, broadcast, scope);
        let model = self.model;
        let Some(number) = model.shape(name.text(), ShapeKind::Message) else {
            let code = if broadcast { Code::BCASTMSG } else { Code::SENDMSG };
            return self.unknown(code, name, "message", model.shape_names(ShapeKind::Message));
        };
        let message = &model.shapes[number as usize];
        self.used(name, name_span(message.ast.node()));
        self.usage.sent(message.name, number, name);
        let Some(sender) = message.ast.sender().filter(|sender| sender.text() != actor.name) else { return };
        let text = format!("`{}` is sent by `{}`, not by `{}`", message.name, sender.text(), actor.name);
        let error = Diagnostic::new(Code::MSGFROM, name.span(), text).label(sender.span(), "its sender");
        self.report(error.hint("send a message of your own, or change who sends this one"));
    }

    fn receiver(&mut self, to: Expression<'p>, broadcast: bool, scope: &mut Scope<'m, 'p>) {
        if broadcast && matches!(to, Expression::Name(node) if node.text() == "Network") {
            return; // All peers.
        }
        let of = self.infer(to, scope);
        let peer = Type::Basic(Basic::PeerId);
        let needed = if broadcast { Type::list(peer.clone()) } else { peer.clone() };
        if of == Type::Null {
            return self.null(to, "a receiver");
        }
        if of.fits(&needed, self.model) == Fit::Yes {
            return;
        }
        let (word, what) = if broadcast { ("BROADCAST", "list<peer_id>") } else { ("SEND", "peer_id") };
        let message = format!("{word} needs a {what}, and this is {}", of.name(self.model));
        let hint = if !broadcast && of == Type::list(peer.clone()) {
            "write BROADCAST for a list of peers"
        } else if broadcast && of == peer {
            "write SEND for one peer"
        } else {
            "name the peer: a variable or field of type `peer_id`, or `message.sender`"
        };
        self.report(Diagnostic::new(Code::PEER, to.node().span(), message).hint(hint));
    }

    fn append(&mut self, actor: &'m Actor<'p>, to: Node<'p>, value: Expression<'p>, scope: &mut Scope<'m, 'p>) {
        if to.text() == "chain" {
            return self.append_block(actor, value);
        }
        let Some(variable) = actor.variable(to.text()) else {
            self.infer(value, scope);
            return self.variable_written(actor, to);
        };
        self.used(to, variable.span());
        let of = match &variable.of {
            Type::List(of) => (**of).clone(),
            Type::Any => Type::Any,
            other => {
                let message =
                    format!("`{}` is {}, and only a list can be appended to", to.text(), other.name(self.model));
                let error = Diagnostic::new(Code::TYPE, to.span(), message).label(variable.span(), "declared here");
                self.report(error.hint("declare it as a list, or assign to it"));
                Type::Any
            }
        };
        let element = Field { name: variable.name, of, refinement: None, node: variable.node };
        self.expect(value, &element, scope);
    }

    fn append_block(&mut self, actor: &'m Actor<'p>, value: Expression<'p>) {
        let model = self.model;
        let Expression::Name(name) = value.ungrouped() else {
            let message = "a chain takes blocks by name";
            let hint = "declare a `block` and write `APPEND(chain, NAME)`: its fields come from the store";
            return self.report(Diagnostic::new(Code::BLOCK, value.node().span(), message).hint(hint));
        };
        let Some(number) = model.shape(name.text(), ShapeKind::Block) else {
            return self.unknown(Code::BLOCK, name, "block", model.shape_names(ShapeKind::Block));
        };
        let block = &model.shapes[number as usize];
        self.used(name, name_span(block.ast.node()));
        self.usage.sent(block.name, number, name);
        if !block.is_named(actor.name) {
            let message = format!("`{}` may not append `{}`", actor.name, block.name);
            let by = block.ast.node().child(NodeKind::NAMES).unwrap_or(block.ast.node());
            let error = Diagnostic::new(Code::BLOCKBY, name.span(), message).label(by.span(), "these actors may");
            self.report(error.hint(format!("add `{}` to the list behind `by`", actor.name)));
        }
    }

    /// What is sent and appended takes each field from the variable of the same name.
    pub(super) fn payloads(&mut self, actor: &'m Actor<'p>) {
        let model = self.model;
        for (number, at) in self.usage.take_sent() {
            let shape = &model.shapes[number as usize];
            for field in shape.fields.iter().filter(|field| field.name != "timestamp") {
                if let Some(variable) = actor.variable(field.name) {
                    self.same.push((field.span(), variable.span()));
                    self.payload_fits((variable, field), shape.name, at.span());
                } else if let Some(of) = self.loose.get(actor.name, field.name).cloned() {
                    let place = format!("`{}.{}`, taken from an undeclared variable,", shape.name, field.name);
                    if of.fits(&field.of, model) == Fit::Yes {
                        self.no_float(&of, field, (shape.name, at.span()));
                    }
                    self.mismatch(&of, &field.of, at.span(), (&place, Some(field.span())));
                }
            }
        }
        self.sources(actor);
    }

    /// No float gets into a block, also where the field takes anything.
    fn no_float(&mut self, of: &Type, field: &Field<'p>, (shape, at): (&str, Span)) {
        let model = self.model;
        if model.shape(shape, ShapeKind::Block).is_none() || field.of.has_float(model) || !of.has_float(model) {
            return;
        }
        let message = format!("`{shape}.{}` would take {} into a block", field.name, of.name(model));
        let error = Diagnostic::new(Code::FLOATMONEY, at, message).label(field.span(), "the field");
        self.report(error.hint("use DIV(a, b) or MULDIV(a, b, c) = a * b / c, which round down"));
    }

    fn payload_fits(&mut self, (variable, field): (&Field<'p>, &Field<'p>), shape: &str, at: Span) {
        let fit = variable.of.fits(&field.of, self.model);
        if fit == Fit::Yes {
            return self.no_float(&variable.of, field, (shape, at));
        }
        let message = format!(
            "`{shape}.{}` is {}, and the variable of the same name is {}",
            field.name,
            field.of.name(self.model),
            variable.of.name(self.model)
        );
        let code = if fit == Fit::Float { Code::FLOATMONEY } else { Code::TYPE };
        let error = Diagnostic::new(code, at, message).label(field.span(), "the field");
        self.report(error.label(variable.span(), "the variable").hint("give both the same type"));
    }
}

/// A native function may stand alone on the right side of the last action.
fn native_place(action: Action<'_>) -> Option<u32> {
    match action {
        Action::Assign { value, .. } => Some(value.ungrouped().node().id()),
        _ => None,
    }
}

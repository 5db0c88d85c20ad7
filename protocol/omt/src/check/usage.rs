//! What is declared and never used.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, is_main};
use crate::ast::ShapeKind;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, name_span};
use crate::tree::Node;

/// Which names a program uses.
#[derive(Debug, Default)]
pub(super) struct Usage<'p> {
    parameters: BTreeSet<&'p str>,
    handled: BTreeSet<&'p str>,
    sent: BTreeSet<&'p str>,
    /// What the actor at hand sends and appends, and where first.
    of_actor: BTreeMap<u32, Node<'p>>,
    /// What the actor at hand writes without having declared it.
    undeclared: BTreeSet<&'p str>,
}

impl<'p> Usage<'p> {
    pub(super) fn begin(&mut self, actor: &Actor<'p>) {
        self.of_actor.clear();
        self.undeclared.clear();
        for transition in &actor.transitions {
            let otherwise = transition.otherwise();
            let others = otherwise.iter().flat_map(|otherwise| otherwise.actions());
            let written = transition.actions().chain(others).flat_map(|action| action.written());
            let names = written.map(Node::text).filter(|name| actor.variable(name).is_none());
            self.undeclared.extend(names);
        }
    }

    pub(super) fn parameter(&mut self, name: &'p str) {
        self.parameters.insert(name);
    }

    pub(super) fn handled(&mut self, name: &'p str) {
        self.handled.insert(name);
    }

    pub(super) fn sent(&mut self, name: &'p str, number: u32, at: Node<'p>) {
        self.sent.insert(name);
        self.of_actor.entry(number).or_insert(at);
    }

    pub(super) fn take_sent(&mut self) -> BTreeMap<u32, Node<'p>> {
        std::mem::take(&mut self.of_actor)
    }

    /// Whether the actor at hand writes a variable that it has not declared.
    pub(super) fn is_written(&self, _: &Actor<'p>, name: &str) -> bool {
        self.undeclared.contains(name)
    }
}

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn dead(&mut self) {
        let model = self.model;
        if model.actors.is_empty() {
            return; // Shared declarations are used elsewhere.
        }
        for shape in model.shapes.iter().filter(|shape| is_main(shape.ast.node())) {
            let (sent, handled) = (self.usage.sent.contains(shape.name), self.usage.handled.contains(shape.name));
            let (code, what) = match (shape.kind(), sent, handled) {
                (ShapeKind::Message, false, false) => (Code::DEADMSG, "message is neither sent nor handled"),
                (ShapeKind::Message, false, true) => (Code::DEADMSG, "message is handled and never sent"),
                (ShapeKind::Message, true, false) => (Code::DEADMSG, "message is sent and never handled"),
                (ShapeKind::Block, false, _) => (Code::DEADBLOCK, "block is never appended"),
                _ => continue,
            };
            let message = format!("`{}`: this {what}", shape.name);
            let hint = "use it, remove it, or say why it stays: `# allow CODE: reason` above it";
            let hint = hint.replace("CODE", code.text());
            self.report(Diagnostic::new(code, name_span(shape.ast.node()), message).hint(hint));
        }
        for parameter in model.parameters.iter().filter(|parameter| is_main(parameter.ast.node())) {
            if !self.usage.parameters.contains(parameter.name) {
                let message = format!("the parameter `{}` is never used", parameter.name);
                let hint = "use it, remove it, or say why it stays: `# allow W-DEADPARAM: reason` above it";
                self.report(Diagnostic::new(Code::DEADPARAM, name_span(parameter.ast.node()), message).hint(hint));
            }
        }
    }
}

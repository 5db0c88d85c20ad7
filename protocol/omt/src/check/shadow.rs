//! Names that hide others: an inner name is found first, and the outer one cannot be read any more.

use super::Checker;
use super::scope::Scope;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, name_span};
use crate::span::Span;
use crate::tree::Node;

impl<'m, 'p> Checker<'m, 'p> {
    /// The variable of a lambda or a loop, which hides every name around it.
    pub(super) fn hides_all(&mut self, name: Node<'p>, scope: &Scope<'m, 'p>) {
        let text = name.text();
        let local = scope.local(text).filter(|local| !local.over).map(|local| local.span);
        let variable = scope.actor.and_then(|actor| actor.variable(text)).map(|variable| variable.span());
        match local.or(variable) {
            Some(hidden) => self.hides((text, name.span()), "name", hidden),
            None => self.hides_constant(text, name.span()),
        }
    }

    /// An input or a local, which hides parameters and enum values.
    pub(super) fn hides_constant(&mut self, name: &str, at: Span) {
        if let Some((what, hidden)) = self.constant_called(name) {
            self.hides((name, at), what, hidden);
        }
    }

    fn hides(&mut self, (name, at): (&str, Span), what: &str, hidden: Span) {
        let message = format!("`{name}` hides the {what} `{name}`");
        let finding = Diagnostic::new(Code::SHADOW, at, message).here("means this from here on");
        self.report(finding.label(hidden, "cannot be read then").hint("give one of them another name"));
    }

    /// Parameters and enum values are found before the store.
    pub(super) fn hidden_variables(&mut self, actor: &'m Actor<'p>) {
        for variable in &actor.store {
            if let Some((what, first)) = self.constant_called(variable.name) {
                let name = variable.name;
                let message =
                    format!("the variable `{name}` can be set and not be read: the {what} `{name}` is found first");
                let finding = Diagnostic::new(Code::SHADOW, variable.span(), message).here("never read");
                self.report(finding.label(first, "found first").hint("give one of them another name"));
            }
        }
    }

    fn constant_called(&self, name: &str) -> Option<(&'static str, Span)> {
        let model = self.model;
        if let Some(parameter) = model.parameter(name) {
            return Some(("parameter", name_span(parameter.ast.node())));
        }
        let number = model.names.values.get(name)?;
        model.enums[*number as usize].value(name).map(|value| ("enum value", value.span()))
    }
}

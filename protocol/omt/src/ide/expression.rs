//! Which names may be used at a place, and what type they have.

use super::declared::{around, declared_at};
use super::words;
use crate::ast::{Event, ShapeKind, Transition};
use crate::check::{Analysis, builtins};
use crate::model::{Actor, Field, Shape, Trigger};
use crate::token::Kind;
use crate::tree::{Node, NodeKind};
use crate::types::Type;

use super::complete::{Completion, CompletionKind, forms};

/// What makes the transition around a place possible.
pub(super) enum Source<'a, 'p> {
    Message(&'a Shape<'p>),
    Trigger(&'a Trigger<'p>),
    Nothing,
}

/// A place in the main file, between the token before it and what is being typed.
pub(super) struct Cursor<'a, 'p> {
    pub(super) analysis: &'a Analysis<'p>,
    /// The token behind those that count.
    end: usize,
    /// The nodes around the last token that counts, the widest first.
    pub(super) path: Vec<Node<'p>>,
}

impl<'a, 'p> Cursor<'a, 'p> {
    /// The place before token number `end`.
    pub(super) fn before(analysis: &'a Analysis<'p>, end: usize) -> Cursor<'a, 'p> {
        let tree = &analysis.model.program.main().tree;
        let last = (0..end).rev().find(|at| !tree.tokens()[*at].kind.is_trivia());
        let path = around(tree, last.map_or(0, |at| tree.tokens()[at].start));
        Cursor { analysis, end, path }
    }

    /// Where the word begins that is being typed, or whatever follows the place.
    pub(super) fn typed(&self) -> u32 {
        let tree = &self.analysis.model.program.main().tree;
        tree.tokens().get(self.end).map_or(u32::MAX, |token| token.start)
    }

    /// The tokens before the place that mean something, the last one first.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (Kind, &'p str)> {
        let tree = &self.analysis.model.program.main().tree;
        let tokens = (0..self.end).rev().filter(|at| !tree.tokens()[*at].kind.is_trivia());
        tokens.map(|at| (tree.tokens()[at].kind, tree.token_text(at)))
    }

    /// The text of the token that stands so many before the place, from 0.
    pub(super) fn back(&self, number: usize) -> &'p str {
        self.tokens().nth(number).map_or("", |token| token.1)
    }

    /// The innermost node around the place of one of some kinds.
    pub(super) fn inside(&self, kinds: &[NodeKind]) -> Option<Node<'p>> {
        self.path.iter().rev().find(|node| kinds.contains(&node.kind())).copied()
    }

    pub(super) fn is_inside(&self, kind: NodeKind) -> bool {
        self.path.iter().any(|node| node.kind() == kind)
    }

    /// The actor around the place.
    pub(super) fn actor(&self) -> Option<&'a Actor<'p>> {
        let node = self.inside(&[NodeKind::ACTOR])?;
        self.analysis.model.actors.iter().find(|actor| actor.ast.node().span() == node.span())
    }

    /// The event of the transition around the place.
    pub(super) fn source(&self) -> Source<'a, 'p> {
        let transition = self.inside(&[NodeKind::TRANSITION]).and_then(Transition::cast);
        let (Some(Event::On(name)), Some(actor)) = (transition.and_then(Transition::event), self.actor()) else {
            return Source::Nothing;
        };
        if let Some(trigger) = actor.trigger(name.text()) {
            return Source::Trigger(trigger);
        }
        let model = &self.analysis.model;
        let message = model.shape(name.text(), ShapeKind::Message);
        message.map_or(Source::Nothing, |number| Source::Message(&model.shapes[number as usize]))
    }

    /// Inputs, locals and the variables of lambdas around the place, inner ones first, with what is known of them.
    pub(super) fn locals(&self) -> Vec<(&'p str, Type)> {
        let mut found: Vec<(&'p str, Type)> = vec![];
        let Some(last) = self.path.last() else { return found };
        let here = last.span().end;
        for node in self.path.iter().rev().filter(|node| node.kind() == NodeKind::LAMBDA) {
            found.extend(node.child(NodeKind::NAME).map(|name| self.local(name)));
        }
        if let Some(function) = self.inside(&[NodeKind::FUNCTION]) {
            let mut names = vec![];
            function.walk(&mut |node| {
                let bound = [NodeKind::LET, NodeKind::FOR].contains(&node.kind());
                let input = node.kind() == NodeKind::FIELD;
                let name = node.child(NodeKind::NAME).filter(|name| (bound || input) && name.span().end <= here);
                names.extend(name.filter(|name| declared_at(name.tree(), name.span().start).is_some()));
            });
            found.extend(names.into_iter().rev().map(|name| self.local(name)));
        }
        if let Source::Trigger(trigger) = self.source() {
            found.extend(trigger.inputs.iter().map(|input| (input.name, input.of.clone())));
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|(name, _)| seen.insert(*name));
        found
    }

    fn local(&self, name: Node<'p>) -> (&'p str, Type) {
        let known = self.analysis.locals.iter().find(|(span, _)| *span == name.span());
        (name.text(), known.map_or(Type::Any, |(_, of)| of.clone()))
    }

    /// The type of a bare name.
    pub(super) fn type_of(&self, name: &str) -> Type {
        if let Some((_, of)) = self.locals().into_iter().find(|local| local.0 == name) {
            return of;
        }
        self.actor().and_then(|actor| actor.variable(name)).map_or(Type::Any, |variable| variable.of.clone())
    }

    /// Everything that an expression may begin with.
    pub(super) fn expressions(&self) -> Vec<Completion> {
        let model = &self.analysis.model;
        let mut all = vec![];
        for (name, of) in self.locals() {
            all.push(Completion::new(name, CompletionKind::Variable, of.name(model)));
        }
        if let Source::Message(shape) = self.source() {
            all.push(Completion::new("message", CompletionKind::Variable, shape.name));
        }
        all.extend(self.variables());
        for parameter in &model.parameters {
            let value = parameter.ast.value().map_or("", |value| value.node().text());
            let detail = format!("{value} {}", model.unit(parameter).unwrap_or(""));
            let text = parameter.ast.description().unwrap_or("");
            all.push(Completion::new(parameter.name, CompletionKind::Constant, detail.trim()).about(text));
        }
        for of in &model.enums {
            all.push(Completion::new(of.name, CompletionKind::Enum, "enum"));
            let value = |value: &&str| Completion::new(format!("{}.{value}", of.name), CompletionKind::Value, of.name);
            all.extend(of.values.iter().map(value));
        }
        for function in &model.functions {
            let inputs: Vec<String> =
                function.inputs.iter().map(|input| format!("{} {}", input.name, input.of.name(model))).collect();
            let detail = format!("({}) -> {}", inputs.join(", "), function.result.name(model));
            let call = call(function.name, function.inputs.is_empty());
            all.push(Completion::new(function.name, CompletionKind::Function, detail).snippet(call));
        }
        for builtin in builtins() {
            let call = call(builtin.name, builtin.signature.starts_with("()"));
            let item = Completion::new(builtin.name, CompletionKind::Function, builtin.signature);
            all.push(item.about(builtin.text).snippet(call));
        }
        all.extend(forms(words::OPERATORS));
        all
    }

    /// The variables of the actor around the place.
    pub(super) fn variables(&self) -> Vec<Completion> {
        let model = &self.analysis.model;
        let store = self.actor().into_iter().flat_map(|actor| &actor.store);
        store.map(|field| Completion::new(field.name, CompletionKind::Variable, field.of.name(model))).collect()
    }

    pub(super) fn fields(&self, fields: &[Field<'p>]) -> Vec<Completion> {
        let model = &self.analysis.model;
        fields.iter().map(|field| Completion::new(field.name, CompletionKind::Field, field.of.name(model))).collect()
    }
}

fn call(name: &str, empty: bool) -> String {
    if empty { format!("{name}()") } else { format!("{name}($1)") }
}

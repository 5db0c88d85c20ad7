//! The types of expressions.

use super::Checker;
use super::scope::{Bound, Local, Scope};
use crate::ast::{Expression, ShapeKind};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::name_span;
use crate::token::Kind;
use crate::tree::Node;
use crate::types::{Basic, Made, Type, bounded, common};

impl<'m, 'p> Checker<'m, 'p> {
    /// What is known of a value; reports what is wrong inside of it.
    pub(super) fn infer(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        match of {
            Expression::Literal(node) => {
                self.large(node);
                literal(node)
            }
            Expression::Name(node) => self.name(node, scope),
            Expression::Unary(_) => self.unary(of, scope),
            Expression::Binary(_) => self.binary(of, scope),
            Expression::If(_) => self.conditional(of, scope),
            Expression::Call(_) => self.call(of, scope),
            Expression::Access(_) => self.access(of, scope),
            Expression::Index(_) => self.index(of, scope),
            Expression::Lambda(_) => {
                self.lambda(of, Type::Any, scope);
                Type::Function
            }
            Expression::Record(_) => self.made(of, scope),
            Expression::List(_) => {
                let parts: Vec<Type> = of.parts().map(|part| self.infer(part, scope)).collect();
                bounded(Type::list(common(parts.into_iter(), self.model)), self.model)
            }
            Expression::Group(_) => of.part(0).map_or(Type::Any, |part| self.infer(part, scope)),
        }
    }

    /// Whole numbers have 64 bits.
    fn large(&mut self, node: Node<'p>) {
        let whole = node.main() == Kind::NUMBER && !node.text().contains('.');
        if whole && node.text().trim_start_matches('-').parse::<u64>().is_err() {
            let message = format!("this is more than {}, the largest `uint`", u64::MAX);
            let hint = "whole numbers have 64 bits: count in larger units, or write a float";
            self.report(Diagnostic::new(Code::TYPE, node.span(), message).hint(hint));
        }
    }

    /// A record or map as it is written. What it says by name counts, wherever `...` stands.
    fn made(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let (mut made, mut named) = (Made::default(), vec![]);
        for (name, value) in of.entries() {
            let value = value.map_or(Type::Any, |value| self.infer(value, scope));
            match name {
                Some(name) => named.push((name, value)),
                None => made.spread(value, self.model),
            }
        }
        named.into_iter().for_each(|(name, value)| made.set(name.text(), value, self.model));
        bounded(Type::Made(Box::new(made)), self.model)
    }

    fn conditional(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let mut parts = of.parts();
        if let Some(condition) = parts.next() {
            self.condition(condition, scope, "the condition of IF");
        }
        let branches: Vec<Type> = parts.map(|part| self.infer(part, scope)).collect();
        bounded(common(branches.into_iter(), self.model), self.model)
    }

    /// The type of a lambda's body, whose variable has the type `input`.
    pub(super) fn lambda(&mut self, of: Expression<'p>, input: Type, scope: &mut Scope<'m, 'p>) -> Type {
        let (Some(name), Some(body)) = (of.name(), of.part(0)) else { return Type::Any };
        let outside = scope.locals.len();
        self.hides_all(name, scope);
        self.local(Local::new(name, input), scope);
        let result = self.infer(body, scope);
        scope.locals.truncate(outside);
        result
    }

    /// Names are looked for in this order: locals, `message`, the actor's own, parameters, enum values, the store.
    fn name(&mut self, node: Node<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let model = self.model;
        let text = node.text();
        if let Some(local) = scope.local(text) {
            let (of, span) = (local.of.clone(), local.span);
            self.used(node, span);
            return of;
        }
        match text {
            "message" => return self.message(node, scope),
            "peer_id" => return Type::Basic(Basic::PeerId),
            "chain" => return Type::Chain,
            _ => {}
        }
        if let Some(parameter) = model.parameter(text) {
            self.usage.parameter(text);
            self.used(node, name_span(parameter.ast.node()));
            return self.constant_type(parameter);
        }
        if let Some(number) = model.names.values.get(text) {
            let of = &model.enums[*number as usize];
            of.value(text).into_iter().for_each(|value| self.used(node, value.span()));
            return Type::Enum(*number);
        }
        if let Some(variable) = scope.actor.and_then(|actor| actor.variable(text)) {
            self.used(node, variable.span());
            return variable.of.clone();
        }
        self.no_name(node, scope);
        let loose = scope.actor.and_then(|actor| self.loose.get(actor.name, text));
        loose.cloned().unwrap_or(Type::Any)
    }

    fn message(&mut self, node: Node<'p>, scope: &Scope<'m, 'p>) -> Type {
        match scope.message {
            Bound::Message(number) => Type::Shape(number),
            Bound::Unknown => Type::Any,
            Bound::Nothing => {
                let error = Diagnostic::new(Code::NAME, node.span(), "there is no `message` here");
                let hint = "only transitions `on MESSAGE` have one; store what is needed later";
                self.report(error.hint(hint));
                Type::Any
            }
        }
    }

    fn no_name(&mut self, node: Node<'p>, scope: &Scope<'m, 'p>) {
        let model = self.model;
        let text = node.text();
        let assigned = scope.actor.is_some_and(|actor| self.usage.is_written(actor, text));
        if assigned {
            return; // W-UNDECLARED says it where it is written.
        }
        let function = model.function(text).is_some() || super::builtins().iter().any(|builtin| builtin.name == text);
        if function && is_called(node) {
            let message = format!("`{text}` is a function, and `()` behind a guard is an empty block of actions");
            let hint = format!("to call it, write `({text}())`");
            return self.report(Diagnostic::new(Code::NAME, node.span(), message).hint(hint));
        }
        let known = [
            (model.shape(text, ShapeKind::Message).is_some(), "a message: write `SEND(peer, M)` as an action"),
            (model.shape(text, ShapeKind::Block).is_some(), "a block: write `APPEND(chain, B)` as an action"),
            (model.names.enums.contains_key(text), "an enum: name one of its values, `E.VALUE`"),
            (model.function(text).is_some(), "a function: call it, `f(…)`"),
        ];
        let message = format!("there is nothing called `{text}` here");
        let error = Diagnostic::new(Code::NAME, node.span(), message);
        if let Some((_, what)) = known.iter().find(|(is, _)| *is) {
            return self.report(error.hint(format!("it is {what}")));
        }
        let locals = scope.locals.names();
        let variables = scope.actor.iter().flat_map(|actor| actor.store.iter().map(|field| field.name));
        let constants = model.parameters.iter().map(|parameter| parameter.name);
        let values = model.enums.iter().flat_map(|of| of.values.iter().copied());
        let names = locals.chain(variables).chain(constants).chain(values);
        let suggestion = self.suggest(Code::NAME, node, "name", names);
        let near = suggestion.hint.starts_with("did you mean");
        let hint = if near {
            suggestion.hint
        } else if scope.in_function {
            format!("functions see their inputs; LOAD({text}) reads the store of the calling actor")
        } else {
            "declare it in the store, as a parameter, or as an enum value".to_owned()
        };
        self.report(error.hint(hint).fix(suggestion.fix.filter(|_| near)));
    }
}

/// Whether `()` follows.
fn is_called(node: Node<'_>) -> bool {
    let tree = node.tree();
    let behind = tree.tokens().iter().enumerate().skip(node.token_range().end);
    let mut signs = behind.filter(|(_, token)| !token.kind.is_trivia()).map(|(at, _)| tree.token_text(at));
    signs.next() == Some("(") && signs.next() == Some(")")
}

fn literal(node: Node<'_>) -> Type {
    match node.main() {
        Kind::NUMBER if node.text().contains('.') => Type::Basic(Basic::Float),
        Kind::NUMBER => Type::UINT,
        Kind::WORD if node.text().eq_ignore_ascii_case("null") => Type::Null,
        Kind::WORD => Type::BOOL,
        _ => Type::Basic(Basic::String),
    }
}

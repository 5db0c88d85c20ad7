//! Fields of values, values of enums, elements of lists.

use super::Checker;
use super::scope::{Bound, Scope};
use crate::ast::Expression;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::name_span;
use crate::token::Kind;
use crate::tree::Node;
use crate::types::{Basic, Fit, Made, Type};

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn access(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let Some(base) = of.part(0) else { return Type::Any };
        let Some(field) = of.name() else {
            self.infer(base, scope);
            return Type::Any;
        };
        if let Expression::Name(name) = base {
            if let Some(of) = self.enum_value(name, field, scope) {
                return of;
            }
            if name.text() == "message" && scope.local("message").is_none() {
                return self.of_message(name, field, scope);
            }
        }
        if let Some(number) = payload(base, scope) {
            return self.payload_field(field, number);
        }
        let value = self.infer(base, scope);
        self.of_value(&value, field)
    }

    fn of_value(&mut self, value: &Type, field: Node<'p>) -> Type {
        match value {
            Type::Shape(number) => {
                let model = self.model;
                match model.shapes[*number as usize].field(field.text()) {
                    Some(declared) => {
                        self.used(field, declared.span());
                        declared.of.clone()
                    }
                    None => {
                        self.no_field(Code::FIELD, field, *number);
                        Type::Any
                    }
                }
            }
            Type::Made(made) => made.get(field.text()),
            Type::Map(of) => of.1.clone(),
            of if of.is_any() || *of == Type::Null || *of == Type::Basic(Basic::Dict) => of.inside(),
            other => {
                let message = format!("{} has no fields", other.name(self.model));
                let hint = "only messages, blocks, records and dicts have fields";
                self.report(Diagnostic::new(Code::TYPE, field.span(), message).hint(hint));
                Type::Any
            }
        }
    }

    /// `Verdict.ACCEPT`, if the left side is no variable.
    fn enum_value(&mut self, name: Node<'p>, value: Node<'p>, scope: &Scope<'m, 'p>) -> Option<Type> {
        let model = self.model;
        let variable = scope.local(name.text()).is_some()
            || scope.actor.is_some_and(|actor| actor.variable(name.text()).is_some());
        if variable {
            return None;
        }
        let Some(number) = model.names.enums.get(name.text()) else { return self.unknown_enum(name, value, scope) };
        let of = &model.enums[*number as usize];
        self.used(name, name_span(of.ast.node()));
        match of.value(value.text()) {
            Some(known) => self.used(value, known.span()),
            None => {
                let suggestion = self.suggest(Code::ENUMVAL, value, "value", of.values.iter().copied());
                let message = format!("the enum `{}` has no value `{}`", of.name, value.text());
                let error = Diagnostic::new(Code::ENUMVAL, value.span(), message);
                let error = error.label(of.ast.node().span(), "declared here");
                self.report(error.hint(suggestion.hint).fix(suggestion.fix));
            }
        }
        Some(Type::Enum(*number))
    }

    /// A name with a capital that is nothing else was probably meant as an enum.
    fn unknown_enum(&mut self, name: Node<'p>, value: Node<'p>, scope: &Scope<'m, 'p>) -> Option<Type> {
        let text = name.text();
        let model = self.model;
        let mut letters = value.text().chars();
        let constant = letters.all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
        let known = model.parameter(text).is_some()
            || model.names.values.contains_key(text)
            || scope.actor.is_some_and(|actor| self.usage.is_written(actor, text));
        if !text.starts_with(|c: char| c.is_ascii_uppercase()) || !constant || known {
            return None;
        }
        self.unknown(Code::ENUM, name, "enum", model.enums.iter().map(|of| of.name));
        Some(Type::Any)
    }

    /// `message.field`, `message.sender`, `message.payload`
    fn of_message(&mut self, name: Node<'p>, field: Node<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let Bound::Message(number) = scope.message else {
            self.infer(Expression::Name(name), scope);
            return Type::Any;
        };
        match field.text() {
            "sender" => Type::Basic(Basic::PeerId),
            "payload" => Type::Shape(number),
            _ => self.payload_field(field, number),
        }
    }

    fn payload_field(&mut self, field: Node<'p>, number: u32) -> Type {
        let model = self.model;
        let message = &model.shapes[number as usize];
        if let Some(declared) = message.field(field.text()) {
            self.used(field, declared.span());
            return declared.of.clone();
        }
        if field.text() == "signature" && message.ast.is_signed() {
            return Type::Basic(Basic::Signature);
        }
        self.no_field(Code::MSGFIELD, field, number);
        Type::Any
    }

    pub(super) fn index(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let (Some(base), Some(index)) = (of.part(0), of.part(1)) else { return Type::Any };
        let (value, key) = (self.infer(base, scope), self.infer(index, scope));
        if key == Type::Null {
            self.null(index, "an index");
        }
        self.index_fits((&value, base), (&key, index), of.is_dynamic());
        match &value {
            Type::List(element) if !of.is_dynamic() => (**element).clone(),
            _ => self.value_at(&value, Some(index)),
        }
    }

    /// Whether a value has elements, and whether an index is one for them.
    pub(super) fn index_fits(
        &mut self,
        (value, base): (&Type, Expression<'p>),
        (key, index): (&Type, Expression<'p>),
        dynamic: bool,
    ) {
        match value {
            Type::List(_) if !dynamic => {
                if key.fits(&Type::Basic(Basic::Int), self.model) != Fit::Yes {
                    let message =
                        format!("the index of a list is a whole number, and this is {}", key.name(self.model));
                    let error = Diagnostic::new(Code::TYPE, index.node().span(), message);
                    self.report(error.hint("lists are counted from 0"));
                }
            }
            Type::Map(of) => self.mismatch(key, &of.0, index.node().span(), ("the key of this map", None)),
            Type::Null | Type::Shape(_) | Type::Made(_) | Type::Basic(Basic::Dict | Basic::Bytes | Basic::String) => {}
            of if of.is_any() => {}
            other => {
                let message = format!("{} has no elements", other.name(self.model));
                let error = Diagnostic::new(Code::TYPE, base.node().span(), message);
                self.report(error.hint("only lists, maps and dicts have elements"));
            }
        }
    }

    /// The value of a map, or the field of a record, that a key names.
    pub(super) fn value_at(&self, of: &Type, key: Option<Expression<'p>>) -> Type {
        let named = key.and_then(text_of);
        match (of, named) {
            (Type::Map(of), _) => of.1.clone(),
            (Type::Made(made), Some(name)) => made.get(name),
            (Type::Made(made), None) => made.any(self.model),
            (Type::Shape(number), Some(name)) => {
                let field = self.model.shapes[*number as usize].field(name);
                field.map_or(Type::Any, |field| field.of.clone())
            }
            (Type::Shape(_), None) => Made::of(of.clone(), self.model).any(self.model),
            (of, _) => of.element(),
        }
    }
}

/// The text of a string that is written there.
pub(super) fn text_of(of: Expression<'_>) -> Option<&str> {
    match of.ungrouped() {
        Expression::Literal(node) if node.main() == Kind::TEXT => Some(crate::ast::unquoted(node.text())),
        _ => None,
    }
}

/// The message of `message.payload`.
fn payload(base: Expression<'_>, scope: &Scope<'_, '_>) -> Option<u32> {
    let Bound::Message(number) = scope.message else { return None };
    let (Expression::Access(node), Some(Expression::Name(name))) = (base, base.part(0)) else { return None };
    (name.text() == "message" && node.main_text() == "payload" && scope.local("message").is_none()).then_some(number)
}

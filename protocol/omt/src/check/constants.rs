//! What can be computed before anything runs: parameters, and the conditions of types.

use super::scope::{Local, Scope};
use super::{Checker, is_main};
use crate::ast::{Expression, Operator, ShapeKind};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Model, Parameter, name_span};
use crate::span::Span;
use crate::token::Kind;
use crate::types::{Basic, Type};

/// A value that is known. Integers that do not fit into 128 bits are not folded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Constant {
    Integer(i128),
    Float(f64),
    Bool(bool),
    /// A list, string or bytes of which only the length is known.
    Length(i128),
}

impl Constant {
    fn number(self) -> Option<f64> {
        match self {
            Constant::Integer(value) => Some(value as f64),
            Constant::Float(value) => Some(value),
            _ => None,
        }
    }
}

impl<'m, 'p> Checker<'m, 'p> {
    /// Parameters whose value is the name of another one.
    pub(super) fn parameters(&mut self) {
        let model = self.model;
        for parameter in model.parameters.iter().filter(|parameter| is_main(parameter.ast.node())) {
            let name = match parameter.ast.value() {
                Some(Expression::Name(name)) => name,
                // Negative numbers are one token there.
                Some(value) => {
                    self.infer(value, &mut Scope::empty());
                    continue;
                }
                None => continue,
            };
            match model.parameter(name.text()) {
                Some(other) => {
                    self.usage.parameter(name.text());
                    self.used(name, name_span(other.ast.node()));
                    if matches!(model.resolved(parameter).ast.value(), Some(Expression::Name(_))) {
                        let message = format!("the parameter `{}` is defined by itself", parameter.name);
                        let error = Diagnostic::new(Code::NAME, name.span(), message);
                        self.report(error.hint("give one parameter of the circle a number"));
                    }
                }
                None => {
                    let names = model.parameters.iter().map(|parameter| parameter.name);
                    self.unknown(Code::NAME, name, "parameter", names);
                }
            }
        }
    }

    /// A whole number is a `uint` or an `int`, any other a `float`.
    pub(super) fn constant_type(&self, parameter: &Parameter<'p>) -> Type {
        let value = self.model.resolved(parameter).ast.value();
        match value.and_then(|value| folded(self.model, value, None)) {
            Some(Constant::Integer(value)) if value < 0 => Type::Basic(Basic::Int),
            Some(Constant::Integer(_)) => Type::UINT,
            Some(Constant::Float(_)) => Type::Basic(Basic::Float),
            _ => Type::Any,
        }
    }

    /// The fields of messages, blocks and records.
    pub(super) fn shapes(&mut self) {
        let model = self.model;
        for shape in &model.shapes {
            let mark = self.mark();
            for field in &shape.fields {
                self.refinement(field);
                if shape.kind() == ShapeKind::Block && field.of.has_float(model) {
                    let message = format!("the block `{}` would have a float in `{}`", shape.name, field.name);
                    let error = Diagnostic::new(Code::FLOATMONEY, field.node.span(), message);
                    let hint = "floats differ between machines: write the amount as `uint`, in small units";
                    self.report(error.hint(hint));
                }
            }
            self.only_errors(mark, shape.ast.node());
        }
    }

    /// The condition of a type must be a condition, over `v` or `length`.
    pub(super) fn refinement(&mut self, field: &Field<'p>) {
        let Some(condition) = field.refinement else { return };
        let mut scope = Scope::empty();
        let span = field.node.span();
        scope.locals.push(Local::declared("v", field.of.clone(), span));
        let sized = matches!(field.of, Type::List(_) | Type::Map(_) | Type::Any)
            || matches!(field.of.basic(), Some(Basic::String | Basic::Bytes));
        if sized {
            scope.locals.push(Local::declared("length", Type::UINT, span));
        }
        let (before, uses) = (self.found.mark(), self.uses.len());
        let of = self.infer(condition, &mut scope);
        let mut inner = self.found.split_off(before);
        let inside = self.uses.split_off(uses);
        self.uses.extend(inside.into_iter().filter(|used| used.of != span));
        if let Some(first) = inner.drain(..).next() {
            let message = format!("the condition of `{}` cannot be checked: {}", field.name, first.message);
            let hint = "a condition is over `v`, the value, or `length`, and parameters: `uint{v > 0}`";
            return self.report(Diagnostic::new(Code::REFINEMENT, first.span(), message).hint(hint));
        }
        if of != Type::BOOL && !of.is_any() {
            let message = format!("the condition of `{}` is {}, not bool", field.name, of.name(self.model));
            let hint = "compare: `uint{v > 0}`, `list<peer_id>{length = 5}`";
            self.report(Diagnostic::new(Code::REFINEMENT, condition.node().span(), message).hint(hint));
        }
    }

    /// Checks a value against the condition of a type, where both are known.
    pub(super) fn refined(&mut self, value: Expression<'p>, to: &Field<'p>) {
        if let Some(condition) = to.refinement {
            self.meets(value, condition, (&format!("`{}`", to.name), to.span()));
        }
    }

    /// Checks a value against a condition; the place has a name and a declaration.
    pub(super) fn meets(&mut self, value: Expression<'p>, condition: Expression<'p>, (place, declared): (&str, Span)) {
        let known = match value.ungrouped() {
            Expression::List(_) => Some(Constant::Length(value.ungrouped().parts().count() as i128)),
            other => folded(self.model, other, None),
        };
        let Some(known) = known else { return };
        if folded(self.model, condition, Some(known)) == Some(Constant::Bool(false)) {
            let message = format!("{place} must have {}", condition.node().text());
            let error = Diagnostic::new(Code::REFINE, value.node().span(), message).here("this does not");
            self.report(error.label(declared, "declared here").hint("give another value, or change the condition"));
        }
    }
}

/// The value of an expression of numbers, parameters and operators; `value` is what `v` and `length` stand for.
pub(super) fn folded(model: &Model<'_>, of: Expression<'_>, value: Option<Constant>) -> Option<Constant> {
    let part = |at: usize| of.part(at).and_then(|part| folded(model, part, value));
    match of {
        Expression::Literal(node) => match node.main() {
            Kind::NUMBER if node.text().contains('.') => node.text().parse().ok().map(Constant::Float),
            Kind::NUMBER => node.text().parse().ok().map(Constant::Integer),
            Kind::WORD if node.text().eq_ignore_ascii_case("true") => Some(Constant::Bool(true)),
            Kind::WORD if node.text().eq_ignore_ascii_case("false") => Some(Constant::Bool(false)),
            Kind::TEXT => Some(Constant::Length(crate::ast::unquoted(node.text()).len() as i128)),
            _ => None,
        },
        Expression::Name(node) => named(model, node.text(), value),
        Expression::Group(_) => part(0),
        Expression::Unary(_) => match (part(0)?, of.is_not()) {
            (Constant::Bool(value), true) => Some(Constant::Bool(!value)),
            (Constant::Integer(value), false) => value.checked_neg().map(Constant::Integer),
            (Constant::Float(value), false) => Some(Constant::Float(-value)),
            _ => None,
        },
        Expression::Binary(_) => binary(of.operator(), part(0)?, part(1)?),
        Expression::If(_) => match part(0)? {
            Constant::Bool(true) => part(1),
            Constant::Bool(false) => part(2),
            _ => None,
        },
        _ => None,
    }
}

fn named(model: &Model<'_>, name: &str, value: Option<Constant>) -> Option<Constant> {
    match (name, value) {
        ("length", Some(Constant::Length(length))) => Some(Constant::Integer(length)),
        ("v", Some(value)) => Some(value),
        _ => {
            let parameter = model.resolved(model.parameter(name)?);
            let value = parameter.ast.value()?;
            if matches!(value, Expression::Name(_)) { None } else { folded(model, value, None) }
        }
    }
}

fn binary(operator: Operator, a: Constant, b: Constant) -> Option<Constant> {
    match (a, b) {
        (Constant::Bool(a), Constant::Bool(b)) => Some(Constant::Bool(match operator {
            Operator::And => a && b,
            Operator::Or => a || b,
            Operator::Equal => a == b,
            Operator::Unequal => a != b,
            _ => return None,
        })),
        (Constant::Integer(a), Constant::Integer(b)) => integers(operator, a, b),
        _ => floats(operator, a.number()?, b.number()?),
    }
}

fn integers(operator: Operator, a: i128, b: i128) -> Option<Constant> {
    let result = match operator {
        Operator::Add => a.checked_add(b)?,
        Operator::Subtract => a.checked_sub(b)?,
        Operator::Multiply => a.checked_mul(b)?,
        Operator::Divide => return floats(operator, a as f64, b as f64),
        _ => return compared(operator, a.cmp(&b)),
    };
    Some(Constant::Integer(result))
}

fn floats(operator: Operator, a: f64, b: f64) -> Option<Constant> {
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide if b != 0.0 => a / b,
        Operator::Divide => return None,
        _ => return compared(operator, a.partial_cmp(&b)?),
    };
    Some(Constant::Float(result))
}

fn compared(operator: Operator, order: std::cmp::Ordering) -> Option<Constant> {
    Some(Constant::Bool(match operator {
        Operator::Equal => order.is_eq(),
        Operator::Unequal => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::Greater => order.is_gt(),
        Operator::AtMost => order.is_le(),
        Operator::AtLeast => order.is_ge(),
        _ => return None,
    }))
}

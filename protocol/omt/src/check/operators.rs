//! Operators: which operands they take, and what they give.

use super::Checker;
use super::scope::Scope;
use crate::ast::{Expression, Operator};
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, listed};
use crate::types::{Basic, Fit, Type, joined};

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn unary(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let Some(operand) = of.part(0) else { return Type::Any };
        if of.is_not() {
            self.condition(operand, scope, "the operand of NOT");
            return Type::BOOL;
        }
        match self.number(operand, scope, "-") {
            Some(Basic::Float) => Type::Basic(Basic::Float),
            Some(_) => Type::Basic(Basic::Int),
            None => Type::Any,
        }
    }

    pub(super) fn binary(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let operator = of.operator();
        let (Some(left), Some(right)) = (of.part(0), of.part(1)) else {
            of.parts().for_each(|part| drop(self.infer(part, scope)));
            return Type::Any;
        };
        if operator.is_logical() {
            let what = if operator == Operator::And { "an operand of AND" } else { "an operand of OR" };
            self.condition(left, scope, what);
            self.condition(right, scope, what);
            return Type::BOOL;
        }
        if operator.is_equality() {
            self.equality((left, right), scope);
            return Type::BOOL;
        }
        if operator.is_ordering() {
            self.ordering((left, right), scope);
            return Type::BOOL;
        }
        if operator == Operator::Add {
            return self.sum((left, right), scope);
        }
        self.arithmetic(of, (left, right), scope)
    }

    /// The type of an operand that must be a number; `None` if nothing is known.
    fn number(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>, operator: &str) -> Option<Basic> {
        let found = self.infer(of, scope);
        match found {
            // What may be a float counts as one.
            Type::Mixed => Some(Basic::Float),
            of if of.is_any() => None,
            Type::Null => {
                self.null(of, &format!("an operand of `{operator}`"));
                None
            }
            Type::Basic(basic) if basic.is_number() => Some(basic),
            _ => {
                let message = format!("`{operator}` needs numbers, and this is {}", found.name(self.model));
                let hint = "only uint, int, float and timestamp are numbers";
                self.report(Diagnostic::new(Code::ARITH, of.node().span(), message).hint(hint));
                None
            }
        }
    }

    fn arithmetic(
        &mut self,
        of: Expression<'p>,
        (left, right): (Expression<'p>, Expression<'p>),
        scope: &mut Scope<'m, 'p>,
    ) -> Type {
        let sign = of.node().main_text();
        let (a, b) = (self.number(left, scope, sign), self.number(right, scope, sign));
        if of.operator() == Operator::Divide {
            self.zero("`/`", right);
            return Type::Basic(Basic::Float);
        }
        match (a, b) {
            (Some(Basic::Timestamp), Some(Basic::Timestamp)) if of.operator() == Operator::Subtract => Type::UINT,
            (Some(a), Some(b)) => Type::Basic(joined(a, b)),
            (Some(Basic::Float), None) | (None, Some(Basic::Float)) => Type::Basic(Basic::Float),
            _ => Type::Any,
        }
    }

    /// `+` adds numbers, and joins everything else into the input of a hash.
    fn sum(&mut self, (left, right): (Expression<'p>, Expression<'p>), scope: &mut Scope<'m, 'p>) -> Type {
        let (a, b) = (self.infer(left, scope), self.infer(right, scope));
        for (operand, of) in [(left, &a), (right, &b)] {
            if *of == Type::Null {
                self.null(operand, "an operand of `+`");
            }
        }
        let basic = |of: &Type| if *of == Type::Mixed { Some(Basic::Float) } else { of.basic() };
        match (basic(&a), basic(&b)) {
            (Some(a), Some(b)) if a.is_number() && b.is_number() => Type::Basic(joined(a, b)),
            (Some(Basic::String), Some(Basic::String)) => Type::Basic(Basic::String),
            (Some(Basic::Float), None) | (None, Some(Basic::Float)) => Type::Basic(Basic::Float),
            (Some(a), Some(b)) if !(a.is_number() && b.is_number()) => Type::Basic(Basic::Bytes),
            _ => a.or(b, self.model),
        }
    }

    fn ordering(&mut self, (left, right): (Expression<'p>, Expression<'p>), scope: &mut Scope<'m, 'p>) {
        let (a, b) = (self.infer(left, scope), self.infer(right, scope));
        for (operand, of) in [(left, &a), (right, &b)] {
            if *of == Type::Null {
                return self.null(operand, "an operand of a comparison");
            }
        }
        let texts = [&a, &b].iter().all(|of| of.is_any() || of.basic() == Some(Basic::String));
        let numbers = [&a, &b].iter().all(|of| of.is_any() || of.is_number());
        if !texts && !numbers {
            let message = format!("{} and {} have no order", a.name(self.model), b.name(self.model));
            let span = left.node().span().to(right.node().span());
            self.report(Diagnostic::new(Code::TYPE, span, message).hint("compare two numbers, or use `==` and `!=`"));
        }
    }

    fn equality(&mut self, (left, right): (Expression<'p>, Expression<'p>), scope: &mut Scope<'m, 'p>) {
        let (a, b) = (self.infer(left, scope), self.infer(right, scope));
        let span = left.node().span().to(right.node().span());
        match (&a, &b) {
            (Type::Enum(one), Type::Enum(other)) if one != other => {
                let message = format!("{} and {} are two enums", a.name(self.model), b.name(self.model));
                self.report(Diagnostic::new(Code::ENUMMIX, span, message).hint("their values are never the same"));
            }
            (Type::Enum(number), Type::Basic(Basic::String)) => self.value_as_text(*number, right),
            (Type::Basic(Basic::String), Type::Enum(number)) => self.value_as_text(*number, left),
            _ if a.fits(&b, self.model) != Fit::No || b.fits(&a, self.model) != Fit::No => {}
            _ => {
                let message = format!("{} and {} are never equal", a.name(self.model), b.name(self.model));
                self.report(Diagnostic::new(Code::TYPE, span, message).hint("compare values of one type"));
            }
        }
    }

    /// An enum may be compared with the name of a value as a string.
    fn value_as_text(&mut self, number: u32, of: Expression<'p>) {
        let Expression::Literal(node) = of.ungrouped() else { return };
        let text = crate::ast::unquoted(node.text());
        let of_enum = &self.model.enums[number as usize];
        if of_enum.value(text).is_none() {
            let message = format!("the enum `{}` has no value `{text}`", of_enum.name);
            let hint = format!("it has {}", listed(&of_enum.values, ", "));
            self.report(Diagnostic::new(Code::ENUMVAL, node.span(), message).hint(hint));
        }
    }
}

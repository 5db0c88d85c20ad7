//! Whether a value may go to a place, and what is said if it may not.

use std::collections::BTreeSet;

use super::Checker;
use super::constants::{Constant, folded};
use super::scope::Scope;
use crate::ast::Expression;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, listed};
use crate::model::Field;
use crate::span::Span;
use crate::tree::Node;
use crate::types::{Basic, Fit, Made, Type};

impl<'m, 'p> Checker<'m, 'p> {
    /// A value that goes to a variable, field or input.
    pub(super) fn expect(&mut self, value: Expression<'p>, to: &Field<'p>, scope: &mut Scope<'m, 'p>) {
        let place = format!("`{}`", to.name);
        self.expect_type(value, &to.of, (&place, Some(to.span())), scope);
        self.refined(value, to);
    }

    /// A value that goes to a place of a type; the place has a name, and perhaps a declaration.
    pub(super) fn expect_type(
        &mut self,
        value: Expression<'p>,
        to: &Type,
        place: (&str, Option<Span>),
        scope: &mut Scope<'m, 'p>,
    ) {
        match (value, to) {
            (Expression::Group(_), _) => {
                value.parts().for_each(|part| self.expect_type(part, to, place, scope));
            }
            (Expression::If(_), _) => {
                let mut parts = value.parts();
                if let Some(condition) = parts.next() {
                    self.condition(condition, scope, "the condition of IF");
                }
                parts.for_each(|branch| self.expect_type(branch, to, place, scope));
            }
            (Expression::List(_), Type::List(of)) => {
                value.parts().for_each(|part| self.expect_type(part, of, place, scope));
            }
            (Expression::Record(_), Type::Shape(number)) => self.expect_shape(value, *number, scope),
            _ => {
                let of = self.infer(value, scope);
                self.mismatch(&of, to, value.node().span(), place);
                self.below_zero(value, &of, to, place);
            }
        }
    }

    /// A difference of two `uint` may be negative; where it is known to be, that is said.
    fn below_zero(&mut self, value: Expression<'p>, of: &Type, to: &Type, (place, declared): (&str, Option<Span>)) {
        let unsigned = matches!(to.basic(), Some(Basic::Uint | Basic::Timestamp));
        let Some(Constant::Integer(known)) = folded(self.model, value, None) else { return };
        if unsigned && known < 0 && of.fits(to, self.model) == Fit::Yes {
            let message = format!("{place} needs {}, and this is {known}", to.name(self.model));
            let error = Diagnostic::new(Code::TYPE, value.node().span(), message).here(known.to_string());
            let error = declared.into_iter().fold(error, |error, at| error.label(at, "declared here"));
            self.report(error.hint("give a value of at least 0, or declare the place as `int`"));
        }
    }

    /// A record without `...` has all fields of the declared one.
    fn fields_missing(&mut self, value: Expression<'p>, number: u32) {
        let shape = &self.model.shapes[number as usize];
        if value.entries().any(|(name, _)| name.is_none()) {
            return;
        }
        let names: BTreeSet<&str> = value.entries().filter_map(|(name, _)| name).map(Node::text).collect();
        let given = |field: &&Field<'p>| names.contains(field.name);
        let missing: Vec<String> =
            shape.fields.iter().filter(|field| !given(field)).map(|field| format!("`{}`", field.name)).collect();
        if !missing.is_empty() {
            let message = format!("a `{}` without {}", shape.name, listed(&missing, ", "));
            let error = Diagnostic::new(Code::TYPE, value.node().span(), message).here("incomplete");
            let error = error.label(shape.ast.node().span(), "declared here");
            self.report(
                error.hint("give every field a value (it may be null), or take the others from a record: `...x`"),
            );
        }
    }

    fn expect_shape(&mut self, value: Expression<'p>, number: u32, scope: &mut Scope<'m, 'p>) {
        self.fields_missing(value, number);
        let shape = &self.model.shapes[number as usize];
        let own: BTreeSet<&str> = value.entries().filter_map(|(name, _)| name).map(Node::text).collect();
        for (name, entry) in value.entries() {
            let (Some(name), Some(entry)) = (name, entry) else {
                if let Some(entry) = entry {
                    let of = self.infer(entry, scope);
                    self.expect_spread(&of, (&own, entry.node().span()), number);
                }
                continue;
            };
            match shape.field(name.text()) {
                Some(field) => {
                    self.used(name, field.span());
                    self.expect(entry, field, scope);
                }
                None => {
                    self.infer(entry, scope);
                    self.no_field(Code::FIELD, name, number);
                }
            }
        }
    }

    /// What a record takes over from another one, but for the fields that it sets itself.
    fn expect_spread(&mut self, of: &Type, (own, at): (&BTreeSet<&str>, Span), number: u32) {
        let mut made = Made::default();
        made.spread(of.clone(), self.model);
        made.hide(own.iter().copied());
        self.mismatch(&Type::Made(Box::new(made)), &Type::Shape(number), at, ("", None));
    }

    /// The parts of a literal go to places of their own: reports those that do not fit, or says that there are no parts.
    fn parts_fit(&mut self, of: &Type, to: &Type, at: Span) -> bool {
        let model = self.model;
        match (of, to) {
            (Type::List(of), Type::List(to)) if matches!(**of, Type::Made(_)) => self.parts_fit(of, to, at),
            (Type::Made(made), Type::Shape(number)) => {
                for (name, of) in &made.fields {
                    if let Some(field) = model.shapes[*number as usize].field(name) {
                        self.mismatch(of, &field.of, at, (&format!("`{name}`"), Some(field.span())));
                    }
                }
                if let Some((name, of)) = made.hidden_float(*number, model) {
                    let shape = &model.shapes[*number as usize];
                    let message = format!("`{}` has no field `{name}`, and a float would be hidden in it", shape.name);
                    let error =
                        Diagnostic::new(Code::FLOATMONEY, at, message).here(format!("`{name}` is {}", of.name(model)));
                    let error = error.label(shape.ast.node().span(), "declared here");
                    self.report(error.hint(format!("declare `{name} float` there, or leave it out")));
                }
                if let Some(field) = made.float_field(*number, model) {
                    let field = &model.shapes[*number as usize].fields[field];
                    let place = format!("`{}`, which a computed name may be,", field.name);
                    self.mismatch(&made.others, &field.of, at, (&place, Some(field.span())));
                }
                true
            }
            (Type::Made(made), Type::Map(to)) => {
                for (name, of) in &made.fields {
                    self.mismatch(of, &to.1, at, (&format!("the value of `{name}`"), None));
                }
                self.mismatch(&made.others, &to.1, at, ("a value of this map", None));
                if made.keys.fits(&to.0, model) == Fit::Float {
                    self.mismatch(&made.keys, &to.0, at, ("a key of this map", None));
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn mismatch(&mut self, of: &Type, to: &Type, at: Span, (place, declared): (&str, Option<Span>)) {
        if of.fits(to, self.model) != Fit::Yes && self.parts_fit(of, to, at) {
            return;
        }
        let (code, hint) = match of.fits(to, self.model) {
            Fit::Yes => return,
            Fit::Float => (Code::FLOATMONEY, "use DIV(a, b) or MULDIV(a, b, c) = a * b / c, which round down"),
            Fit::Sign => (Code::TYPE, "it may be negative: use ABS, MAX(0, …), or declare the place as `int`"),
            Fit::No => (Code::TYPE, hint_for(of, to)),
        };
        let needed = to.name(self.model);
        let message = format!("{place} needs {needed}, and this is {}", of.name(self.model));
        let mut error = Diagnostic::new(code, at, message).here(of.name(self.model)).hint(hint);
        if let Some(declared) = declared {
            error = error.label(declared, "declared here");
        }
        self.report(error);
    }

    /// A field of an event that is copied into a variable.
    pub(super) fn field_fits(&mut self, from: &Field<'p>, to: &Field<'p>, at: Span) {
        let place = format!("the variable `{}`", to.name);
        self.mismatch(&from.of.clone(), &to.of.clone(), at, (&place, Some(to.span())));
    }

    /// A condition must be bool.
    pub(super) fn condition(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>, what: &str) {
        let found = self.infer(of, scope);
        if found == Type::Null {
            return self.null(of, what);
        }
        if found.fits(&Type::BOOL, self.model) != Fit::Yes {
            let message = format!("{what} must be bool, and this is {}", found.name(self.model));
            let hint = if found.is_number() { "compare it: `x > 0`" } else { "compare it: `x != null` or `x == …`" };
            self.report(Diagnostic::new(Code::GUARDBOOL, of.node().span(), message).hint(hint));
        }
    }

    pub(super) fn null(&mut self, of: Expression<'p>, what: &str) {
        let message = format!("{what} cannot be null");
        let hint = "null may be stored, passed on and compared with `==` and `!=`, and nothing else";
        self.report(Diagnostic::new(Code::NULL, of.node().span(), message).hint(hint));
    }

    /// A name that is no field of a shape.
    pub(super) fn no_field(&mut self, code: Code, name: Node<'p>, number: u32) {
        let shape = &self.model.shapes[number as usize];
        let fields = shape.fields.iter().map(|field| field.name);
        let suggestion = self.suggest(code, name, "field", fields);
        let message = format!("`{}` has no field `{}`", shape.name, name.text());
        let finding = Diagnostic::new(code, name.span(), message).label(shape.ast.node().span(), "declared here");
        self.report(finding.hint(suggestion.hint).fix(suggestion.fix));
    }
}

fn hint_for(of: &Type, to: &Type) -> &'static str {
    match (of, to) {
        (Type::Basic(Basic::String), Type::Enum(_)) => "name a value of the enum, such as `Verdict.ACCEPT`",
        (Type::Enum(_), Type::Enum(_)) => "the values of two enums are never the same",
        (of, Type::Basic(Basic::Hash)) if of.basic().is_some() => "make a hash: HASH(…)",
        (of, Type::List(to)) if of == &**to => "put it into brackets: `[x]`",
        (Type::List(_), _) => "take one element: `xs[0]`",
        _ => "change the value or the declared type",
    }
}

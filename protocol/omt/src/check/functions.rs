//! The bodies of functions. They are followed statement by statement: an assignment replaces what is known of a local, and
//! what a loop changes is joined with what was before (`rounds`).

use super::fields::text_of;
use super::generic::{float_for_placeholder, is_generic};
use super::scope::{Local, Scope};
use super::{Checker, is_reserved, reserved};
use crate::ast::{Expression, Statement};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Function, Model, name_span};
use crate::span::Span;
use crate::tree::Node;
use crate::types::{Basic, Made, Type, bounded, common};

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn function(&mut self, function: &'m Function<'p>) {
        let mut scope = Scope { in_function: true, ..Scope::empty() };
        for input in &function.inputs {
            self.refinement(input);
            self.hides_constant(input.name, input.span());
            self.local(Local::declared(input.name, input.of.clone(), input.span()), &mut scope);
        }
        for statement in function.ast.body() {
            self.statement(statement, function, &mut scope);
        }
        self.returns_at_all(function);
        self.reached(function.ast.body());
    }

    /// A function with a result returns something, unless a part of it could not be read.
    fn returns_at_all(&mut self, function: &'m Function<'p>) {
        let broken = self.model.program.errors.iter().any(|error| error.code.is_syntax());
        let mut body = function.ast.body();
        let none = function.ast.body().next().is_none() || function.result == Type::Basic(Basic::Void);
        if broken || none || function.ast.is_native() || body.any(returns_somewhere) {
            return;
        }
        let message = format!("`{}` has a result, and never returns one", function.name);
        let error = Diagnostic::new(Code::RETURN, name_span(function.ast.node()), message);
        self.report(error.hint("end it with `RETURN e`"));
    }

    /// Reports what stands behind RETURN; whether the statements return for certain.
    fn reached(&mut self, statements: impl Iterator<Item = Statement<'p>>) -> bool {
        let mut returned = false;
        let mut reported = false;
        for statement in statements {
            if returned && !reported {
                reported = true;
                let finding = Diagnostic::new(Code::DEADCODE, statement_span(statement), "this is never reached");
                self.report(finding.hint("RETURN ends the function: remove what stands behind it, or move it up"));
            }
            returned |= match statement {
                Statement::Return(..) => true,
                Statement::Sequence(_) => self.reached(statement.inner()),
                Statement::For { .. } => {
                    self.reached(statement.inner());
                    false
                }
                _ => false,
            };
        }
        returned
    }

    fn statement(&mut self, statement: Statement<'p>, function: &'m Function<'p>, scope: &mut Scope<'m, 'p>) {
        match statement {
            Statement::Return(_, None) => {}
            Statement::Return(_, Some(value)) => {
                self.returned(value, function, scope);
                if let Some(of) = function.ast.result()
                    && let Some(condition) = of.refinement()
                {
                    self.meets(value, condition, ("the result", of.node().span()));
                }
            }
            Statement::Let { name, value } => {
                let of = self.infer(value, scope);
                self.bind(name, of, scope);
            }
            Statement::LetIndex { name, index, value } => self.bind_index(name, (index, value), scope),
            Statement::For { name, over, node } => {
                let element = self.elements(over, scope);
                self.hides_all(name, scope);
                self.around(node, scope, &mut |checker, scope| {
                    let number = scope.locals.len();
                    checker.local(Local::new(name, element.clone()), scope);
                    statement.inner().for_each(|inner| checker.statement(inner, function, scope));
                    scope.locals.end(number);
                });
            }
            Statement::Sequence(_) => statement.inner().for_each(|inner| self.statement(inner, function, scope)),
        }
    }

    /// A result. Where it may be of any type, it is what it was called with, and makes no float of an integer.
    fn returned(&mut self, value: Expression<'p>, function: &'m Function<'p>, scope: &mut Scope<'m, 'p>) {
        let Some(declared) = function.ast.result().filter(|_| is_generic(function)) else {
            return self.expect_type(value, &function.result, ("the result", None), scope);
        };
        let of = self.infer(value, scope);
        let at = value.node().span();
        self.mismatch(&of, &function.result, at, ("the result", None));
        if float_for_placeholder(declared, &function.result, &of, self.model) {
            let (needed, model) = (declared.node().text(), self.model);
            let message = format!("the result is {needed}, which may be an integer, and this is {}", of.name(model));
            let error = Diagnostic::new(Code::FLOATMONEY, at, message).here(of.name(model));
            self.report(error.hint("declare the result as what it is, or use DIV(a, b) or MULDIV(a, b, c)"));
        }
    }

    /// What a loop goes through.
    fn elements(&mut self, over: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let of = self.infer(over, scope);
        match &of {
            Type::List(element) => return (**element).clone(),
            Type::Null => self.null(over, "what FOR goes through"),
            of if of.is_any() => return of.inside(),
            of => {
                let message = format!("FOR goes through a list, and this is {}", of.name(self.model));
                let map = matches!(of, Type::Map(_) | Type::Made(_) | Type::Basic(Basic::Dict));
                let hint = if map { "go through its keys: `FOR k IN KEYS(m) ( … )`" } else { "name a list" };
                self.report(Diagnostic::new(Code::TYPE, over.node().span(), message).hint(hint));
            }
        }
        Type::Any
    }

    /// An assignment makes a local, or changes one.
    fn bind(&mut self, name: Node<'p>, of: Type, scope: &mut Scope<'m, 'p>) {
        match scope.locals.number(name.text()) {
            Some(number) => {
                self.used(name, scope.locals.at(number).span);
                scope.locals.change(number, of, false);
            }
            None => {
                if is_reserved(name.text()) {
                    self.report(reserved(name, "local"));
                }
                self.hides_constant(name.text(), name.span());
                self.local(Local::new(name, of), scope);
            }
        }
    }

    /// `x[k] = e`: a value fits into what is declared, and widens what is not.
    fn bind_index(
        &mut self,
        name: Node<'p>,
        (index, value): (Expression<'p>, Expression<'p>),
        scope: &mut Scope<'m, 'p>,
    ) {
        let before = self.infer(Expression::Name(name), scope);
        let key = self.infer(index, scope);
        if key == Type::Null {
            self.null(index, "an index");
        }
        let number = scope.locals.number(name.text());
        let declared = number.is_some_and(|number| scope.locals.at(number).declared);
        let named = text_of(index);
        let slot =
            declared && (matches!(before, Type::List(_) | Type::Map(_)) || (has_field(&before, named, self.model)));
        if slot || !matches!(before, Type::Map(_)) {
            self.index_fits((&before, Expression::Name(name)), (&key, index), false);
        }
        if slot {
            let to = match &before {
                Type::List(of) => (**of).clone(),
                of => self.value_at(of, Some(index)),
            };
            let place = format!("an element of `{}`", name.text());
            let declared = number.map(|number| scope.locals.at(number).span);
            if !has_unknown(&to) {
                return self.expect_type(value, &to, (&place, declared), scope);
            }
            let of = self.infer(value, scope);
            self.mismatch(&of, &to, value.node().span(), (&place, declared));
            if let Some(number) = number.filter(|_| of.has_float(self.model)) {
                scope.locals.change(number, widened(before, (key, named), of, self.model), true);
            }
            return;
        }
        let of = self.infer(value, scope);
        let Some(number) = number else { return };
        let after = widened(before.clone(), (key, named), of, self.model);
        // What is declared stays so if nothing else got into it.
        let declared = declared && after == before;
        scope.locals.change(number, after, declared);
    }
}

/// Whether a record has the field that is named.
fn has_field(of: &Type, named: Option<&str>, model: &Model<'_>) -> bool {
    let Type::Shape(number) = of else { return false };
    named.is_some_and(|name| model.shapes[*number as usize].field(name).is_some())
}

/// Whether anything at all may be in a place of this type, or in a part of it.
fn has_unknown(of: &Type) -> bool {
    match of {
        Type::List(of) => has_unknown(of),
        Type::Map(of) => has_unknown(&of.0) || has_unknown(&of.1),
        of => of.is_any(),
    }
}

fn returns_somewhere(statement: Statement<'_>) -> bool {
    matches!(statement, Statement::Return(..)) || statement.inner().any(returns_somewhere)
}

fn statement_span(statement: Statement<'_>) -> Span {
    match statement {
        Statement::Return(node, _) | Statement::For { node, .. } | Statement::Sequence(node) => node.span(),
        Statement::Let { name, value } => name.span().to(value.node().span()),
        Statement::LetIndex { name, value, .. } => name.span().to(value.node().span()),
    }
}

/// What a local is after `x[k] = e`. A computed name may be that of any field.
fn widened(before: Type, (key, named): (Type, Option<&str>), of: Type, model: &Model<'_>) -> Type {
    let float = of.has_float(model);
    let record = named.is_some() || key.basic() == Some(Basic::String);
    let after = match before {
        Type::List(element) => Type::list(common([*element, of].into_iter(), model)),
        Type::Map(map) => Type::Map(Box::new((map.0.or(key, model), common([map.1, of].into_iter(), model)))),
        Type::Made(made) => set(*made, (key, named), of, model),
        Type::Shape(number) => {
            let mut one = Made::default();
            match named {
                Some(name) => one.set(name, of.clone(), model),
                None => one.set_any(key.clone(), of.clone(), model),
            }
            let whole = Made::of(Type::Shape(number), model);
            let stays = match named {
                Some(_) => whole.clone().or(one, model) == whole,
                None => !float && whole.clone().or(one, model).fields == whole.fields,
            };
            if stays { Type::Shape(number) } else { set(whole, (key, named), of, model) }
        }
        other if !float => other,
        Type::Basic(Basic::Dict) => set(Made::of(before, model), (key, named), of, model),
        Type::Any | Type::Never | Type::Null if record => {
            set(Made::of(Type::Basic(Basic::Dict), model), (key, named), of, model)
        }
        // A list or a map.
        Type::Any | Type::Never | Type::Null => Type::Mixed,
        other => other,
    };
    bounded(after, model)
}

fn set(mut made: Made, (key, named): (Type, Option<&str>), of: Type, model: &Model<'_>) -> Type {
    match named {
        Some(name) => made.set(name, of, model),
        None => made.set_any(key, of, model),
    }
    Type::Made(Box::new(made))
}

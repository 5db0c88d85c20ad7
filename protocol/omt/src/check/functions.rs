//! The bodies of functions.

use super::Checker;
use super::scope::{Local, Scope};
use crate::ast::{Expression, Statement};
use crate::model::Function;
use crate::tree::Node;
use crate::types::Type;

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn function(&mut self, function: &'m Function<'p>) {
        let mut scope = Scope { in_function: true, ..Scope::empty() };
        for input in &function.inputs {
            self.refinement(input);
            self.local(Local { name: input.name, of: input.of.clone(), span: input.span() }, &mut scope);
        }
        for statement in function.ast.body() {
            self.statement(statement, function, &mut scope);
        }
    }

    fn statement(&mut self, statement: Statement<'p>, function: &'m Function<'p>, scope: &mut Scope<'m, 'p>) {
        match statement {
            Statement::Return(_, None) => {}
            Statement::Return(_, Some(value)) => {
                self.expect_type(value, &function.result, ("the result", None), scope);
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
            Statement::LetIndex { name, index, value } => {
                self.infer(Expression::Name(name), scope);
                self.infer(index, scope);
                self.infer(value, scope);
            }
            Statement::For { name, over, .. } => {
                let of = match self.infer(over, scope) {
                    Type::List(of) => *of,
                    _ => Type::Any,
                };
                self.local(Local { name: name.text(), of, span: name.span() }, scope);
                statement.inner().for_each(|inner| self.statement(inner, function, scope));
            }
            Statement::Sequence(_) => statement.inner().for_each(|inner| self.statement(inner, function, scope)),
        }
    }

    /// An assignment makes a local, or changes one, which may then be either.
    fn bind(&mut self, name: Node<'p>, of: Type, scope: &mut Scope<'m, 'p>) {
        match scope.locals.iter_mut().rev().find(|local| local.name == name.text()) {
            Some(local) => {
                local.of = local.of.clone().or(of);
                let span = local.span;
                self.used(name, span);
            }
            None => self.local(Local { name: name.text(), of, span: name.span() }, scope),
        }
    }
}

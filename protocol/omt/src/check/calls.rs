//! Calls: of functions, of native functions, of built-in ones.

use super::builtins::{Builtin, Elements, Input, Output, builtin, builtins};
use super::constants::{Constant, folded};
use super::generic::{is_generic, result};
use super::scope::Scope;
use super::{Checker, Use};
use crate::ast::Expression;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Function, name_span};
use crate::span::Span;
use crate::tree::Node;
use crate::types::{Basic, Fit, Type, bounded, common};

/// Words that are actions, in any case.
const ACTIONS: &[&str] = &["STORE", "SEND", "BROADCAST", "APPEND"];

impl<'m, 'p> Checker<'m, 'p> {
    pub(super) fn call(&mut self, of: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let arguments: Vec<_> = of.parts().skip(1).collect();
        let Some(name) = of.callee() else { return self.method(of, &arguments, scope) };
        let text = name.text();
        if ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(text)) {
            let message = format!("`{text}` is an action, and an expression must not act");
            let hint = "write it as an action of a transition; functions compute and return";
            self.report(Diagnostic::new(Code::IMPURE, of.node().span(), message).hint(hint));
            return Type::Any;
        }
        if let Some(function) = self.model.function(text) {
            return self.call_function(of, function, &arguments, scope);
        }
        if let Some(builtin) = builtin(text) {
            return self.call_builtin(name, builtin, &arguments, scope);
        }
        arguments.iter().for_each(|argument| drop(self.infer(*argument, scope)));
        let own = self.model.functions.iter().map(|function| function.name);
        self.unknown(Code::CALL, name, "function", own.chain(builtins().iter().map(|builtin| builtin.name)));
        Type::Any
    }

    fn method(&mut self, of: Expression<'p>, arguments: &[Expression<'p>], scope: &mut Scope<'m, 'p>) -> Type {
        let message = "only named functions are called: there are no methods and no values that are functions";
        let hint = "write `f(x, …)` instead of `x.f(…)`";
        let span = of.part(0).map_or(of.node().span(), |callee| callee.node().span());
        self.report(Diagnostic::new(Code::METHOD, span, message).hint(hint));
        arguments.iter().for_each(|argument| drop(self.infer(*argument, scope)));
        Type::Any
    }

    fn call_function(
        &mut self,
        of: Expression<'p>,
        function: &'m Function<'p>,
        arguments: &[Expression<'p>],
        scope: &mut Scope<'m, 'p>,
    ) -> Type {
        let name = of.callee().unwrap_or(of.node());
        self.used(name, name_span(function.ast.node()));
        if function.ast.is_native() && scope.native != Some(of.node().id()) {
            let message = format!("`{}` is outside of the program: its answer must be waited for", function.name);
            let hint = "call it alone, as the right side of the last action: `x = f(…)`; go on with an auto transition";
            self.report(Diagnostic::new(Code::NATIVE, of.node().span(), message).hint(hint));
        }
        let inputs = function.inputs.len();
        if inputs != arguments.len() {
            let declared = function.ast.node().span();
            let error = count_error(name, arguments.len(), &inputs.to_string());
            self.report(error.label(declared, "declared here").hint(format!("give {inputs}")));
        }
        let generic = is_generic(function);
        let mut types = vec![];
        for (argument, input) in arguments.iter().zip(&function.inputs) {
            if generic {
                let of = self.infer(*argument, scope);
                let place = format!("`{}`", input.name);
                self.mismatch(&of, &input.of, argument.node().span(), (&place, Some(input.span())));
                self.refined(*argument, input);
                types.push(of);
            } else {
                self.expect(*argument, input, scope);
            }
        }
        arguments.iter().skip(inputs).for_each(|argument| drop(self.infer(*argument, scope)));
        if generic { result(function, &types, self.model) } else { function.result.clone() }
    }

    fn call_builtin(
        &mut self,
        name: Node<'p>,
        builtin: &'static Builtin,
        arguments: &[Expression<'p>],
        scope: &mut Scope<'m, 'p>,
    ) -> Type {
        let too_many = arguments.len() > builtin.inputs.len() && !builtin.repeats;
        if arguments.len() < builtin.needed || too_many {
            let needed = match (builtin.needed, builtin.inputs.len(), builtin.repeats) {
                (needed, _, true) => format!("at least {needed}"),
                (needed, all, false) if needed < all => format!("{needed} or {all}"),
                (needed, ..) => needed.to_string(),
            };
            let error = count_error(name, arguments.len(), &needed);
            self.report(error.hint(format!("{}{}", builtin.name, builtin.signature)));
        }
        let mut types: Vec<Type> = vec![];
        let mut given = Type::Any;
        for (at, argument) in arguments.iter().enumerate() {
            let input = builtin.inputs.get(at).or(builtin.inputs.last()).copied().unwrap_or(Input::Any);
            let first = types.first().cloned().unwrap_or(Type::Any);
            let of = match input {
                Input::Variable => self.load(*argument, scope),
                Input::PREDICATE | Input::FUNCTION => {
                    given = self.applied(*argument, first.element(), (input, builtin), scope);
                    Type::Function
                }
                // After the value with which it begins.
                Input::FOLD => Type::Function,
                _ => {
                    let of = self.infer(*argument, scope);
                    self.input_fits(*argument, &of, (input, builtin));
                    of
                }
            };
            if let (Input::Key, Type::Map(map)) = (input, &first) {
                self.mismatch(&of, &map.0, argument.node().span(), ("the key of this map", None));
            }
            types.push(of);
        }
        if let Some(at) = builtin.inputs.iter().position(|input| *input == Input::FOLD)
            && let Some(function) = arguments.get(at)
        {
            let element = types.first().map_or(Type::Any, Type::element);
            let first = types.get(at + 1).unwrap_or(&element);
            if !matches!(function.ungrouped(), Expression::Lambda(_)) {
                let message = format!("{} needs a lambda here", builtin.name);
                let error = Diagnostic::new(Code::TYPE, function.node().span(), message);
                self.report(error.hint(format!("write `sum => x => …`: {}{}", builtin.name, builtin.signature)));
            }
            given = self.folded_over(*function, (&element, first), scope);
        }
        self.by_zero(builtin, arguments);
        self.lists_agree(builtin, (name, &types));
        self.output(builtin, (arguments, &types), given)
    }

    /// What a built-in function gives for inputs of these types.
    fn output(&self, builtin: &Builtin, (arguments, types): (&[Expression<'p>], &[Type]), given: Type) -> Type {
        let input = |at: usize| types.get(at).cloned().unwrap_or(Type::Any);
        match builtin.output {
            Output::Any => Type::Any,
            Output::Of(basic) => Type::Basic(basic),
            Output::Same(_) if builtin.name == "ABS" && input(0) == Type::Basic(Basic::Int) => Type::UINT,
            Output::Same(at) => input(at),
            Output::Element(at) => input(at).element(),
            Output::Value => {
                let value = self.value_at(&input(0), arguments.get(1).copied());
                bounded(value.or(types.get(2).cloned().unwrap_or(Type::Null), self.model), self.model)
            }
            Output::Keys => match input(0) {
                Type::Map(of) => Type::list(of.0),
                Type::Made(made) => Type::list(made.keys),
                Type::Shape(_) => Type::list(Type::Basic(Basic::String)),
                of => of.inside(),
            },
            Output::Fields => {
                let field = self.value_at(&input(0).element(), arguments.get(1).copied());
                bounded(Type::list(field), self.model)
            }
            Output::Joined => bounded(common(types.iter().cloned(), self.model), self.model),
            Output::Mapped => bounded(Type::list(given), self.model),
            Output::Folded => given,
            Output::Signatures => Type::list(Type::Basic(Basic::Signature)),
            Output::Variable => input(0),
        }
    }

    /// Lists are put together if their elements are of one type.
    fn lists_agree(&mut self, builtin: &Builtin, (name, types): (Node<'p>, &[Type])) {
        let (Some(Type::List(a)), Some(Type::List(b))) = (types.first(), types.get(1)) else { return };
        let differ = a.fits(b, self.model) == Fit::No && b.fits(a, self.model) == Fit::No;
        if ["CONCAT", "SET_EQUALS"].contains(&builtin.name) && differ {
            let (a, b) = (a.name(self.model), b.name(self.model));
            let message = format!("{} needs two lists of one type, and these are of {a} and of {b}", builtin.name);
            let hint = "put values of different types into a record, not into one list";
            self.report(Diagnostic::new(Code::TYPE, name.span(), message).hint(hint));
        }
    }

    /// DIV and MULDIV divide by their last input.
    fn by_zero(&mut self, builtin: &Builtin, arguments: &[Expression<'p>]) {
        let Some(divisor) = arguments.last().filter(|_| ["DIV", "MULDIV"].contains(&builtin.name)) else { return };
        if arguments.len() == builtin.inputs.len() {
            self.zero(builtin.name, *divisor);
        }
    }

    /// A divisor that is known to be 0.
    pub(super) fn zero(&mut self, what: &str, divisor: Expression<'p>) {
        let known = folded(self.model, divisor, None);
        if known == Some(Constant::Integer(0)) || known == Some(Constant::Float(0.0)) {
            let message = format!("{what} would divide by zero");
            let error = Diagnostic::new(Code::TYPE, divisor.node().span(), message).here("this is 0");
            self.report(error.hint("divide by another number; where it is not known, `IF x > 0 THEN … ELSE …`"));
        }
    }

    fn input_fits(&mut self, argument: Expression<'p>, of: &Type, (input, builtin): (Input, &Builtin)) {
        let empty_is_none = ["CONCAT", "HAS_KEY", "GET"].contains(&builtin.name);
        if *of == Type::Null && input != Input::Any {
            if !empty_is_none {
                self.null(argument, &format!("an input of {}", builtin.name));
            }
            return;
        }
        let (fits, needed) = match input {
            Input::Number => (of.is_number(), "a number"),
            Input::Whole => (of.is_number(), "a whole number"),
            Input::ListOf(elements) => (self.is_list(of, elements), elements.name()),
            Input::Map => {
                (matches!(of, Type::Map(_) | Type::Made(_) | Type::Basic(Basic::Dict) | Type::Shape(_)), "a map")
            }
            Input::Sized => {
                let sized = matches!(of, Type::List(_) | Type::Map(_) | Type::Made(_));
                let basic = matches!(of.basic(), Some(Basic::Dict | Basic::String | Basic::Bytes));
                (sized || basic, "a list or map")
            }
            Input::Is(basic) => (self.is_a(of, basic), needed(basic)),
            Input::Chain => (matches!(of, Type::Chain | Type::List(_)) || self.is_a(of, Basic::PeerId), "a chain"),
            _ => (true, ""),
        };
        let float = input == Input::Whole && of.fits(&Type::Basic(Basic::Int), self.model) == Fit::Float;
        if !float && (fits || of.is_any()) {
            return;
        }
        let code = if float { Code::FLOATMONEY } else { Code::TYPE };
        let message = format!("{} needs {needed}, and this is {}", builtin.name, of.name(self.model));
        let error = Diagnostic::new(code, argument.node().span(), message);
        self.report(error.hint(format!("{}{}", builtin.name, builtin.signature)));
    }

    fn is_list(&self, of: &Type, elements: Elements) -> bool {
        let element = of.element();
        matches!(of, Type::List(_))
            && match elements {
                Elements::Any => true,
                Elements::Numbers => element.is_any() || element.is_number(),
                Elements::Signatures => self.is_a(&element, Basic::Signature),
            }
    }

    fn is_a(&self, of: &Type, basic: Basic) -> bool {
        of.fits(&Type::Basic(basic), self.model) == Fit::Yes
    }

    /// A lambda that is applied to the elements of a list: the type of its result.
    fn applied(
        &mut self,
        argument: Expression<'p>,
        element: Type,
        (input, builtin): (Input, &Builtin),
        scope: &mut Scope<'m, 'p>,
    ) -> Type {
        let lambda = argument.ungrouped();
        if !matches!(lambda, Expression::Lambda(_)) {
            let message = format!("{} needs a lambda here", builtin.name);
            let error = Diagnostic::new(Code::TYPE, argument.node().span(), message);
            self.report(error.hint(format!("write `x => …`: {}{}", builtin.name, builtin.signature)));
            return Type::Any;
        }
        let result = self.lambda(lambda, element, scope);
        if input == Input::PREDICATE && result.fits(&Type::BOOL, self.model) != Fit::Yes {
            let body = lambda.part(0).unwrap_or(lambda);
            let message = format!("{} needs a condition, and this is {}", builtin.name, result.name(self.model));
            self.report(Diagnostic::new(Code::GUARDBOOL, body.node().span(), message).hint("compare it"));
        }
        result
    }

    /// A variable as a function loads it, which does not know by which actor it is called: what all that have it say.
    fn anywhere(&self, name: &str) -> Type {
        let actors = &self.model.actors;
        if actors.len() > ACTORS_MAX {
            return Type::Mixed;
        }
        let declared = actors.iter().filter_map(|actor| actor.variable(name)).map(|variable| &variable.of);
        match common(declared.chain(self.loose.anywhere(name)).cloned(), self.model) {
            Type::Never => Type::Any,
            of => bounded(of, self.model),
        }
    }

    /// `LOAD(name)`: the name of a variable, bare or as a string.
    fn load(&mut self, argument: Expression<'p>, scope: &mut Scope<'m, 'p>) -> Type {
        let node = argument.node();
        let Expression::Name(name) = argument else {
            let text = crate::ast::unquoted(node.text());
            let literal = matches!(argument, Expression::Literal(_));
            let variable = scope.actor.filter(|_| literal).and_then(|actor| actor.variable(text));
            if !literal {
                self.infer(argument, scope);
            }
            if let Some(variable) = variable {
                let at = node.span();
                self.uses.push(Use { at: Span { start: at.start + 1, end: at.end - 1, ..at }, of: variable.span() });
            }
            return match variable {
                Some(variable) => variable.of.clone(),
                None if literal && scope.actor.is_none() => self.anywhere(text),
                None => scope.actor.map_or(Type::Any, |actor| self.undeclared(actor, text)),
            };
        };
        let Some(actor) = scope.actor else { return self.anywhere(name.text()) };
        if let Some(variable) = actor.variable(name.text()) {
            self.used(name, variable.span());
            return variable.of.clone();
        }
        if !self.usage.is_written(actor, name.text()) {
            self.unknown(Code::NAME, name, "variable", actor.store.iter().map(|field| field.name));
        }
        self.undeclared(actor, name.text())
    }

    fn undeclared(&self, actor: &Actor<'p>, name: &str) -> Type {
        self.loose.get(actor.name, name).cloned().unwrap_or(Type::Any)
    }
}

/// In how many actors a function looks for the variable that it loads.
const ACTORS_MAX: usize = 64;

impl Elements {
    /// A list of them, in words.
    fn name(self) -> &'static str {
        match self {
            Elements::Any => "a list",
            Elements::Numbers => "a list of numbers",
            Elements::Signatures => "a list of signatures",
        }
    }
}

/// A value of a type, in words.
fn needed(basic: Basic) -> &'static str {
    match basic {
        Basic::String => "a string",
        Basic::PeerId => "a peer_id",
        Basic::Signature => "a signature",
        Basic::Hash => "a hash",
        basic => basic.name(),
    }
}

fn count_error(name: Node<'_>, given: usize, needed: &str) -> Diagnostic {
    let message = format!("`{}` takes {needed} arguments, and {given} are given", name.text());
    Diagnostic::new(Code::ARGUMENTS, name.span(), message)
}

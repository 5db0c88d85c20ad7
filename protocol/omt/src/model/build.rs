//! Building a model: first all names, then the types that use them.

use std::collections::BTreeMap;

use super::{Actor, ByName, Enum, Field, Fields, Function, Holds, Model, Names, Parameter, Shape, Trigger};
use crate::ast::{self, Declaration, ShapeKind, declarations};
use crate::check::{Findings, Use, is_reserved, reserved};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::program::Program;
use crate::span::Span;
use crate::tree::Node;
use crate::types::{Basic, Type};
use crate::typo::suggest;

impl<'p> Model<'p> {
    /// Reads the declarations of a program. The findings are about names that are declared twice, reserved words,
    /// and types; the uses are those of types in the main file.
    pub(crate) fn build(program: &'p Program, found: Findings) -> (Model<'p>, Findings, Vec<Use>) {
        let empty = Model {
            program,
            transaction: None,
            parameters: vec![],
            enums: vec![],
            shapes: vec![],
            functions: vec![],
            actors: vec![],
            names: Names::default(),
            ends: vec![],
        };
        let mut builder = Builder { model: empty, found, uses: vec![] };
        let imports = program.files.iter().skip(1);
        for file in imports.chain([program.main()]) {
            for declaration in declarations(&file.tree) {
                builder.declare(declaration);
            }
        }
        builder.types();
        builder.model.follow_aliases();
        builder.model.follow_numbers();
        (builder.model, builder.found, builder.uses)
    }
}

struct Builder<'p> {
    model: Model<'p>,
    found: Findings,
    uses: Vec<Use>,
}

/// Whether two nodes say the same, however it is laid out.
pub(crate) fn same_tokens(a: Node<'_>, b: Node<'_>) -> bool {
    fn significant(node: Node<'_>) -> impl Iterator<Item = &str> {
        let tree = node.tree();
        node.token_range().filter(move |at| !tree.tokens()[*at].kind.is_trivia()).map(move |at| tree.token_text(at))
    }
    significant(a).eq(significant(b))
}

impl<'p> Builder<'p> {
    fn declare(&mut self, declaration: Declaration<'p>) {
        match declaration {
            Declaration::Transaction(transaction) => self.transaction(transaction),
            Declaration::Import(_) => {}
            Declaration::Parameters(parameters) => {
                parameters.parameters().for_each(|parameter| self.parameter(parameter));
            }
            Declaration::Enum(ast) => self.enumeration(ast),
            Declaration::Shape(ast) => {
                let what = match ast.kind() {
                    ShapeKind::Message => "message",
                    ShapeKind::Block => "block",
                    ShapeKind::Record => "record",
                };
                if let Some(name) = self.type_name(ast.name(), what, ast.node()) {
                    self.model.names.shapes.insert(name, self.model.shapes.len() as u32);
                    let actors = ast.actors().map(Node::text).collect();
                    self.model.shapes.push(Shape {
                        name,
                        ast,
                        fields: Fields::default(),
                        actors,
                        holds: Holds::default(),
                    });
                }
            }
            Declaration::Function(ast) => {
                let before = ast.name().and_then(|name| self.model.function(name.text())).map(|f| f.ast.node());
                if let Some(name) = self.free(ast.name(), "function", ast.node(), before) {
                    self.model.names.functions.insert(name, self.model.functions.len() as u32);
                    self.model.functions.push(Function { name, ast, inputs: Fields::default(), result: Type::Any });
                }
            }
            Declaration::Actor(ast) => self.actor(ast),
        }
    }

    fn transaction(&mut self, transaction: ast::Transaction<'p>) {
        if transaction.node().tree().file() != 0 {
            return; // That of the importing file counts.
        }
        match self.model.transaction {
            None => self.model.transaction = Some(transaction),
            Some(first) => {
                let message = "a file has one transaction, and this is the second";
                let error = Diagnostic::new(Code::TRANSACTION, transaction.node().span(), message);
                let error = error.label(first.node().span(), "the first one");
                self.found.push(error.hint("give each transaction a file of its own"));
            }
        }
    }

    /// The name, if it is not taken; `before` is what took it.
    fn free(
        &mut self,
        name: Option<Node<'p>>,
        what: &str,
        node: Node<'p>,
        before: Option<Node<'p>>,
    ) -> Option<&'p str> {
        let name = name?;
        self.reserve(name, what);
        let Some(first) = before else { return Some(name.text()) };
        let text = name.text();
        let own = name_span(first);
        if first.tree().file() == node.tree().file() {
            let error = Diagnostic::new(Code::DUPLICATE, name.span(), format!("the {what} `{text}` is declared twice"));
            let error = error.here("again here").label(own, "first here");
            self.found.push(error.hint("rename one of them, or remove it"));
        } else if !same_tokens(first, node) {
            let message = format!("two files declare `{text}` differently");
            let error = Diagnostic::new(Code::CLASH, name.span(), message).here("here").label(own, "and here");
            self.found.push(error.hint("rename one of them, or declare it in one file and import that"));
        }
        None
    }

    fn reserve(&mut self, name: Node<'p>, what: &str) {
        if name.tree().file() == 0 && is_reserved(name.text()) {
            self.found.push(reserved(name, what));
        }
    }

    /// Enums, messages, blocks and records are types, and share one space of names.
    fn type_name(&mut self, name: Option<Node<'p>>, what: &str, node: Node<'p>) -> Option<&'p str> {
        let text = name?.text();
        let shape = self.model.names.shapes.get(text).map(|at| self.model.shapes[*at as usize].ast.node());
        let of_enum = self.model.names.enums.get(text).map(|at| self.model.enums[*at as usize].ast.node());
        self.free(name, what, node, shape.or(of_enum))
    }

    fn parameter(&mut self, ast: ast::Parameter<'p>) {
        let before = ast.name().and_then(|name| self.model.parameter(name.text())).map(|p| p.ast.node());
        if let Some(name) = self.free(ast.name(), "parameter", ast.node(), before) {
            self.model.names.parameters.insert(name, self.model.parameters.len() as u32);
            self.model.parameters.push(Parameter { name, ast });
        }
    }

    fn enumeration(&mut self, ast: ast::Enum<'p>) {
        let Some(name) = self.type_name(ast.name(), "enum", ast.node()) else { return };
        let number = self.model.enums.len() as u32;
        let mut values: Vec<&str> = vec![];
        let mut by_value = BTreeMap::new();
        for value in ast.values() {
            self.reserve(value, "enum value");
            if by_value.contains_key(value.text()) {
                let message = format!("the value `{}` is there twice", value.text());
                self.found.push(Diagnostic::new(Code::DUPLICATE, value.span(), message).hint("remove one of them"));
            } else {
                values.push(value.text());
                by_value.insert(value.text(), value);
                self.model.names.values.entry(value.text()).or_insert(number);
            }
        }
        self.model.names.enums.insert(name, number);
        self.model.enums.push(Enum { name, ast, values, by_value });
    }

    fn actor(&mut self, ast: ast::Actor<'p>) {
        let before = ast.name().and_then(|name| self.model.actor(name.text())).map(|actor| actor.ast.node());
        let Some(name) = self.free(ast.name(), "actor", ast.node(), before) else { return };
        self.model.names.actors.insert(name, self.model.actors.len() as u32);
        let states: Vec<_> = ast.states().collect();
        let mut by_state = ByName::default();
        for (number, state) in states.iter().enumerate() {
            let Some(name) = state.name() else { continue };
            self.reserve(name, "state");
            let first = *by_state.entry(name.text()).or_insert(number as u32);
            if first != number as u32 {
                let message = format!("two states are called `{}`", name.text());
                let error = Diagnostic::new(Code::DUPSTATE, name.span(), message).here("again here");
                let error = error.label(states[first as usize].node().span(), "first here");
                self.found.push(error.hint("rename one of them, or remove it"));
            }
        }
        let transitions = ast.transitions().collect();
        let (store, triggers, by_trigger) = (Fields::default(), vec![], ByName::default());
        self.model.actors.push(Actor { name, ast, store, triggers, states, transitions, by_trigger, by_state });
    }

    /// Resolves all types, now that all names are known.
    fn types(&mut self) {
        for at in 0..self.model.shapes.len() {
            let ast = self.model.shapes[at].ast;
            self.model.shapes[at].fields = self.fields(ast.fields(), "field");
        }
        for at in 0..self.model.functions.len() {
            let ast = self.model.functions[at].ast;
            self.model.functions[at].inputs = self.fields(ast.inputs(), "input");
            self.model.functions[at].result = self.maybe(ast.result());
        }
        for at in 0..self.model.actors.len() {
            let ast = self.model.actors[at].ast;
            let store = self.fields(ast.store(), "variable");
            let triggers = self.triggers(ast);
            let actor = &mut self.model.actors[at];
            actor.by_trigger = triggers.iter().enumerate().map(|(at, trigger)| (trigger.name, at as u32)).collect();
            (actor.store, actor.triggers) = (store, triggers);
        }
    }

    fn triggers(&mut self, actor: ast::Actor<'p>) -> Vec<Trigger<'p>> {
        let mut triggers: Vec<Trigger<'p>> = vec![];
        let mut first = BTreeMap::new();
        for ast in actor.triggers() {
            let Some(name) = ast.name() else { continue };
            let before = first.get(name.text()).copied();
            let inputs = self.fields(ast.inputs(), "input");
            if let Some(name) = self.free(Some(name), "trigger", ast.node(), before) {
                first.insert(name, ast.node());
                let states = ast.states().map(Node::text).collect();
                triggers.push(Trigger { name, ast, inputs, states });
            }
        }
        triggers
    }

    fn fields(&mut self, fields: impl Iterator<Item = ast::Field<'p>>, what: &str) -> Fields<'p> {
        let mut result = Fields::default();
        for field in fields {
            let name = field.name();
            let before = result.named(name.text()).map(|other| other.node);
            let of = self.maybe(field.of());
            let refinement = field.of().and_then(ast::Type::refinement);
            if let Some(name) = self.free(Some(name), what, field.node(), before) {
                result.push(Field { name, of, refinement, node: field.node() });
            }
        }
        result
    }

    fn maybe(&mut self, of: Option<ast::Type<'p>>) -> Type {
        of.map_or(Type::Any, |of| self.resolve(of))
    }

    fn resolve(&mut self, of: ast::Type<'p>) -> Type {
        let mut arguments = of.arguments();
        match of.name() {
            "any" => Type::Any,
            "list" => Type::list(self.maybe(arguments.next())),
            "map" => Type::Map(Box::new((self.maybe(arguments.next()), self.maybe(arguments.next())))),
            name => {
                arguments.for_each(|argument| drop(self.resolve(argument)));
                self.named(name, of)
            }
        }
    }

    fn named(&mut self, name: &'p str, of: ast::Type<'p>) -> Type {
        if let Some(basic) = Basic::named(name) {
            return Type::Basic(basic);
        }
        if let Some(number) = self.model.names.enums.get(name).copied() {
            self.used(of, self.model.enums[number as usize].ast.node());
            return Type::Enum(number);
        }
        if let Some(number) = self.model.names.shapes.get(name).copied() {
            self.used(of, self.model.shapes[number as usize].ast.node());
            return Type::Shape(number);
        }
        let placeholder = name.len() == 1 && name.starts_with(|c: char| c.is_ascii_uppercase());
        let known = ["block", "chain", "rng", "record", "segment"].contains(&name);
        if of.node().tree().file() == 0 && !placeholder && !known {
            self.unknown(name, of.node().main_span());
        }
        Type::Any
    }

    fn used(&mut self, of: ast::Type<'p>, declaration: Node<'p>) {
        if of.node().tree().file() == 0 {
            self.uses.push(Use { at: of.node().main_span(), of: name_span(declaration) });
        }
    }

    fn unknown(&mut self, name: &str, span: Span) {
        if name == "object" {
            let error = Diagnostic::new(Code::OBJECT, span, "`object` says nothing about a value");
            self.found.push(error.hint("declare a `record` with its fields, or write `dict`"));
            return;
        }
        let enums = self.model.enums.iter().map(|of| of.name);
        let names = enums.chain(self.model.shapes.iter().map(|shape| shape.name)).chain(Basic::names());
        let most = if self.found.is_full(Code::OPAQUE) { 0 } else { usize::MAX };
        let suggestion = suggest(name, span, "type", names.chain(["list", "map", "any"]).take(most));
        let near = suggestion.hint.starts_with("did you mean");
        let hint = if near { suggestion.hint } else { format!("declare it: `record {name} ( … )`") };
        let message = format!("there is no type `{name}`: it is taken as opaque");
        self.found.push(Diagnostic::new(Code::OPAQUE, span, message).hint(hint).fix(suggestion.fix.filter(|_| near)));
    }
}

/// Where the name of a declaration stands.
pub(crate) fn name_span(node: Node<'_>) -> Span {
    ast::name_of(node).unwrap_or(node).span()
}

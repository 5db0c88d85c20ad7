//! The checks. Those of the syntax and of imports are in `parse` and `program`, those of declared names and types in
//! `model`; here is what declarations mean together. The main file is checked; imported files are context.

mod actions;
mod allow;
mod builtins;
mod calls;
mod constants;
mod expressions;
mod fields;
mod findings;
mod fit;
mod functions;
mod generic;
mod guards;
mod keys;
mod loose;
mod operators;
mod overlap;
mod reach;
mod reserved;
mod rounds;
mod scope;
mod shadow;
mod sources;
mod states;
mod transitions;
mod usage;

pub use builtins::{Builtin, builtins};
pub use findings::FOUND_MAX;
pub(crate) use findings::Findings;
pub(crate) use guards::Effort;
pub(crate) use reach::{by_itself, certain};
pub(crate) use reserved::{is_reserved, reserved};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::model::{Actor, Model};
use crate::program::Program;
use crate::span::Span;
use crate::tree::Node;
use crate::types::Type;
use crate::typo::Suggestion;
use allow::Allowances;
use loose::Loose;
use rounds::Rounds;
use scope::{Local, Scope};
use usage::Usage;

/// A name that is used, and where it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Where it is used.
    pub at: Span,
    /// Where its name stands in its declaration.
    pub of: Span,
}

/// Everything that the checks find out about a program.
#[derive(Debug)]
pub struct Analysis<'p> {
    /// What is declared.
    pub model: Model<'p>,
    /// What is wrong, in the order of files and lines.
    pub found: Vec<Diagnostic>,
    /// The names in the main file that are used, in order.
    pub uses: Vec<Use>,
    /// Pairs of declarations that must have one name: a field of a message and the variable from which it is taken.
    pub same: Vec<(Span, Span)>,
    /// What is known of the locals of functions and lambdas, by the place of their name.
    pub locals: Vec<(Span, Type)>,
}

/// Checks a program.
pub fn analyse(program: &Program) -> Analysis<'_> {
    let mut found = Findings::new(Allowances::of(program));
    program.errors.iter().for_each(|error| found.push(error.clone()));
    let (model, found, uses) = Model::build(program, found);
    let (same, locals) = (vec![], vec![]);
    let mut checker = Checker {
        model: &model,
        found,
        uses,
        same,
        locals,
        usage: Usage::default(),
        rounds: Rounds::default(),
        loose: Loose::default(),
        effort: Effort::new(),
    };
    checker.program();
    let Checker { found, mut uses, same, locals, .. } = checker;
    // What could not be read is missing everywhere else: nothing is warned of then.
    let found = found.finish(!program.errors.iter().any(|error| error.code.is_syntax()));
    uses.sort_unstable();
    uses.dedup();
    Analysis { model, found, uses, same, locals }
}

/// Collects findings while it walks over a model.
pub(crate) struct Checker<'m, 'p> {
    model: &'m Model<'p>,
    found: Findings,
    uses: Vec<Use>,
    same: Vec<(Span, Span)>,
    locals: Vec<(Span, Type)>,
    usage: Usage<'p>,
    rounds: Rounds,
    loose: Loose<'p>,
    effort: Effort,
}

impl<'m, 'p> Checker<'m, 'p> {
    fn program(&mut self) {
        let model = self.model;
        self.parameters();
        self.roles();
        self.shapes();
        self.loose();
        for function in &model.functions {
            let mark = self.mark();
            self.function(function);
            self.only_errors(mark, function.ast.node());
        }
        let key = self.key();
        for actor in &model.actors {
            let own = is_main(actor.ast.node());
            let mark = self.mark();
            self.actor(actor, key.filter(|_| own));
            self.only_errors(mark, actor.ast.node());
        }
        self.dead();
    }

    fn actor(&mut self, actor: &'m Actor<'p>, key: Option<&'p str>) {
        self.usage.begin(actor);
        self.hidden_variables(actor);
        self.states(actor);
        self.reach(actor);
        for field in &actor.store {
            self.refinement(field);
        }
        for trigger in &actor.triggers {
            for input in &trigger.inputs {
                self.refinement(input);
                self.hides_constant(input.name, input.span());
            }
            self.trigger_states(actor, trigger);
        }
        for transition in &actor.transitions {
            self.transition(actor, *transition, key);
        }
        self.payloads(actor);
    }

    /// How much was found until now.
    fn mark(&self) -> (findings::Mark, [usize; 3]) {
        (self.found.mark(), [self.uses.len(), self.same.len(), self.locals.len()])
    }

    /// Forgets what was found since a mark.
    fn rewind(&mut self, (found, [uses, same, locals]): (findings::Mark, [usize; 3])) {
        self.found.rewind(found);
        self.uses.truncate(uses);
        self.same.truncate(same);
        self.locals.truncate(locals);
    }

    /// Of what is imported the errors count, since it would not run; warnings are made when its own file is checked.
    fn only_errors(&mut self, mark: (findings::Mark, [usize; 3]), of: Node<'p>) {
        if is_main(of) {
            return;
        }
        let found = self.found.split_off(mark.0);
        self.rewind(mark);
        found.into_iter().filter(Diagnostic::is_error).for_each(|error| self.report(error));
    }

    fn report(&mut self, finding: Diagnostic) {
        self.found.push(finding);
    }

    fn used(&mut self, at: Node<'p>, of: Span) {
        self.uses.push(Use { at: at.span(), of });
    }

    /// Makes a name known inside of a function or lambda.
    fn local(&mut self, local: Local<'p>, scope: &mut Scope<'m, 'p>) {
        self.locals.push((local.span, local.of.clone()));
        scope.locals.push(local);
    }

    /// The names that may be meant by one that is unknown; none where the finding is not shown anyway.
    fn suggest<'a>(
        &self,
        code: Code,
        name: Node<'p>,
        what: &str,
        candidates: impl Iterator<Item = &'a str>,
    ) -> Suggestion {
        if self.found.is_full(code) {
            return crate::typo::suggest(name.text(), name.span(), what, std::iter::empty());
        }
        crate::typo::suggest(name.text(), name.span(), what, candidates)
    }

    /// Reports a name that is not declared, with the names that may be meant.
    fn unknown<'a>(&mut self, code: Code, name: Node<'p>, what: &str, candidates: impl Iterator<Item = &'a str>) {
        let Suggestion { hint, fix } = self.suggest(code, name, what, candidates);
        let message = format!("there is no {what} `{}`", name.text());
        self.report(Diagnostic::new(code, name.span(), message).here(format!("no such {what}")).hint(hint).fix(fix));
    }
}

/// Whether a node is in the main file.
fn is_main(node: Node<'_>) -> bool {
    node.tree().file() == 0
}

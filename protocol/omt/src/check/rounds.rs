//! What is carried round: variables that a loop changes, and the value that REDUCE builds. A loop is looked at until nothing
//! that is carried from one turn to the next changes any more; findings count the last time only. Loops inside of it turn
//! once each time, with what they carried the time before, so that nested ones do not multiply.

use std::collections::BTreeMap;

use super::Checker;
use super::scope::{Local, Scope};
use crate::ast::Expression;
use crate::model::Model;
use crate::tree::Node;
use crate::types::{Type, bounded};

/// How often a loop is looked at, at most: a float passes through that many variables, one behind the other in reverse.
const ROUNDS_MAX: usize = 16;
/// How many tokens are looked at for one loop, if two rounds are not more.
const TOKENS_MAX: usize = 4_000_000;

/// What loops carry round.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// By the node of the loop: the numbers of locals, and what they may be when a turn begins.
    carried: BTreeMap<u32, BTreeMap<usize, Type>>,
    changed: bool,
    active: bool,
}

impl Rounds {
    /// What a local may be when a turn begins, which was `first` before the loop.
    fn head(&self, node: Node<'_>, (number, first): (usize, &Type), model: &Model<'_>) -> Type {
        let carried = self.carried.get(&node.id()).and_then(|carried| carried.get(&number));
        carried.map_or_else(|| first.clone(), |carried| bounded(first.clone().or(carried.clone(), model), model))
    }

    /// What it may be afterwards, and when the next turn begins; `last` is what it is at the end of a turn.
    fn carries(&mut self, node: Node<'_>, number: usize, (first, last): (&Type, &Type), model: &Model<'_>) -> Type {
        let head = self.head(node, (number, first), model);
        let joined = bounded(head.clone().or(last.clone(), model), model);
        if joined != head {
            self.carried.entry(node.id()).or_default().insert(number, joined.clone());
            self.changed = true;
        }
        joined
    }
}

impl<'m, 'p> Checker<'m, 'p> {
    /// A loop: `turn` looks at its variable and its statements once.
    pub(super) fn around(
        &mut self,
        node: Node<'p>,
        scope: &mut Scope<'m, 'p>,
        turn: &mut dyn FnMut(&mut Self, &mut Scope<'m, 'p>),
    ) {
        self.rounds(node, scope, &mut |checker, scope| {
            let (mark, count) = (scope.locals.mark(), scope.locals.len());
            let carried = checker.rounds.carried.get(&node.id());
            let numbers: Vec<usize> = carried.iter().flat_map(|carried| carried.keys().copied()).collect();
            for number in numbers {
                let local = scope.locals.at(number);
                let (head, declared) = (checker.rounds.head(node, (number, &local.of), checker.model), local.declared);
                scope.locals.change(number, head, declared);
            }
            turn(checker, scope);
            for (number, before) in scope.locals.since(mark, count) {
                let after = scope.locals.at(number);
                let joined = checker.rounds.carries(node, number, (&before.of, &after.of), checker.model);
                scope.locals.change(number, joined, before.declared && after.declared);
            }
        });
    }

    /// Repeats `turn` until nothing changes, unless something around is repeated already.
    fn rounds(
        &mut self,
        node: Node<'p>,
        scope: &mut Scope<'m, 'p>,
        turn: &mut dyn FnMut(&mut Self, &mut Scope<'m, 'p>),
    ) {
        if self.rounds.active {
            return turn(self, scope);
        }
        let looping = std::mem::replace(&mut scope.locals.looping, true);
        self.rounds = Rounds { active: true, ..Rounds::default() };
        let (found, locals, count) = (self.mark(), scope.locals.mark(), scope.locals.len());
        let most = (TOKENS_MAX / node.token_range().len().max(1)).clamp(2, ROUNDS_MAX);
        for round in 1.. {
            self.rounds.changed = false;
            turn(self, scope);
            if !self.rounds.changed || round >= most {
                break;
            }
            self.rewind(found);
            scope.locals.rewind(locals);
            scope.locals.truncate(count);
        }
        self.rounds = Rounds::default();
        scope.locals.looping = looping;
    }

    /// What `a => x => e` gives when it folds a list whose elements are `element`, beginning with `first`.
    pub(super) fn folded_over(
        &mut self,
        function: Expression<'p>,
        (element, first): (&Type, &Type),
        scope: &mut Scope<'m, 'p>,
    ) -> Type {
        let outer = function.ungrouped();
        let (Some(sum), Some(inner)) = (outer.name(), outer.part(0).map(Expression::ungrouped)) else {
            self.infer(outer, scope);
            return Type::Any;
        };
        let mut result = Type::Any;
        self.rounds(outer.node(), scope, &mut |checker, scope| {
            let outside = scope.locals.len();
            checker.hides_all(sum, scope);
            let head = checker.rounds.head(outer.node(), (0, first), checker.model);
            checker.local(Local::new(sum, head), scope);
            let given = match inner {
                Expression::Lambda(_) => checker.lambda(inner, element.clone(), scope),
                _ => checker.infer(inner, scope),
            };
            scope.locals.truncate(outside);
            result = checker.rounds.carries(outer.node(), 0, (first, &given), checker.model);
        });
        result
    }
}

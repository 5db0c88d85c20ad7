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

/// How often a loop is looked at in any case: a float passes through one variable more each time, in the worst order.
const ROUNDS: usize = 16;
/// How many tokens are looked at for one loop in any case, if two rounds are not more; and in further rounds of all loops
/// together. What has not come to rest then may be anything, floats included.
const TOKENS_MAX: usize = 4_000_000;

/// How often what is known of one variable may change: far more often than a float passes through a record's fields.
const CHANGES_MAX: usize = 200;

/// What a variable may be when a turn begins, and how often that changed.
#[derive(Debug)]
struct Carried {
    of: Type,
    changes: usize,
}

/// What loops carry round.
#[derive(Debug)]
pub(super) struct Rounds {
    /// By the node of the loop: the numbers of locals, and what they may be when a turn begins.
    carried: BTreeMap<u32, BTreeMap<usize, Carried>>,
    changed: bool,
    active: bool,
    /// Whether everything that is carried may be anything.
    given_up: bool,
    /// How many tokens may still be looked at in further rounds.
    left: usize,
}

impl Default for Rounds {
    fn default() -> Rounds {
        Rounds { carried: BTreeMap::new(), changed: false, active: false, given_up: false, left: TOKENS_MAX }
    }
}

impl Rounds {
    /// Whether a loop of so many tokens may be looked at once more.
    fn further(&mut self, tokens: usize) -> bool {
        let left = self.left.checked_sub(tokens);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// What a local may be when a turn begins, which was `first` before the loop.
    fn head(&self, node: Node<'_>, (number, first): (usize, &Type), model: &Model<'_>) -> Type {
        let carried = self.carried.get(&node.id()).and_then(|carried| carried.get(&number));
        carried.map_or_else(|| first.clone(), |carried| bounded(first.clone().or(carried.of.clone(), model), model))
    }

    /// What it may be afterwards, and when the next turn begins; `last` is what it is at the end of a turn.
    fn carries(&mut self, node: Node<'_>, number: usize, (first, last): (&Type, &Type), model: &Model<'_>) -> Type {
        let head = self.head(node, (number, first), model);
        let joined = if self.given_up { Type::Mixed } else { bounded(head.clone().or(last.clone(), model), model) };
        if joined != head {
            let carried = self.carried.entry(node.id()).or_default();
            let carried = carried.entry(number).or_insert(Carried { of: Type::Never, changes: 0 });
            carried.changes += 1;
            carried.of = if carried.changes > CHANGES_MAX { Type::Mixed } else { joined.clone() };
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
        self.rounds.active = true;
        let (found, locals, count) = (self.mark(), scope.locals.mark(), scope.locals.len());
        let tokens = node.token_range().len().max(1);
        let most = (TOKENS_MAX / tokens).clamp(2, ROUNDS);
        for round in 1.. {
            self.rounds.changed = false;
            turn(self, scope);
            if !self.rounds.changed {
                break;
            }
            // A turn that gives up makes everything unknown that is carried, and the next one sees what that means.
            self.rounds.given_up |= round >= most && !self.rounds.further(tokens);
            self.rewind(found);
            scope.locals.rewind(locals);
            scope.locals.truncate(count);
        }
        self.rounds = Rounds { left: self.rounds.left, ..Rounds::default() };
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

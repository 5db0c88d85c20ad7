//! What can be shown about two conditions without running anything. An answer of `false` means: not shown.

use std::collections::BTreeSet;

use super::constants::{Constant, folded};
use crate::ast::{Expression, Operator};
use crate::model::{Model, same_tokens};

/// How deep conditions are looked into.
const DEPTH_MAX: usize = 8;
/// How many tokens are compared for the guards of one state, and in all: a state with thousands of guards has millions of
/// pairs. What is not compared is not warned of.
const STATE_TOKENS_MAX: usize = 16_000_000;
const TOKENS_MAX: usize = 48_000_000;

/// How many tokens may still be compared.
#[derive(Debug)]
pub(crate) struct Effort {
    all: usize,
    left: usize,
}

impl Effort {
    pub(crate) fn new() -> Effort {
        Effort { all: TOKENS_MAX, left: 0 }
    }

    /// Begins with another state.
    pub(crate) fn next(&mut self) {
        self.all += self.left;
        self.left = self.all.min(STATE_TOKENS_MAX);
        self.all -= self.left;
    }

    /// Whether one more pair may be looked at.
    pub(super) fn pair(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether two conditions may be compared.
    fn spend(&mut self, a: Expression<'_>, b: Expression<'_>) -> bool {
        let needed = a.node().token_range().len().min(b.node().token_range().len()) + 8;
        let left = self.left.checked_sub(needed);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// Whether two conditions cannot hold at once, or whether it would take too long to say.
pub(super) fn exclusive(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>, effort: &mut Effort) -> bool {
    exclusive_to(model, (a, b), DEPTH_MAX, effort)
}

fn exclusive_to(
    model: &Model<'_>,
    (a, b): (Expression<'_>, Expression<'_>),
    depth: usize,
    effort: &mut Effort,
) -> bool {
    let (a, b) = (a.ungrouped(), b.ungrouped());
    if !effort.spend(a, b) {
        return true;
    }
    if depth == 0 {
        return false;
    }
    if opposite(a, b) || disjoint(model, a, b) || different_constants(model, a, b) {
        return true;
    }
    for (of, other) in [(a, b), (b, a)] {
        let mut parts = of.parts().map(|part| (part, other));
        let all = if is(of, Operator::And) {
            parts.any(|pair| exclusive_to(model, pair, depth - 1, effort))
        } else {
            is(of, Operator::Or) && parts.all(|pair| exclusive_to(model, pair, depth - 1, effort))
        };
        if all {
            return true;
        }
    }
    false
}

/// Whether one of the conditions always holds, or whether it would take too long to say.
pub(crate) fn exhaustive(model: &Model<'_>, guards: &[Expression<'_>], effort: &mut Effort) -> bool {
    let mut spent = false;
    for (at, a) in guards.iter().enumerate() {
        for b in &guards[..at] {
            spent |= !effort.spend(*a, *b);
            if spent || opposite(a.ungrouped(), b.ungrouped()) {
                return true;
            }
        }
    }
    all_orders(guards, effort) || all_values(model, guards)
}

/// What can be shown of two conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    /// Neither, or it would take too long.
    Unknown,
    /// Both hold for some value.
    Some,
    /// The first one holds whenever the second one does.
    Within,
}

/// Whether two conditions can both hold, where that can be shown: they compare the same two values, or one value with
/// numbers, or the second one is the first one `AND` something.
pub(super) fn overlap(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>, effort: &mut Effort) -> Overlap {
    let (a, b) = (a.ungrouped(), b.ungrouped());
    if !effort.spend(a, b) {
        return Overlap::Unknown;
    }
    if same(a, b) {
        return Overlap::Within;
    }
    let (mut firsts, mut seconds) = (vec![], vec![]);
    conjuncts(a, DEPTH_MAX, &mut firsts);
    conjuncts(b, DEPTH_MAX, &mut seconds);
    if firsts.iter().all(|first| seconds.iter().any(|second| effort.spend(*first, *second) && same(*first, *second))) {
        return Overlap::Within;
    }
    let compared = same_sides(a, b).is_some_and(|(first, second)| first & second != 0);
    let numbers = bounded(model, a).zip(bounded(model, b));
    let one_value = numbers.is_some_and(|((x, _, _), (y, _, _))| same(x, y)) && !disjoint(model, a, b);
    if compared || one_value { Overlap::Some } else { Overlap::Unknown }
}

/// The conditions that `AND` joins.
fn conjuncts<'p>(of: Expression<'p>, depth: usize, found: &mut Vec<Expression<'p>>) {
    let of = of.ungrouped();
    if depth > 0 && is(of, Operator::And) {
        of.parts().for_each(|part| conjuncts(part, depth - 1, found));
    } else {
        found.push(of);
    }
}

fn is(of: Expression<'_>, operator: Operator) -> bool {
    matches!(of, Expression::Binary(_)) && of.operator() == operator
}

fn same(a: Expression<'_>, b: Expression<'_>) -> bool {
    same_tokens(a.ungrouped().node(), b.ungrouped().node())
}

/// Whether one condition is `NOT` of the other.
fn opposite(a: Expression<'_>, b: Expression<'_>) -> bool {
    let negates = |not: Expression<'_>, of: Expression<'_>| {
        matches!(not, Expression::Unary(_)) && not.is_not() && not.part(0).is_some_and(|inner| same(inner, of))
    };
    negates(a, b) || negates(b, a)
}

/// In which orders of its two sides a comparison holds: bit 0 for less, 1 for equal, 2 for greater.
fn orders(operator: Operator) -> Option<u8> {
    Some(match operator {
        Operator::Less => 0b001,
        Operator::Equal => 0b010,
        Operator::Greater => 0b100,
        Operator::AtMost => 0b011,
        Operator::AtLeast => 0b110,
        Operator::Unequal => 0b101,
        _ => return None,
    })
}

/// In which orders of the two sides of `a` the comparisons hold, if both are comparisons of the same two.
fn same_sides(a: Expression<'_>, b: Expression<'_>) -> Option<(u8, u8)> {
    let (Expression::Binary(_), Expression::Binary(_)) = (a, b) else { return None };
    let (a0, a1, b0, b1) = (a.part(0)?, a.part(1)?, b.part(0)?, b.part(1)?);
    let second = if same(a0, b0) && same(a1, b1) {
        b.operator()
    } else if same(a0, b1) && same(a1, b0) {
        mirrored(b.operator())
    } else {
        return None;
    };
    Some((orders(a.operator())?, orders(second)?))
}

/// A comparison of a value that is not known with a number: the value, in which orders it holds, and the number.
fn bounded<'p>(model: &Model<'_>, of: Expression<'p>) -> Option<(Expression<'p>, u8, f64)> {
    let Expression::Binary(_) = of else { return None };
    let (left, right) = (of.part(0)?, of.part(1)?);
    match (number(model, left), number(model, right)) {
        (None, Some(number)) => Some((left, orders(of.operator())?, number)),
        (Some(number), None) => Some((right, orders(mirrored(of.operator()))?, number)),
        _ => None,
    }
}

fn number(model: &Model<'_>, of: Expression<'_>) -> Option<f64> {
    match folded(model, of, None)? {
        // Larger ones are not exact as floats.
        Constant::Integer(value) if value.unsigned_abs() < 1 << 53 => Some(value as f64),
        Constant::Float(value) => Some(value),
        _ => None,
    }
}

/// Whether two comparisons can never both hold: of the same two sides, or of one value with numbers.
fn disjoint(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>) -> bool {
    if let Some((first, second)) = same_sides(a, b) {
        return first & second == 0;
    }
    let (Some((x, first, low)), Some((y, second, high))) = (bounded(model, a), bounded(model, b)) else { return false };
    let (first, second) = if low <= high { (first, second) } else { (second, first) };
    if !same(x, y) || low == high {
        return same(x, y) && first & second == 0;
    }
    // The line has five parts: below the lower number, the number, between, the higher number, above.
    let of_low = (first & 0b011) | if first & 0b100 == 0 { 0 } else { 0b11100 };
    let of_high = ((second & 0b110) << 2) | if second & 0b001 == 0 { 0 } else { 0b00111 };
    of_low & of_high == 0
}

/// Whether comparisons of the same two sides allow every order.
fn all_orders(guards: &[Expression<'_>], effort: &mut Effort) -> bool {
    guards.iter().any(|first| {
        let mut spent = false;
        let mut all = 0;
        for guard in guards {
            spent |= !effort.spend(*first, *guard);
            if spent {
                break;
            }
            all |= same_sides(first.ungrouped(), guard.ungrouped()).map_or(0, |(_, orders)| orders);
        }
        spent || all == 0b111
    })
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::Greater => Operator::Less,
        Operator::AtMost => Operator::AtLeast,
        Operator::AtLeast => Operator::AtMost,
        other => other,
    }
}

/// `x == A` and `x == B` for two different constants.
fn different_constants(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>) -> bool {
    let (Some((x, left)), Some((y, right))) = (equality(model, a), equality(model, b)) else { return false };
    same(x, y) && left != right
}

/// The value and the constant of a comparison `value == constant`, in either order.
fn equality<'p>(model: &Model<'_>, of: Expression<'p>) -> Option<(Expression<'p>, &'p str)> {
    if !is(of, Operator::Equal) {
        return None;
    }
    let (left, right) = (of.part(0)?.ungrouped(), of.part(1)?.ungrouped());
    match (constant(model, left), constant(model, right)) {
        (None, Some(value)) => Some((left, value)),
        (Some(value), None) => Some((right, value)),
        _ => None,
    }
}

fn constant<'p>(model: &Model<'_>, of: Expression<'p>) -> Option<&'p str> {
    match of {
        Expression::Literal(node) => Some(node.text()),
        Expression::Name(node) if model.names.values.contains_key(node.text()) => Some(node.text()),
        Expression::Access(node) => {
            let Some(Expression::Name(base)) = of.part(0) else { return None };
            model.names.enums.contains_key(base.text()).then(|| node.main_text())
        }
        _ => None,
    }
}

/// Whether equalities of one term name all values of an enum, or both values of bool.
fn all_values(model: &Model<'_>, guards: &[Expression<'_>]) -> bool {
    let equalities: Vec<_> = guards.iter().filter_map(|guard| equality(model, guard.ungrouped())).collect();
    let Some((term, first)) = equalities.first() else { return false };
    let named: BTreeSet<&str> = equalities.iter().filter(|(of, _)| same(*of, *term)).map(|(_, value)| *value).collect();
    let Some(number) = model.names.values.get(first) else {
        return ["true", "false"].iter().all(|value| named.iter().any(|name| name.eq_ignore_ascii_case(value)));
    };
    model.enums[*number as usize].values.iter().all(|value| named.contains(value))
}

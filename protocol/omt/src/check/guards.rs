//! What can be shown about two conditions without running anything. An answer of `false` means: not shown.

use super::constants::{Constant, folded};
use crate::ast::{Expression, Operator};
use crate::model::{Model, same_tokens};

/// How deep conditions are looked into.
const DEPTH_MAX: usize = 8;

/// Whether two conditions cannot hold at once.
pub(super) fn exclusive(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>) -> bool {
    exclusive_to(model, a, b, DEPTH_MAX)
}

fn exclusive_to(model: &Model<'_>, a: Expression<'_>, b: Expression<'_>, depth: usize) -> bool {
    let (a, b) = (a.ungrouped(), b.ungrouped());
    if depth == 0 {
        return false;
    }
    if opposite(a, b) || disjoint(model, a, b) || different_constants(model, a, b) {
        return true;
    }
    let split = |of: Expression<'_>, operator| is(of, operator);
    for (of, other) in [(a, b), (b, a)] {
        if split(of, Operator::And) && of.parts().any(|part| exclusive_to(model, part, other, depth - 1)) {
            return true;
        }
        if split(of, Operator::Or) && of.parts().all(|part| exclusive_to(model, part, other, depth - 1)) {
            return true;
        }
    }
    false
}

/// Whether one of the conditions always holds.
pub(super) fn exhaustive(model: &Model<'_>, guards: &[Expression<'_>]) -> bool {
    let pairs = guards.iter().enumerate().flat_map(|(at, a)| guards[..at].iter().map(move |b| (a, b)));
    pairs.into_iter().any(|(a, b)| opposite(a.ungrouped(), b.ungrouped()))
        || all_orders(guards)
        || all_values(model, guards)
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
fn all_orders(guards: &[Expression<'_>]) -> bool {
    guards.iter().any(|first| {
        let sides = guards.iter().filter_map(|guard| same_sides(first.ungrouped(), guard.ungrouped()));
        sides.fold(0, |all, (_, orders)| all | orders) == 0b111
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
    let named: Vec<&str> = equalities.iter().filter(|(of, _)| same(*of, *term)).map(|(_, value)| *value).collect();
    let Some(number) = model.names.values.get(first) else {
        return ["true", "false"].iter().all(|value| named.iter().any(|name| name.eq_ignore_ascii_case(value)));
    };
    model.enums[*number as usize].values.iter().all(|value| named.contains(value))
}

//! What can be shown about two conditions without running anything. An answer of `false` means: not shown.

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
    if opposite(a, b) || different_constants(model, a, b) {
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
    pairs.into_iter().any(|(a, b)| opposite(a.ungrouped(), b.ungrouped())) || all_values(model, guards)
}

fn is(of: Expression<'_>, operator: Operator) -> bool {
    matches!(of, Expression::Binary(_)) && of.operator() == operator
}

fn same(a: Expression<'_>, b: Expression<'_>) -> bool {
    same_tokens(a.ungrouped().node(), b.ungrouped().node())
}

/// Whether one condition is the negation of the other.
fn opposite(a: Expression<'_>, b: Expression<'_>) -> bool {
    let negates = |not: Expression<'_>, of: Expression<'_>| {
        matches!(not, Expression::Unary(_)) && not.is_not() && not.part(0).is_some_and(|inner| same(inner, of))
    };
    if negates(a, b) || negates(b, a) {
        return true;
    }
    let (Expression::Binary(_), Expression::Binary(_)) = (a, b) else { return false };
    let (Some(a0), Some(a1), Some(b0), Some(b1)) = (a.part(0), a.part(1), b.part(0), b.part(1)) else { return false };
    let Some(negated) = negated(a.operator()) else { return false };
    (negated == b.operator() && same(a0, b0) && same(a1, b1))
        || (negated == mirrored(b.operator()) && same(a0, b1) && same(a1, b0))
}

fn negated(operator: Operator) -> Option<Operator> {
    Some(match operator {
        Operator::Equal => Operator::Unequal,
        Operator::Unequal => Operator::Equal,
        Operator::Less => Operator::AtLeast,
        Operator::AtLeast => Operator::Less,
        Operator::Greater => Operator::AtMost,
        Operator::AtMost => Operator::Greater,
        _ => return None,
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

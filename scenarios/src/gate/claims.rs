//! From an expectation to the claims that are tested.

use statistics::{Bounds, Claim, Side, Statistic};

use crate::expect::{self, Expectation};
use crate::metric::{self, Metric, Show};
use crate::source::BadScenario;
use crate::sweep::Cell;

/// How many claims the expectations of a cell test: they share a library's false alarms.
pub fn statistical(cell: &Cell) -> usize {
    let bounds = |expectation: &Expectation| {
        usize::from(expectation.at_least.is_some()) + usize::from(expectation.at_most.is_some())
    };
    let applies = cell.scenario.expectations.iter().filter(|expectation| expectation.applies);
    applies.filter(|expectation| metric_of(expectation).is_some()).map(bounds).sum()
}

/// Metric and statistic, if it is about all seeds there could be.
pub(crate) fn metric_of(expectation: &Expectation) -> Option<(&str, metric::Statistic)> {
    match &expectation.claim {
        expect::Claim::Statistic { metric, statistic } if !statistic.is_exact() => Some((metric, *statistic)),
        _ => None,
    }
}

/// The claims of an expectation; α is shared by `family` of them.
///
/// # Errors
/// [`BadScenario`] at an expectation that cannot be tested, with what it lacks.
pub(super) fn claims(
    cell: &Cell,
    expectation: &Expectation,
    metrics: &[Metric],
    family: usize,
) -> Result<Vec<Claim>, BadScenario> {
    let terms = &expectation.terms;
    let refuse = |what: String, hint: &str| Err(cell.source.error(expectation.place.clone(), what, hint));
    let Some((name, statistic)) = metric_of(expectation) else {
        if terms.margin.is_some() || terms.compare.is_some() {
            let hint = "ask for `mean`, `median`, `rate` or a quantile, or leave `margin` and `compare` out";
            return refuse("a margin or a comparison of what is about these seeds alone".to_owned(), hint);
        }
        return Ok(Vec::new());
    };
    let Some(margin) = terms.margin else {
        let hint = "add `margin = …`, the difference in the metric's unit that does not matter; \
                    or ask for `min`, `max` or a `mood`, which are about these seeds alone";
        return refuse(format!("a {} over seeds without a margin", statistic.name()), hint);
    };
    let bounds = || {
        let one = terms.range.or_else(|| natural(cell, name, metrics))?;
        Some(if terms.compare.is_some() { one.of_difference() } else { one })
    };
    let statistic = match statistic {
        metric::Statistic::Median => Statistic::Quantile(0.5),
        metric::Statistic::Quantile(q) => Statistic::Quantile(q),
        metric::Statistic::Rate if terms.compare.is_none() => Statistic::Rate,
        _ => match bounds() {
            Some(bounds) => Statistic::Mean(bounds),
            None => {
                let hint = "add `range = [low, high]`, the values that the metric can take; or ask for the median";
                return refuse(format!("the mean of `{name}`, which has no bounds"), hint);
            }
        },
    };
    let alpha = terms.alpha / family.max(1) as f64;
    let sides = [(Side::AtLeast, expectation.at_least), (Side::AtMost, expectation.at_most)];
    let mut claims = Vec::new();
    for (side, bound) in sides.into_iter().filter_map(|(side, bound)| Some((side, bound?))) {
        let claim = Claim { statistic, side, bound, margin, alpha, beta: terms.beta };
        if let Err(bad) = claim.check() {
            return refuse(bad.to_string(), "change the bound, the margin or the error rate");
        }
        claims.push(claim);
    }
    Ok(claims)
}

/// The bounds that follow from what a metric is.
fn natural(cell: &Cell, name: &str, metrics: &[Metric]) -> Option<Bounds> {
    match metrics.iter().find(|metric| metric.name == name)?.show {
        Show::Rate | Show::Share => Some(Bounds::UNIT),
        Show::Latency => Some(Bounds { low: 0.0, high: cell.scenario.horizon.as_nanos() as f64 / 1e9 }),
        Show::Mean | Show::Hidden | Show::Money => None,
    }
}

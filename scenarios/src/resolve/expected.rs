//! Expectations: bounds that can hold and that can fail, and the cells that they are for.

use toml::Spanned;

use crate::expect::Expectation;
use crate::metric::Statistic;
use crate::raw::RawExpect;
use crate::source::{BadScenario, Source, closest};

pub(super) fn expectation(source: &Source, raw: &RawExpect) -> Result<Expectation, BadScenario> {
    let name = raw.statistic.get_ref();
    let statistic = Statistic::named(name).ok_or_else(|| {
        let hint = closest(name, Statistic::NAMES.into_iter()).unwrap_or_default();
        source.error(raw.statistic.span(), format!("no statistic `{name}`"), hint)
    })?;
    let (at_least, at_most) = bounds(source, raw)?;
    Ok(Expectation {
        metric: raw.metric.get_ref().clone(),
        place: raw.metric.span(),
        statistic,
        at_least,
        at_most,
        when: raw.when.iter().map(|(key, value)| (key.get_ref().clone(), value.get_ref().to_string())).collect(),
        applies: applies(source, raw)?,
        because: raw.because.clone(),
    })
}

fn bounds(source: &Source, raw: &RawExpect) -> Result<(Option<f64>, Option<f64>), BadScenario> {
    let (least, most) = (&raw.at_least, &raw.at_most);
    if let Some(bound) = [least, most].into_iter().flatten().find(|bound| bound.get_ref().is_nan()) {
        return Err(source.error(bound.span(), "every value would pass this bound", "write a number"));
    }
    let (least, most) = (least.as_ref().map(|least| *least.get_ref()), most.as_ref().map(Spanned::get_ref).copied());
    match (least, most) {
        (None, None) => {
            let hint = "add `at_least`, `at_most` or both";
            Err(source.error(raw.metric.span(), "an expectation without a bound", hint))
        }
        (Some(least), Some(most)) if least > most => {
            let place = raw.at_most.as_ref().map_or(raw.metric.span(), Spanned::span);
            let message = format!("no value is at least {least} and at most {most}");
            Err(source.error(place, message, "`at_least` is not above `at_most`"))
        }
        bounds => Ok(bounds),
    }
}

/// Whether the keys of `when` have their values in this text.
fn applies(source: &Source, raw: &RawExpect) -> Result<bool, BadScenario> {
    let mut applies = true;
    for (key, wanted) in &raw.when {
        let Some(value) = source.value(key.get_ref())? else {
            let hint = "`when` names a key of this file, such as \"network.connectivity\"";
            return Err(source.error(key.span(), format!("the scenario has no `{}`", key.get_ref()), hint));
        };
        applies &= same(&value, wanted.get_ref());
    }
    Ok(applies)
}

/// Whether two values are the same; `1` and `1.0` are.
pub(crate) fn same(one: &toml::Value, other: &toml::Value) -> bool {
    let number = |value: &toml::Value| value.as_float().or_else(|| value.as_integer().map(|integer| integer as f64));
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

//! Expectations: bounds that can hold and that can fail, and the cells that they are for.

use contract::Time;

use super::names::Names;
use crate::expect::{Claim, Expectation, Mood};
use crate::metric::Statistic;
use crate::pattern::{Field, Pattern, Test};
use crate::quantity::Quantity;
use crate::raw::{RawExpect, RawObserved, Spanned};
use crate::source::{BadScenario, Source, closest};

impl Names<'_> {
    pub(super) fn expectation(&self, raw: &Spanned<RawExpect>) -> Result<Expectation, BadScenario> {
        let (place, raw) = (raw.span(), raw.get_ref());
        let (claim, place) = match (&raw.metric, &raw.observed) {
            (Some(metric), None) => (self.of_metric(raw, metric)?, metric.span()),
            (None, Some(observed)) => (self.of_observations(raw, observed)?, observed.get_ref().name.span()),
            (Some(_), Some(observed)) => {
                let hint = "write two expectations";
                return Err(self.source.error(observed.span(), "one expectation is about one thing", hint));
            }
            (None, None) => {
                let hint = "add `metric = \"…\"`, or `observed = { name = \"…\" }`";
                return Err(self.source.error(place, "an expectation about nothing", hint));
            }
        };
        let (at_least, at_most) = self.bounds(raw, &claim, place.clone())?;
        Ok(Expectation {
            claim,
            place,
            at_least,
            at_most,
            terms: self.terms(raw)?,
            when: raw.when.iter().map(|(key, value)| (key.get_ref().clone(), value.get_ref().to_string())).collect(),
            applies: applies(self.source, raw)?,
            because: raw.because.clone(),
        })
    }

    fn of_metric(&self, raw: &RawExpect, metric: &Spanned<String>) -> Result<Claim, BadScenario> {
        let name = metric.get_ref().clone();
        match (&raw.statistic, &raw.mood) {
            (Some(statistic), None) => {
                let written = statistic.get_ref();
                let statistic = Statistic::named(written).ok_or_else(|| {
                    let hint = closest(written, Statistic::NAMES.into_iter()).unwrap_or_default();
                    self.source.error(statistic.span(), format!("no statistic `{written}`"), hint)
                })?;
                Ok(Claim::Statistic { metric: name, statistic })
            }
            (None, Some(mood)) => match self.mood(mood)? {
                Mood::Eventually => {
                    let hint = "a metric is one number of a run, at its end: write `always`, or `sometimes`";
                    Err(self.source.error(mood.span(), "a metric has no history", hint))
                }
                mood => Ok(Claim::Metric { metric: name, mood }),
            },
            (Some(_), Some(mood)) => {
                let hint = "`statistic` is over all runs, `mood` is about each: choose one";
                Err(self.source.error(mood.span(), "a statistic and a mood", hint))
            }
            (None, None) => {
                let hint = "add `statistic = \"mean\"`, or `mood = \"always\"`";
                Err(self.source.error(metric.span(), "what of this metric?", hint))
            }
        }
    }

    fn of_observations(&self, raw: &RawExpect, observed: &Spanned<RawObserved>) -> Result<Claim, BadScenario> {
        if let Some(statistic) = &raw.statistic {
            let hint = "remove it; `at_least` and `at_most` bound the number of observations in a run";
            return Err(self.source.error(statistic.span(), "observations have no statistic", hint));
        }
        let Some(mood) = &raw.mood else {
            let hint = "add `mood = \"always\"`, `\"sometimes\"` or `\"eventually\"`";
            return Err(self.source.error(observed.get_ref().name.span(), "observed when?", hint));
        };
        Ok(Claim::Observed { mood: self.mood(mood)?, pattern: self.pattern(observed.get_ref())? })
    }

    fn mood(&self, mood: &Spanned<String>) -> Result<Mood, BadScenario> {
        let written = mood.get_ref();
        Mood::named(written).ok_or_else(|| {
            let hint = closest(written, Mood::NAMES.into_iter()).unwrap_or_default();
            self.source.error(mood.span(), format!("no mood `{written}`"), hint)
        })
    }

    fn pattern(&self, raw: &RawObserved) -> Result<Pattern, BadScenario> {
        let by = raw.by.as_ref().map(|by| self.nodes(by)).transpose()?;
        if raw.each && by.is_none() {
            let hint = "add `by = \"…\"`, the population whose nodes are counted each by itself";
            return Err(self.source.error(raw.name.span(), "each of whom?", hint));
        }
        let from = raw.from.as_ref().map(|from| self.moment(from)).transpose()?;
        let until = raw.until.as_ref().map_or(Ok(self.horizon), |until| self.moment(until))?;
        if from.is_some_and(|from| until <= from) {
            let place = raw.until.as_ref().or(raw.from.as_ref()).map_or(raw.name.span(), Spanned::span);
            return Err(self.source.error(place, "it ends before it begins", "`until` is later than `from`"));
        }
        let test = |(field, value): (&Spanned<String>, &Spanned<toml::Value>)| {
            Ok(Field { name: field.clone(), test: self.test(value)?, place: value.span() })
        };
        let fields = raw.fields.iter().map(test).collect::<Result<_, BadScenario>>()?;
        let (name, place) = (raw.name.get_ref().clone(), raw.name.span());
        Ok(Pattern { name, place, by, each: raw.each, fields, from: from.unwrap_or(Time::ZERO), until })
    }

    fn test(&self, value: &Spanned<toml::Value>) -> Result<Test, BadScenario> {
        let bound = |bound: &toml::Value| {
            Quantity::of(bound).ok_or_else(|| {
                let hint = "write text with a unit, such as \"10 OMC\", or a whole number";
                self.source.error(value.span(), format!("`{bound}` is no quantity"), hint)
            })
        };
        match value.get_ref() {
            toml::Value::String(text) => Ok(match (self.one(text), Quantity::of(value.get_ref())) {
                (Some(node), _) => Test::Node(node),
                (None, Some(quantity)) => Test::Within(quantity.unit, quantity.value, quantity.value),
                (None, None) => Test::Text(text.clone()),
            }),
            toml::Value::Table(bounds) => {
                if let Some(key) = bounds.keys().find(|key| !["at_least", "at_most"].contains(&key.as_str())) {
                    let hint = closest(key, ["at_least", "at_most"].into_iter()).unwrap_or_default();
                    return Err(self.source.error(value.span(), format!("unknown bound `{key}`"), hint));
                }
                let [low, high] = ["at_least", "at_most"].map(|key| bounds.get(key).map(&bound));
                let (low, high) = (low.transpose()?, high.transpose()?);
                match (low, high) {
                    (Some(low), Some(high)) if low.unit != high.unit || low.value > high.value => {
                        Err(self.source.error(value.span(), "nothing is within these bounds", "use one unit"))
                    }
                    (Some(low), high) => {
                        Ok(Test::Within(low.unit, low.value, high.map_or(u64::MAX, |high| high.value)))
                    }
                    (None, Some(high)) => Ok(Test::Within(high.unit, 0, high.value)),
                    (None, None) => {
                        let hint = "add `at_least`, `at_most` or both";
                        Err(self.source.error(value.span(), "bounds without a bound", hint))
                    }
                }
            }
            other => bound(other).map(|quantity| Test::Within(quantity.unit, quantity.value, quantity.value)),
        }
    }

    fn bounds(
        &self,
        raw: &RawExpect,
        claim: &Claim,
        place: std::ops::Range<usize>,
    ) -> Result<(Option<f64>, Option<f64>), BadScenario> {
        let (least, most) = (&raw.at_least, &raw.at_most);
        if let Some(bound) = [least, most].into_iter().flatten().find(|bound| bound.get_ref().is_nan()) {
            return Err(self.source.error(bound.span(), "every value would pass this bound", "write a number"));
        }
        let value = |bound: &Option<Spanned<f64>>| bound.as_ref().map(|bound| *bound.get_ref());
        match (value(least), value(most)) {
            (Some(least), Some(most)) if least > most => {
                let place = raw.at_most.as_ref().map_or(place, Spanned::span);
                let message = format!("no value is at least {least} and at most {most}");
                Err(self.source.error(place, message, "`at_least` is not above `at_most`"))
            }
            bounds => self.bounds_of(raw, claim, bounds, place),
        }
    }

    /// The bounds of a claim; a bound that could not fail is refused.
    fn bounds_of(
        &self,
        raw: &RawExpect,
        claim: &Claim,
        (least, most): (Option<f64>, Option<f64>),
        place: std::ops::Range<usize>,
    ) -> Result<(Option<f64>, Option<f64>), BadScenario> {
        let unbounded = || {
            let hint = "add `at_least`, `at_most` or both";
            self.source.error(place.clone(), "an expectation without a bound", hint)
        };
        let Claim::Observed { mood, .. } = claim else {
            return if (least, most) == (None, None) { Err(unbounded()) } else { Ok((least, most)) };
        };
        let at = |bound: &Option<Spanned<f64>>| bound.as_ref().map_or(place.clone(), Spanned::span);
        match (mood, least, most) {
            (Mood::Always, Some(_), _) => {
                let hint = "a run begins with none: write `eventually`, or `at_most`";
                Err(self.source.error(at(&raw.at_least), "at the beginning nothing was observed", hint))
            }
            (Mood::Always, None, None) => Err(unbounded()),
            (Mood::Sometimes, _, Some(_)) => {
                let hint = "a run begins with none: write `always` or `eventually`, or `at_least`";
                Err(self.source.error(at(&raw.at_most), "at the beginning this holds in every run", hint))
            }
            (Mood::Sometimes | Mood::Eventually, None, None) => Ok((Some(1.0), None)),
            (_, Some(least), _) if least <= 0.0 => {
                Err(self.source.error(at(&raw.at_least), "this holds whatever happens", "write at least 1"))
            }
            (_, least, most) => Ok((least, most)),
        }
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

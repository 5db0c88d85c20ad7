//! The error rates of an expectation.

use statistics::Bounds;

use super::names::Names;
use crate::gate::mutate::is_asked;
use crate::gate::{Compare, Terms};
use crate::raw::{RawCompare, RawExpect, Spanned};
use crate::source::BadScenario;
use crate::sweep::RUNS_MAX;

impl Names<'_> {
    pub(super) fn terms(&self, raw: &RawExpect) -> Result<Terms, BadScenario> {
        let default = Terms::default();
        let get = |value: &Option<Spanned<f64>>| value.as_ref().map(|value| *value.get_ref());
        let seeds = |value: &Option<Spanned<u32>>, default| value.as_ref().map_or(default, |value| *value.get_ref());
        let terms = Terms {
            margin: get(&raw.margin),
            alpha: get(&raw.alpha).unwrap_or(default.alpha),
            beta: get(&raw.beta).unwrap_or(default.beta),
            seeds_min: seeds(&raw.min_seeds, default.seeds_min),
            seeds_max: seeds(&raw.max_seeds, default.seeds_max),
            range: raw.range.as_ref().map(|range| Bounds { low: range.get_ref()[0], high: range.get_ref()[1] }),
            compare: raw.compare.as_ref().map(|compare| self.compare(compare)).transpose()?,
        };
        if terms.seeds_max == 0 || terms.seeds_min > terms.seeds_max {
            let place = raw.max_seeds.as_ref().or(raw.min_seeds.as_ref()).map_or(0..0, Spanned::span);
            let message = format!("at least {} and at most {} seeds", terms.seeds_min, terms.seeds_max);
            return Err(self.source.error(place, message, "`min_seeds` is not above `max_seeds`, which is at least 1"));
        }
        if u64::from(terms.seeds_max) > RUNS_MAX {
            let place = raw.max_seeds.as_ref().map_or(0..0, Spanned::span);
            let hint = format!("`max_seeds` is at most {RUNS_MAX}");
            return Err(self.source.error(place, format!("up to {} seeds", terms.seeds_max), hint));
        }
        Ok(terms)
    }

    fn compare(&self, raw: &Spanned<RawCompare>) -> Result<Compare, BadScenario> {
        let RawCompare { variant, scenario, baseline, set } = raw.get_ref();
        if let Some(key) = set.keys().find(|key| is_asked(key)) {
            let what = format!("`{key}` is about what is asked: both sides run with the same seeds");
            return Err(self.source.error(raw.span(), what, "set what is run, such as `parameters` or `network`"));
        }
        let set: Vec<_> = set.iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
        match (variant, scenario, baseline, set.is_empty()) {
            (Some(variant), None, false, true) => Ok(Compare::Variant(variant.clone())),
            (None, Some(scenario), false, true) => Ok(Compare::Scenario(scenario.clone())),
            (None, None, true, true) => Ok(Compare::Baseline),
            (None, None, false, false) => Ok(Compare::Set(set)),
            (None, None, false, true) => {
                let hint = "give one of `variant`, `scenario`, `baseline = true` and `set = { … }`";
                Err(self.source.error(raw.span(), "compared with what?", hint))
            }
            _ => {
                let hint = "an expectation for each: one of `variant`, `scenario`, `baseline = true` and `set = { … }`";
                Err(self.source.error(raw.span(), "compared with several things at once", hint))
            }
        }
    }
}

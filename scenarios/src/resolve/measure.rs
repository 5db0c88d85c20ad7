//! What is measured, and when.

use contract::{Span, Time};

use super::names::Names;
use super::span;
use crate::raw::{RawMeasure, Spanned};
use crate::series::Measure;
use crate::source::BadScenario;

/// The most windows of a run.
const WINDOWS_MAX: u64 = 100_000;

impl Names<'_> {
    pub(super) fn measure(&self, raw: &RawMeasure) -> Result<Measure, BadScenario> {
        let warm_up = raw.warm_up.as_ref().map_or(Ok(Time::ZERO), |text| self.moment(text))?;
        if let Some(text) = raw.warm_up.as_ref().filter(|_| warm_up == self.horizon) {
            let hint = "choose an earlier time, or a later `horizon`";
            return Err(self.source.error(text.span(), "nothing is measured: the run ends here", hint));
        }
        let window = raw.window.as_ref().map(|text| span(self.source, text)).transpose()?;
        if let (Some(window), Some(text)) = (window, &raw.window) {
            let count = self.horizon.since(warm_up).as_nanos().checked_div(window.as_nanos());
            if window == Span::ZERO || count.is_some_and(|count| count > WINDOWS_MAX) {
                let hint = format!("a run has at most {WINDOWS_MAX} windows");
                return Err(self.source.error(text.span(), "the windows are too short", hint));
            }
        }
        let metrics = raw.metrics.clone().unwrap_or_default();
        let earlier = |at: usize, name| metrics[..at].iter().any(|other: &Spanned<String>| other.get_ref() == name);
        if let Some((_, name)) = metrics.iter().enumerate().find(|(at, name)| earlier(*at, name.get_ref())) {
            let what = format!("`{}` is there twice", name.get_ref());
            return Err(self.source.error(name.span(), what, "name each metric once"));
        }
        Ok(Measure { metrics, warm_up, window })
    }
}

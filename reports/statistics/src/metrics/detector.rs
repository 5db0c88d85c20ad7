//! How well accusations hit (van Rijsbergen, "Information Retrieval", 1979, chapter 7).

/// Who was accused, and who should have been. One count for each accused or guilty identity of a run, not for each
/// accusation: a hundred nodes that repeat one piece of evidence are one hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detector {
    /// Guilty and accused.
    pub hits: u64,
    /// Innocent and accused.
    pub false_alarms: u64,
    /// Guilty and not accused.
    pub misses: u64,
}

impl Detector {
    /// The share of the accused that is guilty, between 0 and 1; `None` if nobody was accused.
    pub fn precision(&self) -> Option<f64> {
        super::coverage(self.hits, self.hits + self.false_alarms)
    }

    /// The share of the guilty that is accused, between 0 and 1; `None` if nobody is guilty.
    pub fn recall(&self) -> Option<f64> {
        super::coverage(self.hits, self.hits + self.misses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed_values() {
        let detector = Detector { hits: 3, false_alarms: 1, misses: 2 };
        assert_eq!((detector.precision(), detector.recall()), (Some(0.75), Some(0.6)));
        assert_eq!((Detector::default().precision(), Detector::default().recall()), (None, None));
    }
}

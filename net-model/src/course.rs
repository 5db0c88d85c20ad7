//! Latency that changes over virtual time, by a schedule: the curve of a day, a cable that is cut and mended.

use contract::{Span, Time};

/// What latencies are multiplied by, over time. Last miles are not: only the way between regions.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Between which regions.
    pub between: Between,
    /// Times and factors: ascending times from the start of the run, or of each period; factors above 0, up to 1,000.
    pub points: Vec<(Span, f64)>,
    /// After which time it begins again; the last point lies before it. Without it the last factor stays.
    pub every: Option<Span>,
    /// Whether factors are interpolated linearly between points, and over the end of a period; otherwise each holds until the next.
    /// Before the first point, the factor of the last holds if it repeats, and otherwise that of the first if it is linear, and 1 if not.
    pub linear: bool,
}

/// Pairs of regions, by their places in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// All pairs.
    Everywhere,
    /// All pairs of which one is this region.
    Of(u16),
    /// These two, in both directions.
    Pair(u16, u16),
}

/// Why a course cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCourse {
    /// It has no point.
    #[error("it has no points: give at least one time and factor")]
    Empty,
    /// The times do not ascend.
    #[error("point {0} is not later than the one before it: times ascend")]
    Order(usize),
    /// A factor is out of range.
    #[error("factor {0} is out of range: it lies above 0, and is at most 1000")]
    Factor(usize),
    /// The period is over before the last point.
    #[error("it begins again before its last point: choose a longer period")]
    Period,
}

impl Course {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// [`BadCourse`] says why not.
    pub fn check(&self) -> Result<(), BadCourse> {
        let Some((last, _)) = self.points.last() else { return Err(BadCourse::Empty) };
        if let Some(place) = self.points.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
            return Err(BadCourse::Order(place + 1));
        }
        if let Some(place) = self.points.iter().position(|(_, factor)| !(*factor > 0.0 && *factor <= 1e3)) {
            return Err(BadCourse::Factor(place));
        }
        if self.every.is_some_and(|every| every <= *last) { Err(BadCourse::Period) } else { Ok(()) }
    }

    /// Whether it is about this pair of regions.
    pub fn covers(&self, from: u16, to: u16) -> bool {
        match self.between {
            Between::Everywhere => true,
            Between::Of(region) => from == region || to == region,
            Between::Pair(a, b) => [[a, b], [b, a]].contains(&[from, to]),
        }
    }

    /// What latency is multiplied by at a time.
    pub fn factor(&self, at: Time) -> f64 {
        let since = at.as_nanos();
        let into = self.every.map_or(since, |every| since % every.as_nanos());
        let next = self.points.partition_point(|(time, _)| time.as_nanos() <= into);
        let (before, after) = (next.checked_sub(1).map(|place| self.points[place]), self.points.get(next).copied());
        let (first, last) = (self.points[0], self.points[self.points.len() - 1]);
        let Some(every) = self.every.map(Span::as_nanos) else {
            return match (before, after) {
                (Some(before), Some(after)) if self.linear => interpolate(before, after, into),
                (Some((_, factor)), _) => factor,
                (None, _) => {
                    if self.linear {
                        first.1
                    } else {
                        1.0
                    }
                }
            };
        };
        match (before, after) {
            _ if !self.linear => before.unwrap_or(last).1,
            (Some(before), Some(after)) => interpolate(before, after, into),
            // Over the end of the period, from the last point to the first of the next.
            _ => {
                let into = if before.is_none() { into + every } else { into };
                interpolate(last, (Span::from_nanos(first.0.as_nanos() + every), first.1), into)
            }
        }
    }
}

fn interpolate((start, from): (Span, f64), (end, to): (Span, f64), at: u64) -> f64 {
    let share = (at - start.as_nanos()) as f64 / (end.as_nanos() - start.as_nanos()) as f64;
    from + (to - from) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(points: &[(u64, f64)], every: Option<u64>, linear: bool) -> Course {
        let points = points.iter().map(|(at, factor)| (Span::from_secs(*at), *factor)).collect();
        Course { between: Between::Everywhere, points, every: every.map(Span::from_secs), linear }
    }

    fn factors(course: &Course, at: [u64; 5]) -> [f64; 5] {
        at.map(|at| course.factor(Time::ZERO + Span::from_secs(at)))
    }

    #[test]
    fn steps_hold_until_the_next_and_a_curve_goes_between() {
        let cut = course(&[(10, 3.0), (20, 1.0)], None, false);
        assert_eq!(factors(&cut, [0, 9, 10, 19, 100]), [1.0, 1.0, 3.0, 3.0, 1.0]);
        let ramp = course(&[(10, 3.0), (20, 1.0)], None, true);
        assert_eq!(factors(&ramp, [0, 10, 15, 20, 100]), [3.0, 3.0, 2.0, 1.0, 1.0]);
    }

    #[test]
    fn a_day_begins_again() {
        let day = course(&[(6, 1.0), (12, 2.0)], Some(24), true);
        assert_eq!(factors(&day, [6, 9, 12, 21, 24 + 9]), [1.0, 1.5, 2.0, 1.5, 1.5]);
        assert_eq!(factors(&day, [1, 24 + 1, 30, 36, 45]), [2.0 - 13.0 / 18.0, 2.0 - 13.0 / 18.0, 1.0, 2.0, 1.5]);
        let night = course(&[(6, 1.0), (12, 2.0)], Some(24), false);
        assert_eq!(factors(&night, [0, 6, 11, 12, 47]), [2.0, 1.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn a_course_that_cannot_be_is_refused() {
        assert_eq!(course(&[], None, false).check(), Err(BadCourse::Empty));
        assert_eq!(course(&[(1, 1.0), (1, 2.0)], None, false).check(), Err(BadCourse::Order(1)));
        for factor in [0.0, -1.0, f64::NAN, 1e4] {
            assert_eq!(course(&[(1, factor)], None, false).check(), Err(BadCourse::Factor(0)));
        }
        assert_eq!(course(&[(1, 1.0), (5, 1.0)], Some(5), false).check(), Err(BadCourse::Period));
        assert_eq!(course(&[(1, 1.0), (5, 1.0)], Some(6), false).check(), Ok(()));
    }

    #[test]
    fn a_course_is_about_its_pairs() {
        let between = |between| Course { between, ..course(&[(0, 2.0)], None, false) };
        let covered = |course: &Course| [(0, 1), (1, 0), (1, 1), (2, 1)].map(|(a, b)| course.covers(a, b));
        assert_eq!(covered(&between(Between::Everywhere)), [true; 4]);
        assert_eq!(covered(&between(Between::Of(0))), [true, true, false, false]);
        assert_eq!(covered(&between(Between::Pair(1, 0))), [true, true, false, false]);
        assert_eq!(covered(&between(Between::Pair(1, 1))), [false, false, true, false]);
    }
}

//! The queues at both ends: what one node sends waits for what it sent before, and what it receives shares its download.

use std::hint::select_unpredictable;

use contract::{Kind, Span, Time};

use super::Parcel;
use super::way::{Rate, Way, transmission_ns};
use crate::fault::Struck;
use crate::placement::Placement;
use crate::profile::Line;

/// The queues of all nodes.
#[derive(Clone, Debug)]
pub(super) struct Access {
    ends: Vec<End>,
    /// A datagram that would wait longer is dropped.
    queue: Span,
}

/// The queues of one node, in one line of the cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct End {
    /// When the last bit of all that was sent so far has left.
    free: Time,
    download: Download,
}

/// How many spans a download remembers.
const SPANS: usize = 3;

/// When a node's download is busy: spans of nanoseconds in ascending order that neither overlap nor touch; first those that are
/// empty or over. What is booked without a gap is one span, so under load a few are enough. Where there would be more, the
/// shortest is forgotten: the download then carries a little more than it could, by no more than that span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Download([[u64; 2]; SPANS]);

/// How a parcel is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Carriage {
    /// When its last bit has left the sender.
    pub(super) left: Time,
    /// How long it takes out of the sender.
    pub(super) upload: Span,
    /// How long it takes into the receiver.
    pub(super) download: Span,
}

impl Access {
    /// None if no line limits bandwidth.
    pub(super) fn new(placement: &Placement, queue: Span) -> Option<Access> {
        let limited = |line: &Line| line.bandwidth.upload_bps.min(line.bandwidth.download_bps) < u64::MAX;
        let nodes = placement.nodes() as usize;
        placement.lines().iter().any(limited).then(|| Access { ends: vec![End::default(); nodes], queue })
    }

    /// Puts a parcel behind all that its sender sent before. None if the queue is full: a datagram is dropped then, and takes no room;
    /// a stream waits, as its sender does under flow control. `struck` says what strikes the link at the moment at which the
    /// upload begins.
    #[inline(always)]
    pub(super) fn send(
        &mut self,
        now: Time,
        parcel: &Parcel,
        [from, to]: [&Way; 2],
        struck: impl FnOnce(Time) -> Struck,
    ) -> Option<Carriage> {
        let free = &mut self.ends[parcel.from as usize].free;
        let start = now.max(*free);
        if parcel.kind == Kind::Datagram && start.since(now) > self.queue {
            return None;
        }
        let struck = struck(start);
        let (upload, download) = (takes(parcel.size, &from.upload, struck), takes(parcel.size, &to.download, struck));
        *free = start + upload;
        Some(Carriage { left: *free, upload, download })
    }

    /// When the last bit of a parcel is in, if alone it would be at `tail`: its bits come in while they leave, so it needs the download
    /// from the moment of its first bit, or later if the download is quicker than the upload. It gets the first gap that is
    /// long enough. What was decided before is not moved. None if a datagram would wait longer than the queue holds; a
    /// stream waits.
    #[inline(always)]
    pub(super) fn receive(&mut self, now: Time, parcel: &Parcel, carriage: Carriage, tail: Time) -> Option<Time> {
        let needs = carriage.download.as_nanos();
        let begin = tail.as_nanos().saturating_sub(carriage.upload.as_nanos().min(needs));
        if needs == 0 {
            return Some(tail);
        }
        let most = if parcel.kind == Kind::Datagram { self.queue.as_nanos() } else { u64::MAX };
        let end = self.ends[parcel.to as usize].download.book(now.as_nanos(), begin, needs, most)?;
        Some(Time::from_nanos(end))
    }

    /// Reads the queues of a node.
    #[inline]
    pub(super) fn touch(&self, node: u32) -> u64 {
        self.ends.get(node as usize).map_or(0, |end| end.free.as_nanos())
    }

    /// A node that restarts begins with an empty upload queue. What comes in was under way before, and is still in the way.
    pub(super) fn forget(&mut self, node: u32) {
        self.ends[node as usize].free = Time::ZERO;
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.ends.capacity() * size_of::<End>()
    }
}

impl Download {
    /// Takes the first gap of `needs` from `begin` on, and returns where its need of it ends; none if it begins more than `most` later.
    ///
    /// Between which spans it comes is a matter of chance that no processor predicts, so nothing here branches on it.
    #[inline(always)]
    fn book(&mut self, now: u64, begin: u64, needs: u64, most: u64) -> Option<u64> {
        let span = [begin, begin.saturating_add(needs)];
        let [a, b, c] = self.0;
        let next =
            [c, b, a].iter().fold(u64::MAX, |next, [busy, end]| select_unpredictable(*end >= begin, *busy, next));
        if next <= span[1] {
            return self.book_among(now, begin, needs, most);
        }
        // It ends before the last moment of all, so its length is what it needs.
        self.insert(span, needs, now);
        Some(span[1])
    }

    /// The same where a span is in the way, or beside.
    fn book_among(&mut self, now: u64, begin: u64, needs: u64, most: u64) -> Option<u64> {
        let mut start = begin;
        for [busy, end] in self.0 {
            // Spans ascend: behind a gap that is long enough, none is in the way.
            let in_the_way = (end > start) & (busy < start.saturating_add(needs));
            start = select_unpredictable(in_the_way, end, start);
        }
        if start - begin > most {
            return None;
        }
        let span = [start, start.saturating_add(needs)];
        if self.0.iter().any(|[busy, end]| *end == span[0] || *busy == span[1]) {
            self.join(span);
        } else {
            self.insert(span, span[1] - span[0], now);
        }
        Some(span[1])
    }

    /// How many spans are before a moment.
    #[inline]
    fn before(&self, moment: u64) -> usize {
        self.0.iter().map(|[_, end]| usize::from(*end <= moment)).sum()
    }

    /// Puts a span in one with those that it touches.
    fn join(&mut self, [start, end]: [u64; 2]) {
        let place = self.before(start);
        let spans = &mut self.0;
        let touches_last = place > 0 && spans[place - 1][1] == start;
        let touches_next = place < SPANS && spans[place][0] == end;
        if touches_last && touches_next {
            spans[place][0] = spans[place - 1][0];
            spans[..place].rotate_right(1);
            spans[0] = [0, 0];
        } else if touches_last {
            spans[place - 1][1] = end;
        } else {
            spans[place][0] = start;
        }
    }

    /// Puts a span of a length that touches no other at its place, where another leaves for it: one that is over, or else the
    /// shortest of all, which may be the new one.
    #[inline(always)]
    fn insert(&mut self, span: [u64; 2], long: u64, now: u64) {
        let [a, b, c] = self.0;
        let length = |[start, end]: [u64; 2]| end - start;
        let (mut shortest, mut least, mut leaves) = (a, length(a), 0);
        for (place, other) in [(1, b), (2, c)] {
            let shorter = length(other) < least;
            shortest = either(shorter, other, shortest);
            least = select_unpredictable(shorter, length(other), least);
            leaves = select_unpredictable(shorter, place, leaves);
        }
        let is_over = a[1] <= now;
        leaves = select_unpredictable(is_over, 0, leaves);
        // Where the new one is forgotten itself, the shortest leaves and comes back.
        let span = either(!is_over & (long <= least), shortest, span);
        let [low, high] = [either(leaves == 0, b, a), either(leaves == 2, b, c)];
        let [is_first, is_last] = [span[0] < low[0], span[0] >= high[0]];
        let middle = either(is_first, low, either(is_last, high, span));
        self.0 = [either(is_first, span, low), middle, either(is_last, span, high)];
    }
}

/// How long so many bytes take at a bandwidth under faults.
#[inline(always)]
fn takes(size: u32, rate: &Rate, struck: Struck) -> Span {
    let whole = struck.narrow == 1.0;
    Span::from_nanos(if whole { rate.nanos(size) } else { transmission_ns(size, struck.narrowed(rate.bps)) })
}

/// One of two spans, without a branch.
#[inline(always)]
fn either(condition: bool, yes: [u64; 2], no: [u64; 2]) -> [u64; 2] {
    [select_unpredictable(condition, yes[0], no[0]), select_unpredictable(condition, yes[1], no[1])]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sound(download: &Download) -> bool {
        let held: Vec<[u64; 2]> = download.0.into_iter().filter(|span| *span != [0, 0]).collect();
        held.iter().all(|span| span[0] < span[1]) && held.windows(2).all(|pair| pair[0][1] < pair[1][0])
    }

    /// The same rules, as one would write them down.
    #[derive(Default)]
    struct List(Vec<[u64; 2]>);

    impl List {
        fn book(&mut self, now: u64, begin: u64, needs: u64, most: u64) -> Option<u64> {
            let later: Vec<[u64; 2]> = self.0.iter().copied().filter(|[_, end]| *end > begin).collect();
            let gaps = std::iter::once(begin).chain(later.iter().map(|[_, end]| *end));
            let fits = |start: &u64| later.iter().all(|[busy, end]| *busy >= start + needs || *end <= *start);
            let start = gaps.into_iter().find(fits)?;
            if start - begin > most {
                return None;
            }
            let mut span = [start, start + needs];
            self.0.retain(|[busy, end]| {
                let touches = *end == span[0] || *busy == span[1];
                if touches {
                    span = [span[0].min(*busy), span[1].max(*end)];
                }
                !touches
            });
            // The new one is the first to be forgotten among those that are as short.
            let length = |[busy, end]: [u64; 2]| end - busy;
            let shortest = self.0.iter().copied().min_by_key(|other| length(*other));
            if self.0.len() == SPANS {
                let leaves = self.0[0];
                let leaves = if leaves[1] <= now { leaves } else { shortest? };
                if leaves[1] > now && length(span) <= length(leaves) {
                    return Some(start);
                }
                self.0.retain(|other| *other != leaves);
            }
            self.0.push(span);
            self.0.sort_unstable();
            Some(start)
        }
    }

    proptest! {
        /// Against a naive model that looks at every nanosecond, while no span was forgotten.
        #[test]
        fn the_first_gap_that_is_long_enough_is_taken(parcels in prop::collection::vec((1..120u64, 1..12u64), 1..60)) {
            let mut download = Download::default();
            let mut busy = [false; 2_000];
            for (begin, needs) in parcels {
                let fits = |start: &u64| (*start..start + needs).all(|at| !busy[at as usize]);
                let start = (begin..).find(fits).unwrap();
                prop_assert_eq!(download.book(0, begin, needs, u64::MAX), Some(start + needs));
                busy[start as usize..(start + needs) as usize].fill(true);
                prop_assert!(sound(&download), "{download:?}");
                let spans = (1..2_000).filter(|&at| busy[at] && !busy[at - 1]).count();
                if spans > SPANS {
                    break;
                }
            }
        }

        /// Against a list that looks and moves step by step, also where spans touch, are over, or are forgotten.
        #[test]
        fn a_list_remembers_the_same(parcels in prop::collection::vec((0..30u64, 0..90u64, 1..30u64, 0..200u64), 1..200)) {
            let (mut download, mut list, mut now) = (Download::default(), List::default(), 0);
            for (pause, ahead, needs, most) in parcels {
                now += pause;
                let booked = download.book(now, now + ahead, needs, most);
                prop_assert_eq!(booked, list.book(now, now + ahead, needs, most).map(|start| start + needs));
                let held: Vec<[u64; 2]> = download.0.into_iter().filter(|span| *span != [0, 0]).collect();
                prop_assert_eq!(&held, &list.0);
            }
        }

        /// Whatever is booked: what is remembered is sound, and nothing is put over it.
        #[test]
        fn what_is_remembered_is_never_booked_again(
            parcels in prop::collection::vec((0..40u64, 1..300u64, 1..30u64), 1..80),
        ) {
            let (mut download, mut now) = (Download::default(), 1);
            for (pause, ahead, needs) in parcels {
                now += pause;
                let before = download;
                let start = download.book(now, now + ahead, needs, u64::MAX).unwrap() - needs;
                prop_assert!(start >= now + ahead && sound(&download), "{download:?}");
                prop_assert!(before.0.iter().all(|[busy, end]| *end <= start || *busy >= start + needs));
            }
        }
    }

    #[test]
    fn the_shortest_span_makes_room() {
        let mut download = Download::default();
        for (begin, needs) in [(100, 50), (300, 5), (500, 70), (700, 4)] {
            download.book(1, begin, needs, u64::MAX);
        }
        assert_eq!(download.0, [[100, 150], [300, 305], [500, 570]], "the new one is the shortest itself");
        download.book(1, 200, 6, u64::MAX);
        assert_eq!(download.0, [[100, 150], [200, 206], [500, 570]]);
        download.book(160, 700, 1, u64::MAX);
        assert_eq!(download.0, [[200, 206], [500, 570], [700, 701]], "what is over makes room first");
    }

    #[test]
    fn the_queues_of_a_node_are_one_line_of_the_cache() {
        assert_eq!(size_of::<End>(), 64);
    }

    #[test]
    fn a_full_queue_takes_nothing() {
        let mut download = Download::default();
        assert_eq!(download.book(0, 10, 100, 0), Some(110));
        assert_eq!(download.book(0, 20, 100, 89), None);
        assert_eq!(download.book(0, 20, 100, 90), Some(210));
    }
}

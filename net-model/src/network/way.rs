//! A line, as decisions need it: what would be divided or rounded each time is prepared once.

use contract::Span;

use crate::placement::share_of_64_bits;
use crate::profile::Line;

const NANOBITS_PER_BYTE: u64 = 8_000_000_000;

/// What decisions need of a line, in one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Way {
    pub(super) upload: Rate,
    pub(super) download: Rate,
    /// Latency that it adds.
    pub(super) added: Span,
    /// A packet is lost whose draw is below.
    pub(super) lost_below: u64,
}

impl Way {
    pub(super) fn new(line: &Line) -> Way {
        Way {
            upload: Rate::new(line.bandwidth.upload_bps),
            download: Rate::new(line.bandwidth.download_bps),
            added: line.added,
            lost_below: share_of_64_bits(line.loss),
        }
    }
}

/// A bandwidth whose division is a multiplication.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) bps: u64,
    /// Nanoseconds per byte, rounded down, with 64 − `shift` binary places, the most that fit.
    per_byte: u64,
    shift: u32,
    /// Up to this many bytes the product is exact.
    exact: u32,
}

impl Rate {
    /// What `per_byte` lacks is less than one of its last place, 2^−(64 − shift), so that the product lacks less than `size`
    /// of them. The exact quotient is a whole number, or at least 1/bps above one. So both round up to the same number while
    /// `size` of the last place are less than 1/bps.
    fn new(bps: u64) -> Rate {
        if bps == u64::MAX {
            return Rate { bps, per_byte: 0, shift: 0, exact: u32::MAX };
        }
        let shift = u64::BITS - (NANOBITS_PER_BYTE / bps).leading_zeros();
        let per_byte = (u128::from(NANOBITS_PER_BYTE) << (u64::BITS - shift)) / u128::from(bps);
        let exact = (u64::MAX >> shift) / bps;
        Rate { bps, per_byte: per_byte as u64, shift, exact: u32::try_from(exact).unwrap_or(u32::MAX) }
    }

    /// The same as [`transmission_ns`].
    #[inline(always)]
    pub(super) fn nanos(&self, size: u32) -> u64 {
        if size > self.exact {
            return transmission_ns(size, self.bps);
        }
        let product = u128::from(u64::from(size) << self.shift) * u128::from(self.per_byte);
        (product >> 64) as u64 + u64::from(product as u64 != 0)
    }
}

/// Nanoseconds that `size` bytes take at `bps` bits per second, rounded up; none without a limit.
#[cold]
pub(super) fn transmission_ns(size: u32, bps: u64) -> u64 {
    if bps == u64::MAX {
        return 0;
    }
    // Below 2³¹ bytes the product fits into 64 bits, whose division is several times quicker.
    if size < 1 << 31 {
        return (u64::from(size) * NANOBITS_PER_BYTE).div_ceil(bps);
    }
    let nanos = (u128::from(size) * u128::from(NANOBITS_PER_BYTE)).div_ceil(u128::from(bps));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sizes around `size`, of which one takes a whole number of nanoseconds if there is any.
    fn around(size: u32, bps: u64) -> impl Iterator<Item = u32> {
        let step = u32::try_from(bps.min(1 << 31)).unwrap();
        let whole = size / step * step;
        [size, whole, whole.wrapping_add(1), whole.wrapping_sub(1), 0, 1, u32::MAX].into_iter()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn a_product_is_the_quotient(size: u32, bits in 0..64u32, bps: u64, round: bool) {
            // Of every magnitude; real ones are multiples of many small numbers.
            let bps = (bps >> bits).max(1);
            let bps = if round { (bps / 1_000_000).max(1).saturating_mul(1_000_000) } else { bps };
            let rate = Rate::new(bps);
            for size in around(size, bps).chain(around(size >> (bits % 32), bps)).chain([rate.exact, rate.exact.saturating_sub(1)]) {
                prop_assert_eq!(rate.nanos(size), transmission_ns(size, bps), "{} bytes, {:?}", size, rate);
            }
        }
    }

    #[test]
    fn what_lines_carry_needs_no_division() {
        for bps in [1, 56_000, 1_000_000, 30_000_000, 1_000_000_000, 100_000_000_000, u64::MAX] {
            assert!(Rate::new(bps).exact >= 1 << 27, "{bps}");
        }
    }

    #[test]
    fn a_way_is_one_line_of_the_cache() {
        assert_eq!(size_of::<Way>(), 64);
    }
}

//! How much of a block was missing in a compact block, for a node that is online only at times.
//!
//! SimBlock draws uniformly from 945 values between 0.01 and 0.96 with a mean of 0.087 (`SimulationConfiguration`,
//! `CBR_FAILURE_BLOCK_SIZE_DISTRIBUTION_FOR_CHURN_NODE`; measured by Imtiaz et al., "Churn in the Bitcoin Network:
//! Characterization and Impact", 2019). The values are kept here by how often each occurs.

use contract::draws::below;

/// How often each number of hundredths from 1 on occurs, up to [`ONCE_FROM`]; from there on each occurs once.
const OCCURRENCES: [u16; 48] = [
    546, 66, 39, 27, 21, 17, 14, 12, 11, 10, 9, 8, 7, 7, 6, 6, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
];
const ONCE_FROM: u32 = 49;
const LAST: u32 = 96;

/// A drawn fraction of a block, in hundredths.
pub(super) fn hundredths(bits: u64) -> u32 {
    let mut place = below(bits, u64::from(total())) as u32;
    for (hundredths, occurs) in (1..).zip(OCCURRENCES) {
        match place.checked_sub(u32::from(occurs)) {
            Some(rest) => place = rest,
            None => return hundredths,
        }
    }
    ONCE_FROM + place
}

fn total() -> u32 {
    OCCURRENCES.iter().copied().map(u32::from).sum::<u32>() + LAST + 1 - ONCE_FROM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_those_of_the_source() {
        assert_eq!(total(), 945);
        let place = |place: u32| hundredths((((u64::from(place) << 32) / 945) << 32) + (1 << 34));
        let all: Vec<u32> = (0..945).map(place).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[545], all[546], all[944]), (1, 1, 2, 96));
        let sum: u32 = all.iter().sum();
        // 82.43 / 945 = 0.0872.
        assert_eq!(sum, 8_243);
    }
}

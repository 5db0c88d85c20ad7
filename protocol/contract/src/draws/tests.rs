//! Test vectors, golden values, and statistics of the keyed draws.

use super::*;

/// Vectors of the Random123 distribution, `kat_vectors`, philox2x64 with 10 rounds.
#[test]
fn philox_gives_the_published_vectors() {
    let max = u64::MAX;
    assert_eq!(philox2x64_10([0, 0], 0), [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]);
    assert_eq!(philox2x64_10([max, max], max), [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]);
    assert_eq!(
        philox2x64_10([0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344], 0xa409_3822_299f_31d0),
        [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d]
    );
}

#[test]
fn a_unit_is_the_middle_of_its_step() {
    let key = Seed::from_number(1).key("units");
    let drawn = (0..100_000).flat_map(|i| key.draw(1, i));
    for bits in drawn.chain((0..64).flat_map(|shift| [u64::MAX >> shift, u64::MAX << shift, 1 << shift])) {
        let middle = ((bits >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0);
        assert_eq!(open_unit(bits).to_bits(), middle.to_bits(), "{bits:x}");
    }
}

#[test]
fn golden_draws_do_not_change() {
    let key = Seed::from_number(1).key("golden");
    let draws: Vec<[u64; 2]> = (0..4).map(|occurrence| key.draw(7, occurrence)).collect();
    insta::assert_debug_snapshot!((Seed::from_number(1), key, draws));
}

#[test]
fn every_coordinate_matters() {
    let base = Seed::from_number(1).key("a").draw(1, 1);
    assert_ne!(base, Seed::from_number(2).key("a").draw(1, 1));
    assert_ne!(base, Seed::from_number(1).key("b").draw(1, 1));
    assert_ne!(base, Seed::from_number(1).key("a").draw(2, 1));
    assert_ne!(base, Seed::from_number(1).key("a").draw(1, 2));
    assert_ne!(Seed::from_number(1).child("x"), Seed::from_number(1).child("y"));
}

#[test]
fn streams_of_neighbouring_occurrences_do_not_overlap() {
    let key = Seed::from_number(3).key("streams");
    let mut seen = std::collections::BTreeSet::new();
    for occurrence in 0..64 {
        let mut stream = key.stream(9, occurrence);
        for _ in 0..64 {
            assert!(seen.insert(stream.try_next_u64().unwrap()));
        }
    }
}

/// Pearson's statistic over 256 cells for each of eight byte positions, along both coordinates and across purposes.
/// With 255 degrees of freedom the statistic exceeds 377 with probability 10⁻⁶.
#[test]
fn bytes_are_uniform_along_every_coordinate() {
    const DRAWS: u64 = 1 << 16;
    let seed = Seed::from_number(5);
    let key = seed.key("uniform");
    let by_occurrence = |i| key.draw(1, i)[0];
    let by_entity = |i| key.draw(i, 0)[1];
    let by_purpose = |i: u64| seed.key(&i.to_string()).draw(0, 0)[0];
    for (name, count, draw) in [
        ("occurrence", DRAWS, &by_occurrence as &dyn Fn(u64) -> u64),
        ("entity", DRAWS, &by_entity),
        ("purpose", DRAWS / 8, &by_purpose),
    ] {
        let mut cells = [[0u32; 256]; 8];
        for i in 0..count {
            for (position, byte) in draw(i).to_le_bytes().into_iter().enumerate() {
                cells[position][usize::from(byte)] += 1;
            }
        }
        let expected = count as f64 / 256.0;
        for (position, cells) in cells.iter().enumerate() {
            let deviation = |&n: &u32| f64::from(n) - expected;
            let chi2: f64 = cells.iter().map(|n| deviation(n) * deviation(n) / expected).sum();
            assert!(chi2 < 377.0, "{name}, byte {position}: chi-squared {chi2:.1}");
        }
    }
}

/// One flipped bit of a coordinate flips each output bit with probability one half: over 128 × 4,096 trials a bit's
/// flip count stays within six standard deviations.
#[test]
fn neighbouring_coordinates_are_unrelated() {
    let key = Seed::from_number(6).key("avalanche");
    let trials = 4_096u64;
    for bit in 0..64 {
        let mut flips = 0u64;
        for i in 0..trials {
            let [a, b] = key.draw(i, 17);
            let [c, d] = key.draw(i ^ (1 << bit), 17);
            flips += u64::from((a ^ c).count_ones() + (b ^ d).count_ones());
        }
        let (mean, sigma) = (trials as f64 * 64.0, (trials as f64 * 128.0 * 0.25).sqrt());
        assert!((flips as f64 - mean).abs() < 6.0 * sigma, "bit {bit}: {flips} flips, expected {mean}");
    }
}

#[test]
fn unit_and_bounded_values_stay_inside() {
    for bits in [0, 1, u64::MAX / 2, u64::MAX] {
        let unit = open_unit(bits);
        assert!(unit > 0.0 && unit < 1.0, "{unit}");
        assert!(below(bits, 10) < 10);
        assert_eq!(below(bits, 0), 0);
    }
}

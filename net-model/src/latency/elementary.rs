//! Logarithm, exponential and power for samplers: a few nanoseconds each, and the same bits everywhere.
//!
//! Table and short polynomial, after Tang, "Table-driven implementation of the exponential function in IEEE floating-point
//! arithmetic", ACM TOMS 15(2), 1989, and "… of the logarithm function …", TOMS 16(4), 1990. No branch depends on the draw but one
//! that always goes the same way, so that a decision does not wait for it, and there is nothing but additions and products of
//! IEEE 754, which Rust neither fuses nor reorders. The tables are made by the compiler in whole numbers. The library's functions (`libm`) are exact to a
//! unit in the last place for every argument, and take five times as long; those here are for the arguments that samplers have.

/// Steps of the logarithm's table: 128 for each power of two.
const LOG_BITS: u32 = 7;
/// Steps of the exponential's table: 64 for each power of two.
const EXP_BITS: u32 = 6;
const EXP_STEPS: f64 = (1 << EXP_BITS) as f64;
/// Where the exponential ends.
const STEPS_MIN: f64 = -1_022.0 * EXP_STEPS;
const STEPS_MAX: f64 = 1_023.0 * EXP_STEPS;
/// Where the reduced argument of the logarithm begins: 0.6875, so that it lies around 1 and ends at 1.375.
const FIRST: u64 = 0x3FE6_0000_0000_0000;
const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
/// Added and taken away again, it rounds to a whole number, which in between stands in the lowest bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

const LN_2: f64 = std::f64::consts::LN_2;

/// One step of the logarithm's table.
#[derive(Clone, Copy)]
struct Step {
    centre: f64,
    inverse: f64,
    ln: f64,
}

const LOG: &[Step; 1 << LOG_BITS] = &log_table();
/// The bits of 2^(j/64), less j at the place to which a whole exponent of 64ths is shifted.
const EXP: &[u64; 1 << EXP_BITS] = &exp_table();

/// The natural logarithm of a positive normal number, to a relative error of 10⁻¹⁵.
#[inline]
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let above = bits.wrapping_sub(FIRST);
    let exponent = (above as i64 >> MANTISSA_BITS) as f64;
    let step = &LOG[(above >> (MANTISSA_BITS - LOG_BITS)) as usize % LOG.len()];
    let reduced = f64::from_bits(bits.wrapping_sub(above & !MANTISSA));
    // The difference is exact. Beside 1 the centre is 1, so that nothing cancels where the logarithm is small.
    let r = (reduced - step.centre) * step.inverse;
    let square = r * r;
    let low = -1.0 / 2.0 + r * (1.0 / 3.0);
    let middle = -1.0 / 4.0 + r * (1.0 / 5.0);
    let high = -1.0 / 6.0 + r * (1.0 / 7.0);
    (exponent * LN_2 + step.ln) + (r + square * (low + square * (middle + square * high)))
}

/// e^x, to a relative error of 10⁻¹⁵·(1 + |x|), which half a unit in the last place of `x` makes in any case. It ends at
/// 2^−1022 and at 2^1023.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    exp2_of_steps(x * (EXP_STEPS / LN_2))
}

/// `x` to the power of `y`, for a positive normal `x`, with the error of [`exp`] at y·ln x.
#[inline]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    exp2_of_steps(ln(x) * (y * (EXP_STEPS / LN_2)))
}

/// 2^(steps/64), between 2^−1022 and 2^1023.
#[inline]
fn exp2_of_steps(steps: f64) -> f64 {
    // What follows waits for a clamp, but not for a question whose answer is always the same.
    if (STEPS_MIN..=STEPS_MAX).contains(&steps) { exp2_within(steps) } else { exp2_beyond(steps) }
}

#[cold]
fn exp2_beyond(steps: f64) -> f64 {
    exp2_within(steps.clamp(STEPS_MIN, STEPS_MAX))
}

#[inline(always)]
fn exp2_within(steps: f64) -> f64 {
    let rounded = steps + ROUNDING;
    let whole = rounded.to_bits();
    let r = (steps - (rounded - ROUNDING)) * (LN_2 / EXP_STEPS);
    let square = r * r;
    let tail = r + square * ((1.0 / 2.0 + r * (1.0 / 6.0)) + square * (1.0 / 24.0 + r * (1.0 / 120.0)));
    let bits = EXP[whole as usize % EXP.len()].wrapping_add(whole << (MANTISSA_BITS - EXP_BITS));
    let scale = f64::from_bits(bits);
    scale + scale * tail
}

const fn log_table() -> [Step; 1 << LOG_BITS] {
    let mut table = [Step { centre: 1.0, inverse: 1.0, ln: 0.0 }; 1 << LOG_BITS];
    // In 512ths, from 0.6875: a step has two of them below 1, and four above.
    let (mut index, mut begin) = (0, 352);
    while index < table.len() {
        let width = if begin < 512 { 2 } else { 4 };
        let beside_one = begin + width == 512 || begin == 512;
        if !beside_one {
            let centre = begin + width / 2;
            let ln = ln_of_512ths(centre) as f64 / (1u128 << LOG_POINT) as f64;
            table[index] = Step { centre: centre as f64 / 512.0, inverse: 512.0 / centre as f64, ln };
        }
        begin += width;
        index += 1;
    }
    table
}

/// Binary places of the numbers that make the logarithm's table.
const LOG_POINT: u32 = 100;

/// ln(n/512) = 2·artanh((n − 512)/(n + 512)), as its series.
const fn ln_of_512ths(n: i128) -> i128 {
    let (over, under) = (n - 512, n + 512);
    let mut term = ((2 * over) << LOG_POINT) / under;
    let (mut sum, mut odd) = (0, 1);
    while term != 0 {
        sum += term / odd;
        term = term * over / under * over / under;
        odd += 2;
    }
    sum
}

const fn exp_table() -> [u64; 1 << EXP_BITS] {
    let mut table = [0; 1 << EXP_BITS];
    let mut index = 0;
    while index < table.len() {
        let shifted = (index as u64) << (MANTISSA_BITS - EXP_BITS);
        table[index] = exp2_of_64ths(index as i128).to_bits().wrapping_sub(shifted);
        index += 1;
    }
    table
}

/// 2^(n/64) = e^(n·ln 2/64), as its series, with 60 binary places.
const fn exp2_of_64ths(n: i128) -> f64 {
    const POINT: u32 = 60;
    let ln_2 = -ln_of_512ths(256) >> (LOG_POINT - POINT - 1);
    // One place more until here, so that it is rounded and not cut.
    let x = (((ln_2 * n) >> EXP_BITS) + 1) >> 1;
    let (mut sum, mut term, mut count) = (0, 1i128 << POINT, 1);
    while term != 0 {
        sum += term;
        term = (((term * x) >> POINT) + count / 2) / count;
        count += 1;
    }
    sum as f64 / (1u128 << POINT) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relative(value: f64, exact: f64) -> f64 {
        if value == exact { 0.0 } else { ((value - exact) / exact).abs() }
    }

    /// Half a unit in the last place of numbers just above a power of two, and a little for the library's own.
    const NEAREST: f64 = 1.5e-16;

    #[test]
    fn the_tables_hold_what_the_library_computes() {
        for (index, step) in LOG.iter().enumerate() {
            assert!(relative(step.ln, libm::log(step.centre)) <= 2.0 * NEAREST, "{index}: {}", step.ln);
            assert_eq!(step.inverse, 1.0 / step.centre);
        }
        for (index, bits) in EXP.iter().enumerate() {
            let value = f64::from_bits(bits.wrapping_add((index as u64) << (MANTISSA_BITS - EXP_BITS)));
            assert!(relative(value, libm::exp2(index as f64 / 64.0)) <= 2.0 * NEAREST, "{index}: {value}");
        }
    }

    /// Where steps of the table meet is where a wrong one would show.
    #[test]
    fn logarithms_are_right_at_the_edges_of_steps() {
        for edge in (0..4_096u64).map(|step| FIRST + (step << (MANTISSA_BITS - LOG_BITS))) {
            for bits in [edge - 1, edge, edge + 1] {
                let x = f64::from_bits(bits);
                assert!(relative(ln(x), libm::log(x)) < 1e-15, "{x:e}: {:e}", ln(x));
            }
        }
    }

    #[test]
    fn powers_of_two_are_exact_and_the_ends_are_finite() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
        for exponent in -1_022..=1_023 {
            assert_eq!(exp2_of_steps(64.0 * f64::from(exponent)), libm::exp2(f64::from(exponent)));
        }
        assert_eq!([exp(-1e9), exp(1e9)], [libm::exp2(-1_022.0), libm::exp2(1_023.0)]);
    }

    /// Bit for bit on every machine: whatever is sampled enters every digest.
    #[test]
    fn golden_bits_do_not_change() {
        let units = [f64::EPSILON / 2.0, 1e-9, 0.1, 0.5, 0.75, 0.999, 1.0 - f64::EPSILON / 2.0];
        let golden = units.map(|unit| format!("{:016x} {:016x}", ln(unit).to_bits(), pow(unit, -0.2).to_bits()));
        insta::assert_snapshot!(golden.join("\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn logarithms_agree_with_the_library(bits in f64::MIN_POSITIVE.to_bits()..f64::INFINITY.to_bits(), near in 0..1u64 << 51) {
            // Any number, one in (0, 1) as samplers have it, and one beside 1.
            for x in [f64::from_bits(bits), (bits as f64 + 0.5) / f64::INFINITY.to_bits() as f64, 1.0 - near as f64 * f64::EPSILON / 2.0] {
                prop_assert!(relative(ln(x), libm::log(x)) < 1e-15, "{x:e}: {:e}", ln(x));
            }
        }

        #[test]
        fn exponentials_agree_with_the_library(x in -700.0..700.0f64, small in -1e-3..1e-3f64) {
            for x in [x, x / 100.0, small] {
                prop_assert!(relative(exp(x), libm::exp(x)) < 1e-15 * (1.0 + x.abs()), "{x:e}: {:e}", exp(x));
            }
        }

        #[test]
        fn powers_agree_with_the_library(bits: u64, y in -3.0..3.0f64) {
            let x = contract::draws::open_unit(bits);
            let bound = 1e-15 * (1.0 + (y * libm::log(x)).abs());
            prop_assert!(relative(pow(x, y), libm::pow(x, y)) < bound, "{x:e}^{y}: {:e}", pow(x, y));
        }
    }
}

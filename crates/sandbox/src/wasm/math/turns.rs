//! Angles in quarter turns: what is left of an angle of any size once all whole quarters are taken away.

use super::double::Double;

/// The binary digits of 2/π after the point.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// A quarter turn.
pub(super) const QUARTER: Double = Double::new(std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17);

/// The quarter turns nearest to a finite angle, modulo four, and what is left: at most half a quarter.
pub(super) fn quarters(angle: f64) -> (u32, Double) {
    let size = angle.abs();
    if size <= 0.785 {
        return (0, angle.into());
    }
    let (quarter, rest) = of_positive(size);
    if angle < 0.0 { (quarter.wrapping_neg() % 4, -rest) } else { (quarter, rest) }
}

/// The angle is m·2^e with a whole number m. Digits of 2/π that contribute whole turns alone are left out, and the product with
/// the next 256 is exact; those after them matter less than 2^-200.
fn of_positive(angle: f64) -> (u32, Double) {
    let bits = angle.to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let skipped = (exponent - 2).max(0).cast_unsigned();
    let (word, shift) = ((skipped / 64) as usize, skipped % 64);
    // From the lowest word to the highest.
    let mut product = [0_u64; 5];
    let mut carry = 0_u128;
    for (part, at) in product.iter_mut().zip((word..word + 4).rev()) {
        let digits = TWO_OVER_PI[at] << shift | TWO_OVER_PI[at + 1].checked_shr(64 - shift).unwrap_or(0);
        carry += u128::from(digits) * u128::from(mantissa);
        *part = carry as u64;
        carry >>= 64;
    }
    product[4] = carry as u64;
    // Binary digits after the point.
    let places = (256 + skipped.cast_signed() - exponent).cast_unsigned();
    let whole = bits_at(&product, places) & 3;
    let mut fraction = product;
    keep_low(&mut fraction, places);
    let rounds_up = bits_at(&fraction, places - 1) & 1 == 1;
    if rounds_up {
        // One less, which is negative: its size is the complement.
        let mut carry = true;
        for word in &mut fraction {
            (*word, carry) = (!*word).overflowing_add(u64::from(carry));
        }
        keep_low(&mut fraction, places);
    }
    let rest = to_double(&fraction, places) * QUARTER;
    ((whole as u32 + u32::from(rounds_up)) % 4, rest.negated_if(rounds_up))
}

/// The 64 digits from the one with this number on, counted from the lowest.
fn bits_at(words: &[u64; 5], at: u32) -> u64 {
    let (word, shift) = ((at / 64) as usize, at % 64);
    let high = words.get(word + 1).copied().unwrap_or(0);
    words.get(word).copied().unwrap_or(0) >> shift | high.checked_shl(64 - shift).unwrap_or(0)
}

/// Clears all digits but so many lowest ones.
fn keep_low(words: &mut [u64; 5], digits: u32) {
    for (word, low) in words.iter_mut().zip((0..).step_by(64)) {
        let kept = digits.saturating_sub(low);
        if kept < 64 {
            *word &= (1 << kept) - 1;
        }
    }
}

/// The number with these digits, so many of them after the point.
fn to_double(words: &[u64; 5], places: u32) -> Double {
    let Some(top) = words.iter().rposition(|word| *word != 0) else { return 0.0.into() };
    let length = top as u32 * 64 + 64 - words[top].leading_zeros();
    // Two runs of 53 digits each, from the highest on.
    let run = |skipped: u32| {
        let end = length.saturating_sub(skipped);
        let start = end.saturating_sub(53);
        let digits = bits_at(words, start) & ((1 << (end - start)) - 1);
        digits as f64 * power(start.cast_signed() - places.cast_signed())
    };
    Double::ordered_sum(run(0), run(53))
}

/// 2 to a power that a normal float can have.
fn power(exponent: i32) -> f64 {
    f64::from_bits(u64::from((1023 + exponent).cast_unsigned()) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(angle: f64, quarter: u32, rest: f64) {
        let (found, left) = quarters(angle);
        assert_eq!((found, left.nearest()), (quarter, rest), "{angle}");
        let (found, left) = quarters(-angle);
        assert_eq!((found, left.nearest()), ((4 - quarter) % 4, -rest), "{angle}");
    }

    /// Computed to 1,400 binary digits.
    #[test]
    fn quarters_are_taken_from_angles_of_any_size() {
        check(0.5, 0, 0.5);
        check(std::f64::consts::FRAC_PI_2, 1, -6.123_233_995_736_766e-17);
        check(3.0, 2, 3.0 - std::f64::consts::PI - 1.224_646_799_147_353_2e-16);
        check(1e22, 3, 0.550_618_934_235_809_7);
        // The float nearest to a whole number of quarters.
        check(6_381_956_970_095_103.0 * 2_f64.powi(797), 1, 4.687_165_924_254_628e-19);
        check(1e300, 3, -0.613_076_157_357_336);
        check(f64::MAX, 2, -0.004_961_975_150_787_273);
    }
}

//! Sine, cosine, tangent, and what turns them back.

use super::double::Double;
use super::turns::{QUARTER, quarters};
use std::f64::consts::{FRAC_PI_2, PI};

/// 1 / n! for n from 2 on, as long as a float's digits do not do.
const INVERSE_FACTORIALS: [Double; 16] = [
    Double::new(0.5, 0.0),
    Double::new(0.166_666_666_666_666_66, 9.251_858_538_542_97e-18),
    Double::new(0.041_666_666_666_666_664, 2.312_964_634_635_742_7e-18),
    Double::new(0.008_333_333_333_333_333, 1.156_482_317_317_871_4e-19),
    Double::new(0.001_388_888_888_888_889, -5.300_543_954_373_577e-20),
    Double::new(0.000_198_412_698_412_698_4, 1.720_955_829_342_070_5e-22),
    Double::new(2.480_158_730_158_73e-5, 2.151_194_786_677_588_2e-23),
    Double::new(2.755_731_922_398_589_3e-6, -1.858_393_274_046_472e-22),
    Double::new(2.755_731_922_398_589e-7, 2.376_771_462_225_029_7e-23),
    Double::new(2.505_210_838_544_172e-8, -1.448_814_070_935_912e-24),
    Double::new(2.087_675_698_786_81e-9, -1.207_345_059_113_26e-25),
    Double::new(1.605_904_383_682_161_3e-10, 1.258_529_458_875_209_8e-26),
    Double::new(1.147_074_559_772_972_5e-11, 2.065_551_275_283_074_5e-28),
    Double::new(7.647_163_731_819_816e-13, 7.038_728_777_334_53e-30),
    Double::new(4.779_477_332_387_385e-14, 4.399_205_485_834_081e-31),
    Double::new(2.811_457_254_345_520_6e-15, 1.650_884_273_086_143_3e-31),
];

/// The same for odd n from 19 on, and for even n from 18 on, from the smallest.
const ODD: [f64; 5] = [
    9.183_689_863_795_546e-29,
    6.446_950_284_384_474e-26,
    3.868_170_170_630_684e-23,
    1.957_294_106_339_126_3e-20,
    8.220_635_246_624_33e-18,
];
const EVEN: [f64; 6] = [
    3.279_889_237_069_838e-30,
    2.479_596_263_224_797_6e-27,
    1.611_737_571_096_118_4e-24,
    8.896_791_392_450_574e-22,
    4.110_317_623_312_165e-19,
    1.561_920_696_858_622_5e-16,
];

/// Below this size sine, tangent and their inverses are the argument itself, rounded.
const TINY: f64 = 3e-9;

/// 1 / n! - s / (n + 2)! + s² / (n + 4)! - ..., where s is the square of at most an eighth of a turn.
fn series(square: Double, first: usize, rest: &[f64]) -> Double {
    // The later parts are so small that a float has all the digits that matter.
    let later = rest.iter().fold(0.0, |sum, part| part - square.high * sum);
    let parts = INVERSE_FACTORIALS[first - 2..].iter().step_by(2).rev();
    let mut parts = parts.copied();
    let last = parts.next().unwrap_or(Double::new(0.0, 0.0));
    let begin = last - Double::product(square.high, later);
    parts.fold(begin, |sum, part| part - square * sum)
}

/// Sine and cosine of at most an eighth of a turn.
fn sine_and_cosine(angle: Double) -> (Double, Double) {
    (sine(angle), cosine(angle))
}

fn sine(angle: Double) -> Double {
    let square = angle * angle;
    angle - angle * square * series(square, 3, &ODD)
}

fn cosine(angle: Double) -> Double {
    let square = angle * angle;
    Double::from(1.0) - square * series(square, 2, &EVEN)
}

/// The sine of x.
pub(in crate::wasm) fn sin(x: f64) -> f64 {
    if x.abs() < TINY {
        return x;
    }
    sine_after(x, 0)
}

/// The cosine of x.
pub(in crate::wasm) fn cos(x: f64) -> f64 {
    sine_after(x, 1)
}

/// The sine of x and some quarter turns more.
fn sine_after(x: f64, more: u32) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (quarter, rest) = quarters(x);
    let quarter = quarter + more;
    let value = if quarter.is_multiple_of(2) { sine(rest) } else { cosine(rest) };
    value.negated_if(quarter % 4 >= 2).nearest()
}

/// The tangent of x.
pub(in crate::wasm) fn tan(x: f64) -> f64 {
    if x.abs() < TINY {
        return x;
    }
    if !x.is_finite() {
        return f64::NAN;
    }
    let (quarter, rest) = quarters(x);
    let (sine, cosine) = sine_and_cosine(rest);
    if quarter.is_multiple_of(2) { (sine / cosine).nearest() } else { -(cosine / sine).nearest() }
}

/// The angle at which a point lies that is `across` from the first axis and `along` it, neither below zero nor both zero.
fn angle(across: Double, along: Double) -> Double {
    if across.high > along.high {
        return QUARTER - angle(along, across);
    }
    let begin = rough_angle(across.high / along.high);
    let (sine, cosine) = sine_and_cosine(begin.into());
    // What is left is the angle of the point turned back.
    let rest = (across * cosine - along * sine) / (along * cosine + across * sine);
    let cube = rest.high * rest.high * rest.high;
    Double::from(begin) + Double::sum(rest.high, rest.low - cube / 3.0)
}

/// The angle with a tangent of at most 1, to about a dozen digits.
fn rough_angle(tangent: f64) -> f64 {
    let half = |tangent: f64| tangent / (1.0 + tangent.mul_add(tangent, 1.0).sqrt());
    let quarter = half(half(tangent));
    let square = quarter * quarter;
    let sum = (0..10_i32).rev().fold(0.0, |sum, n| 1.0 / f64::from(2 * n + 1) - square * sum);
    4.0 * quarter * sum
}

/// The angle with the tangent x.
pub(in crate::wasm) fn atan(x: f64) -> f64 {
    let size = x.abs();
    if size.is_nan() || size < TINY {
        return x;
    }
    // So far out the rest is too small to matter, and its digits would be lost.
    if size > 1e18 {
        return FRAC_PI_2.copysign(x);
    }
    angle(size.into(), 1.0.into()).nearest().copysign(x)
}

/// The angle of the point (x, y).
pub(in crate::wasm) fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let (across, along) = (y.abs(), x.abs());
    let behind = x.is_sign_negative();
    if across == 0.0 || along.is_infinite() && across.is_finite() {
        return if behind { PI } else { 0.0 }.copysign(y);
    }
    if along == 0.0 || across.is_infinite() && along.is_finite() {
        return FRAC_PI_2.copysign(y);
    }
    if across.is_infinite() {
        return if behind { 3.0 * (PI / 4.0) } else { PI / 4.0 }.copysign(y);
    }
    if !behind && across < along * 1e-30 {
        // So near to the quotient that it may have few digits, or none.
        return (across / along).copysign(y);
    }
    let [across, along] = of_like_size(across, along);
    let found = angle(across.into(), along.into());
    let found = if behind { QUARTER * 2.0 - found } else { found };
    found.nearest().copysign(y)
}

/// The angle with the sine x.
pub(in crate::wasm) fn asin(x: f64) -> f64 {
    let size = x.abs();
    if size < TINY {
        return x;
    }
    angle(size.into(), other_side(x)).nearest().copysign(if x.is_nan() { 1.0 } else { x })
}

/// The angle with the cosine x.
pub(in crate::wasm) fn acos(x: f64) -> f64 {
    let found = angle(other_side(x), x.abs().into());
    if x < 0.0 { (QUARTER * 2.0 - found).nearest() } else { found.nearest() }
}

/// The other side of a triangle with a right angle, a longest side of 1 and a side x.
fn other_side(x: f64) -> Double {
    (Double::sum(1.0, -x) * Double::sum(1.0, x)).square_root()
}

/// The distance of the point (x, y).
pub(in crate::wasm) fn hypot(x: f64, y: f64) -> f64 {
    if x.is_infinite() || y.is_infinite() {
        return f64::INFINITY;
    }
    let (large, small) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    if large.is_nan() || small.is_nan() || x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if small <= large * 1e-18 {
        return large + small;
    }
    let [a, b] = of_like_size(large, small);
    let root = (Double::product(a, a) + Double::product(b, b)).square_root().nearest();
    // The scale is a power of two.
    root * (large / a)
}

/// Both times one power of two, so that no square of the larger one leaves a float's range.
fn of_like_size(a: f64, b: f64) -> [f64; 2] {
    let large = a.max(b);
    let scale = if large > 1e100 {
        2_f64.powi(-700)
    } else if large < 1e-100 {
        2_f64.powi(700)
    } else {
        1.0
    };
    [a * scale, b * scale]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{FRAC_PI_4, SQRT_2};

    /// Correctly rounded from 300 digits.
    #[expect(clippy::approx_constant, reason = "the digits are what is checked")]
    #[test]
    fn results_are_rounded_correctly() {
        type Row = (&'static str, fn(f64) -> f64, f64, f64);
        let table: [Row; 48] = [
            ("sin", sin, 0.628_318_530_717_958_6, 0.587_785_252_292_473_1),
            ("sin", sin, 1.0, 0.841_470_984_807_896_5),
            ("sin", sin, 100.0, -0.506_365_641_109_758_8),
            ("sin", sin, 1.0e22, -0.852_200_849_767_188_8),
            ("sin", sin, -3.5, 0.350_783_227_689_619_84),
            ("sin", sin, 1.0e-5, 9.999_999_999_833_334e-6),
            ("sin", sin, 5.319_372_648_326_541e255, 1.0),
            ("sin", sin, 0.785, 0.706_825_181_105_366),
            ("sin", sin, 0.7855, 0.707_178_786_872_066_5),
            ("sin", sin, 22.0, -0.008_851_309_290_403_876),
            ("cos", cos, 0.628_318_530_717_958_6, 0.809_016_994_374_947_5),
            ("cos", cos, 1.0, 0.540_302_305_868_139_8),
            ("cos", cos, FRAC_PI_2, 6.123_233_995_736_766e-17),
            ("cos", cos, 1.0e22, 0.523_214_785_395_139),
            ("cos", cos, -3.5, -0.936_456_687_290_796_3),
            ("cos", cos, 1.0e-5, 0.999_999_999_95),
            ("cos", cos, 1.0e300, -0.575_386_111_957_549_1),
            ("cos", cos, 0.785, 0.707_388_269_167_199_8),
            ("cos", cos, 0.7855, 0.707_034_768_167_840_8),
            ("cos", cos, 11.0, 0.004_425_697_988_050_785),
            ("tan", tan, 0.628_318_530_717_958_6, 0.726_542_528_005_360_9),
            ("tan", tan, 1.0, 1.557_407_724_654_902_3),
            ("tan", tan, FRAC_PI_2, 1.633_123_935_319_537e16),
            ("tan", tan, 1.0e22, -1.628_778_225_606_898_8),
            ("tan", tan, -3.5, -0.374_585_640_158_594_7),
            ("tan", tan, 1.0e-5, 1.000_000_000_033_333_4e-5),
            ("tan", tan, 1.0e300, 1.421_448_823_874_724_5),
            ("tan", tan, 0.785_398_163_397_448_3, 0.999_999_999_999_999_9),
            ("tan", tan, 2.0, -2.185_039_863_261_519),
            ("tan", tan, 11.0, -225.950_846_454_195_13),
            ("asin", asin, 0.5, 0.523_598_775_598_298_9),
            ("asin", asin, 0.1, 0.100_167_421_161_559_8),
            ("asin", asin, -0.999_999, -1.569_382_113_114_652_1),
            ("asin", asin, 0.8, 0.927_295_218_001_612_3),
            ("asin", asin, 0.707_106_781_18, 0.785_398_163_388_188_8),
            ("asin", asin, 1.0e-7, 1.000_000_000_000_001_7e-7),
            ("acos", acos, 0.5, 1.047_197_551_196_597_9),
            ("acos", acos, 0.1, 1.470_628_905_633_336_8),
            ("acos", acos, -0.999_999, 3.140_178_439_909_548_5),
            ("acos", acos, 0.999_999_999_99, 4.472_136_140_016_396e-6),
            ("acos", acos, 0.8, 0.643_501_108_793_284_3),
            ("acos", acos, 1.0e-7, 1.570_796_226_794_896_7),
            ("atan", atan, 0.5, 0.463_647_609_000_806_1),
            ("atan", atan, 1.0, 0.785_398_163_397_448_3),
            ("atan", atan, -3.0, -1.249_045_772_398_254_4),
            ("atan", atan, 10_000_000_000.0, 1.570_796_326_694_896_5),
            ("atan", atan, 1.0e-7, 9.999_999_999_999_966e-8),
            ("atan", atan, 0.1, 0.099_668_652_491_162_04),
        ];
        for (name, function, x, expected) in table {
            assert_eq!(function(x), expected, "{name}({x:e})");
        }
    }

    #[test]
    fn angles_are_those_of_all_quarters() {
        for (y, x, expected) in [
            (1.0, 1.0, FRAC_PI_4),
            (1.0, -1.0, 3.0 * FRAC_PI_4),
            (-1.0, -1.0, -3.0 * FRAC_PI_4),
            (3_f64.sqrt(), 1.0, 1.047_197_551_196_597_6),
            (0.0, -1.0, PI),
            (-0.0, -1.0, -PI),
            (0.0, 0.0, 0.0),
            (-0.0, -0.0, -PI),
            (5.0, 0.0, FRAC_PI_2),
            (1e-310, 1e5, 1e-315),
            (1e300, -1e-300, FRAC_PI_2),
            (-1e-300, -1e300, -PI),
            (f64::INFINITY, -f64::INFINITY, 3.0 * FRAC_PI_4),
            (-2.0, f64::INFINITY, -0.0),
        ] {
            let found = atan2(y, x);
            assert_eq!((found, found.is_sign_negative()), (expected, expected.is_sign_negative()), "atan2({y}, {x})");
        }
        assert!(atan2(f64::NAN, 1.0).is_nan() && atan2(1.0, f64::NAN).is_nan());
    }

    #[test]
    fn distances_leave_no_range() {
        for (x, y, expected) in [
            (3.0, -4.0, 5.0),
            (1.0, 1.0, SQRT_2),
            (3e300, 4e300, 5e300),
            (3e-320, 4e-320, 5e-320),
            (0.0, -0.0, 0.0),
            (1e308, 1e308, SQRT_2 * 1e308),
            (f64::MAX, f64::MAX, f64::INFINITY),
            (f64::NAN, f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(hypot(x, y), expected, "hypot({x}, {y})");
        }
        assert!(hypot(f64::NAN, 1.0).is_nan() && hypot(1.0, f64::NAN).is_nan());
    }

    #[test]
    fn what_has_no_value_is_no_number() {
        for value in [
            sin(f64::INFINITY),
            cos(f64::NAN),
            tan(f64::INFINITY),
            asin(1.5),
            acos(-1.5),
            asin(f64::NAN),
            atan(f64::NAN),
        ] {
            assert!(value.is_nan());
        }
        for function in [sin, tan, asin, atan] {
            assert!(function(-0.0) == 0.0 && function(-0.0).is_sign_negative());
            assert_eq!(function(5e-324), 5e-324);
        }
        assert_eq!((atan(f64::INFINITY), atan(-1e300)), (FRAC_PI_2, -FRAC_PI_2));
        assert_eq!((asin(1.0), acos(-1.0), acos(1.0), acos(0.0)), (FRAC_PI_2, PI, 0.0, FRAC_PI_2));
    }
}

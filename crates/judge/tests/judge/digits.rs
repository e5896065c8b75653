//! How many results of mathematics differ between `wasm` and the native interpreter in their last digit.
//!
//! The native side is the C library of this machine, so that figures of other machines may differ a little. They are
//! printed, and bounded.

use crate::common::wasm;
use crate::same_world::{plain, seen};
use mend_sandbox::{Engine as _, How, ProcessEngine, ProcessOptions};
use mend_testkit::is_full;

/// Prints results as the digits of their bytes. The input is a function, its kinds of arguments, and how many there are.
const PROGRAM: &str = "
import cmath, math, random, struct
draw = random.Random(7)
def some(kind):
    r = draw.random()
    if kind == 'any':
        if r < .3: return draw.uniform(-10, 10)
        if r < .5: return float(draw.randrange(-1000, 1000))
        if r < .7: return round(draw.uniform(-100, 100), 2)
        if r < .8: return math.radians(draw.randrange(-720, 720))
        if r < .9: return draw.uniform(-1e4, 1e4)
        return math.ldexp(draw.uniform(-1, 1), draw.randrange(-60, 60))
    if kind == 'positive': return abs(some('any')) or 1.0
    if kind == 'above one': return some('positive') + 1
    if kind == 'whole': return float(draw.randrange(1, 10 ** draw.randrange(1, 16)))
    if kind == 'unit': return draw.uniform(-1, 1) if r < .6 else round(draw.uniform(-1, 1), 3)
    if kind == 'exponent': return draw.uniform(-10, 10) if r < .4 else round(draw.uniform(-20, 20), 2) if r < .7 else draw.uniform(-700, 700)
    if kind == 'power': return draw.choice([.5, 2., 3., -1., .25, 1 / 3, -2., 1.5, 10., .1])
    if kind == 'list': return [some('any') for _ in range(draw.randrange(2, 12))]
name, kinds, count = input(), input().split(', '), int(input())
function = {
    'power': lambda x, y: x ** y,
    'size': lambda x, y: abs(complex(x, y)),
    'sum': sum,
    'exponential': lambda x, y: cmath.exp(complex(x / 10, y)).imag,
    'root': lambda x, y: cmath.sqrt(complex(x, y)).real,
}.get(name) or getattr(math, name)
results = bytearray()
for _ in range(count):
    try: result = function(*map(some, kinds))
    except (ValueError, OverflowError): result = -1.25
    results += struct.pack('<d', result)
print(results.hex())
";

/// Functions, the kinds of their arguments, and how many results in a thousand may differ.
const FUNCTIONS: &[(&str, &str, usize)] = &[
    ("sin", "any", 5),
    ("cos", "any", 5),
    ("tan", "any", 6),
    ("asin", "unit", 5),
    ("acos", "unit", 3),
    ("atan", "any", 3),
    ("atan2", "any, any", 3),
    ("size", "any, any", 5),
    ("hypot", "any, any", 0),
    ("exp", "exponent", 3),
    ("exp2", "exponent", 2),
    ("expm1", "exponent", 3),
    ("log", "positive", 1),
    ("log2", "positive", 1),
    ("log10", "positive", 1),
    ("log10", "whole", 1),
    ("log1p", "positive", 2),
    ("power", "positive, any", 3),
    ("power", "whole, power", 4),
    ("sinh", "exponent", 3),
    ("cosh", "exponent", 5),
    ("tanh", "any", 2),
    ("asinh", "any", 4),
    ("acosh", "above one", 3),
    ("atanh", "unit", 3),
    ("gamma", "exponent", 5),
    ("lgamma", "positive", 2),
    ("exponential", "exponent, any", 6),
    ("root", "any, any", 4),
    ("sqrt", "positive", 0),
    ("sum", "list", 0),
    ("fsum", "list", 0),
    // Other formulas than those of Linux's C library.
    ("erf", "any", 15),
    ("erfc", "exponent", 30),
    ("cbrt", "any", 600),
];

#[test]
fn results_have_the_digits_of_linux_but_for_a_few() {
    let Some(wasm) = wasm() else { return };
    let process = ProcessEngine::new(ProcessOptions::default()).unwrap();
    if !process.identity().interpreter.contains(" 3.11.") || !cfg!(all(target_env = "gnu", target_arch = "x86_64")) {
        println!("skipped: needs Python 3.11 on x86_64 with glibc");
        return;
    }
    let count = if is_full() { 100_000 } else { 2_000 };
    let mut over = Vec::new();
    for (name, kinds, most) in FUNCTIONS {
        let input = format!("{name}\n{kinds}\n{count}\n");
        let sides = [plain(&process.identity().executable, &input, PROGRAM), seen(&wasm, &input, PROGRAM)];
        let digits = sides.each_ref().map(|(how, printed)| {
            assert_eq!(*how, How::Exit(0), "{name}: {printed}");
            printed.trim().as_bytes().chunks(16).collect::<Vec<_>>()
        });
        assert_eq!((digits[0].len(), digits[1].len()), (count, count), "{name}");
        let differ = digits[0].iter().zip(&digits[1]).filter(|(one, other)| one != other).count();
        println!("{name:<12} {kinds:<15} {:>7.3} % of {count}", differ as f64 / count as f64 * 100.0);
        if differ * 1000 > most * count {
            over.push(format!("{name} {kinds}: {differ} of {count}"));
        }
    }
    assert!(over.is_empty(), "{over:?}");
}

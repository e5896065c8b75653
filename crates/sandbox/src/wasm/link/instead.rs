//! What stands in for functions of the guest, so that programs get what Linux gives them.
//!
//! Descriptors belong to the host: the guest's own C library reads streams and knows no file behind them. Functions of
//! mathematics give the digits of Linux's C library (glibc), where the guest's (musl) uses other formulas: the host computes
//! most of them, and three are here, in terms of the guest's own. And `sum` adds floats as Python 3.11 does.

use super::component::HostFunction;
use super::{LinkError, Renumber};
use wasm_encoder::reencode::Reencode as _;
use wasm_encoder::{BlockType, Function, Ieee64, ValType};
use wasmparser::{FunctionBody, Operator};

/// The host's functions on descriptors, by the names of the C library.
pub(in crate::wasm) const FILES: &str = "mend:files";
/// The host's functions of mathematics, by the names of the C library.
pub(in crate::wasm) const MATH: &str = "mend:math";

const BY_HOST: [(&str, &[&str]); 2] = [
    (
        FILES,
        &[
            "__wasilibc_tell",
            "close",
            "fcntl",
            "fdatasync",
            "fstat",
            "fsync",
            "ftruncate",
            "ioctl",
            "isatty",
            "lseek",
            "open",
            "pread",
            "pwrite",
            "read",
            "write",
        ],
    ),
    (MATH, &["acos", "asin", "atan", "atan2", "cos", "hypot", "sin", "tan"]),
];

/// The functions of the C library that the host provides instead.
pub(super) fn by_host() -> impl Iterator<Item = HostFunction> {
    BY_HOST.into_iter().flat_map(|(interface, names)| {
        names.iter().map(|name| HostFunction { interface: interface.to_owned(), name: (*name).to_owned() })
    })
}

/// A function that is made here. All take and give one float.
pub(super) struct Made {
    pub(super) name: &'static str,
    /// What it calls beside the one that it stands in for.
    pub(super) calls: &'static str,
    /// Its body, given the numbers of these two.
    body: fn(original: u32, calls: u32) -> Function,
}

pub(super) const MADE: [Made; 3] = [
    Made { name: "log10", calls: "log", body: log10 },
    Made { name: "sinh", calls: "exp", body: sinh },
    Made { name: "tanh", calls: "expm1", body: tanh },
];

impl Made {
    pub(super) fn body(&self, original: u32, calls: u32) -> Function {
        (self.body)(original, calls)
    }
}

fn float(value: f64) -> Ieee64 {
    Ieee64::new(value.to_bits())
}

/// Leaves the function with the original's answer, unless the argument's size is at least `from` and below `to`.
fn unless_within(function: &mut Function, size: bool, (from, to): (f64, f64), original: u32) {
    let mut code = function.instructions();
    for bound in [from, to] {
        code.local_get(0);
        if size {
            code.f64_abs();
        }
        code.f64_const(float(bound));
        if bound == from {
            code.f64_ge()
        } else {
            code.f64_lt()
        };
    }
    code.i32_and().i32_eqz().if_(BlockType::Empty).local_get(0).call(original).return_().end();
}

/// With x = 2^k y: k log10(2) + log(y) / log(10), where k is the exponent, or one more for x < 1. The logarithm of two is in
/// two parts, whose first one times any k is exact.
fn log10(original: u32, log: u32) -> Function {
    const BITS: u32 = 1;
    const K: u32 = 2;
    const LOG10_2: (f64, f64) = (3.010_299_956_636_117_7e-1, 3.694_239_077_158_931e-13);
    let mut function = Function::new([(2, ValType::I64), (1, ValType::F64)]);
    unless_within(&mut function, false, (f64::MIN_POSITIVE, f64::INFINITY), original);
    let mut code = function.instructions();
    code.local_get(0).i64_reinterpret_f64().local_tee(BITS);
    code.i64_const(52).i64_shr_u().i64_const(1023).i64_sub().local_tee(K);
    // One more where it is negative.
    code.local_get(K).i64_const(63).i64_shr_u().i64_add().f64_convert_i64_s().local_set(3);
    // y is in [1, 2), or in [1/2, 1).
    code.local_get(BITS).i64_const((1 << 52) - 1).i64_and();
    code.i64_const(1023).local_get(K).i64_const(63).i64_shr_u().i64_sub().i64_const(52).i64_shl();
    code.i64_or().f64_reinterpret_i64().call(log);
    code.f64_const(float(std::f64::consts::LOG10_E)).f64_mul();
    code.local_get(3).f64_const(float(LOG10_2.1)).f64_mul().f64_add();
    code.local_get(3).f64_const(float(LOG10_2.0)).f64_mul().f64_add().end();
    function
}

/// From 22 on the other half is nothing, and the exponential itself is more exact than that less one.
fn sinh(original: u32, exp: u32) -> Function {
    let mut function = Function::new([]);
    unless_within(&mut function, true, (22.0, 709.5), original);
    let mut code = function.instructions();
    code.local_get(0).f64_abs().call(exp).f64_const(float(0.5)).f64_mul().local_get(0).f64_copysign().end();
    function
}

/// Below 1 by e^-2x - 1, which loses nothing. The guest's own changes over to e^2x earlier.
fn tanh(original: u32, expm1: u32) -> Function {
    let mut function = Function::new([(1, ValType::F64)]);
    unless_within(&mut function, true, (0.25, 1.0), original);
    let mut code = function.instructions();
    code.local_get(0).f64_abs().f64_const(float(-2.0)).f64_mul().call(expm1).local_tee(1);
    code.f64_neg().local_get(1).f64_const(float(2.0)).f64_add().f64_div().local_get(0).f64_copysign().end();
    function
}

/// The function behind `sum`, by its name in the interpreter.
pub(super) const SUM: &str = "builtin_sum";

/// Python 3.12 and later keep the part of a sum of floats that is lost by rounding, and add it at the end if it is finite.
/// All of it comes from differences: where those are not numbers, what is left is the sum as 3.11 has it.
pub(super) fn plain_sum(
    renumber: &mut Renumber<'_, '_>,
    body: &FunctionBody<'_>,
) -> Result<Function, wasm_encoder::reencode::Error<LinkError>> {
    let mut function = renumber.new_function_with_parsed_locals(body)?;
    let mut reader = body.get_operators_reader()?;
    let mut differences = 0;
    while !reader.eof() {
        let operator = reader.read()?;
        if matches!(operator, Operator::F64Sub) {
            differences += 1;
            function.instructions().drop().drop().f64_const(float(f64::NAN));
        } else {
            function.instruction(&renumber.instruction(operator)?);
        }
    }
    // Four for each number that is added: floats, and both parts of complex numbers.
    if differences == 0 || differences % 4 != 0 {
        return Err(wasm_encoder::reencode::Error::UserError(LinkError::Shape("a sum of another kind")));
    }
    Ok(function)
}

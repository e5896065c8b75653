//! Functions of mathematics, rounded correctly but for one argument in many billions.
//!
//! Linux's C library is within a few hundredths of that, and so gives the same digits for all but a few arguments in a
//! thousand, where the guest's own library differs in several in a hundred. Nothing here asks the machine: only additions,
//! multiplications, divisions and roots of floats, which are the same everywhere.
//!
//! Each function is computed with twice the digits of a float (`Double`) and rounded once.

mod circle;
mod double;
mod turns;

pub(super) use circle::{acos, asin, atan, atan2, cos, hypot, sin, tan};

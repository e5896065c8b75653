//! Functions of the guest's C library that the host provides instead: descriptors, and mathematics.
//!
//! They have the library's own form: a result, and an error's number at an address that the guest names.

use super::files::{EINVAL, Errno, Source};
use super::host::{Ctx, bytes, charge, put};
use super::link::{FILES, MATH};
use super::math;
use super::state::State;
use wasmtime::{Linker, Result, Trap};

/// Bytes that are passed at a time. A program that asks for more gets no more, as from a pipe.
const CHUNK: u32 = 1 << 20;
/// Bytes of a path, with the zero behind.
const PATH: u32 = 4096;
/// Where the guest's `struct stat` has what is known, and its size.
const STAT_LINKS: usize = 16;
const STAT_MODE: usize = 24;
const STAT_SIZE: usize = 48;
const STAT_BLOCK: usize = 56;
const STAT: usize = 144;

/// Fuel of a function of mathematics: about what it takes beside the interpreter's own work.
const MATH_FUEL: u64 = 500;

/// A result, or less than nothing after the error's number was left for the guest.
fn answered(guest: &mut Ctx<'_>, done: std::result::Result<i64, Errno>) -> Result<i64> {
    match done {
        Ok(result) => Ok(result),
        Err(Errno(number)) => {
            let address = guest.data().errno;
            put(guest, address, &number.to_le_bytes())?;
            Ok(-1)
        }
    }
}

/// The same for a function whose result has 32 bits.
fn answer(guest: &mut Ctx<'_>, done: std::result::Result<u32, Errno>) -> Result<i32> {
    Ok(answered(guest, done.map(i64::from))? as i32)
}

pub(super) fn add_to(linker: &mut Linker<State>) -> Result<()> {
    descriptors(linker)?;
    reading_and_writing(linker)?;
    mathematics(linker)
}

fn descriptors(linker: &mut Linker<State>) -> Result<()> {
    linker.func_wrap(FILES, "close", |mut guest: Ctx<'_>, number: u32| {
        charge(&mut guest, 0)?;
        let done = guest.data_mut().files.close(number).map(|()| 0);
        answer(&mut guest, done)
    })?;
    linker.func_wrap(FILES, "isatty", |mut guest: Ctx<'_>, number: u32| {
        charge(&mut guest, 0)?;
        let error = guest.data_mut().files.terminal(number);
        answer(&mut guest, Err(error))?;
        Ok(0_i32)
    })?;
    linker.func_wrap(FILES, "lseek", |mut guest: Ctx<'_>, number: u32, offset: i64, whence: u32| {
        charge(&mut guest, 0)?;
        let done = guest.data_mut().files.seek(number, offset, whence);
        answered(&mut guest, done.map(u64::cast_signed))
    })?;
    linker.func_wrap(FILES, "__wasilibc_tell", |mut guest: Ctx<'_>, number: u32| {
        charge(&mut guest, 0)?;
        let done = guest.data_mut().files.seek(number, 0, 1);
        answered(&mut guest, done.map(u64::cast_signed))
    })?;
    linker.func_wrap(FILES, "fstat", |mut guest: Ctx<'_>, number: u32, result: u32| {
        charge(&mut guest, 0)?;
        let done = guest.data_mut().files.status(number);
        if let Ok(status) = done {
            let mut stat = [0; STAT];
            stat[STAT_LINKS] = 1;
            stat[STAT_MODE..STAT_MODE + 4].copy_from_slice(&status.mode.to_le_bytes());
            stat[STAT_SIZE..STAT_SIZE + 8].copy_from_slice(&status.size.to_le_bytes());
            stat[STAT_BLOCK..STAT_BLOCK + 4].copy_from_slice(&4096_u32.to_le_bytes());
            put(&mut guest, result, &stat)?;
        }
        answer(&mut guest, done.map(|_| 0))
    })?;
    for name in ["fsync", "fdatasync"] {
        linker.func_wrap(FILES, name, |mut guest: Ctx<'_>, number: u32| {
            charge(&mut guest, 0)?;
            let done = guest.data_mut().files.synchronize(number).map(|()| 0);
            answer(&mut guest, done)
        })?;
    }
    linker.func_wrap(FILES, "ftruncate", |mut guest: Ctx<'_>, number: u32, _: i64| {
        charge(&mut guest, 0)?;
        let error = guest.data_mut().files.truncate(number);
        answer(&mut guest, Err(error))
    })?;
    // What comes after the first two arguments is on the guest's stack.
    linker.func_wrap(FILES, "fcntl", |mut guest: Ctx<'_>, number: u32, command: u32, more: u32| {
        charge(&mut guest, 0)?;
        let argument = word(&mut guest, more).unwrap_or(0);
        let done = guest.data_mut().files.control(number, command, argument);
        answer(&mut guest, done)
    })?;
    linker.func_wrap(FILES, "ioctl", |mut guest: Ctx<'_>, number: u32, request: u32, more: u32| {
        charge(&mut guest, 0)?;
        let address = word(&mut guest, more)?;
        let argument = word(&mut guest, address).unwrap_or(0);
        let done = guest.data_mut().files.device_control(number, request, argument);
        if let Ok(Some(value)) = done {
            put(&mut guest, address, &value.to_le_bytes())?;
        }
        answer(&mut guest, done.map(|_| 0))
    })?;
    // Not of the C library, which has none: the interpreter's own module asks for it.
    linker.func_wrap("", "mend-dup", |mut guest: Ctx<'_>, number: u32, to: i32| {
        charge(&mut guest, 0)?;
        let done = guest.data_mut().files.duplicate(number, u32::try_from(to).ok());
        Ok(done.map_or(-1, u32::cast_signed))
    })?;
    linker.func_wrap(FILES, "open", |mut guest: Ctx<'_>, path: u32, flags: u32, _: u32| {
        charge(&mut guest, 0)?;
        let path = text(&mut guest, path)?;
        let done = guest.data_mut().files.open(&path, flags);
        answer(&mut guest, done)
    })?;
    Ok(())
}

fn word(guest: &mut Ctx<'_>, address: u32) -> Result<u32> {
    bytes(guest, address, 4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// The bytes at an address up to a zero.
fn text(guest: &mut Ctx<'_>, address: u32) -> Result<Vec<u8>> {
    let memory = super::host::memory(guest)?;
    let rest = memory.data(&*guest).get(address as usize..).ok_or(Trap::MemoryOutOfBounds)?;
    let most = &rest[..rest.len().min(PATH as usize)];
    Ok(most.iter().copied().take_while(|byte| *byte != 0).collect())
}

fn reading_and_writing(linker: &mut Linker<State>) -> Result<()> {
    linker.func_wrap(FILES, "read", |mut guest: Ctx<'_>, number: u32, address: u32, count: u32| {
        read(&mut guest, number, address, count, None)
    })?;
    linker.func_wrap(FILES, "pread", |mut guest: Ctx<'_>, number: u32, address: u32, count: u32, place: i64| {
        let Ok(place) = u64::try_from(place) else { return answer(&mut guest, Err(EINVAL)) };
        read(&mut guest, number, address, count, Some(place))
    })?;
    linker.func_wrap(FILES, "write", |mut guest: Ctx<'_>, number: u32, address: u32, count: u32| {
        let count = count.min(CHUNK);
        charge(&mut guest, u64::from(count))?;
        match guest.data_mut().files.written(number) {
            Ok(Some(stream)) => {
                let printed = bytes(&mut guest, address, count)?.to_vec();
                guest.data_mut().print(stream, &printed)?;
                Ok(count.cast_signed())
            }
            Ok(None) => Ok(count.cast_signed()),
            Err(error) => answer(&mut guest, Err(error)),
        }
    })?;
    linker.func_wrap(FILES, "pwrite", |mut guest: Ctx<'_>, number: u32, _: u32, _: u32, _: i64| {
        charge(&mut guest, 0)?;
        let files = &mut guest.data_mut().files;
        let error = files.written(number).map_or_else(|error| error, |_| super::files::ESPIPE);
        answer(&mut guest, Err(error))
    })?;
    Ok(())
}

fn read(guest: &mut Ctx<'_>, number: u32, address: u32, count: u32, place: Option<u64>) -> Result<i32> {
    let count = count.min(CHUNK) as usize;
    let state = guest.data_mut();
    let read = match state.files.read(number, count, place) {
        Ok(Source::Bytes(read)) => read.to_vec(),
        Ok(Source::Zeros(count)) => vec![0; count],
        Ok(Source::Random(count)) => state.random(count),
        Err(error) => {
            charge(guest, 0)?;
            return answer(guest, Err(error));
        }
    };
    charge(guest, read.len() as u64)?;
    put(guest, address, &read)?;
    Ok(i32::try_from(read.len())?)
}

type Of1 = fn(f64) -> f64;
type Of2 = fn(f64, f64) -> f64;

fn mathematics(linker: &mut Linker<State>) -> Result<()> {
    let one: [(&str, Of1); 6] = [
        ("sin", math::sin),
        ("cos", math::cos),
        ("tan", math::tan),
        ("asin", math::asin),
        ("acos", math::acos),
        ("atan", math::atan),
    ];
    for (name, function) in one {
        linker.func_wrap(MATH, name, move |mut guest: Ctx<'_>, x: f64| {
            super::host::charge_exactly(&mut guest, MATH_FUEL)?;
            Ok(function(x))
        })?;
    }
    let two: [(&str, Of2); 2] = [("atan2", math::atan2), ("hypot", math::hypot)];
    for (name, function) in two {
        linker.func_wrap(MATH, name, move |mut guest: Ctx<'_>, x: f64, y: f64| {
            super::host::charge_exactly(&mut guest, MATH_FUEL)?;
            Ok(function(x, y))
        })?;
    }
    Ok(())
}

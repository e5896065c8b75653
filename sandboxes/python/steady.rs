//! Stands in for the system's randomness while the snapshot is made, so that every build hashes strings alike.
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// # Safety
/// `buffer` has room for `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    unsafe { core::ptr::write_bytes(buffer, 0x5a, length) };
    length as isize
}

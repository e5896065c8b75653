//! Which pages of a private mapping were written.

/// Ranges of bytes that were written since the mapping was made, by whole pages. `None` if the system does not tell.
#[cfg(target_os = "linux")]
pub(super) fn written(mapping: &[u8]) -> Option<Vec<std::ops::Range<usize>>> {
    use std::fs::File;
    use std::os::fd::AsRawFd as _;
    use std::sync::LazyLock;

    /// The kernel's `struct pm_scan_arg`.
    #[repr(C)]
    #[derive(Default)]
    struct Scan {
        size: u64,
        flags: u64,
        start: u64,
        end: u64,
        walk_end: u64,
        regions: u64,
        regions_length: u64,
        max_pages: u64,
        category_inverted: u64,
        category_mask: u64,
        category_any_of: u64,
        returned: u64,
    }
    /// The kernel's `struct page_region`.
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Region {
        start: u64,
        end: u64,
        categories: u64,
    }
    /// `_IOWR('f', 16, struct pm_scan_arg)`.
    const PAGEMAP_SCAN: libc::Ioctl = 0xc060_6610_u32 as libc::Ioctl;
    const IS_FILE: u64 = 1 << 2;
    const IS_PRESENT: u64 = 1 << 3;
    const IS_SWAPPED: u64 = 1 << 4;
    const IS_ZERO: u64 = 1 << 5;
    /// As many as the kernel gathers before it comes back.
    const REGIONS: usize = 512;

    static PAGEMAP: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/pagemap").ok());

    let pagemap = PAGEMAP.as_ref()?;
    let base = mapping.as_ptr() as u64;
    let end = base + mapping.len() as u64;
    let mut regions = [Region::default(); REGIONS];
    let mut written = Vec::new();
    let mut at = base;
    while at < end {
        let mut scan = Scan {
            size: size_of::<Scan>() as u64,
            start: at,
            end,
            regions: regions.as_mut_ptr() as u64,
            regions_length: REGIONS as u64,
            // A page that was written is no longer the file's, nor the page of zeros that stands for what was only read.
            category_inverted: IS_FILE | IS_ZERO,
            category_mask: IS_FILE | IS_ZERO,
            category_any_of: IS_PRESENT | IS_SWAPPED,
            ..Scan::default()
        };
        // SAFETY: the kernel reads and writes `scan`, and writes at most REGIONS regions into `regions`; both live on.
        #[expect(unsafe_code, reason = "an ioctl that no crate wraps")]
        let count = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut scan) };
        let found = regions.get(..usize::try_from(count).ok()?)?;
        written.extend(found.iter().map(|region| (region.start - base) as usize..(region.end - base) as usize));
        if scan.walk_end <= at {
            return None;
        }
        at = scan.walk_end;
    }
    Some(written)
}

/// Nothing tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn written(_mapping: &[u8]) -> Option<Vec<std::ops::Range<usize>>> {
    None
}

//! Descriptors: what a program reads and writes by number, and the few devices that it can open by name.
//!
//! Standard input is a file that lies in memory, which can be sought and sized. Standard output and error are pipes into the
//! host. There is no other file. Numbers of errors, flags and layouts are those of the guest's C library.

use super::state::Stream;

/// An error as the guest's C library numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Errno(pub(super) u32);

pub(super) const EACCES: Errno = Errno(2);
pub(super) const EBADF: Errno = Errno(8);
pub(super) const EINVAL: Errno = Errno(28);
pub(super) const EMFILE: Errno = Errno(33);
pub(super) const ENOENT: Errno = Errno(44);
pub(super) const ENOTTY: Errno = Errno(59);
pub(super) const ESPIPE: Errno = Errno(70);

/// Flags of `open` and of what is open.
const O_APPEND: u32 = 1;
const O_NONBLOCK: u32 = 4;
const O_RDONLY: u32 = 0x0400_0000;
const O_WRONLY: u32 = 0x1000_0000;

/// What `fcntl` is asked for.
const F_DUPFD: u32 = 0;
const F_GETFD: u32 = 1;
const F_SETFD: u32 = 2;
const F_GETFL: u32 = 3;
const F_SETFL: u32 = 4;
const F_DUPFD_CLOEXEC: u32 = 1030;
const FD_CLOEXEC: u32 = 1;

/// What `ioctl` is asked for.
const FIONREAD: u32 = 1;
const FIONBIO: u32 = 2;

const S_IFIFO: u32 = 0o010_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFREG: u32 = 0o100_000;

/// What a descriptor stands for. Copies of a descriptor stand for the same one, and share its place in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Input { at: u64 },
    Output(Stream),
    Null,
    Zero,
    Random,
}

#[derive(Debug, Clone, Copy)]
struct Description {
    what: What,
    /// `O_RDONLY`, `O_WRONLY` or both, and `O_NONBLOCK`.
    flags: u32,
}

#[derive(Debug, Clone, Copy)]
struct Descriptor {
    description: usize,
    /// `FD_CLOEXEC`: whether a program that is started would not get it. None ever is, but the flag can be read.
    flags: u32,
}

/// What there is to know of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) mode: u32,
    pub(super) size: u64,
}

/// Where bytes that are read come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    Bytes(&'a [u8]),
    Zeros(usize),
    Random(usize),
}

/// The descriptors of one program.
#[derive(Debug)]
pub(super) struct Files {
    input: Vec<u8>,
    /// With holes where nothing stands for one any longer.
    descriptions: Vec<Option<Description>>,
    open: Vec<Option<Descriptor>>,
    /// Descriptors that can be open at a time.
    most: usize,
}

impl Files {
    pub(super) fn new(input: Vec<u8>, most: usize) -> Self {
        let description = |what, flags| Some(Description { what, flags });
        let descriptions = vec![
            description(What::Input { at: 0 }, O_RDONLY),
            description(What::Output(Stream::Stdout), O_WRONLY),
            description(What::Output(Stream::Stderr), O_WRONLY),
        ];
        let open = (0..3).map(|description| Some(Descriptor { description, flags: 0 })).collect();
        Self { input, descriptions, open, most }
    }

    fn find(&mut self, number: u32) -> Result<(&mut Description, &mut Vec<u8>), Errno> {
        let descriptor = self.open.get(number as usize).copied().flatten().ok_or(EBADF)?;
        let description = self.descriptions.get_mut(descriptor.description).and_then(Option::as_mut).ok_or(EBADF)?;
        Ok((description, &mut self.input))
    }

    /// The lowest number from `least` on that is free, for a descriptor.
    fn take(&mut self, least: u32, descriptor: Descriptor) -> Result<u32, Errno> {
        let least = least as usize;
        if least >= self.most {
            return Err(EINVAL);
        }
        let is_free = |number: &usize| self.open.get(*number).is_none_or(Option::is_none);
        let number = (least..self.most).find(is_free).ok_or(EMFILE)?;
        if self.open.len() <= number {
            self.open.resize(number + 1, None);
        }
        self.open[number] = Some(descriptor);
        Ok(number as u32)
    }

    /// What can be read, at most so many bytes, at a place of its own or where the last reading ended.
    pub(super) fn read(&mut self, number: u32, count: usize, place: Option<u64>) -> Result<Source<'_>, Errno> {
        let (description, input) = self.find(number)?;
        if description.flags & O_RDONLY == 0 {
            return Err(EBADF);
        }
        match &mut description.what {
            What::Input { at } => {
                let from = place.unwrap_or(*at).min(input.len() as u64) as usize;
                let read = &input[from..input.len().min(from.saturating_add(count))];
                if place.is_none() {
                    *at += read.len() as u64;
                }
                Ok(Source::Bytes(read))
            }
            What::Output(_) => Err(EBADF),
            What::Null => Ok(Source::Zeros(0)),
            What::Zero => Ok(Source::Zeros(count)),
            What::Random => Ok(Source::Random(count)),
        }
    }

    /// Where what is written goes. `None`: nowhere.
    pub(super) fn written(&mut self, number: u32) -> Result<Option<Stream>, Errno> {
        let (description, _) = self.find(number)?;
        if description.flags & O_WRONLY == 0 {
            return Err(EBADF);
        }
        match description.what {
            What::Output(stream) => Ok(Some(stream)),
            _ => Ok(None),
        }
    }

    /// Moves the place of the next reading, from the start, from where it is, or from the end. Returns where it is then.
    pub(super) fn seek(&mut self, number: u32, offset: i64, whence: u32) -> Result<u64, Errno> {
        let (description, input) = self.find(number)?;
        match &mut description.what {
            What::Input { at } => {
                let base = match whence {
                    0 => 0,
                    1 => *at,
                    2 => input.len() as u64,
                    _ => return Err(EINVAL),
                };
                *at = base.checked_add_signed(offset).filter(|at| i64::try_from(*at).is_ok()).ok_or(EINVAL)?;
                Ok(*at)
            }
            What::Output(_) => Err(ESPIPE),
            _ => Ok(0),
        }
    }

    pub(super) fn status(&mut self, number: u32) -> Result<Status, Errno> {
        let (description, input) = self.find(number)?;
        Ok(match description.what {
            What::Input { .. } => Status { mode: S_IFREG | 0o400, size: input.len() as u64 },
            What::Output(_) => Status { mode: S_IFIFO | 0o600, size: 0 },
            _ => Status { mode: S_IFCHR | 0o666, size: 0 },
        })
    }

    pub(super) fn close(&mut self, number: u32) -> Result<(), Errno> {
        self.find(number)?;
        if let Some(closed) = self.open[number as usize].take()
            && !self.open.iter().flatten().any(|other| other.description == closed.description)
        {
            self.descriptions[closed.description] = None;
        }
        Ok(())
    }

    /// Nothing here is a terminal.
    pub(super) fn terminal(&mut self, number: u32) -> Errno {
        self.find(number).map_or_else(|error| error, |_| ENOTTY)
    }

    /// Nothing here can be cut.
    pub(super) fn truncate(&mut self, number: u32) -> Errno {
        self.find(number).map_or_else(|error| error, |_| EINVAL)
    }

    /// Nothing has to reach a disk, and a pipe cannot.
    pub(super) fn synchronize(&mut self, number: u32) -> Result<(), Errno> {
        match self.find(number)?.0.what {
            What::Input { .. } => Ok(()),
            _ => Err(EINVAL),
        }
    }

    pub(super) fn control(&mut self, number: u32, command: u32, argument: u32) -> Result<u32, Errno> {
        self.find(number)?;
        let Some(descriptor) = &mut self.open[number as usize] else { return Err(EBADF) };
        match command {
            F_DUPFD | F_DUPFD_CLOEXEC => {
                let flags = if command == F_DUPFD { 0 } else { FD_CLOEXEC };
                let copy = Descriptor { flags, ..*descriptor };
                self.take(argument, copy)
            }
            F_GETFD => Ok(descriptor.flags),
            F_SETFD => {
                descriptor.flags = argument & FD_CLOEXEC;
                Ok(0)
            }
            F_GETFL => Ok(self.find(number)?.0.flags),
            F_SETFL => {
                let (description, _) = self.find(number)?;
                let settable = O_NONBLOCK | O_APPEND;
                description.flags = description.flags & !settable | argument & settable;
                Ok(0)
            }
            _ => Err(EINVAL),
        }
    }

    /// A value, if it is asked for one.
    pub(super) fn device_control(&mut self, number: u32, request: u32, argument: u32) -> Result<Option<u32>, Errno> {
        let (description, input) = self.find(number)?;
        match (request, description.what) {
            (FIONBIO, _) => {
                description.flags &= !O_NONBLOCK;
                description.flags |= if argument == 0 { 0 } else { O_NONBLOCK };
                Ok(None)
            }
            (FIONREAD, What::Input { at }) => Ok(Some((input.len() as u64).saturating_sub(at) as u32)),
            _ => Err(ENOTTY),
        }
    }

    /// Copies a descriptor to the lowest number that is free, or to one that is closed first.
    pub(super) fn duplicate(&mut self, number: u32, to: Option<u32>) -> Result<u32, Errno> {
        let Some(to) = to else { return self.control(number, F_DUPFD_CLOEXEC, 0) };
        self.find(number)?;
        if to as usize >= self.most {
            return Err(EBADF);
        }
        if to != number {
            let _ = self.close(to);
            self.control(number, F_DUPFD, to)?;
        }
        Ok(to)
    }

    /// Opens a device by its name.
    pub(super) fn open(&mut self, path: &[u8], flags: u32) -> Result<u32, Errno> {
        let access = flags & (O_RDONLY | O_WRONLY);
        let numbered = path.strip_prefix(b"/dev/fd/").or_else(|| path.strip_prefix(b"/proc/self/fd/"));
        let (what, allowed) = match (path, numbered) {
            (b"/dev/null", _) => (What::Null, O_RDONLY | O_WRONLY),
            (b"/dev/zero", _) => (What::Zero, O_RDONLY | O_WRONLY),
            (b"/dev/random" | b"/dev/urandom", _) => (What::Random, O_RDONLY | O_WRONLY),
            (b"/dev/stdin", _) => self.again(0)?,
            (b"/dev/stdout", _) => self.again(1)?,
            (b"/dev/stderr", _) => self.again(2)?,
            (_, Some(number)) => {
                let number = str::from_utf8(number).ok().and_then(|number| number.parse().ok());
                self.again(number.ok_or(ENOENT)?)?
            }
            _ => return Err(ENOENT),
        };
        if access & !allowed != 0 {
            return Err(EACCES);
        }
        let free = self.descriptions.iter().position(Option::is_none);
        let description = free.unwrap_or(self.descriptions.len());
        let number = self.take(0, Descriptor { description, flags: FD_CLOEXEC })?;
        if free.is_none() {
            self.descriptions.push(None);
        }
        self.descriptions[description] = Some(Description { what, flags: access | flags & (O_NONBLOCK | O_APPEND) });
        Ok(number)
    }

    /// What is opened by the name of a descriptor, and how it can be: the input anew, from its start.
    fn again(&mut self, number: u32) -> Result<(What, u32), Errno> {
        let (description, _) = self.find(number).map_err(|_| ENOENT)?;
        Ok(match description.what {
            What::Input { .. } => (What::Input { at: 0 }, O_RDONLY),
            What::Output(stream) => (What::Output(stream), O_WRONLY),
            what => (what, O_RDONLY | O_WRONLY),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        Files::new(b"hello".to_vec(), 8)
    }

    #[track_caller]
    fn reads(files: &mut Files, number: u32, expected: &[u8]) {
        assert_eq!(files.read(number, 3, None), Ok(Source::Bytes(expected)));
    }

    #[test]
    fn input_is_read_sought_and_sized() {
        let mut files = files();
        reads(&mut files, 0, b"hel");
        assert_eq!(files.read(0, 9, Some(1)), Ok(Source::Bytes(b"ello")));
        reads(&mut files, 0, b"lo");
        reads(&mut files, 0, b"");
        for (offset, whence, at) in
            [(1, 0, Ok(1)), (2, 1, Ok(3)), (-4, 2, Ok(1)), (-2, 1, Err(EINVAL)), (0, 9, Err(EINVAL))]
        {
            assert_eq!(files.seek(0, offset, whence), at, "{offset} {whence}");
        }
        assert_eq!(files.seek(0, 1 << 40, 0), Ok(1 << 40));
        reads(&mut files, 0, b"");
        assert_eq!(files.seek(0, i64::MAX, 1), Err(EINVAL));
        assert_eq!(files.status(0), Ok(Status { mode: S_IFREG | 0o400, size: 5 }));
        assert_eq!(files.seek(1, 0, 1), Err(ESPIPE));
    }

    #[test]
    fn copies_share_their_place_and_what_is_opened_by_name_does_not() {
        let mut files = files();
        let copy = files.control(0, F_DUPFD_CLOEXEC, 0).unwrap();
        let again = files.open(b"/dev/stdin", O_RDONLY).unwrap();
        assert_eq!((copy, again), (3, 4));
        reads(&mut files, 0, b"hel");
        reads(&mut files, copy, b"lo");
        reads(&mut files, again, b"hel");
        assert_eq!(files.close(0), Ok(()));
        assert_eq!(files.close(0), Err(EBADF));
        assert_eq!(files.control(copy, F_DUPFD, 0), Ok(0));
        reads(&mut files, 0, b"");
    }

    #[test]
    fn a_copy_can_take_the_place_of_another() {
        let mut files = files();
        assert_eq!(files.duplicate(2, Some(1)), Ok(1));
        assert_eq!(files.written(1), Ok(Some(Stream::Stderr)));
        assert_eq!((files.duplicate(1, Some(1)), files.duplicate(1, Some(6))), (Ok(1), Ok(6)));
        assert_eq!((files.duplicate(5, Some(0)), files.duplicate(1, Some(8))), (Err(EBADF), Err(EBADF)));
        assert_eq!(files.duplicate(0, None), Ok(3));
        assert_eq!(
            (files.device_control(3, FIONREAD, 0), files.device_control(1, FIONREAD, 0)),
            (Ok(Some(5)), Err(ENOTTY))
        );
        assert_eq!(
            (files.device_control(0, FIONBIO, 1), files.control(3, F_GETFL, 0)),
            (Ok(None), Ok(O_RDONLY | O_NONBLOCK))
        );
    }

    #[test]
    fn each_direction_has_its_own_descriptors() {
        let mut files = files();
        assert_eq!(files.written(1), Ok(Some(Stream::Stdout)));
        assert_eq!(files.written(0), Err(EBADF));
        assert_eq!(files.read(1, 1, None), Err(EBADF));
        let copy = files.open(b"/dev/fd/2", O_WRONLY).unwrap();
        assert_eq!(files.written(copy), Ok(Some(Stream::Stderr)));
        assert_eq!(files.open(b"/dev/stdin", O_WRONLY), Err(EACCES));
        assert_eq!(files.open(b"/dev/fd/7", O_RDONLY), Err(ENOENT));
        assert_eq!(files.open(b"/etc/passwd", O_RDONLY), Err(ENOENT));
        let null = files.open(b"/dev/null", O_RDONLY | O_WRONLY).unwrap();
        assert_eq!((files.written(null), files.read(null, 4, None)), (Ok(None), Ok(Source::Zeros(0))));
    }

    #[test]
    fn numbers_are_bounded() {
        let mut files = files();
        for number in 3..8 {
            assert_eq!(files.control(1, F_DUPFD, 0), Ok(number));
        }
        assert_eq!(files.control(1, F_DUPFD, 0), Err(EMFILE));
        assert_eq!(files.control(1, F_DUPFD, 99), Err(EINVAL));
        assert_eq!(files.open(b"/dev/zero", O_RDONLY), Err(EMFILE));
        for _ in 0..100 {
            assert_eq!(files.close(5), Ok(()));
            assert_eq!(files.open(b"/dev/zero", O_RDONLY), Ok(5));
        }
        assert_eq!(files.descriptions.len(), 4);
    }
}

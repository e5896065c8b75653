//! File rules: what may be read is listed, and of `/proc` that is what a process says of itself.

use crate::cell::{AT_FDCWD, Failure, O_CLOEXEC, Text, check};
use crate::sys::{self, call};
use crate::wire::{BOX, OWN, OWN_FILES, set_up};

const O_PATH: usize = 0o10_000_000;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;

/// Most directories that a cell's rules name.
const MOST: usize = 32;

/// The file rules of a cell. Each job makes a ruleset of them, with what only it can name.
pub struct Rules {
    /// Rights that the ruleset handles: files, network, scopes.
    attributes: [u64; 3],
    attribute_bytes: u64,
    paths: [(i32, u64); MOST],
    n_paths: usize,
}

impl Rules {
    /// The rules of this root; `None` without Landlock.
    pub fn of(words: &[u64], plan: &[u8]) -> Result<Option<Self>, Failure> {
        let files = words[set_up::LANDLOCK_FILES];
        if files == 0 {
            return Ok(None);
        }
        let read = words[set_up::LANDLOCK_READ];
        let mut rules = Self {
            attributes: [files, words[set_up::LANDLOCK_NETWORK], words[set_up::LANDLOCK_SCOPES]],
            attribute_bytes: words[set_up::LANDLOCK_BYTES],
            paths: [(-1, 0); MOST],
            n_paths: 0,
        };
        // Everything may be listed and run.
        rules.add(b"/", read & !READ_FILE)?;
        // Devices may be written to.
        rules.add(b"/dev", read | WRITE_FILE)?;
        // The directory that holds the mount point of a job's files: rules on a mount point that is covered do not count.
        rules.add(BOX.as_bytes(), files)?;
        let mut lines = plan.split(|byte| *byte == 0);
        while let Some(line) = lines.next() {
            match line.split_first() {
                Some((b'r', path)) => rules.add(path, read)?,
                Some((b'd', _)) | None => {}
                // What the line is bound or linked to.
                Some(_) => drop(lines.next()),
            }
        }
        Ok(Some(rules))
    }

    fn add(&mut self, path: &[u8], rights: u64) -> Result<(), Failure> {
        let mut text = Text::new();
        text.push(path).push(b"\0");
        let flags = O_PATH | O_CLOEXEC;
        let directory = check("open", call!(sys::OPENAT, AT_FDCWD, text.bytes().as_ptr(), flags, 0))?;
        let Some(place) = self.paths.get_mut(self.n_paths) else { return Err(Failure("landlock_add_rule", -7)) };
        *place = (directory as i32, rights);
        self.n_paths += 1;
        Ok(())
    }

    /// Confines this process by them, for good.
    pub fn take_up(&self) -> Result<(), Failure> {
        let created = call!(sys::LANDLOCK_CREATE_RULESET, self.attributes.as_ptr(), self.attribute_bytes, 0);
        let ruleset = check("landlock_create_ruleset", created)?;
        for (path, rights) in self.paths.iter().take(self.n_paths) {
            check("landlock_add_rule", add_rule(ruleset, *path as isize, *rights))?;
        }
        // Absent where the cell has no `/proc`. Opened once: the kernel makes the entries of each process anew.
        let own = call!(sys::OPENAT, AT_FDCWD, OWN.as_ptr(), O_PATH | O_CLOEXEC, 0);
        if own >= 0 {
            for name in OWN_FILES {
                let file = call!(sys::OPENAT, own, name.as_ptr(), O_PATH | O_CLOEXEC, 0);
                if file >= 0 {
                    let added = add_rule(ruleset, file, READ_FILE);
                    call!(sys::CLOSE, file);
                    check("landlock_add_rule", added)?;
                }
            }
            call!(sys::CLOSE, own);
        }
        check("landlock_restrict_self", call!(sys::LANDLOCK_RESTRICT_SELF, ruleset, 0)).map(drop)
    }
}

fn add_rule(ruleset: isize, path: isize, rights: u64) -> isize {
    // A packed structure: eight bytes of rights, four of the descriptor.
    let rule = [rights, path as u64];
    call!(sys::LANDLOCK_ADD_RULE, ruleset, 1, rule.as_ptr(), 0)
}

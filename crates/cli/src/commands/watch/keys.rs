//! Keys of a terminal, one by one and without their echo, until they are let go.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{IsTerminal as _, Read as _};
use tokio::sync::mpsc;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Pause,
    Resume,
    Toggle,
    Quit,
}

impl Key {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            b'p' | b'P' => Some(Self::Pause),
            b'r' | b'R' => Some(Self::Resume),
            b' ' => Some(Self::Toggle),
            // Ctrl-C and Ctrl-D.
            b'q' | b'Q' | 3 | 4 => Some(Self::Quit),
            _ => None,
        }
    }
}

/// Keys that are heard. The terminal is as before when this is dropped.
pub(super) struct Keys {
    before: Option<Termios>,
    heard: mpsc::UnboundedReceiver<Key>,
    /// Keeps the channel open where no key can be heard.
    _sender: mpsc::UnboundedSender<Key>,
}

impl Keys {
    /// Listens, if standard input is a terminal.
    pub(super) fn listen() -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let before = std::io::stdin().is_terminal().then(|| raw().ok()).flatten();
        if before.is_some() {
            let sender = sender.clone();
            let hear = move || {
                for byte in std::io::stdin().lock().bytes() {
                    let Ok(byte) = byte else { return };
                    if Key::of(byte).is_some_and(|key| sender.send(key).is_err()) {
                        return;
                    }
                }
            };
            // Without a thread no key is heard, and Ctrl-C still ends the process from elsewhere.
            let _ = std::thread::Builder::new().name("keys".to_owned()).spawn(hear);
        }
        Self { before, heard, _sender: sender }
    }

    /// Whether any key can be heard.
    pub(super) fn are_heard(&self) -> bool {
        self.before.is_some()
    }

    /// The next key that means something. Never comes where none can be heard.
    pub(super) async fn next(&mut self) -> Key {
        self.heard.recv().await.unwrap_or(Key::Quit)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // A terminal that is gone needs nothing back.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Gives out keys one by one, and gives back how the terminal was. Ctrl-C is a key like others: else it would end this
/// process with the terminal as it is.
fn raw() -> rustix::io::Result<Termios> {
    let before = tcgetattr(std::io::stdin())?;
    let mut raw = before.clone();
    raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
    tcsetattr(std::io::stdin(), OptionalActions::Now, &raw)?;
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_keys_mean_something() {
        let meant = |keys: &str| keys.bytes().filter_map(Key::of).collect::<Vec<_>>();
        assert_eq!(meant("pxr "), [Key::Pause, Key::Resume, Key::Toggle]);
        assert_eq!(meant("q\u{3}\u{4}"), [Key::Quit; 3]);
    }
}

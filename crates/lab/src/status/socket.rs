//! A Unix socket on which a run shows how it is: a line of JSON at once and then each time that it writes one. Whoever is
//! connected may send `pause` and `resume`, a line each.

use crate::failure::Failure;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream as Knock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The longest line that somebody may send.
const LONGEST: u64 = 64;

/// A socket that is open. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Listening {
    path: PathBuf,
    lines: watch::Sender<Arc<str>>,
    task: JoinHandle<()>,
}

impl Listening {
    /// Opens a socket. `pause` is the file by which a pause is asked for.
    pub(super) fn at(path: &Path, pause: &Path) -> Result<Self, Failure> {
        let failed = |source: io::Error| {
            let failure = Failure::usage(format!("cannot listen at `{}`: {source}", path.display()));
            failure.hint("name another socket with `--status`; its path may have about 100 bytes")
        };
        match fs::symlink_metadata(path) {
            // A killed session left it.
            Ok(found) if found.file_type().is_socket() && Knock::connect(path).is_err() => {
                fs::remove_file(path).map_err(failed)?;
            }
            Ok(_) => return Err(failed(io::ErrorKind::AddrInUse.into())),
            Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        let lines = watch::Sender::new(Arc::from(""));
        let task = tokio::spawn(listen(listener, lines.clone(), pause.to_owned()));
        Ok(Self { path: path.to_owned(), lines, task })
    }

    /// Shows a line to everybody who is connected, and to whoever connects before the next.
    pub(super) fn show(&self, line: &str) {
        self.lines.send_replace(format!("{line}\n").into());
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.path);
    }
}

async fn listen(listener: UnixListener, lines: watch::Sender<Arc<str>>, pause: PathBuf) {
    // Connections end with the run: the sender of their lines is gone then.
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, lines.subscribe(), pause.clone()));
    }
}

async fn serve(stream: UnixStream, mut lines: watch::Receiver<Arc<str>>, pause: PathBuf) {
    let (reader, mut writer) = stream.into_split();
    let mut asked = BufReader::new(reader);
    lines.mark_changed();
    let mut word = Vec::new();
    let mut hears = true;
    loop {
        let room = LONGEST.saturating_sub(word.len() as u64);
        let mut limited = (&mut asked).take(room);
        let told: Arc<str> = tokio::select! {
            changed = lines.changed() => {
                if changed.is_err() {
                    return;
                }
                Arc::clone(&lines.borrow_and_update())
            }
            read = limited.read_until(b'\n', &mut word), if hears => {
                // Whoever only listens may close their side; whoever floods it is not heard again.
                hears = read.is_ok() && word.ends_with(b"\n");
                let line = std::mem::take(&mut word);
                match obey(&line, &pause) {
                    Err(error) if !line.is_empty() => format!("{}\n", serde_json::json!({ "error": error })).into(),
                    _ => continue,
                }
            }
        };
        if writer.write_all(told.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Does what a line says.
fn obey(line: &[u8], pause: &Path) -> Result<(), String> {
    match line.trim_ascii() {
        b"pause" => fs::write(pause, "").map_err(|error| format!("cannot write `{}`: {error}", pause.display())),
        b"resume" => match fs::remove_file(pause) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("cannot remove `{}`: {error}", pause.display()))
            }
            _ => Ok(()),
        },
        _ => Err("expected `pause` or `resume`".to_owned()),
    }
}

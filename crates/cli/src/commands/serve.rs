//! `mend serve`: the judge behind HTTP.

use crate::args::{ServeArgs, UnsupportedArg};
use crate::asked::{limits, machine, sandbox, variable};
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use mend_core::JudgeLimits;
use mend_judge::JudgeOptions;
use mend_lab::{Author, Engines};
use mend_serve::{Config, Listener, Service, Token, Unsupported, serve};
use rustix::process::{Resource, Rlimit, getppid, getrlimit, setrlimit};
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The variable that holds a token.
const TOKEN: &str = "MEND_SERVE_TOKEN";

/// How often a service looks whether its parent is there.
const LOOK: Duration = Duration::from_millis(500);

/// Open files beside connections: what judging takes.
const OTHER_FILES: u64 = 512;

/// `mend serve`
pub fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    // Before anything that takes time, in which the parent might go.
    let parent = args.with_parent.then(getppid).flatten();
    let tokens = tokens(args.token_file.as_deref())?;
    if args.unix.is_none() && !args.listen.ip().is_loopback() && tokens.is_empty() {
        let error = format!("whoever can reach {} could run programs here: it takes a token", args.listen);
        let hint = format!("set {TOKEN}, or name a file by `--token-file`; `--listen 127.0.0.1:8080` goes without");
        return Err(Failure::usage(error).hint(hint));
    }
    allow_files(args.max_connections.get() as u64);
    let config = config(args, tokens)?;
    let machine = machine(&args.judge.machine);
    let mut stderr = Stderr::default();
    let engines = Engines::set_up(sandbox(&args.judge.machine), &machine, Author::Model, &mut stderr)?;
    let workers = machine.workers();
    let options = JudgeOptions { limits: config.limits, tests: config.tests, require: config.require, workers };
    let judge = engines.judge(options)?;
    let service = Service::new(config, judge, workers, &mut |skipped| tell_skipped(&skipped))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::bug)?;
    let done = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let (listener, address, _socket) = if let Some(path) = &args.unix {
            let (listener, socket) = at_socket(path)?;
            (listener, format!("unix:{}", path.display()), Some(socket))
        } else {
            let (listener, address) = at_address(args.listen).await?;
            (listener, format!("http://{address}"), None)
        };
        // A script waits for this line.
        crate::print(&address)?;
        crate::tell("the judge takes requests; Ctrl-C finishes what runs and ends it, twice ends it now");
        let (first, second) = tokio::sync::oneshot::channel();
        let end = async {
            tokio::select! {
                () = interrupts.next() => {}
                () = orphaned(parent) => {}
            }
            crate::tell("finishing what runs");
            let _ = first.send(interrupts);
        };
        let at_once = async {
            match second.await {
                Ok(mut interrupts) => interrupts.next().await,
                Err(_) => std::future::pending().await,
            }
        };
        serve(service, listener, end, at_once).await;
        Ok::<(), Failure>(())
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    done.map(|()| Exit::Complete)
}

fn config(args: &ServeArgs, tokens: Vec<Token>) -> Result<Config, Failure> {
    let limits = limits(&args.judge);
    let memory = args.max_memory_limit.unwrap_or(args.judge.memory_limit);
    let most = JudgeLimits {
        cpu_ms: (args.max_time_limit * 1000.0).round() as u64,
        memory_bytes: u64::from(memory.get()) << 20,
        ..limits
    };
    for (flag, of, is_below) in [
        ("--max-time-limit", "--time-limit", most.cpu_ms < limits.cpu_ms),
        ("--max-memory-limit", "--memory-limit", most.memory_bytes < limits.memory_bytes),
    ] {
        if is_below {
            let error = format!("`{flag}` is below `{of}`, which requests get that name none");
            return Err(Failure::usage(error).hint(format!("raise `{flag}`, or lower `{of}`")));
        }
    }
    Ok(Config {
        datasets: args.dataset.clone(),
        data_dir: args.open.data_dir.clone(),
        format: args.open.format,
        limits,
        most,
        tests: args.judge.tests.into(),
        require: args.judge.require.into(),
        unsupported: match args.unsupported {
            UnsupportedArg::Failing => Unsupported::Failing,
            UnsupportedArg::Unscored => Unsupported::Unscored,
        },
        queue: args.queue.get(),
        body_bytes: (args.max_body.get() as usize) << 20,
        body_timeout: Duration::from_secs_f64(args.body_timeout),
        connections: args.max_connections.get(),
        drain: Duration::from_secs_f64(args.drain),
        tokens,
    })
}

/// The tokens of the environment and of a file. No message holds one.
fn tokens(file: Option<&Path>) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    if let Some(text) = variable(TOKEN).filter(|text| !text.is_empty()) {
        tokens.push(Token::new(&text).map_err(|why| Failure::usage(format!("{TOKEN}: {why}")))?);
    }
    let Some(path) = file else { return Ok(tokens) };
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    let before = tokens.len();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        tokens.push(Token::new(line).map_err(|why| Failure::usage(format!("{shown}:{}: {why}", at + 1)))?);
    }
    if tokens.len() == before {
        return Err(Failure::usage(format!("`{shown}` holds no token")).hint("write one a line"));
    }
    Ok(tokens)
}

async fn at_address(address: SocketAddr) -> Result<(Listener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let hint = "choose another by `--listen`, or port 0 for any that is free";
        Failure::usage(format!("cannot listen on {address}: {error}")).hint(hint)
    })?;
    let bound = listener.local_addr().map_err(Failure::usage)?;
    Ok((Listener::Tcp(listener), bound))
}

/// Listens at a path. What a service left there that is gone gives way.
fn at_socket(path: &Path) -> Result<(Listener, Socket), Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot listen at `{}`: {error}", path.display()));
    if let Ok(found) = fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            let error = format!("`{}` is there, and is not a socket", path.display());
            return Err(Failure::usage(error).hint("choose another by `--unix`"));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            let error = format!("somebody listens at `{}` already", path.display());
            return Err(Failure::usage(error).hint("choose another by `--unix`, or end that service"));
        }
        fs::remove_file(path).map_err(failed)?;
    }
    // Nobody else may connect, not even for a moment.
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = std::os::unix::net::UnixListener::bind(path);
    rustix::process::umask(before);
    let bound = bound.map_err(failed)?;
    let socket = Socket(path.to_owned());
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    bound.set_nonblocking(true).map_err(failed)?;
    Ok((Listener::Unix(UnixListener::from_std(bound).map_err(failed)?), socket))
}

/// A socket in the file system, which goes with the service.
struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The signals that end a service.
struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    fn new() -> Result<Self, Failure> {
        let of = |kind| signal(kind).map_err(Failure::usage);
        Ok(Self { interrupt: of(SignalKind::interrupt())?, terminate: of(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits until the parent is another one than it was.
async fn orphaned(parent: Option<rustix::process::Pid>) {
    if parent.is_none() {
        return std::future::pending().await;
    }
    while getppid() == parent {
        tokio::time::sleep(LOOK).await;
    }
}

/// Raises the soft limit on open files, as far as the hard one lets it, so that connections and sandboxes have room.
fn allow_files(connections: u64) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = (connections + OTHER_FILES).min(limit.maximum.unwrap_or(u64::MAX));
    if limit.current.is_some_and(|current| current < wanted) {
        // Else connections beyond it wait.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum });
    }
}

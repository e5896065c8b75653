//! `mend watch`: how a run is, from another terminal, and pauses.

mod keys;
mod shown;

use crate::args::WatchArgs;
use crate::exit::{Exit, Failure, printable};
use keys::{Key, Keys};
use mend_lab::{State, Status, Watched};
use shown::{line, lines};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// How long a run may take to obey, before whoever asked is told that it did not.
const OBEYS_WITHIN: Duration = Duration::from_secs(30);
/// How often somebody looks whether it did.
const LOOKS: Duration = Duration::from_millis(50);
/// How often a terminal is drawn anew at least, so that keys seem to be heard.
const DRAWS: Duration = Duration::from_millis(500);

/// `mend watch`
pub fn run(args: &WatchArgs) -> Result<Exit, Failure> {
    let watched = Watched::of(&args.run)?;
    if args.pause || args.resume {
        return ask(args, &watched);
    }
    let status = watched.look()?;
    if args.once || !status.state.is_live() {
        return show(args, &status);
    }
    if !args.json && std::io::stdout().is_terminal() {
        return mend_lab::runtime()?.block_on(draw(args, &watched));
    }
    follow(args, &watched, status)
}

/// Shows a status whole.
fn show(args: &WatchArgs, status: &Status) -> Result<Exit, Failure> {
    if args.json {
        crate::print_json(status)?;
    } else {
        crate::print(&whole(status))?;
    }
    Ok(Exit::Complete)
}

fn whole(status: &Status) -> String {
    printable(&lines(status, super::width(), now_in_seconds()))
}

/// Asks for a pause or its end, and waits until the run has obeyed.
fn ask(args: &WatchArgs, watched: &Watched) -> Result<Exit, Failure> {
    watched.ask(args.pause)?;
    let obeys = |status: &Status| match status.state {
        State::Paused => args.pause,
        State::Running => args.resume,
        // Until requests and judgements are home.
        State::Pausing => false,
        // It ended meanwhile.
        State::Complete | State::Stopped | State::Died => true,
    };
    let began = instant();
    let mut last = None;
    loop {
        let status = match watched.look() {
            Ok(status) => status,
            // A socket is gone with its run.
            Err(error) => return last.map_or(Err(error), |status| show(args, &status)),
        };
        if obeys(&status) {
            return show(args, &status);
        }
        // Requests in flight take as long as they take.
        if status.state != State::Pausing && instant().saturating_duration_since(began) > OBEYS_WITHIN {
            let error = format!("the run has not obeyed within {} s: it is {}", OBEYS_WITHIN.as_secs(), status.state);
            return Err(Failure::stopped(error).hint("the wish stands; `mend watch` shows when it is obeyed"));
        }
        last = Some(status);
        std::thread::sleep(LOOKS);
    }
}

/// Writes a line each time that something changed, until the run ends.
fn follow(args: &WatchArgs, watched: &Watched, first: Status) -> Result<Exit, Failure> {
    let (mut status, mut told) = (first, String::new());
    while status.state.is_live() {
        if args.json {
            crate::print(&serde_json::to_string(&status).map_err(Failure::bug)?)?;
        } else {
            let next = line(&status);
            if next != told {
                crate::print(&printable(&next))?;
                told = next;
            }
        }
        std::thread::sleep(args.every);
        status = match watched.look() {
            Ok(status) => status,
            Err(_) if matches!(watched, Watched::Socket(_)) => return Ok(Exit::Complete),
            Err(error) => return Err(error),
        };
    }
    if args.json {
        crate::print(&serde_json::to_string(&status).map_err(Failure::bug)?)?;
        return Ok(Exit::Complete);
    }
    show(args, &status)
}

/// Draws a terminal anew until the run ends or somebody has seen enough.
async fn draw(args: &WatchArgs, watched: &Watched) -> Result<Exit, Failure> {
    let mut keys = Keys::listen();
    let mut ends = signal(SignalKind::terminate()).map_err(Failure::bug)?;
    let mut looks = tokio::time::interval(args.every.min(DRAWS));
    let (mut drawn, mut note) = (0, String::new());
    loop {
        let status = match watched.look() {
            Ok(status) => status,
            Err(_) if matches!(watched, Watched::Socket(_)) && drawn > 0 => return Ok(Exit::Complete),
            Err(error) => return Err(error),
        };
        let mut text = whole(&status);
        if !status.state.is_live() {
            redraw(&text, &mut drawn)?;
            return Ok(Exit::Complete);
        }
        if keys.are_heard() {
            let wish = if status.state == State::Running { "p pauses" } else { "r goes on" };
            text.extend([format!("\n{wish}, q ends the watching\n")]);
        }
        text.push_str(&printable(&note));
        redraw(&text, &mut drawn)?;
        let key = tokio::select! {
            _ = looks.tick() => continue,
            _ = ends.recv() => Key::Quit,
            key = keys.next() => key,
        };
        let asked = match key {
            Key::Quit => return Ok(Exit::Complete),
            Key::Pause => watched.ask(true),
            Key::Resume => watched.ask(false),
            Key::Toggle => watched.ask(status.state == State::Running),
        };
        note = asked.err().map_or(String::new(), |error| format!("{error}\n"));
    }
}

/// Puts a text into the place of what was drawn before, cut to the height of the terminal.
fn redraw(text: &str, drawn: &mut usize) -> Result<(), Failure> {
    let height = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(24, |size| usize::from(size.ws_row.max(2)));
    let lines: Vec<&str> = text.lines().take(height - 1).collect();
    let up = if *drawn > 0 { format!("\u{1b}[{drawn}A\r") } else { String::new() };
    *drawn = lines.len();
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{up}\u{1b}[J{}", lines.join("\n")).and_then(|()| stdout.flush());
    written.or_else(|source| crate::output::unless_nobody_reads(&source))
}

#[expect(clippy::disallowed_methods, reason = "says how long ago something was heard")]
fn now_in_seconds() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    now.map_or(0.0, |time| time.as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "bounds a wait")]
fn instant() -> Instant {
    Instant::now()
}

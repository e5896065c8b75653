//! The status of a run in words.

use mend_lab::{Eta, SessionSeen, State, Status};

/// Columns of the names at the left.
const NAMES: usize = 10;
/// Columns of a bar.
const BAR: u64 = 24;

/// A status whole: a few lines, none longer than `width`. `now` is in seconds since 1970.
pub(super) fn lines(status: &Status, width: u16, now: f64) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    let count = |count: mend_lab::Count| format!("{} of {}", grouped(count.done), grouped(count.all));
    rows.push(("problems", format!("{}  {}", count(status.problems), bar(status.problems.done, status.problems.all))));
    if status.trees.all != status.problems.all {
        rows.push(("trees", count(status.trees)));
    }
    if let Some(round) = status.round {
        rows.push(("round", format!("{} of {}", round.done + 1, round.all)));
    }
    rows.push(("programs", programs(status)));
    rows.push(("requests", requests(status)));
    rows.push(("spent", spent(status)));
    for budget in &status.budgets {
        let share = if budget.limit > 0.0 { budget.spent / budget.limit * 100.0 } else { 100.0 };
        let (spent, limit) = (number(budget.spent), number(budget.limit));
        rows.push(("budget", format!("{spent} of {limit} {} ({share:.0} %)", budget.what)));
    }
    for seat in &status.seats {
        let dollars = seat.usd.map_or(String::new(), |usd| format!(", ${}", number(usd)));
        let (tokens, answered) = (grouped(seat.tokens), grouped(seat.answered));
        rows.push((&seat.seat, format!("{tokens} tokens{dollars} for {answered} answers of {}", seat.model)));
    }
    if let Some(session) = &status.session {
        let what = if status.trees.all == status.problems.all { "problems" } else { "trees" };
        rows.extend(pace(session, status.state, what, now));
    }
    let failures = status.failures.iter().map(|failed| {
        let times = if failed.times > 1 { format!(" ({} times)", failed.times) } else { String::new() };
        ("failure", format!("{}: {}: {}{times}", failed.what, failed.whose, one_line(&failed.why)))
    });
    rows.extend(failures);
    let failing = status.failing.iter().rev().take(3).map(|failing| {
        let replicate =
            if failing.replicate > 0 { format!(" (replicate {})", failing.replicate) } else { String::new() };
        ("failed", format!("{} {}{replicate}: {}", failing.problem, failing.slot, failing.status))
    });
    rows.extend(failing);
    let why = status.why.as_deref().map_or(String::new(), |why| format!(": {}", one_line(why)));
    let simulated = if status.simulated { " (simulated: says nothing about models)" } else { "" };
    let head = [
        format!("{}: {}{why}", status.run, status.state),
        format!(
            "{}, {} (oracle level: {}), {}{simulated}",
            status.dataset, status.strategy, status.oracle_level, status.model
        ),
    ];
    let rows = rows.into_iter().map(|(name, text)| {
        let name = if name.chars().count() < NAMES { format!("{name:<NAMES$}") } else { format!("{name} ") };
        mend_report::wrap(&format!("{name}{text}"), width, NAMES)
    });
    head.iter().map(|line| mend_report::wrap(line, width, 2)).chain(rows).collect()
}

/// A status in one line, without what changes all the time.
pub(super) fn line(status: &Status) -> String {
    let Status { problems, programs, .. } = status;
    let left = status.session.as_ref().and_then(|session| session.eta.as_ref());
    let left = left.map_or(String::new(), |eta| format!(", {}", until(eta)));
    let failure = status.failures.last().map_or(String::new(), |failed| {
        format!("; last failure: {}: {}: {}", failed.what, failed.whose, one_line(&failed.why))
    });
    format!(
        "{}: {} of {} problems, {} programs judged, {} passed, {} tokens, {} requests in flight{left}{failure}",
        status.state,
        problems.done,
        problems.all,
        programs.judged,
        programs.passed,
        status.spent.tokens,
        status.requests.in_flight
    )
}

fn programs(status: &Status) -> String {
    let programs = &status.programs;
    let mut told = format!("{} judged, {} passed", grouped(programs.judged), grouped(programs.passed));
    for (count, what) in [
        (programs.unscored, "unscored"),
        (programs.judging, "at the judge"),
        (status.waiting, "nodes wait for people"),
        (status.at_limit, "trees ended at the budget of their problem"),
    ] {
        if count > 0 {
            told.extend([format!(", {} {what}", grouped(count))]);
        }
    }
    told
}

fn requests(status: &Status) -> String {
    let requests = &status.requests;
    let mut told = format!("{} in flight, {} answered", grouped(requests.in_flight), grouped(requests.answered));
    for (count, what) in [(requests.refused, "turned away"), (requests.lost, "lost")] {
        if count > 0 {
            told.extend([format!(", {} {what}", grouped(count))]);
        }
    }
    told
}

fn spent(status: &Status) -> String {
    let spent = &status.spent;
    let lost =
        if spent.lost_tokens > 0 { format!(" ({} of them lost)", grouped(spent.lost_tokens)) } else { String::new() };
    let dollars = spent.usd.map_or(String::new(), |usd| format!(", ${}", number(usd)));
    let aside = if spent.set_aside_tokens > 0 {
        format!("; at most {} more for what is on its way", grouped(spent.set_aside_tokens))
    } else {
        String::new()
    };
    format!("{} tokens{lost}{dollars}{aside}", grouped(spent.tokens))
}

/// How fast a session is and when it ends, or when it was heard of last.
fn pace(session: &SessionSeen, state: State, what: &str, now: f64) -> Vec<(&'static str, String)> {
    if !state.is_live() {
        let ago = in_words((now - session.written).max(0.0));
        return if state == State::Died {
            vec![("process", format!("{} is gone; it was last heard of {ago} ago", session.pid))]
        } else {
            Vec::new()
        };
    }
    let rates = session.rates.map(|rates| {
        let per =
            [(rates.trees, what), (rates.requests, "answers"), (rates.programs, "programs"), (rates.tokens, "tokens")];
        let per: Vec<String> =
            per.iter().map(|(rate, what)| format!("{} {what}", grouped(rate.round() as u64))).collect();
        ("a minute", format!("{} (over the last {})", per.join(", "), in_words(rates.seconds)))
    });
    let ends = match (&session.eta, state) {
        (_, State::Paused) => "not before somebody lets it go on".to_owned(),
        (Some(eta), _) => until(eta),
        (None, _) => "nobody knows before a problem is done".to_owned(),
    };
    rates.into_iter().chain([("ends", ends)]).collect()
}

fn until(eta: &Eta) -> String {
    let left = in_words(eta.seconds);
    match eta.by.as_str() {
        "problems" => format!("about {left} left"),
        budget => format!("about {left} left until the budget of {budget} is used up"),
    }
}

/// A length of time, rounded to what one would say.
fn in_words(seconds: f64) -> String {
    let (minutes, hours) = (seconds / 60.0, seconds / 3600.0);
    if seconds < 99.5 {
        format!("{seconds:.0} s")
    } else if minutes < 99.5 {
        format!("{minutes:.0} min")
    } else {
        format!("{hours:.1} h")
    }
}

fn bar(done: u64, all: u64) -> String {
    let filled = (done * BAR).checked_div(all).unwrap_or(BAR).min(BAR);
    format!("[{}{}]", "#".repeat(filled as usize), "-".repeat((BAR - filled) as usize))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number with its digits in groups, and decimals only where it has some.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { grouped(value as u64) } else { format!("{value:.4}").trim_end_matches('0').to_owned() }
}

fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A status as a run writes it.
    fn status(changes: &[(&str, serde_json::Value)]) -> Status {
        let mut value = json!({
            "format": 1, "state": "running", "why": null, "run": "a-run", "folder": "/r/a-run",
            "dataset": "starter", "strategy": "self-repair", "model": "lab/m", "simulated": false,
            "oracle_level": "clean", "problems": {"done": 12, "all": 40}, "trees": {"done": 12, "all": 40},
            "round": null, "at_limit": 0, "waiting": 0,
            "programs": {"judged": 1055, "passed": 31, "unscored": 1, "judging": 2},
            "requests": {"in_flight": 4, "answered": 60, "refused": 0, "lost": 1},
            "spent": {"tokens": 45012, "lost_tokens": 120, "usd": 0.125, "set_aside_tokens": 3000},
            "budgets": [{"what": "tokens", "spent": 45012.0, "limit": 200_000.0}],
            "seats": [{"seat": "coder", "model": "lab/m", "answered": 60, "tokens": 45012, "usd": 0.125}],
            "session": {"pid": 7, "began": 100.0, "written": 160.0, "active_seconds": 60.0,
                "rates": {"seconds": 60.0, "trees": 12.0, "requests": 60.4, "programs": 55.0, "tokens": 45012.0},
                "eta": {"seconds": 140.0, "by": "problems"}},
            "failures": [{"what": "lost", "whose": "lab/m", "why": "no answer\nin time", "times": 3}],
            "failing": [{"problem": "starter/f01", "replicate": 0, "slot": "p0", "status": "wrong_answer"}],
        });
        for (key, change) in changes {
            *value.pointer_mut(key).unwrap() = change.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_status_is_told_in_a_few_lines() {
        insta::assert_snapshot!(lines(&status(&[]), 100, 165.0), @"
        a-run: running
        starter, self-repair (oracle level: clean), lab/m
        problems  12 of 40  [#######-----------------]
        programs  1,055 judged, 31 passed, 1 unscored, 2 at the judge
        requests  4 in flight, 60 answered, 1 lost
        spent     45,012 tokens (120 of them lost), $0.125; at most 3,000 more for what is on its way
        budget    45,012 of 200,000 tokens (23 %)
        coder     45,012 tokens, $0.125 for 60 answers of lab/m
        a minute  12 problems, 60 answers, 55 programs, 45,012 tokens (over the last 60 s)
        ends      about 2 min left
        failure   lost: lab/m: no answer in time (3 times)
        failed    starter/f01 p0: wrong_answer
        ");
    }

    #[test]
    fn lines_are_no_longer_than_the_terminal_is_wide() {
        for width in [20, 39, 60] {
            let told = lines(&status(&[]), width, 165.0);
            assert!(told.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{told}");
            assert!(told.contains("12 of 40") && told.contains("wrong_answ"), "{told}");
        }
    }

    #[test]
    fn a_run_that_died_says_when_it_was_last_heard_of() {
        let died = status(&[("/state", json!("died")), ("/session/rates", json!(null)), ("/session/eta", json!(null))]);
        let told = lines(&died, 100, 460.0);
        assert!(told.contains("a-run: died\n") && told.contains("7 is gone; it was last heard of 5 min ago"), "{told}");
        assert!(!told.contains("ends"), "{told}");
    }

    #[test]
    fn an_end_is_foretold_with_what_ends_it() {
        let paused = lines(&status(&[("/state", json!("paused"))]), 100, 165.0);
        assert!(paused.contains("ends      not before somebody lets it go on"), "{paused}");
        let budget = status(&[("/session/eta/by", json!("tokens")), ("/session/eta/seconds", json!(7000.0))]);
        let told = line(&budget);
        assert!(told.contains("about 1.9 h left until the budget of tokens is used up"), "{told}");
        let unknown = lines(&status(&[("/session/eta", json!(null))]), 100, 165.0);
        assert!(unknown.contains("nobody knows before a problem is done"), "{unknown}");
    }
}

//! Cells of sessions.

use super::{Result, look, look_all};
use crate::common::{AMPLE, is_wasm, with_cpu};
use mend_judge::{JudgeError, JudgeOptions, Look, Sight};

fn session(options: JudgeOptions, texts: &[&str]) -> Vec<String> {
    match look(options, wanted(texts)).sight {
        Sight::Cells(printed) => printed,
        other => panic!("{other:?}"),
    }
}

fn wanted(texts: &[&str]) -> Look {
    Look::Cells { texts: texts.iter().map(|text| (*text).to_owned()).collect() }
}

#[test]
fn a_session_prints_what_a_repl_prints() {
    let cells = [
        ("x = 3\nx + 1", "4\n"),
        ("print(x)\nx * 2", "3\n6\n"),
        ("_", "6\n"),
        ("None", ""),
        ("", ""),
        ("'a' * 3", "'aaa'\n"),
        ("for i in range(3): print(i)", "0\n1\n2\n"),
        (
            "import sys\nsys.stderr.write('to both\\n')\nsys.stdout.buffer.write(b'bytes\\n') and None",
            "to both\nbytes\n",
        ),
        ("def half(n):\n    return 1 / n\n\nhalf(4)", "0.25\n"),
        (
            "half(0)",
            "Traceback (most recent call last):\n  File \"<cell 10>\", line 1, in <module>\n    half(0)\n  File \"<cell 9>\", line 2, in half\n    return 1 / n\nZeroDivisionError: division by zero\n",
        ),
        ("x = = 2", "  File \"<cell 11>\", line 1\n    x = = 2\nSyntaxError: invalid syntax\n"),
        (
            "raise KeyError('k')",
            "Traceback (most recent call last):\n  File \"<cell 12>\", line 1, in <module>\n    raise KeyError('k')\nKeyError: 'k'\n",
        ),
        ("import dataclasses\n@dataclasses.dataclass\nclass P:\n    a: int\nP(x)", "P(a=3)\n"),
        ("object()", "<object object at 0x...>\n"),
        ("try:\n    input()\nexcept EOFError as error:\n    print('no input')", "no input\n"),
    ];
    let texts: Vec<&str> = cells.iter().map(|(text, _)| *text).collect();
    let printed = session(AMPLE, &texts);
    for ((text, expected), printed) in cells.iter().zip(&printed) {
        assert_eq!(printed, expected, "{text}");
    }
    // A session is a function of its cells.
    assert_eq!(session(AMPLE, &texts), printed);
    assert_eq!(session(AMPLE, &[]), [""; 0]);
    // Each session is a fresh one.
    assert!(session(AMPLE, &["x"])[0].ends_with("NameError: name 'x' is not defined\n"));
}

#[test]
fn what_a_cell_prints_is_bounded() {
    let printed = session(AMPLE, &["print('a' * 10 ** 7)", "for i in range(10 ** 5): print(i)", "1"]);
    for long in &printed[..2] {
        assert!(long.chars().count() < 3_200 && long.contains("bytes left out"), "{}", long.len());
    }
    assert!(printed[0].starts_with("aaa") && printed[0].ends_with("aaa\n"));
    assert!(printed[1].starts_with("0\n1\n2\n") && printed[1].ends_with("99998\n99999\n"));
    assert_eq!(printed[2], "1\n");
    let deep = session(AMPLE, &["def f(n): return f(n + 1)\nf(0)"]).remove(0);
    assert!(
        deep.contains("frames left out") && deep.contains("RecursionError: maximum recursion depth exceeded"),
        "{deep}"
    );
    assert!(deep.lines().count() < 30);
}

#[test]
fn a_cell_that_ends_the_session_says_so_and_those_before_it_stand() {
    let rest = "(not run: the session had ended)".to_owned();
    let ended = |how: &str| format!("(the session ended in this cell: the interpreter {how})");
    let check = |options, texts: &[&str], last: String| {
        let mut expected = vec!["1\n".to_owned(), last];
        expected.resize(texts.len() + 1, rest.clone());
        let texts: Vec<&str> = [&["1"], texts].concat();
        assert_eq!(session(options, &texts), expected, "{texts:?}");
    };
    check(AMPLE, &["import os\nos._exit(4)", "2", "3"], ended("exited with status 4"));
    check(with_cpu(1000), &["while True: pass", "2"], ended("reached the time limit"));
    if !is_wasm() {
        check(
            AMPLE,
            &["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "2"],
            ended("was killed by signal 9"),
        );
        check(AMPLE, &["import os\nos.closerange(0, 100)", "2"], ended("exited with status 1"));
    }
    // An exit by an exception is one like others.
    let printed = session(AMPLE, &["import sys\nsys.exit(3)", "2"]);
    assert!(printed[0].ends_with("SystemExit: 3\n") && printed[1] == "2\n", "{printed:?}");
    if !is_wasm() {
        let printed = session(AMPLE, &["x = 'y' * (1 << 34)", "2"]);
        assert!(printed[0].contains("MemoryError") || printed[0].contains("ended in this cell"), "{printed:?}");
    }
}

#[test]
fn cells_that_break_what_they_reach_harm_nobody() {
    let printed = session(
        AMPLE,
        &[
            "import builtins, sys\nbuiltins.print = builtins.len = builtins.repr = None",
            "2",
            "sys.stdout = sys.stderr = None",
            "3",
            "class A:\n    def __repr__(self): raise ValueError('no')\nA()",
            "class E(Exception):\n    def __str__(self): return 1 / 0\nraise E()",
        ],
    );
    assert_eq!(printed[1], "2\n");
    assert!(printed[5].ends_with("\nE\n") || printed[5] == "E\n", "{printed:?}");
    assert_eq!(printed.len(), 6);
}

#[test]
fn what_no_engine_can_do_is_told_as_unsupported() {
    if !is_wasm() {
        return;
    }
    let seen: Result =
        look_all(AMPLE, [wanted(&["import threading\nthreading.Thread(target=print).start()"])]).remove(0);
    assert!(matches!(seen, Err(JudgeError::Unsupported { ref why }) if why == "threads"), "{seen:?}");
}

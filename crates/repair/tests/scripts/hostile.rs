//! Scripts that would take all memory, or never end, or make us run out of stack. Each ends with an error that names the
//! script, the line and what to do.

use crate::play::{Play, by_luck};
use mend_repair::Script;
use std::collections::BTreeMap;

const HEADER: &str =
    "strategy(summary = \"s\", seats = [\"coder\", \"repairer\"], see = \"public\", stop_on = \"public\", bound = 5)\n";

fn ended(text: &str) -> Result<(), String> {
    let script = Script::load("mine.star", text, &BTreeMap::new()).map_err(|error| error.to_string())?;
    Play::new(&script, by_luck, 2).finish(0).map(drop).map_err(|error| error.to_string())
}

fn whole(body: &str) -> String {
    let body: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    format!("{HEADER}def solve(problem, p):\n{}    return None\n", body.concat())
}

#[track_caller]
fn check(body: &str, line: usize, expected: &str) {
    let said = ended(&whole(body)).expect_err(body);
    let begin = said.starts_with(&format!("mine.star:{line}: "));
    assert!(begin && said.contains(expected) && said.contains("\n  hint: "), "{body}\n---\n{said}");
    assert!(said.len() < 4_000, "{body}\n---\n{} bytes", said.len());
}

const TOO_MUCH: &str = "one evaluation holds more than 128 MiB";
const TOO_LONG: &str = "one evaluation takes more than 2000000 steps";

#[test]
fn what_would_take_all_memory_ends_before_it_does() {
    for body in [
        "x = \"a\" * 1000000000",
        "x = 2000000000 * \"abc\"",
        "x = [1] * 1000000000",
        "x = (1, 2) * 1000000000",
        "x = [[0]] * 500000000",
        "x = \"ab\"\nx *= 1000000000",
        "x = [1]\nx *= 1000000000",
        "x = \"a\"\nfor i in range(60): x = x + x",
        "x = \"a\"\nfor i in range(60): x += x",
        "x = [1]\nfor i in range(60): x = x + x",
        "x = [1]\nfor i in range(60): x += x",
        "x = [1]\nfor i in range(60): x.extend(x)",
        "x = (1,)\nfor i in range(60): x = x + x",
        "x = \"a\"\nfor i in range(60): x = \"%s%s\" % (x, x)",
        "x = \"a\"\nfor i in range(60): x = \"{0}{0}\".format(x)",
        "x = \"a\"\nfor i in range(60): x = \"{a}{b}\".format(a = x, b = x)",
        "x = \"a\"\nfor i in range(60): x = f\"{x}{x}\"",
        "x = \"a\"\nfor i in range(60): x = \"\".join([x, x])",
        "x = \"a\"\nfor i in range(60): x = x.replace(\"a\", \"aa\")",
        "x = \"a\" * 100000\nx = x.replace(\"a\", x)",
        "x = \"a\" * 100000\nx = x.replace(\"\", x)",
        "x = \"a\" * 100000\nx = x.join([\"\"] * 100000)",
        "x = [\"\"] * 100000\nx = (\"a\" * 100000).join(x)",
        "f = \"a\".join\nx = (\"a\" * 100000)\nx = getattr(x, \"join\")([\"\"] * 100000)",
        "x = [\"a\"]\nx[0] *= 1000\nfor i in range(60): x[0] += x[0]",
        "x = [[0] * 1000000 for i in range(100)]",
        "x = []\nfor i in range(1000): x.append(list(range(1000000)))",
        "x = []\nf = list\nfor i in range(1000): x.append(f(range(1000000)))",
        "x = [0] * 1000000\ny = []\nfor i in range(1000): y.append(x[:])",
        "x = {i: i for i in range(100000)}\ny = []\nfor i in range(1000): y.append(dict(x))",
        "x = {i: i for i in range(100000)}\ny = []\nfor i in range(1000): y.append(x | {})",
        "def f(*args): return args\nx = []\nfor i in range(1000): x.append(f(*([0] * 1000000)))",
        "x = problem.statement\nfor i in range(60): x += x",
    ] {
        let last = 2 + body.lines().count();
        check(body, last, TOO_MUCH);
    }
}

#[test]
fn functions_and_texts_about_nodes_grow_no_further_than_others() {
    check("f = lambda x: x + x\nx = \"a\"\nfor i in range(60): x = f(x)", 3, TOO_MUCH);
    let body = "program = ask(\"program\", \"x\")\nx = diff(program, \"y\")\nfor i in range(60): x = x + x";
    check(body, 5, TOO_MUCH);
}

#[test]
fn what_would_never_end_counts_as_steps() {
    for body in [
        "for i in range(2000000000): pass",
        "x = [i for i in range(2000000000) if i < 0]",
        "x = [0] * 1000000\nfor i in range(1000000): max(x)",
        "x = [0] * 1000000\nfor i in range(1000000): any(x)",
        "x = \"a\" * 1000000\nfor i in range(1000000): x.count(\"b\")",
        "x = \"a\" * 1000000\nfor i in range(1000000): \"b\" in x",
        "x = \"a\" * 1000000\nfor i in range(1000000): x[i]",
        "for i in range(1000000): sorted(range(100000))",
        "for i in range(1000000): find(\"[a-z]{10}\", \"abc\")",
    ] {
        let last = 2 + body.lines().count();
        check(body, last, TOO_LONG);
    }
}

#[test]
fn a_long_range_is_for_loops() {
    for body in [
        "x = list(range(1000000000))",
        "x = max(range(1000000000))",
        "x = sorted(range(1000000000))",
        "x = sum_of(range(1000000000))",
        "x = tuple(range(1000000000))",
        "x = reversed(range(1000000000))",
        "x = enumerate(range(1000000000))",
        "x = zip(range(1000000000), range(1000000000))",
        "x = map(str, range(1000000000))",
        "x = filter(None, range(1000000000))",
        "x = dict([(i, i) for i in reversed(range(1000000000))])",
        "x = any(range(1000000000))",
        "x = min(*range(1000000000))",
        "x = each(range(1000000000), list)",
        "x = []\nx.extend(range(1000000000))",
        "x = []\nx += range(1000000000)",
    ] {
        let body = format!("sum_of = list\n{body}");
        let last = 2 + body.lines().count();
        check(&body, last, "a range of 1000000000 numbers");
    }
    assert_eq!(ended(&whole("for i in range(2000000000):\n    if i > 3: break")), Ok(()));
    assert_eq!(ended(&whole("x = list(range(1000))\nx = max(range(5, 1000, 7))")), Ok(()));
}

#[test]
fn values_that_hold_themselves_or_each_other_many_times_are_not_written_out() {
    let twice = "x = [1]\nfor i in range(60): x = [x, x]\ny = [1]\nfor i in range(60): y = [y, y]";
    for (body, expected) in [
        (format!("{twice}\nz = str(x)"), "with all that it holds"),
        (format!("{twice}\nz = \"%s\" % x"), "with all that it holds"),
        (format!("{twice}\nz = f\"{{x}}\""), "with all that it holds"),
        (format!("{twice}\nz = x == y"), "with all that it holds"),
        (format!("{twice}\nz = x < y"), "with all that it holds"),
        (format!("{twice}\nz = x in [y]"), "with all that it holds"),
        (format!("{twice}\nfail(x)"), "with all that it holds"),
        (format!("{twice}\nask(\"program\", \"{{{{ x }}}}\", x = x)"), "with all that it holds"),
        (format!("{}\nz = {{x: 1}}", twice.replace("[x, x]", "(x, x)")), "with all that it holds"),
        (
            format!("{}\nz = {{}}\nz[x] = 1", twice.replace("[x, x]", "(x, x)").replace("[1]", "1")),
            "with all that it holds",
        ),
        ("x = []\nx.append(x)\nask(\"program\", \"{{ x }}\", x = x)".to_owned(), "holds itself"),
        ("x = []\nx.append(x)\nz = str(x)".to_owned(), "holds itself"),
        ("x = []\nx.append(x)\nz = x == [x]".to_owned(), "holds itself"),
        ("x = {}\nx[\"x\"] = x\nask(\"program\", \"{{ x }}\", x = x)".to_owned(), "holds itself"),
        ("x = []\nfor i in range(100000): x = [x]\nz = str(x)".to_owned(), "deep, or holds itself"),
        (
            "program = ask(\"program\", \"x\")\nx = []\nfor i in range(100000): x = [x]\nrun(program, [x])".to_owned(),
            "deep, or holds itself",
        ),
    ] {
        let last = 2 + body.lines().count();
        check(&body, last, expected);
    }
    // What cannot be kept is made again.
    let cyclic = "def f(i):\n    x = []\n    x.append(x)\n    return x\neach([1, 2], f)";
    assert_eq!(ended(&whole(cyclic)), Ok(()));
}

#[test]
fn numbers_stay_numbers() {
    for body in [
        "x = 3\nfor i in range(60): x = x * x",
        "x = 3\nfor i in range(60): x *= x",
        "x = 1 << 5000",
        "x = 1\nfor i in range(60): x = x << 100",
        "x = int(\"9\" * 2000)",
    ] {
        let last = 2 + body.lines().count();
        check(body, last, if body.contains("int(") { "`int` reads" } else { "more than 4,096 bits" });
    }
    check("x = range(10000000000)", 3, "");
    assert_eq!(ended(&whole("x = 1 << 1000\ny = x * x - x // 3\nz = y % 1000 == 7")), Ok(()));
}

#[test]
fn calls_nest_to_a_depth() {
    for (body, line) in [
        ("def f(n): return f(n + 1)\nf(0)", 3),
        ("def f(n): return [f(n + 1)]\nf(0)", 3),
        ("def f(n): return each([n], f)\nf(0)", 3),
        ("def f(n): return map(f, [n])\nf(0)", 3),
        ("def f(n): return max([n, 1], key = f)\nf(0)", 3),
        ("f = lambda g: g(g)\nf(f)", 3),
        ("def f(n): return g(n)\ndef g(n): return f(n)\nf(0)", 4),
    ] {
        let said = ended(&whole(body)).expect_err(body);
        let at: Vec<usize> =
            said.lines().next().and_then(|first| first.split(':').nth(1)?.parse().ok()).into_iter().collect();
        assert!(at.iter().all(|at| (line..=line + 1).contains(at) || *at == line - 1), "{said}");
        assert!(said.contains("a function of the script calls itself, or calls nest too deeply"), "{said}");
    }
}

#[test]
fn texts_that_nest_too_deep_are_refused_before_they_are_read() {
    let deep = |begin: &str, end: &str| format!("x = {}1{}", begin.repeat(100_000), end.repeat(100_000));
    for body in [
        deep("(", ")"),
        deep("[", "]"),
        deep("not ", ""),
        deep("-", ""),
        deep("1 + ", ""),
        deep("lambda: ", ""),
        deep("f(", ")"),
        deep("1 if 1 else ", ""),
    ] {
        let said = ended(&whole(&body)).unwrap_err();
        assert!(
            said.starts_with("mine.star:3: an expression") || said.contains("bytes: expected at most"),
            "{}",
            &said[..100]
        );
        assert!(said.len() < 4_000);
    }
    // What is as deep as it may be is read, evaluated, and no trouble.
    let as_deep = |begin: &str, end: &str, times: usize| format!("x = {}1{}", begin.repeat(times), end.repeat(times));
    for body in [
        as_deep("(", ")", 95),
        as_deep("[", "]", 95),
        as_deep("not ", "", 190),
        as_deep("1 + ", "", 190),
        as_deep("str(", ")", 90),
        as_deep("lambda: ", "", 95),
    ] {
        assert_eq!(ended(&whole(&body)), Ok(()), "{body}");
    }
}

#[test]
fn the_top_of_a_script_and_its_header_are_bounded_too() {
    for (text, expected) in [
        (format!("x = \"a\" * 1000000000\n{}", whole("pass")), TOO_MUCH),
        (format!("x = [i for i in range(2000000000)]\n{}", whole("pass")), TOO_LONG),
        (whole("pass").replace("bound = 5", "bound = lambda p: len(\"a\" * 1000000000)"), TOO_MUCH),
        (whole("pass").replace("bound = 5", "bound = 2000000000"), "must be a whole number from 1 to 1000000"),
        (whole("pass").replace("summary = \"s\"", "summary = str([[0] * 1000000] * 1000)"), "with all that it holds"),
        (whole("x = mend__arg(\"list\", 1)"), "the engine's own"),
    ] {
        let said = ended(&text).unwrap_err();
        assert!(said.starts_with("mine.star:") && said.contains(expected), "{said}");
    }
}

/// Guards change no value: what operators, methods and functions do is what Starlark does.
#[test]
fn guarded_operations_give_what_they_gave() {
    let body = r#"
x = [3, 1, 2]
x += [4]
x[0] += 7
d = {"a": 1, (1, 2): 2}
d["b"] = d["a"] + d[(1, 2)]
d |= {"c": 5}
s = "a,b,c"
t = "x"
t *= 3
t += "y"
def f(*args, **kwargs): return [list(args), kwargs]
checks = [
    (x, [10, 1, 2, 4]),
    (x[1:3], [1, 2]),
    (x[::-1], [4, 2, 1, 10]),
    (sorted(x, key = lambda n: -n), [10, 4, 2, 1]),
    (max(x), 10),
    (min(x, key = lambda n: n % 4), 4),
    (d, {"a": 1, (1, 2): 2, "b": 3, "c": 5}),
    (s.split(","), ["a", "b", "c"]),
    ("-".join(s.split(",")), "a-b-c"),
    (s.replace(",", ""), "abc"),
    (s.replace(",", "", 1), "ab,c"),
    ("{} {x} {0}".replace("{} ", "").format(1, x = 2), "2 1"),
    ("%s %d %r" % ("a", 1, "b"), 'a 1 "b"'),
    (f"{s}!", "a,b,c!"),
    (t, "xxxy"),
    (f(*x, **{"k": 1}), [[10, 1, 2, 4], {"k": 1}]),
    ([a + b for a, b in zip([1, 2], [3, 4]) if a != 1 or b == 3], [4, 6]),
    ({k: v for k, v in [("a", 1)]}, {"a": 1}),
    ([i for i in range(3)], [0, 1, 2]),
    (list(range(5, 0, -2)), [5, 3, 1]),
    (1 in x, True),
    (5 not in x, True),
    ("b" in s, True),
    ("a" in d, True),
    (3 - 1, 2),
    (1 << 4, 16),
    (7 % 4, 3),
    (2.0 * 3, 6.0),
    (getattr("a-b", "replace")("-", "+"), "a+b"),
    (hash("a"), 97),
    (len("abc"[1:]), 2),
    ("abc"[-1], "c"),
    (int("12"), 12),
    (str([1, "a"]), '[1, "a"]'),
    (1 < 2, True),
    ("b" >= "a", True),
    ([1, 2] <= [1, 2], True),
    (2 > 3, False),
    ((1, 2) + (3,), (1, 2, 3)),
    (type("a") == "string", True),
]
for found, expected in checks:
    if found != expected:
        fail(found, expected)
"#;
    assert_eq!(ended(&whole(body)), Ok(()));
}

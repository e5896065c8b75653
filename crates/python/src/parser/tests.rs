use super::*;
use crate::tree::{ExpressionKind, StatementKind};
use std::fmt::Write as _;

#[track_caller]
fn accepts(texts: &[&str]) {
    let refused: Vec<_> = texts.iter().filter_map(|text| parse(text).err().map(|error| (text, error))).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
}

#[test]
fn every_kind_of_statement_is_known() {
    accepts(&[
        "",
        "\n\n# only a comment",
        "x = 1; y = 2;",
        "a, *b = c = d, e\n",
        "(a) = [b, c] = f()\n",
        "x: int\ny: list[int] = 1, 2\nself.x: int = 3\n",
        "x += 1; x //= 2; x @= y; x **= -1; x >>= 2\n",
        "def f(a, /, b=1, *c, d, e=2, **g) -> None: pass\n",
        "def f(*, a): return\ndef g(a, *, b=1, **c): yield\n",
        "@a.b(c)\n@d\nclass C(B, metaclass=M, *e): x = 1\n",
        "async def f():\n    async for a in b: await c\n    async with d as e, g: return [h async for h in i]\n",
        "if a: pass\nelif b: pass\nelse: pass\n",
        "while a:\n    break\nelse:\n    pass\nfor a in b, c: continue\n",
        "for a, *b in c:\n  if d:\n    e\n",
        "with (a as b, c as d,):\n    pass\nwith (a, b): pass\nwith (a): pass\nwith (yield_(a)) as b: pass\n",
        "try: pass\nexcept (A, B) as e: pass\nexcept: pass\nelse: pass\nfinally: pass\n",
        "try: pass\nexcept* A: pass\ntry: pass\nfinally: pass\n",
        "match = 1\nmatch(x)\nmatch[0]\nmatch.group(1)\nprint(match, case, type)\n",
        "match x, y:\n    case 1 | -2 | 3+4j | 'a' 'b': pass\n    case [a, *_, b]: pass\n    case (c, d) if e: pass\n    case _: pass\n",
        "match x:\n    case {'a': 1, **rest}: pass\n    case A.B(c, d=e): pass\n    case f.g | None as h: pass\n    case (1): pass\n    case []: pass\n",
        "match (x):\n    case *a, b: pass\n",
        "type X = int\ntype Y[T] = list[T]\ntype = 3\ntype(x)\n",
        "def f[T: int, *U, **V](x: T): pass\nclass C[T = int]: pass\n",
        "import a.b as c, d\nfrom . import e\nfrom ...f.g import (h as i, j,)\nfrom k import *\n",
        "global a, b\ndel a, b[0], (c, d.e)\nassert a, 'b'\nraise a from b\nraise\n",
        "x = yield_\ndef f():\n    x = yield\n    y = yield a, b\n    z = yield from c\n    return *d, e\n",
        "if x:\n        a\n\n# comment\n        b\nc\n",
        "if x:\n\ta\n\tif y:\n\t\tb\n",
        "a = \\\n    1\n",
        "if a:\n    b\n\\\n    c\n    \\\nd\n",
        "\u{feff}x = 1\r\nif x:\r\n    y\r\n",
        "x = 1 # end without newline",
        "  \n\t\n   # indented comment\nx = 1\n",
    ]);
}

#[test]
fn every_kind_of_expression_is_known() {
    accepts(&[
        "a if b else c if d else e",
        "lambda: 0\nlambda a, *b, c=1, **d: (a, b)\nlambda *, a: a\n",
        "not a in b is not c not in d < e <= f == g != h",
        "-a ** -b ** ~c @ d // e % f << g >> h & i ^ j | k",
        "a or b and not c",
        "(a := b), [c := d], {e := f}, g[h := i], j(k := l)",
        "a[1], a[1:], a[:2], a[::3], a[1:2, ..., 3], a[*b], a[:, None]",
        "f(), f(a), f(a, *b, c=d, **e), f(a for a in b), f(*a, *b, c=1,)",
        "f(a=1, *b)",
        "(), (a,), (a, b), [], [a, *b], {a}, {*a, b}, {}, {a: b, **c}",
        "[a for b in c if d if e for f, in g], {a: b for c, d in e}, {a for b in c}, (a for b in c)",
        "0xFF, 0o17, 0b1_0, 1_000, 1., .5, 1e5, 1E-5, 1j, 1.5e3J, 00, 0_0, 09.5",
        "1if a else 2",
        "'a' \"b\" r'\\d' u'c', b'd' rb'\\x', '''e\n'f' ''', \"\"\"g\\\"\"\"\"",
        "'\\x41\\u0041\\U0001F600\\N{BULLET}\\q\\\n'",
        "f'', f'a{b}c{{d}}', f'{a!r:>{b}.{c}}', f'{a=}', f'{a = !s}', f\"{a['b']}\", rf'\\d{a}', f'{a:%Y-%m}'",
        "f'''{\na\n}''', f'{a if b else c}', f'{ {1: 2}[1] }', f'{(lambda x: x)(1)}', f'{a, b}', f'{*a, b}'",
        "f'{a!r}' 'b' f'{c:{d}{e}}', f'\\N{BULLET}{a}', f'{x:=5}', f'{x!=y}', f'{a[1:2]}', f'{f'{b}'}', t'{a}'",
        "é = ñ2 = 日本 = x\u{301}",
        "a.b.c().d[e](f)(g).h",
        "print(*a, sep='')",
        "x = (yield_)\n",
        "a\\\n  .b",
        "[\n1,\n# comment\n\n2\n]\n",
    ]);
}

#[test]
fn what_is_not_python_is_told_with_its_line() {
    refuses("def f(x):\n", "line 2: expected an indented block");
    refuses("def f(x):\nreturn x\n", "line 2: expected an indented block");
    refuses("def f(x)\n    return x\n", "line 1: unexpected end of the line");
    refuses("if x:\n        a\n    b\n", "line 3: unindent does not match any outer indentation level");
    refuses("if x:\n    a\n\tb\n", "line 3: tabs and spaces are mixed in the indentation");
    refuses("x\n    y\n", "line 2: unexpected indentation");
    refuses("  x\n", "line 1: unexpected indentation");
    refuses("print \"hello\"\n", "line 1: invalid syntax");
    refuses("x = (1,\n", "line 2: a bracket is never closed");
    refuses("x = (1]\n", "line 1: a closing bracket without its opening one");
    refuses("x = 'a\n", "line 1: unterminated string");
    refuses("x = '''a\nb\n", "line 3: unterminated string");
    refuses("f'{a'", "line 1: unterminated string");
    refuses("f'a}'", "line 1: a single '}' in a string with fields");
    refuses("f'{}'", "line 1: invalid syntax");
    refuses("012", "line 1: invalid number");
    refuses("1abc", "line 1: invalid number");
    refuses("x = $y", "line 1: invalid character");
    refuses("x = `y`", "line 1: invalid character");
    refuses("x?", "line 1: invalid character");
    refuses("1 = x", "line 1: this cannot be assigned to");
    refuses("f() = x", "line 1: this cannot be assigned to");
    refuses("x + 1 += 2", "line 1: this cannot be assigned to");
    refuses("for f() in x: pass", "line 1: this cannot be assigned to");
    refuses("f(a=1, 2)", "line 1: a positional argument follows a keyword argument");
    refuses("f(**a, *b)", "line 1: an argument behind '*' follows one behind '**'");
    refuses("f(a=1, a=2)", "line 1: a keyword argument is repeated");
    refuses("f(a for a in b, c)", "line 1: a generator among other arguments needs parentheses");
    refuses("def f(a=1, b): pass", "line 1: a parameter without a default follows one with a default");
    refuses("def f(a, a): pass", "line 1: a parameter is repeated");
    refuses("return 1", "line 1: invalid syntax");
    refuses("break", "line 1: invalid syntax");
    refuses("yield x", "line 1: 'yield' outside a function");
    refuses("def f(): await x", "line 1: 'await' outside an async function");
    refuses("try: pass\n", "line 2: expected 'except' or 'finally'");
    refuses("else: pass\n", "line 1: invalid syntax");
    refuses("*a", "line 1: a starred expression stands alone");
    refuses("'a' b'c'", "line 1: bytes and text stand side by side");
    refuses("b'é'", "line 1: bytes can only hold ASCII characters");
    refuses("'\\x4'", "line 1: truncated escape in a string");
    refuses("class C: return", "line 1: invalid syntax");
    refuses("x = 1\n\\", "line 2: unexpected character after a line continuation");
    refuses("It's a function.", "line 1: unterminated string");
    refuses("This is (in short) a function.", "line 1: invalid syntax");
}

#[test]
fn chains_are_flat_and_spans_are_exact() {
    let text = format!("{}1", "1 + ".repeat(5000));
    let module = parse(&text).unwrap();
    let StatementKind::Expression(sum) = &module.body[0].kind else { panic!("{module:?}") };
    let ExpressionKind::Operation(terms) = &sum.kind else { panic!("{sum:?}") };
    assert_eq!((terms.len(), sum.span.range()), (5001, 0..text.len()));
    parse(&format!("a{}", ".b()[0]".repeat(5000))).unwrap();
    parse(&format!("if a: pass\n{}", "elif b: pass\n".repeat(2000))).unwrap();

    let text = "@d\ndef f(x):\n    if x:\n        return x  # why\n\n\ny = f(1) ;z\n";
    let spans: Vec<_> = parse(text).unwrap().body.iter().map(|statement| statement.span.of(text)).collect();
    assert_eq!(spans, ["@d\ndef f(x):\n    if x:\n        return x", "y = f(1)", "z"]);
    let text = "assert f(1, *a, k=2)[0].g(x) == 3\n";
    let StatementKind::Assert { test, .. } = &parse(text).unwrap().body[0].kind else { panic!() };
    let ExpressionKind::Operation(sides) = &test.kind else { panic!("{test:?}") };
    let (callee, arguments) = sides[0].call(text).unwrap();
    assert_eq!((callee, arguments.len(), sides[0].root(text)), ("f(1, *a, k=2)[0].g", 1, Some("f")));
}

/// Texts that are made to be slow or deep, each about so many bytes long.
fn adversarial(bytes: usize) -> Vec<String> {
    let pieces = [
        "(",
        "[",
        "{",
        "((",
        "- ",
        "not ",
        "lambda: ",
        "a if b else ",
        "a ** ",
        "f'{",
        "f\"{f'{",
        "await ",
        "x[",
        "f(",
        "*",
        "\"\"\"\n",
        "'''",
        "'",
        "\\\n",
        "if x:\n",
        "with (",
        "match (",
        "match x:\n case ",
        "case",
        "@",
        "(lambda: ",
        "[x for x in ",
        "{1: ",
        "It's (so: ",
        "a, ",
        "1 + ",
        "a.b",
        "()",
        "x = ",
        "elif x: pass\n",
        "\t",
        " ",
        "\n",
        "#\n",
        "def f(",
        "def f(a=lambda: (",
        "x: ",
        "é",
        "0",
        "0x",
        "1e",
        ";",
        "return\n",
        "try: pass\n",
        "from . import (",
        "yield ",
    ];
    pieces.iter().map(|piece| piece.repeat(bytes / piece.len())).collect()
}

#[test]
fn adversarial_texts_end_and_the_stack_holds() {
    // Half of what a thread has by default.
    let run = || {
        for text in adversarial(1 << 18) {
            let _ = parse(&text);
            let found: usize = crate::Statements::of(&text).map(|lines| lines.statements.len()).sum();
            assert!(found <= text.len());
        }
        let mut blocks = String::new();
        for depth in 0..99 {
            writeln!(blocks, "{}if x:", " ".repeat(depth)).unwrap();
        }
        parse(&format!("{blocks}{}pass\n", " ".repeat(99))).unwrap();
        for depth in [40, 140] {
            parse(&format!("{}1{}", "(".repeat(depth / 2 - 10), ")".repeat(depth / 2 - 10))).unwrap();
        }
        refuses(&"(".repeat(1000), "line 1: too deeply nested");
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    refuses(&"x\n".repeat(LONGEST), "line 1: the text is too long to be a program");
}

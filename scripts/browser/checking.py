"""What all tests in a browser are made of: claims, questions to a page, and the loop that runs the tests."""

import time
import traceback

from driver import Browser


def check(condition, told):
    if not condition:
        raise AssertionError(told)


def equal(found, expected, what):
    check(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def text(b, selector):
    return b.run("const e = document.querySelector(arguments[0]); return e && e.textContent", selector)


def count(b, selector):
    return b.run("return document.querySelectorAll(arguments[0]).length", selector)


def rules(axe):
    """The script of axe-core; None, and a word about it, where it is not there."""
    if not axe:
        print("    skipped: axe-core is not there")
        return None
    with open(axe) as file:
        return file.read()


def break_no_rule(b, source, where, width, dark):
    """Whether the page, as it is now, breaks a rule of accessibility."""
    b.run(source + "; return 1")
    found = b.run_later("axe.run(document, {resultTypes: ['violations']}).then(r => arguments[0](r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].target.join(' '), v.nodes[0].failureSummary])))")
    check(not found, f"{where} at {width}, {'dark' if dark else 'light'}:\n" + "\n".join(f"  {i} ({n}): {t}\n    {s}" for i, n, t, s in found))


def play(tests, arguments, subject, words=""):
    """Runs tests on a subject, each with axe-core's file where it takes one. The exit code of all."""
    failed = 0
    for test in tests:
        if arguments.only not in test.__name__:
            continue
        name = words + test.__name__.replace("_", " ")
        # A browser of its own: a test that fails leaves nothing behind for the next.
        browser = Browser(arguments.chromedriver, arguments.chromium)
        begun = time.monotonic()
        try:
            extra = [arguments.axe] if test.__code__.co_argcount == 3 else []
            test(browser, subject, *extra)
            print(f"  passed  {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception as error:  # noqa: BLE001
            failed += 1
            told = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
            print(f"  FAILED  {name}\n    {told}", flush=True)
        finally:
            browser.close()
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0

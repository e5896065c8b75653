"""What compare.html must do in a browser: the comparison of `iid` (A) with `critic` (B). Used by report_test.py."""

import csv
import os
import urllib.parse

from checking import break_no_rule, check, equal, rules, text


def opened(b, runs, width=1400, height=900, dark=False):
    path = os.path.join(runs, "compare", "compare.html")
    b.size(width, height, dark)
    b.open("file://" + urllib.parse.quote(path))
    b.wait("document.documentElement.dataset.ready")
    b.run("try { localStorage.clear() } catch {}")
    return path


def rows(runs, name):
    with open(os.path.join(runs, "compare", name), newline="") as file:
        return list(csv.DictReader(file))


def a_comparison_opens_from_a_file_without_a_request_or_a_complaint(b, runs):
    b.requests(), b.complaints()
    path = opened(b, runs)
    b.press("j", "Enter")
    asked = [url for url in b.requests() if not url.startswith(("file://" + path, "about:", "data:", "blob:"))]
    equal(asked, [], "requests")
    equal(b.complaints(), [], "complaints of the console")
    policy = b.run("return document.querySelector('meta[http-equiv]').content")
    check("default-src 'none'" in policy and "script-src 'sha256-" in policy, policy)
    check("Simulated" in text(b, ".warns"), "simulated models are said")


def the_claim_of_a_comparison_and_its_table_are_those_of_the_file(b, runs):
    opened(b, runs)
    claim = text(b, "#claim")
    listed = [r for r in rows(runs, "compare.csv") if r["group"] == "all" and r["metric"] == "pass@t:billed" and r["low"]]
    first = [r for r in rows(runs, "compare.csv") if r["group"] == "all"][0]
    # Without an interval at equal tokens the claim is about single programs.
    row = listed[-1] if listed else first
    for part in [f"{float(row['a']) * 100:.1f}", f"{float(row['b']) * 100:.1f}"]:
        check(part in claim, f"the claim lacks {part}: {claim}")
    if listed:
        cost = f"{float(row['T']):,.0f}"
        check(f"{cost} tokens" in claim, f"the claim lacks {cost} tokens: {claim}")
        told = text(b, ".view:not([hidden]) .readout")
        check(cost in told, f"the readout is at another cost: {told}")
    cells = b.run("return [...document.querySelector('.figs tbody tr').cells].map(c => c.textContent)")
    equal(cells[1:3], [f"{float(first['a']) * 100:.1f}", f"{float(first['b']) * 100:.1f}"], "the first row of the table")


def the_cost_of_a_comparison_moves_by_keys(b, runs):
    opened(b, runs)
    b.run("document.querySelector(\"[data-pick=axis][value=programs]\").click()")
    b.run("document.querySelector('.view:not([hidden]) [data-plot]').focus()")
    b.press("Home")
    first = text(b, ".view:not([hidden]) .readout")
    b.press("ArrowRight")
    second = text(b, ".view:not([hidden]) .readout")
    check(first != second, "an arrow moves the cost")
    b.press("End")
    check(text(b, ".view:not([hidden]) .readout") not in (first, second), "End goes to the last cost")
    check("programs" in text(b, ".view:not([hidden]) .readout"), "the axis")
    b.run("[...document.querySelectorAll('[data-pick=axis]')].find(e => e.value !== 'programs').click()")
    check("programs" not in (text(b, ".view:not([hidden]) .readout") or ""), "another axis")


def the_problems_of_a_comparison_are_filtered_sorted_and_opened_by_keys(b, runs):
    opened(b, runs)
    ids = "return [...document.querySelectorAll('.item:not([hidden]) .pid')].map(e => e.textContent)"
    everything = b.run(ids)
    equal(len(everything), 40, "problems")
    b.run("document.querySelector(\"[data-fate='only-b']\").click()")
    gained = b.run(ids)
    field = text(b, "[data-fate='only-b']")
    equal(field, f"{len(gained)}only B", "the field and its list")
    check(0 < len(gained) < 40 and f"{len(gained)} of 40" in text(b, ".count"), "the list follows the field")
    b.press("/")
    b.run("const q = document.querySelector('input[type=search]'); q.value = 'nothing-is-called-so'; q.dispatchEvent(new Event('input'))")
    equal(b.run(ids), [], "no problem fits")
    b.run("document.querySelector('[data-clear]').click()")
    equal(len(b.run(ids)), 40, "cleared")
    b.run("const s = document.querySelector('[data-sort]'); s.value = 'id'; s.dispatchEvent(new Event('change'))")
    with open(os.path.join(runs, "iid", "problems.csv"), newline="") as file:
        equal(b.run(ids), [row["problem"] for row in csv.DictReader(file)], "sorted by problem, as the data set has them")
    b.run("document.querySelector('.item summary').focus()")
    b.press("Enter")
    check(b.run("return document.querySelector('.item details').open"), "Enter opens a problem")
    shown = text(b, ".item details[open] .opened")
    check("From A to B" in shown and b.run("return document.querySelectorAll('details[open] .code').length") == 3, shown[:200])
    check(b.run("return document.querySelectorAll('.diff ins, .diff del').length") > 0, "words that differ are marked")
    b.press("t")
    equal(b.run("return document.documentElement.dataset.theme"), "dark", "the theme")


def a_comparison_does_not_scroll_sideways_at_390_and_is_the_same_each_time(b, runs):
    opened(b, runs, width=390)
    b.run("for (const e of document.querySelectorAll('details')) e.open = true")
    check(b.run("return document.documentElement.scrollWidth <= innerWidth"), b.run(
        "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + '.' + e.className).join(' ')"))
    with open(os.path.join(runs, "compare", "compare.html"), "rb") as one, open(os.path.join(runs, "compare-again", "compare.html"), "rb") as two:
        check(one.read() == two.read(), "compare.html differs when it is written again")


def nothing_in_a_comparison_breaks_a_rule_of_accessibility(b, runs, axe):
    source = rules(axe)
    if source is None:
        return
    for width in [390, 1600]:
        for dark in [False, True]:
            opened(b, runs, width=width, dark=dark)
            # All forty problems look alike, and would keep the checker for minutes.
            b.run("const of = [...document.querySelectorAll('.item details')].slice(3); for (const e of document.querySelectorAll('details')) e.open = !of.includes(e); document.querySelector('[data-table]').click()")
            break_no_rule(b, source, "compare.html", width, dark)

"""What compare.html must do in a browser: the comparison of `own` (A) with `critic` (B). Used by report_test.py."""

import csv
import io
import os
import urllib.parse
import xml.etree.ElementTree

from checking import break_no_rule, check, equal, rules, text

MINUS = "\u2212"


def opened(b, runs, width=1400, height=900, dark=False, fragment="", of="compare"):
    path = os.path.join(runs, of, "compare.html")
    b.size(width, height, dark)
    b.open("file://" + urllib.parse.quote(path) + fragment)
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


def in_points(value):
    words = f"{abs(float(value)) * 100:.1f}"
    return words if float(words) == 0 else ("+" if float(value) > 0 else MINUS) + words


def agrees(b, row, group):
    """Whether the claim, the readout, the table and the verdict are about one row of compare.csv."""
    claim, told = text(b, "#claim"), text(b, ".view:not([hidden]) .readout")
    cost = f"{float(row['T']):,.0f}"
    for what, words in [("the claim", claim), ("the readout", told)]:
        for part in [cost, f"{float(row['a']) * 100:.1f}", f"{float(row['b']) * 100:.1f}"] + ([in_points(row["delta"])] if abs(float(row["delta"])) > 0.0005 else []):
            check(part in words, f"{what} lacks {part}: {words}")
    check(("of problems" if group == "all" else f"of {group} problems") in claim, claim)
    if row["low"]:
        low, high = float(row["low"]), float(row["high"])
        says = "B is better" if low > 0 else "B is worse" if high < 0 else "B is no worse" if low > -0.02 else "Undecided"
    else:
        says = "Not known"
    equal(text(b, ".verdict .tag"), says, f"the verdict of [{row['low']}, {row['high']}]")
    better = f"better on {row['better']}, equal on {row['equal']}, worse on {row['worse']}"
    check(better in text(b, ".hero .fine"), f"{better} is not in: {text(b, '.hero .fine')}")
    check(text(b, ".kpis.few dt").startswith(f"Smallest difference that {row['problems']} problems"), text(b, ".kpis.few dt"))
    chosen = b.run("const r = document.querySelector('[data-ladder] tr.on'); return r && r.cells[2].textContent")
    check(chosen and (in_points(row["delta"]) in chosen or abs(float(row["delta"])) < 0.0005), f"the ladder's row: {chosen}")


def points_of(runs, group="all", metric="pass@t:billed"):
    listed = [r for r in rows(runs, "compare.csv") if r["group"] == group and r["metric"] == metric and r["delta"]]
    return sorted(listed, key=lambda r: float(r["T"]))


def the_claim_of_a_comparison_follows_the_slider_and_the_address_keeps_it(b, runs):
    opened(b, runs)
    claim, verdict, ladder = text(b, "#claim"), text(b, ".verdict"), b.run("return document.querySelector('[data-ladder]').innerHTML")
    equal(b.run("return location.hash"), "", "nothing is picked")
    check(b.run("return document.querySelector('[data-by-reader]').hidden"), "the rule picked it")
    b.run("document.querySelector('.view:not([hidden]) [data-plot]').focus()")
    for place, row in enumerate(points_of(runs)):
        b.press("Home", *["ArrowRight"] * place)
        agrees(b, row, "all")
    b.press("Home")
    first = points_of(runs)[0]
    # The address follows a moment later.
    b.wait(f"Math.abs(Number(location.hash.replace('#t=', '')) - {first['T']}) < 0.01")
    check(not b.run("return document.querySelector('[data-by-reader]').hidden") and b.run("return document.querySelector('[data-by-rule]').hidden"), "the reader picked it")
    b.run("location.reload()")
    b.wait("document.documentElement.dataset.ready")
    agrees(b, first, "all")
    b.run("document.querySelector('[data-back]').focus()")
    b.press("Enter")
    equal([text(b, "#claim"), text(b, ".verdict")], [claim, verdict], "the way back")
    equal(b.run("return document.querySelector('[data-ladder]').innerHTML"), ladder, "the ladder after the way back")
    b.wait("location.hash === ''")
    # The slider does the same.
    b.run("const s = document.querySelector('.view:not([hidden]) .slide'); s.value = 1; s.dispatchEvent(new Event('input'))")
    agrees(b, points_of(runs)[1], "all")


def a_comparison_of_curves_that_hardly_meet_reads_what_there_is(b, runs):
    b.complaints()
    opened(b, runs, of="compare-iid")
    claim = text(b, "#claim")
    equal(b.run("return document.querySelectorAll('.view:not([hidden])').length"), 1, "a curve is shown")
    b.run("document.querySelector('.view:not([hidden]) [data-plot]').focus()")
    b.press("Home")
    check("At a mean of" in text(b, "#claim"), text(b, "#claim"))
    for name in ["axis", "group", "nf"]:
        for value in b.run("return [...document.querySelectorAll(`[data-pick=${arguments[0]}]`)].map(e => e.value)", name):
            b.run("document.querySelector(`[data-pick=${arguments[0]}][value='${arguments[1]}']`).click()", name, value)
            shown = b.run("return [document.querySelectorAll('.view:not([hidden])').length, document.querySelector('.noview').hidden]")
            check(shown in ([1, True], [0, False]), f"{name} {value}: {shown}")
    b.run("document.querySelector('[data-back]').click()")
    equal(text(b, "#claim"), claim, "the way back")
    equal(b.complaints(), [], "complaints of the console")


def a_group_and_a_tree_of_a_comparison_are_picked_and_restored(b, runs):
    opened(b, runs)
    groups = [g for g in dict.fromkeys(r["group"] for r in rows(runs, "compare.csv")) if g != "all"]
    check(groups, "difficulties")
    b.run("document.querySelectorAll('[data-pick-group]')[1].focus()")
    b.press("Enter")
    name = b.run("return document.querySelector('[data-pick=group]:checked').dataset.name")
    told = b.run("return Number(document.querySelector('.view:not([hidden]) .slide').value)")
    agrees(b, points_of(runs, name)[told], name)
    b.wait(f"location.hash === '#group={name}'")
    # Fewer repairs: another curve, whose trees the words name.
    equal(b.run("return [...document.querySelectorAll('[data-pick=nf]')].map(e => e.value)"), ["1", "2", "3"], "numbers of repairs")
    before = text(b, ".view:not([hidden]) .readout")
    b.run("document.querySelector('[data-pick=nf][value=\"1\"]').click()")
    check(text(b, ".view:not([hidden]) .readout") != before, "another tree has another curve")
    check("those of B 1 repair of each" in text(b, ".hero .fine"), text(b, ".hero .fine"))
    b.wait(f"location.hash === '#group={name}&nf=1'")
    b.run("const s = document.querySelector('[data-sort]'); s.value = 'b'; s.dispatchEvent(new Event('change'))")
    b.press("/")
    b.press(*"fate:only-b")
    b.run("document.activeElement.blur()")
    b.press("j", "Enter")
    kept = b.run("const o = document.querySelector('.item details[open]'); return [location.hash, document.querySelector('#claim').textContent, [...document.querySelectorAll('.item:not([hidden]) .pid')].map(e => e.textContent), o.querySelector('.pid').textContent]")
    for part in ["group=", "nf=1", "q=fate%3Aonly-b", "sort=b", "problem="]:
        check(part in kept[0], f"the address lacks {part}: {kept[0]}")
    b.run("location.reload()")
    b.wait("document.documentElement.dataset.ready")
    restored = b.run("const o = document.querySelector('.item details[open]'); return [location.hash, document.querySelector('#claim').textContent, [...document.querySelectorAll('.item:not([hidden]) .pid')].map(e => e.textContent), o && o.querySelector('.pid').textContent]")
    equal(restored, kept, "what the address restores")
    # What does not exist falls back to what the page shows by itself.
    opened(b, runs, fragment="#axis=gold&group=nobody&nf=99&t=x&sort=z&problem=none")
    check(b.run("return document.querySelector('[data-by-reader]').hidden"), "nothing of it exists")


def problems_of_a_comparison_are_drawn_by_the_tree_that_is_picked(b, runs):
    rates = {}
    for run in ["own", "critic"]:
        with open(os.path.join(runs, run, "problem_rates.csv"), newline="") as file:
            rates[run] = {(r["problem"], r["n_p"], r["n_f"]): float(r["pass_rate"]) for r in csv.DictReader(file) if r["order"] == "batch" and r["n_r"] == "1"}

    def drawn():
        return b.run("return [...document.querySelectorAll('.item')].map(e => [e.querySelector('.pid').textContent, ...[...e.querySelectorAll('.num')].slice(0, 3).map(n => n.textContent)])")

    opened(b, runs)
    first = b.run("return [document.querySelector('[data-pick=np]:checked').value, document.querySelector('[data-pick=nf]:checked').value]")
    for n_p, n_f in [first, ["2", "1"], ["8", "3"], first]:
        for name, value in [("np", n_p), ("nf", n_f)]:
            b.run("document.querySelector(`[data-pick=${arguments[0]}][value='${arguments[1]}']`).click()", name, value)
        check(f"n_p {n_p}, n_f {n_f}" in text(b, "[data-tree]"), text(b, "[data-tree]"))
        found = drawn()
        deltas = []
        for problem, a, other, delta in found:
            x, y = (rates[run][problem, n_p, n_f] for run in ["own", "critic"])
            check(abs(float(a) - x * 100) < 0.051 and abs(float(other) - y * 100) < 0.051, f"{problem} at {n_p}, {n_f}: {a} and {other}, not {x} and {y}")
            check(abs(float(delta.replace(MINUS, "-")) - (y - x) * 100) < 0.051, f"{problem}: {delta}")
            deltas.append(y - x)
        check(all(one >= other - 1e-4 for one, other in zip(deltas, deltas[1:])), f"sorted by difference at {n_p}, {n_f}: {deltas}")
    b.wait("location.hash === ''")


def a_problem_of_a_comparison_closes_where_one_was(b, runs):
    opened(b, runs)
    b.run("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('.item summary').focus()")
    b.press("j", "j")
    at, name = b.run("return [scrollY, document.activeElement.querySelector('.pid').textContent]")
    b.press("Enter")
    check(b.run("return document.querySelectorAll('.item details[open]').length") == 1, "Enter opens it")
    links = b.run("return [...document.querySelectorAll('details[open] .said-by a')].map(e => e.getAttribute('href'))")
    equal(len(links), 2, "a link into both reports")
    check(all("report.html#problem=" in link for link in links), links)
    b.press("Escape")
    b.wait("!document.querySelector('.item details[open]')")
    equal(b.run("return document.activeElement.querySelector('.pid').textContent"), name, "focus")
    check(abs(b.run("return scrollY") - at) < 4, "the place in the page")
    b.press("Enter")
    b.run("history.back()")
    b.wait("!document.querySelector('.item details[open]')")
    b.run("history.forward()")
    b.wait("document.querySelector('.item details[open]')")
    b.open(b.run("return document.querySelector('details[open] .said-by a').href"))
    b.wait("document.getElementById('nodename')")
    equal(text(b, "#ptitle"), name, "the problem in the report")


def downloads_of_a_comparison_are_its_figures_and_its_drawings_stand_alone(b, runs):
    opened(b, runs)
    b.run("""window.kept = []; const make = URL.createObjectURL;
        URL.createObjectURL = blob => { const at = window.kept.push(null) - 1; blob.text().then(t => { window.kept[at] = t; }); return make(blob); };
        HTMLAnchorElement.prototype.click = function () {};""")

    def kept(selector):
        b.run("window.kept = []; document.querySelector(arguments[0]).click()", selector)
        b.wait("window.kept[0] != null")
        return b.run("return window.kept[0]")

    found = list(csv.DictReader(io.StringIO(kept(".view:not([hidden]) [data-csv]"))))
    expected = points_of(runs)
    equal(len(found), len(expected), "points")
    for one, other in zip(found, expected):
        for column in ["n_p", "T", "a", "b", "delta", "low", "high", "p"]:
            check(one[column] == other[column] or abs(float(one[column]) - float(other[column])) < 1e-6, f"{column}: {one[column]} and {other[column]}")
    svg = kept(".view:not([hidden]) [data-svg]")
    check(xml.etree.ElementTree.fromstring(svg).tag.endswith("svg") and "var(" not in svg and "simulated" in svg, svg[:200])
    for name in ["compare.csv", "compare_flips.csv"]:
        with open(os.path.join(runs, "compare", name), newline="") as file:
            equal(kept(f"[data-file='{name}']"), file.read(), name)


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
    with open(os.path.join(runs, "own", "problems.csv"), newline="") as file:
        equal(b.run(ids), [row["problem"] for row in csv.DictReader(file)], "sorted by problem, as the data set has them")
    # Two runs that differ in what they handed in.
    opened(b, runs, of="compare-iid")
    b.run("[...document.querySelectorAll('.item')].find(e => e.querySelectorAll('.code').length === 3).querySelector('summary').focus()")
    b.press("Enter")
    check(b.run("return document.querySelectorAll('.item details[open]').length") == 1, "Enter opens a problem")
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

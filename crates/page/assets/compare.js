// Shows and hides, sorts and filters what stands in the page, and puts the words about a point that somebody picks into
// the claim. What is chosen stands in the address.
const all = (selector, within) => [...(within || document).querySelectorAll(selector)];

// The theme and the keys.
listenTheme();
const help = () => $("keys").showModal();
$("help").addEventListener("click", help);
$("close-keys").addEventListener("click", () => $("keys").close());

/** The columns of a point's `data-raw`. */
const RAW = "n_p,T,a,b,delta,low,high,p";
const WHOLE = $("compare").dataset;
const rawOf = row => row.dataset.raw.split(",").map(v => v === "" ? null : Number(v));

/** One drawing with its slider, its table and its readout. `pick` is called with a row that somebody reads. */
function reader(view, pick) {
  const slider = view.querySelector(".slide"), rows = all("tbody tr", view), plumb = view.querySelector(".plumb"), told = view.querySelector(".readout");
  const own = Number(slider.value), plot = view.querySelector("[data-plot]");
  const show = place => {
    const row = rows[place];
    slider.value = place;
    plumb.setAttribute("x1", row.dataset.x);
    plumb.setAttribute("x2", row.dataset.x);
    if (told.textContent !== row.dataset.told) told.textContent = row.dataset.told;
    slider.setAttribute("aria-valuetext", row.dataset.told);
  };
  const read = place => pick(Math.max(0, Math.min(rows.length - 1, place)));
  slider.addEventListener("input", () => read(+slider.value));
  plot.addEventListener("keydown", e => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[e.key];
    const to = by ? +slider.value + by : { Home: 0, End: rows.length - 1 }[e.key];
    if (to !== undefined) { read(to); e.preventDefault(); }
  });
  let down = false;
  const point = e => {
    const svg = plot.querySelector("svg"), box = svg.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    let best = 0;
    rows.forEach((row, i) => { if (Math.abs(row.dataset.x - x) < Math.abs(rows[best].dataset.x - x)) best = i; });
    read(best);
  };
  plot.addEventListener("pointerdown", e => { down = true; point(e); });
  plot.addEventListener("pointermove", e => { if (down) point(e); });
  addEventListener("pointerup", () => { down = false; });
  const button = view.querySelector("[data-table]"), table = view.querySelector(".astable");
  button.addEventListener("click", () => { table.hidden = !table.hidden; button.setAttribute("aria-expanded", String(!table.hidden)); });
  view.querySelector("[data-svg]").addEventListener("click", e => saveDrawing(plot.querySelector("svg"), e.target.dataset.svg, WHOLE.title + ("simulated" in WHOLE ? " (simulated models)" : "")));
  view.querySelector("[data-csv]").addEventListener("click", e => save(e.target.dataset.csv + ".csv", [RAW, ...rows.map(row => row.dataset.raw)].join("\n") + "\n", "text/csv"));
  const { axis, group, nf } = view.dataset;
  /** The place whose cost is nearest. */
  const nearest = cost => rows.reduce((best, row, i) => Math.abs(rawOf(row)[1] - cost) < Math.abs(rawOf(rows[best])[1] - cost) ? i : best, 0);
  return { view, axis, group, nf, own, rows, show, nearest };
}

/** A difference with its interval, as the page draws them. */
function whisker(delta, low, high, reach, on, margin) {
  const at = v => +(6 + (Math.max(-reach, Math.min(reach, v)) + reach) / (2 * reach) * 208).toFixed(2), known = low != null;
  const colour = !known ? "var(--base)" : low > 0 ? "var(--good)" : high < 0 ? "var(--bad)" : "var(--ink)";
  return s("svg", { class: "whisker", viewBox: "0 0 220 24", width: 220, height: 24, "aria-hidden": "true" },
    s("rect", { x: at(-margin), y: 0, width: +(at(margin) - at(-margin)).toFixed(2), height: 24, fill: "var(--inset)" }),
    s("line", { x1: 110, x2: 110, y1: 0, y2: 24, stroke: "var(--line2)" }),
    known && s("line", { x1: at(low), x2: at(high), y1: 12, y2: 12, stroke: colour, "stroke-width": on ? 2.6 : 1.6 }),
    delta != null && s("circle", { cx: at(delta), cy: 12, r: on ? 4.4 : 3.4, fill: known ? colour : "var(--bg)", stroke: colour, "stroke-width": 1.5 }));
}

/** The words about the answer of a pair: those that stand in the page, or those of a point that somebody picked. */
function answer(pair) {
  const says = all("[data-say]", pair), tag = pair.querySelector("[data-tag]"), settle = pair.querySelector("[data-settle]"), known = pair.querySelector("[data-known]");
  const ladder = pair.querySelector("[data-ladder]"), rows = all("[data-row]", pair);
  if (!tag) return () => {};
  const own = { words: says.map(e => e.textContent), tag: tag.firstElementChild, settle: settle && settle.hidden, rows: rows.map(row => [[...row.cells[1].childNodes], [...row.cells[2].childNodes], row.classList.contains("on")]) };
  const number = (row, key) => row.dataset[key] === undefined ? null : Number(row.dataset[key]);
  return (told, group, groupRow) => {
    for (const e of all("[data-by-rule]", pair)) e.hidden = !!told;
    for (const e of all("[data-by-reader]", pair)) e.hidden = !told;
    if (known && told) known.hidden = false;
    says.forEach((e, i) => {
      const key = e.dataset.say, words = told && (key.startsWith("settle") ? told.settle && told.settle[key.slice(6)] : told[key]);
      e.textContent = told && words != null ? words : own.words[i];
    });
    tag.replaceChildren(told ? pair.querySelector(`[data-kind=${told.kind}]`).firstElementChild.cloneNode(true) : own.tag);
    if (settle) settle.hidden = told ? !told.settle : own.settle;
    if (!told) {
      rows.forEach((row, i) => { row.cells[1].replaceChildren(...own.rows[i][0]); row.cells[2].replaceChildren(...own.rows[i][1]); row.classList.toggle("on", own.rows[i][2]); });
    } else {
      const now = rows.map(row => {
        if (row.dataset.group === undefined) return { values: [number(row, "delta"), number(row, "low"), number(row, "high")] };
        const point = groupRow(row.dataset.group);
        return point ? { values: rawOf(point).slice(4, 7), cell: point.cells[4] } : { values: [null, null, null], missing: true };
      });
      const reach = Math.max(.03, ...now.flatMap(({ values }) => values.map(v => Math.abs(v || 0))));
      rows.forEach((row, i) => {
        const { values, cell, missing } = now[i], on = row.dataset.group === group;
        row.cells[1].replaceChildren(whisker(...values, reach, on, Math.min(reach, Number(ladder.dataset.margin))));
        if (cell) row.cells[2].replaceChildren(...[...cell.childNodes].map(n => n.cloneNode(true)));
        if (missing) put(row.cells[2], "\u2013");
        row.classList.toggle("on", on);
      });
    }
    for (const button of all("[data-pick-group]", pair)) button.setAttribute("aria-pressed", String(button.dataset.pickGroup === group));
  };
}

const shareOf = v => (v * 100).toFixed(1);
function pointsOf(v) {
  const x = v * 100, text = Math.abs(x).toFixed(x !== 0 && Math.abs(x) < .05 ? 2 : 1);
  return /[1-9]/.test(text) ? (x > 0 ? "+" : "\u2212") + text : text;
}
/** Both shares of a problem, as the page draws them. */
function dumbbell(a, b) {
  const at = share => +(8 + share * 144).toFixed(2), colour = `var(--${b > a ? "good" : b < a ? "bad" : "base"})`;
  return s("svg", { viewBox: "0 0 160 16", width: 160, height: 16, "aria-hidden": "true" }, s("line", { x1: 8, x2: 152, y1: 8, y2: 8, stroke: "var(--rule)" }),
    a === b ? s("circle", { cx: at(a), cy: 8, r: 3.4, fill: colour }) : [
      s("line", { x1: at(a), x2: at(b), y1: 8, y2: 8, stroke: colour, "stroke-width": 2 }),
      s("circle", { cx: at(a), cy: 8, r: 3.8, fill: "var(--bg)", stroke: colour, "stroke-width": 1.6 }),
      s("circle", { cx: at(b), cy: 8, r: 4.2, fill: colour })]);
}
/** The problems by the tree that is picked: their drawings, their numbers and what they are sorted by. */
function trees(pair) {
  const box = pair.querySelector(".trees"), items = all(".item", pair);
  if (!box) return () => false;
  let shown = `${box.dataset.nF}:${box.dataset.nP}`;
  const head = pair.querySelector("[data-tree]");
  return (np, nf) => {
    if (shown === `${nf}:${np}`) return false;
    shown = `${nf}:${np}`;
    head.textContent = box.dataset.words.replace("{p}", np).replace("{f}", nf);
    for (const item of items) {
      const row = item.dataset.rates.split(";").find(part => part.startsWith(nf + ":"));
      const [a, b] = row ? row.slice(nf.length + 1).split(" ").slice(2 * np - 2, 2 * np).map(v => v === "-" ? null : v / 1000) : [];
      const known = a != null && b != null, [numberA, numberB, delta] = all(".num", item);
      numberA.textContent = known ? shareOf(a) : "\u2013";
      numberB.textContent = known ? shareOf(b) : "\u2013";
      put(delta, h("b", {}, known ? pointsOf(b - a) : "\u2013"));
      put(item.querySelector(".strip"), known && dumbbell(a, b));
      item.dataset.a = known ? a * 100 : "";
      item.dataset.b = known ? b * 100 : "";
      item.dataset.change = known ? (b - a) * 1e5 + Number(item.dataset.handed) : Number(item.dataset.handed);
    }
    return true;
  };
}

/** The list of problems of a pair. */
function list(pair, go) {
  const items = all(".item", pair), box = pair.querySelector(".plist"), query = pair.querySelector("input[type=search]"), sort = pair.querySelector("[data-sort]");
  const count = pair.querySelector(".count"), empty = pair.querySelector(".empty"), fields = all("[data-fate]", pair).filter(e => e.tagName === "BUTTON");
  const fits = (item, term) => {
    const [, name, value] = /^(difficulty|fate):(.*)$/.exec(term) || [];
    if (name === "difficulty") return item.dataset.group.includes(value);
    if (name === "fate") return item.dataset.fate === value;
    return item.dataset.id.includes(term);
  };
  const number = (item, key) => item.dataset[key] === "" ? -1 : +item.dataset[key];
  const orders = {
    change: (x, y) => number(y, "change") - number(x, "change"), fewest: (x, y) => number(x, "change") - number(y, "change"),
    id: (x, y) => x.dataset.i - y.dataset.i, group: (x, y) => x.dataset.group < y.dataset.group ? -1 : x.dataset.group > y.dataset.group ? 1 : 0,
    a: (x, y) => number(y, "a") - number(x, "a"), b: (x, y) => number(y, "b") - number(x, "b"),
  };
  const nameOf = item => item.querySelector(".pid").textContent;
  query.addEventListener("input", () => go({ q: query.value }));
  sort.addEventListener("change", () => go({ sort: sort.value }));
  for (const field of fields) {
    field.addEventListener("click", () => {
      const term = "fate:" + field.dataset.fate, terms = query.value.split(/\s+/).filter(Boolean);
      go({ q: (terms.includes(term) ? terms.filter(t => t !== term) : [...terms.filter(t => !t.startsWith("fate:")), term]).join(" ") });
    });
  }
  for (const item of items) {
    const details = item.querySelector("details");
    if (!details) continue;
    item.querySelector("summary").addEventListener("click", e => {
      e.preventDefault();
      if (details.open) closeItem(item); else go({ problem: nameOf(item) }, true);
    });
  }
  pair.querySelector("[data-clear]").addEventListener("click", () => { go({ q: "" }); query.focus(); });
  /** Closes a problem: the way back, if that is how it came. */
  function closeItem(item) {
    item.querySelector("summary").focus({ preventScroll: true });
    if (now.problem === nameOf(item)) { if (history.state && history.state.from) history.back(); else go({ problem: null }); } else item.querySelector("details").open = false;
  }
  let now = { q: "", sort: "change", problem: null };
  /** Shows a state; `came` where it comes from the address. */
  const show = (state, came, other) => {
    const was = now, itemOf = name => name == null ? null : items.find(item => nameOf(item) === name && item.querySelector("details"));
    now = state;
    if (query.value !== state.q) query.value = state.q;
    sort.value = state.sort;
    const terms = state.q.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const item of items) {
      const is = terms.every(term => fits(item, term));
      item.hidden = !is;
      seen += is;
    }
    if (state.sort !== was.sort || other) [...items].sort((x, y) => orders[state.sort](x, y) || x.dataset.i - y.dataset.i).forEach(item => box.insertBefore(item, empty));
    count.textContent = `${seen} of ${items.length} problems`;
    empty.hidden = seen > 0;
    for (const field of fields) field.setAttribute("aria-pressed", String(terms.includes("fate:" + field.dataset.fate)));
    if (state.problem === was.problem) return;
    const [left, opened] = [itemOf(was.problem), itemOf(state.problem)];
    if (left && (came || !opened)) left.querySelector("details").open = false;
    if (opened) opened.querySelector("details").open = true;
    const focus = came && (opened || left);
    if (focus) focus.querySelector("summary").focus({ preventScroll: !opened });
  };
  return { show, closeItem, sorts: Object.keys(orders) };
}

/** One pair of runs: what is chosen of it, and how it is shown. */
function couple(pair) {
  const key = pair.dataset.key, picks = name => all(`[data-pick=${name}]`, pair), checked = name => { const e = picks(name).find(e => e.checked); return e ? e.value : "0"; };
  const defaults = { axis: checked("axis"), group: checked("group"), nf: checked("nf"), np: checked("np"), t: null, q: "", sort: "change", problem: null };
  const nameOf = value => { const e = picks("group").find(e => e.value === value); return e ? e.dataset.name : value; };
  let state = { ...defaults }, written = 0;
  const go = (change, push) => {
    state = { ...state, ...change };
    show();
    clearTimeout(written);
    // A browser lets nobody write too often: while a slider moves, the last word counts.
    if (push) write(true); else written = setTimeout(() => write(false), "t" in change ? 120 : 0);
  };
  const isRule = () => ["axis", "group", "nf", "t"].every(name => state[name] === defaults[name]);
  const viewOf = (group = state.group) => views.find(v => v.axis === state.axis && v.nf === state.nf && v.group === group);
  // The claim may be about another figure than the curve that is shown first: then each of its points is another one.
  const claimed = pair.querySelector(".claim [data-say=cost]"), claim = claimed && claimed.textContent;
  const isOther = view => ["axis", "group", "nf"].every(name => state[name] === defaults[name]) && JSON.parse(view.rows[view.own].dataset.says).cost !== claim;
  const pick = place => { const view = viewOf(); go({ t: place === view.own && !isOther(view) ? null : Number(rawOf(view.rows[place])[1].toPrecision(8)) }); };
  const tree = trees(pair), views = all(".view", pair).map(view => reader(view, pick)), say = answer(pair), problems = pair.querySelector("input[type=search]") ? list(pair, go) : null;
  for (const name of ["axis", "group", "nf", "np"]) {
    // Another cost is another scale; another group or tree is read where one was.
    for (const input of picks(name)) input.addEventListener("change", () => go({ [name]: input.value, ...(name === "axis" ? { t: null } : {}) }));
  }
  for (const button of all("[data-pick-group]", pair)) button.addEventListener("click", () => go({ group: button.dataset.pickGroup }));
  for (const button of all("[data-back]", pair)) button.addEventListener("click", () => { go({ axis: defaults.axis, group: defaults.group, nf: defaults.nf, t: null }); const claim = pair.querySelector(".claim"); claim.setAttribute("tabindex", "-1"); claim.focus({ preventScroll: true }); });
  function show(came) {
    const view = viewOf();
    for (const one of views) one.view.hidden = one !== view;
    const none = pair.querySelector(".noview");
    if (none) none.hidden = !!view;
    for (const name of ["axis", "group", "nf", "np"]) for (const input of picks(name)) input.checked = input.value === state[name];
    if (view) {
      const place = state.t == null ? view.own : view.nearest(state.t), row = view.rows[place], [n_p, cost] = rawOf(row);
      view.show(place);
      const inGroup = group => { const other = viewOf(group); return other && (n_p == null ? other.rows.find(r => rawOf(r)[1] === cost) : other.rows.find(r => rawOf(r)[0] === n_p)); };
      say(isRule() ? null : JSON.parse(row.dataset.says), state.group, inGroup);
    } else if (views.length) say(null, state.group);
    const other = tree(state.np, state.nf);
    if (problems) problems.show({ q: state.q, sort: state.sort, problem: state.problem }, came, other);
  }
  const shown = { group: nameOf };
  const words = () => Object.keys(defaults).filter(name => state[name] != null && state[name] !== defaults[name]).map(name => `${key}${name}=${encodeURIComponent((shown[name] || String)(state[name]))}`);
  const known = Object.fromEntries(Object.keys(defaults).map(name => [key + name, true]));
  const arrive = () => {
    const found = addressWords(known), next = { ...defaults };
    for (const name of Object.keys(defaults)) if (found[key + name] !== undefined) next[name] = found[key + name];
    next.group = (picks("group").find(e => e.dataset.name === next.group) || { value: defaults.group }).value;
    next.t = next.t != null && next.t !== "" && Number.isFinite(Number(next.t)) ? Number(next.t) : null;
    // What does not exist falls back to what the page shows by itself.
    for (const name of ["axis", "nf", "np"]) if (!picks(name).some(e => e.value === next[name])) next[name] = defaults[name];
    if (problems && !problems.sorts.includes(next.sort)) next.sort = defaults.sort;
    clearTimeout(written);
    state = next;
    show(true);
  };
  return { pair, words, arrive, problems };
}

const couples = all(".pair").map(couple);
function write(push) {
  const words = couples.flatMap(one => one.words()).join("&"), url = words ? "#" + words : location.pathname + location.search;
  if (push) history.pushState({ from: true }, "", url); else history.replaceState(history.state, "", url);
}
const arrive = () => { for (const one of couples) one.arrive(); };
addEventListener("popstate", arrive);
addEventListener("hashchange", arrive);

for (const button of all("[data-file]")) button.addEventListener("click", async () => save(button.dataset.file, await inflated("csv:" + button.dataset.file), "text/csv"));

const move = by => focusRow(all(".item:not([hidden]) summary"), by);
function report(name) {
  const pair = document.activeElement.closest(".pair") || document.querySelector(".pair");
  const link = pair && pair.querySelector(`[data-report=${name}]`), item = document.activeElement.closest(".item");
  if (!link) return;
  const id = item && item.querySelector(".pid").textContent;
  location.href = link.getAttribute("href") + (id ? "#problem=" + encodeURIComponent(id) : "");
}
function escape() {
  const item = document.activeElement.closest(".item"), one = item && couples.find(({ pair }) => pair.contains(item)), details = item && item.querySelector("details");
  if (details && details.open && one.problems) one.problems.closeItem(item);
}
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("keys").open) return;
  const typing = e.target.closest("input[type=search],select");
  if (typing) {
    if (e.key === "Escape") typing.blur();
    if (typing.type === "search" && (e.key === "Enter" || e.key === "ArrowDown")) { move(1); e.preventDefault(); }
    return;
  }
  const search = () => { const q = document.querySelector("input[type=search]"); if (q) { q.focus(); q.scrollIntoView({ block: "center" }); } };
  const act = { "?": help, t: theme, "/": search, j: () => move(1), k: () => move(-1), a: () => report("A"), b: () => report("B"), Escape: escape }[e.key];
  if (act) { act(); e.preventDefault(); }
});
function toWord(id) {
  const entry = $(id);
  if (!entry) return;
  for (const told of all(".told")) told.classList.remove("told");
  if (id.startsWith("g-")) entry.classList.add("told");
  entry.setAttribute("tabindex", "-1");
  entry.scrollIntoView({ block: id.startsWith("g-") ? "center" : "start" });
  entry.focus({ preventScroll: true });
}
document.addEventListener("click", e => {
  const link = e.target.closest("a[href^='#']");
  if (link && !e.ctrlKey && !e.metaKey) { e.preventDefault(); toWord(link.getAttribute("href").slice(1)); }
});
const place = location.hash.slice(1);
arrive();
if (place && !place.includes("=")) toWord(place);
document.documentElement.dataset.ready = "true";

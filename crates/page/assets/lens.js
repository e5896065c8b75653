// The answer, the plot and the map for any tree, cost, order, baseline and group.

/** All cells of a choice: by "n_p,n_f" the mean cost, the pass rate, and both baselines. */
const cells = (o = {}) => {
  const { sel, group, order, cost } = { ...S, ...o };
  return D.t && D.t[[sel, group, order, cost].join("|")] || {};
};
const cell = (o = {}) => { const { np, nf } = { ...S, ...o }; return cells(o)[`${np},${nf}`]; };
const shapes = () => Object.keys(cells({ group: "all" })).map(key => key.split(",").map(Number));
const allNp = () => unique(shapes().map(([np]) => np));
const allNf = () => unique(shapes().map(([, nf]) => nf));

/** A baseline beside a cell: its rate, the difference with its interval, or why there is none. */
function beside(c, base = S.base) {
  const a = c && c[base];
  if (!a) return { why: "there is no such baseline" };
  if (a[0] == null) return { why: D.why[a[1]], beyond: a[2] };
  if (a[2] == null) return { rate: a[0], diff: a[1], ratio: a[4], why: D.why[a[5]] };
  return { rate: a[0], diff: a[1], low: a[2], high: a[3], ratio: a[4], settled: a[5] };
}
const verdictOf = b => b.low == null ? null : b.low > 0 ? "better" : b.high < 0 ? "worse" : "undecided";
const verdictHue = b => ({ better: "var(--good)", worse: "var(--bad)", undecided: "var(--ink)" })[verdictOf(b)] || "var(--base)";
const baseWords = (base = S.base) => base === "stop" ? "sampling that stops once one passes" : "sampling that pays for all";
const isDefaultTree = () => S.np === D.lens.np && S.nf === D.lens.nf;
const groupSize = () => (D.first[S.group] || [])[1];

const TAGS = { better: ["Repair pays", "M5 1 9 9H1z"], worse: ["Repair does not pay", "M5 9 9 1H1z"], undecided: ["Undecided", "M1 4h8v2H1z"], none: ["Not known", "M1 4h8v2H1z"] };
function tag(kind) {
  const [words, d] = TAGS[kind];
  return h("span", { class: `tag ${kind === "none" ? "undecided" : kind}` }, s("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, s("path", { fill: "currentColor", d })), words);
}
const capital = t => t.charAt(0).toUpperCase() + t.slice(1);

function drawClaim() {
  const c = cell(), b = beside(c), n = groupSize();
  const same = S.cost === "dollars" ? "money" : S.cost === "programs" ? "number of programs" : "tokens";
  if (!c || c.p[0] == null) {
    put($("claim"), `What a tree of n_p ${S.np}, n_f ${S.nf} solves is not known: ${c ? D.why[c.p[3]] : "it was not collected"}.`);
  } else {
    put($("claim"), S.sel === "submitted" ? "What repair hands in solves " : "Repair solves ", h("b", { class: "rep" }, percent(c.p[0]) + NB + "%"),
      S.group === "all" ? " of problems" : ` of ${n} problems of difficulty ${S.group}`, c.t != null && [" at a mean of ", h("b", {}, costText(c.t, S.cost))], "; ",
      b.rate == null ? `what plain sampling solves with the same ${same} is not known.` : ["plain sampling solves ", h("b", {}, percent(b.rate) + NB + "%"), ` with the same ${same}. Difference `,
        h("b", {}, points(b.diff) + NB + "points"), b.low != null && [" ", h("span", { class: "ci" }, pointsRange(b.low, b.high))], "."]);
  }
  const kind = verdictOf(b) || "none";
  const said = { better: "The whole interval lies above zero.", worse: "The whole interval lies below zero.",
    undecided: ["The interval holds zero.", b.settled && [" If the difference stays as it is, about ", h("b", {}, many(b.settled, "problem")), ` like these ${n} would settle it.`]],
    none: `${capital(b.why || "there is no interval")}.${b.beyond ? " More first programs (--n-p) of each problem would tell." : ""}` }[kind];
  put($("verdict"), tag(kind), " ", h("span", { class: "muted" }, said));
  const each = S.nf * D.lens.nr, what = D.run.critics ? "critique and repair" : each === 1 ? "repair" : "repairs";
  const order = S.order === "batch" ? "in batch order" : ORDERS[S.order].toLowerCase();
  const tree = `${S.np} first program${S.np === 1 ? "" : "s"} and, if all fail, ${each} ${what} of each, ${order}, against ${baseWords()}. `, term = (id, words) => h("a", { class: "term", href: `#g-${id}` }, words);
  put($("fine"), tree, term("interval", "Intervals"), " are 95 %, over problems. ", isDefaultTree()
    ? ["The tree is picked by ", term("headline", "rule"), `, not by result: most first programs, then most repairs, whose difference from ${baseWords(D.lens.base)} has an interval.`]
    : ["You picked this tree. ", h("button", { class: "link", type: "button", onclick: () => go({ np: D.lens.np, nf: D.lens.nf }) }, "Back to the tree that the rule picks")]);
}

function whisker(b, reach, on) {
  const x = scale(-reach, reach, 6, 214), clip = v => Math.max(-reach, Math.min(reach, v)), colour = verdictHue(b);
  return s("svg", { class: "whisker", viewBox: "0 0 220 24", width: 220, height: 24, "aria-hidden": "true" },
    s("line", { x1: x(0), x2: x(0), y1: 0, y2: 24, stroke: "var(--line2)" }),
    b.low != null && s("line", { x1: x(clip(b.low)), x2: x(clip(b.high)), y1: 12, y2: 12, stroke: colour, "stroke-width": on ? 2.6 : 1.6 }),
    b.diff != null && s("circle", { cx: x(clip(b.diff)), cy: 12, r: on ? 4.4 : 3.4, fill: b.low == null ? "var(--bg)" : colour, stroke: colour, "stroke-width": 1.5 }));
}
function differenceText(b) {
  if (b.diff == null) return h("span", { title: b.why }, b.beyond ? "beyond what was collected" : `${DASH} ${b.why}`);
  return [points(b.diff), " ", b.low == null ? h("span", { title: b.why }, "no interval") : h("span", {}, pointsRange(b.low, b.high))];
}
const reachOf = list => Math.max(.02, ...list.flatMap(b => [b.diff, b.low, b.high]).filter(v => v != null).map(Math.abs));

function drawLadder() {
  const rows = Object.keys(ORDERS).filter(order => cell({ order })).flatMap(order => ["stop", "iid"].map(base => ({ order, base, b: beside(cell({ order }), base) })));
  const reach = reachOf(rows.map(row => row.b));
  const table = h("table", { class: "ladder" }, h("caption", { class: "sr" }, "Difference of repair from plain sampling, by order and baseline"));
  for (const order of unique(rows.map(row => Object.keys(ORDERS).indexOf(row.order))).map(i => Object.keys(ORDERS)[i])) {
    table.append(h("tbody", {}, h("tr", { class: "grp" }, h("th", { scope: "rowgroup", colspan: 3 }, ORDERS[order])),
      rows.filter(row => row.order === order).map(({ base, b }) => {
        const on = order === S.order && base === S.base;
        return h("tr", { class: on ? "on" : null }, h("th", { scope: "row" }, h("button", { class: "pick", type: "button", "data-o": order, "data-b": base, "aria-pressed": String(on), onclick: () => { go({ order, base }); const same = document.querySelector(`.pick[data-o=${order}][data-b=${base}]`); if (same) same.focus(); } },
          base === "stop" ? "sampling stops when solved" : "sampling pays for all")), h("td", { class: "plotcell" }, whisker(b, reach, on)), h("td", { class: "v" }, differenceText(b)));
      })));
  }
  put($("ladder"), table);
}

function drawLens() {
  const known = cost => Object.keys(D.t).some(key => key.endsWith("|" + cost));
  const costs = Object.entries(COSTS).map(([value, [name]]) => [value, name, known(value) ? null : value === "dollars" ? "The price of some answers is not known" : "Not known for this run"]);
  const orders = Object.entries(ORDERS).map(([value, name]) => [value, name, Object.keys(cells({ order: value, group: "all" })).length ? null : "No figure in this order"]);
  const groups = Object.entries(D.first).map(([name, [, n]]) => [name, `${capital(name)} ${n}`]);
  const keep = name => value => { go({ [name]: value }); const now = document.querySelector(`#lens input[name=${name}][value="${CSS.escape(value)}"]`); if (now) now.focus(); };
  const submitted = Object.keys(D.t).some(key => key.startsWith("submitted|"));
  put($("lens"), choices("cost", "Cost", costs, S.cost, keep("cost")), choices("order", "Order", orders, S.order, keep("order")),
    choices("base", "Plain sampling", [["stop", "stops when solved"], ["iid", "pays for all"]], S.base, keep("base")),
    groups.length > 1 && choices("group", "Problems", groups, S.group, keep("group")),
    submitted && choices("sel", "What counts", [["oracle_any", "any program"], ["submitted", "the one handed in"]], S.sel, v => { const o = { sel: v }; if (v === "submitted") o.order = "dfs"; go(o); }));
}

// The plot. Points by place, so that pointer and keys find them.
let placed = [], hovered = null;
const baseCurve = name => D.base[`${S.group}|${S.cost}|${name}`] || [];
function plotRows() {
  return Object.entries(cells()).map(([key, c]) => ({ np: +key.split(",")[0], nf: +key.split(",")[1], c, b: beside(c) })).filter(r => r.c.t != null && r.c.p[0] != null).sort((a, b) => a.nf - b.nf || a.np - b.np);
}
function drawPlot() {
  const width = Math.max(300, Math.round($("plot").clientWidth || 800)), left = 44, right = width - 18, top = 24, foot = 330, low = 382, floor = 486;
  const rows = plotRows(), iid = baseCurve("iid"), stops = S.order === "batch" ? baseCurve("stop" + S.np) : baseCurve("seq");
  const active = S.base === "stop" ? stops : iid, other = S.base === "stop" ? iid : stops;
  const most = Math.max(1e-9, ...rows.map(r => r.c.t), ...iid.map(p => p[1])) * 1.02;
  const least = Math.max(0, Math.floor(Math.min(1, ...rows.map(r => r.c.p[0]), ...iid.map(p => p[2])) * 10) / 10 - .1);
  const ends = rows.flatMap(r => [r.b.diff, r.b.low, r.b.high]).filter(v => v != null), lo = Math.min(-.02, ...ends), hi = Math.max(.02, ...ends), room = (hi - lo) * .08;
  const X = scale(0, most, left, right), Y = scale(least, 1, foot, top), Z = scale(lo - room, hi + room, floor, low);
  const text = (x, y, anchor, words, more) => s("text", { x: at2(x), y: at2(y), "text-anchor": anchor, "font-size": 12, fill: "var(--ink3)", ...more }, words);
  const line = (x1, y1, x2, y2, stroke, more) => s("line", { x1: at2(x1), y1: at2(y1), x2: at2(x2), y2: at2(y2), stroke, ...more });
  const second = { fill: "var(--ink2)" };
  const band = list => list.length ? through([...list.map(p => [p[0], p[1]]), ...list.map(p => [p[0], p[2]]).reverse()]) + "Z" : "";
  const nfs = unique(rows.map(r => r.nf)), colour = i => ["var(--good2)", "var(--good)", "var(--good3)"][Math.min(2, i)];
  const out = [
    ticks(least, 1, 6).map(v => [line(left, Y(v), right, Y(v), "var(--rule)"), text(left - 8, Y(v) + 4, "end", fixed(v * 100, 0))]),
    text(left, top - 10, "start", "solved, %", second),
    ticks(lo - room, hi + room, 4).map(v => [line(left, Z(v), right, Z(v), Math.abs(v) < 1e-9 ? "var(--line2)" : "var(--rule)"), text(left - 8, Z(v) + 4, "end", fixed(v * 100, 0))]),
    text(left, low - 12, "start", S.base === "stop" ? "repair less sampling that stops when solved, points" : "repair less sampling that pays for all, points", second),
    line(left, floor, right, floor, "var(--line2)"),
    ticks(0, most, width < 500 ? 4 : 9).map(v => [line(X(v), floor, X(v), floor + 4, "var(--line2)"), text(X(v), floor + 18, "middle", S.cost === "dollars" ? fixed(v, 4) : grouped(v))]),
    text((left + right) / 2, 522, "middle", COSTS[S.cost][2], second),
    s("path", { d: band(active.filter(p => p[3] != null).map(p => [X(p[1]), Y(p[3]), Y(p[4])])), fill: "var(--base)", opacity: .16 }),
    s("path", { d: band(rows.filter(r => r.nf === S.nf && r.c.p[1] != null).map(r => [X(r.c.t), Y(r.c.p[1]), Y(r.c.p[2])])), fill: "var(--good)", opacity: .13 }),
    s("path", { d: through(other.map(p => [X(p[1]), Y(p[2])])), fill: "none", stroke: "var(--base)", "stroke-width": 1.2, "stroke-dasharray": "2 3" }),
    s("path", { d: through(active.map(p => [X(p[1]), Y(p[2])])), fill: "none", stroke: "var(--base)", "stroke-width": 1.8 }),
    active.map(p => s("circle", { cx: at2(X(p[1])), cy: at2(Y(p[2])), r: 2.2, fill: "var(--base)" })),
  ];
  const words = { stop: "sampling, stops when solved", iid: "sampling, pays for all" };
  [[`repair, ${S.nf} of each (band)`, "var(--good)", "0", 2.2], [words[S.base] + " (band)", "var(--base)", "0", 1.8], [words[S.base === "stop" ? "iid" : "stop"], "var(--base)", "2 3", 1.2]].forEach(([t, stroke, dash, w], i) => {
    const y = foot - 46 + i * 17;
    out.push(text(right - 30, y + 4, "end", t, second), line(right - 24, y, right, y, stroke, { "stroke-dasharray": dash, "stroke-width": w }));
  });
  placed = [];
  nfs.forEach((nf, i) => {
    const mine = rows.filter(r => r.nf === nf), on = nf === S.nf, list = mine.map(r => [X(r.c.t), Y(r.c.p[0])]);
    out.push(s("path", { d: through(list), fill: "none", stroke: colour(i), "stroke-width": on ? 2.2 : 1.4 }));
    mine.forEach((r, j) => {
      const [x, y] = list[j];
      placed.push({ np: r.np, nf, x, y });
      out.push(s("circle", { cx: at2(x), cy: at2(y), r: on ? 3.2 : 2.4, fill: r.c.p[1] == null ? "var(--bg)" : colour(i), stroke: colour(i) }));
      if (on && (r.np <= 8 || r.np % 5 === 0)) out.push(text(x, y - 8, "middle", String(r.np), { "font-size": 11 }));
      if (r.b.diff != null) {
        const c = verdictHue(r.b), opacity = on ? 1 : .45;
        if (r.b.low != null) out.push(line(x, Z(r.b.low), x, Z(r.b.high), c, { "stroke-width": 1.6, opacity }));
        out.push(s("circle", { cx: at2(x), cy: at2(Z(r.b.diff)), r: 3, fill: r.b.low == null ? "var(--bg)" : c, stroke: c, opacity }));
      }
    });
    if (mine.length) out.push(text(list[0][0] + 6, list[0][1] + 15, "start", nf === 1 ? "1 repair" : `${nf} repairs`, { fill: colour(i), "font-weight": on ? 650 : 400 }));
  });
  const ring = (x, y, more) => s("circle", { cx: at2(x), cy: at2(y), r: 7, fill: "none", stroke: "var(--ink)", "stroke-width": 1.6, ...more });
  const chosen = rows.find(r => r.np === S.np && r.nf === S.nf);
  if (chosen) {
    const x = X(chosen.c.t), y = Y(chosen.c.p[0]);
    out.push(line(x, top, x, floor, "var(--ink3)", { "stroke-dasharray": "1 3" }));
    if (chosen.b.rate != null) out.push(line(x, y, x, Y(chosen.b.rate), Y(chosen.b.rate) < y ? "var(--bad)" : "var(--good)", { "stroke-width": 2 }));
    out.push(ring(x, y, { id: "ring", "data-np": S.np, "data-nf": S.nf }), chosen.b.diff != null && ring(x, Z(chosen.b.diff)));
  }
  const over = hovered && placed.find(p => p.np === hovered.np && p.nf === hovered.nf);
  if (over) out.push(ring(over.x, over.y, { r: 9, "stroke-width": 1, "stroke-dasharray": "2 2" }));
  put($("plot"), s("svg", { viewBox: `0 0 ${width} 528`, width, height: 528, role: "img", "aria-label": "Pass rate against cost: repair in blue, plain sampling in grey; below, the paired difference" }, out.flat(9).filter(Boolean)));
}
function plotTable() {
  const header = ["n_p", "n_f", "cost", "solved, %", "sampling, %", "difference, points", "95 % interval"];
  const rows = plotRows().map(r => [r.np, r.nf, amount(r.c.t, S.cost), percent(r.c.p[0]), percent(r.b.rate), points(r.b.diff), pointsRange(r.b.low, r.b.high) || DASH]);
  put($("plot-table"), h("table", { class: "tbl" }, h("thead", {}, h("tr", {}, header.map(t => h("th", { class: "num", scope: "col" }, t)))), h("tbody", {}, rows.map(row => h("tr", {}, row.map(v => h("td", { class: "num" }, v)))))));
}
function plotCsv() {
  const header = ["group", "selection", "order", "cost", "baseline", "n_p", "n_f", "mean_cost", "pass_rate", "low", "high", "baseline_pass_rate", "diff", "diff_low", "diff_high"];
  return csvText([header, ...plotRows().map(r => [S.group, S.sel, S.order, S.cost, S.base, r.np, r.nf, r.c.t, r.c.p[0], r.c.p[1], r.c.p[2], r.b.rate, r.b.diff, r.b.low, r.b.high])]);
}

function drawReadout() {
  const { np, nf } = hovered || S, c = cell({ np, nf }), b = beside(c), own = np === S.np && nf === S.nf;
  if (!c) return put($("readout"), h("h3", {}, `n_p ${np}, n_f ${nf}`), h("p", { class: "why" }, "This tree was not collected."));
  const row = (name, ...value) => [h("dt", {}, name), h("dd", {}, value)];
  const why = c.p[0] == null ? D.why[c.p[3]] : b.why;
  put($("readout"), h("h3", {}, h("span", {}, `n_p ${np}, n_f ${nf}`), h("small", {}, own ? "this page\u2019s tree" : "Enter or click picks it")), c.p[0] != null && h("dl", {}, [row("Cost per problem", costText(c.t, S.cost)), row("Solved with repair, %", h("b", {}, percent(c.p[0])), " ", h("small", {}, range(c.p[1], c.p[2]))),
      b.rate == null ? null : [row("Plain sampling, %", percent(b.rate)), row("Difference, points", h("b", {}, points(b.diff)), " ", h("small", {}, pointsRange(b.low, b.high))), row("Ratio", b.ratio == null ? DASH : fixed(b.ratio, 2))]]), why && h("p", { class: "why" }, capital(why) + "."));
}

function drawMap() {
  const few = allNp().length <= 12, nps = allNp().filter(n => few || [1, 2, 5, 10, 25, 50, S.np].includes(n)), nfs = allNf().reverse();
  const button = (np, nf) => {
    const c = cell({ np, nf });
    if (!c) return null;
    const b = beside(c), on = np === S.np && nf === S.nf, value = S.map === "pass" ? c.p[0] : S.map === "ratio" ? b.ratio : b.diff, strong = b.diff == null ? -1 : Math.abs(b.diff) >= .08 ? 2 : Math.abs(b.diff) >= .02 ? 1 : 0;
    const shade = strong < 0 ? "absent" : strong === 0 ? "s0" : (b.diff > 0 ? "g" : "l") + strong;
    const label = `n_p ${np}, n_f ${nf}: ${percent(c.p[0])} % solved; ${b.diff == null ? b.why : `difference ${points(b.diff)} points${b.low == null ? `, no interval: ${b.why}` : " " + pointsRange(b.low, b.high)}`}`;
    return h("button", { type: "button", class: `cell ${shade}${verdictOf(b) === "better" || verdictOf(b) === "worse" ? " sure" : ""}`, "data-np": np, "data-nf": nf, "aria-pressed": String(on), tabindex: on ? 0 : -1, "aria-label": label, title: label },
      value == null ? "" : S.map === "pass" ? percent(value) : S.map === "ratio" ? fixed(value, 2) : points(value));
  };
  const held = document.activeElement && document.activeElement.closest && document.activeElement.closest("#map .cell");
  put($("mapbox"), h("table", { class: "map", id: "map", "aria-label": "Every tree: first programs by repairs" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("i", {}, "n_f")), nps.map(n => h("th", { scope: "col" }, n)))),
    h("tbody", {}, nfs.map(nf => h("tr", {}, h("th", { scope: "row" }, nf), nps.map(np => h("td", {}, button(np, nf))))))));
  if (!document.querySelector("#map .cell[tabindex='0']")) { const first = document.querySelector("#map .cell"); if (first) first.tabIndex = 0; }
  if (held) { const same = document.querySelector(`#map .cell[data-np="${S.np}"][data-nf="${S.nf}"]`); if (same) same.focus(); }
  put($("mapseg"), choices("map", null, [["points", "points"], ["ratio", "ratio"], ["pass", "solved"]], S.map, v => { go({ map: v }); const now = document.querySelector(`#mapseg input[value=${v}]`); if (now) now.focus(); }, true));
}

function drawGroups() {
  const names = Object.keys(D.first).filter(group => cell({ group })), list = names.map(group => ({ group, c: cell({ group }), b: beside(cell({ group })) })), reach = reachOf(list.map(r => r.b));
  const X = scale(0, 1, 6, 294);
  put($("diff"), list.map(({ group, c, b }) => {
    const [first, n] = D.first[group];
    return h("tr", {}, h("th", { scope: "row" }, capital(group)), h("td", { class: "num dim" }, n), h("td", {}, s("svg", { class: "line", viewBox: "0 0 300 24", width: 300, height: 24, "aria-hidden": "true" },
      s("line", { x1: 6, x2: 294, y1: 12, y2: 12, stroke: "var(--rule)" }), [0, .5, 1].map(v => s("line", { x1: X(v), x2: X(v), y1: 8, y2: 16, stroke: "var(--line)" })),
      b.rate != null && c.p[0] != null && s("line", { x1: X(c.p[0]), x2: X(b.rate), y1: 12, y2: 12, stroke: c.p[0] >= b.rate ? "var(--good)" : "var(--bad)", "stroke-width": 2, opacity: .6 }),
      first != null && s("line", { x1: X(first), x2: X(first), y1: 6, y2: 18, stroke: "var(--ink)", "stroke-width": 1.6 }),
      b.rate != null && s("rect", { x: X(b.rate) - 4, y: 8, width: 8, height: 8, fill: "var(--bg)", stroke: "var(--base)", "stroke-width": 1.6 }),
      c.p[0] != null && s("circle", { cx: X(c.p[0]), cy: 12, r: 4.6, fill: "var(--good)" }))),
    h("td", { class: "num hide-s" }, percent(first)), h("td", { class: "num hide-s" }, percent(b.rate)), h("td", { class: "num hide-s" }, h("b", {}, percent(c.p[0]))), h("td", { class: "hide-s" }, whisker(b, reach, false)), h("td", { class: "num dv" }, differenceText(b)));
  }));
}

function drawReport() {
  if (!D.t) return;
  drawClaim(); drawLadder(); drawLens(); drawPlot(); drawReadout(); drawMap(); drawGroups();
  if (!$("plot-table").hidden) plotTable();
}

/** The nearest point of the plot within reach of a pointer. */
function nearest(event) {
  const svg = $("plot").firstElementChild, box = svg.getBoundingClientRect(), k = svg.viewBox.baseVal.width / box.width;
  const x = (event.clientX - box.left) * k, y = (event.clientY - box.top) * k, reach = 26 * k;
  let best = null;
  for (const p of placed) {
    const d = y > 340 ? Math.abs(p.x - x) : Math.hypot(p.x - x, p.y - y);
    if (d < reach && (!best || d < best.d)) best = { ...p, d };
  }
  return best && { np: best.np, nf: best.nf };
}
function hover(next) {
  if (next && hovered && next.np === hovered.np && next.nf === hovered.nf || !next && !hovered) return;
  hovered = next;
  drawPlot(); drawReadout();
}
/** Moves by keys among the trees: left and right by first programs, up and down by repairs. */
function step(from, key) {
  const nps = allNp(), nfs = allNf(), i = nps.indexOf(from.np), j = nfs.indexOf(from.nf);
  const np = nps[Math.max(0, Math.min(nps.length - 1, i + (key === "ArrowRight") - (key === "ArrowLeft")))];
  const nf = nfs[Math.max(0, Math.min(nfs.length - 1, j + (key === "ArrowUp") - (key === "ArrowDown")))];
  return cell({ np, nf }) ? { np, nf } : from;
}
function listenLens() {
  if (!D.t) return;
  const plot = $("plot");
  plot.addEventListener("pointermove", e => hover(nearest(e)));
  plot.addEventListener("pointerleave", () => hover(null));
  plot.addEventListener("click", e => { const p = nearest(e); if (p) go(p); });
  plot.addEventListener("blur", () => hover(null));
  plot.addEventListener("keydown", e => {
    if (/^Arrow/.test(e.key)) { hover(step(hovered || S, e.key)); e.preventDefault(); }
    if (e.key === "Enter" && hovered) go(hovered);
  });
  $("mapbox").addEventListener("click", e => { const b = e.target.closest(".cell"); if (b) go({ np: +b.dataset.np, nf: +b.dataset.nf }); });
  $("mapbox").addEventListener("pointerover", e => { const b = e.target.closest(".cell"); hover(b ? { np: +b.dataset.np, nf: +b.dataset.nf } : null); });
  $("mapbox").addEventListener("pointerleave", () => hover(null));
  $("mapbox").addEventListener("keydown", e => {
    const b = e.target.closest(".cell");
    if (!b || !/^Arrow/.test(e.key)) return;
    const to = step({ np: +b.dataset.np, nf: +b.dataset.nf }, e.key), next = document.querySelector(`#map .cell[data-np="${to.np}"][data-nf="${to.nf}"]`);
    if (next) { next.focus(); hover(to); }
    e.preventDefault();
  });
  $("mapbox").addEventListener("focusin", e => { const b = e.target.closest(".cell"); if (b) { for (const c of document.querySelectorAll("#map .cell")) c.tabIndex = c === b ? 0 : -1; } });
  $("mapbox").addEventListener("focusout", () => hover(null));
  $("save-plot").addEventListener("click", () => saveSvg($("plot").firstElementChild, "pass-rate-against-cost"));
  $("csv-plot").addEventListener("click", () => save("pass-rate-against-cost.csv", plotCsv(), "text/csv"));
  $("table-plot").addEventListener("click", e => {
    const table = $("plot-table");
    table.hidden = !table.hidden;
    e.target.setAttribute("aria-expanded", String(!table.hidden));
    if (!table.hidden) plotTable();
  });
  let width = 0;
  new ResizeObserver(entries => { const now = Math.round(entries[0].contentRect.width); if (now && now !== width) { width = now; drawPlot(); } }).observe(plot);
}

// A problem: what a budget would have bought, and the tree of whatever was collected.
let P = null;

async function showProblem(i) {
  const row = ROWS[i], at = P = { row, i, tree: null };
  const tree = await unpackJson("t" + i).catch(error => { at.why = error.message; });
  if (P !== at) return;
  at.tree = tree;
  if (tree) prepare(at);
  drawProblem();
}
function prepare(p) {
  const nodes = p.nodes = p.tree.n.map((n, i) => ({ ...n, i, kids: [] }));
  p.roots = [];
  for (const n of nodes) (n.pa == null ? p.roots : nodes[n.pa].kids).push(n);
  p.bySlot = new Map(nodes.map(n => [n.s, n]));
  const walk = (n, depth) => { n.depth = depth; n.kids.forEach(k => walk(k, depth + 1)); };
  p.roots.forEach(n => walk(n, 0));
  p.failures = nodes.filter(n => n.st != null && n.st !== 0 && !n.un);
  p.firsts = nodes.filter(n => n.k === "program" && (n.pa == null || !programOf(nodes[n.pa], nodes)));
  const isPlain = n => /^p\d+(\/[rf]\d+|\/f\d+\/r\d+)?$/.test(n.s);
  // What a node costs: as billed, or by our own count where that is not known of every node.
  const answered = n => n.fin != null;
  p.isPaper = nodes.some(n => answered(n) && n.b == null);
  for (const n of nodes) n.cost = !answered(n) ? 0 : p.isPaper ? n.pp ?? n.b : n.b;
  p.isPlain = nodes.every(isPlain);
  p.whyNoReplay = !p.firsts.length ? "the tree has no first program" : nodes.some(n => n.cost == null) ? "the tokens of some answers are not known" : null;
  p.units = new Map(p.firsts.map(n => [n, n.kids.map(k => k.k === "critique" ? [k, ...k.kids] : [k])]));
  p.maxNf = Math.max(0, ...[...p.units.values()].map(u => u.length));
}
const passes = n => n.st === 0;
const fails = n => n.st != null && n.st !== 0 && !n.un;

/** What an order buys of the first `np` programs with `nf` repairs of each, until it stops; each purchase with its end. */
function purchases(p, order, np, nf) {
  const bought = [], list = p.firsts.filter(n => n.st != null && !n.un).slice(0, order === "sampling" ? 1e9 : np);
  let spent = 0;
  const buy = n => { spent += n.cost; bought.push({ n, from: spent - n.cost, to: spent }); return passes(n); };
  const units = n => fails(n) ? p.units.get(n).slice(0, nf) : [];
  if (order === "sampling") { list.some(buy); return bought; }
  if (!p.isPlain) { anyShape(p, order, buy); return bought; }
  if (order === "batch") {
    if (!list.map(buy).some(Boolean)) list.forEach(n => units(n).flat().forEach(buy));
    return bought;
  }
  const tryUnits = n => units(n).some(unit => unit.some(buy));
  if (order === "dfs") list.some(n => buy(n) || tryUnits(n));
  else if (!list.some(buy)) list.some(tryUnits);
  return bought;
}
/** The same over a tree of any shape: level by level, a level at a time or one by one, or each branch to its end. */
function anyShape(p, order, buy) {
  if (order === "dfs") {
    const down = n => buy(n) || n.kids.some(down);
    p.roots.some(down);
    return;
  }
  for (let level = p.roots; level.length; level = level.flatMap(n => n.kids)) {
    if (order === "bfs" ? level.some(buy) : level.map(buy).some(Boolean)) return;
  }
}
const boughtBy = (list, t) => list.filter(x => x.to <= t);
const handedIn = list => { const x = list.find(x => passes(x.n)); return x && x.n; };

function replayState() {
  const p = P, np = Math.max(1, Math.min(S.pnp || (D.lens ? S.np : p.firsts.length), p.firsts.length)), nf = Math.max(0, Math.min(S.pnf == null ? (D.lens ? S.nf : p.maxNf) : S.pnf, p.maxNf));
  const order = S.order;
  const all = Object.fromEntries([...Object.keys(ORDERS), "sampling"].map(o => [o, purchases(p, o, np, nf)]));
  const end = list => list.length ? list[list.length - 1].to : 0, most = Math.max(1, ...Object.values(all).map(end));
  const t = S.t == null ? end(all[order]) : Math.max(0, Math.min(S.t, most));
  return { np, nf, order, all, most, t, end, bought: boughtBy(all[order], t) };
}

function drawProblem() {
  const { row, tree } = P, place = shown.indexOf(row), around = by => shown[place + by];
  const view = $("view"), link = (to, sign, name) => h("button", { class: "icon", type: "button", id: name, disabled: !to, "aria-label": to ? `${name} problem, ${to.id}` : `no ${name} problem`, onclick: () => to && openProblem(to.i, true) }, sign);
  const facts = [row.difficulty, !D.bare && `${row.c} of ${row.n} first programs right`, !D.bare && (row.rn ? `${row.rc} of ${row.rn} repairs right` : "no repairs"), row.tokens != null && `${grouped(row.tokens)} tokens in all`, `${many(row.tests[0], "public test")}, ${row.tests[1]} hidden, ${row.integrity}`, row.dev && "the strategy learns from it; no rate holds it", row.replicate > 0 && `tree ${row.replicate}`];
  const head = h("div", { class: "phead" }, h("button", { class: "icon", type: "button", id: "back", onclick: closeProblem }, "\u2190 Problems"), h("h1", { tabindex: -1, id: "ptitle" }, row.id), h("div", { class: "pfacts" }, facts.filter(Boolean).map(t => h("span", {}, t))), h("span", { class: "sp" }),
    h("span", { class: "dim" }, place < 0 ? "" : `${place + 1} of ${shown.length}`), link(around(-1), "\u2039", "previous"), link(around(1), "\u203a", "next"));
  const band = D.run.simulated && h("div", { class: "warns" }, h("div", { class: "warn", role: "note" }, s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: "M8 1.5 15 14H1z", fill: "var(--warn-line)" })), h("span", {}, h("b", {}, "Simulated."), " Programs and critiques come from a simulated programmer.")));
  if (!tree && SERVED != null) return put(view, head, band, h("p", { class: "muted", role: "alert" }, `This tree cannot be shown: ${P.why}`));
  if (!tree) return put(view, head, band, h("p", { class: "muted" }, "This tree is not in the file: all trees together would make it larger than 10 MB. ", h("code", {}, `mend show <run> ${row.id}`), " shows it."));
  if (!P.bySlot.has(S.node)) S.node = (P.failures[0] || P.nodes[0] || {}).s || null;
  put(view, head, band, task(), h("div", { class: "replay", id: "replay" }), h("div", { class: "pgrid" }, h("div", { class: "ptree" }, h("h2", { class: "h3", id: "h-tree" }, "Repair tree ", h("small", {}, P.whyNoReplay ? "tests passed; ring: handed in" : "tests passed; tokens on the branch; filled: bought; ring: handed in")), h("div", { id: "tree" }), h("div", { class: "figbar" }, h("button", { type: "button", onclick: () => saveSvg($("tree").firstElementChild, "tree") }, "SVG")), h("div", { id: "matrix" })), h("div", { id: "node", "aria-live": "off" })));
  drawReplay(); drawTree(); drawMatrix(); drawNode();
}

/** The task: the last message of the first prompt. */
function task() {
  const first = P.nodes.find(n => n.k === "program" && n.q != null) || P.nodes.find(n => n.q != null);
  if (!first) return null;
  const messages = messagesOf(textOf(first.q)), text = messages[messages.length - 1][1];
  return h("details", { class: "fold task" }, h("summary", {}, h("b", {}, "Task"), h("span", { class: "first" }, text.replace(/\s+/g, " ").slice(0, 300))), longText(text));
}

function drawReplay() {
  const box = $("replay");
  if (P.whyNoReplay) return put(box, h("h2", { class: "h3" }, "What a budget would have bought"), h("p", { class: "muted" }, `Not known here: ${P.whyNoReplay}.`));
  const r = replayState(), held = document.activeElement && box.contains(document.activeElement) ? document.activeElement.id : null;
  const stepper = (name, id, value, low, high, key) => h("span", { class: "step" }, name, h("button", { type: "button", id: id + "-less", "aria-label": `fewer ${name}`, disabled: value <= low, onclick: () => go({ [key]: value - 1, t: null }) }, MINUS), h("output", { id }, value), h("button", { type: "button", id: id + "-more", "aria-label": `more ${name}`, disabled: value >= high, onclick: () => go({ [key]: value + 1, t: null }) }, "+"));
  put(box, h("div", { class: "rtop" }, h("h2", { class: "h3" }, "What a budget would have bought"), P.isPlain && stepper("first programs", "pnp", r.np, 1, P.firsts.length, "pnp"), P.isPlain && P.maxNf > 0 && stepper("repairs of each", "pnf", r.nf, 0, P.maxNf, "pnf")),
    h("p", { class: "said", id: "said", "aria-live": "polite" }), h("div", { id: "ribs" }),
    h("div", { class: "rib" }, h("label", { class: "name", for: "slide" }, "Budget"), h("input", { class: "slide", id: "slide", type: "range", min: 0, max: r.most, step: 1, value: r.t, oninput: e => go({ t: +e.target.value }) }), h("span", { class: "end", id: "slide-end" })));
  drawRibbons();
  if (held && $(held) && !$(held).disabled) $(held).focus();
  if (!drawReplay.watch) drawReplay.watch = new ResizeObserver(() => { if (P && P.tree && !P.whyNoReplay && $("ribs") && $("ribs").clientWidth !== drawReplay.width) drawRibbons(); });
  drawReplay.watch.disconnect();
  drawReplay.watch.observe(box);
}
function drawRibbons() {
  const r = replayState(), box = $("ribs");
  drawReplay.width = box.clientWidth;
  const narrow = matchMedia("(max-width:760px)").matches, width = Math.max(200, box.clientWidth - (narrow ? 0 : 104 + 190 + 28)), X = scale(0, r.most, 8, width - 8);
  const held = document.activeElement && box.contains(document.activeElement) ? document.activeElement.dataset.o : null;
  const ribbon = (name, words) => {
    const list = r.all[name], bars = list.map(({ n, from, to }) => {
      const on = to <= r.t, x = X(from), wide = Math.max(1, X(to) - x - 1), isText = n.k !== "program" && n.k !== "repair", tall = isText ? 4 : n.k === "program" ? 18 : 13, y = 11 - tall / 2;
      const colour = isText ? "var(--base)" : hue(n.st);
      const label = n.s.split("/").pop();
      return [s("rect", { x: at2(x), y, width: at2(wide), height: tall, rx: isText ? 2 : 3, fill: on ? colour : "var(--bg)", stroke: colour, "stroke-width": on ? 0 : 1 }, s("title", {}, `${n.s}: ${n.k}, ${grouped(n.cost)} tokens, to ${grouped(to)}`)),
        !isText && wide > 30 && s("text", { x: at2(x + 6), y: 15, "font-size": 11, fill: on ? "var(--bg)" : "var(--ink2)" }, `${label}${passes(n) ? " \u2713" : ""}`)];
    });
    const got = handedIn(boughtBy(list, r.t)), cost = got && list.find(x => x.n === got).to;
    const svg = s("svg", { viewBox: `0 0 ${width} 22`, width, height: 22, role: "img", "aria-label": `${words}: ${list.map(x => `${x.n.s} to ${x.to}`).join(", ")}` }, bars.flat().filter(Boolean), s("line", { x1: at2(X(r.t)), x2: at2(X(r.t)), y1: -2, y2: 24, stroke: "var(--ink)", "stroke-width": 1.5 }));
    const button = name === "sampling" ? h("span", { class: "name" }, words) : h("button", { type: "button", "data-o": name, "aria-pressed": String(name === r.order), onclick: () => go({ order: name, t: null }) }, words);
    return h("div", { class: "rib" }, button, svg, h("span", { class: "end" }, got ? [glyph(got.st), " ", h("code", {}, got.s), ` for ${grouped(cost)}`] : "nothing passes"));
  };
  put(box, Object.entries(ORDERS).map(([name, words]) => ribbon(name, words)), ribbon("sampling", "Sampling"));
  if (held) { const same = box.querySelector(`[data-o=${held}]`); if (same) same.focus(); }
  $("slide").max = r.most;
  $("slide").value = r.t;
  $("slide").setAttribute("aria-valuetext", `${grouped(r.t)} tokens`);
  put($("slide-end"), "budget ", h("b", {}, grouped(r.t)), P.isPaper ? " tokens, by our count" : " tokens");
  put($("said"), saidOf(r));
}
function saidOf(r) {
  const kinds = [["program", "first program"], ["critique", "critique"], ["repair", "repair"], ["note", "note"], ["tests", "set of tests"], ["judgement", "judgement"], ["question", "question"]].map(([k, w]) => [r.bought.filter(x => x.n.k === k).length, w]).filter(([n]) => n).map(([n, w]) => many(n, w));
  const list = kinds.length > 1 ? kinds.slice(0, -1).join(", ") + " and " + kinds[kinds.length - 1] : kinds[0] || "nothing";
  const got = handedIn(r.bought), sampled = handedIn(boughtBy(r.all.sampling, r.t)), order = { batch: "batch order", dfs: "depth first", bfs: "breadth first" }[r.order];
  return ["With ", h("b", {}, many(Math.round(r.t), "token")), `, ${order} buys ${list}. `, got ? [h("code", { id: "handed" }, got.s), " passes and is handed in. "] : [h("span", { id: "handed" }, "Nothing passes, so nothing is handed in. ")],
    sampled ? ["Plain sampling hands in ", h("code", { id: "sampled" }, sampled.s), ` for ${grouped(r.all.sampling.find(x => x.n === sampled).to)}.`] : [h("span", { id: "sampled" }, "Plain sampling hands in nothing.")]];
}
/** One purchase more or less along the chosen order. */
function nudge(by) {
  if (P.whyNoReplay) return;
  const r = replayState(), ends = [0, ...r.all[r.order].map(x => x.to)], now = ends.filter(e => e <= r.t).length - 1;
  go({ t: ends[Math.max(0, Math.min(ends.length - 1, now + by))] });
}

// The tree, left to right.
function foldedNodes(p, slot, np) {
  const leaves = p.nodes.filter(n => !n.kids.length).length, folded = new Set();
  let top = p.bySlot.get(slot);
  while (top && top.pa != null) top = p.nodes[top.pa];
  if (leaves > 60) p.firsts.forEach((n, i) => { if (i >= np && n.kids.length && top !== n) folded.add(n); });
  return folded;
}
function drawTree() {
  const r = P.whyNoReplay ? null : replayState(), bought = r && new Set(r.bought.map(x => x.n)), got = r ? handedIn(r.bought) : P.nodes[P.tree.sub];
  const held = document.activeElement && document.activeElement.classList && document.activeElement.classList.contains("tn");
  put($("tree"), treeDrawing(P, S.node, n => !bought || bought.has(n), got, foldedNodes(P, S.node, r ? r.np : 8), "h-tree"));
  if (held) { const same = document.querySelector(".tn.sel"); if (same) same.focus({ preventScroll: true }); }
}
/** A tree: with the chosen slot, what is bought, the node that is handed in, and programs whose repairs are folded. */
function treeDrawing(p, slot, on, got, folded, heading) {
  const depth = Math.max(0, ...p.nodes.map(n => n.depth)), step = depth > 3 ? Math.max(84, 460 / (depth + 1)) : 152, width = 50 + (depth + 1) * step;
  let line = 0;
  const place = n => {
    const kids = folded.has(n) ? [] : n.kids;
    n.x = 66 + n.depth * step;
    if (!kids.length) n.y = 30 + 20 * line++;
    else { kids.forEach(place); n.y = (kids[0].y + kids[kids.length - 1].y) / 2; }
    n.seen = true;
    if (!n.depth) line += kids.length > 1 ? .5 : 0;
  };
  p.nodes.forEach(n => { n.seen = false; });
  p.roots.forEach(place);
  const seen = p.nodes.filter(n => n.seen), height = 46 + 20 * line, rootY = seen.length ? seen.filter(n => !n.depth).reduce((a, n, _, l) => a + n.y / l.length, 0) : 30;
  const curve = (x1, y1, x2, y2) => `M${at2(x1)} ${at2(y1)}C${at2((x1 + x2) / 2)} ${at2(y1)} ${at2((x1 + x2) / 2)} ${at2(y2)} ${at2(x2)} ${at2(y2)}`;
  const edges = seen.map(n => {
    const up = n.pa == null ? { x: 10, y: rootY, root: true } : p.nodes[n.pa], from = up.root ? 13 : up.x + 56;
    return [s("path", { class: on(n) ? "edge" : "edge off", d: curve(from, up.y, n.x - 9, n.y) }), n.cost != null && step > 100 && s("text", { x: at2(n.x - 12), y: at2(n.y - 4), "text-anchor": "end", "font-size": 11, fill: on(n) ? "var(--ink2)" : "var(--ink3)" }, grouped(n.cost))];
  });
  // What a prompt shows beside what stands above it.
  const above = (n, m) => { for (let a = n; a; a = a.pa == null ? null : p.nodes[a.pa]) if (a === m) return true; return false; };
  const shows = seen.flatMap(n => (n.sh || []).map(i => p.nodes[i]).filter(m => m.seen && !above(n, m)).map(m => ({ n, m })));
  const drawn = shows.length <= 60 ? shows : shows.filter(e => e.n.s === slot || e.m.s === slot);
  const marks = seen.map(n => {
    const chosen = n.s === slot, tests = n.hidden ? ` ${n.hidden[0]}/${n.hidden[1]}` : n.read ? "" : n.un ? " unscored" : "", name = n.s.split("/").pop(), level = n.depth + 1;
    const what = `${n.s}, ${n.k}, ${n.un ? "unscored" : n.st != null ? statusWords(n.st) : n.read != null ? "read" : "open"}`;
    return s("g", { class: `tn${chosen ? " sel" : ""}${on(n) ? "" : " off"}`, role: "treeitem", tabindex: chosen ? 0 : -1, "data-s": n.s, "aria-level": level, "aria-selected": String(chosen), "aria-expanded": n.kids.length ? String(!folded.has(n)) : null, "aria-label": `${name}${tests}: ${what}${n === got ? ", handed in" : ""}` },
      s("rect", { class: "hit", x: at2(n.x - 9), y: at2(n.y - 9), width: 66, height: 18, rx: 4 }), n === got && s("circle", { cx: at2(n.x), cy: at2(n.y), r: 7.5, fill: "none", stroke: "var(--ink)", "stroke-width": 1.4 }), symbol(n, on(n)),
      s("text", { x: at2(n.x + 10), y: at2(n.y + 4) }, name, s("tspan", { class: "t2" }, tests, folded.has(n) && ` +${n.kids.length}`)));
  });
  // A column is called after what most of it is.
  const heads = unique(seen.map(n => n.depth)).map(d => {
    const kinds = seen.filter(n => n.depth === d).map(n => n.k), often = k => kinds.filter(x => x === k).length, most = kinds.reduce((a, b) => often(b) > often(a) ? b : a);
    return s("text", { x: 60 + d * step, y: 14, "font-size": 12, fill: "var(--ink3)" }, most === "tests" ? most : most + "s");
  });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "tree", "aria-labelledby": heading }, heads, s("circle", { cx: 10, cy: at2(rootY), r: 3.5, fill: "var(--bg)", stroke: "var(--ink3)" }), edges.flat().filter(Boolean),
    drawn.map(({ n, m }) => s("path", { class: "shows", d: curve(m.x, m.y + 8, n.x - 9, n.y) }, s("title", {}, `the prompt of ${n.s} shows ${m.s}`))), marks);
}
/** A program by its status; a text by a shape of its kind. */
function symbol(n, on) {
  const { x, y } = n, grey = { fill: on ? "var(--ink2)" : "var(--bg)", stroke: "var(--ink2)", "stroke-width": 1.2 };
  if (n.un || n.k === "program" || n.k === "repair") return mark(n.un || n.st == null ? -1 : n.st, x, y, 4.6, !on);
  if (n.k === "critique") return s("path", { d: `M${at2(x - 5)} ${at2(y - 4)}h10v7h-5l-3 3v-3h-2z`, ...grey, fill: "var(--bg)" });
  if (n.k === "tests") return s("path", { d: `M${at2(x - 4)} ${at2(y - 4.5)}h8v9h-8zM${at2(x - 2)} ${at2(y - 1)}h4M${at2(x - 2)} ${at2(y + 1.5)}h4`, ...grey, fill: "var(--bg)" });
  if (n.k === "judgement") return s("path", { d: `M${at2(x)} ${at2(y - 5)}v10M${at2(x - 5)} ${at2(y - 3)}h10M${at2(x - 5)} ${at2(y - 3)}v4M${at2(x + 5)} ${at2(y - 3)}v4`, ...grey, fill: "none" });
  return s("path", { d: `M${at2(x - 4)} ${at2(y - 4.5)}h6l2 2v7h-8z`, ...grey, fill: "var(--bg)" });
}

/** Tests by program, from four tests on. */
function drawMatrix() {
  const programs = P.nodes.filter(n => n.hidden && n.hidden[2]), tests = Math.max(0, ...programs.map(n => n.hidden[2].length));
  if (tests < 4 || !programs.length) return put($("matrix"));
  const wide = Math.min(tests, 60);
  const cellOf = (n, t) => {
    const c = n.hidden[2][t], up = n.pa == null ? null : programOf(P.nodes[n.pa]), before = up && up.hidden && up.hidden[2][t] === "p";
    const shape = c === "f" ? s("rect", { x: 2, y: 2, width: 8, height: 12, fill: "var(--bad)" }) : c === "p" ? s("rect", { x: 2, y: 2, width: 8, height: 12, fill: "var(--inset)", stroke: "var(--line2)" }) : s("rect", { x: 5, y: 7, width: 2, height: 2, fill: "var(--ink3)" });
    return h("td", {}, s("svg", { width: 12, height: 16, "aria-hidden": "true" }, shape, c === "f" && before && s("circle", { cx: 6, cy: 8, r: 2, fill: "var(--bg)" })));
  };
  put($("matrix"), h("h2", { class: "h3" }, "Tests by program ", h("small", {}, "strong: fails; pale: passes; open centre: passed before this repair")), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Tests by program" }, h("table", { class: "matrix" }, h("tbody", {}, programs.slice(0, 80).map(n => h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", onclick: () => go({ node: n.s }) }, n.s, h("span", { class: "sr" }, `: passes ${n.hidden[0]} of ${n.hidden[1]}`))), Array.from({ length: wide }, (_, t) => cellOf(n, t))))))), tests > wide && h("p", { class: "note" }, `The first ${wide} of ${tests} tests.`));
}
const programOf = (n, nodes = P.nodes) => { for (let a = n; a; a = a.pa == null ? null : nodes[a.pa]) if (a.k === "program" || a.k === "repair") return a; return null; };

function moveNode(key) {
  const n = P.bySlot.get(S.node);
  if (!n) return;
  const same = P.nodes.filter(m => m.seen && m.depth === n.depth).sort((a, b) => a.y - b.y), at = same.indexOf(n);
  const to = { ArrowLeft: n.pa == null ? null : P.nodes[n.pa], ArrowRight: n.kids[0], ArrowUp: same[at - 1], ArrowDown: same[at + 1] }[key];
  if (to) select(to.s);
}
function select(slot) {
  go({ node: slot });
  const g = document.querySelector(".tn.sel");
  if (g) { g.focus({ preventScroll: true }); g.scrollIntoView({ block: "nearest" }); }
}
function moveFailure(by) {
  const list = P.failures;
  if (!list.length) return;
  const now = P.bySlot.get(S.node), i = now ? now.i : -1;
  const next = by > 0 ? list.find(n => n.i > i) : [...list].reverse().find(n => n.i < i);
  if (next) select(next.s);
}

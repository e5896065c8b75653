// Two runs beside each other, problem by problem: what turned first, and the two trees of each.
const SIDES = D.runs.map((run, i) => ({ run, letter: "AB"[i], rows: new Map(), p: null, slot: null, show: "changes", text: "" }));
const FATES = [["b", "B alone right"], ["a", "A alone right"], ["both", "both right"], ["neither", "neither right"], ["one", "in one run alone"]];
var S = {};
const WHOLE = { q: "", fate: "", problem: null, tree: null };
let B = WHOLE, pairs = [], active = null;

/** The figures of a run, once they are computed. */
async function rowsOf(side) {
  for (;;) {
    const now = await (await ask(side.run.at + "state")).json();
    side.words = now.words;
    if (now.figures != null) break;
    put($("said"), `The figures of ${side.letter} are being computed\u2026`);
    await new Promise(done => setTimeout(done, 1000));
  }
  const boot = JSON.parse((await (await ask(side.run.at + "parts")).json()).boot);
  for (const [i, row] of boot.rows.entries()) side.rows.set(JSON.stringify([row[0], row[2]]), rowOfJson(row, i));
}
const isRight = row => !!row.submitted && row.submitted[1] === 0;
function pair() {
  const [a, b] = SIDES, keys = new Set([...a.rows.keys(), ...b.rows.keys()]);
  pairs = [...keys].map((key, i) => {
    const [x, y] = [a.rows.get(key), b.rows.get(key)], [id, replicate] = JSON.parse(key);
    const fate = !x || !y ? "one" : isRight(x) ? (isRight(y) ? "both" : "a") : isRight(y) ? "b" : "neither";
    return { key, i, id, replicate, x, y, fate };
  });
  const rank = f => FATES.findIndex(([name]) => name === f);
  pairs.sort((m, n) => rank(m.fate) - rank(n.fate) || m.i - n.i);
}
const chosenPairs = () => pairs.filter(m => (!B.fate || m.fate === B.fate) && B.q.trim().toLowerCase().split(/\s+/).every(word => m.id.toLowerCase().includes(word)));
const hashFor = o => Object.entries(o).filter(([, v]) => v != null && v !== "" && v !== 0).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join("&");
const pairAt = () => B.problem == null ? null : pairs.find(m => m.id === B.problem && m.replicate === Number(B.tree || 0));

function goBeside(change, push) {
  const was = pairAt();
  B = { ...B, ...change };
  const hash = hashFor(B), url = hash ? "#" + hash : location.pathname + location.search;
  if (push) history.pushState({ from: true }, "", url); else history.replaceState(history.state, "", url);
  drawBeside(was);
}
function outcome(row) {
  if (!row) return h("span", { class: "dim" }, "not in this run");
  if (!row.submitted) return h("span", { class: "dim" }, row.done ? "nothing" : "not finished");
  return [glyph(row.submitted[1]), " ", h("code", {}, row.submitted[0]), h("span", { class: "sr" }, " " + statusWords(row.submitted[1]))];
}
function pairItem(m) {
  const cellOf = (c, ...t) => h("span", { class: c, role: "cell" }, t), side = row => [row && strip(row), row && h("span", { class: "sr" }, `${row.c} of ${row.n} first programs pass`)];
  const [, words] = FATES.find(([name]) => name === m.fate);
  return h("div", { class: "lrow item", role: "row", "data-key": m.key }, cellOf("b-id", h("a", { class: "pid", href: "#" + hashFor({ ...B, problem: m.id, tree: m.replicate }) }, m.id, m.replicate > 0 && ` \u00b7 ${m.replicate}`)), cellOf(`b-fate ${m.fate}`, words),
    cellOf("b-a", h("b", { class: "b-name" }, "A "), side(m.x)), cellOf("b-ha", outcome(m.x)), cellOf("b-b", h("b", { class: "b-name" }, "B "), side(m.y)), cellOf("b-hb", outcome(m.y)));
}
function drawPairs() {
  const list = chosenPairs();
  put($("body"), list.slice(0, 2000).map(pairItem));
  $("count").textContent = `${grouped(list.length)} of ${grouped(pairs.length)}`;
  $("list").hidden = !list.length;
  $("empty").hidden = list.length > 0;
  const held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.t : null;
  put($("chips"), FATES.map(([name, words]) => [name, words, pairs.filter(m => m.fate === name).length]).filter(([name, , n]) => n || B.fate === name).map(([name, words, n]) => h("button", { class: "chip", type: "button", "data-t": name, "aria-pressed": String(B.fate === name), onclick: () => goBeside({ fate: B.fate === name ? "" : name }) }, words, " ", h("span", {}, grouped(n)))));
  if (held) { const same = document.querySelector(`.chip[data-t=${held}]`); if (same) same.focus(); }
  const count = name => pairs.filter(m => m.fate === name).length;
  put($("said"), h("b", {}, many(count("a") + count("b"), "problem")), ` turned: B alone hands in a right program in ${grouped(count("b"))}, A alone in ${grouped(count("a"))}. Both in ${grouped(count("both"))}, neither in ${grouped(count("neither"))}.`, count("one") > 0 && ` ${many(count("one"), "problem")} in one run alone.`);
}
let scrolled = 0;
function drawBeside(was) {
  const m = pairAt();
  // Before what is hidden makes the page short.
  if (m && !was) scrolled = window.scrollY;
  $("report").hidden = !!m;
  $("view").hidden = !m;
  if (m) { openPair(m); return; }
  drawPairs();
  if (was) {
    window.scrollTo({ top: scrolled, behavior: "instant" });
    const link = document.querySelector(`#body [data-key="${CSS.escape(was.key)}"] .pid`);
    if (link) link.focus({ preventScroll: true });
  }
}

// Two trees. What is drawn of a node is the report's own, so the side that is used is put into its place.
function use(side) { active = side; P = side.p; S = { node: side.slot, show: side.show }; }
/** What the parts of a node ask for: another node of the same tree, or the other way to show a program. */
function go(change) {
  if (change.node) active.slot = change.node;
  if (change.show) active.show = change.show;
  drawSide(active);
}
async function openPair(m) {
  const list = chosenPairs(), at = list.indexOf(m), to = by => list[at + by], move = (by, sign, words) => h("button", { class: "icon", type: "button", disabled: !to(by), "aria-label": to(by) ? `${words} problem, ${to(by).id}` : `no ${words} problem`, onclick: () => toPair(by) }, sign);
  const [, words] = FATES.find(([name]) => name === m.fate);
  put($("view"), h("div", { class: "phead" }, h("button", { class: "icon", type: "button", id: "back", onclick: backToList }, "\u2190 Problems"), h("h1", { tabindex: -1, id: "ptitle" }, m.id), h("div", { class: "pfacts" }, h("span", {}, words), m.replicate > 0 && h("span", {}, `tree ${m.replicate}`)), h("span", { class: "sp" }), h("span", { class: "dim" }, at < 0 ? "" : `${at + 1} of ${list.length}`), move(-1, "\u2039", "previous"), move(1, "\u203a", "next")),
    D.runs.some(run => run.simulated) && $("simulated") && $("simulated").cloneNode(true),
    h("div", { class: "beside" }, SIDES.map(side => h("section", { class: "side", id: "side-" + side.letter, "aria-labelledby": "h-" + side.letter }, h("h2", { class: "h3", id: "h-" + side.letter }, h("b", {}, side.letter), " ", h("a", { href: side.run.at + "#" + hashFor({ problem: m.id, tree: m.replicate }) }, side.run.name), " ", h("small", {}, side.run.what)), h("div", { class: "tree" }), h("div", { class: "node" })))));
  window.scrollTo(0, 0);
  $("ptitle").focus({ preventScroll: true });
  for (const side of SIDES) {
    const box = $("side-" + side.letter), row = side === SIDES[0] ? m.x : m.y;
    // Before anything in it is used.
    for (const kind of ["focusin", "pointerdown", "click", "keydown"]) box.addEventListener(kind, () => { if (side.p) use(side); }, true);
    box.addEventListener("click", e => { const g = e.target.closest(".tn"); if (g) selectIn(g.dataset.s); });
    side.p = null;
    if (!row) { put(box.querySelector(".tree"), h("p", { class: "muted" }, "This run has no such problem.")); continue; }
    try {
      const tree = await (await ask(`${side.run.at}tree/${row.i}`)).json();
      if (pairAt() !== m) return;
      side.p = { row, i: row.i, tree };
      prepare(side.p);
      const best = row.submitted && side.p.bySlot.get(row.submitted[0]);
      side.slot = (best || side.p.failures[0] || side.p.nodes[0] || {}).s || null;
      drawSide(side);
    } catch (error) { put(box.querySelector(".tree"), h("p", { class: "muted", role: "alert" }, `This tree cannot be shown: ${error.message}`)); }
  }
  if (SIDES[0].p) use(SIDES[0]);
}
function drawSide(side) {
  const held = active === side && document.activeElement && document.activeElement.classList.contains("tn"), box = $("side-" + side.letter), before = active;
  use(side);
  put(box.querySelector(".tree"), treeDrawing(P, S.node, () => true, P.nodes[P.tree.sub], foldedNodes(P, S.node, 8), "h-" + side.letter));
  put(box.querySelector(".node"), nodeParts(P.bySlot.get(S.node)));
  for (const element of box.querySelectorAll(".node [id]")) element.id += "-" + side.letter;
  // Two regions of one name would not be told apart by who hears them.
  for (const region of box.querySelectorAll(".node [role=region]")) region.setAttribute("aria-label", `${side.letter}: ${region.getAttribute("aria-label")}`);
  if (held) { const same = box.querySelector(".tn.sel"); if (same) same.focus({ preventScroll: true }); }
  if (before && before !== side && before.p) use(before);
}
function selectIn(slot) {
  go({ node: slot });
  const g = $("side-" + active.letter).querySelector(".tn.sel");
  if (g) { g.focus({ preventScroll: true }); g.scrollIntoView({ block: "nearest" }); }
}
const toPair = by => { const list = chosenPairs(), next = list[list.indexOf(pairAt()) + by]; if (next) goBeside({ problem: next.id, tree: next.replicate }); };
const backToList = () => { if (history.state && history.state.from) history.back(); else goBeside({ problem: null, tree: null }); };
function fromHash() {
  B = { ...WHOLE, ...addressWords(WHOLE) };
  if (!FATES.some(([name]) => name === B.fate)) B.fate = "";
  $("q").value = B.q;
}
const movePair = by => focusRow(document.querySelectorAll("#body .pid"), by);
function onKeys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target.closest("input:not([type=radio]),select")) { if (e.key === "Escape") e.target.blur(); else if (e.key === "ArrowDown" || e.key === "Enter") { movePair(1); e.preventDefault(); } return; }
  const inPair = pairAt(), g = e.target.closest(".tn");
  const failure = by => () => { if (!active || !active.p) return; const now = P.bySlot.get(S.node), i = now ? now.i : -1, next = by > 0 ? P.failures.find(n => n.i > i) : P.failures.filter(n => n.i < i).pop(); if (next) selectIn(next.s); };
  const other = () => { const next = SIDES.find(side => side !== active && side.p); if (next) { use(next); const g = $("side-" + next.letter).querySelector(".tn.sel"); if (g) g.focus(); } };
  const node = key => () => { const n = P.bySlot.get(S.node); if (!n) return; const same = P.nodes.filter(o => o.seen && o.depth === n.depth).sort((x, y) => x.y - y.y), at = same.indexOf(n), to = { ArrowLeft: n.pa == null ? null : P.nodes[n.pa], ArrowRight: n.kids[0], ArrowUp: same[at - 1], ArrowDown: same[at + 1] }[key]; if (to) selectIn(to.s); };
  const act = inPair ? { j: () => toPair(1), k: () => toPair(-1), n: failure(1), p: failure(-1), x: other, d: () => active && active.p && go({ show: active.show === "whole" ? "changes" : "whole" }), Escape: backToList, t: theme }[e.key] || (g && /^Arrow/.test(e.key) ? node(e.key) : g && (e.key === "Enter" || e.key === " ") ? () => selectIn(g.dataset.s) : null)
    : { j: () => movePair(1), k: () => movePair(-1), "/": () => $("q").focus(), t: theme }[e.key];
  if (act) { act(); e.preventDefault(); }
}
async function startBeside() {
  listenTheme();
  fromHash();
  $("q").addEventListener("input", () => goBeside({ q: $("q").value }));
  $("clear").addEventListener("click", () => { $("q").value = ""; goBeside({ q: "", fate: "" }); $("q").focus(); });
  $("body").addEventListener("click", e => { const row = e.target.closest(".item"); if (!row || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return; e.preventDefault(); const m = pairs.find(m => m.key === row.dataset.key); goBeside({ problem: m.id, tree: m.replicate }, true); });
  document.addEventListener("keydown", onKeys);
  const arrive = () => { const was = pairAt(); fromHash(); drawBeside(was); };
  addEventListener("popstate", arrive);
  try {
    await Promise.all(SIDES.map(rowsOf));
    pair();
    for (const side of SIDES) put($("state-" + side.letter), side.words);
    drawBeside(null);
  } catch (error) { put($("said"), error.message); }
  document.documentElement.dataset.ready = "true";
}
startBeside();

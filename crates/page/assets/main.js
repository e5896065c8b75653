// What is chosen, in the address; what follows from it on the page; keys.
const DEFAULTS = {};
function fillDefaults() {
  const L = D.lens || {};
  return Object.assign(DEFAULTS, { cost: L.cost || "billed", order: L.order || "batch", base: L.base || "stop", group: "all", sel: L.sel || "oracle_any", np: L.np, nf: L.nf, map: "points", q: "", sort: D.lens ? "gain" : "id", dir: D.lens ? "desc" : "asc", show: "changes", problem: null, tree: null, node: null, t: null, pnp: null, pnf: null });
}
fillDefaults();
const NUMBERS = new Set(["np", "nf", "tree", "t", "pnp", "pnf"]);
var S = { ...DEFAULTS };

const hashOf = state => Object.keys(DEFAULTS).filter(k => state[k] != null && state[k] !== DEFAULTS[k]).map(k => `${k}=${encodeURIComponent(state[k])}`).join("&");
const problemHash = row => "#" + hashOf({ ...S, problem: row.id, tree: row.replicate || null, node: null, t: null, pnp: null, pnf: null });
function parseHash() {
  const state = { ...DEFAULTS };
  for (const [key, value] of Object.entries(addressWords(DEFAULTS))) {
    if (!NUMBERS.has(key)) state[key] = value; else if (/^\d+(\.\d+)?$/.test(value)) state[key] = Number(value);
  }
  // What does not exist falls back to what the page shows by itself.
  const valid = { order: Object.keys(ORDERS), base: ["stop", "iid"], cost: Object.keys(COSTS), group: Object.keys(D.first), map: ["points", "ratio", "pass"], sort: Object.keys(KEYS), dir: ["asc", "desc"], show: ["changes", "whole"], sel: ["oracle_any", "submitted"] };
  for (const [key, list] of Object.entries(valid)) if (!list.includes(state[key])) state[key] = DEFAULTS[key];
  if (D.t && !D.t[[state.sel, state.group, state.order, state.cost].join("|")]) for (const key of ["sel", "order", "cost"]) state[key] = DEFAULTS[key];
  return state;
}
const rowOf = state => state.problem == null ? null : ROWS.find(row => row.id === state.problem && row.replicate === (state.tree || 0)) || ROWS[/^\d+$/.test(state.problem) ? +state.problem : -1];

/** Changes what is chosen. Opening a problem makes a step of the history, everything else replaces it. */
function go(change, push) {
  const was = S;
  S = { ...S, ...change };
  if (D.t && ("order" in change || "sel" in change || "cost" in change) && !D.t[[S.sel, S.group, S.order, S.cost].join("|")]) {
    // The one handed in is known depth first alone.
    if ("order" in change) S.sel = "oracle_any"; else S.order = "dfs";
    if (!D.t[[S.sel, S.group, S.order, S.cost].join("|")]) S = { ...was };
  }
  const hash = hashOf(S), url = hash ? "#" + hash : location.pathname + location.search;
  if (push) history.pushState({ from: true }, "", url); else history.replaceState(history.state, "", url);
  show(was);
}
const differs = (was, ...keys) => keys.some(k => S[k] !== was[k]);

let scroll = 0;
// The place is kept here: a browser would go to its own after us.
history.scrollRestoration = "manual";
function show(was) {
  const lens = differs(was, "cost", "order", "base", "group", "sel", "np", "nf", "map");
  if (differs(was, "problem", "tree")) {
    const row = rowOf(S);
    // Before what is hidden makes the page short.
    if (row && was.problem == null) scroll = window.scrollY;
    $("report").hidden = !!row;
    $("view").hidden = !row;
    if (row) {
      window.scrollTo({ top: 0, behavior: "instant" });
      showProblem(row.i).then(() => { if (P && $("ptitle")) $("ptitle").focus({ preventScroll: true }); });
      return;
    }
    const left = P && P.row;
    P = null;
    if (lens || stale) drawReport();
    stale = false;
    drawList();
    while (left && drawnRows < shown.length && !document.querySelector(`#body [data-i="${left.i}"]`)) moreRows();
    window.scrollTo({ top: scroll, behavior: "instant" });
    const link = left && document.querySelector(`#body [data-i="${left.i}"] .pid`);
    if (link) link.focus({ preventScroll: true });
    return;
  }
  if (P) {
    stale = stale || lens;
    if (!P.tree) return;
    if (differs(was, "node", "show")) { drawTree(); drawNode(); }
    if (differs(was, "order", "pnp", "pnf")) { drawReplay(); drawTree(); } else if (differs(was, "t")) { drawRibbons(); drawTree(); }
    return;
  }
  if (lens) { hovered = null; drawReport(); }
  if (differs(was, "q", "sort", "dir") || lens && differs(was, "order", "base", "np", "nf", "group")) { S.rows = 0; drawList(); }
}
/** Whether the report shows an earlier choice, because a problem is open. */
let stale = true;

function openProblem(i, stay) {
  const row = ROWS[i];
  go({ problem: row.id, tree: row.replicate || null, node: null, t: null, pnp: null, pnf: null }, !stay);
}
function closeProblem() {
  if (history.state && history.state.from) history.back();
  else go({ problem: null, tree: null, node: null, t: null, pnp: null, pnf: null });
}

// The keys, the words.
const HELP = [
  ["Everywhere", [["?", "these keys"], ["t", "light or dark"], ["/", "filter the problems"]]],
  ["Plot and map", [["arrows", "n_p left and right, n_f up and down"], ["Enter", "pick the tree"]]],
  ["List of problems", [["j k", "next, previous row"], ["Enter", "open"]]],
  ["A problem", [["arrows", "parent, child, neighbours"], ["n p", "next, previous failure"], ["d", "changes or the whole program"], ["r", "the prompt"], [", .", "one purchase less, more"], ["1 2 3", "batch, depth first, breadth first"], ["j k", "next, previous problem"], ["Esc", "back"]]],
];
function help() {
  put($("keys"), h("h2", { id: "h-keys" }, "Keys"), HELP.map(([title, keys]) => [h("h3", {}, title), h("dl", {}, keys.map(([k, words]) => [h("dt", {}, k.split(" ").map((x, i) => [i > 0 && " ", h("kbd", {}, x)])), h("dd", {}, words)]))]), h("p", { class: "note" }, h("button", { class: "icon", type: "button", onclick: () => $("keys").close() }, "Close")));
  $("keys").showModal();
}
const typing = e => e.target.closest("input:not([type=radio]):not([type=range]),select,textarea");
function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || $("keys").open) return;
  if (e.key === "Escape" && typing(e)) { e.target.blur(); return; }
  if (typing(e)) { if (e.target.id === "q" && (e.key === "ArrowDown" || e.key === "Enter")) { moveRow(1); e.preventDefault(); } return; }
  const range = e.target.closest("input[type=range],input[type=radio]");
  const act = {
    "?": help, t: theme,
    "/": () => { if (P) closeProblem(); setTimeout(() => { $("q").focus(); $("q").scrollIntoView({ block: "center" }); }, P ? 150 : 0); },
  }[e.key] || (P ? inProblem(e, range) : { j: () => moveRow(1), k: () => moveRow(-1) }[e.key]);
  if (act) { act(); e.preventDefault(); }
}
function inProblem(e, range) {
  const around = by => () => { const to = shown[shown.indexOf(P.row) + by]; if (to) openProblem(to.i, true); };
  if (!P.tree) return { j: around(1), k: around(-1), Escape: closeProblem }[e.key];
  if (/^Arrow/.test(e.key)) return range || e.target.closest("pre,dd,.code,.scroll") ? null : () => moveNode(e.key);
  return {
    n: () => moveFailure(1), p: () => moveFailure(-1), d: () => go({ show: S.show === "whole" ? "changes" : "whole" }),
    r: () => { const f = $("fold-prompt"); if (f) { f.open = !f.open; f.firstElementChild.focus(); } },
    ",": () => nudge(-1), ".": () => nudge(1), 1: () => go({ order: "batch", t: null }), 2: () => go({ order: "dfs", t: null }), 3: () => go({ order: "bfs", t: null }), j: around(1), k: around(-1), Escape: closeProblem,
  }[e.key];
}

/** A word's entry: shown, whatever is open. */
function toWord(id) {
  const entry = $(id);
  if (!entry) return;
  for (const told of document.querySelectorAll(".told")) told.classList.remove("told");
  entry.classList.add("told");
  entry.scrollIntoView({ block: "center" });
  entry.focus({ preventScroll: true });
}
function start() {
  listenTheme();
  $("help").addEventListener("click", help);
  document.addEventListener("click", e => { if (!e.target.closest("#copy")) return; const text = $("cmd").textContent; (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject()).then(() => toast("Copied"), () => { getSelection().selectAllChildren($("cmd")); toast("Selected: copy it by your own keys"); }); });
  // Links within the page move it and leave what is chosen in the address.
  document.addEventListener("click", e => {
    const link = e.target.closest("a[href^='#']");
    if (!link || link.classList.contains("pid") || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    const id = link.getAttribute("href").slice(1), leave = P && id !== "view";
    if (leave) go({ problem: null, tree: null, node: null, t: null, pnp: null, pnf: null }, true);
    if (id.startsWith("g-")) toWord(id);
    else if ($(id)) { $(id).scrollIntoView(); $(id).setAttribute("tabindex", "-1"); $(id).focus({ preventScroll: true }); }
  });
  document.addEventListener("click", async e => {
    const link = e.target.closest(".files a");
    // A table that the page does not hold lies beside it.
    if (!link || SERVED != null || !$("csv:" + link.getAttribute("href"))) return;
    e.preventDefault();
    const name = link.getAttribute("href"), bytes = await unpack("csv:" + name);
    if (bytes) save(name, bytes, "text/csv");
  });
  document.addEventListener("keydown", onKey);
  document.querySelector("#tree") || document.addEventListener("click", e => { const g = e.target.closest && e.target.closest(".tn"); if (g) select(g.dataset.s); });
  document.addEventListener("keydown", e => { if ((e.key === "Enter" || e.key === " ") && e.target.classList && e.target.classList.contains("tn")) { select(e.target.dataset.s); e.preventDefault(); } });
  const arrive = () => {
    const was = S, hash = location.hash.slice(1);
    if ($(hash) && !hash.includes("=")) { toWord(hash); return; }
    S = parseHash();
    if ($("q").value !== S.q) $("q").value = S.q;
    show(was);
  };
  addEventListener("popstate", arrive);
  addEventListener("hashchange", arrive);
  listenLens();
  listenList();
  S = parseHash();
  $("q").value = S.q;
  const row = rowOf(S);
  if (row) {
    $("report").hidden = true;
    $("view").hidden = false;
    shown = chosenRows();
    showProblem(row.i);
  } else {
    drawReport();
    stale = false;
    const id = location.hash.slice(1);
    if ($(id) && !id.includes("=")) toWord(id);
  }
  // The rows of the page stand until something else is asked for than what it shows by itself.
  drawChips();
  const plain = !S.q && S.sort === DEFAULTS.sort && S.dir === DEFAULTS.dir && S.np === DEFAULTS.np && S.nf === DEFAULTS.nf && S.order === DEFAULTS.order && S.base === DEFAULTS.base && S.group === "all";
  if (D.lens) unpackJson("rates").then(rates => { RATES = rates; if (!P) drawList(); else shown = chosenRows(); });
  else if (!plain || D.bare || ROWS.length > 60) drawList();
  document.documentElement.dataset.ready = "true";
}
start();

// The list of problems: filter, chips, sort, and rows made as somebody scrolls.
const rowOfJson = (row, i) => {
  const [id, difficulty, replicate, strip, tokens, submitted, done, tests, integrity, dev] = row;
  const count = (list, pass) => list.filter(x => pass ? x === 0 : x >= 0).length, firsts = strip.map(x => x[0]), repairs = strip.flatMap(x => x[1]);
  const o = { i, id, difficulty, replicate, strip, tokens, submitted, done, tests, integrity, dev, n: count(firsts), c: count(firsts, true), rn: count(repairs), rc: count(repairs, true) };
  o.statuses = new Set([...firsts, ...repairs].map(x => x < 0 ? "unscored" : D.statuses[x][4]));
  o.fate = o.n && o.c === o.n ? "all" : o.c ? "some" : o.rc ? "repair" : "none";
  return o;
};
const ROWS = D.rows.map(rowOfJson);
let RATES = null, shown = ROWS, drawnRows = 0;

/** [with repair, sampling] of a problem at the page's tree. */
const rate = row => {
  const list = RATES && RATES[row.id] && RATES[row.id][S.order], r = list && list.find(r => r[0] === S.np && r[1] === S.nf);
  return r && [r[2], S.base === "stop" ? r[4] : r[5]];
};
const gain = row => { const r = rate(row); return r && r[1] != null ? Math.round((r[0] - r[1]) * 1e4) / 1e4 : null; };
const KEYS = {
  id: row => row.i, g: row => row.difficulty || "", c: row => row.n ? row.c / row.n : null, r: row => row.rn ? row.rc / row.rn : null,
  pass: row => { const r = rate(row); return r ? r[0] : null; }, base: row => { const r = rate(row); return r ? r[1] : null; }, gain, tok: row => row.tokens, hand: row => row.submitted ? row.submitted[0] : null,
};
const risesFirst = key => key === "id" || key === "g" || key === "hand";

/** The words of a filter: `name:value` or a part of the id. */
function terms(q) { return q.trim().toLowerCase().split(/\s+/).filter(Boolean); }
function matches(row, term) {
  const [, name, op, value] = /^(status|difficulty|fate|right|tokens|handed|tree):([<>]=?)?(.*)$/.exec(term) || [];
  const compare = v => { const n = Number(value); return v != null && value !== "" && !Number.isNaN(n) && ({ ">": v > n, ">=": v >= n, "<": v < n, "<=": v <= n })[op || "="] || v === n && !op; };
  switch (name) {
    case "status": return row.statuses.has(value.replace(/-/g, "_"));
    case "difficulty": return (row.difficulty || "").toLowerCase() === value;
    case "fate": return row.fate === value;
    case "right": return compare(row.c);
    case "tokens": return compare(row.tokens);
    case "handed": return row.submitted ? (value === "right" ? row.submitted[1] === 0 : value === "wrong" ? row.submitted[1] > 0 : row.submitted[0].toLowerCase() === value) : value === "nothing";
    case "tree": return row.replicate === Number(value);
    default: return row.id.toLowerCase().includes(term);
  }
}
function chosenRows() {
  const words = terms(S.q), rows = ROWS.filter(row => words.every(word => matches(row, word)) && (S.group === "all" || row.difficulty === S.group));
  const key = KEYS[S.sort] || KEYS.id, sign = S.dir === "asc" ? 1 : -1;
  const value = row => { const v = key(row); return v == null ? null : v; };
  return rows.sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === y) return a.i - b.i;
    if (x == null) return 1;
    if (y == null) return -1;
    return (x < y ? -1 : 1) * sign;
  });
}

function drawChips() {
  if (D.bare) return put($("chips"));
  const statuses = [...new Set(ROWS.flatMap(row => [...row.statuses]))].filter(x => x !== "passed" && x !== "wrong_answer").sort();
  const list = [["fate:all", "every first program right"], ["fate:some", "some first programs right"], ["fate:repair", "only repairs right"], ["fate:none", "nothing right"], ...statuses.slice(0, 5).map(x => [`status:${x}`, `has ${x.replace(/_/g, " ")}`])];
  const now = terms(S.q), held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.t : null;
  put($("chips"), list.map(([term, words]) => [term, words, ROWS.filter(row => matches(row, term)).length]).filter(([term, , n]) => n || now.includes(term)).map(([term, words, n]) => h("button", {
    class: "chip", type: "button", "data-t": term, "aria-pressed": String(now.includes(term)), onclick: () => toggleTerm(term),
  }, words, " ", h("span", {}, n))));
  if (held) { const same = document.querySelector(`.chip[data-t="${CSS.escape(held)}"]`); if (same) same.focus(); }
}
function toggleTerm(term) {
  const now = terms(S.q), q = (now.includes(term) ? now.filter(x => x !== term) : [...now, term]).join(" ");
  go({ q });
  $("q").value = q;
}

/** A small bar; half a line's width within, where only the line is drawn. */
const smallMark = (x, y, full) => full ? `M${x} ${y}h3v5h-3z` : `M${x + .5} ${y + .5}h2v4h-2z`;
function strip(row) {
  const most = 26, small = 12, list = row.strip.slice(0, most), paths = new Map();
  const add = (key, d) => paths.set(key, (paths.get(key) || "") + d);
  list.forEach(([st, repairs], i) => {
    const x = 7 + i * 13, last = D.statuses.length - 1;
    add(`0 ${st < 0 ? last : st}`, outline(st, x, 8, 4));
    repairs.slice(0, small).forEach((r, j) => add(`1 ${r < 0 ? last : r}`, smallMark(x - 5.5 + j % 3 * 4, 16 + Math.floor(j / 3) * 6.5, r === 0)));
  });
  const lines = Math.max(0, ...list.map(([, r]) => Math.ceil(Math.min(r.length, small) / 3))), more = row.strip.length - list.length;
  const w = 14 + list.length * 13 + (more ? 30 : 0), high = 16 + lines * 6.5;
  return s("svg", { width: w, height: high, viewBox: `0 0 ${w} ${high}`, "aria-hidden": "true" }, [...paths].map(([key, d]) => {
    const [isSmall, i] = key.split(" ").map(Number), hollow = isSmall && i !== 0 || i === D.statuses.length - 1;
    return s("path", { d, fill: hollow ? "none" : hue(i), stroke: hollow ? hue(i) : null, "stroke-width": hollow ? 1 : null });
  }), more > 0 && s("text", { x: w - 36, y: 12, "font-size": 11, fill: "var(--ink2)" }, `+${more}`));
}
function gainBar(v, reach) {
  const wide = v == null ? 0 : Math.abs(v) / reach * 58;
  return s("svg", { viewBox: "0 0 120 14", width: 120, height: 14, "aria-hidden": "true" }, s("line", { x1: 60, x2: 60, y1: 0, y2: 14, stroke: "var(--line2)" }),
    v != null && s("rect", { x: at2(v >= 0 ? 60 : 60 - wide), y: 3, width: at2(wide), height: 8, fill: v >= 0 ? "var(--good)" : "var(--bad)" }));
}
function item(row, reach) {
  const r = rate(row), g = gain(row), cellOf = (c, ...t) => h("span", { class: c, role: "cell" }, t);
  return h("div", { class: "lrow item", role: "row", "data-i": row.i },
    cellOf("c-id", h("a", { class: "pid", href: problemHash(row) }, row.id, row.replicate > 0 && ` \u00b7 ${row.replicate}`)), cellOf("c-w muted", row.difficulty || DASH),
    cellOf("c-strip", !D.bare && [strip(row), h("span", { class: "sr" }, `${row.c} of ${row.n} first programs pass`)]), cellOf("num c-w", D.bare ? DASH : `${row.c} / ${row.n}`), cellOf("num c-w", D.bare ? DASH : row.rn ? `${row.rc} / ${row.rn}` : "none"),
    cellOf("num c-w c-rate", r ? percent(r[0]) : DASH), cellOf("num c-w c-rate", r && r[1] != null ? percent(r[1]) : DASH), cellOf("c-diff c-rate", gainBar(g, reach), h("span", {}, points(g))),
    cellOf("num c-w", row.tokens == null ? DASH : grouped(row.tokens)),
    cellOf("c-hand", row.submitted ? [glyph(row.submitted[1]), " ", h("code", {}, row.submitted[0]), h("span", { class: "sr" }, " " + statusWords(row.submitted[1]))] : h("span", { class: "dim" }, D.bare ? DASH : row.done ? "nothing" : "not finished")));
}
let reach = .05;
function drawList() {
  shown = chosenRows();
  reach = Math.max(.05, ...ROWS.map(gain).filter(v => v != null).map(Math.abs));
  drawnRows = 0;
  $("body").replaceChildren();
  moreRows(Math.max(60, S.rows || 0));
  $("list").hidden = !shown.length;
  $("empty").hidden = shown.length > 0;
  $("list").setAttribute("aria-rowcount", shown.length + 1);
  $("count").textContent = `${grouped(shown.length)} of ${grouped(ROWS.length)}`;
  for (const head of document.querySelectorAll(".lrow.head [aria-sort]")) {
    const button = head.querySelector("button");
    if (button) head.setAttribute("aria-sort", button.dataset.k === S.sort ? (S.dir === "asc" ? "ascending" : "descending") : "none");
  }
  $("sortsel").value = S.sort;
  drawChips();
}
function moreRows(n = 60) {
  const next = shown.slice(drawnRows, drawnRows + n);
  $("body").append(...next.map(row => item(row, reach)));
  drawnRows += next.length;
  // A spacer stands for the rows that are not made yet, so that the page is as long as it will be.
  let spacer = $("spacer");
  if (!spacer) { spacer = h("div", { id: "spacer", role: "presentation" }); $("list").append(spacer); watch.observe(spacer); }
  spacer.style.height = `${(shown.length - drawnRows) * 46}px`;
}
const watch = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting) && drawnRows < shown.length) moreRows(); }, { rootMargin: "600px" });

function sortBy(key) {
  go({ sort: key, dir: S.sort === key ? (S.dir === "asc" ? "desc" : "asc") : risesFirst(key) ? "asc" : "desc" });
}
function listenList() {
  $("q").addEventListener("input", () => go({ q: $("q").value }));
  $("clear").addEventListener("click", () => { go({ q: "" }); $("q").value = ""; $("q").focus(); });
  $("sortsel").addEventListener("change", () => go({ sort: $("sortsel").value, dir: risesFirst($("sortsel").value) ? "asc" : "desc" }));
  for (const button of document.querySelectorAll(".lrow.head button")) button.addEventListener("click", () => sortBy(button.dataset.k));
  $("body").addEventListener("click", e => {
    const row = e.target.closest(".item");
    if (!row || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    e.preventDefault();
    openProblem(+row.dataset.i);
  });
}
/** Focus on the next or the last row. */
function moveRow(by) {
  const links = [...document.querySelectorAll("#body .pid")], now = links.indexOf(document.activeElement);
  if (now + by >= links.length && drawnRows < shown.length) moreRows();
  focusRow(document.querySelectorAll("#body .pid"), by);
}

// A run that is served: follows its journal. What is new takes the place of what stood there; what somebody chose, where
// the page is scrolled and what has the focus stay.
let shownFigures = document.documentElement.dataset.figures, shownLength = null;
const QUICK = 1500, SLOW = 10000;

async function follow() {
  let wait = SLOW;
  try {
    const now = await (await ask("state")).json();
    wait = now.state === "running" || now.figures !== String(now.length) ? QUICK : SLOW;
    put($("live"), now.words);
    $("live").dataset.state = now.state;
    if (now.figures != null && now.figures !== shownFigures) await adopt(now.figures);
    if (P && shownLength != null && now.length !== shownLength) await renewTree();
    shownLength = now.length;
  } catch (error) { put($("live"), error.message); }
  setTimeout(follow, wait);
}

/** Takes over figures that were computed since. */
async function adopt(figures) {
  const parts = await (await ask("parts")).json();
  const wasDefault = Object.fromEntries(Object.entries(DEFAULTS).map(([k, v]) => [k, S[k] === v]));
  const id = P && P.row.id, replicate = P && P.row.replicate, wasBare = D.bare;
  shownFigures = figures;
  for (const key of Object.keys(D)) delete D[key];
  Object.assign(D, JSON.parse(parts.boot));
  ROWS.length = 0;
  for (const [i, row] of D.rows.entries()) ROWS.push(rowOfJson(row, i));
  fillDefaults();
  for (const [key, was] of Object.entries(wasDefault)) if (was) S[key] = DEFAULTS[key];
  RATES = D.lens ? await unpackJson("rates") : null;
  if (P) { P.row = ROWS.find(row => row.id === id && row.replicate === replicate) || P.row; P.i = P.row.i; }
  if (P && P.tree && wasBare) redrawProblem();
  replaceReport(new DOMParser().parseFromString(parts.body, "text/html").getElementById("report"));
}

/** Puts new sections into the place of the old ones. The list stays, and is drawn anew, so that a filter may be typed meanwhile. */
function replaceReport(fresh) {
  const old = $("report"), held = document.activeElement && document.activeElement.id, row = document.activeElement && document.activeElement.closest && document.activeElement.closest("#body [data-i]");
  const rowId = row && row.querySelector(".pid").textContent, drawn = drawnRows;
  const anchor = P ? null : [...old.querySelectorAll("section")].find(e => e.getBoundingClientRect().bottom > 60), offset = anchor && anchor.getBoundingClientRect().top;
  const isTable = $("plot-table") && !$("plot-table").hidden, plain = e => { const list = e.querySelector("#list"); return list && list.classList.contains("plain"); };
  let before = null, lensIsNew = false, listIsNew = false;
  for (const section of [...fresh.children]) {
    const mine = section.id && old.querySelector(`#${section.id}`);
    if (section.id === "problems" && mine && plain(mine) === plain(section)) { before = mine; continue; }
    const made = document.importNode(section, true);
    if (mine) mine.replaceWith(made); else if (before) before.after(made); else old.prepend(made);
    lensIsNew ||= section.id === "curve";
    listIsNew ||= section.id === "problems";
    before = made;
  }
  for (const section of [...old.children]) if (section.id && !fresh.querySelector(`#${section.id}`)) section.remove();
  if (lensIsNew) listenLens();
  if (listIsNew) { listenList(); $("q").value = S.q; }
  if (isTable && $("plot-table")) { $("plot-table").hidden = false; $("table-plot").setAttribute("aria-expanded", "true"); }
  if (P) { stale = true; shown = chosenRows(); return; }
  drawReport();
  S.rows = drawn;
  drawList();
  if (anchor && $(anchor.id)) window.scrollBy({ top: $(anchor.id).getBoundingClientRect().top - offset, behavior: "instant" });
  const again = rowId ? [...document.querySelectorAll("#body .pid")].find(e => e.textContent === rowId) : held && $(held);
  if (again && document.activeElement !== again) again.focus({ preventScroll: true });
}

/** The open problem, if its tree grew. */
async function renewTree() {
  const at = P, bytes = await unpack("t" + at.i), text = new TextDecoder().decode(bytes);
  if (P !== at || text === at.text) return;
  at.tree = JSON.parse(text);
  at.text = text;
  prepare(at);
  redrawProblem();
}
function redrawProblem() {
  const y = window.scrollY, held = document.activeElement, slot = held && held.dataset && held.dataset.s, id = held && held.id;
  drawProblem();
  window.scrollTo({ top: y, behavior: "instant" });
  const again = slot ? document.querySelector(`.tn[data-s="${CSS.escape(slot)}"]`) : id && $(id);
  if (again) again.focus({ preventScroll: true });
}
follow();

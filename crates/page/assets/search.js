// The search: asks the server, and shows places as they come.
let asking = null, lastGroup = null;

function fromAddress() {
  const words = new URLSearchParams(location.search);
  $("q").value = words.get("q") || "";
  $("run").value = [...$("run").options].some(o => o.value === words.get("run")) ? words.get("run") : "";
  const parts = words.get("in");
  for (const box of document.querySelectorAll("input[name=in]")) box.checked = parts == null || parts.split(",").includes(box.value);
}
const partsNow = () => [...document.querySelectorAll("input[name=in]:checked")].map(box => box.value);
function addressNow() {
  const words = new URLSearchParams({ q: $("q").value });
  if ($("run").value) words.set("run", $("run").value);
  if (partsNow().length < 3) words.set("in", partsNow().join(","));
  return words.toString();
}
const WHAT = { program: "program", prompt: "prompt", answer: "answer" };
const megabytes = n => n >= 1e9 ? `${fixed(n / 1e9, 1)} GB` : n >= 1e6 ? `${grouped(n / 1e6)} MB` : `${grouped(n / 1e3)} kB`;

function showPlace(p) {
  const key = p.run + "\n" + p.problem + "\n" + p.replicate;
  if (!lastGroup || lastGroup.key !== key) {
    const list = h("ul", {});
    $("places").append(h("section", { class: "found" }, h("h2", {}, h("span", { class: "dim" }, p.run), " ", h("b", {}, p.problem), p.replicate > 0 && ` \u00b7 ${p.replicate}`), list));
    lastGroup = { key, list };
  }
  const hash = Object.entries({ problem: p.problem, tree: p.replicate || null, node: p.slot }).filter(([, v]) => v != null).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join("&");
  lastGroup.list.append(h("li", {}, h("a", { class: "place", href: `${p.at}#${hash}` }, h("code", {}, p.slot), " ", h("span", { class: "dim" }, WHAT[p.part])), h("code", { class: "line" }, p.before, h("mark", {}, p.words), p.after), p.more > 0 && h("span", { class: "dim" }, `+${grouped(p.more)}`)));
}
/** What came of a search, in words. */
function endWords(e, n) {
  const where = `${many(e.runs, "run")}, ${megabytes(e.read)}`;
  if (e.end === "whole") return n ? `${many(n, "place")} in ${where}.` : `Nothing found in ${where}.`;
  if (e.end === "enough") return `Stopped after ${many(n, "place")}: there may be more. More words or one run narrow it.`;
  if (e.end === "texts") return `Stopped after ${many(n, "place")}: too many texts hold these words. More words narrow it.`;
  return `Stopped: ${e.why}`;
}
async function search(push) {
  if (asking) asking.abort();
  const at = asking = new AbortController(), address = addressNow();
  lastGroup = null;
  put($("places"));
  if (push) history.pushState(null, "", "?" + address);
  if (!$("q").value.trim()) { put($("said"), "Words that stand in a program, a prompt or an answer, whatever their case."); return; }
  if (!partsNow().length) { put($("said"), "Tick what to look in."); return; }
  put($("said"), "Looking\u2026");
  let n = 0, rest = "";
  const take = line => {
    const p = JSON.parse(line);
    if (p.end) put($("said"), endWords(p, n), ...(p.left_out || []).map(why => h("span", { class: "why" }, ` Left out: ${why}.`)));
    else if (p.problem != null) { n++; showPlace(p); }
    else put($("said"), `${many(n, "place")} so far, ${megabytes(p.read)} of ${megabytes(p.of)} gone over\u2026`);
  };
  try {
    const answer = await fetch("/search/places?" + address, { signal: at.signal });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (asking !== at) return;
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      lines.forEach(take);
    }
  } catch (error) { if (asking === at) put($("said"), error instanceof TypeError ? "mend view does not answer: was it ended?" : error.message); }
}
function startSearch() {
  listenTheme();
  fromAddress();
  $("search").addEventListener("submit", e => { e.preventDefault(); search(true); });
  for (const e of document.querySelectorAll("#run, input[name=in]")) e.addEventListener("change", () => { if ($("q").value.trim()) search(true); });
  addEventListener("popstate", () => { fromAddress(); search(); });
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.closest("input:not([type=checkbox]),select")) { if (e.key === "Escape") e.target.blur(); return; }
    const move = by => () => focusRow(document.querySelectorAll("#places .place"), by);
    const act = { t: theme, "/": () => { $("q").focus(); $("q").select(); }, j: move(1), k: move(-1) }[e.key];
    if (act) { act(); e.preventDefault(); }
  });
  search();
  document.documentElement.dataset.ready = "true";
}
startSearch();

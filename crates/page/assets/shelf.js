// The list of runs: filters, sort, two to compare, and rows that follow the folder.
const CHOICES = ["data", "model", "strategy", "state"], SHELF = { q: "", data: "", model: "", strategy: "", state: "", sort: "changed", dir: "desc" };
let F = { ...SHELF }, picked = [];

function readAddress() {
  F = { ...SHELF, ...addressWords(SHELF) };
  if (!document.querySelector(`.lrow.head button[data-k="${CSS.escape(F.sort)}"]`)) F.sort = SHELF.sort;
  if (F.dir !== "asc") F.dir = "desc";
}
function choose(change) {
  F = { ...F, ...change };
  const hash = Object.keys(SHELF).filter(k => F[k] !== SHELF[k]).map(k => `${k}=${encodeURIComponent(F[k])}`).join("&");
  history.replaceState(null, "", hash ? "#" + hash : location.pathname);
  drawShelf();
}
const items = () => [...document.querySelectorAll("#body .item")];
const isNumber = key => ["pass", "hand", "tok", "changed"].includes(key);
function fits(row) {
  const all = row.textContent.toLowerCase();
  return CHOICES.every(key => !F[key] || row.dataset[key] === F[key]) && F.q.trim().toLowerCase().split(/\s+/).every(word => all.includes(word));
}
function drawShelf() {
  const rows = items(), number = isNumber(F.sort), sign = F.dir === "asc" ? 1 : -1;
  const value = row => { const v = row.dataset[F.sort]; return v === "" || v == null ? null : number ? Number(v) : v; };
  const held = document.activeElement;
  rows.sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === y || x == null && y == null) return a.dataset.id < b.dataset.id ? -1 : 1;
    if (x == null) return 1;
    if (y == null) return -1;
    return (number ? x - y : x < y ? -1 : 1) * sign;
  });
  let n = 0;
  for (const row of rows) { row.hidden = !fits(row); n += !row.hidden; }
  $("body").append(...rows);
  if (held && document.activeElement !== held && held.isConnected) held.focus({ preventScroll: true });
  $("count").textContent = `${grouped(n)} of ${grouped(rows.length)}`;
  $("list").hidden = !n;
  $("empty").hidden = n > 0 || !rows.length;
  for (const head of document.querySelectorAll(".lrow.head [aria-sort]")) {
    const button = head.querySelector("button");
    if (button) head.setAttribute("aria-sort", button.dataset.k === F.sort ? (F.dir === "asc" ? "ascending" : "descending") : "none");
  }
  for (const key of CHOICES) {
    const select = $(`by-${key}`), values = [...new Set(rows.map(row => row.dataset[key]))].sort();
    if (F[key] && !values.includes(F[key])) values.push(F[key]);
    if (select.dataset.values !== values.join("\n")) {
      select.dataset.values = values.join("\n");
      put(select, h("option", { value: "" }, "all"), values.map(v => h("option", { value: v }, v)));
    }
    select.value = F[key];
  }
  $("sortsel").value = F.sort;
  drawPicked();
}
function drawPicked() {
  picked = picked.filter(id => items().some(row => row.dataset.id === id));
  for (const row of items()) row.querySelector("input").checked = picked.includes(row.dataset.id);
  const bar = $("picked"), [a, b] = picked, named = id => h("code", {}, items().find(row => row.dataset.id === id).querySelector(".pid").textContent);
  put(bar, !a ? "Tick two runs to compare them." : !b ? [named(a), " and another: tick it."] : [h("a", { id: "compare", href: `/compare?a=${a}&b=${b}` }, "Compare ", named(a), " with ", named(b)), " ", h("button", { class: "link", type: "button", onclick: () => { picked = []; drawPicked(); } }, "Clear")]);
}
const moveItem = by => focusRow(items().filter(row => !row.hidden).map(row => row.querySelector(".pid")), by);
async function followShelf() {
  try {
    const text = await (await ask("runs")).text(), fresh = new DOMParser().parseFromString(text, "text/html").getElementById("body");
    if (fresh && fresh.innerHTML !== followShelf.text) {
      followShelf.text = fresh.innerHTML;
      const held = document.activeElement, row = held && held.closest(".item"), id = row && row.dataset.id, kind = held && held.tagName;
      $("body").replaceChildren(...[...fresh.children].map(e => document.importNode(e, true)));
      drawShelf();
      const again = id && items().find(e => e.dataset.id === id);
      if (again) again.querySelector(kind === "INPUT" ? "input" : ".pid").focus({ preventScroll: true });
    }
    put($("live"), "");
  } catch (error) { put($("live"), error.message); }
  setTimeout(followShelf, document.querySelector("#body [data-state=running]") ? 2000 : 5000);
}
function startShelf() {
  listenTheme();
  readAddress();
  $("q").value = F.q;
  $("q").addEventListener("input", () => choose({ q: $("q").value }));
  for (const key of CHOICES) $(`by-${key}`).addEventListener("change", e => choose({ [key]: e.target.value }));
  $("sortsel").addEventListener("change", e => choose({ sort: e.target.value, dir: isNumber(e.target.value) ? "desc" : "asc" }));
  $("clear").addEventListener("click", () => { $("q").value = ""; choose({ ...SHELF, sort: F.sort, dir: F.dir }); $("q").focus(); });
  for (const button of document.querySelectorAll(".lrow.head button")) button.addEventListener("click", () => choose({ sort: button.dataset.k, dir: F.sort === button.dataset.k ? (F.dir === "asc" ? "desc" : "asc") : isNumber(button.dataset.k) ? "desc" : "asc" }));
  $("body").addEventListener("change", e => { const id = e.target.closest(".item").dataset.id; picked = e.target.checked ? [...picked, id].slice(-2) : picked.filter(x => x !== id); drawPicked(); });
  addEventListener("hashchange", () => { readAddress(); $("q").value = F.q; drawShelf(); });
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target.closest("input:not([type=checkbox]),select");
    if (typing) { if (e.key === "Escape") e.target.blur(); else if (e.target.id === "q" && (e.key === "ArrowDown" || e.key === "Enter")) { moveItem(1); e.preventDefault(); } return; }
    const act = { t: theme, "/": () => $("q").focus(), j: () => moveItem(1), k: () => moveItem(-1), s: () => { location.href = "/search"; } }[e.key];
    if (act) { act(); e.preventDefault(); }
  });
  followShelf.text = $("body").innerHTML;
  drawShelf();
  setTimeout(followShelf, 2000);
  document.documentElement.dataset.ready = "true";
}
startShelf();

// Shows and hides, sorts and filters what stands in the page.
const all = (selector, within) => [...(within || document).querySelectorAll(selector)];

// The theme and the keys.
listenTheme();
const help = () => $("keys").showModal();
$("help").addEventListener("click", help);
$("close-keys").addEventListener("click", () => $("keys").close());

/** The drawing that is shown, with its slider, its table and its readout. */
function reader(view) {
  const slider = view.querySelector(".slide"), rows = all("tbody tr", view), plumb = view.querySelector(".plumb"), told = view.querySelector(".readout");
  const read = place => {
    slider.value = Math.max(0, Math.min(rows.length - 1, place));
    const row = rows[slider.value];
    plumb.setAttribute("x1", row.dataset.x);
    plumb.setAttribute("x2", row.dataset.x);
    told.textContent = row.dataset.told;
    slider.setAttribute("aria-valuetext", row.dataset.told);
  };
  slider.addEventListener("input", () => read(+slider.value));
  const plot = view.querySelector("[data-plot]");
  plot.addEventListener("keydown", e => {
    const to = { ArrowLeft: +slider.value - 1, ArrowRight: +slider.value + 1, Home: 0, End: rows.length - 1 }[e.key];
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
  read(+slider.value);
  const button = view.querySelector("[data-table]"), table = view.querySelector(".astable");
  button.addEventListener("click", () => { table.hidden = !table.hidden; button.setAttribute("aria-expanded", String(!table.hidden)); });
}

/** The list of problems of a pair. */
function list(pair) {
  const items = all(".item", pair), box = pair.querySelector(".plist"), query = pair.querySelector("input[type=search]"), sort = pair.querySelector("[data-sort]");
  const count = pair.querySelector(".count"), empty = pair.querySelector(".empty"), fields = all("[data-fate]", pair).filter(e => e.tagName === "BUTTON");
  if (!query) return;
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
  const draw = sorted => {
    const terms = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const item of items) {
      const is = terms.every(term => fits(item, term));
      item.hidden = !is;
      seen += is;
    }
    if (sorted) {
      const order = orders[sort.value];
      [...items].sort((x, y) => order(x, y) || x.dataset.i - y.dataset.i).forEach(item => box.insertBefore(item, empty));
    }
    count.textContent = `${seen} of ${items.length} problems`;
    empty.hidden = seen > 0;
    for (const field of fields) field.setAttribute("aria-pressed", String(terms.includes("fate:" + field.dataset.fate)));
  };
  query.addEventListener("input", () => draw());
  sort.addEventListener("change", () => draw(true));
  for (const field of fields) {
    field.addEventListener("click", () => {
      const term = "fate:" + field.dataset.fate, terms = query.value.split(/\s+/).filter(Boolean);
      query.value = (terms.includes(term) ? terms.filter(t => t !== term) : [...terms.filter(t => !t.startsWith("fate:")), term]).join(" ");
      draw();
    });
  }
  pair.querySelector("[data-clear]").addEventListener("click", () => { query.value = ""; draw(); query.focus(); });
  draw();
}

for (const pair of all(".pair")) {
  all(".view", pair).forEach(reader);
  for (const input of all("[data-pick]", pair)) {
    input.addEventListener("change", () => {
      const chosen = name => { const e = pair.querySelector(`[data-pick=${name}]:checked`); return e ? e.value : "0"; };
      let seen = false;
      for (const view of all(".view", pair)) {
        view.hidden = view.dataset.axis !== chosen("axis") || view.dataset.group !== chosen("group");
        seen = seen || !view.hidden;
      }
      pair.querySelector(".noview").hidden = seen;
    });
  }
  list(pair);
}

const move = by => focusRow(all(".item:not([hidden]) summary"), by);
function report(name) {
  const pair = document.activeElement.closest(".pair") || document.querySelector(".pair");
  const link = pair && pair.querySelector(`[data-report=${name}]`), item = document.activeElement.closest(".item");
  if (!link) return;
  const id = item && item.querySelector(".pid").textContent;
  location.href = link.getAttribute("href") + (id ? "#problem=" + encodeURIComponent(id) : "");
}
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("keys").open) return;
  const typing = e.target.closest("input[type=search],select");
  if (typing) { if (e.key === "Escape") typing.blur(); return; }
  const search = () => { const q = document.querySelector("input[type=search]"); if (q) { q.focus(); q.scrollIntoView({ block: "center" }); } };
  const act = { "?": help, t: theme, "/": search, j: () => move(1), k: () => move(-1), a: () => report("A"), b: () => report("B") }[e.key];
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
document.documentElement.dataset.ready = "true";

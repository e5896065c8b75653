// Small things that every part needs. Text from elsewhere only ever becomes text nodes.
const D = JSON.parse(document.getElementById("boot").textContent);
const MINUS = "\u2212", NB = "\u00a0", DASH = "\u2013";

/** An element: attributes by name (`on...` listens, true stands alone, null is left out), then children. */
function h(name, attributes, ...children) { return fill(document.createElement(name), attributes, children); }
function s(name, attributes, ...children) { return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children); }
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(9)) if (child != null && child !== false) element.append(child);
  return element;
}
const put = (element, ...children) => element.replaceChildren(...children.flat(9).filter(c => c != null && c !== false));

// Numbers, as the rest of the page has them.
const fixed = (v, d) => { const t = Math.abs(v).toFixed(d); return v < 0 && /[1-9]/.test(t) ? MINUS + t : t; };
const grouped = v => fixed(v, 0).replace(/\B(?=(\d{3})+$)/g, ",");
const percent = v => v == null ? DASH : fixed(v * 100, 1);
function points(v) {
  if (v == null) return DASH;
  const x = v * 100, text = fixed(x, x !== 0 && Math.abs(x) < .05 ? 2 : 1);
  return x > 0 && /[1-9]/.test(text) ? "+" + text : text;
}
const range = (a, b) => a == null ? "" : `[${percent(a)}, ${percent(b)}]`;
const pointsRange = (a, b) => a == null ? "" : `[${points(a)}, ${points(b)}]`;
const COSTS = {
  billed: ["Tokens", "tokens", "tokens per problem"],
  completion: ["Output tokens", "output tokens", "output tokens per problem"],
  paper: ["Paper\u2019s count", "tokens (paper\u2019s count)", "tokens per problem, the paper\u2019s count"],
  dollars: ["Dollars", "dollars", "dollars per problem"],
  programs: ["Programs", "programs", "programs and repairs per problem"],
};
const amount = (v, cost) => v == null ? DASH : cost === "dollars" ? "$" + fixed(v, 4) : cost === "programs" ? fixed(v, 2) : grouped(v);
const costText = (v, cost) => cost === "dollars" ? amount(v, cost) : amount(v, cost) + NB + COSTS[cost][1];
const ORDERS = { batch: "Batch", dfs: "Depth first", bfs: "Breadth first" };
const many = (n, word) => `${grouped(n)} ${n === 1 ? word : word === "set of tests" ? "sets of tests" : word + "s"}`;

// Statuses: words, colour, and shape. -1 is what nobody judged.
const status = i => D.statuses[i < 0 ? D.statuses.length - 1 : i];
const statusWords = i => i < 0 ? "unscored" : status(i)[0];
const hue = i => `var(${status(i)[1]})`;
const at2 = v => +v.toFixed(2);
function outline(i, x, y, r) {
  const corners = status(i)[3];
  if (!corners.length) return `M${at2(x - r)} ${at2(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
  return corners.map(([a, b], n) => `${n ? "L" : "M"}${at2(x + a * r)} ${at2(y + b * r)}`).join("") + "z";
}
/** A mark: filled, or hollow for what nobody judged and for what is not bought. */
function mark(i, x, y, r, hollow) {
  const empty = hollow || i < 0;
  return s("path", { d: outline(i, x, y, r), fill: empty ? "var(--bg)" : hue(i), stroke: hue(i), "stroke-width": empty ? 1.4 : 0 });
}
const glyph = i => s("svg", { class: "mk", width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" }, mark(i, 6, 6, 4.2));
const tagged = i => h("span", { class: "st" }, glyph(i), statusWords(i));

// Scales and ticks.
const unique = list => [...new Set(list)].sort((a, b) => a - b);
const scale = (a, b, c, d) => v => c + (b === a ? 0 : (v - a) / (b - a)) * (d - c);
function ticks(low, high, about) {
  const width = high - low;
  if (!(width > 0)) return [low];
  const rough = width / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough * .999) || 10 * power;
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9); i++) out.push(i * step);
  return out;
}
const through = list => list.map(([x, y], i) => `${i ? "L" : "M"}${at2(x)} ${at2(y)}`).join("");

// What the page holds compressed; where it is served, what stands beside it.
const SERVED = document.documentElement.dataset.served;
const unpacked = new Map();
async function ask(path) {
  const answer = await fetch(path).catch(() => null);
  if (!answer) throw new Error("mend view does not answer: was it ended?");
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer;
}
function unpack(id) {
  if (SERVED != null) return ask(id.replace(/^t(?=\d)/, "tree/")).then(async answer => new Uint8Array(await answer.arrayBuffer()));
  if (!unpacked.has(id)) unpacked.set(id, (async () => {
    const element = $(id);
    if (!element) return null;
    const bytes = Uint8Array.from(atob(element.textContent), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  })());
  return unpacked.get(id);
}
const unpackJson = async id => { const bytes = await unpack(id); return bytes && JSON.parse(new TextDecoder().decode(bytes)); };

function save(name, content, type) {
  const link = h("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}
/** A drawing as a file of its own: colours of the page as it is now, instead of their names. */
function saveSvg(svg, name) {
  const style = getComputedStyle(document.documentElement), copy = svg.cloneNode(true);
  const plain = v => v.replace(/var\((--[\w-]+)\)/g, (_, n) => style.getPropertyValue(n).trim());
  const walk = (from, to) => {
    for (const a of [...to.attributes]) if (a.value.includes("var(")) to.setAttribute(a.name, plain(a.value));
    const seen = getComputedStyle(from);
    for (const p of ["fill", "stroke", "stroke-dasharray", "font-size"]) if (seen.getPropertyValue(p)) to.setAttribute(p, seen.getPropertyValue(p));
    [...from.children].forEach((child, i) => walk(child, to.children[i]));
  };
  walk(svg, copy);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", "system-ui, sans-serif");
  copy.prepend(s("title", {}, `${name}: ${D.run.id}${D.run.simulated ? " (simulated models)" : ""}`), s("rect", { width: "100%", height: "100%", fill: style.getPropertyValue("--bg").trim() }));
  save(name + ".svg", new XMLSerializer().serializeToString(copy), "image/svg+xml");
}
const csvField = v => v == null ? "" : /[",\n]/.test(v) ? `"${String(v).replace(/"/g, '""')}"` : String(v);
const csvText = rows => rows.map(row => row.map(csvField).join(",") + "\n").join("");

let toastTimer;
function toast(text) {
  const element = $("toast");
  element.textContent = text;
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { element.hidden = true; }, 2000);
}

/** A row of choices, of which one holds. */
function choices(name, label, options, chosen, pick, small) {
  const inputs = options.map(([value, text, why]) => h("label", { title: why }, h("input", {
    type: "radio", name, value, checked: value === chosen, disabled: !!why, onchange: () => pick(value),
  }), h("span", {}, text)));
  const seg = h("div", { class: small ? "seg small" : "seg" }, inputs);
  return label ? h("fieldset", {}, h("legend", {}, label), seg) : seg;
}

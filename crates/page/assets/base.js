// Small things that every part needs. Text from elsewhere only ever becomes text nodes.
const D = JSON.parse(document.getElementById("boot").textContent);
const MINUS = "\u2212", NB = "\u00a0", DASH = "\u2013";

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
  if (!unpacked.has(id)) unpacked.set(id, inflated(id));
  return unpacked.get(id);
}
const unpackJson = async id => { const bytes = await unpack(id); return bytes && JSON.parse(new TextDecoder().decode(bytes)); };

const saveSvg = (svg, name) => saveDrawing(svg, name, D.run.id + (D.run.simulated ? " (simulated models)" : ""));

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

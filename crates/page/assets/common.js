// What every page has: elements, files to keep, its theme, keys that go along rows, and words in its address.
const $ = id => id ? document.getElementById(id) : null;

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

/** What an element of the page holds compressed; null where there is no such element. */
async function inflated(id) {
  const element = $(id);
  if (!element) return null;
  const bytes = Uint8Array.from(atob(element.textContent), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
function save(name, content, type) {
  const link = h("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}
/** A drawing as a file of its own: colours of the page as it is now, instead of their names. */
function saveDrawing(svg, name, subject) {
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
  copy.prepend(s("title", {}, `${name}: ${subject}`), s("rect", { width: "100%", height: "100%", fill: style.getPropertyValue("--bg").trim() }));
  save(name + ".svg", new XMLSerializer().serializeToString(copy), "image/svg+xml");
}
const csvField = v => v == null ? "" : /[",\n]/.test(v) ? `"${String(v).replace(/"/g, '""')}"` : String(v);
const csvText = rows => rows.map(row => row.map(csvField).join(",") + "\n").join("");

/** Focus on the next or the last of some rows; on the first where none has it. */
function focusRow(rows, by) {
  rows = [...rows];
  const now = rows.indexOf(document.activeElement), next = rows[Math.max(0, now < 0 ? 0 : now + by)];
  if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest", behavior: "instant" }); }
}
/** The words behind the address's `#` of which the names are known, decoded. */
function addressWords(known) {
  const words = {};
  for (const pair of location.hash.slice(1).split("&")) {
    const at = pair.indexOf("="), key = pair.slice(0, at);
    if (at < 1 || !(key in known)) continue;
    try { words[key] = decodeURIComponent(pair.slice(at + 1)); } catch { /* as if it were not there */ }
  }
  return words;
}
const dark = matchMedia("(prefers-color-scheme:dark)");
const kept = { get: () => { try { return localStorage.getItem("mend-theme"); } catch { return null; } }, set: v => { try { localStorage.setItem("mend-theme", v); } catch { /* a file may not keep anything */ } } };
const themeNow = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
function theme() {
  document.documentElement.dataset.theme = themeNow() === "dark" ? "light" : "dark";
  kept.set(themeNow());
  $("theme").setAttribute("aria-label", `Theme: ${themeNow()}. Change`);
}
function listenTheme() {
  const kept0 = kept.get();
  if (kept0 === "dark" || kept0 === "light") document.documentElement.dataset.theme = kept0;
  $("theme").setAttribute("aria-label", `Theme: ${themeNow()}. Change`);
  $("theme").addEventListener("click", theme);
}

// What every page has: its theme, keys that go along rows, and words in its address.
const $ = id => document.getElementById(id);

/** Focus on the next or the last of some rows; on the first where none has it. */
function focusRow(rows, by) {
  rows = [...rows];
  const now = rows.indexOf(document.activeElement), next = rows[Math.max(0, now < 0 ? 0 : now + by)];
  if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
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

// The theme.
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

// A node: what it did, what failed, what changed, and the words that were exchanged.
const textOf = i => P.tree.X[i].l.map(line => P.tree.L[line]);

/** Long lines are cut, with a button that shows the rest. */
const LONGEST = 4000;
function longText(text, attributes = {}) {
  const pre = h("pre", { tabindex: 0, ...attributes });
  if (text.length <= 200000 && !text.split("\n").some(line => line.length > LONGEST)) { pre.append(text); return pre; }
  const cut = text.slice(0, 200000).split("\n").map(line => line.length > LONGEST ? `${line.slice(0, LONGEST)}\u2026` : line).join("\n");
  pre.append(cut, "\n", h("button", { class: "link", type: "button", onclick: () => put(pre, text) }, `Show all ${grouped(text.length)} characters`));
  return pre;
}
/** A chat as messages: [who, text]. A text without marks is one message. */
function messagesOf(lines) {
  const messages = [];
  for (const line of lines) {
    const who = /^\[(system|user|assistant)\]$/.exec(line);
    if (who) messages.push([who[1], []]);
    else { if (!messages.length) messages.push(["", []]); messages[messages.length - 1][1].push(line); }
  }
  return messages.map(([who, list]) => [who, list.join("\n").trim()]);
}

function drawNode() { put($("node"), nodeParts(P.bySlot.get(S.node))); }
function nodeParts(n) {
  if (!n) return h("p", { class: "muted" }, "The tree holds nothing yet.");
  const before = P.failures.filter(m => m.i < n.i).pop(), after = P.failures.find(m => m.i > n.i);
  const jump = (to, words, by) => h("button", { class: "icon", type: "button", id: by < 0 ? "prev-failure" : "next-failure", disabled: !to, onclick: () => moveFailureFrom(by) }, words);
  const tests = ["hidden", "public"].filter(x => n[x]).map(x => `${n[x][0]} of ${many(n[x][1], x + " test")} passed`).join(", ");
  const head = h("div", { class: "ihead" }, h("h2", { id: "nodename" }, n.s), n.un ? h("span", { class: "st" }, glyph(-1), "unscored") : n.st != null ? tagged(n.st) : h("span", { class: "muted" }, n.k), tests && h("span", { class: "muted" }, tests), h("span", { class: "sp" }), jump(before, "\u2039 failure", -1), jump(after, "failure \u203a", 1));
  const name = { program: "first program", repair: "repair", critique: "critique" }[n.k] || n.k, up = n.pa == null ? null : P.nodes[n.pa];
  const links = list => list.map(m => [" ", h("button", { type: "button", onclick: () => go({ node: m.s }) }, m.s)]);
  const [prompt, answer] = n.t || [];
  const shows = (n.sh || []).map(i => P.nodes[i]);
  const crumb = h("div", { class: "crumb" }, h("span", {}, `${name}${n.m ? ` by ${n.m}` : ""}${n.served && n.served !== n.m ? ` (served by ${n.served})` : ""}`),
    n.b != null ? h("span", {}, prompt != null ? `${grouped(prompt)} prompt + ${grouped(answer)} output = ` : "", many(n.b, "token")) : h("span", {}, n.pp != null ? `${many(n.pp, "token")} by the paper\u2019s count` : "tokens not reported"), n.usd && h("span", {}, `$${n.usd}`), n.fin && h("span", {}, `ended with ${n.fin}`), n.e && h("span", {}, `judged by ${n.e}`),
    up && h("span", {}, "below", links([up])), n.kids.length > 0 && h("span", {}, "then", links(n.kids.slice(0, 12)), n.kids.length > 12 && ` and ${n.kids.length - 12} more`), shows.length > 0 && h("span", { title: "The nodes that its prompt shows" }, "shows", links(shows)));
  return [head, crumb, n.un && h("div", { class: "sec" }, h("h3", { class: "h3" }, "Why it is unscored"), h("p", { class: "say" }, n.un)), failures(n), texts(n), program(n), words(n)];
}
const moveFailureFrom = by => { const n = P.bySlot.get(S.node), next = by > 0 ? P.failures.find(m => m.i > n.i) : P.failures.filter(m => m.i < n.i).pop(); if (next) { go({ node: next.s }); const button = $(by > 0 ? "next-failure" : "prev-failure"); if (button.disabled) $("nodename").setAttribute("tabindex", -1), $("nodename").focus(); else button.focus(); } };

/** Two values with what differs marked: what they begin and end with is the same. */
function apart(a, b) {
  let i = 0, j = 0;
  const most = Math.min(a.length, b.length);
  while (i < most && a[i] === b[i]) i++;
  while (j < most - i && a[a.length - 1 - j] === b[b.length - 1 - j]) j++;
  const parts = (t, wanted) => { const mid = t.slice(i, t.length - j); return [t.slice(0, i), mid && h("mark", { class: wanted ? "w" : null }, mid), t.slice(t.length - j)]; };
  return [parts(a, true), parts(b, false)];
}
const cutValue = t => t.length > 20000 ? `${t.slice(0, 20000)}\u2026 (${grouped(t.length)} characters)` : t;
function failureCard(f) {
  const row = (name, ...value) => [h("dt", {}, name), h("dd", { tabindex: value.flat(9).some(v => v && (v.length || 0) > 400) ? 0 : null }, value)];
  const [expected, got] = f.expected != null && f.got != null ? apart(cutValue(f.expected), cutValue(f.got)) : [f.expected && cutValue(f.expected), f.got && cutValue(f.got)];
  return h("div", { class: "call" }, h("dl", {}, row(`${f.su} ${f.i + 1}`, tagged(f.st), f.loading && " while it was loaded"), f.call && row("call", cutValue(f.call)), f.input && row("input", cutValue(f.input)), f.assertion && row("assertion", cutValue(f.assertion)), expected && row("expected", expected), got && row("got", got), f.exception && row("exception", cutValue(f.exception)), f.line && row("line", `${f.line}${f.source ? ": " + f.source : ""}`), f.note && row("note", cutValue(f.note))));
}
function failures(n) {
  if (!n.f) return null;
  const first = n.f.slice(0, 3), rest = n.f.slice(3);
  return h("div", { class: "sec" }, h("h3", { class: "h3" }, n.f.length === 1 ? "The failing test" : `The ${n.f.length + (n.more || 0)} failing tests`, " ", h("small", {}, "expected and got differ where marked")), first.map(failureCard),
    rest.length > 0 && h("details", { class: "fold" }, h("summary", {}, `${rest.length} more`, n.more && ` of ${rest.length + n.more}`), rest.map(failureCard)));
}

/** A critique or another text: what it says, and what was read of it; and the critique that a repair goes by. */
function texts(n) {
  const up = n.pa == null ? null : P.nodes[n.pa], out = [], isProgram = n.k === "program" || n.k === "repair";
  if (!isProgram && n.a != null) out.push(h("div", { class: "sec" }, h("h3", { class: "h3" }, `The ${n.k}`, n.read && [" ", h("small", {}, n.read.split("\n")[0])]), h("div", { class: "say" }, cutValue(textOf(n.a).join("\n")))));
  if (n.k === "repair" && up && up.k === "critique" && up.a != null) out.push(h("div", { class: "sec" }, h("h3", { class: "h3" }, "The critique that it goes by ", h("small", {}, up.s)), h("div", { class: "say" }, cutValue(textOf(up.a).join("\n")))));
  return out;
}

/** A line of a program in its colours, with the places that differ marked. */
function coloured(line, runs, marks, name) {
  const parts = [], cuts = [];
  for (const [, c, len] of (runs || "").matchAll(/([pkscn])(\d+)/g)) cuts.push([c, +len]);
  const ranges = (marks || "").split(";").filter(Boolean).map(r => r.split(",").map(Number)).map(([from, len]) => [from, from + len]);
  let at = 0;
  const add = (to, c) => {
    while (at < to) {
      const inside = ranges.find(([a, b]) => at >= a && at < b), next = ranges.find(([a]) => a > at), end = Math.min(to, inside ? inside[1] : next ? next[0] : to), text = line.slice(at, end);
      const piece = c === "p" ? text : h("span", { class: c }, text);
      parts.push(inside ? h(name, {}, piece) : piece);
      at = end;
    }
  };
  for (const [c, len] of cuts) add(Math.min(line.length, at + len), c);
  add(line.length, "p");
  return parts;
}
const lineOf = (t, i) => { const x = P.tree.X[t], line = P.tree.L[x.l[i]]; return line.length > LONGEST ? [line.slice(0, LONGEST) + "\u2026", ""] : [line, P.tree.H[x.h[i]] || ""]; };
function codeRow(kind, left, right, sign, parts) {
  return h("tr", { class: kind }, h("td", { class: "ln" }, left), right !== undefined && h("td", { class: "ln" }, right), h("td", { class: "sg" }, sign), h("td", { class: "cd" }, parts.length ? parts : " "));
}
function wholeProgram(n) {
  const failed = new Set((n.f || []).map(f => f.line).filter(Boolean));
  return h("div", { class: "code", tabindex: 0, role: "region", "aria-label": "Program" }, h("table", {}, h("tbody", {}, P.tree.X[n.c].l.slice(0, 5000).map((_, i) => codeRow(failed.has(i + 1) ? "hit" : null, i + 1, undefined, failed.has(i + 1) ? "\u25b8" : "", coloured(...lineOf(n.c, i)))))));
}
function changedProgram(n, parent) {
  const rows = [];
  let a = 0, b = 0;
  n.d.forEach((step, at) => {
    if (typeof step === "number") {
      const head = at === 0 ? 0 : 3, tail = at === n.d.length - 1 ? 0 : 3;
      for (let i = 0; i < step; i++) {
        if (i === head && step > head + tail + 1) {
          const skip = step - head - tail;
          rows.push(h("tr", { class: "skipline" }, h("td", { colspan: 4 }, `${many(skip, "line")} the same`)));
          a += skip; b += skip; i += skip - 1;
          continue;
        }
        rows.push(codeRow(null, a + 1, b + 1, "", coloured(...lineOf(n.c, b))));
        a++; b++;
      }
    } else if (step[0] === "-") { rows.push(codeRow("d", a + 1, "", MINUS, coloured(...lineOf(parent.c, a), step.slice(1), "del"))); a++; }
    else { rows.push(codeRow("a", "", b + 1, "+", coloured(...lineOf(n.c, b), step.slice(1), "ins"))); b++; }
  });
  return h("div", { class: "code", tabindex: 0, role: "region", "aria-label": `Changes to ${parent.s}` }, h("table", {}, h("tbody", {}, rows)));
}
function program(n) {
  if (n.k !== "program" && n.k !== "repair") return null;
  if (n.c == null) return n.st != null || n.un ? h("div", { class: "sec" }, h("h3", { class: "h3" }, "Program"), h("p", { class: "muted" }, n.rule ? "Its text is not in the journal." : "The answer holds no program.")) : null;
  const parent = n.pa == null ? null : programOf(P.nodes[n.pa]), changed = n.d && parent && parent.c != null, same = changed && n.d.every(x => typeof x === "number"), diff = changed && !same && S.show !== "whole";
  return h("div", { class: "sec" }, h("h3", { class: "h3" }, diff ? `Changes to ${parent.s}` : "Program", " ", h("small", {}, n.rule && `taken from the answer by ${n.rule}`, same && `; the same as ${parent.s}`), h("span", { class: "sp" }), changed && !same && choices("show", null, [["changes", "changes"], ["whole", "whole"]], S.show, v => { go({ show: v }); const now = document.querySelector(`#node input[value=${v}]`); if (now) now.focus(); }, true)),
    diff ? changedProgram(n, parent) : wholeProgram(n));
}

/** The prompt as sent and the answer as received, folded; what is open stays open while moving. */
const opened = new Set();
function folded(name, summary, ...content) {
  return h("details", { class: "fold", id: `fold-${name}`, open: opened.has(name), ontoggle: e => e.target.open ? opened.add(name) : opened.delete(name) }, h("summary", {}, h("b", {}, summary[0]), h("span", {}, summary[1])), content);
}
function words(n) {
  const [prompt, answer] = n.t || [], tokens = v => v == null ? "" : many(v, "token");
  const sent = n.q == null ? h("p", { class: "note" }, n.cut ? "The prompt is not in the file, which would else be larger than 10 MB." : n.m ? "" : "Nobody was asked for it.")
    : folded("prompt", ["Prompt as sent", tokens(prompt)], messagesOf(textOf(n.q)).map(([who, text]) => [who && h("div", { class: "said-by" }, who), longText(text)]));
  const got = n.a == null ? h("p", { class: "note" }, n.cuta ? "The answer is not in the file, which would else be larger than 10 MB." : "No answer came.")
    : folded("answer", ["Answer as received", tokens(answer)], longText(textOf(n.a).join("\n")));
  return h("div", { class: "sec" }, sent, got, n.read && n.read.includes("\n") && folded("read", ["What was read of it", ""], longText(n.read)));
}

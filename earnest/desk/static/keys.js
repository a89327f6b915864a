/* Everything by keyboard. Single keys can be switched off (WCAG 2.1.4) on the page "Who are you". */

const WAYS = {
  q: "/",
  m: "/?view=mine",
  o: "/?view=overdue",
  s: "/search",
  d: "/dismissed",
  l: "/status",
  v: "/coverage",
};

function typing(target) {
  return target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
}

function rows() {
  return [...document.querySelectorAll("#list .row")];
}

/* The focus itself moves, so that what is seen, spoken and entered is one and the same row. */
function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))] ?? all[0];
  next.querySelector(".to-case").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(selector) {
  const button = document.querySelector(selector);
  if (button) button.click();
  return Boolean(button);
}

function unfold(id, focus) {
  const fold = document.getElementById(id);
  if (!fold) return;
  fold.open = true;
  fold.querySelector(focus)?.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => document.activeElement?.closest(".row")?.querySelector(".to-case").click(),
  n: () => press("#next button"),
  t: () => press('#acts button[value="take"]'),
  e: () => press('#acts button[value="resolve"]'),
  h: () => unfold("fold-snooze", "button"),
  x: () => unfold("fold-dismiss", "input"),
  c: () => document.getElementById("note")?.focus(),
  r: () => document.getElementById("reply")?.focus(),
  u: () => press(".told form button") || press('#acts button[value="undo"]'),
  ".": () => press("#news a"),
  "/": () => (document.getElementById("q") ?? document.getElementById("top-q"))?.focus(),
  "?": () => openHelp(),
};

function openHelp() {
  document.getElementById("help").showModal();
}

export function startKeys() {
  const help = document.getElementById("help");
  const opener = document.getElementById("help-open");
  opener?.removeAttribute("hidden"); // not there before one has signed in
  opener?.addEventListener("click", openHelp);
  help.addEventListener("click", (event) => event.target === help && help.close());

  const on = document.body.dataset.keys === "on";
  let waiting = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (!on || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (Date.now() < waiting) {
      waiting = 0;
      const way = WAYS[event.key];
      if (way) {
        event.preventDefault();
        location.assign(way);
      }
      return;
    }
    if (event.key === "g") {
      waiting = Date.now() + 1500;
      return;
    }
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

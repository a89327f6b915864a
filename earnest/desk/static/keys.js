/* Everything by keyboard. Which key does what comes with the page, from the table in earnest/desk/keys.py;
   single keys can be changed and switched off on the page "Who are you" (WCAG 2.1.4). */

import { chooseAll, chooseHere, toBulk } from "./bulk.js";
import { preview } from "./beside.js";

export function typing(target) {
  return target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
}

function rows() {
  return [...document.querySelectorAll("#list .row")];
}

/* The focus itself moves, so that what is seen, spoken and entered is one and the same row. */
function move(step) {
  const all = rows();
  if (!all.length) return;
  let at = all.findIndex((row) => row.contains(document.activeElement));
  if (at < 0) at = all.findIndex((row) => row.classList.contains("here"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))] ?? all[0];
  const link = next.querySelector(".to-case");
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  preview(link);
}

function press(...selectors) {
  for (const selector of selectors) {
    const button = document.querySelector(selector);
    if (button) return button.click();
  }
}

function unfold(id, focus) {
  const fold = document.getElementById(id);
  if (!fold) return;
  fold.open = true;
  fold.querySelector(focus)?.focus();
}

const ACTS = {
  down: () => move(1),
  up: () => move(-1),
  open: () => document.activeElement?.closest(".row")?.querySelector(".to-case").click(),
  choose: chooseHere,
  choose_all: chooseAll,
  bulk: toBulk,
  next: () => press("#next button"),
  take: () => press('#acts button[value="take"]'),
  resolve: () => press('#acts button[value="resolve"]'),
  sleep: () => unfold("fold-snooze", "button"),
  dismiss: () => unfold("fold-dismiss", "input"),
  note: () => document.getElementById("note")?.focus(),
  answer: () => document.getElementById("reply")?.focus(),
  saved: () => unfold("fold-saved", "button"),
  merge: () => document.getElementById("merge")?.focus(),
  elsewhere: () => {
    const head = document.getElementById("elsewhere-head");
    head?.focus();
    head?.scrollIntoView({ block: "nearest" });
  },
  correct: () => unfold("fold-correct", "select"),
  undo: () =>
    press("#beside .told form button", "#outcomes form button", ".told form button", '#acts button[value="undo"]'),
  audit_complaint: () => press('#judge button[value="complaint"]'),
  audit_none: () => press('#judge button[value="none"]'),
  audit_unsure: () => press('#judge button[value="unsure"]'),
  news: () => press("#news a"),
  search: () => (document.getElementById("q") ?? document.getElementById("top-q"))?.focus(),
  help: () => openHelp(),
};

function openHelp() {
  document.getElementById("help").showModal();
}

/* Where one key is for the list, for a case and for the audit, the page and what holds the focus decide. */
function meant(found) {
  if (found.length < 2) return found[0];
  const list = document.getElementById("list");
  const inCase = !list || document.getElementById("beside")?.contains(document.activeElement);
  const here = document.getElementById("judge") ? "audit" : inCase ? "case" : "list";
  return found.find(([, , where]) => where === here) ?? found[0];
}

function go([name, , , goes]) {
  if (goes) location.assign(goes);
  else ACTS[name]();
}

export function startKeys() {
  const help = document.getElementById("help");
  const opener = document.getElementById("help-open");
  opener?.removeAttribute("hidden"); // not there before one has signed in
  opener?.addEventListener("click", openHelp);
  help.addEventListener("click", (event) => event.target === help && help.close());

  const on = document.body.dataset.keys === "on";
  const keys = JSON.parse(document.body.dataset.keymap);
  let first = "";
  let until = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const pressed = Date.now() < until ? `${first} ${event.key}` : event.key;
    until = 0;
    const act = meant(keys.filter(([, key]) => key === pressed));
    if (act) {
      event.preventDefault();
      if (event.repeat && act[2] === "audit") return; // a key held down judges one post, not the next ones
      go(act);
    } else if (keys.some(([, key]) => key.startsWith(`${event.key} `))) {
      first = event.key;
      until = Date.now() + 1500;
    }
  });
}

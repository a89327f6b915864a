/* On a wide screen a case stands beside the list it was chosen from. It is the case's own page, fetched and
   put there; its forms are sent from there too. The address names it, so back, reload and a link to a
   colleague show the same; where the screen is narrow the plain page opens, as without a script. */

import { startDraft } from "./draft.js";
import { startHold } from "./hold.js";
import { typing } from "./keys.js";

const WIDE = matchMedia("(min-width: 75rem) and (scripting: enabled)");
const CLOSED = ["resolved", "dismissed", "merged", "withdrawn"];
const PAUSE = 160; // after j and k: whoever runs through the list asks for nothing on the way

const pane = document.getElementById("beside");
const place = document.getElementById("beside-case");
let turn = 0;
let waiting = 0;
let sending = false; // a form is on its way: its answer is to be seen before anything else is shown

export function startBeside() {
  if (!pane) return;
  const led = shown();
  if (led && !WIDE.matches) return location.replace(`/cases/${led}`);
  if (led) {
    settle();
    giveNote();
  }
  window.addEventListener("pagehide", keepNote);
  document.addEventListener("click", choose);
  document.addEventListener("submit", send);
  window.addEventListener("popstate", () => {
    const led = shown();
    if (!led) leave();
    else if (!place.querySelector(`article.case[data-case="${led}"]`)) load(`/cases/${led}`);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || typing(event.target)) return;
    if (place.contains(event.target)) document.querySelector(".row.here .to-case")?.focus();
  });
}

/* What j and k rest on is shown; the focus stays in the list. */
export function preview(link) {
  if (!pane || !WIDE.matches) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => sending || load(link.href, { keep: true }), PAUSE);
}

function shown() {
  return new URLSearchParams(location.search).get("case");
}

function number(address) {
  const url = new URL(address, location.href);
  return url.origin === location.origin ? url.pathname.match(/^\/cases\/(\d+)$/)?.[1] : undefined;
}

/* A row, or another case named in this one. With a modifier the browser does what it always does. */
function choose(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || !WIDE.matches || link.target) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !number(link.href)) return;
  if (!link.closest("#list, #beside")) return;
  event.preventDefault();
  clearTimeout(waiting);
  const byKey = event.detail === 0;
  if (byKey && place.querySelector(`[data-case="${number(link.href)}"]`)) enter();
  else load(link.href, { enters: byKey });
}

async function send(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || !WIDE.matches) return;
  if (!pane.contains(form) && !["next", "bulk"].includes(form.id)) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  body.set("beside", "on");
  const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  await load(action, { body });
  delete form.dataset.sent;
}

/* Fetch a page and show what it is about. keep: the address takes the place of the one before;
   enters: the focus follows; body: a form that is sent. */
async function load(address, { keep = false, enters = false, body } = {}) {
  const mine = ++turn;
  clearTimeout(waiting); // what j and k rested on before this was asked for
  place.setAttribute("aria-busy", "true");
  sending = Boolean(body);
  const answer = await ask(address, body);
  if (body) sending = false;
  if (mine !== turn) return;
  place.removeAttribute("aria-busy");
  if (!answer) {
    if (body) return say("This could not be sent: the desk does not answer. Nothing typed is lost; try again.");
    return location.assign(address);
  }
  const main = answer.response?.querySelector("main");
  if (!main?.querySelector("article.case, #outcomes")) {
    if (body && answer.status >= 400) return refused(main);
    return location.assign(answer.responseURL);
  }
  if (!body) keepNote();
  const entered = enters || place.contains(document.activeElement);
  place.replaceChildren(...main.childNodes);
  pane.scrollTop = 0;
  const id = place.querySelector("article.case")?.dataset.case;
  if (id) name(id, keep);
  settle();
  if (!body) giveNote();
  startDraft();
  startHold();
  if (entered || body) enter(entered);
}

/* The answer is no case: its words stand above the form, and what was typed stays in it. */
function refused(main) {
  const told = document.createElement("p");
  told.className = "told bad";
  told.textContent = main?.textContent.trim().replace(/\s+/g, " ") ?? "The desk could not do this.";
  place.querySelector(":scope > .told")?.remove();
  place.prepend(told);
  enter();
}

/* A note begun on one case is there again when one comes back to it; what was sent is not. */
function keepNote() {
  const note = place.querySelector("#note");
  const id = place.querySelector("article.case")?.dataset.case;
  if (!note || !id) return;
  if (note.value.trim()) sessionStorage.setItem(`earnest-note-${id}`, note.value);
  else sessionStorage.removeItem(`earnest-note-${id}`);
}

function giveNote() {
  const note = place.querySelector("#note");
  const id = place.querySelector("article.case")?.dataset.case;
  if (note && !note.value) note.value = sessionStorage.getItem(`earnest-note-${id}`) ?? "";
  sessionStorage.removeItem(`earnest-note-${id}`);
}

/* The page at an address, read as a document: the one way that needs no text to be trusted as HTML. */
function ask(address, body) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.open(body ? "POST" : "GET", address);
    request.onload = () => done(request);
    request.onerror = () => done(null);
    request.send(body);
  });
}

/* The address names the case; one step of the history leads back to before the first. */
function name(id, keep) {
  const before = shown();
  if (before === id) return;
  const url = new URL(location.href);
  url.searchParams.set("case", id);
  if (keep && before) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
}

function leave() {
  turn += 1;
  place.replaceChildren();
  mark(null);
}

function enter(moves = true) {
  const told = place.querySelector(".told");
  const head = place.querySelector(".told.bad") ?? place.querySelector("h1");
  if (told) say(told.querySelector("span, p")?.textContent ?? "");
  if (!moves || !head) return;
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}

/* The rows say how their cases stand now; none moves. */
function settle() {
  const article = place.querySelector("article.case");
  if (article) {
    const { case: id, version, state } = article.dataset;
    mark(id);
    row(id, version, state, place.querySelector("#standing")?.textContent, place.querySelector(".case-head .due"));
  }
  for (const { dataset } of place.querySelectorAll("[data-outcome]")) {
    row(dataset.outcome, dataset.version, dataset.state, dataset.standing);
  }
  if (place.querySelector("#outcomes")) document.dispatchEvent(new Event("earnest:chosen-done"));
}

function row(id, version, state, standing, due) {
  const found = document.querySelector(`#list [data-case="${id}"]`);
  if (!found || !state) return;
  const box = found.querySelector('input[name="pick"]');
  if (box) box.value = `${id}.${version}`;
  found.classList.toggle("past", CLOSED.includes(state));
  found.querySelector(".row-standing").textContent = standing;
  if (due) found.querySelector(".due").replaceWith(due.cloneNode(true));
}

function mark(id) {
  for (const link of document.querySelectorAll("#list .to-case")) {
    const here = link.closest(".row").dataset.case === id;
    link.closest(".row").classList.toggle("here", here);
    if (here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function say(words) {
  document.getElementById("spoken").textContent = words;
}

/* Comfort for a page that works without it: times stay current, cards close, keys act, news arrive. */

import { keepTimes } from "./times.js";
import { startBeside } from "./beside.js";
import { startBulk } from "./bulk.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startDraft } from "./draft.js";
import { startHold } from "./hold.js";
import { startPalette } from "./palette.js";

/* Escape closes the card that explains a priority, without moving the focus (WCAG 1.4.13). */
function closeCards() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const card of document.querySelectorAll(".why")) card.classList.add("shut");
  });
  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, (event) => {
      const why = event.target.closest?.(".why");
      if (!why) return;
      why.classList.remove("shut");
      why.classList.toggle("up", why.getBoundingClientRect().bottom > innerHeight * 0.6);
    });
  }
}

/* A form sent twice by an impatient hand is sent once. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    if (form.method === "post") form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
}

/* After a refused write the eye and the screen reader start at the problem. */
function showProblem() {
  const problem = document.getElementById("problem") ?? document.querySelector(".told.bad");
  if (!problem) return;
  problem.tabIndex = -1;
  problem.focus({ preventScroll: false });
}

keepTimes();
closeCards();
sendOnce();
showProblem();
startBeside();
startBulk();
startKeys();
startLive();
startDraft();
startHold();
startPalette();

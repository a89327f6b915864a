/* Choosing many in the list: the boxes work without this; here are keys, ranges, and the bar that follows. */

const boxes = () => [...document.querySelectorAll('#list input[name="pick"]')];
let last = null;

export function startBulk() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const all = document.getElementById("choose-all");
  const none = document.getElementById("choose-none");
  all.hidden = none.hidden = false;
  all.addEventListener("click", () => set(boxes(), true));
  none.addEventListener("click", () => set(boxes(), false));
  document.getElementById("list").addEventListener("click", (event) => {
    const box = event.target.closest('input[name="pick"]');
    if (!box) return;
    if (event.shiftKey && last && last !== box) between(last, box);
    last = box;
    count();
  });
  document.addEventListener("earnest:chosen-done", () => {
    for (const fold of bar.querySelectorAll("details[open]")) fold.open = false;
    set(boxes(), false);
  });
  bar.classList.add("follows");
  count();
}

/* The box of the row that holds the focus; else of the one whose case stands beside. */
export function chooseHere() {
  const row = document.activeElement?.closest?.(".row") ?? document.querySelector(".row.here");
  row?.querySelector('input[name="pick"]')?.click();
}

export function chooseAll() {
  const every = boxes();
  set(every, !every.every((box) => box.checked));
}

export function toBulk() {
  document.querySelector("#bulk:not([hidden]) > button:not(.only-spoken)")?.focus();
}

function between(from, to) {
  const every = boxes();
  const [first, end] = [every.indexOf(from), every.indexOf(to)].sort((a, b) => a - b);
  for (const box of every.slice(first, end + 1)) box.checked = to.checked;
}

function set(some, checked) {
  for (const box of some) box.checked = checked;
  count();
}

function count() {
  const chosen = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.closest(".row").classList.toggle("chosen", box.checked);
  const bar = document.getElementById("bulk");
  bar.hidden = !chosen.length;
  const words = `${chosen.length} chosen`;
  const place = document.getElementById("bulk-count");
  if (place.textContent === words) return;
  place.textContent = words;
  if (chosen.length) document.getElementById("spoken").textContent = words;
}

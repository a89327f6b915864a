/* Ages and due times that stay true while a page stays open. The words match earnest/desk/times.py. */

const STEPS = [
  ["day", 86400],
  ["h", 3600],
  ["min", 60],
];

export function span(seconds) {
  for (const [name, size] of STEPS) {
    if (seconds >= size) {
      const count = Math.floor(seconds / size);
      return `${count} ${name}${name === "day" && count > 1 ? "s" : ""}`;
    }
  }
  return "under a minute";
}

export function ago(seconds) {
  return seconds < 60 ? "just now" : `${span(seconds)} ago`;
}

export function due(seconds) {
  if (seconds < 0) return seconds > -60 ? "due now" : `${span(-seconds)} overdue`;
  return `due in ${span(seconds)}`;
}

function pressure(seconds) {
  if (seconds < 0) return "over";
  return seconds <= 900 ? "soon" : "calm";
}

/* The desk's clock may differ from this computer's: what the page said when it came is the truth. */
function refresh(ahead) {
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("time[data-ago], time[data-due]")) {
    const seconds = (Date.parse(element.dateTime) - now) / 1000;
    const counting = "due" in element.dataset;
    const words = counting ? due(seconds) : ago(-seconds);
    if (element.textContent !== words) element.textContent = words;
    if (counting) {
      element.classList.remove("calm", "soon", "over");
      element.classList.add(pressure(seconds));
    }
  }
}

export function keepTimes() {
  const ahead = Date.parse(document.body.dataset.now) - Date.now();
  setInterval(() => refresh(ahead), 15000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh(ahead));
}

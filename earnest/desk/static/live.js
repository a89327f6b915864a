/* "3 new": what arrived while the page was open. Nothing moves and no focus is taken; one asks for it. */

export function startLive() {
  const place = document.getElementById("news");
  if (!place) return;
  const stream = new EventSource(place.dataset.live);
  stream.addEventListener("news", (event) => show(place, JSON.parse(event.data)));
  window.addEventListener("pagehide", () => stream.close());
}

function show(place, news) {
  if (!news.count) {
    place.replaceChildren();
    return;
  }
  const words = `${news.count} new`;
  const held = place.querySelector("a");
  if (held?.textContent === words) return;
  const link = held ?? document.createElement("a");
  link.className = "button";
  link.href = location.href;
  link.textContent = words;
  if (!held) place.replaceChildren(link);
  const people = news.count === 1 ? "person is" : "people are";
  document.getElementById("spoken").textContent = `${news.count} new ${people} waiting.`;
}

/* Ctrl+K: go anywhere by a few letters. Places are the links and buttons of this page, so nothing is
   offered that is not there; whatever fits no place is searched for. */

function places() {
  const found = [];
  for (const link of document.querySelectorAll(".ways a, .views a, .me a, .to-case")) {
    found.push({ text: label(link), go: () => link.click() });
  }
  for (const button of document.querySelectorAll("#next button, #acts button:not(.only-spoken), [data-place]")) {
    found.push({ text: button.dataset.place ?? label(button), go: () => button.click() });
  }
  for (const fold of document.querySelectorAll("#acts summary, .case details > summary")) {
    found.push({ text: label(fold), go: () => unfold(fold) });
  }
  const help = document.getElementById("help");
  found.push({ text: "Keyboard", go: () => help.showModal() });
  return found;
}

function label(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd, .count, .only-spoken")) key.remove();
  return copy.textContent.trim();
}

function unfold(summary) {
  summary.parentElement.open = true;
  summary.focus();
}

export function startPalette() {
  const dialog = document.getElementById("palette");
  const input = document.getElementById("palette-q");
  const list = document.getElementById("palette-list");
  let shown = [];
  let at = 0;

  const point = (to) => {
    at = Math.max(0, Math.min(shown.length - 1, to));
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", shown.length ? `place-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const fill = () => {
    const words = input.value.trim().toLowerCase();
    shown = places().filter((place) => place.text.toLowerCase().includes(words)).slice(0, 9);
    if (words) {
      const search = `/search?q=${encodeURIComponent(input.value.trim())}`;
      shown.push({ text: `Search for “${input.value.trim()}”`, go: () => location.assign(search) });
    }
    list.replaceChildren(...shown.map(item));
    point(0);
  };
  const item = (place, i) => {
    const li = document.createElement("li");
    li.id = `place-${i}`;
    li.setAttribute("role", "option");
    li.textContent = place.text;
    li.addEventListener("click", () => go(i));
    return li;
  };
  const go = (i) => {
    const place = shown[i];
    dialog.close();
    place?.go();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    if (dialog.open) return dialog.close();
    if (document.querySelector("dialog[open]")) return;
    input.value = "";
    fill();
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  input.addEventListener("input", fill);
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      point(at + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(at);
    }
  });
}

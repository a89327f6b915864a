/* While a case lies open in its owner's page, the lease is renewed; when it is lost, the page says so. */

const EVERY = 60000;

export function startHold() {
  const form = document.getElementById("acts");
  const epoch = form?.elements.namedItem("epoch")?.value;
  if (!epoch) return;
  const path = form.getAttribute("action").replace(/act$/, "hold");
  const timer = setInterval(async () => {
    if (!form.isConnected) return clearInterval(timer); // another case took its place
    if (document.hidden) return;
    const body = new URLSearchParams({ token: document.body.dataset.token, epoch });
    const answer = await fetch(path, { method: "POST", body }).catch(() => null);
    if (answer?.status !== 409) return;
    clearInterval(timer);
    lost((await answer.json()).detail);
  }, EVERY);
}

function lost(words) {
  const standing = document.getElementById("standing");
  standing.textContent = "no longer with you";
  standing.title = words;
  document.getElementById("spoken").textContent = `This case is no longer with you: ${words}`;
}

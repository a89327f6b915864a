/* The answer: checked while it is written, kept over a reload, copied on request. Nothing is sent. */

const LIMITS = { x: 280, bluesky: 300, mastodon: 500 };

export function startDraft() {
  const reply = document.getElementById("reply");
  if (!reply) return;
  const kept = `earnest-reply-${reply.dataset.case}`;
  if (!reply.value) reply.value = sessionStorage.getItem(kept) ?? "";
  const copy = document.getElementById("copy");
  const open = document.getElementById("open-post");
  const findings = document.getElementById("findings");
  document.getElementById("check").hidden = true;
  copy.hidden = false;

  let waiting = 0;
  let asked = 0;
  const look = async () => {
    count(reply);
    toFill(reply);
    if (!reply.value.trim()) {
      findings.replaceChildren();
      settle(copy, reply, []);
      return;
    }
    const turn = ++asked;
    const found = await check(reply);
    if (turn !== asked || !found) return;
    findings.replaceChildren(...found.map(line));
    settle(copy, reply, found);
  };
  reply.addEventListener("input", () => {
    sessionStorage.setItem(kept, reply.value);
    if (toFill(reply)) copy.setAttribute("aria-disabled", "true");
    clearTimeout(waiting);
    waiting = setTimeout(look, 450);
  });
  copy.addEventListener("click", async () => {
    if (copy.getAttribute("aria-disabled") === "true") return toFill(reply) && fill(reply);
    await write(reply);
    say("Copied. Paste it on the network, as your brand's account.");
    if (open) open.click();
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => insert(reply, button.dataset.insert));
  }
  for (const button of document.querySelectorAll("[data-reply]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      below(reply, button.dataset.reply);
      if (!fill(reply)) reply.focus();
    });
  }
  document.getElementById("acts")?.addEventListener("submit", (event) => {
    if (["resolve", "dismiss"].includes(event.submitter?.value)) sessionStorage.removeItem(kept);
  });
  look();
}

/* The same form fields as the page posts without JavaScript. */
async function check(reply) {
  const fields = new URLSearchParams(new FormData(document.getElementById("acts")));
  fields.set("reply", reply.value);
  const answer = await fetch(reply.dataset.check, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: fields,
  }).catch(() => null);
  return answer?.ok ? (await answer.json()).findings : null;
}

function line(finding) {
  const p = document.createElement("p");
  p.className = finding.stops ? "finding stop" : "finding";
  const what = document.createElement("strong");
  what.textContent = `${finding.what[0].toUpperCase()}${finding.what.slice(1)}. `;
  p.append(what, `${finding.why}; ${finding.mend}.`);
  return p;
}

function settle(copy, reply, found) {
  const stops = found.some((finding) => finding.stops) || !reply.value.trim();
  copy.setAttribute("aria-disabled", String(stops));
}

function count(reply) {
  const limit = LIMITS[reply.dataset.source];
  const place = document.getElementById("length");
  const length = [...reply.value].length;
  place.hidden = !length;
  place.textContent = limit ? `${length} of ${limit}` : `${length} characters`;
  place.classList.toggle("too-long", Boolean(limit) && length > limit);
}

async function write(reply) {
  try {
    await navigator.clipboard.writeText(reply.value);
  } catch {
    reply.select();
    document.execCommand("copy");
  }
}

function insert(reply, link) {
  const gap = reply.value && !/\s$/.test(reply.value) ? " " : "";
  reply.setRangeText(gap + link, reply.selectionStart, reply.selectionEnd, "end");
  reply.dispatchEvent(new Event("input"));
  reply.focus();
}

/* A saved reply goes below what is written already. */
function below(reply, text) {
  const above = reply.value.trimEnd();
  reply.value = above ? `${above}\n\n${text}` : text;
  reply.setSelectionRange(above.length, above.length);
  reply.dispatchEvent(new Event("input"));
}

const FIELD = /\{[a-z][a-z0-9_]{0,29}\}/g;

/* The fields that still stand in the answer, each a button that goes there; how many there are. */
function toFill(reply) {
  const place = document.getElementById("to-fill");
  const fields = [...new Set(reply.value.match(FIELD) ?? [])];
  place.hidden = !fields.length;
  place.replaceChildren(place.firstElementChild, ...fields.map((field) => chip(reply, field)));
  return fields.length;
}

function chip(reply, field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "field";
  button.textContent = field.slice(1, -1).replaceAll("_", " ");
  button.addEventListener("click", () => fill(reply, field));
  return button;
}

/* Choose the next such field in the text, so that typing takes its place. */
function fill(reply, field = reply.value.slice(reply.selectionEnd).match(FIELD)?.[0] ?? reply.value.match(FIELD)?.[0]) {
  if (!field) return false;
  const after = reply.value.indexOf(field, reply.selectionEnd);
  const at = after < 0 ? reply.value.indexOf(field) : after;
  if (at < 0) return false;
  reply.focus();
  reply.setSelectionRange(at, at + field.length);
  return true;
}

function say(words) {
  document.getElementById("spoken").textContent = words;
}

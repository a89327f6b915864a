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
    clearTimeout(waiting);
    waiting = setTimeout(look, 450);
  });
  copy.addEventListener("click", async () => {
    if (copy.getAttribute("aria-disabled") === "true") return;
    await write(reply);
    say("Copied. Paste it on the network, as your brand's account.");
    if (open) open.click();
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => insert(reply, button.dataset.insert));
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

function say(words) {
  document.getElementById("spoken").textContent = words;
}

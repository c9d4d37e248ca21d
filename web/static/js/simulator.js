// The simulator: tap, and see it at once; scan a pass without leaving the page.
import { follow } from "./live.js";

let pressed = false;

async function refresh() {
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  // A button replaced between press and release would lose the click.
  if (pressed) return;
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.getElementById(part.id);
    if (now && !now.isEqualNode(part)) swap(part, now);
  }
}

function swap(part, now) {
  const at = [...part.querySelectorAll("button")].indexOf(document.activeElement);
  part.replaceWith(now);
  now.querySelectorAll("button")[at]?.focus({ preventScroll: true });
}

addEventListener("pointerdown", () => { pressed = true; });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; });

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const response = await fetch(form.action, {
    method: "POST", body: fields, headers: { Accept: "application/json" },
  });
  if (form.classList.contains("scan")) {
    const answer = await response.json();
    const parts = [answer.outcome, answer.reason, answer.order_id, ...(answer.places ?? [])];
    document.getElementById("outcome").textContent = parts.filter(Boolean).join(" · ");
    form.reset();
  }
  refresh();
});
follow(refresh);
// A simulated door moves without news: by its spring, or by the unseen hand that closes it.
setInterval(refresh, 1000);

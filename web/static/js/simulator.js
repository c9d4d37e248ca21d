// The simulator: tap, and see it at once; scan a pass without leaving the page.
import { follow } from "./live.js";

async function refresh() {
  const response = await fetch("/simulator").catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const kind of [".doors", ".shelves"]) {
    document.querySelector(kind).replaceWith(fresh.querySelector(kind));
  }
  const line = document.querySelector('[action="/simulator/line"]');
  line?.replaceWith(fresh.querySelector('[action="/simulator/line"]'));
}

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

// The leader's pages: keypads, held buttons, refresh, idle end; scanner bursts are never typing.
import { follow } from "./live.js";
import { letterOf, Burst } from "./wedge.js";

const HUMAN_GAP_MS = 35;
const HOLD_MS = 2000;
const IDLE_MS = 120_000;
const WARNING_MS = 20_000;
const work = () => document.getElementById("work");
const fieldOf = (pad) => document.querySelector(`input[name="${pad.dataset.keypad}"]`);

// Keypads -----------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (!key) return;
  const field = fieldOf(key.closest("[data-keypad]"));
  field.value = key.dataset.key === "clear" ? "" : (field.value + key.dataset.key).slice(0, field.maxLength);
});

// Physical keys: each is held back until it is clear that no scanner sent it ------------------
const burst = new Burst();
let waiting = null;
let scanning = false;

function type(event) {
  const field = document.activeElement?.matches?.("input") ? document.activeElement : document.querySelector("[data-pin] input");
  if (field) field.value = (field.value + event.key).slice(0, field.maxLength);
}

function swallow() {
  clearTimeout(waiting);
  waiting = null;
  const toast = document.getElementById("no-scan");
  toast.hidden = false;
  setTimeout(() => { toast.hidden = true; }, 3000);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const fast = !burst.empty && event.timeStamp - burst.last < HUMAN_GAP_MS;
  if (event.code === "Enter") {
    if (scanning && fast) { event.preventDefault(); swallow(); }
    scanning = false;
    burst.text = "";
    return;
  }
  if (letterOf(event.code) === null) return;
  event.preventDefault();
  burst.take(event.code, event.timeStamp);
  clearTimeout(waiting);
  scanning = fast;
  if (!scanning) waiting = setTimeout(() => type(event), HUMAN_GAP_MS);
}, { capture: true });
addEventListener("paste", (event) => event.preventDefault());

// Held buttons: two seconds by finger or mouse, one press by keyboard -------------------------
let held = null;
const release = () => {
  clearTimeout(held?.timer);
  held?.button.classList.remove("holding");
  held = null;
};
document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-hold]");
  if (!button) return;
  button.classList.add("holding");
  const timer = setTimeout(() => { release(); button.form.requestSubmit(button); }, HOLD_MS);
  held = { button, timer };
});
for (const end of ["pointerup", "pointercancel", "pointerleave"]) document.addEventListener(end, release);
document.addEventListener("click", (event) => {
  // detail 0 is a click by keyboard; any other is a tap that was not held long enough.
  if (event.target.closest("[data-hold]") && event.detail !== 0) event.preventDefault();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

// Refresh on news; it must not keep the session alive ------------------------------------------
let pending = null;
async function refresh() {
  pending = null;
  if (held || work().querySelector("[data-keypad]")) return;
  const headers = { "X-Refresh": "1" };
  const response = await fetch(location.href, { headers, redirect: "manual" }).catch(() => null);
  if (!response?.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("work");
  const scroll = work().scrollTop;
  const notice = work().querySelector(".notice");
  if (notice) fresh.prepend(notice);
  work().replaceWith(fresh);
  fresh.scrollTop = scroll;
}
follow(() => { pending ??= setTimeout(refresh, 300); });

// The end of an idle session --------------------------------------------------------------------
const overlay = document.getElementById("still-here");
if (overlay) {
  let idle = null;
  const leave = () => { location.href = "/"; };
  const warn = () => { overlay.hidden = false; idle = setTimeout(leave, WARNING_MS); };
  const rest = () => { clearTimeout(idle); overlay.hidden = true; idle = setTimeout(warn, IDLE_MS); };
  document.getElementById("stay").addEventListener("click", async () => {
    const response = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (response?.ok) rest(); else leave();
  });
  rest();
}

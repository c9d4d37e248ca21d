// The leader's pages: keypads, look-up, held buttons, refresh, idle end; a scan is never typing.
import { follow } from "./live.js";
import { released } from "./press.js";
import { letterOf, Burst } from "./wedge.js";

const QUIET_MS = 60;
const HOLD_MS = 2000;
const IDLE_MS = 120_000;
const WARNING_MS = 20_000;
const work = () => document.getElementById("work");
const fieldOf = (pad) => pad.closest("form").querySelector(`input[name="${pad.dataset.keypad}"]`);

// Keypads -----------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (!key) return;
  const field = fieldOf(key.closest("[data-keypad]"));
  put(field, key.dataset.key === "clear" ? "" : field.value + key.dataset.key);
});

function put(field, text) {
  field.value = text.slice(0, field.maxLength);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Look-up: what is found follows what is entered ------------------------------------------------
const LOOK_UP_PAUSE_MS = 120;
const LOOK_UP_RETRY_MS = 1000;
let entered = null;
async function lookUp(field) {
  const url = new URL("/leader/find", location.href);
  url.searchParams.set("find", field.value);
  // As a refresh: a notice waits for the next page, and no look-up may show it in its stead.
  const fresh = await fetched(url, { "X-Refresh": "1" });
  if (url.searchParams.get("find") !== field.value) return;
  if (!fresh) return lookUpIn(LOOK_UP_RETRY_MS, field);
  history.replaceState(null, "", url);
  entered = null;
  swap("found", fresh);
}
function lookUpIn(pause, field) {
  clearTimeout(entered);
  entered = setTimeout(lookUp, pause, field);
}
addEventListener("input", (event) => {
  if (!event.target.matches("[data-live]")) return;
  // Rows that answer fewer keys than are typed take no tap: they are about to move under the finger.
  document.getElementById("found").inert = true;
  lookUpIn(LOOK_UP_PAUSE_MS, event.target);
});

async function fetched(url, headers) {
  const response = await fetch(url, { headers, redirect: "manual" }).catch(() => null);
  // The session is over: a page that stays would answer no touch, and not say why.
  if (response?.type === "opaqueredirect") location.href = "/leader/";
  if (!response?.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function swap(id, fresh) {
  const [old, wanted] = [document.getElementById(id), fresh.getElementById(id)];
  const scroll = old.scrollTop;
  old.replaceWith(wanted);
  wanted.scrollTop = scroll;
}

// Physical keys: held back while they may be a scanner's, and typed when they are not -----------
const burst = new Burst();
let kept = "";
let quiet = null;
let before = null;

function typedInto() {
  const focused = document.activeElement?.matches?.("input") ? document.activeElement : null;
  return focused ?? document.querySelector("[data-pin] input, [data-live]");
}

function keep(key) {
  kept += key;
  clearTimeout(quiet);
  quiet = setTimeout(typeKept, QUIET_MS);
}

function typeKept() {
  const text = kept;
  drop();
  const field = typedInto();
  if (field && text) put(field, field.value + text);
}

function drop() {
  clearTimeout(quiet);
  kept = "";
}

// A scanner that paused had some of its keys typed.
function takeBack() {
  drop();
  if (before?.field) put(before.field, before.text);
}

// Digits go to the PIN without a touch on its field, and so does the key that ends them.
function enter(event) {
  const form = document.querySelector("[data-pin]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
}

// A scan on a leader's page looks up whose it is; before the PIN it does nothing.
function scanned(code) {
  const { csrf } = work().dataset;
  if (csrf) return submit("/leader/find/scan", { csrf, text: code });
  say("no-scan");
}

function say(id) {
  const toast = document.getElementById(id);
  toast.hidden = false;
  setTimeout(() => { toast.hidden = true; }, 3000);
}

function submit(action, fields) {
  const form = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(form);
  form.submit();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const isLetter = letterOf(event.code) !== null;
  const isTyped = isLetter || (event.key.length === 1 && event.key !== " ");
  if (isLetter && burst.isOver(event.timeStamp)) {
    const field = typedInto();
    before = { field, text: field?.value };
  }
  const code = burst.take(event.code, event.timeStamp);
  if (isTyped || code !== null) event.preventDefault();
  if (isTyped) return keep(event.key);
  if (code !== null) {
    takeBack();
    return scanned(code);
  }
  typeKept();
  const isEnter = event.code === "Enter" || event.code === "NumpadEnter";
  if (isEnter && !document.activeElement?.closest("a, button")) enter(event);
}, { capture: true });
addEventListener("paste", (event) => event.preventDefault());

// Held buttons: two seconds by finger or mouse, one press by keyboard -------------------------
let held = null;
let sent = false;
const release = () => {
  clearTimeout(held?.timer);
  held?.button.classList.remove("holding");
  held = null;
};
document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-hold]");
  if (!button) return;
  button.classList.add("holding");
  sent = false;
  const timer = setTimeout(() => { release(); sent = true; button.form.requestSubmit(button); }, HOLD_MS);
  held = { button, timer };
});
for (const end of ["pointerup", "pointercancel", "pointerleave"]) document.addEventListener(end, release);
document.addEventListener("click", (event) => {
  // detail 0 is a click by keyboard; any other is a tap that was not held long enough.
  if (!event.target.closest("[data-hold]") || event.detail === 0) return;
  event.preventDefault();
  if (!sent) say("press-longer");
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

// A list that goes on below the screen's edge says so, and is brought up by a touch ---------------
const more = document.getElementById("more");
const PAGE = 0.8;
const goesOn = (list) => list.scrollHeight - list.clientHeight - list.scrollTop > 8;
const unseen = () => [...document.querySelectorAll(".work, .rows, .initials")].find(goesOn);
const sign = () => { more.hidden = !unseen(); };
more.addEventListener("click", () => {
  const list = unseen();
  list?.scrollBy({ top: list.clientHeight * PAGE });
});
new MutationObserver(sign).observe(document.querySelector(".desk"), { childList: true, subtree: true });
addEventListener("scroll", sign, { capture: true, passive: true });
addEventListener("resize", sign);
sign();

// Refresh on news; it must not keep the session alive ------------------------------------------
let pending = null;
async function refresh() {
  pending = null;
  const part = document.getElementById("found") ? "found" : "work";
  if (part === "work" && work().querySelector("[data-keypad]")) return;
  const asked = location.href;
  const fresh = await fetched(asked, { "X-Refresh": "1" });
  await released();
  // Keys typed meanwhile ask for something else than this answers.
  if (entered !== null || location.href !== asked) return refreshSoon();
  if (fresh) swap(part, fresh);
}
function refreshSoon() {
  pending ??= setTimeout(refresh, 300);
}
follow(refreshSoon);

// The end of an idle session: any touch or key begins its time anew, here and at the kiosk ---------
const overlay = document.getElementById("still-here");
const TELL_MS = 5000;
let idle = null;
let telling = null;
const asks = () => overlay !== null && !overlay.hidden;
const leave = () => { location.href = "/"; };
const warn = () => { overlay.hidden = false; idle = setTimeout(leave, WARNING_MS); };
function rest() {
  clearTimeout(idle);
  if (overlay) overlay.hidden = true;
  idle = setTimeout(overlay ? warn : leave, IDLE_MS);
}

function tell() {
  telling = null;
  fetched("/leader/stay", {});
}

function touched() {
  if (asks()) tell();
  else if (overlay) telling ??= setTimeout(tell, TELL_MS);
  rest();
}

addEventListener("keydown", (event) => {
  // A key that answers the question presses no button behind it.
  if (asks()) event.preventDefault();
  touched();
}, { capture: true });
// The question goes when the finger is up: what lies under it must not get the tap.
addEventListener("pointerdown", () => { if (!asks()) touched(); }, { capture: true });
overlay?.addEventListener("click", touched);
rest();

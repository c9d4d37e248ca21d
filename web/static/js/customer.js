// The customer's screen: scans in, fragments out. It keeps no state of its own beside the view.
import { follow } from "./live.js";
import { Keypad } from "./keypad.js";
import { released } from "./press.js";
import { listen } from "./wedge.js";

const DEAD_MS = 300;
const HEARTBEAT_MS = 5000;
const READING_MS = 300;
const SORRY_MS = 5000;
const host = document.getElementById("host");
const reading = document.getElementById("reading");
const away = document.getElementById("away");
let changedAt = 0;
let expiry = null;
let newest = 0;
let asked = 0;
let missed = null;
let busy = null;

const pad = new Keypad(host, () => expireIn(shown()?.dataset.expires));
const shown = () => document.getElementById("screen");
const stageOf = (screen) => screen.lang + screen.querySelector(".stage").innerHTML;
// What came, not what stands there now: browsers write into forms that are filled in.
let onShow = shown() && stageOf(shown());
const deaf = () => performance.now() - changedAt < DEAD_MS;

async function ask(query) {
  try {
    const response = await fetch(`/screen${query}`);
    if (!response.ok) throw new Error(String(response.status));
    const html = await response.text();
    away.hidden = true;
    return html;
  } catch {
    away.hidden = false;
    return null;
  }
}

async function refresh(query = "") {
  const mine = ++newest;
  const html = await ask(query);
  await released();
  if (html !== null && mine === newest) put(html);
}

/** Show what the customer asked for: news that come meanwhile wait, or the tap would be lost. */
async function view(query) {
  asked += 1;
  await refresh(query);
  asked -= 1;
  if (!asked && missed !== null) news(missed);
}

function news(version) {
  missed = asked ? version : null;
  // Whoever types a code is not disturbed by other people's doors; the keypad ends by itself.
  const typing = shown()?.classList.contains("code");
  if (!asked && !typing && String(version) !== shown()?.dataset.version) refresh();
}

function put(html) {
  const before = shown();
  const focus = document.activeElement?.id || document.activeElement?.getAttribute?.("href");
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("screen");
  const came = stageOf(fresh);
  const sameStage = came === onShow && before.className === fresh.className;
  onShow = came;
  if (sameStage) fresh.querySelector(".stage").replaceWith(before.querySelector(".stage"));
  else changedAt = performance.now();
  host.replaceChildren(fresh);
  document.documentElement.lang = fresh.lang;
  pad.attach();
  restore(focus);
  expireIn(fresh.dataset.expires);
}

function restore(focus) {
  if (!focus) return;
  const again = [...host.querySelectorAll("a,button")]
    .find((item) => item.id === focus || item.getAttribute("href") === focus);
  again?.focus({ preventScroll: true });
}

function expireIn(seconds) {
  clearTimeout(expiry);
  if (seconds !== undefined) expiry = setTimeout(() => refresh(), Number(seconds) * 1000 + 50);
}

async function post(path, fields) {
  try {
    const response = await fetch(path, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
      redirect: "manual",
    });
    if (response.status >= 500) throw new Error(String(response.status));
  } catch {
    // Nothing was opened, or nobody knows: whoever scanned must not wait for it.
    away.hidden = false;
    await new Promise((done) => setTimeout(done, SORRY_MS));
  }
  return refresh();
}

async function scan(text) {
  clearTimeout(busy);
  busy = setTimeout(() => { reading.hidden = false; }, READING_MS);
  await post("/scan", { text });
  clearTimeout(busy);
  reading.hidden = true;
}

host.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  const key = event.target.closest("[data-key]");
  if (deaf()) event.preventDefault();
  else if (key) pad.take(key.dataset.key);
  else if (link) {
    event.preventDefault();
    view(new URL(link.href).search);
  }
});
host.addEventListener("submit", (event) => {
  event.preventDefault();
  if (deaf()) return;
  const fields = new FormData(event.target, event.submitter);
  post(new URL(event.target.action).pathname, fields);
});
addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").trim();
  if (text) scan(text);
});
addEventListener("contextmenu", (event) => event.preventDefault());

function typed(key) {
  if (key === "enter") return pad.submit();
  pad.take(key);
  return true;
}

listen(scan, typed);
follow(news);
// The clock moves on, and the kiosk learns that this page is alive.
setInterval(() => {
  if (asked) return;
  if (pad.form) ask("?view=code");
  else if (shown()?.classList.contains("code")) refresh("?view=code");
  else if (shown() && !shown().classList.contains("help")) refresh();
}, HEARTBEAT_MS);
pad.attach();
expireIn(shown()?.dataset.expires);

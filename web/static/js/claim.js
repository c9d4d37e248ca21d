// Follows the request: a new code, a trouble, and in the end the point's own screen.
const EVERY_MS = 2000;
const PARTS = [".top", ".stage", ".case"];

async function look() {
  try {
    const response = await fetch(location.href);
    if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // The kiosk is on its way from this screen to the point's: it answers again in a moment.
  }
  setTimeout(look, EVERY_MS);
}

function show(fresh) {
  if (!fresh.querySelector(".claim")) {
    location.replace("/");
    return;
  }
  for (const part of PARTS) {
    const [now, then] = [document.querySelector(part), fresh.querySelector(part)];
    if (now.innerHTML !== then.innerHTML) now.innerHTML = then.innerHTML;
  }
}

setTimeout(look, EVERY_MS);

// A finger on the screen: what is exchanged beneath it, even for its like, loses the tap.
const CLICK_MS = 60;
const LONGEST_MS = 4000;
let down = false;
let end = null;
let waiting = [];

/** Ends at once, or when the finger is up and its tap has counted. */
export function released() {
  return down ? new Promise((go) => waiting.push(go)) : Promise.resolve();
}

function press() {
  down = true;
  clearTimeout(end);
  // Whose release the page is never told of must not stop the screen for ever.
  end = setTimeout(rest, LONGEST_MS);
}

function lift() {
  clearTimeout(end);
  end = setTimeout(rest, CLICK_MS);
}

function rest() {
  down = false;
  const going = waiting;
  waiting = [];
  for (const go of going) go();
}

addEventListener("pointerdown", press, { capture: true });
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, lift, { capture: true });

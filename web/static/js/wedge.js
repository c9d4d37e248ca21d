// A keyboard-wedge scanner types its code: told from a person by speed, read by key position, so
// that Caps Lock, layouts and input methods cannot change it.
const FAST_MS = 35;
const MAX_MEAN_GAP_MS = 50;
const RESET_MS = 500;
const MIN_LENGTH = 4;
const MAX_LENGTH = 1024;

export function letterOf(code) {
  const found = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code);
  return found ? found[1] ?? found[2] : null;
}

export class Burst {
  constructor() {
    this.text = "";
    this.first = 0;
    this.last = 0;
  }

  /** Take one key; returns the finished code when Enter ends a burst, else null. */
  take(code, at) {
    if (this.isOver(at)) this.text = "";
    if (code === "Enter" || code === "NumpadEnter") return this.finish(at);
    const letter = letterOf(code);
    if (letter === null || this.text.length >= MAX_LENGTH) return null;
    if (!this.text) this.first = at;
    this.last = at;
    this.text += letter;
    return null;
  }

  finish(at) {
    const text = this.text;
    const gap = (at - this.first) / Math.max(text.length, 1);
    this.text = "";
    // Nobody types a pass by hand: a busy machine that reads its keys late is still a scanner.
    const typedByScanner = gap < MAX_MEAN_GAP_MS || text.startsWith("PP1");
    return text.length >= MIN_LENGTH && typedByScanner ? text : null;
  }

  isOver(at) {
    return this.empty || at - this.last > RESET_MS;
  }

  get empty() {
    return this.text === "";
  }
}

/** Tell `onCode` of whole scans, and `onKey` of keys that surely came from a person's hand: a digit,
 * "back", or "enter", for which it says whether it had a use. */
export function listen(onCode, onKey = () => false, target = window) {
  const burst = new Burst();
  const held = new Held(onKey);
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const fast = !burst.empty && event.timeStamp - burst.last < FAST_MS;
    const enter = event.code === "Enter" || event.code === "NumpadEnter";
    const ends = enter && !burst.empty;
    const code = burst.take(event.code, event.timeStamp);
    const letter = letterOf(event.code);
    if (code !== null || (fast && !enter)) held.drop();
    else held.let();
    if (ends || letter !== null) event.preventDefault();
    if (code !== null) onCode(code);
    else if (enter && onKey("enter")) event.preventDefault();
    else if (event.code === "Backspace") onKey("back");
    else if (!fast && /^[0-9]$/.test(letter)) held.take(letter);
  }, { capture: true });
}

/** A digit, held back until it is clear that no scanner goes on from it. */
class Held {
  constructor(onKey) {
    this.onKey = onKey;
    this.digit = null;
  }

  take(digit) {
    this.digit = digit;
    this.timer = setTimeout(() => this.let(), FAST_MS);
  }

  drop() {
    clearTimeout(this.timer);
    this.digit = null;
  }

  /** The next key came late enough, or none: it was a person's, however late this machine is. */
  let() {
    const digit = this.digit;
    this.drop();
    if (digit !== null) this.onKey(digit);
  }
}

// The keypad for pickup codes: eight digits, each hidden two seconds after it was typed. They live
// here alone, and are forgotten as soon as the keypad is left.
const LENGTH = 8;
const MASK_MS = 2000;
const HIDDEN = "•";

export class Keypad {
  constructor(host, onUse) {
    this.host = host;
    this.onUse = onUse;
    this.typed = [];
  }

  get form() {
    return this.host.querySelector("#code");
  }

  /** The screen is another one: go on with the digits if it still has the keypad. */
  attach() {
    if (!this.form) this.forget();
    else this.draw();
  }

  /** Take one key: a digit, "back" or "clear". */
  take(key) {
    if (!this.form) return;
    if (key === "clear") this.forget();
    else if (key === "back") this.forget(this.typed.length - 1);
    else if (this.typed.length < LENGTH) this.add(key);
    this.draw();
    this.onUse();
  }

  /** Send the code if it is whole; says whether it was. */
  submit() {
    if (!this.form || this.typed.length < LENGTH) return false;
    this.form.requestSubmit();
    return true;
  }

  add(digit) {
    const one = { digit, hidden: false };
    one.timer = setTimeout(() => {
      one.hidden = true;
      this.draw();
    }, MASK_MS);
    this.typed.push(one);
  }

  forget(from = 0) {
    for (const one of this.typed.splice(Math.max(from, 0))) clearTimeout(one.timer);
  }

  draw() {
    const form = this.form;
    if (!form) return;
    form.querySelector(".slots").hidden = false;
    form.querySelector(".typing").hidden = true;
    form.elements.code.value = this.typed.map((one) => one.digit).join("");
    form.querySelector("#confirm").disabled = this.typed.length < LENGTH;
    form.querySelectorAll(".slots span").forEach((slot, place) => {
      const one = this.typed[place];
      slot.textContent = one ? (one.hidden ? HIDDEN : one.digit) : "";
      slot.classList.toggle("next", place === this.typed.length);
    });
  }
}

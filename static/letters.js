// Events that were given up: what, when, why, and a way to try again.

import { call } from "./api.js";
import { freshId, keepChildren, make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { ago, clock, count, eventWords } from "./words.js";

// A card with `update(letters)`; `changed` is called after a retry.
export function lettersCard(changed) {
  const heading = freshId("letters");
  const title = make("h2", { id: heading, tabindex: "-1" }, "Events that could not be delivered");
  const intro = "They are kept for seven days. Mend the reason, then try again.";
  const list = make("ul", {});
  const all = make("button", { type: "button", class: "button" }, "Try all again");
  const text = make("div", { class: "letters-head" }, title, make("p", { class: "subtle" }, intro));
  const head = make("div", { class: "row spread" }, text, all);
  const element = make("section", { class: "card letters", "aria-labelledby": heading, hidden: true }, head);
  element.append(make("div", { class: "letters-list" }, list));
  const rows = new Map();
  const retried = async (row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    await changed();
    (next?.querySelector("button") ?? document.querySelector("h1")).focus();
  };
  all.addEventListener("click", () => retryAll(all, changed));
  const update = (letters) => {
    element.hidden = !letters.length;
    all.hidden = letters.length < 2;
    keepChildren(
      list,
      rows,
      letters,
      ({ id }) => id,
      (letter) => letterRow(letter, retried),
    );
  };
  return { element, update };
}

async function retryAll(button, changed) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    const { retried } = await call("POST", "dead-letters/retry");
    raiseFlag(`${count(retried, "event")} on the way again.`);
    await changed();
    document.querySelector("h1").focus();
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function letterRow(letter, retried) {
  const what = eventWords(letter.eventType);
  const when = make("span", { class: "subtle small", title: clock(letter.at) });
  const retry = make("button", { type: "button", class: "button", "aria-label": `Try again: ${what}` }, "Try again");
  const head = make("div", { class: "row" }, make("strong", {}, what), when);
  const element = make("li", { class: "letter" }, make("div", {}, head, make("p", {}, letter.reason)), retry);
  retry.addEventListener("click", async () => {
    if (retry.hasAttribute("aria-disabled")) return;
    retry.setAttribute("aria-disabled", "true");
    try {
      await call("POST", `dead-letters/${letter.id}/retry`);
      raiseFlag(`${what}: on its way again.`);
      await retried(element);
    } catch (refusal) {
      raiseFlag(refusal.message, "danger");
      retry.removeAttribute("aria-disabled");
    }
  });
  return { element, update: (fresh) => setText(when, ago(fresh.at)) };
}

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
  const dropped = make("p", { class: "subtle", hidden: true });
  const list = make("ul", {});
  const more = make("button", { type: "button", class: "button", hidden: true }, "Show more");
  const all = make("button", { type: "button", class: "button" }, "Try all again");
  const text = make("div", { class: "letters-head" }, title, make("p", { class: "subtle" }, intro), dropped);
  const head = make("div", { class: "row spread" }, text, all);
  const element = make("section", { class: "card letters", "aria-labelledby": heading, hidden: true }, head);
  element.append(make("div", { class: "letters-list" }, list, more));
  const rows = new Map();
  const retried = async (row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    await changed();
    (next?.querySelector("button") ?? document.querySelector("h1")).focus();
  };
  all.addEventListener("click", () => retryAll(all, changed));
  let pages = 1;
  more.addEventListener("click", async () => {
    const last = list.lastElementChild;
    pages += 1;
    await changed();
    (last?.nextElementSibling ?? last)?.querySelector("button")?.focus();
  });
  const update = ({ letters, count: every, dropped: gone }) => {
    element.hidden = !letters.length;
    all.hidden = letters.length < 2;
    more.hidden = letters.length >= every;
    dropped.hidden = !gone;
    setText(dropped, `${count(gone, "older event")} dropped, because there were too many to keep.`);
    keepChildren(
      list,
      rows,
      letters,
      ({ id }) => id,
      (letter) => letterRow(letter, retried),
    );
  };
  return { element, update, read: () => readLetters(pages) };
}

// The newest letters, as many pages as are shown, with how many there are and were dropped.
async function readLetters(pages) {
  const found = { letters: [], count: 0, dropped: 0 };
  let after = null;
  for (let page = 0; page < pages; page += 1) {
    const answer = await call("GET", after ? `dead-letters?after=${encodeURIComponent(after)}` : "dead-letters");
    found.letters.push(...answer.items);
    Object.assign(found, { count: answer.count, dropped: answer.dropped });
    after = answer.next;
    if (!after) break;
  }
  return found;
}

async function retryAll(button, changed) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    raiseFlag(`${count(await retryEach(button), "event")} on the way again.`);
    await changed();
    document.querySelector("h1").focus();
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
  } finally {
    button.removeAttribute("aria-disabled");
    setText(button, "Try all again");
  }
}

// Tries again what was given up until now, in portions; how many those were.
async function retryEach(button) {
  let answer = await call("POST", "dead-letters/retry");
  let sum = answer.retried;
  while (answer.left && answer.retried) {
    setText(button, `${answer.left} left…`);
    answer = await call("POST", `dead-letters/retry?before=${encodeURIComponent(answer.before)}`);
    sum += answer.retried;
  }
  return sum;
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

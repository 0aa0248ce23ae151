// Section messages and lozenges: a tone with its picture and the words that say the same.

import { make } from "./elements.js";
import { icon } from "./icons.js";

const HEADINGS = { danger: "Error: ", warning: "Warning: ", information: "", success: "" };

// Paragraphs or elements under an optional heading.
export function messageBox(tone, heading, ...content) {
  const parts = content.map((part) => (typeof part === "string" ? make("p", {}, part) : part));
  const title = heading ? make("h3", {}, heading) : null;
  const prefix = !heading && HEADINGS[tone] ? make("span", { class: "hidden-text" }, HEADINGS[tone]) : null;
  return make("div", { class: `message ${tone}` }, icon(tone), make("div", { class: "body" }, prefix, title, ...parts));
}

export function lozenge(tone, words) {
  const element = make("span", { class: "lozenge" });
  setLozenge(element, tone, words);
  return element;
}

export function setLozenge(element, tone, words) {
  if (element.dataset.shown === `${tone} ${words}`) return;
  element.dataset.shown = `${tone} ${words}`;
  element.className = `lozenge ${tone}`;
  element.replaceChildren(icon(tone, 12), words);
}

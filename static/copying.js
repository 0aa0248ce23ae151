// Lines of text with a button that copies them.

import { freshId, make } from "./elements.js";

const SHOWN = 4_000; // milliseconds

// Gives every button with `data-copies` its work; each says what it did in the `.copied` line nearest to it.
export function offerCopies(root) {
  root.querySelectorAll("[data-copies]").forEach(offerCopy);
}

// Puts a branch name into the lines of `branch_name.html`.
export function fillName(name) {
  document.getElementById("branch").value = name;
  document.getElementById("command").value = `git switch -c ${name}`;
}

// A labelled line that can be copied; `what` says it to a screen reader.
export function copyLine({ label, what, value }) {
  const id = freshId("copy");
  const field = make("input", { id, class: "code", readonly: true, value });
  const words = make("span", { class: "hidden-text" }, ` ${what}`);
  const button = make("button", { type: "button", class: "button", "data-copies": id }, "Copy", words);
  const said = make("p", { class: "copied small", role: "status" });
  const element = make("div", { class: "field" }, make("label", { for: id }, label));
  element.append(make("div", { class: "copy-line" }, field, button), said);
  wire(button, field, said);
  return element;
}

// Many lines that can be copied, such as a document.
export function copyBlock({ label, what, value, rows = 12 }) {
  const id = freshId("copy");
  const field = make("textarea", { id, class: "code", readonly: true, rows, spellcheck: "false" });
  field.value = value;
  const words = make("span", { class: "hidden-text" }, ` ${what}`);
  const button = make("button", { type: "button", class: "button compact" }, "Copy", words);
  const said = make("span", { class: "copied small", role: "status" });
  wire(button, field, said, `Copied: ${what}`);
  const below = make("div", { class: "row" }, button, said);
  return make("div", { class: "field" }, make("label", { for: id }, label), field, below);
}

function offerCopy(button) {
  const field = document.getElementById(button.dataset.copies);
  wire(button, field, button.closest(".branch-name").querySelector(".copied"));
}

function wire(button, field, said, words) {
  button.addEventListener("click", async () => {
    await copy(field);
    said.textContent = words ?? `Copied: ${field.value}`;
    setTimeout(() => (said.textContent = ""), SHOWN);
  });
  field.addEventListener("focus", () => field.select());
}

// A frame may lack the right to the clipboard; then the older way works on the selected field.
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy");
  }
}

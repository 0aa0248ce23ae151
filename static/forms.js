// Fields with a label, a hint and a place for what is wrong with them.

import { freshId, make } from "./elements.js";
import { icon } from "./icons.js";

// A line of text. `pointer` is the JSON pointer by which the API names this field.
export function textField({ pointer, label, hint, ...attributes }) {
  const id = freshId("field");
  const hintId = `${id}-hint`;
  const input = make("input", { id, type: "text", "aria-describedby": hint ? hintId : null, ...attributes });
  const notes = make("div", {}, hint ? make("div", { class: "hint", id: hintId }, hint) : null);
  const element = make("div", { class: "field" }, make("label", { for: id }, label), input, notes);
  return { pointer, element, notes, control: input, read: () => input.value.trim(), hintId: hint ? hintId : "" };
}

// Several lines of text, read as a list without the empty ones.
export function linesField({ pointer, label, hint, value = [], rows = 3 }) {
  const id = freshId("field");
  const hintId = `${id}-hint`;
  const input = make("textarea", { id, rows, spellcheck: "false", "aria-describedby": hint ? hintId : null });
  input.value = value.join("\n");
  const notes = make("div", {}, hint ? make("div", { class: "hint", id: hintId }, hint) : null);
  const element = make("div", { class: "field" }, make("label", { for: id }, label), input, notes);
  const read = () =>
    input.value
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  return { pointer, element, notes, control: input, read, hintId: hint ? hintId : "" };
}

// One of several: `options` are [value, words].
export function selectField({ pointer, label, hint, options, value }) {
  const id = freshId("field");
  const hintId = `${id}-hint`;
  const input = make("select", { id, "aria-describedby": hint ? hintId : null });
  input.append(
    ...options.map(([choice, words]) => make("option", { value: choice, selected: choice === value }, words)),
  );
  const notes = make("div", {}, hint ? make("div", { class: "hint", id: hintId }, hint) : null);
  const element = make("div", { class: "field" }, make("label", { for: id }, label), input, notes);
  return { pointer, element, notes, control: input, read: () => input.value, hintId: hint ? hintId : "" };
}

// Several boxes of which some are ticked: `options` are [value, words], `chosen` the ticked values.
export function choiceField({ pointer, label, options, chosen }) {
  const boxes = options.map(([value]) => make("input", { type: "checkbox", value, checked: chosen.includes(value) }));
  const labels = options.map(([, words], index) => make("label", {}, boxes[index], words));
  const element = make("fieldset", { class: "choices" }, make("legend", {}, label), ...labels);
  const read = () => boxes.filter((box) => box.checked).map((box) => box.value);
  return { pointer, element, notes: element, control: boxes[0], read, hintId: "" };
}

// Shows each fault at its field and returns those that belong to none. Moves the focus to the first one. A fault may
// have a `link`, an element that follows its words.
export function showFaults(fields, faults) {
  clearFaults(fields);
  const homeless = [];
  for (const { pointer, detail, link } of faults) {
    const field = fields.find((candidate) => `${pointer}/`.startsWith(`${candidate.pointer}/`));
    if (field) showFault(field, detail, link);
    else homeless.push(detail);
  }
  fields.find((field) => field.control.getAttribute("aria-invalid"))?.control.focus();
  return homeless;
}

function showFault(field, detail, link) {
  const id = freshId("fault");
  const words = make("span", {}, detail, link ? " " : null, link);
  field.notes.querySelector(".hint")?.setAttribute("hidden", "");
  field.notes.append(make("div", { class: "fault", id, role: "alert" }, icon("danger"), words));
  field.control.setAttribute("aria-invalid", "true");
  field.control.setAttribute("aria-describedby", id);
}

function clearFaults(fields) {
  for (const field of fields) {
    for (const fault of field.notes.querySelectorAll(".fault")) fault.remove();
    field.notes.querySelector(".hint")?.removeAttribute("hidden");
    field.control.removeAttribute("aria-invalid");
    if (field.hintId) field.control.setAttribute("aria-describedby", field.hintId);
    else field.control.removeAttribute("aria-describedby");
  }
}

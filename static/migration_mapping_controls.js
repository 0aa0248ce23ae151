// The controls of a row of the mapping. Each has a name of its own for those who do not see the row around it.

import { call } from "./api.js";
import { comboField } from "./combobox.js";
import { freshId, make } from "./elements.js";

// A choice from a list. `options`: [value, words]; a value that is not among them is shown as it is.
export function choose({ pointer, label, options, value, changed, shown = "" }) {
  const id = freshId("choice");
  const control = make("select", { id });
  const known = options.some(([each]) => each === value);
  const all = known || value === null ? options : [...options, [value, `${value} (not in Jira any more)`]];
  control.append(...all.map(([each, words]) => make("option", { value: each, selected: each === value }, words)));
  control.addEventListener("change", () => changed(control.value));
  return { pointer, control, element: labelled(control, id, label, shown) };
}

export function write({ pointer, label, value, changed, shown = "", ...attributes }) {
  const id = freshId("text");
  const control = make("input", { id, type: "text", autocomplete: "off", ...attributes });
  control.value = value ?? "";
  control.addEventListener("input", () => changed(control.value));
  return { pointer, control, element: labelled(control, id, label, shown) };
}

// The label is read aloud with all its words; `shown` is what is seen of it, nothing where the row says enough.
function labelled(control, id, label, shown) {
  const words = shown
    ? [make("span", { "aria-hidden": "true" }, shown), make("span", { class: "hidden-text" }, label)]
    : [label];
  return make(
    "div",
    { class: "field" },
    make("label", { for: id, class: shown ? null : "hidden-text" }, ...words),
    control,
  );
}

const NOBODY = { key: "", label: "Nobody" };

// An account of the Jira site, searched for while one types. `names`: names of accounts by id.
export function chooseAccount({ pointer, label, names, value, changed }) {
  let begun = false;
  const field = comboField({
    pointer,
    label,
    noun: ["person", "people"],
    asks: true,
    search: async (text) => {
      if (!text) return [NOBODY];
      const { items } = await call("GET", `migration-accounts?q=${encodeURIComponent(text)}`);
      for (const { id, name } of items) names.set(id, name);
      return [NOBODY, ...items.map(({ id, name }) => ({ key: id, label: name }))];
    },
    changed: (option) => begun && option && changed(option.key || null),
  });
  field.element.classList.add("quiet-label");
  field.choose(value ? { key: value, label: names.get(value) ?? `${value} (not in Jira any more)` } : NOBODY);
  field.load();
  begun = true;
  return { pointer, control: field.control, element: field.element };
}

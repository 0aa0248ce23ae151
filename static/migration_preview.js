// Some work items beside the issues they would become, drafted with the code of a run. Nothing is written.

import { call } from "./api.js";
import { make, setText } from "./elements.js";
import { selectField, showFaults, textField } from "./forms.js";
import { messageBox } from "./messages.js";
import { previewItem } from "./migration_preview_item.js";
import { isLoss } from "./migration_preview_words.js";
import { askPatiently } from "./worker_asking.js";
import { count } from "./words.js";

const MOST_PER_TYPE = 5; // as the API takes
const MOST_IDS = 20;
const WORK = "A worker reads the Jira project and these work items, and drafts the issues. It takes some seconds.";

export function showPreview(place, wizard) {
  const desk = { wizard, stopped: false };
  const form = previewForm();
  const result = make("div", { class: "result" });
  place.append(form.element, result);
  form.element.addEventListener("submit", (event) => {
    event.preventDefault();
    runPreview(desk, form, result);
  });
  return () => (desk.stopped = true);
}

function previewForm() {
  const perType = selectField({
    pointer: "/perType",
    label: "Work items of each type",
    options: Array.from({ length: MOST_PER_TYPE }, (_, index) => [String(index + 1), String(index + 1)]),
    value: "2",
  });
  const ids = textField({
    pointer: "/ids",
    label: "Or only these numbers",
    inputmode: "numeric",
    autocomplete: "off",
    placeholder: "17, 42",
    hint: `${MOST_IDS} at most, with commas or spaces between them.`,
  });
  const submit = make("button", { type: "submit", class: "button primary" }, "Show the preview");
  const notices = make("div", { role: "alert" });
  const lead = "A dry run shows what Jira would get, to the last byte. Nothing is written to Jira or to Azure DevOps.";
  const element = make("form", { novalidate: true, class: "stack" }, make("p", { class: "subtle lead" }, lead));
  element.append(
    make("div", { class: "halves" }, perType.element, ids.element),
    notices,
    make("div", { class: "row" }, submit),
  );
  return { element, fields: [perType, ids], submit, notices, read: () => readWish(perType, ids) };
}

// What the API takes. Raises an error with the fault where a number is none.
function readWish(perType, ids) {
  const words = ids
    .read()
    .split(/[\s,;#]+/)
    .filter(Boolean);
  const wrong = words.find((word) => !/^[1-9]\d{0,14}$/.test(word));
  const fault = (detail) => Object.assign(new Error(detail), { faults: [{ pointer: "/ids", detail }] });
  if (wrong) throw fault(`“${wrong}” is not the number of a work item. Write numbers such as 17, 42.`);
  if (words.length > MOST_IDS) throw fault(`These are ${words.length}. Name ${MOST_IDS} at most.`);
  return words.length ? { ids: words.map(Number) } : { perType: Number(perType.read()) };
}

async function runPreview(desk, form, result) {
  if (form.submit.hasAttribute("aria-disabled")) return;
  form.notices.replaceChildren();
  showFaults(form.fields, []);
  form.submit.setAttribute("aria-disabled", "true");
  try {
    const wish = form.read();
    form.submit.replaceChildren(make("span", { class: "spinner", "aria-hidden": "true" }), "Drafting…");
    const words = make("p", { class: "subtle" }, WORK);
    result.replaceChildren(words);
    desk.wizard.announce(WORK);
    const ask = () => call("POST", `migrations/${desk.wizard.migration.id}/dry-run`, wish);
    const { items } = await askPatiently(ask, (said) => setText(words, said));
    if (!desk.stopped) showItems(desk, result, items);
  } catch (refusal) {
    if (!desk.stopped) tellRefusal(desk, form, result, refusal);
  } finally {
    form.submit.removeAttribute("aria-disabled");
    form.submit.replaceChildren("Show the preview");
  }
}

function tellRefusal(desk, form, result, refusal) {
  desk.wizard.announce("");
  result.replaceChildren();
  const faults = refusal.faults ?? [];
  const homeless = showFaults(form.fields, faults);
  if (homeless.length || !faults.length) {
    form.notices.replaceChildren(
      messageBox("danger", "The preview did not come to an end", refusal.message, ...homeless),
    );
  }
}

function showItems(desk, result, items) {
  const none = items.filter(({ issue }) => issue === null).length;
  const lost = items.filter(({ issue, notes }) => issue && notes.some(isLoss)).length;
  const parts = [
    `${count(items.length, "work item")}.`,
    none ? `${count(none, "becomes", "become")} no issue.` : "",
    lost
      ? `${count(lost, "loses", "lose")} something, which is marked.`
      : "Nothing is lost but what the mapping leaves out.",
  ];
  const words = items.length ? parts.filter(Boolean).join(" ") : "No work item of a mapped type is in scope.";
  result.replaceChildren(messageBox("success", "Nothing was written", words), ...items.map(previewItem));
  desk.wizard.announce(`The preview is there. ${words} Nothing was written.`);
}

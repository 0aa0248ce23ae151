// The side of Jira: every field of the issue with where its value comes from, and the body of the call.

import { copyBlock } from "./copying.js";
import { make } from "./elements.js";
import { icon } from "./icons.js";
import { isDocument, showDocument } from "./migration_preview_text.js";
import { fieldWords, isDropped, isLoss } from "./migration_preview_words.js";

const HIDDEN = ["project"]; // the same for all

// Every field that is set with its notes, then notes of what is not in the body.
export function issueSide({ issue, notes, names = {}, values = {}, issueType }) {
  const told = notes.filter((note) => !isDropped(note));
  const fields = new Set([...Object.keys(issue.fields), ...told.map(({ field }) => field)]);
  const rows = [...fields]
    .filter((field) => !HIDDEN.includes(field))
    .map((field) => {
      const value = field === "issuetype" && issueType ? issueType : issue.fields[field];
      const own = told.filter((note) => note.field === field).map(noteLine);
      const shown = make("dd", {}, field in issue.fields ? showValue(value, values[field] ?? {}) : null, ...own);
      return make("div", {}, make("dt", { title: field }, names[field] ?? fieldWords(field)), shown);
    });
  return make("section", { class: "side" }, make("h4", {}, "In Jira"), make("dl", { class: "values" }, ...rows));
}

function noteLine(note) {
  if (!isLoss(note)) return make("p", { class: "small subtle" }, note.reason);
  const words = make("span", {}, make("strong", {}, "Lost: "), note.reason);
  return make("p", { class: "small loss" }, icon("warning", 12), words);
}

function showValue(value, names) {
  if (value === null || value === undefined || value === "") return make("span", { class: "subtle" }, "–");
  if (isDocument(value)) return showDocument(value);
  if (!Array.isArray(value)) return make("div", { class: "lines" }, valueWords(value, names));
  return make("div", { class: "row" }, ...value.map((one) => make("span", { class: "chip" }, valueWords(one, names))));
}

function valueWords(value, names) {
  if (typeof value !== "object" || value === null) return String(value);
  const known = names[value.id] ?? value.name ?? value.value ?? value.key;
  if (known) return known;
  if (value.accountId) return `account ${value.accountId}`;
  return value.id ? `id ${value.id}` : JSON.stringify(value);
}

// The body is written out when somebody opens it: a preview may hold a hundred of them.
export function bodyPart({ source, issue }) {
  const folded = make("details", {}, make("summary", {}, "The exact body that Jira would get"));
  const label = `JSON of the issue for work item ${source.id}`;
  folded.addEventListener("toggle", () => {
    if (!folded.open || folded.childElementCount > 1) return;
    folded.append(copyBlock({ label, what: label, value: JSON.stringify(issue, null, 2), rows: 16 }));
  });
  return make("div", { class: "small" }, folded);
}

// One work item beside its issue: fields, where each value comes from, what is lost, and the exact body for Jira.

import { copyBlock } from "./copying.js";
import { freshId, make } from "./elements.js";
import { icon } from "./icons.js";
import { outwardLink } from "./links.js";
import { lozenge, messageBox } from "./messages.js";
import { isDocument, plainText, showDocument } from "./migration_preview_text.js";
import { count } from "./words.js";

const NAMES = {
  issuetype: "Issue type",
  duedate: "Due date",
  fixVersions: "Fix versions",
  timetracking: "Time tracking",
};
const HIDDEN = ["project"]; // the same for all
const FROM = /^from ([\w.]+)/;
const LONG = 600; // characters of a source text that are seen without opening it

export function previewItem({ source, issue, notes, names = {}, issueType = "" }) {
  const id = freshId("draft");
  const losses = notes.filter(({ code }) => code);
  const heading = make("h3", { id, class: "row" });
  if (source.type) heading.append(lozenge("neutral", source.type));
  heading.append(source.url ? outwardLink(source.url, `${source.id}`) : `${source.id}`, make("span", {}, source.title ?? ""));
  const marks = make("div", { class: "row" });
  marks.append(issue ? lozenge("information", `Becomes ${issueType || "an issue"}`) : lozenge("warning", "Becomes no issue"));
  if (issue) marks.append(losses.length ? lozenge("warning", count(losses.length, "loss", "losses")) : lozenge("success", "Nothing lost"));
  const element = make("section", { class: "card draft", "aria-labelledby": id }, make("div", { class: "card-head" }, heading, marks));
  if (!issue) element.append(make("div", { class: "stack" }, ...notes.map(({ reason }) => messageBox("warning", null, reason))));
  if (source.fields && issue) element.append(make("div", { class: "sides" }, sourceSide(source, notes), issueSide({ issue, notes, names, issueType })));
  if (issue) element.append(bodyPart(source, issue));
  return element;
}

// What the issue is made of first; the rest is folded.
function sourceSide({ fields }, notes) {
  const used = new Set(notes.map(({ reason }) => FROM.exec(reason)?.[1]).filter(Boolean));
  for (const { field } of notes) if (field in fields) used.add(field);
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  const first = known.filter(([name]) => used.has(name));
  const rest = known.filter(([name]) => !used.has(name));
  const side = make("section", { class: "side" }, make("h4", {}, "In Azure DevOps"), sourceList(first));
  if (!rest.length) return side;
  const folded = make("details", { class: "small" }, make("summary", {}, `${count(rest.length, "field")} of which no note tells`));
  folded.append(sourceList(rest));
  side.append(folded);
  return side;
}

function sourceList(entries) {
  const rows = entries.map(([name, value]) => {
    const words = make("dt", { title: name }, fieldWords(name));
    return make("div", {}, words, make("dd", {}, sourceValue(value)));
  });
  return make("dl", { class: "values" }, ...rows);
}

function sourceValue(value) {
  const text = typeof value === "string" ? plainText(value) : String(value);
  if (text.length <= LONG) return make("div", { class: "lines" }, text);
  const folded = make("details", {}, make("summary", {}, `${text.slice(0, LONG / 4)}…`));
  folded.append(make("div", { class: "lines" }, text));
  return folded;
}

// Every field that is set with its notes, then notes of what is not in the body.
function issueSide({ issue, notes, names, issueType }) {
  const set = Object.keys(issue.fields).filter((name) => !HIDDEN.includes(name));
  const told = notes.map(({ field }) => field).filter((field) => !HIDDEN.includes(field) && !set.includes(field));
  const list = make("dl", { class: "values" });
  for (const field of [...set, ...new Set(told)]) {
    const value = field === "issuetype" && issueType ? issueType : issue.fields[field];
    const shown = make("dd", {}, field in issue.fields ? issueValue(value) : null);
    shown.append(...notes.filter((note) => note.field === field).map(noteLine));
    list.append(make("div", {}, make("dt", { title: field }, names[field] ?? NAMES[field] ?? fieldWords(field)), shown));
  }
  return make("section", { class: "side" }, make("h4", {}, "In Jira"), list);
}

function noteLine({ reason, code }) {
  if (!code) return make("p", { class: "small subtle" }, reason);
  return make("p", { class: "small loss" }, icon("warning", 12), make("span", {}, make("strong", {}, "Lost: "), reason));
}

function issueValue(value) {
  if (value === null || value === undefined || value === "") return make("span", { class: "subtle" }, "–");
  if (isDocument(value)) return showDocument(value);
  if (Array.isArray(value)) return make("div", { class: "row" }, ...value.map((one) => make("span", { class: "chip" }, plainValue(one))));
  return make("div", { class: "lines" }, plainValue(value));
}

function plainValue(value) {
  if (typeof value !== "object" || value === null) return String(value);
  if (value.name ?? value.value ?? value.key) return value.name ?? value.value ?? value.key;
  if (value.accountId) return `account ${value.accountId}`;
  return value.id ? `id ${value.id}` : JSON.stringify(value);
}

function bodyPart(source, issue) {
  const folded = make("details", {}, make("summary", {}, "The exact body that Jira would get"));
  const label = `JSON for the work item ${source.id}`;
  folded.addEventListener("toggle", () => {
    if (folded.open && folded.childElementCount === 1)
      folded.append(copyBlock({ label, what: label, value: JSON.stringify(issue, null, 2), rows: 16 }));
  });
  return make("div", { class: "small" }, folded);
}

// "Microsoft.VSTS.Scheduling.StoryPoints" as "Story points", "summary" as "Summary"
function fieldWords(name) {
  const last = name.split(".").at(-1).replaceAll("_", " ");
  const words = last.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// One work item beside its issue: what is taken from where, what is lost, and the exact body for Jira.

import { freshId, make } from "./elements.js";
import { outwardLink } from "./links.js";
import { lozenge, messageBox } from "./messages.js";
import { bodyPart, issueSide } from "./migration_preview_issue.js";
import { fieldWords, isDropped, isLoss } from "./migration_preview_words.js";
import { plainText } from "./migration_preview_text.js";
import { count } from "./words.js";

const FROM = /^from ([\w.]+)/;
const LONG = 600; // characters of a text that are seen without opening it

export function previewItem(item) {
  const { source, issue, notes } = item;
  const id = freshId("draft");
  const head = make("div", { class: "card-head" }, headingOf(source, id), marksOf(item));
  const element = make("section", { class: "card draft", "aria-labelledby": id }, head);
  if (issue)
    element.append(make("div", { class: "sides" }, sourceSide(source, notes), issueSide(item)), bodyPart(item));
  else
    element.append(make("div", { class: "stack" }, ...notes.map(({ reason }) => messageBox("warning", null, reason))));
  return element;
}

function headingOf({ id: number, type, title, url }, id) {
  const link = url ? outwardLink(url, String(number)) : String(number);
  return make("h3", { id, class: "row" }, type ? lozenge("neutral", type) : null, link, make("span", {}, title ?? ""));
}

function marksOf({ issue, notes, issueType }) {
  if (!issue) return lozenge("warning", "Becomes no issue");
  const losses = notes.filter(isLoss).length;
  const mark = losses ? lozenge("warning", count(losses, "loss", "losses")) : lozenge("success", "Nothing lost");
  return make("div", { class: "row" }, lozenge("information", `Becomes ${issueType || "an issue"}`), mark);
}

// What the issue is made of first; what becomes nothing is folded.
function sourceSide({ fields }, notes) {
  const used = new Set(notes.map(({ reason }) => FROM.exec(reason)?.[1]));
  for (const note of notes) if (isLoss(note)) used.add(note.field);
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  const rest = known.filter(([name]) => !used.has(name));
  const first = valueList(
    known.filter(([name]) => used.has(name)),
    [],
  );
  const side = make("section", { class: "side" }, make("h4", {}, "In Azure DevOps"), first);
  if (!rest.length) return side;
  const summary = make("summary", {}, `${count(rest.length, "field becomes", "fields become")} no field in Jira`);
  side.append(make("details", { class: "small" }, summary, valueList(rest, notes.filter(isDropped))));
  return side;
}

function valueList(entries, dropped) {
  const rows = entries.map(([name, value]) => {
    const shown = make("dd", {}, sourceValue(value));
    const note = dropped.find(({ field }) => field === name);
    if (note) shown.append(make("p", { class: "small subtle" }, note.reason));
    return make("div", {}, make("dt", { title: name }, fieldWords(name)), shown);
  });
  return make("dl", { class: "values" }, ...rows);
}

function sourceValue(value) {
  const text = typeof value === "string" ? plainText(value) : String(value);
  if (text.length <= LONG) return make("div", { class: "lines" }, text);
  const summary = make("summary", {}, `${text.slice(0, LONG / 4)}…`);
  return make("details", {}, summary, make("div", { class: "lines" }, text));
}

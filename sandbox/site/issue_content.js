// What is on an issue: its details at the side, texts, links, files and comments in the middle.

import { lozenge, make } from "./page.js";
import { richText } from "./rich_text.js";

const TONES = { done: "success", indeterminate: "information" };
const FIRST = ["status", "issuetype", "parent", "assignee", "reporter", "priority", "labels", "components", "duedate"];
// shown elsewhere, or of no interest here
const LEFT_OUT = new Set([
  ...FIRST, "summary", "description", "comment", "attachment", "issuelinks", "subtasks", "project", "watches", "worklog", "creator",
  "created", "updated",
]);
const TITLES = { status: "Status" };
const NO_TEXT = "This issue belongs to a site that lives in memory. What you see under Development was sent by Crosswalk.";

export function details(issue, { fields, names }) {
  const plain = [["Status", lozenge("In progress", "information")], ["Type", issue.type], ["Assignee", "Unassigned"]];
  const rows = fields.status ? facts(fields, names) : plain;
  const list = rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("section", { class: "box" }, make("h2", {}, "Details"), make("dl", {}, ...list));
}

function facts(fields, names) {
  const more = Object.keys(fields).filter((name) => !LEFT_OUT.has(name) && !isText(fields[name]));
  const shown = [...FIRST, ...more].filter((name) => words(fields[name]) || name === "assignee");
  return shown.map((name) => [names[name] ?? TITLES[name] ?? name, shownValue(name, fields[name])]);
}

function shownValue(name, value) {
  if (name === "status") return lozenge(value.name, TONES[value.statusCategory?.key]);
  if (name === "parent") return issueLink(value);
  return words(value) || "Unassigned";
}

function words(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join(", ");
  return typeof value === "object" ? String(value.displayName ?? value.name ?? value.value ?? value.key ?? "") : String(value);
}

export function contentSections({ fields, names }) {
  const texts = Object.keys(fields).filter((name) => isText(fields[name]));
  const described = texts.includes("description") ? [] : [section("Description", make("p", {}, NO_TEXT))];
  return [
    ...described,
    ...texts.map((name) => section(names[name] ?? name, richText(fields[name]))),
    ...listed("Child issues", (fields.subtasks ?? []).map((child) => [issueLink(child), " ", child.fields.summary])),
    ...listed("Linked issues", (fields.issuelinks ?? []).map(linked)),
    ...listed("Attachments", (fields.attachment ?? []).map((file) => [`${file.filename}, ${file.size.toLocaleString("en")} bytes`])),
    ...comments(fields.comment?.comments ?? []),
  ];
}

function linked(link) {
  const other = link.outwardIssue ?? link.inwardIssue;
  return [`${link.outwardIssue ? link.type.outward : link.type.inward} `, issueLink(other), ` ${other.fields.summary}`];
}

function comments(found) {
  if (!found.length) return [];
  const shown = found.map((one) => make("article", { class: "comment" }, make("strong", {}, one.author.displayName), richText(one.body)));
  return [section("Comments", ...shown)];
}

function listed(title, rows) {
  return rows.length ? [section(title, make("ul", {}, ...rows.map((parts) => make("li", {}, ...parts))))] : [];
}

function section(title, ...parts) {
  return make("section", {}, make("h2", {}, title), ...parts);
}

function issueLink({ key }) {
  return make("a", { href: `/browse/${key}` }, key);
}

function isText(value) {
  return value?.type === "doc";
}

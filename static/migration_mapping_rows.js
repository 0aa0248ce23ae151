// One table of the mapping as a list: what it is in Azure DevOps, what it becomes, how sure the suggestion is and why.
// Long tables are searched, and shown in portions.

import { freshId, make, setText } from "./elements.js";
import { icon } from "./icons.js";
import { lozenge, setLozenge } from "./messages.js";
import { count } from "./words.js";

const FIRST = 12; // rows at first
const PORTION = 50; // more rows at once
const SEARCHED = 8; // a table with more rows can be searched
const DOUBTFUL = 0.6; // below this a person should look

// `kind` is: {name, title, lead, rows(document), describe(row) -> {title, detail}, controls(row, changed) -> [part],
// empty}. A part is {pointer, element, control}: its control is where a fault at `pointer` belongs.
export function rowsSection(desk, kind) {
  const parts = sectionParts(kind);
  const section = { desk, kind, parts, shown: FIRST, faults: new Map() };
  const refresh = () => {
    section.shown = FIRST;
    show(section);
  };
  parts.search.addEventListener("input", refresh);
  parts.only.addEventListener("change", refresh);
  parts.more.addEventListener("click", () => showMore(section));
  refresh();
  return {
    name: kind.name,
    element: parts.element,
    refresh,
    // Shows faults `{row, pointer, detail}` at their rows and returns the first control with one, null without.
    showFaults: (faults) => placeFaults(section, faults),
  };
}

function sectionParts({ title, lead }) {
  const [id, searchId] = [freshId("section"), freshId("search")];
  const sum = make("span", { class: "small subtle" });
  const search = make("input", { id: searchId, type: "search", class: "search", autocomplete: "off" });
  const only = make("input", { type: "checkbox" });
  const tools = make(
    "div",
    { class: "row map-tools" },
    make("label", { for: searchId, class: "hidden-text" }, `Search: ${title}`),
    search,
    make("label", { class: "tick small" }, only, "Only what to look at"),
  );
  search.placeholder = "Search";
  const list = make("ul", { class: "map-rows" });
  const said = make("p", { class: "small subtle", role: "status" });
  const more = make("button", { type: "button", class: "button quiet compact" }, "Show more");
  const body = make(
    "div",
    { class: "map-body" },
    lead ? make("p", { class: "subtle" }, lead) : null,
    tools,
    list,
    said,
    more,
  );
  const heading = make("div", { class: "row spread" }, make("h3", { id }, title), sum);
  const element = make("section", { class: "card", "aria-labelledby": id }, heading, body);
  return { element, sum, search, only, tools, list, said, more };
}

function show(section) {
  const { desk, kind, parts } = section;
  const rows = kind.rows(desk.document);
  const wanted = filtered(section, rows);
  parts.tools.hidden = rows.length <= SEARCHED;
  parts.list.replaceChildren(...wanted.slice(0, section.shown).map((row) => rowPart(section, row)));
  parts.more.hidden = wanted.length <= section.shown;
  setText(parts.said, saidWords(kind, rows, wanted, section.shown));
  showSum(section, rows);
}

function filtered({ kind, parts, faults }, rows) {
  const text = parts.search.value.trim().toLowerCase();
  const wanted = rows.filter((row) => {
    if (faults.has(row)) return true;
    if (parts.only.checked && !isDoubtful(row)) return false;
    const { title, detail } = kind.describe(row);
    return `${title} ${detail} ${row.source}`.toLowerCase().includes(text);
  });
  return wanted.toSorted((one, other) => Number(faults.has(other)) - Number(faults.has(one)));
}

function saidWords({ empty }, rows, wanted, shown) {
  if (!rows.length) return empty;
  if (!wanted.length) return "No row fits.";
  return wanted.length > shown ? `${shown} of ${count(wanted.length, "row")} are shown.` : "";
}

function showSum({ parts, faults }, rows) {
  const doubtful = rows.filter(isDoubtful).length;
  const words = [count(rows.length, "row"), doubtful ? `${doubtful.toLocaleString("en")} to look at` : ""];
  if (faults.size) words.push(`${faults.size} to mend`);
  setText(parts.sum, words.filter(Boolean).join(", "));
}

function showMore(section) {
  const first = section.shown;
  section.shown += PORTION;
  show(section);
  section.parts.list.children[first]?.querySelector("input, select")?.focus();
}

function isDoubtful({ confidence }) {
  return confidence < DOUBTFUL;
}

function rowPart(section, row) {
  const { desk, kind, faults } = section;
  const { title, detail } = kind.describe(row);
  const reason = make("div", { class: "map-reason small" });
  const sure = lozenge("neutral", "");
  const why = make("span", { class: "subtle" });
  reason.append(sure, why);
  const showReason = () => {
    setLozenge(sure, ...sureWords(row));
    setText(why, row.reason);
  };
  const element = make("li", { class: "map-row" });
  const changed = ({ rebuilds = false } = {}) => {
    Object.assign(row, { confidence: 1, reason: "" });
    faults.delete(row);
    showReason();
    showSum(section, kind.rows(desk.document));
    if (rebuilds) rebuild();
    else element.querySelectorAll(".fault").forEach((fault) => fault.remove());
    desk.changed();
  };
  const source = make("div", { class: "map-source" }, make("strong", {}, title));
  if (detail) source.append(make("span", { class: "small subtle block" }, detail));
  const rebuild = () => {
    const label = document.activeElement?.closest(".map-row") === element ? document.activeElement.dataset.part : null;
    const parts = kind.controls(row, changed);
    for (const part of parts) part.control.dataset.part = part.pointer;
    element.replaceChildren(source, make("div", { class: "map-target" }, ...parts.map((part) => part.element)), reason);
    for (const fault of faults.get(row) ?? []) showFault(element, parts, fault);
    if (label) parts.find(({ pointer }) => pointer === label)?.control.focus();
  };
  rebuild();
  showReason();
  return element;
}

// [tone, words]: how sure a suggestion is; a row without a reason was written by a person.
function sureWords({ confidence, reason }) {
  if (!reason) return ["neutral", "Your choice"];
  if (confidence >= 0.9) return ["success", "Sure"];
  if (confidence >= DOUBTFUL) return ["information", "Likely"];
  return ["warning", confidence ? "Unsure" : "Nothing found"];
}

function placeFaults(section, found) {
  const { desk, kind, faults, parts } = section;
  const rows = kind.rows(desk.document);
  faults.clear();
  for (const { row, pointer, detail } of found) {
    const target = desk.document[kind.table ?? kind.name][row];
    if (rows.includes(target)) faults.set(target, [...(faults.get(target) ?? []), { pointer, detail }]);
  }
  parts.search.value = faults.size ? "" : parts.search.value;
  section.shown = Math.max(FIRST, faults.size);
  show(section);
  return parts.list.querySelector("[aria-invalid]");
}

function showFault(element, parts, { pointer, detail }) {
  const part = parts.find((each) => `${pointer}/`.startsWith(`${each.pointer}/`)) ?? parts[0];
  const id = freshId("fault");
  element.append(make("div", { class: "fault", id }, icon("danger"), make("span", {}, detail)));
  part.control.setAttribute("aria-invalid", "true");
  part.control.setAttribute("aria-describedby", id);
}

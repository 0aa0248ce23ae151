// The versions of the mapping: when each was saved, what it changed, and back to it.

import { call, listAll } from "./api.js";
import { make } from "./elements.js";
import { messageBox } from "./messages.js";
import { clock, count } from "./words.js";

const SECTIONS = {
  plan: "Hierarchy",
  types: "Types",
  states: "States",
  fields: "Fields",
  priorities: "Priorities",
  iterations: "Iterations",
  areas: "Areas",
  people: "People",
  links: "Links",
  tagsToLabels: "Tags",
  extraLabels: "Labels",
  waivers: "Accepted problems",
};
const CHANGES = { added: "added", removed: "removed", changed: "changed" };
const SHOWN = 100; // differences

// `take(document, version)` puts a version into the editor; `nameOf(section, source)` gives a row its name.
export function versionsPart({ path, take, nameOf }) {
  const list = make("ul", { class: "versions" });
  const note = make("div", { role: "status", class: "notices" });
  const element = make("details", {}, make("summary", {}, "Versions"), note, list);
  const desk = { path, take, nameOf, note };
  const refresh = async () => {
    if (!element.open) return;
    try {
      const versions = await listAll(`${path}/versions`);
      list.replaceChildren(...versions.map((version, index) => versionRow(desk, version, versions[index + 1])));
      note.replaceChildren(...(versions.length ? [] : [make("p", { class: "subtle" }, "Nothing was saved yet.")]));
    } catch (refusal) {
      note.replaceChildren(messageBox("warning", null, refusal.message));
    }
  };
  element.addEventListener("toggle", refresh);
  return { element, refresh };
}

function versionRow(desk, { version, at }, before) {
  const words = make("span", {}, make("strong", {}, `Version ${version}`), ` saved ${clock(at)}`);
  const place = make("div", { class: "stack" });
  const button = (text, act) => {
    const made = make("button", { type: "button", class: "button compact" }, text);
    made.append(make("span", { class: "hidden-text" }, ` (version ${version})`));
    made.addEventListener("click", () => attempt(place, act));
    return made;
  };
  const diff = before ? button("What it changed", () => showDiff(desk, place, before.version, version)) : null;
  const use = button("Put into the editor", async () => {
    desk.take(await call("GET", `${desk.path}?version=${version}`), version);
  });
  return make("li", {}, make("div", { class: "row spread" }, words, make("div", { class: "row" }, diff, use)), place);
}

async function attempt(place, act) {
  try {
    await act();
  } catch (refusal) {
    place.replaceChildren(messageBox("warning", null, refusal.message));
  }
}

async function showDiff({ path, nameOf }, place, from, to) {
  const { items } = await call("GET", `${path}/diff?from=${from}&to=${to}`);
  const rows = items.slice(0, SHOWN).map((item) => make("li", {}, diffWords(item, nameOf)));
  const more =
    items.length > SHOWN
      ? make("p", { class: "small subtle" }, `${count(items.length - SHOWN, "more change")}.`)
      : null;
  const none = items.length ? null : make("p", { class: "subtle" }, "Nothing but how sure rows are.");
  place.replaceChildren(make("ul", { class: "small" }, ...rows), ...[more, none].filter(Boolean));
}

function diffWords({ section, source, change, before, after }, nameOf) {
  const name = source ? `${SECTIONS[section] ?? section}, ${nameOf(section, source)}` : (SECTIONS[section] ?? section);
  if (change !== "changed") return `${name}: ${CHANGES[change]}`;
  const keys = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return `${name}: ${keys.map((key) => `${key} ${valueWords(before[key])} → ${valueWords(after[key])}`).join(", ")}`;
}

function valueWords(value) {
  if (value === null || value === undefined || value === "") return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// The tables of iterations, areas and people, and what becomes of tags.

import { make } from "./elements.js";
import { linesField } from "./forms.js";
import { choose, chooseAccount, write } from "./migration_mapping_controls.js";
import { count } from "./words.js";

const NONE = "";
const LONGEST_NAME = 30; // of a sprint

export function iterationsTable(desk) {
  const { sprints, hasSprints } = desk.choices;
  const nodes = new Map(desk.scan.iterations.map((node) => [node.path, node]));
  const existing = sprints.map(({ id, name, state }) => [String(id), `${name} (${state})`]);
  const actions = [
    ["new", "A new sprint"],
    ...(existing.length ? [["existing", "A sprint that is there"]] : []),
    ["none", "No sprint"],
  ];
  return {
    name: "iterations",
    title: "Iterations to sprints",
    lead: hasSprints
      ? "Sprints are made on the board of the migration. Work items in no sprint are in the backlog."
      : "This migration has no board with sprints, so work items keep no iteration.",
    empty: "The project has no iterations.",
    rows: (document) => document.iterations,
    describe: ({ source }) => ({ title: source, detail: placeWords(nodes.get(source)) }),
    controls: (row, changed) => {
      const parts = [actionChoice(row, actions, changed)];
      if (row.action === "existing") parts.push(sprintChoice(row, existing, changed));
      if (row.action === "new") parts.push(...newSprint(row, changed));
      return parts;
    },
  };
}

function placeWords(node) {
  if (!node) return "";
  const days = node.start ? `${node.start} to ${node.finish ?? "?"}` : "";
  return [count(node.items, "work item"), days].filter(Boolean).join(", ");
}

function actionChoice(row, options, changed) {
  const take = (chosen) => {
    row.action = chosen;
    if (chosen !== "existing" && "sprint" in row) row.sprint = null;
    if (chosen !== "existing" && "component" in row) row.component = null;
    if (chosen === "new" && !row.name) row.name = row.source.split("\\").at(-1).slice(0, LONGEST_NAME);
    changed({ rebuilds: true });
  };
  return choose({ pointer: "action", label: `${row.source} becomes`, options, value: row.action, changed: take });
}

function sprintChoice(row, existing, changed) {
  const take = (chosen) => {
    row.sprint = chosen ? Number(chosen) : null;
    changed();
  };
  const value = row.sprint === null ? NONE : String(row.sprint);
  return choose({
    pointer: "sprint",
    label: `Sprint of ${row.source}`,
    options: [[NONE, "Choose a sprint"], ...existing],
    value,
    changed: take,
  });
}

function newSprint(row, changed) {
  const entry = (pointer, shown, attributes) =>
    write({
      pointer,
      label: `${shown} of the sprint for ${row.source}`,
      shown,
      value: row[pointer],
      ...attributes,
      changed: (text) => {
        row[pointer] = attributes.type === "date" ? text || null : text;
        changed();
      },
    });
  return [
    entry("name", "Name", { maxlength: LONGEST_NAME }),
    entry("start", "Start", { type: "date" }),
    entry("finish", "End", { type: "date" }),
  ];
}

export function areasTable(desk) {
  const { components } = desk.choices;
  const nodes = new Map(desk.scan.areas.map((node) => [node.path, node]));
  const existing = components.map(({ id, name }) => [id, name]);
  const actions = [
    ["new", "A new component"],
    ...(existing.length ? [["existing", "A component that is there"]] : []),
    ["parent", "What the area above becomes"],
    ["none", "No component"],
  ];
  return {
    name: "areas",
    title: "Areas to components",
    empty: "The project has no areas.",
    rows: (document) => document.areas,
    describe: ({ source }) => ({ title: source, detail: placeWords(nodes.get(source)) }),
    controls: (row, changed) => {
      const parts = [actionChoice(row, actions, changed)];
      const take = (name) => (text) => {
        row[name] = text || (name === "component" ? null : "");
        changed();
      };
      const label = `Component of ${row.source}`;
      if (row.action === "new")
        parts.push(
          write({
            pointer: "name",
            label: `Name of the component for ${row.source}`,
            shown: "Name",
            value: row.name,
            changed: take("name"),
          }),
        );
      if (row.action === "existing") {
        const options = [[NONE, "Choose a component"], ...existing];
        parts.push(
          choose({ pointer: "component", label, options, value: row.component ?? NONE, changed: take("component") }),
        );
      }
      return parts;
    },
  };
}

export function peopleTable(desk) {
  const names = new Map(desk.choices.people.map(({ id, name }) => [id, name]));
  const items = new Map(desk.scan.users.map((user) => [user.id, user.items]));
  const nameOf = ({ source }) => names.get(source) ?? "Somebody whom Azure DevOps does not name any more";
  return {
    name: "people",
    title: "People",
    lead: "Who reported without an account is named in the description. Names are read when this page opens, and not kept.",
    empty: "No work item names a person.",
    rows: (document) => document.people,
    describe: (row) => ({ title: nameOf(row), detail: `named by ${count(items.get(row.source) ?? 0, "work item")}` }),
    controls: (row, changed) => [
      chooseAccount({
        pointer: "target",
        label: `${nameOf(row)} becomes`,
        names: desk.accounts,
        value: row.target,
        changed: (account) => {
          row.target = account;
          changed();
        },
      }),
    ],
  };
}

// Tags as labels, and labels for every issue.
export function tagsSection(desk) {
  const { document } = desk;
  const box = make("input", { type: "checkbox", checked: document.tagsToLabels });
  const labels = linesField({
    pointer: "/extraLabels",
    label: "Labels that every issue gets",
    hint: "One on a line, without blanks. For example: migrated",
    value: document.extraLabels,
    rows: 2,
  });
  const tick = make("label", { class: "tick" }, box, `Tags become labels (${count(desk.scan.tags, "tag")})`);
  box.addEventListener("change", () => {
    document.tagsToLabels = box.checked;
    desk.changed();
  });
  labels.control.addEventListener("input", () => {
    document.extraLabels = labels.read();
    desk.changed();
  });
  const body = make("div", { class: "map-body" }, tick, labels.element);
  const element = make(
    "section",
    { class: "card", "aria-label": "Tags and labels" },
    make("h3", {}, "Tags and labels"),
    body,
  );
  return { element, fields: [labels] };
}

// The table of fields: which field of Jira takes the value, how it is converted, and what values of lists become.

import { make } from "./elements.js";
import { choose } from "./migration_mapping_controls.js";
import { count, together } from "./words.js";

const NONE = "";
const RULES = [
  ["text", "As plain text"],
  ["rich_text", "As formatted text"],
  ["section", "As a part of the description"],
  ["number", "As a number"],
  ["date", "As a day"],
  ["datetime", "As a day and time"],
  ["option", "As an option"],
  ["options", "As options"],
  ["labels", "As labels"],
  ["user", "As a person"],
  ["priority", "As the priority"],
  ["drop", "Not taken along"],
];
const OF_LISTS = ["option", "options"];

export function fieldsTable(desk) {
  const used = new Map(desk.scan.fields.map((field) => [field.name, field]));
  const options = [[NONE, "No field"], ...desk.choices.fields.map(({ id, name }) => [id, name])];
  const titleOf = ({ source }) => used.get(source)?.label ?? source;
  return {
    name: "fields",
    title: "Fields",
    lead: "What is not taken along stays in Azure DevOps. A field that is missing here is on no create screen in Jira.",
    empty: "No field is in use.",
    rows: (document) => document.fields,
    describe: (row) => ({ title: titleOf(row), detail: detailWords(row, used.get(row.source), desk.scan.items) }),
    controls: (row, changed) => {
      const parts = [ruleChoice(row, titleOf(row), changed)];
      if (row.rule !== "drop") parts.unshift(fieldChoice(row, titleOf(row), options, changed));
      if (OF_LISTS.includes(row.rule)) parts.push(...valueChoices(desk, row, used.get(row.source), changed));
      return parts;
    },
  };
}

function detailWords({ source, types }, field, items) {
  const filled = field
    ? `filled in ${field.filled.toLocaleString("en")} of ${count(items, "work item")}`
    : "never filled";
  return [source, filled, types.length ? `only of ${together(types)}` : ""].filter(Boolean).join(", ");
}

function fieldChoice(row, title, options, changed) {
  const take = (chosen) => {
    row.target = chosen || null;
    if (!row.target && row.rule !== "section") row.rule = "drop";
    changed({ rebuilds: true });
  };
  return choose({ pointer: "target", label: `${title} goes into`, options, value: row.target ?? NONE, changed: take });
}

function ruleChoice(row, title, changed) {
  const take = (chosen) => {
    row.rule = chosen;
    if (chosen === "drop") row.target = null;
    if (!OF_LISTS.includes(chosen)) row.values = {};
    changed({ rebuilds: true });
  };
  return choose({
    pointer: "rule",
    label: `How ${title} is converted`,
    options: RULES,
    value: row.rule,
    changed: take,
  });
}

// One choice for each value of the list that the scan saw, or that the mapping names.
function valueChoices(desk, row, field, changed) {
  const target = desk.choices.fields.find(({ id }) => id === row.target);
  if (!target) return [];
  const options = [[NONE, "Not taken along"], ...Object.entries(target.options).map(([name, id]) => [id, name])];
  const values = [...new Set([...Object.keys(field?.values ?? {}), ...Object.keys(row.values)])];
  return values.map((value) => {
    const take = (chosen) => {
      if (chosen) row.values[value] = chosen;
      else delete row.values[value];
      changed();
    };
    const label = `${value} of ${field?.label ?? row.source} becomes`;
    const part = choose({
      pointer: `values/${value}`,
      label,
      shown: value,
      options,
      value: row.values[value] ?? NONE,
      changed: take,
    });
    return { ...part, element: make("div", { class: "map-value" }, part.element) };
  });
}

// The tables of types, states, priorities and kinds of links: what their rows say, and what can be chosen in them.

import { choose } from "./migration_mapping_controls.js";
import { linkWords } from "./migration_words.js";
import { count } from "./words.js";

const REMOTE = "remote";
const NONE = "";
const LEVELS = { "-1": "sub-task", 0: "standard", 1: "epic" };

// The tables in the order in which they are shown.
export function kindSections(desk) {
  return [typesTable(desk), statesTable(desk), prioritiesTable(), linksTable(desk)];

  function prioritiesTable() {
    return {
      name: "priorities",
      title: "Priorities",
      empty: "No work item has a priority.",
      rows: (document) => document.priorities,
      describe: ({ source }) => ({ title: `Priority ${source}`, detail: "" }),
      controls: (row, changed) => [
        targetChoice(row, `Priority ${row.source} becomes`, named(desk.choices.priorities, "No priority"), changed),
      ],
    };
  }
}

// Options of things with id and name, with words for none of them.
function named(things, none) {
  return [[NONE, none], ...things.map(({ id, name }) => [id, name])];
}

function targetChoice(row, label, options, changed, how = {}) {
  const value = row.target ?? NONE;
  const take = (chosen) => {
    row.target = chosen || null;
    changed(how);
  };
  return choose({ pointer: "target", label, options, value, changed: take });
}

export function typeName({ choices }, id) {
  return choices.types.find((type) => type.id === id)?.name ?? id;
}

function typesTable(desk) {
  const { types } = desk.choices;
  const words = ({ name, level }) => `${name} (${LEVELS[level] ?? `level ${level}`})`;
  const options = [[NONE, "Left out"], ...types.map((type) => [type.id, words(type)])];
  const standard = types.filter(({ level }) => level === 0).map(({ id, name }) => [id, name]);
  const isSubtask = (id) => types.find((type) => type.id === id)?.level === -1;
  const lone = (row, changed) =>
    choose({
      pointer: "withoutParent",
      label: `${row.source} without a parent becomes`,
      shown: "Without a parent",
      options: [[NONE, "It fails"], ...standard],
      value: row.withoutParent ?? NONE,
      changed: (chosen) => {
        row.withoutParent = chosen || null;
        changed();
      },
    });
  return {
    name: "types",
    title: "Work item types",
    lead: "What is left out is not made in Jira; the report lists it.",
    empty: "The scan found no work item type.",
    rows: (document) => document.types,
    describe: ({ source }) => ({ title: source, detail: amount(desk.scan.types.find(({ name }) => name === source)) }),
    controls: (row, changed) => {
      const after = (how) => {
        if (!isSubtask(row.target)) row.withoutParent = null;
        changed(how);
        desk.refresh("states");
      };
      const target = targetChoice(row, `${row.source} becomes`, options, after, { rebuilds: true });
      return isSubtask(row.target) ? [target, lone(row, changed)] : [target];
    },
  };
}

function amount(found) {
  return found ? count(found.count, "work item") : "No work item";
}

function statesTable(desk) {
  const targetOf = (type) => desk.document.types.find(({ source }) => source === type)?.target ?? null;
  const statuses = (type) => desk.choices.types.find(({ id }) => id === targetOf(type))?.statuses ?? [];
  const number = ({ type, source }) => desk.scan.types.find(({ name }) => name === type)?.states[source] ?? 0;
  return {
    name: "states",
    title: "States",
    lead: "Each type has a workflow of its own. Types that are left out have no states here.",
    empty: "No type is taken along.",
    rows: (document) => document.states.filter(({ type }) => targetOf(type)),
    describe: (row) => ({
      title: `${row.type}: ${row.source}`,
      detail: `${count(number(row), "work item")}, becomes ${typeName(desk, targetOf(row.type))}`,
    }),
    controls: (row, changed) => [
      targetChoice(row, `${row.source} of ${row.type} becomes`, named(statuses(row.type), "Its first status"), changed),
    ],
  };
}

function linksTable(desk) {
  const { linkTypes, linkLabels } = desk.choices;
  const kinds = linkTypes.flatMap(({ id, name, inward, outward }) =>
    inward === outward
      ? [[id, `${name}: ${outward}`]]
      : [
          [id, `${name}: ${outward}`],
          [`${id}|swap`, `${name}: ${inward}`],
        ],
  );
  const isAddress = (kind) => ["Hyperlink", "ArtifactLink"].includes(kind) || kind.includes(".Remote.");
  return {
    name: "links",
    title: "Links",
    lead: "From the work item that has the link, for example: blocks the other one. Parents are kept by the hierarchy.",
    empty: "The scan found no links.",
    rows: (document) => document.links,
    describe: ({ source }) => ({
      title: linkWords(source, linkLabels),
      detail: count(desk.scan.links[source] ?? 0, "link"),
    }),
    controls: (row, changed) => {
      const options = [[NONE, "Not made"], ...(isAddress(row.source) ? [[REMOTE, "A web link of the issue"]] : kinds)];
      const take = (chosen) => {
        const [id, swap] = chosen.split("|");
        Object.assign(row, { target: id || null, swap: Boolean(swap) });
        changed();
      };
      const symmetric = linkTypes.some(({ id, inward, outward }) => id === row.target && inward === outward);
      const value = row.swap && !symmetric ? `${row.target}|swap` : (row.target ?? NONE);
      const label = `${linkWords(row.source, linkLabels)} becomes`;
      return [choose({ pointer: "target", label, options, value, changed: take })];
    },
  };
}

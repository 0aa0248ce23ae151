// What a scan found: sums, charts, trees, and what is over a limit of Jira.

import { barTable } from "./charts.js";
import { make } from "./elements.js";
import { messageBox } from "./messages.js";
import { bytesWords, linkWords } from "./migration_words.js";
import { treeList } from "./trees.js";
import { count } from "./words.js";

const BIGGEST = 10; // files
// Codes of `over`: [tone, what is too much, what becomes of it]
const OVER = {
  title_too_long: ["warning", "Titles longer than 255 characters", "They are cut. All of them stays in Azure DevOps."],
  label_too_long: ["warning", "Tags longer than 255 characters", "They are cut."],
  text_too_long: ["warning", "Texts longer than Jira takes", "They are cut, with a note where."],
  many_comments: ["warning", "More than 5,000 comments", "The newest after these are left out."],
  many_files: ["warning", "More than 2,000 attachments", "Those after these are left out."],
  many_links: ["warning", "More than 2,000 links", "Those after these are left out."],
  missing: ["warning", "Listed and not shown", "Deleted or moved while the scan ran, or not for who reads. Scan again."],
  broken: ["danger", "Azure DevOps cannot tell them", "It answers with an error. Open them there, then scan again."],
};

// The sections of the result.
export function scanResult(scan) {
  return [sums(scan), limits(scan), kinds(scan), fields(scan), places(scan), rest(scan)].filter(Boolean);
}

function card(title, ...content) {
  return make("section", { class: "card" }, make("h3", {}, title), make("div", { class: "stack" }, ...content));
}

function sums(scan) {
  const facts = [
    ["Work items", scan.items],
    ["Comments", scan.comments, `on ${count(scan.commentedItems, "work item")}`],
    ["Links", Object.values(scan.links).reduce((sum, number) => sum + number, 0)],
    ["Attachments", scan.attachments.count, bytesWords(scan.attachments.bytes)],
    ["Images in texts", scan.inlineImages],
    ["People", scan.users.length, "their names are shown in the mapping"],
    ["Tags", scan.tags],
    ["Test items", scan.testItems, scan.testItems ? "their steps become text" : ""],
  ];
  const shown = facts.map(([name, number, detail]) => {
    const more = detail ? make("span", { class: "small subtle" }, detail) : null;
    return make("div", {}, make("dt", {}, name), make("dd", {}, make("strong", {}, number.toLocaleString("en")), more));
  });
  return card("What is there", make("dl", { class: "facts sums" }, ...shown));
}

function limits({ over }) {
  const found = Object.entries(over);
  if (!found.length) return null;
  const boxes = found.map(([code, { count: number, examples }]) => {
    const [tone, what, becomes] = OVER[code] ?? ["warning", code, "The check tells what becomes of them."];
    const more = number > examples.length ? " and others" : "";
    return messageBox(tone, what, becomes, `${count(number, "work item")}: ${examples.join(", ")}${more}.`);
  });
  return card("What does not fit into Jira as it is", ...boxes);
}

function kinds({ types, states }) {
  const byState = Object.entries(states).map(([name, value]) => ({ name, value }));
  const charts = make("div", { class: "halves" });
  charts.append(
    barTable({
      title: "By type",
      columns: ["Type", "Work items"],
      rows: types.map(({ name, count: value }) => ({ name, value })),
    }),
    barTable({ title: "By state", columns: ["State", "Work items"], rows: descending(byState) }),
  );
  return card("Types and states", charts, stateTable(types, states));
}

function descending(rows) {
  return rows.toSorted((one, other) => other.value - one.value);
}

// How many work items of each type are in each state
function stateTable(types, states) {
  const names = Object.keys(states);
  const heads = ["Type", ...names].map((name) => make("th", { scope: "col" }, name));
  const rows = types.map((type) => {
    const cells = names.map((name) => make("td", { class: "number" }, (type.states[name] ?? 0).toLocaleString("en")));
    return make("tr", {}, make("th", { scope: "row" }, type.name), ...cells);
  });
  const table = make(
    "table",
    { class: "table small" },
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows),
  );
  const scroll = make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": "States of each type" },
    table,
  );
  return make("details", {}, make("summary", {}, "States of each type"), scroll);
}

function fields({ fields: used, items }) {
  const rows = used.map(({ label, name, kind, filled, values }) => ({
    name: label,
    detail: [name, kind, Object.keys(values).length ? count(Object.keys(values).length, "value") : ""]
      .filter(Boolean)
      .join(", "),
    value: filled,
    words: `${filled.toLocaleString("en")} (${Math.round((filled / items) * 100)} %)`,
  }));
  const title = "How many work items have a value";
  return card("Fields in use", barTable({ title, columns: ["Field", "Filled"], rows: descending(rows), whole: items }));
}

function places({ areas, iterations }) {
  const tree = (title, nodes, words) =>
    make(
      "div",
      { class: "chart" },
      make("h4", {}, title),
      treeList(
        nodes.map((node) => ({ ...node, words: words(node) })),
        title,
      ),
    );
  const items = (node) => count(node.items, "work item");
  const dated = (node) =>
    [items(node), node.start ? `${node.start} to ${node.finish ?? "?"}` : ""].filter(Boolean).join(", ");
  return card(
    "Areas and iterations",
    make("div", { class: "halves" }, tree("Areas", areas, items), tree("Iterations", iterations, dated)),
  );
}

function rest({ links, attachments }) {
  const kinds = Object.entries(links).map(([kind, value]) => ({ name: linkWords(kind), value }));
  const biggest = attachments.biggest.slice(0, BIGGEST).map(({ workItem, bytes }) => ({
    name: `Work item ${workItem}`,
    value: bytes,
    words: bytesWords(bytes),
  }));
  const none = (words) => make("p", { class: "subtle" }, words);
  const columns = make("div", { class: "halves" });
  columns.append(
    kinds.length
      ? barTable({ title: "Links by kind", columns: ["Kind", "Links"], rows: descending(kinds) })
      : none("There are no links."),
    biggest.length
      ? barTable({ title: "The biggest attachments", columns: ["On", "Size"], rows: biggest })
      : none("There are no attachments."),
  );
  return card("Links and attachments", columns);
}

// Charts as shapes: bars without a line of style, so that the page's policy holds. What they show stands beside them
// as words and tables.

import { make } from "./elements.js";
import { amountOf, number, OUTCOMES } from "./migration_run_words.js";
import { clock } from "./words.js";

const WIDTH = 600;
const HEIGHT = 120;
const BAR = 12;

function shape(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function bar(name, title, { x, y, width, height }) {
  return shape("rect", { class: name, x, y, width, height }, shape("title", {}, title));
}

// The small square that says which colour is which outcome.
export function swatch(outcome) {
  const square = shape("rect", { class: outcome, width: 8, height: 8 });
  return shape("svg", { class: "swatch", viewBox: "0 0 8 8", "aria-hidden": "true" }, square);
}

// The outcomes of one line side by side; the numbers stand in the row above it.
export function shareBar(name, row) {
  const amounts = OUTCOMES.map((outcome) => [outcome, amountOf(row, outcome)]).filter(([, amount]) => amount);
  const total = Math.max(
    row.scanned,
    amounts.reduce((sum, [, amount]) => sum + amount, 0),
    1,
  );
  let x = 0;
  const bars = amounts.map(([outcome, amount]) => {
    const width = (WIDTH * amount) / total;
    const made = bar(outcome, `${outcome}: ${number(amount)}`, { x, y: 0, width, height: BAR });
    x += width;
    return made;
  });
  const words = amounts.map(([outcome, amount]) => `${number(amount)} ${outcome}`).join(", ");
  const attributes = {
    viewBox: `0 0 ${WIDTH} ${BAR}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": `${name}: ${words || "nothing"}`,
  };
  return shape("svg", attributes, ...bars);
}

// How many things ended in each stretch of time, as columns with a table of the same numbers.
export function paceChart(pace) {
  const most = Math.max(0, ...pace.map(({ rows }) => rows));
  if (!most) return null;
  const width = WIDTH / pace.length;
  const columns = pace.map(({ start, rows }, index) => {
    const height = (HEIGHT * rows) / most;
    const place = { x: index * width, y: HEIGHT - height, width: Math.max(width - 1, 0.5), height };
    return bar("pace", `${clock(start)}: ${number(rows)}`, place);
  });
  const span = `from ${clock(pace[0].start)} to ${clock(pace.at(-1).end)}`;
  const words = `Things that ended over time: ${number(most)} at most, ${span}`;
  const attributes = {
    class: "pace",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": words,
  };
  const figure = make("figure", { class: "report" }, shape("svg", attributes, ...columns));
  figure.append(make("figcaption", { class: "small subtle" }, `${words}.`), paceTable(pace));
  return figure;
}

function paceTable(pace) {
  const heads = ["From", "To", "Ended"].map((words) => make("th", { scope: "col" }, words));
  const rows = pace.map(({ start, end, rows: amount }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, clock(start)),
      make("td", {}, clock(end)),
      make("td", {}, number(amount)),
    ),
  );
  const table = make(
    "table",
    { class: "small" },
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows),
  );
  const scroll = make(
    "div",
    { class: "scroll tall", tabindex: "0", role: "group", "aria-label": "Numbers of the chart" },
    table,
  );
  return make("details", { class: "small" }, make("summary", {}, "The same as a table"), scroll);
}

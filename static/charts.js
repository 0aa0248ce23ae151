// Bars in a table: the numbers are there as text, the bar repeats them for the eye.

import { freshId, make } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 100; // of the drawing; the style sheet gives the size on the page
const SHOWN = 12; // rows before the rest is behind a button

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

// A bar of `part` of `whole`.
export function bar(part, whole) {
  const width = whole ? Math.max((part / whole) * WIDTH, part ? 0.5 : 0) : 0;
  const shape = { viewBox: `0 0 ${WIDTH} 8`, preserveAspectRatio: "none", class: "bar", "aria-hidden": "true" };
  const ground = draw("rect", { class: "bar-ground", width: WIDTH, height: 8 });
  return draw("svg", shape, ground, draw("rect", { class: "bar-part", width, height: 8 }));
}

// A table of `rows`: {name, detail, value, words}; `words` stand in for the value. `whole`: what a full bar means, the
// largest value by default. `columns`: [name, value]. Long tables show the first rows and a button for the others.
export function barTable({ title, columns, rows, whole = Math.max(...rows.map(({ value }) => value), 1) }) {
  const id = freshId("chart");
  const body = make("tbody", {}, ...rows.map((row, index) => barRow(row, whole, index >= SHOWN)));
  const heads = [
    make("th", { scope: "col" }, columns[0]),
    make("td", { class: "bar-cell", "aria-hidden": "true" }),
    make("th", { scope: "col", class: "number" }, columns[1]),
  ];
  const table = make("table", { class: "table bars", "aria-labelledby": id });
  table.append(make("thead", {}, make("tr", {}, ...heads)), body);
  return make("div", { class: "chart" }, make("h4", { id }, title), table, moreButton(body, rows.length, title));
}

function barRow({ name, detail, value, words }, whole, hidden) {
  const small = detail ? make("span", { class: "small subtle block" }, detail) : null;
  return make(
    "tr",
    { hidden },
    make("th", { scope: "row" }, name, small),
    make("td", { class: "bar-cell", "aria-hidden": "true" }, bar(value, whole)),
    make("td", { class: "number" }, words ?? value.toLocaleString("en")),
  );
}

function moreButton(body, all, title) {
  if (all <= SHOWN) return null;
  const words = `Show all ${all.toLocaleString("en")}`;
  const button = make("button", { type: "button", class: "button quiet compact" }, words);
  button.append(make("span", { class: "hidden-text" }, `: ${title}`));
  button.addEventListener("click", () => {
    const first = body.children[SHOWN];
    for (const row of body.children) row.hidden = false;
    button.remove();
    first.tabIndex = -1;
    first.focus();
  });
  return button;
}

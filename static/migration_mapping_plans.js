// The three plans of the hierarchy side by side: a picture of each, what it keeps and what it loses here.

import { freshId, make, setText } from "./elements.js";
import { messageBox } from "./messages.js";
import { count } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, ROW, LEFT, RIGHT] = [96, 24, 36, 2, 162];
const LEVELS = ["Epic", "Feature", "Story", "Task"];
// What each level of Azure DevOps becomes: [level of Jira, 'label' where it is kept as a label below]
const PLANS = [
  ["feature_as_epic", "Features become epics", ["Above", "Epic", "Story", "Sub-task"], [1, 1, 2, 3], [0]],
  ["epic_as_epic", "Epics become epics", ["Above", "Epic", "Story", "Sub-task"], [1, 2, 2, 3], [1]],
  ["levels", "A level above epics", ["Above epic", "Epic", "Story", "Sub-task"], [0, 1, 2, 3], []],
];

// `plans` of a suggestion, null while nobody asked; `compare(event)` asks. Selecting a plan changes nothing:
// `use(name, title, button)` is called when a person takes another one than `plan`.
export function plansSection({ plan, plans, use, compare }) {
  const id = freshId("plans");
  const lead =
    "Azure DevOps has one level more than Jira without Premium. Each plan keeps other parents; what it cannot keep " +
    "as a parent becomes a label.";
  const group = make("div", { class: "plans", role: "radiogroup", "aria-labelledby": id });
  const choice = choicePart(plan, use);
  group.append(...PLANS.map((shape) => planPart(shape, plan, plans, choice.select)));
  const ask = make(
    "button",
    { type: "button", class: "button", onclick: compare },
    "Compare the plans for this project",
  );
  const parts = [make("p", { class: "subtle" }, lead), group, choice.element, plans ? null : ask];
  const body = make("div", { class: "map-body" }, ...parts);
  return make("section", { class: "card", "aria-labelledby": id }, make("h3", { id }, "Hierarchy"), body);
}

// The button that takes the plan that is selected, and which one that is.
function choicePart(plan, use) {
  const id = freshId("choice");
  const words = make("span", { id, class: "small subtle", role: "status" });
  const button = make("button", { type: "button", class: "button", "aria-describedby": id }, "Use this plan");
  let selected = [];
  const select = (name, title) => {
    selected = [name, title];
    if (name === plan) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    setText(words, `“${title}” is ${name === plan ? "in use" : "selected, and not in use yet"}.`);
  };
  button.addEventListener("click", () => selected[0] !== plan && use(...selected, button));
  for (const [name, title] of PLANS) if (name === plan) select(name, title);
  return { element: make("div", { class: "row" }, button, words), select };
}

function planPart([name, title, targets, becomes, labels], plan, plans, select) {
  const told = plans?.find((each) => each.name === name);
  const detailId = freshId("plan");
  const radio = make("input", {
    type: "radio",
    name: "plan",
    value: name,
    checked: name === plan,
    "aria-describedby": detailId,
  });
  radio.disabled = told?.isPossible === false && name !== plan;
  radio.addEventListener("change", () => select(name, title));
  const words = make("div", { id: detailId, class: "plan-words small" }, ...plainWords(told));
  const label = make("label", { class: "row" }, radio, make("strong", {}, title));
  return make(
    "div",
    { class: name === plan ? "plan chosen" : "plan" },
    label,
    picture(targets, becomes, labels),
    words,
  );
}

function plainWords(told) {
  if (!told) return [make("p", { class: "subtle" }, "What it loses here is told when the plans are compared.")];
  const lost = told.lost.reduce((sum, one) => sum + one.count, 0);
  const items = told.lost.map((one) =>
    make("li", {}, `${one.type} below ${one.parent}: ${one.count.toLocaleString("en")}`),
  );
  const kept = `Keeps ${count(told.kept, "parent")}.`;
  if (!told.isPossible) return [messageBox("warning", null, told.detail.split(". ")[0].replace(/\.?$/, "."))];
  const hint = told.isSuggested ? make("p", {}, make("strong", {}, "Suggested here.")) : null;
  if (!lost) return [hint, make("p", {}, `${kept} Loses none.`)].filter(Boolean);
  return [hint, make("p", {}, `${kept} ${count(lost, "parent")} only as labels:`), make("ul", {}, ...items)].filter(
    Boolean,
  );
}

function picture(targets, becomes, labels) {
  const used = new Set(becomes);
  const parts = [];
  becomes.forEach((to, from) => {
    const lost = labels.includes(from) ? " plan-lost" : "";
    parts.push(draw("path", { class: `plan-line${lost}`, d: line(from, to) }));
  });
  LEVELS.forEach((words, index) => parts.push(...box(LEFT, index, words, "plan-source")));
  targets.forEach((words, index) => used.has(index) && parts.push(...box(RIGHT, index, words, "plan-target")));
  const shape = {
    viewBox: `0 0 ${RIGHT + WIDTH + 2} ${ROW * 3 + HEIGHT + 4}`,
    class: "plan-picture",
    "aria-hidden": "true",
  };
  return draw("svg", shape, ...parts);
}

function line(from, to) {
  const [x1, x2] = [LEFT + WIDTH, RIGHT];
  const [y1, y2] = [from, to].map((index) => index * ROW + HEIGHT / 2 + 2);
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function box(x, index, words, name) {
  const y = index * ROW + 2;
  const shape = draw("rect", { class: name, x, y, width: WIDTH, height: HEIGHT, rx: 3 });
  const text = draw(
    "text",
    { class: "plan-text", x: x + WIDTH / 2, y: y + HEIGHT / 2 + 4, "text-anchor": "middle" },
    words,
  );
  return [shape, text];
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

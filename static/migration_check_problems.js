// The problems of a check: by how bad they are, alike ones together, each with what to do about it.

import { freshId, make } from "./elements.js";
import { lozenge, setLozenge } from "./messages.js";
import { waiverButton } from "./migration_check_waivers.js";
import { exampleWords } from "./migration_run_problems.js";
import { number } from "./migration_run_words.js";
import { count } from "./words.js";

const SHOWN = 5; // alike ones that are seen at once; the rest can be opened
const HEADS = {
  error: ["danger", "error", "No run starts before each of these is mended or waived."],
  warning: ["warning", "warning", "Something is lost, cut or left out. The report lists it; the run may start."],
  info: ["information", "note", "Good to know; nothing has to be done."],
};
const NOWHERE = ["", "/options/history"]; // pointers that name no row of the mapping

// A section for the problems of one severity, null when there are none; `update()` after one was waived.
export function problemGroup(desk, severity, problems, changed) {
  if (!problems.length) return null;
  const [tone, word, words] = HEADS[severity];
  const id = freshId("problems");
  const title = make("h3", { id }, lozenge(tone, count(problems.length, word)));
  const lead = make("p", { class: "small subtle" }, words);
  const items = [...groupAlike(problems).values()].map((alike) => alikeItem(desk, tone, alike, changed));
  const list = make("ul", { class: "findings" }, ...items.map(({ element }) => element));
  const element = make("section", { class: "stack", "aria-labelledby": id }, title, lead);
  element.append(severity === "info" ? make("details", {}, make("summary", {}, "Show the notes"), list) : list);
  return { element, update: () => items.forEach((item) => item.update()) };
}

function groupAlike(problems) {
  const groups = new Map();
  for (const problem of problems) groups.set(problem.code, [...(groups.get(problem.code) ?? []), problem]);
  return groups;
}

// All problems of one code: they are mended in the same way, and waived together.
function alikeItem(desk, tone, alike, changed) {
  const [first] = alike;
  const mark = lozenge(tone, "");
  const waiver = first.severity === "error" ? waiverButton(desk, first, changed) : null;
  const head = make("div", { class: "row spread" }, make("div", { class: "row" }, make("code", {}, first.code), mark));
  if (waiver) head.append(waiver.element);
  const advice = first.advice ? make("p", { class: "subtle" }, first.advice) : null;
  const element = make("li", { class: `finding ${tone}` }, head, advice, ...problemLines(desk, alike));
  const update = () => {
    mark.hidden = !first.waived;
    setLozenge(mark, "neutral", "Waived");
    waiver?.update();
  };
  return { element, update };
}

function problemLines(desk, alike) {
  const line = (problem) => problemLine(desk, problem);
  const lines = [make("ul", { class: "lines-of" }, ...alike.slice(0, SHOWN).map(line))];
  const rest = alike.slice(SHOWN);
  if (!rest.length) return lines;
  const summary = make("summary", { class: "small" }, `${number(rest.length)} more of these`);
  return [...lines, make("details", {}, summary, make("ul", { class: "lines-of" }, ...rest.map(line)))];
}

function problemLine(desk, problem) {
  const amount = make(
    "span",
    { class: "amount-of" },
    number(problem.count),
    make("span", { class: "hidden-text" }, ": "),
  );
  const words = make("div", {}, make("p", {}, problem.detail), exampleWords(problem.examples, desk.addressOf));
  return make("li", {}, amount, words, NOWHERE.includes(problem.where) ? null : rowButton(desk.wizard, problem));
}

function rowButton(wizard, problem) {
  const words = make("span", { class: "hidden-text" }, ` for: ${problem.detail}`);
  const button = make("button", { type: "button", class: "button compact" }, "Go to the mapping", words);
  button.addEventListener("click", () => {
    wizard.problem = problem;
    wizard.go("mapping");
  });
  return button;
}

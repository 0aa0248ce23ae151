// The problems of a check: by how bad they are, each with what to do about it.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { freshId, make } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { lozenge, setLozenge } from "./messages.js";
import { exampleWords } from "./migration_run_problems.js";
import { number } from "./migration_run_words.js";
import { count } from "./words.js";

const SHOWN = 50; // at once; the rest on demand
const HEADS = {
  error: ["danger", "error", "They keep a run from starting until they are mended or waived."],
  warning: ["warning", "warning", "Something is lost, cut or left out. The report lists it; the run may start."],
  info: ["information", "note", "Good to know; nothing has to be done."],
};

// A section for the problems of one severity, null when there are none; `update()` after one was waived.
export function problemGroup(desk, severity, problems, changed) {
  if (!problems.length) return null;
  const [tone, word, words] = HEADS[severity];
  const id = freshId("problems");
  const title = make("h3", { id, class: "row" }, lozenge(tone, count(problems.length, word)));
  const items = problems.map((problem) => problemItem(desk, tone, problem, changed));
  const list = make("ul", { class: "findings" }, ...items.slice(0, SHOWN).map(({ element }) => element));
  const element = make("section", { class: "stack", "aria-labelledby": id }, title, make("p", { class: "small subtle" }, words), list);
  if (items.length > SHOWN) element.append(moreButton(list, items.slice(SHOWN)));
  return { element, update: () => items.forEach((item) => item.update()) };
}

function moreButton(list, rest) {
  const more = make("button", { type: "button", class: "button compact" }, `Show ${number(rest.length)} more`);
  more.addEventListener("click", () => {
    list.append(...rest.map(({ element }) => element));
    rest[0].element.tabIndex = -1;
    rest[0].element.focus();
    more.remove();
  });
  return make("div", {}, more);
}

function problemItem(desk, tone, problem, changed) {
  const mark = lozenge(tone, "");
  const head = make("div", { class: "row" }, make("code", { class: "subtle" }, problem.code), mark);
  const amount = problem.count > 1 ? make("span", { class: "subtle" }, ` Counted ${number(problem.count)} times.`) : null;
  const said = make("p", {}, problem.detail, amount);
  const advice = problem.advice ? make("p", { class: "subtle" }, problem.advice) : null;
  const buttons = make("div", { class: "row" });
  const element = make("li", { class: `finding ${tone}` });
  element.append(make("div", { class: "stack tight" }, head, said, advice, exampleWords(problem.examples, desk.addressOf)), buttons);
  if (problem.where && problem.where !== "/options/history") buttons.append(rowButton(desk.wizard, problem));
  const waive = problem.severity === "error" ? waiveButton(desk, problem, changed) : null;
  if (waive) buttons.append(waive);
  const update = () => {
    mark.hidden = !problem.waived;
    setLozenge(mark, "neutral", "Waived");
    if (!waive) return;
    const words = problem.waived ? "Take the waiver back" : "Waive";
    waive.replaceChildren(words, make("span", { class: "hidden-text" }, `: ${problem.code}`));
  };
  return { element, update };
}

function rowButton(wizard, { where, code }) {
  const words = make("span", { class: "hidden-text" }, `: ${code}`);
  const button = make("button", { type: "button", class: "button compact" }, "Go to the mapping", words);
  button.addEventListener("click", () => {
    wizard.pointer = where;
    wizard.go("mapping");
  });
  return button;
}

function waiveButton(desk, problem, changed) {
  const button = make("button", { type: "button", class: "button compact" });
  button.addEventListener("click", async () => {
    const done = await (problem.waived ? takeBack(desk, problem, button) : askToWaive(desk, problem));
    if (!done) return;
    desk.waive(problem.code, !problem.waived);
    changed();
    raiseFlag(problem.waived ? `${problem.code} was waived.` : `${problem.code} counts again.`);
  });
  return button;
}

function askToWaive(desk, { code, detail, advice }) {
  const after =
    "A run may start in spite of it, also in later checks of this migration. What does not arrive by that is told in the " +
    "report. You can take the waiver back here.";
  return askWith({
    title: `Waive ${code}?`,
    content: [make("p", {}, detail), make("p", { class: "subtle" }, advice), make("p", {}, after)],
    action: "Waive",
    busy: "Saving…",
    tone: "danger",
    act: () => saveWaiver(desk, code, true),
  });
}

async function takeBack(desk, { code }, button) {
  if (button.hasAttribute("aria-disabled")) return false;
  button.setAttribute("aria-disabled", "true");
  try {
    return await saveWaiver(desk, code, false);
  } catch (refusal) {
    raiseFlag(refusal.message, "danger");
    return false;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// A new version of the mapping, which is read anew so that nothing of it is lost. Raises Refusal.
async function saveWaiver({ wizard }, code, waived) {
  const path = `migrations/${wizard.migration.id}/mapping`;
  const mapping = await call("GET", path);
  const others = mapping.waivers.filter((waiver) => waiver !== code);
  await call("PUT", path, { ...mapping, waivers: waived ? [...others, code] : others });
  await wizard.refresh();
  return true;
}

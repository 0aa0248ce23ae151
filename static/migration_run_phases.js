// The phases of a run one under the other, each with how far it is.

import { make, setText } from "./elements.js";
import { setLozenge, lozenge } from "./messages.js";
import { number, PHASES, phaseWords, rowWords } from "./migration_run_words.js";

const UNCOUNTED = ["plan", "report"]; // phases without rows of their own

// A list with `update(run)`.
export function phaseList() {
  const items = new Map(PHASES.map(([name, words]) => [name, phaseItem(name, words)]));
  const element = make("ol", { class: "phases" }, ...[...items.values()].map((item) => item.element));
  const update = (run) => {
    const names = PHASES.map(([name]) => name);
    const place = run.phase === "repair" ? 0 : names.indexOf(run.phase);
    names.forEach((name, index) => {
      const found = run.phases.find(({ phase }) => phase === name) ?? { done: 0, total: 0, counts: {} };
      items.get(name).update(found, standing(run, index, place), run);
    });
  };
  return { element, update };
}

function standing(run, index, place) {
  if (run.state === "done") return "over";
  if (index < place) return "over";
  return index === place ? "now" : "later";
}

function phaseItem(name, words) {
  const mark = lozenge("neutral", "");
  const amount = make("span", { class: "phase-amount" });
  const bar = make("progress", { max: 1, value: 0, "aria-label": words });
  const counts = make("p", { class: "small subtle" });
  const element = make("li", {}, make("span", { class: "phase-name" }, words), mark, amount, bar, counts);
  const update = ({ done, total, counts: states }, stands, run) => {
    if (stands === "now") element.setAttribute("aria-current", "step");
    else element.removeAttribute("aria-current");
    setLozenge(mark, ...markWords(stands, total, run, !UNCOUNTED.includes(name)));
    setText(amount, total ? `${number(done)} of ${number(total)}` : "");
    bar.hidden = !total;
    bar.max = Math.max(1, total);
    bar.value = done;
    setText(counts, total ? stateWords(states) : "");
  };
  return { element, update };
}

function markWords(stands, total, { state }, isCounted) {
  if (stands === "over") return total || !isCounted ? ["success", "Done"] : ["neutral", "Nothing to do"];
  if (stands === "later") return ["neutral", "Later"];
  if (state === "running") return ["information", "Now"];
  return state === "failed" ? ["danger", "Stopped here"] : ["neutral", "Stopped here"];
}

function stateWords(states) {
  return Object.entries(states)
    .filter(([, amount]) => amount)
    .map(([state, amount]) => `${number(amount)} ${rowWords(state)}`)
    .join(", ");
}

// How much of everything has ended: [done, total]. While the scope is being read the total still grows.
export function sumPhases({ phases }) {
  const sum = (name) => phases.reduce((total, phase) => total + phase[name], 0);
  return [sum("done"), sum("total")];
}

// One sentence for those who listen.
export function spokenProgress(run) {
  const phase = run.phases.find(({ phase: name }) => name === run.phase);
  const amount = phase?.total ? `: ${number(phase.done)} of ${number(phase.total)}` : "";
  return `${phaseWords(run.phase)}${amount}.`;
}

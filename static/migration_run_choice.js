// Which run of a migration is looked at: the one that was chosen, else the newest. Kept as long as the page is open.

import { call } from "./api.js";
import { make } from "./elements.js";
import { lozenge } from "./messages.js";
import { phaseWords, runWords } from "./migration_run_words.js";
import { runKindWords } from "./migration_words.js";
import { ago, clock } from "./words.js";

const chosen = new Map();

export function chooseRun(migrationId, runId) {
  chosen.set(migrationId, runId);
}

// The runs of a migration, the newest first. Raises Refusal.
export async function readRuns(migrationId) {
  return (await call("GET", `migrations/${migrationId}/runs`)).items;
}

export function findRun(migrationId, runs) {
  return runs.find(({ id }) => id === chosen.get(migrationId)) ?? runs[0] ?? null;
}

// A table of runs in which another one can be chosen; `open(run, words)` is called with it.
export function runTable(runs, shown, choices) {
  const heads = ["Run", "State", "Started", "Mapping", ""].map((words) => make("th", { scope: "col" }, words));
  const rows = runs.map((run) => runRow(run, run.id === shown?.id, choices));
  const table = make(
    "table",
    { class: "table" },
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows),
  );
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Runs of this migration" }, table);
}

function runRow(run, isShown, choices) {
  const [tone, words] = runWords(run);
  const state = run.endedAt ? words : `${words}: ${phaseWords(run.phase).toLowerCase()}`;
  const buttons = choices.map(([name, open]) => {
    const button = make("button", { type: "button", class: "button compact" }, name);
    button.setAttribute("aria-label", `${name}: ${runKindWords(run.kind).toLowerCase()} of ${clock(run.startedAt)}`);
    button.addEventListener("click", () => open(run));
    return button;
  });
  const actions = make(
    "td",
    {},
    isShown ? make("span", { class: "subtle small" }, "Shown here") : make("div", { class: "row" }, ...buttons),
  );
  return make(
    "tr",
    { "aria-current": isShown ? "true" : null },
    make("th", { scope: "row" }, runKindWords(run.kind)),
    make("td", {}, lozenge(tone, state)),
    make("td", { title: clock(run.startedAt) }, ago(run.startedAt)),
    make("td", {}, `Version ${run.mappingVersion}`),
    actions,
  );
}

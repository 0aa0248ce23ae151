// The words of runs: phases, outcomes and times as people say them.

import { stateWords } from "./migration_words.js";
import { count, duration } from "./words.js";

// In their order; `repair` comes before them, and only when somebody asked for it
export const PHASES = [
  ["plan", "Read what is in scope"],
  ["prepare", "Make sprints and components"],
  ["items", "Make the issues"],
  ["links", "Link them"],
  ["comments", "Add the comments"],
  ["files", "Copy the files"],
  ["close", "Close sprints that are over"],
  ["verify", "Read everything back and compare"],
  ["report", "Add up the report"],
];

export const OUTCOMES = ["created", "adopted", "updated", "unchanged", "skipped", "failed", "open"];

const ROWS = { planned: "planned", sending: "on their way" };

// [tone, words] of a run. One that is done is not simply done when something failed or differs.
export function runWords({ state, broken }) {
  return state === "done" && broken ? ["warning", "Done, not perfect"] : stateWords(state);
}

export function phaseWords(phase) {
  if (phase === "repair") return "Plan again what failed or differs";
  return PHASES.find(([name]) => name === phase)?.[1] ?? phase;
}

export function rowWords(state) {
  return ROWS[state] ?? state;
}

// A code such as `file_too_large` as words
export function reasonWords(code) {
  return code.replaceAll("_", " ").replaceAll(",", ", ");
}

export function number(amount) {
  return amount.toLocaleString("en");
}

// "about 12 minutes"; from two hours on in whole hours
export function leftWords(seconds) {
  if (seconds < 60) return "less than a minute";
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `about ${count(minutes, "minute")}`;
  return `about ${count(Math.floor(minutes / 60), "hour")}`;
}

// How long something took: "1 h 2 min 3 s"
export function spanWords(seconds) {
  if (seconds < 60) return duration(seconds);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${number(hours)} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

// How much of a line of the ledger came to one end; `skipped` and `failed` are kept by reason.
export function amountOf(row, outcome) {
  const value = row[outcome];
  return typeof value === "number" ? value : Object.values(value).reduce((sum, amount) => sum + amount, 0);
}

// The lines of a ledger that count things; that of bytes counts the same files once more.
export function ledgerRows({ types, comments, links, attachments }) {
  return [...Object.values(types), comments, links, attachments];
}

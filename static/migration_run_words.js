// The words of runs: states, phases, outcomes and amounts as people say them.

import { count, duration } from "./words.js";

const STATES = {
  queued: ["information", "Waiting for a worker"],
  running: ["information", "Running"],
  pausing: ["neutral", "Pausing"],
  paused: ["neutral", "Paused"],
  done: ["success", "Done"],
  failed: ["danger", "Failed"],
  cancelled: ["neutral", "Cancelled"],
  rolled_back: ["neutral", "Rolled back"],
};

export const KINDS = { full: "Full run", sample: "Sample run", delta: "Delta run" };

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
const BYTES = ["bytes", "kB", "MB", "GB", "TB"];

// [tone, words] of a run. One that is done and has failed rows is not simply done.
export function runWords({ state, counts }) {
  if (state === "done" && counts?.failed) return ["warning", "Done, with failures"];
  return STATES[state] ?? ["neutral", state];
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

// "1.2 GB"
export function sizeWords(bytes) {
  const step = Math.min(BYTES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  if (!step) return count(bytes, "byte");
  return `${(bytes / 1000 ** step).toLocaleString("en", { maximumFractionDigits: 1 })} ${BYTES[step]}`;
}

// "about 12 minutes"; what is longer than two hours in hours and minutes
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

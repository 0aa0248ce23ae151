// Whether everything that was read is accounted for: the first thing anybody wants to know of a run.

import { make } from "./elements.js";
import { messageBox } from "./messages.js";
import { amountOf, ledgerRows } from "./migration_run_words.js";
import { count } from "./words.js";

const CUT = "The run ended while it was still reading what there is. Start another one.";
const OFF = "Lines that do not add up are marked below. Verify the run again; if they stay, do not rely on this run.";

export function verdictPart({ endedAt, balanced, complete, error, ledger, flaws }) {
  const boxes = [endedAt === null ? notEnded() : balanced ? balancedBox(ledger, flaws) : unbalancedBox()];
  if (flaws.length) boxes.push(flawsBox(flaws));
  if (!complete) boxes.push(messageBox("danger", "Not everything in scope was read", CUT));
  if (error) boxes.push(messageBox("danger", "The run could not go on", error.detail));
  return make("div", { class: "stack" }, ...boxes);
}

function notEnded() {
  return messageBox("information", "The run has not ended", "What is open is counted as open below.");
}

function balancedBox(ledger, flaws) {
  const failed = ledgerRows(ledger).reduce((sum, row) => sum + amountOf(row, "failed"), 0);
  const nothing = flaws.length ? "" : "Nothing failed.";
  const words = failed ? `${count(failed, "thing")} failed, which the table tells by reason.` : nothing;
  const tone = failed ? "warning" : "success";
  return messageBox(tone, "The ledger balances", `Everything that was read is accounted for. ${words}`.trim());
}

// Sprints and components are no work items: the ledger, which counts what was read, does not tell of them.
function flawsBox(flaws) {
  const lines = make("ul", {}, ...flaws.map(({ detail }) => make("li", {}, detail)));
  return messageBox("warning", "Not everything is in its place", lines);
}

function unbalancedBox() {
  return make("div", { role: "alert" }, messageBox("danger", "The ledger does NOT balance", OFF));
}

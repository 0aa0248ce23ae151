// The ledger as a table: a line for each type and each kind of part, its numbers, and a bar that shows their shares.

import { make } from "./elements.js";
import { lozenge } from "./messages.js";
import { shareBar, swatch } from "./migration_report_charts.js";
import { amountOf, number, OUTCOMES, reasonWords } from "./migration_run_words.js";

const PARTS = [
  ["comments", "Comments"],
  ["links", "Links"],
  ["attachments", "Files"],
  ["bytes", "Bytes of files"],
];

export function ledgerTable(ledger) {
  const parts = PARTS.map(([name, words]) => [words, ledger[name]]).filter(
    ([, row]) => row.scanned || sumOutcomes(row),
  );
  const lines = [...Object.entries(ledger.types), ...parts];
  const heads = OUTCOMES.map((outcome) => make("th", { scope: "col" }, swatch(outcome), outcomeWords(outcome)));
  const columns = [make("th", { scope: "col" }, "Of"), make("th", { scope: "col" }, "Read"), ...heads];
  const body = make("tbody", {}, ...lines.flatMap(([name, row]) => lineRows(name, row)));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...columns)), body);
  const scroll = make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "The ledger" }, table);
  return make("div", { class: "report" }, scroll);
}

function outcomeWords(outcome) {
  return outcome.charAt(0).toUpperCase() + outcome.slice(1);
}

function sumOutcomes(row) {
  return OUTCOMES.reduce((sum, outcome) => sum + amountOf(row, outcome), 0);
}

function balances(row) {
  return !row.open && row.scanned === sumOutcomes(row);
}

function lineRows(name, row) {
  const isRight = balances(row);
  const title = make("th", { scope: "row" }, name);
  if (!isRight) title.append(" ", lozenge("danger", row.open ? "Open" : "Does not add up"));
  const amounts = [row.scanned, ...OUTCOMES.map((outcome) => amountOf(row, outcome))];
  const cells = amounts.map((amount) => make("td", { class: amount ? null : "none" }, number(amount)));
  const chart = make("td", { colspan: cells.length + 1 }, shareBar(name, row), ...reasonLines(row));
  return [make("tr", { class: isRight ? null : "off" }, title, ...cells), make("tr", { class: "chart" }, chart)];
}

function reasonLines(row) {
  return ["skipped", "failed"]
    .filter((outcome) => Object.keys(row[outcome]).length)
    .map((outcome) => {
      const reasons = Object.entries(row[outcome]).map(
        ([reason, amount]) => `${number(amount)} ${reasonWords(reason)}`,
      );
      return make("p", { class: "small subtle" }, `${outcomeWords(outcome)}: ${reasons.join(", ")}`);
    });
}

// The report of a run: what became of everything that was read, what differs, and what it cost.

import { call } from "./api.js";
import { make } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { messageBox } from "./messages.js";
import { fileButtons } from "./migration_report_files.js";
import { ledgerTable } from "./migration_report_ledger.js";
import { costPart, differencesPart, fieldsPart, hierarchyPart, peoplePart, reportSection } from "./migration_report_parts.js";
import { repairPart } from "./migration_report_repair.js";
import { verdictPart } from "./migration_report_verdict.js";
import { chooseRun, findRun, readRuns, runTable } from "./migration_run_choice.js";
import { findAddresses } from "./migration_run_problems.js";
import { amountOf, ledgerRows, runWords } from "./migration_run_words.js";
import { runKindWords } from "./migration_words.js";
import { clock } from "./words.js";

// Raises Refusal when the report cannot be read.
export async function showReport(place, wizard) {
  const desk = { wizard, stopped: false, stopFollowing: () => {} };
  desk.addressOf = await findAddresses(wizard.migration);
  desk.place = place;
  await showChosen(desk);
  return () => {
    desk.stopped = true;
    desk.stopFollowing();
  };
}

async function showChosen(desk) {
  const { migration } = desk.wizard;
  const runs = await readRuns(migration.id);
  const chosen = findRun(migration.id, runs);
  if (!chosen) return desk.place.replaceChildren(messageBox("information", null, "There was no run yet."));
  const [report, run] = await Promise.all([call("GET", `runs/${chosen.id}/report`), call("GET", `runs/${chosen.id}`)]);
  if (desk.stopped) return;
  desk.stopFollowing();
  desk.place.replaceChildren(...reportParts(desk, report, run), ...otherRuns(desk, runs, chosen));
}

function otherRuns(desk, runs, chosen) {
  if (runs.length < 2) return [];
  const open = async (run) => {
    chooseRun(desk.wizard.migration.id, run.id);
    try {
      await showChosen(desk);
      desk.place.querySelector("h3")?.focus();
    } catch (refusal) {
      raiseFlag(refusal.message, "danger");
    }
  };
  return [make("section", { class: "stack" }, make("h3", {}, "All runs"), runTable(runs, chosen, [["Report", open]]))];
}

function reportParts(desk, report, run) {
  const repair = repairPart(desk, report, run, () => showChosen(desk));
  return [
    headPart(report, run),
    verdictPart(report),
    repair,
    reportSection("What became of everything", ledgerTable(report.ledger), ...csvWords(report)),
    differencesPart(desk, report),
    hierarchyPart(desk, report),
    fieldsPart(report),
    peoplePart(report),
    costPart(report),
  ].filter(Boolean);
}

function headPart(report, run) {
  const ended = report.endedAt ? ` to ${clock(report.endedAt)}` : ", not ended";
  const state = `${runKindWords(report.kind)}, ${runWords(run)[1].toLowerCase()}`;
  const words = `${state}: ${clock(report.startedAt)}${ended}, with version ${report.mappingVersion} of the mapping.`;
  const title = make("h3", { tabindex: "-1" }, `Report of ${report.project ?? "a migration that was deleted"}`);
  const lead = make("div", {}, title, make("p", { class: "subtle" }, words));
  return make("div", { class: "row spread report-part" }, lead, fileButtons(report));
}

function csvWords({ ledger, broken }) {
  const some = ledgerRows(ledger).some((row) => amountOf(row, "skipped"));
  const words = "Which ones were skipped, failed or differ, with numbers and reasons, is in the CSV file.";
  return some || broken ? [make("p", { class: "small subtle" }, words)] : [];
}

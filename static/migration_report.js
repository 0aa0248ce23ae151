// The report of a run: what became of everything that was read, what differs, and what it cost.

import { call } from "./api.js";
import { make } from "./elements.js";
import { messageBox } from "./messages.js";
import { paceChart } from "./migration_report_charts.js";
import { fileButtons } from "./migration_report_files.js";
import { ledgerTable } from "./migration_report_ledger.js";
import { repairPart } from "./migration_report_repair.js";
import { chooseRun, findRun, readRuns, runTable } from "./migration_run_choice.js";
import { findAddresses, problemLine } from "./migration_run_problems.js";
import { KINDS, number, reasonWords, runWords, sizeWords, spanWords } from "./migration_run_words.js";
import { clock, count } from "./words.js";

const PLANS = {
  feature_as_epic: "Features become epics",
  epic_as_epic: "Epics become epics",
  levels: "Every level keeps its own level in Jira",
};

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
    await showChosen(desk);
    desk.place.querySelector("h3")?.focus();
  };
  return [make("section", { class: "stack" }, make("h3", {}, "All runs"), runTable(runs, chosen, [["Report", open]]))];
}

function reportParts(desk, report, run) {
  const repair = repairPart(desk, report, run, () => showChosen(desk));
  return [
    headPart(report, run),
    verdictPart(report),
    repair,
    section("What became of everything", ledgerTable(report.ledger), csvWords(report)),
    differencesPart(desk, report),
    hierarchyPart(report),
    peoplePart(report),
    costPart(report),
  ].filter(Boolean);
}

function section(title, ...content) {
  return make("section", { class: "stack report-part" }, make("h3", {}, title), ...content);
}

function headPart(report, run) {
  const times = report.endedAt ? `${clock(report.startedAt)} to ${clock(report.endedAt)}` : `begun ${clock(report.startedAt)}`;
  const words = `${KINDS[report.kind]}, ${runWords(run)[1].toLowerCase()}: ${times}, with version ${report.mappingVersion} of the mapping.`;
  const title = make("h3", { tabindex: "-1" }, `Report of ${report.project ?? "a migration that was deleted"}`);
  return make("div", { class: "row spread" }, make("div", {}, title, make("p", { class: "subtle" }, words)), fileButtons(report));
}

// Whether everything that was read is accounted for: the first thing anybody wants to know.
function verdictPart({ endedAt, balanced, complete, error, ledger }) {
  const boxes = [];
  const rows = [...Object.values(ledger.types), ledger.comments, ledger.links, ledger.attachments];
  const failed = rows.flatMap((row) => Object.values(row.failed)).reduce((sum, amount) => sum + amount, 0);
  if (endedAt === null) boxes.push(messageBox("information", "The run has not ended", "What is open is counted as open below."));
  else if (balanced) boxes.push(messageBox("success", "The ledger balances", `Everything that was read is accounted for. ${failedWords(failed)}`));
  else {
    const words = "Lines whose numbers do not add up are marked below. Verify the run again; if they stay, do not rely on this run.";
    boxes.push(make("div", { role: "alert" }, messageBox("danger", "The ledger does NOT balance", words)));
  }
  if (!complete) boxes.push(messageBox("danger", "Not everything in scope was read", "The run ended while it was being planned. Start another one."));
  if (error) boxes.push(messageBox("danger", "The run could not go on", error.detail));
  return make("div", { class: "stack" }, ...boxes);
}

function failedWords(failed) {
  return failed ? `${count(failed, "thing")} failed, which the table tells by reason.` : "Nothing failed.";
}

function csvWords({ ledger }) {
  const rows = [...Object.values(ledger.types), ledger.comments, ledger.links, ledger.attachments];
  const some = rows.some(({ skipped, failed }) => Object.keys(skipped).length + Object.keys(failed).length);
  return some ? make("p", { class: "small subtle" }, "Which ones they are, with numbers and reasons, is in the CSV file.") : null;
}

function differencesPart(desk, { differences, problems }) {
  const lines = Object.entries(differences ?? {}).map(([codes, amount]) =>
    make("li", {}, `Different ${reasonWords(codes)}: ${number(amount)}`),
  );
  const found = problems.map((problem) => problemLine(problem, desk.addressOf));
  if (!lines.length && !found.length) return null;
  const lists = [lines.length ? make("ul", { class: "plain" }, ...lines) : null, found.length ? make("ul", { class: "findings" }, ...found) : null];
  return section("What differs, and what was found", ...lists.filter(Boolean));
}

function hierarchyPart({ hierarchy }) {
  if (!hierarchy) return null;
  const heads = ["Work item type", "Becomes", "Work items", "Why"].map((words) => make("th", { scope: "col" }, words));
  const rows = hierarchy.types.map(({ source, target, items, reason, targetName }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, source),
      make("td", {}, target === null ? "left out" : (targetName ?? target)),
      make("td", { class: "amount" }, number(items)),
      make("td", {}, reason || "–"),
    ),
  );
  const table = make("table", { class: "table" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
  const scroll = make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "What the types became" }, table);
  return section("Hierarchy", make("p", {}, `${PLANS[hierarchy.plan] ?? reasonWords(hierarchy.plan)}.`), scroll);
}

function peoplePart({ people }) {
  if (!people) return null;
  const words = `${count(people.withAccount, "person has", "people have")} an account in Jira; ${count(people.withoutAccount, "has", "have")} none, and their names stand in the text.`;
  return section("People", make("p", {}, words));
}

function costPart(report) {
  const facts = [
    ["Time", spanWords(report.seconds)],
    ["Speed", report.perMinute === null ? "–" : `${number(Math.round(report.perMinute))} a minute`],
    ["Calls to Jira", number(report.jiraCalls)],
    ["Points", number(report.points)],
    ["Calls to Azure DevOps", number(report.adoCalls)],
    ["Files", sizeWords(report.bytes)],
  ].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return section("Time and cost", make("dl", { class: "facts" }, ...facts), paceChart(report.pace));
}


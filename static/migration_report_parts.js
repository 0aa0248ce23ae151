// The parts of a report below its ledger: what differs, hierarchy, fields, people, time and cost.

import { call } from "./api.js";
import { make, setText } from "./elements.js";
import { paceChart } from "./migration_report_charts.js";
import { problemLine } from "./migration_run_problems.js";
import { number, reasonWords, spanWords } from "./migration_run_words.js";
import { bytesWords } from "./migration_words.js";
import { count } from "./words.js";

const PLANS = {
  feature_as_epic: "Features become epics",
  epic_as_epic: "Epics become epics",
  levels: "Every level keeps a level of its own in Jira",
};

export function reportSection(title, ...content) {
  return make("section", { class: "stack report-part" }, make("h3", {}, title), ...content);
}

// Verifying tells what differs in sentences; the words of rows stand for them only where it was cut off.
export function differencesPart(desk, { differences, problems }) {
  const isTold = problems.some(({ phase }) => phase === "verify");
  const lines = (isTold ? [] : Object.entries(differences)).map(([codes, amount]) =>
    make("li", {}, `Different ${reasonWords(codes)}: ${number(amount)}`),
  );
  const found = problems.map((problem) => problemLine(problem, desk.addressOf));
  if (!lines.length && !found.length) return null;
  const lists = [make("ul", { class: "plain" }, ...lines), make("ul", { class: "findings" }, ...found)];
  return reportSection("What differs, and what was found", ...lists);
}

export function hierarchyPart(desk, { hierarchy }) {
  if (!hierarchy) return null;
  const heads = ["Work item type", "Becomes", "Work items", "Why"].map((words) => make("th", { scope: "col" }, words));
  const rows = hierarchy.types.map((change) => typeRow(change));
  const body = make("tbody", {}, ...rows.map(({ element }) => element));
  const table = make("table", { class: "table" }, make("thead", {}, make("tr", {}, ...heads)), body);
  nameTypes(desk, rows);
  const group = { class: "scroll", tabindex: "0", role: "group", "aria-label": "What the types became" };
  const plan = `${PLANS[hierarchy.plan] ?? reasonWords(hierarchy.plan)}.`;
  const words = make("p", {}, `${plan} ${labelWords(hierarchy)}`.trim());
  return reportSection("Hierarchy", words, make("div", group, table));
}

function labelWords({ asLabels }) {
  if (!asLabels) return "";
  const why = "as no work item above is one level higher in Jira: what is above stays as labels.";
  return `${count(asLabels, "issue has", "issues have")} no parent, ${why}`;
}

function typeRow({ source, target, items, reason }) {
  const became = make("td", {}, target === null ? "left out" : `type ${target}`);
  const name = make("th", { scope: "row" }, source);
  const cells = [became, make("td", { class: "amount" }, number(items)), make("td", {}, reason || "–")];
  return { target, became, element: make("tr", {}, name, ...cells) };
}

// The names of the issue types as Jira calls them now. A worker has to ask Jira for them, so they come later; where
// they do not come, the ids stay.
async function nameTypes({ wizard }, rows) {
  const choices = await call("GET", `migrations/${wizard.migration.id}/choices`).catch(() => null);
  const names = new Map(choices?.types.map(({ id, name }) => [id, name]));
  for (const { target, became } of rows) if (names.has(target)) setText(became, names.get(target));
}

// Told once, and not of each work item: somebody chose it.
export function fieldsPart({ leftOut }) {
  if (!leftOut?.length) return null;
  const names = leftOut.map(({ source, detail }) => (detail ? `${source} (${detail})` : source)).join(", ");
  return reportSection("Fields", make("p", {}, `The mapping leaves out ${count(leftOut.length, "field")}: ${names}.`));
}

export function peoplePart({ people }) {
  if (!people) return null;
  const known = `${count(people.withAccount, "person has", "people have")} an account in Jira`;
  const rest = "the description of an issue names them where they are its reporter or assignee";
  const words = `${known}; ${count(people.withoutAccount, "has", "have")} none: ${rest}.`;
  return reportSection("People", make("p", {}, words));
}

export function costPart(report) {
  const facts = [
    ["Time", spanWords(report.seconds)],
    ["Speed", report.perMinute === null ? "–" : `${number(Math.round(report.perMinute))} a minute`],
    ["Calls to Jira", number(report.jiraCalls)],
    ["Points", number(report.points)],
    ["Calls to Azure DevOps", number(report.adoCalls)],
    ["Files", bytesWords(report.bytes)],
  ].map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  const chart = paceChart(report.pace);
  return reportSection("Time and cost", make("dl", { class: "facts" }, ...facts), ...(chart ? [chart] : []));
}

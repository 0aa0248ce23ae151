// The step that writes: start a run, follow it, and see the runs before.

import { call } from "./api.js";
import { askWith } from "./dialogs.js";
import { freshId, make } from "./elements.js";
import { chooseRun, findRun, readRuns, runTable } from "./migration_run_choice.js";
import { liveRun } from "./migration_run_live.js";
import { findAddresses } from "./migration_run_problems.js";
import { number } from "./migration_run_words.js";
import { bytesWords } from "./migration_words.js";
import { messageBox } from "./messages.js";
import { count } from "./words.js";

const SAMPLE = 10; // work items of each type, as the plan of a run takes them
const CHOICES = [
  [
    "sample",
    "Sample",
    `The oldest ${SAMPLE} work items of each mapped type, those above them, and all that belongs to them: to look at ` +
      "in Jira first.",
  ],
  ["full", "Everything", "All that is in scope. What a sample or an earlier run made is adopted, not made twice."],
];

// Raises Refusal when the runs cannot be read.
export async function showRun(place, wizard) {
  const { migration } = wizard;
  const [addressOf, scan] = await Promise.all([findAddresses(migration), readScan(migration)]);
  const desk = { wizard, addressOf, scan, live: null, stopped: false };
  desk.start = make("div", {});
  desk.now = make("div", {});
  desk.others = make("div", { class: "stack" });
  place.append(desk.now, desk.start, desk.others);
  await showRuns(desk);
  return () => {
    desk.stopped = true;
    desk.live?.stop();
  };
}

// What the scan counted, null where there was none.
async function readScan({ id, scan }) {
  return scan ? call("GET", `migrations/${id}/scan`) : null;
}

// Reads the runs and shows the one that is looked at. Raises Refusal.
async function showRuns(desk) {
  const { migration } = desk.wizard;
  const runs = await readRuns(migration.id);
  if (desk.stopped) return;
  const shown = findRun(migration.id, runs);
  const open = runs.find(({ endedAt }) => endedAt === null);
  desk.start.replaceChildren(...(open ? goingOn(desk, open, shown) : [startForm(desk, runs)]));
  if (shown && desk.live?.id !== shown.id) follow(desk, shown.id);
  showOthers(desk, runs, shown);
}

function follow(desk, id) {
  desk.live?.stop();
  desk.live = { id, ...liveRun(desk, id, () => !desk.stopped && refresh(desk)) };
  desk.now.replaceChildren(desk.live.element);
}

// After a run ended: the list and the steps of the migration have changed.
async function refresh(desk) {
  try {
    await desk.wizard.refresh();
    await showRuns(desk);
  } catch (refusal) {
    if (!desk.stopped) desk.others.prepend(messageBox("warning", "The list is not up to date", refusal.message));
  }
}

function goingOn(desk, open, shown) {
  if (open.id === shown?.id) return [];
  const button = make("button", { type: "button", class: "button" }, "Show it");
  button.addEventListener("click", () => choose(desk, open));
  const words = "Another one can be started when it has.";
  return [messageBox("information", "A run of this migration has not ended", words, button)];
}

function showOthers(desk, runs, shown) {
  if (runs.length < 2) return desk.others.replaceChildren();
  const report = (run) => {
    chooseRun(desk.wizard.migration.id, run.id);
    desk.wizard.go("report");
  };
  const table = runTable(runs, shown, [
    ["Show", (run) => choose(desk, run)],
    ["Report", report],
  ]);
  desk.others.replaceChildren(make("h3", {}, "All runs"), table);
}

async function choose(desk, run) {
  chooseRun(desk.wizard.migration.id, run.id);
  follow(desk, run.id);
  desk.live.heading.focus();
  await refresh(desk);
}

function startForm(desk, runs) {
  const name = freshId("kind");
  const legend = make("legend", {}, runs.length ? "Start another run" : "What is to be migrated?");
  const options = CHOICES.map(([kind, title, words], index) => {
    const id = freshId("kind");
    const preferred = runs.length ? kind === "full" : index === 0;
    const input = make("input", { type: "radio", name, value: kind, id, checked: preferred });
    const text = make("span", {}, make("strong", {}, title), make("span", { class: "subtle" }, words));
    return make("label", { for: id, class: "kind" }, input, text);
  });
  const start = make("button", { type: "submit", class: "button primary" }, "Start…");
  const form = make("form", { class: "card start", novalidate: true });
  form.append(make("fieldset", { class: "kinds" }, legend, ...options), make("div", {}, start));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirmStart(desk, form.querySelector("input:checked").value);
  });
  return form;
}

async function confirmStart(desk, kind) {
  const { migration } = desk.wizard;
  const made = await askWith({
    title:
      kind === "sample"
        ? `Write a sample into ${migration.jiraProject}?`
        : `Write everything into ${migration.jiraProject}?`,
    content: startWords(desk, kind),
    action: kind === "sample" ? "Start the sample" : "Start the run",
    busy: "Checking once more…",
    act: () => call("POST", `migrations/${migration.id}/runs`, { kind }),
  });
  if (!made) return;
  chooseRun(migration.id, made.id);
  await refresh(desk);
  desk.live?.heading.focus();
}

// What will be written where, and what will not.
function startWords({ wizard, scan }, kind) {
  const { jiraProject, organization, project, options } = wizard.migration;
  const from = `${organization ?? "an organization that was removed"}, project ${project.name}`;
  const lead = `Crosswalk reads from ${from}, and writes into the Jira project ${jiraProject}:`;
  const after =
    "Nothing is written to Azure DevOps. You may pause or cancel at any time, and close this page. " +
    "What was written stays in Jira: this version cannot roll a run back.";
  const lines = kind === "sample" ? sampleLines(options) : wholeLines(scan, options);
  return [make("p", {}, lead), make("ul", {}, ...lines.map((words) => make("li", {}, words))), make("p", {}, after)];
}

function sampleLines(options) {
  const along = [
    options.comments && "comments",
    options.links && "links between them",
    options.attachments && "files",
  ].filter(Boolean);
  const parts = [`issues for the oldest ${SAMPLE} work items of each mapped type, and for those above them`];
  if (along.length) parts.push(`their ${along.join(", ")}`);
  return [...parts, "the new sprints and components of the mapping"];
}

function wholeLines(scan, options) {
  if (!scan) return ["an issue for each work item of a mapped type", "the new sprints and components of the mapping"];
  const links = Object.values(scan.links).reduce((sum, amount) => sum + amount, 0);
  const { count: files, bytes } = scan.attachments;
  return [
    `up to ${count(scan.items, "issue")}, one for each work item of a mapped type`,
    options.comments ? `up to ${count(scan.comments, "comment")}` : "no comments",
    options.links ? `up to ${number(links)} links, parents among them` : "no links but parents",
    options.attachments ? `up to ${count(files, "file")} (${bytesWords(bytes)})` : "no files",
    "the new sprints and components of the mapping",
  ];
}

// The list of migrations: what each has come to, and what can be done with it.

import { call, listAll } from "./api.js";
import { askWith } from "./dialogs.js";
import { keepChildren, make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { icon } from "./icons.js";
import { lozenge, messageBox, setLozenge } from "./messages.js";
import { readerWords, troubleWords } from "./migration_reader.js";
import { runWords } from "./migration_run_words.js";
import { runKindWords, stateWords } from "./migration_words.js";
import { ago, count } from "./words.js";

const REFRESH = 5_000; // milliseconds between two looks
const INTRODUCTION =
  "Work items of an Azure DevOps project become issues of a Jira project, with their comments, links and attachments. " +
  "Nothing is written to Jira before you have seen what will be written and have started a run.";
const STEPS = [
  "Choose the project in Azure DevOps and the one in Jira.",
  "Crosswalk scans the project, without changing anything.",
  "Look over the mapping that it suggests, and check it.",
  "Preview some issues, then run. You can pause at any time.",
];

// Fills `view`; returns what ends it. Raises Refusal.
export async function showList(view) {
  const parts = listParts();
  const children = new Map();
  const show = (migrations) => {
    parts.empty.hidden = migrations.length > 0;
    parts.make.hidden = !migrations.length;
    keepChildren(
      parts.list,
      children,
      migrations,
      ({ id }) => id,
      (migration) => row(migration, refresh),
    );
  };
  const refresh = async () => show(await listAll("migrations"));
  await refresh();
  view.replaceChildren(...parts.elements);
  const timer = setInterval(() => document.visibilityState === "visible" && look(parts, refresh), REFRESH);
  return () => clearInterval(timer);
}

async function look(parts, refresh) {
  try {
    await refresh();
    parts.failure.replaceChildren();
  } catch (refusal) {
    if (!parts.failure.childElementCount)
      parts.failure.append(messageBox("warning", "This list is not up to date", refusal.message));
  }
}

function listParts() {
  const words = make("p", { class: "subtle" }, INTRODUCTION);
  const making = make("a", { href: "#new", class: "button primary" }, "New migration");
  const title = make("h1", { tabindex: "-1" }, "Crosswalk migrations");
  const head = make("header", { class: "page-head" }, make("div", {}, title, words), making);
  const failure = make("div", { role: "alert" });
  const list = make("ul", { class: "migrations", "aria-label": "Migrations" });
  const empty = emptyPart();
  return { make: making, failure, list, empty, elements: [head, failure, empty, list] };
}

function emptyPart() {
  const title = make("h2", {}, "No migration yet");
  const steps = make("ol", {}, ...STEPS.map((words) => make("li", {}, words)));
  const start = make("a", { href: "#new", class: "button primary" }, "New migration");
  return make("section", { class: "empty", "aria-label": "How to begin" }, title, steps, start);
}

function row(migration, changed) {
  const names = `${migration.project.name} to ${migration.jiraProject}`;
  const link = make("a", { href: `#${migration.id}` }, names);
  const state = lozenge("neutral", "");
  const [from, scan, run] = [
    make("p", { class: "small subtle" }),
    make("p", { class: "small" }),
    make("p", { class: "small" }),
  ];
  const why = make("span", {});
  const trouble = make("p", { class: "small trouble" }, icon("warning"), why);
  const erase = make("button", { type: "button", class: "button quiet compact" }, "Delete");
  erase.setAttribute("aria-label", `Delete the migration of ${names}`);
  erase.addEventListener("click", () => remove(migration, names, changed));
  const title = make(
    "div",
    { class: "card-title" },
    make("div", { class: "row" }, make("h2", {}, link), state),
    from,
    trouble,
    scan,
    run,
  );
  const element = make("li", { class: "card" }, make("div", { class: "card-head" }, title, erase));
  const update = (fresh) => {
    setLozenge(state, ...stateWords(fresh.state));
    const source = fresh.organization ?? "an organization that was removed";
    setText(from, `From ${source}, made ${ago(fresh.createdAt)}. ${readerWords(fresh)}`);
    setText(why, troubleWords(fresh));
    trouble.hidden = !why.textContent;
    setText(scan, scanWords(fresh));
    setText(run, newestWords(fresh));
    run.hidden = !fresh.run;
  };
  return { element, update };
}

function scanWords({ scan, mappingVersion }) {
  if (!scan) return "Not scanned yet.";
  const mapped = mappingVersion ? ` Mapping: version ${mappingVersion}.` : "";
  if (scan.state === "done") return `${count(scan.done, "work item")} scanned.${mapped}`;
  const of = scan.total === null ? "" : ` of ${scan.total.toLocaleString("en")}`;
  return `Scan: ${stateWords(scan.state)[1].toLowerCase()}, ${scan.done.toLocaleString("en")}${of} work items read.${mapped}`;
}

function newestWords({ run }) {
  if (!run) return "";
  return `${runKindWords(run.kind)}: ${runWords(run)[1].toLowerCase()}, started ${ago(run.startedAt)}.`;
}

async function remove({ id, run }, names, changed) {
  const gone = [
    "the scan, and the mapping with all its versions",
    run ? "the list of every work item in its runs; the sums of their reports stay" : "",
  ].filter(Boolean);
  const stays = [
    "the issues that it made in Jira, and everything in Azure DevOps",
    "the record of which issue was made of which work item: a new migration into the same project makes none twice",
  ];
  const bullets = (words) => make("ul", {}, ...words.map((each) => make("li", {}, each)));
  const done = await askWith({
    title: `Delete the migration of ${names}?`,
    content: [
      messageBox("warning", "This is deleted:", bullets(gone)),
      messageBox("information", "This stays:", bullets(stays)),
    ],
    action: "Delete",
    busy: "Deleting…",
    tone: "danger",
    act: () => call("DELETE", `migrations/${id}`),
  });
  if (!done) return;
  raiseFlag(`The migration of ${names} was deleted.`);
  await changed().catch((refusal) => raiseFlag(refusal.message, "danger"));
  document.querySelector("h1").focus();
}

// The step in which a person decides what becomes of everything: a suggestion, looked over, changed and saved.

import { call, Refusal } from "./api.js";
import { make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { showFaults } from "./forms.js";
import { messageBox } from "./messages.js";
import { fieldsTable } from "./migration_mapping_fields.js";
import { putFile, saveFile } from "./migration_mapping_files.js";
import { kindSections } from "./migration_mapping_kinds.js";
import { areasTable, iterationsTable, peopleTable, tagsSection } from "./migration_mapping_places.js";
import { plansSection } from "./migration_mapping_plans.js";
import { followProblem } from "./migration_mapping_problem.js";
import { rowsSection } from "./migration_mapping_rows.js";
import { versionsPart } from "./migration_mapping_versions.js";
import { readGround, suggest } from "./migration_mapping_ground.js";
import { askWith } from "./dialogs.js";
import { busyLine } from "./worker_asking.js";
import { count } from "./words.js";

const LEAD =
  "Rules suggest what becomes of everything, with how sure they are and why. Look over what is unsure, change what you " +
  "like, and save. Nothing is written to Jira by this.";
const READING = "Reading the Jira project and the names of people. It takes some seconds.";
const SUGGESTING = "A worker compares the scan with the Jira project. It takes some seconds.";

// Fills `place`. Raises Refusal.
export async function showMapping(place, wizard) {
  const path = `migrations/${wizard.migration.id}`;
  const desk = { wizard, path, document: null, saved: null, plans: null, sections: [], stopped: false };
  desk.busy = busyLine();
  desk.failure = make("div", { role: "alert", class: "notices" });
  desk.body = make("div", { class: "stack wide-gap" });
  desk.refresh = (name) => desk.sections.find((section) => section.name === name)?.refresh();
  desk.changed = () => showSaved(desk);
  place.append(make("p", { class: "subtle lead" }, LEAD), desk.busy.element, desk.failure, desk.body);
  wizard.hold(() => isChanged(desk));
  Object.assign(desk, await desk.busy.during(READING, (say) => readGround(path, say)));
  if (desk.document) {
    build(desk);
    followProblem(desk);
  } else desk.body.replaceChildren(firstCard(desk));
  return () => (desk.stopped = true);
}

function isChanged({ document, saved }) {
  return document !== null && JSON.stringify(document) !== saved;
}

function firstCard(desk) {
  const words = "There is no mapping yet. Have one suggested by the scan and by what the Jira project offers.";
  const start = make("button", { type: "button", class: "button primary" }, "Suggest a mapping");
  start.addEventListener("click", () => suggestAll(desk, start));
  const put = make("button", { type: "button", class: "button" }, "Put a file");
  put.addEventListener("click", () => replaceByFile(desk));
  return make(
    "section",
    { class: "card", "aria-label": "Begin" },
    make("div", { class: "map-body" }, make("p", {}, words), make("div", { class: "row" }, start, put)),
  );
}

// Runs something that can be refused, with the words at the top of the step.
async function attempt(desk, button, act) {
  if (button?.hasAttribute("aria-disabled")) return;
  button?.setAttribute("aria-disabled", "true");
  desk.failure.replaceChildren();
  try {
    await act();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    desk.failure.replaceChildren(messageBox("danger", null, refusal.message));
    desk.failure.scrollIntoView({ block: "center" });
  } finally {
    button?.removeAttribute("aria-disabled");
  }
}

function suggestAll(desk, button) {
  return attempt(desk, button, async () => {
    if (desk.document && !(await mayReplace())) return;
    const found = await ask(desk);
    if (desk.stopped) return;
    Object.assign(desk, found);
    build(desk);
    desk.wizard.announce("A mapping was suggested. It applies when you save it.");
    desk.body.querySelector("h3").focus();
  });
}

// A suggestion: {document, plans, accounts}
async function ask(desk, plan = null) {
  const found = await desk.busy.during(SUGGESTING, (say) => suggest(desk.path, plan, say));
  for (const [id, name] of found.accounts) desk.accounts.set(id, name);
  return { document: found.document, plans: found.plans };
}

function mayReplace() {
  const words = "The suggestion takes the place of every row on this page. The versions that were saved are kept.";
  return askWith({
    title: "Suggest again?",
    content: [make("p", {}, words)],
    action: "Suggest again",
    busy: "Asking…",
    act: () => {},
  });
}

async function replaceByFile(desk) {
  const put = await putFile(`${desk.path}/mapping`, isChanged(desk));
  if (!put) return;
  raiseFlag(`The file was saved as version ${put.version}.`);
  await attempt(desk, null, async () => {
    take(desk, await call("GET", `${desk.path}/mapping`), put.version);
    desk.saved = JSON.stringify(desk.document);
    await desk.wizard.refresh();
    showSaved(desk);
  });
}

function take(desk, document, version) {
  desk.document = document;
  build(desk);
  raiseFlag(`Version ${version} is in the editor.`);
}

function build(desk) {
  const tables = [...kindSections(desk)];
  tables.splice(2, 0, fieldsTable(desk));
  tables.push(iterationsTable(desk), areasTable(desk), peopleTable(desk));
  desk.sections = tables.map((kind) => rowsSection(desk, kind));
  desk.tags = tagsSection(desk);
  desk.bar = saveBar(desk);
  desk.plansPlace = make("div", {});
  showPlans(desk);
  desk.body.replaceChildren(
    toolsCard(desk),
    desk.plansPlace,
    ...desk.sections.map(({ element }) => element),
    desk.tags.element,
    desk.bar.element,
  );
  for (const heading of desk.body.querySelectorAll("h3")) heading.tabIndex = -1;
  showSaved(desk);
}

function showPlans(desk) {
  const compare = (event) =>
    attempt(desk, event.target, async () => {
      desk.plans = (await ask(desk)).plans;
      showPlans(desk);
      desk.plansPlace.querySelector("input:checked").focus();
    });
  const use = (name, title, button) => attempt(desk, button, () => usePlan(desk, name, title));
  desk.plansPlace.replaceChildren(plansSection({ plan: desk.document.plan, plans: desk.plans, use, compare }));
}

// Types and their states follow the plan; everything else stays as it is.
async function usePlan(desk, name, title) {
  if (!(await mayFollow(desk, title))) return;
  const { document, plans } = await ask(desk, name);
  if (desk.stopped) return;
  Object.assign(desk.document, { plan: document.plan, types: document.types, states: document.states });
  desk.plans = plans;
  raiseFlag(`${title}: types and states were suggested again.`);
  showPlans(desk);
  desk.plansPlace.querySelector("input:checked").focus();
  desk.refresh("types");
  desk.refresh("states");
  showSaved(desk);
}

// Asks where rows that a person chose would go: those without the reason of a rule.
function mayFollow({ document }, title) {
  const chosen = [...document.types, ...document.states].filter(({ reason }) => !reason).length;
  if (!chosen) return true;
  const words =
    `${count(chosen, "row of types and states is", "rows of types and states are")} your choice. ` +
    "This plan takes the place of every row of both. The versions that were saved are kept.";
  return askWith({
    title: `Use “${title}”?`,
    content: [make("p", {}, words)],
    action: "Use this plan",
    busy: "Asking…",
    act: () => {},
  });
}

function toolsCard(desk) {
  const button = (words, act) => {
    const made = make("button", { type: "button", class: "button" }, words);
    made.addEventListener("click", () => act(made));
    return made;
  };
  const { migration } = desk.wizard;
  const name = `mapping-${migration.project.name}-${migration.jiraProject}.yaml`;
  const again = button("Suggest again", (made) => suggestAll(desk, made));
  desk.save = button("Save as a file", (made) => attempt(desk, made, () => saveFile(`${desk.path}/mapping`, name)));
  const put = button("Put a file", () => replaceByFile(desk));
  const names = new Map(desk.choices.people.map((person) => [person.id, person.name]));
  desk.versions = versionsPart({
    path: `${desk.path}/mapping`,
    take: (document, version) => take(desk, document, version),
    nameOf: (section, source) => (section === "people" ? (names.get(source) ?? "somebody") : source),
  });
  const body = make(
    "div",
    { class: "map-body" },
    make("div", { class: "row" }, again, desk.save, put),
    desk.versions.element,
  );
  return make("section", { class: "card", "aria-label": "The mapping as a whole" }, body);
}

function saveBar(desk) {
  const notices = make("div", { role: "alert", class: "notices" });
  const save = make("button", { type: "button", class: "button primary" }, "Save mapping");
  const status = make("span", { class: "small subtle", role: "status" });
  const next = make("a", { class: "button", href: `#${desk.wizard.migration.id}/check` }, "Go to Check");
  save.addEventListener("click", () => saveMapping(desk, save));
  const element = make("div", { class: "save-bar stack" }, notices, make("div", { class: "row" }, save, next, status));
  return { element, notices, status, next };
}

function showSaved(desk) {
  const { mappingVersion } = desk.wizard.migration;
  const changed = isChanged(desk);
  desk.bar.next.hidden = changed || !mappingVersion;
  desk.save.hidden = !mappingVersion;
  const kept = mappingVersion ? `Saved as version ${mappingVersion}.` : "";
  setText(desk.bar.status, changed ? "There are changes that are not saved." : kept);
}

async function saveMapping(desk, button) {
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  setText(desk.bar.status, "Saving…");
  try {
    const sent = JSON.stringify(desk.document);
    const { version } = await call("PUT", `${desk.path}/mapping`, desk.document);
    desk.saved = sent;
    tellFaults(desk, []);
    desk.wizard.migration.mappingVersion = version;
    raiseFlag(`The mapping was saved as version ${version}.`);
    await Promise.all([desk.wizard.refresh(), desk.versions.refresh()]);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    tellFaults(desk, refusal.faults, refusal);
  } finally {
    button.removeAttribute("aria-disabled");
    showSaved(desk);
  }
}

// Shows each fault at its row, `/types/3/target`, and moves the focus to the first one.
function tellFaults(desk, faults, refusal = null) {
  const placed = faults.map((fault) => ({ ...fault, parts: /^\/(\w+)\/(\d+)\/?(.*)$/.exec(fault.pointer) }));
  const controls = desk.sections.map(({ name, showFaults: show }) =>
    show(
      placed
        .filter(({ parts }) => parts?.[1] === name)
        .map(({ parts, detail }) => ({ row: Number(parts[2]), pointer: parts[3], detail })),
    ),
  );
  const homeless = showFaults(
    desk.tags.fields,
    placed.filter(({ parts }) => !parts),
  );
  controls.find(Boolean)?.focus();
  const words = faults.length
    ? `Nothing was saved. Mend what is marked: ${count(faults.length, "value")}.`
    : refusal?.message;
  desk.bar.notices.replaceChildren(...(refusal ? [messageBox("danger", null, words, ...homeless)] : []));
}

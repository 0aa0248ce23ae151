// The form for a new branch: where, from what, its name, and a draft pull request.

import { call } from "./api.js";
import { nameField } from "./branch_name.js";
import { placeRefusal, refusalBox } from "./branch_refusals.js";
import { comboField } from "./combobox.js";
import { freshId, make } from "./elements.js";
import { showFaults, textField } from "./forms.js";
import { messageBox } from "./messages.js";

const EMPTY = "This repository is empty, so there is nothing a branch could begin from. Push a first commit to it.";
const NOWHERE =
  "There is no repository for this issue: no project with one is linked to the project of this issue, or you may not " +
  "read it in Azure DevOps. Ask your Jira administrator to link the project in Apps > Crosswalk.";

// A form for one issue. `proposal` is what /api/branch-form told. `made(branch)` is called with the new branch,
// `ended(words)` when a sign-in does not count any more, `reload()` when only a fresh page helps.
//
// It has `load()`, which reads the repositories anew; `propose(proposal)`; `values()` and `restore(values)`, so that
// nothing is lost on the way to a sign-in; and `focus()`.
export function branchForm({ issueKey, proposal, made, ended, reload }) {
  const form = { issueKey, proposal, made, ended, reload, busy: false, ...formFields(issueKey, proposal) };
  form.element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
  form.repository.onChoice((option) => chooseRepository(form, option));
  form.pull.box.addEventListener("change", () => showPull(form));
  return {
    element: form.element,
    load: () => load(form),
    propose: (fresh) => form.name.propose(fresh.name),
    focus: () => form.repository.control.focus(),
    values: () => readValues(form),
    restore: (values) => restore(form, values),
  };
}

function formFields(issueKey, proposal) {
  const repository = repositoryField(issueKey);
  const chosen = () => repository.chosen()?.key ?? null;
  const source = sourceField(issueKey, chosen);
  const name = nameField({ issueKey, proposed: proposal.name, repository: chosen });
  const pull = pullPart(proposal);
  const problems = make("div", { class: "notices", role: "status" });
  const notices = make("div", { class: "notices", role: "alert" });
  const button = make("button", { type: "submit", class: "button primary" }, "Create branch");
  const element = make("form", { class: "branch-form", method: "post", novalidate: true, "aria-label": "New branch" });
  element.append(problems, repository.element, source.element, name.element);
  if (proposal.draftPullRequest) element.append(pull.element);
  element.append(notices, make("div", {}, button));
  return { element, repository, source, name, pull, problems, notices, button };
}

function repositoryField(issueKey) {
  let chose = () => {};
  let told = () => {};
  const field = comboField({
    pointer: "/repositoryId",
    label: "Repository",
    noun: ["repository", "repositories"],
    search: async (text) => {
      const found = await call("GET", `repositories?${new URLSearchParams({ issueKey, q: text })}`);
      if (!text) told(found.problems);
      const several = new Set(found.items.map(({ organization }) => organization)).size > 1;
      return found.items.map((item) => repositoryOption(item, several));
    },
    changed: (option) => chose(option),
  });
  field.onChoice = (act) => (chose = act);
  field.onProblems = (act) => (told = act);
  return field;
}

function repositoryOption(item, several) {
  const tag = item.empty ? "empty" : item.recent ? "used last" : null;
  const detail = several ? `${item.organization}/${item.project}` : item.project;
  return { key: item.id, label: item.name, detail, tag, item };
}

function sourceField(issueKey, repository) {
  return comboField({
    pointer: "/source",
    label: "From branch",
    noun: ["branch", "branches"],
    free: true,
    search: async (text) => {
      if (!repository()) return [];
      const query = new URLSearchParams({ issueKey, q: text });
      const found = await call("GET", `repositories/${repository()}/branches?${query}`);
      return found.items.map(({ name, isDefault }) => branchOption(name, isDefault));
    },
  });
}

function pullPart(proposal) {
  const id = freshId("pull");
  const box = make("input", { type: "checkbox", id });
  const title = textField({
    pointer: "/pullRequest",
    label: "Title of the pull request",
    value: proposal.pullRequestTitle,
  });
  const label = make("label", { for: id, class: "tick" }, box, "Open a draft pull request too");
  title.element.hidden = true;
  return { element: make("div", { class: "pull" }, label, title.element), box, title };
}

function showPull({ pull }) {
  pull.title.element.hidden = !pull.box.checked;
}

// Reads the repositories and chooses the first, which is the one used last or where something happened last.
async function load(form) {
  const { repository, problems, notices } = form;
  notices.replaceChildren();
  const before = repository.chosen()?.key;
  repository.control.placeholder = "Reading the repositories…";
  repository.onProblems((found) => showProblems(form, found));
  try {
    const found = await repository.load();
    const kept = found.find(({ key }) => key === (form.wanted?.repository ?? before));
    if (!found.length && !problems.childElementCount) problems.append(messageBox("information", null, form.nowhere));
    repository.choose(kept ?? found.find(({ item }) => !item.empty) ?? found[0] ?? null);
    form.wanted = null;
  } catch (refusal) {
    notices.replaceChildren(refusalBox(refusal, { reload: form.reload, again: () => load(form) }));
  } finally {
    repository.control.placeholder = "";
  }
}

// What is missing in the list, and why. A sign-in that is lacking is offered elsewhere, and told when there is
// nothing else.
function showProblems(form, found) {
  const lacking = found.filter(({ code }) => code === "sign_in_needed").map(({ detail }) => detail);
  const told = found.filter(({ code }) => code !== "sign_in_needed");
  const boxes = told.map(({ detail }) => messageBox("warning", "Some repositories are missing", detail));
  form.problems.replaceChildren(...boxes);
  form.nowhere = lacking.join(" ") || NOWHERE;
}

// A new repository has other branches, and perhaps one of this name.
async function chooseRepository(form, option) {
  const { repository, source, name } = form;
  showFaults([repository], []);
  const begin = form.wanted?.repository === option?.key ? form.wanted?.source : option?.item.defaultBranch;
  source.choose(begin ? branchOption(begin, begin === option.item.defaultBranch) : null);
  name.check();
  if (!option) return;
  if (option.item.empty) return showFaults([repository], [{ pointer: repository.pointer, detail: EMPTY }]);
  try {
    await source.load();
  } catch (refusal) {
    const detail = `The branches cannot be listed: ${refusal.message} You can type a name.`;
    form.problems.replaceChildren(messageBox("warning", null, detail));
  }
}

function branchOption(name, isDefault) {
  return { key: name, label: name, tag: isDefault ? "default" : null };
}

async function submit(form) {
  if (form.busy) return;
  form.notices.replaceChildren();
  const missing = findMissing(form);
  if (showFaults(allFields(form), missing).length || missing.length) return;
  if (form.name.isRefused()) return refocusName(form);
  setBusy(form, true);
  try {
    form.made(await call("POST", "branches", readBody(form)));
  } catch (refusal) {
    tell(form, refusal);
  } finally {
    setBusy(form, false);
  }
}

function allFields({ repository, source, name, pull }) {
  return [repository, source, name, pull.title];
}

// What must be there before anything is asked.
function findMissing({ repository, source, name }) {
  const faults = [];
  const { pointer } = repository;
  if (!repository.chosen()) faults.push({ pointer, detail: "Choose a repository from the list." });
  else if (repository.chosen().item.empty) faults.push({ pointer, detail: EMPTY });
  else if (!source.read()) faults.push({ pointer: source.pointer, detail: "Choose the branch to begin from." });
  if (!name.read()) faults.push({ pointer: name.pointer, detail: "Write a name for the branch." });
  return faults;
}

// What is wrong with the name stands below it already.
function refocusName({ name }) {
  name.check();
  name.control.focus();
}

function readBody({ issueKey, repository, source, name, pull }) {
  const wanted = pull.box.checked ? { title: pull.title.read() || null } : null;
  return {
    issueKey,
    repositoryId: repository.chosen().key,
    name: name.read(),
    source: source.read(),
    pullRequest: wanted,
  };
}

function tell(form, refusal) {
  if (refusal.code === "sign_in_needed") form.ended(refusal.message);
  const faults = placeRefusal(refusal);
  if (faults.some(({ pointer }) => pointer === form.name.pointer)) form.name.hush();
  const homeless = showFaults(allFields(form), faults);
  if (!faults.length) form.notices.append(refusalBox(refusal, { reload: form.reload }));
  else if (homeless.length) form.notices.append(messageBox("danger", null, ...homeless));
}

function setBusy(form, busy) {
  form.busy = busy;
  if (busy) form.button.setAttribute("aria-disabled", "true");
  else form.button.removeAttribute("aria-disabled");
  const spinner = make("span", { class: "spinner", "aria-hidden": "true" });
  form.button.replaceChildren(...(busy ? [spinner, "Creating the branch…"] : ["Create branch"]));
}

function readValues({ repository, source, name, pull }) {
  return {
    repository: repository.chosen()?.key,
    source: source.read(),
    name: name.read(),
    pull: pull.box.checked ? pull.title.control.value : null,
  };
}

// Puts back what was typed. Repository and source are chosen as soon as the list is there.
function restore(form, { repository, source, name, pull }) {
  form.wanted = { repository, source };
  form.name.restore(name);
  form.pull.box.checked = pull !== null;
  if (pull !== null) form.pull.title.control.value = pull;
  showPull(form);
}

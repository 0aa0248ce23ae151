// The projects of one connection: which are linked, what they send, and how their subscriptions are.

import { call, listAll } from "./api.js";
import { tellRemoval } from "./connect.js";
import { askWith } from "./dialogs.js";
import { freshId, keepChildren, make, setText } from "./elements.js";
import { raiseFlag } from "./flags.js";
import { choiceField, textField } from "./forms.js";
import { icon } from "./icons.js";
import { linkDetail, subscriptionsWords } from "./link_detail.js";
import { messageBox } from "./messages.js";
import { KINDS } from "./words.js";

const FILTER_FROM = 8; // so many projects make a filter useful
const JIRA_KEY = /^\p{L}[\p{L}\p{N}_]+$/u;

// A section with `update(links)` and `reload()`; `changed` is called after a link or an unlink.
export function projectSection(connection, changed) {
  const parts = sectionParts(connection);
  const rows = new Map();
  const state = { projects: null, links: [] };
  const show = () =>
    state.projects && showProjects(parts, rows, state, (project) => projectRow(connection, project, reload));
  const load = async () => {
    try {
      state.projects = sorted(await listAll(`connections/${connection.id}/projects`));
      show();
    } catch (refusal) {
      parts.note.replaceChildren(loadFailure(refusal, load));
    }
  };
  const reload = async () => {
    await changed();
    await load();
  };
  const update = (links) => {
    state.links = links;
    show();
  };
  parts.filter.addEventListener("input", show);
  load();
  return { element: parts.element, reload: load, update };
}

function sectionParts(connection) {
  const id = freshId("projects");
  const list = make("ul", { "aria-labelledby": id });
  const note = make("div", { class: "subtle", role: "status" }, "Reading the projects…");
  const label = `Filter the projects of ${connection.organization}`;
  const filter = make("input", { type: "search", "aria-label": label, placeholder: "Filter projects" });
  const field = make("div", { class: "field filter", hidden: true }, filter);
  const head = make("div", { class: "row spread" }, make("h3", { id }, "Projects"), field);
  return { list, note, filter, field, element: make("div", { class: "projects" }, head, note, list) };
}

function showProjects({ list, note, filter, field }, rows, { projects, links }, build) {
  const wanted = filter.value.trim().toLowerCase();
  const shown = projects.filter((project) => project.name.toLowerCase().includes(wanted));
  keepChildren(list, rows, shown, ({ id }) => id, build);
  for (const [id, row] of rows) row.showLink(links.find((link) => link.projectId === id));
  field.hidden = projects.length < FILTER_FROM;
  setText(note, emptyWords(projects.length, shown.length));
}

// Linked projects first, then by name.
function sorted(projects) {
  return projects.sort((one, other) => other.linked - one.linked || one.name.localeCompare(other.name));
}

function emptyWords(all, shown) {
  if (!all) return "This token sees no project. Give its owner access to one, then replace the token.";
  return shown ? "" : "No project has this in its name.";
}

function loadFailure(refusal, load) {
  const again = make("button", { type: "button", class: "button", onclick: load }, "Try again");
  return messageBox("danger", "The projects cannot be read", refusal.message, again);
}

function projectRow(connection, project, reload) {
  const current = { project };
  const name = make("span", { class: "project-name" }, project.name);
  const toggle = make("button", { type: "button", role: "switch", class: "switch" }, icon("check", 12));
  const change = make("button", { type: "button", class: "button quiet compact" }, "Change");
  const actions = make("div", { class: "project-actions" }, change, toggle);
  const detail = linkDetail(connection, project);
  const element = make("li", { class: "project" }, name, actions, detail.element);
  toggle.addEventListener("click", async () => {
    const ask = current.project.linked ? unlinkProject : linkProject;
    if (await ask(connection, current.project)) await reload();
    toggle.focus();
  });
  change.addEventListener("click", async () => {
    if (await linkProject(connection, current.project)) await reload();
  });
  change.setAttribute("aria-label", `Change what ${project.name} sends`);
  toggle.setAttribute("aria-label", `Link ${project.name} to Jira`);
  return {
    element,
    update: (fresh) => {
      current.project = fresh;
      toggle.setAttribute("aria-checked", String(fresh.linked));
      change.hidden = !fresh.linked;
    },
    showLink: (link) => {
      detail.update(current.project, link);
    },
  };
}

async function linkProject(connection, project) {
  const all = KINDS.map(([kind]) => kind);
  const kinds = choiceField({ pointer: "/kinds", label: "Send to Jira", options: KINDS, chosen: project.kinds ?? all });
  const keys = textField({
    pointer: "/jiraProjects",
    label: "Only to these Jira projects",
    hint: "Project keys with commas between, such as SHOP, OPS. Leave empty for all projects.",
    value: project.jiraProjects?.join(", ") ?? "",
    autocomplete: "off",
    spellcheck: "false",
  });
  const words = "Crosswalk asks Azure DevOps to report these. An issue key in a name or message links it to the issue.";
  const made = await askWith({
    title: project.linked ? `Change what ${project.name} sends` : `Link ${project.name} to Jira`,
    content: [make("p", {}, words)],
    fields: [kinds, keys],
    action: project.linked ? "Save" : "Link project",
    busy: project.linked ? "Saving…" : "Linking…",
    act: () => call("PUT", `connections/${connection.id}/projects/${project.id}`, readChoice(kinds, keys)),
  });
  if (made) raiseFlag(`${project.name} is linked: ${subscriptionsWords(made.subscriptions)[1]}.`);
  return made;
}

function readChoice(kinds, keys) {
  const jiraProjects = keys
    .read()
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  const faults = [];
  const odd = jiraProjects.filter((key) => !JIRA_KEY.test(key));
  if (!kinds.read().length) faults.push({ pointer: "/kinds", detail: "Choose at least one." });
  const detail = `${odd.join(", ")} is not a project key. A key looks like SHOP.`;
  if (odd.length) faults.push({ pointer: "/jiraProjects", detail });
  if (faults.length) throw Object.assign(new Error("Some values cannot be accepted."), { faults });
  return { kinds: kinds.read(), jiraProjects: jiraProjects.length ? jiraProjects : null };
}

async function unlinkProject(connection, project) {
  const subscriptions = "Its subscriptions in Azure DevOps are removed, and what its events showed on Jira issues.";
  const done = await askWith({
    title: `Unlink ${project.name}?`,
    content: [make("p", {}, `${subscriptions} You can link it again.`)],
    action: "Unlink",
    busy: "Unlinking…",
    tone: "danger",
    act: () => call("DELETE", `connections/${connection.id}/projects/${project.id}`),
  });
  if (done) tellRemoval(`${project.name} is no longer linked.`, done);
  return done;
}

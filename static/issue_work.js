// The branches, pull requests, builds and deployments of an issue, as far as the reader may see them.

import { call } from "./api.js";
import { freshId, make, setText } from "./elements.js";
import { outwardLink } from "./links.js";
import { lozenge, messageBox } from "./messages.js";
import { count } from "./words.js";

const PATIENCE = 1_000; // milliseconds; a load that takes longer is said aloud
const NOTHING =
  "Nothing yet. Branches, pull requests, builds and deployments that name this issue appear here by themselves. " +
  "Create a branch, or push one whose name has the issue key in it.";
const SOURCES =
  "Branches and pull requests are read from Azure DevOps as you. Your sign-in opens code only, so builds and " +
  "deployments are shown as Jira has them.";
const PULLS = {
  draft: ["neutral", "Draft"],
  open: ["information", "Open"],
  merged: ["success", "Merged"],
  declined: ["danger", "Abandoned"],
};
const RUNS = {
  pending: ["neutral", "Pending"],
  in_progress: ["information", "In progress"],
  successful: ["success", "Successful"],
  failed: ["danger", "Failed"],
  rolled_back: ["warning", "Rolled back"],
  cancelled: ["neutral", "Cancelled"],
};
const UNKNOWN = ["neutral", "Unknown"];
const KINDS = [
  ["Branches", "branches", branchRow],
  ["Pull requests", "pullRequests", pullRow],
  ["Builds", "builds", buildRow],
  ["Deployments", "deployments", deploymentRow],
];

// A part with `load()`, which reads everything anew and may be called at any time.
export function issueWork(issueKey) {
  const status = make("p", { class: "small subtle none", role: "status" });
  const loading = make("div", { class: "skeleton", "aria-hidden": "true" }, make("span", {}), make("span", {}));
  const body = make("div", { class: "work" });
  const element = make("div", { class: "work" }, status, loading, body);
  let asked = 0;
  const load = async () => {
    const mine = ++asked;
    const slow = setTimeout(() => setText(status, "Reading what belongs to this issue…"), PATIENCE);
    try {
      const found = await call("GET", `issue-work?${new URLSearchParams({ issueKey })}`);
      if (mine === asked) showWork(body, found);
    } catch (refusal) {
      if (mine === asked) body.replaceChildren(failure(refusal, load));
    } finally {
      clearTimeout(slow);
      setText(status, "");
      loading.hidden = true;
    }
  };
  return { element, load };
}

function failure(refusal, load) {
  const again = make("button", { type: "button", class: "button", onclick: load }, "Try again");
  return messageBox("danger", "What belongs to this issue cannot be shown", refusal.message, again);
}

function showWork(body, found) {
  const filled = KINDS.filter(([, kind]) => found[kind].length);
  const lists = filled.map(([title, kind, row]) => section(title, found[kind].map(row)));
  const notes = [...hiddenNotes(found), ...found.problems.filter(isFailure).map(problemBox)];
  if (!lists.length && !found.hidden && !notes.length)
    return body.replaceChildren(make("p", { class: "subtle" }, NOTHING));
  const sources = lists.length ? make("p", { class: "small subtle" }, SOURCES) : null;
  body.replaceChildren(...[...lists, ...notes, sources].filter(Boolean));
}

function section(title, rows) {
  const id = freshId("kind");
  const list = make("ul", { "aria-labelledby": id }, ...rows.map((cells) => make("li", {}, ...cells)));
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), list);
}

// A sign-in that is lacking is offered below; here it is said what it hides.
function hiddenNotes({ hidden, problems }) {
  if (!hidden) return [];
  const are = hidden === 1 ? "is" : "are";
  const out = problems.some(({ code }) => code === "sign_in_needed");
  const why = out ? "Sign in to Azure DevOps below to see what you may see." : "You may not see it, or it is gone.";
  return [make("p", { class: "subtle" }, `${count(hidden, "more thing")} ${are} not shown. ${why}`)];
}

function isFailure({ code }) {
  return code !== "sign_in_needed";
}

function problemBox({ detail }) {
  return messageBox("warning", "Something could not be read", detail);
}

function branchRow({ name, url, repository }) {
  return [outwardLink(url, name), detail(repository)];
}

function pullRow({ id, title, url, status, repository }) {
  return [line(outwardLink(url, `!${id} ${title}`), PULLS[status]), detail(repository)];
}

function buildRow({ name, url, state }) {
  return [line(outwardLink(url, name), RUNS[state])];
}

function deploymentRow({ name, url, environment, state }) {
  return [line(outwardLink(url, environment || name), RUNS[state]), environment ? detail(name) : null];
}

function line(link, [tone, words] = UNKNOWN) {
  return make("span", { class: "row spread" }, link, lozenge(tone, words));
}

function detail(words) {
  return make("span", { class: "subtle small" }, words);
}

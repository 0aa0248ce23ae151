// The Development panel of an issue: branches, commits, pull requests, builds, deployments. Looks twice a second.

import { lozenge, make, read } from "./page.js";

const LOOK = 500; // milliseconds
const SHOWN = 5; // so many of each kind, the newest first

const PULL_TONES = { OPEN: "information", MERGED: "success", DECLINED: "danger", UNKNOWN: "neutral" };
const STATE_TONES = {
  successful: "success",
  in_progress: "information",
  pending: "neutral",
  failed: "danger",
  rolled_back: "warning",
  cancelled: "neutral",
  unknown: "neutral",
};

const KINDS = [
  ["branches", "branch", "branches", branchRow],
  ["commits", "commit", "commits", commitRow],
  ["pullRequests", "pull request", "pull requests", pullRow],
  ["builds", "build", "builds", buildRow],
  ["deployments", "deployment", "deployments", deploymentRow],
];

export function developmentPanel(issue, app) {
  const body = make("div", { class: "dev", "aria-live": "polite" });
  const address = `/_control/site/open/create-branch?issue=${issue.key}`;
  const create = make("a", { class: "create", href: address, target: "_blank" }, "Create branch");
  let shown = "";
  const look = async () => {
    const panel = await read(`/_control/panel/${issue.key}`).catch(() => null);
    const text = JSON.stringify(panel);
    if (panel && text !== shown) body.replaceChildren(...sections(panel));
    shown = text;
  };
  look();
  setInterval(() => document.visibilityState === "visible" && look(), LOOK);
  return make("section", { class: "box", id: "development" }, make("h2", {}, "Development"), app ? create : null, body);
}

function sections(panel) {
  const filled = KINDS.filter(([kind]) => panel[kind]?.length);
  const none = "Nothing yet. Branches, commits, pull requests, builds and deployments that name this issue appear here.";
  if (!filled.length) return [make("p", { class: "subtle" }, none)];
  return filled.map(([kind, one, many, row]) => section(kind, panel[kind], one, many, row));
}

function section(kind, items, one, many, row) {
  const title = `${items.length} ${items.length === 1 ? one : many}`;
  const rows = items.slice(0, SHOWN).map((item) => make("li", {}, ...row(item)));
  return make("div", { class: "dev-kind", "data-kind": kind }, make("h3", {}, title), make("ul", {}, ...rows));
}

function link(url, words) {
  return make("a", { href: url, target: "_blank", rel: "noreferrer" }, words);
}

function detail(...words) {
  return make("span", { class: "subtle small" }, words.filter(Boolean).join(" · "));
}

function branchRow({ name, url, repository }) {
  return [link(url, name), detail(repository?.name)];
}

function commitRow({ displayId, message, url, author, fileCount, repository }) {
  const files = `${fileCount} ${fileCount === 1 ? "file" : "files"}`;
  const line = make("span", {}, link(url, make("code", {}, displayId)), " ", message.split("\n")[0]);
  return [line, detail(author?.name, files, repository?.name)];
}

function pullRow({ displayId, title, status, url, sourceBranch, destinationBranch }) {
  const line = make("span", { class: "line" }, link(url, `${displayId} ${title}`), lozenge(status, PULL_TONES[status]));
  return [line, detail(`${sourceBranch} → ${destinationBranch}`)];
}

function buildRow({ displayName, label, state, url, testInfo }) {
  const tests = testInfo ? `${testInfo.numberPassed} of ${testInfo.totalNumber} tests passed` : null;
  const line = make("span", { class: "line" }, link(url, displayName), lozenge(words(state), STATE_TONES[state]));
  return [line, detail(label, tests)];
}

function deploymentRow({ displayName, state, url, environment, pipeline }) {
  const where = make("strong", {}, environment.displayName);
  const line = make("span", { class: "line" }, link(url, where), lozenge(words(state), STATE_TONES[state]));
  return [line, detail(environment.type, pipeline?.displayName, displayName)];
}

function words(state) {
  return state.replace("_", " ");
}

// Azure DevOps with a click each: what a developer does for an issue, done in the stand-in.

import { make, read, send } from "./page.js";

const AREA = ["the basket", "the login form", "price rounding", "the export", "the start page"];

export async function showWorkbench(main, site) {
  document.title = "Azure DevOps (stand-in)";
  const options = site.issues.map(({ key, summary }) => make("option", { value: key }, `${key} ${summary}`));
  const issues = make("select", {}, ...options);
  const bench = make("div", { class: "bench" });
  const open = make("a", {});
  const show = () => {
    const issue = site.issues.find(({ key }) => key === issues.value);
    open.href = `/browse/${issue.key}`;
    open.textContent = `Open ${issue.key}`;
    bench.replaceChildren(workbench(site, issue), make("div", {}, open));
  };
  issues.addEventListener("change", show);
  show();
  const intro = "Choose an issue, press a button, and look at the issue: what happens here reaches it through Crosswalk.";
  const choice = make("div", { class: "work" }, make("div", { class: "choice" }, make("label", {}, "Issue", issues)));
  const title = make("h1", {}, "Azure DevOps (stand-in)");
  const parts = [title, make("p", { class: "subtle" }, intro), choice, bench, ...accountTable(site)];
  main.append(make("div", { class: "stack" }, ...parts));
}

// Who can sign in at the Entra stand-in, when the app asks for it.
function accountTable({ accounts }) {
  if (!accounts.length) return [];
  const words = "The app sends people here to sign in. Choose any of these accounts; there are no passwords.";
  const head = make("tr", {}, ...["Name", "Account", "Who"].map((name) => make("th", { scope: "col" }, name)));
  const row = ({ name, mail, note }) => make("tr", {}, ...[name, mail, note].map((text) => make("td", {}, text)));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...accounts.map(row)));
  const title = make("h2", { id: "accounts" }, "Accounts of Microsoft Entra (stand-in)");
  return [make("section", { "aria-labelledby": "accounts" }, title, make("p", { class: "subtle" }, words), table)];
}

// The buttons for one issue, with the repository they work in.
export function workbench(site, issue) {
  const repositories = make("select", {});
  const said = make("output", { role: "status", class: "subtle" }, "Reading the organization…");
  const state = { issue, now: null, repository: null };
  const buttons = STEPS.map(({ words }) => make("button", { type: "button", class: "button", disabled: true }, words));
  STEPS.forEach((step, index) => buttons[index].addEventListener("click", () => run(step)));
  const allow = () => STEPS.forEach((step, index) => (buttons[index].disabled = !step.can(state)));
  const refresh = async () => {
    state.now = await read("/_control/azure/state");
    fillRepositories(repositories, state);
    state.repository = state.now.repositories.find(({ repositoryId }) => repositoryId === repositories.value);
    allow();
  };
  // One thing at a time: what can be done next is known only when the last step is through.
  const run = async (step) => {
    const pressed = document.activeElement;
    buttons.forEach((button) => (button.disabled = true));
    const words = await step.act(state).then((done) => [done], (error) => [error.message, true]);
    await refresh().catch(allow);
    tell(said, ...words);
    pressed.focus();
  };
  const start = () => refresh().then(() => tell(said, ""), (error) => tell(said, error.message, true));
  repositories.addEventListener("change", start);
  start();
  const choice = make("div", { class: "choice" }, make("label", {}, "Repository", repositories));
  return make("div", { class: "work" }, choice, make("div", { class: "steps" }, ...buttons), said);
}

function tell(said, words, bad = false) {
  said.textContent = words;
  said.className = bad ? "danger" : "subtle";
}

// Repositories by project; those with a pipeline first, for they can do everything.
function fillRepositories(select, { now }) {
  if (select.options.length) return;
  const able = new Set(now.pipelines.map(({ repository }) => repository));
  const found = now.repositories.filter(({ disabled }) => !disabled);
  found.sort((one, other) => able.has(other.name) - able.has(one.name));
  const option = ({ repositoryId, name, project }) => make("option", { value: repositoryId }, `${project} / ${name}`);
  select.append(...found.map(option));
}

function branchOf({ issue }) {
  const words = issue.summary.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `feature/${issue.key}-${words}`;
}

function hasBranch(state) {
  return Boolean(state.repository && branchOf(state) in state.repository.branches);
}

function openPull(state) {
  const own = (pull) => pull.source === branchOf(state) && pull.repositoryId === state.repository?.repositoryId;
  return state.now?.pullRequests.find((pull) => pull.status === "active" && own(pull));
}

// The pipeline of the repository: `deploys` says whether it goes to production.
function pipelineOf({ now, repository }, deploys) {
  const own = now?.pipelines.filter((pipeline) => pipeline.repository === repository?.name) ?? [];
  return own.find(({ stages }) => stages.some(({ environment }) => environment === "production") === deploys);
}

const STEPS = [
  { words: "Push a commit", can: ({ repository }) => Boolean(repository), act: pushCommit },
  { words: "Open a pull request", can: (state) => hasBranch(state) && !openPull(state), act: openPullRequest },
  { words: "Complete it", can: (state) => Boolean(openPull(state)), act: completePull },
  { words: "Run a pipeline", can: (state) => Boolean(pipelineOf(state, false)), act: runPipeline },
  { words: "Deploy to production", can: (state) => Boolean(pipelineOf(state, true)), act: deploy },
  { words: "Delete branch", can: (state) => hasBranch(state) && !openPull(state), act: deleteBranch },
];

function act(action, body) {
  return send(`/_control/azure/${action}`, body);
}

async function pushCommit(state) {
  const part = AREA[Math.floor(Math.random() * AREA.length)];
  const files = [{ path: `/src/${part.split(" ").at(-1)}.py`, kind: "edit" }];
  const commits = [{ message: `${state.issue.key} Work on ${part}`, files }];
  await act("push", { repository: state.repository.repositoryId, branch: branchOf(state), commits });
  return `Pushed a commit to ${branchOf(state)}.`;
}

async function openPullRequest(state) {
  const title = `${state.issue.key} ${state.issue.summary}`;
  const made = await act("open_pull_request", { repository: state.repository.repositoryId, source: branchOf(state), title });
  return `Opened pull request ${made.pullRequestId}.`;
}

async function completePull(state) {
  const number = openPull(state).pullRequestId;
  await act("update_pull_request", { number, status: "completed" });
  return `Completed pull request ${number}.`;
}

async function runPipeline(state) {
  const run = await act("run_pipeline", { ...runOf(state, false), tests: { passed: 41, failed: 0, skipped: 1 } });
  return `Ran ${run.pipeline} ${run.number}: ${run.result ?? run.state}.`;
}

// The run stops for an approval before production; here it is given at once.
async function deploy(state) {
  const run = await act("run_pipeline", runOf(state, true));
  if (run.stages.some(({ state: stage }) => stage === "waiting")) await act("approve_stage", { number: run.runId });
  return `Ran ${run.pipeline} ${run.number} through to production.`;
}

function runOf(state, deploys) {
  const branch = hasBranch(state) ? branchOf(state) : state.repository.defaultBranch;
  return { pipeline: pipelineOf(state, deploys).pipelineId, branch };
}

async function deleteBranch(state) {
  await act("delete_branch", { repository: state.repository.repositoryId, branch: branchOf(state) });
  return `Deleted ${branchOf(state)}.`;
}

// The first page: the steps for a newcomer, and the issues of every project.

import { copyButton, make, typeMark } from "./page.js";

export function showHome(main, site) {
  document.title = "Your work - Jira stand-in";
  const tables = site.projects.map((project) => projectTable(project, site));
  main.append(make("h1", {}, "Your work"), firstSteps(site), ...tables);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function firstSteps({ azure, issues }) {
  const first = issues[0]?.key ?? "";
  const address = copyLine(azure.organizationUrl, "the address");
  const bench = " and press the buttons of the Azure DevOps workbench. The Development panel fills by itself.";
  const into = " and choose New migration: Webshop has 2,000 work items, the project MIG is empty.";
  const accounts = make("a", { href: "/workbench#accounts" }, "accounts");
  const steps = [
    [make("a", { href: "/admin/apps/crosswalk" }, "Open Apps > Crosswalk"), " and choose Connect organization."],
    ["Paste the address and the token:", address, copyLine(azure.token, "the token")],
    ["Switch the project Webshop on: Crosswalk asks Azure DevOps for its events."],
    ["Open ", make("a", { href: `/browse/${first}` }, first), bench],
    ["Choose Create branch there, and sign in with one of the ", accounts, " of Acme: the branch is made as that person."],
    [make("a", { href: "/admin/apps/crosswalk/migrations" }, "Open Apps > Crosswalk migrations"), into],
  ];
  const list = make("ol", {}, ...steps.map((parts) => make("li", {}, ...parts)));
  const title = make("h2", { id: "guide" }, "New here? Six steps");
  return make("section", { class: "guide", "aria-labelledby": "guide" }, title, list);
}

function copyLine(text, what) {
  return make("div", { class: "copy-line" }, make("code", {}, text), copyButton(text, what));
}

function projectTable(project, { issues }) {
  const rows = issues.filter((issue) => issue.project === project.key).map(issueRow);
  const head = make("tr", {}, ...["Type", "Key", "Summary"].map((name) => make("th", { scope: "col" }, name)));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  return make("section", { id: project.key, class: "issues" }, make("h2", {}, project.name), table);
}

function issueRow(issue) {
  const link = () => ({ href: `/browse/${issue.key}` });
  const summary = make("a", { ...link(), class: "plain" }, issue.summary);
  const cells = [typeMark(issue.type), make("a", link(), issue.key), summary];
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
}

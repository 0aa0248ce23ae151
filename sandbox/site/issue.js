// One issue as Jira shows it: summary, details, the app's panel and the Development panel.

import { developmentPanel } from "./development.js";
import { appFrame } from "./frame.js";
import { contentSections, details } from "./issue_content.js";
import { lozenge, make, read, typeMark } from "./page.js";
import { workbench } from "./workbench.js";

export async function showIssue(main, site, key) {
  const issue = site.issues.find((candidate) => candidate.key === key.toUpperCase());
  if (!issue) return main.append(make("h1", {}, `There is no issue ${key}`));
  document.title = `[${issue.key}] ${issue.summary} - Jira stand-in`;
  const found = await read(`/_control/site/issue/${issue.key}`);
  const content = make("div", { class: "issue-main" }, ...contentSections(found));
  const boxes = [details(issue, found), developmentPanel(issue, site.app)];
  const side = make("aside", { class: "issue-side", "aria-label": "Details" }, ...boxes);
  main.append(breadcrumb(issue, site), make("h1", {}, issue.summary), make("div", { class: "issue" }, content, side));
  content.append(await appPanel(issue, site), workbenchCard(site, issue));
}

function breadcrumb(issue, { projects }) {
  const project = projects.find(({ key }) => key === issue.project);
  const own = make("a", { href: `/browse/${issue.key}` }, issue.key);
  const parts = [make("a", { href: `/#${project.key}` }, project.name), " / ", typeMark(issue.type), " ", own];
  return make("nav", { class: "breadcrumb", "aria-label": "Breadcrumb" }, ...parts);
}

async function appPanel(issue, site) {
  const section = make("section", { class: "app-panel" }, make("h2", {}, "Azure DevOps"));
  if (!site.app) {
    section.append(make("p", { class: "subtle" }, "Crosswalk is not installed yet. Reload in a moment."));
    return section;
  }
  const context = { jira: { issue: { key: issue.key }, project: { key: issue.project } } };
  section.append(await appFrame("issue", { title: "Azure DevOps", issue: issue.key, context }));
  return section;
}

function workbenchCard(site, issue) {
  const title = make("h2", {}, "Azure DevOps workbench ", lozenge("stand-in", "information"));
  const words = "What a developer would do in Azure DevOps for this issue, with a click each.";
  return make("section", { class: "bench" }, title, make("p", { class: "subtle" }, words), workbench(site, issue));
}
